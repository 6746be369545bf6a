#include "crypto/identity.h"

#include <openssl/x509v3.h>
#include <stdbool.h>
#include <string.h>

#include "base/limits.h"
#include "crypto/identity_seen.h"
#include "tests/unit/unit.h"

/*
 * Certificates against OpenSSL's own verifier and, for every rule of I1 and I2, one certificate that
 * breaks only this rule. Keys and signatures: test_identity_keys.c.
 */

#define NOW      INT64_C(1772000000) /* 2026-02-25 06:13:20 UTC */
#define DAY      INT64_C(86400)
#define MIDNIGHT (NOW - NOW % DAY)

static struct error err;

struct federation {
	EVP_PKEY *root_key, *key;
	X509 *root;
};

static struct federation federation(void)
{
	struct federation f;

	OK(identity_new_key(&f.root_key, &err));
	OK(identity_new_key(&f.key, &err));
	OK(identity_new_root(&f.root, f.root_key, "三院联邦", NOW, 3650, &err));
	return f;
}

static void federation_end(struct federation *f)
{
	EVP_PKEY_free(f->root_key);
	EVP_PKEY_free(f->key);
	X509_free(f->root);
}

/* What identity_check() gives. */
struct seen {
	char name[MAX_NAME + 1], serial[65];
	uint8_t key[32];
};

static int check_at(const struct federation *f, const X509 *cert, const char *role, int64_t now_s,
	struct seen *seen)
{
	uint8_t *der;
	size_t len;

	OK(identity_cert_der(cert, &der, &len, &err));
	int ret = identity_check(
		f->root, der, len, role, now_s, seen->name, seen->serial, seen->key, &err);
	free(der);
	return ret;
}

static void refused(const struct federation *f, const X509 *cert, const char *role, int64_t now_s)
{
	struct seen seen, before;

	memset(&seen, 'x', sizeof(seen));
	before = seen;
	FAILS(check_at(f, cert, role, now_s, &seen), E_CRYPTO);
	ck_assert_str_eq(err.say.en, "This certificate is not accepted.");
	ck_assert_mem_eq(&seen, &before, sizeof(seen));
}

START_TEST(a_member_is_known_by_role_name_serial_and_key)
{
	static const char *const members[][2] = { { "site", "renmin" }, { "gateway", "gw-1" },
		{ "person", "user@host.example" }, { "officer", "Data_Officer.2" } };
	struct federation f = federation();
	uint8_t raw[32];
	size_t len = sizeof(raw);

	ck_assert_int_eq(EVP_PKEY_get_raw_public_key(f.key, raw, &len), 1);
	for (size_t i = 0; i < 4; i++) {
		X509 *cert;
		struct seen seen;
		OK(identity_issue(&cert, f.root, f.root_key, f.key, members[i][0], members[i][1],
			NULL, NOW, 365, &err));
		OK(check_at(&f, cert, members[i][0], NOW, &seen));
		ck_assert_str_eq(seen.name, members[i][1]);
		ck_assert_mem_eq(seen.key, raw, 32);
		ck_assert_uint_eq(strspn(seen.serial, "0123456789abcdef"), strlen(seen.serial));
		BIGNUM *serial = NULL;
		ck_assert_int_gt(BN_hex2bn(&serial, seen.serial), 0);
		ASN1_INTEGER *number = BN_to_ASN1_INTEGER(serial, NULL);
		ck_assert_int_eq(ASN1_INTEGER_cmp(number, X509_get0_serialNumber(cert)), 0);
		ck_assert_int_ge(
			BN_num_bits(serial), 80); /* 128 random ones; below 80 once in 2^48 */
		ASN1_INTEGER_free(number);
		BN_free(serial);
		for (size_t j = 0; j < 4; j++)
			if (j != i)
				refused(&f, cert, members[j][0], NOW);
		refused(&f, cert, "", NOW);
		refused(&f, cert, "sit", NOW);
		X509_free(cert);
	}
	federation_end(&f);
}
END_TEST

