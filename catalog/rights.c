#include <string.h>

#include "catalog/finding.h"

/*
 * Who may read: what the role can really reach, against the grant script's list.
 */

/* ---- one relation ---- */

static bool granted(const struct comparing *c, const struct catalog_relation *r, const char *column)
{
	for (size_t i = 0; i < c->n_grants; i++)
		if (strcmp(c->grants[i].schema, r->schema) == 0 &&
			strcmp(c->grants[i].relation, r->name) == 0 &&
			(column == NULL || strcmp(c->grants[i].column, column) == 0))
			return true;
	return false;
}

/* The first of the wanted grants on a relation; n_grants when there is none. */
static size_t first_grant(const struct comparing *c, const struct catalog_relation *r)
{
	for (size_t i = 0; i < c->n_grants; i++)
		if (strcmp(c->grants[i].schema, r->schema) == 0 &&
			strcmp(c->grants[i].relation, r->name) == 0)
			return i;
	return c->n_grants;
}

/* " through a grant to PUBLIC and role x": how the role comes by what it can do there. */
static struct say ways(struct comparing *c, const struct catalog_relation *r)
{
	struct text en, zh;
	struct say out;
	bool first = true, own = false, everybody = false;

	text_init(&en, MEND_ROOM);
	text_init(&zh, MEND_ROOM);
	if (r->owned) {
		text_add(&en, " as its owner");
		text_add(&zh, "作为所有者");
		first = false;
	}
	for (unsigned i = 0; i < r->n_grants; i++) {
		const struct catalog_grant *g = &r->grants[i];
		bool self = g->grantee != NULL && strcmp(g->grantee, c->role) == 0;

		if ((self && own) || (g->grantee == NULL && everybody))
			continue;
		own = own || self;
		everybody = everybody || g->grantee == NULL;
		text_add(&en, first ? " through " : " and ");
		text_add(&zh, first ? "通过" : "、");
		first = false;
		if (g->grantee == NULL || self) {
			text_add(&en, self ? "a grant to itself" : "a grant to PUBLIC");
			text_add(&zh, self ? "对其自身的授权" : "对 PUBLIC 的授权");
		} else {
			text_addf(&en, "role %s", shown(c, g->grantee, NULL, NULL));
			text_addf(&zh, "角色 %s", shown(c, g->grantee, NULL, NULL));
		}
	}
	out.en = kept(c, &en);
	out.zh = kept(c, &zh);
	return out;
}

static void add_lower(struct text *t, const char *s)
{
	for (; *s != '\0'; s++)
		text_addc(t, *s >= 'A' && *s <= 'Z' ? (char)(*s - 'A' + 'a') : *s);
}

/* Takes away whatever the role has on a relation, however, and gives back what the policy opens. */
static const char *mend(struct comparing *c, const struct catalog_relation *r)
{
	size_t from = first_grant(c, r);
	bool own = false;
	struct text t;

	text_init(&t, MEND_ROOM);
	if (r->owned) {
		text_add(&t, "alter table ");
		grants_relation_name(&t, r->schema, r->name);
		text_add(&t, " owner to ");
		if (c->s->owns_database)
			text_add(&t, "current_user");
		else
			grants_name(&t, c->s->owner);
		text_add(&t, ";\n");
	}
	for (unsigned i = 0; i < r->n_grants; i++) {
		const struct catalog_grant *g = &r->grants[i];

		if (g->grantee != NULL && strcmp(g->grantee, c->role) == 0) {
			own = true;
			continue;
		}
		if (g->grantee != NULL) {
			text_add(&t, "revoke ");
			grants_name(&t, g->grantee);
			text_add(&t, " from ");
			grants_name(&t, c->role);
			text_add(&t, ";\n");
			continue;
		}
		text_add(&t, "revoke ");
		add_lower(&t, g->privileges);
		text_add(&t, " on ");
		grants_relation_name(&t, r->schema, r->name);
		text_add(&t, " from public;\n");
	}
	if (own || r->owned) {
		text_add(&t, "revoke all on ");
		grants_relation_name(&t, r->schema, r->name);
		text_add(&t, " from ");
		grants_name(&t, c->role);
		text_add(&t, ";\n");
		if (from < c->n_grants)
			grants_relation(&t, c->grants, c->n_grants, from, c->role);
	}
	if (t.len > 0 && text_str(&t)[t.len - 1] == '\n')
		t.at[--t.len] = '\0';
	return kept(c, &t);
}

/* A finding about a relation, once for each table of the policy that it closes. */
struct about {
	struct drift_finding f;
	bool used;
};

static void find_for(struct comparing *c, const struct dataset *d, const struct table *t, void *arg)
{
	struct about *about = arg;
	struct drift_finding f = about->f;

	f.data = d;
	f.table = t;
	f.at = t->at;
	if (about->used) /* the same words again only close another dataset's table */
		f.mend = NULL;
	about->used = true;
	find(c, f);
}

