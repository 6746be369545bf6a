#include "agents/facts.h"

#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "policies/model.h"
#include "policies/systems.h"

enum {
	FACT_UNIQUE = 0,   /* (0, dataset, 0): its patients' key is unique */
	FACT_ANCESTOR = 1, /* (1, ancestor, descendant) */
	FACT_CODE = 2,     /* (2, rule, concept): by the codes of another system */
	FACT_SYSTEM = 3,   /* (3, dataset, system): its vocabulary knows codes of it */
	FACT_COLUMN = 4,   /* (4, part, rows): of the vocabularies' columns that can be read */
	MAX_ROWS = 4 * MAX_RED_CODES,
	FACTS_ARENA = 16 << 20,
	SQL_ROOM = 64 << 10,
	CODES_ROOM = 2 << 20,
};

/* Of FACT_ANCESTOR; of FACT_CODE the rule and the concept. */
struct pair {
	int32_t ancestor, descendant;
};

void facts_init(struct facts *f)
{
	memset(f, 0, sizeof(*f));
	arena_init(&f->arena, FACTS_ARENA);
}

void facts_clear(struct facts *f)
{
	arena_clear(&f->arena);
	f->ready = false;
}

/* ---- words ---- */

/* Adds one to a text[] that began with '{'; NULL is empty. */
static void add_word(struct text *t, const char *s)
{
	text_add(t, t->len > 1 ? ",\"" : "\"");
	for (; s != NULL && *s != '\0'; s++) {
		if (*s == '"' || *s == '\\')
			text_addc(t, '\\');
		text_addc(t, *s);
	}
	text_addc(t, '"');
}

static const char *take_words(struct text *t, struct arena *arena)
{
	const char *out;

	text_addc(t, '}');
	out = text_failed(t) ? NULL : arena_text(arena, text_str(t));
	text_clear(t);
	return out;
}

/* One word of each dataset's patients. */
static const char *words(
	struct arena *arena, const struct policy *p, const char *(*word)(const struct dataset *))
{
	struct text t;

	text_init(&t, SQL_ROOM);
	text_addc(&t, '{');
	for (unsigned i = 0; i < p->n_datasets; i++)
		add_word(&t, p->datasets[i].model == NULL ? "" : word(&p->datasets[i]));
	return take_words(&t, arena);
}

static const char *patients_table(const struct dataset *d)
{
	return d->model->patients == NULL ? "" : d->model->patients;
}

static const char *patients_key(const struct dataset *d)
{
	return d->model->key == NULL ? "" : d->model->key;
}

static unsigned count_codes(const struct policy *p)
{
	unsigned n = 0;

	for (unsigned i = 0; i < p->n_codes; i++)
		n += p->codes[i].n_omop;
	return n;
}

static const char *expanded_codes(struct arena *arena, const struct policy *p)
{
	int32_t *list = arena_array(arena, count_codes(p), sizeof(*list));
	unsigned n = 0;

	if (list == NULL)
		return NULL;
	for (unsigned i = 0; i < p->n_codes; i++)
		for (unsigned k = 0; k < p->codes[i].n_omop; k++)
			if (p->codes[i].omop[k].descendants)
	list[n++] = p->codes[i].omop[k].concept;
	return n == 0 ? "" : sql_ints(arena, list, n);
}

static bool same_vocabulary(const struct model *a, const struct model *b)
{
	return a != NULL && b != NULL && a->ancestors != NULL && b->ancestors != NULL &&
	       strcmp(a->ancestors, b->ancestors) == 0;
}

/* Datasets may share a vocabulary: it is asked once. */
static bool asked_before(const struct policy *p, unsigned i)
{
	for (unsigned j = 0; j < i; j++)
		if (same_vocabulary(p->datasets[j].model, p->datasets[i].model))
			return true;
	return false;
}

static void ask_ancestors(struct text *t, const struct model *m)
{
	text_add(t, "\nUNION ALL (SELECT 1, a.");
	sql_name(t, m->ancestor);
	text_add(t, ", a.");
	sql_name(t, m->descendant);
	text_add(t, " FROM ");
	sql_qualified(t, m->ancestors);
	text_add(t, " a WHERE a.");
	sql_name(t, m->ancestor);
	text_addf(t, " = ANY ($3::int4[]) LIMIT %d)", MAX_ROWS + 1);
}

