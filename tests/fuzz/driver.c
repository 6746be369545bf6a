/*
 * driver.c - runs a fuzz target without a fuzzing library: prog [-n runs | -t seconds] [-s seed] [files]
 * or writes the target's seeds into a folder, as a fuzzing library's first corpus: prog -w folder
 *
 * First every file, then the target's own seeds, then `runs` random mutations of all of them. The
 * same seed makes the same inputs. It knows nothing of coverage: it is the part of fuzzing that
 * every machine can do in a check. When the target dies, the input is on standard error in
 * hexadecimal.
 */
#include "tests/fuzz/fuzz.h"

#include <getopt.h>
#include <inttypes.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum {
	MAX_INPUT = 1 << 16,
	MAX_INPUTS = 256,
	MAX_SHOWN = 4096
};

struct input {
	uint8_t *at;
	size_t len;
};

static struct input inputs[MAX_INPUTS];
static size_t n_inputs;
static uint64_t state; /* of xorshift64*: repeatable, not random */

/* What is being run, for the obituary. */
static const uint8_t *current;
static size_t current_len;
static uint64_t current_run;

/* From libasan when it is linked: called before it ends the process, which raises no signal. */
extern void __sanitizer_set_death_callback(void (*callback)(void)) __attribute__((weak));

static uint64_t next(void)
{
	state ^= state >> 12;
	state ^= state << 25;
	state ^= state >> 27;
	return state * UINT64_C(2685821657736338717);
}

static size_t below(size_t n)
{
	return n == 0 ? 0 : (size_t)(next() % n);
}

static void put(const char *s, size_t len)
{
	while (len > 0) {
		ssize_t n = write(STDERR_FILENO, s, len);
		if (n <= 0)
			return;
		s += n;
		len -= (size_t)n;
	}
}

/* No stdio: this may run in a signal handler. */
static void obituary(void)
{
	static const char digits[] = "0123456789abcdef";
	size_t len = current_len > MAX_SHOWN ? MAX_SHOWN : current_len;
	char text[2];

	put("\nfuzz: the target died on ", 25);
	for (int shift = 60; shift >= 0; shift -= 4)
		put(&digits[current_run >> shift & 15], 1);
	put(" (hexadecimal run number), input:\n", 34);
	for (size_t i = 0; i < len; i++) {
		text[0] = digits[current[i] >> 4];
		text[1] = digits[current[i] & 15];
		put(text, 2);
	}
	put("\n", 1);
}

static void died(int sig)
{
	obituary();
	signal(sig, SIG_DFL);
	raise(sig);
}

static void watch(void)
{
	signal(SIGABRT, died);
	if (__sanitizer_set_death_callback != NULL) {
		__sanitizer_set_death_callback(obituary);
		return; /* which reports bad accesses better than we could */
	}
	signal(SIGSEGV, died);
	signal(SIGBUS, died);
	signal(SIGFPE, died);
	signal(SIGILL, died);
}

/* In memory of exactly its length, so that a sanitizer sees one byte too far. */
static void run(const uint8_t *bytes, size_t len)
{
	uint8_t *exact = malloc(len == 0 ? 1 : len);

	if (exact == NULL)
		abort();
	memcpy(exact, bytes, len);
	current = exact;
	current_len = len;
	LLVMFuzzerTestOneInput(exact, len);
	current_len = 0;
	free(exact);
}

static void keep(const uint8_t *bytes, size_t len)
{
	struct input *in = &inputs[n_inputs];

	if (n_inputs == MAX_INPUTS || len > MAX_INPUT)
		return;
	in->at = malloc(len == 0 ? 1 : len);
	if (in->at == NULL)
		abort();
	memcpy(in->at, bytes, len);
	in->len = len;
	n_inputs++;
}

static bool load(const char *path)
{
	static uint8_t bytes[1 << 20];
	FILE *f = fopen(path, "rb");
	size_t len;

	if (f == NULL) {
		perror(path);
		return false;
	}
	len = fread(bytes, 1, sizeof(bytes), f);
	fclose(f);
	run(bytes, len);
	keep(bytes, len);
	return true;
}

static void load_seeds(void)
{
	static uint8_t bytes[MAX_INPUT];
	size_t len;

	for (size_t i = 0; (len = fuzz_seed(i, bytes, sizeof(bytes))) > 0; i++) {
		run(bytes, len);
		keep(bytes, len);
	}
}

