/*
 * test_gateway_paillier.c - the round of a sum at the gateway (gateway/round_sum.c, round_paillier.c) with real sites and
 * holders of threshold Paillier, and lines, store and clock that are the test's: which protocol is chosen, who may leave
 * and come back when, and what lying sites and holders reach.
 */
#include "tests/unit/paillier.h"
#include "tests/unit/secagg.h"

#include <event2/event.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "gateway/proof.h"
#include "gateway/round_sum_in.h"
#include "paillier/tp_holder.h"
#include "paillier/tp_site.h"
#include "query/question.h"
#include "secagg/quorum.h"

enum {
	SITES = 5,
	HOLDERS = 5,
	NAMES = SITES + HOLDERS,
	LIMIT = 1 << 20,
	WHOLE_MS = 80000,
};

static struct error err;
static struct federation *f;
static struct tp_key k;
static struct tp_share shares[HOLDERS];
static EVP_PKEY *holder_keys[HOLDERS];
static struct tp_table *table;
static struct event_base *base;
static struct rounds all;
static struct round ours;
static struct leg legs[SITES];
static struct site_status line[NAMES];
static char names[NAMES][MAX_ID + 1];
static char why[SITES][200]; /* the gateway's words about a site */
static struct release shape_of[SITES];
static struct tp_site *sites[SITES];
static struct tp_site_setup setups[SITES];
static struct {
	unsigned n, step; /* what was said to it, how often, and the last of it */
	struct text body;
} told[NAMES];
static struct text to_holders[32];
static unsigned holder_steps[32], n_to_holder;

/* ---- time, lines and store are the test's ---- */

static int64_t mono_ms = 5000;

int clock_gettime(clockid_t id, struct timespec *t)
{
	int64_t ms = id == CLOCK_REALTIME || id == CLOCK_REALTIME_COARSE ? NOW_S * 1000 + mono_ms
									 : mono_ms;

	if (id == CLOCK_PROCESS_CPUTIME_ID || id == CLOCK_THREAD_CPUTIME_ID)
		return (int)syscall(SYS_clock_gettime, id, t);
	*t = (struct timespec){ ms / 1000, ms % 1000 * 1000000 };
	return 0;
}

size_t sessions_find(const struct sessions *s, const char *site)
{
	(void)s;
	for (size_t i = 0; i < NAMES; i++)
		if (strcmp(names[i], site) == 0)
			return i;
	return NO_SITE;
}
const struct site_status *sessions_status(const struct sessions *s, size_t site)
{
	(void)s;
	return &line[site];
}
const uint8_t *sessions_key(const struct sessions *s, size_t site)
{
	static const uint8_t key[32];

	(void)s;
	return line[site].online ? key : NULL;
}
void sessions_drop(struct sessions *s, size_t site)
{
	(void)s;
	ck_abort_msg("%s is dropped", names[site]);
}
int sessions_send(struct sessions *s, size_t site, const struct message *m, struct error *e)
{
	(void)s;
	if (!line[site].online)
		return error_set(e, E_STATE, SAY("no", "否"), "off the line");
	ck_assert_int_eq(m->type, MSG_SUM);
	told[site].n++;
	told[site].step = (unsigned)m->sum.step;
	text_reset(&told[site].body);
	text_addn(&told[site].body, m->sum.body.at, m->sum.body.len);
	if (site == SITES) { /* the first holder's whole story */
		ck_assert_uint_lt(n_to_holder, 32);
		holder_steps[n_to_holder] = (unsigned)m->sum.step;
		text_reset(&to_holders[n_to_holder]);
		text_addn(&to_holders[n_to_holder++], m->sum.body.at, m->sum.body.len);
	}
	return 0;
}
int store_summed(struct store *s, const struct hash32 *hash, char id[MAX_ID + 1], struct error *e)
{
	(void)s, (void)hash, (void)id, (void)e;
	return 0;
}
int store_legs(struct store *s, const char *id, struct arena *a, struct stored_leg **out, size_t *n,
	struct error *e)
{
	(void)s, (void)id, (void)a, (void)out, (void)n, (void)e;
	ck_abort_msg("nothing is stored");
}
int store_sum(struct store *s, const char *id, bool transcript, struct arena *a,
	struct stored_sum *out, struct error *e)
{
	(void)s, (void)id, (void)transcript, (void)a, (void)out, (void)e;
	ck_abort_msg("nothing is stored");
}
int proof_offer(const struct msg_offer *m, const uint8_t key[32], const char *site,
	const struct hash32 *question, const char *kind, struct arena *a, struct release *out,
	struct error *e)
{
	(void)m, (void)key, (void)question, (void)kind, (void)a, (void)e;
	*out = shape_of[sessions_find(NULL, site)];
	return 0;
}
int round_body(const struct message *m, uint8_t **body, size_t *len, struct error *e)
{
	(void)e;
	*len = 1;
	*body = calloc(1, 200);
	if (m->type == MSG_REFUSE)
		snprintf((char *)*body, 200, "%.199s", m->refuse.say_en);
	return 0;
}
void round_schedule(struct round *round)
{
	(void)round;
}
bool leg_move(struct round *round, struct leg *leg, enum leg_event on, uint8_t *body, size_t len,
	const char *audit)
{
	static const enum leg_state to[LEG_EVENTS] = { [ON_OFFER] = LEG_OFFERED,
		[ON_INVITE] = LEG_SUMMING,
		[ON_SUMMED] = LEG_SUMMED,
		[ON_DROPPED] = LEG_DROPPED,
		[ON_NO_SUM] = LEG_LEFT_OUT };

	(void)round, (void)len, (void)audit;
	ck_assert_int_ne(to[on], LEG_NONE);
	leg->state = to[on];
	if (body != NULL)
		snprintf(why[leg - legs], sizeof(why[0]), "%s", (char *)body);
	free(body);
	return true;
}

