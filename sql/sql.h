/*
 * sql.h - an allowed question as one read-only SELECT that counts people by cell.
 *
 * Result: rows (cell int4, n int8), at most one per cell; cells without people are missing. A cell is the
 * row-major combination of the groups' labels, 0 without groups.
 *
 * Of a count of distinct people it is one row (k bytea): SQL_PERSON_BYTES of each person that is counted, by which all
 * hospitals know them, in no order; of one more than MAX_DISTINCT_PEOPLE at most, NULL without people.
 *
 * W1  identifiers come from the policy and its model alone and stand in double quotes; every value is a
 *     parameter, bound as text with its type written beside it.
 * W2  every person counts once, whatever the tables hold: the patients are one row a key, and all that
 *     is joined to them is one row a key or only asked whether it exists. So one person moves one cell
 *     by at most one. With groups of rows of an officer's cohort a person counts once in each of at most
 *     plan->cells_a_person cells, chosen by that person's own rows and the salt alone; every table the rows
 *     come from is joined by the patient key, so nobody's rows depend on another's.
 * W3  no data can make the statement fail: only comparisons and functions that are defined for every
 *     value. A column of the wrong type makes it fail always.
 * W4  rows with a red code, of people who opted out and of the too young are gone before anything is
 *     looked at, under `none` too.
 * W5  a row whose key or date is NULL belongs to nobody and no day; a criterion that cannot be decided
 *     for a person does not hold.
 */
#ifndef SQL_SQL_H
#define SQL_SQL_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/text.h"
#include "policies/decide/decide.h"
#include "policies/decide/plan.h"

enum {
	SQL_PERSON_BYTES = 16
};

struct sql {
	const char *text;
	const char *const *values; /* of $1.. in text form */
	int n_values;
	bool halves; /* of two halves that can be computed side by side: under SQL_HALVES, not SQL_MERGES */
};

/* Concepts that a list of codes stands for at the site. */
struct sql_set {
	const int32_t *concepts;
	unsigned n;
};

/* What the site's database says about itself; see facts.h. */
struct sql_facts {
	const struct red_codes *red; /* NULL: the codes as written in the policy */
	bool one_row_a_patient;      /* a unique index on the patients' key proves it */
	/* Tables whose patient key is held to the patients' table, by name; see SQL_HELD_KEYS. */
	const char *const *held;
	unsigned n_held;
	const char *
		salt; /* text that nobody knew before, new for each release; needed by sql_salted() plans */
	/* What sql_vocabulary() asked for, in its order; NULL: the statement finds it out itself. Found before and bound,
	 * it is what the planner knows, and rare codes are looked up where common ones are read through. */
	const struct sql_set *sets;
	unsigned n_sets;
	/* Patients with a key less than `middle`, and the others, can be counted side by side. */
	bool halves;
	int64_t middle;
};

/* How a statement fails whose one_row_a_patient or held is no longer true: division by zero. */
#define SQL_NOT_UNIQUE "22012"

/* Whether some people may have more cells than they are counted in, so that a salt chooses. */
bool sql_salted(const struct plan *plan);

/* Everything of *out lives in arena. Fails: E_INPUT when the plan does not fit together, which is a bug
 * of whoever made it and refuses the question; E_LIMIT, E_SYSTEM. */
CHECKED int sql_write(const struct plan *plan, const struct sql_facts *facts, struct arena *arena,
	struct sql *out, struct error *err);

struct sql_codes_of {
	const struct code *codes;
	unsigned n;
};
/* What a question asks the vocabulary before it runs. Rows (i int8, x int8), in no order: for i < n how many concepts
 * list i stands for, those taken out left out; for i = n + k each concept of set k, once, of *n_sets sets that
 * sql_write() of the same plan needs, more than MAX_SET_CONCEPTS cut to one more than those; for the last, i = n +
 * *n_sets, 1 when all the tables of patients that the plan reads are analysed and have an index by their key, else 0;
 * and with i = n + *n_sets + 1, where the patients are many, their keys are numbers and a session of this database may have
 * parallel workers, a key in the middle of them, by the statistics. What is released depends on that key in no way.
 * Reads no table of patients. Fails as sql_write(). */
CHECKED int sql_vocabulary(const struct plan *plan, const struct sql_facts *facts,
	const struct sql_codes_of *lists, unsigned n, struct arena *arena, struct sql *out,
	unsigned *n_sets, struct error *err);

