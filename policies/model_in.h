/*
 * model_in.h - shared by the files that read a model; nobody else includes it.
 */
#ifndef POLICIES_MODEL_IN_H
#define POLICIES_MODEL_IN_H

#include "base/node.h"
#include "policies/model.h"

/* P140 unless it is written schema.table; NULL is nothing to judge. */
void model_table(const struct node *table, struct diags *ds);
/* The code system that a word names; NONE after P113. `word` is the node's key or its text. */
enum code_system model_system(const struct node *n, const char *word, struct diags *ds);
/* After m->providers. */
void model_events(struct model *m, const struct node *events, struct arena *a, struct diags *ds);

#endif
