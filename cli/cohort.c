/*
 * cohort.c - `cordon cohort`: finds the command.
 */
#include "cli/cohort.h"

#include <string.h>

static const struct {
	const char *name;
	int (*run)(struct cli *cli, int argc, char **argv);
} commands[] = {
	{ "read", cohort_read_command },
	{ "convert", cohort_convert_command },
};

int command_cohort(struct cli *cli, int argc, char **argv)
{
	for (size_t i = 0; argc > 1 && i < sizeof(commands) / sizeof(commands[0]); i++)
		if (strcmp(commands[i].name, argv[1]) == 0) {
			argv[1] = argv[0];
			return commands[i].run(cli, argc - 1, argv + 1);
		}
	return cli_usage(cli, "cohort",
		SAY("say what to do: read or convert", "请说明要做什么：read 或 convert"));
}
