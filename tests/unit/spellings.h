/*
 * spellings.h - generated questions: a meaning, and very many ways to write it. Whatever is chosen
 * by the dice while writing changes nothing; whatever is chosen while making is meant.
 */
#ifndef TESTS_SPELLINGS_H
#define TESTS_SPELLINGS_H

#include <stdio.h>

#include "base/text.h"
#include "query/question.h"
#include "tests/unit/unit.h"

enum {
	ALTS = 3,   /* spellings of one value */
	VALUES = 4, /* values of one key, the first of which is what is meant without the key */
	KEYS = 13,
	KIDS = 5
};

/* Where a key may stand. */
enum {
	AT_ENTRY = 1,
	AT_INDEX = 2, /* a member of a cohort with an entry */
	AT_FREE = 4,  /* a member of one without */
	IN_WITH_OF = 8
};

/* Keys beside an event with their values, all in JSON, which is YAML too. */
static const struct spelled_key {
	const char *key;
	unsigned where;
	const char *values[VALUES][ALTS];
} spelled_keys[KEYS] = {
	{ "ends", 15,
		{ { NULL }, { "\"2001-01-01..2030-12-31\"" }, { "\"..2029-12-31\"" },
			{ "\"2001-01-01..\"" } } },
	{ "lasting", 15,
		{ { NULL }, { "{\"at_least\":\"14 days\"}", "{\"at_least\":\"2 weeks\"}" },
			{ "{\"at_most\":\"364 days\",\"at_least\":\"1 day\"}",
				"{\"at_least\":\"1 days\",\"at_most\":\"52 weeks\"}" } } },
	{ "first", 15, { { NULL, "false", "\"no\"" }, { "true", "\"yes\"", "\"true\"" } } },
	{ "within", AT_INDEX,
		{ { NULL },
			{ "{\"from\":\"0 days\",\"to\":\"91 days\"}",
				"{\"to\":\"13 weeks\",\"of\":\"index\",\"from\":\"0 day\"}",
				"[{\"from\":\"0 days after\",\"to\":\"91 days "
				"after\",\"of\":\"parent\","
				"\"on\":\"start\",\"to_on\":\"start\"}]" },
			{ "[{\"from\":\"-30 days\"},{\"to\":\"4 weeks\",\"on\":\"end\"}]",
				"[{\"to\":\"28 days\",\"from\":\"all days before\",\"on\":\"end\"},"
				"{\"to\":\"all days after\",\"from\":\"30 days before\"}]" },
			{ "{\"to\":\"-1 day\",\"to_on\":\"end\"}",
				"{\"from\":\"all days before\",\"to\":\"1 days before\",\"to_on\":"
				"\"end\"}" } } },
	{ "within", IN_WITH_OF,
		{ { NULL },
			{ "{\"from\":\"0 days\",\"to\":\"91 days\"}",
				"{\"to\":\"13 weeks\",\"of\":\"parent\",\"from\":\"0 days\"}" },
			{ "{\"to\":\"-1 days\",\"on\":\"end\"}",
				"[{\"to\":\"1 day before\",\"on\":\"end\"}]" } } },
	{ "same_visit", AT_INDEX | IN_WITH_OF,
		{ { NULL, "\"no\"", "false" }, { "\"yes\"", "true" } } },
	{ "inside_observation", AT_INDEX | IN_WITH_OF,
		{ { NULL }, { "\"yes\"", "true" }, { "\"no\"", "false" } } },
	{ "times", AT_INDEX | AT_FREE | IN_WITH_OF,
		{ { NULL, "{\"at_least\":1}", "{\"distinct\":\"day\",\"at_least\":1}" },
			{ "{\"at_least\":2,\"distinct\":\"day\"}",
				"{\"distinct\":\"day\",\"at_least\":\"2\"}" },
			{ "{\"at_most\":0}", "{\"exactly\":0}",
				"{\"exactly\":0,\"distinct\":\"day\"}" },
			{ "{\"exactly\":3,\"distinct\":\"visit\"}",
				"{\"distinct\":\"visit\",\"exactly\":3}" } } },
	{ "value", 15,
		{ { NULL },
			{ "{\"at_least\":7,\"unit\":[8554]}",
				"{\"unit\":[\"8554\",8554],\"at_least\":7.00}",
				"{\"at_least\":\"70e-1\",\"unit\":[8554]}" },
			{ "{\"outside\":[3.5,5.0]}", "{\"outside\":[\"3.50\",5]}" },
			{ "{\"between\":[1,2],\"concept\":[9191,45884084],\"range\":{\"high\":{"
			  "\"above\":1.5}}}",
				"{\"range\":{\"high\":{\"above\":1.50}},\"at_most\":2,\"at_least\":"
				"1,"
				"\"concept\":[45884084,9191]}" } } },
	{ "type", 15,
		{ { NULL }, { "[32817,\"-5+\"]", "[\"-5+\",\"32817\"]" }, { "[\"-32817\"]" } } },
	{ "provider", 15, { { NULL }, { "[38004456]" } } },
	{ "supply", 15,
		{ { NULL }, { "{\"between\":[7,28]}", "{\"at_most\":28.0,\"at_least\":7}" },
			{ "{\"above\":7}" } } },
	{ "range_low", 15, { { NULL }, { "{\"below\":4}" } } },
};

