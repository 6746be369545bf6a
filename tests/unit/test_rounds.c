/*
 * test_rounds.c - hospitals that lie, are slow or leave, and a gateway that stops or has no disk.
 */
#include <sys/resource.h>

#include "tests/unit/gateway.h"

/* ---- hospitals that lie, are slow, or leave ---- */

static void lies(void (*how)(struct fake *f))
{
	struct fake *r;

	gateway_begin("renmin,xiehe");
	r = fake_up("renmin");
	fake_up("xiehe");
	how(r);
	li_asks(ANY_Q, 0);
	wait_for_end(asked_id, 30000);
	IS("state", "partial");
	IS("sites.0.state", "failed");
	IS("sites.0.cells", "");
	ck_assert_ptr_nonnull(strstr(of(http.json, "sites.0.say.en"), "could not be verified"));
	IS("sites.1.state", "answered");
	IS("total.cells.0.value", "417");
	IS("total.cells.0.sites", "[\"xiehe\"]");
	ck_assert(turn(&r->acked, 30000));
	ck_assert_int_eq(audited("release.rejected"), 1);
	gateway_end();
}
static void wrong_signature(struct fake *f)
{
	f->bad_signature = true;
}
static void another_site(struct fake *f)
{
	f->claims = "xiehe";
}
static void another_question(struct fake *f)
{
	f->other_question = true;
}
static void another_kind(struct fake *f)
{
	f->kind = 2; /* a crosstab has the same layers and points as a count */
}
static void absurd_number(struct fake *f)
{
	f->value = INT64_C(1) << 60;
}
START_TEST(a_hospital_that_lies_costs_its_own_part_and_is_named)
{
	lies(wrong_signature);
	lies(another_site);
	lies(another_question);
	lies(another_kind);
	lies(absurd_number);
}
END_TEST

START_TEST(a_slow_hospital_is_timed_out_and_its_late_answer_is_kept_but_changes_nothing)
{
	struct fake *r, *x;

	gateway_begin("renmin,xiehe");
	r = fake_up("renmin");
	x = fake_up("xiehe");
	x->does = FAKE_IS_SILENT;
	li_asks(ANY_Q, 400);
	wait_for_end(asked_id, 30000);
	IS("state", "partial");
	IS("sites.1.state", "timed-out");
	ck_assert_int_eq(r->acked, 1);
	fake_release(x, asked_id);
	ck_assert(turn(&x->acked, 30000));
	ck_assert_int_eq(say("GET", path_of(asked_id, ""), LI, NULL), 200);
	IS("sites.1.state", "timed-out");
	IS("sites.1.cells", "");
	IS("total.cells.0.value", "417");
	/* said again, it is acknowledged again and not kept again */
	x->acked = 0;
	fake_release(x, asked_id);
	ck_assert(turn(&x->acked, 30000));
	ck_assert_int_eq(audited("release.late"), 1);
	gateway_end();
}
END_TEST

START_TEST(an_offline_hospital_is_waited_for_a_moment_only)
{
	int64_t from;

	gateway_begin("renmin,xiehe");
	fake_up("renmin");
	from = clock_mono_ms();
	li_asks(ANY_Q, 0);
	wait_for_end(asked_id, 30000);
	IS("state", "partial");
	IS("sites.1.state", "offline");
	ck_assert_int_ge(clock_mono_ms() - from, 1900);
	gateway_end();
}
END_TEST

START_TEST(a_hospital_that_comes_in_time_is_asked)
{
	struct fake *x;

	gateway_begin("renmin,xiehe");
	fake_up("renmin");
	li_asks(ANY_Q, 0);
	turn(NULL, 300);
	x = fake_up("xiehe");
	ck_assert(turn(&x->asked, 30000));
	wait_for_end(asked_id, 30000);
	IS("state", "complete");
	gateway_end();
}
END_TEST

START_TEST(a_hospital_offline_past_the_grace_is_asked_while_the_question_runs)
{
	struct fake *r, *x;

	gateway_begin("renmin,xiehe");
	r = fake_up("renmin");
	r->does = FAKE_IS_SILENT;
	li_asks(ANY_Q, 0);
	turn(NULL, 2500);
	ck_assert_int_eq(say("GET", path_of(asked_id, ""), LI, NULL), 200);
	IS("state", "running");
	IS("sites.1.state", "offline");
	x = fake_up("xiehe");
	ck_assert(turn(&x->acked, 30000));
	fake_release(r, asked_id);
	wait_for_end(asked_id, 30000);
	IS("state", "complete");
	gateway_end();
}
END_TEST

