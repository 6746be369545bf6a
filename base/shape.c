/*
 * shape.c - one walk over tree and table together. It reports and changes nothing; a node that was
 * reported while it was read (node->empty) is not reported again.
 *
 * Sentences with a word in two languages take both words and show one: "%s%.0s" in English,
 * "%.0s%s" in Chinese.
 */
#include "base/shape.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/limits.h"
#include "base/text.h"

/* What a message calls the node that is looked at. */
struct walk {
	struct diags *ds;
	enum {
		WHOLE, /* as the caller of shape_check() says */
		KEY,   /* the value of a key */
		ENTRY, /* an entry of the list that is a key's value */
	} is;
	const char *name;
};

static bool check(struct walk w, const struct node *n, const struct shape *shape);

static struct say name_of(const struct walk *w)
{
	struct arena *a = w->ds->arena;
	const char *en = w->name, *zh = w->name;

	if (w->is == KEY) {
		en = arena_textf(a, "'%s'", w->name);
		zh = arena_textf(a, "“%s”", w->name);
	} else if (w->is == ENTRY) {
		en = arena_textf(a, "an entry of '%s'", w->name);
		zh = arena_textf(a, "“%s”中的一项", w->name);
	}
	return (struct say){ en == NULL ? w->name : en, zh == NULL ? w->name : zh };
}

/* Short enough for a message; the place shows the rest. Valid until the next call with buf. */
static const char *shown(const char *text, char buf[MAX_NAME])
{
	if (!text_copy(buf, MAX_NAME - 4, text))
		memcpy(buf + strlen(buf), "...", 4);
	return buf;
}

/* P116: a list where a map is needed, and so on. */

static struct say kind_name(enum node_kind kind)
{
	switch (kind) {
	case NODE_TEXT:
		return SAY("a text", "文字");
	case NODE_LIST:
		return SAY("a list", "列表");
	case NODE_MAP:
		break;
	}
	return SAY("a map of 'key: value'", "由“键: 值”组成的映射");
}

static struct say needed_name(enum shape_kind kind)
{
	switch (kind) {
	case SHAPE_LIST:
		return SAY(
			"a list ([a, b] or lines with '- ')", "列表（[a, b] 或以“- ”开头的多行）");
	case SHAPE_MAP:
	case SHAPE_MAP_OF:
		return kind_name(NODE_MAP);
	case SHAPE_WORDS:
		return SAY("a word or a list of words", "一个词或词的列表");
	case SHAPE_TITLE:
		return SAY("a text or {zh: ..., en: ...}", "文字或 {zh: …, en: …}");
	case SHAPE_INT:
		return SAY("a whole number", "整数");
	case SHAPE_DECIMAL:
		return SAY("a number", "数字");
	case SHAPE_DAY:
		return SAY("a day", "日期");
	case SHAPE_SPAN:
		return SAY("a span of days", "日期区间");
	case SHAPE_WORD:
		return SAY("a word", "一个词");
	case SHAPE_ID:
	case SHAPE_NAME:
		return SAY("a name", "名称");
	case SHAPE_TEXT:
	case SHAPE_ANY:
		break;
	}
	return kind_name(NODE_TEXT);
}

static bool wrong_kind(const struct walk *w, const struct node *n, enum shape_kind kind)
{
	struct say name = name_of(w), need = needed_name(kind), got = kind_name(n->kind);

	if (!n->empty)
		diag_error(w->ds, "P116", n->at, "%s%.0s needs %s%.0s, but this is %s%.0s",
			"%.0s%s 应为%.0s%s，此处却是%.0s%s", name.en, name.zh, need.en, need.zh,
			got.en, got.zh);
	return false;
}

/* Lists of words for messages. */

static void add_words(struct text *t, const char *const *words, const char *between)
{
	for (size_t i = 0; words[i] != NULL; i++) {
		/* whole words only: what does not fit is left out */
		if (t->len + strlen(words[i]) + 16 > t->max) {
			text_add(t, between);
			text_add(t, "...");
			return;
		}
		if (i > 0)
			text_add(t, between);
		text_add(t, words[i]);
	}
}

static size_t words_count(const char *const *words)
{
	size_t n = 0;

	while (words[n] != NULL)
		n++;
	return n;
}

