/*
 * test_pipeline.c - agents/release.h: the life of a question at a site, from the message that asks to the
 * message that answers. The database and the generator are played by the test (site.h).
 */
#include "agents/drift_watch.h"
#include "agents/questions.h"
#include "tests/unit/site.h"

#include <math.h>
#include <signal.h>
#include <sqlite3.h>
#include <sys/resource.h>

/* ---- the table ---- */

/* What the table says, said once more. */
static const struct {
	enum q_state from;
	enum q_event event;
	enum q_state to;
} steps[] = {
	{ Q_RECEIVED, ON_ALLOW, Q_ALLOWED },
	{ Q_RECEIVED, ON_DENY, Q_REFUSED },
	{ Q_ALLOWED, ON_DENY, Q_REFUSED },
	{ Q_ALLOWED, ON_RECALL, Q_RECALLED },
	{ Q_ALLOWED, ON_HOLD, Q_HELD },
	{ Q_ALLOWED, ON_OFFER, Q_OFFERED },
	{ Q_OFFERED, ON_JOIN, Q_JOINED },
	{ Q_OFFERED, ON_DENY, Q_REFUSED },
	{ Q_JOINED, ON_HOLD, Q_HELD },
	{ Q_JOINED, ON_DENY, Q_REFUSED },
	{ Q_HELD, ON_RUN, Q_RUNNING },
	{ Q_HELD, ON_GIVE_UP, Q_FAILED },
	{ Q_RUNNING, ON_ROWS, Q_PROTECTED },
	{ Q_RUNNING, ON_GIVE_UP, Q_FAILED },
	{ Q_PROTECTED, ON_SETTLE, Q_RELEASED },
	{ Q_PROTECTED, ON_GIVE_UP, Q_FAILED },
	{ Q_RELEASED, ON_SEND, Q_SENT },
	{ Q_RECALLED, ON_SEND, Q_SENT },
	{ Q_REFUSED, ON_SEND, Q_SENT },
	{ Q_FAILED, ON_SEND, Q_SENT },
};

START_TEST(every_pair_of_state_and_event_is_as_specified)
{
	for (enum q_state s = Q_NONE; s < Q_STATES; s++)
		for (enum q_event e = 0; e < Q_EVENTS; e++) {
			enum q_state want = Q_NONE;

			for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++)
				if (steps[i].from == s && steps[i].event == e)
					want = steps[i].to;
			ck_assert_msg(release_life(s, e).next == want, "%s, event %d",
				release_state_name(s), (int)e);
		}
}
END_TEST

START_TEST(every_way_out_of_a_paid_question_settles_it)
{
	/* what is held is left by acts that write to the ledger, and never as if unpaid */
	for (enum q_state s = Q_HELD; s <= Q_PROTECTED; s++)
		for (enum q_event e = 0; e < Q_EVENTS; e++) {
			struct q_step step = release_life(s, e);

			ck_assert(step.next != Q_REFUSED && step.next != Q_RECALLED &&
				  step.next != Q_SENT);
			if (step.next == Q_RELEASED || step.next == Q_FAILED)
				ck_assert(step.act != NULL);
		}
	ck_assert(release_life(Q_RUNNING, ON_ROWS).next == Q_PROTECTED);
}
END_TEST

/* ---- an answer ---- */

static int on_disk; /* holds that another process sees while the database is asked */

static void look_at_the_ledger(void)
{
	char path[200];
	sqlite3 *db;
	sqlite3_stmt *s;

	snprintf(path, sizeof(path), "%s/ledger.db", state_folder);
	ck_assert_int_eq(sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY, NULL), SQLITE_OK);
	ck_assert_int_eq(sqlite3_prepare_v2(
				 db, "SELECT count(*) FROM ledger WHERE kind='hold'", -1, &s, NULL),
		SQLITE_OK);
	ck_assert_int_eq(sqlite3_step(s), SQLITE_ROW);
	on_disk = sqlite3_column_int(s, 0);
	sqlite3_finalize(s);
	sqlite3_close(db);
}

START_TEST(the_price_is_on_disk_before_the_database_is_asked)
{
	in_force(policy_with(NULL, NULL));
	on_run = look_at_the_ledger;
	ask_it("q1", COUNT_ALL);
	ck_assert_int_eq(jobs, 1);
	ck_assert_int_eq(on_disk, 3); /* study, requester, dataset */
	ck_assert_int_eq(n_heard, 0);
}
END_TEST

static uint64_t shown_in = 1; /* what releases say of it */

static int64_t released_cell(const struct heard *h, unsigned cell)
{
	struct view sealed = { h->sealed, h->sealed_len };
	struct hash32 hash = release_signed_hash(sealed);
	struct release r;
	struct arena arena;
	uint8_t key[32];
	size_t len = sizeof(key);
	int64_t value;

	ck_assert_int_eq(h->type, MSG_RELEASE);
	ck_assert_int_eq(EVP_PKEY_get_raw_public_key(site_key, key, &len), 1);
	OK(identity_verify(key, &hash, h->signature, SIGNATURE_BYTES, &err));
	arena_init(&arena, MAX_FRAME_ARENA);
	OK(release_decode(sealed.at, sealed.len, &arena, &r, &err));
	ck_assert_str_eq(r.site, "renmin");
	ck_assert_str_eq(r.data, "2026-03-01");
	ck_assert_uint_eq(r.noise, NOISE_GAUSSIAN);
	ck_assert(r.rows_left_out);
	ck_assert_uint_eq(r.round_to, shown_in);
	ck_assert_uint_lt(cell, r.n_cells);
	value = r.cells[cell];
	arena_clear(&arena);
	return value;
}

START_TEST(an_answer_is_noisy_signed_settled_stored_and_audited)
{
	struct text t;
	char id[MAX_ID + 1];
	struct hash32 hash;
	uint64_t waiting;

	in_force(policy_with(NULL, NULL));
	ask_it("q1", COUNT_ALL);
	answers(100000);
	ck_assert_int_eq(n_heard, 1);
	/* V = 21: a hundred standard deviations */
	ck_assert_int_le(llabs(released_cell(last(), 0) - 100000), 460);
	ck_assert_uint_gt(last()->cost, 0);
	ck_assert_uint_eq(last()->left, UINT64_C(1200000000000) - spent());
	ck_assert_int_eq(ledger_unsettled(st.ledger, id, &hash, &err), 0);
	OK(responses_waiting(st.db, &waiting, &err));
	ck_assert_uint_eq(waiting, 1);
	release_ack(pipeline, "q1");
	OK(responses_waiting(st.db, &waiting, &err));
	ck_assert_uint_eq(waiting, 0);
	OK(state_flush(&st, &err));
	text_init(&t, 1 << 20);
	OK(audit_json(st.audit, 50, &t, &err));
	static const char *const names[] = { "\"from\":\"received\",\"to\":\"allowed\"",
		"\"from\":\"allowed\",\"to\":\"held\"", "\"from\":\"held\",\"to\":\"running\"",
		"\"from\":\"running\",\"to\":\"protected\"",
		"\"from\":\"protected\",\"to\":\"released\"",
		"\"from\":\"released\",\"to\":\"sent\"" };
	const char *at = text_str(&t);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		at = strstr(at, names[i]);
		ck_assert_msg(at != NULL, "%s is not in %s", names[i], text_str(&t));
	}
	ck_assert_ptr_null(strstr(text_str(&t), "100000"));
	OK(audit_verify(st.audit, &err));
	OK(ledger_verify(st.ledger, &err));
	text_clear(&t);
}
END_TEST

static struct text kept; /* what the table of questions tells */

static const char *look_at(const char *id)
{
	text_clear(&kept);
	text_init(&kept, 1 << 20);
	OK(questions_one_json(st.db, id, &kept, &err));
	return text_str(&kept);
}

START_TEST(what_was_decided_is_kept_with_what_became_of_it)
{
	in_force(policy_with(NULL, NULL));
	ask_it("q1", COUNT_ALL);
	ck_assert(strstr(look_at("q1"), "\"decision\":\"allow\",\"rule\":\"study:") != NULL);
	ck_assert(strstr(text_str(&kept), "\"state\":\"held\"") != NULL);
	ck_assert(strstr(text_str(&kept), "\"intact\":true") != NULL);
	answers(100000);
	ck_assert(strstr(look_at("q1"), "\"state\":\"released\"") != NULL);
	ask_it("q2", COUNT_ALL);
	ck_assert(strstr(look_at("q2"), "\"state\":\"recalled\"") != NULL);
	ask_it("q3", "study: DM-2026-01\nkind: count\ndataset: omop\n"
		     "cohort: {all: [{condition: [439727]}]}\n");
	ck_assert(strstr(look_at("q3"), "\"decision\":\"deny\",\"rule\":\"code:") != NULL);
	ck_assert(strstr(text_str(&kept), "\"state\":\"refused\"") != NULL);
	ask_it("q4", COUNT_MEN);
	ends(SOURCE_ERROR, NULL, "57014");
	ck_assert(strstr(look_at("q4"), "\"state\":\"failed\"") != NULL);
	text_clear(&kept);
}
END_TEST

