#include "catalog/drift.h"

#include <string.h>

#include "base/limits.h"
#include "catalog/finding.h"
#include "policies/model.h"

enum {
	TEXT_ROOM = 4 << 20,
	NAMES_SHOWN = 3,
	NEAR_MOST = 4096,
};

/* ---- findings ---- */

void *room(struct comparing *c, size_t n, size_t size)
{
	void *at = arena_array(c->a, n == 0 ? 1 : n, size);

	if (at == NULL)
		c->failed = true;
	return at;
}

void find(struct comparing *c, struct drift_finding f)
{
	struct found *one = room(c, 1, sizeof(*one));

	if (one == NULL || say_failed(f.say) || f.thing == NULL) {
		c->failed = true;
		return;
	}
	one->f = f;
	*c->last = one;
	c->last = &one->next;
	c->n++;
}

const char *shown(struct comparing *c, const char *schema, const char *relation, const char *column)
{
	const char *s = catalog_shown(c->a, schema, relation, column);

	if (s == NULL)
		c->failed = true;
	return s == NULL ? "" : s;
}

const char *kept(struct comparing *c, struct text *t)
{
	const char *s = text_failed(t) ? NULL : arena_textn(c->a, text_str(t), t->len);

	if (s == NULL)
		c->failed = true;
	text_clear(t);
	return s == NULL ? "" : s;
}

void tables_of(struct comparing *c, const struct catalog_relation *r, each_table call, void *arg)
{
	for (unsigned d = 0; d < c->p->n_datasets; d++)
		for (unsigned i = 0; i < c->p->datasets[d].n_tables; i++) {
			const struct table *t = &c->p->datasets[d].tables[i];

			if (strcmp(t->schema, r->schema) == 0 && strcmp(t->relation, r->name) == 0)
				call(c, &c->p->datasets[d], t, arg);
		}
}

/* ---- tables and columns ---- */

static bool used(const struct column *c)
{
	return c->uses != 0 && c->uses != USE_FORBIDDEN;
}

static bool opens_anything(const struct table *t)
{
	for (unsigned i = 0; i < t->n_columns; i++)
		if (used(&t->columns[i]))
			return true;
	return false;
}

/* "; nearest name is 'x'" for both languages, or "". */
static struct say near_say(struct comparing *c, const char *near)
{
	return near == NULL ? SAY("", "")
			    : TELL(c, "; nearest name is '%s'", "，最接近的是“%s”",
				      shown(c, near, NULL, NULL));
}

static struct say missing_say(struct comparing *c, const struct table *t)
{
	const char **names = room(c, NEAR_MOST, sizeof(*names));
	unsigned n = 0;

	for (unsigned i = 0; names != NULL && i < c->s->n_relations && n < NEAR_MOST; i++) {
		const struct catalog_relation *r = &c->s->relations[i];
		char *full = arena_textf(c->a, "%s.%s", r->schema, r->name);

		if (full != NULL)
			names[n++] = full;
	}
	return near_say(c, names == NULL ? NULL : text_nearest(t->name, names, n));
}

static void table_missing(struct comparing *c, const struct dataset *d, const struct table *t)
{
	struct say near = missing_say(c, t);
	bool open = opens_anything(t);

	FIND(c, .level = open ? DRIFT_FOUND : DRIFT_WARNING, .code = "P201",
		.closes = open ? CLOSES_TABLE : CLOSES_NOTHING, .data = d, .table = t,
		.thing = t->name, .at = t->at,
		.say = TELL(c, "table '%s' does not exist in the database%s%.0s",
			"数据库中没有表“%s”%.0s%s", t->name, near.en, near.zh));
}

static void column_missing(struct comparing *c, const struct dataset *d, const struct column *col,
	const struct catalog_relation *r)
{
	const char **names = room(c, r->n_columns, sizeof(*names));
	struct say near;

	if (names == NULL)
		return;
	for (unsigned i = 0; i < r->n_columns; i++)
		names[i] = r->columns[i].name;
	near = near_say(c, text_nearest(col->column, names, r->n_columns));
	FIND(c, .level = used(col) ? DRIFT_FOUND : DRIFT_WARNING, .code = "P201",
		.closes = used(col) ? CLOSES_TABLE : CLOSES_NOTHING, .data = d, .table = col->table,
		.thing = col->table->name, .at = col->at,
		.say = TELL(c, "column '%s' does not exist in the database%s%.0s",
			"数据库中没有字段“%s”%.0s%s", col->name, near.en, near.zh));
}

