/*
 * pass.h - by what somebody came in. What goes on for long keeps a copy, and ends when the pass does (admit_still()).
 */
#ifndef GATEWAY_PASS_H
#define GATEWAY_PASS_H

#include "base/bytes.h"
#include "gateway/store/people.h"

struct pass {
	char account[MAX_NAME + 1];
	enum via via;
	bool kept; /* key is of a visit or a token that we keep, which may be ended; else it is the provider's */
	struct hash32 key; /* SHA-256 of the cookie's secret or of the token */
	int64_t until_ms;  /* wall clock */
};

#endif
