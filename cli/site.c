/*
 * site.c - what is done once at a desk or a site: login, token.
 */
#include <openssl/rand.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/bytes.h"
#include "base/file.h"
#include "base/limits.h"
#include "base/secret.h"
#include "base/text.h"
#include "cli/cli.h"
#include "cli/client.h"
#include "cli/settings.h"
#include "crypto/identity.h"

enum {
	TOKEN_FILE_BYTES = 1024,
	TOKEN_BYTES = 32
};

/* ---- login ---- */

/* The certificate and the key that signs questions belong together. */
static int check_pair(const struct settings *s, struct error *err)
{
	uint8_t *cert_pem = NULL, *key_pem = NULL;
	size_t cert_len = 0, key_len = 0;
	X509 *cert = NULL;
	EVP_PKEY *key = NULL;
	int ret = -1;

	if (file_read(s->certificate, MAX_FILE_BYTES, &cert_pem, &cert_len, err) != 0 ||
		file_read(s->key, MAX_FILE_BYTES, &key_pem, &key_len, err) != 0 ||
		settings_private(s->key, err) != 0)
		goto out;
	if (identity_cert_read_pem(&cert, (const char *)cert_pem, cert_len, err) != 0) {
		error_under(err, "\"%s\"", s->certificate);
		goto out;
	}
	if (identity_key_read(&key, (const char *)key_pem, key_len, err) != 0) {
		error_under(err, "\"%s\"", s->key);
		goto out;
	}
	if (X509_check_private_key(cert, key) != 1)
		error_set(err, E_INPUT,
			SAY("the key does not belong to the certificate", "密钥与证书不匹配"),
			"\"%s\", \"%s\"", s->certificate, s->key);
	else
		ret = 0;
out:
	EVP_PKEY_free(key);
	X509_free(cert);
	if (key_pem != NULL)
		secret_wipe(key_pem, key_len);
	free(key_pem);
	free(cert_pem);
	return ret;
}

/* The settings outlive the folder one stands in: paths from the root. */
static int absolute(struct arena *a, const char **path, struct error *err)
{
	char *full;

	if (*path == NULL)
		return 0;
	full = realpath(*path, NULL);
	if (full == NULL)
		return error_set(
			err, E_INPUT, SAY("a file is missing", "缺少文件"), "\"%s\": %m", *path);
	*path = arena_text(a, full);
	free(full);
	return *path == NULL ? error_memory(err) : 0;
}

static int read_token(struct arena *a, const char *path, const char **out, struct error *err)
{
	uint8_t *bytes;
	size_t len;

	if (file_read(path, TOKEN_FILE_BYTES, &bytes, &len, err) != 0)
		return -1;
	bytes[strcspn((char *)bytes, "\r\n")] = '\0';
	*out = arena_text(a, (const char *)bytes);
	secret_wipe(bytes, len);
	free(bytes);
	return *out == NULL ? error_memory(err) : 0;
}

static int login(const char *path, struct settings *s, const char *token_file, struct arena *a,
	struct error *err)
{
	struct client *client = NULL;

	if (path == NULL)
		return error_set(err, E_SYSTEM,
			SAY("there is no home folder; use --settings",
				"没有主目录，请使用 --settings"),
			"HOME is not set");
	if (read_token(a, token_file, &s->token, err) != 0 || absolute(a, &s->ca, err) != 0 ||
		absolute(a, &s->certificate, err) != 0 || absolute(a, &s->key, err) != 0 ||
		check_pair(s, err) != 0)
		return -1;
	/* looks at address, token and ca; calls nobody */
	if (client_open(&client, s, err) != 0)
		return -1;
	client_close(client);
	return settings_write(path, s, err);
}

