/*
 * signing.h - one signature on the way: shared by policy_sign.c, which makes it, and policy_sign_say.c, which tells what
 * it approves. For these two files only.
 */
#ifndef CLI_SIGNING_H
#define CLI_SIGNING_H

#include <openssl/types.h>

#include "cli/policy.h"
#include "crypto/signing.h"
#include "policies/approval.h"
#include "policies/effect.h"

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
int signing_summary(const struct signing *s);
/* That it was signed, and who still must. */
int signing_done(const struct signing *s);

#endif
