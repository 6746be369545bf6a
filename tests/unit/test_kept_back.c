/*
 * test_kept_back.c - what a requester or a gateway could learn or spend around a question rather than by
 * it: the moment other answers are ready, and a signature passed on twice (agents/release.h, quote.c).
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
	ck_assert(quoted.allowed);
}

/* ---- time ---- */

static const struct heard *heard_of(const char *id)
{
	for (int i = 0; i < n_heard; i++)
		if (strcmp(heard[i].id, id) == 0)
			return &heard[i];
	return NULL;
}

START_TEST(a_budget_refused_after_waiting_does_not_tell_when_the_database_was_free)
{
	int64_t began;

	struct policy_ref *r = policy_with("timing: paced", "timing: paced");
	for (unsigned i = 0; i < r->policy->n_budgets; i++)
		r->policy->budgets[i].cap = r->policy->budgets[i].cap_prho = UINT64_C(40000000000);
	in_force(r);
	ask_it("q1", COUNT_ALL);
	began = clock_mono_ms();
	ask_it("q2", COUNT_MEN);
	turn(60);
	answers(100);
	ck_assert_int_eq(jobs, 1);
	ck_assert_ptr_null(heard_of("q2"));
	turn(80);
	ck_assert_ptr_nonnull(heard_of("q2"));
	ck_assert_int_eq(heard_of("q2")->type, MSG_REFUSE);
	ck_assert_int_ge(heard_of("q2")->at_ms - began, 100);
}
END_TEST

START_TEST(a_question_asked_again_does_not_leave_before_the_first)
{
	in_force(policy_with("timing: paced", "timing: paced"));
	ask_it("q1", COUNT_ALL);
	turn(110);
	ask_it("q2", COUNT_ALL); /* alone, it would leave after 50 ms */
	answers(100);
	turn(70);
	ck_assert_int_eq(n_heard, 0); /* the first leaves after 200 ms */
	turn(150);
	ck_assert_int_eq(n_heard, 2);
	ck_assert_str_eq(heard[0].id, "q1");
	ck_assert(last()->recalled);
	ck_assert_int_ge(last()->at_ms, heard[0].at_ms);
}
END_TEST

START_TEST(a_price_does_not_tell_of_an_answer_that_is_kept_back)
{
	uint64_t cost;

	in_force(policy_with("timing: paced", "timing: paced"));
	quote(COUNT_ALL);
	cost = quoted.accounts[0].cost;
	ask_it("q1", COUNT_ALL);
	quote(COUNT_MEN); /* it runs */
	ck_assert_uint_eq(quoted.accounts[0].left, quoted.accounts[0].cap);
	answers(100);
	ck_assert_int_eq(n_heard, 0);
	quote(COUNT_ALL);
	ck_assert(!quoted.recalled);
	ck_assert_uint_eq(quoted.accounts[0].cost, cost);
	ck_assert_uint_eq(quoted.accounts[0].left, quoted.accounts[0].cap);
	turn(70);
	ck_assert_int_eq(n_heard, 1);
	quote(COUNT_ALL);
	ck_assert(quoted.recalled);
	ck_assert_uint_eq(quoted.accounts[0].left, quoted.accounts[0].cap - cost);
}
END_TEST

/* The answer itself names it in any case: both waited in one queue, so it tells nothing that the order did not. */
START_TEST(a_price_does_not_name_a_question_whose_answer_is_kept_back)
{
#define OLDER                                                                                      \
	"study: DM-2026-01\nkind: count\ndataset: omop\ncohort: {all: [{condition: [201826], "        \
	"during: 2020-01-01..2020-12-31}]}\n"
	in_force(policy_with("timing: paced", "timing: paced"));
	ask_it("q1", COUNT_ALL);
	quote(OLDER); /* it runs */
	ck_assert_uint_eq(quoted.n_similar, 0);
	answers(100);
	quote(OLDER);
	ck_assert_uint_eq(quoted.n_similar, 0);
	turn(70);
	ck_assert_int_eq(n_heard, 1);
	quote(OLDER);
	ck_assert_uint_eq(quoted.n_similar, 1);
#undef OLDER
}
END_TEST

/* ---- a signature ---- */

START_TEST(a_signature_that_failed_pays_once)
{
	int64_t then = clock_wall_ms() - 5000;
	uint64_t paid;

	in_force(policy_with(NULL, NULL));
	ask_as((struct asking_now){ .id = "q1", .asked_ms = then });
	ends(SOURCE_STOPPED, NULL, "57014");
	ck_assert_int_eq(last()->type, MSG_REFUSE);
	paid = spent();
	ck_assert_uint_gt(paid, 0);
	/* a gateway that passes it on under other ids, with other deadlines */
	ask_as((struct asking_now){ .id = "q2", .asked_ms = then, .deadline_ms = 200 });
	refused_by(1, "requester:signature");
	ck_assert_int_eq(jobs, 1);
	ck_assert_uint_eq(spent(), paid);
	/* the person asks again and pays again */
	ask_as((struct asking_now){ .id = "q3", .asked_ms = then + 1 });
	answers(1000);
	ck_assert_int_eq(last()->type, MSG_RELEASE);
	ck_assert_uint_eq(spent(), 2 * paid);
	/* what was answered is recalled by either */
	ask_as((struct asking_now){ .id = "q4", .asked_ms = then });
	ck_assert(last()->recalled);
	ck_assert_uint_eq(spent(), 2 * paid);
}
END_TEST

START_TEST(a_signature_does_not_pay_under_another_policy)
{
	int64_t then = clock_wall_ms() - 5000;
	uint64_t paid;

	in_force(policy_with(NULL, NULL));
	ask_as((struct asking_now){ .id = "q1", .asked_ms = then });
	answers(1000);
	paid = spent();
	in_force(policy_with("min_patients: 10 ", "min_patients: 11 "));
	ask_as((struct asking_now){ .id = "q2", .asked_ms = then });
	refused_by(1, "requester:signature");
	ck_assert_uint_eq(spent(), paid);
}
END_TEST

UNIT_MAIN_WITH("kept_back", site_begin, site_end,
	a_budget_refused_after_waiting_does_not_tell_when_the_database_was_free,
	a_question_asked_again_does_not_leave_before_the_first,
	a_price_does_not_tell_of_an_answer_that_is_kept_back,
	a_price_does_not_name_a_question_whose_answer_is_kept_back,
	a_signature_that_failed_pays_once, a_signature_does_not_pay_under_another_policy)
