#include "gateway/round_paillier_in.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"

/* Of a question's whole time, what stands behind each phase's end: sites have five eighths of theirs to answer, and may
 * have been asked late. */
enum {
	AFTER_COMMIT = 4,
	AFTER_OPEN = 8,
};

static void clear(struct beside *b)
{
	struct round_paillier *p = (struct round_paillier *)b;

	tp_gateway_free(p->g);
	for (size_t i = 0; p->peers != NULL && i < p->n; i++)
		text_clear(&p->peers[i].open);
	for (size_t j = 0; j < TP_HOLDERS; j++)
		text_clear(&p->holders[j].part);
	text_clear(&p->bare);
	text_clear(&p->invitation);
	text_clear(&p->roster);
	text_clear(&p->all);
	sum_end_clear(&p->end);
	free(p->peers);
	free(p->sums);
	free(p);
}

void round_paillier_free(struct round_paillier *p)
{
	if (p != NULL)
		beside_end(&p->beside);
}

/* ---- saying ---- */

/* Everything, from the beginning: a holder keeps nothing of a line that ended. */
static void say_to_holder(struct round *r, struct holder *h)
{
	const struct round_paillier *p = tp_of(r);

	if (h->taken || !round_sum_say(r, h->site, TP_LINE_HOLDER + TP_STEP_INVITE, &p->bare) ||
		!round_sum_say(r, h->site, TP_LINE_HOLDER + TP_STEP_ROSTER, &p->roster))
		return;
	for (size_t i = 0; i < p->n; i++)
		if (p->peers[i].opened && !round_sum_say(r, h->site, TP_LINE_HOLDER + TP_STEP_OPEN,
						  &p->peers[i].open))
			return;
	(void)round_sum_say(r, h->site, TP_LINE_HOLDER + TP_STEP_ALL, &p->all);
}

static bool invited(const struct round *r, size_t i)
{
	enum leg_state s = r->legs[i].state;

	return r->sum->marked[i] && (s == LEG_SUMMING || s == LEG_AWAY || s == LEG_GONE);
}

/* X1 */
void round_paillier_line(struct round *r, size_t site)
{
	struct round_paillier *p = tp_of(r);

	for (size_t i = 0; i < p->n; i++) {
		const struct peer *peer = &p->peers[i];

		if (r->legs[i].site != site || r->legs[i].state != LEG_SUMMING)
			continue;
		if (p->phase == COMMITTING && !peer->committed)
			(void)round_sum_say(r, site, TP_LINE_SITE + TP_STEP_INVITE, &p->invitation);
		else if (p->phase == OPENING && peer->committed && !peer->taken)
			(void)round_sum_say(r, site, TP_LINE_SITE + TP_STEP_ROSTER, &p->roster);
	}
	for (size_t j = 0; p->phase == PARTING && j < p->k->n_holders; j++)
		if (p->holders[j].site == site)
			say_to_holder(r, &p->holders[j]);
}

/* ---- beginning ---- */

static bool on_line(const struct round *r, size_t site)
{
	return site != NO_SITE && sessions_status(r->all->sessions, site)->online;
}

static size_t holder_site(const struct round *r, unsigned j)
{
	return sessions_find(r->all->sessions, r->all->paillier->holders[j].name);
}

bool round_paillier_ready(const struct round *r)
{
	const struct tp_key *k = r->all->paillier;
	int64_t now_s = clock_wall_ms() / 1000;
	unsigned there = 0;

	if (k == NULL || r->all->members == NULL || now_s < k->from_s || now_s >= k->until_s)
		return false;
	for (unsigned j = 0; j < k->n_holders; j++)
		there += on_line(r, holder_site(r, j));
	if (there < k->needed)
		log_line(LOG_NOTICE, "question %s: no sum by threshold Paillier: %u of %u holders",
			r->q.id, there, k->needed);
	return there >= k->needed;
}

static struct round_paillier *new_of(struct round *r)
{
	struct round_paillier *p = calloc(1, sizeof(*p));
	struct text *texts[] = { &p->bare, &p->invitation, &p->roster, &p->all };

