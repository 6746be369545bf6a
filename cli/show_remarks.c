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

/* Of mode secure: that the number is nobody's own, and the gateway's words of what is promised. */
static void show_sum(struct view *v)
{
	const struct cli *cli = v->cli;
	const json_t *sum = json_object_get(json_object_get(v->answer, "total"), "sum");
	const json_t *told = json_object_get(sum, "guarantee"), *noise = json_object_get(sum, "noise");

	if (sum == NULL)
		return;
	fprintf(cli->out,
		cli->zh ? "以上是 %lld 家医院之和，任何人（包括网关）都没有各院自己的数字。\n"
			: "The numbers are sums over %lld hospitals; nobody, the gateway neither, has "
			  "any hospital's own.\n",
		(long long)json_integer_value(json_object_get(sum, "sites")));
	if (strcmp(field_word(noise, "kind"), "none") != 0)
		fprintf(cli->out,
			cli->zh ? "噪声由各院共同生成（%s）；区间以 95 %% 的把握包含未加噪声的总和。\n"
				: "Their noise was made by all of them together (%s); the interval covers "
				  "the sum without noise in 95 %% of cases.\n",
			field_text(&v->arena, noise, "kind"));
	fprintf(cli->out, "%s\n", field_text(&v->arena, told, cli->zh ? "zh" : "en"));
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
	show_sum(v);
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
