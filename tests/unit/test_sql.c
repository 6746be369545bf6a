/*
 * test_sql.c - sql/sql.h: the statement of a plan, and that it counts what counting by hand counts.
 *
 * With CORDON_TEST_DB (a connection string of an empty database, see tests/scenario/sql.sh) statements are
 * run: random plans over random populations, against people.h's truth. Without it only their text is
 * looked at. CORDON_SEED repeats a run.
 */
#include "tests/unit/people.h"

#include <time.h>

static struct error err;
static struct arena arena;

#include "tests/unit/found.h"

/* ---- a dataset whose names want quoting ---- */

static int64_t male[] = { 8507 }, female[] = { 8532 };
static struct category sexes[] = { { "M", male, 1, NULL, 0 }, { "F", female, 1, NULL, 0 } };
static int64_t bands[] = { 0, 18, 45, 65 };
static int64_t cuts[] = { 3 * MILLIARD, 5 * MILLIARD, 6 * MILLIARD + MILLIARD / 2 };
static int64_t measure_codes[] = { 1, 3, 6 };
static struct table person, condition, measure_table, observed, visits;
static struct column person_columns[5], condition_columns[11], measure_columns[11],
	observed_columns[3], visit_columns[3];
enum { /* of the tables of events */
	C_KEY,
	C_CONCEPT,
	C_DAY,
	C_SOURCE,
	C_VALUE,
	C_ROW,
	C_LAST,
	C_SUPPLY,
	C_VISIT,
	C_TYPE,
	C_LOW
};
static struct measure lab;
static const char *patterns[] = { "VIP01", "VIP7*", "V\"I\\P" };
static const char *areas[] = { "1101", "3101", "3102" };
static const char *wards[] = { "ICU3" }, *icd_one[] = { "B20" }, *icd_two[] = { "B24", "C34" };
static struct local_codes locals[3];
static struct code_rule rules[2];
static struct model model;
static struct dataset dataset;
static struct policy policy;
static int32_t red_one[] = { 4, 6 }, red_two[] = { 10 };
static int32_t *red_lists[] = { red_one, red_two };
static unsigned red_counts[] = { 2, 1 };
static const struct red_codes red = { red_lists, red_counts, 2, 0 };
static const char *labels[MAX_LABELS];

static void a_table(struct table *t, const char *relation, struct column *columns, unsigned n,
	const char *const *names)
{
	*t = (struct table){
		.schema = "c\"dm", .relation = relation, .columns = columns, .n_columns = n
	};
	for (unsigned i = 0; i < n; i++)
		columns[i] = (struct column){ .column = names[i], .table = t };
	t->key = &columns[0];
}

static void a_hospital(void)
{
	static const char *const of_person[] = { "id", "sex", "born", "ward", "area" };
	static const char *const of_condition[] = { "id", "concept", "select", "source", "v", "row",
		"last", "supply", "visit", "type", "low" };
	static const char *const of_measure[] = { "id", "concept", "at", "source", "v", "row",
		"last", "supply", "visit", "type", "low" };
	static const char *const of_observed[] = { "id", "since", "until" };
	static const char *const of_visit[] = { "id", "row", "concept" };
	static const char *icd[] = { "ICD", "ICD10" }, *text_kinds[] = { "x", "b*" };

	arena_clear(&arena);
	arena_init(&arena, 8 << 20);
	a_table(&person, "person", person_columns, 5, of_person);
	a_table(&condition, "Con dition", condition_columns, 11, of_condition);
	a_table(&measure_table, "measure", measure_columns, 11, of_measure);
	a_table(&observed, "observed", observed_columns, 3, of_observed);
	a_table(&visits, "visit", visit_columns, 3, of_visit);
	observed.name = "c\"dm.observed";
	visits.name = "c\"dm.visit";
	person.name = "c\"dm.person";
	condition.name = "c\"dm.Con dition";
	measure_table.name = "c\"dm.measure";
	person_columns[1].categories = sexes;
	person_columns[1].n_categories = 2;
	person_columns[4].areas = areas;
	person_columns[4].n_areas = 3;
	person_columns[4].keep = 4;
	for (int i = 0; i < 11; i++)
		condition_columns[i].uses = measure_columns[i].uses = USE_LINK;
	for (int i = 0; i < 5; i++)
		person_columns[i].uses = USE_LINK;
	visit_columns[2].uses = USE_LINK;
	visit_columns[2].system = SYSTEM_OMOP;
	if (dice(2) == 0) {
		condition_columns[C_DAY].gen = GEN_TRUNCATE;
		condition_columns[C_DAY].from = 17950;
		condition_columns[C_DAY].to = 18900;
	}
	person_columns[3].system = SYSTEM_DEPARTMENT;
	condition_columns[3].system = measure_columns[3].system = SYSTEM_ICD10;
	person_columns[2].bands = bands;
	person_columns[2].n_bands = 4;
	lab = (struct measure){ .id = "lab",
		.table = &measure_table,
		.column = &measure_columns[4],
		.where = &measure_columns[1],
		.codes = measure_codes,
		.n_codes = 3,
		.low = 3 * MILLIARD,
		.high = 8 * MILLIARD,
		.cuts = cuts,
		.n_cuts = 3 };
	locals[0] = (struct local_codes){ &condition_columns[3], patterns, 3 };
	locals[1] = (struct local_codes){ &measure_columns[3], patterns, 2 };
	locals[2] = (struct local_codes){ &person_columns[3], patterns + 1, 1 };
	rules[0] = (struct code_rule){ .id = "one", .local = locals, .n_local = 2 };
	rules[1] = (struct code_rule){ .id = "two", .local = locals + 2, .n_local = 1 };
	rules[0].listed[SYSTEM_DEPARTMENT] = (struct code_list){ wards, 1 };
	rules[0].listed[SYSTEM_ICD10] = (struct code_list){ icd_one, 1 };
	rules[1].listed[SYSTEM_ICD10] = (struct code_list){ icd_two, 2 };
	model = (struct model){ .id = "test",
		.patients = person.name,
		.key = "id",
		.sex = "sex",
		.birth_year = "born",
		.ancestors = "c\"dm.ancestor",
		.ancestor = "a",
		.descendant = "d" };
	model.vocabulary = (struct model_vocabulary){ .concepts = "c\"dm.concept",
		.id = "c",
		.system = "system",
		.code = "code",
		.maps = "c\"dm.maps",
		.from = "f",
		.to = "t",
		.kind = "kind",
		.mapping = "Maps to",
		.invalid = "invalid",
		.maps_invalid = "invalid" };
	model.vocabulary.names[SYSTEM_ICD10] = icd;
	model.vocabulary.n_names[SYSTEM_ICD10] = 2;
	model.events[EVENT_CONDITION] = (struct model_event){ .table = condition.name,
		.concept = "concept",
		.system = SYSTEM_OMOP,
		.start = "select",
		.lasts = 1 };
	model.events[EVENT_MEASUREMENT] = (struct model_event){ .table = measure_table.name,
		.concept = "concept",
		.system = SYSTEM_OMOP,
		.start = "at",
		.lasts = 0,
		.value = "v" };
	/* the same rows by their texts */
	model.events[EVENT_OBSERVATION] = (struct model_event){ .table = condition.name,
		.concept = "source",
		.system = SYSTEM_ICD10,
		.start = "select",
		.kinds = text_kinds,
		.n_kinds = dice(2) == 0 ? 2 : 0 };
	model.events[EVENT_OBSERVATION].prefix[SYSTEM_ICD10] = "";
	model.events[EVENT_VISIT] = (struct model_event){
		.table = visits.name, .concept = "concept", .system = SYSTEM_OMOP
	};
	dataset = (struct dataset){ .id = "d", .model = &model };
	policy = (struct policy){
		.codes = rules, .n_codes = 2, .datasets = &dataset, .n_datasets = 1
	};
	for (int i = 0; i < MAX_LABELS; i++)
		labels[i] = "label";
}

