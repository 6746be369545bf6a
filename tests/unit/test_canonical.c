/*
 * test_canonical.c - one meaning has one spelling: known answers, properties over generated
 * questions in many spellings, and what a peer sends in another spelling.
 */
#include "query/canonical.h"
#include "tests/unit/questions.h"
#include "tests/unit/same_question.h"
#include "tests/unit/spellings.h"

#include <stdio.h>

static struct error err;

/* The canonical text of a question in any spelling; heap. */
static char *canonical(const char *spelling)
{
	struct question *q = ask(spelling);
	struct text t;

	ck_assert_msg(q != NULL, "%s\nwas refused: %s", spelling, first_said());
	text_init(&t, MAX_QUESTION_BYTES);
	OK(canonical_write(q, &t, &err));
	return text_take(&t);
}

/* The same, or "" of a question that contradicts itself: a generated one may. */
static char *canonical_if(const char *spelling)
{
	struct question *q = ask(spelling);

	for (size_t i = 0; i < ds.count; i++)
		ck_assert_msg(strcmp(ds.list[i].code, "Q149") == 0 ||
				      strcmp(ds.list[i].code, "Q146") == 0 ||
				      strcmp(ds.list[i].code, "Q147") == 0 ||
				      strcmp(ds.list[i].code, "Q148") == 0,
			"%.3000s\nwas refused: %s", spelling, ds.list[i].en);
	return q == NULL ? calloc(1, 1) : canonical(spelling);
}

#define SPELLED(spelling, want)                                                                    \
	do {                                                                                       \
		char *got_ = canonical(spelling);                                                  \
		ck_assert_str_eq(got_, want);                                                      \
		free(got_);                                                                        \
	} while (0)

#define END "\"dataset\":\"omop\",\"kind\":\"count\",\"mode\":\"noised\",\"study\":\"DM-2026-01\"}"

START_TEST(the_spelling_is_exactly_this)
{
	static const char want[] =
		"{\"cohort\":{\"all\":[{\"age\":{\"from\":45,\"to\":65}},{\"any\":[{\"sex\":\"女\"}"
		","
		"{\"visit\":[\"9201\"]}]},{\"drug\":[\"-2+\",\"1503297+\"],\"during\":"
		"\"2019-01-01..2025-12-31\"},{\"measure\":\"hba1c\",\"value\":{\"above\":6.5,\"at_"
		"most\":9}},"
		"{\"none\":[{\"condition\":[\"4058243+\"]}]}],\"entry\":[{\"condition\":[\"201826+"
		"\"]}],\"index\":\"first\"},\"dataset\":\"omop\",\"group_by\":[\"age\",\"sex\"],"
		"\"kind\":"
		"\"count\",\"mode\":\"noised\",\"study\":\"DM-2026-01\"}";
	struct question *q;
	struct hash32 h;
	char buf[HASH_TEXT];

	SPELLED(HEAD "sites: [renmin]\n"
		     "group_by: [sex, age]\n"
		     "cohort:\n"
		     "  none: [{condition: [4058243+]}]\n"
		     "  any: [{visit: [9201]}, {sex: 女}]\n"
		     "  all:\n"
		     "    - {during: 2019-01-01..2025-12-31, drug: [1503297+, -2+]}\n"
		     "    - {value: {at_most: 9.0, above: 6.50}, measure: hba1c}\n"
		     "    - {age: {to: 65, from: 45}}\n"
		     "  entry: {condition: [201826+]}\n",
		want);
	/* printf %s TEXT | sha256sum */
	fresh(MAX_QUERY_ARENA);
	OK(canonical_read(want, sizeof(want) - 1, &arena, &q, &h, &err));
	ck_assert_str_eq(hash32_text(&h, buf),
		"sha256:37ab6ae52f5b71d1111f53fd5f25afebc670a742fca08669fe0ea915d34292d0");
	ck_assert_uint_eq(q->cohort.criteria, 7);
}
END_TEST

