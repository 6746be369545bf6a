/*
 * test_handshake.c - wire/channel.h and wire/tls.h: dialling, and who is let in.
 */
#include "tests/unit/lines.h"

#include <event2/dns.h>

/* ---- dialling ---- */

START_TEST(a_refused_connection_is_an_end_from_the_loop)
{
	evconnlistener_disable(listener);
	evconnlistener_free(listener);
	dial_as(site_ctx);
	ck_assert_int_eq(site.ended, 0);
	ck_ended(&site, E_SYSTEM, "127.0.0.1 port ");
	ck_assert_ptr_nonnull(strstr(site.why.log, "could not connect: Connection refused"));
	listener = evconnlistener_new(
		base, accepted, NULL, LEV_OPT_CLOSE_ON_FREE, 1, socket(AF_INET, SOCK_STREAM, 0));
}
END_TEST

START_TEST(names_need_a_resolver)
{
	struct evdns_base *dns = evdns_base_new(base, EVDNS_BASE_DISABLE_WHEN_INACTIVE);
	struct sockaddr_in nowhere = { .sin_family = AF_INET, .sin_port = htons(1) };
	/* nothing listens at the first address: the second is tried */
	char hosts[] = "127.0.0.9 localhost\n127.0.0.1 localhost\n";

	site.c = NULL;
	FAILS(channel_dial(&site.c, base, NULL, site_ctx, "localhost", port, TLS_ROLE_GATEWAY,
		      &calls, &site, &err),
		E_INPUT);
	ck_assert_ptr_null(site.c);
	fed_write("hosts", "", hosts, 0644);
	ck_assert_int_eq(evdns_base_load_hosts(dns, fed_path("hosts", "")), 0);
	in_call = true;
	OK(channel_dial(&site.c, base, dns, site_ctx, "localhost", port, TLS_ROLE_GATEWAY, &calls,
		&site, &err));
	in_call = false;
	ck_assert(turn(&site.opened, 30000));
	ck_assert(turn(&gw.opened, 30000));
	channel_end(site.c);
	ck_assert(turn(&site.ended, 30000));
	ck_assert(turn(&gw.ended, 30000));

	/* A name server that does not answer: given up while the look-up is under way. */
	nowhere.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	ck_assert_int_eq(evdns_base_nameserver_sockaddr_add(
				 dns, (struct sockaddr *)&nowhere, sizeof(nowhere), 0),
		0);
	site = (struct side){ .c = NULL };
	OK(channel_dial(&site.c, base, dns, site_ctx, "gateway.invalid", port, TLS_ROLE_GATEWAY,
		&calls, &site, &err));
	channel_end(site.c);
	ck_ended(&site, E_NONE, "");
	turn(NULL, 20);
	evdns_base_free(dns, 1);
	turn(NULL, 20);
}
END_TEST

/* ---- who is let in ---- */

/* A site with these files is refused by the gateway for this reason, and never opened there. */
static void ck_site_refused(const char *name, const char *why)
{
	SSL_CTX *ctx = fed_context(name, "root", NULL, 0);

	gw = site = (struct side){ .c = NULL };
	dial_as(ctx);
	ck_ended(&gw, E_CRYPTO, why);
	ck_assert_int_eq(gw.opened, 0);
	ck_assert(turn(&site.ended, 30000));
	ck_assert_int_eq(site.messages, 0);
	SSL_CTX_free(ctx);
}

START_TEST(a_site_that_is_no_site_expired_too_early_or_foreign_is_refused)
{
	int64_t now = time(NULL);

	fed_issue("person", "person", "wang", NULL);
	ck_site_refused("person", "it is for person \"wang\", wanted is a site");
	fed_issue("rogue", "gateway", "gw2", NULL);
	ck_site_refused("rogue", "it is for gateway \"gw2\", wanted is a site");
	X509_free(fed_issue_at("expired", "site", "renmin", NULL, now - 60 * DAY, 30, 0));
	ck_site_refused("expired", "certificate has expired");
	X509_free(fed_issue_at("early", "site", "renmin", NULL, now + 10 * DAY, 30, 0));
	ck_site_refused("early", "certificate is not yet valid");
	X509_free(fed_issue_at("stranger", "site", "renmin", NULL, now, 30, 1));
	ck_site_refused("stranger", "certificate verify failed");
}
END_TEST

