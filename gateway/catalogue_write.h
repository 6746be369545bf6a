/*
 * catalogue_write.h - the catalogue as JSON (docs/api.md) and as JSON-LD (DCAT 3 and schema.org).
 */
#ifndef GATEWAY_CATALOGUE_WRITE_H
#define GATEWAY_CATALOGUE_WRITE_H

#include "base/text.h"
#include "gateway/catalogue_seen.h"
#include "gateway/coverage.h"
#include "gateway/sessions.h"

/* One site as its object. */
void catalogue_write_site(const struct seen *s, const struct site_status *st, struct text *out);
/* ,"may_use":[..]: by the names of a question. */
void catalogue_write_may_use(const struct offered_study *s, struct text *out);
/* As a list. */
void catalogue_write_coverage(const struct coverage_row *rows, size_t n, struct text *out);

/* What is open to everybody: only datasets of SHOWN_OPEN are written, whatever `of` holds. `of` has an entry a site,
 * NULL where it said nothing. */
void catalogue_write_ld(const char *gateway, const char *const *sites,
	const struct offered *const *of, size_t n, const struct coverage_row *rows, size_t n_rows,
	struct text *out);

#endif
