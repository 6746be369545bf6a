#include <string.h>

#include "base/clock.h"
#include "base/limits.h"
#include "cli/policy_tables.h"
#include "crypto/account.h"
#include "policies/cohorts/cohort_sql.h"
#include "policies/say.h"
#include "policies/shapes.h"

/* What the policy is, and its kinds of question, release, budgets and studies. */

enum {
	MAX_CELL = 1 << 16
};

void tables_about(struct doc *doc, const struct policy *p, int32_t day)
{
	static const struct say catalogues[] = { { "none: nothing", "none：不展示" },
		{ "studies: what a study may use, to its own people", "studies：课题可用的内容，仅成员可见" },
		{ "open: the datasets, to everybody signed in", "open：数据集，登录者均可见" } };
	struct doc_block *b = doc_facts(doc, "policy");
	char hash[HASH_TEXT], as_of[16];

	doc_fact(doc, b, "site", SAY("site", "机构"), doc_plain(p->site));
	doc_fact(doc, b, "version", SAY("version", "版本"),
		doc_plain(tables_number(doc, p->version)));
	doc_fact(doc, b, "valid", SAY("valid", "有效期"),
		doc_plain(say_span(doc->arena, p->from, p->to)));
	doc_fact(doc, b, "country", SAY("country", "国家"), doc_plain(p->country));
	doc_fact(doc, b, "catalogue", SAY("catalogue", "目录展示"),
		catalogues[p->catalogue]);
	doc_fact(doc, b, "hash", SAY("hash", "哈希"),
		doc_plain(arena_text(doc->arena, hash32_text(&p->hash, hash))));
	doc_fact(doc, b, "as_of", SAY("as of", "截至"),
		doc_plain(arena_text(doc->arena, day_text(day, as_of))));
}

struct say tables_noise(const struct release_rule *r)
{
	if (r->off)
		return SAY("none", "无");
	return r->gaussian ? SAY("discrete Gaussian", "离散高斯")
			   : SAY("discrete Laplace", "离散拉普拉斯");
}

struct say tables_params(struct doc *doc, const struct officer_cohort *c)
{
	struct text en, zh;

	if (c->n_params == 0)
		return SAY("-", "-");
	text_init(&en, MAX_CELL);
	text_init(&zh, MAX_CELL);
	for (unsigned i = 0; i < c->n_params; i++) {
		struct say form = c->params[i].column == NULL
					  ? SAY("-", "-")
					  : tables_form(doc, c->params[i].column, MAX_LABELS);

		text_addf(&en, "%s%s: %s", i == 0 ? "" : "; ", c->params[i].name, form.en);
		text_addf(&zh, "%s%s：%s", i == 0 ? "" : "；", c->params[i].name, form.zh);
	}
	return (struct say){ tables_take(doc, &en), tables_take(doc, &zh) };
}

/* ---- kinds ---- */

static void compose(struct doc *doc, const struct policy *p)
{
	struct say kinds;

	if (!p->compose.listed) {
		doc_para(doc, SAY("Researchers may not compose cohorts of their own.",
				      "研究者不得自组队列。"));
		return;
	}
	kinds = p->compose.kinds == 0 ? SAY("all kinds", "各类查询")
				      : tables_kind_list(doc, p->compose.kinds);
	doc_para(doc, doc_say(doc,
			      "Researchers may compose cohorts: at most %lld criteria, %lld "
			      "level%s deep; %s%.0s.",
			      "研究者可自组队列：最多 %lld 个条件、%lld 层%.0s；%.0s%s。",
			      (long long)p->compose.criteria, (long long)p->compose.depth,
			      p->compose.depth == 1 ? "" : "s", kinds.en, kinds.zh));
	tables_windows(doc, p);
}

void tables_windows(struct doc *doc, const struct policy *p)
{
	if (p->compose.window_days == 0)
		doc_para(doc, SAY("Time windows and other distances between days may not be asked.",
				      "不得使用时间窗，也不得按其他日期间隔查询。"));
	else
		doc_para(doc,
			doc_say(doc,
				"Time windows (within), lasting and observed: in multiples of "
				"%lld day%s.",
				"时间窗（within）、lasting、observed 须为 %lld 天的整数倍。%.0s",
				(long long)p->compose.window_days,
				p->compose.window_days == 1 ? "" : "s"));
}

