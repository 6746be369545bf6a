#include "agents/guard.h"

#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/limits.h"
#include "crypto/identity.h"
#include "wire/revoked.h"

enum {
	AGE_MAX_MS = 24 * 3600 * 1000,
	AHEAD_MAX_MS = 10 * 60 * 1000, /* of clocks that differ */
	SERIAL_TEXT = 65,
};

struct guard {
	X509 *root;
	struct revoked *revoked; /* NULL: the site keeps no list */
};

static int read_root(struct guard *g, const char *path, struct error *err)
{
	uint8_t *bytes;
	size_t len;
	int ret;

	if (file_read(path, MAX_FILE_BYTES, &bytes, &len, err) != 0)
		return error_under(err, "federation root");
	ret = identity_cert_read_pem(&g->root, (const char *)bytes, len, err);
	free(bytes);
	return ret == 0 ? 0 : error_under(err, "federation root \"%s\"", path);
}

int guard_new(struct guard **out, const struct tls_files *files, struct error *err)
{
	struct guard *g = calloc(1, sizeof(*g));

	if (g == NULL)
		return error_memory(err);
	if (read_root(g, files->root, err) != 0 ||
		(files->revoked != NULL && revoked_open(&g->revoked, files->revoked, err) != 0)) {
		guard_free(g);
		return -1;
	}
	*out = g;
	return 0;
}

void guard_free(struct guard *g)
{
	if (g == NULL)
		return;
	X509_free(g->root);
	revoked_free(g->revoked);
	free(g);
}

static int no(struct error *err, const char *why)
{
	return error_set(err, E_CRYPTO,
		SAY("the question is not signed by the person it names", "查询未由其署名人签名"),
		"%s", why);
}

static int check_revoked(struct guard *g, struct view der, struct error *err)
{
	const uint8_t *at = der.at;
	X509 *cert;
	int revoked;

	if (g->revoked == NULL)
		return 0;
	cert = d2i_X509(NULL, &at, (long)der.len);
	if (cert == NULL)
		return no(err, "the requester's certificate cannot be read");
	revoked = revoked_has(g->revoked, cert, err);
	X509_free(cert);
	if (revoked < 0) {
		err->code = E_CRYPTO; /* nobody may be let in */
		return -1;
	}
	return revoked ? no(err, "the requester's certificate is revoked") : 0;
}

int guard_check(struct guard *g, const struct msg_ask *ask, const struct hash32 *question,
	int64_t now_ms, struct error *err)
{
	char name[MAX_NAME + 1], serial[SERIAL_TEXT];
	uint8_t key[32];
	struct hash32 signed_hash;

	if (identity_check(g->root, ask->certificate.at, ask->certificate.len, "person",
		    now_ms / 1000, name, serial, key, err) != 0 ||
		check_revoked(g, ask->certificate, err) != 0)
		return -1;
	if (strcmp(name, ask->requester) != 0)
		return no(err, "the certificate is another person's");
	if (ask->asked_ms < now_ms - AGE_MAX_MS || ask->asked_ms > now_ms + AHEAD_MAX_MS)
		return no(err, "the signature is too old, or ahead of this site's clock");
	signed_hash = ask_signed_hash(question, ask->requester, ask->asked_ms);
	return identity_verify(key, &signed_hash, ask->signature.at, ask->signature.len, err);
}
