/*
 * spell.c - the spelling of one part: the JSON of canonical.h.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "query/part.h"

/* What stands in the map of a part. */
enum what {
	W_HEAD,
	W_COUNT, /* at_least of an `of` */
	W_DURING,
	W_ENDS,
	W_FIRST,
	W_LASTING,
	W_WITHIN,
	W_SAME_VISIT,
	W_INSIDE,
	W_TIMES,
	W_VALUE,
	W_WITH,
	W_ATTRIBUTE
};

struct field {
	const char *key;
	enum what what;
	const struct attribute *attribute;
};

enum {
	MAX_FIELDS = W_ATTRIBUTE + ATTRIBUTES
};

const char *part_head(const struct part *p)
{
	static const char *const heads[] = {
		[PART_ALL] = "all",
		[PART_ANY] = "any",
		[PART_NONE] = "none",
		[PART_OF] = "of",
		[PART_MEASURE] = "measure",
		[PART_AGE] = "age",
		[PART_SEX] = "sex",
		[PART_RACE] = "race",
		[PART_ETHNICITY] = "ethnicity",
		[PART_BIRTH] = "birth",
	};

	return p->kind == PART_EVENT ? event_name(p->event) : heads[p->kind];
}

bool part_is_group(const struct part *p)
{
	return p->kind == PART_ALL || p->kind == PART_ANY || p->kind == PART_NONE ||
	       p->kind == PART_OF;
}

/* The next key of a JSON map; *lead is '{' before the first. */
static void write_key(struct text *t, char *lead, const char *key)
{
	text_addf(t, "%c\"%s\":", *lead, key);
	*lead = ',';
}

static void write_codes(struct text *t, const struct code *codes, unsigned n)
{
	char buf[CODE_TEXT];

	if (n == 0) {
		text_add(t, "\"any\"");
		return;
	}
	for (unsigned i = 0; i < n; i++) {
		text_addc(t, i == 0 ? '[' : ',');
		text_add_json(t, code_spelling(&codes[i], buf));
	}
	text_addc(t, ']');
}

static void write_number(struct text *t, int64_t v)
{
	char buf[32];

	text_add(t, format_decimal(buf, sizeof(buf), v, 9));
}

/* The sides of a bound; `outside`, which sorts behind `concept`, is written by the caller. */
static void write_sides(struct text *t, char *lead, const struct value_bounds *v)
{
	if (v->has_low && !v->outside) {
		write_key(t, lead, v->low_open ? "above" : "at_least");
		write_number(t, v->low);
	}
	if (v->has_high && !v->outside) {
		write_key(t, lead, v->high_open ? "below" : "at_most");
		write_number(t, v->high);
	}
}

static void write_outside(struct text *t, char *lead, const struct value_bounds *v)
{
	if (!v->outside)
		return;
	write_key(t, lead, "outside");
	text_addc(t, '[');
	write_number(t, v->low);
	text_addc(t, ',');
	write_number(t, v->high);
	text_addc(t, ']');
}

static void write_attribute(struct text *t, const struct attribute *a)
{
	char lead = '{';

	if (a->kind < ATTR_NUMBERS) {
		write_codes(t, a->codes, a->n_codes);
		return;
	}
	write_sides(t, &lead, &a->bounds);
	write_outside(t, &lead, &a->bounds);
	text_addc(t, '}');
}

static const struct attribute *attribute_of(const struct part *p, enum attribute_kind kind)
{
	for (const struct attribute *a = p->attributes; a != NULL; a = a->next)
		if (a->kind == kind)
			return a;
	return NULL;
}

static void write_range(
	struct text *t, char *lead, const struct attribute *high, const struct attribute *low)
{
	char inner = '{';

	if (high == NULL && low == NULL)
		return;
	write_key(t, lead, "range");
	if (high != NULL) {
		write_key(t, &inner, "high");
		write_attribute(t, high);
	}
	if (low != NULL) {
		write_key(t, &inner, "low");
		write_attribute(t, low);
	}
	text_addc(t, '}');
}

