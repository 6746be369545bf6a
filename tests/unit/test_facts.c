/*
 * test_facts.c - agents/facts.h: what code rules expand to by the site's vocabulary, and what becomes of
 * questions where the vocabulary is missing.
 *
 * With CORDON_TEST_DB the statements are run by PostgreSQL on a vocabulary of a few concepts.
 */
#include "tests/unit/rulings.h"

#include "tests/unit/site_facts.h"

/* ---- a policy with rules in other systems ---- */

#define HIV "  - {id: hiv, title: 艾滋病, use: forbidden, omop: [439727+]}\n"
#define AIDS                                                                                       \
	"  - {id: aids, use: forbidden, icd10: [B20-B24], atc: [J05AR], loinc: [7918-6], "         \
	"departments: [感染科]}\n"
#define SOURCE "          condition_source_value: {use: link}\n"
#define STRICT "extends: [presets/strict, presets/omop-cdm-5.4]"

static struct facts facts;
static struct error err;

static const struct edit with_aids[] = { { P_RED, HIV, HIV AIDS } };

static struct policy *policy_of(const struct edit *edits, unsigned n)
{
	struct policy *p = policy_with(edits, n);

	ck_assert_msg(p != NULL, "%s", first_error());
	facts_init(&facts);
	return p;
}

static unsigned rule_of(const struct policy *p, const char *id)
{
	for (unsigned i = 0; i < p->n_codes; i++)
		if (strcmp(p->codes[i].id, id) == 0)
			return i;
	ck_abort_msg("no rule %s", id);
	return 0;
}

static struct verdict asked(const struct policy *p, const char *text)
{
	struct asking a = {
		.requester = "li@s1.example", .today = day("2026-03-01"), .red = &facts.red
	};
	struct verdict v;

	OK(decide(p, question(text), &a, &ask_arena, &v, &err));
	return v;
}

#define REFUSED(v, id)                                                                             \
	ck_assert_msg(!(v).allow && strcmp((v).first.rule, id) == 0, "%s: %s", (v).first.rule,     \
		(v).first.say.en)
#define ALLOWED(v) ck_assert_msg((v).allow, "%s: %s", (v).first.rule, (v).first.say.en)

static void read_by_hand(const struct policy *p, int n, int64_t (*at)[3])
{
	struct source_rows rows = { .n = n, .columns = 3 };
	struct sql q;

	memcpy(rows.at, at, (size_t)n * sizeof(*at));
	OK(facts_write(&facts, p, &q, &err));
	OK(facts_read(&facts, p, &rows, &err));
}

static int64_t every_part[8][3] = { { 4, 1, 1 }, { 4, 2, 1 }, { 4, 3, 1 }, { 4, 4, 1 }, { 4, 5, 1 },
	{ 4, 6, 1 }, { 4, 7, 1 }, { 4, 8, 1 } };

START_TEST(without_codes_of_other_systems_one_statement_asks_for_all)
{
	struct policy *p = policy_of(NULL, 0);
	int64_t rows[][3] = { { 0, 1, 0 }, { 1, 439727, 4241530 } };

	read_by_hand(p, 2, rows);
	ck_assert(facts.ready);
	ck_assert(facts.one_row[0]);
	ck_assert_uint_eq(facts.red.counts[rule_of(p, "hiv")], 2);
	ck_assert_uint_eq(facts_unknown(&facts, p), 0);
	facts_clear(&facts);
}
END_TEST

START_TEST(with_them_the_first_only_looks)
{
	struct policy *p = policy_of(with_aids, 1);
	int64_t rows[][3] = { { 2, 0, 439727 }, { 3, 1, SYSTEM_ICD10 } };
	struct sql q;

	OK(facts_write(&facts, p, &q, &err));
	ck_assert_ptr_null(strstr(q.text, "concept_relationship"));
	read_by_hand(p, 8, every_part);
	ck_assert(!facts.ready);
	OK(facts_write(&facts, p, &q, &err));
	ck_assert_ptr_nonnull(strstr(q.text, "\"cdm\".\"concept_relationship\""));
	rows[0][1] = rule_of(p, "aids") + 1;
	read_by_hand(p, 8, every_part); /* and again from the beginning after a failure */
	read_by_hand(p, 2, rows);
	ck_assert(facts.ready);
	ck_assert_uint_eq(facts.red.counts[rule_of(p, "aids")], 1);
	facts_clear(&facts);
}
END_TEST

