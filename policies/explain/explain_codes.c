#include "policies/explain/explaining.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "policies/reach.h"
#include "policies/shapes.h"
#include "policies/systems.h"

/* Rules about sensitive codes, and one code: who names it, and what that makes of it. */

enum {
	MAX_CONCEPTS = 12, /* of a rule, likewise */
	MAX_NAMED = 24     /* columns listed; that there are more is told by dots */
};

/* ---- rule ---- */

static const char *concepts(struct explaining *x, const struct code_rule *r)
{
	const char *texts[MAX_CONCEPTS];

	for (unsigned i = 0; i < r->n_omop && i < MAX_CONCEPTS; i++) {
		texts[i] = arena_textf(x->a, "%s%d%s", r->omop[i].out ? "-" : "",
			(int)r->omop[i].concept, r->omop[i].descendants ? "+" : "");
		if (texts[i] == NULL) {
			x->out_of_memory = true;
			return "";
		}
	}
	return say_list(x->a, texts, r->n_omop, MAX_CONCEPTS);
}

static void add_codes(struct explaining *x, const struct code_rule *r)
{
	struct say names = SAY("names", "列出");

	if (r->n_omop > 0)
		explaining_row(x, names, NULL, TOLD(x, "omop %s", "omop %s", concepts(x, r)));
	for (enum code_system s = SYSTEM_ICD10; s < SYSTEMS; s++)
		explaining_names(x, names, NULL, explaining_plain(system_key(s)),
			r->listed[s].codes, r->listed[s].n);
	for (unsigned i = 0; i < r->n_local; i++)
		explaining_names(x, names, NULL, explaining_plain(r->local[i].column->name),
			r->local[i].patterns, r->local[i].n_patterns);
}

static struct say effect(struct explaining *x, const struct code_rule *r)
{
	struct say kinds = r->kinds == 0 ? SAY("", "")
					 : TOLD(x, ", kinds %s", "，查询类型 %s",
						   explaining_kinds(x, r->kinds));

	if (!r->restricted || r->n_studies == 0)
		return SAY("forbidden: no question may name its codes, and rows that carry one are "
			   "removed before anything is counted",
			"禁止：任何查询不得写出这些编码，带有这些编码的记录在统计前剔除");
	return TOLD(x,
		"open to study %s%s%.0s only; for all others forbidden, and rows that carry a code "
		"are "
		"removed",
		"仅对课题 %s%.0s%s 开放；对其他课题禁止，且剔除带有这些编码的记录",
		say_list(x->a, r->studies, r->n_studies, 12), kinds.en, kinds.zh);
}

static void add_demands(struct explaining *x, const struct code_rule *r)
{
	if (r->min_patients > 0)
		explaining_row(x, SAY("demands", "要求"), &r->at,
			TOLD(x, "at least %lld patients a cell", "每格至少 %lld 名患者",
				(long long)r->min_patients));
	if (r->min_sites > 0)
		explaining_row(x, SAY("demands", "要求"), &r->at,
			TOLD(x, "at least %lld sites together", "至少汇总 %lld 家医院",
				(long long)r->min_sites));
}

static const struct code_rule *named_rule(const struct policy *p, const char *id)
{
	for (unsigned i = 0; i < p->n_codes; i++)
		if (strcmp(p->codes[i].id, id) == 0)
			return &p->codes[i];
	return NULL;
}

