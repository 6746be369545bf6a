#include <stdlib.h>
#include <string.h>

#include "secagg/quorum.h"
#include "secagg/round_gateway_in.h"

static int denied(struct error *err, const char *why)
{
	return error_set(err, E_DENIED,
		SAY("The secure sum was given up; nothing was learned.",
			"安全求和已中止，未获知任何内容。"),
		"sum: %s", why);
}

static int wrong_moment(struct error *err)
{
	return error_set(err, E_STATE,
		SAY("This message of the secure sum comes at the wrong moment.",
			"此时不应收到该安全求和消息。"),
		"sum: late, twice, or of no site of this round");
}

int round_gateway_new(struct round_gateway **out, const struct membership *members, EVP_PKEY *key,
	const struct sum_invite *invite, bool keep, int64_t now_s, struct error *err)
{
	struct round_gateway *g = calloc(1, sizeof(*g));
	struct sum_invite checked;
	struct text t;
	int ret = -1;

	if (g == NULL)
		return error_memory(err);
	*g = (struct round_gateway){
		.members = members, .key = key, .invite = *invite, .keep = keep
	};
	text_init(&g->certificate, MAX_SUM_LAYOUT_BYTES);
	text_init(&t, MAX_SUM_LAYOUT_BYTES);
	/* what sites would refuse is refused here */
	if (invite_write(invite, key, &t, err) == 0 &&
		invite_read(t.at, t.len, members, now_s, &checked, &g->scope.ctx, err) == 0 &&
		x_pair_new(&g->probe, err) == 0)
		ret = 0;
	text_clear(&t);
	g->sites = calloc(invite->n_max, sizeof(*g->sites));
	g->words = calloc(invite->words, sizeof(*g->words));
	if (ret == 0 && (g->sites == NULL || g->words == NULL))
		ret = error_memory(err);
	if (ret != 0) {
		round_gateway_free(g);
		return -1;
	}
	g->view.ctx = g->scope.ctx;
	g->scope.words = invite->words;
	g->scope.suite = invite->suite;
	bits_init(&g->answered, invite->n_max);
	bits_init(&g->gone, members->n_members);
	*out = g;
	return 0;
}

void round_gateway_free(struct round_gateway *g)
{
	if (g == NULL)
		return;
	for (uint64_t i = 0; g->sites != NULL && i < g->n; i++) {
		free(g->sites[i].shares);
		free(g->sites[i].masked);
		free(g->sites[i].revealed);
	}
	free(g->sites);
	free(g->words);
	if (g->secrets != NULL)
		secret_wipe(g->secrets, g->roster.n * sizeof(*g->secrets));
	free(g->secrets);
	certified_free(g->certified);
	text_clear(&g->certificate);
	x_pair_clear(&g->probe);
	roster_clear(&g->roster);
	free(g);
}

int round_gateway_invite(struct round_gateway *g, struct text *out, struct error *err)
{
	return invite_write(&g->invite, g->key, out, err);
}

/* ---- hearing ---- */

static uint64_t place_of(const struct round_gateway *g, const struct sum_id *id)
{
	for (uint64_t i = 0; i < g->n; i++)
		if (memcmp(g->sites[i].entry.id.at, id->at, sizeof(id->at)) == 0)
			return i;
	return g->n;
}

/* A key that another has, or that agrees on nothing, would cost everybody the round. */
static int check_keys(struct round_gateway *g, const struct roster_entry *e, struct error *err)
{
	LOCAL_KEY(unused);

	if (memcmp(e->c, e->s, 32) == 0)
		return denied(err, "its two keys are equal");
	for (uint64_t i = 0; i < g->n; i++) {
		const struct roster_entry *o = &g->sites[i].entry;

		if (memcmp(e->c, o->c, 32) == 0 || memcmp(e->c, o->s, 32) == 0 ||
			memcmp(e->s, o->c, 32) == 0 || memcmp(e->s, o->s, 32) == 0)
			return denied(err, "its key is another site's");
	}
	if (x_pair_agree(&g->probe, e->c, &unused, err) != 0)
		return -1;
	return x_pair_agree(&g->probe, e->s, &unused, err);
}

