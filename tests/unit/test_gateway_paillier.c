/*
 * test_gateway_paillier.c - the round of a sum at the gateway (gateway/round_sum.c, round_paillier.c) with real sites and
 * holders of threshold Paillier, and lines, store and clock that are the test's: which protocol is chosen, who may leave
 * and come back when, and what lying sites and holders reach.
 */
#include "tests/unit/paillier.h"
#include "tests/unit/round_sum.h"

#include "paillier/tp_holder.h"
#include "paillier/tp_site.h"
#include "secagg/quorum.h"

static struct tp_key k;
static struct tp_share shares[HOLDERS];
static EVP_PKEY *holder_keys[HOLDERS];
static struct tp_table *table;
static struct tp_site *sites[SITES];
static struct tp_site_setup setups[SITES];

static void make_key(void)
{
	BIGNUM *p = hex_number(kat_numbers[KAT_P]), *q = hex_number(kat_numbers[KAT_Q]);

	name_holders(&k, HOLDERS, 1);
	k.federation = f->members.federation;
	k.from_s = NOW_S - 1000;
	for (unsigned j = 0; j < HOLDERS; j++) {
		OK(identity_new_key(&holder_keys[j], &err));
		public_key(holder_keys[j], k.holders[j].key);
		snprintf(names[SITES + j], sizeof(names[0]), "%s", k.holders[j].name);
	}
	OK(tp_deal_of_primes(&k, p, q, shares, &err));
	OK(tp_table_new(&table, &k, &err));
	BN_free(p);
	BN_free(q);
}

static void begin(void)
{
	sums_begin();
	make_key();
	all.paillier = &k;
}

static void end(void)
{
	for (size_t i = 0; i < SITES; i++)
		tp_site_free(sites[i]);
	for (unsigned j = 0; j < HOLDERS; j++)
		EVP_PKEY_free(holder_keys[j]);
	tp_table_free(table);
	shares_clear(shares, HOLDERS);
	sums_end();
	tp_key_clear(&k);
}

/* ---- sites and holders ---- */

static int no_set(void *of, const struct hash32 *ctx, const struct hash32 *set, struct error *e)
{
	(void)of, (void)ctx, (void)set, (void)e;
	return 0;
}

/* COMMIT to what it was invited to: 100 people. */
static void make_commit(size_t i, struct text *out)
{
	const struct text *in = &told[i].body;
	const int64_t people = 100;
	struct tp_invite read;

	ck_assert_uint_eq(told[i].step, TP_LINE_SITE + TP_STEP_INVITE);
	OK(tp_invite_read(
		in->at, TP_INVITE_BYTES, &f->members, &k, now_here().wall_s, &read, &err));
	const struct sum_expect e = { read.sum.question, read.sum.asked, read.sum.layout,
		read.sum.noise, SUM_ADD, 1, read.sum.bound, read.slot_bound - read.sum.bound, 0,
		0 };
	setups[i] = (struct tp_site_setup){ { .members = &f->members,
						    .me = f->members.members[i].id,
						    .key = f->keys[i],
						    .marks = { NULL, no_mark } },
		&k, table };
	OK(tp_site_new(&sites[i], &setups[i], &e, in->at, TP_INVITE_BYTES, now_here(), &err));
	text_init(out, LIMIT);
	OK(commit_now(sites[i], &people, NULL, 1, now_here(), out, &err));
}

static void commits(size_t i)
{
	struct text out;

	make_commit(i, &out);
	says(i, TP_LINE_SITE + TP_STEP_COMMIT, &out);
	text_clear(&out);
}

static void opens(size_t i)
{
	struct text out;

	ck_assert_uint_eq(told[i].step, TP_LINE_SITE + TP_STEP_ROSTER);
	text_init(&out, LIMIT);
	OK(tp_site_open(sites[i], told[i].body.at, told[i].body.len, now_here(), &out, &err));
	says(i, TP_LINE_SITE + TP_STEP_OPEN, &out);
	text_clear(&out);
}

/* Holder j's part of what the first holder was told since `from`; all are told the same. */
static void make_part(unsigned j, unsigned from, struct text *out)
{
	const struct tp_holder_setup setup = { .members = &f->members,
		.k = &k,
		.share = &shares[j],
		.key = holder_keys[j],
		.once = { NULL, no_set } };
	struct tp_holder *h;

	OK(tp_holder_new(&h, &setup, story[from].body.at, story[from].body.len, now_here(), &err));
	for (unsigned i = from + 1; i < n_story; i++) {
		const struct text *t = &story[i].body;

		switch (story[i].step - TP_LINE_HOLDER) {
		case TP_STEP_ROSTER:
			OK(tp_holder_roster(h, t->at, t->len, now_here(), &err));
			break;
		case TP_STEP_OPEN:
			OK(tp_holder_open(h, t->at, t->len, now_here(), &err));
			break;
		default:
			OK(tp_holder_all(h, t->at, t->len, now_here(), &err));
		}
	}
	text_init(out, LIMIT);
	OK(tp_holder_part(h, now_here(), out, &err));
	tp_holder_free(h);
}

