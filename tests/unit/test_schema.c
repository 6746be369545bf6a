/*
 * test_schema.c - the JSON Schemas say what the reader's tables say. Whether a validator and the reader agree on
 * documents is tests/scenario/schema.sh, which has this program decide them: CORDON_SCHEMA_CASES.
 */
#include "policies/schema.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "base/limits.h"
#include "tests/unit/unit.h"

static struct arena arena;

static void setup(void)
{
	arena_init(&arena, 64 << 20);
}

static json_t *schema_of(const struct schema_file *f, bool zh)
{
	struct text t;
	json_error_t at;
	json_t *root;

	text_init(&t, MAX_FILE_BYTES);
	schema_write(f, zh, &t);
	ck_assert(!text_failed(&t));
	root = json_loads(text_str(&t), JSON_REJECT_DUPLICATES, &at);
	ck_assert_msg(root != NULL, "%s line %d: %s", f->file, at.line, at.text);
	text_clear(&t);
	return root;
}

static bool has_chinese(const char *s)
{
	for (; *s != '\0'; s++)
		if ((unsigned char)*s >= 0xE3)
			return true;
	return false;
}

/* Some words are the same in every language. */
static bool is_term(const char *s)
{
	return strncmp(s, "gb2260", 6) == 0;
}

static void explained(const char *where, struct say help)
{
	ck_assert_msg(help.en != NULL && strlen(help.en) > 3, "%s has no help", where);
	ck_assert_msg(!has_chinese(help.en) || strchr(help.en, '{') != NULL ||
			      strstr(help.en, "as ") != NULL,
		"%s: English help is not English", where);
	ck_assert_msg(help.zh != NULL && (has_chinese(help.zh) || is_term(help.zh)),
		"%s: Chinese help is not Chinese", where);
	ck_assert_msg(strlen(help.en) + strlen(help.zh) < MAX_SAY, "%s: help is too long", where);
}

static void same_words(const char *where, json_t *list, const char *const *words)
{
	size_t n = 0;

	for (; words[n] != NULL; n++)
		ck_assert_msg(
			n < json_array_size(list) &&
				strcmp(json_string_value(json_array_get(list, n)), words[n]) == 0,
			"%s lacks the word %s", where, words[n]);
	ck_assert_msg(json_array_size(list) == n, "%s has other words", where);
}

static bool lists(json_t *list, const char *key)
{
	size_t i;
	json_t *one;

	json_array_foreach(list, i, one) {
		if (strcmp(json_string_value(one), key) == 0)
			return true;
	}
	return false;
}

static void same(const char *where, json_t *schema, const struct shape *shape);

static void same_fields(const char *where, json_t *schema, const struct field *fields)
{
	json_t *properties = json_object_get(schema, "properties");
	size_t n = 0;

	ck_assert(json_is_false(json_object_get(schema, "additionalProperties")));
	for (; fields[n].key != NULL; n++) {
		const struct field *f = &fields[n];
		json_t *one = json_object_get(properties, f->key);
		const char *name = arena_textf(&arena, "%s.%s", where, f->key), *text;

		ck_assert_msg(one != NULL, "%s is missing", name);
		explained(name, f->help);
		text = json_string_value(json_object_get(one, "description"));
		ck_assert_msg(text != NULL && strstr(text, f->help.en) != NULL &&
				      strstr(text, f->help.zh) != NULL,
			"%s is not explained in both languages", name);
		ck_assert_msg(lists(json_object_get(schema, "required"), f->key) == f->required,
			"%s is required in one only", name);
		same(name, one, f->shape);
	}
	ck_assert_uint_eq(json_object_size(properties), n);
}

static void same_number(const char *where, json_t *schema, const struct shape *shape)
{
	ck_assert_str_eq(json_string_value(json_object_get(schema, "type")), "integer");
	if (shape->low == 0 && shape->high == 0)
		return;
	ck_assert_msg(json_integer_value(json_object_get(schema, "minimum")) == shape->low &&
			      json_integer_value(json_object_get(schema, "maximum")) == shape->high,
		"%s has other bounds", where);
}

static void same_meanings(const char *where, const struct shape *shape)
{
	for (size_t i = 0; shape->meanings != NULL && shape->words[i] != NULL; i++) {
		const char *name = arena_textf(&arena, "%s=%s", where, shape->words[i]);

		ck_assert_msg(shape->meanings[i].en != NULL && strlen(shape->meanings[i].en) > 4 &&
				      shape->meanings[i].zh != NULL,
			"%s has no meaning", name);
	}
}

