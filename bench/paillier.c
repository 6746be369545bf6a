/*
 * paillier.c - threshold Paillier at its real size: the ceremony, encryption, a holder's part with its proof, the
 * check. Beside it GMP's plain powers, as a library without tables computes an encryption. WITHOUT=ceremony RUNS=n
 */
#include <gmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "paillier/tp_encrypt.h"
#include "paillier/tp_known.h"
#include "paillier/tp_pack.h"
#include "paillier/tp_partial.h"

enum {
	HOLDERS = 5,
	NUMBERS = 16,
	ROUNDS = 7
};

static struct error err;

static double now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static void must(int ret)
{
	if (ret == 0)
		return;
	fprintf(stderr, "paillier: %s\n", err.log);
	exit(1);
}

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double median(double *v, size_t n)
{
	qsort(v, n, sizeof(*v), by_size);
	return v[n / 2];
}

static double deal(struct tp_key *k, struct tp_share *shares)
{
	double from;

	*k = (struct tp_key){
		.epoch = 1, .from_s = 1, .until_s = 2, .n_holders = HOLDERS, .colluders = 1
	};
	for (unsigned j = 0; j < HOLDERS; j++) {
		snprintf(k->holders[j].name, sizeof(k->holders[j].name), "holder-%u", j + 1);
		memset(k->holders[j].key, 10 + (int)j, 32);
		memset(k->holders[j].seal, 20 + (int)j, 32);
	}
	from = now_ms();
	must(tp_deal(k, shares, NULL, NULL, &err));
	return now_ms() - from;
}

static void show(const char *what, double value, const char *unit)
{
	printf("  %-58s %9.2f %s\n", what, value, unit);
}

static void bn_to_mpz(mpz_t out, const BIGNUM *n)
{
	char *hex = BN_bn2hex(n);

	mpz_set_str(out, hex, 16);
	OPENSSL_free(hex);
}

/* g^m r^n modulo n^2 with two powers. */
static double plain_gmp(const struct tp_key *k, const BIGNUM *number)
{
	double took[ROUNDS];
	mpz_t n, n2, g, m, r, c;

	mpz_inits(n, n2, g, m, r, c, NULL);
	bn_to_mpz(n, k->n);
	bn_to_mpz(n2, k->n2);
	bn_to_mpz(m, number);
	bn_to_mpz(r, k->v);
	mpz_mod(r, r, n);
	mpz_add_ui(g, n, 1);
	for (int i = 0; i < ROUNDS; i++) {
		double from = now_ms();

		mpz_powm(c, g, m, n2);
		mpz_powm(r, r, n, n2);
		mpz_mul(c, c, r);
		mpz_mod(c, c, n2);
		took[i] = now_ms() - from;
	}
	mpz_clears(n, n2, g, m, r, c, NULL);
	return median(took, ROUNDS);
}

static double encryption(const struct tp_key *k, BIGNUM *const *m, BIGNUM **c, size_t count)
{
	uint8_t *bytes = malloc(count * k->bytes);
	struct tp_table *table = NULL;
	double took[ROUNDS], from = now_ms();

	if (bytes == NULL)
		exit(1);
	must(tp_table_new(&table, k, &err));
	if (count > 1) {
		show("tables of powers, once a key", now_ms() - from, "ms");
		show("their size", (double)tp_table_bytes(table) / 1e6, "MB");
	}
	for (int i = 0; i < ROUNDS; i++) {
		from = now_ms();
		must(tp_encrypt(table, (const BIGNUM *const *)m, count, bytes, &err));
		took[i] = (now_ms() - from) / (double)count;
	}
	for (size_t i = 0; i < count && c != NULL; i++)
		c[i] = number_of(bytes + i * k->bytes, k->bytes);
	tp_table_free(table);
	free(bytes);
	return median(took, ROUNDS);
}

static void knowledge(const struct tp_key *k, BIGNUM *const *m)
{
	size_t len = NUMBERS * k->bytes + tp_known_bytes(k);
	const struct hash32 ctx = sha256("bench", 5);
	const struct sum_id id = sum_id_of("site");
	uint8_t *out = malloc(len);
	struct tp_table *table = NULL;
	BIGNUM *c[NUMBERS];
	double from;

	if (out == NULL)
		exit(1);
	must(tp_table_new(&table, k, &err));
	from = now_ms();
	must(tp_known_encrypt(table, k, &ctx, &id, (const BIGNUM *const *)m, NUMBERS, out, &err));
	show("16 numbers encrypted, with the proof that they are known", now_ms() - from, "ms");
	for (size_t i = 0; i < NUMBERS; i++)
		c[i] = number_of(out + i * k->bytes, k->bytes);
	from = now_ms();
	must(tp_known_check(
		k, &ctx, &id, (const BIGNUM *const *)c, NUMBERS, out + NUMBERS * k->bytes, &err));
	show("checking that proof", now_ms() - from, "ms");
	for (size_t i = 0; i < NUMBERS; i++)
		BN_free(c[i]);
	tp_table_free(table);
	free(out);
}

