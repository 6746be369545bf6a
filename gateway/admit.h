/*
 * admit.h - who is it, and may they: everything that is asked of a request before its handler sees it.
 *
 * A1  an Authorization header is all that counts where there is one, however wrong: no falling back to a cookie.
 * A2  a request with a cookie that is not a GET needs the visit's CSRF word, and must not come from another site.
 * A3  role and scope must both allow the action.
 * A4  what goes on after its request (a stream, a wait) ends with what let it in.
 */
#ifndef GATEWAY_ADMIT_H
#define GATEWAY_ADMIT_H

#include "gateway/api_in.h"

enum admitted {
	ADMITTED,      /* rq->who, scopes, via and, with a cookie, the rest are filled */
	ADMIT_REFUSED, /* the call was ended */
	ADMIT_HELD     /* the provider is asked; then go(rq, arg) is called if the answer is yes */
};
enum admitted admit(
	struct request *rq, void (*go)(struct request *rq, const void *arg), const void *arg);
/* False after ending the call. */
bool admit_action(struct request *rq, enum action a);

/* The person of a token with this SHA-256, of gateway.yaml or made here. 1, 0 nobody's, -1 failed. *token_id is "" for one of
 * gateway.yaml. */
CHECKED int admit_token(struct request *rq, const struct hash32 *token, struct stored_token *found,
	struct error *err);

/* A4: what the request came in by, and whether it would still let its owner do this. A store that fails lets nobody. */
struct pass pass_of(const struct request *rq);
bool admit_still(const struct pass *p, enum action a, struct api *api);
/* Ends the call with 401. */
enum admitted admit_refuse(struct request *rq);

#endif
