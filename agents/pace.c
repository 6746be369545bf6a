#include "agents/pace.h"

enum {
	FIRST_STEP_MS = 50,
	MARGIN_MS = 1000, /* at most, for the way back to the gateway */
	STRICT_MARGIN_MS = 200,
};

static const int64_t classes_ms[] = { 300000, 30000, 5000 };

static bool start_strict(int64_t deadline, struct pace *out)
{
	for (unsigned i = 0; i < sizeof(classes_ms) / sizeof(classes_ms[0]); i++) {
		if (classes_ms[i] + STRICT_MARGIN_MS > deadline)
			continue;
		out->last = out->received + classes_ms[i];
		out->run_until = out->received + classes_ms[i] / 10 * 8;
		return true;
	}
	return false;
}

bool pace_start(enum timing timing, int64_t received, uint64_t deadline_ms, struct pace *out)
{
	int64_t deadline = (int64_t)deadline_ms;
	int64_t margin = deadline / 10 < MARGIN_MS ? deadline / 10 : MARGIN_MS;

	*out = (struct pace){ .timing = timing, .received = received };
	if (timing == TIMING_STRICT)
		return start_strict(deadline, out);
	out->last = received + deadline - margin;
	out->run_until = out->last;
	return true;
}

int64_t pace_departure(const struct pace *p, int64_t now)
{
	int64_t at = p->received + FIRST_STEP_MS;

	if (p->timing == TIMING_OPEN || now >= p->last)
		return now;
	if (p->timing == TIMING_STRICT)
		return p->last;
	while (at < now)
		at = p->received + 2 * (at - p->received);
	return at < p->last ? at : p->last;
}
