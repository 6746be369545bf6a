#include "policies/explain/explaining.h"

#include <string.h>

#include "base/text.h"
#include "crypto/account.h"
#include "policies/decide/plan.h"
#include "policies/explain/rule_list.h"
#include "policies/shapes.h"

/* Studies, kinds, roles, how answers are released, budgets. */

static const char *amount(struct explaining *x, uint64_t v, bool round_up)
{
	char buf[32];
	const char *s = arena_text(x->a, account_text(v, round_up, buf, sizeof(buf)));

	return s == NULL ? "" : s;
}

/* ---- budget ---- */

static void add_budget(struct explaining *x, const struct budget *b)
{
	const struct release_rule *r = &x->p->release;
	const char *unit = b->in_epsilon ? "epsilon" : "rho", *who = budget_for(x->a, b);
	struct say most = b->queries == 0 ? SAY("", "")
					  : TOLD(x, ", at most %lld questions",
						    "，最多查询 %lld 次", (long long)b->queries);
	struct say about = SAY("", "");

	if (b->in_epsilon == r->in_epsilon && r->amount > 0)
		about = TOLD(x, "; a question costs up to %s, so about %llu of them",
			"；每次查询至多消耗 %s，约可查询 %llu 次", amount(x, r->amount, true),
			(unsigned long long)(b->cap / r->amount));
	explaining_row(x, no_label, &b->at,
		TOLD(x, "budget %s: %s %s, %s%s%.0s%s%.0s", "预算 %s：%s %s，%s%.0s%s%.0s%s",
			who == NULL ? "" : who, unit, amount(x, b->cap, false),
			say_span(x->a, b->from, b->to), most.en, most.zh, about.en, about.zh));
}

static bool is_budget(struct explaining *x, const struct budget *b, const char *name)
{
	const char *as_written = budget_for(x->a, b);

	if (as_written == NULL)
		return false;
	return strcmp(as_written, name) == 0 ||
	       (b->scope == SCOPE_EACH_REQUESTER && strncmp(name, "requester:", 10) == 0) ||
	       (b->scope == SCOPE_EACH_STUDY && strncmp(name, "each-study:", 11) == 0);
}

bool explain_budget(struct explaining *x, const char *name)
{
	const char *id = arena_textf(x->a, "budget:%s", name);
	unsigned before = x->out->n_rows;

	for (unsigned i = 0; id != NULL && i < x->p->n_budgets; i++)
		if (is_budget(x, &x->p->budgets[i], name))
			add_budget(x, &x->p->budgets[i]);
	if (x->out->n_rows == before)
		return false;
	explaining_begin(x, "budget", id, SAY("budget", "预算"));
	explaining_row(x, SAY("result", "结果"), NULL,
		SAY("charged with every other budget that matches; what is left is the agent's to "
		    "know: "
		    "cordon budget STUDY",
			"与其他适用的预算同时扣除；余额由代理掌握：cordon budget 课题"));
	return true;
}

/* ---- study ---- */

static void add_requesters(struct explaining *x, const struct study *s)
{
	for (unsigned i = 0; i < s->n_requesters; i++)
		explaining_row(x, no_label, &s->requesters[i].at,
			TOLD(x, "%s is %s and may ask %s", "%s 的角色为 %s，可查询 %s",
				s->requesters[i].account, s->requesters[i].role->id,
				explaining_kinds(x, s->requesters[i].role->kinds & s->kinds)));
}

static void add_names(struct explaining *x, const struct place *at, struct say what,
	const struct question_name *list, unsigned n)
{
	const char **names = arena_array(x->a, n, sizeof(*names));

	if (names == NULL) {
		x->out_of_memory = true;
		return;
	}
	for (unsigned i = 0; i < n; i++)
		names[i] = list[i].text;
	explaining_names(x, no_label, at, what, names, n);
}

static bool opens(const struct code_rule *r, const char *study)
{
	for (unsigned i = 0; r->restricted && i < r->n_studies; i++)
		if (strcmp(r->studies[i], study) == 0)
			return true;
	return false;
}

static void add_open_codes(struct explaining *x, const struct study *s)
{
	for (unsigned i = 0; i < x->p->n_codes; i++)
		if (opens(&x->p->codes[i], s->id))
			explaining_row(x, no_label, &x->p->codes[i].at,
				TOLD(x, "code:%s is open to it", "code:%s 对其开放",
					x->p->codes[i].id));
}

