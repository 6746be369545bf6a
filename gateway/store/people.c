/*
 * people.c - visits, API tokens and guests on SQLite.
 */
#include "gateway/store/people.h"

#include <string.h>

#include "base/text.h"
#include "gateway/store/schema.h"

enum {
	FORGET_AT_ONCE = 100
};

static const char *const vias[] = { "bearer", "oidc", "token" };

const char *via_name(enum via v)
{
	return vias[v];
}

static int damaged(struct error *err, const char *what)
{
	return error_set(err, E_SYSTEM,
		SAY("the gateway's record is damaged", "网关的本地记录已损坏"),
		"a stored %s has no valid form", what);
}

static bool copy_column(struct stmt *st, int column, char *out, size_t size)
{
	const char *s = stmt_text(st, column);

	return s != NULL && text_copy(out, size, s);
}

static bool read_role(const char *s, enum role *out)
{
	*out = ROLE_NONE;
	return s != NULL && (strcmp(s, role_name(ROLE_NONE)) == 0 || role_parse(s, out));
}

static int count(
	struct store *s, const char *sql, const char *account, int64_t *out, struct error *err)
{
	struct stmt *st;
	int row;

	if (db_query(s->db, &st, err, sql, account == NULL ? "" : "s", account) != 0)
		return -1;
	row = stmt_step(st, err);
	*out = row == 1 ? stmt_int(st, 0) : 0;
	stmt_end(st);
	return row < 0 ? -1 : 0;
}

/* ---- visits ---- */

static int make_room(
	struct store *s, const struct stored_visit *v, int64_t idle_ms, struct error *err)
{
	int64_t n;

	if (db_run(s->db, NULL, err,
		    "DELETE FROM visit WHERE hash IN"
		    " (SELECT hash FROM visit WHERE until_ms<=?1 OR seen_ms<=?2 LIMIT ?3)",
		    "iii", v->began_ms, v->began_ms - idle_ms, (int64_t)FORGET_AT_ONCE) != 0 ||
		db_run(s->db, NULL, err,
			"DELETE FROM visit WHERE hash IN (SELECT hash FROM visit WHERE account=?1"
			" ORDER BY began_ms DESC LIMIT -1 OFFSET ?2)",
			"si", v->account, (int64_t)MAX_VISITS_EACH - 1) != 0 ||
		count(s, "SELECT count(*) FROM visit", NULL, &n, err) != 0)
		return -1;
	if (n < MAX_VISITS)
		return 0;
	return error_set(err, E_LIMIT,
		SAY("too many people are signed in; try again later", "登录人数过多，请稍后再试"),
		"%d visits", (int)MAX_VISITS);
}

int store_visit_add(struct store *s, const struct hash32 *hash, const struct stored_visit *v,
	int64_t idle_ms, struct error *err)
{
	if (make_room(s, v, idle_ms, err) != 0)
		return -1;
	return db_run(s->db, NULL, err,
		"INSERT INTO visit(hash,account,role,via,token,began_ms,seen_ms,until_ms)"
		" VALUES(?1,?2,?3,?4,?5,?6,?7,?8)",
		"bsssbiii", hash->at, sizeof(hash->at), v->account, role_name(v->role),
		via_name(v->via), v->token.at, sizeof(v->token.at), v->began_ms, v->seen_ms,
		v->until_ms);
}

static int read_visit(struct stmt *st, struct stored_visit *out, struct error *err)
{
	const char *via = stmt_text(st, 2);

	*out = (struct stored_visit){
		.began_ms = stmt_int(st, 4), .seen_ms = stmt_int(st, 5), .until_ms = stmt_int(st, 6)
	};
	if (!copy_column(st, 0, out->account, sizeof(out->account)) ||
		!read_role(stmt_text(st, 1), &out->role) || via == NULL ||
		column_hash(st, 3, &out->token, err) != 0)
		return damaged(err, "visit");
	out->via = strcmp(via, vias[VIA_OIDC]) == 0 ? VIA_OIDC : VIA_TOKEN;
	return 1;
}

int store_visit(
	struct store *s, const struct hash32 *hash, struct stored_visit *out, struct error *err)
{
	struct stmt *st;
	int row;

	if (db_query(s->db, &st, err,
		    "SELECT account,role,via,token,began_ms,seen_ms,until_ms FROM visit WHERE "
		    "hash=?1",
		    "b", hash->at, sizeof(hash->at)) != 0)
		return -1;
	row = stmt_step(st, err);
	if (row == 1)
		row = read_visit(st, out, err);
	stmt_end(st);
	return row;
}

int store_visit_seen(struct store *s, const struct hash32 *hash, int64_t seen_ms, struct error *err)
{
	return db_run(s->db, NULL, err, "UPDATE visit SET seen_ms=?2 WHERE hash=?1", "bi", hash->at,
		sizeof(hash->at), seen_ms);
}

int store_visit_end(struct store *s, const struct hash32 *hash, struct error *err)
{
	return db_run(s->db, NULL, err, "DELETE FROM visit WHERE hash=?1", "b", hash->at,
		sizeof(hash->at));
}

/* ---- API tokens ---- */

int store_token_add(
	struct store *s, const struct hash32 *hash, const struct stored_token *t, struct error *err)
{
	int64_t n;

	if (db_run(s->db, NULL, err, "DELETE FROM token WHERE account=?1 AND until_ms<=?2", "si",
		    t->account, t->created_ms) != 0 ||
		count(s, "SELECT count(*) FROM token WHERE account=?1", t->account, &n, err) != 0)
		return -1;
	if (n >= MAX_TOKENS_EACH)
		return error_set(err, E_STATE,
			SAY("this account has 50 tokens already; end one first",
				"该账号已有 50 个令牌，请先撤销一个"),
			"too many tokens");
	return db_run(s->db, NULL, err,
		"INSERT INTO token(id,hash,account,name,scopes,created_ms,until_ms,used_day)"
		" VALUES(?1,?2,?3,?4,?5,?6,?7,0)",
		"sbssiii", t->id, hash->at, sizeof(hash->at), t->account, t->name,
		(int64_t)t->scopes, t->created_ms, t->until_ms);
}

