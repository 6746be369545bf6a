#include <string.h>

#include "cli/csv.h"
#include "cli/field.h"
#include "cli/plain.h"
#include "cli/show_in.h"

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
	bool known = cell_released(cell) && field_int(cell, "value", &value);
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

/* ---- with statistics: two more columns, and what they are of ---- */

static void statistics_head(struct view *v, struct csv *csv)
{
	static const char *const heads[] = { "number", "at", "value", "low", "high", "from", "to" };

	csv_text(csv, "site");
	csv_text(csv, "site_state");
	for (size_t i = 0; i < v->n_groups; i++)
		csv_text(csv, field_text(&v->arena, json_array_get(v->groups, i), "name"));
	for (size_t i = 0; i < sizeof(heads) / sizeof(heads[0]); i++)
		csv_text(csv, heads[i]);
	csv_end(csv);
}

/* Who a line is of. */
struct line_of {
	struct view *v;
	struct csv *csv;
	const char *site, *state;
	const json_t *group;
};

/* at NULL: the number has no place of its own. */
static void measured_line(
	const struct line_of *l, const char *number, const char *at, struct measured m)
{
	csv_text(l->csv, l->site);
	csv_text(l->csv, l->state);
	for (size_t i = 0; i < l->v->n_groups; i++)
		csv_text(l->csv, group_label(l->v, l->group, i));
	csv_text(l->csv, number);
	csv_text(l->csv, at == NULL ? "" : at);
	csv_real(l->csv, m.known, m.value);
	csv_real(l->csv, m.known, m.low);
	csv_real(l->csv, m.known, m.high);
	csv_real(l->csv, m.sampled, m.from);
	csv_real(l->csv, m.sampled, m.to);
	csv_end(l->csv);
}

/* The words that hospitals released, "released" or not. */
static void word_lines(struct line_of *l, const json_t *cells)
{
	json_t *cell;
	size_t i;

	json_array_foreach(cells, i, cell) {
		const char *layer = field_text(&l->v->arena, cell, "layer");
		int64_t point;
		const char *at = field_int(cell, "point", &point)
					 ? field_made(&l->v->arena, "%lld", (long long)point)
					 : NULL;

		l->group = json_object_get(cell, "group");
		measured_line(l,
			layer[0] == '\0' ? "cell" : field_made(&l->v->arena, "cell %s", layer), at,
			measured(cell, NULL));
	}
}

static const char *number_text(struct view *v, const json_t *o, const char *key)
{
	const json_t *n = json_object_get(o, key);

	return json_is_number(n) ? field_made(&v->arena, "%.8g", json_number_value(n)) : "";
}

/* Every number of a map that has a value. */
static void lines_of_map(const struct line_of *l, json_t *map, const char *at)
{
	const char *key;
	json_t *one;

	json_object_foreach(map, key, one) if (json_is_number(json_object_get(one, "value")))
		measured_line(l, plain(&l->v->arena, key), at, measured(one, NULL));
}

static void group_lines(struct line_of *l, json_t *group)
{
	json_t *one;
	size_t i;

	l->group = json_object_get(group, "group");
	lines_of_map(l, group, NULL);
	json_array_foreach(json_object_get(group, "quantiles"), i, one)
		measured_line(l, "quantile", number_text(l->v, one, "at"), measured(one, NULL));
	json_array_foreach(json_object_get(group, "steps"), i, one)
		lines_of_map(l, one,
			number_text(l->v, one,
				json_object_get(one, "until") == NULL ? "step" : "until"));
}

static void statistics_lines(struct line_of *l, const json_t *statistics)
{
	json_t *one;
	size_t i;

	json_array_foreach(json_object_get(statistics, "groups"), i, one)
		group_lines(l, one);
	json_array_foreach(json_object_get(statistics, "tables"), i, one) {
		l->group = json_object_get(one, "within");
		lines_of_map(l, one, NULL);
		lines_of_map(l, json_object_get(one, "compared"), NULL);
	}
}

static struct line_of site_line(struct view *v, struct csv *csv, const json_t *site)
{
	return (struct line_of){ .v = v,
		.csv = csv,
		.site = field_text(&v->arena, site, "site"),
		.state = field_text(&v->arena, site, "state") };
}

/* What was asked for comes first, the total before the hospitals; then the words that it was made of, of which a
 * quantile has a bin each. */
static void csv_with_statistics(struct view *v, struct csv *csv, const json_t *answer)
{
	struct line_of l, total = { .v = v, .csv = csv, .site = "total" };
	json_t *site;
	size_t i;

	total.state = field_text(&v->arena, answer, "state");
	statistics_head(v, csv);
	statistics_lines(&total, v->statistics);
	json_array_foreach(v->sites, i, site) {
		l = site_line(v, csv, site);
		if (json_array_size(json_object_get(site, "cells")) == 0)
			measured_line(&l, "", NULL, (struct measured){ 0 });
		statistics_lines(&l, json_object_get(site, "statistics"));
	}
	word_lines(&total, v->total);
	json_array_foreach(v->sites, i, site) {
		l = site_line(v, csv, site);
		word_lines(&l, json_object_get(site, "cells"));
	}
}

void show_csv(struct view *v, const json_t *answer)
{
	struct csv csv = { .out = v->cli->out };
	json_t *site;
	size_t i;

	if (json_is_object(v->statistics)) {
		csv_with_statistics(v, &csv, answer);
		return;
	}
	csv_head(v, &csv);
	json_array_foreach(v->sites, i, site)
		csv_cells(v, &csv, field_text(&v->arena, site, "site"), site,
			json_object_get(site, "cells"));
	csv_cells(v, &csv, "total", answer, v->total);
}
