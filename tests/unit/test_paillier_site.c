/*
 * test_paillier_site.c - a question in mode secure by threshold Paillier at one site: the real pipeline
 * (agents/release_paillier.h) and the real holder (agents/holder.h), with four other sites, two other holders and a
 * gateway that are the test's and lie when it wants them to.
 */
#define MEMBER_SITES 5
#include "tests/unit/paillier.h"

#include "agents/release_in.h"
#include "tests/unit/members.h"

#include "agents/holder.h"
#include "paillier/tp_gateway.h"
#include "paillier/tp_holder.h"
#include "paillier/tp_site.h"
#include "secagg/keys.h"

enum {
	HOLDERS = 3,
	SMALL_BITS = 256,
	SITE = TP_LINE_SITE,
	HOLDER = TP_LINE_HOLDER
};

static struct tp_key key;
static struct tp_share shares[HOLDERS];
static struct x_pair seals[HOLDERS];
static struct tp_table *table;
static struct tp_gateway *gateway;
static struct tp_site *others[OTHERS];
static struct tp_site_setup setups[OTHERS];
static struct tp_invite invite;
static struct text invitation_line, bare, roster, all, opens[SITES]; /* 0: renmin's */

/* ---- the key, dealt to the first three sites and signed ---- */

static void deal_key(void)
{
	BIGNUM *p = hex_number(kat_numbers[KAT_P]), *q = hex_number(kat_numbers[KAT_Q]);

	key = (struct tp_key){ .epoch = 2,
		.federation = federation_hash(),
		.from_s = (int64_t)(clock_today() - 10) * 86400,
		.until_s = (int64_t)(clock_today() + 300) * 86400,
		.n_holders = HOLDERS,
		.needed = tp_needed(HOLDERS, 0) };
	for (unsigned j = 0; j < HOLDERS; j++) {
		struct tp_holder_key *h = &key.holders[j];
		size_t len = sizeof(h->key);

		ck_assert(text_copy(h->name, sizeof(h->name), names[j]));
		ck_assert_int_eq(EVP_PKEY_get_raw_public_key(sum_keys[j], h->key, &len), 1);
		OK(x_pair_new(&seals[j], &err));
		memcpy(h->seal, seals[j].public, sizeof(h->seal));
	}
	OK(tp_deal_of_primes(&key, p, q, shares, &err));
	BN_free(p);
	BN_free(q);
}

static void write_key(int signers)
{
	static char sigs[OFFICERS][SIGNING_TEXT], public[OFFICERS][SIGNING_KEY_TEXT];
	struct tp_key_file f = { .k = key };
	struct text t;

	for (int i = 0; i < signers; i++) {
		struct member_signature *s = &f.signatures[f.n++];
		struct hash32 what;

		OK(signing_public(officer_keys[i], public[i], &err));
		*s = (struct member_signature){ .who = i == 0 ? "p0" : "p1",
			.key = public[i],
			.at = "2026-03-01T09:12:04+08:00",
			.sig = sigs[i] };
		ck_assert(clock_iso_parse(s->at, &s->at_ms));
		ck_assert(day_parse("2026-03-01", &s->day));
		OK(officers_signed(TP_OFFICER_LABEL, &key.hash, s, &what, &err));
		OK(signing_sign(officer_keys[i], &what, sigs[i], &err));
	}
	text_init(&t, 1 << 20);
	tp_key_write(&f, &t);
	write_text("paillier", &t);
}

static void begin(void)
{
	static char paths[2][400];
	struct text t;

	(void)ask_it; /* of site.h */
	secure_site();
	deal_key();
	write_key(OFFICERS);
	text_init(&t, 1 << 16);
	OK(tp_share_write(&key, &shares[0], &t, &err));
	fed_write("renmin", ".share", text_str(&t), 0600);
	text_clear(&t);
	OK(tp_table_new(&table, &key, &err));
	snprintf(paths[0], sizeof(paths[0]), "%s", fed_path("paillier", ".yaml"));
	snprintf(paths[1], sizeof(paths[1]), "%s", fed_path("renmin", ".share"));
	sums_of_site.paillier = paths[0];
	sums_of_site.share = paths[1];
	sums_of_site.seal = seals[0].key;
	sums_of_site.bits = SMALL_BITS;
}

