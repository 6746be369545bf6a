/*
 * web_url.c - libevent takes the parts apart; what may be there is said here.
 */
#include "gateway/web_url.h"

#include <event2/http.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"

enum {
	PORT_HTTP = 80,
	PORT_HTTPS = 443
};

static bool plain(const char *s)
{
	size_t len = strlen(s);

	for (size_t i = 0; i < len; i++)
		if (s[i] <= ' ' || s[i] >= 0x7f || strchr("\"<>\\^`{|}", s[i]) != NULL)
			return false;
	return len > 0 && len <= MAX_URL;
}

static bool is_loopback(const char *host)
{
	return strcmp(host, "127.0.0.1") == 0 || strcmp(host, "::1") == 0 ||
	       strcasecmp(host, "localhost") == 0;
}

static bool read_host(const char *host, struct web_url *out)
{
	size_t len = strlen(host);

	if (len > 2 && host[0] == '[' && host[len - 1] == ']')
		return text_copyn(out->host, sizeof(out->host), host + 1, len - 2);
	return len > 0 && text_copy(out->host, sizeof(out->host), host);
}

static bool read_path(const struct evhttp_uri *uri, struct web_url *out)
{
	const char *path = evhttp_uri_get_path(uri), *query = evhttp_uri_get_query(uri);
	int len = snprintf(out->path, sizeof(out->path), "%s%s%s",
		path == NULL || path[0] == '\0' ? "/" : path, query == NULL ? "" : "?",
		query == NULL ? "" : query);

	return len > 0 && (size_t)len < sizeof(out->path);
}

static bool read_parts(const struct evhttp_uri *uri, struct web_url *out)
{
	const char *scheme = evhttp_uri_get_scheme(uri), *host = evhttp_uri_get_host(uri);
	int port = evhttp_uri_get_port(uri);

	*out = (struct web_url){ 0 };
	if (scheme == NULL || host == NULL || evhttp_uri_get_userinfo(uri) != NULL ||
		evhttp_uri_get_fragment(uri) != NULL || !read_host(host, out) || port == 0 ||
		port > UINT16_MAX)
		return false;
	out->tls = strcasecmp(scheme, "https") == 0;
	out->loopback = is_loopback(out->host);
	if (!out->tls && (strcasecmp(scheme, "http") != 0 || !out->loopback))
		return false;
	out->port = port > 0 ? (uint16_t)port : out->tls ? PORT_HTTPS : PORT_HTTP;
	return read_path(uri, out);
}

bool web_url_read(const char *s, struct web_url *out)
{
	struct evhttp_uri *uri = plain(s) ? evhttp_uri_parse(s) : NULL;
	bool ok = uri != NULL && read_parts(uri, out);

	if (uri != NULL)
		evhttp_uri_free(uri);
	return ok;
}

bool web_url_host(const struct web_url *u, char *out, size_t size)
{
	bool six = strchr(u->host, ':') != NULL;
	int len = snprintf(out, size, "%s%s%s", six ? "[" : "", u->host, six ? "]" : "");

	if (len < 0 || (size_t)len >= size)
		return false;
	if (u->port == (u->tls ? PORT_HTTPS : PORT_HTTP))
		return true;
	return (size_t)snprintf(out + len, size - (size_t)len, ":%u", (unsigned)u->port) <
	       size - (size_t)len;
}

bool web_url_origin(const struct web_url *u, char *out, size_t size)
{
	int len = snprintf(out, size, "%s://", u->tls ? "https" : "http");

	return len > 0 && (size_t)len < size && web_url_host(u, out + len, size - (size_t)len);
}
