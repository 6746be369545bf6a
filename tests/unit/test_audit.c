/*
 * test_audit.c - what leaves the agent's protection tells two neighbouring databases apart no better than its price
 * says: for every kind of question, both laws of noise, and two questions together.
 *
 * First the true numbers. Random neighbours (all rows of one patient more: thousands of them, absurd days, no
 * number at all) are counted by the real statements in PostgreSQL and read as the agent reads them; they differ by
 * no more than the noise is made for, and some pair reaches that. Needs CORDON_TEST_DB (tests/scenario/sql.sh).
 *
 * Then the noise. The agent's own step from true numbers to released ones (agents/protect.c) is drawn many times on
 * both of the worst pair. The event E is the threshold set at the cut of the likelihood ratio where the promised
 * mechanism spends a delta of DELTA; under Laplace noise the set where the ratio is e^epsilon, and delta is 0. Held
 * against each other are the epsilon of the price, the epsilon of the promised law, and a lower bound of the
 * epsilon that was seen (Clopper and Pearson, wrong with a chance of 1e-6). It fails where the bound is above the
 * promise, and where counts and variances are not those of the promised law: each such test has a false alarm rate
 * of 1e-8, and there are five a row. On a fixed tape, so in make check never twice differently.
 *
 * CORDON_DRAWS=n draws so many times a side, from OpenSSL's generator; CORDON_PAIRS=n; CORDON_REPORT=file gets the
 * table. `make audit` sets them.
 */
#include "tests/audit/event.h"
#include "tests/unit/database.h"
#include "tests/unit/kinds.h"
#include "tests/unit/officers.h"
#include "tests/unit/tape.h"

#include <stdio.h>
#include <time.h>

#include "agents/protect.h"
#include "sql/sql.h"

#define LIFT 100000 /* so many other people in every cell: no threshold is near */

#ifdef __SANITIZE_ADDRESS__ /* memory needs fewer */
#define SHORT 25000
#else
#define SHORT 250000
#endif

enum {
	MAX_PLANS = 2,
	MAX_WORDS = 400,
	AT_ONCE = 250, /* draws */
	R = 100        /* steps of half a clamp of a mean, as docs/privacy.md says */
};

static struct error err;

#include "tests/audit/plans.h"

/* ---- what is audited ---- */

#define ALL_DIABETICS "cohort: {all: [{condition: [201826]}]}\n"

static const struct row {
	const char *kind;
	const char *questions[MAX_PLANS];
	unsigned moved; /* cells a patient can move in the first, by one each */
	bool mean;
} rows[] = {
	{ "count", { Q_OF("count") ALL_DIABETICS }, 1, false },
	{ "histogram", { Q_OF("histogram") "of: hba1c\n" }, 1, false },
	{ "crosstab", { Q_OF("crosstab") "group_by: [sex, age]\non: 2025-01-01\n" }, 1, false },
	{ "mean", { Q_OF("mean") "of: hba1c\n" }, 1, true },
	{ "quantile", { Q_OF("quantile") "of: hba1c\n" }, 1, false },
	{ "survival",
		{ Q_OF("survival") "cohort: {entry: {condition: [201826]}}\nevent: {death: any}\n"
				   "step: 12 months\nhorizon: 60 months\n" },
		1, false },
	{ "attrition",
		{ Q_OF("attrition") "cohort: {all: [{condition: [201826]}, {measure: hba1c}]}\n" },
		1, false },
	{ "groups of rows, k0 " K0,
		{ Q_OF("count") "cohort: hba1c-t2dm\nparams: {from: 2025-01, to: 2025-12}\n"
				"group_by: [month]\n" },
		3, false },
	{ "count twice, one patient apart",
		{ Q_OF("count") ALL_DIABETICS, Q_OF("count") "cohort: {all: [{condition: "
							     "[201826]}, {measure: hba1c}]}\n" },
		1, false },
};
enum {
	ROWS = sizeof(rows) / sizeof(rows[0])
};

