/*
 * test_openapi.c - the description of the HTTP API says what the tables in the program say.
 */
#include <jansson.h>
#include <stdio.h>

#include "gateway/api.h"
#include "gateway/openapi.h"
#include "gateway/problem.h"
#include "tests/unit/unit.h"

static const char *const method_keys[] = { "get", "post", "delete" };

static json_t *read_document(void)
{
	const struct view v = openapi_text();
	json_error_t why;
	json_t *doc = json_loadb((const char *)v.at, v.len, JSON_REJECT_DUPLICATES, &why);

	ck_assert_msg(doc != NULL, "line %d: %s", why.line, why.text);
	return doc;
}

/* "/v1/studies/{study}/entry" as the table has it. */
static void starred(const char *path, char *out)
{
	for (; *path != '\0'; path++) {
		*out++ = *path == '{' ? '*' : *path;
		if (*path == '{')
			path = strchr(path, '}');
	}
	*out = '\0';
}

static bool in_table(const char *method, const char *path)
{
	struct api_route r;
	char want[200];

	starred(path, want);
	for (size_t i = 0; api_route(i, &r); i++)
		if (strcmp(r.path, want) == 0 && strcmp(method_keys[r.method], method) == 0)
			return true;
	return false;
}

/* What the document says of a route, or NULL. */
static json_t *described(json_t *doc, const struct api_route *r)
{
	const char *path;
	char want[200];
	json_t *item;

	json_object_foreach(json_object_get(doc, "paths"), path, item) {
		starred(path, want);
		if (strcmp(want, r->path) == 0)
			return json_object_get(item, method_keys[r->method]);
	}
	return NULL;
}

START_TEST(the_document_has_every_route_and_no_other)
{
	json_t *doc = read_document(), *item, *op;
	const char *path, *method;
	struct api_route r;

	for (size_t i = 0; api_route(i, &r); i++)
		ck_assert_msg(described(doc, &r) != NULL, "%s %s is not described",
			method_keys[r.method], r.path);
	json_object_foreach(json_object_get(doc, "paths"), path, item)
		json_object_foreach(item, method, op)
			ck_assert_msg(in_table(method, path), "%s %s is no route", method, path);
	json_decref(doc);
}
END_TEST

/* Whether `list` has exactly the words for which bit is set. */
static bool lists(const json_t *list, const char *const *words, unsigned bits)
{
	size_t n = 0;

	for (size_t i = 0; words[i] != NULL; i++)
		n += (bits >> i) & 1;
	if (!json_is_array(list) || json_array_size(list) != n)
		return false;
	for (size_t i = 0; words[i] != NULL; i++) {
		bool found = false;

		for (size_t k = 0; k < json_array_size(list); k++)
			found = found || strcmp(json_string_value(json_array_get(list, k)), words[i]) == 0;
		if (found != ((bits >> i) & 1))
			return false;
	}
	return true;
}

START_TEST(roles_scopes_and_security_are_those_of_the_tables)
{
	json_t *doc = read_document();
	struct api_route r;

	for (size_t i = 0; api_route(i, &r); i++) {
		json_t *op = described(doc, &r), *security = json_object_get(op, "security");
		unsigned roles = 0, scopes = 0;

		ck_assert_ptr_nonnull(op);
		if (r.action == API_PUBLIC) {
			ck_assert_msg(json_array_size(security) == 0, "%s", r.path);
			ck_assert_ptr_null(json_object_get(op, "x-roles"));
			continue;
		}
		for (int k = 0; role_words[k] != NULL; k++) {
			enum role role = ROLE_NONE;

			ck_assert(role_parse(role_words[k], &role));
			roles |= (unsigned)role_may(role, (enum action)r.action) << k;
		}
		for (int k = 0; k < SCOPES; k++)
			scopes |= (unsigned)scopes_may(1U << k, (enum action)r.action) << k;
		ck_assert_msg(lists(json_object_get(op, "x-roles"), role_words, roles), "roles of %s", r.path);
		ck_assert_msg(lists(json_object_get(op, "x-scopes"), scope_words, scopes), "scopes of %s", r.path);
		ck_assert_uint_eq(json_array_size(security), 2);
		ck_assert_msg((json_object_get(json_array_get(security, 1), "csrf") != NULL) ==
				      (r.method != CALL_GET),
			"csrf of %s", r.path);
	}
	json_decref(doc);
}
END_TEST

START_TEST(the_document_has_every_kind_of_problem_and_no_other)
{
	json_t *doc = read_document(), *problem, *types;

	problem = json_object_get(json_object_get(json_object_get(doc, "components"), "schemas"), "Problem");
	types = json_object_get(problem, "x-types");
	ck_assert_uint_eq(json_array_size(types), PROBLEMS);
	ck_assert_uint_eq(json_array_size(json_object_get(json_object_get(json_object_get(problem,
					  "properties"), "type"), "enum")), PROBLEMS);
	for (size_t i = 0; i < PROBLEMS; i++) {
		const struct problem_kind *k = &problem_kinds[i];
		const char *urn = NULL, *en = NULL, *zh = NULL;
		int status = 0;

		ck_assert_int_eq(json_unpack(json_array_get(types, i), "{s:s,s:i,s:{s:s,s:s}}", "type", &urn,
					 "status", &status, "title", "en", &en, "zh", &zh), 0);
		ck_assert_str_eq(urn, k->urn);
		ck_assert_int_eq(status, k->status);
		ck_assert_str_eq(en, k->title.en);
		ck_assert_str_eq(zh, k->title.zh);
	}
	json_decref(doc);
}
END_TEST

/* Every text beside which the other language is missing. */
static void check_languages(json_t *at, const char *where)
{
	static const char *const pairs[][2] = { { "summary", "x-summary-zh" },
		{ "description", "x-description-zh" } };
	const char *key;
	json_t *child;
	size_t i;

	for (i = 0; i < 2; i++)
		ck_assert_msg(json_is_string(json_object_get(at, pairs[i][0])) ==
				      json_is_string(json_object_get(at, pairs[i][1])),
			"%s: %s", where, pairs[i][0]);
	json_object_foreach(at, key, child)
		check_languages(child, key);
	json_array_foreach(at, i, child)
		check_languages(child, where);
}

START_TEST(every_text_stands_in_both_languages)
{
	json_t *doc = read_document();

	check_languages(doc, "");
	json_decref(doc);
}
END_TEST

UNIT_MAIN("openapi", the_document_has_every_route_and_no_other,
	roles_scopes_and_security_are_those_of_the_tables,
	the_document_has_every_kind_of_problem_and_no_other, every_text_stands_in_both_languages)
