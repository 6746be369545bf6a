#include <stdio.h>
#include <string.h>

#include "policies/decide/ruling.h"
#include "policies/reach.h"
#include "policies/shapes.h"
#include "policies/systems.h"

/*
 * The codes that a question names: may they stand on this column, can the site find them, does a rule in
 * force forbid to name them. Rows that a rule forbids are gone whatever is named (check_removable), so a
 * code that nobody can judge here, a path or a concept known to the vocabulary alone, meets no red row.
 */

enum {
	SYSTEM_PATHS = SYSTEMS /* names of the model's tree, beside the code systems */
};

/* Which system a code is in; SYSTEM_NONE when nobody knows it. */
static int system_of(const struct code *code)
{
	int i;

	if (code->concept > 0)
		return SYSTEM_OMOP;
	if (code->system == NULL || code->text == NULL)
		return SYSTEM_NONE;
	if (strcmp(code->system, "path") == 0)
		return SYSTEM_PATHS;
	i = word_index(code->system, words_system);
	return i <= 0 ? SYSTEM_NONE : SYSTEM_OMOP + i;
}

static const char *spelled(struct ruling *r, const struct code *code)
{
	if (code->concept > 0 || code->system == NULL || code->text == NULL)
		return RULE(r, "%d", (int)code->concept);
	return RULE(r, "%s:%s", code->system, code->text);
}

/* ---- codes that a rule in force names ---- */

static bool in_expansion(const struct ruling *r, unsigned rule, int32_t concept)
{
	const struct red_codes *red = r->who->red;
	unsigned low = 0, high;

	if (red == NULL || red->concepts == NULL || red->counts == NULL ||
		red->concepts[rule] == NULL)
		return false;
	high = red->counts[rule];
	while (low < high) {
		unsigned mid = low + (high - low) / 2;

		if (red->concepts[rule][mid] == concept)
			return true;
		if (red->concepts[rule][mid] < concept)
			low = mid + 1;
		else
			high = mid;
	}
	return false;
}

static bool names_concept(const struct code_rule *rule, int32_t concept)
{
	for (unsigned i = 0; i < rule->n_omop; i++)
		if (rule->omop[i].concept == concept && !rule->omop[i].out)
			return true;
	return false;
}

static bool begins(const char *s, const char *with)
{
	return strncmp(s, with, strlen(with)) == 0;
}

/* A code and one of a rule, where the rule's stands for all below it, or the question's does. */
static bool overlap(const char *a, const char *b)
{
	return begins(a, b) || begins(b, a);
}

/* A pattern of a rule, exact or ending in '*', and a code as written: in either direction as well. */
static bool local_overlap(const struct local_codes *l, const struct code *code)
{
	for (unsigned i = 0; code->descendants && i < l->n_patterns; i++)
		if (begins(l->patterns[i], code->text))
			return true;
	return local_names(l, code->text);
}

/* A code on a column where something stands before it, as "ICD10CM:E11.9", in any spelling. */
static bool names_behind(struct ruling *r, const struct local_codes *l, const struct column *column,
	const struct code *code)
{
	int system = system_of(code);
	const char *text = code->text == NULL ? NULL : system_normal(r->a, code->text), *full;

	if (system <= SYSTEM_OMOP || system >= SYSTEMS || column->prefix == NULL ||
		column->prefix[system] == NULL || text == NULL)
		return false;
	full = arena_textf(r->a, "%s%s", column->prefix[system], text);
	for (unsigned i = 0; full != NULL && i < l->n_patterns; i++) {
		const char *p = system_normal(r->a, l->patterns[i]);
		size_t len = p == NULL ? 0 : strlen(p);

		if (p == NULL)
			full = NULL;
		else if (len > 0 && p[len - 1] == '*'
				 ? strncmp(full, p, len - 1) == 0 ||
					   (code->descendants &&
						   strncmp(p, full, strlen(full)) == 0)
				 : (code->descendants ? strncmp(p, full, strlen(full)) == 0
						      : strcmp(p, full) == 0))
			return true;
	}
	r->out_of_memory = r->out_of_memory || full == NULL;
	return false;
}

static bool names_local(struct ruling *r, const struct code_rule *rule, const struct column *column,
	const struct code *code)
{
	for (unsigned i = 0; column != NULL && i < rule->n_local; i++) {
		const struct local_codes *l = &rule->local[i];
		char text[16];

		if (strcmp(l->column->name, column->name) != 0)
			continue;
		snprintf(text, sizeof(text), "%d", (int)code->concept);
		if (code->concept > 0 ? local_names(l, text)
				      : local_overlap(l, code) || names_behind(r, l, column, code))
			return true;
	}
	return false;
}

/* `normal` is in the normal form of its system. */
static bool names_text(const struct code_rule *rule, int system, const char *normal)
{
	const struct code_list *list = &rule->listed[system];

	for (unsigned i = 0; i < list->n; i++)
		if (system_by_prefix((enum code_system)system)
				? overlap(list->codes[i], normal)
				: strcmp(list->codes[i], normal) == 0)
			return true;
	return false;
}

