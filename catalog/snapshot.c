#include "catalog/snapshot.h"

#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/text.h"
#include "policies/grants.h"

/* ---- the statement ---- */

/*
 * $1 role, '' for the one connected; $2, $3 schemas and relations of the policy, pairwise; $4 't': all.
 * Rows (k, a .. g), by k: 1 the server, 2 the role, 3 a setting of it, 4 a role it is a member of,
 * 5 a relation, 6 a column, 7 a right, 8 a function, 9 a label.
 *
 * `mem` is the role with every role it is a member of, at whatever distance. `sensitive` are the few
 * relations of pg_catalog that hold data of patients or passwords, which by default nobody may read.
 */
/* clang-format off */
static const char statement[] =
	"WITH RECURSIVE me AS MATERIALIZED (SELECT oid, rolname FROM pg_roles WHERE"
	" rolname::text = coalesce(nullif($1::text, ''), current_user::text)),\n"
	"mem(oid) AS (SELECT oid FROM me UNION SELECT m.roleid FROM pg_auth_members m JOIN"
	" mem ON m.member = mem.oid),\n"
	"dom(d, b) AS (SELECT oid, typbasetype FROM pg_type WHERE typtype = 'd' UNION ALL"
	" SELECT dom.d, t.typbasetype FROM dom JOIN pg_type t ON t.oid = dom.b AND t.typtype"
	" = 'd'),\n"
	"listed(s, r) AS (SELECT * FROM unnest($2::text[], $3::text[])),\n"
	"sch AS MATERIALIZED (SELECT n.oid, n.nspname::text AS s, EXISTS (SELECT FROM mem"
	" WHERE has_schema_privilege(mem.oid, n.oid, 'USAGE')) AS usage FROM pg_namespace n"
	" WHERE n.nspname NOT IN ('information_schema', 'pg_toast') AND n.nspname::text !~"
	" '^pg_(toast_)?temp_'),\n"
	"seen AS MATERIALIZED (SELECT c.oid, s.s, c.relname::text AS r, c.relkind,"
	" c.relowner, c.reloptions, c.relacl, c.relrowsecurity, c.relispartition, s.usage,"
	" ($4::text = 't' AND s.s <> 'pg_catalog') OR EXISTS (SELECT FROM listed l WHERE l.s = s.s AND l.r ="
	" c.relname::text) AS listed, EXISTS (SELECT FROM mem WHERE"
	" has_table_privilege(mem.oid, c.oid, 'SELECT')) AS whole, EXISTS (SELECT FROM mem"
	" WHERE has_any_column_privilege(mem.oid, c.oid, 'SELECT')) AS reads, EXISTS (SELECT"
	" FROM mem WHERE has_table_privilege(mem.oid, c.oid, 'INSERT, UPDATE, DELETE,"
	" TRUNCATE') OR has_any_column_privilege(mem.oid, c.oid, 'INSERT, UPDATE')) AS"
	" writes, c.relowner IN (SELECT oid FROM mem) AS owned FROM pg_class c JOIN sch s ON"
	" s.oid = c.relnamespace WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND (s.s <>"
	" 'pg_catalog' OR c.relname IN ('pg_authid', 'pg_statistic', 'pg_statistic_ext_data',"
	" 'pg_largeobject', 'pg_user_mapping'))),\n"
	"rel AS MATERIALIZED (SELECT * FROM seen WHERE listed OR owned OR usage AND (reads OR"
	" writes) OR s <> 'pg_catalog' AND s IN (SELECT l.s FROM listed l)),\n"
	"below(top, v) AS (SELECT oid, oid FROM rel WHERE listed AND relkind IN ('v', 'm')"
	" UNION SELECT b.top, d.refobjid FROM below b JOIN pg_rewrite w ON w.ev_class = b.v"
	" JOIN pg_depend d ON d.classid = 'pg_rewrite'::regclass AND d.objid = w.oid AND"
	" d.refclassid = 'pg_class'::regclass JOIN pg_class c ON c.oid = d.refobjid AND"
	" c.relkind IN ('v', 'm')),\n"
	"def AS (SELECT b.top, string_agg(CASE WHEN b.v = b.top THEN '' ELSE n.nspname::text"
	" || '.' || c.relname::text || E'\\n' END || coalesce(pg_get_viewdef(b.v), ''),"
	" E'\\n' ORDER BY b.v <> b.top, n.nspname::text COLLATE \"C\", c.relname::text"
	" COLLATE \"C\") AS t FROM below b JOIN pg_class c ON c.oid = b.v JOIN pg_namespace n"
	" ON n.oid = c.relnamespace GROUP BY b.top),\n"
	"roles AS (SELECT oid, rolname::text AS name, concat_ws(',', CASE WHEN rolsuper THEN"
	" 'super' END, CASE WHEN rolbypassrls THEN 'bypassrls' END, CASE WHEN rolcreaterole"
	" THEN 'createrole' END, CASE WHEN rolcreatedb THEN 'createdb' END, CASE WHEN"
	" rolreplication THEN 'replication' END, CASE WHEN rolinherit THEN 'inherit' END,"
	" CASE WHEN oid < 16384 AND rolname::text ~ '^pg_' THEN 'predefined' END) AS flags"
	" FROM pg_roles),\n"
	"found(k, a, b, c, d, e, f, g, o) AS (\n"
	"SELECT 1, current_setting('server_version_num'), d.datname::text,"
	" pg_get_userbyid(d.datdba)::text, CASE WHEN d.datdba IN (SELECT oid FROM mem) THEN"
	" 'owned' END, NULL::text, NULL::text, NULL::text, 0 FROM pg_database d WHERE"
	" d.datname = current_database()\n"
	"UNION ALL SELECT CASE WHEN r.oid = (SELECT oid FROM me) THEN 2 ELSE 4 END, r.name,"
	" r.flags, NULL, NULL, NULL, NULL, NULL, 0 FROM roles r WHERE r.oid IN (SELECT oid"
	" FROM mem)\n"
	"UNION ALL SELECT 3, split_part(x, '=', 1), substr(x, strpos(x, '=') + 1), NULL,"
	" NULL, NULL, NULL, NULL, CASE WHEN s.setdatabase = 0 THEN 0 ELSE 1 END FROM"
	" pg_db_role_setting s, unnest(s.setconfig) x WHERE s.setrole = (SELECT oid FROM me)"
	" AND s.setdatabase IN (0, (SELECT oid FROM pg_database WHERE datname ="
	" current_database()))\n"
	"UNION ALL SELECT 5, r.s, r.r, r.relkind::text, pg_get_userbyid(r.relowner)::text,"
	" concat_ws(',', CASE WHEN r.usage THEN 'usage' END, CASE WHEN r.whole THEN 'whole'"
	" END, CASE WHEN r.reads THEN 'any' END, CASE WHEN r.writes THEN 'writes' END, CASE"
	" WHEN r.owned THEN 'owned' END, CASE WHEN r.listed THEN 'listed' END, CASE WHEN"
	" r.relispartition THEN 'part' END, CASE WHEN r.relrowsecurity THEN 'row_security'"
	" END, CASE WHEN EXISTS (SELECT FROM pg_depend d WHERE d.classid ="
	" 'pg_class'::regclass AND d.objid = r.oid AND d.deptype = 'e') THEN 'extension' END,"
	" CASE WHEN EXISTS (SELECT FROM pg_options_to_table(r.reloptions) o WHERE"
	" o.option_name = 'security_invoker' AND o.option_value IN ('true', 'on', 'yes',"
	" '1')) THEN 'invoker' END), encode(sha256(convert_to(def.t, 'UTF8')), 'hex'), NULL,"
	" 0 FROM rel r LEFT JOIN def ON def.top = r.oid\n"
	"UNION ALL SELECT 6, r.s, r.r, a.attname::text, CASE WHEN tn.nspname = 'pg_catalog'"
	" THEN '' ELSE tn.nspname::text || '.' END || t.typname::text, CASE WHEN r.whole OR"
	" EXISTS (SELECT FROM mem WHERE has_column_privilege(mem.oid, r.oid, a.attnum,"
	" 'SELECT')) THEN 'readable' END, NULL, NULL, a.attnum::int4 FROM rel r JOIN"
	" pg_attribute a ON a.attrelid = r.oid AND a.attnum > 0 AND NOT a.attisdropped JOIN"
	" pg_type t ON t.oid = coalesce((SELECT dom.b FROM dom JOIN pg_type u ON u.oid ="
	" dom.b AND u.typtype <> 'd' WHERE dom.d = a.atttypid LIMIT 1), a.atttypid) JOIN"
	" pg_namespace tn ON tn.oid = t.typnamespace WHERE r.listed\n"
	"UNION ALL SELECT 7, r.s, r.r, CASE WHEN x.grantee <> 0 THEN"
	" pg_get_userbyid(x.grantee)::text END, string_agg(DISTINCT x.privilege_type, ', '),"
	" CASE WHEN x.on_column THEN 'column' END, NULL, NULL, 0 FROM rel r CROSS JOIN"
	" LATERAL (SELECT g.grantee, g.privilege_type, false AS on_column FROM"
	" aclexplode(r.relacl) g UNION ALL SELECT g.grantee, g.privilege_type, true FROM"
	" pg_attribute a, aclexplode(a.attacl) g WHERE a.attrelid = r.oid AND NOT"
	" a.attisdropped) x WHERE x.grantee = 0 OR x.grantee IN (SELECT oid FROM mem) GROUP"
	" BY r.s, r.r, x.grantee, x.on_column\n"
	"UNION ALL SELECT 8, n.s, p.proname::text, pg_get_function_identity_arguments(p.oid),"
	" pg_get_userbyid(p.proowner)::text, CASE WHEN has_function_privilege('public',"
	" p.oid, 'EXECUTE') THEN 'public' END, NULL, NULL, 0 FROM pg_proc p JOIN sch n ON"
	" n.oid = p.pronamespace WHERE p.prosecdef AND n.usage AND n.s <> 'pg_catalog' AND"
	" p.proowner NOT IN (SELECT oid FROM mem) AND p.prorettype NOT IN"
	" ('trigger'::regtype, 'event_trigger'::regtype) AND EXISTS (SELECT FROM mem WHERE"
	" has_function_privilege(mem.oid, p.oid, 'EXECUTE'))\n"
	"UNION ALL SELECT 9, r.s, r.r, a.attname::text, l.provider, l.label, NULL, NULL,"
	" l.objsubid FROM pg_seclabel l JOIN rel r ON l.classoid = 'pg_class'::regclass AND"
	" l.objoid = r.oid LEFT JOIN pg_attribute a ON a.attrelid = r.oid AND a.attnum ="
	" l.objsubid AND l.objsubid > 0\n"
	"UNION ALL SELECT 9, NULL, NULL, NULL, l.provider, l.label, NULL, NULL, 0 FROM"
	" pg_shseclabel l JOIN me ON l.classoid = 'pg_authid'::regclass AND l.objoid ="
	" me.oid)\n"
	"SELECT k::text, a, b, c, d, e, f, g FROM found ORDER BY k, a COLLATE \"C\" NULLS"
	" FIRST, b COLLATE \"C\", o, c COLLATE \"C\" NULLS FIRST, d COLLATE \"C\"";
