#include "convert/circe.h"

#include <string.h>
#include <strings.h>

#include "convert/read.h"

/* The expression as a whole: which events set the index date, and what limits and ends mean for it. */

enum limit {
	LIMIT_FIRST,
	LIMIT_LAST,
	LIMIT_ALL
};

struct entry {
	struct event *events;
	size_t count;
	unsigned kinds; /* as bits */
	bool failed;
};

static bool read_limit(struct circe *c, const struct spot *at, enum limit *out)
{
	static const char *const keys[] = { "Type", NULL };
	static const char *const words[] = { "First", "Last", "All" };
	struct spot type = spot_key(at, "Type");
	const char *s;

	*out = LIMIT_FIRST;
	if (at->at == NULL)
		return true;
	if (!spot_keys(&c->r, at, keys))
		return false;
	if (type.at == NULL)
		return true;
	s = spot_text(&c->r, &type);
	for (int i = 0; s != NULL && i < 3; i++)
		if (strcasecmp(words[i], s) == 0) {
			*out = (enum limit)i;
			return true;
		}
	if (s != NULL)
		spot_refuse(&c->r, &type, "V109", "a limit is First, Last or All",
			"限制应为 First、Last 或 All");
	return false;
}

static bool read_entry(struct circe *c, const struct spot *primary, struct entry *out)
{
	struct spot list = spot_key(primary, "CriteriaList");
	bool good = true;

	if (!spot_list(&c->r, &list))
		return false;
	out->events = arena_array(c->r.arena, json_array_size(list.at) + 1, sizeof(*out->events));
	if (out->events == NULL)
		c->r.pen.failed = true;
	for (size_t i = 0; i < json_array_size(list.at) && !pen_failed(&c->r.pen); i++) {
		struct spot one = spot_index(&list, i);
		struct event e;

		if (!circe_event(c, &one, &e))
			good = false;
		else if (!e.never) {
			out->kinds |= 1U << e.kind;
			out->events[out->count++] = e;
		}
	}
	return good && !pen_failed(&c->r.pen);
}

static struct draft *read_observed(struct circe *c, const struct spot *at)
{
	static const char *const keys[] = { "PriorDays", "PostDays", NULL };
	struct spot prior = spot_key(at, "PriorDays"), post = spot_key(at, "PostDays");
	int64_t before = 0, after = 0;
	struct draft *map;

	if (!spot_keys(&c->r, at, keys) ||
		(prior.at != NULL && !spot_int(&c->r, &prior, &before)) ||
		(post.at != NULL && !spot_int(&c->r, &post, &after)))
		return NULL;
	map = draft_map(&c->r.pen);
	/* an event lies in its period anyway, so fewer than no days ask for nothing */
	draft_add(&c->r.pen, map, "before",
		draft_text(&c->r.pen, "%lld days", (long long)(before < 0 ? 0 : before)));
	draft_add(&c->r.pen, map, "after",
		draft_text(&c->r.pen, "%lld days", (long long)(after < 0 ? 0 : after)));
	return map;
}

/* ---- ends of the cohort period ---- */

struct ends {
	enum {
		END_PERIOD, /* of observation, which no index event passes; later ends may come before it */
		END_AFTER_START,
		END_AFTER_END
	} how;
	int64_t offset;
	bool more; /* eras or censoring events too */
};

static bool read_offset(struct circe *c, const struct spot *at, struct ends *out)
{
	static const char *const keys[] = { "DateField", "Offset", NULL };
	struct spot field = spot_key(at, "DateField"), offset = spot_key(at, "Offset");
	const char *s = "StartDate";

	if (!spot_keys(&c->r, at, keys) ||
		(offset.at != NULL && !spot_int(&c->r, &offset, &out->offset)))
		return false;
	if (field.at != NULL && (s = spot_text(&c->r, &field)) == NULL)
		return false;
	out->how = strcmp(s, "EndDate") == 0 ? END_AFTER_END : END_AFTER_START;
	if (out->offset >= 0 && (out->how == END_AFTER_END || strcmp(s, "StartDate") == 0))
		return true;
	spot_refuse(&c->r, at, "V130",
		"a cohort period that ends before it begins takes people out of Circe's cohort; "
		"this cannot be kept",
		"队列期在开始之前结束会使 Circe 剔除人员，无法保留这一含义");
	return false;
}

