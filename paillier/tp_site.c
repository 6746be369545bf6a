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
	ON_ROSTER,
	TP_SITE_EVENTS
};

/* The life of a sum at a site; nothing else moves it forward. Pairs that are not here end it (A2). */
static const struct {
	bool allowed;
	enum tp_site_state next;
} life[TP_SITE_STATES][TP_SITE_EVENTS] = {
	[TP_SITE_INVITED][ON_VALUES] = { true, TP_SITE_COMMITTED },
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

static int pack_all(struct tp_site *s, const int64_t *words, BIGNUM **m, struct error *err)
{
	const struct tp_packing *p = &s->invite.packing;
	size_t left = s->invite.sum.words;

	for (size_t c = 0; c < s->invite.count; c++) {
		size_t n = left < p->slots ? left : p->slots;

		m[c] = BN_secure_new();
		if (m[c] == NULL)
			return error_memory(err);
		if (tp_pack(p, words + c * p->slots, n, m[c], err) != 0)
			return -1;
		left -= n;
	}
	return 0;
}

static int encrypt_all(struct tp_site *s, const int64_t *words, struct error *err)
{
	BIGNUM **m = calloc(s->invite.count, sizeof(*m));
	int ret = m == NULL ? error_memory(err) : pack_all(s, words, m, err);

	s->len = tp_open_bytes(s->own.k, &s->invite);
	s->ciphertexts = ret == 0 ? malloc(s->len) : NULL;
	if (ret == 0 && s->ciphertexts == NULL)
		ret = error_memory(err);
	if (ret == 0)
		ret = tp_known_encrypt(s->own.table, s->own.k, &s->invite.ctx, &s->own.site.me,
			(const BIGNUM *const *)m, s->invite.count, s->ciphertexts, err);
	for (size_t c = 0; m != NULL && c < s->invite.count; c++)
		number_free(&m[c]);
	free(m);
	return ret;
}

/* 1 when v is past the bound; no branch on v. */
static uint64_t past(int64_t v, uint64_t bound)
{
	uint64_t sign = (uint64_t)(v >> 63), size = ((uint64_t)v ^ sign) - sign;

	return (bound - size) >> 63; /* both below 2^63, or v is INT64_MIN */
}

static int add_noise(struct tp_site *s, const int64_t *values, const int64_t *noise, int64_t *words,
	struct error *err)
{
	uint64_t bad = 0;

	for (size_t i = 0; i < s->invite.sum.words; i++) {
		int64_t extra = noise == NULL ? 0 : noise[i];

		bad |= past(values[i], s->expect.bound) | past(extra, s->expect.tail);
		words[i] = (int64_t)((uint64_t)values[i] + (uint64_t)extra);
	}
	return bad == 0 ? 0
			: error_set(err, E_LIMIT,
				  SAY("A number of this site is larger than the question allows.",
					  "本站点的某个数值超出问题允许的范围。"),
				  "sum: a value or its noise is out of bounds");
}

static int commit(struct tp_site *s, const int64_t *values, const int64_t *noise, size_t n,
	struct text *out, struct error *err)
{
	int64_t *words;
	int ret;

	if (n != s->invite.sum.words)
		return denied(err, "another number of values than the invitation's");
	words = calloc(n, sizeof(*words));
	ret = words == NULL ? error_memory(err) : add_noise(s, values, noise, words, err);
	if (ret == 0)
		ret = encrypt_all(s, words, err);
	if (words != NULL)
		secret_wipe(words, n * sizeof(*words));
	free(words);
	s->entry.id = s->own.site.me;
	if (ret == 0 && RAND_priv_bytes(s->nonce.at, sizeof(s->nonce.at)) != 1)
		ret = number_failed(err, "no random number");
	if (ret == 0)
		ret = tp_commitment(&s->invite.ctx, &s->entry.id, s->nonce.at, s->ciphertexts,
			s->len, &s->entry.commitment, err);
	if (ret == 0)
		ret = tp_entry_sign(&s->entry, &s->invite.ctx, s->own.site.key, err);
	if (ret == 0)
		ret = mark(s, MARK_BEGUN, err); /* A1: on disk before it is given out */
	if (ret != 0)
		return -1;
	lay_fixed(out, &s->entry, TP_ENTRY_BYTES);
	return text_failed(out) ? error_memory(err) : 0;
}

int tp_site_commit(struct tp_site *s, const int64_t *values, const int64_t *noise, size_t n,
	struct sum_now now, struct text *out, struct error *err)
{
	if (begin(s, ON_VALUES, now, err) != 0)
		return -1;
	return end(s, ON_VALUES, commit(s, values, noise, n, out, err), now);
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
