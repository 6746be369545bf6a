#include "cli/policy_tables.h"

#include <string.h>

#include "base/clock.h"
#include "base/limits.h"
#include "crypto/account.h"
#include "policies/decide/labels.h"
#include "policies/say.h"
#include "policies/shapes.h"
#include "policies/systems.h"

/* What the sections share, and the red list: tables, columns, measures, codes, exceptions. */

enum {
	MAX_CELL = 1 << 16,
	SHOWN = 24 /* labels, values or codes of a cell */
};

/* ---- shared ---- */

const char *tables_take(struct doc *doc, struct text *t)
{
	const char *s = text_failed(t) ? NULL : arena_text(doc->arena, text_str(t));

	text_clear(t);
	if (s != NULL)
		return s;
	doc->failed = true;
	return "";
}

struct say tables_kind_list(struct doc *doc, unsigned kinds)
{
	struct text en, zh;
	bool any = false;

	if (kinds == 0)
		return SAY("none", "无");
	text_init(&en, MAX_CELL);
	text_init(&zh, MAX_CELL);
	for (unsigned k = 0; k < KINDS; k++) {
		if (!(kinds >> k & 1))
			continue;
		text_addf(&en, "%s%s", any ? ", " : "", say_kind((enum question_kind)k).en);
		text_addf(&zh, "%s%s", any ? "、" : "", say_kind((enum question_kind)k).zh);
		any = true;
	}
	return (struct say){ tables_take(doc, &en), tables_take(doc, &zh) };
}

struct say tables_use(struct doc *doc, unsigned uses)
{
	static const char *const chinese[] = { "禁止", "患者标识", "内部关联", "筛选", "分组",
		"指标" };
	struct text en, zh;
	bool any = false;

	text_init(&en, MAX_CELL);
	text_init(&zh, MAX_CELL);
	for (unsigned i = 0; i < sizeof(chinese) / sizeof(chinese[0]); i++) {
		if (!(uses >> i & 1))
			continue;
		text_addf(&en, "%s%s", any ? ", " : "", words_use[i]);
		text_addf(&zh, "%s%s", any ? "、" : "", chinese[i]);
		any = true;
	}
	return (struct say){ tables_take(doc, &en), tables_take(doc, &zh) };
}

const char *tables_amount(struct doc *doc, bool in_epsilon, uint64_t amount)
{
	char buf[32];
	const char *s = arena_textf(doc->arena, "%s %s", in_epsilon ? "epsilon" : "rho",
		account_text(amount, 1, buf, sizeof(buf)));

	doc->failed = doc->failed || s == NULL;
	return s;
}

const char *tables_number(struct doc *doc, int64_t v)
{
	const char *s = v == 0 ? "-" : arena_textf(doc->arena, "%lld", (long long)v);

	doc->failed = doc->failed || s == NULL;
	return s;
}

const char *tables_line(struct doc *doc, const struct place *at)
{
	return tables_number(doc, at->line);
}

const char *tables_place(struct doc *doc, const struct place *at)
{
	const char *s =
		at->file == NULL ? "-" : arena_textf(doc->arena, "%s:%u", at->file, at->line);

	doc->failed = doc->failed || s == NULL;
	return s;
}

const char *tables_scope(struct doc *doc, enum scope scope, const char *id)
{
	const char *s = id == NULL ? words_scope[scope]
				   : arena_textf(doc->arena, "%s:%s", words_scope[scope], id);

	doc->failed = doc->failed || s == NULL;
	return s;
}

/* ---- what a column's values become ---- */

/* "0-17, 18-44, 45+": what answers call the bands. */
static const char *band_labels(struct doc *doc, const struct column *c, unsigned show)
{
	const char **labels = arena_array(doc->arena, c->n_bands, sizeof(*labels));

	for (unsigned i = 0; labels != NULL && i < c->n_bands; i++) {
		labels[i] = label_band(c, i, doc->arena);
		if (labels[i] == NULL)
			labels = NULL;
	}
	doc->failed = doc->failed || labels == NULL;
	return labels == NULL ? "" : say_list(doc->arena, labels, c->n_bands, show);
}

static struct say measures_of(struct doc *doc, const struct column *c)
{
	struct text t;
	bool any = false;

	text_init(&t, MAX_CELL);
	for (unsigned i = 0; i < c->table->n_measures; i++)
		if (strcmp(c->table->measures[i].column->column, c->column) == 0) {
			text_addf(&t, "%s%s", any ? ", " : "", c->table->measures[i].id);
			any = true;
		}
	return doc_plain(tables_take(doc, &t));
}

static struct say generalised(struct doc *doc, const struct column *c, unsigned show)
{
	struct say form;

