/*
 * test_convert.c - cohort definitions of Circe, i2b2, SHRINE and CCDL, and ours as Circe's.
 */
#include "convert/convert.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "query/canonical.h"
#include "tests/unit/unit.h"

/* Small definitions in each format, one thing a time. */

static struct arena arena;
static struct diags ds;
static struct text out;

/* Also before the first test, which makes its text there. */
__attribute__((constructor)) static void setup(void)
{
	arena_init(&arena, 64 << 20);
	diags_init(&ds, &arena);
	text_init(&out, 16 << 20);
}

static void teardown(void)
{
	text_clear(&out);
	arena_clear(&arena);
}

static int convert(enum convert_format format, const char *s)
{
	const struct convert_want want = { .file = "in", .on = "2025-12-31" };

	teardown();
	setup();
	return convert_read(format, s, strlen(s), &want, &arena, &ds, &out);
}

static void must(int ret)
{
	for (size_t i = 0; ret != 0 && i < ds.count; i++)
		fprintf(stderr, "%s: %s\n", ds.list[i].at.file, ds.list[i].en);
	ck_assert_int_eq(ret, 0);
}

static bool says(const char *s)
{
	if (strstr(text_str(&out), s) == NULL)
		fprintf(stderr, "no '%s' in:\n%s", s, text_str(&out));
	return strstr(text_str(&out), s) != NULL;
}

/* The place of the first error, "in: " left out. */
static const char *place(void)
{
	for (size_t i = 0; i < ds.count; i++)
		if (ds.list[i].level == DIAG_ERROR)
			return strncmp(ds.list[i].at.file, "in: ", 4) == 0 ? ds.list[i].at.file + 4
									   : ds.list[i].at.file;
	return "no error";
}

static bool noticed(const char *code)
{
	for (size_t i = 0; i < ds.count; i++)
		if (strcmp(ds.list[i].code, code) == 0)
			return true;
	return false;
}

#define SETS                                                                                       \
	"\"ConceptSets\":[{\"id\":0,\"name\":\"Type 2 "                                            \
	"diabetes\",\"expression\":{\"items\":[{\"concept\":{"                                     \
	"\"CONCEPT_ID\":201826},\"includeDescendants\":true}]}},{\"id\":1,\"name\":\"\","          \
	"\"expression\":{\"items\":[{"                                                             \
	"\"concept\":{\"CONCEPT_ID\":9}},{\"concept\":{\"CONCEPT_ID\":8},\"isExcluded\":true,"     \
	"\"includeMapped\":true}]}}"                                                               \
	",{\"id\":2,\"name\":\"empty\",\"expression\":{\"items\":[]}}]"

/* The whole of an expression with these primary criteria, limits and more keys. */
static char *whole(const char *entry, const char *primary, const char *qualified, const char *more)
{
	return arena_textf(&arena,
		"{" SETS
		",\"PrimaryCriteria\":{\"CriteriaList\":[%s],\"ObservationWindow\":{\"PriorDays\":"
		"365,\"PostDays\":7},\"PrimaryCriteriaLimit\":{\"Type\":\"%s\"}},"
		"\"QualifiedLimit\":{"
		"\"Type\":\"%s\"},\"ExpressionLimit\":{\"Type\":\"All\"}%s%s}",
		entry, primary, qualified, more[0] == '\0' ? "" : ",", more);
}

static int entry(const char *criterion)
{
	char *s = strdup(whole(criterion, "All", "First", ""));
	int ret = convert(CONVERT_CIRCE, s);

	free(s);
	return ret;
}

#define WINDOW                                                                                     \
	"\"StartWindow\":{\"Start\":{\"Days\":30,\"Coeff\":-1},\"End\":{\"Days\":0,\"Coeff\":1}}"
#define DRUG "\"Criteria\":{\"DrugExposure\":{\"CodesetId\":1}}," WINDOW
#define ONCE ",\"Occurrence\":{\"Type\":2,\"Count\":1}"

static int with(const char *key, const char *group, const char *primary, const char *qualified)
{
	char *more = strdup(arena_textf(&arena, "\"%s\":%s", key, group));
	char *s = strdup(
		whole("{\"ConditionOccurrence\":{\"CodesetId\":0}}", primary, qualified, more));
	int ret = convert(CONVERT_CIRCE, s);

	free(s);
	free(more);
	return ret;
}

static int rule(const char *group)
{
	char *list =
		strdup(arena_textf(&arena, "[{\"name\":\"a rule\",\"expression\":%s}]", group));
	int ret = with("InclusionRules", list, "All", "First");

	free(list);
	return ret;
}

static int member(const char *keys)
{
	char *group =
		strdup(arena_textf(&arena, "{\"Type\":\"ALL\",\"CriteriaList\":[{%s}]}", keys));
	int ret = rule(group);

	free(group);
	return ret;
}

