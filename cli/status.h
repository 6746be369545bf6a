/*
 * status.h - what an agent says of itself (agents/status.h, balance.h, audit.h), for people.
 *
 * What an agent sends is looked at like anything from outside: what is absent or of another type reads as nothing,
 * and texts come safe to print (field.h). Texts live in the arena.
 */
#ifndef CLI_STATUS_H
#define CLI_STATUS_H

#include <jansson.h>

#include "cli/doc.h"
#include "cli/table.h"

/* What is wrong comes first, each line of it marked with a word. */
void status_site(struct doc *d, const json_t *root);
/* One account, or one record, is one line, however long: so that grep finds it whole. */
void status_budget(struct table *t, bool zh, struct arena *arena, const json_t *root);
void status_audit(struct table *t, bool zh, struct arena *arena, const json_t *root);

#endif
