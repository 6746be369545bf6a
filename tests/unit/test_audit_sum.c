/*
 * test_audit_sum.c - what becomes known of a secure sum tells two neighbouring databases of one of its hospitals apart
 * no better than the answer says: for every kind of question, both laws of noise, both protocols, with the least number
 * of hospitals that must keep to the protocol, and people counted once.
 *
 * All steps are those that run: a plan of a policy, an offer, the noise that the gateway chooses for the offers, the plan
 * that takes it and its charge, shares as agents/protect.c draws them, numbers on the lattice, a whole round of SA-1 or
 * TP-1 in memory, and the sum that is left. Of its sites some leave, before they deal or before they send, and of those
 * that stay as many as may help the gateway add no noise. What is held against the promise is the sum itself, that is,
 * what the gateway sees; where all hospitals are honest, also the number of the answer and the variance it states. What
 * a patient changes in the true numbers is test_audit.c's.
 *
 * The event and the false alarms are those of tests/audit/event.h: four tests a row of 1e-8 each (mean 8), and
 * the bound, too high once in 1e6 times. CORDON_DRAWS and CORDON_REPORT as in test_audit.c; without them on a fixed
 * tape, so never twice differently.
 */
#include "tests/audit/event.h"
#include "tests/unit/kinds.h"
#include "tests/unit/officers.h"
#include "tests/unit/tape.h"

#include "tests/audit/plans.h"
#include "tests/audit/sum_rounds.h" /* after those that have an `err` of their own */

#include <stdio.h>

#include "agents/protect.h"
#include "answer/sum.h"
#include "secagg/distinct.h"

#define LIFT 100000 /* so many other people in every cell: no threshold is near */

enum {
	MAX_WORDS = 400,
	ROUND_WORDS = 1 << 16, /* about, of one round */
	SHORT_WORDS = 9000,    /* of one row's side, in make check */
	R = 100
};

#define SECURE_OF(kind) Q_OF(kind) "mode: secure\n"

static const struct row {
	const char *kind, *question;
	unsigned sites;
	unsigned moved; /* cells a patient moves */
	unsigned dear;  /* so many times fewer draws */
	bool minutes;   /* TP-1 */
	bool all;       /* are honest and stay */
	bool at_length; /* not in make check */
} rows[] = {
	{ "count", SECURE_OF("count"), 5, 1, 1, false, false, false },
	{ "histogram", SECURE_OF("histogram") "of: hba1c\n", 5, 1, 1, false, false, true },
	{ "crosstab", SECURE_OF("crosstab") "group_by: [sex, age]\non: 2025-01-01\n", 5, 1, 2,
		false, false, true },
	{ "mean", SECURE_OF("mean") "of: hba1c\n", 5, 1, 1, false, false, false },
	{ "quantile", SECURE_OF("quantile") "of: hba1c\n", 5, 1, 8, false, false, true },
	{ "survival",
		SECURE_OF(
			"survival") "cohort: {entry: {condition: [201826]}}\nevent: {death: any}\n"
				    "step: 12 months\nhorizon: 60 months\n",
		5, 1, 1, false, false, true },
	{ "attrition",
		SECURE_OF("attrition") "cohort: {all: [{condition: [201826]}, {measure: hba1c}]}\n",
		5, 1, 1, false, false, true },
	{ "groups of rows, k0 " K0,
		SECURE_OF("count") "cohort: hba1c-t2dm\nparams: {from: 2025-01, to: 2025-12}\n"
				   "group_by: [month]\n",
		5, 3, 2, false, false, false },
	{ "count, on a lattice", SECURE_OF("count"), 10, 1, 1, false, false, false },
	{ "count, all honest", SECURE_OF("count"), 5, 1, 1, false, true, false },
	{ "mean, all honest", SECURE_OF("mean") "of: hba1c\n", 5, 1, 1, false, true, true },
	{ "count, TP-1", SECURE_OF("count"), 5, 1, 20, true, false, false },
	{ "mean, TP-1", SECURE_OF("mean") "of: hba1c\n", 5, 1, 20, true, false, true },
	{ "distinct", SECURE_OF("distinct"), 5, 1, 20, false, false, false },
	{ "distinct, all honest", SECURE_OF("distinct"), 5, 1, 20, false, true, true },
};
enum {
	ROWS = sizeof(rows) / sizeof(rows[0])
};

