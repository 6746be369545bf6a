#include "policies/schema.h"

#include <stddef.h>
#include <string.h>

#include "base/limits.h"
#include "policies/approval/approval.h"
#include "policies/shapes.h"

const struct schema_file schema_files[] = {
	{ "policy.yaml", "policy", &shape_policy,
		{ "who, which version, until when, under which presets",
			"机构、版本、有效期和引用的预设" } },
	{ "red-list.yaml", "red-list", &shape_red_list,
		{ "the red list: what is not listed is refused", "红线清单：未列出的一律拒绝" } },
	{ "queries.yaml", "queries", &shape_queries,
		{ "kinds of question with their limits", "查询类型及其限度" } },
	{ "release.yaml", "release", &shape_release,
		{ "how answers are released, and budgets", "公布规则与预算" } },
	{ "studies.yaml", "studies", &shape_studies,
		{ "who, for what, until when, with which columns",
			"课题：谁、为什么、到何时、可用哪些字段" } },
	{ "tests.yaml", "tests", &shape_tests,
		{ "example questions and the answers they must meet", "示例查询及其应得的答复" } },
	{ "approval.yaml", "approval", &shape_approval,
		{ "hashes and signatures, written by cordon policy sign",
			"哈希与签名，由 cordon policy sign 写入" } },
	{ "approvers.yaml", "approvers", &shape_approvers,
		{ "who may sign; lies beside the agent, outside the folder",
			"谁可以签名；放在代理一侧，不在策略目录内" } },
	{ "models/NAME.yaml", "model", &shape_model,
		{ "a data model of your own: which tables and columns mean what",
			"自有数据模型：各表各字段的含义" } },
	{ NULL, NULL, NULL, { NULL, NULL } },
};

/* A file of a folder models/ is a model, whatever its name is. */
static bool is_model(const char *file, const char *slash)
{
	size_t n = strlen("models"), len;

	if (slash == NULL || (size_t)(slash - file) < n || memcmp(slash - n, "models", n) != 0 ||
		(slash - n != file && slash[-(ptrdiff_t)n - 1] != '/'))
		return false;
	len = strlen(slash);
	return len > strlen("/.yaml") && strcmp(slash + len - strlen(".yaml"), ".yaml") == 0;
}

/* Where no file of the folder has the name, the one whose schema has it. */
const struct schema_file *schema_find(const char *file)
{
	const char *slash = strrchr(file, '/');
	const char *name = slash == NULL ? file : slash + 1;

	for (const struct schema_file *f = schema_files; f->file != NULL; f++)
		if (is_model(file, slash)
				? f->shape == &shape_model
				: strcmp(f->file, name) == 0 || strcmp(f->name, name) == 0)
			return f;
	return NULL;
}

/* ---- JSON, a member a line ---- */

struct writer {
	struct text *t;
	bool zh;
	bool begun; /* the innermost object or list has a member */
	unsigned depth;
};

static void line(struct writer *w)
{
	if (w->begun)
		text_addc(w->t, ',');
	w->begun = true;
	text_addc(w->t, '\n');
	for (unsigned i = 0; i < w->depth; i++)
		text_addc(w->t, '\t');
}

static void key(struct writer *w, const char *name)
{
	line(w);
	text_add_json(w->t, name);
	text_add(w->t, ": ");
}

static void open(struct writer *w, char sign)
{
	text_addc(w->t, sign);
	w->depth++;
	w->begun = false;
}

static void shut(struct writer *w, char sign)
{
	w->depth--;
	text_addc(w->t, '\n');
	for (unsigned i = 0; i < w->depth; i++)
		text_addc(w->t, '\t');
	text_addc(w->t, sign);
	w->begun = true;
}

static void member(struct writer *w, const char *name, const char *value)
{
	key(w, name);
	text_add_json(w->t, value);
}

/* A member that is JSON already. */
static void raw(struct writer *w, const char *name, const char *json)
{
	key(w, name);
	text_add(w->t, json);
}

static void list(struct writer *w, const char *name, const char *const *texts)
{
	key(w, name);
	text_addc(w->t, '[');
	for (size_t i = 0; texts[i] != NULL; i++) {
		text_add(w->t, i == 0 ? "" : ", ");
		text_add_json(w->t, texts[i]);
	}
	text_addc(w->t, ']');
}

/* ---- explanations ---- */

static void both(struct writer *w, const char *name, struct say say)
{
	struct text t;

	text_init(&t, 4 * MAX_SAY);
	text_addf(&t, "%s\n\n%s", w->zh ? say.zh : say.en, w->zh ? say.en : say.zh);
	member(w, name, text_failed(&t) ? say.en : text_str(&t));
	text_clear(&t);
}

static void meanings(struct writer *w, const struct shape *shape)
{
	if (shape->meanings == NULL)
		return;
	key(w, "markdownEnumDescriptions");
	text_addc(w->t, '[');
	for (size_t i = 0; shape->words[i] != NULL; i++) {
		struct say say = shape->meanings[i];
		struct text t;

		text_init(&t, 4 * MAX_SAY);
		text_addf(&t, "%s / %s", w->zh ? say.zh : say.en, w->zh ? say.en : say.zh);
		text_add(w->t, i == 0 ? "" : ", ");
		text_add_json(w->t, text_failed(&t) ? say.en : text_str(&t));
		text_clear(&t);
	}
	text_addc(w->t, ']');
}

/* ---- shapes ---- */