static void forget_round(void)
{
	struct text *const texts[] = { &invitation_line, &bare, &roster, &all };

	for (int i = 0; i < OTHERS; i++) {
		tp_site_free(others[i]);
		others[i] = NULL;
	}
	for (int i = 0; i < SITES; i++)
		text_clear(&opens[i]);
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		text_clear(texts[i]);
	tp_gateway_free(gateway);
	gateway = NULL;
}

static void end(void)
{
	forget_round();
	secure_end();
	tp_table_free(table);
	for (unsigned j = 0; j < HOLDERS; j++)
		x_pair_clear(&seals[j]);
	shares_clear(shares, HOLDERS);
	tp_key_clear(&key);
}

/* ---- the rest of the sum ---- */

static char asked_id[] = "q1";

static void tell(unsigned step, const struct text *body)
{
	struct msg_sum m = { .step = step, .body = { (const uint8_t *)body->at, body->len } };

	memcpy(m.id, asked_id, sizeof(asked_id));
	release_sum(pipeline, &m);
}

static void write_invitation(void (*change)(struct sum_invite *))
{
	struct arena arena;
	struct release offer;
	uint8_t bytes[SHARED_NOISE_BYTES];

	arena_init(&arena, MAX_FRAME_ARENA);
	OK(release_decode(last()->sealed, last()->sealed_len, &arena, &offer, &err));
	choose_noise(&offer);
	invite = (struct tp_invite){ .sum = invitation(&offer),
		.slot_bound = shared_noise_bound(&noise) + shared_noise_tail(&noise) };
	if (change != NULL)
		change(&invite.sum);
	OK(tp_invite_complete(&invite, &key, &err));
	text_init(&bare, MAX_SUM_BYTES);
	OK(tp_invite_write(&invite, &key, gateway_key, &bare, &err));
	text_init(&invitation_line, MAX_SUM_BYTES);
	text_addn(&invitation_line, bare.at, bare.len);
	text_addn(&invitation_line, bytes, shared_noise_encode(&noise, bytes));
	arena_clear(&arena);
}

/* Whether renmin says something more; the work beside the loop has so many milliseconds. */
static bool says_more(int before, int most_ms)
{
	const struct timespec ms = { 0, 1000000 };

	for (int i = 0; i < most_ms && n_heard == before; i++) {
		event_base_loop(base, EVLOOP_NONBLOCK);
		syscall(SYS_nanosleep, &ms, NULL);
	}
	return n_heard > before;
}

/* The work beside the loop has five seconds. */
static void encrypted(void)
{
	const struct timespec ms = { 0, 1000000 };
	struct release_status status;

	for (int i = 0; i < 5000; i++) {
		event_base_loop(base, EVLOOP_NONBLOCK);
		release_status(pipeline, &status);
		if (!status.running)
			return;
		syscall(SYS_nanosleep, &ms, NULL);
	}
	ck_abort_msg("nothing was encrypted");
}

