#include "cli/policy.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "crypto/account.h"
#include "policies/decide.h"
#include "policies/say.h"
#include "policies/nearest.h"
#include "sql/sql.h"

/* `cordon policy try`: the chain of checks, the verdict, and what an allowed question would cost. */

enum {
	MAX_OUTPUT = 4 << 20,
	MAX_NAME_WIDTH = 12
};

/* ---- text for people ---- */

static size_t place_width(const struct verdict *v)
{
	size_t most = 1;

	for (unsigned i = 0; i < v->n_chain; i++) {
		char buf[400];
		const struct place *at = &v->chain[i].at;
		int n = at->file == NULL ? 1
					 : snprintf(buf, sizeof(buf), "%s:%u:%u", at->file,
						   at->line, at->column);

		if (n > 0 && (size_t)n > most)
			most = (size_t)n;
	}
	return most > 40 ? 40 : most;
}

static void add_step(
	struct desk *d, struct text *t, unsigned check, const struct finding *f, size_t places)
{
	size_t from, line = t->len;

	text_addf(t, "%2u ", check + 1);
	from = t->len;
	text_add(t, desk_say(d, check_say(check)));
	desk_pad(t, from, MAX_NAME_WIDTH);
	text_addc(t, ' ');
	from = t->len;
	text_add(t, f == NULL ? "-"
		    : f->deny ? (d->zh ? "拒绝" : "DENY")
			      : (d->zh ? "通过" : "ok"));
	desk_pad(t, from, 5);
	text_addc(t, ' ');
	if (f == NULL) {
		text_add(t, d->zh ? "未检查\n" : "not reached\n");
		return;
	}
	from = t->len;
	desk_place(t, &f->at);
	desk_pad(t, from, places);
	text_add(t, "  ");
	if (!text_failed(t)) {
		size_t indent = utf8_width(text_str(t) + line);
		const char *sentence =
			f->deny ? arena_textf(&d->arena, "[%s] %s", f->rule, desk_say(d, f->say))
				: desk_say(d, f->say);

		desk_wrap(t, sentence == NULL ? "" : sentence, indent, indent > 60 ? 60 : indent);
	}
	text_addc(t, '\n');
}

static void add_chain(struct desk *d, struct text *t, const struct verdict *v)
{
	size_t places = place_width(v);

	for (unsigned check = 0; check < CHECKS; check++) {
		bool any = false;

		for (unsigned i = 0; i < v->n_chain; i++)
			if (v->chain[i].check == check) {
				add_step(d, t, check, &v->chain[i], places);
				any = true;
			}
		if (!any)
			add_step(d, t, check, NULL, places);
	}
}

static void add_verdict(struct desk *d, struct text *t, const struct verdict *v)
{
	const struct finding *f = &v->first;
	size_t from = t->len, head;
	const char *say;

	text_add(t, v->allow ? (d->zh ? "允许" : "ALLOW") : (d->zh ? "拒绝" : "DENY"));
	desk_pad(t, from, 6);
	desk_place(t, &f->at);
	text_addf(t, " [%s] ", f->rule);
	head = text_failed(t) ? 0 : utf8_width(text_str(t) + from);
	say = desk_say(d, f->say);
	desk_wrap(t, say, head, 6);
	text_addc(t, '\n');
	if (f->deny && f->asked_at.line > 0) {
		text_add(t, d->zh ? "      查询中的位置：" : "      in the question: ");
		desk_place(t, &f->asked_at);
		text_addc(t, '\n');
	}
}

static size_t add_head(struct desk *d, struct text *t, struct say head)
{
	size_t from = t->len;

	text_add(t, "  ");
	text_add(t, desk_say(d, head));
	desk_pad(t, from, 14);
	return 14;
}

