#include "policies/effect/effect_in.h"

#include <string.h>

#include "policies/model.h"
#include "policies/reach.h"
#include "policies/systems.h"

/*
 * Sensitive codes. A rule takes its codes out of questions and its rows out of answers, for all studies or all but
 * some; where it is open its thresholds hold. So closing one for a study also ends its thresholds there, and codes
 * in one system more can make a table countable, because the rule finds its rows.
 */

static const struct code_rule *find_rule(const struct policy *p, const char *id)
{
	for (unsigned i = 0; i < p->n_codes; i++)
		if (strcmp(p->codes[i].id, id) == 0)
			return &p->codes[i];
	return NULL;
}

static struct say rule_thing(struct comparing *c, const struct code_rule *r)
{
	return effect_thing(c, SAY("code rule", "代码规则"), r->id);
}

/* ---- for whom a rule is open ---- */

static unsigned open_kinds(const struct code_rule *r, const char *study)
{
	if (!r->restricted)
		return 0;
	for (unsigned i = 0; i < r->n_studies; i++)
		if (strcmp(r->studies[i], study) == 0)
			return r->kinds == 0 ? (1u << KINDS) - 1 : r->kinds;
	return 0;
}

static struct say kinds_say(struct comparing *c, unsigned kinds)
{
	struct effect_set set = effect_set_kinds(c, kinds);
	const char *text;

	if (kinds == (1u << KINDS) - 1)
		return SAY("every kind", "所有类型");
	text = effect_set_text(c, &set);
	return (struct say){ text, text };
}

struct threshold {
	int64_t min_patients, min_sites, round_to;
	uint64_t amount;
};

/* What a rule asks of the questions it is open for, beyond what all must meet. */
static struct threshold threshold_of(const struct policy *p, const struct code_rule *r)
{
	struct threshold t = { r->min_patients, r->min_sites, p->release.round_to,
		p->release.amount };

	for (unsigned i = 0; i < p->n_tighter; i++) {
		const struct tighter_rule *x = &p->tighter[i];

		if (x->scope != SCOPE_CODE || strcmp(x->id, r->id) != 0)
			continue;
		if (x->min_patients > t.min_patients)
			t.min_patients = x->min_patients;
		if (x->min_sites > t.min_sites)
			t.min_sites = x->min_sites;
		if (x->round_to > t.round_to)
			t.round_to = x->round_to;
		if (x->amount != 0 && x->amount < t.amount)
			t.amount = x->amount;
	}
	return t;
}

static void compare_study(struct comparing *c, const struct code_rule *b, const struct code_rule *a,
	const char *study)
{
	unsigned was = open_kinds(b, study), now = open_kinds(a, study);
	struct threshold t = threshold_of(c->before, b);
	const struct release_rule *all = &c->after->release;
	struct say kinds;

	if (now & ~was) {
		kinds = kinds_say(c, now & ~was);
		effect_note(c, EFFECT_WIDER, rule_thing(c, a), a->at,
			EFFECT_SAY(c, "open for study %s, %s%.0s", "对课题 %s 开放（%.0s%s）",
				study, kinds.en, kinds.zh));
	}
	if ((was & ~now) == 0)
		return;
	kinds = kinds_say(c, was & ~now);
	effect_note(c, EFFECT_TIGHTER, rule_thing(c, a), a->at,
		EFFECT_SAY(c, "closed for study %s, %s%.0s", "对课题 %s 关闭（%.0s%s）", study,
			kinds.en, kinds.zh));
	if (t.min_patients > all->min_patients || t.min_sites > all->min_sites ||
		t.round_to > c->before->release.round_to || t.amount < c->before->release.amount)
		effect_note(c, EFFECT_WIDER, rule_thing(c, a), a->at,
			EFFECT_SAY(c,
				"its thresholds no longer hold for other questions of study %s",
				"其阈值不再适用于课题 %s 的其他查询", study));
}

static void compare_open(struct comparing *c, const struct code_rule *b, const struct code_rule *a)
{
	for (unsigned i = 0; i < a->n_studies; i++)
		compare_study(c, b, a, a->studies[i]);
	for (unsigned i = 0; i < b->n_studies; i++)
		if (open_kinds(a, b->studies[i]) == 0)
			compare_study(c, b, a, b->studies[i]);
}

/* ---- which codes ---- */

