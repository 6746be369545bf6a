/*
 * fuzz_message.c - hostile bytes as a frame's body, as a sealed release and as what a site offers.
 * Promise: no crash, and whatever is accepted is written again byte for byte (M1 of
 * wire/message.h).
 */
#include "tests/fuzz/fuzz.h"

#include <stdlib.h>
#include <string.h>

#include "wire/message.h"
#include "wire/offered.h"

static void must(int ok)
{
	if (!ok)
		abort();
}

static void ck_same(const struct writer *w, size_t skip, const uint8_t *data, size_t size)
{
	struct error err;
	const void *bytes;
	size_t len;

	must(writer_bytes(w, &bytes, &len, &err) == 0);
	must(len - skip == size && memcmp((const uint8_t *)bytes + skip, data, size) == 0);
}

static void as_release(const uint8_t *data, size_t size, struct arena *a)
{
	struct error err;
	struct release r;
	struct writer w;

	if (release_decode(data, size, a, &r, &err) != 0)
		return;
	must(writer_init(&w, 1 << 20, &err) == 0);
	must(release_encode(&r, &w, &err) == 0);
	ck_same(&w, 0, data, size);
	writer_clear(&w);
}

static void as_offered(const uint8_t *data, size_t size, struct arena *a)
{
	struct error err;
	struct offered o;
	struct writer w;

	if (offered_decode(data, size, a, &o, &err) != 0)
		return;
	must(writer_init(&w, 1 << 20, &err) == 0);
	must(offered_encode(&o, &w, &err) == 0);
	ck_same(&w, 0, data, size);
	writer_clear(&w);
}

static void as_message(const uint8_t *data, size_t size, struct arena *a)
{
	struct error err;
	struct message m;
	struct writer w;

	if (message_decode(data, size, a, &m, &err) != 0)
		return;
	must(writer_init(&w, 1 << 20, &err) == 0);
	must(message_encode(&m, &w, &err) == 0);
	ck_same(&w, 4, data, size);
	writer_clear(&w);
	if (m.type == MSG_CATALOGUE)
		as_offered(m.catalogue.offered.at, m.catalogue.offered.len, a);
	if (m.type == MSG_RELEASE)
		as_release(m.release.sealed.at, m.release.sealed.len, a);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena a;

	arena_init(&a, MAX_FRAME_ARENA);
	as_message(data, size, &a);
	as_release(data, size, &a);
	as_offered(data, size, &a);
	arena_clear(&a);
	return 0;
}

/* ---- seeds ---- */

static const uint8_t bytes64[SIGNATURE_BYTES];

static struct release seed_release(uint64_t groups)
{
	static const char *sexes[] = { "F", "M" };
	static const char *bands[] = { "0-17", "18-64", "65+" };
	static int64_t cells[6] = { 5, -1, CELL_SUPPRESSED, 1000, INT64_MAX, 0 };

	return (struct release){ .site = "a",
		.policy_version = 300,
		.data = "2026-03-01",
		.noise = NOISE_GAUSSIAN,
		.n_layers = 1,
		.layers = { { 70000, 1 } },
		.n_points = 1,
		.cost_prho = UINT64_C(5000000000),
		.min_patients = 10,
		.round_to = 1,
		.n_groups = groups,
		.groups = { { "sex", 2, sexes }, { "age", 3, bands } },
		.n_cells = groups == 0   ? 1
			   : groups == 1 ? 2
					 : 6,
		.cells = cells };
}

static struct view text(const char *s)
{
	return (struct view){ (const uint8_t *)s, strlen(s) };
}

static struct offered seed_offered(void)
{
	static const char *names[] = { "omop", "icd10" };
	static int64_t cuts[] = { -5, 6500000000 };
	static struct offered_event events[] = { { 0, "condition", "\xe8\xaf\x8a", 2, names, 5, 1, names, 1, names } };
	static struct offered_group groups[] = { { "sex", "cdm.person.sex", "sex", "", 2, names } };
	static struct offered_measure measures[] = { { "hba1c", "HbA1c", "", "%", 0, 20, 2, cuts } };
	static struct offered_dataset datasets[] = {
		{ "cdm", "CDM", "", 2, "omop-cdm-5.4", true, 1, 20000, 1, 1, 1, events, groups, measures }
	};
	static struct offered_requester people[] = { { "wang@example.org", "researcher" } };
	static struct offered_param params[] = { { "from", PARAM_PERIOD, 3, 1, 20000, 0, NULL },
		{ "unit", PARAM_LABEL, 0, 0, 0, 2, names } };
	static struct offered_cohort cohorts[] = { { "c", "C", "", "cdm", 1, 2, params } };
	static struct offered_study studies[] = { { "S", "s", "s", 1, 20000, 1, 1, 1, 1, people, datasets, cohorts } };
	static struct offered_refusal refusals[] = { { "T", "no", "\xe4\xb8\x8d" } };

