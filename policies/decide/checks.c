#include "policies/decide/ruling.h"

#include <string.h>

#include "base/clock.h"

/*
 * The checks that need no database words: is the policy in force, who asks in which study, which kinds,
 * how large a cohort.
 */

/* ---- 1 policy ---- */

void check_policy(struct ruling *r)
{
	char today[16];

	if (r->who->today >= r->p->from && r->who->today <= r->p->to)
		return;
	deny(r, CHECK_POLICY, "policy:valid", r->p->valid_at, (struct place){ 0 },
		TELL(r, "The policy is in force %s, and today is %s.",
			"策略有效期为 %s，今天是 %s。", say_span(r->a, r->p->from, r->p->to),
			day_text(r->who->today, today)),
		SAY("This hospital's policy is not in force today.",
			"该医院的策略今天不在有效期内。"));
}

/* ---- 2 requester ---- */

static const struct requester *find_requester(const struct study *s, const char *account)
{
	for (unsigned i = 0; i < s->n_requesters; i++)
		if (strcmp(s->requesters[i].account, account) == 0)
			return &s->requesters[i];
	return NULL;
}

static void check_study_dates(struct ruling *r)
{
	const struct study *s = r->study;
	char today[16];

	if (r->who->today >= s->from && r->who->today <= s->to)
		return;
	deny(r, CHECK_REQUESTER, RULE(r, "study:%s.valid", s->id), s->valid_at, r->q->study_at,
		TELL(r, "Study %s runs %s, and today is %s.", "课题 %s 的有效期为 %s，今天是 %s。",
			s->id, say_span(r->a, s->from, s->to), day_text(r->who->today, today)),
		TELL(r, "Study %s does not run today at this hospital.",
			"课题 %s 今天在该医院不在有效期内。", s->id));
}

static void check_role(struct ruling *r, const struct requester *who)
{
	struct say kind = say_kind(r->q->kind);

	if (who->role == NULL) {
		deny_internal(r, CHECK_REQUESTER, "a requester without a role");
		return;
	}
	r->role = who->role;
	if (r->role->kinds & (1u << r->q->kind))
		return;
	deny(r, CHECK_REQUESTER, RULE(r, "role:%s", r->role->id), r->role->at, r->q->kind_at,
		TELL(r, "%s is %s in study %s, a role that may not ask for %s%.0s.",
			"%1$s 在课题 %3$s 中的角色为 %2$s，不可查询%5$s。%4$.0s", who->account,
			r->role->id, r->study->id, kind.en, kind.zh),
		TELL(r, "Your role in study %s may not ask for %s%.0s at this hospital.",
			"您在课题 %s 中的角色不可在该医院查询%.0s%s。", r->study->id, kind.en,
			kind.zh));
}

void check_requester(struct ruling *r)
{
	const struct requester *who;

	r->study = policy_study(r->p, r->q->study);
	if (r->study == NULL) {
		deny(r, CHECK_REQUESTER, "default:not-listed", r->p->studies_at, r->q->study_at,
			TELL(r, "Study %s is not listed.", "课题 %s 未列出。", r->q->study),
			TELL(r, "This hospital does not list study %s.", "该医院未列出课题 %s。",
				r->q->study));
		return;
	}
	check_study_dates(r);
	who = find_requester(r->study, r->who->requester);
	if (who != NULL) {
		check_role(r, who);
		return;
	}
	deny(r, CHECK_REQUESTER, RULE(r, "study:%s.requesters", r->study->id),
		r->study->requesters_at, r->q->study_at,
		TELL(r, "%s is not among the requesters of study %s.",
			"%s 不在课题 %s 的申请人之列。", r->who->requester, r->study->id),
		TELL(r, "You are not among the requesters of study %s at this hospital.",
			"您不在该医院课题 %s 的申请人之列。", r->study->id));
}

/* ---- 4 kind and composing ---- */

static void deny_kind(struct ruling *r, const char *part, struct place at, struct say say)
{
	deny(r, CHECK_KIND, RULE(r, "kind:%s%s", kind_name(r->q->kind), part), at, r->q->kind_at,
		say, say);
}

static void check_limits(struct ruling *r, const struct kind_rule *k)
{
	const struct question *q = r->q;
	unsigned groups = r->plan->n_cells / plan_points(r->plan); /* max_cells bounds these */

	if ((int64_t)q->n_groups > k->group_by)
		deny_kind(r, ".group_by", k->group_by_at,
			TELL(r, "The question has %u groups; for %s at most %lld are allowed.",
				"此查询有 %u 个分组；%s 最多 %lld 个。", q->n_groups,
				kind_name(q->kind), (long long)k->group_by));
	if ((int64_t)q->n_filters > k->filters)
		deny_kind(r, ".filters", k->filters_at,
			TELL(r, "The question filters %u columns; for %s at most %lld are allowed.",
				"此查询筛选 %u 个字段；%s 最多 %lld 个。", q->n_filters,
				kind_name(q->kind), (long long)k->filters));
	if ((int64_t)groups > k->max_cells)
		deny_kind(r, ".max_cells", k->max_cells_at,
			TELL(r, "The answer would have %u cells; for %s at most %lld are allowed.",
				"答案将有 %u 个单元格；%s 最多 %lld 个。", groups,
				kind_name(q->kind), (long long)k->max_cells));
	else if (r->plan->n_cells > MAX_CELLS)
		deny_kind(r, ".max_cells", k->max_cells_at,
			TELL(r,
				"The answer would have %u groups of %u numbers; at most %d numbers "
				"together are possible.",
				"答案将有 %u 组，每组 %u 个数字；合计最多 %d 个。", groups,
				plan_points(r->plan), (int)MAX_CELLS));
}

