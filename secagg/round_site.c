#include "secagg/round_site.h"

#include <openssl/rand.h>
#include <stdlib.h>
#include <string.h>

#include "secagg/certificate.h"
#include "secagg/quorum.h"

/*
 * What a site never does here: send, log, look at a clock, or decide whether a question may be asked at all.
 */

struct round_site {
	struct site_setup own; /* its pointers borrowed */
	struct sum_invite invite;
	struct sum_expect expect;
	enum round_state state;
	int64_t due_ms;

	struct deriver *deriver;
	struct key_scope scope;
	struct x_pair c, s;
	struct key32 b;
	struct roster_entry entry; /* as it was sent */
	struct roster roster;
	uint64_t me;
	struct dealt_share mine;    /* for oneself, as it was sent */
	struct envelope_key *opens; /* one a site, from it to this one */
	struct held *held;
	struct bits complaints;
	struct sum_view view;
};

enum site_event {
	ON_KEYS,
	ON_ROSTER,
	ON_DEAL,
	ON_WORDS,
	ON_SURVIVE,
	ON_CERTIFICATE,
	SITE_EVENTS
};

/* The life of a round at a site; nothing else moves it forward. Pairs that are not here end it (W1). */
static const struct {
	bool allowed;
	enum round_state next;
} life[ROUND_STATES][SITE_EVENTS] = {
	[ROUND_INVITED][ON_KEYS] = { true, ROUND_KEYED },
	[ROUND_KEYED][ON_ROSTER] = { true, ROUND_DEALT_OUT },
	[ROUND_DEALT_OUT][ON_DEAL] = { true, ROUND_DEALT },
	[ROUND_DEALT][ON_WORDS] = { true, ROUND_MASKED },
	[ROUND_MASKED][ON_SURVIVE] = { true, ROUND_ACKED },
	[ROUND_ACKED][ON_CERTIFICATE] = { true, ROUND_DONE },
};

static int denied(struct error *err, const char *why)
{
	return error_set(err, E_DENIED,
		SAY("This site refuses to go on with the secure sum.",
			"本站点拒绝继续本次安全求和。"),
		"sum: %s", why);
}

static void wipe_own(struct round_site *r)
{
	x_pair_clear(&r->c);
	x_pair_clear(&r->s);
	key32_wipe(&r->b);
}

static void wipe_opens(struct round_site *r)
{
	if (r->opens != NULL)
		secret_wipe(r->opens, r->roster.n * sizeof(*r->opens));
	free(r->opens);
	r->opens = NULL;
}

static void wipe(struct round_site *r)
{
	wipe_own(r);
	wipe_opens(r);
	held_free(r->held);
	r->held = NULL;
	deriver_free(r->deriver);
	r->deriver = NULL;
}

void round_site_abort(struct round_site *r)
{
	wipe(r);
	if (r->state != ROUND_DONE)
		r->state = ROUND_OVER;
}

void round_site_free(struct round_site *r)
{
	if (r == NULL)
		return;
	wipe(r);
	roster_clear(&r->roster);
	secret_wipe(r, sizeof(*r));
	free(r);
}

bool round_site_expire(struct round_site *r, struct sum_now now)
{
	if (r->state < ROUND_DONE && (now.mono_ms >= r->due_ms || now.wall_s >= r->invite.expires_s))
		round_site_abort(r);
	return r->state >= ROUND_DONE;
}

/* Whether the event may happen now. */
static int begin(struct round_site *r, enum site_event event, struct sum_now now, struct error *err)
{
	if (life[r->state][event].allowed && !round_site_expire(r, now))
		return 0;
	bool late = r->state == ROUND_OVER;

	round_site_abort(r);
	return error_set(err, E_STATE,
		SAY("The secure sum is over for this site.", "本站点的本次安全求和已结束。"),
		late ? "sum: over, or past its deadline" : "sum: a message at the wrong moment");
}

/* Ends an event: forward, or over. */
static int end(
	struct round_site *r, enum site_event event, int ret, uint64_t wait_ms, struct sum_now now)
{
	if (ret != 0) {
		round_site_abort(r);
		return -1;
	}
	r->state = life[r->state][event].next;
	r->due_ms = now.mono_ms + (int64_t)wait_ms;
	if (r->state == ROUND_DONE)
		wipe(r);
	return 0;
}

