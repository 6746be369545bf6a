/*
 * config.c - gateway.yaml against its shape, then into a struct.
 */
#include "gateway/config.h"

#include <libgen.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/limits.h"
#include "base/node.h"
#include "base/shape.h"
#include "base/text.h"

enum {
	MAX_PORT = 65535,
	MAX_PEOPLE = 10000,
	RATE_MAX = 6000
};

static const struct shape text = { .kind = SHAPE_TEXT };
static const struct shape id = { .kind = SHAPE_ID };
static const struct shape one = { .kind = SHAPE_INT, .low = 1, .high = 1 };
static const struct shape port = { .kind = SHAPE_INT, .low = 0, .high = MAX_PORT };
static const struct shape rate = { .kind = SHAPE_INT, .low = 1, .high = RATE_MAX };
static const struct shape role = { .kind = SHAPE_WORD, .words = role_words };

static const struct field listen_fields[] = {
	{ "listen", true, &text, SAY("address to listen on", "监听地址") },
	{ "port", true, &port, SAY("port; 0 lets the system choose", "端口；0 表示由系统选择") },
	{ "certificate", true, &text, SAY("certificate file, PEM", "证书文件（PEM）") },
	{ "key", true, &text, SAY("private key file, PEM", "私钥文件（PEM）") },
	{ .key = NULL },
};
static const struct shape listening = { .kind = SHAPE_MAP, .fields = listen_fields };

static const struct field identity_fields[] = {
	{ "root", true, &text, SAY("certificate of the federation root", "联邦根证书") },
	{ "revoked", false, &text, SAY("list of revoked serial numbers", "吊销序列号列表") },
	{ .key = NULL },
};
static const struct shape identity = { .kind = SHAPE_MAP, .fields = identity_fields };

static const struct field sums_fields[] = {
	{ "members", true, &text,
		SAY("who may sum, signed by the federation's officers", "可参与求和的成员名单，由联邦负责人签名") },
	{ "officers", true, &text, SAY("who those officers are", "联邦负责人名单") },
	{ "key", true, &text,
		SAY("this gateway's key in that list, from 'cordon ca manifest key'",
			"名单中本网关的私钥，由 cordon ca manifest key 生成") },
	{ .key = NULL },
};
static const struct shape sums = { .kind = SHAPE_MAP, .fields = sums_fields };

static const struct field account_fields[] = {
	{ "account", true, &text,
		SAY("name, as in the person's certificate", "账号，与个人证书中的名称一致") },
	{ "role", true, &role, SAY("what the account may do", "账号的角色") },
	{ "token", true, &text,
		SAY("SHA-256 of the token, from 'cordon token'",
			"令牌的 SHA-256，由 cordon token 生成") },
	{ .key = NULL },
};
static const struct shape account = { .kind = SHAPE_MAP, .fields = account_fields };
static const struct shape accounts = { .kind = SHAPE_LIST, .of = &account };
static const struct shape sites = { .kind = SHAPE_LIST, .of = &id };

static const struct field fields[] = {
	{ "cordon", true, &one, SAY("format of this file", "本文件的格式版本") },
	{ "name", true, &id, SAY("name of this gateway", "网关名称") },
	{ "agents", true, &listening,
		SAY("where the hospitals' agents connect", "医院代理的接入端") },
	{ "web", true, &listening,
		SAY("where people and the cordon command connect", "用户与 cordon 命令的接入端") },
	{ "identity", true, &identity, SAY("whom to trust", "信任的身份") },
	{ "state", true, &text,
		SAY("folder for questions, answers and history", "存放问题、答案与历史的目录") },
	{ "sites", true, &sites, SAY("the hospitals of this federation", "本联邦的医院") },
	{ "accounts", true, &accounts, SAY("the people", "用户账号") },
	{ "sums", false, &sums, SAY("secure sums over sites", "跨机构安全求和") },
	{ "coverage", false, &id, SAY("the study whose counts the catalogue shows to everybody signed in",
			"目录向登录者展示其计数的课题") },
	{ "vocabulary", false, &text, SAY("concepts to search, from 'cordon vocabulary make'",
			"供检索的概念库，由 cordon vocabulary make 生成") },
	{ "rate", false, &rate, SAY("questions and prices a minute and account",
			"每个账号每分钟的提问与询价数") },
	{ .key = NULL },
};
static const struct shape whole = { .kind = SHAPE_MAP, .fields = fields };

struct reading {
	struct arena *arena;
	struct diags *ds;
	const char *folder;
};

static const char *path_of(const struct reading *r, const struct node *n)
{
	const char *s = node_text(n);

	if (s == NULL || s[0] == '/')
		return s;
	return arena_textf(r->arena, "%s/%s", r->folder, s);
}

static struct config_listen listen_of(const struct reading *r, const struct node *n)
{
	return (struct config_listen){
		.host = node_text(node_get(n, "listen")),
		.port = (uint16_t)node_int(node_get(n, "port"), 0),
		.certificate = path_of(r, node_get(n, "certificate")),
		.key = path_of(r, node_get(n, "key")),
	};
}

