/*
 * test_sign_in.c - signing in, with a provider in this process that can be slow, wrong and gone.
 */
#include <event2/http.h>

#include "gateway/flow.h"
#include "gateway/oidc.h"
#include "gateway/web_url.h"
#include "tests/unit/gateway.h"
#include "tests/unit/provider.h"

/* ---- the provider ---- */

static struct evhttp *idp;
static uint16_t idp_port;
static char issuer[64], nonce[80], state[80], cookie[4000];
static cjose_jwk_t *idp_key;
static const char *idp_kid;
static int asked_description, asked_keys, asked_tokens;
static bool silent, wrong_issuer;
static const char *account_claim;

static void answer(struct evhttp_request *req, char *json)
{
	struct evbuffer *b = evbuffer_new();

	evbuffer_add(b, json, strlen(json));
	evhttp_send_reply(req, 200, NULL, b);
	evbuffer_free(b);
	free(json);
}

static char *description(void)
{
	static char at[3][100];
	static const char *const ends[] = { "auth", "token", "jwks" };
	json_t *d;
	char *text;

	for (int i = 0; i < 3; i++)
		snprintf(at[i], sizeof(at[i]), "%s/%s", issuer, ends[i]);
	d = json_pack("{s:s,s:s,s:s,s:s}", "issuer", wrong_issuer ? "http://127.0.0.1:1" : issuer,
		"authorization_endpoint", at[0], "token_endpoint", at[1], "jwks_uri", at[2]);
	text = json_dumps(d, 0);
	json_decref(d);
	return text;
}

static json_t *claims_of(const char *aud)
{
	return json_pack("{s:s,s:s,s:s,s:I,s:I,s:s,s:s,s:b,s:[s]}", "iss", issuer, "sub", "1",
		"aud", aud, "exp", (json_int_t)time(NULL) + 300, "iat", (json_int_t)time(NULL),
		"nonce", nonce, "email", account_claim, "email_verified", 1, "groups", "lab");
}

static char *tokens(void)
{
	json_t *c = claims_of("cordon"), *t;
	char *text;

	t = json_pack("{s:s,s:s}", "access_token", "a", "id_token",
		sign_with(idp_key, "ES256", idp_kid, NULL, c));
	text = json_dumps(t, 0);
	json_decref(c);
	json_decref(t);
	return text;
}

static void on_idp(struct evhttp_request *req, void *arg)
{
	const char *path = evhttp_uri_get_path(evhttp_request_get_evhttp_uri(req));

	(void)arg;
	if (silent) {
		return; /* for ever */
	} else if (strcmp(path, "/.well-known/openid-configuration") == 0) {
		asked_description++;
		answer(req, description());
	} else if (strcmp(path, "/jwks") == 0) {
		asked_keys++;
		answer(req, jwks_of(&idp_key, 1));
	} else {
		asked_tokens++;
		answer(req, tokens());
	}
}

static uint16_t free_port(void)
{
	struct sockaddr_in at = { .sin_family = AF_INET };
	socklen_t len = sizeof(at);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&at, sizeof(at)), 0);
	ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&at, &len), 0);
	close(fd);
	return ntohs(at.sin_port);
}

static void provider_begin(void)
{
	account_claim = LI_IS;
	idp_kid = "k1";
	idp_key = new_ec(CJOSE_JWK_EC_P_256, idp_kid);
	/* the gateway's configuration needs the port, and the loop comes after it */
	idp_port = free_port();
}

/* The loop is there: listen. */
static void provider_listen(void)
{
	idp = evhttp_new(base);
	ck_assert_int_eq(evhttp_bind_socket(idp, "127.0.0.1", idp_port), 0);
	evhttp_set_gencb(idp, on_idp, NULL);
}

static void begin(void)
{
	provider_begin();
	snprintf(issuer, sizeof(issuer), "http://127.0.0.1:%u", (unsigned)idp_port);
	snprintf(yaml_more, sizeof(yaml_more),
		"oidc: {name: Demo, issuer: '%s', client_id: cordon, audience: 'urn:a', "
		"redirect: 'https://127.0.0.1/v1/sign-in/callback', roles: {claim: groups, "
		"officer: [lab]}}\n",
		issuer);
	gateway_begin("renmin");
	provider_listen();
}

static void end(void)
{
	if (idp != NULL)
		evhttp_free(idp);
	cjose_jwk_release(idp_key);
	more_headers[0] = '\0';
	gateway_end();
}

/* ---- a browser ---- */

