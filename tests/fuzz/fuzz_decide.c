/*
 * fuzz_decide.c - questions to the policy of tests/corpus: any bytes as a question, or bytes as the dice of one that
 * is well formed, or of one about an officer's cohort. The first three bytes choose who asks, on which day, and which
 * of them. Half of the seeds may be asked; with FUZZ_TALLY set it says at its end how many were. Aborts when a promise of
 * decide.h is broken:
 *
 *   nobody gets an answer who is not listed, on a day outside, with a sensitive code in it;
 *   an allowed plan names only listed columns for uses that they have, and only what the study may use;
 *   its statement can be written; its canonical text is decided alike.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "policies/decide/decide.h"
#include "policies/periods.h"
#include "policies/read.h"
#include "query/canonical.h"
#include "sql/sql.h"
#include "tests/fuzz/fuzz.h"
#include "tests/unit/asker.h"

#define FOLDER "tests/corpus/policy"

static const char *const people[] = { "li@s1.example", "li@s1.example", "wang@uni.example",
	"chen@s1.example", "mallory@s1.example", "LI@s1.example", "Zhao@S1.example",
	"li@s1.example " };
static const int32_t days[] = { 20453, 20468, 20513, 20513, 20513, 20634, 20635, 20817, 20819 };
static const char *const seeds[] = {
	"study: DM\nkind: count\ndataset: omop\ncohort:\n  entry: {condition: [201826+, "
	"-4058243+], "
	"during: 2018-01-01..2025-12-31}\n  all: [{age: {from: 18, to: 65}}, {any: [{sex: 女}, "
	"{drug: any}]}]\n  none: [{measure: hba1c, value: {above: 8}}]\ngroup_by: [sex, year]\n",
	"study: MH\nkind: count\ndataset: omop\ncohort: {all: [{condition: [440383+]}, {visit: "
	"[9201]}]}\ngroup_by: [性别]\n",
	"study: DM\nkind: histogram\ndataset: omop\nof: hba1c\ngroup_by: [地区]\n",
	"{\"cohort\":{\"all\":[{\"condition\":[\"439727+\"]}]},\"dataset\":\"twin\",\"kind\":"
	"\"count\",\"mode\":\"noised\",\"study\":\"DM\"}",
};

enum {
	SEEDS = sizeof(seeds) / sizeof(seeds[0]),
	GROWN = 96, /* seeds that are dice */
	DICE = 64
};

static unsigned long n_inputs, n_questions, n_allowed;
static struct arena policy_arena;
static struct policy *policy;
static struct red_codes red;

static void require(bool held)
{
	if (!held)
		abort();
}

/* ---- the policy, once ---- */

/* Each rule expands to its own codes and to one concept more, which no file names. */
static void expand(void)
{
	static int32_t concepts[64][8];
	static int32_t *lists[64];
	static unsigned counts[64];

	require(policy->n_codes <= 64);
	for (unsigned i = 0; i < policy->n_codes; i++) {
		lists[i] = concepts[i];
		concepts[i][counts[i]++] = 100 + (int32_t)i;
		for (unsigned k = 0; k < policy->codes[i].n_omop && counts[i] < 8; k++)
			/* a preset's rule that is written again has its codes twice */
			if (policy->codes[i].omop[k].concept > concepts[i][counts[i] - 1])
		concepts[i][counts[i]++] = policy->codes[i].omop[k].concept;
	}
	red = (struct red_codes){ lists, counts, policy->n_codes, ~0u };
}

static void tally(void)
{
	fprintf(stderr, "%lu inputs, %lu questions, %lu allowed\n", n_inputs, n_questions,
		n_allowed);
}

static void load(void)
{
	struct diags ds;

	if (policy != NULL)
		return;
	arena_init(&policy_arena, MAX_POLICY_ARENA);
	diags_init(&ds, &policy_arena);
	require(policy_read_folder(FOLDER, &policy_arena, &ds, &policy) == 0);
	expand();
	if (getenv("FUZZ_TALLY") != NULL)
		(void)atexit(tally);
}

/* ---- the input ---- */

struct bytes_left {
	const uint8_t *at;
	size_t len;
};

static uint32_t byte_dice(void *from, uint32_t sides)
{
	struct bytes_left *b = from;
	uint32_t v = b->len == 0 ? 0 : *b->at;

	if (b->len > 0) {
		b->at++;
		b->len--;
	}
	return v % sides;
}

/* What the first bytes choose; most of their values are somebody who may ask, on a day on which it is possible. */
static const char *requester(uint8_t b)
{
	return b < 208 ? people[0] : people[b % (sizeof(people) / sizeof(people[0]))];
}

