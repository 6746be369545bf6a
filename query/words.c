/*
 * words.c - the keys of the language in one table; the forms of values; ids, names, labels, words.
 */
#include "query/words.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"

/* Beside an event, in the order of cohort.h. */
enum {
	BESIDE = IN_PART | IN_ENTRY,
	NUMBER = IN_VALUE | IN_BOUNDS
};

/* Every key of the question language and the maps in which it may stand. */
static const struct word {
	const char *key;
	unsigned here;
} words[] = {
	{ "study", IN_QUESTION },
	{ "kind", IN_QUESTION },
	{ "dataset", IN_QUESTION },
	{ "cohort", IN_QUESTION | IN_FILE },
	{ "group_by", IN_QUESTION },
	{ "of", IN_QUESTION | IN_PART | IN_WINDOW },
	{ "on", IN_QUESTION | IN_WINDOW },
	{ "sites", IN_QUESTION },
	{ "mode", IN_QUESTION },
	{ "params", IN_QUESTION },
	{ "filter", IN_QUESTION },
	{ "sets", IN_QUESTION | IN_FILE },
	{ "event", IN_QUESTION },
	{ "step", IN_QUESTION },
	{ "horizon", IN_QUESTION },
	{ "at", IN_QUESTION },
	{ "entry", IN_COHORT },
	{ "index", IN_COHORT },
	{ "observed", IN_COHORT },
	{ "all", IN_COHORT | IN_PART },
	{ "any", IN_COHORT | IN_PART },
	{ "none", IN_COHORT | IN_PART },
	{ "at_least", IN_PART | NUMBER | IN_TIMES | IN_LASTING },
	{ "at_most", IN_PART | NUMBER | IN_TIMES | IN_LASTING },
	{ "exactly", IN_PART | IN_TIMES },
	{ "condition", BESIDE },
	{ "drug", BESIDE },
	{ "procedure", BESIDE },
	{ "measurement", BESIDE },
	{ "observation", BESIDE },
	{ "visit", BESIDE },
	{ "death", BESIDE },
	{ "device", BESIDE },
	{ "specimen", BESIDE },
	{ "visit_detail", BESIDE },
	{ "condition_era", BESIDE },
	{ "drug_era", BESIDE },
	{ "dose_era", BESIDE },
	{ "observation_period", BESIDE },
	{ "measure", BESIDE },
	{ "age", BESIDE },
	{ "sex", BESIDE },
	{ "race", BESIDE },
	{ "ethnicity", BESIDE },
	{ "birth", BESIDE },
	{ "during", BESIDE },
	{ "ends", BESIDE },
	{ "lasting", BESIDE },
	{ "first", BESIDE },
	{ "value", BESIDE },
	{ "within", IN_PART },
	{ "same_visit", IN_PART },
	{ "inside_observation", IN_PART },
	{ "times", IN_PART },
	{ "with", BESIDE },
	{ "type", BESIDE },
	{ "source", BESIDE },
	{ "provider", BESIDE },
	{ "status", BESIDE },
	{ "route", BESIDE },
	{ "modifier", BESIDE },
	{ "qualifier", BESIDE },
	{ "operator", BESIDE },
	{ "place", BESIDE },
	{ "anatomy", BESIDE },
	{ "quantity", BESIDE },
	{ "supply", BESIDE },
	{ "refills", BESIDE },
	{ "dose", BESIDE },
	{ "records", BESIDE },
	{ "gap", BESIDE },
	{ "range_low", BESIDE },
	{ "range_high", BESIDE },
	{ "above", NUMBER },
	{ "below", NUMBER },
	{ "between", NUMBER },
	{ "outside", NUMBER },
	{ "unit", IN_VALUE },
	{ "concept", IN_VALUE },
	{ "range", IN_VALUE },
	{ "low", IN_RANGE },
	{ "high", IN_RANGE },
	{ "from", IN_AGE | IN_WINDOW },
	{ "to", IN_AGE | IN_WINDOW },
	{ "to_on", IN_WINDOW },
	{ "distinct", IN_TIMES },
	{ "before", IN_OBSERVED },
	{ "after", IN_OBSERVED },
};

enum {
	WORDS = sizeof(words) / sizeof(words[0])
};

