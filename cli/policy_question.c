#include "cli/policy.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/limits.h"

/*
 * A question at an officer's desk: a file, or the options that a test in tests.yaml has as keys. Both become one tree,
 * which is read as every question is.
 */

/* ---- options ---- */

static struct node *scalar(struct desk *d, const char *text)
{
	struct node *n = arena_alloc(&d->arena, sizeof(*n));

	if (n != NULL)
		*n = (struct node){
			.kind = NODE_TEXT, .quoted = true, .text = text, .len = strlen(text)
		};
	return n;
}

/* "sex,age" */
static struct node *list(struct desk *d, const char *text)
{
	struct node *l = arena_alloc(&d->arena, sizeof(*l)), *last = NULL;

	if (l == NULL)
		return NULL;
	l->kind = NODE_LIST;
	for (const char *at = text; at != NULL;) {
		const char *comma = strchr(at, ',');
		const char *one = comma == NULL ? arena_text(&d->arena, at)
						: arena_textn(&d->arena, at, (size_t)(comma - at));
		struct node *n = one == NULL ? NULL : scalar(d, one);

		if (n == NULL)
			return NULL;
		if (last == NULL)
			l->first = n;
		else
			last->next = n;
		last = n;
		l->count++;
		at = comma == NULL ? NULL : comma + 1;
	}
	return l;
}

/* An option stands in for the key of the file, or for a missing one. */
static bool set(struct node *map, const char *key, struct node *value)
{
	struct node **link = &map->first;

	if (value == NULL)
		return false;
	while (*link != NULL && strcmp((*link)->key, key) != 0)
		link = &(*link)->next;
	value->key = key;
	if (*link == NULL) {
		map->count++;
	} else {
		value->at = (*link)->at;
		value->key_at = (*link)->key_at;
		value->next = (*link)->next;
	}
	*link = value;
	return true;
}

static bool set_options(struct desk *d, struct node *map)
{
	const struct {
		const char *key, *value;
	} options[] = { { "study", d->study }, { "kind", d->kind }, { "dataset", d->dataset },
		{ "of", d->of }, { "cohort", d->cohort }, { "on", d->ages_on } };

	if (map->kind != NODE_MAP)
		return true; /* said by the question's reader */
	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++)
		if (options[i].value != NULL &&
			!set(map, options[i].key, scalar(d, options[i].value)))
			return false;
	return d->group_by == NULL || set(map, "group_by", list(d, d->group_by));
}

/* ---- reading ---- */

static int read_input(uint8_t **bytes, size_t *len)
{
	*bytes = malloc(MAX_QUESTION_BYTES + 1);
	if (*bytes == NULL)
		return -1;
	*len = fread(*bytes, 1, MAX_QUESTION_BYTES + 1, stdin);
	return 0;
}

static int question_errors(struct desk *d, const char *text, size_t len)
{
	struct text out;

	if (!d->json) {
		desk_diags(d, text, len);
		return POLICY_ERRORS;
	}
	text_init(&out, DESK_OUTPUT);
	text_add(&out, "{\"decision\":\"error\",\"diagnostics\":");
	desk_diags_json(d, &out);
	text_add(&out, "}\n");
	return desk_print(&out, POLICY_ERRORS);
}

static int no_memory(const struct desk *d)
{
	fputs(d->zh ? "cordon policy：内存不足\n" : "cordon policy: out of memory\n", stderr);
	return POLICY_ENVIRONMENT;
}

/* A file's text was looked at by its reader, an option's was not. */
static bool readable(const struct desk *d)
{
	const char *const all[] = { d->study, d->kind, d->dataset, d->of, d->cohort, d->ages_on,
		d->group_by };

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		if (all[i] != NULL && !utf8_valid(all[i], strlen(all[i])))
			return false;
	return true;
}

static int build(
	struct desk *d, struct node *root, const char *text, size_t len, struct question **q)
{
	if (!readable(d))
		return desk_bad_use(d, SAY("an option is not UTF-8", "选项不是 UTF-8 编码"), "");
	if (!set_options(d, root))
		return no_memory(d);
	if (question_build(root, &d->arena, &d->ds, q) != 0)
		return question_errors(d, text, len);
	return POLICY_GOOD;
}

static int from_file(struct desk *d, struct question **q)
{
	struct error err = { .code = E_NONE };
	struct node *root = NULL;
	uint8_t *bytes = NULL;
	size_t len = 0;
	int status;

	if (strcmp(d->file, "-") == 0) {
		if (read_input(&bytes, &len) != 0)
			return no_memory(d);
	} else if (file_read(d->file, MAX_QUESTION_BYTES, &bytes, &len, &err) != 0) {
		return desk_failed(d, &err);
	}
	if (len > MAX_QUESTION_BYTES) {
		status = desk_bad_use(d, SAY("the question is too large", "查询过大"), "");
	} else if (node_read(d->file, bytes, len, MAX_QUESTION_DEPTH, &d->arena, &d->ds, &root) !=
			   0 ||
		   root == NULL) {
		status = question_errors(d, (const char *)bytes, len);
	} else {
		status = build(d, root, (const char *)bytes, len, q);
	}
	free(bytes);
	return status;
}

static int from_options(struct desk *d, struct question **q)
{
	struct node *root = arena_alloc(&d->arena, sizeof(*root));

	if (root == NULL)
		return no_memory(d);
	root->kind = NODE_MAP;
	if (d->dataset == NULL && d->study != NULL)
		d->dataset = policy_only_dataset(d->policy, d->study);
	return build(d, root, "", 0, q);
}

int desk_question(struct desk *d, struct question **q)
{
	diags_init(&d->ds, &d->words); /* the policy's warnings are not the question's */
	return d->file == NULL ? from_options(d, q) : from_file(d, q);
}
