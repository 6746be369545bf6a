#include "secagg/quorum.h"

static uint64_t least(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static uint64_t most(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

uint64_t quorum_colluders(const struct sum_rules *rules, uint64_t n)
{
	uint64_t third = n == 0 ? 0 : (n + 2) / 3 - 1;

	return rules->third ? third : least(third, rules->colluders);
}

uint64_t quorum_shares(uint64_t n)
{
	return n / 2 + 1;
}

uint64_t quorum_signers(const struct sum_rules *rules, uint64_t n)
{
	uint64_t c = quorum_colluders(rules, n);

	return most((n + c) / 2 + 1, least(n, rules->h_min + c));
}

uint64_t quorum_contributors(const struct sum_rules *rules, uint64_t n)
{
	return most(rules->u_min, quorum_signers(rules, n));
}

uint64_t quorum_honest(const struct sum_rules *rules, uint64_t n, uint64_t contributors)
{
	uint64_t c = quorum_colluders(rules, n);

	return contributors > c ? contributors - c : 0;
}
