/*
 * round_beside.h - what a secure sum has done beside the loop (base/work.h), and how it ends when its round ends meanwhile.
 * For the protocols, which have one such head each.
 *
 * B1  what the jobs of a sum touch is theirs while beside_busy(); the loop looks at none of it, but reads what no job writes.
 * B2  a round that ends waits for nothing: what is under way ends first, and then all is freed, on the loop.
 * B3  a job of a round that is gone or has nobody left, or of a sum that is over, is told so and says nothing.
 */
#ifndef GATEWAY_ROUND_BESIDE_H
#define GATEWAY_ROUND_BESIDE_H

#include "base/work.h"
#include "gateway/round_in.h"

/* At the head of what a protocol keeps of a round. */
struct beside {
	struct rounds *all;
	struct work *work;   /* NULL: not begun */
	struct beside *next; /* of the rounds: those that are over but for a job under way */
	void (*clear)(
		struct beside *b); /* frees what it is the head of; the work is gone by then */
};

/* At the head of a job. */
struct beside_job {
	struct work_job job; /* beside_do() sets done */
	struct round *round; /* gone unless `wanted` */
	/* On the loop, after run(); then the round is looked at. Not wanted: frees what there is and nothing else. */
	void (*over)(struct beside_job *j, bool wanted);
};

CHECKED int beside_begin(struct beside *b, struct error *err);
void beside_do(struct beside *b, struct beside_job *j);
bool beside_busy(const struct beside *b);
/* B2 */
void beside_end(struct beside *b);
/* Those that were ended and have a job under way: waits for them. */
void beside_clear(struct rounds *all);

#endif
