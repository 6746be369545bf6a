/*
 * disk.h - a disk that fails at the n-th write, for programs under test. Every change that a process makes to a
 * file of one folder is counted: write, pwrite, writev, ftruncate, fsync, fdatasync, rename, unlink. The functions
 * here stand before the C library's, as part of a test program or, built as a shared object, under LD_PRELOAD; then
 * CORDON_DISK="folder how n" arms it.
 *
 * K1  DISK_KILL: the process ends by SIGKILL instead of the n-th change.
 * K2  DISK_TORN: of the n-th change, if it is a write, the first half is made, then as K1.
 * K3  DISK_POWER: before K1 every write since its file's last fsync is undone: the worst that a power cut leaves.
 * K4  DISK_EIO: from the n-th change on, fsync and fdatasync say EIO; DISK_EIO_ONCE: the n-th change alone says it.
 * K5  fsync is not passed on: what is tested is the order of things, not the machine's disk.
 * Memory maps are not counted: SQLite's -shm file is one, which nothing reads after a crash. One thread.
 */
#ifndef TESTS_AUDIT_DISK_H
#define TESTS_AUDIT_DISK_H

enum disk_how {
	DISK_COUNT, /* counts, and fails nothing */
	DISK_KILL,
	DISK_TORN,
	DISK_POWER,
	DISK_EIO,
	DISK_EIO_ONCE,
	DISK_HOWS
};

extern const char *const disk_how_names[DISK_HOWS];

/* Counts from 1 on, in files under `folder` (copied). */
void disk_arm(const char *folder, enum disk_how how, unsigned n);
unsigned disk_changes(void); /* so far */

#endif
