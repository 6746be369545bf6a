#include "agents/watch.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "agents/take_up.h"
#include "agents/watch_say.h"
#include "base/clock.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/text.h"

enum {
	TICK_MS = 500, /* a change is seen by the next tick and taken up by the one after it */
	NOTICE_DAYS = 30,
};

/* What changes when a file does. */
struct stamp {
	int64_t size, ino, sec, nsec, csec, cnsec;
};

struct watch {
	struct watch_parts parts;
	struct event *tick;
	struct people people;
	struct stamp people_read, people_seen;
	struct standing_stop stop;
	bool stop_recorded;
	struct policy_ref *now; /* in force, or what would be if it were approved */
	bool approved;          /* its approval holds */
	enum gate gate;
	uint64_t read, seen; /* the stamps of what was read, and of the last tick */
	unsigned errors;
	bool began;
	int32_t day; /* of the last notice */
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
	policy_folder_clear(&r->folder);
	arena_clear(&r->arena);
	free(r);
}

static struct take_up taking(const struct watch *w)
{
	return (struct take_up){ .folder = w->parts.folder,
		.site = w->parts.site,
		.state = w->parts.state,
		.people = &w->people,
		.stop = &w->stop };
}

/* ---- what is said ---- */

/* Once a day, when the end is near. */
static void log_the_end(struct watch *w)
{
	int32_t today = clock_today(), left;
	char day[16];

	if (w->now == NULL || w->day == today)
		return;
	w->day = today;
	left = w->now->policy->to - today;
	if (left < 0)
		log_line(LOG_ERROR, "policy ended on %s: every question is refused",
			day_text(w->now->policy->to, day));
	else if (left <= NOTICE_DAYS)
		log_line(LOG_WARNING, "policy ends in %d days; after %s every question is refused",
			(int)left, day_text(w->now->policy->to, day));
}

/* ---- the gate ---- */

static int note(struct watch *w, const struct audit_note *n, struct error *err)
{
	return audit_add(w->parts.state->audit, n, err);
}

static void note_gate(struct watch *w)
{
	const struct audit_note n = { .kind = "policy",
		.question = w->now == NULL ? NULL : &w->now->policy->hash,
		.number = w->now == NULL ? 0 : w->now->policy->version,
		.rule = w->gate == GATE_APPROVAL ? "policy:approval" : NULL,
		.to = w->gate == GATE_OPEN ? "open" : "closed" };
	struct error err;

	if (note(w, &n, &err) != 0)
		log_line(LOG_ERROR, "policy: %s", err.log);
}

/* Stopped, or a policy whose approval does not hold; without a policy there is nothing to shut. */
static unsigned set_gate(struct watch *w)
{
	enum gate gate = w->stop.stopped                  ? GATE_STOPPED
			 : w->now != NULL && !w->approved ? GATE_APPROVAL
							  : GATE_OPEN;

	if (gate == w->gate)
		return 0;
	w->gate = gate;
	if (gate != GATE_STOPPED) /* a stop has a note of its own, with who and why */
		note_gate(w);
	return w->parts.on_gate(gate, w->parts.arg);
}

/* ---- coming into force ---- */

static int write_down(struct watch *w, const struct policy_ref *r, struct error *err)
{
	struct state *st = w->parts.state;

	if (state_begin(st, err) != 0)
		return -1;
	if (state_policy_runs(st, r->policy->version, &r->policy->hash, err) == 0 &&
		standing_keep(st->db, &r->folder, err) == 0 && standing_go_on(st->db, err) == 0)
		return state_commit(st, err);
	state_rollback(st);
	return -1;
}

static int remember(struct watch *w, const struct policy_ref *r, struct error *err)
{
	unsigned waiting = audit_waiting(w->parts.state->audit);
	const struct audit_note n = { .kind = "policy",
		.question = &r->policy->hash,
		.number = r->policy->version,
		.from = w->stop.stopped ? "stopped" : NULL,
		.to = "in force" };

	if (note(w, &n, err) == 0 && write_down(w, r, err) == 0)
		return 0;
	audit_back(w->parts.state->audit, waiting);
	return -1;
}

/* Takes the reference. */
static void in_force(struct watch *w, struct policy_ref *r, bool approved)
{
	r->loaded_ms = clock_wall_ms();
	policy_drop(w->now);
	w->now = r;
	w->approved = approved;
	w->day = 0;
	w->parts.on_policy(r, w->parts.arg);
	(void)set_gate(w);
}

