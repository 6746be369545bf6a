/*
 * people.c - accounts, and the only place that says which role may do what.
 */
#include "gateway/people.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"

enum {
	ONE = 1000,
	MINUTE_MS = 60000
};

enum {
	MARKS = 4096
};

struct people {
	struct person *list;
	size_t n;
	struct person *by_name[MARKS]; /* the list and the guests */
	size_t guests;
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
	[MAY_METRICS] = BIT(ROLE_OPERATOR) | BIT(ROLE_AUDITOR),
};

#define ASK     (1U << SCOPE_ASK)
#define READ    (1U << SCOPE_READ)
#define COMPOSE (1U << SCOPE_COMPOSE)
#define STUDIES (1U << SCOPE_STUDIES)
#define OPERATE (1U << SCOPE_OPERATE)
#define AUDIT   (1U << SCOPE_AUDIT)

/* A token needs one of these to do it. Every action of one route and of what its handler looks at besides has the same. */
static const unsigned covered[ACTIONS] = {
	[MAY_ASK] = ASK,
	[MAY_PRICE] = ASK | COMPOSE,
	[MAY_LIST] = READ,
	[MAY_READ] = READ,
	[MAY_READ_ALL] = READ,
	[MAY_CANCEL] = ASK,
	[MAY_BUDGET] = ASK | READ,
	[MAY_SITES] = SCOPES_API,
	[MAY_ME] = SCOPES_API,
	[MAY_READMIT] = OPERATE,
	[MAY_SIGN_OUT] = SCOPES_API,
	[MAY_TOKENS] = SCOPE_TOKENS,
	[MAY_COMPOSE] = COMPOSE,
	[MAY_CATALOGUE] = READ | COMPOSE | STUDIES,
	[MAY_STUDIES] = STUDIES,
	[MAY_ALL_STUDIES] = STUDIES,
	[MAY_PROPOSE] = STUDIES,
	[MAY_ENTRY] = STUDIES,
	[MAY_TRANSPARENCY] = READ | STUDIES | AUDIT,
	[MAY_AUDIT] = AUDIT,
	[MAY_METRICS] = READ | OPERATE | AUDIT, /* an operator's token that only reads is enough */
};
#undef ASK
#undef READ
#undef COMPOSE
#undef STUDIES
#undef OPERATE
#undef AUDIT

const char *const scope_words[] = { "ask", "read", "compose", "studies", "operate", "audit", NULL };

bool scope_parse(const char *s, size_t len, enum scope *out)
{
	for (int i = 0; i < SCOPES; i++)
		if (strlen(scope_words[i]) == len && memcmp(s, scope_words[i], len) == 0) {
			*out = (enum scope)i;
			return true;
		}
	return false;
}

bool scopes_may(unsigned scopes, enum action a)
{
	return (unsigned)a < ACTIONS && (covered[a] & scopes) != 0;
}

unsigned role_scopes(enum role r)
{
	unsigned all = 0;

	/* what several scopes cover makes none of them worth having */
	for (int a = 0; a < ACTIONS; a++)
		if ((covered[a] & (covered[a] - 1)) == 0 && role_may(r, (enum action)a))
			all |= covered[a];
	return all & SCOPES_API;
}

bool account_valid(const char *s)
{
	size_t len = strlen(s);

	return len > 0 && len <= MAX_NAME &&
	       strspn(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._@-") == len;
}

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

static struct person **mark_of(struct people *p, const char *account)
{
	uint32_t h = 2166136261U; /* FNV-1a */

	for (; *account != '\0'; account++)
		h = (h ^ (uint8_t)*account) * 16777619U;
	return &p->by_name[h % MARKS];
}

static void add(struct people *p, struct person *who)
{
	struct person **at = mark_of(p, who->account);

	who->tokens = (int64_t)p->rate * ONE;
	who->filled_ms = INT64_MIN;
	who->next = *at;
	*at = who;
}

static struct person *find(struct people *p, const char *account)
{
	for (struct person *who = *mark_of(p, account); who != NULL; who = who->next)
		if (strcmp(who->account, account) == 0)
			return who;
	return NULL;
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
		p->list[i].listed = true;
		p->list[i].has_token = entries[i].has_token;
		p->list[i].token = entries[i].token;
		add(p, &p->list[i]);
	}
	*out = p;
	return 0;
}

void people_free(struct people *p)
{
	struct person *next;

	if (p == NULL)
		return;
	for (size_t i = 0; i < MARKS; i++)
		for (struct person *who = p->by_name[i]; who != NULL; who = next) {
			next = who->next;
			if (!who->listed)
				free(who);
		}
	free(p->list);
	free(p);
}

struct person *people_by_hash(struct people *p, const struct hash32 *token)
{
	struct person *found = NULL;

	/* no early exit: the time tells nothing about which account was meant */
	for (size_t i = 0; i < p->n; i++)
		if (hash32_equal(token, &p->list[i].token) && p->list[i].has_token)
			found = &p->list[i];
	return found;
}

struct person *people_by_token(struct people *p, const char *token)
{
	const struct hash32 h = sha256(token, strlen(token));

	return people_by_hash(p, &h);
}

struct person *people_listed(struct people *p, const char *account)
{
	struct person *who = find(p, account);

	return who != NULL && who->listed ? who : NULL;
}

/* Takes out the guest who was here last before all others. One who was here lately stays: a call of theirs may wait, and
 * a fresh start would give back a rate that is used up. */
static bool make_room(struct people *p, int64_t mono_ms)
{
	struct person **oldest = NULL, *gone;

	for (size_t i = 0; i < MARKS; i++)
		for (struct person **at = &p->by_name[i]; *at != NULL; at = &(*at)->next)
			if (!(*at)->listed && (oldest == NULL || (*at)->seen_ms < (*oldest)->seen_ms))
				oldest = at;
	if (oldest == NULL || mono_ms - (*oldest)->seen_ms < GUEST_STAYS_MS)
		return false;
	gone = *oldest;
	*oldest = gone->next;
	free(gone);
	p->guests--;
	return true;
}

struct person *people_come(struct people *p, const char *account, enum role role, int64_t mono_ms)
{
	struct person *who = find(p, account);

	if (who != NULL && who->listed)
		return who;
	if (role <= ROLE_NONE || role >= ROLES || !account_valid(account))
		return NULL;
	if (who == NULL) {
		if (p->guests >= MAX_GUESTS && !make_room(p, mono_ms))
			return NULL;
		who = calloc(1, sizeof(*who));
		if (who == NULL || !text_copy(who->account, sizeof(who->account), account)) {
			free(who);
			return NULL;
		}
		add(p, who);
		p->guests++;
	}
	who->role = role;
	who->seen_ms = mono_ms;
	return who;
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
