/*
 * test_answer_kinds.c - the JSON of an answer of each kind of question: every word of the total, and the statistics
 * that are made of them.
 */
#include <openssl/evp.h>

#include "answer/answer_statistics.h"
#include "answer/sense.h"
#include "crypto/identity.h"
#include "crypto/interval.h"
#include "crypto/noise.h"
#include "gateway/proof.h"
#include "query/question.h"
#include "tests/unit/answers.h"
#include "tests/unit/tape.h"

static const char *const sexes[3][8] = { { "男", "女" } };

/* A question of this kind, and the scale of its releases. */
static void kind(enum question_kind k, uint64_t layers, uint64_t points, const char *canonical)
{
	begin();
	shape = (struct release){ .kind = k, .n_layers = layers, .n_points = points };
	snprintf(q.kind, sizeof(q.kind), "%s", kind_name(k));
	q.canonical = (struct view){ (const uint8_t *)canonical, strlen(canonical) };
}

static struct stored_leg from(
	const char *site, const char *group, uint64_t variance, const int64_t *cells, size_t n)
{
	struct made m = { .site = site,
		.state = SITE_ANSWERED,
		.noise = NOISE_GAUSSIAN,
		.t = variance,
		.s = 1,
		.group = { group } };

	memcpy(m.labels, sexes, sizeof(sexes));
	memcpy(m.cells, cells, n * sizeof(*cells));
	return leg_of(&m);
}
#define FROM(site, group, variance, ...)                                                           \
	from(site, group, variance, (const int64_t[]){ __VA_ARGS__ },                              \
		sizeof((const int64_t[]){ __VA_ARGS__ }) / sizeof(int64_t))

#define ATTRITION                                                                                  \
	"{\"cohort\":{\"all\":[{\"age\":{\"from\":18}},{\"sex\":\"女\"}]},\"dataset\":\"omop\","  \
	"\"kind\":\"attrition\",\"mode\":\"noised\",\"on\":\"2025-12-31\",\"study\":\"S\"}"

static void mean_scale(void)
{
	kind(KIND_MEAN, 3, 1, "");
	shape.low = 4000000000;
	shape.high = 14000000000;
	shape.resolution = 100;
}

START_TEST(a_mean_has_its_three_sums_by_group_and_what_they_say)
{
	struct stored_leg legs[2];

	mean_scale();
	legs[0] = FROM("renmin", "sex", 21, 400, 300, -8000, -50, -1900000, -1000000);
	legs[1] = FROM("xiehe", "sex", 21, 100, CELL_SUPPRESSED, -2000, CELL_SUPPRESSED, -390000,
		CELL_SUPPRESSED);
	write(legs, 2);
	IS("total.cells.0",
		"{\"group\":{\"sex\":\"男\"},\"layer\":\"people\",\"value\":500,"
		"\"interval\":[487,513],\"state\":\"released\",\"sites\":[\"renmin\",\"xiehe\"]}");
	IS("total.cells.2.layer", "\"squares\"");
	IS("total.cells.2.value", "-2290000");
	IS("total.cells.3.group", "{\"sex\":\"女\"}");
	IS("total.cells.3.sites", "[\"renmin\"]");
	IS("total.cells.6", "");
	IS("total.statistics.groups.0.sites", "[\"renmin\",\"xiehe\"]");
	IS("total.statistics.groups.0.people", "{\"value\":500,\"interval\":[487,513]}");
	IS("total.statistics.groups.0.mean.value", "8"); /* 9 + 5/100 * -10000/500 */
	IS("total.statistics.groups.0.sum.value", "4000");
	/* 5/100 * sqrt(-2290000/500 + 5000 - 20*20) */
	IS("total.statistics.groups.0.sd.value", "0.2236068");
	IS("total.statistics.groups.1.sites", "[\"renmin\"]");
	IS("total.statistics.groups.1.small", "");
	IS("sites.1.cells.3", "{\"group\":{\"sex\":\"女\"},\"layer\":\"people\",\"state\":"
			      "\"suppressed\",\"threshold\":10}");
	IS("sites.0.clamp", "[4,14]");
	IS("sites.0.resolution", "100");
	IS("sites.0.noise.layers", "[{\"variance\":21},{\"variance\":21},{\"variance\":21}]");
	IS("sites.1.statistics.groups.0.mean.value", "8");
	IS("sites.1.statistics.groups.1", "");
	end();
}
END_TEST

