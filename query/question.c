/*
 * question.c - reading a question: its keys, and what must fit together whatever a site's policy
 * says.
 */
#include "query/question.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "query/part.h"
#include "query/reading.h"
#include "query/words.h"

static const char *const kind_names[KINDS] = {
	[KIND_COUNT] = "count",
	[KIND_HISTOGRAM] = "histogram",
	[KIND_CROSSTAB] = "crosstab",
	[KIND_MEAN] = "mean",
	[KIND_QUANTILE] = "quantile",
	[KIND_SURVIVAL] = "survival",
	[KIND_ATTRITION] = "attrition",
	[KIND_DISTINCT] = "distinct",
};
static const char *const mode_names[] = { [MODE_NOISED] = "noised", [MODE_SECURE] = "secure" };

const char *kind_name(enum question_kind kind)
{
	return kind_names[kind];
}

bool kind_parse(const char *s, enum question_kind *out)
{
	for (int i = 0; i < KINDS; i++)
		if (strcmp(kind_names[i], s) == 0) {
			*out = (enum question_kind)i;
			return true;
		}
	return false;
}

static const struct node *required(const struct node *root, const char *key, struct diags *ds)
{
	const struct node *n = node_get(root, key);

	if (n == NULL)
		diag_error(ds, "Q104", root->at, "required key '%s' is missing", "缺少必填项“%s”",
			key);
	return n;
}

static void read_id(const struct node *n, char out[MAX_ID + 1], struct place *at, struct diags *ds)
{
	const char *s;

	if (n == NULL)
		return;
	*at = n->at;
	s = words_id(n, n->key, ds);
	if (s != NULL)
		(void)!text_copy(out, MAX_ID + 1, s);
}

static void read_words(const struct node *root, struct question *q, struct diags *ds)
{
	const struct node *kind = required(root, "kind", ds), *mode = node_get(root, "mode");
	int word;

	read_id(required(root, "study", ds), q->study, &q->study_at, ds);
	read_id(required(root, "dataset", ds), q->dataset, &q->dataset_at, ds);
	if (kind != NULL) {
		q->kind_at = kind->at;
		word = words_one_of(kind, "kind", kind_names, KINDS, ds);
		q->kind = word < 0 ? KINDS : (enum question_kind)word;
	}
	if (mode != NULL) {
		q->mode_at = mode->at;
		word = words_one_of(mode, "mode", mode_names, 2, ds);
		q->mode = word == MODE_SECURE ? MODE_SECURE : MODE_NOISED;
	}
}

/* ---- params and filter ---- */

static int by_param(const void *a, const void *b)
{
	return part_compare_names(
		((const struct question_param *)a)->name, ((const struct question_param *)b)->name);
}

/* Of an officer's cohort alone: an expression says its values itself. */
static void read_params(
	const struct node *n, struct question *q, struct arena *arena, struct diags *ds)
{
	if (n == NULL ||
		!words_map(n, "params",
			SAY("a map such as {from: 2025-01}", "映射，例如 {from: 2025-01}"), ds))
		return;
	q->params_at = n->key_at;
	if (n->count > MAX_PARAMS) {
		diag_error(ds, "Q159", n->at, "a cohort has at most %d parameters",
			"一个队列最多 %d 个参数", MAX_PARAMS);
		return;
	}
	NODE_EACH(c, n) {
		struct question_param *p = &q->params[q->n_params];

		if (!id_valid(c->key))
			diag_error(ds, "Q106", c->key_at, "'%s' is not a name of a parameter",
				"“%s”不能作为参数名", show(c->key).at);
		else if (words_value(c, "params", arena, &p->value, ds)) {
			p->name = c->key;
			p->at = c->key_at;
			q->n_params++;
		}
	}
	qsort(q->params, q->n_params, sizeof(q->params[0]), by_param);
	if (q->n_params > 0 && q->cohort.officer == NULL)
		diag_error(ds, "Q158", n->key_at,
			"'params' gives values to an officer's cohort; name one by 'cohort: ID'",
			"“params”用于给既定队列赋值，请以“cohort: 标识”指定队列");
}

