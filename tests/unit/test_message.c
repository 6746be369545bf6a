/*
 * test_message.c - wire/message.h: every message both ways, and everything that is not one.
 */
#include "tests/unit/unit.h"

#include <msgpack/sbuffer.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "wire/message.h"

static struct error err;
static struct arena arena;
static struct writer w;

static const uint8_t some_bytes[SIGNATURE_BYTES] = "\x01\x02\x03 not a real signature \xff\xfe";
static void tools(void)
{
	arena_init(&arena, MAX_FRAME_ARENA);
	OK(writer_init(&w, 4 + (size_t)MAX_FRAME_BYTES, &err));
}

static void no_tools(void)
{
	writer_clear(&w);
	arena_clear(&arena);
}

static struct view view_of(const char *s)
{
	return (struct view){ (const uint8_t *)s, strlen(s) };
}

static struct hash32 hash_of(const char *s)
{
	return sha256(s, strlen(s));
}

static struct account_state an_account(const char *name)
{
	struct account_state a = { .unit = UNIT_RHO, .cost = 250000000, .cap = 1000000000000 };

	snprintf(a.name, sizeof(a.name), "%s", name);
	a.left = a.cap - a.cost;
	return a;
}

static struct similar_question a_similar(const char *id)
{
	struct similar_question s = { .question = hash_of(id),
		.n_edits = 2,
		.edits = { { 18, 2, 1, 2, "cohort.all[0].condition" }, { 8, 0, 0, 0, "group_by.性别" } },
		.rho = 47620000000,
		.epsilon = 1430000000000,
		.delta = 1000000000000 };

	snprintf(s.id, sizeof(s.id), "%s", id);
	return s;
}

/* A good message of this type, with every field used. */
static struct message good(enum message_type type)
{
	const struct view signature = { some_bytes, sizeof(some_bytes) };
	struct message m = { .type = type };

	switch (type) {
	case MSG_HELLO:
		m.hello = (struct msg_hello){ 1, "renmin", "cordon-agent 0.1.0", 7,
			hash_of("policy"), "2026-03-01", 12, hash_of("ledger") };
		break;
	case MSG_WELCOME:
		m.welcome = (struct msg_welcome){ 1, "gateway.example.org", 10000 };
		break;
	case MSG_ASK:
		m.ask = (struct msg_ask){ "q-1", view_of("{\n\t\"kind\": \"count\"\n}"),
			"wang@example.org", view_of("not a real certificate"), signature,
			1772330000123, 60000 };
		break;
	case MSG_CANCEL:
		m.cancel = (struct msg_cancel){ "q-1" };
		break;
	case MSG_QUOTE:
		m.quote = (struct msg_quote){ "q-2", "王医生", "DM-2026-01", view_of("{}") };
		break;
	case MSG_QUOTED:
		m.quoted = (struct msg_quoted){ .id = "q-2",
			.allowed = false,
			.recalled = true,
			.rule = "study:DM-2026-01.may_use",
			.say_en = "the study may not use this column",
			.say_zh = "该研究不得使用此列",
			.n_similar = 2,
			.similar = { a_similar("q-0"), { .id = "q-1", .question = hash_of("q-1") } },
			.count = 2,
			.accounts = { an_account("study:DM-2026-01"), an_account("site") } };
		break;
	case MSG_RELEASE:
		m.release = (struct msg_release){ .id = "q-1",
			.recalled = false,
			.sealed = view_of("sealed"),
			.signature = signature,
			.count = 1,
			.accounts = { an_account("study:DM-2026-01") } };
		break;
	case MSG_REFUSE:
		m.refuse = (struct msg_refuse){ "q-1", REFUSE_RULE, "red:diagnosis", "not allowed",
			"不允许" };
		break;
	case MSG_ACK:
		m.ack = (struct msg_ack){ "q-1" };
		break;
	case MSG_PING:
	case MSG_PONG:
		m.ping = (struct msg_ping){ 70000 };
		break;
	case MSG_BYE:
		m.bye = (struct msg_bye){ BYE_REPLACED };
		break;
	case MSG_OFFER:
		m.offer = (struct msg_offer){ .id = "q-1",
			.accepts = ACCEPT_TP1,
			.key = { { 5 } },
			.sealed = view_of("sealed"),
			.signature = signature,
			.count = 1,
			.accounts = { an_account("study:DM-2026-01") } };
		break;
	case MSG_SUM:
		m.sum = (struct msg_sum){ "q-1", 3, view_of("a message of the protocol") };
		break;
	case MSG_CATALOGUE:
		m.catalogue = (struct msg_catalogue){ view_of("what a site offers") };
		break;
	default:
		ck_abort_msg("no such type");
	}
	return m;
}

