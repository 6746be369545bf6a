/*
 * Gateways and sites that lie, each named as in the list of attacks in docs/protocol.md. The site's code is part of this
 * program, so that a lying site can use it.
 */
#include "secagg/round_site.c"
#include "secagg/transcript.h"
#include "tests/unit/sums.h"
#include "tests/unit/unit.h"

/* The site refuses what is in in[i], says nothing, and is over for good. */
static void refuses(struct world *w, uint64_t i, const char *why)
{
	struct seat *p = &w->at[i];

	ck_assert_msg(world_feed(w, i) == -1, "place %u went on; expected: %s", (unsigned)i, why);
	ck_assert_msg(strstr(p->err.log, why) != NULL, "refused for \"%s\", not for \"%s\"",
		p->err.log, why);
	ck_assert_uint_eq(p->out.len, 0);
	if (p->site != NULL) {
		ck_assert_int_eq(round_site_state(p->site), ROUND_OVER);
		ck_assert_ptr_null(p->site->held);
		ck_assert_ptr_null(p->site->opens);
		ck_assert_ptr_null(p->site->c.key);
		ck_assert_ptr_null(p->site->s.key);
	}
}

static struct world *world_at(uint64_t n, enum sum_phase phase)
{
	struct world *w = world_new(n, 30);

	world_start(w);
	ck_assert_msg(world_until(w, phase) == 0, "%s", w->err.log);
	return w;
}

static void feed_all(struct world *w)
{
	for (uint64_t i = 0; i < w->n; i++)
		ck_assert_msg(world_feed(w, i) == 0, "place %u: %s", (unsigned)i, w->at[i].err.log);
}

static void hear_all(struct world *w)
{
	for (uint64_t i = 0; i < w->n; i++)
		ck_assert_msg(world_hear(w, i) == 0, "place %u: %s", (unsigned)i, w->err.log);
}

/* All but the sites of a list. */
static struct bits all_but(uint64_t n, int a, int b)
{
	struct bits set;

	bits_init(&set, n);
	for (uint64_t i = 0; i < n; i++)
		if ((int)i != a && (int)i != b)
			bits_add(&set, i);
	return set;
}

static void say_survive(struct world *w, uint64_t i, const struct bits *alive)
{
	text_reset(&w->at[i].in);
	lay_bits(&w->at[i].in, alive);
	w->at[i].in_step = STEP_SURVIVE;
}

START_TEST(a1_a_site_listed_alive_and_dead_cannot_be_said_and_gives_one_share)
{
	struct world *w = world_at(7, PHASE_SHARES);
	struct unmask_message m;

	w->at[6].dies = STEP_SHARES;
	w->at[5].dies = STEP_MASKED;
	ck_assert_int_eq(world_until(w, PHASE_ACK), 0);
	/* one that never dealt is no survivor */
	struct bits alive = all_but(7, 5, -1);
	say_survive(w, 0, &alive);
	refuses(w, 0, "never dealt");
	world_free(w);

	/* whatever was certified: a share a dealer, and it is of the one kind */
	w = world_at(7, PHASE_MASKED);
	w->at[5].dies = STEP_MASKED;
	ck_assert_int_eq(world_until(w, PHASE_UNMASK), 0);
	struct roster r = w->at[0].site->roster;
	struct hash32 rh = r.hash;
	ck_assert_int_eq(world_feed(w, 0), 0);
	ck_assert_int_eq(unmask_read(&m, w->at[0].out.at, w->at[0].out.len, 7, &w->err), 0);
	ck_assert_uint_eq(bits_count(&m.of), 7);
	ck_assert_uint_eq(w->at[0].out.len, 64 + 1 + 7 * SHARE_BYTES);
	for (uint64_t j = 0; j < 7; j++) {
		const struct dealt_share *d =
			(const void *)(w->g->sites[j].shares + 0 * DEALT_BYTES);
		struct share s;
		struct hash32 b_kind, s_kind;

		ck_assert(share_read(m.shares + j * SHARE_BYTES, &s));
		ck_assert_int_eq(share_hash(&rh, j, 0, SHARE_B, &s, &b_kind, &w->err), 0);
		ck_assert_int_eq(share_hash(&rh, j, 0, SHARE_S, &s, &s_kind, &w->err), 0);
		ck_assert(hash32_equal(&b_kind, &d->b) == (j != 5));
		ck_assert(hash32_equal(&s_kind, &d->s) == (j == 5));
	}
	ck_assert_ptr_null(w->at[0].site->held);
	world_free(w);
}
END_TEST

/* A CERT of what the sites have in out[], for the sites of the set. */
static void say_certificate(struct world *w, uint64_t to, const struct bits *signers)
{
	struct text *in = &w->at[to].in;

	text_reset(in);
	lay_bits(in, signers);
	for (uint64_t i = 0; i < w->n; i++)
		if (bits_has(signers, i))
			lay_fixed(in, w->at[i].out.at, 64);
	w->at[to].in_step = STEP_CERT;
}

START_TEST(a2_two_sets_of_survivors_for_two_halves_give_no_certificate)
{
	struct world *w = world_at(7, PHASE_ACK);
	struct bits first = all_but(7, 6, -1), second = all_but(7, 0, -1);

	for (uint64_t i = 0; i < 7; i++)
		say_survive(w, i, i < 4 ? &first : &second);
	feed_all(w);
	/* T is 5: four signed the one, three the other */
	struct bits four, five, all = all_but(7, 6, -1);
	bits_init(&four, 7);
	for (uint64_t i = 0; i < 4; i++)
		bits_add(&four, i);
	five = four;
	bits_add(&five, 4);
	char acks[7][64];
	for (int i = 0; i < 7; i++)
		memcpy(acks[i], w->at[i].out.at, 64);
#define CERTIFY(to, set)                                                                           \
	do {                                                                                       \
		for (int k = 0; k < 7; k++) {                                                      \
			text_reset(&w->at[k].out);                                                 \
			lay_fixed(&w->at[k].out, acks[k], 64);                                     \
		}                                                                                  \
		say_certificate(w, to, set);                                                       \
	} while (0)
	CERTIFY(0, &four);
	refuses(w, 0, "too few signers");
	CERTIFY(1, &five);
	refuses(w, 1, "ack");
	CERTIFY(2, &all);
	refuses(w, 2, "ack");
	CERTIFY(6, &five);
	refuses(w, 6, "no survivor");
	world_free(w);
}
END_TEST

