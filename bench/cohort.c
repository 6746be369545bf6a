/*
 * cohort.c - realistic cohorts as the statements that a site would run, as psql scripts, so that cohort.sh can time
 * them beside the same cohorts computed step by step; and what writing one costs.
 *
 *   cohort asks N   the script of what an agent asks the vocabulary first, its rows as "i x"; status 2: there is no N
 *   cohort N        with these rows to read: the script of cohort N as the agent then runs it
 *   cohort name N   what it is
 *   cohort write    microseconds to write a cohort of 50 criteria
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "policies/model.h"
#include "sql/sql.h"

enum {
	DIABETES = 201820,
	TYPE_2 = 201826,
	HYPERTENSION = 316866,
	ISCHAEMIC = 4185932,
	HEART_FAILURE = 316139,
	STROKE = 381316,
	KIDNEY = 46271022,
	METFORMIN = 1503297,
	INSULIN = 1516976,
	STATIN = 1545958,
	HBA1C = 3004410,
	STOMACH_CANCER = 443387,
	INPATIENT = 9201
};

static struct arena arena;
static const struct model *model;

static void *make(size_t size)
{
	void *p = arena_alloc(&arena, size);

	if (p == NULL)
		abort();
	memset(p, 0, size);
	return p;
}

static struct table *table(const char *name)
{
	struct table *t = make(sizeof(*t));
	const char *dot = strchr(name, '.');

	t->name = name;
	t->schema = arena_textn(&arena, name, (size_t)(dot - name));
	t->relation = dot + 1;
	return t;
}

static struct column *column(struct table *t, const char *name)
{
	struct column *c = make(sizeof(*c));

	if (name == NULL)
		return NULL;
	c->column = name;
	c->table = t;
	return c;
}

static struct criterion *part(enum part_kind kind)
{
	struct criterion *c = make(sizeof(*c));

	c->kind = kind;
	c->from = c->to = c->ends_from = c->ends_to = DAY_NONE;
	c->lasting_from = c->lasting_to = c->age_from = c->age_to = -1;
	return c;
}

/* Events with this concept or one below it. */
static struct criterion *event(enum event_kind kind, int32_t concept)
{
	const struct model_event *m = &model->events[kind];
	struct criterion *c = part(PART_EVENT);
	struct table *t = table(m->table);
	struct code *code = make(sizeof(*code));

	t->key = column(t, model->key);
	*code = (struct code){ .concept = concept, .descendants = true };
	c->table = t;
	c->event = m;
	c->concept = column(t, m->concept);
	c->start = column(t, m->start);
	c->end = column(t, m->end);
	c->end_days = column(t, m->end_days);
	c->value = column(t, m->value);
	c->id = column(t, m->id);
	c->visit = column(t, m->visit);
	c->codes = code;
	c->n_codes = 1;
	return c;
}

static struct criterion *within(struct criterion *c, int32_t from, int32_t to)
{
	c->windows[0] = (struct window){ .from = from, .to = to };
	c->n_windows = 1;
	c->inside = true;
	return c;
}

static struct criterion *times(struct criterion *c, enum how_many how, unsigned n)
{
	c->has_times = true;
	c->times_how = how;
	c->times = n;
	return c;
}

static struct criterion *group(enum part_kind kind, unsigned n, struct criterion *const *list)
{
	struct criterion *c = part(kind), **link = &c->children;

	for (unsigned i = 0; i < n; i++) {
		*link = list[i];
		link = &list[i]->next;
	}
	return c;
}
#define GROUP(kind, ...)                                                                           \
	group(kind, sizeof((struct criterion *[]){ __VA_ARGS__ }) / sizeof(struct criterion *),    \
		(struct criterion *[]){ __VA_ARGS__ })

static struct criterion *age(struct plan *p, int32_t from, int32_t to)
{
	struct criterion *c = part(PART_AGE);

	p->birth_year = column(NULL, model->birth_year);
	c->age_from = from;
	c->age_to = to;
	return c;
}

static struct plan *plan(struct criterion *entry)
{
	static struct policy policy;
	static struct dataset data;
	struct plan *p = make(sizeof(*p));
	const struct model_event *o = &model->events[EVENT_OBSERVATION_PERIOD];
	struct table *periods = table(o->table), *people = table(model->patients);

	people->key = column(people, model->key);
	periods->key = column(periods, model->key);
	*p = (struct plan){ .policy = &policy,
		.data = &data,
		.model = model,
		.patients = people,
		.key = people->key,
		.entry = entry,
		.age_day = DAY_NONE,
		.n_cells = 1 };
	p->observation = (struct plan_observation){ .table = periods,
		.start = column(periods, o->start),
		.end = column(periods, o->end),
		.before = 0,
		.after = 0 };
	return p;
}