static void check_compose(struct ruling *r)
{
	const struct compose_rule *c = &r->p->compose;
	const struct cohort *cohort = &r->q->cohort;
	struct say closed =
		SAY("Requesters may not build cohorts here: queries.yaml has no compose.",
			"研究者不得自组队列：queries.yaml 未写 compose。");

	unsigned criteria = cohort->criteria + r->q->n_filters; /* a filter is one too */

	if (cohort->entry == NULL && criteria == 0)
		return; /* everybody */
	if (!c->listed) {
		deny(r, CHECK_KIND, "cohort:compose", r->p->kinds_at, r->q->cohort_at, closed,
			closed);
		return;
	}
	if ((int64_t)criteria > c->criteria)
		deny(r, CHECK_KIND, "cohort:compose.criteria", c->at, r->q->cohort_at,
			TELL(r, "The cohort has %u criteria; at most %lld are allowed.",
				"队列有 %u 个条件，最多 %lld 个。", criteria,
				(long long)c->criteria),
			TELL(r, "The cohort has more criteria than this hospital allows: %u.",
				"队列的条件数超过该医院的上限：%u。", criteria));
	if ((int64_t)cohort->depth > c->depth)
		deny(r, CHECK_KIND, "cohort:compose.depth", c->at, r->q->cohort_at,
			TELL(r, "The cohort is nested %u deep; at most %lld is allowed.",
				"队列嵌套 %u 层，最多 %lld 层。", cohort->depth,
				(long long)c->depth),
			TELL(r, "The cohort is nested deeper than this hospital allows: %u.",
				"队列的嵌套超过该医院的上限：%u 层。", cohort->depth));
	if (c->kinds != 0 && !(c->kinds & (1u << r->q->kind)))
		deny(r, CHECK_KIND, "cohort:compose.kinds", c->at, r->q->kind_at,
			TELL(r, "Cohorts may not be built for questions of kind %s.",
				"%s 类查询不得自组队列。", kind_name(r->q->kind)),
			TELL(r, "Cohorts may not be built for questions of kind %s.",
				"%s 类查询不得自组队列。", kind_name(r->q->kind)));
}

void check_kind(struct ruling *r)
{
	const struct kind_rule *k = &r->p->kinds[r->q->kind];
	struct say kind = say_kind(r->q->kind);

	if (!k->listed)
		deny(r, CHECK_KIND, "default:not-listed", r->p->kinds_at, r->q->kind_at,
			TELL(r, "Kind %s (%s%.0s) is not listed in queries.yaml.",
				"queries.yaml 未列出查询类型 %s（%.0s%s）。", kind_name(r->q->kind),
				kind.en, kind.zh),
			TELL(r, "This hospital does not offer questions of kind %s.",
				"该医院不提供 %s 类查询。", kind_name(r->q->kind)));
	else
		check_limits(r, k);
	if (r->q->cohort.officer != NULL)
		check_officer(r);
	else
		check_compose(r);
}

/* ---- 5 study ---- */

static bool named(const struct question_name *list, unsigned n, const char *id)
{
	for (unsigned i = 0; i < n; i++)
		if (strcmp(list[i].text, id) == 0)
			return true;
	return false;
}

/* may_use is held against every column where it is resolved: narrow(). */
void check_study(struct ruling *r)
{
	const struct study *s = r->study;
	const char *kind = kind_name(r->q->kind);

	if (s == NULL) {
		r->incomplete |= 1u << CHECK_STUDY;
		return;
	}
	if (r->data == NULL || r->patients == NULL)
		r->incomplete |= 1u << CHECK_STUDY;
	if (!(s->kinds & (1u << r->q->kind)))
		deny(r, CHECK_STUDY, RULE(r, "study:%s.kinds", s->id), s->kinds_at, r->q->kind_at,
			TELL(r, "Study %s may not ask questions of kind %s.",
				"课题 %s 不得进行 %s 类查询。", s->id, kind),
			TELL(r, "This hospital does not let study %s ask questions of kind %s.",
				"该医院不允许课题 %s 进行 %s 类查询。", s->id, kind));
	if (!named(s->datasets, s->n_datasets, r->q->dataset))
		deny(r, CHECK_STUDY, RULE(r, "study:%s.datasets", s->id), s->datasets_at,
			r->q->dataset_at,
			TELL(r, "Study %s may not use dataset %s.", "课题 %s 不得使用数据集 %s。",
				s->id, r->q->dataset),
			TELL(r, "This hospital does not let study %s use dataset %s.",
				"该医院不允许课题 %s 使用数据集 %s。", s->id, r->q->dataset));
}
