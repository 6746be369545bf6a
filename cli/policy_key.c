#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/limits.h"
#include "base/secret.h"
#include "cli/policy_sign.h"
#include "crypto/identity.h"
#include "crypto/signing.h"

/* An approver's private key, and the passphrase that protects it. */

enum {
	PASSPHRASE_BYTES = 1024
};

/* ---- passphrases ---- */

static int from_file(const char *path, char out[PASSPHRASE_BYTES], struct error *err)
{
	uint8_t *bytes;
	size_t len, line;
	bool fits;

	if (file_read(path, MAX_FILE_BYTES, &bytes, &len, err) != 0)
		return -1;
	line = strcspn((const char *)bytes, "\r\n");
	fits = text_copyn(out, PASSPHRASE_BYTES, (const char *)bytes, line);
	secret_wipe(bytes, len);
	free(bytes);
	if (fits && line > 0)
		return 0;
	return error_set(err, E_INPUT,
		SAY("the first line of the passphrase's file is empty or too long",
			"口令文件的首行为空或过长"),
		"\"%s\"", path);
}

/* OpenSSL's: no echo, and the terminal is as before also after Ctrl-C. Its own asking again is English only. */
static bool typed(const struct desk *d, bool twice, char out[PASSPHRASE_BYTES])
{
	char again[PASSPHRASE_BYTES] = { 0 };
	bool same;

	/* it writes one byte more than it is told, for the end */
	if (EVP_read_pw_string(out, PASSPHRASE_BYTES - 1,
		    d->zh ? "密钥口令：" : "Passphrase of the key: ", 0) != 0)
		return false;
	if (!twice)
		return true;
	same = EVP_read_pw_string(again, PASSPHRASE_BYTES - 1,
		       d->zh ? "请再次输入密钥口令：" : "Passphrase of the key, again: ", 0) == 0 &&
	       strlen(again) == strlen(out) && CRYPTO_memcmp(again, out, strlen(out)) == 0;
	secret_wipe(again, PASSPHRASE_BYTES);
	return same;
}

static int from_terminal(
	const struct desk *d, bool twice, char out[PASSPHRASE_BYTES], struct error *err)
{
	if (!isatty(STDIN_FILENO))
		return error_set(err, E_INPUT,
			SAY("without a terminal a passphrase comes from --passphrase FILE",
				"没有终端时，口令须由 --passphrase 文件 给出"),
			"no terminal");
	if (typed(d, twice, out))
		return 0;
	secret_wipe(out, PASSPHRASE_BYTES);
	return error_set(err, E_INPUT,
		SAY("no passphrase was given, or the two differ", "未输入口令，或两次输入不一致"),
		"no passphrase");
}

/* Asked twice for a new key. Wipe it. */
static int passphrase_get(
	const struct desk *d, bool twice, char out[PASSPHRASE_BYTES], struct error *err)
{
	return d->passphrase != NULL ? from_file(d->passphrase, out, err)
				     : from_terminal(d, twice, out, err);
}

int policy_key_open(const struct desk *d, EVP_PKEY **out, struct error *err)
{
	char passphrase[PASSPHRASE_BYTES] = "";
	struct stat st;
	uint8_t *pem;
	size_t len;
	int ret = 0;
	bool locked;

	if (file_read_stat(d->key, MAX_FILE_BYTES, &pem, &len, &st, err) != 0)
		return -1;
	locked = signing_key_locked((const char *)pem, len);
	if ((st.st_mode & (S_IRWXG | S_IRWXO)) != 0)
		ret = error_set(err, E_INPUT,
			SAY("others can read the file of the key; it must have mode 0600",
				"他人可读取密钥文件，权限须为 0600"),
			"\"%s\" has mode %o", d->key, (unsigned)st.st_mode & 0777U);
	else if (locked)
		ret = passphrase_get(d, false, passphrase, err);
	if (ret == 0)
		ret = signing_key_read(
			out, (const char *)pem, len, locked ? passphrase : NULL, err);
	secret_wipe(passphrase, sizeof(passphrase));
	secret_wipe(pem, len);
	free(pem);
	return ret;
}

/* ---- sign --new-key ---- */

static int write_key(const struct desk *d, EVP_PKEY *key, struct error *err)
{
	char passphrase[PASSPHRASE_BYTES] = "";
	char *pem = NULL;
	int ret;

	ret = passphrase_get(d, true, passphrase, err);
	if (ret == 0)
		ret = signing_key_pem(key, passphrase, &pem, err);
	if (ret == 0)
		ret = file_write(d->new_key, pem, strlen(pem), 0600, err);
	secret_wipe(passphrase, sizeof(passphrase));
	if (pem != NULL)
		secret_wipe(pem, strlen(pem));
	free(pem);
	return ret;
}

static int print_line(const struct desk *d, EVP_PKEY *key, struct error *err)
{
	char text[SIGNING_KEY_TEXT];
	struct text out;

	if (signing_public(key, text, err) != 0)
		return -1;
	fprintf(stderr,
		d->zh ? "密钥已写入 %s，请妥善保管，勿与他人共用。以下一行写入代理的 "
			"approvers.yaml：\n"
		      : "The key is in %s; keep it, and share it with nobody. Put this line under "
			"people: in the "
			"agent's approvers.yaml:\n",
		d->new_key);
	text_init(&out, MAX_FILE_BYTES);
	text_add(&out, "  - {name: ");
	text_add_json(&out, d->as == NULL ? "NAME" : d->as);
	text_add(&out, ", roles: [");
	text_add_json(&out, d->role == NULL ? "ROLE" : d->role);
	text_addf(&out, "], key: \"%s\"}\n", text);
	(void)desk_print(&out, POLICY_GOOD);
	return 0;
}

int policy_new_key(struct desk *d)
{
	struct error err = { .code = E_NONE };
	EVP_PKEY *key = NULL;
	struct stat st;
	int ret;

	if (lstat(d->new_key, &st) == 0)
		return desk_bad_use(d,
			SAY("it is there already and not written over: ", "文件已存在，不会覆盖："),
			d->new_key);
	ret = identity_new_key(&key, &err);
	if (ret == 0)
		ret = write_key(d, key, &err);
	if (ret == 0)
		ret = print_line(d, key, &err);
	EVP_PKEY_free(key);
	return ret == 0 ? POLICY_GOOD : desk_failed(d, &err);
}
