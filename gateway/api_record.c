/*
 * api_record.c - what was asked of whom, and the chained record.
 */
#include "gateway/api_in.h"

static void not_yet(struct request *rq)
{
	reply_problem(rq, 503, SAY("not built yet", "尚未完成"));
}

void get_transparency(struct request *rq)
{
	not_yet(rq);
}

void get_audit(struct request *rq)
{
	not_yet(rq);
}
