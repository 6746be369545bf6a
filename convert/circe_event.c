#include "convert/circe.h"

#include <string.h>

#include "convert/circe_kinds.h"

/* One criterion: the type's attributes, in the order of the language rather than of the JSON. */

struct reader {
	struct circe *c;
	const struct spot *at; /* of the attributes */
	struct event *out;
	struct draft *head, *value; /* codes; `value` map or NULL */
	struct span starts, ends, lasting;
	bool has_starts, has_ends, has_lasting, first, failed;
	struct draft *attributes; /* map */
};

static struct draft *value_map(struct reader *r)
{
	if (r->value == NULL)
		r->value = draft_map(&r->c->r.pen);
	return r->value;
}

static struct draft *range_map(struct reader *r)
{
	struct draft *range = draft_get(value_map(r), "range");

	if (range == NULL) {
		range = draft_map(&r->c->r.pen);
		draft_add(&r->c->r.pen, value_map(r), "range", range);
	}
	return range;
}

/* The map in which an attribute is written. */
static struct draft *home(struct reader *r, enum attribute_kind kind)
{
	switch (kind) {
	case ATTR_UNIT:
	case ATTR_CONCEPT:
		return value_map(r);
	case ATTR_LOW:
	case ATTR_HIGH:
		return range_map(r);
	default:
		return r->attributes;
	}
}

static void put(struct reader *r, const struct spot *at, enum attribute_kind kind, struct draft *d)
{
	struct draft *map = home(r, kind);

	if (draft_get(map, attribute_name(kind)) != NULL) {
		spot_refuse(&r->c->r, at, "V116",
			"'%s' can be said of an event once, and another key says it already",
			"一个事件只能写一次“%s”，已有另一键写出", attribute_name(kind));
		r->failed = true;
		return;
	}
	draft_add(&r->c->r.pen, map, attribute_name(kind), d);
}

static void codes(struct reader *r, const struct spot *at)
{
	struct codeset *set;
	int64_t id;

	if (!spot_int(&r->c->r, at, &id)) {
		r->failed = true;
		return;
	}
	set = circe_set(r->c, id);
	if (set == NULL || set->in == 0) {
		spot_notice(&r->c->r, at, "V120",
			"this concept set is not there or names no concept, so Circe finds nothing "
			"by it",
			"此概念集不存在或不含任何概念，Circe 据此查不到任何记录");
		r->out->never = true;
		return;
	}
	r->head = circe_set_use(r->c, set);
}

static void source(struct reader *r, const struct spot *at)
{
	struct draft *head = r->head;

	codes(r, at);
	if (!r->failed && !r->out->never)
		put(r, at, ATTR_SOURCE, r->head);
	r->head = head;
}

/* The exclude key of a list stands beside it. */
static bool excluded(struct reader *r, const struct circe_field *f)
{
	char key[64];
	struct spot at;
	bool yes;

	if (!text_copy(key, sizeof(key), f->key) || strlen(key) + sizeof("Exclude") > sizeof(key))
		return false;
	memcpy(key + strlen(key), "Exclude", sizeof("Exclude"));
	at = spot_key(r->at, key);
	if (!spot_bool(&r->c->r, &at, &yes))
		r->failed = true;
	return yes;
}

static void no_such_absence(struct reader *r, const struct spot *at)
{
	spot_refuse(&r->c->r, at, "V117",
		"Circe leaves out records that have nothing here, the language keeps them with "
		"'anything but'",
		"Circe 会排除此处为空的记录，而问题语言的“排除”会保留它们");
	r->failed = true;
}

static void concepts(struct reader *r, const struct spot *at, const struct circe_field *f)
{
	bool out = f->attribute == ATTR_TYPE && excluded(r, f);
	struct draft *list = circe_concepts(r->c, at, out);

	if (list == NULL)
		r->failed = true;
	else if (list->count == 0)
		return; /* no condition in Circe */
	else if (out && !f->filled)
		no_such_absence(r, at);
	else
		put(r, at, f->attribute, list);
}