START_TEST(a_line_that_breaks_is_asked_again_when_it_is_back)
{
	struct fake *r;

	gateway_begin("renmin");
	r = fake_up("renmin");
	r->does = FAKE_IS_SILENT;
	li_asks(ANY_Q, 0);
	ck_assert_int_eq(r->asked, 1);
	fake_down(r);
	r->welcomed = r->asked = 0;
	r->does = FAKE_ANSWERS;
	fake_dial(r);
	ck_assert(turn(&r->asked, 30000));
	wait_for_end(asked_id, 30000);
	IS("state", "complete");
	gateway_end();
}
END_TEST

START_TEST(cancelling_stops_the_sites_and_names_them)
{
	struct fake *r, *x;

	gateway_begin("renmin,xiehe");
	r = fake_up("renmin");
	x = fake_up("xiehe");
	x->does = FAKE_IS_SILENT;
	li_asks(ANY_Q, 0);
	ck_assert(turn(&r->acked, 30000));
	ck_assert_int_eq(say("DELETE", path_of(asked_id, ""), WANG, NULL), 404);
	ck_assert_int_eq(say("DELETE", path_of(asked_id, ""), AUDIT, NULL), 403);
	ck_assert_int_eq(say("DELETE", path_of(asked_id, ""), LI, NULL), 202);
	IS("state", "cancelled");
	IS("sites.0.state", "answered");
	IS("sites.1.state", "cancelled");
	ck_assert(turn(&x->cancelled, 30000));
	ck_assert_int_eq(r->cancelled, 0);
	/* once more: nothing changes */
	ck_assert_int_eq(say("DELETE", path_of(asked_id, ""), LI, NULL), 202);
	IS("state", "cancelled");
	gateway_end();
}
END_TEST

/* ---- restarts ---- */

START_TEST(a_restarted_gateway_goes_on_with_its_questions)
{
	struct fake *r, *x;
	char id[MAX_ID + 1];

	gateway_begin("renmin,xiehe");
	r = fake_up("renmin");
	x = fake_up("xiehe");
	x->does = FAKE_IS_SILENT;
	li_asks(ANY_Q, 0);
	snprintf(id, sizeof(id), "%s", asked_id);
	ck_assert(turn(&r->acked, 30000));
	gateway_down();
	ck_assert(turn(&x->ended, 30000));
	ck_assert_uint_eq(x->bye, BYE_STOPPING);
	gateway_start();
	ck_assert_int_eq(say("GET", path_of(id, ""), LI, NULL), 200);
	IS("state", "running");
	IS("sites.0.state", "answered");
	IS("sites.1.state", "waiting");
	x->does = FAKE_ANSWERS;
	r->asked = x->asked = 0;
	fake_dial(r);
	fake_dial(x);
	ck_assert(turn(&x->asked, 3000));
	wait_for_end(id, 30000);
	IS("state", "complete");
	IS("total.cells.0.value", "834");
	ck_assert_int_eq(r->asked, 0); /* it had answered */
	gateway_end();
}
END_TEST

START_TEST(a_question_whose_deadline_passed_while_the_gateway_was_down_is_closed)
{
	struct fake *r, *x;

	gateway_begin("renmin,xiehe");
	r = fake_up("renmin");
	x = fake_up("xiehe");
	x->does = FAKE_IS_SILENT;
	li_asks(ANY_Q, 500);
	ck_assert(turn(&r->acked, 300));
	gateway_down();
	turn(NULL, 600);
	gateway_start();
	wait_for_end(asked_id, 30000);
	IS("state", "partial");
	IS("sites.0.state", "answered");
	IS("sites.1.state", "timed-out");
	gateway_end();
}
END_TEST

START_TEST(two_gateways_do_not_share_a_state_folder)
{
	struct gateway *other;

	gateway_begin("renmin");
	FAILS(gateway_open(&other, base, &config, &err), E_STATE);
	ck_assert_int_eq(say("GET", "/healthz", NULL, NULL), 200);
	gateway_end();
}
END_TEST

/* ---- a full disk ---- */

