/*
 * file.c - whole files. Buffers are wiped before they are given back: some of the files are keys.
 */
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/secret.h"

enum {
	FIRST_READ = 16 << 10
};

static int cannot_read(const char *path, struct error *err)
{
	return error_set(err, E_SYSTEM, SAY("a file could not be read", "文件无法读取"),
		"could not read \"%s\": %m", path);
}

static int cannot_write(const char *path, struct error *err)
{
	return error_set(err, E_SYSTEM,
		SAY("a file could not be written; is the disk full or the folder protected?",
			"文件无法写入，请检查磁盘空间和目录权限"),
		"could not write \"%s\": %m", path);
}

static int too_large(const char *path, size_t max, struct error *err)
{
	return error_set(err, E_LIMIT, SAY("a file is larger than allowed", "文件超过允许的大小"),
		"could not read \"%s\": more than %zu bytes", path, max);
}

/* Reads up to `room` bytes or the end; -1 with errno. */
static ssize_t read_full(int fd, uint8_t *at, size_t room)
{
	size_t have = 0;

	while (have < room) {
		ssize_t n = read(fd, at + have, room - have);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		if (n == 0)
			break;
		have += (size_t)n;
	}
	return (ssize_t)have;
}

/* The size a file states is a hint only: pipes state none, and files grow while they are read. */
static size_t first_room(int fd, size_t max)
{
	struct stat st;

	if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode) || st.st_size <= 0)
		return max < FIRST_READ ? max : FIRST_READ;
	return (uintmax_t)st.st_size < max ? (size_t)st.st_size : max;
}

static uint8_t *grown(uint8_t *old, size_t have, size_t room)
{
	uint8_t *larger = malloc(room + 2);

	if (larger != NULL && have > 0)
		memcpy(larger, old, have);
	secret_wipe(old, have);
	free(old);
	return larger;
}

static int read_open(
	int fd, const char *path, size_t max, uint8_t **bytes, size_t *len, struct error *err)
{
	size_t room = first_room(fd, max), have = 0;
	uint8_t *buf = malloc(room + 2);
	int ret = -1;

	for (;;) {
		ssize_t n;

		if (buf == NULL)
			return error_memory(err);
		/* One byte more than the room tells whether there is more. */
		n = read_full(fd, buf + have, room + 1 - have);
		if (n < 0) {
			ret = cannot_read(path, err);
			break;
		}
		have += (size_t)n;
		if (have <= room) {
			buf[have] = 0;
			*bytes = buf;
			*len = have;
			return 0;
		}
		if (room >= max) {
			ret = too_large(path, max, err);
			break;
		}
		room = room > max / 2 ? max : room * 2 + 64 < max ? room * 2 + 64 : max;
		buf = grown(buf, have, room);
	}
	secret_wipe(buf, have);
	free(buf);
	return ret;
}

int file_read_stat(const char *path, size_t max, uint8_t **bytes, size_t *len, struct stat *st,
	struct error *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	int ret;

	if (fd < 0)
		return cannot_read(path, err);
	if (fstat(fd, st) != 0)
		ret = cannot_read(path, err);
	else
		ret = max > SSIZE_MAX - 2 ? too_large(path, max, err)
					  : read_open(fd, path, max, bytes, len, err);
	close(fd);
	return ret;
}

int file_read(const char *path, size_t max, uint8_t **bytes, size_t *len, struct error *err)
{
	struct stat st;

	return file_read_stat(path, max, bytes, len, &st, err);
}

static int write_full(int fd, const uint8_t *at, size_t len)
{
	while (len > 0) {
		ssize_t n = write(fd, at, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		at += n;
		len -= (size_t)n;
	}
	return 0;
}

int file_sync_folder(const char *path)
{
	char folder[PATH_MAX];
	const char *slash = strrchr(path, '/');
	size_t len = slash == NULL ? 1 : slash == path ? 1 : (size_t)(slash - path);
	int fd, ret;

	if (len >= sizeof(folder)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	memcpy(folder, slash == NULL ? "." : path, len);
	folder[len] = 0;
	fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return -1;
	ret = fsync(fd);
	close(fd);
	/* Some file systems cannot sync a folder; there is nothing more to do there. */
	return ret != 0 && errno != EINVAL ? -1 : 0;
}

int file_write(const char *path, const void *bytes, size_t len, mode_t mode, struct error *err)
{
	char beside[PATH_MAX];
	bool made = false;
	int fd = -1, ret = -1;

	if (snprintf(beside, sizeof(beside), "%s.XXXXXX", path) >= (int)sizeof(beside)) {
		errno = ENAMETOOLONG;
		return cannot_write(path, err);
	}
	fd = mkostemp(beside, O_CLOEXEC);
	if (fd < 0)
		return cannot_write(path, err);
	made = true;
	if (fchmod(fd, mode) != 0 || write_full(fd, bytes, len) != 0 || fsync(fd) != 0)
		goto out;
	if (rename(beside, path) != 0)
		goto out;
	made = false;
	if (file_sync_folder(path) != 0)
		goto out;
	ret = 0;
out:
	if (ret != 0)
		cannot_write(path, err);
	close(fd);
	if (made)
		unlink(beside);
	return ret;
}

static int make_one(const char *path, mode_t mode, struct error *err)
{
	struct stat st;

	if (mkdir(path, mode) == 0)
		return 0;
	if (errno == EEXIST) {
		if (stat(path, &st) == 0 && S_ISDIR(st.st_mode))
			return 0;
		errno = ENOTDIR;
	}
	return error_set(err, E_SYSTEM, SAY("a folder could not be made", "目录无法创建"),
		"could not make folder \"%s\": %m", path);
}

int file_mkdirs(const char *path, mode_t mode, struct error *err)
{
	char part[PATH_MAX];
	size_t len = strlen(path);

	if (len == 0 || len >= sizeof(part))
		return error_set(err, E_SYSTEM, SAY("a folder could not be made", "目录无法创建"),
			"could not make folder: its name has %zu bytes", len);
	memcpy(part, path, len + 1);
	for (size_t i = 1; i < len; i++) {
		if (part[i] != '/' || part[i - 1] == '/')
			continue;
		part[i] = 0;
		if (make_one(part, mode, err) != 0)
			return -1;
		part[i] = '/';
	}
	return make_one(part, mode, err);
}

bool file_there(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0;
}