/* ---- random plans ---- */

static void *make(size_t size)
{
	void *p = arena_alloc(&arena, size);

	ck_assert_ptr_nonnull(p);
	return p;
}

/* Concepts, texts, or mostly concepts. */
enum sort {
	CONCEPTS,
	TEXTS,
	MIXED
};

static struct code *random_codes(unsigned *n, enum sort sort)
{
	static const char *const words[] = { "E11", "e11.9", "B2", "B24", "x", "C3", "b20.1" };
	struct code *codes = make(4 * sizeof(*codes));

	bool only_out = dice(6) == 0;

	*n = dice(4);
	for (unsigned i = 0; i < *n; i++) {
		codes[i] = (struct code){ .concept = (int32_t)(1 + dice(CODES)),
			.descendants = dice(2) == 0,
			.mapped = sort != TEXTS && dice(4) == 0,
			.out = dice(4) == 0 || only_out };
		if (sort == CONCEPTS || (sort == MIXED && dice(8) > 0))
			continue;
		codes[i].concept = 0;
		codes[i].system = "icd10";
		codes[i].text = words[dice(7)];
	}
	return codes;
}

static void random_days(int32_t *from, int32_t *to)
{
	*from = dice(3) == 0 ? DAY_NONE : (int32_t)(17897 + dice(600));
	*to = dice(3) == 0 ? DAY_NONE : (int32_t)(18300 + dice(700));
}

static struct criterion *new_criterion(enum part_kind kind)
{
	struct criterion *c = make(sizeof(*c));

	*c = (struct criterion){ .kind = kind,
		.from = DAY_NONE,
		.to = DAY_NONE,
		.ends_from = DAY_NONE,
		.ends_to = DAY_NONE,
		.lasting_from = -1,
		.lasting_to = -1,
		.age_from = -1,
		.age_to = -1 };
	return c;
}

static struct value_bounds random_bounds(void)
{
	struct value_bounds b = { .has_low = dice(2) == 0,
		.has_high = dice(2) == 0,
		.low_open = dice(2) == 0,
		.high_open = dice(2) == 0,
		.low = cuts[dice(3)],
		.high = cuts[dice(3)] };

	b.outside = dice(5) == 0;
	if (b.outside)
		b.has_low = b.has_high = true;
	return b;
}

static struct plan_attribute *random_attributes(struct column *columns)
{
	static const enum attribute_kind kinds[] = { ATTR_TYPE, ATTR_VISIT, ATTR_QUANTITY,
		ATTR_LOW };
	static const int at[] = { C_TYPE, C_VISIT, C_SUPPLY, C_LOW };
	struct plan_attribute *list = NULL;

	for (unsigned i = 0; i < 4; i++) {
		struct plan_attribute *a;

		if (dice(7) > 0)
			continue;
		a = make(sizeof(*a));
		*a = (struct plan_attribute){ .kind = kinds[i],
			.column = &columns[at[i]],
			.bounds = random_bounds(),
			.next = list };
		a->bounds.has_high |= !a->bounds.has_low;
		if (kinds[i] == ATTR_VISIT || kinds[i] == ATTR_TYPE)
			a->codes = random_codes(
				&a->n_codes, kinds[i] == ATTR_VISIT ? MIXED : CONCEPTS);
		if (kinds[i] == ATTR_VISIT) {
			a->other = &visits;
			a->other_id = &visit_columns[1];
			a->other_column = &visit_columns[2];
		}
		if ((kinds[i] == ATTR_VISIT || kinds[i] == ATTR_TYPE) && a->n_codes == 0)
			continue;
		list = a;
	}
	return list;
}

static void random_spans(struct criterion *c)
{
	if (dice(12) == 0)
		c->ends_from = (int32_t)(17950 + dice(300));
	if (dice(12) == 0)
		c->ends_to = (int32_t)(18300 + dice(400));
	if (dice(12) == 0)
		c->lasting_from = (int32_t)dice(60);
	if (dice(12) == 0)
		c->lasting_to = (int32_t)(10 + dice(100));
}

/* The keys of an entry event; what stands towards another comes later. */
static struct criterion *random_event_criterion(void)
{
	struct criterion *c = new_criterion(PART_EVENT);
	bool texts = dice(8) == 0;
	struct column *columns = !texts && dice(4) == 0 ? measure_columns : condition_columns;

	c->table = columns[0].table;
	c->event = &model.events[texts                        ? EVENT_OBSERVATION
				 : columns == measure_columns ? EVENT_MEASUREMENT
							      : EVENT_CONDITION];
	c->codes = random_codes(&c->n_codes, texts ? TEXTS : MIXED);
	c->concept = c->n_codes == 0 ? NULL : &columns[texts ? C_SOURCE : C_CONCEPT];
	c->kind_column = texts ? &columns[C_SOURCE] : NULL;
	random_days(&c->from, &c->to);
	c->start = &columns[C_DAY];
	c->end = dice(2) == 0 ? &columns[C_LAST] : NULL;
	c->end_days = dice(2) == 0 ? &columns[C_SUPPLY] : NULL;
	c->id = &columns[C_ROW];
	c->visit = &columns[C_VISIT];
	c->first = dice(6) == 0;
	random_spans(c);
	c->attributes = random_attributes(columns);
	if (dice(6) == 0) {
		c->has_value = true;
		c->value = &columns[C_VALUE];
		c->bounds = random_bounds();
	}
	for (const struct plan_attribute *a = c->attributes; a != NULL; a = a->next)
		if (a->kind == ATTR_LOW)
			c->value = &columns[C_VALUE];
	return c;
}

