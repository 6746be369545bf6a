#include "agents/members.h"

#include <stdlib.h>
#include <string.h>

#include "agents/paillier.h"
#include "base/clock.h"
#include "base/file.h"
#include "crypto/identity.h"

int members_open(struct db *db, struct error *err)
{
	if (db_run(db, NULL, err,
		    "CREATE TABLE IF NOT EXISTS sum_mark("
		    " ctx BLOB NOT NULL, mark INTEGER NOT NULL, at INTEGER NOT NULL,"
		    " PRIMARY KEY(ctx, mark)) WITHOUT ROWID",
		    "") != 0)
		return -1;
	return db_run(db, NULL, err,
		       "CREATE TABLE IF NOT EXISTS sum_members("
		       " epoch INTEGER PRIMARY KEY, hash BLOB NOT NULL, at INTEGER NOT NULL)",
		       "") != 0
		       ? -1
		       : paillier_open(db, err);
}

static int denied(struct error *err, const char *why)
{
	return error_set(err, E_DENIED,
		SAY("this site has no list of members that is valid now",
			"本机构目前没有有效的成员名单"),
		"members: %s", why);
}

int members_seen(
	struct state *st, const struct seen_table *t, struct members_seen *seen, struct error *err)
{
	struct stmt *s;
	size_t len;
	int row;

	*seen = (struct members_seen){ 0 };
	if (db_query(st->db, &s, err, t->last, "") != 0)
		return -1;
	row = stmt_step(s, err);
	if (row == 1) {
		const void *bytes = stmt_bytes(s, 1, &len);

		seen->epoch = (uint64_t)stmt_int(s, 0);
		if (bytes != NULL && len == sizeof(seen->hash.at))
			memcpy(seen->hash.at, bytes, len);
	}
	stmt_end(s);
	return row < 0 ? -1 : 0;
}

int members_saw(struct state *st, const struct seen_table *t, const struct members_seen *now,
	struct error *err)
{
	if (state_begin(st, err) != 0)
		return -1;
	if (db_run(st->db, NULL, err, t->add, "ibi", (int64_t)now->epoch,
		    (const void *)now->hash.at, sizeof(now->hash.at), clock_wall_ms()) == 0)
		return state_commit(st, err);
	state_rollback(st);
	return -1;
}

int members_federation(const char *root, struct hash32 *out, struct error *err)
{
	uint8_t *pem;
	size_t len;
	int ret;

	if (file_read(root, MAX_FILE_BYTES, &pem, &len, err) != 0)
		return -1;
	ret = identity_federation((const char *)pem, len, out, err);
	free(pem);
	return ret;
}

const char *members_wrong(const struct diags *ds)
{
	const struct diag *first = diags_first(ds);

	return first != NULL ? first->en : "the files cannot be read";
}

static const struct seen_table seen_lists = {
	"SELECT epoch, hash FROM sum_members ORDER BY epoch DESC LIMIT 1",
	"INSERT OR IGNORE INTO sum_members(epoch, hash, at) VALUES(?1, ?2, ?3)"
};

static int take_up(struct state *st, struct members_want *want, struct arena *arena,
	const struct membership **out, struct error *err)
{
	struct members_seen now;
	struct diags ds;

	diags_init(&ds, arena);
	want->now_s = clock_wall_ms() / 1000;
	want->today = clock_today();
	if (members_seen(st, &seen_lists, &want->seen, err) != 0)
		return -1;
	if (members_take_up(want, arena, &ds, out, &now) != 0)
		return denied(err, members_wrong(&ds));
	if (now.epoch == want->seen.epoch)
		return 0;
	return members_saw(st, &seen_lists, &now, err);
}

/* What it signs with another key nobody in the sum would believe. */
static int find_self(const struct membership *m, const char *site, EVP_PKEY *key, struct error *err)
{
	const struct sum_id id = sum_id_of(site);
	const struct member *me = membership_find(m, &id);

	if (me == NULL)
		return denied(err, "this site is not in the list");
	if (!identity_key_is(key, me->key))
		return denied(err, "the list has another key for this site");
	return 0;
}

int members_now(struct state *st, const struct sum_settings *s, const char *site,
	struct arena *arena, const struct membership **out, struct error *err)
{
	struct members_want want = { .members = { .name = s->members },
		.officers = { .name = s->officers } };
	uint8_t *members = NULL, *officers = NULL;
	int ret = -1;

	if (s->members == NULL)
		return denied(err, "none is configured");
	if (file_read(s->members, MAX_FILE_BYTES, &members, &want.members.len, err) == 0 &&
		file_read(s->officers, MAX_FILE_BYTES, &officers, &want.officers.len, err) == 0 &&
		members_federation(s->root, &want.federation, err) == 0) {
		want.members.bytes = members;
		want.officers.bytes = officers;
		ret = take_up(st, &want, arena, out, err);
	}
	if (ret == 0)
		ret = find_self(*out, site, s->key, err);
	free(members);
	free(officers);
	return ret;
}

int members_mark(void *of, enum sum_mark mark, const struct hash32 *ctx, struct error *err)
{
	struct state *st = of;

	if (state_begin(st, err) != 0)
		return -1;
	/* a second mark of its kind is a second row of one key: the database refuses it */
	if (db_run(st->db, NULL, err, "INSERT INTO sum_mark(ctx, mark, at) VALUES(?1, ?2, ?3)",
		    "bii", (const void *)ctx->at, sizeof(ctx->at), (int64_t)mark,
		    clock_wall_ms()) == 0)
		return state_commit(st, err);
	state_rollback(st);
	return -1;
}
