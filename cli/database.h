/*
 * database.h - an officer's or administrator's look at the site's database: its catalog, and which concepts its
 * vocabulary has; nothing else.
 *
 * One synchronous libpq connection, read only, closed on return. A message never shows the connection
 * string, which may hold a password.
 */
#ifndef CLI_DATABASE_H
#define CLI_DATABASE_H

#include "catalog/snapshot.h"

/* A snapshot for `role` (NULL: who connects) of what `p` lists (NULL: of everything). Everything lives in the
 * arena. conninfo is libpq's, or the name of a database. Fails: E_INPUT when it cannot be read; E_SYSTEM,
 * with the server's words in err->log, free of control characters. */
CHECKED int database_snapshot(const char *conninfo, const struct policy *p, const char *role,
	struct arena *a, struct snapshot *out, struct error *err);

/* Which of n concepts stand in no row of the vocabulary of `m`: out[0..*n_out) in the order of `concepts`, in the arena.
 * Rows of people are not read. Fails as above; E_INPUT when the model has no vocabulary. */
CHECKED int database_unknown(const char *conninfo, const struct model *m, const int32_t *concepts, unsigned n,
	struct arena *a, int32_t **out, unsigned *n_out, struct error *err);

#endif
