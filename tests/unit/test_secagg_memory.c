/*
 * What a core image of a site shows: A29. The whole writable memory of the process is read and searched for the secrets
 * of one site, which the test itself keeps only inverted.
 */
#define denied denied_by_certificate /* both files have one of their own */
#include "secagg/certificate.c"
#undef denied
#include "secagg/round_site.c"
#include "tests/unit/memory.h"
#include "tests/unit/sums.h"
#include "tests/unit/unit.h"

START_TEST(the_search_finds_what_is_there)
{
	struct x_pair p;
	struct error err;

	OK(x_pair_new(&p, &err));
	keep(p.secret.at, 32);
	ck_assert_uint_ge(search_memory(), 1);
	x_pair_clear(&p);
	ck_assert_uint_eq(search_memory(), 0);
}
END_TEST

START_TEST(a29_after_the_words_no_key_and_after_unmasking_no_share_is_in_memory)
{
	struct world *w = world_new(4, 300);

	world_start(w);
	ck_assert_int_eq(world_until(w, PHASE_MASKED), 0);
	for (uint64_t i = 0; i < 4; i++) {
		struct round_site *r = w->at[i].site;

		keep(r->s.secret.at, 32);
		keep(r->b.at, 32);
		for (uint64_t j = 0; j < 4; j++)
			if (j != i)
				keep(r->opens[j].key, 16);
	}
	ck_assert_uint_ge(search_memory(), n_kept);
	ck_assert_int_eq(world_until(w, PHASE_ACK), 0);
	ck_assert_uint_eq(search_memory(), 0);
	/* now the shares that were never revealed: two limbs of each, as they lie and as they are sent */
	n_kept = 0;
	for (uint64_t i = 0; i < 4; i++)
		for (uint64_t j = 0; j < 4; j++) {
			uint8_t bytes[SHARE_BYTES];

			keep(w->at[i].site->held->pairs[j].of_s.limbs, 16);
			share_write(&w->at[i].site->held->pairs[j].of_s, bytes);
			keep(bytes, 16);
			secret_wipe(bytes, sizeof(bytes));
		}
	ck_assert_uint_ge(search_memory(), 16);
	ck_assert_int_eq(world_until(w, PHASE_DONE), 0);
	ck_assert_uint_eq(search_memory(), 0);
	world_free(w);
}
END_TEST

START_TEST(a29_a_round_that_is_given_up_leaves_nothing_either)
{
	struct world *w = world_new(4, 300);

	world_start(w);
	ck_assert_int_eq(world_until(w, PHASE_MASKED), 0);
	for (uint64_t i = 0; i < 4; i++) {
		struct round_site *r = w->at[i].site;

		keep(r->s.secret.at, 32);
		keep(r->b.at, 32);
		keep(r->held->pairs[i].of_b.limbs, 16);
		keep(r->held->pairs[i].of_s.limbs, 16);
	}
	w->now.mono_ms += 20000;
	for (uint64_t i = 0; i < 4; i++)
		ck_assert(round_site_expire(w->at[i].site, w->now));
	ck_assert_uint_eq(search_memory(), 0);
	world_free(w);
}
END_TEST

UNIT_MAIN("secagg_memory", the_search_finds_what_is_there,
	a29_after_the_words_no_key_and_after_unmasking_no_share_is_in_memory,
	a29_a_round_that_is_given_up_leaves_nothing_either)
