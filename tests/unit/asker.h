/*
 * asker.h - random questions to the policy of tests/corpus: most may be asked, many only nearly. The dice are the
 * caller's: numbers of a seed in tests, bytes of an input under a fuzzer.
 */
#ifndef TESTS_ASKER_H
#define TESTS_ASKER_H

#include <stdint.h>

#include "base/text.h"

struct asker {
	uint32_t (*dice)(void *from, uint32_t sides); /* 0..sides-1 */
	void *from;
	unsigned depth;
	bool entry;    /* the cohort has one */
	bool in_entry; /* and this stands in it */
	bool in_with;
};

static inline uint32_t asker_dice(struct asker *a, uint32_t sides)
{
	return a->dice(a->from, sides);
}

#define ASKER_PICK(a, list) ((list)[asker_dice(a, sizeof(list) / sizeof((list)[0]))])

static inline const char *asker_span(struct asker *a, unsigned event)
{
	static const char *const quarters[] = { "2019-01-01..2019-12-31", "2020-04-01..2020-06-30",
		"2018-01-01..2025-12-31", "2024-01-01..2025-12-31", "2022-07-01..2022-09-30",
		"2020-04-02..2020-06-30" };
	static const char *const months[] = { "2018-01-15..2018-01-31", "2024-02-01..2024-02-29",
		"2019-01-01..2019-12-31", "2018-01-15..2025-12-31", "2024-02-01..2024-02-28" };
	static const char *const weeks[] = { "2024-01-01..2024-01-07", "2018-01-01..2025-12-28",
		"2023-01-02..2023-12-31", "2024-01-01..2024-12-31" };
	static const char *const years[] = { "2018-01-01..2025-12-31", "2020-01-01..2020-12-31",
		"2020-01-01..2020-06-30" };

	switch (event) {
	case 0:
		return ASKER_PICK(a, quarters);
	case 1:
	case 2:
		return ASKER_PICK(a, months);
	case 3:
		return ASKER_PICK(a, weeks);
	default:
		return ASKER_PICK(a, years);
	}
}

static inline void asker_codes(struct asker *a, struct text *t, unsigned event)
{
	static const char *const plain[] = { "201826", "201826+", "441840+", "320128", "4058243+",
		"1503297+", "3004410", "9201", "9202", "316139", "4329847+", "icd10:E11+",
		"201826m" };
	static const char *const odd[] = { "439727", "439727+", "439728", "440383", "440384+",
		"4042883", "1703069", "9203", "9201+", "3999100", "icd10:B20", "icd10:F10+",
		"atc:J05" };
	unsigned n = 1 + asker_dice(a, 3);

	/* of procedures and deaths no code may be asked for */
	if (asker_dice(a, 4) == 0 || ((event == 2 || event == 6) && asker_dice(a, 8) != 1)) {
		text_add(t, "any");
		return;
	}
	text_addc(t, '[');
	for (unsigned i = 0; i < n; i++) {
		text_add(t, i == 0 ? "" : asker_dice(a, 3) == 0 ? ", -" : ", ");
		if (event == 5 && asker_dice(a, 5) != 0)
			text_add(t, asker_dice(a, 2) == 0 ? "9201" : "9202");
		else
			text_add(t,
				asker_dice(a, 8) == 0 ? ASKER_PICK(a, odd) : ASKER_PICK(a, plain));
	}
	text_addc(t, ']');
}

static inline void asker_part(struct asker *a, struct text *t);
static inline void asker_list(struct asker *a, struct text *t);

/* What looks at one row: properties, its last day, how long it lasts. */
static inline void asker_row(struct asker *a, struct text *t, unsigned event)
{
	static const char *const of_condition[] = { "type: [32817]", "type: [-32020]",
		"type: [38000245]", "visit: [9201]", "visit: [9203]", "status: [1]" };
	static const char *const of_drug[] = { "supply: {at_least: 30}", "supply: {below: 90}",
		"supply: {below: 60}", "quantity: {above: 1}", "ends: 2024-01-01..2024-01-31",
		"ends: 2024-01-02..2024-01-31" };
	static const char *const lasting[] = { "at_least: 7 days", "at_most: 28 days",
		"at_least: 14 days, at_most: 21 days", "at_least: 1 days" };

	if (event == 0 && asker_dice(a, 10) == 1)
		text_addf(t, ", %s", ASKER_PICK(a, of_condition));
	if (event == 1 && asker_dice(a, 8) == 1)
		text_addf(t, ", %s", ASKER_PICK(a, of_drug));
	if (event == 1 && asker_dice(a, 9) == 1)
		text_addf(t, ", lasting: {%s}", ASKER_PICK(a, lasting));
	if (asker_dice(a, 8) == 1)
		text_add(t, ", first: yes");
}

