#include <string.h>

#include "base/limits.h"
#include "cli/policy_look.h"
#include "policies/decide/labels.h"
#include "policies/model.h"
#include "policies/periods.h"
#include "policies/say.h"
#include "query/cohort.h"

/*
 * What the researchers of one study may see: built up from what the study may use, never by taking away from the whole,
 * so that a new part of a policy is not shown by accident.
 */

enum {
	MAX_CELL = 1 << 16
};

/* ---- kinds ---- */

/* The study's roles that may ask such a question; "-" when nobody has one. */
static const char *roles_with(const struct look *l, unsigned kind)
{
	struct text t;

	text_init(&t, MAX_CELL);
	for (unsigned i = 0; i < l->p->n_roles; i++) {
		const struct role *role = &l->p->roles[i];
		bool used = false;

		for (unsigned k = 0; k < l->s->n_requesters; k++)
			used = used || l->s->requesters[k].role == role;
		if (used && (role->kinds >> kind & 1))
			text_addf(&t, "%s%s", t.len == 0 ? "" : ", ", role->id);
	}
	return t.len == 0 ? (text_clear(&t), "-") : tables_take(l->doc, &t);
}

static void kinds(const struct look *l)
{
	static const struct doc_column columns[] = { { "kind", { "kind", "类型" }, false, true },
		{ "write", { "in a question", "查询中写作" }, false, false },
		{ "group_by", { "groups, most", "最多分组" }, true, false },
		{ "max_cells", { "cells, most", "最多单元格" }, true, false },
		{ "own", { "its own limits", "该类型的限制" }, false, true },
		{ "roles", { "roles", "角色" }, false, false } };
	struct doc *doc = l->doc;
	unsigned now = offer_kinds(&l->offer);
	struct doc_block *b;

	doc_head(doc, 3, "kinds", SAY("Kinds of question", "查询类型"));
	b = doc_table(doc, "kinds", SAY("What may be asked", "可以查询的类型"), columns,
		sizeof(columns) / sizeof(columns[0]));
	for (unsigned k = 0; k < KINDS; k++)
		if (now >> k & 1)
			doc_row(doc, b, false,
				(struct say[]){ say_kind((enum question_kind)k),
					doc_plain(kind_name((enum question_kind)k)),
					doc_say(doc, "%lld", "%lld",
						(long long)l->p->kinds[k].group_by),
					doc_plain(tables_number(doc, l->p->kinds[k].max_cells)),
					tables_kind_own(
						doc, (enum question_kind)k, &l->p->kinds[k]),
					doc_plain(roles_with(l, k)) });
	if (l->p->compose.listed) {
		unsigned can = l->p->compose.kinds == 0 ? now : now & l->p->compose.kinds;
		struct say list = tables_kind_list(doc, can);

		doc_para(doc,
			doc_say(doc,
				"Cohorts of your own: at most %lld criteria, %lld level%s deep; "
				"for: %s%.0s.",
				"自组队列：最多 %lld 个条件、%lld 层%.0s；适用于：%.0s%s。",
				(long long)l->p->compose.criteria, (long long)l->p->compose.depth,
				l->p->compose.depth == 1 ? "" : "s", list.en, list.zh));
		tables_windows(doc, l->p);
	}
}

/* ---- groups ---- */

static const char *all_labels(const struct look *l, const struct column *c)
{
	struct text t;

	text_init(&t, MAX_CELL);
	for (unsigned i = 0; i < offer_labels(c); i++) {
		const char *label = offer_label(c, i, l->doc->arena);

		text_addf(&t, "%s%s", i == 0 ? "" : ", ", label == NULL ? "" : label);
	}
	return tables_take(l->doc, &t);
}

/* How group_by names the column: its own word, the red list's name, and in full. */
static const char *group_names(const struct look *l, const struct column *c)
{
	const char *word = offer_group_word(&l->offer, c);
	struct text t;

	text_init(&t, MAX_CELL);
	if (word != NULL)
		text_addf(&t, "%s, ", word);
	if (c->alias != NULL)
		text_addf(&t, "%s, ", c->alias);
	text_add(&t, c->name);
	return tables_take(l->doc, &t);
}

