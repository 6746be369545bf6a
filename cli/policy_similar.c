#include "cli/policy_similar.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/limits.h"
#include "crypto/account.h"
#include "query/canonical.h"
#include "query/similar.h"

enum {
	BEST = 5 /* pairs told of each study, and of different studies */
};
#define DELTA_E18 UINT64_C(1000000000000) /* 1e-6, as DEFAULT_DELTA */

struct answered {
	struct arena arena;
	const char *id, *requester, *study;
	int32_t day;
	uint64_t prho, peps;
	struct question *question;
	uint64_t *marks;
	unsigned n_marks;
};

struct pair {
	const struct answered *earlier, *later;
	struct similar how;
};

/* Of one study; `study` NULL: of different ones. */
struct nearest {
	const char *study;
	struct pair best[BEST];
	unsigned n;
};

struct similar_review {
	struct answered list[SIMILAR_REVIEWED]; /* a ring */
	unsigned seen;
	struct nearest *groups; /* the last is of different studies */
	unsigned n_groups;
};

/* ---- taking ---- */

struct similar_review *similar_review_new(void)
{
	return calloc(1, sizeof(struct similar_review));
}

static unsigned kept(const struct similar_review *r)
{
	return r->seen < SIMILAR_REVIEWED ? r->seen : SIMILAR_REVIEWED;
}

void similar_review_free(struct similar_review *r)
{
	if (r == NULL)
		return;
	for (unsigned i = 0; i < kept(r); i++)
		arena_clear(&r->list[i].arena);
	free(r->groups);
	free(r);
}

/* The i-th that is kept, oldest first. */
static const struct answered *at(const struct similar_review *r, unsigned i)
{
	return &r->list[(r->seen - kept(r) + i) % SIMILAR_REVIEWED];
}

int similar_review_add(struct similar_review *r, const struct past_question *q, struct error *err)
{
	struct answered *a;
	struct hash32 hash;

	if (q->question == NULL || strcmp(q->state, "released") != 0)
		return 0;
	a = &r->list[r->seen % SIMILAR_REVIEWED];
	if (r->seen >= SIMILAR_REVIEWED)
		arena_clear(&a->arena);
	*a = (struct answered){ .day = q->day, .prho = q->prho, .peps = q->peps };
	arena_init(&a->arena, MAX_QUERY_ARENA);
	r->seen++;
	a->id = arena_text(&a->arena, q->id);
	a->requester = arena_text(&a->arena, q->requester);
	a->study = arena_text(&a->arena, q->study);
	if (a->id == NULL || a->requester == NULL || a->study == NULL)
		return error_memory(err);
	if (canonical_read(q->text, strlen(q->text), &a->arena, &a->question, &hash, err) != 0)
		return -1;
	return similar_marks(a->question, &a->arena, &a->marks, &a->n_marks, err);
}

/* ---- comparing ---- */

static int make_groups(struct similar_review *r, struct error *err)
{
	r->groups = calloc((size_t)kept(r) + 1, sizeof(*r->groups));
	if (r->groups == NULL)
		return error_memory(err);
	for (unsigned i = 0; i < kept(r); i++) {
		unsigned g = 0;

		while (g < r->n_groups && strcmp(r->groups[g].study, at(r, i)->study) != 0)
			g++;
		if (g == r->n_groups)
			r->groups[r->n_groups++].study = at(r, i)->study;
	}
	r->n_groups++; /* of different studies */
	return 0;
}

static struct nearest *group_of(
	const struct similar_review *r, const struct answered *a, const struct answered *b)
{
	unsigned g = 0;

	if (strcmp(a->study, b->study) != 0)
		return &r->groups[r->n_groups - 1];
	while (strcmp(r->groups[g].study, a->study) != 0)
		g++;
	return &r->groups[g];
}

static bool nearer(const struct similar *a, const struct similar *b)
{
	return a->edits != b->edits ? a->edits < b->edits : a->likeness > b->likeness;
}

static void put_in(struct nearest *g, const struct pair *p)
{
	unsigned i;

	if (g->n == BEST && !nearer(&p->how, &g->best[BEST - 1].how))
		return;
	for (i = g->n < BEST ? g->n++ : BEST - 1; i > 0 && nearer(&p->how, &g->best[i - 1].how);
		i--)
		g->best[i] = g->best[i - 1];
	g->best[i] = *p;
}

static int compare_two(const struct similar_review *r, const struct answered *a,
	const struct answered *b, struct error *err)
{
	struct pair p = { .earlier = a, .later = b };
	struct nearest *g = group_of(r, a, b);
	unsigned most = g->n < BEST ? SIMILAR_MOST : g->best[BEST - 1].how.edits;
	struct arena arena;
	int ret;

	if (similar_least(a->marks, a->n_marks, b->marks, b->n_marks) > most)
		return 0;
	arena_init(&arena, MAX_QUERY_ARENA);
	ret = similar_compare(a->question, b->question, &arena, &p.how, err);
	arena_clear(&arena);
	if (ret == 0 && p.how.edits <= SIMILAR_MOST && p.how.edits <= 1 + p.how.shared)
		put_in(g, &p);
	return ret;
}

int similar_review_compare(struct similar_review *r, struct error *err)
{
	if (make_groups(r, err) != 0)
		return -1;
	for (unsigned i = 1; i < kept(r); i++)
		for (unsigned k = 0; k < i; k++)
			if (compare_two(r, at(r, k), at(r, i), err) != 0)
				return -1;
	return 0;
}

