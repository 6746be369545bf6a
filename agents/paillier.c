#include "agents/paillier.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/file.h"
#include "crypto/identity.h"

enum {
	KEY_ARENA = 4 << 20
};

int paillier_open(struct db *db, struct error *err)
{
	if (db_run(db, NULL, err,
		    "CREATE TABLE IF NOT EXISTS sum_key("
		    " epoch INTEGER PRIMARY KEY, hash BLOB NOT NULL, at INTEGER NOT NULL)",
		    "") != 0)
		return -1;
	return db_run(db, NULL, err,
		"CREATE TABLE IF NOT EXISTS sum_opened("
		" ctx BLOB PRIMARY KEY, sites BLOB NOT NULL, at INTEGER NOT NULL) WITHOUT ROWID",
		"");
}

void paillier_drop(struct paillier_key *k)
{
	if (k == NULL || --k->count > 0)
		return;
	tp_table_free(k->table);
	tp_comb_free(k->of_v);
	tp_share_clear(&k->share);
	tp_key_clear(&k->f.k);
	arena_clear(&k->arena);
	free(k);
}

static int denied(struct error *err, const char *why)
{
	return error_set(err, E_DENIED,
		SAY("this site has no key of threshold Paillier that is valid now",
			"本机构目前没有有效的门限 Paillier 密钥"),
		"paillier: %s", why);
}

static const struct seen_table seen_keys = {
	"SELECT epoch, hash FROM sum_key ORDER BY epoch DESC LIMIT 1",
	"INSERT OR IGNORE INTO sum_key(epoch, hash, at) VALUES(?1, ?2, ?3)"
};

/* ---- taking it up ---- */

struct files {
	uint8_t *key, *officers, *share; /* heap */
	size_t key_len, officers_len, share_len;
};

static void files_free(struct files *f)
{
	free(f->key);
	free(f->officers);
	free(f->share);
}

static int files_read(const struct sum_settings *s, struct files *f, struct error *err)
{
	*f = (struct files){ NULL };
	if (file_read(s->paillier, MAX_FILE_BYTES, &f->key, &f->key_len, err) == 0 &&
		file_read(s->officers, MAX_FILE_BYTES, &f->officers, &f->officers_len, err) == 0 &&
		(s->share == NULL ||
			file_read(s->share, MAX_FILE_BYTES, &f->share, &f->share_len, err) == 0))
		return 0;
	files_free(f);
	return -1;
}

static struct hash32 files_hash(const struct files *f)
{
	const int32_t today = clock_today();
	const struct part_bytes parts[] = { { f->key, f->key_len },
		{ f->officers, f->officers_len }, { f->share, f->share_len },
		{ &today, sizeof(today) } };

	return sha256_parts(parts, 4);
}

static int take_key(struct state *st, const struct sum_settings *s, const struct files *files,
	struct paillier_key *k, struct error *err)
{
	struct members_want want = { .members = { s->paillier, files->key, files->key_len },
		.officers = { s->officers, files->officers, files->officers_len },
		.now_s = clock_wall_ms() / 1000,
		.today = clock_today() };
	struct members_seen now;
	struct diags ds;

	diags_init(&ds, &k->arena);
	if (members_federation(s->root, &want.federation, err) != 0 ||
		members_seen(st, &seen_keys, &want.seen, err) != 0)
		return -1;
	if (tp_key_take_up(&want, s->bits == 0 ? TP_BITS : s->bits, &k->arena, &ds, &k->f, &now) !=
		0)
		return denied(err, members_wrong(&ds));
	return now.epoch == want.seen.epoch ? 0 : members_saw(st, &seen_keys, &now, err);
}

/* A holder speaks as the site that it is, with the key that the list of members has for it. */
static int take_share(const struct sum_settings *s, const char *site, const struct files *files,
	struct paillier_key *k, struct error *err)
{
	const struct tp_holder_key *me;

	if (files->share == NULL)
		return 0;
	if (tp_share_read(&k->f.k, s->seal, files->share, files->share_len, &k->share, err) != 0)
		return -1;
	me = &k->f.k.holders[k->share.place - 1];
	if (strcmp(me->name, site) != 0)
		return denied(err, "the share is another holder's");
	if (!identity_key_is(s->key, me->key))
		return denied(err, "the key names another signing key for this holder");
	return 0;
}

static int read_key(struct state *st, const struct sum_settings *s, const char *site,
	const struct files *files, struct paillier_key **out, struct error *err)
{
	struct paillier_key *k = calloc(1, sizeof(*k));

	if (k == NULL)
		return error_memory(err);
	k->count = 1;
	k->of = files_hash(files);
	arena_init(&k->arena, KEY_ARENA);
	if (take_key(st, s, files, k, err) == 0 && take_share(s, site, files, k, err) == 0 &&
		tp_table_new(&k->table, &k->f.k, err) == 0 &&
		(k->share.place == 0 || tp_partial_powers(&k->of_v, &k->f.k, err) == 0)) {
		*out = k;
		return 0;
	}
	paillier_drop(k);
	return -1;
}

int paillier_now(struct state *st, const struct sum_settings *s, const char *site,
	struct paillier_key **kept, struct paillier_key **out, struct error *err)
{
	struct paillier_key *fresh = NULL;
	struct files files;
	struct hash32 of;
	int ret = 0;

	if (s == NULL || s->paillier == NULL)
		return denied(err, "none is configured");
	if (files_read(s, &files, err) != 0)
		return -1;
	of = files_hash(&files);
	if (*kept == NULL || !hash32_equal(&of, &(*kept)->of)) {
		ret = read_key(st, s, site, &files, &fresh, err);
		if (ret == 0) {
			paillier_drop(*kept);
			*kept = fresh;
		}
	}
	files_free(&files);
	if (ret != 0)
		return -1;
	(*kept)->count++;
	*out = *kept;
	return 0;
}

/* ---- what was opened ---- */

static int same_set(
	struct state *st, const struct hash32 *ctx, const struct hash32 *set, struct error *err)
{
	struct stmt *s;
	int row;

	if (db_query(st->db, &s, err, "SELECT 1 FROM sum_opened WHERE ctx = ?1 AND sites = ?2",
		    "bb", (const void *)ctx->at, sizeof(ctx->at), (const void *)set->at,
		    sizeof(set->at)) != 0)
		return -1;
	row = stmt_step(s, err);
	stmt_end(s);
	return row;
}

int paillier_once(void *of, const struct hash32 *ctx, const struct hash32 *set, struct error *err)
{
	struct state *st = of;
	int same = same_set(st, ctx, set, err);

	if (same != 0)
		return same < 0 ? -1 : 0;
	if (state_begin(st, err) != 0)
		return -1;
	/* another set of this context is a second row of one key: the database refuses it */
	if (db_run(st->db, NULL, err, "INSERT INTO sum_opened(ctx, sites, at) VALUES(?1, ?2, ?3)",
		    "bbi", (const void *)ctx->at, sizeof(ctx->at), (const void *)set->at,
		    sizeof(set->at), clock_wall_ms()) == 0)
		return state_commit(st, err);
	state_rollback(st);
	return -1;
}
