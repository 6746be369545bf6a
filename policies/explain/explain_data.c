#include "policies/explain/explaining.h"

#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "policies/model.h"
#include "policies/shapes.h"

/* Columns, tables, measures, datasets, and the ceilings on categories. */

enum {
	SHOWN = 20 /* labels or places of a column */
};

/* ---- what a column is ---- */

/* "group, by month, 2018-01-01..2025-12-31" */
static struct say whole(struct explaining *x, const struct column *c)
{
	struct say use = say_use(c->uses), form = say_form(x->a, c, SHOWN);

	if (say_failed(form) || form.en[0] == '\0')
		return use;
	return TOLD(x, "%s%.0s, %s%.0s", "%.0s%s，%.0s%s", use.en, use.zh, form.en, form.zh);
}

static struct say use_words(struct explaining *x, unsigned uses)
{
	static const struct say words[] = { { "forbidden", "禁止使用" },
		{ "patient-key", "患者标识" }, { "link", "内部关联" }, { "filter", "筛选" },
		{ "group", "分组" }, { "measure", "指标" } };
	struct say all = SAY("", "");

	for (unsigned i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		struct say one = words[i];

		if (!(uses & (1u << i)))
			continue;
		all = all.en[0] == '\0' ? one
					: TOLD(x, "%s%.0s, %s%.0s", "%.0s%s、%.0s%s", all.en,
						  all.zh, one.en, one.zh);
		if (say_failed(all))
			return all;
	}
	return all;
}

/* ---- ceilings ---- */

static struct say ceiling_text(struct explaining *x, const struct column_limit *l)
{
	struct say all = SAY("", ""), words, basis = explaining_basis(x, l->basis);

	if (l->uses == USE_FORBIDDEN)
		all = SAY("forbidden", "禁止使用");
	else if (l->uses != 0) {
		words = use_words(x, l->uses);
		all = TOLD(x, "only for %s%.0s", "仅可用于%.0s%s", words.en, words.zh);
	}
	if (l->truncate >= 0) {
		words = say_truncate((enum truncate)l->truncate);
		all = explaining_join(x, all,
			TOLD(x, "at least by %s%.0s", "至少归并到%.0s%s", words.en, words.zh));
	}
	if (l->last_band >= 0)
		all = explaining_join(x, all,
			TOLD(x, "last band from %lld at most", "最后一段起点不高于 %lld",
				(long long)l->last_band));
	for (unsigned g = 0; g < GEO_SYSTEMS; g++)
		if (l->keep[g] > 0)
			all = explaining_join(x, all,
				TOLD(x, "at most %u characters of %s", "至多保留 %2$s 的 %1$u 位",
					l->keep[g], words_geo[g]));
	if (say_failed(all) || say_failed(basis))
		return (struct say){ NULL, NULL };
	return TOLD(x, "%s %s%.0s%s%.0s", "%s %.0s%s%.0s%s", l->category, all.en, all.zh, basis.en,
		basis.zh);
}

static void add_ceiling(struct explaining *x, const struct column_limit *l)
{
	explaining_row(x, TOLD(x, "preset %s", "预设 %s", l->preset), NULL, ceiling_text(x, l));
}

static void add_exception(struct explaining *x, const struct column_exception *e)
{
	struct say basis = explaining_basis(x, explaining_plain(e->basis == NULL ? "" : e->basis));
	char until[16];

	explaining_row(x, no_label, &e->at,
		TOLD(x, "exception until %s: %s%.0s%s%.0s", "例外，至 %s：%.0s%s%.0s%s",
			day_text(e->until, until), e->why.en, e->why.zh, basis.en, basis.zh));
}

/* ---- column ---- */

static void add_written(struct explaining *x, const struct column *c)
{
	struct say use = use_words(x, c->uses), form = say_form(x->a, c, SHOWN);

	explaining_row(x, no_label, &c->use_at,
		TOLD(x, "you wrote: use %s%.0s", "所写用途：%.0s%s", use.en, use.zh));
	if (!say_failed(form) && form.en[0] != '\0')
		explaining_row(x, no_label, c->gen == GEN_NONE ? &c->at : &c->gen_at,
			TOLD(x, "you wrote: %s%.0s", "所写归并：%.0s%s", form.en, form.zh));
	if (c->alias != NULL)
		explaining_row(x, no_label, &c->at,
			TOLD(x, "also called %s in group_by", "分组时也可写作 %s", c->alias));
	if (c->why.en != NULL)
		explaining_row(x, no_label, &c->at,
			TOLD(x, "reason: %s%.0s", "理由：%.0s%s", c->why.en, c->why.zh));
}

static void add_result(struct explaining *x, const struct column *c)
{
	struct say now = whole(x, c), then;
	char until[16], from[16];

	if (c->after == NULL) {
		explaining_row(x, SAY("result", "结果"), NULL, now);
	} else {
		then = whole(x, c->after);
		explaining_row(x, SAY("result", "结果"), NULL,
			TOLD(x, "%s%.0s until %s, from %s %s%.0s", "%.0s%s，至 %s；自 %s 起%.0s%s",
				now.en, now.zh, day_text(c->until, until),
				day_text(c->until + 1, from), then.en, then.zh));
	}
	if (x->on != DAY_NONE) {
		now = whole(x, column_on(c, x->on));
		explaining_row(x, TOLD(x, "on %s", "%s 当日", day_text(x->on, from)), NULL, now);
	}
}

