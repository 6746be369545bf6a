#include "agents/earlier.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "crypto/account.h"
#include "query/canonical.h"

static_assert((int)EDIT_THING_LAST == (int)SIMILAR_THINGS - 1, "the wire has each thing");
static_assert((int)EDIT_HOW_LAST == (int)SIMILAR_HOWS - 1, "and each way");

#define DAY_MS     (INT64_C(24) * 3600 * 1000)
#define DELTA_E18  UINT64_C(1000000000000) /* 1e-6, as DEFAULT_DELTA */
#define MARK_BYTES 8

int earlier_open(struct db *db, struct error *err)
{
	return db_run(db, NULL, err,
		"CREATE TABLE IF NOT EXISTS mark("
		" seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, at INTEGER NOT NULL,"
		" study TEXT NOT NULL, marks BLOB NOT NULL)",
		"");
}

/* ---- keeping ---- */

static int put_marks(struct db *db, const char *id, const struct question *q, int64_t at_ms,
	const uint64_t *marks, unsigned n, struct arena *arena, struct error *err)
{
	uint8_t *bytes = arena_array(arena, n, MARK_BYTES);

	if (bytes == NULL)
		return error_memory(err);
	for (unsigned i = 0; i < n; i++)
		put_be64(bytes + (size_t)i * MARK_BYTES, marks[i]);
	return db_run(db, NULL, err,
		"INSERT OR REPLACE INTO mark(id, at, study, marks) VALUES(?1, ?2, ?3, ?4)", "sisb",
		id, at_ms, q->study, (const void *)bytes, (size_t)n * MARK_BYTES);
}

int earlier_keep(
	struct db *db, const char *id, const struct question *q, int64_t at_ms, struct error *err)
{
	struct arena arena;
	uint64_t *marks;
	unsigned n;
	int ret;

	if (db_run(db, NULL, err,
		    "DELETE FROM mark WHERE at < ?1"
		    " AND seq <= (SELECT coalesce(max(seq), 0) FROM mark) - ?2",
		    "ii", at_ms - QUESTIONS_DAYS * DAY_MS, (int64_t)SIMILAR_EARLIER) != 0)
		return -1;
	arena_init(&arena, MAX_QUERY_ARENA);
	ret = similar_marks(q, &arena, &marks, &n, err);
	if (ret == 0)
		ret = put_marks(db, id, q, at_ms, marks, n, &arena, err);
	arena_clear(&arena);
	return ret;
}

/* ---- looking ---- */

/* By marks: at least so many edits away. */
struct candidate {
	char id[MAX_ID + 1];
	unsigned least;
	int64_t seq;
};
struct looking {
	struct db *db;
	const struct earlier_look *look;
	struct arena arena; /* the new question's marks */
	uint64_t *marks, *theirs;
	unsigned n_marks;
	struct candidate list[SIMILAR_READ + 1]; /* nearest first; one place more to sort in */
	unsigned n;
};

enum {
	MARKS_MAX = 2 * MAX_CRITERIA /* more than a question has things */
};

static unsigned least_of(struct looking *l, const uint8_t *bytes, size_t len)
{
	unsigned n = (unsigned)(len / MARK_BYTES);

	if (n > MARKS_MAX)
		return SIMILAR_FAR;
	for (unsigned i = 0; i < n; i++)
		l->theirs[i] = get_be64(bytes + (size_t)i * MARK_BYTES);
	return similar_least(l->marks, l->n_marks, l->theirs, n);
}

/* Rows come latest first, so among equals the later one stays before. */
static void consider(struct looking *l, struct stmt *s)
{
	size_t len;
	const uint8_t *bytes = stmt_bytes(s, 2, &len);
	const char *id = stmt_text(s, 1);
	unsigned least = bytes == NULL ? SIMILAR_FAR : least_of(l, bytes, len), at;

	if (least > SIMILAR_NEAR || id == NULL ||
		(l->look->pass != NULL && l->look->pass(id, l->look->arg)))
		return;
	for (at = l->n; at > 0 && l->list[at - 1].least > least; at--)
		l->list[at] = l->list[at - 1];
	l->list[at] = (struct candidate){ .least = least, .seq = stmt_int(s, 0) };
	(void)!text_copy(l->list[at].id, sizeof(l->list[at].id), id);
	if (l->n < SIMILAR_READ)
		l->n++;
}

static int by_marks(struct looking *l, struct error *err)
{
	struct stmt *s;
	int row;

	if (db_query(l->db, &s, err,
		    "SELECT seq, id, marks FROM (SELECT seq, id, study, marks FROM mark"
		    " ORDER BY seq DESC LIMIT ?1) WHERE (study = ?2) = ?3 ORDER BY seq DESC",
		    "isi", (int64_t)SIMILAR_EARLIER, l->look->question->study,
		    (int64_t)!l->look->other_studies) != 0)
		return -1;
	while ((row = stmt_step(s, err)) == 1)
		consider(l, s);
	stmt_end(s);
	return row < 0 ? -1 : 0;
}

