/*
 * Secure sums between honest sites: exact or none, whoever is lost and when.
 */
#include "secagg/transcript.h"
#include "tests/unit/sums.h"
#include "tests/unit/unit.h"

START_TEST(the_gateway_learns_the_sum)
{
	for (enum suite suite = SUITE_AES128; suite < SUITE_END; suite++) {
		struct world *w = world_new(5, 3000);

		w->invite.suite = suite;
		ck_assert_msg(world_run(w) == 0, "%s", w->err.log);
		ck_assert_uint_eq(round_gateway_contributors(w->g), 5);
		world_sum_is_exact(w);
		for (int i = 0; i < 5; i++)
			ck_assert_int_eq(round_site_state(w->at[i].site), ROUND_DONE);
		world_free(w);
	}
}
END_TEST

/* A19: exact sum or abort, nothing between. */
START_TEST(whoever_is_lost_at_whatever_step_the_sum_is_exact_or_there_is_none)
{
	static const enum sum_step steps[] = { STEP_KEYS, STEP_SHARES, STEP_MASKED, STEP_ACK,
		STEP_UNMASK };

	for (uint64_t n = 3; n <= 16; n++) {
		struct world *w = world_new(n, 20);
		uint64_t u = w->invite.u_min;

		for (size_t s = 0; s < 5; s++)
			for (uint64_t lost = 0; lost <= n - u + 1; lost++) {
				/* of a smaller roster, a smaller quorum is enough */
				uint64_t roster = steps[s] == STEP_KEYS ? n - lost : n;
				uint64_t least = steps[s] <= STEP_MASKED ? u
						 : steps[s] == STEP_ACK
							 ? quorum_signers(&w->f->members.rules, n)
							 : quorum_shares(n);
				bool enough = n - lost >= least;

				w->invite = invite_for(w);
				for (uint64_t i = 0; i < lost; i++)
					w->at[(i + s) % n].dies = steps[s];
				ck_assert_int_eq(world_run(w), enough ? 0 : -1);
				if (enough) {
					ck_assert_uint_eq(round_gateway_sites(w->g), roster);
					ck_assert_uint_eq(round_gateway_contributors(w->g),
						steps[s] <= STEP_MASKED ? n - lost : n);
					world_sum_is_exact(w);
				} else {
					ck_assert_ptr_null(round_gateway_sum(w->g));
				}
				world_again(w);
			}
		world_free(w);
	}
}
END_TEST

START_TEST(more_contributors_than_the_quorum_are_waited_for_when_they_are_asked_for)
{
	struct world *w = world_new(10, 9);

	/* T is 7 of 10: nine are wanted, so one may be lost before MASKED, and three after it */
	for (uint64_t lost = 0; lost <= 4; lost++)
		for (int late = 0; late < 2; late++) {
			w->invite = invite_for(w);
			w->invite.u_min = 9;
			for (uint64_t i = 0; i < lost; i++)
				w->at[2 * i + 1].dies = late ? STEP_ACK : STEP_MASKED;
			ck_assert_int_eq(world_run(w), lost <= (late ? 3 : 1) ? 0 : -1);
			if (round_gateway_sum(w->g) != NULL)
				world_sum_is_exact(w);
			world_again(w);
		}
	world_free(w);
}
END_TEST

START_TEST(a_certificate_has_as_many_signatures_as_certify_and_all_sites_unmask)
{
	struct world *w = world_new(10, 9);

	world_start(w);
	ck_assert_int_eq(world_until(w, PHASE_UNMASK), 0);
	for (uint64_t i = 0; i < 10; i++) {
		ck_assert_int_eq(w->at[i].in_step, STEP_CERT);
		ck_assert_uint_eq(w->at[i].in.len, 2 + 7 * 64); /* T is 7 of 10 */
	}
	world_answers(w);
	ck_assert_int_eq(world_close(w), 0);
	for (int i = 0; i < 10; i++)
		ck_assert_int_eq(round_site_state(w->at[i].site), ROUND_DONE);
	world_sum_is_exact(w);
	world_free(w);
}
END_TEST

