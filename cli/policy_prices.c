#include <string.h>

#include "cli/policy_look.h"
#include "crypto/account.h"
#include "policies/say.h"

/* What a study's questions cost and how their answers are limited: nothing of rules that cannot meet it. */

/* Whether a tighter rule can meet a question of this study at all. */
static bool concerns(const struct look *l, const struct tighter_rule *t)
{
	const struct measure *m;
	const struct table *table;

	switch (t->scope) {
	case SCOPE_STUDY:
		return strcmp(t->id, l->s->id) == 0;
	case SCOPE_DATASET:
		return study_asks(l->s, t->id);
	case SCOPE_KIND:
		for (unsigned k = 0; k < KINDS; k++)
			if ((offer_kinds(&l->offer) >> k & 1) &&
				strcmp(kind_name((enum question_kind)k), t->id) == 0)
				return true;
		return false;
	case SCOPE_MEASURE:
		m = dataset_measure(l->data, t->id);
		return m != NULL && offer_measure(&l->offer, m);
	case SCOPE_TABLE:
		table = dataset_table(l->data, t->id);
		for (unsigned i = 0; table != NULL && i < table->n_columns; i++)
			if (study_may_use(l->s, table->columns[i].name))
				return true;
		return false;
	case SCOPE_CODE:
		for (unsigned i = 0; i < l->p->n_codes; i++)
			if (strcmp(l->p->codes[i].id, t->id) == 0)
				return offer_opens(&l->offer, &l->p->codes[i]);
		return false;
	default:
		return false;
	}
}

static void limit_row(const struct look *l, struct doc_block *b, struct say what, uint64_t amount,
	int64_t patients, int64_t sites)
{
	doc_row(l->doc, b, false,
		(struct say[]){ what,
			doc_plain(amount == 0 ? "-"
					      : tables_amount(
							l->doc, l->p->release.in_epsilon, amount)),
			doc_plain(tables_number(l->doc, patients)),
			doc_plain(tables_number(l->doc, sites)) });
}

void look_limits(const struct look *l)
{
	static const struct doc_column columns[] = { { "for", { "for", "适用范围" }, false, true },
		{ "price", { "price, most", "每次至多" }, false, false },
		{ "min_patients", { "patients, least", "最少患者" }, true, false },
		{ "min_sites", { "sites, least", "最少机构" }, true, false } };
	const struct release_rule *r = &l->p->release;
	struct doc_block *b;
	struct say kinds, noise;

	doc_head(l->doc, 3, "limits", SAY("Noise, limits and prices", "噪声、限度与开销"));
	noise = tables_noise(r);
	doc_para(l->doc, doc_say(l->doc, "Noise in every number: %s%.0s.",
				 "每个数字所加的噪声：%.0s%s。", noise.en, noise.zh));
	b = doc_table(l->doc, "limits",
		SAY("The strictest line that matches holds; cells with fewer patients (after "
		    "noise) are not shown",
			"取适用者中最严的；（加噪后）不足最少患者数的单元格不显示"),
		columns, sizeof(columns) / sizeof(columns[0]));
	limit_row(
		l, b, SAY("every question", "每次查询"), r->amount, r->min_patients, r->min_sites);
	for (unsigned i = 0; i < l->p->n_tighter; i++)
		if (concerns(l, &l->p->tighter[i]))
			limit_row(l, b,
				doc_plain(tables_scope(
					l->doc, l->p->tighter[i].scope, l->p->tighter[i].id)),
				l->p->tighter[i].amount, l->p->tighter[i].min_patients,
				l->p->tighter[i].min_sites);
	for (unsigned i = 0; i < l->p->n_codes; i++) {
		const struct code_rule *c = &l->p->codes[i];

		if (!offer_opens(&l->offer, c))
			continue;
		kinds = c->kinds == 0 ? SAY("every question", "每次查询")
				      : tables_kind_list(l->doc, c->kinds);
		limit_row(l, b,
			doc_say(l->doc, "%s%.0s (codes of %s are open to this study)",
				"%.0s%s（本课题可使用 %s 的编码）", kinds.en, kinds.zh, c->id),
			0, c->min_patients, c->min_sites);
	}
}

void look_budgets(const struct look *l)
{
	static const struct doc_column columns[] = { { "for", { "budget", "预算" }, false, false },
		{ "total", { "total", "总额" }, false, false },
		{ "queries", { "questions, most", "最多查询" }, true, false },
		{ "period", { "period", "计费周期" }, false, false } };
	struct doc_block *b = doc_table(l->doc, "budgets",
		SAY("What questions are charged to; all at once. What is left: cordon budget",
			"查询同时从以下预算扣除。余额见 cordon budget"),
		columns, sizeof(columns) / sizeof(columns[0]));
	char buf[32];

	for (unsigned i = 0; i < l->p->n_budgets; i++) {
		const struct budget *one = &l->p->budgets[i];
		bool mine = one->scope == SCOPE_STUDY     ? strcmp(one->id, l->s->id) == 0
			    : one->scope == SCOPE_DATASET ? study_asks(l->s, one->id)
							  : true;

		if (!mine || l->day > one->to)
			continue;
		doc_row(l->doc, b, false,
			(struct say[]){ doc_plain(tables_scope(l->doc, one->scope, one->id)),
				doc_say(l->doc, "%s %s", "%s %s",
					one->in_epsilon ? "epsilon" : "rho",
					account_text(one->cap, 0, buf, sizeof(buf))),
				doc_plain(tables_number(l->doc, one->queries)),
				doc_plain(say_span(l->doc->arena, one->from, one->to)) });
	}
}
