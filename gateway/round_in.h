/*
 * round_in.h - what round.c (the life of a round), round_commit.c (making it durable) and
 * round_hear.c (what sites say) share. For these files only.
 */
#ifndef GATEWAY_ROUND_IN_H
#define GATEWAY_ROUND_IN_H

#include <openssl/evp.h>

#include "gateway/round.h"
#include "secagg/membership.h"

/* A site's part of one question. AWAY, ASKED and GONE may still change; the others are ends. */
enum leg_state {
	LEG_NONE, /* no such step */
	LEG_AWAY, /* awaited, but offline; grace runs */
	LEG_ASKED,
	LEG_GONE, /* offline for longer than the grace: not awaited, but welcome while the round runs */
	LEG_ANSWERED,
	LEG_RECALLED,
	LEG_SUPPRESSED,
	LEG_REFUSED,
	LEG_TIMED_OUT,
	LEG_FAILED,
	LEG_CANCELLED,
	/* of a secure sum */
	LEG_OFFERED, /* would be in it; what it will send has this shape */
	LEG_SUMMING, /* was invited */
	LEG_SUMMED,
	LEG_DROPPED,
	LEG_LEFT_OUT,
	LEG_STATES
};

enum leg_event {
	ON_ASK,      /* the ask was sent */
	ON_LOST,     /* its line ended */
	ON_GRACE,    /* and it did not come back */
	ON_RELEASE,  /* it answered */
	ON_RECALLED, /* from its stored release */
	ON_BELOW,    /* with nothing above its threshold */
	ON_REFUSED,  /* by a rule */
	ON_FAILED,   /* it could not, or what it said was not believable */
	ON_TIME_OUT, /* its own deadline passed */
	ON_STOPPED,  /* it cancelled */
	ON_DEADLINE, /* ours passed */
	ON_CANCEL,   /* the person does not want it any more */
	ON_OFFER,    /* it would be in a secure sum */
	ON_INVITE,   /* it is asked into one */
	ON_SUMMED,   /* and is in its result */
	ON_DROPPED,  /* and is not */
	ON_NO_SUM,   /* there is none with it */
	LEG_EVENTS
};

struct leg {
	size_t site; /* NO_SITE: left the configuration while the question ran */
	char *name;
	enum leg_state state;
	enum site_state queued;    /* as the last queued change, or the store, has it */
	bool heard;                /* a message is queued or stored */
	bool stored;               /* it is stored */
	int64_t sent_ms, grace_ms; /* monotonic */
};

struct round {
	struct rounds *all;
	struct round *next;
	struct stored_question q; /* its views point into bytes */
	uint8_t *bytes;
	struct leg *legs;
	size_t n;
	int64_t deadline_ms; /* monotonic */
	struct event *timer;
	bool cancelled;
	struct round_sum *sum; /* of a question in mode secure; NULL: nobody has offered */
	bool ending, changed; /* used within one commit */
};

/* One line of what is to be written; undone by `before` when the store fails. */
struct change {
	struct round *round; /* NULL: the round is over, only the message is kept */
	size_t leg;
	enum leg_state before;
	char id[MAX_ID + 1];
	size_t site;
	const char *name;
	enum site_state state;
	int64_t ms;
	uint8_t *body; /* heap; NULL: no message */
	size_t len;
	const char *audit; /* what to record, or NULL */
};

/* A question that is not stored yet. */
struct fresh {
	struct fresh *next;
	struct round *round;
	char *key; /* or NULL; heap */
	struct hash32 body;
};

struct rounds {
	const char *name; /* of this gateway */
	const struct membership *members; /* that may sum; NULL: there are no sums */
	EVP_PKEY *sum_key;                /* signs invitations */
	const struct tp_key *paillier;    /* NULL: no sums by threshold Paillier */
	struct event_base *base;
	struct sessions *sessions;
	struct store *store;
	const struct rounds_calls *calls;
	void *arg;
	struct round *list;
	size_t n;
	struct event *flush, *late; /* when the loop rests; when it does not */
	struct fresh *fresh, **fresh_end;
	size_t n_fresh;
	struct change *queue;
	size_t queued, room, queued_bytes;
	uint64_t ended[ANSWER_STATES];
	struct round_paillier *ending; /* of rounds that are gone: their work beside the loop is not over */
};

enum site_state leg_site_state(enum leg_state s);
/* Moves by the table; false if there is no such step. Queues what the store must know; *body (may
 * be NULL) is taken, also on false. */
bool leg_move(struct round *r, struct leg *leg, enum leg_event on, uint8_t *body, size_t len,
	const char *audit);

/* round_hear.c. The body of a message's frame, as it was spelled (M1). Gives heap bytes. */
CHECKED int round_body(const struct message *m, uint8_t **body, size_t *len, struct error *err);

/* round_commit.c. Takes c->body. False: no memory, c->body freed. */
bool rounds_queue(struct rounds *all, const struct change *c);
/* rounds_flush() writes all that is queued; then acks, tells, asks, and ends what is over. Rounds may be gone after
 * it. */
void rounds_flush_soon(struct rounds *all);
void rounds_forget_queue(struct rounds *all);

/* round.c */
struct round *round_find(const struct rounds *all, const char *id);
bool round_over(const struct round *r);
enum answer_state round_result(const struct round *r);
void round_schedule(struct round *r);
void round_retry(struct round *r); /* a second later, after our own failure */
void round_free(struct round *r);  /* takes it off the list too */
CHECKED int round_store(const struct fresh *f, struct error *err); /* inside a transaction (R1) */
void round_begin(struct round *r, int64_t left_ms);
void fresh_free(struct fresh *f); /* not its round */

#endif