	if (p == NULL)
		return NULL;
	p->beside = (struct beside){ .all = r->all, .clear = clear };
	p->k = r->all->paillier;
	p->n = r->n;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		text_init(texts[i], MAX_SUM_BYTES);
	sum_end_init(&p->end);
	for (unsigned j = 0; j < TP_HOLDERS; j++) {
		text_init(&p->holders[j].part, MAX_SUM_BYTES);
		p->holders[j].site = j < p->k->n_holders ? holder_site(r, j) : NO_SITE;
	}
	p->peers = calloc(r->n, sizeof(*p->peers));
	if (p->peers == NULL) {
		free(p);
		return NULL;
	}
	for (size_t i = 0; i < r->n; i++)
		text_init(&p->peers[i].open, MAX_SUM_BYTES);
	return p;
}

/* The invitation lives as long as the question, or as the list lets it. */
static void set_times(struct round *r, struct round_paillier *p, struct sum_invite *i)
{
	int64_t now = clock_mono_ms(), left = r->deadline_ms - now,
		life = (int64_t)r->all->members->rules.life_s * 1000 - 1000;

	left = left < life ? left : life;
	p->end_ms = now + left;
	p->whole_ms = r->q.deadline_ms < life ? r->q.deadline_ms : life;
	for (int k = 0; k < SUM_WAITS; k++)
		i->wait_ms[k] = left < 1 ? 1 : (uint64_t)left;
	i->expires_s = clock_wall_ms() / 1000 + left / 1000 + 1;
	r->sum->due_ms = p->end_ms - p->whole_ms / AFTER_COMMIT;
}

static int write_invitation(struct round *r, struct round_paillier *p, struct error *err)
{
	uint8_t noise[SHARED_NOISE_BYTES];

	if (tp_invite_write(&p->invite, p->k, r->all->sum_key, &p->bare, err) != 0)
		return -1;
	text_addn(&p->invitation, p->bare.at, p->bare.len);
	text_addn(&p->invitation, noise, shared_noise_encode(&r->sum->noise, noise));
	return text_failed(&p->invitation) ? error_memory(err) : 0;
}

static int prepare(struct round *r, struct round_paillier *p, const struct sum_invite *invite,
	struct error *err)
{
	p->invite.sum = *invite;
	set_times(r, p, &p->invite.sum);
	p->invite.slot_bound =
		shared_noise_bound(&r->sum->noise) + shared_noise_tail(&r->sum->noise);
	if (tp_invite_complete(&p->invite, p->k, err) != 0)
		return -1;
	if (invite->n_max * (tp_open_bytes(p->k, &p->invite) + 256) > SUM_LINE_ROOM)
		return error_set(err, E_LIMIT,
			SAY("These numbers do not fit into one secure sum.",
				"数值超出一次安全求和的范围。"),
			"paillier: %zu ciphertexts of %llu sites for one line", p->invite.count,
			(unsigned long long)invite->n_max);
	p->sums = calloc(invite->words, sizeof(*p->sums));
	if (p->sums == NULL)
		return error_memory(err);
	if (write_invitation(r, p, err) != 0 ||
		tp_gateway_new(&p->g, r->all->members, p->k, &p->invite, err) != 0)
		return -1;
	return beside_begin(&p->beside, err);
}

static void invite_one(struct round *r, struct leg *leg)
{
	if (leg_move(r, leg, ON_INVITE, NULL, 0, NULL))
		(void)round_sum_say(
			r, leg->site, TP_LINE_SITE + TP_STEP_INVITE, &tp_of(r)->invitation);
}

int round_paillier_begin(struct round *r, const struct sum_invite *invite, struct error *err)
{
	struct round_paillier *p = new_of(r);

	if (p == NULL)
		return error_memory(err);
	if (prepare(r, p, invite, err) != 0) {
		round_paillier_free(p);
		return -1;
	}
	r->sum->tp = p;
	for (size_t i = 0; i < r->n; i++)
		if (r->sum->marked[i] && r->legs[i].state == LEG_OFFERED)
			invite_one(r, &r->legs[i]);
	log_line(LOG_INFO, "question %s: a sum by threshold Paillier, %zu ciphertexts a site",
		r->q.id, p->invite.count);
	return 0;
}

