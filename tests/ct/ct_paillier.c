/*
 * ct_paillier.c - powers with secret exponents by a comb: what is read of its table, and how often, depends on none (see
 * ct_secagg.c). What OpenSSL does with the numbers is OpenSSL's: its own frames are in ct.supp.
 */
#include "tests/ct/ct.h"

/* in here, so that the objects are those of its own flags and every width of registers can be called */
#include "paillier/tp_power.c"

enum {
	N_BYTES = 64,
	BITS = 203,
	BYTES = (BITS + 7) / 8,
	POWERS = 9, /* by fours, and one by itself */
};

static void modulus(struct tp_key *k)
{
	uint8_t bytes[2 * N_BYTES];
	BN_CTX *scratch = BN_CTX_new();

	memset(bytes, 0xa5, sizeof(bytes));
	k->bytes = sizeof(bytes);
	k->n2 = BN_bin2bn(bytes, sizeof(bytes), NULL);
	k->mont = BN_MONT_CTX_new();
	if (k->n2 == NULL || k->mont == NULL || scratch == NULL ||
		BN_MONT_CTX_set(k->mont, k->n2, scratch) != 1)
		exit(2);
	BN_CTX_free(scratch);
}

int main(int argc, char **argv)
{
	const struct tp_comb_shape shape = { BITS, 5, 2 };
	const picker widths[] = {
		pick_any,
#ifdef __x86_64__
		__builtin_cpu_supports("avx2") ? pick_wide : pick_any,
#endif
	};
	struct tp_key k = { .bits = 8 * N_BYTES };
	struct tp_comb *c;
	struct error err;
	uint8_t exponents[POWERS * BYTES];
	BIGNUM *out[POWERS], *base = BN_new();
	BN_CTX *scratch = BN_CTX_new();

	modulus(&k);
	if (base == NULL || scratch == NULL || BN_set_word(base, 12345) != 1)
		return 2;
	must(tp_comb_new(&c, &k, base, &shape, &err));
	for (size_t i = 0; i < POWERS; i++)
		out[i] = BN_new();
	for (size_t w = 0; w < sizeof(widths) / sizeof(widths[0]); w++) {
		c->pick = widths[w];
		memset(exponents, 0x5c, sizeof(exponents));
		secret(exponents, sizeof(exponents));
		must(tp_comb_powers(c, exponents, POWERS, out, scratch, &err));
	}
	leak(argc, argv, exponents[0]);
	for (size_t i = 0; i < POWERS; i++)
		BN_free(out[i]);
	BN_free(base);
	BN_CTX_free(scratch);
	BN_MONT_CTX_free(k.mont);
	BN_free(k.n2);
	tp_comb_free(c);
	return 0;
}
