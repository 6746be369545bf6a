#include "policies/explain/explaining.h"

#include <string.h>

#include "policies/cohorts/cohort_sql.h"

/* Cohorts: those that requesters may build, and those that officers wrote. */

/* ---- built by requesters ---- */

static bool explain_compose(struct explaining *x)
{
	const struct compose_rule *c = &x->p->compose;

	explaining_begin(x, "cohort", "cohort:compose",
		SAY("cohorts built by requesters", "研究者自组队列"));
	explaining_row(x, no_label, c->listed ? &c->at : &x->p->kinds_at,
		c->listed ? TOLD(x, "at most %lld criteria, %lld deep, kinds %s",
				    "最多 %lld 个条件，嵌套 %lld 层，查询类型 %s",
				    (long long)c->criteria, (long long)c->depth,
				    explaining_kinds(x, c->kinds == 0 ? ~0u : c->kinds))
			  : SAY("not allowed: queries.yaml has no compose",
				    "不允许：queries.yaml 未写 compose"));
	if (c->listed)
		explaining_row(x, no_label, &c->at,
			c->window_days > 0
				? TOLD(x, "edges of time windows: multiples of %lld days",
					  "时间窗边界须为 %lld 天的整数倍",
					  (long long)c->window_days)
				: SAY("no window_step: no time windows, nothing about distances of "
				      "days",
					  "未写 window_step：不得使用时间窗，不得按日期间隔查询"));
	return true;
}

/* ---- written by officers ---- */

static bool study_lists(const struct study *s, const char *cohort)
{
	for (unsigned i = 0; i < s->n_cohorts; i++)
		if (strcmp(s->cohorts[i].text, cohort) == 0)
			return true;
	return false;
}

/* The columns of one dataset that its file names, each once. */
static void add_columns(struct explaining *x, const struct cohort_sql *sql)
{
	const char **names = arena_array(x->a, sql->n_columns, sizeof(*names));
	unsigned n = 0;

	if (names == NULL) {
		x->out_of_memory = true;
		return;
	}
	for (unsigned i = 0; i < sql->n_columns; i++) {
		bool twice = false;

		for (unsigned k = 0; k < n && !twice; k++)
			twice = strcmp(names[k], sql->columns[i].column->name) == 0;
		if (!twice)
			names[n++] = sql->columns[i].column->name;
	}
	explaining_names(x, SAY("reads", "读取"), NULL, explaining_plain(sql->data->id), names, n);
}

static void tell_cohort(struct explaining *x, const struct officer_cohort *c)
{
	const char **studies;
	unsigned n;

	explaining_begin(x, "cohort", c->id,
		c->title.en == NULL ? SAY("officers' cohort", "既定队列") : c->title);
	explaining_row(x, no_label, &c->at,
		TOLD(x, "officers' cohort in %s", "既定队列，见 %s",
			c->file == NULL ? "-" : c->file));
	explaining_row(x, no_label, &c->kinds_at,
		TOLD(x, "kinds %s", "查询类型 %s", explaining_kinds(x, c->kinds)));
	for (unsigned i = 0; i < c->n_params; i++)
		explaining_row(x, no_label, &c->params[i].at,
			TOLD(x, "parameter %s takes what %s allows", "参数 %s 的取值以 %s 为准",
				c->params[i].name,
				c->params[i].column == NULL ? "-" : c->params[i].column->name));
	for (unsigned d = 0; c->sql != NULL && d < x->p->n_datasets; d++)
		if (c->sql[d] != NULL)
			add_columns(x, c->sql[d]);
	studies = explaining_studies(x, study_lists, c->id, &n);
	explaining_names(x, SAY("used by", "用于"), NULL, SAY("study", "课题"), studies, n);
}

bool explain_cohort(struct explaining *x, const char *id)
{
	static const char *const parts[] = { "compose", "compose.criteria", "compose.depth",
		"compose.kinds", "compose.window_step" };

	for (unsigned i = 0; i < x->p->n_cohorts; i++)
		if (strcmp(x->p->cohorts[i].id, id) == 0) {
			tell_cohort(x, &x->p->cohorts[i]);
			return true;
		}
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		if (strcmp(parts[i], id) == 0)
			return explain_compose(x);
	return false;
}

/* ---- a column's cohorts ---- */

static bool reads(
	const struct explaining *x, const struct officer_cohort *c, const struct column *column)
{
	for (unsigned d = 0; c->sql != NULL && d < x->p->n_datasets; d++)
		for (unsigned i = 0; c->sql[d] != NULL && i < c->sql[d]->n_columns; i++)
			if (strcmp(c->sql[d]->columns[i].column->name, column->name) == 0)
				return true;
	return false;
}

void explaining_cohorts(struct explaining *x, const struct column *column)
{
	for (unsigned i = 0; i < x->p->n_cohorts; i++) {
		const struct officer_cohort *c = &x->p->cohorts[i];
		const char **names = arena_array(x->a, c->n_params, sizeof(*names));
		unsigned n = 0;
		struct say with;

		if (names == NULL) {
			x->out_of_memory = true;
			return;
		}
		for (unsigned k = 0; k < c->n_params; k++)
			if (c->params[k].column != NULL &&
				strcmp(c->params[k].column->name, column->name) == 0)
				names[n++] = c->params[k].name;
		if (n == 0 && !reads(x, c, column))
			continue;
		with = n == 0 ? SAY("", "")
			      : TOLD(x, " (parameters %s)", "（参数 %s）",
					say_list(x->a, names, n, n));
		explaining_row(x, SAY("used by", "用于"), NULL,
			TOLD(x, "cohort %s%s%.0s", "队列 %s%.0s%s", c->id, with.en, with.zh));
	}
}