START_TEST(quantiles_of_a_measure_come_with_the_width_of_its_bins)
{
	struct stored_leg leg;

	kind(KIND_QUANTILE, 1, 8, "");
	shape.high = 80000000000;
	leg = FROM("renmin", NULL, 21, 10, 40, 100, 200, 150, 60, -3, 4);
	write(&leg, 1);
	IS("total.cells.6.point", "6");
	IS("total.cells.6.value", "-3");
	IS("total.statistics.resolution", "10");
	IS("total.statistics.groups.0.people", "{\"value\":561,\"interval\":[535,587]}");
	IS("total.statistics.groups.0.quantiles.1.at", "0.25");
	IS("total.statistics.groups.0.quantiles.2",
		"{\"at\":0.5,\"value\":36.525,\"interval\":[30,40],\"sampling\":[30,40]}");
	end();
}
END_TEST

START_TEST(a_survival_is_a_curve_with_those_at_risk)
{
	struct stored_leg leg;

	kind(KIND_SURVIVAL, 1, 8, "");
	shape.step = 3;
	shape.step_months = true;
	leg = FROM("renmin", NULL, 21, 100, 20, 80, 30, 120, 40, 60, 300);
	write(&leg, 1);
	IS("total.statistics.step", "3");
	IS("total.statistics.unit", "\"months\"");
	IS("total.statistics.groups.0.median",
		"{\"value\":12,\"interval\":[12,null],\"sampling\":[12,null]}");
	IS("total.statistics.groups.0.steps.0.until", "3");
	IS("total.statistics.groups.0.steps.0.at_risk.value", "750");
	IS("total.statistics.groups.0.steps.0.surviving.value", "0.86666667");
	IS("total.statistics.groups.0.steps.3.at_risk", "{\"value\":360,\"interval\":[347,373]}");
	IS("total.statistics.groups.0.steps.3.events.value", "60");
	IS("total.statistics.groups.0.steps.3.left.value", "300");
	IS("total.statistics.groups.0.steps.4", "");
	end();
}
END_TEST

/* Point i of n has n - i draws: 3, 2, 1 times 21 at each site. */
START_TEST(an_attrition_tells_each_step_in_words_with_noise_of_its_own)
{
	struct stored_leg legs[2];
	const struct interval_term draws[] = { { 1, 21, 1 }, { 1, 21, 1 }, { 1, 21, 1 } };
	char want[40];

	kind(KIND_ATTRITION, 1, 3, ATTRITION);
	legs[0] = FROM("renmin", NULL, 21, 1000, 800, 390);
	legs[1] = FROM("xiehe", NULL, 21, 100, 50, CELL_SUPPRESSED);
	write(legs, 2);
	for (int i = 0; i < 3; i++) {
		static const int64_t cells[] = { 1000, 800, 390 };
		int64_t reach = (int64_t)interval_sum(draws, (unsigned)(3 - i), ALPHA_PPM);
		char where[60];

		snprintf(where, sizeof(where), "sites.0.cells.%d.interval", i);
		snprintf(want, sizeof(want), "[%lld,%lld]", (long long)(cells[i] - reach),
			(long long)(cells[i] + reach));
		IS(where, want);
	}
	IS("total.statistics.groups.0.steps.0",
		"{\"step\":0,\"sites\":2,\"left\":{\"value\":1100,\"interval\":[1077,1123]}}");
	IS("total.statistics.groups.0.steps.1.label.en", "\"aged 18 or over\"");
	IS("total.statistics.groups.0.steps.1.lost", "{\"value\":250,\"interval\":[237,263]}");
	IS("total.statistics.groups.0.steps.1.percent.value", "77.272727");
	/* the second step is of renmin alone: 800 - 390, 390 of 1000 */
	IS("total.statistics.groups.0.steps.2.sites", "1");
	IS("total.statistics.groups.0.steps.2.lost.value", "410");
	IS("total.statistics.groups.0.steps.2.percent.value", "39");
	IS("total.cells.2.sites", "[\"renmin\"]");
	end();
}
END_TEST

