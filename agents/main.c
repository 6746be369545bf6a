/*
 * main.c - the start-up story of cordon-agent: protect the process, read the settings, open the memory
 * of this site, connect its database, take up the officer's policy, dial the gateway; then the loop.
 */
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agents/config.h"
#include "agents/control.h"
#include "agents/guard.h"
#include "agents/release.h"
#include "agents/session.h"
#include "agents/state.h"
#include "agents/watch.h"
#include "base/arena.h"
#include "base/file.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/secret.h"
#include "base/text.h"
#include "crypto/identity.h"
#include "secagg/sealed.h"

#ifndef CORDON_VERSION
#define CORDON_VERSION "0.1.0"
#endif

enum {
	EXIT_CONFIG = 2,
	STOP_SECONDS = 3
};

struct agent {
	const char *config_file;
	bool chinese;
	enum log_level level;
	struct arena arena;
	struct agent_config config;
	struct event_base *base;
	struct event *signals[3];
	struct event *last; /* the longest that a stop may take */
	struct state state;
	struct guard *guard;
	EVP_PKEY *key;
	struct pipeline *pipeline;
	struct session *session;
	struct watch *watch;
	struct control *control;
	char *ready; /* path of state/ready */
	bool stopping;
};

/* ---- arguments ---- */

static void usage_zh(FILE *out)
{
	fputs("用法：cordon-agent --config 文件 [--lang zh|en] [--log "
	      "debug|info|notice|warning|error]\n"
	      "      cordon-agent --help | --version\n"
	      "\n"
	      "在本院策略允许的范围内，回答关于本院数据库的问题。\n"
	      "SIGHUP 立即重新读取策略目录，SIGTERM 结束运行。\n",
		out);
}

static void usage(FILE *out, bool chinese)
{
	if (chinese) {
		usage_zh(out);
		return;
	}
	fputs("usage: cordon-agent --config FILE [--lang zh|en] [--log "
	      "debug|info|notice|warning|error]\n"
	      "       cordon-agent --help | --version\n"
	      "\n"
	      "Answers questions about this site's database as far as its policy allows.\n"
	      "SIGHUP reads the policy folder again at once, SIGTERM ends.\n",
		out);
}

static bool parse_level(const char *s, enum log_level *out)
{
	static const char *const words[] = { "debug", "info", "notice", "warning", "error" };

	for (int i = 0; i < 5; i++)
		if (strcmp(words[i], s) == 0) {
			*out = (enum log_level)i;
			return true;
		}
	return false;
}

/* -1: go on; else the exit status. */
static int read_arguments(struct agent *a, int argc, char **argv)
{
	static const struct option options[] = {
		{ "config", required_argument, NULL, 'c' },
		{ "lang", required_argument, NULL, 'l' },
		{ "log", required_argument, NULL, 'v' },
		{ "help", no_argument, NULL, 'h' },
		{ "version", no_argument, NULL, 'V' },
		{ 0 },
	};
	int c;
	bool ok = true;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (c == 'h' || c == 'V') {
			if (c == 'h')
				usage(stdout, a->chinese);
			else
				puts("cordon-agent " CORDON_VERSION);
			return EXIT_SUCCESS;
		}
		if (c == 'c')
			a->config_file = optarg;
		else if (c == 'l' && (strcmp(optarg, "zh") == 0 || strcmp(optarg, "en") == 0))
			a->chinese = strcmp(optarg, "zh") == 0;
		else
			ok = ok && c == 'v' && parse_level(optarg, &a->level);
	}
	if (ok && optind == argc && a->config_file != NULL)
		return -1;
	usage(stderr, a->chinese);
	return EXIT_CONFIG;
}

/* ---- settings ---- */

static int read_config(struct agent *a)
{
	struct diags ds;
	int ret;

	diags_init(&ds, &a->arena);
	ret = agent_config_read(a->config_file, &a->arena, &ds, &a->config);
	if (ds.count > 0) {
		diags_sort(&ds);
		diags_print(&ds, stderr, a->chinese);
	}
	return ret;
}

static int read_key(const char *path, EVP_PKEY **out, struct error *err)
{
	uint8_t *pem;
	size_t len;
	int ret;

	if (file_read(path, MAX_FILE_BYTES, &pem, &len, err) != 0)
		return -1;
	ret = identity_key_read(out, (const char *)pem, len, err);
	secret_wipe(pem, len);
	free(pem);
	return ret == 0 ? 0 : error_under(err, "\"%s\"", path);
}

