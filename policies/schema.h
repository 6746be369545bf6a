/*
 * schema.h - the files of a policy folder as JSON Schema (draft-07), for an editor's YAML plugin.
 *
 * S1  made from the tables that the reader checks with (shapes.h): what a schema refuses, the reader refuses, but for
 *     spellings that YAML types and the reader takes as text: a number in quotes, null, ~.
 * S2  what the reader's tables refuse, a schema refuses, but for what JSON cannot tell: keys twice, days that do not
 *     exist, spans that end before they begin, characters that show nothing, more than 9 digits after a point, other spellings of a number
 *     (+5, 007, 0x1F, 1e3), names of more than 255 bytes in at most 255 characters.
 * What a file must hold beyond its form (columns that exist, ceilings, budgets) is for `cordon policy check`.
 */
#ifndef POLICIES_SCHEMA_H
#define POLICIES_SCHEMA_H

#include <stdbool.h>

#include "base/shape.h"
#include "base/text.h"

struct schema_file {
	const char *file; /* "red-list.yaml" */
	const char *name; /* "red-list": its schema is red-list.schema.json */
	const struct shape *shape;
	struct say help;
};

/* Ends with a NULL file. */
extern const struct schema_file schema_files[];

/* By file or name, whatever folders stand in front; NULL when there is none. */
const struct schema_file *schema_find(const char *file);
/* Adds the schema; explanations in both languages, Chinese first when zh. */
void schema_write(const struct schema_file *f, bool zh, struct text *out);

#endif
