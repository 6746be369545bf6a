/*
 * sessions_hello.c - what a line says first, and again: whose it is, its version, a ledger that does not go back (L1 to L3).
 */
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "gateway/sessions_in.h"

enum {
	HELLOS_A_SECOND =
		50 /* each may cost a write: one site's haste must not hold up the others */
};

static void record(struct session *s, const char *what, const char *detail)
{
	struct error err;

	if (store_audit(s->all->store, clock_wall_ms(), what, session_name(s), "", detail, &err) !=
		0)
		log_line(LOG_ERROR, "site %s: %s is not in the audit: %s", session_name(s), what,
			err.log);
}

/* L3. 0 in order, 1 refused, -1 our own failure. */
static int check_ledger(struct session *s, const struct msg_hello *h, struct error *err)
{
	struct ledger_link known = { 0 }, now = { h->ledger_seq, h->ledger_hash };
	const char *site = session_name(s);
	int found = store_link(s->all->store, site, &known, err);
	bool same;

	if (found < 0)
		return -1;
	same = known.seq == now.seq && hash32_equal(&known.hash, &now.hash);
	if (found == 1 && same)
		return 0;
	if (found == 1 && now.seq <= known.seq) {
		log_line(LOG_ERROR,
			"site %s: its ledger ends at link %llu, we have seen link %llu: refused",
			site, (unsigned long long)now.seq, (unsigned long long)known.seq);
		return 1;
	}
	return store_set_link(s->all->store, site, &now, err);
}

static void take_facts(struct session *s, const struct msg_hello *h)
{
	struct site_status *st = &s->all->sites[s->site].status;

	memcpy(st->program, h->program, sizeof(st->program));
	memcpy(st->data, h->data, sizeof(st->data));
	st->policy_version = h->policy_version;
	st->policy_hash = h->policy_hash;
}

/* L1 */
static void replace(struct session *s)
{
	struct session *first = s->all->sites[s->site].line;

	if (first == NULL)
		return;
	log_line(LOG_WARNING, "site %s: a second line replaces the first", session_name(s));
	record(s, "site.replaced", "a second connection of the same certificate");
	session_bye(first, BYE_REPLACED, WHY_LOST);
}

static int welcome(struct session *s, struct error *err)
{
	struct message m = { .type = MSG_WELCOME,
		.welcome = { .version = WIRE_MAJOR, .heartbeat_ms = HEARTBEAT_MS } };

	memcpy(m.welcome.gateway, s->all->gateway, sizeof(m.welcome.gateway));
	return channel_send(s->channel, &m, err);
}

static void come_on_line(struct session *s, const struct msg_hello *h)
{
	struct sessions *all = s->all;
	struct site *site = &all->sites[s->site];

	replace(s);
	event_del(s->hello_limit);
	s->on_line = true;
	site->line = s;
	site->status.online = true;
	site->status.since_ms = clock_wall_ms();
	site->status.until_ms = s->until_s * 1000;
	all->n_online++;
	take_facts(s, h);
	log_line(LOG_INFO, "site %s: on the line, %s, policy version %llu", session_name(s),
		h->program, (unsigned long long)h->policy_version);
	all->calls->on_line(s->site, all->arg);
}

static void keep_out(struct session *s, enum why_offline why, enum bye_reason reason)
{
	struct site_status *st = &s->all->sites[s->site].status;

	if (!s->on_line && !st->online) { /* it never came: the reason is shown all the same */
		st->why = why;
		st->since_ms = clock_wall_ms();
	}
	session_bye(s, reason, why);
}

static bool too_hasty(struct session *s)
{
	int64_t now = clock_mono_ms();

	if (now - s->second_ms >= 1000) {
		s->second_ms = now;
		s->hellos = 0;
	}
	return ++s->hellos > HELLOS_A_SECOND;
}

void session_hello(struct session *s, const struct msg_hello *h)
{
	struct error err;
	int ledger;

	if (too_hasty(s)) {
		log_line(LOG_WARNING, "site %s: says hello without end", session_name(s));
		session_bye(s, BYE_PROTOCOL, WHY_LOST);
		return;
	}
	if (strcmp(h->site, session_name(s)) != 0) {
		log_line(LOG_WARNING, "site %s: says hello as '%s': refused", session_name(s),
			h->site);
		record(s, "site.refused", "a hello in another site's name");
		session_bye(s, BYE_SITE, WHY_LOST);
		return;
	}
	if (h->version != WIRE_MAJOR) {
		log_line(LOG_WARNING, "site %s: speaks version %llu: refused", session_name(s),
			(unsigned long long)h->version);
		keep_out(s, WHY_VERSION, BYE_VERSION);
		return;
	}
	ledger = check_ledger(s, h, &err);
	if (ledger == 1) {
		record(s, "site.refused", "its ledger went backwards");
		keep_out(s, WHY_LEDGER, BYE_LEDGER);
	} else if (ledger < 0) {
		log_line(LOG_ERROR, "site %s: its hello could not be kept: %s", session_name(s),
			err.log);
		session_leave(s, WHY_LOST);
	} else if (s->on_line) {
		take_facts(s, h); /* L2 */
	} else if (welcome(s, &err) != 0) {
		log_line(LOG_NOTICE, "site %s: no welcome: %s", session_name(s), err.log);
		session_leave(s, WHY_LOST);
	} else {
		come_on_line(s, h);
	}
}
