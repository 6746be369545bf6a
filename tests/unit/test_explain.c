/*
 * test_explain.c - why something in a policy is as it is; that what is told is what is decided.
 */
#include "tests/unit/officers.h"
#include "tests/unit/rulings.h"

#include <stdio.h>

#include "policies/explain/explain.h"
#include "policies/explain/nearest.h"
#include "policies/explain/rule_list.h"

static const struct edit week = { P_RED, "codes:\n",
	"exceptions:\n  - {to: 'preset:strict/quasi.date', for: "
	"'column:cdm.measurement.measurement_date', allow: {truncate: week}, why: {en: "
	"followed by week, zh: 按周观察}, basis: minutes 3, until: 2026-06-30}\ncodes:\n" };
static const struct edit by_week = { P_RED, "measurement_date: {use: group, truncate: month",
	"measurement_date: {use: group, truncate: week" };

/* All of it in one language, a row a line: "place|label|sentence". */
static char told[2][1 << 14];
static struct explanation last;

static void tell(const struct policy *p, const char *thing, const char *on)
{
	struct error err;

	arena_clear(&ask_arena);
	arena_init(&ask_arena, MAX_POLICY_ARENA);
	last = (struct explanation){ 0 };
	OK(explain(p, thing, on == NULL ? DAY_NONE : day(on), &ask_arena, &last, &err));
	for (int zh = 0; zh < 2; zh++) {
		size_t at = 0;

		told[zh][0] = '\0';
		for (unsigned i = 0; i < last.n_rows; i++) {
			const struct explain_row *r = &last.rows[i];
			const char *label = r->label.en == NULL ? ""
					    : zh                ? r->label.zh
								: r->label.en;

			ck_assert_msg((r->label.en == NULL) == (r->label.zh == NULL), "%s", thing);
			ck_assert_msg(r->label.en != NULL || r->at.line > 0,
				"%s: row %u has neither label nor place", thing, i);
			at += (size_t)snprintf(told[zh] + at, sizeof(told[zh]) - at,
				"%s:%u:%u|%s|%s\n", r->at.file == NULL ? "-" : r->at.file,
				r->at.line, r->at.column, label, zh ? r->say.zh : r->say.en);
			ck_assert(at < sizeof(told[zh]));
		}
		ck_assert_msg(utf8_valid(told[zh], at), "%s", thing);
	}
}

static const struct told_case {
	const char *thing, *kind;
	const char *en[4]; /* each must stand in it */
	const char *zh;
} cases[] = {
	{ "cdm.person.birth_datetime", "column",
		{ "|you wrote: use forbidden\n", "|reason: a full birth date\n",
			"|preset strict|quasi.birth-date forbidden (practice: Cordon strict 2)\n",
			"|result|forbidden\n" },
		"|理由：完整出生日期\n" },
	{ "column:cdm.person.year_of_birth", "column",
		{ "|you wrote: age bands 0, 18, 45, 65, 80\n", "last band from 90 at most",
			"|result|group, age bands 0, 18, 45, 65, 80\n", "|used by|study DM\n" },
		"年龄段 0, 18, 45, 65, 80" },
	{ "cdm.person.gender_concept_id", "column",
		{ "|also called 性别 in group_by\n", "categories 男, 女, other", "study DM, MH\n" },
		"分组时也可写作 性别" },
	{ "cdm.condition_occurrence.condition_source_value", "column",
		{ "|used by|finding rows of code rule vip\n" }, "vip" },
	{ "cdm.measurement.value_as_number", "column", { "|used by|measure hba1c, glucose\n" },
		"指标 hba1c, glucose" },
	{ "cdm.person", "table",
		{ "rows of one patient in an answer: at most 1\n",
			"|year_of_birth: group, age bands",
			"every column that is not listed is forbidden" },
		"未列出的字段一律禁止使用" },
	{ "hba1c", "measure",
		{ "clamped to 3 .. 20 %\n", "is 3004410\n", "at 6.5, 7, 8 only\n", "study DM\n" },
		"限于 3 .. 20 %" },
	{ "glucose", "measure", { "no cut points" }, "没有切点" },
	{ "omop", "dataset",
		{ "model omop-cdm-5.4", "people in research.opt_out.person_id", "people under 14",
			"study DM, MH" },
		"14 岁以下" },
	{ "DM", "study",
		{ "|runs 2026-01-10..2026-12-31\n",
			"|li@s1.example is analyst and may ask count, histogram\n",
			"|budget study:DM: rho 1.2, 2026-01-01..2026-12-31; a question costs up to "
			"0.0244, so about 49 of them\n",
			"at most 9 questions" },
		"最多查询 9 次" },
	{ "study:MH.may_use", "study", { "|code:mental is open to it\n", "stricter release" },
		"code:mental 对其开放" },
	{ "439727", "code", { "|code:hiv (艾滋病) names it by omop\n", "|result|forbidden" },
		"禁止" },
	{ "440383+", "code",
		{ "|code:mental names it by omop\n", "open to study MH, kinds count only",
			"that study may name it on cdm.condition_occurrence.condition_concept_id" },
		"仅对课题 MH" },
	{ "8507", "code",
		{ "|counted as 男 of cdm.person.gender_concept_id\n", "no rule names it" },
		"归入 男" },
	{ "9201", "code",
		{ "may be named on cdm.condition_occurrence.condition_concept_id, "
		  "cdm.measurement.measurement_concept_id, "
		  "cdm.visit_occurrence.visit_concept_id\n" },
		"cdm.visit_occurrence.visit_concept_id" },
	{ "icd10:B20", "code", { "no rule names it", "write it icd10:B20" }, "术语表含此类编码" },
	{ "code:hiv", "code rule",
		{ "|preset strict|has this rule too", "|names|omop 439727+\n",
			"|result|forbidden" },
		"只能收紧" },
	{ "mental", "code rule", { "at least 50 patients a cell", "open to study MH" },
		"50 名患者" },
	{ "vip", "code rule",
		{ "cdm.condition_occurrence.condition_source_value VIP01*, VIP02*, "
		  "VIP03*, X9\n" },
		"VIP01*" },
	{ "quasi.date", "category",
		{ "at least by month (practice: Cordon strict 2)",
			"condition_start_date: group, by quarter" },
		"至少归并到月" },
	{ "preset:strict/quasi.age", "ceiling", { "last band from 90", "year_of_birth" }, "90" },
	{ "kind:count.group_by", "kind",
		{ "at most 2 groups, 4 filters, 40 cells\n", "study DM, MH\n",
			"role analyst, viewer\n" },
		"最多 2 个分组" },
	{ "survival", "kind", { "not listed: refused" }, "一律拒绝" },
	{ "tighter:measure:hba1c", "release", { "at least 30 patients a cell" }, "30 名患者" },
	{ "role:viewer", "role", { "|may ask count\n", "wang@uni.example in study DM" },
		"可查询 count" },
	{ "release:min_patients", "release",
		{ "from 10 patients on", "|30 for hba1c\n",
			"50 for studies to which code:mental is open" },
		"10 名患者" },
	{ "release:secure_aggregation", "release", { "|preferred\n" }, "preferred" },
	{ "release:max_similar", "release", { "no limit; each is paid" }, "不限" },
	{ "budget:requester:li@s1.example", "budget", { "budget each-requester: rho 0.8" },
		"预算" },
	{ "budget:dataset:omop", "budget", { "budget dataset:omop: epsilon 20" }, "epsilon 20" },
	{ "policy:valid", "policy", { "in force 2026-01-01..2026-12-31" }, "有效期" },
	{ "default:not-listed", "rule", { "what no line opens is refused" }, "凡未写明者" },
	{ "cohort:compose.depth", "cohort", { "at most 4 criteria, 2 deep" }, "嵌套 2 层" },
};

