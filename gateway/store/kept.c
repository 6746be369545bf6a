#include "gateway/store/kept.h"

#include "gateway/store/schema.h"

/* Bytes and number of what the account keeps. */
static int kept_sizes(
	struct store *s, const char *account, int64_t *n, int64_t *bytes, struct error *err)
{
	struct stmt *st;
	int ret;

	if (db_query(s->db, &st, err,
		    "SELECT count(*), coalesce(sum(bytes), 0) FROM kept WHERE account=?1", "s",
		    account) != 0)
		return -1;
	ret = stmt_step(st, err);
	if (ret == 1) {
		*n = stmt_int(st, 0);
		*bytes = stmt_int(st, 1);
	}
	stmt_end(st);
	return ret == 1 ? 0 : -1;
}

int store_keep(struct store *s, const char *account, const struct stored_kept *k, struct error *err)
{
	int64_t n = 0, bytes = 0, more = (int64_t)k->question.len;

	if (kept_sizes(s, account, &n, &bytes, err) != 0)
		return -1;
	if (n >= MAX_KEPT || bytes + more > MAX_KEPT_BYTES)
		return error_set(err, E_LIMIT,
			SAY("500 questions or 4 MiB of them are kept already; delete some first",
				"已保存 500 个问题或总计 4 MiB，请先删除一些"),
			"account %s keeps %lld", account, (long long)n);
	return db_run(s->db, NULL, err,
		"INSERT INTO kept(id,account,name,kept_ms,bytes,question) "
		"VALUES(?1,?2,?3,?4,?5,?6)",
		"sssiib", k->id, account, k->name, k->kept_ms, more, k->question.at,
		k->question.len);
}

static int read_kept(struct stmt *st, struct arena *a, struct stored_kept *out, struct error *err)
{
	if (column_text(st, 0, a, &out->id, err) != 0 ||
		column_text(st, 1, a, &out->name, err) != 0 ||
		column_bytes(st, 3, a, &out->question, err) != 0)
		return -1;
	out->kept_ms = stmt_int(st, 2);
	return 0;
}

int store_kept(struct store *s, const char *account, const char *id, struct arena *a,
	struct stored_kept *out, struct error *err)
{
	struct stmt *st;
	int ret;

	if (db_query(s->db, &st, err,
		    "SELECT id,name,kept_ms,question FROM kept WHERE id=?1 AND account=?2", "ss",
		    id, account) != 0)
		return -1;
	ret = stmt_step(st, err);
	if (ret == 1 && read_kept(st, a, out, err) != 0)
		ret = -1;
	stmt_end(st);
	return ret;
}

int store_kept_list(struct store *s, const char *account, const char *before, unsigned limit,
	struct arena *a, struct stored_kept **out, size_t *n, bool *more, struct error *err)
{
	struct stored_kept *list = arena_array(a, limit, sizeof(*list));
	int64_t seq = INT64_MAX;
	struct stmt *st;
	size_t got = 0;
	int ret;

	if (list == NULL)
		return error_memory(err);
	if (before != NULL && seq_before(s, "SELECT seq FROM kept WHERE id=?1 AND account=?2",
				      before, account, &seq, err) != 0)
		return -1;
	if (db_query(s->db, &st, err,
		    "SELECT id,name,kept_ms,question FROM kept WHERE account=?1 AND seq<?2"
		    " ORDER BY seq DESC LIMIT ?3",
		    "sii", account, seq, (int64_t)limit + 1) != 0)
		return -1;
	while ((ret = stmt_step(st, err)) == 1 && got < limit)
		if (read_kept(st, a, &list[got++], err) != 0) {
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

int store_kept_drop(struct store *s, const char *account, const char *id, struct error *err)
{
	int64_t changed = 0;

	if (db_run(s->db, &changed, err, "DELETE FROM kept WHERE id=?1 AND account=?2", "ss", id,
		    account) != 0)
		return -1;
	return changed > 0;
}
