#include "policies/decide/ruling.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "policies/decide/labels.h"
#include "policies/periods.h"

/*
 * Groups: names of a question into closed lists of labels, made of the policy alone, so that nothing
 * about the data shows through them.
 */

enum {
	WORD_NONE,
	WORD_SEX,
	WORD_AGE,
	WORD_YEAR,
	WORD_QUARTER,
	WORD_MONTH
};

static int model_word(const char *name)
{
	static const char *const words[] = { "sex", "age", "year", "quarter", "month" };

	for (int i = 0; i < 5; i++)
		if (strcmp(words[i], name) == 0)
			return i + 1;
	return WORD_NONE;
}

static const char **label_array(struct ruling *r, struct dim *d, size_t n)
{
	d->labels = ruling_alloc(r, n, sizeof(*d->labels));
	return d->labels;
}

static void add_label(struct ruling *r, struct dim *d, const char *label)
{
	if (label == NULL)
		r->out_of_memory = true;
	else
		d->labels[d->n_labels++] = label;
}

static void deny_group(struct ruling *r, const struct column *c, const struct question_name *name,
	const char *en, const char *zh)
{
	deny(r, CHECK_RED_LIST, RULE(r, "column:%s", c->name), c->at, name->at,
		TELL(r, "Column %s may not form groups here: %s%.0s.",
			"字段 %s 不能用于分组：%.0s%s。", c->name, en, zh),
		TELL(r, "This hospital does not offer groups by %s.", "该医院不提供按 %s 分组。",
			name->text));
}

/* ---- one dimension each ---- */

static void category_dim(
	struct ruling *r, struct dim *d, const struct column *c, const struct question_name *name)
{
	if (label_array(r, d, (size_t)c->n_categories + 1) == NULL)
		return;
	d->kind = DIM_CATEGORY;
	d->column = c;
	for (unsigned i = 0; i < c->n_categories; i++) {
		add_label(r, d, c->categories[i].label);
		check_label_codes(r, c, &c->categories[i], name->at);
	}
	add_label(r, d, "other");
	if (c->table == r->patients && r->model->sex != NULL &&
		strcmp(c->column, r->model->sex) == 0)
		r->plan->sex = c;
}

/* The areas as the policy lists them, then "other": nothing shows which of them exist in the data. */
static void area_dim(struct ruling *r, struct dim *d, const struct column *c)
{
	if (label_array(r, d, (size_t)c->n_areas + 1) == NULL)
		return;
	d->kind = DIM_AREA;
	d->column = c;
	for (unsigned i = 0; i < c->n_areas; i++)
		add_label(r, d, c->areas[i]);
	add_label(r, d, "other");
}

static void age_dim(struct ruling *r, struct dim *d, const struct question_name *name)
{
	const struct column *c = age_column(r, SAY("grouping", "分组"), name->at);

	if (c == NULL || label_array(r, d, c->n_bands) == NULL)
		return;
	d->kind = DIM_AGE;
	d->column = c;
	for (unsigned i = 0; i < c->n_bands; i++)
		add_label(r, d, label_band(c, i, r->a));
}

static void fill_periods(struct ruling *r, struct dim *d, const struct question_name *name)
{
	unsigned n = period_count(d->from, d->to, d->truncate);
	int32_t day = d->from;

	if (n == 0 || n > MAX_LABELS) {
		deny(r, CHECK_VALUES, RULE(r, "kind:%s.max_cells", kind_name(r->q->kind)),
			r->p->kinds[r->q->kind].max_cells_at, name->at,
			TELL(r,
				"Groups by %s have %u labels here; at most %d: ask for a shorter "
				"`during`.",
				"按 %s 分组有 %u 个标签，最多 %d 个：请缩短 during。", name->text,
				n, (int)MAX_LABELS),
			TELL(r, "Groups by %s have too many labels; ask for a shorter `during`.",
				"按 %s 分组的标签过多，请缩短 during。", name->text));
		return;
	}
	if (label_array(r, d, n) == NULL)
		return;
	for (unsigned i = 0; i < n; i++) {
		add_label(r, d, period_label(day, d->truncate, r->a));
		day = period_last(day, d->truncate) + 1;
	}
}

