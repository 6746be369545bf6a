/*
 * test_tls.c - wire/tls.h and wire/revoked.h: what makes a context, and who a certificate is.
 * Handshakes are in test_channel.c.
 */
#include "tests/unit/federation.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "wire/revoked.h"

static struct error err;

static void begin(void)
{
	federation_begin();
	fed_issue("gateway", "gateway", "gw", "127.0.0.1,gateway.example.org");
	fed_issue("site", "site", "renmin", NULL);
}

static void ck_says(const char *part)
{
	ck_assert_msg(strstr(err.log, part) != NULL, "\"%s\" does not say \"%s\"", err.log, part);
	ck_assert_str_ne(err.say.zh, "");
}

static struct tls_files good_files(void)
{
	return (struct tls_files){ fed_path("root", ".pem"), fed_path("site", ".pem"),
		fed_path("site", ".key"), NULL };
}

static void ck_unusable(const struct tls_files *files, const char *says)
{
	SSL_CTX *ctx = NULL;

	FAILS(tls_channel_context(&ctx, files, false, &err), E_INPUT);
	ck_assert_ptr_null(ctx);
	ck_says(says);
	ck_assert_uint_eq(ERR_peek_error(), 0);
}

START_TEST(good_files_make_a_context)
{
	struct tls_files files = good_files();
	SSL_CTX *ctx;

	OK(tls_channel_context(&ctx, &files, false, &err));
	SSL_CTX_free(ctx);
	OK(tls_channel_context(&ctx, &files, true, &err));
	SSL_CTX_free(ctx);
}
END_TEST

START_TEST(a_missing_or_malformed_file_is_named)
{
	struct tls_files files = good_files();

	files.root = fed_path("nobody", ".pem");
	ck_unusable(&files, "federation root");
	ck_says("nobody.pem");
	files = good_files();
	files.cert = fed_path("nobody", ".pem");
	ck_unusable(&files, "certificate \"");
	files = good_files();
	files.key = fed_path("nobody", ".key");
	ck_unusable(&files, "nobody.key\": No such file");
	fed_write("junk", ".pem", "-----BEGIN CERTIFICATE-----\nAAAA\n", 0600);
	files = good_files();
	files.root = fed_path("junk", ".pem");
	ck_unusable(&files, "junk.pem");
	files = good_files();
	files.cert = fed_path("junk", ".pem");
	ck_unusable(&files, "junk.pem");
	files = good_files();
	files.key = fed_path("junk", ".pem");
	ck_unusable(&files, "junk.pem");
}
END_TEST

START_TEST(a_key_that_others_may_read_is_refused)
{
	static const mode_t open_modes[] = { 0640, 0604, 0660, 0610 };
	struct tls_files files = good_files();

	for (size_t i = 0; i < 4; i++) {
		ck_assert_int_eq(chmod(fed_path("site", ".key"), open_modes[i]), 0);
		ck_unusable(&files, "open to group or others");
	}
	ck_assert_int_eq(chmod(fed_path("site", ".key"), 0400), 0);
	SSL_CTX *ctx;
	OK(tls_channel_context(&ctx, &files, false, &err));
	SSL_CTX_free(ctx);
}
END_TEST

START_TEST(a_key_of_another_certificate_is_refused)
{
	struct tls_files files = good_files();

	files.key = fed_path("gateway", ".key");
	ck_unusable(&files, "gateway.key");
}
END_TEST

START_TEST(an_encrypted_key_is_refused_without_a_question)
{
	struct tls_files files = good_files();
	EVP_PKEY *key;
	FILE *f = fopen(fed_path("locked", ".key"), "w");
	char word[] = "word";

	ck_assert_ptr_nonnull(f);
	OK(identity_new_key(&key, &err));
	ck_assert_int_eq(PEM_write_PrivateKey(
				 f, key, EVP_aes_256_cbc(), (unsigned char *)word, 4, NULL, NULL),
		1);
	fclose(f);
	EVP_PKEY_free(key);
	ck_assert_int_eq(chmod(fed_path("locked", ".key"), 0600), 0);
	files.key = fed_path("locked", ".key");
	ck_unusable(&files, "locked.key");
}
END_TEST

