#include "agents/release_in.h"

#include <string.h>

#include "agents/facts.h"
#include "base/limits.h"
#include "base/log.h"
#include "query/coded.h"

/*
 * What the codes of a question stand for at this site: how many concepts, for people who want to know why a number is
 * as it is, and which, bound to the question's statement. One statement over the vocabulary, in a transaction of its
 * own before the question's: it names no table of patients. The numbers leave unprotected, the concepts stay.
 */

enum {
	SIZES_MS = 10000
};

/* Lists whose codes are compared with a column of concepts: only they are widened by a vocabulary. */
static unsigned lists_of(const struct question_life *q, struct sql_codes_of out[MAX_CRITERIA],
	unsigned at[MAX_CRITERIA])
{
	const struct part *parts[MAX_CRITERIA];
	unsigned all = coded_parts(q->question, parts), n = 0;

	for (unsigned i = 0; i < all; i++)
		if (q->plan->model->events[parts[i]->event].system == SYSTEM_OMOP) {
			out[n] = (struct sql_codes_of){ parts[i]->codes, parts[i]->n_codes };
			at[n++] = i;
		}
	return n;
}

/* The rows of sql_vocabulary(), counted first and then taken. */
struct found {
	struct release_codes *codes;
	struct sql_set *sets;
	int32_t **lists; /* the same as sets' concepts, to write to */
	bool merges, halves;
	int64_t middle;
};

static bool room(struct question_life *q, const struct pipeline *p, struct found *f)
{
	f->codes = arena_array(&q->arena, (size_t)p->n_sizes + 1, sizeof(*f->codes));
	f->sets = arena_array(&q->arena, (size_t)p->n_sets + 1, sizeof(*f->sets));
	f->lists = arena_array(&q->arena, (size_t)p->n_sets + 1, sizeof(*f->lists));
	return f->codes != NULL && f->sets != NULL && f->lists != NULL;
}

static bool row_of(
	const struct source_rows *rows, int i, const struct pipeline *p, unsigned *at, int64_t *x)
{
	int64_t number;

	if (!source_int(rows, i, 0, &number) || !source_int(rows, i, 1, x) || number < 0 ||
		number > (int64_t)p->n_sizes + p->n_sets + 1)
		return false;
	*at = (unsigned)number;
	return true;
}

/* How many concepts each set has. False when there are not as many other rows as there must be. */
static bool count_sets(const struct pipeline *p, const struct source_rows *rows, struct found *f)
{
	unsigned others = 0, concepts = 0, at;
	int64_t x;

	for (unsigned k = 0; k <= p->n_sets; k++)
		f->sets[k] = (struct sql_set){ .n = 0 };
	for (int i = 0; i < source_rows(rows); i++) {
		if (!row_of(rows, i, p, &at, &x))
			return false;
		if (at > p->n_sizes + p->n_sets)
			continue;
		if (at < p->n_sizes || at == p->n_sizes + p->n_sets) {
			others++;
			continue;
		}
		f->sets[at - p->n_sizes].n++;
		concepts++;
	}
	return others == p->n_sizes + 1 && concepts <= MAX_SET_CONCEPTS;
}

static bool make_lists(struct question_life *q, const struct pipeline *p, struct found *f)
{
	for (unsigned k = 0; k < p->n_sets; k++) {
		f->lists[k] =
			arena_array(&q->arena, (size_t)f->sets[k].n + 1, sizeof(*f->lists[k]));
		f->sets[k] = (struct sql_set){ .concepts = f->lists[k] };
		if (f->lists[k] == NULL)
			return false;
	}
	return true;
}

static bool take_size(struct pipeline *p, struct found *f, unsigned at, int64_t concepts)
{
	if (f->codes[at].concepts != UINT64_MAX || concepts < 0 || concepts > MAX_CONCEPTS)
		return false;
	f->codes[at] = (struct release_codes){ p->size_lists[at], (uint64_t)concepts };
	return true;
}

static bool take_concept(struct found *f, unsigned k, int64_t concept)
{
	if (concept < INT32_MIN || concept > INT32_MAX)
		return false;
	f->lists[k][f->sets[k].n++] = (int32_t) concept;
	return true;
}

