/*
 * quorum.h - how many: the numbers that the safety of a sum rests on. Pure functions.
 *
 * n sites in a roster, of which at most c work with the gateway. docs/protocol.md, "How many".
 * Q1  2T - n >= c + 1: two certificates of T signers each share an honest signer, who signs once.
 * Q2  c < t: what the colluders hold rebuilds nothing.
 * Q3  t <= T: whoever certified can unmask.
 */
#ifndef SECAGG_QUORUM_H
#define SECAGG_QUORUM_H

#include <stdint.h>

#include "secagg/membership.h"

/* At most so many of n work with the gateway: a third less one, or the number the rules name. */
uint64_t quorum_colluders(const struct sum_rules *rules, uint64_t n);
/* t: shares that rebuild a secret. */
uint64_t quorum_shares(uint64_t n);
/* T: signatures that certify one set of survivors. */
uint64_t quorum_signers(const struct sum_rules *rules, uint64_t n);
/* The least number of contributors of a roster of n: what the rules say, never below T. */
uint64_t quorum_contributors(const struct sum_rules *rules, uint64_t n);
/* h: honest sites in any sum of at least `contributors` of a roster of at most n; 0 when there may be none. */
uint64_t quorum_honest(const struct sum_rules *rules, uint64_t n, uint64_t contributors);

#endif