/* One row's plans, and the pair of neighbours: words of the plans one after the other. */
struct audited {
	const struct row *row;
	bool gaussian;
	struct plan *plan[MAX_PLANS];
	unsigned n_plans, n_words;
	int64_t with[MAX_WORDS], without[MAX_WORDS];
	double worst; /* rho or epsilon of the pair, by the noise that is drawn */
};

static const char *from_environment(const char *name, const char *otherwise)
{
	const char *s = getenv(name);

	return s == NULL || s[0] == '\0' ? otherwise : s;
}

static void take_up(struct audited *a, const struct policy *p, const struct row *row, bool gaussian)
{
	*a = (struct audited){ .row = row, .gaussian = gaussian };
	for (; a->n_plans < MAX_PLANS && row->questions[a->n_plans] != NULL; a->n_plans++) {
		a->plan[a->n_plans] = planned(p, row->questions[a->n_plans]);
		a->n_words += plan_words(a->plan[a->n_plans]);
	}
	ck_assert_uint_le(a->n_words, MAX_WORDS);
}

/* The plan that a word belongs to; *first is the plan's first word. */
static const struct plan *plan_at(const struct audited *a, unsigned word, unsigned *first)
{
	*first = 0;
	for (unsigned i = 0; i + 1 < a->n_plans && word >= *first + plan_words(a->plan[i]); i++) {
		*first += plan_words(a->plan[i]);
		if (word < *first + plan_words(a->plan[i + 1]))
			return a->plan[i + 1];
	}
	return a->plan[0];
}

static const struct noise_choice *noise_at(const struct audited *a, unsigned word)
{
	unsigned first;
	const struct plan *p = plan_at(a, word, &first);

	return plan_noise(p, (word - first) / p->n_cells);
}

/* What the drawn noise spends on the difference of the two: rho = sum of D^2/2V, epsilon = sum of |D|s/t. */
static double spent_on(const struct audited *a, const int64_t *with, const int64_t *without)
{
	double sum = 0;

	for (unsigned i = 0; i < a->n_words; i++) {
		const struct noise_choice *n = noise_at(a, i);
		double d = fabs((double)(with[i] - without[i]));

		sum += a->gaussian ? d * d / (2 * (double)n->t) : d * (double)n->s / (double)n->t;
	}
	return sum;
}

static double paid(const struct audited *a)
{
	double sum = 0;

	for (unsigned i = 0; i < a->n_plans; i++)
		sum += (double)(a->gaussian ? a->plan[i]->noise.cost_prho
					    : a->plan[i]->noise.cost_peps) /
		       1e12;
	return sum;
}

/* ---- the true numbers ---- */

/* As agents/source.c has it, so that its reading is the one that is tested. */
struct source_rows {
	const PGresult *result;
};

static const char tables[] =
	"DROP SCHEMA IF EXISTS cdm CASCADE; DROP SCHEMA IF EXISTS research CASCADE;"
	"CREATE SCHEMA cdm; CREATE SCHEMA research;"
	"CREATE TABLE cdm.person (person_id int, year_of_birth int, gender_concept_id int);"
	"CREATE TABLE cdm.measurement (person_id int, measurement_concept_id int, measurement_date "
	"date,"
	" value_as_number numeric, visit_occurrence_id int, unit_concept_id int, \"地点\" text);"
	"CREATE TABLE cdm.condition_occurrence (person_id int, condition_concept_id int,"
	" condition_start_date date, condition_source_value text);"
	"CREATE TABLE cdm.drug_exposure (person_id int, drug_concept_id int, "
	"drug_exposure_start_date date);"
	"CREATE TABLE cdm.death (person_id int, death_date date);"
	"CREATE TABLE cdm.observation_period (person_id int, observation_period_start_date date,"
	" observation_period_end_date date);"
	"CREATE TABLE research.opt_out (person_id int);"
	"SELECT setseed(0.42);"
	"INSERT INTO cdm.person SELECT p, 1930 + (random() * 80)::int, (array[8507, 8532, 0, NULL])"
	"[1 + (random() * 3)::int] FROM generate_series(1, 90) p;"
	"INSERT INTO cdm.condition_occurrence SELECT 1 + (random() * 89)::int, (array[201826, "
	"201826, 320128])"
	"[1 + (random() * 2)::int], date '2017-06-01' + (random() * 3300)::int FROM "
	"generate_series(1, 200);"
	"INSERT INTO cdm.measurement SELECT 1 + (random() * 89)::int, 3004410, date '2024-06-01' + "
	"(random() * 700)::int,"
	" random() * 20, 1, 8840 FROM generate_series(1, 400);"
	"INSERT INTO cdm.death SELECT p, date '2020-01-01' + p * 20 FROM generate_series(1, 90, 7) "
	"p;"
	"INSERT INTO cdm.observation_period SELECT p, '2018-01-01', '2025-12-31' FROM "
	"generate_series(1, 90) p;";