/* P113. */
static bool wrong_word(const struct walk *w, const struct node *n, const char *const *words)
{
	const char *near = text_nearest(n->text, words, words_count(words));
	char buf[MAX_NAME];
	struct text en, zh;

	text_init(&en, MAX_SAY);
	text_init(&zh, MAX_SAY);
	add_words(&en, words, ", ");
	add_words(&zh, words, "、");
	if (near == NULL)
		diag_error(w->ds, "P113", n->at, "'%s' is not one of %s%.0s",
			"“%s”不是可用的取值（%.0s%s）", shown(n->text, buf), text_str(&en),
			text_str(&zh));
	else
		diag_error(w->ds, "P113", n->at, "'%s' is not one of %s%.0s; did you mean '%s'?",
			"“%s”不是可用的取值（%.0s%s），是否应为“%s”？", shown(n->text, buf),
			text_str(&en), text_str(&zh), near);
	text_clear(&en);
	text_clear(&zh);
	return false;
}

/* Scalars. */

static bool check_word(const struct walk *w, const struct node *n, const char *const *words)
{
	for (size_t i = 0; words[i] != NULL; i++)
		if (strcmp(n->text, words[i]) == 0)
			return true;
	return wrong_word(w, n, words);
}

static bool check_words(const struct walk *w, const struct node *n, const char *const *words)
{
	struct walk item = { .ds = w->ds, .is = ENTRY, .name = w->name };
	bool ok = true;

	if (n->kind == NODE_TEXT)
		return n->empty ? false : check_word(w, n, words);
	if (n->kind == NODE_MAP)
		return wrong_kind(w, n, SHAPE_WORDS);
	if (n->count == 0) {
		struct say name = name_of(w);

		diag_error(w->ds, "P107", n->at, "%s%.0s needs at least one word",
			"%.0s%s 至少需要一个词", name.en, name.zh);
		return false;
	}
	NODE_EACH(child, n) {
		if (child->kind != NODE_TEXT)
			ok = wrong_kind(&item, child, SHAPE_WORD);
		else if (child->empty || !check_word(&item, child, words))
			ok = false;
	}
	return ok;
}

/* Id characters, dots, and whatever is neither ASCII nor punctuation nor space. */
static bool name_valid(const char *s)
{
	size_t len = strlen(s), all = len;

	while (len > 0) {
		uint32_t cp = 0;
		size_t n = utf8_next(s, len, &cp);
		char one[2] = { *s, 0 };

		if (n == 0 || (n == 1 && !id_valid(one)) || utf8_hidden(cp) || utf8_twin(cp))
			return false;
		if ((cp >= 0x80 && cp < 0xC0) || (cp >= 0x2000 && cp <= 0x206F) ||
			(cp >= 0x3000 && cp <= 0x3004) || (cp >= 0x3008 && cp <= 0x3020) ||
			(cp >= 0xFF00 && cp <= 0xFF20))
			return false;
		s += n;
		len -= n;
	}
	return all > 0 && all <= MAX_NAME;
}

static bool check_id(const struct walk *w, const struct node *n)
{
	char buf[MAX_NAME];

	if (id_valid(n->text))
		return true;
	diag_error(w->ds, "P116", n->at,
		"'%s' is not an id; use 1 to %d of the characters A-Z a-z 0-9 . _ -",
		"“%s”不是有效标识，请使用 1 至 %d 个字符：A-Z a-z 0-9 . _ -", shown(n->text, buf),
		MAX_ID);
	return false;
}

static bool check_name(const struct walk *w, const struct node *n)
{
	char buf[MAX_NAME];

	if (name_valid(n->text))
		return true;
	diag_error(w->ds, "P116", n->at,
		"'%s' is not a name; use letters, digits and . _ - without spaces, up to %d bytes",
		"“%s”不是有效名称，请使用文字、数字和 . _ -，不含空格，不超过 %d 字节",
		shown(n->text, buf), MAX_NAME);
	return false;
}

static bool check_int(const struct walk *w, const struct node *n, const struct shape *shape)
{
	bool bounded = shape->low != 0 || shape->high != 0;
	char buf[MAX_NAME];
	int64_t v;

	if (!parse_i64(n->text, &v)) {
		diag_error(w->ds, "P117", n->at, "'%s' is not a whole number", "“%s”不是整数",
			shown(n->text, buf));
		return false;
	}
	if (bounded && shape->low == shape->high && v != shape->low) {
		diag_error(w->ds, "P117", n->at,
			"%s cannot stand here; this version knows only %lld",
			"此处不能写 %s，本版本只支持 %lld", shown(n->text, buf),
			(long long)shape->low);
		return false;
	}
	if (bounded && (v < shape->low || v > shape->high)) {
		diag_error(w->ds, "P117", n->at, "%s is not between %lld and %lld",
			"%s 不在 %lld 到 %lld 之间", shown(n->text, buf), (long long)shape->low,
			(long long)shape->high);
		return false;
	}
	return true;
}