/* ---- a federation, a question ---- */

static struct sum_now now_here(void)
{
	return (struct sum_now){ clock_wall_ms() / 1000, clock_mono_ms() };
}

static void make_key(void)
{
	BIGNUM *p = hex_number(kat_numbers[KAT_P]), *q = hex_number(kat_numbers[KAT_Q]);

	name_holders(&k, HOLDERS, 1);
	k.federation = f->members.federation;
	k.from_s = NOW_S - 1000;
	for (unsigned j = 0; j < HOLDERS; j++) {
		OK(identity_new_key(&holder_keys[j], &err));
		public_key(holder_keys[j], k.holders[j].key);
		snprintf(names[SITES + j], sizeof(names[0]), "%s", k.holders[j].name);
	}
	OK(tp_deal_of_primes(&k, p, q, shares, &err));
	OK(tp_table_new(&table, &k, &err));
	BN_free(p);
	BN_free(q);
}

static void begin(void)
{
	f = federation_new(SITES);
	make_key();
	base = event_base_new();
	for (size_t i = 0; i < NAMES; i++) {
		line[i].online = true;
		text_init(&told[i].body, LIMIT);
	}
	for (size_t i = 0; i < 32; i++)
		text_init(&to_holders[i], LIMIT);
	all = (struct rounds){ .name = "gateway",
		.members = &f->members,
		.sum_key = f->gateway,
		.paillier = &k,
		.base = base };
	ours = (struct round){
		.all = &all, .legs = legs, .n = SITES, .deadline_ms = clock_mono_ms() + WHOLE_MS
	};
	snprintf(ours.q.id, sizeof(ours.q.id), "q1");
	snprintf(ours.q.mode, sizeof(ours.q.mode), "secure");
	snprintf(ours.q.kind, sizeof(ours.q.kind), "count");
	snprintf(ours.q.account, sizeof(ours.q.account), "li");
	ours.q.deadline_ms = WHOLE_MS;
	for (size_t i = 0; i < SITES; i++) {
		snprintf(names[i], sizeof(names[0]), "%s", f->members.members[i].site);
		legs[i] = (struct leg){ .site = i, .name = names[i], .state = LEG_ASKED };
		shape_of[i] = (struct release){ .kind = KIND_COUNT,
			.summed = true,
			.noise = NOISE_GAUSSIAN,
			.n_layers = 1,
			.layers = { { 21, 1 } },
			.n_points = 1,
			.n_cells = 1 };
	}
}

static void end(void)
{
	round_sum_free(ours.sum);
	for (size_t i = 0; i < SITES; i++)
		tp_site_free(sites[i]);
	for (unsigned j = 0; j < HOLDERS; j++)
		EVP_PKEY_free(holder_keys[j]);
	for (size_t i = 0; i < NAMES; i++)
		text_clear(&told[i].body);
	for (size_t i = 0; i < 32; i++)
		text_clear(&to_holders[i]);
	tp_table_free(table);
	shares_clear(shares, HOLDERS);
	tp_key_clear(&k);
	event_base_free(base);
	federation_free(f);
}

