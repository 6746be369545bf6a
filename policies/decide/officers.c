#include <string.h>

#include "policies/periods.h"
#include "policies/decide/ruling.h"

/*
 * A question about an officer's cohort: who may use it, whether all that it names still stands on that day, and
 * what the question's params and filters mean on its columns.
 *
 * What was checked when the files were read is looked at again here, on the columns of today: an exception that
 * has ended, a code that the site's vocabulary puts under a forbidden one, a rule that is open for another study.
 */

const struct officer_cohort *named_cohort(const struct policy *p, const char *id)
{
	for (unsigned i = 0; id != NULL && i < p->n_cohorts; i++)
		if (strcmp(p->cohorts[i].id, id) == 0)
			return &p->cohorts[i];
	return NULL;
}

/* ---- 2, 4, 5: who, which kinds, which studies ---- */

static void check_role(struct ruling *r)
{
	if (r->role == NULL || r->role->cohorts)
		return;
	deny(r, CHECK_REQUESTER, RULE(r, "role:%s", r->role->id), r->role->at, r->q->cohort_at,
		TELL(r, "Role %s may not use officers' cohorts: it does not list cohorts.",
			"角色 %s 不得使用既定队列：未列出 cohorts。", r->role->id),
		TELL(r, "Your role in study %s may not use officers' cohorts at this hospital.",
			"您在课题 %s 中的角色不可在该医院使用既定队列。", r->q->study));
}

static void check_study_names(struct ruling *r)
{
	const struct study *s = r->study;
	const char *id = r->q->cohort.officer;

	if (s == NULL)
		return;
	for (unsigned i = 0; i < s->n_cohorts; i++)
		if (strcmp(s->cohorts[i].text, id) == 0)
			return;
	deny(r, CHECK_STUDY, RULE(r, "study:%s.cohorts", s->id), s->cohorts_at, r->q->cohort_at,
		TELL(r, "Study %s may not use cohort %s: its list does not name it.",
			"课题 %s 不得使用队列 %s：其清单中没有。", s->id, id),
		TELL(r, "This hospital does not let study %s use cohort %s.",
			"该医院不允许课题 %s 使用队列 %s。", s->id, id));
}

void check_officer(struct ruling *r)
{
	const char *id = r->q->cohort.officer;
	const struct officer_cohort *c = named_cohort(r->p, id);

	check_role(r);
	check_study_names(r);
	if (c == NULL) {
		deny(r, CHECK_KIND, "default:not-listed", r->p->kinds_at, r->q->cohort_at,
			TELL(r, "Cohort %s is not listed.", "队列 %s 未列出。", id),
			TELL(r, "This hospital does not offer cohort %s.", "该医院不提供队列 %s。",
				id));
		return;
	}
	if (c->kinds & (1u << r->q->kind))
		return;
	deny(r, CHECK_KIND, RULE(r, "cohort:%s", id), c->kinds_at, r->q->kind_at,
		TELL(r, "Cohort %s may not be used for questions of kind %s.",
			"队列 %s 不得用于 %s 类查询。", id, kind_name(r->q->kind)),
		TELL(r, "This hospital does not offer cohort %s for questions of kind %s.",
			"该医院不提供用于 %2$s 类查询的队列 %1$s。", id, kind_name(r->q->kind)));
}

/* ---- 3: what it names, on this day ---- */

static const struct cohort_sql *sql_of(struct ruling *r, const struct officer_cohort *c)
{
	const char *id = c->id;

	if (c->sql != NULL && c->sql[r->data - r->p->datasets] != NULL)
		return c->sql[r->data - r->p->datasets];
	deny(r, CHECK_RED_LIST, RULE(r, "cohort:%s", id), c->at, r->q->cohort_at,
		TELL(r, "Cohort %s is not about dataset %s.", "队列 %s 不适用于数据集 %s。", id,
			r->data->id),
		TELL(r, "This hospital does not offer cohort %s for dataset %s.",
			"该医院不提供用于数据集 %2$s 的队列 %1$s。", id, r->data->id));
	return NULL;
}