/* What a transaction sets before a statement of sql_write(), and nothing else runs under. work_mem bounds each sort,
 * of which a statement has a few: larger ones go to files. */
#define SQL_PLANNING "SET LOCAL work_mem = '64MB'; SET LOCAL random_page_cost = 2"
/* After it, where all the tables are analysed and have an index by their key: what is in a person's order is merged.
 * A hash of a million people costs two to three times as much, which the planner does not know; and what it would do
 * in parallel is each worker doing the larger part of it again. */
#define SQL_MERGES                                                                                 \
	"SET LOCAL enable_hashjoin = off; SET LOCAL max_parallel_workers_per_gather = 0;"          \
	" SET LOCAL random_page_cost = 1.1"

/* The same for a statement in two halves: its parts are whole plans, each of which one process runs, and how many
 * processes there are is what the site has set. A worker costs more than a rare cohort; where the site holds it for dearer
 * still, there are no halves. */
#define SQL_HALVES                                                                                 \
	"SET LOCAL enable_hashjoin = off; SET LOCAL min_parallel_table_scan_size = 715827882;"     \
	" SET LOCAL min_parallel_index_scan_size = 715827882; SET LOCAL parallel_setup_cost = "    \
	"10000; SET LOCAL random_page_cost = 1.1"

/* The statement for people: the text, then each parameter in a comment, long ones cut. */
void sql_explain(const struct sql *q, struct text *out);
/* A script that psql runs as it is: read only, shows the true counts, one condition a line. For the site's own
 * administrator alone. Of more than one cell each row has its name, by its number; n is 0 where nobody needs them.
 * merges: SQL_MERGES too. */
void sql_script(
	const struct sql *q, const char *const *names, unsigned n, bool merges, struct text *out);

/* Helpers that other statements of this folder share. */
/* " FROM .. WHERE .." of the unique indexes over exactly one column k of a table n.t: of the whole table,
 * checked at once, and valid. */
#define SQL_UNIQUE_INDEXES                                                                         \
	" FROM pg_index x"                                                                         \
	" JOIN pg_class t ON t.oid = x.indrelid JOIN pg_namespace n ON n.oid = t.relnamespace"     \
	" JOIN pg_attribute k ON k.attrelid = t.oid AND k.attnum = x.indkey[0]"                    \
	" WHERE t.relkind = 'r' AND NOT t.relhassubclass AND x.indisunique AND x.indimmediate"     \
	" AND x.indisvalid AND x.indnkeyatts = 1 AND x.indpred IS NULL AND x.indexprs IS NULL"
/* " FROM .. WHERE .." of the foreign keys by which every row of a table n.t, seen by whoever asks, has a patient in a
 * table m.r, who asks sees: of one column k to one column l of the same type, never NULL, checked for all rows and still
 * checked for each new one, both tables whole and neither's rows hidden. */
#define SQL_HELD_KEYS                                                                              \
	" FROM pg_constraint f"                                                                    \
	" JOIN pg_class t ON t.oid = f.conrelid JOIN pg_namespace n ON n.oid = t.relnamespace"     \
	" JOIN pg_class r ON r.oid = f.confrelid JOIN pg_namespace m ON m.oid = r.relnamespace"    \
	" JOIN pg_attribute k ON k.attrelid = t.oid AND k.attnum = f.conkey[1]"                    \
	" JOIN pg_attribute l ON l.attrelid = r.oid AND l.attnum = f.confkey[1]"                   \
	" WHERE f.contype = 'f' AND f.convalidated AND cardinality(f.conkey) = 1"                  \
	" AND t.relkind = 'r' AND NOT t.relhassubclass AND r.relkind = 'r'"                        \
	" AND NOT r.relhassubclass AND NOT r.relrowsecurity AND k.attnotnull"                      \
	" AND k.atttypid = l.atttypid AND k.attcollation = l.attcollation"                         \
	" AND NOT EXISTS (SELECT 1 FROM pg_trigger g WHERE g.tgconstraint = f.oid"                 \
	" AND g.tgenabled NOT IN ('O', 'A'))"
void sql_name(struct text *t, const char *name);      /* "a""b" */
void sql_qualified(struct text *t, const char *name); /* schema.table as "schema"."table" */
const char *sql_ints(struct arena *arena, const int32_t *list, unsigned n); /* "{1,2}" */

#endif
