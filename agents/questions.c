#include "agents/questions.h"

#include <string.h>

#include "base/clock.h"

#define DAY_MS (INT64_C(24) * 3600 * 1000)

/* What no budget bounds: refusals, and answers given again. */
#define FREE "(allow = 0 OR state = 'recalled')"

int questions_open(struct db *db, struct error *err)
{
	if (db_run(db, NULL, err,
		    "CREATE TABLE IF NOT EXISTS question("
		    " seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, at INTEGER NOT NULL,"
		    " day INTEGER NOT NULL, requester TEXT NOT NULL, study TEXT NOT NULL,"
		    " text TEXT NOT NULL, hash BLOB NOT NULL, version INTEGER NOT NULL,"
		    " policy BLOB NOT NULL, allow INTEGER NOT NULL, rule TEXT NOT NULL,"
		    " state TEXT NOT NULL)",
		    "") != 0)
		return -1;
	if (db_run(db, NULL, err, "CREATE INDEX IF NOT EXISTS question_at ON question(at)", "") !=
		0)
		return -1;
	return db_run(db, NULL, err,
		"CREATE INDEX IF NOT EXISTS question_free ON question(requester, day) WHERE " FREE,
		"");
}

/* N3. Both bounds must be passed, so a clock that jumps forgets nothing that is recent. */
static int forget(struct db *db, int64_t now_ms, struct error *err)
{
	return db_run(db, NULL, err,
		"DELETE FROM question WHERE at < ?1"
		" AND seq <= (SELECT coalesce(max(seq), 0) FROM question) - ?2",
		"ii", now_ms - QUESTIONS_DAYS * DAY_MS, (int64_t)QUESTIONS_KEPT);
}

/* N4: 1 when this row keeps no text. */
static int too_many(struct db *db, const struct question_row *r, struct error *err)
{
	struct stmt *s;
	int64_t n = 0;
	int row;

	if (r->allow && strcmp(r->state, "recalled") != 0)
		return 0;
	if (db_query(db, &s, err,
		    "SELECT count(*) FROM (SELECT 1 FROM question"
		    " WHERE requester = ?1 AND day = ?2 AND " FREE " LIMIT ?3)",
		    "sii", r->requester, (int64_t)r->day, (int64_t)QUESTIONS_FREE_DAY) != 0)
		return -1;
	row = stmt_step(s, err);
	if (row == 1)
		n = stmt_int(s, 0);
	stmt_end(s);
	return row < 0 ? -1 : n >= QUESTIONS_FREE_DAY;
}

int questions_other(struct db *db, const char *id, const struct hash32 *hash, struct error *err)
{
	struct stmt *s;
	int row;

	if (db_query(db, &s, err, "SELECT 1 FROM question WHERE id = ?1 AND hash <> ?2", "sb", id,
		    (const void *)hash->at, sizeof(hash->at)) != 0)
		return -1;
	row = stmt_step(s, err);
	stmt_end(s);
	return row;
}

int questions_keep(struct db *db, const struct question_row *r, struct error *err)
{
	int bare = too_many(db, r, err);

	if (bare < 0 || forget(db, r->at_ms, err) != 0)
		return -1;
	return db_run(db, NULL, err,
		"INSERT OR REPLACE INTO question(id, at, day, requester, study, text, hash, "
		"version,"
		" policy, allow, rule, state)"
		" VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
		"siisssbibiss", r->id, r->at_ms, (int64_t)r->day, r->requester, r->study,
		bare == 1 ? "" : r->text, (const void *)r->hash.at, sizeof(r->hash.at), r->version,
		(const void *)r->policy.at, sizeof(r->policy.at), (int64_t)r->allow, r->rule,
		r->state);
}

int questions_reached(struct db *db, const char *id, const char *state, struct error *err)
{
	return db_run(
		db, NULL, err, "UPDATE question SET state = ?1 WHERE id = ?2", "ss", state, id);
}

/* ---- for people ---- */

