/*
 * round.h - one question over many sites: asking, waiting, coming back, giving up, ending.
 *
 * R1  a question is on the disk before the first site is asked, and before anybody hears that it was taken.
 * R2  what a site said is on the disk before it gets its ack, and before anybody is told of it. Who looks while it is on
 *     its way there may see it earlier: what a site says again after a power cut is the same. A secure sum, which cannot
 *     be made again, is waited for on the loop, so that nobody sees it earlier.
 * R3  a site's state changes by the table in round_leg.c only; a site that ended stays as it is. What
 *     comes later is stored and acknowledged, and changes no answer.
 * R4  a round ends when no site is awaited: everyone said something, or is offline for longer than
 *     GRACE_MS, or the deadline passed, or it was cancelled. It ends once.
 * R5  a site that comes on the line while the round runs is asked, whether it was asked before or
 *     not: it answers a question it knows from its stored release.
 * R6  questions and answers that arrive together are committed together, without waiting for the disk, and the loop goes
 *     on while a thread brings them there; what comes meanwhile is the next group. When the store takes none of it, the
 *     lines that answers came on are dropped, so that the sites send them again, and nobody is asked. When the disk fails
 *     after that, on_broken: nobody was told anything, and only a new start can find out what it kept.
 */
#ifndef GATEWAY_ROUND_H
#define GATEWAY_ROUND_H

#include <event2/event.h>
#include <openssl/evp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "gateway/sessions.h"
#include "gateway/store/store.h"
#include "paillier/tp_key.h"
#include "secagg/membership.h"

enum {
	GRACE_MS = 2000,      /* for a site that is offline when asked, or that leaves */
	MAX_ROUNDS = 256,     /* at once */
	MAX_ROUNDS_EACH = 16, /* of one account */
};

struct rounds;

/* For secure sums. All borrowed. */
struct rounds_sums {
	const char *gateway;              /* its name in the list */
	const struct membership *members; /* NULL: there are no sums */
	EVP_PKEY *key;                    /* the gateway's, of the list; signs invitations */
	const struct tp_key *paillier;    /* NULL: none by threshold Paillier */
};

struct rounds_calls {
	/* What rounds_ask() took is stored, and its sites are asked (why NULL); or it is not, and forgotten. */
	void (*on_asked)(const char *id, const struct error *why, void *arg);
	/* Something of this question's answer changed in the store; last: and nothing will any
	 * more. */
	void (*on_change)(const char *id, bool last, void *arg);
	/* The disk failed: from now on nothing is written, and the program should end. Once. */
	void (*on_broken)(void *arg);
};

/* Gives *out (rounds_free). Borrows all. The base needs at least three priorities: the last one is
 * used to commit what arrived together (R6). */
CHECKED int rounds_new(struct rounds **out, struct event_base *base, struct sessions *sessions,
	struct store *store, const struct rounds_calls *calls, void *arg, struct error *err);
/* Sums are made with these members. Once, before the first question. */
void rounds_sums(struct rounds *r, const struct rounds_sums *sums);
/* Takes up the questions that ran when the gateway stopped. Sites get BACKOFF_MAX_MS to come
 * back. */
CHECKED int rounds_resume(struct rounds *r, struct error *err);
void rounds_free(struct rounds *r); /* accepts NULL; what runs stays running in the store */

/* Takes *q (copied; its id, state and ended_ms are set here) for `sites` (indices, at least one); on_asked follows from
 * the loop, never from within. Fails: E_LIMIT too many rounds; E_STATE a question of this account and key is being
 * stored (rounds_storing()); E_SYSTEM. */
CHECKED int rounds_ask(struct rounds *r, struct stored_question *q, const size_t *sites, size_t n,
	const struct stored_key *key, struct error *err);

/* The question of this account and key that is on its way to the disk: on_asked is still to come. NULL: none, or no key.
 * Gives what the key stands for. Good until on_asked. */
const char *rounds_storing(
	const struct rounds *r, const char *account, const char *key, struct hash32 *body);

/* Cancels if it runs or is about to; else changes nothing. It is on the disk with what comes next (R6). */
CHECKED int rounds_cancel(struct rounds *r, const char *id, const char *who, struct error *err);
bool rounds_runs(const struct rounds *r, const char *id);
size_t rounds_running(const struct rounds *r);
/* How many ended in each state since the store began. */
const uint64_t *rounds_ended(const struct rounds *r);

/* From sessions. */
void rounds_on_line(struct rounds *r, size_t site);
void rounds_on_lost(struct rounds *r, size_t site);
void rounds_on_release(struct rounds *r, size_t site, const struct message *m);
void rounds_on_refuse(struct rounds *r, size_t site, const struct message *m);
void rounds_on_offer(struct rounds *r, size_t site, const struct message *m);
void rounds_on_sum(struct rounds *r, size_t site, const struct message *m);

#endif