static int take_keys(struct round_gateway *g, const struct sum_id *id, const void *bytes,
	size_t len, struct error *err)
{
	const struct member *who = membership_find(g->members, id);
	struct roster_entry e;

	if (who == NULL || g->n == g->invite.n_max || place_of(g, id) < g->n)
		return wrong_moment(err);
	if (len != ENTRY_BYTES)
		return error_set(err, E_INPUT,
			SAY("A message of the sum is malformed.", "求和协议消息的格式有误。"),
			"keys: not of an entry's length");
	memcpy(&e, bytes, ENTRY_BYTES);
	if (memcmp(e.id.at, id->at, sizeof(id->at)) != 0)
		return denied(err, "keys of another site");
	if (entry_verify(&e, &g->scope.ctx, who, err) != 0 || check_keys(g, &e, err) != 0)
		return -1;
	g->sites[g->n] = (struct heard){ .entry = e, .last = STEP_KEYS };
	bits_add(&g->answered, g->n++);
	return 0;
}

static int keep_bytes(uint8_t **out, const void *bytes, size_t len, struct error *err)
{
	*out = malloc(len);
	if (*out == NULL)
		return error_memory(err);
	memcpy(*out, bytes, len);
	return 0;
}

static int take_shares(
	struct round_gateway *g, uint64_t i, const void *bytes, size_t len, struct error *err)
{
	struct shares_message m;

	if (shares_read(&m, bytes, len, g->n, err) != 0)
		return -1;
	const struct hash32 hashes[] = { g->roster.hash, m.hash };
	if (step_verify(
		    STEP_SHARES, &g->scope.ctx, g->roster.who[i], hashes, 2, m.signature, err) != 0)
		return -1;
	return keep_bytes(&g->sites[i].shares, bytes, len, err);
}

static int take_masked(
	struct round_gateway *g, uint64_t i, const void *bytes, size_t len, struct error *err)
{
	struct masked_message m;

	if (masked_read(&m, bytes, len, g->n, g->invite.words, err) != 0)
		return -1;
	const struct hash32 hashes[] = { g->roster.hash, g->view.dealt_hash, m.complaints_hash,
		m.words_hash };
	if (!bits_within(&m.complaints, &g->view.dealt))
		return denied(err, "a complaint about a site that did not deal");
	if (step_verify(STEP_MASKED, &g->scope.ctx, g->roster.who[i], hashes, 4, m.signature,
		    err) != 0 ||
		(g->keep && keep_bytes(&g->sites[i].masked, bytes, len, err) != 0))
		return -1;
	for (uint64_t j = 0; j < g->n; j++)
		if (bits_has(&m.complaints, j) && ++g->sites[j].complaints > g->roster.colluders &&
			g->sites[j].blame == BLAME_NONE)
			g->sites[j].blame = BLAME_COMPLAINTS;
	words_add_wire(g->words, m.words, g->invite.words);
	return 0;
}

static int take_ack(
	struct round_gateway *g, uint64_t i, const void *bytes, size_t len, struct error *err)
{
	const struct hash32 hashes[] = { g->roster.hash, g->view.dealt_hash, g->view.alive_hash };

	if (len != 64)
		return error_set(err, E_INPUT,
			SAY("A message of the sum is malformed.", "求和协议消息的格式有误。"),
			"ack: not a signature");
	memcpy(g->sites[i].ack, bytes, 64);
	return step_verify(
		STEP_ACK, &g->scope.ctx, g->roster.who[i], hashes, 3, g->sites[i].ack, err);
}

static const struct {
	enum sum_step step;
	int (*take)(struct round_gateway *g, uint64_t i, const void *bytes, size_t len,
		struct error *err);
} phases[SUM_PHASES] = {
	[PHASE_KEYS] = { STEP_KEYS, NULL },
	[PHASE_SHARES] = { STEP_SHARES, take_shares },
	[PHASE_MASKED] = { STEP_MASKED, take_masked },
	[PHASE_ACK] = { STEP_ACK, take_ack },
	[PHASE_UNMASK] = { STEP_UNMASK, gateway_take_unmask },
};