static void offers(size_t i, unsigned accepts)
{
	struct message m = { .type = MSG_OFFER, .offer = { .accepts = accepts, .key = k.hash } };

	round_sum_offer(&ours, &legs[i], &m);
	round_sum_look(&ours);
}

static void all_offer(unsigned accepts)
{
	for (size_t i = 0; i < SITES; i++)
		offers(i, accepts);
}

/* What is done beside the loop comes to its end. */
static void settle(void)
{
	for (int i = 0; i < 5000 && ours.sum->tp != NULL && round_paillier_busy(ours.sum->tp);
		i++) {
		event_base_loop(base, EVLOOP_NONBLOCK);
		usleep(500);
	}
	event_base_loop(base, EVLOOP_NONBLOCK);
}

static void passes(int64_t ms)
{
	mono_ms += ms;
	round_sum_look(&ours);
	settle();
}

/* ---- sites and holders ---- */

static int no_mark(void *of, enum sum_mark m, const struct hash32 *ctx, struct error *e)
{
	(void)of, (void)m, (void)ctx, (void)e;
	return 0;
}
static int no_set(void *of, const struct hash32 *ctx, const struct hash32 *set, struct error *e)
{
	(void)of, (void)ctx, (void)set, (void)e;
	return 0;
}

static void says(size_t i, unsigned step, const struct text *body)
{
	struct msg_sum m = { .step = step, .body = { (const uint8_t *)body->at, body->len } };

	if (i < SITES)
		round_sum_hear(&ours, &legs[i], &m);
	else
		round_sum_part(&ours, i, &m);
	settle();
}

/* COMMIT to what it was invited to: 100 people. */
static void make_commit(size_t i, struct text *out)
{
	const struct text *in = &told[i].body;
	const int64_t people = 100;
	struct tp_invite read;

	ck_assert_uint_eq(told[i].step, TP_LINE_SITE + TP_STEP_INVITE);
	OK(tp_invite_read(
		in->at, TP_INVITE_BYTES, &f->members, &k, now_here().wall_s, &read, &err));
	const struct sum_expect e = { read.sum.question, read.sum.asked, read.sum.layout,
		read.sum.noise, SUM_ADD, 1, read.sum.bound, read.slot_bound - read.sum.bound, 0,
		0 };
	setups[i] = (struct tp_site_setup){ { .members = &f->members,
						    .me = f->members.members[i].id,
						    .key = f->keys[i],
						    .marks = { NULL, no_mark } },
		&k, table };
	OK(tp_site_new(&sites[i], &setups[i], &e, in->at, TP_INVITE_BYTES, now_here(), &err));
	text_init(out, LIMIT);
	OK(tp_site_commit(sites[i], &people, NULL, 1, now_here(), out, &err));
}

static void commits(size_t i)
{
	struct text out;

	make_commit(i, &out);
	says(i, TP_LINE_SITE + TP_STEP_COMMIT, &out);
	text_clear(&out);
}

static void opens(size_t i)
{
	struct text out;

	ck_assert_uint_eq(told[i].step, TP_LINE_SITE + TP_STEP_ROSTER);
	text_init(&out, LIMIT);
	OK(tp_site_open(sites[i], told[i].body.at, told[i].body.len, now_here(), &out, &err));
	says(i, TP_LINE_SITE + TP_STEP_OPEN, &out);
	text_clear(&out);
}

/* Holder j's part of what the first holder was told since `from`; all are told the same. */
static void make_part(unsigned j, unsigned from, struct text *out)
{
	const struct tp_holder_setup setup = { .members = &f->members,
		.k = &k,
		.share = &shares[j],
		.key = holder_keys[j],
		.once = { NULL, no_set } };
	struct tp_holder *h;

	OK(tp_holder_new(&h, &setup, to_holders[from].at, to_holders[from].len, now_here(), &err));
	for (unsigned i = from + 1; i < n_to_holder; i++) {
		const struct text *t = &to_holders[i];

		switch (holder_steps[i] - TP_LINE_HOLDER) {
		case TP_STEP_ROSTER:
			OK(tp_holder_roster(h, t->at, t->len, now_here(), &err));
			break;
		case TP_STEP_OPEN:
			OK(tp_holder_open(h, t->at, t->len, now_here(), &err));
			break;
		default:
			OK(tp_holder_all(h, t->at, t->len, now_here(), &err));
		}
	}
	text_init(out, LIMIT);
	OK(tp_holder_part(h, now_here(), out, &err));
	tp_holder_free(h);
}

