/*
 * ca_paillier.h - `cordon ca paillier`; called by ca.c alone.
 */
#ifndef CLI_CA_PAILLIER_H
#define CLI_CA_PAILLIER_H

#include "cli/cli.h"

/* argv[0] is "ca", argv[1] "paillier". Returns the exit status. */
int ca_paillier(struct cli *cli, int argc, char **argv);

#endif