START_TEST(below_the_threshold_nothing_is_released)
{
	const struct source_rows rows = { .n = 1, .columns = 2, .at = { { 1, 100000 } } };

	in_force(policy_with("min_patients: 10 ", "min_patients: 600 "));
	ask_it("q1", BY_SEX);
	ends(SOURCE_ROWS, &rows, "");
	ck_assert_int_eq(released_cell(last(), 0), CELL_SUPPRESSED);
	ck_assert_int_le(llabs(released_cell(last(), 1) - 100000), 460);
	ck_assert_int_eq(released_cell(last(), 2), CELL_SUPPRESSED);
}
END_TEST

START_TEST(a_release_says_in_which_multiples_it_is_to_be_shown)
{
	in_force(policy_with("round_to: 1", "round_to: 100000"));
	ask_it("q1", COUNT_ALL);
	answers(123456);
	shown_in = 100000;
	ck_assert_int_le(
		llabs(released_cell(last(), 0) - 123456), 460); /* itself it is not rounded */
	shown_in = 1;
}
END_TEST

/* ---- every kind ---- */

static struct arena told;

static const struct release *released(
	const char *id, const char *question, const struct source_rows *rows)
{
	static struct release r;

	ask_it(id, question);
	ends(SOURCE_ROWS, rows, "");
	(void)released_cell(last(), 0); /* looks at what all have in common */
	arena_clear(&told);
	arena_init(&told, MAX_FRAME_ARENA);
	OK(release_decode(last()->sealed, last()->sealed_len, &told, &r, &err));
	ck_assert_uint_eq(r.cost_prho, last()->cost);
	ck_assert(!r.bounded);
	return &r;
}

static void near(int64_t got, int64_t want, uint64_t variance)
{
	double far = 20 * sqrt((double)variance);

	ck_assert_msg(
		llabs(got - want) <= (int64_t)far, "%ld is not near %ld", (long)got, (long)want);
}

#define ASK_OF(kind) "study: DM-2026-01\nkind: " kind "\ndataset: omop\n"

START_TEST(a_mean_has_three_layers_each_with_its_noise)
{
	const struct source_rows rows = { .n = 2,
		.columns = 4,
		.at = { { 0, 100000, -2000000, -300000000 }, { 1, 2, 200, 10000 } } };
	const struct release *r;

	in_force(policy_with("min_patients: 10 ", "min_patients: 600 "));
	r = released("q1", ASK_OF("mean") "of: hba1c\ngroup_by: [sex]\n", &rows);
	ck_assert_uint_eq(r->kind, KIND_MEAN);
	ck_assert_uint_eq(r->n_layers, 3);
	ck_assert_uint_eq(r->n_points, 1);
	ck_assert_uint_eq(r->n_cells, 9);
	ck_assert_int_eq(r->low, INT64_C(3000000000));
	ck_assert_int_eq(r->high, INT64_C(20000000000));
	ck_assert_uint_eq(r->resolution, MEAN_RESOLUTION);
	near(r->cells[0], 100000, r->layers[0].t);
	near(r->cells[3], -2000000, r->layers[1].t);
	near(r->cells[6], -300000000, r->layers[2].t);
	for (int layer = 0; layer < 3; layer++) /* two men and nobody else */
		for (int i = 1; i < 3; i++)
			ck_assert_int_eq(r->cells[layer * 3 + i], CELL_SUPPRESSED);
}
END_TEST

START_TEST(a_mean_of_sums_that_nobody_has_releases_nothing)
{
	const struct source_rows rows = { .n = 1, .columns = 4, .at = { { 0, 10, 1001, 0 } } };

	in_force(policy_with(NULL, NULL));
	ask_it("q1", ASK_OF("mean") "of: hba1c\n");
	ends(SOURCE_ROWS, &rows, "");
	refused_by(0, "system:statement");
}
END_TEST

START_TEST(quantiles_and_crosstabs_have_their_cells)
{
	static struct source_rows rows = { .n = 64, .columns = 2 };
	const struct source_rows table = { .n = 1, .columns = 2, .at = { { 4, 70000 } } };
	const struct release *r;

	in_force(policy_with(NULL, NULL));
	for (int i = 0; i < 64; i++)
		rows.at[i][0] = i, rows.at[i][1] = 1000 * i;
	r = released("q1", ASK_OF("quantile") "of: hba1c\n", &rows);
	ck_assert_uint_eq(r->kind, KIND_QUANTILE);
	ck_assert_uint_eq(r->n_points, 64);
	ck_assert_int_eq(r->high, INT64_C(20000000000));
	ck_assert_uint_eq(r->resolution, 0);
	for (int i = 0; i < 64; i++) /* also those below the threshold: their group is above it */
		near(r->cells[i], 1000 * i, r->layers[0].t);
	r = released("q2", ASK_OF("crosstab") "group_by: [age, sex]\non: 2025-01-01\n", &table);
	ck_assert_uint_eq(r->kind, KIND_CROSSTAB);
	ck_assert_uint_eq(r->n_groups, 2);
	if (r->cells[0] != CELL_SUPPRESSED) { /* noise alone may pass the threshold of 10 */
		ck_assert_int_ge(r->cells[0], 10);
		near(r->cells[0], 0, r->layers[0].t);
	}
	near(r->cells[4], 70000, r->layers[0].t);
}
END_TEST

START_TEST(a_survival_has_two_numbers_a_step)
{
	const struct source_rows rows = {
		.n = 3, .columns = 2, .at = { { 0, 500 }, { 3, 70 }, { 19, 90000 } }
	};
	const struct release *r;

	in_force(policy_with(NULL, NULL));
	r = released("q1",
		ASK_OF("survival") "cohort: {entry: {condition: [201826]}}\nevent: {death: "
				   "any}\nstep: 6 "
				   "months\n",
		&rows);
	ck_assert_uint_eq(r->kind, KIND_SURVIVAL);
	ck_assert_uint_eq(r->n_points, 20);
	ck_assert_uint_eq(r->step, 6);
	ck_assert(r->step_months);
	near(r->cells[0], 500, r->layers[0].t);
	near(r->cells[3], 70, r->layers[0].t);
	near(r->cells[5], 0, r->layers[0].t); /* may be negative */
	near(r->cells[19], 90000, r->layers[0].t);
}
END_TEST

START_TEST(an_attrition_is_added_up)
{
	const struct source_rows rows = {
		.n = 3, .columns = 2, .at = { { 0, 1000 }, { 2, 3000 }, { 1, 20000 } }
	};
	const struct release *r;

	in_force(policy_with(NULL, NULL));
	r = released("q1",
		ASK_OF("attrition") "cohort: {all: [{condition: [201826]}, {sex: 女}]}\n", &rows);
	ck_assert_uint_eq(r->kind, KIND_ATTRITION);
	ck_assert_uint_eq(r->n_points, 3);
	near(r->cells[0], 24000, 3 * r->layers[0].t);
	near(r->cells[1], 23000, 2 * r->layers[0].t);
	near(r->cells[2], 3000, r->layers[0].t);
}
END_TEST

static void break_the_generator(void)
{
	generator_fails = true;
}

/* So how long the drawing took is no part of what the database does, for no layer of no kind. */
START_TEST(all_noise_is_drawn_before_the_database_is_asked)
{
	static const struct {
		const char *question;
		int columns;
	} all[] = { { COUNT_ALL, 2 }, { BY_SEX, 2 },
		{ ASK_OF("crosstab") "group_by: [age, sex]\non: 2025-01-01\n", 2 },
		{ ASK_OF("attrition") "cohort: {all: [{sex: 女}]}\n", 2 },
		{ ASK_OF("quantile") "of: hba1c\n", 2 },
		{ ASK_OF("mean") "of: hba1c\ngroup_by: [sex]\n", 4 },
		{ ASK_OF("survival") "cohort: {entry: {condition: [201826]}}\nevent: {death: any}\n"
				     "step: 6 months\n",
			2 } };
	const struct source_rows rows = { .columns = all[_i].columns };

	in_force(policy_with(NULL, NULL));
	on_run = break_the_generator;
	ask_it("q1", all[_i].question);
	ck_assert_int_eq(jobs, 1);
	ck_assert(generator_fails);
	ends(SOURCE_ROWS, &rows, "");
	ck_assert_int_eq(last()->type, MSG_RELEASE);
}
END_TEST

START_TEST(absurd_counts_saturate)
{
	in_force(policy_with(NULL, NULL));
	ask_it("q1", COUNT_ALL);
	answers(INT64_MAX);
	ck_assert_int_eq(released_cell(last(), 0), INT64_C(1) << 62);
}
END_TEST

/* ---- what the codes stand for ---- */

#define WIDENED                                                                                    \
	"study: DM-2026-01\nkind: count\ndataset: omop\ncohort: {all: [{condition: [201826+]}]}\n"

/* One list of 412 concepts, one set of two, the tables not in order; rows in any order. */
#define FOUND                                                                                      \
	{                                                                                          \
		.n = 4, .columns = 2, .at = { { 1, 201826 }, { 0, 412 }, { 2, 0 }, { 1, 443731 } } \
	}

/* Whether a value is bound to the statement at the database. */
static bool bound(const char *value)
{
	for (int i = 0; i < job.sql->n_values; i++)
		if (strcmp(job.sql->values[i], value) == 0)
			return true;
	return false;
}

/* How many lists the last release counts; *concepts of the first. */
static uint64_t explained(uint64_t *concepts)
{
	struct view sealed = { last()->sealed, last()->sealed_len };
	struct arena arena;
	struct release r;
	uint64_t n;

	arena_init(&arena, MAX_FRAME_ARENA);
	OK(release_decode(sealed.at, sealed.len, &arena, &r, &err));
	n = r.n_codes;
	*concepts = n > 0 ? r.codes[0].concepts : 0;
	arena_clear(&arena);
	return n;
}