static void add_study_release(struct explaining *x, const struct study *s)
{
	for (unsigned i = 0; i < x->p->n_tighter; i++)
		if (x->p->tighter[i].scope == SCOPE_STUDY &&
			strcmp(x->p->tighter[i].id, s->id) == 0)
			explaining_row(x, no_label, &x->p->tighter[i].at,
				SAY("stricter release than for others", "公布规则比其他课题更严"));
	for (unsigned i = 0; i < x->p->n_budgets; i++) {
		const struct budget *b = &x->p->budgets[i];

		if (b->id == NULL || (b->scope == SCOPE_STUDY && strcmp(b->id, s->id) == 0) ||
			(b->scope == SCOPE_DATASET && study_asks(s, b->id)))
			add_budget(x, b);
	}
}

/* "DM-2026-01" or a rule of it, "DM-2026-01.may_use"; ids may hold dots, so the longest id wins. */
static const struct study *study_of(const struct policy *p, const char *name)
{
	const struct study *found = NULL;

	for (unsigned i = 0; i < p->n_studies; i++) {
		size_t len = strlen(p->studies[i].id);

		if (strncmp(name, p->studies[i].id, len) == 0 &&
			(name[len] == '\0' || name[len] == '.') &&
			(found == NULL || len > strlen(found->id)))
			found = &p->studies[i];
	}
	return found;
}

static bool study_part(const char *rest)
{
	static const char *const parts[] = { "", ".valid", ".requesters", ".kinds", ".datasets",
		".cohorts", ".may_use" };

	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		if (strcmp(parts[i], rest) == 0)
			return true;
	return false;
}

bool explain_study(struct explaining *x, const char *id)
{
	const struct study *s = study_of(x->p, id);

	if (s == NULL || !study_part(id + strlen(s->id)))
		return false;
	explaining_begin(x, "study", s->id, s->title.en == NULL ? SAY("", "") : s->title);
	explaining_row(x, no_label, &s->valid_at,
		TOLD(x, "runs %s", "有效期 %s", say_span(x->a, s->from, s->to)));
	add_names(x, &s->datasets_at, SAY("datasets", "数据集"), s->datasets, s->n_datasets);
	explaining_row(x, no_label, &s->kinds_at,
		TOLD(x, "kinds %s", "查询类型 %s", explaining_kinds(x, s->kinds)));
	add_names(x, &s->cohorts_at, SAY("cohorts", "队列"), s->cohorts, s->n_cohorts);
	add_names(x, &s->may_use_at, SAY("may use", "可用"), s->may_use, s->n_may_use);
	add_requesters(x, s);
	add_open_codes(x, s);
	add_study_release(x, s);
	if (x->on != DAY_NONE)
		explaining_row(x, SAY("result", "结果"), NULL,
			x->on >= s->from && x->on <= s->to
				? SAY("runs on that day", "该日在有效期内")
				: SAY("does not run on that day: refused",
					  "该日不在有效期内，一律拒绝"));
	return true;
}

/* ---- kind, role ---- */

static void add_who_may(struct explaining *x, enum question_kind k)
{
	const struct policy *p = x->p;
	const char **names = arena_array(x->a, (size_t)p->n_studies + p->n_roles, sizeof(*names));
	unsigned n = 0;

	if (names == NULL) {
		x->out_of_memory = true;
		return;
	}
	for (unsigned i = 0; i < p->n_studies; i++)
		if (p->studies[i].kinds & (1u << k))
			names[n++] = p->studies[i].id;
	explaining_names(x, SAY("used by", "用于"), NULL, SAY("study", "课题"), names, n);
	n = 0;
	for (unsigned i = 0; i < p->n_roles; i++)
		if (p->roles[i].kinds & (1u << k))
			names[n++] = p->roles[i].id;
	explaining_names(x, SAY("used by", "用于"), NULL, SAY("role", "角色"), names, n);
}

/* Keys of a kind's rule that a decision names. */
static bool kind_key(enum question_kind k, const char *key)
{
	static const struct {
		const char *key;
		enum question_kind of; /* KINDS: of every kind */
	} keys[] = { { "group_by", KINDS }, { "filters", KINDS }, { "max_cells", KINDS },
		{ "at", KIND_QUANTILE }, { "step", KIND_SURVIVAL }, { "horizon", KIND_SURVIVAL },
		{ "person", KIND_DISTINCT } };

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (strcmp(key, keys[i].key) == 0)
			return keys[i].of == KINDS || keys[i].of == k;
	return false;
}

