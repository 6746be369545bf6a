/*
 * channel.h - a TLS connection that carries whole messages, on a libevent loop.
 *
 * C1  on_message is called with one decoded message at a time, after the handshake and the check of
 *     the peer's role; its memory ends when the callback returns.
 * C2  on_end is called exactly once, last, for whatever reason; after it the channel is gone. A
 *     callback may call channel_end(); the end then comes after it returned.
 * C3  until the peer's first message was accepted a frame may have MAX_HELLO_BYTES, then
 *     MAX_FRAME_BYTES; a longer one ends the line before it is buffered. Heartbeats do not count.
 * C4  a handshake over HANDSHAKE_MS, or three heartbeats without a byte from the peer, end the
 *     line. Heartbeats (ping, pong) are answered here and never reach on_message.
 * C5  a peer that does not read is cut off once OUT_MAX bytes wait for it.
 * C6  a bye is delivered like any message; the side that sent it ends the line.
 * C7  a peer whose certificate expires or is revoked while the line is open loses it at the next
 *     heartbeat (tls_peer_still).
 *
 * In TLS 1.3 a client is done before the server has looked at its certificate: on_open on the
 * dialling side is no promise that the peer accepts it. Its first message is.
 *
 * The program ignores SIGPIPE; one thread. The loop must turn once more after the last on_end to
 * close the socket, since libevent frees late.
 */
#ifndef WIRE_CHANNEL_H
#define WIRE_CHANNEL_H

#include <event2/event.h>
#include <stddef.h>

#include "base/error.h"
#include "wire/message.h"
#include "wire/tls.h"

enum { OUT_MAX = 2 * MAX_FRAME_BYTES };

struct channel;

struct channel_calls {
	void (*on_open)(struct channel *c, const struct tls_peer *peer, void *arg);
	void (*on_message)(struct channel *c, const struct message *m, void *arg);
	/* why->code: E_NONE this side ended it, E_INPUT bad frame, E_CRYPTO TLS, E_SYSTEM network */
	void (*on_end)(struct channel *c, const struct error *why, void *arg);
};

/* Dials host:port without blocking (names through the loop's resolver `dns`, an evdns_base *, which
 * may be NULL for numeric addresses), as client, wanting a peer of role `want`, whose certificate
 * must also be for `host` when want is the gateway. Gives *out. All callbacks come later, from the
 * loop. Borrows base, dns, ctx and calls for the channel's life. A name that is not found and a
 * host that does not answer are ends (on_end). Fails: E_INPUT host is no name, or not numeric and
 * dns is NULL; E_SYSTEM no memory. */
CHECKED int channel_dial(struct channel **out, struct event_base *base, void *dns, SSL_CTX *ctx,
	const char *host, uint16_t port, enum tls_role want, const struct channel_calls *calls,
	void *arg, struct error *err);

/* Takes an accepted socket; closes it on failure too. */
CHECKED int channel_accept(struct channel **out, struct event_base *base, SSL_CTX *ctx, int fd,
	enum tls_role want, const struct channel_calls *calls, void *arg, struct error *err);

/* Queues one message. Fails: E_STATE before on_open or after the end began; E_LIMIT by C5, which
 * ends the line, or by C3 for this side's first message; E_INPUT a field outside its bounds. */
CHECKED int channel_send(struct channel *c, const struct message *m, struct error *err);

/* Ends the line after what was queued is flushed (at most one second). */
void channel_end(struct channel *c);

/* Other times than HANDSHAKE_MS (from this call until on_open) and HEARTBEAT_MS; 0 leaves one as it
 * is. For the interval of a welcome, and for tests. */
void channel_set_times(struct channel *c, unsigned handshake_ms, unsigned heartbeat_ms);

/* Round-trip-free facts for status pages. */
int64_t channel_last_heard_ms(const struct channel *c); /* monotonic clock */

/* The Ed25519 public key in the peer's certificate, for checking its signatures. */
CHECKED int channel_peer_key(const struct channel *c, uint8_t key[32], struct error *err);

/* Wait before the next dial: doubles from BACKOFF_MIN_MS to BACKOFF_MAX_MS, each drawn uniformly
 * from half to whole of it, so that a returning gateway is not met by all agents at once. *step
 * starts at 0 and goes back to 0 when the peer's first message came (see above). */
unsigned channel_backoff_ms(unsigned *step);

#endif
