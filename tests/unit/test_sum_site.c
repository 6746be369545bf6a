/*
 * A question in mode secure at one site: the real pipeline (agents/release_sum.h) over a database that the test plays, in
 * a sum with three other sites and a gateway that are the test's. What it costs and when, what is on disk, and every
 * moment at which it may end.
 */
#include "agents/release_in.h"
#include "tests/unit/members.h"

#include <math.h>
#include <sys/stat.h>

#include "secagg/round_gateway.h"
#include "secagg/site_secret.h"

/* ---- the rest of the sum ---- */

static struct round_gateway *gateway;
static struct round_site *others[OTHERS];
static struct site_setup setups[OTHERS];
static struct text told[SITES]; /* what the gateway said last; 0: to renmin */
static enum sum_step told_step;
static struct distinct_shape of_people;

/* Everybody else says what the gateway asked for. */
static void others_answer(void)
{
	struct text out;

	for (int i = 0; i < OTHERS; i++) {
		const struct text *in = &told[i + 1];
		struct error *e = &err;

		text_init(&out, MAX_SUM_BYTES);
		switch (told_step) {
		case STEP_INVITE:
			OK(round_site_keys(others[i], now_here(), &out, e));
			break;
		case STEP_ROSTER:
			OK(round_site_roster(others[i], in->at, in->len, now_here(), &out, e));
			break;
		case STEP_DEAL:
			OK(round_site_deal(others[i], in->at, in->len, now_here(), e));
			OK(round_site_mask(others[i], zeros, NULL, n_words(), now_here(), &out, e));
			break;
		case STEP_SURVIVE:
			OK(round_site_survive(others[i], in->at, in->len, now_here(), &out, e));
			break;
		default:
			OK(round_site_certificate(others[i], in->at, in->len, now_here(), &out, e));
		}
		OK(round_gateway_hear(
			gateway, &setups[i].me, told_step + 1, out.at, out.len, &err));
		text_clear(&out);
	}
}

static void tell_renmin(void)
{
	struct msg_sum m = {
		.id = "q1", .step = told_step, .body = { (const uint8_t *)told[0].at, told[0].len }
	};

	release_sum(pipeline, &m);
}

/* What renmin said last goes to the gateway, whose phase ends; the next messages are ready. */
static void gateway_goes_on(void)
{
	struct sum_id me = sum_id_of("renmin");

	ck_assert_int_eq(last()->type, MSG_SUM);
	ck_assert_uint_eq(last()->step, told_step + 1);
	OK(round_gateway_hear(gateway, &me, (enum sum_step)last()->step, last()->body.at,
		last()->body.len, &err));
	OK(round_gateway_close(gateway, clock_wall_ms() / 1000, &err));
	if (round_gateway_phase(gateway) == PHASE_DONE)
		return;
	for (int i = 0; i < SITES; i++) {
		struct sum_id id = sum_id_of(names[i]);

		text_clear(&told[i]);
		text_init(&told[i], MAX_SUM_BYTES);
		OK(round_gateway_tell(gateway, &id, &told_step, &told[i], &err));
	}
}

/* An offer was heard; everybody is invited. change: made to the invitation before it is signed. */
static void invite(void (*change)(struct sum_invite *))
{
	struct arena arena;
	struct release offer;
	struct sum_invite i;
	uint8_t bytes[SHARED_NOISE_BYTES];

	ck_assert_int_eq(last()->type, MSG_OFFER);
	arena_init(&arena, MAX_FRAME_ARENA);
	OK(release_decode(last()->sealed, last()->sealed_len, &arena, &offer, &err));
	ck_assert(offer.summed);
	ck_assert_ptr_null(offer.cells);
	choose_noise(&offer);
	if (shape != NULL) {
		of_people = distinct_shape(offer.resolution, &noise);
		ck_assert_uint_eq(of_people.buckets, 2048);
		const struct key32 secret = { { 3, 1, 4 } };
		const struct hash32 tag = site_secret_tag(&secret);
		ck_assert(hash32_equal(&tag, &offer.secret));
	}
	i = invitation(&offer);
	if (change != NULL)
		change(&i);
	OK(round_gateway_new(
		&gateway, members, gateway_key, &i, false, clock_wall_ms() / 1000, &err));
	for (int k = 0; k < SITES; k++) {
		text_init(&told[k], MAX_SUM_BYTES);
		OK(round_gateway_invite(gateway, &told[k], &err));
	}
	for (int k = 0; k < OTHERS; k++) {
		const struct sum_expect e = { i.question, i.asked, i.layout, i.noise, i.mode,
			i.words, i.bound, shared_noise_tail(&noise), 0, 0 };
		setups[k] = (struct site_setup){ .members = members,
			.me = sum_id_of(names[k + 1]),
			.key = sum_keys[k + 1],
			.marks = { NULL, no_mark } };
		OK(round_site_new(&others[k], &setups[k], &e, told[k + 1].at, told[k + 1].len,
			now_here(), &err));
	}
	text_addn(&told[0], bytes, shared_noise_encode(&noise, bytes));
	told_step = STEP_INVITE;
	arena_clear(&arena);
}

