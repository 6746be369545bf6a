#include "agents/release_in.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "agents/holder.h"
#include "agents/questions.h"
#include "agents/release_sum.h"
#include "agents/reply.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/secret.h"
#include "base/work.h"
#include "crypto/identity.h"
#include "policies/systems.h"
#include "secagg/distinct.h"

/*
 * What the pipeline stands on: the facts of the policy, the way to the gateway, start and end. Nothing here decides.
 */

enum {
	FACTS_MS = 30000,
	FACTS_AGAIN_TICKS = 10,
	TICK_MS = 1000,
	FORGET_TICKS = 3600,
};

/* ---- the way to the gateway ---- */

void release_key(struct pipeline *p, EVP_PKEY *key)
{
	EVP_PKEY_up_ref(key);
	EVP_PKEY_free(p->parts.key);
	p->parts.key = key;
}

/* A release may have been signed with a key that the site has renewed since. */
static void send_release(struct pipeline *p, struct message m)
{
	struct hash32 hash = release_signed_hash(m.release.sealed);
	uint8_t signature[SIGNATURE_BYTES];
	struct error err;

	if (identity_sign(p->parts.key, &hash, signature, &err) == 0)
		m.release.signature = (struct view){ signature, sizeof(signature) };
	else
		log_line(LOG_ERROR, "question %s: not signed anew: %s", m.release.id, err.log);
	(void)p->parts.send(&m, p->parts.arg);
}

void release_send(struct pipeline *p, const struct message *m)
{
	if (m->type == MSG_RELEASE)
		send_release(p, *m);
	else
		(void)p->parts.send(m, p->parts.arg);
}

void release_send_frame(struct pipeline *p, const char *id, struct view frame)
{
	enum {
		HEAD_BYTES = 4
	};
	struct message *m = calloc(1, sizeof(*m));
	struct arena arena;
	struct error err;

	arena_init(&arena, MAX_FRAME_ARENA);
	if (m == NULL || frame.len < HEAD_BYTES)
		log_line(LOG_ERROR, "question %s: its stored response cannot be read", id);
	else if (message_decode(frame.at + HEAD_BYTES, frame.len - HEAD_BYTES, &arena, m, &err) !=
		 0)
		log_line(LOG_ERROR, "question %s: its stored response: %s", id, err.log);
	else if (p->gate != GATE_STOPPED || m->type != MSG_RELEASE)
		release_send(p, m);
	arena_clear(&arena);
	free(m);
}

static bool resend_one(const char *id, struct view frame, void *arg)
{
	struct pipeline *p = arg;

	if (life_find(p, id, NULL) == NULL) /* else it leaves when its time comes */
		release_send_frame(p, id, frame);
	return true;
}

void release_resend(struct pipeline *p)
{
	struct error err;

	release_sum_line(p); /* no sum goes on over another line */
	if (responses_unacked(p->parts.state->db, resend_one, p, &err) != 0)
		log_line(LOG_ERROR, "the outbox cannot be read: %s", err.log);
}

/* ---- acknowledgements ---- */

/* One that is lost is no loss: the answer goes out again, and is acknowledged again. */
static void write_ack(struct pipeline *p, const char *id)
{
	struct error err;

	if (responses_ack(p->parts.state->db, id, &err) != 0)
		log_line(LOG_ERROR, "question %s: could not note the acknowledgement: %s", id,
			err.log);
}

static bool gather_ack(struct pipeline *p, const char *id)
{
	if (p->n_acks == p->acks_room) {
		unsigned room = p->acks_room == 0 ? 16 : p->acks_room * 2;
		void *grown = room > RELEASE_ALL_MAX
				      ? NULL
				      : reallocarray(p->acks, room, sizeof(*p->acks));

		if (grown == NULL)
			return false;
		p->acks = grown;
		p->acks_room = room;
	}
	return text_copy(p->acks[p->n_acks++], sizeof(p->acks[0]), id);
}

void release_ack(struct pipeline *p, const char *id)
{
	if (!p->holding || !gather_ack(p, id))
		write_ack(p, id);
}

int release_write_acks(struct pipeline *p, struct error *err)
{
	for (unsigned i = 0; i < p->n_acks; i++)
		if (responses_ack(p->parts.state->db, p->acks[i], err) != 0)
			return -1;
	return 0;
}

