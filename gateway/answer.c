/*
 * answer.c - the words around the numbers: docs/api.md, "An answer".
 */
#include "gateway/answer.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "crypto/account.h"
#include "gateway/combine.h"
#include "query/answer.h"
#include "wire/message.h"

/* A leg with its message read. */
struct view_leg {
	const struct stored_leg *leg;
	enum site_state state;
	struct message m;          /* type 0: none */
	struct combine_part *part; /* of a release; NULL else */
};

struct writing {
	struct text *out;
	struct combined all;
	struct view_leg *legs;
	size_t n;
	bool list_cells;
};

/* ---- reading what is stored ---- */

static bool has_release(enum site_state s)
{
	return s == SITE_ANSWERED || s == SITE_RECALLED || s == SITE_SUPPRESSED;
}

/* What was stored was checked when it came; if it does not read now, the site is shown as
 * failed. */
static void read_leg(struct view_leg *v, struct combine_part *part, struct arena *a)
{
	struct error err;

	v->state = v->leg->state;
	if (v->leg->message.len == 0 ||
		message_decode(v->leg->message.at, v->leg->message.len, a, &v->m, &err) != 0) {
		memset(&v->m, 0, sizeof(v->m));
		if (has_release(v->state))
			v->state = SITE_FAILED;
		return;
	}
	if (!has_release(v->state))
		return;
	if (v->m.type != MSG_RELEASE ||
		release_decode(v->m.release.sealed.at, v->m.release.sealed.len, a, &part->release,
			&err) != 0) {
		v->state = SITE_FAILED;
		return;
	}
	part->site = v->leg->site;
	v->part = part;
}

static int read_legs(struct writing *w, const struct stored_leg *legs, size_t n, struct arena *a,
	struct error *err)
{
	struct combine_part *parts = arena_array(a, n, sizeof(*parts));
	size_t n_parts = 0, cells = 0;

	w->legs = arena_array(a, n, sizeof(*w->legs));
	if (w->legs == NULL || parts == NULL)
		return error_memory(err);
	for (w->n = 0; w->n < n; w->n++) {
		w->legs[w->n].leg = &legs[w->n];
		read_leg(&w->legs[w->n], &parts[n_parts], a);
		n_parts += w->legs[w->n].part != NULL;
	}
	if (combine(&w->all, parts, n_parts, a, err) != 0)
		return -1;
	for (size_t i = 0; i < n_parts; i++)
		cells += parts[i].in_total ? w->all.n_cells : parts[i].release.n_cells;
	w->list_cells = cells <= MAX_LISTED_CELLS;
	return 0;
}

/* ---- cells ---- */

static void key_text(struct text *t, const char *key, const char *value)
{
	text_addf(t, "\"%s\":", key);
	text_add_json(t, value);
}

static void write_tuple(struct writing *w, uint64_t cell)
{
	text_add(w->out, "{\"group\":{");
	for (size_t g = 0; g < w->all.n_groups; g++) {
		if (g > 0)
			text_addc(w->out, ',');
		text_add_json(w->out, w->all.groups[g].name);
		text_addc(w->out, ':');
		text_add_json(w->out, w->all.groups[g].labels[combine_label(&w->all, cell, g)]);
	}
	text_addc(w->out, '}');
}

/* The multiple of g at or below v. */
static int64_t multiple_below(int64_t v, int64_t g)
{
	int64_t rest = v % g;

	return v - (rest < 0 ? rest + g : rest);
}

/* Rounding is for reading: sums are made of what was released, and only what is shown is rounded. The
 * interval's ends go outwards, so that it covers as often as it says. A reach too wide for a number of
 * people is cut off where no count reaches. */
static void write_value(struct text *t, int64_t value, uint64_t reach, int64_t round_to)
{
	const uint64_t widest = UINT64_C(1) << 53;
	int64_t r = (int64_t)(reach > widest ? widest : reach);

	text_addf(t, ",\"value\":%lld,\"interval\":[%lld,%lld],\"state\":\"%s\"",
		(long long)multiple_below(value + round_to / 2, round_to),
		(long long)multiple_below(value - r, round_to),
		(long long)multiple_below(value + r + round_to - 1, round_to),
		cell_state_name(CELL_RELEASED));
}

static void write_total(struct writing *w)
{
	text_add(w->out, "\"total\":{\"cells\":[");
	for (size_t i = 0; i < w->all.n_cells; i++) {
		struct combine_sum sum;
		bool first = true;

		combine_sum(&w->all, w->all.cells[i], &sum);
		if (i > 0)
			text_addc(w->out, ',');
		write_tuple(w, w->all.cells[i]);
		if (sum.n > 0)
			write_value(w->out, sum.value, sum.reach, sum.round_to);
		else
			text_addf(w->out, ",\"state\":\"%s\"", cell_state_name(CELL_BELOW));
		text_add(w->out, ",\"sites\":[");
		for (size_t p = 0; p < w->all.n_parts; p++)
			if (sum.who[p / 8] >> (p % 8) & 1) {
				if (!first)
					text_addc(w->out, ',');
				first = false;
				text_add_json(w->out, w->all.parts[p].site);
			}
		text_add(w->out, "]}");
	}
	text_add(w->out, "]}");
}