static void sum_over(void)
{
	for (int i = 0; i < OTHERS; i++) {
		round_site_free(others[i]);
		others[i] = NULL;
	}
	for (int i = 0; i < SITES; i++)
		text_clear(&told[i]);
	round_gateway_free(gateway);
	gateway = NULL;
}

/* renmin is asked into a sum and has answered `step`. */
static void up_to(enum sum_step step)
{
	ask_secure("q1");
	invite(NULL);
	for (;;) {
		tell_renmin();
		if (told_step == STEP_DEAL && has_job)
			answers(5000);
		if (told_step + 1 >= step)
			return;
		others_answer();
		gateway_goes_on();
	}
}

START_TEST(a_site_pays_when_all_have_dealt_and_its_number_is_in_the_sum)
{
	secure_site();
	ask_secure("q1");
	ck_assert_int_eq(last()->type, MSG_OFFER);
	ck_assert_uint_gt(last()->cost, 0);
	invite(NULL);
	/* neither offer nor keys nor shares cost anything, and the database is not asked */
	tell_renmin();
	others_answer();
	ck_assert_int_eq(marks(), 1);
	gateway_goes_on();
	tell_renmin();
	others_answer();
	gateway_goes_on();
	ck_assert_uint_eq(spent(), 0);
	ck_assert_int_eq(jobs, 0);
	/* dealt: paid, on disk, and then asked */
	tell_renmin();
	ck_assert_int_eq(jobs, 1);
	ck_assert_uint_gt(spent(), 0);
	ck_assert_int_eq(marks(), 1);
	answers(5000);
	ck_assert_int_eq(marks(), 2);
	others_answer();
	gateway_goes_on();
	tell_renmin();
	ck_assert_int_eq(marks(), 3);
	others_answer();
	gateway_goes_on();
	tell_renmin();
	others_answer();
	gateway_goes_on();
	/* the others had 0 people and no noise: what is left is renmin's number with its share of the noise */
	int64_t sum = (int64_t)round_gateway_sum(gateway)[0];
	int64_t lattice = (int64_t)noise.layers[0].lattice;
	ck_assert_int_le(llabs(sum - 5000 * lattice), 200 * lattice);
	ck_assert_uint_eq(round_gateway_contributors(gateway), SITES);
	sum_over();
	/* nothing is left under way, and under this id nothing else is said */
	struct release_status status;
	release_status(pipeline, &status);
	ck_assert_uint_eq(status.leaving, 0);
	int before = n_heard;
	ask_as((struct asking_now){ .id = "q1", .question = SECURE });
	refused_by(before, "sum:over");
	secure_end();
}
END_TEST

/* ---- people of several hospitals, counted once ---- */

#define DISTINCT                                                                                   \
	"study: DM-2026-01\nkind: distinct\ndataset: omop\nmode: secure\n"                         \
	"cohort: {all: [{condition: [201826]}]}\n"