static void deny_code(
	struct ruling *r, const struct code_rule *rule, const struct code *code, struct place asked)
{
	struct say title =
		rule->title.en == NULL ? (struct say){ rule->id, rule->id } : rule->title;
	struct say basis = rule->basis.en == NULL ? SAY("", "")
						  : TELL(r, " (%s%.0s)", "（%.0s%s）",
							    rule->basis.en, rule->basis.zh);
	const char *name = spelled(r, code);

	if (name == NULL) {
		r->out_of_memory = true;
		return;
	}
	deny(r, CHECK_RED_LIST, RULE(r, "code:%s", rule->id), rule->at, asked,
		rule->restricted
			? TELL(r,
				  "Code %s may not be named: rule %s (%s%.0s) restricts it to "
				  "other "
				  "studies or kinds%s%.0s.",
				  "编码 %s 不得使用：规则 "
				  "%s（%.0s%s）仅限其他课题或查询类型%.0s%s。",
				  name, rule->id, title.en, title.zh, basis.en, basis.zh)
			: TELL(r, "Code %s may not be named: rule %s (%s%.0s) forbids it%s%.0s.",
				  "编码 %s 不得使用：规则 %s（%.0s%s）禁止%.0s%s。", name, rule->id,
				  title.en, title.zh, basis.en, basis.zh),
		TELL(r, "This hospital does not allow code %s.", "该医院不允许使用编码 %s。",
			name));
}

void check_code(
	struct ruling *r, const struct column *column, const struct code *code, struct place asked)
{
	int system = system_of(code);
	bool listed = system > SYSTEM_OMOP && system < SYSTEMS;
	const char *normal = listed ? system_normal(r->a, code->text) : "";

	if (normal == NULL) {
		r->out_of_memory = true;
		return;
	}
	for (unsigned i = 0; i < r->p->n_codes; i++) {
		const struct code_rule *rule = &r->p->codes[i];

		if (!r->red[i])
			continue;
		if ((code->concept > 0 && (names_concept(rule, code->concept) ||
						  in_expansion(r, i, code->concept))) ||
			(listed && names_text(rule, system, normal)) ||
			((code->concept > 0 || code->text != NULL) &&
				names_local(r, rule, column, code)))
			deny_code(r, rule, code, asked);
	}
}

void check_label_codes(struct ruling *r, const struct column *column,
	const struct category *category, struct place asked)
{
	for (unsigned i = 0; i < category->n_codes; i++) {
		int64_t v = category->codes[i];
		struct code code = { .concept = (int32_t)v };

		if (v > 0 && v <= INT32_MAX)
			check_code(r, column, &code, asked);
	}
	for (unsigned i = 0; i < category->n_texts; i++) {
		struct code code = { .system = "own", .text = category->texts[i] };

		check_code(r, column, &code, asked);
	}
}

/* ---- what finds them ---- */

bool look_up(struct ruling *r, const char *table, const char *const *columns, unsigned n,
	struct say thing, struct place asked)
{
	const struct table *t = table == NULL ? NULL : dataset_table(r->data, table);

	if (t == NULL || t->kind != TABLE_LOOKUP) {
		not_listed(r, t == NULL ? r->data->at : t->at, asked,
			TELL(r,
				"Table %s may not be used: dataset %s does not list it as kind: "
				"lookup.",
				"表 %s 不得使用：数据集 %s 未将其列为 kind: lookup。",
				table == NULL ? "" : table, r->data->id),
			thing);
		return false;
	}
	touch_table(r, t);
	for (unsigned i = 0; i < n; i++) {
		if (columns[i] == NULL) {
			deny_internal(r, CHECK_RED_LIST, "a lookup without a column");
			return false;
		}
		if (usable(r, t, columns[i], READABLE, SAY("looking up codes", "查找编码"), thing,
			    asked) == NULL)
			return false;
	}
	return true;
}

static bool look_up_maps(struct ruling *r, struct say thing, struct place asked)
{
	const struct model_vocabulary *v = &r->model->vocabulary;

	if (v->maps == NULL) {
		not_listed(r, r->data->at, asked,
			TELL(r, "Model %s does not say what codes map to.",
				"数据模型 %s 未说明编码的映射。", r->model->id),
			thing);
		return false;
	}
	return look_up(r, v->maps,
		(const char *const[]){ v->from, v->to, v->kind, v->maps_invalid },
		v->maps_invalid == NULL ? 3 : 4, thing, asked);
}

static bool look_up_texts(struct ruling *r, int system, struct say thing, struct place asked)
{
	const struct model_vocabulary *v = &r->model->vocabulary;

	if (!model_knows(r->model, (enum code_system)system)) {
		not_listed(r, r->data->at, asked,
			TELL(r, "Dataset %s has no vocabulary with codes of %s.",
				"数据集 %s 没有含 %s 编码的术语表。", r->data->id,
				system_title((enum code_system)system)),
			thing);
		return false;
	}
	return look_up(r, v->concepts, (const char *const[]){ v->id, v->system, v->code }, 3, thing,
		       asked) &&
	       look_up_maps(r, thing, asked);
}

