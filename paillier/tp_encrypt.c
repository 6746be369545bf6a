#include "paillier/tp_encrypt.h"

#include <openssl/rand.h>
#include <stdlib.h>
#include <string.h>

#include "base/secret.h"

enum {
	WINDOW = 7, /* bits: 220 windows of 128 entries of 768 bytes at 3072 bits */
	ENTRIES = 1 << WINDOW,
	AT_ONCE = 8,
	MAX_WORDS = TP_MAX_BYTES / 8,
	MAX_RANDOM = TP_BITS / 2 / 8,
};

/* Four words, by whatever the processor has. */
typedef uint64_t lane __attribute__((vector_size(32)));

typedef void (*picker)(const uint64_t *row, unsigned words, unsigned digit, uint64_t *out);

struct tp_table {
	const struct tp_key *k;
	unsigned windows, words; /* words of one entry, a multiple of 8 */
	uint64_t *at;            /* windows * ENTRIES * words, little endian, Montgomery form */
	picker pick;
};

static uint64_t *row_of(const struct tp_table *t, unsigned window)
{
	return t->at + (size_t)window * ENTRIES * t->words;
}

/* ---- reading it ---- */

/* Entry `digit` of a row, reading all of them (E2). */
static inline __attribute__((always_inline)) void pick_body(
	const uint64_t *row, unsigned words, unsigned digit, uint64_t *out)
{
	const unsigned lanes = words / 4;
	lane masks[ENTRIES];

	for (unsigned j = 0; j < ENTRIES; j++) {
		uint64_t other = j ^ digit;
		uint64_t mask = 0 - ((other - 1) >> 63);

		masks[j] = (lane){ mask, mask, mask, mask };
	}
	for (unsigned l = 0; l < lanes; l += 2) {
		const lane *column = (const lane *)row + l;
		lane low = { 0 }, high = { 0 };

		for (unsigned j = 0; j < ENTRIES; j++) {
			low |= column[(size_t)j * lanes] & masks[j];
			high |= column[(size_t)j * lanes + 1] & masks[j];
		}
		((lane *)out)[l] = low;
		((lane *)out)[l + 1] = high;
	}
	secret_wipe(masks, sizeof(masks));
}

static void pick_any(const uint64_t *row, unsigned words, unsigned digit, uint64_t *out)
{
	pick_body(row, words, digit, out);
}

#ifdef __x86_64__
/* The same text: only the width of the processor's registers differs. */
__attribute__((target("avx2"))) static void pick_wide(
	const uint64_t *row, unsigned words, unsigned digit, uint64_t *out)
{
	pick_body(row, words, digit, out);
}
#endif

static picker picker_here(void)
{
#ifdef __x86_64__
	if (__builtin_cpu_supports("avx2"))
		return pick_wide;
#endif
	return pick_any;
}

/* ---- the table ---- */

static int put_entry(
	const struct tp_table *t, unsigned window, unsigned j, const BIGNUM *v, struct error *err)
{
	uint8_t *to = (uint8_t *)(row_of(t, window) + (size_t)j * t->words);

	return BN_bn2lebinpad(v, to, (int)(8 * t->words)) < 0 ? number_failed(err, "the table") : 0;
}

/* Entry j of a window is base^j; the base of the next window is base^128. */
static int fill_window(const struct tp_table *t, unsigned window, BIGNUM *base, BIGNUM *power,
	BN_CTX *scratch, struct error *err)
{
	if (BN_to_montgomery(power, BN_value_one(), t->k->mont, scratch) != 1)
		return number_failed(err, "the table");
	for (unsigned j = 0; j < ENTRIES; j++) {
		if (put_entry(t, window, j, power, err) != 0)
			return -1;
		if (BN_mod_mul_montgomery(power, power, base, t->k->mont, scratch) != 1)
			return number_failed(err, "the table");
	}
	return BN_copy(base, power) == NULL ? error_memory(err) : 0;
}

static int fill(const struct tp_table *t, struct error *err)
{
	BIGNUM *base = BN_new(), *power = BN_new();
	BN_CTX *scratch = BN_CTX_new();
	int ret = base == NULL || power == NULL || scratch == NULL ? error_memory(err) : 0;

	if (ret == 0 && BN_to_montgomery(base, t->k->h, t->k->mont, scratch) != 1)
		ret = number_failed(err, "the table");
	for (unsigned w = 0; ret == 0 && w < t->windows; w++)
		ret = fill_window(t, w, base, power, scratch, err);
	BN_CTX_free(scratch);
	BN_free(base);
	BN_free(power);
	return ret;
}

int tp_table_new(struct tp_table **out, const struct tp_key *k, struct error *err)
{
	struct tp_table *t = calloc(1, sizeof(*t));

	if (t == NULL)
		return error_memory(err);
	t->k = k;
	t->windows = (k->bits / 2 + WINDOW - 1) / WINDOW;
	t->words = k->bytes / 8;
	t->pick = picker_here();
	t->at = aligned_alloc(sizeof(lane), (size_t)t->windows * ENTRIES * k->bytes);
	if (t->at == NULL)
		(void)error_memory(err);
	if (t->at == NULL || fill(t, err) != 0) {
		tp_table_free(t);
		return -1;
	}
	*out = t;
	return 0;
}