START_TEST(names_have_1_to_255_letters_of_a_short_list)
{
	struct federation f = federation();
	char name[258];
	X509 *cert = NULL;
	struct seen seen;
	static const char *const bad[] = { "", "a b", "a:b", "a/b", "a,b", "人民", "a\n", "a*" };

	for (size_t len = 63; len <= 255; len += 64) {
		memset(name, 'n', len);
		name[len] = '\0';
		OK(identity_issue(
			&cert, f.root, f.root_key, f.key, "person", name, NULL, NOW, 1, &err));
		OK(check_at(&f, cert, "person", NOW, &seen));
		ck_assert_str_eq(seen.name, name);
		X509_free(cert);
		cert = NULL;
	}
	memset(name, 'n', 256);
	name[256] = '\0';
	FAILS(identity_issue(&cert, f.root, f.root_key, f.key, "site", name, NULL, NOW, 1, &err),
		E_INPUT);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		FAILS(identity_issue(
			      &cert, f.root, f.root_key, f.key, "site", bad[i], NULL, NOW, 1, &err),
			E_INPUT);
	ck_assert_ptr_null(cert);
	federation_end(&f);
}
END_TEST

START_TEST(validity_is_from_this_midnight_to_the_end_of_the_last_day)
{
	struct federation f = federation();
	X509 *cert;
	struct seen seen;

	OK(identity_issue(&cert, f.root, f.root_key, f.key, "site", "a", NULL, NOW, 30, &err));
	OK(check_at(&f, cert, "site", MIDNIGHT, &seen));
	/* OpenSSL counts the last second as over */
	OK(check_at(&f, cert, "site", MIDNIGHT + 31 * DAY - 2, &seen));
	refused(&f, cert, "site", MIDNIGHT - 1);
	refused(&f, cert, "site", MIDNIGHT + 31 * DAY);
	X509_free(cert);

	/* never past the root, and nothing under an expired root */
	OK(identity_issue(&cert, f.root, f.root_key, f.key, "site", "a", NULL, NOW, 9999, &err));
	ck_assert_int_eq(
		ASN1_TIME_compare(X509_get0_notAfter(cert), X509_get0_notAfter(f.root)), 0);
	OK(check_at(&f, cert, "site", MIDNIGHT + 3651 * DAY - 2, &seen));
	refused(&f, cert, "site", MIDNIGHT + 3651 * DAY);
	X509_free(cert);
	cert = NULL;
	FAILS(identity_issue(&cert, f.root, f.root_key, f.key, "site", "a", NULL, NOW + 3652 * DAY,
		      30, &err),
		E_INPUT);
	ck_assert_ptr_null(cert);
	federation_end(&f);
}
END_TEST

START_TEST(days_and_times_out_of_range_are_refused)
{
	struct federation f = federation();
	X509 *cert = NULL;
	static const struct {
		int64_t now_s;
		unsigned days;
	} bad[] = { { NOW, 0 }, { NOW, 36501 }, { NOW, UINT32_MAX }, { -1, 1 },
		{ INT64_C(300000000000), 1 }, { INT64_MAX, 1 }, { INT64_MIN, 1 } };

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		int64_t now = bad[i].now_s;
		unsigned days = bad[i].days;
		FAILS(identity_new_root(&cert, f.root_key, "f", now, days, &err), E_INPUT);
		FAILS(identity_issue(
			      &cert, f.root, f.root_key, f.key, "site", "a", NULL, now, days, &err),
			E_INPUT);
		FAILS(identity_new_web(&cert, f.key, "localhost", now, days, &err), E_INPUT);
	}
	ck_assert_ptr_null(cert);
	federation_end(&f);
}
END_TEST