START_TEST(the_vocabulary_is_asked_without_patients_before_the_price_is_paid)
{
	const struct source_rows sizes = FOUND;
	uint64_t concepts;

	in_force(policy_with(NULL, NULL));
	ask_it("q1", WIDENED);
	ck_assert_ptr_nonnull(strstr(job.sql->text, "concept_ancestor"));
	ck_assert_ptr_null(strstr(job.sql->text, "person"));
	ck_assert_ptr_null(strstr(job.sql->text, "condition_occurrence"));
	ck_assert_uint_eq(spent(), 0);
	ends(SOURCE_ROWS, &sizes, "");
	ck_assert_int_eq(jobs, 2);
	ck_assert_ptr_nonnull(strstr(job.sql->text, "condition_occurrence"));
	ck_assert_ptr_null(strstr(job.sql->text, "concept_ancestor"));
	ck_assert(bound("{201826,443731}") && !job.merges);
	answers(500);
	ck_assert_int_le(llabs(released_cell(last(), 0) - 500), 460);
	ck_assert_uint_eq(explained(&concepts), 1);
	ck_assert_uint_eq(concepts, 412);
}
END_TEST

START_TEST(an_answer_leaves_without_sizes_that_cannot_be_had)
{
	const struct source_rows bad[] = { { .n = 0, .columns = 2 }, { .n = 1, .columns = 3 },
		{ .n = 2, .columns = 2, .at = { { 1, 7 }, { 2, 0 } } },
		{ .n = 2, .columns = 2, .at = { { 0, -7 }, { 2, 0 } } },
		{ .n = 2, .columns = 2, .at = { { 0, INT64_MAX }, { 2, 0 } } },
		{ .n = 2, .columns = 2, .at = { { 0, 7 }, { 2, 0 } }, .null = true },
		{ .n = 2, .columns = 2, .at = { { 0, 7 }, { 0, 7 } } },
		{ .n = 2, .columns = 2, .at = { { 2, 0 }, { 2, 0 } } },
		{ .n = 2, .columns = 2, .at = { { 0, 7 }, { 2, 2 } } },
		{ .n = 2, .columns = 2, .at = { { 0, 7 }, { 3, 0 } } },
		{ .n = 3, .columns = 2, .at = { { 0, 7 }, { 1, INT64_MAX }, { 2, 0 } } } };
	uint64_t concepts;
	char id[10];

	in_force(policy_with(NULL, NULL));
	ask_it("q", WIDENED);
	ends(SOURCE_STOPPED, NULL, "57014");
	answers(500);
	ck_assert_uint_eq(explained(&concepts), 0);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		char text[200];

		snprintf(id, sizeof(id), "q%zu", i);
		snprintf(text, sizeof(text),
			"study: DM-2026-01\nkind: count\ndataset: omop\ncohort: {all: "
			"[{condition: [201826+, %zu]}]}\n",
			i + 1);
		ask_it(id, text);
		ends(SOURCE_ROWS, &bad[i], "");
		ck_assert_ptr_nonnull(
			strstr(job.sql->text, "concept_ancestor")); /* found by itself */
		answers(500);
		ck_assert_uint_eq(explained(&concepts), 0);
	}
}
END_TEST

START_TEST(without_the_right_to_read_the_vocabulary_nothing_is_paid)
{
	in_force(policy_with(NULL, NULL));
	ask_it("q1", WIDENED);
	ends(SOURCE_ERROR, NULL, "42501");
	ck_assert_int_eq(jobs, 1);
	refused_by(0, "system:vocabulary");
	ck_assert_uint_eq(spent(), 0);
	ask_it("q2", WIDENED); /* as soon as it has the right */
	ends(SOURCE_ROWS, &(const struct source_rows)FOUND, "");
	answers(500);
	ck_assert_int_eq(last()->type, MSG_RELEASE);
}
END_TEST

#define INDEXED                                                                                    \
	"study: DM-2026-01\nkind: count\ndataset: omop\ncohort: {entry: {condition: [201826+]}}\n"

START_TEST(many_patients_are_counted_in_two_halves_side_by_side)
{
	const struct source_rows found = {
		.n = 4, .columns = 2, .at = { { 0, 1 }, { 1, 201826 }, { 2, 1 }, { 3, 488725 } }
	};
	const struct source_rows unordered = {
		.n = 4, .columns = 2, .at = { { 0, 1 }, { 1, 201826 }, { 2, 0 }, { 3, 488725 } }
	};

	in_force(policy_with(NULL, NULL));
	ask_it("q1", INDEXED);
	ends(SOURCE_ROWS, &found, "");
	ck_assert(job.sql->halves && bound("488725"));
	answers(500);
	ck_assert_int_eq(last()->type, MSG_RELEASE);
	ask_it("q2", "study: DM-2026-01\nkind: count\ndataset: omop\n"
		     "cohort: {entry: {condition: [201820+]}}\n");
	ends(SOURCE_ROWS, &unordered, "");
	ck_assert(!job.sql->halves && !bound("488725"));
	answers(500);
}
END_TEST

START_TEST(tables_in_order_are_merged)
{
	const struct source_rows found = {
		.n = 3, .columns = 2, .at = { { 0, 1 }, { 1, 201826 }, { 2, 1 } }
	};

	in_force(policy_with(NULL, NULL));
	ask_it("q1", WIDENED);
	ck_assert(!job.merges);
	ends(SOURCE_ROWS, &found, "");
	ck_assert(job.merges && bound("201826"));
	answers(500);
	ck_assert_int_eq(last()->type, MSG_RELEASE);
}
END_TEST

START_TEST(what_was_found_for_another_policy_is_found_again)
{
	struct policy_ref *next = policy_with("min_patients: 10 ", "min_patients: 11 ");

	in_force(policy_with(NULL, NULL));
	ask_it("q1", WIDENED);
	catalog_fit(next->policy);
	release_policy(pipeline, next);
	policy_drop(next);
	ends(SOURCE_ROWS, &(const struct source_rows)FOUND, "");
	catalog_comes();
	facts_come();
	ck_assert_ptr_nonnull(strstr(job.sql->text, "concept_ancestor"));
	ck_assert_ptr_null(strstr(job.sql->text, "condition_occurrence"));
	ends(SOURCE_ROWS, &(const struct source_rows)FOUND, "");
	ck_assert(bound("{201826,443731}"));
	answers(500);
	ck_assert_int_eq(last()->type, MSG_RELEASE);
}
END_TEST

START_TEST(a_question_that_ends_while_its_codes_are_counted_is_gone)
{
	const struct source_rows sizes = FOUND;

	in_force(policy_with(NULL, NULL));
	ask_it("q1", WIDENED);
	release_cancel(pipeline, "q1");
	ck_assert_int_eq(cancels, 1);
	ends(SOURCE_ROWS, &sizes, "");
	ck_assert_uint_eq(spent(), 0);
	ck_assert_int_eq(jobs, 1);
}
END_TEST

START_TEST(who_cannot_pay_gets_no_work_on_the_vocabulary)
{
	in_force(policy_with(
		"{for: \"study:DM-2026-01\", rho: 1.2,", "{for: \"study:DM-2026-01\", rho: 0.04,"));
	ask_it("q1", COUNT_ALL);
	answers(100);
	ask_it("q2", WIDENED);
	refused_by(1, "budget:study:DM-2026-01");
	ck_assert_int_eq(jobs, 1);
}
END_TEST

/* ---- asked again ---- */

START_TEST(the_same_question_is_recalled_for_nothing)
{
	struct heard first;
	uint64_t paid;

	in_force(policy_with(NULL, NULL));
	ask_it("q1", COUNT_ALL);
	answers(500);
	first = *last();
	paid = spent();
	ask_it("q2", COUNT_ALL);
	ck_assert_int_eq(n_heard, 2);
	ck_assert_int_eq(jobs, 1);
	ck_assert(last()->recalled);
	ck_assert_uint_eq(last()->cost, 0);
	ck_assert_uint_eq(last()->left, first.left);
	ck_assert_uint_eq(last()->sealed_len, first.sealed_len);
	ck_assert_int_eq(memcmp(last()->sealed, first.sealed, first.sealed_len), 0);
	ck_assert_int_eq(memcmp(last()->signature, first.signature, SIGNATURE_BYTES), 0);
	ck_assert_uint_eq(spent(), paid);
}
END_TEST

/* What came together is recalled together: nothing leaves before all of it is on disk. */
START_TEST(questions_that_come_together_are_recalled_together)
{
	in_force(policy_with(NULL, NULL));
	ask_it("q1", COUNT_ALL);
	answers(500);
	release_hold(pipeline);
	ask_it("q2", COUNT_ALL);
	ask_it("q3", COUNT_ALL);
	release_ack(pipeline, "q1");
	ck_assert_int_eq(n_heard, 1);
	turn(0); /* all that has come was read */
	ck_assert_int_eq(n_heard, 3);
	ck_assert_int_eq(jobs, 1);
	ck_assert(heard[1].recalled && heard[2].recalled);
	ck_assert_str_eq(heard[1].id, "q2");
	ck_assert_str_eq(heard[2].id, "q3");
	ck_assert(strstr(look_at("q2"), "\"state\":\"recalled\"") != NULL);
	ck_assert(strstr(look_at("q3"), "\"state\":\"recalled\"") != NULL);
	n_heard = 0;
	release_resend(pipeline); /* q1 was acknowledged among them */
	ck_assert_int_eq(n_heard, 2);
}
END_TEST

