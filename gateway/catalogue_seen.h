/*
 * catalogue_seen.h - what one person sees of what one site offers.
 *
 * W1  everything in it is open to everybody here, or offered to a study that the site names the person in.
 * W2  a search leaves out; it shows nothing more.
 */
#ifndef GATEWAY_CATALOGUE_SEEN_H
#define GATEWAY_CATALOGUE_SEEN_H

#include "base/arena.h"
#include "wire/offered.h"

enum {
	MAX_SEARCH = 200 /* bytes of the words looked for */
};

struct seen_study {
	const struct offered_study *study;
	const char *role; /* "" where the person sees it without being in it */
};

struct seen {
	const struct offered *offered;
	bool any; /* something beyond the site's name and policy: rules of release are shown only then */
	struct offered_dataset *datasets; /* rows of one dataset once, whoever offers them */
	size_t n_datasets;
	struct seen_study *studies;
	size_t n_studies;
};

/* account NULL: everything. Borrows o; what is made lies in a. Fails: E_LIMIT without memory. */
CHECKED int catalogue_see(const struct offered *o, const char *account, struct arena *a,
	struct seen *out, struct error *err);
/* Keeps of it what has every word of `words` (split at blanks; the case of ASCII letters does not matter) in a title or
 * an id, in either language, and of a dataset the rows that have them. *found: something of this site, by its own name
 * too. Fails as catalogue_see(). */
CHECKED int catalogue_search(struct seen *out, const char *site, const char *words, struct arena *a,
	bool *found, struct error *err);

#endif
