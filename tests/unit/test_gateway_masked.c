/*
 * test_gateway_masked.c - the round of a sum at the gateway by SA-1 (gateway/round_masked.c, round_beside.c) with real sites,
 * and lines, store and clock that are the test's: what is heard, and what may end, while the masks are taken off beside
 * the loop.
 */
#include "gateway/round_beside.h"
#include "tests/unit/round_sum.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdatomic.h>

static struct round_site *sites[SITES];
static struct site_setup setups[SITES];

/* ---- the job beside the loop is held where it asks for its cipher ---- */

static pthread_t loop_thread;
static atomic_int gate; /* 0 open, 1 shut, 2 somebody waits at it */

EVP_CIPHER *EVP_CIPHER_fetch(OSSL_LIB_CTX *ctx, const char *name, const char *properties)
{
	EVP_CIPHER *(*real)(OSSL_LIB_CTX *, const char *, const char *);

	*(void **)&real = dlsym(RTLD_NEXT, "EVP_CIPHER_fetch");
	if (!pthread_equal(pthread_self(), loop_thread) && gate == 1) {
		gate = 2;
		while (gate != 0)
			usleep(200);
	}
	return real(ctx, name, properties);
}

static void until_held(void)
{
	for (int i = 0; i < 50000 && gate != 2; i++)
		usleep(200);
	ck_assert_int_eq(gate, 2);
}

/* ---- sites ---- */

static void begin(void)
{
	sums_begin();
	loop_thread = pthread_self();
	gate = 0;
}

static void end(void)
{
	for (size_t i = 0; i < SITES; i++)
		round_site_free(sites[i]);
	sums_end();
}

/* What site i says to what it was told last: it has 100 people. Gives the step. */
static unsigned answer(size_t i, struct text *out)
{
	const struct text *in = &told[i].body;
	const size_t n = INVITE_BODY_BYTES + 64;
	const int64_t people = 100;
	struct sum_invite read;
	struct hash32 ctx;

	text_init(out, LIMIT);
	switch (told[i].step) {
	case STEP_INVITE:
		OK(invite_read(in->at, n, &f->members, now_here().wall_s, &read, &ctx, &err));
		const struct sum_expect e = { read.question, read.asked, read.layout, read.noise,
			SUM_ADD, 1, read.bound, 0, 0, 0 };
		setups[i] = (struct site_setup){ .members = &f->members,
			.me = f->members.members[i].id,
			.key = f->keys[i],
			.marks = { NULL, no_mark } };
		OK(round_site_new(&sites[i], &setups[i], &e, in->at, n, now_here(), &err));
		OK(round_site_keys(sites[i], now_here(), out, &err));
		break;
	case STEP_ROSTER:
		OK(round_site_roster(sites[i], in->at, in->len, now_here(), out, &err));
		break;
	case STEP_DEAL:
		OK(round_site_deal(sites[i], in->at, in->len, now_here(), &err));
		OK(round_site_mask(sites[i], &people, NULL, 1, now_here(), out, &err));
		break;
	case STEP_SURVIVE:
		OK(round_site_survive(sites[i], in->at, in->len, now_here(), out, &err));
		break;
	default:
		ck_assert_uint_eq(told[i].step, STEP_CERT);
		OK(round_site_certificate(sites[i], in->at, in->len, now_here(), out, &err));
	}
	return told[i].step + 1;
}

static void answers(size_t i)
{
	struct text out;
	unsigned step = answer(i, &out);

	says_step(i, step, &out);
	text_clear(&out);
}

static void is_lost(size_t i)
{
	line[i].online = false;
	round_sum_lost(&ours, &legs[i]);
}

/* All but the last site, which is lost before it has sent its numbers, up to the last answer but one. */
static void until_last(void)
{
	begin();
	all_offer(ACCEPT_SA1);
	ck_assert_ptr_nonnull(ours.sum->sa);
	for (size_t i = 0; i < SITES; i++)
		answers(i); /* KEYS */
	for (size_t i = 0; i < SITES; i++)
		answers(i); /* SHARES */
	for (size_t i = 0; i < SITES - 1; i++)
		answers(i); /* MASKED */
	is_lost(SITES - 1);
	for (size_t i = 0; i < SITES - 1; i++)
		answers(i); /* ACK */
	for (size_t i = 0; i < SITES - 2; i++)
		answers(i); /* UNMASK */
	ck_assert(!round_masked_busy(ours.sum->sa));
}

/* And that one; the masks are being taken off until the gate opens. */
static void until_unmasking(void)
{
	until_last();
	gate = 1;
	answers(SITES - 2);
	ck_assert(round_masked_busy(ours.sum->sa));
	until_held();
}

static int turned;
static void on_turn(evutil_socket_t fd, short what, void *arg)
{
	(void)fd, (void)what, (void)arg;
	turned++;
}

static void turn_once(void)
{
	ck_assert_int_eq(event_base_once(base, -1, EV_TIMEOUT, on_turn, NULL, NULL), 0);
	event_base_loop(base, EVLOOP_NONBLOCK);
}

START_TEST(the_loop_turns_while_the_masks_are_taken_off)
{
	until_unmasking();
	turned = 0;
	for (int i = 0; i < 5; i++)
		turn_once();
	ck_assert_int_eq(turned, 5);
	ck_assert_ptr_null(round_sum_result(&ours));
	ck_assert_int_eq(round_sum_due(&ours), INT64_MAX);
	gate = 0;
	settle();
	summed(SITES - 1);
	ck_assert_uint_gt(round_sum_result(&ours)->transcript.len, 0);
	for (size_t i = 0; i < SITES - 1; i++)
		ck_assert_int_eq(legs[i].state, LEG_SUMMED);
	ck_assert_int_eq(legs[SITES - 1].state, LEG_DROPPED);
	ck_assert_ptr_nonnull(strstr(why[SITES - 1], "before it had sent its masked numbers"));
	end();
}
END_TEST

