#include "convert/convert.h"

#include <string.h>

#include "convert/read.h"

/* Which format it is, the whole text around a cohort, and the check that the language reads it. */

static const char *const names[CONVERT_FORMATS] = {
	[CONVERT_CIRCE] = "circe",
	[CONVERT_I2B2] = "i2b2",
	[CONVERT_CCDL] = "ccdl",
};

const char *convert_name(enum convert_format format)
{
	return names[format];
}

bool convert_parse(const char *s, enum convert_format *out)
{
	for (int i = 0; i < CONVERT_FORMATS; i++)
		if (strcmp(names[i], s) == 0) {
			*out = (enum convert_format)i;
			return true;
		}
	return false;
}

static bool holds_word(const char *bytes, size_t len, const char *word)
{
	return memmem(bytes, len, word, strlen(word)) != NULL;
}

bool convert_detect(const void *bytes, size_t len, enum convert_format *out)
{
	const char *s = bytes;
	size_t at = 0;

	if (len >= 3 && memcmp(s, "\xef\xbb\xbf", 3) == 0)
		at = 3;
	while (at < len && strchr(" \t\r\n", s[at]) != NULL && s[at] != '\0')
		at++;
	if (at < len && s[at] == '<')
		*out = CONVERT_I2B2;
	else if (at >= len || s[at] != '{')
		return false;
	else if (holds_word(s, len, "PrimaryCriteria"))
		*out = CONVERT_CIRCE;
	else if (holds_word(s, len, "inclusionCriteria") || holds_word(s, len, "exclusionCriteria"))
		*out = CONVERT_CCDL;
	else
		return false;
	return true;
}

/* ---- JSON ---- */

static json_t *load(struct reading *r, const char *bytes, size_t len)
{
	json_error_t err;
	json_t *root = json_loadb(bytes, len, JSON_REJECT_DUPLICATES, &err);
	struct place at = { .file = r->file };

	if (root != NULL)
		return root;
	at.line = err.line > 0 ? (unsigned)err.line : 0;
	at.column = err.column > 0 ? (unsigned)err.column : 0;
	utf8_plain(err.text); /* it quotes the file, and cuts characters */
	diag_error(r->ds, "V100", at, "this is no JSON: %s", "这不是有效的 JSON：%s", err.text);
	return NULL;
}

/* ATLAS and its library keep the expression inside a description of it, sometimes as a text. */
static json_t *unwrap(struct reading *r, json_t *root, json_t **inner)
{
	json_t *expression = json_object_get(root, "expression");

	*inner = NULL;
	if (json_object_get(root, "PrimaryCriteria") != NULL || expression == NULL)
		return root;
	if (!json_is_string(expression))
		return expression;
	*inner = load(r, json_string_value(expression), json_string_length(expression));
	return *inner;
}

static struct draft *read_json(struct reading *r, enum convert_format format, const char *bytes,
	size_t len, struct draft **sets)
{
	json_t *root = load(r, bytes, len), *inner = NULL, *expression;
	struct draft *d = NULL;

	if (root == NULL)
		return NULL;
	expression = format == CONVERT_CIRCE ? unwrap(r, root, &inner) : root;
	if (expression != NULL)
		d = format == CONVERT_CIRCE ? circe_read(r, expression, sets)
					    : ccdl_read(r, expression);
	json_decref(inner);
	json_decref(root);
	return d;
}

/* ---- the text ---- */

static struct draft *question(struct reading *r, const char *study, const char *dataset,
	const char *on, struct draft *sets, struct draft *cohort)
{
	struct draft *map = draft_map(&r->pen);

	if (study != NULL) {
		draft_add(&r->pen, map, "study", draft_text(&r->pen, "%s", study));
		draft_add(&r->pen, map, "kind", draft_text(&r->pen, "count"));
		draft_add(&r->pen, map, "dataset", draft_text(&r->pen, "%s", dataset));
	}
	if (on != NULL)
		draft_add(&r->pen, map, "on", draft_text(&r->pen, "%s", on));
	if (sets != NULL)
		draft_add(&r->pen, map, "sets", sets);
	draft_add(&r->pen, map, "cohort", cohort);
	return map;
}

/* What was written must be read: an error there is the definition's, which asks for more than the language takes. */
static int check(struct reading *r, const struct text *text)
{
	struct arena arena;
	struct question *q;
	struct diags ds;
	int ret;

	arena_init(&arena, MAX_QUERY_ARENA);
	diags_init(&ds, &arena);
	ret = question_read(r->file, text_str(text), text->len, &arena, &ds, &q);
	for (size_t i = 0; ret != 0 && i < ds.count; i++)
		if (ds.list[i].level == DIAG_ERROR)
			diag_error(r->ds, ds.list[i].code, (struct place){ .file = r->file },
				"what it says is more than a question can hold: %s%.0s",
				"其内容超出问题所能表达：%.0s%s", ds.list[i].en, ds.list[i].zh);
	if (ret != 0 && ds.errors == 0)
		r->pen.failed = true;
	arena_clear(&arena);
	return ret;
}

static int print(struct reading *r, const struct convert_want *want, struct draft *sets,
	struct draft *cohort, struct text *out)
{
	const char *on = r->needs_day ? want->on : NULL;
	struct text whole;
	int ret;

	if (r->needs_day && on == NULL) {
		diag_error(r->ds, "V152", (struct place){ .file = r->file },
			"ages are today's there, and a question needs a day to take them on: give "
			"one with --on",
			"原定义按当天计算年龄，而问题须写明计算年龄的日期：请用 --on 给出");
		return -1;
	}
	text_init(&whole, MAX_QUESTION_BYTES);
	draft_print(question(r, want->study == NULL ? "convert" : want->study,
			    want->dataset == NULL ? "omop" : want->dataset, on, sets, cohort),
		&whole);
	if (text_failed(&whole)) {
		diag_error(r->ds, "V133", (struct place){ .file = r->file },
			"the question would be longer than %d bytes", "问题将超过 %d 字节",
			MAX_QUESTION_BYTES);
		text_clear(&whole);
		return -1;
	}
	ret = pen_failed(&r->pen) ? -1 : check(r, &whole);
	text_clear(&whole);
	if (ret == 0)
		draft_print(question(r, want->study, want->dataset, on, sets, cohort), out);
	return ret;
}

int convert_read(enum convert_format format, const void *bytes, size_t len,
	const struct convert_want *want, struct arena *arena, struct diags *ds, struct text *out)
{
	struct reading r = { .arena = arena, .ds = ds, .file = arena_text(arena, want->file) };
	struct draft *cohort, *sets = NULL;
	int ret = -1;

	pen_init(&r.pen, arena);
	if (r.file == NULL)
		r.file = "";
	if (len > MAX_CONVERT_BYTES) {
		diag_error(ds, "V134", (struct place){ .file = r.file },
			"a definition may have at most %d bytes", "定义文件最大 %d 字节",
			MAX_CONVERT_BYTES);
		return -1;
	}
	cohort = format == CONVERT_I2B2 ? i2b2_read(&r, bytes, len)
					: read_json(&r, format, bytes, len, &sets);
	if (cohort != NULL && ds->errors == 0 && !pen_failed(&r.pen))
		ret = print(&r, want, sets, cohort, out);
	if (ret != 0 && ds->errors == 0)
		diag_error(ds, "V135", (struct place){ .file = r.file },
			"the definition needs more memory than is given to one",
			"此定义所需内存超过上限");
	return ret;
}
