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

/* ---- a dataset whose names want quoting ---- */

static int64_t male[] = { 8507 }, female[] = { 8532 };
static struct category sexes[] = { { "M", male, 1, NULL, 0 }, { "F", female, 1, NULL, 0 } };
static int64_t bands[] = { 0, 18, 45, 65 };
static int64_t cuts[] = { 3 * MILLIARD, 5 * MILLIARD, 6 * MILLIARD + MILLIARD / 2 };
static int64_t measure_codes[] = { 1, 3, 6 };
static struct table person, condition, measure_table;
static struct column person_columns[5], condition_columns[5], measure_columns[5];
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
	static const char *const of_condition[] = { "id", "concept", "select", "source", "v" };
	static const char *const of_measure[] = { "id", "concept", "at", "source", "v" };

	arena_init(&arena, 8 << 20);
	a_table(&person, "person", person_columns, 5, of_person);
	a_table(&condition, "Con dition", condition_columns, 5, of_condition);
	a_table(&measure_table, "measure", measure_columns, 5, of_measure);
	person.name = "c\"dm.person";
	condition.name = "c\"dm.Con dition";
	measure_table.name = "c\"dm.measure";
	person_columns[1].categories = sexes;
	person_columns[1].n_categories = 2;
	person_columns[4].areas = areas;
	person_columns[4].n_areas = 3;
	person_columns[4].keep = 4;
	for (int i = 0; i < 5; i++) {
		person_columns[i].uses = condition_columns[i].uses = USE_LINK;
		measure_columns[i].uses = USE_LINK;
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
	model.events[EVENT_CONDITION] = (struct model_event){ .table = condition.name,
		.concept = "concept",
		.system = SYSTEM_OMOP,
		.start = "select" };
	model.events[EVENT_MEASUREMENT] = (struct model_event){ .table = measure_table.name,
		.concept = "concept",
		.system = SYSTEM_OMOP,
		.start = "at",
		.value = "v" };
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

static struct code *random_codes(unsigned *n)
{
	struct code *codes = make(4 * sizeof(*codes));

	*n = dice(4);
	for (unsigned i = 0; i < *n; i++)
		codes[i] = (struct code){ .concept = (int32_t)(1 + dice(CODES)),
			.descendants = dice(2) == 0,
			.out = dice(4) == 0 };
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

static struct criterion *random_event_criterion(void)
{
	struct criterion *c = new_criterion(PART_EVENT);
	struct column *columns = dice(4) == 0 ? measure_columns : condition_columns;

	c->table = columns[0].table;
	c->codes = random_codes(&c->n_codes);
	c->concept = c->n_codes == 0 ? NULL : &columns[1];
	random_days(&c->from, &c->to);
	c->start = &columns[2];
	return c;
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
	c->bounds = (struct value_bounds){ .has_low = dice(2) == 0,
		.has_high = dice(2) == 0,
		.low_open = dice(2) == 0,
		.high_open = dice(2) == 0,
		.low = cuts[dice(3)],
		.high = cuts[dice(3)] };
	c->clamped = true;
	c->clamp_low = lab.low;
	c->clamp_high = lab.high;
	return c;
}

static struct criterion *random_demographic(struct plan *plan)
{
	struct criterion *c = new_criterion(dice(2) == 0 ? PART_AGE : PART_SEX);
	unsigned label = dice(3);

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

static struct criterion *random_criterion(struct plan *plan, int depth)
{
	uint32_t roll = dice(depth > 0 ? 10 : 6);
	struct criterion *c, **link;

	if (roll < 3)
		return random_event_criterion();
	if (roll < 4)
		return random_measure();
	if (roll < 6)
		return random_demographic(plan);
	c = new_criterion(roll < 7 ? PART_ALL : roll < 9 ? PART_ANY : PART_NONE);
	link = &c->children;
	for (uint32_t n = 1 + dice(3); n > 0; n--) {
		*link = random_criterion(plan, depth - 1);
		link = &(*link)->next;
	}
	return c;
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
	if (dice(2) == 0)
		plan->entry = random_event_criterion();
	plan->root = new_criterion(PART_ALL);
	struct criterion **link = &plan->root->children;
	for (uint32_t n = dice(4); n > 0; n--) {
		*link = random_criterion(plan, 3);
		link = &(*link)->next;
	}
	for (uint32_t n = dice(3), i = 0; i < n; i++) {
		uint32_t kind = (first + i) % 5;

		if (kind == DIM_DATE && plan->entry == NULL)
			continue;
		random_dim(plan, &plan->dims[plan->n_dims], kind);
		plan->n_cells *= plan->dims[plan->n_dims++].n_labels;
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

static struct sql written(const struct plan *plan, bool one_row)
{
	const struct sql_facts facts = { &red, one_row, NULL };
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
	const struct sql_facts facts = { &red, true, NULL };
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

	text_init(&t, 1 << 20);
	sql_explain(q, &t);
	ck_assert_msg(
		PQresultStatus(r) == PGRES_TUPLES_OK, "%s\n%s", PQerrorMessage(conn), text_str(&t));
	text_clear(&t);
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

static void check_counts(PGconn *conn, const struct population *pop, const struct plan *plan,
	bool one_row, unsigned seed)
{
	int64_t *want = make(plan->n_cells * sizeof(*want)),
		*got = make(plan->n_cells * sizeof(*got));
	const struct truth w = { pop, plan };
	struct sql q = written(plan, one_row);
	struct text t;

	count_truth(&w, &red, want);
	run(conn, &q, plan, got);
	text_init(&t, 1 << 20);
	sql_explain(&q, &t);
	for (unsigned i = 0; i < plan->n_cells; i++)
		ck_assert_msg(want[i] == got[i], "seed %u: cell %u has %lld, not %lld\n%s", seed, i,
			(long long)got[i], (long long)want[i], text_str(&t));
	text_clear(&t);
}

START_TEST(statements_count_what_counting_by_hand_counts)
{
	static struct population pop;
	const char *again = getenv("CORDON_SEED");
	unsigned seed = again != NULL ? (unsigned)strtoul(again, NULL, 10) : (unsigned)time(NULL);
	PGconn *conn = database();
	unsigned people = 0;

	if (conn == NULL)
		return;
	make_tables(conn);
	dice_state = seed;
	for (int i = 0; i < 12; i++) {
		bool doubles = i % 2 == 0;

		random_population(&pop, doubles);
		must(conn, "DROP INDEX IF EXISTS \"c\"\"dm\".once");
		load(conn, &pop);
		if (!doubles)
			must(conn, "CREATE UNIQUE INDEX once ON \"c\"\"dm\".person (id)");
		for (int k = 0; k < 60; k++) {
			a_hospital();
			struct plan *plan = random_plan();
			int64_t *cells = make(plan->n_cells * sizeof(*cells));

			check_counts(conn, &pop, plan, !doubles && k % 2 == 0, seed);
			count_truth(&(struct truth){ &pop, plan }, &red, cells);
			for (unsigned c = 0; c < plan->n_cells; c++)
				people += (unsigned)cells[c];
			arena_clear(&arena);
		}
	}
	ck_assert_msg(people > 3000, "only %u people were counted in all, seed %u", people, seed);
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

START_TEST(a_thousand_copies_of_one_patients_rows_change_nothing)
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
			   " generate_series(1, 1000) WHERE id = 7;"
			   "INSERT INTO \"c\"\"dm\".\"Con dition\" SELECT p.* FROM "
			   "\"c\"\"dm\".\"Con dition\" p,"
			   " generate_series(1, 1000) WHERE id = 7;"
			   "INSERT INTO \"c\"\"dm\".measure SELECT p.* FROM \"c\"\"dm\".measure p,"
			   " generate_series(1, 1000) WHERE id = 7");
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

UNIT_MAIN("sql", every_value_is_a_parameter_and_every_parameter_has_a_place,
	names_cannot_leave_their_quotes, the_same_plan_gives_the_same_statement,
	a_plan_that_does_not_fit_together_gives_no_statement, a_statement_can_be_explained,
	statements_count_what_counting_by_hand_counts,
	without_its_unique_index_a_table_is_not_taken_for_one_row_a_patient,
	a_thousand_copies_of_one_patients_rows_change_nothing,
	one_patient_more_moves_one_cell_by_one_at_most, the_largest_question_is_run)