START_TEST(what_is_told_names_the_words_and_what_comes_of_them)
{
	const struct told_case *c = &cases[_i];
	struct policy *p = policy_with(NULL, 0);

	ck_assert_ptr_nonnull(p);
	tell(p, c->thing, NULL);
	ck_assert_msg(last.kind != NULL, "%s: nothing has this name", c->thing);
	ck_assert_str_eq(last.kind, c->kind);
	for (int i = 0; i < 4 && c->en[i] != NULL; i++)
		ck_assert_msg(strstr(told[0], c->en[i]) != NULL, "%s: no '%s' in\n%s", c->thing,
			c->en[i], told[0]);
	ck_assert_msg(
		strstr(told[1], c->zh) != NULL, "%s: no '%s' in\n%s", c->thing, c->zh, told[1]);
}
END_TEST

START_TEST(an_exception_is_told_with_its_end_and_what_comes_after)
{
	const struct edit edits[] = { week, by_week };
	struct policy *p = policy_with(edits, 2);
	const char *name = "cdm.measurement.measurement_date";

	ck_assert_msg(p != NULL, "%s", first_error());
	tell(p, name, NULL);
	ck_assert_msg(
		strstr(told[0], "|exception until 2026-06-30: followed by week (minutes 3)\n") !=
			NULL,
		"%s", told[0]);
	ck_assert_msg(
		strstr(told[0], "|result|group, by week, 2018-01-01..2025-12-31 until 2026-06-30, "
				"from 2026-07-01 group, by month") != NULL,
		"%s", told[0]);
	ck_assert_ptr_nonnull(strstr(told[1], "按周观察"));
	tell(p, name, "2026-06-30");
	ck_assert_ptr_nonnull(strstr(told[0], "|on 2026-06-30|group, by week"));
	tell(p, name, "2026-07-01");
	ck_assert_ptr_nonnull(strstr(told[0], "|on 2026-07-01|group, by month"));
	tell(p, "preset:strict/quasi.date", NULL);
	ck_assert_str_eq(last.kind, "ceiling");
}
END_TEST

