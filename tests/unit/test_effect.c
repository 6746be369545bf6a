/*
 * test_effect.c - what changes when one policy follows another: each kind of difference in both directions, and that
 * no question opens without a WIDER in the list.
 */
#include "tests/unit/rulings.h"

#include "policies/cohorts/cohort_sql.h"
#include "policies/effect/effect.h"
#include "policies/model.h"

/* A field that nobody compares is a change that nobody is told of. Whoever adds one compares it in policies/effect_*.c
 * and brings the size here up to date. */
#define SIZE_IS(type, bytes)                                                                       \
	_Static_assert(sizeof(struct type) == (bytes),                                             \
		"a field of struct " #type " is new: compare it in effect_*.c")
SIZE_IS(category, 40);
SIZE_IS(column, 304);
SIZE_IS(measure, 128);
SIZE_IS(table, 136);
SIZE_IS(dataset, 136);
SIZE_IS(local_codes, 24);
SIZE_IS(code_list, 16);
SIZE_IS(code_rule, 304);
SIZE_IS(kind_rule, 216);
SIZE_IS(compose_rule, 64);
SIZE_IS(officer_cohort, 144);
SIZE_IS(release_rule, 248);
SIZE_IS(tighter_rule, 72);
SIZE_IS(budget, 88);
SIZE_IS(role, 40);
SIZE_IS(requester, 40);
SIZE_IS(study, 376);
SIZE_IS(study_refusal, 48);
SIZE_IS(policy, 2480);
SIZE_IS(model_event, 376);
SIZE_IS(model_vocabulary, 200);
SIZE_IS(model, 5632);

/* Two policies at once, each in its own arena. */
static struct arena sides[2], effect_arena;

static struct policy *side(int which, const struct edit *edits, unsigned n)
{
	struct policy_file files[P_FILES];
	char *texts[P_FILES];
	struct policy *p = NULL;
	struct arena words;
	struct diags found;

	arena_clear(&sides[which]);
	arena_init(&sides[which], MAX_POLICY_ARENA);
	arena_init(&words, MAX_QUERY_ARENA);
	diags_init(&found, &words);
	for (int i = 0; i < P_FILES; i++) {
		texts[i] = edited(i, edits, n);
		files[i] = (struct policy_file){ policy_names[i], texts[i], strlen(texts[i]) };
	}
	if (policy_read(files, P_FILES, &sides[which], &found, &p) != 0)
		p = NULL;
	for (int i = 0; i < P_FILES; i++)
		free(texts[i]);
	arena_clear(&words);
	return p;
}

static struct effect between(const struct policy *before, const struct policy *after)
{
	struct effect e;
	struct error err;

	arena_clear(&effect_arena);
	arena_init(&effect_arena, MAX_POLICY_ARENA);
	OK(effect_between(before, after, &effect_arena, &e, &err));
	ck_assert_uint_eq(e.n, e.wider + e.tighter + e.same);
	return e;
}

static void print(const struct effect *e)
{
	static const char *const ways[] = { "WIDER", "TIGHTER", "SAME" };

	for (unsigned i = 0; i < e->n; i++)
		printf("%-8s %s | %s\n", ways[e->items[i].way], e->items[i].thing.en,
			e->items[i].change.en);
	fflush(stdout);
}

static bool has(const struct effect *e, enum effect_way way, const char *thing, const char *part)
{
	for (unsigned i = 0; i < e->n; i++)
		if (e->items[i].way == way && strstr(e->items[i].thing.en, thing) != NULL &&
			strstr(e->items[i].change.en, part) != NULL)
			return true;
	return false;
}

/* ---- each difference, there and back ---- */

#define RED(from, to)                                                                              \
	{                                                                                          \
		P_RED, from, to                                                                    \
	}
#define STUDY(from, to)                                                                            \
	{                                                                                          \
		P_STUDIES, from, to                                                                \
	}
#define QUERY(from, to)                                                                            \
	{                                                                                          \
		P_QUERIES, from, to                                                                \
	}
#define RELEASE(from, to)                                                                          \
	{                                                                                          \
		P_RELEASE, from, to                                                                \
	}

static const struct difference {
	struct edit edit;
	const char *thing;
	enum effect_way there; /* from the fixture to the edit */
	const char *there_says;
	enum effect_way back;
	const char *back_says;
} differences[] = {
	/* the policy's days */
	{ { P_POLICY, "2026-01-01..2026-12-31", "2026-01-01..2027-06-30" }, "policy", EFFECT_WIDER,
		"valid: 2026-01-01..2026-12-31 -> 2026-01-01..2027-06-30", EFFECT_TIGHTER,
		"valid" },
	{ { P_POLICY, "en: Test policy", "en: Another" }, "policy", EFFECT_SAME, "title",
		EFFECT_SAME, "title" },
	{ { P_POLICY, "[presets/strict, presets/omop-cdm-5.4]", "[presets/omop-cdm-5.4]" },
		"policy", EFFECT_WIDER, "no longer held to preset strict", EFFECT_TIGHTER,
		"held to preset strict" },
	/* the catalogue, and a signed no */
	{ { P_POLICY, "version: ", "catalogue: open\nversion: " }, "policy", EFFECT_WIDER,
		"catalogue: studies -> open", EFFECT_TIGHTER, "catalogue: open -> studies" },
	{ { P_POLICY, "version: ", "catalogue: none\nversion: " }, "policy", EFFECT_TIGHTER,
		"catalogue: studies -> none", EFFECT_WIDER, "catalogue: none -> studies" },
	{ STUDY("studies:\n", "refused: [{id: X-9, why: {en: no benefit, zh: 无益}}]\nstudies:\n"),
		"study X-9", EFFECT_SAME, "refused: no benefit", EFFECT_SAME, "no longer refused" },
	/* columns */
	{ RED("          visit_concept_id: {use: filter, values: [9201, 9202]}\n", ""),
		"visit_concept_id", EFFECT_TIGHTER, "filter, values 9201, 9202 -> not listed",
		EFFECT_WIDER, "not listed -> filter" },
	{ RED("drug_concept_id: {use: link}", "drug_concept_id: {use: filter, codes: omop}"),
		"drug_concept_id", EFFECT_WIDER, "-> filter, codes", EFFECT_TIGHTER,
		"filter, codes -> link" },
	{ RED("drug_exposure_start_date: {use: filter", "drug_exposure_start_date: {use: group"),
		"drug_exposure_start_date", EFFECT_WIDER, "filter, by month", EFFECT_TIGHTER,
		"group, by month" },
	{ RED("[0, 18, 45, 65, 80]", "[0, 18, 45, 65]"), "year_of_birth", EFFECT_TIGHTER,
		"edge removed: 80", EFFECT_WIDER, "new edge 80" },
	{ RED("[0, 18, 45, 65, 80]", "[0, 18, 45, 60, 80]"), "year_of_birth", EFFECT_WIDER,
		"new edge 60", EFFECT_WIDER, "new edge 65" },
	{ RED("truncate: quarter, range: 2018-01-01", "truncate: year, range: 2018-01-01"),
		"condition_start_date", EFFECT_TIGHTER, "days by: quarter -> year", EFFECT_WIDER,
		"days by: year -> quarter" },
	{ RED("truncate: quarter, range: 2018-01-01", "truncate: quarter, range: 2019-04-01"),
		"condition_start_date", EFFECT_TIGHTER, "range", EFFECT_WIDER, "range" },
	/* a range that begins inside a period has a cut point there */
	{ RED("truncate: quarter, range: 2018-01-01", "truncate: quarter, range: 2018-01-20"),
		"condition_start_date", EFFECT_WIDER, "range", EFFECT_WIDER, "range" },
	{ RED("values: [9201, 9202]", "values: [9202]"), "visit_concept_id", EFFECT_TIGHTER,
		"value removed 9201", EFFECT_WIDER, "new value 9201" },
	{ RED("男: [8507]", "男: [8507, 8521]"), "gender_concept_id", EFFECT_WIDER,
		"category 男: 8507 -> 8507, 8521", EFFECT_WIDER, "category 男" },
	{ RED("男: [8507], ", ""), "gender_concept_id", EFFECT_WIDER, "男 becomes other",
		EFFECT_WIDER, "new category 男: 8507" },
	{ RED("name: 性别, ", ""), "gender_concept_id", EFFECT_TIGHTER,
		"name of the group: 性别 -> none", EFFECT_WIDER, "none -> 性别" },
	{ RED("en: a full birth date", "en: too exact"), "birth_datetime", EFFECT_SAME, "why",
		EFFECT_SAME, "why" },
	/* a column that finds the rows of code rules goes */
	{ RED("condition_source_value: {use: link}",
		  "condition_source_value: {use: link, codes: icd10}"),
		"condition_source_value", EFFECT_TIGHTER, "codes: none -> icd10", EFFECT_WIDER,
		"codes: icd10 -> none" },
	/* without its range all rows of the table count */
	{ RED("          death_date: {use: filter, truncate: year, range: "
	      "2018-01-01..2025-12-31}\n",
		  ""),
		"death_date", EFFECT_WIDER, "no longer bounds the rows", EFFECT_WIDER,
		"not listed -> filter" },
	/* tables, people */
	{ RED("per_patient_max: 20", "per_patient_max: 10"), "cdm.measurement", EFFECT_TIGHTER,
		"per_patient_max: 20 -> 10", EFFECT_WIDER, "per_patient_max: 10 -> 20" },
	{ RED("under_age: 14", "under_age: 18"), "dataset omop", EFFECT_TIGHTER, "14 -> 18",
		EFFECT_WIDER, "18 -> 14" },
	{ RED("opted_out: research.opt_out.person_id, ", ""), "dataset omop", EFFECT_WIDER,
		"opted out", EFFECT_TIGHTER, "opted out" },
	{ RED("opted_out: research.opt_out.person_id", "opted_out: research.other.person_id"),
		"dataset omop", EFFECT_WIDER, "research.other", EFFECT_WIDER, "research.other" },
	/* measures */
	{ RED("clamp: [3, 20]", "clamp: [3, 25]"), "measure hba1c", EFFECT_WIDER,
		"clamp: 3, 20 -> 3, 25", EFFECT_WIDER, "clamp: 3, 25 -> 3, 20" },
	{ RED("cuts: [6.5, 7, 8]", "cuts: [6.5, 8]"), "measure hba1c", EFFECT_TIGHTER,
		"cut removed 7", EFFECT_WIDER, "new cut 7" },
	{ RED("{measurement_concept_id: [3004410]}",
		  "{measurement_concept_id: [3004410, 3005673]}"),
		"measure hba1c", EFFECT_WIDER, "where", EFFECT_WIDER, "where" },
	{ RED("unit: '%'", "unit: mmol/mol"), "measure hba1c", EFFECT_SAME, "unit", EFFECT_SAME,
		"unit" },
	/* code rules */
	{ RED("  - {id: vip, use: forbidden, local: "
	      "{cdm.condition_occurrence.condition_source_value: "
	      "[VIP01-VIP03, X9]}}\n",
		  ""),
		"code rule vip", EFFECT_WIDER, "removed", EFFECT_TIGHTER, "new, forbidden" },
	{ RED("omop: [439727+]", "omop: [439727+, 4013106+]"), "code rule hiv", EFFECT_TIGHTER,
		"added omop 4013106+", EFFECT_WIDER, "removed omop 4013106+" },
	{ RED("omop: [440383+]", "omop: [440383]"), "code rule mental", EFFECT_WIDER,
		"removed omop 440383+", EFFECT_TIGHTER, "added omop 440383+" },
	{ RED("X9]", "X9, X7]"), "code rule vip", EFFECT_TIGHTER, "X7", EFFECT_WIDER, "X7" },
	{ RED("studies: [MH], kinds: [count]", "studies: [MH, DM], kinds: [count]"),
		"code rule mental", EFFECT_WIDER, "open for study DM, count", EFFECT_TIGHTER,
		"closed for study DM" },
	/* a rule that is closed takes its threshold with it */
	{ RED("studies: [MH], kinds: [count]", "studies: [DM], kinds: [count]"), "code rule mental",
		EFFECT_WIDER, "thresholds no longer hold for other questions of study MH",
		EFFECT_WIDER, "thresholds no longer hold for other questions of study DM" },
	{ RED("min_patients: 50", "min_patients: 60"), "code rule mental", EFFECT_TIGHTER,
		"50 -> 60", EFFECT_WIDER, "60 -> 50" },
	{ RED("use: restricted, omop: [440383+], studies: [MH], kinds: [count], min_patients: 50",
		  "use: forbidden, omop: [440383+]"),
		"code rule mental", EFFECT_TIGHTER, "closed for study MH", EFFECT_WIDER,
		"open for study MH" },
	/* kinds, composing */
	{ QUERY("  mean: {group_by: 1, filters: 4, max_cells: 50}\n", ""), "kind mean",
		EFFECT_TIGHTER, "no longer listed", EFFECT_WIDER, "listed" },
	{ QUERY("count: {group_by: 2, filters: 4, max_cells: 40}",
		  "count: {group_by: 1, filters: 4, max_cells: 40}"),
		"kind count", EFFECT_TIGHTER, "group_by: 2 -> 1", EFFECT_WIDER,
		"group_by: 1 -> 2" },
	{ QUERY("count: {group_by: 2, filters: 4, max_cells: 40}",
		  "count: {group_by: 2, filters: 4, max_cells: 60}"),
		"kind count", EFFECT_WIDER, "max_cells: 40 -> 60", EFFECT_TIGHTER,
		"max_cells: 60 -> 40" },
	{ QUERY("compose: {criteria: 4, depth: 2}\n", ""), "compose", EFFECT_TIGHTER,
		"no longer allowed", EFFECT_WIDER, "allowed: 4 criteria" },
	{ QUERY("criteria: 4", "criteria: 5"), "compose", EFFECT_WIDER, "criteria: 4 -> 5",
		EFFECT_TIGHTER, "criteria: 5 -> 4" },
	{ QUERY("depth: 2", "depth: 1"), "compose", EFFECT_TIGHTER, "depth", EFFECT_WIDER,
		"depth" },
	{ QUERY("depth: 2}", "depth: 2, kinds: [count]}"), "compose", EFFECT_TIGHTER,
		"no longer allowed for histogram", EFFECT_WIDER, "allowed for histogram" },
	/* release */
	{ RELEASE("rho: 0.0244", "rho: 0.02"), "release", EFFECT_TIGHTER,
		"rho of a question: 0.0244 -> 0.02", EFFECT_WIDER, "rho of a question" },
	{ RELEASE("timing: open", "timing: paced"), "release", EFFECT_TIGHTER,
		"timing: open -> paced", EFFECT_WIDER, "timing: paced -> open" },
	{ RELEASE("timing: open", "timing: strict"), "release", EFFECT_TIGHTER,
		"timing: open -> strict", EFFECT_WIDER, "timing" },
	{ RELEASE("min_patients: 10", "min_patients: 20"), "release", EFFECT_TIGHTER, "10 -> 20",
		EFFECT_WIDER, "20 -> 10" },
	{ RELEASE("min_sites: 1", "min_sites: 3"), "release", EFFECT_TIGHTER, "min_sites: 1 -> 3",
		EFFECT_WIDER, "min_sites: 3 -> 1" },
	{ RELEASE("round_to: 1", "round_to: 1, max_similar: 3"), "release", EFFECT_TIGHTER,
		"no limit -> 3", EFFECT_WIDER, "3 -> no limit" },
	{ RELEASE("secure_aggregation: preferred", "secure_aggregation: required"), "release",
		EFFECT_TIGHTER, "preferred -> required", EFFECT_WIDER, "required -> preferred" },
	{ RELEASE("secure_aggregation: preferred", "secure_aggregation: off"), "release",
		EFFECT_TIGHTER, "preferred -> off", EFFECT_WIDER, "off -> preferred" },
	{ RELEASE("min_patients: 30}", "min_patients: 40}"), "measure hba1c", EFFECT_TIGHTER,
		"30 -> 40", EFFECT_WIDER, "40 -> 30" },
	{ RELEASE("  - {for: 'study:MH', rho: 0.01}\n", ""), "study MH", EFFECT_WIDER,
		"0.01 -> 0.0244", EFFECT_TIGHTER, "0.0244 -> 0.01" },
	/* budgets */
	{ RELEASE("'study:DM', rho: 1.2", "'study:DM', rho: 2"), "budget of study DM", EFFECT_WIDER,
		"in all: rho 1.2 -> rho 2", EFFECT_TIGHTER, "in all: rho 2 -> rho 1.2" },
	{ RELEASE("queries: 9", "queries: 8"), "budget of each requester", EFFECT_TIGHTER,
		"queries: 9 -> 8", EFFECT_WIDER, "queries: 8 -> 9" },
	{ RELEASE(", queries: 9", ""), "budget of each requester", EFFECT_WIDER,
		"queries: 9 -> no limit", EFFECT_TIGHTER, "no limit -> 9" },
	{ RELEASE("delta: 1e-6", "delta: 1e-5"), "budget of dataset omop", EFFECT_WIDER, "delta",
		EFFECT_TIGHTER, "delta" },
	{ RELEASE("  - {for: 'study:DM', rho: 1.2, period: 2026-01-01..2026-12-31}\n", ""),
		"budget of study DM", EFFECT_WIDER, "removed", EFFECT_TIGHTER, "new" },
	{ RELEASE("rho: 1.2, period: 2026-01-01..2026-12-31",
		  "rho: 1.2, period: 2026-02-01..2026-12-31"),
		"budget of study DM", EFFECT_WIDER, "new period", EFFECT_WIDER, "new period" },
	{ RELEASE("rho: 1.2, period: 2026-01-01..2026-12-31",
		  "rho: 1.2, period: 2026-01-01..2026-11-30"),
		"budget of study DM", EFFECT_TIGHTER, "period", EFFECT_WIDER, "period" },
	/* roles, studies */
	{ STUDY("viewer: [count]", "viewer: [count, histogram]"), "role viewer", EFFECT_WIDER,
		"may ask for histogram", EFFECT_TIGHTER, "may no longer ask for histogram" },
	{ STUDY("histogram, mean, cohorts]", "histogram, mean]"), "role analyst", EFFECT_TIGHTER,
		"may no longer use officers' cohorts", EFFECT_WIDER, "may use officers' cohorts" },
	{ STUDY("wang@uni.example: viewer", "wang@uni.example: analyst"),
		"study DM, requester wang@uni.example", EFFECT_WIDER, "may ask for histogram",
		EFFECT_TIGHTER, "may no longer ask for histogram" },
	{ STUDY("wang@uni.example: viewer}", "wang@uni.example: viewer, zhao@uni.example: viewer}"),
		"study DM", EFFECT_WIDER, "new requester zhao@uni.example (viewer)", EFFECT_TIGHTER,
		"requester zhao@uni.example removed" },
	{ STUDY("valid: 2026-01-01..2026-06-30", "valid: 2026-01-01..2026-12-31"), "study MH",
		EFFECT_WIDER, "valid", EFFECT_TIGHTER, "valid" },
	{ STUDY("kinds: [count, histogram]", "kinds: [count]"), "study DM", EFFECT_TIGHTER,
		"may no longer ask for histogram", EFFECT_WIDER, "may ask for histogram" },
	{ STUDY("measure:hba1c, ", ""), "study DM", EFFECT_TIGHTER,
		"may no longer use measure:hba1c", EFFECT_WIDER, "may use measure:hba1c" },
	{ STUDY("    datasets: [omop]\n    kinds: [count]\n",
		  "    datasets: [omop]\n    kinds: [count]\n    results_to: [CN]\n"),
		"study MH", EFFECT_TIGHTER, "results only to CN", EFFECT_WIDER,
		"results no longer only to CN" },
};

/* A column that leaves the red list leaves the study that used it. */
static struct edit along_with(const struct edit *e)
{
	static const char *const used[] = { "cdm.visit_occurrence.visit_concept_id, ",
		"cdm.death.death_date, " };

	for (int i = 0; i < 2 && e->file == P_RED && e->to[0] == '\0'; i++)
		if (strncmp(strrchr(used[i], '.') + 1, e->from + strspn(e->from, " "), 10) == 0)
			return (struct edit)STUDY(used[i], "");
	return (struct edit){ 0 };
}

START_TEST(each_difference_is_told_in_both_directions)
{
	for (size_t i = 0; i < sizeof(differences) / sizeof(differences[0]); i++) {
		const struct difference *d = &differences[i];
		const struct edit edits[] = { d->edit, along_with(&d->edit) };
		struct policy *plain = side(0, NULL, 0), *changed = side(1, edits, 2);
		struct effect e;

		ck_assert_msg(changed != NULL, "'%s' is no policy", d->edit.to);
		e = between(plain, changed);
		if (!has(&e, d->there, d->thing, d->there_says))
			print(&e);
		ck_assert_msg(has(&e, d->there, d->thing, d->there_says), "there: %s, %s", d->thing,
			d->there_says);
		ck_assert_msg(d->there != EFFECT_TIGHTER || d->back == EFFECT_WIDER || e.wider > 0,
			"%s", d->thing);
		e = between(changed, plain);
		if (!has(&e, d->back, d->thing, d->back_says))
			print(&e);
		ck_assert_msg(has(&e, d->back, d->thing, d->back_says), "back: %s, %s", d->thing,
			d->back_says);
	}
}
END_TEST

START_TEST(every_sentence_exists_in_both_languages)
{
	for (size_t i = 0; i < sizeof(differences) / sizeof(differences[0]); i++) {
		const struct edit edits[] = { differences[i].edit,
			along_with(&differences[i].edit) };
		struct policy *plain = side(0, NULL, 0), *changed = side(1, edits, 2);
		struct effect e = between(plain, changed);

		for (unsigned k = 0; k < e.n; k++) {
			const char *zh = e.items[k].change.zh;
			bool chinese = false;

			ck_assert_msg(utf8_valid(zh, strlen(zh)), "%s", zh);
			for (; *zh != '\0'; zh++)
				chinese = chinese || (unsigned char)*zh >= 0xE2;
			ck_assert_msg(chinese, "%s", e.items[k].change.zh);
			ck_assert_msg(e.items[k].at.file != NULL, "%s has no place",
				e.items[k].change.en);
		}
	}
}
END_TEST

START_TEST(a_policy_has_no_effect_on_itself)
{
	struct effect e = between(side(0, NULL, 0), side(1, NULL, 0));

	print(&e);
	ck_assert_uint_eq(e.n, 0);
}
END_TEST

START_TEST(the_order_of_lines_never_matters)
{
	const struct edit moved[] = {
		{ P_RED,
			"          person_id: {use: patient-key}\n          birth_datetime: {use: "
			"forbidden, why: {zh: 完整出生日期, en: a full birth date}}\n",
			"          birth_datetime: {use: forbidden, why: {zh: 完整出生日期, en: a "
			"full "
			"birth date}}\n          person_id: {use: patient-key}\n" },
		{ P_RED, "values: [9201, 9202]", "values: [9202, 9201]" },
		{ P_RED, "{男: [8507], 女: [8532]}", "{女: [8532], 男: [8507]}" },
		{ P_RED, "[VIP01-VIP03, X9]", "[X9, VIP01-VIP03]" },
		{ P_STUDIES, "[cdm.person.year_of_birth, cdm.person.gender_concept_id, ",
			"[cdm.person.gender_concept_id, cdm.person.year_of_birth, " },
		{ P_STUDIES, "{li@s1.example: analyst, wang@uni.example: viewer}",
			"{wang@uni.example: viewer, li@s1.example: analyst}" },
		{ P_STUDIES, "  viewer: [count]\n", "" },
		{ P_STUDIES, "roles:\n", "roles:\n  viewer: [count]\n" },
		{ P_RELEASE, "  - {for: 'study:MH', rho: 0.01}\n", "" },
		{ P_RELEASE, "tighter:\n", "tighter:\n  - {for: 'study:MH', rho: 0.01}\n" },
	};
	const unsigned n = sizeof(moved) / sizeof(moved[0]);
	struct policy *plain = side(0, NULL, 0), *other = side(1, moved, n);
	struct effect e;
	struct hash32 hash;

	ck_assert_ptr_nonnull(other);
	e = between(plain, other);
	print(&e);
	ck_assert_uint_eq(e.n, 0);
	/* and the list from nothing is the same, to the byte */
	e = between(NULL, plain);
	hash = e.hash;
	e = between(NULL, other);
	ck_assert(hash32_equal(&hash, &e.hash));
	ck_assert(e.wider > 50 && has(&e, EFFECT_WIDER, "policy", "nothing was before"));
}
END_TEST

START_TEST(the_hash_is_of_the_words_and_not_of_the_places)
{
	const struct edit tighter = { P_RELEASE, "min_patients: 10", "min_patients: 20" };
	const struct edit moved[] = { tighter,
		{ P_RELEASE, "release:", "# a line more\nrelease:" } };
	const struct edit other = { P_RELEASE, "min_patients: 10", "min_patients: 21" };
	struct policy *plain = side(0, NULL, 0);
	struct hash32 hash = between(plain, side(1, &tighter, 1)).hash, more, differs;

	more = between(plain, side(1, moved, 2)).hash;
	ck_assert(hash32_equal(&hash, &more));
	differs = between(plain, side(1, &other, 1)).hash;
	ck_assert(!hash32_equal(&hash, &differs));
}
END_TEST

/* strict forbids birth dates; the exception lets this column work inside for a while. */
#define UNTIL(day)                                                                                 \
	RED("codes:\n", "exceptions:\n  - {to: 'preset:strict/quasi.birth-date', for: "            \
			"'column:cdm.person.birth_datetime', allow: {use: [link]}, why: w, "       \
			"basis: b, until: " day "}\ncodes:\n")

START_TEST(what_is_so_only_on_some_days_is_told_with_them)
{
	const struct edit link = RED(
		"{use: forbidden, why: {zh: 完整出生日期, en: a full birth date}}", "{use: link}");
	const struct edit until[] = { link, UNTIL("2026-06-30") };
	const struct edit longer[] = { link, UNTIL("2026-09-30") };
	struct policy *plain = side(0, NULL, 0), *with = side(1, until, 2);
	struct effect e;

	ck_assert_ptr_nonnull(with);
	e = between(plain, with);
	ck_assert(has(&e, EFFECT_WIDER, "birth_datetime", "forbidden -> link"));
	ck_assert(has(&e, EFFECT_WIDER, "birth_datetime", "(until 2026-06-30)"));
	ck_assert_uint_eq(e.wider, 1);
	ck_assert_uint_eq(e.tighter, 0);
	e = between(with, plain);
	ck_assert(has(&e, EFFECT_TIGHTER, "birth_datetime", "(until 2026-06-30)"));
	ck_assert_uint_eq(e.wider, 0);
	plain = side(0, longer, 2);
	ck_assert_ptr_nonnull(plain);
	e = between(with, plain);
	ck_assert(has(&e, EFFECT_WIDER, "birth_datetime", "(2026-07-01..2026-09-30)"));
	ck_assert_uint_eq(e.wider, 1);
	e = between(plain, with);
	ck_assert_uint_eq(e.wider, 0);
	ck_assert_uint_eq(e.tighter, 1);
}
END_TEST

static bool allows(const struct policy *p, const char *text)
{
	return ruling_on(p, question(text), NULL, NULL, false).allow;
}

START_TEST(codes_by_which_a_rule_finds_its_rows_can_open_a_table)
{
	const char *visits = DM COHORT("{visit: [9201]}");
	const struct edit blind =
		RED("codes:\n", "codes:\n  - {id: w, use: forbidden, departments: [x]}\n");
	const struct edit seeing = RED(
		"codes:\n", "codes:\n  - {id: w, use: forbidden, departments: [x], omop: [1+]}\n");
	struct policy *before = side(0, &blind, 1), *after = side(1, &seeing, 1);
	struct effect e = between(before, after);

	ck_assert(!allows(before, visits) && allows(after, visits));
	ck_assert(has(
		&e, EFFECT_WIDER, "code rule w", "cdm.visit_occurrence, which may be counted now"));
	ck_assert(has(&e, EFFECT_TIGHTER, "code rule w", "added omop 1+"));
}
END_TEST

START_TEST(codes_of_one_system_are_told_in_one_line)
{
	const struct edit with = RED("codes:\n",
		"codes:\n  - {id: w, use: forbidden, icd10: [B20-B24, R75], departments: [x]}\n");
	struct policy *before = side(0, NULL, 0), *after = side(1, &with, 1);
	struct effect e = between(before, after);

	ck_assert(
		has(&e, EFFECT_TIGHTER, "code rule w", "added icd10 B20, B21, B22, B23, B24, R75"));
	ck_assert(!has(&e, EFFECT_WIDER, "code rule w", "icd10"));
	e = between(after, before);
	ck_assert(!has(&e, EFFECT_TIGHTER, "code rule w", "icd10"));
}
END_TEST

START_TEST(of_a_list_of_codes_only_what_differs_is_told)
{
	const struct edit was = RED("codes:\n",
				  "codes:\n  - {id: w, use: forbidden, icd10: [B20, F10.2]}\n"),
			  now = RED("codes:\n",
				  "codes:\n  - {id: w, use: forbidden, icd10: [B20, F10, R75]}\n");
	struct policy *before = side(0, &was, 1), *after = side(1, &now, 1);
	struct effect e = between(before, after);

	ck_assert(has(&e, EFFECT_TIGHTER, "code rule w", "added icd10 F10, R75"));
	ck_assert_uint_eq(e.tighter, 1);
	ck_assert_uint_eq(e.wider, 0);
	e = between(after, before);
	ck_assert(has(&e, EFFECT_WIDER, "code rule w", "removed icd10 F10, R75"));
}
END_TEST

START_TEST(a_cut_point_that_is_added_opens_and_one_removed_closes)
{
	const struct edit was = RED("value_as_number: {use: measure}",
				  "value_as_number: {use: [filter, measure], cuts: [6.5, 7]}"),
			  now = RED("value_as_number: {use: measure}",
				  "value_as_number: {use: [filter, measure], cuts: [7, 8.25]}");
	struct policy *plain = side(0, NULL, 0), *before = side(1, &was, 1), *after;
	struct effect e = between(plain, before);

	ck_assert(has(&e, EFFECT_WIDER, "value_as_number", "cut points 6.5, 7"));
	before = side(0, &was, 1);
	after = side(1, &now, 1);
	e = between(before, after);
	ck_assert(has(&e, EFFECT_WIDER, "value_as_number", "new cut point 8.25"));
	ck_assert(has(&e, EFFECT_TIGHTER, "value_as_number", "cut point removed: 6.5"));
	ck_assert_uint_eq(e.wider, 1);
	ck_assert_uint_eq(e.tighter, 1);
}
END_TEST

START_TEST(a_budget_where_there_was_none_opens)
{
	const struct edit two[] = {
		RED("datasets:\n", "datasets:\n"
				   "  b:\n    title: b\n    tables:\n      x.y: {per_patient_max: "
				   "1, columns: {z: {use: patient-key}}}\n"),
		STUDY("    datasets: [omop]\n", "    datasets: [omop, b]\n"),
		RELEASE("  - {for: each-requester, rho: 0.8, queries: 9, period: "
			"2026-01-01..2026-12-31}\n",
			""),
		RELEASE("  - {for: 'study:DM', rho: 1.2, period: 2026-01-01..2026-12-31}\n", ""),
		RELEASE("budgets:\n", "budgets:\n  - {for: 'dataset:b', rho: 1, period: "
				      "2026-01-01..2026-12-31}\n"),
	};
	struct policy *before = side(0, two, 4), *after = side(1, two, 5);
	struct effect e;

	ck_assert(before != NULL && after != NULL);
	e = between(before, after);
	ck_assert(has(&e, EFFECT_WIDER, "budget of dataset b", "new"));
	ck_assert_uint_eq(e.n, 1);
}
END_TEST

/* Both sides edited. */
static const struct {
	struct edit was, now;
	enum effect_way way;
	const char *says;
} pairs_of_edits[] = {
#define MEAN "  mean: {group_by: 1, filters: 4, max_cells: 50}\n"
#define QUANTILE(at)                                                                               \
	QUERY(MEAN, "  quantile: {group_by: 1, filters: 4, max_cells: 50, at: [" at "]}\n")
#define SURVIVAL(step, horizon)                                                                    \
	QUERY(MEAN, "  survival: {group_by: 1, filters: 4, max_cells: 50, step: " step             \
		    ", horizon: " horizon "}\n")
#define WINDOWS(step) QUERY("depth: 2}", "depth: 2, window_step: " step "}")
	{ QUANTILE("0.5"), QUANTILE("0.5, 0.9"), EFFECT_WIDER, "may ask for the quantile 0.9" },
	{ QUANTILE("0.5, 0.9"), QUANTILE("0.5"), EFFECT_TIGHTER,
		"may no longer ask for the quantile 0.9" },
	{ SURVIVAL("1 month", "12 months"), SURVIVAL("3 months", "12 months"), EFFECT_TIGHTER,
		"step: 1 months -> 3 months" },
	{ SURVIVAL("3 months", "12 months"), SURVIVAL("1 month", "12 months"), EFFECT_WIDER,
		"step" },
	{ SURVIVAL("2 months", "12 months"), SURVIVAL("3 months", "12 months"), EFFECT_WIDER,
		"step" },
	{ SURVIVAL("3 months", "12 months"), SURVIVAL("3 months", "24 months"), EFFECT_WIDER,
		"horizon: 12 months -> 24 months" },
	{ SURVIVAL("3 months", "12 months"), SURVIVAL("3 months", "9 months"), EFFECT_TIGHTER,
		"horizon" },
	{ { 0 }, WINDOWS("30 days"), EFFECT_WIDER, "window_step: no windows -> 30 days" },
	{ WINDOWS("30 days"), { 0 }, EFFECT_TIGHTER, "window_step: 30 days -> no windows" },
	{ WINDOWS("1 day"), WINDOWS("7 days"), EFFECT_TIGHTER, "window_step" },
	{ WINDOWS("7 days"), WINDOWS("30 days"), EFFECT_WIDER, "window_step" },
	{ { 0 }, RED("    title: 数据\n", "    title: 数据\n    level: 3\n"), EFFECT_SAME,
		"level: none -> 3" },
	{ { 0 },
		STUDY("    valid: 2026-01-10", "    purpose: [DUO:0000007]\n    valid: 2026-01-10"),
		EFFECT_SAME, "purpose and approvals: none -> purpose: DUO:0000007" },
};

START_TEST(what_both_sides_have_is_compared)
{
	struct policy *before = side(0, &pairs_of_edits[_i].was, 1),
		      *after = side(1, &pairs_of_edits[_i].now, 1);
	struct effect e;

	ck_assert_msg(before != NULL && after != NULL, "%s", pairs_of_edits[_i].says);
	e = between(before, after);
	print(&e);
	ck_assert_uint_eq(e.n, 1);
	ck_assert_msg(has(&e, pairs_of_edits[_i].way, "", pairs_of_edits[_i].says), "%s",
		pairs_of_edits[_i].says);
}
END_TEST

/* A rule that closes for a study takes along what `tighter` asks of it; here that is its rounding alone. */
#define DISTINCT(rest)                                                                             \
	QUERY("  mean: {group_by: 1, filters: 4, max_cells: 50}\n",                                \
		"  distinct: {group_by: 0, filters: 4, max_cells: 1, " rest "}\n")

START_TEST(how_people_are_told_apart_across_hospitals_is_compared)
{
	const struct edit none[] = { DISTINCT("person: cdm.person.person_id") },
			  other[] = { DISTINCT("person: cdm.condition_occurrence.person_id, "
					       "buckets: 2048") };
	const struct policy *before = side(0, none, 1), *after = side(1, other, 1);
	struct effect e;

	ck_assert(before != NULL && after != NULL);
	e = between(before, after);
	print(&e);
	ck_assert(has(&e, EFFECT_WIDER, "kind distinct", "cdm.condition_occurrence.person_id"));
	ck_assert(has(&e, EFFECT_TIGHTER, "kind distinct", "buckets: 131072 -> 2048"));
	ck_assert_uint_eq(e.n, 2);
}
END_TEST

START_TEST(the_rounding_of_a_rule_ends_with_the_rule)
{
	const struct edit edits[] = { RED(", min_patients: 50}", "}"),
		RELEASE("'measure:hba1c', min_patients: 30", "'code:mental', round_to: 5"),
		RED("studies: [MH], kinds: [count]", "studies: [DM], kinds: [count]") };
	struct policy *before = side(0, edits, 2), *after = side(1, edits, 3);
	struct effect e;

	ck_assert(before != NULL && after != NULL);
	e = between(before, after);
	print(&e);
	ck_assert(has(&e, EFFECT_WIDER, "code rule mental",
		"thresholds no longer hold for other questions of study MH"));
}
END_TEST

START_TEST(an_officers_cohort_is_compared_by_its_text_kinds_and_params)
{
	struct policy *plain = side(0, NULL, 0), before = *plain, after = *plain;
	const struct dataset *d = &plain->datasets[0];
	const struct place at = { "queries.yaml", 9, 5, 1 };
	struct cohort_param by_month = { "from",
		dataset_column(d, "cdm.measurement.measurement_date"), at };
	struct cohort_param by_year = { "from", dataset_column(d, "cdm.death.death_date"), at };
	struct officer_cohort was = { .id = "x",
		.title = { "t", "t" },
		.file = "cohorts/x.sql",
		.text = sha256("a", 1),
		.kinds = 1u << KIND_COUNT,
		.params = &by_month,
		.n_params = 1,
		.at = at,
		.kinds_at = at };
	struct officer_cohort now = was;
	struct effect e;

	before.cohorts = &was;
	after.cohorts = &now;
	before.n_cohorts = after.n_cohorts = 1;
	ck_assert_uint_eq(between(&before, &after).n, 0);
	now.text = sha256("b", 1);
	e = between(&before, &after);
	ck_assert(e.n == 1 && has(&e, EFFECT_WIDER, "cohort x", "its SQL: sha256:"));
	now = was;
	now.kinds |= 1u << KIND_HISTOGRAM;
	e = between(&before, &after);
	ck_assert(e.n == 1 && has(&e, EFFECT_WIDER, "cohort x", "may be asked for histogram"));
	e = between(&after, &before);
	ck_assert(e.n == 1 &&
		  has(&e, EFFECT_TIGHTER, "cohort x", "may no longer be asked for histogram"));
	now = was;
	now.params = &by_year;
	e = between(&before, &after);
	ck_assert(has(&e, EFFECT_WIDER, "cohort x", "new parameter from: cdm.death.death_date"));
	e = between(plain, &after);
	ck_assert(has(&e, EFFECT_WIDER, "cohort x", "listed: cohorts/x.sql, sha256:"));
	e = between(&before, plain);
	ck_assert(e.n == 1 && has(&e, EFFECT_TIGHTER, "cohort x", "no longer listed"));
}
END_TEST

START_TEST(memory_that_ends_is_no_shorter_list)
{
	const struct edit fewer = RELEASE("min_patients: 10", "min_patients: 20");
	struct policy *plain = side(0, NULL, 0), *changed = side(1, &fewer, 1);
	struct effect whole = between(plain, changed);
	struct hash32 hash = whole.hash;
	unsigned failed = 0;

	for (size_t max = 0; max < 400 << 10; max += 1013) {
		struct effect e = { .n = 77 };
		struct error err = { .code = E_NONE };
		struct arena small;

		arena_init(&small, max);
		if (effect_between(plain, changed, &small, &e, &err) != 0) {
			failed++;
			ck_assert_uint_eq(e.n, 77);
		} else {
			ck_assert(hash32_equal(&hash, &e.hash));
		}
		arena_clear(&small);
	}
	ck_assert_uint_gt(failed, 3);
}
END_TEST

/* ---- nothing opens unsaid ---- */

static uint64_t seed_now;

static unsigned pick(unsigned n)
{
	seed_now ^= seed_now << 13; /* xorshift: a sequence that a seed repeats */
	seed_now ^= seed_now >> 7;
	seed_now ^= seed_now << 17;
	return (unsigned)(seed_now % n);
}

/* More than the differences above: what only matters together. */
static const struct edit more_edits[] = {
	RED("min_patients: 50", "min_sites: 3"),
	RED("studies: [MH], kinds: [count]", "studies: [MH], kinds: [histogram]"),
	RED("omop: [440383+], studies: [MH]", "omop: [440383+], icd10: [F30-F39], studies: [MH]"),
	RED("codes:\n", "codes:\n  - {id: w, use: forbidden, departments: [x]}\n"),
	RED("codes:\n", "codes:\n  - {id: w, use: forbidden, atc: [J05], departments: [x]}\n"),
	RED("codes:\n", "codes:\n  - {id: w, use: forbidden, departments: [x], omop: [1+]}\n"),
	RED("codes:\n", "codes:\n  - {id: s, use: restricted, omop: [8532], studies: [DM], "
			"min_sites: 2}\n"),
	RED("condition_concept_id: {use: filter, codes: omop}",
		"condition_concept_id: {use: link}"),
	RED("drug_concept_id: {use: link}", "drug_concept_id: {use: filter, codes: omop}"),
	RED("          drug_concept_id: {use: link}\n", ""),
	RED("condition_start_date: {use: group", "condition_start_date: {use: filter"),
	RED("condition_start_date: {use: group", "condition_start_date: {use: link"),
	RED("as: age, bands", "bands"),
	RED("bands: [0, 18, 45, 65, 80]", "bands: [18, 45, 65, 80]"),
	RED("cuts: [6.5, 7, 8]", "cuts: [7]"),
	RED("            clamp: [0, 50]\n", "            clamp: [0, 50]\n            cuts: [5]\n"),
	RED("where: {measurement_concept_id: [3004410]}",
		"where: {measurement_concept_id: [439727]}"),
	QUERY("  histogram: {group_by: 1, filters: 4, max_cells: 40}\n", ""),
	QUERY("group_by: 2", "group_by: 0"),
	QUERY("max_cells: 40", "max_cells: 400"),
	QUERY("max_cells: 40", "max_cells: 4"),
	RELEASE("min_sites: 1", "min_sites: 2"),
	RELEASE("'measure:hba1c', min_patients: 30", "'measure:hba1c', min_sites: 2"),
	RELEASE("'measure:hba1c', min_patients: 30", "'table:cdm.death', min_sites: 2"),
	RELEASE("'measure:hba1c', min_patients: 30", "'code:mental', min_sites: 2"),
	RELEASE("'measure:hba1c', min_patients: 30", "'kind:histogram', min_sites: 2"),
	RELEASE("'measure:hba1c', min_patients: 30", "'code:mental', min_patients: 90"),
	RELEASE("'measure:hba1c', min_patients: 30", "'code:mental', round_to: 5"),
	RELEASE("'measure:hba1c', min_patients: 30", "'code:mental', rho: 0.001"),
	RELEASE("'measure:hba1c', min_patients: 30", "'table:cdm.death', round_to: 5"),
	RELEASE("round_to: 1", "round_to: 5"),
	RELEASE("round_to: 1", "round_to: 1, max_similar: 3"),
	RELEASE("round_to: 1", "round_to: 10"),
	RELEASE("timing: open", "timing: strict"),
	RELEASE("rho: 0.01", "min_patients: 20"),
	RELEASE("'study:DM', rho: 1.2, period: 2026-01-01",
		"'study:DM', rho: 1.2, period: 2026-06-01"),
	RELEASE("each-requester, rho: 0.8, queries: 9, period: 2026-01-01..2026-12-31",
		"each-requester, rho: 0.8, queries: 9, period: 2026-01-01..2026-02-28"),
	RELEASE("'study:DM', rho: 1.2", "'study:MH', rho: 1.2"),
	STUDY("kinds: [count, histogram]", "kinds: [histogram]"),
	STUDY("li@s1.example: analyst, wang", "wang"),
	STUDY("cdm.person.gender_concept_id, ", ""),
	STUDY("2026-01-10..2026-12-31", "2026-06-01..2026-12-31"),
	{ P_POLICY, "models: {omop: omop-cdm-5.4}", "" },
	{ P_POLICY, "2026-01-01..2026-12-31", "2026-03-02..2026-12-31" },
};

static const struct edit *any_edit(void)
{
	const unsigned plain = sizeof(differences) / sizeof(differences[0]),
		       more = sizeof(more_edits) / sizeof(more_edits[0]);
	unsigned i = pick(plain + more);

	return i < plain ? &differences[i].edit : &more_edits[i - plain];
}

/* Up to three edits that find what they change; NULL when what comes out is no policy. */
static struct policy *random_side(int which, struct edit *used, unsigned *n)
{
	*n = 0;
	for (unsigned want = pick(4), tries = 0; *n < want && tries < 12; tries++) {
		const struct edit *e = any_edit();
		char *text = edited(e->file, used, *n);

		if (strstr(text, e->from) != NULL)
			used[(*n)++] = *e;
		free(text);
	}
	return side(which, used, *n);
}

static const char *const pieces[] = { "{condition: [201826+], during: 2019-01-01..2024-12-31}",
	"{condition: [440383]}", "{condition: [439727]}", "{condition: [9]}",
	"{condition: any, during: 2018-01-20..2024-12-31}",
	"{condition: any, during: 2019-04-01..2019-06-30}", "{sex: 女}", "{sex: 男}",
	"{age: {from: 18, to: 65}}", "{age: {from: 60}}", "{age: {to: 80}}",
	"{measure: hba1c, value: {at_least: 7}}", "{measure: hba1c}", "{measure: glucose}",
	"{visit: [9201]}", "{visit: [9202]}", "{visit: any}", "{drug: any}", "{drug: [1503297]}",
	"{drug: any, during: 2018-01-15..2018-03-31}", "{procedure: any}", "{death: any}",
	"{death: any, during: 2019-01-01..2020-12-31}", "{measurement: [3004410]}",
	"{any: [{sex: 女}, {none: [{visit: [9201]}]}]}" };
static const char *const entries[] = { "{condition: [201826+], during: 2019-01-01..2024-12-31}",
	"{drug: any, during: 2019-01-01..2019-12-31}",
	"{measurement: any, during: 2019-01-01..2019-12-31}" };
static const char *const groups[] = { "", "group_by: [sex]\n", "group_by: [性别]\n",
	"group_by: [age]\n", "group_by: [year]\n", "group_by: [quarter]\n", "group_by: [month]\n",
	"group_by: [sex, age]\n", "group_by: [cdm.person.gender_concept_id]\n",
	"group_by: [cdm.person.birth_datetime]\n" };
static const char *const filters[] = { "", "", "", "", "",
	"filter: {cdm.visit_occurrence.visit_concept_id: [9201]}\n",
	"filter: {cdm.person.gender_concept_id: [男]}\n",
	"filter: {cdm.condition_occurrence.condition_concept_id: [201826+], "
	"cdm.visit_occurrence.visit_concept_id: [9202]}\n" };
static const char *const ofs[] = { "age", "sex", "hba1c", "glucose", "quarter" };

static void write_question(struct text *t)
{
	static const char *const studies[] = { "DM", "DM", "MH" };
	bool histogram = pick(4) == 0;
	unsigned n;

	text_addf(t, "study: %s\nkind: %s\ndataset: omop\n", studies[pick(3)],
		histogram ? "histogram" : "count");
	if (pick(2) == 0)
		text_add(t, "on: 2025-01-01\n");
	if (histogram)
		text_addf(t, "of: %s\n", ofs[pick(5)]);
	text_add(t, groups[pick(10)]);
	text_add(t, filters[pick(8)]);
	n = pick(4);
	if (n == 0)
		return;
	text_add(t, "cohort:\n");
	if (pick(3) == 0)
		text_addf(t, "  entry: %s\n", entries[pick(3)]);
	text_add(t, "  all:\n");
	for (unsigned i = 0; i < n; i++)
		text_addf(t, "    - %s\n",
			pieces[pick((unsigned)(sizeof(pieces) / sizeof(pieces[0])))]);
}

/* The next that is a question: an `on` without an age, for one, is none. */
static const struct question *random_question(void)
{
	struct question *q = NULL;
	struct text t;

	while (q == NULL) {
		text_init(&t, 1 << 16);
		write_question(&t);
		ck_assert(!text_failed(&t));
		arena_clear(&ask_arena);
		arena_init(&ask_arena, MAX_QUERY_ARENA);
		diags_init(&ask_ds, &ask_arena);
		if (question_read("q.yaml", text_str(&t), t.len, &ask_arena, &ask_ds, &q) != 0)
			q = NULL;
		text_clear(&t);
	}
	return q;
}

static bool was_only_too_large(const struct verdict *v)
{
	const char *dot = strrchr(v->first.rule, '.');

	return dot != NULL && strcmp(dot, ".max_cells") == 0;
}

static const struct charge *same_account(const struct plan *p, const struct charge *of)
{
	for (unsigned i = 0; i < p->n_charges; i++)
		if (strcmp(p->charges[i].account, of->account) == 0 &&
			p->charges[i].from == of->from)
			return &p->charges[i];
	return NULL;
}

static bool leaves_out(const struct plan *p, const char *rule)
{
	for (unsigned i = 0; i < p->n_red; i++)
		if (strcmp(p->policy->codes[p->red[i]].id, rule) == 0)
			return true;
	return false;
}

/* What a question that was allowed before may do more now, or NULL: a smaller threshold, less noise, a finer number,
 * a budget that reaches further, rows that were left out, an answer that tells more of its time. */
static const char *does_more(const struct plan *b, const struct plan *a)
{
	static const int strength[] = {
		[TIMING_OPEN] = 0, [TIMING_PACED] = 1, [TIMING_STRICT] = 2
	};
	int64_t round_b = b->round_to < 1 ? 1 : b->round_to,
		round_a = a->round_to < 1 ? 1 : a->round_to;

	if (a->min_patients < b->min_patients)
		return "a smaller threshold";
	if (a->amount > b->amount || a->noise.t < b->noise.t)
		return "less noise";
	if (round_a % round_b != 0)
		return "another rounding";
	if (strength[a->timing] < strength[b->timing])
		return "less timing";
	for (unsigned i = 0; i < b->n_red; i++)
		if (!leaves_out(a, b->policy->codes[b->red[i]].id))
			return "rows of a code rule";
	for (unsigned i = 0; i < b->n_charges; i++) {
		const struct charge *c = same_account(a, &b->charges[i]);

		/* a question may cost less: it then has more noise */
		if (c == NULL || c->cap > b->charges[i].cap)
			return "a budget";
		if (b->charges[i].max_queries > 0 &&
			(c->max_queries == 0 || c->max_queries > b->charges[i].max_queries))
			return "the number of questions";
	}
	if (b->data->under_age > a->data->under_age ||
		(b->data->opt_out_column != NULL && a->data->opt_out_column == NULL))
		return "people who were left out";
	return NULL;
}

static void explain(const struct edit *was, unsigned n_was, const struct edit *now, unsigned n_now,
	const struct verdict *v, const struct effect *e)
{
	for (unsigned i = 0; i < n_was; i++)
		printf("before: '%s' -> '%s'\n", was[i].from, was[i].to);
	for (unsigned i = 0; i < n_now; i++)
		printf("after: '%s' -> '%s'\n", now[i].from, now[i].to);
	printf("was %s by %s: %s\n", v->allow ? "allowed" : "refused", v->first.rule,
		v->first.say.en);
	print(e);
}

/* NULL, or what opens. A coarser grouping may make an answer small enough: effect.h settles that as tighter. */
static const char *opens(const struct verdict *then, const struct verdict *later)
{
	if (!later->allow)
		return NULL;
	if (then->allow)
		return does_more(then->plan, later->plan);
	return was_only_too_large(then) ? NULL : "an answer";
}

START_TEST(no_question_opens_without_a_wider_effect)
{
	static const char *const people[] = { "li@s1.example", "wang@uni.example",
		"zhao@uni.example" };
	static const char *const days[] = { "2026-03-01", "2026-07-15", "2026-12-20" };
	unsigned pairs = 0, opened = 0;

	seed_now = 0x9e3779b97f4a7c15u + (uint64_t)_i;
	for (unsigned round = 0; round < 16; round++) {
		struct edit was[3], now[3];
		unsigned n_was, n_now, here = 0;
		struct policy *before = random_side(0, was, &n_was),
			      *after = random_side(1, now, &n_now);
		struct effect e;

		if (before == NULL || after == NULL)
			continue;
		pairs++;
		e = between(before, after);
		for (unsigned k = 0; k < 50; k++) {
			const struct question *q = random_question();
			const char *who = people[pick(3)], *on = days[pick(3)];
			struct verdict then = ruling_on(before, q, who, on, false),
				       later = ruling_on(after, q, who, on, false);
			const char *what = opens(&then, &later);

			here += what != NULL;
			if (what != NULL && e.wider == 0)
				explain(was, n_was, now, n_now, &then, &e);
			ck_assert_msg(what == NULL || e.wider > 0, "seed %d: %s", _i, what);
		}
		opened += here > 0;
	}
	ck_assert_uint_gt(pairs, 3);
	ck_assert_uint_gt(opened, 0);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("effect");
	TCase *c = tcase_create("effect");
	SRunner *r;
	int failed;

	tcase_set_timeout(c, 120);
	tcase_add_test(c, each_difference_is_told_in_both_directions);
	tcase_add_test(c, every_sentence_exists_in_both_languages);
	tcase_add_test(c, a_policy_has_no_effect_on_itself);
	tcase_add_test(c, the_order_of_lines_never_matters);
	tcase_add_test(c, the_hash_is_of_the_words_and_not_of_the_places);
	tcase_add_test(c, what_is_so_only_on_some_days_is_told_with_them);
	tcase_add_loop_test(c, what_both_sides_have_is_compared, 0,
		(int)(sizeof(pairs_of_edits) / sizeof(pairs_of_edits[0])));
	tcase_add_test(c, codes_by_which_a_rule_finds_its_rows_can_open_a_table);
	tcase_add_test(c, codes_of_one_system_are_told_in_one_line);
	tcase_add_test(c, of_a_list_of_codes_only_what_differs_is_told);
	tcase_add_test(c, a_cut_point_that_is_added_opens_and_one_removed_closes);
	tcase_add_test(c, a_budget_where_there_was_none_opens);
	tcase_add_test(c, how_people_are_told_apart_across_hospitals_is_compared);
	tcase_add_test(c, the_rounding_of_a_rule_ends_with_the_rule);
	tcase_add_test(c, an_officers_cohort_is_compared_by_its_text_kinds_and_params);
	tcase_add_test(c, memory_that_ends_is_no_shorter_list);
	tcase_add_loop_test(c, no_question_opens_without_a_wider_effect, 0, 12);
	suite_add_tcase(s, c);
	r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
