/*
 * test_drift.c - a policy against a database's catalog: every way in which they can differ, from literal rows.
 */
#include "tests/unit/policies.h"

#include "tests/unit/catalog.h"

static struct policy *p;
static struct drift drift;

static void fits(void)
{
	p = policy_with(NULL, 0);
	ck_assert_msg(p != NULL, "%s", first_error());
	catalog_fit(p);
}

static void compare(void)
{
	struct snapshot s;
	struct error err;

	catalog_order();
	OK(snapshot_read(&s, &catalog_arena, n_catalog, catalog_cell, catalog, &err));
	OK(drift_compare(p, &s, "cordon_agent", &catalog_arena, &drift, &err));
	for (unsigned i = 0; i < drift.n; i++) {
		const struct drift_finding *f = &drift.list[i];

		ck_assert_msg(utf8_valid(f->say.en, strlen(f->say.en)) &&
				      utf8_valid(f->say.zh, strlen(f->say.zh)) &&
				      strstr(f->say.en, "(null)") == NULL &&
				      strstr(f->say.zh, "(null)") == NULL,
			"%s / %s", f->say.en, f->say.zh);
	}
}

static const struct drift_finding *finding(const char *code, const char *words)
{
	for (unsigned i = 0; i < drift.n; i++)
		if (strcmp(drift.list[i].code, code) == 0 &&
			strstr(drift.list[i].say.en, words) != NULL)
			return &drift.list[i];
	for (unsigned i = 0; i < drift.n; i++)
		fprintf(stderr, "%s %s\n", drift.list[i].code, drift.list[i].say.en);
	ck_abort_msg("no %s with '%s'", code, words);
	return NULL;
}

static const struct table *table(const char *name)
{
	const struct table *t = dataset_table(&p->datasets[0], name);

	ck_assert_ptr_nonnull(t);
	return t;
}

static bool closed(const char *name)
{
	return drift_closing(&drift, &p->datasets[0], table(name)) != NULL;
}

/* One table is closed, another is not. */
static void only_person_closed(void)
{
	ck_assert(closed("cdm.person"));
	ck_assert(!closed("cdm.measurement"));
	ck_assert_ptr_null(drift_closing(&drift, NULL, NULL));
}

static void everything_closed(void)
{
	ck_assert(closed("cdm.person") && closed("cdm.measurement"));
	ck_assert_ptr_nonnull(drift_closing(&drift, NULL, NULL));
}

START_TEST(what_the_grant_script_leaves_behind_is_no_drift)
{
	fits();
	compare();
	ck_assert_uint_eq(drift.found, 0);
	ck_assert_msg(drift.warnings == 1, "%s", drift.list[0].say.en);
	ck_assert_ptr_nonnull(
		finding("P201", "cdm.person.birth_datetime")); /* forbidden, not there */
	ck_assert_ptr_nonnull(finding("P247", "cdm.person has 1 column that is not listed"));
	ck_assert(!closed("cdm.person"));
}
END_TEST

START_TEST(a_table_that_is_gone_is_closed_and_the_nearest_name_told)
{
	fits();
	catalog_row("5", "cdm", "person", NULL)->t[2] = "persom";
	for (struct catalog_row *r; (r = catalog_row("6", "cdm", "person", NULL)) != NULL;)
		r->t[2] = "persom";
	catalog_row("7", "cdm", "person", NULL)->t[2] = "persom";
	compare();
	ck_assert_ptr_nonnull(finding("P201", "nearest name is 'cdm.persom'"));
	only_person_closed();
}
END_TEST

START_TEST(a_column_that_is_gone_closes_its_table_unless_it_is_forbidden)
{
	fits();
	catalog_row("6", "cdm", "person", "year_of_birth")->t[3] = "year_of_brith";
	compare();
	const struct drift_finding *f = finding("P201", "nearest name is 'year_of_brith'");
	ck_assert_str_eq(f->at.file, "red-list.yaml");
	ck_assert_uint_gt(f->at.line, 0);
	only_person_closed();
}
END_TEST

