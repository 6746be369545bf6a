/*
 * answer_sum.h - the sum of a question in mode secure as a part of its answer, and what is promised of it, in words.
 */
#ifndef ANSWER_SUM_H
#define ANSWER_SUM_H

#include "answer/stored.h"
#include "answer/sum.h"
#include "base/text.h"

struct answer_sum {
	struct shared_noise noise;
	struct sum_made made;
	bool paillier; /* made by TP-1 */
};

/* What the store holds, with the offers of the n sites in the sum. Everything lives in `a`. Fails: E_INPUT when they do
 * not belong together; memory. */
CHECKED int answer_sum_read(const struct stored_sum *stored, const struct release *const *offers,
	const char *const *sites, size_t n, struct arena *a, struct answer_sum *out,
	struct error *err);
/* {"protocol":"SA-1","sites":10,"honest":7,"noise":{..},..,"guarantee":{..}} */
void answer_sum_write(const struct answer_sum *s, struct text *out);

#endif
