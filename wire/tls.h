/*
 * tls.h - who may talk to whom: TLS 1.3, both sides with certificates of the federation root, ALPN.
 *
 * X1  the agents' channel is pinned to the federation root: no system store, no other CA.
 * X2  a certificate names its holder in one URI: "cordon:<role>:<name>", role site, gateway, person
 *     or officer. A peer of the wrong role, without that URI or with two of them is refused.
 * X3  expired, not yet valid, revoked (serial in the revocation list) or foreign: refused. The list
 *     is read again whenever its file changes; while it cannot be read, every peer is refused.
 * X4  no session is ever resumed: each connection checks the certificates again.
 * X5  people's side is TLS 1.3 too; only certificates differ: the web's own, and none of the client's.
 */
#ifndef WIRE_TLS_H
#define WIRE_TLS_H

#include <openssl/ssl.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/limits.h"

#define CORDON_ALPN "cordon/1"

enum tls_role { TLS_ROLE_SITE, TLS_ROLE_GATEWAY, TLS_ROLE_PERSON, TLS_ROLE_OFFICER, TLS_ROLES };

struct tls_files {
	const char *root;    /* PEM of the federation root */
	const char *cert;    /* PEM chain of this program */
	const char *key;     /* PEM private key, must not be readable by group or others */
	const char *revoked; /* text file, one hex serial a line, or NULL */
};

struct tls_peer {
	enum tls_role role;
	char name[MAX_NAME + 1];
	int64_t until_s; /* of tls_peer_check(): last second of the certificate, since 1970 */
};

/* Gives *out (SSL_CTX_free): client or server context of the agents' channel. Fails: E_INPUT when a
 * file is missing, malformed or its key does not fit; the log names the file. */
CHECKED int tls_channel_context(
	SSL_CTX **out, const struct tls_files *files, bool server, struct error *err);

/* Server context for people: HTTPS without client certificates, ALPN http/1.1. */
CHECKED int tls_web_context(
	SSL_CTX **out, const char *cert_file, const char *key_file, struct error *err);
/* Client context for the gateway's HTTPS: trusts only the certificates in ca_file, or the system's
 * store when NULL; checks the host name given with tls_want_host(), and fails without one. */
CHECKED int tls_web_client_context(SSL_CTX **out, const char *ca_file, struct error *err);

/* Before the handshake: the peer's certificate must be for `host` (copied), a name or a numeric
 * address. Fails: E_INPUT. */
CHECKED int tls_want_host(SSL *ssl, const char *host, struct error *err);

/* The role and name in a certificate's URI. Fails: E_CRYPTO. */
CHECKED int tls_peer_of(const X509 *cert, struct tls_peer *out, struct error *err);
/* The peer of a finished handshake, of the role wanted. Fails: E_CRYPTO, also on a wrong ALPN. */
CHECKED int tls_peer_check(
	const SSL *ssl, enum tls_role want, struct tls_peer *out, struct error *err);
/* Would the peer of an open line be let in again? Fails: E_CRYPTO when its certificate has expired or is
 * on the revocation list by now. A list that cannot be read ends no line: it keeps new ones out (X3), and
 * one slip of an editor must not send all sites away. */
CHECKED int tls_peer_still(const SSL *ssl, int64_t now_s, struct error *err);

/* "site", "gateway", "person", "officer" */
const char *tls_role_name(enum tls_role role);

/* OpenSSL's reason for the last failure, for a log; the queue is emptied. buf is returned. */
const char *tls_reason(char *buf, size_t size);

/* Reads a private key (EVP_PKEY_free) of a file that only its owner can read. Fails: E_INPUT; the log names the file. */
CHECKED int tls_key_file(EVP_PKEY **out, const char *path, struct error *err);

#endif