/* What a kind has of its own, or "". */
struct say tables_kind_own(struct doc *doc, enum question_kind k, const struct kind_rule *r)
{
	if (k == KIND_QUANTILE)
		return doc_say(doc, "at %s", "分位点 %s",
			say_numbers(doc->arena, r->quantiles, r->n_quantiles, 9));
	if (k == KIND_SURVIVAL)
		return doc_say(doc, "steps of %lld %s%.0s or multiples, to %lld %s%.0s",
			"每步为 %lld %.0s%s的整数倍，至多到 %lld %.0s%s", (long long)r->step.count,
			r->step.months ? "months" : "days", r->step.months ? "个月" : "天",
			(long long)r->horizon.count, r->horizon.months ? "months" : "days",
			r->horizon.months ? "个月" : "天");
	if (k == KIND_DISTINCT && r->person != NULL)
		return doc_say(doc, "by %s, %lld buckets, mode secure alone",
			"按 %s 识别，%lld 个桶，仅限 secure 模式", r->person->name,
			(long long)r->buckets);
	return SAY("", "");
}

static void cohorts(struct doc *doc, const struct policy *p)
{
	static const struct doc_column columns[] = { { "id", { "cohort", "队列" }, false, false },
		{ "title", { "title", "名称" }, false, true },
		{ "kinds", { "kinds", "查询类型" }, false, true },
		{ "params", { "parameters", "参数" }, false, true },
		{ "file", { "file", "文件" }, false, false },
		{ "place", { "place", "位置" }, false, false } };
	struct doc_block *b;

	if (p->n_cohorts == 0)
		return;
	b = doc_table(doc, "cohorts", SAY("Officers' cohorts", "既定队列"), columns,
		sizeof(columns) / sizeof(columns[0]));
	for (unsigned i = 0; i < p->n_cohorts; i++) {
		const struct officer_cohort *c = &p->cohorts[i];

		doc_row(doc, b, false,
			(struct say[]){ doc_plain(c->id), c->title, tables_kind_list(doc, c->kinds),
				tables_params(doc, c), doc_plain(c->file),
				doc_plain(tables_place(doc, &c->at)) });
	}
}

void tables_kinds(struct doc *doc, const struct policy *p, int32_t day)
{
	static const struct doc_column columns[] = { { "kind", { "kind", "类型" }, false, true },
		{ "group_by", { "groups", "分组数" }, true, false },
		{ "filters", { "filters", "筛选数" }, true, false },
		{ "max_cells", { "cells", "单元格数" }, true, false },
		{ "own", { "its own limits", "该类型的限制" }, false, true },
		{ "place", { "place", "位置" }, false, false } };
	struct doc_block *b;

	(void)day;
	doc_head(doc, 2, "kinds", SAY("Kinds of question", "查询类型"));
	b = doc_table(doc, "kinds",
		SAY("A kind that is not listed is refused. Each number is the most there may be.",
			"未列出的类型一律拒绝。数字均为上限。"),
		columns, sizeof(columns) / sizeof(columns[0]));
	for (unsigned k = 0; k < KINDS; k++) {
		const struct kind_rule *r = &p->kinds[k];

		if (!r->listed)
			continue;
		doc_row(doc, b, false,
			(struct say[]){ say_kind((enum question_kind)k),
				doc_say(doc, "%lld", "%lld", (long long)r->group_by),
				doc_say(doc, "%lld", "%lld", (long long)r->filters),
				doc_plain(tables_number(doc, r->max_cells)),
				tables_kind_own(doc, (enum question_kind)k, r),
				doc_plain(tables_place(doc, &r->at)) });
	}
	compose(doc, p);
	cohorts(doc, p);
}

/* ---- release ---- */

static const struct doc_column tighter_columns[] = { { "for", { "for", "适用范围" }, false, false },
	{ "price", { "at most", "每次至多" }, false, false },
	{ "min_patients", { "patients, least", "最少患者" }, true, false },
	{ "min_sites", { "sites, least", "最少机构" }, true, false },
	{ "place", { "place", "位置" }, false, false } };