static void random_times(struct criterion *c)
{
	c->has_times = true;
	c->times_how = (enum how_many)dice(3);
	c->times = dice(4);
	c->distinct = dice(2) == 0 ? DISTINCT_EVENTS : (enum distinct)dice(4);
	if (c->distinct == DISTINCT_CONCEPTS)
	c->concept = c->table == &measure_table                     ? &measure_columns[C_CONCEPT]
		     : c->event == &model.events[EVENT_OBSERVATION] ? c->concept
								    : &condition_columns[C_CONCEPT];
	if (c->distinct == DISTINCT_CONCEPTS && c->concept == NULL)
		c->distinct = DISTINCT_DAYS;
}

/* Days that many events are apart. */
static int32_t apart(int32_t low)
{
	return dice(2) == 0 ? 90 * (int32_t)dice(5) + (low < 0 ? -180 : 0)
			    : low + (int32_t)dice(400);
}

static struct window random_window(bool nested)
{
	struct window win = { .from = dice(4) == 0 ? ALL_DAYS_BEFORE : apart(-300),
		.on_end = dice(3) == 0,
		.to_end = dice(3) == 0,
		.of_index = nested && dice(3) == 0 };

	win.to = dice(4) == 0                  ? ALL_DAYS_AFTER
		 : win.from == ALL_DAYS_BEFORE ? apart(-200)
					       : win.from + apart(0);
	return win;
}

static struct criterion *random_tree(struct plan *plan, int depth, int events);

/* Towards the index event (events 1) or an event around it (2); 0: there is none. */
static void random_place(struct plan *plan, struct criterion *c, int depth, int events)
{
	if (events > 0 && dice(2) == 0) {
		c->n_windows = dice(5) == 0 ? 2 : 1;
		for (unsigned i = 0; i < c->n_windows; i++)
			c->windows[i] = random_window(events > 1 && plan->entry != NULL);
	}
	if (events > 0 && c->visit != NULL)
		c->same_visit = dice(8) == 0;
	if (events > 0)
		c->inside = dice(3) == 0;
	if (dice(4) == 0)
		random_times(c);
	if (depth > 1 && dice(3) == 0) {
		c->with = new_criterion(PART_ALL);
		c->with->children = random_tree(plan, depth - 1, 2);
		if (dice(3) == 0)
			c->with->children->next = random_tree(plan, depth - 1, 2);
	}
}

static struct criterion *random_measure(void)
{
	struct criterion *c = new_criterion(PART_MEASURE);
	struct code *codes = make(3 * sizeof(*codes));

	for (int i = 0; i < 3; i++)
		codes[i] = (struct code){ .concept = (int32_t)measure_codes[i] };
	c->table = &measure_table;
	c->concept = &measure_columns[1];
	c->start = &measure_columns[2];
	c->value = &measure_columns[4];
	c->codes = codes;
	c->n_codes = 3;
	random_days(&c->from, &c->to);
	c->has_value = dice(4) > 0;
	c->bounds = random_bounds();
	c->id = &measure_columns[C_ROW];
	c->visit = &measure_columns[C_VISIT];
	c->clamped = true;
	c->clamp_low = lab.low;
	c->clamp_high = lab.high;
	return c;
}

static struct criterion *random_demographic(struct plan *plan)
{
	struct criterion *c = new_criterion(dice(2) == 0 ? PART_AGE : PART_SEX);
	unsigned label = dice(3);

	if (dice(6) == 0) {
		c->kind = PART_BIRTH;
		c->person = &person_columns[2];
		c->from = day_of(1935 + (int)dice(60), 1, 1);
		c->to = day_of(1950 + (int)dice(60), 12, 31);
		return c;
	}
	if (c->kind == PART_AGE) {
		plan->birth_year = &person_columns[2];
		c->age_from = dice(4) == 0 ? -1 : (int32_t)dice(60);
		c->age_to = dice(4) == 0 ? -1 : (int32_t)(30 + dice(60));
		return c;
	}
	plan->sex = c->person = &person_columns[1];
	c->others = label == 2;
	c->person_codes = label == 2 ? NULL : sexes[label].codes;
	c->n_person_codes = label == 2 ? 0 : 1;
	if (label == 2) { /* for the truth: all that have a label of their own */
		static const int64_t both[] = { 8507, 8532 };

		c->person_codes = both;
		c->n_person_codes = 2;
	}
	return c;
}

static struct criterion *random_tree(struct plan *plan, int depth, int events)
{
	static const enum part_kind groups[] = { PART_ALL, PART_ANY, PART_ANY, PART_NONE, PART_OF };
	uint32_t roll = dice(depth > 0 ? 11 : 6);
	struct criterion *c, **link;

	if (roll < 4) {
		c = roll < 3 ? random_event_criterion() : random_measure();
		random_place(plan, c, depth, events);
		return c;
	}
	if (roll < 6)
		return random_demographic(plan);
	c = new_criterion(groups[roll - 6]);
	c->how = (enum how_many)dice(3);
	c->n = dice(4);
	link = &c->children;
	for (uint32_t n = 1 + dice(3); n > 0; n--) {
		*link = random_tree(plan, depth - 1, events);
		link = &(*link)->next;
	}
	return c;
}

static void random_entry(struct plan *plan)
{
	struct criterion **link = &plan->entry;

	for (uint32_t n = 1 + dice(2); n > 0; n--) {
		*link = random_event_criterion();
		if (dice(4) == 0) {
			(*link)->with = new_criterion(PART_ALL);
			(*link)->with->children = random_tree(plan, 2, 2);
		}
		link = &(*link)->next;
	}
	plan->index = (enum index_rule)dice(3);
	if (dice(3) > 0)
		return;
	plan->observation.before = (int32_t)dice(400) - 50;
	plan->observation.after = (int32_t)dice(100) - 20;
}

static void date_dim(struct plan *plan, struct dim *d)
{
	static const unsigned counts[] = { [TRUNCATE_YEAR] = 2,
		[TRUNCATE_QUARTER] = 8,
		[TRUNCATE_MONTH] = 24,
		[TRUNCATE_WEEK] = 105 };

	d->truncate = (enum truncate)dice(4);
	d->column = plan->entry->start;
	d->n_labels = counts[d->truncate];
	d->from = day_of(2019, 1, 1);
	d->to = day_of(2020, 12, 31);
	if (d->truncate == TRUNCATE_WEEK) {
		d->from -= 1; /* a Monday */
		d->to = d->from + 105 * 7 - 1;
	}
}

