/*
 * test_crash.c - a site dies at each single change it makes to its state folder, between the question and the
 * acknowledged answer, inside SQLite's transactions too; then it starts again. Killed, killed in the middle of a
 * write, by a power cut that takes every write not yet synced, and with a disk whose fsync fails.
 *
 * The site is the real pipeline over a real state folder (site.h), in a process of its own for each point; what it
 * said is in memory that outlives it. All four ways at all points with CORDON_LONG=1.
 */
#include "tests/unit/site.h"

#include "tests/audit/disk.c"

#include <sys/mman.h>
#include <sys/wait.h>

enum {
	LINES = 24,
	LIVES = 2
};

/* What the gateway heard, in both lives, and what was spent when the second began. */
static struct told {
	struct heard said[LIVES][LINES];
	int n[LIVES];
	unsigned changes;
	char failed[400];
} * told;
static int life_now;
static struct policy_ref *policy;
static uint8_t *empty; /* a ledger that nothing was asked of, which every first life begins with */
static size_t empty_len;

static int hear_it(const struct message *m, void *arg)
{
	int ret = hear(m, arg);

	if (ret == 0 && told->n[life_now] < LINES)
		told->said[life_now][told->n[life_now]++] = *last();
	return ret;
}

static void up(void)
{
	const struct release_parts parts = { .base = base,
		.state = &st,
		.guard = guard,
		.key = site_key,
		.site = "renmin",
		.data = "2026-03-01",
		.conninfo = "",
		.send = hear_it };

	n_heard = 0;
	OK(release_new(&pipeline, &parts, &err));
	in_force(policy_take(policy));
}

#define COUNT_WOMEN "study: DM-2026-01\nkind: count\ndataset: omop\ncohort: {all: [{sex: 女}]}\n"
#define NOT_THERE                                                                                  \
	"study: NONE\nkind: count\ndataset: omop\ncohort: {all: [{condition: [201826]}]}\n"

/* Every kind of record: hold, settled as released and as failed, refusal, recall, acknowledgement. */
static void session_of_questions(void)
{
	ask_it("q1", COUNT_ALL);
	if (has_job)
		answers(1000);
	release_ack(pipeline, "q1");
	ask_it("q2", COUNT_MEN);
	if (has_job)
		ends(SOURCE_ERROR, NULL, "57014");
	ask_it("q3", NOT_THERE);
	ask_it("q4", COUNT_ALL);
	ask_it("q5", COUNT_WOMEN);
	if (has_job)
		answers(500);
	turn(1);
}

static int failed(const char *why)
{
	snprintf(told->failed, sizeof(told->failed), "%s", why);
	return 1;
}

static void first_life(enum disk_how what, unsigned n)
{
	life_now = 0;
	state_up();
	up();
	disk_arm(state_folder, what, n);
	session_of_questions();
	release_free(pipeline);
	state_close(&st);
	told->changes = disk_changes();
}

/* The release or the paid refusal that an id was told, or NULL: what was refused unpaid may be asked again, and is
 * answered then if the disk has come to itself. */
static const struct heard *answer_to(int life, const char *id)
{
	for (int i = 0; i < told->n[life]; i++)
		if (strcmp(told->said[life][i].id, id) == 0 &&
			(told->said[life][i].type == MSG_RELEASE ||
				(told->said[life][i].state == REFUSE_FAILED &&
					strcmp(told->said[life][i].rule, "system:storage") != 0)))
			return &told->said[life][i];
	return NULL;
}

static bool same(const struct heard *a, const struct heard *b)
{
	return a->type == b->type &&
	       (a->type != MSG_RELEASE ||
		       (a->sealed_len == b->sealed_len &&
			       memcmp(a->sealed, b->sealed, a->sealed_len) == 0));
}