static void gives_part(unsigned j)
{
	struct text out;

	make_part(j, 0, &out);
	says(SITES + j, TP_LINE_HOLDER + TP_STEP_PART, &out);
	text_clear(&out);
}

static void summed(unsigned want)
{
	const struct stored_sum *s = round_sum_result(&ours);

	ck_assert_ptr_nonnull(s);
	ck_assert_uint_eq(s->contributors, want);
	ck_assert_uint_eq(get_be64(s->words.at), want * 100);
	ck_assert(ours.sum->over);
}

static void until_opened(void)
{
	begin();
	all_offer(ACCEPT_SA1 | ACCEPT_TP1);
	/* all could do either: SA-1, which needs no key */
	ck_assert_ptr_nonnull(ours.sum->sa);
	round_sum_free(ours.sum);
	ours.sum = NULL;
	for (size_t i = 0; i < SITES; i++)
		legs[i].state = LEG_ASKED;
	all_offer(ACCEPT_TP1);
	ck_assert_ptr_nonnull(ours.sum->tp);
	for (size_t i = 0; i < SITES; i++)
		commits(i);
	for (size_t i = 0; i < SITES; i++)
		opens(i);
}

/* ---- which protocol ---- */

START_TEST(the_protocol_is_the_one_of_most_sites_and_sa1_of_as_many)
{
	static const struct {
		unsigned accepts[SITES];
		unsigned holders; /* on the line */
		bool sa1, tp1;
	} cases[] = { { { 3, 3, 3, 3, 3 }, 5, true, false }, { { 3, 3, 3, 3, 2 }, 5, false, true },
		{ { 1, 3, 3, 3, 2 }, 5, true, false }, { { 2, 2, 2, 2, 2 }, 4, false, true },
		/* fewer holders than open: not begun, and whoever can sums without */
		{ { 2, 2, 2, 2, 2 }, 3, false, false }, { { 3, 3, 3, 3, 2 }, 3, true, false } };

	for (size_t c = 0; c < sizeof(cases) / sizeof(cases[0]); c++) {
		begin();
		for (unsigned j = cases[c].holders; j < HOLDERS; j++)
			line[SITES + j].online = false;
		for (size_t i = 0; i < SITES; i++)
			offers(i, cases[c].accepts[i]);
		ck_assert_int_eq(ours.sum->sa != NULL, cases[c].sa1);
		ck_assert_int_eq(ours.sum->tp != NULL, cases[c].tp1);
		if (!cases[c].sa1 && !cases[c].tp1)
			ck_assert_ptr_nonnull(strstr(why[0], "nothing was paid"));
		end();
	}
	/* the key that this gateway has is another one: its word for TP-1 does not count */
	begin();
	struct message m = { .type = MSG_OFFER, .offer = { .accepts = ACCEPT_TP1 } };
	for (size_t i = 0; i < SITES; i++) {
		round_sum_offer(&ours, &legs[i], &m);
		round_sum_look(&ours);
	}
	ck_assert_ptr_null(ours.sum->tp);
	ck_assert(ours.sum->over);
	end();
}
END_TEST

START_TEST(one_whose_noise_would_drown_the_sum_is_left_out_and_told_so)
{
	for (unsigned accepts = ACCEPT_SA1; accepts <= ACCEPT_TP1; accepts++) {
		begin();
		shape_of[3].layers[0].t = UINT64_C(1) << 50;
		all_offer(accepts);
		ck_assert(!ours.sum->over);
		ck_assert_int_eq(legs[3].state, LEG_LEFT_OUT);
		ck_assert_ptr_nonnull(strstr(why[3], "more noise than most hospitals"));
		ck_assert_int_eq(legs[2].state, LEG_SUMMING);
		ck_assert_uint_eq(ours.sum->noise.sites, SITES - 1);
		end();
	}
}
END_TEST

START_TEST(hospitals_of_another_common_secret_are_not_counted_with_and_told_so)
{
	begin();
	for (size_t i = 0; i < SITES; i++) {
		shape_of[i].kind = KIND_DISTINCT;
		shape_of[i].resolution = 2048;
		shape_of[i].secret = sha256("ours", 4);
	}
	shape_of[1].secret = sha256("another", 7);
	all_offer(ACCEPT_SA1);
	ck_assert_ptr_nonnull(ours.sum->sa);
	ck_assert_int_eq(legs[1].state, LEG_LEFT_OUT);
	ck_assert_ptr_nonnull(strstr(why[1], "secret that most hospitals share"));
	ck_assert_int_eq(legs[0].state, LEG_SUMMING);
	ck_assert_uint_eq(ours.sum->noise.sites, SITES - 1);
	end();
}
END_TEST

