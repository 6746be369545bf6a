/*
 * systems.h - code systems: what a code of each looks like, and the form in which codes are compared.
 *
 * Normal form: small ASCII letters made capital; dots, blanks, tabs and line ends left out. So B20.1, b201
 * and "B20 1" are the same code. A vocabulary is brought into it by SYSTEM_NORMAL_SQL, rows of patients by the
 * wider SQL_NORMAL of sql/writing.h.
 *
 * C1  a code listed by prefix covers every code that begins with it: F10 covers F10.2, F10x and I10 covers
 *     the national extension I10.x00x002.
 */
#ifndef POLICIES_SYSTEMS_H
#define POLICIES_SYSTEMS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "policies/policy.h"

enum system_answer {
	SYSTEM_READ,
	SYSTEM_BAD, /* no code and no range of the system */
	SYSTEM_MEMORY
};

/* "ICD-10"; NULL for NONE */
const char *system_title(enum code_system s);
/* How to write one: "B20, B20.1 or B20-B24" */
struct say system_hint(enum code_system s);
/* Codes listed of it are prefixes; else whole codes. */
bool system_by_prefix(enum code_system s);
/* "icd10", "departments": the key of a code rule. */
const char *system_key(enum code_system s);

/* Adds to *list what one text of an officer says: a code, or every prefix of a range. The list grows in the
 * arena; on an answer but SYSTEM_READ it is as it was. */
enum system_answer system_add(
	enum code_system s, const char *text, struct arena *a, struct code_list *list);
/* The normal form of a text, in the arena; NULL without memory. */
const char *system_normal(struct arena *a, const char *text);

/* The same of a column or expression X (PostgreSQL), defined for every value of every type. */
#define SYSTEM_NORMAL_SQL_BEFORE "translate(upper((" /* X */
#define SYSTEM_NORMAL_SQL_AFTER  ")::text COLLATE \"C\"), E'. \\t\\r\\n', '')"

/* Whether `area` is one of the system, `keep` characters long. */
bool geo_valid(enum geo_system g, unsigned keep, const char *area);
/* Whether a system can be cut at so many characters: gb2260 2, 4, 6; zip 1 to 5; nuts 2 to 5. */
bool geo_keeps(enum geo_system g, unsigned keep);

#endif