static void distinct_site(void)
{
	static const struct key32 secret = { { 3, 1, 4 } };
	static char path[400];
	struct text t;

	more_swaps[0][0] = "  attrition: {group_by: 1, filters: 6, max_cells: 20}";
	more_swaps[0][1] = "  distinct: {group_by: 0, filters: 6, max_cells: 1, person: "
			   "cdm.person.person_id, buckets: 2048}\n"
			   "  attrition: {group_by: 1, filters: 6, max_cells: 20}";
	more_swaps[1][0] =
		"kinds: [count, histogram, crosstab, mean, quantile, survival, attrition]";
	more_swaps[1][1] = "kinds: [count, histogram, crosstab, mean, quantile, survival, "
			   "attrition, distinct]";
	more_swaps[2][0] = "survival, attrition, cohorts]";
	more_swaps[2][1] = "survival, attrition, distinct, cohorts]";
	secure_site();
	text_init(&t, 1000);
	site_secret_write(&secret, &t);
	fed_write("shared", ".secret", text_str(&t), 0600);
	text_clear(&t);
	snprintf(path, sizeof(path), "%s", fed_path("shared", ".secret"));
	sums_of_site.secret_file = path;
	asked_for = DISTINCT;
	shape = &of_people;
}

static void distinct_end(void)
{
	memset(more_swaps, 0, sizeof(more_swaps));
	asked_for = SECURE;
	shape = NULL;
	secure_end();
}

/* So many keys of people come, of which `again` are there twice. */
static void people_come(size_t n, size_t again)
{
	const struct source_rows rows = { .n = 1, .columns = 1 };
	uint8_t *keys = calloc(n + again, DISTINCT_KEY);

	for (size_t i = 0; i < n + again; i++)
		put_be64(keys + i * DISTINCT_KEY, i % n);
	row_bytes = keys;
	row_bytes_len = (n + again) * DISTINCT_KEY;
	ck_assert_ptr_nonnull(strstr(job.sql->text, "string_agg"));
	ends(SOURCE_ROWS, &rows, "");
	free(keys);
}

static void distinct_up_to(enum sum_step step, size_t people)
{
	ask_secure("q1");
	invite(NULL);
	for (;;) {
		tell_renmin();
		if (told_step == STEP_DEAL && has_job)
			people_come(people, people / 2);
		if (told_step + 1 >= step)
			return;
		others_answer();
		gateway_goes_on();
	}
}

START_TEST(distinct_people_go_into_buckets_of_their_sum_with_this_site_s_noise)
{
	struct distinct_count c;

	distinct_site();
	distinct_up_to(STEP_UNMASK, 300);
	ck_assert_uint_gt(spent(), 0);
	others_answer();
	gateway_goes_on();
	/* the others have nobody, and no noise and no dummies at all */
	OK(distinct_estimate(
		shape, round_gateway_sum(gateway), n_words(), 1, noise.layers[0].t, &c, &err));
	ck_assert_int_le(llabs(c.people - 300), 10 * (int64_t)(1 + sqrt((double)c.variance)));
	ck_assert_int_gt(c.people, 200);
	sum_over();
	distinct_end();
}
END_TEST

/* What is left is this site's noise, which is 0 one time in ten or less. */
START_TEST(nobody_is_a_vector_like_any_other_with_noise)
{
	struct distinct_count c;
	int without = 0;

	for (int run = 0; run < 8; run++) {
		distinct_site();
		ask_secure("q1");
		invite(NULL);
		do {
			tell_renmin();
			if (told_step == STEP_DEAL && has_job) {
				const struct source_rows rows = { .n = 1, .columns = 1 };

				row_bytes = NULL;
				row_bytes_len = 0;
				ends(SOURCE_ROWS, &rows, "");
			}
			others_answer();
			gateway_goes_on();
		} while (round_gateway_phase(gateway) != PHASE_DONE);
		/* the others have no dummies, so only one site's half is taken off */
		OK(distinct_estimate(shape, round_gateway_sum(gateway), n_words(), 1,
			noise.layers[0].t, &c, &err));
		ck_assert_int_le(llabs(c.occupied), (int64_t)shape->dummies / 2);
		without += c.occupied == 0;
		sum_over();
		distinct_end();
	}
	ck_assert_int_lt(without, 8);
}
END_TEST