static void write_cell_end(
	struct text *t, const struct release *r, bool offered, int64_t value, uint64_t reach)
{
	if (!offered)
		text_addf(t, ",\"state\":\"%s\"}", cell_state_name(CELL_ABSENT));
	else if (value == CELL_SUPPRESSED)
		text_addf(t, ",\"state\":\"%s\",\"threshold\":%llu}", cell_state_name(CELL_BELOW),
			(unsigned long long)r->min_patients);
	else {
		write_value(t, value, reach, (int64_t)r->round_to);
		text_addc(t, '}');
	}
}

/* In the order of the total, so that tables line up. */
static void write_cells(struct writing *w, const struct combine_part *p, uint64_t reach)
{
	for (size_t i = 0; i < w->all.n_cells; i++) {
		int64_t value = 0;
		bool offered = combine_value(&w->all, p, w->all.cells[i], &value);

		if (i > 0)
			text_addc(w->out, ',');
		write_tuple(w, w->all.cells[i]);
		write_cell_end(w->out, &p->release, offered, value, reach);
	}
}

/* Of a site that is not in the total: as it orders them itself. */
static void write_own_cells(struct text *t, const struct release *r, uint64_t reach)
{
	for (uint64_t i = 0; i < r->n_cells; i++) {
		uint64_t unit = r->n_cells;

		text_add(t, i > 0 ? ",{\"group\":{" : "{\"group\":{");
		for (uint64_t g = 0; g < r->n_groups; g++) {
			const struct release_group *group = &r->groups[g];

			unit /= group->count;
			if (g > 0)
				text_addc(t, ',');
			text_add_json(t, group->name);
			text_addc(t, ':');
			text_add_json(t, group->labels[i / unit % group->count]);
		}
		text_addc(t, '}');
		write_cell_end(t, r, true, r->cells[i], reach);
	}
}

/* ---- sites ---- */

static void write_accounts(struct text *t, const struct account_state *list, uint64_t n)
{
	char cost[32], cap[32], left[32];

	text_add(t, "\"accounts\":[");
	for (uint64_t i = 0; i < n; i++) {
		const struct account_state *a = &list[i];

		text_add(t, i > 0 ? ",{" : "{");
		key_text(t, "account", a->name);
		text_addf(t, ",\"unit\":\"%s\",\"cost\":\"%s\",\"cap\":\"%s\",\"left\":\"%s\"}",
			a->unit == UNIT_RHO ? "rho" : "epsilon",
			account_text(a->cost, 1, cost, sizeof(cost)),
			account_text(a->cap, 0, cap, sizeof(cap)),
			account_text(a->left, 0, left, sizeof(left)));
	}
	text_addc(t, ']');
}

static void write_noise(struct text *t, const struct release *r)
{
	if (r->noise == NOISE_GAUSSIAN)
		text_addf(t, "\"noise\":{\"kind\":\"discrete-gaussian\",\"variance\":%llu}",
			(unsigned long long)r->layers[0].t);
	else
		text_addf(t, "\"noise\":{\"kind\":\"discrete-laplace\",\"scale\":\"%llu/%llu\"}",
			(unsigned long long)r->layers[0].t, (unsigned long long)r->layers[0].s);
}

static void write_release(struct writing *w, const struct view_leg *v)
{
	const struct release *r = &v->part->release;
	struct text *t = w->out;
	char hash[HASH_TEXT];
	uint64_t reach = combine_reach(r);

	text_addf(t, ",\"policy\":{\"version\":%llu,\"hash\":\"%s\"},",
		(unsigned long long)r->policy_version, hash32_text(&r->policy_hash, hash));
	key_text(t, "data", r->data);
	text_addc(t, ',');
	write_noise(t, r);
	text_addf(t,
		",\"min_patients\":%llu,\"round_to\":%llu,\"rows_left_out\":%s,\"recalled\":%s",
		(unsigned long long)r->min_patients, (unsigned long long)r->round_to,
		r->rows_left_out ? "true" : "false", v->m.release.recalled ? "true" : "false");
	if (v->leg->ms >= 0)
		text_addf(t, ",\"ms\":%lld", (long long)v->leg->ms);
	if (!w->list_cells) {
		text_add(t, ",\"cells_left_out\":true,");
	} else {
		text_add(t, ",\"cells\":[");
		if (v->part->in_total)
			write_cells(w, v->part, reach);
		else
			write_own_cells(t, r, reach);
		text_add(t, "],");
	}
	write_accounts(t, v->m.release.accounts, v->m.release.count);
}

static void write_reason(struct text *t, const char *rule, const char *en, const char *zh)
{
	if (rule[0] != '\0') {
		text_addc(t, ',');
		key_text(t, "rule", rule);
	}
	if (en[0] == '\0' && zh[0] == '\0')
		return;
	text_add(t, ",\"say\":{");
	key_text(t, "zh", zh[0] == '\0' ? en : zh);
	text_addc(t, ',');
	key_text(t, "en", en[0] == '\0' ? zh : en);
	text_addc(t, '}');
}

