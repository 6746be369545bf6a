/*
 * noise.c - what exact noise costs, against drawing its random bytes and against AES-128-CTR, all timed
 * in this run; and how much of a draw's time tells the noise.
 */
#include <math.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <x86intrin.h>

#include "crypto/noise.h"
#include "crypto/noise_table.h"
#include "crypto/rng.h"

enum {
	DRAWS = 400000,
	ROUNDS = 5
};

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
	uint8_t buf[RNG_BYTES];
	double start = seconds();

	for (size_t done = 0; done < bytes; done += sizeof(buf))
		if (RAND_priv_bytes(buf, sizeof(buf)) != 1)
			return 0;
	return seconds() - start;
}

/* Bits of AES-128-CTR a second, in pieces of 16 kB. */
static double aes_rate(void)
{
	static const uint8_t key[16], iv[16];
	static uint8_t buf[16384];
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	double best = 0;
	int done;

	if (ctx == NULL || EVP_EncryptInit_ex(ctx, EVP_aes_128_ctr(), NULL, key, iv) != 1)
		exit(1);
	for (int round = 0; round < ROUNDS; round++) {
		double start = seconds();
		for (int i = 0; i < 8192; i++)
			EVP_EncryptUpdate(ctx, buf, &done, buf, sizeof(buf));
		best = fmax(best, 8192.0 * 8 * sizeof(buf) / (seconds() - start));
	}
	EVP_CIPHER_CTX_free(ctx);
	return best;
}

typedef int (*drawer)(
	struct rng *r, struct noise_law law, int64_t *out, size_t n, struct error *err);

static int one_by_one(
	struct rng *r, struct noise_law law, int64_t *out, size_t n, struct error *err)
{
	int ret = 0;

	for (size_t i = 0; ret == 0 && i < n; i++)
		ret = law.gaussian ? noise_gaussian_ratio(r, law.t, law.s, &out[i], err)
				   : noise_laplace(r, law.t, law.s, &out[i], err);
	return ret;
}

static int64_t drawn_noise[DRAWS];

/* The fastest of some rounds: the others were disturbed. */
static void one(const char *name, struct noise_law law, drawer draw, double aes)
{
	struct error err = { 0 };
	double took = 1e9, raw = 1e9;
	struct rng r;

	rng_init(&r);
	for (int round = 0; round < ROUNDS; round++) {
		drawn = 0;
		double start = seconds();
		if (draw(&r, law, drawn_noise, DRAWS, &err) != 0)
			exit(1);
		took = fmin(took, seconds() - start);
		raw = fmin(raw, raw_seconds(drawn));
	}
	printf("  %-34s %7.2f M/s   %5.1f x its %zu random bytes; the time of %6.0f bits of AES\n",
		name, DRAWS / took / 1e6, took / raw, drawn / DRAWS, aes * took / DRAWS);
	rng_clear(&r);
}

/* Correlation of a draw's cycles with the size of the noise; 5 / sqrt(n) is 0.0079. Draws that were
 * interrupted are left out. */
static void timing(const char *name, struct noise_law law, bool tables)
{
	double n = 0, t = 0, x = 0, tt = 0, xx = 0, tx = 0;
	struct error err = { 0 };
	struct noise_table table;
	struct rng r;

	if (noise_table_make(&table, law, &err) != 0)
		exit(1);
	rng_init(&r);
	for (int i = 0; i < DRAWS; i++) {
		int64_t out;
		unsigned cpu;
		uint64_t from = __rdtscp(&cpu);
		int ret = tables ? noise_table_draw(&table, &r, &out, 1, &err)
				 : one_by_one(&r, law, &out, 1, &err);
		uint64_t to = __rdtscp(&cpu);
		double cycles = (double)(to - from), size = (double)llabs(out);
		if (ret != 0)
			exit(1);
		if (cycles > 2000)
			continue;
		n++, t += cycles, x += size, tt += cycles * cycles, xx += size * size,
			tx += cycles * size;
	}
	printf("  %-34s %7.4f\n", name,
		(n * tx - t * x) / sqrt((n * tt - t * t) * (n * xx - x * x)));
	noise_table_free(&table);
	rng_clear(&r);
}

static void building(const char *name, struct noise_law law)
{
	struct error err = { 0 };
	struct noise_table table;
	double start = seconds();

	for (int i = 0; i < 20; i++) {
		if (noise_table_make(&table, law, &err) != 0)
			exit(1);
		noise_table_free(&table);
	}
	printf("  %-34s %7.3f ms\n", name, (seconds() - start) / 20 * 1e3);
}

int main(void)
{
	const struct noise_law laplace_2 = { 0, 2, 1 }, laplace_10 = { 0, 10, 1 },
			       gaussian_21 = { 1, 21, 1 }, gaussian_400 = { 1, 400, 1 },
			       gaussian_900 = { 1, 900, 1 }, gaussian_1e6 = { 1, 1000000, 1 },
			       widest = { 1, NOISE_MAX_VARIANCE, 1 };
	double aes = aes_rate();

	printf("exact noise (one core, CPU time; AES-128-CTR here: %.2f GB/s)\n", aes / 8e9);
	one("discrete Laplace, scale 2", laplace_2, one_by_one, aes);
	one("discrete Laplace, scale 10", laplace_10, one_by_one, aes);
	one("discrete Gaussian, variance 21", gaussian_21, one_by_one, aes);
	one("discrete Gaussian, variance 1e6", gaussian_1e6, one_by_one, aes);
	one("discrete Gaussian, variance 2^54", widest, one_by_one, aes);
	puts("the same from tables");
	one("discrete Laplace, scale 2", laplace_2, noise_many, aes);
	one("discrete Laplace, scale 10", laplace_10, noise_many, aes);
	one("discrete Gaussian, variance 21", gaussian_21, noise_many, aes);
	one("discrete Gaussian, variance 400", gaussian_400, noise_many, aes);
	one("discrete Gaussian, variance 900", gaussian_900, noise_many, aes);
	puts("building a table");
	building("discrete Laplace, scale 10", laplace_10);
	building("discrete Gaussian, variance 21", gaussian_21);
	building("discrete Gaussian, variance 900", gaussian_900);
	puts("correlation of time and size");
	timing("discrete Laplace, scale 2", laplace_2, false);
	timing("discrete Laplace, scale 2, table", laplace_2, true);
	timing("discrete Gaussian, variance 21", gaussian_21, false);
	timing("discrete Gaussian, v. 21, table", gaussian_21, true);
	return 0;
}