static int32_t asked_on(uint8_t b)
{
	return b < 208 ? days[2] : days[b % (sizeof(days) / sizeof(days[0]))];
}

enum form {
	FORM_TEXT,
	FORM_DICE,
	FORM_OFFICER
};

static enum form form_of(uint8_t b)
{
	return b < 32 ? FORM_TEXT : b < 176 ? FORM_DICE : FORM_OFFICER;
}

/* The question of an input; NULL when it is none. */
static struct question *question_of(const uint8_t *data, size_t size, struct arena *arena)
{
	struct bytes_left left = { data + 3, size - 3 };
	struct asker asker = { .dice = byte_dice, .from = &left };
	struct question *q = NULL;
	struct diags ds;
	struct text t;

	diags_init(&ds, arena);
	text_init(&t, 1 << 20);
	if (form_of(data[2]) == FORM_DICE)
		asker_question(&asker, &t);
	else if (form_of(data[2]) == FORM_OFFICER)
		asker_officer(&asker, &t);
	else
		text_addn(&t, (const char *)left.at, left.len);
	if (question_read("q", text_str(&t), t.len, arena, &ds, &q) != 0)
		q = NULL;
	text_clear(&t);
	return q;
}

static bool may_be_asked(const uint8_t *data, size_t size)
{
	struct asking who = { requester(data[0]), asked_on(data[1]), &red, false };
	struct verdict v = { .allow = false };
	struct question *q;
	struct arena arena;
	struct error err;
	bool allowed;

	arena_init(&arena, 4 * MAX_QUERY_ARENA);
	q = question_of(data, size, &arena);
	allowed = q != NULL && decide(policy, q, &who, &arena, &v, &err) == 0 && v.allow;
	arena_clear(&arena);
	return allowed;
}

size_t fuzz_seed(size_t i, uint8_t *out, size_t room)
{
	uint32_t state = 2463534242u + (uint32_t)i * 2654435761u;

	if (i < SEEDS) {
		size_t len = strlen(seeds[i]);

		require(len + 3 <= room);
		memcpy(out, "\0\0\0", 3);
		memcpy(out + 3, seeds[i], len);
		return len + 3;
	}
	if (i >= SEEDS + GROWN)
		return 0;
	load();
	do {
		for (size_t k = 0; k < DICE; k++) {
			state ^= state << 13;
			state ^= state >> 17;
			state ^= state << 5;
			out[k] = (uint8_t)state;
		}
		out[0] = out[1] = 0;
		out[2] = i % 8 < 2 ? 255 : 100;
	} while (i % 2 == 0 && !may_be_asked(out, DICE)); /* the others may be anything */
	return DICE;
}

/* ---- what an allowed question must be ---- */

static bool may_use(const struct study *s, const char *name)
{
	for (unsigned i = 0; i < s->n_may_use; i++)
		if (strcmp(s->may_use[i].text, name) == 0)
			return true;
	return false;
}

static const struct column *listed(const struct plan *plan, const struct column *c)
{
	const struct column *found = column_on(dataset_column(plan->data, c->name), plan->today);

	require(found == c && !(c->uses & USE_FORBIDDEN) && c->uses != 0);
	return c;
}

static void check_code(const struct plan *plan, const struct code *code)
{
	for (unsigned k = 0; k < plan->n_red; k++)
		for (unsigned n = 0; n < red.counts[plan->red[k]]; n++)
			require(red.concepts[plan->red[k]][n] != code->concept);
	require(code->text == NULL ||
		(strncmp(code->text, "B2", 2) != 0 && strncmp(code->text, "J05", 3) != 0));
}

static void check_dates(const struct plan *plan, const struct criterion *c)
{
	const struct column *s = c->start;

	if (s == NULL) {
		require(c->from == DAY_NONE && c->to == DAY_NONE);
		return;
	}
	require(listed(plan, s)->gen == GEN_TRUNCATE && (s->uses & (USE_GROUP | USE_FILTER)));
	require(c->from >= s->from && c->to <= s->to && c->from <= c->to);
	require(c->from == s->from || c->from == period_first(c->from, s->truncate));
	require(c->to == s->to || c->to == period_last(c->to, s->truncate));
	if (c->from != s->from || c->to != s->to)
		require(may_use(plan->study, s->name));
}

static void check_dated(const struct plan *plan, const struct column *c)
{
	require(listed(plan, c)->gen == GEN_TRUNCATE && (c->uses & (USE_GROUP | USE_FILTER)) &&
		may_use(plan->study, c->name));
}

