/*
 * ca_seal.c - keys to which secrets are sealed, and `cordon ca site-secret`: the secret that hospitals share for
 * counting people once. The gateway has no part in it: a sealed text may go any way, a fingerprint by telephone.
 */
#include "cli/ca_seal.h"

#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/limits.h"
#include "base/secret.h"
#include "crypto/identity.h"
#include "secagg/keys.h"
#include "secagg/sealed.h"
#include "secagg/site_secret.h"

static int there_already(const struct cli *cli)
{
	fprintf(cli->err, "cordon ca: %s\n",
		tell(cli, SAY("it is there already and not written over", "文件已存在，不会覆盖")));
	return EXIT_INPUT;
}

/* ---- keys ---- */

int ca_seal_new(const struct cli *cli, const char *path)
{
	struct error err = { .code = E_NONE };
	struct x_pair pair = { 0 };
	char text[SEALED_KEY_TEXT], *pem = NULL;
	int ret;

	if (file_there(path))
		return there_already(cli);
	ret = x_pair_new(&pair, &err);
	if (ret == 0)
		ret = identity_key_pem(pair.key, &pem, &err);
	if (ret == 0)
		ret = file_write(path, pem, strlen(pem), 0600, &err);
	if (ret == 0)
		fprintf(cli->out, "%s\n", sealed_key_text(pair.public, text));
	if (pem != NULL)
		secret_wipe(pem, strlen(pem));
	free(pem);
	x_pair_clear(&pair);
	return ret == 0 ? EXIT_ANSWERED : cli_fail(cli, EXIT_INPUT, &err);
}

/* The bytes of a file that nobody else can read; wipe and free. */
static int read_private(const char *path, uint8_t **bytes, size_t *len, struct error *err)
{
	struct stat st;

	if (file_read_stat(path, MAX_FILE_BYTES, bytes, len, &st, err) != 0)
		return -1;
	if ((st.st_mode & (S_IRWXG | S_IRWXO)) == 0)
		return 0;
	secret_wipe(*bytes, *len);
	free(*bytes);
	return error_set(err, E_INPUT,
		SAY("others can read this file; it must have mode 0600",
			"他人可读取此文件，权限须为 0600"),
		"\"%s\" has mode %o", path, (unsigned)st.st_mode & 0777U);
}

int ca_seal_read(const char *path, EVP_PKEY **out, struct error *err)
{
	uint8_t *pem;
	size_t len;
	int ret;

	if (read_private(path, &pem, &len, err) != 0)
		return -1;
	ret = sealed_key_read(pem, len, out, err);
	secret_wipe(pem, len);
	free(pem);
	return ret == 0 ? 0 : error_under(err, "\"%s\"", path);
}

/* ---- site-secret ---- */

struct secret_desk {
	const struct cli *cli;
	const char *file;
	const char *out, *key, *to;
};

static int print(const struct secret_desk *d, const struct key32 *s)
{
	char text[SITE_SECRET_PRINT];

	fprintf(d->cli->out, d->cli->zh ? "指纹 %s\n" : "fingerprint %s\n",
		site_secret_print(s, text));
	return EXIT_ANSWERED;
}

static int write_text(struct text *t, const char *path, struct error *err)
{
	int ret = text_failed(t) ? error_memory(err)
				 : file_write(path, text_str(t), t->len, 0600, err);

	text_clear(t);
	return ret;
}

static int write_secret(const struct secret_desk *d, const struct key32 *s, struct error *err)
{
	struct text t;

	text_init(&t, MAX_FILE_BYTES);
	site_secret_write(s, &t);
	return write_text(&t, d->out, err);
}

static int read_secret(const char *path, struct key32 *out, struct error *err)
{
	uint8_t *bytes;
	size_t len;
	int ret;

	if (read_private(path, &bytes, &len, err) != 0)
		return -1;
	ret = site_secret_read(bytes, len, out, err);
	secret_wipe(bytes, len);
	free(bytes);
	return ret;
}

static int new_key(const struct secret_desk *d)
{
	return ca_seal_new(d->cli, d->out);
}