static void write_value(struct text *t, const struct part *p)
{
	const struct attribute *unit = attribute_of(p, ATTR_UNIT),
			       *concept = attribute_of(p, ATTR_CONCEPT);
	char lead = '{';

	if (p->has_value)
		write_sides(t, &lead, &p->value);
	if (concept != NULL) {
		write_key(t, &lead, "concept");
		write_attribute(t, concept);
	}
	if (p->has_value)
		write_outside(t, &lead, &p->value);
	write_range(t, &lead, attribute_of(p, ATTR_HIGH), attribute_of(p, ATTR_LOW));
	if (unit != NULL) {
		write_key(t, &lead, "unit");
		write_attribute(t, unit);
	}
	text_addc(t, '}');
}

static void write_age(struct text *t, const struct part *p)
{
	char lead = '{';

	if (p->age_from >= 0) {
		write_key(t, &lead, "from");
		text_addf(t, "%" PRId32, p->age_from);
	}
	if (p->age_to >= 0) {
		write_key(t, &lead, "to");
		text_addf(t, "%" PRId32, p->age_to);
	}
	text_addc(t, '}');
}

static void write_span(struct text *t, int32_t from, int32_t to)
{
	char a[16] = "", b[16] = "";

	text_addf(t, "\"%s..%s\"", from == DAY_NONE ? "" : day_text(from, a),
		to == DAY_NONE ? "" : day_text(to, b));
}

static void write_edge(struct text *t, int32_t days)
{
	if (days == ALL_DAYS_BEFORE)
		text_add(t, "\"all days before\"");
	else if (days == ALL_DAYS_AFTER)
		text_add(t, "\"all days after\"");
	else
		text_addf(t, "\"%" PRId32 " days\"", days);
}

static void write_window(struct text *t, const struct window *w)
{
	char lead = '{';

	write_key(t, &lead, "from");
	write_edge(t, w->from);
	if (w->of_index) {
		write_key(t, &lead, "of");
		text_add(t, "\"index\"");
	}
	if (w->on_end) {
		write_key(t, &lead, "on");
		text_add(t, "\"end\"");
	}
	write_key(t, &lead, "to");
	write_edge(t, w->to);
	if (w->to_end) {
		write_key(t, &lead, "to_on");
		text_add(t, "\"end\"");
	}
	text_addc(t, '}');
}

static void write_within(struct text *t, const struct part *p)
{
	if (p->n_windows > 1)
		text_addc(t, '[');
	write_window(t, &p->windows[0]);
	if (p->n_windows > 1) {
		text_addc(t, ',');
		write_window(t, &p->windows[1]);
		text_addc(t, ']');
	}
}

int part_compare_windows(struct reading *r, const struct window *a, const struct window *b)
{
	struct text x, y;
	int order;

	text_init(&x, MAX_SAY);
	text_init(&y, MAX_SAY);
	write_window(&x, a);
	write_window(&y, b);
	r->failed = r->failed || text_failed(&x) || text_failed(&y);
	order = strcmp(text_str(&x), text_str(&y));
	text_clear(&x);
	text_clear(&y);
	return order;
}

static void write_lasting(struct text *t, const struct part *p)
{
	char lead = '{';

	if (p->lasting_from >= 0) {
		write_key(t, &lead, "at_least");
		write_edge(t, p->lasting_from);
	}
	if (p->lasting_to >= 0) {
		write_key(t, &lead, "at_most");
		write_edge(t, p->lasting_to);
	}
	text_addc(t, '}');
}

static void write_times(struct text *t, const struct part *p)
{
	/* at_least and at_most stand before distinct, exactly behind */
	bool behind = p->times_how == EXACTLY;
	char lead = '{';

	for (int i = 0; i < 2; i++)
		if ((i == 1) == behind) {
			write_key(t, &lead, how_name(p->times_how));
			text_addf(t, "%u", p->times);
		} else if (p->distinct != DISTINCT_EVENTS) {
			write_key(t, &lead, "distinct");
			text_addf(t, "\"%s\"", distinct_name(p->distinct));
		}
	text_addc(t, '}');
}

static void write_members(struct text *t, const struct part *p)
{
	text_addc(t, '[');
	for (const struct part *c = p->children; c != NULL; c = c->next) {
		part_write(t, c);
		if (c->next != NULL)
			text_addc(t, ',');
	}
	text_addc(t, ']');
}