static void random_dim(struct plan *plan, struct dim *d, uint32_t kind)
{
	*d = (struct dim){ .kind = (enum dim_kind)kind, .name = "g", .labels = labels };
	if (d->kind == DIM_CATEGORY) {
		d->column = &person_columns[1];
		plan->sex = d->column;
		d->n_labels = 3;
	} else if (d->kind == DIM_AGE) {
		d->column = &person_columns[2];
		plan->birth_year = d->column;
		d->n_labels = 4;
	} else if (d->kind == DIM_AREA) {
		d->column = &person_columns[4];
		d->n_labels = 4;
	} else if (d->kind == DIM_DATE) {
		date_dim(plan, d);
	} else {
		d->measure = &lab;
		d->column = &measure_columns[2];
		d->n_labels = 4;
		random_days(&d->from, &d->to);
	}
}

static struct plan *random_plan(void)
{
	struct plan *plan = make(sizeof(*plan));
	static unsigned both[] = { 0, 1 };
	uint32_t first = dice(5);

	*plan = (struct plan){ .policy = &policy,
		.data = &dataset,
		.model = &model,
		.patients = &person,
		.key = &person_columns[0],
		.age_day = day_of(2020, 6, 30),
		.today = day_of(2026, 3, 1),
		.n_cells = 1,
		.red = both + dice(2),
		.n_red = dice(2) };
	if (plan->red == both && dice(2) == 0)
		plan->n_red = 2;
	dataset.opt_out_relation = dice(3) == 0 ? NULL : "away";
	dataset.opt_out_schema = "c\"dm";
	dataset.opt_out_column = "who";
	dataset.under_age = dice(3) == 0 ? 14 : 0;
	plan->observation = (struct plan_observation){ .table = &observed,
		.start = &observed_columns[1],
		.end = &observed_columns[2],
		.before = -1,
		.after = -1 };
	if (dice(3) > 0)
		random_entry(plan);
	plan->root = new_criterion(PART_ALL);
	struct criterion **link = &plan->root->children;
	for (uint32_t n = dice(4); n > 0; n--) {
		*link = random_tree(plan, 3, plan->entry != NULL);
		link = &(*link)->next;
	}
	for (uint32_t n = dice(3), i = 0; i < n; i++) {
		uint32_t kind = (first + i) % 5;

		if (kind == DIM_DATE && plan->entry == NULL)
			continue;
		random_dim(plan, &plan->dims[plan->n_dims], kind);
		plan->n_cells *= plan->dims[plan->n_dims++].n_labels;
	}
	if (dice(5) == 0) {
		plan->of.kind = KIND_ATTRITION;
		plan->of.n_points = 1;
		for (const struct criterion *c = plan->root->children; c != NULL; c = c->next)
			plan->of.n_points++;
		plan->n_cells *= plan->of.n_points;
	}
	return plan;
}

static struct plan *everybody(void)
{
	struct plan *plan = make(sizeof(*plan));

	*plan = (struct plan){ .policy = &policy,
		.data = &dataset,
		.model = &model,
		.patients = &person,
		.key = &person_columns[0],
		.age_day = DAY_NONE,
		.today = day_of(2026, 3, 1),
		.n_cells = 1,
		.root = new_criterion(PART_ALL) };
	return plan;
}

/* Tables of events that foreign keys hold to the people, where a test says so. */
static const char *const held[] = { "c\"dm.Con dition", "c\"dm.measure" };
static unsigned n_held;

static struct sql written(const struct plan *plan, bool one_row)
{
	const struct sql_facts facts = {
		.red = &red, .one_row_a_patient = one_row, .held = held, .n_held = n_held
	};
	struct sql q;

	OK(sql_write(plan, &facts, &arena, &q, &err));
	return q;
}

/* ---- its text ---- */

static bool names_value(const char *text, int n)
{
	char word[16];
	size_t len = (size_t)snprintf(word, sizeof(word), "$%d", n);

	for (const char *at = strstr(text, word); at != NULL; at = strstr(at + 1, word))
		if (at[len] == ':')
			return true;
	return false;
}

/* What is between quotes is a name; outside there are no digits but those of the shape. */
static void check_text(const struct sql *q)
{
	ck_assert_msg(!names_value(q->text, q->n_values + 1), "%s", q->text);
	for (int i = 1; i <= q->n_values; i++)
		ck_assert_msg(names_value(q->text, i), "$%d has no place in\n%s", i, q->text);
	ck_assert_ptr_null(strstr(q->text, "--"));
	ck_assert_ptr_null(strchr(q->text, ';'));
	ck_assert_ptr_null(strstr(q->text, "VIP"));
	ck_assert_ptr_null(strstr(q->text, "B20"));
	ck_assert_ptr_null(strstr(q->text, "1101"));
	ck_assert_ptr_null(strstr(q->text, "label"));
}

START_TEST(every_value_is_a_parameter_and_every_parameter_has_a_place)
{
	a_hospital();
	for (int i = 0; i < 2000; i++) {
		n_held = (unsigned)i % 4 == 0 ? 2 : 0;
		struct sql q = written(random_plan(), i % 2 == 0);

		check_text(&q);
		arena_reset(&arena);
	}
}
END_TEST

START_TEST(names_cannot_leave_their_quotes)
{
	struct text t;

	text_init(&t, 1000);
	sql_name(&t, "a\"; drop table x; --");
	ck_assert_str_eq(text_str(&t), "\"a\"\"; drop table x; --\"");
	text_reset(&t);
	sql_qualified(&t, "a\"b.c.d\"");
	ck_assert_str_eq(text_str(&t), "\"a\"\"b\".\"c\".\"d\"\"\"");
	text_clear(&t);
}
END_TEST

START_TEST(the_same_plan_gives_the_same_statement)
{
	a_hospital();
	struct plan *plan = random_plan();
	struct sql a = written(plan, true), b = written(plan, true);

	ck_assert_str_eq(a.text, b.text);
	ck_assert_int_eq(a.n_values, b.n_values);
	for (int i = 0; i < a.n_values; i++)
		ck_assert_str_eq(a.values[i], b.values[i]);
}
END_TEST

