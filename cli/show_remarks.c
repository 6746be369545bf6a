#include <stdio.h>
#include <string.h>

#include "cli/field.h"
#include "cli/show_in.h"
#include "cli/wrap.h"

/* ---- remarks ---- */

static bool same(const json_t *a, const json_t *b)
{
	return (a == NULL && b == NULL) || json_equal(a, b);
}

static bool says_as(const struct view *v, size_t i, size_t k)
{
	const json_t *a = json_array_get(v->sites, i), *b = json_array_get(v->sites, k);

	return same(json_object_get(a, "say"), json_object_get(b, "say")) &&
	       same(json_object_get(a, "rule"), json_object_get(b, "rule"));
}

static bool said_before(const struct view *v, size_t i)
{
	for (size_t k = 0; k < i; k++)
		if (says_as(v, i, k))
			return true;
	return false;
}

/* Why sites said no; those that said the same together. */
static void reasons(struct view *v)
{
	const struct cli *cli = v->cli;
	size_t n = json_array_size(v->sites);

	for (size_t i = 0; i < n; i++) {
		const json_t *site = json_array_get(v->sites, i);
		const char *sentence = tell(cli, field_say(&v->arena, site));
		const char *rule = field_text(&v->arena, site, "rule");

		if (sentence[0] == '\0' || said_before(v, i))
			continue;
		fputs(field_text(&v->arena, site, "site"), cli->out);
		for (size_t k = i + 1; k < n; k++)
			if (says_as(v, i, k))
				fprintf(cli->out, cli->zh ? "、%s" : ", %s",
					field_text(&v->arena, json_array_get(v->sites, k), "site"));
		fputs(cli->zh ? "：" : ": ", cli->out);
		if (rule[0] != '\0')
			fprintf(cli->out, "[%s] ", rule);
		fprintf(cli->out, "%s\n", sentence);
	}
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

/* In lines of the terminal's width. */
static void paragraph(const struct cli *cli, const char *s)
{
	while (*s != '\0') {
		size_t next, len = cli->width == 0 ? strlen(s) : wrap_line(s, cli->width, &next);

		fprintf(cli->out, "%.*s\n", (int)len, s);
		s += cli->width == 0 ? len : next;
	}
}

/* How distinct people were counted, and what the interval is of. */
static const char *counted_once(struct view *v, const json_t *distinct)
{
	int64_t buckets = 0;
	const char *s;

	(void)field_int(distinct, "buckets", &buckets);
	s = arena_textf(&v->arena,
		v->cli->zh ? "每人无论在几家医院就诊，只计一次：按 %lld "
			     "个桶中有人的桶数估算。区间以 95 %% "
			     "的把握包含实际人数，已计入噪声以及多人同桶。"
			   : "Each person is counted once, of however many hospitals: estimated "
			     "from which of %lld "
			     "buckets anybody is in. The interval covers the number of people in "
			     "95 %% of cases, "
			     "noise and people who share a bucket included.",
		(long long)buckets);
	return s == NULL ? "" : s;
}

/* Of mode secure: whose sum it is, and the gateway's words of what is promised. */
static void show_sum(struct view *v)
{
	const struct cli *cli = v->cli;
	const json_t *sum = json_object_get(json_object_get(v->answer, "total"), "sum");
	const json_t *told = json_object_get(sum, "guarantee"), *noise = json_object_get(sum, "noise");
	const json_t *distinct = json_object_get(sum, "distinct");
	int64_t sites = 0;

	if (sum == NULL)
		return;
	(void)field_int(sum, "sites", &sites);
	fprintf(cli->out,
		cli->zh ? "安全求和：%lld 家医院之和，任何人都看不到某一家的数字。\n"
			: "A secure sum of %lld hospitals: nobody sees the number of one of them.\n",
		(long long)sites);
	if (distinct != NULL)
		paragraph(cli, counted_once(v, distinct));
	else if (strcmp(field_word(noise, "kind"), "none") != 0)
		paragraph(cli,
			cli->zh ? "总和只有一份噪声，由各院共同生成；区间以 95 % 的把握包含未加噪声的总和。"
				: "The sum has one noise, made by all of them together; the interval covers the sum "
				  "without noise in 95 % of cases.");
	paragraph(cli, field_text(&v->arena, told, cli->zh ? "zh" : "en"));
}

/* What shaped the answers: one line each, in words. */
void show_remarks(struct view *v)
{
	const struct cli *cli = v->cli;
	size_t i, left_out = 0, cells_left_out = 0, with_cells = 0;
	const char *noise = NULL;
	json_t *site;

	reasons(v);
	json_array_foreach(v->sites, i, site) {
		const json_t *n = json_object_get(site, "noise");

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
	if (v->answer != NULL && json_object_get(json_object_get(v->answer, "total"), "sum") == NULL)
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
