/*
 * test_red_rows.c - a row that a policy takes out changes no answer: random questions to the policy of tests/corpus are
 * decided, written and run by PostgreSQL over a database that is made at random, before and after its sensitive rows
 * are deleted, and the rows of those who opted out or are too young. Which rows are sensitive is known when they are
 * made, not asked of the code under test.
 *
 * Needs CORDON_TEST_DB (tests/scenario/sql.sh). CORDON_SEED=n repeats a run, CORDON_ROUNDS=n makes it longer.
 */
#include "base/clock.h"
#include "tests/unit/asker.h"
#include "tests/unit/rewrite.h"
#include "tests/unit/site_facts.h"

enum {
	PEOPLE = 320,
	ALLOWED = 110, /* random questions that may be asked, besides those of `cohorts` */
	ROUNDS = 2,
	MAX_ASKED = 160,
	TEXT_ROOM = 4 << 20
};

static struct error err;
static struct arena arena, words;
static struct rewriting rw;
static struct policy *policy;
static struct facts facts;

static unsigned from_environment(const char *name, unsigned otherwise)
{
	const char *s = getenv(name);

	return s == NULL ? otherwise : (unsigned)strtoul(s, NULL, 10);
}

/* ---- the policy: a rule by every means, and a second dataset over a table of the first ---- */

static const char codes[] =
	"[{id: by-omop, use: forbidden, omop: [439727+, 4999001]},"
	"{id: mental, use: restricted, omop: [440383+], studies: [MH], min_patients: 50},"
	"{id: by-icd10, use: forbidden, icd10: [B25, F10-F19]},"
	"{id: by-atc, use: forbidden, atc: [N07BB]}, {id: by-loinc, use: forbidden, loinc: "
	"[7917-8]},"
	"{id: by-snomed, use: restricted, studies: [PAIR], snomed: [999100]},"
	"{id: by-icd9, use: forbidden, icd9cm3: [74.0-74.4]},"
	"{id: by-ward, use: forbidden, departments: [感染科]},"
	"{id: by-source, use: forbidden, local: {cdm.condition_occurrence.condition_source_value: "
	"[VIP01-VIP03, X9]}},"
	"{id: by-lab, use: forbidden, local: {cdm.measurement.measurement_source_value: [H7]}},"
	"{id: by-visit, use: forbidden, local: {cdm.visit_occurrence.visit_concept_id: ['9203']}}]";

static const char other[] =
	"{title: 第二个数据集, drop_patients: {under_age: 14}, tables: {cdm.person: "
	"{per_patient_max: 1,"
	"columns: {person_id: {use: patient-key}, gender_concept_id: {use: group, categories: {男: "
	"[8507], 女: [8532]}},"
	"year_of_birth: {use: group, as: age, bands: [18, 45, 65, 80]}}},"
	"cdm.condition_occurrence: {per_patient_max: 50, columns: {person_id: {use: patient-key},"
	"condition_concept_id: {use: filter, codes: omop}, condition_source_value: {use: link, "
	"codes: icd10}}}}}";

static const char officers[] =
	"[{id: hba1c-t2dm, title: 甲, sql: cohorts/hba1c-t2dm.sql, kinds: [count, histogram], "
	"params: {from: "
	"cdm.measurement.measurement_date, to: cdm.measurement.measurement_date}},"
	"{id: others, title: 乙, sql: cohorts/others.sql, kinds: [count]},"
	"{id: joined, title: 丙, sql: cohorts/joined.sql, kinds: [count, histogram]},"
	"{id: without, title: 丁, sql: cohorts/without.sql, kinds: [count]}]";

static const struct {
	const char *name, *sql;
} cohort_files[] = {
	{ "cohorts/hba1c-t2dm.sql",
		"select m.person_id, m.measurement_date, m.value_as_number from cdm.measurement m\n"
		"where m.measurement_concept_id = 3004410 and m.measurement_date between :from and "
		":to\n"
		"and exists (select 1 from cdm.condition_occurrence c where c.person_id = "
		"m.person_id\n"
		"            and c.condition_concept_id <> 320128)\n" },
	{ "cohorts/others.sql",
		"select c.person_id, c.condition_start_date from cdm.condition_occurrence c\n"
		"where c.condition_concept_id <> 201826\n" },
	{ "cohorts/joined.sql",
		"select m.person_id, m.measurement_date, m.value_as_number from cdm.measurement m\n"
		"left join cdm.death d on d.person_id = m.person_id\n"
		"join cdm.visit_occurrence v on v.person_id = m.person_id\n"
		"where v.visit_concept_id <> 9202 and d.death_date is null\n"
		"and (m.value_as_number >= 8 or m.value_as_number < 6.5)\n" },
	{ "cohorts/without.sql",
		"select c.person_id, c.condition_start_date from cdm.condition_occurrence c\n"
		"where not exists (select 1 from cdm.drug_exposure d where d.person_id = "
		"c.person_id\n"
		"                  and d.drug_concept_id <> 1503297)\n" },
};

