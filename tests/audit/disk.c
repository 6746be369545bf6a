#include "tests/audit/disk.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

const char *const disk_how_names[DISK_HOWS] = { "count", "kill", "torn", "power", "eio",
	"eio-once" };

static char disk_folder[PATH_MAX];
static enum disk_how disk_way;
static unsigned disk_nth, changes;

void disk_arm(const char *in, enum disk_how what, unsigned n)
{
	snprintf(disk_folder, sizeof(disk_folder), "%s", in);
	disk_way = what;
	disk_nth = n;
	changes = 0;
}

unsigned disk_changes(void)
{
	return changes;
}

__attribute__((constructor)) static void begin(void)
{
	const char *told = getenv("CORDON_DISK");
	char in[PATH_MAX], name[16];
	unsigned n;

	if (told == NULL || sscanf(told, "%4000s %15s %u", in, name, &n) != 3)
		return;
	for (int i = 0; i < DISK_HOWS; i++)
		if (strcmp(name, disk_how_names[i]) == 0)
			disk_arm(in, (enum disk_how)i, n);
}

/* ---- what was written and not synced ---- */

struct undo {
	struct undo *before;
	char path[256];
	off_t offset, size; /* of the file before */
	size_t len;
	uint8_t old[];
};
static struct undo *undone;

static bool path_of(int fd, char path[PATH_MAX])
{
	char link[40];
	ssize_t n;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	n = readlink(link, path, PATH_MAX - 1);
	path[n < 0 ? 0 : n] = '\0';
	return n > 0;
}

static bool ours(const char *path)
{
	return disk_folder[0] != '\0' && strncmp(path, disk_folder, strlen(disk_folder)) == 0 &&
	       strstr(path, "-shm") == NULL;
}

static void remember(int fd, const char *path, off_t offset, size_t len)
{
	struct undo *u = malloc(sizeof(*u) + len);
	struct stat file;
	ssize_t n;

	if (u == NULL || fstat(fd, &file) != 0 || strlen(path) >= sizeof(u->path))
		abort();
	n = syscall(SYS_pread64, fd, u->old, len, offset);
	u->len = n < 0 ? 0 : (size_t)n;
	snprintf(u->path, sizeof(u->path), "%.255s", path);
	u->offset = offset;
	u->size = file.st_size;
	u->before = undone;
	undone = u;
}

static void synced(const char *path)
{
	for (struct undo **u = &undone; *u != NULL;) {
		struct undo *it = *u;

		if (strcmp(it->path, path) != 0) {
			u = &it->before;
			continue;
		}
		*u = it->before;
		free(it);
	}
}

static void lose_what_was_not_synced(void)
{
	for (const struct undo *u = undone; u != NULL; u = u->before) {
		int fd = (int)syscall(SYS_openat, AT_FDCWD, u->path, O_RDWR);

		if (fd < 0)
			continue; /* it is gone altogether */
		(void)syscall(SYS_pwrite64, fd, u->old, u->len, u->offset);
		(void)syscall(SYS_ftruncate, fd, u->size);
		syscall(SYS_close, fd);
	}
}

/* ---- the n-th change ---- */

/* True: the change fails with EIO. Does not return when the process ends here. */
static bool change(bool is_sync)
{
	changes++;
	if (disk_way == DISK_EIO && is_sync && changes >= disk_nth)
		return true;
	if (changes != disk_nth)
		return false;
	if (disk_way == DISK_EIO_ONCE)
		return true;
	if (disk_way == DISK_POWER)
		lose_what_was_not_synced();
	if (disk_way == DISK_KILL || disk_way == DISK_TORN || disk_way == DISK_POWER)
		raise(SIGKILL);
	return false;
}

static ssize_t put(int fd, const void *bytes, size_t len, off_t offset)
{
	char path[PATH_MAX];

	if (path_of(fd, path) && ours(path)) {
		if (disk_way == DISK_TORN && changes + 1 == disk_nth)
			(void)syscall(SYS_pwrite64, fd, bytes, len / 2, offset);
		if (change(false)) {
			errno = EIO;
			return -1;
		}
		if (disk_way == DISK_POWER)
			remember(fd, path, offset, len);
	}
	return syscall(SYS_pwrite64, fd, bytes, len, offset);
}

ssize_t pwrite(int fd, const void *bytes, size_t len, off_t offset)
{
	return put(fd, bytes, len, offset);
}
ssize_t pwrite64(int fd, const void *bytes, size_t len, off64_t offset)
{
	return put(fd, bytes, len, offset);
}

static bool is_ours(int fd)
{
	char path[PATH_MAX];

	return path_of(fd, path) && ours(path);
}

ssize_t write(int fd, const void *bytes, size_t len)
{
	off_t offset = is_ours(fd) ? syscall(SYS_lseek, fd, 0, SEEK_CUR) : -1;
	ssize_t n;

	if (offset < 0)
		return syscall(SYS_write, fd, bytes, len);
	n = put(fd, bytes, len, offset);
	if (n > 0)
		(void)syscall(SYS_lseek, fd, offset + n, SEEK_SET);
	return n;
}

ssize_t writev(int fd, const struct iovec *parts, int n)
{
	ssize_t sum = 0;

	if (!is_ours(fd))
		return syscall(SYS_writev, fd, parts, n);
	for (int i = 0; i < n; i++) {
		ssize_t one = write(fd, parts[i].iov_base, parts[i].iov_len);

		if (one < 0)
			return -1;
		sum += one;
	}
	return sum;
}

static int cut(int fd, off_t size)
{
	char path[PATH_MAX];
	struct stat file;

	if (path_of(fd, path) && ours(path)) {
		if (change(false)) {
			errno = EIO;
			return -1;
		}
		if (disk_way == DISK_POWER && fstat(fd, &file) == 0)
			remember(fd, path, size,
				file.st_size > size ? (size_t)(file.st_size - size) : 0);
	}
	return (int)syscall(SYS_ftruncate, fd, size);
}

int ftruncate(int fd, off_t size)
{
	return cut(fd, size);
}
int ftruncate64(int fd, off64_t size)
{
	return cut(fd, size);
}

static int sync_it(int fd)
{
	char path[PATH_MAX];

	if (!path_of(fd, path) || !ours(path))
		return (int)syscall(SYS_fsync, fd);
	if (change(true)) {
		errno = EIO;
		return -1;
	}
	synced(path);
	return 0;
}

int fsync(int fd)
{
	return sync_it(fd);
}
int fdatasync(int fd)
{
	return sync_it(fd);
}

int rename(const char *old, const char *new)
{
	if (ours(new) && change(false)) {
		errno = EIO;
		return -1;
	}
	return (int)syscall(SYS_renameat2, AT_FDCWD, old, AT_FDCWD, new, 0);
}
int unlink(const char *path)
{
	if (ours(path) && change(false)) {
		errno = EIO;
		return -1;
	}
	return (int)syscall(SYS_unlinkat, AT_FDCWD, path, 0);
}