static struct draft *all_but(struct circe *c, const struct codeset *set)
{
	struct draft *list = draft_list(&c->r.pen);

	for (const struct draft *d = set->codes->first; d != NULL; d = d->next)
		draft_add(&c->r.pen, list, NULL, draft_text(&c->r.pen, "-%s", d->text));
	return list;
}

static void selection(struct reader *r, const struct spot *at, const struct circe_field *f)
{
	static const char *const keys[] = { "CodesetId", "IsExclusion", NULL };
	struct spot id = spot_key(at, "CodesetId"), out_at = spot_key(at, "IsExclusion");
	struct codeset *set;
	bool out;
	int64_t n;

	if (!spot_keys(&r->c->r, at, keys) || !spot_bool(&r->c->r, &out_at, &out) ||
		(id.at != NULL && !spot_int(&r->c->r, &id, &n))) {
		r->failed = true;
		return;
	}
	set = id.at == NULL ? NULL : circe_set(r->c, n);
	if ((out || id.at == NULL) && !f->filled)
		no_such_absence(r, at); /* 'has one', 'has none', 'has another' */
	else if (id.at == NULL)
		r->out->never = r->out->never || out;
	else if (set == NULL || set->in == 0)
		r->out->never = r->out->never || !out;
	else if (!out)
		put(r, at, f->attribute, circe_set_use(r->c, set));
	else if (set->out > 0)
		no_such_absence(r, at);
	else
		put(r, at, f->attribute, all_but(r->c, set));
}

static void numbers(struct reader *r, const struct spot *at, const struct circe_field *f)
{
	enum span_unit unit = f->how == HOW_WHOLE ? SPAN_WHOLE : SPAN_DECIMAL;
	struct span s;

	if (!circe_span(r->c, at, unit, &s)) {
		r->failed = true;
		return;
	}
	r->out->never = r->out->never || s.never;
	if (!s.never)
		put(r, at, f->attribute, circe_bounds(r->c, &s, unit));
}

static void value(struct reader *r, const struct spot *at)
{
	struct span s;
	struct draft *bounds;

	if (!circe_span(r->c, at, SPAN_DECIMAL, &s)) {
		r->failed = true;
		return;
	}
	r->out->never = r->out->never || s.never;
	bounds = circe_bounds(r->c, &s, SPAN_DECIMAL);
	for (struct draft *d = bounds->first, *next; d != NULL; d = next) {
		next = d->next;
		draft_add(&r->c->r.pen, value_map(r), d->key, d);
	}
}

/* A second range of the same day narrows the first. */
static void days(struct reader *r, const struct spot *at, struct span *s, bool *has)
{
	struct span more;

	if (!circe_days(r->c, at, &more)) {
		r->failed = true;
		return;
	}
	r->out->never = r->out->never || more.never;
	if (!*has)
		*s = more;
	if (*has && more.has_low && (!s->has_low || more.low > s->low)) {
		s->has_low = true;
		s->low = more.low;
	}
	if (*has && more.has_high && (!s->has_high || more.high < s->high)) {
		s->has_high = true;
		s->high = more.high;
	}
	*has = true;
	r->out->never = r->out->never || (s->has_low && s->has_high && s->low > s->high);
}

static void lasting(struct reader *r, const struct spot *at)
{
	struct span *s = &r->lasting;

	if (!circe_span(r->c, at, SPAN_WHOLE, s) || !circe_between(r->c, at, s)) {
		r->failed = true;
		return;
	}
	r->has_lasting = true;
	if (s->has_high && s->high < 0)
		r->out->never = true; /* events that end before they begin are no events to us */
	if (s->has_low && s->low < 0)
		s->low = 0;
	r->out->never = r->out->never || s->never;
}