/* An offer was heard: renmin is invited, its database answers 5000, and the others have committed to nothing. */
static void committed(void)
{
	struct text out;

	ck_assert_int_eq(last()->type, MSG_OFFER);
	write_invitation(NULL);
	OK(tp_gateway_new(&gateway, members, &key, &invite, &err));
	tell(SITE + TP_STEP_INVITE, &invitation_line);
	answers(5000);
	encrypted();
	ck_assert_int_eq(last()->type, MSG_SUM);
	ck_assert_uint_eq(last()->step, SITE + TP_STEP_COMMIT);
	OK(tp_gateway_commit(
		gateway, last()->body.at, last()->body.len, clock_wall_ms() / 1000, &err));
	for (int i = 0; i < OTHERS; i++) {
		const struct sum_expect e = { invite.sum.question, invite.sum.asked,
			invite.sum.layout, invite.sum.noise, SUM_ADD, invite.sum.words,
			invite.sum.bound, shared_noise_tail(&noise), 0, 0 };

		setups[i] = (struct tp_site_setup){ { .members = members,
							    .me = sum_id_of(names[i + 1]),
							    .key = sum_keys[i + 1],
							    .marks = { NULL, no_mark } },
			&key, table };
		OK(tp_site_new(&others[i], &setups[i], &e, bare.at, bare.len, now_here(), &err));
		text_init(&out, MAX_SUM_BYTES);
		OK(commit_now(others[i], zeros, NULL, invite.sum.words, now_here(), &out, &err));
		OK(tp_gateway_commit(gateway, out.at, out.len, clock_wall_ms() / 1000, &err));
		text_clear(&out);
	}
	text_init(&roster, MAX_SUM_BYTES);
	OK(tp_gateway_roster(gateway, clock_wall_ms() / 1000, &roster, &err));
}

static void others_open(void)
{
	for (int i = 0; i < OTHERS; i++) {
		text_init(&opens[i + 1], MAX_SUM_BYTES);
		OK(tp_site_open(others[i], roster.at, roster.len, now_here(), &opens[i + 1], &err));
	}
}

/* renmin and everybody else have opened. */
static void opened(void)
{
	committed();
	tell(SITE + TP_STEP_ROSTER, &roster);
	ck_assert_uint_eq(last()->step, SITE + TP_STEP_OPEN);
	text_init(&opens[0], MAX_SUM_BYTES);
	text_addn(&opens[0], last()->body.at, last()->body.len);
	others_open();
}

/* Those of the first n sites count. */
static void closed(int n)
{
	for (int i = 0; i < n; i++)
		OK(tp_gateway_open(gateway, opens[i].at, opens[i].len, &err));
	text_init(&all, MAX_SUM_BYTES);
	OK(tp_gateway_close(gateway, &all, &err));
}

/* ---- renmin as a holder ---- */

static void tell_holder(int n, const struct text *set)
{
	tell(HOLDER + TP_STEP_INVITE, &bare);
	tell(HOLDER + TP_STEP_ROSTER, &roster);
	for (int i = 0; i < n; i++)
		tell(HOLDER + TP_STEP_OPEN, &opens[i]);
	tell(HOLDER + TP_STEP_ALL, set);
}

static bool gives_part(int n, const struct text *set)
{
	int before = n_heard;

	tell_holder(n, set);
	return says_more(before, 5000) && last()->step == HOLDER + TP_STEP_PART;
}

static bool gives_none(int n, const struct text *set)
{
	int before = n_heard;

	tell_holder(n, set);
	return !says_more(before, 60);
}

static int rows(const char *table_name)
{
	char sql[80];
	struct stmt *s;
	int n;

	snprintf(sql, sizeof(sql), "SELECT count(*) FROM %s", table_name);
	OK(db_query(st.db, &s, &err, sql, ""));
	ck_assert_int_eq(stmt_step(s, &err), 1);
	n = (int)stmt_int(s, 0);
	stmt_end(s);
	return n;
}

/* Another holder's part, from its own process. */
static int put_no_set(void *of, const struct hash32 *ctx, const struct hash32 *set, struct error *e)
{
	(void)of, (void)ctx, (void)set, (void)e;
	return 0;
}