static void gives_part(unsigned j)
{
	struct text out;

	make_part(j, 0, &out);
	says(SITES + j, TP_LINE_HOLDER + TP_STEP_PART, &out);
	text_clear(&out);
}

static void until_opened(void)
{
	begin();
	all_offer(ACCEPT_SA1 | ACCEPT_TP1);
	/* all could do either: SA-1, which needs no key */
	ck_assert_ptr_nonnull(ours.sum->sa);
	round_sum_free(ours.sum);
	ours.sum = NULL;
	for (size_t i = 0; i < SITES; i++)
		legs[i].state = LEG_ASKED;
	all_offer(ACCEPT_TP1);
	ck_assert_ptr_nonnull(ours.sum->tp);
	for (size_t i = 0; i < SITES; i++)
		commits(i);
	for (size_t i = 0; i < SITES; i++)
		opens(i);
}

/* ---- which protocol ---- */

START_TEST(the_protocol_is_the_one_of_most_sites_and_sa1_of_as_many)
{
	static const struct {
		unsigned accepts[SITES];
		unsigned holders; /* on the line */
		bool sa1, tp1;
	} cases[] = { { { 3, 3, 3, 3, 3 }, 5, true, false }, { { 3, 3, 3, 3, 2 }, 5, false, true },
		{ { 1, 3, 3, 3, 2 }, 5, true, false }, { { 2, 2, 2, 2, 2 }, 4, false, true },
		/* fewer holders than open: not begun, and whoever can sums without */
		{ { 2, 2, 2, 2, 2 }, 3, false, false }, { { 3, 3, 3, 3, 2 }, 3, true, false } };

	for (size_t c = 0; c < sizeof(cases) / sizeof(cases[0]); c++) {
		begin();
		for (unsigned j = cases[c].holders; j < HOLDERS; j++)
			line[SITES + j].online = false;
		for (size_t i = 0; i < SITES; i++)
			offers(i, cases[c].accepts[i]);
		ck_assert_int_eq(ours.sum->sa != NULL, cases[c].sa1);
		ck_assert_int_eq(ours.sum->tp != NULL, cases[c].tp1);
		if (!cases[c].sa1 && !cases[c].tp1)
			ck_assert_ptr_nonnull(strstr(why[0], "nothing was paid"));
		end();
	}
	/* the key that this gateway has is another one: its word for TP-1 does not count */
	begin();
	struct message m = { .type = MSG_OFFER, .offer = { .accepts = ACCEPT_TP1 } };
	for (size_t i = 0; i < SITES; i++) {
		round_sum_offer(&ours, &legs[i], &m);
		round_sum_look(&ours);
	}
	ck_assert_ptr_null(ours.sum->tp);
	ck_assert(ours.sum->over);
	end();
}
END_TEST

START_TEST(one_whose_noise_would_drown_the_sum_is_left_out_and_told_so)
{
	for (unsigned accepts = ACCEPT_SA1; accepts <= ACCEPT_TP1; accepts++) {
		begin();
		shape_of[3].layers[0].t = UINT64_C(1) << 50;
		all_offer(accepts);
		ck_assert(!ours.sum->over);
		ck_assert_int_eq(legs[3].state, LEG_LEFT_OUT);
		ck_assert_ptr_nonnull(strstr(why[3], "more noise than most hospitals"));
		ck_assert_int_eq(legs[2].state, LEG_SUMMING);
		ck_assert_uint_eq(ours.sum->noise.sites, SITES - 1);
		end();
	}
}
END_TEST

START_TEST(hospitals_of_another_common_secret_are_not_counted_with_and_told_so)
{
	begin();
	for (size_t i = 0; i < SITES; i++) {
		shape_of[i].kind = KIND_DISTINCT;
		shape_of[i].resolution = 2048;
		shape_of[i].secret = sha256("ours", 4);
	}
	shape_of[1].secret = sha256("another", 7);
	all_offer(ACCEPT_SA1);
	ck_assert_ptr_nonnull(ours.sum->sa);
	ck_assert_int_eq(legs[1].state, LEG_LEFT_OUT);
	ck_assert_ptr_nonnull(strstr(why[1], "secret that most hospitals share"));
	ck_assert_int_eq(legs[0].state, LEG_SUMMING);
	ck_assert_uint_eq(ours.sum->noise.sites, SITES - 1);
	end();
}
END_TEST