	if (c->gen == GEN_BANDS)
		return doc_say(doc, c->as_age ? "ages %s" : "%s", c->as_age ? "年龄 %s" : "%s",
			band_labels(doc, c, show));
	form = say_form(doc->arena, c, show);
	if (say_failed(form)) {
		doc->failed = true;
		return SAY("", "");
	}
	if (form.en[0] != '\0')
		return form;
	return c->uses & (USE_PATIENT_KEY | USE_LINK)
		       ? SAY("inside the agent only", "仅代理内部使用")
		       : SAY("-", "-");
}

struct say tables_form(struct doc *doc, const struct column *c, unsigned labels)
{
	struct say form = generalised(doc, c, labels), list;

	if (!(c->uses & USE_MEASURE))
		return form;
	list = measures_of(doc, c);
	if (c->gen == GEN_NONE)
		return list;
	return doc_say(
		doc, "%s%.0s; as a number: %s", "%.0s%s；指标：%s", form.en, form.zh, list.en);
}

/* ---- the red list ---- */

/* The form, and what comes of it when an exception ends. */
static struct say form_cell(struct doc *doc, const struct column *c)
{
	struct say form = tables_form(doc, c, SHOWN), then, use;
	char day[16];

	if (c->alias != NULL)
		form = doc_say(doc, "%s%.0s (in questions: %s)", "%.0s%s（查询中写作 %s）", form.en,
			form.zh, c->alias);
	if (c->after == NULL)
		return form;
	then = tables_form(doc, c->after, SHOWN);
	use = tables_use(doc, c->after->uses);
	if (c->after->uses != c->uses)
		then = use;
	return doc_say(doc, "%s%.0s until %s, then %s%.0s", "%.0s%s，至 %s；此后 %.0s%s", form.en,
		form.zh, day_text(c->until, day), then.en, then.zh);
}

static struct say reason_cell(struct doc *doc, const struct column *c)
{
	if (c->why.en != NULL && c->basis.en != NULL)
		return doc_say(doc, "%s%.0s (%s%.0s)", "%.0s%s（%.0s%s）", c->why.en, c->why.zh,
			c->basis.en, c->basis.zh);
	if (c->why.en != NULL)
		return c->why;
	return c->basis.en != NULL ? c->basis : SAY("", "");
}

static void columns_table(struct doc *doc, const struct table *t, int32_t day)
{
	static const struct doc_column columns[] = { { "column", { "column", "字段" }, false,
							     false },
		{ "use", { "use", "用途" }, false, true },
		{ "form", { "groups, values, days", "归并、取值或范围" }, false, true },
		{ "reason", { "reason, basis", "理由、依据" }, false, true },
		{ "category", { "category", "类别" }, false, false },
		{ "line", { "line", "行" }, true, false } };
	static const struct say kinds[] = { { "table", "表" }, { "view", "视图" },
		{ "code table", "代码表" } };
	struct say kind = kinds[t->kind];
	struct doc_block *b = doc_table(doc, "columns",
		t->per_patient_max > 0
			? doc_say(doc, "%s (%s%.0s, at most %lld row%s per patient)",
				  "%s（%.0s%s，每名患者最多 %lld 行%.0s）", t->name, kind.en,
				  kind.zh, (long long)t->per_patient_max,
				  t->per_patient_max == 1 ? "" : "s")
			: doc_say(doc, "%s (%s%.0s)", "%s（%.0s%s）", t->name, kind.en, kind.zh),
		columns, sizeof(columns) / sizeof(columns[0]));

	if (b == NULL)
		return;
	b->part_key = "table";
	b->part_head = SAY("table", "表");
	b->part = doc_plain(t->name);
	for (unsigned i = 0; i < t->n_columns; i++) {
		const struct column *c = column_on(&t->columns[i], day);

		doc_row(doc, b, c->uses == USE_FORBIDDEN,
			(struct say[]){ doc_plain(c->column), tables_use(doc, c->uses),
				form_cell(doc, c), reason_cell(doc, c),
				doc_plain(c->category == NULL ? "-" : c->category),
				doc_plain(tables_line(doc, &c->at)) });
	}
}

static void measure_row(struct doc *doc, struct doc_block *b, const struct measure *m)
{
	const char *where = m->where == NULL
				    ? ""
				    : arena_textf(doc->arena, " (%s: %s)", m->where->column,
					      say_numbers(doc->arena, m->codes, m->n_codes, 0));
	char low[24], high[24];
	const char *title = m->title.en;

	doc_row(doc, b, false,
		(struct say[]){ doc_plain(m->id), title == NULL ? doc_plain("") : m->title,
			doc_say(doc, "%s%s", "%s%s", m->column->name, where == NULL ? "" : where),
			doc_plain(m->unit),
			doc_say(doc, "%s to %s", "%s 至 %s",
				format_decimal(low, sizeof(low), m->low, 9),
				format_decimal(high, sizeof(high), m->high, 9)),
			doc_plain(m->n_cuts == 0 ? "-"
						 : say_numbers(doc->arena, m->cuts, m->n_cuts, 9)),
			doc_plain(tables_line(doc, &m->at)) });
}

