/*
 * doubt_pair.c - ages, births and numbers of the same records that cannot hold together.
 */
#include "query/doubt_pair.h"

#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "query/part.h"

enum {
	SPELLINGS_BYTES = 4 * MAX_QUESTION_BYTES
};

/* So many records meet what is spelled: the criterion without its `times`. */
struct count {
	const struct part *part;
	size_t start, len; /* in the text of spellings */
	unsigned low, high;
};

struct counts {
	struct text spelled;
	struct count *list;
	unsigned n, room;
};

void doubt_counts(const struct part *p, unsigned *low, unsigned *high)
{
	*low = !p->has_times ? 1 : p->times_how == AT_MOST ? 0 : p->times;
	*high = !p->has_times || p->times_how == AT_LEAST ? UINT32_MAX : p->times;
}

bool doubt_same_codes(const struct part *a, const struct part *b)
{
	if (a->event != b->event || a->n_codes != b->n_codes)
		return false;
	for (unsigned i = 0; i < a->n_codes; i++) {
		const struct code *x = &a->codes[i], *y = &b->codes[i];

		if (x->concept != y->concept || x->descendants != y->descendants ||
			x->mapped != y->mapped || x->out != y->out ||
			(x->concept == 0 && (strcmp(x->system, y->system) != 0 ||
						    strcmp(x->text, y->text) != 0)))
			return false;
	}
	return true;
}

bool doubt_takes_the_first(const struct cohort *c)
{
	const struct part *e = c->entry;

	return c->index == INDEX_FIRST && c->before < 0 && c->after < 0 && e->from == DAY_NONE &&
	       e->to == DAY_NONE && e->ends_from == DAY_NONE && e->ends_to == DAY_NONE &&
	       e->lasting_from < 0 && e->lasting_to < 0 && !e->has_value && e->attributes == NULL &&
	       e->with == NULL && e->inside != TRI_YES;
}

/* ---- numbers of records ---- */

static bool dated(const struct part *p)
{
	return p->kind == PART_EVENT || p->kind == PART_MEASURE;
}

/* `negated`: the criterion stands in a none. */
static void add_count(struct counts *c, const struct part *p, bool negated)
{
	struct part bare = *p;
	struct count n = { .part = p, .start = c->spelled.len };

	if (c->n == c->room)
		return;
	doubt_counts(p, &n.low, &n.high);
	if (negated && n.low > 0 && n.high == UINT32_MAX) {
		n.high = n.low - 1;
		n.low = 0;
	} else if (negated && n.low == 0 && n.high < UINT32_MAX) {
		n.low = n.high + 1;
		n.high = UINT32_MAX;
	} else if (negated) {
		return; /* two ranges, or nothing */
	}
	bare.has_times = false;
	part_write(&c->spelled, &bare);
	text_addf(&c->spelled, "%d", p->has_times ? (int)p->distinct : 0);
	n.len = c->spelled.len - n.start;
	if (!text_failed(&c->spelled))
		c->list[c->n++] = n;
}

static bool same_thing(const struct counts *c, const struct count *a, const struct count *b)
{
	return a->len == b->len &&
	       memcmp(c->spelled.at + a->start, c->spelled.at + b->start, a->len) == 0;
}

static bool begin_counts(struct counts *c, struct arena *arena)
{
	*c = (struct counts){ .room = 2 * MAX_CRITERIA };
	c->list = arena_array(arena, c->room, sizeof(*c->list));
	text_init(&c->spelled, SPELLINGS_BYTES);
	return c->list != NULL;
}

/* The later of two places in the text: that is where a reader notices it. */
static struct place later_of(const struct part *a, const struct part *b)
{
	bool after = a->at.line > b->at.line ||
		     (a->at.line == b->at.line && a->at.column > b->at.column);

	return after ? a->at : b->at;
}

static bool apart(const struct counts *c, struct diags *ds)
{
	for (unsigned i = 1; i < c->n; i++)
		for (unsigned j = 0; j < i; j++) {
			const struct count *a = &c->list[i], *b = &c->list[j];

			if ((a->low <= b->high && b->low <= a->high) || !same_thing(c, a, b))
				continue;
			diag_say(ds, DIAG_WARNING, "Q207", later_of(a->part, b->part),
				SAY("two criteria ask for the same records in numbers that exclude "
				    "each other",
					"有两个条件针对相同的记录，所要求的次数互相排斥"));
			return true;
		}
	return false;
}

/* Whether 0 to n records is one of them and n + 1 on another. */
static bool cover(const struct counts *c, struct diags *ds)
{
	for (unsigned i = 0; i < c->n; i++)
		for (unsigned j = 0; j < c->n; j++) {
			const struct count *a = &c->list[i], *b = &c->list[j];

			if (a->low > 0 || b->high < UINT32_MAX || a->high == UINT32_MAX ||
				b->low > a->high + 1 || !same_thing(c, a, b))
				continue;
			diag_say(ds, DIAG_WARNING, "Q208", later_of(a->part, b->part),
				SAY("of two criteria on the same records one always holds",
					"针对相同记录的两个条件中，总有一个成立"));
			return true;
		}
	return false;
}