START_TEST(when_they_cannot_be_written_together_each_is_refused_and_nothing_is_kept)
{
	const struct rlimit none = { 0, RLIM_INFINITY }, all = { RLIM_INFINITY, RLIM_INFINITY };

	in_force(policy_with(NULL, NULL));
	ask_it("q1", COUNT_ALL);
	answers(500);
	release_hold(pipeline);
	ask_it("q2", COUNT_ALL);
	ask_it("q3", COUNT_ALL);
	signal(SIGXFSZ, SIG_IGN);
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &none), 0);
	turn(0); /* all that has come was read */
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &all), 0);
	ck_assert_int_eq(n_heard, 3);
	ck_assert_str_eq(heard[1].rule, "system:storage");
	ck_assert_str_eq(heard[2].rule, "system:storage");
	ask_it("q4", COUNT_ALL);
	ck_assert(last()->recalled); /* the release is as it was */
}
END_TEST

START_TEST(after_a_renewal_of_the_key_stored_releases_are_signed_with_the_new_one)
{
	struct heard first;

	in_force(policy_with(NULL, NULL));
	ask_it("q1", COUNT_ALL);
	answers(500);
	first = *last();
	EVP_PKEY_free(site_key);
	OK(identity_new_key(&site_key, &err));
	release_key(pipeline, site_key);
	ask_it("q2", COUNT_ALL);
	ck_assert(last()->recalled);
	(void)released_cell(last(), 0); /* checks the signature by the new key */
	ck_assert_int_eq(memcmp(last()->sealed, first.sealed, first.sealed_len), 0);
	ck_assert_int_ne(memcmp(last()->signature, first.signature, SIGNATURE_BYTES), 0);
	release_resend(pipeline);
	ck_assert_int_eq(n_heard, 4);
	for (int i = 2; i < n_heard; i++)
		(void)released_cell(&heard[i], 0);
}
END_TEST

START_TEST(the_same_question_waiting_behind_itself_is_recalled)
{
	in_force(policy_with(NULL, NULL));
	ask_it("q1", COUNT_ALL);
	ask_it("q2", COUNT_ALL);
	ck_assert_int_eq(n_heard, 0);
	answers(500);
	ck_assert_int_eq(n_heard, 2);
	ck_assert_int_eq(jobs, 1);
	ck_assert(heard[1].recalled && !heard[0].recalled);
}
END_TEST

START_TEST(an_id_of_old_takes_no_question_out_of_the_record)
{
	uint64_t paid;

	in_force(policy_with(NULL, NULL));
	ask_it("q1", COUNT_ALL);
	answers(500);
	ask_it("q2", COUNT_ALL); /* recalled: its id was never paid for */
	ck_assert(last()->recalled);
	paid = spent();
	OK(db_run(st.db, NULL, &err, "DELETE FROM response WHERE id = 'q2'", ""));
	ask_it("q2", COUNT_MEN);
	refused_by(n_heard - 1, "question:id");
	ck_assert_uint_eq(spent(), paid);
}
END_TEST

START_TEST(an_id_gets_one_answer)
{
	struct heard first;
	uint64_t paid;

	in_force(policy_with(NULL, NULL));
	ask_it("q1", COUNT_ALL);
	ask_it("q1", COUNT_ALL); /* under way: nothing happens */
	ck_assert_int_eq(n_heard, 0);
	ask_it("q1", COUNT_MEN);
	refused_by(0, "question:id");
	answers(500);
	first = *last();
	paid = spent();
	ask_it("q1", COUNT_ALL); /* the gateway restarted */
	ck_assert_int_eq(n_heard, 3);
	ck_assert(!last()->recalled);
	ck_assert_uint_eq(last()->cost, first.cost);
	ck_assert_int_eq(memcmp(last()->sealed, first.sealed, first.sealed_len), 0);
	ask_it("q1", COUNT_MEN);
	refused_by(3, "question:id");
	/* the same question, but somebody else's id */
	ask_as((struct asking_now){ .id = "q1", .person = "wang", .who = "wang@uni.example" });
	refused_by(4, "question:id");
	ck_assert_uint_eq(spent(), paid);
	ck_assert_int_eq(jobs, 1);
}
END_TEST

START_TEST(a_refusal_is_an_answer_too)
{
	in_force(policy_with(NULL, NULL));
	ask_as((struct asking_now){
		.id = "q1", .question = COUNT_ALL, .who = "wang@uni.example", .person = "wang" });
	answers(100);
	ask_it("q2", "study: MH-2026-02\nkind: histogram\ndataset: omop\nof: hba1c\ncohort: {all: "
		     "[{sex: 男}]}\n");
	ck_assert_int_eq(last()->type, MSG_REFUSE);
	struct heard first = *last();
	release_policy(pipeline, NULL);
	ask_it("q2", "study: MH-2026-02\nkind: histogram\ndataset: omop\nof: hba1c\ncohort: {all: "
		     "[{sex: 男}]}\n");
	ck_assert_str_eq(last()->rule, first.rule);
}
END_TEST

/* ---- who asks ---- */

START_TEST(who_did_not_sign_is_refused_and_pays_nothing)
{
	const struct asking_now wrong[] = {
		{ .id = "a", .person = "wang" },     /* another person's certificate */
		{ .id = "b", .person = "stranger" }, /* another federation's */
		{ .id = "c", .person = "office" },   /* of another role */
		{ .id = "d", .other_signature = true },
		{ .id = "e", .age_ms = INT64_C(25) * 3600 * 1000 },
		{ .id = "f", .age_ms = -INT64_C(3600) * 1000 },
	};

	in_force(policy_with(NULL, NULL));
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		ask_as(wrong[i]);
		refused_by((int)i, "requester:signature");
	}
	ck_assert_int_eq(jobs, 0);
	ck_assert_uint_eq(spent(), 0);
	/* nothing of it stays: the id is free for who does sign */
	ask_it("d", COUNT_ALL);
	ck_assert_int_eq(jobs, 1);
}
END_TEST

START_TEST(a_revoked_person_is_refused_from_then_on)
{
	struct text pem;
	char serial[64];
	X509 *cert;

	in_force(policy_with(NULL, NULL));
	ask_it("q1", COUNT_ALL);
	answers(100);
	read_file("li", ".pem", &pem);
	OK(identity_cert_read_pem(&cert, pem.at, pem.len, &err));
	fed_write("revoked", "", fed_serial(cert, serial), 0644);
	ask_it("q2", COUNT_ALL);
	refused_by(1, "requester:signature");
	fed_write("revoked", "", "this is no list\n", 0644);
	ask_as((struct asking_now){ .id = "q3", .person = "wang", .who = "wang@uni.example" });
	refused_by(2, "requester:signature");
	X509_free(cert);
	text_clear(&pem);
}
END_TEST

START_TEST(what_is_not_canonical_is_refused)
{
	static const char *const spelt[] = { "", "{}", "not json", "{\"kind\":\"count\"}",
		"{ \"cohort\":{},\"dataset\":\"omop\",\"kind\":\"count\",\"study\":\"DM-2026-01\"}",
		"\xff\xfe", "[[[[[[[[[[[[[[[[" };

	in_force(policy_with(NULL, NULL));
	for (size_t i = 0; i < sizeof(spelt) / sizeof(spelt[0]); i++) {
		ask_as((struct asking_now){ .id = "q1", .spelt = spelt[i] });
		refused_by((int)i, "question:form");
	}
	ck_assert_uint_eq(spent(), 0);
}
END_TEST

/* ---- refused before it is paid ---- */

START_TEST(what_the_policy_denies_names_its_rule_and_costs_nothing)
{
	in_force(policy_with(NULL, NULL));
	ask_it("q1", "study: NO-1\nkind: count\ndataset: omop\ncohort: {all: [{sex: 男}]}\n");
	refused_by(0, "default:not-listed");
	ck_assert_int_eq((int)last()->state, REFUSE_RULE);
	ck_assert_int_eq(jobs, 0);
	ck_assert_uint_eq(spent(), 0);
}
END_TEST

START_TEST(without_a_policy_everything_is_refused)
{
	ask_it("q1", COUNT_ALL);
	refused_by(0, "policy:valid");
}
END_TEST

START_TEST(an_exhausted_budget_refuses_before_the_database_is_asked)
{
	in_force(policy_with(
		"{for: \"study:DM-2026-01\", rho: 1.2,", "{for: \"study:DM-2026-01\", rho: 0.04,"));
	ask_it("q1", COUNT_ALL);
	answers(100);
	ask_it("q2", COUNT_MEN);
	refused_by(1, "budget:study:DM-2026-01");
	ck_assert_int_eq(jobs, 1);
	/* what was released is still there for who asks again */
	ask_it("q3", COUNT_ALL);
	ck_assert(last()->recalled);
}
END_TEST

START_TEST(a_broken_record_refuses_everything)
{
	in_force(policy_with(NULL, NULL));
	memcpy(st.broken, "damaged", 8);
	ask_it("q1", COUNT_ALL);
	refused_by(0, "system:ledger");
	ck_assert_int_eq((int)last()->state, REFUSE_FAILED);
}
END_TEST