static int by_value(const void *a, const void *b)
{
	const struct question_value *x = a, *y = b;

	if (x->number != y->number)
		return x->number ? 1 : -1; /* a quote stands before digits */
	return x->number ? strcmp(x->text, y->text) : part_compare_names(x->text, y->text);
}

static bool read_values(
	const struct node *n, struct question_filter *f, struct arena *arena, struct diags *ds)
{
	unsigned kept = 0;
	bool good = true;

	if (!words_list(n, "filter",
		    SAY("a list of values such as [2025-01, 2025-02]",
			    "取值列表，例如 [2025-01, 2025-02]"),
		    ds))
		return false;
	if (n->count == 0 || n->count > MAX_FILTER_VALUES) {
		diag_error(ds, "Q161", n->at, "a filter has 1 to %d values",
			"一个筛选应有 1 至 %d 个取值", MAX_FILTER_VALUES);
		return false;
	}
	f->values = arena_array(arena, n->count, sizeof(*f->values));
	if (f->values == NULL)
		return false;
	NODE_EACH(c, n) {
		if (words_value(c, "filter", arena, &f->values[f->n_values], ds))
			f->n_values++;
		else
			good = false;
	}
	qsort(f->values, f->n_values, sizeof(f->values[0]), by_value);
	for (unsigned i = 0; i < f->n_values; i++)
		if (kept == 0 || by_value(&f->values[kept - 1], &f->values[i]) != 0)
			f->values[kept++] = f->values[i];
	f->n_values = kept;
	return good;
}

static int by_column(const void *a, const void *b)
{
	return part_compare_names(((const struct question_filter *)a)->column,
		((const struct question_filter *)b)->column);
}

static void read_filters(
	const struct node *n, struct question *q, struct arena *arena, struct diags *ds)
{
	if (n == NULL ||
		!words_map(n, "filter",
			SAY("a map such as {cdm.measurement.measurement_date: [2025-01]}",
				"映射，例如 {cdm.measurement.measurement_date: [2025-01]}"),
			ds))
		return;
	q->filter_at = n->key_at;
	if (n->count > MAX_FILTERS) {
		diag_error(ds, "Q160", n->at, "a question filters at most %d columns",
			"一个问题最多筛选 %d 个字段", MAX_FILTERS);
		return;
	}
	NODE_EACH(c, n) {
		struct question_filter *f = &q->filters[q->n_filters];
		struct node name = { .kind = NODE_TEXT, .text = c->key, .at = c->key_at };

		*f = (struct question_filter){ .column = words_name(&name, "filter", ds),
			.at = c->key_at };
		if (f->column != NULL && read_values(c, f, arena, ds))
			q->n_filters++;
	}
	qsort(q->filters, q->n_filters, sizeof(q->filters[0]), by_column);
}

static int by_name(const void *a, const void *b)
{
	const struct question_name *x = a, *y = b;

	return part_compare_names(x->text, y->text);
}

/* Sorted, each once; gives how many are left. */
static unsigned tidy_names(struct question_name *names, unsigned n)
{
	unsigned kept = 0;

	if (n > 1)
		qsort(names, n, sizeof(*names), by_name);
	for (unsigned i = 0; i < n; i++)
		if (kept == 0 || by_name(&names[kept - 1], &names[i]) != 0)
			names[kept++] = names[i];
	return kept;
}

