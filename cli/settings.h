/*
 * settings.h - who this desk is: the gateway's address, the account, its token and its signing key.
 * The file holds a secret: it is written with mode 0600 and not read when others can read it.
 */
#ifndef CLI_SETTINGS_H
#define CLI_SETTINGS_H

#include "base/arena.h"
#include "base/error.h"

struct settings {
	const char *gateway; /* https://host:port */
	const char *account, *token;
	const char *ca;      /* PEM to trust for the gateway's HTTPS, or NULL: the system's */
	const char *certificate, *key; /* files */
};

/* Where the file is: the argument, else CORDON_SETTINGS, else cordon/settings.yaml in
 * XDG_CONFIG_HOME or ~/.config. NULL: no home. */
const char *settings_path(const char *given, struct arena *arena);
/* Strings live in arena; relative paths in the file are relative to it. Fails: E_INPUT with place,
 * or when others can read the file; E_SYSTEM when absent (it says `cordon login`) or unreadable. */
CHECKED int settings_read(
	const char *path, struct arena *arena, struct settings *out, struct error *err);
/* Makes the folder (0700) when it is not there. Fails: E_SYSTEM; the old file stays as it was. */
CHECKED int settings_write(const char *path, const struct settings *s, struct error *err);
/* A file that holds a secret must be its owner's alone. Fails: E_INPUT, E_SYSTEM when absent. */
CHECKED int settings_private(const char *path, struct error *err);

#endif
