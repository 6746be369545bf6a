#include "base/work.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum {
	STACK_BYTES = 1 << 20,
};

struct list {
	struct work_job *first, **end;
};

struct work {
	pthread_mutex_t lock;
	pthread_cond_t more;
	pthread_t thread;
	bool running, stop, ended; /* there is a thread; it is to end; it has nothing left to do */
	struct list to_run, to_tell;
	int fd;
	struct event *told;
	/* of the loop alone */
	unsigned left;
	void (*over)(void *arg);
	void *arg;
};

static void empty(struct list *l)
{
	l->first = NULL;
	l->end = &l->first;
}

static void add(struct list *l, struct work_job *job)
{
	job->next = NULL;
	*l->end = job;
	l->end = &job->next;
}

static struct work_job *take(struct list *l)
{
	struct work_job *job = l->first;

	if (job != NULL)
		l->first = job->next;
	if (l->first == NULL)
		l->end = &l->first;
	return job;
}

/* ---- the thread ---- */

static struct work_job *next_job(struct work *w)
{
	struct work_job *job = NULL;

	pthread_mutex_lock(&w->lock);
	while (!w->stop && w->to_run.first == NULL)
		pthread_cond_wait(&w->more, &w->lock);
	if (!w->stop)
		job = take(&w->to_run);
	pthread_mutex_unlock(&w->lock);
	return job;
}

static void *run_all(void *arg)
{
	const uint64_t one = 1;
	struct work *w = arg;
	struct work_job *job;

	while ((job = next_job(w)) != NULL) {
		job->run(job);
		pthread_mutex_lock(&w->lock);
		add(&w->to_tell, job);
		pthread_mutex_unlock(&w->lock);
		(void)!write(w->fd, &one, sizeof(one));
	}
	pthread_mutex_lock(&w->lock);
	w->ended = true;
	pthread_mutex_unlock(&w->lock);
	(void)!write(w->fd, &one, sizeof(one));
	return NULL;
}

/* ---- the loop ---- */

static bool ended(struct work *w)
{
	bool yes;

	pthread_mutex_lock(&w->lock);
	yes = w->ended;
	pthread_mutex_unlock(&w->lock);
	return yes;
}

static struct work_job *next_told(struct work *w)
{
	struct work_job *job;

	pthread_mutex_lock(&w->lock);
	job = take(&w->to_tell);
	pthread_mutex_unlock(&w->lock);
	return job;
}

static void on_told(evutil_socket_t fd, short what, void *arg)
{
	struct work *w = arg;
	struct work_job *job;
	uint64_t n;

	(void)what;
	(void)!read((int)fd, &n, sizeof(n));
	while (w->over == NULL && (job = next_told(w)) != NULL) {
		w->left--;
		job->done(job, false);
	}
	if (w->over != NULL && ended(w))
		w->over(w->arg); /* it may free w */
}

static bool start_thread(struct work *w)
{
	pthread_attr_t attr;
	sigset_t all, before;
	bool ok;

	if (pthread_attr_init(&attr) != 0)
		return false;
	sigfillset(&all);
	ok = pthread_attr_setstacksize(&attr, STACK_BYTES) == 0 &&
	     pthread_sigmask(SIG_SETMASK, &all, &before) == 0;
	if (ok) {
		ok = pthread_create(&w->thread, &attr, run_all, w) == 0;
		pthread_sigmask(SIG_SETMASK, &before, NULL);
	}
	pthread_attr_destroy(&attr);
	return ok;
}

int work_new(struct work **out, struct event_base *base, struct error *err)
{
	struct work *w = calloc(1, sizeof(*w));

	if (w == NULL)
		return error_memory(err);
	pthread_mutex_init(&w->lock, NULL);
	pthread_cond_init(&w->more, NULL);
	empty(&w->to_run);
	empty(&w->to_tell);
	w->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (w->fd >= 0)
		w->told = event_new(base, w->fd, EV_READ | EV_PERSIST, on_told, w);
	if (w->told != NULL && event_add(w->told, NULL) == 0)
		w->running = start_thread(w);
	if (!w->running) {
		work_free(w);
		return error_set(err, E_SYSTEM,
			SAY("the system gives no further thread", "系统无法再提供线程"),
			"no thread for work beside the loop");
	}
	*out = w;
	return 0;
}

void work_do(struct work *w, struct work_job *job)
{
	w->left++;
	pthread_mutex_lock(&w->lock);
	add(&w->to_run, job);
	pthread_cond_signal(&w->more);
	pthread_mutex_unlock(&w->lock);
}

unsigned work_left(const struct work *w)
{
	return w->left;
}

static void drop(struct work *w, struct list *l)
{
	struct work_job *job;

	while ((job = take(l)) != NULL) {
		w->left--;
		job->done(job, true);
	}
}

static void stop(struct work *w)
{
	pthread_mutex_lock(&w->lock);
	w->stop = true;
	pthread_cond_signal(&w->more);
	pthread_mutex_unlock(&w->lock);
}

void work_stop(struct work *w, void (*over)(void *arg), void *arg)
{
	w->over = over;
	w->arg = arg;
	stop(w);
	drop(w, &w->to_run); /* the thread takes no more of them */
}

void work_free(struct work *w)
{
	if (w == NULL)
		return;
	if (w->running) {
		stop(w);
		pthread_join(w->thread, NULL);
	}
	drop(w, &w->to_tell);
	drop(w, &w->to_run);
	if (w->told != NULL)
		event_free(w->told);
	if (w->fd >= 0)
		close(w->fd);
	pthread_cond_destroy(&w->more);
	pthread_mutex_destroy(&w->lock);
	free(w);
}
