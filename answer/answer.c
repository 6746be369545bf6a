/*
 * answer.c - the words around the numbers: docs/api.md, "An answer".
 */
#include "answer/answer.h"

#include <stdlib.h>
#include <string.h>

#include "answer/answer_cells.h"
#include "answer/answer_privacy.h"
#include "answer/answer_similar.h"
#include "answer/answer_statistics.h"
#include "answer/answer_sum.h"
#include "answer/answer_words.h"
#include "answer/combine.h"
#include "answer/sense.h"
#include "base/clock.h"
#include "crypto/account.h"
#include "query/answer.h"
#include "query/canonical.h"
#include "query/coded.h"
#include "wire/message.h"

/* A leg with its message read. */
struct view_leg {
	const struct stored_leg *leg;
	enum site_state state;
	struct message m;          /* type 0: none */
	struct combine_part *part; /* of a release; NULL else */
	struct release *offer;     /* what it put into a secure sum; NULL else */
};

struct writing {
	struct text *out;
	struct combined all;
	struct statistics statistics;
	struct view_leg *legs;
	size_t n;
	bool list_cells;
	const struct answer_sum *sum; /* NULL: none */
};

/* ---- reading what is stored ---- */

static bool has_release(enum site_state s)
{
	return s == SITE_ANSWERED || s == SITE_RECALLED || s == SITE_SUPPRESSED;
}

/* A release of another kind than was asked would be read as something that it is not. */
static bool of_kind(const struct release *r, const char *kind)
{
	return strcmp(kind_name((enum question_kind)r->kind), kind) == 0;
}

static void read_offer(struct view_leg *v, const char *kind, struct arena *a)
{
	struct release *r = arena_alloc(a, sizeof(*r));
	struct error err;

	if (r != NULL && v->m.type == MSG_OFFER &&
		release_decode(v->m.offer.sealed.at, v->m.offer.sealed.len, a, r, &err) == 0 &&
		of_kind(r, kind) && r->summed && release_sense(r))
		v->offer = r;
}

/* False when the message is no message, or does not say what a site of its state said. */
static bool reads(
	struct view_leg *v, struct combine_part *part, const char *kind, struct arena *a)
{
	struct error err;

	if (v->leg->message.len == 0 ||
		message_decode(v->leg->message.at, v->leg->message.len, a, &v->m, &err) != 0) {
		memset(&v->m, 0, sizeof(v->m));
		return v->leg->message.len == 0 && !has_release(v->leg->state);
	}
	if (v->leg->state == SITE_SUMMED ||
		(v->leg->state == SITE_RECALLED && v->m.type == MSG_OFFER)) {
		read_offer(v, kind, a);
		return v->offer != NULL;
	}
	if (!has_release(v->leg->state))
		return true;
	if (v->m.type != MSG_RELEASE ||
		release_decode(v->m.release.sealed.at, v->m.release.sealed.len, a, &part->release,
			&err) != 0 ||
		!of_kind(&part->release, kind) || part->release.summed ||
		!release_sense(&part->release))
		return false;
	part->site = v->leg->site;
	v->part = part;
	return true;
}

/* Whether it would read with memory of its own, so that it is the answer that has too little. */
static bool reads_alone(const struct view_leg *v, const char *kind)
{
	struct view_leg *again = calloc(1, sizeof(*again));
	struct combine_part *part = calloc(1, sizeof(*part));
	struct arena a;
	bool yes = true; /* without memory nothing is blamed on a site */

	arena_init(&a, MAX_FRAME_ARENA);
	if (again != NULL && part != NULL) {
		again->leg = v->leg;
		yes = reads(again, part, kind, &a);
	}
	arena_clear(&a);
	free(part);
	free(again);
	return yes;
}

/* What was stored was checked when it came; if it does not read now, the site is shown as
 * failed. */
static int read_leg(struct view_leg *v, struct combine_part *part, const char *kind,
	struct arena *a, struct error *err)
{
	v->state = v->leg->state;
	if (reads(v, part, kind, a))
		return 0;
	if (reads_alone(v, kind))
		return error_set(err, E_LIMIT, SAY("the answer is too large", "答案过大"),
			"what the sites said does not fit the memory of one answer");
	if (has_release(v->state))
		v->state = SITE_FAILED;
	return 0;
}

