/*
 * shown.h - what was asked of whom, without any answer: for the page that everybody may see a part of.
 */
#ifndef GATEWAY_STORE_SHOWN_H
#define GATEWAY_STORE_SHOWN_H

#include "gateway/store/store.h"

struct shown_leg {
	const char *site;
	enum site_state state;
};

struct stored_shown {
	const char *id, *account, *study, *kind, *mode;
	int64_t received_ms;
	struct view canonical;
	struct shown_leg *legs;
	size_t n_legs;
};

struct shown_want {
	int64_t before; /* a page's `next`; INT64_MAX: from the newest */
	unsigned limit;
	/* which rows; NULL: all */
	bool (*may)(const char *account, const char *study, void *arg);
	/* of those, the ones where it is true of a site that was asked; called after `may` of the same row */
	bool (*may_of)(const char *site, const char *account, const char *study, void *arg);
	void *arg;
};

struct shown_page {
	struct stored_shown *list;
	size_t n;
	int64_t next; /* where the next page begins; 0: there is none. No id: the row may be one that nobody shows */
};

/* Newest first. A page may be short of `limit`, or empty, and still have a next: SHOWN_SCAN, SHOWN_BYTES and SHOWN_LEGS
 * bound what one costs. */
CHECKED int store_shown(struct store *s, const struct shown_want *want, struct arena *a,
	struct shown_page *out, struct error *err);

#endif