bool round_paillier_offer(struct round *r, struct leg *leg)
{
	const struct round_sum *s = r->sum;
	size_t i = (size_t)(leg - r->legs);

	if (tp_of(r)->phase != COMMITTING || !s->marked[i] || (s->accepts[i] & ACCEPT_TP1) == 0 ||
		!hash32_equal(&s->shapes[i], &tp_of(r)->invite.sum.layout))
		return false;
	invite_one(r, leg);
	return true;
}

/* ---- hearing ---- */

static void on_commit(struct round *r, const struct leg *leg, struct peer *peer, struct view body)
{
	struct error err;

	if (peer->committed)
		return;
	if (tp_gateway_commit(tp_of(r)->g, body.at, body.len, clock_wall_ms() / 1000, &err) != 0) {
		log_line(
			LOG_WARNING, "question %s: %s in its sum: %s", r->q.id, leg->name, err.log);
	} else {
		peer->committed = true;
		log_line(LOG_INFO, "question %s: %s is bound to its numbers", r->q.id, leg->name);
	}
}

/* Both messages begin with the site's id (X3). */
static bool is_its_own(const struct leg *leg, struct view body)
{
	struct sum_id id = sum_id_of(leg->name);

	return body.len > sizeof(id) && memcmp(body.at, &id, sizeof(id)) == 0;
}

void round_paillier_hear(struct round *r, struct leg *leg, const struct msg_sum *m)
{
	struct round_paillier *p = tp_of(r);
	struct peer *peer = &p->peers[leg - r->legs];

	if (!is_its_own(leg, m->body))
		log_line(LOG_WARNING, "question %s: %s in its sum: speaks for another", r->q.id,
			leg->name);
	else if (p->phase == COMMITTING && m->step == TP_LINE_SITE + TP_STEP_COMMIT)
		on_commit(r, leg, peer, m->body);
	else if (p->phase == OPENING && m->step == TP_LINE_SITE + TP_STEP_OPEN && peer->committed &&
		 !peer->taken)
		peer->taken = tp_give(r, OPENING, (size_t)(leg - r->legs), &m->body);
}

/* A part says whose it is behind its signature. */
static bool is_part_of(size_t holder, struct view body)
{
	return body.len > SIGNATURE_BYTES && body.at[SIGNATURE_BYTES] == holder + 1;
}

void round_paillier_part(struct round *r, size_t site, const struct msg_sum *m)
{
	struct round_paillier *p = tp_of(r);

	if (p->phase != PARTING || m->step != TP_LINE_HOLDER + TP_STEP_PART)
		return;
	for (size_t j = 0; j < p->k->n_holders; j++)
		if (p->holders[j].site == site && !p->holders[j].taken && is_part_of(j, m->body))
			p->holders[j].taken = tp_give(r, PARTING, j, &m->body);
}

/* ---- phases ---- */

/* Sites that still have to say what the phase wants. */
static size_t awaited(const struct round *r)
{
	const struct round_paillier *p = tp_of(r);
	size_t n = 0;

	for (size_t i = 0; i < p->n; i++) {
		const struct peer *peer = &p->peers[i];

		if (p->phase == COMMITTING)
			n += invited(r, i) && !peer->committed;
		else
			n += r->legs[i].state == LEG_SUMMING && peer->committed && !peer->taken;
	}
	return n;
}

static void place_all(struct round *r)
{
	struct round_paillier *p = tp_of(r);
	const struct tp_roster *sites = tp_gateway_sites(p->g);

	for (size_t i = 0; i < p->n; i++) {
		struct sum_id id = sum_id_of(r->legs[i].name);

		p->peers[i].place = tp_roster_place(sites, &id);
	}
}

