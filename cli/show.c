#include "cli/show.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/text.h"
#include "cli/csv.h"
#include "cli/field.h"
#include "cli/plain.h"
#include "cli/table.h"
#include "query/answer.h"

enum {
	SHOW_ARENA = 256 << 20,
	WIDE_SITES = 6,
	BAR_SITES = 40
};

/* One answer being shown. */
struct view {
	const struct cli *cli;
	struct arena arena;
	json_t *groups, *sites, *total; /* lists; NULL when absent */
	size_t n_groups;
};

static void view_init(struct view *v, const struct cli *cli, const json_t *answer)
{
	*v = (struct view){ .cli = cli,
		.groups = json_object_get(answer, "groups"),
		.sites = json_object_get(answer, "sites"),
		.total = json_object_get(json_object_get(answer, "total"), "cells") };
	arena_init(&v->arena, SHOW_ARENA);
	v->n_groups = json_array_size(v->groups);
	if (v->n_groups > MAX_GROUPS)
		v->n_groups = MAX_GROUPS;
}

/* ---- words and numbers ---- */

static const char *site_word(const struct cli *cli, const json_t *site)
{
	enum site_state s;

	return site_state_parse(field_word(site, "state"), &s) ? tell(cli, site_state_say(s)) : "?";
}

static const char *answer_word(const struct cli *cli, const json_t *answer)
{
	enum answer_state s;

	return answer_state_parse(field_word(answer, "state"), &s) ? tell(cli, answer_state_say(s))
								   : "?";
}

static bool released(const json_t *cell)
{
	return strcmp(field_word(cell, "state"), cell_state_name(CELL_RELEASED)) == 0;
}

/* Digits in groups of three, so that large counts are read at a glance. */
static const char *grouped(struct arena *a, int64_t v)
{
	char digits[32], out[48];
	size_t len, n = 0;

	snprintf(digits, sizeof(digits), "%" PRIu64, v < 0 ? 0 - (uint64_t)v : (uint64_t)v);
	len = strlen(digits);
	if (v < 0)
		out[n++] = '-';
	for (size_t i = 0; i < len; i++) {
		if (i > 0 && (len - i) % 3 == 0)
			out[n++] = ',';
		out[n++] = digits[i];
	}
	out[n] = '\0';
	return field_made(a, "%s", out);
}

static const char *cell_value(struct view *v, const json_t *cell)
{
	int64_t n;

	if (released(cell))
		return field_int(cell, "value", &n) ? grouped(&v->arena, n) : "?";
	if (strcmp(field_word(cell, "state"), cell_state_name(CELL_BELOW)) != 0)
		return "–";
	if (field_int(cell, "threshold", &n))
		return field_made(&v->arena, "<%" PRId64, n);
	return v->cli->zh ? "已隐去" : "suppressed";
}

static const char *cell_interval(struct view *v, const json_t *cell)
{
	int64_t ends[2];

	if (!released(cell) || !field_pair(cell, "interval", ends))
		return "";
	return field_made(
		&v->arena, "%s – %s", grouped(&v->arena, ends[0]), grouped(&v->arena, ends[1]));
}

/* "409 ±9" where there is no room for two ends. */
static const char *cell_short(struct view *v, const json_t *cell)
{
	const char *value = cell_value(v, cell);
	int64_t n, ends[2], half;

	if (!released(cell) || !field_int(cell, "value", &n) ||
		!field_pair(cell, "interval", ends) || __builtin_sub_overflow(ends[1], n, &half))
		return value;
	return field_made(&v->arena, "%s ±%" PRId64, value, half);
}

/* ---- what it cost ---- */

static int64_t amount(const json_t *account, const char *key)
{
	int64_t v;

	return parse_decimal(field_word(account, key), 12, &v) ? v : 0;
}

/* How often a charge of the same size fits into what is left; -1 when it was free. */
static int64_t times_left(const json_t *account)
{
	int64_t cost = amount(account, "cost");

	return cost <= 0 ? -1 : amount(account, "left") / cost;
}

