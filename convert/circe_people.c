#include "convert/circe.h"

/* Age, sex, race and ethnicity of the person. */

static struct clause says(struct draft *d)
{
	return (struct clause){ .truth = SAYS, .d = d };
}

static const struct clause never = { .truth = NEVER };

static struct draft *age(struct circe *c, bool has_from, int64_t from, bool has_to, int64_t to)
{
	struct draft *map = draft_map(&c->r.pen);

	if (has_from)
		draft_add(&c->r.pen, map, "from", draft_text(&c->r.pen, "%lld", (long long)from));
	if (has_to)
		draft_add(&c->r.pen, map, "to", draft_text(&c->r.pen, "%lld", (long long)to));
	return draft_pair(&c->r.pen, "age", map);
}

/* {any: [{age: {to: 18}}, {age: {from: 65}}]} */
static struct draft *age_outside(struct circe *c, int64_t low, int64_t high)
{
	struct draft *list = draft_list(&c->r.pen);

	if (low > 0)
		draft_add(&c->r.pen, list, NULL, age(c, false, 0, true, low));
	draft_add(&c->r.pen, list, NULL, age(c, true, high + 1, false, 0));
	return low > 0 ? draft_pair(&c->r.pen, "any", list) : list->first;
}

bool circe_age(struct circe *c, const struct spot *at, struct clause *out)
{
	struct span s;

	if (!circe_span(c, at, SPAN_WHOLE, &s))
		return false;
	*out = never;
	if (s.outside) {
		*out = s.high < 0 ? (struct clause){ .truth = HOLDS }
				  : says(age_outside(c, s.low, s.high));
		return true;
	}
	if (!circe_between(c, at, &s))
		return false;
	if (s.never || (s.has_high && s.high < 0))
		return true;
	if (s.has_low && s.low <= 0 && !s.has_high)
		out->truth = HOLDS; /* nobody is younger than that */
	else
		*out = says(age(c, s.has_low && s.low > 0, s.low, s.has_high, s.high + 1));
	return true;
}

/* The labels that a site gives stand for one or several concepts, so that each concept is a criterion of its own. */
static struct clause any_of(struct circe *c, struct draft *codes, const char *key)
{
	struct draft *list = draft_list(&c->r.pen), *one;
	struct draft *next;

	for (struct draft *d = codes->first; d != NULL; d = next) {
		next = d->next;
		one = draft_list(&c->r.pen);
		draft_add(&c->r.pen, one, NULL, d);
		draft_add(&c->r.pen, list, NULL, draft_pair(&c->r.pen, key, one));
	}
	if (list->count == 0)
		return never;
	return says(list->count == 1 ? list->first : draft_pair(&c->r.pen, "any", list));
}

bool circe_concepts_of(struct circe *c, const struct spot *at, const char *key, struct clause *out)
{
	struct draft *codes = circe_concepts(c, at, false);

	if (codes == NULL)
		return false;
	*out = codes->count == 0 ? (struct clause){ .truth = HOLDS } : any_of(c, codes, key);
	return true;
}

bool circe_selection_of(struct circe *c, const struct spot *at, const char *key, struct clause *out)
{
	static const char *const keys[] = { "CodesetId", "IsExclusion", NULL };
	struct spot id = spot_key(at, "CodesetId"), out_at = spot_key(at, "IsExclusion");
	struct codeset *set;
	bool exclusion;
	int64_t n;

	if (!spot_keys(&c->r, at, keys) || !spot_bool(&c->r, &out_at, &exclusion))
		return false;
	if (id.at == NULL) { /* is (not) null, of a column that every person has */
		out->truth = exclusion ? NEVER : HOLDS;
		return true;
	}
	if (!spot_int(&c->r, &id, &n))
		return false;
	set = circe_set(c, n);
	if (set == NULL || set->in == 0) {
		out->truth = exclusion ? HOLDS : NEVER;
		return true;
	}
	if (!set->plain) {
		spot_refuse(&c->r, at, "V115",
			"a set of single concepts belongs here: the language knows a person's %s "
			"by label, not by descendants",
			"此处应为单个概念组成的集合：%s 按标签识别，不按下级概念", key);
		return false;
	}
	*out = any_of(c, draft_copy(&c->r.pen, set->codes), key);
	out->absent = exclusion;
	return true;
}
