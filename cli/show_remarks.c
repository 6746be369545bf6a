#include <stdio.h>
#include <string.h>

#include "cli/field.h"
#include "cli/show_in.h"

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
		if (cell_released(cell) &&
			json_array_size(json_object_get(cell, "sites")) < with_cells)
			return true;
	return false;
}

/* What shaped the answers: one line each, in words. */
void show_remarks(struct view *v)
{
	const struct cli *cli = v->cli;
	size_t i, left_out = 0, cells_left_out = 0, with_cells = 0;
	const char *noise = NULL;
	json_t *site;

	json_array_foreach(v->sites, i, site) {
		const json_t *n = json_object_get(site, "noise");

		reason(v, site);
		show_similar(cli, &v->arena, site);
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
	if (v->answer != NULL)
		show_privacy(cli, &v->arena, v->answer);
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
