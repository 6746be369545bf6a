/*
 * make.c - the file out of the vocabulary's own files, each read once. What is under way lies in temporary tables of
 * SQLite; in memory is one number a concept.
 */
#include <errno.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "vocabulary/file.h"
#include "vocabulary/table.h"
#include "vocabulary/vocabulary.h"
#include "vocabulary/words.h"

enum {
	TOLD_EVERY = 4 << 20, /* bytes between two tellings of progress */
	PATH_BYTES = 4096,
	LANGUAGE_ZH = 4182948, /* language_concept_id of CONCEPT_SYNONYM */
	LANGUAGE_EN = 4180186
};

struct making {
	sqlite3 *db;
	struct table *t;
	const char *folder;
	vocabulary_progress *progress;
	void *arg;
	struct diags *ds;
	struct error *err;
	int64_t *ids; /* of the concepts, rising */
	uint32_t *below;
	size_t n_ids;
	uint64_t told;
};

static int db_failed(struct making *m, const char *what)
{
	return error_set(m->err, E_SYSTEM, SAY("the vocabulary file cannot be written", "概念库文件无法写入"),
		"could not %s: %s", what, sqlite3_errmsg(m->db));
}

static int run(struct making *m, const char *sql)
{
	return sqlite3_exec(m->db, sql, NULL, NULL, NULL) == SQLITE_OK ? 0
								       : db_failed(m, "write tables");
}

static int prepare(struct making *m, sqlite3_stmt **st, const char *sql)
{
	return sqlite3_prepare_v2(m->db, sql, -1, st, NULL) == SQLITE_OK ? 0
									 : db_failed(m, "write a table");
}

/* Texts are copied: the line is read over. */
static void bind_text(sqlite3_stmt *st, int at, const char *s)
{
	sqlite3_bind_text(st, at, s, -1, SQLITE_TRANSIENT);
}

static int step(struct making *m, sqlite3_stmt *st)
{
	int rc = sqlite3_step(st);

	sqlite3_reset(st);
	return rc == SQLITE_DONE ? 0 : db_failed(m, "write a row");
}

static void tell(struct making *m)
{
	if (m->progress != NULL && (m->t->done - m->told >= TOLD_EVERY || m->t->done >= m->t->total)) {
		m->told = m->t->done;
		m->progress(m->t->name, m->t->done, m->t->total, m->arg);
	}
}

/* One file, a row at a time into st; `row` binds it: 1 write it, 0 leave it out, -1 failed. */
static int each_row(struct making *m, const char *name, const char *const *wanted, unsigned required,
	const char *sql, int (*row)(struct making *m, sqlite3_stmt *st))
{
	sqlite3_stmt *st = NULL;
	int ret = table_open(m->t, m->folder, name, wanted, required, m->ds, m->err);
	int got = 0;

	if (ret <= 0)
		return ret < 0 && m->ds->errors > 0 ? diags_fail(m->ds, m->err) : ret;
	m->told = 0;
	ret = prepare(m, &st, sql);
	while (ret == 0 && (got = table_next(m->t, m->err)) == 1) {
		int take = row(m, st);

		if (take < 0 || (take == 1 && step(m, st) != 0))
			ret = -1;
		tell(m);
	}
	sqlite3_finalize(st);
	table_close(m->t);
	return ret < 0 || got < 0 ? -1 : 1;
}

/* ---- CONCEPT ---- */

enum {
	C_ID,
	C_NAME,
	C_DOMAIN,
	C_VOCABULARY,
	C_CODE,
	C_STANDARD
};
static const char *const concept_columns[] = { "concept_id", "concept_name", "domain_id",
	"vocabulary_id", "concept_code", "standard_concept", NULL };

static int concept_row(struct making *m, sqlite3_stmt *st)
{
	int64_t id;

	if (!table_int(m->t, C_ID, &id))
		return 0;
	if (id == 0)
		return 0; /* "no matching concept" */
	sqlite3_bind_int64(st, 1, id);
	for (int i = C_NAME; i <= C_CODE; i++)
		bind_text(st, i + 1, table_get(m->t, (unsigned)i));
	sqlite3_bind_int(st, 6, strcmp(table_get(m->t, C_STANDARD), "S") == 0);
	return 1;
}

