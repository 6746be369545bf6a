/*
 * log.h - one line per decision, to standard error; programs log, library folders never do.
 * "2026-03-01T02:00:00+08:00 info  agent renmin: policy version 7 in force". No value of a database,
 * no key, no question text: names, ids, rule ids, states and times only.
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include "base/error.h"

enum log_level { LOG_DEBUG, LOG_INFO, LOG_NOTICE, LOG_WARNING, LOG_ERROR };

void log_open(const char *program, enum log_level least);
void log_line(enum log_level level, const char *fmt, ...) PRINTF_LIKE(2, 3);

#endif
