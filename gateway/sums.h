/*
 * sums.h - who may sum, as this gateway knows it: the list that the federation's officers signed, and its own key in it.
 *
 * With them the federation's key of threshold Paillier, when there is one: its epoch is not remembered here, since each
 * site and each holder refuses another than its own.
 *
 * Read when the gateway starts. A list of a lower epoch than one that was in use here, or another one of that epoch, is
 * refused; which one is in use is in the store before the first sum.
 */
#ifndef GATEWAY_SUMS_H
#define GATEWAY_SUMS_H

#include <openssl/evp.h>

#include "base/arena.h"
#include "gateway/config.h"
#include "gateway/store/store.h"
#include "paillier/tp_file.h"
#include "secagg/membership.h"

struct sums {
	struct arena arena;
	const struct membership *members; /* NULL: no sums are made */
	EVP_PKEY *key;
	struct tp_key_file paillier;
	bool has_paillier;
};

/* Nothing where the configuration names no list. Fails: E_INPUT, the log names file and line; E_SYSTEM. */
CHECKED int sums_open(struct sums *s, const struct gateway_config *config, struct store *store,
	struct error *err);
void sums_close(struct sums *s);

#endif