START_TEST(a_root_is_a_ca_of_one_step_with_the_federations_name)
{
	struct federation f = federation();
	int critical = 0;
	char cn[256];
	X509 *cert = NULL;
	char long_name[3 * 65 + 1] = "";

	BASIC_CONSTRAINTS *bc = X509_get_ext_d2i(f.root, NID_basic_constraints, &critical, NULL);
	ck_assert_ptr_nonnull(bc);
	ck_assert(critical == 1 && bc->ca != 0);
	ck_assert_int_eq(ASN1_INTEGER_get(bc->pathlen), 0);
	BASIC_CONSTRAINTS_free(bc);
	ck_assert_uint_eq(X509_get_key_usage(f.root), KU_KEY_CERT_SIGN);
	ck_assert_int_eq(X509_verify(f.root, f.root_key), 1);
	X509_NAME_get_text_by_NID(X509_get_subject_name(f.root), NID_commonName, cn, sizeof(cn));
	ck_assert_str_eq(cn, "三院联邦");
	refused(&f, f.root, "site", NOW); /* it is nobody itself */

	for (int i = 0; i < 65; i++)
		memcpy(long_name + 3 * i, "院", 4);
	FAILS(identity_new_root(&cert, f.root_key, long_name, NOW, 1, &err), E_INPUT);
	FAILS(identity_new_root(&cert, f.root_key, "", NOW, 1, &err), E_INPUT);
	FAILS(identity_new_root(&cert, f.root_key, "a\tb", NOW, 1, &err), E_INPUT);
	FAILS(identity_new_root(&cert, f.root_key, "a\xff", NOW, 1, &err), E_INPUT);
	ck_assert_ptr_null(cert);
	long_name[3 * 64] = '\0';
	OK(identity_new_root(&cert, f.root_key, long_name, NOW, 1, &err));
	X509_free(cert);
	federation_end(&f);
}
END_TEST

START_TEST(another_roots_members_are_strangers)
{
	struct federation f = federation(), other = federation();
	X509 *cert = NULL;

	/* same federation name, same days: only the signature differs */
	OK(identity_issue(
		&cert, other.root, other.root_key, f.key, "site", "a", NULL, NOW, 30, &err));
	refused(&f, cert, "site", NOW);
	X509_free(cert);
	cert = NULL;
	FAILS(identity_issue(
		      &cert, f.root, other.root_key, f.key, "site", "a", NULL, NOW, 30, &err),
		E_INPUT);
	ck_assert_ptr_null(cert);

	/* a member cannot make members */
	X509 *member;
	OK(identity_issue(&member, f.root, f.root_key, f.key, "site", "a", NULL, NOW, 30, &err));
	OK(identity_issue(&cert, member, f.key, other.key, "officer", "b", NULL, NOW, 30, &err));
	refused(&f, cert, "officer", NOW);
	struct federation under = { f.key, NULL, member };
	refused(&under, cert, "officer", NOW); /* nor when taken for a root */
	X509_free(cert);
	X509_free(member);
	federation_end(&f);
	federation_end(&other);
}
END_TEST

START_TEST(keys_and_roles_that_do_not_fit_are_refused)
{
	struct federation f = federation();
	EVP_PKEY *web;
	X509 *cert = NULL;

	OK(identity_new_web_key(&web, &err));
	FAILS(identity_new_root(&cert, web, "f", NOW, 1, &err), E_INPUT);
	FAILS(identity_issue(&cert, f.root, f.root_key, web, "site", "a", NULL, NOW, 1, &err),
		E_INPUT);
	FAILS(identity_issue(&cert, f.root, f.root_key, f.key, "root", "a", NULL, NOW, 1, &err),
		E_INPUT);
	FAILS(identity_issue(&cert, f.root, f.root_key, f.key, "Site", "a", NULL, NOW, 1, &err),
		E_INPUT);
	FAILS(identity_issue(&cert, f.root, f.root_key, f.key, "site", "a", "h", NOW, 1, &err),
		E_INPUT);
	ck_assert_ptr_null(cert);
	EVP_PKEY_free(web);
	federation_end(&f);
}
END_TEST

START_TEST(a_gateway_answers_to_its_hosts_and_addresses)
{
	struct federation f = federation();
	const char *hosts = "gw.hospital.example,localhost,127.0.0.1,::1";
	EVP_PKEY *web;
	X509 *certs[2];
	struct seen seen;

	OK(identity_new_web_key(&web, &err));
	OK(identity_issue(
		&certs[0], f.root, f.root_key, f.key, "gateway", "gw", hosts, NOW, 30, &err));
	OK(check_at(&f, certs[0], "gateway", NOW, &seen));
	OK(identity_new_web(&certs[1], web, hosts, NOW, 30, &err));
	for (size_t i = 0; i < 2; i++) {
		ck_assert_int_eq(X509_check_host(certs[i], "gw.hospital.example", 0, 0, NULL), 1);
		ck_assert_int_eq(X509_check_host(certs[i], "localhost", 0, 0, NULL), 1);
		ck_assert_int_eq(X509_check_host(certs[i], "other.example", 0, 0, NULL), 0);
		ck_assert_int_eq(X509_check_ip_asc(certs[i], "127.0.0.1", 0), 1);
		ck_assert_int_eq(X509_check_ip_asc(certs[i], "0:0:0:0:0:0:0:1", 0), 1);
		ck_assert_int_eq(X509_check_ip_asc(certs[i], "127.0.0.2", 0), 0);
		X509_free(certs[i]);
	}
	EVP_PKEY_free(web);
	federation_end(&f);
}
END_TEST

