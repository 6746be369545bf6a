#include "sql/writing.h"

#include <stdio.h>

/*
 * What is counted besides people: which of a group's numbers a person is in, and a mean's values. As everywhere
 * here the functions are defined for every value (W3), and a person is in one number of one group (W2).
 */

enum {
	VALUE_ALIAS = MAX_GROUPS /* v3: the groups have v0 to v2 */
};

/* ---- values ---- */

/* The last value of each person, clamped and exact. The clamp comes before the conversion: that of a NaN, which
 * stands above every number, and of an infinity then is the clamp's end. */
static void clamped_value(struct sql_writing *w, struct text *t)
{
	static char v[] = "v";
	const struct measure *m = w->plan->of.measure;
	const struct column column = { .column = v };
	char alias[16];

	snprintf(alias, sizeof(alias), "v%u", (unsigned)VALUE_ALIAS);
	text_addc(t, '(');
	sql_clamped(w, t, alias, &column, m->low, m->high);
	text_add(t, ")::numeric");
}

static bool has_values(struct sql_writing *w)
{
	const struct plan_kind *of = &w->plan->of;

	if (of->measure == NULL || of->day == NULL || of->measure->low >= of->measure->high) {
		sql_wrong(w, "values without a measure, its days and its range");
		return false;
	}
	sql_last_value(w, of->measure, of->day, of->from, of->to, VALUE_ALIAS);
	return w->wrong == NULL;
}

/* (x - low) + (x - high) is twice the distance from the middle. */
static void twice_off(struct sql_writing *w, struct text *t)
{
	const struct measure *m = w->plan->of.measure;

	text_add(t, "((");
	clamped_value(w, t);
	text_add(t, " - ");
	sql_value_decimal(w, t, m->low);
	text_add(t, ") + (");
	clamped_value(w, t);
	text_add(t, " - ");
	sql_value_decimal(w, t, m->high);
	text_add(t, "))");
}

static void width(struct sql_writing *w, struct text *t)
{
	text_addc(t, '(');
	sql_value_decimal(w, t, w->plan->of.measure->high);
	text_add(t, " - ");
	sql_value_decimal(w, t, w->plan->of.measure->low);
	text_addc(t, ')');
}

/* v = R * (x - mid) / half, halves away from zero: with n twice off and d the width, the whole part of
 * (2 * R * n + sign(n) * d) / (2 * d). div() is exact; `/` of numerics is not. */
static void mean_value(struct sql_writing *w)
{
	struct text *t = &w->value;

	if (!has_values(w))
		return;
	text_addf(t, ", least(greatest(div(%d * ", 2 * MEAN_RESOLUTION);
	twice_off(w, t);
	text_add(t, " + sign(");
	twice_off(w, t);
	text_add(t, ") * ");
	width(w, t);
	text_add(t, ", 2 * ");
	width(w, t);
	text_addf(t, "), %d), %d)::int4 AS v", -MEAN_RESOLUTION, MEAN_RESOLUTION);
}

/* The sums are of whole numbers up to R*R: int8, which holds those of 2^49 people. */
const char *sql_sums(const struct plan *plan)
{
	_Static_assert(MEAN_RESOLUTION == 100, "half its square stands below");
	return plan->of.kind == KIND_MEAN ? ", sum(c.v) AS s, sum(c.v * c.v - 5000) AS q" : "";
}

static void quantile_part(struct sql_writing *w, struct text *t)
{
	if (!has_values(w))
		return;
	text_add(t, "least(greatest(div((");
	clamped_value(w, t);
	text_add(t, " - ");
	sql_value_decimal(w, t, w->plan->of.measure->low);
	text_addf(t, ") * %d, ", QUANTILE_PARTS);
	width(w, t);
	text_addf(t, "), 0), %d)::int4", QUANTILE_PARTS - 1);
}

/* ---- time ---- */

static void person_key(struct sql_writing *w, const char *alias)
{
	text_addf(&w->joins, "%s.k = ", alias);
	sql_member(&w->joins, "p", w->plan->key->column);
}

/* ev.day: the first event from the index date on, of a list a person. */
static void event_day(struct sql_writing *w, const struct criterion *c)
{
	const struct sql_needs needs = { .day = true };
	struct text *t = &w->joins;

	if (sql_depends(c) || c->has_times) {
		sql_wrong(w, "an end that depends on the index event");
		return;
	}
	text_add(t, "\n LEFT JOIN (SELECT x.k, array_agg(x.day) AS days FROM (");
	sql_entry(w, t, c, &needs, false);
	text_add(t, ") x GROUP BY x.k) sv ON ");
	person_key(w, "sv");
	text_add(t,
		"\n LEFT JOIN LATERAL (SELECT min(u.d) AS day FROM unnest(sv.days) u(d) WHERE u.d "
		">= ix.day) ev ON true");
}