static void date_dim(struct ruling *r, struct dim *d, enum truncate t, bool as_column,
	const struct question_name *name)
{
	const struct criterion *entry = r->plan->entry;
	struct say period;

	if (r->q->cohort.entry == NULL) {
		deny(r, CHECK_VALUES, "default:not-listed", r->data->at, name->at,
			TELL(r,
				"Groups by %s are groups of the index date; give the cohort an "
				"entry.",
				"按 %s 分组以入组日期为准，请为队列写 entry。", name->text),
			TELL(r,
				"Groups by %s are groups of the index date; give the cohort an "
				"entry.",
				"按 %s 分组以入组日期为准，请为队列写 entry。", name->text));
		return;
	}
	if (entry == NULL || entry->start == NULL) {
		r->incomplete |= 1u << CHECK_VALUES; /* the entry itself was denied */
		return;
	}
	period = say_truncate(entry->start->truncate);
	d->kind = DIM_DATE;
	d->column = entry->start;
	d->truncate = as_column ? entry->start->truncate : t;
	if (!period_contains(d->truncate, entry->start->truncate)) {
		deny(r, CHECK_VALUES, RULE(r, "column:%s", entry->start->name),
			entry->start->gen_at, name->at,
			TELL(r, "Groups by %s are finer than column %s allows: by %s%.0s.",
				"按 %s 分组细于字段 %s 允许的周期：%.0s%s。", name->text,
				entry->start->name, period.en, period.zh),
			TELL(r, "Groups by %s are finer than this hospital allows.",
				"按 %s 分组细于该医院允许的周期。", name->text));
		return;
	}
	if (!(entry->start->uses & USE_GROUP)) {
		deny_group(r, entry->start, name, "its use is filter", "其用途为筛选");
		return;
	}
	/* privacy: the index date may be of any of the entries, so the groups fit all of their days */
	for (const struct criterion *e = entry->next; e != NULL; e = e->next)
		if (e->start == NULL || !period_contains(d->truncate, e->start->truncate) ||
			!(e->start->uses & USE_GROUP)) {
			deny_group(r, e->start == NULL ? entry->start : e->start, name,
				"an entry event's days are coarser or form no groups",
				"某入组事件的日期更粗或不可分组");
			return;
		}
	d->from = period_first(entry->from, d->truncate);
	d->to = period_last(entry->to, d->truncate);
	for (const struct criterion *e = entry->next; e != NULL; e = e->next) {
		if (period_first(e->from, d->truncate) < d->from)
			d->from = period_first(e->from, d->truncate);
		if (period_last(e->to, d->truncate) > d->to)
			d->to = period_last(e->to, d->truncate);
	}
	fill_periods(r, d, name);
}

/* The `during` of the cohort's first criterion on this measure, but not of one that must not hold. */
static const struct part *part_on(const struct part *p, const char *measure, unsigned depth)
{
	for (; p != NULL && depth <= MAX_QUESTION_DEPTH; p = p->next) {
		const struct part *found;

		if (p->kind == PART_MEASURE && p->measure != NULL &&
			strcmp(p->measure, measure) == 0)
			return p;
		if (p->kind != PART_ALL && p->kind != PART_ANY)
			continue;
		found = part_on(p->children, measure, depth + 1);
		if (found != NULL)
			return found;
	}
	return NULL;
}

void measure_days(struct ruling *r, const struct measure *m, const struct question_name *name,
	const struct column **day, int32_t *from, int32_t *to)
{
	const struct part *part = part_on(r->q->cohort.root, m->id, 0);
	const struct column *c = column_on(table_column(m->table, start_of(r, m->table)), r->who->today);

	if (c == NULL || !(c->uses & (USE_GROUP | USE_FILTER)) || c->gen != GEN_TRUNCATE) {
		not_listed(r, m->table->at, name->at,
			TELL(r,
				"Measure %s has no last value: the day of its rows is not listed "
				"with "
				"truncate and range.",
				"指标 %s 无法取最后一次数值：其日期字段未写 truncate 与 range。",
				m->id),
			TELL(r, "values of %s", "%s 的数值", name->text));
		return;
	}
	*day = c;
	/* out of the range is denied where the criterion is resolved */
	*from = part == NULL || part->from == DAY_NONE ? c->from : part->from;
	*to = part == NULL || part->to == DAY_NONE ? c->to : part->to;
}

static void value_labels(struct ruling *r, struct dim *d, const struct question_name *name)
{
	const struct measure *m = d->measure;

	if (m->n_cuts == 0) {
		deny(r, CHECK_VALUES, RULE(r, "measure:%s", m->id), m->at, name->at,
			TELL(r, "Measure %s has no cuts, so it has no histogram.",
				"指标 %s 没有切点，因此没有分布图。", m->id),
			TELL(r, "This hospital offers no histogram of %s.",
				"该医院不提供 %s 的分布。", m->id));
		return;
	}
	if (label_array(r, d, (size_t)m->n_cuts + 1) == NULL)
		return;
	for (unsigned i = 0; i <= m->n_cuts; i++)
		add_label(r, d, label_cut(m, i, r->a));
}

