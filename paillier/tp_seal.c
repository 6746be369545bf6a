#include <string.h>

#include "paillier/tp_deal.h"
#include "secagg/layout.h"
#include "secagg/sealed.h"

/*
 * A share on its way from the dealer to its holder: place, then the share sealed.
 */

size_t tp_sealed_bytes(const struct tp_key *k)
{
	return 1 + k->bytes + 1 + SEALED_EXTRA;
}

/* What is sealed and for whom: this key, this holder. */
static int about(const struct tp_key *k, unsigned place, struct hash32 *out, struct error *err)
{
	struct text t;

	lay_label(&t, "cordon/tp1/share");
	lay_hash(&t, &k->hash);
	lay_id(&t, &k->holders[place - 1].id);
	lay_u8(&t, (uint8_t)place);
	return lay_digest(&t, out, err);
}

int tp_share_seal(const struct tp_key *k, const struct tp_share *s, uint8_t *out, struct error *err)
{
	uint8_t plain[TP_MAX_BYTES + 1];
	struct hash32 what;
	int ret = number_bytes(s->s, plain, k->bytes + 1, err);

	if (ret == 0)
		ret = about(k, s->place, &what, err);
	if (ret == 0)
		ret = sealed_make(
			k->holders[s->place - 1].seal, &what, plain, k->bytes + 1, out + 1, err);
	out[0] = (uint8_t)s->place;
	secret_wipe(plain, sizeof(plain));
	return ret;
}

int tp_share_open(const struct tp_key *k, EVP_PKEY *holder, const uint8_t *in, struct tp_share *out,
	struct error *err)
{
	uint8_t plain[TP_MAX_BYTES + 1];
	struct tp_share s = { .place = in[0], .key = k->hash };
	struct hash32 what;
	int ret;

	if (s.place == 0 || s.place > k->n_holders)
		return error_set(err, E_CRYPTO,
			SAY("The sealed bytes cannot be used.", "密封的内容不可用。"),
			"sealed share: of no holder");
	ret = about(k, s.place, &what, err);
	if (ret == 0)
		ret = sealed_open(holder, &what, in + 1, tp_sealed_bytes(k) - 1, plain, err);
	if (ret == 0 && (s.s = number_of(plain, k->bytes + 1)) == NULL)
		ret = error_memory(err);
	if (ret == 0)
		ret = tp_share_check(k, &s, err);
	secret_wipe(plain, sizeof(plain));
	if (ret == 0)
		*out = s;
	else
		tp_share_clear(&s);
	return ret;
}