START_TEST(a_vocabulary_with_a_part_missing_is_not_asked)
{
	struct policy *p = policy_of(with_aids, 1);
	struct sql q;

	for (int missing = 0; missing < 8; missing++) {
		int64_t parts[8][3];

		memcpy(parts, every_part, sizeof(parts));
		parts[missing][1] = missing == 0 ? 2 : 1;
		read_by_hand(p, 8, parts);
		OK(facts_write(&facts, p, &q, &err));
		ck_assert_ptr_null(strstr(q.text, "concept_relationship"));
		facts_clear(&facts);
		facts_init(&facts);
	}
}
END_TEST

START_TEST(a_rule_that_the_site_cannot_find_makes_its_tables_uncountable)
{
	struct policy *p = policy_of(with_aids, 1);
	const struct edit text[] = { with_aids[0],
		{ P_RED, SOURCE,
			"          condition_source_value: {use: link, codes: icd10}\n" } };

	read_by_hand(p, 0, every_part);
	read_by_hand(p, 0, every_part);
	ck_assert(facts.ready);
	ck_assert_uint_eq(facts_unknown(&facts, p),
		1u << SYSTEM_ICD10 | 1u << SYSTEM_ATC | 1u << SYSTEM_LOINC);
	REFUSED(asked(p, DM COHORT(DIABETES)), "code:aids");
	REFUSED(asked(p, DM COHORT("{measure: hba1c}")), "code:aids");
	ALLOWED(asked(p, DM "group_by: [sex]\n"));
	/* a column with such codes is as good */
	facts_clear(&facts);
	p = policy_of(text, 2);
	read_by_hand(p, 0, every_part);
	read_by_hand(p, 0, every_part);
	ALLOWED(asked(p, DM COHORT(DIABETES)));
	REFUSED(asked(p, DM COHORT("{measure: hba1c}")), "code:aids");
	facts_clear(&facts);
}
END_TEST

START_TEST(a_system_of_the_table_s_own_kind_must_be_known)
{
	const struct edit e[] = { { P_RED, HIV,
		"  - {id: hiv, use: forbidden, omop: [439727+], icd10: [B20], atc: [J05AR]}\n" } };
	struct policy *p = policy_of(e, 1);
	int64_t icd10[][3] = { { 3, 1, SYSTEM_ICD10 }, { 3, 1, SYSTEM_ATC } };

	read_by_hand(p, 8, every_part);
	read_by_hand(p, 1, icd10);
	ALLOWED(asked(p, DM COHORT(DIABETES)));
	ALLOWED(asked(p, DM COHORT("{measure: hba1c}")));        /* by its concepts */
	REFUSED(asked(p, DM COHORT("{drug: any}")), "code:hiv"); /* which drugs are meant? */
	read_by_hand(p, 8, every_part);
	read_by_hand(p, 2, icd10);
	ALLOWED(asked(p, DM COHORT("{drug: any}")));
	facts_clear(&facts);
}
END_TEST

START_TEST(rows_of_another_form_are_refused)
{
	static const int64_t bad[][3] = { { 0, 0, 0 }, { 0, 2, 0 }, { 1, 0, 1 }, { 1, 1, -1 },
		{ 2, 5, 1 }, { 2, 1, 0 }, { 2, 1, INT64_C(1) << 31 }, { 3, 1, SYSTEM_OMOP },
		{ 3, 1, SYSTEMS }, { 3, 2, SYSTEM_ICD10 }, { 4, 1, 1 }, { 5, 0, 1 }, { 5, 2, 1 },
		{ 5, 1, 0 }, { 5, 1, 1000 }, { 6, 1, 1 }, { -1, 1, 1 } };
	struct policy *p = policy_of(with_aids, 1);

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct source_rows rows = { .n = 1, .columns = 3 };
		struct sql q;

		read_by_hand(p, 8, every_part);
		OK(facts_write(&facts, p, &q, &err));
		memcpy(rows.at[0], bad[i], sizeof(bad[i]));
		FAILS(facts_read(&facts, p, &rows, &err), E_INPUT);
		ck_assert(!facts.ready);
	}
	for (int64_t part = -1; part < 600; part += 600) {
		struct source_rows rows = { .n = 1, .columns = 3, .at = { { 4, part, 1 } } };
		struct sql q;

		OK(facts_write(&facts, p, &q, &err));
		FAILS(facts_read(&facts, p, &rows, &err), E_INPUT);
	}
	facts_clear(&facts);
}
END_TEST

/* ---- by PostgreSQL ---- */

