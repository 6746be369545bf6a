/*
 * gateway.h - a whole gateway in this process, on the same loop as fake hospitals that speak the
 * real channel and a client that speaks real HTTPS.
 *
 *   gateway_begin("renmin,xiehe");     config, certificates, gateway listening
 *   fake_up("renmin");                 a site on the line that answers with 417
 *   say("GET", "/v1/sites", li, NULL); one request; the reply is in `http`
 *
 * gateway_end() stops everything and checks that nothing is left.
 */
#ifndef TESTS_GATEWAY_H
#define TESTS_GATEWAY_H

#include <arpa/inet.h>
#include <event2/buffer.h>
#include <event2/bufferevent_ssl.h>
#include <jansson.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <sqlite3.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "base/log.h"
#include "gateway/gateway.h"
#include "query/canonical.h"
#include "query/question.h"
#include "tests/unit/federation.h"
#include "wire/channel.h"

#define LI    "token-of-li"
#define WANG  "token-of-wang"
#define AUDIT "token-of-the-auditor"
#define OPERA "token-of-the-operator"
#define OFFICER "token-of-the-officer"
#define LI_IS "li@renmin.example"
#define ANY_Q                                                                                      \
	"{\"study\":\"DM-2026-01\",\"kind\":\"count\",\"dataset\":\"omop\","                       \
	"\"cohort\":{\"all\":[{\"age\":{\"from\":18}}]},\"on\":\"2025-12-31\"}"

static struct error err;
static struct event_base *base;
static struct gateway *gw;
static struct arena config_arena;
static struct gateway_config config;
static char yaml_more[400]; /* further lines of gateway.yaml */
static const char *site_list;

/* ---- the loop ---- */

/* Turns the loop until *flag or for ms; says whether *flag. */
static inline bool turn(const int *flag, int ms)
{
	int64_t until = clock_mono_ms() + ms;
	const struct timeval tick = { 0, 2000 };

	while ((flag == NULL || !*flag) && clock_mono_ms() < until) {
		event_base_loopexit(base, &tick);
		event_base_dispatch(base);
	}
	return flag != NULL && *flag;
}

/* ---- the gateway ---- */

static inline const char *token_line(const char *account, const char *role, const char *token)
{
	static char line[400];
	struct hash32 h = sha256(token, strlen(token));
	char hash[HASH_TEXT];

	snprintf(line, sizeof(line), "  - {account: %s, role: %s, token: \"%s\"}\n", account, role,
		hash32_text(&h, hash));
	return line;
}

static inline void write_config(const char *sites)
{
	struct text t;

	text_init(&t, 1 << 20);
	text_addf(&t,
		"cordon: 1\nname: demo\n"
		"agents: {listen: 127.0.0.1, port: 0, certificate: gateway.pem, key: gateway.key}\n"
		"web: {listen: 127.0.0.1, port: 0, certificate: web.pem, key: web.key}\n"
		"identity: {root: root.pem, revoked: revoked.txt}\nstate: state\nsites: [%s]\n%s"
		"accounts:\n",
		sites, yaml_more);
	text_add(&t, token_line(LI_IS, "researcher", LI));
	text_add(&t, token_line("wang@uni.example", "researcher", WANG));
	text_add(&t, token_line("zhao@audit.example", "auditor", AUDIT));
	text_add(&t, token_line("ops@demo.example", "operator", OPERA));
	text_add(&t, token_line("sun@renmin.example", "officer", OFFICER));
	fed_write("gateway", ".yaml", text_str(&t), 0600);
	text_clear(&t);
}

static inline void web_certificate(void)
{
	EVP_PKEY *key;
	X509 *cert;

	OK(identity_new_web_key(&key, &err));
	OK(identity_new_web(&cert, key, "localhost,127.0.0.1", time(NULL), 30, &err));
	fed_write_cert("web", cert);
	fed_write_key("web", key);
	X509_free(cert);
	EVP_PKEY_free(key);
}

static inline void gateway_start(void)
{
	struct diags ds;

	arena_init(&config_arena, MAX_POLICY_ARENA);
	diags_init(&ds, &config_arena);
	OK(gateway_config_read(&config, fed_path("gateway", ".yaml"), &config_arena, &ds, &err));
	OK(gateway_open(&gw, base, &config, &err));
}