static void find_relation(
	struct comparing *c, const struct catalog_relation *r, struct drift_finding f)
{
	struct about about = { .f = f };

	about.f.thing = shown(c, r->schema, r->name, NULL);
	about.f.rights = true;
	about.f.closes = CLOSES_TABLE;
	tables_of(c, r, find_for, &about);
	if (about.used)
		return;
	about.f.closes = strcmp(r->schema, "pg_catalog") == 0 ? CLOSES_ALL : CLOSES_NOTHING;
	find(c, about.f);
}

/* ---- more than the policy opens ---- */

static void reads_more(struct comparing *c, const struct catalog_relation *r)
{
	const char **names = room(c, r->n_columns, sizeof(*names));
	struct say by = ways(c, r), say;
	unsigned n = 0, open = 0;

	for (unsigned i = 0; names != NULL && i < r->n_columns; i++) {
		bool wanted = granted(c, r, r->columns[i].name);

		open += wanted;
		if (r->columns[i].readable && !wanted)
			names[n++] = shown(c, r->columns[i].name, NULL, NULL);
	}
	if (r->whole)
		say = TELL(c,
			open == 1 ? "role %s can read all of %s%s%.0s; the red list opens %u "
				    "column of it"
				  : "role %s can read all of %s%s%.0s; the red list opens %u "
				    "columns of it",
			"角色 %1$s 可%4$s读取 %2$s 的全部内容；红线清单只开放其中 %5$u "
			"个字段%3$.0s",
			shown(c, c->role, NULL, NULL), shown(c, r->schema, r->name, NULL), by.en,
			by.zh, open);
	else if (n > 0)
		say = TELL(c,
			n == 1 ? "role %s can read %u column of %s that the red list does not "
				 "open%s%.0s: %s"
			       : "role %s can read %u columns of %s that the red list does not "
				 "open%s%.0s: %s",
			"角色 %1$s 可%5$s读取 %3$s 中红线清单未开放的 %2$u 个字段：%6$s%4$.0s",
			shown(c, c->role, NULL, NULL), n, shown(c, r->schema, r->name, NULL), by.en,
			by.zh, say_list(c->a, names, n, 3));
	else
		return;
	find_relation(c, r,
		(struct drift_finding){ .level = DRIFT_FOUND,
			.code = "P249",
			.say = say,
			.mend = mend(c, r),
			.names = names,
			.n_names = n });
}

/* A relation the policy names nowhere. */
static void reads_unlisted(struct comparing *c, const struct catalog_relation *r)
{
	struct say by = ways(c, r);
	enum drift_level level =
		r->extension && !r->owned && !r->writes ? DRIFT_NOTICE : DRIFT_FOUND;

	FIND(c, .level = level, .code = "P249",
		.closes = strcmp(r->schema, "pg_catalog") == 0 ? CLOSES_ALL : CLOSES_NOTHING,
		.thing = shown(c, r->schema, r->name, NULL), .rights = level == DRIFT_FOUND,
		.mend = level == DRIFT_FOUND ? mend(c, r) : NULL,
		.say = TELL(c, "role %s can read %s%s%.0s, which the policy does not list%s%.0s",
			"角色 %1$s 可%4$s读取 %2$s，而策略未列出它%6$s%3$.0s%5$.0s",
			shown(c, c->role, NULL, NULL), shown(c, r->schema, r->name, NULL), by.en,
			by.zh, level == DRIFT_NOTICE ? " (it belongs to an extension)" : "",
			level == DRIFT_NOTICE ? "（属于扩展）" : ""));
}

static void writes(struct comparing *c, const struct catalog_relation *r)
{
	struct say by = ways(c, r);

	find_relation(c, r,
		(struct drift_finding){ .level = DRIFT_FOUND,
			.code = "P249",
			.mend = mend(c, r),
			.say = TELL(c, "role %s can change %s%s%.0s; it is to read only",
				"角色 %1$s 可%4$s修改 %2$s；该角色应为只读%3$.0s",
				shown(c, c->role, NULL, NULL), shown(c, r->schema, r->name, NULL),
				by.en, by.zh) });
}

static void owns(struct comparing *c, const struct catalog_relation *r)
{
	find_relation(c, r,
		(struct drift_finding){ .level = DRIFT_FOUND,
			.code = "P249",
			.mend = mend(c, r),
			.say = TELL(c, "role %s owns %s, so it can grant itself all of it",
				"角色 %s 是 %s 的所有者，可为自己授予全部权限",
				shown(c, c->role, NULL, NULL),
				shown(c, r->schema, r->name, NULL)) });
}

static void mark(struct comparing *c, const struct dataset *d, const struct table *t, void *arg)
{
	(void)c;
	(void)d;
	(void)t;
	*(bool *)arg = true;
}

