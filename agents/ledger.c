#include "agents/ledger.h"

#include <stdlib.h>
#include <string.h>

#include "crypto/account.h"

/*
 * The ledger does arithmetic on amounts it is given; what a release costs is crypto/account's, which
 * accounts it is charged to is policies/plan's. The triggers stop an accident, the chain shows a
 * deed.
 */

const char ledger_schema[] =
	"CREATE TABLE ledger("
	" seq INTEGER PRIMARY KEY, at INTEGER NOT NULL, day INTEGER NOT NULL, kind TEXT NOT NULL,"
	" id TEXT NOT NULL, question BLOB NOT NULL, account TEXT NOT NULL,"
	" prho INTEGER NOT NULL, peps INTEGER NOT NULL, prev BLOB NOT NULL, hash BLOB NOT NULL);"
	"CREATE INDEX ledger_account ON ledger(account, day, prho, peps);"
	"CREATE INDEX ledger_id ON ledger(id);"
	"CREATE TRIGGER ledger_keeps BEFORE UPDATE ON ledger"
	" BEGIN SELECT RAISE(ABORT, 'the ledger is only appended to'); END;"
	"CREATE TRIGGER ledger_stays BEFORE DELETE ON ledger"
	" BEGIN SELECT RAISE(ABORT, 'the ledger is only appended to'); END;";

#define KIND_HOLD     "hold"
#define KIND_RELEASED "released"
#define KIND_FAILED   "failed"

typedef unsigned __int128 u128;

struct ledger {
	struct db *db;
	bool broken; /* L5 */
};

/* One record as it is stored and hashed. */
struct record {
	int64_t seq, at, day;
	const char *kind, *id, *account;
	struct hash32 question, prev, hash;
	int64_t prho, peps;
};

int ledger_new(struct ledger **out, struct db *db, struct error *err)
{
	struct ledger *l = calloc(1, sizeof(*l));

	if (l == NULL)
		return error_memory(err);
	l->db = db;
	*out = l;
	return 0;
}

void ledger_free(struct ledger *l)
{
	free(l);
}

/* ---- the chain ---- */

static struct hash32 record_hash(const struct record *r)
{
	uint8_t seq[8], at[8], day[8], prho[8], peps[8];
	const struct part_bytes parts[] = {
		{ r->prev.at, sizeof(r->prev.at) },
		{ seq, sizeof(seq) },
		{ at, sizeof(at) },
		{ day, sizeof(day) },
		{ r->kind, strlen(r->kind) },
		{ r->id, strlen(r->id) },
		{ r->question.at, sizeof(r->question.at) },
		{ r->account, strlen(r->account) },
		{ prho, sizeof(prho) },
		{ peps, sizeof(peps) },
	};

