/*
 * crosstab.h - a two-way table of noisy counts: do its rows and columns depend on each other, and how
 * strongly?
 */
#ifndef ANSWER_STATISTICS_CROSSTAB_H
#define ANSWER_STATISTICS_CROSSTAB_H

#include "answer/statistics/spread.h"
#include "base/limits.h"

enum {
	CROSSTAB_DRAWS = 999, /* simulated tables */
	CROSSTAB_CELLS = 400  /* of a table that is simulated */
};

struct crosstab_chi {
	double value;
	double p;               /* (1 + simulated tables that are no smaller) / (1 + all) */
	unsigned rows, columns; /* that took part: whose margin passes three standard deviations */
	bool small;             /* a cell that took part is below three standard deviations */
};

/* cells: rows * columns of them, row by row, each with `noise`. The statistic of independence is held against
 * tables without dependence that have these margins, chance of their own and fresh noise; the textbook's
 * distribution knows no noise. False: fewer than two rows or columns take part, or the table is too large. */
bool crosstab_chi(const int64_t *cells, unsigned rows, unsigned columns, const struct spread *noise,
	uint64_t seed, struct crosstab_chi *out);

struct crosstab_ratios {
	struct estimate odds, risk,
		difference; /* of the first column, in the first row against the second */
	bool small;         /* a cell is below three standard deviations: too small to interpret */
};
/* cells: first row, then second. */
void crosstab_ratios(
	const int64_t cells[4], const struct spread *noise, struct crosstab_ratios *out);

#endif