static struct stored_leg table_from(const char *site, const int64_t cells[6])
{
	struct made m = { .site = site,
		.state = SITE_ANSWERED,
		.noise = NOISE_GAUSSIAN,
		.t = 21,
		.s = 1,
		.group = { "sex", "outcome" },
		.labels = { { "男", "女", "other" }, { "dead", "alive" } } };

	memcpy(m.cells, cells, 6 * sizeof(*cells));
	return leg_of(&m);
}

/* As two sites release it: added up after the noise. */
static void noisy_attrition(struct rng *gen, const int64_t left[3], int64_t cells[3])
{
	int64_t sum = 0, x;

	for (int i = 2; i >= 0; i--) {
		OK(noise_gaussian(gen, 21, &x, &err));
		sum += left[i] - (i < 2 ? left[i + 1] : 0) + x;
		cells[i] = sum;
	}
}

/* Of the step after the first criterion. */
static bool inside(const json_t *step, const char *name, double truth)
{
	const json_t *i = json_object_get(json_object_get(step, name), "interval");

	return json_number_value(json_array_get(i, 0)) <= truth &&
	       truth <= json_number_value(json_array_get(i, 1));
}

static const json_t *second_step(void)
{
	const json_t *groups = json_object_get(
		json_object_get(json_object_get(json, "total"), "statistics"), "groups");

	return json_array_get(json_object_get(json_array_get(groups, 0), "steps"), 1);
}

/* At least 95 of 100, less six standard errors. */
START_TEST(intervals_of_an_attrition_cover_as_often_as_they_say)
{
	enum {
		TRIALS = 600
	};
	static const int64_t left[3] = { 900, 500, 180 };
	unsigned hits[3] = { 0 };
	struct rng gen;

	kind(KIND_ATTRITION, 1, 3, ATTRITION);
	tape_start("attrition");
	rng_init(&gen);
	for (int t = 0; t < TRIALS; t++) {
		struct stored_leg legs[2];
		const json_t *step;
		int64_t a3[3], b3[3];

		arena_reset(&a);
		noisy_attrition(&gen, left, a3);
		noisy_attrition(&gen, left, b3);
		legs[0] = from("renmin", NULL, 21, a3, 3);
		legs[1] = from("xiehe", NULL, 21, b3, 3);
		write(legs, 2);
		step = second_step();
		hits[0] += inside(step, "left", 1000);
		hits[1] += inside(step, "lost", 800);
		hits[2] += inside(step, "percent", 100 * 500.0 / 900);
	}
	for (int i = 0; i < 3; i++)
		ck_assert_msg(hits[i] > 0.895 * TRIALS, "%d: %u of %d", i, hits[i], TRIALS);
	tape_end();
	end();
}
END_TEST

START_TEST(a_crosstab_has_margins_a_test_and_ratios_without_other)
{
	const int64_t cells[] = { 40, 60, 30, 90, -2, 3 },
		      less[] = { 1, 2, CELL_SUPPRESSED, 4, 5, 6 };
	struct stored_leg legs[2];

	kind(KIND_CROSSTAB, 1, 1, "");
	legs[0] = table_from("renmin", cells);
	legs[1] = table_from("xiehe", less);
	write(legs, 2);
	IS("total.cells.0.value", "41"); /* a cell is of whoever released it, */
	IS("total.statistics.tables.0.sites",
		"[\"renmin\"]"); /* a table of who released all of it */
	IS("total.statistics.tables.0.margins.rows.1",
		"{\"label\":\"女\",\"people\":{\"value\":120,\"interval\":[107,133]}}");
	IS("total.statistics.tables.0.margins.columns.0.people.value", "68");
	IS("total.statistics.tables.0.margins.people.value", "221");
	IS("total.statistics.tables.0.chi_square.value", "5.6571429");
	IS("total.statistics.tables.0.chi_square.rows", "2");
	IS("total.statistics.tables.0.compared.rows", "[\"男\",\"女\"]");
	IS("total.statistics.tables.0.compared.odds_ratio.value", "1.9863162");
	IS("total.statistics.tables.0.compared.small", "");
	end();
}
END_TEST

