/*
 * kept.h - questions that people keep to ask or change later: each one's own alone.
 */
#ifndef GATEWAY_STORE_KEPT_H
#define GATEWAY_STORE_KEPT_H

#include "gateway/store/store.h"

struct stored_kept {
	const char *id, *name;
	int64_t kept_ms;
	struct view question; /* JSON */
};

/* Fails: E_LIMIT past MAX_KEPT or MAX_KEPT_BYTES of the account. */
CHECKED int store_keep(
	struct store *s, const char *account, const struct stored_kept *k, struct error *err);
/* 1 found, 0 there is none of this account, -1 failed. */
CHECKED int store_kept(struct store *s, const char *account, const char *id, struct arena *a,
	struct stored_kept *out, struct error *err);
/* As store_list(). */
CHECKED int store_kept_list(struct store *s, const char *account, const char *before,
	unsigned limit, struct arena *a, struct stored_kept **out, size_t *n, bool *more,
	struct error *err);
/* 1 gone, 0 there was none of this account, -1 failed. */
CHECKED int store_kept_drop(
	struct store *s, const char *account, const char *id, struct error *err);

#endif
