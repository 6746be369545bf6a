#include "agents/allowance.h"

/* Only time that gave something is used up, or looking often would pay nothing back. */
static void pay_back(struct allowance *s, int64_t now_ms)
{
	int64_t paid = (now_ms - s->seen_ms) / ALLOWANCE_PARTS;

	if (paid >= s->debt_ms) {
		s->debt_ms = 0;
		s->seen_ms = now_ms;
	} else {
		s->debt_ms -= paid;
		s->seen_ms += paid * ALLOWANCE_PARTS;
	}
}

bool allowance_open(struct allowance *s, int64_t now_ms)
{
	pay_back(s, now_ms);
	return s->debt_ms < ALLOWANCE_AHEAD_MS;
}

void allowance_took(struct allowance *s, int64_t began_ms, int64_t now_ms)
{
	pay_back(s, now_ms);
	s->debt_ms += now_ms > began_ms ? now_ms - began_ms : 1;
}
