/*
 * test_channel.c - wire/channel.h: lines that talk, frames that are none, lines that break.
 * Who is let in is tested in test_handshake.c.
 */
#include "tests/unit/lines.h"

/* ---- good lines ---- */

START_TEST(both_sides_learn_who_the_other_is_and_talk)
{
	struct message h = hello(7), answer = welcome();

	both_open();
	ck_assert_int_eq(gw.peer.role, TLS_ROLE_SITE);
	ck_assert_str_eq(gw.peer.name, "renmin");
	ck_assert_int_eq(site.peer.role, TLS_ROLE_GATEWAY);
	ck_assert_str_eq(site.peer.name, "gw");
	send_to(&site, &h);
	ck_assert(turn(&gw.messages, 30000));
	ck_assert_int_eq(gw.type, MSG_HELLO);
	ck_assert_uint_eq(gw.last, 7);
	send_to(&gw, &answer);
	ck_assert(turn(&site.messages, 30000));
	ck_assert_int_eq(site.type, MSG_WELCOME);
	ck_assert_int_le(clock_mono_ms() - channel_last_heard_ms(site.c), 30000);
	channel_end(site.c);
	ck_ended(&site, E_NONE, "ended by this side");
	ck_ended(&gw, E_SYSTEM, "site renmin: the peer closed the line");
}
END_TEST

START_TEST(a_line_works_over_a_unix_socket_pair)
{
	int fds[2];

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
	OK(channel_accept(&gw.c, base, gateway_ctx, fds[0], TLS_ROLE_SITE, &calls, &gw, &err));
	raw_start(fds[1], site_ctx, BUFFEREVENT_SSL_CONNECTING);
	ck_assert(turn(&gw.opened, 30000));
	raw_hello();
}
END_TEST

START_TEST(large_messages_arrive_whole_and_in_order)
{
	struct message h = hello(1);

	both_open();
	send_to(&site, &h);
	for (size_t i = 1; i <= 40; i++) {
		struct message big = release(i % 4 == 0 ? MAX_RELEASE_BYTES : i * 1000);
		struct message small = hello(i);

		send_to(&site, &big);
		send_to(&site, &small);
	}
	while (gw.messages < 81 && !gw.ended)
		turn(NULL, 5);
	ck_assert_int_eq(gw.messages, 81);
	ck_assert_uint_eq(gw.last, 40);
	ck_assert_uint_eq(gw.sealed, MAX_RELEASE_BYTES);
}
END_TEST

START_TEST(what_was_queued_arrives_before_the_end)
{
	struct message h = hello(1), bye = { MSG_BYE, .bye = { BYE_STOPPING } };

	both_open();
	send_to(&site, &h);
	for (int i = 0; i < 100; i++) {
		struct message big = release(20000);

		send_to(&site, &big);
	}
	send_to(&site, &bye);
	channel_end(site.c);
	channel_end(site.c);
	FAILS(channel_send(site.c, &h, &err), E_STATE);
	ck_ended(&gw, E_SYSTEM, "closed the line");
	ck_assert_int_eq(gw.messages, 102);
	ck_assert_int_eq(gw.type, MSG_BYE);
	ck_ended(&site, E_NONE, "");
}
END_TEST

static void end_at_once(struct side *s)
{
	channel_end(s->c);
	ck_assert_int_eq(s->ended, 0); /* later, when the callback has returned */
}

static void end_on_message(struct side *s, const struct message *m)
{
	struct message answer = welcome();

	(void)m;
	send_to(s, &answer);
	end_at_once(s);
}

START_TEST(a_line_may_be_ended_from_its_callbacks)
{
	struct message h = hello(1);

	gw.on_message = end_on_message;
	both_open();
	send_to(&site, &h);
	send_to(&site, &h); /* not delivered any more */
	ck_ended(&gw, E_NONE, "");
	ck_assert_int_eq(gw.messages, 1);
	ck_ended(&site, E_SYSTEM, "closed the line");
	ck_assert_int_eq(site.messages, 1);

	gw = (struct side){ .on_open = end_at_once };
	site = (struct side){ .c = NULL };
	dial_as(site_ctx);
	ck_ended(&gw, E_NONE, "");
	ck_ended(&site, E_SYSTEM, "closed the line");
}
END_TEST