START_TEST(what_means_nothing_is_not_written)
{
	SPELLED(HEAD, "{" END);
	SPELLED(HEAD "sites: all\nmode: noised\ngroup_by: []\ncohort: {}\n", "{" END);
	SPELLED(COHORT("hba1c-t2dm"), "{\"cohort\":\"hba1c-t2dm\"," END);
	SPELLED(COHORT("c1") "params: {to: 2025-12, cut: 7.50, from: '9'}\n"
			     "filter: {z.z.z: [b, 1.0, a, 1], a.a.a: [女]}\n",
		"{\"cohort\":\"c1\",\"dataset\":\"omop\",\"filter\":{\"a.a.a\":[\"女\"],\"z.z.z\":["
		"\"a\",\"b\",1]},\"kind\":\"count\",\"mode\":\"noised\",\"params\":{\"cut\":7.5,"
		"\"from\":\"9\",\"to\":\"2025-12\"},\"study\":\"DM-2026-01\"}");
	SPELLED(COHORT("{entry: {visit: any}}"),
		"{\"cohort\":{\"entry\":[{\"visit\":\"any\"}],\"index\":\"first\"}," END);
	SPELLED(COHORT("{entry: {measurement: any, during: 2019-01-01..2019-12-31}}"),
		"{\"cohort\":{\"entry\":[{\"during\":\"2019-01-01..2019-12-31\",\"measurement\":"
		"\"any\"}],\"index\":\"first\"}," END);
	SPELLED("study: S\nkind: histogram\ndataset: d\nof: age\non: 2026-03-01\nmode: secure\n",
		"{\"dataset\":\"d\",\"kind\":\"histogram\",\"mode\":\"secure\",\"of\":\"age\","
		"\"on\":\"2026-03-01\",\"study\":\"S\"}");
}
END_TEST

START_TEST(what_a_person_may_write_a_site_reads)
{
	static const char *const spellings[] = {
		/* the age is a `with` of its own in the canonical text */
		COHORT("{all: [{drug: [1], with: [{drug: [2], with: [{drug: [3], with: [{drug: "
		       "[4], "
		       "age: {from: 18}}]}]}]}]}"),
		COHORT("c1") "filter: {a.a.a: ['x', 'x\"', 'x\"y']}\n",
	};

	for (size_t i = 0; i < sizeof(spellings) / sizeof(spellings[0]); i++) {
		char *text = canonical(spellings[i]);
		struct question *q;
		struct hash32 h;

		OK(canonical_read(text, strlen(text), &arena, &q, &h, &err));
		ck_assert(i != 1 || q->filters[0].n_values == 3);
		free(text);
	}
}
END_TEST

START_TEST(numbers_have_one_spelling)
{
	static const char *const sevens[] = { "7", "7.0", "7.00", "7.000000000", "70e-1", "\"7\"",
		"0.7e1" };
	char text[200];

	for (size_t i = 0; i < sizeof(sevens) / sizeof(sevens[0]); i++) {
		snprintf(text, sizeof(text), COHORT("{all: [{measure: a, value: {at_least: %s}}]}"),
			sevens[i]);
		SPELLED(text, "{\"cohort\":{\"all\":[{\"measure\":\"a\",\"value\":{\"at_least\":7}}"
			      "]}," END);
	}
	SPELLED(COHORT("{all: [{measure: a, value: {between: [-0.50, 1e-9]}}]}"),
		"{\"cohort\":{\"all\":[{\"measure\":\"a\",\"value\":{\"at_least\":-0.5,\"at_most\":"
		"0.000000001}}]}," END);
	SPELLED(COHORT("{all: [{measure: a, value: {between: [-9223372036.854775808, "
		       "9223372036.854775807]}}]}"),
		"{\"cohort\":{\"all\":[{\"measure\":\"a\",\"value\":{\"at_least\":-9223372036."
		"854775808,"
		"\"at_most\":9223372036.854775807}}]}," END);
}
END_TEST

START_TEST(text_is_quoted_so_that_it_is_read_again)
{
	SPELLED(COHORT("{all: [{sex: \"a\\\"b\\\\c\"}]}"),
		"{\"cohort\":{\"all\":[{\"sex\":\"a\\\"b\\\\c\"}]}," END);
	SPELLED(COHORT("{all: [{sex: \"\\u5973\\U0001F600：，\"}]}"),
		"{\"cohort\":{\"all\":[{\"sex\":\"女😀：，\"}]}," END);
	/* as JSON strings "a!" comes before "a" */
	SPELLED(HEAD "group_by: [a, \"a!\", 年]\n",
		"{\"dataset\":\"omop\",\"group_by\":[\"a!\",\"a\",\"年\"],\"kind\":\"count\","
		"\"mode\":\"noised\","
		"\"study\":\"DM-2026-01\"}");
}
END_TEST

