/*
 * round_in.h - what round.c (the life of a round), round_leg.c (of a site's part), round_commit.c (making it durable),
 * round_hear.c (what sites say) and the files of secure sums (round_sum.h, round_beside.h) share. For these files only.
 */
#ifndef GATEWAY_ROUND_IN_H
#define GATEWAY_ROUND_IN_H

#include <openssl/evp.h>

#include "base/work.h"
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
	bool ending;           /* used within one commit */
	bool changed;          /* used within one telling */
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
	uint8_t *body; /* heap; NULL: no message, or it is in the store by now */
	size_t len;
	bool message; /* there is one */
	bool kept; /* and it is in the store already: it is acknowledged with what is committed next, later on the disk */
	const char *audit; /* what to record, or NULL */
};

/* A question that is not on the disk yet, so that nobody is asked. */
struct fresh {
	struct fresh *next;
	bool committed, cancelled;
	struct round *round;
	char *key; /* or NULL; heap */
	struct hash32 body;
};

/* What was committed together, until the disk has it: then all are told. */
struct group {
	struct group *next;
	struct change *queue;
	size_t n;
	size_t n_fresh;      /* so many of the first of `fresh` */
	struct round *ended; /* on no other list any more */
	bool synced;         /* the sync under way covers it */
};

/* Brings groups to the disk, beside the loop; one at a time, for all that were committed when it began. */
struct syncing {
	struct work_job job;
	struct rounds *all;
	bool busy;
	int ret;
	struct error err;
};

struct rounds {
	const char *name;                 /* of this gateway */
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
	struct event *flush, *late;       /* when the loop rests; when it does not */
	struct fresh *fresh, **fresh_end; /* in the order of asking: the committed ones first */
	size_t n_fresh;
	struct group *groups, **groups_end; /* in the order of committing */
	struct work *disk;
	struct syncing syncing;
	bool broken; /* the disk failed: what is on it is unknown, and nothing is written any more */
	struct change *queue;
	size_t queued, room, queued_bytes;
	uint64_t ended[ANSWER_STATES];
	struct beside *
		leftover; /* of rounds that are gone: a job beside the loop is not over (round_beside.h) */
};

/* round_leg.c */
enum site_state leg_site_state(enum leg_state s);
/* Moves by the table; false if there is no such step. Queues what the store must know; *body (may
 * be NULL) is taken, also on false. */
bool leg_move(struct round *r, struct leg *leg, enum leg_event on, uint8_t *body, size_t len,
	const char *audit);
bool leg_may(const struct leg *leg, enum leg_event on); /* there is such a step */

/* round_hear.c. The body of a message's frame, as it was spelled (M1). Gives heap bytes. */
CHECKED int round_body(const struct message *m, uint8_t **body, size_t *len, struct error *err);

/* round_commit.c. Takes c->body. False: no memory, c->body freed. */
bool rounds_queue(struct rounds *all, const struct change *c);
void rounds_flush_soon(struct rounds *all);
/* Commits all that is queued, and has it brought to the disk; what that made durable is then acknowledged, told, asked and
 * ended, from the loop. Rounds that are over are off the list after it. When it fails, all is as before. */
CHECKED int rounds_flush(struct rounds *all, struct error *err);
void rounds_flush_now(struct rounds *all); /* the same, and a failure goes to the log */
void rounds_on_flush(evutil_socket_t fd, short what, void *rounds);
/* Forget it: it is on the disk, or nobody here wants it. */
void rounds_ack(struct rounds *all, size_t site, const char *id);
void rounds_forget_queue(struct rounds *all);
void rounds_forget_groups(struct rounds *all); /* after `disk` was freed */

/* round.c */
struct round *round_find(const struct rounds *all, const char *id);
bool round_over(const struct round *r);
enum answer_state round_result(const struct round *r);
void round_schedule(struct round *r);
void round_retry(struct round *r); /* a second later, after our own failure */
void round_leave(struct round *r); /* off the list, its sum let go: it hears nothing more */
void round_free(struct round *r);  /* leaves, too */
CHECKED int round_store(const struct fresh *f, struct error *err); /* inside a transaction (R1) */
void round_join(struct round *r, int64_t left_ms);                 /* on the list */
void round_begin(struct round *r);                                 /* its sites are asked */
void round_cancel(struct round *r);
void fresh_free(struct fresh *f); /* not its round */

#endif