static void holders(const struct tp_key *k, const struct tp_share *shares, BIGNUM **c, BIGNUM **m)
{
	struct tp_sealed_sum sum = { .k = k, .c = (const BIGNUM *const *)c, .count = 1 };
	struct tp_partial parts[HOLDERS] = { 0 };
	const struct tp_partial *some[HOLDERS];
	double made[HOLDERS], checked[HOLDERS], from;
	struct tp_comb *of_v = NULL;
	BIGNUM *out = BN_new();

	from = now_ms();
	must(tp_partial_powers(&of_v, k, &err));
	show("a holder's table, once a key", now_ms() - from, "ms");
	show("its size", (double)tp_comb_bytes(of_v) / 1e6, "MB");
	for (unsigned j = 0; j < HOLDERS; j++) {
		from = now_ms();
		must(tp_partial_make(&sum, &shares[j], of_v, &parts[j], &err));
		made[j] = now_ms() - from;
		from = now_ms();
		must(tp_partial_check(&sum, &parts[j], &err));
		checked[j] = now_ms() - from;
		some[j] = &parts[j];
	}
	show("a holder's part of one ciphertext, with its proof", median(made, HOLDERS),
		"ms (goal 150)");
	show("checking it", median(checked, HOLDERS), "ms (goal 85)");
	from = now_ms();
	must(tp_combine(&sum, some, &out, &err));
	show("putting four together", now_ms() - from, "ms");
	if (BN_cmp(out, m[0]) != 0)
		exit(1);
	for (unsigned j = 0; j < HOLDERS; j++)
		tp_partial_clear(&parts[j]);
	sum.count = NUMBERS;
	from = now_ms();
	must(tp_partial_make(&sum, &shares[0], of_v, &parts[0], &err));
	show("parts of 16 ciphertexts with one proof, for each", (now_ms() - from) / NUMBERS, "ms");
	from = now_ms();
	must(tp_partial_check(&sum, &parts[0], &err));
	show("checking them, for each", (now_ms() - from) / NUMBERS, "ms");
	tp_partial_clear(&parts[0]);
	tp_comb_free(of_v);
	BN_free(out);
}

int main(void)
{
	const char *runs = getenv("RUNS");
	int n = runs == NULL ? 3 : (int)strtol(runs, NULL, 10);
	BIGNUM *m[NUMBERS], *c[NUMBERS];
	struct tp_share shares[TP_HOLDERS];
	struct tp_packing packing;
	struct tp_key k = { 0 };
	double ceremony[64];
	int64_t values[64];

	n = n < 1 ? 1 : n > 64 ? 64 : n;
	for (int i = 0; i < n; i++) {
		for (unsigned j = 0; i > 0 && j < HOLDERS; j++)
			tp_share_clear(&shares[j]);
		tp_key_clear(&k);
		ceremony[i] = deal(&k, shares);
	}
	show("ceremony at 3072 bits, five holders, median", median(ceremony, (size_t)n) / 1e3,
		"s (goal 10)");
	must(tp_packing_init(&packing, TP_BITS, (uint64_t)INT64_MAX / 1000, 1000, &err));
	for (size_t i = 0; i < NUMBERS; i++) {
		for (size_t j = 0; j < 40; j++)
			values[j] = (int64_t)(i * 1000 + j);
		m[i] = BN_new();
		must(tp_pack(&packing, values, 40, m[i], &err));
	}
	double ours = encryption(&k, m, c, NUMBERS), alone = encryption(&k, m, NULL, 1),
	       theirs = plain_gmp(&k, m[0]);
	show("encryption of 40 counters, 16 numbers at once, for each", ours, "ms (goal 2.2)");
	show("the same, one number alone", alone, "ms");
	show("two plain powers with GMP", theirs, "ms");
	show("ratio", theirs / ours, "x (goal 18)");
	knowledge(&k, m);
	holders(&k, shares, c, m);
	for (size_t i = 0; i < NUMBERS; i++) {
		BN_free(m[i]);
		BN_free(c[i]);
	}
	for (unsigned j = 0; j < HOLDERS; j++)
		tp_share_clear(&shares[j]);
	tp_key_clear(&k);
	return 0;
}
