#include "gateway/round_sum_in.h"

#include <openssl/rand.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "answer/sum.h"
#include "base/clock.h"
#include "base/log.h"
#include "gateway/proof.h"
#include "paillier/tp_invite.h"
#include "query/question.h"
#include "secagg/quorum.h"

enum {
	OFFERS_PART = 3,     /* of the time, sites have a third to offer */
	STEP_PART = 16,      /* and a sixteenth for each phase that asks no database, at most STEP_MS */
	STEP_MS = 10000,
	SUM_ROOM = 64 << 20, /* a transcript */
	OFFER_ARENA = 4 << 20, /* one site's offer, read */
};

bool round_is_sum(const struct round *r)
{
	return strcmp(r->q.mode, "secure") == 0;
}

void round_sum_free(struct round_sum *s)
{
	if (s == NULL)
		return;
	for (size_t i = 0; s->of != NULL && i < s->n; i++)
		arena_clear(&s->of[i]);
	free(s->of);
	round_gateway_free(s->g);
	round_paillier_free(s->tp);
	free(s->offers);
	free(s->shapes);
	free(s->accepts);
	free(s->marked);
	free(s->loud);
	text_clear(&s->words);
	text_clear(&s->transcript);
	arena_clear(&s->arena);
	free(s);
}

static struct round_sum *sum_of(struct round *r)
{
	struct round_sum *s = r->sum;

	if (s != NULL)
		return s;
	s = calloc(1, sizeof(*s));
	if (s == NULL)
		return NULL;
	arena_init(&s->arena, MAX_FRAME_ARENA);
	text_init(&s->words, MAX_SUM_WORDS * 8);
	text_init(&s->transcript, SUM_ROOM);
	s->n = r->n;
	s->of = calloc(r->n, sizeof(*s->of));
	for (size_t i = 0; s->of != NULL && i < r->n; i++)
		arena_init(&s->of[i], OFFER_ARENA);
	s->offers = calloc(r->n, sizeof(*s->offers));
	s->shapes = calloc(r->n, sizeof(*s->shapes));
	s->marked = calloc(r->n, sizeof(*s->marked));
	s->loud = calloc(r->n, sizeof(*s->loud));
	s->accepts = calloc(r->n, sizeof(*s->accepts));
	if (s->accepts == NULL || s->of == NULL || s->offers == NULL || s->shapes == NULL ||
		s->marked == NULL || s->loud == NULL) {
		round_sum_free(s);
		return NULL;
	}
	s->due_ms = clock_mono_ms() + (r->deadline_ms - clock_mono_ms()) / OFFERS_PART;
	r->sum = s;
	return s;
}

int64_t round_sum_due(const struct round *r)
{
	return r->sum == NULL || r->sum->over ||
			       (r->sum->tp != NULL && round_paillier_busy(r->sum->tp))
		       ? INT64_MAX
		       : r->sum->due_ms;
}

const struct stored_sum *round_sum_result(const struct round *r)
{
	return r->sum == NULL || r->sum->result.contributors == 0 ? NULL : &r->sum->result;
}

/* ---- what became of a site ---- */

/* The gateway's own words about a site, in place of what it said. */
static void end_leg(struct round *r, struct leg *leg, enum leg_event on, struct say why)
{
	struct message m = { .type = MSG_REFUSE, .refuse = { .state = REFUSE_FAILED } };
	uint8_t *body = NULL;
	size_t len = 0;
	struct error err;

	memcpy(m.refuse.id, r->q.id, sizeof(m.refuse.id));
	(void)!text_copy(m.refuse.say_en, sizeof(m.refuse.say_en), why.en);
	(void)!text_copy(m.refuse.say_zh, sizeof(m.refuse.say_zh), why.zh);
	if (round_body(&m, &body, &len, &err) != 0)
		log_line(LOG_ERROR, "question %s: %s: %s", r->q.id, leg->name, err.log);
	(void)leg_move(r, leg, on, body, len, NULL);
}

static struct say dropped_at(enum sum_step last)
{
	if (last < STEP_SHARES)
		return SAY("it dropped out before it had paid", "在计费之前退出");
	if (last < STEP_MASKED)
		return SAY("it dropped out before it had sent its masked numbers", "在发出掩码数值之前退出");
	return SAY("its masked numbers came too late or could not be used", "其掩码数值迟到或无法使用");
}