START_TEST(distinct_people_need_the_hospitals_secret_which_nobody_else_may_read)
{
	int before;

	distinct_site();
	ck_assert_int_eq(chmod(sums_of_site.secret_file, 0644), 0);
	ask_secure("q1");
	refused_by(0, "kind:distinct");
	ck_assert_int_eq(unlink(sums_of_site.secret_file), 0);
	before = n_heard;
	ask_secure("q2");
	refused_by(before, "kind:distinct");
	sums_of_site.secret_file = NULL;
	before = n_heard;
	ask_secure("q3");
	refused_by(before, "kind:distinct");
	ck_assert_uint_eq(spent(), 0);
	ck_assert_int_eq(jobs, 0);
	distinct_end();
}
END_TEST

/* Its buckets would be of other people than the rest's. */
START_TEST(a_secret_that_is_replaced_meanwhile_ends_the_part_of_this_site)
{
	static const struct key32 other = { { 2, 7, 1 } };
	struct text t;
	int before;

	distinct_site();
	ask_secure("q1");
	invite(NULL);
	while (told_step != STEP_DEAL) {
		tell_renmin();
		others_answer();
		gateway_goes_on();
	}
	tell_renmin();
	text_init(&t, 1000);
	site_secret_write(&other, &t);
	fed_write("shared", ".secret", text_str(&t), 0600);
	text_clear(&t);
	before = n_heard;
	people_come(300, 0);
	ck_assert_int_eq(n_heard, before + 1);
	ck_assert_int_eq(last()->type, MSG_REFUSE);
	sum_over();
	distinct_end();
}
END_TEST

static void as_numbers(struct sum_invite *i)
{
	i->mode = SUM_ADD;
}
static void fewer_words(struct sum_invite *i)
{
	i->words -= 2;
}
/* Words that add up would be a hospital's people by bucket; without dummies there would be no noise. */
START_TEST(distinct_people_are_in_no_sum_of_another_shape)
{
	static void (*const changes[])(struct sum_invite *) = { as_numbers, fewer_words, NULL };
	int before;

	for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
		distinct_site();
		ask_secure("q1");
		before = n_heard;
		finer = changes[i] == NULL;
		invite(changes[i]);
		finer = false;
		tell_renmin();
		refused_by(before, "sum:over");
		ck_assert_uint_eq(spent(), 0);
		ck_assert_int_eq(jobs, 0);
		sum_over();
		distinct_end();
	}
}
END_TEST

START_TEST(a_row_that_is_no_keys_of_people_ends_the_part_of_this_site)
{
	static const uint8_t odd[DISTINCT_KEY + 1];
	int before;

	for (int null = 0; null < 2; null++) {
		const struct source_rows rows = { .n = 1, .columns = 1, .null = null == 1 };

		distinct_site();
		ask_secure("q1");
		invite(NULL);
		for (int i = 0; i < 2; i++) {
			tell_renmin();
			others_answer();
			gateway_goes_on();
		}
		tell_renmin();
		ck_assert(has_job);
		before = n_heard;
		row_bytes = odd;
		row_bytes_len = sizeof(odd) - (size_t)null;
		ends(SOURCE_ROWS, &rows, "");
		ck_assert_int_eq(n_heard, before + 1);
		ck_assert_int_eq(last()->type, MSG_REFUSE);
		sum_over();
		distinct_end();
	}
}
END_TEST

START_TEST(without_a_list_that_counts_there_is_no_sum_and_nothing_is_paid)
{
	secure_site();
	write_list(4, 1); /* one signature of two */
	ask_it("q1", SECURE);
	refused_by(0, "release:secure_aggregation");
	/* taken up, and then an older one: A12 */
	write_list(5, OFFICERS);
	ask_secure("q2");
	ck_assert_int_eq(last()->type, MSG_OFFER);
	write_list(4, OFFICERS);
	int before = n_heard;
	ask_secure("q3");
	refused_by(before, "release:secure_aggregation");
	/* another key for this site */
	write_list(6, OFFICERS);
	sums_of_site.key = sum_keys[1];
	before = n_heard;
	ask_secure("q4");
	refused_by(before, "release:secure_aggregation");
	ck_assert_uint_eq(spent(), 0);
	secure_end();
}
END_TEST