/* The body of m's frame, after its 4 length bytes, which are checked. Valid until the next use of
 * w. */
static const uint8_t *body_of(const struct message *m, size_t *len)
{
	const void *bytes;
	size_t n;

	w.buf->size = 0;
	OK(message_encode(m, &w, &err));
	OK(writer_bytes(&w, &bytes, &n, &err));
	ck_assert_uint_eq(get_be32(bytes), n - 4);
	*len = n - 4;
	return (const uint8_t *)bytes + 4;
}

/* Decodes a copy in memory of exactly its size, so that a sanitizer sees one byte too far. */
static int decode(const uint8_t *body, size_t len, struct message *out)
{
	uint8_t *exact = malloc(len == 0 ? 1 : len);
	int ret;

	ck_assert_ptr_nonnull(exact);
	memcpy(exact, body, len);
	arena_reset(&arena);
	err = (struct error){ .code = E_NONE };
	ret = message_decode(exact, len, &arena, out, &err);
	free(exact);
	if (ret != 0) {
		ck_assert_int_eq(err.code, E_INPUT);
		ck_assert_str_ne(err.log, "");
	}
	return ret;
}

static void ck_refused(const uint8_t *body, size_t len, const char *why)
{
	struct message m;

	ck_assert_int_eq(decode(body, len, &m), -1);
	ck_assert_msg(strstr(err.log, why) != NULL, "\"%s\" does not say \"%s\"", err.log, why);
}

/* M1: what was accepted has this one spelling. */
static void ck_same_spelling(const struct message *m, const uint8_t *body, size_t len)
{
	struct writer again;
	const void *bytes;
	size_t n;

	OK(writer_init(&again, 4 + (size_t)MAX_FRAME_BYTES, &err));
	OK(message_encode(m, &again, &err));
	OK(writer_bytes(&again, &bytes, &n, &err));
	ck_assert_uint_eq(n - 4, len);
	ck_assert_mem_eq((const uint8_t *)bytes + 4, body, len);
	writer_clear(&again);
}

START_TEST(every_message_is_read_as_it_was_written)
{
	enum message_type type = (enum message_type)_i;
	struct message m = good(type), out;
	size_t len;
	const uint8_t *body = body_of(&m, &len);

	ck_assert_int_eq(decode(body, len, &out), 0);
	ck_assert_int_eq(out.type, type);
	ck_same_spelling(&out, body, len);
	if (type == MSG_ASK) {
		ck_assert_str_eq(out.ask.requester, "wang@example.org");
		ck_assert_int_eq(out.ask.asked_ms, 1772330000123);
		ck_assert_mem_eq(out.ask.signature.at, some_bytes, sizeof(some_bytes));
		/* in the arena, not in the frame */
		ck_assert(out.ask.question.at < body || out.ask.question.at >= body + len);
	}
	if (type == MSG_QUOTED) {
		ck_assert_uint_eq(out.quoted.count, 2);
		ck_assert_str_eq(out.quoted.accounts[1].name, "site");
		ck_assert_uint_eq(out.quoted.accounts[1].left, UINT64_C(999750000000));
		ck_assert_uint_eq(out.quoted.n_similar, 2);
		ck_assert_str_eq(out.quoted.similar[0].edits[1].path, "group_by.性别");
		ck_assert_uint_eq(out.quoted.similar[1].n_edits, 0);
		ck_assert_str_eq(out.quoted.say_zh, "该研究不得使用此列");
	}
}
END_TEST