START_TEST(a_type_that_does_not_serve_the_use_closes_the_table)
{
	static const struct {
		const char *table, *column, *type;
		bool fits;
	} cases[] = {
		{ "person", "year_of_birth", "int8", true },
		{ "person", "year_of_birth", "text", false },
		{ "person", "gender_concept_id", "numeric", false },
		{ "person", "person_id", "uuid", true },
		{ "person", "person_id", "varchar", true },
		{ "person", "person_id", "json", false },
		{ "condition_occurrence", "condition_start_date", "timestamptz", true },
		{ "condition_occurrence", "condition_start_date", "varchar", false },
		{ "condition_occurrence", "condition_concept_id", "int2", true },
		{ "condition_occurrence", "condition_concept_id", "text", false },
		{ "condition_occurrence", "condition_source_value", "json", true }, /* a link */
		{ "drug_exposure", "drug_concept_id", "text", false }, /* a link, and the model's */
		{ "measurement", "value_as_number", "float8", true },
		{ "measurement", "value_as_number", "text", false },
		{ "measurement", "value_as_number", "public.amount", false },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		fits();
		catalog_row("6", "cdm", cases[i].table, cases[i].column)->t[4] = cases[i].type;
		compare();
		ck_assert_msg((drift.found == 0) == cases[i].fits, "%s as %s", cases[i].column,
			cases[i].type);
		if (!cases[i].fits) {
			ck_assert_ptr_nonnull(finding("P241", cases[i].type));
			ck_assert_int_eq(drift.list[0].closes, CLOSES_TABLE);
		}
	}
}
END_TEST

#define HASH_A "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

START_TEST(a_view_must_be_listed_as_one_and_be_the_one_that_was_approved)
{
	const struct edit e[] = { { P_RED, "      cdm.person:\n",
		"      cdm.person:\n        kind: view\n        definition: sha256:" HASH_A
		"\n" } };

	fits();
	catalog_row("5", "cdm", "person", NULL)->t[3] = "v";
	catalog_row("5", "cdm", "person", NULL)->t[6] = HASH_A;
	compare();
	ck_assert_ptr_nonnull(finding("P212", "sha256:" HASH_A)); /* so that it can be copied */
	only_person_closed();

	p = policy_with(e, 1);
	ck_assert_msg(p != NULL, "%s", first_error());
	compare();
	ck_assert_uint_eq(drift.found, 0);

	catalog_row("5", "cdm", "person", NULL)->t[6] =
		"b"
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
	compare();
	ck_assert_ptr_nonnull(finding("P212", "not the one that was approved"));
	only_person_closed();

	catalog_row("5", "cdm", "person", NULL)->t[3] = "r";
	catalog_row("5", "cdm", "person", NULL)->t[6] = NULL;
	compare();
	ck_assert_ptr_nonnull(finding("P212", "is a table now"));
	only_person_closed();
}
END_TEST

START_TEST(a_role_that_reads_a_whole_table_closes_it_and_the_mend_says_how)
{
	fits();
	catalog_row("5", "cdm", "person", NULL)->t[5] = "usage,whole,any,listed";
	catalog_row("6", "cdm", "person", "one_more")->t[5] = "readable";
	catalog_add("7", "cdm", "person", NULL, "SELECT", NULL, NULL);
	compare();
	const struct drift_finding *f = finding("P249", "can read all of cdm.person");
	ck_assert_ptr_nonnull(strstr(f->say.en, "a grant to PUBLIC"));
	ck_assert_ptr_nonnull(strstr(f->mend, "revoke select on \"cdm\".\"person\" from public;"));
	ck_assert_ptr_nonnull(strstr(f->mend, "grant select (\"person_id\", \"year_of_birth\", "));
	ck_assert(f->rights);
	only_person_closed();
}
END_TEST

START_TEST(a_column_that_the_policy_does_not_open_closes_its_table)
{
	fits();
	catalog_row("6", "cdm", "person", "one_more")->t[5] = "readable";
	compare();
	ck_assert_ptr_nonnull(finding("P249", "one_more"));
	only_person_closed();
}
END_TEST

START_TEST(a_role_that_may_write_or_owns_closes_the_table)
{
	fits();
	catalog_row("5", "cdm", "person", NULL)->t[5] = "usage,any,writes,listed";
	compare();
	ck_assert_ptr_nonnull(finding("P249", "can change cdm.person"));
	only_person_closed();
	catalog_row("5", "cdm", "person", NULL)->t[5] = "usage,whole,any,writes,owned,listed";
	compare();
	const struct drift_finding *f = finding("P249", "owns cdm.person");
	ck_assert_ptr_nonnull(
		strstr(f->mend, "alter table \"cdm\".\"person\" owner to \"postgres\";"));
	only_person_closed();
}
END_TEST

