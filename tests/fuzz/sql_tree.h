/*
 * sql_tree.h - a statement read again by PostgreSQL's own parser (libpg_query). Aborts when a statement that may be
 * sent to a hospital's database
 *
 *   is not exactly one SELECT, or holds anything else under its WITH: INTO, FOR UPDATE;
 *   calls a function that is not in `functions` below;
 *   reads a table that is neither listed in the policy nor the model's vocabulary nor one of its own WITH;
 *   reads a column by a name that neither they nor the statement itself has;
 *   holds a text that is not in `texts` below, so that every value is a parameter.
 *
 * Its names clash with libpq's: only for programs that talk to no database.
 */
#ifndef TESTS_SQL_TREE_H
#define TESTS_SQL_TREE_H

#include <jansson.h>
#include <pg_query.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policies/decide/decide.h"
#include "sql/sql.h"

/* All defined for every value, none with an effect, a file, a process or the time in it. */
static const char *const functions[] = { "count", "min", "max", "sum", "left", "upper", "btrim",
	"translate", "unnest", "row_number", "extract", "getdatabaseencoding", "convert_from",
	"convert_to", "sha256", "substr", "string_agg", "cardinality", NULL };
static const char *const texts[] = { "", ".", "year", "quarter", ". \t\r\n", "r", "f", "O", "A", "0001-01-01", "9999-12-31",
	"-infinity", "UTF8", "EUC_CN", "abcdefghijklmnopqrstuvwxyz -", "ABCDEFGHIJKLMNOPQRSTUVWXYZ",
	/* sql_spelling(): letters and what looks like them, as bytes */
	"ABCDEFGHIJKLMNOPQRSTUVWXYZABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789:",
	"\\xefbca1efbca2efbca3efbca4efbca5efbca6efbca7efbca8efbca9efbcaaefbcabefbcacefbcadefbcaeefbcafefbcb0"
	"efbcb1efbcb2efbcb3efbcb4efbcb5efbcb6efbcb7efbcb8efbcb9efbcbaefbd81efbd82efbd83efbd84efbd85efbd86efbd87"
	"efbd88efbd89efbd8aefbd8befbd8cefbd8defbd8eefbd8fefbd90efbd91efbd92efbd93efbd94efbd95efbd96efbd97efbd98"
	"efbd99efbd9aefbc90efbc91efbc92efbc93efbc94efbc95efbc96efbc97efbc98efbc99efbc9aefbc8ee38080",
	"\\xc2a0e2808be2808defbbbf", NULL };
/* What proves that the patients' key is still unique, and that keys are held to it. */
static const char *const proof[] = { "pg_index", "pg_class", "pg_namespace", "pg_attribute",
	"pg_constraint", "pg_trigger", NULL };
static const char *const proof_columns[] = { "oid", "relnamespace", "relname", "relkind",
	"relhassubclass", "nspname", "indrelid", "indpred", "indnkeyatts", "indkey", "indisvalid",
	"indisunique", "indimmediate", "indexprs", "attrelid", "attnum", "attname", "conrelid", "confrelid",
	"conkey", "confkey", "contype", "convalidated", "relrowsecurity", "attnotnull", "atttypid",
	"attcollation", "tgconstraint", "tgenabled", NULL };

static unsigned long n_written; /* statements */

static void must_hold(bool held, const char *what, const char *name)
{
	if (held)
		return;
	fprintf(stderr, "fuzz_compile: %s: %s\n", what, name);
	abort();
}

/* ---- the names that a statement may use ---- */

static bool among(const char *const *list, const char *name)
{
	for (; *list != NULL; list++)
		if (strcmp(*list, name) == 0)
			return true;
	return false;
}

static bool same(const char *a, const char *b)
{
	return a != NULL && strcmp(a, b) == 0;
}

static bool is_vocabulary(const struct model *m, const char *table)
{
	return same(m->ancestors, table) || same(m->vocabulary.concepts, table) ||
	       same(m->vocabulary.maps, table);
}

static bool of_vocabulary(const struct model *m, const char *column)
{
	const struct model_vocabulary *v = &m->vocabulary;
	const char *const all[] = { m->ancestor, m->descendant, v->id, v->system, v->code, v->from,
		v->to, v->kind, v->invalid, v->maps_invalid };

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		if (same(all[i], column))
			return true;
	return false;
}

static bool is_column(const struct dataset *d, const char *name)
{
	for (unsigned i = 0; i < d->n_tables; i++)
		for (unsigned k = 0; k < d->tables[i].n_columns; k++)
			if (same(d->tables[i].columns[k].column, name) &&
				!(d->tables[i].columns[k].uses & USE_FORBIDDEN))
				return true;
	return same(d->opt_out_column, name) || of_vocabulary(d->model, name) ||
	       among(proof_columns, name);
}

static bool is_table(const struct dataset *d, const char *schema, const char *relation)
{
	char name[256];

	(void)snprintf(name, sizeof(name), "%s.%s", schema, relation);
	return dataset_table(d, name) != NULL || is_vocabulary(d->model, name) ||
	       (same(d->opt_out_schema, schema) && same(d->opt_out_relation, relation));
}

/* ---- the tree ---- */

struct walk {
	const struct dataset *data;
	json_t *own; /* names that the statement gives: WITH, aliases, results */
};

static const char *text_of(const json_t *node)
{
	const char *s = json_string_value(json_object_get(json_object_get(node, "String"), "sval"));

	return s == NULL ? "" : s;
}

