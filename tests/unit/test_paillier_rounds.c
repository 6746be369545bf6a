/*
 * test_paillier_rounds.c - whole sums by threshold Paillier in memory: exact sums with sites that leave, and what lying
 * gateways and sites are refused.
 */
#include "tests/unit/paillier.h"
#include "tests/unit/secagg.h"

#include <openssl/rand.h>

#include "paillier/tp_transcript.h"
#include "paillier/tp_holder.h"
#include "paillier/tp_site.h"
#include "secagg/quorum.h"

enum {
	SITES = 5,
	HOLDERS = 5,
	WORDS = 37, /* two full numbers and a rest */
	BOUND = 1000,
	TAIL = 50,
	LIMIT = 1 << 20,
};

struct marks {
	unsigned n, fails_at;
	struct {
		enum sum_mark mark;
		struct hash32 ctx;
	} at[32];
};

struct sets {
	unsigned n;
	bool full;
	struct hash32 ctx[8], set[8];
};

struct site {
	struct tp_site *s;
	struct tp_site_setup setup;
	struct marks disk;
	int64_t values[WORDS], noise[WORDS];
	struct text commit, open;
};

static struct error err;
static struct federation *f;
static struct tp_key k;
static struct tp_share shares[HOLDERS];
static EVP_PKEY *holder_keys[HOLDERS];
static struct tp_table *table;
static struct tp_invite invite;
static struct sum_expect expect;
static struct sum_now now = { NOW_S, 5000 };
static struct site sites[SITES];
static struct sets disks[HOLDERS];
static struct text invitation, roster, all;
static struct tp_gateway *g;
static uint64_t least; /* contributors; 0: the quorum */

static int put_mark(void *of, enum sum_mark mark, const struct hash32 *ctx, struct error *e)
{
	struct marks *d = of;

	if (d->fails_at != 0 && d->n + 1 >= d->fails_at)
		return error_set(e, E_SYSTEM, SAY("The disk is full.", "磁盘已满。"), "disk full");
	for (unsigned i = 0; i < d->n; i++)
		if (d->at[i].mark == mark && hash32_equal(&d->at[i].ctx, ctx))
			return error_set(
				e, E_STATE, SAY("Marked before.", "已有标记。"), "marked before");
	ck_assert_uint_lt(d->n, 32);
	d->at[d->n].mark = mark;
	d->at[d->n++].ctx = *ctx;
	return 0;
}

static int put_set(void *of, const struct hash32 *ctx, const struct hash32 *set, struct error *e)
{
	struct sets *d = of;

	if (d->full)
		return error_set(e, E_SYSTEM, SAY("The disk is full.", "磁盘已满。"), "disk full");
	for (unsigned i = 0; i < d->n; i++)
		if (hash32_equal(&d->ctx[i], ctx))
			return hash32_equal(&d->set[i], set)
				       ? 0
				       : error_set(e, E_STATE, SAY("Opened before.", "已解密过。"),
						 "another set");
	ck_assert_uint_lt(d->n, 8);
	d->ctx[d->n] = *ctx;
	d->set[d->n++] = *set;
	return 0;
}

/* ---- a federation with holders ---- */

static void make_key(void)
{
	BIGNUM *p = hex_number(kat_numbers[KAT_P]), *q = hex_number(kat_numbers[KAT_Q]);

	name_holders(&k, HOLDERS, 1);
	k.federation = f->members.federation;
	for (unsigned j = 0; j < HOLDERS; j++) {
		OK(identity_new_key(&holder_keys[j], &err));
		public_key(holder_keys[j], k.holders[j].key);
	}
	OK(tp_deal_of_primes(&k, p, q, shares, &err));
	OK(tp_table_new(&table, &k, &err));
	BN_free(p);
	BN_free(q);
}

static void make_invite(void)
{
	const struct membership *m = &f->members;

	invite = (struct tp_invite){ .slot_bound = BOUND + TAIL,
		.sum = { .suite = SUITE_AES128,
			.federation = m->federation,
			.epoch = m->epoch,
			.gateway = m->gateways[0].id,
			.question = sha256("question", 8),
			.noise = sha256("noise", 5),
			.mode = SUM_ADD,
			.words = WORDS,
			.bound = BOUND,
			.n_min = 3,
			.n_max = SITES,
			.u_min = least != 0 ? least : quorum_contributors(&m->rules, SITES),
			.wait_ms = { 10000, 10000, 10000, 10000 },
			.expires_s = now.wall_s + 300 } };
	OK(membership_hash(m, &invite.sum.members, &err));
	ck_assert_int_eq(RAND_bytes(invite.sum.nonce, 32), 1);
	OK(tp_invite_complete(&invite, &k, &err));
	ck_assert_uint_eq(invite.count, 3);
	expect = (struct sum_expect){ .question = invite.sum.question,
		.noise = invite.sum.noise,
		.mode = SUM_ADD,
		.words = WORDS,
		.bound = BOUND,
		.tail = TAIL,
		.honest = 3 };
	text_init(&invitation, LIMIT);
	OK(tp_invite_write(&invite, &k, f->gateway, &invitation, &err));
	ck_assert_uint_eq(invitation.len, TP_INVITE_BYTES);
}