/* Where a misplaced key belongs, most likely place first. */
static const struct home {
	unsigned place;
	struct say say;
} homes[] = {
	{ IN_QUESTION, { "at the top of the question", "问题的最外层" } },
	{ IN_COHORT, { "in 'cohort'", "“cohort”之内" } },
	{ IN_PART, { "in a member of 'all', 'any' or 'none' of the cohort",
			   "队列中“all”“any”“none”的成员之内" } },
	{ IN_ENTRY, { "in 'entry' of the cohort", "队列的“entry”之内" } },
	{ IN_VALUE, { "in the 'value' of an event or a measure", "事件或指标的“value”之内" } },
	{ IN_RANGE, { "in the 'range' of a 'value'", "“value”的“range”之内" } },
	{ IN_WINDOW, { "in 'within'", "“within”之内" } },
	{ IN_TIMES, { "in 'times'", "“times”之内" } },
	{ IN_OBSERVED, { "in 'observed' of the cohort", "队列的“observed”之内" } },
	{ IN_AGE, { "in 'age'", "“age”之内" } },
};

struct shown show(const char *s)
{
	struct shown out = { .at = "" };
	size_t len = strlen(s), n = 0, step;
	uint32_t c;

	for (size_t at = 0; at < len; at += step) {
		step = utf8_next(s + at, len - at, &c);
		if (n + step + sizeof("…") > sizeof(out.at)) {
			memcpy(out.at + n, "…", sizeof("…"));
			return out;
		}
		if (step == 0 || c < 0x20 || utf8_hidden(c)) {
			out.at[n++] = '?';
			step = step == 0 ? 1 : step;
			continue;
		}
		memcpy(out.at + n, s + at, step);
		n += step;
	}
	return out;
}

/* What input methods for Chinese write where a plain sign is meant; in a font it looks right. */
struct say words_wide(const char *s)
{
	size_t len = strlen(s), step;
	uint32_t c;

	for (size_t at = 0; at < len; at += step == 0 ? 1 : step) {
		step = utf8_next(s + at, len - at, &c);
		if (step > 0 && ((c >= 0xFF01 && c <= 0xFF5E) || c == 0x3000 || c == 0x3001))
			return (struct say){ "; it has full-width characters, which must be "
					     "half-width",
				"。其中有全角字符，请改为半角" };
	}
	return (struct say){ "", "" };
}

/* What people write for a key of ours, with the key: other tools and plain speech have these words. */
static const char *const others[][2] = { { "gender", "sex" }, { "diagnosis", "condition" },
	{ "medication", "drug" }, { "include", "all" }, { "and", "all" }, { "or", "any" },
	{ "exclude", "none" }, { "not", "none" }, { "occurrence", "times" }, { "count", "times" },
	{ "period", "during" }, { "dates", "during" }, { "index_event", "entry" },
	{ "outcome", "event" }, { "stratify", "group_by" }, { "by", "group_by" } };

static const char *other_word(const char *key, unsigned where)
{
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (strcmp(others[i][0], key) == 0)
			for (size_t j = 0; j < WORDS; j++)
				if (strcmp(words[j].key, others[i][1]) == 0)
					return (words[j].here & where) != 0 ? words[j].key : NULL;
	return NULL;
}

static const struct word *find_word(const char *key)
{
	for (size_t i = 0; i < WORDS; i++)
		if (strcmp(words[i].key, key) == 0)
			return &words[i];
	return NULL;
}

static void report_misplaced(
	const struct node *n, const struct word *w, unsigned where, struct diags *ds)
{
	if ((where & IN_WINDOW) != 0 && (w->here & IN_OBSERVED) != 0) {
		diag_error(ds, "Q114", n->key_at,
			"key '%s' does not belong here; a window is {from: -30 days, to: 90 days}, "
			"days "
			"before the index date being negative",
			"键“%s”不应写在这里；时间窗写作 {from: -30 days, to: 90 "
			"days}，入组日期之前的天数为负",
			w->key);
		return;
	}
	for (size_t i = 0; i < sizeof(homes) / sizeof(homes[0]); i++) {
		if ((w->here & homes[i].place) == 0)
			continue;
		/* both texts take the same arguments; each skips the other's */
		diag_error(ds, "Q114", n->key_at, "key '%s' does not belong here, but %s%.0s",
			"键“%s”不应写在这里，应写在%.0s%s", w->key, homes[i].say.en,
			homes[i].say.zh);
		return;
	}
}

/* "study, kind, dataset": the next word of a list, if there is room for it. */
static void add_word(char *list, size_t size, const char *word)
{
	size_t len = strlen(list);

	if (len + strlen(word) + sizeof(", ") <= size)
		snprintf(list + len, size - len, "%s%s", len == 0 ? "" : ", ", word);
}