static void value_dim(struct ruling *r, struct dim *d, const struct question_name *name)
{
	const struct measure *m = usable_measure(r, name->text, name->at);

	if (m == NULL)
		return;
	d->kind = DIM_VALUE;
	d->measure = m;
	measure_days(r, m, name, &d->column, &d->from, &d->to);
	value_labels(r, d, name);
}

/* ---- groups of the rows of an officer's cohort ---- */

static void deny_output(struct ruling *r, const struct column *c, const struct question_name *name)
{
	deny_group(r, c, name, "the cohort does not have it in its output",
		"该队列的输出中没有此字段");
}

static void row_days(struct ruling *r, struct dim *d, const struct column *c, enum truncate t,
	const struct question_name *name)
{
	struct say period = say_truncate(c->truncate);

	d->kind = DIM_DATE;
	d->truncate = t;
	if (!period_contains(t, c->truncate)) {
		deny(r, CHECK_VALUES, RULE(r, "column:%s", c->name), c->gen_at, name->at,
			TELL(r, "Groups by %s are finer than column %s allows: by %s%.0s.",
				"按 %s 分组细于字段 %s 允许的周期：%.0s%s。", name->text, c->name,
				period.en, period.zh),
			TELL(r, "Groups by %s are finer than this hospital allows.",
				"按 %s 分组细于该医院允许的周期。", name->text));
		return;
	}
	output_days(r->rows, d->output, c, &d->from, &d->to);
	if (d->from > d->to) {
		deny_group(r, c, name, "its conditions leave no day", "其条件未留下任何日期");
		return;
	}
	d->from = period_first(d->from, t);
	d->to = period_last(d->to, t);
	fill_periods(r, d, name);
}

static void row_dim(struct ruling *r, struct dim *d, const struct column *named, int period,
	const struct question_name *name)
{
	struct say thing = TELL(r, "groups by %s", "按 %s 分组", name->text);
	const struct column *c;

	if (!output_of(r->rows, named, &d->output)) {
		deny_output(r, named, name);
		return;
	}
	c = usable_column(r, named, USE_GROUP, SAY("grouping", "分组"), thing, name->at);
	if (c == NULL)
		return;
	narrow(r, c->name, thing, name->at);
	d->of_rows = true;
	d->column = c;
	if (c->gen == GEN_TRUNCATE)
		row_days(r, d, c, period < 0 ? c->truncate : (enum truncate)period, name);
	else if (c->gen == GEN_CATEGORIES)
		category_dim(r, d, c, name);
	else if (c->gen == GEN_GEO)
		area_dim(r, d, c);
	else
		deny_group(r, c, name, "this version forms bands of ages only",
			"本版本仅支持年龄分段");
}

static void row_value_dim(struct ruling *r, struct dim *d, const struct question_name *name)
{
	const struct measure *m = usable_measure(r, name->text, name->at);

	if (m == NULL)
		return;
	if (!output_of(r->rows, m->column, &d->output)) {
		deny_output(r, m->column, name);
		return;
	}
	d->kind = DIM_VALUE;
	d->of_rows = true;
	d->measure = m;
	d->column = m->column;
	value_labels(r, d, name);
}

/* year, quarter, month: of the only output column with days. */
static const struct column *only_days(const struct ruling *r)
{
	const struct cohort_sql *sql = r->rows->sql;
	const struct column *found = NULL;

	for (unsigned i = 0; i < sql->n_outputs; i++) {
		const struct column *c = sql->outputs[i].column;

		if (c->gen != GEN_TRUNCATE)
			continue;
		if (found != NULL)
			return NULL;
		found = c;
	}
	return found;
}

/* False when the group is one of people, which any cohort can have. */
static bool officer_dim(struct ruling *r, struct dim *d, const struct question_name *name,
	const struct column *named, bool may_be_measure)
{
	int word = model_word(name->text);
	const struct column *days;

	if (may_be_measure && dataset_measure(r->data, name->text) != NULL) {
		row_value_dim(r, d, name);
		return true;
	}
	if (named != NULL && named->table != r->patients) {
		row_dim(r, d, named, -1, name);
		return true;
	}
	if (named != NULL || word < WORD_YEAR)
		return false;
	days = only_days(r);
	if (days == NULL)
		not_listed(r, r->data->at, name->at,
			TELL(r,
				"'%s' is no group here: the cohort's output has not one column "
				"with days.",
				"“%s”在此不能用于分组：该队列的输出并非恰有一个日期字段。",
				name->text),
			TELL(r, "groups by %s", "按 %s 分组", name->text));
	else
		row_dim(r, d, days, TRUNCATE_YEAR + (word - WORD_YEAR), name);
	return true;
}