static void begin(void)
{
	f = federation_new(SITES);
	make_key();
	make_invite();
	text_init(&roster, LIMIT);
	text_init(&all, LIMIT);
	for (unsigned i = 0; i < SITES; i++) {
		sites[i].setup = (struct tp_site_setup){ .k = &k,
			.table = table,
			.site = { .members = &f->members,
				.me = f->members.members[i].id,
				.key = f->keys[i],
				.marks = { &sites[i].disk, put_mark } } };
		for (unsigned w = 0; w < WORDS; w++) {
			sites[i].values[w] = w % 3 == 0   ? BOUND
					     : w % 3 == 1 ? -BOUND
							  : (int64_t)(w * (i + 1));
			sites[i].noise[w] = w % 2 == 0 ? -TAIL : TAIL;
		}
		text_init(&sites[i].commit, LIMIT);
		text_init(&sites[i].open, LIMIT);
	}
	OK(tp_gateway_new(&g, &f->members, &k, &invite, &err));
}

static void end(void)
{
	tp_gateway_free(g);
	for (unsigned i = 0; i < SITES; i++) {
		tp_site_free(sites[i].s);
		text_clear(&sites[i].commit);
		text_clear(&sites[i].open);
	}
	for (unsigned j = 0; j < HOLDERS; j++)
		EVP_PKEY_free(holder_keys[j]);
	text_clear(&invitation);
	text_clear(&roster);
	text_clear(&all);
	tp_table_free(table);
	shares_clear(shares, HOLDERS);
	tp_key_clear(&k);
	federation_free(f);
}

static void invite_site(unsigned i)
{
	OK(tp_site_new(
		&sites[i].s, &sites[i].setup, &expect, invitation.at, invitation.len, now, &err));
}

static void commit_site(unsigned i)
{
	invite_site(i);
	OK(commit_now(
		sites[i].s, sites[i].values, sites[i].noise, WORDS, now, &sites[i].commit, &err));
	OK(tp_gateway_commit(g, sites[i].commit.at, sites[i].commit.len, now.wall_s, &err));
}

static void open_site(unsigned i)
{
	OK(tp_site_open(sites[i].s, roster.at, roster.len, now, &sites[i].open, &err));
	ck_assert_int_eq(tp_site_state(sites[i].s), TP_SITE_DONE);
}

/* All sites commit and open towards the gateway. */
static void until_opened(void)
{
	begin();
	for (unsigned i = 0; i < SITES; i++)
		commit_site(i);
	OK(tp_gateway_roster(g, now.wall_s, &roster, &err));
	for (unsigned i = 0; i < SITES; i++)
		open_site(i);
}

static struct tp_holder *holder_new(unsigned j)
{
	const struct tp_holder_setup setup = { .members = &f->members,
		.k = &k,
		.share = &shares[j],
		.key = holder_keys[j],
		.once = { &disks[j], put_set } };
	struct tp_holder *h = NULL;

	OK(tp_holder_new(&h, &setup, invitation.at, invitation.len, now, &err));
	return h;
}

/* A holder that has roster and the OPENs of a set of sites (bits). */
static struct tp_holder *holder_fed(unsigned j, unsigned set)
{
	struct tp_holder *h = holder_new(j);

	OK(tp_holder_roster(h, roster.at, roster.len, now, &err));
	for (unsigned i = 0; i < SITES; i++)
		if (set >> i & 1)
			OK(tp_holder_open(h, sites[i].open.at, sites[i].open.len, now, &err));
	return h;
}

static int part_made(struct tp_holder *h, const void *set, size_t len, struct text *out)
{
	return tp_holder_all(h, set, len, now, &err) != 0 ? -1 : tp_holder_part(h, now, out, &err);
}

static void part_of(unsigned j, unsigned set, struct text *out)
{
	struct tp_holder *h = holder_fed(j, set);

	text_init(out, LIMIT);
	OK(part_made(h, all.at, all.len, out));
	ck_assert_int_eq(tp_holder_state(h), TP_HOLDER_DONE);
	tp_holder_free(h);
}

static void check_sums(unsigned set)
{
	int64_t sums[WORDS];

	OK(tp_gateway_finish(g, sums, WORDS, &err));
	for (unsigned w = 0; w < WORDS; w++) {
		int64_t want = 0;

		for (unsigned i = 0; i < SITES; i++)
			if (set >> i & 1)
				want += sites[i].values[w] + sites[i].noise[w];
		ck_assert_int_eq(sums[w], want);
	}
}

/* ---- sums ---- */

START_TEST(the_sum_of_all_is_exact_with_noise_and_values_at_their_bounds)
{
	struct text part;

	until_opened();
	for (unsigned i = 0; i < SITES; i++)
		OK(tp_gateway_open(g, sites[i].open.at, sites[i].open.len, &err));
	OK(tp_gateway_close(g, &all, &err));
	for (unsigned j = 0; j < HOLDERS; j++) {
		if (j == 2) /* one is missing in the middle */
			continue;
		ck_assert_uint_eq(tp_gateway_missing(g), j < 2 ? 4 - j : 5 - j);
		int64_t none[WORDS];
		FAILS(tp_gateway_finish(g, none, WORDS, &err), E_STATE);
		part_of(j, 31, &part);
		OK(tp_gateway_part(g, part.at, part.len, &err));
		FAILS(tp_gateway_part(g, part.at, part.len, &err), E_STATE); /* twice */
		text_clear(&part);
	}
	check_sums(31);
	end();
}
END_TEST