START_TEST(every_type_of_criterion_is_an_event)
{
	static const struct {
		const char *json, *event;
	} types[] = { { "ConditionOccurrence", "condition" }, { "DrugExposure", "drug" },
		{ "ProcedureOccurrence", "procedure" }, { "Measurement", "measurement" },
		{ "Observation", "observation" }, { "VisitOccurrence", "visit" },
		{ "VisitDetail", "visit_detail" }, { "Death", "death" },
		{ "DeviceExposure", "device" }, { "Specimen", "specimen" },
		{ "ConditionEra", "condition_era" }, { "DrugEra", "drug_era" },
		{ "DoseEra", "dose_era" } };
	char json[200], event[100];

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		snprintf(json, sizeof(json), "{\"%s\":{\"CodesetId\":0}}", types[i].json);
		snprintf(
			event, sizeof(event), "entry: {%s: [set:type-2-diabetes]}", types[i].event);
		must(entry(json));
		ck_assert(says(event));
		snprintf(json, sizeof(json), "{\"%s\":{}}", types[i].json);
		snprintf(event, sizeof(event), "entry: {%s: any}", types[i].event);
		must(entry(json));
		ck_assert(says(event));
	}
	must(entry("{\"ObservationPeriod\":{\"PeriodLength\":{\"Value\":30,\"Op\":\"gte\"}}}"));
	ck_assert(says("observation_period: any, lasting: {at_least: 30 days}"));
}
END_TEST

START_TEST(concept_sets_keep_descendants_mappings_and_what_is_taken_out)
{
	must(entry("{\"ConditionOccurrence\":{\"CodesetId\":0}}"));
	ck_assert(says("# Type 2 diabetes\n  type-2-diabetes: [201826+]"));
	ck_assert(!strstr(text_str(&out), "set-1")); /* sets that nothing names are left out */
	must(entry("{\"ConditionOccurrence\":{\"ConditionSourceConcept\":1}}"));
	ck_assert(says("set-1: [9, -8m]"));
	ck_assert(says("condition: any, source: [set:set-1]"));
}
END_TEST

START_TEST(every_operator_of_a_number_keeps_its_bounds)
{
	static const struct {
		const char *range, *value;
	} ranges[] = { { "\"Value\":7,\"Op\":\"lt\"", "{below: 7}" },
		{ "\"Value\":7,\"Op\":\"lte\"", "{at_most: 7}" },
		{ "\"Value\":7,\"Op\":\"eq\"", "{between: [7, 7]}" },
		{ "\"Value\":7.25,\"Op\":\"gt\"", "{above: 7.25}" },
		{ "\"Value\":7,\"Op\":\"gte\"", "{at_least: 7}" },
		{ "\"Value\":1,\"Extent\":2,\"Op\":\"bt\"", "{between: [1, 2]}" },
		{ "\"Value\":1,\"Extent\":2,\"Op\":\"!bt\"", "{outside: [1, 2]}" },
		{ "\"Value\":1,\"Op\":\"!eq\"", "{outside: [1, 1]}" },
		/* Circe compares with four places */
		{ "\"Value\":0.12345678,\"Op\":\"gt\"", "{above: 0.1235}" } };
	char json[200];

	for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++) {
		snprintf(json, sizeof(json), "{\"Measurement\":{\"ValueAsNumber\":{%s}}}",
			ranges[i].range);
		must(entry(json));
		ck_assert(says(ranges[i].value));
	}
	ck_assert_int_eq(
		entry("{\"Measurement\":{\"ValueAsNumber\":{\"Value\":1,\"Op\":\"near\"}}}"), -1);
	ck_assert_str_eq(place(), "PrimaryCriteria.CriteriaList[0].Measurement.ValueAsNumber.Op");
	ck_assert_uint_eq(out.len, 0);
}
END_TEST

START_TEST(ages_and_days_are_half_open_and_whole)
{
	must(entry("{\"DrugExposure\":{\"Age\":{\"Value\":18,\"Op\":\"gt\"}}}"));
	ck_assert(says("age: {from: 19}"));
	must(entry("{\"DrugExposure\":{\"Age\":{\"Value\":18,\"Extent\":64,\"Op\":\"bt\"}}}"));
	ck_assert(says("age: {from: 18, to: 65}"));
	must(entry("{\"DrugExposure\":{\"Age\":{\"Value\":18,\"Extent\":64,\"Op\":\"!bt\"}}}"));
	ck_assert(says("any: [{age: {to: 18}}, {age: {from: 65}}]"));
	must(entry("{\"DrugExposure\":{\"OccurrenceStartDate\":{\"Value\":\"2020-02-28\",\"Op\":"
		   "\"gt\"}}}"));
	ck_assert(says("during: 2020-02-29.."));
	must(entry("{\"ConditionOccurrence\":{\"OccurrenceEndDate\":{\"Value\":\"2020-03-01\","
		   "\"Op\":\"lt\"}}}"));
	ck_assert(says("ends: ..2020-02-29"));
	/* circe-be takes this end for a start */
	must(entry("{\"DrugExposure\":{\"OccurrenceEndDate\":{\"Value\":\"2020-03-01\",\"Op\":"
		   "\"lte\"}}}"));
	ck_assert(says("during: ..2020-03-01"));
	ck_assert(noticed("V121"));
}
END_TEST

