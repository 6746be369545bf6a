#include "sql/writing.h"

/*
 * What a tree of criteria is like: how often each must be met, what it looks at, what can be written in one piece.
 */

struct sql_often sql_often(const struct criterion *c)
{
	struct sql_often o = { .n = 1 };

	if (!c->has_times)
		return o;
	o.n = c->times;
	o.exactly = c->times_how == EXACTLY && c->times > 0;
	o.always = c->times_how == AT_LEAST && c->times == 0;
	o.negated = c->times_how == AT_MOST || (c->times_how == EXACTLY && c->times == 0);
	if (o.negated)
		o.n++;
	return o;
}

bool sql_counted(const struct criterion *c)
{
	struct sql_often o = sql_often(c);

	return !o.always &&
	       (o.exactly || o.n > 1 || (c->has_times && c->distinct != DISTINCT_EVENTS));
}

bool sql_is_event(const struct criterion *c)
{
	return c->kind == PART_EVENT || c->kind == PART_MEASURE;
}

bool sql_is_group(const struct criterion *c)
{
	return c->kind == PART_ALL || c->kind == PART_ANY || c->kind == PART_NONE ||
	       c->kind == PART_OF;
}

/* ---- what is looked at ---- */

static void event_needs(const struct criterion *c, bool index, struct sql_needs *out)
{
	for (unsigned i = 0; i < c->n_windows && i < MAX_WINDOWS; i++) {
		if (c->windows[i].of_index != index)
			continue;
		out->day = true;
		out->last |= c->windows[i].to_end;
	}
	if (index)
		return;
	out->visit |= c->same_visit;
	out->period |= c->inside;
}

void sql_needs(const struct criterion *tree, bool index, struct sql_needs *out)
{
	if (tree == NULL)
		return;
	if (sql_is_event(tree)) {
		event_needs(tree, index, out);
		if (index)
			sql_needs(tree->with, true, out);
	}
	for (const struct criterion *k = tree->children; k != NULL; k = k->next)
		sql_needs(k, index, out);
}

bool sql_of_index(const struct criterion *tree)
{
	struct sql_needs n = { 0 };

	sql_needs(tree, true, &n);
	return n.day;
}

bool sql_depends(const struct criterion *c)
{
	return c->n_windows > 0 || c->same_visit || c->inside || sql_of_index(c->with);
}

bool sql_of_people(const struct criterion *tree)
{
	if (tree == NULL)
		return false;
	if (!sql_is_group(tree))
		return sql_is_event(tree) ? sql_of_people(tree->with) : true;
	for (const struct criterion *k = tree->children; k != NULL; k = k->next)
		if (sql_of_people(k))
			return true;
	return false;
}

bool sql_has_event(const struct criterion *tree)
{
	if (sql_is_event(tree))
		return true;
	for (const struct criterion *k = tree->children; k != NULL; k = k->next)
		if (sql_has_event(k))
			return true;
	return false;
}

unsigned sql_events_in(const struct criterion *tree)
{
	unsigned n = sql_is_event(tree) ? 1 : 0;

	if (n > 0 && tree->with != NULL)
		n += sql_events_in(tree->with);
	for (const struct criterion *k = tree->children; k != NULL; k = k->next)
		n += sql_events_in(k);
	return n;
}

static bool plain_tree(const struct criterion *tree)
{
	if (sql_is_event(tree))
		return !sql_counted(tree) && !sql_of_index(tree) && sql_plain(tree);
	if (!sql_has_event(tree))
		return true;
	if (tree->kind != PART_ALL && tree->kind != PART_NONE)
		return false;
	for (const struct criterion *k = tree->children; k != NULL; k = k->next)
		if (!plain_tree(k) ||
			(tree->kind == PART_NONE && !sql_is_event(k) && sql_has_event(k)))
			return false;
	return true;
}

bool sql_plain(const struct criterion *c)
{
	return c->with == NULL ||
	       (sql_events_in(c->with) <= SQL_MOST_TOGETHER && plain_tree(c->with));
}

bool sql_needs_period(const struct criterion *c)
{
	struct sql_needs n = { 0 };

	sql_needs(c->with, false, &n);
	return n.period;
}
