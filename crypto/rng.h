/*
 * rng.h - exactly uniform integers from OpenSSL's private generator.
 *
 * R1  every draw of the samplers goes through rng_below() and rng_bern(), and of the tables
 *     through rng_bits(), so that tests can enumerate.
 * R2  bytes are used once and wiped as they are used; the buffer is dropped after a fork.
 * R3  any failure of the generator sticks: draws give 0 (coins: false) and rng_failed() tells. A
 *     generator stuck on words that every draw refuses has failed too. Whoever releases a number
 *     checks it first. No fallback, no retry with another source. Only rng_init() forgets.
 * R4  rng_init() mixes the kernel's bytes and the time into the generator, or fails: what is drawn after it is
 *     not drawn again by a machine that was restored from a snapshot taken before it.
 * One thread at a time. Production builds have no seed. Tests replace rng_source at link time (weak
 * symbol).
 */
#ifndef CRYPTO_RNG_H
#define CRYPTO_RNG_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

typedef unsigned __int128 u128;

#define RNG_BYTES 16384 /* drawn at once */

struct rng {
	uint8_t buf[RNG_BYTES];
	size_t at;   /* next unused byte; sizeof buf when empty */
	int64_t pid; /* whose buffer this is: forks before this process, and its id */
	bool failed;
};

void rng_init(struct rng *r);
/* R4 alone, for who takes bytes from rng_source() itself. False: nothing may be drawn. */
bool rng_fresh(void);
void rng_clear(struct rng *r); /* wipes; draws fail until rng_init() */
static inline bool rng_failed(const struct rng *r)
{
	return r->failed;
}

/* Parts of the draws below, which are inline because noise is made of little else. */
extern _Atomic int64_t rng_here; /* this process, as in `pid` */
bool rng_refill(struct rng *r);
u128 rng_product_again(struct rng *r, uint64_t n, u128 m);

/* 64 uniform bits, for tables. 0 after a failure. */
static inline uint64_t rng_bits(struct rng *r)
{
	uint64_t w;

	if (__builtin_expect(r->at == sizeof(r->buf), 0) ||
		__builtin_expect(
			r->pid != atomic_load_explicit(&rng_here, memory_order_relaxed), 0))
		if (!rng_refill(r)) /* used up, or a parent's bytes */
			return 0;
	memcpy(&w, r->buf + r->at, sizeof(w));
	memset(r->buf + r->at, 0, sizeof(w));
	__asm__ volatile("" : : "r"(r->buf) : "memory"); /* the wiping stays */
	r->at += sizeof(w);
	return w;
}

/* Uniform on 0..n-1, n >= 1, by rejection: no modulo bias. Lemire, "Fast Random Integer Generation
 * in an Interval" (2019), algorithm 5: the high word of w*n is the result; 2^64 mod n low words are
 * refused, so that each result has floor(2^64/n) words. */
static inline uint64_t rng_below(struct rng *r, uint64_t n)
{
	if (n <= 1)
		return 0;
	u128 m = (u128)rng_bits(r) * n;
	if (__builtin_expect((uint64_t)m < n, 0))
		m = rng_product_again(r, n, m);
	return (uint64_t)(m >> 64);
}
u128 rng_below128(struct rng *r, u128 n);

/* True with probability a/b exactly; 0 <= a <= b, b >= 1. */
static inline bool rng_bern(struct rng *r, u128 a, u128 b)
{
	bool yes = b <= UINT64_MAX ? rng_below(r, (uint64_t)b) < a : rng_below128(r, b) < a;

	return yes && !r->failed;
}

/* Fills bytes from RAND_priv_bytes; 1 on success as there. Weak: tests link their own. */
int rng_source(uint8_t *bytes, size_t len);

#endif
