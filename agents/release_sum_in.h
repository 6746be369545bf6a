/*
 * release_sum_in.h - what release_sum.c (SA-1, and what both protocols share) and release_paillier.c (TP-1) share. For
 * these files only.
 */
#ifndef AGENTS_RELEASE_SUM_IN_H
#define AGENTS_RELEASE_SUM_IN_H

#include "agents/paillier.h"
#include "agents/release_sum.h"
#include "crypto/shared_noise.h"
#include "paillier/tp_site.h"

struct sum_part {
	struct round_site *round;         /* NULL: not invited yet, or by TP-1 */
	const struct membership *members; /* the question's arena */
	struct site_setup setup;
	struct hash32 layout;
	struct text out;
	unsigned out_step; /* of the channel */
	bool dealt, masked;
	/* TP-1 */
	struct paillier_key *key;      /* counted; NULL: this site has none */
	struct tp_site *tp;            /* NULL: not invited by it */
	struct encrypting *encrypting; /* beside the loop; NULL: nothing is */
	struct tp_values *values;      /* encrypted; NULL: not yet, or they are in tp */
	int64_t until_ms;              /* the invitation's expiry, monotonic */
	struct hash32 heard;           /* of the gateway's last message */
	struct text said; /* the answer to it, for a gateway that says it again; empty: not yet */
	unsigned heard_step, said_step;
};

struct sum_now sum_now_here(void);
/* What this site makes of an invitation whose noise stands behind `head` bytes; the plan takes the noise. Fills the
 * part's setup. Fails: E_DENIED. */
CHECKED int sum_part_expect(struct question_life *q, struct view body, size_t head,
	struct shared_noise *noise, struct sum_expect *out, struct error *err);

/* False: timing is strict, and the sum would be over before this site's numbers leave. Else whoever chose its deadline
 * would learn whether the statement had ended by then. */
bool sum_outlasts(const struct question_life *q, int64_t due_ms, int64_t expires_s);

/* ---- release_paillier.c ---- */

/* INVITE: joins. */
CHECKED int paillier_join(struct question_life *q, struct view body, struct error *err);
/* q->counts, lifted, and q->noise go to the work beside the loop; the caller wipes its own. */
CHECKED int paillier_encrypt(struct question_life *q, struct error *err);
/* What comes of it is thrown away. */
void paillier_forget(struct sum_part *s);
/* The act of `protect`: what was encrypted is committed to, and COMMIT is in the part's `out`. */
CHECKED int paillier_commit(struct question_life *q, struct error *err);
/* ROSTER: OPEN is in `out`. */
CHECKED int paillier_roster(struct question_life *q, struct view body, struct error *err);
/* Whether this is the gateway's last message once more; the answer to it, if there is one, is said once more. */
bool paillier_again(struct question_life *q, const struct msg_sum *m);
/* After `out` was sent. */
void paillier_keep_said(struct sum_part *s);
/* Whether its part is over by the clock. */
bool paillier_late(struct sum_part *s);
int64_t paillier_due_ms(const struct sum_part *s);

#endif
