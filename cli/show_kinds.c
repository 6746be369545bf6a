#include <math.h>
#include <string.h>

#include "base/text.h"
#include "cli/field.h"
#include "cli/show_in.h"
#include "cli/wrap.h"

/*
 * Means, quantiles and attrition: what the gateway made of the hospitals' numbers (docs/api.md, "Statistics"). The
 * gateway's JSON is looked at like anything from outside: what is absent shows as –.
 */

enum {
	FUNNEL_BAR = 30
};

/* Remarks on a table, once whatever number of rows they are of. */
static void small_remark(struct view *v, bool any, struct say what)
{
	if (any)
		fprintf(v->cli->out, "%s\n", tell(v->cli, what));
}

static bool is_small(const json_t *o)
{
	return json_is_true(json_object_get(o, "small"));
}

/* ---- mean ---- */

static const json_t *group_of(const json_t *site, const json_t *like)
{
	json_t *groups = json_object_get(json_object_get(site, "statistics"), "groups"), *group;
	size_t i;

	json_array_foreach(groups, i, group)
		if (json_equal(json_object_get(group, "group"), json_object_get(like, "group")))
			return group;
	return NULL;
}

static void mean_row(
	struct view *v, struct table *t, bool rule, const char *who, const json_t *group)
{
	struct measured people = measured(group, "people"), mean = measured(group, "mean"),
			sd = measured(group, "sd");
	const char *row[TABLE_COLUMNS];
	unsigned n = 0;

	for (size_t i = 0; i < v->n_groups; i++)
		row[n++] = group_label(v, json_object_get(group, "group"), i);
	row[n++] = who;
	row[n++] = measured_short(v, &people, 1);
	row[n++] = field_made(
		&v->arena, "%s%s", measured_value(v, &mean, 1), is_small(group) ? "?" : "");
	row[n++] = measured_interval(v, &mean, 1);
	row[n++] = measured_sampling(v, &mean, 1);
	row[n++] = measured_value(v, &sd, 1);
	row[n++] = measured_interval(v, &sd, 1);
	table_add(t, rule, row);
}

static void mean_rows(struct view *v, struct table *t, const json_t *group, bool *any_small)
{
	const char *all = v->cli->zh ? "合计" : "total";
	bool begins = v->n_groups > 0 &&
		      t->last != t->first; /* a rule before every group but the first */
	json_t *site;
	size_t i, shown = 0;

	json_array_foreach(v->sites, i, site) {
		const json_t *own = group_of(site, group);

		if (own == NULL || json_array_size(json_object_get(group, "sites")) > WIDE_SITES)
			continue;
		mean_row(v, t, begins && shown == 0, field_text(&v->arena, site, "site"), own);
		*any_small = *any_small || is_small(own);
		shown++;
	}
	mean_row(v, t, v->n_groups == 0 ? shown > 0 : begins && shown == 0, all, group);
	*any_small = *any_small || is_small(group);
}

static void show_mean(struct view *v)
{
	static const char *const en[] = { "hospital", ">people", ">mean", ">95 % interval",
		">with sampling", ">sd", ">95 % interval" };
	static const char *const zh[] = { "医院", ">人数", ">均值", ">95 % 区间", ">含抽样误差",
		">标准差", ">95 % 区间" };
	const char *heads[TABLE_COLUMNS];
	unsigned n = group_heads(v, heads);
	bool any_small = false;
	json_t *group;
	struct table t;
	size_t i;

	for (i = 0; i < sizeof(en) / sizeof(en[0]); i++)
		heads[n++] = v->cli->zh ? zh[i] : en[i];
	table_init(&t, &v->arena, n, heads);
	json_array_foreach(json_object_get(v->statistics, "groups"), i, group)
		mean_rows(v, &t, group, &any_small);
	table_print_within(&t, v->cli->out, v->cli->colour, v->cli->width);
	small_remark(v, any_small,
		SAY("?: so few people that the noise is as large as they are; the mean says "
		    "nothing.",
			"?：人数与噪声相当，此均值没有意义。"));
}

/* ---- quantiles ---- */

/* Ends are edges of bins; rounded outwards they still cover what they covered. */
static const char *edges(struct view *v, int digits, double low, double high)
{
	double unit = pow(10, digits), hair = 1e-6; /* 0.29 * 100 is a hair below 29 */

	return field_made(&v->arena, "%.*f – %.*f", digits, floor(low * unit + hair) / unit, digits,
		ceil(high * unit - hair) / unit);
}

static void quantile_rows(struct view *v, struct table *t, const json_t *group)
{
	struct measured people = measured(group, "people");
	double bin = json_number_value(json_object_get(v->statistics, "resolution"));
	int digits = bin > 0 && bin < 1e9 ? (int)fmax(fmin(1 - floor(log10(bin)), 6), 0) : 2;
	json_t *one;
	size_t i;

	json_array_foreach(json_object_get(group, "quantiles"), i, one) {
		struct measured m = measured(one, NULL);
		const char *row[TABLE_COLUMNS];
		unsigned n = 0;

		for (size_t g = 0; g < v->n_groups; g++)
			row[n++] = i == 0 ? group_label(v, json_object_get(group, "group"), g) : "";
		row[n++] = i == 0 ? measured_short(v, &people, 1) : "";
		row[n++] = field_made(&v->arena, "%g %%%s",
			100 * json_number_value(json_object_get(one, "at")),
			is_small(group) ? " ?" : "");
		row[n++] = m.known ? field_made(&v->arena, "%.*f", digits, m.value) : "–";
		row[n++] = m.known ? edges(v, digits, m.low, m.high) : "";
		row[n++] = m.sampled ? edges(v, digits, m.from, m.to) : "";
		table_add(t, i == 0 && t->last != t->first, row);
	}
}

