/*
 * status.h - what the agent says of itself on its socket (control.h), as JSON. Never a value of the database: names,
 * rules, states and times.
 */
#ifndef AGENTS_STATUS_H
#define AGENTS_STATUS_H

#include "agents/control.h"

/* What is in force, connected, refused and waiting. `closed_tables` names each table that may not be counted because
 * rows of a code rule could not be removed from it (policies/reach.h): a question that touches it is refused by that
 * rule, and its requester does not learn why. Fails: E_SYSTEM. */
CHECKED int status_json(
	const struct control_parts *parts, int64_t started_ms, struct text *out, struct error *err);
/* "stopped":{..} or null */
void status_stop_json(const struct watch *w, struct text *out);
/* The policy in force: everything its hash is over, with the texts of what it is read from. */
void status_running_json(const struct watch *w, struct text *out);

#endif
