/*
 * codes.c - codes of vocabularies and the named sets of a question, which are read away here: where
 * a set is named, its codes stand. Whether a site knows a code is not asked.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "query/part.h"
#include "query/reading.h"
#include "query/words.h"

enum {
	MAX_SYSTEM = 31
};

const char *code_spelling(const struct code *c, char buf[CODE_TEXT])
{
	const char *out = c->out ? "-" : "", *below = c->descendants ? "+" : "";

	if (c->concept > 0)
		snprintf(buf, CODE_TEXT, "%s%" PRId32 "%s%s", out, c->concept, below,
			c->mapped ? "m" : "");
	else
		snprintf(buf, CODE_TEXT, "%s%s:%s%s", out, c->system, c->text, below);
	return buf;
}

/* ---- one code ---- */

static bool parse_concept(const char *s, struct code *c)
{
	size_t digits = strspn(s, "0123456789");
	uint64_t value = 0;

	if (digits == 0 || digits > 10 || *s == '0')
		return false;
	for (size_t i = 0; i < digits; i++)
		value = value * 10 + (uint64_t)(s[i] - '0');
	s += digits;
	c->descendants = *s == '+';
	s += c->descendants;
	c->mapped = *s == 'm';
	s += c->mapped;
	c->concept = (int32_t)(value > INT32_MAX ? 0 : value);
	return *s == 0 && value <= INT32_MAX;
}

/* "icd10" before the colon: a word of small letters, digits and '_'. */
static bool system_good(const char *s, size_t len)
{
	if (len == 0 || len > MAX_SYSTEM || *s < 'a' || *s > 'z')
		return false;
	return strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789_") == len;
}

static bool parse_text(struct reading *r, const char *s, const char *colon, struct code *c)
{
	size_t len = strlen(colon + 1);

	if (!system_good(s, (size_t)(colon - s)))
		return false;
	c->descendants = len > 0 && colon[len] == '+';
	len -= c->descendants;
	c->system = arena_textn(r->arena, s, (size_t)(colon - s));
	c->text = arena_textn(r->arena, colon + 1, len);
	if (c->system == NULL || c->text == NULL) {
		r->failed = true;
		return false;
	}
	return words_printable(c->text) && strchr(c->text, '"') == NULL && *c->text != ' ' &&
	       c->text[len - 1] != ' ';
}

static bool parse_code(struct reading *r, const char *s, struct code *c)
{
	const char *colon;

	c->out = *s == '-';
	s += c->out;
	colon = strchr(s, ':');
	return colon == NULL ? parse_concept(s, c) : parse_text(r, s, colon, c);
}

static const char *code_text(struct reading *r, const struct node *n, const char *key)
{
	return words_text(n, key,
		SAY("codes such as 201826+ as members of its list", "代码列表，成员如 201826+"),
		r->ds);
}

static bool read_code(struct reading *r, const struct node *n, const char *key, struct code *out)
{
	const char *s = code_text(r, n, key);

	*out = (struct code){ .at = n->at };
	if (s == NULL || parse_code(r, s, out))
		return s != NULL;
	if (!r->failed)
		diag_error(r->ds, "Q121", n->at,
			"'%s' is not a code for '%s'; write 201826, 201826+ (with descendants), "
			"201826m (with what maps to it), icd10:E11+ or set:NAME, and a '-' in "
			"front of what is taken out%s%.0s",
			"“%s”不是“%s”的有效代码，请写 "
			"201826、201826+（含下级概念）、201826m（含映射到它的概念）、icd10:E11+ 或 "
			"set:名称；排除项在前面加“-”%.0s%s",
			show(s).at, key, words_wide(s).en, words_wide(s).zh);
	return false;
}

/* ---- named sets ---- */

static int by_set_name(const void *a, const void *b)
{
	return strcmp(((const struct named_set *)a)->name, ((const struct named_set *)b)->name);
}

/* A set may be named wherever a code may, so it is looked for often. */
static struct named_set *set_find(struct reading *r, const char *name)
{
	const struct named_set key = { .name = name };

	return r->n_sets == 0 ? NULL : bsearch(&key, r->sets, r->n_sets, sizeof(key), by_set_name);
}

/* The name in "set:NAME" or "-set:NAME", or NULL. */
static const char *set_named(const struct node *n, bool *out)
{
	const char *s = n->kind == NODE_TEXT && !n->empty ? n->text : "";

	*out = *s == '-';
	s += *out;
	return strncmp(s, "set:", 4) == 0 ? s + 4 : NULL;
}

static struct named_set *set_use(struct reading *r, const struct node *n, const char *name)
{
	struct named_set *set = set_find(r, name);

	if (set != NULL)
		set->used = true;
	else
		diag_error(r->ds, "Q125", n->at,
			"there is no set '%s'; give its codes in the question: 'sets: {NAME: "
			"[201826+]}'",
			"没有名为“%s”的代码集，请在问题中给出：“sets: {名称: [201826+]}”",
			show(name).at);
	return set;
}

static void set_walk(struct reading *r, struct named_set *set)
{
	set->walk = SET_OPEN;
	NODE_EACH(c, set->list) {
		bool out;
		const char *name = set_named(c, &out);
		struct named_set *inner;
		struct code ignored;

		set->takes_out = set->takes_out || out;
		if (name == NULL) {
			(void)read_code(r, c, set->name, &ignored);
			continue;
		}
		inner = set_use(r, c, name);
		if (inner == NULL)
			continue;
		if (inner->walk == SET_OPEN)
			diag_error(r->ds, "Q126", c->at,
				"the set '%s' is made of itself; take this member out",
				"代码集“%s”包含了自身，请删去此成员", inner->name);
		else if (inner->walk == SET_FRESH)
			set_walk(r, inner);
		set->takes_out = set->takes_out || inner->takes_out;
	}
	set->walk = SET_DONE;
}