static void person_groups(const struct look *l, struct doc_block *b)
{
	const struct table *t = dataset_table(l->data, l->data->model->patients);

	for (unsigned i = 0; t != NULL && i < t->n_columns; i++) {
		const struct column *c =
			offer_column(&l->offer, t, t->columns[i].column, USE_GROUP);

		if (c == NULL || !offer_groups(&l->offer, c))
			continue;
		doc_row(l->doc, b, false,
			(struct say[]){ doc_plain(group_names(l, c)), doc_plain(all_labels(l, c)),
				c->gen == GEN_BANDS ? doc_say(l->doc, "conditions may cut at %s",
					       "条件只能在 %s 处划分",
					       say_numbers(l->doc->arena, c->bands, c->n_bands, 0))
				     : SAY("", "") });
	}
}

/* "year, quarter" for a column by quarter. */
static const char *period_names(const struct look *l, const struct column *c)
{
	static const struct {
		const char *name;
		enum truncate t;
	} words[] = { { "year", TRUNCATE_YEAR }, { "quarter", TRUNCATE_QUARTER },
		{ "month", TRUNCATE_MONTH } };
	struct text t;

	text_init(&t, MAX_CELL);
	for (size_t i = 0; i < 3; i++)
		if (period_contains(words[i].t, c->truncate))
			text_addf(&t, "%s, ", words[i].name);
	text_add(&t, c->name);
	return tables_take(l->doc, &t);
}

static void date_groups(const struct look *l, struct doc_block *b)
{
	struct offer_event e;

	for (unsigned k = 0; k < EVENTS; k++) {
		struct say name = say_event((enum event_kind)k);

		if (!offer_event(&l->offer, (enum event_kind)k, &e) || !offer_periods(&e))
			continue;
		doc_row(l->doc, b, false,
			(struct say[]){ doc_plain(period_names(l, e.start)),
				doc_say(l->doc, "%s to %s", "%s 至 %s",
					period_label(e.start->from, e.start->truncate, l->doc->arena),
					period_label(e.start->to, e.start->truncate, l->doc->arena)),
				doc_say(l->doc, "of the entry (%s%.0s)", "以入组日期为准（%.0s%s）",
					name.en, name.zh) });
	}
}

static void groups(const struct look *l)
{
	static const struct doc_column columns[] = {
		{ "names", { "in group_by", "group_by 中写作" }, false, false },
		{ "labels", { "labels", "标签" }, false, true },
		{ "note", { "note", "说明" }, false, true }
	};
	struct doc_block *b;

	doc_head(l->doc, 3, "groups", SAY("Groups", "分组"));
	b = doc_table(l->doc, "groups",
		SAY("Labels come from the policy alone, never from the data",
			"标签只来自策略，与数据无关"),
		columns, sizeof(columns) / sizeof(columns[0]));
	person_groups(l, b);
	date_groups(l, b);
}

/* ---- conditions ---- */

/* The properties of the event that the study may ask for, and whether its number may be compared. */
static const char *properties(const struct look *l, const struct offer_event *e)
{
	struct text list;

	text_init(&list, MAX_CELL);
	if (e->value != NULL)
		text_addf(&list, "value (%s)",
			say_numbers(l->doc->arena, e->value->cuts, e->value->n_cuts, 9));
	for (unsigned a = 0; a < ATTRIBUTES; a++) {
		const char *name = e->model->attributes[a];
		const struct column *c =
			offer_column(&l->offer, e->table, name, USE_FILTER | USE_GROUP);

		if (!(e->attributes >> a & 1))
			continue;
		text_addf(&list, "%s%s", list.len == 0 ? "" : ", ",
			attribute_name((enum attribute_kind)a));
		if (c != NULL && c->n_cuts > 0)
			text_addf(
				&list, " (%s)", say_numbers(l->doc->arena, c->cuts, c->n_cuts, 9));
	}
	return list.len == 0 ? (text_clear(&list), "-") : tables_take(l->doc, &list);
}