/* As a real hospital's: nobody of "other" reaches the threshold. */
START_TEST(a_line_that_nobody_released_is_in_no_test_and_no_margin)
{
	const int64_t cells[] = { 40, 60, 30, 90, CELL_SUPPRESSED, CELL_SUPPRESSED };
	const int64_t less[] = { 41, 61, CELL_SUPPRESSED, 91, CELL_SUPPRESSED, CELL_SUPPRESSED };
	struct stored_leg legs[2];

	kind(KIND_CROSSTAB, 1, 1, "");
	legs[0] = table_from("renmin", cells);
	legs[1] = table_from("xiehe", less);
	write(legs, 2);
	IS("total.statistics.tables.0.sites", "[\"renmin\"]");
	IS("total.statistics.tables.0.margins.rows.1.label", "\"女\"");
	IS("total.statistics.tables.0.margins.rows.2", "");
	IS("total.statistics.tables.0.margins.people.value", "220");
	IS("total.statistics.tables.0.compared.odds_ratio.value", "1.9863162");
	legs[0] = table_from("renmin", less); /* nobody has all: one line less */
	write(legs, 2);
	IS("total.statistics.tables.0.sites", "[\"renmin\",\"xiehe\"]");
	IS("total.statistics.tables.0.margins.rows.1.people.value", "182");
	IS("total.statistics.tables.0.margins.columns.0.label", "\"alive\"");
	IS("total.statistics.tables.0.margins.columns.1", "");
	IS("total.statistics.tables.0.chi_square", "");
	end();
}
END_TEST

START_TEST(a_site_with_another_scale_is_shown_and_says_so_and_is_in_no_total)
{
	struct stored_leg legs[2];

	for (int what = 0; what < 5; what++) { /* other layers and points are not let in */
		mean_scale();
		legs[0] = FROM("renmin", NULL, 21, 400, -8000, -1900000);
		shape.low += what == 0;
		shape.high += what == 1;
		shape.resolution += what == 2;
		shape.step += what == 3;
		shape.step_months = what == 4;
		legs[1] = FROM("xiehe", NULL, 21, 100, -2000, -390000, 7, 8, 9);
		write(legs, 2);
		IS("sites.1.state", "\"answered\"");
		IS("sites.1.left_out", "\"scale\"");
		IS("sites.1.cells.0.value", "100");
		IS("sites.1.statistics", "");
		IS("total.cells.0.value", "400");
		IS("total.cells.0.sites", "[\"renmin\"]");
		IS("total.statistics.groups.0.sites", "[\"renmin\"]");
		end();
	}
}
END_TEST

START_TEST(a_release_of_another_kind_than_was_asked_is_no_answer)
{
	struct stored_leg leg;

	kind(KIND_QUANTILE, 1, 2, "");
	leg = FROM("renmin", NULL, 21, 5, 6);
	snprintf(q.kind, sizeof(q.kind), "survival");
	write(&leg, 1);
	IS("sites.0.state", "\"failed\"");
	IS("total.cells", "[]");
	IS("total.statistics", "");
	end();
}
END_TEST

#define CODED                                                                                      \
	"{\"cohort\":{\"all\":[{\"condition\":[\"201826+\"]},{\"sex\":\"女\"}]},\"dataset\":"     \
	"\"omop\",\"kind\":\"count\",\"mode\":\"noised\",\"study\":\"S\"}"