static bool set_add(struct reading *r, const struct node *n)
{
	if (!id_valid(n->key)) {
		diag_error(r->ds, "Q106", n->key_at, "'%s' is not a name of a set",
			"“%s”不能作为代码集的名称", show(n->key).at);
		return false;
	}
	if (!words_list(n, n->key,
		    SAY("a list of codes such as [201826+]", "代码列表，例如 [201826+]"), r->ds))
		return false;
	if (n->count == 0) {
		diag_error(r->ds, "Q122", n->at,
			"the set '%s' is empty; give its codes or leave it out",
			"代码集“%s”为空，请写出代码或删去", n->key);
		return false;
	}
	r->sets[r->n_sets++] = (struct named_set){ .name = n->key, .list = n };
	return true;
}

void sets_read(struct reading *r, const struct node *sets)
{
	size_t before = r->ds->errors;

	if (sets == NULL)
		return;
	r->sets_bad = true;
	if (!words_map(sets, "sets",
		    SAY("a map such as {diabetes: [201826+]}", "映射，例如 {diabetes: [201826+]}"),
		    r->ds))
		return;
	if (sets->count > MAX_SETS) {
		diag_error(r->ds, "Q128", sets->at, "a question may have at most %d sets",
			"一个问题最多可有 %d 个代码集", MAX_SETS);
		return;
	}
	r->sets = arena_array(r->arena, sets->count, sizeof(*r->sets));
	if (r->sets == NULL) {
		r->failed = true;
		return;
	}
	NODE_EACH(c, sets)
		(void)set_add(r, c);
	if (r->n_sets > 1)
		qsort(r->sets, r->n_sets, sizeof(*r->sets), by_set_name);
	for (unsigned i = 0; i < r->n_sets; i++)
		if (r->sets[i].walk == SET_FRESH)
			set_walk(r, &r->sets[i]);
	r->sets_bad = r->ds->errors != before;
}

void sets_check_used(struct reading *r)
{
	for (unsigned i = 0; i < r->n_sets && !r->sets_bad; i++)
		if (!r->sets[i].used)
			diag_error(r->ds, "Q127", r->sets[i].list->key_at,
				"the set '%s' is used nowhere; leave it out, or name it as set:%s",
				"代码集“%s”未被使用，请删去，或以 set:%s 引用", r->sets[i].name,
				r->sets[i].name);
}

/* ---- lists of codes ---- */

struct filling {
	struct reading *r;
	const char *key;
	struct code *codes;
	unsigned n, room; /* room 0: only counting */
	bool good;
};

static void fill(struct filling *f, const struct node *list, bool out, unsigned depth);

static void fill_set(
	struct filling *f, const struct node *n, const char *name, bool out, unsigned depth)
{
	struct named_set *set = f->r->sets_bad ? NULL : set_find(f->r, name);

	if (set == NULL) {
		if (!f->r->sets_bad && f->room == 0)
			(void)set_use(f->r, n, name);
		f->good = false;
		return;
	}
	set->used = true;
	if (out && f->room == 0 && set->takes_out) {
		diag_error(f->r->ds, "Q129", n->at,
			"the set '%s' takes codes out itself and cannot be taken out as a whole; "
			"write the codes",
			"代码集“%s”本身含排除项，不能整体排除，请逐一写出代码", set->name);
		f->good = false;
		return;
	}
	fill(f, set->list, out, depth + 1);
}

/* Counts or reads the codes of a list, those of sets in their place. */
static void fill(struct filling *f, const struct node *list, bool out, unsigned depth)
{
	NODE_EACH(c, list) {
		bool minus;
		const char *name = set_named(c, &minus);

		if (f->r->failed || f->r->codes > MAX_CODES || depth > MAX_SETS)
			return;
		if (name != NULL) {
			fill_set(f, c, name, out || minus, depth);
			continue;
		}
		if (f->room == 0) {
			f->n++;
			if (++f->r->codes == MAX_CODES + 1)
				diag_error(f->r->ds, "Q124", c->at,
					"a question may name at most %d codes, those of its sets "
					"counted wherever they are named",
					"一个问题最多可列 %d 个代码，代码集每引用一次即计入一次",
					MAX_CODES);
		} else if (f->n == f->room || !read_code(f->r, c, f->key, &f->codes[f->n])) {
			f->good = false;
		} else {
			f->codes[f->n].out = f->codes[f->n].out || out;
			f->n++;
		}
	}
}

bool codes_read(struct reading *r, const struct node *n, const char *key, bool only_out,
	struct code **out, unsigned *n_out)
{
	struct filling f = { .r = r, .key = key, .good = true };
	bool names_one = only_out;

	fill(&f, n, false, 0);
	if (r->codes > MAX_CODES || r->failed || f.n == 0)
		return false;
	f.room = f.n;
	f.n = 0;
	f.codes = arena_array(r->arena, f.room, sizeof(*f.codes));
	if (f.codes == NULL) {
		r->failed = true;
		return false;
	}
	fill(&f, n, false, 0);
	for (unsigned i = 0; i < f.n; i++)
		names_one = names_one || !f.codes[i].out;
	/* of what was reported, one may have been the one to look for */
	if (!names_one && f.good)
		diag_error(r->ds, "Q123", n->at,
			"the list of '%s' only takes codes out; name at least one to look for",
			"“%s”的列表只有排除项，请至少写一个要查找的代码", key);
	if (!names_one || !f.good || r->failed)
		return false;
	if (part_tidy_codes(f.codes, &f.n, r->arena) < 0)
		r->failed = true;
	*out = f.codes;
	*n_out = f.n;
	return !r->failed;
}