START_TEST(a_full_disk_refuses_before_the_database_is_asked)
{
	const struct rlimit none = { 0, RLIM_INFINITY }, all = { RLIM_INFINITY, RLIM_INFINITY };

	signal(SIGXFSZ, SIG_IGN);
	in_force(policy_with(NULL, NULL));
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &none), 0);
	ask_it("q1", COUNT_ALL);
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &all), 0);
	refused_by(0, "system:storage");
	ck_assert_int_eq(jobs, 0);
	ck_assert_uint_eq(spent(), 0);
	ask_it("q2", COUNT_ALL);
	ck_assert_int_eq(jobs, 1);
}
END_TEST

START_TEST(a_database_that_is_away_refuses_and_costs_nothing)
{
	in_force(policy_with(NULL, NULL));
	ask_it("q1", COUNT_ALL);
	answers(100);
	ready = connected = false;
	word = "down";
	ask_it("q2", COUNT_MEN);
	refused_by(1, "system:database");
	/* what was released needs no database */
	ask_it("q3", COUNT_ALL);
	ck_assert(last()->recalled);
}
END_TEST

START_TEST(while_the_code_rules_are_not_expanded_nothing_is_answered)
{
	struct policy_ref *r = policy_with(NULL, NULL);

	catalog_fit(r->policy);
	release_policy(pipeline, r);
	policy_drop(r);
	catalog_comes();
	ask_it("q1", COUNT_ALL);
	ck_assert_int_eq(n_heard, 0); /* they are on their way */
	ends(SOURCE_ERROR, NULL, "42501");
	refused_by(0, "policy:codes");
	ask_it("q2", COUNT_ALL);
	refused_by(1, "policy:codes");
	ck_assert_int_eq(jobs, 0);
}
END_TEST

START_TEST(a_code_below_a_red_one_is_refused_by_the_sites_vocabulary)
{
	facts_rows[0][0] = 1, facts_rows[0][1] = 439727, facts_rows[0][2] = 4242;
	n_facts = 1;
	in_force(policy_with(NULL, NULL));
	ask_it("q1", "study: DM-2026-01\nkind: count\ndataset: omop\ncohort: {all: [{condition: "
		     "[4242]}]}\n");
	refused_by(0, "code:hiv");
}
END_TEST

START_TEST(noise_that_cannot_be_drawn_costs_nothing)
{
	in_force(policy_with(NULL, NULL));
	generator_fails = true;
	ask_it("q1", COUNT_ALL);
	refused_by(0, "system:noise");
	ck_assert_int_eq(jobs, 0);
	ck_assert_uint_eq(spent(), 0);
}
END_TEST

/* This way shows a hospital's own numbers. */
START_TEST(a_question_for_a_sum_is_not_answered_outside_of_one)
{
	in_force(policy_with("secure_aggregation: off", "secure_aggregation: preferred"));
	ask_it("q1", COUNT_ALL "mode: secure\n");
	refused_by(0, "release:secure_aggregation");
	ck_assert_int_eq(jobs, 0);
	ck_assert_uint_eq(spent(), 0);
	in_force(policy_with(NULL, NULL));
	ask_it("q2", COUNT_MEN "mode: secure\n");
	refused_by(1, "release:secure_aggregation");
}
END_TEST

START_TEST(more_than_the_queue_takes_is_refused_as_busy)
{
	char id[16], question[300];

	in_force(policy_with(NULL, NULL));
	for (int i = 0; i <= RELEASE_WAITING_MAX; i++) { /* one runs */
		snprintf(id, sizeof(id), "q%d", i);
		snprintf(question, sizeof(question),
			"study: DM-2026-01\nkind: count\ndataset: omop\ncohort: {all: [{condition: "
			"[%d]}]}\n",
			1000 + i);
		ask_it(id, question);
	}
	ck_assert_int_eq(n_heard, 0);
	ask_it("more", COUNT_MEN);
	refused_by(0, "system:busy");
	ck_assert_int_eq((int)last()->state, REFUSE_FAILED);
	answers(1000);
	ck_assert_int_eq(jobs, 2);
	ask_it("now", COUNT_MEN);
	ck_assert_int_eq(n_heard, 2);
}
END_TEST

/* A gateway may pass one question on under ever new ids, and paced answers all wait for their time. */
START_TEST(answers_that_are_kept_back_are_bounded)
{
	char id[16];

	in_force(policy_with("timing: paced", "timing: strict"));
	ask_as((struct asking_now){ .id = "q", .deadline_ms = 600000 });
	answers(500);
	for (int i = 1; i < RELEASE_ALL_MAX; i++) {
		snprintf(id, sizeof(id), "r%d", i);
		ask_as((struct asking_now){ .id = id, .deadline_ms = 600000 });
	}
	ck_assert_int_eq(n_heard, 0);
	ask_as((struct asking_now){ .id = "more", .deadline_ms = 600000 });
	refused_by(0, "system:busy");
	line = false; /* more of them than this test hears */
	turn(310000);
	line = true;
	ask_as((struct asking_now){ .id = "now", .deadline_ms = 600000 });
	turn(310000);
	ck_assert_int_eq(n_heard, 2);
	ck_assert(last()->recalled);
}
END_TEST

/* ---- failed after it was paid ---- */

static void paid_and_refused(const char *rule, enum refuse_state state)
{
	char id[MAX_ID + 1];
	struct hash32 hash;
	uint64_t paid = spent();

	refused_by(0, rule);
	ck_assert_int_eq((int)last()->state, (int)state);
	ck_assert_uint_gt(paid, 0);
	ck_assert_int_eq(ledger_unsettled(st.ledger, id, &hash, &err), 0);
	/* the id keeps its answer, the question can be paid for again */
	ask_it("q1", COUNT_ALL);
	ck_assert_int_eq(n_heard, 2);
	ck_assert_str_eq(last()->rule, rule);
	if (has_job) /* the cancelled statement ends */
		ends(SOURCE_STOPPED, NULL, "57014");
	ask_it("q2", COUNT_ALL);
	answers(1000);
	ck_assert_int_eq(last()->type, MSG_RELEASE);
	ck_assert_uint_eq(spent(), 2 * paid);
}

START_TEST(a_statement_that_fails_stays_paid)
{
	in_force(policy_with(NULL, NULL));
	ask_it("q1", COUNT_ALL);
	ends(SOURCE_ERROR, NULL, "XX001");
	paid_and_refused("system:statement", REFUSE_FAILED);
}
END_TEST

START_TEST(a_table_that_lost_its_index_is_looked_at_again)
{
	in_force(policy_with(NULL, NULL));
	ask_it("q1", COUNT_ALL);
	ends(SOURCE_ERROR, NULL, SQL_NOT_UNIQUE);
	ck_assert_int_eq(last()->type, MSG_REFUSE);
	ask_it("q2", COUNT_MEN);
	ck_assert_int_eq(jobs, 1); /* not before the facts are there */
	facts_come();
	ck_assert_int_eq(jobs, 2);
	answers(1000);
	ck_assert_int_eq(last()->type, MSG_RELEASE);
}
END_TEST

START_TEST(a_connection_lost_on_the_way_stays_paid)
{
	in_force(policy_with(NULL, NULL));
	ask_it("q1", COUNT_ALL);
	ends(SOURCE_LOST, NULL, "");
	paid_and_refused("system:database", REFUSE_FAILED);
}
END_TEST

START_TEST(rows_of_another_form_release_nothing)
{
	static struct source_rows wrong[] = {
		{ .n = 1, .columns = 1, .at = { { 0, 5 } } },
		{ .n = 1, .columns = 3, .at = { { 0, 5 } } },
		{ .n = 1, .columns = 2, .at = { { -1, 5 } } },
		{ .n = 1, .columns = 2, .at = { { 1, 5 } } },
		{ .n = 1, .columns = 2, .at = { { 0, -5 } } },
		{ .n = 2, .columns = 2, .at = { { 0, 5 }, { 0, 5 } } },
		{ .n = 1, .columns = 2, .at = { { 0, 5 } }, .null = true },
	};

	in_force(policy_with(NULL, NULL));
	ask_it("q1", COUNT_ALL);
	ends(SOURCE_ROWS, &wrong[_i], "");
	paid_and_refused("system:statement", REFUSE_FAILED);
}
END_TEST

START_TEST(a_running_question_that_is_cancelled_stays_paid)
{
	in_force(policy_with(NULL, NULL));
	ask_it("q1", COUNT_ALL);
	release_cancel(pipeline, "unknown");
	release_cancel(pipeline, "q1");
	ck_assert_int_eq(cancels, 1);
	paid_and_refused("", REFUSE_CANCELLED);
}
END_TEST

START_TEST(a_running_question_past_its_deadline_stays_paid)
{
	in_force(policy_with(NULL, NULL));
	ask_as((struct asking_now){ .id = "q1", .deadline_ms = 100 });
	turn(120);
	ck_assert_int_eq(cancels, 1);
	paid_and_refused("", REFUSE_TIMED_OUT);
}
END_TEST

START_TEST(a_waiting_question_is_cancelled_or_late_for_nothing)
{
	in_force(policy_with(NULL, NULL));
	ask_it("q1", COUNT_ALL);
	uint64_t paid = spent();
	ask_it("q2", COUNT_MEN);
	ask_as((struct asking_now){ .id = "q3", .question = BY_SEX, .deadline_ms = 60 });
	release_cancel(pipeline, "q2");
	refused_by(0, "");
	ck_assert_int_eq((int)last()->state, REFUSE_CANCELLED);
	turn(80);
	ck_assert_int_eq(n_heard, 2);
	ck_assert_int_eq((int)last()->state, REFUSE_TIMED_OUT);
	ck_assert_uint_eq(spent(), paid);
}
END_TEST