START_TEST(nobody_waits_for_a_site_that_is_gone)
{
	struct world *w = world_new(5, 8);

	w->at[4].dies = STEP_KEYS;
	world_start(w);
	ck_assert_uint_eq(round_gateway_waits(w->g), 5);
	world_answers(w);
	ck_assert_uint_eq(round_gateway_waits(w->g), 0);
	round_gateway_lost(w->g, &w->at[4].setup.me);
	ck_assert_uint_eq(round_gateway_waits(w->g), 0);
	ck_assert_int_eq(world_close(w), 0);
	w->at[3].dies = STEP_MASKED;
	ck_assert_int_eq(world_until(w, PHASE_MASKED), 0);
	ck_assert_uint_eq(round_gateway_waits(w->g), 4);
	round_gateway_lost(w->g, &w->at[3].setup.me);
	ck_assert_uint_eq(round_gateway_waits(w->g), 3);
	ck_assert(!round_gateway_speaks_to(w->g, &w->at[3].setup.me));
	world_free(w);
}
END_TEST

START_TEST(losses_at_several_steps_of_one_round_are_all_recovered)
{
	struct world *w = world_new(16, 257);

	w->at[3].dies = STEP_KEYS;
	w->at[7].dies = STEP_SHARES;
	w->at[0].dies = STEP_MASKED;
	w->at[15].dies = STEP_MASKED;
	w->at[8].dies = STEP_ACK;
	w->at[9].dies = STEP_UNMASK;
	ck_assert_msg(world_run(w) == 0, "%s", w->err.log);
	ck_assert_uint_eq(round_gateway_contributors(w->g), 12);
	world_sum_is_exact(w);
	world_free(w);
}
END_TEST

START_TEST(a_transcript_shows_the_sum_again_and_finds_another_one)
{
	struct world *w = world_new(6, 40);
	struct transcript t;
	struct text record;
	struct error err;

	text_init(&record, MAX_FRAME_BYTES);
	w->at[2].dies = STEP_MASKED;
	ck_assert_int_eq(world_run(w), 0);
	ck_assert_msg(round_gateway_transcript(w->g, &record, &err) == 0, "%s", err.log);
	OK(transcript_verify(&t, record.at, record.len, &w->f->members, &err));
	ck_assert_uint_eq(t.contributors, 5);
	ck_assert_mem_eq(t.words, round_gateway_sum(w->g), 40 * 8);
	transcript_clear(&t);

	/* A25: one more in the last word */
	record.at[record.len - 1] ^= 1;
	FAILS(transcript_verify(&t, record.at, record.len, &w->f->members, &err), E_CRYPTO);
	ck_assert_ptr_nonnull(strstr(err.log, "another"));
	record.at[record.len - 1] ^= 1;
	/* and no other byte can be changed either */
	for (size_t i = 0; i < record.len; i += i < 2000 ? 37 : 211) {
		record.at[i] ^= 4;
		ck_assert_int_eq(
			transcript_verify(&t, record.at, record.len, &w->f->members, &err), -1);
		record.at[i] ^= 4;
	}
	for (size_t i = 0; i < record.len; i += 97)
		ck_assert_int_eq(transcript_verify(&t, record.at, i, &w->f->members, &err), -1);
	text_clear(&record);
	world_free(w);
}
END_TEST

/* One line of vectors/sums.txt into the list that it is of; true after the last line of a record. */
static bool read_line(char *line, struct membership *m, struct text *record, int64_t sum[3])
{
	struct sum_rules *r = &m->rules;
	unsigned third;
	char hex[80];

	line[strcspn(line, "\n")] = '\0';
	if (sscanf(line, "federation %79s", hex) == 1) {
		m->n_members = 0;
		ck_assert(hex_decode(hex, 64, m->federation.at));
	} else if (strncmp(line, "list ", 5) == 0) {
		ck_assert_int_eq(
			sscanf(line + 5, "%lu %ld %ld %u %lu %lu %lu %lu %lu %lu %lu", &m->epoch,
				&m->from_s, &m->until_s, &third, &r->colluders, &r->h_min,
				&r->n_min, &r->n_max, &r->u_min, &r->suites, &r->life_s),
			11);
		r->third = third != 0;
	} else if (sscanf(line, "gateway %63s %79s", m->gateways[0].name, hex) == 2) {
		m->n_gateways = 1;
		ck_assert(hex_decode(hex, 64, m->gateways[0].key));
	} else if (strncmp(line, "site ", 5) == 0) {
		struct member *p = &m->members[m->n_members++];
		unsigned state;

		ck_assert_int_eq(sscanf(line + 5, "%63s %63s %79s %ld %ld %u", p->site, p->org, hex,
					 &p->from_s, &p->until_s, &state),
			6);
		p->state = (enum member_state)state;
		ck_assert(hex_decode(hex, 64, p->key));
	} else if (strncmp(line, "transcript ", 11) == 0) {
		size_t len = strlen(line + 11);
		uint8_t *bytes = malloc(len / 2);

		ck_assert(hex_decode(line + 11, len, bytes));
		text_reset(record);
		text_addn(record, bytes, len / 2);
		free(bytes);
	} else {
		return sscanf(line, "sum %ld %ld %ld", &sum[0], &sum[1], &sum[2]) == 3;
	}
	return false;
}