static void look_at_tables(struct ruling *r, const struct cohort_sql *sql)
{
	for (unsigned i = 0; i < sql->n_sources; i++) {
		const struct table *t = sql->sources[i]->table;
		bool seen = false;

		for (unsigned k = 0; k < i; k++)
			seen = seen || sql->sources[k]->table == t;
		if (seen)
			continue;
		touch_table(r, t);
		if (t->kind != TABLE_LOOKUP)
			check_removable(r, t, r->q->cohort_at);
	}
}

static void look_at_columns(struct ruling *r, const struct cohort_sql *sql)
{
	struct say thing = TELL(r, "cohort %s", "队列 %s", r->q->cohort.officer);

	for (unsigned i = 0; i < sql->n_columns; i++) {
		bool seen = false;

		for (unsigned k = 0; k < i; k++)
			seen = seen || sql->columns[k].column == sql->columns[i].column;
		if (!seen)
			(void)usable_column(r, sql->columns[i].column, ~(unsigned)USE_FORBIDDEN,
				SAY("a cohort", "队列"), thing, r->q->cohort_at);
	}
}

static void look_at_values(struct ruling *r, const struct cohort_test *t)
{
	const struct column *now = column_on(t->left.column, r->who->today);
	struct say why = { NULL, NULL };

	for (unsigned i = 0; i < t->n_values; i++) {
		struct code code = { .concept = (int32_t)t->values[i].n };

		if (t->values[i].kind == VALUE_INT && t->values[i].n > 0 &&
			t->values[i].n <= INT32_MAX)
			check_code(r, t->left.column, &code, r->q->cohort_at);
	}
	if ((now->uses & USE_FORBIDDEN) || cohort_fits(r->data, t, now, r->a, &why))
		return;
	deny(r, CHECK_VALUES, RULE(r, "column:%s", now->name), now->gen_at, r->q->cohort_at,
		TELL(r,
			"Cohort %s compares column %s with a value that it no longer allows: "
			"%s%.0s.",
			"队列 %s 中与字段 %s 比较的取值已不被允许：%.0s%s。", r->q->cohort.officer,
			now->name, why.en, why.zh),
		TELL(r, "This hospital does not offer cohort %s any more.",
			"该医院已不再提供队列 %s。", r->q->cohort.officer));
}

/* The depth is that of the tree it was read from. */
static void look_at(struct ruling *r, const struct cohort_test *t)
{
	if (t == NULL)
		return;
	if (t->n_values > 0)
		look_at_values(r, t);
	for (const struct cohort_test *c = t->children; c != NULL; c = c->next)
		look_at(r, c);
	if (t->select == NULL)
		return;
	for (const struct cohort_source *s = t->select->first; s != NULL; s = s->next)
		look_at(r, s->on);
	look_at(r, t->select->where);
}

/* ---- 6: params and filters ---- */

static void deny_value(struct ruling *r, const struct column *c, struct say why, struct place asked)
{
	deny(r, CHECK_VALUES, RULE(r, "column:%s", c->name), c->gen_at, asked,
		TELL(r, "This value does not fit column %s: %s%.0s.",
			"该取值不适合字段 %s：%.0s%s。", c->name, why.en, why.zh),
		SAY("A value of the question is not one that this hospital allows.",
			"查询中的某个取值不是该医院允许的取值。"));
}

static void check_bound(struct ruling *r, const struct column *c, const struct cohort_bound *b)
{
	for (unsigned i = 0; b->kind == BOUND_CODES && i < b->n_codes; i++) {
		struct code code = { .concept = (int32_t)b->codes[i] };

		if (b->codes[i] > 0 && b->codes[i] <= INT32_MAX)
			check_code(r, c, &code, b->at);
	}
}

bool bind_value(struct ruling *r, const struct column *c, const struct question_value *v,
	struct cohort_bound *out)
{
	struct say why = { NULL, NULL };

