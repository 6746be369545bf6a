#include "policies/effect/effect_in.h"

#include <string.h>

#include "policies/cohorts/cohort_sql.h"
#include "policies/shapes.h"

/*
 * Who may ask, for what, until when: the policy's own days, roles, officers' cohorts, studies.
 */

#define AT(list, n, field) &(list)[0].field, n, sizeof((list)[0])
#define SET(c, list, n, field)                                                                     \
	((n) == 0 ? effect_set_of(c, NULL, 0, 0) : effect_set_of(c, AT(list, n, field)))

/* ---- the policy ---- */

static struct effect_set presets_of(struct comparing *c, const struct policy *p)
{
	const char **names = arena_array(c->a, (size_t)p->n_items + 1, sizeof(*names));
	unsigned n = 0;

	if (names == NULL) {
		c->failed = true;
		return effect_set_of(c, NULL, 0, 0);
	}
	for (unsigned i = 0; i < p->n_items; i++)
		if (strncmp(p->items[i].name, "presets/", 8) == 0)
			names[n++] = p->items[i].name + 8;
	return effect_set_of(c, names, n, sizeof(*names));
}

/* A preset that nothing meets today still keeps tomorrow's edit from opening what it closes: without it that edit needs
 * no exception. */
static void compare_presets(struct comparing *c, struct say thing)
{
	effect_sets(c, thing, c->after->at, SAY("no longer held to preset", "不再受预设约束："),
		SAY("held to preset", "受预设约束："), presets_of(c, c->after),
		presets_of(c, c->before));
}

/* Who is told more, or less; no question is decided by it. */
static void compare_catalogue(struct comparing *c, struct say thing)
{
	const struct policy *b = c->before, *a = c->after;
	const char *was = words_catalogue[b->catalogue], *now = words_catalogue[a->catalogue];

	if (b->catalogue != a->catalogue)
		effect_words(c, a->catalogue > b->catalogue ? EFFECT_WIDER : EFFECT_TIGHTER, thing,
			a->catalogue_at, SAY("catalogue", "目录展示"), (struct say){ was, was },
			(struct say){ now, now });
}

static void compare_policy(struct comparing *c)
{
	const struct policy *b = c->before, *a = c->after;
	struct say thing = SAY("policy", "策略");

	if (b->site == NULL)
		effect_note(c, EFFECT_WIDER, thing, a->valid_at,
			EFFECT_SAY(c, "in force %s; nothing was before", "有效期 %s；此前无策略",
				say_span(c->a, a->from, a->to)));
	else
		effect_span(c, thing, a->valid_at, SAY("valid", "有效期"), b->from, b->to, a->from,
			a->to);
	if (b->site != NULL && !effect_same_text(b->site, a->site))
		effect_words(c, EFFECT_WIDER, thing, a->at, SAY("site", "机构"),
			(struct say){ b->site, b->site }, (struct say){ a->site, a->site });
	if (b->site != NULL) {
		compare_presets(c, thing);
		effect_text(c, thing, a->at, SAY("title", "标题"), b->title, a->title);
		effect_text(c, thing, a->at, SAY("country", "国家"),
			(struct say){ b->country, b->country },
			(struct say){ a->country, a->country });
	}
	compare_catalogue(c, thing);
}

/* ---- roles ---- */

static const struct role *find_role(const struct policy *p, const char *id)
{
	for (unsigned i = 0; i < p->n_roles; i++)
		if (strcmp(p->roles[i].id, id) == 0)
			return &p->roles[i];
	return NULL;
}

static void compare_role(struct comparing *c, struct say thing, struct place at,
	const struct role *b, const struct role *a)
{
	effect_sets(c, thing, at, SAY("may ask for", "可查询"),
		SAY("may no longer ask for", "不再可查询"), effect_set_kinds(c, b->kinds),
		effect_set_kinds(c, a->kinds));
	if (b->cohorts != a->cohorts)
		effect_note(c, a->cohorts ? EFFECT_WIDER : EFFECT_TIGHTER, thing, at,
			a->cohorts
				? SAY("may use officers' cohorts", "可使用既定队列")
				: SAY("may no longer use officers' cohorts", "不再可使用既定队列"));
}

