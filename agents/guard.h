/*
 * guard.h - did this person ask this question? The site trusts neither the gateway nor what it says about
 * the requester: the person's own certificate and signature say it, or nobody does.
 *
 * G1  the certificate is of a person, signed by the federation root, valid now and not revoked.
 * G2  its name is the requester's account.
 * G3  the signature covers the canonical question, the requester and the time of asking, which is at most
 *     a day ago, so that a gateway cannot spend with questions of old.
 */
#ifndef AGENTS_GUARD_H
#define AGENTS_GUARD_H

#include "base/bytes.h"
#include "wire/message.h"
#include "wire/tls.h"

struct guard;

/* Gives *out (guard_free). Fails: E_INPUT for a root or list that cannot be read; the log names the file. */
CHECKED int guard_new(struct guard **out, const struct tls_files *files, struct error *err);
void guard_free(struct guard *g); /* accepts NULL */

/* Fails: E_CRYPTO, saying which of G1-G3 to the log only. */
CHECKED int guard_check(struct guard *g, const struct msg_ask *ask, const struct hash32 *question,
	int64_t now_ms, struct error *err);

#endif
