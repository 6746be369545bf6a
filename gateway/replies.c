#include "gateway/replies.h"

#include "answer/answer_privacy.h"
#include "answer/answer_similar.h"
#include "answer/answer_words.h"
#include "base/clock.h"

/* The dearest of a site's accounts that count in rho; one in epsilon is charged for the same answer. */
static uint64_t quoted_prho(const struct msg_quoted *m)
{
	uint64_t prho = 0;

	for (uint64_t i = 0; m->allowed && i < m->count; i++)
		if (m->accounts[i].unit == UNIT_RHO && m->accounts[i].cost > prho)
			prho = m->accounts[i].cost;
	return prho;
}

void reply_write_quotes(const struct quote_leg *legs, size_t n, struct text *out)
{
	struct privacy_cost cost = { 0 };

	text_add(out, "{\"sites\":[");
	for (size_t i = 0; i < n; i++) {
		const struct msg_quoted *m = legs[i].quoted;

		text_add(out, i > 0 ? ",{" : "{");
		answer_key_text(out, "site", legs[i].name);
		text_addf(out, ",\"state\":\"%s\"", site_state_name(legs[i].state));
		if (m != NULL) {
			text_addf(out, ",\"allowed\":%s", m->allowed ? "true" : "false");
			if (m->allowed)
				text_addf(out, ",\"recalled\":%s", m->recalled ? "true" : "false");
			answer_write_reason(out, m->rule, m->say_en, m->say_zh);
			answer_write_similar(m->similar, m->n_similar, out);
			text_addc(out, ',');
			answer_write_accounts(out, m->accounts, m->count);
			privacy_add(&cost, quoted_prho(m));
		}
		text_addc(out, '}');
	}
	text_addc(out, ']');
	answer_write_privacy(&cost, out);
	text_addc(out, '}');
}

void reply_write_list(const struct stored_summary *list, size_t n, bool more, struct text *out)
{
	char when[32];

	text_add(out, "{\"questions\":[");
	for (size_t i = 0; i < n; i++) {
		const struct stored_summary *s = &list[i];

		text_add(out, i > 0 ? ",{" : "{");
		answer_key_text(out, "id", s->id);
		text_addc(out, ',');
		answer_key_text(out, "study", s->study);
		text_addf(out, ",\"kind\":\"%s\",\"state\":\"%s\",\"asked\":\"%s\",", s->kind,
			answer_state_name(s->state), clock_iso(s->received_ms, when));
		answer_key_text(out, "asked_by", s->account);
		text_addf(out, ",\"sites\":%lld,\"answered\":%lld}", (long long)s->sites,
			(long long)s->answered);
	}
	text_addc(out, ']');
	if (more) {
		text_addc(out, ',');
		answer_key_text(out, "next", list[n - 1].id);
	}
	text_addc(out, '}');
}
