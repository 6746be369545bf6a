#include "gateway/shares.h"

#include <string.h>

#include "base/bytes.h"

static struct share *hand_of(struct shares *s, const char *account)
{
	struct hash32 h = sha256(account, strlen(account));

	return &s->hands[((unsigned)h.at[0] << 8 | h.at[1]) % SHARE_HANDS];
}

bool shares_may(struct shares *s, const char *account, int64_t mono_ms, unsigned *wait_s)
{
	struct share *hand = hand_of(s, account);
	int64_t gained = (mono_ms - hand->at_ms) * 1000 / SHARE_PART, over;

	hand->owed_us = gained >= hand->owed_us ? 0 : hand->owed_us - gained;
	hand->at_ms = mono_ms;
	over = hand->owed_us - SHARE_BURST_MS * 1000;
	if (over <= 0)
		return true;
	*wait_s = (unsigned)((over * SHARE_PART + 999999) / 1000000);
	return false;
}

void shares_took(struct shares *s, const char *account, int64_t us)
{
	hand_of(s, account)->owed_us += us;
}