static void report_unknown(const struct node *n, unsigned where, struct diags *ds)
{
	const char *near, *known[WORDS];
	char list[800] = "";
	size_t count = 0;

	for (size_t i = 0; i < WORDS; i++)
		if ((words[i].here & where) != 0)
			known[count++] = words[i].key;
	near = other_word(n->key, where);
	if (near == NULL)
		near = text_nearest(n->key, known, count);
	if (near != NULL) {
		diag_error(ds, "Q103", n->key_at, "unknown key '%s'; did you mean '%s'?",
			"未知的键“%s”，是否应为“%s”？", show(n->key).at, near);
		return;
	}
	for (size_t i = 0; i < WORDS; i++)
		if ((words[i].here & where) != 0)
			add_word(list, sizeof(list), words[i].key);
	diag_error(ds, "Q103", n->key_at, "unknown key '%s'; known here: %s",
		"未知的键“%s”；此处可用：%s", show(n->key).at, list);
}

void words_keys(const struct node *map, unsigned where, struct diags *ds)
{
	NODE_EACH(n, map) {
		const struct word *w = find_word(n->key);

		if (w == NULL)
			report_unknown(n, where, ds);
		else if ((w->here & where) == 0)
			report_misplaced(n, w, where, ds);
	}
}

bool words_known(const char *key, unsigned where)
{
	const struct word *w = find_word(key);

	return w != NULL && (w->here & where) != 0;
}

bool words_empty(const struct node *n, struct diags *ds)
{
	ds->errors += n->empty;
	return n->empty;
}

static void report_form(const struct node *n, const char *key, struct say form, struct diags *ds)
{
	if (words_empty(n, ds))
		return;
	diag_error(ds, "Q105", n->at, "'%s' takes %s%.0s", "“%s”应为%.0s%s", key, form.en, form.zh);
}

const char *words_text(const struct node *n, const char *key, struct say form, struct diags *ds)
{
	if (n->kind == NODE_TEXT && !n->empty)
		return n->text;
	report_form(n, key, form, ds);
	return NULL;
}

bool words_list(const struct node *n, const char *key, struct say form, struct diags *ds)
{
	if (n->kind != NODE_LIST)
		report_form(n, key, form, ds);
	return n->kind == NODE_LIST;
}

bool words_map(const struct node *n, const char *key, struct say form, struct diags *ds)
{
	if (n->kind != NODE_MAP)
		report_form(n, key, form, ds);
	return n->kind == NODE_MAP;
}

const char *words_id(const struct node *n, const char *key, struct diags *ds)
{
	const char *s =
		words_text(n, key, SAY("an id such as DM-2026-01", "标识，例如 DM-2026-01"), ds);

	if (s == NULL || id_valid(s))
		return s;
	diag_error(ds, "Q106", n->at,
		"'%s' is not an id for '%s': letters A-Z, digits and . _ - only, at most %d of "
		"them",
		"“%s”不能作为“%s”的标识：只能用英文字母、数字和 . _ -，最多 %d 个字符", show(s).at,
		key, MAX_ID);
	return NULL;
}

/* Whether s is of 1 to MAX_NAME bytes, each of its characters good: two texts that look alike must
 * be alike, and the canonical text is read again by the same reader. */
static bool all_chars(const char *s, bool (*good)(uint32_t))
{
	size_t len = strlen(s), step = 1;
	uint32_t c;

	if (len == 0 || len > MAX_NAME)
		return false;
	for (size_t at = 0; at < len; at += step) {
		step = utf8_next(s + at, len - at, &c);
		if (step == 0 || c < 0x20 || utf8_hidden(c) || !good(c))
			return false;
	}
	return true;
}

static bool label_char(uint32_t c)
{
	return !utf8_twin(c);
}

/* What policies allow in the name of a column or a group: anything printable that is no space and
 * no punctuation of YAML. */
static bool name_char(uint32_t c)
{
	if (c < 0x80)
		return c > ' ' && strchr("\"'\\,;:(){}[]", (int)c) == NULL;
	return label_char(c);
}

bool words_printable(const char *s)
{
	return all_chars(s, label_char);
}

