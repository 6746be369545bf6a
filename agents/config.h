/*
 * config.h - agent.yaml, the operator's settings of one agent, read strictly.
 * Relative paths are relative to the file's folder. Everything lives in the caller's arena.
 */
#ifndef AGENTS_CONFIG_H
#define AGENTS_CONFIG_H

#include <stdint.h>

#include "agents/members.h"
#include "base/arena.h"
#include "base/diag.h"
#include "wire/tls.h"

struct agent_config {
	const char *site;
	const char *gateway_host;
	uint16_t gateway_port;
	struct tls_files identity;
	const char *policy;    /* folder */
	const char *approvers; /* file: who may approve policies */
	const char *database;  /* libpq conninfo; may hold a password, so it appears in no log */
	const char *data;      /* name of the state of the data */
	const char *state;     /* folder */
	struct sum_settings sums; /* members NULL: this site is in no secure sums */
};

/* Reads the file at path. Returns 0, or -1 with every problem in ds. */
CHECKED int agent_config_read(
	const char *path, struct arena *arena, struct diags *ds, struct agent_config *out);

#endif