static void open_policy(void)
{
	struct node *sets, *study, *columns;
	struct diags ds;

	rw_open(&rw, "tests/corpus/policy");
	sets = rw_get(rw.root[RW_RED], "datasets");
	study = rw_nth(rw_get(rw.root[RW_STUDIES], "studies"), 0);
	columns = rw_get(rw_get(rw_get(sets, "omop"), "tables"), "cdm.measurement");
	rw_add(&rw, rw_get(columns, "columns"), "measurement_source_value", "{use: link}");
	rw_add(&rw, rw.root[RW_RED], "codes", codes);
	rw_add(&rw, sets, "other", other);
	rw_add(&rw, rw_get(rw.root[RW_POLICY], "models"), "other", "omop-cdm-5.4");
	rw_add(&rw, rw_get(study, "datasets"), NULL, "other");
	rw_add(&rw, rw.root[RW_QUERIES], "cohorts", officers);
	rw_add(&rw, study, "cohorts", "[hba1c-t2dm, others, joined, without]");
	rw_add(&rw, rw.root[RW_RELEASE], "tighter", "[{for: 'measure:hba1c', min_patients: 30}]");
	for (size_t i = 0; i < sizeof(cohort_files) / sizeof(cohort_files[0]); i++)
		folder_put(&rw.folder, cohort_files[i].name, cohort_files[i].sql,
			strlen(cohort_files[i].sql));
	arena_init(&arena, 256 << 20);
	arena_init(&words, MAX_POLICY_ARENA);
	diags_init(&ds, &words);
	policy = rw_policy(&rw, &arena, &ds);
	for (size_t i = 0; i < ds.count; i++)
		ck_assert_msg(ds.list[i].level != DIAG_ERROR, "%s:%u: %s", ds.list[i].at.file,
			ds.list[i].at.line, ds.list[i].en);
	ck_assert_ptr_nonnull(policy);
}

static void close_all(PGconn *conn)
{
	facts_clear(&facts);
	rw_close(&rw);
	arena_clear(&arena);
	arena_clear(&words);
	PQfinish(conn);
}

/* ---- the database: each row says by which rules it is sensitive ---- */

struct choice {
	const char *value, *red; /* red: a rule, or "" */
};

static const struct choice conditions[] = { { "201826", "" }, { "201826", "" }, { "4058243", "" },
	{ "441840", "" }, { "320128", "" }, { "316139", "" }, { "4329847", "" }, { "0", "" },
	{ "NULL", "" }, { "439727", "by-omop" }, { "439728", "by-omop" }, { "440383", "mental" },
	{ "440384", "mental" }, { "900101", "by-icd10" }, { "4042883", "by-icd10" },
	{ "4042884", "by-icd10" }, { "77001", "by-snomed" }, { "77002", "by-snomed" } };
static const struct choice drugs[] = { { "1503297", "" }, { "1503298", "" }, { "0", "" },
	{ "900301", "by-atc" }, { "19041324", "by-atc" }, { "439728", "by-omop" } };
static const struct choice procedures[] = { { "4100001", "" }, { "4100002", "" }, { "NULL", "" },
	{ "900401", "by-icd9" }, { "4015701", "by-icd9" }, { "4015702", "by-icd9" },
	{ "77002", "by-snomed" } };
static const struct choice measurements[] = { { "3004410", "" }, { "3004410", "" },
	{ "3004410", "" }, { "3004501", "" }, { "4999001", "by-omop" }, { "3999100", "by-loinc" } };
static const struct choice observations[] = { { "201826", "" }, { "4058243", "" }, { "0", "" },
	{ "439728", "by-omop" }, { "4042884", "by-icd10" }, { "3999100", "by-loinc" },
	{ "77001", "by-snomed" }, { "440384", "mental" } };