static void measures_table(struct doc *doc, const struct dataset *d)
{
	static const struct doc_column columns[] = { { "id", { "measure", "指标" }, false, false },
		{ "title", { "title", "名称" }, false, true },
		{ "column", { "column (rows)", "字段（记录）" }, false, false },
		{ "unit", { "unit", "单位" }, false, false },
		{ "clamp", { "bounds", "上下限" }, false, true },
		{ "cuts", { "cut points", "切点" }, false, false },
		{ "line", { "line", "行" }, true, false } };
	struct doc_block *b = NULL;

	for (unsigned t = 0; t < d->n_tables; t++)
		for (unsigned i = 0; i < d->tables[t].n_measures; i++) {
			if (b == NULL)
				b = doc_table(doc, "measures", SAY("Measures", "指标"), columns,
					sizeof(columns) / sizeof(columns[0]));
			measure_row(doc, b, &d->tables[t].measures[i]);
		}
}

static void left_out(struct doc *doc, const struct dataset *d)
{
	if (d->opt_out_column != NULL)
		doc_para(doc, doc_say(doc, "Left out: people who opted out (%s.%s.%s).",
				      "不计入：已退出的患者（%s.%s.%s）。", d->opt_out_schema,
				      d->opt_out_relation, d->opt_out_column));
	if (d->under_age > 0)
		doc_para(doc, doc_say(doc, "Left out: people under %lld.",
				      "不计入：%lld 岁以下者。", (long long)d->under_age));
}

void tables_red_list(struct doc *doc, const struct policy *p, int32_t day)
{
	doc_head(doc, 2, "red-list", SAY("Red list", "红线清单"));
	for (unsigned i = 0; i < p->n_datasets; i++) {
		const struct dataset *d = &p->datasets[i];

		doc_head(doc, 3, d->id,
			doc_say(doc, "Dataset %s: %s%.0s", "数据集 %s：%.0s%s", d->id, d->title.en,
				d->title.zh));
		if (d->level > 0)
			doc_para(doc, doc_say(doc, "Level of the data: %lld.", "数据分级：%lld。",
					      (long long)d->level));
		left_out(doc, d);
		for (unsigned t = 0; t < d->n_tables; t++)
			columns_table(doc, &d->tables[t], day);
		doc_para(doc, SAY("(columns not listed are forbidden, and so are tables)",
				      "（未列出的字段一律禁止，未列出的表也是）"));
		tables_model(doc, d, day);
		measures_table(doc, d);
	}
	tables_exceptions(doc, p);
}

/* ---- exceptions ---- */

static void exception_row(struct doc *doc, struct doc_block *b, const struct column *c)
{
	struct say now = tables_form(doc, c, SHOWN), then = tables_form(doc, c->after, SHOWN);
	char day[16];

	if (c->after->uses != c->uses) {
		now = tables_use(doc, c->uses);
		then = tables_use(doc, c->after->uses);
	}
	doc_row(doc, b, true,
		(struct say[]){ doc_plain(c->name), now,
			doc_plain(arena_text(doc->arena, day_text(c->until, day))), then,
			doc_plain(c->after->ceiling), doc_plain(tables_line(doc, &c->at)) });
}

void tables_exceptions(struct doc *doc, const struct policy *p)
{
	static const struct doc_column columns[] = { { "column", { "column", "字段" }, false,
							     false },
		{ "now", { "now", "目前" }, false, true },
		{ "until", { "until", "截止" }, false, false },
		{ "then", { "then", "此后" }, false, true },
		{ "ceiling", { "ceiling", "所放宽的上限" }, false, false },
		{ "line", { "line", "行" }, true, false } };
	struct doc_block *b = NULL;

	for (unsigned i = 0; i < p->n_datasets; i++)
		for (unsigned t = 0; t < p->datasets[i].n_tables; t++)
			for (unsigned k = 0; k < p->datasets[i].tables[t].n_columns; k++) {
				const struct column *c = &p->datasets[i].tables[t].columns[k];

				if (c->after == NULL)
					continue;
				if (b == NULL)
					b = doc_table(doc, "exceptions",
						SAY("Exceptions: looser than a preset, for a time",
							"例外：限期放宽的预设上限"),
						columns, sizeof(columns) / sizeof(columns[0]));
				exception_row(doc, b, c);
			}
}