START_TEST(hosts_that_are_neither_names_nor_addresses_are_refused)
{
	struct federation f = federation();
	X509 *cert = NULL;
	char many[3 * 33], long_host[300];
	static const char *const bad[] = { "", ",a", "a,", "a,,b", "a b", "*.a", "-a", "a-", "a..b",
		"a_b", "1.2.3.4.5", "999.1.1.1", "http://a", "a:80", "人民.cn", "\"a", "a\nb" };

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		FAILS(identity_new_web(&cert, f.key, bad[i], NOW, 1, &err), E_INPUT);
		FAILS(identity_issue(&cert, f.root, f.root_key, f.key, "gateway", "g", bad[i], NOW,
			      1, &err),
			E_INPUT);
	}
	memset(long_host, 'a', sizeof(long_host));
	for (size_t i = 60; i < sizeof(long_host); i += 60)
		long_host[i] = '.';
	long_host[254] = '\0';
	FAILS(identity_new_web(&cert, f.key, long_host, NOW, 1, &err), E_INPUT);
	for (int i = 0; i < 33; i++)
		memcpy(many + 2 * i, "a,", 3);
	many[2 * 33 - 1] = '\0';
	FAILS(identity_new_web(&cert, f.key, many, NOW, 1, &err), E_LIMIT);
	ck_assert_ptr_null(cert);
	many[2 * 32 - 1] = '\0';
	long_host[253] = '\0';
	OK(identity_new_web(&cert, f.key, many, NOW, 1, &err));
	X509_free(cert);
	OK(identity_new_web(&cert, f.key, long_host, NOW, 1, &err));
	X509_free(cert);
	federation_end(&f);
}
END_TEST

START_TEST(the_web_certificate_is_its_own_anchor_for_a_tls_server)
{
	EVP_PKEY *key;
	X509 *cert;

	OK(identity_new_web_key(&key, &err));
	OK(identity_new_web(&cert, key, "localhost", NOW, 30, &err));
	X509_STORE *store = X509_STORE_new();
	X509_STORE_CTX *ctx = X509_STORE_CTX_new();
	ck_assert_int_eq(X509_STORE_add_cert(store, cert), 1);
	ck_assert_int_eq(X509_STORE_CTX_init(ctx, store, cert, NULL), 1);
	X509_VERIFY_PARAM_set_time(X509_STORE_CTX_get0_param(ctx), (time_t)NOW);
	X509_STORE_CTX_set_purpose(ctx, X509_PURPOSE_SSL_SERVER);
	ck_assert_int_eq(X509_verify_cert(ctx), 1);
	X509_STORE_CTX_free(ctx);
	X509_STORE_free(store);
	X509_free(cert);
	EVP_PKEY_free(key);
}
END_TEST

/* --- certificates that a careless or hostile root might sign --------------------------------- */

struct forgery {
	const char *why;
	const char *constraints, *usage, *names,
		*extra; /* OpenSSL's configuration words; NULL: absent */
	int key;        /* 0: the right one, 1: P-256, 2: X25519, which has 32 bytes too */
	bool version1;
	bool good;
};

