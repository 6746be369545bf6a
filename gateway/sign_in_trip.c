/*
 * sign_in_trip.c - trips to the provider and back.
 */
#include <event2/http.h>
#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "gateway/sign_in_in.h"

enum {
	MAX_CODE = 2048
};

/* Why somebody comes back to the sign-in page without being signed in; the page has words for these. */
#define BACK_UNKNOWN  "unknown"
#define BACK_DENIED   "denied"
#define BACK_EXPIRED  "expired"
#define BACK_PROVIDER "provider"

/* ---- answers to a browser ---- */

static void send_to(struct request *rq, const char *address)
{
	call_add_header(rq->call, "Location", address);
	call_reply(rq->call, 303, "text/plain", "", 0);
}

/* To the sign-in page, which says why, and from there to where they wanted to go. */
static void send_back(struct request *rq, const char *problem, const char *to)
{
	char *encoded = to == NULL ? NULL : evhttp_uriencode(to, -1, 0);
	struct text t;

	text_init(&t, 8 << 10);
	text_addf(&t, "/sign-in?problem=%s%s%s", problem,
		encoded == NULL ? "" : "&to=", encoded == NULL ? "" : encoded);
	forget_cookie(rq, FLOW_COOKIE_NAME);
	send_to(rq, text_failed(&t) ? "/sign-in" : text_str(&t));
	text_clear(&t);
	free(encoded);
}

/* ---- there ---- */

static void leave(struct request *rq, const char *to)
{
	struct sign_in *s = sign_in_of(rq);
	char cookie[FLOW_COOKIE], challenge[FLOW_WORD];
	struct flow f;
	struct error err;
	struct text t;

	if (flow_new(&s->key, to, clock_mono_ms(), &f, cookie, &err) != 0) {
		call_error(rq->call, &err);
		return;
	}
	text_init(&t, 16 << 10);
	if (flow_challenge(&f, challenge))
		oidc_address(s->oidc, f.state, f.nonce, challenge, &t);
	if (t.len == 0 || text_failed(&t)) {
		send_back(rq, BACK_PROVIDER, to);
	} else {
		sign_in_cookie(rq, FLOW_COOKIE_NAME, cookie, FLOW_MS);
		send_to(rq, text_str(&t));
	}
	text_clear(&t);
}

static void on_ready(struct parked *h, enum oidc_answer a, const json_t *claims, const char *why)
{
	(void)claims;
	if (a == OIDC_GOOD) {
		leave(&h->rq, h->flow.to);
		return;
	}
	log_line(LOG_WARNING, "sign-in: %s", why);
	send_back(&h->rq, BACK_PROVIDER, h->flow.to);
}

static bool has_provider(struct request *rq)
{
	if (sign_in_of(rq)->oidc != NULL)
		return true;
	reply_problem(rq, PROBLEM_NO_PROVIDER,
		SAY("this gateway has no sign-in provider", "本网关未设置身份提供方"));
	return false;
}

void get_sign_in_oidc(struct request *rq)
{
	char to[MAX_RETURN_TO + 1];
	struct oidc_wait *wait = NULL;
	struct error err;
	struct parked *h;
	int begun;

	if (!has_provider(rq))
		return;
	if (call_query(rq->call, "to", to, sizeof(to)) != 1 || !flow_local(to))
		memcpy(to, "/", 2);
	if (oidc_ready(sign_in_of(rq)->oidc)) {
		leave(rq, to);
		return;
	}
	h = parked_new(rq, on_ready);
	if (h == NULL)
		return;
	memcpy(h->flow.to, to, sizeof(to));
	begun = oidc_wait_ready(&wait, sign_in_of(rq)->oidc, parked_answer, h, &err);
	parked_begun(h, begun, wait, &err);
}

/* ---- back ---- */