START_TEST(groups_of_criteria_dissolve_where_they_change_nothing)
{
	static const char *const same[] = { "{all: [{sex: a}, {visit: any}]}",
		"{all: [{visit: any}, {sex: a}]}", "{all: [{visit: any}, {sex: a}, {visit: any}]}",
		"{all: [{all: [{visit: any}, {sex: a}]}]}",
		"{all: [{sex: a}, {any: [{visit: any}]}]}",
		"{any: [{all: [{visit: any}, {sex: a}]}]}",
		"{any: [{all: [{visit: any}, {sex: a}]}, {all: [{sex: a}, {all: [{visit: "
		"any}]}]}]}",
		"{all: [{sex: a}], any: [{visit: any}]}",
		"{all: [{sex: a}], any: [{visit: any}, {any: [{visit: any}, {all: [{visit: "
		"any}]}]}]}" };

	for (size_t i = 0; i < sizeof(same) / sizeof(same[0]); i++) {
		char text[300];

		snprintf(text, sizeof(text), COHORT("%s"), same[i]);
		SPELLED(text, "{\"cohort\":{\"all\":[{\"sex\":\"a\"},{\"visit\":\"any\"}]}," END);
	}
	SPELLED(COHORT("{none: [{sex: a}, {none: [{sex: c}]}, {any: [{sex: b}]}]}"),
		"{\"cohort\":{\"all\":[{\"none\":[{\"none\":[{\"sex\":\"c\"}]},{\"sex\":\"a\"},"
		"{\"sex\":\"b\"}]}]}," END);
	SPELLED(COHORT("{none: [{any: [{sex: a}, {any: [{sex: b}, {visit: any}]}]}]}"),
		"{\"cohort\":{\"all\":[{\"none\":[{\"sex\":\"a\"},{\"sex\":\"b\"},{\"visit\":"
		"\"any\"}]}]}," END);
}
END_TEST