static void tighter(struct doc *doc, const struct policy *p)
{
	struct doc_block *b;

	if (p->n_tighter == 0)
		return;
	b = doc_table(doc, "tighter",
		SAY("Stricter for some; the strictest that matches holds",
			"更严的规则；取适用者中最严的"),
		tighter_columns, sizeof(tighter_columns) / sizeof(tighter_columns[0]));
	for (unsigned i = 0; i < p->n_tighter; i++) {
		const struct tighter_rule *t = &p->tighter[i];

		doc_row(doc, b, false,
			(struct say[]){ doc_plain(tables_scope(doc, t->scope, t->id)),
				doc_plain(t->amount == 0 ? "-"
							 : tables_amount(doc, p->release.in_epsilon,
								   t->amount)),
				doc_plain(tables_number(doc, t->min_patients)),
				doc_plain(tables_number(doc, t->min_sites)),
				doc_plain(tables_place(doc, &t->at)) });
	}
}

/* Without noise: how much of a sum the largest few may make up. */
static void dominance(struct doc *doc, struct doc_block *b, const struct release_rule *r)
{
	char share[24];

	doc_fact(doc, b, "dominance", SAY("dominance", "支配度"),
		doc_say(doc, "the largest %lld make up less than %s", "最大的 %lld 名占比低于 %s",
			(long long)r->dominance_people,
			format_decimal(share, sizeof(share), r->dominance_share, 9)));
}

void tables_release(struct doc *doc, const struct policy *p, int32_t day)
{
	static const struct say timings[] = {
		{ "paced: 50, 100, 200, 400 ... ms after the question",
			"paced：收到查询后 50、100、200、400……毫秒发出" },
		{ "strict: 5, 30 or 300 s after the question, by its deadline",
			"strict：收到查询后 5、30 或 300 秒发出，取决于时限" },
		{ "open: when it is ready", "open：算完即发" }
	};
	static const struct say secure[] = { { "off", "关闭" }, { "preferred", "优先" },
		{ "required", "必须" } };
	const struct release_rule *r = &p->release;
	struct doc_block *b;

	(void)day;
	doc_head(doc, 2, "release", SAY("Release of answers", "答案的公布"));
	b = doc_facts(doc, "release");
	doc_fact(doc, b, "noise", SAY("noise", "噪声"), tables_noise(r));
	doc_fact(doc, b, "price", SAY("price of a question", "每次查询的开销"),
		doc_plain(r->off ? "-" : tables_amount(doc, r->in_epsilon, r->amount)));
	if (r->off)
		dominance(doc, b, r);
	doc_fact(doc, b, "min_patients", SAY("least patients of a cell", "单元格最少患者数"),
		doc_say(doc, r->off ? "%lld" : "%lld, after noise",
			r->off ? "%lld" : "%lld（加噪后）", (long long)r->min_patients));
	doc_fact(doc, b, "min_sites", SAY("least sites of an answer", "答案最少机构数"),
		doc_plain(tables_number(doc, r->min_sites)));
	doc_fact(doc, b, "secure_aggregation", SAY("secure aggregation", "安全聚合"),
		secure[r->secure]);
	doc_fact(doc, b, "timing", SAY("answers leave", "应答时间"), timings[r->timing]);
	doc_fact(doc, b, "round_to", SAY("rounding", "舍入"),
		doc_plain(tables_number(doc, r->round_to)));
	if (r->max_similar > 0)
		doc_fact(doc, b, "max_similar",
			SAY("questions nearly the same in one study, most",
				"同一课题内相差无几的查询最多"),
			doc_plain(tables_number(doc, r->max_similar)));
	tighter(doc, p);
}

/* ---- budgets ---- */

