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

/* struct rounds has the list under the name of its first user. */
static struct beside *ending(const struct rounds *all)
{
	return (struct beside *)all->ending;
}

static void set_ending(struct rounds *all, struct beside *b)
{
	all->ending = (struct round_paillier *)b;
}

static void clear(struct beside *b)
{
	work_free(b->work); /* waits for a job under way */
	b->clear(b);
}

static void on_over(void *arg)
{
	struct beside *b = arg, *before = ending(b->all);

	if (before == b) {
		set_ending(b->all, b->next);
	} else {
		while (before->next != b)
			before = before->next;
		before->next = b->next;
	}
	clear(b);
}

void beside_end(struct beside *b)
{
	if (b->work == NULL || !beside_busy(b)) {
		clear(b);
		return;
	}
	b->next = ending(b->all);
	set_ending(b->all, b);
	work_stop(b->work, on_over, b);
}

void beside_clear(struct rounds *all)
{
	while (ending(all) != NULL)
		on_over(ending(all));
}