/* A clause about the person on the day of the event. */
static void person(struct reader *r, bool good, struct clause clause)
{
	struct draft *d;

	if (!good)
		r->failed = true;
	else if (clause.truth == NEVER)
		r->out->never = true;
	else if (clause.truth == SAYS) {
		d = circe_member(r->c, clause);
		/* {age: {...}} can stand beside the event */
		if (!clause.absent && d->count == 1 && strcmp(d->first->key, "any") != 0 &&
			draft_get(r->attributes, d->first->key) == NULL)
			draft_add(&r->c->r.pen, r->attributes, d->first->key, d->first);
		else
			draft_add(&r->c->r.pen, r->out->with, NULL, d);
	}
}

static void nested(struct reader *r, const struct spot *at)
{
	struct clause clause;
	struct draft *none;

	if (circe_group_empty(at))
		return;
	r->out->nested = true;
	r->c->nested++;
	if (!circe_group(r->c, at, 1U << r->out->kind, &clause))
		r->failed = true;
	r->c->nested--;
	if (r->failed)
		return;
	if (clause.truth == SAYS && !clause.absent && clause.d->count == 1 &&
		strcmp(clause.d->first->key, "all") == 0) {
		for (struct draft *d = clause.d->first->first, *next; d != NULL; d = next) {
			next = d->next;
			draft_add(&r->c->r.pen, r->out->with, NULL, d);
		}
		return;
	}
	none = draft_list(&r->c->r.pen);
	if (!circe_gather(r->c, clause, r->out->with, none))
		r->out->never = true;
	if (none->count > 0)
		draft_add(&r->c->r.pen, r->out->with, NULL, draft_pair(&r->c->r.pen, "none", none));
}

static void read_person(struct reader *r, const struct circe_field *f, const struct spot *at)
{
	struct clause clause = { .truth = HOLDS };
	bool good = f->how == HOW_AGE   ? circe_age(r->c, at, &clause)
		    : f->how == HOW_SEX ? circe_concepts_of(r->c, at, "sex", &clause)
					: circe_selection_of(r->c, at, "sex", &clause);

	person(r, good, clause);
}

/* What is told of a key, before it is read or in place of that. */
static void remark(struct reader *r, const struct circe_field *f, const struct spot *at)
{
	if (f->how == HOW_REFUSED) {
		spot_refuse(&r->c->r, at, "V101", "%s%.0s", "%.0s%s", f->why.en, f->why.zh);
		r->failed = true;
	} else if (f->how == HOW_STARTS_ALSO) {
		spot_notice(&r->c->r, at, "V121",
			"circe-be compares this with the first day of the exposure, and so does "
			"what was made of it",
			"circe-be 以用药开始日与此比较，转换结果与其一致");
	} else if (f->how == HOW_IGNORED) {
		spot_notice(&r->c->r, at, "V122",
			"Circe does not look at this key, so it is left out",
			"Circe 不使用此键，已略去");
	}
}

static void read_field(struct reader *r, const struct circe_field *f, const struct spot *at)
{
	remark(r, f, at);
	switch (f->how) {
	case HOW_CODES:
		codes(r, at);
		break;
	case HOW_FIRST:
		if (!spot_bool(&r->c->r, at, &r->first))
			r->failed = true;
		break;
	case HOW_STARTS_ALSO:
	case HOW_STARTS:
		days(r, at, &r->starts, &r->has_starts);
		break;
	case HOW_ENDS:
		days(r, at, &r->ends, &r->has_ends);
		break;
	case HOW_LASTING:
		lasting(r, at);
		break;
	case HOW_CONCEPTS:
		concepts(r, at, f);
		break;
	case HOW_SELECTION:
		selection(r, at, f);
		break;
	case HOW_SOURCE:
		source(r, at);
		break;
	case HOW_WHOLE:
	case HOW_DECIMAL:
		numbers(r, at, f);
		break;
	case HOW_VALUE:
		value(r, at);
		break;
	case HOW_AGE:
	case HOW_SEX:
	case HOW_SEX_SELECTION:
		read_person(r, f, at);
		break;
	case HOW_NESTED:
		nested(r, at);
		break;
	case HOW_EXCLUDE: /* read beside its list */
	case HOW_IGNORED:
	case HOW_REFUSED:
		break;
	}
}

