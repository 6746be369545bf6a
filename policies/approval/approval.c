#include "policies/approval/approval.h"

#include <string.h>

#include "base/clock.h"
#include "base/limits.h"
#include "crypto/signing.h"
#include "policies/shape_fields.h"

/*
 * approval.yaml as a text: its form, its reader, its writer, and the bytes that are signed.
 */

static const char domain[] = "cordon policy approval 1";

enum {
	MAX_ITEMS = 512, /* more than a folder's files, presets and models */
};

static const struct shape format_number = { .kind = SHAPE_INT, .low = 1, .high = 1 };
static const struct shape id = { .kind = SHAPE_ID };
static const struct shape name_shape = { .kind = SHAPE_NAME };
static const struct shape text_shape = { .kind = SHAPE_TEXT };
static const struct shape version = { .kind = SHAPE_INT, .low = 1, .high = 1000000000 };
static const struct shape size = { .kind = SHAPE_INT, .low = 0, .high = MAX_FOLDER_BYTES };

static const struct field policy_fields[] = { REQ("site", id, "the site", "机构标识"),
	REQ("version", version, "the version that is approved", "所批准的版本"),
	REQ("hash", text_shape, "over every file and preset", "对全部文件与预设的哈希"), END };
static const struct shape policy_shape = { .kind = SHAPE_MAP, .fields = policy_fields };

static const struct field replaces_fields[] = {
	OPT("version", version, "the version in force before, if any", "此前生效的版本（如有）"),
	OPT("hash", text_shape, "its hash", "其哈希"),
	REQ("effect", text_shape, "of the change that the signers were shown",
		"签名人所见变更内容的哈希"),
	END
};
static const struct shape replaces_shape = { .kind = SHAPE_MAP, .fields = replaces_fields };

static const struct field item_fields[] = { REQ("name", text_shape, "a file or a preset",
						    "文件或预设"),
	REQ("size", size, "bytes", "字节数"), REQ("hash", text_shape, "its hash", "其哈希"), END };
static const struct shape item_shape = { .kind = SHAPE_MAP, .fields = item_fields };
static const struct shape items_shape = { .kind = SHAPE_LIST, .of = &item_shape };

static const struct field signature_fields[] = { REQ("who", name_shape,
							 "the person, as in approvers.yaml",
							 "签名人，与 approvers.yaml 一致"),
	REQ("role", name_shape, "what the person signs as", "签名时的角色"),
	REQ("key", text_shape, "the person's public key", "签名人公钥"),
	REQ("at", text_shape, "when", "签名时间"),
	REQ("sig", text_shape, "base64", "签名（base64）"), END };
static const struct shape signature_shape = { .kind = SHAPE_MAP, .fields = signature_fields };
static const struct shape signatures_shape = { .kind = SHAPE_LIST, .of = &signature_shape };

static const struct field approval_fields[] = {
	REQ("cordon", format_number, "number of this file format: 1", "文件格式编号：1"),
	REQ("policy", policy_shape, "what is approved", "所批准的策略"),
	REQ("replaces", replaces_shape, "what it replaces, and how it differs",
		"所替换的版本及变更"),
	REQ("files", items_shape, "what the hash is over", "哈希所覆盖的内容"),
	REQ("signatures", signatures_shape, "by whom", "签名"), END
};
const struct shape shape_approval = { .kind = SHAPE_MAP, .fields = approval_fields };

/* ---- reading ---- */

static bool read_hash(const struct node *n, struct hash32 *out, struct diags *ds)
{
	if (n == NULL || node_text(n) == NULL || hash32_parse(node_text(n), out))
		return true;
	diag_error(ds, "P116", n->at, "this is not a hash; it is sha256: and 64 digits 0-9 a-f",
		"这不是哈希，应为 sha256: 加 64 位 0-9 a-f");
	return false;
}

static void too_many(struct diags *ds, const struct node *n, unsigned max)
{
	diag_error(ds, "P139", n->at, "there are more than %u of these", "此处超过 %u 项", max);
}

static void read_items(
	const struct node *list, struct arena *arena, struct diags *ds, struct approval *a)
{
	if (list->count > MAX_ITEMS) {
		too_many(ds, list, MAX_ITEMS);
		return;
	}
	a->items = arena_array(arena, list->count, sizeof(*a->items));
	if (a->items == NULL) {
		diag_error(ds, "P139", list->at, "out of memory", "内存不足");
		return;
	}
	NODE_EACH(n, list) {
		struct policy_item *item = &a->items[a->n_items++];

		item->name = node_text(node_get(n, "name"));
		item->size = (uint64_t)node_int(node_get(n, "size"), 0);
		(void)read_hash(node_get(n, "hash"), &item->hash, ds);
	}
}

static void read_time(const struct node *n, struct approval_signature *s, struct diags *ds)
{
	char day[11] = "";

	s->at = node_text(n);
	if (!clock_iso_parse(s->at, &s->at_ms) || !text_copyn(day, sizeof(day), s->at, 10) ||
		!day_parse(day, &s->day))
		diag_error(ds, "P114", n->at,
			"'%s' is not a time; it is written as 2025-12-18T09:12:04+08:00",
			"“%s”不是有效时间，写法如 2025-12-18T09:12:04+08:00", s->at);
}

