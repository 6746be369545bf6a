#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "base/text.h"
#include "cli/field.h"
#include "cli/show_in.h"

/*
 * Kaplan and Meier's curve, drawn: time to the right, those surviving upwards, a letter a group where there are several;
 * under it how many were at risk. Then medians, and the numbers at some steps.
 */

enum {
	ROWS = 11,  /* of the drawing: every tenth */
	CURVES = 6, /* in one drawing */
	MARGIN = 6, /* before the axis */
	TICKS = 6,  /* below it */
	TICK_WIDTH = 10,
	MOST_STEPS = 128,
};

struct curve {
	const json_t *group;
	struct measured at[MOST_STEPS];
	size_t steps;
};

struct drawing {
	struct curve curves[CURVES];
	size_t n, steps; /* the longest's */
	unsigned width, ticks;
	int64_t step; /* of the time's unit */
};

static void read_curves(struct view *v, struct drawing *d)
{
	json_t *group, *step;
	size_t i, j;

	*d = (struct drawing){ 0 };
	if (!field_int(v->statistics, "step", &d->step))
		d->step = 1;
	json_array_foreach(json_object_get(v->statistics, "groups"), i, group) {
		struct curve *c = &d->curves[d->n];

		if (d->n == CURVES)
			break;
		c->group = group;
		json_array_foreach(json_object_get(group, "steps"), j, step)
			if (j < MOST_STEPS)
				c->at[c->steps++] = measured(step, "surviving");
		d->steps = c->steps > d->steps ? c->steps : d->steps;
		d->n += c->steps > 0;
	}
	d->width = view_width(v) > MARGIN + 20 ? view_width(v) - MARGIN - 2 : 20;
	d->width = d->width > 72 ? 72 : d->width;
	d->ticks = d->width / TICK_WIDTH < TICKS ? d->width / TICK_WIDTH : TICKS;
}

/* The step that column x stands for; before the first everybody survives. */
static const struct measured *step_at(const struct drawing *d, const struct curve *c, unsigned x)
{
	static const struct measured start = { true, false, 1, 1, 1, 0, 0 };
	size_t j = (size_t)x * (d->steps + 1) / d->width;

	return j == 0 ? &start : j - 1 < c->steps ? &c->at[j - 1] : NULL;
}

static int row_of(double survives)
{
	return (int)lrint((1 - fmin(fmax(survives, 0), 1)) * (ROWS - 1));
}

/* One character: a curve, else the interval of the only one. */
static const char *mark_at(const struct drawing *d, unsigned x, int row)
{
	static const char *const letters[CURVES] = { "A", "B", "C", "D", "E", "F" };

	for (size_t k = 0; k < d->n; k++) {
		const struct measured *m = step_at(d, &d->curves[k], x);

		if (m == NULL || !m->known)
			continue;
		if (row_of(m->value) == row)
			return d->n > 1 ? letters[k] : "█";
		if (d->n == 1 && row_of(m->high) <= row && row <= row_of(m->low))
			return "░";
	}
	return " ";
}

static void draw(struct view *v, const struct drawing *d)
{
	FILE *out = v->cli->out;

	for (int row = 0; row < ROWS; row++) {
		fprintf(out, row % 5 == 0 ? "%4d%% │" : "      │", 100 - 10 * row);
		for (unsigned x = 0; x < d->width; x++)
			fputs(mark_at(d, x, row), out);
		fputc('\n', out);
	}
	fputs("      └", out);
	for (unsigned x = 0; x < d->width; x++)
		fputs("─", out);
	fputc('\n', out);
}

/* The step at whose end tick i stands: 0 is the start. */
static size_t tick_step(const struct drawing *d, unsigned i)
{
	return d->ticks < 2 ? 0 : i * d->steps / (d->ticks - 1);
}

static unsigned tick_column(const struct drawing *d, unsigned i)
{
	return (unsigned)(tick_step(d, i) * d->width / (d->steps + 1));
}

/* Cells under their ticks; a cell that would run into the next one is left out. */
static void tick_line(struct view *v, const struct drawing *d, const char *head,
	const char *(*cell)(
		struct view *v, const struct drawing *d, const struct curve *c, size_t step),
	const struct curve *c)
{
	size_t at = utf8_width(head);

	fputs(head, v->cli->out);
	for (unsigned i = 0; i < d->ticks; i++) {
		size_t want = MARGIN + 1 + tick_column(d, i);
		const char *text = cell(v, d, c, tick_step(d, i));

		if (at >= want + (at > MARGIN + 1) && i > 0)
			continue;
		for (; at < want; at++)
			fputc(' ', v->cli->out);
		fputs(text, v->cli->out);
		at += utf8_width(text);
	}
	fputc('\n', v->cli->out);
}

static const char *time_at(
	struct view *v, const struct drawing *d, const struct curve *c, size_t step)
{
	(void)c;
	return field_made(&v->arena, "%" PRId64, (int64_t)((uint64_t)step * (uint64_t)d->step));
}

/* At risk after `step` steps: before the next one; at the end nobody is followed any more. */
static const char *risk_at(
	struct view *v, const struct drawing *d, const struct curve *c, size_t step)
{
	const json_t *steps = json_object_get(c->group, "steps");
	struct measured m = measured(json_array_get(steps, step), "at_risk");

	(void)d;
	return m.known ? measured_value(v, &m, 1) : "";
}

static const char *unit_word(const struct view *v)
{
	bool months = strcmp(field_word(v->statistics, "unit"), "months") == 0;

	if (v->cli->zh)
		return months ? "月" : "天";
	return months ? "months" : "days";
}

