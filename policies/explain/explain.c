#include "policies/explain/explaining.h"

#include <string.h>

#include "base/text.h"
#include "policies/explain/rule_list.h"
#include "policies/shapes.h"

/* Which thing a name means, and what near names there are. */

/* ---- rows ---- */

void explaining_begin(struct explaining *x, const char *kind, const char *thing, struct say about)
{
	x->out->kind = kind;
	x->out->thing = arena_text(x->a, thing);
	x->out->about = about;
	if (x->out->thing == NULL || say_failed(about))
		x->out_of_memory = true;
}

void explaining_row(struct explaining *x, struct say label, const struct place *at, struct say say)
{
	struct explanation *e = x->out;

	if (e->n_rows == x->room) {
		unsigned room = x->room == 0 ? 16 : 2 * x->room;
		struct explain_row *rows = arena_array(x->a, room, sizeof(*rows));

		if (rows == NULL) {
			x->out_of_memory = true;
			return;
		}
		if (e->n_rows > 0)
			memcpy(rows, e->rows, e->n_rows * sizeof(*rows));
		e->rows = rows;
		x->room = room;
	}
	if (say_failed(say))
		x->out_of_memory = true;
	e->rows[e->n_rows++] =
		(struct explain_row){ label, at == NULL ? (struct place){ 0 } : *at, say };
}

void explaining_names(struct explaining *x, struct say label, const struct place *at,
	struct say what, const char *const *names, unsigned n)
{
	const char *list = say_list(x->a, names, n, 40);

	if (n > 0)
		explaining_row(
			x, label, at, TOLD(x, "%s%.0s %s", "%.0s%s %s", what.en, what.zh, list));
}

struct say explaining_join(struct explaining *x, struct say a, struct say b)
{
	if (say_failed(a) || a.en[0] == '\0')
		return b;
	if (say_failed(b) || b.en[0] == '\0')
		return a;
	return TOLD(x, "%s%.0s; %s%.0s", "%.0s%s；%.0s%s", a.en, a.zh, b.en, b.zh);
}

const char *explaining_kinds(struct explaining *x, unsigned kinds)
{
	const char *names[KINDS];
	unsigned n = 0;

	for (unsigned k = 0; k < KINDS; k++)
		if (kinds & (1u << k))
			names[n++] = kind_name((enum question_kind)k);
	return say_list(x->a, names, n, KINDS);
}

struct say explaining_plain(const char *s)
{
	return (struct say){ s, s };
}

struct say explaining_basis(struct explaining *x, struct say basis)
{
	if (say_failed(basis) || basis.en[0] == '\0')
		return SAY("", "");
	return TOLD(x, " (%s%.0s)", "（%.0s%s）", basis.en, basis.zh);
}

const char **explaining_studies(struct explaining *x,
	bool (*uses)(const struct study *s, const char *name), const char *name, unsigned *n)
{
	const char **ids = arena_array(x->a, x->p->n_studies, sizeof(*ids));

	*n = 0;
	if (ids == NULL)
		x->out_of_memory = true;
	for (unsigned i = 0; ids != NULL && i < x->p->n_studies; i++)
		if (uses(&x->p->studies[i], name))
			ids[(*n)++] = x->p->studies[i].id;
	return ids;
}

/* ---- which thing ---- */

static const struct {
	const char *prefix; /* of a rule id */
	bool (*explain)(struct explaining *x, const char *rest);
} prefixed[] = { { "column:", explain_column }, { "table:", explain_table },
	{ "drift:", explain_table }, { "measure:", explain_measure },
	{ "dataset:", explain_dataset }, { "code:", explain_code_rule },
	{ "preset:", explain_preset }, { "study:", explain_study }, { "kind:", explain_kind },
	{ "role:", explain_role }, { "cohort:", explain_cohort }, { "release:", explain_release },
	{ "tighter:", explain_tighter }, { "budget:", explain_budget } };

