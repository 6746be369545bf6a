/*
 * ask.c - the researcher's commands: send a question, wait and show; price, budget, history.
 */
#include <string.h>

#include "base/limits.h"
#include "base/text.h"
#include "cli/cli.h"
#include "cli/gate.h"
#include "cli/request.h"
#include "cli/show.h"

/* A broken line is taken up again after 0.25, 0.5, 1, 2 and 4 seconds: as long as a gateway
 * restarts. */
enum {
	TRIES = 6,
	FIRST_PAUSE_MS = 250
};

/* ---- waiting ---- */

struct wait {
	const struct cli *cli;
	json_t *last; /* owned */
	bool heard;   /* since the line was taken up */
};

static void on_answer(json_t *answer, void *arg)
{
	struct wait *w = arg;

	json_decref(w->last);
	w->last = json_incref(answer);
	w->heard = true;
	show_progress(w->cli, answer);
}

static bool running(const json_t *answer)
{
	const char *state = json_string_value(json_object_get(answer, "state"));

	return state != NULL && strcmp(state, "running") == 0;
}

/* Follows the events until the answer is whole. */
static int follow(struct wait *w, struct client *client, const char *path, struct error *err)
{
	int silent = 0;

	if (client_catch_interrupt(client, err) != 0)
		return -1;
	while (running(w->last)) {
		bool failed;

		w->heard = false;
		failed = client_follow(client, path, on_answer, w, err) != 0;
		if (client_interrupted(client))
			return error_set(
				err, E_STATE, SAY("interrupted", "已中断"), "by the person");
		if (!running(w->last))
			break;
		silent = w->heard ? 0 : silent + 1;
		if (silent == TRIES)
			return failed ? -1
				      : error_set(err, E_SYSTEM,
						SAY("the gateway gives no progress",
							"网关不提供进度"),
						"%s: no events", path);
		client_pause(client, FIRST_PAUSE_MS << silent);
	}
	return 0;
}

/* The question goes on without us: how to come back to it. */
static void tell_how_on(const struct cli *cli, const char *id)
{
	fprintf(cli->err,
		cli->zh ? "问题仍在进行。查看：cordon show %s，取消：cordon cancel %s\n"
			: "the question goes on. To see it: cordon show %s; to stop it: cordon "
			  "cancel %s\n",
		id, id);
}

/* Waits for the end of the question in *answer and puts its answer there; gives an exit status. */
static int wait_for(const struct cli *cli, struct client *client, json_t **answer)
{
	const char *id = json_string_value(json_object_get(*answer, "id"));
	struct wait w = { .cli = cli, .last = json_incref(*answer) };
	struct error err = { 0 };
	int status = EXIT_ANSWERED;
	char path[120];

	if (id == NULL || !id_valid(id)) {
		json_decref(w.last);
		error_set(&err, E_SYSTEM,
			SAY("the gateway's answer has no id", "网关的答复没有编号"),
			"an answer that runs must have one");
		return cli_fail(cli, EXIT_GATEWAY, &err);
	}
	snprintf(path, sizeof(path), "/v1/questions/%s/events", id);
	show_progress(cli, w.last);
	if (follow(&w, client, path, &err) != 0)
		status = err.code == E_STATE ? EXIT_INTERRUPTED : EXIT_GATEWAY;
	show_progress_end(cli);
	if (status == EXIT_GATEWAY)
		cli_fail(cli, status, &err);
	if (status != EXIT_ANSWERED)
		tell_how_on(cli, id);
	json_decref(*answer);
	*answer = w.last;
	return status;
}

/* ---- asking ---- */

static int finish(const struct cli *cli, struct client *client, struct reply *reply, bool watch)
{
	int status = EXIT_ANSWERED;

	if (reply->status >= 300)
		return show_problem(cli, reply->status, reply->body);
	if (watch && running(reply->body))
		status = wait_for(cli, client, &reply->body);
	return status != EXIT_ANSWERED ? status : show_answer(cli, reply->body);
}

static int send_question(const struct cli *cli, struct gate *d, const struct question *q,
	uint64_t deadline_ms, bool watch)
{
	struct reply reply = { 0 };
	struct error err = { 0 };
	struct text body;
	int status;

	text_init(&body, REQUEST_BYTES);
	if (request_ask(&d->settings, q, deadline_ms, &body, &err) != 0)
		status = cli_fail(cli, EXIT_INPUT, &err);
	else if (client_call(d->client, "POST", "/v1/questions", body.at, &reply, &err) != 0)
		status = gate_failed(cli, &err);
	else
		status = finish(cli, d->client, &reply, watch);
	json_decref(reply.body);
	text_clear(&body);
	return status;
}

