#include "policies/explain/rule_list.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "policies/decide/plan.h"
#include "policies/shapes.h"

struct listing {
	const struct policy *p;
	struct arena *a;
	struct policy_rule *rules; /* NULL while they are only counted */
	unsigned n;
	bool out_of_memory;
};

static void add(struct listing *l, const struct place *at, const char *id)
{
	if (id == NULL)
		l->out_of_memory = true;
	else if (l->rules != NULL)
		l->rules[l->n] = (struct policy_rule){ id, *at };
	l->n++;
}

/* A text of its own only when it is kept. */
#define ID(l, ...) ((l)->rules == NULL ? "" : arena_textf((l)->a, __VA_ARGS__))

/* ---- what a policy has ---- */

static void add_columns(struct listing *l, const struct table *t)
{
	for (unsigned i = 0; i < t->n_columns; i++) {
		const struct column *c = &t->columns[i];

		add(l, &c->at, ID(l, "column:%s", c->name));
		for (const struct column_limit *k = c->limits; k != NULL; k = k->next)
			if (k->exception != NULL)
				add(l, &k->exception->at,
					ID(l, "preset:%s/%s", k->preset, k->category));
	}
	for (unsigned i = 0; i < t->n_measures; i++)
		add(l, &t->measures[i].at, ID(l, "measure:%s", t->measures[i].id));
}

static void add_kinds(struct listing *l)
{
	for (unsigned k = 0; k < KINDS; k++) {
		const struct kind_rule *rule = &l->p->kinds[k];
		const char *name = kind_name((enum question_kind)k);

		if (!rule->listed)
			continue;
		add(l, &rule->at, ID(l, "kind:%s", name));
		add(l, &rule->group_by_at, ID(l, "kind:%s.group_by", name));
		add(l, &rule->filters_at, ID(l, "kind:%s.filters", name));
		add(l, &rule->max_cells_at, ID(l, "kind:%s.max_cells", name));
		if (k == KIND_QUANTILE)
			add(l, &rule->at, "kind:quantile.at");
		if (k == KIND_DISTINCT)
			add(l, &rule->person_at, "kind:distinct.person");
		if (k != KIND_SURVIVAL)
			continue;
		add(l, &rule->at, "kind:survival.step");
		add(l, &rule->at, "kind:survival.horizon");
	}
}

static void add_compose(struct listing *l)
{
	const struct compose_rule *c = &l->p->compose;

	add(l, c->listed ? &c->at : &l->p->kinds_at, "cohort:compose");
	if (!c->listed)
		return;
	add(l, &c->at, "cohort:compose.criteria");
	add(l, &c->at, "cohort:compose.depth");
	add(l, &c->at, "cohort:compose.window_step");
	if (c->kinds != 0)
		add(l, &c->at, "cohort:compose.kinds");
}

static void add_release(struct listing *l)
{
	const struct policy *p = l->p;

	add(l, &p->release.noise_at, "release:noise");
	add(l, &p->release.min_patients_at, "release:min_patients");
	add(l, &p->release.min_sites_at, "release:min_sites");
	add(l, &p->release.secure_at, "release:secure_aggregation");
	if (p->release.max_similar > 0)
		add(l, &p->release.max_similar_at, "release:max_similar");
	for (unsigned i = 0; i < p->n_tighter; i++)
		add(l, &p->tighter[i].at,
			ID(l, "tighter:%s:%s", words_scope[p->tighter[i].scope], p->tighter[i].id));
	for (unsigned i = 0; i < p->n_budgets; i++)
		add(l, &p->budgets[i].at, ID(l, "budget:%s", budget_for(l->a, &p->budgets[i])));
}

static void add_study(struct listing *l, const struct study *s)
{
	add(l, &s->at, ID(l, "study:%s", s->id));
	add(l, &s->valid_at, ID(l, "study:%s.valid", s->id));
	add(l, &s->requesters_at, ID(l, "study:%s.requesters", s->id));
	add(l, &s->kinds_at, ID(l, "study:%s.kinds", s->id));
	add(l, &s->datasets_at, ID(l, "study:%s.datasets", s->id));
	if (l->p->n_cohorts > 0)
		add(l, &s->cohorts_at, ID(l, "study:%s.cohorts", s->id));
	add(l, &s->may_use_at, ID(l, "study:%s.may_use", s->id));
}

