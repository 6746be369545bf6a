/*
 * fetch.c - a connection of evhttp for each request; it ends with it.
 */
#include "gateway/fetch.h"

#include <event2/buffer.h>
#include <event2/bufferevent_ssl.h>
#include <event2/dns.h>
#include <event2/http.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/secret.h"
#include "base/text.h"
#include "wire/tls.h"

struct fetcher {
	struct event_base *base;
	struct evdns_base *dns;
	SSL_CTX *tls;
};

struct fetch {
	struct evhttp_connection *line;
	struct event *end; /* the clock, and the way out of libevent's callbacks */
	fetch_done *done;
	void *arg;
	struct fetched got;
	char *body;
};

int fetcher_new(struct fetcher **out, struct event_base *base, const char *ca, struct error *err)
{
	struct fetcher *f = calloc(1, sizeof(*f));

	if (f == NULL)
		return error_memory(err);
	f->base = base;
	if (tls_web_client_context(&f->tls, ca, err) != 0) {
		free(f);
		return -1;
	}
	/* a provider of elsewhere may not have TLS 1.3 yet */
	SSL_CTX_set_min_proto_version(f->tls, TLS1_2_VERSION);
	f->dns = evdns_base_new(base, EVDNS_BASE_DISABLE_WHEN_INACTIVE);
	if (f->dns == NULL) {
		fetcher_free(f);
		return error_memory(err);
	}
	/* without that file only names of /etc/hosts and addresses are found */
	(void)evdns_base_resolv_conf_parse(f->dns, DNS_OPTIONS_ALL, "/etc/resolv.conf");
	*out = f;
	return 0;
}

void fetcher_free(struct fetcher *f)
{
	if (f == NULL)
		return;
	if (f->dns != NULL)
		evdns_base_free(f->dns, 0);
	SSL_CTX_free(f->tls);
	free(f);
}

static void fetch_free(struct fetch *at)
{
	if (at->line != NULL)
		evhttp_connection_free(at->line); /* and what is asked on it */
	if (at->end != NULL)
		event_free(at->end);
	if (at->body != NULL)
		secret_wipe(at->body, at->got.len); /* tokens may be in it */
	free(at->body);
	free(at);
}

void fetch_cancel(struct fetch *at)
{
	fetch_free(at);
}

/* ---- the end ---- */

static void on_end(evutil_socket_t fd, short what, void *arg)
{
	struct fetch *at = arg;

	(void)fd;
	(void)what;
	at->done(&at->got, at->arg);
	fetch_free(at);
}

static int64_t max_age(struct evhttp_request *req)
{
	static const char word[] = "max-age=";
	const char *h = evhttp_find_header(evhttp_request_get_input_headers(req), "Cache-Control");
	const char *at = h == NULL ? NULL : strcasestr(h, word);

	if (at == NULL)
		return -1;
	at += sizeof(word) - 1;
	return strspn(at, "0123456789") > 9 ? INT32_MAX : (int64_t)strtol(at, NULL, 10);
}

/* libevent is in the middle of the connection: what was got is put aside. */
static void on_reply(struct evhttp_request *req, void *arg)
{
	const struct timeval now = { 0, 0 };
	struct fetch *at = arg;
	struct evbuffer *in;

	if (req != NULL && evhttp_request_get_response_code(req) != 0) {
		in = evhttp_request_get_input_buffer(req);
		at->got.len = evbuffer_get_length(in);
		at->body = calloc(1, at->got.len + 1);
		if (at->body != NULL && at->got.len <= MAX_PROVIDER_BYTES &&
			evbuffer_copyout(in, at->body, at->got.len) == (ssize_t)at->got.len) {
			at->got.status = evhttp_request_get_response_code(req);
			at->got.body = at->body;
			at->got.max_age_s = max_age(req);
		}
	}
	event_add(at->end, &now);
}

/* ---- the beginning ---- */

