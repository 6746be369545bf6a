/*
 * secret.h - bytes that are wiped when their scope ends.
 * They appear in no log, no printf and no message about why they failed to parse.
 */
#ifndef BASE_SECRET_H
#define BASE_SECRET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct key32 {
	uint8_t at[32];
};
void secret_wipe(void *bytes, size_t len);
void key32_wipe(struct key32 *k);
#define LOCAL_KEY(k) __attribute__((cleanup(key32_wipe))) struct key32 k = { { 0 } }

/* What is told of a secret on purpose, 0 or not: a branch may follow it. The compiler learns nothing from that branch, so
 * that no later code carries the secret on. */
#ifndef secret_told
static inline bool secret_told(uint64_t v)
{
	__asm__ volatile("" : "+r"(v));
	return v != 0;
}
#endif

/* No core dumps, no ptrace by the same user: called first by programs that hold keys or rows.
 * Does nothing under a sanitizer, which needs ptrace. */
void secret_process(void);

#endif
