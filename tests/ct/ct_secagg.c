/*
 * ct_secagg.c - run under valgrind's memcheck with every secret marked undefined: a branch or an index that depends on a
 * secret is then reported, on the objects as they are built (Langley's ctgrind). What is told of a secret on purpose - that
 * shares fit together, that a key agreed on something, that a value is in its bound - is in ct.supp, by function.
 */
#include <openssl/rand.h>

#include "tests/ct/ct.h"

/* What the generator gives is secret. */
static int secret_bytes(unsigned char *at, int len)
{
	int ret = RAND_priv_bytes(at, len);

	VALGRIND_MAKE_MEM_UNDEFINED(at, (size_t)len);
	return ret;
}
/* And this is what the code tells of a secret. */
static int told(unsigned long long v)
{
	VALGRIND_MAKE_MEM_DEFINED(&v, sizeof(v));
	return v != 0;
}
#define secret_told(v)  told(v)
#define RAND_priv_bytes secret_bytes
#include "secagg/shamir.c"
#undef RAND_priv_bytes
#include "secagg/keys.h"

enum {
	T = 5,
	N = 9,
	WORDS = 2500
};

int main(int argc, char **argv)
{
	struct error err;
	struct key32 a, b, back;
	struct share shares[N], s1, s2;
	const struct share *chosen[T];
	uint64_t weights[T], *words = calloc(WORDS, 8);
	uint16_t places[T] = { 0, 2, 3, 5, 8 };
	struct key_scope scope = { .words = WORDS, .suite = SUITE_AES128 };
	struct sum_id x = sum_id_of("x"), y = sum_id_of("y");
	struct envelope_key e;
	uint8_t sealed[ENVELOPE_BYTES];
	struct mask_key m[2];
	struct deriver *d;

	memset(&a, 7, sizeof(a));
	memset(&b, 9, sizeof(b));
	secret(&a, sizeof(a));
	secret(&b, sizeof(b));
	must(shamir_deal(&a, T, N, shares, &err));
	must(shamir_weights(places, T, weights, &err));
	for (int i = 0; i < T; i++)
		chosen[i] = &shares[places[i]];
	must(shamir_rebuild(weights, chosen, T, &back, &err));
	must(deriver_new(&d, &err));
	must(envelope_key(d, &scope, &a, &x, &y, &e, &err));
	must(envelope_seal(&e, &scope.roster, 0, 1, &shares[0], &shares[1], sealed, &err));
	must(envelope_open(&e, &scope.roster, 0, 1, sealed, &s1, &s2, &err));
	for (enum suite suite = SUITE_AES128; suite < SUITE_END; suite++) {
		struct masks *masks;

		scope.suite = suite;
		must(mask_key_of_pair(d, &scope, &a, &x, &y, &m[0], &err));
		must(mask_key_of_self(d, &scope, &b, &x, &m[1], &err));
		must(masks_new(&masks, suite, 2, &err));
		secret(words, WORDS * 8);
		must(masks_put(masks, &m[0], false, &err));
		must(masks_put(masks, &m[1], true, &err));
		must(masks_apply(masks, words, WORDS, &err));
		masks_free(masks);
	}
	deriver_free(d);
	leak(argc, argv, back.at[0]);
	free(words);
	return 0;
}
