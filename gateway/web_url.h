/*
 * web_url.h - the addresses of a provider of sign-in: https, or plain http to this machine itself.
 */
#ifndef GATEWAY_WEB_URL_H
#define GATEWAY_WEB_URL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

enum {
	MAX_URL = 2000,
	MAX_URL_HOST = 253
};

struct web_url {
	bool tls, loopback;          /* loopback: 127.0.0.1, ::1 or localhost */
	char host[MAX_URL_HOST + 1]; /* without the brackets of an IPv6 address */
	uint16_t port;
	char path[MAX_URL + 1]; /* with its query; "/" at least */
};

/* False for anything but https://host[:port][/path][?query], or http:// to a loopback address; with user, fragment, blanks
 * or control characters; longer than MAX_URL. */
CHECKED bool web_url_read(const char *s, struct web_url *out);
/* "https://host:port" without a default port, the way browsers write Origin. False when it does not fit. */
CHECKED bool web_url_origin(const struct web_url *u, char *out, size_t size);
/* "host:port", the way of the Host header. */
CHECKED bool web_url_host(const struct web_url *u, char *out, size_t size);

#endif
