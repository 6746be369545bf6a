/*
 * ca_manifest.c - `cordon ca manifest`: who takes part in secure sums, a text file that the federation's officers sign.
 * Reads and writes files only; asks for a passphrase and for the epoch before it signs.
 */
#include <openssl/x509.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/secret.h"
#include "cli/ca_manifest.h"
#include "crypto/identity.h"
#include "crypto/signing.h"
#include "secagg/members_file.h"

enum {
	YEAR_DAYS = 365,
	LIFE_S = 600
};

/* ---- files ---- */

/* Reads a file with `read` (members_read, officers_read); what is wrong in it is told with its lines. */
int manifest_read(
	struct manifest *m, const char *path, struct members_file **out, struct officers **officers)
{
	struct error err = { .code = E_NONE };
	uint8_t *bytes = NULL;
	size_t len = 0;
	int ret;

	if (file_read(path, MAX_FILE_BYTES, &bytes, &len, &err) != 0)
		return cli_fail(m->cli, EXIT_INPUT, &err);
	ret = officers != NULL ? officers_read(path, bytes, len, &m->arena, &m->ds, officers)
			       : members_read(path, bytes, len, &m->arena, &m->ds, out);
	if (ret != 0)
		cli_diags(m->cli, &m->ds, (const char *)bytes, len);
	free(bytes);
	return ret == 0 ? EXIT_ANSWERED : EXIT_INPUT;
}

int manifest_write(struct manifest *m, struct error *err)
{
	struct text t;
	int ret;

	text_init(&t, MAX_FILE_BYTES);
	members_write(m->list, &t);
	ret = text_failed(&t) ? error_memory(err)
			      : file_write(m->file, text_str(&t), t.len, 0644, err);
	text_clear(&t);
	return ret;
}

static int done(struct manifest *m, int ret, const struct error *err)
{
	return ret == 0 ? EXIT_ANSWERED : cli_fail(m->cli, EXIT_INPUT, err);
}

int manifest_refuse(const struct manifest *m, int status, struct say say)
{
	fprintf(m->cli->err, "cordon ca manifest: %s\n", tell(m->cli, say));
	return status;
}

/* ---- key ---- */

/* A program reads this key when it starts, so no passphrase protects it: its mode does, as the key of TLS. */
static int key(struct manifest *m)
{
	struct error err = { .code = E_NONE };
	char text[SIGNING_KEY_TEXT];
	EVP_PKEY *made = NULL;
	char *pem = NULL;
	int ret;

	if (file_there(m->out))
		return manifest_refuse(m, EXIT_INPUT,
			SAY("it is there already and not written over", "文件已存在，不会覆盖"));
	ret = identity_new_key(&made, &err);
	if (ret == 0)
		ret = identity_key_pem(made, &pem, &err);
	if (ret == 0)
		ret = signing_public(made, text, &err);
	if (ret == 0)
		ret = file_write(m->out, pem, strlen(pem), 0600, &err);
	if (ret == 0)
		fprintf(m->cli->out, "%s\n", text);
	if (pem != NULL)
		secret_wipe(pem, strlen(pem));
	free(pem);
	EVP_PKEY_free(made);
	return done(m, ret, &err);
}

/* ---- new, add, revoke ---- */

int manifest_federation(const char *root, struct hash32 *out, struct error *err)
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

static int new (struct manifest *m)
{
	struct error err = { .code = E_NONE };
	int64_t today = clock_wall_ms() / 1000 / MANIFEST_DAY_S;
	int ret;

	if (file_there(m->file))
		return manifest_refuse(m, EXIT_INPUT,
			SAY("it is there already and not written over", "文件已存在，不会覆盖"));
	m->list = arena_alloc(&m->arena, sizeof(*m->list));
	if (m->list == NULL)
		return done(m, error_memory(&err), &err);
	m->list->m = (struct membership){ .epoch = 1,
		.from_s = today * MANIFEST_DAY_S,
		.until_s = (today + YEAR_DAYS) * MANIFEST_DAY_S,
		.rules = { .third = true,
			.h_min = 3,
			.n_min = 3,
			.n_max = MAX_SUM_SITES,
			.suites = 1U << SUITE_AES128 | 1U << SUITE_AES256 | 1U << SUITE_CHACHA20,
			.life_s = LIFE_S } };
	ret = manifest_federation(m->root, &m->list->m.federation, &err);
	if (ret == 0)
		ret = manifest_write(m, &err);
	return done(m, ret, &err);
}