static void write_site(struct writing *w, const struct view_leg *v)
{
	struct text *t = w->out;

	text_addc(t, '{');
	key_text(t, "site", v->leg->site);
	text_addf(t, ",\"state\":\"%s\"", site_state_name(v->state));
	if (v->part != NULL) {
		write_release(w, v);
	} else {
		if (v->m.type == MSG_REFUSE)
			write_reason(t, v->m.refuse.rule, v->m.refuse.say_en, v->m.refuse.say_zh);
		if (v->leg->ms >= 0)
			text_addf(t, ",\"ms\":%lld", (long long)v->leg->ms);
	}
	text_addc(t, '}');
}

/* ---- the whole ---- */

static void write_groups(struct writing *w)
{
	text_add(w->out, "\"groups\":[");
	for (size_t g = 0; g < w->all.n_groups; g++) {
		text_add(w->out, g > 0 ? ",{" : "{");
		key_text(w->out, "name", w->all.groups[g].name);
		text_add(w->out, ",\"labels\":[");
		for (size_t i = 0; i < w->all.groups[g].count; i++) {
			if (i > 0)
				text_addc(w->out, ',');
			text_add_json(w->out, w->all.groups[g].labels[i]);
		}
		text_add(w->out, "]}");
	}
	text_addc(w->out, ']');
}

static void write_head(struct text *t, const struct stored_question *q)
{
	char hash[HASH_TEXT];

	text_addc(t, '{');
	key_text(t, "id", q->id);
	text_addf(t, ",\"question\":\"%s\",", hash32_text(&q->hash, hash));
	key_text(t, "asked_by", q->account);
	text_addc(t, ',');
	key_text(t, "study", q->study);
	text_addf(t, ",\"kind\":\"%s\",\"mode\":\"%s\",\"state\":\"%s\",\"confidence\":0.95,",
		q->kind, q->mode, answer_state_name(q->state));
}

int answer_write(const struct stored_question *q, const struct stored_leg *legs, size_t n,
	int64_t now_ms, struct text *out, struct error *err)
{
	struct writing w = { .out = out };
	int64_t ms = (q->ended_ms > 0 ? q->ended_ms : now_ms) - q->received_ms;
	char when[32];
	struct arena a;
	int ret;

	arena_init(&a, 2 * (size_t)MAX_FRAME_ARENA);
	ret = read_legs(&w, legs, n, &a, err);
	if (ret == 0) {
		write_head(out, q);
		write_groups(&w);
		text_addc(out, ',');
		write_total(&w);
		text_add(out, ",\"sites\":[");
		for (size_t i = 0; i < w.n; i++) {
			if (i > 0)
				text_addc(out, ',');
			write_site(&w, &w.legs[i]);
		}
		text_addf(out, "],\"asked\":\"%s\",\"ms\":%lld}", clock_iso(q->received_ms, when),
			(long long)(ms < 0 ? 0 : ms));
	}
	arena_clear(&a);
	if (ret == 0 && text_failed(out))
		return error_set(err, E_LIMIT, SAY("the answer is too large", "答案过大"),
			"question %s: its answer is longer than %zu bytes", q->id, out->max);
	return ret;
}

void answer_write_quotes(const struct quote_leg *legs, size_t n, struct text *out)
{
	text_add(out, "{\"sites\":[");
	for (size_t i = 0; i < n; i++) {
		const struct msg_quoted *m = legs[i].quoted;

		text_add(out, i > 0 ? ",{" : "{");
		key_text(out, "site", legs[i].name);
		text_addf(out, ",\"state\":\"%s\"", site_state_name(legs[i].state));
		if (m != NULL) {
			text_addf(out, ",\"allowed\":%s", m->allowed ? "true" : "false");
			if (m->allowed)
				text_addf(out, ",\"recalled\":%s", m->recalled ? "true" : "false");
			write_reason(out, m->rule, m->say_en, m->say_zh);
			text_addc(out, ',');
			write_accounts(out, m->accounts, m->count);
		}
		text_addc(out, '}');
	}
	text_add(out, "]}");
}

void answer_write_list(const struct stored_summary *list, size_t n, bool more, struct text *out)
{
	char when[32];

	text_add(out, "{\"questions\":[");
	for (size_t i = 0; i < n; i++) {
		const struct stored_summary *s = &list[i];

		text_add(out, i > 0 ? ",{" : "{");
		key_text(out, "id", s->id);
		text_addc(out, ',');
		key_text(out, "study", s->study);
		text_addf(out, ",\"kind\":\"%s\",\"state\":\"%s\",\"asked\":\"%s\",", s->kind,
			answer_state_name(s->state), clock_iso(s->received_ms, when));
		key_text(out, "asked_by", s->account);
		text_addf(out, ",\"sites\":%lld,\"answered\":%lld}", (long long)s->sites,
			(long long)s->answered);
	}
	text_addc(out, ']');
	if (more) {
		text_addc(out, ',');
		key_text(out, "next", list[n - 1].id);
	}
	text_addc(out, '}');
}
