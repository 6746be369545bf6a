/*
 * test_gateway_answer.c - laying releases over one another, and the JSON around them.
 */
#include "answer/answer.h"

#include "answer/answer_privacy.h"
#include "crypto/account.h"
#include "crypto/interval.h"
#include "gateway/round_in.h"
#include "tests/unit/answers.h"

/* ---- totals ---- */

START_TEST(the_total_is_the_sum_with_the_interval_of_its_sites_noise)
{
	const struct made r = { "renmin", SITE_ANSWERED, NOISE_GAUSSIAN, 21, 1, { NULL },
		{ { NULL } }, { 417 } };
	const struct made x = { "xiehe", SITE_ANSWERED, NOISE_GAUSSIAN, 100, 1, { NULL },
		{ { NULL } }, { -3 } };
	const struct interval_term terms[] = { { 1, 21, 1 }, { 1, 100, 1 } };
	long long reach = (long long)interval_sum(terms, 2, 50000);
	struct stored_leg legs[2];
	char want[60];

	begin();
	legs[0] = leg_of(&r);
	legs[1] = leg_of(&x);
	write(legs, 2);
	IS("total.cells.0.value", "414");
	snprintf(want, sizeof(want), "[%lld,%lld]", 414 - reach, 414 + reach);
	IS("total.cells.0.interval", want);
	IS("total.cells.0.group", "{}");
	IS("sites.1.cells.0.value", "-3");
	IS("groups", "[]");
	IS("ms", "57");
	ck_assert_int_gt(reach, (long long)interval_gaussian(21, 50000));
	end();
}
END_TEST

/* Sums are made of what was released; what is shown is a multiple, and the interval's ends go outwards. */
START_TEST(values_are_shown_in_multiples_and_summed_as_they_are)
{
	static const struct {
		int64_t a, b;
		uint64_t round_a, round_b;
		const char *shown_a, *shown_b, *total, *span_a, *span_total;
	} rows[] = { /* variance 4: reach 4 alone, 6 for two */
		{ 102, 203, 1, 1, "102", "203", "305", "[98,106]", "[299,311]" },
		{ 102, 203, 5, 1, "100", "203", "305", "[95,110]", "[295,315]" },
		{ 103, 203, 5, 10, "105", "200", "310", "[95,110]", "[300,320]" },
		{ 102, 102, 5, 5, "100", "100", "205", "[95,110]", "[195,210]" }, /* not 200 */
		{ -3, 50, 10, 10, "0", "50", "50", "[-10,10]", "[40,60]" },
		{ -7, 50, 10, 10, "-10", "50", "40", "[-20,0]", "[30,50]" }
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct made one = { .site = "a",
			.state = SITE_ANSWERED,
			.noise = NOISE_GAUSSIAN,
			.t = 4,
			.s = 1,
			.cells = { rows[i].a } };
		const struct made two = { .site = "b",
			.state = SITE_ANSWERED,
			.noise = NOISE_GAUSSIAN,
			.t = 4,
			.s = 1,
			.cells = { rows[i].b } };
		struct stored_leg legs[2];
		char want[16];

		begin();
		rounding = rows[i].round_a;
		legs[0] = leg_of(&one);
		rounding = rows[i].round_b;
		legs[1] = leg_of(&two);
		rounding = 1;
		write(legs, 2);
		ck_assert_str_eq(of("sites.0.cells.0.value"), rows[i].shown_a);
		ck_assert_str_eq(of("sites.1.cells.0.value"), rows[i].shown_b);
		ck_assert_str_eq(of("sites.0.cells.0.interval"), rows[i].span_a);
		ck_assert_str_eq(of("total.cells.0.value"), rows[i].total);
		ck_assert_str_eq(of("total.cells.0.interval"), rows[i].span_total);
		snprintf(want, sizeof(want), "%d", (int)rows[i].round_b);
		ck_assert_str_eq(of("sites.1.round_to"), want);
		end();
	}
}
END_TEST

