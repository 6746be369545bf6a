#include "sql/writing.h"

/*
 * What all hospitals know a person by, as DISTINCT_KEY bytes: of the SHA-256 of the identifier in one spelling. Letters
 * are A to Z without regard to case, blanks and hyphens are no part of it; nothing else is changed. translate() goes by
 * characters and has no locale, and the conversion is into the encoding the text already has, so nothing can fail (W3).
 * Who has no identifier has no key, and is not counted.
 */

#define LOWER "abcdefghijklmnopqrstuvwxyz"
#define UPPER "ABCDEFGHIJKLMNOPQRSTUVWXYZ"

void sql_person_key(struct sql_writing *w)
{
	const struct column *person = w->plan->of.person;
	struct text *t = &w->cell;

	_Static_assert(SQL_PERSON_BYTES == 16, "stands below");
	if (person == NULL || w->plan->n_dims > 0 || w->plan->n_cells != 1) {
		sql_wrong(w, "distinct people without what tells them apart");
		return;
	}
	text_add(t, "substr(sha256(convert_to(nullif(translate((");
	sql_member(t, "p", person->column);
	text_add(t, ")::text, '" LOWER " -', '" UPPER "'), ''), getdatabaseencoding())), 1, 16)");
}