static const struct choice visits[] = { { "9201", "" }, { "9202", "" }, { "9202", "" },
	{ "9203", "by-visit" } };
static const struct choice sources[] = { { "'E11.9'", "" }, { "'I10'", "" }, { "NULL", "" },
	{ "'vip01'", "" }, { "'X91'", "" }, { "'B2'", "" }, { "'F20.1'", "" }, { "'XB25'", "" },
	{ "'B25'", "by-icd10" }, { "'b25.9'", "by-icd10" }, { "' F1 0.2x'", "by-icd10" },
	{ "E'f19\\t'", "by-icd10" }, { "'VIP01'", "by-source" }, { "'VIP03'", "by-source" },
	{ "'X9'", "by-source" } };
static const struct choice wards[] = { { "'内科'", "" }, { "'感染二科'", "" }, { "NULL", "" },
	{ "'感染科'", "by-ward" }, { "'感染 科'", "by-ward" } };

static const struct choice lab_codes[] = { { "'H'", "" }, { "'h7'", "" }, { "NULL", "" },
	{ "'H7'", "by-lab" } };

#define PICK(list) (&(list)[rw_dice(sizeof(list) / sizeof((list)[0]))])

/* One of the list; those that are red less often, so that most people keep rows. */
static const struct choice *pick(const struct choice *list, size_t n)
{
	const struct choice *c = &list[rw_dice((uint32_t)n)];

	return c->red[0] != '\0' && rw_dice(3) > 0 ? &list[rw_dice((uint32_t)n)] : c;
}

#define SOME(list) pick(list, sizeof(list) / sizeof((list)[0]))

static void put_red(struct text *t, const char *one, const char *two)
{
	text_addf(t, ",'{%s%s%s}');", one, one[0] != '\0' && two[0] != '\0' ? "," : "", two);
}

static void put_day(struct text *t, bool with_none)
{
	if (with_none && rw_dice(15) == 0)
		text_add(t, ",NULL");
	else
		text_addf(
			t, ",'%u-%02u-%02u'", 2017 + rw_dice(10), 1 + rw_dice(12), 1 + rw_dice(28));
}

static void put_event(struct text *t, const char *table, unsigned who, const struct choice *c)
{
	text_addf(t, "INSERT INTO cdm.%s VALUES(%u,%s", table, who, c->value);
	put_day(t, true);
	put_red(t, c->red, "");
}

static void put_condition(struct text *t, unsigned who)
{
	const struct choice *c = SOME(conditions), *s = SOME(sources);

	text_addf(t, "INSERT INTO cdm.condition_occurrence VALUES(%u,%s", who, c->value);
	put_day(t, true);
	text_addf(t, ",%s", s->value);
	put_red(t, c->red, s->red);
}

static void put_measurement(struct text *t, unsigned who)
{
	const struct choice *c = SOME(measurements), *s = SOME(lab_codes);

	text_addf(t, "INSERT INTO cdm.measurement VALUES(%u,%s", who, c->value);
	put_day(t, true);
	if (rw_dice(8) == 0)
		text_add(t, ",NULL");
	else
		text_addf(t, ",%u.%u", 4 + rw_dice(6), rw_dice(10));
	text_addf(t, ",%s", s->value);
	put_red(t, c->red, s->red);
}

static void put_visit(struct text *t, unsigned who)
{
	const struct choice *c = SOME(visits), *w = SOME(wards);

	text_addf(t, "INSERT INTO cdm.visit_occurrence VALUES(%u,%s,%s", who, c->value, w->value);
	put_red(t, c->red, w->red);
}

/* Days of birth around the edge of 14 years, on 2026-03-01, are frequent. */
static void put_person(struct text *t, unsigned who)
{
	static const char *const sexes[] = { "8507", "8532", "0", "NULL" };
	static const char *const areas[] = { "'110105'", "'3101'", "'4401'", "NULL" };
	unsigned born = rw_dice(6) == 0 ? 2009 + rw_dice(6) : 1936 + rw_dice(73);
	char year[16];

	snprintf(year, sizeof(year), "%u", born);
	for (unsigned i = 0; i < 1 + (rw_dice(20) == 0); i++)
		text_addf(t, "INSERT INTO cdm.person VALUES(%u,%s,%s,%s);", who,
			rw_dice(25) == 0 ? "NULL" : year,
			sexes[rw_dice(9) / 4 + (rw_dice(30) == 0)], *PICK(areas));
	if (rw_dice(12) == 0)
		text_addf(t, "INSERT INTO research.opt_out VALUES(%u);", who);
}

