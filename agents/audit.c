#include "agents/audit.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"

const char audit_schema[] =
	"CREATE TABLE audit("
	" seq INTEGER PRIMARY KEY, at INTEGER NOT NULL, kind TEXT NOT NULL, id TEXT NOT NULL,"
	" requester TEXT NOT NULL, study TEXT NOT NULL, question BLOB NOT NULL, rule TEXT NOT NULL,"
	" was TEXT NOT NULL, became TEXT NOT NULL, number INTEGER NOT NULL,"
	" ledger_seq INTEGER NOT NULL, ledger_hash BLOB NOT NULL,"
	" prev BLOB NOT NULL, hash BLOB NOT NULL);"
	"CREATE TRIGGER audit_keeps BEFORE UPDATE ON audit"
	" BEGIN SELECT RAISE(ABORT, 'the audit is only appended to'); END;"
	"CREATE TRIGGER audit_stays BEFORE DELETE ON audit"
	" BEGIN SELECT RAISE(ABORT, 'the audit is only appended to'); END;";

enum {
	TEXTS = 7
};

/* A note that waits: its texts in one block, each ended by a zero byte. */
struct waiting {
	int64_t at_ms, number;
	struct hash32 question;
	bool has_question;
	char *texts; /* owned: kind, id, requester, study, rule, from, to */
};

struct audit {
	struct db *db;
	struct ledger *ledger;
	struct waiting *list;
	unsigned n, room;
	bool shut;
};

int audit_new(struct audit **out, struct db *db, struct ledger *ledger, struct error *err)
{
	struct audit *a = calloc(1, sizeof(*a));

	if (a == NULL)
		return error_memory(err);
	a->db = db;
	a->ledger = ledger;
	*out = a;
	return 0;
}

void audit_free(struct audit *a)
{
	if (a == NULL)
		return;
	audit_back(a, 0);
	free(a->list);
	free(a);
}

/* ---- waiting notes ---- */

static char *join(const char *const texts[TEXTS])
{
	size_t len = 0, at = 0;
	char *block;

	for (int i = 0; i < TEXTS; i++)
		len += strlen(texts[i]) + 1;
	block = malloc(len);
	for (int i = 0; block != NULL && i < TEXTS; i++) {
		size_t n = strlen(texts[i]) + 1;

		memcpy(block + at, texts[i], n);
		at += n;
	}
	return block;
}

static const char *or_empty(const char *s)
{
	return s == NULL ? "" : s;
}

static int grow(struct audit *a, struct error *err)
{
	unsigned room = a->room == 0 ? 16 : a->room * 2;
	struct waiting *list;

	if (a->n < a->room)
		return 0;
	if (a->n >= AUDIT_WAITING_MAX)
		return error_set(err, E_SYSTEM,
			SAY("the local record could not be written; the disk may be full",
				"无法写入本地记录，磁盘可能已满"),
			"%u audit notes wait to be written", a->n);
	list = realloc(a->list, room * sizeof(*list));
	if (list == NULL)
		return error_memory(err);
	a->list = list;
	a->room = room;
	return 0;
}

int audit_add(struct audit *a, const struct audit_note *note, struct error *err)
{
	const char *const texts[TEXTS] = { or_empty(note->kind), or_empty(note->id),
		or_empty(note->requester), or_empty(note->study), or_empty(note->rule),
		or_empty(note->from), or_empty(note->to) };
	struct waiting w = { .at_ms = clock_wall_ms(), .number = note->number };

	if (a->shut)
		return 0;
	if (grow(a, err) != 0)
		return -1;
	if (note->question != NULL) {
		w.question = *note->question;
		w.has_question = true;
	}
	w.texts = join(texts);
	if (w.texts == NULL)
		return error_memory(err);
	a->list[a->n++] = w;
	return 0;
}

void audit_shut(struct audit *a)
{
	a->shut = true;
}

unsigned audit_waiting(const struct audit *a)
{
	return a->n;
}

void audit_back(struct audit *a, unsigned waiting)
{
	while (a->n > waiting)
		free(a->list[--a->n].texts);
}

void audit_written(struct audit *a)
{
	audit_back(a, 0);
}

/* ---- the chain ---- */

struct record {
	int64_t seq, at, number, ledger_seq;
	const char *texts[TEXTS];
	const void *question;
	size_t question_len; /* 32 or 0 */
	struct hash32 ledger_hash, prev, hash;
};