START_TEST(limits_choose_the_index_event)
{
	static const char group[] = "{\"Type\":\"ALL\",\"CriteriaList\":[{" DRUG ONCE "}]}";
	static const char empty[] = "{\"Type\":\"ALL\",\"CriteriaList\":[]}";

	must(with("Title", "\"t\"", "First", "All"));
	ck_assert(says("index: first"));
	must(with("Title", "\"t\"", "Last", "First"));
	ck_assert(says("index: last"));
	must(with("Title", "\"t\"", "All",
		"First")); /* nothing to qualify: the limit is not looked at */
	ck_assert(says("index: each"));
	must(with("AdditionalCriteria", group, "First", "All"));
	ck_assert(says("index: first") && says("all: [{drug: [set:set-1]"));
	must(with("AdditionalCriteria", group, "All", "All"));
	ck_assert(says("index: each") && says("all: [{drug: [set:set-1]"));
	must(with("AdditionalCriteria", group, "All", "Last"));
	ck_assert(says("index: last") && says("with: [{drug: [set:set-1]"));
	must(with("AdditionalCriteria", empty, "All", "First"));
	ck_assert(says("index: first"));
	ck_assert(says("observed: {before: 365 days, after: 7 days}"));
}
END_TEST

START_TEST(windows_visits_and_counts_are_kept)
{
	must(member(DRUG ONCE));
	ck_assert(says("within: {from: -30 days, to: 0 days}"));
	ck_assert(says("# a rule"));
	must(member(DRUG ",\"Occurrence\":{\"Type\":0,\"Count\":0}"));
	ck_assert(says("none:"));
	must(member(DRUG ",\"Occurrence\":{\"Type\":1,\"Count\":2}"));
	ck_assert(says("times: {at_most: 2}"));
	must(member(DRUG ",\"Occurrence\":{\"Type\":2,\"Count\":2,\"IsDistinct\":true,"
			 "\"CountColumn\":\"VISIT_ID\"}"));
	ck_assert(says("times: {at_least: 2, distinct: visit}"));
	must(member(DRUG ",\"Occurrence\":{\"Type\":2,\"Count\":2,\"IsDistinct\":true}"));
	ck_assert(says("times: {at_least: 2, distinct: concept}"));
	must(member(DRUG ONCE ",\"RestrictVisit\":true,\"IgnoreObservationPeriod\":true"));
	ck_assert(says("same_visit: yes") && says("inside_observation: no"));
	must(member("\"Criteria\":{\"VisitOccurrence\":{}},\"StartWindow\":{\"Start\":{\"Coeff\":-"
		    "1},\"End\":{"
		    "\"Days\":0,\"Coeff\":1}},\"EndWindow\":{\"Start\":{\"Days\":0,\"Coeff\":1},"
		    "\"End\":{"
		    "\"Coeff\":1},\"UseIndexEnd\":true}" ONCE));
	ck_assert(says("{from: all days before, to: 0 days}"));
	ck_assert(says("{from: 0 days, to: all days after, on: end, to_on: end}"));
	must(member("\"Criteria\":{\"Death\":{}},\"StartWindow\":{\"Start\":{\"Coeff\":-1},\"End\":"
		    "{\"Coeff\":1}}" ONCE));
	ck_assert(says("{death: any, inside_observation: yes}"));
}
END_TEST

START_TEST(groups_nest_and_what_always_holds_is_not_written)
{
	must(rule("{\"Type\":\"ANY\",\"CriteriaList\":[{" DRUG ONCE
		  "}],\"DemographicCriteriaList\":[{\"Gender\":[{"
		  "\"CONCEPT_ID\":8532}]}]}"));
	ck_assert(says("any:") && says("{sex: [8532]}"));
	must(rule("{\"Type\":\"AT_LEAST\",\"Count\":2,\"CriteriaList\":[{" DRUG ONCE "},{" DRUG
		  ",\"Occurrence\":{\"Type\":2,\"Count\":2}},{" DRUG
		  ",\"Occurrence\":{\"Type\":2,\"Count\":3}}]}"));
	ck_assert(says("at_least: 2"));
	must(rule("{\"Type\":\"AT_MOST\",\"Count\":0,\"CriteriaList\":[{" DRUG ONCE "}]}"));
	ck_assert(says("none:"));
	must(rule("{\"Type\":\"ANY\",\"CriteriaList\":[{" DRUG ONCE
		  "}],\"Groups\":[{\"Type\":\"ALL\"}]}"));
	ck_assert(!strstr(text_str(&out), "drug"));
	must(rule("{\"Type\":\"ALL\"}"));
	must(rule("{\"Type\":\"ALL\",\"CriteriaList\":[{\"Criteria\":{\"DrugExposure\":{"
		  "\"CodesetId\":2}}," WINDOW ",\"Occurrence\":{\"Type\":0,\"Count\":0}}]}"));
	ck_assert(!strstr(text_str(&out), "drug"));
	ck_assert(noticed("V120"));
}
END_TEST

START_TEST(a_definition_that_nobody_meets_is_refused)
{
	ck_assert_int_eq(entry("{\"DrugExposure\":{\"CodesetId\":2}}"), -1);
	ck_assert_int_eq(entry("{\"DrugExposure\":{\"CodesetId\":77}}"), -1);
	ck_assert_int_eq(
		member("\"Criteria\":{\"DrugExposure\":{\"CodesetId\":2}}," WINDOW ONCE), -1);
	ck_assert_int_eq(entry("{\"DrugExposure\":{\"Age\":{\"Value\":0,\"Op\":\"lt\"}}}"), -1);
}
END_TEST