static void take_up(struct watch *w)
{
	const struct take_up t = taking(w);
	struct policy_ref *r;
	struct arena words;
	struct diags ds;
	struct error err;

	arena_init(&words, MAX_QUERY_ARENA);
	diags_init(&ds, &words);
	r = take_up_folder(&t, &words, &ds);
	w->errors = (unsigned)ds.errors;
	if (r == NULL || r->policy == NULL || ds.errors > 0) {
		w->errors += ds.errors == 0;
		watch_say_not_loaded(w->now, r == NULL ? NULL : r->policy, &ds);
		policy_drop(r);
	} else if (remember(w, r, &err) != 0) {
		w->errors = 1;
		log_line(LOG_ERROR, "policy version %lld not loaded: could not be recorded: %s",
			(long long)r->policy->version, err.log);
		policy_drop(r);
	} else {
		watch_say_diags(&ds, NULL);
		watch_say_replaces(w->now, r);
		memset(&w->stop, 0, sizeof(w->stop));
		w->stop_recorded = false;
		watch_say_in_force(r);
		in_force(w, r, true);
	}
	arena_clear(&words);
}

/* ---- what ran last ---- */

/* Whether the approval of the policy in force holds, and why not. */
static bool still_approved(struct watch *w, const struct policy_ref *r)
{
	const struct take_up t = taking(w);
	struct arena words;
	struct diags ds;
	bool holds;

	arena_init(&words, MAX_QUERY_ARENA);
	diags_init(&ds, &words);
	holds = take_up_approved(&t, r, &words, &ds);
	if (!holds && diags_first(&ds) != NULL)
		log_line(LOG_ERROR,
			"policy version %lld is not approved any more: %s %s; every question is "
			"refused",
			(long long)r->policy->version, diags_first(&ds)->code,
			diags_first(&ds)->en);
	arena_clear(&words);
	return holds;
}

/* After a restart with a folder that does not do, the last good version is in force again. */
static void take_up_last(struct watch *w)
{
	const struct take_up t = taking(w);
	struct policy_ref *r;
	struct arena words;
	struct diags ds;

	arena_init(&words, MAX_QUERY_ARENA);
	diags_init(&ds, &words);
	r = take_up_kept(&t, &ds);
	if (r == NULL || r->policy == NULL || ds.errors > 0) {
		if (ds.errors > 0)
			log_line(LOG_ERROR, "policy: what ran last cannot be taken up again");
		watch_say_diags(&ds, NULL);
		policy_drop(r);
	} else {
		bool approved = still_approved(w, r);

		if (approved)
			watch_say_in_force(r);
		in_force(w, r, approved);
	}
	arena_clear(&words);
}

static void approve_again(struct watch *w)
{
	bool before = w->approved;

	people_read(&w->people, w->parts.approvers);
	if (w->now == NULL)
		return;
	w->approved = still_approved(w, w->now);
	if (w->approved && !before)
		log_line(LOG_NOTICE, "policy version %lld is approved again",
			(long long)w->now->policy->version);
	(void)set_gate(w);
}

/* ---- looking ---- */

static struct stamp stamp_of(const char *path)
{
	struct stat st;

	if (stat(path, &st) != 0)
		return (struct stamp){ .size = -1 };
	return (struct stamp){ (int64_t)st.st_size, (int64_t)st.st_ino, (int64_t)st.st_mtim.tv_sec,
		(int64_t)st.st_mtim.tv_nsec, (int64_t)st.st_ctim.tv_sec,
		(int64_t)st.st_ctim.tv_nsec };
}

static bool same_stamp(const struct stamp *a, const struct stamp *b)
{
	return a->size == b->size && a->ino == b->ino && a->sec == b->sec && a->nsec == b->nsec &&
	       a->csec == b->csec && a->cnsec == b->cnsec;
}

static void begin(struct watch *w)
{
	struct error err;

	w->began = w->stop_recorded = true;
	if (standing_halted(w->parts.state->db, &w->stop, &err) != 0) {
		log_line(LOG_ERROR, "whether this site was stopped cannot be read: %s", err.log);
		w->stop.stopped = true;
		w->stop.version = INT64_MAX; /* nothing opens what is not known */
	}
	if (w->stop.stopped)
		log_line(LOG_ERROR,
			"STOPPED by %s: every question is refused until a higher version is "
			"approved",
			w->stop.who);
	(void)set_gate(w);
}

