#include <string.h>

#include "sql/writing.h"

/*
 * What a question asks of the vocabulary before it runs: how many concepts its codes stand for, and which. A
 * statement that reads no table of patients; what it gives depends on nobody. Beside it what the planner may rely
 * on, from the catalog, and a key in the middle of the patients, from the statistics, which no release depends on.
 */

enum {
	MANY_PATIENTS = 100000
};

static void sizes(
	struct sql_writing *w, struct text *t, const struct sql_codes_of *lists, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		text_addf(t, "SELECT %u::int8, ", i);
		sql_codes_count(w, t, lists[i].codes, lists[i].n);
		text_add(t, "\nUNION ALL ");
	}
}

static void sets(struct sql_writing *w, struct text *t, const struct sql_writing *of, unsigned n)
{
	for (unsigned k = 0; k < of->n_lists; k++) {
		text_addf(t, "(SELECT DISTINCT %u::int8, s.c::int8 FROM (", n + k);
		sql_codes_of_set(w, t, of, k + 1);
		text_addf(t, ") s(c) WHERE s.c IS NOT NULL LIMIT %d)\nUNION ALL ",
			MAX_SET_CONCEPTS + 1);
	}
}

/* ---- the tables of patients ---- */

struct tables {
	const struct table *list[MAX_CRITERIA];
	unsigned n;
	bool all; /* each has a patient key, and there are no more */
};

static void reads(struct tables *r, const struct table *t)
{
	if (t == NULL)
		return;
	for (unsigned i = 0; i < r->n; i++)
		if (strcmp(r->list[i]->name, t->name) == 0)
			return;
	r->all &= t->key != NULL && r->n < MAX_CRITERIA;
	if (r->n < MAX_CRITERIA)
		r->list[r->n++] = t;
}

static void tree_reads(struct tables *r, const struct criterion *tree)
{
	for (const struct criterion *c = tree; c != NULL; c = c->next) {
		reads(r, c->table);
		tree_reads(r, c->children);
		tree_reads(r, c->with);
	}
}

/* Of officers' cohorts and groups of values nobody has measured how they are best planned. */
static void plan_reads(struct tables *r, const struct plan *plan)
{
	r->all = plan->rows == NULL && plan->entry != NULL && plan->of.measure == NULL;
	for (unsigned i = 0; i < plan->n_dims; i++)
		r->all &= plan->dims[i].measure == NULL && !plan->dims[i].of_rows;
	reads(r, plan->patients);
	reads(r, plan->observation.table);
	tree_reads(r, plan->entry);
	tree_reads(r, plan->root);
	tree_reads(r, plan->of.event);
}

static void in_order(struct sql_writing *w, struct text *t, unsigned i)
{
	struct tables r = { .n = 0 };
	struct text names, keys;

	plan_reads(&r, w->plan);
	if (!r.all) {
		text_addf(t, "SELECT %u::int8, 0::int8", i);
		return;
	}
	text_init(&names, MAX_SQL_BYTES);
	text_init(&keys, MAX_SQL_BYTES);
	text_addc(&names, '{');
	text_addc(&keys, '{');
	for (unsigned k = 0; k < r.n; k++) {
		const char *key = r.list[k]->key->column;

		sql_array_text(&names, r.list[k]->name, strlen(r.list[k]->name));
		sql_array_text(&keys, key, strlen(key));
	}
	text_addc(&names, '}');
	text_addc(&keys, '}');
	text_addf(t, "SELECT %u::int8, (SELECT (count(*) = 0)::int4::int8 FROM unnest(", i);
	sql_value(w, t, sql_take(&names, w->arena), "text[]");
	text_add(t, ", ");
	sql_value(w, t, sql_take(&keys, w->arena), "text[]");
	text_add(t, ") r(t, k) WHERE NOT EXISTS (SELECT 1 FROM pg_class t"
		    " JOIN pg_namespace n ON n.oid = t.relnamespace JOIN pg_index x ON x.indrelid "
		    "= t.oid"
		    " JOIN pg_attribute k ON k.attrelid = t.oid AND k.attnum = x.indkey[0]"
		    " WHERE t.relkind IN ('r', 'p') AND t.reltuples >= 0 AND x.indisvalid"
		    " AND x.indpred IS NULL AND n.nspname || '.' || t.relname = r.t"
		    " AND k.attname = r.k))");
}

/* A key with as many patients on one side as on the other, where both are worth a process of their own. */
static void middle(struct sql_writing *w, struct text *t, unsigned i)
{
	struct tables r = { .n = 0 };

	plan_reads(&r, w->plan);
	if (!r.all)
		return;
	text_addf(t,
		"\nUNION ALL SELECT %u::int8, h.m FROM (SELECT CASE WHEN k.atttypid IN (20, 21, "
		"23) "
		"THEN "
		"(s.histogram_bounds::text::int8[])[array_length(s.histogram_bounds::text::int8"
		"[], 1) / 2] END AS m FROM pg_stats s"
		" JOIN pg_namespace n ON n.nspname = s.schemaname"
		" JOIN pg_class t ON t.relnamespace = n.oid AND t.relname = s.tablename"
		" JOIN pg_attribute k ON k.attrelid = t.oid AND k.attname = s.attname"
		" WHERE NOT s.inherited AND t.reltuples >= %d"
		" AND least(current_setting('max_parallel_workers_per_gather')::int4,"
		" current_setting('max_parallel_workers')::int4) >= 2"
		" AND current_setting('parallel_setup_cost')::float8 <= 10000"
		" AND n.nspname || '.' || t.relname = ",
		i, MANY_PATIENTS);
	sql_value(w, t, w->plan->patients->name, "text");
	text_add(t, " AND k.attname = ");
	sql_value(w, t, w->plan->key->column, "text");
	text_add(t, ") h WHERE h.m IS NOT NULL");
}

/* ---- the whole ---- */

int sql_vocabulary(const struct plan *plan, const struct sql_facts *facts,
	const struct sql_codes_of *lists, unsigned n, struct arena *arena, struct sql *out,
	unsigned *n_sets, struct error *err)
{
	struct sql_facts open = *facts;
	struct sql_writing of = { .plan = plan, .facts = &open, .arena = arena };
	struct sql_writing w = { .plan = plan, .facts = &open, .arena = arena };
	const char *whole;
	struct text t;

	open.sets = NULL;
	open.salt = "";
	text_init(&t, MAX_SQL_BYTES);
	sql_compose(&of, &t);
	text_clear(&t);
	text_init(&t, MAX_SQL_BYTES);
	if (of.wrong == NULL) {
		sizes(&w, &t, lists, n);
		sets(&w, &t, &of, n);
		in_order(&w, &t, n + of.n_lists);
		middle(&w, &t, n + of.n_lists + 1);
	}
	sql_writing_clear(&of);
	whole = sql_take(&t, arena);
	if (whole != NULL && w.normal)
		whole = arena_textf(arena, "WITH %s\n%s", sql_spelling(&w), whole);
	if (of.wrong != NULL || w.wrong != NULL || whole == NULL)
		return sql_not_written(err, of.wrong != NULL  ? of.wrong
					    : w.wrong != NULL ? w.wrong
							      : "");
	*out = (struct sql){ .text = whole, .values = w.values, .n_values = w.n_values };
	*n_sets = of.n_lists;
	return 0;
}
