/*
 * cohort.h - the commands of `cordon cohort`: argv[0] is "cohort", argv[1..] what follows the command's name.
 */
#ifndef CLI_COHORT_H
#define CLI_COHORT_H

#include "cli/cli.h"

/* Every file in plain words; with --json a line for each: {"file","en","zh"} and of a whole question "canonical". */
int cohort_read_command(struct cli *cli, int argc, char **argv);

/* One file in another system's form as a cohort of ours, or with --to one of ours as another's. */
int cohort_convert_command(struct cli *cli, int argc, char **argv);

#endif