/* The only part of such an answer: the sum of all sites that are in it. */
static int read_sum(struct writing *w, const struct stored_sum *stored, struct combine_part *part,
	struct arena *a, struct error *err)
{
	const struct release **offers = arena_array(a, w->n, sizeof(*offers));
	const char **sites = arena_array(a, w->n, sizeof(*sites));
	struct answer_sum *sum = arena_alloc(a, sizeof(*sum));
	size_t n = 0;

	if (offers == NULL || sites == NULL || sum == NULL)
		return error_memory(err);
	for (size_t i = 0; i < w->n; i++)
		if (w->legs[i].offer != NULL) {
			offers[n] = w->legs[i].offer;
			sites[n++] = w->legs[i].leg->site;
		}
	if (answer_sum_read(stored, offers, sites, n, a, sum, err) != 0)
		return -1;
	*part = (struct combine_part){ .release = sum->made.release, .sum = &sum->made.of };
	w->sum = sum;
	return 0;
}

static int read_legs(struct writing *w, const char *kind, const struct stored_leg *legs, size_t n,
	const struct stored_sum *sum, struct arena *a, struct error *err)
{
	struct combine_part *parts = arena_array(a, n + 1, sizeof(*parts));
	size_t n_parts = 0, cells = 0;

	w->legs = arena_array(a, n, sizeof(*w->legs));
	if (w->legs == NULL || parts == NULL)
		return error_memory(err);
	for (w->n = 0; w->n < n; w->n++) {
		w->legs[w->n].leg = &legs[w->n];
		if (read_leg(&w->legs[w->n], &parts[n_parts], kind, a, err) != 0)
			return -1;
		n_parts += w->legs[w->n].part != NULL;
	}
	if (sum != NULL) { /* nothing of a single site stands beside it */
		if (read_sum(w, sum, &parts[0], a, err) != 0)
			return -1;
		n_parts = 1;
	}
	if (combine(&w->all, parts, n_parts, a, err) != 0)
		return -1;
	for (size_t i = 0; i < n_parts; i++)
		cells += parts[i].out == COMBINE_IN
				 ? w->all.n_cells * cells_words(&parts[i].release)
				 : parts[i].release.n_cells;
	w->list_cells = cells <= MAX_LISTED_CELLS;
	return 0;
}

/* The question gives words and wishes to the statistics; they do without where it does not read. */
static void read_question(struct writing *w, const struct stored_question *q, struct arena *a)
{
	struct question *question;
	struct hash32 hash;
	struct error err;

	w->statistics.all = &w->all;
	memcpy(&w->statistics.seed, q->hash.at, sizeof(w->statistics.seed));
	if (q->canonical.len > 0 && w->all.n_parts > 0 &&
		canonical_read(q->canonical.at, q->canonical.len, a, &question, &hash, &err) == 0)
		w->statistics.question = question;
}

/* ---- the total ---- */

static void write_total(struct writing *w)
{
	text_add(w->out, "\"total\":{\"cells\":[");
	cells_write_total(&w->all, w->out);
	text_addc(w->out, ']');
	if (statistics_wanted(&w->statistics)) {
		text_add(w->out, ",\"statistics\":");
		statistics_write(&w->statistics, w->out);
	}
	if (w->sum != NULL) {
		text_add(w->out, ",\"sum\":");
		answer_sum_write(w->sum, w->out);
	}
	text_addc(w->out, '}');
}

/* ---- sites ---- */

static void write_layer(struct text *t, const struct release *r, uint64_t layer)
{
	if (r->noise == NOISE_GAUSSIAN)
		text_addf(t, "\"variance\":%llu", (unsigned long long)r->layers[layer].t);
	else
		text_addf(t, "\"scale\":\"%llu/%llu\"", (unsigned long long)r->layers[layer].t,
			(unsigned long long)r->layers[layer].s);
}

/* The first layer's parameters stand beside its kind; all of them in a list when there are more. */
static void write_noise(struct text *t, const struct release *r)
{
	text_addf(t, "\"noise\":{\"kind\":\"%s\",",
		r->noise == NOISE_GAUSSIAN ? "discrete-gaussian" : "discrete-laplace");
	write_layer(t, r, 0);
	if (r->n_layers > 1)
		text_add(t, ",\"layers\":[");
	for (uint64_t i = 0; r->n_layers > 1 && i < r->n_layers; i++) {
		text_add(t, i > 0 ? ",{" : "{");
		write_layer(t, r, i);
		text_addc(t, '}');
	}
	text_add(t, r->n_layers > 1 ? "]}" : "}");
}

