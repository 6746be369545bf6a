/*
 * answer_words.h - the parts of JSON that an answer and a price share.
 */
#ifndef ANSWER_WORDS_H
#define ANSWER_WORDS_H

#include "base/text.h"
#include "wire/message.h"

/* "key":"value" */
void answer_key_text(struct text *t, const char *key, const char *value);
/* "accounts":[..] */
void answer_write_accounts(struct text *t, const struct account_state *list, uint64_t n);
/* ,"rule":"..","say":{..}; what is empty is left out. */
void answer_write_reason(struct text *t, const char *rule, const char *en, const char *zh);

#endif