static void same(const char *where, json_t *schema, const struct shape *shape)
{
	ck_assert_msg(json_is_object(schema), "%s has no schema", where);
	switch (shape->kind) {
	case SHAPE_MAP:
		same_fields(where, schema, shape->fields);
		break;
	case SHAPE_MAP_OF:
		same(where, json_object_get(schema, "additionalProperties"), shape->of);
		break;
	case SHAPE_LIST:
		ck_assert_str_eq(json_string_value(json_object_get(schema, "type")), "array");
		same(where, json_object_get(schema, "items"), shape->of);
		break;
	case SHAPE_WORD:
		same_words(where, json_object_get(schema, "enum"), shape->words);
		same_meanings(where, shape);
		break;
	case SHAPE_WORDS:
		schema = json_object_get(schema, "anyOf");
		same_words(where, json_object_get(json_array_get(schema, 0), "enum"), shape->words);
		schema = json_object_get(json_array_get(schema, 1), "items");
		same_words(where, json_object_get(schema, "enum"), shape->words);
		same_meanings(where, shape);
		break;
	case SHAPE_INT:
		same_number(where, schema, shape);
		break;
	case SHAPE_TITLE:
		same_fields(where, json_array_get(json_object_get(schema, "anyOf"), 1),
			shape_title_fields);
		break;
	default:
		break;
	}
}

START_TEST(every_schema_says_what_the_readers_table_says)
{
	for (const struct schema_file *f = schema_files; f->file != NULL; f++)
		for (int zh = 0; zh < 2; zh++) {
			json_t *root = schema_of(f, zh == 1);

			same(f->name, root, f->shape);
			explained(f->name, f->help);
			json_decref(root);
		}
}
END_TEST

START_TEST(the_language_of_the_person_comes_first)
{
	json_t *en = schema_of(schema_find("policy"), false),
	       *zh = schema_of(schema_find("policy"), true);

	ck_assert(!has_chinese(
		(char[]){ *json_string_value(json_object_get(en, "description")), 0 }));
	ck_assert(
		has_chinese((char[]){ *json_string_value(json_object_get(zh, "description")), 0 }));
	json_decref(en);
	json_decref(zh);
}
END_TEST

START_TEST(a_schema_is_found_by_file_or_name_in_any_folder)
{
	ck_assert_str_eq(schema_find("red-list.yaml")->name, "red-list");
	ck_assert_str_eq(schema_find("red-list")->name, "red-list");
	ck_assert_str_eq(schema_find("/etc/cordon/policy/studies.yaml")->name, "studies");
	ck_assert_str_eq(schema_find("models/his.yaml")->name, "model");
	ck_assert_str_eq(schema_find("/a/models/policy.yaml")->name, "model");
	ck_assert_str_eq(schema_find("mymodels/policy.yaml")->name, "policy");
	ck_assert_ptr_null(schema_find("models/.yaml"));
	ck_assert_ptr_null(schema_find("red-list.yml"));
	ck_assert_ptr_null(schema_find(""));
	ck_assert_ptr_null(schema_find("policy.yaml/"));
}
END_TEST

static bool fits(const char *file, const char *text)
{
	struct diags ds;
	struct node *root = NULL;

	diags_init(&ds, &arena);
	return node_read(file, text, strlen(text), MAX_DEPTH, &arena, &ds, &root) == 0 &&
	       shape_check(root, schema_find(file)->shape, file, &ds) == 0;
}

START_TEST(the_line_that_tells_an_editor_its_schema_is_a_comment_to_the_reader)
{
	ck_assert(fits("queries.yaml",
		"# yaml-language-server: $schema=./schemas/queries.schema.json\n"
		"kinds: {count: {group_by: 1, filters: 0, max_cells: 4}}\n"));
}
END_TEST

/* For the scenario: a list of {file, text}; one line of 0 (fits) or 1 each. */
START_TEST(documents_of_a_file_are_decided_by_the_tables)
{
	const char *from = getenv("CORDON_SCHEMA_CASES"), *to = getenv("CORDON_SCHEMA_VERDICTS");
	json_t *cases, *one;
	json_error_t at;
	FILE *out;
	size_t i;

	if (from == NULL || to == NULL)
		return;
	cases = json_load_file(from, 0, &at);
	out = fopen(to, "w");
	ck_assert(cases != NULL && out != NULL);
	json_array_foreach(cases, i, one) {
		const char *file = json_string_value(json_object_get(one, "file"));

		fprintf(out, "%d\n", !fits(file, json_string_value(json_object_get(one, "text"))));
		arena_reset(&arena);
	}
	ck_assert_int_eq(fclose(out), 0);
	json_decref(cases);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("schema");
	TCase *c = tcase_create("schema");
	SRunner *r;
	int failed;

	tcase_add_checked_fixture(c, setup, NULL);
	tcase_set_timeout(c, 120);
	tcase_add_test(c, every_schema_says_what_the_readers_table_says);
	tcase_add_test(c, the_language_of_the_person_comes_first);
	tcase_add_test(c, a_schema_is_found_by_file_or_name_in_any_folder);
	tcase_add_test(c, the_line_that_tells_an_editor_its_schema_is_a_comment_to_the_reader);
	tcase_add_test(c, documents_of_a_file_are_decided_by_the_tables);
	suite_add_tcase(s, c);
	r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
