/*
 * fanout.c - how long one question to many hospitals takes at the gateway.
 *
 *   build/plain/bench/fanout build/cordon-gateway [sites=200] [rounds=15]
 *
 * Starts the real gateway with certificates made here, puts `sites` fake hospitals on its line from
 * this process, over the real channel, each of which answers an ask at once with a release that was
 * signed beforehand, and asks over HTTPS as a person would: POST, then the events until the last.
 * Prints medians: one hospital, all hospitals, their ratio. Both processes share the machine.
 */
#include <arpa/inet.h>
#include <event2/buffer.h>
#include <event2/bufferevent_ssl.h>
#include <fcntl.h>
#include <ftw.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/text.h"
#include "crypto/identity.h"
#include "query/canonical.h"
#include "wire/channel.h"

enum {
	MAX_FAKES = 2000,
	MAX_ROUNDS = 100,
	WAIT_MS = 60000
};

#define LI    "li@bench.example"
#define TOKEN "token-of-the-bench"

struct fake {
	struct channel *c;
	SSL_CTX *ctx;
	EVP_PKEY *key;
	char name[32];
	struct text releases[2 * MAX_ROUNDS]; /* sealed, then 64 bytes of signature; by question */
	bool welcomed;
};

struct asking {
	char *body; /* of the POST */
	struct hash32 hash;
};

static struct error err;
static char dir[64];
static struct event_base *base;
static X509 *root;
static EVP_PKEY *root_key;
static struct fake *fakes;
static int n_fakes = 200, n_rounds = 15, n_welcomed;
static struct asking asked[2 * MAX_ROUNDS];
static pid_t gateway;
static unsigned agents_port, web_port;

_Noreturn static void stop(const char *what)
{
	fprintf(stderr, "fanout: %s: %s\n", what, err.log);
	if (gateway > 0)
		kill(gateway, SIGTERM);
	exit(EXIT_FAILURE);
}

static void must(int ret, const char *what)
{
	if (ret != 0)
		stop(what);
}

static void check(bool ok, const char *what)
{
	if (!ok)
		stop(what);
}

/* ---- files ---- */

static const char *path(const char *name)
{
	static char paths[4][128];
	static unsigned turn;
	char *p = paths[turn++ % 4];

	snprintf(p, sizeof(paths[0]), "%s/%s", dir, name);
	return p;
}

static void save(const char *name, const char *text)
{
	must(file_write(path(name), text, strlen(text), 0600, &err), name);
}

static void save_pair(const char *name, const X509 *cert, EVP_PKEY *key)
{
	char file[64], *pem;

	must(identity_cert_pem(cert, &pem, &err), name);
	snprintf(file, sizeof(file), "%s.crt", name);
	save(file, pem);
	free(pem);
	must(identity_key_pem(key, &pem, &err), name);
	snprintf(file, sizeof(file), "%s.key", name);
	save(file, pem);
	free(pem);
}

static EVP_PKEY *issue(const char *file, const char *role, const char *name, const char *hosts)
{
	EVP_PKEY *key;
	X509 *cert;

	must(identity_new_key(&key, &err), "key");
	must(identity_issue(&cert, root, root_key, key, role, name, hosts, time(NULL), 30, &err),
		file);
	save_pair(file, cert, key);
	X509_free(cert);
	return key;
}

static void make_federation(void)
{
	EVP_PKEY *key;
	X509 *cert;

	must(identity_new_key(&root_key, &err), "root key");
	must(identity_new_root(&root, root_key, "bench", time(NULL), 365, &err), "root");
	save_pair("root", root, root_key);
	EVP_PKEY_free(issue("gateway", "gateway", "bench", "127.0.0.1"));
	must(identity_new_web_key(&key, &err), "web key");
	must(identity_new_web(&cert, key, "127.0.0.1", time(NULL), 30, &err), "web");
	save_pair("web", cert, key);
	X509_free(cert);
	EVP_PKEY_free(key);
}

