/*
 * gate.h - what a command that speaks to the gateway works with: memory, who this desk is, the line.
 */
#ifndef CLI_GATE_H
#define CLI_GATE_H

#include "base/arena.h"
#include "cli/cli.h"
#include "cli/client.h"
#include "cli/settings.h"

struct gate {
	struct arena arena;
	struct settings settings;
	struct client *client; /* NULL: not open */
};

void gate_init(struct gate *g);
void gate_clear(struct gate *g);
/* Reads the settings and makes the client; calls nobody yet. Fails: E_INPUT, E_SYSTEM. */
CHECKED int gate_open(const struct cli *cli, struct gate *g, struct error *err);
/* A call failed: says so and returns the exit status for it. */
int gate_failed(const struct cli *cli, const struct error *err);

/* One call to the gateway and what it shows, nothing if `show` is NULL; a problem is told. Returns the exit status. */
int gate_call(const struct cli *cli, const char *method, const char *path, const char *body,
	int (*show)(const struct cli *cli, json_t *reply));

#endif