START_TEST(what_cannot_be_said_is_refused_by_its_path)
{
	static const struct {
		const char *criterion, *path;
	} cases[] = {
		{ "{\"PayerPlanPeriod\":{}}", "PayerPlanPeriod" },
		{ "{\"LocationRegion\":{}}", "LocationRegion" },
		{ "{\"Nothing\":{}}", "Nothing" },
		{ "{\"ConditionOccurrence\":{\"StopReason\":{\"Text\":\"x\",\"Op\":\"eq\"}}}",
			"ConditionOccurrence.StopReason" },
		{ "{\"Measurement\":{\"Abnormal\":true}}", "Measurement.Abnormal" },
		{ "{\"Observation\":{\"ValueAsString\":{}}}", "Observation.ValueAsString" },
		{ "{\"DrugEra\":{\"GapDays\":{}}}", "DrugEra.GapDays" },
		{ "{\"DrugEra\":{\"AgeAtEnd\":{}}}", "DrugEra.AgeAtEnd" },
		{ "{\"DrugExposure\":{\"DateAdjustment\":{}}}", "DrugExposure.DateAdjustment" },
		{ "{\"DrugExposure\":{\"New\":1}}", "DrugExposure.New" },
		{ "{\"ObservationPeriod\":{\"UserDefinedPeriod\":{}}}",
			"ObservationPeriod.UserDefinedPeriod" },
		{ "{\"DrugExposure\":{\"OccurrenceStartDate\":{\"Value\":\"2020-01-01\",\"Op\":\"!"
		  "eq\"}}}",
			"DrugExposure.OccurrenceStartDate" },
		{ "{\"DrugExposure\":{\"RouteConceptCS\":{\"CodesetId\":0,\"IsExclusion\":true}}}",
			"DrugExposure.RouteConceptCS" },
	};
	char path[200];

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		ck_assert_int_eq(entry(cases[i].criterion), -1);
		snprintf(path, sizeof(path), "PrimaryCriteria.CriteriaList[0].%s", cases[i].path);
		ck_assert_str_eq(place(), path);
		ck_assert_uint_eq(out.len, 0);
	}
	ck_assert_int_eq(with("Unknown", "1", "All", "All"), -1);
	ck_assert_str_eq(place(), "Unknown");
	ck_assert_int_eq(rule("{\"Type\":\"ALL\",\"DemographicCriteriaList\":[{\"RaceCS\":{"
			      "\"CodesetId\":0}}]}"),
		-1);
	ck_assert_str_eq(place(), "InclusionRules[0].expression.DemographicCriteriaList[0].RaceCS");
}
END_TEST

START_TEST(types_are_taken_out_and_attributes_stand_in_their_place)
{
	must(entry("{\"ConditionOccurrence\":{\"ConditionType\":[{\"CONCEPT_ID\":5}],"
		   "\"ConditionTypeExclude\":true}}"));
	ck_assert(says("type: [-5]"));
	must(entry(
		"{\"ConditionOccurrence\":{\"ConditionType\":[],\"ConditionTypeExclude\":true}}"));
	ck_assert(!strstr(text_str(&out), "type"));
	must(entry("{\"Measurement\":{\"Unit\":[{\"CONCEPT_ID\":5}],\"RangeHighRatio\":{\"Value\":"
		   "2,\"Op\":\"gt\"},"
		   "\"RangeLow\":{\"Value\":1,\"Op\":\"lt\"},\"ValueAsConceptCS\":{\"CodesetId\":0}"
		   "}}"));
	ck_assert(says("unit: [5]") && says("range: {high: {above: 2}}") &&
		  says("range_low: {below: 1}") && says("concept: [set:type-2-diabetes]"));
	must(entry("{\"DrugExposure\":{\"VisitType\":[{\"CONCEPT_ID\":9201}],\"DaysSupply\":{"
		   "\"Value\":30.9,\"Op\":"
		   "\"gte\"}}}"));
	ck_assert(says("visit: [9201]") && says("supply: {at_least: 30}"));
}
END_TEST

START_TEST(ends_of_the_period_are_noticed_and_refused_where_they_take_people_out)
{
	must(with("EndStrategy", "{\"DateOffset\":{\"DateField\":\"EndDate\",\"Offset\":30}}",
		"All", "All"));
	ck_assert(noticed("V123"));
	ck_assert_int_eq(
		with("EndStrategy", "{\"DateOffset\":{\"DateField\":\"StartDate\",\"Offset\":-1}}",
			"All", "All"),
		-1);
	ck_assert_str_eq(place(), "EndStrategy.DateOffset");
	must(with("CensorWindow", "{\"EndDate\":\"2020-12-31\"}", "All", "All"));
	ck_assert(says("during: ..2020-12-31") && says("within: {from: 0 days, to: 0 days}"));
	must(with("CensorWindow", "{\"StartDate\":\"2020-12-31\"}", "All", "All"));
	ck_assert(says("observation_period: any") && says("ends: 2020-12-31.."));
}
END_TEST

