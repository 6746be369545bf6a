/*
 * studies.h - studies that people proposed. What a site says of one is not here: its policy is, at the site.
 */
#ifndef GATEWAY_STORE_STUDIES_H
#define GATEWAY_STORE_STUDIES_H

#include "gateway/store/store.h"

struct stored_study {
	const char *id, *account; /* who proposed it */
	int64_t proposed_ms;
	struct view text; /* JSON, as proposal_write() */
};

/* Inside a transaction of the caller. Fails: E_STATE the id is taken; E_LIMIT past MAX_STUDIES_PERSON or
 * MAX_STUDIES_BYTES, or MAX_STUDIES_NAMED of a member. */
CHECKED int store_study_add(struct store *s, const struct stored_study *study,
	const char *const *members, size_t n, struct error *err);
/* account: who proposed it or is a member; NULL: whoever. 1 found, 0 there is none for this account, -1 failed. */
CHECKED int store_study(struct store *s, const char *id, const char *account, struct arena *a,
	struct stored_study *out, struct error *err);
/* Newest first, otherwise as store_list(); `before` is a study's id. Fewer than `limit` where they are large: the last is
 * the one that reaches MAX_STUDIES_PAGE_BYTES. */
CHECKED int store_studies(struct store *s, const char *account, const char *before, unsigned limit,
	struct arena *a, struct stored_study **out, size_t *n, bool *more, struct error *err);
/* Of this proposer. 1 gone, 0 there was none, -1 failed. Inside a transaction of the caller. */
CHECKED int store_study_drop(
	struct store *s, const char *account, const char *id, struct error *err);

#endif