/* All of these mean something else than each other. */
static const char *const meanings[] = { HEAD, "study: DM-2026-02\nkind: count\ndataset: omop\n",
	"study: DM-2026-01\nkind: distinct\ndataset: omop\n",
	"study: DM-2026-01\nkind: count\ndataset: omop2\n", HEAD "mode: secure\n",
	HEAD "group_by: [sex]\n", HEAD "group_by: [sex, x]\n", COHORT("a"), COHORT("b"),
	COHORT("{all: [{sex: a}]}"), COHORT("{none: [{sex: a}]}"), COHORT("{all: [{sex: b}]}"),
	COHORT("{all: [{none: [{sex: a}, {sex: b}]}]}"), COHORT("{all: [{sex: a}, {sex: b}]}"),
	COHORT("{any: [{sex: a}, {sex: b}]}"), COHORT("{all: [{none: [{none: [{sex: a}]}]}]}"),
	COHORT("{all: [{visit: any}]}"), COHORT("{entry: {visit: any}}"),
	COHORT("{all: [{visit: any}], entry: {visit: any}}"), COHORT("{all: [{drug: any}]}"),
	COHORT("{all: [{drug: [1]}]}"), COHORT("{all: [{drug: [1+]}]}"),
	COHORT("{all: [{drug: [2]}]}"), COHORT("{all: [{drug: [1, 2]}]}"),
	COHORT("{all: [{drug: [1, -2]}]}"), COHORT("{all: [{drug: [1, -2+]}]}"),
	COHORT("{all: [{drug: [1]}, {drug: [2]}]}"), COHORT("{all: [{device: [1]}]}"),
	COHORT("{all: [{drug: [1], during: 2019-01-01..2019-12-31}]}"),
	COHORT("{all: [{drug: [1], during: 2019-01-01..2019-12-30}]}"),
	COHORT("{all: [{drug: [1], during: 2019-01-02..2019-12-31}]}"),
	COHORT("{entry: {drug: [1], during: 2019-01-01..2019-12-31}}"),
	COHORT("{all: [{measure: drug}]}"), COHORT("{all: [{measure: m, value: {at_least: 7}}]}"),
	COHORT("{all: [{measure: m, value: {at_most: 7}}]}"),
	COHORT("{all: [{measure: m, value: {above: 7}}]}"),
	COHORT("{all: [{measure: m, value: {below: 7}}]}"),
	COHORT("{all: [{measure: m, value: {at_least: 7.000000001}}]}"),
	COHORT("{all: [{measure: m, value: {between: [7, 8]}}]}"),
	COHORT("{all: [{measure: m, value: {at_least: 7}, during: 2019-01-01..2019-12-31}]}"),
	COHORT("{all: [{age: {from: 1}}]}") "on: 2026-01-01\n",
	COHORT("{all: [{age: {to: 1}}]}") "on: 2026-01-01\n",
	COHORT("{all: [{age: {from: 1, to: 2}}]}") "on: 2026-01-01\n",
	COHORT("{all: [{age: {from: 1, to: 2}}]}") "on: 2026-01-02\n",
#define LATER(text) COHORT("{entry: {visit: any}, all: [{drug: [1], " text "}]}")
	LATER("within: {from: 1 day}"), LATER("within: {from: -1 day}"),
	LATER("within: {to: 1 day}"), LATER("within: {from: 1 day, to: 2 days}"),
	LATER("within: {from: 1 day, on: end}"), LATER("within: {from: 1 day, to_on: end}"),
	LATER("within: {from: 1 day, on: end, to_on: end}"),
	LATER("within: {from: all days before, to: all days after}"),
	LATER("within: [{from: 1 day}, {from: 1 day, on: end}]"),
	LATER("within: {from: 1 day}, inside_observation: no"),
	LATER("within: {from: 1 day}, inside_observation: yes"),
	LATER("within: {from: 1 day}, same_visit: yes"), LATER("within: {from: 1 day}, first: yes"),
	LATER("same_visit: yes"), LATER("first: yes"), LATER("times: {at_least: 2}"),
	LATER("times: {at_most: 2}"), LATER("times: {exactly: 2}"),
	LATER("times: {at_least: 2, distinct: day}"),
	LATER("times: {at_least: 2, distinct: concept}"),
	LATER("times: {at_least: 2, distinct: visit}"),
	LATER("times: {at_least: 1, distinct: visit}"), LATER("times: {at_most: 0}"),
	LATER("during: 2019-01-01.."), LATER("during: ..2019-01-01"), LATER("ends: ..2019-01-01"),
	LATER("ends: 2019-01-01.."), LATER("lasting: {at_least: 9 days}"),
	LATER("lasting: {at_most: 9 days}"), LATER("value: {above: 9}"),
	LATER("value: {outside: [1, 9]}"), LATER("value: {between: [1, 9]}"),
	LATER("value: {unit: [9]}"), LATER("value: {concept: [9]}"),
	LATER("value: {range: {low: {above: 9}}}"), LATER("value: {range: {high: {above: 9}}}"),
	LATER("range_high: {above: 9}"), LATER("range_low: {above: 9}"), LATER("type: [9]"),
	LATER("type: [-9]"), LATER("type: [9+]"), LATER("source: [9]"), LATER("visit: [9]"),
	LATER("with: [{sex: a}]"), LATER("with: [{age: {from: 9}}]"), LATER("with: [{death: any}]"),
	LATER("with: [{death: any, within: {from: 1 day}}]"),
	LATER("with: [{death: any, within: {from: 1 day, of: index}}]"),
	LATER("with: [{death: any, within: {from: 1 day}, inside_observation: no}]"),
	LATER("with: [{death: any, inside_observation: no}]"),
	COHORT("{entry: {visit: any}, index: last}"), COHORT("{entry: {visit: any}, index: each}"),
	COHORT("{entry: {visit: any}, observed: {before: 9 days}}"),
	COHORT("{entry: {visit: any}, observed: {after: 9 days}}"),
	COHORT("{entry: {visit: any}, observed: {after: 0 days}}"),
	COHORT("{entry: [{visit: any}, {drug: any}]}"), COHORT("{entry: {visit: any, first: yes}}"),
	COHORT("{entry: {visit: any, with: [{drug: any}]}}"), COHORT("{all: [{drug: [1m]}]}"),
	COHORT("{all: [{drug: [1+m]}]}"), COHORT("{all: [{drug: [\"icd10:E11\"]}]}"),
	COHORT("{all: [{drug: [\"icd10:E11+\"]}]}"), COHORT("{all: [{drug: [\"icd9:E11\"]}]}"),
	COHORT("{all: [{sex: [1]}]}"), COHORT("{all: [{race: [1]}]}"),
	COHORT("{all: [{ethnicity: [1]}]}"), COHORT("{all: [{race: a}]}"),
	COHORT("{all: [{birth: 1950-01-01..}]}"), COHORT("{all: [{birth: ..1950-01-01}]}"),
	COHORT("{all: [{at_least: 2, of: [{sex: a}, {sex: b}, {sex: c}]}]}"),
	COHORT("{all: [{at_most: 2, of: [{sex: a}, {sex: b}, {sex: c}]}]}"),
	COHORT("{all: [{exactly: 2, of: [{sex: a}, {sex: b}, {sex: c}]}]}"),
#define OF_KIND(kind) "study: S\nkind: " kind "\ndataset: omop\n"
	OF_KIND("mean") "of: a\n", OF_KIND("quantile") "of: a\n",
	OF_KIND("quantile") "of: a\nat: [0.5]\n", OF_KIND("quantile") "of: a\nat: [0.25, 0.5]\n",
#define CURVE OF_KIND("survival") "cohort: {entry: {visit: any}}\n"
	CURVE "event: {death: any}\n", CURVE "event: {drug: any}\n",
	CURVE "event: {drug: any, first: yes}\n", CURVE "event: {death: any}\nstep: 30 days\n",
	CURVE "event: {death: any}\nstep: 30 months\n",
	CURVE "event: {death: any}\nhorizon: 30 days\n",
	OF_KIND("attrition") "cohort: {all: [{sex: a}, {sex: b}]}\n",
	OF_KIND("attrition") "cohort: {all: [{sex: b}, {sex: a}]}\n",
	OF_KIND("attrition") "cohort: {all: [{all: [{sex: b}, {sex: a}]}]}\n",
	"study: S\nkind: histogram\ndataset: omop\nof: a\n",
	"study: S\nkind: histogram\ndataset: omop\nof: b\n" };