static const char unique_sql[] = "SELECT 0 AS what, d.i AS a, 0::int8 AS b"
				 " FROM unnest($1::text[], $2::text[]) WITH ORDINALITY d(r, c, i)"
				 " WHERE d.r <> '' AND EXISTS (SELECT 1" SQL_UNIQUE_INDEXES
				 " AND n.nspname || '.' || t.relname = d.r AND k.attname = d.c)";

/* ---- codes of other systems ---- */

static bool lists_codes(const struct policy *p, enum code_system s)
{
	for (unsigned i = 0; i < p->n_codes; i++)
		if (p->codes[i].listed[s].n > 0)
			return true;
	return false;
}

static bool has_vocabulary(const struct model *m)
{
	return m != NULL && m->ancestors != NULL && m->vocabulary.concepts != NULL;
}

/* Whether any code rule could be found by a vocabulary. */
static bool wants_vocabulary(const struct policy *p)
{
	for (unsigned d = 0; d < p->n_datasets; d++)
		for (enum code_system s = SYSTEM_ICD10; s < SYSTEMS; s++)
			if (model_knows(p->datasets[d].model, s) && lists_codes(p, s))
				return true;
	return false;
}

enum {
	PARTS = 8
};

static void vocabulary_parts(const struct model *m, const char *out[PARTS][2])
{
	const struct model_vocabulary *v = &m->vocabulary;
	const char *const parts[PARTS][2] = { { v->concepts, v->id }, { v->concepts, v->system },
		{ v->concepts, v->code }, { v->maps, v->from }, { v->maps, v->to },
		{ v->maps, v->kind }, { m->ancestors, m->ancestor },
		{ m->ancestors, m->descendant } };

	memcpy(out, parts, sizeof(parts));
}

/* Asks for every part of every vocabulary whether it is there and may be read: one row each that is. */
static int write_look(struct facts *f, const struct policy *p, struct sql *out, struct error *err)
{
	static const char look[] =
		"SELECT 4 AS what, d.i AS a, count(*)::int8 AS b"
		" FROM unnest($1::text[], $2::text[]) WITH ORDINALITY d(r, c, i)"
		" JOIN pg_namespace n ON has_schema_privilege(n.oid, 'USAGE')"
		" JOIN pg_class t ON t.relnamespace = n.oid"
		" AND n.nspname || '.' || t.relname = d.r"
		" JOIN pg_attribute k ON k.attrelid = t.oid AND k.attname = d.c AND NOT "
		"k.attisdropped"
		" WHERE has_column_privilege(t.oid, k.attnum, 'SELECT') GROUP BY d.i";
	const char **values = arena_array(&f->arena, 2, sizeof(*values));
	struct text tables, columns;

	if (values == NULL)
		return error_memory(err);
	text_init(&tables, SQL_ROOM);
	text_init(&columns, SQL_ROOM);
	text_addc(&tables, '{');
	text_addc(&columns, '{');
	for (unsigned d = 0; d < p->n_datasets && d < 64; d++) {
		const char *parts[PARTS][2] = { 0 };

		if (has_vocabulary(p->datasets[d].model))
			vocabulary_parts(p->datasets[d].model, parts);
		for (unsigned i = 0; i < PARTS; i++) {
			add_word(&tables, parts[i][0]);
			add_word(&columns, parts[i][1]);
		}
	}
	values[0] = take_words(&tables, &f->arena);
	values[1] = take_words(&columns, &f->arena);
	if (values[0] == NULL || values[1] == NULL)
		return error_memory(err);
	f->looking = true;
	*out = (struct sql){ .text = look, .values = values, .n_values = 2 };
	return 0;
}

/* What is asked of each vocabulary: parallel arrays. */
struct asked_codes {
	struct text rules, systems, codes; /* every listed code, with its rule */
	struct text names, name_systems,
		name_length; /* what the site calls a system; 0: whole codes */
};

static void add_number(struct text *t, unsigned v)
{
	text_addf(t, "%s%u", t->len > 1 ? "," : "", v);
}

/* The lengths of listed prefixes: concepts are looked up by their first so many characters, which is a
 * join of equals and not a comparison of each with each. */
static void add_names(
	struct asked_codes *q, const struct policy *p, const struct model *m, enum code_system s)
{
	bool lengths[64] = { false };

