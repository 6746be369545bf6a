/*
 * read.h - an officer's folder into a struct policy: strict, complete, with positions.
 *
 * All errors of all files are collected in one pass (codes of docs/policy.md); a policy is only given
 * when there was none.
 */
#ifndef POLICIES_READ_H
#define POLICIES_READ_H

#include <stdbool.h>

#include "base/arena.h"
#include "policies/policy.h"

struct policy_file {
	const char *name; /* "red-list.yaml" */
	const void *bytes;
	size_t len;
};

/* From texts. Everything lives in `arena` (MAX_POLICY_ARENA). Returns 0 with *out, or -1 with errors in ds. */
CHECKED int policy_read(const struct policy_file *files, unsigned n, struct arena *arena,
	struct diags *ds, struct policy **out);

/* A policy folder's files as they were read, once: what is checked is what is used. The list is in an
 * arena, the bytes are on the heap. */
struct policy_folder {
	struct policy_file *files;
	unsigned n;
};
/* Reads every file that belongs; what does not, or cannot be read, is an error in ds and left out. Fails
 * when the folder cannot be opened. Ends with policy_folder_clear(), also then. */
CHECKED int policy_folder_load(
	const char *path, struct arena *arena, struct diags *ds, struct policy_folder *out);
void policy_folder_clear(struct policy_folder *folder);
const struct policy_file *policy_folder_file(const struct policy_folder *folder, const char *name);

/* The hash over such texts, which are in order; false without memory. */
CHECKED bool policy_items_hash(
	const struct policy_item *items, unsigned n, struct arena *arena, struct hash32 *out);

/* From a folder: the five files must exist; tests.yaml, approval.yaml, SQL in cohorts/,
 * YAML in models/, README* and *.pdf may; any
 * other name is P105. Fails also, with a diag, when the folder cannot be read. */
CHECKED int policy_read_folder(
	const char *path, struct arena *arena, struct diags *ds, struct policy **out);

/* Whether an item is a model of the folder ("models/his.yaml"), and not one that is shipped ("models/i2b2"). */
bool policy_own_model(const char *name);
/* Whether a red list can name such a schema, table or column of a database. */
bool policy_name_valid(const char *part);

/* A number that changes when any file of the folder changes (names, sizes, mtimes, inodes): what a
 * watcher polls. */
uint64_t policy_folder_stamp(const char *path);

#endif