/* Its kernel would reset a line that is closed while bytes arrive, and our last words with it. */
START_TEST(last_words_reach_a_peer_that_is_still_sending)
{
	struct message h = hello(1);

	gw.on_message = end_on_message;
	both_open();
	send_to(&site, &h);
	for (int i = 0; i < 60; i++) {
		struct message big = release(MAX_RELEASE_BYTES);

		send_to(&site, &big);
	}
	ck_ended(&site, E_SYSTEM, "gateway gw: the peer closed the line");
	ck_assert_int_eq(site.messages, 1);
	ck_ended(&gw, E_NONE, "");
	ck_assert_int_eq(gw.messages, 1);
}
END_TEST

START_TEST(a_line_may_be_ended_before_it_is_open)
{
	dial_as(site_ctx);
	FAILS(channel_send(site.c, &(struct message){ MSG_PING, .ping = { 1 } }, &err), E_STATE);
	channel_end(site.c);
	ck_ended(&site, E_NONE, "");
	ck_assert_int_eq(site.opened, 0);
	/* and in the middle of the handshake */
	site = (struct side){ .c = NULL };
	dial_as(site_ctx);
	while (gw.c == NULL)
		turn(NULL, 1);
	channel_end(site.c);
	channel_end(gw.c);
	ck_ended(&site, E_NONE, "");
	ck_ended(&gw, E_NONE, "");
}
END_TEST

START_TEST(the_peers_signing_key_is_the_one_in_its_certificate)
{
	uint8_t seen[32], real[32];
	uint8_t *pem;
	size_t len, n = 32;
	X509 *cert;

	both_open();
	OK(channel_peer_key(gw.c, seen, &err));
	OK(file_read(fed_path("site", ".pem"), 1 << 16, &pem, &len, &err));
	OK(identity_cert_read_pem(&cert, (const char *)pem, len, &err));
	ck_assert_int_eq(EVP_PKEY_get_raw_public_key(X509_get0_pubkey(cert), real, &n), 1);
	ck_assert_mem_eq(seen, real, 32);
	X509_free(cert);
	free(pem);
}
END_TEST

/* ---- frames that are none ---- */

START_TEST(a_first_frame_over_its_bound_ends_the_line_before_it_is_there)
{
	static const uint8_t head[] = { 0, 0, 0x10, 0x01, MSG_HELLO }; /* 4097 bytes to come */

	raw_open();
	raw_send(head, sizeof(head));
	ck_ended(&gw, E_INPUT, "site renmin: a first frame longer than allowed");
	ck_assert_int_eq(gw.messages, 0);
	/* the peer was told: bye, reason protocol */
	ck_assert(turn(&raw.closed, 30000));
	ck_assert_uint_gt(raw.got, 4);
	ck_assert_uint_eq(raw.first[4], MSG_BYE);
}
END_TEST

START_TEST(a_later_frame_over_its_bound_ends_the_line_before_it_is_there)
{
	static const uint8_t head[] = { 0x01, 0x00, 0x00, 0x01 }; /* 16 MiB and one byte */
	static const uint8_t most[] = { 0xff, 0xff, 0xff, 0xff };

	raw_open();
	raw_hello();
	raw_send(head, sizeof(head));
	ck_ended(&gw, E_INPUT, "a frame longer than allowed");
	bufferevent_free(raw.bev);

	gw = (struct side){ .c = NULL };
	raw = (struct raw){ NULL };
	raw_open();
	raw_hello();
	raw_send(most, sizeof(most));
	ck_ended(&gw, E_INPUT, "a frame longer than allowed");
}
END_TEST

START_TEST(heartbeats_do_not_open_the_door_for_long_frames)
{
	struct message ping = { MSG_PING, .ping = { 9 } };
	static const uint8_t head[] = { 0, 0, 0x10, 0x01 };
	size_t len;
	uint8_t *frame = frame_of(&ping, &len);

	raw_open();
	raw_send(frame, len);
	while (raw.got == 0 && !gw.ended)
		turn(NULL, 5);
	ck_assert_uint_eq(raw.first[4], MSG_PONG);
	raw_send(head, sizeof(head));
	ck_ended(&gw, E_INPUT, "a first frame longer than allowed");
	free(frame);
}
END_TEST

START_TEST(this_side_does_not_send_a_first_frame_over_the_bound)
{
	struct message big = release(MAX_HELLO_BYTES), h = hello(1);

	both_open();
	FAILS(channel_send(site.c, &big, &err), E_LIMIT);
	send_to(&site, &h); /* the line is as it was */
	send_to(&site, &big);
	while (gw.messages < 2 && !gw.ended)
		turn(NULL, 5);
	ck_assert_int_eq(gw.type, MSG_RELEASE);
}
END_TEST

