/*
 * answer_privacy.h - "privacy" of an answer or a price: what it costs a patient, and one whom several hospitals know.
 *
 * V1  a patient's loss at j sites is the sum of the j largest of theirs: charges add up.
 * V2  rounded up, as everything is that is told of a loss.
 */
#ifndef ANSWER_PRIVACY_H
#define ANSWER_PRIVACY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"

enum {
	PRIVACY_SITES = 2 /* j: of so many hospitals at once it is told */
};

/* The two largest of what sites charge for one question; start with zeros. */
struct privacy_cost {
	uint64_t prho[PRIVACY_SITES];
	size_t sites;
};
void privacy_add(struct privacy_cost *c, uint64_t prho);
/* Of a secure sum, where a patient of j sites moves one number by j: j * j times the charge; of one that counts each
 * `once`, by one all the same. No noise: nothing. */
void privacy_of_sum(struct privacy_cost *c, uint64_t prho, bool once);

/* ,"privacy":{..}; nothing where nothing costs. */
void answer_write_privacy(const struct privacy_cost *c, struct text *out);

#endif
