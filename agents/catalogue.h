/*
 * catalogue.h - what the gateway's catalogue is told of this site: the signed policy's own words, and only as far as
 * its `catalogue` says.
 *
 * K1  the policy's `catalogue: none`, a policy that does not fit and no policy at all tell the same: nothing.
 * K2  made of the policy and a day alone; the database is not asked.
 */
#ifndef AGENTS_CATALOGUE_H
#define AGENTS_CATALOGUE_H

#include "base/arena.h"
#include "base/error.h"
#include "policies/policy.h"
#include "wire/offered.h"

enum {
	CATALOGUE_MEMORY = 32 << 20 /* while it is made */
};

/* p NULL: none is in force. Texts are borrowed from p or lie in a. Fails: E_LIMIT without memory. */
CHECKED int catalogue_build(const struct policy *p, const char *data, int32_t day, struct arena *a,
	struct offered *out, struct error *err);
/* Appends the packed map; where it does not fit, one without the officers' cohorts or, if that is not enough, one that tells
 * nothing, and says so in the log. */
CHECKED int catalogue_pack(const struct policy *p, const char *data, int32_t day, struct writer *w,
	struct error *err);

#endif