START_TEST(every_truncation_of_every_message_is_refused)
{
	struct message m = good((enum message_type)_i), out;
	size_t len;
	const uint8_t *body = body_of(&m, &len);

	for (size_t n = 0; n < len; n++)
		ck_assert_msg(decode(body, n, &out) == -1, "%zu of %zu bytes", n, len);
}
END_TEST

START_TEST(spare_bytes_after_every_message_are_refused)
{
	struct message m = good((enum message_type)_i);
	uint8_t longer[8192];
	size_t len;
	const uint8_t *body = body_of(&m, &len);

	ck_assert_uint_lt(len, sizeof(longer));
	memcpy(longer, body, len);
	longer[len] = 0;
	ck_refused(longer, len + 1, "spare bytes");
}
END_TEST

/* Every bit alone, and changes that turn one kind of msgpack tag into another. */
static const uint8_t flips[] = { 1, 2, 4, 8, 16, 32, 64, 128, 0xff, 0x7f, 0x20 | 0x40, 0x1f, 0x18 };
enum {
	FLIPS = sizeof(flips)
};

/* Any such change of any one byte: either not a message, or a message with exactly this spelling.
 */
START_TEST(every_change_of_one_byte_is_refused_or_has_its_own_spelling)
{
	struct message m = good((enum message_type)_i), out;
	uint8_t bent[8192];
	unsigned refused = 0;
	size_t len;
	const uint8_t *body = body_of(&m, &len);

	memcpy(bent, body, len);
	for (size_t at = 0; at < len; at++) {
		for (unsigned i = 0; i < FLIPS; i++) {
			bent[at] ^= flips[i];
			if (decode(bent, len, &out) == 0)
				ck_same_spelling(&out, bent, len);
			else
				refused++;
			bent[at] ^= flips[i];
		}
	}
	ck_assert_uint_gt(refused, 0);
}
END_TEST

START_TEST(an_unknown_type_is_refused)
{
	struct message m = good(MSG_PING);
	size_t len;
	uint8_t body[64];
	const uint8_t *copy;

	copy = body_of(&m, &len);
	memcpy(body, copy, len);
	body[0] = 0;
	ck_refused(body, len, "unknown type 0");
	body[0] = MSG_TYPES;
	ck_refused(body, len, "unknown type");
	body[0] = 255;
	ck_refused(body, len, "unknown type 255");
	ck_refused(body, 0, "unknown type");
	m.type = MSG_TYPES;
	FAILS(message_encode(&m, &w, &err), E_INPUT);
}
END_TEST

/* A body written by hand: the type, then what `fill` packs. */
static void by_hand(enum message_type type)
{
	uint8_t t = (uint8_t)type;

	w.buf->size = 0;
	wr_raw(&w, &t, 1);
}

static void ck_hand_refused(const char *why)
{
	ck_refused((const uint8_t *)w.buf->data, w.buf->size, why);
}

