/*
 * error.h - one error type with two readers.
 *
 * A function that can fail returns 0 or -1 and takes `struct error *err` last, never NULL. On -1 *err
 * is filled and no result is written; on 0 *err is untouched. `say` is a pair of string literals, so
 * it cannot carry a row, a count or a key: it may be sent to anybody. `log` stays on this host.
 */
#ifndef BASE_ERROR_H
#define BASE_ERROR_H

#define CHECKED           __attribute__((warn_unused_result))
#define PRINTF_LIKE(f, a) __attribute__((format(printf, f, a)))

enum error_code {
	E_NONE,
	E_INPUT,  /* the peer's or the writer's fault */
	E_DENIED, /* a rule says no */
	E_BUDGET, /* the privacy budget does not reach */
	E_STATE,  /* not at this moment */
	E_LIMIT,  /* a bound of limits.h was met */
	E_SYSTEM, /* ours, or the machine's; may pass */
	E_CRYPTO, /* a check failed that deliberately says no more */
};

/* One sentence in both languages. The texts are UTF-8 and live as long as the program
 * unless a header says otherwise. */
struct say {
	const char *en, *zh;
};

/* SAY("...", "...") accepts literals only. */
#define SAY(english, chinese) ((struct say){ "" english, "" chinese })

struct error {
	enum error_code code;
	struct say say;
	char log[400]; /* "could not open policy \"studies.yaml\": permission denied" */
};

/* Fills *err; returns -1 so that callers can write `return error_set(...)`. */
int error_set(struct error *err, enum error_code code, struct say say, const char *fmt, ...)
	PRINTF_LIKE(4, 5);

/* Puts "context: " in front of err->log; returns -1. */
int error_under(struct error *err, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* The common case of a failed allocation. Returns -1. */
int error_memory(struct error *err);

/* A short stable word for a code: "input", "denied", ... */
const char *error_word(enum error_code code);

#endif