/* clang-format on */

enum {
	ROW_SERVER = 1,
	ROW_ROLE,
	ROW_SETTING,
	ROW_MEMBER,
	ROW_RELATION,
	ROW_COLUMN,
	ROW_GRANT,
	ROW_FUNCTION,
	ROW_LABEL,
	ROW_KINDS,
	LIST_ROOM = 16 << 20,
};

static void array_item(struct text *t, const char *s)
{
	text_add(t, t->len > 1 ? ",\"" : "\"");
	for (; *s != '\0'; s++) {
		if (*s == '"' || *s == '\\')
			text_addc(t, '\\');
		text_addc(t, *s);
	}
	text_addc(t, '"');
}

static const char *take(struct text *t, struct arena *a)
{
	const char *s;

	text_addc(t, '}');
	s = text_failed(t) ? NULL : arena_textn(a, text_str(t), t->len);
	text_clear(t);
	return s;
}

static void add_listed(const struct policy *p, const struct grant *grants, size_t n,
	struct text *schemas, struct text *relations)
{
	for (unsigned d = 0; d < p->n_datasets; d++)
		for (unsigned i = 0; i < p->datasets[d].n_tables; i++) {
			array_item(schemas, p->datasets[d].tables[i].schema);
			array_item(relations, p->datasets[d].tables[i].relation);
		}
	for (size_t i = 0; i < n; i++)
		if (i == 0 || !grant_same_relation(&grants[i - 1], &grants[i])) {
			array_item(schemas, grants[i].schema);
			array_item(relations, grants[i].relation);
		}
}