START_TEST(a_frame_that_is_no_message_ends_the_line)
{
	static const struct {
		uint8_t bytes[16];
		size_t len;
		const char *says;
	} bad[] = {
		{ { 0, 0, 0, 0 }, 4, "unknown type" },
		{ { 0, 0, 0, 1, 99 }, 5, "unknown type 99" },
		{ { 0, 0, 0, 1, MSG_ACK }, 5, "ack: ends early" },
		{ { 0, 0, 0, 3, MSG_ACK, 0x80, 0x80 }, 7, "ack: a map" },
		{ { 0, 0, 0, 3, MSG_PING, 0x81, 0xa1 }, 7, "ping" },
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		gw = (struct side){ .c = NULL };
		raw = (struct raw){ NULL };
		raw_open();
		raw_hello();
		raw_send(bad[i].bytes, bad[i].len);
		ck_ended(&gw, E_INPUT, bad[i].says);
		ck_assert_int_eq(gw.messages, 1);
		ck_assert(turn(&raw.closed, 30000));
		bufferevent_free(raw.bev);
		raw.bev = NULL;
	}
}
END_TEST

START_TEST(a_frame_in_single_bytes_arrives)
{
	struct message m = hello(3);
	size_t len;
	uint8_t *frame = frame_of(&m, &len);

	raw_open();
	for (size_t i = 0; i < len; i++) {
		raw_send(frame + i, 1);
		turn(NULL, 1);
	}
	ck_assert(turn(&gw.messages, 30000));
	ck_assert_uint_eq(gw.last, 3);
	free(frame);
}
END_TEST

/* ---- lines that break ---- */

START_TEST(a_peer_that_closes_in_the_middle_of_a_frame_is_noticed)
{
	for (int clean = 0; clean <= 1; clean++) {
		static const uint8_t half[] = { 0, 0, 0, 100, MSG_ACK };

		gw = (struct side){ .c = NULL };
		raw = (struct raw){ NULL };
		raw_open();
		raw_hello();
		raw_send(half, sizeof(half));
		turn(NULL, 20);
		if (clean)
			SSL_shutdown(bufferevent_openssl_get_ssl(raw.bev));
		bufferevent_free(raw.bev);
		raw.bev = NULL;
		ck_ended(&gw, E_SYSTEM, clean ? "the peer closed the line" : "site renmin: ");
		ck_assert_int_eq(gw.messages, 1);
	}
}
END_TEST

START_TEST(a_peer_that_breaks_off_the_handshake_is_noticed)
{
	int fd = tcp_to_listener();

	while (gw.c == NULL)
		turn(NULL, 1);
	close(fd);
	ck_ended(&gw, E_SYSTEM, "127.0.0.1 port ");
	ck_assert_int_eq(gw.opened, 0);
}
END_TEST

START_TEST(a_handshake_that_takes_too_long_ends_the_line)
{
	int fd = tcp_to_listener();

	while (gw.c == NULL)
		turn(NULL, 1);
	channel_set_times(gw.c, 60, 0);
	ck_ended(&gw, E_SYSTEM, "the handshake took too long");
	close(fd);
}
END_TEST

START_TEST(a_silent_peer_is_cut_off_after_three_heartbeats)
{
	int64_t start;

	gw.heartbeat_ms = 40;
	raw_open();
	bufferevent_disable(raw.bev, EV_READ);
	start = clock_mono_ms();
	ck_ended(&gw, E_SYSTEM, "nothing was heard for three heartbeats");
	ck_assert_int_ge(gw.ended_ms - start, 90);
}
END_TEST

START_TEST(any_byte_is_a_sign_of_life)
{
	struct message m = hello(3);
	size_t len;
	uint8_t *frame = frame_of(&m, &len);

	gw.heartbeat_ms = 60;
	raw_open();
	for (size_t i = 0; i < 20; i++) {
		raw_send(frame + i, 1);
		turn(&gw.ended, 30);
	}
	ck_assert_int_eq(gw.ended, 0);
	free(frame);
}
END_TEST

START_TEST(heartbeats_keep_a_quiet_line_and_reach_nobody)
{
	gw.heartbeat_ms = site.heartbeat_ms = 20;
	both_open();
	turn(&gw.ended, 400);
	ck_assert_int_eq(gw.ended + site.ended, 0);
	ck_assert_int_eq(gw.messages + site.messages, 0);
}
END_TEST

START_TEST(one_side_alone_keeps_the_line_when_the_other_answers)
{
	gw.heartbeat_ms = 20; /* the site's is ten seconds */
	both_open();
	turn(&gw.ended, 300);
	ck_assert_int_eq(gw.ended + site.ended, 0);
}
END_TEST