/* Its text and what it cost. 1; 0: the text is not kept any more, or somebody changed it; -1. */
static int read_one(struct looking *l, const char *id, struct arena *arena, struct question **q,
	struct earlier *out, struct error *err)
{
	struct stmt *s;
	struct error ignored;
	const char *text;
	size_t len;
	const void *hash;
	int row;

	if (db_query(l->db, &s, err,
		    "SELECT q.text, q.hash, l.prho, l.peps FROM question q JOIN ledger l ON l.id = "
		    "q.id"
		    " WHERE q.id = ?1 AND l.kind = 'hold' LIMIT 1",
		    "s", id) != 0)
		return -1;
	row = stmt_step(s, err);
	if (row == 1) {
		text = stmt_text(s, 0);
		hash = stmt_bytes(s, 1, &len);
		if (text == NULL || hash == NULL || len != sizeof(out->question.at) ||
			canonical_read(text, strlen(text), arena, q, &out->question, &ignored) !=
				0 ||
			memcmp(hash, out->question.at, len) != 0)
			row = 0;
		out->prho = (uint64_t)stmt_int(s, 2);
		out->peps = (uint64_t)stmt_int(s, 3);
	}
	stmt_end(s);
	return row;
}

static void put_in(struct earlier_found *out, const struct earlier *e)
{
	unsigned at = out->n < MAX_SIMILAR ? out->n++ : MAX_SIMILAR;

	out->near += e->how.edits > 0;
	for (; at > 0 && out->list[at - 1].how.edits > e->how.edits; at--)
		if (at < MAX_SIMILAR)
			out->list[at] = out->list[at - 1];
	if (at < MAX_SIMILAR)
		out->list[at] = *e;
}

static int by_texts(struct looking *l, struct earlier_found *out, struct error *err)
{
	for (unsigned i = 0; i < l->n; i++) {
		struct earlier e = { .prho = 0 };
		struct question *q = NULL;
		struct arena arena;
		int ret;

		arena_init(&arena, 2 * (size_t)MAX_QUERY_ARENA);
		(void)!text_copy(e.id, sizeof(e.id), l->list[i].id);
		ret = read_one(l, e.id, &arena, &q, &e, err);
		if (ret == 1 && similar_compare(q, l->look->question, &arena, &e.how, err) != 0)
			ret = -1;
		arena_clear(&arena);
		if (ret < 0)
			return -1;
		if (ret == 1 && similar_near(&e.how))
			put_in(out, &e);
	}
	return 0;
}

int earlier_find(struct db *db, const struct earlier_look *look, struct earlier_found *out,
	struct error *err)
{
	struct looking *l = calloc(1, sizeof(*l));
	int ret;

	out->n = out->near = 0;
	if (l == NULL)
		return error_memory(err);
	l->db = db;
	l->look = look;
	arena_init(&l->arena, MAX_QUERY_ARENA);
	l->theirs = arena_array(&l->arena, MARKS_MAX, sizeof(*l->theirs));
	ret = l->theirs == NULL
		      ? error_memory(err)
		      : similar_marks(look->question, &l->arena, &l->marks, &l->n_marks, err);
	if (ret == 0)
		ret = by_marks(l, err);
	if (ret == 0)
		ret = by_texts(l, out, err);
	arena_clear(&l->arena);
	free(l);
	return ret;
}

/* ---- telling ---- */

/* The strictest delta among the plan's budgets; the usual one where none gives any. */
static uint64_t delta_of(const struct plan *plan)
{
	uint64_t least = 0;

	for (unsigned i = 0; i < plan->n_charges; i++) {
		uint64_t d =
			plan->charges[i].budget == NULL ? 0 : plan->charges[i].budget->delta_e18;

		if (d != 0 && (least == 0 || d < least))
			least = d;
	}
	return least == 0 ? DELTA_E18 : least;
}

static void together(const struct earlier *e, const struct plan *plan, struct similar_question *out)
{
	const uint64_t prho[2] = { e->prho, plan->noise.cost_prho },
		       peps[2] = { e->peps, plan->noise.cost_peps };

	out->delta = delta_of(plan);
	out->epsilon = account_together(prho, peps, out->delta, &out->rho);
}

static void put_edit(const struct similar_edit *e, struct question_edit *out)
{
	*out = (struct question_edit){
		.thing = e->thing, .how = e->how, .more = e->more, .less = e->less
	};
	(void)!text_copy(out->path, sizeof(out->path), e->path);
}

void earlier_tell(const struct earlier *e, const struct plan *plan, struct similar_question *out)
{
	*out = (struct similar_question){ .question = e->question };
	(void)!text_copy(out->id, sizeof(out->id), e->id);
	for (unsigned i = 0; i < e->how.edits && i < SIMILAR_NEAR; i++)
		put_edit(&e->how.list[i], &out->edits[out->n_edits++]);
	together(e, plan, out);
}
