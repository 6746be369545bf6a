/*
 * membership.h - who may sum with whom: the list that the federation's officers sign, once an epoch.
 *
 * One list and not loose certificates: every site sees every other member, so a member added in silence is seen by
 * all. Reading it from a file and checking the officers' signatures over membership_hash() is the caller's.
 *
 * M1  members are sorted by id, ids and keys differ from one another; so do the gateways'.
 * M2  an id is the first 16 bytes of a hash of the name: nobody chooses one.
 * M3  a named bound on colluders wants n_min >= 3 * colluders + 1. A smaller roster would lower the bound below what
 *     the officers said may be bad, and the gateway chooses the roster.
 * M4  what membership_check() accepts has one hash; two lists with one hash are the same list.
 */
#ifndef SECAGG_MEMBERSHIP_H
#define SECAGG_MEMBERSHIP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/error.h"
#include "base/limits.h"

struct sum_id {
	uint8_t at[16];
};

enum member_state {
	MEMBER_ACTIVE,
	MEMBER_SUSPENDED, /* in no roster until a later epoch says otherwise */
};

struct member {
	char site[MAX_ID + 1];    /* as in its certificate */
	char org[MAX_ID + 1];     /* the house it belongs to: sites of one house count as one */
	struct sum_id id, org_id; /* derived by membership_complete() */
	uint8_t key[32];          /* Ed25519: signs what the site says in a sum */
	int64_t from_s, until_s;  /* wall clock, seconds since 1970; until_s is no longer valid */
	enum member_state state;
};

struct member_gateway {
	char name[MAX_ID + 1];
	struct sum_id id; /* derived */
	uint8_t key[32];
};

enum suite {
	SUITE_AES128 = 1, /* AES-128-CTR masks */
	SUITE_AES256,     /* AES-256-CTR */
	SUITE_CHACHA20,   /* for processors without AES */
	SUITE_END
};

/* What every site holds every roster against. */
struct sum_rules {
	bool third; /* colluders: one less than a third of the roster; else the number below */
	uint64_t colluders;
	uint64_t h_min;        /* honest houses in any sum; at least 3 */
	uint64_t n_min, n_max; /* of a roster, in houses and in sites */
	uint64_t u_min;        /* contributors; 0: the quorum of the roster */
	uint64_t suites;       /* bit 1 << enum suite */
	uint64_t life_s;       /* the longest that one question may live */
};

struct membership {
	struct hash32 federation; /* SHA-256 of the root certificate's DER */
	uint64_t epoch;           /* never goes back */
	int64_t from_s, until_s;
	struct sum_rules rules;
	uint64_t n_gateways, n_members;
	struct member_gateway gateways[MAX_SUM_GATEWAYS];
	struct member *members; /* borrowed, or of the arena it was read into */
};

/* The id of a site or house or gateway of that name. */
struct sum_id sum_id_of(const char *name);

/* Derives the ids and sorts, in place; then membership_check(). */
CHECKED int membership_complete(struct membership *m, struct error *err);
/* M1 to M3 and the bounds. Fails: E_INPUT, E_LIMIT; the log says which. */
CHECKED int membership_check(const struct membership *m, struct error *err);
/* What the officers sign. Fails: E_SYSTEM without memory. */
CHECKED int membership_hash(const struct membership *m, struct hash32 *out, struct error *err);

/* NULL: no such member. */
const struct member *membership_find(const struct membership *m, const struct sum_id *id);
const struct member_gateway *membership_gateway(
	const struct membership *m, const struct sum_id *id);
/* Active, and valid at that moment. */
bool member_valid(const struct member *m, int64_t now_s);

#endif
