/*
 * config.h - gateway.yaml: where to listen, whom to trust, which sites, which accounts.
 *
 * Reading is strict and collects every error with its place. Relative paths are relative to the
 * folder of the file.
 */
#ifndef GATEWAY_CONFIG_H
#define GATEWAY_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/bytes.h"
#include "base/diag.h"
#include "base/error.h"
#include "gateway/people.h"

struct config_listen {
	const char *host;
	uint16_t port; /* 0: the system chooses */
	const char *certificate, *key;
};

struct gateway_config {
	const char *name;
	struct config_listen agents, web;
	const char *root, *revoked; /* revoked may be NULL */
	const char *state;          /* a folder, made with 0700 */
	const char **sites;
	size_t n_sites;
	const struct person_entry *people;
	size_t n_people;
	unsigned rate; /* questions and prices a minute and account */
	const char *coverage;   /* the study whose counts the catalogue shows, or NULL */
	const char *vocabulary; /* file of `cordon vocabulary make`, or NULL */
	/* for secure sums; all NULL: none are made */
	const char *members, *officers, *sum_key;
};

enum {
	RATE_DEFAULT = 60
};

/* Reads the file at path; everything in *out lives in `arena`. Fails: E_INPUT, with every problem
 * in ds (codes P.. of the reader, C2.. of this file); E_SYSTEM and E_LIMIT when the file cannot be
 * read, with nothing in ds. */
CHECKED int gateway_config_read(struct gateway_config *out, const char *path, struct arena *arena,
	struct diags *ds, struct error *err);

#endif
