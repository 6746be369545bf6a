#include "policies/offer/offer.h"

#include <string.h>

#include "policies/cohorts/cohort_sql.h"

/*
 * What decide() holds against a question about an officers' cohort (decide/officers.c), as far as it can be said before
 * there is one. Of comparisons with a value that an exception no longer lets stand, it alone knows.
 */

static bool somebody_may(const struct study *s)
{
	for (unsigned i = 0; i < s->n_requesters; i++)
		if (s->requesters[i].role->cohorts)
			return true;
	return false;
}

static bool names_it(const struct study *s, const char *id)
{
	for (unsigned i = 0; i < s->n_cohorts; i++)
		if (strcmp(s->cohorts[i].text, id) == 0)
			return true;
	return false;
}

static bool stands(const struct offer *o, const struct cohort_sql *sql)
{
	for (unsigned i = 0; i < sql->n_columns; i++) {
		const struct column *now = column_on(sql->columns[i].column, o->day);

		if (now == NULL || now->uses == 0 || (now->uses & USE_FORBIDDEN))
			return false;
	}
	for (unsigned i = 0; i < sql->n_sources; i++)
		if (sql->sources[i]->table->kind != TABLE_LOOKUP &&
			!offer_counts(o, sql->sources[i]->table))
			return false;
	return true;
}

const struct column *offer_param(const struct offer *o, const struct cohort_param *p)
{
	const struct column *c =
		p->column == NULL ? NULL : dataset_column(o->data, p->column->name);

	c = c == NULL ? NULL : column_on(c, o->day);
	if (c == NULL || !(c->uses & (USE_FILTER | USE_GROUP | USE_MEASURE)) ||
		(c->uses & USE_FORBIDDEN) || !offer_names(o, c->name))
		return NULL;
	switch (c->gen) {
	case GEN_TRUNCATE:
	case GEN_CATEGORIES:
	case GEN_CODES:
	case GEN_VALUES:
		return c;
	case GEN_BANDS:
		return c->as_age ? NULL : c;
	case GEN_NONE:
		return c->uses & USE_MEASURE ? c : NULL;
	default:
		return NULL;
	}
}

bool offer_cohort(const struct offer *o, const struct officer_cohort *c)
{
	const struct cohort_sql *sql = c->sql == NULL ? NULL : c->sql[o->data - o->p->datasets];

	if (o->s == NULL || sql == NULL || (c->kinds & offer_kinds(o)) == 0 ||
		!names_it(o->s, c->id) || !somebody_may(o->s) || !stands(o, sql))
		return false;
	for (unsigned i = 0; i < c->n_params; i++)
		if (offer_param(o, &c->params[i]) == NULL)
			return false;
	return true;
}
