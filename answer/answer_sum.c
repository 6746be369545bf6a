#include "answer/answer_sum.h"

#include <math.h>

#include "crypto/account.h"

#define DELTA      1e-6
#define DELTA_TEXT "0.000001"

static int read_words(
	struct view bytes, size_t n, struct arena *a, uint64_t **out, struct error *err)
{
	uint64_t *words = arena_array(a, n, sizeof(*words));

	if (words == NULL)
		return error_memory(err);
	if (bytes.len != 8 * n)
		return error_set(err, E_INPUT,
			SAY("The sum does not belong to this question.", "该求和与此查询不符。"),
			"%zu bytes of %zu words", bytes.len, n);
	for (size_t i = 0; i < n; i++)
		words[i] = get_be64(bytes.at + 8 * i);
	*out = words;
	return 0;
}

int answer_sum_read(const struct stored_sum *stored, const struct release *const *offers,
	const char *const *sites, size_t n, struct arena *a, struct answer_sum *out,
	struct error *err)
{
	uint64_t *words = NULL;

	if (n == 0 || n != stored->contributors)
		return error_set(err, E_INPUT,
			SAY("The sum does not belong to this question.", "该求和与此查询不符。"),
			"a sum of %llu sites, and %zu are named",
			(unsigned long long)stored->contributors, n);
	if (shared_noise_decode(stored->noise.at, stored->noise.len, &out->noise, err) != 0 ||
		read_words(stored->words, shared_noise_words(&out->noise), a, &words, err) != 0)
		return -1;
	return sum_release(&out->noise, words, offers, sites, n, a, &out->made, err);
}

/* ---- in words ---- */

static void write_layer(const struct answer_sum *s, uint64_t i, struct text *out)
{
	const struct shared_layer *share = &s->noise.layers[i];

	if (s->noise.law == SHARED_GAUSSIAN)
		text_addf(out, "\"variance\":%llu,\"share\":{\"lattice\":%llu,\"variance\":%llu}",
			(unsigned long long)s->made.release.layers[i].t,
			(unsigned long long)share->lattice, (unsigned long long)share->t);
	else
		text_addf(out, "\"scale\":\"%llu/%llu\",\"draws\":%llu",
			(unsigned long long)share->t, (unsigned long long)share->s,
			(unsigned long long)s->made.of.draws);
}

static void write_noise(const struct answer_sum *s, struct text *out)
{
	static const char *const kinds[SHARED_LAWS] = { "none", "distributed-discrete-gaussian",
		"distributed-discrete-laplace" };

	text_addf(out, "\"noise\":{\"kind\":\"%s\"", kinds[s->noise.law]);
	if (s->noise.law != SHARED_NONE) {
		text_addc(out, ',');
		write_layer(s, 0, out);
		text_add(out, s->noise.n_layers > 1 ? ",\"layers\":[" : "");
		for (uint64_t i = 0; s->noise.n_layers > 1 && i < s->noise.n_layers; i++) {
			text_add(out, i > 0 ? ",{" : "{");
			write_layer(s, i, out);
			text_addc(out, '}');
		}
		text_add(out, s->noise.n_layers > 1 ? "]" : "");
	}
	text_addc(out, '}');
}

/* "rho 0.0239, epsilon 1.0042 at delta 0.000001", rounded up. */
static void add_loss(uint64_t prho, bool zh, struct text *out)
{
	double epsilon = account_epsilon(prho, DELTA);
	char rho[32], eps[32];

	text_addf(out, "rho %s", account_text(prho, 1, rho, sizeof(rho)));
	if (epsilon < 1e6)
		text_addf(out,
			zh ? "（delta 为 " DELTA_TEXT " 时 epsilon 为 %s）"
			   : " (epsilon %s at delta " DELTA_TEXT ")",
			account_text((uint64_t)ceil(epsilon * (double)ACCOUNT_ONE), 1, eps,
				sizeof(eps)));
}

/* Against whom, on which conditions, and what not. */
static void add_guarantee(const struct answer_sum *s, bool zh, struct text *out)
{
	unsigned long long n = s->made.of.n, honest = s->noise.honest;
	uint64_t prho = s->made.release.cost_prho;

	text_addf(out,
		zh ? "面向网关、提问者及其他医院：只要这 %llu 家医院中至少 %llu "
		     "家遵守协议，且与网关串通"
		     "的医院不多于成员名单所允许的数目，除这一总和之外，任何人都无从得知任何一家医"
		     "院的"
		     "数值。"
		   : "Against the gateway, whoever asked and the other hospitals: as long as of "
		     "these "
		     "%llu hospitals at least %llu keep to the protocol, and no more of them work "
		     "with "
		     "the gateway than the list of members allows for, nobody learns anything of a "
		     "hospital's numbers but this sum. ",
		n, honest);
	if (s->noise.law == SHARED_NONE || prho >= INT64_MAX) {
		text_add(out,
			zh ? "总和未加噪声：各医院的策略允许如此。"
			   : "The sum has no noise: the hospitals' policies let it have none. ");
	} else {
		text_add(out,
			zh ? "总和自带噪声，仅诚实医院的份额即已足够：其中任一医院增减一名患者，"
			     "所见结果的差别不超过 "
			   : "Its noise, of which the honest ones' shares are enough, hides any "
			     "one "
			     "patient of one of them: he changes what is seen by no more than ");
		add_loss(prho, zh, out);
		text_add(out, zh ? "；为 j 家医院所知的患者，rho 为其 j² 倍。"
				 : "; of a patient known to j of them, j² times that rho. ");
	}
	text_add(out,
		zh ? "以上以密码算法的安全性为前提；医院是否如实计数不在其内。"
		   : "This rests on ciphers that nobody can break, and says nothing of whether a "
		     "hospital counted right.");
}

static void add_told(const struct answer_sum *s, bool zh, struct text *out)
{
	struct text told;

	text_init(&told, 4 * MAX_SAY);
	add_guarantee(s, zh, &told);
	text_add_json(out, text_str(&told));
	out->failed = out->failed || text_failed(&told);
	text_clear(&told);
}

void answer_sum_write(const struct answer_sum *s, struct text *out)
{
	const struct release *r = &s->made.release;

	text_addf(out, "{\"sites\":%zu,\"honest\":%llu,", s->made.of.n,
		(unsigned long long)s->noise.honest);
	write_noise(s, out);
	text_addf(out, ",\"min_patients\":%llu,\"round_to\":%llu,\"rows_left_out\":%s",
		(unsigned long long)r->min_patients, (unsigned long long)r->round_to,
		r->rows_left_out ? "true" : "false");
	text_add(out, ",\"guarantee\":{\"zh\":");
	add_told(s, true, out);
	text_add(out, ",\"en\":");
	add_told(s, false, out);
	text_add(out, "}}");
}
