/*
 * clock.c - reading clocks, and the calendar in whole numbers.
 *
 * Days are counted in eras of 400 years, which all have 146097 days, with the year starting in
 * March so that the leap day comes last. That needs no table and no case for February.
 */
#include "base/clock.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

enum {
	DAYS_PER_ERA = 146097,
	DAYS_BEFORE_EPOCH = 719468 /* from 0000-03-01 to 1970-01-01 */
};

static int64_t clock_ms(clockid_t id)
{
	struct timespec t;

	if (clock_gettime(id, &t) != 0)
		return 0; /* cannot happen for the two clocks asked for */
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

int64_t clock_wall_ms(void)
{
	return clock_ms(CLOCK_REALTIME);
}

int64_t clock_mono_ms(void)
{
	return clock_ms(CLOCK_MONOTONIC);
}

int64_t clock_cpu_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);
	return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

int32_t clock_today(void)
{
	time_t now = (time_t)(clock_wall_ms() / 1000);
	struct tm t;

	if (localtime_r(&now, &t) == NULL)
		return (int32_t)(now / 86400);
	return day_of(t.tm_year + 1900, (unsigned)t.tm_mon + 1, (unsigned)t.tm_mday);
}

const char *clock_iso(int64_t wall_ms, char buf[32])
{
	/* rounds down, before 1970 too */
	time_t at = (time_t)(wall_ms / 1000 - (wall_ms % 1000 < 0));
	struct tm t;
	long off;

	if (localtime_r(&at, &t) == NULL || t.tm_year > 9999 - 1900 || t.tm_year < -1900) {
		memcpy(buf, "0000-00-00T00:00:00+00:00", 26);
		return buf;
	}
	if (strftime(buf, 32, "%Y-%m-%dT%H:%M:%S", &t) != 19)
		buf[0] = 0;
	off = t.tm_gmtoff < 0 ? -t.tm_gmtoff : t.tm_gmtoff;
	(void)snprintf(buf + strlen(buf), 7, "%c%02ld:%02ld", t.tm_gmtoff < 0 ? '-' : '+',
		off / 3600 % 100, off / 60 % 60);
	return buf;
}

int32_t day_of(int year, unsigned month, unsigned mday)
{
	int64_t y = (int64_t)year - (month <= 2);
	int64_t era = (y >= 0 ? y : y - 399) / 400;
	int64_t year_of_era = y - era * 400;
	int64_t month_from_march = month > 2 ? (int64_t)month - 3 : (int64_t)month + 9;
	int64_t day_of_year = (153 * month_from_march + 2) / 5 + (int64_t)mday - 1;
	int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;

	return (int32_t)(era * DAYS_PER_ERA + day_of_era - DAYS_BEFORE_EPOCH);
}

void day_split(int32_t day, int *year, unsigned *month, unsigned *mday)
{
	int64_t z = (int64_t)day + DAYS_BEFORE_EPOCH;
	int64_t era = (z >= 0 ? z : z - (DAYS_PER_ERA - 1)) / DAYS_PER_ERA;
	int64_t in_era = z - era * DAYS_PER_ERA;
	int64_t year_of_era =
		(in_era - in_era / 1460 + in_era / 36524 - in_era / (DAYS_PER_ERA - 1)) / 365;
	int64_t in_year = in_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
	int64_t from_march = (5 * in_year + 2) / 153;

	*mday = (unsigned)(in_year - (153 * from_march + 2) / 5 + 1);
	*month = (unsigned)(from_march < 10 ? from_march + 3 : from_march - 9);
	*year = (int)(year_of_era + era * 400 + (*month <= 2));
}

static bool digits(const char *s, size_t n, unsigned *out)
{
	unsigned v = 0;

	for (size_t i = 0; i < n; i++) {
		if (s[i] < '0' || s[i] > '9')
			return false;
		v = v * 10 + (unsigned)(s[i] - '0');
	}
	*out = v;
	return true;
}

bool day_parse(const char *s, int32_t *day)
{
	unsigned y, m, d, m2, d2;
	int32_t found;
	int y2;

	if (strlen(s) != 10 || s[4] != '-' || s[7] != '-')
		return false;
	if (!digits(s, 4, &y) || !digits(s + 5, 2, &m) || !digits(s + 8, 2, &d))
		return false;
	if (m < 1 || m > 12 || d < 1 || d > 31)
		return false;
	/* A day that does not exist comes back as another one. */
	found = day_of((int)y, m, d);
	day_split(found, &y2, &m2, &d2);
	if (m2 != m || d2 != d)
		return false;
	*day = found;
	return true;
}

const char *day_text(int32_t day, char buf[16])
{
	unsigned m, d;
	int y;

	day_split(day, &y, &m, &d);
	(void)snprintf(buf, 16, "%04d-%02u-%02u", y, m % 100, d % 100);
	return buf;
}

bool clock_iso_parse(const char *s, int64_t *wall_ms)
{
	unsigned hour, minute, second, off_hour, off_minute;
	char date[11];
	int32_t day;
	int64_t off;

	if (strlen(s) != 25 || s[10] != 'T' || s[13] != ':' || s[16] != ':' ||
		(s[19] != '+' && s[19] != '-') || s[22] != ':')
		return false;
	memcpy(date, s, 10);
	date[10] = '\0';
	if (!day_parse(date, &day) || !digits(s + 11, 2, &hour) || !digits(s + 14, 2, &minute) ||
		!digits(s + 17, 2, &second) || !digits(s + 20, 2, &off_hour) ||
		!digits(s + 23, 2, &off_minute))
		return false;
	if (hour > 23 || minute > 59 || second > 59 || off_hour > 14 || off_minute > 59)
		return false;
	off = (int64_t)off_hour * 3600 + off_minute * 60;
	*wall_ms = ((int64_t)day * 86400 + hour * 3600 + minute * 60 + second -
			   (s[19] == '-' ? -off : off)) *
		   1000;
	return true;
}