static void own_limits(struct explaining *x, enum question_kind k, const struct kind_rule *rule)
{
	if (k == KIND_QUANTILE && rule->listed)
		explaining_row(x, no_label, &rule->at,
			TOLD(x, "at %s", "分位点 %s",
				say_numbers(x->a, rule->quantiles, rule->n_quantiles, 9)));
	if (k == KIND_DISTINCT && rule->listed && rule->person != NULL)
		explaining_row(x, no_label, &rule->person_at,
			TOLD(x,
				"people are told apart across hospitals by %s, in %lld buckets, only in "
				"mode secure",
				"跨院以 %s 识别患者，%lld 个桶，仅限 secure 模式",
				rule->person->name, (long long)rule->buckets));
	if (k == KIND_SURVIVAL && rule->listed)
		explaining_row(x, no_label, &rule->at,
			TOLD(x, "steps of %lld %s%.0s, at most %lld%.0s",
				"每步 %lld %.0s%s，至多 %lld %s", (long long)rule->step.count,
				rule->step.months ? (rule->step.count == 1 ? "month" : "months")
						  : (rule->step.count == 1 ? "day" : "days"),
				rule->step.months ? "个月" : "天", (long long)rule->horizon.count,
				rule->horizon.months ? "个月" : "天"));
}

bool explain_kind(struct explaining *x, const char *name)
{
	const char *dot = strchr(name, '.');
	const char *word = dot == NULL ? name : arena_textn(x->a, name, (size_t)(dot - name));
	const struct kind_rule *rule;
	enum question_kind k;
	struct say kind;

	if (word == NULL || !kind_parse(word, &k) ||
		(dot != NULL && !kind_key(k, dot + 1)))
		return false;
	rule = &x->p->kinds[k];
	kind = say_kind(k);
	explaining_begin(x, "kind", word,
		TOLD(x, "kind of question: %s%.0s", "查询类型：%.0s%s", kind.en, kind.zh));
	explaining_row(x, no_label, rule->listed ? &rule->at : &x->p->kinds_at,
		rule->listed ? TOLD(x, "at most %lld groups, %lld filters, %lld cells",
				       "最多 %lld 个分组、%lld 个筛选、%lld 个单元格",
				       (long long)rule->group_by, (long long)rule->filters,
				       (long long)rule->max_cells)
			     : SAY("not listed: refused", "未列出，一律拒绝"));
	own_limits(x, k, rule);
	add_who_may(x, k);
	return true;
}

bool explain_role(struct explaining *x, const char *id)
{
	const struct policy *p = x->p;

	for (unsigned i = 0; i < p->n_roles; i++) {
		if (strcmp(p->roles[i].id, id) != 0)
			continue;
		explaining_begin(x, "role", id, SAY("role", "角色"));
		explaining_row(x, no_label, &p->roles[i].at,
			TOLD(x, "may ask %s", "可查询 %s", explaining_kinds(x, p->roles[i].kinds)));
		for (unsigned s = 0; s < p->n_studies; s++)
			for (unsigned k = 0; k < p->studies[s].n_requesters; k++) {
				const struct requester *r = &p->studies[s].requesters[k];

				if (r->role == &p->roles[i])
					explaining_row(x, no_label, &r->at,
						TOLD(x, "%s in study %s", "%s，课题 %s", r->account,
							p->studies[s].id));
			}
		return true;
	}
	return false;
}

/* ---- release ---- */

static void add_tighter(struct explaining *x, int64_t value, const struct tighter_rule *t)
{
	if (value > 0)
		explaining_row(x, no_label, &t->at,
			TOLD(x, "%lld for %s", "%2$s：%1$lld", (long long)value, t->id));
}

static void explain_number(struct explaining *x, const char *key)
{
	const struct release_rule *r = &x->p->release;
	bool sites = strcmp(key, "min_sites") == 0;

	explaining_row(x, no_label, sites ? &r->min_sites_at : &r->min_patients_at,
		sites ? TOLD(x, "at least %lld sites together", "至少汇总 %lld 家医院",
				(long long)r->min_sites)
		      : TOLD(x, "a cell is shown from %lld patients on (after noise)",
				"单元格（加噪后）至少 %lld 名患者才显示",
				(long long)r->min_patients));
	for (unsigned i = 0; i < x->p->n_tighter; i++)
		add_tighter(x, sites ? x->p->tighter[i].min_sites : x->p->tighter[i].min_patients,
			&x->p->tighter[i]);
	for (unsigned i = 0; i < x->p->n_codes; i++) {
		const struct code_rule *c = &x->p->codes[i];
		int64_t v = sites ? c->min_sites : c->min_patients;

		if (v > 0)
			explaining_row(x, no_label, &c->at,
				TOLD(x, "%lld for studies to which code:%s is open",
					"code:%2$s 对其开放的课题：%1$lld", (long long)v, c->id));
	}
	explaining_row(x, SAY("result", "结果"), NULL,
		SAY("the strictest that matches a question holds", "取适用者中最严的一项"));
}