START_TEST(a_revoked_site_is_refused_as_soon_as_the_list_says_so)
{
	X509 *cert = fed_issue_at("site", "site", "renmin", NULL, time(NULL), 30, 0);
	char serial[64];

	fed_write("revoked", "", "# none\n", 0644);
	SSL_CTX_free(gateway_ctx);
	gateway_ctx = fed_context("gateway", "root", "revoked", 1);
	SSL_CTX_free(site_ctx);
	site_ctx = fed_context("site", "root", NULL, 0);
	both_open();
	channel_end(site.c);
	ck_assert(turn(&site.ended, 30000));
	ck_assert(turn(&gw.ended, 30000));

	fed_write("revoked", "", fed_serial(cert, serial), 0644);
	ck_site_refused("site", "certificate revoked");
	fed_write("revoked", "", "not hexadecimal", 0644);
	ck_site_refused("site", "unable to get certificate CRL");
	X509_free(cert);
}
END_TEST

START_TEST(a_site_revoked_while_it_is_on_the_line_is_sent_away)
{
	X509 *cert = fed_issue_at("site", "site", "renmin", NULL, time(NULL), 30, 0);
	char serial[64];

	fed_write("revoked", "", "# none\n", 0644);
	SSL_CTX_free(gateway_ctx);
	gateway_ctx = fed_context("gateway", "root", "revoked", 1);
	SSL_CTX_free(site_ctx);
	site_ctx = fed_context("site", "root", NULL, 0);
	both_open();
	channel_set_times(gw.c, 0, 20);
	ck_assert(!turn(&gw.ended, 200));
	fed_write("revoked", "", "not hexadecimal", 0644);
	ck_assert(!turn(&gw.ended, 200)); /* a slip in the list sends nobody away */
	fed_write("revoked", "", fed_serial(cert, serial), 0644);
	ck_ended(&gw, E_CRYPTO, "site renmin: certificate refused: it was revoked");
	ck_ended(&site, E_SYSTEM, "closed the line");
	X509_free(cert);
}
END_TEST

/* A site that meets a gateway with these files ends the line for this reason, and never opens it.
 */
static void ck_gateway_refused(const char *name, const char *why)
{
	SSL_CTX_free(gateway_ctx);
	gateway_ctx = fed_context(name, "root", NULL, 1);
	gw = site = (struct side){ .c = NULL };
	dial_as(site_ctx);
	ck_ended(&site, E_CRYPTO, why);
	ck_assert_int_eq(site.opened, 0);
	ck_assert(turn(&gw.ended, 30000));
}

START_TEST(a_gateway_of_another_host_role_root_or_time_is_refused)
{
	int64_t now = time(NULL);
	const char *const hosts = "127.0.0.1";

	fed_issue("elsewhere", "gateway", "gw", "127.0.0.2,gateway.example.org");
	ck_gateway_refused("elsewhere", "IP address mismatch");
	fed_issue("hostless", "gateway", "gw", NULL);
	ck_gateway_refused("hostless", "IP address mismatch");
	X509_free(fed_issue_at("old", "gateway", "gw", hosts, now - 60 * DAY, 30, 0));
	ck_gateway_refused("old", "certificate has expired");
	X509_free(fed_issue_at("alien", "gateway", "gw", hosts, now, 30, 1));
	ck_gateway_refused("alien", "certificate verify failed");
	fed_issue("gateway", "gateway", "gw", hosts);
	site_wants = TLS_ROLE_SITE;
	ck_gateway_refused("gateway", "it is for gateway \"gw\", wanted is a site");
}
END_TEST