/* ---- the cohorts ---- */

static const char *const names[] = { "first type 2 diabetes, a year observed",
	"diabetes, then metformin in 90 days", "diabetes, metformin, HbA1c 7 or more, no insulin",
	"each metformin without one in the year before", "diabetes twice more in the year after",
	"hypertension from 45, no heart or brain disease", "two of four diseases before",
	"diabetes in hospital, a statin in that visit's month",
	"diabetes, three HbA1c in two years", "rare: stomach cancer, a year observed",
	"rare: stomach cancer, no insulin in the year before" };

static struct plan *cohort(unsigned n)
{
	struct criterion *first = event(EVENT_CONDITION, TYPE_2), *nested;
	struct plan *p = plan(first);

	p->root = part(PART_ALL);
	switch (n) {
	case 1:
		p->observation.before = 365;
		return p;
	case 2:
		p->root = GROUP(PART_ALL, within(event(EVENT_DRUG, METFORMIN), 0, 90));
		return p;
	case 3: {
		struct criterion *high = within(event(EVENT_MEASUREMENT, HBA1C), -30, 30);

		high->has_value = true;
		high->bounds = (struct value_bounds){ .has_low = true, .low = INT64_C(7000000000) };
		p->root = GROUP(PART_ALL, within(event(EVENT_DRUG, METFORMIN), 0, 90), high,
			GROUP(PART_NONE, within(event(EVENT_DRUG, INSULIN), -365, -1)));
		return p;
	}
	case 4:
		p->entry = event(EVENT_DRUG, METFORMIN);
		p->index = INDEX_EACH;
		p->root = GROUP(PART_ALL,
			times(within(event(EVENT_DRUG, METFORMIN), -365, -1), EXACTLY, 0),
			within(event(EVENT_CONDITION, TYPE_2), ALL_DAYS_BEFORE, 0));
		return p;
	case 5:
		p->root = GROUP(PART_ALL,
			times(within(event(EVENT_CONDITION, TYPE_2), 1, 365), AT_LEAST, 2));
		return p;
	case 6:
		p->entry = event(EVENT_CONDITION, HYPERTENSION);
		p->root = GROUP(PART_ALL, age(p, 45, -1),
			GROUP(PART_NONE,
				within(event(EVENT_CONDITION, ISCHAEMIC), ALL_DAYS_BEFORE, 0),
				within(event(EVENT_CONDITION, STROKE), ALL_DAYS_BEFORE, 0),
				within(event(EVENT_CONDITION, HEART_FAILURE), ALL_DAYS_BEFORE, 0)));
		return p;
	case 7: {
		struct criterion *two = GROUP(PART_OF,
			within(event(EVENT_CONDITION, HYPERTENSION), ALL_DAYS_BEFORE, 0),
			within(event(EVENT_CONDITION, ISCHAEMIC), ALL_DAYS_BEFORE, 0),
			within(event(EVENT_CONDITION, STROKE), ALL_DAYS_BEFORE, 0),
			within(event(EVENT_CONDITION, KIDNEY), ALL_DAYS_BEFORE, 0));

		two->n = 2;
		p->root = GROUP(PART_ALL, two);
		return p;
	}
	case 8:
		nested = event(EVENT_VISIT, INPATIENT);
		nested->with = GROUP(PART_ALL, within(event(EVENT_DRUG, STATIN), 0, 30));
		p->root = GROUP(PART_ALL, within(nested, -30, 30));
		return p;
	case 9:
		p->root = GROUP(PART_ALL,
			times(within(event(EVENT_MEASUREMENT, HBA1C), 0, 730), AT_LEAST, 3));
		return p;
	case 10:
		p->entry = event(EVENT_CONDITION, STOMACH_CANCER);
		p->observation.before = 365;
		return p;
	case 11:
		p->entry = event(EVENT_CONDITION, STOMACH_CANCER);
		p->root = GROUP(
			PART_ALL, GROUP(PART_NONE, within(event(EVENT_DRUG, INSULIN), -365, -1)));
		return p;
	default:
		return NULL;
	}
}

static struct plan *fifty(void)
{
	struct criterion *list[50];
	struct plan *p = plan(event(EVENT_CONDITION, TYPE_2));

	for (unsigned i = 0; i < 50; i++) {
		list[i] = within(
			event(i % 2 == 0 ? EVENT_CONDITION : EVENT_DRUG, (int32_t)(1000 + i)), -365,
			0);
		if (i % 3 == 0)
			times(list[i], AT_LEAST, 2);
		if (i % 5 == 0)
			list[i]->with = GROUP(PART_ALL, within(event(EVENT_DRUG, INSULIN), 0, 30));
	}
	p->root = group(PART_ALL, 50, list);
	return p;
}