static void read_groups(const struct node *n, struct question *q, struct diags *ds)
{
	if (n == NULL ||
		!words_list(n, "group_by",
			SAY("a list of names such as [sex, age]", "名称列表，例如 [sex, age]"), ds))
		return;
	NODE_EACH(c, n) {
		struct question_name name = { .text = words_name(c, "group_by", ds), .at = c->at };
		bool there = false;

		for (unsigned i = 0; i < q->n_groups && name.text != NULL; i++)
			there = there || strcmp(q->groups[i].text, name.text) == 0;
		if (name.text == NULL || there)
			continue;
		if (q->n_groups == MAX_GROUPS) {
			diag_error(ds, "Q155", c->at, "people can be grouped by at most %d names",
				"最多按 %d 个名称分组", MAX_GROUPS);
			return;
		}
		q->groups[q->n_groups++] = name;
	}
	q->n_groups = tidy_names(q->groups, q->n_groups);
}

static int read_sites(
	const struct node *n, struct question *q, struct arena *arena, struct diags *ds)
{
	if (n == NULL || (n->kind == NODE_TEXT && strcmp(n->text, "all") == 0))
		return 0;
	if (!words_list(n, "sites",
		    SAY("all, or a list of sites such as [renmin, xiehe]",
			    "all，或医院列表，例如 [renmin, xiehe]"),
		    ds))
		return 0;
	if (n->count == 0 || n->count > MAX_SITES) {
		if (n->count == 0)
			diag_error(ds, "Q157", n->at,
				"the list of 'sites' is empty; write 'sites: all'",
				"“sites”的列表为空；如指全部医院，请写“sites: all”");
		else
			diag_error(ds, "Q156", n->at, "a question may name at most %d sites",
				"一个问题最多可列 %d 家医院", MAX_SITES);
		return 0;
	}
	q->sites = arena_array(arena, n->count, sizeof(*q->sites));
	if (q->sites == NULL)
		return -1;
	NODE_EACH(c, n) {
		struct question_name name = { .text = words_id(c, "sites", ds), .at = c->at };

		if (name.text != NULL && strcmp(name.text, "all") == 0)
			diag_error(ds, "Q157", c->at,
				"'all' cannot stand in a list; write 'sites: all'",
				"“all”不能写在列表中，请写“sites: all”");
		else if (name.text != NULL)
			q->sites[q->n_sites++] = name;
	}
	q->n_sites = tidy_names(q->sites, q->n_sites);
	return 0;
}

static const struct part *find_age(const struct part *p)
{
	const struct part *found = p->kind == PART_AGE ? p : NULL;

	for (const struct part *c = p->children; c != NULL && found == NULL; c = c->next)
		found = find_age(c);
	return found;
}

/* Where an age is asked for by its literal name; a column that is an age under another name is the
 * policy's to know. */
static bool asks_age(const struct question *q, struct place *at)
{
	const struct part *age = find_age(q->cohort.root);

	if (age != NULL) {
		*at = age->at;
		return true;
	}
	for (unsigned i = 0; i < q->n_groups; i++)
		if (strcmp(q->groups[i].text, "age") == 0) {
			*at = q->groups[i].at;
			return true;
		}
	*at = q->of.at;
	return q->of.text != NULL && strcmp(q->of.text, "age") == 0;
}

/* An age is an age on a day: there must be one, and `on` must not say one that is not used. */
static void check_age_day(const struct question *q, struct diags *ds)
{
	int32_t last = cohort_last_day(&q->cohort);
	bool may_use = q->n_groups > 0 || q->of.text != NULL || q->cohort.officer != NULL;
	char day[16];
	struct place at;

	if (asks_age(q, &at)) {
		if (q->cohort.entry == NULL && last == DAY_NONE && q->on == DAY_NONE)
			diag_error(ds, "Q151", at,
				"an age needs a day: add 'on', a 'during' or an 'entry' to the "
				"question",
				"年龄须对应某一天：请在问题中加上“on”、“during”或“entry”");
		may_use = true;
	}
	if (q->on == DAY_NONE)
		return;
	if (q->cohort.entry != NULL)
		diag_error(ds, "Q152", q->on_at,
			"'on' has no effect: ages are taken on the day of each person's entry; "
			"leave it out",
			"“on”不起作用：年龄按每人的入组日期计算，请删去");
	else if (last != DAY_NONE)
		diag_error(ds, "Q152", q->on_at,
			"'on' has no effect: ages are taken on %s, the last day of the latest "
			"'during'; leave it out",
			"“on”不起作用：年龄按最晚一个“during”的截止日 %s 计算，请删去",
			day_text(last, day));
	else if (!may_use)
		diag_error(ds, "Q152", q->on_at,
			"'on' has no effect: this question asks for no age; leave it out",
			"“on”不起作用：该问题不涉及年龄，请删去");
}

