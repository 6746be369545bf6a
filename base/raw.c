/*
 * raw.c - bytes and lines of a text file, for messages that a person can act on without knowing
 * YAML. It never decides what a text means; that is node.c.
 */
#include "base/raw.h"

#include <string.h>

#include "base/text.h"

/* Full-width punctuation. Input methods for Chinese write it by default, and it looks right. */

struct wide {
	uint32_t cp;
	const char *ascii;
	const char *en, *zh;
};

static const struct wide wides[] = {
	{ 0xFF1A, ":", "full-width '：' found where ':' and a space are needed",
		"此处应为半角冒号加空格，发现全角“：”" },
	{ 0xFF0C, ",", "full-width '，' found where ',' is needed",
		"此处应为半角逗号“,”，发现全角“，”" },
	{ 0xFF3B, "[", "full-width '［' found where '[' is needed",
		"此处应为半角方括号“[”，发现全角“［”" },
	{ 0xFF3D, "]", "full-width '］' found where ']' is needed",
		"此处应为半角方括号“]”，发现全角“］”" },
	{ 0xFF5B, "{", "full-width '｛' found where '{' is needed",
		"此处应为半角花括号“{”，发现全角“｛”" },
	{ 0xFF5D, "}", "full-width '｝' found where '}' is needed",
		"此处应为半角花括号“}”，发现全角“｝”" },
	{ 0x3000, " ", "full-width space found where a plain space is needed",
		"此处应为半角空格，发现全角空格" },
	{ 0x00A0, " ", "no-break space found where a plain space is needed",
		"此处应为半角空格，发现不间断空格" },
};

static const struct wide *wide_of(uint32_t cp)
{
	for (size_t i = 0; i < sizeof(wides) / sizeof(wides[0]); i++)
		if (wides[i].cp == cp)
			return &wides[i];
	return NULL;
}

const struct wide *wide_find(const char *s, size_t len, size_t *before)
{
	size_t chars = 0;

	while (len > 0) {
		uint32_t cp = 0;
		size_t n = utf8_next(s, len, &cp);
		const struct wide *w = n == 0 ? NULL : wide_of(cp);

		if (w != NULL) {
			*before = chars;
			return w;
		}
		n = n == 0 ? 1 : n;
		s += n;
		len -= n;
		chars++;
	}
	return NULL;
}

bool wide_is(const struct wide *w, const char *ascii)
{
	return strcmp(w->ascii, ascii) == 0;
}

void wide_report(const struct wide *w, struct place at, struct diags *ds)
{
	at.width = 1;
	for (size_t i = 0; i < ds->count; i++) /* libyaml may stumble over what was told before */
		if (strcmp(ds->list[i].code, "P102") == 0 && ds->list[i].at.line == at.line &&
			ds->list[i].at.column == at.column && ds->list[i].at.file == at.file)
			return;
	diag_error(ds, "P102", at, "%s%.0s; if it belongs to the text, put the text in quotes",
		"%.0s%s；如果它是文字内容，请给文字加引号", w->en, w->zh);
}

/* Bytes: encoding and characters nobody sees. */

static bool is_line_end(char c)
{
	return c == '\n' || c == '\r';
}

/* The place of byte `at`, counting as libyaml does: LF, CR and CRLF end lines. */
static struct place place_of(const struct raw *raw, size_t at)
{
	struct place p = { .file = raw->name, .line = 1, .column = 1, .width = 1 };

	for (size_t i = 0; i < at; i++) {
		char c = raw->at[i];

		if (c == '\n' || (c == '\r' && (i + 1 == raw->len || raw->at[i + 1] != '\n'))) {
			p.line++;
			p.column = 1;
		} else if (((unsigned char)c & 0xC0) != 0x80) {
			p.column++;
		}
	}
	return p;
}

/* GBK writes a character as two bytes: 81-FE, then 40-7E or 80-FE. */
static bool looks_like_gbk(const char *s, size_t len, size_t first_bad)
{
	/* Three-byte UTF-8 before the bad byte: a UTF-8 file that was damaged. */
	for (size_t i = 0; i < first_bad; i++)
		if ((unsigned char)s[i] >= 0xE0)
			return false;
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)s[i], next;

		if (c < 0x80)
			continue;
		if (c == 0x80 || c == 0xFF || i + 1 == len)
			return false;
		next = (unsigned char)s[++i];
		if (next < 0x40 || next == 0x7F || next == 0xFF)
			return false;
	}
	return true;
}