START_TEST(json_that_is_none_has_its_line)
{
	ck_assert_int_eq(convert(CONVERT_CIRCE, "{\n\"a\": ]"), -1);
	ck_assert_uint_eq(ds.list[0].at.line, 2);
	ck_assert_int_eq(convert(CONVERT_CIRCE, "{\"a\":1,\"a\":2}"), -1);
	/* what is wrong is quoted: here up to the first byte of a character */
	ck_assert_int_eq(convert(CONVERT_CIRCE, "{\"a\\\xd0\x80\": 1}"), -1);
	ck_assert(utf8_valid(ds.list[0].en, strlen(ds.list[0].en)));
}
END_TEST

START_TEST(a_wrapper_of_atlas_is_opened)
{
	char *inner = strdup(whole("{\"Death\":{}}", "All", "All", "")), *s;
	struct text t;

	text_init(&t, 1 << 16);
	text_add(&t, "{\"id\":7,\"name\":\"x\",\"expression\":");
	text_add_json(&t, inner);
	text_add(&t, "}");
	s = text_take(&t);
	must(convert(CONVERT_CIRCE, s));
	ck_assert(says("death: any"));
	free(s);
	free(inner);
}
END_TEST

/* Ours to Circe and back: the same question. */
static void round_trip(const char *yaml)
{
	const struct convert_want want = { .file = "back", .study = "S", .dataset = "omop" };
	struct question *q = NULL, *again = NULL;
	struct text circe, a, b;
	struct error err;

	teardown();
	setup();
	text_init(&circe, 16 << 20);
	must(question_read("q", yaml, strlen(yaml), &arena, &ds, &q));
	must(convert_to_circe(q, &arena, &ds, &circe));
	must(convert_read(CONVERT_CIRCE, text_str(&circe), circe.len, &want, &arena, &ds, &out));
	must(question_read("b", text_str(&out), out.len, &arena, &ds, &again));
	text_init(&a, MAX_QUESTION_BYTES);
	text_init(&b, MAX_QUESTION_BYTES);
	OK(canonical_write(q, &a, &err));
	OK(canonical_write(again, &b, &err));
	ck_assert_str_eq(text_str(&a), text_str(&b));
	text_clear(&a);
	text_clear(&b);
	text_clear(&circe);
}

#define HEAD                                                                                       \
	"study: S\nkind: count\ndataset: omop\ncohort:\n  observed: {before: 0 days, after: 0 "    \
	"days}\n"

START_TEST(ours_goes_to_circe_and_comes_back_the_same)
{
	round_trip(HEAD "  entry: {condition: [201826+, -5m], first: yes, during: 2019-01-01.., "
			"age: {from: 18, to: 65}}\n"
			"  index: last\n"
			"  all:\n"
			"    - {drug: [1], within: {from: -30 days, to: all days after, on: end}, "
			"times: {at_least: 2, distinct: day}}\n"
			"    - any: [{sex: [8507]}, {age: {to: 18}}]\n"
			"    - {at_most: 1, of: [{visit: [9201], lasting: {at_least: 3 days}}, "
			"{death: any}, {race: [1]}]}\n"
			"  none: [{measurement: [3], value: {between: [1, 2.5], unit: [5]}, "
			"same_visit: yes}]\n");
	round_trip(HEAD "  entry: [{drug_era: [1+], records: {above: 2}}, {observation: [4], type: "
			"[-5+], with: [{condition: any, "
			"within: {from: 0 days}}]}]\n  index: each\n");
}
END_TEST

START_TEST(what_circe_cannot_say_is_refused_at_its_place)
{
	static const struct {
		const char *text;
		unsigned line;
	} cases[] = {
		{ "study: S\nkind: count\ndataset: omop\ncohort: {all: [{condition: [1]}]}\n", 4 },
		{ HEAD "  entry: {condition: [icd10:E11]}\n", 6 },
		{ HEAD "  entry: {condition: any}\n  all:\n    - {measure: hba1c}\n", 8 },
		{ HEAD "  entry: {condition: any}\n  all:\n    - {sex: 女}\n", 8 },
		{ HEAD "  entry: {procedure: any, ends: 2020-01-01..}\n", 6 },
		{ HEAD "  entry: {condition: any}\n  all:\n    - {drug: any, within: {from: 0 "
		       "days}, with: [{visit: any, "
		       "within: {from: 0 days, of: index}}]}\n",
			8 },
	};
	struct question *q;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		teardown();
		setup();
		must(question_read("q", cases[i].text, strlen(cases[i].text), &arena, &ds, &q));
		ck_assert_int_eq(convert_to_circe(q, &arena, &ds, &out), -1);
		ck_assert_uint_eq(out.len, 0);
		ck_assert_uint_eq(ds.list[0].at.line, cases[i].line);
	}
}
END_TEST

#define ITEM(path) "<item><item_key>\\\\T\\i2b2\\" path "</item_key></item>"
#define QUERY(timing, panels)                                                                      \
	"<x:query_definition xmlns:x='u'><query_timing>" timing "</query_timing>" panels           \
	"</x:query_definition>"

