#include <string.h>

#include "base/text.h"
#include "policies/cohorts/cohort_in.h"

/*
 * What is wrong with an officer's text before any grammar looks at it, and the rewriting of :name.
 *
 * PostgreSQL's own scanner is not asked: its answer is a protobuf, and nothing depends on this reading being
 * the same as PostgreSQL's. Whatever PostgreSQL makes of the rewritten text is what is checked and kept, and a
 * parameter is only a number in its tree. So a difference could misplace an error, never open anything.
 */

struct scan {
	struct cohort_reading *r;
	const char *s;
	size_t len, at;
	bool bad; /* no plain text: the grammar is not asked */
};

static void wrong(struct scan *sc, size_t at, struct say say)
{
	sc->bad = true;
	diag_say(sc->r->ds, DIAG_ERROR, "P369", cohort_place(sc->r, at), say);
}

static bool word_start(unsigned char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c >= 0x80;
}

static bool digit(unsigned char c)
{
	return c >= '0' && c <= '9';
}

static bool word_char(unsigned char c)
{
	return word_start(c) || digit(c) || c == '$';
}

static char byte_at(const struct scan *sc, size_t at)
{
	return at < sc->len ? sc->s[at] : '\0';
}

/* ---- whole text ---- */

static bool characters_good(struct scan *sc)
{
	size_t used;

	if (!utf8_valid(sc->s, sc->len)) {
		diag_error(sc->r->ds, "P101", (struct place){ .file = sc->r->file },
			"this file is not UTF-8; save it as UTF-8",
			"文件不是 UTF-8 编码，请另存为 UTF-8");
		return false;
	}
	for (size_t at = sc->at; at < sc->len; at += used) {
		uint32_t c;

		used = utf8_next(sc->s + at, sc->len - at, &c);
		if (!utf8_hidden(c))
			continue;
		wrong(sc, at,
			SAY("a character that does not show is not allowed",
				"不允许使用不可见字符"));
		return false;
	}
	return true;
}

/* ---- tokens ---- */

static void check_name(struct scan *sc, size_t at, size_t bytes)
{
	if (bytes <= MAX_ID)
		return;
	sc->bad = true;
	diag_error(sc->r->ds, "P369", cohort_place(sc->r, at),
		"this name has %zu bytes, PostgreSQL would cut it at %d",
		"该名称长 %zu 字节，PostgreSQL 会截断为 %d 字节", bytes, MAX_ID);
}

/* To the end of '...' or "...", whose quote written twice stands for itself. */
static void skip_quoted(struct scan *sc, char quote)
{
	size_t first = sc->at++;

	for (; sc->at < sc->len; sc->at++) {
		if (sc->s[sc->at] == '\\')
			wrong(sc, sc->at, SAY("'\\' is not allowed", "不允许使用“\\”"));
		if (sc->s[sc->at] != quote)
			continue;
		if (byte_at(sc, sc->at + 1) != quote)
			break;
		sc->at++;
	}
	sc->at += sc->at < sc->len;
	if (quote == '"')
		check_name(sc, first, sc->at - first - 2);
	else if (first > 0 &&
		 (word_char((unsigned char)sc->s[first - 1]) || sc->s[first - 1] == '&'))
		wrong(sc, first,
			SAY("a letter before a quote (E'', B'', X'', N'', U&'') is not allowed",
				"不允许在引号前加字母（E''、B''、X''、N''、U&''）"));
	if (quote == '"' && first > 0 && sc->s[first - 1] == '&')
		wrong(sc, first, SAY("U&\"\" is not allowed", "不允许使用 U&\"\""));
}

static void skip_comment(struct scan *sc)
{
	unsigned depth = 0;

	if (sc->s[sc->at] == '-') {
		while (sc->at < sc->len && sc->s[sc->at] != '\n' && sc->s[sc->at] != '\r')
			sc->at++;
		return;
	}
	do {
		char here = sc->s[sc->at], next = byte_at(sc, sc->at + 1);
		bool opens = here == '/' && next == '*', ends = here == '*' && next == '/';

		depth += opens;
		depth -= ends;
		sc->at += opens || ends ? 2 : 1;
	} while (depth > 0 && sc->at < sc->len);
}

static void skip_word(struct scan *sc)
{
	size_t first = sc->at;

	while (sc->at < sc->len && word_char((unsigned char)sc->s[sc->at])) {
		if (sc->s[sc->at] == '$')
			wrong(sc, sc->at,
				SAY("'$' is not allowed; write a parameter as :name",
					"不允许使用“$”，参数请写作 :名称"));
		sc->at++;
	}
	check_name(sc, first, sc->at - first);
}