static void add_groups(struct desk *d, struct text *t, const struct plan *plan)
{
	for (unsigned i = 0; i < plan->n_dims; i++) {
		const struct dim *dim = &plan->dims[i];
		struct text list;

		text_init(&list, MAX_OUTPUT);
		text_addf(&list, "%s: ", dim->name);
		for (unsigned k = 0; k < dim->n_labels && k < 24; k++)
			text_addf(&list, "%s%s", k == 0 ? "" : ", ", dim->labels[k]);
		if (dim->n_labels > 24)
			text_addf(&list, ", ... %s", dim->labels[dim->n_labels - 1]);
		text_addf(&list, d->zh ? "（%u 个）" : " (%u)", dim->n_labels);
		add_head(d, t, i == 0 ? SAY("groups", "分组") : SAY("", ""));
		desk_wrap(t, text_str(&list), 14, 14);
		text_addc(t, '\n');
		text_clear(&list);
	}
}

static void add_costs(struct desk *d, struct text *t, const struct plan *plan)
{
	for (unsigned i = 0; i < plan->n_charges; i++) {
		const struct charge *c = &plan->charges[i];
		char cost[32], cap[32], from[16], to[16];

		add_head(d, t, i == 0 ? SAY("cost", "消耗") : SAY("", ""));
		text_addf(t, "%s %s", c->in_epsilon ? "epsilon" : "rho",
			account_text(c->cost, 1, cost, sizeof(cost)));
		text_addf(t, d->zh ? "，总额 %s，%s（%s..%s）" : " of %s: %s (%s..%s)",
			account_text(c->cap, 0, cap, sizeof(cap)), c->account,
			day_text(c->from, from), day_text(c->to, to));
		if (c->max_queries > 0)
			text_addf(t, d->zh ? "，最多 %lld 次" : ", at most %lld questions",
				(long long)c->max_queries);
		text_addc(t, '\n');
	}
}

static void add_plan(struct desk *d, struct text *t, const struct plan *plan)
{
	add_groups(d, t, plan);
	add_head(d, t, SAY("cells", "单元格"));
	text_addf(t,
		d->zh ? "%u 个，每格（加噪后）至少 %lld 名患者\n"
		      : "%u, each shown from %lld patients on (after noise)\n",
		plan->n_cells, (long long)plan->min_patients);
	if (plan->round_to > 1) {
		add_head(d, t, SAY("shown", "展示"));
		text_addf(t,
			d->zh ? "按 %lld 的倍数；合计由未取整的数值相加\n"
			      : "in multiples of %lld; totals add up what is not rounded\n",
			(long long)plan->round_to);
	}
	add_head(d, t, SAY("noise", "噪声"));
	if (plan->noise.gaussian)
		text_addf(t,
			d->zh ? "离散高斯，方差参数 %llu\n" : "discrete gaussian, variance %llu\n",
			(unsigned long long)plan->noise.t);
	else
		text_addf(t,
			d->zh ? "离散拉普拉斯，尺度 %llu/%llu\n"
			      : "discrete laplace, scale %llu/%llu\n",
			(unsigned long long)plan->noise.t, (unsigned long long)plan->noise.s);
	add_head(d, t, SAY("left out", "剔除"));
	if (!plan->rows_left_out)
		text_add(t, d->zh ? "无\n" : "nothing\n");
	for (unsigned i = 0; i < plan->n_red; i++)
		text_addf(t, "%s%s", i == 0 ? (d->zh ? "敏感记录：" : "rows of code rules ") : ", ",
			plan->policy->codes[plan->red[i]].id);
	if (plan->rows_left_out) {
		const char *gap = plan->n_red > 0 ? (d->zh ? "；" : "; ") : "";

		if (plan->data->opt_out_column != NULL)
			text_addf(t, d->zh ? "%s已退出的患者" : "%speople who opted out", gap);
		if (plan->data->under_age > 0)
			text_addf(t, d->zh ? "；%lld 岁以下" : "; people under %lld",
				(long long)plan->data->under_age);
		text_addc(t, '\n');
	}
	add_costs(d, t, plan);
}