static const struct code *find_code(const struct code_rule *r, const struct code *of)
{
	for (unsigned i = 0; i < r->n_omop; i++)
		if (r->omop[i].concept == of->concept && r->omop[i].out == of->out &&
			(r->omop[i].descendants || !of->descendants))
			return &r->omop[i];
	return NULL;
}

static void note_code(struct comparing *c, const struct code_rule *r, const struct code *code,
	enum effect_way way, struct say verb)
{
	effect_note(c, way, rule_thing(c, r), r->at,
		EFFECT_SAY(c, "%s%.0s omop %s%d%s", "%.0s%s omop %s%d%s", verb.en, verb.zh,
			code->out ? "-" : "", (int)code->concept, code->descendants ? "+" : ""));
}

/* A code taken out of a rule again makes it smaller; its other form is another code. */
static void compare_omop(struct comparing *c, const struct code_rule *b, const struct code_rule *a)
{
	const struct say added = SAY("added", "新增"), removed = SAY("removed", "移除");

	for (unsigned i = 0; i < a->n_omop; i++)
		if (find_code(b, &a->omop[i]) == NULL)
			note_code(c, a, &a->omop[i], a->omop[i].out ? EFFECT_WIDER : EFFECT_TIGHTER,
				added);
	for (unsigned i = 0; i < b->n_omop; i++)
		if (find_code(a, &b->omop[i]) == NULL)
			note_code(c, a, &b->omop[i], b->omop[i].out ? EFFECT_TIGHTER : EFFECT_WIDER,
				removed);
}

/* Whether a sorted list covers a code: itself, or by a prefix of it. */
static bool covered(const struct effect_set *s, const char *code, bool by_prefix)
{
	char prefix[MAX_NAME + 1];
	size_t len = strlen(code);

	if (effect_set_has(s, code))
		return true;
	for (size_t n = 1; by_prefix && n < len && n < sizeof(prefix); n++) {
		memcpy(prefix, code, n);
		prefix[n] = '\0';
		if (effect_set_has(s, prefix))
			return true;
	}
	return false;
}

/* What only one of two lists covers, in one line: a rule of a preset has dozens of codes, and people read this. */
static void note_listed(struct comparing *c, const struct code_rule *r, enum code_system s,
	const struct effect_set *of, const struct effect_set *in, enum effect_way way,
	struct say verb)
{
	struct effect_set alone = { NULL, 0 };

	for (unsigned i = 0; i < of->n; i++)
		if (!covered(in, of->at[i], system_by_prefix(s)))
			alone.n++;
	if (alone.n == 0)
		return;
	alone.at = arena_array(c->a, alone.n, sizeof(*alone.at));
	if (alone.at == NULL) {
		c->failed = true;
		return;
	}
	alone.n = 0;
	for (unsigned i = 0; i < of->n; i++)
		if (!covered(in, of->at[i], system_by_prefix(s)))
			alone.at[alone.n++] = of->at[i];
	effect_note(c, way, rule_thing(c, r), r->at,
		EFFECT_SAY(c, "%s%.0s %s %s", "%.0s%s %s %s", verb.en, verb.zh, system_key(s),
			effect_set_text(c, &alone)));
}

static void compare_listed(struct comparing *c, const struct code_rule *b,
	const struct code_rule *a, enum code_system s)
{
	struct effect_set was = effect_set_of(
				  c, b->listed[s].codes, b->listed[s].n, sizeof(char *)),
			  now = effect_set_of(
				  c, a->listed[s].codes, a->listed[s].n, sizeof(char *));

	note_listed(c, a, s, &now, &was, EFFECT_TIGHTER, SAY("added", "新增"));
	note_listed(c, a, s, &was, &now, EFFECT_WIDER, SAY("removed", "移除"));
}

static bool local_covers(const struct code_rule *r, const char *column, const char *pattern)
{
	size_t want = strlen(pattern);
	bool prefix = want > 0 && pattern[want - 1] == '*';

	for (unsigned i = 0; i < r->n_local; i++) {
		if (strcmp(r->local[i].column->name, column) != 0)
			continue;
		for (unsigned k = 0; k < r->local[i].n_patterns; k++) {
			const char *has = r->local[i].patterns[k];
			size_t len = strlen(has);

			if (strcmp(has, pattern) == 0)
				return true;
			if (len > 0 && has[len - 1] == '*' && len - 1 <= want - (prefix ? 1 : 0) &&
				strncmp(has, pattern, len - 1) == 0)
				return true;
		}
	}
	return false;
}

