/*
 * api_cohorts.c - cohorts of other formats, in plain words, and kept by the person who made them.
 */
#include "gateway/api_in.h"

static void not_yet(struct request *rq)
{
	reply_problem(rq, 503, SAY("not built yet", "尚未完成"));
}

void post_convert(struct request *rq)
{
	not_yet(rq);
}

void post_cohort_read(struct request *rq)
{
	not_yet(rq);
}

void get_cohorts(struct request *rq)
{
	not_yet(rq);
}

void post_cohort(struct request *rq)
{
	not_yet(rq);
}

void get_cohort(struct request *rq)
{
	not_yet(rq);
}

void delete_cohort(struct request *rq)
{
	not_yet(rq);
}

void post_read(struct request *rq)
{
	not_yet(rq);
}

void get_canonical(struct request *rq)
{
	not_yet(rq);
}
