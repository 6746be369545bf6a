#include "agents/take_up.h"

#include <errno.h>
#include <libgen.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"

enum {
	CLOCKS_DIFFER_MS = 5 * 60 * 1000 /* of a signer and of the agent */
};

/* ---- who may approve ---- */

void people_init(struct people *p)
{
	arena_init(&p->arena, MAX_QUERY_ARENA);
	p->who = NULL;
}

void people_clear(struct people *p)
{
	arena_clear(&p->arena);
	p->who = NULL;
}

static bool others_write(mode_t mode)
{
	return (mode & (S_IWGRP | S_IWOTH)) != 0;
}

/* In a folder that others may write, they put another file in its place; a sticky one keeps them off. */
static bool folder_is_safe(struct arena *arena, const char *path)
{
	char *copy = arena_text(arena, path);
	struct stat st;

	return copy != NULL && stat(dirname(copy), &st) == 0 &&
	       (!others_write(st.st_mode) || (st.st_mode & S_ISVTX) != 0);
}

static bool file_is_safe(struct arena *arena, const char *path, const struct stat *st)
{
	if (!S_ISREG(st->st_mode) || others_write(st->st_mode)) {
		log_line(LOG_ERROR,
			"approvers: \"%s\" must be a file that only its owner can write; nobody "
			"may approve",
			path);
		return false;
	}
	if (!folder_is_safe(arena, path)) {
		log_line(LOG_ERROR,
			"approvers: others can write into the folder of \"%s\"; nobody may approve",
			path);
		return false;
	}
	if (st->st_uid != 0)
		log_line(LOG_WARNING,
			"approvers: \"%s\" does not belong to root: who has its owner's account "
			"can change "
			"who may approve",
			path);
	return true;
}

static void log_words(const char *what, const struct diags *ds)
{
	for (size_t i = 0; i < ds->count; i++) {
		const struct diag *d = &ds->list[i];

		if (d->level != DIAG_NOTICE)
			log_line(d->level == DIAG_ERROR ? LOG_ERROR : LOG_WARNING,
				"%s: %s:%u:%u: %s: %s", what, d->at.file == NULL ? "" : d->at.file,
				d->at.line, d->at.column, d->code, d->en);
	}
}

void people_read(struct people *p, const char *path)
{
	struct approvers *who = NULL;
	struct diags ds;
	struct error err;
	struct stat st;
	uint8_t *bytes;
	size_t len;

	arena_reset(&p->arena);
	p->who = NULL;
	if (file_read_stat(path, MAX_FILE_BYTES, &bytes, &len, &st, &err) != 0) {
		log_line(LOG_ERROR, "approvers: %s; nobody may approve", err.log);
		return;
	}
	diags_init(&ds, &p->arena);
	if (file_is_safe(&p->arena, path, &st) &&
		approvers_read("approvers.yaml", bytes, len, &p->arena, &ds, &who) == 0)
		p->who = who;
	log_words("approvers", &ds);
	free(bytes);
}

/* ---- a policy and its approval ---- */

struct policy_ref *policy_ref_new(void)
{
	struct policy_ref *r = calloc(1, sizeof(*r));

	if (r == NULL)
		return NULL;
	arena_init(&r->arena, MAX_POLICY_ARENA);
	facts_init(&r->facts);
	r->users = 1;
	return r;
}

bool take_up_approved(
	const struct take_up *t, const struct policy_ref *r, struct arena *words, struct diags *ds)
{
	if (t->people->who == NULL) {
		diag_error(ds, "P401", (struct place){ .file = "approval.yaml" },
			"approvers.yaml cannot be used, so nobody can be seen to have approved",
			"approvers.yaml 无法使用，无从确认批准人");
		return false;
	}
	return approval_check(r->approval, r->policy, &r->folder, t->people->who, clock_today(),
		       words, ds) == 0;
}

/* State M3, as errors at the word that is wrong. */
static void check_version(const struct take_up *t, const struct policy *p, struct diags *ds)
{
	struct hash32 hash;
	struct error err;
	int64_t version;

	if (state_policy(t->state, &version, &hash, &err) != 0) {
		diag_error(ds, "P999", p->at, "the versions that ran cannot be read: %s",
			"无法读取已运行过的版本：%s", err.log);
		return;
	}
	if (p->version < version)
		diag_error(ds, "P403", p->at,
			"version %lld is older than version %lld, which this agent has already run",
			"版本 %lld 低于已运行过的版本 %lld", (long long)p->version,
			(long long)version);
	else if (p->version == version && !hash32_equal(&p->hash, &hash))
		diag_error(ds, "P115", p->at,
			"version %lld is not higher than the running version %lld, and its files "
			"differ",
			"版本 %lld 未高于正在运行的版本 %lld，而文件不同", (long long)p->version,
			(long long)version);
}

