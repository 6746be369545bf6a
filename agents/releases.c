#include "agents/releases.h"

#include <string.h>

const char releases_schema[] =
	"CREATE TABLE release("
	" question BLOB NOT NULL, policy BLOB NOT NULL, data TEXT NOT NULL, sealed BLOB NOT NULL,"
	" signature BLOB NOT NULL, at INTEGER NOT NULL,"
	" PRIMARY KEY(question, policy, data));"
	"CREATE TABLE response("
	" id TEXT PRIMARY KEY, question BLOB NOT NULL, requester TEXT NOT NULL, frame BLOB NOT "
	"NULL,"
	" at INTEGER NOT NULL, acked INTEGER NOT NULL);"
	"CREATE INDEX response_outbox ON response(acked, at);"
	"CREATE TABLE paid(signed BLOB PRIMARY KEY, at INTEGER NOT NULL);"
	"CREATE INDEX paid_at ON paid(at);";

/* Longer than guard.c takes a signature for: what is older cannot be asked again. */
#define PAID_KEPT_MS (INT64_C(48) * 3600 * 1000)

/* False without memory or past the arena's bound. */
static bool copy_column(struct stmt *s, int column, struct arena *arena, struct view *out)
{
	size_t len;
	const void *bytes = stmt_bytes(s, column, &len);
	uint8_t *copy = arena_alloc(arena, len);

	if (copy == NULL)
		return false;
	memcpy(copy, bytes, len);
	*out = (struct view){ copy, len };
	return true;
}

int releases_recall(struct db *db, const struct release_key *key, struct arena *arena,
	struct view *sealed, struct view *signature, struct error *err)
{
	struct stmt *s;
	int row;

	if (db_query(db, &s, err,
		    "SELECT sealed, signature FROM release"
		    " WHERE question = ?1 AND policy = ?2 AND data = ?3",
		    "bbs", (const void *)key->question->at, sizeof(key->question->at),
		    (const void *)key->policy->at, sizeof(key->policy->at), key->data) != 0)
		return -1;
	row = stmt_step(s, err);
	if (row == 1 && (!copy_column(s, 0, arena, sealed) || !copy_column(s, 1, arena, signature)))
		row = error_memory(err);
	stmt_end(s);
	return row;
}

int releases_keep(struct db *db, const struct release_key *key, struct view sealed,
	struct view signature, int64_t at_ms, struct error *err)
{
	return db_run(db, NULL, err,
		"INSERT INTO release(question, policy, data, sealed, signature, at)"
		" VALUES(?1, ?2, ?3, ?4, ?5, ?6)",
		"bbsbbi", (const void *)key->question->at, sizeof(key->question->at),
		(const void *)key->policy->at, sizeof(key->policy->at), key->data,
		(const void *)sealed.at, sealed.len, (const void *)signature.at, signature.len,
		at_ms);
}

int releases_paid_for(struct db *db, const struct hash32 *signed_hash, struct error *err)
{
	struct stmt *s;
	int row;

	if (db_query(db, &s, err, "SELECT 1 FROM paid WHERE signed = ?1", "b",
		    (const void *)signed_hash->at, sizeof(signed_hash->at)) != 0)
		return -1;
	row = stmt_step(s, err);
	stmt_end(s);
	return row;
}

int releases_pay(struct db *db, const struct hash32 *signed_hash, int64_t at_ms, struct error *err)
{
	if (db_run(db, NULL, err, "DELETE FROM paid WHERE at < ?1", "i", at_ms - PAID_KEPT_MS) != 0)
		return -1;
	return db_run(db, NULL, err, "INSERT INTO paid(signed, at) VALUES(?1, ?2)", "bi",
		(const void *)signed_hash->at, sizeof(signed_hash->at), at_ms);
}

int responses_keep(
	struct db *db, const char *id, const struct response *r, int64_t at_ms, struct error *err)
{
	return db_run(db, NULL, err,
		"INSERT INTO response(id, question, requester, frame, at, acked)"
		" VALUES(?1, ?2, ?3, ?4, ?5, ?6)",
		"sbsbii", id, (const void *)r->question.at, sizeof(r->question.at), r->requester,
		(const void *)r->frame.at, r->frame.len, at_ms, (int64_t)r->acked);
}

static int read_response(
	struct stmt *s, struct arena *arena, struct response *out, struct error *err)
{
	struct view question;
	const char *requester = stmt_text(s, 1);

	out->requester = arena_text(arena, requester == NULL ? "" : requester);
	out->acked = stmt_int(s, 3) != 0;
	if (out->requester == NULL || !copy_column(s, 0, arena, &question) ||
		!copy_column(s, 2, arena, &out->frame))
		return error_memory(err);
	memset(&out->question, 0, sizeof(out->question)); /* matches nothing */
	if (question.len == sizeof(out->question.at))
		memcpy(out->question.at, question.at, question.len);
	return 1;
}

int responses_find(
	struct db *db, const char *id, struct arena *arena, struct response *out, struct error *err)
{
	struct stmt *s;
	int row;

	if (db_query(db, &s, err,
		    "SELECT question, requester, frame, acked FROM response WHERE id = ?1", "s",
		    id) != 0)
		return -1;
	row = stmt_step(s, err);
	if (row == 1)
		row = read_response(s, arena, out, err);
	stmt_end(s);
	return row;
}

int responses_ack(struct db *db, const char *id, struct error *err)
{
	return db_run(db, NULL, err, "UPDATE response SET acked = 1 WHERE id = ?1 AND acked = 0",
		"s", id);
}

int responses_unacked(struct db *db, bool (*each)(const char *id, struct view frame, void *arg),
	void *arg, struct error *err)
{
	struct stmt *s;
	int row;

	if (db_query(db, &s, err, "SELECT id, frame FROM response WHERE acked = 0 ORDER BY at, id",
		    "") != 0)
		return -1;
	while ((row = stmt_step(s, err)) == 1) {
		const char *id = stmt_text(s, 0);
		size_t len;
		const void *bytes = stmt_bytes(s, 1, &len);

		if (id != NULL && !each(id, (struct view){ bytes, len }, arg)) {
			row = 0;
			break;
		}
	}
	stmt_end(s);
	return row;
}

int responses_forget(struct db *db, int64_t now_ms, struct error *err)
{
	return db_run(db, NULL, err, "DELETE FROM response WHERE acked = 1 AND at < ?1", "i",
		now_ms - PAID_KEPT_MS);
}

int responses_waiting(struct db *db, uint64_t *count, struct error *err)
{
	struct stmt *s;
	int row;

	if (db_query(db, &s, err, "SELECT count(*) FROM response WHERE acked = 0", "") != 0)
		return -1;
	row = stmt_step(s, err);
	if (row == 1)
		*count = (uint64_t)stmt_int(s, 0);
	stmt_end(s);
	return row == 1 ? 0 : -1;
}
