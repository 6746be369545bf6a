/*
 * statement.c - the one statement a site runs for a question, as a psql script (PREPARE, EXECUTE), so that the
 * bench can time the same work without Cordon.
 *
 *   statement POLICY-FOLDER QUESTION-FILE REQUESTER
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sql/sql.h"
#include "base/clock.h"
#include "base/file.h"
#include "policies/decide/decide.h"
#include "policies/read.h"
#include "query/question.h"

static int fail(const char *what)
{
	fprintf(stderr, "statement: %s\n", what);
	return 1;
}

/* A text as a literal of PostgreSQL with standard_conforming_strings. */
static void literal(const char *s)
{
	putchar('\'');
	for (; *s != '\0'; s++) {
		if (*s == '\'')
			putchar('\'');
		putchar(*s);
	}
	putchar('\'');
}

int main(int argc, char **argv)
{
	struct error err = { 0 };
	struct arena arena;
	struct diags ds;
	struct policy *policy;
	struct question *q;
	struct verdict verdict;
	struct asking who = { .today = clock_today() };
	struct sql_facts facts = { .one_row_a_patient = true, .salt = "0" };
	struct sql sql;
	uint8_t *bytes;
	size_t len;

	if (argc != 4)
		return fail("POLICY-FOLDER QUESTION-FILE REQUESTER");
	who.requester = argv[3];
	arena_init(&arena, MAX_POLICY_ARENA);
	diags_init(&ds, &arena);
	if (policy_read_folder(argv[1], &arena, &ds, &policy) != 0 ||
		file_read(argv[2], MAX_QUESTION_BYTES, &bytes, &len, &err) != 0 ||
		question_read(argv[2], bytes, len, &arena, &ds, &q) != 0) {
		diags_print(&ds, stderr, 0);
		return fail(err.log);
	}
	free(bytes);
	if (decide(policy, q, &who, &arena, &verdict, &err) != 0 || !verdict.allow)
		return fail("the question is refused");
	if (sql_write(verdict.plan, &facts, &arena, &sql, &err) != 0)
		return fail(err.log);
	printf("set search_path = pg_catalog;\nprepare question as\n%s;\n\\timing on\n", sql.text);
	printf("execute question");
	for (int i = 0; i < sql.n_values; i++) {
		fputs(i == 0 ? "(" : ", ", stdout);
		literal(sql.values[i]);
	}
	puts(sql.n_values > 0 ? ");" : ";");
	arena_clear(&arena);
	return 0;
}