void tables_budgets(struct doc *doc, const struct policy *p, int32_t day)
{
	static const struct doc_column columns[] = { { "for", { "for", "适用范围" }, false, false },
		{ "total", { "total", "总额" }, false, false },
		{ "delta", { "delta", "delta" }, false, false },
		{ "queries", { "questions, most", "最多查询" }, true, false },
		{ "period", { "period", "计费周期" }, false, false },
		{ "place", { "place", "位置" }, false, false } };
	struct doc_block *b;
	char buf[32];

	(void)day;
	doc_head(doc, 2, "budgets", SAY("Privacy budgets", "隐私预算"));
	b = doc_table(doc, "budgets",
		SAY("Every budget that matches is charged; one that is used up refuses",
			"凡适用的预算均扣除，任何一个用尽即拒绝"),
		columns, sizeof(columns) / sizeof(columns[0]));
	for (unsigned i = 0; i < p->n_budgets; i++) {
		const struct budget *one = &p->budgets[i];

		doc_row(doc, b, false,
			(struct say[]){ doc_plain(tables_scope(doc, one->scope, one->id)),
				doc_plain(arena_textf(doc->arena, "%s %s",
					one->in_epsilon ? "epsilon" : "rho",
					account_text(one->cap, 0, buf, sizeof(buf)))),
				doc_plain(one->delta_e18 == 0 || one->delta_e18 > INT64_MAX
						  ? "-"
						  : arena_text(doc->arena,
							    format_decimal(buf, sizeof(buf),
								    (int64_t)one->delta_e18, 18))),
				doc_plain(tables_number(doc, one->queries)),
				doc_plain(say_span(doc->arena, one->from, one->to)),
				doc_plain(tables_place(doc, &one->at)) });
	}
}

/* ---- studies ---- */

static const char *names(struct doc *doc, const struct question_name *list, unsigned n)
{
	struct text t;

	text_init(&t, MAX_CELL);
	for (unsigned i = 0; i < n; i++)
		text_addf(&t, "%s%s", i == 0 ? "" : ", ", list[i].text);
	return n == 0 ? "-" : tables_take(doc, &t);
}

static const char *approvals(struct doc *doc, const struct study *s)
{
	struct text t;

	text_init(&t, MAX_CELL);
	for (unsigned i = 0; i < s->n_approvals; i++)
		text_addf(&t, "%s%s: %s", i == 0 ? "" : "; ", s->approvals[i].key,
			s->approvals[i].text);
	return tables_take(doc, &t);
}

static void requesters(struct doc *doc, const struct study *s)
{
	static const struct doc_column columns[] = { { "account", { "account", "账号" }, false,
							     false },
		{ "role", { "role", "角色" }, false, false },
		{ "kinds", { "may ask", "可用查询" }, false, true },
		{ "line", { "line", "行" }, true, false } };
	struct doc_block *b = doc_table(doc, "requesters",
		doc_say(doc, "Who may ask in %s", "%s 的申请人", s->id), columns,
		sizeof(columns) / sizeof(columns[0]));

	if (b == NULL)
		return;
	b->part_key = "study";
	b->part_head = SAY("study", "课题");
	b->part = doc_plain(s->id);
	for (unsigned i = 0; i < s->n_requesters; i++)
		doc_row(doc, b, false,
			(struct say[]){ doc_plain(s->requesters[i].account),
				doc_plain(s->requesters[i].role == NULL
						  ? "-"
						  : s->requesters[i].role->id),
				tables_kind_list(
					doc, s->requesters[i].role == NULL
						     ? 0
						     : s->requesters[i].role->kinds & s->kinds),
				doc_plain(tables_line(doc, &s->requesters[i].at)) });
}

/* What an entry of may_use is: the column's use and form, or the measure's title. */
static void may_use_row(struct doc *doc, struct doc_block *b, const struct policy *p,
	const struct question_name *name, int32_t day)
{
	const struct column *c = NULL;
	const struct measure *m = NULL;

	for (unsigned i = 0; i < p->n_datasets && c == NULL && m == NULL; i++) {
		c = dataset_column(&p->datasets[i], name->text);
		if (strncmp(name->text, "measure:", 8) == 0)
			m = dataset_measure(&p->datasets[i], name->text + 8);
	}
	c = c == NULL ? NULL : column_on(c, day);
	doc_row(doc, b, false,
		(struct say[]){ doc_plain(name->text),
			c != NULL ? tables_use(doc, c->uses) : SAY("measure", "指标"),
			c != NULL                          ? tables_form(doc, c, 12)
			: m != NULL && m->title.en != NULL ? m->title
							   : SAY("-", "-"),
			doc_plain(tables_line(doc, &name->at)) });
}

