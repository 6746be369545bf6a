/*
 * api_portal.c - the portal's files over HTTPS, and the description of the API.
 */
#include "gateway/api_in.h"

#include <string.h>

#include "gateway/openapi.h"
#include "gateway/portal.h"

/* Scripts, styles and calls from here alone; nothing may be put around the page. */
static const char page_policy[] =
	"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; "
	"form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

bool portal_reply(struct request *rq)
{
	static const char *const encodings[] = { NULL, "gzip", "br" };
	const struct portal_file *f = portal_find(call_path(rq->call));
	enum portal_form form = portal_form(call_header(rq->call, "Accept-Encoding"));
	const char *have = call_header(rq->call, "If-None-Match");

	if (f == NULL)
		return false;
	call_add_header(rq->call, "Content-Security-Policy", page_policy);
	call_add_header(rq->call, "Cache-Control", f->for_ever ? "public, max-age=31536000, immutable" : "no-cache");
	call_add_header(rq->call, "Vary", "Accept-Encoding");
	call_add_header(rq->call, "ETag", f->tag);
	if (have != NULL && strcmp(have, f->tag) == 0) {
		call_reply(rq->call, 304, f->type, "", 0);
		return true;
	}
	if (encodings[form] != NULL)
		call_add_header(rq->call, "Content-Encoding", encodings[form]);
	call_reply(rq->call, 200, f->type, f->forms[form].at, (size_t)(f->forms[form].end - f->forms[form].at));
	return true;
}

void get_openapi(struct request *rq)
{
	const struct view v = openapi_text();

	call_reply(rq->call, 200, "application/vnd.oai.openapi+json;version=3.1", (const char *)v.at, v.len);
}
