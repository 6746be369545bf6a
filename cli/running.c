#include "cli/running.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "cli/agent_line.h"
#include "cli/field.h"
#include "policies/read.h"

enum {
	REPLY_BYTES = 32 << 20,
};

static int no_answer(struct error *err, const char *why)
{
	return error_set(err, E_INPUT,
		SAY("the agent's answer about its policy cannot be read", "无法读取代理返回的策略"),
		"running: %s", why);
}

/* The files that came with their text; false without memory. */
static bool take_files(
	const json_t *list, struct arena *arena, struct policy_file **out, unsigned *n)
{
	struct policy_file *files = arena_array(arena, json_array_size(list), sizeof(*files));
	size_t i;
	json_t *one;

	if (files == NULL)
		return false;
	*n = 0;
	json_array_foreach(list, i, one) {
		const json_t *text = json_object_get(one, "text");
		const char *name = field_word(one, "name");
		struct policy_file *f = &files[*n];

		if (!json_is_string(text) || name[0] == '\0')
			continue;
		f->name = arena_text(arena, name);
		f->len = json_string_length(text);
		f->bytes = arena_textn(arena, json_string_value(text), f->len);
		if (f->name == NULL || f->bytes == NULL)
			return false;
		++*n;
	}
	*out = files;
	return true;
}

static const json_t *item_named(const json_t *list, const char *name)
{
	size_t i;
	json_t *one;

	json_array_foreach(list, i, one) {
		const char *word = field_word(one, "name");

		if (strcmp(word, name) == 0)
			return one;
	}
	return NULL;
}

/* Every text this program used is the one the agent uses, its presets too. */
static int same_items(const struct policy *p, const json_t *list, struct error *err)
{
	for (unsigned i = 0; i < p->n_items; i++) {
		const json_t *item = item_named(list, p->items[i].name);
		const char *hash = item == NULL ? "" : field_word(item, "hash");
		struct hash32 h;

		if (hash == NULL || !hash32_parse(hash, &h) || !hash32_equal(&h, &p->items[i].hash))
			return error_set(err, E_INPUT,
				SAY("the agent's program has another version of a preset than this "
				    "one; use "
				    "the same version of Cordon",
					"代理程序自带的预设与本程序不同，请使用同一版本的 Cordon"),
				"running: \"%s\" differs", p->items[i].name);
	}
	return 0;
}

static int build(const json_t *root, struct arena *arena, struct diags *ds, struct policy **out,
	struct error *err)
{
	const json_t *list = json_object_get(root, "files");
	const char *hash = field_word(root, "hash");
	struct policy_file *files;
	struct policy *p = NULL;
	struct hash32 h;
	unsigned n;

	if (!json_is_array(list) || !hash32_parse(hash, &h))
		return no_answer(err, "no files or no hash");
	if (!take_files(list, arena, &files, &n))
		return error_memory(err);
	if (policy_read(files, n, arena, ds, &p) != 0)
		return no_answer(err, "its files are no policy to this program");
	if (same_items(p, list, err) != 0)
		return -1;
	p->hash = h; /* minutes, which do not come along, are in it */
	*out = p;
	return 0;
}

int running_read(const char *reply, size_t len, struct arena *arena, struct diags *ds,
	struct policy **out, struct error *err)
{
	json_t *root = json_loadb(reply, len, JSON_REJECT_DUPLICATES, NULL);
	int ret = -1;

	*out = NULL;
	if (!json_is_object(root))
		(void)no_answer(err, "not a JSON object");
	else if (json_is_null(json_object_get(root, "version")))
		ret = 0;
	else
		ret = build(root, arena, ds, out, err);
	json_decref(root);
	return ret;
}

int running_policy(const char *socket, struct arena *arena, struct diags *ds, struct policy **out,
	struct error *err)
{
	struct text reply;
	int ret = -1;

	text_init(&reply, REPLY_BYTES);
	if (agent_line(socket, "running", &reply, err) == 0)
		ret = running_read(text_str(&reply), reply.len, arena, ds, out, err);
	text_clear(&reply);
	return ret;
}