/* ---- timing ---- */

START_TEST(paced_answers_leave_at_a_step_of_the_clock)
{
	int64_t began;

	in_force(policy_with("timing: paced", "timing: paced"));
	began = clock_mono_ms();
	ask_it("q1", COUNT_ALL);
	answers(100);
	ck_assert_int_eq(n_heard, 0);
	turn(90);
	ck_assert_int_eq(n_heard, 1);
	ck_assert_int_ge(last()->at_ms - began, 50);
	/* a failure after payment is no faster */
	began = clock_mono_ms();
	ask_it("q2", COUNT_MEN);
	ends(SOURCE_ERROR, NULL, "XX001");
	ck_assert_int_eq(n_heard, 1);
	turn(90);
	ck_assert_int_eq(n_heard, 2);
	ck_assert_int_ge(last()->at_ms - began, 50);
	/* an unpaid refusal tells nothing of the data */
	ask_it("q3", "study: NO-1\nkind: count\ndataset: omop\ncohort: {all: [{sex: 男}]}\n");
	ck_assert_int_eq(n_heard, 3);
}
END_TEST

START_TEST(strict_answers_take_their_time_and_show_no_failure)
{
	struct response r;
	struct arena arena;

	in_force(policy_with("timing: paced", "timing: strict"));
	ask_as((struct asking_now){ .id = "q0", .deadline_ms = 5000 });
	refused_by(0, "release:timing");
	ask_as((struct asking_now){ .id = "q1", .deadline_ms = 6000 });
	ends(SOURCE_ERROR, NULL, "XX001");
	turn(30);
	ck_assert_int_eq(n_heard, 1);
	/* settled as any answer: noise around zero */
	arena_init(&arena, MAX_FRAME_ARENA);
	ck_assert_int_eq(responses_find(st.db, "q1", &arena, &r, &err), 1);
	ck_assert_int_eq(r.frame.at[4], MSG_RELEASE);
	arena_clear(&arena);
	/* what waits for its time is not resent before it */
	release_resend(pipeline);
	ck_assert_int_eq(n_heard, 2); /* the refusal alone */
	turn(5100);
	ck_assert_int_eq(n_heard, 3);
	ck_assert_int_eq(last()->type, MSG_RELEASE);
	released_cell(last(), 0);
}
END_TEST

/* ---- the line and the end ---- */

START_TEST(what_could_not_be_sent_goes_out_after_the_next_welcome)
{
	in_force(policy_with(NULL, NULL));
	line = false;
	ask_it("q1", COUNT_ALL);
	answers(1000);
	ck_assert_int_eq(n_heard, 0);
	line = true;
	release_resend(pipeline);
	ck_assert_int_eq(n_heard, 1);
	released_cell(last(), 0);
	release_ack(pipeline, "q1");
	release_resend(pipeline);
	ck_assert_int_eq(n_heard, 1);
}
END_TEST

START_TEST(what_a_crash_left_is_spent_and_answered_as_stopped)
{
	struct response r;
	struct arena arena;
	uint64_t paid;

	in_force(policy_with(NULL, NULL));
	ask_it("q1", COUNT_ALL);
	paid = spent();
	ck_assert_uint_gt(paid, 0);
	release_free(pipeline); /* without a word */
	state_close(&st);
	state_up();
	pipeline_up();
	ck_assert_uint_eq(spent(), paid);
	arena_init(&arena, MAX_FRAME_ARENA);
	ck_assert_int_eq(responses_find(st.db, "q1", &arena, &r, &err), 1);
	arena_clear(&arena);
	ck_assert(strstr(look_at("q1"), "\"state\":\"failed\"") != NULL);
	text_clear(&kept);
	release_resend(pipeline);
	refused_by(0, "system:stopped");
	in_force(policy_with(NULL, NULL));
	ask_it("q1", COUNT_ALL);
	refused_by(1, "system:stopped");
	ck_assert_int_eq(jobs, 1);
	ck_assert(!state_broken(&st));
}
END_TEST

START_TEST(a_stop_settles_what_runs_and_forgets_what_waits)
{
	struct response r;
	struct arena arena;

	in_force(policy_with(NULL, NULL));
	ask_it("q1", COUNT_ALL);
	ask_it("q2", COUNT_MEN);
	release_stop(pipeline);
	ck_assert_int_eq(cancels, 1);
	refused_by(0, "system:stopped");
	arena_init(&arena, MAX_FRAME_ARENA);
	ck_assert_int_eq(responses_find(st.db, "q2", &arena, &r, &err), 0);
	ck_assert_int_eq(ledger_held(st.ledger, "q2", &err), 0);
	arena_clear(&arena);
}
END_TEST

START_TEST(a_question_that_waits_is_decided_again_by_a_new_policy)
{
	struct policy_ref *r;

	in_force(policy_with(NULL, NULL));
	ask_it("q1", COUNT_ALL);
	ask_it("q2", COUNT_MEN);
	r = policy_with("requesters: {li@renmin.example: analyst, wang@uni.example: viewer}",
		"requesters: {wang@uni.example: viewer}");
	release_policy(pipeline, r);
	policy_drop(r);
	answers(1000); /* by the policy it was decided by */
	ck_assert_int_eq(heard[0].type, MSG_RELEASE);
	catalog_comes();
	facts_come();
	ck_assert_int_eq(n_heard, 2);
	ck_assert_int_eq(last()->type, MSG_REFUSE);
	ck_assert_str_eq(last()->rule, "study:DM-2026-01.requesters");
	ck_assert_int_eq(jobs, 1);
}
END_TEST

/* ---- drift ---- */

/* The connection is made again: what holds of the one before holds no more. */
static void connected_again(void)
{
	session++;
	database.calls->on_change(database.arg);
}

START_TEST(the_database_is_compared_before_anything_is_decided)
{
	struct policy_ref *r = policy_with(NULL, NULL);

	catalog_fit(r->policy);
	release_policy(pipeline, r);
	policy_drop(r);
	ask_it("q1", COUNT_ALL);
	catalog_comes();
	ck_assert_int_eq(jobs, 0); /* nor without the code rules */
	facts_come();
	ck_assert_int_eq(jobs, 1);
	answers(1000);
	ck_assert_int_eq(last()->type, MSG_RELEASE);
}
END_TEST

START_TEST(without_a_comparison_every_question_is_refused)
{
	struct policy_ref *r = policy_with(NULL, NULL);
	struct source_rows none = { .columns = 3 };

	release_policy(pipeline, r);
	policy_drop(r);
	ends(SOURCE_ERROR, NULL, "42501");
	facts_come();
	ask_it("q1", COUNT_ALL);
	refused_by(0, "drift:unknown");
	turn(16000);
	ends(SOURCE_ROWS, &none, ""); /* no rows of a catalog */
	ask_it("q2", COUNT_ALL);
	refused_by(1, "drift:unknown");
	ck_assert_uint_eq(spent(), 0);
	ck_assert_int_eq(jobs, 0);
}
END_TEST

START_TEST(what_drifted_is_refused_until_it_is_mended)
{
	in_force(policy_with(NULL, NULL));
	catalog_row("6", "cdm", "condition_occurrence", "one_more")->t[5] = "readable";
	connected_again();
	ask_it("q1", COUNT_ALL);
	ck_assert_int_eq(n_heard, 0); /* it waits for the comparison */
	catalog_comes();
	refused_by(0, "drift:cdm.condition_occurrence");
	ck_assert_ptr_null(strstr(last()->rule, "one_more"));
	ask_it("q2", COUNT_MEN); /* reads another table */
	ck_assert_int_eq(jobs, 1);
	answers(1000);
	ck_assert_int_eq(last()->type, MSG_RELEASE);
	uint64_t before = spent();
	ask_it("q3", COUNT_ALL);
	refused_by(2, "drift:cdm.condition_occurrence");
	ck_assert_uint_eq(spent(), before);

	catalog_row("6", "cdm", "condition_occurrence", "one_more")->t[5] = NULL;
	turn(16000); /* looked at again by itself */
	catalog_comes();
	ask_it("q4", COUNT_ALL);
	answers(1000);
	ck_assert_int_eq(last()->type, MSG_RELEASE);
}
END_TEST

START_TEST(not_even_a_stored_answer_is_shown_while_its_table_drifted)
{
	in_force(policy_with(NULL, NULL));
	ask_it("q1", COUNT_ALL);
	answers(1000);
	catalog_row("5", "cdm", "person", NULL)->t[5] = "usage,whole,any,listed";
	connected_again();
	catalog_comes();
	ask_it("q2", COUNT_ALL);
	refused_by(1, "drift:cdm.person");
}
END_TEST

START_TEST(a_role_with_more_power_closes_everything)
{
	in_force(policy_with(NULL, NULL));
	catalog_row("2", NULL, NULL, NULL)->t[2] = "bypassrls";
	connected_again();
	catalog_comes();
	ask_it("q1", COUNT_MEN);
	refused_by(0, "drift:role");
	ck_assert_str_eq(drift_watch_refusing(pipeline), "drift:role");
	ck_assert_int_eq(jobs, 0);
}
END_TEST