static void other_part(unsigned j, int n)
{
	const struct tp_holder_setup setup = { .members = members,
		.k = &key,
		.share = &shares[j],
		.key = sum_keys[j],
		.once = { NULL, put_no_set } };
	struct tp_holder *h;
	struct text part;

	OK(tp_holder_new(&h, &setup, bare.at, bare.len, now_here(), &err));
	OK(tp_holder_roster(h, roster.at, roster.len, now_here(), &err));
	for (int i = 0; i < n; i++)
		OK(tp_holder_open(h, opens[i].at, opens[i].len, now_here(), &err));
	OK(tp_holder_all(h, all.at, all.len, now_here(), &err));
	text_init(&part, MAX_SUM_BYTES);
	OK(tp_holder_part(h, now_here(), &part, &err));
	OK(tp_gateway_part(gateway, part.at, part.len, &err));
	text_clear(&part);
	tp_holder_free(h);
}

/* ---- the sum ---- */

START_TEST(a_site_pays_before_its_database_is_asked_and_its_number_is_in_the_sum)
{
	int64_t sums[64], lattice;

	begin();
	ask_secure("q1");
	ck_assert_uint_eq(last()->accepts, ACCEPT_SA1 | ACCEPT_TP1);
	ck_assert(hash32_equal(&last()->key, &key.hash));
	ck_assert_uint_eq(spent(), 0);
	write_invitation(NULL);
	tell(SITE + TP_STEP_INVITE, &invitation_line);
	ck_assert_int_eq(jobs, 1);
	ck_assert_uint_gt(spent(), 0);
	ck_assert_int_eq(marks(), 0);
	forget_round();
	end();

	begin();
	ask_secure("q1");
	opened();
	ck_assert_int_eq(marks(), 2); /* begun, and charged before it opened */
	closed(SITES);
	ck_assert(gives_part(SITES, &all));
	OK(tp_gateway_part(gateway, last()->body.at, last()->body.len, &err));
	other_part(1, SITES);
	OK(tp_gateway_finish(gateway, sums, invite.sum.words, &err));
	/* the others had 0 people and no noise: what is left is renmin's number with its share of the noise */
	lattice = (int64_t)noise.layers[0].lattice;
	ck_assert_int_le(llabs(sums[0] - 5000 * lattice), 200 * lattice);
	ck_assert_int_eq(rows("sum_opened"), 1);
	end();
}
END_TEST

START_TEST(a_line_that_ends_between_commitment_and_opening_ends_nothing)
{
	struct text first, second;
	int before;

	begin();
	ask_secure("q1");
	committed();
	text_init(&first, MAX_SUM_BYTES);
	text_addn(&first, last()->body.at, last()->body.len);
	before = n_heard;
	release_resend(pipeline); /* a new line */
	ck_assert_int_eq(n_heard, before);
	/* the gateway had no answer: it says it again, and gets the same bytes */
	tell(SITE + TP_STEP_INVITE, &invitation_line);
	ck_assert_int_eq(n_heard, before + 1);
	ck_assert_uint_eq(last()->body.len, first.len);
	ck_assert_mem_eq(last()->body.at, first.at, first.len);
	tell(SITE + TP_STEP_ROSTER, &roster);
	ck_assert_uint_eq(last()->step, SITE + TP_STEP_OPEN);
	text_init(&second, MAX_SUM_BYTES);
	text_addn(&second, last()->body.at, last()->body.len);
	release_resend(pipeline);
	tell(SITE + TP_STEP_ROSTER, &roster);
	ck_assert_int_eq(n_heard, before + 3);
	ck_assert_mem_eq(last()->body.at, second.at, second.len);
	ck_assert_int_eq(marks(), 2);
	ck_assert_int_eq(jobs, 1);
	text_clear(&first);
	text_clear(&second);
	end();
}
END_TEST

START_TEST(a_line_that_ends_while_the_database_works_ends_nothing)
{
	begin();
	ask_secure("q1");
	write_invitation(NULL);
	tell(SITE + TP_STEP_INVITE, &invitation_line);
	release_resend(pipeline);
	int before = n_heard;
	tell(SITE + TP_STEP_INVITE, &invitation_line); /* nothing to say yet */
	ck_assert_int_eq(n_heard, before);
	answers(5000);
	encrypted();
	ck_assert_uint_eq(last()->step, SITE + TP_STEP_COMMIT);
	end();
}
END_TEST