int command_login(struct cli *cli, int argc, char **argv)
{
	const char *token_file = NULL, *path;
	struct settings s = { 0 };
	const struct option_of options[] = { { "--account", &s.account, NULL },
		{ "--token-file", &token_file, NULL }, { "--ca", &s.ca, NULL },
		{ "--certificate", &s.certificate, NULL }, { "--key", &s.key, NULL }, { 0 } };
	struct error err = { 0 };
	struct arena arena;
	int status = EXIT_ANSWERED;

	if (cli_options(cli, &argc, argv, options) != 0)
		return EXIT_INPUT;
	if (argc != 2 || s.account == NULL || token_file == NULL || s.certificate == NULL ||
		s.key == NULL)
		return cli_usage(cli, "login",
			SAY("the address, --account, --token-file, --certificate and --key are "
			    "needed",
				"需要网关地址、--account、--token-file、--certificate 和 --key"));
	arena_init(&arena, MAX_QUERY_ARENA);
	s.gateway = argv[1];
	path = settings_path(cli->settings, &arena);
	if (login(path, &s, token_file, &arena, &err) != 0)
		status = cli_fail(cli, EXIT_INPUT, &err);
	else
		fprintf(cli->out,
			cli->zh ? "已登记 %s，网关 %s（设置：%s）\n"
				: "signed in as %s at %s (settings: %s)\n",
			s.account, s.gateway, path);
	arena_clear(&arena);
	return status;
}

/* ---- token ---- */

static bool is_role(const char *role)
{
	static const char *const roles[] = { "researcher", "officer", "operator", "auditor" };

	for (size_t i = 0; i < sizeof(roles) / sizeof(roles[0]); i++)
		if (strcmp(role, roles[i]) == 0)
			return true;
	return false;
}

/* A new token into the file, its hash into *h. */
static int new_token(const char *path, struct hash32 *h, struct error *err)
{
	uint8_t bytes[TOKEN_BYTES];
	char token[2 * TOKEN_BYTES + 16] = "cordon_";
	size_t len = strlen(token);
	int ret;

	if (RAND_priv_bytes(bytes, sizeof(bytes)) != 1)
		return error_set(err, E_CRYPTO, SAY("no random numbers", "无法取得随机数"),
			"RAND_priv_bytes failed");
	hex_encode(bytes, sizeof(bytes), token + len);
	len += 2 * sizeof(bytes);
	*h = sha256(token, len);
	token[len] = '\n';
	ret = file_write(path, token, len + 1, 0600, err);
	secret_wipe(token, sizeof(token));
	secret_wipe(bytes, sizeof(bytes));
	return ret;
}

int command_token(struct cli *cli, int argc, char **argv)
{
	const char *account = NULL, *out = NULL, *role = "researcher";
	const struct option_of options[] = { { "--account", &account, NULL },
		{ "--out", &out, NULL }, { "--role", &role, NULL }, { 0 } };
	char hash[HASH_TEXT];
	struct error err = { 0 };
	struct text line;
	struct hash32 h;

	if (cli_options(cli, &argc, argv, options) != 0)
		return EXIT_INPUT;
	if (argc != 1 || account == NULL || out == NULL || !is_role(role))
		return cli_usage(cli, "token",
			SAY("--account and --out are needed; --role is researcher, officer, "
			    "operator or "
			    "auditor",
				"需要 --account 和 --out；--role 为 researcher、officer、operator "
				"或 auditor"));
	if (new_token(out, &h, &err) != 0)
		return cli_fail(cli, EXIT_INPUT, &err);
	fprintf(cli->err,
		cli->zh ? "令牌已写入 %s，请只交给本人。以下一行写入网关配置的 accounts：\n"
			: "the token is in %s; give it to this person alone. Put this line under "
			  "accounts: "
			  "in the gateway's configuration:\n",
		out);
	text_init(&line, MAX_FILE_BYTES);
	if (account[strcspn(account, " ,:#[]{}&*!|>'\"%`\t\n\\")] == '\0')
		text_add(&line, account);
	else
		text_add_json(&line, account);
	fprintf(cli->out, "  - {account: %s, role: %s, token: \"%s\"}\n", text_str(&line), role,
		hash32_text(&h, hash));
	text_clear(&line);
	return EXIT_ANSWERED;
}
