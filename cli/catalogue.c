/*
 * catalogue.c - `cordon catalogue`: what hospitals offer, as rows.
 */
#include <inttypes.h>
#include <string.h>

#include "base/text.h"
#include "cli/cli.h"
#include "cli/field.h"
#include "cli/gate.h"
#include "cli/show.h"
#include "cli/table.h"

enum {
	COLUMNS = 5,
	LIST_ARENA = 64 << 20,
	PATH_BYTES = 1024,
	MOST_LABELS = 8 /* of a group in a row; --json has all */
};

struct rows {
	const struct cli *cli;
	struct arena arena;
	struct table table;
	const char *site; /* of the next row */
};

static void add(struct rows *r, struct say what, const char *name, const char *title, const char *more)
{
	const char *row[COLUMNS] = { r->site, tell(r->cli, what), name, title, more };

	table_add(&r->table, false, row);
	if (!r->cli->csv)
		r->site = "";
}

static const char *title_of(struct rows *r, const json_t *o)
{
	const json_t *t = json_object_get(o, "title");
	const char *own = field_text(&r->arena, t, r->cli->zh ? "zh" : "en");

	return own[0] != '\0' ? own : field_text(&r->arena, t, r->cli->zh ? "en" : "zh");
}

/* "a, b, c" of texts or numbers, at most `most`, then how many more. */
static const char *joined(struct rows *r, const json_t *list, size_t most)
{
	const char *all = "";
	json_t *one;
	size_t i;

	json_array_foreach(list, i, one) {
		json_t *in = json_pack("{s:O}", "x", one);
		const char *text = json_is_string(one)
					   ? field_text(&r->arena, in, "x")
					   : field_made(&r->arena, "%g", json_number_value(one));

		json_decref(in);
		if (i == most)
			return field_made(&r->arena, "%s, +%zu", all, json_array_size(list) - most);
		all = field_made(&r->arena, "%s%s%s", all, i > 0 ? ", " : "", text);
	}
	return all;
}

static const char *both(struct rows *r, const char *a, const char *b)
{
	return a[0] == '\0' || b[0] == '\0' ? field_made(&r->arena, "%s%s", a, b)
					    : field_made(&r->arena, "%s; %s", a, b);
}

static const char *span_of(struct rows *r, const json_t *o, const char *key)
{
	const json_t *span = json_object_get(o, key);

	return json_is_object(span) ? field_made(&r->arena, "%s..%s", field_text(&r->arena, span, "from"),
					      field_text(&r->arena, span, "to"))
				    : "";
}

static void add_event(struct rows *r, const json_t *e)
{
	add(r, SAY("event", "事件"), field_text(&r->arena, e, "event"), title_of(r, e),
		both(r, joined(r, json_object_get(e, "codes"), COLUMNS),
			both(r, field_text(&r->arena, e, "steps"),
				joined(r, json_object_get(e, "uses"), MOST_LABELS))));
}

static void add_measure(struct rows *r, const json_t *m)
{
	add(r, SAY("measure", "指标"), field_text(&r->arena, m, "id"), title_of(r, m),
		both(r, field_text(&r->arena, m, "unit"),
			joined(r, json_object_get(m, "cuts"), MOST_LABELS)));
}

static void add_dataset(struct rows *r, const json_t *d)
{
	json_t *one;
	size_t i;

	add(r, SAY("dataset", "数据集"), field_text(&r->arena, d, "id"), title_of(r, d),
		both(r, field_text(&r->arena, d, "model"), span_of(r, d, "span")));
	json_array_foreach(json_object_get(d, "events"), i, one)
		add_event(r, one);
	json_array_foreach(json_object_get(d, "groups"), i, one)
		add(r, SAY("group", "分组"), field_text(&r->arena, one, "name"), title_of(r, one),
			joined(r, json_object_get(one, "labels"), MOST_LABELS));
	json_array_foreach(json_object_get(d, "measures"), i, one)
		add_measure(r, one);
}

static void add_cohort(struct rows *r, const json_t *c)
{
	const char *names = "";
	json_t *one;
	size_t i;

	json_array_foreach(json_object_get(c, "params"), i, one)
		names = field_made(&r->arena, "%s%s%s",
			i > 0 ? names : tell(r->cli, SAY("params ", "参数 ")), i > 0 ? ", " : "",
			field_text(&r->arena, one, "name"));
	add(r, SAY("cohort", "既定队列"), field_text(&r->arena, c, "id"), title_of(r, c),
		both(r, joined(r, json_object_get(c, "kinds"), MOST_LABELS), names));
}