START_TEST(an_officers_cohort_is_told_with_its_parameters_and_columns)
{
	struct policy *p = officer_policy(NULL, 0);

	tell(p, "cohort:hba1c-t2dm", NULL);
	ck_assert_str_eq(last.kind, "cohort");
	ck_assert_ptr_nonnull(strstr(told[0], "|officers' cohort in cohorts/a.sql\n"));
	ck_assert_ptr_nonnull(strstr(
		told[0], "|parameter from takes what cdm.measurement.measurement_date allows\n"));
	ck_assert_msg(strstr(told[0], "cdm.condition_occurrence.condition_concept_id") != NULL,
		"%s", told[0]);
	ck_assert_ptr_nonnull(strstr(told[0], "|used by|study DM\n"));
	tell(p, "hba1c-t2dm", NULL);
	ck_assert_str_eq(last.kind, "cohort");
	tell(p, "cdm.measurement.measurement_date", NULL);
	ck_assert_msg(strstr(told[0], "|used by|cohort hba1c-t2dm (parameters from, to)\n") != NULL,
		"%s", told[0]);
	ck_assert_ptr_nonnull(strstr(told[1], "队列 hba1c-t2dm（参数 from, to）"));
	tell(p, "study:DM.cohorts", NULL);
	ck_assert_ptr_nonnull(strstr(told[0], "|cohorts hba1c-t2dm, others, units, alive\n"));
}
END_TEST

START_TEST(every_rule_of_a_policy_can_be_explained)
{
	const struct edit edits[] = { week, by_week };
	struct policy *p = policy_with(edits, 2);
	struct policy_rule *rules = NULL;
	struct error err;
	unsigned n = 0;

	OK(rule_list(p, &policy_arena, &rules, &n, &err));
	ck_assert_uint_gt(n, 50);
	for (unsigned i = 0; i < n; i++) {
		tell(p, rules[i].id, NULL);
		ck_assert_msg(last.kind != NULL, "%s", rules[i].id);
		ck_assert_msg(last.n_rows > 0, "%s", rules[i].id);
	}
}
END_TEST

static const struct {
	const char *thing, *near; /* near NULL: none */
} unknown[] = { { "cdm.person.birth_datetine", "cdm.person.birth_datetime" },
	{ "birth_datetime", "cdm.person.birth_datetime" }, { "quasi.dat", "quasi.date" },
	{ "code:hvi", "code:hiv" }, { "study:DM.valit", "study:DM.valid" }, { "qwertyuiop", NULL },
	{ "icd10:999", NULL }, { "", NULL }, { "study:", NULL }, { "0", NULL }, { "-5", NULL },
	{ "99999999999", NULL } };

START_TEST(what_is_not_there_is_met_with_near_names)
{
	struct policy *p = policy_with(NULL, 0);

	tell(p, unknown[_i].thing, NULL);
	ck_assert_msg(last.kind == NULL, "%s is a %s", unknown[_i].thing, last.kind);
	ck_assert_uint_eq(last.n_rows, 0);
	if (unknown[_i].near != NULL) {
		ck_assert_uint_ge(last.n_near, 1);
		ck_assert_str_eq(last.near[0], unknown[_i].near);
	}
}
END_TEST

/* ---- nearest allowed ---- */

static const char *nearest(const struct policy *p, const char *text)
{
	struct question *q = question(text);
	struct verdict v = ruling_on(p, q, NULL, NULL, false);
	const struct column *c;

	ck_assert(!v.allow);
	c = nearest_allowed(p, q, day("2026-03-01"), &v.first);
	return c == NULL ? NULL : c->name;
}

START_TEST(a_birth_date_is_answered_with_the_age_that_is_allowed)
{
	struct policy *p = policy_with(NULL, 0);
	struct edit not_the_study = { P_STUDIES, "may_use: [cdm.person.year_of_birth, ",
		"may_use: [" };

	ck_assert_str_eq(nearest(p, DM "group_by: [cdm.person.birth_datetime]\n"),
		"cdm.person.year_of_birth");
	/* a key is not about anything; what is not listed has no category; a code is no group */
	ck_assert_ptr_null(nearest(p, DM "group_by: [cdm.person.person_id]\n"));
	ck_assert_ptr_null(nearest(p, DM "group_by: [cdm.person.race_concept_id]\n"));
	ck_assert_ptr_null(nearest(p, DM COHORT("{condition: [439727]}")));
	p = policy_with(&not_the_study, 1);
	ck_assert_msg(p != NULL, "%s", first_error());
	ck_assert_ptr_null(nearest(p, DM "group_by: [cdm.person.birth_datetime]\n"));
}
END_TEST

int main(void)
{
	Suite *s = suite_create("explain");
	TCase *c = tcase_create("explain");
	SRunner *r = srunner_create(s);
	int failed;

	suite_add_tcase(s, c);
	tcase_add_loop_test(c, what_is_told_names_the_words_and_what_comes_of_them, 0,
		sizeof(cases) / sizeof(cases[0]));
	tcase_add_loop_test(c, what_is_not_there_is_met_with_near_names, 0,
		sizeof(unknown) / sizeof(unknown[0]));
	tcase_add_test(c, an_officers_cohort_is_told_with_its_parameters_and_columns);
	tcase_add_test(c, every_rule_of_a_policy_can_be_explained);
	tcase_add_test(c, an_exception_is_told_with_its_end_and_what_comes_after);
	tcase_add_test(c, a_birth_date_is_answered_with_the_age_that_is_allowed);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