/* A part as it is meant. */
struct model {
	enum part_kind kind;
	enum event_kind event;
	unsigned n_codes, codes[3];
	bool plus[3], out[3];
	unsigned year;      /* of `during`; 0: always */
	unsigned name;      /* of a measure, a label or a year of birth */
	unsigned low, high; /* of a value in tenths where `valued`; of an age; 0: none */
	bool open;
	unsigned values[KEYS];
	unsigned where, age; /* age: beside the event; 0: none */
	enum how_many how;
	unsigned n;
	struct model *kids[KIDS]; /* of a group, or in the event's `with` */
	unsigned n_kids;
};
struct meaning {
	unsigned study, kind; /* 0 count, 1 attrition, 2 survival, 3 quantile */
	bool secure;
	unsigned groups[2], n_groups;
	unsigned n_entries, index, observed;
	struct model *entry[2], *root, *ending;
};

static struct model pool[1000];
static unsigned pool_used;
static uint64_t dice;

static unsigned roll(unsigned n)
{
	dice ^= dice << 13;
	dice ^= dice >> 7;
	dice ^= dice << 17;
	return (unsigned)((dice * 0x2545F4914F6CDD1D) >> 33) % n;
}

/* ---- making ---- */

static struct model *model_new(enum part_kind kind)
{
	struct model *m = &pool[pool_used++];

	ck_assert_uint_lt(pool_used, sizeof(pool) / sizeof(pool[0]));
	*m = (struct model){ .kind = kind };
	return m;
}

static struct model *make_part(unsigned levels, unsigned where);

static unsigned count_values(const struct spelled_key *k)
{
	unsigned n = 1;

	while (n < VALUES && k->values[n][0] != NULL)
		n++;
	return n;
}

static void make_keys(struct model *m, unsigned levels, unsigned where)
{
	m->where = where;
	m->year = roll(3) == 0 ? 2000 + roll(3) : 0;
	for (unsigned i = 0; i < KEYS; i++)
		if ((spelled_keys[i].where & where) != 0 && roll(5) == 0)
			m->values[i] = roll(count_values(&spelled_keys[i]));
	m->age = roll(8) == 0 ? 18 + roll(3) : 0;
	if (levels > 0 && roll(4) == 0)
		for (unsigned i = roll(3); i > 0; i--)
			m->kids[m->n_kids++] = make_part(levels - 1, IN_WITH_OF);
}

static struct model *make_event(unsigned levels, unsigned where)
{
	struct model *m = model_new(roll(6) == 0 ? PART_MEASURE : PART_EVENT);

	m->name = roll(3);
	m->event = (enum event_kind)roll(EVENTS);
	m->n_codes = m->event == EVENT_OBSERVATION_PERIOD ? 0 : roll(4);
	for (unsigned i = 0; i < m->n_codes; i++) {
		m->codes[i] = roll(5);
		m->plus[i] = roll(2) == 0;
		m->out[i] = i > 0 && roll(3) == 0;
	}
	make_keys(m, levels, where);
	return m;
}