/* ---- telling ---- */

/* The strictest delta among the policy's budgets; the usual one where none gives any. */
static uint64_t delta_of(const struct policy *p)
{
	uint64_t least = 0;

	for (unsigned i = 0; i < p->n_budgets; i++)
		if (p->budgets[i].delta_e18 != 0 && (least == 0 || p->budgets[i].delta_e18 < least))
			least = p->budgets[i].delta_e18;
	return least == 0 ? DELTA_E18 : least;
}

struct cost {
	char rho[32], epsilon[32], delta[32];
};

static void cost_of(const struct pair *p, const struct policy *policy, struct cost *out)
{
	const uint64_t prho[2] = { p->earlier->prho, p->later->prho },
		       peps[2] = { p->earlier->peps, p->later->peps };
	uint64_t delta = delta_of(policy), rho, epsilon = account_together(prho, peps, delta, &rho);

	account_text(rho, 1, out->rho, sizeof(out->rho));
	account_text(epsilon, 1, out->epsilon, sizeof(out->epsilon));
	format_decimal(out->delta, sizeof(out->delta), (int64_t)delta, 18);
}

static void add_question(struct text *t, const struct answered *a, bool study)
{
	char day[16];

	text_addf(t, "%s  %s  %s", a->id, a->requester, day_text(a->day, day));
	if (study)
		text_addf(t, "  %s", a->study);
}

static void add_pair(struct text *t, const struct desk *d, const struct pair *p, bool study)
{
	struct cost cost;

	cost_of(p, d->policy, &cost);
	text_add(t, "    ");
	add_question(t, p->earlier, study);
	text_add(t, "\n    ");
	add_question(t, p->later, study);
	text_addf(t,
		d->zh ? "\n      合计 rho %s，即 delta 为 %s 时 epsilon %s\n"
		      : "\n      together rho %s; at delta %s, epsilon %s\n",
		cost.rho, cost.delta, cost.epsilon);
	if (p->how.edits == 0)
		text_add(t, d->zh ? "      相同\n" : "      the same\n");
	for (unsigned i = 0; i < p->how.edits; i++) {
		struct text words;

		text_init(&words, MAX_SIMILAR_PATH + MAX_SAY);
		similar_tell(&p->how.list[i], d->zh, &words);
		text_add(t, "      ");
		desk_wrap(t, text_str(&words), 6, 8);
		text_addc(t, '\n');
		text_clear(&words);
	}
}

void similar_review_text(const struct similar_review *r, const struct desk *d, struct text *t)
{
	bool none = true;

	text_add(t, d->zh ? "相差最小的已答复查询\n" : "Answered questions that differ least\n");
	if (r->seen > SIMILAR_REVIEWED)
		text_addf(t,
			d->zh ? "  只比较最近 %d 个，共 %u 个\n"
			      : "  of the last %d of %u that were answered\n",
			SIMILAR_REVIEWED, r->seen);
	for (unsigned g = 0; g < r->n_groups; g++) {
		const struct nearest *n = &r->groups[g];

		if (n->n == 0)
			continue;
		none = false;
		text_addf(t, "  %s\n",
			n->study != NULL ? n->study
			: d->zh          ? "不同课题之间"
					 : "of different studies");
		for (unsigned i = 0; i < n->n; i++)
			add_pair(t, d, &n->best[i], n->study == NULL);
	}
	if (none)
		text_add(t, d->zh ? "  无\n" : "  none\n");
}

static void add_question_json(struct text *t, const char *key, const struct answered *a)
{
	char day[16];

	text_addf(t, "\"%s\":{\"id\":", key);
	text_add_json(t, a->id);
	text_add(t, ",\"requester\":");
	text_add_json(t, a->requester);
	text_add(t, ",\"study\":");
	text_add_json(t, a->study);
	text_addf(t, ",\"day\":\"%s\"},", day_text(a->day, day));
}

static void add_pair_json(struct text *t, const struct desk *d, const struct pair *p)
{
	char likeness[32];
	struct cost cost;

	cost_of(p, d->policy, &cost);
	text_addc(t, '{');
	add_question_json(t, "earlier", p->earlier);
	add_question_json(t, "later", p->later);
	text_addf(t, "\"edits\":%u,\"likeness\":%s,\"differs\":[", p->how.edits,
		format_decimal(likeness, sizeof(likeness), p->how.likeness, 3));
	for (unsigned i = 0; i < p->how.edits; i++) {
		if (i > 0)
			text_addc(t, ',');
		similar_json(&p->how.list[i], t);
	}
	text_addf(t, "],\"together\":{\"rho\":\"%s\",\"epsilon\":\"%s\",\"delta\":\"%s\"}}",
		cost.rho, cost.epsilon, cost.delta);
}

void similar_review_json(const struct similar_review *r, const struct desk *d, struct text *t)
{
	bool first = true;

	text_add(t, "\"similar\":[");
	for (unsigned g = 0; g < r->n_groups; g++)
		for (unsigned i = 0; i < r->groups[g].n; i++) {
			if (!first)
				text_addc(t, ',');
			first = false;
			add_pair_json(t, d, &r->groups[g].best[i]);
		}
	text_addf(t, "],\"compared\":%u", kept(r));
}
