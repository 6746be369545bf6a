#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "policies/cohorts/cohort_sql.h"
#include "policies/periods.h"
#include "policies/say.h"

/*
 * What a value in an officer's text, and what a question gives for a parameter or a filter, may be on a column:
 * one rule for both. A cohort never cuts finer than a question could (C4).
 */

struct fit {
	const struct dataset *data;
	const struct cohort_test *test;
	const struct column *column;
	struct arena *arena;
	struct say *why;
};

static bool no(const struct fit *f, struct say why)
{
	*f->why = why;
	return false;
}

static bool all_are(const struct fit *f, enum cohort_value_kind kind)
{
	for (unsigned i = 0; i < f->test->n_values; i++)
		if (f->test->values[i].kind != kind && f->test->values[i].kind != VALUE_PARAM)
			return false;
	return true;
}

/* = <> in */
static bool equality(const struct cohort_test *t)
{
	return t->kind == TEST_IN || (t->kind == TEST_VALUE && (t->op == OP_EQ || t->op == OP_NE));
}

/* ---- codes, values, categories ---- */

static bool in_list(const int64_t *list, unsigned n, int64_t v)
{
	for (unsigned i = 0; i < n; i++)
		if (list[i] == v)
			return true;
	return false;
}

static bool names(const struct cohort_test *t, int64_t v)
{
	for (unsigned i = 0; i < t->n_values; i++)
		if (t->values[i].kind == VALUE_INT && t->values[i].n == v)
			return true;
	return false;
}

static bool fits_codes(const struct fit *f)
{
	if (!equality(f->test) || !all_are(f, VALUE_INT))
		return no(f, SAY("codes are compared by =, <> or in, with whole numbers",
				     "编码只能用 =、<>、in 与整数比较"));
	for (unsigned i = 0; i < f->test->n_values; i++)
		if (f->test->values[i].kind == VALUE_INT &&
			(f->test->values[i].n < 1 || f->test->values[i].n > INT32_MAX))
			return no(f,
				SAY("a code is a whole number above 0", "编码须为大于 0 的整数"));
	return true;
}

static bool fits_values(const struct fit *f)
{
	if (!equality(f->test) || !all_are(f, VALUE_INT))
		return no(f, SAY("listed values are compared by =, <> or in, with whole numbers",
				     "列出的取值只能用 =、<>、in 与整数比较"));
	for (unsigned i = 0; i < f->test->n_values; i++)
		if (f->test->values[i].kind == VALUE_INT &&
			!in_list(f->column->values, f->column->n_values, f->test->values[i].n))
			return no(
				f, say_make(f->arena, "%lld is not among its values",
					   "%lld 不在其取值之内", (long long)f->test->values[i].n));
	return true;
}

static const struct category *category_of(const struct column *c, int64_t code)
{
	for (unsigned i = 0; i < c->n_categories; i++)
		if (in_list(c->categories[i].codes, c->categories[i].n_codes, code))
			return &c->categories[i];
	return NULL;
}

/* A category is all of its codes: part of one would be finer than any answer. */
static bool fits_categories(const struct fit *f)
{
	if (!equality(f->test) || !all_are(f, VALUE_INT))
		return no(f, SAY("categories are compared by =, <> or in, with their codes",
				     "类别字段只能用 =、<>、in 与其编码比较"));
	for (unsigned i = 0; i < f->test->n_values; i++) {
		const struct category *k;

		if (f->test->values[i].kind != VALUE_INT)
			continue;
		k = category_of(f->column, f->test->values[i].n);
		if (k == NULL)
			return no(f,
				say_make(f->arena, "%lld is in none of its categories",
					"%lld 不属于其任何类别", (long long)f->test->values[i].n));
		for (unsigned c = 0; c < k->n_codes; c++)
			if (!names(f->test, k->codes[c]))
				return no(f,
					say_make(f->arena,
						"category '%s' has code %lld too; name all of them",
						"类别“%s”还包含编码 %lld，须全部写出", k->label,
						(long long)k->codes[c]));
	}
	return true;
}

/* ---- days ---- */

static bool first_of(const struct column *c, int32_t day)
{
	return day >= c->from && day <= c->to &&
	       (day == c->from || period_first(day, c->truncate) == day);
}

static bool last_of(const struct column *c, int32_t day)
{
	return day >= c->from && day <= c->to &&
	       (day == c->to || period_last(day, c->truncate) == day);
}