/* A list that the question does not have keeps its number and gets no words. */
START_TEST(a_site_says_which_rules_and_how_many_concepts_shaped_its_answer)
{
	static const char *rules[] = { "code:hiv", "tighter:study:S" };
	struct stored_leg leg;

	kind(KIND_COUNT, 1, 1, CODED);
	shape.rules = rules;
	shape.n_rules = 2;
	shape.n_codes = 2;
	shape.codes[0] = (struct release_codes){ 0, 412 };
	shape.codes[1] = (struct release_codes){ 99, 7 };
	leg = FROM("renmin", NULL, 21, 1000);
	write(&leg, 1);
	IS("sites.0.explain.rules", "[\"code:hiv\",\"tighter:study:S\"]");
	IS("sites.0.explain.codes.0.list", "0");
	ck_assert_ptr_nonnull(strstr(of("sites.0.explain.codes.0.label.en"), "201826"));
	IS("sites.0.explain.codes.0.concepts", "412");
	IS("sites.0.explain.codes.1", "{\"list\":99,\"concepts\":7}");
	end();
}
END_TEST

/* What a site signs and proof_release() lets in: each kind with its own layers, points and scale, and no other. */
static bool let_in(EVP_PKEY *key, const struct release *r)
{
	struct msg_release m = { .id = "q-1" };
	uint8_t public[32], signature[64];
	size_t len = sizeof(public);
	struct release read;
	struct hash32 h;
	struct writer w;
	const void *bytes;
	bool in;

	OK(writer_init(&w, 1 << 20, &err));
	OK(release_encode(r, &w, &err));
	OK(writer_bytes(&w, &bytes, &m.sealed.len, &err));
	m.sealed.at = bytes;
	h = release_signed_hash(m.sealed);
	OK(identity_sign(key, &h, signature, &err));
	m.signature = (struct view){ signature, sizeof(signature) };
	ck_assert_int_eq(EVP_PKEY_get_raw_public_key(key, public, &len), 1);
	in = proof_release(&m, public, "renmin", &r->question,
		     r->kind < KINDS ? kind_name((enum question_kind)r->kind) : "count", &a, &read,
		     &err) == 0;
	writer_clear(&w);
	return in;
}

START_TEST(of_distinct_people_a_site_offers_one_number_in_enough_buckets)
{
	const struct release good = { .kind = KIND_DISTINCT,
		.n_layers = 1,
		.layers = { { 21, 1 } },
		.n_points = 1,
		.resolution = 1024,
		.summed = true,
		.n_cells = 1 };
	struct release r = good;

	ck_assert(release_sense(&r));
	r.resolution = 1023;
	ck_assert(!release_sense(&r));
	r = good;
	r.n_groups = 1;
	ck_assert(!release_sense(&r));
	r = good;
	r.n_points = 2;
	ck_assert(!release_sense(&r));
}
END_TEST

