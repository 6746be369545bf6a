#include "cli/audit_differ.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "cli/field.h"

enum {
	PATH_BYTES = 400,
	VALUE_BYTES = 120,
	MOST_DEEP = 32
};

struct walk {
	struct differences *d;
	struct arena *arena;
	const json_t *group; /* of the cell that it is in */
	char path[PATH_BYTES];
	unsigned deep;
};

static void both(struct walk *w, const json_t *published, const json_t *made);

/* As JSON, short enough for a line. */
static const char *value_text(struct walk *w, const json_t *j)
{
	char *dump, cut[VALUE_BYTES];

	if (j == NULL)
		return "absent";
	dump = json_dumps(j, JSON_ENCODE_ANY | JSON_COMPACT | JSON_REAL_PRECISION(15));
	if (dump == NULL)
		return "?";
	snprintf(cut, sizeof(cut), "%s", dump);
	utf8_plain(cut);
	if (strlen(dump) >= sizeof(cut))
		memcpy(cut + sizeof(cut) - 4, "...", 4);
	free(dump);
	return field_made(w->arena, "%s", cut);
}

static const char *group_text(struct walk *w)
{
	json_t *group = (json_t *)(uintptr_t)w->group, *label;
	char line[VALUE_BYTES] = "";
	const char *key;

	json_object_foreach(group, key, label)
	{
		size_t used = strlen(line);

		snprintf(line + used, sizeof(line) - used, "%s%s", used > 0 ? ", " : "",
			json_string_value(label) == NULL ? "?" : json_string_value(label));
	}
	utf8_plain(line);
	return field_made(w->arena, "%s", line);
}

static void note(struct walk *w, const json_t *published, const json_t *made)
{
	struct differences *d = w->d;

	if (d->all++ >= DIFFERENCES_TOLD)
		return;
	utf8_plain(w->path);
	d->list[d->n++] = (struct difference){ .at = field_made(w->arena, "%s", w->path),
		.cell = group_text(w),
		.published = value_text(w, published),
		.made = value_text(w, made) };
}

static bool same_number(const json_t *a, const json_t *b)
{
	double x = json_number_value(a), y = json_number_value(b);

	if (json_is_integer(a) && json_is_integer(b))
		return json_integer_value(a) == json_integer_value(b);
	return fabs(x - y) <= 1e-9 * fmax(fabs(x), fabs(y));
}

/* One step down, and back. */
static void under(
	struct walk *w, const json_t *published, const json_t *made, const char *name, size_t index)
{
	size_t len = strlen(w->path);
	const json_t *group = w->group, *own = json_object_get(made, "group");

	if (json_is_object(own))
		w->group = own;
	if (name == NULL)
		snprintf(w->path + len, sizeof(w->path) - len, "[%zu]", index);
	else
		snprintf(w->path + len, sizeof(w->path) - len, "%s%s", len > 0 ? "." : "", name);
	w->deep++;
	both(w, published, made);
	w->deep--;
	w->path[len] = '\0';
	w->group = group;
}

static bool left_aside(const char *key)
{
	return strcmp(key, "ms") == 0 || strcmp(key, "guarantee") == 0;
}

static void objects(struct walk *w, json_t *published, json_t *made)
{
	const char *key;
	json_t *value;

	json_object_foreach(made, key, value) if (!left_aside(key))
		under(w, json_object_get(published, key), value, key, 0);
	json_object_foreach(
		published, key, value) if (!left_aside(key) && json_object_get(made, key) == NULL)
		under(w, value, NULL, key, 0);
}

static void arrays(struct walk *w, const json_t *published, const json_t *made)
{
	size_t n = json_array_size(published), m = json_array_size(made);

	for (size_t i = 0; i < n || i < m; i++)
		under(w, json_array_get(published, i), json_array_get(made, i), NULL, i);
}

static void both(struct walk *w, const json_t *published, const json_t *made)
{
	if (published == NULL && made == NULL)
		return;
	if (json_is_object(published) && json_is_object(made) && w->deep < MOST_DEEP)
		objects(w, (json_t *)(uintptr_t)published, (json_t *)(uintptr_t)made);
	else if (json_is_array(published) && json_is_array(made) && w->deep < MOST_DEEP)
		arrays(w, published, made);
	else if (json_is_number(published) && json_is_number(made) ? !same_number(published, made)
								   : !json_equal(published, made))
		note(w, published, made);
}

void differ(struct differences *d, struct arena *a, const json_t *published, const json_t *made)
{
	struct walk w = { .d = d, .arena = a };

	*d = (struct differences){ 0 };
	/* the numbers first: they are what it is about */
	under(&w, json_object_get(published, "total"), json_object_get(made, "total"), "total", 0);
	json_t *rest = json_copy((json_t *)(uintptr_t)published),
	       *own = json_copy((json_t *)(uintptr_t)made);

	json_object_del(rest, "total");
	json_object_del(own, "total");
	both(&w, rest, own);
	json_decref(rest);
	json_decref(own);
}
