/*
 * release_in.h - what release.c, which tells the pipeline, shares with the files beside it. A step is taken
 * by release_step() alone.
 */
#ifndef AGENTS_RELEASE_IN_H
#define AGENTS_RELEASE_IN_H

#include "agents/drift_watch.h"
#include "agents/earlier.h"
#include "agents/pace.h"
#include "agents/protect.h"
#include "agents/release.h"
#include "agents/releases.h"
#include "agents/reply.h"
#include "agents/allowance.h"
#include "sql/sql.h"
#include "base/arena.h"
#include "policies/decide/decide.h"

/* One question under way. */
struct question_life {
	struct pipeline *pipeline;
	enum q_state state;
	char id[MAX_ID + 1];
	char requester[MAX_NAME + 1];
	struct hash32 hash; /* of the canonical question */
	struct hash32 secret; /* distinct, offered: the tag of the secret that the hospitals share */
	struct hash32 signed_hash; /* what the person signed */
	uint64_t deadline_ms;
	struct pace pace;
	int64_t leaves; /* when the answer does; monotonic */
	struct event *timer;
	struct arena arena; /* everything below lives here */
	struct question *question;
	struct policy_ref *policy; /* counted */
	struct plan *plan;
	struct sum_part *sum; /* mode secure: release_sum.h; else NULL */
	struct sql sql;
	int64_t *counts, *noise;
	struct distinct_set *people; /* of a count of distinct people, between rows and masks */
	bool sized; /* the vocabulary was asked what the codes stand for, or could not be */
	bool unreadable; /* the role may not read it, so no statement of the question would run */
	bool merges;     /* see SQL_MERGES */
	bool halves;     /* see struct sql_facts */
	int64_t middle;
	struct sql_set *sets; /* of plan, for sql_write(); NULL: the statement finds them itself */
	struct release_codes *codes;
	unsigned n_codes, n_sets;
	struct similar_question *similar; /* of its study, paid before it */
	unsigned n_similar;
	struct earlier_found *of_others; /* likewise, of other studies: for the audit */
	unsigned failed_charge;
	struct message reply;
	bool waits; /* in pipeline->waiting, else in pipeline->others */
	struct question_life *next, **link;
	struct question_life *next_recalled;
};

struct pipeline {
	struct release_parts parts;
	struct source *source;
	struct policy_ref *policy; /* in force */
	enum gate gate;
	struct question_life *waiting, *others;
	/* Its statement is at the database, or its numbers are being encrypted; also in others. */
	struct question_life *running;
	unsigned n_waiting, n_all;
	bool pumping;
	bool holding; /* release_hold() */
	struct question_life *recalled, **recalled_end; /* found, and not written yet; only within release_pump() */
	bool together; /* a transaction around several of those is open */
	char (*acks)[MAX_ID + 1]; /* not written yet */
	unsigned n_acks, acks_room;
	bool facts_asked, facts_failed; /* of policy */
	struct policy_ref *facts_of;    /* counted, while they are asked for */
	struct sql facts_sql;
	struct drift_watch drift;
	struct question_life *sizing; /* whose codes are counted; NULL: none, or it ended meanwhile */
	struct arena sizes_arena;
	struct sql sizes_sql;
	unsigned size_lists[MAX_CRITERIA], n_sizes, n_sets;
	struct allowance quotes; /* of the loop */
	struct event *go;   /* ends release_hold() */
	struct paillier_key *paillier; /* as it was taken up last; NULL: not yet */
	struct holders *holders;       /* sums that this site is asked to open */
	struct work *work;             /* encrypts numbers of this site; NULL: none yet */
	struct event *tick; /* flushes audit notes, asks for facts again */
	unsigned ticks;
};

/* In release.c. release_enter: a question that came through the door begins to wait. */
void release_enter(struct question_life *q);
void release_pump(struct pipeline *p);
void release_on_timer(struct question_life *q);

/* Also there, for release_sum.c: ways on and out. */
/* The transaction that it was recalled in was rolled back. */
void release_recall_back(struct question_life *q);
CHECKED int release_step(struct question_life *q, enum q_event event, struct error *err);
/* Pays and asks the database; the question is in Q_ALLOWED or Q_JOINED. */
void release_pay_and_run(struct question_life *q);
/* Its numbers are encrypted, or could not be. */
void release_encrypted(struct question_life *q);