static void add_lasting(struct reader *r, struct draft *map)
{
	struct draft *bounds = draft_map(&r->c->r.pen);
	const struct span *s = &r->lasting;

	if (s->has_low)
		draft_add(&r->c->r.pen, bounds, "at_least",
			draft_text(&r->c->r.pen, "%lld days", (long long)s->low));
	if (s->has_high)
		draft_add(&r->c->r.pen, bounds, "at_most",
			draft_text(&r->c->r.pen, "%lld days", (long long)s->high));
	draft_add(&r->c->r.pen, map, "lasting", bounds);
}

static void assemble(struct reader *r)
{
	struct pen *pen = &r->c->r.pen;
	struct draft *map = draft_map(pen);

	draft_add(pen, map, event_name(r->out->kind),
		r->head == NULL ? draft_text(pen, "any") : r->head);
	if (r->first)
		draft_add(pen, map, "first", draft_text(pen, "yes"));
	if (r->has_starts && (r->starts.has_low || r->starts.has_high))
		draft_add(pen, map, "during", circe_days_draft(r->c, &r->starts));
	if (r->has_ends && (r->ends.has_low || r->ends.has_high))
		draft_add(pen, map, "ends", circe_days_draft(r->c, &r->ends));
	if (r->has_lasting && (r->lasting.has_low || r->lasting.has_high))
		add_lasting(r, map);
	if (r->value != NULL)
		draft_add(pen, map, "value", r->value);
	for (struct draft *d = r->attributes->first, *next; d != NULL; d = next) {
		next = d->next;
		draft_add(pen, map, d->key, d);
	}
	r->out->map = map;
}

static bool known(const struct circe_field *fields, const char *key)
{
	for (; fields->key != NULL; fields++)
		if (strcmp(fields->key, key) == 0)
			return true;
	return false;
}

static void read_fields(struct reader *r, const struct circe_kind *kind)
{
	const char *key;
	json_t *value_of;

	json_object_foreach(r->at->at, key, value_of)
	{
		struct spot here = { .up = r->at, .key = key, .at = value_of };

		if (known(kind->fields, key))
			continue;
		spot_refuse(&r->c->r, &here, "V102",
			"this key is not known here, so what it asks for cannot be kept",
			"此处不认识这个键，无法保留其含义");
		r->failed = true;
	}
	for (const struct circe_field *f = kind->fields; f->key != NULL; f++) {
		struct spot here = spot_key(r->at, f->key);

		if (here.at != NULL)
			read_field(r, f, &here);
	}
}

bool circe_event(struct circe *c, const struct spot *at, struct event *out)
{
	const struct circe_kind *kind;
	struct reader r = { .c = c, .out = out };
	struct spot inner;
	void *only;

	if (!spot_object(&c->r, at))
		return false;
	if (json_object_size(at->at) != 1) {
		spot_refuse(&c->r, at, "V106",
			"one criterion belongs here, such as ConditionOccurrence",
			"此处应恰有一个条件，例如 ConditionOccurrence");
		return false;
	}
	only = json_object_iter(at->at);
	inner = spot_key(at, json_object_iter_key(only));
	kind = circe_kind(inner.key);
	if (kind == NULL || kind->refused.en != NULL) {
		struct say unknown =
			SAY("this type of criterion is not known", "不认识这种条件类型");

		spot_refuse(&c->r, &inner, "V107", "%s%.0s", "%.0s%s",
			kind == NULL ? unknown.en : kind->refused.en,
			kind == NULL ? unknown.zh : kind->refused.zh);
		return false;
	}
	if (!spot_object(&c->r, &inner))
		return false;
	*out = (struct event){ .kind = kind->kind, .with = draft_list(&c->r.pen) };
	r.at = &inner;
	r.attributes = draft_map(&c->r.pen);
	read_fields(&r, kind);
	assemble(&r);
	return !r.failed;
}

void circe_event_with(struct circe *c, struct event *e)
{
	if (e->with->count > 0)
		draft_add(&c->r.pen, e->map, "with", e->with);
}