static struct model *make_part(unsigned levels, unsigned where)
{
	static const enum part_kind kinds[] = { PART_AGE, PART_SEX, PART_RACE, PART_BIRTH, PART_ALL,
		PART_ANY, PART_NONE, PART_OF };
	unsigned what = roll(levels == 0 ? 8 : 13);
	struct model *m;

	if (what < 4 || what > 11)
		return make_event(levels, where);
	m = model_new(kinds[what - 4]);
	m->name = roll(3);
	if (m->kind == PART_AGE) {
		m->low = 1 + roll(3) * 10;
		m->high = roll(2) == 0 ? 60 + roll(30) : 0;
	}
	if (what >= 8)
		m->n_kids = 1 + roll(3);
	for (unsigned i = 0; i < m->n_kids; i++)
		m->kids[i] = make_part(levels - 1, where);
	m->how = (enum how_many)roll(3);
	m->n = m->how == AT_MOST ? roll(m->n_kids == 0 ? 1 : m->n_kids) : 1 + roll(m->n_kids + 1);
	return m;
}

static struct meaning make_meaning(void)
{
	struct meaning q = { .study = roll(5),
		.kind = roll(4),
		.secure = roll(4) == 0,
		.n_groups = roll(3),
		.index = roll(3),
		.observed = roll(3) };
	unsigned where;

	pool_used = 0;
	q.groups[0] = roll(3);
	q.groups[1] = 3 + roll(3);
	q.n_entries = q.kind == 2 ? 1 + roll(2) : roll(3);
	for (unsigned i = 0; i < q.n_entries; i++)
		q.entry[i] = make_event(1, AT_ENTRY);
	where = q.n_entries > 0 ? AT_INDEX : AT_FREE;
	if (q.kind == 2)
		q.ending = make_event(1, AT_ENTRY);
	q.root = model_new(PART_ALL);
	/* a date, so that ages always have a day */
	q.root->kids[q.root->n_kids++] = make_event(0, where);
	q.root->kids[0]->year = 2010 + roll(5);
	while (q.root->n_kids < 3 && roll(4) != 0)
		q.root->kids[q.root->n_kids++] = make_part(2, where);
	return q;
}

/* ---- writing ---- */