static int mark(struct round_site *r, enum sum_mark which, struct error *err)
{
	return r->own.marks.mark(r->own.marks.of, which, &r->scope.ctx, err);
}

/* ---- 1 INVITE ---- */

int sum_expected(const struct sum_invite *i, const struct sum_expect *e,
	const struct sum_rules *rules, struct error *err)
{
	if (!hash32_equal(&i->question, &e->question) || !hash32_equal(&i->asked, &e->asked))
		return denied(err, "another question than the one that was asked");
	if (!hash32_equal(&i->layout, &e->layout) || i->mode != e->mode || i->words != e->words)
		return denied(err, "another layout than this site makes");
	if (!hash32_equal(&i->noise, &e->noise))
		return denied(err, "another noise than this site's policy gives");
	if (i->bound != e->bound)
		return denied(err, "another bound than this site's values have");
	if (i->n_min < e->n_min)
		return denied(err, "fewer sites than this site's policy wants");
	if (quorum_honest(rules, i->n_max, i->u_min) < e->honest)
		return denied(err, "fewer honest sites than the noise is sized for");
	/* n_max * (B + tail) < 2^63, so that the sum keeps its sign */
	if (i->mode == SUM_ADD && (e->tail > INT64_MAX - e->bound ||
					  e->bound + e->tail > (uint64_t)INT64_MAX / i->n_max))
		return denied(err, "sums with noise that do not fit into 63 bits");
	return 0;
}

int round_site_new(struct round_site **out, const struct site_setup *setup,
	const struct sum_expect *expect, const void *invite, size_t len, struct sum_now now,
	struct error *err)
{
	const struct member *me = membership_find(setup->members, &setup->me);
	struct round_site *r;

	if (me == NULL || !member_valid(me, now.wall_s))
		return denied(err, "this site is no member now");
	r = calloc(1, sizeof(*r));
	if (r == NULL)
		return error_memory(err);
	r->own = *setup;
	r->expect = *expect;
	if (invite_read(invite, len, setup->members, now.wall_s, &r->invite, &r->scope.ctx, err) !=
			0 ||
		sum_expected(&r->invite, expect, &setup->members->rules, err) != 0 ||
		deriver_new(&r->deriver, err) != 0) {
		round_site_free(r);
		return -1;
	}
	r->scope.words = r->invite.words;
	r->scope.suite = r->invite.suite;
	r->view.ctx = r->scope.ctx;
	r->due_ms = now.mono_ms + (int64_t)r->invite.wait_ms[WAIT_ROSTER];
	*out = r;
	return 0;
}

/* ---- 2 KEYS ---- */

static int make_keys(struct round_site *r, struct error *err)
{
	struct roster_entry *e = &r->entry;

	if (x_pair_new(&r->c, err) != 0 || x_pair_new(&r->s, err) != 0)
		return -1;
	if (RAND_priv_bytes(r->b.at, sizeof(r->b.at)) != 1)
		return error_set(err, E_CRYPTO,
			SAY("No random numbers can be had.", "无法取得随机数。"),
			"sum: the random number generator failed");
	e->id = r->own.me;
	memcpy(e->c, r->c.public, sizeof(e->c));
	memcpy(e->s, r->s.public, sizeof(e->s));
	if (entry_commit(&r->scope.ctx, &e->id, r->b.at, &e->b, err) != 0)
		return -1;
	return entry_sign(e, &r->scope.ctx, r->own.key, err);
}

int round_site_keys(struct round_site *r, struct sum_now now, struct text *out, struct error *err)
{
	int ret;

	if (begin(r, ON_KEYS, now, err) != 0)
		return -1;
	ret = make_keys(r, err);
	/* a restart finds the mark: this context is answered once */
	if (ret == 0)
		ret = mark(r, MARK_BEGUN, err);
	if (ret == 0)
		lay_fixed(out, &r->entry, ENTRY_BYTES);
	if (ret == 0 && text_failed(out))
		ret = error_memory(err);
	return end(r, ON_KEYS, ret, r->invite.wait_ms[WAIT_ROSTER], now);
}

/* ---- 3 ROSTER, 4 SHARES ---- */