/* In release_leave.c. Nothing was paid; of refuse() the reply is filled. */
void release_refuse(struct question_life *q);
void release_deny(struct question_life *q, enum why why);
void release_give_up(struct question_life *q, enum why why); /* paid */
/* Leaves when its pace says, or asks again then. */
void release_depart(struct question_life *q);
void release_leave_in_time(struct question_life *q);
/* True when it was released before: it is dealt with, or a failure was. */
bool release_recall(struct question_life *q);
/* The same, but for the writing: release_keep_recalled() does that for all. */
bool release_recall_later(struct question_life *q);
void release_keep_recalled(struct pipeline *p);

/* In release_decide.c. What keeps every question from being decided, or WHYS. */
enum why release_obstacle(const struct pipeline *p);
/* 0 allowed, with its plan and its pace; -1 refused, and the reply is filled. A question that waited is decided again
 * under a new policy, and on a new day. */
int release_decide(struct question_life *q);
/* False when the database drifted where the plan reads, and the reply is filled. */
bool release_drift_allows(struct question_life *q);
/* The key under which the question's release is kept; it borrows from q. */
struct release_key release_key_of(const struct question_life *q);
/* 1 it was released before and the reply is filled, 0 it was not, -1. */
CHECKED int release_find(struct question_life *q, struct error *err);

/* In release_acts.c. The statement, room for what it gives, and the noise; a failure is unpaid and refused with *why. */
CHECKED int release_prepare(struct question_life *q, enum why *why, struct error *err);
/* What a release or an offer of this question says besides its numbers; it borrows from q. */
struct protect_about release_about(const struct question_life *q);
/* The acts of the table: the price, the protection, and the three ways of keeping how it ended. */
CHECKED int act_hold(struct question_life *q, struct error *err);
CHECKED int act_protect(struct question_life *q, struct error *err);
CHECKED int act_settle(struct question_life *q, struct error *err);
CHECKED int act_settle_failed(struct question_life *q, struct error *err); /* paid */
CHECKED int act_keep_reply(struct question_life *q, struct error *err);    /* refused unpaid, or recalled */

/* In release_keep.c. The question, what was decided and how far it came, into the table of questions; in the caller's
 * transaction. */
CHECKED int release_keep_question(struct question_life *q, enum q_state state, struct error *err);

/* Also there. What was paid for before and is nearly the same, into q->similar and q->of_others; before the hold.
 * *allowed: the policy lets the study ask one more. */
CHECKED int release_look_back(struct question_life *q, bool *allowed, struct error *err);
/* That in the audit, and the question's own marks for later ones; in the transaction of the hold. */
CHECKED int release_keep_marks(struct question_life *q, struct error *err);
/* What a quote tells of them: not those whose answer is on its way, unless answers leave at once. */
CHECKED int release_quote_similar(struct pipeline *p, const struct question *q, const struct plan *plan,
	struct msg_quoted *out, bool *allowed, struct error *err);

/* In vocabulary.c. Starts finding what the codes of a question stand for; false: there is nothing to find, or it was
 * done. Where it cannot be had, the question is answered without those numbers, and its statement finds the concepts
 * itself; but one that the role has no right for is not worth its price: q->unreadable. */
bool release_size(struct question_life *q);
/* The plan changed: what was found, or is being looked for, was another's. */
void release_unsize(struct question_life *q);

/* In release_life.c. life_new: NULL without memory; the question is in `others`, in Q_RECEIVED. */
struct question_life *life_new(struct pipeline *p, const struct msg_ask *ask);
void life_free(struct question_life *q); /* wipes */
/* The question under way with this id, other than `but`; NULL: none. */
struct question_life *life_find(
	struct pipeline *p, const char *id, const struct question_life *but);
/* When the last release of this question, of another than `but`, that is ready and not yet gone
 * leaves; INT64_MIN: there is none. */
int64_t life_kept_back(
	const struct pipeline *p, const struct hash32 *question, const struct question_life *but);
void life_wait(struct question_life *q);              /* to the end of the queue */
void life_unwait(struct question_life *q);            /* out of it */
void life_timer(struct question_life *q, int64_t ms); /* release_on_timer() then */

/* In release_line.c. */
void release_send(struct pipeline *p, const struct message *m);
CHECKED int release_write_acks(struct pipeline *p, struct error *err); /* in the caller's transaction */
void release_send_frame(struct pipeline *p, const char *id, struct view frame);
/* The facts are out of date and are asked for again. */
void release_doubt_facts(struct pipeline *p);
/* Asks for the facts of the policy in force if they are wanted and the source is free. */
void release_load_facts(struct pipeline *p);

/* Test builds (-DCORDON_FAULTS) die here when $CORDON_CRASH_AT names the place. */
#ifdef CORDON_FAULTS
void release_fault(const char *place);
#else
static inline void release_fault(const char *place)
{
	(void)place;
}
#endif

#endif
