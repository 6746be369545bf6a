#include "policies/grants.h"

#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "policies/model.h"

struct grant {
	const char *schema, *relation, *column;
	const char *note; /* why, when it is no listed column */
	bool optional;    /* the site may have no such table */
};

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

	if (coded || lists_concepts(p) || filters_concepts(d)) {
		add_of_model(g, m->ancestors, m->ancestor, below, false, names[0]);
		add_of_model(g, m->ancestors, m->descendant, below, false, names[0]);
	}
	if (!coded)
		return;
	add_of_model(g, v->concepts, v->id, codes, true, names[1]);
	add_of_model(g, v->concepts, v->system, codes, true, names[1]);
	add_of_model(g, v->concepts, v->code, codes, true, names[1]);
	add_of_model(g, v->maps, v->from, maps, true, names[2]);
	add_of_model(g, v->maps, v->to, maps, true, names[2]);
	add_of_model(g, v->maps, v->kind, maps, true, names[2]);
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

/* ---- writing ---- */

static void add_name(struct text *out, const char *name)
{
	text_addc(out, '"');
	for (; *name != '\0'; name++) {
		if (*name == '"')
			text_addc(out, '"');
		text_addc(out, *name);
	}
	text_addc(out, '"');
}

static bool role_valid(const char *role)
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

static bool seen_schema(const struct grants *g, size_t upto)
{
	for (size_t i = 0; i < upto; i++)
		if (strcmp(g->list[i].schema, g->list[upto].schema) == 0)
			return true;
	return false;
}

static bool seen_relation(const struct grants *g, size_t upto)
{
	for (size_t i = 0; i < upto; i++)
		if (strcmp(g->list[i].schema, g->list[upto].schema) == 0 &&
			strcmp(g->list[i].relation, g->list[upto].relation) == 0)
			return true;
	return false;
}

static void add_schemas(struct text *out, const struct grants *g)
{
	bool first = true;

	for (size_t i = 0; i < g->n; i++) {
		if (seen_schema(g, i))
			continue;
		text_add(out, first ? "" : ", ");
		add_name(out, g->list[i].schema);
		first = false;
	}
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

static void add_columns(struct text *out, const struct grants *g, size_t from, const char *role)
{
	const char *note = g->list[from].note;
	bool first = true, optional = g->list[from].optional;

	if (optional) {
		text_add(out, "do $$ begin if to_regclass(");
		add_relation_literal(out, &g->list[from]);
		text_add(out, ") is not null then ");
	}
	text_add(out, "grant select (");
	for (size_t i = from; i < g->n; i++) {
		if (strcmp(g->list[i].schema, g->list[from].schema) != 0 ||
			strcmp(g->list[i].relation, g->list[from].relation) != 0)
			continue;
		text_add(out, first ? "" : ", ");
		add_name(out, g->list[i].column);
		first = false;
	}
	text_add(out, ") on ");
	add_name(out, g->list[from].schema);
	text_addc(out, '.');
	add_name(out, g->list[from].relation);
	text_addf(out, " to \"%s\";", role);
	if (optional)
		text_add(out, " end if; end $$;");
	if (note != NULL)
		text_addf(out, "  -- %s", note);
	text_addc(out, '\n');
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
	text_addf(out, "alter role \"%s\" set search_path = pg_catalog;\n", role);
	text_addf(out, "alter role \"%s\" set default_transaction_read_only = on;\n", role);
	text_addf(out, "alter role \"%s\" set standard_conforming_strings = on;\n", role);
	text_addf(out, "alter role \"%s\" set statement_timeout = '60s';\n", role);
}

static void write_rights(const struct grants *g, const char *role, struct text *out)
{
	if (g->n == 0)
		return;
	text_add(out, "revoke all on all tables in schema ");
	add_schemas(out, g);
	text_addf(out, " from \"%s\";  -- a table grant would outlive a column revoke\n", role);
	text_add(out, "revoke all on schema ");
	add_schemas(out, g);
	text_addf(out, " from \"%s\";\n", role);
	text_add(out, "grant usage on schema ");
	add_schemas(out, g);
	text_addf(out, " to \"%s\";\n", role);
	for (size_t i = 0; i < g->n; i++)
		if (!seen_relation(g, i))
			add_columns(out, g, i, role);
}

int grants_write(const struct policy *p, const char *role, struct text *out, struct error *err)
{
	struct grants g = { 0 };
	model_names *names;
	bool failed;

	if (!role_valid(role))
		return error_set(err, E_INPUT,
			SAY("A role name is made of small letters, digits and '_'.",
				"角色名只能由小写字母、数字和“_”组成。"),
			"role name \"%s\" is not small letters, digits and '_'", role);
	names = calloc(p->n_datasets + 1, sizeof(*names));
	if (names == NULL)
		return error_memory(err);
	collect(&g, p, names);
	if (!g.failed) {
		write_role(p, role, out);
		write_rights(&g, role, out);
		text_add(out, "commit;\n");
	}
	failed = g.failed || text_failed(out);
	free(g.list);
	free(names);
	return failed ? error_memory(err) : 0;
}
