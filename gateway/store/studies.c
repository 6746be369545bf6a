#include "gateway/store/studies.h"

#include <string.h>

#include "gateway/store/schema.h"

/* One number. `of` may be NULL: the statement has one parameter. */
static int count_of(struct store *s, const char *sql, const char *what, const char *of, int64_t *n,
	struct error *err)
{
	struct stmt *st;
	int ret;

	if (db_query(s->db, &st, err, sql, of == NULL ? "s" : "ss", what, of) != 0)
		return -1;
	ret = stmt_step(st, err);
	if (ret == 1)
		*n = stmt_int(st, 0);
	stmt_end(st);
	return ret == 1 ? 0 : -1;
}

static int check_room(struct store *s, const struct stored_study *study, struct error *err)
{
	int64_t n = 0;

	if (count_of(s, "SELECT count(*) FROM study WHERE id=?1", study->id, NULL, &n, err) != 0)
		return -1;
	if (n > 0)
		return error_set(err, E_STATE,
			SAY("this id is taken; choose another", "该编号已被使用，请另选一个"),
			"study %s is there", study->id);
	if (count_of(s, "SELECT count(*) FROM study WHERE account=?1", study->account, NULL, &n,
		    err) != 0)
		return -1;
	if (n >= MAX_STUDIES_PERSON)
		return error_set(err, E_LIMIT,
			SAY("one account proposes at most 100 studies; withdraw one first",
				"每个账号最多提出 100 个课题，请先撤回一个"),
			"account %s proposed %lld", study->account, (long long)n);
	if (count_of(s, "SELECT coalesce(sum(length(body)),0) FROM study WHERE account=?1",
		    study->account, NULL, &n, err) != 0)
		return -1;
	if (n + (int64_t)study->text.len > MAX_STUDIES_BYTES)
		return error_set(err, E_LIMIT,
			SAY("the studies of one account take up at most 4 MiB; withdraw one first",
				"每个账号提出的课题合计最多 4 MiB，请先撤回一个"),
			"account %s proposed %lld bytes", study->account, (long long)n);
	return 0;
}

/* Whoever is named sees it in the list of his studies, and did not ask for it. */
static int check_named(
	struct store *s, const struct stored_study *study, const char *member, struct error *err)
{
	int64_t n = 0;

	if (strcmp(member, study->account) == 0)
		return 0;
	if (count_of(s,
		    "SELECT count(*) FROM study s JOIN study_member m ON m.study=s.seq"
		    " WHERE s.account=?1 AND m.account=?2",
		    study->account, member, &n, err) != 0)
		return -1;
	if (n < MAX_STUDIES_NAMED)
		return 0;
	return error_set(err, E_LIMIT,
		SAY("one account names another in at most 20 of its studies; withdraw one first",
			"每个账号最多在 20 个课题中列入同一人，请先撤回一个"),
		"account %s named %s in %lld", study->account, member, (long long)n);
}

static int add_member(struct store *s, int64_t seq, const char *account, struct error *err)
{
	return db_run(s->db, NULL, err,
		"INSERT OR IGNORE INTO study_member(account,study) VALUES(?1,?2)", "si", account,
		seq);
}

int store_study_add(struct store *s, const struct stored_study *study, const char *const *members,
	size_t n, struct error *err)
{
	int64_t seq;

	if (check_room(s, study, err) != 0 ||
		db_run(s->db, NULL, err,
			"INSERT INTO study(id,account,proposed_ms,body) VALUES(?1,?2,?3,?4)",
			"ssib", study->id, study->account, study->proposed_ms, study->text.at,
			study->text.len) != 0)
		return -1;
	seq = db_last_id(s->db);
	for (size_t i = 0; i < n; i++)
		if (check_named(s, study, members[i], err) != 0 ||
			add_member(s, seq, members[i], err) != 0)
			return -1;
	return add_member(s, seq, study->account, err);
}

static int read_study(struct stmt *st, struct arena *a, struct stored_study *out, struct error *err)
{
	if (column_text(st, 0, a, &out->id, err) != 0 ||
		column_text(st, 1, a, &out->account, err) != 0 ||
		column_bytes(st, 3, a, &out->text, err) != 0)
		return -1;
	out->proposed_ms = stmt_int(st, 2);
	return 0;
}

#define VISIBLE(account)                                                                           \
	"(" account " IS NULL OR EXISTS(SELECT 1 FROM study_member m"                              \
	" WHERE m.account=" account " AND m.study=seq))"

int store_study(struct store *s, const char *id, const char *account, struct arena *a,
	struct stored_study *out, struct error *err)
{
	struct stmt *st;
	int ret;

	if (db_query(s->db, &st, err,
		    "SELECT id,account,proposed_ms,body FROM study WHERE id=?1 AND " VISIBLE("?2"),
		    "ss", id, account) != 0)
		return -1;
	ret = stmt_step(st, err);
	if (ret == 1 && read_study(st, a, out, err) != 0)
		ret = -1;
	stmt_end(st);
	return ret;
}

static int list_query(struct store *s, struct stmt **st, const char *account, int64_t seq,
	int64_t limit, struct error *err)
{
	if (account == NULL)
		return db_query(s->db, st, err,
			"SELECT id,account,proposed_ms,body FROM study WHERE seq<?1"
			" ORDER BY seq DESC LIMIT ?2",
			"ii", seq, limit);
	return db_query(s->db, st, err,
		"SELECT id,s.account,proposed_ms,body FROM study_member m JOIN study s ON"
		" s.seq=m.study WHERE m.account=?1 AND m.study<?2 ORDER BY m.study DESC LIMIT ?3",
		"sii", account, seq, limit);
}

int store_studies(struct store *s, const char *account, const char *before, unsigned limit,
	struct arena *a, struct stored_study **out, size_t *n, bool *more, struct error *err)
{
	struct stored_study *list = arena_array(a, limit, sizeof(*list));
	int64_t seq = INT64_MAX;
	struct stmt *st;
	size_t got = 0, bytes = 0;
	int ret;

	if (list == NULL)
		return error_memory(err);
	if (before != NULL && seq_before(s, "SELECT seq FROM study WHERE id=?1 AND " VISIBLE("?2"),
				      before, account, &seq, err) != 0)
		return -1;
	if (list_query(s, &st, account, seq, (int64_t)limit + 1, err) != 0)
		return -1;
	while ((ret = stmt_step(st, err)) == 1 && got < limit && bytes < MAX_STUDIES_PAGE_BYTES) {
		if (read_study(st, a, &list[got], err) != 0) {
			ret = -1;
			break;
		}
		bytes += list[got++].text.len;
	}
	stmt_end(st);
	if (ret < 0)
		return -1;
	*out = list;
	*n = got;
	*more = ret == 1;
	return 0;
}

int store_study_drop(struct store *s, const char *account, const char *id, struct error *err)
{
	int64_t changed = 0;

	if (db_run(s->db, &changed, err, "DELETE FROM study WHERE id=?1 AND account=?2", "ss", id,
		    account) != 0)
		return -1;
	return changed > 0;
}
