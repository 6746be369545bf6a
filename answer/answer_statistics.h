/*
 * answer_statistics.h - what an answer's numbers say, by the question's kind: docs/api.md, "Statistics".
 *
 * G1  made of combined releases alone; the same releases and question give the same bytes.
 * G2  a statistic of a group is of the sites that released everything it needs, and names them; one without
 *     such a site is left out.
 */
#ifndef ANSWER_STATISTICS_H
#define ANSWER_STATISTICS_H

#include "answer/combine.h"
#include "base/text.h"
#include "query/question.h"

struct statistics {
	struct combined *all;
	const struct combine_part *only; /* of one site; NULL: of all in the total */
	const struct question *question; /* NULL: its text does not read */
	uint64_t seed;                   /* of simulations */
};

/* Whether this kind has any. */
bool statistics_wanted(const struct statistics *s);
/* Adds {...}. */
void statistics_write(const struct statistics *s, struct text *out);
/* {"sex":"女"} of a tuple. */
void statistics_group(const struct combined *all, uint64_t cell, struct text *out);
/* ,"label":{"zh":..,"en":..}: a criterion in plain words. */
void statistics_label(const struct part *p, struct text *out);

#endif
