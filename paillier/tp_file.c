#include "paillier/tp_file.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "crypto/signing.h"

enum {
	DAY_S = 86400,
	NUMBER_TEXT = 4 * ((TP_MAX_BYTES + 2) / 3) + 1,
};

static const struct shape format_number = { .kind = SHAPE_INT, .low = 1, .high = 1 };
static const struct shape id = { .kind = SHAPE_ID };
static const struct shape text_shape = { .kind = SHAPE_TEXT };
static const struct shape span = { .kind = SHAPE_SPAN };
static const struct shape epoch_shape = { .kind = SHAPE_INT, .low = 1, .high = 1000000000 };
static const struct shape colluders_shape = { .kind = SHAPE_INT, .low = 0, .high = TP_HOLDERS - 1 };

#define HOLDER_FIELDS                                                                              \
	{ "name", true, &id, { "as it is known", "持有人名称" } },                                 \
		{ "key", true, &text_shape,                                                        \
			{ "the line that `cordon ca manifest key` printed",                        \
				"cordon ca manifest key 所输出的公钥" } },                         \
	{                                                                                          \
		"seal", true, &text_shape,                                                         \
		{                                                                                  \
			"the line that `cordon ca paillier holder` printed",                       \
				"cordon ca paillier holder 所输出的公钥"                     \
		}                                                                                  \
	}
static const struct field holder_fields[] = { HOLDER_FIELDS, { 0 } };
static const struct field key_holder_fields[] = { HOLDER_FIELDS,
	{ "v", true, &text_shape, { "what its share is checked with", "用于核对其份额的数" } },
	{ 0 } };
static const struct shape holder_shape = { .kind = SHAPE_MAP, .fields = holder_fields };
static const struct shape key_holder_shape = { .kind = SHAPE_MAP, .fields = key_holder_fields };
static const struct shape holders_shape = { .kind = SHAPE_LIST, .of = &holder_shape };
static const struct shape key_holders_shape = { .kind = SHAPE_LIST, .of = &key_holder_shape };

#define COMMON_FIELDS                                                                                       \
	{ "cordon", true, &format_number,                                                                   \
		{ "number of this file format: 1", "文件格式编号：1" } },                                   \
		{ "epoch", true, &epoch_shape,                                                              \
			{ "number of this key; never goes back", "本密钥的编号，只增不减" } },              \
		{ "valid", true, &span,                                                                     \
			{ "days, both included, UTC; at most two years",                                    \
				"有效日期（含首尾，UTC），至多两年" } },                                    \
	{                                                                                                   \
		"colluders", true, &colluders_shape,                                                        \
		{                                                                                           \
			"how many holders may work together without harm", "可容忍串通的持有人数" \
		}                                                                                           \
	}
static const struct field dealing_fields[] = { COMMON_FIELDS,
	{ "holders", true, &holders_shape, { "2 to 15 of them", "2 至 15 位持有人" } }, { 0 } };
static const struct field key_fields[] = { COMMON_FIELDS,
	{ "federation", true, &text_shape,
		{ "SHA-256 of the root certificate", "根证书的 SHA-256" } },
	{ "n", true, &text_shape, { "the modulus, base64", "模数（base64）" } },
	{ "h", true, &text_shape, { "base of encryption", "加密基数" } },
	{ "v", true, &text_shape, { "base of checks", "校验基数" } },
	{ "holders", true, &key_holders_shape, { "2 to 15 of them", "2 至 15 位持有人" } },
	{ "signatures", false, &shape_officers_signatures, { "by the officers", "负责人签名" } },
	{ 0 } };
static const struct shape dealing_shape = { .kind = SHAPE_MAP, .fields = dealing_fields };
static const struct shape key_shape = { .kind = SHAPE_MAP, .fields = key_fields };

/* ---- reading ---- */

static BIGNUM *read_number(const struct node *n, struct diags *ds)
{
	uint8_t bytes[TP_MAX_BYTES];
	size_t len;

	if (base64_decode(node_text(n), bytes, sizeof(bytes), &len))
		return number_of(bytes, len);
	diag_error(ds, "C331", n->at, "this is not a number as base64 of at most %d bytes",
		"这不是 base64 数字（至多 %d 字节）", TP_MAX_BYTES);
	return NULL;
}

static void read_holder(const struct node *n, struct tp_holder_key *h, struct diags *ds)
{
	const struct node *key = node_get(n, "key"), *seal = node_get(n, "seal"),
			  *v = node_get(n, "v");

	if (!text_copy(h->name, sizeof(h->name), node_text(node_get(n, "name"))))
		diag_error(ds, "C332", n->at, "this name is too long", "此名称过长");
	if (!signing_key_bytes(node_text(key), h->key))
		diag_error(ds, "C333", key->at,
			"this is not a public key, as ed25519: and 44 characters",
			"这不是公钥，写法如 ed25519: 加 44 个字符");
	if (!sealed_key_parse(node_text(seal), h->seal))
		diag_error(ds, "C333", seal->at,
			"this is not a public key, as x25519: and 44 characters",
			"这不是公钥，写法如 x25519: 加 44 个字符");
	if (v != NULL)
		h->v = read_number(v, ds);
}