	put_be64(seq, (uint64_t)r->seq);
	put_be64(at, (uint64_t)r->at);
	put_be64(day, (uint64_t)r->day);
	put_be64(prho, (uint64_t)r->prho);
	put_be64(peps, (uint64_t)r->peps);
	return sha256_parts(parts, sizeof(parts) / sizeof(parts[0]));
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

static const char *column_text(struct stmt *s, int column)
{
	const char *text = stmt_text(s, column);

	return text == NULL ? "" : text;
}

int ledger_head(struct ledger *l, struct ledger_head *out, struct error *err)
{
	struct ledger_head head = { 0 };
	struct stmt *s;
	int row;

	if (db_query(l->db, &s, err, "SELECT seq, hash FROM ledger ORDER BY seq DESC LIMIT 1",
		    "") != 0)
		return -1;
	row = stmt_step(s, err);
	if (row == 1) {
		head.seq = (uint64_t)stmt_int(s, 0);
		if (!column_hash(s, 1, &head.hash))
			memset(&head.hash, 0, sizeof(head.hash)); /* ledger_verify() tells */
	}
	stmt_end(s);
	if (row < 0)
		return -1;
	*out = head;
	return 0;
}

int ledger_at(struct ledger *l, uint64_t seq, struct hash32 *hash, struct error *err)
{
	struct stmt *s;
	int row;

	if (db_query(l->db, &s, err, "SELECT hash FROM ledger WHERE seq = ?1", "i", (int64_t)seq) !=
		0)
		return -1;
	row = stmt_step(s, err);
	if (row == 1 && !column_hash(s, 0, hash))
		row = 0;
	stmt_end(s);
	return row;
}

static int append(struct ledger *l, struct record *r, struct error *err)
{
	struct ledger_head head;

	if (ledger_head(l, &head, err) != 0)
		return -1;
	r->seq = (int64_t)head.seq + 1;
	r->prev = head.hash;
	r->hash = record_hash(r);
	return db_run(l->db, NULL, err,
		"INSERT INTO ledger(seq, at, day, kind, id, question, account, prho, peps, prev, "
		"hash)"
		" VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
		"iiissbsiibb", r->seq, r->at, r->day, r->kind, r->id, (const void *)r->question.at,
		sizeof(r->question.at), r->account, r->prho, r->peps, (const void *)r->prev.at,
		sizeof(r->prev.at), (const void *)r->hash.at, sizeof(r->hash.at));
}

static const struct say broken = {
	"this site's record of privacy spent is damaged; it answers nothing until it is mended",
	"本院的隐私开销记录已损坏，修复之前不再作答"
};

static int broken_at(int64_t seq, struct error *err)
{
	return error_set(err, E_CRYPTO, broken,
		"ledger record %lld does not follow from the one before it", (long long)seq);
}

static int check_record(struct stmt *s, struct record *last, struct error *err)
{
	bool stored = stmt_stored(s, "iiissbsiibb");
	struct record r = { .seq = stmt_int(s, 0),
		.at = stmt_int(s, 1),
		.day = stmt_int(s, 2),
		.kind = column_text(s, 3),
		.id = column_text(s, 4),
		.account = column_text(s, 6),
		.prho = stmt_int(s, 7),
		.peps = stmt_int(s, 8) };
	struct hash32 made;
	bool whole = stored && column_hash(s, 5, &r.question) && column_hash(s, 9, &r.prev) &&
		     column_hash(s, 10, &r.hash);

	made = record_hash(&r);
	if (!whole || r.seq != last->seq + 1 || !hash32_equal(&r.prev, &last->hash) ||
		!hash32_equal(&made, &r.hash))
		return broken_at(last->seq + 1, err);
	last->seq = r.seq;
	last->hash = r.hash;
	return 0;
}

int ledger_verify(struct ledger *l, struct error *err)
{
	struct record last = { 0 };
	struct stmt *s;
	int row, ret = 0;

	l->broken = true;
	if (db_query(l->db, &s, err,
		    "SELECT seq, at, day, kind, id, question, account, prho, peps, prev, hash"
		    " FROM ledger ORDER BY seq",
		    "") != 0)
		return -1;
	while (ret == 0 && (row = stmt_step(s, err)) != 0)
		ret = row < 0 ? -1 : check_record(s, &last, err);
	stmt_end(s);
	if (ret == 0)
		l->broken = false;
	return ret;
}

/* ---- sums ---- */

/* The sum over one account and period in one unit, and its records; `which` ends the statement. Halves are summed
 * apart, so that no sum of 64-bit amounts can overflow inside SQLite. */
static int sum_up(struct ledger *l, const char *which, const char *account, bool in_epsilon,
	int32_t from, int32_t to, uint64_t *spent, uint64_t *questions, struct error *err)
{
	const char *unit = in_epsilon ? "peps" : "prho";
	struct text sql;
	struct stmt *s;
	u128 sum;
	int row;

	text_init(&sql, 1024);
	text_addf(&sql,
		"SELECT count(*), sum(%s >> 32), sum(%s & 4294967295), max(%s)"
		" FROM ledger h WHERE account = ?1 AND day BETWEEN ?2 AND ?3%s",
		unit, unit, unit, which);
	row = db_query(l->db, &s, err, text_str(&sql), "sii", account, (int64_t)from, (int64_t)to);
	text_clear(&sql);
	if (row != 0)
		return -1;
	row = stmt_step(s, err);
	if (row == 1) {
		sum = ((u128)(uint64_t)stmt_int(s, 1) << 32) + (uint64_t)stmt_int(s, 2);
		if (spent != NULL)
			*spent = stmt_int(s, 3) == INT64_MAX || sum > INT64_MAX ? UINT64_MAX
										: (uint64_t)sum;
		if (questions != NULL)
			*questions = (uint64_t)stmt_int(s, 0);
	}
	stmt_end(s);
	if (row == 0)
		return error_set(err, E_SYSTEM,
			SAY("the local record could not be read", "无法读取本地记录"),
			"a sum gave no row");
	return row == 1 ? 0 : -1;
}

int ledger_spent(struct ledger *l, const char *account, bool in_epsilon, int32_t from, int32_t to,
	uint64_t *spent, uint64_t *questions, struct error *err)
{
	return sum_up(l, "", account, in_epsilon, from, to, spent, questions, err);
}

int ledger_waiting(struct ledger *l, const char *account, bool in_epsilon, int32_t from, int32_t to,
	uint64_t *held, struct error *err)
{
	return sum_up(l,
		" AND NOT EXISTS (SELECT 1 FROM ledger e WHERE e.id = h.id AND e.kind <> 'hold')",
		account, in_epsilon, from, to, held, NULL, err);
}

static int count_ids(
	struct ledger *l, const char *id, const char *sql, int64_t *count, struct error *err)
{
	struct stmt *s;
	int row;

