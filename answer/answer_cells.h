/*
 * answer_cells.h - the released numbers as lists of JSON: {"group":{..},"value":..,"interval":[..],"state":..}.
 */
#ifndef ANSWER_CELLS_H
#define ANSWER_CELLS_H

#include "answer/combine.h"
#include "base/text.h"

/* Numbers that each group of a release has. */
uint64_t cells_words(const struct release *r);
/* Each adds the members of a list, without its brackets: of the total; of a site that is in it, in the same order; of a
 * site that is not, in its own. */
void cells_write_total(struct combined *all, struct text *out);
void cells_write(const struct combined *all, const struct combine_part *p, struct text *out);
void cells_write_own(const struct release *r, struct text *t);

#endif