static int take_roster(
	struct round_site *r, const void *bytes, size_t len, struct sum_now now, struct error *err)
{
	struct bits all;

	if (roster_read(&r->roster, bytes, len, r->own.members, &r->invite, &r->scope.ctx,
		    now.wall_s, err) != 0)
		return -1;
	r->me = roster_place(&r->roster, &r->own.me);
	if (r->me == r->roster.n || memcmp(&r->roster.entries[r->me], &r->entry, ENTRY_BYTES) != 0)
		return denied(err, "this site is not in the roster as it said");
	bits_init(&all, r->roster.n);
	for (uint64_t i = 0; i < r->roster.n; i++)
		bits_add(&all, i);
	if (roster_trusts(&r->roster, &all, &r->own.trust, r->me, &r->own.members->rules, err) != 0)
		return -1;
	r->scope.roster = r->roster.hash;
	r->view.roster = &r->roster;
	bits_init(&r->complaints, r->roster.n);
	return 0;
}

/* The envelope keys of one pair, both ways; nothing else needs what was agreed on. */
static int agree_envelopes(
	struct round_site *r, uint64_t peer, struct envelope_key *seal, struct error *err)
{
	const struct roster_entry *e = &r->roster.entries[peer];
	LOCAL_KEY(agreed);

	if (x_pair_agree(&r->c, e->c, &agreed, err) != 0 ||
		envelope_key(r->deriver, &r->scope, &agreed, &r->own.me, &e->id, seal, err) != 0)
		return -1;
	return envelope_key(
		r->deriver, &r->scope, &agreed, &e->id, &r->own.me, &r->opens[peer], err);
}

static int deal_one(struct round_site *r, uint64_t to, const struct share *b, const struct share *s,
	struct dealt_share *out, struct error *err)
{
	struct envelope_key seal;
	int ret = -1;

	*out = (struct dealt_share){ 0 };
	if (share_hash(&r->roster.hash, r->me, to, SHARE_B, b, &out->b, err) != 0 ||
		share_hash(&r->roster.hash, r->me, to, SHARE_S, s, &out->s, err) != 0)
		return -1;
	if (to == r->me)
		return 0;
	if (agree_envelopes(r, to, &seal, err) == 0)
		ret = envelope_seal(&seal, &r->roster.hash, r->me, to, b, s, out->envelope, err);
	secret_wipe(&seal, sizeof(seal));
	return ret;
}

/* Deals into `dealt` and keeps the shares for oneself. */
static int deal_all(struct round_site *r, struct share *b, struct share *s,
	struct dealt_share *dealt, struct error *err)
{
	uint64_t n = r->roster.n, t = r->roster.shares;

	if (shamir_deal(&r->b, t, n, b, err) != 0 || shamir_deal(&r->s.secret, t, n, s, err) != 0)
		return -1;
	for (uint64_t j = 0; j < n; j++)
		if (deal_one(r, j, &b[j], &s[j], &dealt[j], err) != 0)
			return -1;
	r->mine = dealt[r->me];
	held_put(r->held, r->me, &b[r->me], &s[r->me]);
	x_pair_clear(&r->c); /* both ways are derived: it is not wanted any more */
	return 0;
}

static int write_shares(
	struct round_site *r, const struct dealt_share *dealt, struct text *out, struct error *err)
{
	size_t len = r->roster.n * DEALT_BYTES;
	const struct hash32 hashes[] = { r->roster.hash, sha256(dealt, len) };
	uint8_t signature[64];

	if (step_sign(STEP_SHARES, &r->scope.ctx, &r->own.me, hashes, 2, r->own.key, signature,
		    err) != 0)
		return -1;
	lay_fixed(out, dealt, len);
	lay_fixed(out, signature, sizeof(signature));
	return text_failed(out) ? error_memory(err) : 0;
}

