/*
 * store.c - the store on SQLite: questions, legs, repeats, sites. The audit chain is audit.c.
 */
#include "gateway/store/store.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "gateway/store/schema.h"
#include "gateway/store/schema_people.h"
#include "gateway/store/schema_studies.h"

static const struct say say_damaged =
	SAY("the gateway's record is damaged", "网关的本地记录已损坏");

int store_open(struct store **out, const char *path, struct error *err)
{
	struct store *s = calloc(1, sizeof(*s));

	if (s == NULL)
		return error_memory(err);
	if (db_open(&s->db, path, STORE_SCHEMA STORE_SCHEMA_PEOPLE STORE_SCHEMA_STUDIES,
		    STORE_VERSION, err) != 0) {
		free(s);
		return -1;
	}
	*out = s;
	return 0;
}

void store_close(struct store *s)
{
	if (s == NULL)
		return;
	db_close(s->db);
	free(s);
}

int store_begin(struct store *s, struct error *err)
{
	return db_begin(s->db, err);
}

int store_begin_unsynced(struct store *s, struct error *err)
{
	return db_begin_unsynced(s->db, err);
}

int store_sync(const struct store *s, struct error *err)
{
	return db_sync(s->db, err);
}

int store_commit(struct store *s, struct error *err)
{
	return db_commit(s->db, err);
}

void store_rollback(struct store *s)
{
	db_rollback(s->db);
}

/* ---- columns ---- */

static int arena_full(struct error *err)
{
	return error_set(err, E_LIMIT, SAY("the answer is too large", "答案过大"),
		"a stored record does not fit the memory of one request");
}

static int damaged(struct error *err, const char *what)
{
	return error_set(err, E_SYSTEM, say_damaged, "a stored %s has no valid form", what);
}

int column_bytes(struct stmt *st, int column, struct arena *a, struct view *out, struct error *err)
{
	size_t len = 0;
	const void *bytes = stmt_bytes(st, column, &len);
	uint8_t *copy = arena_alloc(a, len);

	if (copy == NULL)
		return arena_full(err);
	if (len > 0)
		memcpy(copy, bytes, len);
	*out = (struct view){ copy, len };
	return 0;
}

int column_text(struct stmt *st, int column, struct arena *a, const char **out, struct error *err)
{
	const char *s = stmt_text(st, column);
	char *copy = arena_text(a, s == NULL ? "" : s);

	if (copy == NULL)
		return arena_full(err);
	*out = copy;
	return 0;
}

int column_hash(struct stmt *st, int column, struct hash32 *out, struct error *err)
{
	size_t len = 0;
	const void *bytes = stmt_bytes(st, column, &len);

	if (bytes == NULL || len != sizeof(out->at))
		return damaged(err, "hash");
	memcpy(out->at, bytes, len);
	return 0;
}

static int column_into(struct stmt *st, int column, char *out, size_t size, struct error *err)
{
	const char *s = stmt_text(st, column);

	if (s == NULL || !text_copy(out, size, s))
		return damaged(err, "name");
	return 0;
}

/* ---- writing questions ---- */

static int add_legs(
	struct store *s, int64_t seq, const char *const *sites, size_t n, struct error *err)
{
	for (size_t i = 0; i < n; i++)
		if (db_run(s->db, NULL, err,
			    "INSERT INTO leg(question,site,place,state,ms) VALUES(?1,?2,?3,?4,-1)",
			    "isis", seq, sites[i], (int64_t)i, site_state_name(SITE_WAITING)) != 0)
			return -1;
	return 0;
}

int store_add(struct store *s, const struct stored_question *q, const char *const *sites, size_t n,
	const struct stored_key *key, struct error *err)
{
	int64_t seq;

	if (db_run(s->db, NULL, err,
		    "INSERT INTO "
		    "question(id,account,study,kind,mode,hash,canonical,certificate,signature,"
		    "asked_ms,received_ms,deadline_ms,ended_ms,state)"
		    " VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,0,?13)",
		    "sssssbbbbiiis", q->id, q->account, q->study, q->kind, q->mode, q->hash.at,
		    sizeof(q->hash.at), q->canonical.at, q->canonical.len, q->certificate.at,
		    q->certificate.len, q->signature.at, q->signature.len, q->asked_ms,
		    q->received_ms, q->deadline_ms, answer_state_name(q->state)) != 0)
		return -1;
	seq = db_last_id(s->db);
	if (add_legs(s, seq, sites, n, err) != 0)
		return -1;
	if (key->key == NULL)
		return 0;
	return db_run(s->db, NULL, err,
		"INSERT INTO repeat(account,key,body,question) VALUES(?1,?2,?3,?4)", "ssbi",
		q->account, key->key, key->body.at, sizeof(key->body.at), seq);
}