START_TEST(every_change_of_meaning_changes_the_text)
{
	enum {
		N = sizeof(meanings) / sizeof(meanings[0])
	};
	char *texts[N];

	for (size_t i = 0; i < N; i++) {
		texts[i] = canonical(meanings[i]);
		for (size_t j = 0; j < i; j++)
			ck_assert_str_ne(texts[i], texts[j]);
	}
	for (size_t i = 0; i < N; i++)
		free(texts[i]);
}
END_TEST

START_TEST(whom_is_asked_is_no_part_of_it)
{
	SPELLED(HEAD "sites: [renmin, xiehe]\n", "{" END);
}
END_TEST

enum {
	MEANINGS = 2000
};

START_TEST(all_spellings_of_one_meaning_have_one_text)
{
	dice = 0x9E3779B97F4A7C15;
	for (unsigned i = 0; i < MEANINGS; i++) {
		struct meaning q = make_meaning();
		char *first = NULL;

		for (unsigned j = 0; j < 4; j++) {
			char *spelled = spell(&q, j == 1), *text = canonical_if(spelled);

			ck_assert_msg(first == NULL || strcmp(first, text) == 0,
				"meaning %u, spelling %u:\n%s\n%s\n%s", i, j, spelled, first, text);
			free(spelled);
			if (first == NULL)
				first = text;
			else
				free(text);
		}
		free(first);
	}
}
END_TEST

/* K1, and the order of keys in every map of the text. */
static void check_sorted(const struct node *n)
{
	const char *last = "";

	NODE_EACH(c, n) {
		ck_assert_msg(
			c->key == NULL || strcmp(last, c->key) < 0, "%s before %s", last, c->key);
		last = c->key == NULL ? last : c->key;
		check_sorted(c);
	}
}

