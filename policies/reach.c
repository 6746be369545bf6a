#include "policies/reach.h"

#include <string.h>

#include "policies/say.h"

#define BIT(s) (1u << (s))

/* The systems that the codes of each kind of event are in. Deaths have their cause in too few places. */
static const unsigned systems_of[EVENTS] = {
	[EVENT_CONDITION] = BIT(SYSTEM_ICD10) | BIT(SYSTEM_SNOMED),
	[EVENT_DRUG] = BIT(SYSTEM_ATC),
	[EVENT_PROCEDURE] = BIT(SYSTEM_ICD9CM3) | BIT(SYSTEM_SNOMED),
	[EVENT_MEASUREMENT] = BIT(SYSTEM_LOINC),
	[EVENT_OBSERVATION] = BIT(SYSTEM_ICD10) | BIT(SYSTEM_SNOMED) | BIT(SYSTEM_LOINC),
	[EVENT_VISIT] = BIT(SYSTEM_DEPARTMENT),
};

bool column_readable(const struct column *c, int32_t today)
{
	const struct column *now = column_on(c, today);

	return now != NULL && now->uses != 0 && !(now->uses & USE_FORBIDDEN);
}

bool column_holds(const struct column *c, enum code_system s, int32_t today)
{
	return (c->prefix != NULL ? c->prefix[s] != NULL : c->system == s) &&
	       column_readable(c, today);
}

bool local_column(const struct local_codes *l, const struct table *t, int32_t today,
	const struct column **out)
{
	if (l->column == NULL || strcmp(l->column->table->name, t->name) != 0)
		return false;
	*out = table_column(t, l->column->column);
	if (!column_readable(*out, today))
		*out = NULL;
	return true;
}

/* Whether a local code of the rule stands in a column of this table that may not be read. */
static bool local_out_of_reach(const struct code_rule *rule, const struct table *t, int32_t today)
{
	const struct column *c;

	for (unsigned i = 0; i < rule->n_local; i++)
		if (local_column(&rule->local[i], t, today, &c) && c == NULL)
			return true;
	return false;
}

static unsigned listed_systems(const struct code_rule *rule)
{
	unsigned bits = 0;

	for (enum code_system s = SYSTEM_ICD10; s < SYSTEMS; s++)
		if (rule->listed[s].n > 0)
			bits |= BIT(s);
	return bits;
}

/* What the codes of a table's rows may be in, by the kinds of events it has. */
static unsigned table_systems(const struct model *m, const struct table *t)
{
	unsigned bits = t->n_measures > 0 ? BIT(SYSTEM_LOINC) : 0;

	for (unsigned k = 0; m != NULL && k < EVENTS; k++)
		if (m->events[k].table != NULL && strcmp(m->events[k].table, t->name) == 0)
			bits |= systems_of[k];
	return bits;
}

/* Where the table's concept ids stand. A cause of death that may not be read says nothing and needs no reading. */
static const char *concept_column(const struct model *m, const struct table *t, int32_t today)
{
	for (unsigned k = 0; m != NULL && k < EVENTS; k++) {
		const struct model_event *e = &m->events[k];

		if (e->table == NULL || e->concept == NULL || e->system != SYSTEM_OMOP ||
			strcmp(e->table, t->name) != 0)
			continue;
		if (k != EVENT_DEATH || column_readable(table_column(t, e->concept), today))
		return e->concept;
	}
	return NULL;
}

/* A column with codes of one of `systems`, or the hospital's own codes. */
static bool by_text(
	const struct code_rule *rule, const struct table *t, unsigned systems, int32_t today)
{
	const struct column *c;

	for (unsigned i = 0; i < t->n_columns; i++)
		for (enum code_system s = SYSTEM_ICD10; s < SYSTEMS; s++)
			if ((systems & BIT(s)) && column_holds(&t->columns[i], s, today))
				return true;
	for (unsigned i = 0; i < rule->n_local; i++)
		if (local_column(&rule->local[i], t, today, &c))
			return true;
	return false;
}