bool doubt_any(const struct part *any, struct arena *arena, struct diags *ds)
{
	struct counts c;
	bool always;

	if (!begin_counts(&c, arena))
		return false;
	for (const struct part *p = any->children; p != NULL; p = p->next) {
		if (dated(p))
			add_count(&c, p, false);
		else if (p->kind == PART_NONE && p->n_children == 1 && dated(p->children))
			add_count(&c, p->children, true);
	}
	always = cover(&c, ds);
	text_clear(&c.spelled);
	return always;
}

static bool counts_apart(
	const struct part *all, const struct part *entry, struct arena *arena, struct diags *ds)
{
	struct counts c;
	bool never;

	if (!begin_counts(&c, arena))
		return false;
	if (entry != NULL)
		add_count(&c, entry, false);
	for (const struct part *p = all->children; p != NULL; p = p->next) {
		if (dated(p))
			add_count(&c, p, false);
		for (const struct part *k = p->kind == PART_NONE ? p->children : NULL; k != NULL;
			k = k->next)
			if (dated(k))
				add_count(&c, k, true);
	}
	never = apart(&c, ds);
	text_clear(&c.spelled);
	return never;
}

/* ---- ages and births ---- */

/* What an all says of the person. */
struct person {
	const struct part *age, *birth; /* the last that said something */
	int64_t age_from, age_to;       /* from <= age < to */
	int64_t born_from, born_to;
};

static bool narrow(int64_t *low, int64_t *high, int64_t from, int64_t to)
{
	*low = from > *low ? from : *low;
	*high = to < *high ? to : *high;
	return *low > *high;
}

static int64_t year(int64_t day)
{
	int y;
	unsigned m, d;

	day_split((int32_t)day, &y, &m, &d);
	return y;
}

/* Days on which the ages of this all are taken, where the cohort bounds them on both sides. */
static bool days_of_ages(const struct cohort *c, bool nested, int64_t *from, int64_t *to)
{
	*from = INT32_MAX;
	*to = INT32_MIN;
	if (nested)
		return false;
	if (c->n_entries == 0) {
		*from = *to = cohort_last_day(c);
		return *from != DAY_NONE;
	}
	for (const struct part *e = c->entry; e != NULL; e = e->next) {
		if (e->from == DAY_NONE || e->to == DAY_NONE)
			return false;
		*from = e->from < *from ? e->from : *from;
		*to = e->to > *to ? e->to : *to;
	}
	return true;
}

/* Whether nobody born then is of this age on these days: years less years, as ages are. */
static bool too_young_or_old(const struct person *who, const struct cohort *c, bool nested)
{
	int64_t from, to;

	if (who->age == NULL || who->birth == NULL || !days_of_ages(c, nested, &from, &to))
		return false;
	return (who->born_from > INT32_MIN && year(to) - year(who->born_from) < who->age_from) ||
	       (who->born_to < INT32_MAX && year(from) - year(who->born_to) >= who->age_to);
}

static bool add_person(struct person *who, const struct part *p, struct diags *ds)
{
	bool bad = false;

	if (p->kind == PART_AGE) {
		bad = narrow(&who->age_from, &who->age_to, p->age_from < 0 ? 0 : p->age_from,
			      p->age_to < 0 ? INT32_MAX : p->age_to) ||
		      who->age_from >= who->age_to;
		who->age = p;
	} else if (p->kind == PART_BIRTH) {
		bad = narrow(&who->born_from, &who->born_to,
			p->from == DAY_NONE ? INT32_MIN : p->from,
			p->to == DAY_NONE ? INT32_MAX : p->to);
		who->birth = p;
	}
	if (bad)
		diag_say(ds, DIAG_WARNING, "Q209", p->at,
			SAY("together with the other criteria on ages or births of this list, this "
			    "holds for nobody",
				"与此列表中其他年龄或出生日期条件合在一起，没有人能满足"));
	return bad;
}

static bool persons_apart(
	const struct part *all, const struct cohort *c, bool nested, struct diags *ds)
{
	struct person who = { .age_to = INT32_MAX, .born_from = INT32_MIN, .born_to = INT32_MAX };

	for (const struct part *p = all->children; p != NULL; p = p->next)
		if (add_person(&who, p, ds))
			return true;
	if (!too_young_or_old(&who, c, nested))
		return false;
	diag_say(ds, DIAG_WARNING, "Q210", later_of(who.age, who.birth),
		SAY("nobody born on the days asked for has the age asked for on the day at which "
		    "ages are taken",
			"在计算年龄的日期，出生于所要求日期的人不可能有所要求的年龄"));
	return true;
}

bool doubt_all(const struct part *all, const struct cohort *c, bool nested, struct arena *arena,
	struct diags *ds)
{
	const struct part *entry = all == c->root && c->n_entries == 1 ? c->entry : NULL;
	bool never = counts_apart(all, entry, arena, ds);

	return persons_apart(all, c, nested, ds) || never;
}
