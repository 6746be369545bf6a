/*
 * catalog.h - a database's catalog as literal rows: one that fits a policy, and edits to it.
 */
#ifndef TESTS_CATALOG_H
#define TESTS_CATALOG_H

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/limits.h"
#include "catalog/drift.h"
#include "policies/grants.h"

enum {
	CATALOG_ROWS = 4096
};

struct catalog_row {
	const char *t[SNAPSHOT_COLUMNS];
};
static struct catalog_row catalog[CATALOG_ROWS];
static unsigned n_catalog;
static struct arena catalog_arena;

static inline struct catalog_row *catalog_add(const char *k, const char *a, const char *b,
	const char *c, const char *d, const char *e, const char *f)
{
	ck_assert_uint_lt(n_catalog, CATALOG_ROWS);
	const char *const texts[] = { k, a, b, c, d, e, f };

	for (int i = 0; i < 7; i++) /* a policy's names may end before the rows */
		catalog[n_catalog].t[i] = texts[i] == NULL ? NULL : arena_text(&catalog_arena, texts[i]);
	catalog[n_catalog].t[7] = NULL;
	return &catalog[n_catalog++];
}

/* The row of this kind whose texts are these (NULL: any). */
static inline struct catalog_row *catalog_row(
	const char *k, const char *a, const char *b, const char *c)
{
	for (unsigned i = 0; i < n_catalog; i++) {
		const struct catalog_row *r = &catalog[i];

		if (strcmp(r->t[0], k) == 0 && (a == NULL || strcmp(r->t[1], a) == 0) &&
			(b == NULL || strcmp(r->t[2], b) == 0) &&
			(c == NULL || (r->t[3] != NULL && strcmp(r->t[3], c) == 0)))
			return &catalog[i];
	}
	return NULL;
}

static inline void catalog_drop(struct catalog_row *r)
{
	ck_assert_ptr_nonnull(r);
	memmove(r, r + 1, (size_t)(&catalog[n_catalog] - (r + 1)) * sizeof(*r));
	n_catalog--;
}

static inline const char *fitting_type(const struct column *c)
{
	if (c == NULL)
		return "int4";
	if (c->gen == GEN_TRUNCATE || strstr(c->column, "date") != NULL)
		return "date";
	if (c->gen == GEN_GEO || strstr(c->column, "source_value") != NULL)
		return "varchar";
	return (c->uses & USE_MEASURE) ? "numeric" : "int4";
}

/* What the grant script leaves behind in a database that has what the policy names, and one column more in
 * each table. */
static inline void catalog_fit(const struct policy *p)
{
	const struct grant *list;
	struct error err;
	size_t n;

	n_catalog = 0;
	arena_clear(&catalog_arena);
	arena_init(&catalog_arena, MAX_POLICY_ARENA);
	ck_assert_int_eq(grants_list(p, &catalog_arena, &list, &n, &err), 0);
	catalog_add("1", "150004", "hospital", "postgres", NULL, NULL, NULL);
	catalog_add("2", "cordon_agent", "", NULL, NULL, NULL, NULL);
	catalog_add("3", "search_path", "pg_catalog", NULL, NULL, NULL, NULL);
	catalog_add("3", "default_transaction_read_only", "on", NULL, NULL, NULL, NULL);
	catalog_add("3", "standard_conforming_strings", "on", NULL, NULL, NULL, NULL);
	catalog_add("3", "statement_timeout", "60s", NULL, NULL, NULL, NULL);
	for (size_t i = 0; i < n; i++) {
		bool seen = false;

		for (size_t j = 0; j < i; j++)
			seen = seen || grant_same_relation(&list[i], &list[j]);
		if (seen)
			continue;
		catalog_add("5", list[i].schema, list[i].relation, "r", "postgres",
			"usage,any,listed", NULL);
		for (size_t j = i; j < n; j++)
			if (grant_same_relation(&list[i], &list[j])) {
				const char *name = arena_textf(
					&catalog_arena, "%s.%s", list[j].schema, list[j].relation);
				const struct column *c = NULL;

				for (unsigned d = 0; d < p->n_datasets; d++)
					if (dataset_table(&p->datasets[d], name) != NULL)
						c = table_column(
							dataset_table(&p->datasets[d], name),
							list[j].column);
				catalog_add("6", list[j].schema, list[j].relation, list[j].column,
					fitting_type(c), "readable", NULL);
			}
		catalog_add("6", list[i].schema, list[i].relation, "one_more", "text", NULL, NULL);
		catalog_add("7", list[i].schema, list[i].relation, "cordon_agent", "SELECT",
			"column", NULL);
	}
}

/* As the statement orders them: by kind and relation. */
static inline void catalog_order(void)
{
	for (unsigned i = 1; i < n_catalog; i++)
		for (unsigned j = i; j > 0; j--) {
			struct catalog_row *a = &catalog[j - 1], *b = &catalog[j], swap = *a;
			int order = 0;

			for (int k = 0; k < 3 && order == 0; k++)
				order = strcmp(a->t[k] == NULL ? "" : a->t[k],
					b->t[k] == NULL ? "" : b->t[k]);
			if (order <= 0)
				break;
			*a = *b;
			*b = swap;
		}
}

static inline const char *catalog_cell(const void *rows, unsigned row, unsigned column)
{
	return ((const struct catalog_row *)rows)[row].t[column];
}

#endif