static char wrong[400];

static void fails(const char *what, double a, double b)
{
	snprintf(wrong, sizeof(wrong), "%s: %.4f, %.4f", what, a, b);
}

/* One row in one law: who is in its sums, and what they add up to. */
struct audited {
	const struct row *row;
	bool gaussian;
	struct cast cast;
	struct plan *plan;
	struct release offers[CK_WORLD_SITES];
	const struct release *in_sum[CK_WORLD_SITES];
	const char *names[CK_WORLD_SITES];
	uint64_t stated_prho, stated[MAX_LAYERS]; /* by the answer: price, variance */
	int64_t by[MAX_WORDS];                    /* what the patient adds */
	struct event event;
	unsigned parts; /* shares in the sum */
};

/* ---- from policy to noise ---- */

/* What a site says before its sum, as the gateway reads it. */
static struct release offered(const struct plan *plan)
{
	const struct hash32 hash = sha256("q", 1);
	EVP_PKEY *key = NULL;
	struct view sealed, signature;
	struct release r;

	OK(identity_new_key(&key, &err));
	const struct protect_about about = {
		.question = &hash, .site = "renmin", .data = "2026-01", .key = key
	};
	OK(protect_offer(plan, &about, &plans, &sealed, &signature, NULL, &err));
	OK(release_decode(sealed.at, sealed.len, &plans, &r, &err));
	EVP_PKEY_free(key);
	return r;
}

/* Every hospital has the same policy; the sum's noise is chosen for their offers, and taken by the plan. */
static void agree(struct audited *a)
{
	const struct release offer = offered(a->plan);
	struct shared_noise n;
	bool marked[CK_WORLD_SITES];

	for (unsigned i = 0; i < a->cast.sites; i++) {
		a->offers[i] = offer;
		a->in_sum[i] = &a->offers[i];
		a->names[i] = "renmin";
	}
	ck_assert_uint_eq(sum_choose(a->offers, a->cast.sites, marked), a->cast.sites);
	OK(sum_noise(a->offers, marked, a->cast.sites, a->cast.sites, a->cast.honest, &n, &err));
	OK(plan_share(a->plan, &n, &err));
}

static void take_up(struct audited *a, const struct policy *p, const struct row *row, bool gaussian)
{
	*a = (struct audited){ .row = row, .gaussian = gaussian };
	a->cast = cast_of(row->sites, row->all);
	a->parts = row->all ? row->sites : a->cast.honest;
	a->plan = planned(p, row->question);
	ck_assert_uint_le(plan_words(a->plan), MAX_WORDS);
	if (a->plan->of.kind ==
		KIND_DISTINCT) /* what the noise lies beside: the fewer, the more draws */
		a->plan->of.buckets = DISTINCT_MIN_BUCKETS;
	agree(a);
	for (unsigned i = 0; i < row->moved; i++)
		a->by[i] = 1;
	if (plan_layers(a->plan) == 3) {
		a->by[a->plan->n_cells] = -R;
		a->by[2 * a->plan->n_cells] = R * R / 2;
	}
}

static const struct shared_layer *layer_of(const struct audited *a, unsigned word)
{
	return &a->plan->shared.layers[word / a->plan->n_cells];
}

static struct moved moved_of(const struct audited *a, unsigned word)
{
	const struct shared_layer *l = layer_of(a, word);

	return (struct moved){ word, a->by[word] * (int64_t)l->lattice, (double)l->t, (double)l->s,
		a->parts, a->gaussian ? 1 : (unsigned)a->plan->shared.honest };
}

/* ---- drawing ---- */

/* `wide` is the plan with `copies` groups, each like the first: what is done to a number depends on its layer alone. */
static struct plan widened(const struct plan *plan, unsigned copies)
{
	struct plan wide = *plan;

	wide.n_cells = plan->n_cells * copies;
	wide.shared.n_cells = wide.n_cells;
	return wide;
}

/* A hospital's true numbers: one has many people, and the patient or not. */
static void fill_numbers(
	const struct audited *a, const struct plan *wide, bool first, bool is_with, int64_t *v)
{
	for (unsigned w = 0; w < plan_words(wide); w++) {
		unsigned layer = w / wide->n_cells, n = a->plan->n_cells;

		v[w] = !first ? 0
			      : (layer == 0 ? LIFT : 0) +
					(is_with ? a->by[layer * n + w % wide->n_cells % n] : 0);
	}
	OK(protect_lift(wide, v, &err));
}

