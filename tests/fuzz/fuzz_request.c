/*
 * fuzz_request.c - any bytes as the body of a POST, as a question and as a question of its price (gateway/ask.h).
 * Promises: no crash; what is taken has sites that exist, each once, and a canonical text with its own hash; what is
 * refused says why, in its diagnostics or its error. The seeds are signed, so that signer and certificate are reached.
 */
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "crypto/identity.h"
#include "crypto/identity_seen.h"
#include "gateway/ask.h"
#include "query/canonical.h"
#include "tests/fuzz/fuzz.h"

#define ACCOUNT "li@a"
#define NOW_MS  INT64_C(1795737600000) /* within the certificates' days */

enum {
	BODY = 1 << 16
};

/* Made for this file; nobody trusts them. */
static const char root_pem[] = "-----BEGIN CERTIFICATE-----\n"
			       "MIIBIDCB06ADAgECAhAbmYedLGrfYwkXR2kRa3CeMAUGAytlcDAPMQ0wCwYDVQQD\n"
			       "DARkZW1vMB4XDTI2MTEyNzAwMDAwMFoXDTM2MTEyNDIzNTk1OVowDzENMAsGA1UE\n"
			       "AwwEZGVtbzAqMAUGAytlcAMhAA6BreNtAKzUq2lWEYCAN6DpoBvU7+v7anZiKOZN\n"
			       "TBT+o0UwQzASBgNVHRMBAf8ECDAGAQH/AgEAMA4GA1UdDwEB/wQEAwICBDAdBgNV\n"
			       "HQ4EFgQU5dkTsChwyNK+o94w3Fnrh9VPsrUwBQYDK2VwA0EAtn/DoGCOaSAFfQNe\n"
			       "YAeBJab7kXI2qOdws5YWx0Sw6a+W8LSgYqTE0qhEdf59JO+YPloY7O3ZBIKc53NG\n"
			       "rdWnDQ==\n"
			       "-----END CERTIFICATE-----\n";
static const char person_pem[] =
	"-----BEGIN CERTIFICATE-----\n"
	"MIIBXDCCAQ6gAwIBAgIRAKX20mYrGvpNCGJCDa0dBWcwBQYDK2VwMA8xDTALBgNV\n"
	"BAMMBGRlbW8wHhcNMjYxMTI3MDAwMDAwWhcNMzYxMTI0MjM1OTU5WjAPMQ0wCwYD\n"
	"VQQDDARsaUBhMCowBQYDK2VwAyEArmnKq2qElzTlAidvsC0PGYhqk6VyvyTIvQau\n"
	"6S/vVHqjfzB9MAwGA1UdEwEB/wQCMAAwDgYDVR0PAQH/BAQDAgeAMB0GA1UdDgQW\n"
	"BBRkrn2N0GcAkDRug4UmjCqwv0PuaDAfBgNVHSMEGDAWgBTl2ROwKHDI0r6j3jDc\n"
	"WeuH1U+ytTAdBgNVHREEFjAUhhJjb3Jkb246cGVyc29uOmxpQGEwBQYDK2VwA0EA\n"
	"maCivnHb3KnYYVhXbknlw7bnj8wZuAwhC/QiGjFj4ZklSlQxvic0NVfjoGLbiDQr\n"
	"QazcfoxAwC7kg3Qw0PE3Aw==\n"
	"-----END CERTIFICATE-----\n";
static const char key_pem[] = "-----BEGIN PRIVATE KEY-----\n"
			      "MC4CAQAwBQYDK2VwBCIEIGJ3wsEds62BM+c6fYc+pCjPKrMhCoDYqabUdnVw/zzl\n"
			      "-----END PRIVATE KEY-----\n";

static const char *const questions[] = {
	"{\"study\":\"S\",\"kind\":\"count\",\"dataset\":\"omop\",\"cohort\":{\"all\":[{\"age\":{"
	"\"from\":18}}]}}",
	"{\"study\":\"S\",\"kind\":\"count\",\"dataset\":\"omop\",\"mode\":\"secure\",\"sites\":["
	"\"xiehe\",\"renmin\"],"
	"\"group_by\":[\"sex\",\"age\"],\"cohort\":{\"entry\":{\"condition\":[\"201826+\",\"-"
	"4058243\"],\"first\":\"yes\"},"
	"\"none\":[{\"drug\":[\"icd10:E11+\"],\"within\":{\"from\":\"0 days\",\"to\":\"90 "
	"days\"}}]}}",
	"{\"study\":\"S\",\"kind\":\"histogram\",\"dataset\":\"omop\",\"of\":\"hba1c\",\"sites\":["
	"\"renmen\"],\"cohort\":"
	"\"diabetes\",\"params\":{\"from\":\"2024-01-01\"},\"on\":\"2025-12-31\"}",
};
enum {
	QUESTIONS = sizeof(questions) / sizeof(questions[0])
};