START_TEST(laplace_and_gaussian_noise_are_both_told_and_added)
{
	const struct made r = { "renmin", SITE_ANSWERED, NOISE_LAPLACE, 7, 2, { NULL },
		{ { NULL } }, { 10 } };
	const struct made x = { "xiehe", SITE_RECALLED, NOISE_GAUSSIAN, 5, 1, { NULL },
		{ { NULL } }, { 20 } };
	struct stored_leg legs[2];

	begin();
	legs[0] = leg_of(&r);
	legs[1] = leg_of(&x);
	write(legs, 2);
	IS("total.cells.0.value", "30");
	IS("sites.0.noise", "{\"kind\":\"discrete-laplace\",\"scale\":\"7/2\"}");
	IS("sites.1.noise", "{\"kind\":\"discrete-gaussian\",\"variance\":5}");
	IS("sites.1.state", "\"recalled\"");
	end();
}
END_TEST

START_TEST(a_suppressed_cell_is_in_no_sum_and_is_no_zero)
{
	const struct made r = { "renmin", SITE_ANSWERED, NOISE_GAUSSIAN, 21, 1, { "sex", NULL },
		{ { "男", "女", NULL } }, { CELL_SUPPRESSED, 0 } };
	const struct made x = { "xiehe", SITE_ANSWERED, NOISE_GAUSSIAN, 21, 1, { "sex", NULL },
		{ { "男", "女", NULL } }, { CELL_SUPPRESSED, 5 } };
	struct stored_leg legs[2];

	begin();
	legs[0] = leg_of(&r);
	legs[1] = leg_of(&x);
	write(legs, 2);
	IS("total.cells.0.state", "\"suppressed\"");
	IS("total.cells.0.value", "");
	IS("total.cells.0.sites", "[]");
	IS("total.cells.1.value", "5");
	IS("total.cells.1.sites", "[\"renmin\",\"xiehe\"]");
	IS("sites.0.cells.0",
		"{\"group\":{\"sex\":\"男\"},\"state\":\"suppressed\",\"threshold\":10}");
	IS("sites.0.cells.1.value", "0");
	end();
}
END_TEST

START_TEST(labels_are_matched_by_name_in_any_order_over_several_groups)
{
	const struct made r = { "renmin", SITE_ANSWERED, NOISE_GAUSSIAN, 21, 1, { "sex", "age" },
		{ { "男", "女" }, { "0-44", "45-64" } }, { 1, 2, 3, 4 } };
	const struct made x = { "xiehe", SITE_ANSWERED, NOISE_GAUSSIAN, 21, 1, { "sex", "age" },
		{ { "女", "男" }, { "45-64", "65+" } }, { 10, 20, 30, 40 } };
	struct stored_leg legs[2];

	begin();
	legs[0] = leg_of(&r);
	legs[1] = leg_of(&x);
	write(legs, 2);
	IS("groups.0.labels", "[\"男\",\"女\"]");
	IS("groups.1.labels", "[\"0-44\",\"45-64\",\"65+\"]");
	IS("total.cells.0",
		"{\"group\":{\"sex\":\"男\",\"age\":\"0-44\"},\"value\":1,\"interval\":[-8,10],"
		"\"state\":\"released\",\"sites\":[\"renmin\"]}");
	IS("total.cells.1.value", "32"); /* 男 45-64: 2 + 30 */
	IS("total.cells.2.value", "40"); /* 男 65+ */
	IS("total.cells.3.value", "3");  /* 女 0-44 */
	IS("total.cells.4.value", "14"); /* 女 45-64: 4 + 10 */
	IS("total.cells.5.value", "20"); /* 女 65+ */
	IS("total.cells.6", "");
	IS("sites.1.cells.0", "{\"group\":{\"sex\":\"男\",\"age\":\"0-44\"},\"state\":\"absent\"}");
	IS("sites.1.cells.1.value", "30");
	end();
}
END_TEST

START_TEST(a_site_with_other_groups_is_shown_but_is_in_no_total)
{
	const struct made r = { "renmin", SITE_ANSWERED, NOISE_GAUSSIAN, 21, 1, { "sex" },
		{ { "男", "女" } }, { 1, 2 } };
	const struct made x = { "xiehe", SITE_ANSWERED, NOISE_GAUSSIAN, 21, 1, { "ward", "year" },
		{ { "A", "B" }, { "2024", "2025" } }, { 5, 6, 7, 8 } };
	struct stored_leg legs[2];

	begin();
	legs[0] = leg_of(&r);
	legs[1] = leg_of(&x);
	write(legs, 2);
	IS("total.cells.0.sites", "[\"renmin\"]");
	IS("total.cells.2", "");
	IS("sites.1.cells.2.group", "{\"ward\":\"B\",\"year\":\"2024\"}");
	IS("sites.1.cells.2.value", "7");
	IS("sites.1.left_out", "\"groups\"");
	IS("sites.0.left_out", "");
	end();
}
END_TEST