static void write_head(struct text *t, const struct part *p)
{
	switch (p->kind) {
	case PART_ALL:
	case PART_ANY:
	case PART_NONE:
	case PART_OF:
		write_members(t, p);
		break;
	case PART_EVENT:
		write_codes(t, p->codes, p->n_codes);
		break;
	case PART_MEASURE:
		text_add_json(t, p->measure);
		break;
	case PART_AGE:
		write_age(t, p);
		break;
	case PART_SEX:
	case PART_RACE:
	case PART_ETHNICITY:
		if (p->label != NULL)
			text_add_json(t, p->label);
		else
			write_codes(t, p->codes, p->n_codes);
		break;
	case PART_BIRTH:
		write_span(t, p->from, p->to);
		break;
	}
}

static void write_field(struct text *t, const struct part *p, const struct field *f)
{
	switch (f->what) {
	case W_HEAD:
		write_head(t, p);
		break;
	case W_COUNT:
		text_addf(t, "%u", p->n);
		break;
	case W_DURING:
		write_span(t, p->from, p->to);
		break;
	case W_ENDS:
		write_span(t, p->ends_from, p->ends_to);
		break;
	case W_FIRST:
	case W_SAME_VISIT:
		text_add(t, "\"yes\"");
		break;
	case W_LASTING:
		write_lasting(t, p);
		break;
	case W_WITHIN:
		write_within(t, p);
		break;
	case W_INSIDE:
		text_add(t, p->inside == TRI_YES ? "\"yes\"" : "\"no\"");
		break;
	case W_TIMES:
		write_times(t, p);
		break;
	case W_VALUE:
		write_value(t, p);
		break;
	case W_WITH:
		write_members(t, p->with);
		break;
	case W_ATTRIBUTE:
		write_attribute(t, f->attribute);
		break;
	}
}

static int by_key(const void *a, const void *b)
{
	return strcmp(((const struct field *)a)->key, ((const struct field *)b)->key);
}

/* What stands beside an event or a measure. */
static unsigned collect_beside(const struct part *p, struct field *out)
{
	bool value = p->has_value;
	unsigned n = 0;

	for (const struct attribute *a = p->attributes; a != NULL; a = a->next)
		if (attribute_in_value(a->kind))
			value = true;
		else
			out[n++] = (struct field){ attribute_name(a->kind), W_ATTRIBUTE, a };
	const struct {
		bool there;
		struct field field;
	} all[] = {
		{ p->from != DAY_NONE || p->to != DAY_NONE, { "during", W_DURING, NULL } },
		{ p->ends_from != DAY_NONE || p->ends_to != DAY_NONE, { "ends", W_ENDS, NULL } },
		{ p->first, { "first", W_FIRST, NULL } },
		{ p->lasting_from >= 0 || p->lasting_to >= 0, { "lasting", W_LASTING, NULL } },
		{ p->n_windows > 0, { "within", W_WITHIN, NULL } },
		{ p->same_visit, { "same_visit", W_SAME_VISIT, NULL } },
		{ p->inside != TRI_DEFAULT, { "inside_observation", W_INSIDE, NULL } },
		{ p->has_times, { "times", W_TIMES, NULL } },
		{ value, { "value", W_VALUE, NULL } },
		{ p->with != NULL, { "with", W_WITH, NULL } },
	};

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		if (all[i].there)
			out[n++] = all[i].field;
	return n;
}

void part_write(struct text *t, const struct part *p)
{
	struct field fields[MAX_FIELDS];
	unsigned n = 0;
	char lead = '{';

	if (p->kind == PART_EVENT || p->kind == PART_MEASURE)
		n = collect_beside(p, fields);
	fields[n++] = (struct field){ part_head(p), W_HEAD, NULL };
	if (p->kind == PART_OF)
		fields[n++] = (struct field){ how_name(p->how), W_COUNT, NULL };
	qsort(fields, n, sizeof(fields[0]), by_key);
	for (unsigned i = 0; i < n; i++) {
		write_key(t, &lead, fields[i].key);
		write_field(t, p, &fields[i]);
	}
	text_addc(t, '}');
}
