/*
 * ct.h - secrets for valgrind's memcheck: marked undefined, so that a branch or an index that depends on one is reported.
 */
#ifndef TESTS_CT_H
#define TESTS_CT_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#if __has_include(<valgrind/memcheck.h>)
#include <valgrind/memcheck.h>
#else
#define VALGRIND_MAKE_MEM_UNDEFINED(at, len) ((void)(at), (void)(len))
#define VALGRIND_MAKE_MEM_DEFINED(at, len)   ((void)(at), (void)(len))
#endif

static inline void secret(void *at, size_t len)
{
	VALGRIND_MAKE_MEM_UNDEFINED(at, len);
}

static inline void must(int ret)
{
	if (ret != 0)
		exit(2);
}

/* That the check sees anything: called with the argument `leak`, a program branches on a secret. */
static inline void leak(int argc, char **argv, unsigned char of)
{
	if (argc > 1 && strcmp(argv[1], "leak") == 0 && (of & 1) != 0)
		puts("odd");
}

#endif
