/*
 * round_sum_offer.c - what sites offer: believed, and chosen among; then there is an invitation, or an earlier sum again.
 */
#include <openssl/rand.h>
#include <string.h>

#include "answer/sum.h"
#include "base/clock.h"
#include "base/log.h"
#include "gateway/proof.h"
#include "gateway/round_sum_in.h"
#include "query/question.h"
#include "secagg/quorum.h"

/* Of TP-1 only with the key that this gateway has. */
static uint8_t accepted(const struct round *r, const struct msg_offer *m)
{
	const struct tp_key *k = r->all->paillier;

	return (uint8_t)(k != NULL && hash32_equal(&k->hash, &m->key) ? m->accepts
								      : m->accepts & ACCEPT_SA1);
}

void round_sum_offer(struct round *r, struct leg *leg, const struct message *m)
{
	const uint8_t *key = sessions_key(r->all->sessions, leg->site);
	struct round_sum *s = round_sum_of(r);
	size_t at = (size_t)(leg - r->legs), len = 0;
	struct release offer;
	uint8_t *body = NULL;
	struct error err;

	if (s == NULL || key == NULL || leg->state == LEG_OFFERED || leg->state == LEG_SUMMING)
		return;
	arena_reset(&s->of[at]); /* of an offer before its line was lost */
	s->offers[at] = (struct release){ 0 };
	if (proof_offer(&m->offer, key, leg->name, &r->q.hash, r->q.kind, &s->of[at], &offer,
		    &err) != 0 ||
		round_body(m, &body, &len, &err) != 0) {
		log_line(LOG_ERROR, "question %s: %s: its offer is not believed: %s", r->q.id,
			leg->name, err.log);
		round_sum_end_leg(r, leg, ON_FAILED,
			SAY("the hospital's offer could not be verified and was not used",
				"医院的应答未通过验证，未被采用"));
		return;
	}
	s->offers[at] = offer;
	s->shapes[at] = release_layout_hash(&offer);
	s->accepts[at] = accepted(r, &m->offer);
	if (!leg_move(r, leg, ON_OFFER, body, len, NULL)) {
		sessions_drop(r->all->sessions, leg->site);
		return;
	}
	if (s->sa != NULL || s->over || (s->tp != NULL && !round_paillier_offer(r, leg)))
		round_sum_end_leg(r, leg, ON_NO_SUM, round_sum_was_late);
}

/* Those that can be summed by a protocol, and how many. What a site that is gone offered is left aside by SA-1. */
static size_t choose_by(struct round *r, unsigned protocol)
{
	struct round_sum *s = r->sum;

	s->by_tp = protocol == ACCEPT_TP1;
	for (size_t i = 0; i < r->n; i++) {
		s->marked[i] = true;
		s->offers[i].summed = (s->accepts[i] & protocol) != 0 && round_sum_invited(r, i);
	}
	(void)sum_choose(s->offers, r->n, s->marked);
	return sum_hush(s->offers, r->n, s->marked, s->loud);
}

/* SA-1, which needs no key that outlives the question, unless TP-1 has more sites. */
static size_t choose(struct round *r)
{
	struct round_sum *s = r->sum;
	size_t by_tp = round_paillier_ready(r) ? choose_by(r, ACCEPT_TP1) : 0;
	size_t n = choose_by(r, ACCEPT_SA1);

	if (by_tp > n)
		n = choose_by(r, ACCEPT_TP1);
	for (s->first = 0; n > 0 && !s->marked[s->first];)
		s->first++;
	return n;
}

/* ---- beginning ---- */

static int choose_noise(struct round *r, const struct sum_rules *rules, size_t n, struct error *err)
{
	struct round_sum *s = r->sum;

	if (sum_noise(s->offers, s->marked, r->n, n,
		    quorum_honest(rules, n, quorum_contributors(rules, n)), &s->noise, err) != 0 ||
		sum_words(&s->offers[s->first], &s->noise, &s->n_words, err) != 0)
		return -1;
	/* masked words of all, the sum, and what each says besides */
	if ((n + 1) * s->n_words > (SUM_RECORD_ROOM - SUM_RECORD_ROOM / 8) / 8)
		return error_set(err, E_LIMIT,
			SAY("The sum is too large for so many hospitals.",
				"该求和对这些医院而言规模过大。"),
			"a transcript of %zu sites and %llu words", n,
			(unsigned long long)s->n_words);
	return 0;
}

/* The suite that the rules allow: the fastest first, by the measurements in bench/README.md. */
static enum suite suite_of(const struct sum_rules *rules)
{
	for (int i = SUITE_AES128; i < SUITE_END; i++)
		if (rules->suites >> i & 1)
			return (enum suite)i;
	return SUITE_AES128;
}

static int fill_invite(struct round *r, size_t n, struct sum_invite *out, struct error *err)
{
	const struct membership *members = r->all->members;
	struct round_sum *s = r->sum;

	*out = (struct sum_invite){ .suite = suite_of(&members->rules),
		.federation = members->federation,
		.epoch = members->epoch,
		.gateway = sum_id_of(r->all->name),
		.question = r->q.hash,
		.asked = ask_signed_hash(&r->q.hash, r->q.account, r->q.asked_ms),
		.layout = s->shapes[s->first],
		.noise = shared_noise_hash(&s->noise),
		.mode = s->offers[s->first].kind == KIND_DISTINCT ? SUM_OR : SUM_ADD,
		.words = s->n_words,
		.bound = shared_noise_bound(&s->noise),
		.n_min = members->rules.n_min,
		.n_max = n,
		.u_min = quorum_contributors(&members->rules, n) };
	if (RAND_bytes(out->nonce, sizeof(out->nonce)) != 1)
		return error_set(err, E_CRYPTO, SAY("no random numbers", "无法生成随机数"),
			"no random bytes for a sum");
	return membership_hash(members, &out->members, err);
}

