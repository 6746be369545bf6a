#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "cli/field.h"
#include "cli/show_in.h"

/*
 * Counts: a row per hospital, or a row per group with a column per hospital; and under every answer what it cost.
 */

enum {
	BAR_WIDTH = 20
};

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

/* A row per hospital, the total under a rule; with `priced`, what each cost in the same row. */
static void hospitals(struct view *v, struct table *t, bool priced)
{
	static const char *const en[] = { "hospital", ">people", ">95 % interval", "state", "price",
		"left" };
	static const char *const zh[] = { "医院", ">人数", ">95 % 区间", "状态", "费用", "剩余" };
	const struct cli *cli = v->cli;
	json_t *site, *total = json_array_get(v->total, 0);
	size_t i;

	table_init(t, &v->arena, priced ? 6 : 4, cli->zh ? zh : en);
	json_array_foreach(v->sites, i, site) {
		const json_t *cell = json_array_get(json_object_get(site, "cells"), 0);
		const char *row[6] = { field_text(&v->arena, site, "site"), cell_value(v, cell),
			cell_interval(v, cell), site_word(cli, site) };

		price_and_left(v, site, &row[4]);
		table_add(t, false, row);
	}
	if (total != NULL) {
		const char *row[6] = { cli->zh ? "合计" : "total", cell_value(v, total),
			cell_interval(v, total) };

		row[3] = field_made(&v->arena,
			cli->zh ? "含 %zu 家，共 %zu 家" : "%zu of %zu hospitals",
			json_array_size(json_object_get(total, "sites")),
			json_array_size(v->sites));
		table_add(t, true, row);
	}
}

/* Of those that were paid; nothing when none was. */
static void costs(struct view *v)
{
	static const char *const en[] = { "hospital", "price", "left" };
	static const char *const zh[] = { "医院", "费用", "剩余" };
	struct table t;
	json_t *site;
	size_t i;

	table_init(&t, &v->arena, 3, v->cli->zh ? zh : en);
	json_array_foreach(v->sites, i, site) {
		const char *row[3] = { field_text(&v->arena, site, "site") };

		price_and_left(v, site, &row[1]);
		if (row[1] != NULL)
			table_add(&t, false, row);
	}
	if (t.first == t.last)
		return;
	fputc('\n', v->cli->out);
	table_print_within(&t, v->cli->out, v->cli->colour, v->cli->width);
}

/* Without groups. Where one table is too wide, people and costs stand in one each: a list would tear the numbers that
 * are to be compared apart. */
static void plain_table(struct view *v)
{
	const struct cli *cli = v->cli;
	struct table t;

	hospitals(v, &t, true);
	if (table_fits(&t, cli->width)) {
		table_print(&t, cli->out, cli->colour);
		return;
	}
	hospitals(v, &t, false);
	table_print_within(&t, cli->out, cli->colour, cli->width);
	costs(v);
}

/* The hospitals that have columns in a table with groups: those with cells, while they fit. */
struct columns {
	const json_t *site[WIDE_SITES];
	json_t *cells[WIDE_SITES]; /* owned: spelling of a group -> cell */
	unsigned n;
	double most; /* end of the largest interval of the total */
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

static void find_most(struct columns *c, const struct view *v)
{
	json_t *cell;
	size_t i;

	json_array_foreach(v->total, i, cell) {
		struct measured m = measured(cell, NULL);

		if (m.known && m.high > c->most)
			c->most = m.high;
	}
}

static const char *cell_bar(struct view *v, const json_t *cell, double most)
{
	struct measured m = measured(cell, NULL);

	return cell_released(cell) && m.known ? bar(v, m.low, m.value, m.high, most, BAR_WIDTH)
					      : "";
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
	if (v->n_groups == 1)
		row[n++] = cell_bar(v, cell, c->most);
	for (unsigned i = 0; i < c->n; i++)
		row[n++] = cell_short(v, key == NULL ? NULL : json_object_get(c->cells[i], key));
	free(key);
	table_add(t, false, row);
}

/* With groups: a row per cell, the total first, then the hospitals. */
void show_cells(struct view *v)
{
	const struct cli *cli = v->cli;
	const char *heads[TABLE_COLUMNS];
	struct columns columns;
	json_t *cell;
	struct table t;
	unsigned n = 0;
	size_t i;

	columns_choose(&columns, v);
	find_most(&columns, v);
	for (i = 0; i < v->n_groups; i++)
		heads[n++] = field_text(&v->arena, json_array_get(v->groups, i), "name");
	heads[n++] = cli->zh ? ">合计" : ">total";
	heads[n++] = cli->zh ? ">95 % 区间" : ">95 % interval";
	if (v->n_groups == 1)
		heads[n++] = "";
	for (i = 0; i < columns.n; i++)
		heads[n++] = field_made(
			&v->arena, ">%s", field_text(&v->arena, columns.site[i], "site"));
	table_init(&t, &v->arena, n, heads);
	json_array_foreach(v->total, i, cell)
		group_row(v, &t, &columns, cell);
	table_print_within(&t, cli->out, cli->colour, cli->width);
	fputc('\n', cli->out);
	columns_clear(&columns);
}

void show_site_table(struct view *v)
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
	table_print_within(&t, cli->out, cli->colour, cli->width);
}

void show_counts(struct view *v)
{
	if (v->n_groups == 0) {
		plain_table(v);
		return;
	}
	show_cells(v);
	show_site_table(v);
}
