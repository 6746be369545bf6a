/*
 * stored.h - what an answer is made of, as the gateway keeps it and as an auditor reads it again.
 */
#ifndef ANSWER_STORED_H
#define ANSWER_STORED_H

#include <stdint.h>

#include "base/bytes.h"
#include "base/limits.h"
#include "query/answer.h"
#include "wire/pack.h"

struct stored_question {
	char id[MAX_ID + 1];
	char account[MAX_NAME + 1];
	char study[MAX_ID + 1];
	char kind[MAX_ID + 1], mode[MAX_ID + 1];
	struct hash32 hash; /* of the canonical text */
	struct view canonical;
	struct view certificate, signature; /* the person's */
	int64_t asked_ms;                   /* inside the signature */
	int64_t received_ms;                /* our wall clock */
	int64_t deadline_ms;                /* counted from received_ms */
	int64_t ended_ms;                   /* 0 while it runs */
	enum answer_state state;
};

/* What one site said, or that it did not. */
struct stored_leg {
	const char *site;
	enum site_state state;
	int64_t ms;          /* from the ask to the answer; -1 unknown */
	struct view message; /* body of its frame; empty: nothing came */
};

/* The sum of a question in mode secure. Its shape and its sites are in the legs: those of SITE_SUMMED are in it, and
 * their messages are their offers. */
struct stored_sum {
	uint64_t contributors;
	struct view noise;      /* shared_noise_encode() (crypto/shared_noise.h) */
	struct view words;      /* big endian, 8 bytes each: the sum on the noise's lattice, modulo 2^64 */
	struct view transcript; /* secagg/transcript.h or paillier/tp_transcript.h; its beginning is enough for an answer */
};

#endif