static void other_question(struct sum_invite *i)
{
	i->question.at[0] ^= 1;
}
static void other_asking(struct sum_invite *i)
{
	i->asked.at[0] ^= 1;
}
static void other_layout(struct sum_invite *i)
{
	i->layout.at[0] ^= 1;
}
static void other_noise(struct sum_invite *i)
{
	i->noise.at[0] ^= 1;
}

START_TEST(a_sum_of_something_else_is_refused_unpaid)
{
	void (*const changes[])(
		struct sum_invite *) = { other_question, other_asking, other_layout, other_noise };

	for (int k = 0; k < 4; k++) {
		secure_site();
		ask_secure("q1");
		invite(changes[k]);
		int before = n_heard;
		tell_renmin();
		refused_by(before, "sum:over");
		ck_assert_int_eq(marks(), 0);
		ck_assert_uint_eq(spent(), 0);
		sum_over();
		secure_end();
	}
}
END_TEST

START_TEST(noise_that_is_less_than_this_site_wants_is_refused_unpaid)
{
	secure_site();
	ask_secure("q1");
	invite(NULL);
	/* the same sum with half the noise: hashed as it is, and not enough */
	sum_over();
	struct arena arena;
	struct release offer;
	arena_init(&arena, MAX_FRAME_ARENA);
	OK(release_decode(last()->sealed, last()->sealed_len, &arena, &offer, &err));
	offer.layers[0].t /= 2;
	choose_noise(&offer);
	struct sum_invite i = invitation(&offer);
	uint8_t bytes[SHARED_NOISE_BYTES];
	text_init(&told[0], MAX_SUM_BYTES);
	OK(invite_write(&i, gateway_key, &told[0], &err));
	text_addn(&told[0], bytes, shared_noise_encode(&noise, bytes));
	int before = n_heard;
	tell_renmin();
	refused_by(before, "sum:over");
	ck_assert_uint_eq(spent(), 0);
	text_clear(&told[0]);
	arena_clear(&arena);
	secure_end();
}
END_TEST

START_TEST(a_gateway_that_stops_talking_costs_nothing_before_the_deal_and_once_after_it)
{
	static const struct {
		enum sum_step said;
		bool paid;
	} ends_at[] = { { STEP_KEYS, false }, { STEP_SHARES, false }, { STEP_MASKED, true },
		{ STEP_ACK, true } };

	for (int k = 0; k < 4; k++) {
		struct release_status status;

		secure_site();
		up_to(ends_at[k].said);
		ck_assert_int_eq(spent() > 0, ends_at[k].paid);
		uint64_t paid = spent();
		turn(12000);
		release_status(pipeline, &status);
		ck_assert_uint_eq(status.leaving, 0);
		ck_assert_int_eq(last()->type, MSG_REFUSE);
		ck_assert_uint_eq(spent(), paid);
		/* A30: what was signed once pays once, so it can be asked for no second sum */
		int before = n_heard;
		ask_as((struct asking_now){
			.id = "q9", .question = asked_for, .asked_ms = asked_at });
		if (ends_at[k].paid)
			refused_by(before, "requester:signature");
		else
			ck_assert_int_eq(last()->type, MSG_OFFER);
		sum_over();
		secure_end();
	}
}
END_TEST

/* Else its moment would tell how long another question's statement takes. */
START_TEST(an_offer_waits_for_no_statement_and_who_waited_for_one_leaves_in_time)
{
	secure_site();
	ask_it("q0", COUNT_ALL);
	ck_assert_int_eq(jobs, 1); /* and runs on */
	ask_secure("q1");
	ck_assert_int_eq(last()->type, MSG_OFFER);
	invite(NULL);
	tell_renmin();
	others_answer();
	gateway_goes_on();
	tell_renmin();
	others_answer();
	gateway_goes_on();
	tell_renmin(); /* dealt, and waits for its turn */
	ck_assert_int_eq(jobs, 1);
	life_find(pipeline, "q1", NULL)->pace.timing = TIMING_PACED;
	int before = n_heard;
	release_cancel(pipeline, "q1");
	turn(1);
	ck_assert_int_eq(n_heard, before);
	turn(12000);
	ck_assert_int_gt(n_heard, before);
	sum_over();
	secure_end();
}
END_TEST