START_TEST(what_a_table_beside_the_list_opens_is_told_and_closes_no_listed_table)
{
	fits();
	catalog_add("5", "lab", "notes\n--", "r", "postgres", "usage,whole,any", NULL);
	catalog_add("7", "lab", "notes\n--", NULL, "SELECT", NULL, NULL);
	catalog_add("5", "public", "spatial_ref_sys", "r", "postgres", "usage,whole,any,extension",
		NULL);
	catalog_add("7", "public", "spatial_ref_sys", NULL, "SELECT", NULL, NULL);
	compare();
	const struct drift_finding *f = finding("P249", "lab.notes\\u{a}--");
	ck_assert_int_eq(f->level, DRIFT_FOUND);
	ck_assert_str_eq(f->mend, "revoke select on \"lab\".U&\"notes\\+00000a--\" from public;");
	ck_assert_int_eq(finding("P249", "spatial_ref_sys")->level, DRIFT_NOTICE);
	ck_assert(!closed("cdm.person"));
}
END_TEST

START_TEST(whatever_opens_the_whole_database_closes_everything)
{
	static const char *const attributes[] = { "super", "bypassrls", "createrole",
		"replication" };

	for (size_t i = 0; i < 4; i++) {
		fits();
		catalog_row("2", NULL, NULL, NULL)->t[2] = attributes[i];
		compare();
		ck_assert_ptr_nonnull(
			strstr(finding("P242", "role cordon_agent")->mend, "alter role "));
		everything_closed();
	}
	fits();
	catalog_row("1", NULL, NULL, NULL)->t[4] = "owned";
	compare();
	everything_closed();
	fits();
	catalog_add("8", "public", "peek", "integer", "postgres", "public", NULL);
	compare();
	ck_assert_ptr_nonnull(strstr(finding("P245", "public.peek")->mend,
		"revoke execute on routine \"public\".\"peek\"(integer) from public, "
		"\"cordon_agent\";"));
	everything_closed();
	fits();
	catalog_add("5", "pg_catalog", "pg_statistic", "r", "postgres", "usage,whole,any", NULL);
	compare();
	everything_closed();
	fits();
	catalog_drop(catalog_row("2", NULL, NULL, NULL));
	compare();
	ck_assert_ptr_nonnull(finding("P242", "there is no role cordon_agent"));
	everything_closed();
}
END_TEST

START_TEST(a_membership_closes_everything_when_it_opens_more)
{
	fits();
	catalog_add("4", "nothing", "inherit", NULL, NULL, NULL, NULL);
	compare();
	ck_assert_int_eq(finding("P243", "nothing")->level, DRIFT_WARNING);
	ck_assert(!closed("cdm.person"));
	fits();
	catalog_add("4", "pg_read_all_data", "inherit,predefined", NULL, NULL, NULL, NULL);
	compare();
	everything_closed();
	fits();
	catalog_add("4", "clinic", "inherit", NULL, NULL, NULL, NULL);
	catalog_add("5", "lab", "notes", "r", "postgres", "usage,whole,any", NULL);
	catalog_add("7", "lab", "notes", "clinic", "SELECT", NULL, NULL);
	compare();
	ck_assert_str_eq(
		finding("P243", "clinic")->mend, "revoke \"clinic\" from \"cordon_agent\";");
	everything_closed();
}
END_TEST

START_TEST(a_role_that_reads_less_closes_what_needs_it)
{
	fits();
	catalog_row("6", "cdm", "person", "year_of_birth")->t[5] = NULL;
	compare();
	const struct drift_finding *f = finding("P250", "year_of_birth");
	ck_assert_ptr_nonnull(strstr(f->mend, "grant select ("));
	only_person_closed();

	fits();
	for (unsigned i = 0; i < n_catalog; i++)
		if (strcmp(catalog[i].t[0], "5") == 0 && strcmp(catalog[i].t[1], "cdm") == 0)
			catalog[i].t[5] = "listed";
	compare();
	ck_assert_ptr_nonnull(strstr(finding("P250", "cdm.person")->mend,
		"grant usage on schema \"cdm\" to \"cordon_agent\";"));
	ck_assert(closed("cdm.person") && closed("cdm.measurement"));

	fits(); /* people who opted out could not be left out */
	catalog_row("6", "research", "opt_out", "person_id")->t[5] = NULL;
	compare();
	ck_assert_int_eq(finding("P250", "research.opt_out")->closes, CLOSES_DATASET);
	ck_assert(closed("cdm.person") && closed("cdm.measurement"));
	fits();
	catalog_drop(catalog_row("6", "research", "opt_out", "person_id"));
	compare();
	ck_assert(closed("cdm.person"));
}
END_TEST