/* What the numbers of a measure or of a time mean. */
static void write_scale(struct text *t, const struct release *r)
{
	char low[32], high[32];

	if (r->low != r->high)
		text_addf(t, ",\"clamp\":[%s,%s]", format_decimal(low, sizeof(low), r->low, 9),
			format_decimal(high, sizeof(high), r->high, 9));
	if (r->resolution > 0)
		text_addf(t, ",\"resolution\":%llu", (unsigned long long)r->resolution);
	if (r->step > 0)
		text_addf(t, ",\"step\":%llu,\"unit\":\"%s\"", (unsigned long long)r->step,
			r->step_months ? "months" : "days");
	if (r->bounded)
		text_add(t, ",\"bounded\":true");
}

static void write_own_statistics(struct writing *w, const struct combine_part *p)
{
	struct statistics own = w->statistics;

	own.only = p;
	if (p->out != COMBINE_IN || !statistics_wanted(&own))
		return;
	text_add(w->out, "\"statistics\":");
	statistics_write(&own, w->out);
	text_addc(w->out, ',');
}

/* Why it is as it is, in the site's own words for its rules. */
static void write_explain(struct writing *w, const struct release *r)
{
	const struct part *parts[MAX_CRITERIA];
	const struct question *q = w->statistics.question;
	unsigned n = q == NULL ? 0 : coded_parts(q, parts);

	text_add(w->out, ",\"explain\":{\"rules\":[");
	for (uint64_t i = 0; i < r->n_rules; i++) {
		if (i > 0)
			text_addc(w->out, ',');
		text_add_json(w->out, r->rules[i]);
	}
	text_add(w->out, "],\"codes\":[");
	for (uint64_t i = 0; i < r->n_codes; i++) {
		const struct release_codes *c = &r->codes[i];

		text_addf(
			w->out, "%s{\"list\":%llu", i > 0 ? "," : "", (unsigned long long)c->list);
		if (c->list < n)
			statistics_label(parts[c->list], w->out);
		text_addf(w->out, ",\"concepts\":%llu}", (unsigned long long)c->concepts);
	}
	text_add(w->out, "]}");
}

/* Of a site in a secure sum: what it put in, but no number of its own. */
static void write_offer(struct writing *w, const struct view_leg *v)
{
	const struct release *r = v->offer;
	struct account_state accounts[MAX_ACCOUNTS];
	struct text *t = w->out;
	char hash[HASH_TEXT];

	text_addf(t, ",\"policy\":{\"version\":%llu,\"hash\":\"%s\"},",
		(unsigned long long)r->policy_version, hash32_text(&r->policy_hash, hash));
	answer_key_text(t, "data", r->data);
	text_addf(t, ",\"min_patients\":%llu,\"round_to\":%llu,\"rows_left_out\":%s",
		(unsigned long long)r->min_patients, (unsigned long long)r->round_to,
		r->rows_left_out ? "true" : "false");
	if (v->leg->ms >= 0)
		text_addf(t, ",\"ms\":%lld", (long long)v->leg->ms);
	write_scale(t, r);
	write_explain(w, r);
	text_addf(t, ",\"recalled\":%s,", v->state == SITE_RECALLED ? "true" : "false");
	memcpy(accounts, v->m.offer.accounts, sizeof(accounts));
	for (uint64_t i = 0; v->state == SITE_RECALLED && i < v->m.offer.count; i++) {
		accounts[i].left += accounts[i].cost; /* it was to be paid, and was not */
		accounts[i].cost = 0;
	}
	answer_write_accounts(t, accounts, v->m.offer.count);
}

