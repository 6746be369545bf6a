/*
 * shares.h - how much of the loop's time one account takes with work that is bounded but not small: reading and converting
 * what it sends, telling what was asked.
 *
 * An account has SHARE_BURST_MS in hand and gains a quarter of the time that passes. Accounts are told apart by a hash of
 * their name; two that fall together share one hand, which costs them time and nothing else.
 */
#ifndef GATEWAY_SHARES_H
#define GATEWAY_SHARES_H

#include <stdbool.h>
#include <stdint.h>

enum {
	SHARE_BURST_MS = 2000,
	SHARE_PART = 4,
	SHARE_HANDS = 1024
};

/* All zero: nobody took anything. */
struct shares {
	struct share {
		int64_t owed_us, at_ms;
	} hands[SHARE_HANDS];
};

/* Whether the account has anything left; else *wait_s says when to come again. */
bool shares_may(struct shares *s, const char *account, int64_t mono_ms, unsigned *wait_s);
void shares_took(struct shares *s, const char *account, int64_t us);

#endif
