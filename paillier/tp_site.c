#include "paillier/tp_site.h"

#include <openssl/rand.h>
#include <stdlib.h>
#include <string.h>

struct tp_site {
	struct tp_site_setup own;
	struct sum_expect expect;
	struct tp_invite invite;
	enum tp_site_state state;
	int64_t due_ms;
	struct tp_entry entry; /* as it was sent */
	struct key32 nonce;
	uint8_t *ciphertexts;
	size_t len;
};

enum tp_site_event {
	ON_VALUES,
	ON_CIPHERTEXTS,
	ON_ROSTER,
	TP_SITE_EVENTS
};

/* The life of a sum at a site; nothing else moves it forward. Pairs that are not here end it (A2). */
static const struct {
	bool allowed;
	enum tp_site_state next;
} life[TP_SITE_STATES][TP_SITE_EVENTS] = {
	[TP_SITE_INVITED][ON_VALUES] = { true, TP_SITE_COUNTED },
	[TP_SITE_COUNTED][ON_CIPHERTEXTS] = { true, TP_SITE_COMMITTED },
	[TP_SITE_COMMITTED][ON_ROSTER] = { true, TP_SITE_DONE },
};

static int denied(struct error *err, const char *why)
{
	return error_set(err, E_DENIED,
		SAY("This site refuses to go on with the secure sum.",
			"本站点拒绝继续本次安全求和。"),
		"sum: %s", why);
}

static void wipe(struct tp_site *s)
{
	if (s->ciphertexts != NULL)
		secret_wipe(s->ciphertexts, s->len);
	free(s->ciphertexts);
	s->ciphertexts = NULL;
	key32_wipe(&s->nonce);
}

void tp_site_abort(struct tp_site *s)
{
	wipe(s);
	if (s->state != TP_SITE_DONE)
		s->state = TP_SITE_OVER;
}

void tp_site_free(struct tp_site *s)
{
	if (s == NULL)
		return;
	wipe(s);
	secret_wipe(s, sizeof(*s));
	free(s);
}

bool tp_site_expire(struct tp_site *s, struct sum_now now)
{
	if (s->state < TP_SITE_DONE &&
		(now.mono_ms >= s->due_ms || now.wall_s >= s->invite.sum.expires_s))
		tp_site_abort(s);
	return s->state >= TP_SITE_DONE;
}

int64_t tp_site_due_ms(const struct tp_site *s)
{
	return s->state < TP_SITE_DONE ? s->due_ms : INT64_MAX;
}

enum tp_site_state tp_site_state(const struct tp_site *s)
{
	return s->state;
}

const struct tp_invite *tp_site_invite(const struct tp_site *s)
{
	return &s->invite;
}

static int begin(struct tp_site *s, enum tp_site_event event, struct sum_now now, struct error *err)
{
	if (life[s->state][event].allowed && !tp_site_expire(s, now))
		return 0;
	tp_site_abort(s);
	return error_set(err, E_STATE,
		SAY("The secure sum is over for this site.", "本站点的本次安全求和已结束。"),
		"sum: over, past its deadline, or a message at the wrong moment");
}

static int end(struct tp_site *s, enum tp_site_event event, int ret, struct sum_now now)
{
	if (ret != 0) {
		tp_site_abort(s);
		return -1;
	}
	s->state = life[s->state][event].next;
	s->due_ms = now.mono_ms + (int64_t)s->invite.sum.wait_ms[WAIT_ROSTER];
	if (s->state == TP_SITE_DONE)
		wipe(s);
	return 0;
}

static int mark(struct tp_site *s, enum sum_mark which, struct error *err)
{
	return s->own.site.marks.mark(s->own.site.marks.of, which, &s->invite.ctx, err);
}

/* ---- INVITE ---- */

static int check_slots(const struct tp_invite *i, const struct sum_expect *e, struct error *err)
{
	if (e->tail > INT64_MAX - e->bound || i->slot_bound != e->bound + e->tail)
		return denied(err, "slots for other numbers than this site's, with their noise");
	return 0;
}

int tp_site_new(struct tp_site **out, const struct tp_site_setup *setup,
	const struct sum_expect *expect, const void *invite, size_t len, struct sum_now now,
	struct error *err)
{
	const struct membership *m = setup->site.members;
	const struct member *me = membership_find(m, &setup->site.me);
	struct tp_site *s;