bool explain_code_rule(struct explaining *x, const char *id)
{
	const struct code_rule *r = named_rule(x->p, id);
	struct say basis;

	if (r == NULL)
		return false;
	explaining_begin(x, "code rule", r->id,
		r->title.en == NULL ? SAY("code rule", "代码规则") : r->title);
	explaining_row(x, no_label, &r->at,
		r->restricted ? SAY("you wrote: restricted", "所写：限制（restricted）")
			      : SAY("you wrote: forbidden", "所写：禁止（forbidden）"));
	if (r->preset != NULL)
		explaining_row(x, TOLD(x, "preset %s", "预设 %s", r->preset), NULL,
			SAY("has this rule too; it can be tightened, not loosened",
				"预设中已有此规则，只能收紧，不能放宽"));
	add_codes(x, r);
	basis = r->basis.en == NULL ? SAY("", "") : r->basis;
	if (r->why.en != NULL || basis.en[0] != '\0')
		explaining_row(x, SAY("reason", "理由"), &r->at,
			explaining_join(x, r->why.en == NULL ? SAY("", "") : r->why, basis));
	add_demands(x, r);
	explaining_row(x, SAY("result", "结果"), NULL, effect(x, r));
	return true;
}

/* ---- one code ---- */

static void add_rule(struct explaining *x, const struct code_rule *r, const char *by)
{
	struct say title = r->title.en == NULL
				   ? SAY("", "")
				   : TOLD(x, " (%s%.0s)", "（%.0s%s）", r->title.en, r->title.zh);

	explaining_row(x, no_label, &r->at,
		TOLD(x, "code:%s%s%.0s names it by %s", "code:%s%.0s%s 以 %s 列出", r->id, title.en,
			title.zh, by));
	explaining_row(x, SAY("result", "结果"), NULL, effect(x, r));
}

static bool holds(const int64_t *list, unsigned n, int32_t v)
{
	for (unsigned i = 0; i < n; i++)
		if (list[i] == v)
			return true;
	return false;
}

static void add_category(struct explaining *x, const struct column *c, int32_t v)
{
	for (unsigned i = 0; i < c->n_categories; i++)
		if (holds(c->categories[i].codes, c->categories[i].n_codes, v))
			explaining_row(x, no_label, &c->gen_at,
				TOLD(x, "counted as %s of %s", "在 %2$s 中归入 %1$s",
					c->categories[i].label, c->name));
}

static bool may_be_named(const struct column *c, int32_t v)
{
	if (!(c->uses & (USE_FILTER | USE_GROUP)))
		return false;
	return (c->gen == GEN_CODES && c->system == SYSTEM_OMOP) ||
	       (c->gen == GEN_VALUES && holds(c->values, c->n_values, v));
}

static void add_dataset_uses(
	struct explaining *x, const struct dataset *d, int32_t v, struct say columns)
{
	const char *names[MAX_NAMED];
	unsigned n = 0, all = 0;

	for (unsigned t = 0; t < d->n_tables; t++) {
		const struct table *table = &d->tables[t];

		for (unsigned i = 0; i < table->n_columns; i++) {
			add_category(x, &table->columns[i], v);
			if (!may_be_named(&table->columns[i], v))
				continue;
			if (n < MAX_NAMED)
				names[n++] = table->columns[i].name;
			all++;
		}
		for (unsigned i = 0; i < table->n_measures; i++)
			if (holds(table->measures[i].codes, table->measures[i].n_codes, v))
				explaining_row(x, no_label, &table->measures[i].at,
					TOLD(x, "rows of measure %s", "指标 %s 的记录",
						table->measures[i].id));
	}
	if (!say_failed(columns) && all > 0)
		explaining_row(x, SAY("columns", "字段"), NULL,
			TOLD(x, "%s%.0s %s%s", "%.0s%s：%s%s", columns.en, columns.zh,
				say_list(x->a, names, n, n), all > n ? ", ..." : ""));
}

/* By which list, or NULL. */
static const char *naming(
	const struct code_rule *r, int32_t v, const char *digits, bool *descendants)
{
	const char *by = NULL;

	for (unsigned i = 0; i < r->n_local; i++)
		if (local_names(&r->local[i], digits))
			by = r->local[i].column->name;
	for (unsigned i = 0; i < r->n_omop; i++) {
		*descendants = *descendants || r->omop[i].descendants;
		if (r->omop[i].concept == v && !r->omop[i].out)
			by = "omop";
	}
	return by;
}