static const struct say laid_out_otherwise =
	SAY("its groups or values are laid out otherwise than at most hospitals; it paid nothing",
		"其分组或数值的划分与多数医院不同；未计费");
static const struct say counts_otherwise =
	SAY("it does not have the secret that most hospitals share, or counts in other buckets; it paid nothing",
		"其共有密钥或桶数与多数医院不同；未计费");
static const struct say too_loud =
	SAY("its policy wants so much more noise than most hospitals' that nothing would be left of the sum; it paid "
	    "nothing",
		"本院策略所要的噪声远多于多数医院，总和将失去意义；未计费");
static const struct say was_late =
	SAY("it was ready after the sum had begun; it paid nothing", "求和开始之后才就绪，未计费");

static const struct say other_protocol =
	SAY("it takes part in sums of another kind only; it paid nothing", "该院只参与另一种求和；未计费");

static struct sum_standing standing_of(const struct round_sum *s, const char *site)
{
	for (uint64_t i = 0; i < round_gateway_sites(s->g); i++) {
		struct sum_standing at = round_gateway_standing(s->g, i);

		if (strcmp(at.who->site, site) == 0)
			return at;
	}
	return (struct sum_standing){ .last = STEP_NONE };
}

/* Nothing more is asked of it, and it pays nothing. */
static void end_recalled(struct round *r, struct leg *leg)
{
	struct message m = { .type = MSG_CANCEL };
	struct error err;

	memcpy(m.cancel.id, r->q.id, sizeof(m.cancel.id));
	if (leg_move(r, leg, ON_RECALLED, NULL, 0, NULL) &&
		sessions_send(r->all->sessions, leg->site, &m, &err) != 0)
		log_line(LOG_DEBUG, "question %s: %s", r->q.id, err.log);
}

/* By TP-1 one that offered may be off the line. */
static bool invited(const struct round *r, size_t i)
{
	enum leg_state state = r->legs[i].state;

	return r->sum->marked[i] &&
	       (state == LEG_OFFERED ||
		       (r->sum->by_tp && (state == LEG_AWAY || state == LEG_GONE)));
}

/* Of a sum that is over: how each leg ended that still waits. Again after a store that failed, which undid it (R6). */
static void end_legs(struct round *r)
{
	struct round_sum *s = r->sum;

	for (size_t i = 0; i < r->n; i++) {
		struct leg *leg = &r->legs[i];
		struct sum_standing at;
		struct say why;

		if (leg->state != LEG_OFFERED && leg->state != LEG_SUMMING &&
			!(s->recalled && invited(r, i)))
			continue;
		if (s->recalled && s->marked[i]) {
			end_recalled(r, leg);
		} else if (s->recalled) {
			end_leg(r, leg, ON_NO_SUM, laid_out_otherwise);
		} else if (s->result.contributors == 0) {
			end_leg(r, leg, ON_NO_SUM, s->why);
		} else if (leg->state == LEG_OFFERED) {
			end_leg(r, leg, ON_NO_SUM, was_late);
		} else if (s->tp != NULL) {
			if (round_paillier_in(r, i, &why))
				(void)leg_move(r, leg, ON_SUMMED, NULL, 0, NULL);
			else
				end_leg(r, leg, ON_DROPPED, why);
		} else {
			at = standing_of(s, leg->name);
			if (at.in_sum)
				(void)leg_move(r, leg, ON_SUMMED, NULL, 0, NULL);
			else
				end_leg(r, leg, ON_DROPPED, dropped_at(at.last));
		}
	}
}

/* There is no sum with any of those that are still waited for. */
static void give_up(struct round *r, struct say why)
{
	log_line(LOG_NOTICE, "question %s: no sum: %s", r->q.id, why.en);
	r->sum->over = true;
	r->sum->why = why;
	end_legs(r);
}

void round_sum_give_up(struct round *r, struct say why)
{
	give_up(r, why);
}

void round_sum_made(struct round *r)
{
	r->sum->over = true;
	end_legs(r);
}

/* ---- offers ---- */

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
	struct round_sum *s = sum_of(r);
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
		log_line(LOG_ERROR, "question %s: %s: its offer is not believed: %s", r->q.id, leg->name,
			err.log);
		end_leg(r, leg, ON_FAILED,
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
	if (s->g != NULL || s->over || (s->tp != NULL && !round_paillier_offer(r, leg)))
		end_leg(r, leg, ON_NO_SUM, was_late);
}

