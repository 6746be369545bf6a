#include "cli/gate.h"
#include "cli/show.h"

#include "base/limits.h"

void gate_init(struct gate *g)
{
	*g = (struct gate){ 0 };
	arena_init(&g->arena, MAX_QUERY_ARENA);
}

void gate_clear(struct gate *g)
{
	client_close(g->client);
	arena_clear(&g->arena);
}

int gate_open(const struct cli *cli, struct gate *g, struct error *err)
{
	const char *path = settings_path(cli->settings, &g->arena);

	if (path == NULL)
		return error_set(err, E_SYSTEM,
			SAY("there is no home folder; use --settings",
				"没有主目录，请使用 --settings"),
			"HOME is not set");
	if (settings_read(path, &g->arena, &g->settings, err) != 0)
		return -1;
	return client_open(&g->client, &g->settings, err);
}

int gate_failed(const struct cli *cli, const struct error *err)
{
	return cli_fail(cli, err->code == E_INPUT ? EXIT_INPUT : EXIT_GATEWAY, err);
}

int gate_call(const struct cli *cli, const char *method, const char *path, const char *body,
	int (*show)(const struct cli *cli, json_t *reply))
{
	struct reply reply = { 0 };
	struct error err = { 0 };
	struct gate d;
	int status;

	gate_init(&d);
	if (gate_open(cli, &d, &err) != 0)
		status = cli_fail(cli, EXIT_INPUT, &err);
	else if (client_call(d.client, method, path, body, &reply, &err) != 0)
		status = gate_failed(cli, &err);
	else if (reply.status >= 300)
		status = show_problem(cli, reply.status, reply.body);
	else if (show == NULL)
		status = EXIT_ANSWERED;
	else if (reply.body == NULL && client_no_gateway(reply.status, &err) != 0)
		status = gate_failed(cli, &err);
	else
		status = show(cli, reply.body);
	json_decref(reply.body);
	gate_clear(&d);
	return status;
}