	if (!cohort_bind(r->data, c, v->text, r->a, out, &why)) {
		deny_value(r, c, why, v->at);
		return false;
	}
	out->at = v->at;
	check_bound(r, c, out);
	return true;
}

static void deny_param(
	struct ruling *r, const struct officer_cohort *c, struct place asked, struct say say)
{
	deny(r, CHECK_VALUES, RULE(r, "cohort:%s", c->id), c->at, asked, say, say);
}

static const struct question_param *param_named(const struct question *q, const char *name)
{
	for (unsigned i = 0; i < q->n_params; i++)
		if (strcmp(q->params[i].name, name) == 0)
			return &q->params[i];
	return NULL;
}

/* What a parameter is typed by, in the question's dataset: another one may let the same column say more. */
static const struct column *param_column(struct ruling *r, const struct cohort_param *p)
{
	const struct column *c =
		p->column == NULL ? NULL : dataset_column(r->data, p->column->name);

	if (c == NULL) /* a cohort that fits the dataset has it there */
		deny_internal(r, CHECK_VALUES, "a parameter without its column");
	return c;
}

static void bind_params(
	struct ruling *r, const struct officer_cohort *c, struct cohort_bound *bound)
{
	for (unsigned i = 0; i < c->n_params; i++) {
		const struct question_param *p = param_named(r->q, c->params[i].name);
		struct say thing = TELL(r, "parameter %s", "参数 %s", c->params[i].name);
		const struct column *named = param_column(r, &c->params[i]), *now;

		if (named == NULL)
			continue;
		if (p == NULL) {
			deny_param(r, c, r->q->cohort_at,
				TELL(r, "Cohort %s needs a value for parameter %s.",
					"队列 %s 需要参数 %s 的取值。", c->id, c->params[i].name));
			continue;
		}
		now = usable_column(r, named, USE_FILTER | USE_GROUP | USE_MEASURE,
			SAY("filtering", "筛选"), thing, p->at);
		if (now == NULL)
			continue;
		narrow(r, now->name, thing, p->at);
		(void)bind_value(r, now, &p->value, &bound[i]);
	}
	for (unsigned i = 0; i < r->q->n_params; i++) {
		bool known = false;

		for (unsigned k = 0; k < c->n_params; k++)
			known = known || strcmp(c->params[k].name, r->q->params[i].name) == 0;
		if (!known)
			deny_param(r, c, r->q->params[i].at,
				TELL(r, "Cohort %s has no parameter %s.", "队列 %s 没有参数 %s。",
					c->id, r->q->params[i].name));
	}
}

bool output_of(const struct plan_rows *rows, const struct column *c, unsigned *output)
{
	for (unsigned i = 0; i < rows->sql->n_outputs; i++)
		if (strcmp(rows->sql->outputs[i].column->name, c->name) == 0) {
			*output = i;
			return true;
		}
	return false;
}

/* One edge of bands or one cut is no set of rows: a filter has no comparison to go with it. */
static bool chooses_rows(struct ruling *r, const struct column *c, const struct cohort_bound *b)
{
	if (b->kind == BOUND_DAYS || b->kind == BOUND_CODES)
		return true;
	deny_value(r, c,
		SAY("a filter names periods, codes or categories, and this column has neither",
			"筛选须写周期、编码或类别，而该字段均不具备"),
		b->at);
	return false;
}

bool filter_rows(struct ruling *r, const struct question_filter *f, const struct column *named)
{
	struct plan_rows *rows = r->rows;
	struct plan_filter *to = &rows->filters[rows->n_filters];
	struct say thing = TELL(r, "filters on %s", "按 %s 筛选", f->column);
	struct cohort_bound *any = ruling_alloc(r, f->n_values, sizeof(*any));
	const struct column *now;

	if (!output_of(rows, named, &to->output) || any == NULL)
		return false;
	now = usable_column(r, named, USE_GROUP, SAY("filtering", "筛选"), thing, f->at);
	if (now == NULL)
		return true;
	narrow(r, now->name, thing, f->at);
	for (unsigned i = 0; i < f->n_values; i++)
		if (bind_value(r, now, &f->values[i], &any[to->n]) &&
			chooses_rows(r, now, &any[to->n]))
			to->n++;
	to->any = any;
	rows->n_filters++;
	return true;
}

