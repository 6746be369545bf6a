#include "cli/policy.h"

#include <stdio.h>

#include "base/text.h"
#include "policies/decide/plan.h"
#include "sql/sql.h"

/*
 * try --show-sql=psql: the script for the site's own administrator. Every row of what it shows has a name that a
 * person can read: the labels of its groups, and the part, step or criterion that it counts.
 */

/* "1 of 64: 3 to 3.27"; parts, steps and criteria are numbered as in an answer. */
static const char *point_name(struct desk *d, const struct plan *plan, unsigned i)
{
	const struct measure *m = plan->of.measure;
	const struct duration *step = &plan->of.step;
	char low[24], high[24];
	const char *unit;

	switch (plan->of.kind) {
	case KIND_ATTRITION:
		return arena_textf(&d->arena,
			d->zh ? "满足前 %u 个条件，未满足下一个" : "meet the first %u and no more",
			i);
	case KIND_QUANTILE:
		return arena_textf(&d->arena,
			d->zh ? "%s 至 %s 之间 %u 等份中的第 %u 份"
			      : "%s to %s in %u parts: part %u",
			format_decimal(low, sizeof(low), m->low, 9),
			format_decimal(high, sizeof(high), m->high, 9), plan_points(plan), i + 1);
	case KIND_SURVIVAL:
		unit = step->months ? (d->zh ? "个月" : "months") : (d->zh ? "天" : "days");
		return arena_textf(&d->arena,
			d->zh ? (i % 2 == 0 ? "发生事件，%lld 至 %lld %s"
					    : "未发生，随访止于 %lld 至 %lld %s")
			      : (i % 2 == 0 ? "event, %lld to %lld %s"
					    : "followed without event, %lld to %lld %s"),
			(long long)(i / 2) * step->count, (long long)(i / 2 + 1) * step->count,
			unit);
	default:
		return "";
	}
}

/* Row-major: the last group's label changes first, and the point before it. */
static const char *cell_name(struct desk *d, const struct plan *plan, unsigned cell)
{
	unsigned points = plan_points(plan), group = cell / points;
	const char *name = points > 1 || plan->of.kind == KIND_ATTRITION
				   ? point_name(d, plan, cell % points)
				   : "";

	for (unsigned i = plan->n_dims; i-- > 0 && name != NULL;) {
		const struct dim *dim = &plan->dims[i];

		name = arena_textf(&d->arena, "%s%s%s", dim->labels[group % dim->n_labels],
			name[0] == '\0' ? "" : ", ", name);
		group /= dim->n_labels;
	}
	return name;
}

static const char **cell_names(struct desk *d, const struct plan *plan)
{
	const char **names = arena_array(&d->arena, plan->n_cells, sizeof(*names));

	for (unsigned i = 0; names != NULL && i < plan->n_cells; i++) {
		names[i] = cell_name(d, plan, i);
		if (names[i] == NULL)
			return NULL;
	}
	return names;
}

static void add_shape(const struct desk *d, const struct plan *plan, struct text *out)
{
	text_add(out, d->zh ? "-- 单元格：" : "-- cells: ");
	for (unsigned i = 0; i < plan->n_dims; i++)
		text_addf(out, "%s%s (%u)", i == 0 ? "" : " x ", plan->dims[i].name,
			plan->dims[i].n_labels);
	if (plan_points(plan) > 1)
		text_addf(out, d->zh ? "%s每组 %u 项" : "%s%u in each",
			plan->n_dims == 0 ? "" : " x ", plan_points(plan));
	else if (plan->n_dims == 0)
		text_add(out, d->zh ? "1 个" : "one");
	text_add(out, plan->n_cells > 1
			      ? (d->zh ? "；没有列出的为 0\n" : "; one that is not shown is 0\n")
			      : "\n");
	if (plan->of.kind == KIND_MEAN)
		text_addf(out,
			d->zh ? "-- n 有值的人数；s 之和，以 %d 等分半个范围为单位；q 平方和减 n "
				"乘 5000\n"
			      : "-- n people with a value; s their sum in steps of half the clamp "
				"/ %d; "
				"q their squares less 5000 each\n",
			MEAN_RESOLUTION);
}

/* The script alone, so that it can be piped; comments need no quoting, since ids and hashes have no line ends. */
int policy_script(struct desk *d, const struct plan *plan, const struct sql *sql)
{
	char hash[HASH_TEXT];
	const char **names;
	struct text out;

	text_init(&out, DESK_OUTPUT);
	text_addf(&out,
		d->zh ? "-- cordon policy try：机构 %s，版本 %lld，%s，课题 %s\n"
			"-- 显示未加噪的真实人数：仅供本院管理员使用，不得交给任何申请人\n"
		      : "-- cordon policy try: site %s, version %lld, %s, study %s\n"
			"-- shows the true counts, without noise: for this site's own "
			"administrator, never "
			"for a requester\n",
		plan->policy->site, (long long)plan->policy->version,
		hash32_text(&plan->policy->hash, hash), plan->study->id);
	if (plan->n_red > 0)
		text_addf(&out, "-- %s\n", desk_say(d, policy_codes_as_written));
	add_shape(d, plan, &out);
	names = cell_names(d, plan);
	if (names == NULL) {
		text_clear(&out);
		return POLICY_ENVIRONMENT;
	}
	sql_script(sql, names, plan->n_cells, false, &out);
	return desk_print(&out, POLICY_GOOD);
}