static struct hash32 record_hash(const struct record *r)
{
	uint8_t seq[8], at[8], number[8], ledger_seq[8];
	const struct part_bytes parts[] = {
		{ r->prev.at, sizeof(r->prev.at) },
		{ seq, sizeof(seq) },
		{ at, sizeof(at) },
		{ r->texts[0], strlen(r->texts[0]) },
		{ r->texts[1], strlen(r->texts[1]) },
		{ r->texts[2], strlen(r->texts[2]) },
		{ r->texts[3], strlen(r->texts[3]) },
		{ r->texts[4], strlen(r->texts[4]) },
		{ r->texts[5], strlen(r->texts[5]) },
		{ r->texts[6], strlen(r->texts[6]) },
		{ r->question, r->question_len },
		{ number, sizeof(number) },
		{ ledger_seq, sizeof(ledger_seq) },
		{ r->ledger_hash.at, sizeof(r->ledger_hash.at) },
	};

	put_be64(seq, (uint64_t)r->seq);
	put_be64(at, (uint64_t)r->at);
	put_be64(number, (uint64_t)r->number);
	put_be64(ledger_seq, (uint64_t)r->ledger_seq);
	return sha256_parts(parts, sizeof(parts) / sizeof(parts[0]));
}

static int insert(struct audit *a, const struct record *r, struct error *err)
{
	return db_run(a->db, NULL, err,
		"INSERT INTO audit(seq, at, kind, id, requester, study, rule, was, became, "
		"question,"
		" number, ledger_seq, ledger_hash, prev, hash)"
		" VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)",
		"iisssssssbiibbb", r->seq, r->at, r->texts[0], r->texts[1], r->texts[2],
		r->texts[3], r->texts[4], r->texts[5], r->texts[6], r->question, r->question_len,
		r->number, r->ledger_seq, (const void *)r->ledger_hash.at,
		sizeof(r->ledger_hash.at), (const void *)r->prev.at, sizeof(r->prev.at),
		(const void *)r->hash.at, sizeof(r->hash.at));
}

static bool column_hash(struct stmt *s, int column, struct hash32 *out)
{
	size_t len;
	const void *bytes = stmt_bytes(s, column, &len);

	if (len != sizeof(out->at))
		return false;
	memcpy(out->at, bytes, len);
	return true;
}

static int head(struct audit *a, struct record *last, struct error *err)
{
	struct stmt *s;
	int row;

	if (db_query(a->db, &s, err, "SELECT seq, hash FROM audit ORDER BY seq DESC LIMIT 1", "") !=
		0)
		return -1;
	row = stmt_step(s, err);
	if (row == 1) {
		last->seq = stmt_int(s, 0);
		if (!column_hash(s, 1, &last->hash))
			memset(&last->hash, 0, sizeof(last->hash)); /* audit_verify() tells */
	}
	stmt_end(s);
	return row < 0 ? -1 : 0;
}

int audit_write(struct audit *a, struct error *err)
{
	struct record last = { 0 };
	struct ledger_head ledger;

	if (a->n == 0)
		return 0;
	if (head(a, &last, err) != 0 || ledger_head(a->ledger, &ledger, err) != 0)
		return -1;
	for (unsigned i = 0; i < a->n; i++) {
		const struct waiting *w = &a->list[i];
		const char *at = w->texts;
		struct record r = { .seq = last.seq + 1,
			.at = w->at_ms,
			.number = w->number,
			.question = w->has_question ? w->question.at : (const void *)"",
			.question_len = w->has_question ? sizeof(w->question.at) : 0,
			.ledger_seq = (int64_t)ledger.seq,
			.ledger_hash = ledger.hash,
			.prev = last.hash };

		for (int t = 0; t < TEXTS; t++) {
			r.texts[t] = at;
			at += strlen(at) + 1;
		}
		r.hash = record_hash(&r);
		if (insert(a, &r, err) != 0)
			return -1;
		last.seq = r.seq;
		last.hash = r.hash;
	}
	return 0;
}

static const char columns[] =
	"SELECT seq, at, kind, id, requester, study, rule, was, became, question,"
	" number, ledger_seq, ledger_hash, prev, hash FROM audit";

/* False when a column has a form or a length that this program never wrote. */
static bool read_record(struct stmt *s, struct record *r)
{
	bool stored = stmt_stored(s, "iisssssssbiibbb");

	r->seq = stmt_int(s, 0);
	r->at = stmt_int(s, 1);
	for (int t = 0; t < TEXTS; t++)
		r->texts[t] = or_empty(stmt_text(s, 2 + t));
	r->question = stmt_bytes(s, 9, &r->question_len);
	r->number = stmt_int(s, 10);
	r->ledger_seq = stmt_int(s, 11);
	return stored && (r->question_len == 0 || r->question_len == sizeof(struct hash32)) &&
	       column_hash(s, 12, &r->ledger_hash) && column_hash(s, 13, &r->prev) &&
	       column_hash(s, 14, &r->hash);
}