static bool check_decimal(const struct walk *w, const struct node *n)
{
	char buf[MAX_NAME];
	int64_t v;

	if (parse_decimal(n->text, 9, &v))
		return true;
	diag_error(w->ds, "P117", n->at,
		"'%s' is not a number with at most 9 digits after the point",
		"“%s”不是有效数字，小数点后最多 9 位", shown(n->text, buf));
	return false;
}

static bool check_day(const struct walk *w, const struct node *n)
{
	char buf[MAX_NAME];
	int32_t day;

	if (day_parse(n->text, &day))
		return true;
	diag_error(w->ds, "P114", n->at,
		"'%s' is not a day; write year-month-day such as 2026-03-01",
		"“%s”不是有效日期，请写成 年-月-日，例如 2026-03-01", shown(n->text, buf));
	return false;
}

static bool check_span(const struct walk *w, const struct node *n)
{
	char buf[MAX_NAME], half[11];
	int32_t from, to;

	if (strlen(n->text) == 22 && memcmp(n->text + 10, "..", 2) == 0) {
		(void)!text_copyn(half, sizeof(half), n->text, 10);
		if (day_parse(half, &from) && day_parse(n->text + 12, &to)) {
			if (from <= to)
				return true;
			diag_error(w->ds, "P114", n->at, "'%s' ends before it begins",
				"“%s”的结束日期早于开始日期", n->text);
			return false;
		}
	}
	diag_error(w->ds, "P114", n->at,
		"'%s' is not a span of days; write it like 2026-01-01..2026-12-31",
		"“%s”不是有效日期区间，请写成 2026-01-01..2026-12-31 的形式", shown(n->text, buf));
	return false;
}

static bool check_scalar(const struct walk *w, const struct node *n, const struct shape *shape)
{
	if (n->kind != NODE_TEXT)
		return wrong_kind(w, n, shape->kind);
	if (n->empty)
		return false;
	switch (shape->kind) {
	case SHAPE_WORD:
		return check_word(w, n, shape->words);
	case SHAPE_ID:
		return check_id(w, n);
	case SHAPE_NAME:
		return check_name(w, n);
	case SHAPE_INT:
		return check_int(w, n, shape);
	case SHAPE_DECIMAL:
		return check_decimal(w, n);
	case SHAPE_DAY:
		return check_day(w, n);
	case SHAPE_SPAN:
		return check_span(w, n);
	default:
		return true;
	}
}

/* Maps and lists. */

static const struct field *field_of(const struct shape *shape, const char *key)
{
	for (const struct field *f = shape->fields; f->key != NULL; f++)
		if (strcmp(f->key, key) == 0)
			return f;
	return NULL;
}

static void unknown_key(const struct walk *w, const struct node *n, const struct shape *shape)
{
	enum {
		MAX_FIELDS = 64
	};
	const char *keys[MAX_FIELDS + 1], *near;
	struct text list;
	char buf[MAX_NAME];
	size_t count = 0;

	for (const struct field *f = shape->fields; f->key != NULL && count < MAX_FIELDS; f++)
		keys[count++] = f->key;
	keys[count] = NULL;
	near = text_nearest(n->key, keys, count);
	if (near != NULL) {
		diag_error(w->ds, "P111", n->key_at, "unknown key '%s'; did you mean '%s'?",
			"未知键“%s”，是否应为“%s”？", shown(n->key, buf), near);
		return;
	}
	text_init(&list, MAX_SAY);
	add_words(&list, keys, " ");
	diag_error(w->ds, "P111", n->key_at, "unknown key '%s'; known here: %s",
		"未知键“%s”，此处可用：%s", shown(n->key, buf), text_str(&list));
	text_clear(&list);
}

static bool check_required(const struct walk *w, const struct node *n, const struct shape *shape)
{
	bool ok = true;

	for (const struct field *f = shape->fields; f->key != NULL; f++) {
		struct say name;

		if (!f->required || node_get(n, f->key) != NULL)
			continue;
		name = name_of(w);
		diag_error(w->ds, "P112", n->key == NULL ? n->at : n->key_at,
			"required key '%s' is missing in %s%.0s%.0s", "%.0s%.0s%s 缺少必填项“%s”",
			f->key, name.en, name.zh, f->key);
		ok = false;
	}
	return ok;
}

