/*
 * memory.h - what a core image of this process shows: its whole writable memory is searched for secrets, which the test
 * itself keeps only inverted.
 */
#ifndef TESTS_MEMORY_H
#define TESTS_MEMORY_H

#include <check.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum {
	MAX_SEARCHED = 64
};

/* Secrets, each byte inverted. */
static uint8_t kept[MAX_SEARCHED][32];
static size_t kept_len[MAX_SEARCHED], n_kept;

static inline void keep(const void *bytes, size_t len)
{
	ck_assert_uint_lt(n_kept, MAX_SEARCHED);
	for (size_t i = 0; i < len; i++)
		kept[n_kept][i] = (uint8_t) ~((const uint8_t *)bytes)[i];
	kept_len[n_kept++] = len;
}

/* One page more than what is read at a time, so that nothing hides at a border. */
static uint8_t window[(1 << 16) + 32];

static inline size_t found_in(size_t len)
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

static inline size_t search_range(int mem, uint64_t from, uint64_t to)
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

static inline size_t search_memory(void)
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

#endif
