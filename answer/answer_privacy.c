#include "answer/answer_privacy.h"

#include <math.h>

#include "crypto/account.h"

#define DELTA 1e-6

void privacy_add(struct privacy_cost *c, uint64_t prho)
{
	c->sites += prho > 0;
	for (size_t i = 0; i < PRIVACY_SITES; i++) {
		uint64_t smaller = c->prho[i] < prho ? c->prho[i] : prho;

		if (prho > c->prho[i])
			c->prho[i] = prho;
		prho = smaller;
	}
}

void privacy_of_sum(struct privacy_cost *c, uint64_t prho, bool once)
{
	const uint64_t several = once ? 1 : PRIVACY_SITES * PRIVACY_SITES;

	if (prho >= INT64_MAX / several)
		return;
	*c = (struct privacy_cost){ { prho, (several - 1) * prho }, PRIVACY_SITES };
}

static void write_loss(const char *name, size_t sites, uint64_t prho, struct text *out)
{
	double epsilon = account_epsilon(prho, DELTA);
	char rho[32], eps[32];

	text_addf(out, "\"%s\":{\"sites\":%zu,\"rho\":\"%s\"", name, sites,
		account_text(prho, 1, rho, sizeof(rho)));
	if (epsilon < 1e6) /* beyond, it promises nothing */
		text_addf(out, ",\"epsilon\":\"%s\"",
			account_text((uint64_t)ceil(epsilon * (double)ACCOUNT_ONE), 1, eps,
				sizeof(eps)));
	text_addc(out, '}');
}

void answer_write_privacy(const struct privacy_cost *c, struct text *out)
{
	uint64_t sum = 0;

	if (c->sites == 0)
		return;
	for (size_t i = 0; i < PRIVACY_SITES; i++)
		sum = c->prho[i] > UINT64_MAX - sum ? UINT64_MAX : sum + c->prho[i];
	text_addf(out, ",\"privacy\":{\"unit\":\"patient-at-site\",\"delta\":\"0.000001\",");
	write_loss("one", 1, c->prho[0], out);
	if (c->sites >= PRIVACY_SITES) {
		text_addc(out, ',');
		write_loss("several", PRIVACY_SITES, sum, out);
	}
	text_addc(out, '}');
}