START_TEST(a_plan_that_does_not_fit_together_gives_no_statement)
{
	const struct sql_facts facts = { .red = &red, .one_row_a_patient = true };
	struct sql q = { .text = "untouched" };
	struct plan *plan;

	a_hospital();
	for (int i = 0; i < 9; i++) {
		struct criterion *c = new_criterion(PART_EVENT);
		static struct code tree = { .concept = 2, .descendants = true };

		plan = everybody();
		c->table = &condition;
		plan->root->children = c;
		if (i == 0)
			c->table = NULL;
		if (i == 1)
			c->from = 1; /* without a column */
		if (i == 2)
			c->n_codes = 1, c->codes = &tree; /* without a column */
		if (i == 3)
			c->has_value = true;
		if (i == 4)
			c->kind = PART_AGE, c->age_from = 3; /* without a day */
		if (i == 5)
			c->kind = PART_SEX;
		if (i == 6)
			plan->n_cells = 2;
		if (i == 7)
			plan->n_dims = 1,
			plan->dims[0] = (struct dim){ .kind = DIM_AGE, .n_labels = 3 };
		if (i == 8)
			plan->root = NULL;
		FAILS(sql_write(plan, &facts, &arena, &q, &err), E_INPUT);
		ck_assert_str_eq(q.text, "untouched");
		ck_assert_ptr_null(strstr(err.say.en, "plan"));
	}
	model.ancestors = NULL;
	plan = everybody();
	plan->entry = random_event_criterion();
	plan->entry->concept = &condition_columns[1];
	static const struct code tree = { .concept = 2, .descendants = true };
	plan->entry->codes = &tree;
	plan->entry->n_codes = 1;
	FAILS(sql_write(plan, &facts, &arena, &q, &err), E_INPUT);
}
END_TEST

START_TEST(a_statement_can_be_explained)
{
	struct text t;

	a_hospital();
	struct plan *plan = everybody();
	plan->root->children = random_measure();
	struct sql q = written(plan, true);
	text_init(&t, 1 << 20);
	sql_explain(&q, &t);
	ck_assert_ptr_nonnull(strstr(text_str(&t), " = {1,3,6}\n"));
	text_clear(&t);
}
END_TEST

/* ---- what it counts ---- */

/* Listed to be joined or with a few values, a column need not say what its codes are: the model does. */
START_TEST(a_red_result_or_source_is_as_red_as_a_red_code)
{
	static const enum attribute_kind kinds[] = { ATTR_SOURCE, ATTR_CONCEPT };
	static unsigned one[] = { 0 };

	for (size_t i = 0; i < 2; i++) {
		a_hospital();
		struct plan *plan = everybody();

		plan->red = one;
		plan->n_red = 1;
		plan->root->children = new_criterion(PART_EVENT);
		plan->root->children->table = &condition;
		plan->root->children->event = &model.events[EVENT_CONDITION];
		ck_assert_ptr_null(strstr(written(plan, true).text, ".\"type\" = ANY ("));
		model.events[EVENT_CONDITION].attributes[kinds[i]] = "type";
		ck_assert_ptr_nonnull(strstr(written(plan, true).text, ".\"type\" = ANY ("));
		condition_columns[C_TYPE].uses = 0; /* not granted */
		ck_assert_ptr_null(strstr(written(plan, true).text, "\"type\""));
		arena_clear(&arena);
	}
}
END_TEST

/* Of 480 on one key the planner made minutes. */
START_TEST(the_planner_never_sees_hundreds_of_semi_joins_together)
{
	for (int nested = 0; nested < 2; nested++) {
		unsigned n = 0;

		dice_state = 5;
		a_hospital();
		struct plan *plan = everybody();
		struct criterion *list = new_criterion(PART_ALL), **link = &list->children;

		for (int i = 0; i < 400; i++) {
			*link = random_event_criterion();
			(*link)->has_times = (*link)->first = false;
			link = &(*link)->next;
		}
		plan->root->children = list;
		if (nested == 1) {
			plan->root->children = random_event_criterion();
			plan->root->children->has_times = false;
			plan->root->children->with = list;
		}
		for (const char *s = written(plan, true).text;
			(s = strstr(s, "\n AND EXISTS")) != NULL; s++)
			n++;
		ck_assert_msg(n >= 1 && n <= 25, "%u semi-joins", n);
		arena_clear(&arena);
	}
}
END_TEST

static PGconn *database(void)
{
	const char *conninfo = getenv("CORDON_TEST_DB");
	PGconn *conn;

	if (conninfo == NULL)
		return NULL;
	conn = PQconnectdb(conninfo);
	ck_assert_msg(PQstatus(conn) == CONNECTION_OK, "%s", PQerrorMessage(conn));
	must(conn, "SET search_path = pg_catalog");
	return conn;
}

static void run(PGconn *conn, const struct sql *q, const struct plan *plan, int64_t *cells)
{
	PGresult *r = PQexecParams(conn, q->text, q->n_values, NULL, q->values, NULL, NULL, 0);
	struct text t;

	if (PQresultStatus(r) != PGRES_TUPLES_OK) {
		text_init(&t, 1 << 20);
		sql_explain(q, &t);
		fprintf(stderr, "%s\n", text_str(&t));
		text_clear(&t);
		ck_abort_msg("%s", PQerrorMessage(conn));
	}
	memset(cells, 0, plan->n_cells * sizeof(*cells));
	ck_assert_int_eq((int)PQftype(r, 0), 23);
	ck_assert_int_eq((int)PQftype(r, 1), 20);
	for (int i = 0; i < PQntuples(r); i++) {
		long cell = strtol(PQgetvalue(r, i, 0), NULL, 10);

		ck_assert(!PQgetisnull(r, i, 0) && cell >= 0 && cell < (long)plan->n_cells);
		ck_assert_int_eq(cells[cell], 0);
		cells[cell] = strtol(PQgetvalue(r, i, 1), NULL, 10);
	}
	PQclear(r);
}

static unsigned in_halves;