void watch_now(struct watch *w)
{
	if (!w->began)
		begin(w);
	w->people_seen = w->people_read = stamp_of(w->parts.approvers);
	w->seen = w->read = policy_folder_stamp(w->parts.folder);
	approve_again(w);
	take_up(w);
	if (w->now == NULL)
		take_up_last(w);
	log_the_end(w);
}

/* True when it changed since it was read, and was the same for one tick. */
static bool people_changed(struct watch *w)
{
	struct stamp now = stamp_of(w->parts.approvers);
	bool still = same_stamp(&now, &w->people_seen);

	w->people_seen = now;
	if (!still || same_stamp(&now, &w->people_read))
		return false;
	w->people_read = now;
	return true;
}

static void on_tick(evutil_socket_t fd, short what, void *arg)
{
	struct watch *w = arg;
	uint64_t stamp = policy_folder_stamp(w->parts.folder);
	bool still = stamp == w->seen, people = people_changed(w);

	(void)fd;
	(void)what;
	w->seen = stamp;
	if (people)
		approve_again(w);
	if (still && (stamp != w->read || (people && w->errors > 0))) {
		w->read = stamp;
		take_up(w);
	}
	log_the_end(w);
}

/* ---- stopping ---- */

static int record_stop(struct watch *w, struct error *err)
{
	struct state *st = w->parts.state;
	unsigned waiting = audit_waiting(st->audit);
	const struct audit_note n = { .kind = "policy",
		.requester = w->stop.who,
		.rule = w->stop.why,
		.question = w->now == NULL ? NULL : &w->now->policy->hash,
		.number = w->stop.version,
		.to = "stopped" };

	if (note(w, &n, err) != 0)
		return -1;
	if (state_begin(st, err) == 0) {
		if (standing_halt(st->db, &w->stop, err) == 0 && state_commit(st, err) == 0) {
			w->stop_recorded = true;
			return 0;
		}
		state_rollback(st);
	}
	audit_back(st->audit, waiting);
	return -1;
}

static bool speakable(const char *s)
{
	size_t len = strlen(s);

	while (len > 0) {
		uint32_t cp;
		size_t n = utf8_next(s, len, &cp);

		if (n == 0 || utf8_hidden(cp) || cp == '\t' || cp == '\n' || cp == '\r')
			return false;
		s += n;
		len -= n;
	}
	return true;
}

int watch_stop(struct watch *w, const char *who, const char *why, unsigned *cut, struct error *err)
{
	struct standing_stop stop = { .stopped = true, .at_ms = clock_wall_ms() };
	struct hash32 hash;

	*cut = 0;
	if (who[0] == '\0' || why[0] == '\0' || !speakable(who) || !speakable(why) ||
		!text_copy(stop.who, sizeof(stop.who), who) ||
		!text_copy(stop.why, sizeof(stop.why), why))
		return error_set(err, E_INPUT,
			SAY("a stop needs a name and a reason, of plain text",
				"停止须给出姓名与理由，且为普通文字"),
			"stop: a name or a reason that does not do");
	if (w->stop.stopped)
		return w->stop_recorded ? 0 : record_stop(w, err);
	if (state_policy(w->parts.state, &stop.version, &hash, err) != 0)
		stop.version = w->now == NULL ? INT64_MAX : w->now->policy->version;
	w->stop = stop;
	log_line(LOG_ERROR,
		"STOPPED by %s: every question is refused until a higher version is approved",
		stop.who);
	*cut = set_gate(w);
	return record_stop(w, err);
}

/* ---- life ---- */

int watch_new(struct watch **out, const struct watch_parts *parts, struct error *err)
{
	const struct timeval often = { .tv_usec = TICK_MS * 1000 };
	struct watch *w = calloc(1, sizeof(*w));

	if (w == NULL)
		return error_memory(err);
	w->parts = *parts;
	w->errors = 1;
	people_init(&w->people);
	w->tick = event_new(parts->base, -1, EV_PERSIST, on_tick, w);
	if (w->tick == NULL || event_add(w->tick, &often) != 0) {
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
	policy_drop(w->now);
	people_clear(&w->people);
	free(w);
}

unsigned watch_errors(const struct watch *w)
{
	return w->errors;
}

enum gate watch_gate(const struct watch *w)
{
	return w->gate;
}

const struct standing_stop *watch_stopped(const struct watch *w)
{
	return w->stop.stopped ? &w->stop : NULL;
}

const struct policy_ref *watch_policy(const struct watch *w)
{
	return w->now;
}
