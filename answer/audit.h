/*
 * audit.h - makes the answer of a secure sum again from its record, believing nobody but those who signed.
 *
 * U1  what it gives was added up here, from masked words that their sites signed; the transcript's own sum agrees.
 * U2  the question, who asked it, the noise and the layout of the numbers are those that the sites signed with it.
 * U3  sites named as in the sum are those of the certified set, no other and none less.
 * U4  a sum that was asked for again is the first one's; then it is of this question, but who asked first is not in the
 *     record and not shown.
 * U6  by TP-1 the same holds: its record is fed to the gateway's own part (paillier/tp_transcript.h).
 * U5  not shown: thresholds and rounding, which each site states in its offer; a record that changed them hides numbers
 *     or shows less exact ones, and moves none. Whether a site counted right.
 */
#ifndef ANSWER_AUDIT_H
#define ANSWER_AUDIT_H

#include "answer/record.h"
#include "paillier/tp_transcript.h"

struct audited {
	struct record record;
	struct transcript sum;
};

/* Epoch of the list of members that a record was made under, and the list's hash. Believes the record. Fails: E_INPUT. */
CHECKED int audit_epoch(
	const struct record *r, uint64_t *epoch, struct hash32 *members, struct error *err);
/* Whether it is of a sum by TP-1, and then the hash of the key that is needed. Believes the record. */
bool audit_paillier(const struct record *r, struct hash32 *key);
/* Writes the answer as it must have been published, and gives *out (audited_clear), whose parts live in `a`, point into
 * bytes or are m's. k: of a sum by TP-1, its key; else not looked at. Fails: E_INPUT malformed; E_DENIED, E_CRYPTO it does not show what it says, the log says what. */
CHECKED int audit_make(const void *bytes, size_t len, const struct membership *m,
	const struct tp_key *k, struct arena *a, struct text *answer, struct audited *out, struct error *err);
void audited_clear(struct audited *a);

#endif