static void check_counts(PGconn *conn, const struct population *pop, const struct plan *plan,
	bool one_row, unsigned seed)
{
	int64_t *want = make(plan->n_cells * sizeof(*want)),
		*got = make(plan->n_cells * sizeof(*got));
	const struct truth w = { pop, plan };
	static unsigned turn;
	bool first = ++turn % 2 == 0, merges;
	const struct sql_facts facts = { .red = &red,
		.one_row_a_patient = one_row,
		.held = held,
		.n_held = n_held,
		.halves = turn % 4 == 0,
		.middle = (int64_t)(turn / 4 % KEYS) };
	struct sql q;
	struct text t;

	/* as an agent runs it, of some with workers too, and as `cordon policy try` shows it */
	must(conn, turn % 4 == 0 ? "BEGIN; " SQL_PLANNING "; " SQL_HALVES
		   : first       ? "BEGIN; " SQL_PLANNING "; " SQL_MERGES
				 : "BEGIN");
	if (turn % 32 == 0)
		must(conn, "SET LOCAL parallel_setup_cost = 0; SET LOCAL parallel_tuple_cost = 0");
	q = first ? found_first(conn, plan, &facts, &arena, &merges) : written(plan, one_row);
	in_halves += q.halves;
	count_truth(&w, &red, want);
	run(conn, &q, plan, got);
	must(conn, "COMMIT");
	for (unsigned i = 0; i < plan->n_cells; i++) {
		if (want[i] == got[i])
			continue;
		text_init(&t, 1 << 20); /* longer than a message of Check may be */
		sql_explain(&q, &t);
		fprintf(stderr, "%s\n", text_str(&t));
		text_clear(&t);
		ck_abort_msg("seed %u: cell %u has %lld, not %lld", seed, i, (long long)got[i],
			(long long)want[i]);
	}
}

/* Foreign keys, and no rows of people who are not there, whom counting by hand never counted. */
static void hold(PGconn *conn, const char *valid)
{
	static const char *const tables[] = { "\"c\"\"dm\".\"Con dition\"", "\"c\"\"dm\".measure" };

	for (int i = 0; i < 2; i++) {
		char sql[600];

		snprintf(sql, sizeof(sql),
			"DELETE FROM %s e WHERE NOT EXISTS (SELECT 1 FROM \"c\"\"dm\".person p"
			" WHERE p.id = e.id); ALTER TABLE %s ALTER id SET NOT NULL,"
			" ADD CONSTRAINT held FOREIGN KEY (id) REFERENCES \"c\"\"dm\".person (id) "
			"%s",
			tables[i], tables[i], valid);
		must(conn, sql);
	}
}

static void let_go(PGconn *conn)
{
	must(conn,
		"ALTER TABLE \"c\"\"dm\".\"Con dition\" DROP CONSTRAINT IF EXISTS held, ALTER id "
		"DROP NOT NULL;"
		"ALTER TABLE \"c\"\"dm\".measure DROP CONSTRAINT IF EXISTS held, ALTER id DROP "
		"NOT NULL;"
		"DROP INDEX IF EXISTS \"c\"\"dm\".once");
}

static bool without_people(const struct sql *q)
{
	return strstr(q->text, "people AS (") == NULL;
}

/* Takes from a plan what could ask about people, but for its tree. */
static void plainer(struct plan *plan)
{
	dataset.under_age = 0;
	plan->n_red = 0;
	plan->n_dims = 0;
	plan->n_cells = plan_points(plan);
	plan->sex = plan->birth_year = NULL;
}

/* First events of one table, of nothing else. */
static struct plan *events_alone(void)
{
	struct plan *plan;

	do {
		a_hospital();
		plan = random_plan();
	} while (plan->entry == NULL || plan->entry->with != NULL ||
		 plan->entry->table != &condition || plan->entry->next != NULL);
	plainer(plan);
	memset(&plan->of, 0, sizeof(plan->of));
	plan->n_cells = 1;
	plan->root = new_criterion(PART_ALL);
	return plan;
}

START_TEST(statements_count_what_counting_by_hand_counts)
{
	static struct population pop;
	const char *again = getenv("CORDON_SEED");
	unsigned seed = again != NULL ? (unsigned)strtoul(again, NULL, 10) : (unsigned)time(NULL);
	PGconn *conn = database();
	unsigned people = 0, alone = 0;

	if (conn == NULL)
		return;
	make_tables(conn);
	dice_state = seed;
	for (int i = 0; i < 12; i++) {
		bool doubles = i % 2 == 0;

		random_population(&pop, doubles);
		let_go(conn);
		load(conn, &pop);
		if (!doubles)
			must(conn, "CREATE UNIQUE INDEX once ON \"c\"\"dm\".person (id)");
		n_held = i % 4 == 3 ? 2 : 0;
		if (n_held > 0)
			hold(conn, "");
		for (int k = 0; k < 60; k++) {
			a_hospital();
			struct plan *plan = random_plan();
			if (n_held > 0 && k % 4 > 0)
				plainer(plan);
			int64_t *cells = make(plan->n_cells * sizeof(*cells));
			struct sql q = written(plan, false);

			alone += without_people(&q);
			check_counts(conn, &pop, plan, !doubles && k % 2 == 0, seed);
			count_truth(&(struct truth){ &pop, plan }, &red, cells);
			for (unsigned c = 0; c < plan->n_cells; c++)
				people += (unsigned)cells[c];
			arena_clear(&arena);
		}
	}
	ck_assert_msg(people > 3000, "only %u people were counted in all, seed %u", people, seed);
	ck_assert_msg(
		in_halves > 20, "only %u statements were in halves, seed %u", in_halves, seed);
	ck_assert_msg(alone > 20, "only %u statements were without people, seed %u", alone, seed);
	PQfinish(conn);
}
END_TEST

START_TEST(people_are_left_out_only_where_nothing_is_asked_of_them)
{
	struct plan *plan = events_alone();
	struct sql q;

	n_held = 2;
	dataset.opt_out_relation = "away";
	q = written(plan, true);
	ck_assert(without_people(&q));
	ck_assert_ptr_nonnull(strstr(q.text, "\"away\" o WHERE o.\"who\" = ix.k"));
	ck_assert_ptr_null(strstr(q.text, "\"person\""));
	n_held = 0;
	q = written(plan, true);
	ck_assert(!without_people(&q));
	n_held = 2;
	dataset.under_age = 14;
	q = written(plan, true);
	ck_assert(!without_people(&q));
	dataset.under_age = 0;
	static unsigned both[] = { 0, 1 };
	plan->red = both;
	plan->n_red = 2;
	q = written(plan, true);
	ck_assert(!without_people(&q));
	plan->n_red = 0;
	plan->root->children = new_criterion(PART_SEX);
	plan->root->children->person = &person_columns[1];
	plan->root->children->others = true;
	q = written(plan, true);
	ck_assert(!without_people(&q));
	plan->root->children = NULL;
	n_held = 1;
	plan->entry->next = new_criterion(PART_EVENT);
	*plan->entry->next = *plan->entry;
	plan->entry->next->next = NULL;
	plan->entry->next->table = &measure_table;
	q = written(plan, true);
	ck_assert(!without_people(&q));
	n_held = 0;
	arena_clear(&arena);
}
END_TEST

