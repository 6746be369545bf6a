#include "answer/sense.h"

#include <string.h>

#include "crypto/noise.h"
#include "query/question.h"
#include "secagg/distinct.h"

static bool noise_fits(const struct release *r)
{
	const uint64_t t_max = r->noise == NOISE_GAUSSIAN ? NOISE_MAX_VARIANCE : UINT64_C(1) << 32;

	for (uint64_t i = 0; i < r->n_layers; i++)
		if (r->layers[i].t > t_max || r->layers[i].s > UINT64_C(1) << 32)
			return false;
	return r->n_layers > 0;
}

/* People in the first layer; sums and squares of people's values in the others. */
static bool cells_fit(const struct release *r)
{
	for (uint64_t i = 0; i < r->n_cells; i++) {
		int bits = i < r->n_cells / r->n_layers ? CELL_BITS : SUM_BITS;
		int64_t bound = INT64_C(1) << bits;

		if (r->cells[i] != CELL_SUPPRESSED && (r->cells[i] > bound || r->cells[i] < -bound))
			return false;
	}
	return true;
}

/* As many layers and points as the kind has, and the scale that gives them a meaning. */
static bool kind_fits(const struct release *r)
{
	bool one_layer = r->n_layers == 1;

	switch ((enum question_kind)r->kind) {
	case KIND_COUNT:
	case KIND_HISTOGRAM:
	case KIND_CROSSTAB:
		return one_layer && r->n_points == 1;
	case KIND_DISTINCT: /* of one site there is no such number */
		return one_layer && r->n_points == 1 && r->n_groups == 0 && r->summed &&
		       r->resolution >= DISTINCT_MIN_BUCKETS;
	case KIND_MEAN: /* its square, of all people together, has room in 62 bits */
		return r->n_layers == 3 && r->n_points == 1 && r->low < r->high &&
		       r->resolution > 0 && r->resolution <= 1 << 15;
	case KIND_QUANTILE:
		return one_layer && r->low < r->high;
	case KIND_SURVIVAL:
		return one_layer && r->n_points % 2 == 0 && r->step > 0;
	case KIND_ATTRITION:
		return one_layer;
	case KINDS:
		break;
	}
	return false;
}

/* Two equal names or labels would make one cell of two. */
static bool names_differ(const struct release *r)
{
	for (uint64_t i = 0; i < r->n_groups; i++)
		for (uint64_t j = 0; j < i; j++)
			if (strcmp(r->groups[i].name, r->groups[j].name) == 0)
				return false;
	return true;
}

bool release_sense(const struct release *r)
{
	return noise_fits(r) && kind_fits(r) && names_differ(r) && (r->summed || cells_fit(r));
}
