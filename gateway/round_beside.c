#include "gateway/round_beside.h"

#include "gateway/round_sum_in.h"

int beside_begin(struct beside *b, struct error *err)
{
	return work_new(&b->work, b->all->base, err);
}

static void on_done(struct work_job *job, bool dropped)
{
	struct beside_job *j = (struct beside_job *)job;
	struct round *r = j->round;
	bool runs = !dropped && !round_over(r); /* else it is gone, or about to be */

	j->over(j, runs && !r->sum->over);
	if (!runs)
		return;
	round_sum_look(r);
	round_schedule(r);
}

void beside_do(struct beside *b, struct beside_job *j)
{
	j->job.done = on_done;
	work_do(b->work, &j->job);
}

bool beside_busy(const struct beside *b)
{
	return work_left(b->work) > 0;
}

/* ---- the end ---- */

static void clear(struct beside *b)
{
	work_free(b->work); /* waits for a job under way */
	b->clear(b);
}

static void on_over(void *arg)
{
	struct beside *b = arg, **at = &b->all->leftover;

	while (*at != b)
		at = &(*at)->next;
	*at = b->next;
	clear(b);
}

void beside_end(struct beside *b)
{
	if (b->work == NULL || !beside_busy(b)) {
		clear(b);
		return;
	}
	b->next = b->all->leftover;
	b->all->leftover = b;
	work_stop(b->work, on_over, b);
}

void beside_clear(struct rounds *all)
{
	while (all->leftover != NULL)
		on_over(all->leftover);
}
