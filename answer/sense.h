/*
 * sense.h - whether a release or an offer, as it was read, can be added up and shown.
 */
#ifndef ANSWER_SENSE_H
#define ANSWER_SENSE_H

#include "wire/message.h"

enum {
	CELL_BITS = 48, /* a noisy count beyond 2^48 is no count of people */
	SUM_BITS = 62   /* of values and their squares: where sites saturate */
};

/* Numbers, scale and groups' names; whether labels differ, which costs more, is asked where a release comes in. */
bool release_sense(const struct release *r);

#endif
