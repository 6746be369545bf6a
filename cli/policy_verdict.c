#include "cli/policy.h"

#include <stdio.h>

#include "base/clock.h"
#include "crypto/account.h"

/* A verdict: the chain of checks, what decided, and what an allowed question gives and costs. */

enum {
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

size_t desk_head(struct desk *d, struct text *t, struct say head)
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

		text_init(&list, DESK_OUTPUT);
		text_addf(&list, "%s: ", dim->name);
		for (unsigned k = 0; k < dim->n_labels && k < 24; k++)
			text_addf(&list, "%s%s", k == 0 ? "" : ", ", dim->labels[k]);
		if (dim->n_labels > 24)
			text_addf(&list, ", ... %s", dim->labels[dim->n_labels - 1]);
		text_addf(&list, d->zh ? "（%u 个）" : " (%u)", dim->n_labels);
		desk_head(d, t, i == 0 ? SAY("groups", "分组") : SAY("", ""));
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

		desk_head(d, t, i == 0 ? SAY("cost", "消耗") : SAY("", ""));
		if (c->exact) {
			text_addf(t,
				d->zh ? "一次，%s，最多 %lld 次\n"
				      : "one of %2$lld questions: %1$s\n",
				c->account, (long long)c->max_queries);
			continue;
		}
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

/* What a kind counts besides people. */
static void add_numbers(struct desk *d, struct text *t, const struct plan *plan)
{
	const struct plan_kind *of = &plan->of;

	if (plan_points(plan) == 1 && plan_layers(plan) == 1)
		return;
	desk_head(d, t, SAY("numbers", "数字"));
	if (of->kind == KIND_MEAN)
		text_addf(t,
			d->zh ? "每格三个：人数、%s 之和、平方和；取值以量程的 1/%d 为一级\n"
			      : "three a cell: people, sum of %s, sum of squares; values in steps "
				"of 1/%d of the clamp\n",
			of->measure->id, 2 * MEAN_RESOLUTION);
	else if (of->kind == KIND_QUANTILE)
		text_addf(t,
			d->zh ? "每格 %u 个：%s 量程的等分\n"
			      : "%u a cell: equal parts of the clamp of %s\n",
			plan_points(plan), of->measure->id);
	else if (of->kind == KIND_SURVIVAL)
		text_addf(t,
			d->zh ? "每格 %u 个：每步的终点事件与截尾\n"
			      : "%u a cell: ended and left, in each step\n",
			plan_points(plan));
	else
		text_addf(t,
			d->zh ? "每格 %u 个：逐个条件后剩余的人数\n"
			      : "%u a cell: people left after each criterion\n",
			plan_points(plan));
}

static void add_noise(struct desk *d, struct text *t, const struct plan *plan)
{
	desk_head(d, t, SAY("noise", "噪声"));
	if (plan->secure)
		text_add(t, d->zh ? "由求和的各机构共同生成，总和至少："
				  : "made by all sites of a sum together, of the sum at least: ");
	if (plan->exact) {
		text_add(t, d->zh ? "无\n" : "none\n");
		return;
	}
	text_add(t, plan->noise.gaussian
			    ? (d->zh ? "离散高斯，方差参数 " : "discrete gaussian, variance ")
			    : (d->zh ? "离散拉普拉斯，尺度 " : "discrete laplace, scale "));
	for (unsigned i = 0; i < plan_layers(plan); i++) {
		const struct noise_choice *n = plan_noise(plan, i);

		text_addf(
			t, "%s%llu", i == 0 ? "" : (d->zh ? "、" : ", "), (unsigned long long)n->t);
		if (!plan->noise.gaussian)
			text_addf(t, "/%llu", (unsigned long long)n->s);
	}
	text_addc(t, '\n');
}

/* Who sees what, where a sum over sites is asked for. */
static void add_mode(struct desk *d, struct text *t, const struct plan *plan)
{
	if (!plan->secure)
		return;
	desk_head(d, t, SAY("mode", "方式"));
	text_addf(t,
		d->zh ? "secure：只公布各机构之和（至少 %lld 家）；每格的下限由网关按总和执行\n"
		      : "secure: nothing but the sum over the sites is shown (%lld at least); the "
			"gateway holds its cells against the threshold\n",
		(long long)plan->min_sites);
}

static void add_plan(struct desk *d, struct text *t, const struct plan *plan)
{
	add_mode(d, t, plan);
	add_groups(d, t, plan);
	desk_head(d, t, SAY("cells", "单元格"));
	text_addf(t,
		d->zh ? "%u 个，每格（加噪后）至少 %lld 名患者\n"
		      : "%u, each shown from %lld patients on (after noise)\n",
		plan->n_cells / plan_points(plan), (long long)plan->min_patients);
	add_numbers(d, t, plan);
	if (plan->round_to > 1) {
		desk_head(d, t, SAY("shown", "展示"));
		text_addf(t,
			d->zh ? "按 %lld 的倍数；合计由未取整的数值相加\n"
			      : "in multiples of %lld; totals add up what is not rounded\n",
			(long long)plan->round_to);
	}
	add_noise(d, t, plan);
	desk_head(d, t, SAY("left out", "剔除"));
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
	desk_place_json(t, &f->at);
	text_addf(t, ",\"asked\":{\"line\":%u,\"column\":%u},\"say\":", f->asked_at.line,
		f->asked_at.column);
	desk_say_json(t, f->say);
	text_add(t, ",\"outside\":");
	desk_say_json(t, f->outside);
}

static void add_noise_json(struct text *t, const struct plan *plan, unsigned layer)
{
	const struct noise_choice *n = plan_noise(plan, layer);

	if (plan->noise.gaussian)
		text_addf(t, "%llu", (unsigned long long)n->t);
	else
		text_addf(t, "\"%llu/%llu\"", (unsigned long long)n->t, (unsigned long long)n->s);
}

static void add_all_noise_json(struct text *t, const struct plan *plan)
{
	if (plan->exact) {
		text_add(t, "{\"kind\":\"none\"}");
		return;
	}
	text_addf(t, "{\"kind\":\"%s\",\"%s\":",
		plan->noise.gaussian ? "discrete-gaussian" : "discrete-laplace",
		plan->noise.gaussian ? "variance" : "scale");
	add_noise_json(t, plan, 0);
	if (plan_layers(plan) > 1)
		text_add(t, ",\"layers\":[");
	for (unsigned i = 0; i < plan_layers(plan) && plan_layers(plan) > 1; i++) {
		text_add(t, i == 0 ? "" : ",");
		add_noise_json(t, plan, i);
	}
	text_add(t, plan_layers(plan) > 1 ? "]}" : "}");
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
		"],\"cells\":%u,\"points\":%u,\"layers\":%u,\"min_patients\":%lld,\"round_to\":%"
		"lld,\"rows_left_out\":%s,"
		"\"noise\":",
		plan->n_cells / plan_points(plan), plan_points(plan), plan_layers(plan),
		(long long)plan->min_patients, (long long)plan->round_to,
		plan->rows_left_out ? "true" : "false");
	add_all_noise_json(t, plan);
	text_addf(t, ",\"mode\":\"%s\",\"min_sites\":%lld", plan->secure ? "secure" : "noised",
		(long long)plan->min_sites);
	text_add(t, ",\"accounts\":[");
	for (unsigned i = 0; i < plan->n_charges; i++) {
		const struct charge *c = &plan->charges[i];

		text_add(t, i == 0 ? "{\"account\":" : ",{\"account\":");
		text_add_json(t, c->account);
		text_addf(t, ",\"unit\":\"%s\",\"cost\":\"%s\",\"cap\":\"%s\"}",
			c->in_epsilon ? "epsilon" : "rho",
			c->exact ? "" : account_text(c->cost, 1, cost, sizeof(cost)),
			account_text(c->cap, 0, cap, sizeof(cap)));
	}
	text_addc(t, ']');
}

void desk_verdict(struct desk *d, struct text *t, const struct verdict *v)
{
	add_chain(d, t, v);
	add_verdict(d, t, v);
	if (v->allow)
		add_plan(d, t, v->plan);
}

void desk_verdict_json(struct text *t, const struct verdict *v)
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
}
