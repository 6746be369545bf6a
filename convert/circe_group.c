#include "convert/circe.h"

#include <string.h>
#include <strings.h>

#include "convert/circe_kinds.h"

/* Groups of criteria, and how a criterion stands towards the event that the group is said about. */

static const struct clause holds = { .truth = HOLDS };
static const struct clause never = { .truth = NEVER };

static struct clause says(struct draft *d)
{
	return (struct clause){ .truth = SAYS, .d = d };
}

struct draft *circe_member(struct circe *c, struct clause clause)
{
	struct draft *list;

	if (!clause.absent)
		return clause.d;
	list = draft_list(&c->r.pen);
	draft_add(&c->r.pen, list, NULL, clause.d);
	return draft_pair(&c->r.pen, "none", list);
}

bool circe_gather(struct circe *c, struct clause clause, struct draft *all, struct draft *none)
{
	if (clause.truth == SAYS)
		draft_add(&c->r.pen, clause.absent ? none : all, NULL, clause.d);
	return clause.truth != NEVER;
}

/* ---- where an event stands ---- */

static struct draft *window(
	struct circe *c, const char *from, const char *to, bool on_end, bool to_end)
{
	struct draft *map = draft_map(&c->r.pen);

	draft_add(&c->r.pen, map, "from", draft_text(&c->r.pen, "%s", from));
	draft_add(&c->r.pen, map, "to", draft_text(&c->r.pen, "%s", to));
	if (on_end)
		draft_add(&c->r.pen, map, "on", draft_text(&c->r.pen, "end"));
	if (to_end)
		draft_add(&c->r.pen, map, "to_on", draft_text(&c->r.pen, "end"));
	return map;
}

static void add_within(struct circe *c, struct draft *map, struct draft *windows)
{
	if (windows->count == 1)
		draft_add(&c->r.pen, map, "within", windows->first);
	else if (windows->count > 1)
		draft_add(&c->r.pen, map, "within", windows);
}

/* An end of a window: days, or none for as far as there is. */
struct edge {
	bool open;
	int64_t days, coeff;
};

static bool read_edge(struct circe *c, const struct spot *at, struct edge *out)
{
	static const char *const keys[] = { "Days", "Coeff", NULL };
	struct spot days = spot_key(at, "Days"), coeff = spot_key(at, "Coeff");

	if (!spot_keys(&c->r, at, keys) || !spot_int(&c->r, &coeff, &out->coeff))
		return false;
	out->open = days.at == NULL;
	out->days = 0;
	if (out->open)
		return true;
	if (!spot_int(&c->r, &days, &out->days))
		return false;
	if (out->coeff < -1 || out->coeff > 1) {
		spot_refuse(&c->r, &coeff, "V108", "the coefficient is -1, before, or 1, after",
			"系数应为 -1（之前）或 1（之后）");
		return false;
	}
	out->days *= out->coeff;
	/* no one is under observation for longer than that */
	out->open = out->days > MAX_WINDOW_DAYS || out->days < -MAX_WINDOW_DAYS;
	return true;
}

static const char *edge_text(struct circe *c, const struct edge *e, bool start, char buf[32])
{
	(void)c;
	if (e->open)
		return start ? "all days before" : "all days after";
	snprintf(buf, 32, "%lld days", (long long)e->days);
	return buf;
}

/* An open end on the wrong side stands for the far end of the observation period, when that is looked at. */
static bool wrong_side(
	struct circe *c, const struct spot *at, const struct edge *e, bool start, bool inside)
{
	if (!e->open || !inside || (start ? e->coeff == -1 : e->coeff != -1))
		return false;
	spot_refuse(&c->r, at, "V118",
		"a window from the last day of observation, or to its first, is not part of the "
		"language",
		"问题语言没有“从观察期最后一天起”或“到观察期第一天止”的窗口");
	return true;
}

static bool read_flag(struct circe *c, const struct spot *at, bool absent, bool *out)
{
	*out = absent;
	return at->at == NULL || spot_bool(&c->r, at, out);
}

/* One window; `start`: that on the first day of the event. False when something was refused. */
static bool read_window(struct circe *c, const struct spot *at, bool start, bool inside,
	struct draft *windows, bool *nothing)
{
	static const char *const keys[] = { "Start", "End", "UseIndexEnd", "UseEventEnd", NULL };
	struct spot from_at = spot_key(at, "Start"), to_at = spot_key(at, "End"),
		    index_end = spot_key(at, "UseIndexEnd"),
		    event_end = spot_key(at, "UseEventEnd");
	struct edge from, to;
	bool on_end, to_end;
	char a[32], b[32];

