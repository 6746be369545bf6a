#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "answer/answer_numbers.h"
#include "answer/statistics/crosstab.h"

/*
 * Crosstabs: rows are the labels of the first group, columns those of the second, and there is a table for each label
 * of the third. The table itself is in the total's cells; what is added here is of the sites that released all of it,
 * but for rows and columns that none released, as "other" nearly always, and, while no site has all of what is left,
 * for the line of which most is missing.
 */

enum {
	/* cells of one answer whose tables are simulated, so that it takes the loop half a second at most: after so
	 * many, tables have no chi-square */
	MAX_SIMULATED = MAX_CELLS / 2
};

struct missing;
struct table {
	const struct statistics *s;
	unsigned rows, columns;                           /* that take part */
	unsigned row[UNION_LABELS], column[UNION_LABELS]; /* which labels they are */
	uint64_t base, unit; /* tuple of the first row and column; of one column */
	struct missing *missing;
	unsigned simulated; /* cells, so far in this answer */
	int64_t *cells;
	bool *in; /* by part */
	struct spread noise;
	int64_t round_to;
	size_t sites;
};

static uint64_t cell_at(const struct table *t, unsigned row, unsigned column)
{
	return t->base +
	       t->unit * ((uint64_t)t->row[row] * t->s->all->groups[1].count + t->column[column]);
}

static bool has_all(const struct table *t, const struct combine_part *p)
{
	for (unsigned i = 0; i < t->rows; i++)
		for (unsigned j = 0; j < t->columns; j++)
			if (!pool_has(t->s, p, cell_at(t, i, j)))
				return false;
	return true;
}

static void add_part(struct table *t, const struct combine_part *p)
{
	struct interval_term noise = combine_noise(&p->release, 0);

	for (unsigned i = 0; i < t->rows; i++)
		for (unsigned j = 0; j < t->columns; j++) {
			int64_t value = 0, *sum = &t->cells[i * t->columns + j];

			(void)combine_value(t->s->all, p,
				(struct combine_word){ cell_at(t, i, j), 0, 0 }, &value);
			*sum = sum_saturated(*sum, value);
		}
	spread_add(&t->noise, &noise, (unsigned)combine_times(p));
	t->sites++;
	if ((int64_t)p->release.round_to > t->round_to)
		t->round_to = (int64_t)p->release.round_to;
}

/* ---- which lines take part ---- */

/* How many cells of each line its sites did not release. */
struct missing {
	unsigned cells[MAX_CELLS]; /* by row and column of the whole table */
	unsigned rows[UNION_LABELS], columns[UNION_LABELS];
	unsigned width;
};

/* Sites that did not release a cell, of those in the statistics. */
static void count_missing(const struct table *t, struct missing *m)
{
	const struct combined *all = t->s->all;

	memset(m, 0, sizeof(*m));
	m->width = t->columns;
	for (unsigned i = 0; i < t->rows; i++)
		for (unsigned j = 0; j < t->columns; j++) {
			unsigned *n = &m->cells[i * m->width + j];

			for (size_t k = 0; k < all->n_parts; k++)
				*n += !pool_has(t->s, &all->parts[k], cell_at(t, i, j));
			m->rows[i] += *n;
			m->columns[j] += *n;
		}
}

static void drop(unsigned *list, unsigned *n, unsigned at)
{
	memmove(&list[at], &list[at + 1], (*n - at - 1) * sizeof(*list));
	--*n;
}

/* A row or a column is gone, and what it missed with it. */
static void drop_line(struct table *t, struct missing *m, bool row, unsigned at)
{
	unsigned line = row ? t->row[at] : t->column[at];

	for (unsigned k = 0; k < (row ? t->columns : t->rows); k++)
		if (row)
			m->columns[t->column[k]] -= m->cells[line * m->width + t->column[k]];
		else
			m->rows[t->row[k]] -= m->cells[t->row[k] * m->width + line];
	if (row)
		drop(t->row, &t->rows, at);
	else
		drop(t->column, &t->columns, at);
}

