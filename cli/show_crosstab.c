#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "cli/field.h"
#include "cli/plain.h"
#include "cli/show_in.h"

/*
 * A crosstab as the two-way table it is: rows are the first group's labels, columns the second's, one table for each
 * label of a third. Cells are the total's; margins and tests are of the hospitals that released the whole table.
 */

/* The label lists; NULL when absent. */
static json_t *labels_of(const struct view *v, size_t group)
{
	return json_object_get(json_array_get(v->groups, group), "labels");
}

static const char *label_at(struct view *v, size_t group, size_t i)
{
	const char *label = json_string_value(json_array_get(labels_of(v, group), i));

	return label == NULL ? "?" : label;
}

static const char *name_of(const struct view *v, size_t group)
{
	return field_word(json_array_get(v->groups, group), "name");
}

/* "row\ncolumn\nthird" -> cell of the total, borrowed by a map the caller ends. */
static char *cell_key(struct view *v, const json_t *group)
{
	struct text t;

	text_init(&t, 4 << 10);
	for (size_t i = 0; i < v->n_groups; i++)
		text_addf(&t, "%s\n", field_word(group, name_of(v, i)));
	return text_take(&t);
}

static json_t *index_total(struct view *v)
{
	json_t *index = json_object(), *cell;
	size_t i;

	json_array_foreach(v->total, i, cell) {
		char *key = cell_key(v, json_object_get(cell, "group"));

		if (key != NULL)
			json_object_set(index, key, cell);
		free(key);
	}
	return index;
}

static const json_t *find(
	struct view *v, const json_t *index, size_t row, size_t column, const char *third)
{
	const json_t *cell;
	struct text t;

	text_init(&t, 4 << 10);
	text_addf(&t, "%s\n%s\n", label_at(v, 0, row), label_at(v, 1, column));
	if (v->n_groups > 2)
		text_addf(&t, "%s\n", third);
	cell = json_object_get(index, text_str(&t));
	text_clear(&t);
	return cell;
}

/* The margin of a line by its label, "" where it has none; which NULL: of everybody. */
static const char *margin(struct view *v, const json_t *table, const char *which, const char *label)
{
	const json_t *margins = json_object_get(table, "margins");
	struct measured m = measured(margins, "people");
	json_t *one;
	size_t i;

	if (which != NULL) {
		m.known = false;
		json_array_foreach(json_object_get(margins, which), i, one)
			if (strcmp(field_word(one, "label"), label) == 0)
				m = measured(one, "people");
	}
	return m.known ? measured_short(v, &m, 1) : "";
}

static void two_way(struct view *v, const json_t *index, const json_t *table, const char *third)
{
	size_t rows = json_array_size(labels_of(v, 0)), columns = json_array_size(labels_of(v, 1));
	const char *row[TABLE_COLUMNS], *all = v->cli->zh ? ">合计" : ">total";
	struct table t;

	row[0] = field_made(&v->arena, "%s \\ %s",
		field_text(&v->arena, json_array_get(v->groups, 0), "name"),
		field_text(&v->arena, json_array_get(v->groups, 1), "name"));
	for (size_t j = 0; j < columns; j++)
		row[1 + j] = field_made(&v->arena, ">%s", plain(&v->arena, label_at(v, 1, j)));
	row[1 + columns] = all;
	table_init(&t, &v->arena, (unsigned)columns + 2, row);
	for (size_t i = 0; i < rows; i++) {
		row[0] = plain(&v->arena, label_at(v, 0, i));
		for (size_t j = 0; j < columns; j++)
			row[1 + j] = cell_short(v, find(v, index, i, j, third));
		row[1 + columns] = margin(v, table, "rows", label_at(v, 0, i));
		table_add(&t, false, row);
	}
	row[0] = all + 1;
	for (size_t j = 0; j < columns; j++)
		row[1 + j] = margin(v, table, "columns", label_at(v, 1, j));
	row[1 + columns] = margin(v, table, NULL, "");
	table_add(&t, true, row);
	table_print_within(&t, v->cli->out, v->cli->colour, v->cli->width);
}

