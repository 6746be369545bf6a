#include "gateway/sums.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "crypto/identity.h"
#include "secagg/members_file.h"
#include "wire/tls.h"

enum {
	SUMS_ARENA = 16 << 20
};

static int federation(const char *root, struct hash32 *out, struct error *err)
{
	uint8_t *pem;
	size_t len;
	int ret;

	if (file_read(root, MAX_FILE_BYTES, &pem, &len, err) != 0)
		return -1;
	ret = identity_federation((const char *)pem, len, out, err);
	free(pem);
	return ret;
}

/* The gateway that the list names must be this one, by its key. */
static int find_self(struct sums *s, const char *name, struct error *err)
{
	const struct sum_id id = sum_id_of(name);
	const struct member_gateway *g = membership_gateway(s->members, &id);

	if (g != NULL && identity_key_is(s->key, g->key))
		return 0;
	return error_set(err, E_INPUT,
		SAY("the list of members does not name this gateway with this key",
			"成员名单中没有使用此密钥的本网关"),
		"gateway %s: the list of members has %s", name,
		g == NULL ? "no such gateway" : "another key for it");
}

static int take_up(struct sums *s, const struct gateway_config *c, struct store *store,
	const struct members_text *list, const struct members_text *people, struct error *err)
{
	struct members_want want = { .members = *list,
		.officers = *people,
		.now_s = clock_wall_ms() / 1000,
		.today = clock_today() };
	struct members_seen now;
	struct diags ds;

	diags_init(&ds, &s->arena);
	if (federation(c->root, &want.federation, err) != 0 ||
		store_members(store, &want.seen.epoch, &want.seen.hash, err) != 0)
		return -1;
	if (members_take_up(&want, &s->arena, &ds, &s->members, &now) != 0)
		return ds.errors > 0 ? diags_fail(&ds, err) : error_memory(err);
	if (find_self(s, c->name, err) != 0)
		return -1;
	log_line(LOG_INFO, "sums: list of members, epoch %llu, %llu sites",
		(unsigned long long)now.epoch, (unsigned long long)s->members->n_members);
	return store_set_members(store, now.epoch, &now.hash, err);
}

static int take_key(struct sums *s, const struct gateway_config *c, const struct members_text *key,
	const struct members_text *people, struct error *err)
{
	struct members_want want = { .members = *key,
		.officers = *people,
		.federation = s->members->federation,
		.now_s = clock_wall_ms() / 1000,
		.today = clock_today() };
	struct members_seen now;
	struct diags ds;

	diags_init(&ds, &s->arena);
	if (tp_key_take_up(&want, c->paillier_bits == 0 ? TP_BITS : c->paillier_bits, &s->arena,
		    &ds, &s->paillier, &now) != 0)
		return ds.errors > 0 ? diags_fail(&ds, err) : error_memory(err);
	s->has_paillier = true;
	log_line(LOG_INFO, "sums: key of threshold Paillier, epoch %llu, %u holders, %u open",
		(unsigned long long)now.epoch, s->paillier.k.n_holders, s->paillier.k.needed);
	return 0;
}

static int open_key(struct sums *s, const struct gateway_config *c,
	const struct members_text *people, struct error *err)
{
	struct members_text key = { .name = c->paillier };
	uint8_t *bytes;
	int ret;

	if (c->paillier == NULL)
		return 0;
	if (file_read(c->paillier, MAX_FILE_BYTES, &bytes, &key.len, err) != 0)
		return -1;
	key.bytes = bytes;
	ret = take_key(s, c, &key, people, err);
	free(bytes);
	return ret;
}

int sums_open(
	struct sums *s, const struct gateway_config *c, struct store *store, struct error *err)
{
	struct members_text list = { .name = c->members }, people = { .name = c->officers };
	uint8_t *a = NULL, *b = NULL;
	int ret = -1;

	*s = (struct sums){ .members = NULL };
	if (c->members == NULL)
		return 0;
	arena_init(&s->arena, SUMS_ARENA);
	if (tls_key_file(&s->key, c->sum_key, err) == 0 &&
		file_read(c->members, MAX_FILE_BYTES, &a, &list.len, err) == 0 &&
		file_read(c->officers, MAX_FILE_BYTES, &b, &people.len, err) == 0) {
		list.bytes = a;
		people.bytes = b;
		ret = take_up(s, c, store, &list, &people, err);
		if (ret == 0)
			ret = open_key(s, c, &people, err);
	}
	free(a);
	free(b);
	if (ret != 0)
		sums_close(s);
	return ret;
}

void sums_close(struct sums *s)
{
	EVP_PKEY_free(s->key);
	if (s->has_paillier)
		tp_key_clear(&s->paillier.k);
	arena_clear(&s->arena);
	*s = (struct sums){ .members = NULL };
}
