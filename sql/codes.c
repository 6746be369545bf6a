#include "sql/writing.h"

#include <string.h>

#include "policies/shapes.h"
#include "policies/systems.h"

/*
 * Whether a column has one of the codes asked for. Concepts are found by the site's own vocabulary: those
 * below them, those that it maps to them, and for a code of another system the concepts that it maps to.
 * Codes in a column of texts are compared in normal form (policies/systems.h).
 */

/* Which of the codes a list is made of. */
struct some {
	const struct code *codes;
	unsigned n;
	bool out;    /* those taken out, else the others */
	bool below;  /* only those with descendants */
	bool mapped; /* only those with what maps to them */
};

static bool one_of(const struct some *s, const struct code *c)
{
	return c->out == s->out && (c->descendants || !s->below) && (c->mapped || !s->mapped);
}

static bool has(const struct some *s, bool text)
{
	for (unsigned i = 0; i < s->n; i++)
		if (one_of(s, &s->codes[i]) && (s->codes[i].concept <= 0) == text)
			return true;
	return false;
}

static void concepts(struct sql_writing *w, struct text *t, const struct some *s)
{
	int32_t *list = arena_array(w->arena, s->n, sizeof(*list));
	unsigned k = 0;

	for (unsigned i = 0; list != NULL && i < s->n; i++)
		if (one_of(s, &s->codes[i]) && s->codes[i].concept > 0)
	list[k++] = s->codes[i].concept;
	sql_value(w, t, list == NULL ? NULL : sql_ints(w->arena, list, k), "int4[]");
}

/* ---- codes of other systems ---- */

static enum code_system system_of(const struct code *c)
{
	int i = c->system == NULL ? -1 : word_index(c->system, words_system);

	return i < 0 ? SYSTEM_NONE : (enum code_system)(SYSTEM_OMOP + i);
}

static bool is_path(const struct code *c)
{
	return c->system != NULL && strcmp(c->system, "path") == 0;
}

static const char *normal(struct sql_writing *w, const char *prefix, const char *text)
{
	const char *s = system_normal(w->arena, text);

	return s == NULL ? NULL : arena_textf(w->arena, "%s%s", prefix, s);
}

/* The texts of one system as an array. NULL when it has none of this sort. */
static const char *texts(struct sql_writing *w, const struct some *s, enum code_system system,
	const char *prefix, bool below)
{
	struct text list;
	unsigned n = 0;

	text_init(&list, MAX_SQL_BYTES);
	text_addc(&list, '{');
	for (unsigned i = 0; i < s->n; i++) {
		const struct code *c = &s->codes[i];
		const char *one;

		if (c->concept > 0 || !one_of(s, c) || c->descendants != below || is_path(c) ||
			system_of(c) != system)
			continue;
		one = normal(w, prefix, c->text);
		if (one == NULL)
			sql_wrong(w, "");
		else
			sql_array_text(&list, one, strlen(one));
		n++;
	}
	text_addc(&list, '}');
	if (n == 0) {
		text_clear(&list);
		return NULL;
	}
	return sql_take(&list, w->arena);
}

/* "normal(x) = ANY (..) OR normal(x) ^@ ANY (..)" of one system; false when it has no such code. */
static bool one_system(struct sql_writing *w, struct text *t, const char *x, const struct some *s,
	enum code_system system, const char *prefix, bool more)
{
	for (int below = 0; below < 2; below++) {
		const char *list = texts(w, s, system, prefix, below == 1);

		if (list == NULL)
			continue;
		w->normal = true;
		text_addf(t, "%s" SQL_NORMAL_BEFORE "%s" SQL_NORMAL_AFTER "%s", more ? " OR " : "",
			x, below == 1 ? " ^@ ANY (" : " = ANY (");
		sql_value(w, t, list, "text[]");
		text_addc(t, ')');
		more = true;
	}
	return more;
}

/* Paths of the site's tree and the codes that stand there. */
static bool paths(
	struct sql_writing *w, struct text *t, const char *x, const struct some *s, bool more)
{
	const struct model_paths *m = &w->plan->model->paths;

