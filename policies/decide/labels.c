#include "policies/decide/labels.h"

#include "base/text.h"

const char *label_band(const struct column *c, unsigned i, struct arena *a)
{
	if (i + 1 < c->n_bands)
		return arena_textf(
			a, "%lld-%lld", (long long)c->bands[i], (long long)c->bands[i + 1] - 1);
	return arena_textf(a, "%lld+", (long long)c->bands[i]);
}

const char *label_cut(const struct measure *m, unsigned i, struct arena *a)
{
	char low[24], high[24];

	if (i == 0)
		return arena_textf(a, "<%s", format_decimal(low, sizeof(low), m->cuts[0], 9));
	if (i == m->n_cuts)
		return arena_textf(a, ">=%s", format_decimal(low, sizeof(low), m->cuts[i - 1], 9));
	return arena_textf(a, "%s-%s", format_decimal(low, sizeof(low), m->cuts[i - 1], 9),
		format_decimal(high, sizeof(high), m->cuts[i], 9));
}
