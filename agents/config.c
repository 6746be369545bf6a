#include "agents/config.h"

#include <libgen.h>
#include <libpq-fe.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/limits.h"
#include "base/node.h"
#include "base/shape.h"
#include "base/text.h"
#include "policies/approval/approval.h"

static const char *const versions[] = { "1", NULL };
static const struct shape version_shape = { .kind = SHAPE_WORD, .words = versions };
static const struct shape text_shape = { .kind = SHAPE_TEXT };
static const struct shape id_shape = { .kind = SHAPE_ID };
static const struct shape port_shape = { .kind = SHAPE_INT, .low = 1, .high = 65535 };

static const struct field gateway_fields[] = {
	{ "host", true, &text_shape, { "the gateway's name or address", "网关的主机名或地址" } },
	{ "port", true, &port_shape, { "its port for agents", "网关面向代理的端口" } },
	{ 0 },
};
static const struct shape gateway_shape = { .kind = SHAPE_MAP, .fields = gateway_fields };

static const struct field identity_fields[] = {
	{ "root", true, &text_shape, { "the federation's root certificate", "联盟根证书" } },
	{ "certificate", true, &text_shape, { "this site's certificate", "本院证书" } },
	{ "key", true, &text_shape,
		{ "this site's private key, mode 0600", "本院私钥，权限 0600" } },
	{ "revoked", false, &text_shape,
		{ "file of serials no longer accepted", "已吊销证书序列号文件" } },
	{ 0 },
};
static const struct shape identity_shape = { .kind = SHAPE_MAP, .fields = identity_fields };

static const struct shape ids_shape = { .kind = SHAPE_LIST, .of = &id_shape };
static const struct shape least_shape = { .kind = SHAPE_INT, .low = 0, .high = MAX_SUM_SITES };
static const struct field paillier_fields[] = {
	{ "key", true, &text_shape,
		{ "the federation's key of threshold Paillier, signed by its officers",
			"联盟的门限 Paillier 密钥，由联盟负责人签署" } },
	{ "share", false, &text_shape,
		{ "of a holder: its sealed share", "仅持有人：密封的份额" } },
	{ "seal", false, &text_shape,
		{ "of a holder: the key that opens it, from 'cordon ca paillier holder'; mode 0600",
			"仅持有人：开启份额的私钥，由 cordon ca paillier holder 生成；权限 "
			"0600" } },
	{ 0 },
};
static const struct shape paillier_shape = { .kind = SHAPE_MAP, .fields = paillier_fields };
static const char *const online_words[] = { "always", "minutes", NULL };
static const struct shape online_shape = { .kind = SHAPE_WORD, .words = online_words };

static const struct field sums_fields[] = {
	{ "members", true, &text_shape,
		{ "the list of members that the federation's officers sign",
			"联盟负责人签署的成员名单" } },
	{ "officers", true, &text_shape,
		{ "who those officers are, handed over by hand", "联盟负责人名单，须当面交付" } },
	{ "key", true, &text_shape,
		{ "this site's key in that list, from 'cordon ca manifest key'; mode 0600",
			"名单中本院的私钥，由 cordon ca manifest key 生成；权限 0600" } },
	{ "site_secret", false, &text_shape,
		{ "what the hospitals share for counts of distinct people, from 'cordon ca "
		  "site-secret'; mode 0600",
			"各医院共有的去重计数密钥，由 cordon ca site-secret 生成；权限 0600" } },
	{ "anchors", false, &ids_shape,
		{ "sites that this one would phone", "本院可电话核实的站点" } },
	{ "least", false, &least_shape,
		{ "so many anchors must be in every sum; 1 when there are anchors",
			"每次求和至少须有几个可核实的站点；列出站点时默认为 1" } },
	{ "paillier", false, &paillier_shape,
		{ "this site may sum by threshold Paillier, too",
			"本院也可用门限 Paillier 求和" } },
	{ "online", false, &online_shape,
		{ "minutes: on the line for minutes only, sums by threshold Paillier alone",
			"minutes 表示每次仅在线数分钟，只用门限 Paillier 求和" } },
	{ 0 },
};
static const struct shape sums_shape = { .kind = SHAPE_MAP, .fields = sums_fields };