int snapshot_write(struct snapshot_sql *out, const struct policy *p, const char *role,
	struct arena *a, struct error *err)
{
	const struct grant *grants = NULL;
	struct text schemas, relations;
	size_t n = 0;

	if (p != NULL && grants_list(p, a, &grants, &n, err) != 0)
		return -1;
	*out = (struct snapshot_sql){ .text = statement, .n_values = 4 };
	text_init(&schemas, LIST_ROOM);
	text_init(&relations, LIST_ROOM);
	text_addc(&schemas, '{');
	text_addc(&relations, '{');
	if (p != NULL)
		add_listed(p, grants, n, &schemas, &relations);
	out->values[0] = arena_text(a, role == NULL ? "" : role);
	out->values[1] = take(&schemas, a);
	out->values[2] = take(&relations, a);
	out->values[3] = p == NULL ? "t" : "f";
	for (int i = 0; i < 3; i++)
		if (out->values[i] == NULL)
			return error_memory(err);
	return 0;
}

/* ---- its rows ---- */

struct reading {
	struct snapshot *s;
	struct arena *a;
	snapshot_cell cell;
	const void *of;
	unsigned rows, row;
	bool failed; /* no memory */
	struct catalog_relation *relations;
	struct catalog_column *columns;
	struct catalog_grant *grants;
	unsigned n_columns, n_grants;
};

