#include "agents/release_in.h"

#include <string.h>

#include "base/log.h"
#include "query/coded.h"

/*
 * What the codes of a question stand for at this site, for people who want to know why a number is as it is. One
 * statement over the vocabulary, in a transaction of its own before the question's: it names no table of patients, and
 * what it gives leaves unprotected. Nothing else of the question waits for what it says.
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

/* False when they are not (i, concepts), each once. */
static bool read_sizes(struct pipeline *p, struct question_life *q, const struct source_rows *rows)
{
	int n = source_rows(rows);

	if (source_columns(rows) != 2 || n != (int)p->n_sizes)
		return false;
	q->codes = arena_array(&q->arena, (size_t)n, sizeof(*q->codes));
	for (int i = 0; q->codes != NULL && i < n; i++) {
		int64_t at, concepts;

		if (!source_int(rows, i, 0, &at) || !source_int(rows, i, 1, &concepts) || at != i ||
			concepts < 0 || concepts > MAX_CONCEPTS)
			return false;
		q->codes[i] = (struct release_codes){ p->size_lists[i], (uint64_t)concepts };
	}
	q->n_codes = q->codes == NULL ? 0 : (unsigned)n;
	return true;
}

static void on_sizes(
	enum source_end end, const struct source_rows *rows, const char *sqlstate, void *arg)
{
	struct pipeline *p = arg;
	struct question_life *q = p->sizing;

	p->sizing = NULL;
	if (q != NULL && (end != SOURCE_ROWS || !read_sizes(p, q, rows)))
		log_line(LOG_WARNING,
			"question %s: its codes could not be counted, sqlstate \"%s\"", q->id,
			end == SOURCE_ROWS ? "" : sqlstate);
	arena_reset(&p->sizes_arena);
}

bool release_size(struct question_life *q)
{
	struct pipeline *p = q->pipeline;
	struct source_job job = {
		.sql = &p->sizes_sql, .timeout_ms = SIZES_MS, .done = on_sizes, .arg = p
	};
	struct sql_codes_of lists[MAX_CRITERIA];
	struct error err;

	if (q->sized || p->sizing != NULL)
		return false;
	q->sized = true;
	p->n_sizes = lists_of(q, lists, p->size_lists);
	if (p->n_sizes == 0)
		return false;
	if (sql_sizes(q->plan, lists, p->n_sizes, &p->sizes_arena, &p->sizes_sql, &err) != 0 ||
		source_run(p->source, &job, &err) != 0) {
		log_line(LOG_WARNING, "question %s: its codes are not counted: %s", q->id, err.log);
		arena_reset(&p->sizes_arena);
		return false;
	}
	p->sizing = q;
	return true;
}
