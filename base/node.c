/*
 * node.c - from libyaml's events to nodes. The document API of libyaml is not used: it recurses,
 * resolves tags and keeps no keys apart.
 *
 * The walk keeps its own stack, so depth costs no C stack; what lies too deep is skipped to its end
 * and the rest of the file is still read.
 */
#include "base/node.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#include "base/limits.h"
#include "base/raw.h"
#include "base/text.h"

/* libyaml looks at every open bracket for every word: what is nested without end would take it
 * hours. This much below the allowed depth, reading stops. */
enum {
	SKIP_MAX = 64
};

/* An open list or map. */
struct frame {
	struct node *node, *last;
	bool flow;    /* written in one-line form */
	bool has_key; /* of a map: the key is read, its value is not */
	bool bad_key; /* already reported; a missing value is no second error */
	const char *key;
	struct place key_at;
};

struct build {
	struct raw raw;
	struct arena *arena;
	struct diags *ds;
	struct frame *frames;
	size_t depth, max_depth;
	size_t skip; /* lists and maps open below one that is not read */
	struct node *root;
	unsigned documents;
	bool full; /* the arena is; said once */
};

/* Stands for a key that could not be read and was reported; recognised by its address. */
static const char no_key[] = "?";

/* Where an event stands. */

static struct place event_place(const struct build *b, const yaml_event_t *e)
{
	struct place p = { .file = b->raw.name,
		.line = (unsigned)e->start_mark.line + 1,
		.column = (unsigned)e->start_mark.column + 1 };

	if (e->end_mark.line == e->start_mark.line && e->end_mark.column > e->start_mark.column)
		p.width = (unsigned)(e->end_mark.column - e->start_mark.column);
	return p;
}

static void too_large(struct build *b, struct place at)
{
	if (!b->full)
		diag_error(b->ds, "P109", at, "this text is too large to be read",
			"内容过大，无法读取");
	b->full = true;
}

static void refuse_feature(struct build *b, struct place at)
{
	diag_error(b->ds, "P104", at,
		"anchors, aliases, tags and '<<' are not allowed; write the value out",
		"不允许使用锚点、别名、标签和“<<”，请直接写出内容");
}

static void check_features(struct build *b, const yaml_event_t *e, struct place at)
{
	const void *anchor = NULL, *tag = NULL;

	if (e->type == YAML_SCALAR_EVENT) {
		anchor = e->data.scalar.anchor;
		tag = e->data.scalar.tag;
	} else if (e->type == YAML_SEQUENCE_START_EVENT) {
		anchor = e->data.sequence_start.anchor;
		tag = e->data.sequence_start.tag;
	} else if (e->type == YAML_MAPPING_START_EVENT) {
		anchor = e->data.mapping_start.anchor;
		tag = e->data.mapping_start.tag;
	}
	if (anchor != NULL || tag != NULL || e->type == YAML_ALIAS_EVENT)
		refuse_feature(b, at);
}

/* Scalars. */

struct scalar {
	const char *at;
	size_t len;
	yaml_scalar_style_t style;
	bool plain;
};

static struct scalar scalar_of(const yaml_event_t *e)
{
	if (e->type != YAML_SCALAR_EVENT)
		return (struct scalar){ .at = "?", .len = 1 };
	return (struct scalar){ .at = (const char *)e->data.scalar.value,
		.len = e->data.scalar.length,
		.style = e->data.scalar.style,
		.plain = e->data.scalar.style == YAML_PLAIN_SCALAR_STYLE };
}

static void check_scalar(struct build *b, const struct scalar *s, struct place at)
{
	if (s->style == YAML_LITERAL_SCALAR_STYLE || s->style == YAML_FOLDED_SCALAR_STYLE)
		diag_error(b->ds, "P119", at, "text after '|' or '>' is not allowed; use quotes",
			"不允许用“|”或“>”书写多行文字，请改用引号");
	/* Only escapes in double quotes can bring in what raw_check() has not seen. */
	if (s->style == YAML_DOUBLE_QUOTED_SCALAR_STYLE)
		raw_hidden(s->at, s->len, at, b->ds);
}