START_TEST(settings_and_labels_are_warnings)
{
	fits();
	catalog_row("3", "search_path", NULL, NULL)->t[2] = "public";
	catalog_add("9", "cdm", "person", "year_of_birth", "anon", "MASKED WITH VALUE NULL", NULL);
	catalog_add("9", "cdm", "person", "one_more", "anon", "MASKED WITH VALUE NULL", NULL);
	catalog_add("9", NULL, NULL, NULL, "anon", "MASKED", NULL);
	compare();
	ck_assert_uint_eq(drift.found, 0);
	ck_assert_str_eq(finding("P244", "search_path")->mend,
		"alter role \"cordon_agent\" set search_path = pg_catalog;");
	ck_assert_int_eq(finding("P248", "listed as group")->level, DRIFT_WARNING);
	ck_assert_int_eq(finding("P248", "it is not open")->level, DRIFT_NOTICE);
	ck_assert_int_eq(finding("P248", "role cordon_agent carries")->level, DRIFT_WARNING);
}
END_TEST

START_TEST(rows_of_another_form_are_no_snapshot)
{
	static const struct catalog_row bad[] = {
		{ { "1", "150004", "d", "o" } }, /* a second server */
		{ { "0" } }, { { NULL } }, { { "10" } }, { { "5", "cdm", NULL, "r", "o" } },
		{ { "5", "cdm", "x", "S", "o" } }, { { "5", "cdm", "x", "v", "o", "", "abc" } },
		{ { "6", "no", "where", "c", "int4" } }, { { "6", "cdm", "person", NULL, "int4" } },
		{ { "7", "no", "where", "c", "SELECT" } }, { { "3", "x", NULL } },
		{ { "4", NULL } }, { { "8", "s", "f", NULL, "o" } }
	};
	struct snapshot s;
	struct error err;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		fits();
		catalog[n_catalog++] = bad[i];
		FAILS(snapshot_read(&s, &catalog_arena, n_catalog, catalog_cell, catalog, &err),
			E_INPUT);
	}
	/* labels of half a name, which would be compared with whole ones */
	fits();
	catalog_add("9", NULL, "person", "year_of_birth", "anon", "MASKED", NULL);
	FAILS(snapshot_read(&s, &catalog_arena, n_catalog, catalog_cell, catalog, &err), E_INPUT);
	fits();
	catalog_add("9", "cdm", NULL, "year_of_birth", "anon", "MASKED", NULL);
	FAILS(snapshot_read(&s, &catalog_arena, n_catalog, catalog_cell, catalog, &err), E_INPUT);
	fits();
	catalog_add("9", NULL, NULL, "year_of_birth", "anon", "MASKED", NULL);
	FAILS(snapshot_read(&s, &catalog_arena, n_catalog, catalog_cell, catalog, &err), E_INPUT);
	FAILS(snapshot_read(&s, &catalog_arena, 0, catalog_cell, catalog, &err), E_INPUT);
}
END_TEST

START_TEST(names_that_are_no_utf8_equal_nothing_and_break_nothing)
{
	fits();
	catalog_add("5", "cdm", "bad\xff\xfe", "r", "postgres", "usage,whole,any", NULL);
	compare();
	ck_assert_ptr_nonnull(finding("P249", "cdm.bad??"));
}
END_TEST

UNIT_MAIN("drift", what_the_grant_script_leaves_behind_is_no_drift,
	a_table_that_is_gone_is_closed_and_the_nearest_name_told,
	a_column_that_is_gone_closes_its_table_unless_it_is_forbidden,
	a_type_that_does_not_serve_the_use_closes_the_table,
	a_view_must_be_listed_as_one_and_be_the_one_that_was_approved,
	a_role_that_reads_a_whole_table_closes_it_and_the_mend_says_how,
	a_column_that_the_policy_does_not_open_closes_its_table,
	a_role_that_may_write_or_owns_closes_the_table,
	what_a_table_beside_the_list_opens_is_told_and_closes_no_listed_table,
	whatever_opens_the_whole_database_closes_everything,
	a_membership_closes_everything_when_it_opens_more,
	a_role_that_reads_less_closes_what_needs_it, settings_and_labels_are_warnings,
	rows_of_another_form_are_no_snapshot,
	names_that_are_no_utf8_equal_nothing_and_break_nothing)