static struct sessions *sessions;
static struct trust trust;

static void must(bool ok)
{
	if (!ok)
		abort();
}

/* Names alone: nothing is opened, nothing is sent. */
static void ready(void)
{
	static const char *const names[] = { "renmin", "xiehe", "huashan" };
	struct error err;

	if (sessions != NULL)
		return;
	must(sessions_new(&sessions, NULL, NULL, "demo", names, 3, NULL, NULL, NULL, &err) == 0);
	must(identity_cert_read_pem(&trust.root, root_pem, sizeof(root_pem) - 1, &err) == 0);
	must(identity_seen_new(&trust.people, trust.root, "person", &err) == 0);
}

static void check_taken(const struct asked *q)
{
	struct question *again;
	struct hash32 hash;
	struct arena a;
	struct error err;

	must(q->n_sites > 0 && q->n_sites <= 3);
	for (size_t i = 0; i < q->n_sites; i++) {
		must(q->sites[i] < 3);
		for (size_t k = 0; k < i; k++)
			must(q->sites[k] != q->sites[i]);
	}
	arena_init(&a, 8 << 20);
	must(canonical_read(q->q.canonical.at, q->q.canonical.len, &a, &again, &hash, &err) == 0);
	must(hash32_equal(&hash, &q->q.hash));
	arena_clear(&a);
}

static void check_refused(const struct diags *ds, const struct error *err)
{
	must(err->code != E_NONE && err->say.en[0] != '\0' && err->say.zh[0] != '\0');
	for (size_t i = 0; i < ds->count; i++)
		must(utf8_valid(ds->list[i].en, strlen(ds->list[i].en)) &&
			utf8_valid(ds->list[i].zh, strlen(ds->list[i].zh)));
}

static void as_body(const uint8_t *data, size_t size, bool price)
{
	struct error err = { .code = E_NONE };
	struct asked asked;
	struct arena a;
	struct diags ds;
	int ret;

	arena_init(&a, 4 << 20);
	diags_init(&ds, &a);
	ret = price ? ask_read_price(data, size, sessions, &a, &ds, &asked, &err)
		    : ask_read(
			      data, size, ACCOUNT, &trust, sessions, NOW_MS, &a, &ds, &asked, &err);
	if (ret != 0) {
		check_refused(&ds, &err);
	} else {
		check_taken(&asked);
		if (!price) /* only what this person signed is taken */
			must(strcmp(asked.q.account, ACCOUNT) == 0 && asked.q.certificate.len > 0 &&
				asked.q.signature.len == 64);
	}
	arena_clear(&a);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	ready();
	as_body(data, size, false);
	as_body(data, size, true);
	return 0;
}

/* ---- seeds ---- */

static void sign(const char *question, char text[96])
{
	struct arena a;
	struct diags ds;
	struct asked asked;
	struct text body;
	struct hash32 h;
	uint8_t signature[64];
	EVP_PKEY *key;
	struct error err;

	arena_init(&a, 4 << 20);
	diags_init(&ds, &a);
	text_init(&body, BODY);
	text_addf(&body, "{\"question\":%s}", question);
	memset(text, 0, 96);
	must(identity_key_read(&key, key_pem, sizeof(key_pem) - 1, &err) == 0);
	if (ask_read_price(text_str(&body), body.len, sessions, &a, &ds, &asked, &err) == 0) {
		h = ask_signed_hash(&asked.q.hash, ACCOUNT, NOW_MS);
		must(identity_sign(key, &h, signature, &err) == 0);
		base64_encode(signature, sizeof(signature), text);
	}
	EVP_PKEY_free(key);
	text_clear(&body);
	arena_clear(&a);
}

/* Each question as a price, then signed. */
size_t fuzz_seed(size_t i, uint8_t *out, size_t room)
{
	char signature[96];
	struct text t;
	size_t len;

	if (i >= 2 * QUESTIONS)
		return 0;
	ready();
	text_init(&t, BODY);
	text_addf(&t, "{\"question\":%s", questions[i % QUESTIONS]);
	if (i >= QUESTIONS) {
		sign(questions[i % QUESTIONS], signature);
		text_add(&t, ",\"certificate\":");
		text_add_json(&t, person_pem);
		text_addf(&t, ",\"signature\":\"%s\",\"asked_ms\":%lld,\"deadline_ms\":5000",
			signature, (long long)NOW_MS);
	}
	text_addc(&t, '}');
	len = t.len;
	must(!text_failed(&t) && len <= room);
	memcpy(out, text_str(&t), len);
	text_clear(&t);
	return len;
}