START_TEST(a_revocation_list_must_be_there_and_well_formed)
{
	struct tls_files files = good_files();

	files.revoked = fed_path("revoked", "");
	ck_unusable(&files, "revoked");
	fed_write("revoked", "", "# retired\n0a1B\n\nxyz\n", 0644);
	ck_unusable(&files, "line 4");
	fed_write("revoked", "", "0a1\n", 0644);
	SSL_CTX *ctx;
	OK(tls_channel_context(&ctx, &files, true, &err));
	SSL_CTX_free(ctx);
	/* more than the 20 octets a serial may have */
	fed_write("revoked", "", "0000123456789012345678901234567890123456789a\n", 0644);
	OK(tls_channel_context(&ctx, &files, true, &err));
	SSL_CTX_free(ctx);
	fed_write("revoked", "", "f0123456789012345678901234567890123456789a\n", 0644);
	ck_unusable(&files, "line 1");
}
END_TEST

START_TEST(a_serial_is_found_in_any_spelling_and_after_every_change_of_the_file)
{
	X509 *cert = fed_issue_at("other", "site", "other", NULL, time(NULL), 30, 0);
	X509 *site = fed_issue_at("site", "site", "renmin", NULL, time(NULL), 30, 0);
	char serial[64], list[256];
	struct revoked *rv;

	fed_write("revoked", "", "# none\r\n", 0644);
	OK(revoked_open(&rv, fed_path("revoked", ""), &err));
	ck_assert_int_eq(revoked_has(rv, cert, &err), 0);

	fed_serial(cert, serial);
	for (char *c = serial; *c != '\0'; c++)
		if (*c >= 'a')
			*c = (char)(*c - 'a' + 'A');
	snprintf(list, sizeof(list), "1\nffff\n00%s  \r\n0\n", serial);
	fed_write("revoked", "", list, 0644);
	ck_assert_int_eq(revoked_has(rv, cert, &err), 1);
	ck_assert_int_eq(revoked_has(rv, site, &err), 0);

	/* a list that cannot be read lets nobody in, until it can */
	fed_write("revoked", "", "oops\n", 0644);
	ck_assert_int_eq(revoked_has(rv, site, &err), -1);
	ck_assert_int_eq(err.code, E_INPUT);
	ck_assert_int_eq(revoked_has(rv, site, &err), -1);
	unlink(fed_path("revoked", ""));
	ck_assert_int_eq(revoked_has(rv, site, &err), -1);
	fed_write("revoked", "", "", 0644);
	ck_assert_int_eq(revoked_has(rv, cert, &err), 0);
	revoked_free(rv);
	revoked_free(NULL);
	X509_free(cert);
	X509_free(site);
}
END_TEST

/* A certificate with these subject alternative names (OpenSSL's configuration syntax), unsigned. */
static X509 *named(const char *alt)
{
	X509 *cert = X509_new();
	X509_EXTENSION *ext;

	if (alt != NULL) {
		ext = X509V3_EXT_conf_nid(NULL, NULL, NID_subject_alt_name, alt);
		ck_assert_ptr_nonnull(ext);
		ck_assert_int_eq(X509_add_ext(cert, ext, -1), 1);
		X509_EXTENSION_free(ext);
	}
	return cert;
}

START_TEST(the_uri_names_role_and_holder)
{
	static const struct {
		const char *alt;
		enum tls_role role;
		const char *name;
	} rows[] = {
		{ "URI:cordon:site:renmin", TLS_ROLE_SITE, "renmin" },
		{ "DNS:gw.example.org,URI:cordon:gateway:gw.example.org", TLS_ROLE_GATEWAY,
			"gw.example.org" },
		{ "URI:cordon:person:wang@example.org", TLS_ROLE_PERSON, "wang@example.org" },
		{ "URI:https://example.org/,URI:cordon:officer:li", TLS_ROLE_OFFICER, "li" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		X509 *cert = named(rows[i].alt);
		struct tls_peer peer;

		OK(tls_peer_of(cert, &peer, &err));
		ck_assert_int_eq(peer.role, rows[i].role);
		ck_assert_str_eq(peer.name, rows[i].name);
		X509_free(cert);
	}
}
END_TEST

START_TEST(a_certificate_without_exactly_one_good_uri_names_nobody)
{
	static const char *const bad[] = { NULL, "DNS:cordon.site.renmin",
		"URI:cordon:site:renmin,URI:cordon:site:xiehe",
		"URI:cordon:site:renmin,URI:cordon:gateway:gw",
		"URI:cordon:site:", "URI:cordon:site", "URI:cordon:admin:x",
		"URI:cordon:", "URI:cordon::x", "URI:cordon:sites:x", "URI:cordon:site:ren min",
		"URI:cordon:site:../x", "email:cordon:site:renmin", "URI:CORDON:site:renmin" };

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		X509 *cert = named(bad[i]);
		struct tls_peer peer = { .role = TLS_ROLE_OFFICER, .name = "untouched" };

		FAILS(tls_peer_of(cert, &peer, &err), E_CRYPTO);
		ck_assert_str_eq(peer.name, "untouched");
		X509_free(cert);
	}
}
END_TEST

