/*
 * people.c - accounts, and the only place that says which role may do what.
 */
#include "gateway/people.h"

#include <stdlib.h>
#include <string.h>

enum {
	ONE = 1000,
	MINUTE_MS = 60000
};

struct people {
	struct person *list;
	size_t n;
	unsigned rate;
};

const char *const role_words[] = { "researcher", "officer", "operator", "auditor", NULL };

#define BIT(role) (1U << (role))
#define ANYBODY   (BIT(ROLE_RESEARCHER) | BIT(ROLE_OFFICER) | BIT(ROLE_OPERATOR) | BIT(ROLE_AUDITOR))

static const unsigned allowed[ACTIONS] = {
	[MAY_ASK] = BIT(ROLE_RESEARCHER),
	[MAY_PRICE] = BIT(ROLE_RESEARCHER),
	[MAY_LIST] = BIT(ROLE_RESEARCHER) | BIT(ROLE_AUDITOR),
	[MAY_READ] = BIT(ROLE_RESEARCHER) | BIT(ROLE_AUDITOR),
	[MAY_READ_ALL] = BIT(ROLE_AUDITOR),
	[MAY_CANCEL] = BIT(ROLE_RESEARCHER),
	[MAY_BUDGET] = BIT(ROLE_RESEARCHER),
	[MAY_SITES] = ANYBODY,
	[MAY_ME] = ANYBODY,
	[MAY_READMIT] = BIT(ROLE_OPERATOR),
	[MAY_SIGN_OUT] = ANYBODY,
	[MAY_TOKENS] = ANYBODY,
	[MAY_COMPOSE] = BIT(ROLE_RESEARCHER),
	[MAY_CATALOGUE] = ANYBODY,
	[MAY_STUDIES] = ANYBODY,
	[MAY_ALL_STUDIES] = BIT(ROLE_OFFICER) | BIT(ROLE_AUDITOR),
	[MAY_PROPOSE] = BIT(ROLE_RESEARCHER),
	[MAY_ENTRY] = BIT(ROLE_RESEARCHER) | BIT(ROLE_OFFICER),
	[MAY_TRANSPARENCY] = ANYBODY,
	[MAY_AUDIT] = BIT(ROLE_AUDITOR),
};

bool role_may(enum role r, enum action a)
{
	return r > ROLE_NONE && r < ROLES && (unsigned)a < ACTIONS && (allowed[a] & BIT(r)) != 0;
}

const char *role_name(enum role r)
{
	return r > ROLE_NONE && r < ROLES ? role_words[r - 1] : "none";
}

bool role_parse(const char *s, enum role *out)
{
	for (int r = ROLE_RESEARCHER; r < ROLES; r++)
		if (strcmp(s, role_words[r - 1]) == 0) {
			*out = (enum role)r;
			return true;
		}
	return false;
}

int people_new(struct people **out, const struct person_entry *entries, size_t n, unsigned rate,
	struct error *err)
{
	struct people *p = calloc(1, sizeof(*p));

	if (p == NULL)
		return error_memory(err);
	p->list = calloc(n == 0 ? 1 : n, sizeof(*p->list));
	if (p->list == NULL) {
		free(p);
		return error_memory(err);
	}
	p->n = n;
	p->rate = rate == 0 ? 1 : rate;
	for (size_t i = 0; i < n; i++) {
		memcpy(p->list[i].account, entries[i].account, sizeof(entries[i].account));
		p->list[i].role = entries[i].role;
		p->list[i].token = entries[i].token;
		p->list[i].tokens = (int64_t)p->rate * ONE;
		p->list[i].filled_ms = INT64_MIN;
	}
	*out = p;
	return 0;
}

void people_free(struct people *p)
{
	if (p == NULL)
		return;
	free(p->list);
	free(p);
}

struct person *people_by_token(struct people *p, const char *token)
{
	struct hash32 h = sha256(token, strlen(token));
	struct person *found = NULL;

	/* no early exit: the time tells nothing about which account was meant */
	for (size_t i = 0; i < p->n; i++)
		if (hash32_equal(&h, &p->list[i].token))
			found = &p->list[i];
	return found;
}

bool people_take(struct people *p, struct person *who, int64_t mono_ms, unsigned *wait_s)
{
	int64_t full = (int64_t)p->rate * ONE, gained;

	if (who->filled_ms == INT64_MIN || mono_ms - who->filled_ms >= MINUTE_MS) {
		who->tokens = full;
		who->filled_ms = mono_ms;
	} else {
		gained = (mono_ms - who->filled_ms) * full / MINUTE_MS;
		/* only the time that gave something is used up, or looking often would cost */
		who->tokens = who->tokens + gained > full ? full : who->tokens + gained;
		who->filled_ms += (gained * MINUTE_MS + full - 1) / full;
	}
	if (who->tokens >= ONE) {
		who->tokens -= ONE;
		return true;
	}
	*wait_s = (unsigned)(((ONE - who->tokens) * MINUTE_MS / full + 999) / 1000);
	return false;
}