/* Whose answer this phase wants: those that answered all before. */
static bool wanted(const struct round_gateway *g, uint64_t i)
{
	const struct heard *s = &g->sites[i];

	switch (g->phase) {
	case PHASE_SHARES:
		return s->last >= STEP_KEYS;
	case PHASE_MASKED:
		return bits_has(&g->view.dealt, i);
	case PHASE_ACK:
	case PHASE_UNMASK:
		return bits_has(&g->view.alive, i) &&
		       (g->phase == PHASE_ACK || s->last >= STEP_ACK);
	default:
		return false;
	}
}

int round_gateway_hear(struct round_gateway *g, const struct sum_id *id, enum sum_step step,
	const void *bytes, size_t len, struct error *err)
{
	uint64_t i;

	if (step == STEP_NONE || step != phases[g->phase].step)
		return wrong_moment(err);
	if (step == STEP_KEYS)
		return take_keys(g, id, bytes, len, err);
	i = place_of(g, id);
	if (i == g->n || !wanted(g, i) || bits_has(&g->answered, i) ||
		g->sites[i].blame == BLAME_MESSAGE)
		return wrong_moment(err);
	if (phases[g->phase].take(g, i, bytes, len, err) != 0) {
		if (err->code != E_SYSTEM)
			g->sites[i].blame = BLAME_MESSAGE;
		return -1;
	}
	g->sites[i].last = step;
	bits_add(&g->answered, i);
	return 0;
}

void round_gateway_lost(struct round_gateway *g, const struct sum_id *id)
{
	const struct member *who = membership_find(g->members, id);
	uint64_t i = place_of(g, id);

	if (i < g->n)
		g->sites[i].lost = true;
	else if (g->phase == PHASE_KEYS && who != NULL)
		bits_add(&g->gone, (uint64_t)(who - g->members->members));
}

uint64_t round_gateway_waits(const struct round_gateway *g)
{
	uint64_t waits = 0;

	if (g->phase == PHASE_KEYS) {
		waits = g->n + bits_count(&g->gone);
		return waits < g->invite.n_max ? g->invite.n_max - waits : 0;
	}
	for (uint64_t i = 0; i < g->n; i++)
		waits += wanted(g, i) && !bits_has(&g->answered, i) && !g->sites[i].lost &&
			 g->sites[i].blame != BLAME_MESSAGE;
	return waits;
}

/* ---- closing ---- */

static int sites_by_id(const void *a, const void *b)
{
	return memcmp(((const struct heard *)a)->entry.id.at,
		((const struct heard *)b)->entry.id.at, sizeof(struct sum_id));
}

static int close_keys(struct round_gateway *g, int64_t now_s, struct error *err)
{
	struct roster_entry *entries = calloc(g->n == 0 ? 1 : g->n, sizeof(*entries));

	if (entries == NULL)
		return error_memory(err);
	qsort(g->sites, g->n, sizeof(*g->sites), sites_by_id);
	for (uint64_t i = 0; i < g->n; i++)
		entries[i] = g->sites[i].entry;
	if (roster_make(&g->roster, entries, g->n, g->members, &g->invite, &g->scope.ctx, now_s,
		    err) != 0)
		return -1;
	g->scope.roster = g->roster.hash;
	g->view.roster = &g->roster;
	return 0;
}

static int close_shares(struct round_gateway *g, int64_t now_s, struct error *err)
{
	(void)now_s;
	if (bits_count(&g->answered) < g->invite.u_min)
		return denied(err, "too few sites dealt their shares");
	g->view.dealt = g->answered;
	if (roster_dealt_hash(
		    &g->roster, &g->scope.ctx, &g->view.dealt, &g->view.dealt_hash, err) != 0)
		return -1;
	g->scope.dealt = g->view.dealt_hash;
	return 0;
}

static int close_masked(struct round_gateway *g, int64_t now_s, struct error *err)
{
	const struct sum_trust none = { NULL, 0, 0 };

	(void)now_s;
	if (bits_count(&g->answered) < g->invite.u_min)
		return denied(err, "too few sites sent their words");
	if (roster_trusts(&g->roster, &g->answered, &none, g->n, &g->members->rules, err) != 0)
		return -1;
	g->view.alive = g->answered;
	return roster_alive_hash(&g->roster, &g->scope.ctx, &g->view.dealt_hash, &g->view.alive,
		&g->view.alive_hash, err);
}