	for (unsigned i = 0; i < s->n; i++) {
		const struct code *c = &s->codes[i];

		if (c->concept > 0 || !one_of(s, c) || !is_path(c))
			continue;
		if (m->table == NULL) {
			sql_wrong(w, "a path in a model without paths");
			return more;
		}
		text_addf(t, "%s%s IN (SELECT ", more ? " OR " : "", x);
		sql_member(t, "h", m->code);
		text_add(t, " FROM ");
		sql_qualified(t, m->table);
		text_add(t, " h WHERE ");
		sql_member(t, "h", m->path);
		text_add(t, c->descendants ? "::text COLLATE \"C\" ^@ " : "::text = ");
		sql_value(w, t, c->text, "text");
		text_addc(t, ')');
		more = true;
	}
	return more;
}

/* ---- a column of texts ---- */

static void in_texts(struct sql_writing *w, struct text *t, const char *x,
	const struct model_event *event, const struct some *s)
{
	bool more = false;

	if (has(s, false))
		sql_wrong(w, "concepts in a column of texts");
	for (enum code_system i = SYSTEM_ICD10; i < SYSTEMS; i++)
		if (event->prefix[i] != NULL || event->system == i)
			more = one_system(w, t, x, s, i,
				event->prefix[i] == NULL ? "" : event->prefix[i], more);
	more = paths(w, t, x, s, more);
	if (!more)
		text_add(t, "false");
}

/* ---- a column of concepts ---- */

static void in_force(struct text *t, const char *alias, const char *column)
{
	if (column == NULL)
		return;
	text_add(t, " AND ");
	sql_member(t, alias, column);
	text_add(t, " IS NULL");
}

static void below(struct sql_writing *w, struct text *t, const struct some *s)
{
	const struct model *m = w->plan->model;
	const struct model_vocabulary *v = &m->vocabulary;
	struct some tree = *s;

	tree.below = true;
	if (!has(&tree, false))
		return;
	if (m->ancestors == NULL) {
		sql_wrong(w, "descendants in a model without ancestors");
		return;
	}
	text_add(t, " UNION ALL SELECT ");
	sql_member(t, "a", m->descendant);
	text_add(t, " FROM ");
	sql_qualified(t, m->ancestors);
	text_add(t, " a");
	if (v->concepts != NULL && v->invalid != NULL) {
		text_add(t, " JOIN ");
		sql_qualified(t, v->concepts);
		text_add(t, " v ON ");
		sql_member(t, "v", v->id);
		text_add(t, " = ");
		sql_member(t, "a", m->descendant);
		in_force(t, "v", v->invalid);
	}
	text_add(t, " WHERE ");
	sql_member(t, "a", m->ancestor);
	text_add(t, " = ANY (");
	concepts(w, t, &tree);
	text_addc(t, ')');
}

/* Concepts that codes of another system map to, and with `+` those below them. */
static void from_system(struct sql_writing *w, struct text *t, const struct some *s,
	enum code_system system, bool tree)
{
	const struct model *m = w->plan->model;
	const struct model_vocabulary *v = &m->vocabulary;
	struct text names;
	const char *x = sql_expr(w, "v", v->code);

	text_init(&names, MAX_SQL_BYTES);
	text_addc(&names, '{');
	for (unsigned i = 0; i < v->n_names[system]; i++)
		sql_array_text(&names, v->names[system][i], strlen(v->names[system][i]));
	text_addc(&names, '}');
	text_add(t, " UNION ALL SELECT ");
	sql_member(t, tree ? "a" : "r", tree ? m->descendant : v->to);
	text_add(t, " FROM ");
	sql_qualified(t, v->concepts);
	text_add(t, " v JOIN ");
	sql_qualified(t, v->maps);
	text_addf(t, " r ON %s = %s AND %s::text = ", sql_expr(w, "r", v->from),
		sql_expr(w, "v", v->id), sql_expr(w, "r", v->kind));
	sql_value(w, t, v->mapping, "text");
	in_force(t, "r", v->maps_invalid);
	if (tree) {
		text_add(t, " JOIN ");
		sql_qualified(t, m->ancestors);
		text_addf(
			t, " a ON %s = %s", sql_expr(w, "a", m->ancestor), sql_expr(w, "r", v->to));
	}
	text_addf(t, " WHERE %s::text = ANY (", sql_expr(w, "v", v->system));
	sql_value(w, t, sql_take(&names, w->arena), "text[]");
	text_add(t, ") AND (");
	(void)one_system(w, t, x, s, system, "", false);
	text_addc(t, ')');
}