/* ---- a sum ---- */

START_TEST(as_many_holders_as_open_give_the_sum_and_the_record_of_it)
{
	until_opened();
	for (unsigned j = 0; j < 4; j++) {
		ck_assert_ptr_null(round_sum_result(&ours));
		gives_part(j);
	}
	summed(SITES);
	ck_assert_uint_gt(round_sum_result(&ours)->transcript.len, 0);
	for (size_t i = 0; i < SITES; i++)
		ck_assert_int_eq(legs[i].state, LEG_SUMMED);
	end();
}
END_TEST

START_TEST(a_site_may_be_off_the_line_between_its_messages_and_is_told_again)
{
	begin();
	offers(2, ACCEPT_TP1);
	line[2].online = false;
	for (size_t i = 0; i < SITES; i++)
		if (i != 2)
			offers(i, ACCEPT_TP1);
	ck_assert_uint_eq(told[2].n, 0);
	for (size_t i = 0; i < SITES; i++)
		if (i != 2)
			commits(i);
	line[2].online = true;
	round_sum_line(&ours, 2);
	ck_assert_uint_eq(told[2].n, 1);
	/* it comes back after COMMIT: ROSTER once more, and no INVITE */
	line[3].online = false;
	commits(2);
	ck_assert_uint_eq(told[2].step, TP_LINE_SITE + TP_STEP_ROSTER);
	ck_assert_uint_eq(told[3].step, TP_LINE_SITE + TP_STEP_INVITE);
	for (size_t i = 0; i < SITES; i++)
		if (i != 3)
			opens(i);
	line[3].online = true;
	round_sum_line(&ours, 3);
	opens(3);
	unsigned n = told[3].n;
	round_sum_line(&ours, 3); /* it has opened: nothing more is for it */
	ck_assert_uint_eq(told[3].n, n);
	for (unsigned j = 0; j < 4; j++)
		gives_part(j);
	summed(SITES);
	end();
}
END_TEST

START_TEST(a_site_that_does_not_come_back_is_left_out_at_the_phases_end)
{
	begin();
	all_offer(ACCEPT_TP1);
	for (size_t i = 0; i < SITES; i++)
		commits(i);
	for (size_t i = 0; i < 4; i++)
		opens(i);
	ck_assert_uint_eq(n_to_holder, 0);
	passes(ours.sum->due_ms - clock_mono_ms() - 1);
	ck_assert_uint_eq(n_to_holder, 0);
	passes(1);
	ck_assert_uint_gt(n_to_holder, 0);
	opens(4); /* too late */
	for (unsigned j = 0; j < 4; j++)
		gives_part(j);
	summed(4);
	ck_assert_int_eq(legs[4].state, LEG_DROPPED);
	ck_assert_ptr_nonnull(strstr(why[4], "did not come back in time"));
	end();
}
END_TEST

START_TEST(too_few_commitments_openings_or_parts_end_it_at_their_deadline)
{
	for (int phase = 0; phase < 3; phase++) {
		begin();
		all_offer(ACCEPT_TP1);
		for (size_t i = 0; i < (phase == 0 ? 2 : SITES); i++)
			commits(i);
		for (size_t i = 0; phase > 0 && i < (phase == 1 ? 3 : SITES); i++)
			opens(i);
		for (unsigned j = 0; phase == 2 && j < 3; j++)
			gives_part(j);
		ck_assert(!ours.sum->over);
		passes(ours.sum->due_ms - clock_mono_ms());
		ck_assert(ours.sum->over);
		ck_assert_ptr_null(round_sum_result(&ours));
		for (size_t i = 0; i < SITES; i++)
			ck_assert_int_eq(legs[i].state, LEG_LEFT_OUT);
		ck_assert_ptr_nonnull(strstr(why[0], phase == 0   ? "too few hospitals took part"
						     : phase == 1 ? "too few hospitals came back"
								  : "too few holders"));
		ck_assert_ptr_nonnull(strstr(why[0], "have paid"));
		end();
	}
}
END_TEST

/* ---- who lies ---- */

