/*
 * test_session.c - agents/session.h: an agent's session against a gateway that the test plays, over real TLS.
 * The pipeline and the ledger are the test's, too: what they do is tested in test_pipeline.c.
 */
#include "agents/session.h"
#include "tests/unit/lines.h"

struct pipeline {
	EVP_PKEY *key; /* borrowed: the one last given */
	int keys, resent, asked, cancelled, acked, summed, held;
};

static struct pipeline pipe_of_test;
static struct release_status doing;
static struct ledger_head head;
static struct agent_config config;
static struct state state;
static struct session *session;
static int stopped;

/* These stand before those of agents.a. */
struct policy_ref *release_policy_now(struct pipeline *p)
{
	(void)p;
	return NULL;
}
void release_status(const struct pipeline *p, struct release_status *out)
{
	(void)p;
	*out = doing;
}
void release_key(struct pipeline *p, EVP_PKEY *key)
{
	p->key = key;
	p->keys++;
}
void release_resend(struct pipeline *p)
{
	p->resent++;
}
void release_ask(struct pipeline *p, const struct msg_ask *ask)
{
	(void)ask;
	p->asked++;
}
void release_cancel(struct pipeline *p, const char *id)
{
	(void)id;
	p->cancelled++;
}
void release_ack(struct pipeline *p, const char *id)
{
	(void)id;
	p->acked++;
}
void release_hold(struct pipeline *p)
{
	p->held++;
}
void release_sum(struct pipeline *p, const struct msg_sum *m)
{
	(void)m;
	p->summed++;
}
void release_quote(struct pipeline *p, const struct msg_quote *quote, struct msg_quoted *out)
{
	(void)p;
	memcpy(out->id, quote->id, sizeof(out->id));
}
int ledger_head(struct ledger *l, struct ledger_head *out, struct error *e)
{
	(void)l, (void)e;
	*out = head;
	return 0;
}

static void session_begin(void)
{
	lines_begin();
	pipe_of_test = (struct pipeline){ NULL };
	doing = (struct release_status){ 0 };
	head = (struct ledger_head){ .seq = 7 };
	stopped = 0;
	config = (struct agent_config){ .site = "renmin",
		.gateway_host = "127.0.0.1",
		.gateway_port = port,
		.data = "2026-03-01" };
	static char paths[3][200];
	snprintf(paths[0], sizeof(paths[0]), "%s", fed_path("root", ".pem"));
	snprintf(paths[1], sizeof(paths[1]), "%s", fed_path("site", ".pem"));
	snprintf(paths[2], sizeof(paths[2]), "%s", fed_path("site", ".key"));
	config.identity = (struct tls_files){ paths[0], paths[1], paths[2], NULL };
	OK(session_new(&session, base, &config, &state, &err));
	session_start(session, &pipe_of_test);
}

static void on_stopped(void *arg)
{
	(void)arg;
	stopped++;
}

static void session_end(void)
{
	session_stop(session, on_stopped, NULL);
	ck_assert(turn(&stopped, 30000));
	ck_assert_int_eq(stopped, 1);
	turn(NULL, 10);
	session_free(session);
	lines_done();
}

static void says_hello(void)
{
	int before = gw.messages;

	while (gw.messages == before && gw.ended == 0)
		turn(NULL, 5);
	ck_assert_int_eq(gw.ended, 0);
	ck_assert_int_eq(gw.type, MSG_HELLO);
}

static void welcomed(uint64_t heartbeat_ms)
{
	struct message m = { .type = MSG_WELCOME,
		.welcome = { .version = WIRE_MAJOR, .gateway = "gw", .heartbeat_ms = heartbeat_ms } };
	int before = pipe_of_test.resent;

	says_hello();
	send_to(&gw, &m);
	while (pipe_of_test.resent == before)
		turn(NULL, 5);
	ck_assert(session_welcomed(session));
	ck_assert_str_eq(session_gateway(session), "gw");
}

START_TEST(a_session_says_hello_and_after_the_welcome_what_is_not_acknowledged)
{
	welcomed(10000);
	ck_assert_uint_eq(gw.last, 7); /* the ledger's last link */
	ck_assert_int_eq(pipe_of_test.resent, 1);
	ck_assert_int_eq(pipe_of_test.keys, 1);
}
END_TEST

START_TEST(a_session_beats_as_often_as_the_welcome_says)
{
	welcomed(30);
	turn(NULL, 400); /* this side's own beat is ten seconds, so only the agent's pings are heard */
	ck_assert_int_lt(clock_mono_ms() - channel_last_heard_ms(gw.c), 300);
}
END_TEST

START_TEST(a_session_dials_again_with_the_key_that_is_there_then)
{
	uint8_t first[32], again[32];
	size_t len = 32;

	welcomed(10000);
	OK(channel_peer_key(gw.c, first, &err));
	fed_issue("site", "site", "renmin", NULL);
	channel_end(gw.c);
	ck_ended(&gw, E_NONE, "");
	gw = (struct side){ .c = NULL };
	welcomed(10000);
	OK(channel_peer_key(gw.c, again, &err));
	ck_assert_int_ne(memcmp(first, again, 32), 0);
	ck_assert_int_eq(pipe_of_test.keys, 2);
	ck_assert_int_eq(EVP_PKEY_get_raw_public_key(pipe_of_test.key, first, &len), 1);
	ck_assert_int_eq(memcmp(first, again, 32), 0);
}
END_TEST

START_TEST(nothing_but_a_welcome_is_taken_first)
{
	struct message cancel = { .type = MSG_CANCEL, .cancel = { "q1" } };

	says_hello();
	send_to(&gw, &cancel);
	ck_ended(&gw, E_SYSTEM, "closed the line");
	ck_assert_int_eq(pipe_of_test.cancelled, 0);
	gw = (struct side){ .c = NULL };
	welcomed(10000);
	send_to(&gw, &cancel);
	while (pipe_of_test.cancelled == 0)
		turn(NULL, 5);
}
END_TEST

START_TEST(news_of_the_ledger_are_told_when_nothing_is_under_way)
{
	int before;

	welcomed(10000);
	turn(NULL, 50); /* what it offers follows the hello */
	before = gw.messages;
	doing.running = true;
	head.seq = 8;
	turn(NULL, 1500);
	ck_assert_int_eq(gw.messages, before);
	doing.running = false;
	says_hello();
	ck_assert_uint_eq(gw.last, 8);
}
END_TEST

START_TEST(a_gateway_that_sent_it_away_is_left_alone_for_a_while)
{
	struct message bye = { .type = MSG_BYE, .bye = { BYE_LEDGER } };

	welcomed(10000);
	send_to(&gw, &bye);
	ck_assert(turn(&gw.ended, 30000));
	gw = (struct side){ .c = NULL };
	ck_assert(!turn(&gw.opened, 1500)); /* the shortest wait is 0.1 s, the longest 15 s at least */
}
END_TEST

UNIT_MAIN_WITH("session", session_begin, session_end,
	a_session_says_hello_and_after_the_welcome_what_is_not_acknowledged,
	a_session_beats_as_often_as_the_welcome_says,
	a_session_dials_again_with_the_key_that_is_there_then,
	nothing_but_a_welcome_is_taken_first,
	news_of_the_ledger_are_told_when_nothing_is_under_way,
	a_gateway_that_sent_it_away_is_left_alone_for_a_while)
