#include "convert/read.h"
int convert_to_circe(
	const struct question *q, struct arena *arena, struct diags *ds, struct text *out)
{
	(void)q;
	(void)arena;
	(void)out;
	diag_error(ds, "V199", (struct place){ .file = NULL }, "not written yet", "尚未实现");
	return -1;
}
