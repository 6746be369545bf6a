/*
 * ca.c - `cordon ca`: the federation's root and its certificates, as files.
 * A folder holds root.crt, root.key (0600, to be kept offline), issued.txt (what was issued) and
 * revoked.txt (serials that no program accepts any more). One command works in a folder at a time.
 */
#include <errno.h>
#include <fcntl.h>
#include <openssl/x509.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/limits.h"
#include "base/secret.h"
#include "base/text.h"
#include "cli/ca_manifest.h"
#include "cli/ca_paillier.h"
#include "cli/ca_seal.h"
#include "cli/cli.h"
#include "cli/table.h"
#include "crypto/identity.h"

enum {
	ROOT_DAYS = 3650,
	YEAR_DAYS = 365
};

/* One `cordon ca` command: its options, and what it works with. */
struct ca {
	const struct cli *cli;
	const char *dir, *federation, *role, *name, *hosts, *out;
	const char *public_key; /* issue: a file; the private half was made elsewhere and stays there */
	const char *wanted; /* revoke: a name or a serial */
	unsigned days;
	struct arena arena;
	X509 *root;
	EVP_PKEY *root_key;
	int lock; /* descriptor of the folder; -1 none */
};

/* ---- files ---- */

static const char *path_of(struct ca *ca, const char *folder, const char *name, struct error *err)
{
	const char *path = arena_textf(&ca->arena, "%s/%s", folder, name);

	if (path == NULL)
		error_memory(err);
	return path;
}

static int read_in(struct ca *ca, const char *name, uint8_t **bytes, size_t *len, struct error *err)
{
	const char *path = path_of(ca, ca->dir, name, err);

	return path == NULL ? -1 : file_read(path, MAX_FILE_BYTES, bytes, len, err);
}

/* Takes pem. */
static int write_pem(struct ca *ca, const char *folder, const char *name, char *pem, mode_t mode,
	struct error *err)
{
	const char *path = path_of(ca, folder, name, err);
	int ret = path == NULL ? -1 : file_write(path, pem, strlen(pem), mode, err);

	secret_wipe(pem, strlen(pem));
	free(pem);
	return ret;
}

static int write_key(
	struct ca *ca, const char *folder, const char *name, EVP_PKEY *key, struct error *err)
{
	char *pem;

	return identity_key_pem(key, &pem, err) != 0 ? -1
						     : write_pem(ca, folder, name, pem, 0600, err);
}

static int write_cert(
	struct ca *ca, const char *folder, const char *name, const X509 *cert, struct error *err)
{
	char *pem;

	return identity_cert_pem(cert, &pem, err) != 0
		       ? -1
		       : write_pem(ca, folder, name, pem, 0644, err);
}

