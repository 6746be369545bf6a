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

#include "agents/balance.h"
#include "agents/questions.h"
#include "agents/status.h"
#include "base/clock.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/text.h"

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

/* ---- what is asked ---- */

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
	status_stop_json(c->parts.watch, t);
	text_addf(t, ",\"cut_off\":%u}", cut);
	return 0;
}

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

static int budget(struct control *c, struct text *t, struct error *err)
{
	const struct policy_ref *r = watch_policy(c->parts.watch);

	return balance_json(
		c->parts.state->ledger, r == NULL ? NULL : r->policy, clock_today(), t, err);
}

static int answer(struct control *c, const char *line, struct text *t, struct error *err)
{
	if (strcmp(line, "status") == 0)
		return status_json(&c->parts, c->started_ms, t, err);
	if (strcmp(line, "budget") == 0)
		return budget(c, t, err);
	if (strcmp(line, "audit") == 0)
		return audit(c, "", t, err);
	if (strncmp(line, "audit ", 6) == 0)
		return audit(c, line + 6, t, err);
	if (strcmp(line, "running") == 0) {
		status_running_json(c->parts.watch, t);
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