/* The words of copy k of what was added up. */
static void copy_of(const struct audited *a, const struct plan *wide, const uint64_t *sum,
	unsigned k, uint64_t words[MAX_WORDS])
{
	const unsigned n = a->plan->n_cells;

	for (unsigned w = 0; w < plan_words(a->plan); w++)
		words[w] = sum[(size_t)(w / n) * wide->n_cells + (size_t)k * n + w % n];
}

/* The answer's numbers, where nobody lied: their noise, and what the answer says of it. */
static void see_answer(struct audited *a, const uint64_t *words, bool is_with, struct seen *seen)
{
	struct arena arena;
	struct sum_made made;

	arena_init(&arena, MAX_QUERY_ARENA);
	OK(sum_release(
		&a->plan->shared, words, a->in_sum, a->names, a->parts, &arena, &made, &err));
	for (unsigned w = 0; w < plan_words(a->plan); w++) {
		unsigned layer = w / a->plan->n_cells;
		int64_t x =
			made.release.cells[w] - (layer == 0 ? LIFT : 0) - (is_with ? a->by[w] : 0);

		seen->squares[layer] += (double)x * (double)x;
	}
	arena_clear(&arena);
}

static void see_sum(struct audited *a, const uint64_t *words, bool is_with, struct seen *seen)
{
	int64_t over[MAX_MOVED];

	for (unsigned w = 0; w < plan_words(a->plan) && !a->row->all; w++) {
		const int64_t lattice = (int64_t)layer_of(a, w)->lattice;
		int64_t x = (int64_t)words[w] - lattice * ((w < a->plan->n_cells ? LIFT : 0) +
								  (is_with ? a->by[w] : 0));

		seen->squares[w / a->plan->n_cells] += (double)x * (double)x;
	}
	for (unsigned k = 0; k < a->event.n_moved; k++) {
		unsigned w = a->event.moved[k].word;

		over[k] = (int64_t)words[w] -
			  (int64_t)layer_of(a, w)->lattice * (w < a->plan->n_cells ? LIFT : 0);
	}
	seen->times += event_happened(&a->event, over);
	if (a->row->all)
		see_answer(a, words, is_with, seen);
}

/* One round for many draws: everybody's numbers and shares, the protocol, and what is left of them. */
static void draw_round(
	struct audited *a, bool is_with, unsigned copies, unsigned times, struct seen *seen)
{
	struct plan wide = widened(a->plan, copies);
	const size_t n = plan_words(&wide);
	struct sum_rounds *s = sum_rounds_begin(&a->cast, &wide.shared, n * times, a->row->minutes);
	uint64_t words[MAX_WORDS];
	const uint64_t *sum;

	for (unsigned i = 0; i < a->parts; i++)
		for (unsigned t = 0; t < times; t++) {
			fill_numbers(a, &wide, i == 0, is_with, sum_values(s, i) + t * n);
			OK(protect_draw(&wide, sum_shares(s, i) + t * n, &err));
		}
	sum = sum_rounds_run(s);
	for (unsigned t = 0; t < times; t++)
		for (unsigned k = 0; k < copies; k++) {
			copy_of(a, &wide, sum + t * n, k, words);
			see_sum(a, words, is_with, seen);
		}
	seen->draws += (uint64_t)copies * times;
	sum_rounds_end(s);
}

/* ---- distinct people ---- */

/* Vectors of the honest, of whom all know the patient or none does. What is counted in their sum is the noise. */
static void draw_distinct(
	struct audited *a, bool is_with, const int64_t *shares, unsigned stride, struct seen *seen)
{
	static const struct key32 secret = { { 7 } };
	static const uint8_t patient[DISTINCT_KEY] = { 3, 1, 4 };
	const struct distinct_shape shape = distinct_shape(a->plan->of.buckets, &a->plan->shared);
	struct hash32 ctx = sha256(&seen->draws, sizeof(seen->draws));
	struct arena arena;
	struct sum_made made;
	uint64_t n, *sum, *v;
	int64_t over;