START_TEST(a3_a_second_set_of_survivors_is_refused_the_same_one_too)
{
	for (int other = 0; other < 2; other++) {
		struct world *w = world_at(7, PHASE_ACK);
		struct bits alive = all_but(7, other ? 3 : -1, -1);

		ck_assert_int_eq(world_feed(w, 0), 0);
		say_survive(w, 0, &alive);
		refuses(w, 0, "wrong moment");
		world_free(w);
	}
}
END_TEST

START_TEST(a4_a_second_roster_or_a_second_deal_is_refused)
{
	struct world *w = world_at(5, PHASE_SHARES);

	ck_assert_int_eq(world_feed(w, 0), 0);
	refuses(w, 0, "wrong moment");
	world_free(w);
	w = world_at(5, PHASE_MASKED);
	ck_assert_int_eq(world_feed(w, 0), 0);
	refuses(w, 0, "wrong moment");
	world_free(w);
	/* nor anything before its time */
	for (enum sum_step step = STEP_DEAL; step <= STEP_CERT; step += 2) {
		w = world_at(5, PHASE_SHARES);
		w->at[0].in_step = step;
		refuses(w, 0, "wrong moment");
		world_free(w);
	}
}
END_TEST

/* How many of the words look like values: below 2^40 either way. Of random words, one in eight millions does. */
static unsigned looks_like_data(const uint64_t *words, uint64_t n)
{
	unsigned count = 0;

	for (uint64_t i = 0; i < n; i++)
		count += words[i] + (UINT64_C(1) << 40) < UINT64_C(1) << 41;
	return count;
}

/* What a gateway that checks nothing makes of MASKED: it adds the words and counts the site. */
static void swallow(struct world *w, uint64_t i)
{
	struct masked_message m;

	ck_assert_int_eq(
		masked_read(&m, w->at[i].out.at, w->at[i].out.len, w->g->n, w->words, &w->err), 0);
	words_add_wire(w->g->words, m.words, w->words);
	w->g->sites[i].masked = calloc(1, w->at[i].out.len);
	bits_add(&w->g->answered, i);
	w->g->sites[i].last = STEP_MASKED;
}

/* Takes a site's self mask off what it sent, with the seed that it had. */
static void add_without_self_mask(struct world *w, uint64_t i, const struct key_scope *scope,
	const struct key32 *b, uint64_t n, uint64_t *words)
{
	struct masked_message m;
	struct mask_key key;
	struct masks *masks;
	struct deriver *d;
	struct error err;

	OK(masked_read(&m, w->at[i].out.at, w->at[i].out.len, n, w->words, &err));
	words_add_wire(words, m.words, w->words);
	OK(deriver_new(&d, &err));
	OK(masks_new(&masks, scope->suite, 1, &err));
	OK(mask_key_of_self(d, scope, b, &w->at[i].setup.me, &key, &err));
	OK(masks_put(masks, &key, true, &err));
	OK(masks_apply(masks, words, w->words, &err));
	masks_free(masks);
	deriver_free(d);
}

START_TEST(a5_sites_with_different_rosters_make_noise_and_no_certificate)
{
	/* the roster of sites 0..5 for 0 to 3, of 1..6 for the others; T is 4 of 6 */
	struct world *w = world_new(7, 30);
	struct text rosters[2], shares[7];
	struct key32 seeds[4];
	uint64_t words[30] = { 0 };

	w->invite.u_min = 5;
	world_start(w);
	feed_all(w);
	for (int k = 0; k < 2; k++) {
		text_init(&rosters[k], MAX_FRAME_BYTES);
		lay_u32(&rosters[k], 6);
		for (int i = k; i < 6 + k; i++)
			lay_fixed(&rosters[k], w->at[i].out.at, ENTRY_BYTES);
	}
	for (uint64_t i = 0; i < 7; i++) {
		struct text *in = &w->at[i].in;

		text_reset(in);
		lay_fixed(in, rosters[i < 4 ? 0 : 1].at, rosters[0].len);
		w->at[i].in_step = STEP_ROSTER;
	}
	feed_all(w);
	for (int i = 0; i < 7; i++) {
		text_init(&shares[i], MAX_FRAME_BYTES);
		lay_fixed(&shares[i], w->at[i].out.at, w->at[i].out.len);
	}
	/* what was dealt under another roster opens for nobody: 4 to 6 are too few, 0 to 3 just enough */
	struct bits all6 = all_but(6, -1, -1);
	for (uint64_t i = 0; i < 7; i++) {
		uint64_t first = i < 4 ? 0 : 1;
		struct text *in = &w->at[i].in;

		text_reset(in);
		lay_bits(in, &all6);
		for (uint64_t j = first; j < 6 + first; j++)
			lay_fixed(in,
				shares[j].at + (j < 4          ? i < 6 ? i : 5
						       : i < 1 ? 0
							       : i - 1) *
						       DEALT_BYTES,
				DEALT_BYTES);
		w->at[i].in_step = STEP_DEAL;
		if (i >= 4) {
			refuses(w, i, "too few envelopes");
			continue;
		}
		seeds[i] = w->at[i].site->b;
		ck_assert_msg(world_feed(w, i) == 0, "%s", w->at[i].err.log);
	}
	/* even with every seed of 0 to 3: their masks with 4 and 5 stay, and nobody can make these again */
	struct key_scope scope = w->at[0].site->scope;
	for (uint64_t i = 0; i < 4; i++)
		add_without_self_mask(w, i, &scope, &seeds[i], 6, words);
	ck_assert_uint_eq(looks_like_data(words, 30), 0);
	for (int k = 0; k < 2; k++)
		text_clear(&rosters[k]);
	for (int i = 0; i < 7; i++)
		text_clear(&shares[i]);
	world_free(w);
}
END_TEST

/* Takes off the mask that i put on for the absent site `gone`, which comes after it. */
static void take_pair_mask(struct world *w, uint64_t i, uint64_t gone, const struct key32 *s,
	const struct key_scope *scope, uint64_t *words)
{
	struct mask_key key;
	struct masks *masks;
	struct deriver *d;
	struct x_pair p;
	struct key32 agreed;
	struct error err;

	OK(deriver_new(&d, &err));
	OK(masks_new(&masks, scope->suite, 1, &err));
	OK(x_pair_of(s, &p, &err));
	OK(x_pair_agree(&p, w->g->roster.entries[i].s, &agreed, &err));
	OK(mask_key_of_pair(
		d, scope, &agreed, &w->at[i].setup.me, &w->at[gone].setup.me, &key, &err));
	OK(masks_put(masks, &key, true, &err));
	OK(masks_apply(masks, words, w->words, &err));
	x_pair_clear(&p);
	masks_free(masks);
	deriver_free(d);
}