/* ---- time ---- */

enum {
	/* what becomes of the statement */
	ENDS,
	FAILS_IT,
	IS_STOPPED,
	RUNS_ON,
	/* what the gateway does when the statement has ended, or while it runs */
	TALKS_WELL = 0,
	TALKS_NONSENSE,
	CANCELS,
};

struct play {
	const char *timing;
	int end, talk;
	int64_t people, took_ms, talks_ms;
};

struct times {
	int n;
	bool unmasked;
	struct {
		int type;
		uint64_t step;
		int64_t ms;
		char say[200];
	} at[8];
};

static void statement_ends(const struct play *play)
{
	if (play->end == ENDS)
		answers(play->people);
	else if (play->end != RUNS_ON)
		ends(play->end == IS_STOPPED ? SOURCE_STOPPED : SOURCE_ERROR, NULL,
			play->end == IS_STOPPED ? "57014" : "XX001");
}

static void gateway_talks(const struct play *play)
{
	if (play->talk == TALKS_NONSENSE)
		tell_renmin(); /* DEAL once more */
	else if (play->talk == CANCELS)
		release_cancel(pipeline, "q1");
}

/* Both within the next 7 seconds, in their order. */
static void seven_seconds(const struct play *play)
{
	for (int64_t ms = 0; ms < 7000; ms++) {
		if (ms == play->took_ms)
			statement_ends(play);
		if (ms == play->talks_ms)
			gateway_talks(play);
		turn(1);
	}
}

static void timing_is(const char *timing)
{
	more_swaps[0][0] = "secure_aggregation: off";
	more_swaps[0][1] = "secure_aggregation: preferred";
	in_force(policy_with("timing: paced", timing));
	more_swaps[0][0] = more_swaps[0][1] = NULL;
}

/* Everything that renmin says in a whole sum, and when. */
static struct times played(struct play play)
{
	static char timing[40];
	struct times t = { 0 };
	int64_t began;

	snprintf(timing, sizeof(timing), "timing: %s", play.timing);
	asked_deadline = 10000; /* of which an answer has 6250: a class of 5 seconds */
	secure_site();
	timing_is(timing);
	began = clock_mono_ms();
	ask_secure("q1");
	invite(NULL);
	while (told_step != STEP_DEAL) {
		tell_renmin();
		others_answer();
		gateway_goes_on();
	}
	tell_renmin();
	seven_seconds(&play);
	if (last()->type == MSG_SUM && last()->step == STEP_MASKED) {
		others_answer();
		gateway_goes_on();
		while (round_gateway_phase(gateway) != PHASE_DONE) {
			tell_renmin();
			others_answer();
			gateway_goes_on();
		}
		t.unmasked = true;
	}
	for (t.n = 0; t.n < n_heard; t.n++) {
		ck_assert_int_lt(t.n, 8);
		t.at[t.n].type = (int)heard[t.n].type;
		t.at[t.n].step = heard[t.n].step;
		t.at[t.n].ms = heard[t.n].at_ms - began;
		memcpy(t.at[t.n].say, heard[t.n].say, sizeof(t.at[t.n].say));
	}
	asked_deadline = 0;
	sum_over();
	secure_end();
	return t;
}

static void as_if(const struct times *a, const struct times *b, size_t which)
{
	ck_assert_msg(a->n == b->n, "%zu: %d messages, not %d", which, b->n, a->n);
	for (int i = 0; i < a->n; i++)
		ck_assert_msg(a->at[i].type == b->at[i].type && a->at[i].step == b->at[i].step &&
				      a->at[i].ms == b->at[i].ms,
			"%zu: message %d leaves after %" PRId64 " ms, not %" PRId64, which, i,
			b->at[i].ms, a->at[i].ms);
	for (int i = 0; i < a->n; i++)
		ck_assert_str_eq(a->at[i].say, b->at[i].say);
}