static unsigned find_param(struct scan *sc, size_t first, size_t len)
{
	const struct cohort_sql *c = sc->r->out;
	const char *known[MAX_PARAMS], *near;
	char name[MAX_ID + 1];

	for (unsigned i = 0; i < c->n_params; i++) {
		known[i] = c->params[i].name;
		if (strlen(known[i]) == len && memcmp(known[i], sc->s + first, len) == 0) {
			sc->r->used[i] = true;
			return i + 1;
		}
	}
	near = text_copyn(name, sizeof(name), sc->s + first, len)
		       ? text_nearest(name, known, c->n_params)
		       : NULL;
	if (near != NULL)
		diag_error(sc->r->ds, "P368", cohort_place(sc->r, first - 1),
			"parameter ':%.*s' is not declared under params; did you mean ':%s'?",
			"参数“:%.*s”未在 params 中声明，是否应为“:%s”？", (int)len, sc->s + first,
			near);
	else
		diag_error(sc->r->ds, "P368", cohort_place(sc->r, first - 1),
			"parameter ':%.*s' is not declared under params in queries.yaml",
			"参数“:%.*s”未在 queries.yaml 的 params 中声明", (int)len, sc->s + first);
	return PARAM_UNKNOWN;
}

/* :from becomes "$1   ": as many bytes, so that every place in PostgreSQL's tree is a place in the file. */
static void rewrite(struct scan *sc)
{
	size_t first = sc->at + 1, len = 0;

	if (byte_at(sc, first) == ':' || byte_at(sc, first) == '=') {
		sc->at += 2; /* a cast, or nothing at all: the grammar's to say */
		return;
	}
	while (first + len < sc->len && word_char((unsigned char)sc->s[first + len]))
		len++;
	if (len == 0 || !word_start((unsigned char)sc->s[first]) ||
		(sc->at > 0 && word_char((unsigned char)sc->s[sc->at - 1]))) {
		wrong(sc, sc->at,
			SAY("':' is not allowed here; a parameter is written as :name",
				"此处不允许使用“:”，参数请写作 :名称"));
		sc->at++;
		return;
	}
	memset(sc->r->text + sc->at, ' ', len + 1);
	sc->r->text[sc->at] = '$';
	sc->r->text[sc->at + 1] = (char)('0' + find_param(sc, first, len));
	sc->at = first + len;
}

static void scan_token(struct scan *sc)
{
	char here = sc->s[sc->at], next = byte_at(sc, sc->at + 1);

	if (here == '\'' || here == '"')
		skip_quoted(sc, here);
	else if ((here == '-' && next == '-') || (here == '/' && next == '*'))
		skip_comment(sc);
	else if (word_start((unsigned char)here))
		skip_word(sc);
	else if (here == ':')
		rewrite(sc);
	else if (here == '\\' || here == '$') {
		if (here == '\\')
			wrong(sc, sc->at, SAY("'\\' is not allowed", "不允许使用“\\”"));
		else
			wrong(sc, sc->at,
				SAY("'$' is not allowed; write a parameter as :name",
					"不允许使用“$”，参数请写作 :名称"));
		sc->at++;
	} else
		sc->at++;
}

bool cohort_text(struct cohort_reading *r, const char *bytes, size_t len)
{
	struct scan sc = { .r = r, .len = len };
	char *copy;

	if (len > MAX_COHORT_SQL_BYTES) {
		diag_error(r->ds, "P369", (struct place){ .file = r->file },
			"a cohort's file may be at most %d bytes long", "队列文件最长 %d 字节",
			MAX_COHORT_SQL_BYTES);
		return false;
	}
	copy = arena_textn(r->a, bytes, len);
	r->text = arena_textn(r->a, bytes, len);
	r->len = len;
	if (copy == NULL || r->text == NULL) {
		r->out_of_memory = true;
		return false;
	}
	sc.s = copy;
	if (len >= 3 && memcmp(copy, "\xEF\xBB\xBF", 3) == 0) {
		r->bom = true;
		memset(r->text, ' ', 3);
		sc.at = 3;
	}
	if (!characters_good(&sc)) /* a zero byte is no UTF-8 here */
		return false;
	while (sc.at < sc.len)
		scan_token(&sc);
	if (sc.bad)
		return false;
	for (unsigned i = 0; i < r->out->n_params; i++)
		if (!r->used[i])
			diag_error(r->ds, "P368", r->out->params[i].at,
				"parameter '%s' is not used in %s", "参数“%s”在 %s 中未使用",
				r->out->params[i].name, r->file);
	return true;
}