static void put_rows(struct text *t, unsigned who)
{
	for (uint32_t n = rw_dice(5); n > 0; n--)
		put_condition(t, who);
	for (uint32_t n = rw_dice(3); n > 0; n--)
		put_event(t, "drug_exposure", who, SOME(drugs));
	for (uint32_t n = rw_dice(3); n > 0; n--)
		put_event(t, "procedure_occurrence", who, SOME(procedures));
	for (uint32_t n = rw_dice(3); n > 0; n--)
		put_event(t, "observation", who, SOME(observations));
	for (uint32_t n = rw_dice(5); n > 0; n--)
		put_measurement(t, who);
	for (uint32_t n = rw_dice(3); n > 0; n--)
		put_visit(t, who);
	if (rw_dice(6) == 0)
		text_addf(
			t, "INSERT INTO cdm.death VALUES(%u,'%u-05-05');", who, 2017 + rw_dice(10));
}

/* 900101 and the like are concepts of other systems: ICD-10 F10.2 maps to 4042883, which 4042884 stands under. */
static const char schema[] =
	"SET client_min_messages = error; SET search_path = pg_catalog;"
	"DROP SCHEMA IF EXISTS cdm CASCADE; DROP SCHEMA IF EXISTS research CASCADE;"
	"CREATE SCHEMA cdm; CREATE SCHEMA research;"
	"CREATE TABLE cdm.concept(concept_id int4, vocabulary_id text, concept_code text, "
	"invalid_reason text);"
	"CREATE TABLE cdm.concept_relationship(concept_id_1 int4, concept_id_2 int4, "
	"relationship_id text, invalid_reason text);"
	"CREATE TABLE cdm.concept_ancestor(ancestor_concept_id int4, descendant_concept_id int4);"
	"INSERT INTO cdm.concept VALUES (900101, 'ICD10CN', 'f10.2'), (900301, 'ATC', 'N07BB'),"
	" (900401, 'ICD9ProcCN', '74.1'), (3999100, 'LOINC', '7917-8'), (77001, 'SNOMED', "
	"'999100'),"
	" (4042883, 'SNOMED', '1'), (900102, 'ICD10', 'F20');"
	"INSERT INTO cdm.concept_relationship VALUES (900101, 4042883, 'Maps to'), (900401, "
	"4015701, 'Maps to'),"
	" (900102, 201826, 'Maps to'), (3999100, 3999100, 'Maps to');"
	"INSERT INTO cdm.concept_ancestor VALUES (439727, 439727), (439727, 439728), (440383, "
	"440384),"
	" (4042883, 4042884), (900301, 19041324), (4015701, 4015702), (77001, 77002),"
	" (201826, 201826), (201826, 4058243), (441840, 201826), (441840, 4058243), (441840, "
	"439728),"
	" (1503297, 1503298);"
	"INSERT INTO cdm.concept SELECT DISTINCT descendant_concept_id, 'None', '' FROM "
	"cdm.concept_ancestor a WHERE NOT EXISTS (SELECT 1 FROM cdm.concept c WHERE c.concept_id = "
	"a.descendant_concept_id);"
	"CREATE TABLE research.opt_out(person_id int8);"
	"CREATE TABLE cdm.person(person_id int8, year_of_birth int4, gender_concept_id int4, "
	"location_id text);"
	"CREATE TABLE cdm.condition_occurrence(person_id int8, condition_concept_id int4,"
	" condition_start_date date, condition_source_value text, red text[],"
	" condition_type_concept_id int4 DEFAULT 32817, visit_occurrence_id int8);"
	"CREATE TABLE cdm.drug_exposure(person_id int8, drug_concept_id int4, "
	"drug_exposure_start_date date, red text[], drug_exposure_end_date date, days_supply int4);"
	"CREATE TABLE cdm.procedure_occurrence(person_id int8, procedure_concept_id int4, "
	"procedure_date date, red text[]);"
	"CREATE TABLE cdm.observation(person_id int8, observation_concept_id int4, "
	"observation_date date, red text[]);"
	"CREATE TABLE cdm.measurement(person_id int8, measurement_concept_id int4, "
	"measurement_date date,"
	" value_as_number numeric, measurement_source_value text, red text[]);"
	"CREATE TABLE cdm.visit_occurrence(person_id int8, visit_concept_id int4, "
	"visit_source_value text, red text[], visit_occurrence_id int8);"
	"CREATE TABLE cdm.observation_period(person_id int8, observation_period_start_date date,"
	" observation_period_end_date date);"
	"CREATE TABLE cdm.death(person_id int8, death_date date);";