static inline void asker_times(struct asker *a, struct text *t)
{
	static const char *const times[] = { "at_least: 2", "exactly: 1", "at_most: 3",
		"at_least: 2, distinct: day", "at_least: 2, distinct: concept",
		"at_least: 2, distinct: visit" };

	if (asker_dice(a, 12) == 1)
		text_addf(t, ", times: {%s}", ASKER_PICK(a, times));
}

/* Where it stands towards another event. */
static inline void asker_window(struct asker *a, struct text *t)
{
	static const char *const windows[] = { "from: 0 days, to: 28 days",
		"from: -14 days, to: 0 days", "from: all days before, to: 0 days",
		"from: 7 days, to: all days after", "from: 0 days, to: 14 days, on: end",
		"from: 0 days, to: 28 days, to_on: end", "from: 0 days, to: 28 days",
		"from: 0 days, to: 10 days", "from: 1 days, to: 7 days" };

	if (!(a->entry || a->in_with) || a->in_entry)
		return;
	if (asker_dice(a, 5) == 1)
		text_addf(t, ", within: {%s}", ASKER_PICK(a, windows));
	if (asker_dice(a, 14) == 1)
		text_add(t, ", same_visit: yes");
	if (asker_dice(a, 6) == 1)
		text_add(t, ", inside_observation: no");
}

static inline void asker_with(struct asker *a, struct text *t)
{
	struct asker before = *a;

	if (a->depth >= 3 || asker_dice(a, 12) != 1)
		return;
	a->depth++;
	a->in_with = true;
	a->in_entry = false;
	text_add(t, ", with: ");
	asker_list(a, t);
	a->depth = before.depth;
	a->in_with = before.in_with;
	a->in_entry = before.in_entry;
}

static inline void asker_event(struct asker *a, struct text *t)
{
	static const char *const events[] = { "condition", "drug", "procedure", "measurement",
		"observation", "visit", "death", "device" };
	static const uint8_t often[] = { 0, 0, 0, 0, 0, 1, 1, 1, 1, 3, 3, 2, 4, 5, 5, 5, 6, 7 };
	unsigned event = ASKER_PICK(a, often);

	text_addf(t, "%s: ", events[event]);
	asker_codes(a, t, event);
	if (asker_dice(a, 3) == 0)
		text_addf(t, ", during: %s", asker_span(a, event));
	asker_row(a, t, event);
	asker_window(a, t);
	if (!a->in_entry)
		asker_times(a, t);
	asker_with(a, t);
}

static inline void asker_measure(struct asker *a, struct text *t)
{
	static const char *const measures[] = { "hba1c", "hba1c", "hba1c", "glucose", "viral-load",
		"crp" };
	static const char *const bounds[] = { "at_least: 7", "below: 6.5", "between: [6.5, 8]",
		"above: 8", "at_most: 7", "at_least: 7.5", "above: 50", "at_least: 6.5, below: 7" };

	text_addf(t, "measure: %s", ASKER_PICK(a, measures));
	if (asker_dice(a, 2) == 0)
		text_addf(t, ", value: {%s}", ASKER_PICK(a, bounds));
	if (asker_dice(a, 3) == 0)
		text_addf(t, ", during: %s", asker_span(a, 3));
	asker_window(a, t);
	if (!a->in_entry)
		asker_times(a, t);
}

static inline void asker_list(struct asker *a, struct text *t)
{
	unsigned n = 1 + asker_dice(a, 3);

	text_addc(t, '[');
	for (unsigned i = 0; i < n; i++) {
		text_add(t, i == 0 ? "" : ", ");
		asker_part(a, t);
	}
	text_addc(t, ']');
}

static inline void asker_part(struct asker *a, struct text *t)
{
	static const char *const groups[] = { "any", "none", "all" };
	static const char *const ages[] = { "from: 18", "from: 45, to: 65", "to: 80", "from: 80",
		"from: 65", "from: 50", "to: 18" };
	static const char *const sexes[] = { "女", "男", "other", "女性", "[8507]",
		"[8507, 8532]" };
	uint32_t kind = asker_dice(a, 11);

	text_addc(t, '{');
	if (kind < 5) {
		asker_event(a, t);
	} else if (kind == 5) {
		asker_measure(a, t);
	} else if (kind == 6) {
		text_addf(t, "age: {%s}", ASKER_PICK(a, ages));
	} else if (kind == 7 || a->depth >= 3) {
		text_addf(t, "sex: %s", sexes[asker_dice(a, 17) / 3]);
	} else if (kind == 8) {
		a->depth++;
		text_add(t, "at_least: 1, of: ");
		asker_list(a, t);
		a->depth--;
	} else {
		a->depth++;
		text_addf(t, "%s: ", ASKER_PICK(a, groups));
		asker_list(a, t);
		a->depth--;
	}
	text_addc(t, '}');
}