/* ---- sites without numbers ---- */

START_TEST(every_site_is_named_with_what_became_of_it)
{
	struct message m = { .type = MSG_REFUSE,
		.refuse = { .id = "q-1",
			.state = REFUSE_RULE,
			.rule = "study:S.may_use",
			.say_en = "the \"study\" may not",
			.say_zh = "该研究不可使用" } };
	struct stored_leg legs[6] = {
		{ "renmin", SITE_REFUSED, 3, { NULL, 0 } },
		{ "xiehe", SITE_TIMED_OUT, -1, { NULL, 0 } },
		{ "huashan", SITE_OFFLINE, -1, { NULL, 0 } },
		{ "ruijin", SITE_WAITING, -1, { NULL, 0 } },
		{ "tongji", SITE_CANCELLED, -1, { NULL, 0 } },
		{ "zhongshan", SITE_ANSWERED, 5, { (const uint8_t *)"not a message", 13 } },
	};

	begin();
	legs[0].message = frame_of(&m);
	write(legs, 6);
	IS("sites.0", "{\"site\":\"renmin\",\"state\":\"refused\",\"rule\":\"study:S.may_use\","
		      "\"say\":{\"zh\":\"该研究不可使用\",\"en\":\"the \\\"study\\\" may "
		      "not\"},\"ms\":3}");
	IS("sites.1", "{\"site\":\"xiehe\",\"state\":\"timed-out\"}");
	IS("sites.2.state", "\"offline\"");
	IS("sites.3.state", "\"waiting\"");
	IS("sites.4.state", "\"cancelled\"");
	IS("sites.5.state", "\"failed\""); /* damaged in the store */
	IS("total", "{\"cells\":[]}");
	end();
}
END_TEST

START_TEST(a_late_release_is_in_the_store_but_not_in_the_answer)
{
	const struct made r = { "renmin", SITE_TIMED_OUT, NOISE_GAUSSIAN, 21, 1, { NULL },
		{ { NULL } }, { 417 } };
	struct stored_leg leg;

	begin();
	leg = leg_of(&r);
	write(&leg, 1);
	ck_assert_ptr_null(strstr(text_str(&out), "417"));
	IS("sites.0.state", "\"timed-out\"");
	end();
}
END_TEST

START_TEST(no_truncation_of_a_stored_message_harms)
{
	const struct made r = { "renmin", SITE_ANSWERED, NOISE_GAUSSIAN, 21, 1, { "sex" },
		{ { "男", "女" } }, { 1, 2 } };
	struct stored_leg leg, cut;

	begin();
	leg = leg_of(&r);
	for (size_t len = 0; len < leg.message.len; len++) {
		cut = leg;
		cut.message.len = len;
		write(&cut, 1);
		IS("sites.0.state", "\"failed\"");
	}
	end();
}
END_TEST

START_TEST(the_same_store_gives_the_same_bytes)
{
	const struct made r = { "renmin", SITE_ANSWERED, NOISE_GAUSSIAN, 21, 1, { "sex" },
		{ { "男", "女" } }, { 1, 2 } };
	struct stored_leg leg;
	char *first;

	begin();
	leg = leg_of(&r);
	write(&leg, 1);
	first = strdup(text_str(&out));
	write(&leg, 1);
	ck_assert_str_eq(first, text_str(&out));
	free(first);
	end();
}
END_TEST

START_TEST(an_answer_over_its_bound_is_an_error)
{
	const struct made r = { "renmin", SITE_ANSWERED, NOISE_GAUSSIAN, 21, 1, { NULL },
		{ { NULL } }, { 417 } };
	struct stored_leg leg;

	begin();
	leg = leg_of(&r);
	text_init(&out, 200);
	FAILS(answer_write(&q, &leg, 1, NULL, 5000, &out, &err), E_LIMIT);
	end();
}
END_TEST

/* ---- many and hostile ---- */

static struct combine_word word(uint64_t cell)
{
	return (struct combine_word){ .cell = cell };
}

