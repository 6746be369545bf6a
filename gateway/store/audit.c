/*
 * audit.c - the chain of audit records: each hash covers the record and the hash before it, so that
 * a record cannot be changed, left out or moved without every later hash telling.
 */
#include "gateway/store/store.h"

#include <string.h>

#include "gateway/store/schema.h"

struct record {
	int64_t seq, at_ms;
	const char *what, *who, *about, *detail;
};

static struct hash32 hash_of(const struct hash32 *before, const struct record *r)
{
	static const char label[] = "cordon/1 gateway audit";
	uint8_t seq[8], at[8];
	const struct part_bytes parts[] = {
		{ label, sizeof(label) - 1 },
		{ before->at, sizeof(before->at) },
		{ seq, sizeof(seq) },
		{ at, sizeof(at) },
		{ r->what, strlen(r->what) },
		{ r->who, strlen(r->who) },
		{ r->about, strlen(r->about) },
		{ r->detail, strlen(r->detail) },
	};

	put_be64(seq, (uint64_t)r->seq);
	put_be64(at, (uint64_t)r->at_ms);
	return sha256_parts(parts, sizeof(parts) / sizeof(parts[0]));
}

/* The last link; 0 and zeros of an empty chain. */
static int last(struct store *s, int64_t *seq, struct hash32 *hash, struct error *err)
{
	struct stmt *st;
	int ret;

	*seq = 0;
	*hash = (struct hash32){ { 0 } };
	if (db_query(s->db, &st, err, "SELECT seq, hash FROM audit ORDER BY seq DESC LIMIT 1",
		    "") != 0)
		return -1;
	ret = stmt_step(st, err);
	if (ret == 1) {
		*seq = stmt_int(st, 0);
		if (column_hash(st, 1, hash, err) != 0)
			ret = -1;
	}
	stmt_end(st);
	return ret < 0 ? -1 : 0;
}

int store_audit(struct store *s, int64_t at_ms, const char *what, const char *who,
	const char *about, const char *detail, struct error *err)
{
	struct record r = { 0, at_ms, what, who, about, detail };
	struct hash32 before, hash;

	if (last(s, &r.seq, &before, err) != 0)
		return -1;
	r.seq++;
	hash = hash_of(&before, &r);
	return db_run(s->db, NULL, err,
		"INSERT INTO audit(seq,at_ms,what,who,about,detail,hash) "
		"VALUES(?1,?2,?3,?4,?5,?6,?7)",
		"iissssb", r.seq, r.at_ms, r.what, r.who, r.about, r.detail, hash.at,
		sizeof(hash.at));
}

static const char *text_or_empty(const char *s)
{
	return s == NULL ? "" : s;
}

/* The row of seq,at_ms,what,who,about,detail,hash that comes next in the walk. */
static void walk_row(struct stmt *st, struct audit_walk *w, struct error *err)
{
	bool kept = stmt_stored(st, "iissssb");
	const struct record r = { stmt_int(st, 0), stmt_int(st, 1), text_or_empty(stmt_text(st, 2)),
		text_or_empty(stmt_text(st, 3)), text_or_empty(stmt_text(st, 4)),
		text_or_empty(stmt_text(st, 5)) };
	struct hash32 want = hash_of(&w->hash, &r), stored;

	if (column_hash(st, 6, &stored, err) != 0)
		memset(&stored, 0, sizeof(stored));
	w->seq++;
	if (w->broken == 0 &&
		(!kept || r.seq != (int64_t)w->seq || !hash32_equal(&want, &stored)))
		w->broken = w->seq;
	w->hash = stored;
}

/* Numbers are counted, not believed: a record that is missing makes the next one not fit. */
int store_audit_walk(struct store *s, struct audit_walk *walk, unsigned most, uint64_t *last_seq,
	struct error *err)
{
	struct audit_walk w = *walk;
	struct hash32 ignored;
	int64_t newest = 0;
	struct stmt *st;
	int ret;

	if (last(s, &newest, &ignored, err) != 0 ||
		db_query(s->db, &st, err,
			"SELECT seq,at_ms,what,who,about,detail,hash FROM audit WHERE seq>?1"
			" ORDER BY seq LIMIT ?2",
			"ii", (int64_t)w.seq, (int64_t)most) != 0)
		return -1;
	while ((ret = stmt_step(st, err)) == 1)
		walk_row(st, &w, err);
	stmt_end(st);
	if (ret != 0)
		return -1;
	*walk = w;
	*last_seq = (uint64_t)newest;
	return 0;
}

int store_audit_check(struct store *s, uint64_t *count, uint64_t *broken, struct error *err)
{
	struct audit_walk w = { 0 };
	struct stmt *st;
	int ret;

	if (db_query(s->db, &st, err,
		    "SELECT seq,at_ms,what,who,about,detail,hash FROM audit ORDER BY seq", "") != 0)
		return -1;
	while ((ret = stmt_step(st, err)) == 1)
		walk_row(st, &w, err);
	stmt_end(st);
	if (ret != 0)
		return -1;
	*count = w.seq;
	*broken = w.broken;
	return 0;
}

static int read_record(
	struct stmt *st, struct arena *a, struct audit_record *out, struct error *err)
{
	if (column_text(st, 2, a, &out->what, err) != 0 ||
		column_text(st, 3, a, &out->who, err) != 0 ||
		column_text(st, 4, a, &out->about, err) != 0 ||
		column_text(st, 5, a, &out->detail, err) != 0)
		return -1;
	out->seq = stmt_int(st, 0);
	out->at_ms = stmt_int(st, 1);
	if (column_hash(st, 6, &out->hash, err) != 0) /* it is shown as it is, and the walk says so */
		memset(&out->hash, 0, sizeof(out->hash));
	return 0;
}

int store_audit_list(struct store *s, int64_t before, unsigned limit, struct arena *a,
	struct audit_record **out, size_t *n, bool *more, struct error *err)
{
	struct audit_record *list = arena_array(a, limit, sizeof(*list));
	struct stmt *st;
	size_t got = 0;
	int ret;

	if (list == NULL)
		return error_memory(err);
	if (db_query(s->db, &st, err,
		    "SELECT seq,at_ms,what,who,about,detail,hash FROM audit WHERE seq<?1"
		    " ORDER BY seq DESC LIMIT ?2",
		    "ii", before, (int64_t)limit + 1) != 0)
		return -1;
	while ((ret = stmt_step(st, err)) == 1 && got < limit)
		if (read_record(st, a, &list[got++], err) != 0) {
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