static bool ascii_word(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '_' || c == '-' || c == '.';
}

/* "use：forbidden" where a key could begin, that is, not behind a key on the same line. */
static bool looks_like_key(const struct scalar *s, const struct wide *w, size_t before)
{
	size_t i = 0;

	while (i < s->len && ascii_word(s->at[i]))
		i++;
	return i > 0 && i == before && wide_is(w, ":");
}

/* "0，18，45" in a list: words of ASCII on both sides of the comma. */
static bool looks_like_items(const struct scalar *s, const struct wide *w, size_t before)
{
	size_t wide_bytes = strlen("，");

	/* characters before are bytes only if all are ASCII, which the loop asks for */
	for (size_t i = 0; i < before; i++)
		if (!ascii_word(s->at[i]) && s->at[i] != '/')
			return false;
	return wide_is(w, ",") && before > 0 && before + wide_bytes < s->len &&
	       ascii_word(s->at[before + wide_bytes]);
}

static bool ends_with(const struct scalar *s, const char *end)
{
	size_t n = strlen(end);

	return s->len > n && memcmp(s->at + s->len - n, end, n) == 0;
}

/* "［0, 18］" or "［0, 18]" as a value. */
static bool looks_bracketed(const struct scalar *s, const struct wide *w, size_t before)
{
	if (before != 0)
		return false;
	if (wide_is(w, "["))
		return ends_with(s, "］") || ends_with(s, "]");
	return wide_is(w, "{") && (ends_with(s, "｝") || ends_with(s, "}"));
}

/* Text may contain full-width punctuation; here only where it must have been meant as a sign. True when
 * it was told. */
static bool check_wide_value(
	struct build *b, const struct frame *f, const struct scalar *s, struct place at)
{
	bool beside_key = f != NULL && f->node->kind == NODE_MAP && f->key_at.line == at.line;
	bool in_flow_list = f != NULL && f->node->kind == NODE_LIST && f->flow;
	const struct wide *w;
	size_t before = 0;

	if (!s->plain)
		return false;
	w = wide_find(s->at, s->len, &before);
	if (w == NULL)
		return false;
	if ((!beside_key && !in_flow_list && looks_like_key(s, w, before)) ||
		(in_flow_list && looks_like_items(s, w, before)) || looks_bracketed(s, w, before)) {
		at.column += (unsigned)before;
		wide_report(w, at, b->ds);
		return true;
	}
	return false;
}

static void report_empty(struct build *b, const struct frame *f, struct place at)
{
	if (f == NULL) {
		diag_error(b->ds, "P107", at, "this text is empty", "内容为空");
	} else if (f->node->kind == NODE_LIST) {
		diag_error(b->ds, "P107", at, "this list item has no value", "此列表项没有值");
	} else if (!f->bad_key && f->flow && strchr(f->key, ':') != NULL) {
		diag_error(b->ds, "P107", f->key_at,
			"key '%s' has no value; a space is missing after ':'",
			"键“%s”没有值，“:”后缺少空格", f->key);
	} else if (!f->bad_key) {
		diag_error(
			b->ds, "P107", f->key_at, "key '%s' has no value", "键“%s”没有值", f->key);
	}
}

/* Nodes and keys. */

static struct frame *top(struct build *b)
{
	return b->depth == 0 ? NULL : &b->frames[b->depth - 1];
}

static bool awaits_key(const struct frame *f)
{
	return f != NULL && f->node->kind == NODE_MAP && !f->has_key;
}