static inline void gateway_begin(const char *sites)
{
	char copy[400], *at = NULL;

	signal(SIGPIPE, SIG_IGN);
	if (getenv("TEST_LOG") == NULL)
		log_open("test", LOG_ERROR + 1);
	federation_begin();
	fed_issue("gateway", "gateway", "demo", "localhost,127.0.0.1");
	fed_issue("li", "person", LI_IS, NULL);
	fed_issue("wang", "person", "wang@uni.example", NULL);
	web_certificate();
	fed_write("revoked", ".txt", "# nobody\n", 0600);
	snprintf(copy, sizeof(copy), "%s", sites);
	for (char *s = strtok_r(copy, ",", &at); s != NULL; s = strtok_r(NULL, ",", &at))
		fed_issue(s, "site", s, NULL);
	site_list = sites;
	write_config(sites);
	base = event_base_new();
	ck_assert_int_eq(event_base_priority_init(base, 3), 0);
	gateway_start();
}

/* ---- fake hospitals ---- */

enum fake_does {
	FAKE_ANSWERS,
	FAKE_REFUSES,
	FAKE_IS_SILENT,
	FAKE_FAILS,
	FAKE_OFFERS
};

struct fake {
	char name[MAX_ID + 1];
	struct channel *c;
	EVP_PKEY *key;
	enum fake_does does;
	int64_t value; /* of every cell */
	bool recalled;
	bool similar; /* names an earlier question */
	const char *group; /* name of its one group; NULL: none */
	const char *labels[8];
	/* to lie with */
	const char *claims; /* another site's name in the release */
	bool bad_signature, other_question;
	uint64_t kind; /* enum question_kind */
	uint64_t ledger_seq;
	const char *hello_as;
	/* what happened */
	int welcomed, asked, acked, cancelled, quoted, ended, byed;
	uint64_t bye, deadline_ms;
	char last_id[MAX_ID + 1];
	struct hash32 question;
};
static struct fake fakes[8];
static int n_fakes;
static SSL_CTX *fake_ctx[8];

static const struct similar_question fake_similar = { .id = "q-0",
	.n_edits = 1,
	.edits = { { 18, 2, 1, 0, "cohort.all[0].condition" } },
	.rho = 47620000000,
	.epsilon = 1440000000000,
	.delta = 1000000000000 };

static inline void fake_cells(struct fake *f, struct release *r)
{
	static int64_t cells[8];
	static const char *labels[8];

	r->n_cells = 1;
	if (f->group != NULL) {
		r->n_groups = 1;
		snprintf(r->groups[0].name, sizeof(r->groups[0].name), "%s", f->group);
		for (r->groups[0].count = 0; f->labels[r->groups[0].count] != NULL;
			r->groups[0].count++)
			labels[r->groups[0].count] = f->labels[r->groups[0].count];
		r->groups[0].labels = labels;
		r->n_cells = r->groups[0].count;
	}
	for (uint64_t i = 0; i < r->n_cells; i++)
		cells[i] = f->value;
	r->cells = cells;
}

static inline void fake_release(struct fake *f, const char *id)
{
	struct release r = { .question = f->question,
		.policy_version = 7,
		.data = "2026-03-01",
		.noise = NOISE_GAUSSIAN,
		.n_layers = 1,
		.layers = { { 21, 1 } },
		.n_points = 1,
		.min_patients = 10,
		.round_to = 1,
		.rows_left_out = true };
	struct message m = { .type = MSG_RELEASE,
		.release = { .recalled = f->recalled, .count = 1 } };
	uint8_t signature[64];
	struct hash32 h;
	struct writer w;
	const void *bytes;
	size_t len;

	snprintf(r.site, sizeof(r.site), "%s", f->claims != NULL ? f->claims : f->name);
	r.kind = f->kind;
	if (f->similar)
		r.similar[r.n_similar++] = fake_similar;
	if (f->other_question)
		r.question.at[0] ^= 1;
	fake_cells(f, &r);
	OK(writer_init(&w, 1 << 20, &err));
	OK(release_encode(&r, &w, &err));
	OK(writer_bytes(&w, &bytes, &len, &err));
	m.release.sealed = (struct view){ bytes, len };
	h = release_signed_hash(m.release.sealed);
	OK(identity_sign(f->key, &h, signature, &err));
	if (f->bad_signature)
		signature[5] ^= 1;
	m.release.signature = (struct view){ signature, sizeof(signature) };
	snprintf(m.release.id, sizeof(m.release.id), "%s", id);
	m.release.accounts[0] = (struct account_state){ "study:DM-2026-01", UNIT_RHO, 23900000000,
		500000000000, 476100000000 };
	OK(channel_send(f->c, &m, &err));
	writer_clear(&w);
}

