/*
 * field.h - reading the gateway's JSON without trusting it: what is absent or of another type reads
 * as nothing, and text comes safe to print (plain.h).
 */
#ifndef CLI_FIELD_H
#define CLI_FIELD_H

#include <jansson.h>
#include <stdbool.h>

#include "base/arena.h"
#include "base/error.h"

/* As it came, for comparing with words of the format; "" when it is no text. */
const char *field_word(const json_t *o, const char *key);
/* For people; "" when it is no text. */
const char *field_text(struct arena *a, const json_t *o, const char *key);
bool field_int(const json_t *o, const char *key, int64_t *out);
/* The two ends of an interval. */
bool field_pair(const json_t *o, const char *key, int64_t out[2]);
/* "say": {"en":, "zh":}; the other language when one is missing, "" both when there is none. */
struct say field_say(struct arena *a, const json_t *o);
/* Text of the program's own making in the arena; "?" without memory, never NULL. */
const char *field_made(struct arena *a, const char *fmt, ...) PRINTF_LIKE(2, 3);

#endif