START_TEST(a6_a_site_with_another_set_of_dealers_makes_noise_even_with_every_seed)
{
	struct world *w = world_at(7, PHASE_MASKED);
	struct bits fewer = all_but(7, 6, -1);
	struct text *in = &w->at[0].in;
	uint64_t words[30] = { 0 };
	struct key32 seeds[6], gone = w->at[6].site->s.secret;

	/* site 0 does not hear of 6; its words, and what everybody else reveals against a certificate without 6 */
	text_reset(in);
	lay_bits(in, &fewer);
	for (uint64_t j = 0; j < 6; j++)
		lay_fixed(in, w->g->sites[j].shares + 0 * DEALT_BYTES, DEALT_BYTES);
	for (uint64_t i = 0; i < 6; i++) {
		seeds[i] = w->at[i].site->b;
		ck_assert_int_eq(world_feed(w, i), 0);
	}
	for (uint64_t i = 0; i < 6; i++) {
		const struct key_scope scope = w->at[i].site->scope;

		add_without_self_mask(w, i, &scope, &seeds[i], 7, words);
		if (i != 0)
			take_pair_mask(w, i, 6, &gone, &scope, words);
	}
	/* all that is left is the masks of 0 with the others, which differ on both sides */
	ck_assert_uint_eq(looks_like_data(words, 30), 0);
	world_free(w);

	/* the same with one view: nothing is left */
	w = world_at(7, PHASE_MASKED);
	gone = w->at[6].site->s.secret;
	memset(words, 0, sizeof(words));
	for (uint64_t i = 0; i < 6; i++) {
		seeds[i] = w->at[i].site->b;
		ck_assert_int_eq(world_feed(w, i), 0);
	}
	for (uint64_t i = 0; i < 6; i++) {
		const struct key_scope scope = w->at[i].site->scope;

		add_without_self_mask(w, i, &scope, &seeds[i], 7, words);
		take_pair_mask(w, i, 6, &gone, &scope, words);
	}
	ck_assert_uint_eq(looks_like_data(words, 30), 30);
	world_free(w);
}
END_TEST

START_TEST(a6_a_site_with_another_set_of_dealers_makes_noise)
{
	struct world *w = world_at(7, PHASE_MASKED);
	struct bits fewer = all_but(7, 6, -1);
	struct text *in = &w->at[0].in;

	/* site 0 hears of one dealer less than the others */
	text_reset(in);
	lay_bits(in, &fewer);
	for (uint64_t j = 0; j < 6; j++)
		lay_fixed(in, w->g->sites[j].shares + 0 * DEALT_BYTES, DEALT_BYTES);
	for (uint64_t i = 0; i < 6; i++)
		ck_assert_int_eq(world_feed(w, i), 0);
	/* an honest gateway cannot take its words for those of this round */
	ck_assert_int_eq(world_hear(w, 0), -1);
	ck_assert_int_eq(w->err.code, E_CRYPTO);
	/* a lying one does, and has everybody's shares for it */
	w->g->sites[0].blame = BLAME_NONE;
	swallow(w, 0);
	for (uint64_t i = 1; i < 6; i++)
		ck_assert_int_eq(world_hear(w, i), 0);
	ck_assert_int_eq(world_close(w), 0);
	/* site 0 does not sign what the others sign */
	ck_assert(world_tell(w, 0));
	ck_assert_int_eq(world_feed(w, 0), 0);
	ck_assert_int_eq(world_hear(w, 0), -1);
	w->g->sites[0].blame = BLAME_NONE;
	for (uint64_t i = 1; i < 6; i++) {
		ck_assert_int_eq(world_feed(w, i), 0);
		ck_assert_int_eq(world_hear(w, i), 0);
	}
	ck_assert_int_eq(world_close(w), 0);
	/* it does not unmask for them either */
	w->at[0].in_step = STEP_CERT;
	text_reset(&w->at[0].in);
	lay_fixed(&w->at[0].in, w->g->certificate.at, w->g->certificate.len);
	refuses(w, 0, "ack");
	for (uint64_t i = 1; i < 6; i++) {
		ck_assert_int_eq(world_feed(w, i), 0);
		ck_assert_int_eq(world_hear(w, i), 0);
	}
	ck_assert_int_eq(world_close(w), 0);
	ck_assert_uint_eq(looks_like_data(round_gateway_sum(w->g), w->words), 0);
	world_free(w);
}
END_TEST

START_TEST(a7_a_roster_of_friends_and_one_victim_is_refused)
{
	/* too few */
	struct world *w = world_at(5, PHASE_KEYS);
	struct text *in = &w->at[0].in;

	feed_all(w);
	w->at[0].in_step = STEP_ROSTER;
	text_reset(in);
	lay_u32(in, 2);
	lay_fixed(in, w->at[0].out.at, ENTRY_BYTES);
	lay_fixed(in, w->at[1].out.at, ENTRY_BYTES);
	refuses(w, 0, "fewer or more sites");
	world_free(w);

	/* all of one house but the victim: as many sites, two houses */
	w = world_new(10, 30);
	for (int i = 1; i < 10; i++) {
		snprintf(w->f->members.members[i].org, sizeof(w->f->members.members[i].org),
			"sybil");
		w->f->members.members[i].org_id = sum_id_of("sybil");
	}
	ck_assert_int_eq(membership_check(&w->f->members, &w->err), 0);
	w->invite = invite_for(w);
	world_start(w);
	for (uint64_t i = 0; i < 10; i++)
		ck_assert_int_eq(world_feed(w, i), 0);
	w->at[0].in_step = STEP_ROSTER;
	in = &w->at[0].in;
	text_reset(in);
	lay_u32(in, 10);
	for (int i = 0; i < 10; i++)
		lay_fixed(in, w->at[i].out.at, ENTRY_BYTES);
	refuses(w, 0, "houses");
	world_free(w);

	/* one house with more sites than may collude, though there are houses enough */
	w = world_new(10, 30);
	for (int i = 1; i < 5; i++) {
		snprintf(w->f->members.members[i].org, sizeof(w->f->members.members[i].org),
			"sybil");
		w->f->members.members[i].org_id = sum_id_of("sybil");
	}
	w->invite = invite_for(w);
	world_start(w);
	feed_all(w);
	w->at[0].in_step = STEP_ROSTER;
	in = &w->at[0].in;
	text_reset(in);
	lay_u32(in, 10);
	for (int i = 0; i < 10; i++)
		lay_fixed(in, w->at[i].out.at, ENTRY_BYTES);
	refuses(w, 0, "one house");
	world_free(w);

	/* nobody that the victim would phone; oneself is no witness */
	w = world_new(5, 30);
	struct sum_id friends[] = { sum_id_of("elsewhere"), w->f->members.members[0].id };
	w->at[0].setup.trust = (struct sum_trust){ friends, 2, 1 };
	world_start(w);
	ck_assert_int_eq(world_until(w, PHASE_SHARES), 0);
	refuses(w, 0, "trusts");
	world_free(w);

	/* in the roster but not in the sum */
	w = world_new(7, 30);
	struct sum_id peer = w->f->members.members[5].id;
	w->at[0].setup.trust = (struct sum_trust){ &peer, 1, 1 };
	world_start(w);
	ck_assert_int_eq(world_until(w, PHASE_ACK), 0);
	struct bits alive = all_but(7, 5, -1);
	say_survive(w, 0, &alive);
	refuses(w, 0, "trusts");
	world_free(w);
}
END_TEST

