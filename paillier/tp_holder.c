#include "paillier/tp_holder.h"

#include <stdlib.h>
#include <string.h>

struct tp_holder {
	struct tp_holder_setup own;
	struct tp_invite invite;
	enum tp_holder_state state;
	struct tp_roster roster;
	struct tp_tally *tally;
};

enum tp_holder_event {
	ON_ROSTER,
	ON_OPEN,
	ON_ALL,
	ON_PART,
	TP_HOLDER_EVENTS
};

/* The life of a sum at a holder. Pairs that are not here end it (L3). */
static const struct {
	bool allowed;
	enum tp_holder_state next;
} life[TP_HOLDER_STATES][TP_HOLDER_EVENTS] = {
	[TP_HOLDER_ASKED][ON_ROSTER] = { true, TP_HOLDER_LISTED },
	[TP_HOLDER_LISTED][ON_OPEN] = { true, TP_HOLDER_LISTED },
	[TP_HOLDER_LISTED][ON_ALL] = { true, TP_HOLDER_CLOSED },
	[TP_HOLDER_CLOSED][ON_PART] = { true, TP_HOLDER_DONE },
};

static int denied(struct error *err, const char *why)
{
	return error_set(err, E_DENIED,
		SAY("This holder refuses to open the secure sum.",
			"本持有人拒绝解密本次安全求和。"),
		"holder: %s", why);
}

void tp_holder_free(struct tp_holder *h)
{
	if (h == NULL)
		return;
	tp_tally_free(h->tally);
	tp_roster_clear(&h->roster);
	free(h);
}

enum tp_holder_state tp_holder_state(const struct tp_holder *h)
{
	return h->state;
}

int tp_holder_new(struct tp_holder **out, const struct tp_holder_setup *setup, const void *invite,
	size_t len, struct sum_now now, struct error *err)
{
	struct tp_holder *h = calloc(1, sizeof(*h));

	if (h == NULL)
		return error_memory(err);
	h->own = *setup;
	if (tp_invite_read(invite, len, setup->members, setup->k, now.wall_s, &h->invite, err) !=
		0) {
		tp_holder_free(h);
		return -1;
	}
	*out = h;
	return 0;
}

static int begin(
	struct tp_holder *h, enum tp_holder_event event, struct sum_now now, struct error *err)
{
	if (life[h->state][event].allowed && now.wall_s < h->invite.sum.expires_s)
		return 0;
	h->state = TP_HOLDER_OVER;
	return error_set(err, E_STATE,
		SAY("The secure sum is over for this holder.", "本持有人的本次安全求和已结束。"),
		"holder: over, expired, or a message at the wrong moment");
}

static int end(struct tp_holder *h, enum tp_holder_event event, int ret)
{
	h->state = ret == 0 ? life[h->state][event].next : TP_HOLDER_OVER;
	return ret;
}

int tp_holder_roster(
	struct tp_holder *h, const void *bytes, size_t len, struct sum_now now, struct error *err)
{
	int ret;

	if (begin(h, ON_ROSTER, now, err) != 0)
		return -1;
	ret = tp_roster_read(&h->roster, bytes, len, h->own.members, &h->invite, now.wall_s, err);
	if (ret == 0)
		ret = tp_tally_new(&h->tally, h->own.k, &h->invite, &h->roster, err);
	return end(h, ON_ROSTER, ret);
}

int tp_holder_open(
	struct tp_holder *h, const void *bytes, size_t len, struct sum_now now, struct error *err)
{
	if (begin(h, ON_OPEN, now, err) != 0)
		return -1;
	return tp_tally_add(h->tally, bytes, len, err);
}

static int check_set(struct tp_holder *h, const void *all, size_t len, struct error *err)
{
	struct bits set;
	struct unlay u;

	unlay_init(&u, all, len);
	unlay_bits(&u, &set, h->roster.n);
	if (unlay_end(&u, "all", err) != 0)
		return -1;
	if (!bits_equal(&set, tp_tally_sites(h->tally)))
		return denied(err, "the set of sites is not the one whose ciphertexts came");
	return tp_tally_close(h->tally, h->own.members, &h->own.trust, err);
}

static int write_part(struct tp_holder *h, const struct tp_partial *p, struct hash32 hashes[4],
	struct text *out, struct error *err)
{
	const struct tp_holder_key *me = &h->own.k->holders[p->place - 1];
	uint8_t signature[64];
	struct text body;
	int ret;

	text_init(&body, MAX_SUM_LAYOUT_BYTES);
	ret = tp_partial_write(h->own.k, p, &body, err);
	if (ret == 0) {
		hashes[3] = sha256(body.at, body.len);
		ret = tp_sign(TP_STEP_PART, &h->invite.ctx, &me->id, hashes, 4, h->own.key,
			signature, err);
	}
	if (ret == 0) {
		lay_fixed(out, signature, sizeof(signature));
		lay_fixed(out, body.at, body.len);
		ret = text_failed(out) ? error_memory(err) : 0;
	}
	text_clear(&body);
	return ret;
}

/* L1: on disk before anything of the share leaves */
static int close_set(struct tp_holder *h, const void *all, size_t len, struct error *err)
{
	struct hash32 hashes[4];

	if (check_set(h, all, len, err) != 0)
		return -1;
	tp_tally_hashes(h->tally, hashes);
	return h->own.once.once(h->own.once.of, &h->invite.ctx, &hashes[1], err);
}

int tp_holder_all(
	struct tp_holder *h, const void *all, size_t len, struct sum_now now, struct error *err)
{
	if (begin(h, ON_ALL, now, err) != 0)
		return -1;
	return end(h, ON_ALL, close_set(h, all, len, err));
}

static int make_part(struct tp_holder *h, struct text *out, struct error *err)
{
	struct tp_sealed_sum sum = tp_tally_sum(h->tally);
	struct tp_partial p = { 0 };
	struct hash32 hashes[4];
	int ret;

	tp_tally_hashes(h->tally, hashes);
	if (tp_partial_make(&sum, h->own.share, h->own.of_v, &p, err) != 0)
		return -1;
	ret = write_part(h, &p, hashes, out, err);
	tp_partial_clear(&p);
	return ret;
}

int tp_holder_part(struct tp_holder *h, struct sum_now now, struct text *out, struct error *err)
{
	if (begin(h, ON_PART, now, err) != 0)
		return -1;
	return end(h, ON_PART, make_part(h, out, err));
}
