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

int store_audit_check(struct store *s, uint64_t *count, uint64_t *broken, struct error *err)
{
	struct hash32 before = { { 0 } }, stored, want;
	uint64_t n = 0, bad = 0;
	struct stmt *st;
	int ret;

	if (db_query(s->db, &st, err,
		    "SELECT seq,at_ms,what,who,about,detail,hash FROM audit ORDER BY seq", "") != 0)
		return -1;
	while ((ret = stmt_step(st, err)) == 1) {
		bool kept = stmt_stored(st, "iissssb");
		const struct record r = { stmt_int(st, 0), stmt_int(st, 1),
			text_or_empty(stmt_text(st, 2)), text_or_empty(stmt_text(st, 3)),
			text_or_empty(stmt_text(st, 4)), text_or_empty(stmt_text(st, 5)) };

		n++;
		want = hash_of(&before, &r);
		if (column_hash(st, 6, &stored, err) != 0)
			memset(&stored, 0, sizeof(stored));
		if (bad == 0 &&
			(!kept || r.seq != (int64_t)n || !hash32_equal(&want, &stored)))
			bad = n;
		before = stored;
	}
	stmt_end(st);
	if (ret != 0)
		return -1;
	*count = n;
	*broken = bad;
	return 0;
}