/* What everybody said with KEYS, kept: a refusal empties out[]. */
static struct roster_entry said[64];

static void keep_keys(struct world *w)
{
	for (uint64_t i = 0; i < w->n; i++)
		memcpy(&said[i], w->at[i].out.at, ENTRY_BYTES);
}

static struct world *world_with_keys(uint64_t n)
{
	struct world *w = world_at(n, PHASE_KEYS);

	feed_all(w);
	keep_keys(w);
	return w;
}

/* A roster of them, to be changed by the test. */
static struct roster_entry *say_roster(struct world *w, uint64_t to)
{
	struct seat *p = &w->at[to];

	p->in_step = STEP_ROSTER;
	text_reset(&p->in);
	lay_u32(&p->in, (uint32_t)w->n);
	lay_fixed(&p->in, said, w->n * ENTRY_BYTES);
	return (struct roster_entry *)(void *)(p->in.at + 4);
}

START_TEST(a8_sites_unknown_expired_doubled_or_unsorted_are_refused)
{
	struct world *w = world_with_keys(6);
	struct roster_entry *e, swap;

	e = say_roster(w, 0);
	e[5].id.at[15] ^= 1;
	refuses(w, 0, "no member");
	w->f->members.members[5].state = MEMBER_SUSPENDED;
	say_roster(w, 1);
	refuses(w, 1, "no member");
	w->f->members.members[5].state = MEMBER_ACTIVE;
	e = say_roster(w, 2);
	swap = e[4];
	e[4] = e[5];
	e[5] = swap;
	refuses(w, 2, "not sorted");
	e = say_roster(w, 3);
	e[5] = e[4];
	refuses(w, 3, "stands twice");
	w->f->members.members[5].until_s = w->now.wall_s;
	say_roster(w, 4);
	refuses(w, 4, "no member");
	/* a site that is none itself does not begin */
	round_site_free(w->at[5].site);
	w->at[5].site = NULL;
	w->at[5].in_step = STEP_INVITE;
	refuses(w, 5, "no member");
	world_free(w);
}
END_TEST

START_TEST(a9_keys_that_were_swapped_or_replaced_are_refused)
{
	struct world *w = world_with_keys(6);
	struct roster_entry *e;
	uint8_t kept[32];

	e = say_roster(w, 0);
	memcpy(kept, e[3].c, 32);
	memcpy(e[3].c, e[3].s, 32);
	memcpy(e[3].s, kept, 32);
	refuses(w, 0, "does not verify");
	e = say_roster(w, 1);
	e[3].s[7] ^= 1;
	refuses(w, 1, "place 3");
	e = say_roster(w, 2);
	e[3].b.at[0] ^= 1;
	refuses(w, 2, "place 3");
	/* one's own must be as one sent it, however well it is signed */
	e = say_roster(w, 4);
	e[4].s[7] ^= 1;
	ck_assert_int_eq(entry_sign(&e[4], round_gateway_context(w->g), w->f->keys[4], &w->err), 0);
	refuses(w, 4, "as it said");
	/* the gateway sees it first */
	((struct roster_entry *)(void *)w->at[5].out.at)->c[0] ^= 1;
	ck_assert_int_eq(world_hear(w, 5), -1);
	ck_assert_int_eq(w->err.code, E_CRYPTO);
	world_free(w);
}
END_TEST

START_TEST(a10_keys_of_another_question_are_refused)
{
	struct world *w = world_with_keys(5);
	struct roster_entry old, *e;

	memcpy(&old, w->at[3].out.at, sizeof(old));
	world_again(w);
	w->invite = invite_for(w);
	world_start(w);
	feed_all(w);
	keep_keys(w);
	e = say_roster(w, 0);
	e[3] = old;
	refuses(w, 0, "place 3");
	text_reset(&w->at[3].out);
	lay_fixed(&w->at[3].out, &old, sizeof(old));
	ck_assert_int_eq(world_hear(w, 3), -1);
	ck_assert_int_eq(w->err.code, E_CRYPTO);
	world_free(w);
}
END_TEST

START_TEST(a11_an_invitation_is_answered_once_a_restart_included)
{
	struct world *w = world_new(4, 30);

	ck_assert_int_eq(world_run(w), 0);
	struct text invite;
	text_init(&invite, MAX_FRAME_BYTES);
	ck_assert_int_eq(round_gateway_invite(w->g, &invite, &w->err), 0);
	/* the round in memory is done; then the program starts again and has only its disk */
	for (int restart = 0; restart < 2; restart++) {
		struct seat *p = &w->at[1];

		if (restart) {
			round_site_free(p->site);
			p->site = NULL;
			text_reset(&p->in);
			lay_fixed(&p->in, invite.at, invite.len);
			p->in_step = STEP_INVITE;
			refuses(w, 1, "marked before");
		} else {
			ck_assert_int_eq(round_site_keys(p->site, w->now, &p->out, &p->err), -1);
		}
	}
	text_clear(&invite);
	world_free(w);
}
END_TEST

