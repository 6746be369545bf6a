/*
 * test_grants.c - the script for the database administrator.
 */
#include "tests/unit/policies.h"

#include "policies/grants.h"

static char *script(const struct policy *p, const char *role)
{
	struct text out;
	struct error err;
	char *s;

	text_init(&out, 1 << 20);
	OK(grants_write(p, role, &out, &err));
	s = text_take(&out);
	ck_assert_ptr_nonnull(s);
	return s;
}

#define HAS(s, piece)   ck_assert_msg(strstr(s, piece) != NULL, "no '%s' in\n%s", piece, s)
#define LACKS(s, piece) ck_assert_msg(strstr(s, piece) == NULL, "'%s' in\n%s", piece, s)

START_TEST(listed_columns_are_granted_and_no_others)
{
	struct policy *p = policy_with(NULL, 0);
	char *s;

	ck_assert_msg(p != NULL, "%s", first_error());
	s = script(p, GRANTS_ROLE);
	HAS(s, "grant select (\"person_id\", \"year_of_birth\", \"gender_concept_id\") on "
	       "\"cdm\".\"person\" to \"cordon_agent\";");
	HAS(s, "grant select (\"person_id\", \"condition_concept_id\", \"condition_start_date\", "
	       "\"condition_source_value\") on \"cdm\".\"condition_occurrence\"");
	HAS(s, "grant select (\"person_id\") on \"research\".\"opt_out\"");
	HAS(s, "grant select (\"ancestor_concept_id\", \"descendant_concept_id\") on "
	       "\"cdm\".\"concept_ancestor\"");
	LACKS(s, "birth_datetime");
	LACKS(s, "*");
	free(s);
}
END_TEST

START_TEST(everything_is_revoked_before_anything_is_granted)
{
	struct policy *p = policy_with(NULL, 0);
	char *s = script(p, GRANTS_ROLE);

	HAS(s, "nosuperuser nocreatedb nocreaterole noinherit nobypassrls noreplication");
	HAS(s, "set search_path = pg_catalog;");
	HAS(s, "set default_transaction_read_only = on;");
	HAS(s, "revoke all on all tables in schema \"cdm\", \"research\" from \"cordon_agent\";");
	ck_assert(strstr(s, "revoke all on all tables") < strstr(s, "grant "));
	ck_assert(strstr(s, "begin;") < strstr(s, "revoke") &&
		  strstr(s, "commit;") > strstr(s, "grant select"));
	free(s);
}
END_TEST

START_TEST(a_role_that_was_there_before_loses_what_would_open_more)
{
	struct policy *p = policy_with(NULL, 0);
	char *s = script(p, GRANTS_ROLE);

	HAS(s, "alter role \"cordon_agent\" nosuperuser nocreatedb nocreaterole noinherit "
	       "nobypassrls "
	       "noreplication;");
	HAS(s, "pg_catalog.format('revoke %I from %I', r.name, 'cordon_agent')");
	HAS(s, "set statement_timeout = '60s';");
	free(s);
}
END_TEST

START_TEST(a_schema_in_which_all_is_forbidden_is_revoked_too)
{
	const struct edit e[] = { { P_RED, "      cdm.death:\n",
		"      lab.notes:\n        columns:\n          note: {use: forbidden, why: x}\n"
		"      cdm.death:\n" } };
	struct policy *p = policy_with(e, 1); /* and needs no patient-key */
	char *s;

	ck_assert_msg(p != NULL, "%s", first_error());
	s = script(p, GRANTS_ROLE);
	HAS(s, "revoke all on all tables in schema \"cdm\", \"research\", \"lab\" from");
	HAS(s, "grant usage on schema \"cdm\", \"research\" to");
	LACKS(s, "notes");
	free(s);
}
END_TEST

