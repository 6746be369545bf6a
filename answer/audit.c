#include "answer/audit.h"

#include <string.h>

#include "answer/answer.h"
#include "answer/sum.h"
#include "crypto/shared_noise.h"
#include "query/canonical.h"
#include "wire/message.h"

static int apart(struct error *err, const char *what)
{
	return error_set(err, E_CRYPTO,
		SAY("The record of the secure sum does not show the sum it states.",
			"安全求和的记录与其所载结果不符。"),
		"record: %s", what);
}

int audit_epoch(const struct record *r, uint64_t *epoch, struct hash32 *members, struct error *err)
{
	const struct view t = r->sum.transcript;
	struct hash32 unused;

	return tp_transcript_is(t.at, t.len)
		       ? tp_transcript_list(t.at, t.len, epoch, members, &unused, err)
		       : transcript_list(t.at, t.len, epoch, members, err);
}

bool audit_paillier(const struct record *r, struct hash32 *key)
{
	const struct view t = r->sum.transcript;
	struct hash32 unused;
	uint64_t epoch;
	struct error err;

	return tp_transcript_is(t.at, t.len) &&
	       tp_transcript_list(t.at, t.len, &epoch, &unused, key, &err) == 0;
}

/* U4: its sites say so, all of them. */
static bool recalled(const struct record *r)
{
	bool first = false, again = false;

	for (size_t i = 0; i < r->n; i++) {
		first = first || r->legs[i].state == SITE_SUMMED;
		again = again || r->legs[i].state == SITE_RECALLED;
	}
	return again && !first;
}

static bool said_in_sum(const struct stored_leg *leg)
{
	return leg->state == SITE_SUMMED || leg->state == SITE_RECALLED;
}

/* What was asked, and the noise: the sites' signatures cover them by their hashes. */
static int check_question(
	const struct record *r, const struct sum_invite *i, struct arena *a, struct error *err)
{
	const struct hash32 asked = ask_signed_hash(&r->q.hash, r->q.account, r->q.asked_ms);
	struct shared_noise noise;
	struct question *q;
	struct hash32 hash, own;

	if (canonical_read(r->q.canonical.at, r->q.canonical.len, a, &q, &hash, err) != 0)
		return error_under(err, "record");
	if (!hash32_equal(&hash, &i->question))
		return apart(err, "another question than the sites summed for");
	if (!recalled(r) && !hash32_equal(&asked, &i->asked))
		return apart(
			err, "another person, or another moment, than the sites were asked by");
	if (strcmp(kind_name(q->kind), r->q.kind) != 0 || strcmp(q->study, r->q.study) != 0)
		return apart(err, "of another kind or study than its question");
	if (shared_noise_decode(r->sum.noise.at, r->sum.noise.len, &noise, err) != 0)
		return error_under(err, "record");
	own = shared_noise_hash(&noise);
	if (!hash32_equal(&own, &i->noise))
		return apart(err, "another noise than the sites agreed to");
	return 0;
}

static bool in_sum(const struct transcript *t, const char *site)
{
	for (uint64_t i = 0; i < t->sites; i++)
		if (t->who[i].in_sum && strcmp(t->who[i].member->site, site) == 0)
			return true;
	return false;
}

static int check_offer(const struct stored_leg *leg, const struct record *r,
	const struct sum_invite *i, struct arena *a, struct error *err)
{
	struct message m;
	struct release offer;
	struct shared_noise noise;
	struct hash32 layout;
	uint64_t words;

	if (message_decode(leg->message.at, leg->message.len, a, &m, err) != 0 ||
		m.type != MSG_OFFER ||
		release_decode(m.offer.sealed.at, m.offer.sealed.len, a, &offer, err) != 0)
		return apart(err, "an offer that cannot be read");
	layout = release_layout_hash(&offer);
	if (shared_noise_decode(r->sum.noise.at, r->sum.noise.len, &noise, err) != 0 ||
		sum_words(&offer, &noise, &words, err) != 0 || words != i->words)
		return apart(err, "another noise than the sites agreed to");
	if (strcmp(offer.site, leg->site) != 0 || !hash32_equal(&offer.question, &r->q.hash))
		return apart(err, "an offer of another site or for another question");
	if (!hash32_equal(&layout, &i->layout))
		return apart(err, "an offer of other numbers than were summed");
	return 0;
}

/* U3; a site may stand there once. */
static int check_sites(
	const struct record *r, const struct transcript *t, struct arena *a, struct error *err)
{
	uint64_t n = 0;

	for (size_t i = 0; i < r->n; i++) {
		const struct stored_leg *leg = &r->legs[i];

		for (size_t j = 0; j < i; j++)
			if (strcmp(r->legs[j].site, leg->site) == 0)
				return apart(err, "one site twice");
		if (said_in_sum(leg) != in_sum(t, leg->site))
			return apart(err, "other sites than those that the certificate names");
		if (!said_in_sum(leg))
			continue;
		n++;
		if (check_offer(leg, r, &t->invite, a, err) != 0)
			return error_under(err, "site %s", leg->site);
	}
	return n == t->contributors ? 0 : apart(err, "a site of the sum is not named");
}

static int sum_of(
	const struct audited *made, struct arena *a, struct stored_sum *out, struct error *err)
{
	const struct transcript *t = &made->sum;
	uint8_t *bytes = arena_array(a, t->invite.words, 8);

	if (bytes == NULL)
		return error_memory(err);
	for (uint64_t i = 0; i < t->invite.words; i++)
		put_be64(bytes + 8 * i, t->words[i]);
	*out = (struct stored_sum){ .contributors = t->contributors,
		.noise = made->record.sum.noise,
		.words = { bytes, 8 * t->invite.words },
		.transcript = made->record.sum.transcript };
	return 0;
}

static int verify(const struct record *r, const struct membership *m, const struct tp_key *k,
	struct transcript *out, struct error *err)
{
	const struct view t = r->sum.transcript;

	if (!tp_transcript_is(t.at, t.len))
		return transcript_verify(out, t.at, t.len, m, err);
	if (k == NULL)
		return error_set(err, E_INPUT,
			SAY("This sum was made by threshold Paillier: its key is needed.",
				"该求和采用门限 Paillier，需提供其密钥。"),
			"record: of TP-1, and no key");
	return tp_transcript_verify(out, t.at, t.len, m, k, err);
}

int audit_make(const void *bytes, size_t len, const struct membership *m, const struct tp_key *k,
	struct arena *a, struct text *answer, struct audited *out, struct error *err)
{
	struct audited made = { .sum = { .words = NULL } };
	const struct record *r = &made.record;
	struct stored_sum sum;

	if (record_read(bytes, len, a, &made.record, err) != 0 ||
		verify(r, m, k, &made.sum, err) != 0)
		return -1;
	if (check_question(r, &made.sum.invite, a, err) != 0 ||
		check_sites(r, &made.sum, a, err) != 0 || sum_of(&made, a, &sum, err) != 0 ||
		answer_write(&r->q, r->legs, r->n, &sum, r->q.ended_ms, answer, err) != 0) {
		audited_clear(&made);
		return -1;
	}
	*out = made;
	return 0;
}

void audited_clear(struct audited *a)
{
	transcript_clear(&a->sum);
}
