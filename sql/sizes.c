#include <string.h>

#include "sql/writing.h"

/*
 * How many concepts the codes of criteria stand for at this site: a statement over the vocabulary alone. It names no
 * table of patients, and what it gives depends on nobody.
 */

int sql_sizes(const struct plan *plan, const struct sql_codes_of *lists, unsigned n,
	struct arena *arena, struct sql *out, struct error *err)
{
	struct sql_writing w = { .plan = plan, .arena = arena };
	const char *whole;
	struct text t;

	text_init(&t, MAX_SQL_BYTES);
	for (unsigned i = 0; i < n; i++) {
		text_addf(&t, "%sSELECT %u::int8, ", i > 0 ? "\nUNION ALL " : "", i);
		sql_codes_count(&w, &t, lists[i].codes, lists[i].n);
	}
	whole = sql_take(&t, arena);
	if (whole != NULL && w.normal)
		whole = arena_textf(arena, "WITH %s\n%s", sql_spelling(&w), whole);
	if (w.wrong != NULL || whole == NULL)
		return error_set(err, E_INPUT,
			SAY("the codes cannot be counted here", "本院无法统计这些代码"),
			"sizes of code lists: %s", w.wrong != NULL ? w.wrong : "memory");
	*out = (struct sql){ .text = whole, .values = w.values, .n_values = w.n_values };
	return 0;
}