START_TEST(a_site_that_leaves_after_its_commitment_is_not_in_the_sum)
{
	struct text part;

	until_opened();
	for (unsigned i = 0; i < SITES - 1; i++)
		OK(tp_gateway_open(g, sites[i].open.at, sites[i].open.len, &err));
	OK(tp_gateway_close(g, &all, &err));
	FAILS(tp_gateway_open(g, sites[4].open.at, sites[4].open.len, &err), E_STATE); /* late */
	for (unsigned j = 0; j < 4; j++) {
		part_of(j, 15, &part);
		OK(tp_gateway_part(g, part.at, part.len, &err));
		text_clear(&part);
	}
	check_sums(15);
	end();
}
END_TEST

/* Of sites 0 to 3; the fifth committed and left. */
static void write_transcript(struct text *out)
{
	struct text opens[SITES] = { 0 }, parts[4];
	struct tp_said said = { .invite = &invitation, .roster = &roster, .parts = parts, .n_parts = 4 };
	int64_t sums[WORDS];

	until_opened();
	for (unsigned i = 0; i < SITES - 1; i++)
		OK(tp_gateway_open(g, sites[i].open.at, sites[i].open.len, &err));
	OK(tp_gateway_close(g, &all, &err));
	for (unsigned j = 0; j < 4; j++) {
		part_of(j, 15, &parts[j]);
		OK(tp_gateway_part(g, parts[j].at, parts[j].len, &err));
	}
	OK(tp_gateway_finish(g, sums, WORDS, &err));
	for (unsigned i = 0; i < SITES - 1; i++)
		opens[tp_roster_place(tp_gateway_sites(g), &f->members.members[i].id)] = sites[i].open;
	said.opens = opens;
	said.set = tp_gateway_opened(g);
	text_init(out, LIMIT);
	OK(tp_transcript_write(&said, sums, WORDS, out, &err));
	for (unsigned j = 0; j < 4; j++)
		text_clear(&parts[j]);
}

START_TEST(a_stored_record_gives_the_sum_again_and_no_other)
{
	struct transcript t;
	struct hash32 members, key, own;
	struct text record;
	uint64_t epoch;

	write_transcript(&record);
	ck_assert(tp_transcript_is(record.at, record.len));
	OK(tp_transcript_list(record.at, record.len, &epoch, &members, &key, &err));
	OK(membership_hash(&f->members, &own, &err));
	ck_assert(hash32_equal(&own, &members) && hash32_equal(&key, &k.hash));
	ck_assert_uint_eq(epoch, f->members.epoch);
	OK(tp_transcript_verify(&t, record.at, record.len, &f->members, &k, &err));
	ck_assert_uint_eq(t.sites, SITES);
	ck_assert_uint_eq(t.contributors, SITES - 1);
	for (unsigned w = 0; w < WORDS; w++) {
		int64_t want = 0;

		for (unsigned i = 0; i < SITES - 1; i++)
			want += sites[i].values[w] + sites[i].noise[w];
		ck_assert_int_eq((int64_t)t.words[w], want);
	}
	transcript_clear(&t);
	/* any byte of it, and any end but its own */
	for (size_t i = 0; i < record.len; i += 1 + record.len / 60) {
		record.at[i] ^= 4;
		ck_assert_int_eq(
			tp_transcript_verify(&t, record.at, record.len, &f->members, &k, &err), -1);
		record.at[i] ^= 4;
	}
	record.at[record.len - 1] ^= 1;
	FAILS(tp_transcript_verify(&t, record.at, record.len, &f->members, &k, &err), E_CRYPTO);
	record.at[record.len - 1] ^= 1;
	for (size_t len = 0; len < record.len; len += 1 + record.len / 20)
		ck_assert_int_eq(
			tp_transcript_verify(&t, record.at, len, &f->members, &k, &err), -1);
	text_clear(&record);
	end();
}
END_TEST

START_TEST(too_few_sites_end_it_and_open_nothing)
{
	struct tp_holder *h;
	struct text part;

	until_opened();
	for (unsigned i = 0; i < 3; i++) /* four of five are wanted */
		OK(tp_gateway_open(g, sites[i].open.at, sites[i].open.len, &err));
	FAILS(tp_gateway_close(g, &all, &err), E_DENIED);
	ck_assert_int_eq(tp_gateway_state(g), TP_GATEWAY_OVER);
	/* a gateway that asks anyhow */
	uint8_t three = 7;
	h = holder_fed(0, 7);
	text_init(&part, LIMIT);
	FAILS(part_made(h, &three, 1, &part), E_DENIED);
	ck_assert_uint_eq(part.len, 0);
	ck_assert_uint_eq(disks[0].n, 0);
	text_clear(&part);
	tp_holder_free(h);
	end();
}
END_TEST

START_TEST(fewer_than_the_invitation_wants_are_too_few)
{
	struct tp_holder *h;
	struct text part;
	uint8_t four = 15;

	least = 5; /* the rules alone would be content with four */
	until_opened();
	for (unsigned i = 0; i < 4; i++)
		OK(tp_gateway_open(g, sites[i].open.at, sites[i].open.len, &err));
	FAILS(tp_gateway_close(g, &all, &err), E_DENIED);
	h = holder_fed(0, 15);
	text_init(&part, LIMIT);
	FAILS(part_made(h, &four, 1, &part), E_DENIED);
	ck_assert_uint_eq(disks[0].n, 0);
	text_clear(&part);
	tp_holder_free(h);
	end();
}
END_TEST

