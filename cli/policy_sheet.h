/*
 * policy_sheet.h - the approval sheet: one or two pages to print, sign and stamp.
 */
#ifndef CLI_POLICY_SHEET_H
#define CLI_POLICY_SHEET_H

#include "cli/doc.h"
#include "cli/policy.h"

/* What the policy is, its rules in short, exceptions, what changes against --against, tests, room for two signatures.
 * Gives an exit status; on another than POLICY_GOOD it has said why, and nothing may be shown. */
int sheet(struct doc *doc, struct desk *d, int32_t day);

#endif
