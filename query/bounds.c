/*
 * bounds.c - reading the bounds of a value and of an age.
 */
#include "query/bounds.h"

#include <string.h>

#include "query/words.h"

enum {
	MAX_AGE = 150
};

/* `between` and `outside`: two numbers. */
static void read_pair(const struct node *n, struct value_bounds *v, struct diags *ds)
{
	static const struct say form = { "two numbers such as [6.5, 8]",
		"两个数值，例如 [6.5, 8]" };

	if (!words_list(n, n->key, form, ds))
		return;
	if (n->count != 2) {
		diag_error(ds, "Q105", n->at, "'%s' takes %s%.0s", "“%s”应为%.0s%s", n->key,
			form.en, form.zh);
		return;
	}
	v->has_low = v->has_high = true;
	v->outside = strcmp(n->key, "outside") == 0;
	(void)words_decimal(n->first, n->key, &v->low, ds);
	(void)words_decimal(n->first->next, n->key, &v->high, ds);
}

/* A second bound for the same side is refused. */
static void read_bound(const struct node *n, bool high, struct value_bounds *v, struct diags *ds)
{
	bool *has = high ? &v->has_high : &v->has_low;
	bool open = strcmp(n->key, "above") == 0 || strcmp(n->key, "below") == 0;

	if (*has) {
		diag_error(ds, "Q142", n->key_at, "'%s' is a second %s bound%.0s; give one",
			"“%s”是第二个%.0s%s，只能给出一个", n->key, high ? "upper" : "lower",
			high ? "上限" : "下限");
		return;
	}
	*has = true;
	*(high ? &v->high_open : &v->low_open) = open;
	(void)words_decimal(n, n->key, high ? &v->high : &v->low, ds);
}

static bool side_of(const char *key, bool *high)
{
	*high = strcmp(key, "at_most") == 0 || strcmp(key, "below") == 0;
	return *high || strcmp(key, "at_least") == 0 || strcmp(key, "above") == 0;
}

static void check_bounds(const struct node *n, const struct value_bounds *v, struct diags *ds)
{
	if (!v->has_low || !v->has_high)
		return;
	if (v->low > v->high || (v->low == v->high && (v->low_open || v->high_open)))
		diag_error(ds, "Q143", n->at,
			v->outside ? "the second number of 'outside' is smaller than the first"
				   : "no number lies between these bounds",
			v->outside ? "“outside”的第二个数值小于第一个"
				   : "没有数值能同时满足这两个界限");
}

bool bounds_read(const struct node *n, struct value_bounds *out, bool *has, struct diags *ds)
{
	struct value_bounds v = { .at = n->at };
	const struct node *pair = node_get(n, "between");
	size_t before = ds->errors;
	bool high;

	pair = pair == NULL ? node_get(n, "outside") : pair;
	if (pair != NULL)
		read_pair(pair, &v, ds);
	NODE_EACH(c, n) {
		bool other =
			c != pair && (side_of(c->key, &high) || strcmp(c->key, "outside") == 0);

		if (pair != NULL && other)
			diag_error(ds, "Q142", c->key_at,
				"'%s' is both bounds; leave the others out",
				"“%s”已包含上下限，请删去其他界限", pair->key);
		else if (other)
			read_bound(c, high, &v, ds);
	}
	if (ds->errors != before)
		return false;
	check_bounds(n, &v, ds);
	*has = v.has_low || v.has_high;
	*out = v;
	return ds->errors == before;
}

void bounds_age(const struct node *n, int32_t *from_age, int32_t *to_age, struct diags *ds)
{
	const struct node *from = node_get(n, "from"), *to = node_get(n, "to");
	bool good = true;

	if (!words_map(n, "age",
		    SAY("a map such as {from: 45, to: 65}", "映射，例如 {from: 45, to: 65}"), ds))
		return;
	words_keys(n, IN_AGE, ds);
	if (from == NULL && to == NULL && n->count == 0)
		diag_error(ds, "Q144", n->at, "'age' has no bound; give from, to or both",
			"“age”未给出界限，请写 from、to 或两者");
	if (from != NULL)
		good = words_int(from, "from", 0, MAX_AGE, from_age, ds);
	if (to != NULL)
		good = words_int(to, "to", 0, MAX_AGE, to_age, ds) && good;
	if (good && *to_age >= 0 && *to_age <= (*from_age < 0 ? 0 : *from_age))
		diag_error(ds, "Q145", n->at,
			"nobody is of such an age: 'to' is the first age that is left out, so it "
			"must be above 'from'",
			"没有人符合此年龄：“to”是不再包含的第一个年龄，须大于“from”");
}
