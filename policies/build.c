#include "policies/build.h"

#include <string.h>

#include "base/shape.h"
#include "base/text.h"
#include "policies/say.h"
#include "policies/shapes.h"

void *make(struct reading *rd, size_t count, size_t size)
{
	void *at = arena_array(rd->a, count == 0 ? 1 : count, size);

	if (at == NULL)
		rd->out_of_memory = true;
	return at;
}

size_t children(const struct node *n)
{
	return n == NULL || n->kind == NODE_TEXT ? 0 : n->count;
}

const struct node *map_of(const struct node *n)
{
	return n != NULL && n->kind == NODE_MAP ? n : NULL;
}

const char *get(const struct node *n, const char *key)
{
	return node_text(node_get(n, key));
}

struct place place_of(const struct node *n, const struct node *fallback)
{
	if (n != NULL)
		return n->at;
	return fallback == NULL ? (struct place){ 0 } : fallback->at;
}

struct say title_of(const struct node *n)
{
	return n == NULL ? (struct say){ NULL, NULL } : node_title(n);
}

/* Whether what is cited was looked up and by whom; silence is not confirmation. */
static struct say standing_of(
	struct reading *rd, const struct used_preset *preset, const struct node *n)
{
	const char *confirmed = get(n, "confirmed"), *from = get(n, "from");

	if (preset == NULL || from == NULL || strcmp(from, "practice") == 0)
		return SAY("", "");
	if (confirmed != NULL && strcmp(confirmed, "lawyer") == 0)
		return say_make(rd->a, ", confirmed by a lawyer, %s", "，经律师确认（%s）",
			preset->checked);
	if (confirmed != NULL && strcmp(confirmed, "text") == 0)
		return say_make(rd->a, ", checked %s, not confirmed by a lawyer",
			"，%s 核对，未经律师确认", preset->checked);
	return SAY(", not checked against its text, not confirmed by a lawyer",
		"，未核对原文，未经律师确认");
}

struct say basis_of(struct reading *rd, const struct used_preset *preset, const struct node *n)
{
	static const struct say natures[] = { { "law: ", "法律：" }, { "standard: ", "标准：" },
		{ "practice: ", "惯例：" } };
	const struct node *basis = node_get(n, "basis");
	int i = word_index(get(n, "from"), words_from);
	struct say nature = i < 0 ? SAY("", "") : natures[i], text = title_of(basis), standing, s;

	if (basis == NULL)
		return text;
	standing = standing_of(rd, preset, n);
	s = say_make(rd->a, "%s%.0s%s%.0s%s%.0s", "%.0s%s%.0s%s%.0s%s", nature.en, nature.zh,
		text.en, text.zh, standing.en, standing.zh);
	if (say_failed(s) || say_failed(standing))
		rd->out_of_memory = true;
	return s;
}

static void unknown_kind(struct reading *rd, const struct node *n, const char *word)
{
	const char *names[KINDS];
	struct place at = n->key != NULL ? n->key_at : n->at;
	const char *near;

	for (unsigned k = 0; k < KINDS; k++)
		names[k] = kind_name(k);
	near = text_nearest(word, names, KINDS);
	if (strcmp(word, "max") == 0 || strcmp(word, "min") == 0)
		diag_error(rd->ds, "P311", at,
			"query kind '%s' does not exist; minimum and maximum are never released",
			"不存在查询类型“%s”；不公布最大最小值", word);
	else if (near != NULL)
		diag_error(rd->ds, "P311", at, "query kind '%s' does not exist; did you mean '%s'?",
			"不存在查询类型“%s”，是否应为“%s”？", word, near);
	else
		diag_error(rd->ds, "P311", at,
			"query kind '%s' does not exist; there are count, histogram, crosstab, "
			"mean, "
			"quantile, survival, attrition, distinct",
			"不存在查询类型“%s”；可用的有 count、histogram、crosstab、mean、quantile、"
			"survival、attrition、distinct",
			word);
}

