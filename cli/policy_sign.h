/*
 * policy_sign.h - one signature on the way: shared by policy_sign.c, which makes it, policy_sign_say.c, which tells what it
 * approves, and policy_key.c, which opens the signer's key. For these files only.
 */
#ifndef CLI_POLICY_SIGN_H
#define CLI_POLICY_SIGN_H

#include <openssl/types.h>

#include "cli/policy.h"
#include "crypto/signing.h"
#include "policies/approval/approval.h"
#include "policies/effect/effect.h"

struct signing {
	struct desk *d;
	struct approvers *who;
	struct policy_folder folder;
	struct approval *old;  /* as it is in the folder; NULL: none */
	struct approval *mine; /* what is about to be written */
	bool anew;             /* old is of other files */
	const struct policy *before;
	struct effect effect;
	unsigned tests;
	EVP_PKEY *key;
	char key_text[SIGNING_KEY_TEXT], at[32], sig[SIGNING_TEXT];
	const char *role;
};

/* What is about to be approved. */
int policy_sign_summary(const struct signing *s);
/* That it was signed, and who still must. */
int policy_sign_done(const struct signing *s);

/* Opens the key of --key (EVP_PKEY_free), with the passphrase of --passphrase FILE, its first line, or of the terminal.
 * Fails: E_INPUT, also for a file that others may read; E_SYSTEM. */
CHECKED int policy_key_open(const struct desk *d, EVP_PKEY **out, struct error *err);

#endif