START_TEST(a_release_whose_numbers_do_not_fit_its_kind_is_not_let_in)
{
	static const struct {
		struct release r;
		bool in;
	} cases[] = {
#define R(k, l, p, ...) { .kind = k, .n_layers = l, .n_points = p, __VA_ARGS__ }
		{ R(KIND_COUNT, 1, 1, .low = 0), true }, { R(KIND_COUNT, 1, 2, .low = 0), false },
		{ R(KIND_CROSSTAB, 2, 1, .low = 0), false },
		{ R(KIND_MEAN, 3, 1, .high = 5, .resolution = 10), true },
		{ R(KIND_MEAN, 3, 1, .high = 5, .resolution = 0), false },
		{ R(KIND_MEAN, 3, 1, .low = 5, .high = 5, .resolution = 10), false },
		{ R(KIND_MEAN, 2, 1, .high = 5, .resolution = 10), false },
		{ R(KIND_MEAN, 3, 1, .high = 5, .resolution = (1 << 15) + 1), false },
		{ R(KIND_DISTINCT, 1, 1, .resolution = 1024), false }, /* only into a sum */
		{ R(KIND_QUANTILE, 1, 64, .high = 5), true },
		{ R(KIND_QUANTILE, 1, 64, .low = 6, .high = 5), false },
		{ R(KIND_SURVIVAL, 1, 8, .step = 3), true },
		{ R(KIND_SURVIVAL, 1, 7, .step = 3), false },
		{ R(KIND_SURVIVAL, 1, 8, .step = 0), false },
		{ R(KIND_ATTRITION, 1, 5, .low = 0), true },
		{ R(KIND_ATTRITION, 3, 5, .low = 0), false }
	};
	EVP_PKEY *key = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	static int64_t cells[MAX_POINTS * MAX_LAYERS];

	begin();
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct release r = cases[i].r;

		snprintf(r.site, sizeof(r.site), "renmin");
		snprintf(r.data, sizeof(r.data), "d");
		r.noise = NOISE_GAUSSIAN;
		for (uint64_t l = 0; l < r.n_layers; l++)
			r.layers[l] = (struct release_noise){ 21, 1 };
		r.round_to = 1;
		r.cells = cells;
		r.n_cells = r.n_layers * r.n_points;
		ck_assert_msg(let_in(key, &r) == cases[i].in, "case %zu", i);
	}
	/* people are bounded, sums of their squares where sites saturate */
	for (int layer = 0; layer < 3; layer++) {
		struct release r = cases[3].r;
		int64_t wide[3] = { 0 };

		wide[layer] = INT64_C(1) << 60;
		snprintf(r.site, sizeof(r.site), "renmin");
		snprintf(r.data, sizeof(r.data), "d");
		r.noise = NOISE_GAUSSIAN;
		for (int l = 0; l < 3; l++)
			r.layers[l] = (struct release_noise){ 21, 1 };
		r.round_to = 1;
		r.cells = wide;
		r.n_cells = 3;
		ck_assert(let_in(key, &r) == (layer > 0));
	}
	EVP_PKEY_free(key);
	end();
}
END_TEST

/* A crosstab of so many labels; those of the third group begin with `first`. */
static void wide(struct combine_part *p, const char *site, unsigned rows, unsigned columns, unsigned thirds, char first)
{
	const unsigned counts[] = { rows, columns, thirds };
	static const char *const names[] = { "a", "b", "c" };
	struct release *r = &p->release;

	*p = (struct combine_part){ .site = site, .release = { .kind = KIND_CROSSTAB, .n_layers = 1, .n_points = 1,
		.noise = NOISE_LAPLACE, .layers = { { 5, 1 } }, .n_groups = 3, .n_cells = rows * columns * thirds, .round_to = 1 } };
	for (unsigned g = 0; g < 3; g++) {
		snprintf(r->groups[g].name, sizeof(r->groups[g].name), "%s", names[g]);
		r->groups[g].count = counts[g];
		r->groups[g].labels = arena_array(&a, counts[g], sizeof(char *));
		for (unsigned i = 0; i < counts[g]; i++)
			r->groups[g].labels[i] = arena_textf(&a, "%c%u", g == 2 ? first : 'x', i);
	}
	r->cells = arena_array(&a, r->n_cells, sizeof(int64_t));
	for (uint64_t i = 0; i < r->n_cells; i++)
		r->cells[i] = 900 + (int64_t)(i % 7);
}

/* Labels that no other site has make tables of which everything is missing; many tables make many draws. Neither may
 * keep the gateway's loop from everybody else. */