bool explain_release(struct explaining *x, const char *key)
{
	const struct release_rule *r = &x->p->release;
	const char *id = arena_textf(x->a, "release:%s", key);

	if (id == NULL)
		return false;
	if (strcmp(key, "noise") == 0) {
		explaining_begin(x, "release", id, SAY("noise", "噪声"));
		explaining_row(x, no_label, &r->noise_at,
			explaining_plain(r->off        ? "off"
					 : r->gaussian ? "gaussian"
						       : "laplace"));
		return true;
	}
	if (strcmp(key, "secure_aggregation") == 0) {
		explaining_begin(x, "release", id, SAY("secure aggregation", "安全聚合"));
		explaining_row(
			x, no_label, &r->secure_at, explaining_plain(words_secure[r->secure]));
		return true;
	}
	if (strcmp(key, "max_similar") == 0) {
		explaining_begin(
			x, "release", id, SAY("questions nearly the same", "相差无几的查询"));
		explaining_row(x, no_label, &r->max_similar_at,
			r->max_similar == 0
				? SAY("no limit; each is paid, and the answer says so",
					  "不限；每个照常计费，并在答案中说明")
				: TOLD(x, "a study gets an answer to %lld at most",
					  "每个课题至多答复 %lld 个", (long long)r->max_similar));
		return true;
	}
	if (strcmp(key, "min_sites") != 0 && strcmp(key, "min_patients") != 0)
		return false;
	explaining_begin(x, "release", id, SAY("how answers are released", "公布规则"));
	explain_number(x, key);
	return true;
}

static void add_tighter_rule(struct explaining *x, const struct tighter_rule *t)
{
	struct say all = SAY("", "");

	if (t->amount > 0)
		all = TOLD(x, "a question costs %s at most", "每次查询至多消耗 %s",
			amount(x, t->amount, true));
	if (t->min_patients > 0)
		all = explaining_join(x, all,
			TOLD(x, "at least %lld patients a cell", "每格至少 %lld 名患者",
				(long long)t->min_patients));
	if (t->min_sites > 0)
		all = explaining_join(x, all,
			TOLD(x, "at least %lld sites together", "至少汇总 %lld 家医院",
				(long long)t->min_sites));
	if (!say_failed(all) && all.en[0] == '\0')
		all = SAY("nothing is stricter", "没有更严之处");
	explaining_row(x, no_label, &t->at, all);
}

bool explain_tighter(struct explaining *x, const char *target)
{
	const char *id = arena_textf(x->a, "tighter:%s", target);
	const char *colon = strchr(target, ':');
	unsigned before = x->out->n_rows;

	for (unsigned i = 0; colon != NULL && id != NULL && i < x->p->n_tighter; i++) {
		const struct tighter_rule *t = &x->p->tighter[i];
		const char *scope = words_scope[t->scope];

		if (strlen(scope) == (size_t)(colon - target) &&
			strncmp(scope, target, strlen(scope)) == 0 && strcmp(t->id, colon + 1) == 0)
			add_tighter_rule(x, t);
	}
	if (x->out->n_rows == before)
		return false;
	explaining_begin(x, "release", id, SAY("stricter for some questions", "对部分查询更严"));
	return true;
}

/* ---- the rest ---- */

bool explain_rule(struct explaining *x, const char *id)
{
	const struct policy *p = x->p;

	if (strcmp(id, "policy:valid") == 0) {
		explaining_begin(x, "policy", id, SAY("the policy's days", "策略有效期"));
		explaining_row(x, no_label, &p->valid_at,
			TOLD(x, "in force %s; outside these days everything is refused",
				"有效期 %s，期外一律拒绝", say_span(x->a, p->from, p->to)));
		return true;
	}
	if (strcmp(id, "default:not-listed") == 0) {
		explaining_begin(x, "rule", id, SAY("what is not listed", "未列出者"));
		explaining_row(x, no_label, &p->datasets_at,
			SAY("dataset, table, column, code, kind, study, requester: what no line "
			    "opens "
			    "is refused",
				"数据集、表、字段、编码、查询类型、课题、申请人：凡未写明者一律拒"
				"绝"));
		return true;
	}
	return false;
}
