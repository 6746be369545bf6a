#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/limits.h"
#include "cli/field.h"
#include "cli/show_in.h"
#include "query/answer.h"

/* ---- words and numbers ---- */

const char *site_word(const struct cli *cli, const json_t *site)
{
	enum site_state s;

	return site_state_parse(field_word(site, "state"), &s) ? tell(cli, site_state_say(s)) : "?";
}

bool cell_released(const json_t *cell)
{
	return strcmp(field_word(cell, "state"), cell_state_name(CELL_RELEASED)) == 0;
}

/* Digits in groups of three, so that large counts are read at a glance. */
static const char *grouped(struct arena *a, int64_t v)
{
	char digits[32], out[48];
	size_t len, n = 0;

	snprintf(digits, sizeof(digits), "%" PRIu64, v < 0 ? 0 - (uint64_t)v : (uint64_t)v);
	len = strlen(digits);
	if (v < 0)
		out[n++] = '-';
	for (size_t i = 0; i < len; i++) {
		if (i > 0 && (len - i) % 3 == 0)
			out[n++] = ',';
		out[n++] = digits[i];
	}
	out[n] = '\0';
	return field_made(a, "%s", out);
}

const char *cell_value(struct view *v, const json_t *cell)
{
	int64_t n;

	if (cell_released(cell))
		return field_int(cell, "value", &n) ? grouped(&v->arena, n) : "?";
	if (strcmp(field_word(cell, "state"), cell_state_name(CELL_BELOW)) != 0)
		return "–";
	if (field_int(cell, "threshold", &n))
		return field_made(&v->arena, "<%" PRId64, n);
	return v->cli->zh ? "已隐去" : "suppressed";
}

const char *cell_interval(struct view *v, const json_t *cell)
{
	int64_t ends[2];

	if (!cell_released(cell) || !field_pair(cell, "interval", ends))
		return "";
	return field_made(
		&v->arena, "%s – %s", grouped(&v->arena, ends[0]), grouped(&v->arena, ends[1]));
}

/* "409 ±9" where there is no room for two ends. */
const char *cell_short(struct view *v, const json_t *cell)
{
	const char *value = cell_value(v, cell);
	int64_t n, ends[2], half;

	if (!cell_released(cell) || !field_int(cell, "value", &n) ||
		!field_pair(cell, "interval", ends) || __builtin_sub_overflow(ends[1], n, &half))
		return value;
	return field_made(&v->arena, "%s ±%" PRId64, value, half);
}

/* ---- numbers of statistics ---- */

#define SHOWN_MOST 1e15 /* beyond, digits mean nothing */

static bool real(const json_t *n, double *out)
{
	if (!json_is_number(n))
		return false;
	*out = json_number_value(n);
	return isfinite(*out) && fabs(*out) < SHOWN_MOST;
}

static bool real_pair(const json_t *o, const char *key, double *low, double *high)
{
	const json_t *pair = json_object_get(o, key);

	return real(json_array_get(pair, 0), low) && real(json_array_get(pair, 1), high);
}

struct measured measured(const json_t *of, const char *key)
{
	const json_t *o = key == NULL ? of : json_object_get(of, key);
	struct measured m = { 0 };

	m.known = real(json_object_get(o, "value"), &m.value);
	if (!real_pair(o, "interval", &m.low, &m.high))
		m.low = m.high = m.value;
	m.sampled = m.known && real_pair(o, "sampling", &m.from, &m.to);
	return m;
}

/* Two digits of half the interval, at most four after the point. */
static int digits_of(const struct measured *m, double factor)
{
	double half = (m->high - m->low) / 2 * factor;
	double size = half > 0 ? half : fabs(m->value * factor) / 100;
	double digits = size > 0 ? 1 - floor(log10(size)) : 0;

	if (half > 0 && half == floor(half) && m->value == floor(m->value))
		return 0; /* people */
	return digits >= 4 ? 4 : digits > 0 ? (int)digits : 0;
}

/* Its whole part in groups of three. */
static const char *real_text(struct arena *a, double v, int digits)
{
	char text[40];
	const char *point;
	double whole;

	snprintf(text, sizeof(text), "%.*f", digits, v);
	point = strchr(text, '.');
	whole = trunc(fabs(v));
	if (whole < 1000)
		return field_made(a, "%s", text);
	if (digits == 0)
		return grouped(a, (int64_t)llrint(v));
	whole = strtod(text, NULL);
	return field_made(a, "%s%s", grouped(a, (int64_t)trunc(whole)), point == NULL ? "" : point);
}

const char *measured_value(struct view *v, const struct measured *m, double factor)
{
	return m->known ? real_text(&v->arena, m->value * factor, digits_of(m, factor)) : "–";
}

const char *measured_interval(struct view *v, const struct measured *m, double factor)
{
	int digits = digits_of(m, factor);

	if (!m->known)
		return "";
	return field_made(&v->arena, "%s – %s", real_text(&v->arena, m->low * factor, digits),
		real_text(&v->arena, m->high * factor, digits));
}

const char *measured_sampling(struct view *v, const struct measured *m, double factor)
{
	int digits = digits_of(m, factor);

	if (!m->sampled)
		return "";
	return field_made(&v->arena, "%s – %s", real_text(&v->arena, m->from * factor, digits),
		real_text(&v->arena, m->to * factor, digits));
}

const char *measured_short(struct view *v, const struct measured *m, double factor)
{
	double half = fmax(m->high - m->value, m->value - m->low) * factor;

	if (!m->known)
		return "–";
	return field_made(&v->arena, "%s ±%s", measured_value(v, m, factor),
		real_text(&v->arena, half, digits_of(m, factor)));
}

/* ---- groups and bars ---- */

const char *group_label(struct view *v, const json_t *map, size_t i)
{
	return field_text(&v->arena, map, field_word(json_array_get(v->groups, i), "name"));
}

const char *group_title(struct view *v, const json_t *map)
{
	const char *title = "";

	for (size_t i = 0; i < v->n_groups; i++)
		title = field_made(
			&v->arena, "%s%s%s", title, i > 0 ? ", " : "", group_label(v, map, i));
	return title;
}

unsigned group_heads(struct view *v, const char *heads[TABLE_COLUMNS])
{
	for (size_t i = 0; i < v->n_groups; i++)
		heads[i] = field_text(&v->arena, json_array_get(v->groups, i), "name");
	return (unsigned)v->n_groups;
}

unsigned view_width(const struct view *v)
{
	return v->cli->width == 0 ? PAGE_WIDTH : v->cli->width;
}

static unsigned columns_of(double v, double most, unsigned width)
{
	double share = most > 0 ? v / most : 0;

	return (unsigned)lrint(fmin(fmax(share, 0), 1) * width);
}

const char *bar(struct view *v, double low, double value, double high, double most, unsigned width)
{
	unsigned ends[3] = { columns_of(low, most, width), columns_of(value, most, width),
		columns_of(high, most, width) };
	static const char *const marks[3] = { "█", "▓", "░" };
	char text[3 * PAGE_WIDTH + 1];
	size_t len = 0;

	for (unsigned i = 0, at = 0; i < 3; i++)
		for (; at < ends[i] && at < PAGE_WIDTH; at++) {
			memcpy(text + len, marks[i], 3);
			len += 3;
		}
	text[len] = '\0';
	return field_made(&v->arena, "%s", text);
}