/* As many signatures as certify, not all that came: each is one check more at every site. */
static void write_certificate(struct round_gateway *g)
{
	struct bits signers;
	uint64_t left = g->roster.signers;

	bits_init(&signers, g->n);
	for (uint64_t i = 0; i < g->n && left > 0; i++)
		if (bits_has(&g->answered, i)) {
			bits_add(&signers, i);
			left--;
		}
	lay_bits(&g->certificate, &signers);
	for (uint64_t i = 0; i < g->n; i++)
		if (bits_has(&signers, i))
			lay_fixed(&g->certificate, g->sites[i].ack, sizeof(g->sites[i].ack));
}

static int close_ack(struct round_gateway *g, int64_t now_s, struct error *err)
{
	(void)now_s;
	if (bits_count(&g->answered) < g->roster.signers)
		return denied(err, "too few sites confirmed the survivors");
	write_certificate(g);
	if (text_failed(&g->certificate))
		return error_memory(err);
	return certificate_check(
		&g->certified, &g->view, g->certificate.at, g->certificate.len, err);
}

static int close_unmask(struct round_gateway *g, int64_t now_s, struct error *err)
{
	(void)now_s;
	if (bits_count(&g->answered) < g->roster.shares)
		return denied(err, "too few sites sent their shares for unmasking");
	return gateway_make_sum(g, err);
}

int round_gateway_close(struct round_gateway *g, int64_t now_s, struct error *err)
{
	static int (*const closes[SUM_PHASES])(struct round_gateway *, int64_t, struct error *) = {
		[PHASE_KEYS] = close_keys,
		[PHASE_SHARES] = close_shares,
		[PHASE_MASKED] = close_masked,
		[PHASE_ACK] = close_ack,
		[PHASE_UNMASK] = close_unmask,
	};

	if (g->phase >= PHASE_DONE)
		return wrong_moment(err);
	if (closes[g->phase](g, now_s, err) != 0) {
		g->phase = PHASE_FAILED;
		return -1;
	}
	g->phase++;
	bits_init(&g->answered, g->n);
	return 0;
}

/* ---- telling ---- */

bool round_gateway_speaks_to(const struct round_gateway *g, const struct sum_id *id)
{
	uint64_t i = place_of(g, id);

	return i < g->n && wanted(g, i) && !g->sites[i].lost && g->sites[i].blame != BLAME_MESSAGE;
}

static void write_deal(const struct round_gateway *g, uint64_t to, struct text *out)
{
	lay_bits(out, &g->view.dealt);
	for (uint64_t j = 0; j < g->n; j++)
		if (bits_has(&g->view.dealt, j))
			lay_fixed(out, g->sites[j].shares + to * DEALT_BYTES, DEALT_BYTES);
}

int round_gateway_tell(struct round_gateway *g, const struct sum_id *id, enum sum_step *step,
	struct text *out, struct error *err)
{
	uint64_t i = place_of(g, id);

	if (!round_gateway_speaks_to(g, id))
		return wrong_moment(err);
	switch (g->phase) {
	case PHASE_SHARES:
		*step = STEP_ROSTER;
		return roster_write(&g->roster, out, err);
	case PHASE_MASKED:
		*step = STEP_DEAL;
		write_deal(g, i, out);
		break;
	case PHASE_ACK:
		*step = STEP_SURVIVE;
		lay_bits(out, &g->view.alive);
		break;
	default:
		*step = STEP_CERT;
		lay_fixed(out, g->certificate.at, g->certificate.len);
		break;
	}
	return text_failed(out) ? error_memory(err) : 0;
}

/* ---- what callers look at ---- */

enum sum_phase round_gateway_phase(const struct round_gateway *g)
{
	return g->phase;
}

const struct hash32 *round_gateway_context(const struct round_gateway *g)
{
	return &g->scope.ctx;
}

uint64_t round_gateway_sites(const struct round_gateway *g)
{
	return g->n;
}

uint64_t round_gateway_contributors(const struct round_gateway *g)
{
	return bits_count(&g->view.alive);
}

struct sum_standing round_gateway_standing(const struct round_gateway *g, uint64_t i)
{
	const struct heard *s = &g->sites[i];

	return (struct sum_standing){ .who = membership_find(g->members, &s->entry.id),
		.last = s->last,
		.in_sum = bits_has(&g->view.alive, i),
		.blame = s->blame };
}