/* What a second implementation made again (vectors/check_sums.py): bytes that changed since would be another protocol. */
START_TEST(records_that_another_implementation_accepts_are_accepted_here)
{
	static struct member list[8];
	static struct membership m = { .members = list };
	static char line[20000];
	struct transcript t;
	struct text record;
	int64_t sum[3];
	int found = 0;
	FILE *f = fopen("tests/vectors/sums.txt", "r");
	struct error err;

	ck_assert_ptr_nonnull(f);
	text_init(&record, MAX_FRAME_BYTES);
	while (fgets(line, sizeof(line), f) != NULL) {
		if (!read_line(line, &m, &record, sum))
			continue;
		OK(membership_complete(&m, &err));
		OK(transcript_verify(&t, record.at, record.len, &m, &err));
		for (int i = 0; i < 3; i++)
			ck_assert_int_eq((int64_t)t.words[i], sum[i]);
		transcript_clear(&t);
		found++;
	}
	ck_assert_int_eq(found, 3);
	text_clear(&record);
	fclose(f);
}
END_TEST

/* A23: the largest values and the largest noise, either way, and not one more. */
START_TEST(sums_at_the_edge_of_63_bits_are_exact_and_one_more_is_refused)
{
	struct world *w = world_new(3, 4);
	const int64_t most = INT64_MAX / 3;

	w->expect.tail = 1000;
	w->expect.bound = w->invite.bound = (uint64_t)most - 1000;
	for (int i = 0; i < 3; i++)
		for (int k = 0; k < 4; k++) {
			w->at[i].values[k] = (k & 1) != 0 ? most - 1000 : 1000 - most;
			w->at[i].noise[k] = (k & 1) != 0 ? 1000 : -1000;
		}
	ck_assert_msg(world_run(w) == 0, "%s", w->at[0].err.log);
	world_sum_is_exact(w);
	ck_assert_int_eq((int64_t)round_gateway_sum(w->g)[1], 3 * most);
	ck_assert_int_eq((int64_t)round_gateway_sum(w->g)[0], -3 * most);

	static const int64_t values[] = { 1, 0, INT64_MIN, 0 };
	static const int64_t noise[] = { 0, 1, 0, INT64_MIN };
	for (int bad = 0; bad < 4; bad++) {
		world_again(w);
		w->invite = invite_for(w);
		w->invite.bound = w->expect.bound;
		world_start(w);
		ck_assert_int_eq(world_until(w, PHASE_MASKED), 0);
		struct seat *p = &w->at[1];
		int64_t v = p->values[1], z = p->noise[1];
		p->values[1] = values[bad] < 0 ? INT64_MIN : v + values[bad];
		p->noise[1] = noise[bad] < 0 ? INT64_MIN : z + noise[bad];
		ck_assert_int_eq(world_feed(w, 1), -1);
		ck_assert_int_eq(p->err.code, E_DENIED);
		ck_assert_uint_eq(p->out.len, 0);
		p->values[1] = v;
		p->noise[1] = z;
	}
	/* an invitation under which they could not fit is refused before anything is said */
	world_again(w);
	w->invite = invite_for(w);
	w->invite.bound = w->expect.bound = (uint64_t)most - 999;
	world_start(w);
	ck_assert_int_eq(world_feed(w, 0), -1);
	ck_assert_ptr_nonnull(strstr(w->at[0].err.log, "63 bits"));
	world_free(w);
}
END_TEST

