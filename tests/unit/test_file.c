/*
 * test_file.c - whole files, log lines, and secrets that end with their scope.
 */
#include "base/file.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "base/secret.h"
#include "tests/unit/unit.h"

static char folder[64], path[96];
static struct error err;
static uint8_t *bytes;
static size_t len;

static void make_folder(void)
{
	snprintf(folder, sizeof(folder), "/tmp/test-file-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/a", folder);
}

static int entries(void)
{
	DIR *d = opendir(folder);
	int n = -2; /* . and .. */

	while (readdir(d) != NULL)
		n++;
	closedir(d);
	return n;
}

static void remove_folder(void)
{
	unlink(path);
	ck_assert_int_eq(rmdir(folder), 0);
}

START_TEST(a_file_is_written_whole_with_its_mode_and_read_back)
{
	struct stat st;

	make_folder();
	umask(0);
	OK(file_write(path, "one\0two", 7, 0600, &err));
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_uint_eq(st.st_mode & 07777, 0600);
	OK(file_read(path, 7, &bytes, &len, &err));
	ck_assert_uint_eq(len, 7);
	ck_assert_int_eq(memcmp(bytes, "one\0two", 8), 0); /* with the zero behind */
	free(bytes);
	OK(file_write(path, "", 0, 0644, &err));
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_uint_eq(st.st_mode & 07777, 0644);
	OK(file_read(path, 0, &bytes, &len, &err));
	ck_assert_uint_eq(len, 0);
	ck_assert_uint_eq(bytes[0], 0);
	free(bytes);
	ck_assert_int_eq(entries(), 1);
	remove_folder();
}
END_TEST

START_TEST(a_file_over_its_bound_is_refused)
{
	static char big[100000];

	make_folder();
	OK(file_write(path, big, sizeof(big), 0600, &err));
	bytes = NULL;
	len = 42;
	FAILS(file_read(path, sizeof(big) - 1, &bytes, &len, &err), E_LIMIT);
	FAILS(file_read(path, 0, &bytes, &len, &err), E_LIMIT);
	ck_assert_ptr_null(bytes);
	ck_assert_uint_eq(len, 42);
	OK(file_read(path, sizeof(big), &bytes, &len, &err));
	ck_assert_uint_eq(len, sizeof(big));
	free(bytes);
	remove_folder();
}
END_TEST

START_TEST(files_without_a_size_are_read_to_their_end)
{
	int fd[2];
	char name[32];

	/* procfs states a size of 0 */
	OK(file_read("/proc/self/status", 1 << 20, &bytes, &len, &err));
	ck_assert_uint_gt(len, 100);
	free(bytes);
	FAILS(file_read("/dev/zero", 1 << 20, &bytes, &len, &err), E_LIMIT);
	ck_assert_int_eq(pipe(fd), 0);
	ck_assert_int_eq(write(fd[1], "from a pipe", 11), 11);
	close(fd[1]);
	snprintf(name, sizeof(name), "/dev/fd/%d", fd[0]);
	OK(file_read(name, 100, &bytes, &len, &err));
	ck_assert_str_eq((char *)bytes, "from a pipe");
	free(bytes);
	close(fd[0]);
}
END_TEST

START_TEST(what_cannot_be_read_is_named_in_the_log)
{
	FAILS(file_read("/tmp/no/such/file", 10, &bytes, &len, &err), E_SYSTEM);
	ck_assert_str_eq(
		err.log, "could not read \"/tmp/no/such/file\": No such file or directory");
	ck_assert_ptr_null(strstr(err.say.en, "such"));
	FAILS(file_read("/tmp", 10, &bytes, &len, &err), E_SYSTEM);
	FAILS(file_read("/tmp", SIZE_MAX, &bytes, &len, &err), E_LIMIT);
}
END_TEST

START_TEST(a_write_that_fails_leaves_the_old_file_and_no_rest)
{
	struct rlimit small = { 1000, RLIM_INFINITY }, all = { RLIM_INFINITY, RLIM_INFINITY };
	static char big[5000];

	signal(SIGXFSZ, SIG_IGN);
	make_folder();
	OK(file_write(path, "old", 3, 0600, &err));
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &small), 0);
	FAILS(file_write(path, big, sizeof(big), 0600, &err), E_SYSTEM);
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &all), 0);
	OK(file_read(path, 10, &bytes, &len, &err));
	ck_assert_str_eq((char *)bytes, "old");
	free(bytes);
	ck_assert_int_eq(entries(), 1);
	FAILS(file_write("/tmp/no/such/folder/x", "x", 1, 0600, &err), E_SYSTEM);
	FAILS(file_write(folder, "x", 1, 0600, &err), E_SYSTEM);
	ck_assert_int_eq(entries(), 1);
	remove_folder();
}
END_TEST