/* One way of writing. */
struct spelling {
	struct text t, sets;
	unsigned n_sets;
	bool json, ordered;
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

static void number(struct spelling *s, unsigned v)
{
	text_addf(&s->t, !s->json && roll(4) == 0 ? "\"%u\"" : "%u", v);
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

static void spell_code(struct text *t, const struct model *m, unsigned c)
{
	static const char *const codes[] = { "1", "112", "223", "icd10:E11", "atc:A10" };

	text_addf(t, "\"%s%s%s\"", m->out[c] ? "-" : "", codes[m->codes[c]], m->plus[c] ? "+" : "");
}

/* Some of the codes in a set, some of them in a set of that set. */
static void spell_set(struct spelling *s, const struct model *m, unsigned from)
{
	bool again = roll(2) == 0;

	text_addf(&s->sets, "%s\"s%u\":[", s->n_sets == 0 ? "" : ",", s->n_sets);
	for (unsigned c = from; c < m->n_codes; c++) {
		if (c > from)
			text_addc(&s->sets, ',');
		spell_code(&s->sets, m, c);
	}
	text_addc(&s->sets, ']');
	if (again)
		text_addf(&s->sets, ",\"s%u\":[\"set:s%u\"]", s->n_sets + 1, s->n_sets);
	s->n_sets += again ? 2 : 1;
}

static void spell_codes(struct spelling *s, const struct model *m)
{
	unsigned order[3], twice = roll(4) == 0 && m->n_codes > 0;

	if (m->n_codes == 0) {
		word(s, "any");
		return;
	}
	if (roll(5) == 0) {
		unsigned from = roll(m->n_codes);

		text_addc(&s->t, '[');
		for (unsigned c = 0; c < from; c++) {
			spell_code(&s->t, m, c);
			sign(s, ",");
		}
		spell_set(s, m, from);
		text_addf(&s->t, "\"set:s%u\"]", s->n_sets - 1);
		return;
	}
	shuffle(order, m->n_codes);
	sign(s, "[");
	for (unsigned i = 0; i < m->n_codes + twice; i++) {
		if (i > 0)
			sign(s, ",");
		spell_code(&s->t, m, order[i % m->n_codes]);
	}
	sign(s, "]");
}

static void spell_age(struct spelling *s, const struct model *m)
{
	text_add(&s->t, "{");
	if (m->high > 0) {
		key(s, "to");
		number(s, m->high);
		sign(s, ",");
	}
	key(s, "from");
	number(s, m->low);
	text_add(&s->t, "}");
}

static void spell_list(
	struct spelling *s, const struct model *m, const bool *skip, unsigned extra_age);

static const char *const how_words[] = { "at_least", "at_most", "exactly" };

static void spell_head(struct spelling *s, const struct model *m)
{
	static const char *const groups[] = { "all", "any", "none", "of" };
	static const char *const labels[] = { "女", "男", "other" };
	static const char *const measures[] = { "hba1c", "bmi", "drug" };

	switch (m->kind) {
	case PART_ALL:
	case PART_ANY:
	case PART_NONE:
	case PART_OF:
		key(s, groups[m->kind]);
		spell_list(s, m, NULL, 0);
		break;
	case PART_EVENT:
		key(s, event_name(m->event));
		spell_codes(s, m);
		break;
	case PART_MEASURE:
		key(s, "measure");
		word(s, measures[m->name]);
		break;
	case PART_AGE:
		key(s, "age");
		spell_age(s, m);
		break;
	case PART_SEX:
		key(s, "sex");
		word(s, labels[m->name]);
		break;
	case PART_RACE:
	case PART_ETHNICITY:
		key(s, m->kind == PART_RACE ? "race" : "ethnicity");
		text_addf(&s->t, m->name == 0 ? "[8515,\"38003574+\"]" : "[%u]", m->name);
		break;
	case PART_BIRTH:
		key(s, "birth");
		text_addf(&s->t, "\"19%u0-01-01..%s\"", m->name + 5,
			m->name == 1 ? "" : "2001-02-03");
		break;
	}
}

/* A key and its value, collected so that keys can stand in any order. */
struct pieces {
	char *at[KEYS + 8];
	unsigned n;
};

static void begin_piece(struct spelling *s, struct text *saved)
{
	*saved = s->t;
	text_init(&s->t, 1 << 20);
}

static void end_piece(struct spelling *s, struct text *saved, struct pieces *p)
{
	ck_assert_uint_lt(p->n, KEYS + 8);
	p->at[p->n++] = text_take(&s->t);
	s->t = *saved;
}

static void spell_pieces(struct spelling *s, struct pieces *p)
{
	unsigned order[KEYS + 8];

	shuffle(order, p->n);
	sign(s, "{");
	for (unsigned i = 0; i < p->n; i++) {
		if (i > 0)
			sign(s, ",");
		text_add(&s->t, p->at[order[i]]);
		free(p->at[order[i]]);
	}
	sign(s, "}");
}

/* An age beside the event, or the same in its `with`. */
static void spell_with(struct spelling *s, const struct model *m, struct pieces *p)
{
	bool beside = m->age > 0 && roll(2) == 0;
	struct text saved;

	if (beside) {
		begin_piece(s, &saved);
		text_addf(&s->t, "\"age\":{\"from\":%u}", m->age);
		end_piece(s, &saved, p);
	}
	if (m->n_kids > 0 || (m->age > 0 && !beside)) {
		begin_piece(s, &saved);
		key(s, "with");
		spell_list(s, m, NULL, beside ? 0 : m->age);
		end_piece(s, &saved, p);
	}
}

static void spell_event(struct spelling *s, const struct model *m, struct pieces *p)
{
	struct text saved;

	for (unsigned i = 0; i < KEYS; i++) {
		const struct spelled_key *k = &spelled_keys[i];
		const char *const *alts = k->values[m->values[i]];
		const char *alt = alts[roll(ALTS)];

		alt = alt == NULL ? alts[0] : alt;
		/* what is meant without the key is written only where the key may stand */
		if (alt == NULL || (m->values[i] == 0 && (k->where != 15 || roll(2) == 0)))
			continue;
		begin_piece(s, &saved);
		key(s, k->key);
		text_add(&s->t, alt);
		end_piece(s, &saved, p);
	}
	if (m->year > 0) {
		begin_piece(s, &saved);
		key(s, "during");
		text_addf(&s->t, "\"%u-01-01..%u-12-31\"", m->year, m->year + 3);
		end_piece(s, &saved, p);
	}
	spell_with(s, m, p);
}

/* The keys of one part in any order. */
static void spell_part(struct spelling *s, const struct model *m)
{
	struct pieces p = { .n = 0 };
	struct text saved;

	begin_piece(s, &saved);
	spell_head(s, m);
	end_piece(s, &saved, &p);
	if (m->kind == PART_OF) {
		begin_piece(s, &saved);
		key(s, how_words[m->how]);
		number(s, m->n);
		end_piece(s, &saved, &p);
	}
	if (m->kind == PART_EVENT || m->kind == PART_MEASURE)
		spell_event(s, m, &p);
	spell_pieces(s, &p);
}

/* A member as it is, or as the only one of a group, which changes nothing. */
static void spell_member(struct spelling *s, const struct model *m)
{
	static const char *const wraps[] = { "\"all\":[", "\"any\":[", "\"at_least\":1,\"of\":[",
		"\"exactly\":1,\"of\":[" };
	bool wrapped = roll(8) == 0;

	if (wrapped) {
		sign(s, "{");
		text_add(&s->t, wraps[roll(4)]);
	}
	spell_part(s, m);
	if (wrapped)
		text_add(&s->t, "]}");
}

/* The members of a group in any order, some of them twice, some gathered in a group of the same
 * kind. Nothing of that where the order is meant or where members are counted. */
static void spell_list(
	struct spelling *s, const struct model *m, const bool *skip, unsigned extra_age)
{
	bool ordered = s->ordered && skip != NULL;
	unsigned order[KIDS], n = 0, kept[KIDS + 1], gather;

	shuffle(order, m->n_kids);
	for (unsigned i = 0; i < m->n_kids; i++)
		if (skip == NULL || !skip[ordered ? i : order[i]])
			kept[n++] = ordered ? i : order[i];
	ck_assert_uint_gt(n + extra_age, 0);
	if (m->kind != PART_OF && n > 0 && roll(6) == 0) {
		kept[n] = kept[roll(n)];
		n++;
	}
	gather = m->kind != PART_NONE && m->kind != PART_OF && !ordered && n > 0 && roll(5) == 0
			 ? 1 + roll(n)
			 : 0;
	sign(s, "[");
	if (extra_age > 0)
		text_addf(&s->t, "{\"age\":{\"from\":%u}}%s", extra_age, n > 0 ? "," : "");
	for (unsigned i = 0; i < n; i++) {
		if (i > 0)
			sign(s, ",");
		if (gather > 0 && i == 0) {
			sign(s, "{");
			key(s, m->kind == PART_ANY ? "any" : "all");
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

static void spell_entry(struct spelling *s, const struct meaning *q, struct pieces *p)
{
	static const char *const rules[] = { "first", "last", "each" };
	static const char *const observed[][2] = {
		{ "", "" },
		{ "{\"before\":\"365 days\"}", "{\"after\":\"0 days\",\"before\":\"365 days\"}" },
		{ "{\"after\":\"1 week\"}", "{\"before\":\"0 weeks\",\"after\":\"7 days\"}" },
	};
	bool list = q->n_entries > 1 || roll(2) == 0;
	unsigned from = roll(q->n_entries);
	struct text saved;

	begin_piece(s, &saved);
	key(s, "entry");
	text_add(&s->t, list ? "[" : "");
	for (unsigned i = 0; i < q->n_entries; i++) {
		if (i > 0)
			sign(s, ",");
		spell_part(s, q->entry[(i + from) % q->n_entries]);
	}
	text_add(&s->t, list ? "]" : "");
	end_piece(s, &saved, p);
	if (q->index > 0 || roll(2) == 0) {
		begin_piece(s, &saved);
		key(s, "index");
		word(s, rules[q->index]);
		end_piece(s, &saved, p);
	}
	if (q->observed > 0) {
		begin_piece(s, &saved);
		key(s, "observed");
		text_add(&s->t, observed[q->observed][roll(2)]);
		end_piece(s, &saved, p);
	}
}

static void spell_cohort(struct spelling *s, const struct meaning *q)
{
	int any = s->ordered ? -1 : lifted(q->root, PART_ANY),
	    none = s->ordered ? -1 : lifted(q->root, PART_NONE);
	bool skip[KIDS] = { false };
	struct pieces p = { .n = 0 };
	struct text saved;

	if (any >= 0)
		skip[any] = true;
	if (none >= 0)
		skip[none] = true;
	begin_piece(s, &saved);
	key(s, "all");
	spell_list(s, q->root, skip, 0);
	end_piece(s, &saved, &p);
	for (int i = 0; i < 2; i++)
		if ((i == 0 ? any : none) >= 0) {
			begin_piece(s, &saved);
			spell_head(s, q->root->kids[i == 0 ? any : none]);
			end_piece(s, &saved, &p);
		}
	if (q->n_entries > 0)
		spell_entry(s, q, &p);
	spell_pieces(s, &p);
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

/* What only some kinds have. */
static void spell_kind(struct spelling *s, const struct meaning *q, struct pieces *p)
{
	static const char *const extras[][2] = { { "\"step\":\"12 months\"",
							 "\"step\":\"1 year\"" },
		{ "\"horizon\":\"60 months\"", "\"horizon\":\"5 years\"" },
		{ "\"of\":\"hba1c\"", "\"of\": \"hba1c\"" },
		{ "\"at\":[0.25,0.5]", "\"at\":[\"0.50\",0.250,0.5]" } };
	struct text saved;

	if (q->kind < 2)
		return;
	for (unsigned i = q->kind == 2 ? 0 : 2; i < (q->kind == 2 ? 2 : 4); i++) {
		begin_piece(s, &saved);
		text_add(&s->t, extras[i][roll(2)]);
		end_piece(s, &saved, p);
	}
	if (q->kind == 2) {
		begin_piece(s, &saved);
		key(s, "event");
		spell_part(s, q->ending);
		end_piece(s, &saved, p);
	}
}

static void spell_keys(struct spelling *s, const struct meaning *q, struct pieces *p)
{
	static const char *const kinds[] = { "count", "attrition", "survival", "quantile" };
	static const char *const sites[] = { "\"all\"", "[ \"xiehe\", \"renmin\"]" };
	struct text saved;

	begin_piece(s, &saved);
	text_addf(&s->t, "\"study\":\"S-%u\"", q->study);
	end_piece(s, &saved, p);
	begin_piece(s, &saved);
	key(s, "kind");
	word(s, kinds[q->kind]);
	end_piece(s, &saved, p);
	begin_piece(s, &saved);
	key(s, "dataset");
	word(s, "omop");
	end_piece(s, &saved, p);
	begin_piece(s, &saved);
	key(s, "cohort");
	spell_cohort(s, q);
	end_piece(s, &saved, p);
	if (q->n_groups > 0) {
		begin_piece(s, &saved);
		key(s, "group_by");
		spell_groups(s, q);
		end_piece(s, &saved, p);
	}
	if (q->secure || roll(2) == 0) {
		begin_piece(s, &saved);
		key(s, "mode");
		word(s, q->secure ? "secure" : "noised");
		end_piece(s, &saved, p);
	}
	if (roll(2) == 0) {
		begin_piece(s, &saved);
		text_addf(&s->t, "\"sites\":%s", sites[roll(2)]);
		end_piece(s, &saved, p);
	}
	spell_kind(s, q, p);
}

/* Writes the meaning in one of its spellings; heap. */
static char *spell(const struct meaning *q, bool json)
{
	struct spelling s = { .json = json, .ordered = q->kind == 1 };
	struct pieces p = { .n = 0 };
	struct text saved;

	text_init(&s.t, MAX_QUESTION_BYTES);
	text_init(&s.sets, MAX_QUESTION_BYTES);
	spell_keys(&s, q, &p);
	if (s.n_sets > 0) {
		begin_piece(&s, &saved);
		text_addf(&s.t, "\"sets\":{%s}", text_str(&s.sets));
		end_piece(&s, &saved, &p);
	}
	spell_pieces(&s, &p);
	ck_assert(!text_failed(&s.t));
	text_clear(&s.sets);
	return text_take(&s.t);
}

#endif