/* Steps between days, and the days that they are between. */
static void check_steps(const struct plan *plan, const struct criterion *c)
{
	int64_t step = plan->policy->compose.window_days;

	require(c->n_windows <= MAX_WINDOWS && (c->n_windows == 0 || step > 0));
	for (unsigned i = 0; i < c->n_windows; i++) {
		const struct window *w = &c->windows[i];

		require(w->from == ALL_DAYS_BEFORE || w->from % step == 0);
		require(w->to == ALL_DAYS_AFTER || w->to % step == 0);
		require(c->start != NULL && (!w->on_end || c->end != NULL || step == 1));
	}
	if (c->lasting_from >= 0 || c->lasting_to >= 0)
		require(step > 0 && c->end != NULL &&
			(c->lasting_from < 0 || c->lasting_from % step == 0) &&
			(c->lasting_to < 0 || c->lasting_to % step == 0));
	if (c->ends_from != DAY_NONE || c->ends_to != DAY_NONE)
		require(c->end != NULL && c->ends_from >= c->end->from && c->ends_to <= c->end->to);
	if (c->n_windows > 0 || c->first || c->end != NULL)
		check_dated(plan, c->start);
	if (c->end != NULL)
		check_dated(plan, c->end);
	require(!c->same_visit || c->visit != NULL);
	require(!c->inside || (plan->observation.table != NULL && c->start != NULL));
}

static bool is_cut(const struct column *c, int64_t v)
{
	for (unsigned i = 0; i < c->n_cuts; i++)
		if (c->cuts[i] == v)
			return true;
	return false;
}

static void check_attributes(const struct plan *plan, const struct plan_attribute *a)
{
	for (; a != NULL; a = a->next) {
		const struct column *c = a->other_column != NULL ? a->other_column : a->column;

		require(listed(plan, c)->uses & (USE_FILTER | USE_GROUP | USE_MEASURE));
		require(may_use(plan->study, c->name));
		if (a->kind >= ATTR_NUMBERS && a->kind != ATTR_LOW && a->kind != ATTR_HIGH)
			require((!a->bounds.has_low || is_cut(c, a->bounds.low)) &&
				(!a->bounds.has_high || is_cut(c, a->bounds.high)));
		for (unsigned i = 0; i < a->n_codes; i++)
			check_code(plan, &a->codes[i]);
	}
}

static void check_criterion(const struct plan *plan, const struct criterion *c);

static void check_event(const struct plan *plan, const struct criterion *c)
{
	require(c->table != NULL && dataset_table(plan->data, c->table->name) == c->table &&
		c->table->key != NULL && c->table->kind != TABLE_LOOKUP);
	if (c->kind == PART_EVENT && c->concept != NULL) {
		require(listed(plan, c->concept)->uses & (USE_FILTER | USE_GROUP));
		require(may_use(plan->study, c->concept->name));
	}
	for (unsigned i = 0; i < c->n_codes; i++)
		check_code(plan, &c->codes[i]);
	check_dates(plan, c);
	check_steps(plan, c);
	check_attributes(plan, c->attributes);
	if (c->with != NULL)
		check_criterion(plan, c->with);
}

static bool is_edge(const struct column *c, int32_t age)
{
	for (unsigned i = 0; i < c->n_bands; i++)
		if (c->bands[i] == age)
			return true;
	return false;
}

static void check_criterion(const struct plan *plan, const struct criterion *c)
{
	switch (c->kind) {
	case PART_EVENT:
	case PART_MEASURE:
		check_event(plan, c);
		break;
	case PART_AGE:
		require(listed(plan, plan->birth_year)->as_age);
		require(may_use(plan->study, plan->birth_year->name));
		require(c->age_from < 0 || is_edge(plan->birth_year, c->age_from));
		require(c->age_to < 0 || is_edge(plan->birth_year, c->age_to));
		break;
	case PART_SEX:
	case PART_RACE:
	case PART_ETHNICITY:
		require(c->others || c->n_person_codes > 0);
		require(listed(plan, c->person)->gen == GEN_CATEGORIES);
		require(may_use(plan->study, c->person->name));
		break;
	default:
		for (const struct criterion *k = c->children; k != NULL; k = k->next)
			check_criterion(plan, k);
	}
}

static void check_dims(const struct plan *plan)
{
	unsigned cells = 1;

	require(plan->n_dims <= MAX_GROUPS);
	for (unsigned i = 0; i < plan->n_dims; i++) {
		const struct dim *d = &plan->dims[i];

		require(d->n_labels > 0 && d->n_labels <= MAX_LABELS && d->column != NULL);
		if (d->kind == DIM_VALUE)
			require(d->measure != NULL && d->n_labels == d->measure->n_cuts + 1);
		else
			require((listed(plan, d->column)->uses & USE_GROUP) &&
				may_use(plan->study, d->column->name));
		for (unsigned k = 0; k < d->n_labels; k++)
			require(utf8_valid(d->labels[k], strlen(d->labels[k])));
		cells *= d->n_labels;
	}
	cells *= plan_points(plan);
	require(cells == plan->n_cells && cells <= MAX_CELLS && plan_layers(plan) <= MAX_LAYERS);
}