static void event_row(const struct look *l, struct doc_block *b, enum event_kind kind)
{
	struct offer_event e;

	if (!offer_event(&l->offer, kind, &e))
		return;
	doc_row(l->doc, b, false,
		(struct say[]){ doc_plain(event_name(kind)), say_event(kind),
			e.concept == NULL ? SAY("none", "无")
					  : tables_form(l->doc, e.concept, MAX_LABELS),
			e.start == NULL ? SAY("none", "无")
					: tables_form(l->doc, e.start, MAX_LABELS),
			doc_plain(properties(l, &e)) });
}

static void events(const struct look *l)
{
	static const struct doc_column columns[] = { { "event", { "in a cohort", "队列中写作" },
							     false, false },
		{ "title", { "event", "事件" }, false, true },
		{ "codes", { "codes", "编码" }, false, true },
		{ "days", { "days (during)", "日期（during）" }, false, true },
		{ "properties", { "properties (cut points)", "属性（切点）" }, false, false } };
	struct doc_block *b;

	doc_head(l->doc, 3, "events", SAY("Conditions", "条件"));
	b = doc_table(l->doc, "events",
		SAY("Events a cohort may ask for; days are cut at whole periods, and rows outside "
		    "the days given never count",
			"队列可用的事件；日期须按整周期划分，范围外的记录一律不计"),
		columns, sizeof(columns) / sizeof(columns[0]));
	for (unsigned e = 0; e < EVENTS; e++)
		event_row(l, b, (enum event_kind)e);
}

/* ---- measures ---- */

static const char *steps(const struct look *l, const struct measure *m)
{
	struct text t;

	if (m->n_cuts == 0)
		return "-";
	text_init(&t, MAX_CELL);
	for (unsigned i = 0; i <= m->n_cuts; i++) {
		const char *label = label_cut(m, i, l->doc->arena);

		text_addf(&t, "%s%s", i == 0 ? "" : ", ", label == NULL ? "" : label);
	}
	return tables_take(l->doc, &t);
}

static void measure_row(const struct look *l, struct doc_block *b, const struct measure *m)
{
	char low[24], high[24];

	doc_row(l->doc, b, false,
		(struct say[]){ doc_plain(m->id), m->title.en == NULL ? doc_plain("") : m->title,
			doc_plain(m->unit),
			doc_plain(m->n_cuts == 0
					  ? "-"
					  : say_numbers(l->doc->arena, m->cuts, m->n_cuts, 9)),
			doc_plain(steps(l, m)),
			doc_say(l->doc, "%s to %s", "%s 至 %s",
				format_decimal(low, sizeof(low), m->low, 9),
				format_decimal(high, sizeof(high), m->high, 9)) });
}

static void measures(const struct look *l)
{
	static const struct doc_column columns[] = { { "id", { "measure", "指标" }, false, false },
		{ "title", { "title", "名称" }, false, true },
		{ "unit", { "unit", "单位" }, false, false },
		{ "cuts", { "cut points", "切点" }, false, false },
		{ "labels", { "labels of its histogram", "分布图的标签" }, false, false },
		{ "clamp", { "values are taken as", "取值范围" }, false, true } };
	struct doc_block *b = NULL;

	for (unsigned t = 0; t < l->data->n_tables; t++)
		for (unsigned i = 0; i < l->data->tables[t].n_measures; i++) {
			const struct measure *m = &l->data->tables[t].measures[i];

			if (!offer_measure(&l->offer, m))
				continue;
			if (b == NULL) {
				doc_head(l->doc, 3, "measures", SAY("Measures", "指标"));
				b = doc_table(l->doc, "measures",
					SAY("Thresholds and histograms use the cut points only",
						"条件与分布图只能使用切点"),
					columns, sizeof(columns) / sizeof(columns[0]));
			}
			measure_row(l, b, m);
		}
}

/* ---- officers' cohorts ---- */