START_TEST(what_sites_say_or_lose_meanwhile_changes_nothing)
{
	struct text again = { 0 };

	until_unmasking();
	text_init(&again, LIMIT);
	text_add(&again, "again");
	for (size_t i = 0; i < SITES; i++) {
		ck_assert(round_sum_has(&ours, &legs[i]) == (i < SITES - 1));
		says_step(i, STEP_UNMASK, &again);
	}
	for (size_t i = 0; i < SITES; i++)
		is_lost(i);
	ck_assert(round_masked_busy(ours.sum->sa));
	ck_assert(!ours.sum->over);
	gate = 0;
	settle();
	summed(SITES - 1);
	text_clear(&again);
	end();
}
END_TEST

/* Until nothing of rounds that are gone is left. */
static void until_ended(void)
{
	for (int i = 0; i < 5000 && all.leftover != NULL; i++) {
		event_base_loop(base, EVLOOP_NONBLOCK);
		usleep(500);
	}
	ck_assert_ptr_null(all.leftover);
}

START_TEST(a_round_that_ends_meanwhile_waits_for_nothing_and_leaves_nothing)
{
	until_unmasking();
	round_sum_free(ours.sum); /* as when it is cancelled: returns while the job is held */
	ours.sum = NULL;
	ck_assert_int_eq(gate, 2);
	ck_assert_ptr_nonnull(all.leftover);
	turn_once();
	ck_assert_ptr_nonnull(all.leftover);
	gate = 0;
	until_ended();
	end();
}
END_TEST

START_TEST(a_round_that_ends_before_its_job_is_told_of_leaves_nothing)
{
	for (useconds_t later = 0; later <= 100000; later += 100000) {
		until_last();
		answers(SITES - 2);
		usleep(later); /* in time to begin it, and to end it */
		round_sum_free(ours.sum);
		ours.sum = NULL;
		until_ended();
		end();
		memset(sites, 0, sizeof(sites));
	}
}
END_TEST

static void *open_gate(void *unused)
{
	usleep(20000);
	gate = 0;
	return unused;
}

START_TEST(the_end_of_all_rounds_waits_for_what_is_under_way)
{
	pthread_t opener;

	until_unmasking();
	round_sum_free(ours.sum);
	ours.sum = NULL;
	ck_assert_int_eq(pthread_create(&opener, NULL, open_gate, NULL), 0);
	beside_clear(&all);
	ck_assert_int_eq(gate, 0);
	ck_assert_ptr_null(all.leftover);
	pthread_join(opener, NULL);
	end();
}
END_TEST

START_TEST(a_question_whose_time_is_over_meanwhile_has_no_sum)
{
	until_unmasking();
	mono_ms += WHOLE_MS;
	round_sum_look(&ours);
	ck_assert(ours.sum->over);
	ck_assert_ptr_nonnull(strstr(why[0], "the masks could not be taken off"));
	gate = 0;
	settle();
	ck_assert_ptr_null(round_sum_result(&ours));
	for (size_t i = 0; i < SITES; i++)
		ck_assert_int_eq(legs[i].state, LEG_LEFT_OUT);
	end();
}
END_TEST

/* A store that fails undoes that it was cancelled, and the sum is gone by then. */
START_TEST(a_sum_that_is_made_when_nobody_is_left_is_no_sum_later)
{
	until_unmasking();
	for (size_t i = 0; i < SITES; i++)
		legs[i].state = LEG_CANCELLED;
	gate = 0;
	settle();
	ck_assert_ptr_null(round_sum_result(&ours));
	ck_assert(!ours.sum->over);
	for (size_t i = 0; i < SITES; i++)
		legs[i].state = LEG_SUMMING;
	round_sum_look(&ours);
	ck_assert(ours.sum->over);
	ck_assert_ptr_null(round_sum_result(&ours));
	ck_assert_ptr_nonnull(strstr(why[0], "the masks could not be taken off"));
	end();
}
END_TEST

START_TEST(who_is_lost_in_the_last_phase_is_not_waited_for)
{
	until_last();
	is_lost(SITES - 2); /* three of five shares are as many as it takes */
	settle();
	summed(SITES - 1);
	ck_assert_int_eq(legs[SITES - 2].state, LEG_SUMMED);
	end();
}
END_TEST

START_TEST(too_few_shares_by_the_end_of_the_last_phase_are_no_sum)
{
	begin();
	all_offer(ACCEPT_SA1);
	for (int step = STEP_KEYS; step <= STEP_ACK; step += 2)
		for (size_t i = 0; i < SITES; i++)
			answers(i);
	answers(0);
	passes(ours.sum->due_ms - clock_mono_ms());
	ck_assert(ours.sum->over);
	ck_assert_ptr_null(round_sum_result(&ours));
	ck_assert_ptr_nonnull(strstr(why[0], "the masks could not be taken off"));
	end();
}
END_TEST

UNIT_MAIN("gateway_masked", the_loop_turns_while_the_masks_are_taken_off,
	what_sites_say_or_lose_meanwhile_changes_nothing,
	a_round_that_ends_meanwhile_waits_for_nothing_and_leaves_nothing,
	a_round_that_ends_before_its_job_is_told_of_leaves_nothing,
	the_end_of_all_rounds_waits_for_what_is_under_way,
	a_question_whose_time_is_over_meanwhile_has_no_sum,
	a_sum_that_is_made_when_nobody_is_left_is_no_sum_later,
	who_is_lost_in_the_last_phase_is_not_waited_for,
	too_few_shares_by_the_end_of_the_last_phase_are_no_sum)