static void read_key(struct build *b, struct frame *f, const yaml_event_t *e)
{
	struct scalar s = scalar_of(e);
	const struct wide *w;
	size_t before = 0;

	f->has_key = true;
	f->key_at = event_place(b, e);
	f->bad_key = e->type != YAML_SCALAR_EVENT;
	f->key = arena_textn(b->arena, s.at, s.len);
	if (f->key == NULL) {
		too_large(b, f->key_at);
		f->key = no_key;
		f->bad_key = true;
		return;
	}
	check_features(b, e, f->key_at);
	check_scalar(b, &s, f->key_at);
	w = s.plain ? wide_find(s.at, s.len, &before) : NULL;
	if (w != NULL) {
		struct place at = f->key_at;

		at.column += (unsigned)before;
		wide_report(w, at, b->ds);
		f->bad_key = true;
	} else if (s.plain && s.len == 0) {
		diag_error(
			b->ds, "P107", f->key_at, "a key is missing before ':'", "“:”之前缺少键");
		f->bad_key = true;
	} else if (strcmp(f->key, "<<") == 0) {
		refuse_feature(b, f->key_at);
		f->bad_key = true;
	}
}

/* Puts a new node under the open list or map; NULL when the arena is full. */
static struct node *add_node(struct build *b, enum node_kind kind, struct place at)
{
	struct frame *f = top(b);
	struct node *n = arena_alloc(b->arena, sizeof(*n));

	if (n == NULL) {
		too_large(b, at);
		return NULL;
	}
	n->kind = kind;
	n->at = at;
	if (f == NULL) {
		b->root = n;
		return n;
	}
	if (f->node->kind == NODE_MAP) {
		n->key = f->key;
		n->key_at = f->key_at;
		n->bad_key = f->bad_key;
	}
	if (f->last == NULL)
		f->node->first = n;
	else
		f->last->next = n;
	f->last = n;
	f->node->count++;
	f->has_key = false;
	return n;
}

static void read_value(struct build *b, const yaml_event_t *e)
{
	struct frame *f = top(b);
	struct place at = event_place(b, e);
	struct scalar s = scalar_of(e);
	bool told = e->type != YAML_SCALAR_EVENT || s.style == YAML_LITERAL_SCALAR_STYLE ||
		    s.style == YAML_FOLDED_SCALAR_STYLE;
	struct node *n;

	check_features(b, e, at);
	check_scalar(b, &s, at);
	told = check_wide_value(b, f, &s, at) || told;
	if (s.plain && s.len == 0)
		report_empty(b, f, at);
	n = add_node(b, NODE_TEXT, at);
	if (n == NULL)
		return;
	n->text = arena_textn(b->arena, s.at, s.len);
	if (n->text == NULL) {
		too_large(b, at);
		n->text = "";
	}
	/* An escaped zero byte was reported; the length keeps its promise all the same. */
	n->len = strlen(n->text);
	n->quoted = s.style == YAML_SINGLE_QUOTED_SCALAR_STYLE ||
		    s.style == YAML_DOUBLE_QUOTED_SCALAR_STYLE;
	n->empty = told || (s.plain && s.len == 0);
}

static void read_start(struct build *b, const yaml_event_t *e)
{
	bool list = e->type == YAML_SEQUENCE_START_EVENT;
	struct place at = event_place(b, e);
	struct frame *f = top(b);
	struct node *n;

	if (awaits_key(f)) {
		diag_error(b->ds, "P119", at, "a key must be a word, not a list or a map",
			"键必须是文字，不能是列表或映射");
		*f = (struct frame){ .node = f->node,
			.last = f->last,
			.flow = f->flow,
			.has_key = true,
			.bad_key = true,
			.key = no_key,
			.key_at = at };
		b->skip = 1;
		return;
	}
	check_features(b, e, at);
	n = add_node(b, list ? NODE_LIST : NODE_MAP, at);
	if (b->depth == b->max_depth)
		diag_error(b->ds, "P108", at, "nested deeper than %zu levels", "嵌套超过 %zu 层",
			b->max_depth);
	if (n == NULL || b->depth == b->max_depth) {
		b->skip = 1;
		return;
	}
	b->frames[b->depth++] = (struct frame){ .node = n,
		.flow = list ? e->data.sequence_start.style == YAML_FLOW_SEQUENCE_STYLE
			     : e->data.mapping_start.style == YAML_FLOW_MAPPING_STYLE };
}

/* Equal keys. Sorting, because a hostile file can hold 100000 keys in one map. */