int store_set_leg(struct store *s, const char *id, const struct stored_leg *leg, struct error *err)
{
	int64_t changed = 0;
	const char *state = site_state_name(leg->state);
	int ret;

	if (leg->message.len == 0)
		ret = db_run(s->db, &changed, err,
			"UPDATE leg SET state=?3, ms=?4 WHERE site=?2 AND"
			" question=(SELECT seq FROM question WHERE id=?1)",
			"sssi", id, leg->site, state, leg->ms);
	else
		ret = db_run(s->db, &changed, err,
			"UPDATE leg SET state=?3, ms=?4, message=?5 WHERE site=?2 AND"
			" question=(SELECT seq FROM question WHERE id=?1)",
			"sssib", id, leg->site, state, leg->ms, leg->message.at, leg->message.len);
	if (ret == 0 && changed != 1)
		return damaged(err, "question");
	return ret;
}

int store_set_sum(struct store *s, const char *id, const struct stored_sum *sum, struct error *err)
{
	return db_run(s->db, NULL, err,
		"INSERT INTO sum(question,contributors,noise,words,transcript)"
		" SELECT seq,?2,?3,?4,?5 FROM question WHERE id=?1",
		"sibbb", id, (int64_t)sum->contributors, sum->noise.at, sum->noise.len,
		sum->words.at, sum->words.len, sum->transcript.at, sum->transcript.len);
}

int store_sum(struct store *s, const char *id, bool transcript, struct arena *a,
	struct stored_sum *out, struct error *err)
{
	struct stmt *st;
	int row;

	*out = (struct stored_sum){ 0 };
	if (db_query(s->db, &st, err,
		    "SELECT contributors,noise,words,CASE ?2 WHEN 1 THEN transcript ELSE "
		    "substr(transcript,1,64) END FROM sum"
		    " WHERE question=(SELECT seq FROM question WHERE id=?1)",
		    "si", id, (int64_t)transcript) != 0)
		return -1;
	row = stmt_step(st, err);
	if (row == 1) {
		out->contributors = (uint64_t)stmt_int(st, 0);
		if (column_bytes(st, 1, a, &out->noise, err) != 0 ||
			column_bytes(st, 2, a, &out->words, err) != 0 ||
			column_bytes(st, 3, a, &out->transcript, err) != 0)
			row = -1;
	}
	stmt_end(st);
	return row;
}

int store_summed(struct store *s, const struct hash32 *hash, char id[MAX_ID + 1], struct error *err)
{
	struct stmt *st;
	int row;

	if (db_query(s->db, &st, err,
		    "SELECT id FROM question WHERE hash = ?1 AND EXISTS (SELECT 1 FROM leg"
		    " WHERE question = seq AND state = ?2) ORDER BY seq DESC LIMIT 1",
		    "bs", hash->at, sizeof(hash->at), site_state_name(SITE_SUMMED)) != 0)
		return -1;
	row = stmt_step(st, err);
	if (row == 1 && column_into(st, 0, id, MAX_ID + 1, err) != 0)
		row = -1;
	stmt_end(st);
	return row;
}

int store_end(struct store *s, const char *id, enum answer_state state, int64_t ended_ms,
	struct error *err)
{
	return db_run(s->db, NULL, err, "UPDATE question SET state=?2, ended_ms=?3 WHERE id=?1",
		"ssi", id, answer_state_name(state), ended_ms);
}

/* ---- reading questions ---- */

static int read_question(
	struct stmt *st, struct arena *a, struct stored_question *q, struct error *err)
{
	const char *state = stmt_text(st, 13);

