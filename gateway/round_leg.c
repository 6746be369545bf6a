/*
 * round_leg.c - the life of one site's part: what may follow what, and that the store hears of each step.
 */
#include "gateway/round_in.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"

/* What the site says ends its part. */
#define ENDS_BY_SITE(from)                                                                         \
	[from][ON_RELEASE] = LEG_ANSWERED, [from][ON_RECALLED] = LEG_RECALLED,                     \
	[from][ON_BELOW] = LEG_SUPPRESSED, [from][ON_REFUSED] = LEG_REFUSED,                       \
	[from][ON_FAILED] = LEG_FAILED, [from][ON_TIME_OUT] = LEG_TIMED_OUT,                       \
	[from][ON_STOPPED] = LEG_CANCELLED

/* R3. Nothing else writes leg->state, but the undoing of a failed commit. */
static const enum leg_state life[LEG_STATES][LEG_EVENTS] = {
	[LEG_AWAY][ON_ASK] = LEG_ASKED,
	[LEG_AWAY][ON_GRACE] = LEG_GONE,
	[LEG_AWAY][ON_DEADLINE] = LEG_GONE,
	[LEG_AWAY][ON_CANCEL] = LEG_CANCELLED,
	[LEG_GONE][ON_ASK] = LEG_ASKED, /* it came back in time */
	/* asked over an earlier line, and this one could not take the ask again */
	ENDS_BY_SITE(LEG_AWAY),
	ENDS_BY_SITE(LEG_GONE),
	[LEG_ASKED][ON_LOST] = LEG_AWAY,
	ENDS_BY_SITE(LEG_ASKED),
	[LEG_ASKED][ON_DEADLINE] = LEG_TIMED_OUT,
	[LEG_ASKED][ON_CANCEL] = LEG_CANCELLED,
	/* a secure sum; who may say what in it, secagg/ decides */
	[LEG_AWAY][ON_OFFER] = LEG_OFFERED,
	[LEG_GONE][ON_OFFER] = LEG_OFFERED,
	[LEG_ASKED][ON_OFFER] = LEG_OFFERED,
	ENDS_BY_SITE(LEG_OFFERED),
	[LEG_OFFERED][ON_LOST] = LEG_AWAY, /* and offers again when it comes back */
	[LEG_OFFERED][ON_INVITE] = LEG_SUMMING,
	[LEG_OFFERED][ON_NO_SUM] = LEG_LEFT_OUT,
	[LEG_OFFERED][ON_CANCEL] = LEG_CANCELLED,
	ENDS_BY_SITE(LEG_SUMMING),
	[LEG_SUMMING][ON_SUMMED] = LEG_SUMMED,
	[LEG_SUMMING][ON_DROPPED] = LEG_DROPPED,
	[LEG_SUMMING][ON_NO_SUM] = LEG_LEFT_OUT,
	[LEG_SUMMING][ON_CANCEL] = LEG_CANCELLED,
};

enum site_state leg_site_state(enum leg_state s)
{
	static const enum site_state words[LEG_STATES] = {
		[LEG_AWAY] = SITE_WAITING,
		[LEG_ASKED] = SITE_WAITING,
		[LEG_GONE] = SITE_OFFLINE,
		[LEG_ANSWERED] = SITE_ANSWERED,
		[LEG_RECALLED] = SITE_RECALLED,
		[LEG_SUPPRESSED] = SITE_SUPPRESSED,
		[LEG_REFUSED] = SITE_REFUSED,
		[LEG_TIMED_OUT] = SITE_TIMED_OUT,
		[LEG_FAILED] = SITE_FAILED,
		[LEG_CANCELLED] = SITE_CANCELLED,
		[LEG_OFFERED] = SITE_OFFERED,
		[LEG_SUMMING] = SITE_OFFERED,
		[LEG_SUMMED] = SITE_SUMMED,
		[LEG_DROPPED] = SITE_DROPPED,
		[LEG_LEFT_OUT] = SITE_LEFT_OUT,
	};

	return words[s];
}

bool leg_move(struct round *r, struct leg *leg, enum leg_event on, uint8_t *body, size_t len,
	const char *audit)
{
	enum leg_state next = life[leg->state][on];
	struct change c = { .round = r,
		.leg = (size_t)(leg - r->legs),
		.before = leg->state,
		.site = leg->site,
		.name = leg->name,
		.body = body,
		.len = len,
		.ms = -1,
		.audit = audit };

	if (next == LEG_NONE) {
		free(body);
		return false;
	}
	memcpy(c.id, r->q.id, sizeof(c.id));
	c.state = leg_site_state(next);
	if (body != NULL && leg->sent_ms > 0)
		c.ms = clock_mono_ms() - leg->sent_ms;
	if (c.state != leg->queued || body != NULL) {
		if (!rounds_queue(r->all, &c))
			return false;
		leg->queued = c.state;
		leg->heard = leg->heard || body != NULL;
	}
	leg->state = next;
	return true;
}

bool leg_may(const struct leg *leg, enum leg_event on)
{
	return life[leg->state][on] != LEG_NONE;
}