static SSL_CTX *plain_context(const SSL_METHOD *method, const char *name)
{
	SSL_CTX *ctx = SSL_CTX_new(method);

	if (name != NULL) {
		ck_assert_int_eq(
			SSL_CTX_use_certificate_chain_file(ctx, fed_path(name, ".pem")), 1);
		ck_assert_int_eq(
			SSL_CTX_use_PrivateKey_file(ctx, fed_path(name, ".key"), SSL_FILETYPE_PEM),
			1);
	}
	return ctx;
}

START_TEST(a_peer_without_certificate_protocol_or_tls_1_3_is_refused)
{
	raw_ctx = plain_context(TLS_client_method(), NULL);
	SSL_CTX_set_alpn_protos(raw_ctx, (const unsigned char *)"\x08" CORDON_ALPN, 9);
	raw_dial(raw_ctx);
	ck_ended(&gw, E_CRYPTO, "peer did not return a certificate");
	bufferevent_free(raw.bev);
	SSL_CTX_free(raw_ctx);

	raw_ctx = plain_context(TLS_client_method(), "site");
	gw = (struct side){ .c = NULL };
	raw_dial(raw_ctx);
	ck_ended(&gw, E_CRYPTO, "the peer did not choose ALPN cordon/1");
	ck_assert_int_eq(gw.opened, 0);
	bufferevent_free(raw.bev);

	SSL_CTX_set_alpn_protos(raw_ctx, (const unsigned char *)"\x02h2", 3);
	gw = (struct side){ .c = NULL };
	raw_dial(raw_ctx);
	ck_ended(&gw, E_CRYPTO, "handshake: ");
	bufferevent_free(raw.bev);

	SSL_CTX_set_alpn_protos(raw_ctx, (const unsigned char *)"\x08" CORDON_ALPN, 9);
	SSL_CTX_set_max_proto_version(raw_ctx, TLS1_2_VERSION);
	gw = (struct side){ .c = NULL };
	raw_dial(raw_ctx);
	ck_ended(&gw, E_CRYPTO, "unsupported protocol");
}
END_TEST

START_TEST(a_gateway_that_does_not_speak_the_protocol_is_refused)
{
	raw_ctx = plain_context(TLS_server_method(), "gateway");
	accept_raw = true;
	dial_as(site_ctx);
	ck_ended(&site, E_CRYPTO, "the peer did not choose ALPN cordon/1");
	ck_assert_int_eq(site.opened, 0);
}
END_TEST

START_TEST(a_peer_that_does_not_speak_tls_is_refused)
{
	int fd = tcp_to_listener();

	ck_assert_int_eq(write(fd, "GET / HTTP/1.0\r\n\r\n", 18), 18);
	ck_ended(&gw, E_CRYPTO, "handshake: ");
	close(fd);
}
END_TEST

START_TEST(no_session_can_be_resumed)
{
	SSL_SESSION *session;

	raw_open();
	raw_hello();
	session = SSL_get1_session(bufferevent_openssl_get_ssl(raw.bev));
	ck_assert(session == NULL || !SSL_SESSION_is_resumable(session));
	SSL_SESSION_free(session);
}
END_TEST

UNIT_MAIN_WITH("handshake", lines_begin, lines_done,
	a_refused_connection_is_an_end_from_the_loop, names_need_a_resolver,
	a_site_that_is_no_site_expired_too_early_or_foreign_is_refused,
	a_revoked_site_is_refused_as_soon_as_the_list_says_so,
	a_site_revoked_while_it_is_on_the_line_is_sent_away,
	a_gateway_of_another_host_role_root_or_time_is_refused,
	a_peer_without_certificate_protocol_or_tls_1_3_is_refused,
	a_gateway_that_does_not_speak_the_protocol_is_refused,
	a_peer_that_does_not_speak_tls_is_refused, no_session_can_be_resumed)
