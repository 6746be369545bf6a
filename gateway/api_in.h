/*
 * api_in.h - what api.c (routes, checks) and api_questions.c (handlers) share. For these files
 * only.
 */
#ifndef GATEWAY_API_IN_H
#define GATEWAY_API_IN_H

#include "gateway/api.h"

struct api {
	struct api_parts parts;
	struct events *events;
};

/* One request on its way through. */
struct request {
	struct api *api;
	struct call *call;
	struct person *who;  /* NULL on a public route */
	char id[MAX_ID + 1]; /* what '*' of the route stands for */
};

/* Both end the call. */
void reply_json(struct request *rq, int status, const struct text *t);
void reply_problem(struct request *rq, int status, struct say say);

/* Handlers end the call, or hold it. */
void post_question(struct request *rq);
void get_questions(struct request *rq);
void post_price(struct request *rq);
void get_question(struct request *rq);
void delete_question(struct request *rq);
void get_events(struct request *rq);
void get_transcript(struct request *rq);
void get_budget(struct request *rq);

events_write api_write_event;

#endif