/* ---- while its numbers are encrypted ---- */

static void invited_and_answered(void)
{
	ask_secure("q1");
	write_invitation(NULL);
	tell(SITE + TP_STEP_INVITE, &invitation_line);
	answers(5000);
}

/* What is told of the work is told on the loop, which has not turned yet. */
START_TEST(the_loop_goes_on_while_a_site_encrypts)
{
	struct release_status status;
	int before;

	begin();
	invited_and_answered();
	release_status(pipeline, &status);
	ck_assert(status.running);
	ck_assert_int_eq(marks(), 0);
	before = n_heard;
	tell(SITE + TP_STEP_INVITE, &invitation_line); /* nothing to say yet */
	ck_assert_int_eq(n_heard, before);
	ask_secure("q2");
	ck_assert_int_eq(n_heard, before + 1);
	ck_assert_int_eq(last()->type, MSG_OFFER);
	ck_assert_int_eq(jobs, 1);
	encrypted();
	ck_assert_int_eq(n_heard, before + 2);
	end();
}
END_TEST

/* k: cancelled, stopped, the agent ends, or is gone at once. */
START_TEST(numbers_that_nobody_wants_any_more_go_nowhere)
{
	for (int k = 0; k < 4; k++) {
		begin();
		invited_and_answered();
		int before = n_heard;
		has_job = true; /* what is at the database is not this question's */
		if (k == 0)
			release_cancel(pipeline, "q1");
		else if (k == 1)
			release_gate(pipeline, GATE_STOPPED);
		else if (k == 2)
			release_stop(pipeline);
		has_job = false;
		if (k < 3) {
			ck_assert_int_eq(cancels, 0);
			ck_assert(!says_more(before + 1, 60));
			turn(11000);
			ck_assert_int_eq(n_heard, before + 1);
			ck_assert_int_eq(last()->type, MSG_REFUSE);
		}
		ck_assert_int_eq(marks(), 0);
		ck_assert_uint_gt(spent(), 0);
		end();
	}
}
END_TEST

START_TEST(a_site_that_is_there_for_minutes_sums_by_no_other_protocol)
{
	struct text sa1;
	uint8_t bytes[SHARED_NOISE_BYTES];

	begin();
	sums_of_site.minutes = true;
	ask_secure("q1");
	ck_assert_uint_eq(last()->accepts, ACCEPT_TP1);
	write_invitation(NULL);
	text_init(&sa1, MAX_SUM_BYTES);
	OK(invite_write(&invite.sum, gateway_key, &sa1, &err));
	text_addn(&sa1, bytes, shared_noise_encode(&noise, bytes));
	int before = n_heard;
	tell(STEP_INVITE, &sa1);
	refused_by(before, "sum:over");
	ck_assert_uint_eq(spent(), 0);
	text_clear(&sa1);
	/* and without a key it takes part in none */
	write_key(1);
	before = n_heard;
	ask_secure("q2");
	ck_assert_int_eq(n_heard, before + 1);
	ck_assert_int_eq(last()->type, MSG_REFUSE);
	end();
}
END_TEST

START_TEST(a_key_that_the_officers_did_not_sign_or_that_went_back_is_not_used)
{
	begin();
	write_key(1);
	ask_secure("q1");
	ck_assert_uint_eq(last()->accepts, ACCEPT_SA1);
	write_key(OFFICERS);
	ask_secure("q2");
	ck_assert_uint_eq(last()->accepts, ACCEPT_SA1 | ACCEPT_TP1);
	ck_assert_int_eq(rows("sum_key"), 1);
	tp_key_clear(&key);
	shares_clear(shares, HOLDERS);
	for (unsigned j = 0; j < HOLDERS; j++)
		x_pair_clear(&seals[j]);
	deal_key(); /* of the same epoch, and another key */
	write_key(OFFICERS);
	sums_of_site.share = NULL;
	sums_of_site.seal = NULL;
	ask_secure("q3");
	ck_assert_uint_eq(last()->accepts, ACCEPT_SA1);
	end();
}
END_TEST

