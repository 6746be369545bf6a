/*
 * Who may sum with whom, and how many it takes.
 */
#include "secagg/quorum.h"
#include "tests/unit/secagg.h"
#include "tests/unit/unit.h"

static const struct sum_rules third = { .third = true, .h_min = 3, .n_min = 3, .n_max = 1000 };

START_TEST(the_table_of_the_protocol_holds)
{
	static const struct {
		uint64_t n, c, t, quorum, may_drop, honest;
	} rows[] = {
		{ 3, 0, 2, 3, 0, 3 },
		{ 4, 1, 3, 4, 0, 3 },
		{ 5, 1, 3, 4, 1, 3 },
		{ 7, 2, 4, 5, 2, 3 },
		{ 10, 3, 6, 7, 3, 4 },
		{ 20, 6, 11, 14, 6, 8 },
		{ 50, 16, 26, 34, 16, 18 },
		{ 100, 33, 51, 67, 33, 34 },
		{ 300, 99, 151, 200, 100, 101 },
		{ 1000, 333, 501, 667, 333, 334 },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint64_t n = rows[i].n, quorum = quorum_signers(&third, n);

		ck_assert_uint_eq(quorum_colluders(&third, n), rows[i].c);
		ck_assert_uint_eq(quorum_shares(n), rows[i].t);
		ck_assert_uint_eq(quorum, rows[i].quorum);
		ck_assert_uint_eq(n - quorum, rows[i].may_drop);
		ck_assert_uint_eq(quorum_contributors(&third, n), quorum);
		ck_assert_uint_eq(quorum_honest(&third, n, quorum), rows[i].honest);
	}
}
END_TEST

/* Q1 to Q3 for every roster and every number that an officer may name. */
START_TEST(two_certificates_share_an_honest_signer_whatever_the_roster)
{
	for (uint64_t named = 0; named <= 333; named += named < 20 ? 1 : 7) {
		struct sum_rules r = { .h_min = 3, .n_max = 1000, .colluders = named };

		for (uint64_t n = 3 * named + 1 > 3 ? 3 * named + 1 : 3; n <= 1000; n++) {
			uint64_t c = quorum_colluders(&r, n), T = quorum_signers(&r, n);

			ck_assert_uint_eq(c, n == 3 ? 0 : named);
			ck_assert_uint_ge(2 * T, n + c + 1);
			ck_assert_uint_le(T, n);
			ck_assert_uint_lt(c, quorum_shares(n));
			ck_assert_uint_le(quorum_shares(n), T);
			ck_assert_uint_ge(quorum_honest(&r, n, T), 3);
			/* a quorum for the invited is one for every smaller roster */
			ck_assert_uint_ge(T, n > 3 ? quorum_signers(&r, n - 1) : 0);
			ck_assert_uint_ge(c, n > 3 ? quorum_colluders(&r, n - 1) : 0);
		}
	}
}
END_TEST

START_TEST(a_named_bound_gives_back_the_sites_that_may_drop)
{
	const struct sum_rules r = { .h_min = 3, .n_min = 4, .n_max = 1000, .colluders = 1 };

	ck_assert_uint_eq(quorum_signers(&r, 10), 6);
	ck_assert_uint_eq(quorum_honest(&r, 10, 8), 7);
}
END_TEST

START_TEST(fewer_contributors_than_colluders_have_no_honest_one)
{
	ck_assert_uint_eq(quorum_honest(&third, 10, 3), 0);
	ck_assert_uint_eq(quorum_honest(&third, 10, 0), 0);
}
END_TEST

static void refused(struct federation *f, const char *why)
{
	struct error err = { 0 };

	ck_assert_msg(membership_check(&f->members, &err) == -1, "accepted: %s", why);
	ck_assert_ptr_nonnull(strstr(err.log, why));
}

