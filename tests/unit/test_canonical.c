/*
 * test_canonical.c - one meaning has one spelling: known answers, properties over generated
 * questions in many spellings, and what a peer sends in another spelling.
 */
#include "query/canonical.h"
#include "tests/unit/questions.h"

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

/*
 * Generated questions. A model is a meaning; spell() writes it in one of very many ways.
 */
struct model {
	enum part_kind kind;
	enum event_kind event;
	unsigned n_codes, codes[3];
	bool plus[3], out[3];
	unsigned year; /* 0: always */
	unsigned name; /* of a measure or a label */
	bool first;
	unsigned low, high; /* of a value, in tenths; of an age; 0: none */
	bool open;
	struct model *kids[5];
	unsigned n_kids;
};
struct meaning {
	unsigned study;
	bool secure;
	unsigned groups[2], n_groups;
	struct model *entry, *root;
};

static struct model pool[600];
static unsigned pool_used;
static uint64_t dice;

static unsigned roll(unsigned n)
{
	dice ^= dice << 13;
	dice ^= dice >> 7;
	dice ^= dice << 17;
	return (unsigned)((dice * 0x2545F4914F6CDD1D) >> 33) % n;
}

static struct model *model_new(enum part_kind kind)
{
	struct model *m = &pool[pool_used++];

	ck_assert_uint_lt(pool_used, sizeof(pool) / sizeof(pool[0]));
	*m = (struct model){ .kind = kind };
	return m;
}

static struct model *make_event(void)
{
	struct model *m = model_new(PART_EVENT);

	m->event = (enum event_kind)roll(EVENTS);
	m->n_codes = m->event == EVENT_OBSERVATION_PERIOD ? 0 : roll(4);
	m->first = roll(3) == 0;
	m->year = roll(3) == 0 ? 2000 + roll(3) : 0;
	for (unsigned i = 0; i < m->n_codes; i++) {
		m->codes[i] = 1 + roll(3) * 111;
		m->plus[i] = roll(2) == 0;
		m->out[i] = i > 0 && roll(3) == 0;
	}
	return m;
}

static struct model *make_part(unsigned levels)
{
	unsigned what = roll(levels == 0 ? 6 : 9);
	struct model *m;

	if (what < 3)
		return make_event();
	m = model_new(what == 3   ? PART_MEASURE
		      : what == 4 ? PART_AGE
		      : what == 5 ? PART_SEX
		      : what == 6 ? PART_ALL
		      : what == 7 ? PART_ANY
				  : PART_NONE);
	m->name = roll(3);
	if (what == 3 || what == 4) {
		m->low = roll(3) * 10 + (what == 4);
		m->high = roll(2) == 0 ? 60 + roll(30) : 0;
		m->open = roll(3) == 0;
	}
	if (what > 5)
		m->n_kids = 1 + roll(3);
	for (unsigned i = 0; i < m->n_kids; i++)
		m->kids[i] = make_part(levels - 1);
	return m;
}

static struct meaning make_meaning(void)
{
	struct meaning q = { .study = roll(5), .secure = roll(4) == 0, .n_groups = roll(3) };

	pool_used = 0;
	q.groups[0] = roll(3);
	q.groups[1] = 3 + roll(3);
	q.entry = roll(3) == 0 ? make_event() : NULL;
	q.root = model_new(PART_ALL);
	/* a date, so that ages always have a day */
	q.root->kids[q.root->n_kids++] = make_event();
	q.root->kids[0]->year = 2010 + roll(5);
	while (q.root->n_kids < 3 && roll(4) != 0)
		q.root->kids[q.root->n_kids++] = make_part(2);
	return q;
}

/* One way of writing. */
struct spelling {
	struct text t;
	bool json;
};

static void blank(struct spelling *s)
{
	static const char *const blanks[] = { "", "", "", " ", "  ", "\n   ", "\n\n    \n      " };

	text_add(&s->t, blanks[roll(sizeof(blanks) / sizeof(blanks[0]))]);
	if (!s->json && roll(30) == 0)
		text_add(&s->t, " # 注释: [any\n    ");
}