static void may_use(struct doc *doc, const struct policy *p, const struct study *s, int32_t day)
{
	static const struct doc_column columns[] = { { "name", { "may use", "可用" }, false,
							     false },
		{ "use", { "use", "用途" }, false, true },
		{ "form", { "groups, values, days", "归并、取值或范围" }, false, true },
		{ "line", { "line", "行" }, true, false } };
	struct doc_block *b = doc_table(doc, "may_use",
		doc_say(doc, "What %s may use; nothing beyond",
			"%s 可用的字段与指标；其余一律不可用", s->id),
		columns, sizeof(columns) / sizeof(columns[0]));

	if (b == NULL)
		return;
	b->part_key = "study";
	b->part_head = SAY("study", "课题");
	b->part = doc_plain(s->id);
	for (unsigned i = 0; i < s->n_may_use; i++)
		may_use_row(doc, b, p, &s->may_use[i], day);
}

static void overview(struct doc *doc, const struct policy *p)
{
	static const struct doc_column columns[] = { { "id", { "study", "课题" }, false, false },
		{ "title", { "title", "名称" }, false, true },
		{ "valid", { "valid", "有效期" }, false, false },
		{ "datasets", { "datasets", "数据集" }, false, false },
		{ "kinds", { "kinds", "查询类型" }, false, true },
		{ "line", { "line", "行" }, true, false } };
	struct doc_block *b = doc_table(doc, "studies", SAY("Overview", "概览"), columns,
		sizeof(columns) / sizeof(columns[0]));

	for (unsigned i = 0; i < p->n_studies; i++) {
		const struct study *s = &p->studies[i];

		doc_row(doc, b, false,
			(struct say[]){ doc_plain(s->id), s->title,
				doc_plain(say_span(doc->arena, s->from, s->to)),
				doc_plain(names(doc, s->datasets, s->n_datasets)),
				tables_kind_list(doc, s->kinds),
				doc_plain(tables_line(doc, &s->at)) });
	}
}

static void refusals(struct doc *doc, const struct policy *p)
{
	static const struct doc_column columns[] = { { "study", { "study", "课题" }, false, false },
		{ "why", { "why", "理由" }, false, true } };
	struct doc_block *b;

	if (p->n_refused == 0)
		return;
	b = doc_table(doc, "refused", SAY("Proposed studies that are refused", "不同意的课题申请"),
		columns, sizeof(columns) / sizeof(columns[0]));
	for (unsigned i = 0; i < p->n_refused; i++)
		doc_row(doc, b, false,
			(struct say[]){ doc_plain(p->refused[i].id), p->refused[i].why });
}

void tables_studies(struct doc *doc, const struct policy *p, int32_t day)
{
	doc_head(doc, 2, "studies", SAY("Studies", "课题"));
	if (p->n_studies == 0) {
		doc_para(doc, SAY("There are no studies, so nobody may ask.",
				      "没有课题，因此无人可以查询。"));
		refusals(doc, p);
		return;
	}
	refusals(doc, p);
	overview(doc, p);
	for (unsigned i = 0; i < p->n_studies; i++) {
		const struct study *s = &p->studies[i];

		doc_head(doc, 3, s->id,
			doc_say(doc, "%s: %s%.0s", "%s：%.0s%s", s->id, s->title.en, s->title.zh));
		if (s->n_cohorts > 0)
			doc_para(doc, doc_say(doc, "Officers' cohorts: %s.", "既定队列：%s。",
					      names(doc, s->cohorts, s->n_cohorts)));
		if (s->n_purposes > 0)
			doc_para(doc, doc_say(doc, "Purpose: %s.", "目的：%s。",
					      names(doc, s->purposes, s->n_purposes)));
		if (s->n_approvals > 0)
			doc_para(doc,
				doc_say(doc, "Rests on: %s.", "依据：%s。", approvals(doc, s)));
		if (s->n_results_to > 0)
			doc_para(doc, doc_say(doc, "Results may go to: %s (kept, not enforced).",
					      "结果可送往：%s（仅记录）。",
					      names(doc, s->results_to, s->n_results_to)));
		requesters(doc, s);
		may_use(doc, p, s, day);
	}
}