static bool write_seeds(const char *folder)
{
	static uint8_t bytes[MAX_INPUT];
	char path[512];
	size_t len;

	for (size_t i = 0; (len = fuzz_seed(i, bytes, sizeof(bytes))) > 0; i++) {
		FILE *f;
		bool written;

		snprintf(path, sizeof(path), "%s/seed-%03zu", folder, i);
		f = fopen(path, "wb");
		written = f != NULL && fwrite(bytes, 1, len, f) == len;
		if (f == NULL || fclose(f) != 0 || !written) {
			perror(path);
			return false;
		}
	}
	return true;
}

/* Bytes that begin or bound something in most formats. */
static uint8_t telling(void)
{
	static const uint8_t bytes[] = { 0x00, 0x01, 0x0a, 0x22, 0x27, 0x5c, 0x7b, 0x7f, 0x80, 0x8f,
		0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xc1, 0xc4, 0xc6, 0xca, 0xcc, 0xcf, 0xd0, 0xd3, 0xd9,
		0xdb, 0xdc, 0xdd, 0xde, 0xdf, 0xe0, 0xed, 0xef, 0xf4, 0xfe, 0xff };

	return bytes[below(sizeof(bytes))];
}

/* One change of in[*len], which has room for MAX_INPUT. */
static void mutate(uint8_t *in, size_t *len)
{
	const struct input *other = &inputs[below(n_inputs)];
	size_t at = below(*len), from = below(other->len);
	size_t n = below(1 + (*len - at < 64 ? *len - at : 64));

	switch (below(8)) {
	case 0: /* one bit */
		if (*len > 0)
			in[at] ^= (uint8_t)(1u << below(8));
		break;
	case 1: /* one byte */
		if (*len > 0)
			in[at] = (uint8_t)next();
		break;
	case 2:
		if (*len > 0)
			in[at] = telling();
		break;
	case 3: /* cut the end off */
		*len = at;
		break;
	case 4: /* take a piece out */
		memmove(in + at, in + at + n, *len - at - n);
		*len -= n;
		break;
	case 5: /* say a piece twice */
		if (*len + n > MAX_INPUT)
			break;
		memmove(in + at + n, in + at, *len - at);
		*len += n;
		break;
	case 6: /* a count or length gone wild */
		for (size_t i = at; i < *len && i < at + 4; i++)
			in[i] = below(2) ? 0xff : telling();
		break;
	case 7: /* continue as another input does */
		n = other->len - from;
		if (at + n > MAX_INPUT)
			break;
		memcpy(in + at, other->at + from, n);
		*len = at + n;
		break;
	}
}

static uint64_t run_mutations(uint64_t runs, time_t until)
{
	static uint8_t bytes[MAX_INPUT];

	uint64_t i = 0;

	while (n_inputs > 0 && (until != 0 ? time(NULL) < until : i < runs)) {
		const struct input *in = &inputs[below(n_inputs)];
		size_t len = in->len;

		memcpy(bytes, in->at, len);
		for (size_t changes = 1 + below(4); changes > 0; changes--)
			mutate(bytes, &len);
		current_run = ++i;
		run(bytes, len);
	}
	return i;
}

int main(int argc, char **argv)
{
	uint64_t runs = 100000, seed = 1;
	time_t until = 0;
	int option;

	while ((option = getopt(argc, argv, "n:s:t:w:")) != -1) {
		if (option == 'n')
			runs = strtoull(optarg, NULL, 10);
		else if (option == 't')
			until = time(NULL) + (time_t)strtoull(optarg, NULL, 10);
		else if (option == 's')
			seed = strtoull(optarg, NULL, 10);
		else if (option == 'w')
			return write_seeds(optarg) ? 0 : 2;
		else
			return 2;
	}
	state = seed * UINT64_C(0x9e3779b97f4a7c15) + 1;
	watch();
	for (int i = optind; i < argc; i++)
		if (!load(argv[i]))
			return 2;
	load_seeds();
	runs = run_mutations(runs, until);
	printf("%zu inputs and %" PRIu64 " mutations of them, seed %" PRIu64 "\n", n_inputs, runs,
		seed);
	for (size_t i = 0; i < n_inputs; i++)
		free(inputs[i].at);
	return 0;
}
