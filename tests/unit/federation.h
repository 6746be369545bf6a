/*
 * federation.h - a federation's certificates in a temporary folder, for tests of TLS.
 *
 * federation_begin() makes the folder, two roots ("root", and "foreign" that nobody trusts);
 * issue() writes NAME.pem and NAME.key. Everything is removed by federation_end().
 */
#ifndef TESTS_FEDERATION_H
#define TESTS_FEDERATION_H

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/file.h"
#include "crypto/identity.h"
#include "tests/unit/unit.h"
#include "wire/tls.h"

enum {
	DAY = 86400
};

static char fed_dir[64];
static EVP_PKEY *fed_root_key, *fed_foreign_key;
static X509 *fed_root, *fed_foreign;

/* Eight may be in use at once. */
static inline const char *fed_path(const char *name, const char *end)
{
	static char paths[8][400];
	static unsigned turn;
	char *path = paths[turn++ % 8];

	snprintf(path, sizeof(paths[0]), "%s/%s%s", fed_dir, name, end);
	return path;
}

static inline void fed_write(const char *name, const char *end, const char *text, mode_t mode)
{
	struct error err;

	OK(file_write(fed_path(name, end), text, strlen(text), mode, &err));
}

static inline void fed_write_cert(const char *name, const X509 *cert)
{
	struct error err;
	char *pem;

	OK(identity_cert_pem(cert, &pem, &err));
	fed_write(name, ".pem", pem, 0644);
	free(pem);
}

static inline void fed_write_key(const char *name, EVP_PKEY *key)
{
	struct error err;
	char *pem;

	OK(identity_key_pem(key, &pem, &err));
	fed_write(name, ".key", pem, 0600);
	free(pem);
}

/* Signed by the trusted root unless `foreign`. The certificate is X509_free()d by the caller. */
static inline X509 *fed_issue_at(const char *file, const char *role, const char *name,
	const char *hosts, int64_t from_s, unsigned days, int foreign)
{
	struct error err;
	EVP_PKEY *key;
	X509 *cert;

	OK(identity_new_key(&key, &err));
	OK(identity_issue(&cert, foreign ? fed_foreign : fed_root,
		foreign ? fed_foreign_key : fed_root_key, key, role, name, hosts, from_s, days,
		&err));
	fed_write_cert(file, cert);
	fed_write_key(file, key);
	EVP_PKEY_free(key);
	return cert;
}

static inline void fed_issue(
	const char *file, const char *role, const char *name, const char *hosts)
{
	X509_free(fed_issue_at(file, role, name, hosts, time(NULL), 30, 0));
}

static inline void federation_begin(void)
{
	struct error err;
	int64_t long_ago = time(NULL) - 100 * DAY;

	snprintf(fed_dir, sizeof(fed_dir), "/tmp/cordon-test-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(fed_dir));
	OK(identity_new_key(&fed_root_key, &err));
	OK(identity_new_root(&fed_root, fed_root_key, "Test federation", long_ago, 400, &err));
	OK(identity_new_key(&fed_foreign_key, &err));
	OK(identity_new_root(
		&fed_foreign, fed_foreign_key, "Test federation", long_ago, 400, &err));
	fed_write_cert("root", fed_root);
	fed_write_cert("foreign", fed_foreign);
}

static inline void federation_end(void)
{
	DIR *dir = opendir(fed_dir);

	for (struct dirent *e; dir != NULL && (e = readdir(dir)) != NULL;)
		if (e->d_name[0] != '.')
			unlink(fed_path(e->d_name, ""));
	if (dir != NULL)
		closedir(dir);
	rmdir(fed_dir);
	X509_free(fed_root);
	X509_free(fed_foreign);
	EVP_PKEY_free(fed_root_key);
	EVP_PKEY_free(fed_foreign_key);
}

/* The channel's context of a program whose files are NAME.pem and NAME.key. */
static inline SSL_CTX *fed_context(
	const char *name, const char *root, const char *revoked, int server)
{
	const struct tls_files files = { fed_path(root, ".pem"), fed_path(name, ".pem"),
		fed_path(name, ".key"), revoked == NULL ? NULL : fed_path(revoked, "") };
	struct error err;
	SSL_CTX *ctx;

	OK(tls_channel_context(&ctx, &files, server, &err));
	return ctx;
}

/* The certificate's serial as the revocation list has it. */
static inline char *fed_serial(const X509 *cert, char buf[64])
{
	const ASN1_INTEGER *number = X509_get0_serialNumber(cert);
	const unsigned char *at = ASN1_STRING_get0_data(number);

	for (int i = 0; i < ASN1_STRING_length(number); i++)
		snprintf(buf + 2 * i, 3, "%02x", at[i]);
	return buf;
}

#endif