/* Whether the text has all of the spelling's meaning. */
static bool means_the_same(const char *spelling, const struct question *read)
{
	struct question *q = NULL;
	struct arena own;
	struct diags said;
	bool same;

	arena_init(&own, MAX_QUERY_ARENA);
	diags_init(&said, &own);
	same = question_read("own", spelling, strlen(spelling), &own, &said, &q) == 0 &&
	       same_question(q, read);
	arena_clear(&own);
	return same;
}

START_TEST(reading_the_text_gives_the_same_text)
{
	unsigned proven = 0;

	dice = 0xD1B54A32D192ED03;
	for (unsigned i = 0; i < MEANINGS; i++) {
		struct meaning m = make_meaning();
		char *spelled = spell(&m, i % 2 == 0), *text = canonical_if(spelled), *again;
		struct hash32 h, want = sha256(text, strlen(text));
		struct question *q;
		struct node *n;

		if (*text == 0) {
			free(spelled);
			free(text);
			continue;
		}
		proven++;
		fresh(MAX_QUERY_ARENA);
		OK(canonical_read(text, strlen(text), &arena, &q, &h, &err));
		ck_assert(hash32_equal(&h, &want));
		ck_assert_msg(means_the_same(spelled, q), "%.3000s\n%.3000s", spelled, text);
		again = canonical(text);
		ck_assert_str_eq(text, again);
		ck_assert_int_eq(node_read("k1", text, strlen(text), 32, &arena, &ds, &n), 0);
		check_sorted(n);
		free(spelled);
		free(text);
		free(again);
	}
	ck_assert_uint_gt(proven, MEANINGS / 10 * 9);
}
END_TEST

/* Any part of the tree below, with its chance; every kid has one parent. */
static struct model *pick(struct model *m)
{
	while (m->n_kids > 0 && (m->kind < PART_EVENT || roll(2) == 0))
		m = m->kids[roll(m->n_kids)];
	return m;
}

/* Another value of a key beside an event. False when it has none that means something else. */
static bool change_key(struct model *m)
{
	unsigned key = roll(KEYS);
	const struct spelled_key *k = &spelled_keys[key];

	/* without a window, `inside_observation: no` is what is meant without it */
	if ((k->where & m->where) == 0 || strcmp(k->key, "inside_observation") == 0 ||
		(m->kind != PART_EVENT && m->kind != PART_MEASURE))
		return false;
	m->values[key] = (m->values[key] + 1) % count_values(k);
	return true;
}

/* Changes what is asked, in a way that nothing else in the question can make up for. */
static void change(struct meaning *q)
{
	struct model *leaf = pick(q->root), **last = &q->root->kids[q->root->n_kids];

	switch (roll(8)) {
	case 0:
		q->study += 100;
		return;
	case 1:
		q->secure = !q->secure;
		return;
	case 2:
		q->n_groups = q->n_groups == 2 ? 1 : q->n_groups + 1;
		return;
	case 3:
		if (q->n_entries == 0)
			break;
		q->index = (q->index + 1) % 3;
		return;
	case 4:
		if (q->n_entries == 0)
			break;
		q->observed = (q->observed + 1) % 3;
		return;
	case 5:
		*last = model_new(PART_SEX);
		(*last)->kind = PART_EVENT;
		(*last)->event = EVENT_DRUG;
		(*last)->year = 2016;
		q->root->n_kids++;
		return;
	default:
		break;
	}
	if (!change_key(leaf))
		*leaf = (struct model){
			.kind = PART_EVENT, .n_codes = 1, .codes = { 1 }, .year = 2017
		};
}

START_TEST(a_change_anywhere_changes_the_hash)
{
	dice = 0xA0761D6478BD642F;
	for (unsigned i = 0; i < MEANINGS; i++) {
		struct meaning q = make_meaning();
		char *spelled = spell(&q, false), *before = canonical_if(spelled), *other, *after;

		change(&q);
		other = spell(&q, false);
		after = canonical_if(other);
		ck_assert_msg(*before == 0 || strcmp(before, after) != 0,
			"question %u:\n%s\n%s\n%s", i, spelled, other, after);
		free(spelled);
		free(before);
		free(other);
		free(after);
	}
}
END_TEST

