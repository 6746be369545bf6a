/*
 * running.h - the policy in force at an agent, read through its socket: what --against running compares with.
 */
#ifndef CLI_RUNNING_H
#define CLI_RUNNING_H

#include "base/arena.h"
#include "base/diag.h"
#include "base/error.h"
#include "policies/policy.h"

/* Builds the policy from the files that the agent sends; its hash is the one the agent runs. *out is NULL when none
 * is in force there. Everything lives in arena.
 * Fails: as agent_line(); E_INPUT for an answer that is none, for files that this program cannot read (then with
 * errors in ds), and for a preset or model that differs between this program and the agent's. */
CHECKED int running_policy(const char *socket, struct arena *arena, struct diags *ds,
	struct policy **out, struct error *err);
/* The same from an answer that is there. */
CHECKED int running_read(const char *reply, size_t len, struct arena *arena, struct diags *ds,
	struct policy **out, struct error *err);

#endif
