#include "policies/grants.h"

#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "policies/model.h"

/* Being gathered; `list` is heap. */
struct grants {
	struct grant *list;
	size_t n, room;
	bool failed;
};

static void add(struct grants *g, const char *schema, const char *relation, const char *column,
	const char *note)
{
	for (size_t i = 0; i < g->n; i++)
		if (strcmp(g->list[i].schema, schema) == 0 &&
			strcmp(g->list[i].relation, relation) == 0 &&
			strcmp(g->list[i].column, column) == 0)
			return;
	if (g->n == g->room) {
		size_t room = g->room == 0 ? 64 : g->room * 2;
		struct grant *list = realloc(g->list, room * sizeof(*list));

		if (list == NULL) {
			g->failed = true;
			return;
		}
		g->list = list;
		g->room = room;
	}
	g->list[g->n++] = (struct grant){ schema, relation, column, note, false };
}

/* A column is read while it has any use; one whose exception ends is granted until the script is run
 * again, and refused by every decision from that day on. */
static void add_table(struct grants *g, const struct table *t)
{
	for (unsigned i = 0; i < t->n_columns; i++)
		if (t->columns[i].uses != 0 && t->columns[i].uses != USE_FORBIDDEN)
			add(g, t->schema, t->relation, t->columns[i].column, NULL);
}

static bool filters_concepts(const struct dataset *d)
{
	for (unsigned t = 0; t < d->n_tables; t++)
		for (unsigned c = 0; c < d->tables[t].n_columns; c++)
			if (d->tables[t].columns[c].gen == GEN_CODES)
				return true;
	return false;
}

static bool lists_concepts(const struct policy *p)
{
	for (unsigned i = 0; i < p->n_codes; i++)
		if (p->codes[i].n_omop > 0)
			return true;
	return false;
}

/* Whether a rule's codes are to be found in the model's vocabulary. */
static bool lists_codes(const struct policy *p, const struct model *m)
{
	for (unsigned i = 0; i < p->n_codes; i++)
		for (enum code_system s = SYSTEM_ICD10; s < SYSTEMS; s++)
			if (p->codes[i].listed[s].n > 0 && model_knows(m, s))
				return true;
	return false;
}

/* A column of a table of a shipped model, written schema.table; the parts live in `buf`. */
static void add_of_model(struct grants *g, const char *table, const char *column, const char *note,
	bool optional, char buf[MAX_NAME + 1])
{
	char *dot;

	if (table == NULL || column == NULL || !text_copy(buf, MAX_NAME + 1, table))
		return;
	dot = strchr(buf, '.');
	if (dot == NULL)
		return;
	*dot = '\0';
	add(g, buf, dot + 1, column, note);
	for (size_t i = 0; optional && i < g->n; i++)
		if (strcmp(g->list[i].schema, buf) == 0 &&
			strcmp(g->list[i].relation, dot + 1) == 0 && g->list[i].note == note)
			g->list[i].optional = true;
}

enum {
	MODEL_TABLES = 3
};
typedef char model_names[MODEL_TABLES][MAX_NAME + 1];

static void add_model(
	struct grants *g, const struct policy *p, const struct dataset *d, model_names names)
{
	static const char below[] = "descendants of concepts", codes[] = "codes as concepts",
			  maps[] = "standard concepts of codes";
	const struct model *m = d->model;
	const struct model_vocabulary *v = &m->vocabulary;
	bool coded = lists_codes(p, m);

	if (m->ancestors != NULL && (coded || lists_concepts(p) || filters_concepts(d))) {
		add_of_model(g, m->ancestors, m->ancestor, below, false, names[0]);
		add_of_model(g, m->ancestors, m->descendant, below, false, names[0]);
		if (v->invalid != NULL && filters_concepts(d)) { /* a question means those in force */
			add_of_model(g, v->concepts, v->id, below, false, names[1]);
			add_of_model(g, v->concepts, v->invalid, below, false, names[1]);
		}
	}
	if (!coded)
		return;
	add_of_model(g, v->concepts, v->id, codes, true, names[1]);
	add_of_model(g, v->concepts, v->system, codes, true, names[1]);
	add_of_model(g, v->concepts, v->code, codes, true, names[1]);
	if (v->invalid != NULL)
		add_of_model(g, v->concepts, v->invalid, codes, true, names[1]);
	add_of_model(g, v->maps, v->from, maps, true, names[2]);
	add_of_model(g, v->maps, v->to, maps, true, names[2]);
	add_of_model(g, v->maps, v->kind, maps, true, names[2]);
	if (v->maps_invalid != NULL)
		add_of_model(g, v->maps, v->maps_invalid, maps, true, names[2]);
}

static void collect(struct grants *g, const struct policy *p, model_names *names)
{
	for (unsigned i = 0; i < p->n_datasets; i++) {
		const struct dataset *d = &p->datasets[i];

		for (unsigned t = 0; t < d->n_tables; t++)
			add_table(g, &d->tables[t]);
		if (d->opt_out_column != NULL)
			add(g, d->opt_out_schema, d->opt_out_relation, d->opt_out_column,
				"drop_patients");
		if (d->model != NULL)
			add_model(g, p, d, names[i]);
	}
}

