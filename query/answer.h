/*
 * answer.h - the words of an answer: the states of sites, cells and questions, for machines and
 * people.
 */
#ifndef QUERY_ANSWER_H
#define QUERY_ANSWER_H

#include <stdbool.h>

#include "base/error.h"

enum site_state {
	SITE_WAITING, /* asked, or to be asked, and not heard from; only while the question runs */
	SITE_ANSWERED,
	SITE_RECALLED,   /* answered from its stored release, at no cost */
	SITE_SUPPRESSED, /* every cell below the site's threshold */
	SITE_REFUSED,
	SITE_TIMED_OUT,
	SITE_OFFLINE,
	SITE_FAILED,
	SITE_CANCELLED,
	SITE_OFFERED,  /* would be in the secure sum; only while the question runs */
	SITE_SUMMED,   /* its numbers are in the secure sum */
	SITE_DROPPED,  /* it left in the middle: its numbers are in no sum, and nobody learned them */
	SITE_LEFT_OUT, /* there was no secure sum with it; its answer says why */
	SITE_STATES
};
enum answer_state {
	ANSWER_RUNNING,
	ANSWER_COMPLETE,
	ANSWER_PARTIAL,
	ANSWER_FAILED,
	ANSWER_CANCELLED,
	ANSWER_STATES
};
enum cell_state {
	CELL_RELEASED,
	CELL_BELOW,
	CELL_ABSENT,
	CELL_STATES
};

const char *site_state_name(enum site_state s); /* "timed-out" */
bool site_state_parse(const char *s, enum site_state *out);
struct say site_state_say(enum site_state s);       /* "timed out", "超时" */
const char *answer_state_name(enum answer_state s); /* "partial" */
bool answer_state_parse(const char *s, enum answer_state *out);
struct say answer_state_say(enum answer_state s);
const char *cell_state_name(enum cell_state s); /* "released", "suppressed", "absent" */

#endif