/* ---- a gateway that lies ---- */

static void other_question(struct sum_invite *i)
{
	i->question.at[0] ^= 1;
}
static void other_noise(struct sum_invite *i)
{
	i->noise.at[0] ^= 1;
}
static void fewer_contributors(struct sum_invite *i)
{
	i->u_min--;
}

START_TEST(an_invitation_to_something_else_is_refused_unpaid)
{
	void (*const changes[])(
		struct sum_invite *) = { other_question, other_noise, fewer_contributors };

	for (int k = 0; k < 3; k++) {
		begin();
		ask_secure("q1");
		write_invitation(changes[k]);
		int before = n_heard;
		tell(SITE + TP_STEP_INVITE, &invitation_line);
		refused_by(before, "sum:over");
		ck_assert_uint_eq(spent(), 0);
		ck_assert_int_eq(marks(), 0);
		end();
	}
}
END_TEST

/* A roster of the commitments but those of `without`, as a gateway writes it. */
static void roster_without(int without, struct text *out)
{
	const uint8_t *entries = (const uint8_t *)roster.at + 4;
	const struct sum_id id = sum_id_of(names[without]);
	uint8_t n[4];

	put_be32(n, SITES - 1);
	text_init(out, MAX_SUM_BYTES);
	text_addn(out, n, sizeof(n));
	for (int i = 0; i < SITES; i++)
		if (memcmp(entries + (size_t)i * TP_ENTRY_BYTES, &id, sizeof(id)) != 0)
			text_addn(out, entries + (size_t)i * TP_ENTRY_BYTES, TP_ENTRY_BYTES);
}

START_TEST(a_gateway_that_drops_this_sites_commitment_gets_no_ciphertext)
{
	struct text other;

	begin();
	ask_secure("q1");
	committed();
	roster_without(0, &other);
	int before = n_heard;
	tell(SITE + TP_STEP_ROSTER, &other);
	refused_by(before, "sum:over");
	ck_assert_int_eq(marks(), 1);
	tell(SITE + TP_STEP_ROSTER, &roster); /* the right one comes too late */
	ck_assert_int_eq(n_heard, before + 1);
	text_clear(&other);
	end();
}
END_TEST

START_TEST(a_gateway_that_shows_two_rosters_gets_one_ciphertext)
{
	struct text other;

	begin();
	ask_secure("q1");
	committed();
	roster_without(3, &other);
	tell(SITE + TP_STEP_ROSTER, &roster);
	ck_assert_uint_eq(last()->step, SITE + TP_STEP_OPEN);
	int before = n_heard;
	tell(SITE + TP_STEP_ROSTER, &other);
	refused_by(before, "sum:over");
	text_clear(&other);
	end();
}
END_TEST

START_TEST(a_gateway_that_opens_two_sets_gets_one_part)
{
	uint8_t five[] = { 31 }, four[1];
	struct text set;

	begin();
	ask_secure("q1");
	opened();
	closed(SITES);
	ck_assert_mem_eq(all.at, five, 1);
	ck_assert(gives_part(SITES, &all));
	/* all but the last one of `opens`, wherever it is in the roster */
	struct sum_id id = sum_id_of(names[SITES - 1]);
	four[0] = (uint8_t)(31 & ~(1U << tp_roster_place(tp_gateway_sites(gateway), &id)));
	text_init(&set, 16);
	text_addn(&set, four, 1);
	ck_assert(gives_none(SITES - 1, &set));
	ck_assert_int_eq(rows("sum_opened"), 1);
	/* the same once more is no secret, after a restart neither */
	release_free(pipeline);
	pipeline_up();
	ck_assert(gives_none(SITES - 1, &set));
	ck_assert(gives_part(SITES, &all));
	text_clear(&set);
	end();
}
END_TEST