static void add_all(struct listing *l)
{
	const struct policy *p = l->p;

	add(l, &p->valid_at, "policy:valid");
	add(l, &p->datasets_at, "default:not-listed");
	for (unsigned d = 0; d < p->n_datasets; d++)
		for (unsigned t = 0; t < p->datasets[d].n_tables; t++)
			add_columns(l, &p->datasets[d].tables[t]);
	for (unsigned i = 0; i < p->n_codes; i++)
		add(l, &p->codes[i].at, ID(l, "code:%s", p->codes[i].id));
	add_kinds(l);
	add_compose(l);
	for (unsigned i = 0; i < p->n_cohorts; i++)
		add(l, &p->cohorts[i].at, ID(l, "cohort:%s", p->cohorts[i].id));
	add_release(l);
	for (unsigned i = 0; i < p->n_roles; i++)
		add(l, &p->roles[i].at, ID(l, "role:%s", p->roles[i].id));
	for (unsigned i = 0; i < p->n_studies; i++)
		add_study(l, &p->studies[i]);
}

static int by_place(const void *a, const void *b)
{
	const struct policy_rule *x = a, *y = b;
	int order =
		strcmp(x->at.file == NULL ? "" : x->at.file, y->at.file == NULL ? "" : y->at.file);

	if (order == 0)
		order = (x->at.line > y->at.line) - (x->at.line < y->at.line);
	if (order == 0)
		order = (x->at.column > y->at.column) - (x->at.column < y->at.column);
	return order != 0 ? order : strcmp(x->id, y->id);
}

int rule_list(const struct policy *p, struct arena *arena, struct policy_rule **out, unsigned *n,
	struct error *err)
{
	struct listing l = { .p = p, .a = arena };

	add_all(&l); /* counts */
	l.rules = arena_array(arena, l.n, sizeof(*l.rules));
	if (l.rules == NULL)
		return error_memory(err);
	l.n = 0;
	add_all(&l);
	if (l.out_of_memory)
		return error_memory(err);
	qsort(l.rules, l.n, sizeof(*l.rules), by_place);
	*out = l.rules;
	*n = l.n;
	return 0;
}

static bool listed(const struct policy_rule *rules, unsigned n, const char *id)
{
	for (unsigned i = 0; i < n; i++)
		if (strcmp(rules[i].id, id) == 0)
			return true;
	return false;
}

static bool asks(const struct policy *p, const char *account)
{
	for (unsigned i = 0; i < p->n_studies; i++)
		for (unsigned k = 0; k < p->studies[i].n_requesters; k++)
			if (strcmp(p->studies[i].requesters[k].account, account) == 0)
				return true;
	return false;
}

/* Decisions name the account that is charged, never "each", and what a tighter rule refuses is the release's. */
static bool decides(const char *id)
{
	return strncmp(id, "budget:each-", strlen("budget:each-")) != 0 &&
	       strncmp(id, "tighter:", strlen("tighter:")) != 0;
}

bool rule_known(const struct policy *p, const struct policy_rule *rules, unsigned n, const char *id)
{
	static const char each_requester[] = "budget:requester:",
			  each_study[] = "budget:each-study:";

	if (strncmp(id, each_requester, strlen(each_requester)) == 0)
		return listed(rules, n, "budget:each-requester") &&
		       asks(p, id + strlen(each_requester));
	if (strncmp(id, each_study, strlen(each_study)) == 0)
		return listed(rules, n, "budget:each-study") &&
		       policy_study(p, id + strlen(each_study)) != NULL;
	return strcmp(id, "budget:none") == 0 || (decides(id) && listed(rules, n, id));
}

const char *rule_nearest(const struct policy_rule *rules, unsigned n, const char *id)
{
	const char *best = NULL;

	/* one at a time, so that a policy's every rule needs no second list */
	for (unsigned i = 0; i < n; i++) {
		const char *pair[2] = { best == NULL ? rules[i].id : best, rules[i].id };
		const char *near = decides(rules[i].id) ? text_nearest(id, pair, 2) : NULL;

		if (near != NULL)
			best = near;
	}
	return best;
}

/* ---- what a verdict rests on ---- */

struct marking {
	const struct policy_rule *rules;
	unsigned n;
	bool *reached;
};

static bool same_place(const struct place *a, const struct place *b)
{
	return a->file != NULL && b->file != NULL && strcmp(a->file, b->file) == 0 &&
	       a->line == b->line && a->column == b->column;
}

/* "study:DM" also marks "study:DM.valid" and its other parts when `parts`. */
static void mark(struct marking *m, const char *kind, const char *id, bool parts)
{
	size_t head = strlen(kind), len = strlen(id);

	for (unsigned i = 0; i < m->n; i++) {
		const char *rule = m->rules[i].id;

		if (strncmp(rule, kind, head) == 0 && strncmp(rule + head, id, len) == 0 &&
			(rule[head + len] == '\0' || (parts && rule[head + len] == '.')))
			m->reached[i] = true;
	}
}