static void chi_line(struct view *v, const json_t *chi)
{
	double p = json_number_value(json_object_get(chi, "p"));

	if (!json_is_number(json_object_get(chi, "value")))
		return;
	fprintf(v->cli->out,
		v->cli->zh ? "卡方 %.2f，p %s %.3f（%g 行 %g 列，与 %g "
			     "张按相同噪声模拟的独立表比较）%s\n"
			   : "chi-square %.2f, p %s %.3f (%g rows, %g columns; against %g tables "
			     "without "
			     "dependence, simulated with the same noise)%s\n",
		json_number_value(json_object_get(chi, "value")), p <= 0.001 ? "<=" : "=", p,
		json_number_value(json_object_get(chi, "rows")),
		json_number_value(json_object_get(chi, "columns")),
		json_number_value(json_object_get(chi, "simulated")),
		json_is_true(json_object_get(chi, "small")) ? " ?" : "");
}

static const char *word_at(struct view *v, const json_t *list, size_t i)
{
	const char *word = json_string_value(json_array_get(list, i));

	return word == NULL ? "?" : plain(&v->arena, word);
}

static void ratio_table(struct view *v, const json_t *compared)
{
	static const char *const keys[] = { "odds_ratio", "risk_ratio", "risk_difference" };
	static const char *const en[] = { "odds ratio", "risk ratio", "risk difference" };
	static const char *const zh[] = { "比值比", "风险比", "风险差" };
	const char *heads[] = { field_made(&v->arena,
					v->cli->zh ? "%s：%s 对 %s" : "%s: %s against %s",
					word_at(v, json_object_get(compared, "columns"), 0),
					word_at(v, json_object_get(compared, "rows"), 0),
					word_at(v, json_object_get(compared, "rows"), 1)),
		v->cli->zh ? ">数值" : ">value", v->cli->zh ? ">95 % 区间" : ">95 % interval",
		v->cli->zh ? ">含抽样误差" : ">with sampling" };
	struct table t;

	fputc('\n', v->cli->out);
	table_init(&t, &v->arena, 4, heads);
	for (size_t i = 0; i < 3; i++) {
		struct measured m = measured(compared, keys[i]);
		const char *row[] = { v->cli->zh ? zh[i] : en[i], measured_value(v, &m, 1),
			measured_interval(v, &m, 1), measured_sampling(v, &m, 1) };

		table_add(&t, false, row);
	}
	table_print_within(&t, v->cli->out, v->cli->colour, v->cli->width);
}

static void show_one(struct view *v, const json_t *index, const json_t *table, size_t i)
{
	const json_t *compared = json_object_get(table, "compared"),
		     *chi = json_object_get(table, "chi_square");
	const char *third =
		v->n_groups > 2 ? field_word(json_object_get(table, "within"), name_of(v, 2)) : "";

	if (i > 0)
		fputc('\n', v->cli->out);
	if (v->n_groups > 2)
		fprintf(v->cli->out, "%s: %s\n", plain(&v->arena, name_of(v, 2)),
			plain(&v->arena, third));
	two_way(v, index, table, third);
	chi_line(v, chi);
	if (json_is_object(compared))
		ratio_table(v, compared);
	if (json_is_true(json_object_get(compared, "small")) ||
		json_is_true(json_object_get(chi, "small")))
		fputs(v->cli->zh ? "?：有单元格不足噪声标准差的三倍，数字太小，不宜解读。\n"
				 : "?: a cell is below three standard deviations of the noise: too "
				   "small to "
				   "interpret.\n",
			v->cli->out);
	if (json_array_size(json_object_get(table, "sites")) == 0)
		fputs(v->cli->zh ? "没有医院给出足够的单元格，因此没有合计和检验。\n"
				 : "No hospital released the whole table, so there are no margins "
				   "and tests.\n",
			v->cli->out);
}

void show_crosstab(struct view *v)
{
	json_t *index, *table;
	size_t i;

	if (v->n_groups < 2 || json_array_size(labels_of(v, 1)) + 2 > TABLE_COLUMNS) {
		show_cells(v);
		return;
	}
	index = index_total(v);
	json_array_foreach(json_object_get(v->statistics, "tables"), i, table)
		show_one(v, index, table, i);
	json_decref(index);
}
