/*
 * tp_site.h - one site's part in a sum by threshold Paillier: two messages, then it may leave.
 *
 *   invited -values-> counted -their ciphertexts/COMMIT-> committed -ROSTER/OPEN-> done
 *
 * A1  one COMMIT and one OPEN per context, ever: `mark` is on disk before each is given out (secagg/round_site.h, W2);
 *     MARK_BEGUN before COMMIT, MARK_MASKED - which is when the budget is charged at the latest - before OPEN.
 * A2  any message at another moment, any refusal and any failure ends it, and what it kept is wiped.
 * A3  values and noise are packed at once, encrypted wherever the caller likes (tp_values.h), and kept as ciphertexts alone.
 */
#ifndef PAILLIER_TP_SITE_H
#define PAILLIER_TP_SITE_H

#include "paillier/tp_roster.h"
#include "paillier/tp_values.h"
#include "secagg/round_site.h"

struct tp_site_setup {
	struct site_setup site; /* borrowed, as all of this, until tp_site_free() */
	const struct tp_key *k;
	const struct tp_table *table; /* of k */
};

enum tp_site_state {
	TP_SITE_INVITED,
	TP_SITE_COUNTED,
	TP_SITE_COMMITTED,
	TP_SITE_DONE,
	TP_SITE_OVER,
	TP_SITE_STATES
};

struct tp_site;

/* Reads and checks an invitation against the list, the key and the expectation, whose tail must fit the slots.
 * Gives *out (tp_site_free). */
CHECKED int tp_site_new(struct tp_site **out, const struct tp_site_setup *setup,
	const struct sum_expect *expect, const void *invite, size_t len, struct sum_now now,
	struct error *err);
void tp_site_free(struct tp_site *s); /* NULL too; wipes */

/* values and noise (NULL: none), n words each; the caller wipes its own. Gives *out, to be encrypted. Fails, too: E_LIMIT for
 * a value past the bound, or noise past the tail. */
CHECKED int tp_site_values(struct tp_site *s, const int64_t *values, const int64_t *noise, size_t n,
	struct sum_now now, struct tp_values **out, struct error *err);
/* Takes v, whatever comes of it: encrypted, and of this site's tp_site_values(). Appends COMMIT. */
CHECKED int tp_site_commit(struct tp_site *s, struct tp_values *v, struct sum_now now,
	struct text *out, struct error *err);
/* Takes ROSTER, appends OPEN. out must have room for TP_OPEN_HEAD and count * bytes more. */
CHECKED int tp_site_open(struct tp_site *s, const void *roster, size_t len, struct sum_now now,
	struct text *out, struct error *err);

/* Ends it when the invitation has expired or the wait for the roster is over, and says whether it is over. */
bool tp_site_expire(struct tp_site *s, struct sum_now now);
/* Monotonic moment at which it is over; INT64_MAX when nothing is waited for. */
int64_t tp_site_due_ms(const struct tp_site *s);
void tp_site_abort(struct tp_site *s);
enum tp_site_state tp_site_state(const struct tp_site *s);
const struct tp_invite *tp_site_invite(const struct tp_site *s);

#endif
