#include "agents/control.h"

#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/listener.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "agents/drift_watch.h"
#include "agents/questions.h"
#include "base/clock.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/text.h"
#include "policies/approval/approval.h"

enum {
	LINE_MAX_BYTES = MAX_NAME + MAX_SAY + 16,
	CLIENTS_MAX = 8,
	CLIENT_SECONDS = 5,
	AUDIT_DEFAULT = 100,
	AUDIT_MAX = 10000,
	DAYS_MAX = 3660,
	ANSWER_MAX_BYTES = 16 << 20,
	BACKLOG = 8,
};

struct control {
	struct control_parts parts;
	struct evconnlistener *listener;
	struct sockaddr_un address;
	int64_t started_ms;
	unsigned clients;
};

/* ---- status ---- */

static void json_time(struct text *t, const char *key, int64_t wall_ms)
{
	char at[32];

	if (wall_ms == 0)
		text_addf(t, "\"%s\":null", key);
	else
		text_addf(t, "\"%s\":\"%s\"", key, clock_iso(wall_ms, at));
}

static void json_signatures(struct text *t, const struct approval *a)
{
	text_add(t, "\"signed\":[");
	for (unsigned i = 0; a != NULL && i < a->n; i++) {
		text_add(t, i == 0 ? "{\"who\":" : ",{\"who\":");
		text_add_json(t, a->signatures[i].who);
		text_add(t, ",\"role\":");
		text_add_json(t, a->signatures[i].role);
		text_add(t, ",\"at\":");
		text_add_json(t, a->signatures[i].at);
		text_addc(t, '}');
	}
	text_addc(t, ']');
}

static void json_stop(struct text *t, const struct control *c)
{
	const struct standing_stop *stop = watch_stopped(c->parts.watch);

	text_add(t, "\"stopped\":");
	if (stop == NULL) {
		text_add(t, "null");
		return;
	}
	text_addc(t, '{');
	json_time(t, "at", stop->at_ms);
	text_add(t, ",\"who\":");
	text_add_json(t, stop->who);
	text_add(t, ",\"why\":");
	text_add_json(t, stop->why);
	text_addf(t, ",\"above\":%lld}", (long long)stop->version);
}

static void json_policy(struct text *t, const struct control *c)
{
	struct policy_ref *r = release_policy_now(c->parts.pipeline);
	char hash[HASH_TEXT], from[16], to[16];

	text_add(t, "\"policy\":");
	if (r == NULL) {
		text_addf(t, "{\"version\":null,\"errors\":%u}", watch_errors(c->parts.watch));
		return;
	}
	text_addf(t, "{\"version\":%lld,\"hash\":\"%s\",\"valid\":[\"%s\",\"%s\"],",
		(long long)r->policy->version, hash32_text(&r->policy->hash, hash),
		day_text(r->policy->from, from), day_text(r->policy->to, to));
	json_time(t, "since", r->loaded_ms);
	text_addf(t, ",\"approved\":%s,",
		watch_gate(c->parts.watch) == GATE_APPROVAL ? "false" : "true");
	json_signatures(t, r->approval);
	text_addf(t, ",\"errors\":%u}", watch_errors(c->parts.watch));
}

static void json_gateway(struct text *t, const struct control *c)
{
	text_add(t, "\"gateway\":{\"host\":");
	text_add_json(t, c->parts.config->gateway_host);
	text_addf(t, ",\"port\":%u,\"name\":", c->parts.config->gateway_port);
	text_add_json(t, session_gateway(c->parts.session));
	text_addf(t, ",\"connected\":%s,", session_welcomed(c->parts.session) ? "true" : "false");
	json_time(t, "since", session_since_ms(c->parts.session));
	text_addc(t, '}');
}

/* Why every question is refused now, or NULL. */
static const char *refusing(const struct control *c, const struct release_status *s)
{
	struct policy_ref *r = release_policy_now(c->parts.pipeline);
	int32_t today = clock_today();

	if (state_broken(c->parts.state))
		return "system:ledger";
	if (watch_gate(c->parts.watch) != GATE_OPEN)
		return watch_gate(c->parts.watch) == GATE_STOPPED ? "policy:stopped"
								  : "policy:approval";
	if (r == NULL || today < r->policy->from || today > r->policy->to)
		return "policy:valid";
	if (strcmp(s->database, "connected") != 0)
		return "system:database";
	return s->facts ? drift_watch_refusing(c->parts.pipeline) : "policy:codes";
}

