#include "cli/policy.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "policies/decide/decide.h"
#include "policies/explain/nearest.h"
#include "policies/say.h"
#include "sql/sql.h"

/* `cordon policy try`: what would happen to a question, and the statement that would answer it. */

static void add_statement_json(struct text *t, const struct sql *sql)
{
	text_add(t, ",\"statement\":");
	text_add_json(t, sql->text);
	text_add(t, ",\"values\":[");
	for (int i = 0; i < sql->n_values; i++) {
		text_add(t, i == 0 ? "" : ",");
		text_add_json(t, sql->values[i]);
	}
	text_addc(t, ']');
}

static void add_json(
	struct text *t, const struct verdict *v, const struct column *near, const struct sql *sql)
{
	desk_verdict_json(t, v);
	if (near != NULL) {
		text_add(t, ",\"nearest\":");
		text_add_json(t, near->name);
	}
	if (sql != NULL)
		add_statement_json(t, sql);
	text_add(t, "}\n");
}

/* ---- the statement ---- */

const struct say policy_codes_as_written = {
	"codes as the policy writes them: descendants of a rule's codes, which the site's "
	"vocabulary tells the agent, are not taken out here",
	"编码按策略原文：规则编码的下级由代理依本院术语表展开，此处未剔除"
};

static int write_statement(struct desk *d, const struct plan *plan, struct sql *sql)
{
	/* a desk has no database, so it cannot know that a patient has one row */
	const struct sql_facts facts = { .red = NULL, .one_row_a_patient = false };
	struct error err = { .code = E_NONE };

	if (sql_write(plan, &facts, &d->arena, sql, &err) == 0)
		return POLICY_GOOD;
	return desk_failed(d, &err);
}

static void add_statement(
	struct desk *d, struct text *t, const struct plan *plan, const struct sql *sql)
{
	desk_head(d, t, SAY("statement", "语句"));
	desk_wrap(t, desk_say(d, SAY("parameters bound, none pasted", "参数均为绑定，不拼入语句")),
		14, 14);
	if (plan->n_red > 0) {
		text_add(t, "\n              ");
		desk_wrap(t, desk_say(d, policy_codes_as_written), 14, 14);
	}
	text_addc(t, '\n');
	sql_explain(sql, t);
}

/* ---- the command ---- */

enum {
	SHOWN = 20 /* labels or places of a column */
};

static void add_nearest(struct desk *d, struct text *t, const struct column *c)
{
	struct say form;

	if (c == NULL)
		return;
	form = say_form(&d->arena, c, SHOWN);
	text_addf(t, d->zh ? "最接近的可用字段：%s（%s）。\n" : "Nearest allowed: %s (%s).\n",
		c->name, form.en == NULL || form.zh == NULL ? "" : desk_say(d, form));
}

static bool script_wanted(const struct desk *d)
{
	return d->sql_form != NULL && strcmp(d->sql_form, "psql") == 0;
}

static int print_verdict(struct desk *d, const struct question *q, int32_t today,
	const struct verdict *v, const struct sql *sql)
{
	const struct column *near = nearest_allowed(d->policy, q, today, &v->first);
	struct text out;

	text_init(&out, DESK_OUTPUT);
	if (d->json) {
		add_json(&out, v, near, d->show_sql && v->allow ? sql : NULL);
		return desk_print(&out, v->allow ? POLICY_GOOD : POLICY_NO);
	}
	desk_verdict(d, &out, v);
	if (!v->allow)
		add_nearest(d, &out, near);
	if (v->allow && d->show_sql)
		add_statement(d, &out, v->plan, sql);
	if (script_wanted(d)) { /* no script: nothing for psql on standard output */
		fputs(text_str(&out), stderr);
		text_clear(&out);
		return POLICY_NO;
	}
	return desk_print(&out, v->allow ? POLICY_GOOD : POLICY_NO);
}

static int try_question(struct desk *d, const struct question *q, const struct asking *who)
{
	struct error err = { .code = E_NONE };
	struct verdict v;
	struct sql sql;

	if (decide(d->policy, q, who, &d->arena, &v, &err) != 0)
		return desk_failed(d, &err);
	if (v.allow && d->show_sql) {
		int status = write_statement(d, v.plan, &sql);

		if (status != POLICY_GOOD)
			return status;
	}
	if (v.allow && script_wanted(d) && !d->json)
		return policy_script(d, v.plan, &sql);
	return print_verdict(d, q, who->today, &v, &sql);
}

int policy_try(struct desk *d)
{
	struct asking who = {
		.requester = d->who, .today = clock_today(), .every_failure = d->all
	};
	struct question *q = NULL;
	int status;

	if (d->who == NULL || (d->file == NULL && (d->study == NULL || d->kind == NULL)))
		return desk_bad_use(d,
			SAY("--who is needed, and --file or --study and --kind",
				"须给出 --who，以及 --file，或 --study 与 --kind"),
			"");
	if (desk_on(d, &who.today) != POLICY_GOOD)
		return POLICY_ERRORS;
	if (d->sql_form != NULL && !script_wanted(d))
		return desk_bad_use(d,
			SAY("--show-sql takes nothing or psql", "--show-sql 后只能写 psql 或不写"),
			"");
	status = desk_question(d, &q);
	if (status == POLICY_GOOD && d->db != NULL)
		status = desk_known(d, q);
	if (status == POLICY_GOOD && d->ds.count > 0 && !d->json)
		desk_diags(d, "", 0);
	return status == POLICY_GOOD ? try_question(d, q, &who) : status;
}
