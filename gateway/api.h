/*
 * api.h - the HTTP API of docs/api.md: one table of routes, who may use them, and what they do.
 */
#ifndef GATEWAY_API_H
#define GATEWAY_API_H

#include <event2/event.h>
#include <stdbool.h>

#include "base/error.h"
#include "gateway/catalogue.h"
#include "gateway/coverage.h"
#include "gateway/events.h"
#include "gateway/http.h"
#include "gateway/people.h"
#include "gateway/proof.h"
#include "gateway/quote.h"
#include "gateway/round.h"
#include "gateway/sessions.h"
#include "gateway/sign_in.h"
#include "gateway/store/store.h"

struct vocabulary;

/* What the handlers work with; all borrowed. `http` may be set after api_new(). */
struct api_parts {
	struct people *people;
	struct sessions *sessions;
	struct rounds *rounds;
	struct quotes *quotes;
	struct store *store;
	const char *name; /* of the gateway */
	struct catalogue *catalogue;
	struct coverage *coverage;
	struct vocabulary *vocabulary; /* or NULL */
	const struct trust *trust;
	struct sign_in *sign_in;
	const struct http *http;
	bool secure; /* sums over sites are made here */
	bool stopping; /* not ready for new work */
};

struct api;

CHECKED int api_new(struct api **out, struct event_base *base, const struct api_parts *parts,
	struct error *err);
void api_free(struct api *api); /* accepts NULL; ends all streams */

struct api_parts *api_parts(struct api *api);

/* The routes one after the other, for what describes them; false past the last. */
enum {
	API_PUBLIC = ACTIONS /* needs nobody */
};
struct api_route {
	enum call_method method;
	const char *path; /* '*' is an id */
	int action;       /* enum action, or API_PUBLIC */
};
bool api_route(size_t i, struct api_route *out);

/* For http_new(): arg is the api. */
extern const struct http_calls api_calls;
/* For rounds_new(). */
void api_on_asked(struct api *api, const char *id, const struct error *why);
void api_on_change(struct api *api, const char *id, bool last);

#endif