START_TEST(in_strict_timing_a_sum_tells_nothing_of_the_statement_by_when_or_what_it_says)
{
	static const struct play like[] = { { "strict", ENDS, TALKS_WELL, 5000, 0, -1 },
		{ "strict", ENDS, TALKS_WELL, 0, 1, -1 },
		{ "strict", ENDS, TALKS_WELL, 5000, 3900, -1 },
		{ "strict", FAILS_IT, TALKS_WELL, 0, 700, -1 },
		{ "strict", IS_STOPPED, TALKS_WELL, 0, 700, -1 },
		{ "strict", RUNS_ON, TALKS_WELL, 0, 0, -1 },
		/* who does not want it any more has it as well */
		{ "strict", ENDS, CANCELS, 5000, 900, 300 },
		{ "strict", ENDS, CANCELS, 5000, 900, 1300 } };
	static const struct play spoilt[] = { { "strict", ENDS, TALKS_NONSENSE, 5000, 900, 300 },
		{ "strict", ENDS, TALKS_NONSENSE, 5000, 900, 1300 },
		{ "strict", FAILS_IT, TALKS_NONSENSE, 0, 200, 300 } };
	struct times first = played(like[0]), other;

	/* offer, keys, shares at once; masked words in the class's time; the rest at once */
	ck_assert_int_eq(first.n, 6);
	ck_assert(first.unmasked);
	for (int i = 0; i < 3; i++)
		ck_assert_int_eq(first.at[i].ms, 0);
	ck_assert_int_eq(first.at[3].ms, 5000);
	for (size_t i = 1; i < sizeof(like) / sizeof(like[0]); i++) {
		other = played(like[i]);
		as_if(&first, &other, i);
		ck_assert(other.unmasked);
	}
	first = played(spoilt[0]);
	ck_assert_int_eq(first.n, 4);
	ck_assert_int_eq(first.at[3].type, MSG_REFUSE);
	ck_assert_int_eq(first.at[3].ms, 5000);
	for (size_t i = 1; i < sizeof(spoilt) / sizeof(spoilt[0]); i++) {
		other = played(spoilt[i]);
		as_if(&first, &other, i);
	}
}
END_TEST

START_TEST(in_paced_timing_a_sum_tells_a_step_of_the_statement)
{
	static const struct play like[] = { { "paced", ENDS, TALKS_WELL, 5000, 0, -1 },
		{ "paced", ENDS, TALKS_WELL, 0, 47, -1 } };
	static const struct play slow = { "paced", ENDS, TALKS_WELL, 5000, 60, -1 },
				 failed = { "paced", FAILS_IT, TALKS_WELL, 0, 60, -1 };
	struct times first = played(like[0]), other = played(like[1]);

	ck_assert_int_eq(first.n, 6);
	ck_assert_int_eq(first.at[2].ms, 0);
	ck_assert_int_eq(first.at[3].ms, 50);
	as_if(&first, &other, 1);
	other = played(slow);
	ck_assert_int_eq(other.at[2].ms, 0);
	ck_assert_int_eq(other.at[3].ms, 100);
	other = played(failed);
	ck_assert_int_eq(other.n, 4);
	ck_assert_int_eq(other.at[3].type, MSG_REFUSE);
	ck_assert_int_eq(other.at[3].ms, 100);
}
END_TEST

static void soon_over(struct sum_invite *i)
{
	i->wait_ms[WAIT_SURVIVE] = 4000;
}
static void soon_expired(struct sum_invite *i)
{
	i->expires_s -= 56;
}
/* A gateway whose sum ends while the statement may still run would see whether it does. */
START_TEST(in_strict_timing_a_sum_that_ends_before_its_numbers_may_leave_is_refused_unpaid)
{
	static void (*const changes[])(struct sum_invite *) = { soon_over, soon_expired };

	for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
		int before;

		asked_deadline = 10000;
		secure_site();
		timing_is("timing: strict");
		ask_secure("q1");
		invite(changes[i]);
		while (told_step != STEP_DEAL) {
			tell_renmin();
			others_answer();
			gateway_goes_on();
		}
		before = n_heard;
		tell_renmin();
		ck_assert_int_eq(jobs, 0);
		ck_assert_uint_eq(spent(), 0);
		turn(4990);
		ck_assert_int_eq(n_heard, before); /* it waited for the database */
		turn(20);
		refused_by(before, "sum:over");
		asked_deadline = 0;
		sum_over();
		secure_end();
	}
}
END_TEST

