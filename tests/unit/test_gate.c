/*
 * test_gate.c - a site that was shut: by a stop, or because the approval of its policy does not hold any more
 * (release_gate() of agents/release.h).
 */
#include "tests/unit/site.h"

static struct msg_quoted quoted;

static void quote(const char *yaml)
{
	struct msg_quote q = { .id = "p1" };
	struct text t;

	canonical(yaml, &t);
	ck_assert(text_copy(q.requester, sizeof(q.requester), "li@renmin.example"));
	ck_assert(text_copy(q.study, sizeof(q.study), "DM-2026-01"));
	q.question = (struct view){ (const uint8_t *)t.at, t.len };
	release_quote(pipeline, &q, &quoted);
	text_clear(&t);
}

START_TEST(a_stop_cuts_off_what_runs_and_its_price_stays_paid)
{
	uint64_t paid;

	in_force(policy_with(NULL, NULL));
	ask_it("q1", COUNT_ALL);
	ask_it("q2", COUNT_MEN);
	paid = spent();
	ck_assert_uint_gt(paid, 0);
	ck_assert_uint_eq(release_gate(pipeline, GATE_STOPPED), 1);
	ck_assert_int_eq(cancels, 1);
	ck_assert_int_eq(jobs, 1); /* what waited never ran */
	turn(5000);
	ck_assert_int_eq(n_heard, 2);
	for (int i = 0; i < 2; i++) {
		ck_assert_int_eq(heard[i].type, MSG_REFUSE);
		ck_assert_str_eq(heard[i].rule, "policy:stopped");
	}
	ck_assert_uint_eq(spent(), paid);
	ck_assert_uint_eq(release_gate(pipeline, GATE_STOPPED), 0);
}
END_TEST

START_TEST(rows_that_come_after_the_stop_release_nothing)
{
	in_force(policy_with(NULL, NULL));
	ask_it("q1", COUNT_ALL);
	(void)release_gate(pipeline, GATE_STOPPED);
	answers(1000);
	turn(5000);
	refused_by(0, "policy:stopped");
}
END_TEST

START_TEST(an_answer_that_is_kept_back_does_not_leave_while_stopped)
{
	in_force(policy_with("timing: paced", "timing: paced"));
	ask_it("q1", COUNT_ALL);
	answers(1000);
	ck_assert_int_eq(n_heard, 0);
	(void)release_gate(pipeline, GATE_STOPPED);
	turn(10000);
	ck_assert_int_eq(n_heard, 0);
	(void)release_gate(pipeline, GATE_OPEN);
	turn(2000);
	ck_assert_int_eq(n_heard, 1);
	ck_assert_int_eq(last()->type, MSG_RELEASE);
}
END_TEST

START_TEST(what_was_answered_before_is_not_shown_while_stopped)
{
	in_force(policy_with(NULL, NULL));
	ask_it("q1", COUNT_ALL);
	answers(1000);
	ck_assert_int_eq(last()->type, MSG_RELEASE);
	(void)release_gate(pipeline, GATE_STOPPED);
	ask_it("q1", COUNT_ALL); /* under its id */
	refused_by(1, "policy:stopped");
	ask_it("q2", COUNT_ALL); /* under another: it would be recalled */
	refused_by(2, "policy:stopped");
	release_resend(pipeline); /* the gateway came back */
	ck_assert_int_eq(n_heard, 3);
	quote(COUNT_MEN);
	ck_assert(!quoted.allowed);
	ck_assert_str_eq(quoted.rule, "policy:stopped");
	ck_assert_uint_eq(quoted.count, 0);
	(void)release_gate(pipeline, GATE_OPEN);
	ck_assert_int_eq(n_heard, 4); /* what was not acknowledged */
	ck_assert_int_eq(last()->type, MSG_RELEASE);
	ask_it("q2", COUNT_ALL); /* was refused without being stored */
	ck_assert_int_eq(last()->type, MSG_RELEASE);
	ck_assert(last()->recalled);
	ck_assert_int_eq(jobs, 1);
}
END_TEST

START_TEST(without_a_valid_approval_everything_is_refused_until_it_is_back)
{
	in_force(policy_with(NULL, NULL));
	ask_it("q1", COUNT_ALL);
	ck_assert_uint_eq(release_gate(pipeline, GATE_APPROVAL), 1);
	turn(5000);
	refused_by(0, "policy:approval");
	ends(SOURCE_STOPPED, NULL, "57014"); /* the connection is free again */
	ask_it("q2", COUNT_MEN);
	refused_by(1, "policy:approval");
	quote(COUNT_MEN);
	ck_assert_str_eq(quoted.rule, "policy:approval");
	ck_assert_int_eq(jobs, 1);
	(void)release_gate(pipeline, GATE_OPEN);
	ask_it("q3", COUNT_MEN);
	ck_assert_int_eq(jobs, 2);
	answers(1000);
	ck_assert_int_eq(last()->type, MSG_RELEASE);
}
END_TEST

START_TEST(a_new_policy_does_not_open_what_is_shut)
{
	in_force(policy_with(NULL, NULL));
	(void)release_gate(pipeline, GATE_STOPPED);
	in_force(policy_with("min_patients: 10 ", "min_patients: 11 "));
	ask_it("q1", COUNT_ALL);
	refused_by(0, "policy:stopped");
	ck_assert_int_eq(jobs, 0);
}
END_TEST

UNIT_MAIN_WITH("gate", site_begin, site_end,
	a_stop_cuts_off_what_runs_and_its_price_stays_paid,
	rows_that_come_after_the_stop_release_nothing,
	an_answer_that_is_kept_back_does_not_leave_while_stopped,
	what_was_answered_before_is_not_shown_while_stopped,
	without_a_valid_approval_everything_is_refused_until_it_is_back,
	a_new_policy_does_not_open_what_is_shut)