/* ---- */

/* The common data model's own foreign keys: cohort.sh sees that they are there. */
static const char *const held[] = { "cdm.condition_occurrence", "cdm.drug_exposure" };

static int written(const struct plan *p, struct sql_facts *facts, struct sql *q)
{
	struct error err = { 0 };

	facts->one_row_a_patient = true;
	facts->held = held;
	facts->n_held = sizeof(held) / sizeof(held[0]);
	if (sql_write(p, facts, &arena, q, &err) == 0)
		return 0;
	fprintf(stderr, "cohort: %s\n", err.log);
	return -1;
}

static int time_writing(void)
{
	enum {
		TIMES = 200
	};
	double best = 1e9;
	struct sql q;

	for (int i = 0; i < TIMES; i++) {
		struct timespec a, b;
		struct plan *p;
		double us;

		arena_reset(&arena);
		p = fifty();
		clock_gettime(CLOCK_MONOTONIC, &a);
		if (written(p, &(struct sql_facts){ .sets = NULL }, &q) != 0)
			return 1;
		clock_gettime(CLOCK_MONOTONIC, &b);
		us = (double)(b.tv_sec - a.tv_sec) * 1e6 + (double)(b.tv_nsec - a.tv_nsec) / 1e3;
		best = us < best ? us : best;
	}
	printf("%.0f us to write a cohort of 50 criteria, %zu bytes, %d values\n", best,
		strlen(q.text), q.n_values);
	return 0;
}

/* The statement on the vocabulary, and how many sets it finds. */
static int asked(const struct plan *p, struct sql *q, unsigned *n_sets)
{
	const struct sql_facts facts = {
		.one_row_a_patient = true, .held = held, .n_held = sizeof(held) / sizeof(held[0])
	};
	struct error err = { 0 };

	if (sql_vocabulary(p, &facts, NULL, 0, &arena, q, n_sets, &err) == 0)
		return 0;
	fprintf(stderr, "cohort: %s\n", err.log);
	return -1;
}

/* What it found, from standard input; gives whether the tables are in order. */
static bool found(struct sql_facts *facts, unsigned n_sets)
{
	struct sql_set *sets = make((n_sets + 1) * sizeof(*sets));
	int32_t **lists = make((n_sets + 1) * sizeof(*lists));
	unsigned at;
	bool merges = false, halves = false;
	int x;

	for (unsigned k = 0; k < n_sets; k++)
		sets[k].concepts = lists[k] = make(MAX_SET_CONCEPTS * sizeof(*lists[k]));
	while (scanf("%u %d", &at, &x) == 2) {
		if (at == n_sets)
			merges = x == 1;
		else if (at == n_sets + 1) {
			halves = true;
			facts->middle = x;
		} else if (at < n_sets && sets[at].n < MAX_SET_CONCEPTS)
			lists[at][sets[at].n++] = x;
	}
	facts->sets = sets;
	facts->n_sets = n_sets;
	facts->halves = merges && halves;
	return merges;
}

static void print(const struct sql *q, bool merges)
{
	struct text t;

	text_init(&t, 4 << 20);
	sql_script(q, NULL, 0, merges, &t);
	fputs(text_str(&t), stdout);
	text_clear(&t);
}

static int answered(const char *what, const struct plan *p)
{
	struct sql_facts facts = { .sets = NULL };
	bool merges = false;
	unsigned n_sets;
	struct sql q;

	if (asked(p, &q, &n_sets) != 0)
		return 1;
	if (strcmp(what, "asks") == 0) {
		print(&q, false);
		return 0;
	}
	merges = found(&facts, n_sets);
	if (written(p, &facts, &q) != 0)
		return 1;
	print(&q, merges);
	return 0;
}

int main(int argc, char **argv)
{
	struct arena models;
	struct diags ds;
	struct plan *p;
	unsigned n = argc < 2 ? 0 : (unsigned)strtoul(argv[argc - 1], NULL, 10);

	arena_init(&models, MAX_POLICY_ARENA);
	arena_init(&arena, MAX_POLICY_ARENA);
	diags_init(&ds, &models);
	model = model_shipped("omop-cdm-5.4", &models, &ds);
	if (argc < 2 || model == NULL)
		return 2;
	if (strcmp(argv[1], "write") == 0)
		return time_writing();
	if (n < 1 || n > sizeof(names) / sizeof(names[0]))
		return 2;
	if (strcmp(argv[1], "name") == 0) {
		puts(names[n - 1]);
		return 0;
	}
	p = cohort(n);
	return p == NULL ? 1 : answered(argv[1], p);
}