static void check_site(const struct take_up *t, const struct policy *p, struct diags *ds)
{
	if (strcmp(p->site, t->site) != 0)
		diag_error(ds, "P401", p->at,
			"this folder is for site '%s', the agent is of site '%s'",
			"此策略目录属于机构“%s”，而代理属于机构“%s”", p->site, t->site);
}

/* A time that is yet to come was written by a clock that is ahead, maybe before the stop. */
static bool signed_since(const struct approval_signature *s, int64_t stop_ms)
{
	return s->at_ms > stop_ms && s->at_ms <= clock_wall_ms() + CLOCKS_DIFFER_MS;
}

/* After a stop only what was approved since then opens again. */
static void check_stop(const struct take_up *t, const struct policy_ref *r, struct diags *ds)
{
	bool since = r->approval != NULL;
	char at[32];

	if (!t->stop->stopped)
		return;
	for (unsigned i = 0; since && i < r->approval->n; i++)
		since = signed_since(&r->approval->signatures[i], t->stop->at_ms);
	if (r->policy->version > t->stop->version && since)
		return;
	diag_error(ds, "P405", r->policy->at,
		"everything was stopped at %s; only a version above %lld that was signed since "
		"then opens again",
		"已于 %s 停止一切；须有高于 %lld 的版本在此之后签名，方可恢复",
		clock_iso(t->stop->at_ms, at), (long long)t->stop->version);
}

/* The policy of r->folder, and its approval where there is one. */
static int read_ref(struct policy_ref *r, struct diags *ds)
{
	const struct policy_file *f = policy_folder_file(&r->folder, "approval.yaml");

	if (policy_read(r->folder.files, r->folder.n, &r->arena, ds, &r->policy) != 0)
		return -1;
	if (f == NULL)
		return 0;
	return approval_read("approval.yaml", f->bytes, f->len, &r->arena, ds, &r->approval);
}

/* The signers were shown the change from one version to this one. From another version than ran here the change is
 * another: what it opens nobody has seen. Compared with nothing they were shown, and told, that all of it is new. */
static void check_replaces(const struct take_up *t, const struct policy_ref *r, struct diags *ds)
{
	const struct approval *a = r->approval;
	char text[HASH_TEXT];
	struct hash32 hash;
	struct error err;
	int64_t version;

	if (a == NULL || a->replaces == 0 ||
		state_policy(t->state, &version, &hash, &err) != 0) /* check_version() says so */
		return;
	if (version == 0 || r->policy->version <= version)
		return; /* the first here, or one that ran already, or is refused for its version */
	if (a->replaces == version && hash32_equal(&a->replaces_hash, &hash))
		return;
	diag_error(ds, "P406", a->at,
		"it was signed as a change of version %lld, but version %lld (%.15s...) ran here "
		"last: its "
		"signers saw another change; sign it again with --against running",
		"签名时对比的是版本 %lld，而本机构最近运行的是版本 "
		"%lld（%.15s…）：签名人所见变更并非实际变更；"
		"请以 --against running 重新签名",
		(long long)a->replaces, (long long)version, hash32_text(&hash, text));
}

struct policy_ref *take_up_folder(const struct take_up *t, struct arena *words, struct diags *ds)
{
	struct policy_ref *r = policy_ref_new();

	if (r == NULL)
		return NULL;
	if (policy_folder_load(t->folder, &r->arena, ds, &r->folder) == 0 && read_ref(r, ds) == 0) {
		check_site(t, r->policy, ds);
		if (take_up_approved(t, r, words, ds)) {
			check_replaces(t, r, ds);
			check_stop(t, r, ds);
		}
		check_version(t, r->policy, ds);
	}
	return r;
}

struct policy_ref *take_up_kept(const struct take_up *t, struct diags *ds)
{
	struct policy_ref *r = policy_ref_new();
	struct error err;

	if (r == NULL)
		return NULL;
	if (standing_kept(t->state->db, &r->arena, &r->folder, &err) != 0) {
		diag_error(ds, "P132", (struct place){ 0 },
			"the policy that ran last cannot be read: %s", "无法读取上次运行的策略：%s",
			err.log);
		return r;
	}
	if (r->folder.n > 0 && read_ref(r, ds) == 0) {
		check_site(t, r->policy, ds);
		check_version(t, r->policy, ds);
	}
	return r;
}
