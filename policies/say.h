/*
 * say.h - the sentence writer: one thing told twice, in English and Chinese, from the same arguments.
 *
 * Y1  both languages get the same arguments in the same order (formats may use %1$s to reorder).
 * Y2  when memory ends a sentence is { NULL, NULL }, which decide() turns into a refusal.
 */
#ifndef POLICIES_SAY_H
#define POLICIES_SAY_H

#include <stdint.h>

#include "base/arena.h"
#include "base/error.h"
#include "policies/policy.h"

/* Text lives in the arena. */
struct say say_make(struct arena *a, const char *en, const char *zh, ...) PRINTF_LIKE(2, 4)
	PRINTF_LIKE(3, 4);
static inline bool say_failed(struct say s)
{
	return s.en == NULL || s.zh == NULL;
}

struct say say_use(unsigned uses);         /* "group, measure", "分组、指标"; static text */
struct say say_truncate(enum truncate t);  /* "by month", "按月" */
struct say say_kind(enum question_kind k); /* "count", "计数" */
struct say say_event(enum event_kind k);   /* "diagnosis", "诊断": as query/tell.h has them */
/* "a, b and c more" of texts, at most `show` of them; in arena; "" when there are none. */
const char *say_list(struct arena *a, const char *const *texts, unsigned n, unsigned show);
/* "0, 18, 45" of whole numbers, or of 1e-9 units when places is 9. */
const char *say_numbers(struct arena *a, const int64_t *at, unsigned n, unsigned places);
/* "2018-01-01..2025-12-31" */
const char *say_span(struct arena *a, int32_t from, int32_t to);
/* What a column's values become: "age bands 0, 18, 45", "by month, 2018-01-01..2025-12-31", "codes: icd10"; at most
 * `show` labels or places; "" for a column whose values stay as they are. */
struct say say_form(struct arena *a, const struct column *c, unsigned show);
/* Why a column is as it is: " because a full birth date ... (standard: GB/T ...)", or "" */
struct say say_why(struct arena *a, const struct column *c);

#endif