static int make_shares(struct round_site *r, struct text *out, struct error *err)
{
	uint64_t n = r->roster.n;
	struct share *shares = calloc(2 * n, sizeof(*shares));
	struct dealt_share *dealt = calloc(n, sizeof(*dealt));
	int ret = -1;

	r->opens = calloc(n, sizeof(*r->opens));
	if (shares == NULL || dealt == NULL || r->opens == NULL)
		(void)error_memory(err);
	else if (held_new(&r->held, n, err) == 0 &&
		 deal_all(r, shares, shares + n, dealt, err) == 0)
		ret = write_shares(r, dealt, out, err);
	if (shares != NULL)
		secret_wipe(shares, 2 * n * sizeof(*shares));
	free(shares);
	free(dealt);
	return ret;
}

int round_site_roster(struct round_site *r, const void *bytes, size_t len, struct sum_now now,
	struct text *out, struct error *err)
{
	int ret;

	if (begin(r, ON_ROSTER, now, err) != 0)
		return -1;
	ret = take_roster(r, bytes, len, now, err);
	if (ret == 0)
		ret = make_shares(r, out, err);
	return end(r, ON_ROSTER, ret, r->invite.wait_ms[WAIT_DEAL], now);
}

/* ---- 5 DEAL ---- */

/* Whether the envelope opens and holds what its dealer's hashes say. */
static bool take_envelope(struct round_site *r, uint64_t from, const struct dealt_share *d)
{
	struct error why;
	struct share b, s;
	struct hash32 hb, hs;
	bool good;

	if (envelope_open(
		    &r->opens[from], &r->roster.hash, from, r->me, d->envelope, &b, &s, &why) != 0)
		return false;
	good = share_hash(&r->roster.hash, from, r->me, SHARE_B, &b, &hb, &why) == 0 &&
	       share_hash(&r->roster.hash, from, r->me, SHARE_S, &s, &hs, &why) == 0 &&
	       hash32_equal(&hb, &d->b) && hash32_equal(&hs, &d->s);
	if (good)
		held_put(r->held, from, &b, &s);
	secret_wipe(&b, sizeof(b));
	secret_wipe(&s, sizeof(s));
	return good;
}

static int take_deal(struct round_site *r, const void *bytes, size_t len, struct error *err)
{
	struct deal_message m;
	uint64_t opened = 1, k = 0; /* what one dealt oneself is held already */

	if (deal_read(&m, bytes, len, r->roster.n, err) != 0)
		return -1;
	if (!bits_has(&m.dealers, r->me))
		return denied(err, "this site is not among the dealers");
	if (bits_count(&m.dealers) < r->invite.u_min || bits_count(&m.dealers) < r->roster.signers)
		return denied(err, "too few dealers");
	for (uint64_t j = 0; j < r->roster.n; j++) {
		if (!bits_has(&m.dealers, j))
			continue;
		const struct dealt_share *d = &m.dealt[k++];

		if (j == r->me && memcmp(d, &r->mine, DEALT_BYTES) != 0)
			return denied(err, "what this site dealt itself is not what it sent");
		if (j == r->me)
			continue;
		if (take_envelope(r, j, d))
			opened++;
		else
			bits_add(&r->complaints, j);
	}
	if (opened < r->roster.signers)
		return denied(err, "too few envelopes open");
	r->view.dealt = m.dealers;
	wipe_opens(r);
	return roster_dealt_hash(
		&r->roster, &r->scope.ctx, &r->view.dealt, &r->view.dealt_hash, err);
}

int round_site_deal(
	struct round_site *r, const void *bytes, size_t len, struct sum_now now, struct error *err)
{
	int ret;

	if (begin(r, ON_DEAL, now, err) != 0)
		return -1;
	ret = take_deal(r, bytes, len, err);
	r->scope.dealt = r->view.dealt_hash;
	/* the words are this site's own to make: it has what is left of the same deadline */
	return end(r, ON_DEAL, ret, r->invite.wait_ms[WAIT_SURVIVE], now);
}

/* ---- 6 MASKED ---- */

static int bounded(const int64_t *v, size_t n, uint64_t bound)
{
	uint64_t over = 0;

	/* |v| <= bound without asking of each v */
	for (size_t i = 0; i < n; i++) {
		uint64_t sign = (uint64_t)0 - ((uint64_t)v[i] >> 63);
		uint64_t size = ((uint64_t)v[i] ^ sign) - sign;

		over |= (bound - size) >> 63 | size >> 63;
	}
	return secret_told(over) ? -1 : 0;
}