static bool read_concept(const char *text, char digits[16], int32_t *out)
{
	size_t len = strlen(text);
	int64_t v;

	if (len > 0 && text[len - 1] == '+')
		len--;
	if (!text_copyn(digits, 16, text, len) || !parse_i64(digits, &v) || v <= 0 || v > INT32_MAX)
		return false;
	*out = (int32_t)v;
	return true;
}

static bool explain_concept(struct explaining *x, const char *text)
{
	struct say columns = SAY("may be named on", "可在以下字段使用");
	bool named = false, descendants = false;
	char digits[16];
	int32_t v;

	if (!read_concept(text, digits, &v))
		return false;
	explaining_begin(x, "code", digits, SAY("OMOP concept", "OMOP 概念"));
	for (unsigned i = 0; i < x->p->n_codes; i++) {
		const struct code_rule *r = &x->p->codes[i];
		const char *by = naming(r, v, digits, &descendants);

		if (by == NULL)
			continue;
		add_rule(x, r, by);
		columns = r->restricted && r->n_studies > 0 && !say_failed(columns)
				  ? SAY("that study may name it on", "该课题可在以下字段使用")
				  : (struct say){ NULL, NULL };
		named = true;
	}
	for (unsigned d = 0; d < x->p->n_datasets; d++)
		add_dataset_uses(x, &x->p->datasets[d], v, columns);
	if (!named)
		explaining_row(x, SAY("result", "结果"), NULL,
			descendants
				? SAY("no rule names it; a rule with N+ may still mean it, which "
				      "the site's own vocabulary tells",
					  "没有规则直接列出；写作 N+ "
					  "的规则仍可能包含它，以本院术语表为准")
				: SAY("no rule names it", "没有规则列出"));
	return true;
}

static bool covers(enum code_system s, const char *listed, const char *code)
{
	return system_by_prefix(s) ? strncmp(code, listed, strlen(listed)) == 0
				   : strcmp(code, listed) == 0;
}

static const char *covering(const struct code_rule *r, enum code_system s, const char *code)
{
	for (unsigned i = 0; i < r->listed[s].n; i++)
		if (covers(s, r->listed[s].codes[i], code))
			return r->listed[s].codes[i];
	return NULL;
}

static bool explain_system_code(struct explaining *x, enum code_system s, const char *text)
{
	struct code_list list = { NULL, 0 };
	const char *head = arena_textf(x->a, "%s:%s", words_system[s - SYSTEM_OMOP], text);
	bool named = false;

	if (head == NULL || system_add(s, text, x->a, &list) != SYSTEM_READ || list.n != 1)
		return false;
	explaining_begin(x, "code", head, TOLD(x, "%s code", "%s 编码", system_title(s)));
	for (unsigned i = 0; i < x->p->n_codes; i++) {
		const char *by = covering(&x->p->codes[i], s, list.codes[0]);

		if (by == NULL)
			continue;
		add_rule(x, &x->p->codes[i], by);
		named = true;
	}
	if (!named)
		explaining_row(
			x, SAY("result", "结果"), NULL, SAY("no rule names it", "没有规则列出"));
	explaining_row(x, SAY("questions", "查询"), NULL,
		TOLD(x, "write it %s, where a column or the vocabulary has such codes",
			"写作 %s，仅限字段或术语表含此类编码时", head));
	return true;
}

bool explain_code(struct explaining *x, const char *code)
{
	const char *colon = strchr(code, ':');

	if (colon == NULL)
		return explain_concept(x, code);
	for (enum code_system s = SYSTEM_OMOP; s < SYSTEMS; s++) {
		const char *word = words_system[s - SYSTEM_OMOP];
		size_t len = (size_t)(colon - code);

		if (strncmp(code, word, len) != 0 || word[len] != '\0')
			continue;
		return s == SYSTEM_OMOP ? explain_concept(x, colon + 1)
					: explain_system_code(x, s, colon + 1);
	}
	return false;
}