/* ---- names ---- */

static const struct column *named_column(const struct dataset *data, const char *name)
{
	const struct column *c = dataset_column(data, name);

	for (unsigned t = 0; c == NULL && t < data->n_tables; t++)
		for (unsigned i = 0; c == NULL && i < data->tables[t].n_columns; i++)
			if (data->tables[t].columns[i].alias != NULL &&
				strcmp(data->tables[t].columns[i].alias, name) == 0)
				c = &data->tables[t].columns[i];
	return c;
}

static bool is_entry_start(const struct ruling *r, const struct column *c)
{
	const struct part *entry = r->q->cohort.entry;
	const struct model_event *ev;

	if (entry == NULL || (unsigned)entry->event >= EVENTS)
		return false;
	ev = &r->model->events[entry->event];
	return ev->table != NULL && ev->start != NULL && strcmp(ev->table, c->table->name) == 0 &&
	       strcmp(ev->start, c->column) == 0;
}

static void column_dim(struct ruling *r, struct dim *d, const struct column *named,
	const struct question_name *name)
{
	struct say thing = TELL(r, "groups by %s", "按 %s 分组", name->text);
	const struct column *c =
		usable_column(r, named, USE_GROUP, SAY("grouping", "分组"), thing, name->at);

	touch_table(r, named->table);
	if (c == NULL)
		return;
	narrow(r, c->name, thing, name->at);
	if (c->gen == GEN_TRUNCATE && is_entry_start(r, c))
		date_dim(r, d, c->truncate, true, name);
	else if (c->gen == GEN_TRUNCATE)
		deny_group(r, c, name,
			"groups of dates are groups of the index date, and the entry of "
			"the cohort is not on this column",
			"日期分组以入组日期为准，而队列的 entry 不在该字段上");
	else if (c->table != r->patients)
		deny_group(r, c, name, "this version groups by columns of the table of people only",
			"本版本仅支持按患者表的字段分组");
	else if (c->gen == GEN_CATEGORIES)
		category_dim(r, d, c, name);
	else if (c->gen == GEN_GEO)
		area_dim(r, d, c);
	else if (c->gen == GEN_BANDS && c->as_age && model_age_column(r->model) != NULL &&
		 strcmp(c->column, model_age_column(r->model)) == 0)
		age_dim(r, d, name);
	else
		deny_group(r, c, name, "this version forms bands of ages only",
			"本版本仅支持年龄分段");
}

static void word_dim(struct ruling *r, struct dim *d, int word, const struct question_name *name)
{
	const struct column *c;

	switch (word) {
	case WORD_SEX:
		c = sex_column(r, SAY("grouping", "分组"), name->at);
		if (c != NULL)
			category_dim(r, d, c, name);
		return;
	case WORD_AGE:
		age_dim(r, d, name);
		return;
	case WORD_YEAR:
		date_dim(r, d, TRUNCATE_YEAR, false, name);
		return;
	case WORD_QUARTER:
		date_dim(r, d, TRUNCATE_QUARTER, false, name);
		return;
	case WORD_MONTH:
		date_dim(r, d, TRUNCATE_MONTH, false, name);
		return;
	default:
		not_listed(r, r->data->at, name->at,
			TELL(r, "'%s' is no group: dataset %s has no such column or name.",
				"“%s”不能用于分组：数据集 %s 没有这样的字段或名称。", name->text,
				r->data->id),
			TELL(r, "groups by %s", "按 %s 分组", name->text));
	}
}

static bool same_dim(const struct dim *a, const struct dim *b)
{
	return a->kind == b->kind && a->of_rows == b->of_rows && a->column == b->column &&
	       a->measure == b->measure;
}

static void add_dim(struct ruling *r, const struct question_name *name, bool may_be_measure)
{
	struct dim *d = &r->plan->dims[r->plan->n_dims];
	const struct column *c;

	if (name->text == NULL) {
		deny_internal(r, CHECK_RED_LIST, "a group without a name");
		return;
	}
	d->name = arena_text(r->a, name->text);
	if (d->name == NULL) {
		r->out_of_memory = true;
		return;
	}
	c = named_column(r->data, name->text);
	if (r->rows != NULL && officer_dim(r, d, name, c, may_be_measure))
		;
	else if (may_be_measure && dataset_measure(r->data, name->text) != NULL)
		value_dim(r, d, name);
	else if (c != NULL)
		column_dim(r, d, c, name);
	else
		word_dim(r, d, model_word(name->text), name);
	if (d->n_labels == 0)
		return; /* denied */
	for (unsigned i = 0; i < r->plan->n_dims; i++)
		if (same_dim(&r->plan->dims[i], d))
			deny(r, CHECK_KIND, RULE(r, "kind:%s.group_by", kind_name(r->q->kind)),
				r->p->kinds[r->q->kind].group_by_at, name->at,
				TELL(r, "'%s' and '%s' are the same group.",
					"“%s”与“%s”是同一分组。", r->plan->dims[i].name, d->name),
				TELL(r, "'%s' and '%s' are the same group.",
					"“%s”与“%s”是同一分组。", r->plan->dims[i].name, d->name));
	r->plan->n_dims++;
}

