#include "answer/answer_words.h"

#include "crypto/account.h"

void answer_key_text(struct text *t, const char *key, const char *value)
{
	text_addf(t, "\"%s\":", key);
	text_add_json(t, value);
}

void answer_write_accounts(struct text *t, const struct account_state *list, uint64_t n)
{
	char cost[32], cap[32], left[32];

	text_add(t, "\"accounts\":[");
	for (uint64_t i = 0; i < n; i++) {
		const struct account_state *a = &list[i];

		text_add(t, i > 0 ? ",{" : "{");
		answer_key_text(t, "account", a->name);
		text_addf(t, ",\"unit\":\"%s\",\"cost\":\"%s\",\"cap\":\"%s\",\"left\":\"%s\"}",
			a->unit == UNIT_RHO ? "rho" : "epsilon",
			account_text(a->cost, 1, cost, sizeof(cost)),
			account_text(a->cap, 0, cap, sizeof(cap)),
			account_text(a->left, 0, left, sizeof(left)));
	}
	text_addc(t, ']');
}

void answer_write_reason(struct text *t, const char *rule, const char *en, const char *zh)
{
	if (rule[0] != '\0') {
		text_addc(t, ',');
		answer_key_text(t, "rule", rule);
	}
	if (en[0] == '\0' && zh[0] == '\0')
		return;
	text_add(t, ",\"say\":{");
	answer_key_text(t, "zh", zh[0] == '\0' ? en : zh);
	text_addc(t, ',');
	answer_key_text(t, "en", en[0] == '\0' ? zh : en);
	text_addc(t, '}');
}