static void read_signatures(const struct node *list, struct diags *ds, struct approval *a)
{
	if (list->count > MAX_SIGNATURES) {
		too_many(ds, list, MAX_SIGNATURES);
		return;
	}
	NODE_EACH(n, list) {
		struct approval_signature *s = &a->signatures[a->n++];

		s->who = node_text(node_get(n, "who"));
		s->role = node_text(node_get(n, "role"));
		s->key = node_text(node_get(n, "key"));
		s->sig = node_text(node_get(n, "sig"));
		s->place = n->at;
		read_time(node_get(n, "at"), s, ds);
		if (!signing_key_valid(s->key))
			diag_error(ds, "P116", node_get(n, "key")->at,
				"this is not a public key, as ed25519: and 44 characters",
				"这不是公钥，写法如 ed25519: 加 44 个字符");
	}
}

static void read_replaces(const struct node *n, struct diags *ds, struct approval *a)
{
	const struct node *hash = node_get(n, "hash");

	a->replaces = node_int(node_get(n, "version"), 0);
	(void)read_hash(hash, &a->replaces_hash, ds);
	(void)read_hash(node_get(n, "effect"), &a->effect, ds);
	if ((a->replaces == 0) != (hash == NULL))
		diag_error(ds, "P112", n->at, "'version' and 'hash' are there both or not at all",
			"“version”与“hash”须同时填写或同时省略");
}

int approval_read(const char *name, const void *bytes, size_t len, struct arena *arena,
	struct diags *ds, struct approval **out)
{
	size_t before = ds->errors;
	const struct node *policy;
	struct node *root = NULL;
	struct approval *a;

	if (node_read(name, bytes, len, MAX_DEPTH, arena, ds, &root) != 0 ||
		shape_check(root, &shape_approval, name, ds) != 0)
		return -1;
	a = arena_alloc(arena, sizeof(*a));
	if (a == NULL) {
		diag_error(ds, "P139", root->at, "out of memory", "内存不足");
		return -1;
	}
	policy = node_get(root, "policy");
	a->at = policy->at;
	a->site = node_text(node_get(policy, "site"));
	a->version = node_int(node_get(policy, "version"), 0);
	(void)read_hash(node_get(policy, "hash"), &a->hash, ds);
	read_replaces(node_get(root, "replaces"), ds, a);
	read_items(node_get(root, "files"), arena, ds, a);
	read_signatures(node_get(root, "signatures"), ds, a);
	if (ds->errors != before)
		return -1;
	*out = a;
	return 0;
}

/* ---- writing ---- */

void approval_write(const struct approval *a, struct text *out)
{
	char hash[HASH_TEXT];

	text_add(out, "# Written by `cordon policy sign`. Any change of the folder or of this file "
		      "makes the signatures worthless.\n"
		      "cordon: 1\n");
	text_addf(out, "policy: {site: \"%s\", version: %lld, hash: \"%s\"}\n", a->site,
		(long long)a->version, hash32_text(&a->hash, hash));
	text_add(out, "replaces: {");
	if (a->replaces != 0)
		text_addf(out, "version: %lld, hash: \"%s\", ", (long long)a->replaces,
			hash32_text(&a->replaces_hash, hash));
	text_addf(out, "effect: \"%s\"}\nfiles:\n", hash32_text(&a->effect, hash));
	for (unsigned i = 0; i < a->n_items; i++) {
		text_add(out, "  - {name: ");
		text_add_json(out, a->items[i].name);
		text_addf(out, ", size: %llu, hash: \"%s\"}\n",
			(unsigned long long)a->items[i].size, hash32_text(&a->items[i].hash, hash));
	}
	text_add(out, "signatures:\n");
	for (unsigned i = 0; i < a->n; i++) {
		const struct approval_signature *s = &a->signatures[i];

		text_addf(out, "  - {who: \"%s\", role: \"%s\", key: \"%s\",\n", s->who, s->role,
			s->key);
		text_addf(out, "     at: \"%s\", sig: \"%s\"}\n", s->at, s->sig);
	}
}

void approval_names(const struct approval *a, struct text *out)
{
	for (unsigned i = 0; i < a->n; i++)
		text_addf(out, "%s%s", i == 0 ? "" : ", ", a->signatures[i].who);
}

/* ---- what is signed ---- */

struct hash32 approval_signed(const struct approval *a, const struct approval_signature *s)
{
	uint8_t this[8], before[8];
	const struct part_bytes parts[] = {
		{ domain, sizeof(domain) - 1 },
		{ a->site, strlen(a->site) },
		{ this, sizeof(this) },
		{ a->hash.at, sizeof(a->hash.at) },
		{ before, sizeof(before) },
		{ a->replaces_hash.at, sizeof(a->replaces_hash.at) },
		{ a->effect.at, sizeof(a->effect.at) },
		{ s->who, strlen(s->who) },
		{ s->role, strlen(s->role) },
		{ s->key, strlen(s->key) },
		{ s->at, strlen(s->at) },
	};

	put_be64(this, (uint64_t)a->version);
	put_be64(before, (uint64_t)a->replaces);
	return sha256_parts(parts, sizeof(parts) / sizeof(parts[0]));
}