	if (db_query(l->db, &s, err, sql, "s", id) != 0)
		return -1;
	row = stmt_step(s, err);
	if (row == 1)
		*count = stmt_int(s, 0);
	stmt_end(s);
	return row == 1 ? 0 : -1;
}

int ledger_held(struct ledger *l, const char *id, struct error *err)
{
	int64_t n = 0;

	if (count_ids(l, id, "SELECT count(*) FROM ledger WHERE id = ?1 AND kind = 'hold'", &n,
		    err) != 0)
		return -1;
	return n > 0;
}

/* ---- hold and settle ---- */

static int check_charge(struct ledger *l, const struct charge *c, struct error *err)
{
	uint64_t spent, questions;
	enum fit fit;

	if (ledger_spent(l, c->account, c->in_epsilon, c->from, c->to, &spent, &questions, err) !=
		0)
		return -1;
	fit = charge_fits(c, spent, questions);
	switch (fit) {
	case FITS:
		return 0;
	case FIT_QUERIES:
		return error_set(err, E_BUDGET, fit_say(fit),
			"account \"%s\" has used its %lld questions", c->account,
			(long long)c->max_queries);
	case FIT_AMOUNT:
		break;
	}
	return error_set(err, E_BUDGET, fit_say(FIT_AMOUNT),
		"account \"%s\" has spent %llu of %llu, this costs %llu", c->account,
		(unsigned long long)spent, (unsigned long long)c->cap, (unsigned long long)c->cost);
}

static int64_t amount(uint64_t cost)
{
	return cost > INT64_MAX ? INT64_MAX : (int64_t)cost;
}

static uint64_t more(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

/* Two budgets may share an account, with other periods: that is one record, so that a question counts
 * once. The larger cost is kept. */
static int hold_account(
	struct ledger *l, const struct ledger_cost *cost, unsigned i, struct error *err)
{
	const char *account = cost->charges[i].account;
	uint64_t prho = cost->prho, peps = cost->peps;

	for (unsigned j = 0; j < cost->n_charges; j++) {
		const struct charge *c = &cost->charges[j];

		if (strcmp(c->account, account) != 0)
			continue;
		if (j < i)
			return 0;
		if (c->in_epsilon)
			peps = more(peps, c->cost);
		else
			prho = more(prho, c->cost);
	}
	struct record r = { .at = cost->at_ms,
		.day = cost->day,
		.kind = KIND_HOLD,
		.id = cost->id,
		.account = account,
		.question = *cost->question,
		.prho = amount(prho),
		.peps = amount(peps) };
	return append(l, &r, err);
}

static int not_now(struct error *err, const char *id, const char *why)
{
	return error_set(err, E_STATE, SAY("this question was paid for before", "此查询此前已计费"),
		"question %s %s", id, why);
}

int ledger_fits(struct ledger *l, const struct charge *charges, unsigned n, unsigned *failed,
	struct error *err)
{
	for (unsigned i = 0; i < n; i++) {
		if (check_charge(l, &charges[i], err) == 0)
			continue;
		if (failed != NULL && err->code == E_BUDGET)
			*failed = i;
		return -1;
	}
	return 0;
}

int ledger_hold(
	struct ledger *l, const struct ledger_cost *cost, unsigned *failed, struct error *err)
{
	int held;

	if (l->broken)
		return error_set(err, E_STATE, broken, "the ledger is broken or was not verified");
	if (cost->n_charges == 0)
		return error_set(err, E_DENIED,
			SAY("no budget covers this question", "没有预算涵盖此查询"),
			"question %s has no account to be charged to", cost->id);
	held = ledger_held(l, cost->id, err);
	if (held < 0)
		return -1;
	if (held)
		return not_now(err, cost->id, "is already held");
	if (ledger_fits(l, cost->charges, cost->n_charges, failed, err) != 0)
		return -1;
	for (unsigned i = 0; i < cost->n_charges; i++)
		if (hold_account(l, cost, i, err) != 0)
			return -1;
	return 0;
}

int ledger_settle(struct ledger *l, const char *id, bool released, int64_t at_ms, int32_t day,
	struct error *err)
{
	int64_t settled = 0;
	int held = ledger_held(l, id, err);
	struct record r = { .at = at_ms,
		.day = day,
		.kind = released ? KIND_RELEASED : KIND_FAILED,
		.id = id,
		.account = "" };

	if (held < 0 ||
		count_ids(l, id, "SELECT count(*) FROM ledger WHERE id = ?1 AND kind <> 'hold'",
			&settled, err) != 0)
		return -1;
	if (!held || settled > 0)
		return not_now(err, id, held ? "is already settled" : "is not held");
	return append(l, &r, err);
}

int ledger_unsettled(
	struct ledger *l, char id[MAX_ID + 1], struct hash32 *question, struct error *err)
{
	struct stmt *s;
	int row;

	if (db_query(l->db, &s, err,
		    "SELECT id, question FROM ledger h WHERE kind = 'hold' AND NOT EXISTS"
		    " (SELECT 1 FROM ledger e WHERE e.id = h.id AND e.kind <> 'hold')"
		    " ORDER BY seq LIMIT 1",
		    "") != 0)
		return -1;
	row = stmt_step(s, err);
	if (row == 1 &&
		(!text_copy(id, MAX_ID + 1, column_text(s, 0)) || !column_hash(s, 1, question)))
		row = error_set(err, E_CRYPTO, broken, "an unsettled ledger record is malformed");
	stmt_end(s);
	return row;
}

/* ---- for people ---- */

/* Up to where more can be added to the object. */
static void json_account(struct stmt *s, struct text *out)
{
	u128 prho = ((u128)(uint64_t)stmt_int(s, 2) << 32) + (uint64_t)stmt_int(s, 3);
	u128 peps = ((u128)(uint64_t)stmt_int(s, 4) << 32) + (uint64_t)stmt_int(s, 5);
	char amount_text[32];

	text_add(out, "{\"account\":");
	text_add_json(out, column_text(s, 0));
	text_addf(out, ",\"questions\":%lld,\"rho\":", (long long)stmt_int(s, 1));
	text_add_json(out, account_text(prho > INT64_MAX ? INT64_MAX : (uint64_t)prho, 1,
				   amount_text, sizeof(amount_text)));
	text_add(out, ",\"epsilon\":");
	if (stmt_int(s, 6) == INT64_MAX || peps > INT64_MAX)
		text_add(out, "null");
	else
		text_add_json(
			out, account_text((uint64_t)peps, 1, amount_text, sizeof(amount_text)));
}

int ledger_json(struct ledger *l, ledger_more *add, void *arg, bool *none, struct text *out,
	struct error *err)
{
	struct stmt *s;
	int row;

	if (db_query(l->db, &s, err,
		    "SELECT account, count(*), sum(prho >> 32), sum(prho & 4294967295),"
		    " sum(peps >> 32), sum(peps & 4294967295), max(peps)"
		    " FROM ledger WHERE kind = 'hold' GROUP BY account ORDER BY account",
		    "") != 0)
		return -1;
	*none = true;
	while ((row = stmt_step(s, err)) == 1) {
		if (!*none)
			text_addc(out, ',');
		*none = false;
		json_account(s, out);
		if (add(column_text(s, 0), out, arg, err) != 0) {
			row = -1;
			break;
		}
		text_addc(out, '}');
	}
	stmt_end(s);
	return row;
}