/* What the rows above do not say: the visit of each person's rows, ends, and how long people are observed. */
static const char rest[] =
	"UPDATE cdm.visit_occurrence SET visit_occurrence_id = person_id;"
	"UPDATE cdm.condition_occurrence SET visit_occurrence_id = nullif(person_id, 7),"
	" condition_type_concept_id = CASE WHEN person_id % 3 = 0 THEN 32020 ELSE 32817 END;"
	"UPDATE cdm.drug_exposure SET days_supply = person_id % 120, drug_exposure_end_date ="
	" CASE WHEN drug_exposure_start_date BETWEEN '1900-01-01' AND '2100-01-01' AND person_id % "
	"4 > 0"
	" THEN drug_exposure_start_date + (person_id % 90)::int4 END;"
	"INSERT INTO cdm.observation_period SELECT DISTINCT person_id, DATE '2017-06-30' + "
	"(person_id % 700)::int4,"
	" DATE '2025-01-31' + (person_id % 300)::int4 FROM cdm.person WHERE person_id % 9 > 0;";

static const char *const coded[] = { "condition_occurrence", "drug_exposure",
	"procedure_occurrence", "observation", "measurement", "visit_occurrence" };
enum {
	CODED = sizeof(coded) / sizeof(coded[0])
};

static void populate(PGconn *conn)
{
	struct text t;

	must(conn, schema);
	text_init(&t, TEXT_ROOM);
	for (unsigned who = 1; who <= PEOPLE; who++) {
		if (rw_dice(30) > 0) /* rows of nobody are as frequent as mistakes */
			put_person(&t, who);
		put_rows(&t, who);
	}
	ck_assert(!text_failed(&t));
	must(conn, text_str(&t));
	must(conn, rest);
	text_clear(&t);
}

/* ---- the questions ---- */

struct put_question {
	struct plan *plan;
	const char *text;
	int64_t *before;
};

static struct put_question asked[MAX_ASKED];
static unsigned n_asked;

#define DM    "study: DM\nkind: count\ndataset: omop\n"
#define HIST  "study: DM\nkind: histogram\ndataset: omop\n"
#define YEARS "params: {from: 2018-W01, to: 2025-W52}\n"

static const char *const fixed[] = { DM "cohort: hba1c-t2dm\n" YEARS,
	DM "cohort: hba1c-t2dm\n" YEARS "on: 2025-12-31\ngroup_by: [sex, age]\n",
	HIST "cohort: hba1c-t2dm\n" YEARS "of: hba1c\n", DM "cohort: others\n",
	DM "cohort: others\ngroup_by: [quarter]\n", DM "cohort: joined\n",
	HIST "cohort: joined\nof: hba1c\n", DM "cohort: joined\ngroup_by: [sex]\n",
	DM "cohort: without\n", DM "cohort: without\ngroup_by: [sex]\n",
	"study: DM\nkind: count\ndataset: other\ncohort: {none: [{condition: any}]}\n",
	"study: DM\nkind: count\ndataset: other\ncohort: {all: [{condition: [201826]}]}\n",
	"study: DM\nkind: count\ndataset: other\ncohort: {all: [{condition: any}]}\ngroup_by: "
	"[sex]\n",
	DM "cohort: {all: [{procedure: any}]}\n", DM "cohort: {none: [{procedure: any}]}\n",
	DM "cohort: {all: [{observation: any}, {visit: any}]}\n",
	DM "cohort: {none: [{visit: any}]}\n", DM "cohort: {none: [{measurement: any}]}\n",
	DM "cohort: {none: [{drug: any}]}\n" };