	OK(distinct_words(&shape, &n, &err));
	sum = calloc(n, sizeof(*sum));
	v = calloc(n, sizeof(*v));
	for (unsigned i = 0; i < a->parts; i++) {
		struct distinct_set *d = NULL;

		OK(distinct_new(&d, &shape, &secret, &ctx, &err));
		if (is_with)
			OK(distinct_people(d, patient, 1, &err));
		OK(distinct_vector(d, i, shares[(size_t)i * stride], v, n, &err));
		distinct_free(d);
		for (uint64_t w = 0; w < n; w++)
			sum[w] += v[w];
	}
	arena_init(&arena, MAX_QUERY_ARENA);
	OK(sum_release(&a->plan->shared, sum, a->in_sum, a->names, a->parts, &arena, &made, &err));
	over = made.distinct.occupied;
	seen->times += event_happened(&a->event, &over);
	over -= is_with;
	seen->squares[0] += (double)over * (double)over;
	seen->draws++;
	arena_clear(&arena);
	free(sum);
	free(v);
}

static void draw_distinct_many(struct audited *a, bool is_with, unsigned copies, struct seen *seen)
{
	struct plan wide = widened(a->plan, copies);
	int64_t *shares = calloc((size_t)a->parts * copies, sizeof(*shares));

	for (unsigned i = 0; i < a->parts; i++)
		OK(protect_draw(&wide, shares + (size_t)i * copies, &err));
	for (unsigned k = 0; k < copies; k++)
		draw_distinct(a, is_with, shares + k, copies, seen);
	free(shares);
}

static bool is_distinct(const struct audited *a)
{
	return a->plan->of.kind == KIND_DISTINCT;
}

static struct seen draw(struct audited *a, bool is_with, uint64_t draws)
{
	const unsigned most = MAX_CELLS / a->plan->n_cells;
	struct seen seen = { 0 };

	while (seen.draws < draws) {
		uint64_t left = draws - seen.draws;
		unsigned copies = left < most ? (unsigned)left : most;
		unsigned fits = ROUND_WORDS / (plan_words(a->plan) * copies);
		uint64_t times = left / copies < fits ? left / copies : fits;

		if (is_distinct(a))
			draw_distinct_many(a, is_with, copies, &seen);
		else
			draw_round(a, is_with, copies,
				times < 1 || a->row->minutes ? 1 : (unsigned)times, &seen);
	}
	return seen;
}

/* ---- verdicts ---- */

/* What the answer says: its price, and the variance of its numbers if all are honest. */
static void read_answer(struct audited *a)
{
	uint64_t *nothing = NULL, n;
	struct sum_made made;

	OK(sum_words(&a->offers[0], &a->plan->shared, &n, &err));
	nothing = calloc(n, sizeof(*nothing));
	OK(sum_release(&a->plan->shared, nothing, a->in_sum, a->names, a->row->sites, &plans, &made,
		&err));
	free(nothing);
	a->stated_prho = made.release.cost_prho;
	for (unsigned i = 0; i < plan_layers(a->plan); i++) {
		const struct release_noise *r = &made.release.layers[i];
		struct law l;

		a->stated[i] = is_distinct(a) ? made.distinct.noise : r->t;
		if (a->gaussian || is_distinct(a))
			continue;
		l = law_noise(false, (double)r->t, (double)r->s);
		a->stated[i] = (uint64_t)(law_moment(&l, 2) * (double)made.of.draws + 1);
		law_end(&l);
	}
}

/* The squares are those of the law, and the variance that the answer states is not below it. */
static void variances_hold(const struct audited *a, const struct seen *one, const struct seen *two)
{
	for (unsigned i = 0; i < plan_layers(a->plan); i++) {
		const struct moved m = moved_of(a, i * a->plan->n_cells);
		struct law l = moved_law(&m, a->gaussian);
		double z;

		if (a->row->all) {
			struct law people =
				law_off_lattice(&l, (int64_t)a->plan->shared.layers[i].lattice);

			law_end(&l);
			l = people;
			if ((double)a->stated[i] < law_moment(&l, 2) * (1 - 1e-9))
				fails("the answer states a variance, and has", (double)a->stated[i],
					law_moment(&l, 2));
		}
		z = squares_off(&l, one->squares[i] + two->squares[i],
			(double)(one->draws + two->draws) * a->plan->n_cells);
		if (fabs(z) > ALARM_Z)
			fails("the variance of a layer is off by", i, z);
		law_end(&l);
	}
}

