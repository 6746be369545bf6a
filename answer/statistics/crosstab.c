#include "answer/statistics/crosstab.h"

#include <math.h>
#include <string.h>

#define SMALL 3 /* standard deviations of the noise */

/* The rows and columns that take part, as a table of their own. */
struct table2 {
	unsigned rows, columns;
	double cells[CROSSTAB_CELLS];
	double row[MAX_LABELS], column[MAX_LABELS],
		all; /* margins of cells without those below 0 */
};

static void add_margins(struct table2 *t)
{
	memset(t->row, 0, sizeof(t->row));
	memset(t->column, 0, sizeof(t->column));
	t->all = 0;
	for (unsigned i = 0; i < t->rows; i++)
		for (unsigned j = 0; j < t->columns; j++) {
			double v = fmax(t->cells[i * t->columns + j], 0);

			t->row[i] += v;
			t->column[j] += v;
			t->all += v;
		}
}

static double statistic(struct table2 *t)
{
	double sum = 0;

	add_margins(t);
	for (unsigned i = 0; i < t->rows; i++)
		for (unsigned j = 0; j < t->columns; j++) {
			double want = t->all > 0 ? t->row[i] * t->column[j] / t->all : 0;
			double off = fmax(t->cells[i * t->columns + j], 0) - want;

			if (want > 0)
				sum += off * off / want;
		}
	return sum;
}

/* Which lines of n have a margin that is more than noise. */
static unsigned lines_of(const int64_t *cells, unsigned n, unsigned step, unsigned others,
	unsigned other_step, double variance, unsigned out[MAX_LABELS])
{
	unsigned got = 0;

	for (unsigned i = 0; i < n; i++) {
		double sum = 0;

		for (unsigned j = 0; j < others; j++)
			sum += (double)cells[i * step + j * other_step];
		if (sum > SMALL * sqrt(variance * others))
			out[got++] = i;
	}
	return got;
}

static bool take_part(const int64_t *cells, unsigned rows, unsigned columns, double variance,
	struct table2 *t, bool *small)
{
	unsigned in_rows[MAX_LABELS], in_columns[MAX_LABELS];

	t->rows = lines_of(cells, rows, columns, columns, 1, variance, in_rows);
	t->columns = lines_of(cells, columns, 1, rows, columns, variance, in_columns);
	if (t->rows < 2 || t->columns < 2 || t->rows * t->columns > CROSSTAB_CELLS)
		return false;
	*small = false;
	for (unsigned i = 0; i < t->rows; i++)
		for (unsigned j = 0; j < t->columns; j++) {
			double v = (double)cells[in_rows[i] * columns + in_columns[j]];

			t->cells[i * t->columns + j] = v;
			*small = *small || v < SMALL * sqrt(variance);
		}
	return true;
}

/* People spread over the cells as if rows and columns had nothing to do with each other, and noise. */
static void draw_table(
	struct dice *d, const struct table2 *like, const struct spread *noise, struct table2 *out)
{
	double left = rint(like->all), mass = 1;

	out->rows = like->rows;
	out->columns = like->columns;
	for (unsigned i = 0; i < like->rows; i++)
		for (unsigned j = 0; j < like->columns; j++) {
			double p = like->row[i] / like->all * (like->column[j] / like->all);
			double n = dice_binomial(d, left, mass > p ? p / mass : 1);

			left -= n;
			mass -= p;
			out->cells[i * like->columns + j] = n + dice_noise(d, noise);
		}
}

bool crosstab_chi(const int64_t *cells, unsigned rows, unsigned columns, const struct spread *noise,
	uint64_t seed, struct crosstab_chi *out)
{
	struct table2 seen, drawn;
	struct dice d = { seed };
	unsigned no_smaller = 0;

	memset(out, 0, sizeof(*out));
	if (rows > MAX_LABELS || columns > MAX_LABELS ||
		!take_part(cells, rows, columns, spread_variance(noise), &seen, &out->small))
		return false;
	out->value = statistic(&seen);
	for (unsigned i = 0; i < CROSSTAB_DRAWS; i++) {
		draw_table(&d, &seen, noise, &drawn);
		no_smaller += statistic(&drawn) >= out->value;
	}
	out->p = (1.0 + no_smaller) / (1.0 + CROSSTAB_DRAWS);
	out->rows = seen.rows;
	out->columns = seen.columns;
	return true;
}

/* ---- two by two ---- */

/* exp of an estimate of a logarithm. */
static struct estimate exponential(double log_value, double noise, double sampling, double z)
{
	struct estimate e = estimate_of(log_value, noise, sampling, z, -INFINITY, INFINITY);

	return (struct estimate){ exp(e.value), exp(e.low), exp(e.high), true, exp(e.from),
		exp(e.to) };
}

static struct estimate odds_of(const double y[4], double v, double z)
{
	double noise = 0, sampling = 0;

	for (int i = 0; i < 4; i++) {
		noise += v / (y[i] * y[i]);
		sampling += 1 / y[i];
	}
	return exponential(log(y[0] * y[3] / (y[1] * y[2])), noise, sampling, z);
}

static struct estimate risk_of(const double y[4], double v, double z)
{
	double noise = 0, sampling = 0, log_risk[2];

	for (int i = 0; i < 2; i++) {
		double a = y[2 * i], b = y[2 * i + 1], all = a + b;

		log_risk[i] = log(a / all);
		sampling += 1 / a - 1 / all;
		noise += v * (b / (a * all) * (b / (a * all)) + 1 / (all * all));
	}
	return exponential(log_risk[0] - log_risk[1], noise, sampling, z);
}

static struct estimate difference_of(const double y[4], double v, double z)
{
	double noise = 0, sampling = 0, risk[2];

	for (int i = 0; i < 2; i++) {
		double a = y[2 * i], b = y[2 * i + 1], all = a + b;

		risk[i] = a / all;
		sampling += risk[i] * (1 - risk[i]) / all;
		noise += v * (a * a + b * b) / (all * all * all * all);
	}
	return estimate_of(risk[0] - risk[1], noise, sampling, z, -1, 1);
}

void crosstab_ratios(
	const int64_t cells[4], const struct spread *noise, struct crosstab_ratios *out)
{
	double v = spread_variance(noise), z = spread_z(noise), y[4];

	out->small = false;
	for (int i = 0; i < 4; i++) {
		y[i] = fmax((double)cells[i], 0) + 0.5;
		out->small = out->small || (double)cells[i] < SMALL * sqrt(v);
	}
	out->odds = odds_of(y, v, z);
	out->risk = risk_of(y, v, z);
	out->difference = difference_of(y, v, z);
}