START_TEST(whoever_has_the_messages_gets_the_same_sum)
{
	struct tp_gateway *first;
	struct text parts[4], again, set;
	int64_t sums[WORDS], theirs[WORDS];

	until_opened();
	for (unsigned i = 0; i < SITES; i++)
		OK(tp_gateway_open(g, sites[i].open.at, sites[i].open.len, &err));
	OK(tp_gateway_close(g, &all, &err));
	for (unsigned j = 0; j < 4; j++) {
		part_of(j, 31, &parts[j]);
		OK(tp_gateway_part(g, parts[j].at, parts[j].len, &err));
	}
	OK(tp_gateway_finish(g, sums, WORDS, &err));
	first = g;
	/* an auditor, years later: the moment is that of the question */
	text_init(&again, LIMIT);
	text_init(&set, LIMIT);
	struct tp_invite read;
	OK(tp_invite_read(invitation.at, invitation.len, &f->members, &k, now.wall_s, &read, &err));
	OK(tp_gateway_new(&g, &f->members, &k, &read, &err));
	for (unsigned i = 0; i < SITES; i++)
		OK(tp_gateway_commit(g, sites[i].commit.at, sites[i].commit.len, now.wall_s, &err));
	OK(tp_gateway_roster(g, now.wall_s, &again, &err));
	ck_assert_uint_eq(again.len, roster.len);
	ck_assert_int_eq(memcmp(again.at, roster.at, roster.len), 0);
	for (unsigned i = SITES; i-- > 0;) /* in any order */
		OK(tp_gateway_open(g, sites[i].open.at, sites[i].open.len, &err));
	OK(tp_gateway_close(g, &set, &err));
	for (unsigned j = 0; j < 4; j++)
		OK(tp_gateway_part(g, parts[j].at, parts[j].len, &err));
	OK(tp_gateway_finish(g, theirs, WORDS, &err));
	ck_assert_int_eq(memcmp(sums, theirs, sizeof(sums)), 0);
	tp_gateway_free(first);
	for (unsigned j = 0; j < 4; j++)
		text_clear(&parts[j]);
	text_clear(&again);
	text_clear(&set);
	end();
}
END_TEST

/* ---- holders ---- */

START_TEST(a_holder_opens_one_set_of_sites_for_a_question_ever)
{
	struct tp_holder *h;
	struct text part;

	until_opened();
	uint8_t five = 31, four = 15;
	h = holder_fed(1, 31);
	text_init(&part, LIMIT);
	OK(part_made(h, &five, 1, &part));
	FAILS(part_made(h, &five, 1, &part), E_STATE); /* this one is over */
	tp_holder_free(h);
	text_reset(&part);
	h = holder_fed(1, 15); /* after a restart: another set */
	FAILS(part_made(h, &four, 1, &part), E_STATE);
	ck_assert_uint_eq(part.len, 0);
	tp_holder_free(h);
	h = holder_fed(1, 31); /* the same again may be answered */
	OK(part_made(h, &five, 1, &part));
	tp_holder_free(h);
	/* not on disk: nothing leaves */
	disks[2].full = true;
	text_reset(&part);
	h = holder_fed(2, 31);
	FAILS(part_made(h, &five, 1, &part), E_SYSTEM);
	ck_assert_uint_eq(part.len, 0);
	tp_holder_free(h);
	/* a set that is not the one whose ciphertexts came; bits past the roster */
	uint8_t odd[] = { 15, 63, 31 };
	for (unsigned i = 0; i < 3; i++) {
		h = holder_fed(3, i == 2 ? 15 : 31);
		FAILS(part_made(h, &odd[i], 1, &part), i == 1 ? E_INPUT : E_DENIED);
		ck_assert_int_eq(tp_holder_state(h), TP_HOLDER_OVER);
		tp_holder_free(h);
	}
	ck_assert_uint_eq(disks[3].n, 0);
	text_clear(&part);
	end();
}
END_TEST

START_TEST(a_holder_wants_the_sites_that_it_trusts)
{
	struct tp_holder_setup setup;
	struct tp_holder *h = NULL;
	struct text part;
	uint8_t four = 15;

	until_opened();
	setup = (struct tp_holder_setup){ .members = &f->members,
		.k = &k,
		.share = &shares[0],
		.key = holder_keys[0],
		.trust = { &f->members.members[4].id, 1, 1 },
		.once = { &disks[0], put_set } };
	OK(tp_holder_new(&h, &setup, invitation.at, invitation.len, now, &err));
	OK(tp_holder_roster(h, roster.at, roster.len, now, &err));
	for (unsigned i = 0; i < 4; i++)
		OK(tp_holder_open(h, sites[i].open.at, sites[i].open.len, now, &err));
	text_init(&part, LIMIT);
	FAILS(part_made(h, &four, 1, &part), E_DENIED);
	text_clear(&part);
	tp_holder_free(h);
	end();
}
END_TEST