	if (me == NULL || !member_valid(me, now.wall_s))
		return denied(err, "this site is no member now");
	s = calloc(1, sizeof(*s));
	if (s == NULL)
		return error_memory(err);
	s->own = *setup;
	s->expect = *expect;
	if (tp_invite_read(invite, len, m, setup->k, now.wall_s, &s->invite, err) != 0 ||
		sum_expected(&s->invite.sum, expect, &m->rules, err) != 0 ||
		check_slots(&s->invite, expect, err) != 0) {
		tp_site_free(s);
		return -1;
	}
	s->due_ms = now.mono_ms + (int64_t)s->invite.sum.wait_ms[WAIT_ROSTER];
	*out = s;
	return 0;
}

/* ---- COMMIT ---- */

int tp_site_values(struct tp_site *s, const int64_t *values, const int64_t *noise, size_t n,
	struct sum_now now, struct tp_values **out, struct error *err)
{
	const struct tp_bounds most = { s->expect.bound, s->expect.tail };
	int ret;

	if (begin(s, ON_VALUES, now, err) != 0)
		return -1;
	ret = n != s->invite.sum.words
		      ? denied(err, "another number of values than the invitation's")
		      : tp_values_new(out, s->own.table, s->own.k, &s->invite, &s->own.site.me,
				&most, values, noise, err);
	return end(s, ON_VALUES, ret, now);
}

/* Takes the ciphertexts. */
static int take(struct tp_site *s, struct tp_values *v, struct error *err)
{
	if (v->ciphertexts == NULL || v->m != NULL || !hash32_equal(&v->ctx, &s->invite.ctx) ||
		memcmp(&v->id, &s->own.site.me, sizeof(v->id)) != 0)
		return denied(err, "ciphertexts that are not there, or another question's");
	s->ciphertexts = v->ciphertexts;
	s->len = v->len;
	v->ciphertexts = NULL;
	return 0;
}

static int commit(struct tp_site *s, struct tp_values *v, struct text *out, struct error *err)
{
	if (take(s, v, err) != 0)
		return -1;
	s->entry.id = s->own.site.me;
	if (RAND_priv_bytes(s->nonce.at, sizeof(s->nonce.at)) != 1)
		return number_failed(err, "no random number");
	if (tp_commitment(&s->invite.ctx, &s->entry.id, s->nonce.at, s->ciphertexts, s->len,
		    &s->entry.commitment, err) != 0 ||
		tp_entry_sign(&s->entry, &s->invite.ctx, s->own.site.key, err) != 0 ||
		mark(s, MARK_BEGUN, err) != 0) /* A1: on disk before it is given out */
		return -1;
	lay_fixed(out, &s->entry, TP_ENTRY_BYTES);
	return text_failed(out) ? error_memory(err) : 0;
}

int tp_site_commit(struct tp_site *s, struct tp_values *v, struct sum_now now, struct text *out,
	struct error *err)
{
	int ret = begin(s, ON_CIPHERTEXTS, now, err);

	if (ret == 0)
		ret = end(s, ON_CIPHERTEXTS, commit(s, v, out, err), now);
	tp_values_free(v);
	return ret;
}

/* ---- ROSTER, OPEN ---- */

static int check_roster(struct tp_site *s, const struct tp_roster *r, struct error *err)
{
	uint64_t me = tp_roster_place(r, &s->own.site.me);
	struct bits all;

	if (me == r->n || memcmp(&r->entries[me], &s->entry, TP_ENTRY_BYTES) != 0)
		return denied(err, "this site is not in the roster as it said");
	bits_init(&all, r->n);
	for (uint64_t i = 0; i < r->n; i++)
		bits_add(&all, i);
	return roster_trusts(
		&r->sites, &all, &s->own.site.trust, me, &s->own.site.members->rules, err);
}

static int open_all(struct tp_site *s, const void *roster, size_t len, struct sum_now now,
	struct text *out, struct error *err)
{
	struct tp_roster r;
	int ret;

	if (tp_roster_read(&r, roster, len, s->own.site.members, &s->invite, now.wall_s, err) != 0)
		return -1;
	ret = check_roster(s, &r, err);
	if (ret == 0)
		ret = mark(s, MARK_MASKED, err);
	if (ret == 0)
		ret = tp_open_write(&r, &s->invite.ctx, &s->own.site.me, s->nonce.at,
			s->ciphertexts, s->len, s->own.site.key, out, err);
	tp_roster_clear(&r);
	return ret;
}

int tp_site_open(struct tp_site *s, const void *roster, size_t len, struct sum_now now,
	struct text *out, struct error *err)
{
	if (begin(s, ON_ROSTER, now, err) != 0)
		return -1;
	return end(s, ON_ROSTER, open_all(s, roster, len, now, out, err), now);
}
