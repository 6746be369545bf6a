/*
 * secret.c - wiping, and a process that leaves no memory behind.
 */
#include "base/secret.h"

#include <openssl/crypto.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/resource.h>

void secret_wipe(void *bytes, size_t len)
{
	if (bytes != NULL && len > 0)
		OPENSSL_cleanse(bytes, len);
}

void key32_wipe(struct key32 *k)
{
	secret_wipe(k->at, sizeof(k->at));
}

void secret_process(void)
{
#ifndef __SANITIZE_ADDRESS__
	const struct rlimit none = { 0, 0 };

	/* Both are a second fence; a kernel that refuses them still has file permissions. */
	(void)setrlimit(RLIMIT_CORE, &none);
	(void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
#endif
}