static void disk(bool full)
{
	struct rlimit lim;

	signal(SIGXFSZ, SIG_IGN);
	ck_assert_int_eq(getrlimit(RLIMIT_FSIZE, &lim), 0);
	lim.rlim_cur = full ? 1 : lim.rlim_max;
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &lim), 0);
}

START_TEST(with_a_full_disk_a_question_is_refused_and_not_asked)
{
	gateway_begin("renmin");
	fake_up("renmin");
	disk(true);
	ck_assert_int_eq(say("POST", "/v1/questions", LI, signed_by("li", LI_IS, ANY_Q, 0)), 503);
	ck_assert_str_ne(of(http.json, "say.zh"), "");
	ck_assert_int_eq(fakes[0].asked, 0);
	disk(false);
	ck_assert_int_eq(say("GET", "/v1/questions", LI, NULL), 200);
	IS("questions", "[]");
	li_asks(ANY_Q, 0);
	wait_for_end(asked_id, 30000);
	IS("state", "complete");
	gateway_end();
}
END_TEST

START_TEST(what_could_not_be_stored_is_not_acknowledged_and_comes_again)
{
	struct fake *r;

	gateway_begin("renmin");
	r = fake_up("renmin");
	r->does = FAKE_IS_SILENT;
	li_asks(ANY_Q, 0);
	disk(true);
	fake_release(r, asked_id);
	ck_assert(turn(&r->ended, 3000)); /* its line was dropped */
	ck_assert_int_eq(r->acked, 0);
	disk(false);
	ck_assert_int_eq(say("GET", path_of(asked_id, ""), LI, NULL), 200);
	IS("state", "running");
	IS("sites.0.state", "waiting");
	r->does = FAKE_ANSWERS;
	fake_dial(r);
	ck_assert(turn(&r->acked, 3000));
	wait_for_end(asked_id, 30000);
	IS("state", "complete");
	IS("sites.0.cells.0.value", "417");
	gateway_end();
}
END_TEST

START_TEST(a_deadline_that_passes_on_a_full_disk_is_told_later)
{
	gateway_begin("renmin");
	fake_up("renmin")->does = FAKE_IS_SILENT;
	li_asks(ANY_Q, 300);
	disk(true);
	turn(NULL, 600);
	ck_assert_int_eq(say("GET", path_of(asked_id, ""), LI, NULL), 200);
	IS("state", "running");
	ck_assert_int_eq(say("DELETE", path_of(asked_id, ""), LI, NULL), 503);
	disk(false);
	wait_for_end(asked_id, 30000);
	IS("state", "failed");
	IS("sites.0.state", "timed-out");
	gateway_end();
}
END_TEST

#define SECURE_Q                                                                                   \
	"{\"study\":\"DM-2026-01\",\"kind\":\"count\",\"mode\":\"secure\",\"dataset\":\"omop\","         \
	"\"cohort\":{\"all\":[{\"age\":{\"from\":18}}]},\"on\":\"2025-12-31\"}"

START_TEST(a_sum_that_ended_on_a_full_disk_is_told_later)
{
	gateway_begin("renmin,xiehe");
	fake_up("renmin")->does = FAKE_OFFERS;
	fake_up("xiehe")->does = FAKE_IS_SILENT;
	li_asks(SECURE_Q, 1500);
	turn(NULL, 200);
	/* this gateway has no members, so there is no sum, which it says after a third of the time; but to whom? */
	disk(true);
	turn(NULL, 800);
	ck_assert_int_eq(say("GET", path_of(asked_id, ""), LI, NULL), 200);
	IS("state", "running");
	disk(false);
	wait_for_end(asked_id, 5000);
	IS("state", "failed");
	IS("sites.0.state", "left-out");
	IS("sites.1.state", "timed-out");
	gateway_end();
}
END_TEST

static struct event *busy;

static void on_busy(evutil_socket_t fd, short what, void *arg)
{
	const struct timeval at_once = { 0, 0 };

	(void)fd;
	(void)what;
	(void)arg;
	event_add(busy, &at_once);
}

START_TEST(a_question_is_stored_and_answered_though_the_loop_never_rests)
{
	gateway_begin("renmin");
	fake_up("renmin");
	busy = evtimer_new(base, on_busy, NULL);
	on_busy(-1, 0, NULL);
	li_asks(ANY_Q, 0);
	wait_for_end(asked_id, 30000);
	IS("state", "complete");
	event_free(busy);
	gateway_end();
}
END_TEST