/* ---- JSON ---- */

static void add_finding_json(struct text *t, const struct finding *f)
{
	text_addf(t, "\"decision\":\"%s\",\"rule\":", f->deny ? "deny" : "allow");
	text_add_json(t, f->rule);
	text_add(t, ",\"check\":");
	text_add_json(t, check_say(f->check).en);
	text_addf(t, ",\"file\":");
	text_add_json(t, f->at.file == NULL ? "" : f->at.file);
	text_addf(t,
		",\"line\":%u,\"column\":%u,\"asked\":{\"line\":%u,\"column\":%u},\"say\":{\"en\":",
		f->at.line, f->at.column, f->asked_at.line, f->asked_at.column);
	text_add_json(t, f->say.en);
	text_add(t, ",\"zh\":");
	text_add_json(t, f->say.zh);
	text_add(t, "},\"outside\":{\"en\":");
	text_add_json(t, f->outside.en);
	text_add(t, ",\"zh\":");
	text_add_json(t, f->outside.zh);
	text_addc(t, '}');
}

static void add_plan_json(struct text *t, const struct plan *plan)
{
	char cost[32], cap[32];

	text_add(t, ",\"groups\":[");
	for (unsigned i = 0; i < plan->n_dims; i++) {
		text_add(t, i == 0 ? "{\"name\":" : ",{\"name\":");
		text_add_json(t, plan->dims[i].name);
		text_add(t, ",\"labels\":[");
		for (unsigned k = 0; k < plan->dims[i].n_labels; k++) {
			text_add(t, k == 0 ? "" : ",");
			text_add_json(t, plan->dims[i].labels[k]);
		}
		text_add(t, "]}");
	}
	text_addf(t,
		"],\"cells\":%u,\"min_patients\":%lld,\"round_to\":%lld,\"rows_left_out\":%s,"
		"\"noise\":",
		plan->n_cells, (long long)plan->min_patients, (long long)plan->round_to,
		plan->rows_left_out ? "true" : "false");
	if (plan->noise.gaussian)
		text_addf(t, "{\"kind\":\"discrete-gaussian\",\"variance\":%llu}",
			(unsigned long long)plan->noise.t);
	else
		text_addf(t, "{\"kind\":\"discrete-laplace\",\"scale\":\"%llu/%llu\"}",
			(unsigned long long)plan->noise.t, (unsigned long long)plan->noise.s);
	text_add(t, ",\"accounts\":[");
	for (unsigned i = 0; i < plan->n_charges; i++) {
		const struct charge *c = &plan->charges[i];

		text_add(t, i == 0 ? "{\"account\":" : ",{\"account\":");
		text_add_json(t, c->account);
		text_addf(t, ",\"unit\":\"%s\",\"cost\":\"%s\",\"cap\":\"%s\"}",
			c->in_epsilon ? "epsilon" : "rho",
			account_text(c->cost, 1, cost, sizeof(cost)),
			account_text(c->cap, 0, cap, sizeof(cap)));
	}
	text_addc(t, ']');
}

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
	text_addc(t, '{');
	add_finding_json(t, &v->first);
	text_add(t, ",\"chain\":[");
	for (unsigned i = 0; i < v->n_chain; i++) {
		text_add(t, i == 0 ? "{" : ",{");
		add_finding_json(t, &v->chain[i]);
		text_addc(t, '}');
	}
	text_addc(t, ']');
	if (v->allow)
		add_plan_json(t, v->plan);
	if (near != NULL) {
		text_add(t, ",\"nearest\":");
		text_add_json(t, near->name);
	}
	if (sql != NULL)
		add_statement_json(t, sql);
	text_add(t, "}\n");
}

/* ---- the statement ---- */

static struct say codes_as_written = {
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
		return 0;
	fprintf(stderr, "cordon policy try: %s (%s)\n", desk_say(d, err.say), err.log);
	return -1;
}