/* Whether the statement of q runs; else it fails by what the catalog says, whatever the rows. */
static bool runs(PGconn *conn, const struct sql *q)
{
	PGresult *r = PQexecParams(conn, q->text, q->n_values, NULL, q->values, NULL, NULL, 1);
	bool good = PQresultStatus(r) == PGRES_TUPLES_OK;

	if (!good)
		ck_assert_str_eq(PQresultErrorField(r, PG_DIAG_SQLSTATE), SQL_NOT_UNIQUE);
	PQclear(r);
	return good;
}

START_TEST(without_its_foreign_key_a_table_is_not_taken_for_held)
{
	static const char *const harms[] = {
		"ALTER TABLE \"c\"\"dm\".\"Con dition\" DROP CONSTRAINT held",
		"ALTER TABLE \"c\"\"dm\".\"Con dition\" ALTER id DROP NOT NULL",
		"ALTER TABLE \"c\"\"dm\".\"Con dition\" DISABLE TRIGGER ALL",
		"ALTER TABLE \"c\"\"dm\".person DISABLE TRIGGER ALL",
		"ALTER TABLE \"c\"\"dm\".person ENABLE ROW LEVEL SECURITY",
		"CREATE TABLE \"c\"\"dm\".more() INHERITS (\"c\"\"dm\".\"Con dition\")",
		"ALTER TABLE \"c\"\"dm\".\"Con dition\" ALTER id TYPE int4",
		"ALTER TABLE \"c\"\"dm\".\"Con dition\" DROP CONSTRAINT held, ADD CONSTRAINT held"
		" FOREIGN KEY (id) REFERENCES \"c\"\"dm\".person (id) NOT VALID",
		"ALTER TABLE \"c\"\"dm\".\"Con dition\" DROP CONSTRAINT held, ADD UNIQUE (row),"
		" ADD FOREIGN KEY (id) REFERENCES \"c\"\"dm\".\"Con dition\" (row)",
	};
	static struct population pop;
	PGconn *conn = database();

	if (conn == NULL)
		return;
	make_tables(conn);
	dice_state = 5;
	random_population(&pop, false);
	load(conn, &pop);
	must(conn, "CREATE UNIQUE INDEX once ON \"c\"\"dm\".person (id)");
	hold(conn, "");
	n_held = 2;
	struct plan *plan = events_alone();
	struct sql q = written(plan, true);
	ck_assert(without_people(&q));
	ck_assert(runs(conn, &q));
	for (size_t i = 0; i < sizeof(harms) / sizeof(harms[0]); i++) {
		must(conn, "BEGIN");
		if (i == 8) /* its ids stand for rows too, so that only the table is another */
			must(conn, "TRUNCATE \"c\"\"dm\".\"Con dition\"");
		must(conn, harms[i]);
		ck_assert_msg(!runs(conn, &q), "%s", harms[i]);
		must(conn, "ROLLBACK");
	}
	ck_assert(runs(conn, &q));
	n_held = 0;
	let_go(conn);
	arena_clear(&arena);
	PQfinish(conn);
}
END_TEST

START_TEST(without_its_unique_index_a_table_is_not_taken_for_one_row_a_patient)
{
	static struct population pop;
	PGconn *conn = database();
	PGresult *r;

	if (conn == NULL)
		return;
	make_tables(conn);
	random_population(&pop, false);
	load(conn, &pop);
	a_hospital();
	struct sql q = written(random_plan(), true);
	r = PQexecParams(conn, q.text, q.n_values, NULL, q.values, NULL, NULL, 1);
	ck_assert_str_eq(PQresultErrorField(r, PG_DIAG_SQLSTATE), SQL_NOT_UNIQUE);
	PQclear(r);
	must(conn, "CREATE UNIQUE INDEX once ON \"c\"\"dm\".person (id)");
	r = PQexecParams(conn, q.text, q.n_values, NULL, q.values, NULL, NULL, 1);
	ck_assert_int_eq(PQresultStatus(r), PGRES_TUPLES_OK);
	PQclear(r);
	arena_clear(&arena);
	PQfinish(conn);
}
END_TEST

START_TEST(a_hundred_copies_of_one_patients_rows_change_nothing)
{
	static struct population pop;
	int64_t before[MAX_CELLS], after[MAX_CELLS];
	PGconn *conn = database();

	if (conn == NULL)
		return;
	make_tables(conn);
	dice_state = 7;
	random_population(&pop, true);
	load(conn, &pop);
	for (int k = 0; k < 12; k++) {
		a_hospital();
		struct plan *plan = random_plan();
		struct sql q = written(plan, false);

		run(conn, &q, plan, before);
		must(conn, "BEGIN;"
			   "INSERT INTO \"c\"\"dm\".person SELECT p.* FROM \"c\"\"dm\".person p,"
			   " generate_series(1, 100) WHERE id = 7;"
			   "INSERT INTO \"c\"\"dm\".\"Con dition\" SELECT p.* FROM "
			   "\"c\"\"dm\".\"Con dition\" p,"
			   " generate_series(1, 100) WHERE id = 7;"
			   "INSERT INTO \"c\"\"dm\".measure SELECT p.* FROM \"c\"\"dm\".measure p,"
			   " generate_series(1, 100) WHERE id = 7");
		run(conn, &q, plan, after);
		must(conn, "ROLLBACK");
		for (unsigned c = 0; c < plan->n_cells; c++)
			ck_assert_int_eq(before[c], after[c]);
		arena_clear(&arena);
	}
	PQfinish(conn);
}
END_TEST

/* All rows of one key: the neighbour of differential privacy. */
START_TEST(one_patient_more_moves_one_cell_by_one_at_most)
{
	static struct population pop;
	int64_t before[MAX_CELLS], after[MAX_CELLS];
	PGconn *conn = database();

	if (conn == NULL)
		return;
	make_tables(conn);
	dice_state = 11;
	for (int i = 0; i < 4; i++) {
		random_population(&pop, true);
		load(conn, &pop);
		for (int k = 0; k < 40; k++) {
			char away[300];
			int64_t moved = 0;
			unsigned key = 1 + dice(KEYS);

			a_hospital();
			struct plan *plan = random_plan();
			struct sql q = written(plan, false);
			run(conn, &q, plan, after);
			snprintf(away, sizeof(away),
				"BEGIN; DELETE FROM \"c\"\"dm\".person WHERE id = %u;"
				"DELETE FROM \"c\"\"dm\".\"Con dition\" WHERE id = %u;"
				"DELETE FROM \"c\"\"dm\".measure WHERE id = %u",
				key, key, key);
			must(conn, away);
			run(conn, &q, plan, before);
			must(conn, "ROLLBACK");
			for (unsigned c = 0; c < plan->n_cells; c++) {
				ck_assert_int_ge(after[c], before[c]);
				moved += after[c] - before[c];
			}
			ck_assert_int_le(moved, 1);
			arena_clear(&arena);
		}
	}
	PQfinish(conn);
}
END_TEST

