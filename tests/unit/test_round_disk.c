/*
 * test_round_disk.c - nobody is told what is not on the disk, the loop goes on meanwhile, and a disk that fails ends it all.
 */
#include "gateway/round.h"

#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "gateway/round_in.h"
#include "gateway/round_sum_in.h"
#include "tests/unit/unit.h"

enum {
	SITES = 3
};

static char dir[64], path[96];
static struct event_base *base;
static struct sessions *sessions;
static struct store *store;
static struct rounds *all;
static struct error err;
static char asked[256], ended[256]; /* ids, a blank after each */
static int refused, changes, broke;

/* ---- the disk ---- */

static pthread_t loop_thread;
static atomic_bool disk_fails;
static atomic_int synced_on_loop;

/* In place of the library's, for SQLite too. */
int fdatasync(int fd)
{
	synced_on_loop += pthread_equal(pthread_self(), loop_thread) != 0;
	if (disk_fails) {
		errno = EIO;
		return -1;
	}
	return fsync(fd);
}

static void add(char *list, const char *id)
{
	snprintf(list + strlen(list), 256 - strlen(list), "%s ", id);
}

static void on_asked(const char *id, const struct error *why, void *arg)
{
	(void)arg;
	if (why != NULL)
		refused++;
	else
		add(asked, id);
}

static void on_change(const char *id, bool last, void *arg)
{
	(void)arg;
	changes++;
	if (last)
		add(ended, id);
}

static void on_broken(void *arg)
{
	(void)arg;
	broke++;
}

static void begin(void)
{
	static const char *const names[] = { "renmin", "xiehe", "huashan" };
	static const struct rounds_calls calls = { on_asked, on_change, on_broken };

	snprintf(dir, sizeof(dir), "/tmp/cordon-test-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/gateway.db", dir);
	loop_thread = pthread_self();
	base = event_base_new();
	ck_assert_int_eq(event_base_priority_init(base, 3), 0);
	OK(store_open(&store, path, &err));
	OK(sessions_new(&sessions, NULL, NULL, "demo", names, SITES, NULL, NULL, NULL, &err));
	OK(rounds_new(&all, base, sessions, store, &calls, NULL, &err));
}

static void end(void)
{
	static const char *const ends[] = { "", "-wal", "-shm" };
	char file[128];

	rounds_free(all);
	sessions_free(sessions);
	store_close(store);
	event_base_free(base);
	for (int i = 0; i < 3; i++) {
		snprintf(file, sizeof(file), "%s%s", path, ends[i]);
		unlink(file);
	}
	rmdir(dir);
}

/* Of all three sites, which are offline, so that it runs until their grace is over. */
static struct round *ask(const char *key)
{
	static const size_t sites[] = { 0, 1, 2 };
	const struct stored_key k = { .key = key, .body = sha256("body", 4) };
	struct stored_question q = { .account = "li@demo.example",
		.study = "study",
		.kind = "count",
		.mode = "noised",
		.canonical = { (const uint8_t *)"{}", 2 },
		.certificate = { (const uint8_t *)"c", 1 },
		.signature = { (const uint8_t *)"s", 1 },
		.received_ms = clock_wall_ms(),
		.deadline_ms = 60000 };
	struct fresh *f;

	OK(rounds_ask(all, &q, sites, SITES, &k, &err));
	for (f = all->fresh; f->next != NULL; f = f->next)
		continue;
	return f->round;
}

/* ---- a disk that takes its time ---- */

static sem_t gate;

static void wait_at_gate(struct work_job *job)
{
	(void)job;
	sem_wait(&gate);
}

static void nothing(struct work_job *job, bool dropped)
{
	(void)job;
	(void)dropped;
}

static struct work_job slow = { wait_at_gate, nothing, NULL },
		       slow_again = { wait_at_gate, nothing, NULL };

static void slow_disk(void)
{
	ck_assert_int_eq(sem_init(&gate, 0, 0), 0);
	work_do(all->disk, &slow);
}

static void turn(void)
{
	for (int i = 0; i < 10; i++)
		event_base_loop(base, EVLOOP_NONBLOCK);
}

static void disk_is_done(void)
{
	sem_post(&gate);
	while (all->n_fresh > 0 || all->queued > 0 || all->groups != NULL ||
		work_left(all->disk) > 0)
		event_base_loop(base, EVLOOP_ONCE);
}

static int64_t stored_state(const char *id)
{
	struct stored_question q;
	struct arena a;
	int found;

	arena_init(&a, 1 << 20);
	found = store_get(store, id, &a, &q, &err);
	arena_clear(&a);
	return found == 1 ? (int64_t)q.state : -1;
}