/* The trip of this browser, if its state came back and it was not used. It is now. */
static bool take_flow(struct request *rq, struct flow *f)
{
	struct sign_in *s = sign_in_of(rq);
	const char *header = call_header(rq->call, "Cookie");
	char cookie[FLOW_COOKIE], state[FLOW_WORD];

	if (header == NULL || !cookie_find(header, FLOW_COOKIE_NAME, cookie, sizeof(cookie)) ||
		!flow_read(&s->key, cookie, clock_mono_ms(), f) ||
		call_query(rq->call, "state", state, sizeof(state)) != 1 ||
		strlen(state) != FLOW_WORD - 1 ||
		CRYPTO_memcmp(state, f->state, FLOW_WORD - 1) != 0)
		return false;
	for (size_t i = 0; i < FLOWS_USED && i < s->n_used; i++)
		if (hash32_equal(&s->used[i], &f->seed))
			return false;
	s->used[s->n_used++ % FLOWS_USED] = f->seed;
	return true;
}

/* Listed, or a guest by the provider's groups; nobody else. */
static const char *person_of(
	struct request *rq, const json_t *claims, struct stored_visit *v, const char **why)
{
	struct people *people = rq->api->parts.people;

	*why = oidc_person(sign_in_of(rq)->oidc, claims, v->account, &v->role);
	if (*why != NULL) {
		v->account[0] = '\0';
		return BACK_UNKNOWN;
	}
	if (people_listed(people, v->account) != NULL)
		v->role = ROLE_NONE;
	else if (v->role == ROLE_NONE)
		*why = "not listed, and in no group with a role";
	if (*why != NULL)
		return BACK_UNKNOWN;
	rq->who = people_come(people, v->account, v->role, clock_mono_ms());
	if (rq->who != NULL)
		return NULL;
	*why = "too many guests";
	return BACK_PROVIDER;
}

static void forget_guest(struct request *rq, const char *account)
{
	struct error err;

	if (account[0] != '\0' &&
		store_set_guest(rq->api->parts.store, account, ROLE_NONE, 0, &err) != 0)
		log_line(LOG_ERROR, "a guest: %s", err.log);
}

static void on_code(struct parked *h, enum oidc_answer a, const json_t *claims, const char *why)
{
	struct stored_visit v = { .via = VIA_OIDC, .until_ms = INT64_MAX };
	struct request *rq = &h->rq;
	const char *back = a == OIDC_BAD ? BACK_DENIED : BACK_PROVIDER;
	struct error err;

	if (a == OIDC_GOOD)
		back = person_of(rq, claims, &v, &why);
	if (back != NULL) {
		sign_in_was_wrong(rq);
		log_line(LOG_NOTICE, "sign-in refused: %s", why);
		sign_in_tell(rq, "refused", v.account, VIA_OIDC, why);
		if (strcmp(back, BACK_UNKNOWN) == 0)
			forget_guest(rq, v.account);
		send_back(rq, back, h->flow.to);
	} else if (sign_in_visit(rq, &v, &err) != 0) {
		call_error(rq->call, &err);
	} else {
		forget_cookie(rq, FLOW_COOKIE_NAME);
		send_to(rq, h->flow.to);
	}
}

void get_sign_in_callback(struct request *rq)
{
	char code[MAX_CODE], word[MAX_URL + 1];
	struct oidc *o = sign_in_of(rq)->oidc;
	struct oidc_wait *wait = NULL;
	struct error err;
	struct parked *h;
	struct flow f;
	int begun, iss;

	if (!has_provider(rq) || !sign_in_may_try(rq))
		return;
	if (!take_flow(rq, &f)) {
		send_back(rq, BACK_EXPIRED, NULL);
		return;
	}
	iss = call_query(rq->call, "iss", word, sizeof(word));
	if (iss < 0 || !oidc_same_issuer(o, iss == 1 ? word : NULL)) {
		sign_in_tell(rq, "refused", "", VIA_OIDC, "another issuer");
		send_back(rq, BACK_PROVIDER, f.to);
		return;
	}
	if (call_query(rq->call, "code", code, sizeof(code)) != 1) {
		sign_in_tell(rq, "refused", "", VIA_OIDC, "the provider said no");
		send_back(rq, BACK_DENIED, f.to);
		return;
	}
	h = parked_new(rq, on_code);
	if (h == NULL)
		return;
	h->flow = f;
	begun = oidc_wait_code(&wait, o, code, f.verifier, f.nonce, parked_answer, h, &err);
	parked_begun(h, begun, wait, &err);
}
