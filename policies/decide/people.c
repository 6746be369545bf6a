#include "policies/decide/ruling.h"

#include <string.h>

#include "policies/periods.h"
#include "policies/shapes.h"

/*
 * Criteria on the person: age, sex, race, ethnicity, birth.
 */

/* ---- age ---- */

const struct column *age_column(struct ruling *r, struct say purpose, struct place asked)
{
	struct say thing = SAY("age", "年龄");
	const struct column *c;

	r->ages = true;
	if (model_age_column(r->model) == NULL) {
		not_listed(r, r->data->at, asked,
			TELL(r, "Model %s has no year of birth.", "数据模型 %s 没有出生年份。",
				r->model->id),
			thing);
		return NULL;
	}
	c = usable(r, r->patients, model_age_column(r->model), USE_GROUP, purpose, thing, asked);
	if (c == NULL)
		return NULL;
	narrow(r, c->name, thing, asked);
	if (!c->as_age || c->gen != GEN_BANDS || c->n_bands == 0) {
		deny(r, CHECK_RED_LIST, RULE(r, "column:%s", c->name), c->at, asked,
			TELL(r, "Column %s gives no ages: it is not listed with as: age and bands.",
				"字段 %s 不能换算年龄：未写 as: age 与 bands。", c->name),
			SAY("This hospital offers no ages.", "该医院不提供年龄。"));
		return NULL;
	}
	r->plan->birth_year = c;
	return c;
}

static bool is_edge(const struct column *c, int32_t age)
{
	for (unsigned i = 0; i < c->n_bands; i++)
		if (c->bands[i] == age)
			return true;
	return false;
}

void resolve_age(
	struct ruling *r, const struct part *part, const struct context *in, struct criterion *c)
{
	bool ages = r->ages;
	const struct column *col = age_column(r, SAY("filtering", "筛选"), part->at);

	if (in->event != NULL) {
		r->ages = ages; /* taken on the day of that event */
		(void)need_start(r, in->event, part->at);
	}
	if (col == NULL)
		return;
	if ((part->age_from > 0 && !is_edge(col, part->age_from)) ||
		(part->age_to >= 0 && !is_edge(col, part->age_to))) {
		deny(r, CHECK_VALUES, RULE(r, "column:%s", col->name), col->gen_at, part->at,
			TELL(r, "Ages may only be cut at the edges of the bands: %s.",
				"年龄只能在各段起点处划分：%s。",
				say_numbers(r->a, col->bands, col->n_bands, 0)),
			SAY("Ages may only be cut where this hospital's bands begin.",
				"年龄只能在该医院年龄段的起点处划分。"));
		return;
	}
	c->age_from = part->age_from;
	c->age_to = part->age_to;
	/* people below the first band are outside all of them */
	if (c->age_from <= 0 && col->bands[0] > 0)
		c->age_from = (int32_t)col->bands[0];
}

/* ---- sex, race, ethnicity ---- */

static const struct column *category_column(struct ruling *r, const char *name, struct say thing,
	struct say purpose, struct place asked)
{
	const struct column *c;

	if (name == NULL) {
		not_listed(r, r->data->at, asked,
			TELL(r, "Model %1$s has no column for %2$s.%3$.0s",
				"数据模型 %1$s 没有%3$s字段。%2$.0s", r->model->id, thing.en,
				thing.zh),
			thing);
		return NULL;
	}
	c = usable(r, r->patients, name, USE_GROUP, purpose, thing, asked);
	if (c == NULL)
		return NULL;
	narrow(r, c->name, thing, asked);
	if (c->gen == GEN_CATEGORIES)
		return c;
	deny(r, CHECK_RED_LIST, RULE(r, "column:%s", c->name), c->at, asked,
		TELL(r, "Column %s has no categories.", "字段 %s 没有写 categories。", c->name),
		TELL(r, "This hospital offers no categories of %s%.0s.", "该医院不提供%.0s%s分类。",
			thing.en, thing.zh));
	return NULL;
}