START_TEST(nobody_waits_for_a_site_that_refused_last)
{
	struct fake *last;

	gateway_begin("renmin,xiehe");
	fake_up("renmin")->does = FAKE_OFFERS;
	last = fake_up("xiehe");
	last->does = FAKE_IS_SILENT;
	li_asks(SECURE_Q, 60000);
	turn(NULL, 200);
	ck_assert_int_eq(say("GET", path_of(asked_id, ""), LI, NULL), 200);
	IS("sites.0.state", "offered");
	fake_refuse(last, asked_id, REFUSE_RULE);
	wait_for_end(asked_id, 5000); /* and not 20 s, a third of its time */
	IS("sites.0.state", "left-out");
	IS("sites.1.state", "refused");
	gateway_end();
}
END_TEST

/* ---- sessions ---- */

START_TEST(a_second_line_of_a_site_replaces_the_first)
{
	struct fake *first, *second;

	gateway_begin("renmin");
	first = fake_up("renmin");
	second = fake_up("renmin");
	ck_assert(turn(&first->byed, 30000));
	ck_assert_uint_eq(first->bye, BYE_REPLACED);
	ck_assert_int_eq(audited("site.replaced"), 1);
	ck_assert_int_eq(say("GET", "/v1/sites", LI, NULL), 200);
	IS("sites.0.online", "true");
	IS("sites.0.policy.version", "7");
	IS("sites.0.data", "2026-03-01");
	li_asks(ANY_Q, 0);
	wait_for_end(asked_id, 30000);
	IS("state", "complete");
	ck_assert_int_eq(second->asked, 1);
	gateway_end();
}
END_TEST

START_TEST(lines_that_say_nothing_do_not_keep_a_site_out)
{
	int fds[100];

	gateway_begin("renmin");
	for (int i = 0; i < 100; i++) {
		fds[i] = tcp_to(gateway_agents_port(gw));
		turn(NULL, 2);
	}
	fake_up("renmin");
	li_asks(ANY_Q, 0);
	wait_for_end(asked_id, 30000);
	IS("state", "complete");
	for (int i = 0; i < 100; i++)
		close(fds[i]);
	turn(NULL, 50);
	gateway_end();
}
END_TEST

START_TEST(a_second_hello_is_an_update)
{
	struct fake *r;

	gateway_begin("renmin");
	r = fake_up("renmin");
	r->ledger_seq = 5;
	fake_hello(r);
	turn(NULL, 50);
	ck_assert_int_eq(r->welcomed, 1);
	ck_assert_int_eq(r->byed, 0);
	ck_assert_int_eq(say("GET", "/v1/sites", LI, NULL), 200);
	IS("sites.0.online", "true");
	gateway_end();
}
END_TEST

START_TEST(a_site_whose_ledger_went_back_is_kept_out_until_an_operator_readmits_it)
{
	struct fake *r;

	gateway_begin("renmin");
	r = fake_new("renmin");
	r->ledger_seq = 9;
	fake_dial(r);
	ck_assert(turn(&r->welcomed, 30000));
	fake_down(r);
	r->ledger_seq = 4;
	r->welcomed = 0;
	fake_dial(r);
	ck_assert(turn(&r->byed, 30000));
	ck_assert_uint_eq(r->bye, BYE_LEDGER);
	ck_assert_int_eq(r->welcomed, 0);
	ck_assert(turn(&r->ended, 30000));
	ck_assert_int_eq(say("GET", "/v1/sites", LI, NULL), 200);
	IS("sites.0.online", "false");
	IS("sites.0.why", "ledger");
	ck_assert_int_eq(say("POST", "/v1/sites/renmin/readmit", OPERA, ""), 200);
	ck_assert_int_eq(say("POST", "/v1/sites/nobody/readmit", OPERA, ""), 404);
	fake_dial(r);
	ck_assert(turn(&r->welcomed, 30000));
	gateway_end();
}
END_TEST

START_TEST(another_ledger_of_the_same_length_is_a_restored_one_too)
{
	struct fake *r;
	struct message m = { .type = MSG_HELLO,
		.hello = { .version = WIRE_MAJOR,
			.site = "renmin",
			.program = "x",
			.ledger_seq = 3 } };

	gateway_begin("renmin");
	r = fake_new("renmin");
	r->ledger_seq = 3;
	fake_dial(r);
	ck_assert(turn(&r->welcomed, 30000));
	m.hello.ledger_hash.at[7] = 1;
	OK(channel_send(r->c, &m, &err));
	ck_assert(turn(&r->byed, 30000));
	ck_assert_uint_eq(r->bye, BYE_LEDGER);
	gateway_end();
}
END_TEST

