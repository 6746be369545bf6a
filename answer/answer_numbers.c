#include "answer/answer_numbers.h"

#include <math.h>

#define WIDEST 9007199254740992.0 /* 2^53: no number of people */

void number_add(struct text *out, double v)
{
	if (isfinite(v))
		text_addf(out, "%.8g", v == 0 ? 0.0 : v); /* not "-0" */
	else
		text_add(out, "null");
}

static void add_pair(struct text *out, const char *name, double low, double high)
{
	text_addf(out, ",\"%s\":[", name);
	number_add(out, low);
	text_addc(out, ',');
	number_add(out, high);
	text_addc(out, ']');
}

void number_members(struct text *out, const struct estimate *e)
{
	text_add(out, ",\"value\":");
	number_add(out, e->value);
	add_pair(out, "interval", e->low, e->high);
	if (e->sampled)
		add_pair(out, "sampling", e->from, e->to);
}

void number_estimate(struct text *out, const char *name, const struct estimate *e)
{
	text_addf(out, ",\"%s\":{\"value\":", name);
	number_add(out, e->value);
	add_pair(out, "interval", e->low, e->high);
	if (e->sampled)
		add_pair(out, "sampling", e->from, e->to);
	text_addc(out, '}');
}

static long long whole(double v)
{
	return (long long)fmin(fmax(v, -WIDEST), WIDEST);
}

void number_people(struct text *out, const char *name, double v, double reach, int64_t round_to)
{
	double g = (double)round_to;

	text_addf(out, ",\"%s\":{\"value\":%lld,\"interval\":[%lld,%lld]}", name,
		whole(g * floor(v / g + 0.5)), whole(g * floor((v - reach) / g)),
		whole(g * ceil((v + reach) / g)));
}

void number_flag(struct text *out, const char *name, bool on)
{
	if (on)
		text_addf(out, ",\"%s\":true", name);
}

int64_t sum_saturated(int64_t a, int64_t b)
{
	const int64_t most = INT64_C(1) << 62;
	__int128 sum = (__int128)a + b;

	return sum > most ? most : sum < -most ? -most : (int64_t)sum;
}