static int status(struct control *c, struct text *t, struct error *err)
{
	struct release_status s;
	struct ledger_head head;
	char hash[HASH_TEXT];
	uint64_t outbox;

	if (ledger_head(c->parts.state->ledger, &head, err) != 0 ||
		responses_waiting(c->parts.state->db, &outbox, err) != 0)
		return -1;
	release_status(c->parts.pipeline, &s);
	text_add(t, "{\"site\":");
	text_add_json(t, c->parts.config->site);
	text_add(t, ",\"data\":");
	text_add_json(t, c->parts.config->data);
	text_addc(t, ',');
	json_time(t, "started", c->started_ms);
	text_addc(t, ',');
	json_gateway(t, c);
	text_addc(t, ',');
	json_policy(t, c);
	text_addc(t, ',');
	json_stop(t, c);
	text_addf(t, ",\"database\":\"%s\",\"vocabulary\":%s", s.database,
		s.facts ? "true" : "false");
	text_addc(t, ',');
	drift_watch_json(c->parts.pipeline, t);
	text_addf(t, ",\"questions\":{\"waiting\":%u,\"running\":%u,\"leaving\":%u}", s.waiting,
		s.running ? 1U : 0U, s.leaving);
	text_addf(t, ",\"outbox\":%llu,\"ledger\":{\"records\":%llu,\"hash\":\"%s\",\"intact\":%s}",
		(unsigned long long)outbox, (unsigned long long)head.seq,
		hash32_text(&head.hash, hash), state_broken(c->parts.state) ? "false" : "true");
	text_add(t, ",\"refusing\":");
	if (refusing(c, &s) == NULL)
		text_add(t, "null");
	else
		text_add_json(t, refusing(c, &s));
	text_addc(t, '}');
	return 0;
}

/* ---- the policy in force ---- */

static bool is_text(const char *name)
{
	size_t len = strlen(name);

	return (len > 5 && strcmp(name + len - 5, ".yaml") == 0) ||
	       (len > 4 && strcmp(name + len - 4, ".sql") == 0);
}

static void json_item(
	struct text *t, const struct policy_item *item, const struct policy_folder *folder)
{
	const struct policy_file *f = policy_folder_file(folder, item->name);
	char hash[HASH_TEXT];

	text_add(t, "{\"name\":");
	text_add_json(t, item->name);
	text_addf(t, ",\"size\":%llu,\"hash\":\"%s\"", (unsigned long long)item->size,
		hash32_text(&item->hash, hash));
	if (f != NULL && is_text(item->name)) {
		text_add(t, ",\"text\":");
		text_add_json(t, f->bytes);
	}
	text_addc(t, '}');
}

/* Everything the hash is over, with the texts of what a policy is read from. */
static void running(const struct control *c, struct text *t)
{
	const struct policy_ref *r = watch_policy(c->parts.watch);
	char hash[HASH_TEXT];

	if (r == NULL) {
		text_add(t, "{\"version\":null}");
		return;
	}
	text_addf(t, "{\"version\":%lld,\"hash\":\"%s\",\"site\":", (long long)r->policy->version,
		hash32_text(&r->policy->hash, hash));
	text_add_json(t, r->policy->site);
	text_add(t, ",\"files\":[");
	for (unsigned i = 0; i < r->policy->n_items; i++) {
		text_add(t, i == 0 ? "" : ",");
		json_item(t, &r->policy->items[i], &r->folder);
	}
	text_addf(t, "],\"approval\":{\"approved\":%s,",
		watch_gate(c->parts.watch) == GATE_APPROVAL ? "false" : "true");
	json_signatures(t, r->approval);
	text_add(t, "}}");
}

