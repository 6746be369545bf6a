/*
 * fuzz_paillier.c - any bytes as a message of a sum by threshold Paillier; the first byte chooses which. Aborts when a
 * reader takes something that nobody signed, or when what a reader took is written otherwise.
 */
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "crypto/identity.h"
#include "paillier/tp_file.h"
#include "paillier/tp_gateway.h"
#include "tests/fuzz/fuzz.h"
#include "tests/vectors/paillier.h"

#define NOW_S INT64_C(1790000100)

enum {
	SITES = 3,
	WORDS = 5,
	KINDS = 6,
	ROOM = 1 << 14,
};

/* A federation of three sites and the vectors' holders, made once; only the gateway's and sites' keys are random. */
static struct {
	struct membership m;
	struct member members[SITES];
	EVP_PKEY *keys[SITES], *gateway;
	struct tp_key k;
	struct tp_invite invite;
	struct tp_roster roster;
	struct text seeds[KINDS];
} w;
static struct error err;

static void require(bool held)
{
	if (!held)
		abort();
}

static BIGNUM *number(const char *hex)
{
	BIGNUM *n = NULL;

	require(BN_hex2bn(&n, hex) > 0);
	return n;
}

static void make_key(struct tp_key *k)
{
	*k = (struct tp_key){ .federation = w.m.federation,
		.epoch = 3,
		.from_s = NOW_S / 86400 * 86400,
		.until_s = (NOW_S / 86400 + 10) * 86400,
		.n_holders = KAT_HOLDERS,
		.needed = KAT_NEEDED,
		.colluders = KAT_COLLUDERS,
		.n = number(kat_numbers[2]),
		.h = number(kat_numbers[3]),
		.v = number(kat_numbers[4]) };
	for (unsigned j = 0; j < KAT_HOLDERS; j++) {
		k->holders[j].name[0] = (char)('a' + j);
		memset(k->holders[j].key, 10 + (int)j, 32);
		memset(k->holders[j].seal, 20 + (int)j, 32);
		k->holders[j].v = number(kat_vs[j]);
	}
	require(tp_key_complete(k, KAT_BITS, &err) == 0);
}

static void public_key(EVP_PKEY **key, uint8_t out[32])
{
	size_t len = 32;

	require(identity_new_key(key, &err) == 0 &&
		EVP_PKEY_get_raw_public_key(*key, out, &len) == 1);
}

static void make_members(void)
{
	w.m = (struct membership){ .epoch = 1,
		.from_s = NOW_S - 1000,
		.until_s = NOW_S + 100000,
		.rules = { .third = true,
			.h_min = 3,
			.n_min = 3,
			.n_max = 10,
			.suites = 1U << SUITE_AES128,
			.life_s = 600 },
		.n_gateways = 1,
		.n_members = SITES,
		.members = w.members };
	memset(w.m.federation.at, 7, 32);
	w.m.gateways[0].name[0] = 'g';
	public_key(&w.gateway, w.m.gateways[0].key);
	for (int i = 0; i < SITES; i++) {
		w.members[i].site[0] = (char)('a' + i);
		w.members[i].org[0] = (char)('a' + i);
		w.members[i].until_s = NOW_S + 100000;
	}
	/* ids first, so that keys and members stay in one order */
	for (int i = 0; i < SITES; i++)
		memset(w.members[i].key, i + 1, 32);
	require(membership_complete(&w.m, &err) == 0);
	for (int i = 0; i < SITES; i++)
		public_key(&w.keys[i], w.members[i].key);
}

static void make_invite(void)
{
	w.invite = (struct tp_invite){ .slot_bound = 100,
		.sum = { .suite = SUITE_AES128,
			.federation = w.m.federation,
			.epoch = 1,
			.gateway = w.m.gateways[0].id,
			.mode = SUM_ADD,
			.words = WORDS,
			.bound = 90,
			.n_min = 3,
			.n_max = SITES,
			.u_min = 3,
			.wait_ms = { 1000, 1000, 1000, 1000 },
			.expires_s = NOW_S + 300 } };
	require(membership_hash(&w.m, &w.invite.sum.members, &err) == 0 &&
		tp_invite_complete(&w.invite, &w.k, &err) == 0);
}