/* Its part in a secure sum. */
static inline void fake_offer(struct fake *f, const char *id)
{
	struct release r = { .question = f->question,
		.policy_version = 7,
		.data = "2026-03-01",
		.noise = NOISE_GAUSSIAN,
		.n_layers = 1,
		.layers = { { 21, 1 } },
		.n_points = 1,
		.min_patients = 10,
		.round_to = 1,
		.summed = true,
		.n_cells = 1 };
	struct message m = { .type = MSG_OFFER, .offer = { .accepts = ACCEPT_SA1 } };
	uint8_t signature[64];
	struct hash32 h;
	struct writer w;
	const void *bytes;
	size_t len;

	snprintf(r.site, sizeof(r.site), "%s", f->name);
	OK(writer_init(&w, 1 << 20, &err));
	OK(release_encode(&r, &w, &err));
	OK(writer_bytes(&w, &bytes, &len, &err));
	m.offer.sealed = (struct view){ bytes, len };
	h = offer_signed_hash(m.offer.sealed);
	OK(identity_sign(f->key, &h, signature, &err));
	m.offer.signature = (struct view){ signature, sizeof(signature) };
	snprintf(m.offer.id, sizeof(m.offer.id), "%s", id);
	OK(channel_send(f->c, &m, &err));
	writer_clear(&w);
}

static inline void fake_refuse(struct fake *f, const char *id, uint64_t state)
{
	struct message m = { .type = MSG_REFUSE,
		.refuse = { .state = state,
			.rule = "study:DM-2026-01.may_use",
			.say_en = "the study may not use this",
			.say_zh = "该研究不可使用此项" } };

	snprintf(m.refuse.id, sizeof(m.refuse.id), "%s", id);
	OK(channel_send(f->c, &m, &err));
}

static inline void fake_quoted(struct fake *f, const char *id)
{
	struct message m = { .type = MSG_QUOTED, .quoted = { .allowed = true, .count = 1 } };

	snprintf(m.quoted.id, sizeof(m.quoted.id), "%s", id);
	if (f->similar)
		m.quoted.similar[m.quoted.n_similar++] = fake_similar;
	m.quoted.accounts[0] = (struct account_state){ "study:DM-2026-01", UNIT_RHO, 23900000000,
		500000000000, 500000000000 };
	OK(channel_send(f->c, &m, &err));
}

static inline void fake_hello(struct fake *f)
{
	struct message m = { .type = MSG_HELLO,
		.hello = { .version = WIRE_MAJOR,
			.program = "cordon-agent 0.1.0",
			.policy_version = 7,
			.data = "2026-03-01",
			.ledger_seq = f->ledger_seq } };

	snprintf(m.hello.site, sizeof(m.hello.site), "%s", f->hello_as);
	m.hello.ledger_hash.at[0] = (uint8_t)f->ledger_seq;
	OK(channel_send(f->c, &m, &err));
}

static inline void fake_open(struct channel *c, const struct tls_peer *peer, void *arg)
{
	(void)c;
	(void)peer;
	fake_hello(arg);
}

static inline void fake_asked(struct fake *f, const struct msg_ask *m)
{
	f->asked++;
	f->deadline_ms = m->deadline_ms;
	f->question = sha256(m->question.at, m->question.len);
	snprintf(f->last_id, sizeof(f->last_id), "%s", m->id);
	if (f->does == FAKE_ANSWERS)
		fake_release(f, m->id);
	else if (f->does == FAKE_REFUSES)
		fake_refuse(f, m->id, REFUSE_RULE);
	else if (f->does == FAKE_FAILS)
		fake_refuse(f, m->id, REFUSE_FAILED);
	else if (f->does == FAKE_OFFERS)
		fake_offer(f, m->id);
}