START_TEST(a_zero_byte_or_an_endless_name_in_the_uri_is_refused)
{
	static const char zero[] = "cordon:site:renmin\0.evil";
	static char endless[14 + MAX_NAME + 1];
	const struct {
		const char *at;
		size_t len;
		int good;
	} uris[] = {
		{ zero, sizeof(zero) - 1, 0 },
		{ endless, 14 + MAX_NAME, 1 },
		{ endless, 14 + MAX_NAME + 1, 0 },
	};
	struct tls_peer peer;

	memset(endless, 'x', sizeof(endless));
	memcpy(endless, "cordon:person:", 14);
	for (size_t i = 0; i < 3; i++) {
		GENERAL_NAMES *names = GENERAL_NAMES_new();
		GENERAL_NAME *name = GENERAL_NAME_new();
		ASN1_IA5STRING *uri = ASN1_IA5STRING_new();
		X509 *cert = X509_new();

		ASN1_STRING_set(uri, uris[i].at, (int)uris[i].len);
		GENERAL_NAME_set0_value(name, GEN_URI, uri);
		sk_GENERAL_NAME_push(names, name);
		ck_assert_int_eq(X509_add1_ext_i2d(cert, NID_subject_alt_name, names, 0, 0), 1);
		if (uris[i].good)
			OK(tls_peer_of(cert, &peer, &err));
		else
			FAILS(tls_peer_of(cert, &peer, &err), E_CRYPTO);
		GENERAL_NAMES_free(names);
		X509_free(cert);
	}
}
END_TEST

START_TEST(web_contexts_need_their_files)
{
	SSL_CTX *ctx = NULL;

	OK(tls_web_context(&ctx, fed_path("gateway", ".pem"), fed_path("gateway", ".key"), &err));
	SSL_CTX_free(ctx);
	ctx = NULL;
	FAILS(tls_web_context(&ctx, fed_path("gateway", ".pem"), fed_path("site", ".key"), &err),
		E_INPUT);
	FAILS(tls_web_client_context(&ctx, fed_path("nobody", ".pem"), &err), E_INPUT);
	ck_says("nobody.pem");
	ck_assert_ptr_null(ctx);
	OK(tls_web_client_context(&ctx, NULL, &err));
	SSL_CTX_free(ctx);
}
END_TEST

/* Runs a handshake between two SSLs in memory; returns whether the client was content. */
static int shake(SSL *client, SSL *server)
{
	BIO *a, *b;
	int c = 0, s = 0;

	ck_assert_int_eq(BIO_new_bio_pair(&a, 0, &b, 0), 1);
	SSL_set_bio(client, a, a);
	SSL_set_bio(server, b, b);
	SSL_set_connect_state(client);
	SSL_set_accept_state(server);
	for (int i = 0; i < 10 && (c != 1 || s != 1); i++) {
		c = SSL_do_handshake(client);
		s = SSL_do_handshake(server);
	}
	ERR_clear_error();
	return c == 1;
}

static int web_client_accepts(const char *trusted, const char *host)
{
	SSL_CTX *sctx, *cctx;
	SSL *client, *server;
	int content;

	OK(tls_web_context(&sctx, fed_path("web", ".pem"), fed_path("web", ".key"), &err));
	OK(tls_web_client_context(&cctx, fed_path(trusted, ".pem"), &err));
	client = SSL_new(cctx);
	server = SSL_new(sctx);
	if (host != NULL)
		OK(tls_want_host(client, host, &err));
	content = shake(client, server);
	SSL_free(client);
	SSL_free(server);
	SSL_CTX_free(cctx);
	SSL_CTX_free(sctx);
	return content;
}

