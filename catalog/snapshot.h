/*
 * snapshot.h - what a PostgreSQL database says about itself: relations, columns, and what one role may
 * really read, by whatever way.
 *
 * S1  one read-only statement over pg_catalog; no row of a table, no statistics, nothing that depends on
 *     data. PostgreSQL 13 or later, with search_path = pg_catalog, which the spelling of views needs.
 * S2  a right counts however the role comes by it: its own, PUBLIC's, a role it is a member of (also where
 *     it would first have to SET ROLE), ownership, superuser.
 * S3  every text is valid UTF-8. A name that is none has '?' in place of its bytes, so it equals no name
 *     of a policy.
 */
#ifndef CATALOG_SNAPSHOT_H
#define CATALOG_SNAPSHOT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/bytes.h"
#include "policies/policy.h"

enum {
	SNAPSHOT_COLUMNS = 8
};

/* The statement: its parameters as text, all in the arena. */
struct snapshot_sql {
	const char *text;
	const char *values[4];
	int n_values;
};

/* role: whose rights; NULL: of who is connected. p: whose tables are looked at column by column, and whose
 * schemas relation by relation; NULL: everything of every schema. Fails: E_SYSTEM. */
CHECKED int snapshot_write(struct snapshot_sql *out, const struct policy *p, const char *role,
	struct arena *a, struct error *err);

/* Attributes of a role that let it read what nobody granted. */
struct catalog_role {
	const char *name;
	bool super, bypassrls, createrole, createdb, replication, inherit;
	bool predefined; /* pg_read_all_data and its like */
};

struct catalog_setting {
	const char *name, *value;
};

struct catalog_column {
	const char *name;
	const char *type; /* pg_type's name, a domain's is that of its base: "int4", "varchar"; a type
			   * outside pg_catalog has its schema: "public.mood" */
	bool readable;    /* by the role, given USAGE on the schema */
};

/* A right that somebody has who the role is, or is a member of, or PUBLIC. */
struct catalog_grant {
	const char *grantee;    /* NULL: PUBLIC */
	const char *privileges; /* "SELECT", "INSERT, SELECT" */
	bool on_column;         /* else on the whole relation */
};

struct catalog_relation {
	const char *schema, *name, *owner;
	char kind;    /* pg_class.relkind: r p v m f */
	bool usage;   /* the role may use the schema */
	bool whole;   /* it may select the whole relation */
	bool any;     /* or some column of it */
	bool writes;  /* or insert, update, delete, truncate */
	bool owned;   /* it is the owner, or a member of the owner */
	bool listed;  /* named by the policy: columns are there */
	bool part;    /* a partition of another */
	bool row_security, extension, invoker;
	struct hash32 definition; /* v, m: SHA-256 of what it selects and of every view below it */
	const struct catalog_column *columns; /* in their order; all, or none unless listed */
	unsigned n_columns;
	const struct catalog_grant *grants;
	unsigned n_grants;
};

/* Code that reads with its owner's rights and that the role may call. */
struct catalog_function {
	const char *schema, *name, *arguments, *owner;
	bool to_public; /* everybody may */
};

/* A security label, as PostgreSQL Anonymizer's masking rules. */
struct catalog_label {
	const char *schema, *relation, *column; /* column may be NULL; all NULL: on the role */
	const char *provider, *text;
};

struct snapshot {
	int64_t server;             /* 150004 */
	const char *database, *owner; /* of the database */
	bool owns_database;         /* the role does */
	bool found;                 /* there is such a role */
	struct catalog_role role;
	const struct catalog_setting *settings; /* of the role: its sessions begin so */
	unsigned n_settings;
	const struct catalog_role *members; /* the roles it is a member of */
	unsigned n_members;
	const struct catalog_relation *relations; /* by schema and name, as strcmp() orders */
	unsigned n_relations;
	const struct catalog_function *functions;
	unsigned n_functions;
	const struct catalog_label *labels;
	unsigned n_labels;
};

/* One text of a result; NULL: SQL's NULL. */
typedef const char *(*snapshot_cell)(const void *rows, unsigned row, unsigned column);

/* Everything is copied into the arena. Fails: E_INPUT when the rows have another form or none tells of the
 * server; E_LIMIT past MAX_CATALOG_ROWS; E_SYSTEM. */
CHECKED int snapshot_read(struct snapshot *out, struct arena *a, unsigned rows, snapshot_cell cell,
	const void *of, struct error *err);

/* NULL: there is none. */
const struct catalog_relation *snapshot_relation(
	const struct snapshot *s, const char *schema, const char *name);
const struct catalog_column *relation_column(const struct catalog_relation *r, const char *name);

/* A name as people see it: "schema.relation.column", relation and column may be NULL; control and hidden
 * characters as \u{1b}. In the arena; NULL without memory. */
const char *catalog_shown(
	struct arena *a, const char *schema, const char *relation, const char *column);

#endif