static const char *header_of(const char *name, char *out, size_t size)
{
	const char *at = strstr(text_str(&http.in), name);
	size_t len;

	out[0] = '\0';
	if (at != NULL) {
		at += strlen(name);
		len = strcspn(at, "\r\n;");
		snprintf(out, size, "%.*s", (int)len, at);
	}
	return out;
}

static void parameter(const char *url, const char *key, char *out, size_t size)
{
	const char *at = strstr(url, key);

	ck_assert_msg(at != NULL, "no %s in %s", key, url);
	at += strlen(key);
	snprintf(out, size, "%.*s", (int)strcspn(at, "&"), at);
}

/* Sets out for the provider: cookie, state and nonce are kept. */
static void leave(void)
{
	char to[3000];

	ck_assert_int_eq(say("GET", "/v1/sign-in/oidc?to=/studies", NULL, NULL), 303);
	header_of("Location: ", to, sizeof(to));
	ck_assert_msg(strncmp(to, issuer, strlen(issuer)) == 0, "%s", to);
	parameter(to, "&state=", state, sizeof(state));
	parameter(to, "&nonce=", nonce, sizeof(nonce));
	header_of("Set-Cookie: ", cookie, sizeof(cookie));
	ck_assert_ptr_nonnull(strstr(cookie, "__Host-cordon-flow="));
}

/* Comes back; returns where the gateway sends one. */
static const char *come_back(void)
{
	static char to[3000], path[300];

	snprintf(path, sizeof(path), "/v1/sign-in/callback?code=c-1&state=%s", state);
	snprintf(more_headers, sizeof(more_headers), "Cookie: %.360s\r\n", cookie);
	ck_assert_int_eq(say("GET", path, NULL, NULL), 303);
	more_headers[0] = '\0';
	return header_of("Location: ", to, sizeof(to));
}

/* As whoever the last Set-Cookie made one. */
static void be_signed_in(const char *csrf)
{
	char visit[200];

	header_of("Set-Cookie: ", visit, sizeof(visit));
	ck_assert_ptr_nonnull(strstr(visit, "__Host-cordon="));
	snprintf(more_headers, sizeof(more_headers), "Cookie: %s\r\n%s%s%s", visit,
		csrf == NULL ? "" : "X-Cordon-CSRF: ", csrf == NULL ? "" : csrf,
		csrf == NULL ? "" : "\r\n");
}

/* ---- the provider's way ---- */

START_TEST(a_code_becomes_a_session_of_the_lists_role)
{
	begin();
	leave();
	ck_assert_str_eq(come_back(), "/studies");
	be_signed_in(NULL);
	ck_assert_int_eq(say("GET", "/v1/me", NULL, NULL), 200);
	IS("account", LI_IS);
	IS("role", "researcher");
	IS("via", "oidc");
	ck_assert_int_eq(audited("person.signed-in"), 1);
	ck_assert_int_eq(asked_description, 1);
	/* the same trip again */
	ck_assert_str_eq(come_back(), "/sign-in?problem=expired");
	ck_assert_int_eq(asked_tokens, 1);
	end();
}
END_TEST

START_TEST(another_state_or_no_cookie_gets_no_session)
{
	begin();
	leave();
	state[5] = state[5] == '0' ? '1' : '0';
	ck_assert_str_eq(come_back(), "/sign-in?problem=expired");
	leave();
	cookie[30] = cookie[30] == 'A' ? 'B' : 'A';
	ck_assert_str_eq(come_back(), "/sign-in?problem=expired");
	leave();
	snprintf(cookie, sizeof(cookie), "a=b");
	ck_assert_str_eq(come_back(), "/sign-in?problem=expired");
	ck_assert_int_eq(asked_tokens, 0);
	end();
}
END_TEST

START_TEST(what_the_provider_signs_for_another_trip_is_refused)
{
	begin();
	leave();
	snprintf(nonce, sizeof(nonce), "another");
	ck_assert_ptr_nonnull(strstr(come_back(), "problem=denied"));
	ck_assert_int_eq(audited("person.refused"), 1);
	ck_assert_int_eq(audited("person.signed-in"), 0);
	end();
}
END_TEST

START_TEST(a_provider_that_calls_itself_another_is_none)
{
	wrong_issuer = true;
	begin();
	ck_assert_int_eq(say("GET", "/v1/sign-in/oidc?to=/x", NULL, NULL), 303);
	ck_assert_ptr_nonnull(
		strstr(text_str(&http.in), "Location: /sign-in?problem=provider&to=%2Fx"));
	/* and is not asked again at once */
	ck_assert_int_eq(say("GET", "/v1/sign-in/oidc", NULL, NULL), 303);
	ck_assert_int_eq(asked_description, 1);
	end();
}
END_TEST