static struct bufferevent *line_to(
	const struct fetcher *f, const struct web_url *url, struct error *err)
{
	struct bufferevent *bev;
	SSL *ssl;

	if (!url->tls)
		return bufferevent_socket_new(f->base, -1, BEV_OPT_CLOSE_ON_FREE);
	ssl = SSL_new(f->tls);
	if (ssl == NULL || tls_want_host(ssl, url->host, err) != 0) {
		SSL_free(ssl);
		return NULL;
	}
	/* providers of many customers have *.provider.example */
	X509_VERIFY_PARAM_set_hostflags(SSL_get0_param(ssl),
		X509_CHECK_FLAG_NEVER_CHECK_SUBJECT | X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
	bev = bufferevent_openssl_socket_new(f->base, -1, ssl, BUFFEREVENT_SSL_CONNECTING,
		BEV_OPT_CLOSE_ON_FREE | BEV_OPT_DEFER_CALLBACKS);
	if (bev == NULL)
		return NULL; /* libevent ended ssl */
	/* many servers just close; what came is whole JSON or useless */
	bufferevent_openssl_set_allow_dirty_shutdown(bev, 1);
	return bev;
}

static int connect_to(
	struct fetch *at, const struct fetcher *f, const struct web_url *url, struct error *err)
{
	const struct timeval limit = { FETCH_MS / 1000, 0 };
	struct bufferevent *bev = line_to(f, url, err);

	if (bev == NULL)
		return error_memory(err);
	at->line =
		evhttp_connection_base_bufferevent_new(f->base, f->dns, bev, url->host, url->port);
	if (at->line == NULL) {
		bufferevent_free(bev);
		return error_memory(err);
	}
	evhttp_connection_set_max_body_size(at->line, MAX_PROVIDER_BYTES);
	evhttp_connection_set_max_headers_size(at->line, MAX_PROVIDER_BYTES);
	evhttp_connection_set_timeout_tv(at->line, &limit);
	evhttp_connection_set_retries(at->line, 0);
	return event_add(at->end, &limit) == 0 ? 0 : error_memory(err);
}

static int ask(struct fetch *at, const struct fetch_want *want, struct error *err)
{
	struct evhttp_request *req = evhttp_request_new(on_reply, at);
	char host[MAX_URL_HOST + 16];
	struct evkeyvalq *head;

	if (req == NULL)
		return error_memory(err);
	head = evhttp_request_get_output_headers(req);
	if (!web_url_host(want->url, host, sizeof(host)) ||
		evhttp_add_header(head, "Host", host) != 0 ||
		evhttp_add_header(head, "Accept", "application/json") != 0 ||
		evhttp_add_header(head, "Connection", "close") != 0 ||
		(want->authorization != NULL &&
			evhttp_add_header(head, "Authorization", want->authorization) != 0) ||
		(want->form != NULL && (evhttp_add_header(head, "Content-Type",
						"application/x-www-form-urlencoded") != 0 ||
					       evbuffer_add(evhttp_request_get_output_buffer(req),
						       want->form, strlen(want->form)) != 0))) {
		evhttp_request_free(req);
		return error_memory(err);
	}
	/* from here on it is libevent's, also when this fails */
	if (evhttp_make_request(at->line, req,
		    want->form == NULL ? EVHTTP_REQ_GET : EVHTTP_REQ_POST, want->url->path) != 0)
		return error_memory(err);
	return 0;
}

int fetch_start(struct fetch **out, struct fetcher *f, const struct fetch_want *want,
	fetch_done *done, void *arg, struct error *err)
{
	struct fetch *at = calloc(1, sizeof(*at));

	if (at == NULL)
		return error_memory(err);
	at->done = done;
	at->arg = arg;
	at->got.max_age_s = -1;
	at->end = evtimer_new(f->base, on_end, at);
	if (at->end == NULL) {
		free(at);
		return error_memory(err);
	}
	if (connect_to(at, f, want->url, err) != 0 || ask(at, want, err) != 0) {
		fetch_free(at);
		return -1;
	}
	*out = at;
	return 0;
}