/* A release of n labels that begin with `prefix`. */
static void many_labels(struct combine_part *p, const char *site, const char *prefix, uint64_t n)
{
	memset(p, 0, sizeof(*p));
	p->site = site;
	p->release.n_groups = 1;
	p->release.n_layers = p->release.n_points = 1;
	snprintf(p->release.groups[0].name, sizeof(p->release.groups[0].name), "g");
	p->release.groups[0].count = n;
	p->release.groups[0].labels = arena_array(&a, n, sizeof(char *));
	p->release.n_cells = n;
	p->release.cells = arena_array(&a, n, sizeof(int64_t));
	p->release.noise = NOISE_GAUSSIAN;
	p->release.layers[0].t = 4;
	p->release.layers[0].s = 1;
	for (uint64_t i = 0; i < n; i++) {
		p->release.groups[0].labels[i] = arena_textf(&a, "%s%u", prefix, (unsigned)i);
		p->release.cells[i] = 1;
	}
}

START_TEST(an_answer_of_as_many_sites_as_may_be_asked_fits)
{
	const struct made r = { "renmin", SITE_ANSWERED, NOISE_GAUSSIAN, 21, 1, { NULL },
		{ { NULL } }, { 417 } };
	static struct stored_leg legs[MAX_SITES];

	begin();
	for (size_t i = 0; i < MAX_SITES; i++)
		legs[i] = (struct stored_leg){ "other", SITE_OFFLINE, -1, { NULL, 0 } };
	legs[MAX_SITES - 1] = leg_of(&r);
	write(legs, MAX_SITES);
	IS("total.cells.0.value", "417");
	end();
}
END_TEST

/* An answer without the sites that did not fit would be one with a wrong total. */
START_TEST(what_does_not_fit_is_no_failure_of_a_site)
{
	enum {
		SITES = 1100,
		LABELS = 400
	};
	static char texts[LABELS][16];
	static const char *labels[LABELS], *tens[10];
	static struct stored_leg legs[SITES];
	static const uint8_t signature[64] = { 1 };
	struct release *r = calloc(1, sizeof(*r));
	struct message msg = { .type = MSG_RELEASE, .release = { .id = "q-1" } };
	struct writer w;
	const void *bytes;
	size_t len;

	begin();
	for (int i = 0; i < LABELS; i++) {
		snprintf(texts[i], sizeof(texts[i]), "l%d", i);
		labels[i] = texts[i];
	}
	memcpy(tens, labels, sizeof(tens));
	*r = (struct release){ .site = "renmin",
		.policy_version = 7,
		.data = "d",
		.noise = NOISE_GAUSSIAN,
		.n_layers = 1,
		.layers = { { 21, 1 } },
		.n_points = 1,
		.min_patients = 10,
		.round_to = 1,
		.n_groups = 2,
		.groups = { { "a", LABELS, labels }, { "b", 10, tens } },
		.n_cells = LABELS * 10 };
	r->cells = arena_array(&a, r->n_cells, sizeof(int64_t));
	OK(writer_init(&w, 1 << 20, &err));
	OK(release_encode(r, &w, &err));
	OK(writer_bytes(&w, &bytes, &len, &err));
	msg.release.sealed = (struct view){ bytes, len };
	msg.release.signature = (struct view){ signature, 64 };
	legs[0] = (struct stored_leg){ "renmin", SITE_ANSWERED, 41, frame_of(&msg) };
	writer_clear(&w);
	for (int i = 1; i < SITES; i++)
		legs[i] = legs[0];
	text_init(&out, ANSWER_BYTES);
	FAILS(answer_write(&q, legs, SITES, NULL, 5000, &out, &err), E_LIMIT);
	free(r);
	end();
}
END_TEST

START_TEST(a_site_with_too_many_new_labels_is_left_out_of_the_total)
{
	struct combine_part parts[6];
	struct combined c;
	struct combine_sum sum;
	static const char *const prefixes[] = { "a", "b", "c", "d", "e", "a" };

	begin();
	for (int i = 0; i < 6; i++)
		many_labels(&parts[i], "s", prefixes[i], MAX_LABELS);
	OK(combine(&c, parts, 6, &a, &err));
	for (int i = 0; i < 4; i++)
		ck_assert_int_eq(parts[i].out, COMBINE_IN);
	ck_assert_int_eq(parts[4].out, COMBINE_LABELS);
	ck_assert_int_eq(parts[5].out, COMBINE_IN);
	ck_assert_uint_eq(c.groups[0].count, UNION_LABELS);
	ck_assert_uint_eq(c.n_cells, UNION_LABELS);
	combine_sum(&c, word(c.cells[0]), &sum);
	ck_assert_int_eq(sum.value, 2);
	ck_assert_uint_eq(sum.n, 2);
	combine_sum(&c, word(c.cells[MAX_LABELS]), &sum);
	ck_assert_int_eq(sum.value, 1);
	end();
}
END_TEST