static int close_commits(struct round *r, struct error *err)
{
	struct round_paillier *p = tp_of(r);

	if (tp_gateway_roster(p->g, clock_wall_ms() / 1000, &p->roster, err) != 0)
		return -1;
	p->phase = OPENING;
	r->sum->due_ms = p->end_ms - p->whole_ms / AFTER_OPEN;
	place_all(r);
	for (size_t i = 0; i < p->n; i++)
		if (p->peers[i].committed && r->legs[i].state == LEG_SUMMING)
			(void)round_sum_say(
				r, r->legs[i].site, TP_LINE_SITE + TP_STEP_ROSTER, &p->roster);
	return 0;
}

static int close_opens(struct round *r, struct error *err)
{
	struct round_paillier *p = tp_of(r);

	if (tp_gateway_close(p->g, &p->all, err) != 0)
		return -1;
	p->phase = PARTING;
	r->sum->due_ms = p->end_ms;
	for (size_t j = 0; j < p->k->n_holders; j++)
		say_to_holder(r, &p->holders[j]);
	return 0;
}

static int close_parts(struct round *r, struct error *err)
{
	struct round_paillier *p = tp_of(r);

	if (tp_gateway_missing(p->g) > 0)
		return error_set(err, E_STATE, SAY("too few holders", "持有人不足"),
			"%u parts are missing", tp_gateway_missing(p->g));
	p->phase = FINISHING;
	return tp_give(r, FINISHING, 0, NULL) ? 0 : error_memory(err);
}

bool round_paillier_busy(const struct round_paillier *p)
{
	return beside_busy(&p->beside);
}

/* With everybody's, or due; never while something is being done beside the loop. */
static bool ends(const struct round *r)
{
	const struct round_paillier *p = tp_of(r);
	bool due = clock_mono_ms() >= r->sum->due_ms;

	if (beside_busy(&p->beside) || p->phase == FINISHING)
		return false;
	if (p->phase == PARTING)
		return due || tp_gateway_missing(p->g) == 0;
	return due || awaited(r) == 0;
}

void round_paillier_look(struct round *r)
{
	static int (*const close[])(
		struct round *, struct error *) = { close_commits, close_opens, close_parts };
	struct round_paillier *p = tp_of(r);
	struct error err;

	while (!r->sum->over && ends(r)) {
		struct say why = round_paillier_short(r);

		if (close[p->phase](r, &err) != 0) {
			log_line(LOG_NOTICE, "question %s: sum: %s", r->q.id, err.log);
			round_sum_give_up(r, why);
		}
	}
}

/* ---- what became of it ---- */

bool round_paillier_has(const struct round *r, const struct leg *leg)
{
	return tp_of(r)->peers[leg - r->legs].taken;
}

bool round_paillier_in(const struct round *r, size_t leg, struct say *why)
{
	const struct peer *peer = &tp_of(r)->peers[leg];

	if (!peer->committed)
		*why = SAY("it dropped out before it had committed to its numbers",
			"在提交数值承诺之前退出");
	else if (!peer->taken)
		*why = SAY("it committed to its numbers and did not come back in time to open "
			   "them; it has paid",
			"已提交数值承诺，但未按时返回公开密文；已计费");
	else
		*why = SAY("its numbers could not be used; it has paid", "其数值无法使用；已计费");
	return peer->opened;
}

static const struct say no_numbers =
	SAY("the sum could not be opened; nothing was learned, and those that had "
	    "committed to their numbers have paid",
		"求和未能解密；未得到任何结果，已提交承诺的医院已计费");

struct say round_paillier_short(const struct round *r)
{
	static const struct say words[] = {
		[COMMITTING] = SAY("too few hospitals took part in the sum; nothing was learned, "
				   "and those that had "
				   "committed to their numbers have paid",
			"参与求和的医院过少；未得到任何结果，已提交承诺的医院已计费"),
		[OPENING] = SAY("too few hospitals came back to open their numbers; nothing was "
				"learned, and those "
				"that had committed to theirs have paid",
			"返回公开密文的医院过少；未得到任何结果，已提交承诺的医院已计费"),
		[PARTING] = SAY("too few holders of the key opened the sum; nothing was learned, "
				"and the hospitals "
				"have paid",
			"参与解密的密钥持有人过少；未得到任何结果，各医院已计费"),
	};

	return tp_of(r)->phase == FINISHING ? no_numbers : words[tp_of(r)->phase];
}