#define TOKEN_COLUMNS "id,account,name,scopes,created_ms,until_ms,used_day"

static int read_token(struct stmt *st, struct stored_token *out, struct error *err)
{
	*out = (struct stored_token){ .scopes = (unsigned)stmt_int(st, 3) & SCOPES_API,
		.created_ms = stmt_int(st, 4),
		.until_ms = stmt_int(st, 5),
		.used_day = (int32_t)stmt_int(st, 6) };
	if (!copy_column(st, 0, out->id, sizeof(out->id)) ||
		!copy_column(st, 1, out->account, sizeof(out->account)) ||
		!copy_column(st, 2, out->name, sizeof(out->name)))
		return damaged(err, "token");
	return 1;
}

int store_token(
	struct store *s, const struct hash32 *hash, struct stored_token *out, struct error *err)
{
	struct stmt *st;
	int row;

	if (db_query(s->db, &st, err, "SELECT " TOKEN_COLUMNS " FROM token WHERE hash=?1", "b",
		    hash->at, sizeof(hash->at)) != 0)
		return -1;
	row = stmt_step(st, err);
	if (row == 1)
		row = read_token(st, out, err);
	stmt_end(st);
	return row;
}

int store_token_used(struct store *s, const char *id, int32_t day, struct error *err)
{
	return db_run(s->db, NULL, err, "UPDATE token SET used_day=?2 WHERE id=?1", "si", id,
		(int64_t)day);
}

int store_tokens(struct store *s, const char *account, struct arena *a, struct stored_token **out,
	size_t *n, struct error *err)
{
	struct stored_token *list = arena_array(a, MAX_TOKENS_EACH, sizeof(*list));
	struct stmt *st;
	int row;

	*n = 0;
	if (list == NULL)
		return error_memory(err);
	if (db_query(s->db, &st, err,
		    "SELECT " TOKEN_COLUMNS " FROM token WHERE account=?1"
		    " ORDER BY created_ms DESC, id LIMIT ?2",
		    "si", account, (int64_t)MAX_TOKENS_EACH) != 0)
		return -1;
	while ((row = stmt_step(st, err)) == 1 && (row = read_token(st, &list[*n], err)) == 1)
		++*n;
	stmt_end(st);
	*out = list;
	return row;
}

int store_token_end(struct store *s, const char *account, const char *id, struct error *err)
{
	int64_t changed = 0;

	if (db_run(s->db, NULL, err,
		    "DELETE FROM visit WHERE token=(SELECT hash FROM token WHERE id=?1 AND "
		    "account=?2)",
		    "ss", id, account) != 0 ||
		db_run(s->db, &changed, err, "DELETE FROM token WHERE id=?1 AND account=?2", "ss",
			id, account) != 0)
		return -1;
	return changed == 1;
}

/* ---- guests ---- */

int store_set_guest(
	struct store *s, const char *account, enum role role, int64_t at_ms, struct error *err)
{
	if (role == ROLE_NONE)
		return db_run(s->db, NULL, err, "DELETE FROM guest WHERE account=?1", "s", account);
	return db_run(s->db, NULL, err,
		"INSERT INTO guest(account,role,at_ms) VALUES(?1,?2,?3)"
		" ON CONFLICT(account) DO UPDATE SET role=?2, at_ms=?3",
		"ssi", account, role_name(role), at_ms);
}

int store_guest(
	struct store *s, const char *account, enum role *role, int64_t *at_ms, struct error *err)
{
	struct stmt *st;
	int row;

	if (db_query(s->db, &st, err, "SELECT role,at_ms FROM guest WHERE account=?1", "s",
		    account) != 0)
		return -1;
	row = stmt_step(st, err);
	if (row == 1 && !read_role(stmt_text(st, 0), role))
		row = damaged(err, "guest");
	else if (row == 1)
		*at_ms = stmt_int(st, 1);
	stmt_end(st);
	return row;
}

/* ---- the log ---- */

int store_sign_ins(struct store *s, const char *account, unsigned limit, struct arena *a,
	struct stored_sign_in **out, size_t *n, struct error *err)
{
	struct stored_sign_in *list = arena_array(a, limit, sizeof(*list));
	struct stmt *st;
	int row;

	*n = 0;
	if (list == NULL)
		return error_memory(err);
	if (account == NULL ? db_query(s->db, &st, err,
				      "SELECT at_ms,what,who,detail FROM audit"
				      " WHERE what >= 'person.' AND what < 'person/' ORDER BY seq "
				      "DESC LIMIT ?1",
				      "i", (int64_t)limit) != 0
			    : db_query(s->db, &st, err,
				      "SELECT at_ms,what,who,detail FROM audit WHERE who=?2"
				      " AND what >= 'person.' AND what < 'person/' ORDER BY seq "
				      "DESC LIMIT ?1",
				      "is", (int64_t)limit, account) != 0)
		return -1;
	while ((row = stmt_step(st, err)) == 1 && *n < limit) {
		struct stored_sign_in *at = &list[*n];

		at->at_ms = stmt_int(st, 0);
		if (column_text(st, 1, a, &at->what, err) != 0 ||
			column_text(st, 2, a, &at->account, err) != 0 ||
			column_text(st, 3, a, &at->detail, err) != 0) {
			row = -1;
			break;
		}
		++*n;
	}
	stmt_end(st);
	*out = list;
	return row < 0 ? -1 : 0;
}
