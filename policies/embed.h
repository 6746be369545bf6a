/*
 * embed.h - the YAML texts that are part of the programs: models of data and presets.
 *
 * E1  what is shipped is what was built: the bytes come from policies/models and policies/presets at
 *     build time, and no file is looked for at run time.
 */
#ifndef POLICIES_EMBED_H
#define POLICIES_EMBED_H

#include <stddef.h>

struct shipped {
	const char *name; /* "presets/strict", as `extends` writes it, or "models/omop-cdm-5.4" */
	const char *id;   /* "strict" */
	const char *bytes;
	size_t len;
};

/* NULL when there is none. Lives as long as the program. */
const struct shipped *shipped_preset(const char *id);
const struct shipped *shipped_model(const char *id);
/* NULL-ended. */
const char *const *shipped_preset_ids(void);
const char *const *shipped_model_ids(void);

#endif