START_TEST(a_bad_part_is_refused_by_name_and_the_others_open)
{
	struct text part[HOLDERS];

	until_opened();
	for (unsigned i = 0; i < SITES; i++)
		OK(tp_gateway_open(g, sites[i].open.at, sites[i].open.len, &err));
	OK(tp_gateway_close(g, &all, &err));
	for (unsigned j = 0; j < HOLDERS; j++)
		part_of(j, 31, &part[j]);
	for (size_t i = 0; i < part[0].len; i += 13) { /* any bit */
		part[0].at[i] = (char)(part[0].at[i] ^ 1);
		ck_assert_int_eq(tp_gateway_part(g, part[0].at, part[0].len, &err), -1);
		part[0].at[i] = (char)(part[0].at[i] ^ 1);
	}
	for (size_t len = 0; len < part[0].len; len += 7)
		ck_assert_int_eq(tp_gateway_part(g, part[0].at, len, &err), -1);
	/* a holder that signs a wrong part: its own key, a changed number */
	struct tp_partial p = { 0 };
	struct text body;
	OK(tp_partial_read(&k, 3, part[0].at + 64, part[0].len - 64, &p, &err));
	BN_add_word(p.d[1], 1);
	text_init(&body, LIMIT);
	OK(tp_partial_write(&k, &p, &body, &err));
	struct hash32 hashes[4];
	struct text forged;
	uint8_t signature[64], five = 31;
	struct tp_tally *tally = NULL;
	OK(tp_tally_new(&tally, &k, &invite, tp_gateway_sites(g), &err));
	for (unsigned i = 0; i < SITES; i++)
		OK(tp_tally_add(tally, sites[i].open.at, sites[i].open.len, &err));
	OK(tp_tally_close(tally, &f->members, NULL, &err));
	tp_tally_hashes(tally, hashes);
	hashes[3] = sha256(body.at, body.len);
	OK(tp_sign(TP_STEP_PART, &invite.ctx, &k.holders[0].id, hashes, 4, holder_keys[0],
		signature, &err));
	text_init(&forged, LIMIT);
	text_addn(&forged, signature, 64);
	text_addn(&forged, body.at, body.len);
	FAILS(tp_gateway_part(g, forged.at, forged.len, &err), E_CRYPTO);
	ck_assert_ptr_nonnull(strstr(err.log, "holder-1"));
	ck_assert_uint_eq(tp_gateway_missing(g), 4);
	(void)five;
	for (unsigned j = 1; j < HOLDERS; j++)
		OK(tp_gateway_part(g, part[j].at, part[j].len, &err));
	check_sums(31);
	for (unsigned j = 0; j < HOLDERS; j++)
		text_clear(&part[j]);
	tp_tally_free(tally);
	tp_partial_clear(&p);
	text_clear(&forged);
	text_clear(&body);
	end();
}
END_TEST

/* ---- lying sites: site 0 makes what it likes ---- */

struct liar {
	struct tp_entry entry;
	uint8_t nonce[32], *ct;
	size_t len;
};

static void liar_commits(struct liar *l)
{
	l->entry.id = f->members.members[0].id;
	ck_assert_int_eq(RAND_bytes(l->nonce, 32), 1);
	OK(tp_commitment(
		&invite.ctx, &l->entry.id, l->nonce, l->ct, l->len, &l->entry.commitment, &err));
	OK(tp_entry_sign(&l->entry, &invite.ctx, f->keys[0], &err));
	OK(tp_gateway_commit(g, &l->entry, TP_ENTRY_BYTES, now.wall_s, &err));
}

/* Everybody else commits; the roster is closed. */
static void others_commit(void)
{
	for (unsigned i = 1; i < SITES; i++)
		commit_site(i);
	OK(tp_gateway_roster(g, now.wall_s, &roster, &err));
}

/* What the liar opens is refused, by holders too. */
static void liar_opens(const struct liar *l, const uint8_t *ct, size_t len, enum error_code want)
{
	const struct tp_roster *r = tp_gateway_sites(g);
	struct tp_holder *h = holder_new(0);
	struct text open;

	text_init(&open, LIMIT);
	OK(tp_open_write(r, &invite.ctx, &l->entry.id, l->nonce, ct, len, f->keys[0], &open, &err));
	FAILS(tp_gateway_open(g, open.at, open.len, &err), want);
	OK(tp_holder_roster(h, roster.at, roster.len, now, &err));
	FAILS(tp_holder_open(h, open.at, open.len, now, &err), want);
	ck_assert_int_eq(tp_holder_state(h), TP_HOLDER_LISTED); /* the others go on */
	ck_assert_uint_eq(bits_count(tp_gateway_opened(g)), 0);
	tp_holder_free(h);
	text_clear(&open);
}

START_TEST(what_is_no_ciphertext_is_refused_although_it_was_committed_to)
{
	for (int kind = 0; kind < 4; kind++) {
		struct liar l = { 0 };
		BIGNUM *x = BN_new();
		BN_CTX *scratch = BN_CTX_new();

		begin();
		BN_one(x);
		l.len = tp_open_bytes(&k, &invite);
		l.ct = calloc(1, l.len);
		for (unsigned c = 0; c < 3; c++)
			OK(number_bytes(x, l.ct + c * k.bytes, k.bytes, &err));
		BN_zero(x);
		if (kind == 1)
			BN_copy(x, k.n);
		if (kind == 2) { /* a multiple of p */
			BIGNUM *p = hex_number(kat_numbers[KAT_P]);

			BN_mul_word(p, 12345);
			BN_copy(x, p);
			BN_free(p);
		}
		if (kind == 3)
			BN_add(x, k.n2, BN_value_one());
		OK(number_bytes(x, l.ct + k.bytes, k.bytes, &err));
		liar_commits(&l);
		others_commit();
		liar_opens(&l, l.ct, l.len, E_CRYPTO);
		ck_assert_ptr_nonnull(
			strstr(err.log, "no unit")); /* before any proof is looked at */
		free(l.ct);
		BN_free(x);
		BN_CTX_free(scratch);
		end();
	}
}
END_TEST

