#include "agents/balance.h"

#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "crypto/account.h"

enum {
	BALANCE_ARENA = 1 << 20,
};

struct balance {
	struct ledger *ledger;
	const struct policy *policy;
	int32_t today;
	bool *told; /* by policy->budgets: an account of it was written */
};

static void amount(struct text *out, const char *key, uint64_t n, int round_up)
{
	char buf[32];

	text_addf(out, ",\"%s\":", key);
	if (n == UINT64_MAX)
		text_add(out, "null");
	else
		text_add_json(out, account_text(n, round_up, buf, sizeof(buf)));
}

static int json_budget(const struct balance *b, const struct budget *of, const char *account,
	struct text *out, struct error *err)
{
	/* as price_charge() pays (policies/decide/plan.c) */
	bool in_epsilon = of->in_epsilon && !b->policy->release.gaussian;
	uint64_t cap = in_epsilon ? of->cap : of->cap_prho, spent = 0, held = 0, questions = 0;
	char from[16], to[16];

	if (ledger_spent(b->ledger, account, in_epsilon, of->from, of->to, &spent, &questions,
		    err) != 0 ||
		ledger_waiting(b->ledger, account, in_epsilon, of->from, of->to, &held, err) != 0)
		return -1;
	text_addf(out, "{\"unit\":\"%s\"", in_epsilon ? "epsilon" : "rho");
	amount(out, "cap", cap, 0);
	amount(out, "spent", spent, 1);
	amount(out, "held", held, 1);
	amount(out, "left", spent > cap ? 0 : cap - spent, 0);
	text_addf(out, ",\"questions\":%llu,\"max_questions\":", (unsigned long long)questions);
	if (of->queries > 0)
		text_addf(out, "%lld", (long long)of->queries);
	else
		text_add(out, "null");
	text_addf(out, ",\"from\":\"%s\",\"to\":\"%s\"}", day_text(of->from, from),
		day_text(of->to, to));
	return 0;
}

/* Whether an account is one that this budget is charged to: the names of budget_account(). */
static bool is_of(const struct budget *b, const char *account)
{
	static const struct {
		enum scope scope;
		const char *before;
	} names[] = { { SCOPE_STUDY, "study:" }, { SCOPE_DATASET, "dataset:" },
		{ SCOPE_EACH_REQUESTER, "requester:" }, { SCOPE_EACH_STUDY, "each-study:" } };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		size_t len = strlen(names[i].before);

		if (b->scope == names[i].scope && strncmp(account, names[i].before, len) == 0)
			return b->id == NULL || strcmp(account + len, b->id) == 0;
	}
	return false;
}

/* The part of an account's object that the ledger does not know. */
static int json_budgets(const char *account, struct text *out, void *arg, struct error *err)
{
	struct balance *b = arg;
	bool first = true;

	text_add(out, ",\"budgets\":[");
	for (unsigned i = 0; b->policy != NULL && i < b->policy->n_budgets; i++) {
		const struct budget *one = &b->policy->budgets[i];

		if (!is_of(one, account) || b->today < one->from || b->today > one->to)
			continue;
		text_add(out, first ? "" : ",");
		first = false;
		b->told[i] = true;
		if (json_budget(b, one, account, out, err) != 0)
			return -1;
	}
	text_addc(out, ']');
	return 0;
}

/* Those of a study or dataset; who else could ask is not known by name. */
static int json_unpaid(
	struct balance *b, struct arena *a, bool *first, struct text *out, struct error *err)
{
	for (unsigned i = 0; b->policy != NULL && i < b->policy->n_budgets; i++) {
		const struct budget *one = &b->policy->budgets[i];
		const char *account = one->id == NULL ? NULL : budget_account(a, one, "", "");

		if (one->id == NULL || b->told[i] || b->today < one->from || b->today > one->to)
			continue;
		if (account == NULL)
			return error_memory(err);
		text_add(out, *first ? "{\"account\":" : ",{\"account\":");
		*first = false;
		text_add_json(out, account);
		text_add(out, ",\"questions\":0,\"rho\":\"0\",\"epsilon\":\"0\"");
		if (json_budgets(account, out, b, err) != 0)
			return -1;
		text_addc(out, '}');
	}
	return 0;
}

int balance_json(struct ledger *l, const struct policy *p, int32_t today, struct text *out,
	struct error *err)
{
	struct balance b = { .ledger = l, .policy = p, .today = today };
	struct arena a;
	bool first;
	int ret = -1;

	arena_init(&a, BALANCE_ARENA);
	b.told = arena_array(&a, p == NULL ? 1 : p->n_budgets + 1, sizeof(*b.told));
	text_addc(out, '[');
	if (b.told == NULL)
		(void)error_memory(err);
	else
		ret = ledger_json(l, json_budgets, &b, &first, out, err);
	if (ret == 0)
		ret = json_unpaid(&b, &a, &first, out, err);
	text_addc(out, ']');
	arena_clear(&a);
	return ret;
}