static const struct forgery forgeries[] = {
	{ "as it should be", "critical,CA:FALSE", "critical,digitalSignature", "URI:cordon:site:a",
		NULL, 0, false, true },
	{ "other names beside", "critical,CA:FALSE", "critical,digitalSignature",
		"URI:cordon:site:a,URI:https://a.example,DNS:a.example", NULL, 0, false, true },
	{ "two names", "critical,CA:FALSE", "critical,digitalSignature",
		"URI:cordon:site:a,URI:cordon:site:b", NULL, 0, false, false },
	{ "two roles", "critical,CA:FALSE", "critical,digitalSignature",
		"URI:cordon:officer:a,URI:cordon:site:a", NULL, 0, false, false },
	{ "a second one in capitals", "critical,CA:FALSE", "critical,digitalSignature",
		"URI:cordon:site:a,URI:CORDON:site:b", NULL, 0, false, false },
	{ "in capitals", "critical,CA:FALSE", "critical,digitalSignature", "URI:Cordon:site:a",
		NULL, 0, false, false },
	{ "no cordon name", "critical,CA:FALSE", "critical,digitalSignature", "DNS:a.example", NULL,
		0, false, false },
	{ "the name as DNS", "critical,CA:FALSE", "critical,digitalSignature", "DNS:cordon:site:a",
		NULL, 0, false, false },
	{ "no names", "critical,CA:FALSE", "critical,digitalSignature", NULL, NULL, 0, false,
		false },
	{ "empty name", "critical,CA:FALSE", "critical,digitalSignature", "URI:cordon:site:", NULL,
		0, false, false },
	{ "a colon more", "critical,CA:FALSE", "critical,digitalSignature", "URI:cordon:site:a:b",
		NULL, 0, false, false },
	{ "a space", "critical,CA:FALSE", "critical,digitalSignature", "URI:cordon:site:a b", NULL,
		0, false, false },
	{ "longer role", "critical,CA:FALSE", "critical,digitalSignature", "URI:cordon:sites:a",
		NULL, 0, false, false },
	{ "a CA", "critical,CA:TRUE", "critical,digitalSignature,keyCertSign", "URI:cordon:site:a",
		NULL, 0, false, false },
	{ "no constraints", NULL, "critical,digitalSignature", "URI:cordon:site:a", NULL, 0, false,
		false },
	{ "constraints not critical", "CA:FALSE", "critical,digitalSignature", "URI:cordon:site:a",
		NULL, 0, false, false },
	{ "no usage", "critical,CA:FALSE", NULL, "URI:cordon:site:a", NULL, 0, false, false },
	{ "other usage", "critical,CA:FALSE", "critical,keyAgreement", "URI:cordon:site:a", NULL, 0,
		false, false },
	{ "unknown and critical", "critical,CA:FALSE", "critical,digitalSignature",
		"URI:cordon:site:a", "critical,DER:0500", 0, false, false },
	{ "unknown, not critical", "critical,CA:FALSE", "critical,digitalSignature",
		"URI:cordon:site:a", "DER:0500", 0, false, true },
	{ "P-256 key", "critical,CA:FALSE", "critical,digitalSignature", "URI:cordon:site:a", NULL,
		1, false, false },
	{ "X25519 key", "critical,CA:FALSE", "critical,digitalSignature", "URI:cordon:site:a", NULL,
		2, false, false },
	{ "version 1", NULL, NULL, NULL, NULL, 0, true, false },
};

static void forge_extension(X509 *cert, X509V3_CTX *ctx, int nid, const char *value)
{
	if (value == NULL)
		return;
	X509_EXTENSION *ext = X509V3_EXT_conf_nid(NULL, ctx, nid, value);
	ck_assert_ptr_nonnull(ext);
	ck_assert_int_eq(X509_add_ext(cert, ext, -1), 1);
	X509_EXTENSION_free(ext);
}

static X509 *forge(const struct federation *f, const struct forgery *how, EVP_PKEY *const keys[3])
{
	X509 *cert = X509_new();
	X509V3_CTX ctx;

	X509_set_version(cert, how->version1 ? X509_VERSION_1 : X509_VERSION_3);
	ASN1_INTEGER_set(X509_get_serialNumber(cert), 77);
	ASN1_TIME_set(X509_getm_notBefore(cert), (time_t)MIDNIGHT);
	ASN1_TIME_set(X509_getm_notAfter(cert), (time_t)(MIDNIGHT + 9 * DAY));
	X509_set_issuer_name(cert, X509_get_subject_name(f->root));
	X509_NAME_add_entry_by_txt(X509_get_subject_name(cert), "CN", MBSTRING_ASC,
		(const unsigned char *)"forged", -1, -1, 0);
	X509_set_pubkey(cert, keys[how->key]);
	X509V3_set_ctx(&ctx, f->root, cert, NULL, NULL, 0);
	if (!how->version1)
		forge_extension(cert, &ctx, NID_authority_key_identifier, "keyid:always");
	forge_extension(cert, &ctx, NID_basic_constraints, how->constraints);
	forge_extension(cert, &ctx, NID_key_usage, how->usage);
	forge_extension(cert, &ctx, NID_subject_alt_name, how->names);
	forge_extension(cert, &ctx, OBJ_txt2nid("1.2.3.4.5"), how->extra);
	ck_assert_int_gt(X509_sign(cert, f->root_key, NULL), 0);
	return cert;
}