static unsigned in_vocabulary(const struct model *m, unsigned systems)
{
	unsigned bits = 0;

	for (enum code_system s = SYSTEM_ICD10; s < SYSTEMS; s++)
		if ((systems & BIT(s)) && model_knows(m, s))
			bits |= BIT(s);
	return bits;
}

/* Concepts are not to be found in a table whose codes are texts; they say nothing about tables without codes. */
static bool only_concepts(
	const struct code_rule *rule, const struct model *m, const struct table *t)
{
	for (unsigned k = 0; m != NULL && k < EVENTS; k++)
		if (m->events[k].table != NULL && m->events[k].concept != NULL &&
			m->events[k].system != SYSTEM_OMOP &&
			strcmp(m->events[k].table, t->name) == 0)
			return rule->n_omop > 0 && listed_systems(rule) == 0;
	return false;
}

/* By columns alone: only the systems that the table's codes may be in matter. A table of several kinds needs a column
 * for each: a drug is not found by the codes of its diagnosis. */
static enum reach reach_by_text(
	const struct code_rule *rule, const struct model *m, const struct table *t, int32_t today)
{
	unsigned listed = listed_systems(rule), here = listed & table_systems(m, t);

	if (only_concepts(rule, m, t) && !by_text(rule, t, 0, today))
		return REACH_NO_COLUMN;
	for (unsigned k = 0; m != NULL && k < EVENTS; k++)
		if (m->events[k].table != NULL && strcmp(m->events[k].table, t->name) == 0 &&
			(listed & systems_of[k]) != 0 &&
			!by_text(rule, t, listed & systems_of[k], today))
			return REACH_NO_COLUMN;
	return here == 0 || by_text(rule, t, here, today) ? REACH_YES : REACH_NO_COLUMN;
}

enum reach rule_reach(const struct code_rule *rule, const struct model *m, const struct table *t,
	unsigned known, int32_t today)
{
	const char *concept = concept_column(m, t, today);
	bool seen = concept != NULL && column_readable(table_column(t, concept), today);
	unsigned listed = listed_systems(rule), coded = in_vocabulary(m, listed);
	unsigned here = coded & table_systems(m, t), systems = here != 0 ? here : listed;

	if (local_out_of_reach(rule, t, today))
		return REACH_NO_COLUMN;
	if (rule->n_omop > 0 && concept != NULL && !seen)
		return REACH_NO_CONCEPT;
	if (rule->n_omop > 0 && concept != NULL && here == 0)
		return REACH_YES;
	/* what no vocabulary has, as the names of departments, is found by its own column alone */
	if (concept == NULL || coded == 0 || (here == 0 && (listed & table_systems(m, t)) != 0))
		return reach_by_text(rule, m, t, today);
	if ((seen && (systems & coded & known) != 0) || by_text(rule, t, systems, today))
		return REACH_YES;
	return seen ? REACH_UNKNOWN : REACH_NO_CONCEPT;
}

struct say reach_say(enum reach why, const struct model *m, const struct table *t, struct arena *a)
{
	const char *concept = concept_column(m, t, DAY_NONE);

	if (why == REACH_NO_CONCEPT && concept != NULL)
		return say_make(a, "column %s is not listed (use: link is enough)",
			"未列出字段 %s（use: link 即可）", concept);
	if (why == REACH_UNKNOWN)
		return SAY("the site's vocabulary does not know its codes",
			"本院的术语表中没有该规则的编码");
	return SAY("no listed column has its codes (codes: SYSTEM with use: link is enough)",
		"没有字段标明该规则的编码系统（codes: 系统，use: link 即可）");
}

bool local_names(const struct local_codes *l, const char *code)
{
	for (unsigned i = 0; i < l->n_patterns; i++) {
		size_t len = strlen(l->patterns[i]);
		bool prefix = len > 0 && l->patterns[i][len - 1] == '*';

		if (prefix ? strncmp(code, l->patterns[i], len - 1) == 0
			   : strcmp(code, l->patterns[i]) == 0)
			return true;
	}
	return false;
}