unsigned read_kinds(struct reading *rd, const struct node *list, bool *cohorts)
{
	unsigned bits = 0;

	if (list == NULL || list->kind != NODE_LIST)
		return 0;
	NODE_EACH(n, list) {
		enum question_kind k;
		const char *word = node_text(n);

		if (word == NULL || n->empty)
			continue;
		if (cohorts != NULL && strcmp(word, "cohorts") == 0)
			*cohorts = true;
		else if (kind_parse(word, &k))
			bits |= 1u << k;
		else
			unknown_kind(rd, n, word);
	}
	return bits;
}

static int64_t *read_numbers(
	struct reading *rd, const struct node *list, unsigned *n, unsigned places)
{
	int64_t *at = make(rd, children(list), sizeof(*at));
	int64_t v;

	*n = 0;
	if (at == NULL || list == NULL || list->kind != NODE_LIST)
		return at;
	NODE_EACH(child, list)
		if (node_text(child) != NULL && parse_decimal(node_text(child), places, &v))
			at[(*n)++] = v;
	return at;
}

int64_t *read_ints(struct reading *rd, const struct node *list, unsigned *n)
{
	return read_numbers(rd, list, n, 0);
}

int64_t *read_decimals(struct reading *rd, const struct node *list, unsigned *n)
{
	return read_numbers(rd, list, n, 9);
}

struct question_name *read_names(struct reading *rd, const struct node *list, unsigned *n)
{
	struct question_name *at = make(rd, children(list), sizeof(*at));

	*n = 0;
	if (at == NULL || list == NULL || list->kind != NODE_LIST)
		return at;
	NODE_EACH(child, list)
		if (node_text(child) != NULL && !child->empty)
			at[(*n)++] = (struct question_name){ node_text(child), child->at };
	return at;
}

const char **read_texts(struct reading *rd, const struct node *list, unsigned *n)
{
	const char **at = make(rd, children(list), sizeof(*at));

	*n = 0;
	if (at == NULL || list == NULL || list->kind != NODE_LIST)
		return at;
	NODE_EACH(child, list)
		if (node_text(child) != NULL && !child->empty)
			at[(*n)++] = node_text(child);
	return at;
}

unsigned read_uses(const struct node *n)
{
	unsigned bits = 0;
	int i;

	if (n == NULL)
		return 0;
	if (n->kind == NODE_TEXT)
		return (i = word_index(n->text, words_use)) < 0 ? 0 : 1u << i;
	NODE_EACH(child, n)
		if ((i = word_index(node_text(child), words_use)) >= 0)
			bits |= 1u << i;
	return bits;
}

/* A part that PostgreSQL takes as a name without cutting it, and that reads as it looks. */
static bool part_valid(const char *s, size_t len)
{
	size_t left = len;

	if (len == 0 || len > MAX_ID)
		return false;
	while (left > 0) {
		uint32_t cp;
		size_t used = utf8_next(s + (len - left), left, &cp);

		if (used == 0 || utf8_hidden(cp) || utf8_twin(cp) || cp <= ' ' ||
			(cp < 128 && strchr("\"'`\\,;:(){}[]<>*?!%&|=", (int)cp) != NULL))
			return false;
		left -= used;
	}
	return true;
}

bool policy_name_valid(const char *part)
{
	return strchr(part, '.') == NULL && part_valid(part, strlen(part));
}