static inline void fake_message(struct channel *c, const struct message *m, void *arg)
{
	struct fake *f = arg;

	(void)c;
	if (m->type == MSG_WELCOME) {
		f->welcomed++;
	} else if (m->type == MSG_ASK) {
		fake_asked(f, &m->ask);
	} else if (m->type == MSG_ACK) {
		f->acked++;
	} else if (m->type == MSG_CANCEL) {
		f->cancelled++;
	} else if (m->type == MSG_QUOTE) {
		f->quoted++;
		if (f->does != FAKE_IS_SILENT)
			fake_quoted(f, m->quote.id);
	} else if (m->type == MSG_BYE) {
		f->byed++;
		f->bye = m->bye.reason;
	}
}

static inline void fake_end(struct channel *c, const struct error *why, void *arg)
{
	struct fake *f = arg;

	(void)c;
	(void)why;
	f->c = NULL;
	f->ended++;
}

static const struct channel_calls fake_calls = { .on_open = fake_open, .on_message = fake_message, .on_end = fake_end };

static inline void fake_dial(struct fake *f)
{
	OK(channel_dial(&f->c, base, NULL, fake_ctx[f - fakes], "127.0.0.1",
		gateway_agents_port(gw), TLS_ROLE_GATEWAY, &fake_calls, f, &err));
}

/* A site with the certificate in `file`, not dialled yet. */
static inline struct fake *fake_new(const char *file)
{
	struct fake *f = &fakes[n_fakes];
	uint8_t *pem;
	size_t len;

	memset(f, 0, sizeof(*f));
	snprintf(f->name, sizeof(f->name), "%s", file);
	f->value = 417;
	f->hello_as = f->name;
	OK(file_read(fed_path(file, ".key"), 1 << 16, &pem, &len, &err));
	OK(identity_key_read(&f->key, (const char *)pem, len, &err));
	free(pem);
	fake_ctx[n_fakes++] = fed_context(file, "root", NULL, 0);
	return f;
}

static inline struct fake *fake_up(const char *name)
{
	struct fake *f = fake_new(name);

	fake_dial(f);
	ck_assert(turn(&f->welcomed, 30000));
	return f;
}

static inline void fake_down(struct fake *f)
{
	if (f->c != NULL) {
		f->ended = 0;
		channel_end(f->c);
		ck_assert(turn(&f->ended, 30000));
	}
}

/* ---- people ---- */

struct http_side {
	struct bufferevent *bev;
	struct text in; /* everything received */
	int open, closed, whole;
	int status;
	const char *body; /* in `in`, once whole */
	json_t *json;
};
static struct http_side http, http2;
static SSL_CTX *http_ctx;

/* Whole when the head is there and as much body as it announces, or the last chunk. */
static inline void http_look(struct http_side *h)
{
	const char *end = strstr(text_str(&h->in), "\r\n\r\n"), *len;

	if (h->whole || end == NULL)
		return;
	len = strcasestr(text_str(&h->in), "content-length:");
	if (len != NULL && len < end) {
		if (strlen(end + 4) < strtoul(len + 15, NULL, 10))
			return;
	} else if (strncmp(text_str(&h->in) + 9, "204", 3) != 0 &&
		   strstr(end, "\r\n0\r\n\r\n") == NULL) {
		return;
	}
	h->whole = 1;
	h->status = (int)strtol(text_str(&h->in) + 9, NULL, 10);
	h->body = end + 4;
	h->json = json_loads(h->body, 0, NULL);
}

static inline void http_read(struct bufferevent *bev, void *arg)
{
	struct http_side *h = arg;
	struct evbuffer *in = bufferevent_get_input(bev);
	size_t n = evbuffer_get_length(in);

	text_addn(&h->in, evbuffer_pullup(in, -1), n);
	evbuffer_drain(in, n);
	http_look(h);
}

static inline void http_event(struct bufferevent *bev, short what, void *arg)
{
	struct http_side *h = arg;

	(void)bev;
	if (what & BEV_EVENT_CONNECTED)
		h->open++;
	if (what & (BEV_EVENT_EOF | BEV_EVENT_ERROR))
		h->closed++;
}

static inline void http_close(struct http_side *h)
{
	if (h->bev != NULL)
		bufferevent_free(h->bev);
	json_decref(h->json);
	text_clear(&h->in);
	memset(h, 0, sizeof(*h));
}

static inline int tcp_to(uint16_t port)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(port) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), one = 1;

	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	ck_assert_int_eq(connect(fd, (struct sockaddr *)&to, sizeof(to)), 0);
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	evutil_make_socket_nonblocking(fd);
	return fd;
}

