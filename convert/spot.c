#include "convert/spot.h"

#include <math.h>
#include <string.h>

#include "base/clock.h"

struct spot spot_key(const struct spot *up, const char *key)
{
	json_t *at = up->at == NULL ? NULL : json_object_get(up->at, key);

	return (struct spot){ .up = up, .key = key, .at = json_is_null(at) ? NULL : at };
}

struct spot spot_index(const struct spot *up, size_t index)
{
	json_t *at = json_array_get(up->at, index);

	return (struct spot){ .up = up, .index = index, .at = json_is_null(at) ? NULL : at };
}

static void add_path(struct text *t, const struct spot *at)
{
	char key[64];

	if (at->up == NULL)
		return;
	add_path(t, at->up);
	if (at->key == NULL) {
		text_addf(t, "[%zu]", at->index);
		return;
	}
	if (!text_copyn(key, sizeof(key), at->key, strnlen(at->key, sizeof(key) - 1)))
		key[0] = '\0';
	utf8_plain(key);
	text_addf(t, "%s%s", at->up->up == NULL ? "" : ".", key);
}

struct place spot_place(struct reading *r, const struct spot *at)
{
	struct place place = { .file = r->file };
	struct text t;

	if (r->ds->count >= MAX_DIAGS) /* only counted from here on */
		return place;
	text_init(&t, MAX_SAY);
	add_path(&t, at);
	if (t.len > 0 && !text_failed(&t)) {
		const char *path = arena_textf(r->arena, "%s: %s", r->file, text_str(&t));

		place.file = path == NULL ? r->file : path;
	}
	text_clear(&t);
	return place;
}

bool spot_object(struct reading *r, const struct spot *at)
{
	if (json_is_object(at->at))
		return true;
	spot_refuse(r, at, "V103", "an object belongs here", "此处应为对象");
	return false;
}

bool spot_list(struct reading *r, const struct spot *at)
{
	if (json_is_array(at->at))
		return true;
	spot_refuse(r, at, "V103", "a list belongs here", "此处应为列表");
	return false;
}

bool spot_keys(struct reading *r, const struct spot *at, const char *const *known)
{
	const char *key;
	json_t *value;

	if (!spot_object(r, at))
		return false;
	json_object_foreach(at->at, key, value)
	{
		struct spot here = { .up = at, .key = key, .at = value };
		const char *const *k = known;

		while (*k != NULL && strcmp(*k, key) != 0)
			k++;
		if (*k == NULL)
			spot_refuse(r, &here, "V102",
				"this key is not known here, so what it asks for cannot be kept",
				"此处不认识这个键，无法保留其含义");
	}
	return true;
}

bool spot_int(struct reading *r, const struct spot *at, int64_t *out)
{
	enum {
		MOST = 2000000000
	};
	double v = json_number_value(at->at);

	if (!json_is_number(at->at)) {
		spot_refuse(r, at, "V103", "a number belongs here", "此处应为数字");
		return false;
	}
	if (trunc(v) != v) {
		spot_refuse(r, at, "V103", "a whole number belongs here", "此处应为整数");
		return false;
	}
	if (!(fabs(v) <= MOST)) {
		spot_refuse(r, at, "V104", "this number is too large", "数字过大");
		return false;
	}
	*out = (int64_t)v;
	return true;
}

bool spot_bool(struct reading *r, const struct spot *at, bool *out)
{
	*out = json_is_true(at->at);
	if (at->at == NULL || json_is_boolean(at->at))
		return true;
	spot_refuse(r, at, "V103", "true or false belongs here", "此处应为 true 或 false");
	return false;
}

const char *spot_text(struct reading *r, const struct spot *at)
{
	if (json_is_string(at->at) &&
		strlen(json_string_value(at->at)) == json_string_length(at->at))
		return json_string_value(at->at);
	spot_refuse(r, at, "V103", "a text belongs here", "此处应为文字");
	return NULL;
}

bool spot_day(struct reading *r, const struct spot *at, int32_t *out)
{
	const char *s = spot_text(r, at);
	char day[11];

	/* some tools write a time of midnight behind the day */
	if (s == NULL)
		return false;
	if (text_copyn(day, sizeof(day), s, strcspn(s, "T ")) && day_parse(day, out) &&
		s[strcspn(s, "T ") + strspn(s + strcspn(s, "T "), "T :.0Z")] == '\0')
		return true;
	spot_refuse(r, at, "V105", "a day such as 2020-01-31 belongs here",
		"此处应为日期，例如 2020-01-31");
	return false;
}