/* Of all budgets the one that will say no first; NULL when none was charged. */
static const json_t *tightest(const json_t *site)
{
	json_t *account, *tight = NULL;
	size_t i;

	json_array_foreach(json_object_get(site, "accounts"), i, account)
		if (tight == NULL || times_left(account) < times_left(tight) ||
			(times_left(account) < 0 &&
				amount(account, "left") < amount(tight, "left")))
			tight = account;
	return tight;
}

/* Fills two cells: what it cost, and what is left where least is left. */
static void price_and_left(struct view *v, const json_t *site, const char *cells[2])
{
	const json_t *tight = tightest(site);
	struct arena *a = &v->arena;
	const char *left, *cap;

	if (tight == NULL)
		return;
	left = field_text(a, tight, "left");
	cap = field_text(a, tight, "cap");
	cells[0] = v->cli->zh ? "免费" : "free";
	cells[1] = field_made(a, v->cli->zh ? "%s / %s" : "%s of %s", left, cap);
	if (times_left(tight) < 0)
		return;
	cells[0] =
		field_made(a, "%s %s", field_text(a, tight, "cost"), field_text(a, tight, "unit"));
	cells[1] = field_made(a,
		v->cli->zh ? "%s，还可提问 %" PRId64 " 次" : "%s, %" PRId64 " more like this",
		cells[1], times_left(tight));
}

/* ---- people's tables ---- */

/* Without groups: a row per hospital, the total under a rule. */
static void plain_table(struct view *v)
{
	const char *en[] = { "hospital", ">people", ">95 % interval", "state", "price", "left" };
	const char *zh[] = { "医院", ">人数", ">95 % 区间", "状态", "费用", "剩余" };
	const struct cli *cli = v->cli;
	json_t *site, *total = json_array_get(v->total, 0);
	struct table t;
	size_t i;

	table_init(&t, &v->arena, 6, cli->zh ? zh : en);
	json_array_foreach(v->sites, i, site) {
		const json_t *cell = json_array_get(json_object_get(site, "cells"), 0);
		const char *row[6] = { field_text(&v->arena, site, "site"), cell_value(v, cell),
			cell_interval(v, cell), site_word(cli, site) };

		price_and_left(v, site, &row[4]);
		table_add(&t, false, row);
	}
	if (total != NULL) {
		const char *row[6] = { cli->zh ? "合计" : "total", cell_value(v, total),
			cell_interval(v, total) };

		row[3] = field_made(&v->arena,
			cli->zh ? "含 %zu 家，共 %zu 家" : "%zu of %zu hospitals",
			json_array_size(json_object_get(total, "sites")),
			json_array_size(v->sites));
		table_add(&t, true, row);
	}
	table_print(&t, cli->out, cli->colour);
}

/* The hospitals that have columns in a table with groups: those with cells, while they fit. */
struct columns {
	const json_t *site[WIDE_SITES];
	json_t *cells[WIDE_SITES]; /* owned: spelling of a group -> cell */
	unsigned n;
};

/* One spelling per group, whatever the order of its keys; heap. */
static char *group_key(const json_t *cell)
{
	return json_dumps(json_object_get(cell, "group"), JSON_COMPACT | JSON_SORT_KEYS);
}

/* So that finding a cell costs the same however many there are. */
static json_t *index_cells(const json_t *site)
{
	json_t *cells = json_object_get(site, "cells"), *index = json_object(), *cell;
	size_t i;

	json_array_foreach(cells, i, cell) {
		char *key = group_key(cell);

		if (key != NULL)
			json_object_set(index, key, cell);
		free(key);
	}
	return index;
}