static bool looks_like_utf16(const char *s, size_t len)
{
	return len >= 2 && (memcmp(s, "\xFF\xFE", 2) == 0 || memcmp(s, "\xFE\xFF", 2) == 0);
}

static void report_encoding(const struct raw *raw, size_t bad, struct diags *ds)
{
	struct place at = place_of(raw, bad);

	if (looks_like_utf16(raw->at, raw->len))
		diag_error(ds, "P101", at,
			"this file is not UTF-8 (it looks like UTF-16); save it as UTF-8",
			"文件不是 UTF-8 编码（疑似 UTF-16），请另存为 UTF-8");
	else if (looks_like_gbk(raw->at, raw->len, bad))
		diag_error(ds, "P101", at,
			"this file is not UTF-8 (it looks like GBK); save it as UTF-8",
			"文件不是 UTF-8 编码（疑似 GBK），请另存为 UTF-8");
	else
		diag_error(ds, "P101", at,
			"this file is not UTF-8: byte 0x%02X is damaged; save it as UTF-8",
			"文件不是 UTF-8 编码：字节 0x%02X 已损坏，请另存为 UTF-8",
			(unsigned)(unsigned char)raw->at[bad]);
}

static void report_hidden(uint32_t cp, struct place at, struct diags *ds)
{
	diag_error(ds, "P110", at, "control or invisible character U+%04X is not allowed",
		"不允许控制字符或不可见字符 U+%04X", (unsigned)cp);
}

bool raw_hidden(const char *s, size_t len, struct place at, struct diags *ds)
{
	for (size_t i = 0; i < len;) {
		uint32_t cp = 0;
		size_t n = utf8_next(s + i, len - i, &cp);

		if (n == 0 || utf8_hidden(cp)) {
			report_hidden(cp, at, ds);
			return true;
		}
		i += n;
	}
	return false;
}

bool raw_check(const struct raw *raw, struct diags *ds)
{
	enum {
		REPORTS = 20
	};
	unsigned reports = 0;

	for (size_t i = 0; i < raw->len && reports < REPORTS;) {
		uint32_t cp = 0;
		size_t n = utf8_next(raw->at + i, raw->len - i, &cp);

		if (n == 0 && raw->at[i] != 0) {
			report_encoding(raw, i, ds);
			return false;
		}
		if (n == 0 || utf8_hidden(cp)) {
			report_hidden(cp, place_of(raw, i), ds);
			reports++;
		}
		i += n == 0 ? 1 : n;
	}
	return reports == 0;
}

/* Lines, to explain what libyaml stumbled over. */

struct line {
	const char *at;
	size_t len;
};

/* Line `number`, 1-based, without its end; empty outside the text. */
static struct line line_at(const struct raw *raw, size_t number)
{
	const char *p = raw->at, *end = raw->at + raw->len;
	struct line l = { "", 0 };

	for (; number > 1 && p < end; p++)
		if (*p == '\n' || (*p == '\r' && (p + 1 == end || p[1] != '\n')))
			number--;
	if (number != 1)
		return l;
	l.at = p;
	while (p < end && !is_line_end(*p))
		p++;
	l.len = (size_t)(p - l.at);
	return l;
}

static bool is_word(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '_' || c == '-' || c == '.';
}

/* Bytes of indentation, list dashes included: where a key of this line would begin. */
static size_t key_start(const struct line *l)
{
	size_t i = 0;

	for (;;) {
		while (i < l->len && l->at[i] == ' ')
			i++;
		if (i + 1 >= l->len || l->at[i] != '-' || l->at[i + 1] != ' ')
			return i;
		i++;
	}
}

static struct place place_in(
	const struct raw *raw, size_t number, const struct line *l, size_t byte)
{
	return (struct place){ .file = raw->name,
		.line = (unsigned)number,
		.column = (unsigned)utf8_chars(l->at, byte) + 1,
		.width = 1 };
}

/* A line such as "use： group" or "　use: group". */
static bool explain_wide_key(const struct raw *raw, size_t number, struct diags *ds)
{
	struct line l = line_at(raw, number);
	size_t start = key_start(&l), i = start, before;
	const struct wide *w;

	while (i < l.len && is_word(l.at[i]))
		i++;
	w = wide_find(l.at + i, l.len - i, &before);
	if (w == NULL || before != 0)
		return false;
	wide_report(w, place_in(raw, number, &l, i), ds);
	return true;
}