START_TEST(keys_that_are_missing_unknown_twice_or_swapped_are_refused)
{
	by_hand(MSG_WELCOME);
	wr_map(&w, 2);
	wr_key(&w, "version");
	wr_uint(&w, 1);
	wr_key(&w, "gateway");
	wr_str(&w, "g");
	ck_hand_refused("welcome: a map with missing or unknown keys");

	by_hand(MSG_ACK);
	wr_map(&w, 2);
	wr_key(&w, "id");
	wr_str(&w, "q-1");
	wr_key(&w, "id");
	wr_str(&w, "q-1");
	ck_hand_refused("ack: a map");

	by_hand(MSG_WELCOME);
	wr_map(&w, 3);
	wr_key(&w, "version");
	wr_uint(&w, 1);
	wr_key(&w, "version");
	wr_uint(&w, 1);
	wr_key(&w, "heartbeat_ms");
	wr_uint(&w, 1);
	ck_hand_refused("welcome.gateway: a key");

	by_hand(MSG_WELCOME);
	wr_map(&w, 3);
	wr_key(&w, "gateway");
	wr_str(&w, "g");
	wr_key(&w, "version");
	wr_uint(&w, 1);
	wr_key(&w, "heartbeat_ms");
	wr_uint(&w, 1);
	ck_hand_refused("welcome.version: a key");

	by_hand(MSG_ACK);
	wr_map(&w, 1);
	wr_key(&w, "ident");
	wr_str(&w, "q-1");
	ck_hand_refused("ack.id: a key");

	by_hand(MSG_ACK);
	wr_array(&w, 1);
	wr_str(&w, "q-1");
	ck_hand_refused("not a map");
}
END_TEST

static void account_by_hand(const char *name, uint64_t unit)
{
	wr_map(&w, 5);
	wr_key(&w, "name");
	wr_str(&w, name);
	wr_key(&w, "unit");
	wr_uint(&w, unit);
	wr_key(&w, "cost");
	wr_uint(&w, 0);
	wr_key(&w, "cap");
	wr_uint(&w, 0);
	wr_key(&w, "left");
	wr_uint(&w, 0);
}

static void quoted_by_hand(void)
{
	by_hand(MSG_QUOTED);
	wr_map(&w, 8);
	wr_key(&w, "id");
	wr_str(&w, "q");
	wr_key(&w, "allowed");
	wr_bool(&w, true);
	wr_key(&w, "recalled");
	wr_bool(&w, false);
	wr_key(&w, "rule");
	wr_str(&w, "");
	wr_key(&w, "say_en");
	wr_str(&w, "");
	wr_key(&w, "say_zh");
	wr_str(&w, "");
	wr_key(&w, "similar");
	wr_array(&w, 0);
	wr_key(&w, "accounts");
}

START_TEST(accounts_are_bounded)
{
	struct message out;

	quoted_by_hand();
	wr_array(&w, MAX_ACCOUNTS);
	for (int i = 0; i < MAX_ACCOUNTS; i++)
		account_by_hand("a", UNIT_EPSILON);
	ck_assert_int_eq(decode((uint8_t *)w.buf->data, w.buf->size, &out), 0);
	ck_assert_uint_eq(out.quoted.count, MAX_ACCOUNTS);

	quoted_by_hand();
	wr_array(&w, MAX_ACCOUNTS + 1);
	for (int i = 0; i < MAX_ACCOUNTS + 1; i++)
		account_by_hand("a", UNIT_EPSILON);
	ck_hand_refused("quoted.accounts: longer than its bound");

	quoted_by_hand();
	wr_array(&w, UINT32_MAX);
	ck_hand_refused("quoted.accounts: longer than its bound");

	quoted_by_hand();
	wr_array(&w, 2);
	account_by_hand("a", UNIT_EPSILON);
	account_by_hand("b", UNIT_EPSILON + 1);
	ck_hand_refused("quoted.accounts.unit: a number above its bound");

	quoted_by_hand();
	wr_array(&w, 1);
	account_by_hand("", UNIT_RHO);
	ck_hand_refused("quoted.accounts.name: empty");
}
END_TEST

static void ack_by_hand(const char *id, size_t len)
{
	by_hand(MSG_ACK);
	wr_map(&w, 1);
	wr_key(&w, "id");
	wr_strn(&w, id, len);
}

