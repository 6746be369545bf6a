/*
 * study.h - the words of a study that a site's policy and the gateway's proposals read alike.
 */
#ifndef QUERY_STUDY_H
#define QUERY_STUDY_H

#include <stdbool.h>

/* Accounts are names of certificates: letters, digits and . _ @ -, at most MAX_ID. */
bool study_account(const char *s);
/* DUO:0000007 and MONDO:0005148 have seven digits; EHDS-53:a to :f are the purposes of its Article 53(1). */
bool study_purpose(const char *s);

#endif