/* What a holder's share is opened with. */
static int read_seal(struct sum_settings *s, struct error *err)
{
	uint8_t *pem;
	size_t len;
	int ret;

	if (s->seal_file == NULL)
		return 0;
	if (file_read(s->seal_file, MAX_FILE_BYTES, &pem, &len, err) != 0)
		return -1;
	ret = sealed_key_read(pem, len, &s->seal, err);
	secret_wipe(pem, len);
	free(pem);
	return ret == 0 ? 0 : error_under(err, "\"%s\"", s->seal_file);
}

/* Everything TLS needs is tried once now, so that a wrong file is told at the start. */
static int read_identity(struct agent *a, struct error *err)
{
	SSL_CTX *ctx;

	if (tls_channel_context(&ctx, &a->config.identity, false, err) != 0)
		return -1;
	SSL_CTX_free(ctx);
	if (read_key(a->config.identity.key, &a->key, err) != 0 ||
		(a->config.sums.members != NULL &&
			read_key(a->config.sums.key_file, &a->config.sums.key, err) != 0) ||
		read_seal(&a->config.sums, err) != 0)
		return -1;
	return guard_new(&a->guard, &a->config.identity, err);
}

/* ---- the end ---- */

static void leave_loop(void *arg)
{
	struct agent *a = arg;

	event_base_loopbreak(a->base);
}

static void on_last(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	leave_loop(arg);
}

static void on_stop(evutil_socket_t fd, short what, void *arg)
{
	const struct timeval last = { .tv_sec = STOP_SECONDS };
	struct agent *a = arg;

	(void)what;
	if (a->stopping)
		return;
	a->stopping = true;
	log_line(LOG_NOTICE, "stopping on signal %d", (int)fd);
	evtimer_add(a->last, &last);
	release_stop(a->pipeline);
	session_stop(a->session, leave_loop, a);
}

static void on_reload(evutil_socket_t fd, short what, void *arg)
{
	struct agent *a = arg;

	(void)fd;
	(void)what;
	watch_now(a->watch);
}

/* ---- putting it together ---- */

static int send_to_gateway(const struct message *m, void *arg)
{
	struct agent *a = arg;

	return a->session == NULL ? -1 : session_send(a->session, m);
}

static void on_policy(struct policy_ref *r, void *arg)
{
	struct agent *a = arg;

	release_policy(a->pipeline, r);
	session_policy(a->session);
}

static unsigned on_gate(enum gate gate, void *arg)
{
	struct agent *a = arg;

	return release_gate(a->pipeline, gate);
}

static int catch_signals(struct agent *a, struct error *err)
{
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN); /* a full quota is a failed write, not the end */
	a->signals[0] = evsignal_new(a->base, SIGTERM, on_stop, a);
	a->signals[1] = evsignal_new(a->base, SIGINT, on_stop, a);
	a->signals[2] = evsignal_new(a->base, SIGHUP, on_reload, a);
	a->last = evtimer_new(a->base, on_last, a);
	for (int i = 0; i < 3; i++)
		if (a->signals[i] == NULL || event_add(a->signals[i], NULL) != 0)
			return error_memory(err);
	return a->last == NULL ? error_memory(err) : 0;
}

static int note(struct agent *a, const char *kind, struct error *err)
{
	const struct audit_note n = { .kind = kind };

	if (audit_add(a->state.audit, &n, err) != 0)
		return -1;
	return state_flush(&a->state, err);
}

static int open_state(struct agent *a, struct error *err)
{
	if (state_open(&a->state, a->config.state, err) != 0)
		return -1;
	if (state_broken(&a->state))
		log_line(LOG_ERROR,
			"THE RECORD OF PRIVACY SPENT IS DAMAGED, every question is refused: %s",
			a->state.broken);
	return note(a, "start", err);
}

