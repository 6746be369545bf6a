/*
 * catalogue.h - what each site said it offers, kept so that a site that is away is still shown.
 *
 * G1  a site says it for itself alone: what it says is shown as its own, and costs at most MAX_CATALOGUE_BYTES on disk
 *     and MAX_CATALOGUE_ARENA in memory, whatever it is.
 * G2  a person sees what a site shows to everybody, and of its studies those the site names the person in. Only who may
 *     MAY_ALL_STUDIES sees every study; callers say so with account NULL.
 * G3  the gateway decides for no site: a study's state at a site is what the site's policy says, and `unknown` when it
 *     says nothing.
 * Days are days since 1970-01-01. One thread at a time.
 */
#ifndef GATEWAY_CATALOGUE_H
#define GATEWAY_CATALOGUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "gateway/store/store.h"
#include "wire/offered.h"

struct catalogue;

/* Gives *out (catalogue_free), with what the store has of these sites. Borrows store and names. */
CHECKED int catalogue_new(struct catalogue **out, struct store *store, const char *const *sites,
	size_t n, struct error *err);
void catalogue_free(struct catalogue *c); /* accepts NULL */

/* A site's MSG_CATALOGUE: kept, and then in force; the same again writes nothing. Fails, leaving what was: E_INPUT it
 * cannot be read; E_LIMIT more than CATALOGUES_A_MINUTE, or of memory; E_SYSTEM the disk. */
CHECKED int catalogue_take(struct catalogue *c, size_t site, struct view offered, int64_t now_ms,
	struct error *err);
/* What the site last said; NULL: nothing, ever. Borrowed until its next catalogue_take(). */
const struct offered *catalogue_of(const struct catalogue *c, size_t site);

/* ---- studies ---- */

enum study_state {
	STUDY_UNKNOWN,  /* the site said nothing, or tells nobody */
	STUDY_APPROVED, /* in the site's policy; `from` may still come */
	STUDY_NOT_YET,  /* not in it, or not for this account */
	STUDY_REFUSED,
	STUDY_ENDED,
	STUDY_STATES
};
const char *study_state_name(enum study_state s); /* "not-yet" */

struct study_at {
	enum study_state state;
	uint64_t policy; /* version that says so; 0 unknown */
	int64_t from, to; /* approved, ended: days */
	struct say say;   /* refused: why; else both NULL. Borrowed as catalogue_of() */
	const struct offered_study *study; /* approved, ended: the whole of it; borrowed */
};
/* account: who asks; a study that the site does not name this account in is as one that is not there. NULL: sees all. */
void catalogue_study(const struct catalogue *c, size_t site, const char *study, const char *account,
	int32_t today, struct study_at *out);
/* Some site's policy names the account in the study. */
bool catalogue_member(const struct catalogue *c, const char *account, const char *study);
/* The same of one site alone, by its name. */
bool catalogue_member_at(
	const struct catalogue *c, const char *site, const char *account, const char *study);
/* The role that the study gives the account, or NULL when it names it not. */
const char *offered_role(const struct offered_study *s, const char *account);

#endif
