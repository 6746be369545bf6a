#include "agents/watch.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/limits.h"
#include "base/log.h"
#include "policies/read.h"

struct watch {
	struct event *tick;
	const char *folder, *site;
	struct state *state;
	void (*on_policy)(struct policy_ref *r, void *arg);
	void *arg;
	uint64_t read, seen; /* the stamps of what was read, and of the last tick */
	unsigned errors;
};

struct policy_ref *policy_take(struct policy_ref *r)
{
	if (r != NULL)
		r->users++;
	return r;
}

void policy_drop(struct policy_ref *r)
{
	if (r == NULL || --r->users > 0)
		return;
	facts_clear(&r->facts);
	arena_clear(&r->arena);
	free(r);
}

static struct policy_ref *ref_new(void)
{
	struct policy_ref *r = calloc(1, sizeof(*r));

	if (r == NULL)
		return NULL;
	arena_init(&r->arena, MAX_POLICY_ARENA);
	facts_init(&r->facts);
	r->users = 1;
	return r;
}

/* ---- reading ---- */

static void log_diags(const struct diags *ds)
{
	for (size_t i = 0; i < ds->count; i++) {
		const struct diag *d = &ds->list[i];
		enum log_level level = d->level == DIAG_ERROR ? LOG_ERROR : LOG_WARNING;

		if (d->level == DIAG_NOTICE)
			continue;
		if (d->at.line == 0)
			log_line(level, "policy: %s: %s: %s", d->at.file == NULL ? "" : d->at.file,
				d->code, d->en);
		else
			log_line(level, "policy: %s:%u:%u: %s: %s",
				d->at.file == NULL ? "" : d->at.file, d->at.line, d->at.column,
				d->code, d->en);
	}
}

/* State M3, as errors at the word that is wrong. */
static void check_version(struct watch *w, const struct policy *p, struct diags *ds)
{
	struct hash32 hash;
	struct error err;
	int64_t version;

	if (state_policy(w->state, &version, &hash, &err) != 0) {
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
		diag_error(ds, "P402", p->at,
			"the files changed, but version %lld is not higher than the running "
			"version %lld",
			"文件已更改，但版本 %lld 未高于正在运行的版本 %lld", (long long)p->version,
			(long long)version);
}

static void check_site(const struct watch *w, const struct policy *p, struct diags *ds)
{
	if (strcmp(p->site, w->site) != 0)
		diag_error(ds, "P401", p->at,
			"this folder is for site '%s', the agent is of site '%s'",
			"此策略目录属于机构“%s”，而代理属于机构“%s”", p->site, w->site);
}

static struct policy_ref *read_folder(struct watch *w)
{
	struct policy_ref *r = ref_new();
	struct arena arena;
	struct diags ds;

	arena_init(&arena, MAX_POLICY_ARENA);
	diags_init(&ds, &arena);
	w->errors = 1;
	if (r == NULL) {
		log_line(LOG_ERROR, "policy: out of memory");
		goto out;
	}
	if (policy_read_folder(w->folder, &r->arena, &ds, &r->policy) == 0) {
		check_site(w, r->policy, &ds);
		check_version(w, r->policy, &ds);
	}
	diags_sort(&ds);
	log_diags(&ds);
	w->errors = (unsigned)ds.errors;
	if (ds.errors > 0 || r->policy == NULL) {
		policy_drop(r);
		r = NULL;
	}
out:
	arena_clear(&arena);
	return r;
}

/* ---- coming into force ---- */

static int remember(struct watch *w, const struct policy *p, struct error *err)
{
	unsigned waiting = audit_waiting(w->state->audit);
	const struct audit_note note = {
		.kind = "policy", .question = &p->hash, .number = p->version, .to = "in force"
	};

	if (audit_add(w->state->audit, &note, err) != 0)
		return -1;
	if (state_begin(w->state, err) == 0) {
		if (state_policy_runs(w->state, p->version, &p->hash, err) == 0 &&
			state_commit(w->state, err) == 0)
			return 0;
		state_rollback(w->state);
	}
	audit_back(w->state->audit, waiting);
	return -1;
}

static void take_up(struct watch *w)
{
	struct policy_ref *r = read_folder(w);
	struct error err;
	char hash[HASH_TEXT];

	if (r == NULL) {
		log_line(LOG_ERROR, "policy: the folder is not taken up; %s",
			"what was in force before, if anything, stays in force");
		return;
	}
	if (remember(w, r->policy, &err) != 0) {
		log_line(LOG_ERROR, "policy: could not be recorded: %s", err.log);
		w->errors = 1;
		policy_drop(r);
		return;
	}
	r->loaded_ms = clock_wall_ms();
	log_line(LOG_NOTICE, "policy: version %lld in force, %s", (long long)r->policy->version,
		hash32_text(&r->policy->hash, hash));
	w->on_policy(r, w->arg);
	policy_drop(r);
}

void watch_now(struct watch *w)
{
	w->seen = w->read = policy_folder_stamp(w->folder);
	take_up(w);
}

static void on_tick(evutil_socket_t fd, short what, void *arg)
{
	struct watch *w = arg;
	uint64_t stamp = policy_folder_stamp(w->folder);
	bool still = stamp == w->seen;

	(void)fd;
	(void)what;
	w->seen = stamp;
	if (!still || stamp == w->read)
		return;
	w->read = stamp;
	take_up(w);
}

int watch_new(struct watch **out, struct event_base *base, const char *folder, const char *site,
	struct state *state, void (*on_policy)(struct policy_ref *r, void *arg), void *arg,
	struct error *err)
{
	const struct timeval second = { .tv_sec = 1 };
	struct watch *w = calloc(1, sizeof(*w));

	if (w == NULL)
		return error_memory(err);
	w->folder = folder;
	w->site = site;
	w->state = state;
	w->on_policy = on_policy;
	w->arg = arg;
	w->errors = 1;
	w->tick = event_new(base, -1, EV_PERSIST, on_tick, w);
	if (w->tick == NULL || event_add(w->tick, &second) != 0) {
		watch_free(w);
		return error_memory(err);
	}
	*out = w;
	return 0;
}

void watch_free(struct watch *w)
{
	if (w == NULL)
		return;
	if (w->tick != NULL)
		event_free(w->tick);
	free(w);
}

unsigned watch_errors(const struct watch *w)
{
	return w->errors;
}