/* Those that can be summed by a protocol, and how many. What a site that is gone offered is left aside by SA-1. */
static size_t choose_by(struct round *r, unsigned protocol)
{
	struct round_sum *s = r->sum;

	s->by_tp = protocol == ACCEPT_TP1;
	for (size_t i = 0; i < r->n; i++) {
		s->marked[i] = true;
		s->offers[i].summed = (s->accepts[i] & protocol) != 0 && invited(r, i);
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
	if ((n + 1) * s->n_words > (SUM_ROOM - SUM_ROOM / 8) / 8)
		return error_set(err, E_LIMIT,
			SAY("The sum is too large for so many hospitals.",
				"该求和对这些医院而言规模过大。"),
			"a transcript of %zu sites and %llu words", n,
			(unsigned long long)s->n_words);
	return 0;
}

static void share_time(struct round_sum *s, int64_t left_ms)
{
	s->step_ms = left_ms / STEP_PART < STEP_MS ? left_ms / STEP_PART : STEP_MS;
	s->masked_ms = left_ms - 5 * s->step_ms;
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
	int64_t left = r->deadline_ms - clock_mono_ms();

	share_time(s, left);
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
		.u_min = quorum_contributors(&members->rules, n),
		.wait_ms = { [WAIT_ROSTER] = (uint64_t)(2 * s->step_ms),
			[WAIT_DEAL] = (uint64_t)(2 * s->step_ms),
			[WAIT_SURVIVE] = (uint64_t)(s->masked_ms + s->step_ms),
			[WAIT_CERTIFICATE] = (uint64_t)(2 * s->step_ms) },
		.expires_s = clock_wall_ms() / 1000 + left / 1000 + 1 };
	if (RAND_bytes(out->nonce, sizeof(out->nonce)) != 1)
		return error_set(err, E_CRYPTO, SAY("no random numbers", "无法生成随机数"),
			"no random bytes for a sum");
	return membership_hash(members, &out->members, err);
}

/* Step and bytes to one site; one that is gone is not waited for. */
static void say(struct round *r, struct leg *leg, enum sum_step step, const struct text *body)
{
	struct message m = { .type = MSG_SUM,
		.sum = { .step = step, .body = { (const uint8_t *)body->at, body->len } } };
	struct sum_id id = sum_id_of(leg->name);
	struct error err;

	memcpy(m.sum.id, r->q.id, sizeof(m.sum.id));
	if (leg->site != NO_SITE && sessions_send(r->all->sessions, leg->site, &m, &err) == 0)
		return;
	round_gateway_lost(r->sum->g, &id);
}

static struct say unlike(const struct round_sum *s, size_t i)
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
		if (r->legs[i].state == LEG_OFFERED && !invited(r, i))
			end_leg(r, &r->legs[i], ON_NO_SUM, unlike(r->sum, i));
}

static void invite_all(struct round *r, const struct text *invitation)
{
	struct round_sum *s = r->sum;

	for (size_t i = 0; i < r->n; i++) {
		struct leg *leg = &r->legs[i];

		if (leg->state != LEG_OFFERED)
			continue;
		if (leg_move(r, leg, ON_INVITE, NULL, 0, NULL))
			say(r, leg, STEP_INVITE, invitation);
	}
	s->due_ms = clock_mono_ms() + s->step_ms;
}

/* Behind the invitation, which has its hash. */
static int add_noise(const struct shared_noise *noise, struct text *out, struct error *err)
{
	uint8_t bytes[SHARED_NOISE_BYTES];

	text_addn(out, (const char *)bytes, shared_noise_encode(noise, bytes));
	return text_failed(out) ? error_memory(err) : 0;
}

static int begin(struct round *r, size_t n, struct error *err)
{
	struct round_sum *s = r->sum;
	const struct membership *members = r->all->members;
	struct sum_invite invite;
	struct text invitation;
	int ret = -1;

	if (choose_noise(r, &members->rules, n, err) != 0 || fill_invite(r, n, &invite, err) != 0)
		return -1;
	if (s->by_tp) {
		if (round_paillier_begin(r, &invite, err) != 0)
			return -1;
		leave_out(r);
		return 0;
	}
	text_init(&invitation, MAX_RELEASE_BYTES);
	if (round_gateway_new(&s->g, members, r->all->sum_key, &invite, true,
			clock_wall_ms() / 1000, err) == 0 &&
		round_gateway_invite(s->g, &invitation, err) == 0 &&
		add_noise(&s->noise, &invitation, err) == 0) {
		leave_out(r);
		invite_all(r, &invitation);
		ret = 0;
	}
	text_clear(&invitation);
	return ret;
}

