#include "answer/answer_sum.h"

#include <math.h>

#include "crypto/account.h"
#include "paillier/tp_transcript.h"

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
	uint64_t *words = NULL, n_words = 0;

	if (n == 0 || n != stored->contributors)
		return error_set(err, E_INPUT,
			SAY("The sum does not belong to this question.", "该求和与此查询不符。"),
			"a sum of %llu sites, and %zu are named",
			(unsigned long long)stored->contributors, n);
	if (shared_noise_decode(stored->noise.at, stored->noise.len, &out->noise, err) != 0 ||
		sum_words(offers[0], &out->noise, &n_words, err) != 0 ||
		read_words(stored->words, n_words, a, &words, err) != 0)
		return -1;
	out->paillier = tp_transcript_is(stored->transcript.at, stored->transcript.len);
	return sum_release(&out->noise, words, offers, sites, n, a, &out->made, err);
}

/* ---- in words ---- */

static bool is_distinct(const struct answer_sum *s)
{
	return s->made.distinct.buckets > 0;
}

static void write_layer(const struct answer_sum *s, uint64_t i, struct text *out)
{
	const struct shared_layer *share = &s->noise.layers[i];

	if (s->noise.law == SHARED_GAUSSIAN)
		text_addf(out, "\"variance\":%llu,\"share\":{\"lattice\":%llu,\"variance\":%llu}",
			(unsigned long long)(is_distinct(s) ? s->made.distinct.noise
							    : s->made.release.layers[i].t),
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

/* "rho 0.0239 (epsilon 1.0042 at delta 0.000001)", rounded up. */
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

static void add_noise_promise(const struct answer_sum *s, bool zh, struct text *out)
{
	uint64_t prho = s->made.release.cost_prho;

	if (s->noise.law == SHARED_NONE || prho >= INT64_MAX) {
		text_add(out,
			zh ? "总和未加噪声：各医院的策略允许如此。"
			   : "The sum has no noise: the hospitals' policies let it have none. ");
		return;
	}
	text_add(out, zh ? "噪声掩护这些诚实医院的每一名患者：某人是否在数据中，对所见结果的影响不超过 "
			 : "The noise hides each patient of a hospital that keeps to it: whether one person "
			   "is in the data changes what is seen by no more than ");
	add_loss(prho, zh, out);
	text_add(out, is_distinct(s) ? zh ? "。在多家医院就诊的患者只计一次，同此界限。"
					  : ". A patient of several hospitals counts once, so it "
					    "holds for them too. "
		      : zh ? "。在 2 家医院就诊的患者按 4 倍 rho 计，3 家按 9 倍。"
			   : ". For a patient of 2 hospitals it is 4 times that rho, of 3 "
			     "hospitals 9 times. ");
}

/* What TP-1 assumes more, and does not give. */
static void add_paillier(bool zh, struct text *out)
{
	text_add(out, zh ? "本次求和采用门限 Paillier：与网关串通的密钥持有人也不得超过密钥允许的数目，且密钥生成时用过的"
			   "秘密须已销毁。不具备前向安全：日后有人集齐足够的密钥份额，便可解开当时记录下的各院密文。"
			 : "This sum was made by threshold Paillier: it holds while no more of the key's holders help "
			   "the gateway than the key allows for, and whoever made the key forgot its secrets. There is "
			   "no forward secrecy: who later comes by enough shares of the key opens what was recorded of "
			   "each hospital. ");
}

/* Against whom, on which conditions, and what not. Sentences that can be read one at a time. */
static void add_guarantee(const struct answer_sum *s, bool zh, struct text *out)
{
	unsigned long long n = s->made.of.n, honest = s->noise.honest;

	text_addf(out,
		zh ? "除这一总和之外，网关、提问者和其他医院都无从得知任何一家医院的数字。前提是：这 "
		     "%llu 家医院中至少 %llu 家遵守协议，且与网关串通的医院不超过成员名单允许的数目。"
		   : "Nobody learns more of a hospital's numbers than this sum: not the gateway, not who asked, "
		     "not another hospital. This holds while at least %2$llu of the %1$llu hospitals keep to the "
		     "protocol and no more of them help the gateway than the list of members allows for. ",
		n, honest);
	if (s->paillier)
		add_paillier(zh, out);
	add_noise_promise(s, zh, out);
	text_add(out, zh ? "各医院是否如实统计不在保证之内，所用密码算法须未被攻破。"
			 : "Not promised: that a hospital counted right. Assumed: that nobody breaks the ciphers.");
}

/* What a count of distinct people rests on besides. */
static void add_distinct(const struct sum_distinct *d, bool zh, struct text *out)
{
	text_add(
		out, zh ? "前提还有：没有一家医院把各医院共有的密钥交给网关；否则网关可去掉噪声，并"
			  "可查出某人是否在 "
			  "任何一家医院的数据中。须各医院以同一写法记录同一个人，没有标识的人不计。"
			: " This needs besides that no hospital shows the hospitals' common secret "
			  "to the gateway, "
			  "which could then take the noise away and look whether any hospital "
			  "knows a person. "
			  "People are one where all hospitals write their identifier alike; who "
			  "has none is not "
			  "counted.");
	if (d->full)
		text_addf(out,
			zh ? "人数超出 %llu 个桶所能计数的范围，因此没有结果。"
			   : " There are more people than %llu buckets can count, so there is no "
			     "number.",
			(unsigned long long)d->buckets);
}

static void add_told(const struct answer_sum *s, bool zh, struct text *out)
{
	struct text told;

	text_init(&told, 4 * MAX_SAY);
	add_guarantee(s, zh, &told);
	if (is_distinct(s))
		add_distinct(&s->made.distinct, zh, &told);
	text_add_json(out, text_str(&told));
	out->failed = out->failed || text_failed(&told);
	text_clear(&told);
}

/* {"buckets":131072,"dummies":96,"occupied":4211,"full":false} */
static void write_distinct(const struct sum_distinct *d, struct text *out)
{
	text_addf(out, ",\"distinct\":{\"buckets\":%llu,\"dummies\":%llu",
		(unsigned long long)d->buckets, (unsigned long long)d->dummies);
	if (!d->full)
		text_addf(out, ",\"occupied\":%lld", (long long)d->occupied);
	text_addf(out, ",\"full\":%s}", d->full ? "true" : "false");
}

void answer_sum_write(const struct answer_sum *s, struct text *out)
{
	const struct release *r = &s->made.release;

	text_addf(out, "{\"protocol\":\"%s\",\"sites\":%zu,\"honest\":%llu,",
		s->paillier ? "TP-1" : "SA-1", s->made.of.n, (unsigned long long)s->noise.honest);
	write_noise(s, out);
	if (is_distinct(s))
		write_distinct(&s->made.distinct, out);
	text_addf(out, ",\"min_patients\":%llu,\"round_to\":%llu,\"rows_left_out\":%s",
		(unsigned long long)r->min_patients, (unsigned long long)r->round_to,
		r->rows_left_out ? "true" : "false");
	text_add(out, ",\"guarantee\":{\"zh\":");
	add_told(s, true, out);
	text_add(out, ",\"en\":");
	add_told(s, false, out);
	text_add(out, "}}");
}
