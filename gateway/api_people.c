/*
 * api_people.c - signing in and out, who one is, API tokens.
 */
#include "gateway/api_in.h"

static void not_yet(struct request *rq)
{
	reply_problem(rq, 503, SAY("not built yet", "尚未完成"));
}

void get_sign_in(struct request *rq)
{
	not_yet(rq);
}

void get_sign_in_oidc(struct request *rq)
{
	not_yet(rq);
}

void get_sign_in_callback(struct request *rq)
{
	not_yet(rq);
}

void post_session(struct request *rq)
{
	not_yet(rq);
}

void delete_session(struct request *rq)
{
	not_yet(rq);
}

void get_tokens(struct request *rq)
{
	not_yet(rq);
}

void post_token(struct request *rq)
{
	not_yet(rq);
}

void delete_token(struct request *rq)
{
	not_yet(rq);
}

void get_sign_ins(struct request *rq)
{
	not_yet(rq);
}

void get_me(struct request *rq)
{
	struct text t;

	text_init(&t, 4 << 10);
	text_add(&t, "{\"account\":");
	text_add_json(&t, rq->who->account);
	text_addf(&t, ",\"role\":\"%s\"}", role_name(rq->who->role));
	reply_json(rq, 200, &t);
	text_clear(&t);
}