static inline void http_dial_port(struct http_side *h, uint16_t port)
{
	SSL *ssl;

	http_close(h);
	if (http_ctx == NULL)
		OK(tls_web_client_context(&http_ctx, fed_path("web", ".pem"), &err));
	ssl = SSL_new(http_ctx);
	OK(tls_want_host(ssl, "127.0.0.1", &err));
	text_init(&h->in, 64 << 20);
	h->bev = bufferevent_openssl_socket_new(base, tcp_to(port), ssl,
		BUFFEREVENT_SSL_CONNECTING, BEV_OPT_CLOSE_ON_FREE | BEV_OPT_DEFER_CALLBACKS);
	bufferevent_openssl_set_allow_dirty_shutdown(h->bev, 1);
	bufferevent_setcb(h->bev, http_read, NULL, http_event, h);
	bufferevent_enable(h->bev, EV_READ | EV_WRITE);
	ck_assert(turn(&h->open, 30000));
}

static inline void http_dial(struct http_side *h)
{
	http_dial_port(h, gateway_web_port(gw));
}

static inline void http_write(struct http_side *h, const char *text)
{
	ck_assert_int_eq(bufferevent_write(h->bev, text, strlen(text)), 0);
}

static char more_headers[400];

/* Sends a request on an open line, without waiting. */
static inline void http_send(struct http_side *h, const char *method, const char *path,
	const char *token, const char *body)
{
	struct text t;

	text_init(&t, 4 << 20);
	text_addf(&t, "%s %s HTTP/1.1\r\nHost: 127.0.0.1\r\n%s", method, path, more_headers);
	if (token != NULL)
		text_addf(&t, "Authorization: Bearer %s\r\n", token);
	if (body != NULL)
		text_addf(&t, "Content-Type: application/json\r\nContent-Length: %zu\r\n",
			strlen(body));
	text_add(&t, "\r\n");
	if (body != NULL)
		text_add(&t, body);
	ck_assert(!text_failed(&t));
	http_write(h, text_str(&t));
	text_clear(&t);
}

/* One request on a fresh line; returns the status. */
static inline int say(const char *method, const char *path, const char *token, const char *body)
{
	http_dial(&http);
	http_send(&http, method, path, token, body);
	ck_assert_msg(
		turn(&http.whole, 60000), "%s %s: no reply: %s", method, path, text_str(&http.in));
	return http.status;
}

/* A string, number or word of the reply by path: "sites.0.state". "" when it is not there. */
static inline const char *of(const json_t *at, const char *path)
{
	static char out[8][600];
	static unsigned turn_of;
	char *buf = out[turn_of++ % 8], copy[200], *save = NULL;

	snprintf(copy, sizeof(copy), "%s", path);
	for (char *s = strtok_r(copy, ".", &save); s != NULL; s = strtok_r(NULL, ".", &save))
		at = json_is_array(at) ? json_array_get(at, strtoul(s, NULL, 10))
				       : json_object_get(at, s);
	buf[0] = '\0';
	if (json_is_string(at))
		snprintf(buf, 600, "%s", json_string_value(at));
	else if (at != NULL) {
		char *text = json_dumps(at, JSON_ENCODE_ANY | JSON_COMPACT);

		snprintf(buf, 600, "%s", text);
		free(text);
	}
	return buf;
}
#define IS(path, want) ck_assert_str_eq(of(http.json, path), want)

/* ---- questions ---- */

static inline struct hash32 hash_of_question(const char *json)
{
	struct arena a;
	struct diags ds;
	struct question *q;
	struct text t;
	struct hash32 h;

	arena_init(&a, 1 << 20);
	diags_init(&ds, &a);
	ck_assert_int_eq(question_read("q", json, strlen(json), &a, &ds, &q), 0);
	text_init(&t, 1 << 20);
	OK(canonical_write(q, &t, &err));
	h = sha256(text_str(&t), t.len);
	text_clear(&t);
	arena_clear(&a);
	return h;
}