static int broken_at(int64_t seq, const char *how, struct error *err)
{
	return error_set(err, E_CRYPTO,
		SAY("this site's audit record is damaged; it answers nothing until it is mended",
			"本院的审计记录已损坏，修复之前不再作答"),
		"audit record %lld %s", (long long)seq, how);
}

/* The ledger must still hold the link that this record saw. */
static int check_ledger(struct audit *a, const struct record *r, struct error *err)
{
	struct hash32 hash;
	int found;

	if (r->ledger_seq == 0)
		return 0;
	found = ledger_at(a->ledger, (uint64_t)r->ledger_seq, &hash, err);
	if (found < 0)
		return -1;
	if (found == 0 || !hash32_equal(&hash, &r->ledger_hash))
		return broken_at(r->seq, "names a ledger record that is gone or changed", err);
	return 0;
}

static int check_record(struct audit *a, struct stmt *s, struct record *last, struct error *err)
{
	struct record r = { 0 };
	struct hash32 made;

	if (!read_record(s, &r) || r.seq != last->seq + 1 || !hash32_equal(&r.prev, &last->hash))
		return broken_at(last->seq + 1, "does not follow from the one before it", err);
	made = record_hash(&r);
	if (!hash32_equal(&made, &r.hash))
		return broken_at(r.seq, "was changed", err);
	/* one look per link is enough: records of one transaction share it */
	if (r.ledger_seq != last->ledger_seq && check_ledger(a, &r, err) != 0)
		return -1;
	last->seq = r.seq;
	last->hash = r.hash;
	last->ledger_seq = r.ledger_seq;
	return 0;
}

int audit_verify(struct audit *a, struct error *err)
{
	struct record last = { 0 };
	struct text sql;
	struct stmt *s;
	int row, ret;

	text_init(&sql, 1024);
	text_addf(&sql, "%s ORDER BY seq", columns);
	ret = db_query(a->db, &s, err, text_str(&sql), "");
	text_clear(&sql);
	if (ret != 0)
		return -1;
	while (ret == 0 && (row = stmt_step(s, err)) != 0)
		ret = row < 0 ? -1 : check_record(a, s, &last, err);
	stmt_end(s);
	return ret;
}

/* ---- for people ---- */

static void json_record(const struct record *r, struct text *out)
{
	static const char *const names[TEXTS] = { "kind", "id", "requester", "study", "rule",
		"from", "to" };
	char at[32], hash[HASH_TEXT];
	struct hash32 question;

	text_addf(out, "{\"seq\":%lld,\"at\":\"%s\"", (long long)r->seq, clock_iso(r->at, at));
	for (int t = 0; t < TEXTS; t++) {
		if (r->texts[t][0] == '\0')
			continue;
		text_addf(out, ",\"%s\":", names[t]);
		text_add_json(out, r->texts[t]);
	}
	if (r->question_len == sizeof(question.at)) {
		memcpy(question.at, r->question, sizeof(question.at));
		text_addf(out, ",\"hash\":\"%s\"", hash32_text(&question, hash));
	}
	if (r->number != 0)
		text_addf(out, ",\"number\":%lld", (long long)r->number);
	text_addf(out, ",\"link\":\"%s\"}", hash32_text(&r->hash, hash));
}

int audit_json(struct audit *a, unsigned n, struct text *out, struct error *err)
{
	struct text sql;
	struct stmt *s;
	int row, ret;
	bool first = true;

	text_init(&sql, 1024);
	text_addf(&sql,
		"%s WHERE seq > (SELECT coalesce(max(seq), 0) FROM audit) - ?1 ORDER BY seq",
		columns);
	ret = db_query(a->db, &s, err, text_str(&sql), "i", (int64_t)n);
	text_clear(&sql);
	if (ret != 0)
		return -1;
	text_addc(out, '[');
	while ((row = stmt_step(s, err)) == 1) {
		struct record r = { 0 };

		if (!read_record(s, &r))
			continue;
		if (!first)
			text_addc(out, ',');
		first = false;
		json_record(&r, out);
	}
	text_addc(out, ']');
	stmt_end(s);
	return row;
}