	if (column_into(st, 0, q->id, sizeof(q->id), err) != 0 ||
		column_into(st, 1, q->account, sizeof(q->account), err) != 0 ||
		column_into(st, 2, q->study, sizeof(q->study), err) != 0 ||
		column_into(st, 3, q->kind, sizeof(q->kind), err) != 0 ||
		column_into(st, 4, q->mode, sizeof(q->mode), err) != 0 ||
		column_hash(st, 5, &q->hash, err) != 0 ||
		column_bytes(st, 6, a, &q->canonical, err) != 0 ||
		column_bytes(st, 7, a, &q->certificate, err) != 0 ||
		column_bytes(st, 8, a, &q->signature, err) != 0)
		return -1;
	q->asked_ms = stmt_int(st, 9);
	q->received_ms = stmt_int(st, 10);
	q->deadline_ms = stmt_int(st, 11);
	q->ended_ms = stmt_int(st, 12);
	if (state == NULL || !answer_state_parse(state, &q->state))
		return damaged(err, "state");
	return 1;
}

int store_get(struct store *s, const char *id, struct arena *a, struct stored_question *out,
	struct error *err)
{
	struct stmt *st;
	int ret;

	if (db_query(s->db, &st, err,
		    "SELECT "
		    "id,account,study,kind,mode,hash,canonical,certificate,signature,asked_ms,"
		    "received_ms,deadline_ms,ended_ms,state FROM question WHERE id=?1",
		    "s", id) != 0)
		return -1;
	ret = stmt_step(st, err);
	if (ret == 1)
		ret = read_question(st, a, out, err);
	stmt_end(st);
	return ret;
}

int store_by_key(struct store *s, const char *account, const char *key, struct hash32 *body,
	char id[MAX_ID + 1], struct error *err)
{
	struct stmt *st;
	int ret;

	if (db_query(s->db, &st, err,
		    "SELECT r.body, q.id FROM repeat r JOIN question q ON q.seq=r.question"
		    " WHERE r.account=?1 AND r.key=?2",
		    "ss", account, key) != 0)
		return -1;
	ret = stmt_step(st, err);
	if (ret == 1 && (column_hash(st, 0, body, err) != 0 ||
				column_into(st, 1, id, MAX_ID + 1, err) != 0))
		ret = -1;
	stmt_end(st);
	return ret;
}

/* Columns: site, state, ms, message. */
static int read_leg(struct stmt *st, struct arena *a, struct stored_leg *out, struct error *err)
{
	const char *state = stmt_text(st, 1);

	if (state == NULL || !site_state_parse(state, &out->state))
		return damaged(err, "state");
	if (column_text(st, 0, a, &out->site, err) != 0)
		return -1;
	out->ms = stmt_int(st, 2);
	out->message = (struct view){ NULL, 0 };
	if (!stmt_null(st, 3) && column_bytes(st, 3, a, &out->message, err) != 0)
		return -1;
	return 1;
}

int store_leg(struct store *s, const char *id, const char *site, struct arena *a,
	struct stored_leg *out, struct error *err)
{
	struct stmt *st;
	int ret;

	if (db_query(s->db, &st, err,
		    "SELECT site,state,ms,message FROM leg WHERE site=?2 AND"
		    " question=(SELECT seq FROM question WHERE id=?1)",
		    "ss", id, site) != 0)
		return -1;
	ret = stmt_step(st, err);
	if (ret == 1)
		ret = read_leg(st, a, out, err);
	stmt_end(st);
	return ret;
}

/* Rows of one column of whole numbers: the first row's, or -1 with *err filled. */
static int one_int(struct stmt *st, int64_t *out, struct error *err)
{
	int ret = stmt_step(st, err);

	if (ret == 1)
		*out = stmt_int(st, 0);
	stmt_end(st);
	if (ret == 0)
		return damaged(err, "count");
	return ret == 1 ? 0 : -1;
}

int store_legs(struct store *s, const char *id, struct arena *a, struct stored_leg **out, size_t *n,
	struct error *err)
{
	struct stmt *st;
	struct stored_leg *list;
	int64_t count = 0;
	size_t got = 0;
	int ret;

