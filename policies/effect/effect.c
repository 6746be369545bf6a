#include "policies/effect/effect_in.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/text.h"

/*
 * The frame of a comparison: sentences, sets, the order of the list and its hash. What is compared is in the other
 * files of effect.
 */

enum {
	MAX_LIST_BYTES = 1 << 20
};

/* ---- sentences ---- */

static bool grow(struct comparing *c)
{
	unsigned room = c->room == 0 ? 64 : c->room * 2;
	struct effect_item *items;

	if (c->n < c->room)
		return true;
	items = c->n >= MAX_EFFECTS ? NULL : arena_array(c->a, room, sizeof(*items));
	if (items == NULL)
		return false;
	if (c->n > 0)
		memcpy(items, c->items, c->n * sizeof(*items));
	c->items = items;
	c->room = room;
	return true;
}

static bool same_item(const struct effect_item *a, const struct effect_item *b)
{
	return a->way == b->way && strcmp(a->thing.en, b->thing.en) == 0 &&
	       strcmp(a->change.en, b->change.en) == 0;
}

void effect_note(struct comparing *c, enum effect_way way, struct say thing, struct place at,
	struct say change)
{
	struct effect_item item = { way, thing, change, at };

	if (c->when.en != NULL && !say_failed(change))
		item.change = EFFECT_SAY(c, "%s%.0s (%s%.0s)", "%.0s%s（%.0s%s）", change.en,
			change.zh, c->when.en, c->when.zh);
	if (say_failed(thing) || say_failed(item.change) || !grow(c)) {
		c->failed = true;
		return;
	}
	c->items[c->n++] = item;
}

void effect_words(struct comparing *c, enum effect_way way, struct say thing, struct place at,
	struct say what, struct say was, struct say now)
{
	if (say_failed(was) || say_failed(now)) {
		c->failed = true;
		return;
	}
	effect_note(c, way, thing, at,
		EFFECT_SAY(c, "%s%.0s: %s%.0s -> %s%.0s", "%.0s%s：%.0s%s → %.0s%s", what.en,
			what.zh, was.en, was.zh, now.en, now.zh));
}

static struct say plain(const char *text)
{
	return (struct say){ text, text };
}

void effect_number(struct comparing *c, struct say thing, struct place at, struct say what,
	int64_t was, int64_t now, enum effect_way more)
{
	enum effect_way less = more == EFFECT_WIDER ? EFFECT_TIGHTER : EFFECT_WIDER;

	if (was != now)
		effect_words(c, now > was ? more : less, thing, at, what,
			plain(arena_textf(c->a, "%lld", (long long)was)),
			plain(arena_textf(c->a, "%lld", (long long)now)));
}

void effect_amount(struct comparing *c, struct say thing, struct place at, struct say what,
	uint64_t was, uint64_t now, enum effect_way more)
{
	enum effect_way less = more == EFFECT_WIDER ? EFFECT_TIGHTER : EFFECT_WIDER;
	char old[32], new[32];

	if (was != now)
		effect_words(c, now > was ? more : less, thing, at, what,
			plain(arena_text(c->a, format_decimal(old, sizeof(old), (int64_t)was, 12))),
			plain(arena_text(
				c->a, format_decimal(new, sizeof(new), (int64_t)now, 12))));
}

void effect_span(struct comparing *c, struct say thing, struct place at, struct say what,
	int32_t was_from, int32_t was_to, int32_t from, int32_t to)
{
	bool inside = from >= was_from && to <= was_to;

	if (from != was_from || to != was_to)
		effect_words(c, inside ? EFFECT_TIGHTER : EFFECT_WIDER, thing, at, what,
			plain(say_span(c->a, was_from, was_to)), plain(say_span(c->a, from, to)));
}