static void site_says(struct round *r, size_t leg)
{
	ck_assert(leg_move(r, &r->legs[leg], ON_ASK, NULL, 0, NULL));
	ck_assert(leg_move(r, &r->legs[leg], ON_RELEASE, (uint8_t *)strdup("m"), 1, NULL));
}

/* ---- */

START_TEST(a_question_is_told_of_when_the_disk_has_it_and_those_that_came_meanwhile_together)
{
	struct round *first;
	char id[MAX_ID + 2];

	begin();
	slow_disk();
	first = ask(NULL);
	snprintf(id, sizeof(id), "%s ", first->q.id);
	turn();
	ck_assert_int_eq(stored_state(first->q.id), ANSWER_RUNNING);
	ask(NULL);
	ask(NULL);
	turn();
	ck_assert_str_eq(asked, "");
	ck_assert_uint_eq(rounds_running(all), 0); /* no site is asked */
	ck_assert_ptr_null(all->groups->next);     /* the second group has not been begun */
	work_do(all->disk, &slow_again);
	sem_post(&gate);
	while (asked[0] == '\0')
		event_base_loop(base, EVLOOP_ONCE);
	ck_assert_str_eq(asked, id);
	ck_assert_ptr_nonnull(all->groups); /* one, of the two that came meanwhile */
	ck_assert_uint_eq(all->groups->n_fresh, 2);
	disk_is_done();
	ck_assert_uint_eq(rounds_running(all), 3);
	ck_assert_int_eq(refused + broke, 0);
	end();
}
END_TEST

START_TEST(what_a_site_said_and_the_end_are_told_when_the_disk_has_them)
{
	struct round *r;
	char id[MAX_ID + 1];
	int before;

	begin();
	before = synced_on_loop;
	slow_disk();
	r = ask(NULL);
	memcpy(id, r->q.id, sizeof(id));
	disk_is_done();
	slow_disk();
	site_says(r, 0);
	turn();
	ck_assert(!r->legs[0].stored);
	ck_assert_int_eq(changes, 0);
	site_says(r, 1);
	site_says(r, 2);
	OK(rounds_flush(all, &err)); /* a second group while the first is on its way */
	ck_assert(!rounds_runs(all, id));
	ck_assert_int_eq(stored_state(id), ANSWER_COMPLETE);
	ck_assert_str_eq(ended, "");
	/* nothing more reaches a round whose end is written */
	ck_assert_ptr_null(round_find(all, id));
	OK(rounds_cancel(all, id, "li", &err));
	rounds_on_lost(all, 0);
	turn();
	/* what the disk has is told, and no more */
	work_do(all->disk, &slow_again);
	sem_post(&gate);
	while (!r->legs[0].stored)
		event_base_loop(base, EVLOOP_ONCE);
	ck_assert(!r->legs[1].stored);
	ck_assert_str_eq(ended, "");
	ck_assert_int_eq(synced_on_loop, before);
	disk_is_done();
	ck_assert_int_eq(strncmp(ended, id, strlen(id)), 0);
	ck_assert_int_eq(changes, 1); /* its last alone: what the first group changed is in it */
	ck_assert_uint_eq(rounds_ended(all)[ANSWER_COMPLETE], 1);
	end();
}
END_TEST

/* Sites that were in it cannot make it again, so nobody sees one that a power cut could take back. */
START_TEST(a_sum_is_on_the_disk_when_anybody_can_see_it)
{
	struct round *r;
	char id[MAX_ID + 1];
	int before;

	begin();
	slow_disk();
	r = ask(NULL);
	memcpy(id, r->q.id, sizeof(id));
	disk_is_done();
	ck_assert_ptr_nonnull(round_sum_of(r));
	r->sum->result = (struct stored_sum){ .contributors = 3 };
	for (size_t i = 0; i < SITES; i++)
		site_says(r, i);
	before = synced_on_loop;
	OK(rounds_flush(all, &err));
	ck_assert_int_eq(stored_state(id), ANSWER_COMPLETE);
	ck_assert_int_gt(synced_on_loop, before);
	disk_is_done();
	end();
}
END_TEST

START_TEST(a_key_leads_to_its_question_while_that_is_on_its_way)
{
	struct hash32 of;
	struct round *r;

	begin();
	slow_disk();
	r = ask("key");
	ck_assert_str_eq(rounds_storing(all, "li@demo.example", "key", &of), r->q.id);
	turn(); /* committed, and not on the disk */
	ck_assert_str_eq(rounds_storing(all, "li@demo.example", "key", &of), r->q.id);
	ck_assert(hash32_equal(&of, &(struct hash32){ { 0 } }) == false);
	ck_assert_ptr_null(rounds_storing(all, "wang@demo.example", "key", &of));
	ck_assert_ptr_null(rounds_storing(all, "li@demo.example", NULL, &of));
	disk_is_done();
	ck_assert_ptr_null(rounds_storing(all, "li@demo.example", "key", &of));
	end();
}
END_TEST