/* A list that somebody signed becomes the next one, which nobody signed yet. */
static void next_epoch(struct manifest *m)
{
	if (m->list->n == 0)
		return;
	m->list->n = 0;
	m->list->m.epoch++;
	fprintf(m->cli->err,
		m->cli->zh ? "原名单已签名：编号改为 %llu，签名已移除\n"
			   : "the list was signed: this is epoch %llu now, without signatures\n",
		(unsigned long long)m->list->m.epoch);
}

static int add_gateway(struct manifest *m, const uint8_t public[32])
{
	struct member_gateway *g;

	if (m->list->m.n_gateways == MAX_SUM_GATEWAYS)
		return manifest_refuse(
			m, EXIT_INPUT, SAY("there are too many gateways", "网关过多"));
	g = &m->list->m.gateways[m->list->m.n_gateways++];
	if (!text_copy(g->name, sizeof(g->name), m->name))
		return EXIT_INPUT;
	memcpy(g->key, public, sizeof(g->key));
	return EXIT_ANSWERED;
}

static int add_site(struct manifest *m, const uint8_t public[32])
{
	struct membership *l = &m->list->m;
	struct member *more = arena_array(&m->arena, l->n_members + 1, sizeof(*more)), *p;

	if (l->n_members == MAX_SUM_SITES || more == NULL)
		return manifest_refuse(m, EXIT_INPUT, SAY("there are too many sites", "机构过多"));
	if (l->n_members > 0)
		memcpy(more, l->members, l->n_members * sizeof(*more));
	p = &more[l->n_members++];
	l->members = more;
	if (!text_copy(p->site, sizeof(p->site), m->name) ||
		!text_copy(p->org, sizeof(p->org), m->org))
		return EXIT_INPUT;
	memcpy(p->key, public, sizeof(p->key));
	p->from_s = l->from_s;
	p->until_s = l->until_s;
	return EXIT_ANSWERED;
}

static bool stands(const struct membership *l, const char *name, bool gateway)
{
	for (uint64_t i = 0; gateway && i < l->n_gateways; i++)
		if (strcmp(l->gateways[i].name, name) == 0)
			return true;
	for (uint64_t i = 0; !gateway && i < l->n_members; i++)
		if (strcmp(l->members[i].site, name) == 0)
			return true;
	return false;
}

static bool key_stands(const struct membership *l, const uint8_t public[32])
{
	for (uint64_t i = 0; i < l->n_gateways; i++)
		if (memcmp(l->gateways[i].key, public, 32) == 0)
			return true;
	for (uint64_t i = 0; i < l->n_members; i++)
		if (memcmp(l->members[i].key, public, 32) == 0)
			return true;
	return false;
}

static int add(struct manifest *m)
{
	struct error err = { .code = E_NONE };
	uint8_t public[32];
	int status;

	if (!id_valid(m->name) || (!m->gateway && !id_valid(m->org)))
		return manifest_refuse(m, EXIT_INPUT,
			SAY("a name has 1 to 63 letters A-Z a-z, digits, dots and dashes",
				"名称须为 1 至 63 个英文字母、数字、点或短横线"));
	if (!signing_key_bytes(m->key, public))
		return manifest_refuse(m, EXIT_INPUT,
			SAY("--key is what `cordon ca manifest key` printed",
				"--key 应为 cordon ca manifest key 的输出"));
	status = manifest_read(m, m->file, &m->list, NULL);
	if (status != EXIT_ANSWERED)
		return status;
	if (stands(&m->list->m, m->name, m->gateway))
		return manifest_refuse(
			m, EXIT_INPUT, SAY("this name is in the list already", "名单中已有此名称"));
	if (key_stands(&m->list->m, public))
		return manifest_refuse(m, EXIT_INPUT,
			SAY("this key is in the list already: every member has its own",
				"名单中已有此密钥：每个成员须使用自己的密钥"));
	status = m->gateway ? add_gateway(m, public) : add_site(m, public);
	if (status != EXIT_ANSWERED)
		return status;
	next_epoch(m);
	return done(m, manifest_write(m, &err), &err);
}

