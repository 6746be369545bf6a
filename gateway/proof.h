/*
 * proof.h - who said it: checks of a person's signed question and of a site's signed release.
 *
 * The sites check the person again, and the person's tools can check the sites: this gateway only
 * refuses early what they would refuse.
 */
#ifndef GATEWAY_PROOF_H
#define GATEWAY_PROOF_H

#include <openssl/x509.h>
#include <stddef.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/error.h"
#include "wire/message.h"
#include "wire/revoked.h"

/* The federation as the gateway knows it. */
struct trust {
	X509 *root;
	struct identity_seen *people;
	struct revoked *revoked; /* or NULL */
};
/* Fails: E_INPUT, the log names the file. revoked_file may be NULL. */
CHECKED int trust_open(
	struct trust *t, const char *root_file, const char *revoked_file, struct error *err);
void trust_clear(struct trust *t);

/* A person's certificate, read: its DER goes into the ask. */
struct proof_person {
	uint8_t *der; /* heap, proof_person_clear() */
	size_t len;
	uint8_t key[32];
};
/* Reads a PEM certificate and checks that the federation gave it to the person `account`, that it
 * is valid at wall_ms and not revoked. Fails: E_INPUT no certificate; E_DENIED another name,
 * foreign, expired or revoked; E_SYSTEM the list of the revoked cannot be read. */
CHECKED int proof_person(const struct trust *t, const char *pem, size_t len, const char *account,
	int64_t wall_ms, struct proof_person *out, struct error *err);
void proof_person_clear(struct proof_person *p);

/* The person's signature over this question. Fails: E_DENIED. */
CHECKED int proof_ask(const struct proof_person *p, const struct hash32 *question,
	const char *requester, int64_t asked_ms, const uint8_t *signature, size_t len,
	struct error *err);

/* That this release was signed by the site's key, names this site and this question, is of the question's
 * kind ("count"), and holds numbers that can be added up. Gives *out, whose parts live in `a`. Fails: E_CRYPTO, E_INPUT. */
CHECKED int proof_release(const struct msg_release *m, const uint8_t key[32], const char *site,
	const struct hash32 *question, const char *kind, struct arena *a, struct release *out,
	struct error *err);
/* The same of an offer: *out has no cells, and its noise is what the sum must have. */
CHECKED int proof_offer(const struct msg_offer *m, const uint8_t key[32], const char *site,
	const struct hash32 *question, const char *kind, struct arena *a, struct release *out,
	struct error *err);

#endif