#define COLUMNS                                                                                    \
	"SELECT seq, id, at, day, requester, study, text, hash, version, policy, allow, rule, "    \
	"state,"                                                                                   \
	" (SELECT prho FROM ledger WHERE id = question.id AND kind = 'hold' LIMIT 1),"             \
	" (SELECT peps FROM ledger WHERE id = question.id AND kind = 'hold' LIMIT 1) FROM question "

static void add_text(struct text *out, const char *key, const char *value)
{
	text_addf(out, ",\"%s\":", key);
	text_add_json(out, value == NULL ? "" : value);
}

/* False when it is no hash, or not that of the text: somebody changed the row. */
static bool read_hash(struct stmt *s, int column, struct hash32 *out)
{
	size_t len;
	const void *bytes = stmt_bytes(s, column, &len);

	memset(out, 0, sizeof(*out));
	if (len == sizeof(out->at))
		memcpy(out->at, bytes, len);
	return len == sizeof(out->at);
}

static void add_row(struct stmt *s, struct text *out)
{
	const char *text = stmt_text(s, 6);
	struct hash32 hash, made, policy;
	char buf[HASH_TEXT], at[32], day[16];
	bool intact;

	if (text == NULL)
		text = "";
	made = sha256(text, strlen(text));
	intact = read_hash(s, 7, &hash) && hash32_equal(&hash, &made);
	(void)read_hash(s, 9, &policy);
	text_addf(out, "{\"seq\":%lld", (long long)stmt_int(s, 0));
	add_text(out, "id", stmt_text(s, 1));
	add_text(out, "at", clock_iso(stmt_int(s, 2), at));
	add_text(out, "day", day_text((int32_t)stmt_int(s, 3), day));
	add_text(out, "requester", stmt_text(s, 4));
	add_text(out, "study", stmt_text(s, 5));
	add_text(out, "question", text);
	add_text(out, "hash", hash32_text(&hash, buf));
	text_addf(out, ",\"intact\":%s,\"version\":%lld", intact ? "true" : "false",
		(long long)stmt_int(s, 8));
	add_text(out, "policy", hash32_text(&policy, buf));
	add_text(out, "decision", stmt_int(s, 10) != 0 ? "allow" : "deny");
	add_text(out, "rule", stmt_text(s, 11));
	add_text(out, "state", stmt_text(s, 12));
	text_addf(out, ",\"prho\":%lld,\"peps\":%lld}", (long long)stmt_int(s, 13),
		(long long)stmt_int(s, 14));
}

int questions_json(
	struct db *db, int64_t since_ms, int64_t after, struct text *out, struct error *err)
{
	size_t begin = out->len;
	struct stmt *s;
	int64_t last = 0;
	bool first = true;
	int row;

	if (db_query(db, &s, err, COLUMNS "WHERE seq > ?1 AND at >= ?2 ORDER BY seq", "ii", after,
		    since_ms) != 0)
		return -1;
	text_add(out, "{\"questions\":[");
	while ((row = stmt_step(s, err)) == 1 && out->len - begin < QUESTIONS_PAGE_BYTES) {
		if (!first)
			text_addc(out, ',');
		first = false;
		add_row(s, out);
		last = stmt_int(s, 0);
	}
	stmt_end(s);
	if (row < 0)
		return -1;
	if (row == 1)
		text_addf(out, "],\"next\":%lld}", (long long)last);
	else
		text_add(out, "],\"next\":null}");
	return 0;
}

int questions_one_json(struct db *db, const char *id, struct text *out, struct error *err)
{
	struct stmt *s;
	int row;

	if (db_query(db, &s, err, COLUMNS "WHERE id = ?1", "s", id) != 0)
		return -1;
	row = stmt_step(s, err);
	if (row == 1)
		add_row(s, out);
	stmt_end(s);
	if (row == 0)
		return error_set(err, E_INPUT,
			SAY("no question with this id was decided here, or it is older than what "
			    "is kept",
				"本院没有判定过此编号的查询，或已超出保留期限"),
			"no question with this id");
	return row == 1 ? 0 : -1;
}
