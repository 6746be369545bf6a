#include "paillier/tp_power.h"

#include <stdlib.h>
#include <string.h>

#include "base/secret.h"

enum {
	LINE = 8,  /* words that lie together */
	EIGHT = 8, /* entries that are folded into one another */
	SOME = 2,  /* digits at once: as many as there are registers for */
	MAX_WORDS = TP_MAX_BYTES / 8,
};

/* Four words, by whatever the processor has. */
typedef uint64_t lane __attribute__((vector_size(32)));

/* Of one block: entry digits[i], into out[i] of `lines` lines each. */
typedef void (*picker)(const uint64_t *block, unsigned entries, unsigned lines,
	const uint64_t *digits, size_t n, uint64_t *out);

struct tp_comb {
	const struct tp_key *k;
	struct tp_comb_shape shape;
	unsigned columns, entries, lines;
	uint64_t *at; /* by block, line, entry: little endian, Montgomery form */
	picker pick;
};

static uint64_t *block_of(const struct tp_comb *c, unsigned block)
{
	return c->at + (size_t)block * c->lines * c->entries * LINE;
}

size_t tp_comb_bytes(const struct tp_comb *c)
{
	return (size_t)c->shape.blocks * c->lines * c->entries * LINE * sizeof(uint64_t);
}

size_t tp_comb_exponent_bytes(const struct tp_comb *c)
{
	return (c->shape.bits + 7) / 8;
}

/* ---- reading it ---- */

/* How one digit meets a line: the highest bits choose a group of eight entries, the lowest one of those. */
struct wanted {
	lane group, bit[3], kept[2];
};

/* Of eight entries, folded (fold_block()), that for these bits; kept where the group is theirs. */
static inline __attribute__((always_inline)) void pick_of_eight(
	const lane *e, const lane *bit, const lane *same, lane *kept)
{
	const lane a = e[0] ^ (e[2] & bit[0]), b = e[4] ^ (e[6] & bit[0]);
	const lane c = e[8] ^ (e[10] & bit[0]), d = e[12] ^ (e[14] & bit[0]);
	const lane low = a ^ (b & bit[1]), high = c ^ (d & bit[1]);

	*kept |= (low ^ (high & bit[2])) & *same;
}

/* Of one line, for `some` digits, a constant: what is read once is kept under the masks of each. */
static inline __attribute__((always_inline)) void pick_line(const lane *line, unsigned entries,
	const uint64_t *digits, const size_t some, lane *out, size_t apart)
{
	struct wanted w[SOME] = { 0 };
	lane now = { 0 };

#pragma GCC unroll 2
	for (size_t i = 0; i < some; i++) {
		w[i].group += digits[i] >> 3;
#pragma GCC unroll 3
		for (int b = 0; b < 3; b++)
			w[i].bit[b] -= digits[i] >> b & 1;
	}
	for (size_t j = 0; j < entries; j += EIGHT) {
#pragma GCC unroll 2
		for (size_t i = 0; i < some; i++) {
			const lane same = (lane)(now == w[i].group);

			pick_of_eight(line + 2 * j, w[i].bit, &same, &w[i].kept[0]);
			pick_of_eight(line + 2 * j + 1, w[i].bit, &same, &w[i].kept[1]);
		}
		now += 1;
	}
#pragma GCC unroll 2
	for (size_t i = 0; i < some; i++) {
		out[i * apart] = w[i].kept[0];
		out[i * apart + 1] = w[i].kept[1];
	}
}

/* All entries are read for each digit (Q1). By line, so that what is read again is still near. */
static inline __attribute__((always_inline)) void pick_body(const uint64_t *block, unsigned entries,
	unsigned lines, const uint64_t *digits, size_t n, uint64_t *out)
{
	const size_t apart = 2 * (size_t)lines;

	for (unsigned l = 0; l < lines; l++) {
		const lane *line = (const lane *)block + 2 * (size_t)l * entries;
		lane *to = (lane *)out + 2 * (size_t)l;
		size_t i = 0;

		for (; i + SOME <= n; i += SOME)
			pick_line(line, entries, digits + i, SOME, to + i * apart, apart);
		for (; i < n; i++)
			pick_line(line, entries, digits + i, 1, to + i * apart, apart);
	}
}

static void pick_any(const uint64_t *block, unsigned entries, unsigned lines,
	const uint64_t *digits, size_t n, uint64_t *out)
{
	pick_body(block, entries, lines, digits, n, out);
}

#ifdef __x86_64__
/* The same text: only the width of the processor's registers, and what it has for them, differ. */
__attribute__((target("avx2"))) static void pick_wide(const uint64_t *block, unsigned entries,
	unsigned lines, const uint64_t *digits, size_t n, uint64_t *out)
{
	pick_body(block, entries, lines, digits, n, out);
}