/* "NAME WHY...": the name ends at the first space. */
static int stop(struct control *c, const char *line, struct text *t, struct error *err)
{
	size_t len = strcspn(line, " ");
	char who[MAX_NAME + 1];
	unsigned cut;

	if (!text_copyn(who, sizeof(who), line, len))
		return error_set(err, E_INPUT, SAY("the name is too long", "姓名过长"),
			"stop: a name of %zu bytes", len);
	if (watch_stop(c->parts.watch, who, line[len] == '\0' ? "" : line + len + 1, &cut, err) !=
		0)
		return -1;
	text_addc(t, '{');
	json_stop(t, c);
	text_addf(t, ",\"cut_off\":%u}", cut);
	return 0;
}

/* ---- the others ---- */

static int audit(struct control *c, const char *count, struct text *t, struct error *err)
{
	uint64_t n = AUDIT_DEFAULT;

	if (count[0] != '\0' && (!parse_u64(count, &n) || n == 0 || n > AUDIT_MAX))
		return error_set(err, E_INPUT,
			SAY("audit takes a number of records from 1 to 10000",
				"audit 后须为 1 到 10000 的记录数"),
			"not a number of records");
	if (state_flush(c->parts.state, err) != 0)
		return -1;
	return audit_json(c->parts.state->audit, (unsigned)n, t, err);
}

/* "DAYS" or "DAYS AFTER" */
static int questions(struct control *c, const char *range, struct text *t, struct error *err)
{
	const char *second = strchr(range, ' ');
	uint64_t days = 0, after = 0;
	char first[16];

	if (!text_copyn(first, sizeof(first), range,
		    second == NULL ? strlen(range) : (size_t)(second - range)) ||
		!parse_u64(first, &days) || days == 0 || days > DAYS_MAX ||
		(second != NULL && (!parse_u64(second + 1, &after) || after > INT64_MAX)))
		return error_set(err, E_INPUT,
			SAY("questions takes a number of days from 1 to 3660",
				"questions 后须为 1 到 3660 的天数"),
			"not a number of days");
	return questions_json(c->parts.state->db,
		clock_wall_ms() - (int64_t)days * 24 * 3600 * 1000, (int64_t)after, t, err);
}

static int answer(struct control *c, const char *line, struct text *t, struct error *err)
{
	if (strcmp(line, "status") == 0)
		return status(c, t, err);
	if (strcmp(line, "budget") == 0)
		return ledger_json(c->parts.state->ledger, t, err);
	if (strcmp(line, "audit") == 0)
		return audit(c, "", t, err);
	if (strncmp(line, "audit ", 6) == 0)
		return audit(c, line + 6, t, err);
	if (strcmp(line, "running") == 0) {
		running(c, t);
		return 0;
	}
	if (strncmp(line, "stop ", 5) == 0)
		return stop(c, line + 5, t, err);
	if (strncmp(line, "questions ", 10) == 0)
		return questions(c, line + 10, t, err);
	if (strncmp(line, "decision ", 9) == 0)
		return questions_one_json(c->parts.state->db, line + 9, t, err);
	return error_set(err, E_INPUT,
		SAY("ask for one of: status, audit, budget, running, stop, questions, decision",
			"请使用 status、audit、budget、running、stop、questions 或 decision"),
		"an unknown request");
}

static void write_error(struct text *t, const struct error *err)
{
	text_reset(t);
	text_add(t, "{\"error\":{\"en\":");
	text_add_json(t, err->say.en);
	text_add(t, ",\"zh\":");
	text_add_json(t, err->say.zh);
	text_add(t, "}}");
}

/* ---- clients ---- */

struct client {
	struct control *control;
	struct bufferevent *bev;
};

static void client_free(struct client *k)
{
	k->control->clients--;
	bufferevent_free(k->bev);
	free(k);
}

static void on_written(struct bufferevent *bev, void *arg)
{
	(void)bev;
	client_free(arg);
}

static void on_event(struct bufferevent *bev, short what, void *arg)
{
	(void)bev;
	(void)what;
	client_free(arg);
}

