/*
 * answer_similar.h - "similar" of an answer or a price: what a site said of earlier questions, in words.
 */
#ifndef ANSWER_SIMILAR_H
#define ANSWER_SIMILAR_H

#include "base/text.h"
#include "wire/message.h"

/* ,"similar":[..]; nothing for none. The words are this side's, by the numbers of the message. */
void answer_write_similar(const struct similar_question *list, uint64_t n, struct text *out);

#endif
