/*
 * release.h - the pipeline: from a question that arrived to an answer that left.
 *
 *   receive  decode, check the signature; answered before under this id? the same bytes again
 *   decide   the site's policy: a plan with its price, or a refusal with its rule
 *   recall   released before for this question, policy and data? the same release again, for nothing
 *   write    one statement; all noise drawn
 *   hold     the price into the ledger, the question among those decided; on disk
 *   run      the statement, one question at a time
 *   protect  exact integer noise, saturation, threshold on the noisy value
 *   settle   ledger, stored release, stored response and audit in one transaction
 *   send     when the policy's timing says so
 *
 * In mode secure the numbers leave in a sum over sites alone (release_sum.h): between write and hold come
 *   offer    how this site's numbers are laid out and what noise it wants; unpaid
 *   join     the gateway's invitation, keys and shares (secagg/round_site.h); unpaid until everybody has dealt
 * protect masks the numbers with their share of the noise, send sends that, and the sum's last two steps follow.
 *
 * Z1  nothing about patients is asked of the database before its price is on disk (how many concepts the
 *     question's codes stand for is asked of the vocabulary before); no release leaves before it is stored,
 *     settled and audited.
 * Z2  a true count lives from the rows to protect(), in memory that is wiped; no decision but the sum
 *     with its noise looks at it.
 * Z3  q->state is written by step() alone, by the table life[]; every step is in the audit.
 * Z4  an id is answered once: whatever is asked under it again gets the same bytes.
 * Z5  after the price is held it stays paid, however the question ends.
 */
#ifndef AGENTS_RELEASE_H
#define AGENTS_RELEASE_H

#include <event2/event.h>
#include <openssl/evp.h>
#include <stdbool.h>

#include "agents/guard.h"
#include "agents/members.h"
#include "agents/source.h"
#include "agents/state.h"
#include "agents/watch.h"
#include "wire/message.h"

struct pipeline;

/* Everything is borrowed for the pipeline's life. */
struct release_parts {
	struct event_base *base;
	struct state *state;
	struct guard *guard;
	EVP_PKEY *key; /* the site's, Ed25519; the pipeline takes a reference */
	const char *site, *data, *conninfo;
	const struct sum_settings *sums; /* NULL: this site is in no secure sums */
	/* Hands a message to the gateway; -1 when there is no line, and it will be resent. */
	int (*send)(const struct message *m, void *arg);
	void *arg;
};

enum {
	RELEASE_WAITING_MAX = 64,
	RELEASE_ALL_MAX = 1024 /* with those kept back until their time; past it, refused as busy */
};

/* Gives *out (release_free). Settles what a crash left held: it counts as spent, and its id is answered
 * "stopped". Fails: E_SYSTEM. */
CHECKED int release_new(
	struct pipeline **out, const struct release_parts *parts, struct error *err);
void release_free(struct pipeline *p); /* accepts NULL */

/* A policy came into force; the pipeline takes a reference. Questions under way keep theirs. */
void release_policy(struct pipeline *p, struct policy_ref *policy);
/* Shuts the site or opens it again. Shut, everything is refused, what waits is refused unpaid and what runs is cut
 * off; under GATE_STOPPED no answer leaves either, also none that was ready. Returns how many statements were cut
 * off. */
unsigned release_gate(struct pipeline *p, enum gate gate);
/* The policy in force, borrowed; NULL: none. */
struct policy_ref *release_policy_now(struct pipeline *p);

/* The key of the certificate that the next line shows; a reference is taken. Whatever leaves from now on
 * is signed with it, stored releases too: their bytes stay, and a gateway knows no other key of ours. */
void release_key(struct pipeline *p, EVP_PKEY *key);

void release_ask(struct pipeline *p, const struct msg_ask *ask);
void release_cancel(struct pipeline *p, const char *id);
void release_ack(struct pipeline *p, const char *id);
/* Until the loop has read all that has come, questions and acknowledgements only gather: those that are recalled and
 * those acknowledged are then written in one transaction. That moment is the loop's lowest priority. */
void release_hold(struct pipeline *p);
/* One message of a secure sum. */
void release_sum(struct pipeline *p, const struct msg_sum *m);
/* What would it cost, what is left. Spends nothing and stores nothing. */
void release_quote(struct pipeline *p, const struct msg_quote *quote, struct msg_quoted *out);
/* After the gateway's welcome: everything it has not acknowledged, but what waits for its time. */
void release_resend(struct pipeline *p);
/* Before the end: what runs is stopped and settled; what only waits is forgotten unpaid, and the gateway
 * may ask it again. */
void release_stop(struct pipeline *p);

struct release_status {
	unsigned waiting, leaving;
	bool running;
	const char *database; /* source_word() */
	bool facts;           /* code rules are expanded */
};
void release_status(const struct pipeline *p, struct release_status *out);

/* ---- the life of a question, for the pipeline and its test ---- */
enum q_state {
	Q_NONE,      /* no such state */
	Q_RECEIVED,  /* nothing is decided */
	Q_ALLOWED,   /* waits for its turn; nothing is paid */
	Q_OFFERED,   /* would be in a sum; nothing is paid */
	Q_JOINED,    /* has keys in a sum; nothing is paid */
	Q_HELD,      /* paid; the database was not asked */
	Q_RUNNING,   /* the database was asked */
	Q_PROTECTED, /* noise is on; the true counts are gone */
	Q_RELEASED,  /* settled and stored, as are the next three; waits for its time to leave */
	Q_RECALLED,
	Q_REFUSED, /* unpaid */
	Q_FAILED,  /* paid */
	Q_SENT,    /* the end; of a sum, its last two steps are still to come */
	Q_STATES
};
enum q_event {
	ON_ALLOW,
	ON_DENY,
	ON_RECALL,
	ON_OFFER,
	ON_JOIN,
	ON_HOLD,
	ON_RUN,
	ON_ROWS,
	ON_SETTLE,
	ON_GIVE_UP,
	ON_SEND,
	Q_EVENTS
};

struct question_life; /* one question under way */
struct q_step {
	enum q_state next; /* Q_NONE: there is no such step */
	int (*act)(struct question_life *q, struct error *err);
};
/* The table's entry; next is Q_NONE for pairs outside it. */
struct q_step release_life(enum q_state state, enum q_event event);
const char *release_state_name(enum q_state state); /* "held" */

#endif