static void read_common(const struct node *root, struct tp_key *k, struct diags *ds)
{
	const struct node *holders = node_get(root, "holders"), *valid = node_get(root, "valid");
	int32_t from = 0, to = 0;

	k->epoch = (uint64_t)node_int(node_get(root, "epoch"), 0);
	k->colluders = (unsigned)node_int(node_get(root, "colluders"), 0);
	if (!node_span(valid, &from, &to) || from < 0 || to - from > 2 * 366)
		diag_error(ds, "C334", valid->at, "a key lives for two years at most, after 1970",
			"密钥有效期至多两年，且须在 1970 年之后");
	k->from_s = (int64_t)from * DAY_S;
	k->until_s = ((int64_t)to + 1) * DAY_S;
	if (holders->count < 2 || holders->count > TP_HOLDERS) {
		diag_error(ds, "C335", holders->at, "there are 2 to %d holders",
			"持有人须为 2 至 %d 位", TP_HOLDERS);
		return;
	}
	NODE_EACH(n, holders) {
		read_holder(n, &k->holders[k->n_holders++], ds);
	}
	k->needed = tp_needed(k->n_holders, k->colluders);
	if (k->needed > k->n_holders)
		diag_error(ds, "C336", holders->at,
			"with %u colluders %u holders would be needed, and there are %u",
			"可容忍 %u 位串通时须 %u 位持有人共同解密，现仅 %u 位", k->colluders,
			k->needed, k->n_holders);
}

int tp_holders_read(const char *name, const void *bytes, size_t len, struct arena *arena,
	struct diags *ds, struct tp_key *k)
{
	size_t before = ds->errors;
	struct node *root = NULL;

	*k = (struct tp_key){ 0 };
	if (node_read(name, bytes, len, MAX_DEPTH, arena, ds, &root) != 0 ||
		shape_check(root, &dealing_shape, name, ds) != 0)
		return -1;
	read_common(root, k, ds);
	return ds->errors == before ? 0 : -1;
}

static void complete(const struct node *root, unsigned bits, struct tp_key *k, struct diags *ds)
{
	struct error err = { .code = E_NONE };

	if (tp_key_complete(k, bits, &err) != 0)
		diag_error(ds, "C337", root->at, "%s%.0s (%s)", "%.0s%s（%s）", err.say.en,
			err.say.zh, err.log);
}

int tp_key_read(const char *name, const void *bytes, size_t len, unsigned bits, struct arena *arena,
	struct diags *ds, struct tp_key_file *out)
{
	size_t before = ds->errors;
	struct tp_key *k = &out->k;
	struct node *root = NULL;

	*out = (struct tp_key_file){ 0 };
	if (node_read(name, bytes, len, MAX_DEPTH, arena, ds, &root) != 0 ||
		shape_check(root, &key_shape, name, ds) != 0)
		return -1;
	out->at = root->at;
	read_common(root, k, ds);
	if (!hash32_parse(node_text(node_get(root, "federation")), &k->federation))
		diag_error(ds, "C338", node_get(root, "federation")->at,
			"this is not a hash; it is sha256: and 64 digits 0-9 a-f",
			"这不是哈希，应为 sha256: 加 64 位 0-9 a-f");
	k->n = read_number(node_get(root, "n"), ds);
	k->h = read_number(node_get(root, "h"), ds);
	k->v = read_number(node_get(root, "v"), ds);
	officers_read_signatures(node_get(root, "signatures"), out->signatures, &out->n, ds);
	if (ds->errors == before)
		complete(root, bits, k, ds);
	if (ds->errors == before)
		return 0;
	tp_key_clear(k);
	return -1;
}

int tp_key_check(const struct tp_key_file *f, bool all, const struct officers *who, int32_t today,
	struct diags *ds)
{
	const struct officers_text t = { .label = TP_OFFICER_LABEL,
		.hash = f->k.hash,
		.signatures = f->signatures,
		.n = f->n,
		.at = f->at };

	return officers_check(&t, all, who, today, ds);
}

static int not_ours(const struct tp_key_file *f, const struct members_want *want, struct diags *ds)
{
	const struct tp_key *k = &f->k;

	if (!hash32_equal(&k->federation, &want->federation))
		diag_error(ds, "C344", f->at, "this key is another federation's",
			"此密钥属于另一联邦");
	else if (want->now_s < k->from_s || want->now_s >= k->until_s)
		diag_error(ds, "C344", f->at, "this key is not valid today", "此密钥今日无效");
	else if (k->epoch < want->seen.epoch ||
		 (k->epoch == want->seen.epoch && !hash32_equal(&k->hash, &want->seen.hash)))
		diag_error(ds, "C344", f->at,
			"a key of epoch %llu was in use here; an older one, or another of that "
			"epoch, is not",
			"此处已使用编号 %llu 的密钥，不接受更旧的或同编号的另一密钥",
			(unsigned long long)want->seen.epoch);
	else
		return 0;
	return -1;
}

