#include "answer/record.h"

#include <string.h>

#include "secagg/layout.h"

static const char label[] = "cordon/record/1";

/* ---- writing ---- */

static void lay_field(struct text *t, struct view v)
{
	lay_u32(t, (uint32_t)v.len);
	lay_fixed(t, v.at, v.len);
}

int record_write(const struct stored_question *q, const struct stored_leg *legs, size_t n,
	const struct stored_sum *sum, struct text *out, struct error *err)
{
	lay_text(out, label);
	lay_text(out, q->id);
	lay_text(out, q->account);
	lay_text(out, q->study);
	lay_text(out, q->kind);
	lay_text(out, q->mode);
	lay_text(out, answer_state_name(q->state));
	lay_field(out, q->canonical);
	lay_u64(out, (uint64_t)q->asked_ms);
	lay_u64(out, (uint64_t)q->received_ms);
	lay_u64(out, (uint64_t)q->ended_ms);
	lay_u32(out, (uint32_t)n);
	for (size_t i = 0; i < n; i++) {
		lay_text(out, legs[i].site);
		lay_text(out, site_state_name(legs[i].state));
		lay_u64(out, (uint64_t)(legs[i].ms + 1));
		lay_field(out, legs[i].message);
	}
	lay_field(out, sum->noise);
	lay_field(out, sum->transcript);
	if (!text_failed(out))
		return 0;
	return error_set(err, E_LIMIT,
		SAY("the record of this sum is too large", "该求和的记录过大"),
		"question %s: its record is longer than %zu bytes", q->id, out->max);
}

/* ---- reading ---- */

static struct view take_field(struct unlay *u)
{
	struct view v = { NULL, unlay_u32(u, MAX_RECORD_BYTES) };

	v.at = unlay_take(u, v.len);
	return v;
}

static void take_text(struct unlay *u, char *out, size_t size)
{
	struct view v = take_field(u);

	out[0] = '\0';
	if (v.at == NULL || memchr(v.at, '\0', v.len) != NULL || !utf8_valid(v.at, v.len) ||
		!text_copyn(out, size, (const char *)v.at, v.len))
		u->bad = true;
}

static void take_question(struct unlay *u, struct stored_question *q)
{
	char state[MAX_ID + 1], own[sizeof(label) + 1];

	take_text(u, own, sizeof(own));
	if (strcmp(own, label) != 0)
		u->bad = true;
	take_text(u, q->id, sizeof(q->id));
	take_text(u, q->account, sizeof(q->account));
	take_text(u, q->study, sizeof(q->study));
	take_text(u, q->kind, sizeof(q->kind));
	take_text(u, q->mode, sizeof(q->mode));
	take_text(u, state, sizeof(state));
	if (!answer_state_parse(state, &q->state))
		u->bad = true;
	q->canonical = take_field(u);
	q->hash = sha256(q->canonical.at, q->canonical.at == NULL ? 0 : q->canonical.len);
	q->asked_ms = (int64_t)unlay_u64(u, INT64_MAX);
	q->received_ms = (int64_t)unlay_u64(u, INT64_MAX);
	q->ended_ms = (int64_t)unlay_u64(u, INT64_MAX);
}

static int take_leg(struct unlay *u, struct arena *a, struct stored_leg *leg, struct error *err)
{
	char site[MAX_ID + 1], state[MAX_ID + 1];

	take_text(u, site, sizeof(site));
	take_text(u, state, sizeof(state));
	if (!id_valid(site) || !site_state_parse(state, &leg->state))
		u->bad = true;
	leg->ms = (int64_t)unlay_u64(u, INT64_MAX) - 1;
	leg->message = take_field(u);
	leg->site = arena_text(a, site);
	return leg->site == NULL ? error_memory(err) : 0;
}

int record_read(
	const void *bytes, size_t len, struct arena *a, struct record *out, struct error *err)
{
	struct record r = { .legs = NULL };
	struct unlay u;

	unlay_init(&u, bytes, len);
	take_question(&u, &r.q);
	r.n = unlay_u32(&u, MAX_SITES);
	r.legs = arena_array(a, r.n + 1, sizeof(*r.legs));
	if (r.legs == NULL)
		return error_memory(err);
	for (size_t i = 0; i < r.n && !u.bad; i++)
		if (take_leg(&u, a, &r.legs[i], err) != 0)
			return -1;
	r.sum.noise = take_field(&u);
	r.sum.transcript = take_field(&u);
	if (unlay_end(&u, "record", err) != 0) {
		err->say = SAY("This is not the record of a secure sum.", "这不是安全求和的记录。");
		return -1;
	}
	*out = r;
	return 0;
}
