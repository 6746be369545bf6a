#include "cli/policy_sheet.h"

#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/limits.h"
#include "cli/policy_tables.h"
#include "policies/approval/approval.h"
#include "policies/effect/effect.h"
#include "policies/say.h"
#include "policies/explain/tests.h"

/*
 * What is signed is the hash; the sheet says in short what stands behind it. It leaves nothing out that loosens: every
 * column that is open, every study, every exception, everything that became wider.
 */

enum {
	MAX_CELL = 1 << 16
};

/* ---- rules in short ---- */

/* "year_of_birth, gender_concept_id": the table's columns of these uses. */
static const char *columns_of(struct doc *doc, const struct table *t, unsigned uses, int32_t day)
{
	struct text list;
	bool any = false;

	text_init(&list, MAX_CELL);
	for (unsigned i = 0; i < t->n_columns; i++) {
		const struct column *c = column_on(&t->columns[i], day);

		if (!(c->uses & uses))
			continue;
		text_addf(&list, "%s%s", any ? ", " : "", c->column);
		any = true;
	}
	if (!any)
		text_add(&list, "-");
	return tables_take(doc, &list);
}

static void tables(struct doc *doc, const struct policy *p, int32_t day)
{
	static const struct doc_column columns[] = { { "table", { "table", "表" }, false, false },
		{ "groups", { "groups", "分组" }, false, false },
		{ "filters", { "filters only", "仅筛选" }, false, false },
		{ "measures", { "measures", "指标" }, false, false },
		{ "inside", { "inside the agent", "仅代理内部" }, false, false } };
	struct doc_block *b = doc_table(doc, "open",
		SAY("What the red list opens; every other table and column is forbidden",
			"红线清单开放的字段；其余表与字段一律禁止"),
		columns, sizeof(columns) / sizeof(columns[0]));

	for (unsigned i = 0; i < p->n_datasets; i++)
		for (unsigned k = 0; k < p->datasets[i].n_tables; k++) {
			const struct table *t = &p->datasets[i].tables[k];

			doc_row(doc, b, false,
				(struct say[]){ doc_plain(t->name),
					doc_plain(columns_of(doc, t, USE_GROUP, day)),
					doc_plain(columns_of(doc, t, USE_FILTER, day)),
					doc_plain(columns_of(doc, t, USE_MEASURE, day)),
					doc_plain(columns_of(
						doc, t, USE_PATIENT_KEY | USE_LINK, day)) });
		}
}

static const char *code_list(struct doc *doc, const struct policy *p, bool restricted)
{
	struct text t;
	bool any = false;

	text_init(&t, MAX_CELL);
	for (unsigned i = 0; i < p->n_codes; i++) {
		if (p->codes[i].restricted != restricted)
			continue;
		text_addf(&t, "%s%s", any ? ", " : "", p->codes[i].id);
		any = true;
	}
	if (!any)
		text_add(&t, "-");
	return tables_take(doc, &t);
}

static void rules(struct doc *doc, const struct policy *p, int32_t day)
{
	unsigned kinds = 0;
	struct say list;
	struct doc_block *b;

	for (unsigned k = 0; k < KINDS; k++)
		kinds |= p->kinds[k].listed ? 1u << k : 0;
	list = tables_kind_list(doc, kinds);
	doc_head(doc, 2, "rules", SAY("The rules in short", "规则摘要"));
	b = doc_facts(doc, "rules");
	doc_fact(doc, b, "kinds", SAY("kinds of question", "查询类型"), list);
	doc_fact(doc, b, "forbidden_codes", SAY("forbidden codes", "禁止的敏感代码"),
		doc_plain(code_list(doc, p, false)));
	doc_fact(doc, b, "restricted_codes", SAY("restricted codes", "限制的敏感代码"),
		doc_plain(code_list(doc, p, true)));
	doc_fact(doc, b, "noise", SAY("noise", "噪声"), tables_noise(&p->release));
	doc_fact(doc, b, "price", SAY("price of a question", "每次查询的开销"),
		doc_plain(p->release.off
				  ? "-"
				  : tables_amount(doc, p->release.in_epsilon, p->release.amount)));
	doc_fact(doc, b, "min_patients", SAY("least patients of a cell", "单元格最少患者数"),
		doc_plain(tables_number(doc, p->release.min_patients)));
	tables(doc, p, day);
}

/* ---- studies ---- */

static const char *total_of(struct doc *doc, const struct policy *p, const struct study *s)
{
	struct text t;
	bool any = false;

	text_init(&t, MAX_CELL);
	for (unsigned i = 0; i < p->n_budgets; i++) {
		const struct budget *b = &p->budgets[i];

		if (b->scope != SCOPE_STUDY || strcmp(b->id, s->id) != 0)
			continue;
		text_addf(&t, "%s%s", any ? "; " : "", tables_amount(doc, b->in_epsilon, b->cap));
		any = true;
	}
	if (!any)
		text_add(&t, "-");
	return tables_take(doc, &t);
}

