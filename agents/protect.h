/*
 * protect.h - from true counts to a sealed release: noise, saturation, threshold, bytes, signature.
 *
 * T1  all noise of a release is drawn before the database is asked, so its time tells nothing.
 * T2  noise is added, and noisy values are added up, in 128 bits and saturated last; the threshold is held
 *     against the noisy number of people.
 * T3  the sealed bytes are made from the plan, the vocabulary's numbers of concepts, the questions paid for before and
 *     the protected cells alone.
 */
#ifndef AGENTS_PROTECT_H
#define AGENTS_PROTECT_H

#include <openssl/evp.h>

#include "agents/source.h"
#include "base/arena.h"
#include "policies/decide/plan.h"
#include "wire/message.h"

/* Fills noise[plan_words()], each layer with its own - mode secure: this site's share of it, by plan->shared -, from a table where its law has one (crypto/noise_table.h).
 * Fails, leaving zeros: E_CRYPTO, E_INPUT, E_STATE of mode secure before plan_share(), memory. */
CHECKED int protect_draw(const struct plan *plan, int64_t *noise, struct error *err);

/* 64 hex digits that nobody has seen before, in arena: by them a person's cells are chosen where there are more
 * than he may be counted in. Drawn for each release; one that is recalled needs none. Fails: E_CRYPTO, E_SYSTEM. */
CHECKED int protect_salt(struct arena *arena, const char **salt, struct error *err);

/* The true numbers by layer and cell, 0 where there are no people. False when the rows are not (cell, people), of a
 * mean (cell, people, sum, sum of squares), with each cell at most once and sums that so many people can have: then
 * nothing may be released. */
bool protect_counts(const struct plan *plan, const struct source_rows *rows, int64_t *counts);

/* Turns the true numbers into released words, in place, and wipes the noise. Adds up what an attrition adds up,
 * after the noise. */
void protect_cells(const struct plan *plan, int64_t *cells, int64_t *noise);

/* Mode secure, in place of protect_cells(): the true numbers, as they are to be masked together with the noise, which
 * is the caller's to wipe. Fails: E_STATE before plan_share(). */
CHECKED int protect_lift(const struct plan *plan, int64_t *cells, struct error *err);

struct protect_about {
	const struct hash32 *question;
	const char *site, *data;
	EVP_PKEY *key;
	const struct release_codes
		*codes; /* what the question's codes stand for, by the vocabulary */
	unsigned n_codes;
	const struct similar_question *similar; /* that were paid for before */
	unsigned n_similar;
	struct hash32 secret; /* an offer of distinct people: the tag of the hospitals' secret; else zeros */
};
/* Packs and signs; *sealed and *signature live in arena. Fails: E_INPUT, E_LIMIT, E_CRYPTO, E_SYSTEM. */
CHECKED int protect_seal(const struct plan *plan, const struct protect_about *about, int64_t *cells,
	struct arena *arena, struct view *sealed, struct view *signature, struct error *err);

/* Mode secure: what this site would put into a sum, and what noise it wants; no numbers. The same failures; E_STATE of
 * another mode. *layout (NULL allowed) is release_layout_hash() of it. */
CHECKED int protect_offer(const struct plan *plan, const struct protect_about *about,
	struct arena *arena, struct view *sealed, struct view *signature, struct hash32 *layout,
	struct error *err);

#endif