static void columns_choose(struct columns *c, const struct view *v)
{
	json_t *site;
	size_t i, with_cells = 0;

	*c = (struct columns){ 0 };
	json_array_foreach(v->sites, i, site)
		with_cells += json_array_size(json_object_get(site, "cells")) > 0;
	if (with_cells > WIDE_SITES)
		return;
	json_array_foreach(v->sites, i, site)
		if (json_array_size(json_object_get(site, "cells")) > 0) {
			c->site[c->n] = site;
			c->cells[c->n++] = index_cells(site);
		}
}

static void columns_clear(struct columns *c)
{
	for (unsigned i = 0; i < c->n; i++)
		json_decref(c->cells[i]);
}

static void group_row(struct view *v, struct table *t, const struct columns *c, const json_t *cell)
{
	const json_t *group = json_object_get(cell, "group");
	const char *row[TABLE_COLUMNS];
	char *key = group_key(cell);
	unsigned n = 0;

	for (size_t i = 0; i < v->n_groups; i++)
		row[n++] = field_text(
			&v->arena, group, field_word(json_array_get(v->groups, i), "name"));
	row[n++] = cell_value(v, cell);
	row[n++] = cell_interval(v, cell);
	for (unsigned i = 0; i < c->n; i++)
		row[n++] = cell_short(v, key == NULL ? NULL : json_object_get(c->cells[i], key));
	free(key);
	table_add(t, false, row);
}

/* With groups: a row per cell, the total first, then the hospitals. */
static void group_table(struct view *v)
{
	const struct cli *cli = v->cli;
	const char *heads[TABLE_COLUMNS];
	struct columns columns;
	json_t *cell;
	struct table t;
	unsigned n = 0;
	size_t i;

	columns_choose(&columns, v);
	for (i = 0; i < v->n_groups; i++)
		heads[n++] = field_text(&v->arena, json_array_get(v->groups, i), "name");
	heads[n++] = cli->zh ? ">合计" : ">total";
	heads[n++] = cli->zh ? ">95 % 区间" : ">95 % interval";
	for (i = 0; i < columns.n; i++)
		heads[n++] = field_made(
			&v->arena, ">%s", field_text(&v->arena, columns.site[i], "site"));
	table_init(&t, &v->arena, n, heads);
	json_array_foreach(v->total, i, cell)
		group_row(v, &t, &columns, cell);
	table_print(&t, cli->out, cli->colour);
	fputc('\n', cli->out);
	columns_clear(&columns);
}

static void site_table(struct view *v)
{
	const char *en[] = { "hospital", "state", "price", "left" };
	const char *zh[] = { "医院", "状态", "费用", "剩余" };
	const struct cli *cli = v->cli;
	struct table t;
	json_t *site;
	size_t i;

	table_init(&t, &v->arena, 4, cli->zh ? zh : en);
	json_array_foreach(v->sites, i, site) {
		const char *row[4] = { field_text(&v->arena, site, "site"), site_word(cli, site) };

		price_and_left(v, site, &row[2]);
		table_add(&t, false, row);
	}
	table_print(&t, cli->out, cli->colour);
}

/* ---- remarks ---- */

/* Why a site said no. */
static void reason(struct view *v, const json_t *site)
{
	const char *sentence = tell(v->cli, field_say(&v->arena, site));
	const char *rule = field_text(&v->arena, site, "rule");

	if (sentence[0] == '\0')
		return;
	fprintf(v->cli->out, rule[0] == '\0' ? "%s: %s%s\n" : "%s: [%s] %s\n",
		field_text(&v->arena, site, "site"), rule, sentence);
}

/* With groups: some number of the total is without one that a hospital kept back. */
static bool total_lacks(const struct view *v, size_t with_cells)
{
	json_t *cell;
	size_t i;

	if (v->n_groups == 0)
		return false; /* the table says how many it contains */
	json_array_foreach(v->total, i, cell)
		if (released(cell) && json_array_size(json_object_get(cell, "sites")) < with_cells)
			return true;
	return false;
}