START_TEST(one_broken_rule_is_enough_to_be_refused)
{
	struct federation f = federation();
	EVP_PKEY *keys[3] = { f.key, NULL, EVP_PKEY_Q_keygen(NULL, NULL, "X25519") };
	struct seen seen;

	ck_assert_int_ne(OBJ_create("1.2.3.4.5", "cordonTest", "cordonTest"), NID_undef);
	OK(identity_new_web_key(&keys[1], &err));
	for (size_t i = 0; i < sizeof(forgeries) / sizeof(forgeries[0]); i++) {
		X509 *cert = forge(&f, &forgeries[i], keys);
		err = (struct error){ .code = E_NONE };
		int ret = check_at(&f, cert, "site", NOW, &seen);
		ck_assert_msg((ret == 0) == forgeries[i].good, "%s: %d (%s)", forgeries[i].why, ret,
			err.log);
		if (ret == 0)
			ck_assert_str_eq(seen.serial, "4d");
		else
			ck_assert_int_eq(err.code, E_CRYPTO);
		X509_free(cert);
	}
	EVP_PKEY_free(keys[1]);
	EVP_PKEY_free(keys[2]);
	federation_end(&f);
}
END_TEST

START_TEST(a_zero_byte_does_not_end_a_name)
{
	struct federation f = federation();
	struct forgery plain = forgeries[0];

	plain.names = NULL;
	EVP_PKEY *keys[3] = { f.key, NULL, NULL };
	X509 *cert = forge(&f, &plain, keys);
	GENERAL_NAMES *names = GENERAL_NAMES_new();
	GENERAL_NAME *gn = GENERAL_NAME_new();
	ASN1_IA5STRING *uri = ASN1_IA5STRING_new();
	ASN1_STRING_set(uri, "cordon:site:a\0b", 15);
	GENERAL_NAME_set0_value(gn, GEN_URI, uri);
	sk_GENERAL_NAME_push(names, gn);
	ck_assert_int_eq(X509_add1_ext_i2d(cert, NID_subject_alt_name, names, 0, 0), 1);
	ck_assert_int_gt(X509_sign(cert, f.root_key, NULL), 0);
	refused(&f, cert, "site", NOW);
	GENERAL_NAMES_free(names);
	X509_free(cert);
	federation_end(&f);
}
END_TEST

START_TEST(no_truncation_and_no_changed_byte_of_a_certificate_is_accepted)
{
	struct federation f = federation();
	struct seen seen;
	X509 *cert;
	uint8_t *der;
	size_t len;

	OK(identity_issue(&cert, f.root, f.root_key, f.key, "site", "a", NULL, NOW, 30, &err));
	OK(identity_cert_der(cert, &der, &len, &err));
	uint8_t *copy = malloc(len + 1);
	ck_assert_ptr_nonnull(copy);
	for (size_t cut = 0; cut < len; cut++) {
		uint8_t *exact = malloc(cut + 1); /* so that a sanitizer sees a byte too far */
		memcpy(exact, der, cut);
		FAILS(identity_check(f.root, exact, cut, "site", NOW, seen.name, seen.serial,
			      seen.key, &err),
			E_CRYPTO);
		free(exact);
	}
	for (size_t at = 0; at < len; at++) {
		memcpy(copy, der, len);
		copy[at] ^= (uint8_t)(1 << at % 8);
		FAILS(identity_check(f.root, copy, len, "site", NOW, seen.name, seen.serial,
			      seen.key, &err),
			E_CRYPTO);
	}
	memcpy(copy, der, len);
	copy[len] = 0;
	FAILS(identity_check(
		      f.root, copy, len + 1, "site", NOW, seen.name, seen.serial, seen.key, &err),
		E_CRYPTO);
	FAILS(identity_check(f.root, NULL, 0, "site", NOW, seen.name, seen.serial, seen.key, &err),
		E_CRYPTO);
	free(copy);
	free(der);
	X509_free(cert);
	federation_end(&f);
}
END_TEST