START_TEST(ciphertexts_that_depend_on_anothers_cannot_be_opened)
{
	struct liar l = { 0 };

	begin();
	l.len = tp_open_bytes(&k, &invite);
	l.ct = calloc(1, l.len);
	for (unsigned c = 0; c < 3; c++)
		l.ct[(c + 1) * k.bytes - 1] = 1;
	liar_commits(&l);
	others_commit();
	for (unsigned i = 1; i < SITES; i++)
		open_site(i);
	/* the victim's ciphertexts, and raised to 2^20 */
	uint8_t *theirs = malloc(l.len);
	memcpy(theirs, sites[1].open.at + TP_OPEN_HEAD, l.len);
	liar_opens(&l, theirs, l.len, E_CRYPTO);
	BN_CTX *scratch = BN_CTX_new();
	BIGNUM *x = number_of(theirs, k.bytes), *e = BN_new();
	BN_set_bit(e, 20);
	OK(number_power(x, x, e, k.n2, k.mont, scratch, &err));
	OK(number_bytes(x, theirs, k.bytes, &err));
	liar_opens(&l, theirs, l.len, E_CRYPTO);
	/* its own numbers, well proved, but others than it committed to: chosen after it saw the others' */
	BIGNUM *m[3] = { BN_new(), BN_new(), BN_new() };
	for (int c = 0; c < 3; c++)
		OK(tp_pack(&invite.packing, sites[2].values, 3, m[c], &err));
	OK(tp_known_encrypt(
		table, &k, &invite.ctx, &l.entry.id, (const BIGNUM *const *)m, 3, theirs, &err));
	liar_opens(&l, theirs, l.len, E_CRYPTO);
	ck_assert_ptr_nonnull(strstr(err.log, "commitment"));
	for (int c = 0; c < 3; c++)
		BN_free(m[c]);
	/* fewer of them */
	liar_opens(&l, l.ct, 2 * k.bytes, E_INPUT);
	BN_CTX_free(scratch);
	BN_free(x);
	BN_free(e);
	free(theirs);
	free(l.ct);
	end();
}
END_TEST

/* Opens for the liar and says whether the gateway takes it. */
static int liar_tries(const struct liar *l)
{
	struct text open;
	int ret;

	text_init(&open, LIMIT);
	OK(tp_open_write(tp_gateway_sites(g), &invite.ctx, &l->entry.id, l->nonce, l->ct, l->len,
		f->keys[0], &open, &err));
	ret = tp_gateway_open(g, open.at, open.len, &err);
	text_clear(&open);
	return ret;
}

START_TEST(a_ciphertext_of_an_earlier_question_cannot_be_used_again)
{
	for (int kind = 0; kind < 6; kind++) {
		struct hash32 earlier = sha256("earlier", 7);
		struct liar l = { 0 };
		BIGNUM *m[3];

		begin();
		const struct sum_id *victim = &f->members.members[1].id,
				    *own = &f->members.members[0].id;
		l.len = tp_open_bytes(&k, &invite);
		l.ct = malloc(l.len);
		for (int c = 0; c < 3; c++) {
			m[c] = BN_new();
			OK(tp_pack(&invite.packing, sites[1].values + 3 * c, 3, m[c], &err));
		}
		/* 0: its own, for comparison; 1: as the victim opened it in another question; 2: the victim's of this one;
		 * 3: its own of another question; 4, 5: its own, but one of them shifted or randomised afterwards */
		OK(tp_known_encrypt(table, &k, kind == 1 || kind == 3 ? &earlier : &invite.ctx,
			kind == 1 || kind == 2 ? victim : own, (const BIGNUM *const *)m, 3, l.ct,
			&err));
		if (kind >= 4) {
			BIGNUM *x = number_of(l.ct + k.bytes, k.bytes);
			BN_CTX *scratch = BN_CTX_new();

			OK(number_times(x, x, kind == 4 ? x : k.h, k.n2, scratch, &err));
			OK(number_bytes(x, l.ct + k.bytes, k.bytes, &err));
			BN_CTX_free(scratch);
			BN_free(x);
		}
		liar_commits(&l);
		others_commit();
		ck_assert_int_eq(liar_tries(&l), kind == 0 ? 0 : -1);
		if (kind != 0)
			ck_assert_int_eq(err.code, E_CRYPTO);
		free(l.ct);
		for (int c = 0; c < 3; c++)
			BN_free(m[c]);
		end();
	}
}
END_TEST

START_TEST(a_copied_commitment_names_another_site)
{
	struct liar l = { 0 };

	begin();
	invite_site(1);
	OK(commit_now(
		sites[1].s, sites[1].values, sites[1].noise, WORDS, now, &sites[1].commit, &err));
	memcpy(&l.entry, sites[1].commit.at, TP_ENTRY_BYTES);
	l.entry.id = f->members.members[0].id;
	/* with the victim's signature, and with its own */
	FAILS(tp_gateway_commit(g, &l.entry, TP_ENTRY_BYTES, now.wall_s, &err), E_CRYPTO);
	OK(tp_entry_sign(&l.entry, &invite.ctx, f->keys[0], &err));
	OK(tp_gateway_commit(g, &l.entry, TP_ENTRY_BYTES, now.wall_s, &err));
	OK(tp_gateway_commit(g, sites[1].commit.at, sites[1].commit.len, now.wall_s, &err));
	FAILS(tp_gateway_commit(g, sites[1].commit.at, sites[1].commit.len, now.wall_s, &err),
		E_CRYPTO); /* twice */
	for (unsigned i = 2; i < SITES; i++)
		commit_site(i);
	OK(tp_gateway_roster(g, now.wall_s, &roster, &err));
	open_site(1);
	/* now it knows nonce and ciphertexts; the commitment is over the victim's id */
	memcpy(l.nonce, sites[1].open.at + 16, 32);
	liar_opens(&l, (const uint8_t *)sites[1].open.at + TP_OPEN_HEAD, tp_open_bytes(&k, &invite),
		E_CRYPTO);
	ck_assert_ptr_nonnull(strstr(err.log, "commitment")); /* before any proof is looked at */
	end();
}
END_TEST

