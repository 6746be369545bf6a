/*
 * words.c - the keys of the language in one table, and the reading of its scalars.
 */
#include "query/words.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/text.h"

enum {
	EVENT_PLACES = IN_PART | IN_ENTRY
};

/* Every key of the question language. `here` are the maps in which this version reads it, `later`
 * those in which the language has it and this version does not compute it. */
static const struct word {
	const char *key;
	unsigned here, later;
} words[] = {
	{ "study", IN_QUESTION, 0 },
	{ "kind", IN_QUESTION, 0 },
	{ "dataset", IN_QUESTION, 0 },
	{ "cohort", IN_QUESTION, 0 },
	{ "group_by", IN_QUESTION, 0 },
	{ "of", IN_QUESTION, IN_PART | IN_COHORT },
	{ "on", IN_QUESTION, 0 },
	{ "sites", IN_QUESTION, 0 },
	{ "mode", IN_QUESTION, 0 },
	{ "params", IN_QUESTION, 0 },
	{ "filter", IN_QUESTION, 0 },
	{ "event", 0, IN_QUESTION },
	{ "step", 0, IN_QUESTION },
	{ "horizon", 0, IN_QUESTION },
	{ "at", 0, IN_QUESTION },
	{ "entry", IN_COHORT, 0 },
	{ "observed", 0, IN_COHORT },
	{ "all", IN_COHORT | IN_PART, 0 },
	{ "any", IN_COHORT | IN_PART, 0 },
	{ "none", IN_COHORT | IN_PART, 0 },
	{ "at_least", IN_VALUE, IN_PART | IN_COHORT },
	{ "at_most", IN_VALUE, IN_PART | IN_COHORT },
	{ "exactly", 0, IN_PART | IN_COHORT },
	{ "condition", EVENT_PLACES, 0 },
	{ "drug", EVENT_PLACES, 0 },
	{ "procedure", EVENT_PLACES, 0 },
	{ "measurement", EVENT_PLACES, 0 },
	{ "observation", EVENT_PLACES, 0 },
	{ "visit", EVENT_PLACES, 0 },
	{ "death", EVENT_PLACES, 0 },
	{ "device", EVENT_PLACES, 0 },
	{ "specimen", 0, EVENT_PLACES },
	{ "measure", IN_PART, IN_ENTRY },
	{ "age", IN_PART, 0 },
	{ "sex", IN_PART, 0 },
	{ "birth", 0, IN_PART },
	{ "race", 0, IN_PART },
	{ "ethnicity", 0, IN_PART },
	{ "during", EVENT_PLACES, 0 },
	{ "value", IN_PART, IN_ENTRY },
	{ "first", IN_ENTRY, IN_PART },
	{ "ends", 0, EVENT_PLACES },
	{ "lasting", 0, EVENT_PLACES },
	{ "within", 0, EVENT_PLACES },
	{ "same_visit", 0, EVENT_PLACES },
	{ "inside_observation", 0, EVENT_PLACES },
	{ "times", 0, EVENT_PLACES },
	{ "with", 0, EVENT_PLACES },
	{ "provider", 0, EVENT_PLACES },
	{ "type", 0, EVENT_PLACES },
	{ "source", 0, EVENT_PLACES },
	{ "above", IN_VALUE, 0 },
	{ "below", IN_VALUE, 0 },
	{ "between", IN_VALUE, 0 },
	{ "unit", 0, IN_VALUE },
	{ "concept", 0, IN_VALUE },
	{ "range", 0, IN_VALUE | IN_PART },
	{ "from", IN_AGE, 0 },
	{ "to", IN_AGE, 0 },
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
	{ IN_VALUE, { "in the 'value' of a measure", "指标的“value”之内" } },
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

static const struct word *find_word(const char *key)
{
	for (size_t i = 0; i < WORDS; i++)
		if (strcmp(words[i].key, key) == 0)
			return &words[i];
	return NULL;
}

static void report_misplaced(const struct node *n, const struct word *w, struct diags *ds)
{
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

static void report_later(const struct node *n, const struct word *w, struct diags *ds)
{
	if (w->here == 0)
		diag_error(ds, "Q120", n->key_at,
			"'%s' is part of the question language but this version does not compute "
			"it yet; leave it out",
			"“%s”属于问题语言，但本版本尚不能计算，请删去", w->key);
	else
		diag_error(ds, "Q120", n->key_at,
			"'%s' in this place is part of the question language but this version does "
			"not compute it yet; leave it out",
			"“%s”用在此处属于问题语言，但本版本尚不能计算，请删去", w->key);
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
	char list[400] = "";
	size_t count = 0;

	for (size_t i = 0; i < WORDS; i++)
		if (((words[i].here | words[i].later) & where) != 0)
			known[count++] = words[i].key;
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
		else if ((w->here & where) != 0)
			continue;
		else if ((w->later & where) != 0 || w->here == 0)
			report_later(n, w, ds);
		else
			report_misplaced(n, w, ds);
	}
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

const char *words_label(const struct node *n, const char *key, struct diags *ds)
{
	const char *s = words_text(n, key, SAY("one label, such as 女", "一个标签，例如 女"), ds);

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

bool words_day(const struct node *n, const char *key, int32_t *out, struct diags *ds)
{
	const char *s =
		words_text(n, key, SAY("a day such as 2026-03-01", "日期，例如 2026-03-01"), ds);

	if (s == NULL || day_parse(s, out))
		return s != NULL;
	diag_error(ds, "Q109", n->at,
		"'%s' is not a day for '%s'; write year-month-day, as 2026-03-01",
		"“%s”不是“%s”的有效日期，请写成 2026-03-01 的形式", show(s).at, key);
	return false;
}

bool words_span(const struct node *n, const char *key, int32_t *from, int32_t *to, struct diags *ds)
{
	const char *s = words_text(n, key,
		SAY("two days such as 2019-01-01..2025-12-31",
			"起止日期，例如 2019-01-01..2025-12-31"),
		ds);
	char first[16];
	const char *dots = s == NULL ? NULL : strstr(s, "..");
	int32_t a, b;

	if (s == NULL)
		return false;
	if (dots == NULL || !text_copyn(first, sizeof(first), s, (size_t)(dots - s)) ||
		!day_parse(first, &a) || !day_parse(dots + 2, &b)) {
		diag_error(ds, "Q110", n->at,
			"'%s' is not a span of days for '%s'; write first..last, as "
			"2019-01-01..2025-12-31",
			"“%s”不是“%s”的有效起止日期，请写成 2019-01-01..2025-12-31 的形式",
			show(s).at, key);
		return false;
	}
	if (a > b) {
		diag_error(ds, "Q111", n->at, "'%s' ends before it begins",
			"“%s”的截止日期早于起始日期", show(s).at);
		return false;
	}
	*from = a;
	*to = b;
	return true;
}

bool words_decimal(const struct node *n, const char *key, int64_t *out, struct diags *ds)
{
	const char *s = words_text(n, key, SAY("a number such as 7.0", "数值，例如 7.0"), ds);

	if (s == NULL || parse_decimal(s, 9, out))
		return s != NULL;
	diag_error(ds, "Q112", n->at,
		"'%s' is not a number for '%s' that can be kept exactly: at most 9 digits after "
		"the point and below 9 billion",
		"“%s”不是“%s”可精确表示的数值：小数最多 9 位，且须小于 90 亿", show(s).at, key);
	return false;
}

bool words_int(const struct node *n, const char *key, int32_t low, int32_t high, int32_t *out,
	struct diags *ds)
{
	const char *s = words_text(n, key, SAY("a whole number", "整数"), ds);
	int64_t v;

	if (s == NULL)
		return false;
	if (!parse_i64(s, &v) || v < low || v > high) {
		diag_error(ds, "Q113", n->at, "'%s' is not a whole number from %d to %d for '%s'",
			"“%s”不是 %d 到 %d 之间的整数（“%s”）", show(s).at, low, high, key);
		return false;
	}
	*out = (int32_t)v;
	return true;
}
