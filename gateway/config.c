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
#include "gateway/web_url.h"

enum {
	MAX_PORT = 65535,
	RATE_MAX = 60000,
	IDLE_MIN = 5,
	IDLE_MAX = 480,
	HOURS_MAX = 24
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

static const struct field paillier_fields[] = {
	{ "key", true, &text,
		SAY("the federation's key of threshold Paillier, signed by its officers",
			"联邦的门限 Paillier 密钥，由联邦负责人签名") },
	{ .key = NULL },
};
static const struct shape paillier = { .kind = SHAPE_MAP, .fields = paillier_fields };

static const struct field sums_fields[] = {
	{ "members", true, &text,
		SAY("who may sum, signed by the federation's officers", "可参与求和的成员名单，由联邦负责人签名") },
	{ "officers", true, &text, SAY("who those officers are", "联邦负责人名单") },
	{ "key", true, &text,
		SAY("this gateway's key in that list, from 'cordon ca manifest key'",
			"名单中本网关的私钥，由 cordon ca manifest key 生成") },
	{ "paillier", false, &paillier,
		SAY("sums with hospitals that are on the line for minutes only",
			"与每次仅在线数分钟的医院求和") },
	{ .key = NULL },
};
static const struct shape sums = { .kind = SHAPE_MAP, .fields = sums_fields };

static const struct field account_fields[] = {
	{ "account", true, &text,
		SAY("name, as in the person's certificate", "账号，与个人证书中的名称一致") },
	{ "role", true, &role, SAY("what the account may do", "账号的角色") },
	{ "token", false, &text,
		SAY("SHA-256 of the token, from 'cordon token'; without it this person signs in at "
		    "the provider",
			"令牌的 SHA-256，由 cordon token 生成；没有时由此人在身份提供方登录") },
	{ .key = NULL },
};
static const struct shape account = { .kind = SHAPE_MAP, .fields = account_fields };
static const struct shape accounts = { .kind = SHAPE_LIST, .of = &account };
static const struct shape sites = { .kind = SHAPE_LIST, .of = &id };

static const struct shape words = { .kind = SHAPE_LIST, .of = &text };
static const struct shape idle = { .kind = SHAPE_INT, .low = IDLE_MIN, .high = IDLE_MAX };
static const struct shape hours = { .kind = SHAPE_INT, .low = 1, .high = HOURS_MAX };

/* After the claim, one list of groups for each role, in the order of enum role. */
static const struct field group_fields[] = {
	{ "claim", true, &text, SAY("the claim that names groups", "给出用户组的声明") },
	{ "researcher", false, &words, SAY("groups of researchers", "研究者的用户组") },
	{ "officer", false, &words, SAY("groups of officers", "合规人员的用户组") },
	{ "operator", false, &words, SAY("groups of operators", "运维人员的用户组") },
	{ "auditor", false, &words, SAY("groups of auditors", "审计人员的用户组") },
	{ .key = NULL },
};
static const struct shape groups = { .kind = SHAPE_MAP, .fields = group_fields };

static const struct field oidc_fields[] = {
	{ "name", true, &text, SAY("what people call it", "显示给用户的名称") },
	{ "issuer", true, &text, SAY("its address, as in its tokens", "提供方地址，与其令牌中一致") },
	{ "client_id", true, &text, SAY("this gateway's name there", "本网关在提供方的标识") },
	{ "redirect", true, &text,
		SAY("where people come back to: https://.../v1/sign-in/callback",
			"登录后返回的地址：https://.../v1/sign-in/callback") },
	{ "secret", false, &text, SAY("file with the client's secret", "存放客户端密钥的文件") },
	{ "ca", false, &text,
		SAY("certificates to trust there, PEM; else the system's",
			"信任的证书（PEM）；未写时用系统证书") },
	{ "audience", false, &text,
		SAY("for whom its tokens for the API are; else client_id",
			"API 令牌的受众；未写时为 client_id") },
	{ "account", false, &text, SAY("the claim that is the account", "作为账号的声明") },
	{ "roles", false, &groups,
		SAY("who comes in without being listed", "未列出的人员按用户组获得的角色") },
	{ .key = NULL },
};
static const struct shape oidc = { .kind = SHAPE_MAP, .fields = oidc_fields };

static const struct field visit_fields[] = {
	{ "idle_minutes", false, &idle, SAY("without a request", "无请求多久后退出") },
	{ "hours", false, &hours, SAY("at most", "最长多久") },
	{ .key = NULL },
};
static const struct shape visits = { .kind = SHAPE_MAP, .fields = visit_fields };

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
	{ "oidc", false, &oidc, SAY("where people sign in", "用户登录的身份提供方") },
	{ "sessions", false, &visits, SAY("how long a browser stays signed in", "浏览器保持登录的时间") },
	{ "sums", false, &sums, SAY("secure sums over sites", "跨院安全求和") },
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
	out->has_token = token != NULL;
	if (token != NULL && !hash32_parse(token->text, &out->token)) {
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
				(list[i].has_token && p->has_token &&
					hash32_equal(&list[i].token, &p->token))) {
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

static int read_groups(const struct reading *r, const struct node *n, struct config_oidc *out)
{
	struct config_group *list = arena_array(r->arena, MAX_GROUPS_MAPPED, sizeof(*list));

	out->claim = node_text(node_get(n, "claim"));
	if (list == NULL)
		return -1;
	NODE_EACH(roles, n)
		NODE_EACH(group, roles) {
			if (out->n_groups == MAX_GROUPS_MAPPED) {
				diag_error(r->ds, "C207", group->at, "more than %d groups",
					"用户组超过 %d 个", (int)MAX_GROUPS_MAPPED);
				return -1;
			}
			if (!role_parse(roles->key, &list[out->n_groups].role))
				return -1; /* the shape said so */
			list[out->n_groups++].name = group->text;
		}
	out->groups = list;
	return 0;
}

static int check_urls(const struct reading *r, const struct node *n)
{
	const struct node *issuer = node_get(n, "issuer"), *back = node_get(n, "redirect");
	struct web_url u;
	int ret = 0;

	if (!web_url_read(issuer->text, &u) || strchr(u.path, '?') != NULL) {
		diag_error(r->ds, "C208", issuer->at,
			"an issuer is an https:// address without query; http:// only of this "
			"machine itself",
			"issuer 应为不带查询参数的 https:// 地址；仅本机可用 http://");
		ret = -1;
	}
	if (!web_url_read(back->text, &u) || !u.tls || strcmp(u.path, SIGN_IN_BACK) != 0) {
		diag_error(r->ds, "C209", back->at,
			"'redirect' is this gateway's https:// address and " SIGN_IN_BACK,
			"redirect 应为本网关的 https:// 地址加 " SIGN_IN_BACK);
		ret = -1;
	}
	return ret;
}

static int read_oidc(const struct reading *r, const struct node *n, struct gateway_config *out)
{
	struct config_oidc *o = arena_array(r->arena, 1, sizeof(*o));
	const struct node *claim = node_get(n, "account"), *audience = node_get(n, "audience");

	if (o == NULL)
		return -1;
	*o = (struct config_oidc){ .name = node_text(node_get(n, "name")),
		.issuer = node_text(node_get(n, "issuer")),
		.client_id = node_text(node_get(n, "client_id")),
		.redirect = node_text(node_get(n, "redirect")),
		.secret = path_of(r, node_get(n, "secret")),
		.ca = path_of(r, node_get(n, "ca")) };
	o->audience = audience == NULL ? o->client_id : audience->text;
	o->account = claim == NULL ? "email" : claim->text;
	out->oidc = o;
	if (check_urls(r, n) != 0)
		return -1;
	return node_get(n, "roles") == NULL ? 0 : read_groups(r, node_get(n, "roles"), o);
}

static int build(const struct reading *r, const struct node *n, struct gateway_config *out)
{
	const struct node *trust = node_get(n, "identity"), *sum = node_get(n, "sums"),
			  *visit = node_get(n, "sessions");
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
		out->paillier = path_of(r, node_get(node_get(sum, "paillier"), "key"));
	}
	out->coverage = node_text(node_get(n, "coverage"));
	out->vocabulary = path_of(r, node_get(n, "vocabulary"));
	out->rate = (unsigned)node_int(node_get(n, "rate"), RATE_DEFAULT);
	out->idle_minutes = (unsigned)node_int(node_get(visit, "idle_minutes"), IDLE_DEFAULT);
	out->session_hours = (unsigned)node_int(node_get(visit, "hours"), HOURS_DEFAULT);
	if (node_get(n, "oidc") != NULL && read_oidc(r, node_get(n, "oidc"), out) != 0)
		ret = -1;
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