__attribute__((target("avx512f,avx512vl"))) static void pick_widest(const uint64_t *block,
	unsigned entries, unsigned lines, const uint64_t *digits, size_t n, uint64_t *out)
{
	pick_body(block, entries, lines, digits, n, out);
}
#endif

static picker picker_here(void)
{
#ifdef __x86_64__
	if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl"))
		return pick_widest;
	if (__builtin_cpu_supports("avx2"))
		return pick_wide;
#endif
	return pick_any;
}

/* ---- the table ---- */

static int failed(struct error *err)
{
	return number_failed(err, "a power from a table");
}

static int put_entry(
	const struct tp_comb *c, unsigned block, unsigned entry, const BIGNUM *v, struct error *err)
{
	uint64_t words[MAX_WORDS];

	if (BN_bn2lebinpad(v, (uint8_t *)words, (int)c->k->bytes) < 0)
		return failed(err);
	for (unsigned l = 0; l < c->lines; l++)
		memcpy(block_of(c, block) + ((size_t)l * c->entries + entry) * LINE,
			words + (size_t)l * LINE, LINE * sizeof(uint64_t));
	return 0;
}

static int get_entry(
	const struct tp_comb *c, unsigned block, unsigned entry, BIGNUM *v, struct error *err)
{
	uint64_t words[MAX_WORDS];

	for (unsigned l = 0; l < c->lines; l++)
		memcpy(words + (size_t)l * LINE,
			block_of(c, block) + ((size_t)l * c->entries + entry) * LINE,
			LINE * sizeof(uint64_t));
	return BN_lebin2bn((const uint8_t *)words, (int)c->k->bytes, v) == NULL ? failed(err) : 0;
}

/* Entries of one row: the powers 2^(columns i) of the base, row by row, block by block. */
static int fill_rows(const struct tp_comb *c, BIGNUM *power, BN_CTX *scratch, struct error *err)
{
	const unsigned starts = c->shape.teeth * c->shape.blocks;

	for (unsigned i = 0; i < starts; i++) {
		if (put_entry(c, i % c->shape.blocks, 1U << i / c->shape.blocks, power, err) != 0)
			return -1;
		for (unsigned j = 0; i + 1 < starts && j < c->columns; j++)
			if (BN_mod_mul_montgomery(power, power, power, c->k->mont, scratch) != 1)
				return failed(err);
	}
	return 0;
}

/* Each of more rows is one of less times one of a row. */
static int fill_block(const struct tp_comb *c, unsigned block, BIGNUM *a, BIGNUM *b,
	BN_CTX *scratch, struct error *err)
{
	if (BN_to_montgomery(a, BN_value_one(), c->k->mont, scratch) != 1)
		return failed(err);
	if (put_entry(c, block, 0, a, err) != 0)
		return -1;
	for (unsigned j = 1; j < c->entries; j++) {
		unsigned rest = j & (j - 1);

		if (rest == 0)
			continue;
		if (get_entry(c, block, rest, a, err) != 0 ||
			get_entry(c, block, j ^ rest, b, err) != 0)
			return -1;
		if (BN_mod_mul_montgomery(a, a, b, c->k->mont, scratch) != 1)
			return failed(err);
		if (put_entry(c, block, j, a, err) != 0)
			return -1;
	}
	return 0;
}

/* Of each eight entries, entry j becomes the exclusive or of all whose bits j has: then each bit of a digit is one mask
 * instead of a choice between two. */
static void fold_block(const struct tp_comb *c, unsigned block)
{
	for (unsigned l = 0; l < c->lines; l++) {
		uint64_t *line = block_of(c, block) + (size_t)l * c->entries * LINE;

		for (unsigned bit = 1; bit < EIGHT; bit *= 2)
			for (unsigned j = 0; j < c->entries; j++)
				for (unsigned w = 0; (j & bit) != 0 && w < LINE; w++)
					line[j * LINE + w] ^= line[(j ^ bit) * LINE + w];
	}
}

static int fill(const struct tp_comb *c, const BIGNUM *base, struct error *err)
{
	BIGNUM *a = BN_new(), *b = BN_new();
	BN_CTX *scratch = BN_CTX_new();
	int ret = a == NULL || b == NULL || scratch == NULL ? error_memory(err) : 0;

	if (ret == 0 && BN_to_montgomery(a, base, c->k->mont, scratch) != 1)
		ret = failed(err);
	if (ret == 0)
		ret = fill_rows(c, a, scratch, err);
	for (unsigned block = 0; ret == 0 && block < c->shape.blocks; block++)
		ret = fill_block(c, block, a, b, scratch, err);
	for (unsigned block = 0; ret == 0 && block < c->shape.blocks; block++)
		fold_block(c, block);
	BN_CTX_free(scratch);
	BN_free(a);
	BN_free(b);
	return ret;
}