static void check_column(struct comparing *c, const struct dataset *d, const struct column *col,
	const struct catalog_relation *r)
{
	const struct catalog_column *is = relation_column(r, col->column);
	struct say purpose, wanted;

	if (is == NULL) {
		column_missing(c, d, col, r);
		return;
	}
	if (!used(col) || !type_unfit(d, col, is->type, &purpose, &wanted))
		return;
	FIND(c, .level = DRIFT_FOUND, .code = "P241", .closes = CLOSES_TABLE, .data = d,
		.table = col->table, .thing = col->table->name, .at = col->at,
		.say = TELL(c, "column '%s' has type %s; %s%.0s%.0s needs %s",
			"字段“%1$s”的类型为 %2$s；%4$s需要%5$s%3$.0s%6$.0s", col->name,
			shown(c, is->type, NULL, NULL), purpose.en, purpose.zh, wanted.zh,
			wanted.en));
}

static bool zero_hash(const struct hash32 *h)
{
	static const struct hash32 zero;

	return memcmp(h, &zero, sizeof(zero)) == 0;
}

static void check_kind(struct comparing *c, const struct dataset *d, const struct table *t,
	const struct catalog_relation *r)
{
	bool view = r->kind == 'v' || r->kind == 'm';
	struct say say;
	char hash[HASH_TEXT];

	if (!opens_anything(t))
		return;
	if (view && t->kind != TABLE_VIEW)
		say = TELL(c,
			"'%s' is a view; add kind: view and its definition hash, definition: "
			"\"%s\"",
			"“%s”是视图，须注明 kind: view 及其定义哈希，definition: \"%s\"", t->name,
			hash32_text(&r->definition, hash));
	else if (!view && t->kind == TABLE_VIEW)
		say = TELL(c, "'%s' is listed as a view but is a table now",
			"“%s”在红线清单中为视图，数据库中现为表", t->name);
	else if (view && (zero_hash(&r->definition) || memcmp(&r->definition, &t->definition,
							       sizeof(t->definition)) != 0))
		say = TELL(c,
			"view '%s' is not the one that was approved: what it selects, itself or "
			"through a view below, is now %s",
			"视图“%s”与批准时不同：其自身或下层视图的定义现为 %s", t->name,
			hash32_text(&r->definition, hash));
	else
		return;
	FIND(c, .level = DRIFT_FOUND, .code = "P212", .closes = CLOSES_TABLE, .data = d, .table = t,
		.thing = t->name, .at = t->at, .say = say);
}

static void check_reading(
	struct comparing *c, const struct table *t, const struct catalog_relation *r)
{
	if (!opens_anything(t))
		return;
	if (r->row_security)
		FIND(c, .level = DRIFT_WARNING, .code = "P246", .thing = t->name, .at = t->at,
			.say = TELL(c,
				"'%s' has row security: the agent counts only the rows that its "
				"policies show "
				"it",
				"“%s”启用了行级安全：代理只统计其策略放行的行", t->name));
	if (r->kind == 'f')
		FIND(c, .level = DRIFT_WARNING, .code = "P246", .thing = t->name, .at = t->at,
			.say = TELL(c, "'%s' is a foreign table: its rows come from another server",
				"“%s”是外部表：数据来自另一服务器", t->name));
	if (r->invoker)
		FIND(c, .level = DRIFT_WARNING, .code = "P246", .thing = t->name, .at = t->at,
			.say = TELL(c,
				"view '%s' reads with the asker's rights (security_invoker): it "
				"needs rights "
				"on the tables below, which this script does not give",
				"视图“%s”以查询者的权限读取（security_"
				"invoker）：还需下层表的权限，授权脚本不"
				"包含这些权限",
				t->name));
}

/* ---- what is not listed ---- */

struct listing {
	const struct catalog_relation *r;
	bool *listed; /* by r's columns */
};