static const char vocabulary[] =
	"DROP SCHEMA IF EXISTS cdm CASCADE; CREATE SCHEMA cdm;"
	"CREATE TABLE cdm.concept(concept_id int4, vocabulary_id text, concept_code text);"
	"CREATE TABLE cdm.concept_relationship(concept_id_1 int4, concept_id_2 int4,"
	" relationship_id text);"
	"CREATE TABLE cdm.concept_ancestor(ancestor_concept_id int4, descendant_concept_id int4);"
	"INSERT INTO cdm.concept VALUES (1001, 'ICD10', 'B20.1'), (1002, 'ICD10CN', 'b24x 00x001'),"
	" (1003, 'ICD10', 'B25'), (1004, 'ICD10', 'B2'), (1005, 'ICD10PCS', 'B20'), (1006, "
	"'ICD10', 'B23'),"
	" (1007, 'ICD10', NULL), (439727, 'SNOMED', '86406008'), (4013106, 'SNOMED', '713260006'),"
	" (2001, 'ATC', 'J05AR'), (2002, 'ATC', 'J05AR10'), (2003, 'ATC', 'J05A'),"
	" (3001, 'LOINC', '7918-6'), (3002, 'LOINC', '7918-60');"
	"INSERT INTO cdm.concept_relationship VALUES (1001, 439727, 'Maps to'), (1002, 4013106, "
	"'Maps to'),"
	" (1003, 55, 'Maps to'), (1001, 77, 'Is a'), (1006, 0, 'Maps to'), (3001, 3001, 'Maps to');"
	"INSERT INTO cdm.concept_ancestor VALUES (439727, 439727), (439727, 4241530), (4241530, 9),"
	" (2001, 1710281), (2002, 1710282), (2003, 5);";

static void load_facts(PGconn *conn, const struct policy *p)
{
	facts_ask(conn, p, &facts);
}

static void expands_to(const struct policy *p, const char *id, const int32_t *want, unsigned n)
{
	unsigned rule = rule_of(p, id);

	for (unsigned i = 0; i < facts.red.counts[rule] && i < n; i++)
		ck_assert_int_eq(facts.red.concepts[rule][i], want[i]);
	ck_assert_uint_eq(facts.red.counts[rule], n);
}

START_TEST(codes_expand_to_their_concepts_and_everything_below)
{
	/* 1006 maps to nothing; descendants are those the vocabulary lists, not theirs in turn */
	static const int32_t aids[] = { 1001, 1002, 1006, 2001, 2002, 3001, 439727, 1710281,
		1710282, 4013106, 4241530 };
	static const int32_t snomed[] = { 439727, 4241530 };
	const struct edit both[] = { { P_RED, HIV,
		HIV AIDS "  - {id: sn, use: restricted, studies: [MH], snomed: [86406008]}\n" } };
	struct policy *p = policy_of(both, 1);
	PGconn *conn = database();

	if (conn == NULL)
		return;
	must(conn, vocabulary);
	must(conn, "SET search_path = pg_catalog");
	load_facts(conn, p);
	expands_to(p, "aids", aids, sizeof(aids) / sizeof(aids[0]));
	expands_to(p, "sn", snomed, 2);
	ck_assert_uint_eq(facts_unknown(&facts, p), 0);
	/* and what it expands to cannot be named, nor counted under an ancestor */
	REFUSED(asked(p, DM COHORT("{condition: [4013106]}")), "code:aids");
	REFUSED(asked(p, DM COHORT("{measurement: [3001]}")), "code:aids");
	REFUSED(asked(p, DM COHORT("{condition: [201826+, -4013106]}")), "code:aids");
	struct verdict v = asked(p, DM COHORT(DIABETES));
	struct sql_facts of = facts_for(&facts, p, &p->datasets[0]);
	struct sql q;

	ALLOWED(v);
	OK(sql_write(v.plan, &of, &ask_arena, &q, &err));
	bool removed = false;
	for (int i = 0; i < q.n_values; i++)
		removed = removed || strstr(q.values[i], ",4013106,") != NULL;
	ck_assert(removed);
	facts_clear(&facts);
	PQfinish(conn);
}
END_TEST

