/*
 * survival.h - Kaplan and Meier's curve out of noisy events and noisy ends of time, step by step.
 */
#ifndef ANSWER_STATISTICS_SURVIVAL_H
#define ANSWER_STATISTICS_SURVIVAL_H

#include "answer/statistics/spread.h"
#include "base/limits.h"

enum {
	CURVE_STEPS = MAX_POINTS / 2
};

struct survival_step {
	double at_risk,
		risk_reach; /* people whose time had not ended before the step; half the interval */
	int64_t events, left;      /* as released */
	struct estimate surviving; /* at the end of the step */
	bool small; /* at risk are fewer than three standard deviations of their noise */
};

/* Steps until the curve has come down to a half, counted from 1; 0: it does not. The ends are when its
 * interval's ends do. */
struct survival_half {
	unsigned value, low, high, from, to;
};

/* words: events and ends without one of each step in turn, 2 * steps of them, each with `noise`. */
void survival_of(const int64_t *words, unsigned steps, const struct spread *noise,
	struct survival_step out[CURVE_STEPS], struct survival_half *half);

#endif
