/*
 * tp_tally.h - adding up what the sites opened: done by the gateway, and by every holder for itself.
 *
 * N1  every OPEN is checked before it counts - place, signature, commitment, each ciphertext a unit modulo n^2 - and
 *     counts once.
 * N2  a closed tally has one set of sites; its hash and that of the products is what holders sign.
 */
#ifndef PAILLIER_TP_TALLY_H
#define PAILLIER_TP_TALLY_H

#include "paillier/tp_roster.h"

struct tp_tally;

/* Gives *out (tp_tally_free). Borrows all three. */
CHECKED int tp_tally_new(struct tp_tally **out, const struct tp_key *k, const struct tp_invite *i,
	const struct tp_roster *r, struct error *err);
void tp_tally_free(struct tp_tally *t); /* accepts NULL */
/* Fails, changing nothing: as tp_open_read(); E_CRYPTO for a ciphertext that is none; E_STATE twice, or closed. */
CHECKED int tp_tally_add(struct tp_tally *t, const void *bytes, size_t len, struct error *err);
const struct bits *tp_tally_sites(const struct tp_tally *t);

/* Ends it: no more is added. Fails with E_DENIED when fewer contributed than the invitation and the rules want, or too
 * few that `trust` (NULL: not asked) names. */
CHECKED int tp_tally_close(struct tp_tally *t, const struct membership *m,
	const struct sum_trust *trust, struct error *err);
/* Of a closed one: what is opened, valid as long as the tally. */
struct tp_sealed_sum tp_tally_sum(const struct tp_tally *t);
/* (roster, set of sites, products): what a holder's signature begins with. */
void tp_tally_hashes(const struct tp_tally *t, struct hash32 out[3]);

#endif
