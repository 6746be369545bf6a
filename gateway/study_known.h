/*
 * study_known.h - studies that sites tell of in their catalogues, whether or not anybody proposed them here.
 */
#ifndef GATEWAY_STUDY_KNOWN_H
#define GATEWAY_STUDY_KNOWN_H

#include "base/text.h"
#include "gateway/catalogue.h"

enum {
	STUDIES_KNOWN = 500 /* told in one list */
};

/* Each study once, as the first site that names the account in it has it; account NULL: every study. Gives how many of at
 * most STUDIES_KNOWN. Borrowed as catalogue_of(). */
size_t studies_known(const struct catalogue *c, size_t sites, const char *account,
	const struct offered_study *list[STUDIES_KNOWN]);
const struct offered_study *study_known(
	const struct catalogue *c, size_t sites, const char *account, const char *study);
/* An object without its closing brace: of the members only the account's own, unless account is NULL. */
void study_known_write(const struct offered_study *s, const char *account, struct text *out);

#endif
