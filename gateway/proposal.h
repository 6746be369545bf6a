/*
 * proposal.h - a study as somebody proposes it: read, kept as JSON, and written as the entry that an officer pastes into
 * studies.yaml.
 *
 * P1  what proposal_read() took is read the same by the policy's own reader once it was pasted; whether the site has
 *     these datasets and columns only the site knows.
 * P2  proposal_write() gives JSON that proposal_read() reads as the same proposal.
 * P3  no text of a proposal can end its line, its quotes or its comment in the entry.
 * Texts live where they were read, in the arena of the tree. Days are days since 1970-01-01.
 */
#ifndef GATEWAY_PROPOSAL_H
#define GATEWAY_PROPOSAL_H

#include "base/arena.h"
#include "base/diag.h"
#include "base/error.h"
#include "base/text.h"

struct proposal_names {
	const char **list;
	size_t n;
};

struct proposal_member {
	const char *account, *role;
};

struct proposal {
	const char *id;
	struct say title;
	struct proposal_names purpose, kinds, datasets, may_use;
	struct proposal_member *members;
	size_t n_members;
	const char *rho; /* a decimal; NULL: the officer says how much */
	int32_t from, to;
	const char *note; /* may have lines; "" none */
};

/* Reads a body of POST /v1/studies. Fails: E_INPUT with every problem in ds; E_SYSTEM. */
CHECKED int proposal_read(struct proposal *out, const void *body, size_t len, struct arena *a,
	struct diags *ds, struct error *err);
void proposal_write(const struct proposal *p, struct text *out);

/* Who proposed it and when, for the comments. */
void proposal_entry(
	const struct proposal *p, const char *account, int64_t proposed_ms, struct text *out);

#endif