int tp_comb_new(struct tp_comb **out, const struct tp_key *k, const BIGNUM *base,
	const struct tp_comb_shape *shape, struct error *err)
{
	const unsigned pieces = shape->teeth * shape->blocks;
	struct tp_comb *c;

	if (pieces == 0 || shape->bits == 0 || shape->teeth < TP_MIN_TEETH ||
		shape->teeth > TP_MAX_TEETH)
		return failed(err);
	c = calloc(1, sizeof(*c));
	if (c == NULL)
		return error_memory(err);
	c->k = k;
	c->shape = *shape;
	c->columns = (shape->bits + pieces - 1) / pieces;
	c->entries = 1U << shape->teeth;
	c->lines = k->bytes / (LINE * (unsigned)sizeof(uint64_t));
	c->pick = picker_here();
	c->at = aligned_alloc(LINE * sizeof(uint64_t), tp_comb_bytes(c));
	if (c->at == NULL)
		(void)error_memory(err);
	if (c->at == NULL || fill(c, base, err) != 0) {
		tp_comb_free(c);
		return -1;
	}
	*out = c;
	return 0;
}

void tp_comb_free(struct tp_comb *c)
{
	if (c == NULL)
		return;
	free(c->at);
	free(c);
}

/* ---- powers ---- */

struct work {
	_Alignas(64) uint64_t picked[TP_AT_ONCE * MAX_WORDS];
	uint64_t digits[TP_AT_ONCE];
	BIGNUM *entry;
	BN_CTX *scratch; /* borrowed */
};

/* One bit of each row. What is above the exponent is 0: where that is does not depend on it. */
static uint64_t digit_of(
	const struct tp_comb *c, const uint8_t *exponent, unsigned block, unsigned column)
{
	uint64_t digit = 0;

	for (unsigned row = 0; row < c->shape.teeth; row++) {
		unsigned at = (row * c->shape.blocks + block) * c->columns + column;

		if (at < c->shape.bits)
			digit |= (uint64_t)(exponent[at / 8] >> at % 8 & 1) << row;
	}
	return digit;
}

static int times_block(const struct tp_comb *c, struct work *w, unsigned block, bool first,
	size_t count, BIGNUM *const *out, struct error *err)
{
	c->pick(block_of(c, block), c->entries, c->lines, w->digits, count, w->picked);
	for (size_t i = 0; i < count; i++) {
		const uint64_t *picked = w->picked + i * c->lines * LINE;
		BIGNUM *into = first ? out[i] : w->entry;

		if (BN_lebin2bn((const uint8_t *)picked, (int)c->k->bytes, into) == NULL ||
			(!first && BN_mod_mul_montgomery(
					   out[i], out[i], w->entry, c->k->mont, w->scratch) != 1))
			return failed(err);
	}
	return 0;
}

static int square_all(const struct tp_comb *c, struct work *w, size_t count, BIGNUM *const *out,
	struct error *err)
{
	for (size_t i = 0; i < count; i++)
		if (BN_mod_mul_montgomery(out[i], out[i], out[i], c->k->mont, w->scratch) != 1)
			return failed(err);
	return 0;
}

static int walk(const struct tp_comb *c, struct work *w, const uint8_t *exponents, size_t count,
	BIGNUM *const *out, struct error *err)
{
	for (unsigned column = c->columns; column-- > 0;) {
		if (column + 1 < c->columns && square_all(c, w, count, out, err) != 0)
			return -1;
		for (unsigned block = 0; block < c->shape.blocks; block++) {
			for (size_t i = 0; i < count; i++)
				w->digits[i] = digit_of(c,
					exponents + i * tp_comb_exponent_bytes(c), block, column);
			if (times_block(c, w, block, block == 0 && column + 1 == c->columns, count,
				    out, err) != 0)
				return -1;
		}
	}
	return 0;
}

int tp_comb_powers(const struct tp_comb *c, const uint8_t *exponents, size_t count,
	BIGNUM *const *out, BN_CTX *scratch, struct error *err)
{
	struct work *w;
	int ret;

	if (count > TP_AT_ONCE)
		return failed(err);
	w = aligned_alloc(_Alignof(struct work), sizeof(*w));
	if (w == NULL)
		return error_memory(err);
	w->scratch = scratch;
	w->entry = BN_new();
	ret = w->entry == NULL ? error_memory(err) : walk(c, w, exponents, count, out, err);
	number_free(&w->entry);
	secret_wipe(w, sizeof(*w));
	free(w);
	return ret;
}
