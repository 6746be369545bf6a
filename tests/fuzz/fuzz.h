/*
 * fuzz.h - what a fuzz target offers. With clang -fsanitize=fuzzer the library drives it; without,
 * driver.c does.
 *
 * A target is one file with both functions. It aborts when a promise is broken; a refused input is
 * no failure.
 */
#ifndef TESTS_FUZZ_H
#define TESTS_FUZZ_H

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Writes the i-th good input into out[room] and gives its length; 0 when there is none any more. */
size_t fuzz_seed(size_t i, uint8_t *out, size_t room);

#endif