START_TEST(tables_of_many_labels_cost_little)
{
	struct combine_part parts[2];
	struct combined all;
	struct statistics s = { .all = &all };
	clock_t begun;

	arena_init(&a, 256 << 20);
	wide(&parts[0], "huashan", 64, 64, 1, 'y');
	wide(&parts[1], "renmin", 10, 1, 400, 'z');
	OK(combine(&all, parts, 2, &a, &err));
	begun = clock();
	text_init(&out, 64 << 20);
	statistics_write(&s, &out);
	ck_assert(!text_failed(&out));
	ck_assert_double_lt((double)(clock() - begun) / CLOCKS_PER_SEC, 2);
	text_clear(&out);
	wide(&parts[0], "huashan", 20, 20, 10, 'y');
	OK(combine(&all, parts, 1, &a, &err));
	text_init(&out, 64 << 20);
	begun = clock();
	statistics_write(&s, &out);
	ck_assert_double_lt((double)(clock() - begun) / CLOCKS_PER_SEC, 1.5);
	ck_assert_ptr_nonnull(strstr(text_str(&out), "chi_square"));
	text_clear(&out);
	text_init(&out, 0);
	arena_clear(&a);
}
END_TEST

START_TEST(nothing_released_gives_no_statistics_and_no_zero)
{
	struct stored_leg leg;

	mean_scale();
	leg = FROM("renmin", NULL, 21, CELL_SUPPRESSED, CELL_SUPPRESSED, CELL_SUPPRESSED);
	write(&leg, 1);
	IS("total.cells.0.state", "\"suppressed\"");
	IS("total.statistics.groups", "[]");
	end();
}
END_TEST

START_TEST(sums_of_squares_saturate_and_do_not_wrap)
{
	struct stored_leg legs[3];
	static const char *const names[] = { "a", "b", "c" };

	mean_scale();
	for (int i = 0; i < 3; i++)
		legs[i] = FROM(names[i], NULL, 21, 10, 5, INT64_C(1) << 62);
	write(legs, 3);
	IS("total.cells.2.value", "4611686018427387904");
	IS("total.cells.0.value", "30");
	end();
}
END_TEST

START_TEST(the_same_releases_give_the_same_bytes_of_every_kind)
{
	static const struct {
		enum question_kind kind;
		uint64_t layers, points;
	} kinds[] = { { KIND_MEAN, 3, 1 }, { KIND_QUANTILE, 1, 6 }, { KIND_SURVIVAL, 1, 6 },
		{ KIND_ATTRITION, 1, 6 } };
	const int64_t cells[] = { 40, 60, 30, 90, -2, 3 };
	struct stored_leg leg;
	char *first;

	for (int i = 0; i < 5; i++) {
		kind(i < 4 ? kinds[i].kind : KIND_CROSSTAB, i < 4 ? kinds[i].layers : 1,
			i < 4 ? kinds[i].points : 1, "");
		shape.high = 5;
		shape.resolution = shape.step = 1;
		leg = i < 4 ? from("renmin", NULL, 21, cells, 6) : table_from("renmin", cells);
		write(&leg, 1);
		first = strdup(text_str(&out));
		write(&leg, 1);
		ck_assert_str_eq(first, text_str(&out));
		free(first);
		end();
	}
}
END_TEST

UNIT_MAIN("answer kinds", a_mean_has_its_three_sums_by_group_and_what_they_say,
	quantiles_of_a_measure_come_with_the_width_of_its_bins,
	a_survival_is_a_curve_with_those_at_risk,
	an_attrition_tells_each_step_in_words_with_noise_of_its_own,
	intervals_of_an_attrition_cover_as_often_as_they_say,
	a_crosstab_has_margins_a_test_and_ratios_without_other,
	a_line_that_nobody_released_is_in_no_test_and_no_margin,
	a_site_with_another_scale_is_shown_and_says_so_and_is_in_no_total,
	a_release_of_another_kind_than_was_asked_is_no_answer,
	a_site_says_which_rules_and_how_many_concepts_shaped_its_answer,
	of_distinct_people_a_site_offers_one_number_in_enough_buckets,
	a_release_whose_numbers_do_not_fit_its_kind_is_not_let_in,
	tables_of_many_labels_cost_little, nothing_released_gives_no_statistics_and_no_zero,
	sums_of_squares_saturate_and_do_not_wrap,
	the_same_releases_give_the_same_bytes_of_every_kind)