static bool local_to(const struct code_rule *r, const struct column *c)
{
	for (unsigned i = 0; i < r->n_local; i++)
		if (r->local[i].column == c)
			return true;
	return r->listed[c->system].n > 0 && c->system > SYSTEM_OMOP;
}

static void add_column_users(struct explaining *x, const struct column *c)
{
	const struct table *t = c->table;
	unsigned n;
	const char **names = explaining_studies(x, study_may_use, c->name, &n);
	const char **rules = arena_array(x->a, x->p->n_codes, sizeof(*rules));
	const char **measures = arena_array(x->a, t->n_measures, sizeof(*measures));
	struct say used = SAY("used by", "用于");

	if (names == NULL || rules == NULL || measures == NULL) {
		x->out_of_memory = true;
		return;
	}
	explaining_names(x, used, NULL, SAY("study", "课题"), names, n);
	explaining_cohorts(x, c);
	n = 0;
	for (unsigned i = 0; i < t->n_measures; i++)
		if (t->measures[i].column == c || t->measures[i].where == c)
			measures[n++] = t->measures[i].id;
	explaining_names(x, used, NULL, SAY("measure", "指标"), measures, n);
	n = 0;
	for (unsigned i = 0; i < x->p->n_codes; i++)
		if (local_to(&x->p->codes[i], c))
			rules[n++] = x->p->codes[i].id;
	explaining_names(x, used, NULL,
		SAY("finding rows of code rule", "查找以下代码规则的记录："), rules, n);
}

static const struct column *named_column(const struct policy *p, const char *name)
{
	const struct column *c = NULL;

	for (unsigned d = 0; c == NULL && d < p->n_datasets; d++)
		c = dataset_column(&p->datasets[d], name);
	return c;
}

bool explain_column(struct explaining *x, const char *name)
{
	const struct column *c = named_column(x->p, name);
	struct say form;

	if (c == NULL)
		return false;
	form = whole(x, c);
	explaining_begin(x, "column", c->name,
		c->category == NULL
			? form
			: TOLD(x, "%s   %s%.0s", "%s   %.0s%s", c->category, form.en, form.zh));
	add_written(x, c);
	for (const struct column_limit *l = c->limits; l != NULL; l = l->next) {
		add_ceiling(x, l);
		if (l->exception != NULL)
			add_exception(x, l->exception);
	}
	add_result(x, c);
	add_column_users(x, c);
	return true;
}

/* ---- table, dataset ---- */

static void add_table_columns(struct explaining *x, const struct table *t)
{
	for (unsigned i = 0; i < t->n_columns; i++) {
		struct say is = whole(x, &t->columns[i]);

		explaining_row(x, no_label, &t->columns[i].at,
			TOLD(x, "%s: %s%.0s", "%s：%.0s%s", t->columns[i].column, is.en, is.zh));
	}
	for (unsigned i = 0; i < t->n_measures; i++)
		explaining_row(x, no_label, &t->measures[i].at,
			TOLD(x, "measure %s", "指标 %s", t->measures[i].id));
	explaining_row(x, SAY("result", "结果"), NULL,
		SAY("every column that is not listed is forbidden", "未列出的字段一律禁止使用"));
}

static void explain_one_table(struct explaining *x, const struct dataset *d, const struct table *t)
{
	static const struct say kinds[] = { { "table", "表" }, { "view", "视图" },
		{ "lookup", "代码表" } };
	struct say kind = kinds[t->kind];

	explaining_begin(x, "table", t->name,
		TOLD(x, "%s%.0s of dataset %s", "%.0s%s，数据集 %s", kind.en, kind.zh, d->id));
	explaining_row(x, no_label, &t->at,
		t->kind == TABLE_LOOKUP
			? SAY("listed; without patients", "已列出；不含患者")
			: TOLD(x, "listed; rows of one patient in an answer: at most %lld",
				  "已列出；每名患者最多计入 %lld 行",
				  (long long)t->per_patient_max));
	add_table_columns(x, t);
}

bool explain_table(struct explaining *x, const char *name)
{
	for (unsigned d = 0; d < x->p->n_datasets; d++) {
		const struct table *t = dataset_table(&x->p->datasets[d], name);

		if (t == NULL)
			continue;
		explain_one_table(x, &x->p->datasets[d], t);
		return true;
	}
	return false;
}

static void add_dropped(struct explaining *x, const struct dataset *d)
{
	if (d->opt_out_column != NULL)
		explaining_row(x, SAY("left out", "剔除"), &d->at,
			TOLD(x, "people in %s.%s.%s", "%s.%s.%s 中的患者", d->opt_out_schema,
				d->opt_out_relation, d->opt_out_column));
	if (d->under_age > 0)
		explaining_row(x, SAY("left out", "剔除"), &d->at,
			TOLD(x, "people under %lld", "%lld 岁以下", (long long)d->under_age));
}