static void check_statement(const struct plan *plan, struct arena *arena)
{
	for (int once = 0; once < 2; once++) {
		const char *held = plan->entry == NULL ? "" : plan->entry->table->name;
		struct sql_facts facts = { .red = &red,
			.one_row_a_patient = once == 1,
			.held = &held,
			.n_held = once == 1,
			.salt = "salt" };
		struct error err;
		struct sql sql;

		require(sql_write(plan, &facts, arena, &sql, &err) == 0);
		require(utf8_valid(sql.text, strlen(sql.text)) && strchr(sql.text, ';') == NULL);
	}
}

static void check_allowed(const struct asking *who, const struct question *q,
	const struct verdict *v, struct arena *arena)
{
	const struct plan *plan = v->plan;
	const struct study *s = policy_study(policy, q->study);
	bool named = false;

	require(plan != NULL && s != NULL && plan->study == s &&
		plan->secure == (q->mode == MODE_SECURE));
	for (unsigned i = 0; i < s->n_requesters; i++)
		named = named || strcmp(s->requesters[i].account, who->requester) == 0;
	require(named && who->today >= s->from && who->today <= s->to &&
		who->today >= policy->from && who->today <= policy->to);
	require(q->cohort.criteria <= policy->compose.criteria &&
		q->cohort.depth <= policy->compose.depth + (q->cohort.criteria == 0));
	require(plan->n_charges > 0 && plan->noise.t > 0 && plan->noise.cost_prho > 0 &&
		plan->amount <= policy->release.amount &&
		plan->min_patients >= policy->release.min_patients);
	for (const struct criterion *c = plan->entry; c != NULL; c = c->next)
		check_criterion(plan, c);
	check_criterion(plan, plan->root);
	check_dims(plan);
	check_statement(plan, arena);
}

static void check_verdict(const struct verdict *v)
{
	require(v->allow == (v->plan != NULL) && v->allow != v->first.deny &&
		v->first.rule != NULL);
	for (unsigned i = 0; i < v->n_chain; i++) {
		const struct finding *f = &v->chain[i];

		require(utf8_valid(f->say.en, strlen(f->say.en)) &&
			utf8_valid(f->say.zh, strlen(f->say.zh)));
		require(utf8_valid(f->outside.en, strlen(f->outside.en)) &&
			utf8_valid(f->outside.zh, strlen(f->outside.zh)));
		if (f->deny) /* the corpus policy marks what must not leave */
			require(strstr(f->outside.en, "inside") == NULL ||
				strstr(f->rule, "inside"));
	}
}

/* The agent decides about the canonical text: alike. */
static void check_canonical(const struct asking *who, const struct question *q,
	const struct verdict *v, struct arena *arena)
{
	struct question *again;
	struct hash32 hash;
	struct verdict w;
	struct error err;
	struct text t;

	text_init(&t, MAX_QUESTION_BYTES);
	if (canonical_write(q, &t, &err) == 0) {
		require(canonical_read(t.at, t.len, arena, &again, &hash, &err) == 0);
		require(decide(policy, again, who, arena, &w, &err) == 0);
		require(w.allow == v->allow && strcmp(w.first.rule, v->first.rule) == 0);
	}
	text_clear(&t);
}

static void judge(const struct question *q, const struct asking *who, struct arena *arena)
{
	struct asking all = *who;
	struct verdict v, every;
	struct error err;

	all.every_failure = true;
	require(decide(policy, q, who, arena, &v, &err) == 0);
	require(decide(policy, q, &all, arena, &every, &err) == 0);
	require(v.allow == every.allow && strcmp(v.first.rule, every.first.rule) == 0);
	check_verdict(&v);
	check_verdict(&every);
	n_questions++;
	n_allowed += v.allow;
	if (v.allow)
		check_allowed(who, q, &v, arena);
	check_canonical(who, q, &v, arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct asking who = { .red = &red };
	struct question *q;
	struct arena arena;

	if (size < 3)
		return 0;
	load();
	n_inputs++;
	who.requester = requester(data[0]);
	who.today = asked_on(data[1]);
	arena_init(&arena, 4 * MAX_QUERY_ARENA);
	q = question_of(data, size, &arena);
	if (q != NULL)
		judge(q, &who, &arena);
	arena_clear(&arena);
	return 0;
}