static void show_quantiles(struct view *v)
{
	static const char *const en[] = { ">people", ">quantile", ">value", ">95 % interval",
		">with sampling" };
	static const char *const zh[] = { ">人数", ">分位", ">数值", ">95 % 区间", ">含抽样误差" };
	const json_t *resolution = json_object_get(v->statistics, "resolution");
	const char *heads[TABLE_COLUMNS];
	unsigned n = group_heads(v, heads);
	bool any_small = false;
	json_t *group;
	struct table t;
	size_t i;

	for (i = 0; i < sizeof(en) / sizeof(en[0]); i++)
		heads[n++] = v->cli->zh ? zh[i] : en[i];
	table_init(&t, &v->arena, n, heads);
	json_array_foreach(json_object_get(v->statistics, "groups"), i, group) {
		quantile_rows(v, &t, group);
		any_small = any_small || is_small(group);
	}
	table_print_within(&t, v->cli->out, v->cli->colour, v->cli->width);
	if (json_is_number(resolution))
		fprintf(v->cli->out,
			v->cli->zh ? "数值按宽 %g 的区段统计，区间的两端是区段边界（向外取整）。\n"
				   : "Values are counted in bins of %g; intervals end at edges of "
				     "bins, rounded outwards.\n",
			json_number_value(resolution));
	small_remark(v, any_small,
		SAY("?: so few people that the noise is as large as they are.",
			"?：人数与噪声相当。"));
}

/* ---- attrition ---- */

static const char *step_label(struct view *v, const json_t *step, size_t i)
{
	const json_t *label = json_object_get(step, "label");
	struct say say = { field_text(&v->arena, label, "en"), field_text(&v->arena, label, "zh") };

	if (tell(v->cli, say)[0] != '\0')
		return field_made(&v->arena, "%zu  %s", i, tell(v->cli, say));
	if (i == 0)
		return v->cli->zh ? "0  开始时" : "0  at the start";
	return field_made(
		&v->arena, v->cli->zh ? "%zu  第 %zu 个条件后" : "%zu  after criterion %zu", i, i);
}

/* What is too long goes on under its own beginning. */
static void print_wrapped(struct view *v, const char *text, const char *indent)
{
	size_t width = view_width(v) - strlen(indent);

	for (bool first = true; *text != '\0'; first = false) {
		size_t next, len = wrap_line(text, width, &next);

		fprintf(v->cli->out, "%s%.*s\n", first ? "" : indent, (int)len, text);
		text += next;
	}
}

static void funnel_step(struct view *v, const json_t *step, size_t i, double most)
{
	struct measured left = measured(step, "left"), lost = measured(step, "lost"),
			percent = measured(step, "percent");
	unsigned width = view_width(v) > FUNNEL_BAR + 46 ? FUNNEL_BAR : view_width(v) > 60 ? 14 : 0;
	const char *drawn = left.known ? bar(v, left.low, left.value, left.high, most, width) : "";
	FILE *out = v->cli->out;

	print_wrapped(v, step_label(v, step, i), "   ");
	fprintf(out, "   %s%*s", drawn, (int)(width - utf8_width(drawn)) + (width > 0), "");
	fputs(left.known ? measured_short(v, &left, 1) : tell(v->cli, SAY("suppressed", "已隐去")),
		out);
	if (percent.known)
		fprintf(out, "  %.1f ±%.1f %%", percent.value,
			fmax(percent.high - percent.value, percent.value - percent.low));
	if (lost.known)
		fprintf(out, v->cli->zh ? "  排除 %s" : "  lost %s", measured_short(v, &lost, 1));
	fputc('\n', out);
}

static void show_attrition(struct view *v)
{
	json_t *group, *step;
	size_t i, k;

	json_array_foreach(json_object_get(v->statistics, "groups"), i, group) {
		json_t *steps = json_object_get(group, "steps");
		struct measured first = measured(json_array_get(steps, 0), "left");
		double most = first.known ? first.high : 0;

		json_array_foreach(steps, k, step) {
			struct measured left = measured(step, "left");

			most = left.known ? fmax(most, left.high) : most;
		}
		if (v->n_groups > 0)
			fprintf(v->cli->out, "%s%s\n", i > 0 ? "\n" : "",
				group_title(v, json_object_get(group, "group")));
		json_array_foreach(steps, k, step)
			funnel_step(v, step, k, most);
	}
	if (json_array_size(json_object_get(v->statistics, "groups")) > 0)
		fputs(v->cli->zh ? "百分比为占第 0 "
				   "步的比例；每一步都含各自的噪声，只计给出此步人数的医院。\n"
				 : "Percents are of step 0. Each step is of the hospitals that "
				   "released it, with "
				   "noise of its own.\n",
			v->cli->out);
}

/* ---- which ---- */

bool show_statistics(struct view *v, const char *kind)
{
	static const struct {
		const char *kind;
		void (*show)(struct view *v);
	} kinds[] = { { "mean", show_mean }, { "quantile", show_quantiles },
		{ "survival", show_survival }, { "attrition", show_attrition },
		{ "crosstab", show_crosstab } };

	if (!json_is_object(v->statistics))
		return false;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (strcmp(kinds[i].kind, kind) == 0) {
			kinds[i].show(v);
			fputc('\n', v->cli->out);
			return true;
		}
	return false;
}
