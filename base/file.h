/*
 * file.h - whole files, bounded.
 */
#ifndef BASE_FILE_H
#define BASE_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"

/* Gives *bytes (heap, with a zero byte after *len; free()). Fails: E_LIMIT over max; E_SYSTEM. */
CHECKED int file_read(
	const char *path, size_t max, uint8_t **bytes, size_t *len, struct error *err);
/* The same, and whose file it is and who may write it: of the very file that was read. */
struct stat;
CHECKED int file_read_stat(const char *path, size_t max, uint8_t **bytes, size_t *len,
	struct stat *st, struct error *err);
/* Writes beside and renames, after fsync, so that a reader sees the old or the new whole.
 * mode such as 0600. */
CHECKED int file_write(
	const char *path, const void *bytes, size_t len, mode_t mode, struct error *err);
/* Puts the folder that `path` lies in on the disk: a name lasts only once its folder does. -1 with errno. */
CHECKED int file_sync_folder(const char *path);
/* Makes the folder and its parents; 0 if there already. */
CHECKED int file_mkdirs(const char *path, mode_t mode, struct error *err);

/* Whether anything has that name, a link that leads nowhere too. */
bool file_there(const char *path);

#endif