/* Keeps a question that may be asked; the reason of the refusal otherwise. */
static const char *keep(const char *text)
{
	struct asking who = { "li@s1.example", 0, &facts.red, false };
	struct question *q = NULL;
	struct verdict v;
	struct diags ds;

	diags_init(&ds, &arena);
	if (question_read("q", text, strlen(text), &arena, &ds, &q) != 0)
		return ds.count > 0 ? ds.list[0].en : "";
	ck_assert(day_parse("2026-03-01", &who.today));
	OK(decide(policy, q, &who, &arena, &v, &err));
	if (!v.allow)
		return v.first.say.en;
	ck_assert_uint_lt(n_asked, MAX_ASKED);
	asked[n_asked].plan = v.plan;
	asked[n_asked].text = arena_text(&arena, text);
	asked[n_asked].before = arena_array(&arena, v.plan->n_cells, sizeof(int64_t));
	ck_assert(asked[n_asked].text != NULL && asked[n_asked].before != NULL);
	n_asked++;
	return NULL;
}

static uint32_t pool_dice(void *from, uint32_t sides)
{
	(void)from;
	return rw_dice(sides);
}

static void ask_pool(void)
{
	struct asker asker = { .dice = pool_dice, .from = NULL };
	unsigned wanted, tries = 0;

	n_asked = 0;
	for (size_t i = 0; i < sizeof(fixed) / sizeof(fixed[0]); i++) {
		const char *why = keep(fixed[i]);

		ck_assert_msg(why == NULL, "%s\n%s", why, fixed[i]);
	}
	for (wanted = n_asked + ALLOWED; n_asked < wanted; tries++) {
		static const char twin[] = "dataset: twin"; /* of the corpus; here it is `other` */
		struct text t, here;
		const char *at;

		text_init(&t, 1 << 16);
		text_init(&here, 1 << 16);
		asker_question(&asker, &t);
		at = strstr(text_str(&t), twin);
		if (at != NULL) {
			text_addn(&here, t.at, (size_t)(at - t.at));
			text_add(&here, "dataset: other");
			text_add(&here, at + strlen(twin));
		}
		(void)keep(text_str(at != NULL ? &here : &t));
		text_clear(&t);
		text_clear(&here);
		ck_assert_msg(tries < 30000, "only %u questions may be asked", n_asked);
	}
}

/* ---- running them ---- */

static void run(PGconn *conn, const struct plan *plan, int64_t *cells)
{
	struct sql_facts of = facts_for(&facts, policy, plan->data);
	struct arena own;
	PGresult *r;
	struct sql q;

	of.salt = "the same salt";
	arena_init(&own, 16 << 20);
	OK(sql_write(plan, &of, &own, &q, &err));
	r = PQexecParams(conn, q.text, q.n_values, NULL, q.values, NULL, NULL, 0);
	ck_assert_msg(PQresultStatus(r) == PGRES_TUPLES_OK, "%s\n%s", PQerrorMessage(conn), q.text);
	memset(cells, 0, plan->n_cells * sizeof(*cells));
	for (int i = 0; i < PQntuples(r); i++)
		cells[strtoul(PQgetvalue(r, i, 0), NULL, 10)] =
			strtol(PQgetvalue(r, i, 1), NULL, 10);
	PQclear(r);
	arena_clear(&own);
}

static void run_all(PGconn *conn)
{
	for (unsigned i = 0; i < n_asked; i++)
		run(conn, asked[i].plan, asked[i].before);
}

static void same_answers(PGconn *conn, const char *what, unsigned seed)
{
	int64_t after[MAX_CELLS];

	for (unsigned i = 0; i < n_asked; i++) {
		run(conn, asked[i].plan, after);
		for (unsigned c = 0; c < asked[i].plan->n_cells; c++)
			ck_assert_msg(asked[i].before[c] == after[c],
				"seed %u: without %s cell %u has %lld, not %lld:\n%s", seed, what,
				c, (long long)after[c], (long long)asked[i].before[c],
				asked[i].text);
	}
}

static void without_rows(PGconn *conn, const char *condition)
{
	char sql[600];

	for (unsigned i = 0; i < CODED; i++) {
		snprintf(sql, sizeof(sql), "DELETE FROM cdm.%s WHERE %s", coded[i], condition);
		must(conn, sql);
	}
}

#define TOO_YOUNG                                                                                  \
	"SELECT person_id FROM cdm.person GROUP BY 1 HAVING coalesce(min(year_of_birth), 9999) "   \
	">= 2012"

static void without_people(PGconn *conn, const char *who)
{
	char sql[600];

	snprintf(sql, sizeof(sql), "CREATE TEMP TABLE gone AS %s", who);
	must(conn, sql);
	without_rows(conn, "person_id IN (SELECT person_id FROM gone)");
	must(conn, "DELETE FROM cdm.person WHERE person_id IN (SELECT person_id FROM gone);"
		   "DELETE FROM cdm.death WHERE person_id IN (SELECT person_id FROM gone)");
}

