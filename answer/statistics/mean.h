/*
 * mean.h - mean, sum and standard deviation out of three noisy sums (wire/message.h, "mean").
 */
#ifndef ANSWER_STATISTICS_MEAN_H
#define ANSWER_STATISTICS_MEAN_H

#include "answer/statistics/spread.h"

struct mean_words {
	int64_t people, sum, squares;
	struct spread noise[3]; /* of each of them */
	double low, high;       /* of the measure's clamp */
	uint64_t resolution;
};

struct mean_result {
	struct estimate mean, sum, sd; /* of clamped values, in the measure's unit */
	bool small; /* fewer people than three standard deviations of their noise: the mean says nothing */
};

void mean_of(const struct mean_words *w, struct mean_result *out);

#endif
