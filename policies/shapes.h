/*
 * shapes.h - the form of every YAML text this folder reads, as tables for base/shape.h.
 * What a table says here is what docs/policy.md says, and nothing else is read.
 */
#ifndef POLICIES_SHAPES_H
#define POLICIES_SHAPES_H

#include "base/shape.h"

extern const struct shape shape_policy, shape_red_list, shape_queries, shape_release, shape_studies;
extern const struct shape shape_tests, shape_test; /* the file; one example of it */
extern const struct shape shape_preset, shape_model;

/* Word lists, NULL-ended, in the order of the enums of policy.h. */
extern const char *const words_use[]; /* bit i of a column's uses */
extern const char *const words_truncate[];
extern const char *const words_table_kind[];
extern const char *const words_timing[];
extern const char *const words_catalogue[]; /* none, studies, open */
extern const char *const words_noise[];  /* laplace, gaussian, off */
extern const char *const words_secure[]; /* off, preferred, required */
extern const char *const words_category[];
extern const char *const words_from[];      /* law, standard, practice */
extern const char *const words_confirmed[]; /* lawyer, text, no */
extern const char *const words_otherwise[]; /* error, warning */
extern const char *const words_window[];    /* 1 day, 7 days, 30 days */
extern const char *const words_system[]; /* enum code_system, without NONE */
extern const char *const words_codes[];  /* words_system, then model */
extern const char *const words_geo[];
extern const char *const words_scope[]; /* what a budget or tighter rule is for */

/* The place of `word` in a list, or -1 (also for NULL). */
int word_index(const char *word, const char *const *words);
size_t word_count(const char *const *words);

#endif