static void studies(struct doc *doc, const struct policy *p)
{
	static const struct doc_column columns[] = { { "study", { "study", "课题" }, false, false },
		{ "title", { "title", "名称" }, false, true },
		{ "valid", { "valid", "有效期" }, false, false },
		{ "requesters", { "people", "人数" }, true, false },
		{ "may_use", { "columns, measures", "字段与指标" }, true, false },
		{ "kinds", { "kinds", "查询类型" }, false, true },
		{ "budget", { "budget", "预算" }, false, false } };
	struct doc_block *b = doc_table(doc, "studies", SAY("Studies", "课题"), columns,
		sizeof(columns) / sizeof(columns[0]));

	for (unsigned i = 0; i < p->n_studies; i++) {
		const struct study *s = &p->studies[i];

		doc_row(doc, b, false,
			(struct say[]){ doc_plain(s->id), s->title,
				doc_plain(say_span(doc->arena, s->from, s->to)),
				doc_plain(tables_number(doc, s->n_requesters)),
				doc_plain(tables_number(doc, s->n_may_use)),
				tables_kind_list(doc, s->kinds), doc_plain(total_of(doc, p, s)) });
	}
}

/* ---- the effect ---- */

static void effect_rows(struct doc *doc, const struct effect *e)
{
	static const struct doc_column columns[] = { { "thing", { "what", "对象" }, false, true },
		{ "way", { "effect", "变化" }, false, true },
		{ "change", { "change", "内容" }, false, true },
		{ "place", { "place", "位置" }, false, false } };
	static const struct say ways[] = { { "WIDER", "放宽" }, { "tighter", "收紧" },
		{ "same", "相同" } };
	struct doc_block *b;

	if (e->n == 0)
		return;
	b = doc_table(doc, "effect", SAY("What may be asked differently", "可查询内容的变化"),
		columns, sizeof(columns) / sizeof(columns[0]));
	for (unsigned i = 0; i < e->n; i++)
		doc_row(doc, b, e->items[i].way == EFFECT_WIDER,
			(struct say[]){ e->items[i].thing, ways[e->items[i].way],
				e->items[i].change,
				doc_plain(tables_place(doc, &e->items[i].at)) });
}

static int effect(struct doc *doc, struct desk *d)
{
	struct error err = { .code = E_NONE };
	struct policy *before;
	int status;
	char hash[HASH_TEXT];
	struct effect e;
	struct doc_block *b;

	doc_head(doc, 2, "effect", SAY("Effect of the change", "变化的影响"));
	status = desk_before(d, &before);
	if (status != POLICY_GOOD)
		return status;
	if (before == NULL) {
		doc_para(doc, SAY("First version: there is nothing to compare with, so everything "
				  "it opens is new.",
				      "首个版本：没有可比较的旧版本，所开放的内容均为新增。"));
		return POLICY_GOOD;
	}
	if (effect_between(before, d->policy, &d->arena, &e, &err) != 0)
		return desk_failed(d, &err);
	b = doc_facts(doc, "change");
	doc_fact(doc, b, "replaces", SAY("replaces version", "替换版本"),
		doc_plain(tables_number(doc, before->version)));
	doc_fact(doc, b, "replaced_hash", SAY("its hash", "其哈希"),
		doc_plain(arena_text(doc->arena, hash32_text(&before->hash, hash))));
	doc_fact(doc, b, "sum", SAY("in short", "合计"),
		doc_say(doc, "%u wider, %u tighter, %u without effect",
			"放宽 %u 项，收紧 %u 项，无实际影响 %u 项", e.wider, e.tighter, e.same));
	doc_fact(doc, b, "effect_hash", SAY("hash of the effect", "影响的哈希"),
		doc_plain(arena_text(doc->arena, hash32_text(&e.hash, hash))));
	effect_rows(doc, &e);
	return POLICY_GOOD;
}

/* ---- checks and tests ---- */

static void failed_tests(struct doc *doc, const struct test_outcome *all, unsigned n)
{
	static const struct doc_column columns[] = {
		{ "name", { "test that fails", "未通过的测试" }, false, true },
		{ "rule", { "decided by", "实际规则" }, false, false },
		{ "place", { "place", "位置" }, false, false }
	};
	struct doc_block *b = doc_table(doc, "failed_tests", SAY("Tests that fail", "未通过的测试"),
		columns, sizeof(columns) / sizeof(columns[0]));

	for (unsigned i = 0; i < n; i++)
		if (!all[i].passed)
			doc_row(doc, b, true,
				(struct say[]){ all[i].test->name,
					doc_plain(all[i].verdict.first.rule),
					doc_plain(tables_place(doc, &all[i].test->at)) });
}

