/*
 * api_in.h - what api.c (routes, checks) and api_questions.c (handlers) share. For these files
 * only.
 */
#ifndef GATEWAY_API_IN_H
#define GATEWAY_API_IN_H

#include "base/diag.h"
#include "gateway/api.h"
#include "gateway/shares.h"
#include "gateway/store/people.h"

/* The record is checked a part at a time, round and round: api_record.c. */
struct audit_check {
	struct audit_walk walk;
	bool whole;      /* it was walked to its end at least once */
	uint64_t broken; /* the first record that did not fit, in this round or the one before; 0: none */
};

struct api {
	struct api_parts parts;
	struct event_base *base;
	struct events *events;
	struct asking *asking; /* POSTs that wait */
	struct audit_check audit;
	struct shares shares;
};

/* One request on its way through. */
struct request {
	struct api *api;
	struct call *call;
	struct person *who;  /* NULL on a public route */
	char id[MAX_ID + 1]; /* what '*' of the route stands for */
	unsigned scopes;     /* bits of enum scope: what this way of coming in may do at most */
	enum via via;
	int64_t until_ms;    /* when it ends by itself */
	struct hash32 token; /* VIA_BEARER */
	bool foreign;        /* VIA_BEARER: the token is the provider's */
	/* with a cookie, which VIA_BEARER is not: */
	struct hash32 visit, csrf;
};

/* Each ends the call; reply_nothing() with 204. */
void reply_json(struct request *rq, int status, const struct text *t);
void reply_problem(struct request *rq, enum problem_type type, struct say say);
void reply_nothing(struct request *rq);

#define NO_QUESTION SAY("there is no such question", "没有这个问题")

enum {
	READ_ARENA = 4 << 20 /* one body and what is built from it */
};

/* ---- api_common.c: each gives what it is asked for, or ends the call ---- */

/* The body of a POST, or NULL. */
const void *body_of(struct request *rq, size_t *len);
/* One more of what the person has a rate of, if there is one. */
bool not_too_many(struct request *rq);
/* Whether the person may see the question. */
bool may_see(struct request *rq, bool owner_only);

struct page {
	const char *before; /* NULL: from the newest */
	unsigned limit;
	char text[MAX_ID + 1];
};
/* usual: the limit where none is given. */
bool page_of(struct request *rq, unsigned usual, unsigned most, struct page *out);

/* Both end the call: what is wrong with a body; the same, or what else stood against it. */
void reply_diags(struct request *rq, const struct diags *ds);
void reply_refusal(struct request *rq, const struct diags *ds, const struct error *err);

/* Handlers end the call, or hold it. */
void post_question(struct request *rq);
void get_questions(struct request *rq);
void post_price(struct request *rq);
void get_question(struct request *rq);
void delete_question(struct request *rq);
void get_events(struct request *rq);
void get_transcript(struct request *rq);
void get_budget(struct request *rq);
void reply_answer(struct request *rq, int status, const char *id);

/* api_asking.c: a POST that waits until its question is stored, or answered. Those that give false ended the call. */
bool asking_wish_valid(struct request *rq);
void asking_hold(struct request *rq, const char *id);
void asking_answer(struct request *rq, const char *id); /* of a repeated POST: 202 */
void asking_ended(struct api *api, const char *id);
void asking_clear(struct api *api);

void post_read(struct request *rq);
void get_canonical(struct request *rq);

/* sign_in.c */
void get_sign_in(struct request *rq);
void get_sign_in_oidc(struct request *rq);
void get_sign_in_callback(struct request *rq);
void post_session(struct request *rq);
void delete_session(struct request *rq);

/* api_people.c */
/* {"account",..} of the request, with 200. */
void get_me(struct request *rq);
void get_tokens(struct request *rq);
void post_token(struct request *rq);
void delete_token(struct request *rq);
void get_sign_ins(struct request *rq);

/* api_cohorts.c */
void post_convert(struct request *rq);
void post_cohort_read(struct request *rq);
void get_cohorts(struct request *rq);
void post_cohort(struct request *rq);
void get_cohort(struct request *rq);
void delete_cohort(struct request *rq);

/* api_studies.c */
void get_studies(struct request *rq);
void post_study(struct request *rq);
void get_study(struct request *rq);
void delete_study(struct request *rq);
void get_study_entry(struct request *rq);

/* api_catalogue.c */
void get_catalogue(struct request *rq);
void get_catalogue_ld(struct request *rq);
void get_concepts(struct request *rq);
void get_concept(struct request *rq);

/* api_record.c */
void get_transparency(struct request *rq);
void get_audit(struct request *rq);

/* api_portal.c */
void get_openapi(struct request *rq);
/* The portal's file of this path, or its page; false: there is none, and the call is left. */
bool portal_reply(struct request *rq);

events_write api_write_event;

#endif