static int revoke(struct manifest *m)
{
	struct error err = { .code = E_NONE };
	struct membership *l;
	int status = manifest_read(m, m->file, &m->list, NULL);

	if (status != EXIT_ANSWERED)
		return status;
	l = &m->list->m;
	for (uint64_t i = 0; i < l->n_members; i++) {
		if (strcmp(l->members[i].site, m->word) != 0)
			continue;
		if (l->members[i].state == MEMBER_SUSPENDED)
			return EXIT_ANSWERED;
		l->members[i].state = MEMBER_SUSPENDED;
		next_epoch(m);
		return done(m, manifest_write(m, &err), &err);
	}
	for (uint64_t i = 0; i < l->n_gateways; i++) {
		if (strcmp(l->gateways[i].name, m->word) != 0)
			continue;
		l->gateways[i] = l->gateways[--l->n_gateways];
		next_epoch(m);
		return done(m, manifest_write(m, &err), &err);
	}
	return manifest_refuse(
		m, EXIT_INPUT, SAY("the list has no such member", "名单中没有此成员"));
}

int manifest_read_both(struct manifest *m)
{
	int status = manifest_read(m, m->file, &m->list, NULL);

	if (status == EXIT_ANSWERED && m->against != NULL)
		status = manifest_read(m, m->against, &m->before, NULL);
	return status;
}

/* ---- the command ---- */

/* What `verb` does, if everything it needs was given. */
static int (*chosen(const struct manifest *m, const char *verb, int words))(struct manifest *)
{
	const struct {
		const char *verb;
		int (*run)(struct manifest *);
		bool complete;
		int words;
	} verbs[] = {
		{ "key", key, m->out != NULL, 0 },
		{ "new", new, m->root != NULL, 1 },
		{ "add", add, m->name != NULL && m->key != NULL && (m->org != NULL) != m->gateway,
			1 },
		{ "revoke", revoke, true, 2 },
		{ "show", manifest_show, true, 1 },
		{ "sign", manifest_sign, m->officers != NULL && m->as != NULL && m->key != NULL,
			1 },
		{ "verify", manifest_verify, m->officers != NULL, 1 },
	};

	for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++)
		if (strcmp(verb, verbs[i].verb) == 0)
			return verbs[i].complete && words == verbs[i].words ? verbs[i].run : NULL;
	return NULL;
}

int ca_manifest(struct cli *cli, int argc, char **argv)
{
	struct manifest m = { .cli = cli };
	const struct option_of options[] = { { "--root", &m.root, NULL },
		{ "--name", &m.name, NULL }, { "--org", &m.org, NULL }, { "--key", &m.key, NULL },
		{ "--out", &m.out, NULL }, { "--officers", &m.officers, NULL },
		{ "--as", &m.as, NULL }, { "--passphrase", &m.passphrase, NULL },
		{ "--epoch", &m.epoch, NULL }, { "--against", &m.against, NULL },
		{ "--gateway", NULL, &m.gateway }, { 0 } };
	int (*run)(struct manifest *);
	int status;

	if (cli_options(cli, &argc, argv, options) != 0)
		return EXIT_INPUT;
	run = chosen(&m, argc > 2 ? argv[2] : "", argc - 3);
	if (run == NULL)
		return cli_usage(cli, "ca",
			SAY("manifest key, new, add, revoke, show, sign or verify; something is "
			    "missing "
			    "or too much; see cordon ca --help",
				"manifest 须为 key、new、add、revoke、show、sign 或 "
				"verify；参数缺失或多余，请看 cordon ca --help"));
	m.file = argc > 3 ? argv[3] : NULL;
	m.word = argc > 4 ? argv[4] : NULL;
	arena_init(&m.arena, MAX_QUERY_ARENA);
	diags_init(&m.ds, &m.arena);
	status = run(&m);
	arena_clear(&m.arena);
	return status;
}