START_TEST(a_question_that_waited_is_refused_when_the_database_drifts_meanwhile)
{
	in_force(policy_with(NULL, NULL));
	ask_it("q1", COUNT_MEN);
	ask_it("q2", COUNT_ALL); /* allowed, behind the first */
	catalog_row("6", "cdm", "condition_occurrence", "one_more")->t[5] = "readable";
	session++;
	ends(SOURCE_LOST, NULL, "");
	ck_assert_int_eq(jobs, 1); /* not run over a connection nobody has looked at */
	catalog_comes();
	ck_assert_int_eq(jobs, 1);
	ck_assert_str_eq(last()->rule, "drift:cdm.condition_occurrence");
}
END_TEST

START_TEST(the_database_is_compared_every_hour_and_an_old_comparison_ends)
{
	in_force(policy_with(NULL, NULL));
	turn(1000);
	ck_assert(!has_job);
	mono_ms += 3600000;
	turn(1000);
	ck_assert(has_job && strstr(job.sql->text, "aclexplode") != NULL);
	ends(SOURCE_ERROR, NULL, "57014");
	ask_it("q1", COUNT_ALL); /* the older one still holds */
	answers(1000);
	ck_assert_int_eq(last()->type, MSG_RELEASE);
	mono_ms += 3600000;
	turn(1000);
	ends(SOURCE_ERROR, NULL, "57014");
	ask_it("q2", COUNT_MEN);
	ck_assert_str_eq(last()->rule, "drift:unknown");
	mono_ms -= 7200000; /* the test library measures tests by this clock too */
}
END_TEST

/* ---- quotes ---- */

static struct msg_quoted quoted;

static void quote(const char *who, const char *study, const char *yaml)
{
	struct msg_quote q = { .id = "p1" };
	struct text t;

	text_init(&t, MAX_QUESTION_BYTES);
	if (yaml != NULL)
		canonical(yaml, &t);
	ck_assert(text_copy(q.requester, sizeof(q.requester), who));
	ck_assert(text_copy(q.study, sizeof(q.study), study));
	q.question = (struct view){ (const uint8_t *)t.at, t.len };
	release_quote(pipeline, &q, &quoted);
	text_clear(&t);
}

START_TEST(a_quote_tells_the_price_and_spends_nothing)
{
	in_force(policy_with(NULL, NULL));
	quote("li@renmin.example", "DM-2026-01", COUNT_ALL);
	ck_assert(quoted.allowed && !quoted.recalled);
	ck_assert_uint_eq(quoted.count, 3);
	ck_assert_str_eq(quoted.accounts[0].name, "study:DM-2026-01");
	ck_assert_uint_gt(quoted.accounts[0].cost, 0);
	ck_assert_uint_eq(quoted.accounts[0].left, quoted.accounts[0].cap);
	ck_assert_uint_eq(spent(), 0);
	ck_assert_int_eq(jobs, 0);
	uint64_t cost = quoted.accounts[0].cost;
	ask_it("q1", COUNT_ALL);
	answers(1000);
	ck_assert_uint_eq(last()->cost, cost);
	quote("li@renmin.example", "DM-2026-01", COUNT_ALL);
	ck_assert(quoted.allowed && quoted.recalled);
	ck_assert_uint_eq(quoted.accounts[0].cost, 0);
	ck_assert_uint_eq(quoted.accounts[0].left, quoted.accounts[0].cap - cost);
	quote("li@renmin.example", "DM-2026-01", NULL);
	ck_assert(quoted.allowed);
	ck_assert_uint_eq(quoted.count, 3);
	ck_assert_uint_eq(quoted.accounts[0].left, quoted.accounts[0].cap - cost);
	ck_assert_uint_eq(quoted.accounts[0].cost, cost); /* what one more count would cost */
}
END_TEST

START_TEST(what_is_left_is_told_too_where_sums_have_no_noise)
{
	in_force(policy_with("noise: gaussian                  # 离散高斯噪声 / discrete Gaussian "
			     "noise\n  rho: 0.0244 ",
		"noise: off\n  dominance: [2, 0.90] "));
	quote("li@renmin.example", "DM-2026-01", NULL);
	ck_assert(quoted.allowed);
	ck_assert_uint_eq(quoted.count, 3);
	ck_assert_uint_eq(quoted.accounts[0].left, quoted.accounts[0].cap);
}
END_TEST

/* ---- earlier questions ---- */

#define COUNT_OLDER COUNT_ALL_BUT("during: 2020-01-01..2020-12-31")
#define COUNT_ALL_BUT(key)                                                                         \
	"study: DM-2026-01\nkind: count\ndataset: omop\ncohort: {all: [{condition: [201826], " key \
	"}]}\n"

/* What the last answer names, in the given release's memory. */
static const struct release *told_last(struct arena *a)
{
	struct release *r = arena_alloc(a, sizeof(*r));

	ck_assert_ptr_nonnull(r);
	ck_assert_int_eq(last()->type, MSG_RELEASE);
	OK(release_decode(last()->sealed, last()->sealed_len, a, r, &err));
	return r;
}

static uint64_t audited_similar(void)
{
	struct stmt *s;
	uint64_t n = 0;

	OK(db_query(st.db, &s, &err, "SELECT count(*) FROM audit WHERE kind = 'similar'", ""));
	ck_assert_int_eq(stmt_step(s, &err), 1);
	n = (uint64_t)stmt_int(s, 0);
	stmt_end(s);
	return n;
}

START_TEST(an_answer_names_the_earlier_question_it_is_nearly_the_same_as)
{
	struct arena a;
	const struct release *r;
	uint64_t cost;

	arena_init(&a, MAX_FRAME_ARENA);
	in_force(policy_with(NULL, NULL));
	ask_it("q1", COUNT_ALL);
	answers(1000);
	ck_assert_uint_eq(told_last(&a)->n_similar, 0);
	cost = told_last(&a)->cost_prho;
	quote("li@renmin.example", "DM-2026-01", COUNT_OLDER);
	ck_assert(quoted.allowed);
	ck_assert_uint_eq(quoted.n_similar, 1);
	ck_assert_str_eq(quoted.similar[0].id, "q1");
	ask_it("q2", COUNT_OLDER);
	answers(900);
	r = told_last(&a);
	ck_assert_uint_eq(r->n_similar, 1);
	ck_assert_str_eq(r->similar[0].id, "q1");
	ck_assert_uint_eq(r->similar[0].n_edits, 1);
	ck_assert_str_eq(r->similar[0].edits[0].path, "cohort.all[0].during");
	ck_assert_uint_eq(r->similar[0].rho, 2 * cost);
	/* 2 * 0.02381 of rho are 1.44 of epsilon at 1e-6 */
	ck_assert_uint_eq(r->similar[0].delta, UINT64_C(1000000000000));
	ck_assert_uint_gt(r->similar[0].epsilon, UINT64_C(1400000000000));
	ck_assert_uint_lt(r->similar[0].epsilon, UINT64_C(1480000000000));
	ck_assert_mem_eq(&quoted.similar[0], &r->similar[0], sizeof(r->similar[0]));
	ck_assert_uint_eq(audited_similar(), 1);
	arena_clear(&a);
}
END_TEST

START_TEST(the_nearest_are_named_and_never_more_than_three)
{
	static const char *const more[] = { "during: 2020-01-01..2020-12-31",
		"during: 2020-01-01..2021-12-31", "during: 2020-01-01..2022-12-31",
		"during: 2020-01-01..2023-12-31" };
	struct arena a;
	const struct release *r;
	char id[16];

	arena_init(&a, MAX_FRAME_ARENA);
	in_force(policy_with(NULL, NULL));
	ask_it("far", COUNT_MEN "group_by: [sex]\n");
	answers(5);
	ask_it("q9", COUNT_ALL "group_by: [sex]\n");
	answers(5);
	for (int i = 0; i < 4; i++) {
		static char yaml[400];

		snprintf(yaml, sizeof(yaml), COUNT_ALL_BUT("%s"), more[i]);
		snprintf(id, sizeof(id), "q%d", i);
		ask_it(id, yaml);
		answers(100);
	}
	r = told_last(&a);
	ck_assert_uint_eq(r->n_similar, 3);
	/* one edit away: the latest first; q9 is two */
	ck_assert_str_eq(r->similar[0].id, "q2");
	ck_assert_str_eq(r->similar[1].id, "q1");
	ck_assert_str_eq(r->similar[2].id, "q0");
	arena_clear(&a);
}
END_TEST

/* A recalled answer is the same one; one under another policy is the same question, answered twice. */
START_TEST(the_same_question_is_named_only_when_it_is_answered_anew)
{
	struct arena a;
	const struct release *r;

	arena_init(&a, MAX_FRAME_ARENA);
	in_force(policy_with(NULL, NULL));
	ask_it("q1", COUNT_ALL);
	answers(1000);
	ask_it("q2", COUNT_ALL);
	ck_assert(last()->recalled);
	ck_assert_uint_eq(told_last(&a)->n_similar, 0);
	ck_assert_uint_eq(audited_similar(), 0);
	in_force(policy_with("version: 1 ", "version: 2 "));
	ask_it("q3", COUNT_ALL);
	answers(1000);
	r = told_last(&a);
	ck_assert_uint_eq(r->n_similar, 1);
	ck_assert_str_eq(r->similar[0].id, "q1");
	ck_assert_uint_eq(r->similar[0].n_edits, 0);
	arena_clear(&a);
}
END_TEST