/* The line of which most is missing, measured by its cells; 0: nothing is. */
static double worst(const struct table *t, const struct missing *m, bool *row, unsigned *at)
{
	double most = 0;

	for (int r = 0; r < 2; r++)
		for (unsigned i = 0; i < (r == 1 ? t->rows : t->columns); i++) {
			unsigned n = r == 1 ? m->rows[t->row[i]] : m->columns[t->column[i]];
			double share = (double)n / (r == 1 ? t->columns : t->rows);

			if (share > most) {
				most = share;
				*row = r == 1;
				*at = i;
			}
		}
	return most;
}

static bool some_site(const struct table *t)
{
	for (size_t i = 0; i < t->s->all->n_parts; i++)
		if (has_all(t, &t->s->all->parts[i]))
			return true;
	return false;
}

static void choose_lines(struct table *t)
{
	struct missing *m = t->missing;
	const struct combined *all = t->s->all;
	bool row = false;
	unsigned at = 0;

	t->rows = (unsigned)all->groups[0].count;
	t->columns = (unsigned)all->groups[1].count;
	for (unsigned i = 0; i < t->rows; i++)
		t->row[i] = i;
	for (unsigned i = 0; i < t->columns; i++)
		t->column[i] = i;
	count_missing(t, m);
	while (t->rows > 1 && t->columns > 1) {
		double share = worst(t, m, &row, &at);

		if (share <= 0 || (share < (double)all->n_parts && some_site(t)))
			return;
		drop_line(t, m, row, at);
	}
}

static void fill(struct table *t, uint64_t base)
{
	const struct combined *all = t->s->all;

	t->base = base;
	t->sites = 0;
	t->noise = (struct spread){ 0 };
	t->round_to = 1;
	choose_lines(t);
	memset(t->cells, 0, (size_t)t->rows * t->columns * sizeof(*t->cells));
	for (size_t i = 0; i < all->n_parts; i++) {
		t->in[i] = has_all(t, &all->parts[i]);
		if (t->in[i])
			add_part(t, &all->parts[i]);
	}
}

/* ---- margins ---- */

static double line_sum(const struct table *t, bool row, unsigned at)
{
	unsigned n = row ? t->columns : t->rows;
	double sum = 0;

	for (unsigned k = 0; k < n; k++)
		sum += (double)t->cells[row ? at * t->columns + k : k * t->columns + at];
	return sum;
}

static double reach(const struct table *t, unsigned cells)
{
	return spread_z(&t->noise) * sqrt(spread_variance(&t->noise) * cells);
}

static void write_lines(const struct table *t, bool rows, struct text *out)
{
	const struct combine_group *g = &t->s->all->groups[rows ? 0 : 1];

	text_addf(out, "\"%s\":[", rows ? "rows" : "columns");
	for (unsigned i = 0; i < (rows ? t->rows : t->columns); i++) {
		text_add(out, i > 0 ? ",{\"label\":" : "{\"label\":");
		text_add_json(out, g->labels[rows ? t->row[i] : t->column[i]]);
		number_people(out, "people", line_sum(t, rows, i),
			reach(t, rows ? t->columns : t->rows), t->round_to);
		text_addc(out, '}');
	}
	text_addc(out, ']');
}

static void write_margins(const struct table *t, struct text *out)
{
	double all = 0;

	for (unsigned i = 0; i < t->rows; i++)
		all += line_sum(t, true, i);
	text_add(out, ",\"margins\":{");
	write_lines(t, true, out);
	text_addc(out, ',');
	write_lines(t, false, out);
	number_people(out, "people", all, reach(t, t->rows * t->columns), t->round_to);
	text_addc(out, '}');
}

/* ---- dependence ---- */

static void write_chi(struct table *t, struct text *out)
{
	struct crosstab_chi chi;

	if (t->rows * t->columns > MAX_SIMULATED - t->simulated ||
		!crosstab_chi(t->cells, t->rows, t->columns, &t->noise, t->s->seed ^ t->base, &chi))
		return;
	t->simulated += chi.rows * chi.columns;
	text_add(out, ",\"chi_square\":{\"value\":");
	number_add(out, chi.value);
	text_addf(out, ",\"rows\":%u,\"columns\":%u,\"p\":", chi.rows, chi.columns);
	number_add(out, chi.p);
	text_addf(out, ",\"simulated\":%d", CROSSTAB_DRAWS);
	number_flag(out, "small", chi.small);
	text_addc(out, '}');
}

