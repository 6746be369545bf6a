/*
 * proof.c - signatures, names, and numbers within sense.
 */
#include "gateway/proof.h"

#include <stdlib.h>
#include <string.h>

#include "answer/sense.h"
#include "base/file.h"
#include "crypto/identity.h"
#include "crypto/identity_seen.h"
#include "query/question.h"

static const struct say say_cert = SAY("the certificate was not given by this federation, "
				       "has expired or was revoked",
	"证书不是由本联邦签发，或已过期、已吊销");

int trust_open(struct trust *t, const char *root_file, const char *revoked_file, struct error *err)
{
	uint8_t *pem;
	size_t len;
	int ret;

	*t = (struct trust){ .root = NULL };
	if (file_read(root_file, MAX_FILE_BYTES, &pem, &len, err) != 0)
		return -1;
	ret = identity_cert_read_pem(&t->root, (const char *)pem, len, err);
	free(pem);
	if (ret != 0)
		return error_under(err, "\"%s\"", root_file);
	if (identity_seen_new(&t->people, t->root, "person", err) != 0 ||
		(revoked_file != NULL && revoked_open(&t->revoked, revoked_file, err) != 0)) {
		trust_clear(t);
		return -1;
	}
	return 0;
}

void trust_clear(struct trust *t)
{
	identity_seen_free(t->people);
	X509_free(t->root);
	revoked_free(t->revoked);
	*t = (struct trust){ .root = NULL };
}

/* ---- people ---- */

/* The holder's certificate is this account's, and was not revoked. */
static int check_holder(const struct trust *t, const struct identity_holder *person,
	const char *account, struct error *err)
{
	int revoked;

	if (strcmp(person->name, account) != 0)
		return error_set(err, E_DENIED,
			SAY("the certificate is another person's than the token",
				"证书与令牌不属于同一账号"),
			"the certificate of another account than the token's");
	revoked = t->revoked == NULL ? 0 : revoked_has(t->revoked, person->cert, err);
	if (revoked == 1)
		return error_set(err, E_DENIED, say_cert, "the person's certificate was revoked");
	return revoked;
}

static int check_person(const struct trust *t, const char *account, int64_t wall_ms,
	struct proof_person *out, struct error *err)
{
	const struct identity_holder *person;

	if (out->len > MAX_CERT_BYTES)
		return error_set(err, E_INPUT, SAY("the certificate is too large", "证书过大"),
			"a certificate of %zu bytes", out->len);
	if (identity_seen_check(t->people, out->der, out->len, wall_ms / 1000, &person, err) != 0) {
		if (err->code == E_CRYPTO) {
			err->code = E_DENIED;
			err->say = say_cert;
		}
		return -1;
	}
	memcpy(out->key, person->key, sizeof(out->key));
	return check_holder(t, person, account, err);
}

int proof_person(const struct trust *t, const char *pem, size_t len, const char *account,
	int64_t wall_ms, struct proof_person *out, struct error *err)
{
	*out = (struct proof_person){ NULL, 0, { 0 } };
	if (identity_pem_der(pem, len, &out->der, &out->len, err) != 0) {
		err->code = E_INPUT;
		return -1;
	}
	if (check_person(t, account, wall_ms, out, err) == 0)
		return 0;
	proof_person_clear(out);
	return -1;
}

void proof_person_clear(struct proof_person *p)
{
	free(p->der);
	p->der = NULL;
	p->len = 0;
}

int proof_ask(const struct proof_person *p, const struct hash32 *question, const char *requester,
	int64_t asked_ms, const uint8_t *signature, size_t len, struct error *err)
{
	struct hash32 h = ask_signed_hash(question, requester, asked_ms);
	struct error why;

	if (identity_verify(p->key, &h, signature, len, &why) == 0)
		return 0;
	return error_set(err, E_DENIED,
		SAY("the signature is not this person's signature of this question",
			"签名与此人、此问题不符"),
		"the signature of a question does not verify");
}

/* ---- sites ---- */

static const struct say say_release =
	SAY("the hospital's answer could not be verified", "医院的答案未通过验证");

static bool labels_differ(const struct release *r)
{
	for (uint64_t i = 0; i < r->n_groups; i++) {
		const struct release_group *g = &r->groups[i];

		for (uint64_t j = 0; j < g->count; j++)
			for (uint64_t k = 0; k < j; k++)
				if (strcmp(g->labels[j], g->labels[k]) == 0)
					return false;
	}
	return true;
}

/* What both a release and an offer must be; *h is what was signed. */
static int prove(struct view sealed, struct view signature, const struct hash32 *h,
	const uint8_t key[32], const char *site, const struct hash32 *question, const char *kind,
	struct arena *a, struct release *out, struct error *err)
{
	if (identity_verify(key, h, signature.at, signature.len, err) != 0) {
		err->say = say_release;
		return error_under(err, "the signature of a release");
	}
	if (release_decode(sealed.at, sealed.len, a, out, err) != 0) {
		err->say = say_release;
		return -1;
	}
	if (strcmp(out->site, site) != 0)
		return error_set(
			err, E_INPUT, say_release, "a release of another site, '%s'", out->site);
	if (!hash32_equal(&out->question, question))
		return error_set(err, E_INPUT, say_release, "a release of another question");
	if (out->kind >= KINDS || strcmp(kind_name((enum question_kind)out->kind), kind) != 0)
		return error_set(err, E_INPUT, say_release, "a release of another kind");
	if (!release_sense(out) || !labels_differ(out))
		return error_set(
			err, E_INPUT, say_release, "a release whose numbers make no sense");
	return 0;
}

int proof_release(const struct msg_release *m, const uint8_t key[32], const char *site,
	const struct hash32 *question, const char *kind, struct arena *a, struct release *out,
	struct error *err)
{
	struct hash32 h = release_signed_hash(m->sealed);

	if (prove(m->sealed, m->signature, &h, key, site, question, kind, a, out, err) != 0)
		return -1;
	if (out->summed)
		return error_set(err, E_INPUT, say_release, "an offer in place of a release");
	return 0;
}

int proof_offer(const struct msg_offer *m, const uint8_t key[32], const char *site,
	const struct hash32 *question, const char *kind, struct arena *a, struct release *out,
	struct error *err)
{
	struct hash32 h = offer_signed_hash(m->sealed);

	if (prove(m->sealed, m->signature, &h, key, site, question, kind, a, out, err) != 0)
		return -1;
	if (!out->summed)
		return error_set(err, E_INPUT, say_release, "an offer that has numbers");
	return 0;
}