START_TEST(folders_are_made_with_their_parents)
{
	char deep[128], file[128];
	struct stat st;

	make_folder();
	umask(0);
	snprintf(deep, sizeof(deep), "%s/x//y/z/", folder);
	OK(file_mkdirs(deep, 0700, &err));
	OK(file_mkdirs(deep, 0700, &err));
	ck_assert_int_eq(stat(deep, &st), 0);
	ck_assert_uint_eq(st.st_mode & 0777, 0700);
	snprintf(file, sizeof(file), "%s/x/f", folder);
	OK(file_write(file, "", 0, 0600, &err));
	snprintf(deep, sizeof(deep), "%s/x/f/g", folder);
	FAILS(file_mkdirs(deep, 0700, &err), E_SYSTEM);
	FAILS(file_mkdirs("", 0700, &err), E_SYSTEM);
	unlink(file);
	snprintf(deep, sizeof(deep), "%s/x/y/z", folder);
	rmdir(deep);
	snprintf(deep, sizeof(deep), "%s/x/y", folder);
	rmdir(deep);
	snprintf(deep, sizeof(deep), "%s/x", folder);
	rmdir(deep);
	remove_folder();
}
END_TEST

/* What log_line() writes, as a text. */
static const char *logged(enum log_level level, const char *s)
{
	static char buf[8192];
	int fd[2], kept = dup(STDERR_FILENO);
	ssize_t n;

	ck_assert_int_eq(pipe2(fd, O_NONBLOCK), 0);
	dup2(fd[1], STDERR_FILENO);
	log_line(level, "%s", s);
	dup2(kept, STDERR_FILENO);
	close(kept);
	close(fd[1]);
	n = read(fd[0], buf, sizeof(buf) - 1);
	close(fd[0]);
	buf[n < 0 ? 0 : n] = 0;
	return buf;
}

START_TEST(a_log_line_is_one_line_whatever_it_is_given)
{
	const char *s;
	char big[9000];

	log_open("agent renmin", LOG_INFO);
	s = logged(LOG_INFO, "policy version 7 in force");
	ck_assert_str_eq(s + 25, " info  agent renmin: policy version 7 in force\n");
	s = logged(LOG_WARNING, "糖\nforged\x1b[31m\xff\t\xE2\x80\xAEx");
	ck_assert_str_eq(
		s + 25, " warn  agent renmin: 糖\\u000aforged\\u001b[31m\\xff\\u0009\\u202ex\n");
	ck_assert_str_eq(logged(LOG_DEBUG, "not shown"), "");
	memset(big, '\n', sizeof(big) - 1);
	big[sizeof(big) - 1] = 0;
	s = logged(LOG_ERROR, big);
	ck_assert_ptr_eq(strchr(s, '\n'), s + strlen(s) - 1);
	ck_assert_uint_le(strlen(s), 4096);
}
END_TEST

START_TEST(a_key_is_wiped_when_its_scope_ends)
{
	struct key32 k;
	uint8_t zero[32] = { 0 };

	memset(k.at, 7, sizeof(k.at));
	key32_wipe(&k);
	ck_assert_int_eq(memcmp(k.at, zero, 32), 0);
	secret_wipe(NULL, 0);
	{
		LOCAL_KEY(local);

		ck_assert_int_eq(memcmp(local.at, zero, 32), 0);
	}
}
END_TEST

START_TEST(a_process_with_secrets_leaves_no_core)
{
	struct rlimit core;

	secret_process();
#ifndef __SANITIZE_ADDRESS__
	ck_assert_int_eq(getrlimit(RLIMIT_CORE, &core), 0);
	ck_assert_uint_eq(core.rlim_max, 0);
	ck_assert_int_eq(prctl(PR_GET_DUMPABLE), 0);
#else
	(void)core;
#endif
}
END_TEST

UNIT_MAIN("file", a_file_is_written_whole_with_its_mode_and_read_back,
	a_file_over_its_bound_is_refused, files_without_a_size_are_read_to_their_end,
	what_cannot_be_read_is_named_in_the_log, a_write_that_fails_leaves_the_old_file_and_no_rest,
	folders_are_made_with_their_parents, a_log_line_is_one_line_whatever_it_is_given,
	a_key_is_wiped_when_its_scope_ends, a_process_with_secrets_leaves_no_core)