static int bad_rows(struct error *err, const char *what)
{
	return error_set(err, E_INPUT,
		SAY("what the database says about itself cannot be understood",
			"无法理解数据库的目录信息"),
		"the catalog's rows have an unexpected form: %s", what);
}

/* S3 */
static const char *copy(struct reading *rd, unsigned column)
{
	const char *s = rd->cell(rd->of, rd->row, column);
	char *out;
	size_t len;

	if (s == NULL)
		return NULL;
	out = arena_text(rd->a, s);
	if (out == NULL) {
		rd->failed = true;
		return NULL;
	}
	len = strlen(out);
	for (size_t i = 0; i < len;) {
		uint32_t cp;
		size_t used = utf8_next(out + i, len - i, &cp);

		if (used == 0)
			out[i] = '?';
		i += used == 0 ? 1 : used;
	}
	return out;
}

static bool has(const char *flags, const char *word)
{
	size_t len = strlen(word);

	for (const char *at = flags; at != NULL && *at != '\0';) {
		size_t n = strcspn(at, ",");

		if (n == len && memcmp(at, word, len) == 0)
			return true;
		at += n + (at[n] == ',');
	}
	return false;
}

static struct catalog_role read_role(struct reading *rd)
{
	const char *flags = rd->cell(rd->of, rd->row, 2);

	return (struct catalog_role){ .name = copy(rd, 1),
		.super = has(flags, "super"),
		.bypassrls = has(flags, "bypassrls"),
		.createrole = has(flags, "createrole"),
		.createdb = has(flags, "createdb"),
		.replication = has(flags, "replication"),
		.inherit = has(flags, "inherit"),
		.predefined = has(flags, "predefined") };
}