/* A26 */
START_TEST(lengths_that_differ_or_are_nothing_are_refused)
{
	struct world *w = world_new(3, 1);
	struct round_gateway *g;

	ck_assert_int_eq(world_run(w), 0);
	world_sum_is_exact(w);
	world_again(w);
	w->invite = invite_for(w);
	w->invite.words = 0;
	ck_assert_int_eq(round_gateway_new(&g, &w->f->members, w->f->gateway, &w->invite, false,
				 NOW_S, &w->err),
		-1);
	w->invite.words = MAX_SUM_WORDS + 1;
	ck_assert_int_eq(round_gateway_new(&g, &w->f->members, w->f->gateway, &w->invite, false,
				 NOW_S, &w->err),
		-1);
	/* a site that makes 1 word invited to 2 */
	w->invite = invite_for(w);
	w->invite.words = 2;
	world_start(w);
	ck_assert_int_eq(world_feed(w, 0), -1);
	ck_assert_ptr_nonnull(strstr(w->at[0].err.log, "layout"));
	/* a site whose own program makes another number than it said */
	world_again(w);
	w->invite = invite_for(w);
	world_start(w);
	ck_assert_int_eq(world_until(w, PHASE_MASKED), 0);
	w->words = 0;
	ck_assert_int_eq(world_feed(w, 0), -1);
	ck_assert_ptr_nonnull(strstr(w->at[0].err.log, "number of words"));
	/* and one whose message is longer than the others' */
	w->words = 1;
	ck_assert_int_eq(world_feed(w, 1), 0);
	text_addn(&w->at[1].out, "12345678", 8);
	ck_assert_int_eq(world_hear(w, 1), -1);
	ck_assert_int_eq(w->err.code, E_INPUT);
	world_free(w);
}
END_TEST

/* A32 */
START_TEST(masked_words_are_uniform_and_two_rounds_of_equal_data_have_nothing_in_common)
{
	struct world *w = world_new(4, 20000);
	uint64_t bytes[256] = { 0 }, equal_bits = 0, *first = malloc(w->words * 8);
	double chi = 0;

	for (int round = 0; round < 2; round++) {
		w->invite = invite_for(w);
		world_start(w);
		ck_assert_int_eq(world_until(w, PHASE_MASKED), 0);
		ck_assert_int_eq(world_feed(w, 2), 0);
		const char *y = w->at[2].out.at + 64 + 1;
		for (size_t i = 0; i < w->words * 8; i++)
			bytes[(uint8_t)y[i]]++;
		for (size_t i = 0; i < w->words && round == 1; i++) {
			uint64_t word;
			memcpy(&word, y + 8 * i, 8);
			equal_bits += (uint64_t)__builtin_popcountll(~(word ^ first[i]));
		}
		if (round == 0)
			memcpy(first, y, w->words * 8);
		world_again(w);
	}
	double want = 2.0 * (double)w->words * 8 / 256;
	for (int i = 0; i < 256; i++)
		chi += ((double)bytes[i] - want) * ((double)bytes[i] - want) / want;
	/* 255 degrees: 160 and 376 are both beyond one in a million; 64 * 20000 bits: five deviations are 2828 */
	ck_assert_msg(chi > 150 && chi < 376, "chi-square %f", chi);
	ck_assert_msg(equal_bits > 640000 - 3400 && equal_bits < 640000 + 3400, "%llu equal bits",
		(unsigned long long)equal_bits);
	free(first);
	world_free(w);
}
END_TEST

UNIT_MAIN("secagg_round", the_gateway_learns_the_sum,
	whoever_is_lost_at_whatever_step_the_sum_is_exact_or_there_is_none,
	more_contributors_than_the_quorum_are_waited_for_when_they_are_asked_for,
	a_certificate_has_as_many_signatures_as_certify_and_all_sites_unmask,
	nobody_waits_for_a_site_that_is_gone,
	losses_at_several_steps_of_one_round_are_all_recovered,
	a_transcript_shows_the_sum_again_and_finds_another_one,
	records_that_another_implementation_accepts_are_accepted_here,
	sums_at_the_edge_of_63_bits_are_exact_and_one_more_is_refused,
	lengths_that_differ_or_are_nothing_are_refused,
	masked_words_are_uniform_and_two_rounds_of_equal_data_have_nothing_in_common)