/* ---- the same question again ---- */

/* That this site offers now what it did when it was in the earlier sum: same policy, same data. */
static bool same_offer(
	const struct release *now, const struct stored_leg *leg, struct arena *a)
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
		now += invited(r, i);
	for (size_t k = 0; k < n; k++) {
		size_t i = 0;

		if (legs[k].state != SITE_SUMMED)
			continue;
		while (i < r->n && strcmp(r->legs[i].name, legs[k].site) != 0)
			i++;
		if (i == r->n || !invited(r, i) ||
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
	s->over = s->recalled = true;
	end_legs(r);
	return true;
}

static bool awaited(const struct round *r)
{
	for (size_t i = 0; i < r->n; i++)
		if (r->legs[i].state == LEG_AWAY || r->legs[i].state == LEG_ASKED)
			return true;
	return false;
}

static void begin_if_ready(struct round *r)
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
		give_up(r, SAY("this gateway has no list of members that may sum; nothing was paid",
				   "本网关没有可参与求和的成员名单；未计费"));
	} else if (n < r->all->members->rules.n_min) {
		give_up(r, SAY("too few hospitals could take part in the sum; nothing was paid",
				   "可参与求和的医院过少；未计费"));
	} else if (begin(r, n, &err) != 0) {
		log_line(LOG_ERROR, "question %s: no sum: %s", r->q.id, err.log);
		give_up(r, SAY("the sum could not be begun; nothing was paid", "求和未能开始；未计费"));
	}
}

/* ---- phases ---- */

static const struct say fell_short[SUM_PHASES] = {
	[PHASE_KEYS] = SAY("too few hospitals took part in the sum; nothing was learned or paid",
		"参与求和的医院过少；未得到任何结果，也未计费"),
	[PHASE_SHARES] = SAY("too few hospitals took part in the sum; nothing was learned or paid",
		"参与求和的医院过少；未得到任何结果，也未计费"),
	[PHASE_MASKED] = SAY("too many hospitals dropped out of the sum; nothing was learned, and those that had "
			     "sent masked numbers have paid",
		"中途退出求和的医院过多；未得到任何结果，已发出掩码数值的医院已计费"),
	[PHASE_ACK] = SAY("too few hospitals confirmed who is in the sum; nothing was learned, and those that had "
			  "sent masked numbers have paid",
		"确认求和名单的医院过少；未得到任何结果，已发出掩码数值的医院已计费"),
	[PHASE_UNMASK] = SAY("the masks could not be taken off; nothing was learned, and those that had sent masked "
			     "numbers have paid",
		"掩码未能去除；未得到任何结果，已发出掩码数值的医院已计费"),
};

static const struct say too_late =
	SAY("the time of the question was over before the sum began; nothing was paid", "求和开始之前查询已超时；未计费");

static void tell_all(struct round *r)
{
	struct round_sum *s = r->sum;

	for (size_t i = 0; i < r->n; i++) {
		struct sum_id id = sum_id_of(r->legs[i].name);
		enum sum_step step;
		struct text body;
		struct error err;

		if (r->legs[i].state != LEG_SUMMING || !round_gateway_speaks_to(s->g, &id))
			continue;
		text_init(&body, MAX_SUM_BYTES);
		if (round_gateway_tell(s->g, &id, &step, &body, &err) == 0)
			say(r, &r->legs[i], step, &body);
		else
			log_line(LOG_ERROR, "question %s: %s: %s", r->q.id, r->legs[i].name, err.log);
		text_clear(&body);
	}
}

static struct view view_of(const struct text *t)
{
	return (struct view){ (const uint8_t *)t->at, t->len };
}