static void sign(struct spelling *s, const char *c)
{
	blank(s);
	text_add(&s->t, c);
	blank(s);
}

static void word(struct spelling *s, const char *w)
{
	unsigned how = s->json ? 1 : roll(3);

	text_addf(&s->t, how == 0 ? "%s" : how == 1 ? "\"%s\"" : "'%s'", w);
}

static void key(struct spelling *s, const char *k)
{
	word(s, k);
	text_add(&s->t, s->json ? ":" : ": ");
}

static void number(struct spelling *s, const char *spelled)
{
	if (!s->json && roll(4) == 0)
		text_addf(&s->t, "\"%s\"", spelled);
	else
		text_add(&s->t, spelled);
}

static void tenths(struct spelling *s, unsigned v)
{
	static const char *const zeros[] = { "", "0", "00000000" };
	char buf[40];

	if (v % 10 == 0 && roll(2) == 0)
		snprintf(buf, sizeof(buf), "%u", v / 10);
	else if (roll(4) == 0)
		snprintf(buf, sizeof(buf), "%ue-1", v);
	else
		snprintf(buf, sizeof(buf), "%u.%u%s", v / 10, v % 10, zeros[roll(3)]);
	number(s, buf);
}

static void shuffle(unsigned *order, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		order[i] = i;
	for (unsigned i = n; i > 1; i--) {
		unsigned j = roll(i), swap = order[i - 1];

		order[i - 1] = order[j];
		order[j] = swap;
	}
}

static void spell_codes(struct spelling *s, const struct model *m)
{
	unsigned order[3], twice = roll(4) == 0 && m->n_codes > 0;
	char buf[32];

	if (m->n_codes == 0) {
		word(s, "any");
		return;
	}
	shuffle(order, m->n_codes);
	sign(s, "[");
	for (unsigned i = 0; i < m->n_codes + twice; i++) {
		unsigned c = order[i % m->n_codes];

		if (i > 0)
			sign(s, ",");
		snprintf(buf, sizeof(buf), "%s%u%s", m->out[c] ? "-" : "", m->codes[c],
			m->plus[c] ? "+" : "");
		word(s, buf);
	}
	sign(s, "]");
}

static void spell_value(struct spelling *s, const struct model *m)
{
	bool low_first = roll(2) == 0;

	if (m->low > 0 && m->high > 0 && !m->open && roll(2) == 0) {
		text_add(&s->t, "{");
		key(s, "between");
		sign(s, "[");
		tenths(s, m->low);
		sign(s, ",");
		tenths(s, m->high);
		text_add(&s->t, "]}");
		return;
	}
	sign(s, "{");
	for (int i = 0; i < 2; i++) {
		bool low = (i == 0) == low_first;

		if ((low ? m->low : m->high) == 0)
			continue;
		if (i == 1 && (low_first ? m->low : m->high) > 0)
			sign(s, ",");
		key(s, low ? (m->open ? "above" : "at_least") : (m->open ? "below" : "at_most"));
		tenths(s, low ? m->low : m->high);
	}
	sign(s, "}");
}

static void spell_age(struct spelling *s, const struct model *m)
{
	char buf[16];

	text_add(&s->t, "{");
	if (m->high > 0) {
		key(s, "to");
		snprintf(buf, sizeof(buf), "%u", m->high);
		number(s, buf);
		sign(s, ",");
	}
	key(s, "from");
	snprintf(buf, sizeof(buf), "%u", m->low);
	number(s, buf);
	text_add(&s->t, "}");
}

static void spell_list(struct spelling *s, const struct model *m, const bool *skip);

static void spell_head(struct spelling *s, const struct model *m)
{
	static const char *const groups[] = { "all", "any", "none" };
	static const char *const labels[] = { "女", "男", "other" };
	static const char *const measures[] = { "hba1c", "bmi", "drug" };

	switch (m->kind) {
	case PART_ALL:
	case PART_ANY:
	case PART_NONE:
		key(s, groups[m->kind]);
		spell_list(s, m, NULL);
		break;
	case PART_EVENT:
		key(s, event_name(m->event));
		spell_codes(s, m);
		break;
	case PART_MEASURE:
		key(s, "measure");
		word(s, measures[m->name]);
		break;
	case PART_OF:
	case PART_RACE:
	case PART_ETHNICITY:
	case PART_BIRTH:
		break;
	case PART_AGE:
		key(s, "age");
		spell_age(s, m);
		break;
	case PART_SEX:
		key(s, "sex");
		word(s, labels[m->name]);
		break;
	}
}