static int read_concepts(struct making *m)
{
	int ret = each_row(m, "CONCEPT", concept_columns, C_STANDARD,
		"INSERT OR REPLACE INTO raw(id,name,domain,vocabulary,code,standard) VALUES(?1,?2,?3,?4,?5,?6)",
		concept_row);

	if (ret == 0)
		return error_set(m->err, E_SYSTEM,
			SAY("the folder has no CONCEPT.csv", "目录中没有 CONCEPT.csv"),
			"there is no CONCEPT.csv in \"%s\"", m->folder);
	return ret;
}

/* Their ids in order, so that a row of CONCEPT_ANCESTOR finds its number without the disk. */
static int take_ids(struct making *m)
{
	sqlite3_stmt *st = NULL;
	size_t room = 0;
	int rc = SQLITE_ERROR;

	if (prepare(m, &st, "SELECT (SELECT count(*) FROM raw), id FROM raw ORDER BY id") != 0)
		return -1;
	while ((rc = sqlite3_step(st)) == SQLITE_ROW) {
		if (m->ids == NULL) {
			room = (size_t)sqlite3_column_int64(st, 0);
			m->ids = calloc(room, sizeof(*m->ids));
			m->below = calloc(room, sizeof(*m->below));
		}
		if (m->ids == NULL || m->below == NULL || m->n_ids >= room) {
			sqlite3_finalize(st);
			return error_memory(m->err);
		}
		m->ids[m->n_ids++] = sqlite3_column_int64(st, 1);
	}
	sqlite3_finalize(st);
	return rc == SQLITE_DONE ? 0 : db_failed(m, "read concepts");
}

static bool number_of(const struct making *m, int64_t id, size_t *at)
{
	size_t low = 0, high = m->n_ids;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (m->ids[mid] < id)
			low = mid + 1;
		else
			high = mid;
	}
	*at = low;
	return low < m->n_ids && m->ids[low] == id;
}

/* ---- CONCEPT_ANCESTOR ---- */

static const char *const ancestor_columns[] = { "ancestor_concept_id", "descendant_concept_id",
	"min_levels_of_separation", NULL };

static int ancestor_row(struct making *m, sqlite3_stmt *st)
{
	int64_t above, below, levels;
	size_t a, b;

	if (!table_int(m->t, 0, &above) || !table_int(m->t, 1, &below) || !table_int(m->t, 2, &levels))
		return 0;
	if (above == below || !number_of(m, above, &a) || !number_of(m, below, &b))
		return 0;
	m->below[a]++;
	if (levels != 1)
		return 0;
	sqlite3_bind_int64(st, 1, above);
	sqlite3_bind_int64(st, 2, below);
	return 1;
}

static int read_ancestors(struct making *m)
{
	sqlite3_stmt *st = NULL;
	int ret;

	if (each_row(m, "CONCEPT_ANCESTOR", ancestor_columns, 3,
		    "INSERT INTO raw_edge(parent,child) VALUES(?1,?2)", ancestor_row) < 0 ||
		prepare(m, &st, "UPDATE raw SET descendants=?2 WHERE id=?1") != 0)
		return -1;
	ret = 0;
	for (size_t i = 0; ret == 0 && i < m->n_ids; i++)
		if (m->below[i] > 0) {
			sqlite3_bind_int64(st, 1, m->ids[i]);
			sqlite3_bind_int64(st, 2, m->below[i]);
			ret = step(m, st);
		}
	sqlite3_finalize(st);
	return ret;
}

/* ---- CONCEPT_SYNONYM, CONCEPT_RELATIONSHIP ---- */

static const char *const synonym_columns[] = { "concept_id", "concept_synonym_name",
	"language_concept_id", NULL };

/* Names in other languages than these two are not shown, so they are not found. */
static int synonym_row(struct making *m, sqlite3_stmt *st)
{
	int64_t id, language;
	size_t at;

	if (!table_int(m->t, 0, &id) || !table_int(m->t, 2, &language) || !number_of(m, id, &at) ||
		(language != LANGUAGE_ZH && language != LANGUAGE_EN))
		return 0;
	sqlite3_bind_int64(st, 1, id);
	bind_text(st, 2, table_get(m->t, 1));
	sqlite3_bind_int(st, 3, language == LANGUAGE_ZH);
	return 1;
}

static const char *const relation_columns[] = { "concept_id_1", "concept_id_2", "relationship_id",
	"invalid_reason", NULL };

static int relation_row(struct making *m, sqlite3_stmt *st)
{
	int64_t from, to;
	size_t at;

	if (strcmp(table_get(m->t, 2), "Maps to") != 0 || table_get(m->t, 3)[0] != '\0' ||
		!table_int(m->t, 0, &from) || !table_int(m->t, 1, &to) || from == to ||
		!number_of(m, from, &at) || !number_of(m, to, &at))
		return 0;
	sqlite3_bind_int64(st, 1, from);
	sqlite3_bind_int64(st, 2, to);
	return 1;
}