/* A hundred criteria, each a join or a subquery, are planned and run. */
START_TEST(the_largest_question_is_run)
{
	static struct population pop;
	PGconn *conn = database();

	if (conn == NULL)
		return;
	make_tables(conn);
	dice_state = 5;
	random_population(&pop, true);
	load(conn, &pop);
	for (int shape = 0; shape < 3; shape++) {
		a_hospital();
		struct plan *plan = everybody();
		struct criterion *list = new_criterion(shape == 0   ? PART_ALL
						       : shape == 1 ? PART_ANY
								    : PART_NONE);
		struct criterion **link = &list->children;

		for (int i = 0; i < MAX_CRITERIA; i++) {
			*link = random_event_criterion();
			link = &(*link)->next;
		}
		plan->root->children = list;
		check_counts(conn, &pop, plan, false, 5);
		arena_clear(&arena);
	}
	PQfinish(conn);
}
END_TEST

/* ---- columns of odd types ---- */

static const struct {
	const char *alter, *poison;
} odd[] = {
	{ "observed ALTER since TYPE text", "observed SET since = 'no day'" },
	{ "observed ALTER until TYPE text", "observed SET until = ''" },
	{ "\"Con dition\" ALTER \"last\" TYPE text", "\"Con dition\" SET \"last\" = '2020-02-30'" },
	{ "\"Con dition\" ALTER \"select\" TYPE text",
		"\"Con dition\" SET \"select\" = 'tomorrow it rains'" },
	{ "\"Con dition\" ALTER source TYPE text COLLATE odd", NULL },
	{ "measure ALTER source TYPE text COLLATE odd", NULL },
	{ "person ALTER ward TYPE text COLLATE odd, ALTER area TYPE text COLLATE odd", NULL },
	{ "person ALTER born TYPE float8", "person SET born = 'NaN' WHERE id % 2 = 0" },
	{ "person ALTER born TYPE numeric", "person SET born = 'Infinity' WHERE id % 2 = 0" },
	{ "person ALTER born TYPE text", "person SET born = 'x'" },
	{ "\"Con dition\" ALTER supply TYPE float8", "\"Con dition\" SET supply = 'Infinity'" },
	{ "\"Con dition\" ALTER supply TYPE text", "\"Con dition\" SET supply = 'x'" },
	{ "\"Con dition\" ALTER v TYPE float8, ALTER low TYPE float8",
		"\"Con dition\" SET v = 'NaN', low = 5e-324" },
	{ "\"Con dition\" ALTER low TYPE float8",
		"\"Con dition\" SET v = 1e131000::numeric, low = 'NaN'" },
	{ "measure ALTER at TYPE timestamptz, ALTER \"last\" TYPE timestamptz",
		"measure SET at = '4714-11-24 00:00:00+00 BC', \"last\" = '294276-12-31 "
		"23:59:59+00'" },
	{ "\"Con dition\" ALTER visit TYPE text", "\"Con dition\" SET visit = 'x'" },
	{ "observed ALTER since TYPE timestamptz",
		"observed SET since = '-infinity', until = 'infinity'" },
};

/* How it ends with the population, or with nobody. */
static void ends(PGconn *conn, const struct sql *q, size_t how, bool data, char state[6])
{
	char sql[600];
	PGresult *r;
	const char *code;

	snprintf(sql, sizeof(sql),
		"BEGIN; SET LOCAL search_path = \"c\"\"dm\", pg_catalog; ALTER TABLE %s",
		odd[how].alter);
	must(conn, sql);
	if (!data)
		must(conn, "TRUNCATE person, \"Con dition\", measure, observed, visit, away");
	else if (odd[how].poison != NULL) {
		snprintf(sql, sizeof(sql), "UPDATE %s", odd[how].poison);
		must(conn, sql);
	}
	must(conn, "SET LOCAL search_path = pg_catalog");
	r = PQexecParams(conn, q->text, q->n_values, NULL, q->values, NULL, NULL, 0);
	code = PQresultStatus(r) == PGRES_TUPLES_OK ? NULL
						    : PQresultErrorField(r, PG_DIAG_SQLSTATE);
	snprintf(state, 6, "%s", code == NULL ? "" : code);
	PQclear(r);
	must(conn, "ROLLBACK");
}

/* W3: a failure would tell of a row. */
START_TEST(whether_a_statement_fails_does_not_depend_on_the_data)
{
	static struct population pop;
	PGconn *conn = database();
	unsigned failed = 0, all = 0;

	if (conn == NULL)
		return;
	make_tables(conn);
	must(conn, "DROP COLLATION IF EXISTS \"c\"\"dm\".odd; CREATE COLLATION \"c\"\"dm\".odd"
		   " (provider = icu, locale = 'und', deterministic = false)");
	dice_state = 17;
	random_population(&pop, true);
	load(conn, &pop);
	for (size_t how = 0; how < sizeof(odd) / sizeof(odd[0]); how++)
		for (int k = 0; k < 30; k++) {
			char with[6], without[6];

			a_hospital();
			struct sql q = written(random_plan(), false);
			ends(conn, &q, how, true, with);
			ends(conn, &q, how, false, without);
			ck_assert_msg(strcmp(with, without) == 0,
				"%s: '%s' with data, '%s' without\n%s", odd[how].alter, with,
				without, q.text);
			failed += with[0] != '\0';
			all++;
			arena_clear(&arena);
		}
	ck_assert_msg(failed > 20 && failed < all / 2, "%u of %u failed", failed, all);
	PQfinish(conn);
}
END_TEST

UNIT_MAIN("sql", every_value_is_a_parameter_and_every_parameter_has_a_place,
	names_cannot_leave_their_quotes, the_same_plan_gives_the_same_statement,
	a_plan_that_does_not_fit_together_gives_no_statement, a_statement_can_be_explained,
	a_red_result_or_source_is_as_red_as_a_red_code,
	the_planner_never_sees_hundreds_of_semi_joins_together,
	statements_count_what_counting_by_hand_counts,
	without_its_unique_index_a_table_is_not_taken_for_one_row_a_patient,
	people_are_left_out_only_where_nothing_is_asked_of_them,
	without_its_foreign_key_a_table_is_not_taken_for_held,
	a_hundred_copies_of_one_patients_rows_change_nothing,
	one_patient_more_moves_one_cell_by_one_at_most,
	whether_a_statement_fails_does_not_depend_on_the_data, the_largest_question_is_run)