START_TEST(a_sum_that_left_in_its_time_ends_when_the_gateway_stops_talking)
{
	struct release_status status;

	secure_site();
	up_to(STEP_SHARES);
	others_answer();
	gateway_goes_on();
	life_find(pipeline, "q1", NULL)->pace.timing = TIMING_PACED;
	tell_renmin();
	answers(5000);
	turn(60);
	ck_assert_uint_eq(last()->step, STEP_MASKED);
	turn(12000);
	release_status(pipeline, &status);
	ck_assert_uint_eq(status.leaving, 0);
	sum_over();
	secure_end();
}
END_TEST

START_TEST(after_a_restart_nothing_is_said_twice)
{
	for (enum sum_step said = STEP_MASKED; said <= STEP_ACK; said += 2) {
		secure_site();
		up_to(said);
		uint64_t paid = spent();
		release_free(pipeline);
		state_close(&st);
		state_up();
		pipeline_up();
		write_list(3, OFFICERS);
		in_force(policy_with("secure_aggregation: off", "secure_aggregation: preferred"));
		int before = n_heard;
		ask_as((struct asking_now){
			.id = "q1", .question = asked_for, .asked_ms = asked_at });
		refused_by(before, "sum:over");
		tell_renmin();
		ck_assert_int_eq(n_heard, before + 1);
		ck_assert_uint_eq(spent(), paid);
		sum_over();
		secure_end();
	}
}
END_TEST

START_TEST(a_message_at_the_wrong_moment_ends_the_part_of_this_site)
{
	secure_site();
	up_to(STEP_ACK);
	int before = n_heard;
	tell_renmin(); /* SURVIVE again */
	ck_assert_int_eq(n_heard, before + 1);
	ck_assert_int_eq(last()->type, MSG_REFUSE);
	/* and the certificate finds nobody */
	others_answer();
	told_step = STEP_CERT;
	tell_renmin();
	ck_assert_int_eq(n_heard, before + 1);
	sum_over();
	secure_end();
}
END_TEST

START_TEST(a_stop_says_nothing_more)
{
	secure_site();
	up_to(STEP_MASKED);
	others_answer();
	gateway_goes_on();
	int before = n_heard;
	(void)release_gate(pipeline, GATE_STOPPED);
	tell_renmin();
	ck_assert_int_eq(n_heard, before);
	ck_assert_int_eq(marks(), 2);
	sum_over();
	secure_end();
}
END_TEST

UNIT_MAIN("sum_site", a_site_pays_when_all_have_dealt_and_its_number_is_in_the_sum,
	without_a_list_that_counts_there_is_no_sum_and_nothing_is_paid,
	a_sum_of_something_else_is_refused_unpaid,
	noise_that_is_less_than_this_site_wants_is_refused_unpaid,
	a_gateway_that_stops_talking_costs_nothing_before_the_deal_and_once_after_it,
	an_offer_waits_for_no_statement_and_who_waited_for_one_leaves_in_time,
	in_strict_timing_a_sum_tells_nothing_of_the_statement_by_when_or_what_it_says,
	in_paced_timing_a_sum_tells_a_step_of_the_statement,
	in_strict_timing_a_sum_that_ends_before_its_numbers_may_leave_is_refused_unpaid,
	a_sum_that_left_in_its_time_ends_when_the_gateway_stops_talking,
	after_a_restart_nothing_is_said_twice,
	a_message_at_the_wrong_moment_ends_the_part_of_this_site, a_stop_says_nothing_more,
	distinct_people_go_into_buckets_of_their_sum_with_this_site_s_noise,
	nobody_is_a_vector_like_any_other_with_noise,
	distinct_people_need_the_hospitals_secret_which_nobody_else_may_read,
	distinct_people_are_in_no_sum_of_another_shape,
	a_secret_that_is_replaced_meanwhile_ends_the_part_of_this_site,
	a_row_that_is_no_keys_of_people_ends_the_part_of_this_site)
