#include "policies/explain/nearest.h"

#include <string.h>

/* What two columns can tell about a person is the same: a birth date is an age. */
static bool about_the_same(const struct column *a, const struct column *b)
{
	static const char *const birth[] = { "quasi.birth-date", "quasi.age" };
	bool a_birth = false, b_birth = false;

	if (a->category == NULL || b->category == NULL)
		return false;
	for (unsigned i = 0; i < 2; i++) {
		a_birth = a_birth || strcmp(a->category, birth[i]) == 0;
		b_birth = b_birth || strcmp(b->category, birth[i]) == 0;
	}
	return (a_birth && b_birth) || strcmp(a->category, b->category) == 0;
}

static bool grouped_by(const struct question *q, const struct column *c)
{
	for (unsigned i = 0; i < q->n_groups; i++)
		if (strcmp(q->groups[i].text, c->name) == 0 ||
			(c->alias != NULL && strcmp(q->groups[i].text, c->alias) == 0))
			return true;
	return q->of.text != NULL && strcmp(q->of.text, c->name) == 0;
}

const struct column *nearest_allowed(const struct policy *p, const struct question *q,
	int32_t today, const struct finding *refusal)
{
	static const char prefix[] = "column:";
	const struct dataset *d = policy_dataset(p, q->dataset);
	const struct study *s = policy_study(p, q->study);
	const struct column *refused;

	if (!refusal->deny || d == NULL || s == NULL ||
		strncmp(refusal->rule, prefix, strlen(prefix)) != 0)
		return NULL;
	refused = dataset_column(d, refusal->rule + strlen(prefix));
	if (refused == NULL || !grouped_by(q, refused))
		return NULL;
	for (unsigned i = 0; i < refused->table->n_columns; i++) {
		const struct column *c = column_on(&refused->table->columns[i], today);

		/* a date forms groups only as the index date, which is another question */
		if (strcmp(c->name, refused->name) != 0 && (c->uses & USE_GROUP) &&
			c->gen != GEN_TRUNCATE && study_may_use(s, c->name) &&
			about_the_same(refused, c))
			return c;
	}
	return NULL;
}