static bool uses_cohort(const struct look *l, const struct officer_cohort *c)
{
	size_t data = (size_t)(l->data - l->p->datasets);

	if (c->sql == NULL || c->sql[data] == NULL || !(c->kinds & offer_kinds(&l->offer)))
		return false;
	for (unsigned i = 0; i < l->s->n_cohorts; i++)
		if (strcmp(l->s->cohorts[i].text, c->id) == 0)
			return true;
	return false;
}

static void cohorts(const struct look *l)
{
	static const struct doc_column columns[] = { { "id", { "cohort", "队列" }, false, false },
		{ "title", { "title", "名称" }, false, true },
		{ "kinds", { "kinds", "查询类型" }, false, true },
		{ "params", { "parameters", "参数" }, false, true } };
	struct doc_block *b = NULL;

	for (unsigned i = 0; i < l->p->n_cohorts; i++) {
		const struct officer_cohort *c = &l->p->cohorts[i];

		if (!uses_cohort(l, c))
			continue;
		if (b == NULL) {
			doc_head(l->doc, 3, "cohorts", SAY("Given cohorts", "既定队列"));
			b = doc_table(l->doc, "cohorts",
				SAY("Cohorts that a question may name instead of composing one",
					"查询可直接引用、无须自组的队列"),
				columns, sizeof(columns) / sizeof(columns[0]));
		}
		doc_row(l->doc, b, false,
			(struct say[]){ doc_plain(c->id), c->title,
				tables_kind_list(l->doc, c->kinds & offer_kinds(&l->offer)),
				tables_params(l->doc, c) });
	}
}

/* ---- all of it ---- */

/* That something is left out is told with every answer; which rules and why is not. */
static void left_out(const struct look *l)
{
	bool codes = false;

	for (unsigned i = 0; i < l->p->n_codes; i++)
		codes = codes || !offer_opens(&l->offer, &l->p->codes[i]);
	if (codes || l->data->opt_out_column != NULL || l->data->under_age > 0)
		doc_para(l->doc, SAY("Some people or records are left out before anything is "
				     "counted: people who opted out, sensitive records.",
					 "部分患者或记录在统计前剔除：已退出的患者、敏感记录。"));
}

static void about(const struct look *l)
{
	struct doc_block *b = doc_facts(l->doc, "study");

	doc_fact(l->doc, b, "study", SAY("study", "课题"), doc_plain(l->s->id));
	doc_fact(l->doc, b, "title", SAY("title", "名称"), l->s->title);
	doc_fact(l->doc, b, "site", SAY("hospital", "机构"), doc_plain(l->p->site));
	doc_fact(l->doc, b, "version", SAY("policy version", "策略版本"),
		doc_plain(tables_number(l->doc, l->p->version)));
	doc_fact(l->doc, b, "valid", SAY("valid", "有效期"),
		doc_plain(say_span(l->doc->arena, l->s->from > l->p->from ? l->s->from : l->p->from,
			l->s->to < l->p->to ? l->s->to : l->p->to)));
}

static void one_dataset(struct look *l)
{
	l->offer = (struct offer){ l->p, l->s, l->data, l->day };
	doc_head(l->doc, 2, l->data->id,
		doc_say(l->doc, "Dataset %s: %s%.0s", "数据集 %s：%.0s%s", l->data->id,
			l->data->title.en, l->data->title.zh));
	left_out(l);
	if (l->data->model == NULL) {
		doc_para(l->doc, SAY("It cannot be asked.", "不可查询。"));
		return;
	}
	kinds(l);
	groups(l);
	events(l);
	measures(l);
	cohorts(l);
	look_limits(l);
	look_budgets(l);
}

void catalogue(struct doc *doc, const struct policy *p, const struct study *s, int32_t day)
{
	struct look l = { .doc = doc, .p = p, .s = s, .day = day };

	about(&l);
	if (day < s->from || day > s->to || day < p->from || day > p->to)
		doc_para(doc,
			SAY("On this day the study may ask nothing.", "该日期此课题不可查询。"));
	for (unsigned i = 0; i < p->n_datasets; i++)
		if (study_asks(s, p->datasets[i].id)) {
			l.data = &p->datasets[i];
			one_dataset(&l);
		}
}