/* ---- lying gateways ---- */

START_TEST(a_site_refuses_an_invitation_to_anything_else)
{
	struct tp_site *s = NULL;

	begin();
	for (size_t len = 0; len < invitation.len; len += 11)
		FAILS(tp_site_new(&s, &sites[0].setup, &expect, invitation.at, len, now, &err),
			E_INPUT);
	for (size_t i = 0; i < invitation.len; i += 9) {
		invitation.at[i] = (char)(invitation.at[i] ^ 1);
		ck_assert_int_eq(tp_site_new(&s, &sites[0].setup, &expect, invitation.at,
					 invitation.len, now, &err),
			-1);
		invitation.at[i] = (char)(invitation.at[i] ^ 1);
	}
	for (int i = 0; i < 8; i++) {
		struct sum_expect other = expect;
		struct sum_now then = now;

		if (i == 0)
			other.question.at[0] ^= 1;
		if (i == 1)
			other.noise.at[0] ^= 1;
		if (i == 2)
			other.words++;
		if (i == 3)
			other.bound++;
		if (i == 4)
			other.tail++; /* slots that its noise could overflow */
		if (i == 5)
			other.n_min = 4;
		if (i == 6)
			other.honest = 4;
		if (i == 7)
			then.wall_s += 301;
		FAILS(tp_site_new(&s, &sites[0].setup, &other, invitation.at, invitation.len, then,
			      &err),
			E_DENIED);
	}
	/* a key of another federation, or no longer valid */
	k.federation.at[0] ^= 1;
	FAILS(tp_site_new(&s, &sites[0].setup, &expect, invitation.at, invitation.len, now, &err),
		E_DENIED);
	k.federation.at[0] ^= 1;
	k.until_s = now.wall_s;
	FAILS(tp_site_new(&s, &sites[0].setup, &expect, invitation.at, invitation.len, now, &err),
		E_DENIED);
	k.until_s = KAT_UNTIL;
	k.hash.at[0] ^= 1;
	FAILS(tp_site_new(&s, &sites[0].setup, &expect, invitation.at, invitation.len, now, &err),
		E_DENIED);
	k.hash.at[0] ^= 1;
	ck_assert_ptr_null(s);
	invite.sum.mode = SUM_OR;
	FAILS(tp_invite_complete(&invite, &k, &err), E_DENIED);
	end();
}
END_TEST

START_TEST(a_site_opens_for_one_roster_that_has_it_as_it_committed)
{
	struct text other, out;

	begin();
	for (unsigned i = 0; i < SITES; i++)
		commit_site(i);
	OK(tp_gateway_roster(g, now.wall_s, &roster, &err));
	text_init(&out, LIMIT);
	text_init(&other, LIMIT);
	/* without it; then its life is over */
	text_addn(&other, "\0\0\0\4", 4);
	text_addn(&other, roster.at + 4 + TP_ENTRY_BYTES, 4 * TP_ENTRY_BYTES);
	FAILS(tp_site_open(sites[0].s, other.at, other.len, now, &out, &err), E_DENIED);
	FAILS(tp_site_open(sites[0].s, roster.at, roster.len, now, &out, &err), E_STATE);
	ck_assert_uint_eq(out.len, 0);
	ck_assert_uint_eq(sites[0].disk.n, 1); /* begun, not charged */
	/* any entry changed */
	roster.at[4 + 3 * TP_ENTRY_BYTES + 20] ^= 1;
	FAILS(tp_site_open(sites[1].s, roster.at, roster.len, now, &out, &err), E_CRYPTO);
	roster.at[4 + 3 * TP_ENTRY_BYTES + 20] ^= 1;
	/* a site twice */
	text_reset(&other);
	text_addn(&other, roster.at, roster.len);
	memcpy(other.at + 4, other.at + 4 + TP_ENTRY_BYTES, TP_ENTRY_BYTES);
	FAILS(tp_site_open(sites[2].s, other.at, other.len, now, &out, &err), E_DENIED);
	/* too late */
	struct sum_now late = { now.wall_s, now.mono_ms + 10000 };
	FAILS(tp_site_open(sites[3].s, roster.at, roster.len, late, &out, &err), E_STATE);
	ck_assert_uint_eq(out.len, 0);
	/* once */
	OK(tp_site_open(sites[4].s, roster.at, roster.len, now, &out, &err));
	FAILS(tp_site_open(sites[4].s, roster.at, roster.len, now, &out, &err), E_STATE);
	ck_assert_uint_eq(sites[4].disk.n, 2);
	text_clear(&other);
	text_clear(&out);
	end();
}
END_TEST

START_TEST(nothing_leaves_a_site_before_its_mark_is_on_disk_and_nothing_twice)
{
	struct text out;

	begin();
	text_init(&out, LIMIT);
	sites[0].disk.fails_at = 1;
	invite_site(0);
	FAILS(commit_now(sites[0].s, sites[0].values, NULL, WORDS, now, &out, &err), E_SYSTEM);
	ck_assert_uint_eq(out.len, 0);
	ck_assert_int_eq(tp_site_state(sites[0].s), TP_SITE_OVER);
	for (unsigned i = 1; i < SITES; i++)
		commit_site(i);
	OK(tp_gateway_roster(g, now.wall_s, &roster, &err));
	sites[1].disk.fails_at = 2;
	FAILS(tp_site_open(sites[1].s, roster.at, roster.len, now, &out, &err), E_SYSTEM);
	ck_assert_uint_eq(out.len, 0);
	/* after a restart the same question is refused */
	tp_site_free(sites[2].s);
	invite_site(2);
	FAILS(commit_now(sites[2].s, sites[2].values, NULL, WORDS, now, &out, &err), E_STATE);
	ck_assert_uint_eq(out.len, 0);
	text_clear(&out);
	end();
}
END_TEST