START_TEST(while_the_provider_is_silent_others_are_served_and_the_gateway_ends)
{
	silent = true;
	begin();
	http_dial(&http2);
	http_send(&http2, "GET", "/v1/sign-in/oidc", NULL, NULL);
	ck_assert_int_eq(say("GET", "/v1/me", LI, NULL), 200);
	ck_assert_int_eq(http2.whole, 0);
	/* somebody leaves while waiting */
	http_dial(&http);
	http_send(&http, "GET", "/v1/sign-in/oidc", NULL, NULL);
	turn(NULL, 50);
	http_close(&http);
	turn(NULL, 50);
	gateway_down();
	end();
}
END_TEST

/* ---- bearers of the provider ---- */

START_TEST(an_access_token_waits_for_the_keys_and_unknown_ones_ask_once)
{
	json_t *c;
	const char *token;

	begin();
	account_claim = "guest@uni.example";
	c = claims_of("urn:a");
	token = sign_with(idp_key, "ES256", "k1", "at+jwt", c);
	ck_assert_int_eq(say("GET", "/v1/me", token, NULL), 200);
	IS("account", "guest@uni.example");
	IS("role", "officer");
	IS("via", "bearer");
	ck_assert_int_eq(say("GET", "/v1/me", token, NULL), 200);
	ck_assert_int_eq(asked_keys, 1);
	/* the keys are asked for once more, and then not for a while */
	token = sign_with(idp_key, "ES256", "k2", "at+jwt", c);
	ck_assert_int_eq(say("GET", "/v1/me", token, NULL), 401);
	ck_assert_int_eq(say("GET", "/v1/me", token, NULL), 401);
	ck_assert_int_eq(asked_keys, 2);
	json_object_set_new(c, "scope", json_string("openid cordon:read cordon:nothing"));
	token = sign_with(idp_key, "ES256", "k1", "at+jwt", c);
	ck_assert_int_eq(say("GET", "/v1/me", token, NULL), 200);
	ck_assert_int_eq(say("GET", "/v1/studies", token, NULL), 403);
	ck_assert_int_eq(say("GET", "/v1/tokens", token, NULL), 403);
	json_decref(c);
	end();
}
END_TEST

/* ---- tokens and cookies ---- */

START_TEST(a_token_signs_in_and_wrong_ones_are_slowed_down)
{
	char body[200], csrf[80];
	int status = 0;

	gateway_begin("renmin");
	snprintf(body, sizeof(body), "{\"token\":\"%s\"}", LI);
	ck_assert_int_eq(say("POST", "/v1/session", NULL, body), 200);
	IS("via", "token");
	snprintf(csrf, sizeof(csrf), "%s", of(http.json, "csrf"));
	be_signed_in(csrf);
	ck_assert_int_eq(say("GET", "/v1/me", NULL, NULL), 200);
	/* a header is all that counts where there is one */
	ck_assert_int_eq(say("GET", "/v1/me", "token-of-nobody", NULL), 401);
	ck_assert_int_eq(say("DELETE", "/v1/session", NULL, NULL), 204);
	ck_assert_int_eq(say("GET", "/v1/me", NULL, NULL), 401);
	more_headers[0] = '\0';
	snprintf(more_headers, sizeof(more_headers), "Origin: https://evil.example\r\n");
	ck_assert_int_eq(say("POST", "/v1/session", NULL, body), 403);
	more_headers[0] = '\0';
	for (int i = 0; i < 20 && status != 429; i++)
		status = say("POST", "/v1/session", NULL, "{\"token\":\"wrong\"}");
	ck_assert_int_eq(status, 429);
	ck_assert_ptr_nonnull(strstr(text_str(&http.in), "Retry-After: 60"));
	ck_assert_int_eq(audited("person.refused"), 10);
	ck_assert_int_eq(say("GET", "/v1/me", LI, NULL), 200);
	gateway_end();
}
END_TEST