	if (db_query(s->db, &st, err,
		    "SELECT count(*) FROM leg WHERE question=(SELECT seq FROM question WHERE "
		    "id=?1)",
		    "s", id) != 0 ||
		one_int(st, &count, err) != 0)
		return -1;
	list = arena_array(a, (size_t)count, sizeof(*list));
	if (list == NULL)
		return arena_full(err);
	if (db_query(s->db, &st, err,
		    "SELECT site,state,ms,message FROM leg WHERE"
		    " question=(SELECT seq FROM question WHERE id=?1) ORDER BY place",
		    "s", id) != 0)
		return -1;
	while ((ret = stmt_step(st, err)) == 1 && got < (size_t)count)
		if ((ret = read_leg(st, a, &list[got++], err)) != 1)
			break;
	stmt_end(st);
	if (ret < 0)
		return -1;
	*out = list;
	*n = got;
	return 0;
}

int store_running(struct store *s, struct arena *a, const char ***ids, size_t *n, struct error *err)
{
	struct stmt *st;
	const char **list;
	int64_t count = 0;
	size_t got = 0;
	int ret;

	if (db_query(s->db, &st, err, "SELECT count(*) FROM question WHERE state='running'", "") !=
			0 ||
		one_int(st, &count, err) != 0)
		return -1;
	list = arena_array(a, (size_t)count, sizeof(*list));
	if (list == NULL)
		return arena_full(err);
	if (db_query(s->db, &st, err, "SELECT id FROM question WHERE state='running' ORDER BY seq",
		    "") != 0)
		return -1;
	while ((ret = stmt_step(st, err)) == 1 && got < (size_t)count)
		if (column_text(st, 0, a, &list[got++], err) != 0) {
			ret = -1;
			break;
		}
	stmt_end(st);
	if (ret < 0)
		return -1;
	*ids = list;
	*n = got;
	return 0;
}

int store_counts(struct store *s, uint64_t counts[ANSWER_STATES], struct error *err)
{
	uint64_t found[ANSWER_STATES] = { 0 };
	struct stmt *st;
	int ret;

	if (db_query(s->db, &st, err, "SELECT state, count(*) FROM question GROUP BY state", "") !=
		0)
		return -1;
	while ((ret = stmt_step(st, err)) == 1) {
		const char *name = stmt_text(st, 0);
		enum answer_state state;

		if (name == NULL || !answer_state_parse(name, &state)) {
			ret = damaged(err, "state");
			break;
		}
		found[state] = (uint64_t)stmt_int(st, 1);
	}
	stmt_end(st);
	if (ret != 0)
		return -1;
	memcpy(counts, found, sizeof(found));
	return 0;
}

int seq_before(struct store *s, const char *sql, const char *id, const char *account, int64_t *seq,
	struct error *err)
{
	struct stmt *st;
	int ret;

	if (db_query(s->db, &st, err, sql, "ss", id, account) != 0)
		return -1;
	ret = stmt_step(st, err);
	if (ret == 1)
		*seq = stmt_int(st, 0);
	stmt_end(st);
	if (ret == 0)
		return error_set(err, E_INPUT,
			SAY("there is nothing with the id in 'before'", "before 中的编号不存在"),
			"nothing to continue after");
	return ret == 1 ? 0 : -1;
}

static int read_summary(
	struct stmt *st, struct arena *a, struct stored_summary *out, struct error *err)
{
	const char *state = stmt_text(st, 4);

	if (column_text(st, 0, a, &out->id, err) != 0 ||
		column_text(st, 1, a, &out->account, err) != 0 ||
		column_text(st, 2, a, &out->study, err) != 0 ||
		column_text(st, 3, a, &out->kind, err) != 0)
		return -1;
	if (state == NULL || !answer_state_parse(state, &out->state))
		return damaged(err, "state");
	out->received_ms = stmt_int(st, 5);
	out->sites = stmt_int(st, 6);
	out->answered = stmt_int(st, 7);
	return 0;
}

