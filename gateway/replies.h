/*
 * replies.h - the JSON of docs/api.md that is no answer: prices and budgets, lists of questions.
 */
#ifndef GATEWAY_REPLIES_H
#define GATEWAY_REPLIES_H

#include "base/text.h"
#include "gateway/quote.h"
#include "gateway/store/store.h"

/* {"sites":[...]} of price and budget. */
void reply_write_quotes(const struct quote_leg *legs, size_t n, struct text *out);
/* {"questions":[...],"next":"ID"} */
void reply_write_list(const struct stored_summary *list, size_t n, bool more, struct text *out);

#endif