int tp_key_take_up(const struct members_want *want, unsigned bits, struct arena *arena,
	struct diags *ds, struct tp_key_file *out, struct members_seen *now)
{
	const struct members_text *key = &want->members, *people = &want->officers;
	struct officers *who = NULL;

	if (officers_read(people->name, people->bytes, people->len, arena, ds, &who) != 0 ||
		tp_key_read(key->name, key->bytes, key->len, bits, arena, ds, out) != 0)
		return -1;
	if (tp_key_check(out, true, who, want->today, ds) != 0 || not_ours(out, want, ds) != 0) {
		tp_key_clear(&out->k);
		return -1;
	}
	*now = (struct members_seen){ out->k.epoch, out->k.hash };
	return 0;
}

/* ---- writing ---- */

static void add_number(const struct tp_key *k, const char *name, const BIGNUM *v, struct text *out)
{
	uint8_t bytes[TP_MAX_BYTES];
	char text[NUMBER_TEXT];
	size_t len = v == k->n ? k->bits / 8 : k->bytes;

	if (BN_bn2binpad(v, bytes, (int)len) < 0)
		out->failed = true;
	base64_encode(bytes, len, text);
	text_addf(out, "%s: \"%s\"", name, text);
}

void tp_key_write(const struct tp_key_file *f, struct text *out)
{
	const struct tp_key *k = &f->k;
	char from[16], to[16], hash[HASH_TEXT];

	text_addf(out,
		"# The federation's key of threshold Paillier, written by cordon ca paillier "
		"deal.\n"
		"cordon: 1\nfederation: \"%s\"\nepoch: %llu\nvalid: %s..%s\ncolluders: %u\n",
		hash32_text(&k->federation, hash), (unsigned long long)k->epoch,
		day_text((int32_t)(k->from_s / DAY_S), from),
		day_text((int32_t)(k->until_s / DAY_S) - 1, to), k->colluders);
	add_number(k, "n", k->n, out);
	add_number(k, "\nh", k->h, out);
	add_number(k, "\nv", k->v, out);
	text_add(out, "\nholders:\n");
	for (unsigned i = 0; i < k->n_holders; i++) {
		char key[SIGNING_KEY_TEXT], seal[SEALED_KEY_TEXT];

		text_addf(out, "  - {name: \"%s\", key: \"%s\",\n     seal: \"%s\",\n     ",
			k->holders[i].name, signing_key_text(k->holders[i].key, key),
			sealed_key_text(k->holders[i].seal, seal));
		add_number(k, "v", k->holders[i].v, out);
		text_add(out, "}\n");
	}
	officers_write_signatures(f->signatures, f->n, out);
}

/* ---- shares ---- */

static const char share_head[] = "cordon paillier share 1\n";

int tp_share_write(
	const struct tp_key *k, const struct tp_share *s, struct text *out, struct error *err)
{
	uint8_t sealed[TP_SEALED_BYTES];
	char text[4 * ((TP_SEALED_BYTES + 2) / 3) + 1], hash[HASH_TEXT];

	if (tp_share_seal(k, s, sealed, err) != 0)
		return -1;
	base64_encode(sealed, tp_sealed_bytes(k), text);
	text_addf(out, "%s%s\n%s\n%s\n", share_head, k->holders[s->place - 1].name,
		hash32_text(&k->hash, hash), text);
	return text_failed(out) ? error_memory(err) : 0;
}

static int no_share(struct error *err, const char *why)
{
	return error_set(err, E_INPUT,
		SAY("This file is not a share of this key.", "此文件不是此密钥的份额。"),
		"share: %s", why);
}

/* Takes lines off a copy: head, name, hash, bytes. */
int tp_share_read(const struct tp_key *k, EVP_PKEY *holder, const void *bytes, size_t len,
	struct tp_share *out, struct error *err)
{
	uint8_t sealed[TP_SEALED_BYTES];
	char copy[sizeof(share_head) + MAX_ID + HASH_TEXT + 4 * ((TP_SEALED_BYTES + 2) / 3) + 8];
	char *rest = copy, *name, *hash, *text;
	struct hash32 of;
	size_t got;

	if (!text_copyn(copy, sizeof(copy), bytes, len) ||
		strncmp(copy, share_head, sizeof(share_head) - 1) != 0)
		return no_share(err, "of another kind, or too long");
	rest += sizeof(share_head) - 1;
	name = strsep(&rest, "\n");
	hash = strsep(&rest, "\n");
	text = strsep(&rest, "\n");
	if (name == NULL || hash == NULL || text == NULL || rest == NULL || *rest != '\0')
		return no_share(err, "malformed");
	if (!hash32_parse(hash, &of) || !hash32_equal(&of, &k->hash))
		return no_share(err, "of another key or epoch");
	if (!base64_decode(text, sealed, sizeof(sealed), &got) || got != tp_sealed_bytes(k))
		return no_share(err, "of another length");
	return tp_share_open(k, holder, sealed, out, err);
}