static int check_words(struct round_site *r, const int64_t *values, const int64_t *noise, size_t n,
	struct error *err)
{
	if (n != r->invite.words)
		return denied(err, "another number of words than the invitation says");
	if (r->invite.mode != SUM_ADD)
		return 0;
	if (bounded(values, n, r->expect.bound) != 0)
		return denied(err, "a value out of its bound");
	if (noise != NULL && bounded(noise, n, r->expect.tail) != 0)
		return denied(err, "noise beyond its tail");
	return 0;
}

static int put_pair_mask(struct round_site *r, struct masks *m, uint64_t peer, struct error *err)
{
	const struct roster_entry *e = &r->roster.entries[peer];
	bool mine_first = r->me < peer;
	struct mask_key key;
	int ret;
	LOCAL_KEY(agreed);

	if (x_pair_agree(&r->s, e->s, &agreed, err) != 0)
		return -1;
	ret = mask_key_of_pair(r->deriver, &r->scope, &agreed, mine_first ? &r->own.me : &e->id,
		mine_first ? &e->id : &r->own.me, &key, err);
	if (ret == 0)
		ret = masks_put(m, &key, !mine_first, err);
	secret_wipe(&key, sizeof(key));
	return ret;
}

static int put_masks(struct round_site *r, struct masks *m, struct error *err)
{
	struct mask_key key;
	int ret = mask_key_of_self(r->deriver, &r->scope, &r->b, &r->own.me, &key, err);

	if (ret == 0)
		ret = masks_put(m, &key, false, err);
	secret_wipe(&key, sizeof(key));
	for (uint64_t j = 0; j < r->roster.n && ret == 0; j++)
		if (j != r->me && bits_has(&r->view.dealt, j))
			ret = put_pair_mask(r, m, j, err);
	return ret;
}

static int mask_words(struct round_site *r, uint64_t *words, size_t n, struct error *err)
{
	struct masks *m = NULL;
	int ret = masks_new(&m, r->invite.suite, bits_count(&r->view.dealt), err);

	if (ret == 0)
		ret = put_masks(r, m, err);
	wipe_own(r);
	if (ret == 0)
		ret = masks_apply(m, words, n, err);
	masks_free(m);
	return ret;
}

static int write_masked(
	struct round_site *r, const uint64_t *words, size_t n, struct text *out, struct error *err)
{
	struct hash32 hashes[] = { r->roster.hash, r->view.dealt_hash, { { 0 } },
		sha256(words, n * 8) };
	uint8_t signature[64];
	struct text bits;

	/* with the mark the words count as gone: others can make the sum without this site */
	text_init(&bits, BITS_BYTES);
	lay_bits(&bits, &r->complaints);
	if (lay_digest(&bits, &hashes[2], err) != 0 ||
		step_sign(STEP_MASKED, &r->scope.ctx, &r->own.me, hashes, 4, r->own.key, signature,
			err) != 0 ||
		mark(r, MARK_MASKED, err) != 0)
		return -1;
	lay_fixed(out, signature, sizeof(signature));
	lay_bits(out, &r->complaints);
	lay_fixed(out, words, n * 8);
	return text_failed(out) ? error_memory(err) : 0;
}

static int make_masked(struct round_site *r, const int64_t *values, const int64_t *noise, size_t n,
	struct text *out, struct error *err)
{
	uint64_t *words = NULL;
	int ret = -1;

	if (check_words(r, values, noise, n, err) != 0)
		return -1;
	words = malloc(n * sizeof(*words));
	if (words == NULL)
		return error_memory(err);
	for (size_t i = 0; i < n; i++)
		words[i] = (uint64_t)values[i] + (noise == NULL ? 0 : (uint64_t)noise[i]);
	if (mask_words(r, words, n, err) == 0) {
		words_little_endian(words, n);
		ret = write_masked(r, words, n, out, err);
	}
	secret_wipe(words, n * sizeof(*words)); /* not yet masked after a failure */
	free(words);
	return ret;
}

int round_site_mask(struct round_site *r, const int64_t *values, const int64_t *noise, size_t n,
	struct sum_now now, struct text *out, struct error *err)
{
	int ret;

	if (begin(r, ON_WORDS, now, err) != 0)
		return -1;
	ret = make_masked(r, values, noise, n, out, err);
	return end(r, ON_WORDS, ret, r->invite.wait_ms[WAIT_SURVIVE], now);
}

