/*
 * members_file.h - the list of members as a file, and the signatures of the federation's officers.
 *
 * members.yaml is read into a struct membership, whose fixed layout (membership_hash) is what is signed: comments,
 * spaces and the order of the lines are not. officers.yaml stands at every site and gateway, handed over by hand as
 * the root certificate is: whom to believe is never learnt from a file that somebody sends.
 *
 * F1  a list counts when at least `needed` people signed it, each with one key that officers.yaml lists for that
 *     person, not revoked, and valid on the day of signing. One bad signature is an error even when others would do.
 * F2  needed is at least 2 and more than half of the people: two lists of one epoch would need an officer who signed
 *     both.
 * F3  a key that is an officer's is no member's: who decides on members does not speak in sums.
 * F4  a list of a lower epoch than one seen before, or another list of the same epoch, is refused (members_follow).
 * Pure: no clock, no files. Codes C301 to C323.
 */
#ifndef SECAGG_MEMBERS_FILE_H
#define SECAGG_MEMBERS_FILE_H

#include "base/arena.h"
#include "base/diag.h"
#include "base/shape.h"
#include "base/text.h"
#include "secagg/membership.h"

/* One key of one person; a person may have several, one after the other. */
struct officer {
	const char *name, *key; /* key: as crypto/signing.h writes it */
	int32_t from, to;       /* days on which it may sign, inclusive */
	bool revoked;
	struct place at;
};

struct officers {
	unsigned needed; /* people */
	struct officer people[MAX_SUM_OFFICERS];
	unsigned n;
};

struct member_signature {
	const char *who, *key, *sig;
	const char *at; /* "2026-03-01T09:12:04+08:00": these characters are signed */
	int64_t at_ms;
	int32_t day; /* as `at` writes it */
	struct place place;
};

struct members_file {
	struct membership m; /* ids derived, sorted */
	struct member_signature signatures[MAX_SUM_OFFICERS];
	unsigned n;
	bool incomplete; /* membership_check() refuses it: nobody in it yet, for example */
	struct place at;
};

/* The newest list that was taken up; epoch 0: none. */
struct members_seen {
	uint64_t epoch;
	struct hash32 hash;
};

extern const struct shape shape_members, shape_officers;

/* Everything lives in `arena`; `name` stands in places. Return 0, or -1 with errors in ds. What members_read() gives is
 * well formed; membership_check() and members_check() say whether it is complete. */
CHECKED int officers_read(const char *name, const void *bytes, size_t len, struct arena *arena,
	struct diags *ds, struct officers **out);
CHECKED int members_read(const char *name, const void *bytes, size_t len, struct arena *arena,
	struct diags *ds, struct members_file **out);
/* Members by name; validity as whole days, which is how it was read. */
void members_write(const struct members_file *f, struct text *out);

/* What this signature of the list is over. Fails: E_SYSTEM without memory. */
CHECKED int members_signed(const struct membership *m, const struct member_signature *s,
	struct hash32 *out, struct error *err);
/* Whether every signature there is holds (F1 but for the number); `today` refuses those of days to come. */
CHECKED int members_signatures(
	const struct members_file *f, const struct officers *who, int32_t today, struct diags *ds);
/* All of F1 to F3 and membership_check(). */
CHECKED int members_check(
	const struct members_file *f, const struct officers *who, int32_t today, struct diags *ds);
#define MEMBERS_LABEL "cordon/sa1/officer" /* of officers_text, for the hash of a list */

/* ---- the same officers under another text: its label, its hash ---- */
struct officers_text {
	const char *label;
	struct hash32 hash;
	const struct member_signature *signatures;
	unsigned n;
	struct place at;
};
CHECKED int officers_signed(const char *label, const struct hash32 *text,
	const struct member_signature *s, struct hash32 *out, struct error *err);
/* F1; `all`: with the number. */
CHECKED int officers_check(const struct officers_text *t, bool all, const struct officers *who,
	int32_t today, struct diags *ds);
extern const struct shape shape_officers_signatures;
/* NULL: none. At most MAX_SUM_OFFICERS. */
void officers_read_signatures(
	const struct node *list, struct member_signature *out, unsigned *n, struct diags *ds);
void officers_write_signatures(const struct member_signature *all, unsigned n, struct text *out);

/* Whose key this is; NULL: nobody's. */
const struct officer *officers_key(const struct officers *who, const char *key);

/* F4. Gives in *now what to remember, durably, before the list is used. Fails: E_DENIED, *now unchanged. */
CHECKED int members_follow(const struct members_seen *seen, const struct membership *m,
	struct members_seen *now, struct error *err);

/* What a program reads before it uses a list; names stand in places. */
struct members_text {
	const char *name;
	const void *bytes;
	size_t len;
};
struct members_want {
	struct members_text members, officers;
	struct hash32 federation; /* SHA-256 of the root certificate that this program trusts */
	int64_t now_s;
	int32_t today;
	struct members_seen seen;
};
/* F1 to F4, of this federation, and valid now. Gives *out, in the arena, and in *now what to write down, durably,
 * before *out is used. Fails with errors in ds, and nothing given. */
CHECKED int members_take_up(const struct members_want *want, struct arena *arena, struct diags *ds,
	const struct membership **out, struct members_seen *now);

#endif