const struct column *sex_column(struct ruling *r, struct say purpose, struct place asked)
{
	const struct column *c =
		category_column(r, r->model->sex, SAY("sex", "性别"), purpose, asked);

	if (c != NULL)
		r->plan->sex = c;
	return c;
}

static const char *labels_of(struct ruling *r, const struct column *col)
{
	const char **labels = ruling_alloc(r, col->n_categories, sizeof(*labels));

	if (labels == NULL)
		return "";
	for (unsigned i = 0; i < col->n_categories; i++)
		labels[i] = col->categories[i].label;
	return say_list(r->a, labels, col->n_categories, 10);
}

static void choose_label(
	struct ruling *r, const struct part *part, const struct column *col, struct criterion *c)
{
	if (strcmp(part->label, "other") == 0) {
		c->others = true;
		return;
	}
	for (unsigned i = 0; i < col->n_categories; i++) {
		if (strcmp(col->categories[i].label, part->label) != 0)
			continue;
		check_label_codes(r, col, &col->categories[i], part->at);
		c->person_codes = col->categories[i].codes;
		c->n_person_codes = col->categories[i].n_codes;
		c->person_texts = col->categories[i].texts;
		c->n_person_texts = col->categories[i].n_texts;
		return;
	}
	deny(r, CHECK_VALUES, RULE(r, "column:%s", col->name), col->gen_at, part->at,
		TELL(r, "'%s' is no label of column %s; it has %s, other.",
			"“%s”不是字段 %s 的标签；可用的有 %s, other。", part->label, col->name,
			labels_of(r, col)),
		TELL(r, "This hospital does not know the label '%s'.", "该医院没有标签“%s”。",
			part->label));
}

static bool names(const struct part *part, int64_t v)
{
	for (unsigned i = 0; i < part->n_codes; i++)
		if (part->codes[i].concept == v)
			return true;
	return false;
}

/* [own:M], where the categories are the hospital's own words. */
static bool is_own(const struct code *code)
{
	return code->concept <= 0 && code->system != NULL && code->text != NULL &&
	       strcmp(code->system, words_system[SYSTEM_OWN - SYSTEM_OMOP]) == 0;
}

static bool names_own(const struct part *part, const char *text)
{
	for (unsigned i = 0; i < part->n_codes; i++)
		if (is_own(&part->codes[i]) && strcmp(part->codes[i].text, text) == 0)
			return true;
	return false;
}

static bool names_all(const struct part *part, const struct category *cat)
{
	for (unsigned i = 0; i < cat->n_codes; i++)
		if (!names(part, cat->codes[i]))
			return false;
	for (unsigned i = 0; i < cat->n_texts; i++)
		if (!names_own(part, cat->texts[i]))
			return false;
	return cat->n_codes + cat->n_texts > 0;
}

static bool whole(const struct part *part, const struct column *col, const struct code *code)
{
	if ((code->concept <= 0 && !is_own(code)) || code->descendants || code->mapped || code->out)
		return false;
	for (unsigned i = 0; i < col->n_categories; i++)
		for (unsigned j = 0; is_own(code) && j < col->categories[i].n_texts; j++)
			if (strcmp(col->categories[i].texts[j], code->text) == 0)
				return names_all(part, &col->categories[i]);
	for (unsigned i = 0; i < col->n_categories && !is_own(code); i++)
		for (unsigned j = 0; j < col->categories[i].n_codes; j++)
			if (col->categories[i].codes[j] == code->concept)
				return names_all(part, &col->categories[i]);
	return false;
}

static void deny_split(struct ruling *r, const struct column *col, struct place asked)
{
	deny(r, CHECK_VALUES, RULE(r, "column:%s", col->name), col->gen_at, asked,
		TELL(r, "Column %s may only be asked about by whole labels: %s, other.",
			"字段 %s 只能按完整标签查询，可用的有 %s, other。", col->name, labels_of(r, col)),
		SAY("This hospital allows only whole labels of its own there.",
			"该医院此处只允许使用其完整标签。"));
}