bool explain_dataset(struct explaining *x, const char *id)
{
	const struct dataset *d = policy_dataset(x->p, id);
	const char **studies;
	unsigned n;

	if (d == NULL)
		return false;
	explaining_begin(x, "dataset", d->id, d->title.en == NULL ? SAY("", "") : d->title);
	explaining_row(x, no_label, &d->at,
		d->model == NULL
			? SAY("without a model it cannot be asked", "未写数据模型，无法查询")
			: TOLD(x, "its tables mean what model %s says", "各表含义见数据模型 %s",
				  d->model->file != NULL ? d->model->file : d->model->id));
	add_dropped(x, d);
	for (unsigned i = 0; i < d->n_tables; i++)
		explaining_row(x, no_label, &d->tables[i].at,
			TOLD(x, "table %s, %u columns", "表 %s，%u 个字段", d->tables[i].name,
				d->tables[i].n_columns));
	studies = explaining_studies(x, study_asks, d->id, &n);
	explaining_names(x, SAY("used by", "用于"), NULL, SAY("study", "课题"), studies, n);
	return true;
}

/* ---- measure ---- */

static const struct measure *named_measure(const struct policy *p, const char *id)
{
	const struct measure *m = NULL;

	for (unsigned d = 0; m == NULL && d < p->n_datasets; d++)
		m = dataset_measure(&p->datasets[d], id);
	return m;
}

bool explain_measure(struct explaining *x, const char *id)
{
	const struct measure *m = named_measure(x->p, id);
	const char *name = arena_textf(x->a, "measure:%s", id), **studies;
	char low[24], high[24];
	unsigned n;

	if (m == NULL || name == NULL)
		return false;
	explaining_begin(x, "measure", m->id, m->title.en == NULL ? SAY("", "") : m->title);
	explaining_row(x, no_label, &m->at,
		TOLD(x, "column %s, clamped to %s .. %s %s", "字段 %s，限于 %s .. %s %s",
			m->column == NULL ? "-" : m->column->name,
			format_decimal(low, sizeof(low), m->low, 9),
			format_decimal(high, sizeof(high), m->high, 9),
			m->unit == NULL ? "" : m->unit));
	if (m->where != NULL)
		explaining_row(x, no_label, &m->at,
			TOLD(x, "rows whose %s is %s", "取 %s 为 %s 的记录", m->where->name,
				say_numbers(x->a, m->codes, m->n_codes, 0)));
	explaining_row(x, SAY("result", "结果"), NULL,
		m->n_cuts == 0 ? SAY("no cut points: no histogram and no threshold",
					 "没有切点：不能做分布图，也不能设阈值")
			       : TOLD(x, "thresholds and histograms at %s only",
					 "阈值与分布图只能用切点 %s",
					 say_numbers(x->a, m->cuts, m->n_cuts, 9)));
	studies = explaining_studies(x, study_may_use, name, &n);
	explaining_names(x, SAY("used by", "用于"), NULL, SAY("study", "课题"), studies, n);
	return true;
}

/* ---- category, preset ---- */

static void add_columns_of(struct explaining *x, const char *category)
{
	const struct policy *p = x->p;

	for (unsigned d = 0; d < p->n_datasets; d++)
		for (unsigned t = 0; t < p->datasets[d].n_tables; t++)
			for (unsigned i = 0; i < p->datasets[d].tables[t].n_columns; i++) {
				const struct column *c = &p->datasets[d].tables[t].columns[i];
				struct say is;

				if (c->category == NULL || strcmp(c->category, category) != 0)
					continue;
				is = whole(x, c);
				explaining_row(x, no_label, &c->at,
					TOLD(x, "%s: %s%.0s", "%s：%.0s%s", c->name, is.en, is.zh));
			}
}

static bool explain_ceilings(struct explaining *x, const char *preset, const char *category)
{
	unsigned before = x->out->n_rows;

	for (const struct column_limit *l = x->p->ceilings; l != NULL; l = l->next)
		if (strcmp(l->category, category) == 0 &&
			(preset == NULL || strcmp(l->preset, preset) == 0))
			add_ceiling(x, l);
	return x->out->n_rows > before;
}

bool explain_category(struct explaining *x, const char *category)
{
	if (word_index(category, words_category) < 0)
		return false;
	explaining_begin(x, "category", category, SAY("category", "类别"));
	if (!explain_ceilings(x, NULL, category))
		explaining_row(x, SAY("result", "结果"), NULL,
			SAY("no preset of this policy limits it", "本策略的预设均未限制此类别"));
	add_columns_of(x, category);
	return true;
}

bool explain_preset(struct explaining *x, const char *name)
{
	const char *slash = strchr(name, '/');
	const char *preset = slash == NULL ? NULL : arena_textn(x->a, name, (size_t)(slash - name));
	const char *id = arena_textf(x->a, "preset:%s", name);

	if (preset == NULL || id == NULL || !explain_ceilings(x, preset, slash + 1))
		return false;
	explaining_begin(x, "ceiling", id, SAY("ceiling of a preset", "预设上限"));
	add_columns_of(x, slash + 1);
	return true;
}