static void make_config(void)
{
	struct hash32 h = sha256(TOKEN, strlen(TOKEN));
	char hash[HASH_TEXT];
	struct text t;

	text_init(&t, 1 << 20);
	text_add(&t,
		"cordon: 1\nname: bench\n"
		"agents: {listen: 127.0.0.1, port: 0, certificate: gateway.crt, key: gateway.key}\n"
		"web: {listen: 127.0.0.1, port: 0, certificate: web.crt, key: web.key}\n"
		"identity: {root: root.crt}\nstate: state\nrate: 6000\nsites:\n");
	for (int i = 0; i < n_fakes; i++)
		text_addf(&t, "  - %s\n", fakes[i].name);
	text_addf(&t, "accounts:\n  - {account: %s, role: researcher, token: \"%s\"}\n", LI,
		hash32_text(&h, hash));
	save("gateway.yaml", text_str(&t));
	text_clear(&t);
}

/* ---- questions, and answers made beforehand ---- */

static void make_question(struct asking *a, int n, bool one, EVP_PKEY *li, const char *pem)
{
	char json[400], sites[64] = "", encoded[100];
	uint8_t signature[SIGNATURE_BYTES];
	int64_t now = clock_wall_ms();
	struct question *q;
	struct arena arena;
	struct diags ds;
	struct hash32 h;
	struct text t;

	if (one)
		snprintf(sites, sizeof(sites), ",\"sites\":[\"%s\"]", fakes[0].name);
	snprintf(json, sizeof(json),
		"{\"study\":\"B-1\",\"kind\":\"count\",\"dataset\":\"omop\",\"on\":\"2025-%02d-%"
		"02d\","
		"\"cohort\":{\"all\":[{\"age\":{\"from\":18}}]}%s}",
		1 + n / 28, 1 + n % 28, sites);
	arena_init(&arena, 1 << 20);
	diags_init(&ds, &arena);
	text_init(&t, 1 << 20);
	must(question_read("question", json, strlen(json), &arena, &ds, &q), "question");
	must(canonical_write(q, &t, &err), "canonical");
	a->hash = sha256(text_str(&t), t.len);
	h = ask_signed_hash(&a->hash, LI, now);
	must(identity_sign(li, &h, signature, &err), "sign");
	base64_encode(signature, sizeof(signature), encoded);
	text_reset(&t);
	text_addf(&t, "{\"question\":%s,\"certificate\":", json);
	text_add_json(&t, pem);
	text_addf(&t, ",\"signature\":\"%s\",\"asked_ms\":%lld}", encoded, (long long)now);
	a->body = text_take(&t);
	check(a->body != NULL, "memory");
	arena_clear(&arena);
}

static void make_release(struct fake *f, int n)
{
	int64_t cell = 400 + n;
	struct release r = { .question = asked[n].hash,
		.policy_version = 1,
		.data = "2026-03-01",
		.noise = NOISE_GAUSSIAN,
		.n_layers = 1,
		.layers = { { 21, 1 } },
		.n_points = 1,
		.min_patients = 10,
		.round_to = 1,
		.n_cells = 1,
		.cells = &cell };
	uint8_t signature[SIGNATURE_BYTES];
	const void *bytes;
	struct hash32 h;
	struct writer w;
	size_t len;

	memcpy(r.site, f->name, sizeof(f->name));
	must(writer_init(&w, 1 << 16, &err), "writer");
	must(release_encode(&r, &w, &err), "release");
	must(writer_bytes(&w, &bytes, &len, &err), "release");
	h = release_signed_hash((struct view){ bytes, len });
	must(identity_sign(f->key, &h, signature, &err), "sign");
	text_init(&f->releases[n], 1 << 16);
	text_addn(&f->releases[n], bytes, len);
	text_addn(&f->releases[n], signature, sizeof(signature));
	writer_clear(&w);
}