static int by_key(const void *a, const void *b)
{
	const struct node *x = *(const struct node *const *)a;
	const struct node *y = *(const struct node *const *)b;
	int order = strcmp(x->key, y->key);

	if (order != 0)
		return order;
	if (x->key_at.line != y->key_at.line)
		return x->key_at.line < y->key_at.line ? -1 : 1;
	return x->key_at.column < y->key_at.column ? -1 : x->key_at.column > y->key_at.column;
}

static void check_keys(struct build *b, const struct node *map)
{
	const struct node **sorted, *first = NULL;
	size_t n = 0;

	if (map->count < 2)
		return;
	sorted = calloc(map->count, sizeof(*sorted));
	if (sorted == NULL) {
		too_large(b, map->at);
		return;
	}
	NODE_EACH(child, map)
		sorted[n++] = child;
	qsort(sorted, n, sizeof(*sorted), by_key);
	for (size_t i = 0; i < n; i++) {
		if (first == NULL || strcmp(first->key, sorted[i]->key) != 0)
			first = sorted[i];
		else if (first->key != no_key && sorted[i]->key != no_key)
			diag_error(b->ds, "P103", sorted[i]->key_at,
				"key '%s' appears twice (first at line %u)",
				"键“%s”重复（首次出现在第 %u 行）", first->key, first->key_at.line);
	}
	free(sorted);
}

static void read_end(struct build *b)
{
	const struct frame *f = top(b);

	if (f == NULL)
		return;
	if (f->node->kind == NODE_MAP)
		check_keys(b, f->node);
	b->depth--;
}

static void read_document(struct build *b, const yaml_event_t *e)
{
	struct place at = event_place(b, e);

	if (e->data.document_start.version_directive != NULL ||
		e->data.document_start.tag_directives.start !=
			e->data.document_start.tag_directives.end)
		diag_error(b->ds, "P104", at,
			"lines that begin with '%%' are not allowed; remove it",
			"不允许以“%%”开头的指令行，请删除");
	if (++b->documents > 1)
		diag_error(b->ds, "P118", at,
			"several documents in one file; remove '---' and what follows",
			"一个文件中只能有一个文档，请删除“---”及其后的内容");
}

/* One event; false when reading is over. */
static bool read_event(struct build *b, const yaml_event_t *e)
{
	switch (e->type) {
	case YAML_STREAM_END_EVENT:
		return false;
	case YAML_DOCUMENT_START_EVENT:
		read_document(b, e);
		return b->documents == 1;
	case YAML_SEQUENCE_START_EVENT:
	case YAML_MAPPING_START_EVENT:
		if (b->skip > 0)
			b->skip++;
		else
			read_start(b, e);
		return !b->full && b->skip < SKIP_MAX;
	case YAML_SEQUENCE_END_EVENT:
	case YAML_MAPPING_END_EVENT:
		if (b->skip > 0)
			b->skip--;
		else
			read_end(b);
		return true;
	case YAML_SCALAR_EVENT:
	case YAML_ALIAS_EVENT:
		if (b->skip > 0)
			return true;
		if (awaits_key(top(b)))
			read_key(b, top(b), e);
		else
			read_value(b, e);
		return !b->full;
	default:
		return true;
	}
}

static void read_events(struct build *b)
{
	struct place start = { .file = b->raw.name, .line = 1, .column = 1 };
	yaml_parser_t parser;
	yaml_event_t event;
	bool more = true;

	if (!yaml_parser_initialize(&parser)) {
		too_large(b, start);
		return;
	}
	yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&parser, (const unsigned char *)b->raw.at, b->raw.len);
	while (more) {
		if (!yaml_parser_parse(&parser, &event)) {
			if (parser.error == YAML_MEMORY_ERROR)
				too_large(b, start);
			else
				raw_explain(&b->raw, &parser, b->ds);
			b->root = NULL; /* cut short: what seems to be missing may stand further on */
			break;
		}
		more = read_event(b, &event);
		yaml_event_delete(&event);
	}
	if (!more && b->documents == 0)
		report_empty(b, NULL, start);
	yaml_parser_delete(&parser);
}