static bool read_ends(struct circe *c, const struct spot *root, struct ends *out)
{
	static const char *const keys[] = { "DateOffset", "CustomEra", NULL };
	struct spot strategy = spot_key(root, "EndStrategy"),
		    offset = spot_key(&strategy, "DateOffset"),
		    era = spot_key(&strategy, "CustomEra"),
		    censoring = spot_key(root, "CensoringCriteria");
	struct spot collapse = spot_key(root, "CollapseSettings");

	if (strategy.at != NULL && !spot_keys(&c->r, &strategy, keys))
		return false;
	if (offset.at != NULL && !read_offset(c, &offset, out))
		return false;
	out->more = era.at != NULL || json_array_size(censoring.at) > 0;
	if (strategy.at != NULL || json_array_size(censoring.at) > 0 || collapse.at != NULL)
		spot_notice(&c->r, root, "V123",
			"EndStrategy, CensoringCriteria and CollapseSettings shape how long people "
			"stay in a cohort, not who is counted: left out",
			"EndStrategy、CensoringCriteria、CollapseSettings "
			"只决定队列期长短，不影响计数人群，已略去");
	return true;
}

/* A window on the calendar drops who leaves before it or comes after it. */
static bool read_censor_window(struct circe *c, const struct spot *root, const struct ends *ends,
	unsigned kinds, bool last, struct draft *all)
{
	static const char *const keys[] = { "StartDate", "EndDate", NULL };
	struct spot window = spot_key(root, "CensorWindow"), start = spot_key(&window, "StartDate"),
		    end = spot_key(&window, "EndDate");
	struct span from = { .has_low = true }, to = { .has_high = true };
	int32_t day;

	if (window.at == NULL)
		return true;
	if (!spot_keys(&c->r, &window, keys))
		return false;
	if (end.at != NULL) {
		if (!spot_day(&c->r, &end, &day))
			return false;
		to.high = day;
		draft_add(&c->r.pen, all, NULL, circe_starts(c, kinds, &to).d);
	}
	if (start.at != NULL) {
		if (!spot_day(&c->r, &start, &day))
			return false;
		from.low = day;
		draft_add(&c->r.pen, all, NULL, circe_observed(c, &from).d);
		from.low = day - ends->offset;
		if (ends->how == END_AFTER_START)
			draft_add(&c->r.pen, all, NULL, circe_starts(c, kinds, &from).d);
		if (ends->how == END_AFTER_END)
			draft_add(&c->r.pen, all, NULL, circe_ends(c, kinds, &from).d);
	}
	if ((start.at == NULL || !ends->more) && (!last || (start.at == NULL && end.at == NULL)))
		return true;
	spot_refuse(&c->r, &window, "V131",
		"with these ends of the cohort period, who is left in this window cannot be said",
		"在此种队列期结束方式下，无法表达此时间窗内留下的人员");
	return false;
}

/* ---- putting it together ---- */

struct whole {
	enum limit primary, qualified, expression;
	struct entry entry;
	struct draft *observed;
	struct clause additional;
	bool has_additional; /* even one without members makes Circe apply the qualified limit */
	struct draft *all, *none;
	bool nobody;
	struct ends ends;
};

static bool read_rules(struct circe *c, const struct spot *root, struct whole *w)
{
	static const char *const keys[] = { "name", "description", "expression", NULL };
	struct spot list = spot_key(root, "InclusionRules");
	bool good = true;

	if (list.at != NULL && !spot_list(&c->r, &list))
		return false;
	for (size_t i = 0; i < json_array_size(list.at) && !pen_failed(&c->r.pen); i++) {
		struct spot rule = spot_index(&list, i), name = spot_key(&rule, "name"),
			    expression = spot_key(&rule, "expression");
		struct clause clause;

		if (!spot_keys(&c->r, &rule, keys) ||
			!circe_group(c, &expression, w->entry.kinds, &clause)) {
			good = false;
			continue;
		}
		if (clause.truth == SAYS && json_is_string(name.at))
			draft_comment(&c->r.pen, clause.d, "%s", json_string_value(name.at));
		w->nobody = !circe_gather(c, clause, w->all, w->none) || w->nobody;
	}
	return good;
}

/* Circe chooses among several events after the additional criteria. */
static bool for_entry(const struct whole *w)
{
	return w->primary == LIMIT_ALL && w->qualified != LIMIT_ALL;
}

/* Additional criteria decide which events may set the index date, when Circe chooses among several after them. */
static void place_additional(struct circe *c, struct whole *w)
{
	if (!w->has_additional)
		return;
	if (w->additional.truth == NEVER)
		w->nobody = true;
	if (w->additional.truth != SAYS)
		return;
	if (!for_entry(w)) {
		(void)circe_gather(c, w->additional, w->all, w->none);
		return;
	}
	for (size_t i = 0; i < w->entry.count; i++)
		draft_add(&c->r.pen, w->entry.events[i].with, NULL,
			draft_copy(&c->r.pen, circe_member(c, w->additional)));
}