START_TEST(a12_another_epoch_list_federation_or_gateway_is_refused)
{
	struct world *w = world_new(4, 30);
	struct round_gateway *g;

	/* the gateway's list is an older one: everybody's is newer */
	struct membership old = w->f->members;
	old.epoch--;
	w->invite.epoch--;
	ck_assert_int_eq(membership_hash(&old, &w->invite.members, &w->err), 0);
	ck_assert_int_eq(
		round_gateway_new(&g, &old, w->f->gateway, &w->invite, false, NOW_S, &w->err), 0);
	ck_assert_int_eq(round_gateway_invite(g, &w->at[0].in, &w->err), 0);
	w->at[0].in_step = STEP_INVITE;
	refuses(w, 0, "epoch");
	round_gateway_free(g);
	/* of the same epoch, but another list */
	old = w->f->members;
	old.rules.life_s++;
	w->invite = invite_for(w);
	ck_assert_int_eq(membership_hash(&old, &w->invite.members, &w->err), 0);
	ck_assert_int_eq(
		round_gateway_new(&g, &old, w->f->gateway, &w->invite, false, NOW_S, &w->err), 0);
	ck_assert_int_eq(round_gateway_invite(g, &w->at[1].in, &w->err), 0);
	w->at[1].in_step = STEP_INVITE;
	refuses(w, 1, "epoch or list");
	round_gateway_free(g);
	/* signed by no gateway of the list */
	w->invite = invite_for(w);
	ck_assert_int_eq(invite_write(&w->invite, w->f->keys[0], &w->at[2].in, &w->err), 0);
	w->at[2].in_step = STEP_INVITE;
	refuses(w, 2, "does not verify");
	/* a suite that the officers took off */
	w->f->members.rules.suites = 1U << SUITE_AES256;
	w->invite = invite_for(w);
	ck_assert_int_eq(invite_write(&w->invite, w->f->gateway, &w->at[3].in, &w->err), 0);
	w->at[3].in_step = STEP_INVITE;
	refuses(w, 3, "suite");
	world_free(w);
}
END_TEST

START_TEST(a13_a_certificate_of_too_few_strangers_doubles_or_other_sets_is_refused)
{
	/* T is 5 of 7 */
	for (int kind = 0; kind < 6; kind++) {
		struct world *w = world_at(7, PHASE_ACK);
		struct bits alive = all_but(7, 6, -1), signers = all_but(7, 5, 6);

		for (uint64_t i = 0; i < 6; i++)
			say_survive(w, i, &alive);
		for (uint64_t i = 0; i < 6; i++)
			ck_assert_int_eq(world_feed(w, i), 0);
		struct text *in = &w->at[0].in;
		switch (kind) {
		case 0: /* one too few */
			signers = all_but(7, 5, 6);
			signers.at[0] &= 0x0f;
			say_certificate(w, 0, &signers);
			refuses(w, 0, "too few signers");
			break;
		case 1: /* one signature twice */
			say_certificate(w, 0, &signers);
			memcpy(in->at + 1 + 64, in->at + 1, 64);
			refuses(w, 0, "ack");
			break;
		case 2: /* one that is in no sum */
			text_reset(&w->at[6].out);
			lay_fixed(&w->at[6].out, w->at[5].out.at, 64);
			signers = all_but(7, 5, 4);
			say_certificate(w, 0, &signers);
			refuses(w, 0, "no survivor");
			break;
		case 3: /* a bit past the roster */
			say_certificate(w, 0, &signers);
			in->at[0] = (char)(in->at[0] | (char)0x80);
			lay_fixed(in, w->at[1].out.at, 64);
			refuses(w, 0, "out of bounds");
			break;
		case 4: { /* of another set of survivors */
			struct bits other = all_but(7, 5, -1);
			struct hash32 h[3] = { w->g->roster.hash, w->g->view.dealt_hash,
				{ { 0 } } };
			ck_assert_int_eq(roster_alive_hash(&w->g->roster, &w->g->scope.ctx, &h[1],
						 &other, &h[2], &w->err),
				0);
			ck_assert_int_eq(
				step_sign(STEP_ACK, &w->g->scope.ctx, &w->at[2].setup.me, h, 3,
					w->f->keys[2], (uint8_t *)w->at[2].out.at, &w->err),
				0);
			say_certificate(w, 0, &signers);
			refuses(w, 0, "ack");
			break;
		}
		default: /* and the right one is taken */
			say_certificate(w, 0, &signers);
			ck_assert_int_eq(world_feed(w, 0), 0);
			ck_assert_int_eq(round_site_state(w->at[0].site), ROUND_DONE);
			/* once */
			ck_assert_int_eq(world_feed(w, 0), -1);
		}
		world_free(w);
	}
}
END_TEST

static const uint8_t low_order[][32] = {
	{ 0 },
	{ 1 },
	{ 0xe0, 0xeb, 0x7a, 0x7c, 0x3b, 0x41, 0xb8, 0xae, 0x16, 0x56, 0xe3, 0xfa, 0xf1, 0x9f, 0xc4,
		0x6a, 0xda, 0x09, 0x8d, 0xeb, 0x9c, 0x32, 0xb1, 0xfd, 0x86, 0x62, 0x05, 0x16, 0x5f,
		0x49, 0xb8, 0x00 },
};

START_TEST(a14_keys_that_agree_on_nothing_or_are_anothers_are_refused)
{
	for (size_t k = 0; k < 3; k++) {
		struct world *w = world_with_keys(5);
		struct roster_entry *e = (void *)w->at[4].out.at;

		memcpy(k == 1 ? e->s : e->c, low_order[k], 32);
		ck_assert_int_eq(
			entry_sign(e, round_gateway_context(w->g), w->f->keys[4], &w->err), 0);
		ck_assert_int_eq(world_hear(w, 4), -1);
		said[4] = *e;
		(void)say_roster(w, 0);
		if (k == 1) { /* it is used for masks */
			ck_assert_int_eq(world_feed(w, 0), 0);
			w->g->sites[0].entry = w->at[0].site->entry;
			struct key32 agreed;
			ck_assert_int_eq(
				x_pair_agree(&w->at[0].site->s, e->s, &agreed, &w->err), -1);
		} else {
			refuses(w, 0, "X25519");
		}
		world_free(w);
	}
	for (int k = 0; k < 2; k++) {
		struct world *w = world_with_keys(5);
		struct roster_entry *e = (void *)w->at[4].out.at, *first = (void *)w->at[0].out.at;

		ck_assert_int_eq(world_hear(w, 0), 0);
		memcpy(k == 0 ? e->s : e->c, k == 0 ? e->c : first->s, 32);
		ck_assert_int_eq(
			entry_sign(e, round_gateway_context(w->g), w->f->keys[4], &w->err), 0);
		ck_assert_int_eq(world_hear(w, 4), -1);
		ck_assert_ptr_nonnull(strstr(w->err.log, k == 0 ? "equal" : "another site's"));
		said[4] = *e;
		(void)say_roster(w, 1);
		refuses(w, 1, "two keys are equal");
		world_free(w);
	}
}
END_TEST