/* Each choice has an index that gives its rows in order. */
static int list_query(struct store *s, struct stmt **st, const char *account, const char *study,
	int64_t seq, int64_t limit, struct error *err)
{
#define LIST_OF(which)                                                                             \
	"SELECT id,account,study,kind,state,received_ms,"                                          \
	"(SELECT count(*) FROM leg WHERE question=seq),"                                           \
	"(SELECT count(*) FROM leg WHERE question=seq AND"                                         \
	" state IN ('answered','recalled','suppressed','summed'))"                                 \
	" FROM question WHERE seq<?1" which " ORDER BY seq DESC LIMIT ?2"
	if (account == NULL && study == NULL)
		return db_query(s->db, st, err, LIST_OF(""), "ii", seq, limit);
	if (account == NULL)
		return db_query(s->db, st, err, LIST_OF(" AND study=?3"), "iis", seq, limit, study);
	return db_query(s->db, st, err, LIST_OF(" AND account=?3 AND (?4 IS NULL OR study=?4)"),
		"iiss", seq, limit, account, study);
#undef LIST_OF
}

int store_list(struct store *s, const char *account, const char *study, const char *before,
	unsigned limit, struct arena *a, struct stored_summary **out, size_t *n, bool *more,
	struct error *err)
{
	struct stored_summary *list = arena_array(a, limit, sizeof(*list));
	struct stmt *st;
	int64_t seq = INT64_MAX;
	size_t got = 0;
	int ret;

	if (list == NULL)
		return arena_full(err);
	if (before != NULL && seq_before(s, "SELECT seq FROM question WHERE id=?1 AND ?2 IS NULL",
				      before, NULL, &seq, err) != 0)
		return -1;
	if (list_query(s, &st, account, study, seq, (int64_t)limit + 1, err) != 0)
		return -1;
	while ((ret = stmt_step(st, err)) == 1 && got < limit)
		if (read_summary(st, a, &list[got++], err) != 0) {
			ret = -1;
			break;
		}
	stmt_end(st);
	if (ret < 0)
		return -1;
	*out = list;
	*n = got;
	*more = ret == 1;
	return 0;
}

/* ---- sites ---- */

int store_link(struct store *s, const char *site, struct ledger_link *out, struct error *err)
{
	struct stmt *st;
	int ret;

	if (db_query(s->db, &st, err, "SELECT ledger_seq, ledger_hash FROM site WHERE site=?1", "s",
		    site) != 0)
		return -1;
	ret = stmt_step(st, err);
	if (ret == 1) {
		out->seq = (uint64_t)stmt_int(st, 0);
		if (column_hash(st, 1, &out->hash, err) != 0)
			ret = -1;
	}
	stmt_end(st);
	return ret;
}

int store_members(struct store *s, uint64_t *epoch, struct hash32 *hash, struct error *err)
{
	struct stmt *st;
	int row;

	*epoch = 0;
	memset(hash, 0, sizeof(*hash));
	if (db_query(s->db, &st, err, "SELECT epoch, hash FROM members", "") != 0)
		return -1;
	row = stmt_step(st, err);
	if (row == 1) {
		*epoch = (uint64_t)stmt_int(st, 0);
		if (column_hash(st, 1, hash, err) != 0)
			row = -1;
	}
	stmt_end(st);
	return row < 0 ? -1 : 0;
}

int store_set_members(struct store *s, uint64_t epoch, const struct hash32 *hash, struct error *err)
{
	return db_run(s->db, NULL, err,
		"INSERT INTO members(one,epoch,hash) VALUES(1,?1,?2)"
		" ON CONFLICT(one) DO UPDATE SET epoch=?1, hash=?2",
		"ib", (int64_t)epoch, hash->at, sizeof(hash->at));
}

int store_set_link(
	struct store *s, const char *site, const struct ledger_link *link, struct error *err)
{
	return db_run(s->db, NULL, err,
		"INSERT INTO site(site,ledger_seq,ledger_hash) VALUES(?1,?2,?3)"
		" ON CONFLICT(site) DO UPDATE SET ledger_seq=?2, ledger_hash=?3",
		"sib", site, (int64_t)link->seq, link->hash.at, sizeof(link->hash.at));
}

int store_forget_link(struct store *s, const char *site, struct error *err)
{
	return db_run(s->db, NULL, err, "DELETE FROM site WHERE site=?1", "s", site);
}