START_TEST(a_hello_in_anothers_name_or_of_another_version_is_refused)
{
	struct fake *r, *x;

	gateway_begin("renmin,xiehe");
	x = fake_up("xiehe");
	r = fake_new("renmin");
	r->hello_as = "xiehe";
	fake_dial(r);
	ck_assert(turn(&r->byed, 30000));
	ck_assert_uint_eq(r->bye, BYE_SITE);
	ck_assert_int_eq(x->byed, 0);
	/* a certificate of the federation, but not of a site of this gateway */
	fed_issue("stranger", "site", "stranger", NULL);
	r = fake_new("stranger");
	fake_dial(r);
	ck_assert(turn(&r->byed, 30000));
	ck_assert_uint_eq(r->bye, BYE_SITE);
	gateway_end();
}
END_TEST

START_TEST(a_site_that_says_hello_without_end_is_cut_off)
{
	struct fake *r, *x;

	gateway_begin("renmin,xiehe");
	r = fake_up("renmin");
	x = fake_up("xiehe");
	for (int i = 0; i < 100; i++) {
		r->ledger_seq++;
		fake_hello(r);
	}
	ck_assert(turn(&r->byed, 3000));
	ck_assert_uint_eq(r->bye, BYE_PROTOCOL);
	ck_assert_int_eq(x->byed, 0);
	gateway_end();
}
END_TEST

START_TEST(a_message_at_the_wrong_moment_ends_the_line)
{
	struct fake *r;
	const struct message ask = { .type = MSG_CANCEL, .cancel = { "q-1" } };

	gateway_begin("renmin");
	r = fake_up("renmin");
	OK(channel_send(r->c, &ask, &err));
	ck_assert(turn(&r->byed, 30000));
	ck_assert_uint_eq(r->bye, BYE_PROTOCOL);
	ck_assert_int_eq(say("GET", "/v1/sites", LI, NULL), 200);
	IS("sites.0.online", "false");
	IS("sites.0.why", "lost");
	gateway_end();
}
END_TEST

START_TEST(an_answer_to_a_question_never_asked_is_acknowledged_and_forgotten)
{
	struct fake *r;

	gateway_begin("renmin");
	r = fake_up("renmin");
	fake_release(r, "q-00000000000000000000");
	ck_assert(turn(&r->acked, 30000));
	ck_assert_int_eq(say("GET", path_of("q-00000000000000000000", ""), LI, NULL), 404);
	gateway_end();
}
END_TEST

UNIT_MAIN("rounds", a_hospital_that_lies_costs_its_own_part_and_is_named,
	a_slow_hospital_is_timed_out_and_its_late_answer_is_kept_but_changes_nothing,
	an_offline_hospital_is_waited_for_a_moment_only, a_hospital_that_comes_in_time_is_asked,
	a_hospital_offline_past_the_grace_is_asked_while_the_question_runs,
	a_line_that_breaks_is_asked_again_when_it_is_back,
	cancelling_stops_the_sites_and_names_them, a_restarted_gateway_goes_on_with_its_questions,
	a_question_whose_deadline_passed_while_the_gateway_was_down_is_closed,
	two_gateways_do_not_share_a_state_folder,
	with_a_full_disk_a_question_is_refused_and_not_asked,
	what_could_not_be_stored_is_not_acknowledged_and_comes_again,
	a_deadline_that_passes_on_a_full_disk_is_told_later,
	a_sum_that_ended_on_a_full_disk_is_told_later,
	a_question_is_stored_and_answered_though_the_loop_never_rests,
	nobody_waits_for_a_site_that_refused_last,
	a_second_line_of_a_site_replaces_the_first, lines_that_say_nothing_do_not_keep_a_site_out,
	a_second_hello_is_an_update,
	a_site_whose_ledger_went_back_is_kept_out_until_an_operator_readmits_it,
	another_ledger_of_the_same_length_is_a_restored_one_too,
	a_hello_in_anothers_name_or_of_another_version_is_refused,
	a_site_that_says_hello_without_end_is_cut_off, a_message_at_the_wrong_moment_ends_the_line,
	an_answer_to_a_question_never_asked_is_acknowledged_and_forgotten)
