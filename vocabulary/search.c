/*
 * search.c - looking things up. Every statement is a literal; what people type is bound, and of the index's language it
 * has only quotes (words.h).
 */
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "vocabulary/file.h"
#include "vocabulary/vocabulary.h"
#include "vocabulary/words.h"

enum {
	STEPS_BETWEEN = 1000, /* of SQLite's machine, between two looks at the clock */
	QUERY_BYTES = 8 << 10,
	LEAST_BEGINNING = 3, /* characters of a code, to look for those that begin so */
	MOST_CODE = 20
};

struct vocabulary {
	sqlite3 *db;
	/* of the look-up under way: of this thread's time, since a busy machine ends none, and, for a slow disk, of the clock's */
	int64_t until_us, until_ms;
};

/* ---- opening ---- */

static int on_steps(void *arg)
{
	struct vocabulary *v = arg;

	return v->until_us != INT64_MAX &&
	       (clock_cpu_us() > v->until_us || clock_mono_ms() > v->until_ms);
}

static int pragma(struct vocabulary *v, const char *sql)
{
	sqlite3_stmt *st = NULL;
	int n = -1;

	if (sqlite3_prepare_v2(v->db, sql, -1, &st, NULL) == SQLITE_OK &&
		sqlite3_step(st) == SQLITE_ROW)
		n = sqlite3_column_int(st, 0);
	sqlite3_finalize(st);
	return n;
}

