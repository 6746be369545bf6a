#include "convert/read.h"
struct draft *ccdl_read(struct reading *r, json_t *query)
{
	(void)query;
	diag_error(r->ds, "V199", (struct place){ .file = r->file }, "CCDL is not read yet",
		"尚不能读取 CCDL");
	return NULL;
}