/* What YAML may make of a scalar that the reader takes as text. */
#define SCALAR "[\"string\", \"number\", \"boolean\"]"
#define DAY    "[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])"

static void body(struct writer *w, const struct shape *shape);

static void object(struct writer *w, const struct shape *shape)
{
	body(w, shape);
	shut(w, '}');
}

static void fields(struct writer *w, const struct field *fields)
{
	bool any = false;

	key(w, "properties");
	open(w, '{');
	for (const struct field *f = fields; f->key != NULL; f++) {
		key(w, f->key);
		open(w, '{');
		both(w, "description", f->help);
		object(w, f->shape);
		any = any || f->required;
	}
	shut(w, '}');
	raw(w, "additionalProperties", "false");
	if (!any)
		return;
	key(w, "required");
	text_addc(w->t, '[');
	any = false;
	for (const struct field *f = fields; f->key != NULL; f++) {
		if (!f->required)
			continue;
		text_add(w->t, any ? ", " : "");
		text_add_json(w->t, f->key);
		any = true;
	}
	text_addc(w->t, ']');
}

static void integer(struct writer *w, const struct shape *shape)
{
	char number[32];
	struct text t;

	member(w, "type", "integer");
	if (shape->low == 0 && shape->high == 0)
		return;
	text_init(&t, sizeof(number));
	text_addf(&t, "%lld", (long long)shape->low);
	raw(w, "minimum", text_str(&t));
	text_reset(&t);
	text_addf(&t, "%lld", (long long)shape->high);
	raw(w, "maximum", text_str(&t));
	text_clear(&t);
}

/* The bounds are those of 1e-9 units in 64 bits. */
static void decimal(struct writer *w)
{
	member(w, "type", "number");
	raw(w, "minimum", "-9223372036.854775");
	raw(w, "maximum", "9223372036.854775");
}

static void words(struct writer *w, const struct shape *shape)
{
	list(w, "enum", shape->words);
	meanings(w, shape);
}

static void word_or_words(struct writer *w, const struct shape *shape)
{
	key(w, "anyOf");
	open(w, '[');
	line(w);
	open(w, '{');
	words(w, shape);
	shut(w, '}');
	line(w);
	open(w, '{');
	member(w, "type", "array");
	raw(w, "minItems", "1");
	key(w, "items");
	open(w, '{');
	words(w, shape);
	shut(w, '}');
	shut(w, '}');
	shut(w, ']');
}

static void title(struct writer *w)
{
	key(w, "anyOf");
	open(w, '[');
	line(w);
	open(w, '{');
	raw(w, "type", SCALAR);
	shut(w, '}');
	line(w);
	open(w, '{');
	member(w, "type", "object");
	raw(w, "minProperties", "1");
	fields(w, shape_title_fields);
	shut(w, '}');
	shut(w, ']');
}

/* Names: what base/shape.c takes for one, as a pattern. */
static void name(struct writer *w)
{
	raw(w, "type", SCALAR);
	member(w, "pattern",
		"^(?:[A-Za-z0-9._-]|[^\\u0000-\\u00BF\\u061C\\u2000-\\u206F\\u3000-\\u3004\\u3008-"
		"\\u3020"
		"\\uFEFF\\uFF00-\\uFF20\\uFFFE\\uFFFF])+$");
	raw(w, "maxLength", "255");
}

static void scalar(struct writer *w, const struct shape *shape)
{
	switch (shape->kind) {
	case SHAPE_ID:
		raw(w, "type", SCALAR);
		member(w, "pattern", "^[A-Za-z0-9._-]{1,63}$");
		break;
	case SHAPE_NAME:
		name(w);
		break;
	case SHAPE_INT:
		integer(w, shape);
		break;
	case SHAPE_DECIMAL:
		decimal(w);
		break;
	case SHAPE_DAY:
		member(w, "type", "string");
		member(w, "pattern", "^" DAY "$");
		break;
	case SHAPE_SPAN:
		member(w, "type", "string");
		member(w, "pattern", "^" DAY "\\.\\." DAY "$");
		break;
	default:
		raw(w, "type", SCALAR);
	}
}

/* The members of a schema, without its braces. */
static void body(struct writer *w, const struct shape *shape)
{
	switch (shape->kind) {
	case SHAPE_ANY:
		if (shape->never)
			raw(w, "doNotSuggest", "true");
		break;
	case SHAPE_MAP:
		member(w, "type", "object");
		fields(w, shape->fields);
		break;
	case SHAPE_MAP_OF:
		member(w, "type", "object");
		key(w, "additionalProperties");
		open(w, '{');
		object(w, shape->of);
		break;
	case SHAPE_LIST:
		member(w, "type", "array");
		key(w, "items");
		open(w, '{');
		object(w, shape->of);
		break;
	case SHAPE_TITLE:
		title(w);
		break;
	case SHAPE_WORD:
		words(w, shape);
		break;
	case SHAPE_WORDS:
		word_or_words(w, shape);
		break;
	default:
		scalar(w, shape);
	}
}

void schema_write(const struct schema_file *f, bool zh, struct text *out)
{
	struct writer w = { .t = out, .zh = zh };

	open(&w, '{');
	member(&w, "$schema", "http://json-schema.org/draft-07/schema#");
	member(&w, "title", f->file);
	both(&w, "description", f->help);
	member(&w, "$comment",
		"written by 'cordon policy schema', from the tables that 'cordon policy check' "
		"reads with");
	object(&w, f->shape);
	text_addc(out, '\n');
}