START_TEST(panels_of_i2b2_are_ands_of_ors)
{
	must(convert(CONVERT_I2B2,
		QUERY("ANY",
			"<panel><panel_date_from>2010-01-01T00:00:00</panel_date_from>" ITEM(
				"Diagnoses\\A\\")
				ITEM("Diagnoses\\B\\") "</panel><panel><invert>1</invert>" ITEM(
					"Demographics\\Gender\\"
					"Female\\") "</pan"
						    "el>")));
	ck_assert(says(
		"condition: ['path:\\i2b2\\Diagnoses\\A\\+', 'path:\\i2b2\\Diagnoses\\B\\+']"));
	ck_assert(says("during: 2010-01-01.."));
	ck_assert(says("none: [{sex: [8532]}]"));
}
END_TEST

START_TEST(panels_of_one_visit_hang_on_the_first)
{
	must(convert(CONVERT_I2B2,
		QUERY("SAMEVISIT",
			"<panel><panel_timing>SAMEVISIT</panel_timing>" ITEM(
				"Diagnoses\\A\\") "</panel><panel>"
						  "<panel_timing>SAMEVISIT</"
						  "panel_timing><total_item_occurrences>2</"
						  "total_item_occurrences>" ITEM(
							  "Medications\\B\\") "</panel>")));
	ck_assert(says("entry: {condition:") && says("index: each") && says("same_visit: yes") &&
		  says("times: {at_least: 2}"));
	ck_assert_int_eq(
		convert(CONVERT_I2B2,
			QUERY("SAMEINSTANCENUM", "<panel>" ITEM("Diagnoses\\A\\") "</panel>")),
		-1);
}
END_TEST

START_TEST(shrine_expressions_nest)
{
	must(convert(CONVERT_I2B2,
		"<queryDefinition><name>n</name><expr><and><term>\\\\S\\S\\Diagnoses\\A\\</"
		"term><not><or><term>"
		"\\\\S\\S\\Procedures\\B\\</term><term>\\\\S\\S\\Labs\\C\\</term></or></not></"
		"and></expr></queryDefinition>"));
	ck_assert(
		says("condition:") && says("none:") && says("procedure:") && says("measurement:"));
}
END_TEST

START_TEST(nothing_of_a_query_is_passed_over)
{
	static const char *const panels[][2] = {
		{ "<panel><invert>true</invert>" ITEM("Diagnoses\\A\\") "</panel>", "V190" },
		{ "<panel><invert>0</invert><invert>1</invert>" ITEM("Diagnoses\\A\\") "</panel>",
			"V173" },
		{ "<panel><panel_date_from inclusive='NO'>2010-01-01</panel_date_from>" ITEM(
			  "Diagnoses\\A\\") "</panel>",
			"V102" },
		{ "<panel><panel_date_to time='end_date'>2010-01-01</panel_date_to>" ITEM(
			  "Diagnoses\\A\\") "</panel>",
			"V102" },
		{ "<panel negated='1'>" ITEM("Diagnoses\\A\\") "</panel>", "V102" },
		{ "<panel><total_item_occurrences>1<b/>2</total_item_occurrences>" ITEM(
			  "Diagnoses\\A\\") "</panel>",
			"V172" },
		{ "<panel><item><item_key>\\\\T\\i2b2\\Labs\\A\\</"
		  "item_key><constrain_by_value><value_operator>GT"
		  "</value_operator><value_constraint>1 and "
		  "5</value_constraint></constrain_by_value>"
		  "</item></panel>",
			"V183" },
		{ "<panel><panel_date_from>2010-01-01</panel_date_from>" ITEM("Diagnoses\\A\\")
				ITEM("Demographics\\Gender\\Female\\") "</panel>",
			"V165" },
	};

	for (size_t i = 0; i < sizeof(panels) / sizeof(panels[0]); i++) {
		char *s = arena_textf(&arena, QUERY("ANY", "%s"), panels[i][0]);

		s = strdup(s);
		ck_assert_int_eq(convert(CONVERT_I2B2, s), -1);
		ck_assert_msg(noticed(panels[i][1]), "%s: %s", panels[i][0], ds.list[0].code);
		free(s);
	}
	must(convert(CONVERT_I2B2,
		QUERY("ANY", "<panel xsi:a='1' xmlns:xsi='v'><panel_date_from inclusive='YES' "
			     "time='start_date'>2010-01-01</panel_date_from>" ITEM(
				     "Diagnoses\\A\\") "</panel>")));
	ck_assert_int_eq(
		convert(CONVERT_I2B2,
			"<queryDefinition><expr><dateBounded><term>\\\\S\\S\\Labs\\A\\</term><term>"
			"\\\\S\\S\\Labs\\C\\</term></dateBounded></expr></queryDefinition>"),
		-1);
	ck_assert_int_eq(convert(CONVERT_I2B2,
				 "<queryDefinition><expr><dateBounded><start>2010-01-01</start><start>"
				 "2011-01-01</start><term>\\\\S\\S\\Labs\\A\\</term></dateBounded></expr>"
				 "</queryDefinition>"),
		-1);
	ck_assert_int_eq(
		convert(CONVERT_I2B2,
			"<r>" QUERY("ANY", "<panel>" ITEM("Diagnoses\\A\\") "</panel>")
				QUERY("ANY", "<panel>" ITEM("Diagnoses\\B\\") "</panel>") "</r>"),
		-1);
	ck_assert(noticed("V173"));
}
END_TEST

