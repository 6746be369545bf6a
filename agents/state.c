#include "agents/state.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "agents/earlier.h"
#include "agents/members.h"
#include "agents/questions.h"
#include "agents/standing.h"
#include "base/clock.h"
#include "base/file.h"

enum {
	STATE_FORMAT = 1
};

static const char policy_schema[] =
	"CREATE TABLE policy("
	" version INTEGER PRIMARY KEY, hash BLOB NOT NULL, at INTEGER NOT NULL);";

/* Two agents on one ledger would each believe to be the only one that asks the database. */
static int lock_folder(struct state *st, const char *folder, struct error *err)
{
	struct text path;

	text_init(&path, 4096);
	text_addf(&path, "%s/lock", folder);
	st->lock = open(text_str(&path), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	text_clear(&path);
	if (st->lock < 0)
		return error_set(err, E_SYSTEM,
			SAY("the state folder cannot be written", "无法写入状态目录"),
			"could not make \"%s/lock\": %s", folder, strerror(errno));
	if (flock(st->lock, LOCK_EX | LOCK_NB) != 0)
		return error_set(err, E_STATE,
			SAY("another agent uses this state folder", "另一个代理正在使用此状态目录"),
			"\"%s\" is in use by another agent", folder);
	return 0;
}

static int open_db(struct state *st, const char *folder, struct error *err)
{
	struct text path, schema;
	int ret = -1;

	text_init(&path, 4096);
	text_init(&schema, 16384);
	text_addf(&path, "%s/ledger.db", folder);
	text_add(&schema, ledger_schema);
	text_add(&schema, audit_schema);
	text_add(&schema, releases_schema);
	text_add(&schema, policy_schema);
	if (text_failed(&path) || text_failed(&schema)) {
		error_set(err, E_LIMIT,
			SAY("the path of the state folder is too long", "状态目录的路径过长"),
			"could not name the ledger's file");
		goto out;
	}
	if (file_mkdirs(folder, 0700, err) != 0 || lock_folder(st, folder, err) != 0)
		goto out;
	ret = db_open(&st->db, text_str(&path), text_str(&schema), STATE_FORMAT, err);
	if (ret == 0)
		ret = standing_open(st->db, err);
out:
	text_clear(&path);
	text_clear(&schema);
	return ret;
}

/* The audit looks at the ledger's links, so the ledger comes first. */
static int verify(struct state *st, struct error *err)
{
	struct error why = { 0 };

	if (ledger_verify(st->ledger, &why) == 0 && audit_verify(st->audit, &why) == 0)
		return 0;
	if (why.code != E_CRYPTO) {
		*err = why;
		return -1;
	}
	memcpy(st->broken, why.log, sizeof(st->broken));
	audit_shut(st->audit);
	return 0;
}

int state_open(struct state *st, const char *folder, struct error *err)
{
	memset(st, 0, sizeof(*st));
	st->lock = -1;
	if (open_db(st, folder, err) != 0 || questions_open(st->db, err) != 0 || earlier_open(st->db, err) != 0 ||
		members_open(st->db, err) != 0 ||
		ledger_new(&st->ledger, st->db, err) != 0 ||
		audit_new(&st->audit, st->db, st->ledger, err) != 0 || verify(st, err) != 0) {
		state_close(st);
		return -1;
	}
	return 0;
}

void state_close(struct state *st)
{
	audit_free(st->audit);
	ledger_free(st->ledger);
	db_close(st->db);
	if (st->lock >= 0)
		close(st->lock);
	memset(st, 0, sizeof(*st));
	st->lock = -1;
}

int state_begin(struct state *st, struct error *err)
{
	return db_begin(st->db, err);
}

int state_commit(struct state *st, struct error *err)
{
	if (audit_write(st->audit, err) != 0) {
		db_rollback(st->db);
		return -1;
	}
	if (db_commit(st->db, err) != 0)
		return -1;
	audit_written(st->audit);
	return 0;
}

void state_rollback(struct state *st)
{
	db_rollback(st->db);
}

int state_flush(struct state *st, struct error *err)
{
	if (audit_waiting(st->audit) == 0)
		return 0;
	if (state_begin(st, err) != 0)
		return -1;
	return state_commit(st, err);
}

int state_policy(struct state *st, int64_t *version, struct hash32 *hash, struct error *err)
{
	struct stmt *s;
	size_t len;
	int row;

	if (db_query(st->db, &s, err,
		    "SELECT version, hash FROM policy ORDER BY version DESC LIMIT 1", "") != 0)
		return -1;
	row = stmt_step(s, err);
	if (row >= 0) {
		*version = row == 1 ? stmt_int(s, 0) : 0;
		memset(hash, 0, sizeof(*hash));
	}
	if (row == 1) {
		const void *bytes = stmt_bytes(s, 1, &len);

		if (len == sizeof(hash->at))
			memcpy(hash->at, bytes, len);
	}
	stmt_end(s);
	return row < 0 ? -1 : 0;
}

int state_policy_runs(
	struct state *st, int64_t version, const struct hash32 *hash, struct error *err)
{
	return db_run(st->db, NULL, err,
		"INSERT OR IGNORE INTO policy(version, hash, at) VALUES(?1, ?2, ?3)", "ibi",
		version, (const void *)hash->at, sizeof(hash->at), clock_wall_ms());
}