/* The keys of one part in any order. */
static void spell_part(struct spelling *s, const struct model *m)
{
	unsigned order[4], written = 0;
	char buf[40];

	shuffle(order, 4);
	sign(s, "{");
	for (unsigned i = 0; i < 4; i++) {
		if ((order[i] == 1 && m->year == 0) ||
			(order[i] == 2 && (m->kind != PART_MEASURE || m->low + m->high == 0)) ||
			(order[i] == 3 && !m->first))
			continue;
		if (written++ > 0)
			sign(s, ",");
		if (order[i] == 0) {
			spell_head(s, m);
		} else if (order[i] == 1) {
			key(s, "during");
			snprintf(buf, sizeof(buf), "%u-01-01..%u-12-31", m->year, m->year + 3);
			word(s, buf);
		} else if (order[i] == 2) {
			key(s, "value");
			spell_value(s, m);
		} else {
			key(s, "first");
			word(s, "yes");
		}
	}
	sign(s, "}");
}

/* A member as it is, or as the only member of an all or any, which changes nothing. */
static void spell_member(struct spelling *s, const struct model *m)
{
	bool wrapped = roll(8) == 0;

	if (wrapped) {
		sign(s, "{");
		key(s, roll(2) == 0 ? "all" : "any");
		text_add(&s->t, "[");
	}
	spell_part(s, m);
	if (wrapped)
		text_add(&s->t, "]}");
}

/* The members of a group in any order, some of them twice, some gathered in a group of the same
 * kind. */
static void spell_list(struct spelling *s, const struct model *m, const bool *skip)
{
	unsigned order[5], n = 0, kept[6], gather;

	shuffle(order, m->n_kids);
	for (unsigned i = 0; i < m->n_kids; i++)
		if (skip == NULL || !skip[order[i]])
			kept[n++] = order[i];
	ck_assert_uint_gt(n, 0);
	if (roll(6) == 0) {
		kept[n] = kept[roll(n)];
		n++;
	}
	gather = m->kind != PART_NONE && roll(5) == 0 ? 1 + roll(n) : 0;
	sign(s, "[");
	for (unsigned i = 0; i < n; i++) {
		if (i > 0)
			sign(s, ",");
		if (gather > 0 && i == 0) {
			sign(s, "{");
			key(s, m->kind == PART_ALL ? "all" : "any");
			sign(s, "[");
		}
		spell_member(s, m->kids[kept[i]]);
		if (gather > 0 && i + 1 == gather)
			sign(s, "]}");
	}
	sign(s, "]");
}

/* Which member of the root stands under the cohort's own `any` or `none`: one of that kind, or
 * none. */
static int lifted(const struct model *root, enum part_kind kind)
{
	for (unsigned i = 1; i < root->n_kids && roll(2) == 0; i++)
		if (root->kids[i]->kind == kind)
			return (int)i;
	return -1;
}

static void spell_cohort(struct spelling *s, const struct meaning *q)
{
	int any = lifted(q->root, PART_ANY), none = lifted(q->root, PART_NONE);
	bool skip[5] = { false };
	unsigned order[4], written = 0;

	if (any >= 0)
		skip[any] = true;
	if (none >= 0)
		skip[none] = true;
	shuffle(order, 4);
	sign(s, "{");
	for (unsigned i = 0; i < 4; i++) {
		if ((order[i] == 1 && any < 0) || (order[i] == 2 && none < 0) ||
			(order[i] == 3 && q->entry == NULL))
			continue;
		if (written++ > 0)
			sign(s, ",");
		if (order[i] == 0) {
			key(s, "all");
			spell_list(s, q->root, skip);
		} else if (order[i] == 3) {
			key(s, "entry");
			spell_part(s, q->entry);
		} else {
			spell_head(s, q->root->kids[order[i] == 1 ? any : none]);
		}
	}
	sign(s, "}");
}

