#include "policies/cohorts/cohort_child.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/limits.h"
#include "base/text.h"

/* The only file of this folder that starts a process; read.c is the only one that reads files. */

static int failed(struct error *err, const char *why)
{
	return error_set(err, E_SYSTEM,
		SAY("the checker of SQL cohorts could not finish", "SQL 队列检查程序未能完成"),
		"%s", why);
}

/* ---- the program ---- */

/* Beside the running program, or where `make install` puts what is not for people to call. */
static bool find_program(char *out, size_t size)
{
	static const char *const places[] = { "cordon-sqlcheck",
		"../libexec/cordon/cordon-sqlcheck" };
	char self[4096];
	ssize_t len = readlink("/proc/self/exe", self, sizeof(self));
	char *slash;

	if (len <= 0 || (size_t)len == sizeof(self))
		return false;
	self[len] = '\0';
	slash = strrchr(self, '/');
	if (slash == NULL)
		return false;
	slash[1] = '\0';
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		int n = snprintf(out, size, "%s%s", self, places[i]);

		if (n > 0 && (size_t)n < size && access(out, X_OK) == 0)
			return true;
	}
	return false;
}

/* ---- in the child, between fork and exec: system calls alone ---- */

static void limit(int resource, rlim_t most)
{
	const struct rlimit to = { most, most };

	if (setrlimit(resource, &to) != 0)
		_exit(127);
}

static void become(const char *program, int talk)
{
	static char name[] = "cordon-sqlcheck";
	char *const argv[] = { name, NULL }, *const envp[] = { NULL };
	sigset_t none;

	sigemptyset(&none);
	if (sigprocmask(SIG_SETMASK, &none, NULL) != 0 || dup2(talk, 0) < 0 || dup2(talk, 1) < 0 ||
		fcntl(0, F_SETFD, 0) != 0 || fcntl(1, F_SETFD, 0) != 0 || chdir("/") != 0 ||
		prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) != 0)
		_exit(127);
	/* kernels before 5.9 have no close_range(); every file of ours is closed by exec as well */
	if (close_range(2, ~0u, 0) != 0)
		for (int fd = 2; fd < 4096; fd++)
			(void)close(fd);
	limit(RLIMIT_CPU, COHORT_CHILD_CPU_S);
	limit(RLIMIT_AS, COHORT_CHILD_BYTES);
	limit(RLIMIT_DATA, COHORT_CHILD_BYTES);
	limit(RLIMIT_CORE, 0);
	limit(RLIMIT_FSIZE, 0);
	limit(RLIMIT_NOFILE, 8); /* the loader opens the C library; then it is none */
	execve(program, argv, envp);
	_exit(127);
}

/* ---- the talk ---- */

/* 0 within the time, -1 past it. */
static int wait_for(int talk, short what, int64_t until)
{
	for (;;) {
		struct pollfd p = { .fd = talk, .events = what };
		int64_t left = until - clock_mono_ms();
		int n = left <= 0 ? 0 : poll(&p, 1, (int)left);

		if (n > 0)
			return 0;
		if (n == 0 || errno != EINTR)
			return -1;
	}
}

static int say_text(int talk, const char *text, size_t len, int64_t until)
{
	while (len > 0) {
		ssize_t put;

		if (wait_for(talk, POLLOUT, until) != 0)
			return -1;
		put = send(talk, text, len, MSG_NOSIGNAL | MSG_DONTWAIT);
		if (put < 0 && errno != EINTR && errno != EAGAIN)
			return -1;
		if (put > 0) {
			text += put;
			len -= (size_t)put;
		}
	}
	return shutdown(talk, SHUT_WR);
}

/* All that it says, up to its end. */
static int hear(int talk, struct text *out, int64_t until)
{
	char piece[16384];

	for (;;) {
		ssize_t got;

		if (wait_for(talk, POLLIN, until) != 0)
			return -1;
		got = recv(talk, piece, sizeof(piece), MSG_DONTWAIT);
		if (got < 0 && errno != EINTR && errno != EAGAIN)
			return -1;
		if (got == 0)
			return text_failed(out) ? -1 : 0;
		if (got > 0)
			text_addn(out, piece, (size_t)got);
		if (text_failed(out))
			return -1;
	}
}

/* Gives it the rest of its time to end by itself, unless it is to be killed. Its status, or -1. */
static int await(pid_t child, int64_t until)
{
	int status = -1;
	pid_t ended;

	while ((ended = waitpid(child, &status, WNOHANG)) == 0 && clock_mono_ms() < until)
		(void)poll(NULL, 0, 1);
	if (ended == child)
		return status;
	(void)kill(child, SIGKILL);
	while (waitpid(child, &status, 0) < 0 && errno == EINTR)
		;
	return -1;
}

/* 0 when the child ended by itself and well. It is gone afterwards, whatever it did: that nothing more is heard of it
 * does not mean that it ended. */
static int end_child(pid_t child, bool kill_it, int64_t until)
{
	int status = await(child, kill_it ? 0 : until);

	return !kill_it && status >= 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : -1;
}

static int talk_to(const char *program, const char *text, size_t len, struct text *heard)
{
	int64_t until = clock_mono_ms() + COHORT_CHILD_MS;
	int ends[2], ret;
	pid_t child;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
		return -1;
	child = fork();
	if (child == 0)
		become(program, ends[1]);
	(void)close(ends[1]);
	ret = child < 0 ? -1 : say_text(ends[0], text, len, until);
	if (ret == 0)
		ret = hear(ends[0], heard, until);
	(void)close(ends[0]);
	if (child > 0 && end_child(child, ret != 0, until) != 0)
		ret = -1;
	return ret;
}

/* ---- the answer ---- */

/* The message quotes the officer's text. */
static const char *printable(struct arena *arena, const char *s)
{
	char *out = arena_text(arena, s);

	if (out != NULL)
		utf8_plain(out);
	return out;
}

static int read_answer(
	const struct text *heard, struct arena *arena, struct cohort_syntax *out, struct error *err)
{
	struct cohort_syntax s = { .read = heard->len > 0 && heard->at[0] == 'T' };
	char *end;

	if (heard->len == 0 || (!s.read && heard->at[0] != 'E') ||
		memchr(heard->at, '\0', heard->len) != NULL)
		return failed(err, "the checker said nothing that can be read");
	if (s.read) {
		s.len = heard->len - 1;
		s.tree = arena_textn(arena, heard->at + 1, s.len);
	} else {
		unsigned long at = strtoul(heard->at + 1, &end, 10);

		s.at = at > MAX_COHORT_SQL_BYTES ? 0 : at;
		s.message = printable(arena, *end == ' ' ? end + 1 : "syntax error");
	}
	if (s.tree == NULL && s.message == NULL)
		return error_memory(err);
	*out = s;
	return 0;
}

int cohort_child(const char *text, size_t len, struct arena *arena, struct cohort_syntax *out,
	struct error *err)
{
	char program[4096];
	struct text heard;
	int ret;

	if (!find_program(program, sizeof(program)))
		return failed(err, "cordon-sqlcheck is not beside this program");
	text_init(&heard, MAX_TREE_BYTES);
	ret = talk_to(program, text, len, &heard);
	ret = ret == 0 ? read_answer(&heard, arena, out, err)
		       : failed(err, "the checker died, was late or said too much");
	text_clear(&heard);
	return ret;
}