static void verdict(
	struct audited *a, const struct seen *with, const struct seen *without, FILE *report)
{
	const struct event *e = &a->event;
	double paid = a->gaussian ? account_epsilon(a->plan->noise.cost_prho, DELTA)
				  : (double)a->plan->noise.cost_peps / 1e12;
	double claimed = a->gaussian
				 ? account_epsilon(a->stated_prho, DELTA)
				 : sqrt(2 * (double)a->stated_prho / 1e12); /* rho is its e^2/2 */
	double promised = event_epsilon(e), bound = seen_at_least(e, with, without);

	wrong[0] = '\0';
	if (!seen_fits(with, e->with))
		fails("with the patient: seen, expected", (double)with->times,
			e->with * (double)with->draws);
	if (!seen_fits(without, e->without))
		fails("without: seen, expected", (double)without->times,
			e->without * (double)without->draws);
	variances_hold(a, with, without);
	if (bound > promised || promised > paid * (1 + 1e-9))
		fails("bound and law, above what is paid", bound, promised);
	/* of Laplace layers the answer adds up rho, which says less than what is paid in epsilon */
	if (a->gaussian && paid > claimed * (1 + 1e-9))
		fails("what is paid is above what the answer says", paid, claimed);
	if (report != NULL)
		fprintf(report, "| %s | %s | %u of %u | %.3f | %.3f | %.3f | %llu | %s |\n",
			a->row->kind, a->gaussian ? "gaussian" : "laplace", a->parts, a->row->sites,
			a->gaussian ? claimed : paid, promised, bound,
			(unsigned long long)with->draws, wrong[0] == '\0' ? "holds" : wrong);
	ck_assert_msg(wrong[0] == '\0', "%s, %s: %s", a->row->kind,
		a->gaussian ? "gaussian" : "laplace", wrong);
}

static uint64_t draws_of(const struct audited *a, const char *asked)
{
	/* of Laplace shares each takes about as many coins as its scale, of a mean's squares thousands */
	const bool coins = !a->gaussian && plan_layers(a->plan) == 3;
	uint64_t n = SHORT_WORDS / plan_words(a->plan);

	if (asked != NULL)
		n = strtoull(asked, NULL, 10);
	return n / a->row->dear / (coins ? 100 / a->row->dear : 1);
}

static void audit(bool gaussian)
{
	static struct audited a;
	const char *asked = getenv("CORDON_DRAWS"), *to = getenv("CORDON_REPORT");
	const struct policy *p = policy_of(gaussian);
	FILE *report = to == NULL || to[0] == '\0' ? NULL : fopen(to, "a");

	arena_init(&plans, 64 << 20);
	for (unsigned r = 0; r < ROWS; r++) {
		struct seen with, without;

		take_up(&a, p, &rows[r], gaussian);
		if (!gaussian && rows[r].all && plan_layers(a.plan) == 3)
			continue; /* more than a whole Laplace draw, as wide as a mean's: no law to compare with */
		if (asked == NULL && (rows[r].at_length || draws_of(&a, NULL) < 80))
			continue;
		if (asked == NULL)
			tape_start(rows[r].kind);
		read_answer(&a);
		event_begin(&a.event, gaussian);
		for (unsigned w = 0; w < plan_words(a.plan); w++)
			if (a.by[w] != 0)
				event_moved(&a.event, moved_of(&a, w));
		event_done(&a.event);
		with = draw(&a, true, draws_of(&a, asked));
		without = draw(&a, false, draws_of(&a, asked));
		tape_end();
		verdict(&a, &with, &without, report);
		if (report != NULL)
			fflush(report);
		event_end(&a.event);
	}
	arena_clear(&plans);
	if (report != NULL)
		fclose(report);
}

START_TEST(gaussian_sums_tell_neighbours_apart_no_better_than_the_answer_says)
{
	audit(true);
}
END_TEST

START_TEST(laplace_sums_tell_neighbours_apart_no_better_than_paid_for)
{
	audit(false);
}
END_TEST

UNIT_MAIN("audit_sum", gaussian_sums_tell_neighbours_apart_no_better_than_the_answer_says,
	laplace_sums_tell_neighbours_apart_no_better_than_paid_for)