START_TEST(a_question_that_is_cancelled_on_its_way_is_asked_nowhere)
{
	struct round *r, *other;
	char id[MAX_ID + 1];

	begin();
	slow_disk();
	r = ask(NULL);
	memcpy(id, r->q.id, sizeof(id));
	turn();
	other = ask(NULL);
	OK(rounds_cancel(all, id, "li", &err));
	ck_assert_int_eq(stored_state(id), ANSWER_RUNNING);
	disk_is_done();
	ck_assert_int_eq(strncmp(asked, id, strlen(id)), 0); /* whoever asked hears of it first */
	ck_assert(!rounds_runs(all, id));
	ck_assert_int_eq(stored_state(id), ANSWER_CANCELLED);
	ck_assert_int_eq(strncmp(ended, id, strlen(id)), 0);
	ck_assert(rounds_runs(all, other->q.id));
	end();
}
END_TEST

START_TEST(questions_on_their_way_to_the_disk_count_against_the_limit)
{
	static const size_t sites[] = { 0 };
	const struct stored_key k = { .key = NULL };
	struct stored_question q = { .account = "li@demo.example" };

	begin();
	slow_disk();
	for (int i = 0; i < MAX_ROUNDS_EACH; i++) {
		ask(NULL);
		turn();
	}
	FAILS(rounds_ask(all, &q, sites, 1, &k, &err), E_LIMIT);
	disk_is_done();
	FAILS(rounds_ask(all, &q, sites, 1, &k, &err), E_LIMIT);
	end();
}
END_TEST

START_TEST(a_store_that_takes_nothing_leaves_all_as_it_was)
{
	struct round *r;

	begin();
	slow_disk();
	r = ask(NULL);
	disk_is_done();
	site_says(r, 0);
	ask(NULL);
	OK(store_begin(store, &err)); /* a transaction in a transaction fails */
	FAILS(rounds_flush(all, &err), E_SYSTEM);
	store_rollback(store);
	ck_assert_int_eq(refused, 1);
	ck_assert_int_eq(r->legs[0].state, LEG_ASKED);
	ck_assert(!r->legs[0].heard);
	ck_assert_uint_eq(rounds_running(all), 1);
	ck_assert_uint_eq(all->n_fresh, 0);
	ck_assert_ptr_null(all->groups);
	/* and goes on */
	ask(NULL);
	disk_is_done();
	OK(rounds_flush(all, &err));
	disk_is_done();
	ck_assert_uint_eq(rounds_running(all), 2);
	ck_assert_int_eq(broke, 0);
	end();
}
END_TEST

START_TEST(a_disk_that_fails_ends_it_and_nobody_is_told_anything)
{
	struct round *r;

	begin();
	slow_disk();
	r = ask(NULL);
	disk_is_done();
	asked[0] = '\0';
	disk_fails = true;
	ask(NULL);
	site_says(r, 0);
	while (broke == 0)
		event_base_loop(base, EVLOOP_ONCE);
	turn();
	ck_assert_str_eq(asked, "");
	ck_assert_int_eq(changes, 0);
	ck_assert(!r->legs[0].stored);
	ask(NULL);
	FAILS(rounds_flush(all, &err), E_SYSTEM);
	ck_assert_int_eq(refused, 1);
	ck_assert_int_eq(broke, 1);
	end();
}
END_TEST

START_TEST(what_is_on_its_way_at_the_end_runs_after_the_next_start)
{
	struct round *r;
	char id[MAX_ID + 1];

	begin();
	r = ask(NULL);
	memcpy(id, r->q.id, sizeof(id));
	OK(rounds_flush(all, &err));
	rounds_free(all);
	all = NULL;
	ck_assert_str_eq(asked, "");
	ck_assert_int_eq(stored_state(id), ANSWER_RUNNING);
	end();
}
END_TEST

UNIT_MAIN("round_disk", a_sum_is_on_the_disk_when_anybody_can_see_it,
	a_question_is_told_of_when_the_disk_has_it_and_those_that_came_meanwhile_together,
	what_a_site_said_and_the_end_are_told_when_the_disk_has_them,
	a_key_leads_to_its_question_while_that_is_on_its_way,
	a_question_that_is_cancelled_on_its_way_is_asked_nowhere,
	questions_on_their_way_to_the_disk_count_against_the_limit,
	a_store_that_takes_nothing_leaves_all_as_it_was,
	a_disk_that_fails_ends_it_and_nobody_is_told_anything,
	what_is_on_its_way_at_the_end_runs_after_the_next_start)
