/*
 * api_studies.c - studies: proposals of people, and what each site says of them.
 */
#include "gateway/api_in.h"

static void not_yet(struct request *rq)
{
	reply_problem(rq, 503, SAY("not built yet", "尚未完成"));
}

void get_studies(struct request *rq)
{
	not_yet(rq);
}

void post_study(struct request *rq)
{
	not_yet(rq);
}

void get_study(struct request *rq)
{
	not_yet(rq);
}

void delete_study(struct request *rq)
{
	not_yet(rq);
}

void get_study_entry(struct request *rq)
{
	not_yet(rq);
}