int grants_list(const struct policy *p, struct arena *a, const struct grant **list, size_t *n,
	struct error *err)
{
	model_names *names = arena_array(a, p->n_datasets + 1, sizeof(*names));
	struct grants g = { 0 };
	struct grant *copy = NULL;

	if (names == NULL)
		return error_memory(err);
	collect(&g, p, names);
	if (!g.failed)
		copy = arena_array(a, g.n + 1, sizeof(*copy));
	if (copy != NULL && g.n > 0)
		memcpy(copy, g.list, g.n * sizeof(*copy));
	free(g.list);
	if (copy == NULL)
		return error_memory(err);
	*list = copy;
	*n = g.n;
	return 0;
}

/* ---- writing ---- */

void grants_name(struct text *out, const char *name)
{
	bool plain = true;
	size_t len = strlen(name);

	for (size_t i = 0; i < len && plain;) {
		uint32_t cp;
		size_t used = utf8_next(name + i, len - i, &cp);

		plain = used > 0 && cp >= ' ' && !utf8_hidden(cp);
		i += used;
	}
	text_add(out, plain ? "\"" : "U&\"");
	for (size_t i = 0; i < len;) {
		uint32_t cp = (unsigned char)name[i];
		size_t used = utf8_next(name + i, len - i, &cp);

		if (used == 0) /* no UTF-8: a name that nobody can spell */
			used = 1;
		if (!plain && (cp < ' ' || utf8_hidden(cp)))
			text_addf(out, "\\+%06x", (unsigned)cp);
		else if (cp == '"' || (!plain && cp == '\\'))
			text_addf(out, "%c%c", (int)cp, (int)cp);
		else
			text_addn(out, name + i, used);
		i += used;
	}
	text_addc(out, '"');
}

void grants_relation_name(struct text *out, const char *schema, const char *relation)
{
	grants_name(out, schema);
	text_addc(out, '.');
	grants_name(out, relation);
}

bool grants_role_valid(const char *role)
{
	size_t len = strlen(role);

	if (len == 0 || len > MAX_ID || (role[0] >= '0' && role[0] <= '9'))
		return false;
	for (; *role != '\0'; role++)
		if (!((*role >= 'a' && *role <= 'z') || (*role >= '0' && *role <= '9') ||
			    *role == '_'))
			return false;
	return true;
}

bool grant_same_relation(const struct grant *a, const struct grant *b)
{
	return strcmp(a->schema, b->schema) == 0 && strcmp(a->relation, b->relation) == 0;
}

static bool seen_relation(const struct grant *list, size_t upto)
{
	for (size_t i = 0; i < upto; i++)
		if (grant_same_relation(&list[i], &list[upto]))
			return true;
	return false;
}

/* As a literal of PostgreSQL: 'schema.relation' with both names quoted. */
static void add_relation_literal(struct text *out, const struct grant *g)
{
	const char *const parts[] = { g->schema, g->relation };

	for (unsigned i = 0; i < 2; i++) {
		text_add(out, i == 0 ? "'\"" : ".\"");
		for (const char *c = parts[i]; *c != '\0'; c++) {
			if (*c == '"' || *c == '\'')
				text_addc(out, *c);
			text_addc(out, *c);
		}
		text_addc(out, '"');
	}
	text_addc(out, '\'');
}

void grants_relation(
	struct text *out, const struct grant *list, size_t n, size_t from, const char *role)
{
	bool first = true;

	text_add(out, "grant select (");
	for (size_t i = 0; i < n; i++) {
		if (!grant_same_relation(&list[i], &list[from]))
			continue;
		text_add(out, first ? "" : ", ");
		grants_name(out, list[i].column);
		first = false;
	}
	text_add(out, ") on ");
	grants_relation_name(out, list[from].schema, list[from].relation);
	text_add(out, " to ");
	grants_name(out, role);
	text_addc(out, ';');
}

static void add_relation(
	struct text *out, const struct grant *list, size_t n, size_t from, const char *role)
{
	const char *note = list[from].note;
	bool optional = list[from].optional;

	if (optional) {
		text_add(out, "do $$ begin if to_regclass(");
		add_relation_literal(out, &list[from]);
		text_add(out, ") is not null then ");
	}
	grants_relation(out, list, n, from, role);
	if (optional)
		text_add(out, " end if; end $$;");
	if (note != NULL)
		text_addf(out, "  -- %s", note);
	text_addc(out, '\n');
}

const struct grant_setting grants_settings[] = { { "search_path", "pg_catalog" },
	{ "default_transaction_read_only", "on" }, { "standard_conforming_strings", "on" },
	{ "statement_timeout", "'60s'" }, { NULL, NULL } };

/* What a role could do that was there before: only the administrator's script may take it away, and only
 * where there is something to take, since a lesser administrator may not even name some attributes. */
