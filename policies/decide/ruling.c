#include "policies/decide/ruling.h"

#include <stdio.h>
#include <string.h>

#include "policies/reach.h"

/*
 * What every check of a decision uses: denials with their sentences, columns as of today, codes in
 * force.
 */

void *ruling_alloc(struct ruling *r, size_t count, size_t size)
{
	void *at = arena_array(r->a, count == 0 ? 1 : count, size);

	if (at == NULL)
		r->out_of_memory = true;
	return at;
}

/* The order of a policy's lines must not choose which of several rules of one type is named: denials of one
 * place of the question stand by their rule, and by what they say. */
static bool goes_before(const struct finding *a, const struct finding *b)
{
	size_t type = strcspn(a->rule, ":") + 1;
	int order = strcmp(a->rule, b->rule);

	return a->check == b->check && a->asked_at.line == b->asked_at.line &&
	       a->asked_at.column == b->asked_at.column && strncmp(a->rule, b->rule, type) == 0 &&
	       (order != 0 ? order : strcmp(a->say.en, b->say.en)) < 0;
}

/* Several criteria may look at one day of one event. */
static bool said_already(const struct ruling *r, const struct finding *f)
{
	for (unsigned i = 0; i < r->n_denials; i++) {
		const struct finding *d = &r->denials[i];

		if (d->check == f->check && d->asked_at.line == f->asked_at.line &&
			d->asked_at.column == f->asked_at.column && strcmp(d->rule, f->rule) == 0 &&
			strcmp(d->say.en, f->say.en) == 0)
			return true;
	}
	return false;
}

void deny(struct ruling *r, unsigned check, const char *rule, struct place at,
	struct place asked_at, struct say say, struct say outside)
{
	struct finding f = { true, check, rule, at, asked_at, say, outside };
	unsigned i;

	if (rule == NULL || say_failed(say) || say_failed(outside)) {
		r->out_of_memory = true;
		return;
	}
	if (r->n_denials == MAX_DENIALS || said_already(r, &f))
		return; /* denied all the same */
	for (i = r->n_denials++; i > 0 && goes_before(&f, &r->denials[i - 1]); i--)
		r->denials[i] = r->denials[i - 1];
	r->denials[i] = f;
}

void deny_internal(struct ruling *r, unsigned check, const char *what)
{
	deny(r, check, "internal:error", (struct place){ 0 }, (struct place){ 0 },
		TELL(r, "The question was refused because deciding about it failed: %s.",
			"判定此查询时出错，因此拒绝：%s。", what),
		SAY("The hospital could not decide about this question and refused it.",
			"该医院无法判定此查询，因此拒绝。"));
}

void touch_table(struct ruling *r, const struct table *t)
{
	for (unsigned i = 0; i < r->n_tables; i++)
		if (r->tables[i] == t)
			return;
	if (r->n_tables == MAX_TOUCHED)
		deny_internal(r, CHECK_RED_LIST, "too many tables");
	else
		r->tables[r->n_tables++] = t;
}

void touch_measure(struct ruling *r, const struct measure *m)
{
	for (unsigned i = 0; i < r->n_measures; i++)
		if (r->measures[i] == m)
			return;
	if (r->n_measures == MAX_TOUCHED)
		deny_internal(r, CHECK_RED_LIST, "too many measures");
	else
		r->measures[r->n_measures++] = m;
}

void not_listed(
	struct ruling *r, struct place at, struct place asked, struct say say, struct say thing)
{
	deny(r, CHECK_RED_LIST, "default:not-listed", at, asked, say,
		TELL(r, "This hospital does not offer %s%.0s.", "该医院不提供%.0s%s。", thing.en,
			thing.zh));
}

/* ---- columns ---- */

static void deny_use(struct ruling *r, const struct column *c, struct say purpose, struct say thing,
	struct place asked)
{
	const char *rule = c->ceiling != NULL ? c->ceiling : RULE(r, "column:%s", c->name);
	struct say why = say_why(r->a, c), use = say_use(c->uses), say;

	if (c->ceiling != NULL)
		say = TELL(r,
			"Column %s may not be used for %s%.0s: its exception has ended and the "
			"ceiling "
			"%s applies again.",
			"字段 %s 不得用于%.0s%s：例外已到期，上限 %s 恢复生效。", c->name,
			purpose.en, purpose.zh, c->ceiling);
	else if (c->uses == USE_FORBIDDEN)
		say = TELL(r, "Column %s may not be used for %s%.0s: it is forbidden%s%.0s.",
			"字段 %s 不得用于%.0s%s：该字段为禁止使用%.0s%s。", c->name, purpose.en,
			purpose.zh, why.en, why.zh);
	else
		say = TELL(r, "Column %s may not be used for %s%.0s: its use is %s%.0s.",
			"字段 %s 不得用于%.0s%s：其用途为%.0s%s。", c->name, purpose.en, purpose.zh,
			use.en, use.zh);
	deny(r, CHECK_RED_LIST, rule, c->use_at, asked, say,
		TELL(r, "This hospital does not allow %s%.0s to be used so.",
			"该医院不允许这样使用%.0s%s。", thing.en, thing.zh));
}