START_TEST(different_sets_of_sites_have_their_own_intervals_past_the_cache)
{
	enum {
		N = 9
	};
	struct combine_part parts[N];
	struct combined c;
	struct combine_sum sum;

	begin();
	for (int i = 0; i < N; i++) {
		many_labels(&parts[i], "s", "a", 1 << N);
		parts[i].release.layers[0].t = UINT64_C(1) << (2 * i);
	}
	for (uint64_t cell = 0; cell < 1 << N; cell++)
		for (uint64_t i = 0; i < N; i++)
			if (!(cell >> i & 1))
				parts[i].release.cells[cell] = CELL_SUPPRESSED;
	OK(combine(&c, parts, N, &a, &err));
	for (int twice = 0; twice < 2; twice++)
		for (uint64_t cell = 1; cell < 1 << N; cell++) {
			struct interval_term terms[N];
			unsigned n = 0;

			for (uint64_t i = 0; i < N; i++)
				if (cell >> i & 1)
					terms[n++] = (struct interval_term){ 1,
						UINT64_C(1) << (2 * i), 1 };
			combine_sum(&c, word(c.cells[cell]), &sum);
			ck_assert_uint_eq(sum.n, n);
			ck_assert_int_eq(sum.value, n);
			ck_assert_uint_eq(sum.reach, interval_sum(terms, n, ALPHA_PPM));
		}
	combine_sum(&c, word(c.cells[0]), &sum);
	ck_assert_uint_eq(sum.n, 0);
	end();
}
END_TEST

START_TEST(no_memory_is_an_error)
{
	struct combine_part parts[2];
	struct combined c;
	struct arena small;

	begin();
	many_labels(&parts[0], "s", "a", 100);
	many_labels(&parts[1], "t", "b", 100);
	arena_init(&small, 500);
	FAILS(combine(&c, parts, 2, &small, &err), E_LIMIT);
	arena_clear(&small);
	end();
}
END_TEST

/* ---- the life of a site's part ---- */

START_TEST(a_part_that_ended_stays_as_it_is_and_all_other_steps_are_the_tables)
{
	static const enum leg_event by_site[] = { ON_RELEASE, ON_RECALLED, ON_BELOW, ON_REFUSED,
		ON_FAILED, ON_TIME_OUT, ON_STOPPED };
	static const enum leg_state ends[] = { LEG_ANSWERED, LEG_RECALLED, LEG_SUPPRESSED,
		LEG_REFUSED, LEG_FAILED, LEG_TIMED_OUT, LEG_CANCELLED };
	enum leg_state want[LEG_STATES][LEG_EVENTS] = { { 0 } };
	struct event_base *base = event_base_new();
	struct rounds all = { .base = base };
	char name[] = "renmin";

	for (int from = LEG_AWAY; from <= LEG_GONE; from++)
		for (size_t i = 0; i < sizeof(by_site) / sizeof(by_site[0]); i++)
			want[from][by_site[i]] = ends[i];
	want[LEG_AWAY][ON_ASK] = want[LEG_GONE][ON_ASK] = LEG_ASKED;
	want[LEG_AWAY][ON_GRACE] = want[LEG_AWAY][ON_DEADLINE] = LEG_GONE;
	want[LEG_ASKED][ON_LOST] = LEG_AWAY;
	want[LEG_ASKED][ON_DEADLINE] = LEG_TIMED_OUT;
	want[LEG_AWAY][ON_CANCEL] = want[LEG_ASKED][ON_CANCEL] = LEG_CANCELLED;
	/* a secure sum */
	for (int from = LEG_OFFERED; from <= LEG_SUMMING; from++) {
		for (size_t i = 0; i < sizeof(by_site) / sizeof(by_site[0]); i++)
			want[from][by_site[i]] = ends[i];
		want[from][ON_CANCEL] = LEG_CANCELLED;
		want[from][ON_NO_SUM] = LEG_LEFT_OUT;
	}
	want[LEG_AWAY][ON_OFFER] = want[LEG_ASKED][ON_OFFER] = want[LEG_GONE][ON_OFFER] = LEG_OFFERED;
	want[LEG_OFFERED][ON_LOST] = LEG_AWAY;
	want[LEG_OFFERED][ON_INVITE] = LEG_SUMMING;
	want[LEG_SUMMING][ON_SUMMED] = LEG_SUMMED;
	want[LEG_SUMMING][ON_DROPPED] = LEG_DROPPED;
	all.flush = event_new(base, -1, 0, (event_callback_fn)abort, NULL);
	all.late = evtimer_new(base, (event_callback_fn)abort, NULL);
	for (int from = LEG_AWAY; from < LEG_STATES; from++)
		for (int on = 0; on < LEG_EVENTS; on++) {
			struct leg leg = { .name = name,
				.state = (enum leg_state)from,
				.queued = leg_site_state((enum leg_state)from) };
			struct round r = { .all = &all, .legs = &leg, .n = 1 };
			bool moved = leg_move(&r, &leg, (enum leg_event)on, NULL, 0, NULL);

			ck_assert_msg(moved == (want[from][on] != LEG_NONE), "%d on %d", from, on);
			ck_assert_int_eq(leg.state, moved ? (int)want[from][on] : from);
			ck_assert_int_eq(leg.queued, leg_site_state(leg.state));
		}
	rounds_forget_queue(&all);
	free(all.queue);
	event_free(all.flush);
	event_free(all.late);
	event_base_free(base);
}
END_TEST