START_TEST(the_order_of_steps_is_meant_in_an_attrition_alone)
{
	unsigned proven = 0;

	dice = 0x8EBC6AF09C88C6E3;
	for (unsigned i = 0; i < MEANINGS; i++) {
		struct meaning q = make_meaning();
		struct model *swap = q.root->kids[0];
		char *spelled, *before, *other, *after;

		if (q.root->n_kids < 2)
			continue;
		spelled = spell(&q, false);
		before = canonical_if(spelled);
		q.root->kids[0] = q.root->kids[1];
		q.root->kids[1] = swap;
		other = spell(&q, false);
		after = canonical_if(other);
		/* the two may be one and the same criterion */
		if (q.kind != 1)
			ck_assert_str_eq(before, after);
		else if (*before != 0)
			proven += strcmp(before, after) != 0;
		free(spelled);
		free(before);
		free(other);
		free(after);
	}
	ck_assert_uint_gt(proven, MEANINGS / 8);
}
END_TEST

/* Reads what a peer sent. When it is accepted, it must be its own canonical text. */
static bool accepted(const char *bytes, size_t len)
{
	struct hash32 h, want = sha256(bytes, len), before;
	struct question *q = NULL;
	struct text t;
	bool same;

	memset(&h, 0x5A, sizeof(h));
	before = h;
	fresh(MAX_QUERY_ARENA);
	if (canonical_read(bytes, len, &arena, &q, &h, &err) < 0) {
		ck_assert_int_eq(err.code, E_INPUT);
		ck_assert_ptr_null(q);
		ck_assert(hash32_equal(&h, &before));
		return false;
	}
	ck_assert(hash32_equal(&h, &want));
	text_init(&t, MAX_QUESTION_BYTES);
	OK(canonical_write(q, &t, &err));
	same = t.len == len && memcmp(t.at, bytes, len) == 0;
	text_clear(&t);
	ck_assert_msg(same, "accepted in another spelling: %.*s", (int)len, bytes);
	return true;
}

static const char sent[] =
	"{\"cohort\":{\"all\":[{\"age\":{\"from\":45}},{\"drug\":[\"1+\"],\"during\":"
	"\"2019-01-01..2019-12-31\"},{\"sex\":\"女\"}]},\"dataset\":\"d\",\"group_by\":"
	"[\"a\",\"b\"],\"kind\":\"count\",\"mode\":\"noised\",\"study\":\"S\"}";

START_TEST(no_other_spelling_by_one_byte_is_read)
{
	enum {
		LEN = sizeof(sent) - 1
	};
	char copy[LEN + 1];
	unsigned changed = 0, dropped = 0, added = 0;

	ck_assert(accepted(sent, LEN));
	for (size_t i = 0; i < LEN; i++) {
		memcpy(copy, sent, LEN);
		for (unsigned c = 0; c < 256; c++) {
			copy[i] = (char)c;
			changed += copy[i] != sent[i] && accepted(copy, LEN);
		}
		memcpy(copy + i, sent + i + 1, LEN - i - 1);
		dropped += accepted(copy, LEN - 1);
	}
	for (size_t i = 0; i <= LEN; i++) {
		memcpy(copy, sent, i);
		memcpy(copy + i + 1, sent + i, LEN - i);
		for (unsigned c = 0; c < 256; c++) {
			copy[i] = (char)c;
			added += accepted(copy, LEN + 1);
		}
	}
	/* another study, another label, another day are canonical questions too */
	ck_assert_uint_gt(changed, 100);
	ck_assert_uint_gt(dropped, 1);
	ck_assert_uint_gt(added, 100);
}
END_TEST

