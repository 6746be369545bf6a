/*
 * main.c - cordon-gateway: from the command line to a loop, and out again on SIGTERM.
 */
#include <event2/event.h>
#include <getopt.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "base/log.h"
#include "base/secret.h"
#include "gateway/config.h"
#include "gateway/gateway.h"

#define PROGRAM "cordon-gateway"
#define VERSION "0.1.0"

enum {
	EXIT_CONFIG = 2
};

struct options {
	const char *config;
	bool chinese;
	enum log_level level;
};

static const char usage_en[] =
	"Usage: " PROGRAM " --config FILE [--lang zh|en] [--log debug|info|notice]\n"
	"Takes questions from people over HTTPS, sends them to the hospitals' agents and\n"
	"combines their protected answers.\n"
	"  --config FILE   gateway.yaml\n"
	"  --lang zh|en    language of messages about the configuration\n"
	"  --log LEVEL     what is logged to standard error\n"
	"  --version, --help\n";
static const char usage_zh[] =
	"用法：" PROGRAM " --config 文件 [--lang zh|en] [--log debug|info|notice]\n"
	"通过 HTTPS 接收问题，发给各医院的代理，并合并受保护的答案。\n"
	"  --config 文件   gateway.yaml\n"
	"  --lang zh|en    配置提示所用的语言\n"
	"  --log 级别      输出到标准错误的日志级别\n"
	"  --version, --help\n";

static bool parse_level(const char *s, enum log_level *out)
{
	static const char *const words[] = { "debug", "info", "notice" };

	for (int i = 0; i < 3; i++)
		if (strcmp(s, words[i]) == 0) {
			*out = (enum log_level)i;
			return true;
		}
	return false;
}

static bool speaks_chinese(void)
{
	const char *lang = getenv("LC_ALL");

	if (lang == NULL || lang[0] == '\0')
		lang = getenv("LANG");
	return lang != NULL && strncmp(lang, "zh", 2) == 0;
}

/* -1: go on; else the exit status. */
static int read_options(int argc, char **argv, struct options *o)
{
	static const struct option list[] = {
		{ "config", required_argument, NULL, 'c' },
		{ "lang", required_argument, NULL, 'l' },
		{ "log", required_argument, NULL, 'v' },
		{ "version", no_argument, NULL, 'V' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	bool help = false, bad = false;
	int c;

	*o = (struct options){ .chinese = speaks_chinese(), .level = LOG_INFO };
	while ((c = getopt_long(argc, argv, "", list, NULL)) != -1) {
		if (c == 'c')
			o->config = optarg;
		else if (c == 'l' && (strcmp(optarg, "zh") == 0 || strcmp(optarg, "en") == 0))
			o->chinese = optarg[0] == 'z';
		else if (c == 'V')
			return puts(PROGRAM " " VERSION) < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
		else if (c == 'h')
			help = true;
		else if (c != 'v' || !parse_level(optarg, &o->level))
			bad = true;
	}
	bad = bad || optind < argc || (o->config == NULL && !help);
	if (help || bad)
		fputs(o->chinese ? usage_zh : usage_en, bad ? stderr : stdout);
	return bad ? EXIT_CONFIG : help ? EXIT_SUCCESS : -1;
}

/* Every agent and every person is a descriptor. */
static void raise_limits(void)
{
	struct rlimit lim;

	if (getrlimit(RLIMIT_NOFILE, &lim) == 0 && lim.rlim_cur < lim.rlim_max) {
		lim.rlim_cur = lim.rlim_max;
		setrlimit(RLIMIT_NOFILE, &lim);
	}
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN); /* a full disk is an error of one write, not the end */
}

static int read_config(const struct options *o, struct gateway_config *config, struct arena *arena)
{
	struct diags ds;
	struct error err;
	int ret;

	diags_init(&ds, arena);
	ret = gateway_config_read(config, o->config, arena, &ds, &err);
	diags_sort(&ds);
	diags_print(&ds, stderr, o->chinese);
	if (ret != 0 && ds.errors == 0)
		fprintf(stderr, PROGRAM ": %s (%s)\n", o->chinese ? err.say.zh : err.say.en,
			err.log);
	return ret;
}

static void on_stopped(void *arg)
{
	event_base_loopbreak(arg);
}

static void on_signal(evutil_socket_t number, short what, void *arg)
{
	struct gateway *g = arg;

	(void)number;
	(void)what;
	log_line(LOG_INFO, "stopping");
	gateway_stop(g, on_stopped, gateway_base(g));
}

static struct event_base *new_base(void)
{
	struct event_base *base = event_base_new();

	if (base != NULL && event_base_priority_init(base, 3) != 0) {
		event_base_free(base);
		return NULL;
	}
	return base;
}

/* Until a signal. */
static int serve(const struct options *o, const struct gateway_config *config)
{
	struct event_base *base = new_base();
	struct event *term = NULL, *interrupt = NULL;
	struct gateway *g = NULL;
	struct error err;
	int ret = EXIT_FAILURE;

	if (base == NULL)
		goto out;
	if (gateway_open(&g, base, config, &err) != 0) {
		log_line(LOG_ERROR, "%s", err.log);
		fprintf(stderr, "%s\n", o->chinese ? err.say.zh : err.say.en);
		ret = err.code == E_INPUT ? EXIT_CONFIG : EXIT_FAILURE;
		goto out;
	}
	term = evsignal_new(base, SIGTERM, on_signal, g);
	interrupt = evsignal_new(base, SIGINT, on_signal, g);
	if (term != NULL && interrupt != NULL && event_add(term, NULL) == 0 &&
		event_add(interrupt, NULL) == 0 && event_base_dispatch(base) >= 0 &&
		!gateway_broken(g))
		ret = EXIT_SUCCESS;
out:
	if (term != NULL)
		event_free(term);
	if (interrupt != NULL)
		event_free(interrupt);
	gateway_close(g);
	if (base != NULL)
		event_base_free(base);
	return ret;
}

int main(int argc, char **argv)
{
	struct gateway_config config;
	struct options o;
	struct arena arena;
	int ret;

	secret_process();
	setlocale(LC_CTYPE, "");
	ret = read_options(argc, argv, &o);
	if (ret >= 0)
		return ret;
	log_open(PROGRAM, o.level);
	raise_limits();
	arena_init(&arena, MAX_POLICY_ARENA);
	ret = read_config(&o, &config, &arena) != 0 ? EXIT_CONFIG : serve(&o, &config);
	arena_clear(&arena);
	return ret;
}
