/*
 * show_in.h - what the files that show an answer share; nobody else includes it.
 */
#ifndef CLI_SHOW_IN_H
#define CLI_SHOW_IN_H

#include <jansson.h>
#include <stdbool.h>

#include "base/arena.h"
#include "cli/cli.h"
#include "cli/table.h"

enum {
	WIDE_SITES = 6, /* hospitals that have columns of their own */
	PAGE_WIDTH = 80 /* of drawings where the terminal's width is not known */
};

/* One answer being shown. */
struct view {
	const struct cli *cli;
	struct arena arena;
	json_t *groups, *sites, *total, *statistics; /* lists, a map; NULL when absent */
	const json_t *answer; /* the whole */
	size_t n_groups;
};

/* ---- words and numbers (show_words.c) ---- */

const char *site_word(const struct cli *cli, const json_t *site);
bool cell_released(const json_t *cell);
/* "1,417", "<10", "suppressed", "–" */
const char *cell_value(struct view *v, const json_t *cell);
const char *cell_interval(struct view *v, const json_t *cell); /* "1,408 – 1,426" */
const char *cell_short(
	struct view *v, const json_t *cell); /* "409 ±9": where there is no room for two ends */

/* A number with what is known of it; from and to, which count sampling too, only when `sampled`. */
struct measured {
	bool known, sampled;
	double value, low, high, from, to;
};
struct measured measured(const json_t *of, const char *key); /* key NULL: `of` itself */
/* With as many digits as its interval leaves a meaning; factor 100 for percents. */
const char *measured_value(struct view *v, const struct measured *m, double factor);
const char *measured_interval(struct view *v, const struct measured *m, double factor);
const char *measured_sampling(struct view *v, const struct measured *m, double factor);
const char *measured_short(struct view *v, const struct measured *m, double factor);

/* The label of a group's map for the i-th group; "" when there is none. */
const char *group_label(struct view *v, const json_t *map, size_t i);
/* "女, 45-64" */
const char *group_title(struct view *v, const json_t *map);
/* Starts a table whose first columns are the groups' names; gives how many. heads has room for all. */
unsigned group_heads(struct view *v, const char *heads[TABLE_COLUMNS]);
/* Columns that a drawing may use. */
unsigned view_width(const struct view *v);
/* A bar of at most `width` columns on a scale to `most`: full to low, lighter to high. In the arena. */
const char *bar(struct view *v, double low, double value, double high, double most, unsigned width);

/* ---- the parts of an answer ---- */

void show_counts(struct view *v);     /* show_counts.c: a number for each cell, and the hospitals */
void show_cells(struct view *v);      /* show_counts.c: a row for each cell */
void show_site_table(struct view *v); /* show_counts.c: state, price and what is left */
/* Of a mean, quantiles, survival, attrition, crosstab; false: it is no such answer. */
bool show_statistics(struct view *v, const char *kind); /* show_kinds.c */
void show_crosstab(struct view *v);                     /* show_crosstab.c */
void show_survival(struct view *v);                     /* show_curve.c */
void show_remarks(struct view *v);                      /* show_remarks.c */
/* What a site said of earlier questions that this one is nearly the same as; show_similar.c. */
void show_similar(const struct cli *cli, struct arena *a, const json_t *site);
/* What an answer, or what is priced, costs a patient; show_privacy.c. */
void show_privacy(const struct cli *cli, struct arena *a, const json_t *answer);
void show_explain(struct view *v);                      /* show_explain.c */
void show_csv(struct view *v, const json_t *answer);    /* show_csv.c */

#endif