/* The body of a POST, signed by the person with the files NAME.pem and NAME.key. Static. */
static inline const char *signed_by(
	const char *file, const char *account, const char *question, int deadline_ms)
{
	static struct text t;
	struct hash32 q = hash_of_question(question), h;
	int64_t now = clock_wall_ms();
	uint8_t *pem, signature[64];
	char encoded[100];
	EVP_PKEY *key;
	size_t len;

	OK(file_read(fed_path(file, ".key"), 1 << 16, &pem, &len, &err));
	OK(identity_key_read(&key, (const char *)pem, len, &err));
	free(pem);
	h = ask_signed_hash(&q, account, now);
	OK(identity_sign(key, &h, signature, &err));
	EVP_PKEY_free(key);
	base64_encode(signature, sizeof(signature), encoded);
	OK(file_read(fed_path(file, ".pem"), 1 << 16, &pem, &len, &err));
	text_clear(&t);
	text_init(&t, 1 << 20);
	text_addf(&t, "{\"question\":%s,\"certificate\":", question);
	text_add_json(&t, (const char *)pem);
	text_addf(&t, ",\"signature\":\"%s\",\"asked_ms\":%lld", encoded, (long long)now);
	if (deadline_ms > 0)
		text_addf(&t, ",\"deadline_ms\":%d", deadline_ms);
	text_add(&t, "}");
	free(pem);
	return text_str(&t);
}

/* Li asks; the id is kept. */
static char asked_id[MAX_ID + 1];
static inline void li_asks(const char *question, int deadline_ms)
{
	int status =
		say("POST", "/v1/questions", LI, signed_by("li", LI_IS, question, deadline_ms));

	ck_assert_msg(status == 202, "%s", http.body);
	snprintf(asked_id, sizeof(asked_id), "%s", of(http.json, "id"));
}

static inline const char *path_of(const char *id, const char *end)
{
	static char path[200];

	snprintf(path, sizeof(path), "/v1/questions/%s%s", id, end);
	return path;
}

/* Asks for the answer until it does not run any more. */
static inline void wait_for_end(const char *id, int ms)
{
	int64_t until = clock_mono_ms() + ms;

	do {
		turn(NULL, 10);
		ck_assert_int_eq(say("GET", path_of(id, ""), LI, NULL), 200);
	} while (strcmp(of(http.json, "state"), "running") == 0 && clock_mono_ms() < until);
}

/* ---- looking ---- */

/* Records of this kind in the audit. */
static inline int audited(const char *what)
{
	char sql[200];
	sqlite3_stmt *st;
	sqlite3 *db;
	int n;

	snprintf(sql, sizeof(sql), "SELECT count(*) FROM audit WHERE what='%s'", what);
	ck_assert_int_eq(sqlite3_open(fed_path("state", "/gateway.db"), &db), SQLITE_OK);
	ck_assert_int_eq(sqlite3_prepare_v2(db, sql, -1, &st, NULL), SQLITE_OK);
	ck_assert_int_eq(sqlite3_step(st), SQLITE_ROW);
	n = sqlite3_column_int(st, 0);
	sqlite3_finalize(st);
	sqlite3_close(db);
	return n;
}

/* How often word is in text. */
static inline int count_of(const char *text, const char *word)
{
	int n = 0;

	for (; (text = strstr(text, word)) != NULL; text += strlen(word))
		n++;
	return n;
}

/* ---- the end ---- */

static int stopped_flag;
static inline void on_stopped(void *arg)
{
	(void)arg;
	stopped_flag = 1;
}

static inline void gateway_down(void)
{
	stopped_flag = 0;
	gateway_stop(gw, on_stopped, NULL);
	ck_assert(turn(&stopped_flag, 30000));
	gateway_close(gw);
	gw = NULL;
	turn(NULL, 10);
	arena_clear(&config_arena);
}

/* Without a farewell, as if killed: the store is left as it is. */
static inline void remove_state(void)
{
	static const char *const files[] = { "/gateway.db", "/gateway.db-wal", "/gateway.db-shm",
		"/lock", "/ports" };

	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		unlink(fed_path("state", files[i]));
	rmdir(fed_path("state", ""));
}

static inline void gateway_end(void)
{
	http_close(&http);
	http_close(&http2);
	if (gw != NULL)
		gateway_down();
	for (int i = 0; i < n_fakes; i++) {
		fake_down(&fakes[i]);
		EVP_PKEY_free(fakes[i].key);
		SSL_CTX_free(fake_ctx[i]);
	}
	n_fakes = 0;
	SSL_CTX_free(http_ctx);
	http_ctx = NULL;
	turn(NULL, 10);
	event_base_free(base);
	remove_state();
	federation_end();
}

#endif