static struct dealt_share *dealt_in(struct world *w, uint64_t to)
{
	return (struct dealt_share *)(void *)(w->at[to].in.at + (w->n + 7) / 8);
}

START_TEST(a15_spoilt_envelopes_are_complained_about_and_the_sum_is_exact)
{
	struct world *w = world_at(7, PHASE_MASKED);
	struct dealt_share *d = dealt_in(w, 0), kept;
	struct masked_message m;

	d[1].envelope[20] ^= 1;
	kept = dealt_in(w, 1)[2];
	dealt_in(w, 1)[2] = dealt_in(w, 1)[3];
	dealt_in(w, 2)[5].s.at[0] ^= 1; /* a hash that is not the share's */
	(void)kept;
	for (uint64_t i = 0; i < 7; i++)
		ck_assert_int_eq(world_feed(w, i), 0);
	static const uint8_t complaints[] = { 1 << 1, 1 << 2, 1 << 5, 0 };
	for (int i = 0; i < 4; i++) {
		ck_assert_int_eq(
			masked_read(&m, w->at[i].out.at, w->at[i].out.len, 7, 30, &w->err), 0);
		ck_assert_uint_eq(m.complaints.at[0], complaints[i]);
		/* the complaint is one bit: no key, no share */
		ck_assert_uint_eq(w->at[i].out.len, 64 + 1 + 30 * 8);
	}
	hear_all(w);
	ck_assert_int_eq(world_close(w), 0);
	ck_assert_msg(world_until(w, PHASE_DONE) == 0, "%s", w->err.log);
	world_sum_is_exact(w);
	world_free(w);

	/* of more than so many dealers, and the site does not go on: it could not help to unmask */
	w = world_at(7, PHASE_MASKED);
	for (int j = 1; j < 4; j++)
		dealt_in(w, 0)[j].envelope[95] ^= 1;
	refuses(w, 0, "too few envelopes");
	/* its own envelope is what it said */
	dealt_in(w, 1)[1].envelope[0] ^= 1;
	refuses(w, 1, "dealt itself");
	world_free(w);

	/* more sites than may collude complain about one dealer: that is told */
	w = world_at(7, PHASE_MASKED);
	for (uint64_t i = 0; i < 3; i++)
		dealt_in(w, i)[6].envelope[0] ^= 1;
	ck_assert_int_eq(world_until(w, PHASE_ACK), 0);
	ck_assert_int_eq(round_gateway_standing(w->g, 6).blame, BLAME_COMPLAINTS);
	ck_assert_int_eq(round_gateway_standing(w->g, 5).blame, BLAME_NONE);
	world_free(w);
}
END_TEST

START_TEST(a16_a_dealer_of_other_secrets_or_of_no_polynomial_is_named)
{
	/* another seed than the one it committed to */
	struct world *w = world_at(5, PHASE_SHARES);

	w->at[3].site->b.at[0] ^= 1;
	ck_assert_int_eq(world_until(w, PHASE_DONE), -1);
	ck_assert_int_eq(round_gateway_standing(w->g, 3).blame, BLAME_DEALER);
	ck_assert_int_eq(round_gateway_standing(w->g, 2).blame, BLAME_NONE);
	ck_assert_ptr_null(round_gateway_sum(w->g));
	world_free(w);

	/* shares that lie on no line, sealed and hashed as they are */
	w = world_at(5, PHASE_SHARES);
	struct round_site *liar = w->at[3].site;
	struct share b[5], s[5];
	struct dealt_share dealt[5];
	struct error err;
	for (uint64_t i = 0; i < 5; i++)
		if (i != 3)
			ck_assert_int_eq(world_feed(w, i), 0);
	OK(take_roster(liar, w->at[3].in.at, w->at[3].in.len, w->now, &err));
	liar->opens = calloc(5, sizeof(*liar->opens));
	OK(held_new(&liar->held, 5, &err));
	OK(shamir_deal(&liar->b, 3, 5, b, &err));
	OK(shamir_deal(&liar->s.secret, 3, 5, s, &err));
	b[1].limbs[2] ^= 1;
	for (uint64_t j = 0; j < 5; j++)
		OK(deal_one(liar, j, &b[j], &s[j], &dealt[j], &err));
	liar->mine = dealt[3];
	held_put(liar->held, 3, &b[3], &s[3]);
	text_reset(&w->at[3].out);
	OK(write_shares(liar, dealt, &w->at[3].out, &err));
	w->at[3].out_step = STEP_SHARES;
	liar->state = ROUND_DEALT_OUT;
	hear_all(w);
	ck_assert_int_eq(world_close(w), 0);
	ck_assert_int_eq(world_until(w, PHASE_DONE), -1);
	ck_assert_int_eq(round_gateway_standing(w->g, 3).blame, BLAME_DEALER);
	ck_assert_int_eq(round_gateway_standing(w->g, 1).blame, BLAME_NONE);
	world_free(w);
}
END_TEST

/* Signs again what is in out[i] of UNMASK. */
static void sign_unmask(struct world *w, uint64_t i)
{
	struct seat *p = &w->at[i];
	const struct hash32 hashes[] = { w->g->roster.hash, w->g->view.dealt_hash,
		w->g->view.alive_hash, sha256(p->out.at + 64, p->out.len - 64) };

	ck_assert_int_eq(step_sign(STEP_UNMASK, &w->g->scope.ctx, &p->setup.me, hashes, 4,
				 w->f->keys[i], (uint8_t *)p->out.at, &w->err),
		0);
}

START_TEST(a17_a18_a_wrong_share_is_left_out_its_sender_named_and_the_sum_exact)
{
	/* kind 0: another value; 1: no value of the field at all */
	for (int kind = 0; kind < 2; kind++) {
		struct world *w = world_at(5, PHASE_MASKED);
		struct seat *liar = &w->at[1];

		w->at[4].dies = STEP_MASKED;
		ck_assert_int_eq(world_until(w, PHASE_UNMASK), 0);
		for (uint64_t i = 0; i < 4; i++)
			ck_assert_int_eq(world_feed(w, i), 0);
		if (kind == 0)
			liar->out.at[64 + 1 + 7] ^= 1;
		else
			memset(liar->out.at + 64 + 1 + 4 * SHARE_BYTES, 0xff, 8);
		sign_unmask(w, 1);
		for (uint64_t i = 0; i < 4; i++)
			ck_assert_int_eq(world_hear(w, i), 0);
		ck_assert_msg(world_close(w) == 0, "%s", w->err.log);
		world_sum_is_exact(w);
		ck_assert_int_eq(round_gateway_standing(w->g, 1).blame, BLAME_SHARE);
		ck_assert_int_eq(round_gateway_standing(w->g, 0).blame, BLAME_NONE);
		world_free(w);
	}
	/* so many wrong ones that too few are left: no sum, and no wrong one */
	struct world *w = world_at(5, PHASE_UNMASK);
	feed_all(w);
	for (uint64_t i = 0; i < 3; i++) {
		w->at[i].out.at[64 + 1 + 7] ^= 1;
		sign_unmask(w, i);
	}
	hear_all(w);
	ck_assert_int_eq(world_close(w), -1);
	ck_assert_ptr_nonnull(strstr(w->err.log, "too few good shares"));
	ck_assert_ptr_null(round_gateway_sum(w->g));
	world_free(w);
}
END_TEST