static int read_others(struct making *m)
{
	if (each_row(m, "CONCEPT_SYNONYM", synonym_columns, 3,
		    "INSERT INTO raw_name(id,name,zh) VALUES(?1,?2,?3)", synonym_row) < 0)
		return -1;
	return each_row(m, "CONCEPT_RELATIONSHIP", relation_columns, 3,
		       "INSERT INTO raw_map(source,target) VALUES(?1,?2)", relation_row) < 0
		       ? -1
		       : 0;
}

/* ---- putting in order ---- */

static int place_concepts(struct making *m)
{
	return run(m,
		"INSERT INTO concept(id,name,zh,domain,vocabulary,code,standard,descendants)"
		" SELECT id, name, (SELECT n.name FROM raw_name n WHERE n.id=raw.id AND n.zh=1"
		"  ORDER BY n.rowid LIMIT 1), domain, vocabulary, code, standard, descendants FROM raw"
		" ORDER BY standard DESC, length(name), descendants DESC, id;"
		"INSERT OR IGNORE INTO child(parent,child) SELECT p.place, c.place FROM raw_edge"
		" JOIN concept p ON p.id=raw_edge.parent JOIN concept c ON c.id=raw_edge.child"
		" ORDER BY 1, 2;"
		"INSERT INTO parent(child,parent) SELECT child, parent FROM child ORDER BY 1, 2;");
}

static int add_code(struct making *m, sqlite3_stmt *to, const char *code, int64_t place)
{
	char plain[MAX_WORDS + 1];

	if (code == NULL || !words_code(code, plain, sizeof(plain)))
		return 0;
	bind_text(to, 1, plain);
	sqlite3_bind_int64(to, 2, place);
	return step(m, to);
}

/* Each concept's own code, and of those that others map to, theirs. */
static int index_codes(struct making *m)
{
	sqlite3_stmt *from = NULL, *to = NULL;
	int ret = -1, rc = SQLITE_ERROR;

	if (prepare(m, &from,
		    "SELECT code, place FROM concept UNION ALL SELECT s.code, t.place FROM raw_map"
		    " JOIN concept s ON s.id=raw_map.source JOIN concept t ON t.id=raw_map.target") == 0 &&
		prepare(m, &to, "INSERT OR IGNORE INTO code(plain,place) VALUES(?1,?2)") == 0)
		ret = 0;
	while (ret == 0 && (rc = sqlite3_step(from)) == SQLITE_ROW)
		ret = add_code(m, to, (const char *)sqlite3_column_text(from, 0),
			sqlite3_column_int64(from, 1));
	if (ret == 0 && rc != SQLITE_DONE)
		ret = db_failed(m, "read codes");
	sqlite3_finalize(from);
	sqlite3_finalize(to);
	return ret;
}

static int add_names(struct making *m, sqlite3_stmt *from, sqlite3_stmt *names, sqlite3_stmt *to,
	struct text *t)
{
	int rc;

	text_reset(t);
	words_spaced((const char *)sqlite3_column_text(from, 1), t);
	sqlite3_bind_int64(names, 1, sqlite3_column_int64(from, 3));
	while ((rc = sqlite3_step(names)) == SQLITE_ROW) {
		text_addc(t, ' ');
		words_spaced((const char *)sqlite3_column_text(names, 0), t);
	}
	sqlite3_reset(names);
	if (rc != SQLITE_DONE)
		return db_failed(m, "read names");
	if (text_failed(t))
		return error_memory(m->err);
	sqlite3_bind_int64(to, 1, sqlite3_column_int64(from, 0));
	bind_text(to, 2, text_str(t));
	bind_text(to, 3, (const char *)sqlite3_column_text(from, 2));
	return step(m, to);
}