/* JSON writers spell characters beyond U+FFFF as two escapes, which YAML does not know: they become
 * \UXXXXXXXX. Columns behind one on the same line are then two less than in the file; such lines
 * are written by programs. */

static unsigned hex4(const char *s)
{
	unsigned v = 0;

	for (size_t i = 0; i < 4; i++) {
		char c = s[i];

		if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F')))
			return 0;
		v = v << 4 | (unsigned)(c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
	}
	return v;
}

static bool is_pair(const char *s, size_t len)
{
	return len >= 12 && memcmp(s, "\\u", 2) == 0 && memcmp(s + 6, "\\u", 2) == 0 &&
	       hex4(s + 2) >> 10 == 0xD800 >> 10 && hex4(s + 8) >> 10 == 0xDC00 >> 10;
}

static bool is_json(const struct raw *raw)
{
	size_t i = 0;

	while (i < raw->len && strchr(" \t\r\n", raw->at[i]) != NULL && raw->at[i] != 0)
		i++;
	return i < raw->len && (raw->at[i] == '{' || raw->at[i] == '[');
}

static void join_pairs(struct build *b)
{
	const char *s = b->raw.at;
	size_t len = b->raw.len, used = 0;
	bool in_string = false;
	char *out;

	if (!is_json(&b->raw) || memmem(s, len, "\\u", 2) == NULL)
		return;
	out = arena_alloc(b->arena, len + 1);
	if (out == NULL) {
		too_large(b, (struct place){ .file = b->raw.name });
		return;
	}
	for (size_t i = 0; i < len;) {
		char joined[16];

		if (in_string && is_pair(s + i, len - i)) {
			unsigned cp = 0x10000 + ((hex4(s + i + 2) & 0x3FF) << 10) +
				      (hex4(s + i + 8) & 0x3FF);

			(void)snprintf(joined, sizeof(joined), "\\U%08X", cp);
			memcpy(out + used, joined, 10);
			used += 10;
			i += 12;
			continue;
		}
		if (s[i] == '"')
			in_string = !in_string;
		if (in_string && s[i] == '\\' && i + 1 < len)
			out[used++] = s[i++];
		out[used++] = s[i++];
	}
	b->raw.at = out;
	b->raw.len = used;
}

int node_read(const char *name, const void *bytes, size_t len, size_t max_depth,
	struct arena *arena, struct diags *ds, struct node **out)
{
	struct build b = { .arena = arena, .ds = ds, .max_depth = max_depth };
	struct place start = { .line = 1, .column = 1 };
	size_t errors = ds->errors;

	*out = NULL;
	b.raw.name = start.file = arena_text(arena, name);
	b.frames = arena_array(arena, max_depth, sizeof(*b.frames));
	if (b.raw.name == NULL || b.frames == NULL) {
		too_large(&b, start);
		return -1;
	}
	if (len > MAX_FILE_BYTES) {
		diag_error(ds, "P109", start, "file is larger than %d bytes", "文件超过 %d 字节",
			MAX_FILE_BYTES);
		return -1;
	}
	b.raw.at = len == 0 ? "" : bytes;
	b.raw.len = len;
	if (len >= 3 && memcmp(bytes, "\xEF\xBB\xBF", 3) == 0) {
		b.raw.at += 3;
		b.raw.len -= 3;
	}
	if (!raw_check(&b.raw, ds))
		return -1;
	join_pairs(&b);
	if (!b.full)
		read_events(&b);
	*out = b.root;
	return ds->errors == errors ? 0 : -1;
}

struct node *node_get(const struct node *n, const char *key)
{
	if (n == NULL || n->kind != NODE_MAP)
		return NULL;
	for (struct node *child = n->first; child != NULL; child = child->next)
		if (strcmp(child->key, key) == 0)
			return child;
	return NULL;
}

const char *node_text(const struct node *n)
{
	return n == NULL || n->kind != NODE_TEXT ? NULL : n->text;
}