static const struct field config_fields[] = {
	{ "cordon", true, &version_shape, { "number of this file format", "文件格式版本" } },
	{ "site", true, &id_shape,
		{ "this site's id, as in its certificate", "本院标识，与证书一致" } },
	{ "gateway", true, &gateway_shape, { "where to dial", "连接的网关" } },
	{ "identity", true, &identity_shape, { "certificates and key", "证书与密钥" } },
	{ "policy", true, &text_shape, { "the officer's folder", "策略目录" } },
	{ "approvers", false, &text_shape,
		{ "who may approve policies; /etc/cordon/approvers.yaml when absent",
			"可批准策略的人员名单，默认 /etc/cordon/approvers.yaml" } },
	{ "database", true, &text_shape, { "libpq connection string", "libpq 连接字符串" } },
	{ "data", true, &id_shape,
		{ "name of the state of the data; change it when data is loaded",
			"数据状态名称，装载新数据后须更改" } },
	{ "sums", false, &sums_shape, { "secure sums over sites", "跨机构安全求和" } },
	{ "state", true, &text_shape, { "folder for ledger and socket", "账本与套接字目录" } },
	{ 0 },
};
static const struct shape config_shape = { .kind = SHAPE_MAP, .fields = config_fields };

static const char *resolve(const char *folder, const char *path, struct arena *arena)
{
	if (path == NULL || path[0] == '/')
		return path;
	return arena_textf(arena, "%s/%s", folder, path);
}

static const char *folder_of(const char *path, struct arena *arena)
{
	char *copy = arena_text(arena, path);

	return copy == NULL ? NULL : dirname(copy);
}

/* libpq's own words would repeat parts of the string, which may hold a password. */
static void check_database(const struct node *n, struct diags *ds)
{
	char *why = NULL;
	PQconninfoOption *parsed = PQconninfoParse(node_text(n), &why);

	if (parsed == NULL)
		diag_error(ds, "C102", n->at, "this is not a connection string as libpq reads them",
			"这不是 libpq 能识别的连接字符串");
	PQconninfoFree(parsed);
	PQfreemem(why);
}

/* Anchors by id, and how many must be there. */
static int build_anchors(const struct node *sums, struct arena *arena, struct sum_settings *out)
{
	const struct node *list = node_get(sums, "anchors");
	size_t n = 0;

	NODE_EACH(each, list)
		n++;
	struct sum_id *ids = arena_array(arena, n == 0 ? 1 : n, sizeof(*ids));

	if (ids == NULL)
		return -1;
	n = 0;
	NODE_EACH(each, list)
		ids[n++] = sum_id_of(node_text(each));
	out->anchors = ids;
	out->n_anchors = n;
	out->least = (uint64_t)node_int(node_get(sums, "least"), n == 0 ? 0 : 1);
	return 0;
}

static bool online_minutes(const struct node *sums)
{
	const char *word = node_text(node_get(sums, "online"));

	return word != NULL && strcmp(word, "minutes") == 0;
}

static void check_sums(const struct node *sums, struct diags *ds)
{
	const struct node *paillier = node_get(sums, "paillier"),
			  *share = node_get(paillier, "share");
	bool minutes = online_minutes(sums);

	if ((share == NULL) != (node_get(paillier, "seal") == NULL))
		diag_error(ds, "C104", paillier->at, "a holder has both 'share' and 'seal'",
			"持有人须同时写明 share 与 seal");
	if (minutes && paillier == NULL)
		diag_error(ds, "C105", sums->at, "'online: minutes' needs 'paillier'",
			"online: minutes 须同时写明 paillier");
	if (minutes && share != NULL)
		diag_error(ds, "C106", share->at,
			"a holder is always on the line: others wait for its part of every sum",
			"持有人须始终在线：每次求和都要等待其份额");
}

