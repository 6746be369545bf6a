/*
 * round_site.h - one site's part in one secure sum: a state machine fed with the gateway's messages.
 *
 *   invited -KEYS-> keyed -ROSTER/SHARES-> dealt out -DEAL-> dealt -words/MASKED-> masked -SURVIVE/ACK-> acked
 *   -CERT/UNMASK-> over
 *
 * W1  one roster, one set of dealers, one set of survivors, ever: any message at another moment, any refusal and any
 *     failure ends the round here, and every secret of it is wiped before the call returns.
 * W2  `mark` has succeeded - what it marks is on disk - before KEYS, MASKED and ACK are given out; it fails when that
 *     context has that mark already, so that nothing is answered twice, after a restart neither.
 * W3  the seeds and keys of masks are wiped as soon as the words are masked; what is held of others when it has been
 *     revealed once.
 * W4  deadlines are by this side's monotonic clock, from the moment its last answer was made; the invitation's expiry
 *     by its wall clock. Clocks come as arguments.
 * W5  noise is the caller's: round_site_mask() adds it to the values, which it bounds first.
 */
#ifndef SECAGG_ROUND_SITE_H
#define SECAGG_ROUND_SITE_H

#include "secagg/roster.h"
#include "secagg/steps.h"

enum sum_mark {
	MARK_BEGUN,
	MARK_MASKED,
	MARK_ACKED,
	SUM_MARKS
};

struct sum_now {
	int64_t wall_s, mono_ms;
};

struct round_marks {
	void *of;
	/* 0 when the mark is on disk now and was not before. */
	int (*mark)(void *of, enum sum_mark mark, const struct hash32 *ctx, struct error *err);
};

/* What this site itself makes of the question; the invitation must say the same. */
struct sum_expect {
	struct hash32 question, asked, layout, noise;
	enum sum_mode mode;
	uint64_t words, bound;
	uint64_t tail; /* no noise of this site is larger, either way, but with negligible chance */
	uint64_t n_min;  /* sites this policy wants at least; 0: what the members' list says */
	uint64_t honest; /* honest contributors that the noise is sized for */
};

/* Whether an invitation asks for nothing else. Fails: E_DENIED. */
CHECKED int sum_expected(const struct sum_invite *i, const struct sum_expect *e,
	const struct sum_rules *rules, struct error *err);

struct site_setup {
	const struct membership *members; /* borrowed, as all of this, until round_site_free() */
	struct sum_id me;
	EVP_PKEY *key; /* signs */
	struct sum_trust trust;
	struct round_marks marks;
};

enum round_state {
	ROUND_INVITED,
	ROUND_KEYED,
	ROUND_DEALT_OUT,
	ROUND_DEALT,
	ROUND_MASKED,
	ROUND_ACKED,
	ROUND_DONE, /* unmasked: nothing is left to do or to tell */
	ROUND_OVER, /* refused, failed or too late */
	ROUND_STATES
};

struct round_site;

/* Reads and checks an invitation against the list and the expectation. Gives *out (round_site_free).
 * Fails: as invite_read(); E_DENIED for what is not expected. */
CHECKED int round_site_new(struct round_site **out, const struct site_setup *setup,
	const struct sum_expect *expect, const void *invite, size_t len, struct sum_now now,
	struct error *err);
void round_site_free(struct round_site *r); /* NULL too; wipes */

/* Each takes the gateway's message and appends the answer to `out`. After -1 the round is over. */
CHECKED int round_site_keys(
	struct round_site *r, struct sum_now now, struct text *out, struct error *err);
CHECKED int round_site_roster(struct round_site *r, const void *bytes, size_t len,
	struct sum_now now, struct text *out, struct error *err);
CHECKED int round_site_deal(
	struct round_site *r, const void *bytes, size_t len, struct sum_now now, struct error *err);
/* values and noise (NULL: none), `n` words each. SUM_ADD: every value within the bound, the noise within the tail. The
 * caller wipes its own. out must have room for 8 * n bytes more than a message. */
CHECKED int round_site_mask(struct round_site *r, const int64_t *values, const int64_t *noise,
	size_t n, struct sum_now now, struct text *out, struct error *err);
CHECKED int round_site_survive(struct round_site *r, const void *bytes, size_t len,
	struct sum_now now, struct text *out, struct error *err);
CHECKED int round_site_certificate(struct round_site *r, const void *bytes, size_t len,
	struct sum_now now, struct text *out, struct error *err);

/* Ends the round when its deadline has passed, and says whether it is over. */
bool round_site_expire(struct round_site *r, struct sum_now now);
/* Monotonic moment of the next deadline, for a timer. */
int64_t round_site_due_ms(const struct round_site *r);
void round_site_abort(struct round_site *r);

enum round_state round_site_state(const struct round_site *r);
const struct hash32 *round_site_context(const struct round_site *r);
const struct sum_invite *round_site_invite(const struct round_site *r);
/* From ROSTER on: sites of the roster, and how many of them are honest in any sum of it. */
uint64_t round_site_sites(const struct round_site *r);
uint64_t round_site_place(const struct round_site *r); /* of this site in the roster */

#endif