bool effect_same_text(const char *a, const char *b)
{
	return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

void effect_text(struct comparing *c, struct say thing, struct place at, struct say what,
	struct say was, struct say now)
{
	const struct say none = SAY("none", "无");

	if (effect_same_text(was.en, now.en) && effect_same_text(was.zh, now.zh))
		return;
	effect_words(c, EFFECT_SAME, thing, at, what, was.en == NULL ? none : was,
		now.en == NULL ? none : now);
}

struct say effect_thing(struct comparing *c, struct say kind, const char *id)
{
	return EFFECT_SAY(c, "%s%.0s %s", "%.0s%s %s", kind.en, kind.zh, id);
}

/* ---- sets ---- */

static int by_bytes(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Sorted, each text once. */
static struct effect_set sorted(struct effect_set s)
{
	unsigned kept = 0;

	if (s.n > 0)
		qsort(s.at, s.n, sizeof(*s.at), by_bytes);
	for (unsigned i = 0; i < s.n; i++)
		if (kept == 0 || strcmp(s.at[kept - 1], s.at[i]) != 0)
			s.at[kept++] = s.at[i];
	s.n = kept;
	return s;
}

static struct effect_set room_for(struct comparing *c, unsigned n)
{
	struct effect_set s = { arena_array(c->a, n == 0 ? 1 : n, sizeof(*s.at)), 0 };

	if (s.at == NULL)
		c->failed = true;
	return s;
}

static void put(struct comparing *c, struct effect_set *s, const char *text)
{
	if (text == NULL)
		c->failed = true;
	else
		s->at[s->n++] = text;
}

struct effect_set effect_set_of(struct comparing *c, const void *first, unsigned n, size_t stride)
{
	struct effect_set s = room_for(c, n);

	for (unsigned i = 0; s.at != NULL && i < n; i++)
		put(c, &s, *(const char *const *)((const char *)first + i * stride));
	return sorted(s);
}

struct effect_set effect_set_numbers(
	struct comparing *c, const int64_t *at, unsigned n, unsigned places)
{
	struct effect_set s = room_for(c, n);
	char buf[32];

	for (unsigned i = 0; s.at != NULL && i < n; i++)
		put(c, &s, arena_text(c->a, format_decimal(buf, sizeof(buf), at[i], places)));
	return sorted(s);
}

struct effect_set effect_set_kinds(struct comparing *c, unsigned kinds)
{
	struct effect_set s = room_for(c, KINDS);

	for (unsigned k = 0; s.at != NULL && k < KINDS; k++)
		if (kinds >> k & 1)
			put(c, &s, kind_name((enum question_kind)k));
	return sorted(s);
}

bool effect_set_has(const struct effect_set *s, const char *text)
{
	return s->n > 0 && bsearch(&text, s->at, s->n, sizeof(*s->at), by_bytes) != NULL;
}

bool effect_set_equal(const struct effect_set *a, const struct effect_set *b)
{
	for (unsigned i = 0; a->n == b->n && i < a->n; i++)
		if (strcmp(a->at[i], b->at[i]) != 0)
			return false;
	return a->n == b->n;
}

const char *effect_set_text(struct comparing *c, const struct effect_set *s)
{
	const char *joined = NULL;
	struct text t;

	text_init(&t, MAX_LIST_BYTES);
	for (unsigned i = 0; i < s->n; i++)
		text_addf(&t, "%s%s", i == 0 ? "" : ", ", s->at[i]);
	if (!text_failed(&t))
		joined = arena_text(c->a, text_str(&t));
	text_clear(&t);
	if (joined == NULL)
		c->failed = true;
	return joined == NULL ? "" : joined;
}

const char *effect_numbers_text(struct comparing *c, const int64_t *at, unsigned n, unsigned places)
{
	struct effect_set s = room_for(c, n);
	char buf[32];

	for (unsigned i = 0; s.at != NULL && i < n; i++)
		put(c, &s, arena_text(c->a, format_decimal(buf, sizeof(buf), at[i], places)));
	return effect_set_text(c, &s);
}

void effect_sets(struct comparing *c, struct say thing, struct place at, struct say added,
	struct say removed, struct effect_set was, struct effect_set now)
{
	for (unsigned i = 0; i < now.n; i++)
		if (!effect_set_has(&was, now.at[i]))
			effect_note(c, EFFECT_WIDER, thing, at,
				EFFECT_SAY(c, "%s%.0s %s", "%.0s%s %s", added.en, added.zh,
					now.at[i]));
	for (unsigned i = 0; i < was.n; i++)
		if (!effect_set_has(&now, was.at[i]))
			effect_note(c, EFFECT_TIGHTER, thing, at,
				EFFECT_SAY(c, "%s%.0s %s", "%.0s%s %s", removed.en, removed.zh,
					was.at[i]));
}

/* ---- the list ---- */

static int by_way(const void *a, const void *b)
{
	const struct effect_item *x = a, *y = b;
	int order = (int)x->way - (int)y->way;

	if (order == 0)
		order = strcmp(x->thing.en, y->thing.en);
	if (order == 0)
		order = strcmp(x->change.en, y->change.en);
	return order != 0 ? order : strcmp(x->change.zh, y->change.zh);
}

static struct hash32 hash_of(const struct effect *e, struct arena *a, bool *failed)
{
	static const char *const ways[] = { "wider", "tighter", "same" };
	struct part_bytes *parts = arena_array(a, (size_t)e->n * 3 + 1, sizeof(*parts));
	size_t n = 0;

	if (parts == NULL) {
		*failed = true;
		return (struct hash32){ { 0 } };
	}
	parts[n++] = (struct part_bytes){ "cordon effect 1", 15 };
	for (unsigned i = 0; i < e->n; i++) {
		const char *texts[] = { ways[e->items[i].way], e->items[i].thing.en,
			e->items[i].change.en };

		for (unsigned k = 0; k < 3; k++)
			parts[n++] = (struct part_bytes){ texts[k], strlen(texts[k]) };
	}
	return sha256_parts(parts, n);
}

static void finish(struct comparing *c, struct effect *out)
{
	unsigned *const counts[] = { &out->wider, &out->tighter, &out->same };

	*out = (struct effect){ .items = c->items };
	if (c->n > 0)
		qsort(c->items, c->n, sizeof(*c->items), by_way);
	for (unsigned i = 0; i < c->n; i++) {
		if (out->n > 0 && same_item(&out->items[out->n - 1], &c->items[i]))
			continue; /* two causes, one effect */
		out->items[out->n++] = c->items[i];
		(*counts[c->items[i].way])++;
	}
	out->hash = hash_of(out, c->a, &c->failed);
}

int effect_between(const struct policy *before, const struct policy *after, struct arena *arena,
	struct effect *out, struct error *err)
{
	static const struct policy nothing = { .from = 1, .to = 0 }; /* on no day */
	struct comparing c = {
		.before = before == NULL ? &nothing : before, .after = after, .a = arena
	};
	struct effect made;

	effect_people(&c);
	effect_datasets(&c);
	effect_codes(&c);
	effect_rules(&c);
	effect_budgets(&c);
	if (!c.failed)
		finish(&c, &made);
	if (c.failed && c.n >= MAX_EFFECTS)
		return error_set(err, E_LIMIT,
			SAY("the two policies differ in too many places", "两份策略的差异过多"),
			"more than %d differences", (int)MAX_EFFECTS);
	if (c.failed)
		return error_memory(err);
	*out = made;
	return 0;
}