static int second_life(void)
{
	static const char *const ids[] = { "q1", "q2", "q4", "q5" };
	uint64_t out = 0;

	life_now = 1;
	disk_arm("", DISK_COUNT, 0);
	if (state_open(&st, state_folder, &err) != 0)
		return failed(err.log);
	if (state_broken(&st))
		return failed(st.broken);
	for (int i = 0; i < told->n[0]; i++)
		out += told->said[0][i].type == MSG_RELEASE ? told->said[0][i].cost : 0;
	if (spent() < out)
		return failed("less is spent than was released");
	up();
	release_resend(pipeline);
	session_of_questions();
	for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
		const struct heard *a = answer_to(0, ids[i]), *b = answer_to(1, ids[i]);

		if (a != NULL && b != NULL && !same(a, b))
			return failed("one id got two answers");
		if (a != NULL && a->type == MSG_RELEASE && (b == NULL || b->type != MSG_RELEASE))
			return failed("an answer that went out is forgotten");
	}
	/* one question, one release, whatever its id */
	const struct heard *a = answer_to(0, "q1"), *b = answer_to(1, "q4");
	if (a != NULL && b != NULL && a->type == MSG_RELEASE && !same(a, b))
		return failed("one question got two releases");
	release_free(pipeline);
	state_close(&st);
	if (state_open(&st, state_folder, &err) != 0 || state_broken(&st))
		return failed("the second life left a broken state");
	state_close(&st);
	return 0;
}

static int in_a_process(int (*second)(void), enum disk_how what, unsigned n)
{
	int status = 0;
	pid_t pid = fork();

	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		if (second != NULL)
			_exit(second());
		first_life(what, n);
		_exit(0);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	return status;
}

static void state_of_the_beginning(void)
{
	static const char *const names[] = { "ledger.db-wal", "ledger.db-shm" };
	char path[200];

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", state_folder, names[i]);
		unlink(path);
	}
	snprintf(path, sizeof(path), "%s/ledger.db", state_folder);
	FILE *f = fopen(path, "w");
	ck_assert_ptr_nonnull(f);
	ck_assert_uint_eq(fwrite(empty, 1, empty_len, f), empty_len);
	fclose(f);
}

/* Every point, or every `every`-th from `from` on. Returns how many points there are. */
static unsigned at_points(enum disk_how what, unsigned from, unsigned every)
{
	unsigned n = from, points = 0;

	for (bool died = true; died; n += every) {
		int status;

		state_of_the_beginning();
		*told = (struct told){ 0 };
		status = in_a_process(NULL, what, n);
		if (what >= DISK_EIO)
			died = WIFEXITED(status) && WEXITSTATUS(status) == 0 && told->changes >= n;
		else
			died = WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
		ck_assert_msg(died || (WIFEXITED(status) && WEXITSTATUS(status) == 0),
			"%s at %u: ended with %d", disk_how_names[what], n, status);
		points += died;
		status = in_a_process(second_life, what, n);
		ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) == 0, "%s at %u: %s (%d)",
			disk_how_names[what], n, told->failed, status);
	}
	return points;
}

static void begin_here(void)
{
	site_begin();
	release_free(pipeline);
	pipeline = NULL;
	state_close(&st);
	char path[200];
	snprintf(path, sizeof(path), "%s/ledger.db", state_folder);
	OK(file_read(path, 16 << 20, &empty, &empty_len, &err));
	policy = policy_with(NULL, NULL);
	told = mmap(NULL, sizeof(*told), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ck_assert_ptr_ne(told, MAP_FAILED);
}

static void every_point(enum disk_how what, unsigned step)
{
	unsigned points;

	begin_here();
#ifdef __SANITIZE_ADDRESS__
	step *= 5; /* what is tested is order, not memory */
#endif
	points = at_points(what, 1, getenv("CORDON_LONG") != NULL ? 1 : step);
	fprintf(stderr, "%s: %u points\n", disk_how_names[what], points);
	ck_assert_uint_gt(points, 0);
	policy_drop(policy);
	free(empty);
	site_end();
}

START_TEST(killed_at_any_write_nothing_is_released_unpaid_and_no_id_answered_twice)
{
	every_point(DISK_KILL, 7);
}
END_TEST

START_TEST(half_a_write_is_no_record)
{
	every_point(DISK_TORN, 23);
}
END_TEST

START_TEST(what_was_released_is_synced_before)
{
	every_point(DISK_POWER, 11);
}
END_TEST

START_TEST(a_disk_that_does_not_sync_releases_nothing)
{
	every_point(DISK_EIO, 37);
	every_point(DISK_EIO_ONCE, 37);
}
END_TEST

/* site.h's, that this test does without */
static void (*const unused[])(int, const char *) __attribute__((used)) = { refused_by };

UNIT_MAIN("crash", killed_at_any_write_nothing_is_released_unpaid_and_no_id_answered_twice,
	half_a_write_is_no_record, what_was_released_is_synced_before,
	a_disk_that_does_not_sync_releases_nothing)