/* A role that one side lacks is nobody's there: requesters tell what follows. */
static void compare_roles(struct comparing *c)
{
	const struct say kind = SAY("role", "角色");

	for (unsigned i = 0; i < c->after->n_roles; i++) {
		const struct role *a = &c->after->roles[i], *b = find_role(c->before, a->id);

		if (b == NULL)
			effect_note(c, EFFECT_SAME, effect_thing(c, kind, a->id), a->at,
				SAY("defined", "新定义"));
		else
			compare_role(c, effect_thing(c, kind, a->id), a->at, b, a);
	}
	for (unsigned i = 0; i < c->before->n_roles; i++)
		if (find_role(c->after, c->before->roles[i].id) == NULL)
			effect_note(c, EFFECT_SAME, effect_thing(c, kind, c->before->roles[i].id),
				c->before->roles[i].at, SAY("no longer defined", "不再定义"));
}

/* ---- officers' cohorts ---- */

static const struct officer_cohort *find_cohort(const struct policy *p, const char *id)
{
	for (unsigned i = 0; i < p->n_cohorts; i++)
		if (strcmp(p->cohorts[i].id, id) == 0)
			return &p->cohorts[i];
	return NULL;
}

/* "from: cdm.measurement.measurement_date" */
static struct effect_set params_of(struct comparing *c, const struct officer_cohort *o)
{
	const char **texts = arena_array(c->a, (size_t)o->n_params + 1, sizeof(*texts));
	unsigned n = 0;

	for (unsigned i = 0; texts != NULL && i < o->n_params; i++) {
		const struct column *col = o->params[i].column;

		texts[n] = arena_textf(
			c->a, "%s: %s", o->params[i].name, col == NULL ? "-" : col->name);
		if (texts[n++] == NULL)
			texts = NULL;
	}
	if (texts == NULL)
		c->failed = true;
	return effect_set_of(c, texts, texts == NULL ? 0 : n, sizeof(*texts));
}

static struct say text_say(struct comparing *c, const struct officer_cohort *o)
{
	char hash[HASH_TEXT];
	const char *text = arena_text(c->a, hash32_text(&o->text, hash));

	return (struct say){ text, text };
}

/* What another statement selects is not compared, so another statement is wider. */
static void compare_cohort(struct comparing *c, struct say thing, const struct officer_cohort *b,
	const struct officer_cohort *a)
{
	effect_text(c, thing, a->at, SAY("title", "标题"), b->title, a->title);
	effect_text(c, thing, a->at, SAY("file", "文件"), (struct say){ b->file, b->file },
		(struct say){ a->file, a->file });
	if (!hash32_equal(&a->text, &b->text))
		effect_words(c, EFFECT_WIDER, thing, a->at, SAY("its SQL", "SQL"), text_say(c, b),
			text_say(c, a));
	effect_sets(c, thing, a->kinds_at, SAY("may be asked for", "可用于"),
		SAY("may no longer be asked for", "不再可用于"), effect_set_kinds(c, b->kinds),
		effect_set_kinds(c, a->kinds));
	effect_sets(c, thing, a->at, SAY("new parameter", "新增参数"),
		SAY("parameter removed:", "移除参数"), params_of(c, b), params_of(c, a));
}

static void compare_cohorts(struct comparing *c)
{
	const struct say kind = SAY("cohort", "队列");

	for (unsigned i = 0; i < c->after->n_cohorts; i++) {
		const struct officer_cohort *a = &c->after->cohorts[i],
					    *b = find_cohort(c->before, a->id);
		struct officer_cohort none = {
			.title = a->title, .file = a->file, .text = a->text
		};
		struct say thing = effect_thing(c, kind, a->id);

		if (b == NULL)
			effect_note(c, EFFECT_WIDER, thing, a->at,
				EFFECT_SAY(c, "listed: %s, %s", "新列出：%s，%s", a->file,
					text_say(c, a).en));
		compare_cohort(c, thing, b == NULL ? &none : b, a);
	}
	for (unsigned i = 0; i < c->before->n_cohorts; i++)
		if (find_cohort(c->after, c->before->cohorts[i].id) == NULL)
			effect_note(c, EFFECT_TIGHTER,
				effect_thing(c, kind, c->before->cohorts[i].id),
				c->before->cohorts[i].at, SAY("no longer listed", "不再列出"));
}

/* ---- examples ---- */