	for (unsigned i = 0; i < p->n_codes; i++)
		for (unsigned k = 0; k < p->codes[i].listed[s].n; k++) {
			size_t n = strlen(p->codes[i].listed[s].codes[k]);

			lengths[system_by_prefix(s) ? (n < 63 ? n : 63) : 0] = true;
		}
	for (unsigned n = 0; n < 64; n++)
		for (unsigned k = 0; lengths[n] && k < m->vocabulary.n_names[s]; k++) {
			add_word(&q->names, m->vocabulary.names[s][k]);
			add_number(&q->name_systems, s);
			add_number(&q->name_length, n);
		}
}

static void add_codes(
	struct asked_codes *q, const struct policy *p, const struct model *m, enum code_system s)
{
	if (!model_knows(m, s))
		return;
	for (unsigned i = 0; i < p->n_codes; i++)
		for (unsigned k = 0; k < p->codes[i].listed[s].n; k++) {
			add_number(&q->rules, i + 1);
			add_number(&q->systems, s);
			add_word(&q->codes, p->codes[i].listed[s].codes[k]);
		}
	add_names(q, p, m, s);
}

/* " FROM <relation> <alias>" */
static void from(struct text *t, const char *before, const char *relation, const char *alias)
{
	text_add(t, before);
	sql_qualified(t, relation);
	text_addf(t, " %s", alias);
}

static void of(struct text *t, const char *before, const char *alias, const char *column)
{
	text_addf(t, "%s%s.", before, alias);
	sql_name(t, column);
}

/* Concepts whose code begins so, what they map to, and all below either; and which systems lead anywhere. */
static void ask_vocabulary(struct text *t, const struct model *m, unsigned dataset, int v)
{
	const struct model_vocabulary *o = &m->vocabulary;

	text_addf(t,
		"\nUNION ALL (WITH name AS (SELECT * FROM unnest($%d::text[], $%d::int4[], "
		"$%d::int4[]) x(name, system, length)),"
		"\n source AS (SELECT DISTINCT r.rule, k.",
		v + 3, v + 4, v + 5);
	sql_name(t, o->id);
	from(t, " AS id FROM name v JOIN ", o->concepts, "k");
	of(t, " ON ", "k", o->system);
	text_add(t, " = v.name JOIN ");
	text_addf(t,
		"unnest($%d::int4[], $%d::int4[], $%d::text[]) r(rule, system, code)"
		" ON r.system = v.system AND r.code = left(" SYSTEM_NORMAL_SQL_BEFORE,
		v, v + 1, v + 2);
	of(t, "", "k", o->code);
	text_add(t, SYSTEM_NORMAL_SQL_AFTER
		", CASE WHEN v.length = 0 THEN 1000 ELSE v.length END)),"
		"\n target AS (SELECT rule, id FROM source UNION SELECT s.rule, ");
	of(t, "", "m", o->to);
	from(t, " FROM source s JOIN ", o->maps, "m");
	of(t, " ON ", "m", o->from);
	of(t, " = s.id WHERE ", "m", o->kind);
	text_addf(t, " = $%d::text AND ", v + 6);
	of(t, "", "m", o->to);
	text_add(t, " > 0)\n SELECT 2, rule, id FROM target UNION SELECT 2, g.rule, ");
	of(t, "", "a", m->descendant);
	from(t, " FROM target g JOIN ", m->ancestors, "a");
	of(t, " ON ", "a", m->ancestor);
	text_addf(t, " = g.id LIMIT %d)", MAX_ROWS + 1);
	text_addf(t,
		"\nUNION ALL SELECT DISTINCT 3, %u, v.system::int8 FROM unnest($%d::text[], "
		"$%d::int4[]) v(name, system) WHERE EXISTS (SELECT 1",
		dataset + 1, v + 3, v + 4);
	from(t, " FROM ", o->concepts, "k");
	from(t, " JOIN ", o->maps, "m");
	of(t, " ON ", "m", o->from);
	of(t, " = ", "k", o->id);
	of(t, " WHERE ", "k", o->system);
	of(t, " = v.name AND ", "m", o->kind);
	text_addf(t, " = $%d::text) OR EXISTS (SELECT 1", v + 6);
	from(t, " FROM ", o->concepts, "k");
	from(t, " JOIN ", m->ancestors, "a");
	of(t, " ON ", "a", m->ancestor);
	of(t, " = ", "k", o->id);
	of(t, " WHERE ", "k", o->system);
	text_add(t, " = v.name)");
}