static void write_attributes(const char *role, struct text *out)
{
	text_addf(out,
		"do $$ declare r record; begin\n"
		"  if exists (select from pg_catalog.pg_roles where rolname = '%s' and (rolsuper "
		"or "
		"rolcreatedb or rolcreaterole or rolinherit or rolbypassrls or rolreplication)) "
		"then\n"
		"    alter role \"%s\" nosuperuser nocreatedb nocreaterole noinherit nobypassrls "
		"noreplication; end if;\n"
		"  for r in select pg_catalog.pg_get_userbyid(m.roleid) as name from "
		"pg_catalog.pg_auth_members m\n"
		"    where pg_catalog.pg_get_userbyid(m.member) = '%s' loop execute "
		"pg_catalog.format('revoke %%I from %%I', r.name, '%s'); end loop; end $$;\n",
		role, role, role, role);
}

static void write_role(const struct policy *p, const char *role, struct text *out)
{
	char hash[HASH_TEXT];

	text_addf(out,
		"-- cordon policy grants: site %s, version %lld, %s; run by the database "
		"administrator\n",
		p->site, (long long)p->version, hash32_text(&p->hash, hash));
	text_add(out, "begin;\n");
	text_addf(out,
		"do $$ begin if not exists (select from pg_catalog.pg_roles where rolname = '%s') "
		"then\n"
		"  create role \"%s\" login nosuperuser nocreatedb nocreaterole noinherit "
		"nobypassrls "
		"noreplication connection limit 4; end if; end $$;\n",
		role, role);
	write_attributes(role, out);
	for (const struct grant_setting *s = grants_settings; s->name != NULL; s++)
		text_addf(out, "alter role \"%s\" set %s = %s;\n", role, s->name, s->value);
}

/* Schemas of every listed table too: one in which nothing is open may have been granted before. */
static const char **listed_schemas(
	const struct policy *p, const struct grant *list, size_t n, struct arena *a, size_t *count)
{
	size_t most = n;
	const char **out;

	for (unsigned d = 0; d < p->n_datasets; d++)
		most += p->datasets[d].n_tables;
	out = arena_array(a, most + 1, sizeof(*out));
	*count = 0;
	if (out == NULL)
		return NULL;
	for (size_t i = 0; i < n; i++)
		out[(*count)++] = list[i].schema;
	for (unsigned d = 0; d < p->n_datasets; d++)
		for (unsigned i = 0; i < p->datasets[d].n_tables; i++)
			out[(*count)++] = p->datasets[d].tables[i].schema;
	return out;
}

static void add_schemas(struct text *out, const char *const *schemas, size_t n)
{
	bool first = true;

	for (size_t i = 0; i < n; i++) {
		size_t j = 0;

		while (j < i && strcmp(schemas[j], schemas[i]) != 0)
			j++;
		if (j < i)
			continue;
		text_add(out, first ? "" : ", ");
		grants_name(out, schemas[i]);
		first = false;
	}
}

static void write_rights(const struct grant *list, size_t n, const char *const *schemas,
	size_t n_schemas, const char *role, struct text *out)
{
	if (n_schemas == 0)
		return;
	text_add(out, "revoke all on all tables in schema ");
	add_schemas(out, schemas, n_schemas);
	text_addf(out, " from \"%s\";  -- a table grant would outlive a column revoke\n", role);
	text_add(out, "revoke all on schema ");
	add_schemas(out, schemas, n_schemas);
	text_addf(out, " from \"%s\";\n", role);
	if (n == 0)
		return;
	text_add(out, "grant usage on schema ");
	add_schemas(out, schemas, n); /* the granted ones come first */
	text_addf(out, " to \"%s\";\n", role);
	for (size_t i = 0; i < n; i++)
		if (!seen_relation(list, i))
			add_relation(out, list, n, i, role);
}

int grants_write(const struct policy *p, const char *role, struct text *out, struct error *err)
{
	const struct grant *list;
	const char **schemas;
	struct arena arena;
	size_t n, n_schemas;
	int ret = -1;

	if (!grants_role_valid(role))
		return error_set(err, E_INPUT,
			SAY("A role name is made of small letters, digits and '_'.",
				"角色名只能由小写字母、数字和“_”组成。"),
			"role name \"%s\" is not small letters, digits and '_'", role);
	arena_init(&arena, MAX_POLICY_ARENA);
	if (grants_list(p, &arena, &list, &n, err) == 0) {
		schemas = listed_schemas(p, list, n, &arena, &n_schemas);
		write_role(p, role, out);
		write_rights(list, n, schemas, n_schemas, role, out);
		text_add(out,
			"commit;\n"
			"-- What PUBLIC may read, the role may read too, and only each table's "
			"owner can change that.\n"
			"-- cordon policy grants --check --db ... lists it, with the statement "
			"that mends it.\n");
		ret = schemas == NULL || text_failed(out) ? error_memory(err) : 0;
	}
	arena_clear(&arena);
	return ret;
}