static int keep_result(struct round_sum *s, struct error *err)
{
	const uint64_t *sum = round_gateway_sum(s->g);

	for (uint64_t i = 0; i < s->n_words; i++) {
		uint8_t word[8];

		put_be64(word, sum[i]);
		text_addn(&s->words, word, sizeof(word));
	}
	if (text_failed(&s->words))
		return error_memory(err);
	if (round_gateway_transcript(s->g, &s->transcript, err) != 0)
		return -1;
	s->result = (struct stored_sum){ .contributors = round_gateway_contributors(s->g),
		.noise = { s->noise_bytes, shared_noise_encode(&s->noise, s->noise_bytes) },
		.words = view_of(&s->words),
		.transcript = view_of(&s->transcript) };
	return 0;
}

static void finish(struct round *r)
{
	struct round_sum *s = r->sum;
	struct error err;

	if (keep_result(s, &err) != 0) {
		log_line(LOG_ERROR, "question %s: its sum could not be kept: %s", r->q.id, err.log);
		give_up(r, SAY("the sum was made but could not be kept", "求和已完成，但结果未能保存"));
		return;
	}
	s->over = true;
	end_legs(r);
}

static void close_phase(struct round *r)
{
	struct round_sum *s = r->sum;
	enum sum_phase phase = round_gateway_phase(s->g);
	struct error err;

	if (round_gateway_close(s->g, clock_wall_ms() / 1000, &err) != 0) {
		log_line(LOG_NOTICE, "question %s: sum: %s", r->q.id, err.log);
		give_up(r, fell_short[phase]);
		return;
	}
	phase = round_gateway_phase(s->g);
	if (phase == PHASE_DONE) {
		finish(r);
		return;
	}
	tell_all(r);
	s->due_ms = clock_mono_ms() + (phase == PHASE_MASKED ? s->masked_ms : s->step_ms);
}

void round_sum_look(struct round *r)
{
	struct round_sum *s = sum_of(r);

	if (s == NULL)
		return;
	if (s->over) {
		end_legs(r);
		return;
	}
	if (clock_mono_ms() >= r->deadline_ms) {
		give_up(r, s->tp != NULL ? round_paillier_short(r)
			: s->g == NULL   ? too_late
					 : fell_short[round_gateway_phase(s->g)]);
		return;
	}
	if (s->g == NULL && s->tp == NULL)
		begin_if_ready(r);
	if (s->tp != NULL && !s->over)
		round_paillier_look(r);
	/* sending may lose sites, and so may end a phase */
	while (s->g != NULL && !s->over &&
		(round_gateway_waits(s->g) == 0 || clock_mono_ms() >= s->due_ms))
		close_phase(r);
}

void round_sum_hear(struct round *r, struct leg *leg, const struct msg_sum *m)
{
	struct round_sum *s = r->sum;
	struct sum_id id = sum_id_of(leg->name);
	struct error err;

	if (m->step > TP_LINE_HOLDER) {
		round_sum_part(r, leg->site, m);
		return;
	}
	if (s == NULL || (s->g == NULL && s->tp == NULL) || s->over || leg->state != LEG_SUMMING)
		return; /* late */
	if (s->tp != NULL) {
		round_paillier_hear(r, leg, m);
		round_sum_look(r);
		return;
	}
	if (round_gateway_hear(s->g, &id, (enum sum_step)m->step, m->body.at, m->body.len, &err) != 0)
		log_line(LOG_WARNING, "question %s: %s in its sum: %s", r->q.id, leg->name, err.log);
	round_sum_look(r);
}

void round_sum_part(struct round *r, size_t site, const struct msg_sum *m)
{
	if (r->sum == NULL || r->sum->tp == NULL || r->sum->over)
		return;
	round_paillier_part(r, site, m);
	round_sum_look(r);
}

void round_sum_line(struct round *r, size_t site)
{
	if (r->sum != NULL && r->sum->tp != NULL && !r->sum->over)
		round_paillier_line(r, site);
}

bool round_sum_has(const struct round *r, const struct leg *leg)
{
	if (r->sum != NULL && r->sum->tp != NULL)
		return round_paillier_has(r, leg);
	return r->sum != NULL && r->sum->g != NULL &&
	       standing_of(r->sum, leg->name).last >= STEP_MASKED;
}

void round_sum_lost(struct round *r, struct leg *leg)
{
	struct sum_id id = sum_id_of(leg->name);

	if (r->sum == NULL || r->sum->g == NULL || r->sum->over)
		return;
	round_gateway_lost(r->sum->g, &id);
	round_sum_look(r);
}