START_TEST(a_site_speaks_for_itself_alone_and_once)
{
	struct text other, again;

	begin();
	all_offer(ACCEPT_TP1);
	make_commit(1, &other);
	says(0, TP_LINE_SITE + TP_STEP_COMMIT, &other); /* another's, over its own line */
	says(1, TP_LINE_SITE + TP_STEP_OPEN, &other);   /* at another moment */
	says(1, STEP_KEYS, &other);                     /* of another protocol */
	ck_assert(round_paillier_in(&ours, 0, &(struct say){ NULL, NULL }) == false);
	says(1, TP_LINE_SITE + TP_STEP_COMMIT, &other);
	says(1, TP_LINE_SITE + TP_STEP_COMMIT, &other);
	ck_assert_uint_eq(told[0].step, TP_LINE_SITE + TP_STEP_INVITE); /* and is waited for */
	for (size_t i = 0; i < SITES; i++)
		if (i != 1)
			commits(i);
	text_init(&again, LIMIT);
	OK(tp_site_open(sites[1], told[1].body.at, told[1].body.len, now_here(), &again, &err));
	says(0, TP_LINE_SITE + TP_STEP_OPEN, &again);
	ck_assert(!round_paillier_has(&ours, &legs[0]) && !round_paillier_has(&ours, &legs[1]));
	/* its own, spoilt: taken and no good, and a second one is not listened to */
	again.at[again.len - 1] ^= 1;
	says(1, TP_LINE_SITE + TP_STEP_OPEN, &again);
	again.at[again.len - 1] ^= 1;
	says(1, TP_LINE_SITE + TP_STEP_OPEN, &again);
	for (size_t i = 0; i < SITES; i++)
		if (i != 1)
			opens(i);
	for (unsigned j = 0; j < 4; j++)
		gives_part(j);
	summed(4);
	ck_assert_int_eq(legs[1].state, LEG_DROPPED);
	ck_assert_ptr_nonnull(strstr(why[1], "could not be used"));
	text_clear(&other);
	text_clear(&again);
	end();
}
END_TEST

START_TEST(a_holders_part_comes_over_its_own_line_once_and_a_wrong_one_is_replaced_by_anothers)
{
	struct text part, wrong;

	until_opened();
	make_part(1, 0, &part);
	says(SITES + 0, TP_LINE_HOLDER + TP_STEP_PART, &part); /* another holder's */
	says(2, TP_LINE_HOLDER + TP_STEP_PART, &part);         /* from a site that is no holder */
	make_part(2, 0, &wrong);
	wrong.at[wrong.len - 1] ^= 1;
	says(SITES + 2, TP_LINE_HOLDER + TP_STEP_PART, &wrong);
	wrong.at[wrong.len - 1] ^= 1;
	says(SITES + 2, TP_LINE_HOLDER + TP_STEP_PART, &wrong); /* it had its turn */
	gives_part(3);
	gives_part(4);
	gives_part(0); /* whoever spoke for another can still speak for itself */
	ck_assert_ptr_null(round_sum_result(&ours));
	says(SITES + 1, TP_LINE_HOLDER + TP_STEP_PART, &part);
	summed(SITES);
	text_clear(&part);
	text_clear(&wrong);
	end();
}
END_TEST

START_TEST(a_holder_that_comes_back_is_told_everything_again)
{
	unsigned first;

	until_opened();
	first = n_to_holder;
	ck_assert_uint_eq(first, 2 + SITES + 1);
	round_sum_line(&ours, SITES);
	ck_assert_uint_eq(n_to_holder, 2 * first);
	for (unsigned i = 0; i < first; i++) {
		ck_assert_uint_eq(holder_steps[i], holder_steps[first + i]);
		ck_assert_uint_eq(to_holders[i].len, to_holders[first + i].len);
	}
	n_to_holder = first;
	gives_part(0);
	round_sum_line(&ours, SITES);
	ck_assert_uint_eq(n_to_holder, first);
	for (unsigned j = 1; j < 4; j++)
		gives_part(j);
	summed(SITES);
	end();
}
END_TEST

UNIT_MAIN("gateway_paillier", the_protocol_is_the_one_of_most_sites_and_sa1_of_as_many,
	one_whose_noise_would_drown_the_sum_is_left_out_and_told_so,
	hospitals_of_another_common_secret_are_not_counted_with_and_told_so,
	as_many_holders_as_open_give_the_sum_and_the_record_of_it,
	a_site_may_be_off_the_line_between_its_messages_and_is_told_again,
	a_site_that_does_not_come_back_is_left_out_at_the_phases_end,
	too_few_commitments_openings_or_parts_end_it_at_their_deadline,
	a_site_speaks_for_itself_alone_and_once,
	a_holders_part_comes_over_its_own_line_once_and_a_wrong_one_is_replaced_by_anothers,
	a_holder_that_comes_back_is_told_everything_again)
