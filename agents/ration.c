#include "agents/ration.h"

/* Only time that gave something is used up, or looking often would pay nothing back. */
static void pay_back(struct ration *s, int64_t now_ms)
{
	int64_t paid = (now_ms - s->seen_ms) / RATION_PARTS;

	if (paid >= s->debt_ms) {
		s->debt_ms = 0;
		s->seen_ms = now_ms;
	} else {
		s->debt_ms -= paid;
		s->seen_ms += paid * RATION_PARTS;
	}
}

bool ration_open(struct ration *s, int64_t now_ms)
{
	pay_back(s, now_ms);
	return s->debt_ms < RATION_AHEAD_MS;
}

void ration_took(struct ration *s, int64_t began_ms, int64_t now_ms)
{
	pay_back(s, now_ms);
	s->debt_ms += now_ms > began_ms ? now_ms - began_ms : 1;
}