static int new_secret(const struct secret_desk *d)
{
	struct error err = { .code = E_NONE };
	LOCAL_KEY(s);

	if (file_there(d->out))
		return there_already(d->cli);
	if (site_secret_new(&s, &err) != 0 || write_secret(d, &s, &err) != 0)
		return cli_fail(d->cli, EXIT_INPUT, &err);
	return print(d, &s);
}

static int seal(const struct secret_desk *d)
{
	struct error err = { .code = E_NONE };
	uint8_t to[32];
	struct text t;
	LOCAL_KEY(s);
	int ret;

	if (!sealed_key_parse(d->to, to))
		return cli_usage(d->cli, "ca",
			SAY("--to is what `cordon ca site-secret key` printed",
				"--to 应为 cordon ca site-secret key 的输出"));
	if (read_secret(d->file, &s, &err) != 0)
		return cli_fail(d->cli, EXIT_INPUT, &err);
	text_init(&t, MAX_FILE_BYTES);
	ret = site_secret_seal(&s, to, &t, &err);
	if (ret == 0)
		ret = write_text(&t, d->out, &err);
	else
		text_clear(&t);
	return ret == 0 ? print(d, &s) : cli_fail(d->cli, EXIT_INPUT, &err);
}

static int open_sealed(const struct secret_desk *d)
{
	struct error err = { .code = E_NONE };
	EVP_PKEY *owner = NULL;
	uint8_t *bytes = NULL;
	size_t len = 0;
	LOCAL_KEY(s);
	int ret;

	if (file_there(d->out))
		return there_already(d->cli);
	ret = ca_seal_read(d->key, &owner, &err);
	if (ret == 0)
		ret = file_read(d->file, MAX_FILE_BYTES, &bytes, &len, &err);
	if (ret == 0)
		ret = site_secret_open(owner, bytes, len, &s, &err);
	if (ret == 0)
		ret = write_secret(d, &s, &err);
	EVP_PKEY_free(owner);
	free(bytes);
	return ret == 0 ? print(d, &s) : cli_fail(d->cli, EXIT_INPUT, &err);
}

static int show(const struct secret_desk *d)
{
	struct error err = { .code = E_NONE };
	LOCAL_KEY(s);

	return read_secret(d->file, &s, &err) == 0 ? print(d, &s)
						   : cli_fail(d->cli, EXIT_INPUT, &err);
}

static int (*chosen(const struct secret_desk *d, const char *verb, int words))(
	const struct secret_desk *)
{
	const struct {
		const char *verb;
		int (*run)(const struct secret_desk *);
		bool complete;
		int words;
	} verbs[] = {
		{ "key", new_key, d->out != NULL, 0 },
		{ "new", new_secret, d->out != NULL, 0 },
		{ "seal", seal, d->out != NULL && d->to != NULL, 1 },
		{ "open", open_sealed, d->out != NULL && d->key != NULL, 1 },
		{ "show", show, true, 1 },
	};

	for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++)
		if (strcmp(verb, verbs[i].verb) == 0)
			return verbs[i].complete && words == verbs[i].words ? verbs[i].run : NULL;
	return NULL;
}

int ca_site_secret(struct cli *cli, int argc, char **argv)
{
	struct secret_desk d = { .cli = cli };
	const struct option_of options[] = { { "--out", &d.out, NULL }, { "--key", &d.key, NULL },
		{ "--to", &d.to, NULL }, { 0 } };
	int (*run)(const struct secret_desk *);

	if (cli_options(cli, &argc, argv, options) != 0)
		return EXIT_INPUT;
	run = chosen(&d, argc > 2 ? argv[2] : "", argc - 3);
	if (run == NULL)
		return cli_usage(cli, "ca",
			SAY("site-secret key, new, seal, open or show; something is missing or "
			    "too much; see cordon ca --help",
				"site-secret 须为 key、new、seal、open 或 "
				"show；参数缺失或多余，请看 "
				"cordon ca --help"));
	d.file = argc > 3 ? argv[3] : NULL;
	return run(&d);
}