/* Binds what ask_vocabulary() names: seven values from values[n] on. */
static bool bind_codes(
	struct facts *f, const struct policy *p, const struct model *m, const char **values)
{
	struct asked_codes q;
	struct text *const lists[] = { &q.rules, &q.systems, &q.codes, &q.names, &q.name_systems,
		&q.name_length };
	bool ok = true;

	for (unsigned i = 0; i < 6; i++) {
		text_init(lists[i], CODES_ROOM);
		text_addc(lists[i], '{');
	}
	for (enum code_system s = SYSTEM_ICD10; s < SYSTEMS; s++)
		add_codes(&q, p, m, s);
	for (unsigned i = 0; i < 6; i++) {
		values[i] = take_words(lists[i], &f->arena);
		ok = ok && values[i] != NULL;
	}
	values[6] = m->vocabulary.mapping;
	return ok;
}

/* ---- the statements ---- */

struct writing {
	struct text t;
	const char **values;
	int n;
	bool failed;
};

static void write_ancestors(struct facts *f, const struct policy *p, struct writing *w)
{
	const char *codes = expanded_codes(&f->arena, p);

	w->failed = w->failed || codes == NULL;
	if (w->failed || codes[0] == '\0')
		return;
	for (unsigned i = 0; i < p->n_datasets; i++) {
		const struct model *m = p->datasets[i].model;

		if (m == NULL || m->ancestors == NULL || asked_before(p, i))
			continue;
		w->values[2] = codes;
		w->n = 3;
		ask_ancestors(&w->t, m);
	}
}

static void write_codes(struct facts *f, const struct policy *p, struct writing *w)
{
	for (unsigned i = 0; i < p->n_datasets && i < 64 && !w->failed; i++) {
		const struct model *m = p->datasets[i].model;

		if (!(f->readable >> i & 1) || !has_vocabulary(m) || asked_before(p, i))
			continue;
		ask_vocabulary(&w->t, m, i, w->n + 1);
		w->failed = !bind_codes(f, p, m, w->values + w->n);
		w->n += 7;
	}
}

int facts_write(struct facts *f, const struct policy *p, struct sql *out, struct error *err)
{
	bool vocabulary = wants_vocabulary(p);
	struct writing w = { .n = 2 };
	const char *text;

	arena_reset(&f->arena);
	f->ready = f->looking = false;
	if (vocabulary && !f->looked)
		return write_look(f, p, out, err);
	f->looked = false; /* what was seen is used once */
	w.values = arena_array(&f->arena, 3 + 7 * (size_t)p->n_datasets, sizeof(*w.values));
	if (w.values == NULL)
		return error_memory(err);
	w.values[0] = words(&f->arena, p, patients_table);
	w.values[1] = words(&f->arena, p, patients_key);
	text_init(&w.t, SQL_ROOM);
	text_add(&w.t, unique_sql);
	write_ancestors(f, p, &w);
	if (vocabulary)
		write_codes(f, p, &w);
	text = text_failed(&w.t) ? NULL : arena_text(&f->arena, text_str(&w.t));
	text_clear(&w.t);
	if (w.failed || text == NULL || w.values[0] == NULL || w.values[1] == NULL)
		return error_memory(err);
	*out = (struct sql){ .text = text, .values = w.values, .n_values = w.n };
	return 0;
}

/* ---- its rows ---- */

static int bad_rows(struct error *err)
{
	return error_set(err, E_INPUT,
		SAY("this site's vocabulary could not be read", "无法读取本院的术语表"),
		"the facts' rows have an unexpected form");
}

static int too_many(struct error *err)
{
	return error_set(err, E_LIMIT,
		SAY("this site's sensitive codes expand to too many concepts",
			"本院敏感代码展开后的概念过多"),
		"the code rules expand to more than %d concepts", MAX_RED_CODES);
}

static int by_ancestor(const void *a, const void *b)
{
	const struct pair *x = a, *y = b;

	if (x->ancestor != y->ancestor)
		return x->ancestor < y->ancestor ? -1 : 1;
	return (x->descendant > y->descendant) - (x->descendant < y->descendant);
}

static int by_number(const void *a, const void *b)
{
	int32_t x = *(const int32_t *)a, y = *(const int32_t *)b;

	return (x > y) - (x < y);
}

/* What the rows say, sorted for looking up. */
struct told {
	struct pair *tree, *codes;
	size_t n_tree, n_codes;
	unsigned *known; /* by dataset: bit per system */
};

static bool is_concept(int64_t v)
{
	return v >= 1 && v <= INT32_MAX;
}

