/*
 * show.h - replies of the gateway in JSON (docs/api.md) for people and spreadsheets. Each prints to
 * cli->out in the form the person chose (table, --json, --csv) and returns the exit status that the
 * reply means.
 *
 * W1  no byte of a reply can steer a terminal or become a formula of a spreadsheet (plain.h,
 *     csv.h).
 * W2  a reply of another form than api.md's is shown as far as it is understood; it never crashes.
 */
#ifndef CLI_SHOW_H
#define CLI_SHOW_H

#include <jansson.h>

#include "cli/cli.h"

/* 0 answered or still running, 4 partial, 1 no number was released. */
int show_answer(const struct cli *cli, json_t *answer);
/* The answer of a question that was stopped: 0. */
int show_cancelled(const struct cli *cli, json_t *answer);
/* One line of progress on standard error, over the last one; nothing unless cli->live. */
void show_progress(const struct cli *cli, json_t *answer);
void show_progress_end(const struct cli *cli);
/* What a question would cost, what is left: 0 when a hospital would answer, else 1. */
int show_price(const struct cli *cli, json_t *reply);
int show_budget(const struct cli *cli, json_t *reply);
int show_sites(const struct cli *cli, json_t *reply);
int show_history(const struct cli *cli, json_t *reply);
/* Studies, with a row for each hospital's word; one that was just proposed. */
int show_studies(const struct cli *cli, json_t *reply);
int show_study(const struct cli *cli, json_t *study);
/* A problem+json reply (problem NULL: none came), told on standard error: 1 for a refusal (403), 3
 * when the gateway cannot serve now or is not a gateway (429, 5xx, 3xx), else 2. */
int show_problem(const struct cli *cli, int status, json_t *problem);
/* The JSON itself, with characters that a terminal obeys as escapes. */
void show_json(const struct cli *cli, const json_t *j);

#endif