	if (!spot_keys(&c->r, at, keys) || !read_edge(c, &from_at, &from) ||
		!read_edge(c, &to_at, &to) || !read_flag(c, &index_end, false, &to_end) ||
		!read_flag(c, &event_end, !start, &on_end) ||
		wrong_side(c, &from_at, &from, true, inside) ||
		wrong_side(c, &to_at, &to, false, inside))
		return false;
	*nothing = *nothing || (!from.open && !to.open && from.days > to.days);
	/* inside the observation period an open end is that period's, which the first day of the event
	 * cannot pass and its last day can */
	if (from.open && to.open && !(on_end && inside))
		return true;
	draft_add(&c->r.pen, windows, NULL,
		window(c, edge_text(c, &from, true, a), edge_text(c, &to, false, b), on_end,
			to_end));
	return true;
}

struct clause circe_starts(struct circe *c, unsigned parents, const struct span *days)
{
	struct draft *list = draft_list(&c->r.pen), *map;

	/* The event itself is one of its kind on its day, so such an event is there on one of these days
	 * exactly when it is one of these days. */
	for (int kind = 0; kind < EVENTS; kind++) {
		if ((parents & (1U << kind)) == 0)
			continue;
		map = draft_map(&c->r.pen);
		draft_add(&c->r.pen, map, event_name((enum event_kind)kind),
			draft_text(&c->r.pen, "any"));
		draft_add(&c->r.pen, map, "during", circe_days_draft(c, days));
		draft_add(&c->r.pen, map, "within", window(c, "0 days", "0 days", false, false));
		draft_add(&c->r.pen, map, "inside_observation", draft_text(&c->r.pen, "no"));
		draft_add(&c->r.pen, list, NULL, map);
	}
	return says(list->count == 1 ? list->first : draft_pair(&c->r.pen, "any", list));
}

struct clause circe_ends(struct circe *c, unsigned parents, const struct span *days)
{
	struct draft *list = draft_list(&c->r.pen), *map, *windows;

	for (int kind = 0; kind < EVENTS; kind++) {
		if ((parents & (1U << kind)) == 0)
			continue;
		map = draft_map(&c->r.pen);
		windows = draft_list(&c->r.pen);
		draft_add(&c->r.pen, windows, NULL, window(c, "0 days", "0 days", false, false));
		draft_add(&c->r.pen, windows, NULL, window(c, "0 days", "0 days", true, true));
		draft_add(&c->r.pen, map, event_name((enum event_kind)kind),
			draft_text(&c->r.pen, "any"));
		draft_add(&c->r.pen, map, "ends", circe_days_draft(c, days));
		draft_add(&c->r.pen, map, "within", windows);
		draft_add(&c->r.pen, map, "inside_observation", draft_text(&c->r.pen, "no"));
		draft_add(&c->r.pen, list, NULL, map);
	}
	return says(list->count == 1 ? list->first : draft_pair(&c->r.pen, "any", list));
}

struct clause circe_observed(struct circe *c, const struct span *until)
{
	struct draft *map = draft_map(&c->r.pen), *windows = draft_list(&c->r.pen);

	draft_add(
		&c->r.pen, map, event_name(EVENT_OBSERVATION_PERIOD), draft_text(&c->r.pen, "any"));
	if (until != NULL)
		draft_add(&c->r.pen, map, "ends", circe_days_draft(c, until));
	draft_add(&c->r.pen, windows, NULL, window(c, "all days before", "0 days", false, false));
	draft_add(&c->r.pen, windows, NULL, window(c, "0 days", "all days after", true, false));
	draft_add(&c->r.pen, map, "within", windows);
	draft_add(&c->r.pen, map, "inside_observation", draft_text(&c->r.pen, "no"));
	return says(map);
}

/* ---- how often ---- */

struct often {
	int64_t type, count;  /* 0 exactly, 1 at most, 2 at least */
	const char *distinct; /* or NULL */
};

static bool read_distinct(
	struct circe *c, const struct spot *at, const struct event *e, struct often *out)
{
	static const struct {
		const char *column, *word;
	} columns[] = { { "DOMAIN_CONCEPT", "concept" }, { "START_DATE", "day" },
		{ "VISIT_ID", "visit" } };
	struct spot distinct = spot_key(at, "IsDistinct"), column = spot_key(at, "CountColumn");
	const struct circe_kind *kind = circe_kind_of(e->kind);
	const char *word = "DOMAIN_CONCEPT";
	bool yes;