static void count(PGconn *conn, const struct audited *a, const char *salt, int64_t *words)
{
	for (unsigned i = 0; i < a->n_plans; words += plan_words(a->plan[i]), i++) {
		const struct sql_facts facts = { .salt = salt };
		struct arena arena;
		struct sql q;

		arena_init(&arena, MAX_QUERY_ARENA);
		OK(sql_write(a->plan[i], &facts, &arena, &q, &err));
		const struct source_rows got = { PQexecParams(
			conn, q.text, q.n_values, NULL, q.values, NULL, NULL, 1) };
		ck_assert_msg(PQresultStatus(got.result) == PGRES_TUPLES_OK, "%s: %s\n%s",
			a->row->kind, PQerrorMessage(conn), q.text);
		ck_assert_msg(protect_counts(a->plan[i], &got, words), "%s: rows that are none",
			a->row->kind);
		PQclear((PGresult *)(uintptr_t)got.result);
		arena_clear(&arena);
	}
}

static uint32_t dice_state = 7;
static uint32_t dice(uint32_t below)
{
	dice_state = dice_state * 1664525u + 1013904223u;
	return (uint32_t)(((uint64_t)(dice_state >> 8) * below) >> 24);
}

/* All rows of patient 1000, who is in no other table yet. */
static void one_patient_more(PGconn *conn)
{
	static const char *const days[] = { "NULL", "'infinity'", "'-infinity'", "'4713-01-01 BC'",
		"'5874897-12-31'", "'2025-03-03'", "'2018-01-01'", "'2025-12-31'" };
	static const char *const values[] = { "NULL", "'NaN'", "'Infinity'", "'-Infinity'", "1e100",
		"-1e100", "20", "3", "7.25" };
	static const char *const years[] = { "1960", "NULL", "-2000000000", "2147483647", "2008" };
	unsigned many = dice(3) == 0 ? 3000 : dice(30);
	struct text t;

	text_init(&t, 1 << 20);
	for (uint32_t i = 0; i < 1 + dice(3) / 2; i++)
		text_addf(&t, "INSERT INTO cdm.person VALUES (1000, %s, %s);",
			years[dice(5) * dice(2)],
			(const char *[]){ "8507", "8532", "NULL", "-1" }[dice(4)]);
	for (uint32_t i = 0; i < 1 + dice(4); i++)
		text_addf(&t,
			"INSERT INTO cdm.condition_occurrence VALUES (1000, 201826, %s, NULL);"
			"INSERT INTO cdm.death VALUES (1000, %s);"
			"INSERT INTO cdm.observation_period VALUES (1000, %s, %s);"
			"INSERT INTO cdm.measurement VALUES (1000, 3004410, %s, %s, 1, 8840);",
			days[dice(8)], days[dice(8)], days[dice(8)], days[dice(8)], days[dice(8)],
			values[dice(9)]);
	text_addf(&t,
		"INSERT INTO cdm.measurement SELECT 1000, 3004410, date '2025-01-01' + (i * %u) %% "
		"400, %s, i, 9529"
		" FROM generate_series(1, %u) i;"
		"INSERT INTO cdm.condition_occurrence SELECT 1000, 201826, date '2018-01-01' + (i "
		"* 7) %% 3000, NULL"
		" FROM generate_series(1, %u) i;",
		1 + dice(40), values[dice(9)], many, dice(2) * many);
	must(conn, text_str(&t));
	text_clear(&t);
}