START_TEST(a_list_that_is_not_sound_is_refused)
{
	struct federation *f = federation_new(5);
	struct membership *m = &f->members;
	struct error err;

#define WITH(change, why)                                                                          \
	do {                                                                                       \
		struct membership before = *m;                                                     \
		struct member kept[5];                                                             \
		memcpy(kept, m->members, sizeof(kept));                                            \
		change;                                                                            \
		refused(f, why);                                                                   \
		*m = before;                                                                       \
		memcpy(m->members, kept, sizeof(kept));                                            \
	} while (0)
	WITH(m->n_members = 0, "no site");
	WITH(m->n_members = MAX_SUM_SITES + 1, "too many");
	WITH(m->n_gateways = 0, "no site or gateway");
	WITH(m->epoch = 0, "epoch");
	WITH(m->until_s = m->from_s, "validity");
	WITH(m->rules.h_min = 2, "h_min");
	WITH(m->rules.n_min = 2, "n_min");
	WITH(m->rules.n_max = 2, "n_max");
	WITH(m->rules.n_max = 1001, "too large");
	WITH(m->rules.u_min = 1001, "too large");
	WITH(m->rules.colluders = 1, "both a third and a number");
	WITH((m->rules.third = false, m->rules.colluders = 1), "3 * colluders");
	WITH(m->rules.suites = 0, "suite");
	WITH(m->rules.suites = 1U << SUITE_END, "suite");
	WITH(m->rules.suites |= 1, "suite");
	WITH(m->rules.life_s = 0, "life");
	WITH(m->rules.life_s = MAX_SUM_LIFE_S + 1, "life");
	WITH(m->members[0].site[0] = '/', "name");
	WITH(m->members[0].id.at[3] ^= 1, "name");
	WITH(m->members[0].org_id.at[3] ^= 1, "name");
	WITH(m->members[1].state = (enum member_state)2, "state");
	WITH(m->members[1].until_s = m->members[1].from_s, "validity");
	WITH(m->members[1] = m->members[0], "sorted");
	WITH(memcpy(m->members[1].key, m->members[4].key, 32), "one key");
	WITH(memcpy(m->members[1].key, m->gateways[0].key, 32), "one key");
	ck_assert_int_eq(membership_check(m, &err), 0);
	federation_free(f);
}
END_TEST

/* What officers sign must tell everything apart that a site acts on. */
START_TEST(every_field_of_the_list_changes_what_is_signed)
{
	struct federation *f = federation_new(4);
	struct membership *m = &f->members;
	struct hash32 seen[32];
	size_t n = 0;
	struct error err;

#define AFTER(change)                                                                              \
	do {                                                                                       \
		change;                                                                            \
		OK(membership_hash(m, &seen[n++], &err));                                          \
	} while (0)
	AFTER((void)0);
	AFTER(m->federation.at[0] ^= 1);
	AFTER(m->epoch++);
	AFTER(m->from_s++);
	AFTER(m->until_s++);
	AFTER(m->rules.third = false);
	AFTER(m->rules.colluders++);
	AFTER(m->rules.h_min++);
	AFTER(m->rules.n_min++);
	AFTER(m->rules.n_max--);
	AFTER(m->rules.u_min++);
	AFTER(m->rules.suites = 2);
	AFTER(m->rules.life_s--);
	AFTER(m->gateways[0].name[0] = 'x');
	AFTER(m->gateways[0].key[0] ^= 1);
	AFTER(m->members[0].site[0] = 'x');
	AFTER(m->members[0].org[0] = 'x');
	AFTER(m->members[0].key[0] ^= 1);
	AFTER(m->members[0].from_s++);
	AFTER(m->members[0].until_s++);
	AFTER(m->members[0].state = MEMBER_SUSPENDED);
	AFTER(m->n_members--);
	for (size_t i = 0; i < n; i++)
		for (size_t j = 0; j < i; j++)
			ck_assert(!hash32_equal(&seen[i], &seen[j]));
	m->n_members++;
	federation_free(f);
}
END_TEST

START_TEST(members_are_found_by_id_and_valid_only_in_their_time)
{
	struct federation *f = federation_new(9);
	struct sum_id id = sum_id_of("site-004"), other = sum_id_of("site-009");
	const struct member *p = membership_find(&f->members, &id);
	struct member late = *p;

	ck_assert_str_eq(p->site, "site-004");
	ck_assert_ptr_null(membership_find(&f->members, &other));
	ck_assert_ptr_null(membership_gateway(&f->members, &id));
	ck_assert(member_valid(p, NOW_S));
	ck_assert(!member_valid(p, p->from_s - 1));
	ck_assert(!member_valid(p, p->until_s));
	late.state = MEMBER_SUSPENDED;
	ck_assert(!member_valid(&late, NOW_S));
	federation_free(f);
}
END_TEST

UNIT_MAIN("secagg_members", the_table_of_the_protocol_holds,
	two_certificates_share_an_honest_signer_whatever_the_roster,
	a_named_bound_gives_back_the_sites_that_may_drop,
	fewer_contributors_than_colluders_have_no_honest_one, a_list_that_is_not_sound_is_refused,
	every_field_of_the_list_changes_what_is_signed,
	members_are_found_by_id_and_valid_only_in_their_time)