static void list_columns(
	struct comparing *c, const struct dataset *d, const struct table *t, void *arg)
{
	struct listing *l = arg;

	(void)c;
	(void)d;
	for (unsigned i = 0; i < l->r->n_columns; i++)
		l->listed[i] = l->listed[i] || table_column(t, l->r->columns[i].name) != NULL;
}

static void unlisted_columns(
	struct comparing *c, const struct table *t, const struct catalog_relation *r)
{
	const char **names = room(c, r->n_columns, sizeof(*names));
	struct listing l = { r, room(c, r->n_columns, sizeof(*l.listed)) };
	unsigned n = 0;

	if (names == NULL || l.listed == NULL)
		return;
	tables_of(c, r, list_columns, &l);
	for (unsigned i = 0; i < r->n_columns; i++)
		if (!l.listed[i])
			names[n++] = shown(c, r->columns[i].name, NULL, NULL);
	if (n == 0)
		return;
	FIND(c, .level = DRIFT_NOTICE, .code = "P247", .thing = t->name, .at = t->at,
		.names = names, .n_names = n,
		.say = TELL(c,
			n == 1 ? "%s has %u column that is not listed (forbidden by default): %s"
			       : "%s has %u columns that are not listed (forbidden by default): %s",
			"%s 有 %u 个字段未列出（默认禁止）：%s", t->name, n,
			say_list(c->a, names, n, NAMES_SHOWN)));
}

static void mark_listed(
	struct comparing *c, const struct dataset *d, const struct table *t, void *arg)
{
	(void)c;
	(void)d;
	(void)t;
	*(bool *)arg = true;
}

/* Tables of one schema that no dataset lists; partitions belong to their parents. */
static void unlisted_tables(struct comparing *c, const struct table *of)
{
	const char **names = room(c, c->s->n_relations, sizeof(*names));
	unsigned n = 0;

	for (unsigned i = 0; names != NULL && i < c->s->n_relations; i++) {
		const struct catalog_relation *r = &c->s->relations[i];
		bool listed = r->part || strcmp(r->schema, of->schema) != 0;

		if (!listed)
			tables_of(c, r, mark_listed, &listed);
		for (size_t g = 0; g < c->n_grants && !listed; g++)
			listed = strcmp(c->grants[g].schema, r->schema) == 0 &&
				 strcmp(c->grants[g].relation, r->name) == 0;
		if (!listed)
			names[n++] = shown(c, r->name, NULL, NULL);
	}
	if (n == 0)
		return;
	FIND(c, .level = DRIFT_NOTICE, .code = "P247", .thing = shown(c, of->schema, NULL, NULL),
		.names = names, .n_names = n,
		.say = TELL(c,
			"schema %s has %u tables that are not listed (forbidden by default): %s",
			"模式 %s 有 %u 张表未列出（默认禁止）：%s",
			shown(c, of->schema, NULL, NULL), n,
			say_list(c->a, names, n, NAMES_SHOWN)));
}

static bool schema_seen(const struct comparing *c, const struct table *t)
{
	for (unsigned d = 0; d < c->p->n_datasets; d++)
		for (unsigned i = 0; i < c->p->datasets[d].n_tables; i++) {
			const struct table *other = &c->p->datasets[d].tables[i];

			if (other == t)
				return false;
			if (strcmp(other->schema, t->schema) == 0)
				return true;
		}
	return false;
}

/* ---- labels ---- */