/* Whether the pair differs by no more than the noise of each plan is made for; keeps the worst. */
static void hold_to_promise(struct audited *a, const int64_t *with, const int64_t *without)
{
	unsigned at = 0;
	double spent;

	for (unsigned i = 0; i < a->n_plans; i++)
		for (unsigned layer = 0; layer < plan_layers(a->plan[i]); layer++) {
			unsigned moved = 0;

			for (unsigned c = 0; c < a->plan[i]->n_cells; c++, at++) {
				int64_t by = llabs(with[at] - without[at]);

				moved += by != 0;
				ck_assert_msg(by <= (layer == 0          ? 1
							    : layer == 1 ? R
									 : R * R / 2),
					"%s: a patient moves a number of layer %u by %lld",
					a->row->kind, layer, (long long)by);
			}
			ck_assert_msg(moved <= a->row->moved, "%s: a patient is in %u cells",
				a->row->kind, moved);
		}
	spent = spent_on(a, with, without);
	ck_assert_msg(spent <= paid(a) * (1 + 1e-12), "%s: a patient costs %.12g and %.12g is paid",
		a->row->kind, spent, paid(a));
	if (spent > a->worst) {
		a->worst = spent;
		memcpy(a->with, with, sizeof(a->with));
		memcpy(a->without, without, sizeof(a->without));
	}
}

static void count_neighbours(PGconn *conn, struct audited a[ROWS], unsigned pairs)
{
	static const char away[] =
		"DELETE FROM cdm.person WHERE person_id = 1000; DELETE FROM cdm.death WHERE "
		"person_id = 1000;"
		"DELETE FROM cdm.measurement WHERE person_id = 1000; DELETE FROM "
		"cdm.condition_occurrence WHERE "
		"person_id = 1000; DELETE FROM cdm.observation_period WHERE person_id = 1000";
	static int64_t with[ROWS][MAX_WORDS], without[MAX_WORDS];

	for (unsigned i = 0; i < pairs; i++) {
		char salt[24];

		snprintf(salt, sizeof(salt), "salt %u", i);
		must(conn, "BEGIN");
		one_patient_more(conn);
		for (unsigned r = 0; r < ROWS; r++)
			count(conn, &a[r], salt, with[r]);
		must(conn, away);
		for (unsigned r = 0; r < ROWS; r++) {
			count(conn, &a[r], salt, without);
			hold_to_promise(&a[r], with[r], without);
		}
		must(conn, "ROLLBACK");
	}
}

/* The worst pair that can be, for when there is no database: one number each, by as much as the documents say. */
static void worst_by_hand(struct audited *a)
{
	int64_t with[MAX_WORDS] = { 0 }, without[MAX_WORDS] = { 0 };
	unsigned at = 0;

	for (unsigned i = 0; i < a->n_plans; at += plan_words(a->plan[i]), i++) {
		for (unsigned c = 0; c < a->row->moved; c++)
			with[at + c] = 1;
		if (a->row->mean) {
			ck_assert_uint_eq(plan_layers(a->plan[i]), 3);
			with[at + a->plan[i]->n_cells] = -R;
			with[at + 2 * a->plan[i]->n_cells] = R * R / 2;
		}
	}
	a->worst = 0;
	hold_to_promise(a, with, without);
}

/* ---- the event, under the promised law ---- */

static void find_event(const struct audited *a, struct event *e)
{
	event_begin(e, a->gaussian);
	for (unsigned i = 0; i < a->n_words; i++) {
		const struct noise_choice *n = noise_at(a, i);

		if (a->with[i] != a->without[i])
			event_moved(e, (struct moved){ i, a->with[i] - a->without[i], (double)n->t,
					       (double)n->s, 1, 1 });
	}
	event_done(e);
}

/* Whether released words, as noisy numbers, are in the event. */
static bool happened(const struct audited *a, const struct event *e, const int64_t *noisy)
{
	int64_t over[MAX_MOVED];

	for (unsigned k = 0; k < e->n_moved; k++)
		over[k] = noisy[e->moved[k].word] - a->without[e->moved[k].word];
	return event_happened(e, over);
}