static int read_relation(struct reading *rd, struct catalog_relation *r, struct error *err)
{
	const char *kind = rd->cell(rd->of, rd->row, 3), *flags = rd->cell(rd->of, rd->row, 5),
		   *hash = rd->cell(rd->of, rd->row, 6);

	*r = (struct catalog_relation){ .schema = copy(rd, 1),
		.name = copy(rd, 2),
		.owner = copy(rd, 4),
		.kind = kind == NULL ? '\0' : kind[0],
		.usage = has(flags, "usage"),
		.whole = has(flags, "whole"),
		.any = has(flags, "any"),
		.writes = has(flags, "writes"),
		.owned = has(flags, "owned"),
		.listed = has(flags, "listed"),
		.part = has(flags, "part"),
		.row_security = has(flags, "row_security"),
		.extension = has(flags, "extension"),
		.invoker = has(flags, "invoker") };
	if (r->kind == '\0' || strchr("rpvmf", r->kind) == NULL)
		return bad_rows(err, "a relation's kind");
	if (hash != NULL && (strlen(hash) != 64 || !hex_decode(hash, 64, r->definition.at)))
		return bad_rows(err, "a view's digest");
	return 0;
}

/* The relation that the row's texts 1 and 2 name. Relations are few where columns are many, and columns come
 * in the relations' order, so the last found is tried first. */
static struct catalog_relation *relation_of(struct reading *rd, struct catalog_relation *last)
{
	const char *schema = copy(rd, 1), *name = copy(rd, 2);

	if (schema == NULL || name == NULL)
		return NULL;
	if (last != NULL && strcmp(last->schema, schema) == 0 && strcmp(last->name, name) == 0)
		return last;
	const struct catalog_relation *found = snapshot_relation(rd->s, schema, name);

	return found == NULL ? NULL : &rd->relations[found - rd->s->relations];
}

static int add_column(struct reading *rd, struct catalog_relation **last, struct error *err)
{
	struct catalog_relation *r = relation_of(rd, *last);
	struct catalog_column *c = &rd->columns[rd->n_columns++];
	const char *flag = rd->cell(rd->of, rd->row, 5);

	if (r == NULL)
		return bad_rows(err, "a column of no relation");
	*c = (struct catalog_column){ copy(rd, 3), copy(rd, 4), has(flag, "readable") };
	if (c->name == NULL || c->type == NULL)
		return bad_rows(err, "a column without name or type");
	if (r->n_columns == 0)
		r->columns = c;
	if (r->columns + r->n_columns != c)
		return bad_rows(err, "columns out of order");
	r->n_columns++;
	*last = r;
	return 0;
}

static int add_grant(struct reading *rd, struct catalog_relation **last, struct error *err)
{
	struct catalog_relation *r = relation_of(rd, *last);
	struct catalog_grant *g = &rd->grants[rd->n_grants++];

	if (r == NULL)
		return bad_rows(err, "a right on no relation");
	*g = (struct catalog_grant){ copy(rd, 3), copy(rd, 4),
		has(rd->cell(rd->of, rd->row, 5), "column") };
	if (g->privileges == NULL)
		return bad_rows(err, "a right to nothing");
	if (r->n_grants == 0)
		r->grants = g;
	if (r->grants + r->n_grants != g)
		return bad_rows(err, "rights out of order");
	r->n_grants++;
	*last = r;
	return 0;
}

static unsigned kind_of(const struct reading *rd, unsigned row)
{
	const char *k = rd->cell(rd->of, row, 0);

	return k == NULL || k[0] < '1' || k[0] > '9' || k[1] != '\0' ? 0 : (unsigned)(k[0] - '0');
}

static int read_server(struct reading *rd, struct error *err)
{
	const char *version = rd->cell(rd->of, rd->row, 1);

	if (version == NULL || !parse_i64(version, &rd->s->server))
		return bad_rows(err, "the server's version");
	rd->s->database = copy(rd, 2);
	rd->s->owner = copy(rd, 3);
	rd->s->owns_database = rd->cell(rd->of, rd->row, 4) != NULL;
	return rd->s->database == NULL || rd->s->owner == NULL ? bad_rows(err, "the database") : 0;
}

