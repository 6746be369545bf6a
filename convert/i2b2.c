#include "convert/read.h"
struct draft *i2b2_read(struct reading *r, const char *bytes, size_t len)
{
	(void)bytes;
	(void)len;
	diag_error(r->ds, "V199", (struct place){ .file = r->file }, "i2b2 is not read yet",
		"尚不能读取 i2b2");
	return NULL;
}