static void flush_acks(struct pipeline *p)
{
	struct state *st = p->parts.state;
	struct error err;
	bool written = false;

	if (p->n_acks > 1 && state_begin(st, &err) == 0) {
		if (release_write_acks(p, &err) == 0)
			written = state_commit(st, &err) == 0;
		else
			state_rollback(st);
	}
	for (unsigned i = 0; !written && i < p->n_acks; i++)
		write_ack(p, p->acks[i]);
	p->n_acks = 0;
}

void release_hold(struct pipeline *p)
{
	p->holding = true;
	event_active(p->go, EV_TIMEOUT, 1);
}

static void on_go(evutil_socket_t fd, short what, void *arg)
{
	struct pipeline *p = arg;

	(void)fd;
	(void)what;
	p->holding = false;
	if (p->waiting != NULL)
		release_pump(p);
	flush_acks(p);
}

/* ---- the policy and its facts ---- */

static void log_facts(const struct policy_ref *of)
{
	unsigned unknown = facts_unknown(&of->facts, of->policy);

	log_line(LOG_INFO, "policy: code rules are expanded by the site's vocabulary");
	for (enum code_system s = SYSTEM_ICD10; s < SYSTEMS; s++)
		if (unknown >> s & 1)
			log_line(LOG_WARNING,
				"policy: the site's vocabulary has no %s codes or cannot be read: "
				"rules with "
				"them find rows only by columns with such codes, and tables that "
				"need them "
				"are not counted",
				system_title(s));
}

static void facts_done(
	enum source_end end, const struct source_rows *rows, const char *sqlstate, void *arg)
{
	struct pipeline *p = arg;
	struct policy_ref *of = p->facts_of;
	struct error err = { 0 };
	bool ok = end == SOURCE_ROWS && facts_read(&of->facts, of->policy, rows, &err) == 0;

	p->facts_of = NULL;
	if (of == p->policy) {
		p->facts_asked = ok && of->facts.ready; /* else there is a second statement */
		p->facts_failed = !ok && end != SOURCE_LOST;
	}
	if (ok && of->facts.ready)
		log_facts(of);
	if (!ok && end != SOURCE_LOST)
		log_line(LOG_ERROR,
			"policy: code rules cannot be expanded, every question is refused: %s",
			end == SOURCE_ROWS ? err.log : sqlstate);
	policy_drop(of);
}

void release_load_facts(struct pipeline *p)
{
	struct source_job job = {
		.sql = &p->facts_sql, .timeout_ms = FACTS_MS, .done = facts_done, .arg = p
	};
	struct error err;

	if (p->policy == NULL || p->policy->facts.ready || p->facts_asked || p->facts_of != NULL ||
		!source_ready(p->source))
		return;
	p->facts_asked = true;
	if (facts_write(&p->policy->facts, p->policy->policy, &p->facts_sql, &err) != 0 ||
		source_run(p->source, &job, &err) != 0) {
		log_line(LOG_ERROR, "policy: code rules cannot be expanded: %s", err.log);
		p->facts_failed = true;
		return;
	}
	p->facts_of = policy_take(p->policy);
}

void release_doubt_facts(struct pipeline *p)
{
	if (p->policy == NULL || p->facts_of != NULL)
		return;
	p->policy->facts.ready = false;
	p->facts_asked = false;
}

void release_policy(struct pipeline *p, struct policy_ref *policy)
{
	struct policy_ref *old = p->policy;

	p->policy = policy_take(policy);
	policy_drop(old);
	p->facts_asked = p->facts_failed = p->drift.failed = false;
	release_pump(p);
}

struct policy_ref *release_policy_now(struct pipeline *p)
{
	return p->policy;
}

static void on_source(void *arg)
{
	release_pump(arg);
}

/* ---- start, tick, end ---- */

static void on_tick(evutil_socket_t fd, short what, void *arg)
{
	struct pipeline *p = arg;
	struct error err;

	(void)fd;
	(void)what;
	if (state_flush(p->parts.state, &err) != 0 && p->ticks % 60 == 0)
		log_line(LOG_ERROR, "audit notes wait to be written: %s", err.log);
	if (p->ticks % FORGET_TICKS == 0 &&
		responses_forget(p->parts.state->db, clock_wall_ms(), &err) != 0)
		log_line(LOG_ERROR, "old responses cannot be forgotten: %s", err.log);
	p->ticks++;
	if (p->ticks % FACTS_AGAIN_TICKS == 0 && p->facts_failed)
		p->facts_asked = false;
	release_pump(p);
}