START_TEST(a_site_commits_to_its_own_ciphertexts_once_they_are_made)
{
	struct tp_values *v[3];
	struct text out;

	begin();
	text_init(&out, LIMIT);
	for (unsigned i = 0; i < 3; i++) {
		invite_site(i);
		OK(tp_site_values(
			sites[i].s, sites[i].values, NULL, WORDS, now, &v[i], &err));
	}
	/* values twice */
	struct tp_values *more = NULL;
	FAILS(tp_site_values(sites[2].s, sites[2].values, NULL, WORDS, now, &more, &err), E_STATE);
	ck_assert_ptr_null(more);
	/* not encrypted yet */
	FAILS(tp_site_commit(sites[0].s, v[0], now, &out, &err), E_DENIED);
	ck_assert_int_eq(tp_site_state(sites[0].s), TP_SITE_OVER);
	/* another site's */
	OK(tp_values_encrypt(v[2], &err));
	FAILS(tp_values_encrypt(v[2], &err), E_SYSTEM);
	FAILS(tp_site_commit(sites[1].s, v[2], now, &out, &err), E_DENIED);
	tp_values_free(v[1]);
	ck_assert_uint_eq(out.len, 0);
	ck_assert_uint_eq(sites[0].disk.n + sites[1].disk.n, 0);
	text_clear(&out);
	end();
}
END_TEST

START_TEST(values_past_their_bound_never_leave)
{
	static const int64_t bad[] = { BOUND + 1, -BOUND - 1, INT64_MAX, INT64_MIN };
	struct text out;

	begin();
	text_init(&out, LIMIT);
	for (size_t i = 0; i < 4; i++) {
		invite_site(0);
		sites[0].values[7] = bad[i];
		FAILS(commit_now(sites[0].s, sites[0].values, NULL, WORDS, now, &out, &err),
			E_LIMIT);
		tp_site_free(sites[0].s);
		invite_site(0);
		sites[0].values[7] = 0;
		sites[0].noise[3] = i < 2 ? (i == 0 ? TAIL + 1 : -TAIL - 1) : bad[i];
		FAILS(commit_now(
			      sites[0].s, sites[0].values, sites[0].noise, WORDS, now, &out, &err),
			E_LIMIT);
		tp_site_free(sites[0].s);
	}
	invite_site(0);
	FAILS(commit_now(sites[0].s, sites[0].values, NULL, WORDS - 1, now, &out, &err),
		E_DENIED);
	ck_assert_uint_eq(out.len, 0);
	ck_assert_uint_eq(sites[0].disk.n, 0);
	text_clear(&out);
	end();
}
END_TEST

START_TEST(strangers_and_suspended_sites_are_not_listed)
{
	begin();
	for (unsigned i = 0; i < 4; i++)
		commit_site(i);
	f->members.members[4].state = MEMBER_SUSPENDED;
	/* its list has another hash, but the gateway's own check comes first */
	struct liar l = { 0 };
	l.entry.id = f->members.members[4].id;
	OK(tp_entry_sign(&l.entry, &invite.ctx, f->keys[4], &err));
	FAILS(tp_gateway_commit(g, &l.entry, TP_ENTRY_BYTES, now.wall_s, &err), E_CRYPTO);
	memset(&l.entry.id, 1, sizeof(l.entry.id));
	FAILS(tp_gateway_commit(g, &l.entry, TP_ENTRY_BYTES, now.wall_s, &err), E_CRYPTO);
	FAILS(tp_gateway_commit(g, &l.entry, TP_ENTRY_BYTES - 1, now.wall_s, &err), E_INPUT);
	FAILS(tp_gateway_open(g, &l, 5, &err), E_STATE);
	f->members.members[4].state = MEMBER_ACTIVE;
	end();
}
END_TEST

UNIT_MAIN("paillier_rounds", a_stored_record_gives_the_sum_again_and_no_other,
	the_sum_of_all_is_exact_with_noise_and_values_at_their_bounds,
	a_site_that_leaves_after_its_commitment_is_not_in_the_sum,
	whoever_has_the_messages_gets_the_same_sum, too_few_sites_end_it_and_open_nothing,
	fewer_than_the_invitation_wants_are_too_few,
	a_holder_opens_one_set_of_sites_for_a_question_ever,
	a_holder_wants_the_sites_that_it_trusts, a_bad_part_is_refused_by_name_and_the_others_open,
	what_is_no_ciphertext_is_refused_although_it_was_committed_to,
	ciphertexts_that_depend_on_anothers_cannot_be_opened,
	a_ciphertext_of_an_earlier_question_cannot_be_used_again,
	a_copied_commitment_names_another_site, a_site_refuses_an_invitation_to_anything_else,
	a_site_opens_for_one_roster_that_has_it_as_it_committed,
	nothing_leaves_a_site_before_its_mark_is_on_disk_and_nothing_twice,
	a_site_commits_to_its_own_ciphertexts_once_they_are_made,
	values_past_their_bound_never_leave, strangers_and_suspended_sites_are_not_listed)