START_TEST(a_web_client_trusts_only_its_file_and_the_host_it_wanted)
{
	EVP_PKEY *key;
	X509 *cert;
	SSL_CTX *ctx;
	SSL *ssl;

	OK(identity_new_web_key(&key, &err));
	OK(identity_new_web(&cert, key, "portal.example.org,127.0.0.1", time(NULL), 30, &err));
	fed_write_cert("web", cert);
	fed_write_key("web", key);
	ck_assert(web_client_accepts("web", "portal.example.org"));
	ck_assert(web_client_accepts("web", "127.0.0.1"));
	ck_assert(!web_client_accepts("web", "other.example.org"));
	ck_assert(!web_client_accepts("web", "127.0.0.2"));
	ck_assert(!web_client_accepts("root", "portal.example.org"));
	ck_assert(!web_client_accepts("web", NULL)); /* forgot to say whom it wants */
	OK(tls_web_client_context(&ctx, NULL, &err));
	ssl = SSL_new(ctx);
	FAILS(tls_want_host(ssl, "", &err), E_INPUT);
	SSL_free(ssl);
	SSL_CTX_free(ctx);
	X509_free(cert);
	EVP_PKEY_free(key);
}
END_TEST

START_TEST(a_peer_whose_certificate_expires_on_the_line_is_noticed)
{
	SSL_CTX *sctx = fed_context("gateway", "root", NULL, 1);
	SSL_CTX *cctx = fed_context("site", "root", NULL, 0);
	SSL *client = SSL_new(cctx), *server = SSL_new(sctx);
	int64_t now = time(NULL);

	ck_assert(shake(client, server));
	OK(tls_peer_still(server, now, &err));
	OK(tls_peer_still(client, now, &err));
	FAILS(tls_peer_still(server, now + 4000 * DAY, &err), E_CRYPTO);
	ck_says("it has expired");
	FAILS(tls_peer_still(client, now + 4000 * DAY, &err), E_CRYPTO);
	SSL_free(client);
	SSL_free(server);
	SSL_CTX_free(cctx);
	SSL_CTX_free(sctx);
}
END_TEST

START_TEST(people_are_served_over_tls_1_3_only)
{
	EVP_PKEY *key;
	X509 *cert;
	SSL_CTX *sctx, *old = SSL_CTX_new(TLS_client_method());
	SSL *client, *server;

	OK(identity_new_web_key(&key, &err));
	OK(identity_new_web(&cert, key, "127.0.0.1", time(NULL), 30, &err));
	fed_write_cert("web", cert);
	fed_write_key("web", key);
	OK(tls_web_context(&sctx, fed_path("web", ".pem"), fed_path("web", ".key"), &err));
	for (int most = TLS1_2_VERSION; most <= TLS1_3_VERSION; most++) {
		ck_assert_int_eq(SSL_CTX_set_max_proto_version(old, most), 1);
		client = SSL_new(old);
		server = SSL_new(sctx);
		ck_assert_int_eq(shake(client, server), most == TLS1_3_VERSION);
		SSL_free(client);
		SSL_free(server);
	}
	SSL_CTX_free(old);
	SSL_CTX_free(sctx);
	X509_free(cert);
	EVP_PKEY_free(key);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("tls");
	TCase *c = tcase_create("tls");
	SRunner *r = srunner_create(s);
	int failed;

	tcase_add_checked_fixture(c, begin, federation_end);
	tcase_add_test(c, good_files_make_a_context);
	tcase_add_test(c, a_missing_or_malformed_file_is_named);
	tcase_add_test(c, a_key_that_others_may_read_is_refused);
	tcase_add_test(c, a_key_of_another_certificate_is_refused);
	tcase_add_test(c, an_encrypted_key_is_refused_without_a_question);
	tcase_add_test(c, a_revocation_list_must_be_there_and_well_formed);
	tcase_add_test(c, a_serial_is_found_in_any_spelling_and_after_every_change_of_the_file);
	tcase_add_test(c, the_uri_names_role_and_holder);
	tcase_add_test(c, a_certificate_without_exactly_one_good_uri_names_nobody);
	tcase_add_test(c, a_zero_byte_or_an_endless_name_in_the_uri_is_refused);
	tcase_add_test(c, web_contexts_need_their_files);
	tcase_add_test(c, a_web_client_trusts_only_its_file_and_the_host_it_wanted);
	tcase_add_test(c, a_peer_whose_certificate_expires_on_the_line_is_noticed);
	tcase_add_test(c, people_are_served_over_tls_1_3_only);
	suite_add_tcase(s, c);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
