#include "policies/periods.h"

#include "base/clock.h"

/* Days since the Monday of the week: 1970-01-01 was a Thursday. */
static int32_t since_monday(int32_t day)
{
	int32_t rest = (day + 3) % 7;

	return rest < 0 ? rest + 7 : rest;
}

static unsigned months_of(enum truncate t)
{
	return t == TRUNCATE_YEAR ? 12 : t == TRUNCATE_QUARTER ? 3 : 1;
}

int32_t period_first(int32_t day, enum truncate t)
{
	int year;
	unsigned month, mday, step = months_of(t);

	if (t == TRUNCATE_DAY)
		return day;
	if (t == TRUNCATE_WEEK)
		return day - since_monday(day);
	day_split(day, &year, &month, &mday);
	return day_of(year, (month - 1) / step * step + 1, 1);
}

int32_t period_last(int32_t day, enum truncate t)
{
	int year;
	unsigned month, mday, step = months_of(t), next;

	if (t == TRUNCATE_DAY)
		return day;
	if (t == TRUNCATE_WEEK)
		return period_first(day, t) + 6;
	day_split(day, &year, &month, &mday);
	next = (month - 1) / step * step + 1 + step;
	return (next > 12 ? day_of(year + 1, 1, 1) : day_of(year, next, 1)) - 1;
}

unsigned period_count(int32_t from, int32_t to, enum truncate t)
{
	int y1, y2;
	unsigned m1, m2, mday, step = months_of(t);

	if (from > to)
		return 0;
	if (t == TRUNCATE_DAY)
		return (unsigned)(to - from) + 1;
	if (t == TRUNCATE_WEEK)
		return (unsigned)((period_first(to, t) - period_first(from, t)) / 7 + 1);
	day_split(from, &y1, &m1, &mday);
	day_split(to, &y2, &m2, &mday);
	return (unsigned)((y2 - y1) * (int)(12 / step) + (int)((m2 - 1) / step) -
			  (int)((m1 - 1) / step) + 1);
}

const char *period_label(int32_t day, enum truncate t, struct arena *a)
{
	int year;
	unsigned month, mday;

	if (t == TRUNCATE_WEEK) {
		/* a week belongs to the year of its Thursday */
		int32_t thursday = period_first(day, t) + 3;

		day_split(thursday, &year, &month, &mday);
		return arena_textf(
			a, "%04d-W%02d", year, (int)((thursday - day_of(year, 1, 1)) / 7 + 1));
	}
	day_split(day, &year, &month, &mday);
	if (t == TRUNCATE_YEAR)
		return arena_textf(a, "%04d", year);
	if (t == TRUNCATE_QUARTER)
		return arena_textf(a, "%04d-Q%u", year, (month - 1) / 3 + 1);
	if (t == TRUNCATE_MONTH)
		return arena_textf(a, "%04d-%02u", year, month);
	return arena_textf(a, "%04d-%02u-%02u", year, month, mday);
}

/* Exactly n digits. */
static bool digits(const char **s, unsigned n, int *out)
{
	*out = 0;
	for (unsigned i = 0; i < n; i++, (*s)++) {
		if (**s < '0' || **s > '9')
			return false;
		*out = *out * 10 + (**s - '0');
	}
	return true;
}

bool period_parse(const char *label, enum truncate *t, int32_t *first)
{
	int year, part = 1;
	const char *s = label;

	*t = TRUNCATE_DAY;
	if (day_parse(label, first))
		return true;
	if (!digits(&s, 4, &year) || year < 1)
		return false;
	*t = TRUNCATE_YEAR;
	if (*s == '-') {
		*t = s[1] == 'Q' ? TRUNCATE_QUARTER : s[1] == 'W' ? TRUNCATE_WEEK : TRUNCATE_MONTH;
		s += *t == TRUNCATE_MONTH ? 1 : 2;
		if (!digits(&s, *t == TRUNCATE_QUARTER ? 1 : 2, &part))
			return false;
	}
	if (*s != '\0' || part < 1 ||
		part > (*t == TRUNCATE_QUARTER ? 4 : *t == TRUNCATE_WEEK ? 53 : 12))
		return false;
	if (*t != TRUNCATE_WEEK) {
		*first = day_of(year, (unsigned)(part - 1) * (*t == TRUNCATE_QUARTER ? 3 : 1) + 1, 1);
		return true;
	}
	/* week 1 has the year's first Thursday, that is January 4; a 53rd may be the next year's first */
	*first = period_first(day_of(year, 1, 4), TRUNCATE_WEEK) + 7 * (part - 1);
	return *first + 3 < day_of(year + 1, 1, 1);
}

bool period_contains(enum truncate t, enum truncate fine)
{
	if (fine == TRUNCATE_DAY)
		return true;
	/* weeks lie across months: only whole weeks are made of weeks */
	if (t == TRUNCATE_WEEK || fine == TRUNCATE_WEEK)
		return t == fine;
	return t <= fine;
}