static void draw_axis(struct view *v, const struct drawing *d)
{
	FILE *out = v->cli->out;

	tick_line(v, d, "", time_at, NULL);
	fprintf(out, v->cli->zh ? "      时间（%s）。风险人数：\n" : "      %s. At risk:\n",
		unit_word(v));
	for (size_t k = 0; k < d->n; k++)
		tick_line(v, d, field_made(&v->arena, "  %c", d->n > 1 ? (int)('A' + k) : ' '),
			risk_at, &d->curves[k]);
	for (size_t k = 0; k < d->n && d->n > 1; k++)
		fprintf(out, "  %c  %s\n", (int)('A' + k),
			group_title(v, json_object_get(d->curves[k].group, "group")));
}

/* ---- tables ---- */

static const char *time_text(struct view *v, const json_t *value)
{
	if (!json_is_integer(value)) /* the curve ends before */
		return v->cli->zh ? "未达到" : "not reached";
	return field_made(&v->arena, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
}

static const char *span(struct view *v, const json_t *pair)
{
	return field_made(&v->arena, "%s – %s", time_text(v, json_array_get(pair, 0)),
		time_text(v, json_array_get(pair, 1)));
}

static void median_table(struct view *v)
{
	static const char *const en[] = { ">people", ">median", ">95 % interval",
		">with sampling" };
	static const char *const zh[] = { ">人数", ">中位时间", ">95 % 区间", ">含抽样误差" };
	const char *row[TABLE_COLUMNS];
	unsigned n = group_heads(v, row);
	json_t *group;
	struct table t;
	size_t i;

	for (i = 0; i < sizeof(en) / sizeof(en[0]); i++)
		row[n++] = v->cli->zh ? zh[i] : en[i];
	table_init(&t, &v->arena, n, row);
	json_array_foreach(json_object_get(v->statistics, "groups"), i, group) {
		const json_t *median = json_object_get(group, "median");
		struct measured people = measured(group, "people");

		n = 0;
		for (size_t g = 0; g < v->n_groups; g++)
			row[n++] = group_label(v, json_object_get(group, "group"), g);
		row[n++] = measured_short(v, &people, 1);
		row[n++] = time_text(v, json_object_get(median, "value"));
		row[n++] = span(v, json_object_get(median, "interval"));
		row[n++] = span(v, json_object_get(median, "sampling"));
		table_add(&t, false, row);
	}
	table_print_within(&t, v->cli->out, v->cli->colour, v->cli->width);
}

static void step_row(
	struct view *v, struct table *t, const json_t *group, const json_t *step, bool first)
{
	struct measured risk = measured(step, "at_risk"), events = measured(step, "events"),
			s = measured(step, "surviving");
	const char *row[TABLE_COLUMNS];
	unsigned n = 0;

	for (size_t g = 0; g < v->n_groups; g++)
		row[n++] = first ? group_label(v, json_object_get(group, "group"), g) : "";
	row[n++] = time_text(v, json_object_get(step, "until"));
	row[n++] = measured_short(v, &risk, 1);
	row[n++] = measured_short(v, &events, 1);
	row[n++] = field_made(&v->arena, "%s %%%s", measured_value(v, &s, 100),
		json_is_true(json_object_get(step, "small")) ? " ?" : "");
	row[n++] = measured_interval(v, &s, 100);
	row[n++] = measured_sampling(v, &s, 100);
	table_add(t, first && t->last != t->first, row);
}

/* The steps where ticks stand; all of them are in --csv and --json. */
static void step_table(struct view *v, const struct drawing *d)
{
	static const char *const en[] = { ">until", ">at risk", ">events", ">surviving",
		">95 % interval", ">with sampling" };
	static const char *const zh[] = { ">截至", ">风险人数", ">事件", ">生存率", ">95 % 区间",
		">含抽样误差" };
	const char *heads[TABLE_COLUMNS];
	unsigned n = group_heads(v, heads);
	struct table t;

	for (size_t i = 0; i < sizeof(en) / sizeof(en[0]); i++)
		heads[n++] = v->cli->zh ? zh[i] : en[i];
	table_init(&t, &v->arena, n, heads);
	for (size_t k = 0; k < d->n; k++) {
		json_t *steps = json_object_get(d->curves[k].group, "steps"), *step;
		size_t every = (d->steps + 11) / 12, j;

		json_array_foreach(steps, j, step)
			if ((j + 1) % every == 0)
				step_row(v, &t, d->curves[k].group, step, j + 1 == every);
	}
	table_print_within(&t, v->cli->out, v->cli->colour, v->cli->width);
}

static bool some_small(const struct view *v)
{
	json_t *group, *step;
	size_t i, j;

	json_array_foreach(json_object_get(v->statistics, "groups"), i, group)
		json_array_foreach(json_object_get(group, "steps"), j, step)
			if (json_is_true(json_object_get(step, "small")))
				return true;
	return false;
}

void show_survival(struct view *v)
{
	struct drawing *d = arena_alloc(&v->arena, sizeof(*d));

	if (d == NULL)
		return;
	read_curves(v, d);
	if (d->n == 0)
		return;
	draw(v, d);
	draw_axis(v, d);
	fputc('\n', v->cli->out);
	median_table(v);
	fputc('\n', v->cli->out);
	step_table(v, d);
	if (some_small(v))
		fputs(v->cli->zh ? "?：风险人数不足其噪声标准差的三倍，曲线自此不可靠。\n"
				 : "?: fewer at risk than three standard deviations of their "
				   "noise: the curve "
				   "cannot be relied on from there.\n",
			v->cli->out);
	if (json_array_size(json_object_get(v->statistics, "groups")) > CURVES)
		fprintf(v->cli->out,
			v->cli->zh ? "图中只有前 %d 组，其余见 --csv 或 --json。\n"
				   : "Only the first %d groups are drawn; --csv and --json have "
				     "all.\n",
			CURVES);
}