START_TEST(ids_are_ids)
{
	static const char long_id[MAX_ID + 2] =
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
	struct message out;

	ack_by_hand(long_id, MAX_ID);
	ck_assert_int_eq(decode((uint8_t *)w.buf->data, w.buf->size, &out), 0);
	ack_by_hand(long_id, MAX_ID + 1);
	ck_hand_refused("ack.id: longer than its bound");
	ack_by_hand("", 0);
	ck_hand_refused("ack.id: not an id");
	ack_by_hand("q 1", 3);
	ck_hand_refused("ack.id: not an id");
	ack_by_hand("q\0x", 3);
	ck_hand_refused("ack.id: text that is not UTF-8");
	ack_by_hand("q'; drop table x; --", 20);
	ck_hand_refused("ack.id: not an id");
}
END_TEST

static void refuse_by_hand(const char *say)
{
	by_hand(MSG_REFUSE);
	wr_map(&w, 5);
	wr_key(&w, "id");
	wr_str(&w, "q");
	wr_key(&w, "state");
	wr_uint(&w, REFUSE_RULE);
	wr_key(&w, "rule");
	wr_str(&w, "");
	wr_key(&w, "say_en");
	wr_str(&w, say);
	wr_key(&w, "say_zh");
	wr_str(&w, "");
}

START_TEST(sentences_cannot_move_a_cursor_or_begin_a_line)
{
	static const char *const bad[] = { "a\nb", "\r", "\x1b[31m", "\x7f",
		"\xc2\x9b"
		"31m",
		"\t", "a\xe2\x80\xaetxt", "a\xe2\x80\x8b", "a\xe2\x80\xa8", "\xe2\x81\xa7" };
	struct message m = good(MSG_REFUSE), out;

	refuse_by_hand("caf\xc3\xa9 \xc2\xa0 \xe2\x82\xac 好");
	ck_assert_int_eq(decode((uint8_t *)w.buf->data, w.buf->size, &out), 0);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		refuse_by_hand(bad[i]);
		ck_hand_refused("refuse.say_en: text with a control or hidden character");
		/* and this side does not send it either */
		snprintf(m.refuse.say_en, sizeof(m.refuse.say_en), "%s", bad[i]);
		FAILS(message_encode(&m, &w, &err), E_INPUT);
	}
	refuse_by_hand("\xff");
	ck_hand_refused("refuse.say_en: text that is not UTF-8");
}
END_TEST

/* Returns the log of the failure; nothing was appended. */
static const char *unsendable(const struct message *m)
{
	size_t before = w.buf->size;

	FAILS(message_encode(m, &w, &err), E_INPUT);
	ck_assert_uint_eq(w.buf->size, before);
	ck_assert(!w.failed);
	return err.log;
}