static inline void asker_entry(struct asker *a, struct text *t)
{
	static const char *const rest[] = { "", "", "", ", index: last", ", index: each",
		", observed: {before: 7 days, after: 0 days}",
		", observed: {before: 0 days, after: 5 days}" };
	bool two = asker_dice(a, 5) == 1;

	a->in_entry = true;
	text_add(t, two ? "entry: [{" : "entry: {");
	asker_event(a, t);
	if (two) {
		text_add(t, "}, {");
		asker_event(a, t);
	}
	text_add(t, two ? "}]" : "}");
	text_add(t, ASKER_PICK(a, rest));
	a->in_entry = false;
}

static inline void asker_cohort(struct asker *a, struct text *t)
{
	static const char *const lists[] = { "all", "any", "none" };
	bool comma = false;

	text_add(t, "cohort: {");
	a->entry = asker_dice(a, 3) == 0;
	if (a->entry) {
		asker_entry(a, t);
		comma = true;
	}
	for (unsigned i = 0; i < 3; i++) {
		if (asker_dice(a, 2 + i) != 0)
			continue;
		text_addf(t, "%s%s: ", comma ? ", " : "", lists[i]);
		asker_list(a, t);
		comma = true;
	}
	text_add(t, "}\n");
}

static inline void asker_groups(struct asker *a, struct text *t, unsigned most)
{
	static const char *const names[] = { "sex", "age", "性别", "地区", "year", "quarter",
		"cdm.person.year_of_birth", "cdm.condition_occurrence.condition_start_date",
		"cdm.measurement.measurement_date", "cdm.person.birth_datetime", "month", "sex",
		"age" };
	unsigned n = asker_dice(a, 2) == 0 ? 0 : asker_dice(a, most + 1);

	for (unsigned i = 0; i < n; i++)
		text_addf(t, "%s%s%s", i == 0 ? "group_by: [" : ", ", ASKER_PICK(a, names),
			i + 1 == n ? "]\n" : "");
}

static inline void asker_weeks(struct asker *a, struct text *t, unsigned most)
{
	static const char *const weeks[] = { "2018-W01", "2020-W07", "2021-W30", "2024-W10",
		"2025-W52", "2025-W09", "2024-02", "2017-W52" };
	unsigned n = 1 + asker_dice(a, most);

	for (unsigned i = 0; i < n; i++)
		text_addf(t, "%s%s", i == 0 ? "" : ", ", weeks[asker_dice(a, 50) * 8 / 53]);
}

/* One about an officer's cohort, with parameters, groups and filters. */
static inline void asker_officer(struct asker *a, struct text *t)
{
	static const char *const groups[] = { "sex", "性别", "cdm.measurement.measurement_date",
		"cdm.person.gender_concept_id", "year" };
	static const char *const labels[] = { "女", "男", "other", "女, 男", "女, other", "女性" };
	unsigned filters = asker_dice(a, 4);

	text_addf(t, "study: %s\nkind: %s\ndataset: omop\ncohort: hba1c-t2dm\nparams: {from: ",
		asker_dice(a, 30) == 29 ? "MH" : "DM",
		asker_dice(a, 30) == 29 ? "histogram\nof: hba1c" : "count");
	asker_weeks(a, t, 1);
	text_add(t, ", to: ");
	asker_weeks(a, t, 1);
	text_add(t, "}\n");
	if (asker_dice(a, 3) == 1)
		text_addf(t, "group_by: [%s]\n", groups[asker_dice(a, 22) * 5 / 23]);
	if (filters == 0)
		return;
	text_add(t, "filter: {");
	if (filters & 1)
		text_addf(t, "cdm.person.gender_concept_id: [%s]",
			labels[asker_dice(a, 40) * 6 / 41]);
	if (filters & 2) {
		text_addf(t, "%scdm.measurement.measurement_date: [", filters == 3 ? ", " : "");
		asker_weeks(a, t, 3);
		text_addc(t, ']');
	}
	text_add(t, "}\n");
}

/* One question as YAML. It may still be refused by its reader, when two things in it do not fit. */
static inline void asker_question(struct asker *a, struct text *t)
{
	static const char *const studies[] = { "DM", "DM", "DM", "DM", "MH", "PAIR", "DM", "DM",
		"OLD", "SPLIT", "XX" };
	static const char *const ofs[] = { "hba1c", "sex", "age", "地区", "glucose", "viral-load" };
	bool histogram = asker_dice(a, 6) == 0;

	a->depth = 0;
	a->entry = a->in_entry = a->in_with = false;
	text_addf(t, "study: %s\nkind: %s\ndataset: %s\n", ASKER_PICK(a, studies),
		histogram ? "histogram" : "count", asker_dice(a, 12) == 0 ? "twin" : "omop");
	if (histogram)
		text_addf(t, "of: %s\n", ASKER_PICK(a, ofs));
	if (asker_dice(a, histogram ? 6 : 5) != 0)
		asker_cohort(a, t);
	asker_groups(a, t, histogram ? 1 : 2);
	if (!a->entry && asker_dice(a, 3) == 1)
		text_add(t, "on: 2025-12-31\n");
	if (asker_dice(a, 40) == 0)
		text_add(t, "mode: secure\n");
}

#endif