/* ---- drawing ---- */

/* Released numbers back to what each number was with its noise: an attrition's were added up. */
static void take_apart(const struct plan *plan, int64_t *words)
{
	if (plan->of.kind == KIND_ATTRITION)
		for (unsigned i = 0; i + 1 < plan_words(plan); i++)
			words[i] -= (i + 1) % plan_points(plan) == 0 ? 0 : words[i + 1];
}

/* Everybody else: people in every cell of the first layer. */
static int64_t lift_of(const struct plan *plan, unsigned word)
{
	return word < plan->n_cells ? LIFT : 0;
}

/* One question's draws, so many at once: an answer with as many times its groups, each of them like the first.
 * Protection knows no other copies: what it does to a number depends on its group and layer alone. */
static void draw_together(const struct plan *plan, const int64_t *cells,
	int64_t copies[AT_ONCE][MAX_WORDS], unsigned first, struct seen *seen)
{
	static int64_t words[AT_ONCE * MAX_WORDS], noise[AT_ONCE * MAX_WORDS];
	struct plan wide = *plan;
	unsigned n = plan->n_cells;

	wide.n_cells = n * AT_ONCE;
	for (unsigned w = 0; w < plan_words(&wide); w++) {
		unsigned word = w / wide.n_cells * n + w % n;

		words[w] = cells[first + word] + lift_of(plan, word);
	}
	OK(protect_draw(&wide, noise, &err));
	protect_cells(&wide, words, noise);
	take_apart(&wide, words);
	for (unsigned w = 0; w < plan_words(&wide); w++) {
		unsigned layer = w / wide.n_cells, word = layer * n + w % n;
		int64_t x = words[w] - cells[first + word] - lift_of(plan, word);

		seen->squares[layer] += (double)x * (double)x;
		copies[w % wide.n_cells / n][first + word] = words[w] - lift_of(plan, word);
	}
}

static struct seen draw(
	const struct audited *a, const struct event *e, bool is_with, uint64_t draws)
{
	static int64_t copies[AT_ONCE][MAX_WORDS];
	struct seen seen = { 0 };

	for (; seen.draws < draws; seen.draws += AT_ONCE) {
		for (unsigned i = 0, first = 0; i < a->n_plans;
			first += plan_words(a->plan[i]), i++)
			draw_together(
				a->plan[i], is_with ? a->with : a->without, copies, first, &seen);
		for (unsigned k = 0; k < AT_ONCE; k++)
			seen.times += happened(a, e, copies[k]);
	}
	return seen;
}

/* ---- verdicts ---- */

static char wrong[400];

static void law_holds(
	const struct audited *a, const struct seen *s, double promised, const char *side)
{
	if (!seen_fits(s, promised))
		snprintf(wrong, sizeof(wrong), "%s, %s: seen %llu times of %llu, expected %.1f",
			a->row->kind, side, (unsigned long long)s->times,
			(unsigned long long)s->draws, promised * (double)s->draws);
}

/* The sum of squares of every layer's noise, over both sides. */
static void variance_holds(const struct audited *a, const struct seen *one, const struct seen *two)
{
	for (unsigned layer = 0; layer < plan_layers(a->plan[0]); layer++) {
		const struct noise_choice *n = plan_noise(a->plan[0], layer);
		struct law l = law_noise(a->gaussian, (double)n->t, (double)n->s);
		double cells = 0, z;

		for (unsigned i = 0; i < a->n_plans; i++)
			cells += a->plan[i]->n_cells;
		z = squares_off(&l, one->squares[layer] + two->squares[layer],
			cells * (double)(one->draws + two->draws));
		if (fabs(z) > ALARM_Z)
			snprintf(wrong, sizeof(wrong),
				"%s: the variance of layer %u is off by z = %.1f", a->row->kind,
				layer, z);
		law_end(&l);
	}
}