/* They decide nothing; an example that goes is still a promise less, so it is told. */
static void compare_tests(struct comparing *c)
{
	const struct policy *b = c->before, *a = c->after;
	struct effect_set was = SET(c, b->tests, b->n_tests, name.en),
			  now = SET(c, a->tests, a->n_tests, name.en);

	for (unsigned i = 0; i < a->n_tests; i++)
		if (!effect_set_has(&was, a->tests[i].name.en))
			effect_note(c, EFFECT_SAME, SAY("tests", "测试"), a->tests[i].at,
				EFFECT_SAY(c, "added: %s%.0s", "新增：%.0s%s", a->tests[i].name.en,
					a->tests[i].name.zh));
	for (unsigned i = 0; i < b->n_tests; i++)
		if (!effect_set_has(&now, b->tests[i].name.en))
			effect_note(c, EFFECT_SAME, SAY("tests", "测试"), b->tests[i].at,
				EFFECT_SAY(c, "removed: %s%.0s", "移除：%.0s%s",
					b->tests[i].name.en, b->tests[i].name.zh));
}

/* ---- studies ---- */

static const struct requester *find_requester(const struct study *s, const char *account)
{
	for (unsigned i = 0; i < s->n_requesters; i++)
		if (strcmp(s->requesters[i].account, account) == 0)
			return &s->requesters[i];
	return NULL;
}

static const char *role_id(const struct requester *r)
{
	return r->role == NULL ? "-" : r->role->id;
}

static void compare_requester(
	struct comparing *c, struct say thing, const struct requester *b, const struct requester *a)
{
	static const struct role none = { 0 };
	struct say who;

	if (b == NULL) {
		effect_note(c, EFFECT_WIDER, thing, a->at,
			EFFECT_SAY(c, "new requester %s (%s)", "新申请人 %s（%s）", a->account,
				role_id(a)));
		return;
	}
	if (effect_same_text(role_id(b), role_id(a)))
		return; /* the role tells */
	who = EFFECT_SAY(
		c, "%s%.0s, requester %s", "%.0s%s，申请人 %s", thing.en, thing.zh, a->account);
	effect_words(c, EFFECT_SAME, who, a->at, SAY("role", "角色"),
		(struct say){ role_id(b), role_id(b) }, (struct say){ role_id(a), role_id(a) });
	compare_role(c, who, a->at, b->role == NULL ? &none : b->role,
		a->role == NULL ? &none : a->role);
}

static void compare_requesters(
	struct comparing *c, struct say thing, const struct study *b, const struct study *a)
{
	for (unsigned i = 0; i < a->n_requesters; i++)
		compare_requester(
			c, thing, find_requester(b, a->requesters[i].account), &a->requesters[i]);
	for (unsigned i = 0; i < b->n_requesters; i++)
		if (find_requester(a, b->requesters[i].account) == NULL)
			effect_note(c, EFFECT_TIGHTER, thing, a->requesters_at,
				EFFECT_SAY(c, "requester %s removed", "移除申请人 %s",
					b->requesters[i].account));
}

/* What a study rests on, for people; presets may require it, and a decision never looks at it. */
static struct say papers(struct comparing *c, const struct study *s)
{
	struct effect_set set;
	const char **texts = arena_array(c->a, s->n_approvals + s->n_purposes + 1, sizeof(*texts));
	unsigned n = 0;

	if (texts == NULL) {
		c->failed = true;
		return SAY("", "");
	}
	for (unsigned i = 0; i < s->n_purposes; i++)
		texts[n++] = arena_textf(c->a, "purpose: %s", s->purposes[i].text);
	for (unsigned i = 0; i < s->n_approvals; i++)
		texts[n++] = arena_textf(c->a, "%s: %s", s->approvals[i].key, s->approvals[i].text);
	for (unsigned i = 0; i < n; i++)
		c->failed = c->failed || texts[i] == NULL;
	if (c->failed)
		return SAY("", "");
	set = effect_set_of(c, texts, n, sizeof(*texts));
	return n == 0 ? SAY("none", "无")
		      : (struct say){ effect_set_text(c, &set), effect_set_text(c, &set) };
}

static void compare_study(struct comparing *c, const struct study *b, const struct study *a)
{
	struct say thing = effect_thing(c, SAY("study", "课题"), a->id);

	effect_text(c, thing, a->at, SAY("title", "标题"), b->title, a->title);
	effect_text(c, thing, a->approvals_at, SAY("purpose and approvals", "目的与批件"),
		papers(c, b), papers(c, a));
	effect_span(c, thing, a->valid_at, SAY("valid", "有效期"), b->from, b->to, a->from, a->to);
	effect_sets(c, thing, a->datasets_at, SAY("may use dataset", "可使用数据集"),
		SAY("may no longer use dataset", "不再可使用数据集"),
		SET(c, b->datasets, b->n_datasets, text), SET(c, a->datasets, a->n_datasets, text));
	effect_sets(c, thing, a->may_use_at, SAY("may use", "可使用"),
		SAY("may no longer use", "不再可使用"), SET(c, b->may_use, b->n_may_use, text),
		SET(c, a->may_use, a->n_may_use, text));
	effect_sets(c, thing, a->kinds_at, SAY("may ask for", "可查询"),
		SAY("may no longer ask for", "不再可查询"), effect_set_kinds(c, b->kinds),
		effect_set_kinds(c, a->kinds));
	effect_sets(c, thing, a->at, SAY("may use cohort", "可使用队列"),
		SAY("may no longer use cohort", "不再可使用队列"),
		SET(c, b->cohorts, b->n_cohorts, text), SET(c, a->cohorts, a->n_cohorts, text));
	compare_requesters(c, thing, b, a);
}

