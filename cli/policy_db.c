#include <stdio.h>
#include <string.h>

#include "base/limits.h"
#include "catalog/drift.h"
#include "cli/database.h"
#include "cli/policy.h"
#include "policies/grants.h"

/*
 * check --db and grants --check: the policy against the database's catalog. Both compare the same; the
 * first tells an officer everything, the second an administrator what to run.
 */

enum {
	MAX_OUTPUT = 16 << 20
};

static const char *const level_words[] = { "notice", "warning", "drift" };
static const struct say level_says[] = { { "notice ", "提示" }, { "warning", "警告" },
	{ "DRIFT  ", "偏离" } };

/* POLICY_GOOD with *out in the arena. */
static int compare(struct desk *d, struct arena *a, struct drift *out)
{
	const char *role = d->role == NULL ? GRANTS_ROLE : d->role;
	struct snapshot s;
	struct error err;

	if (database_snapshot(d->db, d->policy, role, a, &s, &err) != 0 ||
		drift_compare(d->policy, &s, role, a, out, &err) != 0)
		return desk_failed(d, &err);
	return POLICY_GOOD;
}

static void add_names(struct text *out, const struct drift_finding *f)
{
	for (unsigned i = 0; i < f->n_names; i++)
		text_addf(out, "            %s\n", f->names[i]);
}

static void add_finding(const struct desk *d, struct text *out, const struct drift_finding *f)
{
	text_addf(out, "%s ", desk_say(d, level_says[f->level]));
	if (f->at.file != NULL) {
		desk_place(out, &f->at);
		text_addc(out, ' ');
	}
	text_addf(out, "%s %s\n", f->code, desk_say(d, f->say));
	if (d->verbose)
		add_names(out, f);
}

static void add_list(struct text *out, const struct drift *drift, bool rights)
{
	static const char *const closes[] = { "nothing", "table", "dataset", "everything" };
	bool first = true;

	text_addf(out, "{\"ok\":%s,\"drift\":%u,\"warnings\":%u,\"notices\":%u,\"findings\":[",
		drift->found == 0 ? "true" : "false", drift->found, drift->warnings,
		drift->notices);
	for (unsigned i = 0; i < drift->n; i++) {
		const struct drift_finding *f = &drift->list[i];

		if (rights && !f->rights && f->level != DRIFT_FOUND)
			continue;
		text_addf(out, "%s{\"level\":\"%s\",\"code\":\"%s\",\"closes\":\"%s\",\"thing\":",
			first ? "" : ",", level_words[f->level], f->code, closes[f->closes]);
		text_add_json(out, f->thing);
		desk_place_json(out, &f->at);
		text_add(out, ",\"en\":");
		text_add_json(out, f->say.en);
		text_add(out, ",\"zh\":");
		text_add_json(out, f->say.zh);
		text_add(out, ",\"names\":[");
		for (unsigned k = 0; k < f->n_names; k++) {
			text_add(out, k == 0 ? "" : ",");
			text_add_json(out, f->names[k]);
		}
		text_add(out, "],\"mend\":");
		if (f->mend == NULL)
			text_add(out, "null");
		else
			text_add_json(out, f->mend);
		text_addc(out, '}');
		first = false;
	}
	text_add(out, "]}\n");
}

static bool any_mend(const struct drift *drift)
{
	for (unsigned i = 0; i < drift->n; i++)
		if (drift->list[i].mend != NULL)
			return true;
	return false;
}

static void add_end(const struct desk *d, struct text *out, const struct drift *drift)
{
	if (drift->found == 0)
		text_addf(out,
			d->zh ? "数据库与策略一致（警告 %u 条，提示 %u 条）。\n"
			      : "The database is what the policy takes it for (warnings: %u; "
				"notices: %u).\n",
			drift->warnings, drift->notices);
	else
		text_addf(out,
			d->zh ? "偏离 %u 处，警告 %u 条，提示 %u "
				"条。在消除之前，代理会拒绝涉及这些内容的查询。\n"
			      : "drifted: %u; warnings: %u; notices: %u. Until this is mended an "
				"agent refuses "
				"the questions it touches.\n",
			drift->found, drift->warnings, drift->notices);
	if (any_mend(drift))
		text_add(out,
			d->zh ? "修复语句：cordon policy grants --check --db ...\n"
			      : "Statements that mend it: cordon policy grants --check --db ...\n");
}

int policy_check_db(struct desk *d)
{
	struct drift drift = { 0 };
	struct arena arena;
	struct text out;
	int status;

	arena_init(&arena, MAX_CATALOG_ARENA);
	status = compare(d, &arena, &drift);
	if (status == POLICY_GOOD) {
		text_init(&out, MAX_OUTPUT);
		if (d->json) {
			add_list(&out, &drift, false);
		} else {
			desk_diags(d, NULL, 0);
			for (unsigned i = 0; i < drift.n; i++)
				add_finding(d, &out, &drift.list[i]);
			add_end(d, &out, &drift);
		}
		status = desk_print(&out, drift.found == 0 ? POLICY_GOOD : POLICY_NO);
	}
	arena_clear(&arena);
	return status;
}

/* ---- grants --check ---- */

/* Each difference as a comment, below it what mends it: the output is a script. */
static unsigned add_script(const struct desk *d, struct text *out, const struct drift *drift)
{
	unsigned n = 0;

	for (unsigned i = 0; i < drift->n; i++) {
		const struct drift_finding *f = &drift->list[i];

		if (!f->rights && f->level != DRIFT_FOUND)
			continue;
		n++;
		text_addf(out, "-- %s %s\n", f->code, desk_say(d, f->say));
		if (f->mend != NULL)
			text_addf(out, "%s\n", f->mend);
		else if (!f->rights)
			text_add(
				out, d->zh ? "--   授权无法修复：请修改红线清单或数据库\n"
					   : "--   no grant mends this: change the red list or the "
					     "database\n");
	}
	if (n == 0)
		text_add(out,
			d->zh ? "-- 角色的实际权限与策略一致。\n"
			      : "-- The role can do what the policy says, and nothing else.\n");
	return n;
}

static bool differs(const struct drift *drift)
{
	for (unsigned i = 0; i < drift->n; i++)
		if (drift->list[i].rights || drift->list[i].level == DRIFT_FOUND)
			return true;
	return false;
}

int policy_grants_check(struct desk *d)
{
	struct drift drift = { 0 };
	struct arena arena;
	struct text out;
	int status;

	if (d->db == NULL) {
		fputs(d->zh ? "cordon policy grants --check：请用 --db 给出数据库连接\n"
			    : "cordon policy grants --check: say which database with --db\n",
			stderr);
		return POLICY_ERRORS;
	}
	arena_init(&arena, MAX_CATALOG_ARENA);
	status = compare(d, &arena, &drift);
	if (status == POLICY_GOOD) {
		text_init(&out, MAX_OUTPUT);
		if (d->json)
			add_list(&out, &drift, true);
		else
			(void)add_script(d, &out, &drift);
		status = desk_print(&out, differs(&drift) ? POLICY_NO : POLICY_GOOD);
	}
	arena_clear(&arena);
	return status;
}