/* Codes are the labels that are all named: never a part of one. */
static void choose_codes(
	struct ruling *r, const struct part *part, const struct column *col, struct criterion *c)
{
	int64_t *codes = ruling_alloc(r, part->n_codes, sizeof(*codes));
	const char **texts = ruling_alloc(r, part->n_codes, sizeof(*texts));

	if (codes == NULL || texts == NULL)
		return;
	if (part->n_codes == 0 || part->codes == NULL) {
		deny_internal(r, CHECK_VALUES, "a criterion on people without a label");
		return;
	}
	for (unsigned i = 0; i < part->n_codes; i++) {
		const struct code *code = &part->codes[i];

		check_code(r, col, code, code->at.line > 0 ? code->at : part->at);
		if (!whole(part, col, code)) {
			deny_split(r, col, code->at.line > 0 ? code->at : part->at);
			return;
		}
		if (is_own(code))
			texts[c->n_person_texts++] = code->text;
		else
			codes[c->n_person_codes++] = code->concept;
	}
	c->person_codes = codes;
	c->person_texts = texts;
}

void resolve_person(struct ruling *r, const struct part *part, struct criterion *c)
{
	struct say purpose = SAY("filtering", "筛选");
	const struct column *col;

	if (part->kind == PART_SEX)
		col = sex_column(r, purpose, part->at);
	else if (part->kind == PART_RACE)
		col = category_column(r, r->model->race, SAY("race", "种族"), purpose, part->at);
	else
		col = category_column(
			r, r->model->ethnicity, SAY("ethnicity", "民族"), purpose, part->at);
	if (col == NULL)
		return;
	c->person = col;
	if (part->label != NULL)
		choose_label(r, part, col, c);
	else
		choose_codes(r, part, col, c);
}

/* ---- birth ---- */

static const struct column *dated(struct ruling *r, const char *name)
{
	const struct column *c =
		name == NULL ? NULL : column_on(table_column(r->patients, name), r->who->today);

	return c != NULL && (c->uses & (USE_GROUP | USE_FILTER)) && c->gen == GEN_TRUNCATE ? c
											   : NULL;
}

/* The year, where the day is not open; a year has no months. */
static const struct column *birth_column(struct ruling *r, struct place asked)
{
	struct say thing = SAY("dates of birth", "出生日期");
	const struct column *day = dated(r, r->model->birth),
			    *year = dated(r, r->model->birth_year);
	const char *name;

	if (day != NULL)
		return day;
	if (year != NULL && year->truncate == TRUNCATE_YEAR)
		return year;
	name = r->model->birth != NULL && table_column(r->patients, r->model->birth) != NULL
		       ? r->model->birth
		       : r->model->birth_year;
	if (name == NULL)
		not_listed(r, r->data->at, asked,
			TELL(r, "Model %s has no date of birth.", "数据模型 %s 没有出生日期。",
				r->model->id),
			thing);
	else if ((day = usable(r, r->patients, name, USE_FILTER | USE_GROUP, SAY("dates", "日期"),
			  thing, asked)) != NULL)
		deny_undated(r, day, thing, asked);
	return NULL;
}

void resolve_birth(struct ruling *r, const struct part *part, struct criterion *c)
{
	const struct column *col = birth_column(r, part->at);

	if (col == NULL)
		return;
	narrow(r, col->name, SAY("dates of birth", "出生日期"), part->at);
	c->from = part->from == DAY_NONE ? col->from : part->from;
	c->to = part->to == DAY_NONE ? col->to : part->to;
	if (span_fits(col, c->from, c->to))
		c->person = col;
	else
		deny_span(r, col, c->from, c->to, part->at);
}
