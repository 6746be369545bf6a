#include "convert/xml.h"

#include <expat.h>
#include <string.h>

#include "base/limits.h"
#include "base/text.h"

enum {
	MAX_XML_DEPTH = 64,
	MAX_XML_TEXT = 64 << 10 /* of one element */
};

struct reader {
	XML_Parser parser;
	struct arena *arena;
	struct diags *ds;
	const char *file;
	struct xml *root, *here;
	unsigned depth;
	struct text text; /* of `here`, since its start or its last child */
	bool failed;
};

static struct place place(const struct reader *r)
{
	return (struct place){ .file = r->file,
		.line = (unsigned)XML_GetCurrentLineNumber(r->parser),
		.column = (unsigned)XML_GetCurrentColumnNumber(r->parser) + 1 };
}

static void stop(struct reader *r)
{
	r->failed = true;
	(void)XML_StopParser(r->parser, XML_FALSE);
}

static void no_doctype(void *data, const XML_Char *name, const XML_Char *system,
	const XML_Char *public, int has_subset)
{
	struct reader *r = data;

	(void)name;
	(void)system;
	(void)public;
	(void)has_subset;
	diag_error(r->ds, "V170", place(r), "a DOCTYPE, which could name other files, is not read",
		"不读取 DOCTYPE，它可能引用其他文件");
	stop(r);
}

/* What was gathered becomes the element's text, unless that has some already. */
static void keep_text(struct reader *r)
{
	const char *s = text_str(&r->text);
	size_t len = r->text.len;

	while (len > 0 && strchr(" \t\r\n", *s) != NULL) {
		s++;
		len--;
	}
	while (len > 0 && strchr(" \t\r\n", s[len - 1]) != NULL)
		len--;
	if (len > 0 && r->here != NULL && r->here->text[0] != '\0') {
		diag_error(r->ds, "V172", place(r), "an element has text before and after another",
			"元素的文字被另一元素隔开");
		stop(r);
	} else if (len > 0 && r->here != NULL) {
		r->here->text = arena_textn(r->arena, s, len);
		if (r->here->text == NULL || text_failed(&r->text)) {
			r->here->text = "";
			stop(r);
		}
	}
	text_reset(&r->text);
}

static bool of_namespace(const char *name)
{
	return strncmp(name, "xmlns", 5) == 0 || strncmp(name, "xsi:", 4) == 0;
}

static bool keep_attributes(struct reader *r, struct xml *x, const XML_Char **attributes)
{
	const char **kept;
	size_t n = 0, at = 0;

	while (attributes[n] != NULL)
		n++;
	kept = arena_array(r->arena, n + 1, sizeof(*kept));
	for (size_t i = 0; kept != NULL && i < n; i += 2) {
		if (of_namespace(attributes[i]))
			continue;
		kept[at] = arena_text(r->arena, attributes[i]);
		kept[at + 1] = arena_text(r->arena, attributes[i + 1]);
		if (kept[at] == NULL || kept[at + 1] == NULL)
			return false;
		at += 2;
	}
	x->attributes = kept;
	return kept != NULL;
}

static void start(void *data, const XML_Char *name, const XML_Char **attributes)
{
	struct reader *r = data;
	const char *colon = strrchr(name, ':');
	struct xml *x = r->failed ? NULL : arena_alloc(r->arena, sizeof(*x));

	if (x == NULL || ++r->depth > MAX_XML_DEPTH) {
		stop(r);
		return;
	}
	keep_text(r);
	*x = (struct xml){ .text = "", .at = place(r), .up = r->here };
	x->name = arena_text(r->arena, colon == NULL ? name : colon + 1);
	if (x->name == NULL || !keep_attributes(r, x, attributes)) {
		stop(r);
		return;
	}
	if (r->here == NULL)
		r->root = x;
	else if (r->here->last == NULL)
		r->here->first = x;
	else
		r->here->last->next = x;
	if (r->here != NULL)
		r->here->last = x;
	r->here = x;
}

static void end(void *data, const XML_Char *name)
{
	struct reader *r = data;

	(void)name;
	if (r->failed || r->here == NULL)
		return;
	keep_text(r);
	r->here = r->here->up;
	r->depth--;
}

static void characters(void *data, const XML_Char *s, int len)
{
	struct reader *r = data;

	if (!r->failed && len > 0)
		text_addn(&r->text, s, (size_t)len);
}

static void report(struct reader *r, enum XML_Status status)
{
	if (r->ds->errors > 0)
		return;
	if (status == XML_STATUS_ERROR && !r->failed)
		diag_error(r->ds, "V100", place(r), "this is no XML: %s", "这不是有效的 XML：%s",
			XML_ErrorString(XML_GetErrorCode(r->parser)));
	else
		diag_error(r->ds, "V171", place(r),
			"the document is nested deeper than %d levels or longer than is read",
			"文档嵌套超过 %d 层，或超出可读取的长度", MAX_XML_DEPTH);
}

struct xml *xml_read(
	const char *file, const char *bytes, size_t len, struct arena *arena, struct diags *ds)
{
	struct reader r = {
		.arena = arena, .ds = ds, .file = file, .parser = XML_ParserCreate(NULL)
	};
	enum XML_Status status;

	if (r.parser == NULL || len > MAX_CONVERT_BYTES) {
		XML_ParserFree(r.parser);
		diag_error(ds, "V135", (struct place){ .file = file },
			"the definition needs more memory than is given to one",
			"此定义所需内存超过上限");
		return NULL;
	}
	text_init(&r.text, MAX_XML_TEXT);
	XML_SetUserData(r.parser, &r);
	XML_SetElementHandler(r.parser, start, end);
	XML_SetCharacterDataHandler(r.parser, characters);
	XML_SetStartDoctypeDeclHandler(r.parser, no_doctype);
	status = XML_Parse(r.parser, bytes, (int)len, XML_TRUE);
	if (status != XML_STATUS_OK || r.failed)
		report(&r, status);
	XML_ParserFree(r.parser);
	text_clear(&r.text);
	return ds->errors > 0 ? NULL : r.root;
}

struct xml *xml_get(const struct xml *x, const char *name)
{
	for (struct xml *c = x->first; c != NULL; c = c->next)
		if (strcmp(c->name, name) == 0)
			return c;
	return NULL;
}

struct xml *xml_find(struct xml *x, const char *name)
{
	struct xml *found = strcmp(x->name, name) == 0 ? x : NULL;

	for (struct xml *c = x->first; c != NULL && found == NULL; c = c->next)
		found = xml_find(c, name);
	return found;
}