/* Inside one-line forms: "{use: group，category: sex}" stops at the second colon. Going back from
 * there, the culprit comes before any sign that YAML knows. */
static bool explain_wide_before(
	const struct raw *raw, size_t number, size_t column, struct diags *ds)
{
	struct line l = line_at(raw, number);
	const struct wide *w;
	size_t byte = 0, before;

	for (size_t chars = 0; byte < l.len; byte++)
		if (((unsigned char)l.at[byte] & 0xC0) != 0x80 && chars++ == column)
			break;
	w = wide_find(l.at + byte, l.len - byte, &before);
	if (w != NULL && before == 0 && !wide_is(w, " ")) {
		wide_report(w, place_in(raw, number, &l, byte), ds);
		return true;
	}
	while (byte > 0) {
		byte--;
		if (strchr(",{}[]\"'#", l.at[byte]) != NULL)
			return false;
		if (((unsigned char)l.at[byte] & 0xC0) == 0x80)
			continue;
		w = wide_find(l.at + byte, l.len - byte, &before);
		if (w != NULL && before == 0 && !wide_is(w, " ")) {
			wide_report(w, place_in(raw, number, &l, byte), ds);
			return true;
		}
	}
	return false;
}

/* "[0, 18］" goes on to the next line, where libyaml finds out. */
static bool explain_wide_close(const struct raw *raw, size_t number, struct diags *ds)
{
	struct line l = line_at(raw, number);
	size_t n = strlen("］"), before;
	const struct wide *w;

	while (l.len > 0 && l.at[l.len - 1] == ' ')
		l.len--;
	w = l.len < n ? NULL : wide_find(l.at + l.len - n, n, &before);
	if (w == NULL || before != 0 || (!wide_is(w, "]") && !wide_is(w, "}")))
		return false;
	wide_report(w, place_in(raw, number, &l, l.len - n), ds);
	return true;
}

/* "use:forbidden" is one word to YAML. */
static bool explain_missing_space(const struct raw *raw, size_t number, struct diags *ds)
{
	struct line l = line_at(raw, number);
	size_t i = key_start(&l), start = i;

	while (i < l.len && is_word(l.at[i]))
		i++;
	if (i == start || i + 1 >= l.len || l.at[i] != ':' || l.at[i + 1] == ' ')
		return false;
	diag_error(ds, "P119", place_in(raw, number, &l, i),
		"a space is missing after ':'; write 'key: value'",
		"“:”后缺少空格，请写成“键: 值”");
	return true;
}

static bool explain_tab(const struct raw *raw, size_t number, size_t column, struct diags *ds)
{
	struct line l = line_at(raw, number);

	for (size_t i = 0; i < l.len && i <= column; i++) {
		if (l.at[i] == '\t') {
			diag_error(ds, "P106", place_in(raw, number, &l, i),
				"tab used for indentation; use spaces",
				"缩进使用了制表符，请改用空格");
			return true;
		}
		if (l.at[i] != ' ' && l.at[i] != '-')
			return false;
	}
	return false;
}

static bool explain_reserved(const struct raw *raw, struct place at, struct diags *ds)
{
	struct line l = line_at(raw, at.line);
	size_t byte = 0;

	while (byte < l.len && utf8_chars(l.at, byte + 1) < at.column)
		byte++;
	if (byte >= l.len || strchr("@`%", l.at[byte]) == NULL)
		return false;
	diag_error(ds, "P119", at, "text that begins with '%c' must be put in quotes",
		"以“%c”开头的文字必须加引号", l.at[byte]);
	return true;
}

