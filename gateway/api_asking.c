/*
 * api_asking.c - POST /v1/questions while it waits: for the question to be on disk, and, where the person asked for it
 * with `Prefer: wait=SECONDS` (RFC 7240), for the whole answer.
 */
#include "gateway/admit.h"
#include "gateway/api_in.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	WAIT_MAX_S = 600
};

struct asking {
	struct asking *next;
	struct api *api;
	struct call *call;
	struct person *who;
	struct pass pass;    /* at the end of the wait it must still let them in */
	struct event *timer; /* NULL: only until it is stored */
	char id[MAX_ID + 1];
	unsigned wait_s;
	bool stored;
};

/* Takes it off the list; its call is the caller's to end. */
static struct call *asking_free(struct asking *a)
{
	struct call *c = a->call;

	for (struct asking **at = &a->api->asking; *at != NULL; at = &(*at)->next)
		if (*at == a) {
			*at = a->next;
			break;
		}
	if (a->timer != NULL)
		event_free(a->timer);
	free(a);
	return c;
}

static void on_gone(struct call *c, void *arg)
{
	asking_free(arg);
	call_reply(c, 503, "text/plain", "", 0); /* to nobody */
}

/* 202, or 200 with the whole answer, and the address of the question. */
static void reply_asked(struct request *rq, int status, const char *id)
{
	char location[MAX_ID + 32];

	snprintf(location, sizeof(location), "/v1/questions/%s", id);
	call_add_header(rq->call, "Location", location);
	if (status == 200)
		call_add_header(rq->call, "Preference-Applied", "wait");
	reply_answer(rq, status, id);
}

static void finish(struct asking *a, int status)
{
	struct request rq = { .api = a->api, .who = a->who };
	char id[MAX_ID + 1];
	bool may;

	memcpy(id, a->id, sizeof(id));
	may = admit_still(&a->pass, MAY_ASK, rq.api);
	rq.call = asking_free(a);
	if (may)
		reply_asked(&rq, status, id);
	else
		admit_refuse(&rq);
}

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	finish(arg, 202);
}

/* The seconds of `Prefer: wait=N`; 0 without it. False: it cannot be read. */
static bool wish(const struct call *c, unsigned *wait_s)
{
	const char *h = call_header(c, "Prefer");
	uint64_t n;

	*wait_s = 0;
	if (h == NULL || strncasecmp(h, "wait=", 5) != 0) /* other preferences may be passed over */
		return true;
	if (!parse_u64(h + 5, &n) || n > WAIT_MAX_S)
		return false;
	*wait_s = (unsigned)n;
	return true;
}

bool asking_wish_valid(struct request *rq)
{
	unsigned wait_s;

	if (wish(rq->call, &wait_s))
		return true;
	reply_problem(rq, PROBLEM_PARAMETER,
		SAY("'Prefer: wait=N' takes whole seconds up to 600",
			"Prefer: wait=N 应为不超过 600 的整秒数"));
	return false;
}

void asking_hold(struct request *rq, const char *id)
{
	struct asking *a = calloc(1, sizeof(*a));

	if (a == NULL || !text_copy(a->id, sizeof(a->id), id)) {
		free(a);
		reply_problem(rq, PROBLEM_UNAVAILABLE,
			SAY("no memory; the question is being asked", "内存不足；问题已在处理"));
		return;
	}
	a->api = rq->api;
	a->call = rq->call;
	a->who = rq->who;
	a->pass = pass_of(rq);
	wish(rq->call, &a->wait_s);
	a->next = rq->api->asking;
	rq->api->asking = a;
	call_hold(rq->call, on_gone, a);
}

void asking_answer(struct request *rq, const char *id)
{
	reply_asked(rq, 202, id);
}

/* Several when a request was repeated with its key, none when the client left. */
static struct asking *find(struct api *api, const char *id, bool stored)
{
	struct asking *a = api->asking;

	while (a != NULL && (a->stored != stored || strcmp(a->id, id) != 0))
		a = a->next;
	return a;
}

static void asked(struct asking *a, const struct error *why)
{
	const struct timeval tv = { (time_t)a->wait_s, 0 };

	a->stored = true;
	if (why != NULL) {
		call_error(asking_free(a), why);
		return;
	}
	if (a->wait_s > 0)
		a->timer = evtimer_new(a->api->base, on_timer, a);
	if (a->timer == NULL || event_add(a->timer, &tv) != 0)
		finish(a, 202);
}

void api_on_asked(struct api *api, const char *id, const struct error *why)
{
	struct asking *a;

	while ((a = find(api, id, false)) != NULL)
		asked(a, why);
}

void asking_ended(struct api *api, const char *id)
{
	struct asking *a;

	while ((a = find(api, id, true)) != NULL)
		finish(a, 200);
}

void asking_clear(struct api *api)
{
	while (api->asking != NULL) {
		struct request rq = { .api = api };

		rq.call = asking_free(api->asking);
		reply_problem(
			&rq, PROBLEM_STOPPING, SAY("the gateway is stopping", "网关正在停止"));
	}
}
