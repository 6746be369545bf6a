/*
 * noise.c - what exact noise costs, as a multiple of drawing its random bytes, both timed in this run.
 * Privacy's goal: at most 6 times (docs/privacy.md).
 */
#include <openssl/rand.h>
#include <stdio.h>
#include <time.h>

#include "crypto/noise.h"
#include "crypto/rng.h"

enum { DRAWS = 400000 };

/* Takes the place of the sampler's source, to count what it draws. */
static size_t drawn;

int rng_source(uint8_t *bytes, size_t len)
{
	drawn += len;
	return RAND_priv_bytes(bytes, (int)len);
}

static double seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

/* The time OpenSSL's generator alone takes for as many bytes, asked for as rng.c asks. */
static double raw_seconds(size_t bytes)
{
	uint8_t buf[4096];
	double start = seconds();

	for (size_t done = 0; done < bytes; done += sizeof(buf))
		if (RAND_priv_bytes(buf, sizeof(buf)) != 1)
			return 0;
	return seconds() - start;
}

static void one(const char *name, uint64_t t, uint64_t s, int gaussian)
{
	struct error err = { 0 };
	struct rng r;
	int64_t x, sum = 0;
	double start, took, raw;

	rng_init(&r);
	drawn = 0;
	start = seconds();
	for (int i = 0; i < DRAWS; i++) {
		if ((gaussian ? noise_gaussian(&r, t, &x, &err) : noise_laplace(&r, t, s, &x, &err)) != 0)
			return;
		sum += x;
	}
	took = seconds() - start;
	raw = raw_seconds(drawn);
	printf("  %-34s %7.2f M/s   %5.1f x its %zu random bytes (mean %.3f)\n", name, DRAWS / took / 1e6,
		took / raw, drawn / DRAWS, (double)sum / DRAWS);
	rng_clear(&r);
}

int main(void)
{
	puts("exact noise against the generator's own speed (one core, CPU time)");
	one("discrete Laplace, scale 2", 2, 1, 0);
	one("discrete Laplace, scale 10", 10, 1, 0);
	one("discrete Gaussian, variance 21", 21, 1, 1);
	one("discrete Gaussian, variance 1e6", 1000000, 1, 1);
	return 0;
}