START_TEST(names_are_quoted)
{
	const struct edit e[] = {
		{ P_RED, "          condition_source_value: {use: link}\n",
			"          诊断 编码: {use: link}\n" },
		{ P_RED, "codes:\n", "x" },
	};
	const struct edit wide[] = {
		{ P_RED, "          drug_concept_id: {use: link}\n",
			"          药品-编码$1: {use: link}\n" },
	};
	struct policy *p;
	char *s;

	ck_assert_ptr_null(policy_with(e, 1)); /* a space is no part of a name */
	p = policy_with(wide, 1);
	ck_assert_msg(p != NULL, "%s", first_error());
	s = script(p, GRANTS_ROLE);
	HAS(s, "\"药品-编码$1\"");
	free(s);
}
END_TEST

START_TEST(a_role_that_is_no_name_is_refused)
{
	static const char *const bad[] = { "", "Agent", "a b", "a\"b", "a'b", "a;b", "1a", "a-b",
		"角色", "a123456789012345678901234567890123456789012345678901234567890123" };
	struct policy *p = policy_with(NULL, 0);
	struct error err;
	struct text out;

	text_init(&out, 1 << 20);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		FAILS(grants_write(p, bad[i], &out, &err), E_INPUT);
		ck_assert_uint_eq(out.len, 0);
	}
	OK(grants_write(p, "cordon_agent_2", &out, &err));
	HAS(text_str(&out), "to \"cordon_agent_2\"");
	text_clear(&out);
}
END_TEST

START_TEST(no_codes_no_ancestors)
{
	const struct edit e[] = { { P_POLICY, "models: {omop: omop-cdm-5.4}\n", "" },
		{ P_RED, ", under_age: 14", "" } };
	struct policy *p = policy_with(e, 2);
	char *s;

	ck_assert_msg(p != NULL, "%s", first_error());
	s = script(p, GRANTS_ROLE);
	LACKS(s, "concept_ancestor");
	free(s);
}
END_TEST

START_TEST(codes_of_other_systems_need_the_vocabulary_where_there_is_one)
{
	const struct edit e[] = { { P_RED, "codes:\n",
		"codes:\n  - {id: aids, use: forbidden, icd10: [B20], departments: [x]}\n" } };
	const struct edit wards[] = { { P_RED, "codes:\n",
		"codes:\n  - {id: aids, use: forbidden, departments: [x]}\n" } };
	struct policy *p = policy_with(e, 1);
	char *s;

	ck_assert_msg(p != NULL, "%s", first_error());
	s = script(p, GRANTS_ROLE);
	/* questions with descendants need the concepts as well */
	HAS(s, "\ngrant select (\"concept_id\", \"invalid_reason\", \"vocabulary_id\", \"concept_code\") on "
	       "\"cdm\".\"concept\" to \"cordon_agent\";");
	HAS(s, "do $$ begin if to_regclass('\"cdm\".\"concept_relationship\"') is not null then grant select ");
	HAS(s, "grant select (\"concept_id_1\", \"concept_id_2\", \"relationship_id\", \"invalid_reason\") on "
	       "\"cdm\".\"concept_relationship\"");
	LACKS(s, "concept_name");
	free(s);
	s = script(policy_with(wards, 1), GRANTS_ROLE); /* departments are in no vocabulary */
	LACKS(s, "\"vocabulary_id\"");
	free(s);
}
END_TEST

START_TEST(a_script_that_does_not_fit_fails)
{
	struct policy *p = policy_with(NULL, 0);
	struct error err;
	struct text out;

	text_init(&out, 500);
	FAILS(grants_write(p, GRANTS_ROLE, &out, &err), E_SYSTEM);
	text_clear(&out);
}
END_TEST

UNIT_MAIN("grants", listed_columns_are_granted_and_no_others,
	everything_is_revoked_before_anything_is_granted,
	a_role_that_was_there_before_loses_what_would_open_more,
	a_schema_in_which_all_is_forbidden_is_revoked_too, names_are_quoted,
	a_role_that_is_no_name_is_refused, no_codes_no_ancestors,
	codes_of_other_systems_need_the_vocabulary_where_there_is_one,
	a_script_that_does_not_fit_fails)