static void check_label(struct comparing *c, const struct catalog_label *l)
{
	const struct column *open = NULL;
	const char *thing = shown(
			   c, l->schema == NULL ? c->role : l->schema, l->relation, l->column),
		   *text = shown(c, l->provider == NULL ? "" : l->provider, NULL, NULL),
		   *label = shown(c, l->text == NULL ? "" : l->text, NULL, NULL);

	for (unsigned d = 0; l->column != NULL && d < c->p->n_datasets; d++)
		for (unsigned i = 0; i < c->p->datasets[d].n_tables; i++) {
			const struct table *t = &c->p->datasets[d].tables[i];
			const struct column *col = table_column(t, l->column);

			if (col != NULL && used(col) && strcmp(t->schema, l->schema) == 0 &&
				strcmp(t->relation, l->relation) == 0)
				open = col;
		}
	if (open != NULL) {
		struct say use = say_use(open->uses);

		FIND(c, .level = DRIFT_WARNING, .code = "P248", .thing = thing, .at = open->at,
			.say = TELL(c,
				"%s carries a masking label (%s: %s) but is listed as %s%.0s",
				"%s 带有脱敏标签（%s：%s），但列为%.0s%s", thing, text, label,
				use.en, use.zh));
	} else if (l->schema == NULL) {
		FIND(c, .level = DRIFT_WARNING, .code = "P248", .thing = thing,
			.say = TELL(c,
				"role %s carries a label (%s: %s): what it reads may be masked, "
				"and counts "
				"wrong",
				"角色 %s "
				"带有标签（%s：%s）：其读到的数据可能已脱敏，统计结果会失真",
				thing, text, label));
	} else {
		FIND(c, .level = DRIFT_NOTICE, .code = "P248", .thing = thing,
			.say = TELL(c,
				"%s carries a masking label (%s: %s); it is not open, so nothing "
				"to do",
				"%s 带有脱敏标签（%s：%s）；该字段未开放，无须处理", thing, text,
				label));
	}
}

/* ---- the whole ---- */

static void compare_table(struct comparing *c, const struct dataset *d, const struct table *t)
{
	const struct catalog_relation *r = snapshot_relation(c->s, t->schema, t->relation);

	if (r == NULL) {
		table_missing(c, d, t);
		return;
	}
	check_kind(c, d, t, r);
	check_reading(c, t, r);
	for (unsigned i = 0; i < t->n_columns; i++)
		check_column(c, d, &t->columns[i], r);
	unlisted_columns(c, t, r);
}

static int finish(struct comparing *c, struct drift *out, struct error *err)
{
	struct drift_finding *list = room(c, c->n, sizeof(*list));
	unsigned n = 0;

	if (c->failed)
		return error_memory(err);
	*out = (struct drift){ .list = list, .n = c->n };
	for (int level = DRIFT_FOUND; level >= DRIFT_NOTICE; level--)
		for (const struct found *f = c->first; f != NULL; f = f->next)
			if ((int)f->f.level == level)
				list[n++] = f->f;
	for (unsigned i = 0; i < n; i++) {
		out->found += list[i].level == DRIFT_FOUND;
		out->warnings += list[i].level == DRIFT_WARNING;
		out->notices += list[i].level == DRIFT_NOTICE;
	}
	return 0;
}

int drift_compare(const struct policy *p, const struct snapshot *s, const char *role,
	struct arena *a, struct drift *out, struct error *err)
{
	struct comparing c = { .p = p, .s = s, .a = a };

	c.last = &c.first;
	c.role = s->found ? s->role.name : role == NULL ? "" : role;
	if (grants_list(p, a, &c.grants, &c.n_grants, err) != 0)
		return -1;
	compare_role(&c);
	for (unsigned d = 0; d < p->n_datasets; d++)
		for (unsigned i = 0; i < p->datasets[d].n_tables; i++)
			compare_table(&c, &p->datasets[d], &p->datasets[d].tables[i]);
	if (s->found)
		compare_rights(&c);
	for (unsigned d = 0; d < p->n_datasets; d++)
		for (unsigned i = 0; i < p->datasets[d].n_tables; i++)
			if (!schema_seen(&c, &p->datasets[d].tables[i]))
				unlisted_tables(&c, &p->datasets[d].tables[i]);
	for (unsigned i = 0; i < s->n_labels; i++)
		check_label(&c, &s->labels[i]);
	return finish(&c, out, err);
}

const struct drift_finding *drift_closing(
	const struct drift *d, const struct dataset *data, const struct table *t)
{
	for (unsigned i = 0; i < d->n; i++) {
		const struct drift_finding *f = &d->list[i];

		if (f->closes == CLOSES_ALL || (f->closes == CLOSES_DATASET && f->data == data) ||
			(f->closes == CLOSES_TABLE && t != NULL && f->table == t))
			return f;
	}
	return NULL;
}