static bool day_fits(const struct cohort_test *t, const struct column *c, unsigned i)
{
	int32_t day = (int32_t)t->values[i].n;

	if (t->values[i].kind == VALUE_PARAM)
		return true;
	if (t->kind == TEST_BETWEEN)
		return i == 0 ? first_of(c, day) : last_of(c, day);
	switch (t->op) {
	case OP_GE:
		return first_of(c, day);
	case OP_LT:
		return first_of(c, day) || (day > c->from && last_of(c, day - 1));
	case OP_LE:
		return last_of(c, day);
	case OP_GT:
		return last_of(c, day);
	default:
		return false;
	}
}

static bool fits_days(const struct fit *f)
{
	struct say period = say_truncate(f->column->truncate);
	bool good = all_are(f, VALUE_DAY) && f->test->kind != TEST_IN;

	/* a parameter is a period, so it can be equal; a day is finer than any period */
	for (unsigned i = 0; good && i < f->test->n_values; i++)
		good = day_fits(f->test, f->column, i);
	if (good)
		return true;
	return no(f,
		say_make(f->arena,
			"its days are cut at whole %s%.0ss within %s only: >= and < with a "
			"first day, <= and > with a last day",
			"只能按整%.0s%s在 %s 之内划分：>= 与 < 用首日，<= 与 > 用末日", period.en,
			period.zh, say_span(f->arena, f->column->from, f->column->to)));
}

/* ---- numbers ---- */

static int64_t in_1e9(const struct cohort_value *v, bool *fits)
{
	const int64_t milliard = 1000000000;

	*fits = v->kind == VALUE_DECIMAL ||
		(v->kind == VALUE_INT && v->n >= 0 && v->n <= INT64_MAX / milliard);
	return v->kind == VALUE_DECIMAL ? v->n : *fits ? v->n * milliard : 0;
}

static bool is_cut(const struct dataset *d, const struct column *c, int64_t v)
{
	for (unsigned t = 0; t < d->n_tables; t++)
		for (unsigned m = 0; m < d->tables[t].n_measures; m++) {
			const struct measure *k = &d->tables[t].measures[m];

			/* by name: the column may be one after an exception */
			if (k->column != NULL && strcmp(k->column->name, c->name) == 0 &&
				in_list(k->cuts, k->n_cuts, v))
				return true;
		}
	return false;
}

static bool fits_cuts(const struct fit *f)
{
	bool good = !equality(f->test);

	for (unsigned i = 0; good && i < f->test->n_values; i++) {
		const struct cohort_value *v = &f->test->values[i];
		bool number;
		int64_t n;

		if (v->kind == VALUE_PARAM)
			continue;
		n = in_1e9(v, &number);
		good = number && is_cut(f->data, f->column, n);
	}
	return good || no(f, SAY("its numbers are compared by <, <=, >, >= or between, with the "
				 "cut points of its measures",
				     "数值只能用 <、<=、>、>=、between 与其指标的切点比较"));
}

static bool fits_bands(const struct fit *f)
{
	const struct cohort_test *t = f->test;

	if (f->column->as_age)
		return no(
			f, SAY("ages depend on a day; group by age or filter by it in the question",
				   "年龄取决于某一天，请在查询中按年龄分组或筛选"));
	if (t->kind == TEST_VALUE && (t->op == OP_GE || t->op == OP_LT) &&
		(t->values[0].kind == VALUE_PARAM ||
			(t->values[0].kind == VALUE_INT &&
				in_list(f->column->bands, f->column->n_bands, t->values[0].n))))
		return true;
	return no(f, SAY("bands are cut by >= or < at one of their edges",
			     "分段字段只能用 >= 或 < 在其起点处划分"));
}

bool cohort_fits(const struct dataset *data, const struct cohort_test *test,
	const struct column *column, struct arena *arena, struct say *why)
{
	const struct fit f = { data, test, column, arena, why };

	if (test->n_values == 0)
		return true;
	if (column->uses & (USE_PATIENT_KEY | USE_LINK | USE_FORBIDDEN))
		return no(&f, SAY("keys and links are joined, never compared with a value",
				      "患者标识与内部关联字段只用于连接，不得与常量比较"));
	switch (column->gen) {
	case GEN_CODES:
		return fits_codes(&f);
	case GEN_VALUES:
		return fits_values(&f);
	case GEN_CATEGORIES:
		return fits_categories(&f);
	case GEN_TRUNCATE:
		return fits_days(&f);
	case GEN_BANDS:
		return fits_bands(&f);
	case GEN_NONE:
		if (column->uses & USE_MEASURE)
			return fits_cuts(&f);
		break;
	case GEN_CUTS:
	case GEN_GEO:
		break;
	}
	return no(&f, SAY("it forms groups only and is never compared with a value",
			      "该字段只用于分组，不得与常量比较"));
}

/* ---- what a question gives ---- */

static bool wants(struct arena *a, struct say *why, const char *en, const char *zh)
{
	*why = say_make(a, "%s%.0s", "%.0s%s", en, zh);
	return false;
}

