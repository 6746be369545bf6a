#include "secagg/certificate.h"

#include <stdlib.h>

struct certified {
	struct bits dealt, alive;
};

static int denied(struct error *err, const char *why)
{
	return error_set(err, E_DENIED,
		SAY("The certificate of this secure sum is refused.", "本次安全求和的凭证被拒绝。"),
		"certificate: %s", why);
}

static int check_signers(const struct sum_view *v, const struct bits *signers,
	const uint8_t *signatures, struct error *err)
{
	const struct hash32 hashes[] = { v->roster->hash, v->dealt_hash, v->alive_hash };

	for (uint64_t i = 0; i < signers->n; i++) {
		if (!bits_has(signers, i))
			continue;
		if (step_verify(STEP_ACK, &v->ctx, v->roster->who[i], hashes, 3, signatures, err) !=
			0)
			return -1;
		signatures += 64;
	}
	return 0;
}

int certificate_check(struct certified **out, const struct sum_view *v, const void *bytes,
	size_t len, struct error *err)
{
	struct bits signers;
	const uint8_t *signatures;
	struct unlay u;

	unlay_init(&u, bytes, len);
	unlay_bits(&u, &signers, v->roster->n);
	signatures = unlay_take(&u, 64 * bits_count(&signers));
	if (unlay_end(&u, "certificate", err) != 0)
		return -1;
	if (!bits_within(&signers, &v->alive) || !bits_within(&v->alive, &v->dealt))
		return denied(err, "signed by one that is no survivor");
	if (bits_count(&signers) < v->roster->signers)
		return denied(err, "too few signers");
	if (check_signers(v, &signers, signatures, err) != 0)
		return -1;
	struct certified *c = malloc(sizeof(*c));
	if (c == NULL)
		return error_memory(err);
	*c = (struct certified){ .dealt = v->dealt, .alive = v->alive };
	*out = c;
	return 0;
}

void certified_free(struct certified *c)
{
	free(c);
}

enum share_kind certified_kind(const struct certified *c, uint64_t dealer)
{
	if (bits_has(&c->alive, dealer))
		return SHARE_B;
	return bits_has(&c->dealt, dealer) ? SHARE_S : 0;
}

/* ---- held shares ---- */

struct pair {
	struct share of_b, of_s;
};

struct held {
	uint64_t n;
	struct bits have;
	struct pair pairs[];
};

int held_new(struct held **out, uint64_t n, struct error *err)
{
	struct held *h = calloc(1, sizeof(*h) + n * sizeof(h->pairs[0]));

	if (h == NULL)
		return error_memory(err);
	h->n = n;
	bits_init(&h->have, n);
	*out = h;
	return 0;
}

void held_put(struct held *h, uint64_t dealer, struct share *b, struct share *s)
{
	bits_add(&h->have, dealer);
	h->pairs[dealer] = (struct pair){ *b, *s };
	secret_wipe(b, sizeof(*b));
	secret_wipe(s, sizeof(*s));
}

bool held_has(const struct held *h, uint64_t dealer)
{
	return bits_has(&h->have, dealer);
}

void held_free(struct held *h)
{
	if (h == NULL)
		return;
	secret_wipe(h, sizeof(*h) + h->n * sizeof(h->pairs[0]));
	free(h);
}

static void write_one(const struct pair *p, enum share_kind kind, struct text *out)
{
	uint8_t bytes[SHARE_BYTES];

	share_write(kind == SHARE_B ? &p->of_b : &p->of_s, bytes);
	lay_fixed(out, bytes, sizeof(bytes));
	secret_wipe(bytes, sizeof(bytes));
}

int held_reveal(struct held **held, const struct certified *c, struct text *out, struct error *err)
{
	struct held *h = *held;
	struct bits of;

	bits_init(&of, h->n);
	for (uint64_t j = 0; j < h->n; j++)
		if (held_has(h, j) && certified_kind(c, j) != 0)
			bits_add(&of, j);
	lay_bits(out, &of);
	for (uint64_t j = 0; j < h->n; j++)
		if (bits_has(&of, j))
			write_one(&h->pairs[j], certified_kind(c, j), out);
	held_free(h);
	*held = NULL;
	return text_failed(out) ? error_memory(err) : 0;
}
