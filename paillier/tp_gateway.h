/*
 * tp_gateway.h - the gateway's part in a sum by threshold Paillier.
 *
 *   inviting -COMMIT...-> inviting -close-> listed -OPEN...-> listed -close-> summed -PART...-> summed -finish-> done
 *
 * M1  a bad message of one site or holder is refused and changes nothing; the others go on.
 * M2  a part counts after its proof was checked; any `needed` of them open.
 * M3  the set of sites is closed once; fewer than the rules want end the sum, and nothing was learned.
 */
#ifndef PAILLIER_TP_GATEWAY_H
#define PAILLIER_TP_GATEWAY_H

#include "paillier/tp_tally.h"

enum tp_gateway_state {
	TP_GATEWAY_INVITING,
	TP_GATEWAY_LISTED,
	TP_GATEWAY_SUMMED,
	TP_GATEWAY_DONE,
	TP_GATEWAY_OVER,
	TP_GATEWAY_STATES
};

struct tp_gateway;

/* Gives *out (tp_gateway_free). `invite` was completed. Borrows the list and the key. */
CHECKED int tp_gateway_new(struct tp_gateway **out, const struct membership *m,
	const struct tp_key *k, const struct tp_invite *invite, struct error *err);
void tp_gateway_free(struct tp_gateway *g); /* accepts NULL */

CHECKED int tp_gateway_commit(
	struct tp_gateway *g, const void *bytes, size_t len, int64_t now_s, struct error *err);
/* No COMMIT counts any more; appends ROSTER. */
CHECKED int tp_gateway_roster(
	struct tp_gateway *g, int64_t now_s, struct text *out, struct error *err);
CHECKED int tp_gateway_open(struct tp_gateway *g, const void *bytes, size_t len, struct error *err);
/* No OPEN counts any more; appends ALL, the set of sites. The OPENs of that set go to the holders before it. */
CHECKED int tp_gateway_close(struct tp_gateway *g, struct text *out, struct error *err);
/* Fails, changing nothing: E_INPUT, E_CRYPTO, E_STATE for a holder's second part. */
CHECKED int tp_gateway_part(struct tp_gateway *g, const void *bytes, size_t len, struct error *err);
/* How many parts are still wanted. */
unsigned tp_gateway_missing(const struct tp_gateway *g);
/* The sums, `n` words as invited. Fails: E_STATE while parts are missing; E_CRYPTO for a sum that is none. */
CHECKED int tp_gateway_finish(struct tp_gateway *g, int64_t *sums, size_t n, struct error *err);

enum tp_gateway_state tp_gateway_state(const struct tp_gateway *g);
/* From ROSTER on. */
const struct tp_roster *tp_gateway_sites(const struct tp_gateway *g);
/* Of the sites of the roster, those that opened. */
const struct bits *tp_gateway_opened(const struct tp_gateway *g);

#endif
