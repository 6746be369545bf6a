#include "policies/tests.h"

int tests_run(const struct policy *p, struct arena *arena, struct test_outcome **out, unsigned *n,
	unsigned *failed, struct error *err)
{
	(void)p;
	(void)arena;
	(void)err;
	*out = NULL;
	*n = *failed = 0;
	return 0;
}