static bool check_map(const struct walk *w, const struct node *n, const struct shape *shape)
{
	bool ok = true;

	if (n->kind != NODE_MAP)
		return wrong_kind(w, n, SHAPE_MAP);
	NODE_EACH(child, n) {
		struct walk under = { .ds = w->ds, .is = KEY, .name = child->key };
		const struct field *f = field_of(shape, child->key);

		if (f == NULL && !child->bad_key)
			unknown_key(w, child, shape);
		if (f == NULL || !check(under, child, f->shape))
			ok = false;
	}
	return check_required(w, n, shape) && ok;
}

static bool check_map_of(const struct walk *w, const struct node *n, const struct shape *shape)
{
	bool ok = true;

	if (n->kind != NODE_MAP)
		return wrong_kind(w, n, SHAPE_MAP_OF);
	NODE_EACH(child, n) {
		struct walk under = { .ds = w->ds, .is = KEY, .name = child->key };

		if (!check(under, child, shape->of))
			ok = false;
	}
	return ok;
}

static bool check_list(const struct walk *w, const struct node *n, const struct shape *shape)
{
	struct walk item = { .ds = w->ds, .is = ENTRY, .name = w->name };
	bool ok = true;

	if (n->kind != NODE_LIST)
		return wrong_kind(w, n, SHAPE_LIST);
	NODE_EACH(child, n)
		if (!check(item, child, shape->of))
			ok = false;
	return ok;
}

static const struct shape any_text = { .kind = SHAPE_TEXT };
const struct field shape_title_fields[] = {
	{ "zh", false, &any_text, { "the text in Chinese", "中文文字" } },
	{ "en", false, &any_text, { "the text in English", "英文文字" } },
	{ NULL, false, NULL, { NULL, NULL } },
};

static bool check_title(const struct walk *w, const struct node *n)
{
	static const struct shape both = { .kind = SHAPE_MAP, .fields = shape_title_fields };

	if (n->kind == NODE_TEXT)
		return !n->empty;
	if (n->kind == NODE_LIST)
		return wrong_kind(w, n, SHAPE_TITLE);
	if (!check_map(w, n, &both))
		return false;
	if (n->count > 0)
		return true;
	diag_error(w->ds, "P107", n->at, "a text in zh or en is needed here",
		"此处需要 zh 或 en 文字");
	return false;
}

static bool check(struct walk w, const struct node *n, const struct shape *shape)
{
	switch (shape->kind) {
	case SHAPE_ANY:
		return true;
	case SHAPE_MAP:
		return check_map(&w, n, shape);
	case SHAPE_MAP_OF:
		return check_map_of(&w, n, shape);
	case SHAPE_LIST:
		return check_list(&w, n, shape);
	case SHAPE_TITLE:
		return check_title(&w, n);
	case SHAPE_WORDS:
		return check_words(&w, n, shape->words);
	default:
		return check_scalar(&w, n, shape);
	}
}

int shape_check(const struct node *n, const struct shape *shape, const char *what, struct diags *ds)
{
	struct walk whole = { .ds = ds, .is = WHOLE, .name = what };

	if (n != NULL)
		return check(whole, n, shape) ? 0 : -1;
	diag_error(ds, "P107", (struct place){ .file = NULL }, "%s has no content", "%s 没有内容",
		what);
	return -1;
}

/* Typed reads. */

int64_t node_int(const struct node *n, int64_t fallback)
{
	int64_t v;

	return node_text(n) != NULL && parse_i64(n->text, &v) ? v : fallback;
}

int64_t node_decimal9(const struct node *n, int64_t fallback)
{
	int64_t v;

	return node_text(n) != NULL && parse_decimal(n->text, 9, &v) ? v : fallback;
}

int32_t node_day(const struct node *n, int32_t fallback)
{
	int32_t day;

	return node_text(n) != NULL && day_parse(n->text, &day) ? day : fallback;
}

bool node_span(const struct node *n, int32_t *from, int32_t *to)
{
	const char *s = node_text(n);
	int32_t a, b;
	char half[11];

	if (s == NULL || strlen(s) != 22 || memcmp(s + 10, "..", 2) != 0)
		return false;
	(void)!text_copyn(half, sizeof(half), s, 10);
	if (!day_parse(half, &a) || !day_parse(s + 12, &b) || a > b)
		return false;
	*from = a;
	*to = b;
	return true;
}

struct say node_title(const struct node *n)
{
	const char *en = node_text(n), *zh = en;

	if (n != NULL && n->kind == NODE_MAP) {
		en = node_text(node_get(n, "en"));
		zh = node_text(node_get(n, "zh"));
	}
	if (en == NULL)
		en = zh == NULL ? "" : zh;
	return (struct say){ en, zh == NULL ? en : zh };
}