static void compare_local(struct comparing *c, const struct code_rule *from,
	const struct code_rule *in, enum effect_way way, struct say verb, struct place at)
{
	for (unsigned i = 0; i < from->n_local; i++)
		for (unsigned k = 0; k < from->local[i].n_patterns; k++)
			if (!local_covers(
				    in, from->local[i].column->name, from->local[i].patterns[k]))
				effect_note(c, way, rule_thing(c, from), at,
					EFFECT_SAY(c, "%s%.0s local %s %s", "%.0s%s 本院编码 %s %s",
						verb.en, verb.zh, from->local[i].column->name,
						from->local[i].patterns[k]));
}

/* ---- one rule ---- */

static int64_t larger(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

static void compare_rule(struct comparing *c, const struct code_rule *b, const struct code_rule *a)
{
	const struct say forbidden = SAY("forbidden", "禁止"),
			 restricted = SAY("restricted", "限制");
	struct say thing = rule_thing(c, a);

	effect_text(c, thing, a->at, SAY("title", "标题"), b->title, a->title);
	effect_text(c, thing, a->at, SAY("why", "理由"), b->why, a->why);
	effect_text(c, thing, a->at, SAY("basis", "依据"), b->basis, a->basis);
	if (b->restricted !=
		a->restricted) /* restricted to nobody is forbidden: what differs is told by study */
		effect_words(c, EFFECT_SAME, thing, a->at, SAY("use", "用途"),
			b->restricted ? restricted : forbidden,
			a->restricted ? restricted : forbidden);
	compare_open(c, b, a);
	compare_omop(c, b, a);
	for (enum code_system s = SYSTEM_ICD10; s < SYSTEMS; s++)
		compare_listed(c, b, a, s);
	compare_local(c, a, b, EFFECT_TIGHTER, SAY("added", "新增"), a->at);
	compare_local(c, b, a, EFFECT_WIDER, SAY("removed", "移除"), a->at);
	if (a->restricted && b->restricted) {
		effect_number(c, thing, a->at, SAY("min_patients", "最少患者数"),
			larger(b->min_patients, c->before->release.min_patients),
			larger(a->min_patients, c->after->release.min_patients), EFFECT_TIGHTER);
		effect_number(c, thing, a->at, SAY("min_sites", "最少机构数"),
			larger(b->min_sites, c->before->release.min_sites),
			larger(a->min_sites, c->after->release.min_sites), EFFECT_TIGHTER);
	}
}

/* ---- reach ---- */

static unsigned systems_of(const struct code_rule *r)
{
	unsigned bits = 0;

	for (enum code_system s = SYSTEM_ICD10; s < SYSTEMS; s++)
		if (r->listed[s].n > 0)
			bits |= 1u << s;
	return bits;
}

/* Whether there is a vocabulary with which a rule could not find its rows before and can now. */
static bool opens(const struct policy *before, const struct code_rule *b, const struct dataset *bd,
	const struct table *bt, const struct policy *after, const struct code_rule *a,
	const struct dataset *ad, const struct table *at)
{
	unsigned all = systems_of(b) | systems_of(a), known = all;
	const int32_t was[] = { before->from, before->to }, now[] = { after->from, after->to };

	for (;;) {
		for (int x = 0; x < 2; x++)
			for (int y = 0; y < 2; y++)
				if (rule_reach(b, bd->model, bt, known, was[x]) != REACH_YES &&
					rule_reach(a, ad->model, at, known, now[y]) == REACH_YES)
					return true;
		if (known == 0)
			return false;
		known = (known - 1) & all;
	}
}

static void compare_reach(struct comparing *c, const struct code_rule *b, const struct code_rule *a)
{
	for (unsigned d = 0; d < c->after->n_datasets; d++) {
		const struct dataset *ad = &c->after->datasets[d],
				     *bd = policy_dataset(c->before, ad->id);

		for (unsigned t = 0; bd != NULL && t < ad->n_tables; t++) {
			const struct table *at = &ad->tables[t], *bt = dataset_table(bd, at->name);

			if (bt != NULL && opens(c->before, b, bd, bt, c->after, a, ad, at))
				effect_note(c, EFFECT_WIDER, rule_thing(c, a), a->at,
					EFFECT_SAY(c,
						"its rows can be found in table %s, which may be "
						"counted now",
						"可在表 %s 中找到其记录，该表因此可参与统计",
						at->name));
		}
	}
}

bool effect_closed(const struct policy *p, const struct dataset *d, const struct table *t)
{
	for (unsigned i = 0; i < p->n_codes; i++) {
		const struct code_rule *r = &p->codes[i];

		if (r->restricted && r->n_studies > 0)
			continue;
		if (rule_reach(r, d->model, t, ~0u, p->from) != REACH_YES &&
			rule_reach(r, d->model, t, ~0u, p->to) != REACH_YES)
			return true;
	}
	return false;
}

static bool is_concept(const struct dataset *d, const struct column *c)
{
	for (unsigned k = 0; d->model != NULL && k < EVENTS; k++)
		if (d->model->events[k].table != NULL && d->model->events[k].concept != NULL &&
			strcmp(d->model->events[k].table, c->table->name) == 0 &&
			strcmp(d->model->events[k].concept, c->column) == 0)
			return true;
	return false;
}

bool effect_finds_rows(const struct policy *p, const struct dataset *d, const struct column *c)
{
	bool concept = is_concept(d, c);

	for (unsigned i = 0; i < p->n_codes; i++) {
		const struct code_rule *r = &p->codes[i];

		if (concept && (r->n_omop > 0 || systems_of(r) != 0))
			return true;
		if (c->system != SYSTEM_NONE && r->listed[c->system].n > 0)
			return true;
		for (unsigned k = 0; k < r->n_local; k++)
			if (strcmp(r->local[k].column->name, c->name) == 0)
				return true;
	}
	return false;
}

bool effect_may_be_red(const struct policy *p, const struct column *c, int64_t concept)
{
	for (unsigned i = 0; i < p->n_codes; i++) {
		const struct code_rule *r = &p->codes[i];

		if (systems_of(r) != 0)
			return true; /* by the vocabulary */
		for (unsigned k = 0; k < r->n_omop; k++)
			if (!r->omop[k].out &&
				(r->omop[k].descendants || r->omop[k].concept == concept))
				return true;
		for (unsigned k = 0; k < r->n_local; k++)
			if (strcmp(r->local[k].column->name, c->name) == 0)
				return true;
	}
	return false;
}

/* ---- all of them ---- */

static void note_new(struct comparing *c, const struct code_rule *a)
{
	static const struct code_rule none = { 0 };

	effect_note(c, EFFECT_TIGHTER, rule_thing(c, a), a->at,
		a->restricted ? SAY("new, restricted", "新增，限制")
			      : SAY("new, forbidden", "新增，禁止"));
	for (unsigned i = 0; i < a->n_studies; i++) {
		unsigned kinds = open_kinds(a, a->studies[i]);
		struct say say = kinds_say(c, kinds);

		if (kinds != 0)
			effect_note(c, EFFECT_TIGHTER, rule_thing(c, a), a->at,
				EFFECT_SAY(c, "new, left open for study %s, %s%.0s",
					"新增，对课题 %s 不适用（%.0s%s）", a->studies[i], say.en,
					say.zh));
	}
	for (unsigned i = 0; i < a->n_omop; i++)
		note_code(c, a, &a->omop[i], EFFECT_TIGHTER, SAY("added", "新增"));
	for (enum code_system s = SYSTEM_ICD10; s < SYSTEMS; s++)
		compare_listed(c, &none, a, s);
	compare_local(c, a, &none, EFFECT_TIGHTER, SAY("added", "新增"), a->at);
}

void effect_codes(struct comparing *c)
{
	for (unsigned i = 0; i < c->after->n_codes; i++) {
		const struct code_rule *a = &c->after->codes[i], *b = find_rule(c->before, a->id);

		if (b == NULL) {
			note_new(c, a);
			continue;
		}
		compare_rule(c, b, a);
		compare_reach(c, b, a);
	}
	for (unsigned i = 0; i < c->before->n_codes; i++)
		if (find_rule(c->after, c->before->codes[i].id) == NULL)
			effect_note(c, EFFECT_WIDER, rule_thing(c, &c->before->codes[i]),
				c->before->codes[i].at, SAY("removed", "移除"));
}