START_TEST(a_holder_gives_no_part_of_another_set_than_it_saw)
{
	struct text set;

	begin();
	ask_secure("q1");
	opened();
	closed(SITES);
	ck_assert(gives_none(SITES - 1, &all)); /* a ciphertext was kept back */
	text_init(&set, 16);
	text_addn(&set, "\x0f", 1);
	ck_assert(gives_none(SITES, &set));
	ck_assert_int_eq(rows("sum_opened"), 0);
	text_clear(&set);
	end();
}
END_TEST

/* tongji is the gateway's friend: it would send xiehe's ciphertext as its own. */
START_TEST(a_ciphertext_that_is_anothers_is_in_no_part)
{
	begin();
	ask_secure("q1");
	opened();
	closed(SITES);
	/* xiehe's bytes under tongji's head: neither signature nor commitment */
	memcpy(opens[4].at + TP_OPEN_HEAD, opens[1].at + TP_OPEN_HEAD, opens[4].len - TP_OPEN_HEAD);
	ck_assert(gives_none(SITES, &all));
	ck_assert_int_eq(rows("sum_opened"), 0);
	end();
}
END_TEST

START_TEST(a_ciphertext_of_another_question_is_in_no_part)
{
	struct text before;

	begin();
	ask_secure("q1");
	opened();
	before = opens[1];
	text_init(&opens[1], 1);
	forget_round();
	/* asked again a moment later: another context */
	asked_id[1] = '2';
	ask_secure("q2");
	opened();
	closed(SITES);
	text_clear(&opens[1]);
	opens[1] = before;
	ck_assert(gives_none(SITES, &all));
	ck_assert_int_eq(rows("sum_opened"), 0);
	end();
}
END_TEST

START_TEST(who_is_no_holder_opens_nothing)
{
	begin();
	sums_of_site.share = NULL;
	release_free(pipeline);
	pipeline_up();
	in_force(policy_with("secure_aggregation: off", "secure_aggregation: preferred"));
	ask_secure("q1");
	opened();
	closed(SITES);
	ck_assert(gives_none(SITES, &all));
	ck_assert_int_eq(rows("sum_opened"), 0);
	end();
}
END_TEST

/* ---- ends ---- */

START_TEST(the_part_of_a_site_ends_with_the_invitation)
{
	struct release_status status;

	begin();
	ask_secure("q1");
	committed();
	int before = n_heard;
	turn(11000); /* it waits ten seconds for the roster */
	refused_by(before, "sum:over");
	release_status(pipeline, &status);
	ck_assert_uint_eq(status.leaving, 0);
	ck_assert_uint_gt(spent(), 0);
	end();
}
END_TEST

START_TEST(a_gateway_that_forgot_the_sum_hears_that_it_is_over)
{
	begin();
	ask_secure("q1");
	committed();
	int before = n_heard;
	ask_as((struct asking_now){ .id = "q1", .question = SECURE, .asked_ms = asked_at });
	refused_by(before, "sum:over");
	end();
}
END_TEST

START_TEST(a_stop_says_nothing_more)
{
	begin();
	ask_secure("q1");
	committed();
	int before = n_heard;
	release_gate(pipeline, GATE_STOPPED);
	tell(SITE + TP_STEP_ROSTER, &roster);
	ck_assert_int_eq(n_heard, before);
	ck_assert_int_eq(marks(), 1);
	end();
}
END_TEST

static void strict(void)
{
	begin();
	more_swaps[0][0] = "secure_aggregation: off";
	more_swaps[0][1] = "secure_aggregation: preferred";
	in_force(policy_with("timing: paced", "timing: strict"));
	more_swaps[0][0] = more_swaps[0][1] = NULL;
	asked_at = clock_wall_ms();
	ask_as((struct asking_now){
		.id = "q1", .question = SECURE, .asked_ms = asked_at, .deadline_ms = 10000 });
	ck_assert_int_eq(last()->type, MSG_OFFER);
}