static int start(struct agent *a, struct error *err)
{
	struct release_parts parts;
	struct control_parts control;
	struct watch_parts watch;

	a->base = event_base_new();
	/* three: what gathers comes after all that has arrived */
	if (a->base == NULL || event_base_priority_init(a->base, 3) != 0)
		return error_memory(err);
	if (catch_signals(a, err) != 0 || open_state(a, err) != 0)
		return -1;
	parts = (struct release_parts){ .base = a->base,
		.state = &a->state,
		.guard = a->guard,
		.key = a->key,
		.site = a->config.site,
		.data = a->config.data,
		.conninfo = a->config.database,
		.sums = a->config.sums.members == NULL ? NULL : &a->config.sums,
		.send = send_to_gateway,
		.arg = a };
	watch = (struct watch_parts){ .base = a->base,
		.folder = a->config.policy,
		.site = a->config.site,
		.approvers = a->config.approvers,
		.state = &a->state,
		.on_policy = on_policy,
		.on_gate = on_gate,
		.arg = a };
	if (release_new(&a->pipeline, &parts, err) != 0 ||
		session_new(&a->session, a->base, &a->config, &a->state, err) != 0 ||
		watch_new(&a->watch, &watch, err) != 0)
		return -1;
	session_start(a->session, a->pipeline);
	watch_now(a->watch);
	control = (struct control_parts){ .base = a->base,
		.config = &a->config,
		.state = &a->state,
		.pipeline = a->pipeline,
		.session = a->session,
		.watch = a->watch };
	return control_new(&a->control, &control, err);
}

/* state/ready is there while the socket is: what scripts wait for. */
static int say_ready(struct agent *a, struct error *err)
{
	char line[32];
	int n = snprintf(line, sizeof(line), "%ld\n", (long)getpid());

	a->ready = arena_textf(&a->arena, "%s/ready", a->config.state);
	if (a->ready == NULL)
		return error_memory(err);
	if (file_write(a->ready, line, (size_t)n, 0600, err) != 0)
		return -1;
	if (release_policy_now(a->pipeline) == NULL)
		log_line(LOG_WARNING,
			"site %s: ready, but no policy is in force: every question is refused",
			a->config.site);
	else
		log_line(LOG_NOTICE, "site %s: ready", a->config.site);
	return 0;
}

static void clean_up(struct agent *a)
{
	struct error err;

	if (a->ready != NULL)
		(void)unlink(a->ready);
	if (a->state.audit != NULL && note(a, "stop", &err) != 0)
		log_line(LOG_ERROR, "the stop could not be recorded: %s", err.log);
	control_free(a->control);
	watch_free(a->watch);
	release_free(a->pipeline);
	session_free(a->session);
	guard_free(a->guard);
	EVP_PKEY_free(a->key);
	EVP_PKEY_free(a->config.sums.key);
	EVP_PKEY_free(a->config.sums.seal);
	state_close(&a->state);
	for (int i = 0; i < 3; i++)
		if (a->signals[i] != NULL)
			event_free(a->signals[i]);
	if (a->last != NULL)
		event_free(a->last);
	if (a->base != NULL)
		event_base_free(a->base);
	arena_clear(&a->arena);
}

static int run(struct agent *a)
{
	struct error err = { 0 };

	if (read_config(a) != 0)
		return EXIT_CONFIG;
	if (read_identity(a, &err) != 0) {
		log_line(LOG_ERROR, "identity: %s", err.log);
		return EXIT_CONFIG;
	}
	if (start(a, &err) != 0 || say_ready(a, &err) != 0) {
		log_line(LOG_ERROR, "could not start: %s", err.log);
		return err.code == E_LIMIT || err.code == E_INPUT ? EXIT_CONFIG : EXIT_FAILURE;
	}
	event_base_dispatch(a->base);
	log_line(LOG_NOTICE, "stopped");
	return EXIT_SUCCESS;
}

/* The database is the one that the configuration names: PGHOST, PGSERVICE and their like would fill in
 * whatever it leaves out. */
static void forget_libpq_environment(void)
{
	char name[64];

	for (char **at = environ; *at != NULL;) {
		size_t len = strcspn(*at, "=");

		if (strncmp(*at, "PG", 2) == 0 && len < sizeof(name)) {
			memcpy(name, *at, len);
			name[len] = '\0';
			unsetenv(name); /* moves the rest down */
		} else {
			at++;
		}
	}
}

int main(int argc, char **argv)
{
	struct agent a = { .level = LOG_NOTICE, .state = { .lock = -1 } };
	int status;

	secret_process();
	forget_libpq_environment();
	arena_init(&a.arena, MAX_QUERY_ARENA);
	status = read_arguments(&a, argc, argv);
	if (status < 0) {
		log_open("agent", a.level);
		status = run(&a);
	}
	clean_up(&a);
	return status;
}