static bool by_rule_id(struct explaining *x, const char *thing)
{
	for (size_t i = 0; i < sizeof(prefixed) / sizeof(prefixed[0]); i++) {
		size_t len = strlen(prefixed[i].prefix);

		if (strncmp(thing, prefixed[i].prefix, len) == 0 &&
			prefixed[i].explain(x, thing + len))
			return true;
	}
	return explain_rule(x, thing);
}

/* "compose" alone is no name that anybody gave. */
static bool named_cohort(struct explaining *x, const char *thing)
{
	return strncmp(thing, "compose", strlen("compose")) != 0 && explain_cohort(x, thing);
}

static bool find(struct explaining *x, const char *thing)
{
	return explain_column(x, thing) || explain_table(x, thing) || explain_measure(x, thing) ||
	       explain_study(x, thing) || explain_dataset(x, thing) ||
	       explain_code_rule(x, thing) || explain_category(x, thing) ||
	       named_cohort(x, thing) || explain_kind(x, thing) || by_rule_id(x, thing) ||
	       explain_code(x, thing);
}

/* ---- near names ---- */

struct names {
	const char **at; /* NULL while they are only counted */
	size_t n;
};

static void add_name(struct names *l, const char *name)
{
	if (l->at != NULL)
		l->at[l->n] = name;
	l->n++;
}

static void collect(const struct policy *p, struct names *l)
{
	for (unsigned d = 0; d < p->n_datasets; d++) {
		add_name(l, p->datasets[d].id);
		for (unsigned t = 0; t < p->datasets[d].n_tables; t++) {
			const struct table *table = &p->datasets[d].tables[t];

			add_name(l, table->name);
			for (unsigned c = 0; c < table->n_columns; c++)
				add_name(l, table->columns[c].name);
			for (unsigned m = 0; m < table->n_measures; m++)
				add_name(l, table->measures[m].id);
		}
	}
	for (unsigned i = 0; i < p->n_studies; i++)
		add_name(l, p->studies[i].id);
	for (unsigned i = 0; i < p->n_codes; i++)
		add_name(l, p->codes[i].id);
	for (unsigned i = 0; i < p->n_cohorts; i++)
		add_name(l, p->cohorts[i].id);
	for (size_t i = 0; words_category[i] != NULL; i++)
		add_name(l, words_category[i]);
}

static bool ends_in_part(const char *name, const char *part)
{
	size_t n = strlen(name), k = strlen(part);

	return k > 0 && n > k && name[n - k - 1] == '.' && strcmp(name + n - k, part) == 0;
}

/* Names of which it is the last part, as birth_datetime of cdm.person.birth_datetime; else the one most like it. */
static int suggest(struct explaining *x, const char *thing, struct error *err)
{
	struct explanation *e = x->out;
	struct policy_rule *rules;
	struct names l = { NULL, 0 };
	const char *near;
	unsigned n;

	collect(x->p, &l);
	l.at = arena_array(x->a, l.n, sizeof(*l.at));
	if (l.at == NULL)
		return error_memory(err);
	l.n = 0;
	collect(x->p, &l);
	for (size_t i = 0; i < l.n && e->n_near < EXPLAIN_NEAR; i++)
		if (ends_in_part(l.at[i], thing))
			e->near[e->n_near++] = l.at[i];
	if (e->n_near > 0)
		return 0;
	if (rule_list(x->p, x->a, &rules, &n, err) != 0)
		return -1;
	near = text_nearest(thing, l.at, l.n);
	if (near == NULL)
		near = rule_nearest(rules, n, thing);
	if (near != NULL)
		e->near[e->n_near++] = near;
	return 0;
}

int explain(const struct policy *p, const char *thing, int32_t on, struct arena *arena,
	struct explanation *out, struct error *err)
{
	struct explanation e = { .kind = NULL };
	struct explaining x = { .p = p, .a = arena, .on = on, .out = &e };

	if (!find(&x, thing) && suggest(&x, thing, err) != 0)
		return -1;
	if (x.out_of_memory)
		return error_memory(err);
	*out = e;
	return 0;
}
