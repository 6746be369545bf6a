#include "convert/draft.h"

#include <stdarg.h>
#include <string.h>

#include "base/limits.h"

enum {
	LINE = 100,         /* columns of the text */
	STEP = 2,           /* of indentation */
	COMMENT_BYTES = 200 /* of somebody's name for a thing */
};

void pen_init(struct pen *pen, struct arena *arena)
{
	*pen = (struct pen){ .arena = arena, .none = { .kind = DRAFT_MAP } };
}

static struct draft *draft_new(struct pen *pen, enum draft_kind kind)
{
	struct draft *d = pen->failed ? NULL : arena_alloc(pen->arena, sizeof(*d));

	if (d == NULL) {
		pen->failed = true;
		return &pen->none;
	}
	*d = (struct draft){ .kind = kind };
	return d;
}

struct draft *draft_map(struct pen *pen)
{
	return draft_new(pen, DRAFT_MAP);
}

struct draft *draft_list(struct pen *pen)
{
	return draft_new(pen, DRAFT_LIST);
}

struct draft *draft_text(struct pen *pen, const char *fmt, ...)
{
	struct draft *d = draft_new(pen, DRAFT_TEXT);
	va_list args;

	va_start(args, fmt);
	d->text = pen->failed ? "" : arena_textv(pen->arena, fmt, args);
	va_end(args);
	if (d->text == NULL) {
		d->text = "";
		pen->failed = true;
	}
	return d;
}

bool draft_quotable(const char *s)
{
	size_t len = strlen(s), step;
	uint32_t c;

	for (size_t at = 0; at < len; at += step) {
		step = utf8_next(s + at, len - at, &c);
		if (step == 0 || c < ' ' || c == '"' || utf8_hidden(c) || utf8_twin(c))
			return false;
	}
	return len <= MAX_NAME;
}

/* A single quote inside single quotes is written twice. */
static const char *in_quotes(struct pen *pen, const char *s)
{
	struct text t;
	const char *made;

	text_init(&t, 4 * MAX_NAME);
	text_addc(&t, '\'');
	for (; *s != '\0'; s++) {
		text_addc(&t, *s);
		if (*s == '\'')
			text_addc(&t, '\'');
	}
	text_addc(&t, '\'');
	made = text_failed(&t) ? NULL : arena_text(pen->arena, text_str(&t));
	text_clear(&t);
	return made;
}

struct draft *draft_quoted(struct pen *pen, const char *fmt, ...)
{
	static const char plain[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789:.+-_";
	struct draft *d = draft_new(pen, DRAFT_TEXT);
	va_list args;

	va_start(args, fmt);
	d->text = pen->failed ? "" : arena_textv(pen->arena, fmt, args);
	va_end(args);
	if (d->text != NULL && (d->text[strspn(d->text, plain)] != '\0' || d->text[0] == '-'))
		d->text = in_quotes(pen, d->text);
	if (d->text == NULL) {
		d->text = "";
		pen->failed = true;
	}
	return d;
}

void draft_add(struct pen *pen, struct draft *parent, const char *key, struct draft *child)
{
	if (pen->failed)
		return; /* one empty draft may stand for both */
	child->key = key;
	child->next = NULL;
	if (parent->last == NULL)
		parent->first = child;
	else
		parent->last->next = child;
	parent->last = child;
	parent->count++;
}

struct draft *draft_get(const struct draft *map, const char *key)
{
	for (struct draft *d = map->first; d != NULL; d = d->next)
		if (d->key != NULL && strcmp(d->key, key) == 0)
			return d;
	return NULL;
}

struct draft *draft_pair(struct pen *pen, const char *key, struct draft *child)
{
	struct draft *d = draft_map(pen);

	draft_add(pen, d, key, child);
	return d;
}

struct draft *draft_copy(struct pen *pen, const struct draft *d)
{
	struct draft *copy = draft_new(pen, d->kind);