/* What shaped the answers: one line each, in words. */
static void remarks(struct view *v)
{
	const struct cli *cli = v->cli;
	size_t i, left_out = 0, cells_left_out = 0, with_cells = 0;
	const char *noise = NULL;
	json_t *site;

	json_array_foreach(v->sites, i, site) {
		const json_t *n = json_object_get(site, "noise");

		reason(v, site);
		with_cells += json_array_size(json_object_get(site, "cells")) > 0;
		left_out += json_is_true(json_object_get(site, "rows_left_out"));
		cells_left_out += json_is_true(json_object_get(site, "cells_left_out"));
		if (n != NULL && noise == NULL)
			noise = field_text(&v->arena, n, "kind");
	}
	if (noise != NULL)
		fprintf(cli->out,
			cli->zh ? "每家医院加入了噪声（%s）；区间以 95 %% "
				  "的把握包含未加噪声的人数。\n"
				: "Each hospital added noise (%s); the interval covers the number "
				  "without "
				  "noise in 95 %% of cases.\n",
			noise);
	if (left_out > 0)
		fprintf(cli->out,
			cli->zh ? "%zu 家医院按其红线清单不计退出者和敏感记录。\n"
			: left_out == 1 ? "%zu hospital leaves out people who opted out and "
					  "sensitive records, as its red list says.\n"
					: "%zu hospitals leave out people who opted out and "
					  "sensitive records, as their red list says.\n",
			left_out);
	if (total_lacks(v, with_cells))
		fputs(cli->zh ? "合计只含本行中给出数字的医院。\n"
			      : "A total is of the hospitals that show a number in its row, and of "
				"no others.\n",
			cli->out);
	if (cells_left_out > 0)
		fputs(cli->zh ? "各院的分组数字过多，此处只有合计。\n"
			      : "The hospitals' own numbers are too many to list; only the total "
				"is "
				"here.\n",
			cli->out);
}

static bool is_state(const json_t *answer, enum answer_state state)
{
	return strcmp(field_word(answer, "state"), answer_state_name(state)) == 0;
}

static void how_to_go_on(struct view *v, const json_t *answer)
{
	const char *id = field_text(&v->arena, answer, "id");

	if (is_state(answer, ANSWER_RUNNING) && id[0] != '\0')
		fprintf(v->cli->out,
			v->cli->zh ? "问题仍在进行。查看：cordon show %s，取消：cordon cancel %s\n"
				   : "It is running. To see it: cordon show %s; to stop it: cordon "
				     "cancel %s\n",
			id, id);
}

static void show_table(struct view *v, const json_t *answer)
{
	const struct cli *cli = v->cli;
	struct arena *a = &v->arena;
	int64_t ms;

	fprintf(cli->out, cli->zh ? "问题 %s  课题 %s  %s  %s" : "question %s  study %s  %s  %s",
		field_text(a, answer, "id"), field_text(a, answer, "study"),
		field_text(a, answer, "kind"), answer_word(cli, answer));
	if (field_int(answer, "ms", &ms))
		fprintf(cli->out, cli->zh ? "，%" PRId64 " 毫秒" : ", %" PRId64 " ms", ms);
	fputs("\n\n", cli->out);
	if (v->n_groups == 0) {
		plain_table(v);
	} else {
		group_table(v);
		site_table(v);
	}
	fputc('\n', cli->out);
	remarks(v);
	how_to_go_on(v, answer);
}

/* ---- spreadsheets ---- */

static void csv_head(struct view *v, struct csv *csv)
{
	static const char *const heads[] = { "cell_state", "value", "low", "high" };

	csv_text(csv, "site");
	csv_text(csv, "site_state");
	for (size_t i = 0; i < v->n_groups; i++)
		csv_text(csv, field_text(&v->arena, json_array_get(v->groups, i), "name"));
	for (size_t i = 0; i < sizeof(heads) / sizeof(heads[0]); i++)
		csv_text(csv, heads[i]);
	csv_end(csv);
}