	if (!spot_bool(&c->r, &distinct, &yes))
		return false;
	if (!yes)
		return true;
	if (column.at != NULL && (word = spot_text(&c->r, &column)) == NULL)
		return false;
	for (size_t i = 0; i < sizeof(columns) / sizeof(columns[0]); i++)
		if (strcmp(columns[i].column, word) == 0)
			out->distinct = columns[i].word;
	if (out->distinct != NULL &&
		(strcmp(word, "VISIT_ID") != 0 || (kind != NULL && kind->visit)))
		return true;
	spot_refuse(&c->r, &column, "V119",
		"the language counts distinct days, concepts and, of events that have them, visits",
		"问题语言只能按不同的日期、概念计数，或对有就诊的事件按不同就诊计数");
	return false;
}

static bool read_often(
	struct circe *c, const struct spot *at, const struct event *e, struct often *out)
{
	static const char *const keys[] = { "Type", "Count", "IsDistinct", "CountColumn", NULL };
	struct spot type = spot_key(at, "Type"), count = spot_key(at, "Count");

	*out = (struct often){ 0 };
	if (!spot_keys(&c->r, at, keys) || !spot_int(&c->r, &type, &out->type) ||
		!spot_int(&c->r, &count, &out->count) || !read_distinct(c, at, e, out))
		return false;
	if (out->type >= 0 && out->type <= 2 && out->count <= MAX_TIMES)
		return true;
	spot_refuse(&c->r, at, "V109",
		"how often is 0 exactly, 1 at most or 2 at least, up to %d times",
		"次数类型应为 0（恰好）、1（至多）或 2（至少），最多 %d 次", MAX_TIMES);
	return false;
}

/* What a criterion comes to that finds nothing. */
static struct clause found_nothing(const struct often *o)
{
	return (o->type == 2          ? o->count <= 0
		       : o->type == 1 ? o->count >= 0
				      : o->count == 0)
		       ? holds
		       : never;
}

static struct clause counted(struct circe *c, struct event *e, const struct often *o)
{
	static const char *const words[] = { "exactly", "at_most", "at_least" };
	/* records without a visit are not counted among visits, so there even one and none need saying */
	bool plain = o->distinct == NULL || strcmp(o->distinct, "visit") != 0;
	struct draft *times;

	if (o->count < 0 || (o->type == 2 && o->count == 0))
		return o->type == 2 ? holds : never;
	if (!(plain && ((o->type == 2 && o->count == 1) || (o->type != 2 && o->count == 0)))) {
		times = draft_map(&c->r.pen);
		draft_add(&c->r.pen, times, words[o->type],
			draft_text(&c->r.pen, "%lld", (long long)o->count));
		if (o->distinct != NULL)
			draft_add(&c->r.pen, times, "distinct",
				draft_text(&c->r.pen, "%s", o->distinct));
		draft_add(&c->r.pen, e->map, "times", times);
		circe_event_with(c, e);
		return says(e->map);
	}
	circe_event_with(c, e);
	return (struct clause){ .truth = SAYS, .d = e->map, .absent = o->type != 2 };
}

/* ---- one criterion of a group ---- */

static bool correlated(struct circe *c, const struct spot *at, struct clause *out)
{
	static const char *const keys[] = { "Criteria", "StartWindow", "EndWindow", "Occurrence",
		"RestrictVisit", "IgnoreObservationPeriod", NULL };
	struct spot criteria = spot_key(at, "Criteria"), start = spot_key(at, "StartWindow"),
		    end = spot_key(at, "EndWindow"), often_at = spot_key(at, "Occurrence"),
		    visit = spot_key(at, "RestrictVisit"),
		    ignore = spot_key(at, "IgnoreObservationPeriod");
	struct draft *windows = draft_list(&c->r.pen);
	bool same_visit, outside, nothing = false, good;
	struct often often;
	struct event e;

	if (!spot_keys(&c->r, at, keys) || !spot_bool(&c->r, &visit, &same_visit) ||
		!spot_bool(&c->r, &ignore, &outside))
		return false;
	good = circe_event(c, &criteria, &e);
	good = read_window(c, &start, true, !outside, windows, &nothing) && good;
	if (end.at != NULL)
		good = read_window(c, &end, false, !outside, windows, &nothing) && good;
	if (!good || !read_often(c, &often_at, &e, &often))
		return false;
	same_visit = same_visit && !pen_failed(&c->r.pen);
	if (same_visit && !circe_kind_of(e.kind)->visit)
		nothing = true; /* has no visit to be the same */
	if (e.never || nothing) {
		*out = found_nothing(&often);
		return true;
	}
	add_within(c, e.map, windows);
	if (same_visit)
		draft_add(&c->r.pen, e.map, "same_visit", draft_text(&c->r.pen, "yes"));
	/* yes goes without saying beside these, and in a `with` */
	if (outside || (windows->count == 0 && !same_visit && c->nested == 0))
		draft_add(&c->r.pen, e.map, "inside_observation",
			draft_text(&c->r.pen, outside ? "no" : "yes"));
	/* Circe's nested criteria are said about events under observation only */
	if (outside && e.nested)
		draft_add(&c->r.pen, e.with, NULL, circe_observed(c, NULL).d);
	*out = counted(c, &e, &often);
	return true;
}