void tp_table_free(struct tp_table *t)
{
	if (t == NULL)
		return;
	free(t->at);
	free(t);
}

/* ---- encrypting ---- */

/* Bits at..at+WINDOW of a little-endian number of `len` bytes. */
static unsigned digit_of(const uint8_t *a, size_t len, unsigned at)
{
	unsigned v = a[at / 8];

	if (at / 8 + 1 < len)
		v |= (unsigned)a[at / 8 + 1] << 8;
	return v >> (at % 8) & (ENTRIES - 1);
}

struct batch {
	BIGNUM *powers[AT_ONCE];        /* h^a so far, Montgomery form */
	uint8_t a[AT_ONCE][MAX_RANDOM]; /* little endian */
	_Alignas(32) uint64_t picked[MAX_WORDS];
	BIGNUM *entry;
	BN_CTX *scratch;
};

static int one_window(
	const struct tp_table *t, struct batch *b, unsigned window, size_t n, struct error *err)
{
	const uint64_t *row = row_of(t, window);

	for (size_t i = 0; i < n; i++) {
		t->pick(row, t->words, digit_of(b->a[i], t->k->bits / 16, window * WINDOW),
			b->picked);
		if (BN_lebin2bn((const uint8_t *)b->picked, (int)(8 * t->words), b->entry) == NULL)
			return number_failed(err, "encryption");
		if (window == 0 ? BN_copy(b->powers[i], b->entry) == NULL
				: BN_mod_mul_montgomery(b->powers[i], b->powers[i], b->entry,
					  t->k->mont, b->scratch) != 1)
			return number_failed(err, "encryption");
	}
	return 0;
}

/* (1 + m n) times the power, which leaves Montgomery form by the same multiplication. */
static int finish_one(const struct tp_table *t, struct batch *b, size_t i, const BIGNUM *m,
	uint8_t *out, struct error *err)
{
	if (BN_is_negative(m) || BN_cmp(m, t->k->n) >= 0)
		return number_failed(err, "a number that is not below n");
	if (BN_mul(b->entry, m, t->k->n, b->scratch) != 1 || BN_add_word(b->entry, 1) != 1 ||
		BN_mod_mul_montgomery(b->entry, b->powers[i], b->entry, t->k->mont, b->scratch) !=
			1)
		return number_failed(err, "encryption");
	return number_bytes(b->entry, out, t->k->bytes, err);
}

static int encrypt_batch(const struct tp_table *t, struct batch *b, const BIGNUM *const *m,
	size_t n, uint8_t *out, struct error *err)
{
	for (unsigned w = 0; w < t->windows; w++)
		if (one_window(t, b, w, n, err) != 0)
			return -1;
	for (size_t i = 0; i < n; i++)
		if (finish_one(t, b, i, m[i], out + i * t->k->bytes, err) != 0)
			return -1;
	return 0;
}

static void batch_free(struct batch *b)
{
	if (b == NULL)
		return;
	for (size_t i = 0; i < AT_ONCE; i++)
		number_free(&b->powers[i]);
	number_free(&b->entry);
	BN_CTX_free(b->scratch);
	secret_wipe(b, sizeof(*b));
	free(b);
}

static struct batch *batch_new(void)
{
	struct batch *b = aligned_alloc(32, (sizeof(*b) + 31) / 32 * 32);
	bool made = b != NULL;

	if (made)
		memset(b, 0, sizeof(*b));
	for (size_t i = 0; made && i < AT_ONCE; i++)
		made = (b->powers[i] = BN_new()) != NULL;
	made = made && (b->entry = BN_new()) != NULL && (b->scratch = BN_CTX_secure_new()) != NULL;
	if (made)
		return b;
	batch_free(b);
	return NULL;
}

/* a NULL: drawn. */
static int encrypt(const struct tp_table *t, const BIGNUM *const *m, const uint8_t *a, size_t count,
	uint8_t *out, struct error *err)
{
	const size_t len = t->k->bits / 16;
	struct batch *b = batch_new();
	int ret = b == NULL ? error_memory(err) : 0;

	for (size_t done = 0; ret == 0 && done < count; done += AT_ONCE) {
		size_t n = count - done < AT_ONCE ? count - done : AT_ONCE;

		for (size_t i = 0; ret == 0 && i < n; i++) {
			if (a == NULL && RAND_priv_bytes(b->a[i], (int)len) != 1)
				ret = number_failed(err, "no random number");
			for (size_t j = 0; a != NULL && j < len; j++)
				b->a[i][j] = a[(done + i + 1) * len - 1 - j];
		}
		if (ret == 0)
			ret = encrypt_batch(t, b, m + done, n, out + done * t->k->bytes, err);
	}
	if (ret != 0)
		memset(out, 0, count * t->k->bytes);
	batch_free(b);
	return ret;
}

int tp_encrypt(const struct tp_table *t, const BIGNUM *const *m, size_t count, uint8_t *out,
	struct error *err)
{
	return encrypt(t, m, NULL, count, out, err);
}

int tp_encrypt_with(const struct tp_table *t, const BIGNUM *const *m, const uint8_t *a,
	size_t count, uint8_t *out, struct error *err)
{
	return encrypt(t, m, a, count, out, err);
}
