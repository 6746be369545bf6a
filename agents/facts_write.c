#include "agents/facts_in.h"

#include <string.h>

#include "policies/systems.h"

/*
 * The statements that ask for the facts. Names come from the policy's model alone and stand in quotes; every value
 * is a parameter.
 */

enum {
	SQL_ROOM = 64 << 10,
	CODES_ROOM = 2 << 20
};

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

/* Datasets may share a vocabulary: it is asked once. */
static bool asked_before(const struct policy *p, unsigned i)
{
	for (unsigned j = 0; j < i; j++)
		if (facts_same_vocabulary(p->datasets[j].model, p->datasets[i].model))
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

/* Of each table that has a patient key: its dataset and place in it, its name and key, beside $1 and $2. Each once,
 * however many keys hold it. */
static const char held_sql[] =
	"\nUNION ALL SELECT DISTINCT 5, h.d, h.i FROM unnest($%d::int8[], $%d::int8[], $%d::text[],"
	" $%d::text[]) h(d, i, r, c)"
	" JOIN unnest($1::text[], $2::text[]) WITH ORDINALITY d(r, c, i) ON d.i = h.d"
	" WHERE EXISTS (SELECT 1" SQL_HELD_KEYS " AND n.nspname || '.' || t.relname = h.r"
	" AND k.attname = h.c AND m.nspname || '.' || r.relname = d.r AND l.attname = d.c)";

static bool bind_held(struct facts *f, const struct policy *p, const char **values)
{
	struct text list[4];
	bool good = true;

	for (int i = 0; i < 4; i++) {
		text_init(&list[i], CODES_ROOM);
		text_addc(&list[i], '{');
	}
	for (unsigned d = 0; d < p->n_datasets; d++)
		for (unsigned i = 0; i < p->datasets[d].n_tables; i++) {
			const struct table *t = &p->datasets[d].tables[i];

			if (t->key == NULL)
				continue;
			text_addf(&list[0], "%s%u", list[0].len > 1 ? "," : "", d + 1);
			text_addf(&list[1], "%s%u", list[1].len > 1 ? "," : "", i + 1);
			add_word(&list[2], t->name);
			add_word(&list[3], t->key->column);
		}
	for (int i = 0; i < 4; i++) {
		values[i] = take_words(&list[i], &f->arena);
		good &= values[i] != NULL;
	}
	return good;
}

/* ---- codes of other systems ---- */

/* Whether any code rule could be found by a vocabulary. */
static bool wants_vocabulary(const struct policy *p)
{
	for (unsigned d = 0; d < p->n_datasets; d++)
		for (enum code_system s = SYSTEM_ICD10; s < SYSTEMS; s++)
			if (model_knows(p->datasets[d].model, s) && facts_lists(p, s))
				return true;
	return false;
}

static void vocabulary_parts(const struct model *m, const char *out[FACT_PARTS][2])
{
	const struct model_vocabulary *v = &m->vocabulary;
	const char *const parts[FACT_PARTS][2] = { { v->concepts, v->id },
		{ v->concepts, v->system }, { v->concepts, v->code }, { v->maps, v->from },
		{ v->maps, v->to }, { v->maps, v->kind }, { m->ancestors, m->ancestor },
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
	for (unsigned d = 0; d < p->n_datasets && d < FACT_DATASETS; d++) {
		const char *parts[FACT_PARTS][2] = { 0 };

		if (facts_has_vocabulary(p->datasets[d].model))
			vocabulary_parts(p->datasets[d].model, parts);
		for (unsigned i = 0; i < FACT_PARTS; i++) {
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

	/* materialized, so that each concept is looked at once and not with each listed code */
	text_add(t, "\nUNION ALL (WITH code AS MATERIALIZED (SELECT v.system, ");
	of(t, "", "k", o->id);
	text_add(t, " AS id, left(" SYSTEM_NORMAL_SQL_BEFORE);
	of(t, "", "k", o->code);
	text_addf(t,
		SYSTEM_NORMAL_SQL_AFTER
		", CASE WHEN v.length = 0 THEN 1000 ELSE v.length END) AS code"
		" FROM unnest($%d::text[], $%d::int4[], $%d::int4[]) v(name, system, length)",
		v + 3, v + 4, v + 5);
	from(t, " JOIN ", o->concepts, "k");
	of(t, " ON ", "k", o->system);
	text_addf(t,
		" = v.name),\n source AS (SELECT DISTINCT r.rule, k.id FROM code k JOIN "
		"unnest($%d::int4[], $%d::int4[], $%d::text[]) r(rule, system, code)"
		" ON r.system = k.system AND r.code = k.code),"
		"\n target AS (SELECT rule, id FROM source UNION SELECT s.rule, ",
		v, v + 1, v + 2);
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
	for (unsigned i = 0; i < p->n_datasets && i < FACT_DATASETS && !w->failed; i++) {
		const struct model *m = p->datasets[i].model;

		if (!(f->readable >> i & 1) || !facts_has_vocabulary(m) || asked_before(p, i))
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
	w.values = arena_array(&f->arena, 7 + 7 * (size_t)p->n_datasets, sizeof(*w.values));
	if (w.values == NULL)
		return error_memory(err);
	w.values[0] = words(&f->arena, p, patients_table);
	w.values[1] = words(&f->arena, p, patients_key);
	text_init(&w.t, SQL_ROOM);
	text_add(&w.t, unique_sql);
	write_ancestors(f, p, &w);
	text_addf(&w.t, held_sql, w.n + 1, w.n + 2, w.n + 3, w.n + 4);
	w.failed |= !bind_held(f, p, w.values + w.n);
	w.n += 4;
	if (vocabulary)
		write_codes(f, p, &w);
	text = text_failed(&w.t) ? NULL : arena_text(&f->arena, text_str(&w.t));
	text_clear(&w.t);
	if (w.failed || text == NULL || w.values[0] == NULL || w.values[1] == NULL)
		return error_memory(err);
	*out = (struct sql){ .text = text, .values = w.values, .n_values = w.n };
	return 0;
}