static bool demographic_days(struct circe *c, const struct spot *at, unsigned parents,
	struct clause (*about)(struct circe *, unsigned, const struct span *), struct draft *all,
	bool *nobody)
{
	struct span days;

	if (at->at == NULL)
		return true;
	if (!circe_days(c, at, &days))
		return false;
	*nobody = *nobody || days.never;
	draft_add(&c->r.pen, all, NULL, about(c, parents, &days).d);
	return true;
}

static bool demographic(
	struct circe *c, const struct spot *at, unsigned parents, struct clause *out)
{
	static const char *const keys[] = { "Age", "Gender", "GenderCS", "Race", "RaceCS",
		"Ethnicity", "EthnicityCS", "OccurrenceStartDate", "OccurrenceEndDate", NULL };
	static const struct {
		const char *key, *word;
		bool (*read)(struct circe *, const struct spot *, const char *, struct clause *);
	} people[] = { { "Gender", "sex", circe_concepts_of },
		{ "GenderCS", "sex", circe_selection_of }, { "Race", "race", circe_concepts_of },
		{ "Ethnicity", "ethnicity", circe_concepts_of } };
	static const char *const slips[] = { "RaceCS", "EthnicityCS" };
	struct draft *all = draft_list(&c->r.pen), *none = draft_list(&c->r.pen);
	struct spot age = spot_key(at, "Age"), starts = spot_key(at, "OccurrenceStartDate"),
		    ends = spot_key(at, "OccurrenceEndDate");
	struct clause clause;
	bool nobody = false, good = spot_keys(&c->r, at, keys);

	if (!json_is_object(at->at))
		return false;
	if (age.at != NULL) {
		if (!circe_age(c, &age, &clause))
			good = false;
		else
			nobody = !circe_gather(c, clause, all, none) || nobody;
	}
	for (size_t i = 0; i < sizeof(people) / sizeof(people[0]); i++) {
		struct spot here = spot_key(at, people[i].key);

		if (here.at == NULL)
			continue;
		if (!people[i].read(c, &here, people[i].word, &clause))
			good = false;
		else
			nobody = !circe_gather(c, clause, all, none) || nobody;
	}
	for (size_t i = 0; i < sizeof(slips) / sizeof(slips[0]); i++) {
		struct spot here = spot_key(at, slips[i]);

		if (here.at == NULL)
			continue;
		spot_refuse(&c->r, &here, "V101",
			"circe-be compares this set with the person's sex by mistake; use a list "
			"of concepts",
			"circe-be 误将此集合与性别比较，请改用概念列表");
		good = false;
	}
	good = demographic_days(c, &starts, parents, circe_starts, all, &nobody) && good;
	good = demographic_days(c, &ends, parents, circe_ends, all, &nobody) && good;
	if (none->count > 0)
		draft_add(&c->r.pen, all, NULL, draft_pair(&c->r.pen, "none", none));
	*out = nobody ? never
	       : all->count == 0
		       ? holds
		       : says(all->count == 1 ? all->first : draft_pair(&c->r.pen, "all", all));
	return good;
}

/* ---- groups ---- */

enum {
	GROUP_ALL,
	GROUP_ANY,
	GROUP_AT_LEAST,
	GROUP_AT_MOST
};

struct group {
	int type;
	int64_t count;            /* AT_LEAST, AT_MOST */
	struct draft *all, *none; /* ALL */
	struct draft *list;       /* the others */
	bool nobody, somebody;    /* a member that nobody meets; ANY: one that all meet */
};

static bool group_type(struct circe *c, const struct spot *at, struct group *g)
{
	static const char *const words[] = { "ALL", "ANY", "AT_LEAST", "AT_MOST" };
	struct spot type = spot_key(at, "Type"), count = spot_key(at, "Count");
	const char *s = spot_text(&c->r, &type);

	for (int i = 0; s != NULL && i < 4; i++)
		if (strcasecmp(words[i], s) == 0) {
			g->type = i;
			return i < GROUP_AT_LEAST || spot_int(&c->r, &count, &g->count);
		}
	if (s != NULL)
		spot_refuse(&c->r, &type, "V109", "a group is ALL, ANY, AT_LEAST or AT_MOST",
			"条件组类型应为 ALL、ANY、AT_LEAST 或 AT_MOST");
	return false;
}

