#include "cli/policy.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/limits.h"
#include "crypto/account.h"
#include "policies/decide.h"

/* `cordon policy try`: the chain of checks, the verdict, and what an allowed question would cost. */

enum {
	MAX_OUTPUT = 4 << 20,
	MAX_NAME_WIDTH = 12
};

/* ---- the question ---- */

/* --study stands in for the question's own, or for a missing one. */
static bool set_study(struct desk *d, struct node *root)
{
	struct node *n = node_get(root, "study");

	if (d->study == NULL || root->kind != NODE_MAP)
		return true;
	if (n == NULL) {
		n = arena_alloc(&d->arena, sizeof(*n));
		if (n == NULL)
			return false;
		n->key = "study";
		n->key_at = n->at = root->at;
		n->next = root->first;
		root->first = n;
		root->count++;
	}
	n->kind = NODE_TEXT;
	n->empty = false;
	n->quoted = true;
	n->text = d->study;
	n->len = strlen(d->study);
	return true;
}

static int read_stdin(uint8_t **bytes, size_t *len)
{
	size_t n;

	*bytes = malloc(MAX_QUESTION_BYTES + 1);
	if (*bytes == NULL)
		return -1;
	n = fread(*bytes, 1, MAX_QUESTION_BYTES + 1, stdin);
	*len = n;
	return 0;
}

static int question_errors(struct desk *d, const char *text, size_t len)
{
	struct text out;

	if (!d->json) {
		desk_diags(d, text, len);
		return POLICY_ERRORS;
	}
	text_init(&out, MAX_OUTPUT);
	text_add(&out, "{\"decision\":\"error\",\"diagnostics\":");
	desk_diags_json(d, &out);
	text_add(&out, "}\n");
	return desk_print(&out, POLICY_ERRORS);
}

static int read_question(struct desk *d, struct question **q)
{
	struct error err = { .code = E_NONE };
	struct node *root = NULL;
	uint8_t *bytes = NULL;
	size_t len = 0;
	int status = POLICY_GOOD;

	diags_init(&d->ds, &d->words); /* the policy's warnings are not the question's */
	if (strcmp(d->file, "-") == 0) {
		if (read_stdin(&bytes, &len) != 0)
			return POLICY_ENVIRONMENT;
	} else if (file_read(d->file, MAX_QUESTION_BYTES, &bytes, &len, &err) != 0) {
		fprintf(stderr, "cordon policy try: %s (%s)\n", desk_say(d, err.say), err.log);
		return POLICY_ENVIRONMENT;
	}
	if (len > MAX_QUESTION_BYTES) {
		fputs(d->zh ? "cordon policy try：查询过大\n"
			    : "cordon policy try: the question is too large\n",
			stderr);
		status = POLICY_ERRORS;
	} else if (node_read(d->file, bytes, len, MAX_QUESTION_DEPTH, &d->arena, &d->ds, &root) !=
			   0 ||
		   root == NULL || !set_study(d, root) ||
		   question_build(root, &d->arena, &d->ds, q) != 0) {
		status = question_errors(d, (const char *)bytes, len);
	}
	free(bytes);
	return status;
}

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

static void add_json(struct text *t, const struct verdict *v)
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
	text_add(t, "}\n");
}

/* ---- the command ---- */

static int bad_use(const struct desk *d, struct say say)
{
	fprintf(stderr, "cordon policy try: %s\n", desk_say(d, say));
	return POLICY_ERRORS;
}

int policy_try(struct desk *d)
{
	struct asking who = {
		.requester = d->who, .today = clock_today(), .every_failure = d->all
	};
	struct error err = { .code = E_NONE };
	struct question *q = NULL;
	struct verdict v;
	struct text out;
	int status;

	if (d->who == NULL || d->file == NULL)
		return bad_use(d, SAY("--who and --file are needed", "须给出 --who 与 --file"));
	if (d->on != NULL && !day_parse(d->on, &who.today))
		return bad_use(d, SAY("--on takes a day such as 2026-03-01",
					  "--on 须为日期，例如 2026-03-01"));
	status = read_question(d, &q);
	if (status != POLICY_GOOD)
		return status;
	if (decide(d->policy, q, &who, &d->arena, &v, &err) != 0) {
		fprintf(stderr, "cordon policy try: %s (%s)\n", desk_say(d, err.say), err.log);
		return POLICY_ENVIRONMENT;
	}
	text_init(&out, MAX_OUTPUT);
	if (d->json) {
		add_json(&out, &v);
	} else {
		add_chain(d, &out, &v);
		add_verdict(d, &out, &v);
		if (v.allow)
			add_plan(d, &out, v.plan);
	}
	return desk_print(&out, v.allow ? POLICY_GOOD : POLICY_NO);
}