/* “女” where "女" was meant: the quotes would be part of the text, and no site would know it. */
static bool in_wide_quotes(const char *s)
{
	static const char *const quotes[] = { "“", "”", "‘", "’", "「", "」", "『", "』", "＂" };

	for (size_t i = 0; i < sizeof(quotes) / sizeof(quotes[0]); i++)
		if (strncmp(s, quotes[i], strlen(quotes[i])) == 0)
			return true;
	return false;
}

static bool refuse_quotes(const struct node *n, const char *key, const char *s, struct diags *ds)
{
	if (!in_wide_quotes(s))
		return false;
	diag_error(ds, "Q108", n->at,
		"the quotes around '%s' of '%s' are no quotes here but part of the text; leave "
		"them "
		"out or write plain \"",
		"“%2$s”的取值 %1$s 使用了全角引号，会被当作文字的一部分；请去掉引号或改用半角 \"",
		show(s).at, key);
	return true;
}

const char *words_label(const struct node *n, const char *key, struct diags *ds)
{
	const char *s = words_text(n, key, SAY("one label, such as 女", "一个标签，例如 女"), ds);

	if (s != NULL && refuse_quotes(n, key, s, ds))
		return NULL;
	if (s == NULL || all_chars(s, label_char))
		return s;
	diag_error(ds, "Q108", n->at,
		"'%s' cannot be a label for '%s': printable text of at most %d bytes, "
		"without radicals, combining marks and odd blanks",
		"“%s”不能作为“%s”的标签：应为不超过 %d "
		"字节的可见文字，不得含部首字形、组合符号和特殊空格",
		show(s).at, key, MAX_NAME);
	return NULL;
}

bool words_value(const struct node *n, const char *key, struct arena *arena,
	struct question_value *out, struct diags *ds)
{
	const char *s =
		words_text(n, key, SAY("one value, such as 2025-01", "一个取值，例如 2025-01"), ds);
	char number[32];
	int64_t v;

	if (s == NULL)
		return false;
	*out = (struct question_value){ .text = s, .at = n->at };
	if (!n->quoted && parse_decimal(s, 9, &v)) {
		out->number = true;
		out->text = arena_text(arena, format_decimal(number, sizeof(number), v, 9));
		return out->text != NULL;
	}
	if (refuse_quotes(n, key, s, ds))
		return false;
	if (all_chars(s, label_char))
		return true;
	diag_error(ds, "Q108", n->at,
		"'%s' cannot be a value of '%s': printable text of at most %d bytes, "
		"without radicals, combining marks and odd blanks",
		"“%s”不能作为“%s”的取值：应为不超过 %d "
		"字节的可见文字，不得含部首字形、组合符号和特殊空格",
		show(s).at, key, MAX_NAME);
	return false;
}

const char *words_name(const struct node *n, const char *key, struct diags *ds)
{
	const char *s = words_text(n, key,
		SAY("a name such as sex or cdm.person.year_of_birth",
			"一个名称，例如 sex 或 cdm.person.year_of_birth"),
		ds);

	if (s != NULL && refuse_quotes(n, key, s, ds))
		return NULL;
	if (s == NULL || all_chars(s, name_char))
		return s;
	diag_error(ds, "Q108", n->at,
		"'%s' is not a name for '%s': at most %d bytes without spaces, quotes, brackets, "
		"radicals and combining marks",
		"“%s”不能作为“%s”的名称：不得超过 %d "
		"字节，也不得含空格、引号、括号、部首字形和组合符号",
		show(s).at, key, MAX_NAME);
	return NULL;
}

int words_one_of(const struct node *n, const char *key, const char *const *list, size_t n_words,
	struct diags *ds)
{
	const char *s = words_text(n, key, SAY("one word", "一个词"), ds), *near;
	char all[200] = "";

	for (size_t i = 0; s != NULL && i < n_words; i++)
		if (strcmp(list[i], s) == 0)
			return (int)i;
	if (s == NULL)
		return -1;
	near = text_nearest(s, list, n_words);
	if (near != NULL) {
		diag_error(ds, "Q107", n->at, "'%s' is not a value of '%s'; did you mean '%s'?",
			"“%s”不是“%s”的取值，是否应为“%s”？", show(s).at, key, near);
		return -1;
	}
	for (size_t i = 0; i < n_words; i++)
		add_word(all, sizeof(all), list[i]);
	diag_error(ds, "Q107", n->at, "'%s' is not a value of '%s'; it is one of: %s",
		"“%s”不是“%s”的取值，可用：%s", show(s).at, key, all);
	return -1;
}
