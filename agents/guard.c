#include "agents/guard.h"

#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/limits.h"
#include "crypto/identity.h"
#include "crypto/identity_seen.h"
#include "wire/revoked.h"

enum {
	AGE_MAX_MS = 24 * 3600 * 1000,
	AHEAD_MAX_MS = 10 * 60 * 1000, /* of clocks that differ */
};

struct guard {
	X509 *root;
	struct identity_seen *people;
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
		identity_seen_new(&g->people, g->root, "person", err) != 0 ||
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
	identity_seen_free(g->people);
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

int guard_check(struct guard *g, const struct msg_ask *ask, const struct hash32 *question,
	int64_t now_ms, struct error *err)
{
	const struct identity_holder *person;
	struct hash32 signed_hash;
	int revoked;

	if (identity_seen_check(g->people, ask->certificate.at, ask->certificate.len, now_ms / 1000,
		    &person, err) != 0)
		return -1;
	revoked = g->revoked == NULL ? 0 : revoked_has(g->revoked, person->cert, err);
	if (revoked < 0) {
		err->code = E_CRYPTO; /* nobody may be let in */
		return -1;
	}
	if (revoked)
		return no(err, "the requester's certificate is revoked");
	if (strcmp(person->name, ask->requester) != 0)
		return no(err, "the certificate is another person's");
	if (ask->asked_ms < now_ms - AGE_MAX_MS || ask->asked_ms > now_ms + AHEAD_MAX_MS)
		return no(err, "the signature is too old, or ahead of this site's clock");
	signed_hash = ask_signed_hash(question, ask->requester, ask->asked_ms);
	return identity_verify(
		person->key, &signed_hash, ask->signature.at, ask->signature.len, err);
}