static void add_statement(
	struct desk *d, struct text *t, const struct plan *plan, const struct sql *sql)
{
	add_head(d, t, SAY("statement", "语句"));
	desk_wrap(t, desk_say(d, SAY("parameters bound, none pasted", "参数均为绑定，不拼入语句")),
		14, 14);
	if (plan->n_red > 0) {
		text_add(t, "\n              ");
		desk_wrap(t, desk_say(d, codes_as_written), 14, 14);
	}
	text_addc(t, '\n');
	sql_explain(sql, t);
}

/* The script alone, so that it can be piped; comments need no quoting, since ids and hashes have no line ends. */
static int print_script(struct desk *d, const struct plan *plan, const struct sql *sql)
{
	char hash[HASH_TEXT];
	struct text out;

	text_init(&out, MAX_OUTPUT);
	text_addf(&out,
		d->zh ? "-- cordon policy try：机构 %s，版本 %lld，%s，课题 %s\n"
			"-- 显示未加噪的真实人数：仅供本院管理员使用，不得交给任何申请人\n"
		      : "-- cordon policy try: site %s, version %lld, %s, study %s\n"
			"-- shows the true counts, without noise: for this site's own "
			"administrator, never "
			"for a requester\n",
		plan->policy->site, (long long)plan->policy->version,
		hash32_text(&plan->policy->hash, hash), plan->study->id);
	if (plan->n_red > 0)
		text_addf(&out, "-- %s\n", desk_say(d, codes_as_written));
	text_add(&out, d->zh ? "-- 单元格：" : "-- cells: ");
	for (unsigned i = 0; i < plan->n_dims; i++)
		text_addf(&out, "%s%s (%u)", i == 0 ? "" : " x ", plan->dims[i].name,
			plan->dims[i].n_labels);
	text_add(&out, plan->n_dims == 0 ? (d->zh ? "1 个\n" : "one\n") : "\n");
	sql_script(sql, &out);
	return desk_print(&out, POLICY_GOOD);
}

/* ---- the command ---- */

void desk_verdict(struct desk *d, struct text *t, const struct verdict *v)
{
	add_chain(d, t, v);
	add_verdict(d, t, v);
	if (v->allow)
		add_plan(d, t, v->plan);
}

void desk_verdict_json(struct text *t, const struct verdict *v)
{
	add_json(t, v, NULL, NULL);
}

static int bad_use(const struct desk *d, struct say say)
{
	fprintf(stderr, "cordon policy try: %s\n", desk_say(d, say));
	return POLICY_ERRORS;
}

static void add_nearest(struct desk *d, struct text *t, const struct column *c)
{
	struct say form;

	if (c == NULL)
		return;
	form = say_form(&d->arena, c, 20);
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

	text_init(&out, MAX_OUTPUT);
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

	if (decide(d->policy, q, who, &d->arena, &v, &err) != 0) {
		fprintf(stderr, "cordon policy try: %s (%s)\n", desk_say(d, err.say), err.log);
		return POLICY_ENVIRONMENT;
	}
	if (v.allow && d->show_sql && write_statement(d, v.plan, &sql) != 0)
		return POLICY_ENVIRONMENT;
	if (v.allow && script_wanted(d) && !d->json)
		return print_script(d, v.plan, &sql);
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
		return bad_use(d, SAY("--who is needed, and --file or --study and --kind",
					  "须给出 --who，以及 --file，或 --study 与 --kind"));
	if (d->on != NULL && !day_parse(d->on, &who.today))
		return bad_use(d, SAY("--on takes a day such as 2026-03-01",
					  "--on 须为日期，例如 2026-03-01"));
	if (d->sql_form != NULL && !script_wanted(d))
		return bad_use(d,
			SAY("--show-sql takes nothing or psql", "--show-sql 后只能写 psql 或不写"));
	status = desk_question(d, &q);
	return status == POLICY_GOOD ? try_question(d, q, &who) : status;
}