/* The only two lines besides "other", which every list of a column's values ends with. */
static bool two_lines(const struct table *t, bool rows, unsigned out[2])
{
	const struct combine_group *g = &t->s->all->groups[rows ? 0 : 1];
	unsigned n = 0, all = rows ? t->rows : t->columns;

	for (unsigned i = 0; i < all; i++) {
		if (all > 2 && strcmp(g->labels[rows ? t->row[i] : t->column[i]], "other") == 0)
			continue;
		if (n == 2)
			return false;
		out[n++] = i;
	}
	return n == 2;
}

static void add_labels(const struct table *t, bool rows, const unsigned at[2], struct text *out)
{
	const struct combine_group *g = &t->s->all->groups[rows ? 0 : 1];
	const unsigned *lines = rows ? t->row : t->column;

	text_addf(out, "\"%s\":[", rows ? "rows" : "columns");
	text_add_json(out, g->labels[lines[at[0]]]);
	text_addc(out, ',');
	text_add_json(out, g->labels[lines[at[1]]]);
	text_addc(out, ']');
}

static void write_ratios(const struct table *t, struct text *out)
{
	struct crosstab_ratios r;
	unsigned row[2], column[2];
	int64_t cells[4];

	if (!two_lines(t, true, row) || !two_lines(t, false, column))
		return;
	for (int i = 0; i < 4; i++)
		cells[i] = t->cells[row[i / 2] * t->columns + column[i % 2]];
	crosstab_ratios(cells, &t->noise, &r);
	text_add(out, ",\"compared\":{");
	add_labels(t, true, row, out);
	text_addc(out, ',');
	add_labels(t, false, column, out);
	number_estimate(out, "odds_ratio", &r.odds);
	number_estimate(out, "risk_ratio", &r.risk);
	number_estimate(out, "risk_difference", &r.difference);
	number_flag(out, "small", r.small);
	text_addc(out, '}');
}

/* ---- the whole ---- */

static void write_sites(const struct table *t, struct text *out)
{
	bool first = true;

	text_add(out, ",\"sites\":[");
	for (size_t i = 0; i < t->s->all->n_parts; i++)
		if (t->in[i])
			combine_add_sites(&t->s->all->parts[i], &first, out);
	text_addc(out, ']');
}

static void write_table(struct table *t, uint64_t third, bool first, struct text *out)
{
	const struct combined *all = t->s->all;

	text_add(out, first ? "{\"within\":{" : ",{\"within\":{");
	if (all->n_groups > 2) {
		text_add_json(out, all->groups[2].name);
		text_addc(out, ':');
		text_add_json(out, all->groups[2].labels[third]);
	}
	text_addc(out, '}');
	write_sites(t, out);
	if (t->sites > 0) {
		write_margins(t, out);
		write_chi(t, out);
		write_ratios(t, out);
	}
	text_addc(out, '}');
}

void tables_write(const struct statistics *s, struct text *out)
{
	const struct combined *all = s->all;
	uint64_t cells = (uint64_t)all->groups[0].count * all->groups[1].count;
	struct table *t = arena_alloc(all->arena, sizeof(*t));
	bool fits = cells <= MAX_CELLS; /* else no site has all of it */

	text_add(out, "\"rows\":");
	text_add_json(out, all->groups[0].name);
	text_add(out, ",\"columns\":");
	text_add_json(out, all->groups[1].name);
	text_add(out, ",\"tables\":[");
	if (t != NULL && fits) {
		t->s = s;
		t->unit = all->n_groups > 2 ? all->groups[2].count : 1;
		t->cells = arena_array(all->arena, cells, sizeof(*t->cells));
		t->missing = arena_alloc(all->arena, sizeof(*t->missing));
		t->in = arena_array(all->arena, all->n_parts, sizeof(*t->in));
	}
	out->failed = out->failed || t == NULL ||
		      (fits && (t->cells == NULL || t->in == NULL || t->missing == NULL));
	for (uint64_t k = 0; fits && !out->failed && k < t->unit; k++) {
		fill(t, k);
		write_table(t, k, k == 0, out);
	}
	text_addc(out, ']');
}