static bool children_missing(const struct node *root, const struct question *q)
{
	const struct node *params = node_get(root, "params"), *filter = node_get(root, "filter");

	return (params != NULL && params->count != q->n_params) ||
	       (filter != NULL && filter->count != q->n_filters);
}

/* The cohort and what else is made of criteria. */
static bool read_cohort(const struct node *root, const struct node *cohort, struct question *q,
	struct arena *arena, struct diags *ds)
{
	struct reading r = { .arena = arena, .ds = ds, .ordered = q->kind == KIND_ATTRITION };
	bool good;

	sets_read(&r, node_get(root, "sets"));
	good = cohort_read(&r, cohort, &q->cohort) == 0;
	kinds_read(&r, root, q);
	sets_check_used(&r);
	return good && !r.failed;
}

int question_build(
	const struct node *root, struct arena *arena, struct diags *ds, struct question **out)
{
	size_t before = ds->errors;
	struct question *q;
	const struct node *n;
	bool good;

	if (root->kind != NODE_MAP) {
		diag_error(ds, "Q101", root->at,
			"a question is a map of keys: study, kind, dataset, ...",
			"问题应为由 study、kind、dataset 等键组成的映射");
		return -1;
	}
	q = arena_alloc(arena, sizeof(*q));
	if (q == NULL)
		goto memory;
	*q = (struct question){ .kind = KINDS, .on = DAY_NONE };
	words_keys(root, IN_QUESTION, ds);
	read_words(root, q, ds);
	read_groups(node_get(root, "group_by"), q, ds);
	n = node_get(root, "of");
	if (n != NULL)
		q->of = (struct question_name){ .text = words_name(n, "of", ds), .at = n->at };
	if (read_sites(node_get(root, "sites"), q, arena, ds) < 0)
		goto memory;
	n = node_get(root, "on");
	if (n != NULL) {
		q->on_at = n->at;
		(void)words_day(n, "on", &q->on, ds);
	}
	n = node_get(root, "cohort");
	q->cohort_at = n == NULL ? root->at : n->at;
	good = read_cohort(root, n, q, arena, ds);
	if (good)
		read_params(node_get(root, "params"), q, arena, ds);
	read_filters(node_get(root, "filter"), q, arena, ds);
	/* words_value() says nothing of memory that ended */
	if (ds->errors == before && children_missing(root, q))
		goto memory;
	if (good && ds->errors == before)
		check_age_day(q, ds);
	if (ds->errors != before)
		return -1;
	*out = q;
	return 0;
memory:
	diag_error(ds, "Q190", root->at, "memory ended while reading this question",
		"读取该问题时内存不足");
	return -1;
}

int question_read(const char *name, const void *bytes, size_t len, struct arena *arena,
	struct diags *ds, struct question **out)
{
	struct node *root = NULL;
	struct question *q;
	int ret;

	if (len > MAX_QUESTION_BYTES) {
		diag_error(ds, "Q102", (struct place){ .file = arena_text(arena, name) },
			"a question may be at most %d bytes long, this one has %zu",
			"问题最长 %d 字节，此问题为 %zu 字节", MAX_QUESTION_BYTES, len);
		return -1;
	}
	ret = node_read(name, bytes, len, MAX_QUESTION_DEPTH, arena, ds, &root);
	/* a text with errors is built too, so that all of them are found at once */
	if (root == NULL || question_build(root, arena, ds, &q) < 0)
		ret = -1;
	diags_sort(ds);
	if (ret == 0)
		*out = q;
	return ret;
}