static int read_row(struct facts *f, const struct policy *p, const struct source_rows *rows, int i,
	struct told *told, struct error *err)
{
	int64_t what, a, b;

	if (!source_int(rows, i, 0, &what) || !source_int(rows, i, 1, &a) ||
		!source_int(rows, i, 2, &b) || a < 1)
		return bad_rows(err);
	if (what == FACT_UNIQUE && a <= (int64_t)p->n_datasets)
		f->one_row[a - 1] = true;
	else if (what == FACT_ANCESTOR && is_concept(a) && is_concept(b))
		told->tree[told->n_tree++] = (struct pair){ (int32_t)a, (int32_t)b };
	else if (what == FACT_CODE && a <= (int64_t)p->n_codes && is_concept(b))
		told->codes[told->n_codes++] = (struct pair){ (int32_t)a, (int32_t)b };
	else if (what == FACT_SYSTEM && a <= (int64_t)p->n_datasets && b > SYSTEM_OMOP &&
		 b < SYSTEMS)
		told->known[a - 1] |= 1u << b;
	else
		return bad_rows(err);
	return 0;
}

/* Room for everything that the codes of one direction (in or out) expand to. */
struct list {
	int32_t *at;
	size_t n, room;
};

static bool list_add(struct list *l, int32_t concept)
{
	if (l->n == l->room) {
		size_t room = l->room == 0 ? 256 : l->room * 2;
		int32_t *at = realloc(l->at, room * sizeof(*at));

		if (at == NULL)
			return false;
		l->at = at;
		l->room = room;
	}
	l->at[l->n++] = concept;
	return true;
}

