/*
 * offers.c - what sites offer, and the answered questions that the catalogue shows beside it.
 */
#include "gateway/store/schema.h"

int store_catalogue(
	struct store *s, const char *site, struct arena *a, struct view *out, struct error *err)
{
	struct stmt *st;
	int ret;

	if (db_query(s->db, &st, err, "SELECT offered FROM catalogue WHERE site=?1", "s", site) != 0)
		return -1;
	ret = stmt_step(st, err);
	if (ret == 1 && column_bytes(st, 0, a, out, err) != 0)
		ret = -1;
	stmt_end(st);
	return ret;
}

int store_set_catalogue(
	struct store *s, const char *site, int64_t at_ms, struct view offered, struct error *err)
{
	return db_run(s->db, NULL, err,
		"INSERT INTO catalogue(site,at_ms,offered) VALUES(?1,?2,?3)"
		" ON CONFLICT(site) DO UPDATE SET at_ms=?2, offered=?3",
		"sib", site, at_ms, offered.at, offered.len);
}

int store_answered(struct store *s, const char *study, const char *kind, unsigned limit,
	struct arena *a, const char ***ids, size_t *n, struct error *err)
{
	const char **list = arena_array(a, limit, sizeof(*list));
	struct stmt *st;
	size_t got = 0;
	int ret;

	if (list == NULL)
		return error_set(err, E_LIMIT, SAY("the answer is too large", "答案过大"),
			"a list of questions does not fit the memory of one request");
	if (db_query(s->db, &st, err,
		    "SELECT id, max(seq) FROM question WHERE study=?1 AND kind=?2"
		    " AND state IN ('complete','partial') GROUP BY hash ORDER BY 2 DESC LIMIT ?3",
		    "ssi", study, kind, (int64_t)limit) != 0)
		return -1;
	while ((ret = stmt_step(st, err)) == 1 && got < limit)
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