static int remembered(struct identity_seen *seen, const X509 *cert, int64_t now_s,
	const struct identity_holder **out)
{
	uint8_t *der;
	size_t len;

	OK(identity_cert_der(cert, &der, &len, &err));
	int ret = identity_seen_check(seen, der, len, now_s, out, &err);
	free(der);
	return ret;
}

/* W1, W2 of identity_seen.h. */
START_TEST(what_was_checked_before_is_checked_for_the_moment_alone)
{
	struct federation f = federation(), other = federation();
	const struct identity_holder *holder;
	struct identity_seen *seen;
	X509 *cert, *foreign, *site;
	struct seen fresh;

	OK(identity_issue(&cert, f.root, f.root_key, f.key, "person", "li@renmin.example", NULL,
		NOW, 30, &err));
	OK(identity_issue(&site, f.root, f.root_key, f.key, "site", "renmin", NULL, NOW, 30, &err));
	OK(identity_issue(&foreign, other.root, other.root_key, f.key, "person",
		"li@renmin.example", NULL, NOW, 30, &err));
	OK(check_at(&f, cert, "person", NOW, &fresh));
	OK(identity_seen_new(&seen, f.root, "person", &err));
	for (int i = 0; i < 3; i++) {
		OK(remembered(seen, cert, NOW + i * DAY, &holder));
		ck_assert_str_eq(holder->name, fresh.name);
		ck_assert_mem_eq(holder->key, fresh.key, 32);
		ck_assert_int_eq(X509_cmp(holder->cert, cert), 0);
		FAILS(remembered(seen, foreign, NOW, &holder), E_CRYPTO);
		FAILS(remembered(seen, site, NOW, &holder), E_CRYPTO);
	}
	FAILS(remembered(seen, cert, NOW + 31 * DAY, &holder), E_CRYPTO);
	FAILS(remembered(seen, cert, NOW - 2 * DAY, &holder), E_CRYPTO);
	OK(remembered(seen, cert, NOW, &holder)); /* a clock that was put right again */
	identity_seen_free(seen);
	X509_free(cert);
	X509_free(site);
	X509_free(foreign);
	federation_end(&f);
	federation_end(&other);
}
END_TEST

START_TEST(more_people_than_are_remembered_are_known_all_the_same)
{
	struct federation f = federation();
	const struct identity_holder *holder;
	struct identity_seen *seen;
	X509 *certs[SEEN_MOST + 3];
	char name[32];

	OK(identity_seen_new(&seen, f.root, "person", &err));
	for (int i = 0; i < SEEN_MOST + 3; i++) {
		snprintf(name, sizeof(name), "p%d@uni.example", i);
		OK(identity_issue(
			&certs[i], f.root, f.root_key, f.key, "person", name, NULL, NOW, 30, &err));
	}
	for (int i = 0; i < 2 * (SEEN_MOST + 3); i++) {
		snprintf(name, sizeof(name), "p%d@uni.example", i % (SEEN_MOST + 3));
		OK(remembered(seen, certs[i % (SEEN_MOST + 3)], NOW, &holder));
		ck_assert_str_eq(holder->name, name);
	}
	identity_seen_free(seen);
	for (int i = 0; i < SEEN_MOST + 3; i++)
		X509_free(certs[i]);
	federation_end(&f);
}
END_TEST

UNIT_MAIN("identity", what_was_checked_before_is_checked_for_the_moment_alone,
	more_people_than_are_remembered_are_known_all_the_same,
	a_member_is_known_by_role_name_serial_and_key, names_have_1_to_255_letters_of_a_short_list,
	validity_is_from_this_midnight_to_the_end_of_the_last_day,
	days_and_times_out_of_range_are_refused,
	a_root_is_a_ca_of_one_step_with_the_federations_name, another_roots_members_are_strangers,
	keys_and_roles_that_do_not_fit_are_refused, a_gateway_answers_to_its_hosts_and_addresses,
	hosts_that_are_neither_names_nor_addresses_are_refused,
	the_web_certificate_is_its_own_anchor_for_a_tls_server,
	one_broken_rule_is_enough_to_be_refused, a_zero_byte_does_not_end_a_name,
	no_truncation_and_no_changed_byte_of_a_certificate_is_accepted)