START_TEST(a_field_outside_its_bounds_is_not_sent)
{
	struct message m = good(MSG_QUOTED);
	static uint8_t big[MAX_QUESTION_BYTES + 1];

	m.quoted.count = MAX_ACCOUNTS + 1;
	ck_assert_str_eq(unsendable(&m), "quoted.accounts: too many");
	m = good(MSG_QUOTED);
	m.quoted.accounts[1].cost = UINT64_MAX;
	ck_assert_str_eq(unsendable(&m), "account.cost: a number outside its bounds");
	m = good(MSG_QUOTED);
	m.quoted.n_similar = MAX_SIMILAR + 1;
	ck_assert_str_eq(unsendable(&m), "quoted.similar: too many");
	m = good(MSG_QUOTED);
	m.quoted.similar[0].n_edits = SIMILAR_NEAR + 1;
	ck_assert_str_eq(unsendable(&m), "similar.edits: too many");
	m = good(MSG_QUOTED);
	m.quoted.similar[0].edits[1].thing = EDIT_THING_LAST + 1;
	ck_assert_str_eq(unsendable(&m), "edit.thing: a number outside its bounds");
	m = good(MSG_QUOTED);
	m.quoted.similar[0].edits[1].path[0] = '\n';
	ck_assert_str_eq(unsendable(&m), "edit.path: text with a control or hidden character");
	m = good(MSG_HELLO);
	memset(m.hello.site, 'x', sizeof(m.hello.site)); /* no zero at its end */
	ck_assert_str_eq(unsendable(&m), "hello.site: longer than its bound");
	m = good(MSG_HELLO);
	m.hello.site[0] = '\0';
	ck_assert_str_eq(unsendable(&m), "hello.site: not an id");
	m = good(MSG_ASK);
	m.ask.asked_ms = -1;
	ck_assert_str_eq(unsendable(&m), "ask.asked_ms: a number outside its bounds");
	m = good(MSG_ASK);
	m.ask.signature.len--;
	ck_assert_str_eq(unsendable(&m), "ask.signature: not of the length it must have");
	m = good(MSG_ASK);
	m.ask.deadline_ms = DEADLINE_MAX_MS + 1;
	ck_assert_str_eq(unsendable(&m), "ask.deadline_ms: a number outside its bounds");
	memset(big, 'x', sizeof(big));
	m = good(MSG_ASK);
	m.ask.question = (struct view){ big, sizeof(big) };
	ck_assert_str_eq(unsendable(&m), "ask.question: not of the length it must have");
	m.ask.question.len--;
	OK(message_encode(&m, &w, &err));
	m = good(MSG_BYE);
	m.bye.reason = BYE_PROTOCOL + 1;
	ck_assert_str_eq(unsendable(&m), "bye.reason: a number outside its bounds");
}
END_TEST

START_TEST(a_frame_over_the_writers_bound_leaves_nothing_behind)
{
	struct message m = good(MSG_ACK), big = good(MSG_QUOTED);
	struct writer small;
	const void *bytes;
	size_t len, again;

	OK(writer_init(&small, 64, &err));
	OK(message_encode(&m, &small, &err));
	OK(writer_bytes(&small, &bytes, &len, &err));
	FAILS(message_encode(&big, &small, &err), E_LIMIT);
	OK(writer_bytes(&small, &bytes, &again, &err));
	ck_assert_uint_eq(again, len);
	OK(message_encode(&m, &small, &err));
	writer_clear(&small);
}
END_TEST

START_TEST(every_type_has_a_name)
{
	ck_assert_str_eq(message_name(MSG_HELLO), "hello");
	ck_assert_str_eq(message_name(MSG_BYE), "bye");
	ck_assert_str_eq(message_name(0), "unknown");
	ck_assert_str_eq(message_name(MSG_TYPES), "unknown");
}
END_TEST

int main(void)
{
	Suite *s = suite_create("message");
	TCase *c = tcase_create("message");
	SRunner *r = srunner_create(s);
	int failed;

	tcase_set_timeout(c, 120);
	tcase_add_checked_fixture(c, tools, no_tools);
	tcase_add_loop_test(c, every_message_is_read_as_it_was_written, MSG_HELLO, MSG_TYPES);
	tcase_add_loop_test(c, every_truncation_of_every_message_is_refused, MSG_HELLO, MSG_TYPES);
	tcase_add_loop_test(c, spare_bytes_after_every_message_are_refused, MSG_HELLO, MSG_TYPES);
	tcase_add_loop_test(c, every_change_of_one_byte_is_refused_or_has_its_own_spelling,
		MSG_HELLO, MSG_TYPES);
	tcase_add_test(c, an_unknown_type_is_refused);
	tcase_add_test(c, keys_that_are_missing_unknown_twice_or_swapped_are_refused);
	tcase_add_test(c, accounts_are_bounded);
	tcase_add_test(c, ids_are_ids);
	tcase_add_test(c, sentences_cannot_move_a_cursor_or_begin_a_line);
	tcase_add_test(c, a_field_outside_its_bounds_is_not_sent);
	tcase_add_test(c, a_frame_over_the_writers_bound_leaves_nothing_behind);
	tcase_add_test(c, every_type_has_a_name);
	suite_add_tcase(s, c);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
