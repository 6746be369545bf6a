#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/answer_numbers.h"
#include "gateway/statistics/crosstab.h"

/*
 * Crosstabs: rows are the labels of the first group, columns those of the second, and there is a table for each label
 * of the third. The table itself is in the total's cells; what is added here is of the sites that released all of it.
 */

struct table {
	const struct statistics *s;
	unsigned rows, columns;
	uint64_t base, unit; /* tuple of row 0, column 0; of one column */
	int64_t *cells;
	bool *in; /* by part */
	struct spread noise;
	int64_t round_to;
	size_t sites;
};

static uint64_t cell_at(const struct table *t, unsigned row, unsigned column)
{
	return t->base + t->unit * ((uint64_t)row * t->columns + column);
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
	spread_add(&t->noise, &noise, 1);
	t->sites++;
	if ((int64_t)p->release.round_to > t->round_to)
		t->round_to = (int64_t)p->release.round_to;
}

static void fill(struct table *t, uint64_t base)
{
	const struct combined *all = t->s->all;

	t->base = base;
	t->sites = 0;
	t->noise = (struct spread){ 0 };
	t->round_to = 1;
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
		text_add_json(out, g->labels[i]);
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

static void write_chi(const struct table *t, struct text *out)
{
	struct crosstab_chi chi;

	if (!crosstab_chi(t->cells, t->rows, t->columns, &t->noise, t->s->seed ^ t->base, &chi))
		return;
	text_add(out, ",\"chi_square\":{\"value\":");
	number_add(out, chi.value);
	text_addf(out, ",\"rows\":%u,\"columns\":%u,\"p\":", chi.rows, chi.columns);
	number_add(out, chi.p);
	text_addf(out, ",\"simulated\":%d", CROSSTAB_DRAWS);
	number_flag(out, "small", chi.small);
	text_addc(out, '}');
}

/* The only two labels besides "other", which every list of a column's values ends with. */
static bool two_labels(const struct combine_group *g, unsigned out[2])
{
	unsigned n = 0;

	for (size_t i = 0; i < g->count; i++) {
		if (strcmp(g->labels[i], "other") == 0 && g->count > 2)
			continue;
		if (n == 2)
			return false;
		out[n++] = (unsigned)i;
	}
	return n == 2;
}

static void add_labels(
	const struct combine_group *g, const char *name, const unsigned at[2], struct text *out)
{
	text_addf(out, "\"%s\":[", name);
	text_add_json(out, g->labels[at[0]]);
	text_addc(out, ',');
	text_add_json(out, g->labels[at[1]]);
	text_addc(out, ']');
}

static void write_ratios(const struct table *t, struct text *out)
{
	const struct combine_group *g = t->s->all->groups;
	struct crosstab_ratios r;
	unsigned row[2], column[2];
	int64_t cells[4];

	if (!two_labels(&g[0], row) || !two_labels(&g[1], column))
		return;
	for (int i = 0; i < 4; i++)
		cells[i] = t->cells[row[i / 2] * t->columns + column[i % 2]];
	crosstab_ratios(cells, &t->noise, &r);
	text_add(out, ",\"compared\":{");
	add_labels(&g[0], "rows", row, out);
	text_addc(out, ',');
	add_labels(&g[1], "columns", column, out);
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
		if (t->in[i]) {
			if (!first)
				text_addc(out, ',');
			first = false;
			text_add_json(out, t->s->all->parts[i].site);
		}
	text_addc(out, ']');
}

static void write_table(const struct table *t, uint64_t third, bool first, struct text *out)
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
	struct table t = { .s = s,
		.rows = (unsigned)all->groups[0].count,
		.columns = (unsigned)all->groups[1].count,
		.unit = all->n_groups > 2 ? all->groups[2].count : 1 };

	bool fits = (uint64_t)t.rows * t.columns <= MAX_CELLS; /* else no site has all of it */

	if (fits) {
		t.cells = arena_array(all->arena, (size_t)t.rows * t.columns, sizeof(*t.cells));
		t.in = arena_array(all->arena, all->n_parts, sizeof(*t.in));
		out->failed = out->failed || t.cells == NULL || t.in == NULL;
	}
	text_addf(out, "\"rows\":");
	text_add_json(out, all->groups[0].name);
	text_add(out, ",\"columns\":");
	text_add_json(out, all->groups[1].name);
	text_add(out, ",\"tables\":[");
	for (uint64_t k = 0; fits && k < t.unit && !out->failed; k++) {
		fill(&t, k);
		write_table(&t, k, k == 0, out);
	}
	text_addc(out, ']');
}