/* So that two commands at once do not lose each other's lines. */
static int lock(struct ca *ca, struct error *err)
{
	ca->lock = open(ca->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (ca->lock >= 0 && flock(ca->lock, LOCK_EX) == 0)
		return 0;
	return error_set(err, E_SYSTEM,
		SAY("the certificates' folder cannot be used", "证书目录不可用"), "\"%s\": %m",
		ca->dir);
}

static int ca_open(struct ca *ca, struct error *err)
{
	uint8_t *cert = NULL, *key = NULL;
	size_t cert_len = 0, key_len = 0;
	int ret = -1;

	if (lock(ca, err) == 0 && read_in(ca, "root.crt", &cert, &cert_len, err) == 0 &&
		identity_cert_read_pem(&ca->root, (const char *)cert, cert_len, err) == 0 &&
		read_in(ca, "root.key", &key, &key_len, err) == 0 &&
		identity_key_read(&ca->root_key, (const char *)key, key_len, err) == 0)
		ret = 0;
	if (key != NULL)
		secret_wipe(key, key_len);
	free(key);
	free(cert);
	return ret;
}

static void ca_clear(struct ca *ca)
{
	X509_free(ca->root);
	EVP_PKEY_free(ca->root_key);
	arena_clear(&ca->arena);
	if (ca->lock >= 0)
		close(ca->lock);
}

/* Adds a line to a text file of the folder, whole or not at all. */
static int append(struct ca *ca, const char *name, const char *line, struct error *err)
{
	const char *path = path_of(ca, ca->dir, name, err);
	uint8_t *old = NULL;
	size_t len = 0;
	struct text t;
	int ret;

	if (path == NULL ||
		(access(path, F_OK) == 0 && file_read(path, MAX_FILE_BYTES, &old, &len, err) != 0))
		return -1;
	text_init(&t, MAX_FILE_BYTES);
	text_addn(&t, old, len);
	if (len > 0 && old[len - 1] != '\n')
		text_addc(&t, '\n');
	text_addf(&t, "%s\n", line);
	ret = text_failed(&t) ? error_set(err, E_LIMIT,
					SAY("a list of certificates is full", "证书列表已满"),
					"\"%s\" would have more than %zu bytes", path, t.max)
			      : file_write(path, t.at, t.len, 0644, err);
	free(old);
	text_clear(&t);
	return ret;
}

/* ---- init, issue, web ---- */

/* The root's key moves to a safe place: its certificate alone means that there is a root. */
static int no_root_yet(struct ca *ca, struct error *err)
{
	static const char *const names[] = { "root.key", "root.crt" };

	for (size_t i = 0; i < 2; i++) {
		const char *path = path_of(ca, ca->dir, names[i], err);

		if (path == NULL)
			return -1;
		if (access(path, F_OK) == 0)
			return error_set(err, E_STATE,
				SAY("there is a root here already; nothing was changed",
					"此处已有根证书，未作任何更改"),
				"\"%s\"", path);
	}
	return 0;
}

static int begin_list(struct ca *ca, const char *name, const char *head, struct error *err)
{
	return faccessat(ca->lock, name, F_OK, 0) == 0 ? 0 : append(ca, name, head, err);
}

static int init(struct ca *ca, struct error *err)
{
	if (file_mkdirs(ca->dir, 0700, err) != 0 || lock(ca, err) != 0 ||
		no_root_yet(ca, err) != 0 || identity_new_key(&ca->root_key, err) != 0 ||
		identity_new_root(&ca->root, ca->root_key, ca->federation, clock_wall_ms() / 1000,
			ROOT_DAYS, err) != 0)
		return -1;
	if (begin_list(ca, "issued.txt", "# serial role name until", err) != 0 ||
		begin_list(ca, "revoked.txt", "# revoked serials, one a line", err) != 0 ||
		write_cert(ca, ca->dir, "root.crt", ca->root, err) != 0)
		return -1;
	if (write_key(ca, ca->dir, "root.key", ca->root_key, err) != 0) {
		unlinkat(ca->lock, "root.crt", 0); /* so that it can be begun again */
		return -1;
	}
	fprintf(ca->cli->out,
		ca->cli->zh ? "根证书在 %s；root.key 应离线保存\n"
			    : "the root is in %s; keep its root.key offline\n",
		ca->dir);
	return 0;
}

/* As identity_check() gives it: lower case, two digits a byte. NULL without memory. */
static const char *serial_of(const X509 *cert, struct arena *a)
{
	BIGNUM *bn = ASN1_INTEGER_to_BN(X509_get0_serialNumber(cert), NULL);
	char *hex = bn == NULL ? NULL : BN_bn2hex(bn);
	char *out = hex == NULL ? NULL : arena_text(a, hex);

	for (char *s = out; s != NULL && *s != '\0'; s++)
		if (*s >= 'A' && *s <= 'F')
			*s = (char)(*s - 'A' + 'a');
	OPENSSL_free(hex);
	BN_free(bn);
	return out;
}

static int record(struct ca *ca, const X509 *cert, int64_t now_s, struct error *err)
{
	const char *serial = serial_of(cert, &ca->arena), *line = NULL;
	char until[16];

	day_text((int32_t)(now_s / 86400) + (int32_t)ca->days, until);
	if (serial != NULL)
		line = arena_textf(&ca->arena, "%s %s %s %s", serial, ca->role, ca->name, until);
	return line == NULL ? error_memory(err) : append(ca, "issued.txt", line, err);
}

/* The key of the new certificate: made here, or the public half of a person's own. */
static int subject_key(struct ca *ca, EVP_PKEY **key, struct error *err)
{
	uint8_t *pem;
	size_t len;
	int ret;

	if (ca->public_key == NULL)
		return identity_new_key(key, err);
	if (strcmp(ca->role, "person") != 0)
		return error_set(err, E_INPUT,
			SAY("--public-key is for a person, whose key was made in a browser",
				"--public-key 只用于在浏览器中生成密钥的个人"),
			"role \"%s\"", ca->role);
	if (file_read(ca->public_key, MAX_FILE_BYTES, &pem, &len, err) != 0)
		return -1;
	ret = identity_public_read(key, (const char *)pem, len, err);
	secret_wipe(pem, len); /* somebody may have given the private one */
	free(pem);
	return ret;
}

static int issue(struct ca *ca, struct error *err)
{
	int64_t now_s = clock_wall_ms() / 1000;
	const char *key_name = arena_textf(&ca->arena, "%s.key", ca->role);
	const char *cert_name = arena_textf(&ca->arena, "%s.crt", ca->role);
	EVP_PKEY *key = NULL;
	X509 *cert = NULL;
	int ret = -1;

	if (key_name == NULL || cert_name == NULL) {
		error_memory(err);
		goto out;
	}
	if (ca_open(ca, err) != 0 || subject_key(ca, &key, err) != 0 ||
		identity_issue(&cert, ca->root, ca->root_key, key, ca->role, ca->name, ca->hosts,
			now_s, ca->days, err) != 0 ||
		file_mkdirs(ca->out, 0700, err) != 0)
		goto out;
	/* recorded first: a certificate that exists can always be revoked */
	if (record(ca, cert, now_s, err) != 0 ||
		(ca->public_key == NULL && write_key(ca, ca->out, key_name, key, err) != 0) ||
		write_cert(ca, ca->out, cert_name, cert, err) != 0 ||
		write_cert(ca, ca->out, "root.crt", ca->root, err) != 0)
		goto out;
	fprintf(ca->cli->out, ca->cli->zh ? "已签发：%s/%s（%s）\n" : "issued: %s/%s for %s\n",
		ca->out, cert_name, ca->name);
	ret = 0;
out:
	EVP_PKEY_free(key);
	X509_free(cert);
	return ret;
}

static int web(struct ca *ca, struct error *err)
{
	EVP_PKEY *key = NULL;
	X509 *cert = NULL;
	int ret = -1;

	if (identity_new_web_key(&key, err) == 0 &&
		identity_new_web(&cert, key, ca->hosts, clock_wall_ms() / 1000, ca->days, err) ==
			0 &&
		file_mkdirs(ca->out, 0700, err) == 0 &&
		write_key(ca, ca->out, "web.key", key, err) == 0 &&
		write_cert(ca, ca->out, "web.crt", cert, err) == 0) {
		fprintf(ca->cli->out, ca->cli->zh ? "已生成：%s/web.crt\n" : "made: %s/web.crt\n",
			ca->out);
		ret = 0;
	}
	EVP_PKEY_free(key);
	X509_free(cert);
	return ret;
}

/* ---- revoke, list ---- */

struct issued {
	const char *serial, *role, *name, *until;
	bool revoked;
};

/* Serials are compared as revoked.h reads them: either case, leading zeros ignored. */
static bool same_serial(const char *a, size_t a_len, const char *b)
{
	size_t b_len = strlen(b);

	for (; a_len > 1 && *a == '0'; a_len--)
		a++;
	for (; b_len > 1 && *b == '0'; b_len--)
		b++;
	return a_len == b_len && strncasecmp(a, b, a_len) == 0;
}

static bool is_revoked(const char *list, const char *serial)
{
	while (*list != '\0') {

		list += strspn(list, " \t");
		if (same_serial(list, strcspn(list, " \t\r\n"), serial))
			return true;
		list += strcspn(list, "\n");
		list += *list == '\n';
	}
	return false;
}

/* Calls `each` with every line of issued.txt, which lives in the arena. */
static int each_issued(struct ca *ca,
	int (*each)(struct ca *, const struct issued *, void *, struct error *), void *arg,
	struct error *err)
{
	uint8_t *bytes = NULL, *revoked = NULL;
	size_t len = 0;
	char *rest, *line;
	int ret = -1;

	if (read_in(ca, "issued.txt", &bytes, &len, err) != 0 ||
		read_in(ca, "revoked.txt", &revoked, &len, err) != 0)
		goto out;
	ret = 0;
	rest = (char *)bytes;
	while (ret == 0 && (line = strsep(&rest, "\n")) != NULL) {
		struct issued i = { 0 };

		if (line[0] == '#')
			continue;
		i.serial = strsep(&line, " ");
		i.role = strsep(&line, " ");
		i.name = strsep(&line, " ");
		i.until = line;
		if (i.until == NULL)
			continue;
		i.revoked = is_revoked((const char *)revoked, i.serial);
		ret = each(ca, &i, arg, err);
	}
out:
	free(revoked);
	free(bytes);
	return ret;
}

static int revoke_one(struct ca *ca, const struct issued *i, void *arg, struct error *err)
{
	unsigned *found = arg;

	if (strcmp(i->name, ca->wanted) != 0 &&
		!same_serial(ca->wanted, strlen(ca->wanted), i->serial))
		return 0;
	++*found;
	return i->revoked ? 0 : append(ca, "revoked.txt", i->serial, err);
}

static int revoke_wanted(struct ca *ca, struct error *err)
{
	unsigned found = 0;

	if (lock(ca, err) != 0 || each_issued(ca, revoke_one, &found, err) != 0)
		return -1;
	if (found == 0)
		return error_set(err, E_INPUT,
			SAY("no certificate with this name or serial was issued here",
				"此处未签发过该名称或序列号的证书"),
			"\"%s\"", ca->wanted);
	fprintf(ca->cli->out,
		ca->cli->zh ? "%s：%u 张证书已吊销；请把 %s/revoked.txt 复制到网关和各代理\n"
			    : "%s: %u revoked; copy %s/revoked.txt to the gateway and the agents\n",
		ca->wanted, found, ca->dir);
	return 0;
}

static int list_one(struct ca *ca, const struct issued *i, void *arg, struct error *err)
{
	const char *word = ca->cli->zh ? "已吊销" : "revoked";
	const char *row[5] = { i->name, i->role, i->until, i->revoked ? word : "", i->serial };

	(void)err;
	table_add(arg, false, row);
	return 0;
}

static int list(struct ca *ca, struct error *err)
{
	const char *en[] = { "name", "role", "until", "revoked", "serial" };
	const char *zh[] = { "名称", "角色", "有效期至", "吊销", "序列号" };
	const struct cli *cli = ca->cli;
	struct table table;

	table_init(&table, &ca->arena, 5, cli->zh && !cli->csv ? zh : en);
	if (each_issued(ca, list_one, &table, err) != 0)
		return -1;
	if (cli->csv)
		table_csv(&table, cli->out);
	else
		table_print(&table, cli->out, cli->colour);
	return 0;
}

/* ---- the command ---- */

/* What `verb` does, if everything it needs was given. */
static int (*chosen(const struct ca *ca, const char *verb, int words))(struct ca *, struct error *)
{
	const struct {
		const char *verb;
		int (*run)(struct ca *, struct error *);
		bool complete;
		int words;
	} verbs[] = {
		{ "init", init, ca->dir != NULL && ca->federation != NULL, 2 },
		{ "issue", issue,
			ca->dir != NULL && ca->role != NULL && ca->name != NULL && ca->out != NULL,
			2 },
		{ "web", web, ca->hosts != NULL && ca->out != NULL, 2 },
		{ "revoke", revoke_wanted, ca->dir != NULL, 3 },
		{ "list", list, ca->dir != NULL, 2 },
	};

	for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++)
		if (strcmp(verb, verbs[i].verb) == 0)
			return verbs[i].complete && words == verbs[i].words ? verbs[i].run : NULL;
	return NULL;
}