static const struct say laid_out_otherwise =
	SAY("its groups or values are laid out otherwise than at most hospitals; it paid nothing",
		"其分组或数值的划分与多数医院不同；未计费");
static const struct say counts_otherwise = SAY("it does not have the secret that most hospitals "
					       "share, or counts in other buckets; it paid nothing",
	"其共有密钥或桶数与多数医院不同；未计费");
static const struct say too_loud = SAY("its policy wants so much more noise than most hospitals' "
				       "that nothing would be left of the sum; it paid "
				       "nothing",
	"本院策略所要的噪声远多于多数医院，总和将失去意义；未计费");
static const struct say other_protocol =
	SAY("it takes part in sums of another kind only; it paid nothing",
		"该院只参与另一种求和；未计费");

struct say round_sum_unlike(const struct round_sum *s, size_t i)
{
	unsigned protocol = s->by_tp ? ACCEPT_TP1 : ACCEPT_SA1;

	if (s->loud[i])
		return too_loud;
	if ((s->accepts[i] & protocol) == 0)
		return other_protocol;
	return s->offers[i].kind == KIND_DISTINCT ? counts_otherwise : laid_out_otherwise;
}

/* Those that offered and are not wanted. */
static void leave_out(struct round *r)
{
	for (size_t i = 0; i < r->n; i++)
		if (r->legs[i].state == LEG_OFFERED && !round_sum_invited(r, i))
			round_sum_end_leg(r, &r->legs[i], ON_NO_SUM, round_sum_unlike(r->sum, i));
}

static int begin(struct round *r, size_t n, struct error *err)
{
	struct sum_invite invite;

	if (choose_noise(r, &r->all->members->rules, n, err) != 0 ||
		fill_invite(r, n, &invite, err) != 0)
		return -1;
	if ((r->sum->by_tp ? round_paillier_begin(r, &invite, err)
			   : round_masked_begin(r, &invite, err)) != 0)
		return -1;
	leave_out(r);
	return 0;
}

/* ---- the same question again ---- */

/* That this site offers now what it did when it was in the earlier sum: same policy, same data. */
static bool same_offer(const struct release *now, const struct stored_leg *leg, struct arena *a)
{
	struct message m;
	struct release then;
	struct error err;

	return message_decode(leg->message.at, leg->message.len, a, &m, &err) == 0 &&
	       m.type == MSG_OFFER &&
	       release_decode(m.offer.sealed.at, m.offer.sealed.len, a, &then, &err) == 0 &&
	       hash32_equal(&then.policy_hash, &now->policy_hash) &&
	       strcmp(then.data, now->data) == 0;
}

/* Whether the sites that are ready now are those of that sum, unchanged. */
static bool same_sites(
	const struct round *r, const struct stored_leg *legs, size_t n, struct arena *a)
{
	size_t now = 0, then = 0;

	for (size_t i = 0; i < r->n; i++)
		now += round_sum_invited(r, i);
	for (size_t k = 0; k < n; k++) {
		size_t i = 0;

		if (legs[k].state != SITE_SUMMED)
			continue;
		while (i < r->n && strcmp(r->legs[i].name, legs[k].site) != 0)
			i++;
		if (i == r->n || !round_sum_invited(r, i) ||
			!same_offer(&r->sum->offers[i], &legs[k], a))
			return false;
		then++;
	}
	return now > 0 && now == then;
}

/* V4 */
static bool recall(struct round *r)
{
	struct round_sum *s = r->sum;
	struct store *store = r->all->store;
	char id[MAX_ID + 1];
	struct stored_leg *legs;
	struct error err = { 0 };
	size_t n;
	int found = store_summed(store, &r->q.hash, id, &err);

	if (found == 1)
		found = store_legs(store, id, &s->arena, &legs, &n, &err) == 0 ? 1 : -1;
	if (found == 1)
		found = same_sites(r, legs, n, &s->arena);
	if (found == 1)
		found = store_sum(store, id, true, &s->arena, &s->result, &err);
	if (found < 0)
		log_line(LOG_ERROR, "question %s: %s", r->q.id, err.log);
	if (found != 1)
		return false;
	log_line(LOG_INFO, "question %s: the sum of %s again", r->q.id, id);
	s->recalled = true;
	round_sum_made(r);
	return true;
}

static bool awaited(const struct round *r)
{
	for (size_t i = 0; i < r->n; i++)
		if (r->legs[i].state == LEG_AWAY || r->legs[i].state == LEG_ASKED)
			return true;
	return false;
}

void round_sum_begin(struct round *r)
{
	struct round_sum *s = r->sum;
	struct error err;
	size_t n;

	if (awaited(r) && clock_mono_ms() < s->due_ms)
		return;
	n = choose(r);
	if (recall(r))
		return;
	if (r->all->members == NULL) {
		round_sum_give_up(
			r, SAY("this gateway has no list of members that may sum; nothing was paid",
				   "本网关没有可参与求和的成员名单；未计费"));
	} else if (n < r->all->members->rules.n_min) {
		round_sum_give_up(
			r, SAY("too few hospitals could take part in the sum; nothing was paid",
				   "可参与求和的医院过少；未计费"));
	} else if (begin(r, n, &err) != 0) {
		log_line(LOG_ERROR, "question %s: no sum: %s", r->q.id, err.log);
		round_sum_give_up(r, SAY("the sum could not be begun; nothing was paid",
					     "求和未能开始；未计费"));
	}
}