static bool bind_days(const struct column *c, const char *value, struct arena *a,
	struct cohort_bound *out, struct say *why)
{
	struct say period = say_truncate(c->truncate);
	enum truncate t;

	out->kind = BOUND_DAYS;
	if (period_parse(value, &t, &out->from) && period_contains(t, c->truncate)) {
		out->to = period_last(out->from, t);
		/* the range may begin or end inside a period */
		out->from = out->from < c->from ? c->from : out->from;
		out->to = out->to > c->to ? c->to : out->to;
		if (out->from <= out->to)
			return true;
	}
	*why = say_make(a,
		"write whole %s%.0ss within %s, such as 2025, 2025-Q1, 2025-01, 2025-W05",
		"请写 %3$s 之内的整%2$s，例如 2025、2025-Q1、2025-01、2025-W05%1$.0s", period.en,
		period.zh, say_span(a, c->from, c->to));
	return false;
}

static bool bind_category(const struct column *c, const char *value, struct arena *a,
	struct cohort_bound *out, struct say *why)
{
	const char **labels = arena_array(a, (size_t)c->n_categories + 1, sizeof(*labels));
	const struct category *k = NULL;
	int64_t code;

	out->kind = BOUND_CODES;
	for (unsigned i = 0; i < c->n_categories; i++) {
		if (labels != NULL)
			labels[i] = c->categories[i].label;
		if (strcmp(c->categories[i].label, value) == 0)
			k = &c->categories[i];
	}
	if (k == NULL && strcmp(value, "other") == 0) {
		out->others = true;
		return true;
	}
	if (k == NULL && parse_i64(value, &code))
		k = category_of(c, code);
	if (k != NULL && k->n_texts > 0) {
		*why = SAY("categories of texts cannot be filtered in an officer's cohort",
			"既定队列不能按文本类别筛选");
		return false;
	}
	if (k != NULL) {
		out->codes = k->codes;
		out->n_codes = k->n_codes;
		return true;
	}
	*why = say_make(a, "'%s' is none of %s, other", "“%s”不在 %s, other 之内", value,
		labels == NULL ? "" : say_list(a, labels, c->n_categories, 10));
	return false;
}

static bool bind_code(const struct column *c, const char *value, struct arena *a,
	struct cohort_bound *out, struct say *why)
{
	int64_t *code = arena_array(a, 1, sizeof(*code));

	out->kind = BOUND_CODES;
	if (code == NULL)
		return wants(a, why, "memory ended", "内存不足");
	if (!parse_i64(value, code) || *code < 1 || *code > INT32_MAX)
		return wants(a, why, "write one code, a whole number", "请写一个编码（整数）");
	if (c->gen == GEN_VALUES && !in_list(c->values, c->n_values, *code))
		return wants(a, why, "write one of its listed values", "请写其列出的取值之一");
	out->codes = code;
	out->n_codes = 1;
	return true;
}

static bool bind_number(const struct dataset *d, const struct column *c, const char *value,
	struct arena *a, struct cohort_bound *out, struct say *why)
{
	out->kind = BOUND_NUMBER;
	if (parse_decimal(value, 9, &out->number) && is_cut(d, c, out->number))
		return true;
	return wants(a, why, "write one of the cut points of its measures", "请写其指标的切点之一");
}

static bool bind_edge(const struct column *c, const char *value, struct arena *a,
	struct cohort_bound *out, struct say *why)
{
	out->kind = BOUND_EDGE;
	if (!c->as_age && parse_i64(value, &out->number) &&
		in_list(c->bands, c->n_bands, out->number))
		return true;
	return wants(a, why, "write one of the edges of its bands", "请写其分段的起点之一");
}

bool cohort_bind(const struct dataset *data, const struct column *column, const char *value,
	struct arena *arena, struct cohort_bound *out, struct say *why)
{
	*out = (struct cohort_bound){ .from = DAY_NONE, .to = DAY_NONE };
	switch (column->uses & (USE_FILTER | USE_GROUP | USE_MEASURE) ? column->gen : GEN_GEO) {
	case GEN_TRUNCATE:
		return bind_days(column, value, arena, out, why);
	case GEN_CATEGORIES:
		return bind_category(column, value, arena, out, why);
	case GEN_CODES:
	case GEN_VALUES:
		return bind_code(column, value, arena, out, why);
	case GEN_BANDS:
		return bind_edge(column, value, arena, out, why);
	case GEN_NONE:
		if (column->uses & USE_MEASURE)
			return bind_number(data, column, value, arena, out, why);
		break;
	case GEN_CUTS:
	case GEN_GEO:
		break;
	}
	return wants(arena, why, "this column takes no values", "该字段不接受取值");
}