/* ---- a sum ---- */

START_TEST(as_many_holders_as_open_give_the_sum_and_the_record_of_it)
{
	until_opened();
	for (unsigned j = 0; j < 4; j++) {
		ck_assert_ptr_null(round_sum_result(&ours));
		gives_part(j);
	}
	summed(SITES);
	ck_assert_uint_gt(round_sum_result(&ours)->transcript.len, 0);
	for (size_t i = 0; i < SITES; i++)
		ck_assert_int_eq(legs[i].state, LEG_SUMMED);
	end();
}
END_TEST

START_TEST(a_site_may_be_off_the_line_between_its_messages_and_is_told_again)
{
	begin();
	offers(2, ACCEPT_TP1);
	line[2].online = false;
	for (size_t i = 0; i < SITES; i++)
		if (i != 2)
			offers(i, ACCEPT_TP1);
	ck_assert_uint_eq(told[2].n, 0);
	for (size_t i = 0; i < SITES; i++)
		if (i != 2)
			commits(i);
	line[2].online = true;
	round_sum_line(&ours, 2);
	ck_assert_uint_eq(told[2].n, 1);
	/* it comes back after COMMIT: ROSTER once more, and no INVITE */
	line[3].online = false;
	commits(2);
	ck_assert_uint_eq(told[2].step, TP_LINE_SITE + TP_STEP_ROSTER);
	ck_assert_uint_eq(told[3].step, TP_LINE_SITE + TP_STEP_INVITE);
	for (size_t i = 0; i < SITES; i++)
		if (i != 3)
			opens(i);
	line[3].online = true;
	round_sum_line(&ours, 3);
	opens(3);
	unsigned n = told[3].n;
	round_sum_line(&ours, 3); /* it has opened: nothing more is for it */
	ck_assert_uint_eq(told[3].n, n);
	for (unsigned j = 0; j < 4; j++)
		gives_part(j);
	summed(SITES);
	end();
}
END_TEST

START_TEST(a_site_that_does_not_come_back_is_left_out_at_the_phases_end)
{
	begin();
	all_offer(ACCEPT_TP1);
	for (size_t i = 0; i < SITES; i++)
		commits(i);
	for (size_t i = 0; i < 4; i++)
		opens(i);
	ck_assert_uint_eq(n_story, 0);
	passes(ours.sum->due_ms - clock_mono_ms() - 1);
	ck_assert_uint_eq(n_story, 0);
	passes(1);
	ck_assert_uint_gt(n_story, 0);
	opens(4); /* too late */
	for (unsigned j = 0; j < 4; j++)
		gives_part(j);
	summed(4);
	ck_assert_int_eq(legs[4].state, LEG_DROPPED);
	ck_assert_ptr_nonnull(strstr(why[4], "did not come back in time"));
	end();
}
END_TEST

START_TEST(too_few_commitments_openings_or_parts_end_it_at_their_deadline)
{
	for (int phase = 0; phase < 3; phase++) {
		begin();
		all_offer(ACCEPT_TP1);
		for (size_t i = 0; i < (phase == 0 ? 2 : SITES); i++)
			commits(i);
		for (size_t i = 0; phase > 0 && i < (phase == 1 ? 3 : SITES); i++)
			opens(i);
		for (unsigned j = 0; phase == 2 && j < 3; j++)
			gives_part(j);
		ck_assert(!ours.sum->over);
		passes(ours.sum->due_ms - clock_mono_ms());
		ck_assert(ours.sum->over);
		ck_assert_ptr_null(round_sum_result(&ours));
		for (size_t i = 0; i < SITES; i++)
			ck_assert_int_eq(legs[i].state, LEG_LEFT_OUT);
		ck_assert_ptr_nonnull(strstr(why[0], phase == 0   ? "too few hospitals took part"
						     : phase == 1 ? "too few hospitals came back"
								  : "too few holders"));
		ck_assert_ptr_nonnull(strstr(why[0], "have paid"));
		end();
	}
}
END_TEST

/* ---- who lies ---- */

