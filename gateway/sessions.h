/*
 * sessions.h - the agents on the line: which site is there, since when, with which policy.
 *
 * L1  a site has at most one line; a second one of the same certificate that says hello replaces
 *     the first, which gets a bye, and that is recorded in the audit.
 * L2  nothing but a hello is taken before the hello; its site must be the certificate's name. A
 *     later hello on the same line is an update (a new policy, new data).
 * L3  a ledger whose last link is older than the one we remember, or another one of the same
 *     number, is a restored backup that has forgotten charges: the line is refused with BYE_LEDGER
 *     and the site is shown with that reason until an operator readmits it. A newer link is
 *     remembered before the site may answer.
 * L4  a site is named by its index in the list given to sessions_new().
 * L5  lines that have not said hello do not keep a site out: when there is no room, the one that came first goes.
 */
#ifndef GATEWAY_SESSIONS_H
#define GATEWAY_SESSIONS_H

#include <event2/event.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "gateway/store/store.h"
#include "wire/channel.h"
#include "wire/message.h"

struct sessions;

#define NO_SITE SIZE_MAX

struct sessions_calls {
	void (*on_line)(size_t site, void *arg); /* after its first hello on a line */
	void (*on_lost)(size_t site, void *arg); /* once for each on_line */
	/* quoted, release, refuse, offer, sum or catalogue; memory ends when the callback returns */
	void (*on_message)(size_t site, const struct message *m, void *arg);
};

enum why_offline {
	WHY_NEVER,
	WHY_LOST,
	WHY_LEDGER,
	WHY_VERSION,
	WHYS
};

struct site_status {
	const char *site;
	bool online;
	enum why_offline why; /* when offline */
	int64_t since_ms;     /* wall clock: on or off the line; 0 never seen */
	int64_t until_ms;     /* end of the line's certificate; 0: no line since the start */
	/* of the last hello; program "" when there was none */
	char program[MAX_ID + 1], data[MAX_ID + 1];
	uint64_t policy_version;
	struct hash32 policy_hash;
};

/* Gives *out (sessions_free). Copies name and site names. Borrows base, ctx, store and calls. */
CHECKED int sessions_new(struct sessions **out, struct event_base *base, SSL_CTX *ctx,
	const char *gateway, const char *const *sites, size_t n, struct store *store,
	const struct sessions_calls *calls, void *arg, struct error *err);
/* Fails as listen_on(). */
CHECKED int sessions_listen(
	struct sessions *s, const char *host, uint16_t port, uint16_t *got, struct error *err);

size_t sessions_count(const struct sessions *s);
size_t sessions_online(const struct sessions *s);
/* NO_SITE if the federation has no such site. */
size_t sessions_find(const struct sessions *s, const char *site);
/* The names in order, for text_nearest(); borrowed. */
const char *const *sessions_names(const struct sessions *s);
const struct site_status *sessions_status(const struct sessions *s, size_t site);
const char *why_offline_name(enum why_offline w); /* "ledger" */

/* Fails: E_STATE the site is not on the line; as channel_send(). */
CHECKED int sessions_send(
	struct sessions *s, size_t site, const struct message *m, struct error *err);
/* The site's public key, or NULL while it is offline. */
const uint8_t *sessions_key(const struct sessions *s, size_t site);
/* Ends the site's line without a farewell; it will come back and say again what is not
 * acknowledged. */
void sessions_drop(struct sessions *s, size_t site);
/* Forgets the ledger link that keeps a site out (L3); recorded in the audit with who did it. */
CHECKED int sessions_readmit(struct sessions *s, size_t site, const char *who, struct error *err);

/* Stops listening and says bye to all. sessions_lines() is 0 once everyone is gone. */
void sessions_stop(struct sessions *s);
size_t sessions_lines(const struct sessions *s);
/* Only when no line is left or the loop will not run again. */
void sessions_free(struct sessions *s);

#endif