START_TEST(the_name_nearest_to_the_root_tells_what_a_path_is)
{
	must(convert(CONVERT_I2B2,
		QUERY("ANY", "<panel name='Panel_1'>" ITEM("Procedures\\Laboratory\\Diagnosis\\") "</panel>")));
	ck_assert(says("procedure:"));
	must(convert(CONVERT_I2B2,
		QUERY("ANY", "<panel><item><item_key>\\\\T\\i2b2\\Labs\\A\\</item_key><constrain_by_value>"
			     "<value_operator>GT</value_operator><value_constraint>7</value_constraint>"
			     "<value_unit_of_measure>mg/dL</value_unit_of_measure></constrain_by_value></item>"
			     "</panel>")));
	ck_assert(says("value: {above: 7}") && noticed("V191"));
}
END_TEST

START_TEST(numbers_and_days_keep_their_meaning)
{
	const char *more = "\"AdditionalCriteria\":{\"Type\":\"ALL\",\"CriteriaList\":[{" DRUG
			   ",\"Occurrence\":{\"Type\":2,\"Count\":1.5}}]}";
	char *s =
		strdup(whole("{\"ConditionOccurrence\":{\"CodesetId\":0}}", "All", "First", more));

	ck_assert_int_eq(convert(CONVERT_CIRCE, s), -1);
	ck_assert(noticed("V103"));
	free(s);
	must(entry("{\"DrugExposure\":{\"OccurrenceStartDate\":{\"Value\":\"2020-02-28T00:00:00."
		   "000Z\","
		   "\"Op\":\"gt\"}}}"));
	ck_assert_int_eq(
		entry("{\"DrugExposure\":{\"OccurrenceStartDate\":{\"Value\":\"2020-02-28T12:"
		      "30:00\",\"Op\":\"gt\"}}}"),
		-1);
	ck_assert(noticed("V105"));
}
END_TEST

START_TEST(xml_names_no_other_file_and_grows_by_no_entity)
{
	ck_assert_int_eq(
		convert(CONVERT_I2B2,
			"<!DOCTYPE q [<!ENTITY x SYSTEM 'file:///etc/passwd'>]>" QUERY("&x;", "")),
		-1);
	ck_assert_str_eq(ds.list[0].code, "V170");
	ck_assert_int_eq(convert(CONVERT_I2B2, "<!DOCTYPE q [<!ENTITY a 'aaaaaaaaaa'><!ENTITY b "
					       "'&a;&a;&a;&a;&a;&a;'>]>" QUERY("&b;", "")),
		-1);
	ck_assert_str_eq(ds.list[0].code, "V170");
	ck_assert_int_eq(convert(CONVERT_I2B2, QUERY("ANY", "<panel>")), -1);
}
END_TEST

START_TEST(xml_without_end_is_an_error)
{
	char deep[3000] = "";

	for (int i = 0; i < 900; i++)
		memcpy(deep + 3 * i, "<a>", 4);
	ck_assert_int_eq(convert(CONVERT_I2B2, deep), -1);
	ck_assert_str_eq(ds.list[0].code, "V171");
}
END_TEST

#define CODE(s, system) "{\"code\":\"" s "\",\"system\":\"" system "\",\"display\":\"\"}"
#define CRITERION(context, code, system, more)                                                     \
	"{\"context\":" CODE(context, "fdpg.mii.cds") ",\"termCodes\":[" CODE(                     \
		code, system) "]" more "}"
#define ICD "http://fhir.de/CodeSystem/bfarm/icd-10-gm"

START_TEST(ccdl_is_an_and_of_ors_without_an_or_of_ands)
{
	must(convert(CONVERT_CCDL,
		"{\"version\":\"2\",\"inclusionCriteria\":[[" CRITERION(
			"Diagnose", "E11", ICD, "") "," CRITERION("Diagnose", "E10", ICD,
			",\"timeRestriction\":{\"afterDate\":\"2020-01-01\"}") "]],"
									       "\"exclusionCriteria"
									       "\":[[" CRITERION("L"
												 "a"
												 "b"
												 "o"
												 "r"
												 "u"
												 "n"
												 "t"
												 "e"
												 "r"
												 "s"
												 "u"
												 "c"
												 "h"
												 "u"
												 "n"
												 "g",
										       "718-7",
										       "http://"
										       "loinc.org",
										       ",\"valueFil"
										       "ter\":{"
										       "\"type\":"
										       "\"quantity-"
										       "comparator"
										       "\","
										       "\"comparato"
										       "r\":\"lt\","
										       "\"value\":"
										       "7.5,"
										       "\"unit\":{"
										       "\"code\":"
										       "\"g/"
										       "dL\","
										       "\"display\""
										       ":\"\"}}") "," CRITERION("Prozedur",
										       "5-01",
										       "http://"
										       "fhir.de/"
										       "CodeSystem/"
										       "bfarm/ops",
										       "") "]]"
											   "}"));
	ck_assert(says("any: [{condition: [icd10:E11+]}, {condition: [icd10:E10+], during: "
		       "2020-01-01..}]"));
	ck_assert(says("measurement: [loinc:718-7], value: {below: 7.5, unit: ['ucum:g/dL']}"));
	ck_assert(says("procedure: [ops:5-01+]") && says("all:"));
}
END_TEST