/* en.day: the end of the observation period that the index date lies in; who has none is not followed. */
static void observed_day(struct sql_writing *w)
{
	const struct plan_observation *o = &w->plan->observation;
	struct text *t = &w->joins;

	if (o->start == NULL || o->end == NULL || o->table->key == NULL) {
		sql_wrong(w, "observation periods without their days");
		return;
	}
	text_add(t, "\n LEFT JOIN (SELECT e.");
	sql_name(t, o->table->key->column);
	text_addf(t, " AS k, array_agg(%s) AS starts, array_agg(%s) AS ends FROM ",
		sql_as_day(w, sql_expr(w, "e", o->start->column)),
		sql_as_day(w, sql_expr(w, "e", o->end->column)));
	sql_relation(t, o->table);
	text_add(t, " e WHERE e.");
	sql_name(t, o->table->key->column);
	text_add(t, " IS NOT NULL");
	sql_red_rows(w, t, "e", o->table);
	text_add(t, " GROUP BY 1) so ON ");
	person_key(w, "so");
	text_add(t, "\n LEFT JOIN LATERAL (SELECT max(u.t) AS day FROM unnest(so.starts, so.ends) "
		    "u(f, t) "
		    "WHERE u.f <= ix.day AND u.t >= ix.day) en ON true");
}

/* fo.last: the last day that somebody is followed, never before the index date. */
static void followed(struct sql_writing *w)
{
	struct text *t = &w->joins;

	if (w->plan->observation.table != NULL)
		observed_day(w);
	text_add(t, "\n CROSS JOIN LATERAL (SELECT greatest(ix.day, least(");
	if (w->plan->observation.table != NULL)
		text_add(t, "en.day, ");
	sql_value_day(w, t, w->plan->of.to);
	text_add(t, ")) AS last) fo");
}

/* Whole steps from the index date to a day on or after it. A month is whole on the same day of the month; the days
 * are between the years 1 and 9999. */
static void steps_to(struct sql_writing *w, struct text *t, const char *day)
{
	const struct duration *step = &w->plan->of.step;

	if (!step->months)
		text_addf(t, "(%s - ix.day) / ", day);
	else
		text_addf(t,
			"((extract(year FROM %s)::int4 - extract(year FROM ix.day)::int4) * 12 + "
			"extract(month FROM %s)::int4 - extract(month FROM ix.day)::int4 - "
			"(extract(day FROM %s) < extract(day FROM ix.day))::int4) / ",
			day, day, day);
	sql_value_int(w, t, step->count, "int4");
}

static void survival_point(struct sql_writing *w, struct text *t)
{
	const struct plan *plan = w->plan;
	const struct criterion *c = plan->of.event;
	unsigned steps = plan->of.n_points / 2;

	if (plan->entry == NULL || c == NULL || c->table == NULL || c->table->key == NULL ||
		c->start == NULL || plan->of.step.count < 1 || plan->of.to == DAY_NONE ||
		plan->of.n_points % 2 != 0) {
		sql_wrong(w, "a survival without an index date, an event and its steps");
		return;
	}
	event_day(w, c);
	followed(w);
	text_add(t, "CASE ");
	if (plan->observation.table != NULL) /* not another entry event of this person */
		text_add(t, "WHEN en.day IS NULL THEN NULL ");
	text_add(t, "WHEN ev.day <= fo.last AND ");
	steps_to(w, t, "ev.day");
	text_addf(t, " < %u THEN 2 * (", steps);
	steps_to(w, t, "ev.day");
	text_add(t, ") ELSE 2 * least(");
	steps_to(w, t, "fo.last");
	text_addf(t, ", %u) + 1 END", steps - 1);
}

void sql_points(struct sql_writing *w)
{
	struct text *t = &w->cell;

	if (w->plan->of.kind == KIND_MEAN)
		mean_value(w);
	if (plan_points(w->plan) == 1 && w->plan->of.kind != KIND_ATTRITION)
		return;
	text_addf(t, " * %u + (", plan_points(w->plan));
	switch (w->plan->of.kind) {
	case KIND_QUANTILE:
		quantile_part(w, t);
		break;
	case KIND_SURVIVAL:
		survival_point(w, t);
		break;
	case KIND_ATTRITION:
		text_add(t, text_str(&w->steps));
		break;
	default:
		sql_wrong(w, "a kind without points");
	}
	text_addc(t, ')');
}