/* A rule of one kind by its place: for those whose decisions have another id. */
static void mark_at(struct marking *m, const char *kind, const struct place *at)
{
	for (unsigned i = 0; i < m->n; i++)
		if (strncmp(m->rules[i].id, kind, strlen(kind)) == 0 &&
			same_place(&m->rules[i].at, at))
			m->reached[i] = true;
}

static void mark_column(struct marking *m, const struct column *c)
{
	if (c != NULL)
		mark(m, "column:", c->name, false);
}

static void mark_criteria(struct marking *m, const struct criterion *c)
{
	for (; c != NULL; c = c->next) {
		const struct column *const columns[] = { c->kind_column, c->concept, c->start,
			c->end, c->end_days, c->value, c->id, c->visit, c->person };

		for (size_t i = 0; i < sizeof(columns) / sizeof(columns[0]); i++)
			mark_column(m, columns[i]);
		for (const struct plan_attribute *a = c->attributes; a != NULL; a = a->next) {
			mark_column(m, a->column);
			mark_column(m, a->other_id);
			mark_column(m, a->other_column);
		}
		mark_criteria(m, c->children);
		mark_criteria(m, c->with);
	}
}

/* Of an officer's cohort: what its file names, and what its parameters are typed by. */
static void mark_rows(struct marking *m, const struct plan_rows *rows)
{
	if (rows == NULL)
		return;
	for (unsigned i = 0; i < rows->sql->n_columns; i++)
		mark_column(m, rows->sql->columns[i].column);
	for (unsigned i = 0; i < rows->sql->n_params; i++)
		mark_column(m, rows->sql->params[i].column);
}

static void mark_columns(struct marking *m, const struct plan *plan)
{
	mark_rows(m, plan->rows);
	mark_column(m, plan->key);
	mark_column(m, plan->sex);
	mark_column(m, plan->birth_year);
	mark_criteria(m, plan->entry);
	mark_criteria(m, plan->root);
	mark_criteria(m, plan->of.event);
	mark_column(m, plan->of.day);
	mark_column(m, plan->observation.start);
	mark_column(m, plan->observation.end);
	for (unsigned i = 0; i < plan->n_dims; i++)
		mark_column(m, plan->dims[i].column);
	for (unsigned i = 0; i < plan->n_tables; i++)
		mark_column(m, plan->tables[i]->key);
	for (unsigned i = 0; i < plan->n_measures; i++) {
		mark(m, "measure:", plan->measures[i]->id, false);
		mark_column(m, plan->measures[i]->column);
		mark_column(m, plan->measures[i]->where);
	}
}

static void mark_role(struct marking *m, const struct verdict *v)
{
	for (unsigned i = 0; i < v->n_chain; i++)
		if (v->chain[i].check == CHECK_REQUESTER)
			mark(m, "", v->chain[i].rule, false);
}

static void mark_plan(struct marking *m, const struct policy *p, const struct question *q,
	const struct plan *plan)
{
	mark(m, "policy:", "valid", false);
	mark(m, "study:", plan->study->id, true);
	mark(m, "kind:", kind_name(q->kind), true);
	if (q->cohort.officer != NULL)
		mark(m, "cohort:", q->cohort.officer, false);
	else if (q->cohort.entry != NULL || q->cohort.criteria > 0 || q->n_filters > 0)
		mark(m, "cohort:", "compose", true);
	mark_columns(m, plan);
	/* a rule is held to whether it took rows out or let them in */
	for (unsigned i = 0; i < p->n_codes; i++)
		mark(m, "code:", p->codes[i].id, false);
	mark(m, "release:", "noise", false);
	mark(m, "release:", "min_patients", false);
	mark(m, "release:", "min_sites", false);
	mark(m, "release:", "secure_aggregation", false);
	mark(m, "release:", "max_similar", false);
	for (unsigned i = 0; i < plan->n_tighter; i++)
		mark_at(m, "tighter:", &p->tighter[plan->tighter[i]].at);
	for (unsigned i = 0; i < plan->n_charges; i++)
		mark_at(m, "budget:", &plan->charges[i].at);
}

void rule_list_reached(const struct policy *p, const struct question *q, const struct verdict *v,
	const struct policy_rule *rules, unsigned n, bool *reached)
{
	struct marking m = { rules, n, reached };

	if (v->allow && v->plan != NULL) {
		mark_role(&m, v);
		mark_plan(&m, p, q, v->plan);
		return;
	}
	for (unsigned i = 0; i < v->n_chain; i++) {
		const struct finding *f = &v->chain[i];

		if (!f->deny)
			continue;
		mark(&m, "", f->rule, false);
		if (strncmp(f->rule, "budget:", 7) == 0)
			mark_at(&m, "budget:", &f->at);
		if (strncmp(f->rule, "release:", 8) == 0)
			mark_at(&m, "tighter:", &f->at);
	}
}
