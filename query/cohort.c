/*
 * cohort.c - reading a cohort: from nodes to a tree of parts, with a sentence for everything that
 * is wrong. The tree given out is tidy (part.h). Whether a site offers a code, a measure or a label
 * is not asked here.
 */
#include "query/cohort.h"

#include <string.h>

#include "query/part.h"
#include "query/reading.h"
#include "query/words.h"

static const char *const index_names[] = {
	[INDEX_FIRST] = "first",
	[INDEX_LAST] = "last",
	[INDEX_EACH] = "each",
};

const char *index_name(enum index_rule rule)
{
	return index_names[rule];
}

static void add_entry(struct reading *r, const struct node *n, struct part ***link, unsigned *count)
{
	struct part *p = r->failed || r->criteria > MAX_CRITERIA ? NULL : read_event(r, n, "entry");

	if (p == NULL)
		return;
	**link = p;
	*link = &p->next;
	(*count)++;
}

/* One event, or a list of which any will do. */
static void read_entry(struct reading *r, const struct node *n, struct cohort *out)
{
	struct part **link = &out->entry;

	r->in_entry = true;
	if (n->kind != NODE_LIST)
		add_entry(r, n, &link, &out->n_entries);
	else if (n->count == 0)
		diag_error(r->ds, "Q134", n->at, "the list of '%s' is empty; leave '%s' out",
			"“%s”的列表为空，请删去“%s”", n->key, n->key);
	else
		NODE_EACH(c, n) {
			add_entry(r, c, &link, &out->n_entries);
		}
	r->in_entry = false;
}

static void read_index(struct reading *r, const struct node *n, struct cohort *out)
{
	int word = words_one_of(n, "index", index_names, 3, r->ds);

	out->index_at = n->at;
	if (word >= 0)
		out->index = (enum index_rule)word;
	if (!r->has_index)
		diag_error(r->ds, "Q137", n->key_at,
			"'index' chooses among the entry events; give the cohort an 'entry'",
			"“index”用于选择入组事件，请为队列写“entry”");
}

/* The map form: all's members are the root's, any and none are one member each, behind them. */
static void read_expression(struct reading *r, const struct node *n, struct cohort *out)
{
	const struct node *all = node_get(n, "all"), *entry = node_get(n, "entry"),
			  *index = node_get(n, "index"), *observed = node_get(n, "observed");

	words_keys(n, IN_COHORT, r->ds);
	r->has_index = entry != NULL;
	if (entry != NULL)
		read_entry(r, entry, out);
	if (index != NULL)
		read_index(r, index, out);
	if (observed != NULL)
		read_observed(r, observed, out);
	if (all != NULL)
		read_members(r, all, 1, out->root);
	for (int i = 0; i < 2; i++) {
		const struct node *list = node_get(n, i == 0 ? "any" : "none");
		struct part *group =
			list == NULL ? NULL
				     : part_new(r, i == 0 ? PART_ANY : PART_NONE, list->key_at);
		struct part **link = &out->root->children;

		if (group == NULL)
			continue;
		read_members(r, list, 2, group);
		while (*link != NULL)
			link = &(*link)->next;
		*link = group;
		out->root->n_children++;
	}
}

static void count_parts(const struct part *p, unsigned depth, struct cohort *out)
{
	if (depth > out->depth)
		out->depth = depth;
	for (const struct part *c = p->children; c != NULL; c = c->next) {
		out->criteria += !part_is_group(c);
		if (part_is_group(c))
			count_parts(c, depth + 1, out);
		else if (c->with != NULL)
			count_parts(c->with, depth + 1, out);
	}
}

static void count_all(struct cohort *c)
{
	struct part entry = { .children = c->entry };

	count_parts(c->root, 1, c);
	count_parts(&entry, 1, c);
}

int cohort_read(struct reading *r, const struct node *n, struct cohort *out)
{
	struct cohort c = { .before = -1, .after = -1 };
	struct diags *ds = r->ds;
	size_t before = ds->errors;

	c.root = part_new(r, PART_ALL, n == NULL ? (struct place){ .line = 0 } : n->at);
	if (c.root != NULL && n != NULL && n->kind == NODE_TEXT)
		c.officer = words_id(n, "cohort", ds);
	else if (c.root != NULL && n != NULL &&
		 words_map(n, "cohort",
			 SAY("an officer's cohort id, or a map with entry, all, any, none",
				 "合规人员既定队列的标识，或含 entry、all、any、none 的映射"),
			 ds))
		read_expression(r, n, &c);
	if (!r->failed && ds->errors == before)
		part_tidy_cohort(r, &c);
	if (r->failed)
		diag_error(ds, "Q190", (struct place){ .line = 0 },
			"memory ended while reading this question", "读取该问题时内存不足");
	if (ds->errors != before)
		return -1;
	count_all(&c);
	*out = c;
	return 0;
}

int cohort_build(const struct node *n, struct arena *arena, struct diags *ds, struct cohort *out)
{
	struct reading r = { .arena = arena, .ds = ds };
	const struct node *cohort = node_get(n, "cohort");
	struct cohort c;
	size_t before = ds->errors;

	if (cohort == NULL)
		return cohort_read(&r, n, out);
	words_keys(n, IN_FILE, ds);
	sets_read(&r, node_get(n, "sets"));
	if (cohort_read(&r, cohort, &c) < 0)
		return -1;
	sets_check_used(&r);
	if (ds->errors != before)
		return -1;
	*out = c;
	return 0;
}

static int32_t later(int32_t a, int32_t b)
{
	return a > b ? a : b; /* DAY_NONE is the least */
}

/* Of parts linked by next, and of all that stand in them. */
static int32_t last_day(const struct part *list)
{
	int32_t day = DAY_NONE;

	for (const struct part *p = list; p != NULL; p = p->next) {
		if (p->kind == PART_EVENT || p->kind == PART_MEASURE)
			day = later(day, p->to);
		day = later(day, last_day(p->children));
		if (p->with != NULL)
			day = later(day, last_day(p->with->children));
	}
	return day;
}

int32_t cohort_last_day(const struct cohort *c)
{
	return later(last_day(c->entry), last_day(c->root));
}
