/*
 * fuzz_sum.c - hostile bytes as every message of a secure sum, at the site, at the gateway and in a transcript.
 *
 * The first byte says which message, the second how the rest is meant: as the message, or as changes to a genuine one of
 * a round that was really held: place (2 bytes), what to add there (1 byte), over and over, and an end cut off.
 * Promise: no crash, and a message of a genuine round with any byte changed is refused.
 */
#include "tests/fuzz/fuzz.h"

#include <stdlib.h>
#include <string.h>

#include "secagg/transcript.h"
#include "tests/unit/sums.h"

/* Check's macros, without Check. */
void _ck_assert_failed(const char *file, int line, const char *expr, const char *msg, ...)
{
	(void)expr;
	(void)msg;
	fprintf(stderr, "%s:%d\n", file, line);
	abort();
}
void _mark_point(const char *file, int line)
{
	(void)file;
	(void)line;
}

enum {
	SITES = 4,
	WORDS = 3
};

/* A genuine round, stopped where the gateway waits for the answers of each phase. */
static struct world *worlds[PHASE_DONE];
static struct world *whole;
static struct text transcript;

static void hold_rounds(void)
{
	if (worlds[0] != NULL)
		return;
	for (int k = 0; k < PHASE_DONE; k++) {
		struct world *w = world_new(SITES, WORDS);

		world_start(w);
		ck_assert_int_eq(world_until(w, (enum sum_phase)k), 0);
		ck_assert_int_eq(world_feed(w, 0), 0); /* its answer stays in out[] */
		worlds[k] = w;
	}
	whole = world_new(SITES, WORDS);
	ck_assert_int_eq(world_run(whole), 0);
	text_init(&transcript, MAX_FRAME_BYTES);
	ck_assert_int_eq(round_gateway_transcript(whole->g, &transcript, &whole->err), 0);
}

/* The genuine message, changed as the input says. */
static uint8_t *edited(const struct text *real, const uint8_t *data, size_t size, size_t *len)
{
	uint8_t *at = malloc(real->len + 1);

	ck_assert_ptr_nonnull(at);
	memcpy(at, real->at, real->len);
	*len = real->len;
	for (; size >= 3; data += 3, size -= 3) {
		size_t place = (size_t)(data[0] << 8 | data[1]) % real->len;
		at[place] = (uint8_t)(at[place] + data[2]);
	}
	if (size == 1)
		*len = real->len - data[0] % real->len;
	if (size == 2)
		at[(*len)++] = data[0];
	return at;
}

static void must_refuse(int ret, bool changed)
{
	ck_assert(!changed || ret == -1);
}

static void at_gateway(int phase, const void *at, size_t len, bool changed)
{
	struct world *w = worlds[phase];
	struct error err;
	int ret = round_gateway_hear(w->g, &w->at[0].setup.me, w->at[0].out_step, at, len, &err);

	if (changed && phase > PHASE_KEYS)
		w->g->sites[0].blame = BLAME_NONE;
	must_refuse(ret, changed);
}

/* What a site reads: the pure part of each step. */
static void at_site(int phase, const void *at, size_t len, bool changed)
{
	struct world *w = worlds[phase];
	const struct round_gateway *g = w->g;
	struct error err;
	struct sum_invite invite;
	struct hash32 ctx;
	struct roster roster;
	struct deal_message deal;
	struct bits bits;
	struct certified *c;

	switch (phase) {
	case PHASE_KEYS:
		must_refuse(
			invite_read(at, len, &w->f->members, NOW_S, &invite, &ctx, &err), changed);
		break;
	case PHASE_SHARES: {
		int ret = roster_read(&roster, at, len, &w->f->members, &w->invite,
			round_gateway_context(g), NOW_S, &err);
		if (ret == 0)
			roster_clear(&roster);
		must_refuse(ret, changed);
		break;
	}
	case PHASE_MASKED:
		if (deal_read(&deal, at, len, SITES, &err) == 0)
			ck_assert_uint_le(bits_count(&deal.dealers) * DEALT_BYTES, len);
		break;
	case PHASE_ACK:
		if (survive_read(&bits, at, len, SITES, &err) == 0)
			ck_assert(bits_count(&bits) <= SITES);
		break;
	default:
		if (certificate_check(&c, &g->view, at, len, &err) == 0)
			certified_free(c);
		else
			must_refuse(-1, changed);
	}
}

static void as_transcript(const void *at, size_t len, bool changed)
{
	struct transcript t;
	struct error err;
	int ret = transcript_verify(&t, at, len, &whole->f->members, &err);

	if (ret == 0)
		transcript_clear(&t);
	must_refuse(ret, changed);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct text *real = &transcript;
	bool changed;
	uint8_t *made = NULL;
	int kind;

	hold_rounds();
	if (size < 2)
		return 0;
	kind = data[0] % (2 * PHASE_DONE + 1);
	if (kind < 2 * PHASE_DONE)
		real = kind & 1 ? &worlds[kind / 2]->at[0].out : &worlds[kind / 2]->at[0].in;
	bool as_it_is = data[1] & 1;
	data += 2;
	size -= 2;
	if (!as_it_is && real->len > 0)
		data = made = edited(real, data, size, &size);
	changed = size != real->len || memcmp(data, real->at, size) != 0;
	if (kind == 2 * PHASE_DONE)
		as_transcript(data, size, changed);
	else if (!changed)
		; /* the round it is of stays where it is */
	else if (kind & 1)
		at_gateway(kind / 2, data, size, changed);
	else
		at_site(kind / 2, data, size, changed);
	free(made);
	return 0;
}

size_t fuzz_seed(size_t i, uint8_t *out, size_t room)
{
	const struct text *real;
	size_t kind = i / 2;

	hold_rounds();
	if (kind > 2 * PHASE_DONE)
		return 0;
	real = kind == 2 * PHASE_DONE ? &transcript
	       : kind & 1             ? &worlds[kind / 2]->at[0].out
				      : &worlds[kind / 2]->at[0].in;
	out[0] = (uint8_t)kind;
	out[1] = i & 1;
	if (i & 1) {
		ck_assert_uint_le(real->len + 2, room);
		memcpy(out + 2, real->at, real->len);
		return real->len + 2;
	}
	memcpy(out + 2, "\0\x05\x01\0\x40\xff", 6);
	return 8;
}