/* ---- a removed row ---- */

/* Those of a question that names them by its study: what MH may see is not red for it. */
static bool red_for(const struct plan *plan, const char *rule)
{
	for (unsigned i = 0; i < plan->n_red; i++)
		if (strcmp(policy->codes[plan->red[i]].id, rule) == 0)
			return true;
	return false;
}

/* A study with a right to sensitive rows has others: its questions are looked at by themselves. */
static void only_of(const char *study)
{
	unsigned n = 0;

	for (unsigned i = 0; i < n_asked; i++) {
		bool one = strcmp(asked[i].plan->study->id, "MH") == 0 ||
			   strcmp(asked[i].plan->study->id, "PAIR") == 0;

		if (study == NULL ? !one : strcmp(asked[i].plan->study->id, study) == 0)
			asked[n++] = asked[i];
	}
	n_asked = n;
}

static void check_rows(PGconn *conn, const char *study, const char *condition, unsigned seed)
{
	struct put_question all[MAX_ASKED];
	unsigned n = n_asked;

	memcpy(all, asked, sizeof(all));
	only_of(study);
	must(conn, "BEGIN");
	without_rows(conn, condition);
	same_answers(conn, "sensitive rows", seed);
	must(conn, "ROLLBACK");
	memcpy(asked, all, sizeof(all));
	n_asked = n;
}

static unsigned begin(PGconn **conn, unsigned round)
{
	unsigned seed = from_environment("CORDON_SEED", 1) + round;

	*conn = database();
	if (*conn == NULL)
		return seed;
	rw_seed(seed);
	open_policy();
	facts_init(&facts);
	populate(*conn);
	facts_ask(*conn, policy, &facts);
	ck_assert_uint_eq(facts_unknown(&facts, policy), 0);
	ask_pool();
	run_all(*conn);
	return seed;
}

START_TEST(sensitive_rows_change_no_answer)
{
	for (unsigned round = 0; round < ROUNDS * from_environment("CORDON_ROUNDS", 1); round++) {
		PGconn *conn;
		unsigned seed = begin(&conn, round);

		if (conn == NULL)
			return;
		check_rows(conn, NULL, "red <> '{}'", seed);
		check_rows(conn, "MH", "NOT red <@ '{mental}'", seed);
		check_rows(conn, "PAIR", "NOT red <@ '{by-snomed}'", seed);
		close_all(conn);
	}
}
END_TEST

START_TEST(people_left_out_change_no_answer)
{
	for (unsigned round = 0; round < ROUNDS * from_environment("CORDON_ROUNDS", 1); round++) {
		PGconn *conn;
		unsigned seed = begin(&conn, round), n;

		if (conn == NULL)
			return;
		must(conn, "BEGIN");
		without_people(conn, TOO_YOUNG);
		same_answers(conn, "children", seed);
		must(conn, "ROLLBACK");
		/* the other dataset has no register of those who opted out */
		n = 0;
		for (unsigned i = 0; i < n_asked; i++)
			if (strcmp(asked[i].plan->data->id, "omop") == 0)
				asked[n++] = asked[i];
		n_asked = n;
		must(conn, "BEGIN");
		without_people(conn, "SELECT person_id FROM research.opt_out");
		same_answers(conn, "people who opted out", seed);
		must(conn, "ROLLBACK");
		close_all(conn);
	}
}
END_TEST

/* What the two above would find: without each single rule, or without who is left out, answers do change. */
static unsigned changed_without(PGconn *conn, const char *rule, const char *dataset)
{
	int64_t after[MAX_CELLS];
	unsigned changed = 0;

	for (unsigned i = 0; i < n_asked; i++) {
		struct plan less = *asked[i].plan;
		unsigned red[64];

		if (!red_for(&less, rule) || strcmp(less.data->id, dataset) != 0)
			continue;
		less.n_red = 0;
		for (unsigned k = 0; k < asked[i].plan->n_red; k++)
			if (strcmp(policy->codes[asked[i].plan->red[k]].id, rule) != 0)
				red[less.n_red++] = asked[i].plan->red[k];
		less.red = red;
		run(conn, &less, after);
		changed += memcmp(after, asked[i].before, less.n_cells * sizeof(*after)) != 0;
	}
	return changed;
}

