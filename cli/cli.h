/*
 * cli.h - what the commands of `cordon` share: the choices a person made, and how to speak to them.
 *
 * A command is `int name(struct cli *cli, int argc, char **argv)`: argv[0] is its own name, options
 * that every command has are already taken out. It returns the exit status of enum cli_exit.
 */
#ifndef CLI_CLI_H
#define CLI_CLI_H

#include <stdbool.h>
#include <stdio.h>

#include "base/diag.h"
#include "base/error.h"

enum cli_exit {
	EXIT_ANSWERED = 0,
	EXIT_NO = 1,       /* refused, or suppressed everywhere */
	EXIT_INPUT = 2,    /* bad input or usage */
	EXIT_GATEWAY = 3,  /* the gateway cannot be reached */
	EXIT_PARTIAL = 4,
	EXIT_INTERRUPTED = 130, /* Ctrl-C while waiting; the question goes on */
};

struct cli {
	FILE *out, *err; /* standard output: results only; standard error: everything else */
	bool zh;       /* --lang, else LC_ALL, LC_MESSAGES, LANG */
	bool json, csv;
	bool colour;   /* standard output is a terminal and NO_COLOR is not set */
	unsigned width; /* columns of the terminal at standard output; 0: not known, or no terminal */
	bool explain;  /* an answer comes with what shaped it */
	bool live;     /* standard error is a terminal: progress may move */
	const char *settings; /* --settings, else CORDON_SETTINGS, else under HOME */
};

/* The text in the person's language. */
static inline const char *tell(const struct cli *cli, struct say say)
{
	return cli->zh ? say.zh : say.en;
}

/* "cordon: sentence: log" on standard error; returns `status` so that callers can return it. */
int cli_fail(const struct cli *cli, int status, const struct error *err);
/* Wrong use of a command: the sentence and where help is. Returns EXIT_INPUT. */
int cli_usage(const struct cli *cli, const char *command, struct say say);
/* Errors in a text the person wrote, each with its line and a mark under the place. Sorts ds. */
void cli_diags(const struct cli *cli, struct diags *ds, const char *text, size_t len);

/* One option of a command: --name VALUE or --name=VALUE; --name alone when there is a flag. */
struct option_of {
	const char *name;
	const char **value;
	bool *flag;
};
/* Takes options out of argv; what is left are plain arguments, argc and argv[1..] changed to hold
 * them. Everything after "--" is plain. Fails, having said so, on an unknown option or a missing
 * value. */
CHECKED int cli_options(
	const struct cli *cli, int *argc, char **argv, const struct option_of *options);

int cli_policy(int argc, char **argv);

int command_ask(struct cli *cli, int argc, char **argv);
int command_count(struct cli *cli, int argc, char **argv);
int command_price(struct cli *cli, int argc, char **argv);
int command_sites(struct cli *cli, int argc, char **argv);
int command_catalogue(struct cli *cli, int argc, char **argv);
int command_vocabulary(struct cli *cli, int argc, char **argv);
int command_studies(struct cli *cli, int argc, char **argv);
int command_history(struct cli *cli, int argc, char **argv);
int command_show(struct cli *cli, int argc, char **argv);
int command_cohort(struct cli *cli, int argc, char **argv);
int command_budget(struct cli *cli, int argc, char **argv);
int command_cancel(struct cli *cli, int argc, char **argv);
int command_login(struct cli *cli, int argc, char **argv);
int command_audit(struct cli *cli, int argc, char **argv);
int command_ca(struct cli *cli, int argc, char **argv);
int command_token(struct cli *cli, int argc, char **argv);
int command_status(struct cli *cli, int argc, char **argv);

#endif