static bool look_up_paths(struct ruling *r, struct say thing, struct place asked)
{
	const struct model_paths *p = &r->model->paths;

	if (p->table == NULL) {
		not_listed(r, r->data->at, asked,
			TELL(r, "Model %s has no paths.", "数据模型 %s 没有路径。", r->model->id),
			thing);
		return false;
	}
	return look_up(r, p->table, (const char *const[]){ p->path, p->code }, 2, thing, asked);
}

/* ---- whether they may stand on a column ---- */

static bool value_listed(const struct column *c, const struct code *code)
{
	if (code->descendants || code->mapped || code->concept <= 0)
		return false;
	for (unsigned i = 0; i < c->n_values; i++)
		if (c->values[i] == code->concept)
			return true;
	return false;
}

static void deny_coded(struct ruling *r, const struct column *c, const struct code *code,
	struct place asked, struct say why)
{
	const char *name = spelled(r, code);

	if (name == NULL) {
		r->out_of_memory = true;
		return;
	}
	deny(r, CHECK_VALUES, RULE(r, "column:%s", c->name), c->gen_at, asked,
		TELL(r, "Code %s may not be named on column %s: %s%.0s.",
			"字段 %2$s 不可使用编码 %1$s：%4$s。%3$.0s", name, c->name, why.en, why.zh),
		TELL(r, "This hospital does not allow code %s.", "该医院不允许使用编码 %s。",
			name));
}

static bool well_formed(struct ruling *r, int system, const struct code *code)
{
	struct code_list one = { 0 };
	enum system_answer answer =
		strchr(code->text, '-') != NULL && system != SYSTEM_LOINC
			? SYSTEM_BAD
			: system_add((enum code_system)system, code->text, r->a, &one);

	if (answer == SYSTEM_MEMORY)
		r->out_of_memory = true;
	return answer == SYSTEM_READ;
}

static struct say other_system(struct ruling *r, int own)
{
	const char *title = system_title((enum code_system)own);

	return title == NULL
		       ? SAY("the column has codes of other systems", "该字段的编码属于其他系统")
		       : TELL(r, "the column has codes of %s", "该字段的编码系统为 %s", title);
}

/* A text code on a column of codes of `own`. */
static void check_text(struct ruling *r, const struct column *c, int own, const struct code *code,
	struct say thing, struct place asked)
{
	int system = system_of(code);
	struct say hint;

	if (system == SYSTEM_NONE) {
		deny_coded(
			r, c, code, asked, SAY("its code system is not known", "其编码系统未知"));
		return;
	}
	if (system == SYSTEM_PATHS) {
		(void)look_up_paths(r, thing, asked);
		return;
	}
	if (!well_formed(r, system, code)) {
		hint = system_hint((enum code_system)system);
		deny_coded(r, c, code, asked,
			TELL(r, "such codes are written %s%.0s", "此类编码应写作%.0s%s", hint.en,
				hint.zh));
		return;
	}
	if (c->prefix != NULL ? c->prefix[system] != NULL : system == own) {
		if (code->mapped)
			deny_coded(r, c, code, asked,
				SAY("it stands there as it is; leave out m",
					"该字段即为此编码，请去掉 m"));
		return;
	}
	if (own == SYSTEM_OMOP)
		(void)look_up_texts(r, system, thing, asked);
	else
		deny_coded(r, c, code, asked, other_system(r, own));
}

static void check_concept(struct ruling *r, const struct column *c, int own,
	const struct code *code, struct say thing, struct place asked)
{
	if (own != SYSTEM_OMOP)
		deny_coded(r, c, code, asked, other_system(r, own));
	else if (code->mapped)
		(void)look_up_maps(r, thing, asked);
}

static void check_listed(struct ruling *r, const struct column *c, const struct code *code,
	struct say thing, struct place asked)
{
	if (c->gen == GEN_VALUES && value_listed(c, code))
		return;
	if (c->gen != GEN_CODES || (c->system == SYSTEM_NONE && c->prefix == NULL))
		deny_coded(r, c, code, asked, SAY("it is not among its values", "不在其取值之内"));
	else if (code->concept > 0)
		check_concept(r, c, (int)c->system, code, thing, asked);
	else
		check_text(r, c, (int)c->system, code, thing, asked);
}

void check_codes(struct ruling *r, const struct column *c, const struct code *codes, unsigned n,
	struct say thing, struct place asked)
{
	if (n > 0 && codes == NULL) {
		deny_internal(r, CHECK_RED_LIST, "codes are missing");
		return;
	}
	for (unsigned i = 0; i < n; i++) {
		struct place at = codes[i].at.line > 0 ? codes[i].at : asked;

		check_code(r, c, &codes[i], at);
		check_listed(r, c, &codes[i], thing, at);
	}
}