START_TEST(a20_words_that_come_late_are_not_taken)
{
	struct world *w = world_at(7, PHASE_MASKED);

	for (uint64_t i = 0; i < 6; i++) {
		ck_assert_int_eq(world_feed(w, i), 0);
		ck_assert_int_eq(world_hear(w, i), 0);
	}
	ck_assert_int_eq(world_feed(w, 6), 0);
	ck_assert_int_eq(world_close(w), 0);
	ck_assert_int_eq(world_hear(w, 6), -1);
	ck_assert_int_eq(w->err.code, E_STATE);
	/* nor twice */
	w->at[6].in_step = STEP_NONE;
	ck_assert_int_eq(world_until(w, PHASE_DONE), 0);
	ck_assert_uint_eq(round_gateway_contributors(w->g), 6);
	world_sum_is_exact(w);
	world_free(w);

	w = world_at(5, PHASE_MASKED);
	feed_all(w);
	ck_assert_int_eq(world_hear(w, 0), 0);
	ck_assert_int_eq(world_hear(w, 0), -1);
	ck_assert_int_eq(w->err.code, E_STATE);
	for (uint64_t i = 1; i < 5; i++)
		ck_assert_int_eq(world_hear(w, i), 0);
	ck_assert_int_eq(world_close(w), 0);
	ck_assert_int_eq(world_until(w, PHASE_DONE), 0);
	world_sum_is_exact(w);
	world_free(w);
}
END_TEST

START_TEST(a21_a_site_that_crashes_at_a_write_says_nothing_and_never_answers_again)
{
	static const enum sum_phase phases[] = { PHASE_KEYS, PHASE_MASKED, PHASE_ACK };

	for (size_t write = 1; write <= 3; write++) {
		/* the write fails: nothing leaves */
		struct world *w = world_new(4, 30);
		w->at[2].disk.fails_at = write;
		world_start(w);
		ck_assert_int_eq(world_until(w, phases[write - 1]), 0);
		refuses(w, 2, "disk full");

		/* the write succeeded, the machine stopped: after it there is only the disk */
		for (int done = 0; done < 2; done++) {
			struct seat *p = &w->at[2];

			world_again(w);
			w->invite = invite_for(w);
			p->disk.fails_at = 0;
			world_start(w);
			ck_assert_int_eq(world_until(w, phases[write - 1]), 0);
			if (done)
				ck_assert_int_eq(world_feed(w, 2), 0);
			round_site_free(p->site);
			p->site = NULL;
			text_reset(&p->in);
			ck_assert_int_eq(round_gateway_invite(w->g, &p->in, &w->err), 0);
			p->in_step = STEP_INVITE;
			if (write == 1 && !done) /* it had said nothing yet */
				ck_assert_int_eq(world_feed(w, 2), 0);
			else
				refuses(w, 2, "marked before");
		}
		world_free(w);
	}
}
END_TEST

START_TEST(a22_a28_whatever_the_gateway_does_not_say_in_time_ends_the_round)
{
	static const enum sum_phase phases[] = { PHASE_SHARES, PHASE_MASKED, PHASE_ACK,
		PHASE_UNMASK };

	for (int k = 0; k < 4; k++) {
		/* it is gone: the site's own clock ends the round and wipes */
		struct world *w = world_at(4, phases[k]);
		struct round_site *r = w->at[1].site;

		w->now.mono_ms += 9999;
		ck_assert(!round_site_expire(r, w->now));
		ck_assert_int_eq(round_site_due_ms(r), w->now.mono_ms + 1);
		w->now.mono_ms += 1;
		ck_assert(round_site_expire(r, w->now));
		ck_assert_ptr_null(r->held);
		ck_assert_ptr_null(r->s.key);
		refuses(w, 1, "deadline");
		/* it is late, and nobody looked at the clock in between */
		refuses(w, 2, "deadline");
		/* the invitation has expired, however short the wait was */
		w->now.mono_ms -= 10000;
		w->now.wall_s += 300;
		refuses(w, 3, "deadline");
		world_free(w);
	}
	/* a gateway whose clock is wrong, or who wants to wait for hours */
	static const struct {
		int64_t skew;
		const char *why;
	} skews[] = { { 300, "expired" }, { 100000, "expired" }, { -301, "lives longer" },
		{ -100000, "lives longer" } };
	for (int k = 0; k < 4; k++) {
		struct world *w = world_new(4, 30);

		w->f->members.from_s = 0;
		for (int i = 0; i < 4; i++)
			w->f->members.members[i].from_s = 0;
		w->invite = invite_for(w);
		world_start(w);
		w->now.wall_s += skews[k].skew;
		refuses(w, 0, skews[k].why);
		world_free(w);
	}
}
END_TEST

START_TEST(a24_another_noise_question_layout_bound_or_number_is_refused)
{
	struct world *w = world_new(6, 30);
	struct sum_expect right = w->expect;

#define EXPECT(change, why)                                                                        \
	do {                                                                                       \
		world_again(w);                                                                    \
		w->invite = invite_for(w);                                                         \
		w->expect = right;                                                                 \
		change;                                                                            \
		world_start(w);                                                                    \
		refuses(w, 0, why);                                                                \
	} while (0)
	EXPECT(w->invite.noise.at[0] ^= 1, "noise");
	EXPECT(w->invite.question.at[0] ^= 1, "question");
	EXPECT(w->invite.asked.at[0] ^= 1, "question");
	EXPECT(w->invite.layout.at[0] ^= 1, "layout");
	EXPECT(w->invite.mode = SUM_OR, "layout");
	EXPECT(w->invite.words++, "layout");
	EXPECT(w->invite.bound--, "bound");
	EXPECT(w->expect.n_min = 4, "fewer sites");
	EXPECT(w->expect.honest = 4, "honest");
	world_free(w);
}
END_TEST