static const char *last_of(const json_t *list)
{
	size_t n = json_array_size(list);

	return n == 0 ? "" : text_of(json_array_get(list, n - 1));
}

static void own(struct walk *w, const char *name)
{
	if (name != NULL)
		(void)json_object_set_new(w->own, name, json_true());
}

static void collect(struct walk *w, json_t *node)
{
	const char *key;
	json_t *child;
	size_t i;

	json_array_foreach(node, i, child)
		collect(w, child);
	json_object_foreach(node, key, child)
	{
		if (strcmp(key, "ctename") == 0 || strcmp(key, "aliasname") == 0 ||
			strcmp(key, "name") == 0)
			own(w, json_string_value(child));
		if (strcmp(key, "colnames") == 0 || strcmp(key, "aliascolnames") == 0)
			for (i = 0; i < json_array_size(child); i++)
				own(w, text_of(json_array_get(child, i)));
		collect(w, child);
	}
}

static void check_table(const struct walk *w, const json_t *v)
{
	const char *schema = json_string_value(json_object_get(v, "schemaname"));
	const char *relation = json_string_value(json_object_get(v, "relname"));

	must_hold(relation != NULL && json_object_get(v, "catalogname") == NULL, "table", "?");
	must_hold(schema == NULL
			  ? json_object_get(w->own, relation) != NULL || among(proof, relation)
			  : is_table(w->data, schema, relation),
		"table", relation);
}

static void check_column(const struct walk *w, const json_t *v)
{
	const json_t *fields = json_object_get(v, "fields");
	const char *name = last_of(fields);

	if (name[0] == '\0') /* a star */
		return;
	must_hold(
		json_object_get(w->own, name) != NULL || is_column(w->data, name), "column", name);
}

static void check_node(const struct walk *w, const char *kind, const json_t *v)
{
	const char *s;

	if (strcmp(kind, "RangeVar") == 0)
		check_table(w, v);
	if (strcmp(kind, "ColumnRef") == 0)
		check_column(w, v);
	if (strcmp(kind, "FuncCall") == 0)
		must_hold(among(functions, last_of(json_object_get(v, "funcname"))), "function",
			last_of(json_object_get(v, "funcname")));
	s = json_string_value(json_object_get(json_object_get(v, "sval"), "sval"));
	if (strcmp(kind, "A_Const") == 0 && s != NULL)
		must_hold(among(texts, s), "text", s);
	must_hold(strcmp(kind, "intoClause") != 0 && strcmp(kind, "lockingClause") != 0 &&
			  strcmp(kind, "InsertStmt") != 0 && strcmp(kind, "UpdateStmt") != 0 &&
			  strcmp(kind, "DeleteStmt") != 0 && strcmp(kind, "MergeStmt") != 0,
		"not only a SELECT", kind);
}

static void check_tree(const struct walk *w, json_t *node)
{
	const char *key;
	json_t *child;
	size_t i;

	json_array_foreach(node, i, child)
		check_tree(w, child);
	json_object_foreach(node, key, child)
	{
		check_node(w, key, child);
		check_tree(w, child);
	}
}

static void check_text(const struct dataset *data, const char *sql)
{
	PgQueryParseResult r = pg_query_parse(sql);
	json_t *tree, *all, *stmt;
	struct walk w = { data, json_object() };

	must_hold(r.error == NULL, r.error == NULL ? "" : r.error->message, sql);
	tree = json_loads(r.parse_tree, 0, NULL);
	must_hold(tree != NULL && w.own != NULL, "tree", "");
	all = json_object_get(tree, "stmts");
	must_hold(json_array_size(all) == 1, "not one statement", sql);
	stmt = json_object_get(json_array_get(all, 0), "stmt");
	must_hold(json_object_get(stmt, "SelectStmt") != NULL, "no SELECT", sql);
	collect(&w, stmt);
	check_tree(&w, stmt);
	json_decref(w.own);
	json_decref(tree);
	pg_query_free_parse_result(r);
}

static void check_plan(const struct plan *plan, struct arena *arena)
{
	static const int32_t concepts[] = { 5, 201826, 443238 };
	struct sql_facts facts = { .salt = "salt" };
	struct sql_set *sets;
	struct error err;
	struct sql sql;
	unsigned n_sets = 0, n_held = 0;
	const char *held[MAX_CRITERIA];

	for (const struct criterion *c = plan->entry; c != NULL && n_held < MAX_CRITERIA; c = c->next)
		if (c->table != NULL)
			held[n_held++] = c->table->name;
	/* with the codes' concepts to be found out, and with them found before */
	must_hold(sql_vocabulary(plan, &facts, NULL, 0, arena, &sql, &n_sets, &err) == 0, "no vocabulary", "");
	sets = arena_array(arena, n_sets + 1, sizeof(*sets));
	must_hold(sets != NULL, "memory", "");
	for (unsigned i = 0; i < n_sets; i++)
		sets[i] = (struct sql_set){ concepts, i % 4 };
	for (int once = 0; once < 2; once++) {
		facts.one_row_a_patient = once == 1;
		facts.held = held;
		facts.n_held = once == 1 ? n_held : 0;
		facts.sets = once == 1 ? sets : NULL;
		facts.n_sets = once == 1 ? n_sets : 0;
		facts.halves = once == 1;
		facts.middle = 7;
		must_hold(sql_write(plan, &facts, arena, &sql, &err) == 0, "not written", "");
		check_text(plan->data, sql.text);
		n_written++;
	}
}

#endif