static void spell_groups(struct spelling *s, const struct meaning *q)
{
	static const char *const names[] = { "sex", "age", "cdm.person.x", "年", "a!", "a" };
	unsigned from = roll(2), n = q->n_groups + (q->n_groups > 0 && roll(3) == 0);

	sign(s, "[");
	for (unsigned i = 0; i < n; i++) {
		if (i > 0)
			sign(s, ",");
		word(s, names[q->groups[(i + from) % q->n_groups]]);
	}
	sign(s, "]");
}

static void spell_question_key(struct spelling *s, const struct meaning *q, unsigned which)
{
	static const char *const keys[] = { "study", "kind", "dataset", "cohort", "group_by",
		"mode", "sites" };
	char buf[16];

	key(s, keys[which]);
	switch (which) {
	case 0:
		snprintf(buf, sizeof(buf), "S-%u", q->study);
		word(s, buf);
		break;
	case 1:
		word(s, "count");
		break;
	case 2:
		word(s, "omop");
		break;
	case 3:
		spell_cohort(s, q);
		break;
	case 4:
		spell_groups(s, q);
		break;
	case 5:
		word(s, q->secure ? "secure" : "noised");
		break;
	default:
		text_add(&s->t, roll(2) == 0 ? "\"all\"" : "[ \"xiehe\", \"renmin\"]");
		break;
	}
}

/* Writes the meaning in one of its spellings; heap. */
static char *spell(const struct meaning *q, bool json)
{
	struct spelling s = { .json = json };
	bool block = !json && roll(2) == 0;
	unsigned order[7], written = 0;

	text_init(&s.t, MAX_QUESTION_BYTES);
	shuffle(order, 7);
	text_add(&s.t, block ? "" : "{");
	for (unsigned i = 0; i < 7; i++) {
		unsigned k = order[i];

		if ((k == 4 && q->n_groups == 0) || (k == 5 && !q->secure && roll(2) == 0) ||
			(k == 6 && roll(2) == 0))
			continue;
		if (written++ > 0)
			text_add(&s.t, block ? "\n" : ",");
		spell_question_key(&s, q, k);
	}
	text_add(&s.t, block ? "\n" : "}");
	ck_assert(!text_failed(&s.t));
	return text_take(&s.t);
}

enum {
	MEANINGS = 1500
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

/* Any part of the tree, with its chance; every kid has one parent. */
static struct model *pick(struct model *m)
{
	while (m->n_kids > 0)
		m = m->kids[roll(m->n_kids)];
	return m;
}

/* Changes what is asked, in a way that nothing else in the question can make up for. */
static void change(struct meaning *q)
{
	struct model *leaf = pick(q->root);

	switch (roll(6)) {
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
		if (q->entry == NULL)
			q->entry = make_event();
		else
			q->entry = NULL;
		return;
	case 4:
		q->root->kids[q->root->n_kids] = make_event();
		q->root->kids[q->root->n_kids]->event = EVENT_DRUG;
		q->root->kids[q->root->n_kids]->n_codes = 1;
		q->root->kids[q->root->n_kids]->codes[0] = 900000001;
		q->root->kids[q->root->n_kids++]->out[0] = false;
		return;
	default:
		*leaf = (struct model){
			.kind = PART_EVENT, .n_codes = 1, .codes = { 900000002 }, .year = 2015
		};
		return;
	}
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
	numbers_have_one_spelling, text_is_quoted_so_that_it_is_read_again,
	groups_of_criteria_dissolve_where_they_change_nothing,
	every_change_of_meaning_changes_the_text, whom_is_asked_is_no_part_of_it,
	all_spellings_of_one_meaning_have_one_text, reading_the_text_gives_the_same_text,
	a_change_anywhere_changes_the_hash, no_other_spelling_by_one_byte_is_read,
	every_other_spelling_is_the_peers_fault,
	a_text_that_gets_too_long_is_refused_and_nothing_written,
	the_deepest_question_is_read_from_its_text_too)
