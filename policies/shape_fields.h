/*
 * shape_fields.h - how the files that describe a YAML text write its fields; for shapes.c, words.c, approval.c and
 * approvers.c alone.
 */
#ifndef POLICIES_SHAPE_FIELDS_H
#define POLICIES_SHAPE_FIELDS_H

#include "base/shape.h"

#define REQ(name, s, en, zh)                                                                       \
	{                                                                                          \
		name, true, &(s),                                                                  \
		{                                                                                  \
			en, zh                                                                     \
		}                                                                                  \
	}
#define OPT(name, s, en, zh)                                                                       \
	{                                                                                          \
		name, false, &(s),                                                                 \
		{                                                                                  \
			en, zh                                                                     \
		}                                                                                  \
	}
#define END                                                                                        \
	{                                                                                          \
		NULL, false, NULL,                                                                 \
		{                                                                                  \
			NULL, NULL                                                                 \
		}                                                                                  \
	}

/* What each word of a list means, in its order. */
extern const struct say words_use_meanings[];
extern const struct say words_code_use_meanings[];
extern const struct say words_truncate_meanings[];
extern const struct say words_table_kind_meanings[];
extern const struct say words_timing_meanings[];
extern const struct say words_catalogue_meanings[];
extern const struct say words_noise_meanings[];
extern const struct say words_secure_meanings[];
extern const struct say words_from_meanings[];
extern const struct say words_confirmed_meanings[];
extern const struct say words_otherwise_meanings[];
extern const struct say words_codes_meanings[];
extern const struct say words_geo_meanings[];
extern const struct say words_as_meanings[];
/* Lists that no reader asks for. */
extern const char *const words_drop[];
extern const char *const words_code_use[];
extern const char *const words_decision[];
extern const char *const words_as[];

#endif
