/*
 * coverage.h - how many people: answered counts of one study that gateway.yaml names, shown to everybody signed in.
 *
 * Z1  a site released each number to that study, under its own policy, and was paid for it there; this only shows
 *     what is kept. Of other studies nothing is shown.
 * Z2  of each canonical question the newest answer, and of that the sites whose cell was released or suppressed.
 * Z3  an answer never changes: each is read once and held while it is among the newest. One call reads new ones for
 *     COVERAGE_READ_MS at most, but one; the rest the next calls.
 */
#ifndef GATEWAY_COVERAGE_H
#define GATEWAY_COVERAGE_H

#include "base/error.h"
#include "base/text.h"
#include "gateway/store/store.h"

enum {
	MAX_COVERAGE = 100,     /* questions */
	COVERAGE_AGE_MS = 10000, /* a change is seen so late at most */
	COVERAGE_READ_MS = 20
};

struct coverage;

struct coverage_site {
	const char *site;
	bool released; /* else suppressed */
	const char *value, *low, *high; /* JSON numbers; low NULL without an interval; all NULL when suppressed */
	const char *threshold;          /* or NULL */
};
struct coverage_row {
	const char *id;
	struct say label;
	struct coverage_site *sites;
	size_t n;
};

/* Gives *out (coverage_free). study NULL: there is none, and no rows ever. Copies study, borrows store. */
CHECKED int coverage_new(
	struct coverage **out, struct store *store, const char *study, struct error *err);
void coverage_free(struct coverage *c); /* accepts NULL */
/* Some question ended. */
void coverage_changed(struct coverage *c);
/* The rows, newest first; borrowed until the next call. Fails: E_SYSTEM the disk. */
CHECKED int coverage_rows(struct coverage *c, int64_t mono_ms, const struct coverage_row **rows,
	size_t *n, struct error *err);

#endif