START_TEST(a_peer_that_does_not_read_is_cut_off)
{
	struct message h = hello(1);
	int sent = 0;

	raw_open();
	bufferevent_disable(raw.bev, EV_READ);
	send_to(&gw, &h);
	for (; sent < 1000; sent++) {
		struct message big = release(MAX_RELEASE_BYTES);

		if (channel_send(gw.c, &big, &err) != 0)
			break;
	}
	ck_assert_int_eq(err.code, E_LIMIT);
	/* as many as fit into OUT_MAX, and what the sockets hold */
	ck_assert_int_ge(sent, OUT_MAX / MAX_RELEASE_BYTES - 2);
	ck_assert_int_le(sent, OUT_MAX / MAX_RELEASE_BYTES + 64);
	FAILS(channel_send(gw.c, &h, &err), E_STATE);
	ck_ended(&gw, E_SYSTEM, "does not read");
}
END_TEST

START_TEST(flushing_to_a_peer_that_does_not_read_takes_a_second_at_most)
{
	struct message h = hello(1);
	int64_t start;

	raw_open();
	bufferevent_disable(raw.bev, EV_READ);
	send_to(&gw, &h);
	for (int i = 0; i < 40; i++) {
		struct message big = release(MAX_RELEASE_BYTES);

		send_to(&gw, &big);
	}
	start = clock_mono_ms();
	channel_end(gw.c);
	ck_ended(&gw, E_NONE, "");
	ck_assert_int_ge(gw.ended_ms - start, 900);
	ck_assert_int_le(gw.ended_ms - start, 2000);
}
END_TEST

START_TEST(a_field_that_does_not_fit_leaves_the_line_open)
{
	struct message bad = { MSG_ACK, .ack = { "" } }, h = hello(2);

	both_open();
	FAILS(channel_send(site.c, &bad, &err), E_INPUT);
	send_to(&site, &h);
	ck_assert(turn(&gw.messages, 30000));
}
END_TEST

START_TEST(the_wait_before_dialling_again_doubles_and_is_spread)
{
	unsigned whole = BACKOFF_MIN_MS, step = 0;

	for (int i = 0; i < 30; i++) {
		unsigned wait = channel_backoff_ms(&step);

		ck_assert_uint_ge(wait, whole / 2);
		ck_assert_uint_le(wait, whole);
		whole = whole * 2 > BACKOFF_MAX_MS ? BACKOFF_MAX_MS : whole * 2;
	}
	/* spread: 200 draws from 15001 values are not all on one side of the middle */
	unsigned low = 0;
	for (int i = 0; i < 200; i++)
		low += channel_backoff_ms(&step) < BACKOFF_MAX_MS / 4 * 3;
	ck_assert_uint_gt(low, 0);
	ck_assert_uint_lt(low, 200);
}
END_TEST

UNIT_MAIN_WITH("channel", lines_begin, lines_done, both_sides_learn_who_the_other_is_and_talk,
	a_line_works_over_a_unix_socket_pair, large_messages_arrive_whole_and_in_order,
	what_was_queued_arrives_before_the_end, a_line_may_be_ended_from_its_callbacks,
	last_words_reach_a_peer_that_is_still_sending, a_line_may_be_ended_before_it_is_open,
	the_peers_signing_key_is_the_one_in_its_certificate,
	a_first_frame_over_its_bound_ends_the_line_before_it_is_there,
	a_later_frame_over_its_bound_ends_the_line_before_it_is_there,
	heartbeats_do_not_open_the_door_for_long_frames,
	this_side_does_not_send_a_first_frame_over_the_bound,
	a_frame_that_is_no_message_ends_the_line, a_frame_in_single_bytes_arrives,
	a_peer_that_closes_in_the_middle_of_a_frame_is_noticed,
	a_peer_that_breaks_off_the_handshake_is_noticed,
	a_handshake_that_takes_too_long_ends_the_line,
	a_silent_peer_is_cut_off_after_three_heartbeats, any_byte_is_a_sign_of_life,
	heartbeats_keep_a_quiet_line_and_reach_nobody,
	one_side_alone_keeps_the_line_when_the_other_answers,
	a_peer_that_does_not_read_is_cut_off,
	flushing_to_a_peer_that_does_not_read_takes_a_second_at_most,
	a_field_that_does_not_fit_leaves_the_line_open,
	the_wait_before_dialling_again_doubles_and_is_spread)