START_TEST(a_cookie_alone_changes_nothing)
{
	char body[200], csrf[80];

	gateway_begin("renmin");
	snprintf(body, sizeof(body), "{\"token\":\"%s\"}", LI);
	ck_assert_int_eq(say("POST", "/v1/session", NULL, body), 200);
	snprintf(csrf, sizeof(csrf), "%s", of(http.json, "csrf"));
	be_signed_in(NULL);
	ck_assert_int_eq(say("DELETE", "/v1/session", NULL, NULL), 403);
	ck_assert_int_eq(say("POST", "/v1/tokens", NULL,
				 "{\"name\":\"a\",\"scopes\":[\"read\"],\"days\":1}"),
		403);
	csrf[3] = csrf[3] == '0' ? '1' : '0';
	snprintf(more_headers + strlen(more_headers), sizeof(more_headers) - strlen(more_headers),
		"X-Cordon-CSRF: %s\r\n", csrf);
	ck_assert_int_eq(say("DELETE", "/v1/session", NULL, NULL), 403);
	ck_assert_int_eq(say("GET", "/v1/me", NULL, NULL), 200);
	more_headers[0] = '\0';
	gateway_end();
}
END_TEST

START_TEST(a_token_has_its_scopes_its_end_and_its_owner)
{
	char token[100], id[80], path[120], body[200];

	gateway_begin("renmin");
	ck_assert_int_eq(say("POST", "/v1/tokens", LI,
				 "{\"name\":\"R\",\"scopes\":[\"read\"],\"days\":366}"),
		400);
	ck_assert_int_eq(
		say("POST", "/v1/tokens", LI, "{\"name\":\"\",\"scopes\":[\"read\"],\"days\":1}"),
		400);
	ck_assert_int_eq(
		say("POST", "/v1/tokens", LI, "{\"name\":\"R\",\"scopes\":[],\"days\":1}"), 400);
	ck_assert_int_eq(say("POST", "/v1/tokens", LI,
				 "{\"name\":\"R\",\"scopes\":[\"tokens\"],\"days\":1}"),
		400);
	ck_assert_int_eq(say("POST", "/v1/tokens", LI,
				 "{\"name\":\"R\",\"scopes\":[\"operate\"],\"days\":1}"),
		403);
	ck_assert_int_eq(say("POST", "/v1/tokens", LI,
				 "{\"name\":\"夜间 R\",\"scopes\":[\"read\"],\"days\":1}"),
		201);
	snprintf(token, sizeof(token), "%s", of(http.json, "token"));
	snprintf(id, sizeof(id), "%s", of(http.json, "id"));
	ck_assert_int_eq(say("GET", "/v1/questions", token, NULL), 200);
	ck_assert_int_eq(say("POST", "/v1/questions", token, "{}"), 403);
	ck_assert_int_eq(say("POST", "/v1/tokens", token,
				 "{\"name\":\"R\",\"scopes\":[\"read\"],\"days\":1}"),
		403);
	/* a session of it may no more, and ends with it */
	snprintf(body, sizeof(body), "{\"token\":\"%s\"}", token);
	ck_assert_int_eq(say("POST", "/v1/session", NULL, body), 200);
	IS("scopes", "[\"read\"]");
	be_signed_in(NULL);
	ck_assert_int_eq(say("GET", "/v1/tokens", NULL, NULL), 403);
	snprintf(path, sizeof(path), "/v1/tokens/%s", id);
	ck_assert_int_eq(say("DELETE", path, WANG, NULL), 404);
	ck_assert_int_eq(say("GET", "/v1/tokens", LI, NULL), 200);
	IS("tokens.0.name", "夜间 R");
	ck_assert_str_ne(of(http.json, "tokens.0.used"), "");
	IS("tokens.0.token", "");
	ck_assert_int_eq(say("DELETE", path, LI, NULL), 204);
	ck_assert_int_eq(say("GET", "/v1/questions", token, NULL), 401);
	ck_assert_int_eq(say("GET", "/v1/me", NULL, NULL), 401);
	more_headers[0] = '\0';
	gateway_end();
}
END_TEST

START_TEST(a_token_in_an_address_is_refused_wherever_it_is)
{
	gateway_begin("renmin");
	ck_assert_int_eq(say("GET", "/v1/me?token=" LI, NULL, NULL), 400);
	ck_assert_int_eq(say("GET", "/v1/me?a=b&access_token=x", LI, NULL), 400);
	ck_assert_int_eq(say("GET", "/healthz?token=", NULL, NULL), 400);
	ck_assert_int_eq(say("GET", "/v1/me?tokens=x", LI, NULL), 200);
	gateway_end();
}
END_TEST

/* ---- pieces ---- */