/* Questions 0..n_rounds-1 go to one hospital, the others to all. */
static void make_all(void)
{
	EVP_PKEY *li = issue("li", "person", LI, NULL);
	uint8_t *pem;
	size_t len;

	must(file_read(path("li.crt"), 1 << 16, &pem, &len, &err), "li.crt");
	for (int n = 0; n < 2 * n_rounds; n++) {
		make_question(&asked[n], n, n < n_rounds, li, (const char *)pem);
		for (int i = 0; i < (n < n_rounds ? 1 : n_fakes); i++)
			make_release(&fakes[i], n);
	}
	free(pem);
	EVP_PKEY_free(li);
}

/* ---- fake hospitals ---- */

static void on_open(struct channel *c, const struct tls_peer *peer, void *arg)
{
	struct fake *f = arg;
	struct message m = { .type = MSG_HELLO,
		.hello = { .version = WIRE_MAJOR, .program = "fanout", .data = "2026-03-01" } };

	(void)peer;
	memcpy(m.hello.site, f->name, sizeof(f->name));
	must(channel_send(c, &m, &err), "hello");
}

static void answer(struct fake *f, const struct msg_ask *ask)
{
	struct hash32 h = sha256(ask->question.at, ask->question.len);
	struct message m = { .type = MSG_RELEASE };
	const struct text *t = NULL;

	for (int n = 0; n < 2 * n_rounds && t == NULL; n++)
		if (hash32_equal(&h, &asked[n].hash))
			t = &f->releases[n];
	if (t == NULL || t->at == NULL)
		stop("an ask that was not foreseen");
	m.release.sealed = (struct view){ (const uint8_t *)t->at, t->len - SIGNATURE_BYTES };
	m.release.signature =
		(struct view){ (const uint8_t *)t->at + t->len - SIGNATURE_BYTES, SIGNATURE_BYTES };
	memcpy(m.release.id, ask->id, sizeof(m.release.id));
	must(channel_send(f->c, &m, &err), "release");
}

static void on_message(struct channel *c, const struct message *m, void *arg)
{
	struct fake *f = arg;

	(void)c;
	if (m->type == MSG_ASK)
		answer(f, &m->ask);
	if (m->type == MSG_WELCOME && !f->welcomed) {
		f->welcomed = true;
		n_welcomed++;
	}
}

static void on_end(struct channel *c, const struct error *why, void *arg)
{
	struct fake *f = arg;

	(void)c;
	(void)why;
	f->c = NULL;
}

static const struct channel_calls fake_calls = { .on_open = on_open, .on_message = on_message, .on_end = on_end };

static void dial_all(void)
{
	for (int i = 0; i < n_fakes; i++) {
		char crt[64], key[64];
		struct tls_files files = { .root = path("root.crt") };

		snprintf(crt, sizeof(crt), "%s.crt", fakes[i].name);
		snprintf(key, sizeof(key), "%s.key", fakes[i].name);
		files.cert = path(crt);
		files.key = path(key);
		must(tls_channel_context(&fakes[i].ctx, &files, false, &err), "context");
		must(channel_dial(&fakes[i].c, base, NULL, fakes[i].ctx, "127.0.0.1",
			     (uint16_t)agents_port, TLS_ROLE_GATEWAY, &fake_calls, &fakes[i], &err),
			"dial");
	}
}

/* ---- the person ---- */

struct http {
	struct bufferevent *bev;
	struct text in;
	bool open, ended;
};

static void on_read(struct bufferevent *bev, void *arg)
{
	struct evbuffer *in = bufferevent_get_input(bev);
	struct http *h = arg;
	size_t n = evbuffer_get_length(in);

	text_addn(&h->in, evbuffer_pullup(in, -1), n);
	evbuffer_drain(in, n);
}

static void on_event(struct bufferevent *bev, short what, void *arg)
{
	struct http *h = arg;

	(void)bev;
	if (what & BEV_EVENT_CONNECTED)
		h->open = true;
	else
		h->ended = true;
}

static void one_turn(void)
{
	event_base_loop(base, EVLOOP_ONCE);
}

