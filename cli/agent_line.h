/*
 * agent_line.h - one line to the agent's unix socket, one JSON document back (agents/control.h).
 */
#ifndef CLI_AGENT_LINE_H
#define CLI_AGENT_LINE_H

#include "base/error.h"
#include "base/text.h"

/* Sends `line` (without a line end, no control characters) and adds the answer to *reply (initialised by the caller,
 * whose bound holds). An {"error": ..} of the agent is an answer. Fails: E_SYSTEM when the agent cannot be reached or
 * says nothing for 10 seconds, with the path in the log; E_INPUT for a path no socket can have. */
CHECKED int agent_line(const char *socket, const char *line, struct text *reply, struct error *err);

#endif