	if (pen->failed)
		return copy;
	copy->text = d->text;
	copy->comment = d->comment;
	for (const struct draft *c = d->first; c != NULL && !pen->failed; c = c->next)
		draft_add(pen, copy, c->key, draft_copy(pen, c));
	return copy;
}

void draft_comment(struct pen *pen, struct draft *d, const char *fmt, ...)
{
	va_list args;
	char *text;
	size_t at = 0, step;
	uint32_t c;

	va_start(args, fmt);
	text = pen->failed ? NULL : arena_textv(pen->arena, fmt, args);
	va_end(args);
	if (text == NULL) {
		pen->failed = true;
		return;
	}
	for (char *p = text; *p != '\0'; p++)
		if ((unsigned char)*p < ' ')
			*p = ' ';
	utf8_plain(text);
	while (text[at] != '\0' && at < COMMENT_BYTES) {
		step = utf8_next(text + at, strlen(text + at), &c);
		at += step == 0 ? 1 : step;
	}
	text[at] = '\0';
	d->comment = text;
}

/* ---- on one line ---- */

static bool commented(const struct draft *d)
{
	for (const struct draft *c = d->first; c != NULL; c = c->next)
		if (c->comment != NULL || commented(c))
			return true;
	return false;
}

/* Columns of d on one line, or more than `room` when it is longer. */
static size_t width(const struct draft *d, size_t room)
{
	size_t n = d->kind == DRAFT_TEXT ? utf8_width(d->text) : 2;

	for (const struct draft *c = d->first; c != NULL && n <= room; c = c->next) {
		n += c->key == NULL ? 0 : utf8_width(c->key) + 2;
		n += width(c, room) + (c->next == NULL ? 0 : 2);
	}
	return n;
}

static void print_flow(const struct draft *d, struct text *out)
{
	if (d->kind == DRAFT_TEXT) {
		text_add(out, d->text);
		return;
	}
	text_addc(out, d->kind == DRAFT_MAP ? '{' : '[');
	for (const struct draft *c = d->first; c != NULL; c = c->next) {
		if (c->key != NULL)
			text_addf(out, "%s: ", c->key);
		print_flow(c, out);
		text_add(out, c->next == NULL ? "" : ", ");
	}
	text_addc(out, d->kind == DRAFT_MAP ? '}' : ']');
}

static bool fits(const struct draft *d, size_t column)
{
	return d->kind == DRAFT_TEXT || d->count == 0 ||
	       (!commented(d) && column + width(d, LINE) <= LINE);
}

/* ---- on several lines ---- */

static void new_line(struct text *out, size_t indent)
{
	text_addf(out, "\n%*s", (int)indent, "");
}

static bool only_texts(const struct draft *d)
{
	for (const struct draft *c = d->first; c != NULL; c = c->next)
		if (c->kind != DRAFT_TEXT || c->comment != NULL)
			return false;
	return true;
}

/* [a, b, ... with as many on each line as there is room for. */
static void print_filled(const struct draft *list, size_t column, size_t indent, struct text *out)
{
	text_addc(out, '[');
	column++;
	for (const struct draft *c = list->first; c != NULL; c = c->next) {
		size_t n = utf8_width(c->text) + 1;

		if (c != list->first && column + n + 1 > LINE) {
			new_line(out, indent + STEP);
			column = indent + STEP;
		} else if (c != list->first) {
			text_addc(out, ' ');
			column++;
		}
		text_add(out, c->text);
		text_add(out, c->next == NULL ? "]" : ",");
		column += n;
	}
}

static void print_block(const struct draft *d, size_t indent, struct text *out);

/* What stands behind "key:" or "-": on the same line where it fits, else below it. */
static void print_value(const struct draft *d, size_t column, size_t indent, struct text *out)
{
	if (fits(d, column)) {
		text_addc(out, ' ');
		print_flow(d, out);
	} else if (d->kind == DRAFT_LIST && only_texts(d)) {
		text_addc(out, ' ');
		print_filled(d, column, indent, out);
	} else {
		new_line(out, indent + STEP);
		print_block(d, indent + STEP, out);
	}
}

static void print_comment(const struct draft *d, size_t indent, struct text *out)
{
	if (d->comment == NULL)
		return;
	text_addf(out, "# %s", d->comment);
	new_line(out, indent);
}

static void print_member(const struct draft *c, size_t indent, struct text *out)
{
	size_t column;

	print_comment(c, indent, out);
	if (c->key != NULL) {
		text_addf(out, "%s:", c->key);
		column = indent + utf8_width(c->key) + 2;
		print_value(c, column, indent, out);
	} else if (c->kind == DRAFT_MAP && !fits(c, indent + STEP)) {
		text_add(out, "- ");
		print_block(c, indent + STEP, out);
	} else {
		text_addc(out, '-');
		print_value(c, indent + STEP, indent, out);
	}
}

static void print_block(const struct draft *d, size_t indent, struct text *out)
{
	for (const struct draft *c = d->first; c != NULL; c = c->next) {
		print_member(c, indent, out);
		if (c->next != NULL)
			new_line(out, indent);
	}
}

void draft_print(const struct draft *map, struct text *out)
{
	print_block(map, 0, out);
	text_addc(out, '\n');
}
