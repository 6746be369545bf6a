/*
 * What a core image of a site shows: A29. The whole writable memory of the process is read and searched for the secrets
 * of one site, which the test itself keeps only inverted.
 */
#define denied denied_by_certificate /* both files have one of their own */
#include "secagg/certificate.c"
#undef denied
#include "secagg/round_site.c"
#include "tests/unit/sums.h"
#include "tests/unit/unit.h"

#include <fcntl.h>
#include <inttypes.h>
#include <unistd.h>

enum {
	MAX_KEPT = 64
};

/* Secrets, each byte inverted. */
static uint8_t kept[MAX_KEPT][32];
static size_t kept_len[MAX_KEPT], n_kept;

static void keep(const void *bytes, size_t len)
{
	ck_assert_uint_lt(n_kept, MAX_KEPT);
	for (size_t i = 0; i < len; i++)
		kept[n_kept][i] = (uint8_t) ~((const uint8_t *)bytes)[i];
	kept_len[n_kept++] = len;
}

/* One page more than what is read at a time, so that nothing hides at a border. */
static uint8_t window[(1 << 16) + 32];

static size_t found_in(size_t len)
{
	size_t hits = 0;

	for (size_t i = 0; i + 32 <= len; i++)
		for (size_t k = 0; k < n_kept; k++) {
			size_t j = 0;

			while (j < kept_len[k] && window[i + j] + kept[k][j] == 0xff)
				j++;
			hits += j == kept_len[k];
		}
	return hits;
}

static size_t search_range(int mem, uint64_t from, uint64_t to)
{
	size_t hits = 0;

	for (uint64_t at = from; at < to; at += 1 << 16) {
		size_t want = to - at < sizeof(window) ? (size_t)(to - at) : sizeof(window);
		ssize_t got;

		/* not what this search reads into */
		if (at + want > (uint64_t)(uintptr_t)window &&
			at < (uint64_t)(uintptr_t)window + sizeof(window))
			continue;
		got = pread(mem, window, want, (off_t)at);
		if (got > 0)
			hits += found_in((size_t)got);
		memset(window, 0, sizeof(window));
	}
	return hits;
}

static size_t search_memory(void)
{
	FILE *maps = fopen("/proc/self/maps", "r");
	int mem = open("/proc/self/mem", O_RDONLY | O_CLOEXEC);
	static char line[512];
	size_t hits = 0;
	uint64_t from, to;
	char mode[8];

	ck_assert_ptr_nonnull(maps);
	ck_assert_int_ge(mem, 0);
	while (fgets(line, sizeof(line), maps) != NULL)
		if (sscanf(line, "%" SCNx64 "-%" SCNx64 " %7s", &from, &to, mode) == 3 &&
			mode[0] == 'r' && mode[1] == 'w' && to - from < UINT64_C(1) << 28)
			hits += search_range(mem, from, to);
	close(mem);
	fclose(maps);
	return hits;
}

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
