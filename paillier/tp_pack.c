#include "paillier/tp_pack.h"

#include <string.h>

#include "base/secret.h"
#include "paillier/tp_key.h"

typedef __int128 wide;
typedef unsigned __int128 uwide;

enum {
	ROOM = TP_BITS / 8 + sizeof(uwide) /* so that a slot is read and written whole */
};

static unsigned length_of(uint64_t v)
{
	unsigned bits = 0;

	for (; v != 0; v >>= 1)
		bits++;
	return bits;
}

int tp_packing_init(
	struct tp_packing *p, unsigned bits, uint64_t bound, uint64_t n_max, struct error *err)
{
	unsigned value_bits = length_of(bound), sites_bits = length_of(n_max - 1);

	if (n_max == 0 || bits > TP_BITS || bound == 0 || bound > (uint64_t)INT64_MAX / n_max ||
		value_bits + 2 * sites_bits + 4 > bits)
		return error_set(err, E_LIMIT,
			SAY("These numbers do not fit into one secure sum.",
				"数值超出一次安全求和的范围。"),
			"packing: a bound of %llu for %llu sites", (unsigned long long)bound,
			(unsigned long long)n_max);
	*p = (struct tp_packing){ .bound = bound,
		.n_max = n_max,
		.value_bits = value_bits,
		.slot_bits = value_bits + sites_bits + 2,
		.bits = bits };
	p->slots = (bits - 2 - sites_bits) /
		   p->slot_bits; /* H2: the top needs sites_bits + 1, n one */
	return 0;
}

uint64_t tp_packing_count(const struct tp_packing *p, uint64_t counters)
{
	return (counters + p->slots - 1) / p->slots;
}

/* Little endian. */
static void put_slot(uint8_t *bytes, unsigned at, uwide v)
{
	v <<= at % 8;
	for (unsigned i = 0; i < sizeof(v); i++)
		bytes[at / 8 + i] = (uint8_t)(bytes[at / 8 + i] | (uint8_t)(v >> (8 * i)));
}

static uwide get_slot(const uint8_t *bytes, unsigned at, unsigned bits)
{
	uwide v = 0;

	for (unsigned i = 0; i < sizeof(v); i++)
		v |= (uwide)bytes[at / 8 + i] << (8 * i);
	return v >> (at % 8) & (((uwide)1 << bits) - 1);
}

int tp_pack(
	const struct tp_packing *p, const int64_t *values, size_t n, BIGNUM *out, struct error *err)
{
	uint8_t bytes[ROOM] = { 0 };
	uint64_t outside = 0;
	bool made;

	for (unsigned i = 0; i < p->slots; i++) {
		int64_t v = i < n ? values[i] : 0;

		outside |=
			((uint64_t)((wide)p->bound - v < 0) | (uint64_t)((wide)p->bound + v < 0));
		put_slot(bytes, i * p->slot_bits, (uwide)((wide)v + ((wide)1 << p->value_bits)));
	}
	put_slot(bytes, p->slots * p->slot_bits, 1);
	made = outside == 0 && BN_lebin2bn(bytes, (int)(p->bits / 8), out) != NULL;
	secret_wipe(bytes, sizeof(bytes));
	if (outside != 0)
		return error_set(err, E_LIMIT,
			SAY("A number of this site is larger than the question allows.",
				"本站点的某个数值超出问题允许的范围。"),
			"packing: a value is out of bounds");
	return made ? 0 : number_failed(err, "packing");
}

static int wrong(struct error *err, const char *why)
{
	return error_set(err, E_CRYPTO,
		SAY("A site sent what is no sum of allowed numbers.",
			"某站点发送的内容不是允许数值之和。"),
		"unpacking: %s", why);
}

int tp_unpack(const struct tp_packing *p, const BIGNUM *in, uint64_t contributors, int64_t *sums,
	size_t n, struct error *err)
{
	const wide most = (wide)contributors * p->bound;
	unsigned top = p->slots * p->slot_bits;
	uint8_t bytes[ROOM] = { 0 };
	int ret = 0;

	if (contributors == 0 || contributors > p->n_max ||
		BN_bn2lebinpad(in, bytes, (int)(p->bits / 8)) < 0)
		return wrong(err, "more contributors, or a larger number, than there can be");
	if (get_slot(bytes, top, length_of(p->n_max) + 1) != contributors ||
		BN_num_bits(in) > (int)(top + length_of(p->n_max)))
		ret = wrong(err, "the count at the top is not that of the contributors");
	for (unsigned i = 0; i < p->slots && ret == 0; i++) {
		wide sum = (wide)get_slot(bytes, i * p->slot_bits, p->slot_bits) -
			   ((wide)contributors << p->value_bits);

		if (sum > most || -sum > most || (i >= n && sum != 0))
			ret = wrong(err, "a sum is out of bounds");
		else if (i < n)
			sums[i] = (int64_t)sum;
	}
	return ret;
}