static size_t first_of(const struct pair *pairs, size_t n, int32_t ancestor)
{
	size_t low = 0, high = n;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (pairs[mid].ancestor < ancestor)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

static bool expand(
	const struct code_rule *rule, bool out, const struct pair *pairs, size_t n, struct list *l)
{
	for (unsigned k = 0; k < rule->n_omop; k++) {
		const struct code *c = &rule->omop[k];

		if (c->out != out)
			continue;
		if (!list_add(l, c->concept))
			return false;
		for (size_t i = first_of(pairs, n, c->concept);
			c->descendants && i < n && pairs[i].ancestor == c->concept; i++)
			if (!list_add(l, pairs[i].descendant))
				return false;
	}
	if (l->n > 0)
		qsort(l->at, l->n, sizeof(*l->at), by_number);
	return true;
}

/* Sorted, each once, without what is taken out again. */
static int keep(struct facts *f, unsigned rule, const struct list *in, const struct list *out,
	struct error *err)
{
	int32_t *kept = arena_array(&f->arena, in->n, sizeof(*kept));
	unsigned n = 0;

	if (kept == NULL)
		return error_memory(err);
	for (size_t i = 0; i < in->n; i++) {
		if (i > 0 && in->at[i] == in->at[i - 1])
			continue;
		if (out->n > 0 &&
			bsearch(&in->at[i], out->at, out->n, sizeof(*out->at), by_number) != NULL)
			continue;
		kept[n++] = in->at[i];
	}
	f->red.concepts[rule] = kept;
	f->red.counts[rule] = n;
	return 0;
}

static bool add_coded(struct list *in, const struct told *told, unsigned rule)
{
	for (size_t i = first_of(told->codes, told->n_codes, (int32_t)rule + 1);
		i < told->n_codes && told->codes[i].ancestor == (int32_t)rule + 1; i++)
		if (!list_add(in, told->codes[i].descendant))
			return false;
	if (in->n > 0)
		qsort(in->at, in->n, sizeof(*in->at), by_number);
	return true;
}

static int expand_rule(struct facts *f, const struct policy *p, unsigned rule,
	const struct told *told, struct error *err)
{
	struct list in = { 0 }, out = { 0 };
	int ret = -1;

	if (expand(&p->codes[rule], false, told->tree, told->n_tree, &in) &&
		add_coded(&in, told, rule) &&
		expand(&p->codes[rule], true, told->tree, told->n_tree, &out))
		ret = keep(f, rule, &in, &out, err);
	else
		error_memory(err);
	free(in.at);
	free(out.at);
	return ret;
}

/* The first dataset that asked for the vocabulary of dataset d. */
static unsigned asker(const struct policy *p, unsigned d)
{
	for (unsigned i = 0; i < d; i++)
		if (same_vocabulary(p->datasets[i].model, p->datasets[d].model))
			return i;
	return d;
}

/* A system is known when every vocabulary that should have it does. */
static unsigned known_systems(const struct policy *p, const struct told *told)
{
	unsigned known = ~0u;

	for (unsigned d = 0; d < p->n_datasets; d++)
		if (has_vocabulary(p->datasets[d].model))
			known &= told->known[asker(p, d)];
	return known;
}

static int expand_all(
	struct facts *f, const struct policy *p, const struct told *told, struct error *err)
{
	size_t total = 0;

	qsort(told->tree, told->n_tree, sizeof(*told->tree), by_ancestor);
	qsort(told->codes, told->n_codes, sizeof(*told->codes), by_ancestor);
	f->red.n_rules = p->n_codes;
	f->red.systems = known_systems(p, told);
	f->red.concepts = arena_array(&f->arena, p->n_codes, sizeof(*f->red.concepts));
	f->red.counts = arena_array(&f->arena, p->n_codes, sizeof(*f->red.counts));
	if (f->red.concepts == NULL || f->red.counts == NULL)
		return error_memory(err);
	for (unsigned i = 0; i < p->n_codes; i++) {
		if (expand_rule(f, p, i, told, err) != 0)
			return -1;
		total += f->red.counts[i];
		if (total > MAX_RED_CODES)
			return too_many(err);
	}
	return 0;
}

/* A vocabulary is readable when each of its parts is. */
static int read_look(
	struct facts *f, const struct policy *p, const struct source_rows *rows, struct error *err)
{
	unsigned parts[64] = { 0 };

	for (int i = 0; i < source_rows(rows); i++) {
		int64_t what, a, b;

		if (!source_int(rows, i, 0, &what) || !source_int(rows, i, 1, &a) ||
			!source_int(rows, i, 2, &b) || what != FACT_COLUMN || a < 1 ||
			a > PARTS * 64 || b < 1)
			return bad_rows(err);
		parts[(a - 1) / PARTS] |= 1u << ((a - 1) % PARTS);
	}
	f->readable = 0;
	for (unsigned d = 0; d < p->n_datasets && d < 64; d++)
		if (parts[d] == (1u << PARTS) - 1)
			f->readable |= UINT64_C(1) << d;
	f->looked = true;
	return 0;
}

static int read_facts(
	struct facts *f, const struct policy *p, const struct source_rows *rows, struct error *err)
{
	int n_rows = source_rows(rows), ret = 0;
	struct told told = { .tree = calloc((size_t)n_rows + 1, sizeof(*told.tree)),
		.codes = calloc((size_t)n_rows + 1, sizeof(*told.codes)) };

	f->one_row = arena_array(&f->arena, p->n_datasets, sizeof(*f->one_row));
	told.known = arena_array(&f->arena, p->n_datasets, sizeof(*told.known));
	if (told.tree == NULL || told.codes == NULL || f->one_row == NULL || told.known == NULL)
		ret = error_memory(err);
	for (int i = 0; ret == 0 && i < n_rows; i++)
		ret = read_row(f, p, rows, i, &told, err);
	if (ret == 0)
		ret = expand_all(f, p, &told, err);
	free(told.tree);
	free(told.codes);
	f->ready = ret == 0;
	return ret;
}

int facts_read(
	struct facts *f, const struct policy *p, const struct source_rows *rows, struct error *err)
{
	bool looking = f->looking;

	arena_reset(&f->arena);
	f->looking = f->looked = f->ready = false;
	if (source_columns(rows) != 3)
		return bad_rows(err);
	if (source_rows(rows) > MAX_ROWS)
		return too_many(err);
	return looking ? read_look(f, p, rows, err) : read_facts(f, p, rows, err);
}

unsigned facts_unknown(const struct facts *f, const struct policy *p)
{
	unsigned bits = 0;

	for (unsigned d = 0; d < p->n_datasets; d++)
		for (enum code_system s = SYSTEM_ICD10; s < SYSTEMS; s++)
			if (lists_codes(p, s) && model_knows(p->datasets[d].model, s) &&
				!(f->red.systems >> s & 1))
				bits |= 1u << s;
	return bits;
}

struct sql_facts facts_for(
	const struct facts *f, const struct policy *p, const struct dataset *data)
{
	return (struct sql_facts){ .red = &f->red,
		.one_row_a_patient = f->one_row[data - p->datasets] };
}