static int build_paillier(
	const struct node *sums, const char *folder, struct arena *arena, struct sum_settings *s)
{
	const struct node *n = node_get(sums, "paillier");
	const char *share = node_text(node_get(n, "share"));

	s->minutes = online_minutes(sums);
	if (n == NULL)
		return 0;
	s->paillier = resolve(folder, node_text(node_get(n, "key")), arena);
	s->share = resolve(folder, share, arena);
	s->seal_file = resolve(folder, node_text(node_get(n, "seal")), arena);
	return s->paillier == NULL || (share != NULL && (s->share == NULL || s->seal_file == NULL))
		       ? -1
		       : 0;
}

static int build_sums(
	const struct node *root, const char *folder, struct arena *arena, struct agent_config *out)
{
	const struct node *sums = node_get(root, "sums");
	struct sum_settings *s = &out->sums;

	if (sums == NULL)
		return 0;
	s->members = resolve(folder, node_text(node_get(sums, "members")), arena);
	s->officers = resolve(folder, node_text(node_get(sums, "officers")), arena);
	s->key_file = resolve(folder, node_text(node_get(sums, "key")), arena);
	s->root = out->identity.root;
	s->secret_file = resolve(folder, node_text(node_get(sums, "site_secret")), arena);
	if (s->members == NULL || s->officers == NULL || s->key_file == NULL ||
		(s->secret_file == NULL && node_get(sums, "site_secret") != NULL) ||
		build_paillier(sums, folder, arena, s) != 0)
		return -1;
	return build_anchors(sums, arena, s);
}

static int build(
	const struct node *root, const char *folder, struct arena *arena, struct agent_config *out)
{
	const struct node *gateway = node_get(root, "gateway");
	const struct node *identity = node_get(root, "identity");
	const char *approvers = node_text(node_get(root, "approvers"));

	*out = (struct agent_config){
		.site = node_text(node_get(root, "site")),
		.gateway_host = node_text(node_get(gateway, "host")),
		.gateway_port = (uint16_t)node_int(node_get(gateway, "port"), 0),
		.identity = {
			.root = resolve(folder, node_text(node_get(identity, "root")), arena),
			.cert = resolve(folder, node_text(node_get(identity, "certificate")), arena),
			.key = resolve(folder, node_text(node_get(identity, "key")), arena),
			.revoked = resolve(folder, node_text(node_get(identity, "revoked")), arena),
		},
		.policy = resolve(folder, node_text(node_get(root, "policy")), arena),
		.approvers = resolve(folder, approvers == NULL ? APPROVERS_FILE : approvers, arena),
		.database = node_text(node_get(root, "database")),
		.data = node_text(node_get(root, "data")),
		.state = resolve(folder, node_text(node_get(root, "state")), arena),
	};
	return out->identity.root != NULL && out->identity.cert != NULL &&
			       out->identity.key != NULL && out->policy != NULL &&
			       out->approvers != NULL && out->state != NULL
		       ? 0
		       : -1;
}

int agent_config_read(
	const char *path, struct arena *arena, struct diags *ds, struct agent_config *out)
{
	const struct place whole = { .file = path };
	struct node *root = NULL;
	struct error err;
	uint8_t *bytes;
	size_t len;
	int ret;

	if (file_read(path, MAX_FILE_BYTES, &bytes, &len, &err) != 0) {
		diag_error(ds, "C101", whole, "this file cannot be read: %s", "无法读取此文件：%s",
			err.log);
		return -1;
	}
	ret = node_read(path, bytes, len, MAX_DEPTH, arena, ds, &root);
	free(bytes);
	if (ret != 0 || shape_check(root, &config_shape, "agent.yaml", ds) != 0)
		return -1;
	check_database(node_get(root, "database"), ds);
	check_sums(node_get(root, "sums"), ds);
	if (ds->errors > 0)
		return -1;
	const char *folder = folder_of(path, arena);
	if (folder == NULL || build(root, folder, arena, out) != 0 ||
		build_sums(root, folder, arena, out) != 0) {
		diag_error(ds, "C103", whole, "there is not enough memory to read this file",
			"内存不足，无法读取此文件");
		return -1;
	}
	return 0;
}
