#include "gateway/http_check.h"

#include <event2/http_struct.h>
#include <event2/keyvalq_struct.h>
#include <stddef.h>
#include <string.h>
#include <strings.h>

/* RFC 9110, 5.6.2. */
static bool is_token(const char *s)
{
	static const char other[] = "!#$%&'*+-.^_`|~";

	if (*s == '\0')
		return false;
	for (; *s != '\0'; s++)
		if (!((*s >= 'a' && *s <= 'z') || (*s >= 'A' && *s <= 'Z') || (*s >= '0' && *s <= '9') ||
			    strchr(other, *s) != NULL))
			return false;
	return true;
}

static bool is_length(const char *s)
{
	return *s != '\0' && s[strspn(s, "0123456789")] == '\0';
}

static bool names_are_tokens(const struct evkeyvalq *headers)
{
	for (const struct evkeyval *h = headers->tqh_first; h != NULL; h = h->next.tqe_next)
		if (!is_token(h->key))
			return false;
	return true;
}

static size_t count_of(const struct evkeyvalq *headers, const char *name)
{
	size_t n = 0;

	for (const struct evkeyval *h = headers->tqh_first; h != NULL; h = h->next.tqe_next)
		n += strcasecmp(h->key, name) == 0;
	return n;
}

static bool none_twice(const struct evkeyvalq *headers)
{
	static const char *const once[] = { "Authorization", "Content-Length", "Content-Type", "Cookie",
		"Host", "Idempotency-Key", "If-None-Match", "Origin", "Prefer", "Sec-Fetch-Site",
		"Transfer-Encoding", "X-Cordon-CSRF" };

	for (size_t i = 0; i < sizeof(once) / sizeof(once[0]); i++)
		if (count_of(headers, once[i]) > 1)
			return false;
	return true;
}

static bool body_is_clear(struct evhttp_request *req, const struct evkeyvalq *headers)
{
	const char *length = evhttp_find_header(headers, "Content-Length"),
		   *coding = evhttp_find_header(headers, "Transfer-Encoding");
	enum evhttp_cmd_type method = evhttp_request_get_command(req);

	if ((length != NULL && (coding != NULL || !is_length(length))) ||
		(coding != NULL && strcasecmp(coding, "chunked") != 0))
		return false;
	if (method != EVHTTP_REQ_GET && method != EVHTTP_REQ_DELETE)
		return true;
	return coding == NULL && (length == NULL || length[strspn(length, "0")] == '\0');
}

bool request_sound(struct evhttp_request *req)
{
	const struct evkeyvalq *headers = evhttp_request_get_input_headers(req);

	return names_are_tokens(headers) && none_twice(headers) && body_is_clear(req, headers) &&
	       (req->major != 1 || req->minor < 1 || evhttp_find_header(headers, "Host") != NULL);
}