START_TEST(ages_of_today_need_a_day)
{
	static const char s[] = "{\"version\":\"2\",\"inclusionCriteria\":[[" CRITERION("Patient",
		"30525-0", "http://loinc.org",
		",\"valueFilter\":{\"type\":\"quantity-comparator\",\"comparator\":\"gt\","
		"\"value\":18}") "]]}";
	const struct convert_want none = { .file = "in" };

	must(convert(CONVERT_CCDL, s));
	ck_assert(says("on: 2025-12-31") && says("{age: {from: 19}}"));
	text_reset(&out);
	ck_assert_int_eq(convert_read(CONVERT_CCDL, s, strlen(s), &none, &arena, &ds, &out), -1);
	ck_assert_uint_eq(out.len, 0);
}
END_TEST

START_TEST(a_ccdl_attribute_or_system_that_is_not_ours_is_refused_by_path)
{
	ck_assert_int_eq(
		convert(CONVERT_CCDL,
			"{\"version\":\"2\",\"inclusionCriteria\":[[" CRITERION("Diagnose", "E11",
				ICD, ",\"attributeFilters\":[{\"type\":\"reference\"}]") "]]}"),
		-1);
	ck_assert_str_eq(place(), "inclusionCriteria[0][0].attributeFilters");
	ck_assert_int_eq(
		convert(CONVERT_CCDL, "{\"version\":\"2\",\"inclusionCriteria\":[[" CRITERION(
					      "Diagnose", "C50", "icd-o-3", "") "]]}"),
		-1);
	ck_assert_str_eq(place(), "inclusionCriteria[0][0].termCodes[0]");
}
END_TEST

#define PATIENT(code, more)                                                                        \
	"{\"version\":\"2\",\"inclusionCriteria\":[[" CRITERION(                                       \
		"Patient", code, "http://loinc.org", more) "]]}"

START_TEST(nothing_that_ccdl_says_of_people_and_numbers_is_passed_over)
{
	static const char *const cases[][2] = {
		{ PATIENT("76689-9", ",\"attributeFilters\":[{}],\"valueFilter\":{\"type\":"
				     "\"concept\",\"selectedConcepts\":[]}"),
			"V168" },
		{ PATIENT("76689-9",
			  ",\"valueFilter\":{\"type\":\"concept\",\"selectedConcepts\":[]}"),
			"V164" },
		{ PATIENT("76689-9", ",\"valueFilter\":{\"type\":\"quantity-range\"}"), "V164" },
		{ PATIENT("30525-0", ",\"valueFilter\":{\"type\":\"quantity-comparator\","
				     "\"comparator\":\"gt\",\"value\":18,\"precision\":1}"),
			"V102" },
		{ "{\"inclusionCriteria\":[[" CRITERION("Laboruntersuchung", "718-7", "http://loinc.org",
			  ",\"valueFilter\":{\"type\":\"quantity-comparator\",\"comparator\":\"gt\","
			  "\"value\":0.00004}") "]]}",
			"V103" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		ck_assert_int_eq(convert(CONVERT_CCDL, cases[i][0]), -1);
		ck_assert_msg(noticed(cases[i][1]), "%s: %s", cases[i][0], ds.list[0].code);
	}
}
END_TEST

START_TEST(formats_are_seen_from_what_stands_in_them)
{
	enum convert_format f;

	ck_assert(convert_detect("\xef\xbb\xbf <?xml", 9, &f) && f == CONVERT_I2B2);
	ck_assert(convert_detect("{\"PrimaryCriteria\":1}", 21, &f) && f == CONVERT_CIRCE);
	ck_assert(convert_detect("{\"inclusionCriteria\":1}", 23, &f) && f == CONVERT_CCDL);
	ck_assert(!convert_detect("{}", 2, &f) && !convert_detect("", 0, &f));
}
END_TEST

UNIT_MAIN("convert", every_type_of_criterion_is_an_event,
	concept_sets_keep_descendants_mappings_and_what_is_taken_out,
	every_operator_of_a_number_keeps_its_bounds, ages_and_days_are_half_open_and_whole,
	limits_choose_the_index_event, windows_visits_and_counts_are_kept,
	groups_nest_and_what_always_holds_is_not_written, a_definition_that_nobody_meets_is_refused,
	what_cannot_be_said_is_refused_by_its_path,
	types_are_taken_out_and_attributes_stand_in_their_place,
	ends_of_the_period_are_noticed_and_refused_where_they_take_people_out,
	json_that_is_none_has_its_line,
	the_name_nearest_to_the_root_tells_what_a_path_is,
	nothing_that_ccdl_says_of_people_and_numbers_is_passed_over, a_wrapper_of_atlas_is_opened,
	ours_goes_to_circe_and_comes_back_the_same, what_circe_cannot_say_is_refused_at_its_place,
	panels_of_i2b2_are_ands_of_ors, nothing_of_a_query_is_passed_over,
	numbers_and_days_keep_their_meaning, panels_of_one_visit_hang_on_the_first,
	shrine_expressions_nest, xml_names_no_other_file_and_grows_by_no_entity,
	xml_without_end_is_an_error, ccdl_is_an_and_of_ors_without_an_or_of_ands,
	ages_of_today_need_a_day, a_ccdl_attribute_or_system_that_is_not_ours_is_refused_by_path,
	formats_are_seen_from_what_stands_in_them)