static void add_study(struct rows *r, const json_t *s)
{
	json_t *one;
	size_t i;

	add(r, SAY("study", "课题"), field_text(&r->arena, s, "id"), title_of(r, s),
		both(r, span_of(r, s, "valid"), joined(r, json_object_get(s, "kinds"), MOST_LABELS)));
	json_array_foreach(json_object_get(s, "cohorts"), i, one)
		add_cohort(r, one);
}

static void add_site(struct rows *r, const json_t *s)
{
	bool online = json_is_true(json_object_get(s, "online"));
	int64_t version = 0;
	json_t *one;
	size_t i;

	(void)!field_int(json_object_get(s, "policy"), "version", &version);
	r->site = field_text(&r->arena, s, "site");
	add(r, SAY("hospital", "医院"), field_text(&r->arena, s, "shown"), title_of(r, s),
		field_made(&r->arena, r->cli->zh ? "%s；策略第 %" PRId64 " 版；数据 %s" :
						   "%s; policy %" PRId64 "; data %s",
			tell(r->cli, online ? SAY("online", "在线") : SAY("offline", "离线")), version,
			field_text(&r->arena, s, "data")));
	json_array_foreach(json_object_get(s, "datasets"), i, one)
		add_dataset(r, one);
	json_array_foreach(json_object_get(s, "studies"), i, one)
		add_study(r, one);
}

static void show(const struct cli *cli, const json_t *reply)
{
	static const char *const en[] = { "hospital", "what", "name", "title", "more" };
	static const char *const zh[] = { "医院", "类别", "名称", "标题", "说明" };
	struct rows r = { .cli = cli };
	json_t *site;
	size_t i;

	if (cli->json) {
		show_json(cli, reply);
		return;
	}
	arena_init(&r.arena, LIST_ARENA);
	table_init(&r.table, &r.arena, COLUMNS, cli->zh && !cli->csv ? zh : en);
	json_array_foreach(json_object_get(reply, "sites"), i, site)
		add_site(&r, site);
	if (cli->csv)
		table_csv(&r.table, cli->out);
	else if (i == 0)
		fputs(cli->zh ? "没有符合的内容。\n" : "Nothing fits.\n", cli->out);
	else
		table_print_within(&r.table, cli->out, cli->colour, cli->width);
	arena_clear(&r.arena);
}

/* ---- the call ---- */

/* "/v1/catalogue?q=..": every byte that is no plain letter or digit as %XX. False: too long. */
static bool path_of(char *path, size_t size, int argc, char **argv)
{
	size_t n = (size_t)snprintf(path, size, "/v1/catalogue");

	for (int i = 1; i < argc; i++) {
		n += (size_t)snprintf(path + n, size - n, "%s", i == 1 ? "?q=" : "%20");
		for (const unsigned char *at = (const unsigned char *)argv[i]; *at != '\0'; at++) {
			if (n + 8 > size)
				return false;
			n += (size_t)snprintf(path + n, size - n,
				(*at >= '0' && *at <= '9') || (*at >= 'A' && *at <= 'Z') ||
						(*at >= 'a' && *at <= 'z')
					? "%c"
					: "%%%02X",
				*at);
		}
	}
	return true;
}

int command_catalogue(struct cli *cli, int argc, char **argv)
{
	static const struct option_of none[] = { { 0 } };
	struct reply reply = { 0 };
	struct error err = { 0 };
	char path[PATH_BYTES];
	struct gate d;
	int status = EXIT_ANSWERED;

	if (cli_options(cli, &argc, argv, none) != 0)
		return EXIT_INPUT;
	if (!path_of(path, sizeof(path), argc, argv))
		return cli_usage(cli, "catalogue", SAY("these are too many words", "检索词过长"));
	gate_init(&d);
	if (gate_open(cli, &d, &err) != 0)
		status = cli_fail(cli, EXIT_INPUT, &err);
	else if (client_call(d.client, "GET", path, NULL, &reply, &err) != 0)
		status = gate_failed(cli, &err);
	else if (reply.status >= 300)
		status = show_problem(cli, reply.status, reply.body);
	else
		show(cli, reply.body);
	json_decref(reply.body);
	gate_clear(&d);
	return status;
}