static void of_systems(struct sql_writing *w, struct text *t, const struct some *s)
{
	const struct model *m = w->plan->model;

	for (unsigned i = 0; i < s->n; i++)
		if (one_of(s, &s->codes[i]) && s->codes[i].concept <= 0 &&
			!model_knows(m, system_of(&s->codes[i])))
			sql_wrong(w, "a code of a system that the vocabulary does not have");
	for (enum code_system k = SYSTEM_ICD10; k < SYSTEMS && w->wrong == NULL; k++) {
		struct some plain = *s, tree = *s;

		tree.below = true;
		if (texts(w, &plain, k, "", false) != NULL)
			from_system(w, t, s, k, false);
		if (texts(w, &tree, k, "", true) != NULL) {
			from_system(w, t, &tree, k, false);
			from_system(w, t, &tree, k, true);
		}
	}
}

/* "SELECT concept .. UNION ALL ..": what the codes stand for, themselves included even where the vocabulary
 * does not list them. */
static void concept_set(struct sql_writing *w, struct text *t, const struct some *s)
{
	const struct model_vocabulary *v = &w->plan->model->vocabulary;
	struct some mapped = *s;

	text_add(t, "SELECT unnest(");
	concepts(w, t, s);
	text_addc(t, ')');
	below(w, t, s);
	of_systems(w, t, s);
	mapped.mapped = true;
	if (s->mapped || (!has(&mapped, false) && !has(&mapped, true)))
		return;
	if (v->maps == NULL) {
		sql_wrong(w, "mapped codes in a model without a vocabulary");
		return;
	}
	text_addf(t, " UNION ALL SELECT %s FROM ", sql_expr(w, "r", v->from));
	sql_qualified(t, v->maps);
	text_addf(t, " r WHERE %s::text = ", sql_expr(w, "r", v->kind));
	sql_value(w, t, v->mapping, "text");
	in_force(t, "r", v->maps_invalid);
	text_addf(t, " AND %s IN (", sql_expr(w, "r", v->to));
	concept_set(w, t, &mapped);
	text_addc(t, ')');
}

static bool only_concepts(const struct some *s)
{
	for (unsigned i = 0; i < s->n; i++)
		if (one_of(s, &s->codes[i]) &&
			(s->codes[i].concept <= 0 || s->codes[i].descendants || s->codes[i].mapped))
			return false;
	return true;
}

/* ---- sets, each resolved once however often it is asked for ---- */

struct sql_list {
	struct some of;
	unsigned number;
	const struct sql_list *next;
};

