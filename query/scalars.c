/*
 * scalars.c - days and spans of days, yes and no, numbers.
 */
#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "query/words.h"

static bool day_sensible(int32_t day)
{
	return day >= day_of(MIN_YEAR, 1, 1) && day <= day_of(MAX_YEAR, 12, 31);
}

static void report_day(const struct node *n, const char *key, const char *s, struct diags *ds)
{
	diag_error(ds, "Q115", n->at,
		"'%s' lies outside the years %d to %d for '%s'; is a digit wrong?",
		"“%s”不在 %d 至 %d 年之间（“%s”），是否有误？", show(s).at, MIN_YEAR, MAX_YEAR,
		key);
}

bool words_day(const struct node *n, const char *key, int32_t *out, struct diags *ds)
{
	const char *s =
		words_text(n, key, SAY("a day such as 2026-03-01", "日期，例如 2026-03-01"), ds);
	int32_t day;

	if (s == NULL)
		return false;
	if (!day_parse(s, &day)) {
		diag_error(ds, "Q109", n->at,
			"'%s' is not a day for '%s'; write year-month-day, as 2026-03-01",
			"“%s”不是“%s”的有效日期，请写成 2026-03-01 的形式", show(s).at, key);
		return false;
	}
	if (!day_sensible(day)) {
		report_day(n, key, s, ds);
		return false;
	}
	*out = day;
	return true;
}

/* "2019-01-01..2025-12-31", one of the days perhaps not there. */
static bool span_parse(const char *s, int32_t *from, int32_t *to)
{
	const char *dots = strstr(s, "..");
	char first[16];

	if (dots == NULL || !text_copyn(first, sizeof(first), s, (size_t)(dots - s)))
		return false;
	*from = *to = DAY_NONE;
	if ((*first != 0 && !day_parse(first, from)) || (dots[2] != 0 && !day_parse(dots + 2, to)))
		return false;
	return *first != 0 || dots[2] != 0;
}

bool words_span(const struct node *n, const char *key, int32_t *from, int32_t *to, struct diags *ds)
{
	const char *s = words_text(n, key,
		SAY("two days such as 2019-01-01..2025-12-31",
			"起止日期，例如 2019-01-01..2025-12-31"),
		ds);
	int32_t a, b;

	if (s == NULL)
		return false;
	if (!span_parse(s, &a, &b)) {
		diag_error(ds, "Q110", n->at,
			"'%s' is not a span of days for '%s'; write first..last, as "
			"2019-01-01..2025-12-31, or first.. or ..last%s%.0s",
			"“%s”不是“%s”的有效起止日期，请写成 2019-01-01..2025-12-31、起始日.. 或 "
			"..截止日 的形式%.0s%s",
			show(s).at, key, words_wide(s).en, words_wide(s).zh);
		return false;
	}
	if ((a != DAY_NONE && !day_sensible(a)) || (b != DAY_NONE && !day_sensible(b))) {
		report_day(n, key, s, ds);
		return false;
	}
	if (b != DAY_NONE && a > b) {
		diag_error(ds, "Q111", n->at, "'%s' ends before it begins",
			"“%s”的截止日期早于起始日期", show(s).at);
		return false;
	}
	*from = a;
	*to = b;
	return true;
}

bool words_yes(const struct node *n, const char *key, bool *out, struct diags *ds)
{
	const char *s = words_text(n, key, SAY("yes or no", "yes 或 no"), ds);
	bool yes;

	if (s == NULL)
		return false;
	yes = strcmp(s, "yes") == 0 || strcmp(s, "true") == 0;
	if (!yes && strcmp(s, "no") != 0 && strcmp(s, "false") != 0) {
		diag_error(ds, "Q116", n->at, "'%s' is neither yes nor no for '%s'",
			"“%s”既不是 yes 也不是 no（“%s”）", show(s).at, key);
		return false;
	}
	*out = yes;
	return true;
}

/* 7%, 7 mmol/L */
static bool has_unit(const char *s)
{
	char head[32];
	size_t digits = strspn(s, "+-.0123456789");
	int64_t ignored;

	return digits > 0 && s[digits] != 0 && strspn(s + digits, "eE+-.0123456789") == 0 &&
	       *words_wide(s).en == 0 && text_copyn(head, sizeof(head), s, digits) &&
	       parse_decimal(head, 9, &ignored);
}

bool words_decimal(const struct node *n, const char *key, int64_t *out, struct diags *ds)
{
	const char *s = words_text(n, key, SAY("a number such as 7.0", "数值，例如 7.0"), ds);

	if (s == NULL || parse_decimal(s, 9, out))
		return s != NULL;
	if (has_unit(s)) {
		diag_error(ds, "Q112", n->at,
			"'%s' is not a number for '%s': write the number alone, in the unit in "
			"which "
			"the site keeps it",
			"“%s”不是“%s”的有效数值：请只写数字，单位以医院数据为准", show(s).at, key);
		return false;
	}
	diag_error(ds, "Q112", n->at,
		"'%s' is not a number for '%s' that can be kept exactly: at most 9 digits after "
		"the point and below 9 billion%s%.0s",
		"“%s”不是“%s”可精确表示的数值：小数最多 9 位，且须小于 90 亿%.0s%s", show(s).at,
		key, words_wide(s).en, words_wide(s).zh);
	return false;
}

bool words_int(const struct node *n, const char *key, int32_t low, int32_t high, int32_t *out,
	struct diags *ds)
{
	const char *s = words_text(n, key, SAY("a whole number", "整数"), ds);
	int64_t v;

	if (s == NULL)
		return false;
	if (!parse_i64(s, &v) || v < low || v > high) {
		diag_error(ds, "Q113", n->at,
			"'%s' is not a whole number from %d to %d for '%s'%s%.0s",
			"“%s”不是 %d 到 %d 之间的整数（“%s”）%.0s%s", show(s).at, low, high, key,
			words_wide(s).en, words_wide(s).zh);
		return false;
	}
	*out = (int32_t)v;
	return true;
}
