/*
 * api_catalogue.c - what sites offer, and the concepts of the vocabulary.
 */
#include "gateway/api_in.h"

static void not_yet(struct request *rq)
{
	reply_problem(rq, 503, SAY("not built yet", "尚未完成"));
}

void get_catalogue(struct request *rq)
{
	not_yet(rq);
}

void get_catalogue_ld(struct request *rq)
{
	not_yet(rq);
}

void get_concepts(struct request *rq)
{
	not_yet(rq);
}

void get_concept(struct request *rq)
{
	not_yet(rq);
}