static void make_roster(void)
{
	uint8_t ct[1024] = { 0 };
	struct tp_entry e[SITES] = { 0 };
	uint8_t nonce[32] = { 1 };
	size_t len = tp_open_bytes(&w.k, &w.invite);

	require(len <= sizeof(ct));
	for (size_t c = 0; c < w.invite.count; c++)
		ct[(c + 1) * w.k.bytes - 1] = 5;
	for (int i = 0; i < SITES; i++) {
		e[i].id = w.members[i].id;
		require(tp_commitment(&w.invite.ctx, &e[i].id, nonce, ct, len, &e[i].commitment,
				&err) == 0 &&
			tp_entry_sign(&e[i], &w.invite.ctx, w.keys[i], &err) == 0);
	}
	require(tp_roster_make(&w.roster, e, SITES, &w.m, &w.invite, NOW_S, &err) == 0);
	lay_fixed(&w.seeds[1], &e[0], TP_ENTRY_BYTES);
	require(tp_roster_write(&w.roster, &w.seeds[2], &err) == 0 &&
		tp_open_write(&w.roster, &w.invite.ctx, &e[0].id, nonce, ct, len, w.keys[0],
			&w.seeds[3], &err) == 0);
}

static void make_part(void)
{
	struct tp_partial p = { .place = KAT_PLACE, .count = 1 };
	BIGNUM *d[1] = { number(kat_parts[0]) };

	p.d = d;
	p.a = number(kat_proof[0]);
	p.b = number(kat_proof[1]);
	p.z = number(kat_proof[2]);
	lay_fixed(&w.seeds[4], &err, 64);
	require(tp_partial_write(&w.k, &p, &w.seeds[4], &err) == 0);
	BN_free(d[0]);
	BN_free(p.a);
	BN_free(p.b);
	BN_free(p.z);
}

static void make_world(void)
{
	struct tp_key_file f = { 0 };

	if (w.gateway != NULL)
		return;
	for (int i = 0; i < KINDS; i++)
		text_init(&w.seeds[i], ROOM);
	make_members();
	make_key(&w.k);
	make_invite();
	require(tp_invite_write(&w.invite, &w.k, w.gateway, &w.seeds[0], &err) == 0);
	make_roster();
	make_part();
	make_key(&f.k);
	tp_key_write(&f, &w.seeds[5]);
	tp_key_clear(&f.k);
}

size_t fuzz_seed(size_t i, uint8_t *out, size_t room)
{
	make_world();
	if (i >= KINDS || w.seeds[i].len + 1 > room)
		return 0;
	out[0] = (uint8_t)i;
	memcpy(out + 1, w.seeds[i].at, w.seeds[i].len);
	return w.seeds[i].len + 1;
}

/* A signature is over all of it: nothing else than what was made is taken. */
static void same(int kind, const uint8_t *data, size_t size)
{
	require(size == w.seeds[kind].len && memcmp(data, w.seeds[kind].at, size) == 0);
}

static void try_part(const uint8_t *data, size_t size)
{
	struct tp_partial p = { 0 };
	struct text t;

	if (size < 64 || tp_partial_read(&w.k, 1, data + 64, size - 64, &p, &err) != 0)
		return;
	text_init(&t, ROOM);
	if (tp_partial_write(&w.k, &p, &t, &err) == 0)
		require(t.len == size - 64 && memcmp(t.at, data + 64, t.len) == 0);
	text_clear(&t);
	tp_partial_clear(&p);
}

static void try_file(const uint8_t *data, size_t size)
{
	struct tp_key_file f;
	struct arena arena;
	struct diags ds;

	arena_init(&arena, MAX_QUERY_ARENA);
	diags_init(&ds, &arena);
	if (tp_key_read("k", data, size, KAT_BITS, &arena, &ds, &f) == 0) {
		require(ds.errors == 0 && f.k.n != NULL);
		tp_key_clear(&f.k);
	} else {
		require(ds.errors > 0 && f.k.n == NULL);
	}
	arena_clear(&arena);
}

static void try_message(uint8_t kind, const uint8_t *data, size_t size)
{
	struct tp_roster roster;
	struct tp_invite invite;
	struct tp_gateway *g = NULL;
	struct tp_open open;

	if (kind == 0 && tp_invite_read(data, size, &w.m, &w.k, NOW_S, &invite, &err) == 0)
		same(0, data, size);
	if (kind == 1 && tp_gateway_new(&g, &w.m, &w.k, &w.invite, &err) == 0 &&
		tp_gateway_commit(g, data, size, NOW_S, &err) == 0)
		same(1, data, size);
	tp_gateway_free(g);
	if (kind == 2 && tp_roster_read(&roster, data, size, &w.m, &w.invite, NOW_S, &err) == 0) {
		same(2, data, size);
		tp_roster_clear(&roster);
	}
	if (kind == 3 && tp_open_read(&w.roster, &w.k, &w.invite, data, size, &open, &err) == 0)
		same(3, data, size);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size == 0)
		return 0;
	make_world();
	if (data[0] % KINDS < 4)
		try_message(data[0] % KINDS, data + 1, size - 1);
	else if (data[0] % KINDS == 4)
		try_part(data + 1, size - 1);
	else
		try_file(data + 1, size - 1);
	return 0;
}
