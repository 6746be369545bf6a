#include "crypto/rng.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <pthread.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

/*
 * A buffer makes 8-byte draws cost what bulk generation costs (300 times less than asking OpenSSL
 * for each; of 4096 bytes a third would still go into asking). The price is that a fork copies it, and OpenSSL, which reseeds itself
 * after a fork, does not know about it: hence `rng_here`.
 */

/* Names this process: how many forks lie before it, and its id. Set in the child of every fork, so
 * that a draw compares two integers and needs no system call. */
_Atomic int64_t rng_here;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static int64_t here_after(int64_t before)
{
	return (((before >> 32) + 1) << 32) | (int64_t)getpid();
}

static void after_fork(void)
{
	atomic_store_explicit(&rng_here,
		here_after(atomic_load_explicit(&rng_here, memory_order_relaxed)),
		memory_order_relaxed);
}

static void begin(void)
{
	after_fork();
	if (pthread_atfork(NULL, NULL, after_fork) != 0)
		atomic_store(&rng_here, -1); /* then nothing may be drawn */
}

__attribute__((weak)) int rng_source(uint8_t *bytes, size_t len)
{
	return RAND_priv_bytes(bytes, (int)len);
}

/* A machine that is restored from a snapshot has its generator's state twice, and the process cannot know. The
 * kernel's bytes differ where the kernel was told of the restoring; where it was not, the time does. */
bool rng_fresh(void)
{
	EVP_RAND_CTX *drbg = RAND_get0_private(NULL);
	struct {
		uint8_t random[32];
		struct timespec wall, since_start;
	} more = { 0 };
	bool done = drbg != NULL &&
		    getrandom(more.random, sizeof(more.random), 0) == sizeof(more.random) &&
		    clock_gettime(CLOCK_REALTIME, &more.wall) == 0 &&
		    clock_gettime(CLOCK_BOOTTIME, &more.since_start) == 0 &&
		    EVP_RAND_reseed(drbg, 0, NULL, 0, (const uint8_t *)&more, sizeof(more)) == 1;

	OPENSSL_cleanse(&more, sizeof(more));
	return done;
}

void rng_init(struct rng *r)
{
	pthread_once(&once, begin);
	*r = (struct rng){ .at = sizeof(r->buf), .pid = atomic_load(&rng_here) };
	r->failed = r->pid < 0 || !rng_fresh();
}

void rng_clear(struct rng *r)
{
	OPENSSL_cleanse(r, sizeof(*r));
	r->at = sizeof(r->buf);
	r->failed = true; /* until rng_init() */
}

static void fail(struct rng *r)
{
	OPENSSL_cleanse(r->buf, sizeof(r->buf));
	r->at = sizeof(r->buf);
	r->failed = true;
}

/* A process made by other means than fork() has the old `rng_here` but its own id: the check once per
 * buffer ends what the handler could not see. */
static void fill(struct rng *r)
{
	if ((atomic_load_explicit(&rng_here, memory_order_relaxed) & INT32_MAX) != getpid())
		after_fork();
	r->pid = atomic_load_explicit(&rng_here, memory_order_relaxed);
	if (rng_source(r->buf, sizeof(r->buf)) != 1)
		fail(r);
	else
		r->at = 0;
}

/* After a failure `at` stays at the end, so that every draw comes through here. */
bool rng_refill(struct rng *r)
{
	if (!r->failed)
		fill(r);
	return !r->failed;
}

/* No draw is refused more often than every second time, so so many in a row have a chance below
 * 2^-256: a generator that does it is stuck, and would keep us here. */
enum {
	MAX_REFUSED = 256
};

u128 rng_product_again(struct rng *r, uint64_t n, u128 m)
{
	uint64_t least = (0 - n) % n; /* 2^64 mod n */

	for (int refused = 0; (uint64_t)m < least; refused++) {
		if (refused == MAX_REFUSED)
			fail(r);
		if (r->failed)
			return 0;
		m = (u128)rng_bits(r) * n;
	}
	return m;
}

/* From 2^64 on: as many bits as n-1 has, until they are below n: fewer than two tries expected. */
u128 rng_below128(struct rng *r, u128 n)
{
	if (n <= UINT64_MAX)
		return rng_below(r, (uint64_t)n);
	uint64_t top = (uint64_t)((n - 1) >> 64);
	uint64_t mask = top == 0 ? 0 : UINT64_MAX >> __builtin_clzll(top);
	for (int tries = 0; tries < MAX_REFUSED && !r->failed; tries++) {
		u128 x = (u128)(rng_bits(r) & mask) << 64;
		x |= rng_bits(r);
		if (x < n)
			return r->failed ? 0 : x;
	}
	fail(r);
	return 0;
}