/* Else who asks could see how a question ended. */
START_TEST(a_question_that_was_paid_counts_however_it_ended)
{
	struct arena a;

	arena_init(&a, MAX_FRAME_ARENA);
	in_force(policy_with(NULL, NULL));
	ask_it("q1", COUNT_ALL);
	ends(SOURCE_ERROR, NULL, "22003");
	ck_assert_int_eq(last()->type, MSG_REFUSE);
	ask_it("q2", COUNT_OLDER);
	answers(900);
	ck_assert_uint_eq(told_last(&a)->n_similar, 1);
	ask_it("q3", "study: DM-2026-01\nkind: count\ndataset: omop\ncohort: {all: [{condition: "
		     "[201826]}]}\ngroup_by: [nothing]\n");
	ck_assert_int_eq(last()->type, MSG_REFUSE);
	ask_it("q4", COUNT_ALL_BUT("during: 2021-01-01..2021-12-31"));
	answers(900);
	ck_assert_uint_eq(told_last(&a)->n_similar, 2); /* what was refused is none */
	arena_clear(&a);
}
END_TEST

START_TEST(more_than_the_policy_allows_that_are_nearly_the_same_are_refused_unpaid)
{
	uint64_t paid;
	int before;

	in_force(policy_with("round_to: 1", "max_similar: 1\n  round_to: 1"));
	ask_it("q1", COUNT_ALL);
	answers(1000);
	paid = spent();
	before = n_heard;
	quote("li@renmin.example", "DM-2026-01", COUNT_OLDER);
	ck_assert(!quoted.allowed);
	ck_assert_str_eq(quoted.rule, "release:max_similar");
	ck_assert_str_eq(quoted.similar[0].id, "q1");
	ask_it("q2", COUNT_OLDER);
	refused_by(before, "release:max_similar");
	ck_assert_uint_eq(spent(), paid);
	ask_it("q3", COUNT_ALL); /* the same is given again */
	ck_assert(last()->recalled);
	ask_it("q4", COUNT_MEN); /* and another is another */
	answers(5);
	ck_assert_int_eq(last()->type, MSG_RELEASE);
	in_force(policy_with("round_to: 1", "max_similar: 2\n  round_to: 1"));
	ask_it("q5", COUNT_ALL); /* the same once more is no other */
	answers(1000);
	ck_assert_int_eq(last()->type, MSG_RELEASE);
}
END_TEST

/* The study of a row is put in by hand: the example's other study asks nothing that is alike. */
START_TEST(a_question_of_another_study_is_for_the_audit_alone)
{
	struct arena a;

	arena_init(&a, MAX_FRAME_ARENA);
	in_force(policy_with(NULL, NULL));
	ask_it("q1", COUNT_ALL);
	answers(1000);
	OK(db_run(st.db, NULL, &err, "UPDATE mark SET study = 'OTHER'", ""));
	quote("li@renmin.example", "DM-2026-01", COUNT_OLDER);
	ck_assert_uint_eq(quoted.n_similar, 0);
	ask_it("q2", COUNT_OLDER);
	answers(900);
	ck_assert_uint_eq(told_last(&a)->n_similar, 0);
	ck_assert_uint_eq(audited_similar(), 1);
	arena_clear(&a);
}
END_TEST

START_TEST(a_question_that_cannot_be_compared_is_refused_unpaid)
{
	in_force(policy_with(NULL, NULL));
	OK(db_run(st.db, NULL, &err, "DROP TABLE mark", ""));
	ask_it("q1", COUNT_ALL);
	refused_by(0, "system:storage");
	ck_assert_uint_eq(spent(), 0);
	ck_assert_int_eq(jobs, 0);
}
END_TEST

START_TEST(a_quote_refuses_as_the_question_would_be)
{
	quote("li@renmin.example", "DM-2026-01", COUNT_ALL);
	ck_assert(!quoted.allowed);
	ck_assert_str_eq(quoted.rule, "policy:valid");
	in_force(policy_with(NULL, NULL));
	quote("nobody@x.example", "DM-2026-01", COUNT_ALL);
	ck_assert(!quoted.allowed);
	ck_assert_str_eq(quoted.rule, "study:DM-2026-01.requesters");
	quote("nobody@x.example", "DM-2026-01", NULL);
	ck_assert(!quoted.allowed && quoted.count == 0);
	quote("li@renmin.example", "NO-1", NULL);
	ck_assert(!quoted.allowed && quoted.say_zh[0] != '\0');
}
END_TEST

int main(void)
{
	const TTest *const tests[] = { every_pair_of_state_and_event_is_as_specified,
		every_way_out_of_a_paid_question_settles_it,
		the_price_is_on_disk_before_the_database_is_asked,
		an_answer_is_noisy_signed_settled_stored_and_audited,
		what_was_decided_is_kept_with_what_became_of_it,
		below_the_threshold_nothing_is_released,
		a_release_says_in_which_multiples_it_is_to_be_shown,
		a_mean_has_three_layers_each_with_its_noise,
		a_mean_of_sums_that_nobody_has_releases_nothing,
		quantiles_and_crosstabs_have_their_cells, a_survival_has_two_numbers_a_step,
		an_attrition_is_added_up,
		the_vocabulary_is_asked_without_patients_before_the_price_is_paid,
		who_cannot_pay_gets_no_work_on_the_vocabulary,
		an_answer_leaves_without_sizes_that_cannot_be_had,
		without_the_right_to_read_the_vocabulary_nothing_is_paid,
		tables_in_order_are_merged, many_patients_are_counted_in_two_halves_side_by_side,
		what_was_found_for_another_policy_is_found_again,
		a_question_that_ends_while_its_codes_are_counted_is_gone, absurd_counts_saturate,
		the_same_question_is_recalled_for_nothing,
		questions_that_come_together_are_recalled_together,
		when_they_cannot_be_written_together_each_is_refused_and_nothing_is_kept,
		after_a_renewal_of_the_key_stored_releases_are_signed_with_the_new_one,
		the_same_question_waiting_behind_itself_is_recalled, an_id_gets_one_answer,
		an_id_of_old_takes_no_question_out_of_the_record, a_refusal_is_an_answer_too,
		who_did_not_sign_is_refused_and_pays_nothing,
		a_revoked_person_is_refused_from_then_on, what_is_not_canonical_is_refused,
		what_the_policy_denies_names_its_rule_and_costs_nothing,
		without_a_policy_everything_is_refused,
		an_exhausted_budget_refuses_before_the_database_is_asked,
		a_broken_record_refuses_everything,
		a_full_disk_refuses_before_the_database_is_asked,
		a_database_that_is_away_refuses_and_costs_nothing,
		while_the_code_rules_are_not_expanded_nothing_is_answered,
		a_code_below_a_red_one_is_refused_by_the_sites_vocabulary,
		noise_that_cannot_be_drawn_costs_nothing,
		a_question_for_a_sum_is_not_answered_outside_of_one,
		more_than_the_queue_takes_is_refused_as_busy,
		answers_that_are_kept_back_are_bounded, a_statement_that_fails_stays_paid,
		a_table_that_lost_its_index_is_looked_at_again,
		a_connection_lost_on_the_way_stays_paid,
		a_running_question_that_is_cancelled_stays_paid,
		a_running_question_past_its_deadline_stays_paid,
		a_waiting_question_is_cancelled_or_late_for_nothing,
		paced_answers_leave_at_a_step_of_the_clock,
		strict_answers_take_their_time_and_show_no_failure,
		what_could_not_be_sent_goes_out_after_the_next_welcome,
		what_a_crash_left_is_spent_and_answered_as_stopped,
		a_stop_settles_what_runs_and_forgets_what_waits,
		a_question_that_waits_is_decided_again_by_a_new_policy,
		the_database_is_compared_before_anything_is_decided,
		without_a_comparison_every_question_is_refused,
		what_drifted_is_refused_until_it_is_mended,
		not_even_a_stored_answer_is_shown_while_its_table_drifted,
		a_role_with_more_power_closes_everything,
		a_question_that_waited_is_refused_when_the_database_drifts_meanwhile,
		the_database_is_compared_every_hour_and_an_old_comparison_ends,
		a_quote_tells_the_price_and_spends_nothing,
		what_is_left_is_told_too_where_sums_have_no_noise,
		an_answer_names_the_earlier_question_it_is_nearly_the_same_as,
		the_nearest_are_named_and_never_more_than_three,
		the_same_question_is_named_only_when_it_is_answered_anew,
		a_question_that_was_paid_counts_however_it_ended,
		more_than_the_policy_allows_that_are_nearly_the_same_are_refused_unpaid,
		a_question_of_another_study_is_for_the_audit_alone,
		a_question_that_cannot_be_compared_is_refused_unpaid,
		a_quote_refuses_as_the_question_would_be };
	Suite *s = suite_create("pipeline");
	TCase *c = tcase_create("pipeline");

	tcase_set_timeout(c, 120);
	tcase_add_checked_fixture(c, site_begin, site_end);
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++)
		tcase_add_test(c, tests[i]);
	tcase_add_loop_test(c, rows_of_another_form_release_nothing, 0, 7);
	tcase_add_loop_test(c, all_noise_is_drawn_before_the_database_is_asked, 0, 7);
	suite_add_tcase(s, c);
	SRunner *r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	int failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
