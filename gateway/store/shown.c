#include "gateway/store/shown.h"

#include "gateway/store/schema.h"

/* Columns: id, account, study, kind, mode, canonical, received_ms, seq. */
static int read_row(struct stmt *st, struct arena *a, struct stored_shown *out, struct error *err)
{
	if (column_text(st, 0, a, &out->id, err) != 0 ||
		column_text(st, 1, a, &out->account, err) != 0 ||
		column_text(st, 2, a, &out->study, err) != 0 ||
		column_text(st, 3, a, &out->kind, err) != 0 ||
		column_text(st, 4, a, &out->mode, err) != 0 ||
		column_bytes(st, 5, a, &out->canonical, err) != 0)
		return -1;
	out->received_ms = stmt_int(st, 6);
	return 0;
}

/* Site by site, without what any of them said. */
static int read_legs(struct store *s, struct arena *a, struct stored_shown *out, struct error *err)
{
	struct shown_leg *list = arena_array(a, MAX_SITES, sizeof(*list));
	struct stmt *st;
	int ret;

	out->legs = list;
	out->n_legs = 0;
	if (list == NULL)
		return error_memory(err);
	if (db_query(s->db, &st, err,
		    "SELECT site,state FROM leg WHERE"
		    " question=(SELECT seq FROM question WHERE id=?1) ORDER BY place LIMIT ?2",
		    "si", out->id, (int64_t)MAX_SITES) != 0)
		return -1;
	while ((ret = stmt_step(st, err)) == 1) {
		struct shown_leg *leg = &list[out->n_legs++];
		const char *state = stmt_text(st, 1);

		if (column_text(st, 0, a, &leg->site, err) != 0 || state == NULL ||
			!site_state_parse(state, &leg->state)) {
			ret = error_set(err, E_SYSTEM,
				SAY("the gateway's record is damaged", "网关的本地记录已损坏"),
				"a leg of %s has no valid form", out->id);
			break;
		}
	}
	stmt_end(st);
	return ret;
}

static bool may_see_row(const struct shown_want *want, struct stmt *st)
{
	const char *account = stmt_text(st, 1), *study = stmt_text(st, 2);

	return want->may == NULL ||
	       (account != NULL && study != NULL && want->may(account, study, want->arg));
}

static bool may_see_legs(const struct shown_want *want, const struct stored_shown *row)
{
	bool may = want->may == NULL;

	for (size_t i = 0; !may && i < row->n_legs; i++)
		may = want->may_of(row->legs[i].site, row->account, row->study, want->arg);
	return may;
}

struct page_cost {
	unsigned seen;
	size_t bytes, legs;
};

static bool page_full(
	const struct shown_page *page, const struct shown_want *want, const struct page_cost *cost)
{
	return page->n == want->limit || cost->seen >= SHOWN_SCAN || cost->bytes >= SHOWN_BYTES ||
	       cost->legs >= SHOWN_LEGS;
}

/* 1 the page is full, 0 there are no more rows, -1 failed. `next` is the last row that was looked at. */
static int read_rows(struct store *s, struct stmt *st, const struct shown_want *want,
	struct arena *a, struct shown_page *out, struct error *err)
{
	struct page_cost cost = { 0 };
	int ret;

	while ((ret = stmt_step(st, err)) == 1) {
		struct stored_shown *row = &out->list[out->n];

		if (page_full(out, want, &cost))
			return 1;
		cost.seen++;
		out->next = stmt_int(st, 7);
		if (!may_see_row(want, st))
			continue;
		if (read_row(st, a, row, err) != 0 || read_legs(s, a, row, err) != 0)
			return -1;
		cost.bytes += row->canonical.len;
		cost.legs += row->n_legs;
		out->n += may_see_legs(want, row);
	}
	return ret;
}

int store_shown(struct store *s, const struct shown_want *want, struct arena *a,
	struct shown_page *out, struct error *err)
{
	struct stmt *st;
	int ret;

	*out = (struct shown_page){ .list = arena_array(a, want->limit + 1, sizeof(*out->list)) };
	if (out->list == NULL)
		return error_memory(err);
	if (db_query(s->db, &st, err,
		    "SELECT id,account,study,kind,mode,canonical,received_ms,seq FROM question"
		    " WHERE seq<?1 ORDER BY seq DESC",
		    "i", want->before) != 0)
		return -1;
	ret = read_rows(s, st, want, a, out, err);
	stmt_end(st);
	if (ret < 0)
		return -1;
	if (ret == 0)
		out->next = 0;
	return 0;
}
