#include "cli/csv.h"

#include <string.h>

#include "cli/field.h"
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

void show_csv(struct view *v, const json_t *answer)
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