static void group_add(struct circe *c, struct group *g, struct clause clause)
{
	if (g->type == GROUP_ALL) {
		g->nobody = !circe_gather(c, clause, g->all, g->none) || g->nobody;
		return;
	}
	g->somebody = g->somebody || clause.truth == HOLDS;
	if (clause.truth == HOLDS)
		g->count--; /* one of those that are wanted, or of those that may be */
	if (clause.truth == SAYS)
		draft_add(&c->r.pen, g->list, NULL, circe_member(c, clause));
}

static struct clause all_of(struct circe *c, struct group *g)
{
	struct clause only = { .truth = SAYS, .absent = true };

	if (g->nobody)
		return never;
	if (g->all->count == 0 && g->none->count == 1) {
		only.d = g->none->first;
		return only;
	}
	if (g->none->count > 0)
		draft_add(&c->r.pen, g->all, NULL, draft_pair(&c->r.pen, "none", g->none));
	if (g->all->count == 0)
		return holds;
	return says(g->all->count == 1 ? g->all->first : draft_pair(&c->r.pen, "all", g->all));
}

static struct clause number_of(struct circe *c, struct group *g)
{
	int64_t members = (int64_t)g->list->count;
	bool at_least = g->type == GROUP_AT_LEAST;
	struct draft *map;

	if (at_least ? g->count <= 0 : g->count >= members)
		return holds;
	if (at_least ? g->count > members : g->count < 0)
		return never;
	if (g->count == (at_least ? 1 : 0)) /* at_most none of them, at least one */
		return says(at_least && members == 1
				    ? g->list->first
				    : draft_pair(&c->r.pen, at_least ? "any" : "none", g->list));
	map = draft_map(&c->r.pen);
	draft_add(&c->r.pen, map, at_least ? "at_least" : "at_most",
		draft_text(&c->r.pen, "%lld", (long long)g->count));
	draft_add(&c->r.pen, map, "of", g->list);
	return says(map);
}

static struct clause group_clause(struct circe *c, struct group *g)
{
	if (g->type == GROUP_ALL)
		return all_of(c, g);
	if (g->type != GROUP_ANY)
		return number_of(c, g);
	if (g->somebody)
		return holds;
	if (g->list->count == 0)
		return never;
	return says(g->list->count == 1 ? g->list->first : draft_pair(&c->r.pen, "any", g->list));
}

static const char *const group_lists[] = { "CriteriaList", "DemographicCriteriaList", "Groups" };

bool circe_group_empty(const struct spot *at)
{
	for (size_t i = 0; i < 3; i++) {
		struct spot list = spot_key(at, group_lists[i]);

		if (json_array_size(list.at) > 0)
			return false;
	}
	return true;
}

static bool read_member(
	struct circe *c, size_t which, const struct spot *at, unsigned parents, struct clause *out)
{
	if (which == 0)
		return correlated(c, at, out);
	return which == 1 ? demographic(c, at, parents, out) : circe_group(c, at, parents, out);
}

bool circe_group(struct circe *c, const struct spot *at, unsigned parents, struct clause *out)
{
	static const char *const keys[] = { "Type", "Count", "CriteriaList",
		"DemographicCriteriaList", "Groups", NULL };
	struct group g = { .all = draft_list(&c->r.pen),
		.none = draft_list(&c->r.pen),
		.list = draft_list(&c->r.pen) };
	bool good = spot_keys(&c->r, at, keys);
	struct clause clause;

	*out = holds;
	if (!json_is_object(at->at) || circe_group_empty(at))
		return good && json_is_object(at->at);
	good = group_type(c, at, &g) && good;
	for (size_t i = 0; i < 3; i++) {
		struct spot list = spot_key(at, group_lists[i]);

		if (list.at != NULL && !spot_list(&c->r, &list))
			good = false;
		for (size_t n = 0; n < json_array_size(list.at) && !pen_failed(&c->r.pen); n++) {
			struct spot member = spot_index(&list, n);

			if (read_member(c, i, &member, parents, &clause))
				group_add(c, &g, clause);
			else
				good = false;
		}
	}
	*out = group_clause(c, &g);
	return good && !pen_failed(&c->r.pen);
}
