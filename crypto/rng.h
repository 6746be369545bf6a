/*
 * rng.h - exactly uniform integers from OpenSSL's private generator.
 *
 * R1  every draw of the samplers goes through rng_below() and rng_bern(), and of the tables
 *     through rng_bits(), so that tests can enumerate.
 * R2  bytes are used once and wiped as they are used; the buffer is dropped after a fork.
 * R3  any failure of the generator sticks: draws give 0 (coins: false) and rng_failed() tells. A
 *     generator stuck on words that every draw refuses has failed too. Whoever releases a number
 *     checks it first. No fallback, no retry with another source. Only rng_init() forgets.
 * One thread at a time. Production builds have no seed. Tests replace rng_source at link time (weak
 * symbol).
 */
#ifndef CRYPTO_RNG_H
#define CRYPTO_RNG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef unsigned __int128 u128;

struct rng {
	uint8_t buf[4096];
	size_t at;   /* next unused byte; sizeof buf when empty */
	int64_t pid; /* whose buffer this is: forks before this process, and its id */
	bool failed;
};

void rng_init(struct rng *r);
void rng_clear(struct rng *r); /* wipes; draws fail until rng_init() */
bool rng_failed(const struct rng *r);

/* 64 uniform bits, for tables. */
uint64_t rng_bits(struct rng *r);
/* Uniform on 0..n-1, n >= 1, by rejection: no modulo bias. */
uint64_t rng_below(struct rng *r, uint64_t n);
u128 rng_below128(struct rng *r, u128 n);
/* True with probability a/b exactly; 0 <= a <= b, b >= 1. */
bool rng_bern(struct rng *r, u128 a, u128 b);

/* Fills bytes from RAND_priv_bytes; 1 on success as there. Weak: tests link their own. */
int rng_source(uint8_t *bytes, size_t len);

#endif