START_TEST(missing_tables_rights_and_vocabularies_fail_closed)
{
	static const char *const harms[] = { "DROP TABLE cdm.concept_relationship",
		"ALTER TABLE cdm.concept DROP concept_code", "DELETE FROM cdm.concept_relationship",
		"DELETE FROM cdm.concept WHERE vocabulary_id LIKE 'ICD10%'",
		"REVOKE SELECT ON cdm.concept FROM reader",
		"REVOKE USAGE ON SCHEMA cdm FROM reader" };
	const struct edit only[] = { { P_RED, HIV,
					     "  - {id: aids, use: forbidden, icd10: [B20-B24]}\n" },
		{ P_RED, "omop: [440383+]",
			"local: {cdm.condition_occurrence.condition_source_value: [Q]}" },
		{ P_POLICY, STRICT, "extends: [presets/omop-cdm-5.4]" } };
	struct policy *p = policy_of(only, 3);
	PGconn *conn = database();

	if (conn == NULL)
		return;
	must(conn, vocabulary);
	must(conn,
		"DROP ROLE IF EXISTS reader; CREATE ROLE reader;"
		"GRANT USAGE ON SCHEMA cdm TO reader; GRANT SELECT ON ALL TABLES IN SCHEMA cdm TO "
		"reader");
	must(conn, "BEGIN; SET LOCAL ROLE reader");
	load_facts(conn, p);
	ALLOWED(asked(p, DM COHORT(DIABETES)));
	must(conn, "ROLLBACK");
	for (size_t i = 0; i < sizeof(harms) / sizeof(harms[0]); i++) {
		must(conn, "BEGIN");
		must(conn, harms[i]);
		must(conn, "SET LOCAL ROLE reader");
		facts_clear(&facts);
		load_facts(conn, p);
		ck_assert_msg(facts_unknown(&facts, p) == 1u << SYSTEM_ICD10, "%s", harms[i]);
		struct verdict v = asked(p, DM COHORT(DIABETES));
		REFUSED(v, "code:aids");
		ck_assert_ptr_nonnull(strstr(v.first.say.en, "vocabulary does not know its codes"));
		must(conn, "ROLLBACK");
	}
	must(conn, "DROP OWNED BY reader; DROP ROLE reader");
	facts_clear(&facts);
	PQfinish(conn);
}
END_TEST

static bool is_held(const struct policy *p, const char *table)
{
	struct sql_facts of = facts_for(&facts, p, &p->datasets[0]);
	unsigned n = 0;

	for (unsigned i = 0; i < of.n_held; i++)
		n += strcmp(of.held[i], table) == 0;
	ck_assert_uint_le(n, 1);
	return n == 1;
}

START_TEST(a_table_is_held_by_a_foreign_key_that_is_checked_for_all_rows)
{
	struct policy *p = policy_of(NULL, 0);
	PGconn *conn = database();

	if (conn == NULL)
		return;
	must(conn, vocabulary);
	must(conn, "CREATE TABLE cdm.person(person_id int8 NOT NULL UNIQUE);"
		   "CREATE TABLE cdm.condition_occurrence(person_id int8 NOT NULL REFERENCES "
		   "cdm.person (person_id), FOREIGN KEY (person_id) REFERENCES cdm.person "
		   "(person_id));"
		   "CREATE TABLE cdm.drug_exposure(person_id int8 NOT NULL);"
		   "INSERT INTO cdm.drug_exposure VALUES (7);"
		   "ALTER TABLE cdm.drug_exposure ADD CONSTRAINT later FOREIGN KEY (person_id)"
		   " REFERENCES cdm.person (person_id) NOT VALID;"
		   "SET search_path = pg_catalog");
	load_facts(conn, p);
	ck_assert(facts.one_row[0]);
	ck_assert(is_held(p, "cdm.condition_occurrence"));
	ck_assert(!is_held(p, "cdm.drug_exposure"));
	ck_assert(!is_held(p, "cdm.measurement"));
	must(conn, "DELETE FROM cdm.drug_exposure;"
		   "ALTER TABLE cdm.drug_exposure VALIDATE CONSTRAINT later;"
		   "ALTER TABLE cdm.condition_occurrence DROP CONSTRAINT "
		   "condition_occurrence_person_id_fkey,"
		   " DROP CONSTRAINT condition_occurrence_person_id_fkey1");
	facts_clear(&facts);
	facts_init(&facts);
	load_facts(conn, p);
	ck_assert(!is_held(p, "cdm.condition_occurrence"));
	ck_assert(is_held(p, "cdm.drug_exposure"));
	facts_clear(&facts);
	PQfinish(conn);
}
END_TEST

UNIT_MAIN("facts", a_table_is_held_by_a_foreign_key_that_is_checked_for_all_rows,
	without_codes_of_other_systems_one_statement_asks_for_all, with_them_the_first_only_looks,
	a_vocabulary_with_a_part_missing_is_not_asked,
	a_rule_that_the_site_cannot_find_makes_its_tables_uncountable,
	a_system_of_the_table_s_own_kind_must_be_known, rows_of_another_form_are_refused,
	codes_expand_to_their_concepts_and_everything_below,
	missing_tables_rights_and_vocabularies_fail_closed)