static void more(struct comparing *c, const struct catalog_relation *r)
{
	bool known = granted(c, r, NULL);

	tables_of(c, r, mark, &known);
	if (c->s->role.super) /* said once */
		return;
	if (r->owned)
		owns(c, r);
	else if (r->usage && r->writes)
		writes(c, r);
	else if (r->usage && r->any && !known)
		reads_unlisted(c, r);
	else if (r->usage && r->any)
		reads_more(c, r);
}

/* ---- less ---- */

static bool readable(
	const struct comparing *c, const struct catalog_relation *r, const char *column)
{
	const struct catalog_column *is = relation_column(r, column);

	(void)c;
	return is == NULL || (r->usage && is->readable); /* a missing column is said elsewhere */
}

static const char *mend_less(struct comparing *c, const struct catalog_relation *r, size_t from)
{
	struct text t;

	text_init(&t, MEND_ROOM);
	if (!r->usage) {
		text_add(&t, "grant usage on schema ");
		grants_name(&t, r->schema);
		text_add(&t, " to ");
		grants_name(&t, c->role);
		text_add(&t, ";\n");
	}
	grants_relation(&t, c->grants, c->n_grants, from, c->role);
	return kept(c, &t);
}

static const struct dataset *opted_out(const struct comparing *c, const struct grant *g)
{
	for (unsigned d = 0; d < c->p->n_datasets; d++)
		if (c->p->datasets[d].opt_out_column != NULL &&
			strcmp(c->p->datasets[d].opt_out_schema, g->schema) == 0 &&
			strcmp(c->p->datasets[d].opt_out_relation, g->relation) == 0)
			return &c->p->datasets[d];
	return NULL;
}

/* Something beside the red list's tables: the opt-out list closes its dataset; what the vocabulary lacks is
 * for agents/facts.c to judge. */
static void beside_table(struct comparing *c, const struct grant *g, struct drift_finding f)
{
	const struct dataset *d = opted_out(c, g);

	f.closes = d == NULL ? CLOSES_NOTHING : CLOSES_DATASET;
	f.data = d;
	f.at = d == NULL ? (struct place){ 0 } : d->at;
	f.level = g->optional ? DRIFT_WARNING : DRIFT_FOUND;
	f.thing = shown(c, g->schema, g->relation, NULL);
	find(c, f);
}

/* grants[from] is the first of its relation. */
static void less(struct comparing *c, size_t from)
{
	const struct grant *g = &c->grants[from];
	const struct catalog_relation *r = snapshot_relation(c->s, g->schema, g->relation);
	const char **names = room(c, c->n_grants, sizeof(*names));
	bool table = false, absent = r == NULL;
	unsigned n = 0;

	for (size_t i = from; names != NULL && i < c->n_grants; i++)
		if (grant_same_relation(g, &c->grants[i])) {
			if (r != NULL && relation_column(r, c->grants[i].column) == NULL)
				absent = true;
			else if (r != NULL && !readable(c, r, c->grants[i].column))
				names[n++] = shown(c, c->grants[i].column, NULL, NULL);
		}
	if (r != NULL)
		tables_of(c, r, mark, &table);
	if (n > 0) {
		struct drift_finding f = { .level = DRIFT_FOUND,
			.code = "P250",
			.rights = true,
			.mend = mend_less(c, r, from),
			.names = names,
			.n_names = n };

		f.say = TELL(c,
			n == 1 ? "role %s cannot read %u column of %s that the policy needs: %s"
			       : "role %s cannot read %u columns of %s that the policy needs: %s",
			"角色 %1$s 无法读取 %3$s 中策略所需的 %2$u 个字段：%4$s",
			shown(c, c->role, NULL, NULL), n, shown(c, g->schema, g->relation, NULL),
			say_list(c->a, names, n, 3));
		if (table)
			find_relation(c, r, f);
		else
			beside_table(c, g, f);
	}
	for (unsigned d = 0; absent && !table && d < c->p->n_datasets; d++)
		for (unsigned i = 0; i < c->p->datasets[d].n_tables; i++)
			table = table ||
				(strcmp(c->p->datasets[d].tables[i].schema, g->schema) == 0 &&
					strcmp(c->p->datasets[d].tables[i].relation, g->relation) ==
						0);
	if (absent && !table)
		beside_table(c, g,
			(struct drift_finding){ .code = "P201",
				.say = TELL(c,
					"'%s', which the policy needs beside the red list (%s), "
					"does not exist "
					"in the database with these columns",
					"数据库中没有策略在红线清单之外所需的“%s”（%"
					"s），或其缺少字段",
					shown(c, g->schema, g->relation, NULL),
					g->note == NULL ? "" : g->note) });
}

void compare_rights(struct comparing *c)
{
	for (unsigned i = 0; i < c->s->n_relations; i++)
		more(c, &c->s->relations[i]);
	for (size_t i = 0; i < c->n_grants; i++) {
		size_t j = 0;

		while (j < i && !grant_same_relation(&c->grants[j], &c->grants[i]))
			j++;
		if (j == i)
			less(c, i);
	}
}