int command_ca(struct cli *cli, int argc, char **argv)
{
	struct ca ca = { .cli = cli, .lock = -1 };
	const char *days_text = NULL;
	const struct option_of options[] = { { "--dir", &ca.dir, NULL },
		{ "--federation", &ca.federation, NULL }, { "--role", &ca.role, NULL },
		{ "--name", &ca.name, NULL }, { "--hosts", &ca.hosts, NULL },
		{ "--out", &ca.out, NULL }, { "--days", &days_text, NULL },
		{ "--public-key", &ca.public_key, NULL }, { 0 } };
	int (*run)(struct ca *, struct error *);
	struct error err = { 0 };
	uint64_t days = YEAR_DAYS;
	int ret;

	if (argc > 1 && strcmp(argv[1], "manifest") == 0)
		return ca_manifest(cli, argc, argv);
	if (argc > 1 && strcmp(argv[1], "paillier") == 0)
		return ca_paillier(cli, argc, argv);
	if (argc > 1 && strcmp(argv[1], "site-secret") == 0)
		return ca_site_secret(cli, argc, argv);
	if (cli_options(cli, &argc, argv, options) != 0)
		return EXIT_INPUT;
	if (days_text != NULL && (!parse_u64(days_text, &days) || days < 1 || days > ROOT_DAYS))
		return cli_usage(cli, "ca", SAY("--days is 1 to 3650", "--days 为 1 至 3650"));
	ca.days = (unsigned)days;
	run = chosen(&ca, argc > 1 ? argv[1] : "", argc);
	if (run == NULL)
		return cli_usage(cli, "ca",
			SAY("something is missing or too much; see cordon ca --help",
				"参数缺失或多余，请看 cordon ca --help"));
	ca.wanted = argc > 2 ? argv[2] : NULL;
	arena_init(&ca.arena, MAX_QUERY_ARENA);
	ret = run(&ca, &err);
	ca_clear(&ca);
	return ret != 0 ? cli_fail(cli, EXIT_INPUT, &err) : EXIT_ANSWERED;
}