void resolve_officer(struct ruling *r)
{
	const struct officer_cohort *c = named_cohort(r->p, r->q->cohort.officer);
	struct plan_rows *rows = ruling_alloc(r, 1, sizeof(*rows));
	struct cohort_bound *bound;
	const struct cohort_sql *sql;

	r->plan->root = ruling_alloc(r, 1, sizeof(*r->plan->root));
	if (rows == NULL || r->plan->root == NULL)
		return;
	*r->plan->root = (struct criterion){ .kind = PART_ALL };
	sql = c == NULL ? NULL : sql_of(r, c);
	if (sql == NULL) {
		r->incomplete |= 1u << CHECK_VALUES;
		return; /* check_officer() says what is not listed */
	}
	bound = ruling_alloc(r, c->n_params, sizeof(*bound));
	if (bound == NULL)
		return; /* without values nothing below may look at them */
	rows->sql = sql;
	rows->params = bound;
	r->rows = rows;
	r->plan->rows = rows;
	look_at_tables(r, sql);
	look_at_columns(r, sql);
	for (const struct cohort_source *s = sql->select.first; s != NULL; s = s->next)
		look_at(r, s->on);
	look_at(r, sql->select.where);
	bind_params(r, c, bound);
}

/* ---- which days an output column can have ---- */

static void value_days(
	const struct plan_rows *rows, const struct cohort_value *v, int32_t *first, int32_t *last)
{
	bool param = v->kind == VALUE_PARAM;

	*first = param ? rows->params[v->param].from : (int32_t)v->n;
	*last = param ? rows->params[v->param].to : (int32_t)v->n;
}

static void narrow_days(
	const struct plan_rows *rows, const struct cohort_test *t, int32_t *from, int32_t *to)
{
	int32_t first, last, low = *from, high = *to;

	value_days(rows, &t->values[0], &first, &last);
	if (first == DAY_NONE)
		return; /* its value was denied */
	if (t->kind == TEST_BETWEEN) {
		low = first;
		value_days(rows, &t->values[1], &first, &last);
		high = last;
	} else if (t->op == OP_GE || t->op == OP_EQ)
		low = first;
	else if (t->op == OP_GT)
		low = last + 1;
	if (t->kind == TEST_VALUE && (t->op == OP_LE || t->op == OP_EQ))
		high = last;
	else if (t->kind == TEST_VALUE && t->op == OP_LT)
		high = first - 1;
	*from = low > *from ? low : *from;
	*to = high < *to ? high : *to;
}

static void must_days(const struct plan_rows *rows, const struct cohort_test *t,
	const struct cohort_column *c, int32_t *from, int32_t *to)
{
	if (t == NULL)
		return;
	if (t->kind == TEST_ALL)
		for (const struct cohort_test *k = t->children; k != NULL; k = k->next)
			must_days(rows, k, c, from, to);
	if ((t->kind == TEST_VALUE || t->kind == TEST_BETWEEN) && !t->negated &&
		t->left.source == c->source && t->left.column == c->column)
		narrow_days(rows, t, from, to);
}

void output_days(const struct plan_rows *rows, unsigned output, const struct column *now,
	int32_t *from, int32_t *to)
{
	*from = now->from;
	*to = now->to;
	must_days(rows, rows->sql->select.where, &rows->sql->outputs[output], from, to);
	for (unsigned i = 0; i < rows->n_filters; i++) {
		const struct plan_filter *f = &rows->filters[i];
		int32_t first = *to, last = *from;

		if (f->output != output)
			continue;
		for (unsigned k = 0; k < f->n; k++) {
			first = f->any[k].from < first ? f->any[k].from : first;
			last = f->any[k].to > last ? f->any[k].to : last;
		}
		*from = first > *from ? first : *from;
		*to = last < *to ? last : *to;
	}
}
