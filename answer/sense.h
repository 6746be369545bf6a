/*
 * sense.h - whether what a site said can be added up and shown, whoever signed it.
 */
#ifndef ANSWER_SENSE_H
#define ANSWER_SENSE_H

#include <stdbool.h>

#include "wire/message.h"

enum {
	CELL_BITS = 48, /* a noisy count beyond 2^48 is no count of people */
	SUM_BITS = 62   /* of values and their squares: where sites saturate */
};

/* Of what was read (release_decode): its numbers, scale and groups. That labels differ, which costs more to see, is not
 * asked here (gateway/proof.c). */
bool release_sense(const struct release *r);

#endif