	return (struct offered){ .policy_version = 7,
		.shown = SHOWN_OPEN,
		.title_en = "a",
		.kinds = 1,
		.modes = 3,
		.composes = true,
		.criteria = 10,
		.depth = 2,
		.window = 30,
		.n_datasets = 1,
		.n_studies = 1,
		.n_refusals = 1,
		.datasets = datasets,
		.studies = studies,
		.refusals = refusals };
}

/* Borrows sealed and offered. */
static struct message seed_message(enum message_type type, struct view sealed, struct view offered)
{
	const struct account_state account = { "study:S", UNIT_RHO, 1, UINT64_C(1) << 40, 70000 };
	const struct view signature = { bytes64, sizeof(bytes64) };
	struct message m = { .type = type };

	switch (type) {
	case MSG_HELLO:
		m.hello = (struct msg_hello){
			.version = 1, .site = "a", .program = "p 1", .data = "d"
		};
		break;
	case MSG_WELCOME:
		m.welcome = (struct msg_welcome){ 1, "gw", 10000 };
		break;
	case MSG_ASK:
		m.ask = (struct msg_ask){ "q", text("{\"kind\":\"count\"}"), "wang", text("cert"),
			signature, 1772330000123, 60000 };
		break;
	case MSG_QUOTE:
		m.quote = (struct msg_quote){ "q", "wang", "S", text("") };
		break;
	case MSG_QUOTED:
		m.quoted = (struct msg_quoted){ .id = "q",
			.allowed = true,
			.n_similar = 1,
			.similar = { { .id = "p" } },
			.count = 2,
			.accounts = { account, account } };
		break;
	case MSG_RELEASE:
		m.release = (struct msg_release){ "q", false, sealed, signature, 1, { account } };
		break;
	case MSG_OFFER:
		m.offer = (struct msg_offer){ "q", sealed, signature, 1, { account }, ACCEPT_TP1, { { 7 } } };
		break;
	case MSG_SUM:
		m.sum = (struct msg_sum){ "q", 2, text("x") };
		break;
	case MSG_REFUSE:
		m.refuse = (struct msg_refuse){ "q", REFUSE_RULE, "red:x", "no", "\xe4\xb8\x8d" };
		break;
	case MSG_CATALOGUE:
		m.catalogue = (struct msg_catalogue){ offered };
		break;
	case MSG_CANCEL:
	case MSG_ACK:
		m.ack = (struct msg_ack){ "q" };
		break;
	default: /* a number: ping, pong, bye */
		m.ping.n = 3;
		break;
	}
	return m;
}

/* Seeds 0 to 2 are releases with as many groups, 3 is what a site offers, then a message of every type. */
size_t fuzz_seed(size_t i, uint8_t *out, size_t room)
{
	struct release r = seed_release(i < 3 ? i : 2);
	struct offered o = seed_offered();
	struct writer sealed, offered, w;
	struct error err;
	struct message m;
	const void *bytes, *inside;
	size_t len, inside_len, skip = i < 4 ? 0 : 4;

	if (i >= 4 + MSG_TYPES - 1)
		return 0;
	must(writer_init(&sealed, 1 << 16, &err) == 0 && writer_init(&w, 1 << 16, &err) == 0 &&
		writer_init(&offered, 1 << 16, &err) == 0);
	must(release_encode(&r, &sealed, &err) == 0 && offered_encode(&o, &offered, &err) == 0);
	must(writer_bytes(&sealed, &bytes, &len, &err) == 0 &&
		writer_bytes(&offered, &inside, &inside_len, &err) == 0);
	if (i >= 4) {
		m = seed_message((enum message_type)(i - 3), (struct view){ bytes, len },
			(struct view){ inside, inside_len });
		must(message_encode(&m, &w, &err) == 0);
		must(writer_bytes(&w, &bytes, &len, &err) == 0);
	} else if (i == 3) {
		bytes = inside;
		len = inside_len;
	}
	must(len - skip <= room);
	memcpy(out, (const uint8_t *)bytes + skip, len - skip);
	writer_clear(&sealed);
	writer_clear(&offered);
	writer_clear(&w);
	return len - skip;
}
