/*
 * test_work.c - base/work.h: jobs beside the loop, in order, and none after the end.
 */
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <time.h>

#include "base/work.h"
#include "tests/unit/unit.h"

enum {
	JOBS = 200
};

static struct error err;
static struct event_base *base;
static struct work *work;
static pthread_t loop_thread;

struct counted {
	struct work_job job;
	int n;
	bool elsewhere, ran;
};
static struct counted counted[JOBS];
static int told, dropped, again;
static atomic_int gate;

static void run(struct work_job *j)
{
	struct counted *c = (struct counted *)j;

	c->elsewhere = !pthread_equal(pthread_self(), loop_thread);
	c->ran = true;
}

static void run_slowly(struct work_job *j)
{
	const struct timespec ms = { 0, 1000000 };

	gate = 1;
	while (gate == 1)
		nanosleep(&ms, NULL);
	run(j);
}

static void done(struct work_job *j, bool drop)
{
	struct counted *c = (struct counted *)j;

	ck_assert(pthread_equal(pthread_self(), loop_thread));
	if (drop) {
		dropped++;
		return;
	}
	ck_assert_int_eq(c->n, told);
	ck_assert(c->ran && c->elsewhere);
	told++;
	if (again > 0) {
		again--;
		c->n = JOBS - again - 1;
		work_do(work, &c->job);
	}
}

static void begin(void)
{
	base = event_base_new();
	loop_thread = pthread_self();
	told = dropped = again = 0;
	OK(work_new(&work, base, &err));
	for (int i = 0; i < JOBS; i++)
		counted[i] = (struct counted){ .job = { run, done, NULL }, .n = i };
}

static void turn_until(const int *what, int n)
{
	while (*what < n)
		event_base_loop(base, EVLOOP_ONCE);
}

START_TEST(jobs_run_beside_the_loop_and_are_told_of_in_order)
{
	begin();
	for (int i = 0; i < JOBS; i++)
		work_do(work, &counted[i].job);
	ck_assert_uint_eq(work_left(work), JOBS);
	turn_until(&told, JOBS);
	ck_assert_uint_eq(work_left(work), 0);
	work_free(work);
	event_base_free(base);
}
END_TEST

START_TEST(who_is_told_may_give_more)
{
	begin();
	again = 10;
	for (int i = 0; i < JOBS - 10; i++)
		work_do(work, &counted[i].job);
	turn_until(&told, JOBS);
	work_free(work);
	event_base_free(base);
}
END_TEST

static void *open_gate(void *unused)
{
	const struct timespec ms = { 0, 20000000 };

	nanosleep(&ms, NULL);
	gate = 2;
	return unused;
}

START_TEST(the_end_waits_for_the_job_under_way_and_drops_the_others)
{
	pthread_t opener;

	begin();
	gate = 0;
	counted[0].job.run = run_slowly;
	for (int i = 0; i < 5; i++)
		work_do(work, &counted[i].job);
	while (gate == 0)
		continue;
	ck_assert_int_eq(pthread_create(&opener, NULL, open_gate, NULL), 0);
	work_free(work);
	pthread_join(opener, NULL);
	ck_assert(counted[0].ran);
	ck_assert_int_eq(dropped, 5);
	for (int i = 1; i < 5; i++)
		ck_assert(!counted[i].ran);
	event_base_free(base);
	work_free(NULL);
}
END_TEST

static int over;

static void on_over(void *arg)
{
	ck_assert(pthread_equal(pthread_self(), loop_thread));
	ck_assert_ptr_eq(arg, work);
	over++;
	work_free(work); /* waits for nothing now */
}

START_TEST(to_stop_waits_for_nothing_and_says_when_the_job_under_way_is_over)
{
	begin();
	gate = over = 0;
	counted[0].job.run = run_slowly;
	for (int i = 0; i < 5; i++)
		work_do(work, &counted[i].job);
	while (gate == 0)
		continue;
	work_stop(work, on_over, work); /* while the first one runs */
	ck_assert(!counted[0].ran);
	ck_assert_int_eq(dropped, 4);
	ck_assert_uint_eq(work_left(work), 1);
	event_base_loop(base, EVLOOP_NONBLOCK);
	ck_assert_int_eq(over, 0);
	gate = 2;
	turn_until(&over, 1);
	ck_assert(counted[0].ran && !counted[1].ran);
	ck_assert_int_eq(dropped, 5);
	ck_assert_int_eq(told, 0);
	event_base_free(base);
}
END_TEST

static void done_and_stop(struct work_job *j, bool drop)
{
	(void)j;
	if (drop)
		dropped++;
	else
		work_stop(work, on_over, work);
}

START_TEST(who_is_told_may_stop_it)
{
	begin();
	over = 0;
	counted[0].job.done = done_and_stop;
	for (int i = 0; i < 5; i++)
		work_do(work, &counted[i].job);
	turn_until(&over, 1);
	ck_assert_int_eq(dropped, 4);
	ck_assert_int_eq(told, 0);
	event_base_free(base);
}
END_TEST

START_TEST(what_is_stopped_may_be_freed_before_it_is_over)
{
	pthread_t opener;

	begin();
	gate = over = 0;
	counted[0].job.run = run_slowly;
	work_do(work, &counted[0].job);
	while (gate == 0)
		continue;
	work_stop(work, on_over, work);
	ck_assert_int_eq(pthread_create(&opener, NULL, open_gate, NULL), 0);
	work_free(work);
	pthread_join(opener, NULL);
	ck_assert(counted[0].ran);
	ck_assert_int_eq(dropped, 1);
	ck_assert_int_eq(over, 0);
	event_base_free(base);
}
END_TEST

UNIT_MAIN("work", jobs_run_beside_the_loop_and_are_told_of_in_order, who_is_told_may_give_more,
	the_end_waits_for_the_job_under_way_and_drops_the_others,
	to_stop_waits_for_nothing_and_says_when_the_job_under_way_is_over, who_is_told_may_stop_it,
	what_is_stopped_may_be_freed_before_it_is_over)