int vocabulary_open(struct vocabulary **out, const char *path, struct error *err)
{
	struct vocabulary *v = calloc(1, sizeof(*v));

	if (v == NULL)
		return error_memory(err);
	if (sqlite3_open_v2(path, &v->db, SQLITE_OPEN_READONLY, NULL) != SQLITE_OK) {
		error_set(err, E_SYSTEM,
			SAY("the vocabulary file cannot be opened", "概念库文件无法打开"),
			"could not open \"%s\": %s", path, sqlite3_errmsg(v->db));
		vocabulary_close(v);
		return -1;
	}
	sqlite3_db_config(v->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	sqlite3_db_config(v->db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
	if (pragma(v, "PRAGMA application_id") != VOCABULARY_MARK ||
		pragma(v, "PRAGMA user_version") != VOCABULARY_VERSION) {
		vocabulary_close(v);
		return error_set(err, E_INPUT,
			SAY("this is no vocabulary of this version; make it again with 'cordon "
			    "vocabulary make'",
				"该文件不是本版本的概念库，请用 cordon vocabulary make 重新生成"),
			"\"%s\" is no vocabulary file", path);
	}
	v->until_us = INT64_MAX;
	sqlite3_progress_handler(v->db, STEPS_BETWEEN, on_steps, v);
	*out = v;
	return 0;
}

void vocabulary_close(struct vocabulary *v)
{
	if (v == NULL)
		return;
	sqlite3_close(v->db);
	free(v);
}

/* ---- rows ---- */

static int failed(struct vocabulary *v, struct error *err)
{
	int rc = sqlite3_errcode(v->db);

	if (rc == SQLITE_INTERRUPT)
		return error_set(err, E_LIMIT,
			SAY("too much fits; write more of the word", "匹配过多，请输入更完整的词"),
			"a look-up of concepts took more than %d ms of work, or %d in all",
			(int)SEARCH_MS, (int)SEARCH_WAIT_MS);
	return error_set(err, E_SYSTEM, SAY("the vocabulary cannot be read", "概念库无法读取"),
		"could not look up concepts: %s", sqlite3_errmsg(v->db));
}

static const char *text(sqlite3_stmt *st, int column, struct arena *a, bool *full)
{
	const unsigned char *s = sqlite3_column_text(st, column);
	const char *copy = arena_text(a, s == NULL ? "" : (const char *)s);

	*full = *full || copy == NULL;
	return copy;
}

#define CONCEPT_COLUMNS                                                                            \
	"c.place, c.id, c.name, c.zh, c.vocabulary, c.code, c.domain, c.standard, c.descendants"

static bool read_concept(sqlite3_stmt *st, struct arena *a, struct concept *out)
{
	bool full = false;

	*out = (struct concept){ .id = sqlite3_column_int64(st, 1),
		.name = text(st, 2, a, &full),
		.zh = sqlite3_column_type(st, 3) == SQLITE_NULL ? NULL : text(st, 3, a, &full),
		.vocabulary = text(st, 4, a, &full),
		.code = text(st, 5, a, &full),
		.domain = text(st, 6, a, &full),
		.standard = sqlite3_column_int(st, 7) != 0,
		.descendants = sqlite3_column_int64(st, 8) };
	return !full;
}

/* ---- searching ---- */

/* One after the other: the id itself, the code itself, codes that begin so, words. A concept found earlier is left out
 * later. */
enum stage {
	STAGE_ID,
	STAGE_CODE,
	STAGE_BEGINS,
	STAGE_WORDS,
	STAGES
};

static const char *const stages[STAGES] = {
	[STAGE_ID] = "SELECT " CONCEPT_COLUMNS " FROM concept c WHERE c.id=?1 AND c.place>?5"
		     " AND (?4 IS NULL OR c.domain=?4) LIMIT ?6",
	[STAGE_CODE] = "SELECT " CONCEPT_COLUMNS " FROM code k JOIN concept c ON c.place=k.place"
		       " WHERE k.plain=?2 AND k.place>?5 AND c.id IS NOT ?1 AND (?4 IS NULL OR "
		       "c.domain=?4)"
		       " ORDER BY k.place LIMIT ?6",
	/* the last character of Unicode stands after every code that begins so */
	[STAGE_BEGINS] =
		"SELECT DISTINCT " CONCEPT_COLUMNS " FROM code k JOIN concept c ON c.place=k.place"
		" WHERE k.plain>?2 AND k.plain<?2||char(1114111) AND c.place>?5 AND c.id IS NOT ?1"
		" AND NOT EXISTS (SELECT 1 FROM code x WHERE x.plain=?2 AND x.place=c.place)"
		" AND (?4 IS NULL OR c.domain=?4) ORDER BY c.place LIMIT ?6",
	[STAGE_WORDS] = "SELECT " CONCEPT_COLUMNS " FROM word w JOIN concept c ON c.place=w.rowid"
			" WHERE word MATCH ?3 AND w.rowid>?5 AND c.id IS NOT ?1"
			" AND (?2 IS NULL OR NOT EXISTS (SELECT 1 FROM code x WHERE x.place=c.place"
			"  AND x.plain>=?2 AND x.plain<?2||char(1114111)))"
			" AND (?4 IS NULL OR c.domain=?4) ORDER BY w.rowid LIMIT ?6",
};

struct looking {
	struct vocabulary *v;
	struct arena *a;
	const char *code, *domain; /* code NULL: nobody means one */
	struct text query;         /* of the index; empty: no word */
	bool has_id;
	int64_t id;
	size_t limit;
	struct concept_page *out;
	int stage;
	int64_t place; /* the last one given of this stage */
	bool more;
};

/* A code has a digit; a word without one is looked for as a word alone. */
static bool like_code(const char *plain)
{
	return strpbrk(plain, "0123456789") != NULL && strlen(plain) <= MOST_CODE;
}

static void bind(struct looking *l, sqlite3_stmt *st)
{
	if (l->has_id)
		sqlite3_bind_int64(st, 1, l->id);
	if (l->code != NULL)
		sqlite3_bind_text(st, 2, l->code, -1, SQLITE_STATIC);
	if (l->query.len > 0)
		sqlite3_bind_text(st, 3, text_str(&l->query), -1, SQLITE_STATIC);
	if (l->domain != NULL)
		sqlite3_bind_text(st, 4, l->domain, -1, SQLITE_STATIC);
	sqlite3_bind_int64(st, 5, l->place);
	/* one more, to know whether there is a next page */
	sqlite3_bind_int64(st, 6, (int64_t)(l->limit - l->out->n + 1));
}

static bool wanted(const struct looking *l)
{
	switch (l->stage) {
	case STAGE_ID:
		return l->has_id;
	case STAGE_CODE:
		return l->code != NULL;
	case STAGE_BEGINS:
		return l->code != NULL && strlen(l->code) >= LEAST_BEGINNING;
	default:
		return l->query.len > 0;
	}
}

static int run_stage(struct looking *l, struct error *err)
{
	sqlite3_stmt *st = NULL;
	int rc = sqlite3_prepare_v2(l->v->db, stages[l->stage], -1, &st, NULL), ret = 0;

	if (rc != SQLITE_OK)
		return failed(l->v, err);
	bind(l, st);
	while (ret == 0 && !l->more && (rc = sqlite3_step(st)) == SQLITE_ROW) {
		if (l->out->n == l->limit) {
			l->more = true;
		} else if (!read_concept(st, l->a, &l->out->list[l->out->n])) {
			ret = error_memory(err);
		} else {
			l->out->n++;
			l->place = sqlite3_column_int64(st, 0);
		}
	}
	if (ret == 0 && rc != SQLITE_ROW && rc != SQLITE_DONE)
		ret = failed(l->v, err);
	sqlite3_finalize(st);
	return ret;
}

/* "2-1234": where the page before ended. */
static bool begin_at(struct looking *l, const char *after)
{
	uint64_t place;

	l->stage = STAGE_ID;
	l->place = 0;
	if (after[0] == '\0')
		return true;
	if (after[0] < '0' || after[0] >= '0' + STAGES || after[1] != '-' ||
		!parse_u64(after + 2, &place) || place > INT64_MAX)
		return false;
	l->stage = after[0] - '0';
	l->place = (int64_t)place;
	return true;
}

/* The domain is a column of the index too: what is of another is passed over there, and not one by one here. */
static int ask_index(struct looking *l, const char *words, struct error *err)
{
	unsigned terms;

	text_addc(&l->query, '(');
	terms = words_query(words, &l->query);
	_Static_assert(MAX_TERMS == 16, "as it is said");
	if (terms > MAX_TERMS)
		return error_set(err, E_INPUT,
			SAY("at most 16 words can be looked for", "检索词最多 16 个"),
			"more than %d words", MAX_TERMS);
	text_addc(&l->query, ')');
	if (terms == 0)
		text_reset(&l->query);
	else if (l->domain != NULL)
		text_addf(&l->query, " AND domain : \"%s\"", l->domain);
	return 0;
}

static int look(struct looking *l, const char *words, const char *after, struct error *err)
{
	char plain[MAX_WORDS + 1];
	uint64_t id;

	if (!begin_at(l, after))
		return error_set(err, E_INPUT,
			SAY("'after' is not of a page before", "after 不是上一页给出的值"),
			"no such page");
	if (words_code(words, plain, sizeof(plain)) && like_code(plain))
		l->code = plain;
	if (ask_index(l, words, err) != 0)
		return -1;
	l->has_id =
		l->code != NULL && parse_u64(words + strspn(words, " "), &id) && id <= INT64_MAX;
	l->id = l->has_id ? (int64_t)id : 0;
	for (; l->stage < STAGES; l->stage++, l->place = 0) {
		if (wanted(l) && run_stage(l, err) != 0)
			return -1;
		if (l->more)
			break;
	}
	if (l->more)
		snprintf(l->out->after, sizeof(l->out->after), "%d-%lld", l->stage,
			(long long)l->place);
	return 0;
}

int vocabulary_search(struct vocabulary *v, const char *words, const char *domain,
	const char *after, size_t limit, struct arena *a, struct concept_page *out,
	struct error *err)
{
	struct looking l = { .v = v, .a = a, .domain = domain, .limit = limit, .out = out };
	int ret;

	*out = (struct concept_page){ .n = 0 };
	out->list = arena_array(a, limit, sizeof(*out->list));
	if (out->list == NULL)
		return error_memory(err);
	text_init(&l.query, QUERY_BYTES);
	v->until_us = clock_cpu_us() + SEARCH_MS * 1000;
	v->until_ms = clock_mono_ms() + SEARCH_WAIT_MS;
	ret = look(&l, words, after, err);
	v->until_us = INT64_MAX;
	text_clear(&l.query);
	return ret;
}

/* ---- the tree ---- */

static int near(struct vocabulary *v, const char *sql, int64_t place, struct arena *a,
	struct concept **out, size_t *n, bool *more, struct error *err)
{
	struct concept *list = arena_array(a, MAX_NEAR, sizeof(*list));
	sqlite3_stmt *st = NULL;
	int rc, ret = 0;

	if (list == NULL)
		return error_memory(err);
	if (sqlite3_prepare_v2(v->db, sql, -1, &st, NULL) != SQLITE_OK)
		return failed(v, err);
	sqlite3_bind_int64(st, 1, place);
	sqlite3_bind_int(st, 2, MAX_NEAR + 1);
	for (*n = 0; ret == 0 && (rc = sqlite3_step(st)) == SQLITE_ROW;) {
		if (*n == MAX_NEAR) {
			*more = true;
			rc = SQLITE_DONE;
			break;
		}
		if (!read_concept(st, a, &list[(*n)++]))
			ret = error_memory(err);
	}
	if (ret == 0 && rc != SQLITE_DONE)
		ret = failed(v, err);
	sqlite3_finalize(st);
	*out = list;
	return ret;
}

static int self_of(struct vocabulary *v, int64_t id, struct arena *a, struct concept *out,
	int64_t *place, struct error *err)
{
	sqlite3_stmt *st = NULL;
	int rc, ret = 0;

	if (sqlite3_prepare_v2(v->db, "SELECT " CONCEPT_COLUMNS " FROM concept c WHERE c.id=?1", -1,
		    &st, NULL) != SQLITE_OK)
		return failed(v, err);
	sqlite3_bind_int64(st, 1, id);
	rc = sqlite3_step(st);
	if (rc == SQLITE_ROW) {
		*place = sqlite3_column_int64(st, 0);
		ret = read_concept(st, a, out) ? 1 : error_memory(err);
	} else if (rc != SQLITE_DONE) {
		ret = failed(v, err);
	}
	sqlite3_finalize(st);
	return ret;
}

int vocabulary_tree(struct vocabulary *v, int64_t id, struct arena *a, struct concept_tree *out,
	struct error *err)
{
	int64_t place = 0;
	int ret;

	*out = (struct concept_tree){ .more = false };
	v->until_us = clock_cpu_us() + SEARCH_MS * 1000;
	v->until_ms = clock_mono_ms() + SEARCH_WAIT_MS;
	ret = self_of(v, id, a, &out->self, &place, err);
	if (ret == 1 &&
		(near(v,
			 "SELECT " CONCEPT_COLUMNS
			 " FROM parent e JOIN concept c ON c.place=e.parent"
			 " WHERE e.child=?1 ORDER BY e.parent LIMIT ?2",
			 place, a, &out->parents, &out->n_parents, &out->more, err) != 0 ||
			near(v,
				"SELECT " CONCEPT_COLUMNS
				" FROM child e JOIN concept c ON c.place=e.child"
				" WHERE e.parent=?1 ORDER BY e.child LIMIT ?2",
				place, a, &out->children, &out->n_children, &out->more, err) != 0))
		ret = -1;
	v->until_us = INT64_MAX;
	return ret;
}