/* rho 0.1 and 0.5 at delta 1e-6: epsilon 2.14193892838547 and 5.22153444453017, computed with 60 digits. */
START_TEST(a_patient_of_two_sites_loses_what_the_two_dearest_charge)
{
	struct privacy_cost c = { 0 };
	struct text t;

	text_init(&t, 4096);
	answer_write_privacy(&c, &t);
	privacy_add(&c, 0); /* nobody answered */
	answer_write_privacy(&c, &t);
	ck_assert_str_eq(text_str(&t), "");
	privacy_add(&c, ACCOUNT_ONE / 10);
	answer_write_privacy(&c, &t);
	ck_assert_str_eq(text_str(&t),
		",\"privacy\":{\"unit\":\"patient-at-site\",\"delta\":\"0.000001\",\"one\":{\"sites\":1,"
		"\"rho\":\"0.1\",\"epsilon\":\"2.141939\"}}");
	text_clear(&t);
	text_init(&t, 4096);
	privacy_add(&c, ACCOUNT_ONE / 20);
	privacy_add(&c, ACCOUNT_ONE / 10 * 4);
	privacy_add(&c, 1);
	answer_write_privacy(&c, &t);
	ck_assert_ptr_nonnull(strstr(text_str(&t), "\"one\":{\"sites\":1,\"rho\":\"0.4\""));
	ck_assert_ptr_nonnull(strstr(text_str(&t),
		"\"several\":{\"sites\":2,\"rho\":\"0.5\",\"epsilon\":\"5.221535\"}}"));
	text_clear(&t);
	text_init(&t, 4096);
	privacy_add(&c, UINT64_MAX);
	answer_write_privacy(&c, &t); /* no sum wraps */
	ck_assert_ptr_nonnull(strstr(text_str(&t), "\"rho\":\"18446744.07371\""));
	text_clear(&t);
}
END_TEST

UNIT_MAIN("gateway answer", the_total_is_the_sum_with_the_interval_of_its_sites_noise,
	values_are_shown_in_multiples_and_summed_as_they_are,
	laplace_and_gaussian_noise_are_both_told_and_added,
	a_suppressed_cell_is_in_no_sum_and_is_no_zero,
	labels_are_matched_by_name_in_any_order_over_several_groups,
	a_site_with_other_groups_is_shown_but_is_in_no_total,
	every_site_is_named_with_what_became_of_it,
	a_late_release_is_in_the_store_but_not_in_the_answer,
	no_truncation_of_a_stored_message_harms, the_same_store_gives_the_same_bytes,
	an_answer_over_its_bound_is_an_error,
	an_answer_of_as_many_sites_as_may_be_asked_fits, what_does_not_fit_is_no_failure_of_a_site,
	a_site_with_too_many_new_labels_is_left_out_of_the_total,
	different_sets_of_sites_have_their_own_intervals_past_the_cache, no_memory_is_an_error,
	a_part_that_ended_stays_as_it_is_and_all_other_steps_are_the_tables,
	a_patient_of_two_sites_loses_what_the_two_dearest_charge)