/* What libyaml says, and what a person can do about it. */
static const struct {
	const char *problem;
	struct say say;
} reasons[] = {
	{ "mapping values are not allowed",
		{ "a second ':' on this line, or wrong indentation; put text that contains ': ' in "
		  "quotes",
			"本行出现第二个“:”或缩进有误；含有“: ”的文字请加引号" } },
	{ "could not find expected ':'",
		{ "a ':' and a space are missing after this key", "此键之后缺少“:”和空格" } },
	{ "block sequence entries are not allowed",
		{ "a list item '- ' cannot stand here; begin it on a line of its own",
			"列表项“- ”不能写在这里，请另起一行" } },
	{ "mapping keys are not allowed", { "a '?' cannot stand here; put the text in quotes",
						  "此处不能使用“?”，请给文字加引号" } },
	{ "did not find expected key", { "wrong indentation, or something that is no 'key: value'",
					       "缩进有误，或此处不是“键: 值”的形式" } },
	{ "did not find expected '-' indicator",
		{ "wrong indentation: a list goes on here with something that is no '- ' item",
			"缩进有误：列表在此处应继续以“- ”开头" } },
	{ "did not find expected ',' or ']'",
		{ "a ',' or the closing ']' is missing here", "此处缺少“,”或结尾的“]”" } },
	{ "did not find expected ',' or '}'",
		{ "a ',' or the closing '}' is missing here", "此处缺少“,”或结尾的“}”" } },
	{ "did not find expected node content", { "a value is missing here", "此处缺少值" } },
	{ "found unexpected end of stream", { "the closing quote is missing", "缺少结尾的引号" } },
	{ "found unexpected document indicator",
		{ "the closing quote is missing", "缺少结尾的引号" } },
	{ "found unknown escape character",
		{ "unknown '\\' escape in double quotes; use single quotes to write '\\' itself",
			"双引号中的“\\”转义无法识别；需要书写“\\”本身时请改用单引号" } },
	{ "did not find expected hexdecimal number",
		{ "digits are missing after '\\x' or '\\u'", "“\\x”或“\\u”之后缺少十六进制数字" } },
	{ "found invalid Unicode character escape code",
		{ "the '\\u' escape is no character", "“\\u”转义不是有效字符" } },
	{ "found character that cannot start any token",
		{ "a text cannot begin with this character; put it in quotes",
			"文字不能以此字符开头，请加引号" } },
	{ "did not find expected <document start>",
		{ "something follows the end of the text; only one map is expected",
			"内容结束后还有多余文字，文件中只应有一个整体" } },
};

static void explain_reason(const yaml_parser_t *parser, struct place at, struct diags *ds)
{
	const char *problem = parser->problem == NULL ? "" : parser->problem;

	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++) {
		if (strstr(problem, reasons[i].problem) == NULL)
			continue;
		diag_say(ds, DIAG_ERROR, "P119", at, reasons[i].say);
		return;
	}
	diag_error(ds, "P119", at, "this is not well formed here", "此处不符合 YAML 格式");
}

/* Does libyaml's context or problem speak of anchors, aliases, tags or directives? */
static bool is_refused_feature(const yaml_parser_t *parser)
{
	static const char *const words[] = { "anchor", "alias", " tag", "directive" };

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if ((parser->context != NULL && strstr(parser->context, words[i]) != NULL) ||
			(parser->problem != NULL && strstr(parser->problem, words[i]) != NULL))
			return true;
	return false;
}

void raw_explain(const struct raw *raw, const yaml_parser_t *parser, struct diags *ds)
{
	enum {
		LINES_BACK = 3
	};
	size_t line = parser->problem_mark.line + 1, column = parser->problem_mark.column;
	struct place at = { raw->name, (unsigned)line, (unsigned)column + 1, 1 };

	if (explain_wide_before(raw, line, column, ds))
		return;
	/* A key without its colon is only noticed lines later. */
	for (size_t back = 0; back <= LINES_BACK && back < line; back++)
		if (explain_wide_key(raw, line - back, ds))
			return;
	for (size_t back = 0; back <= LINES_BACK && back < line; back++)
		if (explain_wide_close(raw, line - back, ds))
			return;
	if (explain_tab(raw, line, column, ds))
		return;
	if (is_refused_feature(parser)) {
		diag_error(ds, "P104", at,
			"anchors, aliases, tags and '<<' are not allowed; write the value out, "
			"or put text that begins with & * ! in quotes",
			"不允许使用锚点、别名、标签和“<<”，请直接写出内容；"
			"以 & * ! 开头的文字请加引号");
		return;
	}
	for (size_t back = 0; back <= LINES_BACK && back < line; back++)
		if (explain_missing_space(raw, line - back, ds))
			return;
	if (!explain_reserved(raw, at, ds))
		explain_reason(parser, at, ds);
}
