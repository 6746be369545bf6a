#include "agents/source.h"

#include "agents/source_rows.h"
#include "base/bytes.h"

/*
 * Values of rows in PostgreSQL's binary format: whole numbers, and the texts of the catalog. Whatever has another type
 * or length is no value.
 */

enum {
	OID_BYTEA = 17,
	OID_INT8 = 20,
	OID_INT2 = 21,
	OID_INT4 = 23,
	OID_TEXT = 25,
};

int source_rows(const struct source_rows *rows)
{
	return PQntuples(rows->result);
}

int source_columns(const struct source_rows *rows)
{
	return PQnfields(rows->result);
}

bool source_int(const struct source_rows *rows, int row, int column, int64_t *out)
{
	const PGresult *r = rows->result;
	int len;
	Oid type;

	if (row < 0 || row >= PQntuples(r) || column < 0 || column >= PQnfields(r) ||
		PQgetisnull(r, row, column) || PQfformat(r, column) != 1)
		return false;
	const uint8_t *at = (const uint8_t *)PQgetvalue(r, row, column);
	len = PQgetlength(r, row, column);
	type = PQftype(r, column);
	if (type == OID_INT8 && len == 8)
		*out = (int64_t)get_be64(at);
	else if (type == OID_INT4 && len == 4)
		*out = (int32_t)get_be32(at);
	else if (type == OID_INT2 && len == 2)
		*out = (int16_t)(uint16_t)(at[0] << 8 | at[1]);
	else
		return false;
	return true;
}

bool source_bytes(
	const struct source_rows *rows, int row, int column, const uint8_t **out, size_t *len)
{
	const PGresult *r = rows->result;
	bool none;

	if (row < 0 || row >= PQntuples(r) || column < 0 || column >= PQnfields(r) ||
		PQfformat(r, column) != 1 || PQftype(r, column) != OID_BYTEA)
		return false;
	none = PQgetisnull(r, row, column) != 0;
	*out = none ? NULL : (const uint8_t *)PQgetvalue(r, row, column);
	*len = none ? 0 : (size_t)PQgetlength(r, row, column);
	return true;
}

const char *source_text(const struct source_rows *rows, int row, int column)
{
	const PGresult *r = rows->result;

	if (row < 0 || row >= PQntuples(r) || column < 0 || column >= PQnfields(r) ||
		PQgetisnull(r, row, column) || PQftype(r, column) != OID_TEXT)
		return NULL;
	return PQgetvalue(r, row, column);
}