static void write_release(struct writing *w, const struct view_leg *v)
{
	const struct release *r = &v->part->release;
	struct text *t = w->out;
	char hash[HASH_TEXT];

	text_addf(t, ",\"policy\":{\"version\":%llu,\"hash\":\"%s\"},",
		(unsigned long long)r->policy_version, hash32_text(&r->policy_hash, hash));
	answer_key_text(t, "data", r->data);
	text_addc(t, ',');
	write_noise(t, r);
	text_addf(t,
		",\"min_patients\":%llu,\"round_to\":%llu,\"rows_left_out\":%s,\"recalled\":%s",
		(unsigned long long)r->min_patients, (unsigned long long)r->round_to,
		r->rows_left_out ? "true" : "false", v->m.release.recalled ? "true" : "false");
	if (v->leg->ms >= 0)
		text_addf(t, ",\"ms\":%lld", (long long)v->leg->ms);
	write_scale(t, r);
	write_explain(w, r);
	answer_write_similar(r->similar, r->n_similar, t);
	if (v->part->out != COMBINE_IN)
		text_addf(t, ",\"left_out\":\"%s\"", combine_out_name(v->part->out));
	if (!w->list_cells) {
		text_add(t, ",\"cells_left_out\":true,");
	} else {
		text_add(t, ",\"cells\":[");
		if (v->part->out == COMBINE_IN)
			cells_write(&w->all, v->part, t);
		else
			cells_write_own(r, t);
		text_add(t, "],");
	}
	write_own_statistics(w, v->part);
	answer_write_accounts(t, v->m.release.accounts, v->m.release.count);
}

static void write_site(struct writing *w, const struct view_leg *v)
{
	struct text *t = w->out;

	text_addc(t, '{');
	answer_key_text(t, "site", v->leg->site);
	text_addf(t, ",\"state\":\"%s\"", site_state_name(v->state));
	if (v->part != NULL && w->sum == NULL) {
		write_release(w, v);
	} else if (v->offer != NULL) {
		write_offer(w, v);
	} else {
		if (v->m.type == MSG_REFUSE)
			answer_write_reason(t, v->m.refuse.rule, v->m.refuse.say_en, v->m.refuse.say_zh);
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
		answer_key_text(w->out, "name", w->all.groups[g].name);
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
	answer_key_text(t, "id", q->id);
	text_addf(t, ",\"question\":\"%s\",", hash32_text(&q->hash, hash));
	answer_key_text(t, "asked_by", q->account);
	text_addc(t, ',');
	answer_key_text(t, "study", q->study);
	text_addf(t, ",\"kind\":\"%s\",\"mode\":\"%s\",\"state\":\"%s\",\"confidence\":0.95,",
		q->kind, q->mode, answer_state_name(q->state));
}

/* Also of what is recalled: its release was paid for when it was made. */
static void write_privacy(struct writing *w)
{
	struct privacy_cost cost = { 0 };

	if (w->sum != NULL) {
		privacy_of_sum(
			&cost, w->sum->made.release.cost_prho, w->sum->made.distinct.buckets > 0);
		answer_write_privacy(&cost, w->out);
		return;
	}
	for (size_t i = 0; i < w->n; i++)
		if (w->legs[i].part != NULL)
			privacy_add(&cost, w->legs[i].part->release.cost_prho);
	answer_write_privacy(&cost, w->out);
}

int answer_write(const struct stored_question *q, const struct stored_leg *legs, size_t n,
	const struct stored_sum *sum, int64_t now_ms, struct text *out, struct error *err)
{
	struct writing w = { .out = out };
	int64_t ms = (q->ended_ms > 0 ? q->ended_ms : now_ms) - q->received_ms;
	char when[32];
	struct arena a;
	int ret;

	/* what the sites said, and the structures it is read into */
	arena_init(&a, 2 * (size_t)MAX_FRAME_ARENA +
			       n * (sizeof(struct view_leg) + sizeof(struct combine_part)));
	ret = read_legs(&w, q->kind, legs, n, sum, &a, err);
	if (ret == 0) {
		read_question(&w, q, &a);
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
		text_addc(out, ']');
		write_privacy(&w);
		text_addf(out, ",\"asked\":\"%s\",\"ms\":%lld}", clock_iso(q->received_ms, when),
			(long long)(ms < 0 ? 0 : ms));
	}
	arena_clear(&a);
	if (ret == 0 && text_failed(out))
		return error_set(err, E_LIMIT, SAY("the answer is too large", "答案过大"),
			"question %s: its answer is longer than %zu bytes", q->id, out->max);
	return ret;
}