/* ---- codes ---- */

static void add_omop(struct text *t, const struct code_rule *r)
{
	for (unsigned i = 0; i < r->n_omop && i < SHOWN; i++)
		text_addf(t, "%s%s%ld%s", i == 0 ? "omop " : ", ", r->omop[i].out ? "-" : "",
			(long)r->omop[i].concept, r->omop[i].descendants ? "+" : "");
	if (r->n_omop > SHOWN)
		text_addf(t, ", ... (+%u)", r->n_omop - SHOWN);
}

static const char *codes_cell(struct doc *doc, const struct code_rule *r)
{
	struct text t;

	text_init(&t, MAX_CELL);
	add_omop(&t, r);
	for (enum code_system s = SYSTEM_ICD10; s < SYSTEMS; s++)
		if (r->listed[s].n > 0)
			text_addf(&t, "%s%s %s", t.len == 0 ? "" : "; ", system_key(s),
				say_list(doc->arena, r->listed[s].codes, r->listed[s].n, SHOWN));
	for (unsigned i = 0; i < r->n_local; i++)
		text_addf(&t, "%s%s %s", t.len == 0 ? "" : "; ", r->local[i].column->name,
			say_list(doc->arena, r->local[i].patterns, r->local[i].n_patterns, SHOWN));
	return tables_take(doc, &t);
}

/* "only MH-2026-02, count, from 50 patients and 2 sites on" */
static struct say who_cell(struct doc *doc, const struct code_rule *r)
{
	struct say kinds = r->kinds == 0 ? SAY("all kinds", "各类查询")
					 : tables_kind_list(doc, r->kinds),
		   s;

	if (!r->restricted)
		return SAY("nobody", "无");
	s = doc_say(doc, "%s: %s%.0s", "%s：%.0s%s",
		r->n_studies == 0 ? "-" : say_list(doc->arena, r->studies, r->n_studies, SHOWN),
		kinds.en, kinds.zh);
	if (r->min_patients > 0)
		s = doc_say(doc, "%s%.0s, from %lld patients on", "%.0s%s，至少 %lld 名患者", s.en,
			s.zh, (long long)r->min_patients);
	if (r->min_sites > 0)
		s = doc_say(doc, "%s%.0s, %lld sites together", "%.0s%s，至少 %lld 家机构", s.en,
			s.zh, (long long)r->min_sites);
	return s;
}

static struct say from_cell(struct doc *doc, const struct code_rule *r)
{
	if (r->preset == NULL)
		return SAY("this site", "本院");
	if (r->at.file != NULL && strcmp(r->at.file, "red-list.yaml") == 0)
		return doc_say(doc, "preset %s and this site", "预设 %s 与本院", r->preset);
	return doc_say(doc, "preset %s", "预设 %s", r->preset);
}

void tables_codes(struct doc *doc, const struct policy *p, int32_t day)
{
	static const struct doc_column columns[] = { { "id", { "rule", "规则" }, false, false },
		{ "use", { "use", "用途" }, false, true },
		{ "title", { "title", "名称" }, false, true },
		{ "codes", { "codes", "编码" }, false, false },
		{ "who", { "who may", "可用者" }, false, true },
		{ "from", { "from", "来源" }, false, true },
		{ "basis", { "basis", "依据" }, false, true },
		{ "line", { "line", "行" }, true, false } };
	struct doc_block *b;

	(void)day;
	doc_head(doc, 2, "codes", SAY("Sensitive codes", "敏感代码"));
	if (p->n_codes == 0) {
		doc_para(doc, SAY("There are no code rules.", "没有敏感代码规则。"));
		return;
	}
	doc_para(doc, SAY("Rows with such a code are left out before anything is counted, and no "
			  "question may name one.",
			      "带有这些编码的记录在统计前剔除，任何查询不得写出这些编码。"));
	b = doc_table(doc, "codes", SAY("Code rules", "代码规则"), columns,
		sizeof(columns) / sizeof(columns[0]));
	for (unsigned i = 0; i < p->n_codes; i++) {
		const struct code_rule *r = &p->codes[i];

		doc_row(doc, b, !r->restricted,
			(struct say[]){ doc_plain(r->id),
				r->restricted ? SAY("restricted", "限制")
					      : SAY("forbidden", "禁止"),
				r->title.en == NULL ? doc_plain("") : r->title,
				doc_plain(codes_cell(doc, r)), who_cell(doc, r), from_cell(doc, r),
				r->basis.en == NULL ? doc_plain("") : r->basis,
				doc_plain(tables_line(doc, &r->at)) });
	}
}
