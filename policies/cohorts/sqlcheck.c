/*
 * sqlcheck.c - the program cordon-sqlcheck: one officer's SQL text on standard input, its syntax tree by
 * PostgreSQL's own grammar (libpg_query) as JSON on standard output. Started by cohort_child.c alone.
 *
 * A program of its own because the parser is PostgreSQL's server code: it runs on text that may want to harm
 * it, it exports hundreds of the server's names (pg_utf_mblen is libpq's too), and it may use any amount of
 * stack. Here it has no secrets, no files, no network, little memory and little time, and what it says is
 * read as a stranger's word.
 *
 * Answer: 'T' and the tree; or 'E', the place in characters from 1, a blank and PostgreSQL's message.
 * Anything else, any status but 0 and any answer that ends early is a failed check.
 */
#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pg_query.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/limits.h"

static int limit(int resource, rlim_t most)
{
	const struct rlimit to = { most, most };

	return setrlimit(resource, &to);
}

#if defined(__x86_64__)
#define MACHINE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define MACHINE AUDIT_ARCH_AARCH64
#endif

/* From here on the kernel ends the process at any call but to read, write, use memory and end. Where it knows no
 * such filter, or the machine is another, the limits below are what holds. */
static void refuse_calls(void)
{
#ifdef MACHINE
#define ALLOW(call)                                                                                \
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (call), 0, 1),                                         \
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)
	struct sock_filter rules[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, MACHINE, 1, 0),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		ALLOW(SYS_read),
		ALLOW(SYS_write),
		ALLOW(SYS_brk),
		ALLOW(SYS_mmap),
		ALLOW(SYS_munmap),
		ALLOW(SYS_mremap),
		ALLOW(SYS_getrandom), /* malloc's first */
		ALLOW(SYS_exit_group),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
	};
	const struct sock_fprog program = { sizeof(rules) / sizeof(rules[0]), rules };

	(void)prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0);
#endif
}

/* What cohort_child.c has not closed already: after this the process can open, start and keep nothing. */
static int shut_in(void)
{
	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) | prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) |
	       limit(RLIMIT_NOFILE, 0) | limit(RLIMIT_FSIZE, 0) | limit(RLIMIT_CORE, 0) |
	       limit(RLIMIT_NPROC, 0);
}

/* The text, ended by a zero byte; its length, or -1. */
static ssize_t read_text(char *text, size_t room)
{
	size_t len = 0;

	while (len < room) {
		ssize_t got = read(STDIN_FILENO, text + len, room - len);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -1;
		if (got == 0) {
			text[len] = '\0';
			return memchr(text, '\0', len) == NULL ? (ssize_t)len : -1;
		}
		len += (size_t)got;
	}
	return -1;
}

static int write_all(const char *at, size_t len)
{
	while (len > 0) {
		ssize_t put = write(STDOUT_FILENO, at, len);

		if (put < 0 && errno == EINTR)
			continue;
		if (put <= 0)
			return -1;
		at += put;
		len -= (size_t)put;
	}
	return 0;
}

static int answer(const char *text)
{
	PgQueryParseResult r = pg_query_parse(text);
	char head[32];

	if (r.error != NULL) {
		int len = snprintf(head, sizeof(head), "E%d ", r.error->cursorpos);

		return write_all(head, (size_t)len) |
		       write_all(r.error->message, strlen(r.error->message));
	}
	if (r.parse_tree == NULL)
		return -1;
	return write_all("T", 1) | write_all(r.parse_tree, strlen(r.parse_tree));
}

int main(void)
{
	static char text[MAX_COHORT_SQL_BYTES + 1];

	if (shut_in() != 0)
		return 1;
	refuse_calls();
	if (read_text(text, sizeof(text)) < 0 || answer(text) != 0)
		_exit(1);
	_exit(0); /* nothing is left to do, and the parser's own ending is not needed */
}