/* An empty list is no limit, so the way from a list to none is wider. */
static void compare_results_to(struct comparing *c, const struct study *b, const struct study *a)
{
	struct say thing = effect_thing(c, SAY("study", "课题"), a->id);
	struct effect_set was = SET(c, b->results_to, b->n_results_to, text),
			  now = SET(c, a->results_to, a->n_results_to, text);

	if (was.n == 0 || now.n == 0) {
		if (was.n != now.n)
			effect_note(c, was.n == 0 ? EFFECT_TIGHTER : EFFECT_WIDER, thing, a->at,
				was.n == 0 ? EFFECT_SAY(c, "results only to %s", "结果仅可送往 %s",
						     effect_set_text(c, &now))
					   : EFFECT_SAY(c, "results no longer only to %s",
						     "结果不再限于 %s", effect_set_text(c, &was)));
		return;
	}
	effect_sets(c, thing, a->at, SAY("results may go to", "结果可送往"),
		SAY("results may no longer go to", "结果不再可送往"), was, now);
}

static void compare_studies(struct comparing *c)
{
	static const struct study none = { .from = 1, .to = 0 };
	const struct say kind = SAY("study", "课题");

	for (unsigned i = 0; i < c->after->n_studies; i++) {
		const struct study *a = &c->after->studies[i], *b = policy_study(c->before, a->id);

		if (b == NULL)
			effect_note(c, EFFECT_WIDER, effect_thing(c, kind, a->id), a->at,
				EFFECT_SAY(c, "listed, valid %s", "新列出，有效期 %s",
					say_span(c->a, a->from, a->to)));
		if (b == NULL) {
			struct study empty = none; /* its own title and days were just told */

			empty.title = a->title;
			empty.from = a->from;
			empty.to = a->to;
			compare_study(c, &empty, a);
			continue;
		}
		compare_study(c, b, a);
		compare_results_to(c, b, a);
	}
	for (unsigned i = 0; i < c->before->n_studies; i++)
		if (policy_study(c->after, c->before->studies[i].id) == NULL)
			effect_note(c, EFFECT_TIGHTER,
				effect_thing(c, kind, c->before->studies[i].id),
				c->before->studies[i].at, SAY("no longer listed", "不再列出"));
}

/* ---- refused studies ---- */

static const struct study_refusal *find_refusal(const struct policy *p, const char *id)
{
	for (unsigned i = 0; i < p->n_refused; i++)
		if (strcmp(p->refused[i].id, id) == 0)
			return &p->refused[i];
	return NULL;
}

/* A refused study may nothing, as one that is not listed at all; only the answer to who proposed it changes. */
static void compare_refusals(struct comparing *c)
{
	const struct say kind = SAY("study", "课题");

	for (unsigned i = 0; i < c->after->n_refused; i++) {
		const struct study_refusal *a = &c->after->refused[i],
					   *b = find_refusal(c->before, a->id);
		struct say thing = effect_thing(c, kind, a->id);

		if (b == NULL)
			effect_note(c, EFFECT_SAME, thing, a->at,
				EFFECT_SAY(c, "refused: %s%.0s", "拒绝：%.0s%s", a->why.en, a->why.zh));
		else
			effect_text(c, thing, a->at, SAY("refused", "拒绝理由"), b->why, a->why);
	}
	for (unsigned i = 0; i < c->before->n_refused; i++)
		if (find_refusal(c->after, c->before->refused[i].id) == NULL)
			effect_note(c, EFFECT_SAME, effect_thing(c, kind, c->before->refused[i].id),
				c->before->refused[i].at, SAY("no longer refused", "不再拒绝"));
}

void effect_people(struct comparing *c)
{
	compare_policy(c);
	compare_roles(c);
	compare_cohorts(c);
	compare_studies(c);
	compare_refusals(c);
	compare_tests(c);
}
