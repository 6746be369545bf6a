/*
 * desk.h - one call to the gateway for a command that does more with the reply than show it.
 */
#ifndef CLI_DESK_H
#define CLI_DESK_H

#include <jansson.h>

#include "cli/cli.h"

/* GET path. EXIT_ANSWERED and *out (json_decref); else the exit status, and the person was told why. */
int desk_fetch(const struct cli *cli, const char *path, json_t **out);

#endif