START_TEST(a_site_speaks_for_itself_alone_and_once)
{
	struct text other, again;

	begin();
	all_offer(ACCEPT_TP1);
	make_commit(1, &other);
	says(0, TP_LINE_SITE + TP_STEP_COMMIT, &other); /* another's, over its own line */
	says(1, TP_LINE_SITE + TP_STEP_OPEN, &other);   /* at another moment */
	says(1, STEP_KEYS, &other);                     /* of another protocol */
	ck_assert(round_paillier_in(&ours, 0, &(struct say){ NULL, NULL }) == false);
	says(1, TP_LINE_SITE + TP_STEP_COMMIT, &other);
	says(1, TP_LINE_SITE + TP_STEP_COMMIT, &other);
	ck_assert_uint_eq(told[0].step, TP_LINE_SITE + TP_STEP_INVITE); /* and is waited for */
	for (size_t i = 0; i < SITES; i++)
		if (i != 1)
			commits(i);
	text_init(&again, LIMIT);
	OK(tp_site_open(sites[1], told[1].body.at, told[1].body.len, now_here(), &again, &err));
	says(0, TP_LINE_SITE + TP_STEP_OPEN, &again);
	ck_assert(!round_paillier_has(&ours, &legs[0]) && !round_paillier_has(&ours, &legs[1]));
	/* its own, spoilt: taken and no good, and a second one is not listened to */
	again.at[again.len - 1] ^= 1;
	says(1, TP_LINE_SITE + TP_STEP_OPEN, &again);
	again.at[again.len - 1] ^= 1;
	says(1, TP_LINE_SITE + TP_STEP_OPEN, &again);
	for (size_t i = 0; i < SITES; i++)
		if (i != 1)
			opens(i);
	for (unsigned j = 0; j < 4; j++)
		gives_part(j);
	summed(4);
	ck_assert_int_eq(legs[1].state, LEG_DROPPED);
	ck_assert_ptr_nonnull(strstr(why[1], "could not be used"));
	text_clear(&other);
	text_clear(&again);
	end();
}
END_TEST

START_TEST(a_holders_part_comes_over_its_own_line_once_and_a_wrong_one_is_replaced_by_anothers)
{
	struct text part, wrong;

	until_opened();
	make_part(1, 0, &part);
	says(SITES + 0, TP_LINE_HOLDER + TP_STEP_PART, &part); /* another holder's */
	says(2, TP_LINE_HOLDER + TP_STEP_PART, &part);         /* from a site that is no holder */
	make_part(2, 0, &wrong);
	wrong.at[wrong.len - 1] ^= 1;
	says(SITES + 2, TP_LINE_HOLDER + TP_STEP_PART, &wrong);
	wrong.at[wrong.len - 1] ^= 1;
	says(SITES + 2, TP_LINE_HOLDER + TP_STEP_PART, &wrong); /* it had its turn */
	gives_part(3);
	gives_part(4);
	gives_part(0); /* whoever spoke for another can still speak for itself */
	ck_assert_ptr_null(round_sum_result(&ours));
	says(SITES + 1, TP_LINE_HOLDER + TP_STEP_PART, &part);
	summed(SITES);
	text_clear(&part);
	text_clear(&wrong);
	end();
}
END_TEST

START_TEST(a_holder_that_comes_back_is_told_everything_again)
{
	unsigned first;

	until_opened();
	first = n_story;
	ck_assert_uint_eq(first, 2 + SITES + 1);
	round_sum_line(&ours, SITES);
	ck_assert_uint_eq(n_story, 2 * first);
	for (unsigned i = 0; i < first; i++) {
		ck_assert_uint_eq(story[i].step, story[first + i].step);
		ck_assert_uint_eq(story[i].body.len, story[first + i].body.len);
	}
	n_story = first;
	gives_part(0);
	round_sum_line(&ours, SITES);
	ck_assert_uint_eq(n_story, first);
	for (unsigned j = 1; j < 4; j++)
		gives_part(j);
	summed(SITES);
	end();
}
END_TEST

UNIT_MAIN("gateway_paillier", the_protocol_is_the_one_of_most_sites_and_sa1_of_as_many,
	one_whose_noise_would_drown_the_sum_is_left_out_and_told_so,
	hospitals_of_another_common_secret_are_not_counted_with_and_told_so,
	as_many_holders_as_open_give_the_sum_and_the_record_of_it,
	a_site_may_be_off_the_line_between_its_messages_and_is_told_again,
	a_site_that_does_not_come_back_is_left_out_at_the_phases_end,
	too_few_commitments_openings_or_parts_end_it_at_their_deadline,
	a_site_speaks_for_itself_alone_and_once,
	a_holders_part_comes_over_its_own_line_once_and_a_wrong_one_is_replaced_by_anothers,
	a_holder_that_comes_back_is_told_everything_again)