/* privacy: how many cells one person's rows may be counted in. */
static void bound_cells(struct ruling *r)
{
	struct plan *plan = r->plan;
	uint64_t row_cells = 1, most;

	plan->cells_a_person = 1;
	for (unsigned i = 0; i < plan->n_dims; i++)
		if (plan->dims[i].of_rows)
			row_cells *= plan->dims[i].n_labels;
	if (row_cells <= 1 || plan->rows == NULL)
		return;
	most = (uint64_t)plan->rows->sql->select.first->table->per_patient_max;
	plan->cells_a_person = most < row_cells ? most : row_cells;
}

/* Groups of rows count a person several times, which only counts of people allow for. */
static bool counts_alone(enum question_kind kind)
{
	return kind == KIND_COUNT || kind == KIND_HISTOGRAM || kind == KIND_CROSSTAB;
}

static void check_rows(struct ruling *r)
{
	for (unsigned i = 0; i < r->plan->n_dims; i++)
		if (r->plan->dims[i].of_rows && !counts_alone(r->q->kind))
			deny(r, CHECK_VALUES, RULE(r, "kind:%s", kind_name(r->q->kind)),
				r->p->kinds[r->q->kind].at, r->q->kind_at,
				TELL(r,
					"'%s' groups rows of the cohort, and a %s counts each person "
					"once: group by people here.",
					"“%s”按队列的记录分组，而 %s 每人只计一次：请按患者分组。",
					r->plan->dims[i].name, kind_name(r->q->kind)),
				TELL(r,
					"'%s' groups rows of the cohort, and a %s counts each person "
					"once: group by people here.",
					"“%s”按队列的记录分组，而 %s 每人只计一次：请按患者分组。",
					r->plan->dims[i].name, kind_name(r->q->kind)));
}

static bool groups_fit(struct ruling *r)
{
	const struct question *q = r->q;
	unsigned of = q->kind == KIND_HISTOGRAM;
	struct say two = SAY("A crosstab has exactly two groups.", "crosstab 须恰有两个分组。");

	if (q->n_groups > MAX_GROUPS || (of && q->of.text == NULL)) {
		deny_internal(r, CHECK_KIND, "groups do not fit the kind of question");
		return false;
	}
	if (q->n_groups + of > MAX_GROUPS) {
		deny(r, CHECK_KIND, RULE(r, "kind:%s.group_by", kind_name(q->kind)),
			r->p->kinds[q->kind].group_by_at, q->kind_at,
			TELL(r, "An answer has at most %d groups, `of` included.",
				"答案最多 %d 个分组（含 of）。", (int)MAX_GROUPS),
			TELL(r, "An answer has at most %d groups, `of` included.",
				"答案最多 %d 个分组（含 of）。", (int)MAX_GROUPS));
		return false;
	}
	if (q->kind == KIND_CROSSTAB && q->n_groups != 2)
		deny(r, CHECK_KIND, "kind:crosstab.group_by", r->p->kinds[q->kind].group_by_at,
			q->kind_at, two, two);
	return q->kind != KIND_CROSSTAB || q->n_groups == 2;
}

void resolve_groups(struct ruling *r)
{
	const struct question *q = r->q;
	uint64_t cells = 1;

	if (!groups_fit(r))
		return;
	for (unsigned i = 0; i < q->n_groups; i++)
		add_dim(r, &q->groups[i], false);
	if (q->kind == KIND_HISTOGRAM)
		add_dim(r, &q->of, true);
	resolve_computed(r);
	check_rows(r);
	/* at most MAX_LABELS + 1 each and three of them, and MAX_POINTS: no overflow */
	for (unsigned i = 0; i < r->plan->n_dims; i++)
		cells *= r->plan->dims[i].n_labels;
	cells *= plan_points(r->plan);
	r->plan->n_cells = cells > UINT32_MAX ? UINT32_MAX : (unsigned)cells; /* denied either way */
	bound_cells(r);
}