const struct column *usable_column(struct ruling *r, const struct column *c, unsigned need,
	struct say purpose, struct say thing, struct place asked)
{
	const struct column *now = column_on(c, r->who->today);

	if (now == NULL) {
		deny_internal(r, CHECK_RED_LIST, "no column");
		return NULL;
	}
	if ((now->uses & need) == 0 || (now->uses & USE_FORBIDDEN)) {
		deny_use(r, now, purpose, thing, asked);
		return NULL;
	}
	return now;
}

const struct column *usable(struct ruling *r, const struct table *t, const char *column,
	unsigned need, struct say purpose, struct say thing, struct place asked)
{
	const struct column *c = table_column(t, column);

	if (c != NULL)
		return usable_column(r, c, need, purpose, thing, asked);
	not_listed(r, t->at, asked,
		TELL(r, "Column %s.%s may not be used: table %s does not list it.",
			"字段 %s.%s 不得使用：表 %s 未列出该字段。", t->name, column, t->name),
		thing);
	return NULL;
}

void narrow(struct ruling *r, const char *name, struct say thing, struct place asked)
{
	const struct study *s = r->study;

	if (s == NULL)
		return; /* denied already: there is no study */
	if (study_may_use(s, name))
		return;
	deny(r, CHECK_STUDY, RULE(r, "study:%s.may_use", s->id), s->may_use_at, asked,
		TELL(r, "Study %s may not use %s: its list does not name it.",
			"课题 %s 不得使用 %s：其可用清单中没有。", s->id, name),
		TELL(r, "This hospital does not let study %s use %s%.0s.",
			"该医院不允许课题 %s 使用%.0s%s。", s->id, thing.en, thing.zh));
}

/* ---- rows that can be removed ---- */

static void deny_table(struct ruling *r, const struct code_rule *rule, enum reach reach,
	const struct table *t, struct place asked)
{
	struct say why = reach_say(reach, r->model, t, r->a);

	deny(r, CHECK_RED_LIST, RULE(r, "code:%s", rule->id), t->at, asked,
		TELL(r,
			"Table %s may not be counted: rows of rule %s cannot be removed, because "
			"%s%.0s.",
			"表 %s 不得参与统计：无法剔除规则 %s 的记录，因为%.0s%s。", t->name,
			rule->id, why.en, why.zh),
		SAY("This hospital cannot remove sensitive rows from what the question needs.",
			"该医院无法从此查询所需的数据中剔除敏感记录。"));
}

/* Of several rules the first by its id is named. */
void check_removable(struct ruling *r, const struct table *t, struct place asked)
{
	unsigned known = r->who->red == NULL ? ~0u : r->who->red->systems;
	const struct code_rule *first = NULL;
	enum reach why = REACH_YES;

	for (unsigned i = 0; i < r->n_removable; i++)
		if (r->removable[i] == t)
			return;
	for (unsigned i = 0; i < r->p->n_codes; i++) {
		const struct code_rule *rule = &r->p->codes[i];
		enum reach reach;

		if (!r->red[i] || (first != NULL && strcmp(first->id, rule->id) < 0))
			continue;
		reach = rule_reach(rule, r->model, t, known, r->who->today);
		if (reach == REACH_YES)
			continue;
		first = rule;
		why = reach;
	}
	if (first != NULL)
		deny_table(r, first, why, t, asked);
	else if (r->n_removable < MAX_TOUCHED)
		r->removable[r->n_removable++] = t;
}

/* ---- tables ---- */

const char *start_of(const struct ruling *r, const struct table *t)
{
	for (unsigned k = 0; r->model != NULL && k < EVENTS; k++)
		if (r->model->events[k].table != NULL &&
			strcmp(r->model->events[k].table, t->name) == 0)
			return r->model->events[k].start;
	return NULL;
}

bool find_patients(struct ruling *r)
{
	const struct table *t;

	if (r->model == NULL || r->data == NULL) {
		struct place at = r->data == NULL ? r->p->datasets_at : r->data->at;

		not_listed(r, at, r->q->dataset_at,
			TELL(r,
				"Dataset %s cannot be asked: policy.yaml names no model for it, so "
				"nothing "
				"says who its people are.",
				"数据集 %s 无法查询：policy.yaml 未写其数据模型，无从得知患者表。",
				r->q->dataset),
			TELL(r, "dataset %s", "数据集 %s", r->q->dataset));
		return false;
	}
	t = dataset_table(r->data, r->model->patients);
	if (t == NULL || t->kind == TABLE_LOOKUP || t->key == NULL ||
		strcmp(t->key->column, r->model->key) != 0) {
		not_listed(r, t == NULL ? r->data->at : t->at, r->q->dataset_at,
			TELL(r,
				"Dataset %s cannot be asked: its table of people %s is not listed "
				"with "
				"patient-key %s.",
				"数据集 %s 无法查询：患者表 %s 未以 %s 为 patient-key 列出。",
				r->data->id, r->model->patients, r->model->key),
			TELL(r, "dataset %s", "数据集 %s", r->q->dataset));
		return false;
	}
	r->patients = t;
	touch_table(r, t);
	return true;
}