START_TEST(every_rule_is_met_by_these_questions)
{
	static const struct {
		const char *rule, *dataset;
	} means[] = { { "by-omop", "omop" }, { "mental", "omop" }, { "by-icd10", "omop" },
		{ "by-atc", "omop" }, { "by-loinc", "omop" }, { "by-snomed", "omop" },
		{ "by-icd9", "omop" }, { "by-ward", "omop" }, { "by-source", "omop" },
		{ "by-visit", "omop" }, { "by-lab", "omop" }, { "by-source", "other" },
		{ "by-icd10", "other" } };
	PGconn *conn;
	struct dataset *data;

	(void)begin(&conn, 0);
	if (conn == NULL)
		return;
	for (size_t i = 0; i < sizeof(means) / sizeof(means[0]); i++)
		ck_assert_msg(changed_without(conn, means[i].rule, means[i].dataset) > 0,
			"no question of %s is changed by %s", means[i].dataset, means[i].rule);
	data = (struct dataset *)(uintptr_t)asked[0].plan->data;
	for (int what = 0; what < 2; what++) {
		struct dataset all = *data;
		int64_t after[MAX_CELLS];
		unsigned changed = 0;

		if (what == 0)
			data->opt_out_relation = NULL;
		else
			data->under_age = 0;
		for (unsigned i = 0; i < n_asked; i++) {
			run(conn, asked[i].plan, after);
			changed += memcmp(after, asked[i].before,
					   asked[i].plan->n_cells * sizeof(*after)) != 0;
		}
		*data = all;
		ck_assert_uint_gt(changed, 10);
	}
	close_all(conn);
}
END_TEST

/* ---- one person ---- */

static uint64_t person_moves(PGconn *conn, const struct put_question *a, int sign)
{
	int64_t after[MAX_CELLS];
	uint64_t moved = 0;

	run(conn, a->plan, after);
	for (unsigned c = 0; c < a->plan->n_cells; c++) {
		int64_t by = (after[c] - a->before[c]) * sign;

		ck_assert_msg(by == 0 || by == 1 || (sign == 1 && by == -1),
			"cell %u moved by %lld:\n%s", c, (long long)by, a->text);
		moved += by != 0;
	}
	ck_assert_msg(moved <= a->plan->cells_a_person, "%llu cells moved:\n%s",
		(unsigned long long)moved, a->text);
	return moved;
}

START_TEST(a_thousand_copies_of_one_patients_rows_move_his_cells_alone)
{
	PGconn *conn;

	(void)begin(&conn, 3);
	if (conn == NULL)
		return;
	must(conn, "BEGIN");
	for (unsigned i = 0; i < CODED; i++) {
		char sql[200];

		snprintf(sql, sizeof(sql),
			"INSERT INTO cdm.%s SELECT t.* FROM cdm.%s t, generate_series(1, 1000) "
			"WHERE person_id = 5",
			coded[i], coded[i]);
		must(conn, sql);
	}
	must(conn, "INSERT INTO cdm.person SELECT t.* FROM cdm.person t, generate_series(1, 1000) "
		   "WHERE person_id = 5");
	for (unsigned i = 0; i < n_asked; i++)
		(void)person_moves(conn, &asked[i], 1);
	must(conn, "ROLLBACK");
	close_all(conn);
}
END_TEST

START_TEST(a_patient_less_moves_his_cells_alone_by_one_each)
{
	uint64_t moved = 0;
	PGconn *conn;

	(void)begin(&conn, 4);
	if (conn == NULL)
		return;
	for (unsigned who = 1; who <= 12; who++) {
		char sql[100];

		snprintf(sql, sizeof(sql), "SELECT %u::int8 AS person_id", who);
		must(conn, "BEGIN");
		without_people(conn, sql);
		for (unsigned i = 0; i < n_asked; i++)
			moved += person_moves(conn, &asked[i], -1);
		must(conn, "ROLLBACK");
	}
	ck_assert_msg(moved > 200, "only %llu cells moved", (unsigned long long)moved);
	close_all(conn);
}
END_TEST

UNIT_MAIN("red_rows", sensitive_rows_change_no_answer, people_left_out_change_no_answer,
	every_rule_is_met_by_these_questions,
	a_thousand_copies_of_one_patients_rows_move_his_cells_alone,
	a_patient_less_moves_his_cells_alone_by_one_each)
