/*
 * tp_file.h - the key of threshold Paillier and a holder's sealed share, as texts; holders.yaml, from which a dealer
 * begins.
 *
 * paillier.yaml holds all that is public, signed by the federation's officers as the list of members is; a share's file
 * is of use to its holder alone. F1 and F2 of secagg/members_file.h hold for the signatures. No clock, no files.
 * Codes C331 to C339, C344, and those of signatures.
 */
#ifndef PAILLIER_TP_FILE_H
#define PAILLIER_TP_FILE_H

#include "paillier/tp_deal.h"
#include "secagg/members_file.h"

struct tp_key_file {
	struct tp_key k; /* complete; end it with tp_key_clear() */
	struct member_signature signatures[MAX_SUM_OFFICERS];
	unsigned n;
	struct place at;
};

#define TP_OFFICER_LABEL "cordon/tp1/officer"

/* holders.yaml: epoch, validity, colluders and holders into *k, which tp_deal() completes. */
CHECKED int tp_holders_read(const char *name, const void *bytes, size_t len, struct arena *arena,
	struct diags *ds, struct tp_key *k);
/* paillier.yaml of TP_BITS (another number in tests alone). *out is the caller's, signatures live in the arena; on
 * failure *out holds nothing. */
CHECKED int tp_key_read(const char *name, const void *bytes, size_t len, unsigned bits,
	struct arena *arena, struct diags *ds, struct tp_key_file *out);
void tp_key_write(const struct tp_key_file *f, struct text *out);
/* all: with as many signatures as the officers need. */
CHECKED int tp_key_check(const struct tp_key_file *f, bool all, const struct officers *who,
	int32_t today, struct diags *ds);

/* The key file and the officers' file that want->members and ->officers are: F1, F2, of this federation, valid now, and
 * F4 for the key's epoch. Gives *out, the caller's, and in *now what to write down, durably, before *out is used.
 * Fails with errors in ds, and nothing given. */
CHECKED int tp_key_take_up(const struct members_want *want, unsigned bits, struct arena *arena,
	struct diags *ds, struct tp_key_file *out, struct members_seen *now);

/* A sealed share as a text: who it is for, of which key, its bytes. */
CHECKED int tp_share_write(
	const struct tp_key *k, const struct tp_share *s, struct text *out, struct error *err);
/* Reads, opens and checks one. Gives *out. Fails: E_INPUT, E_CRYPTO. */
CHECKED int tp_share_read(const struct tp_key *k, EVP_PKEY *holder, const void *bytes, size_t len,
	struct tp_share *out, struct error *err);

#endif
