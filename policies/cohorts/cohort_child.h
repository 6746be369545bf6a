/*
 * cohort_child.h - an officer's SQL text through PostgreSQL's grammar, in a process of its own.
 *
 * The process (sqlcheck.c) is the program cordon-sqlcheck beside the running one, or in ../libexec/cordon of
 * its folder; never looked for in PATH. It starts with an empty environment, without any file but its two
 * ends of the talk, and with limits on processor time, memory and duration; then it lets the kernel refuse it
 * every call but to read, write, use memory and end.
 *
 * H1  whatever the text does to the process, the caller gets an answer or an error, within COHORT_CHILD_MS.
 * H2  the answer is at most MAX_TREE_BYTES and is still a stranger's word: it is read, never trusted.
 */
#ifndef POLICIES_COHORT_CHILD_H
#define POLICIES_COHORT_CHILD_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/error.h"

enum {
	COHORT_CHILD_MS = 3000,
	COHORT_CHILD_CPU_S = 2,
	COHORT_CHILD_BYTES = 256 << 20, /* of address space */
	MAX_TREE_BYTES = 1 << 20
};

struct cohort_syntax {
	bool read;
	const char *tree; /* read: JSON of `len` bytes, zero ended */
	size_t len;
	size_t at; /* else: the character, from 1, at which it ends to be SQL; 0: unknown */
	const char *message; /* PostgreSQL's own, printable */
};

/* Everything of *out lives in arena. Fails: E_SYSTEM when there is no such program or it died, was late or
 * said too much. */
CHECKED int cohort_child(const char *text, size_t len, struct arena *arena,
	struct cohort_syntax *out, struct error *err);

#endif