/* False when they are not what was asked for: each size and the flag once, concepts that can be some. */
static bool take_rows(struct pipeline *p, const struct source_rows *rows, struct found *f)
{
	bool flagged = false;

	for (unsigned i = 0; i < p->n_sizes; i++)
		f->codes[i] = (struct release_codes){ .concepts = UINT64_MAX };
	for (int i = 0; i < source_rows(rows); i++) {
		unsigned at;
		int64_t x;
		bool ok;

		if (!row_of(rows, i, p, &at, &x))
			return false;
		if (at < p->n_sizes) {
			ok = take_size(p, f, at, x);
		} else if (at < p->n_sizes + p->n_sets) {
			ok = take_concept(f, at - p->n_sizes, x);
		} else if (at > p->n_sizes + p->n_sets) {
			ok = !f->halves;
			f->halves = true;
			f->middle = x;
		} else {
			ok = !flagged && (x == 0 || x == 1);
			flagged = true;
			f->merges = x == 1;
		}
		if (!ok)
			return false;
	}
	return true;
}

static bool read_found(struct pipeline *p, struct question_life *q, const struct source_rows *rows)
{
	struct found f = { 0 };

	if (source_columns(rows) != 2 || !room(q, p, &f) || !count_sets(p, rows, &f) ||
		!make_lists(q, p, &f) || !take_rows(p, rows, &f))
		return false;
	q->codes = f.codes;
	q->n_codes = p->n_sizes;
	q->sets = f.sets;
	q->n_sets = p->n_sets;
	q->merges = f.merges;
	q->halves = f.merges && f.halves;
	q->middle = f.middle;
	return true;
}

/* Class 42 of SQLSTATE: no right, no such table. */
static bool forbidden(enum source_end end, const char *sqlstate)
{
	return end == SOURCE_ERROR && strncmp(sqlstate, "42", 2) == 0;
}

static void on_sizes(
	enum source_end end, const struct source_rows *rows, const char *sqlstate, void *arg)
{
	struct pipeline *p = arg;
	struct question_life *q = p->sizing;

	p->sizing = NULL;
	if (q != NULL && (end != SOURCE_ROWS || !read_found(p, q, rows))) {
		q->unreadable = forbidden(end, sqlstate);
		log_line(LOG_WARNING,
			"question %s: what its codes stand for was not found, sqlstate \"%s\"",
			q->id, end == SOURCE_ROWS ? "" : sqlstate);
	}
	arena_reset(&p->sizes_arena);
}

void release_unsize(struct question_life *q)
{
	if (q->pipeline->sizing == q)
		q->pipeline->sizing = NULL;
	q->sized = q->unreadable = q->merges = q->halves = false;
	q->codes = NULL;
	q->sets = NULL;
	q->n_codes = q->n_sets = 0;
}

static int write_it(struct question_life *q, struct error *err)
{
	struct pipeline *p = q->pipeline;
	const struct policy_ref *policy = q->policy;
	struct sql_facts facts = facts_for(&policy->facts, policy->policy, q->plan->data);
	struct sql_codes_of lists[MAX_CRITERIA];

	p->n_sizes = lists_of(q, lists, p->size_lists);
	return sql_vocabulary(q->plan, &facts, lists, p->n_sizes, &p->sizes_arena, &p->sizes_sql,
		&p->n_sets, err);
}

bool release_size(struct question_life *q)
{
	struct pipeline *p = q->pipeline;
	struct source_job job = {
		.sql = &p->sizes_sql, .timeout_ms = SIZES_MS, .done = on_sizes, .arg = p
	};
	struct error err = { 0 };
	bool written;

	if (q->sized || p->sizing != NULL)
		return false;
	q->sized = true;
	written = write_it(q, &err) == 0;
	if (written && p->n_sizes == 0 && p->n_sets == 0) {
		arena_reset(&p->sizes_arena);
		return false;
	}
	if (!written || source_run(p->source, &job, &err) != 0) {
		log_line(LOG_WARNING, "question %s: its codes are not looked for: %s", q->id,
			err.log);
		arena_reset(&p->sizes_arena);
		return false;
	}
	p->sizing = q;
	return true;
}
