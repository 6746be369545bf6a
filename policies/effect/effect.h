/*
 * effect.h - what changes when one policy follows another: not which lines differ, but what may be asked.
 *
 * X1  exact: everything that a decision looks at is finite and is compared, so no change of what may be asked is
 *     missing from the list.
 * X2  what is not known to be equal or stricter is WIDER.
 *     One reading is settled here: a grouping made coarser is TIGHTER, although an answer that had too many cells for
 *     its kind may now fit. What is shown then is coarser than what the old policy shows in parts.
 * X3  the same two policies give the same list, whatever the order of their lines and the day of comparing.
 *
 * A difference of one thing can be both: a rule closed for a study removes its rows (TIGHTER), and its threshold no
 * longer holds for that study's other questions (WIDER). What the site's database says is not known here; what could
 * depend on it is taken as wider.
 *
 * A new field of policy.h is compared by one more line in the function of its struct: effect_columns.c, effect_tables.c,
 * effect_codes.c, effect_rules.c, effect_budgets.c, effect_people.c. tests/unit/test_effect.c fails until its sizes are
 * brought up to date.
 */
#ifndef POLICIES_EFFECT_H
#define POLICIES_EFFECT_H

#include "base/arena.h"
#include "base/bytes.h"
#include "base/error.h"
#include "policies/policy.h"

enum effect_way {
	EFFECT_WIDER,
	EFFECT_TIGHTER,
	EFFECT_SAME /* a text, a reason: nothing that a decision looks at */
};

struct effect_item {
	enum effect_way way;
	struct say thing;  /* "study DM-2026-01" */
	struct say change; /* "new requester viewer-1@uni.example (viewer)" */
	struct place at;   /* in the new policy, else in the old one */
};

struct effect {
	struct effect_item
		*items; /* wider first, then tighter, then same; each group in one order */
	unsigned n, wider, tighter, same;
	struct hash32 hash; /* of the list in English without places: what approvers sign */
};

/* `before` NULL: nothing was in force. Everything of *out lives in arena. Fails: E_LIMIT, E_SYSTEM. */
CHECKED int effect_between(const struct policy *before, const struct policy *after,
	struct arena *arena, struct effect *out, struct error *err);

#endif