bool split_name(struct reading *rd, const char *name, unsigned parts, const char **schema,
	const char **relation, const char **column)
{
	const char *dot = strchr(name, '.');
	const char *second = dot == NULL ? NULL : strchr(dot + 1, '.');
	const char *end = name + strlen(name);
	const char *rel_end = parts == 3 ? second : end;

	if (dot == NULL || rel_end == NULL || (parts == 2 && second != NULL))
		return false;
	if (parts == 3 && strchr(second + 1, '.') != NULL)
		return false;
	if (!part_valid(name, (size_t)(dot - name)) ||
		!part_valid(dot + 1, (size_t)(rel_end - dot - 1)) ||
		(parts == 3 && !part_valid(second + 1, (size_t)(end - second - 1))))
		return false;
	*schema = arena_textn(rd->a, name, (size_t)(dot - name));
	*relation = arena_textn(rd->a, dot + 1, (size_t)(rel_end - dot - 1));
	if (parts == 3)
		*column = second + 1;
	if (*schema == NULL || *relation == NULL)
		rd->out_of_memory = true;
	return *schema != NULL && *relation != NULL;
}

void report_unknown(struct reading *rd, const char *code, struct place at, struct say what,
	const char *id, const char *const *known, size_t n)
{
	const char *near = text_nearest(id, known, n);

	if (near != NULL)
		diag_error(rd->ds, code, at, "%s%.0s '%s' is not listed; did you mean '%s'?",
			"%.0s%s“%s”未列出，是否应为“%s”？", what.en, what.zh, id, near);
	else
		diag_error(rd->ds, code, at, "%s%.0s '%s' is not listed", "%.0s%s“%s”未列出",
			what.en, what.zh, id);
}

void report_twice(struct reading *rd, struct place at, const char *id, unsigned first_line)
{
	diag_error(rd->ds, "P136", at, "'%s' appears twice (first at line %u)",
		"“%s”重复（首次出现在第 %u 行）", id, first_line);
}

static const char *without_schema(const char *name)
{
	const char *dot = strchr(name, '.');

	return dot == NULL ? name : dot + 1;
}

/* Of all datasets, for a sentence about one that is not among them. */
static const char **column_names(struct reading *rd, size_t *n)
{
	const char **all;
	size_t room = 0;

	for (unsigned d = 0; d < rd->p->n_datasets; d++)
		for (unsigned t = 0; t < rd->p->datasets[d].n_tables; t++)
			room += rd->p->datasets[d].tables[t].n_columns;
	all = make(rd, room, sizeof(*all));
	*n = 0;
	for (unsigned d = 0; all != NULL && d < rd->p->n_datasets; d++)
		for (unsigned t = 0; t < rd->p->datasets[d].n_tables; t++) {
			const struct table *table = &rd->p->datasets[d].tables[t];

			for (unsigned c = 0; c < table->n_columns; c++)
				all[(*n)++] = table->columns[c].name;
		}
	return all;
}

const struct column *find_column(
	struct reading *rd, const char *code, const char *name, struct place at)
{
	const struct column *found = NULL;
	const char **all;
	size_t n = 0;

	for (unsigned d = 0; d < rd->p->n_datasets && found == NULL; d++)
		found = dataset_column(&rd->p->datasets[d], name);
	all = found != NULL ? NULL : column_names(rd, &n);
	if (all == NULL)
		return found;
	for (size_t i = 0; i < n; i++) {
		if (strcmp(without_schema(all[i]), name) != 0)
			continue;
		diag_error(rd->ds, "P202", at, "column '%s' needs its schema: '%s'",
			"字段“%s”需写明模式名：“%s”", name, all[i]);
		return NULL;
	}
	report_unknown(rd, code, at, SAY("column", "字段"), name, all, n);
	return NULL;
}

/* As deep as node_read() lets it be. */
void check_lines(const struct node *n, struct diags *ds)
{
	static const char breaks[] = "\n\r\t";

	if (n->key != NULL && strpbrk(n->key, breaks) != NULL)
		diag_error(ds, "P110", n->key_at, "a key is one line, without tabs",
			"键须为一行，且不含制表符");
	if (n->kind == NODE_TEXT && !n->empty && n->text != NULL &&
		strpbrk(n->text, breaks) != NULL)
		diag_error(ds, "P110", n->at, "a text is one line, without tabs",
			"文字须为一行，且不含制表符");
	NODE_EACH(child, n)
		check_lines(child, ds);
}