static bool same_text(const char *a, const char *b)
{
	return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

static bool same_codes(const struct some *a, const struct some *b)
{
	if (a->n != b->n || a->out != b->out)
		return false;
	for (unsigned i = 0; i < a->n; i++) {
		const struct code *x = &a->codes[i], *y = &b->codes[i];

		if (x->concept != y->concept || x->descendants != y->descendants ||
			x->mapped != y->mapped || x->out != y->out ||
			!same_text(x->system, y->system) || !same_text(x->text, y->text))
			return false;
	}
	return true;
}

/* The number of the set of these concepts. */
static unsigned list_of(struct sql_writing *w, const struct some *s)
{
	struct sql_list *list;
	struct text t;

	for (const struct sql_list *l = w->listed; l != NULL; l = l->next)
		if (same_codes(&l->of, s))
			return l->number;
	list = arena_alloc(w->arena, sizeof(*list));
	if (list == NULL) {
		sql_wrong(w, "");
		return 0;
	}
	*list = (struct sql_list){ .of = *s, .number = ++w->n_lists, .next = w->listed };
	w->listed = list;
	if (w->facts->sets != NULL) {
		if (list->number > w->facts->n_sets)
			sql_wrong(w, "a set of concepts that was not asked for");
		return list->number;
	}
	text_init(&t, MAX_SQL_BYTES);
	concept_set(w, &t, s);
	text_addf(&w->lists, "set%u(c) AS MATERIALIZED (%s),\n", list->number, text_str(&t));
	if (text_failed(&t))
		sql_wrong(w, "");
	text_clear(&t);
	return list->number;
}

/* Arrays up to this many are looked up in an index, or in a hash; but of a column of int8 no hash is made. */
enum {
	FEW_CONCEPTS = 200
};

/* The rows of one concept come out of its index in the order of persons, those of several do not. */
static void among(
	struct sql_writing *w, struct text *t, const char *x, const int32_t *list, unsigned n)
{
	text_add(t, x);
	if (n == 1) {
		text_add(t, " = ");
		sql_value_int(w, t, list[0], "int4");
		return;
	}
	text_add(t, n <= FEW_CONCEPTS ? " = ANY (" : " IN (SELECT unnest(");
	sql_value(w, t, sql_ints(w->arena, list, n), "int4[]");
	text_add(t, n <= FEW_CONCEPTS ? ")" : "))");
}

/* The set with this number when it was found before, else NULL. */
static const struct sql_set *found(struct sql_writing *w, unsigned number)
{
	static const struct sql_set none = { 0 };

	if (w->facts->sets == NULL)
		return NULL;
	return number == 0 || number > w->facts->n_sets ? &none : &w->facts->sets[number - 1];
}

static void in_concepts(struct sql_writing *w, struct text *t, const char *x, const struct some *s)
{
	const struct sql_set *set;
	unsigned number;

	if (only_concepts(s)) {
		text_addf(t, "%s = ANY (", x);
		concepts(w, t, s);
		text_addc(t, ')');
		return;
	}
	number = list_of(w, s);
	set = found(w, number);
	if (set ==
		NULL) /* distinct, so that the planner knows how few of a table's codes these can be */
		text_addf(t, "%s IN (SELECT DISTINCT c FROM set%u)", x, number);
	else
		among(w, t, x, set->concepts, set->n);
}

static void none_of_concepts(
	struct sql_writing *w, struct text *t, const char *x, const struct some *s)
{
	const struct sql_set *set;
	unsigned number;

	if (only_concepts(s)) {
		text_addf(t, "%s <> ALL (", x);
		concepts(w, t, s);
		text_addc(t, ')');
		return;
	}
	number = list_of(w, s);
	set = found(w, number);
	text_addf(t, "%s IS NOT NULL AND NOT EXISTS (SELECT 1 FROM ", x);
	if (set == NULL) {
		text_addf(t, "set%u n", number);
	} else {
		text_add(t, "unnest(");
		sql_value(w, t, sql_ints(w->arena, set->concepts, set->n), "int4[]");
		text_add(t, ") n(c)");
	}
	text_addf(t, " WHERE n.c = %s)", x);
}

/* ---- either ---- */

static void positive(struct sql_writing *w, struct text *t, const char *x,
	const struct model_event *event, const struct some *s, bool concepts_there)
{
	if (concepts_there) {
		in_concepts(w, t, x, s);
		return;
	}
	text_addc(t, '(');
	in_texts(w, t, x, event, s);
	text_addc(t, ')');
}

void sql_codes(struct sql_writing *w, struct text *t, const char *x,
	const struct model_event *event, const struct code *codes, unsigned n, bool or_null)
{
	struct some in = { .codes = codes, .n = n }, out = { .codes = codes, .n = n, .out = true };
	bool there = event == NULL || event->system == SYSTEM_OMOP;

	if (has(&in, false) || has(&in, true)) {
		text_add(t, " AND ");
		positive(w, t, x, event, &in, there);
		or_null = false;
	}
	if (!has(&out, false) && !has(&out, true))
		return;
	text_add(t, " AND ");
	if (or_null)
		text_addf(t, "(%s IS NULL OR ", x);
	if (there) {
		none_of_concepts(w, t, x, &out);
	} else {
		text_add(t, "NOT ");
		positive(w, t, x, event, &out, false);
	}
	if (or_null)
		text_addc(t, ')');
}

void sql_codes_count(struct sql_writing *w, struct text *t, const struct code *codes, unsigned n)
{
	struct some in = { .codes = codes, .n = n }, out = { .codes = codes, .n = n, .out = true };

	text_add(t, "(SELECT count(DISTINCT i.c) FROM (");
	concept_set(w, t, &in);
	text_add(t, ") i(c)");
	if (has(&out, false) || has(&out, true)) {
		text_add(t, " WHERE NOT EXISTS (SELECT 1 FROM (");
		concept_set(w, t, &out);
		text_add(t, ") n(c) WHERE n.c = i.c)");
	}
	text_addc(t, ')');
}

void sql_codes_of_set(
	struct sql_writing *w, struct text *t, const struct sql_writing *of, unsigned number)
{
	for (const struct sql_list *l = of->listed; l != NULL; l = l->next)
		if (l->number == number)
			concept_set(w, t, &l->of);
}