/* ---- 7 SURVIVE, 8 ACK ---- */

static int take_survivors(struct round_site *r, const void *bytes, size_t len, struct error *err)
{
	struct bits alive;

	if (survive_read(&alive, bytes, len, r->roster.n, err) != 0)
		return -1;
	if (!bits_has(&alive, r->me) || !bits_within(&alive, &r->view.dealt))
		return denied(err, "survivors without this site, or who never dealt");
	if (bits_count(&alive) < r->invite.u_min || bits_count(&alive) < r->roster.signers)
		return denied(err, "too few survivors");
	if (roster_trusts(&r->roster, &alive, &r->own.trust, r->me, &r->own.members->rules, err) !=
		0)
		return -1;
	r->view.alive = alive;
	return roster_alive_hash(
		&r->roster, &r->scope.ctx, &r->view.dealt_hash, &alive, &r->view.alive_hash, err);
}

static int write_ack(struct round_site *r, struct text *out, struct error *err)
{
	const struct hash32 hashes[] = { r->roster.hash, r->view.dealt_hash, r->view.alive_hash };
	uint8_t signature[64];

	if (step_sign(STEP_ACK, &r->scope.ctx, &r->own.me, hashes, 3, r->own.key, signature, err) !=
			0 ||
		mark(r, MARK_ACKED, err) != 0)
		return -1;
	lay_fixed(out, signature, sizeof(signature));
	return text_failed(out) ? error_memory(err) : 0;
}

int round_site_survive(struct round_site *r, const void *bytes, size_t len, struct sum_now now,
	struct text *out, struct error *err)
{
	int ret;

	if (begin(r, ON_SURVIVE, now, err) != 0)
		return -1;
	ret = take_survivors(r, bytes, len, err);
	if (ret == 0)
		ret = write_ack(r, out, err);
	return end(r, ON_SURVIVE, ret, r->invite.wait_ms[WAIT_CERTIFICATE], now);
}

/* ---- 9 CERT, 10 UNMASK ---- */

static int write_unmask(
	struct round_site *r, const struct text *body, struct text *out, struct error *err)
{
	const struct hash32 hashes[] = { r->roster.hash, r->view.dealt_hash, r->view.alive_hash,
		sha256(body->at, body->len) };
	uint8_t signature[64];

	if (step_sign(STEP_UNMASK, &r->scope.ctx, &r->own.me, hashes, 4, r->own.key, signature,
		    err) != 0)
		return -1;
	lay_fixed(out, signature, sizeof(signature));
	lay_fixed(out, body->at, body->len);
	return text_failed(out) ? error_memory(err) : 0;
}

static int reveal(
	struct round_site *r, const void *bytes, size_t len, struct text *out, struct error *err)
{
	struct certified *c;
	struct text body;
	int ret;

	if (certificate_check(&c, &r->view, bytes, len, err) != 0)
		return -1;
	text_init(&body, MAX_SUM_LAYOUT_BYTES);
	ret = held_reveal(&r->held, c, &body, err);
	if (ret == 0)
		ret = write_unmask(r, &body, out, err);
	text_clear(&body);
	certified_free(c);
	return ret;
}

int round_site_certificate(struct round_site *r, const void *bytes, size_t len, struct sum_now now,
	struct text *out, struct error *err)
{
	int ret;

	if (begin(r, ON_CERTIFICATE, now, err) != 0)
		return -1;
	ret = reveal(r, bytes, len, out, err);
	return end(r, ON_CERTIFICATE, ret, 0, now);
}

/* ---- what callers look at ---- */

int64_t round_site_due_ms(const struct round_site *r)
{
	return r->due_ms;
}

enum round_state round_site_state(const struct round_site *r)
{
	return r->state;
}

const struct hash32 *round_site_context(const struct round_site *r)
{
	return &r->scope.ctx;
}

const struct sum_invite *round_site_invite(const struct round_site *r)
{
	return &r->invite;
}

uint64_t round_site_sites(const struct round_site *r)
{
	return r->roster.n;
}

uint64_t round_site_place(const struct round_site *r)
{
	return r->me;
}
