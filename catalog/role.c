#include <string.h>

#include "catalog/finding.h"

/*
 * The role as it is: what it may do beside reading, what it is a member of, how its sessions begin.
 */

static const char *alter_role(struct comparing *c, const char *what)
{
	struct text t;

	text_init(&t, MEND_ROOM);
	text_add(&t, "alter role ");
	grants_name(&t, c->role);
	text_addf(&t, " %s;", what);
	return kept(c, &t);
}

static void attribute(struct comparing *c, bool has, bool closes, const char *mend, struct say what)
{
	if (!has)
		return;
	FIND(c, .level = closes ? DRIFT_FOUND : DRIFT_WARNING, .code = "P242",
		.closes = closes ? CLOSES_ALL : CLOSES_NOTHING, .thing = "role", .rights = true,
		.mend = alter_role(c, mend),
		.say = TELL(c, "role %s %s%.0s", "角色 %s %.0s%s", shown(c, c->role, NULL, NULL),
			what.en, what.zh));
}

static const char *revoke_membership(struct comparing *c, const char *of)
{
	struct text t;

	text_init(&t, MEND_ROOM);
	text_add(&t, "revoke ");
	grants_name(&t, of);
	text_add(&t, " from ");
	grants_name(&t, c->role);
	text_addc(&t, ';');
	return kept(c, &t);
}

/* Whether a role that the agent's role is a member of can read anything of its own. */
static bool opens_more(const struct comparing *c, const struct catalog_role *m)
{
	if (m->super || m->bypassrls || m->createrole || m->replication || m->predefined)
		return true;
	for (unsigned i = 0; i < c->s->n_relations; i++) {
		const struct catalog_relation *r = &c->s->relations[i];

		if (r->owned && strcmp(r->owner, m->name) == 0)
			return true;
		for (unsigned g = 0; g < r->n_grants; g++)
			if (r->grants[g].grantee != NULL &&
				strcmp(r->grants[g].grantee, m->name) == 0)
				return true;
	}
	return false;
}

static void member(struct comparing *c, const struct catalog_role *m)
{
	bool more = opens_more(c, m);
	struct say what =
		more ? SAY("which can read more than the policy opens", "后者可读取的内容超出策略")
		     : SAY("which opens nothing more now, but may tomorrow",
			       "目前未多开放内容，但随时可能");

	FIND(c, .level = more ? DRIFT_FOUND : DRIFT_WARNING, .code = "P243",
		.closes = more ? CLOSES_ALL : CLOSES_NOTHING, .thing = "role", .rights = true,
		.mend = revoke_membership(c, m->name),
		.say = TELL(c, "role %s is a member of %s, %s%.0s", "角色 %s 是 %s 的成员，%.0s%s",
			shown(c, c->role, NULL, NULL), shown(c, m->name, NULL, NULL), what.en,
			what.zh));
}

static void setting(struct comparing *c, const struct grant_setting *wanted)
{
	const char *is = NULL, *value = wanted->value;
	size_t len = strlen(value);
	struct text t;

	for (unsigned i = 0; i < c->s->n_settings; i++)
		if (strcmp(c->s->settings[i].name, wanted->name) == 0)
			is = c->s->settings[i]
				     .value; /* one for this database comes last and counts */
	if (len > 1 && value[0] == '\'') {
		value++;
		len -= 2;
	}
	if (is != NULL && strlen(is) == len && strncmp(is, value, len) == 0)
		return;
	text_init(&t, MEND_ROOM);
	text_addf(&t, "set %s = %s", wanted->name, wanted->value);
	const char *set = kept(c, &t);

	FIND(c, .level = DRIFT_WARNING, .code = "P244", .thing = "role", .rights = true,
		.mend = alter_role(c, set),
		.say = TELL(c, "sessions of role %s do not begin with %s = %s",
			"角色 %s 的会话未预设 %s = %s", shown(c, c->role, NULL, NULL), wanted->name,
			wanted->value));
}

/* Arguments are SQL as the server spells it; types with control characters in their names are left to the
 * administrator. */
static const char *mend_function(struct comparing *c, const struct catalog_function *f)
{
	struct text t;

	if (strcmp(shown(c, f->arguments, NULL, NULL), f->arguments) != 0)
		return NULL;
	text_init(&t, MEND_ROOM);
	text_add(&t, "revoke execute on routine ");
	grants_relation_name(&t, f->schema, f->name);
	text_addf(&t, "(%s) from public, ", f->arguments);
	grants_name(&t, c->role);
	text_addc(&t, ';');
	return kept(c, &t);
}

static void function(struct comparing *c, const struct catalog_function *f)
{
	struct say more = f->to_public ? SAY(", as everybody can", "，且人人可调用") : SAY("", "");

	FIND(c, .level = DRIFT_FOUND, .code = "P245", .closes = CLOSES_ALL, .thing = "role",
		.rights = true, .mend = mend_function(c, f),
		.say = TELL(c,
			"role %s can call %s, which runs with the rights of %s (security "
			"definer)%s%.0s",
			"角色 %s 可调用 %s，后者以 %s 的权限运行（security definer）%.0s%s",
			shown(c, c->role, NULL, NULL), shown(c, f->schema, f->name, NULL),
			shown(c, f->owner, NULL, NULL), more.en, more.zh));
}

void compare_role(struct comparing *c)
{
	const struct catalog_role *r = &c->s->role;

	if (!c->s->found) {
		FIND(c, .level = DRIFT_FOUND, .code = "P242", .closes = CLOSES_ALL, .thing = "role",
			.rights = true,
			.say = TELL(c,
				"there is no role %s; run the script of: cordon policy grants",
				"没有角色 %s；请运行 cordon policy grants 生成的脚本",
				shown(c, c->role, NULL, NULL)));
		return;
	}
	attribute(c, r->super, true, "nosuperuser",
		SAY("is superuser: nothing is closed to it", "是超级用户：一切内容均可读取"));
	attribute(c, r->bypassrls, true, "nobypassrls",
		SAY("bypasses row security", "可绕过行级安全"));
	attribute(c, r->createrole, true, "nocreaterole",
		SAY("may create and change roles, so it could grant itself more",
			"可创建和修改角色，能够为自己授权"));
	attribute(c, r->replication, true, "noreplication",
		SAY("may replicate the whole database", "可复制整个数据库"));
	attribute(c, r->createdb, false, "nocreatedb", SAY("may create databases", "可创建数据库"));
	attribute(c, r->inherit, false, "noinherit",
		SAY("inherits the rights of roles it becomes a member of", "会继承所属角色的权限"));
	if (c->s->owns_database)
		FIND(c, .level = DRIFT_FOUND, .code = "P242", .closes = CLOSES_ALL, .thing = "role",
			.rights = true,
			.say = TELL(c, "role %s owns the database %s; give it to another owner",
				"角色 %s 是数据库 %s 的所有者，请更换所有者",
				shown(c, c->role, NULL, NULL),
				shown(c, c->s->database, NULL, NULL)));
	for (unsigned i = 0; i < c->s->n_members; i++)
		member(c, &c->s->members[i]);
	for (const struct grant_setting *s = grants_settings; s->name != NULL; s++)
		setting(c, s);
	for (unsigned i = 0; i < c->s->n_functions; i++)
		function(c, &c->s->functions[i]);
}
