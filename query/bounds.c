/*
 * bounds.c - reading the bounds of a value and of an age.
 */
#include "query/bounds.h"

#include <string.h>

#include "query/words.h"

enum {
	MAX_AGE = 150
};

static void read_between(const struct node *n, struct value_bounds *v, struct diags *ds)
{
	static const struct say form = { "two numbers such as [6.5, 8]",
		"两个数值，例如 [6.5, 8]" };

	if (!words_list(n, "between", form, ds))
		return;
	if (n->count != 2) {
		diag_error(ds, "Q105", n->at, "'%s' takes %s%.0s", "“%s”应为%.0s%s", "between",
			form.en, form.zh);
		return;
	}
	v->has_low = v->has_high = true;
	(void)words_decimal(n->first, "between", &v->low, ds);
	(void)words_decimal(n->first->next, "between", &v->high, ds);
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

bool bounds_value(const struct node *n, struct value_bounds *out, struct diags *ds)
{
	struct value_bounds v = { .at = n->at };
	size_t before = ds->errors;

	if (!words_map(n, "value",
		    SAY("a map such as {at_least: 7.0}", "映射，例如 {at_least: 7.0}"), ds))
		return false;
	words_keys(n, IN_VALUE, ds);
	if (node_get(n, "between") != NULL && n->count > 1) {
		diag_error(ds, "Q142", n->at, "'between' is both bounds; leave the others out",
			"“between”已包含上下限，请删去其他界限");
		return false;
	}
	NODE_EACH(c, n)
	if (strcmp(c->key, "between") == 0)
		read_between(c, &v, ds);
	else if (strcmp(c->key, "at_least") == 0 || strcmp(c->key, "above") == 0)
		read_bound(c, false, &v, ds);
	else if (strcmp(c->key, "at_most") == 0 || strcmp(c->key, "below") == 0)
		read_bound(c, true, &v, ds);
	if (ds->errors != before)
		return false;
	if (!v.has_low && !v.has_high)
		diag_error(ds, "Q141", n->at,
			"'value' has no bound; give at_least, above, at_most, below or between",
			"“value”未给出界限，请写 at_least、above、at_most、below 或 between");
	if (v.has_low && v.has_high &&
		(v.low > v.high || (v.low == v.high && (v.low_open || v.high_open))))
		diag_error(ds, "Q143", n->at, "no number lies between these bounds",
			"没有数值能同时满足这两个界限");
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
