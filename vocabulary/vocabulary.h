/*
 * vocabulary.h - concepts of the OMOP vocabulary: making the file, and finding things in it.
 *
 * B1  the file is made of public vocabulary files and written once; readers never write.
 * B2  what a person types is words and codes: nothing of it is syntax.
 * B3  a look-up gives at most as much as was asked for, in one order: standard concepts before others, then shorter names,
 *     then those with more below them. It ends with E_LIMIT after SEARCH_MS of work, or SEARCH_WAIT_MS.
 */
#ifndef VOCABULARY_H
#define VOCABULARY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/diag.h"
#include "base/error.h"

/* ---- making ---- */

/* What is under way; total 0: unknown. Both in bytes of `file`. */
typedef void vocabulary_progress(const char *file, uint64_t done, uint64_t total, void *arg);

struct vocabulary_made {
	uint64_t concepts, standard, chinese, edges;
};

/* Reads the folder and writes `path`, whole or not at all. progress may be NULL. Fails: E_INPUT with every problem in ds
 * (at most MAX_TABLE_PROBLEMS), or E_SYSTEM the disk or a file that is not there. */
CHECKED int vocabulary_make(const char *path, const char *folder, vocabulary_progress *progress,
	void *arg, struct vocabulary_made *made, struct diags *ds, struct error *err);

/* ---- reading ---- */

struct vocabulary;

/* Gives *out (vocabulary_close). Fails: E_SYSTEM it is not there; E_INPUT it is no such file, or of another version. */
CHECKED int vocabulary_open(struct vocabulary **out, const char *path, struct error *err);
void vocabulary_close(struct vocabulary *v); /* accepts NULL */

struct concept {
	int64_t id;
	const char *name, *zh; /* zh NULL: no Chinese name */
	const char *vocabulary, *code, *domain;
	bool standard;
	int64_t descendants;
};

enum {
	MAX_WORDS = 200,        /* bytes of what is looked for */
	MAX_CONCEPTS_PAGE = 100,
	MAX_NEAR = 200,         /* parents, and children, of one concept that are told */
	AFTER_BYTES = 32,
	SEARCH_MS = 60,       /* of work */
	SEARCH_WAIT_MS = 500, /* with what a slow disk and other programs take */
};
struct concept_page {
	struct concept *list;
	size_t n;
	char after[AFTER_BYTES]; /* where the next page begins; "": there is none */
};

/* domain: "Condition", or NULL for all; a literal. after: "" or of the page before. limit: 1 to MAX_CONCEPTS_PAGE. Texts
 * live in a. Fails: E_INPUT after is none, or there are more than 16 words; E_LIMIT too much to look through, or memory; E_SYSTEM. */
CHECKED int vocabulary_search(struct vocabulary *v, const char *words, const char *domain,
	const char *after, size_t limit, struct arena *a, struct concept_page *out, struct error *err);

struct concept_tree {
	struct concept self;
	struct concept *parents, *children; /* one level away */
	size_t n_parents, n_children;
	bool more; /* than MAX_NEAR of one of them */
};
/* 1 found, 0 there is no such concept, -1 failed as vocabulary_search(). */
CHECKED int vocabulary_tree(struct vocabulary *v, int64_t id, struct arena *a,
	struct concept_tree *out, struct error *err);

#endif