static int index_names(struct making *m)
{
	sqlite3_stmt *from = NULL, *names = NULL, *to = NULL;
	struct text t;
	int ret = -1, rc = SQLITE_ERROR;

	text_init(&t, 4 << 20);
	if (prepare(m, &from, "SELECT place, name, domain, id FROM concept ORDER BY place") == 0 &&
		prepare(m, &names, "SELECT name FROM raw_name WHERE id=?1 ORDER BY rowid") == 0 &&
		prepare(m, &to, "INSERT INTO word(rowid,name,domain) VALUES(?1,?2,?3)") == 0)
		ret = 0;
	while (ret == 0 && (rc = sqlite3_step(from)) == SQLITE_ROW)
		ret = add_names(m, from, names, to, &t);
	if (ret == 0 && rc != SQLITE_DONE)
		ret = db_failed(m, "read concepts");
	sqlite3_finalize(from);
	sqlite3_finalize(names);
	sqlite3_finalize(to);
	text_clear(&t);
	return ret < 0 ? -1 : run(m, "INSERT INTO word(word) VALUES('optimize')");
}

/* ---- all of it ---- */

static int count(struct making *m, const char *sql, uint64_t *out)
{
	sqlite3_stmt *st = NULL;

	if (prepare(m, &st, sql) != 0)
		return -1;
	*out = sqlite3_step(st) == SQLITE_ROW ? (uint64_t)sqlite3_column_int64(st, 0) : 0;
	sqlite3_finalize(st);
	return 0;
}

static int fill(struct making *m, struct vocabulary_made *made)
{
	char version[128];

	snprintf(version, sizeof(version), "PRAGMA application_id=%d; PRAGMA user_version=%d;",
		VOCABULARY_MARK, VOCABULARY_VERSION);
	if (run(m, "PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; PRAGMA temp_store=FILE; BEGIN;") != 0 ||
		run(m, VOCABULARY_SCHEMA) != 0 ||
		run(m, "CREATE TEMP TABLE raw(id INTEGER PRIMARY KEY, name TEXT, domain TEXT,"
		       " vocabulary TEXT, code TEXT, standard INTEGER, descendants INTEGER DEFAULT 0);"
		       "CREATE TEMP TABLE raw_edge(parent INTEGER, child INTEGER);"
		       "CREATE TEMP TABLE raw_name(id INTEGER, name TEXT, zh INTEGER);"
		       "CREATE TEMP TABLE raw_map(source INTEGER, target INTEGER);") != 0)
		return -1;
	if (read_concepts(m) < 0 || take_ids(m) != 0 || read_ancestors(m) != 0 || read_others(m) != 0)
		return -1;
	if (m->ds->errors > 0)
		return diags_fail(m->ds, m->err);
	if (run(m, "CREATE INDEX temp.raw_name_id ON raw_name(id);") != 0 || place_concepts(m) != 0 ||
		index_codes(m) != 0 || index_names(m) != 0 || run(m, "COMMIT;") != 0 ||
		run(m, version) != 0)
		return -1;
	if (count(m, "SELECT count(*) FROM concept", &made->concepts) != 0 ||
		count(m, "SELECT count(*) FROM concept WHERE standard", &made->standard) != 0 ||
		count(m, "SELECT count(zh) FROM concept", &made->chinese) != 0)
		return -1;
	return count(m, "SELECT count(*) FROM child", &made->edges);
}

static int put_in_place(const char *part, const char *path, struct error *err)
{
	FILE *f = fopen(part, "rbe");
	int ret = f != NULL && fsync(fileno(f)) == 0 && rename(part, path) == 0 ? 0 : -1;

	if (ret != 0)
		error_set(err, E_SYSTEM, SAY("the vocabulary file cannot be written", "概念库文件无法写入"),
			"could not write \"%s\": %s", path, strerror(errno));
	if (f != NULL)
		fclose(f);
	return ret;
}

int vocabulary_make(const char *path, const char *folder, vocabulary_progress *progress, void *arg,
	struct vocabulary_made *made, struct diags *ds, struct error *err)
{
	struct making m = { .folder = folder, .progress = progress, .arg = arg, .ds = ds, .err = err };
	char part[PATH_BYTES];
	int ret = -1;

	memset(made, 0, sizeof(*made));
	if ((size_t)snprintf(part, sizeof(part), "%s.part", path) >= sizeof(part))
		return error_set(err, E_SYSTEM, SAY("a path is too long", "路径过长"), "too long");
	unlink(part);
	m.t = calloc(1, sizeof(*m.t));
	if (m.t == NULL)
		return error_memory(err);
	if (sqlite3_open_v2(part, &m.db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, NULL) != SQLITE_OK)
		db_failed(&m, "open a file");
	else
		ret = fill(&m, made);
	table_close(m.t);
	sqlite3_close(m.db);
	free(m.t);
	free(m.ids);
	free(m.below);
	if (ret == 0)
		ret = put_in_place(part, path, err);
	if (ret != 0)
		unlink(part);
	return ret;
}