int command_ask(struct cli *cli, int argc, char **argv)
{
	const char *deadline = NULL;
	bool no_watch = false, watch = false; /* --watch is what happens anyway */
	const struct option_of options[] = { { "--deadline", &deadline, NULL },
		{ "--no-watch", NULL, &no_watch }, { "--watch", NULL, &watch },
		{ "--explain", NULL, &cli->explain }, { 0 } };
	uint64_t seconds = DEADLINE_DEFAULT_MS / 1000;
	struct error err = { 0 };
	struct question *q;
	struct gate d;
	int status;

	if (cli_options(cli, &argc, argv, options) != 0)
		return EXIT_INPUT;
	if (argc != 2)
		return cli_usage(cli, "ask", SAY("name one question file", "请给出一个问题文件"));
	if (deadline != NULL &&
		(!parse_u64(deadline, &seconds) || seconds < 1 || seconds > DEADLINE_MAX_MS / 1000))
		return cli_usage(cli, "ask",
			SAY("--deadline is a number of seconds, 1 to 600",
				"--deadline 为 1 至 600 的秒数"));
	gate_init(&d);
	if (request_read(cli, argv[1], &d.arena, &q) != 0)
		status = EXIT_INPUT;
	else if (gate_open(cli, &d, &err) != 0)
		status = cli_fail(cli, EXIT_INPUT, &err);
	else
		status = send_question(cli, &d, q, seconds * 1000, !no_watch);
	gate_clear(&d);
	return status;
}

int command_count(struct cli *cli, int argc, char **argv)
{
	struct count_options o = { 0 };
	const struct option_of options[] = { { "--study", &o.study, NULL },
		{ "--cohort", &o.cohort, NULL }, { "--by", &o.by, NULL },
		{ "--sites", &o.sites, NULL }, { "--on", &o.on, NULL },
		{ "--dataset", &o.dataset, NULL }, { 0 } };
	struct error err = { 0 };
	struct question *q;
	struct gate d;
	int status;

	if (cli_options(cli, &argc, argv, options) != 0)
		return EXIT_INPUT;
	if (argc != 1 || o.study == NULL || o.cohort == NULL)
		return cli_usage(cli, "count",
			SAY("--study and --cohort are needed", "需要 --study 和 --cohort"));
	gate_init(&d);
	if (request_count(cli, &o, &d.arena, &q) != 0)
		status = EXIT_INPUT;
	else if (gate_open(cli, &d, &err) != 0)
		status = cli_fail(cli, EXIT_INPUT, &err);
	else
		status = send_question(cli, &d, q, DEADLINE_DEFAULT_MS, true);
	gate_clear(&d);
	return status;
}

/* ---- the others ---- */

static const struct option_of no_options[] = { { 0 } };

int command_price(struct cli *cli, int argc, char **argv)
{
	struct error err = { 0 };
	struct question *q;
	struct arena arena;
	struct text body;
	int status = EXIT_INPUT;

	if (cli_options(cli, &argc, argv, no_options) != 0)
		return EXIT_INPUT;
	if (argc != 2)
		return cli_usage(cli, "price", SAY("name one question file", "请给出一个问题文件"));
	arena_init(&arena, MAX_QUERY_ARENA);
	text_init(&body, REQUEST_BYTES);
	if (request_read(cli, argv[1], &arena, &q) == 0) {
		if (request_price(q, &body, &err) != 0)
			status = cli_fail(cli, EXIT_INPUT, &err);
		else
			status = gate_call(cli, "POST", "/v1/questions/price", body.at, show_price);
	}
	text_clear(&body);
	arena_clear(&arena);
	return status;
}

/* Calls `path` with one id from the command line behind it. */
static int with_id(const struct cli *cli, int argc, char **argv, const struct option_of *options,
	const char *method, const char *path, int (*show)(const struct cli *, json_t *))
{
	char full[120];

	if (cli_options(cli, &argc, argv, options) != 0)
		return EXIT_INPUT;
	if (argc != 2 || !id_valid(argv[1]))
		return cli_usage(cli, argv[0],
			strcmp(argv[0], "budget") == 0
				? SAY("name one study", "请给出一个课题")
				: SAY("name one question's id; cordon history lists them",
					  "请给出一个问题编号，可用 cordon history 查看"));
	snprintf(full, sizeof(full), "%s%s", path, argv[1]);
	return gate_call(cli, method, full, NULL, show);
}

int command_show(struct cli *cli, int argc, char **argv)
{
	const struct option_of options[] = { { "--explain", NULL, &cli->explain }, { 0 } };

	return with_id(cli, argc, argv, options, "GET", "/v1/questions/", show_answer);
}

int command_cancel(struct cli *cli, int argc, char **argv)
{
	return with_id(cli, argc, argv, no_options, "DELETE", "/v1/questions/", show_cancelled);
}

int command_budget(struct cli *cli, int argc, char **argv)
{
	return with_id(cli, argc, argv, no_options, "GET", "/v1/budget?study=", show_budget);
}

int command_sites(struct cli *cli, int argc, char **argv)
{
	if (cli_options(cli, &argc, argv, no_options) != 0)
		return EXIT_INPUT;
	if (argc != 1)
		return cli_usage(cli, "sites", SAY("it takes no arguments", "此命令没有参数"));
	return gate_call(cli, "GET", "/v1/sites", NULL, show_sites);
}

int command_history(struct cli *cli, int argc, char **argv)
{
	const char *before = NULL;
	const struct option_of options[] = { { "--before", &before, NULL }, { 0 } };
	char path[120];

	if (cli_options(cli, &argc, argv, options) != 0)
		return EXIT_INPUT;
	if (argc != 1 || (before != NULL && !id_valid(before)))
		return cli_usage(
			cli, "history", SAY("there is only --before ID", "只有 --before 编号"));
	snprintf(path, sizeof(path), "/v1/questions?limit=50%s%s",
		before == NULL ? "" : "&before=", before == NULL ? "" : before);
	return gate_call(cli, "GET", path, NULL, show_history);
}