static void http_open(struct http *h, SSL_CTX *ctx)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons((uint16_t)web_port) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), one = 1;
	SSL *ssl = SSL_new(ctx);

	memset(h, 0, sizeof(*h));
	text_init(&h->in, 256 << 20);
	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	check(fd >= 0 && connect(fd, (struct sockaddr *)&to, sizeof(to)) == 0, "connect");
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	evutil_make_socket_nonblocking(fd);
	must(tls_want_host(ssl, "127.0.0.1", &err), "host");
	h->bev = bufferevent_openssl_socket_new(base, fd, ssl, BUFFEREVENT_SSL_CONNECTING,
		BEV_OPT_CLOSE_ON_FREE | BEV_OPT_DEFER_CALLBACKS);
	bufferevent_openssl_set_allow_dirty_shutdown(h->bev, 1);
	bufferevent_setcb(h->bev, on_read, NULL, on_event, h);
	bufferevent_enable(h->bev, EV_READ | EV_WRITE);
	while (!h->open && !h->ended)
		one_turn();
	check(h->open, "https");
}

static void http_close(struct http *h)
{
	bufferevent_free(h->bev);
	text_clear(&h->in);
}

/* One question over two lines that are open already; the time from the POST to the last event. */
static double ask_ms(SSL_CTX *ctx, const char *body)
{
	static const char mark[] = "Location: /v1/questions/";
	struct http post, events;
	struct timespec from, to;
	struct evbuffer *out;
	char id[MAX_ID + 1] = "";
	const char *at;

	http_open(&post, ctx);
	http_open(&events, ctx);
	clock_gettime(CLOCK_MONOTONIC, &from);
	out = bufferevent_get_output(post.bev);
	evbuffer_add_printf(out,
		"POST /v1/questions HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " TOKEN
		"\r\nContent-Length: %zu\r\n\r\n%s",
		strlen(body), body);
	while ((at = strstr(text_str(&post.in), mark)) == NULL && !post.ended) {
		one_turn();
		check(strstr(text_str(&post.in), "HTTP/1.1 4") == NULL, text_str(&post.in));
	}
	check(at != NULL && sscanf(at + sizeof(mark) - 1, "%63[a-z0-9-]", id) == 1, "location");
	evbuffer_add_printf(bufferevent_get_output(events.bev),
		"GET /v1/questions/%s/events HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " TOKEN
		"\r\n\r\n",
		id);
	while (strstr(text_str(&events.in), "\r\n0\r\n\r\n") == NULL && !events.ended)
		one_turn();
	clock_gettime(CLOCK_MONOTONIC, &to);
	check(strstr(text_str(&events.in), "\"state\":\"complete\"") != NULL, "not complete");
	http_close(&post);
	http_close(&events);
	return (double)(to.tv_sec - from.tv_sec) * 1e3 + (double)(to.tv_nsec - from.tv_nsec) / 1e6;
}

static int by_size(const void *a, const void *b)
{
	double x, y;

	memcpy(&x, a, sizeof(x));
	memcpy(&y, b, sizeof(y));
	return x < y ? -1 : x > y;
}

static double median_of(SSL_CTX *ctx, int first, double *worst)
{
	double ms[MAX_ROUNDS];

	for (int n = 0; n < n_rounds; n++)
		ms[n] = ask_ms(ctx, asked[first + n].body);
	qsort(ms, (size_t)n_rounds, sizeof(ms[0]), by_size);
	*worst = ms[n_rounds - 1];
	return ms[n_rounds / 2];
}

/* ---- the gateway ---- */