static enum limit index_of(const struct whole *w)
{
	if (w->primary != LIMIT_ALL)
		return w->primary;
	return w->has_additional ? w->qualified : LIMIT_ALL;
}

static struct draft *cohort_draft(struct circe *c, struct whole *w)
{
	static const char *const words[] = { "first", "last", "each" };
	struct draft *map = draft_map(&c->r.pen), *entry = draft_list(&c->r.pen);

	for (size_t i = 0; i < w->entry.count; i++) {
		circe_event_with(c, &w->entry.events[i]);
		draft_add(&c->r.pen, entry, NULL, w->entry.events[i].map);
	}
	draft_add(&c->r.pen, map, "entry", entry->count == 1 ? entry->first : entry);
	draft_add(&c->r.pen, map, "index", draft_text(&c->r.pen, "%s", words[index_of(w)]));
	draft_add(&c->r.pen, map, "observed", w->observed);
	if (w->all->count > 0)
		draft_add(&c->r.pen, map, "all", w->all);
	if (w->none->count > 0)
		draft_add(&c->r.pen, map, "none", w->none);
	return map;
}

static bool read_primary(struct circe *c, const struct spot *root, struct whole *w)
{
	static const char *const keys[] = { "CriteriaList", "ObservationWindow",
		"PrimaryCriteriaLimit", NULL };
	struct spot primary = spot_key(root, "PrimaryCriteria"),
		    window = spot_key(&primary, "ObservationWindow"),
		    limit = spot_key(&primary, "PrimaryCriteriaLimit"),
		    qualified = spot_key(root, "QualifiedLimit"),
		    expression = spot_key(root, "ExpressionLimit");
	bool good = spot_keys(&c->r, &primary, keys);

	if (!json_is_object(primary.at))
		return false;
	good = read_limit(c, &limit, &w->primary) && good;
	good = read_limit(c, &qualified, &w->qualified) && good;
	good = read_limit(c, &expression, &w->expression) && good;
	good = read_entry(c, &primary, &w->entry) && good;
	w->observed = read_observed(c, &window);
	return good && w->observed != NULL;
}

static bool read_whole(struct circe *c, const struct spot *root, struct whole *w)
{
	static const char *const keys[] = { "cdmVersionRange", "Title", "PrimaryCriteria",
		"AdditionalCriteria", "ConceptSets", "QualifiedLimit", "ExpressionLimit",
		"InclusionRules", "EndStrategy", "CensoringCriteria", "CollapseSettings",
		"CensorWindow", NULL };
	struct spot sets = spot_key(root, "ConceptSets"),
		    additional = spot_key(root, "AdditionalCriteria");
	bool good = spot_keys(&c->r, root, keys);

	if (!json_is_object(root->at))
		return false;
	w->all = draft_list(&c->r.pen);
	w->none = draft_list(&c->r.pen);
	circe_sets(c, &sets);
	good = read_primary(c, root, w) && good;
	w->has_additional = additional.at != NULL;
	w->additional.truth = HOLDS;
	c->nested = for_entry(w);
	if (w->has_additional)
		good = circe_group(c, &additional, w->entry.kinds, &w->additional) && good;
	c->nested = 0;
	place_additional(c, w);
	good = read_rules(c, root, w) && good;
	good = read_ends(c, root, &w->ends) && good;
	return read_censor_window(c, root, &w->ends, w->entry.kinds,
		       w->expression == LIMIT_LAST && index_of(w) == LIMIT_ALL, w->all) &&
	       good;
}

struct draft *circe_read(struct reading *r, json_t *expression, struct draft **sets)
{
	struct circe c = { .r = *r };
	struct spot root = { .at = expression };
	struct whole w = { 0 };
	struct draft *cohort = NULL;
	bool good = read_whole(&c, &root, &w);

	if (good && (w.nobody || w.entry.count == 0)) {
		spot_refuse(&c.r, &root, "V132",
			"nobody can meet this definition: see the notices for the part that finds "
			"nothing",
			"没有人能满足此定义：哪一部分查不到记录请见提示");
		good = false;
	}
	if (good) {
		cohort = cohort_draft(&c, &w);
		*sets = circe_sets_draft(&c, cohort);
	}
	*r = c.r;
	return cohort;
}
