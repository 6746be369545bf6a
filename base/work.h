/*
 * work.h - one thread beside a loop, for jobs that would hold the loop up: one after the other, each run in the thread
 * and then told of on the loop.
 *
 * K1  jobs are run, and told of, in the order in which they were given.
 * K2  whatever a job touches is its own from work_do() until `done` is called.
 * K3  work_free() waits for the job under way, which may be long: a loop that goes on calls work_stop() first. After either
 *     nothing more is begun; what was not told of is told of as dropped.
 * K4  the thread takes no signals.
 */
#ifndef BASE_WORK_H
#define BASE_WORK_H

#include <event2/event.h>
#include <stdbool.h>

#include "base/error.h"

struct work;

/* At the head of the caller's own struct, which lives until done(). */
struct work_job {
	/* In the thread: no loop, no log, nothing of anybody else's. */
	void (*run)(struct work_job *job);
	/* On the loop. dropped: by work_stop() or work_free(); free what there is and nothing else. Else it may give new
	 * jobs and stop the work, but not free it. */
	void (*done)(struct work_job *job, bool dropped);
	struct work_job *next;
};

/* Gives *out (work_free). Borrows base. Fails: E_SYSTEM. */
CHECKED int work_new(struct work **out, struct event_base *base, struct error *err);
void work_free(struct work *w); /* accepts NULL */
/* Begins nothing more, and calls `over` once from the loop when there is nothing that work_free() would wait for; `over` may
 * call that. What was given and not begun is dropped before it returns. */
void work_stop(struct work *w, void (*over)(void *arg), void *arg);
/* Not after work_stop(). */
void work_do(struct work *w, struct work_job *job);
/* Jobs given and not yet told of. */
unsigned work_left(const struct work *w);

#endif