START_TEST(only_pages_of_the_gateway_follow_a_sign_in)
{
	static const char *const good[] = { "/", "/studies", "/ask?study=a#q=%7B", "/a//b" };
	static const char *const bad_ones[] = { "", "x", "//evil.example", "/\\evil",
		"https://evil.example", "/a\r\nSet-Cookie: x", "/a b", "/\xc3\xa9", "/a\"",
		"javascript:alert(1)" };
	char *long_one = calloc(1, MAX_RETURN_TO + 2);

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		ck_assert_msg(flow_local(good[i]), "%s", good[i]);
	for (size_t i = 0; i < sizeof(bad_ones) / sizeof(bad_ones[0]); i++)
		ck_assert_msg(!flow_local(bad_ones[i]), "%s", bad_ones[i]);
	memset(long_one, '/', 1);
	memset(long_one + 1, 'a', MAX_RETURN_TO);
	ck_assert(!flow_local(long_one));
	free(long_one);
}
END_TEST

START_TEST(a_trip_is_of_one_key_and_ten_minutes)
{
	struct key32 key = { { 1 } }, another = { { 2 } };
	char text[FLOW_COOKIE], challenge[FLOW_WORD];
	struct flow a, b;

	OK(flow_new(&key, "/to", 1000, &a, text, &err));
	ck_assert(flow_read(&key, text, 1000, &b));
	ck_assert_str_eq(a.state, b.state);
	ck_assert_str_eq(a.verifier, b.verifier);
	ck_assert_str_eq(b.to, "/to");
	ck_assert_str_ne(a.state, a.nonce);
	ck_assert_str_ne(a.nonce, a.verifier);
	ck_assert(flow_challenge(&a, challenge));
	ck_assert_uint_eq(strlen(challenge), 43);
	ck_assert(!flow_read(&another, text, 1000, &b));
	ck_assert(!flow_read(&key, text, 1000 + FLOW_MS, &b));
	ck_assert(!flow_read(&key, "", 1000, &b));
	text[4] ^= 1;
	ck_assert(!flow_read(&key, text, 1000, &b));
}
END_TEST

START_TEST(a_cookie_is_found_by_its_whole_name_and_once)
{
	char out[8];

	ck_assert(cookie_find("a=1; b=2 ;c=3", "b", out, sizeof(out)));
	ck_assert_str_eq(out, "2");
	ck_assert(!cookie_find("xb=1; b2=2", "b", out, sizeof(out)));
	ck_assert(!cookie_find("b=1; b=2", "b", out, sizeof(out)));
	ck_assert(!cookie_find("b=12345678", "b", out, sizeof(out)));
	ck_assert(!cookie_find("", "b", out, sizeof(out)));
	ck_assert(!cookie_find("b", "b", out, sizeof(out)));
}
END_TEST

START_TEST(an_address_of_a_provider_is_https_or_this_machine)
{
	static const char *const bad_ones[] = { "", "http://id.example/", "ftp://127.0.0.1/",
		"https://", "https://u@h/", "https://h/#f", "https://h:0/", "https://h:99999/",
		"//h/", "https://h/\r\nx: y", "http://127.0.0.2/" };
	struct web_url u;
	char out[64];

	for (size_t i = 0; i < sizeof(bad_ones) / sizeof(bad_ones[0]); i++)
		ck_assert_msg(!web_url_read(bad_ones[i], &u), "%s", bad_ones[i]);
	ck_assert(web_url_read("https://id.example:8443/a?b=c", &u));
	ck_assert_str_eq(u.path, "/a?b=c");
	ck_assert(web_url_origin(&u, out, sizeof(out)));
	ck_assert_str_eq(out, "https://id.example:8443");
	ck_assert(web_url_read("https://id.example", &u));
	ck_assert(web_url_origin(&u, out, sizeof(out)));
	ck_assert_str_eq(out, "https://id.example");
	ck_assert(web_url_read("http://[::1]:80/x", &u));
	ck_assert(web_url_host(&u, out, sizeof(out)));
	ck_assert_str_eq(out, "[::1]");
}
END_TEST

UNIT_MAIN("sign_in", a_code_becomes_a_session_of_the_lists_role,
	another_state_or_no_cookie_gets_no_session,
	what_the_provider_signs_for_another_trip_is_refused,
	a_provider_that_calls_itself_another_is_none,
	while_the_provider_is_silent_others_are_served_and_the_gateway_ends,
	an_access_token_waits_for_the_keys_and_unknown_ones_ask_once,
	a_token_signs_in_and_wrong_ones_are_slowed_down, a_cookie_alone_changes_nothing,
	a_token_has_its_scopes_its_end_and_its_owner,
	a_token_in_an_address_is_refused_wherever_it_is, only_pages_of_the_gateway_follow_a_sign_in,
	a_trip_is_of_one_key_and_ten_minutes, a_cookie_is_found_by_its_whole_name_and_once,
	an_address_of_a_provider_is_https_or_this_machine)