static void verdict(const struct audited *a, struct event *e, const struct seen *with,
	const struct seen *without, FILE *report)
{
	double total = (double)(with->times + without->times);
	double claimed = a->gaussian ? account_epsilon((uint64_t)(paid(a) * 1e12), DELTA) : paid(a);
	double promised = event_epsilon(e), bound = seen_at_least(e, with, without);

	wrong[0] = '\0';
	law_holds(a, with, e->with, "with the patient");
	law_holds(a, without, e->without, "without");
	variance_holds(a, with, without);
	if (!a->gaussian && with->draws == without->draws &&
		at_least(with->times, (uint64_t)total, ALARM) > 1 / (1 + exp(-claimed)))
		snprintf(wrong, sizeof(wrong), "%s: more than e^%.3f", a->row->kind, claimed);
	if (bound > promised || promised > claimed * (1 + 1e-9))
		snprintf(wrong, sizeof(wrong), "%s: bound %.4f, law %.4f, claim %.4f", a->row->kind,
			bound, promised, claimed);
	if (report != NULL)
		fprintf(report, "| %s | %s | %.3f | %.3f | %.3f | %llu | %s |\n", a->row->kind,
			a->gaussian ? "gaussian" : "laplace", claimed, promised, bound,
			(unsigned long long)with->draws, wrong[0] == '\0' ? "holds" : wrong);
	event_end(e);
	ck_assert_msg(wrong[0] == '\0', "%s", wrong);
}

static FILE *report_to(void)
{
	const char *name = getenv("CORDON_REPORT");

	FILE *f = name == NULL ? NULL : fopen(name, "a");

	if (f != NULL)
		setvbuf(f, NULL, _IOLBF, 0);
	return f;
}

static void audit(bool gaussian, PGconn *conn)
{
	static struct audited all[ROWS];
	const char *asked = getenv("CORDON_DRAWS");
	unsigned pairs = (unsigned)strtoul(from_environment("CORDON_PAIRS", "4"), NULL, 10);
	const struct policy *p = policy_of(gaussian);
	FILE *report = report_to();

	arena_init(&plans, 64 << 20);
	for (unsigned r = 0; r < ROWS; r++)
		take_up(&all[r], p, &rows[r], gaussian);
	if (conn != NULL)
		count_neighbours(conn, all, pairs);
	for (unsigned r = 0; r < ROWS; r++) {
		struct audited *a = &all[r], by_hand = all[r];
		uint64_t draws = SHORT / a->n_words;
		struct seen with, without;
		struct event e;

		worst_by_hand(&by_hand);
		/* with many pairs the worst that can be is among them */
		ck_assert_msg(conn == NULL || pairs < 100 || fabs(a->worst - by_hand.worst) < 1e-12,
			"%s: the worst pair seen costs %g of %g", a->row->kind, a->worst,
			by_hand.worst);
		if (conn != NULL && asked == NULL)
			continue; /* make check draws without a database */
		if (a->worst < by_hand.worst - 1e-12)
			*a = by_hand;
		draws = draws < 5000 ? 5000 : draws > 40000 ? 40000 : draws;
		draws = asked == NULL ? draws : strtoull(asked, NULL, 10);
		if (asked == NULL)
			tape_start(a->row->kind);
		find_event(a, &e);
		with = draw(a, &e, true, draws);
		without = draw(a, &e, false, draws);
		tape_end();
		verdict(a, &e, &with, &without, report);
	}
	arena_clear(&plans);
	if (report != NULL)
		fclose(report);
}

START_TEST(gaussian_answers_tell_neighbours_apart_no_better_than_paid_for)
{
	PGconn *conn = database_with(tables);

	audit(true, conn);
	PQfinish(conn);
}
END_TEST

START_TEST(laplace_answers_tell_neighbours_apart_no_better_than_paid_for)
{
	PGconn *conn = database_with(tables);

	audit(false, conn);
	PQfinish(conn);
}
END_TEST

UNIT_MAIN("audit", gaussian_answers_tell_neighbours_apart_no_better_than_paid_for,
	laplace_answers_tell_neighbours_apart_no_better_than_paid_for)