/* A class of 5 seconds, whatever becomes of the statement and however often the gateway asks. */
START_TEST(in_strict_timing_a_commitment_leaves_at_the_classs_time_whatever_the_statement_does)
{
	for (int k = 0; k < 6; k++) {
		int64_t began = clock_mono_ms();
		int before;

		strict();
		write_invitation(NULL);
		tell(SITE + TP_STEP_INVITE, &invitation_line);
		before = n_heard;
		turn(k == 1 ? 3900 : 200);
		if (k < 2 || k == 4)
			answers(k == 1 ? 0 : 5000);
		else if (k == 2)
			ends(SOURCE_ERROR, NULL, "XX001");
		if (k >=
			4) { /* the time of the statement ends; while its numbers are encrypted, or before it does */
			mono_ms = began + 4900;
			event_base_loop(base, EVLOOP_NONBLOCK);
		}
		if (k == 5) /* and its end is heard while noise around zero is encrypted */
			ends(SOURCE_STOPPED, NULL, "57014");
		if (k != 3)
			encrypted();
		tell(SITE + TP_STEP_INVITE, &invitation_line);
		if (k == 0)
			release_cancel(pipeline, "q1");
		turn(began + 4999 - clock_mono_ms());
		encrypted();
		ck_assert_int_eq(n_heard, before);
		turn(1);
		ck_assert_int_eq(n_heard, before + 1);
		ck_assert_uint_eq(last()->step, SITE + TP_STEP_COMMIT);
		end();
	}
}
END_TEST

static void soon_over(struct sum_invite *i)
{
	i->wait_ms[WAIT_ROSTER] = 4900;
}
static void soon_expired(struct sum_invite *i)
{
	i->expires_s -= 56;
}
START_TEST(in_strict_timing_a_sum_that_ends_before_its_commitment_may_leave_is_refused_unpaid)
{
	void (*const changes[])(struct sum_invite *) = { soon_over, soon_expired };

	for (int k = 0; k < 2; k++) {
		int before;

		strict();
		write_invitation(changes[k]);
		before = n_heard;
		tell(SITE + TP_STEP_INVITE, &invitation_line);
		refused_by(before, "sum:over");
		ck_assert_int_eq(jobs, 0);
		ck_assert_uint_eq(spent(), 0);
		end();
	}
}
END_TEST

UNIT_MAIN("paillier_site",
	in_strict_timing_a_commitment_leaves_at_the_classs_time_whatever_the_statement_does,
	in_strict_timing_a_sum_that_ends_before_its_commitment_may_leave_is_refused_unpaid,
	a_site_pays_before_its_database_is_asked_and_its_number_is_in_the_sum,
	a_line_that_ends_between_commitment_and_opening_ends_nothing,
	a_line_that_ends_while_the_database_works_ends_nothing,
	the_loop_goes_on_while_a_site_encrypts, numbers_that_nobody_wants_any_more_go_nowhere,
	a_site_that_is_there_for_minutes_sums_by_no_other_protocol,
	a_key_that_the_officers_did_not_sign_or_that_went_back_is_not_used,
	an_invitation_to_something_else_is_refused_unpaid,
	a_gateway_that_drops_this_sites_commitment_gets_no_ciphertext,
	a_gateway_that_shows_two_rosters_gets_one_ciphertext,
	a_gateway_that_opens_two_sets_gets_one_part,
	a_holder_gives_no_part_of_another_set_than_it_saw,
	a_ciphertext_that_is_anothers_is_in_no_part, a_ciphertext_of_another_question_is_in_no_part,
	who_is_no_holder_opens_nothing, the_part_of_a_site_ends_with_the_invitation,
	a_gateway_that_forgot_the_sum_hears_that_it_is_over, a_stop_says_nothing_more)