/* Settles one question that a crash left held, and puts its answer into the outbox. */
static int recover_one(
	struct pipeline *p, const char *id, const struct hash32 *question, struct error *err)
{
	const struct audit_note note = { .kind = "crash",
		.id = id,
		.question = question,
		.rule = "system:stopped",
		.from = release_state_name(Q_HELD),
		.to = release_state_name(Q_FAILED) };
	struct state *st = p->parts.state;
	struct message *m = calloc(1, sizeof(*m));
	int ret = -1;

	if (m == NULL)
		return error_memory(err);
	reply_refuse(m, id, WHY_STOPPED);
	if (audit_add(st->audit, &note, err) == 0 && state_begin(st, err) == 0) {
		if (ledger_settle(st->ledger, id, false, clock_wall_ms(), clock_today(), err) ==
				0 &&
			questions_reached(st->db, id, release_state_name(Q_FAILED), err) == 0 &&
			reply_keep(st->db, m, id, question, "", err) == 0)
			ret = state_commit(st, err);
		else
			state_rollback(st);
	}
	free(m);
	return ret;
}

static int recover(struct pipeline *p, struct error *err)
{
	struct hash32 question;
	char id[MAX_ID + 1];
	int found;

	if (state_broken(p->parts.state))
		return 0;
	while ((found = ledger_unsettled(p->parts.state->ledger, id, &question, err)) == 1) {
		log_line(LOG_WARNING,
			"question %s: was under way when the agent ended; it stays paid", id);
		if (recover_one(p, id, &question, err) != 0)
			return -1;
	}
	return found;
}

/* Half a second that no question need wait for. */
static void take_key(struct pipeline *p)
{
	struct paillier_key *k;
	struct error err;

	if (p->parts.sums == NULL || p->parts.sums->paillier == NULL)
		return;
	if (paillier_now(p->parts.state, p->parts.sums, p->parts.site, &p->paillier, &k, &err) == 0)
		paillier_drop(k);
	else
		log_line(LOG_ERROR, "no sums by threshold Paillier: %s", err.log);
}

int release_new(struct pipeline **out, const struct release_parts *parts, struct error *err)
{
	static const struct source_calls calls = { .on_change = on_source };
	const struct timeval tick = { .tv_sec = TICK_MS / 1000 };
	struct pipeline *p = calloc(1, sizeof(*p));

	if (p == NULL)
		return error_memory(err);
	p->parts = *parts;
	p->recalled_end = &p->recalled;
	EVP_PKEY_up_ref(p->parts.key);
	drift_watch_init(&p->drift);
	arena_init(&p->sizes_arena, MAX_QUERY_ARENA);
	p->tick = event_new(parts->base, -1, EV_PERSIST, on_tick, p);
	p->go = event_new(parts->base, -1, 0, on_go, p);
	if (p->tick == NULL || p->go == NULL || event_add(p->tick, &tick) != 0 ||
		event_priority_set(p->go, event_base_get_npriorities(parts->base) - 1) != 0) {
		release_free(p);
		return error_memory(err);
	}
	if (recover(p, err) != 0 || holders_new(&p->holders, &p->parts, &p->paillier, err) != 0 ||
		source_new(&p->source, parts->base, parts->conninfo, &calls, p, err) != 0) {
		release_free(p);
		return -1;
	}
	take_key(p);
	*out = p;
	return 0;
}

void release_free(struct pipeline *p)
{
	if (p == NULL)
		return;
	while (p->waiting != NULL)
		life_free(p->waiting);
	while (p->others != NULL)
		life_free(p->others);
	holders_free(p->holders);
	work_free(p->work); /* waits for what is being encrypted */
	paillier_drop(p->paillier);
	source_free(p->source);
	drift_watch_clear(&p->drift);
	arena_clear(&p->sizes_arena);
	free(p->acks);
	policy_drop(p->facts_of);
	policy_drop(p->policy);
	EVP_PKEY_free(p->parts.key);
	if (p->tick != NULL)
		event_free(p->tick);
	if (p->go != NULL)
		event_free(p->go);
	free(p);
}

void release_status(const struct pipeline *p, struct release_status *out)
{
	*out = (struct release_status){ .waiting = p->n_waiting,
		.running = p->running != NULL,
		.database = source_word(p->source),
		.facts = p->policy != NULL && p->policy->facts.ready };
	for (const struct question_life *q = p->others; q != NULL; q = q->next)
		out->leaving += q != p->running;
}

#ifdef CORDON_FAULTS
void release_fault(const char *place)
{
	const char *at = getenv("CORDON_CRASH_AT");

	if (at != NULL && strcmp(at, place) == 0)
		raise(SIGKILL);
}
#endif
