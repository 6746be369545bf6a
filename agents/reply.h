/*
 * reply.h - what this site says about a question: the messages that answer it, and the words of every
 * refusal that is the site's own. Words of the policy come from the decision (finding.outside).
 *
 * Y1  a refusal's sentence is one of this table or of the decision's, never made from data, from the
 *     server's words or from an error's log.
 */
#ifndef AGENTS_REPLY_H
#define AGENTS_REPLY_H

#include "agents/ledger.h"
#include "agents/releases.h"
#include "policies/decide/plan.h"
#include "wire/message.h"

enum why {
	WHY_FORM,      /* not a canonical question */
	WHY_SUM,       /* mode secure, and this site has no list of members */
	WHY_DISTINCT,  /* a count of distinct people, and this site has not the hospitals' secret */
	WHY_SUM_OVER,  /* the sum went on without this site, or ended; unpaid */
	/* Paid, and over, whether its numbers left or not: one word for both, or it would tell when they were ready. */
	WHY_SUM_PAID,
	WHY_SIGNATURE, /* not signed by the requester */
	WHY_PAID,      /* what the requester signed was paid for before, and gave no answer */
	WHY_ID,        /* the id stands for another question */
	WHY_NO_POLICY, /* none in force */
	WHY_APPROVAL,  /* the policy's approval does not hold any more */
	WHY_HALTED,    /* somebody of the site stopped everything */
	WHY_CODES,     /* the code rules could not be expanded */
	WHY_CATALOG,   /* the database could not be compared with the policy */
	WHY_TIMING,    /* the deadline is shorter than this site's fixed time */
	WHY_BUSY,
	WHY_PRICES, /* more is asked for than the loop has time for */
	WHY_LEDGER,    /* a chain is broken */
	WHY_STORAGE,   /* the local record cannot be written */
	WHY_DATABASE,  /* cannot be reached */
	WHY_VOCABULARY, /* the agent's role may not read it */
	WHY_PLAN,      /* no statement could be written */
	WHY_NOISE,     /* the generator failed */
	WHY_STATEMENT, /* failed at the database; paid */
	WHY_TIMED_OUT, /* before it was paid */
	WHY_CANCELLED,
	WHY_TIMED_OUT_PAID, /* while it was computed */
	WHY_CANCELLED_PAID,
	WHY_DATABASE_PAID, /* lost while it computed */
	WHY_APPROVAL_PAID, /* closed while it was computed */
	WHY_HALTED_PAID,
	WHY_STOPPED, /* the agent stopped while it ran; paid */
	WHYS
};

void reply_refuse(struct message *m, const char *id, enum why why);
/* By a rule of the policy. rule and say are copied. */
void reply_rule(struct message *m, const char *id, const char *rule, struct say say);
/* Of a question nearly the same as those that its study had answered: the policy allows no more of them. */
#define REPLY_SIMILAR_RULE "release:max_similar"
struct say reply_similar_say(void);
/* sealed and signature are borrowed for the message's life. Accounts are reply_accounts()'. */
void reply_release(struct message *m, const char *id, struct view sealed, struct view signature,
	bool recalled);

/* The state of every account a plan is charged to, as the ledger has it now; `cost` says whether the
 * plan's costs are told or 0. Fails: E_SYSTEM; E_LIMIT for more than MAX_ACCOUNTS. */
CHECKED int reply_accounts(struct ledger *l, const struct plan *plan, bool cost,
	struct account_state out[MAX_ACCOUNTS], uint64_t *count, struct error *err);

/* Stores m as the response to id, in the caller's transaction. requester "" stands for whoever asks
 * with the same question. Fails: as message_encode() and responses_keep(). */
CHECKED int reply_keep(struct db *db, const struct message *m, const char *id,
	const struct hash32 *question, const char *requester, struct error *err);

#endif