START_TEST(a27_messages_cut_short_or_too_long_are_refused_whole)
{
	static const enum sum_phase phases[] = { PHASE_KEYS, PHASE_SHARES, PHASE_MASKED, PHASE_ACK,
		PHASE_UNMASK };

	for (int k = 0; k < 5; k++) {
		struct world *w = world_at(3, phases[k]);
		size_t len = w->at[0].in.len;

		/* every site takes one wrong length and is over: three a world would be slow, so the state is put back */
		for (size_t cut = 0; cut <= len + 1; cut++) {
			struct seat *p = &w->at[0];
			struct round_site *r = p->site, before;

			if (cut == len)
				continue;
			if (cut > 60 && cut < len - 60 && cut % 31 != 0)
				continue;
			char *at = malloc(cut == 0 ? 1 : cut); /* so that reading past it is seen */
			memcpy(at, p->in.at, cut < len ? cut : len);
			if (cut > len)
				at[len] = 0;
			int ret = -1;
			switch (p->in_step) {
			case STEP_INVITE:
				ret = round_site_new(
					&r, &p->setup, &w->expect, at, cut, w->now, &p->err);
				break;
			case STEP_ROSTER: {
				struct roster out;
				ret = roster_read(&out, at, cut, &w->f->members, &w->invite,
					&r->scope.ctx, w->now.wall_s, &p->err);
				break;
			}
			case STEP_DEAL: {
				struct deal_message out;
				ret = deal_read(&out, at, cut, 3, &p->err);
				break;
			}
			case STEP_SURVIVE: {
				struct bits out;
				ret = survive_read(&out, at, cut, 3, &p->err);
				break;
			}
			default: {
				struct certified *out;
				ret = certificate_check(&out, &r->view, at, cut, &p->err);
			}
			}
			(void)before;
			ck_assert_int_eq(ret, -1);
			free(at);
		}
		/* and what the site says, at the gateway */
		ck_assert_int_eq(world_feed(w, 0), 0);
		struct seat *p = &w->at[0];
		size_t whole = p->out.len;
		for (size_t cut = 0; cut <= whole + 1;
			cut += cut > 40 && cut + 40 < whole ? 17 : 1) {
			if (cut == whole)
				continue;
			char *at = malloc(cut == 0 ? 1 : cut);
			memcpy(at, p->out.at, cut < whole ? cut : whole);
			if (cut > whole)
				at[whole] = 0;
			ck_assert_int_eq(round_gateway_hear(
						 w->g, &p->setup.me, p->out_step, at, cut, &w->err),
				-1);
			ck_assert_int_eq(w->err.code, E_INPUT);
			if (k > 0)
				w->g->sites[0].blame = BLAME_NONE;
			free(at);
		}
		ck_assert_int_eq(world_hear(w, 0), 0);
		world_free(w);
	}
}
END_TEST

START_TEST(a30_a31_a_withheld_certificate_is_worth_nothing_in_the_next_round)
{
	struct world *w = world_at(5, PHASE_UNMASK);
	struct text certificate;
	struct roster_entry before;

	/* everybody signed; the certificate never comes */
	text_init(&certificate, MAX_FRAME_BYTES);
	lay_fixed(&certificate, w->at[0].in.at, w->at[0].in.len);
	before = w->at[0].site->entry;
	w->now.mono_ms += 10000;
	for (uint64_t i = 0; i < 5; i++) {
		ck_assert(round_site_expire(w->at[i].site, w->now));
		refuses(w, i, "deadline");
	}
	/* the same again under the same context is refused by the disk */
	struct text invite;
	text_init(&invite, MAX_FRAME_BYTES);
	ck_assert_int_eq(round_gateway_invite(w->g, &invite, &w->err), 0);
	world_again(w);
	lay_fixed((text_reset(&w->at[0].in), &w->at[0].in), invite.at, invite.len);
	w->at[0].in_step = STEP_INVITE;
	refuses(w, 0, "marked before");
	/* a new one has new keys, and the old certificate opens nothing */
	world_again(w);
	w->invite = invite_for(w);
	world_start(w);
	ck_assert_int_eq(world_until(w, PHASE_UNMASK), 0);
	ck_assert_mem_ne(before.c, w->at[0].site->entry.c, 32);
	ck_assert_mem_ne(before.s, w->at[0].site->entry.s, 32);
	ck_assert(!hash32_equal(&before.b, &w->at[0].site->entry.b));
	text_reset(&w->at[0].in);
	lay_fixed(&w->at[0].in, certificate.at, certificate.len);
	refuses(w, 0, "ack");
	text_clear(&certificate);
	text_clear(&invite);
	world_free(w);
}
END_TEST

UNIT_MAIN("secagg_attacks", a1_a_site_listed_alive_and_dead_cannot_be_said_and_gives_one_share,
	a2_two_sets_of_survivors_for_two_halves_give_no_certificate,
	a3_a_second_set_of_survivors_is_refused_the_same_one_too,
	a4_a_second_roster_or_a_second_deal_is_refused,
	a5_sites_with_different_rosters_make_noise_and_no_certificate,
	a6_a_site_with_another_set_of_dealers_makes_noise_even_with_every_seed,
	a6_a_site_with_another_set_of_dealers_makes_noise,
	a7_a_roster_of_friends_and_one_victim_is_refused,
	a8_sites_unknown_expired_doubled_or_unsorted_are_refused,
	a9_keys_that_were_swapped_or_replaced_are_refused, a10_keys_of_another_question_are_refused,
	a11_an_invitation_is_answered_once_a_restart_included,
	a12_another_epoch_list_federation_or_gateway_is_refused,
	a13_a_certificate_of_too_few_strangers_doubles_or_other_sets_is_refused,
	a14_keys_that_agree_on_nothing_or_are_anothers_are_refused,
	a15_spoilt_envelopes_are_complained_about_and_the_sum_is_exact,
	a16_a_dealer_of_other_secrets_or_of_no_polynomial_is_named,
	a17_a18_a_wrong_share_is_left_out_its_sender_named_and_the_sum_exact,
	a20_words_that_come_late_are_not_taken,
	a21_a_site_that_crashes_at_a_write_says_nothing_and_never_answers_again,
	a22_a28_whatever_the_gateway_does_not_say_in_time_ends_the_round,
	a24_another_noise_question_layout_bound_or_number_is_refused,
	a27_messages_cut_short_or_too_long_are_refused_whole,
	a30_a31_a_withheld_certificate_is_worth_nothing_in_the_next_round)
