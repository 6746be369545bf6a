/*
 * openapi.h - openapi.json, the description of the HTTP API, inside the program.
 *
 * O1  it names every route of api.c and no other, with the roles and scopes of people.c, and every kind of problem of
 *     problem.c: tests/unit/test_openapi.c. That replies are as it says: tests/scenario/openapi.sh.
 */
#ifndef GATEWAY_OPENAPI_H
#define GATEWAY_OPENAPI_H

#include "wire/pack.h"

/* Ended by a zero that does not count. */
struct view openapi_text(void);

#endif