static int read_sites(const struct reading *r, const struct node *n, struct gateway_config *out)
{
	int ret = 0;

	if (n->count == 0 || n->count > MAX_SITES) {
		diag_error(r->ds, "C201", n->at, "'sites' needs 1 to %d names",
			"“sites”应有 1 至 %d 个名称", (int)MAX_SITES);
		return -1;
	}
	out->sites = arena_array(r->arena, n->count, sizeof(*out->sites));
	if (out->sites == NULL)
		return -1;
	NODE_EACH(child, n) {
		for (size_t i = 0; i < out->n_sites; i++)
			if (strcmp(out->sites[i], child->text) == 0) {
				diag_error(r->ds, "C202", child->at, "site '%s' is listed twice",
					"站点“%s”重复", child->text);
				ret = -1;
			}
		out->sites[out->n_sites++] = child->text;
	}
	return ret;
}

/* The alphabet of names in certificates (crypto/identity.h). */
static bool account_valid(const char *s)
{
	size_t len = strlen(s);

	return len > 0 && len <= MAX_NAME &&
	       strspn(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._@-") ==
		       len;
}

static int read_person(const struct reading *r, const struct node *n, struct person_entry *out)
{
	const struct node *name = node_get(n, "account"), *token = node_get(n, "token");
	int ret = 0;

	if (!account_valid(name->text) ||
		!text_copy(out->account, sizeof(out->account), name->text)) {
		diag_error(r->ds, "C203", name->at,
			"'%s' is not an account; use letters, digits and . _ @ -",
			"“%s”不是有效的账号，请用字母、数字和 . _ @ -", name->text);
		ret = -1;
	}
	if (!role_parse(node_get(n, "role")->text, &out->role))
		ret = -1; /* the shape said so */
	if (!hash32_parse(token->text, &out->token)) {
		/* never quoted: somebody may have written the token itself */
		diag_error(r->ds, "C204", token->at,
			"a token is written as \"sha256:\" and 64 hex digits; 'cordon token' "
			"prints the line",
			"令牌应写作“sha256:”加 64 位十六进制数；可用 cordon token 生成此行");
		ret = -1;
	}
	return ret;
}

static int read_people(const struct reading *r, const struct node *n, struct gateway_config *out)
{
	struct person_entry *list;
	int ret = 0;

	if (n->count > MAX_PEOPLE) {
		diag_error(r->ds, "C205", n->at, "more than %d accounts", "账号超过 %d 个",
			(int)MAX_PEOPLE);
		return -1;
	}
	list = arena_array(r->arena, n->count, sizeof(*list));
	if (list == NULL)
		return -1;
	NODE_EACH(child, n) {
		struct person_entry *p = &list[out->n_people];

		if (read_person(r, child, p) != 0)
			ret = -1;
		for (size_t i = 0; i < out->n_people; i++)
			if (strcmp(list[i].account, p->account) == 0 ||
				hash32_equal(&list[i].token, &p->token)) {
				diag_error(r->ds, "C206", child->at,
					"account '%s' or its token is listed twice",
					"账号“%s”或其令牌重复", p->account);
				ret = -1;
			}
		out->n_people++;
	}
	out->people = list;
	return ret;
}

static int build(const struct reading *r, const struct node *n, struct gateway_config *out)
{
	const struct node *trust = node_get(n, "identity"), *sum = node_get(n, "sums");
	int ret = 0;

	memset(out, 0, sizeof(*out));
	out->name = node_text(node_get(n, "name"));
	out->agents = listen_of(r, node_get(n, "agents"));
	out->web = listen_of(r, node_get(n, "web"));
	out->root = path_of(r, node_get(trust, "root"));
	out->revoked = path_of(r, node_get(trust, "revoked"));
	out->state = path_of(r, node_get(n, "state"));
	if (sum != NULL) {
		out->members = path_of(r, node_get(sum, "members"));
		out->officers = path_of(r, node_get(sum, "officers"));
		out->sum_key = path_of(r, node_get(sum, "key"));
	}
	out->coverage = node_text(node_get(n, "coverage"));
	out->vocabulary = path_of(r, node_get(n, "vocabulary"));
	out->rate = (unsigned)node_int(node_get(n, "rate"), RATE_DEFAULT);
	if (read_sites(r, node_get(n, "sites"), out) != 0)
		ret = -1;
	if (read_people(r, node_get(n, "accounts"), out) != 0)
		ret = -1;
	return ret;
}

int gateway_config_read(struct gateway_config *out, const char *path, struct arena *arena,
	struct diags *ds, struct error *err)
{
	struct reading r = { arena, ds, NULL };
	char *name = arena_text(arena, path), *copy = arena_text(arena, path);
	struct node *root = NULL;
	uint8_t *bytes;
	size_t len;
	int ret = -1;

	if (name == NULL || copy == NULL)
		return error_memory(err);
	r.folder = dirname(copy);
	if (file_read(path, MAX_FILE_BYTES, &bytes, &len, err) != 0)
		return -1;
	if (node_read(name, bytes, len, MAX_DEPTH, arena, ds, &root) == 0 &&
		shape_check(root, &whole, "gateway.yaml", ds) == 0 && build(&r, root, out) == 0)
		ret = 0;
	free(bytes);
	if (ret != 0 && ds->errors == 0)
		return error_memory(err);
	if (ret != 0)
		return diags_fail(ds, err);
	return 0;
}