/* Reads every row of one kind, in order. */
static int read_kind(struct reading *rd, unsigned kind, void *list, struct error *err)
{
	struct catalog_relation *last = NULL;
	unsigned n = 0;
	int ret = 0;

	for (rd->row = 0; ret == 0 && !rd->failed && rd->row < rd->rows; rd->row++) {
		if (kind_of(rd, rd->row) != kind)
			continue;
		switch (kind) {
		case ROW_SERVER:
			ret = read_server(rd, err);
			break;
		case ROW_ROLE:
			rd->s->role = read_role(rd);
			rd->s->found = true;
			break;
		case ROW_SETTING:
			((struct catalog_setting *)list)[n++] =
				(struct catalog_setting){ copy(rd, 1), copy(rd, 2) };
			break;
		case ROW_MEMBER:
			((struct catalog_role *)list)[n++] = read_role(rd);
			break;
		case ROW_RELATION:
			ret = read_relation(rd, &((struct catalog_relation *)list)[n++], err);
			break;
		case ROW_COLUMN:
			ret = add_column(rd, &last, err);
			break;
		case ROW_GRANT:
			ret = add_grant(rd, &last, err);
			break;
		case ROW_FUNCTION:
			((struct catalog_function *)list)[n++] =
				(struct catalog_function){ copy(rd, 1), copy(rd, 2), copy(rd, 3),
					copy(rd, 4), has(rd->cell(rd->of, rd->row, 5), "public") };
			break;
		default:
			((struct catalog_label *)list)[n++] = (struct catalog_label){ copy(rd, 1),
				copy(rd, 2), copy(rd, 3), copy(rd, 4), copy(rd, 5) };
		}
	}
	return rd->failed ? error_memory(err) : ret;
}

static int by_name(const void *a, const void *b)
{
	const struct catalog_relation *x = a, *y = b;
	int order = strcmp(x->schema, y->schema);

	return order != 0 ? order : strcmp(x->name, y->name);
}

static int complete(const struct reading *rd, const unsigned counts[ROW_KINDS], struct error *err)
{
	const struct snapshot *s = rd->s;

	if (counts[0] > 0 || counts[ROW_SERVER] != 1 || counts[ROW_ROLE] > 1)
		return bad_rows(err, "kinds of rows");
	for (unsigned i = 0; i < s->n_relations; i++)
		if (s->relations[i].schema == NULL || s->relations[i].name == NULL ||
			s->relations[i].owner == NULL)
			return bad_rows(err, "a relation without name");
	for (unsigned i = 0; i < s->n_functions; i++)
		if (s->functions[i].schema == NULL || s->functions[i].name == NULL ||
			s->functions[i].arguments == NULL || s->functions[i].owner == NULL)
			return bad_rows(err, "a function without name");
	for (unsigned i = 0; i < s->n_settings; i++)
		if (s->settings[i].name == NULL || s->settings[i].value == NULL)
			return bad_rows(err, "a setting without name");
	for (unsigned i = 0; i < s->n_members; i++)
		if (s->members[i].name == NULL)
			return bad_rows(err, "a role without name");
	for (unsigned i = 0; i < s->n_labels; i++) {
		const struct catalog_label *l = &s->labels[i];

		if ((l->schema == NULL) != (l->relation == NULL) ||
			(l->column != NULL && l->relation == NULL))
			return bad_rows(err, "a label on nothing");
	}
	return s->found && s->role.name == NULL ? bad_rows(err, "a role without name") : 0;
}

