/*
 * ca_manifest.h - `cordon ca manifest`, for ca.c, and what its files share: ca_manifest.c (keys, changing a list),
 * ca_manifest_show.c, ca_manifest_sign.c.
 */
#ifndef CLI_CA_MANIFEST_H
#define CLI_CA_MANIFEST_H

#include "base/arena.h"
#include "base/diag.h"
#include "cli/cli.h"
#include "secagg/members_file.h"

enum {
	MANIFEST_DAY_S = 86400
};

struct manifest {
	const struct cli *cli;
	const char *file, *word; /* plain arguments */
	const char *root, *name, *org, *key, *out, *officers, *as, *passphrase, *epoch, *against;
	bool gateway;
	struct arena arena;
	struct diags ds;
	struct members_file *list, *before;
	struct officers *who;
};

/* argv[0] is "ca", argv[1] "manifest". Returns the exit status. */
int ca_manifest(struct cli *cli, int argc, char **argv);

/* All give an exit status, and said what is wrong unless it is EXIT_ANSWERED. */
int manifest_read(struct manifest *m, const char *path, struct members_file **out,
	struct officers **officers);        /* one of the two; the other NULL */
int manifest_read_both(struct manifest *m); /* the list and --against */
CHECKED /* Of a file with the root certificate. */
int manifest_federation(const char *root, struct hash32 *out, struct error *err);
int manifest_write(struct manifest *m, struct error *err);
int manifest_refuse(const struct manifest *m, int status, struct say say);

void manifest_tell(struct manifest *m);
int manifest_show(struct manifest *m);
int manifest_sign(struct manifest *m);
int manifest_verify(struct manifest *m);

#endif