START_TEST(every_other_spelling_is_the_peers_fault)
{
	static const char plain[] =
		"{\"dataset\":\"d\",\"kind\":\"count\",\"mode\":\"noised\",\"study\":\"S\"}";
	static const char *const others[] = { "", "{}", "null", "[]",
		"study: S\nkind: count\ndataset: d\n",
		"{\"dataset\":\"d\",\"kind\":\"count\",\"study\":\"S\"}",
		"{\"dataset\":\"d\",\"kind\":\"count\",\"mode\":\"noised\",\"sites\":\"all\","
		"\"study\":\"S\"}",
		"{\"dataset\":\"d\",\"kind\":\"count\",\"mode\":\"noised\",\"study\":\"S\"}\n",
		"\xEF\xBB\xBF{\"dataset\":\"d\",\"kind\":\"count\",\"mode\":\"noised\",\"study\":"
		"\"S\"}",
		"{\"dataset\":\"\\u0064\",\"kind\":\"count\",\"mode\":\"noised\",\"study\":\"S\"}",
		"{\"kind\":\"count\",\"dataset\":\"d\",\"mode\":\"noised\",\"study\":\"S\"}",
		"{\"cohort\":{},\"dataset\":\"d\",\"kind\":\"count\",\"mode\":\"noised\",\"study\":"
		"\"S\"}",
		"{\"cohort\":{\"any\":[{\"sex\":\"a\"},{\"sex\":\"b\"}]},\"dataset\":\"d\","
		"\"kind\":\"count\","
		"\"mode\":\"noised\",\"study\":\"S\"}",
		"{\"dataset\":\"d\",\"kind\":\"count\",\"mode\":\"noised\",\"study\":\"S\","
		"\"study\":\"S\"}" };

	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		ck_assert_msg(!accepted(others[i], strlen(others[i])), "%s", others[i]);
	ck_assert(accepted(plain, sizeof(plain) - 1));
	ck_assert(!accepted(plain, sizeof(plain))); /* with the zero byte behind it */
	for (size_t len = 0; len < sizeof(sent) - 1; len++)
		ck_assert(!accepted(sent, len));
}
END_TEST

START_TEST(a_text_that_gets_too_long_is_refused_and_nothing_written)
{
	struct text t, out;
	struct question *q;

	/* the codes of a set stand once in the question, and in its text wherever it is named */
	text_init(&t, MAX_QUESTION_BYTES);
	text_add(&t, HEAD "sets: {a: [1");
	for (unsigned i = 0; i < MAX_CODES / 2 - 1; i++)
		text_addf(&t, ",icd10:A-code-that-is-long-%u+", i);
	text_add(&t, "]}\ncohort: {all: [{drug: [\"set:a\"]}, {device: [\"set:a\"]}]}\n");
	ck_assert(!text_failed(&t));
	q = ask(text_str(&t));
	ck_assert_msg(q != NULL, "%s", first_said());
	text_init(&out, 1 << 20);
	text_add(&out, "before");
	FAILS(canonical_write(q, &out, &err), E_LIMIT);
	ck_assert_str_eq(text_str(&out), "before");
	text_clear(&out);
	/* so does a text that the caller bounded more tightly */
	text_init(&out, 10);
	FAILS(canonical_write(ask(HEAD), &out, &err), E_LIMIT);
	ck_assert_uint_eq(out.len, 0);
	text_clear(&out);
	text_clear(&t);
}
END_TEST

START_TEST(the_deepest_question_is_read_from_its_text_too)
{
	struct text t;
	char *text;

	/* the cohort's own none is the second level of the text's tree, and two levels more in the
	 * text */
	text_init(&t, MAX_QUESTION_BYTES);
	text_add(&t, HEAD "cohort: {none: [{sex: a}");
	for (unsigned i = 2; i < MAX_COHORT_DEPTH; i++)
		text_addf(&t, ", {none: [{drug: [%u]}", i);
	for (unsigned i = 2; i < MAX_COHORT_DEPTH; i++)
		text_add(&t, "]}");
	text_add(&t, "]}\n");
	text = canonical(text_str(&t));
	ck_assert(accepted(text, strlen(text)));
	free(text);
	text_clear(&t);
}
END_TEST

UNIT_MAIN("canonical", the_spelling_is_exactly_this, what_means_nothing_is_not_written,
	what_a_person_may_write_a_site_reads, numbers_have_one_spelling,
	text_is_quoted_so_that_it_is_read_again,
	groups_of_criteria_dissolve_where_they_change_nothing,
	every_change_of_meaning_changes_the_text, whom_is_asked_is_no_part_of_it,
	all_spellings_of_one_meaning_have_one_text, reading_the_text_gives_the_same_text,
	a_change_anywhere_changes_the_hash, the_order_of_steps_is_meant_in_an_attrition_alone,
	no_other_spelling_by_one_byte_is_read, every_other_spelling_is_the_peers_fault,
	a_text_that_gets_too_long_is_refused_and_nothing_written,
	the_deepest_question_is_read_from_its_text_too)