static int tests(struct doc *doc, struct desk *d, size_t warnings)
{
	struct error err = { .code = E_NONE };
	struct test_outcome *all;
	unsigned n = 0, bad = 0;
	struct doc_block *b;

	if (tests_run(d->policy, &d->arena, &all, &n, &bad, &err) != 0)
		return desk_failed(d, &err);
	doc_head(doc, 2, "checks", SAY("Checks and tests", "检查与测试"));
	b = doc_facts(doc, "checks");
	doc_fact(doc, b, "check", SAY("check", "检查"),
		doc_say(doc, "no errors, %zu warning%s", "无错误，%zu 个警告%.0s", warnings,
			warnings == 1 ? "" : "s"));
	doc_fact(doc, b, "tests", SAY("tests", "测试"),
		n == 0 ? SAY("there are none", "没有测试")
		       : doc_say(doc,
				 bad > 0 ? "%u of %u pass: this version must not be signed"
					 : "%u of %u pass",
				 bad > 0 ? "%u / %u 通过：此版本不得签名" : "%u / %u 通过", n - bad,
				 n));
	if (bad > 0)
		failed_tests(doc, all, n);
	return POLICY_GOOD;
}

/* ---- signatures ---- */

/* Who must sign: by --approvers, else the two roles that hold when nothing else is said. */
static int read_roles(struct desk *d, const char *roles[MAX_SIGNATURES], unsigned *n)
{
	struct error err = { .code = E_NONE };
	struct approvers *who = NULL;
	uint8_t *bytes = NULL;
	size_t len = 0;
	int ret;

	roles[0] = "compliance";
	roles[1] = "data-owner";
	*n = 2;
	if (d->approvers == NULL)
		return POLICY_GOOD;
	if (file_read(d->approvers, MAX_FILE_BYTES, &bytes, &len, &err) != 0)
		return desk_failed(d, &err);
	diags_init(&d->ds, &d->words);
	ret = approvers_read("approvers.yaml", bytes, len, &d->arena, &d->ds, &who);
	if (ret != 0)
		desk_diags(d, (const char *)bytes, len);
	free(bytes);
	if (ret != 0)
		return POLICY_ERRORS;
	*n = who->n_required;
	for (unsigned i = 0; i < who->n_required; i++)
		roles[i] = who->required[i];
	return POLICY_GOOD;
}

static int signatures(struct doc *doc, struct desk *d)
{
	const char *roles[MAX_SIGNATURES];
	struct say names[MAX_SIGNATURES];
	char hash[HASH_TEXT]; /* again: this page may be parted from the first */
	unsigned n = 0;
	int status = read_roles(d, roles, &n);

	if (status != POLICY_GOOD)
		return status;
	for (unsigned i = 0; i < n; i++)
		names[i] = strcmp(roles[i], "compliance") == 0
				   ? SAY("compliance", "合规负责人（compliance）")
			   : strcmp(roles[i], "data-owner") == 0
				   ? SAY("data owner (data-owner)", "数据负责人（data-owner）")
				   : doc_plain(roles[i]);
	doc_head(doc, 2, "signatures", SAY("Signatures", "签名"));
	doc_para(doc, doc_say(doc,
			      "%u different people sign for site %s, version %lld, %s. Nothing is "
			      "in force until their keys have signed it too (cordon policy sign).",
			      "须由 %u 名不同人员为机构 %s、版本 %lld、%s "
			      "签名；其密钥也签名（cordon policy sign）后方可生效。",
			      n, d->policy->site, (long long)d->policy->version,
			      hash32_text(&d->policy->hash, hash)));
	doc_signatures(doc, names, n);
	return POLICY_GOOD;
}

/* ---- the sheet ---- */

int sheet(struct doc *doc, struct desk *d, int32_t day)
{
	size_t warnings = d->ds.warnings; /* of this policy, not of the one before */
	const struct policy *p = d->policy;
	int status;

	tables_about(doc, p, day);
	rules(doc, p, day);
	studies(doc, p);
	doc_head(doc, 2, "exceptions", SAY("Exceptions", "例外"));
	if (p->n_exceptions == 0)
		doc_para(doc, SAY("None: no preset's ceiling is loosened.",
				      "无：没有放宽任何预设上限。"));
	tables_exceptions(doc, p);
	status = effect(doc, d);
	if (status == POLICY_GOOD)
		status = tests(doc, d, warnings);
	if (status == POLICY_GOOD)
		status = signatures(doc, d);
	return status;
}