int snapshot_read(struct snapshot *out, struct arena *a, unsigned rows, snapshot_cell cell,
	const void *of, struct error *err)
{
	struct snapshot s = { 0 };
	struct reading rd = { .s = &s, .a = a, .cell = cell, .of = of, .rows = rows };
	unsigned counts[ROW_KINDS] = { 0 };
	struct catalog_setting *settings;
	struct catalog_role *members;
	struct catalog_function *functions;
	struct catalog_label *labels;

	if (rows > MAX_CATALOG_ROWS)
		return error_set(err, E_LIMIT,
			SAY("the database has too many tables and columns to look at",
				"数据库的表与字段过多，无法核对"),
			"the catalog has more than %d rows", MAX_CATALOG_ROWS);
	for (unsigned i = 0; i < rows; i++)
		counts[kind_of(&rd, i)]++;
	settings = arena_array(a, counts[ROW_SETTING], sizeof(*settings));
	members = arena_array(a, counts[ROW_MEMBER], sizeof(*members));
	rd.relations = arena_array(a, counts[ROW_RELATION], sizeof(*rd.relations));
	rd.columns = arena_array(a, counts[ROW_COLUMN], sizeof(*rd.columns));
	rd.grants = arena_array(a, counts[ROW_GRANT], sizeof(*rd.grants));
	functions = arena_array(a, counts[ROW_FUNCTION], sizeof(*functions));
	labels = arena_array(a, counts[ROW_LABEL], sizeof(*labels));
	if (settings == NULL || members == NULL || rd.relations == NULL || rd.columns == NULL ||
		rd.grants == NULL || functions == NULL || labels == NULL)
		return error_memory(err);
	if (read_kind(&rd, ROW_SERVER, NULL, err) != 0 ||
		read_kind(&rd, ROW_ROLE, NULL, err) != 0 ||
		read_kind(&rd, ROW_SETTING, settings, err) != 0 ||
		read_kind(&rd, ROW_MEMBER, members, err) != 0 ||
		read_kind(&rd, ROW_RELATION, rd.relations, err) != 0 ||
		read_kind(&rd, ROW_FUNCTION, functions, err) != 0 ||
		read_kind(&rd, ROW_LABEL, labels, err) != 0)
		return -1;
	s.settings = settings;
	s.n_settings = counts[ROW_SETTING];
	s.members = members;
	s.n_members = counts[ROW_MEMBER];
	s.relations = rd.relations;
	s.n_relations = counts[ROW_RELATION];
	s.functions = functions;
	s.n_functions = counts[ROW_FUNCTION];
	s.labels = labels;
	s.n_labels = counts[ROW_LABEL];
	if (complete(&rd, counts, err) != 0)
		return -1;
	if (s.n_relations > 1)
		qsort(rd.relations, s.n_relations, sizeof(*rd.relations), by_name);
	if (read_kind(&rd, ROW_COLUMN, NULL, err) != 0 || read_kind(&rd, ROW_GRANT, NULL, err) != 0)
		return -1;
	*out = s;
	return 0;
}

/* ---- looking things up ---- */

const struct catalog_relation *snapshot_relation(
	const struct snapshot *s, const char *schema, const char *name)
{
	const struct catalog_relation key = { .schema = schema, .name = name };

	return s->n_relations == 0 ? NULL
				   : bsearch(&key, s->relations, s->n_relations,
					     sizeof(*s->relations), by_name);
}

const struct catalog_column *relation_column(const struct catalog_relation *r, const char *name)
{
	for (unsigned i = 0; i < r->n_columns; i++)
		if (strcmp(r->columns[i].name, name) == 0)
			return &r->columns[i];
	return NULL;
}

static void add_shown(struct text *t, const char *s)
{
	size_t len = strlen(s);

	for (size_t i = 0; i < len;) {
		uint32_t cp = '?';
		size_t used = utf8_next(s + i, len - i, &cp);

		if (used > 0 && cp >= ' ' && !utf8_hidden(cp))
			text_addn(t, s + i, used);
		else
			text_addf(t, "\\u{%x}", (unsigned)cp);
		i += used == 0 ? 1 : used;
	}
}

const char *catalog_shown(
	struct arena *a, const char *schema, const char *relation, const char *column)
{
	const char *const parts[] = { schema, relation, column };
	const char *out;
	struct text t;

	text_init(&t, LIST_ROOM);
	for (int i = 0; i < 3 && parts[i] != NULL; i++) {
		text_add(&t, i == 0 ? "" : ".");
		add_shown(&t, parts[i]);
	}
	out = text_failed(&t) ? NULL : arena_textn(a, text_str(&t), t.len);
	text_clear(&t);
	return out;
}