/* cell NULL: the site has none. */
static void csv_line(
	struct view *v, struct csv *csv, const char *site, const json_t *of, const json_t *cell)
{
	const json_t *group = json_object_get(cell, "group");
	int64_t value = 0, ends[2] = { 0 };
	bool known = released(cell) && field_int(cell, "value", &value);
	bool pair = known && field_pair(cell, "interval", ends);

	csv_text(csv, site);
	csv_text(csv, field_text(&v->arena, of, "state"));
	for (size_t i = 0; i < v->n_groups; i++)
		csv_text(csv, field_text(&v->arena, group,
				      field_word(json_array_get(v->groups, i), "name")));
	csv_text(csv, field_text(&v->arena, cell, "state"));
	csv_number(csv, known, value);
	csv_number(csv, pair, ends[0]);
	csv_number(csv, pair, ends[1]);
	csv_end(csv);
}

static void csv_cells(
	struct view *v, struct csv *csv, const char *site, const json_t *of, const json_t *cells)
{
	json_t *cell;
	size_t i;

	json_array_foreach(cells, i, cell)
		csv_line(v, csv, site, of, cell);
	if (json_array_size(cells) == 0)
		csv_line(v, csv, site, of, NULL);
}

static void show_csv(struct view *v, const json_t *answer)
{
	struct csv csv = { .out = v->cli->out };
	json_t *site;
	size_t i;

	csv_head(v, &csv);
	json_array_foreach(v->sites, i, site)
		csv_cells(v, &csv, field_text(&v->arena, site, "site"), site,
			json_object_get(site, "cells"));
	csv_cells(v, &csv, "total", answer, v->total);
}

/* ---- the whole ---- */

static int status_of(const struct view *v, const json_t *answer)
{
	json_t *cell;
	size_t i;

	if (is_state(answer, ANSWER_RUNNING))
		return EXIT_ANSWERED;
	json_array_foreach(v->total, i, cell)
		if (released(cell))
			return is_state(answer, ANSWER_COMPLETE) ? EXIT_ANSWERED : EXIT_PARTIAL;
	return EXIT_NO;
}

static int print_json(const char *bytes, size_t len, void *out)
{
	plain_json(out, bytes, len);
	return 0;
}

void show_json(const struct cli *cli, const json_t *j)
{
	/* 15 digits: what was 0.95 is 0.95 again */
	json_dump_callback(j, print_json, cli->out,
		JSON_INDENT(1) | JSON_PRESERVE_ORDER | JSON_REAL_PRECISION(15) | JSON_ENCODE_ANY);
	fputc('\n', cli->out);
}

int show_answer(const struct cli *cli, json_t *answer)
{
	struct view v;
	int status;

	view_init(&v, cli, answer);
	if (cli->json)
		show_json(cli, answer);
	else if (cli->csv)
		show_csv(&v, answer);
	else
		show_table(&v, answer);
	status = status_of(&v, answer);
	arena_clear(&v.arena);
	return status;
}

int show_cancelled(const struct cli *cli, json_t *answer)
{
	(void)show_answer(cli, answer);
	return EXIT_ANSWERED;
}

void show_progress(const struct cli *cli, json_t *answer)
{
	json_t *sites = json_object_get(answer, "sites"), *site;
	size_t i, waiting = 0, all = json_array_size(sites);

	if (!cli->live)
		return;
	json_array_foreach(sites, i, site)
		waiting += strcmp(field_word(site, "state"), site_state_name(SITE_WAITING)) == 0;
	fputs("\r\033[K", cli->err);
	for (i = 0; i < all && all <= BAR_SITES; i++)
		fputs(i < all - waiting ? "█" : "░", cli->err);
	fprintf(cli->err, cli->zh ? " %zu/%zu 家医院已答复" : " %zu of %zu hospitals answered",
		all - waiting, all);
	fflush(cli->err);
}

void show_progress_end(const struct cli *cli)
{
	if (!cli->live)
		return;
	fputs("\r\033[K", cli->err);
	fflush(cli->err);
}
