/*
 * portal.h - the portal's files inside the program: what portal/build.mjs bundled, plain and compressed.
 *
 * T1  only what was there when the program was built is served; no path of a request ever reaches a file system.
 */
#ifndef GATEWAY_PORTAL_H
#define GATEWAY_PORTAL_H

#include <stdbool.h>
#include <stddef.h>

enum portal_form {
	PORTAL_RAW,
	PORTAL_GZIP,
	PORTAL_BROTLI,
	PORTAL_FORMS
};

struct portal_bytes {
	const char *at, *end;
};

struct portal_file {
	const char *path; /* "/portal-3F2A.js" */
	const char *type; /* a Content-Type */
	const char *tag;  /* its ETag, with quotes */
	bool for_ever;    /* its name has a hash of what is in it */
	struct portal_bytes forms[PORTAL_FORMS];
};

/* NULL when there is none. "/" and every page of the portal ("/questions/q-12") is the one page. */
const struct portal_file *portal_find(const char *path);

/* The smallest form that a request with this Accept-Encoding (NULL: none) takes. */
enum portal_form portal_form(const char *accepts);

#endif