static void reply(struct client *k, const char *line)
{
	struct error err;
	struct text t;

	text_init(&t, ANSWER_MAX_BYTES);
	if (answer(k->control, line, &t, &err) != 0)
		write_error(&t, &err);
	text_addc(&t, '\n');
	if (text_failed(&t)) {
		error_set(&err, E_LIMIT, SAY("the answer is too long", "结果过长"),
			"answer too long");
		write_error(&t, &err);
		text_addc(&t, '\n');
	}
	bufferevent_disable(k->bev, EV_READ);
	bufferevent_setcb(k->bev, NULL, on_written, on_event, k);
	bufferevent_write(k->bev, text_str(&t), t.len);
	text_clear(&t);
}

static void on_read(struct bufferevent *bev, void *arg)
{
	struct evbuffer *in = bufferevent_get_input(bev);
	struct client *k = arg;
	size_t len;
	char *line = evbuffer_readln(in, &len, EVBUFFER_EOL_CRLF);

	if (line == NULL && evbuffer_get_length(in) < LINE_MAX_BYTES)
		return;
	reply(k, line == NULL || len > LINE_MAX_BYTES || strlen(line) != len ? "" : line);
	free(line);
}

static void on_accept(struct evconnlistener *listener, evutil_socket_t fd, struct sockaddr *address,
	int len, void *arg)
{
	const struct timeval limit = { .tv_sec = CLIENT_SECONDS };
	struct control *c = arg;
	struct client *k = c->clients >= CLIENTS_MAX ? NULL : calloc(1, sizeof(*k));

	(void)listener;
	(void)address;
	(void)len;
	if (k != NULL)
		k->bev = bufferevent_socket_new(c->parts.base, fd, BEV_OPT_CLOSE_ON_FREE);
	if (k == NULL || k->bev == NULL) {
		free(k);
		close(fd);
		return;
	}
	k->control = c;
	c->clients++;
	bufferevent_setcb(k->bev, on_read, NULL, on_event, k);
	bufferevent_set_timeouts(k->bev, &limit, &limit);
	bufferevent_enable(k->bev, EV_READ | EV_WRITE);
}

/* ---- listening ---- */

static int open_socket(struct control *c, struct error *err)
{
	const char *folder = c->parts.config->state;
	int fd, n;
	mode_t mask;
	bool bound;

	c->address.sun_family = AF_UNIX;
	n = snprintf(c->address.sun_path, sizeof(c->address.sun_path), "%s/agent.sock", folder);
	if (n < 0 || n >= (int)sizeof(c->address.sun_path)) {
		c->address.sun_path[0] = '\0';
		return error_set(err, E_LIMIT,
			SAY("the path of the state folder is too long for a socket",
				"状态目录的路径过长，无法创建套接字"),
			"\"%s/agent.sock\" is longer than %zu bytes", folder,
			sizeof(c->address.sun_path) - 1);
	}
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return error_set(err, E_SYSTEM, SAY("a socket cannot be opened", "无法创建套接字"),
			"could not open a socket: %s", strerror(errno));
	(void)unlink(c->address.sun_path); /* of an agent that is gone: the state's lock is ours */
	mask = umask(0177);
	bound = bind(fd, (const struct sockaddr *)&c->address, sizeof(c->address)) == 0;
	umask(mask);
	if (bound && listen(fd, BACKLOG) == 0)
		return fd;
	error_set(err, E_SYSTEM, SAY("a socket cannot be opened", "无法创建套接字"),
		"could not listen on \"%s\": %s", c->address.sun_path, strerror(errno));
	close(fd);
	return -1;
}

int control_new(struct control **out, const struct control_parts *parts, struct error *err)
{
	struct control *c = calloc(1, sizeof(*c));
	int fd;

	if (c == NULL)
		return error_memory(err);
	c->parts = *parts;
	c->started_ms = clock_wall_ms();
	fd = open_socket(c, err);
	if (fd < 0) {
		free(c);
		return -1;
	}
	c->listener = evconnlistener_new(
		parts->base, on_accept, c, LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC, 0, fd);
	if (c->listener == NULL) {
		close(fd);
		free(c);
		return error_memory(err);
	}
	*out = c;
	return 0;
}

void control_free(struct control *c)
{
	if (c == NULL)
		return;
	evconnlistener_free(c->listener);
	(void)unlink(c->address.sun_path);
	free(c);
}