static void start_gateway(const char *program)
{
	int64_t until = clock_mono_ms() + WAIT_MS;
	const struct timespec nap = { 0, 5000000 };
	uint8_t *text = NULL;
	size_t len;

	gateway = fork();
	check(gateway >= 0, "fork");
	if (gateway == 0) {
		int log = open(path("gateway.log"), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

		if (log >= 0)
			dup2(log, STDERR_FILENO);
		execl(program, program, "--config", path("gateway.yaml"), "--log", "notice",
			(char *)NULL);
		_exit(127);
	}
	while (file_read(path("state/ports"), 100, &text, &len, &err) != 0) {
		check(clock_mono_ms() < until && waitpid(gateway, NULL, WNOHANG) == 0,
			"the gateway");
		nanosleep(&nap, NULL);
	}
	check(sscanf((const char *)text, "agents %u\nweb %u", &agents_port, &web_port) == 2,
		"ports");
	free(text);
}

static double resident_mb(void)
{
	char file[64], line[200];
	long kb = 0;
	FILE *f;

	snprintf(file, sizeof(file), "/proc/%d/status", (int)gateway);
	f = fopen(file, "r");
	while (f != NULL && fgets(line, sizeof(line), f) != NULL)
		(void)!sscanf(line, "VmRSS: %ld", &kb);
	if (f != NULL)
		fclose(f);
	return (double)kb / 1024;
}

static int remove_one(const char *file, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(file);
}

static void clean_up(void)
{
	kill(gateway, SIGTERM);
	for (int i = 0; i < n_fakes; i++)
		if (fakes[i].c != NULL)
			channel_end(fakes[i].c);
	while (waitpid(gateway, NULL, WNOHANG) == 0)
		event_base_loop(base, EVLOOP_NONBLOCK);
	check(nftw(dir, remove_one, 8, FTW_DEPTH | FTW_PHYS) == 0, "removing the folder");
}

static void numbers(int argc, char **argv)
{
	uint64_t n;

	if (argc > 2 && parse_u64(argv[2], &n) && n >= 1 && n <= MAX_FAKES)
		n_fakes = (int)n;
	if (argc > 3 && parse_u64(argv[3], &n) && n >= 1 && n <= MAX_ROUNDS)
		n_rounds = (int)n;
}

int main(int argc, char **argv)
{
	struct rlimit lim;
	double one, all, one_worst, all_worst;
	int64_t from;
	SSL_CTX *web;

	if (argc < 2) {
		fprintf(stderr, "usage: fanout PROGRAM [SITES] [ROUNDS]\n");
		return 2;
	}
	numbers(argc, argv);
	signal(SIGPIPE, SIG_IGN);
	if (getrlimit(RLIMIT_NOFILE, &lim) == 0) {
		lim.rlim_cur = lim.rlim_max;
		setrlimit(RLIMIT_NOFILE, &lim);
	}
	snprintf(dir, sizeof(dir), "/tmp/cordon-fanout-XXXXXX");
	fakes = calloc((size_t)n_fakes, sizeof(*fakes));
	base = event_base_new();
	check(fakes != NULL && base != NULL && mkdtemp(dir) != NULL, "a folder");
	make_federation();
	for (int i = 0; i < n_fakes; i++) {
		snprintf(fakes[i].name, sizeof(fakes[i].name), "site%04d", i);
		fakes[i].key = issue(fakes[i].name, "site", fakes[i].name, NULL);
	}
	make_config();
	make_all();
	start_gateway(argv[1]);
	printf("%-34s %8.1f MB\n", "gateway without agents", resident_mb());
	from = clock_mono_ms();
	dial_all();
	while (n_welcomed < n_fakes && clock_mono_ms() - from < WAIT_MS)
		one_turn();
	check(n_welcomed == n_fakes, "not all agents came on the line");
	printf("%-34s %8lld ms\n", "all agents on the line after",
		(long long)(clock_mono_ms() - from));
	must(tls_web_client_context(&web, path("web.crt"), &err), "web context");
	one = median_of(web, 0, &one_worst);
	all = median_of(web, n_rounds, &all_worst);
	printf("%-34s %8.1f ms (median of %d, worst %.1f)\n", "a question to 1 agent", one,
		n_rounds, one_worst);
	printf("to %-31d %8.1f ms (median of %d, worst %.1f), ratio %.1f\n", n_fakes, all, n_rounds,
		all_worst, all / one);
	printf("%-34s %8.1f MB\n", "gateway with agents", resident_mb());
	SSL_CTX_free(web);
	clean_up();
	return 0;
}
