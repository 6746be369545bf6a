/*
 * ask.h - from the body of a POST to a question that may be sent: read strictly, made canonical,
 * its signer checked, its sites found.
 */
#ifndef GATEWAY_ASK_H
#define GATEWAY_ASK_H

#include "base/arena.h"
#include "base/diag.h"
#include "base/error.h"
#include "gateway/proof.h"
#include "gateway/sessions.h"
#include "gateway/store/store.h"
#include "query/question.h"

struct asked {
	struct stored_question q; /* views into the arena */
	const struct question *question;
	size_t *sites; /* as sessions.h counts them */
	size_t n_sites;
};

/* Reads {"question":..,"certificate":..,"signature":..,"asked_ms":..,"deadline_ms":..}. Everything
 * in *out lives in `a`. Fails: E_INPUT with the problems in ds; E_DENIED for the signer, ds empty;
 * E_SYSTEM. */
CHECKED int ask_read(const void *body, size_t len, const char *account, const struct trust *trust,
	const struct sessions *sessions, int64_t wall_ms, struct arena *a, struct diags *ds,
	struct asked *out, struct error *err);

/* Reads {"question":..}: only study, canonical text and sites are filled. */
CHECKED int ask_read_price(const void *body, size_t len, const struct sessions *sessions,
	struct arena *a, struct diags *ds, struct asked *out, struct error *err);

/* The same of {"question":..}, or of {"text":"study: ..\n"}: YAML or JSON as people write it, whose places are then those
 * of the text and *written its tree; else *written is NULL. */
CHECKED int ask_read_words(const void *body, size_t len, const struct sessions *sessions,
	struct arena *a, struct diags *ds, struct asked *out, const struct node **written,
	struct error *err);

#endif
