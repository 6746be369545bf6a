#include "convert/circe.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"

/* Ranges: {"Value": 7, "Op": "gte"}, {"Value": 1, "Extent": 5, "Op": "bt"}. */

enum {
	DECIMALS = 4, /* Circe writes numbers of results with four places */
	SCALE = 10000,
	MOST = 2000000000
};

static const char *const range_keys[] = { "Value", "Op", "Extent", NULL };

static bool number(struct circe *c, const struct spot *at, enum span_unit unit, int64_t *out)
{
	double v = json_number_value(at->at);
	char text[64];

	if (!json_is_number(at->at)) {
		spot_refuse(&c->r, at, "V103", "a number belongs here", "此处应为数字");
		return false;
	}
	if (unit == SPAN_WHOLE && fabs(v) <= MOST) {
		*out = (int64_t)v; /* as Circe does: the whole part is what it compares with */
		return true;
	}
	/* what Circe compares with is the number as it prints it, so we take the same digits */
	if (unit != SPAN_WHOLE && fabs(v) <= MOST && snprintf(text, sizeof(text), "%.*f", DECIMALS, v) > 0 &&
		parse_decimal(text, DECIMALS, out))
		return true;
	spot_refuse(&c->r, at, "V104", "this number is too large", "数字过大");
	return false;
}

static bool day(struct circe *c, const struct spot *at, int64_t *out)
{
	int32_t d;

	if (!spot_day(&c->r, at, &d))
		return false;
	*out = d;
	return true;
}

static bool between(struct span *s, int64_t a, int64_t b, bool outside)
{
	*s = (struct span){
		.low = a, .high = b, .has_low = true, .has_high = true, .outside = outside
	};
	s->never = !outside && a > b;
	return !outside || a <= b;
}

/* False when the operator is none. */
static bool compare(struct span *s, const char *op, int64_t v)
{
	*s = (struct span){ .low = v, .high = v };
	if (strcmp(op, "lt") == 0 || strcmp(op, "lte") == 0) {
		s->has_high = true;
		s->high_open = op[2] == '\0';
	} else if (strcmp(op, "gt") == 0 || strcmp(op, "gte") == 0) {
		s->has_low = true;
		s->low_open = op[2] == '\0';
	} else if (strcmp(op, "eq") == 0 || strcmp(op, "!eq") == 0) {
		return between(s, v, v, op[0] == '!');
	} else {
		return false;
	}
	return true;
}

static bool range(struct circe *c, const struct spot *at,
	bool (*read)(struct circe *, const struct spot *, int64_t *), enum span_unit unit,
	struct span *out)
{
	struct spot value = spot_key(at, "Value"), extent = spot_key(at, "Extent"),
		    op = spot_key(at, "Op");
	const char *word;
	int64_t a, b;
	bool good;

	if (!spot_keys(&c->r, at, range_keys) || (word = spot_text(&c->r, &op)) == NULL ||
		!(read != NULL ? read(c, &value, &a) : number(c, &value, unit, &a)))
		return false;
	if (strcmp(word, "bt") == 0 || strcmp(word, "!bt") == 0) {
		if (!(read != NULL ? read(c, &extent, &b) : number(c, &extent, unit, &b)))
			return false;
		good = between(out, a, b, word[0] == '!');
	} else {
		good = compare(out, word, a);
	}
	if (!good)
		spot_refuse(&c->r, &op, "V113",
			"the operator is one of lt, lte, eq, !eq, gt, gte, bt, !bt, the two last "
			"with Value up to Extent",
			"运算符应为 lt、lte、eq、!eq、gt、gte、bt、!bt 之一，后两者须 Value 不大于 "
			"Extent");
	return good;
}

bool circe_span(struct circe *c, const struct spot *at, enum span_unit unit, struct span *out)
{
	return range(c, at, NULL, unit, out);
}

bool circe_between(struct circe *c, const struct spot *at, struct span *s)
{
	if (s->outside) {
		spot_refuse(&c->r, at, "V114",
			"'not equal' and 'not between' cannot be said of this; the language has "
			"one span here",
			"此处只能写一个区间，无法表达“不等于”或“不介于”");
		return false;
	}
	s->low += s->has_low && s->low_open;
	s->high -= s->has_high && s->high_open;
	s->low_open = s->high_open = false;
	s->never = s->never || (s->has_low && s->has_high && s->low > s->high);
	return true;
}

static void add_bound(
	struct circe *c, struct draft *map, const char *key, int64_t v, unsigned places)
{
	char buf[32];

	draft_add(&c->r.pen, map, key,
		draft_text(&c->r.pen, "%s", format_decimal(buf, sizeof(buf), v, places)));
}

struct draft *circe_bounds(struct circe *c, const struct span *s, enum span_unit unit)
{
	struct draft *map = draft_map(&c->r.pen), *pair;
	unsigned places = unit == SPAN_DECIMAL ? DECIMALS : 0;
	char buf[32];

	if (s->has_low && s->has_high && !s->low_open && !s->high_open) {
		pair = draft_list(&c->r.pen);
		draft_add(&c->r.pen, pair, NULL,
			draft_text(
				&c->r.pen, "%s", format_decimal(buf, sizeof(buf), s->low, places)));
		draft_add(&c->r.pen, pair, NULL,
			draft_text(&c->r.pen, "%s",
				format_decimal(buf, sizeof(buf), s->high, places)));
		draft_add(&c->r.pen, map, s->outside ? "outside" : "between", pair);
		return map;
	}
	if (s->has_low)
		add_bound(c, map, s->low_open ? "above" : "at_least", s->low, places);
	if (s->has_high)
		add_bound(c, map, s->high_open ? "below" : "at_most", s->high, places);
	return map;
}

bool circe_days(struct circe *c, const struct spot *at, struct span *out)
{
	return range(c, at, day, SPAN_WHOLE, out) && circe_between(c, at, out);
}

struct draft *circe_days_draft(struct circe *c, const struct span *s)
{
	char from[16] = "", to[16] = "";

	if (s->has_low)
		(void)day_text((int32_t)s->low, from);
	if (s->has_high)
		(void)day_text((int32_t)s->high, to);
	return draft_text(&c->r.pen, "%s..%s", from, to);
}
