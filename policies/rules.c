#include "policies/build.h"

#include <string.h>

#include "base/shape.h"
#include "base/text.h"
#include "crypto/account.h"
#include "policies/say.h"
#include "policies/shapes.h"

/*
 * release.yaml: noise, thresholds, budgets.
 */

/* An amount in 1e-12 units; 0 when absent or not positive. */
static uint64_t amount_of(struct reading *rd, const struct node *n)
{
	int64_t v;

	/* what is no number at all is said by its shape */
	if (node_text(n) == NULL || n->empty || !parse_decimal(n->text, 9, &v))
		return 0;
	if (!parse_decimal(n->text, 12, &v)) {
		diag_error(rd->ds, "P336", n->at,
			"%s is too large to be kept exactly; at most 9000000",
			"%s 过大，无法精确表示，最大 9000000", n->key);
		return 0;
	}
	if (v > 0)
		return (uint64_t)v;
	diag_error(rd->ds, "P336", n->at, "%s must be above 0", "%s 须大于 0", n->key);
	return 0;
}

/* What one answer may cost, in 1e-12: epsilon 1 and its rho, epsilon squared over 2. There the
 * Gaussian has the least variance that it can have, 1, and leaves 40 of 100 numbers as they are, the Laplace 46; a
 * larger amount would buy nothing, or noise in name only. Above half that epsilon 95 of 100 are within 6 people. */
static const uint64_t most_amount[] = { ACCOUNT_ONE / 2, ACCOUNT_ONE };
static const uint64_t much_amount[] = { ACCOUNT_ONE / 8, ACCOUNT_ONE / 2 };

static void check_amount(struct reading *rd, const struct release_rule *r, const struct node *n)
{
	if (r->amount > most_amount[r->in_epsilon])
		diag_error(rd->ds, "P336", r->amount_at,
			"%s %s for each question is next to no noise: nearly every second answer "
			"would be the true number; at most %s, usual are rho 0.0244 and epsilon "
			"0.2. The total of a study stands in budgets",
			"每次查询 %s %s 几乎等于不加噪声：近半数结果就是真实数值；最大 %s，"
			"常用 rho 0.0244 或 epsilon 0.2。课题的总额写在 budgets 中",
			n->key, n->text, r->in_epsilon ? "1" : "0.5");
	else if (r->amount > much_amount[r->in_epsilon])
		diag_warning(rd->ds, "W407", r->amount_at,
			"%s %s for each question is little noise: 95 of 100 answers are within 6 "
			"people of the true number",
			"每次查询 %s %s，噪声很小：100 个结果中有 95 个与真实数值相差不超过 6 人",
			n->key, n->text);
}

static void read_amount(struct reading *rd, struct release_rule *r, const struct node *n)
{
	const struct node *epsilon = node_get(n, "epsilon"), *rho = node_get(n, "rho");
	const struct node *wrong = r->gaussian ? epsilon : rho;
	const struct node *right = r->gaussian ? rho : epsilon;
	struct sensitivity one = { 1, 1 };
	uint64_t t, s, peps, prho;
	struct error err;

	r->in_epsilon = !r->gaussian;
	r->amount_at = place_of(right, n);
	r->amount = amount_of(rd, right);
	if (wrong != NULL && r->gaussian)
		diag_error(rd->ds, "P336", wrong->key_at,
			"gaussian noise is paid for in rho; write rho, as 0.0244 (about epsilon 1 "
			"at "
			"delta 1e-6)",
			"gaussian 噪声以 rho 计费，请写 rho，例如 0.0244（delta 为 1e-6 时约为 "
			"epsilon 1）");
	else if (wrong != NULL)
		diag_error(rd->ds, "P336", wrong->key_at,
			"laplace noise is paid for in epsilon; write epsilon, as 0.5",
			"laplace 噪声以 epsilon 计费，请写 epsilon，例如 0.5");
	else if (right == NULL)
		diag_error(rd->ds, "P112", n->key_at, "required key '%s' is missing in release",
			"缺少必填项“%s”（位于 release）", r->gaussian ? "rho" : "epsilon");
	if (r->amount > 0)
		check_amount(rd, r, right);
	if (r->amount > 0 &&
		(r->gaussian ? account_gaussian(one, r->amount, &t, &prho, &err)
			     : account_laplace(one, r->amount, &t, &s, &peps, &prho, &err)) != 0)
		diag_error(rd->ds, "P336", r->amount_at,
			"no noise can be chosen for this amount; it is too small or too large",
			"无法为此数额选取噪声：数额过小或过大");
}

enum {
	MAX_COUNT = 1000000000
};

/* Without noise a count is hidden by its bin alone: a threshold inside a bin would split it in two. */
static void check_bin(struct reading *rd, const struct release_rule *r, int64_t patients,
	int64_t bin, struct place at)
{
	int64_t low;

	/* numbers outside their bounds were told by their shape */
	if (!r->off || bin < 1 || bin > MAX_COUNT || patients < 1 || patients > MAX_COUNT)
		return;
	low = patients - (patients + bin / 2) % bin;
	if (low == patients)
		return;
	diag_error(rd->ds, "P331", at,
		"release without noise: min_patients %lld is inside the rounding bin %lld-%lld; "
		"use "
		"%lld or %lld",
		"不加噪声时 min_patients 须为舍入区间下沿：%lld 在区间 %lld-%lld 之内，请用 %lld "
		"或 %lld",
		(long long)patients, (long long)low, (long long)(low + bin - 1), (long long)low,
		(long long)(low + bin));
}

/* dominance: [2, 0.90] - no cell of which 2 people make up more than nine tenths. */
static void read_dominance(struct reading *rd, struct release_rule *r, const struct node *n)
{
	const struct node *list = node_get(n, "dominance");
	unsigned count = 0;
	int64_t *at = read_decimals(rd, list, &count);
	bool fits = at != NULL && count == 2 && list != NULL && list->count == 2 &&
		    at[0] >= 1000000000 && at[0] <= INT64_C(100000000000) &&
		    at[0] % 1000000000 == 0 && at[1] > 0 && at[1] < 1000000000;

	if (list == NULL && r->off)
		diag_error(rd->ds, "P335", r->noise_at,
			"release without noise needs dominance, as [2, 0.90]",
			"不加噪声时须写 dominance，例如 [2, 0.90]");
	else if (list != NULL && !r->off)
		diag_error(rd->ds, "P335", list->key_at,
			"dominance is for release without noise (noise: off)",
			"dominance 只用于不加噪声（noise: off）");
	else if (list != NULL && !fits)
		diag_error(rd->ds, "P335", list->at,
			"dominance is a number of people, 1 to 100, and a share below 1, as [2, "
			"0.90]",
			"dominance 须为 1 至 100 的人数和小于 1 的份额，例如 [2, 0.90]");
	if (!fits)
		return;
	r->dominance_people = at[0] / 1000000000;
	r->dominance_share = at[1];
}

static void read_off(struct reading *rd, const struct node *n)
{
	static const char *const amounts[] = { "epsilon", "rho" };

	for (size_t i = 0; i < 2; i++)
		if (node_get(n, amounts[i]) != NULL)
			diag_error(rd->ds, "P336", node_get(n, amounts[i])->key_at,
				"without noise nothing is paid in %s; leave it out",
				"不加噪声时不以 %s 计费，请删除", amounts[i]);
}

static void read_release_rule(struct reading *rd, const struct node *n)
{
	struct release_rule *r = &rd->p->release;
	const struct node *noise = node_get(n, "noise"), *patients = node_get(n, "min_patients"),
			  *sites = node_get(n, "min_sites"),
			  *secure = node_get(n, "secure_aggregation"),
			  *similar = node_get(n, "max_similar");
	int timing = word_index(get(n, "timing"), words_timing);
	int s = word_index(node_text(secure), words_secure);

	r->at = n->key_at;
	r->noise_at = place_of(noise, n);
	r->gaussian = node_text(noise) == NULL || strcmp(node_text(noise), "laplace") != 0;
	r->off = node_text(noise) != NULL && strcmp(node_text(noise), "off") == 0;
	if (r->off)
		read_off(rd, n);
	else if (noise != NULL)
		read_amount(rd, r, n);
	r->timing = timing < 0 ? TIMING_STRICT : (enum timing)timing;
	r->secure = s < 0 ? SECURE_REQUIRED : (enum secure_rule)s;
	r->min_patients = node_int(patients, INT64_MAX);
	r->min_sites = node_int(sites, INT64_MAX);
	r->round_to = node_int(node_get(n, "round_to"), 1);
	r->max_similar = node_int(similar, 0);
	r->max_similar_at = place_of(similar, n);
	r->min_patients_at = place_of(patients, n);
	r->min_sites_at = place_of(sites, n);
	r->secure_at = place_of(secure, n);
	read_dominance(rd, r, n);
	check_bin(rd, r, r->min_patients, r->round_to, r->min_patients_at);
}

/* ---- for: ---- */

/* "study:ID", or "each-study" without an id. */
static bool read_scope(const char *text, enum scope *scope, const char **id)
{
	for (unsigned i = 0; words_scope[i] != NULL; i++) {
		size_t len = strlen(words_scope[i]);
		bool each = i >= SCOPE_EACH_REQUESTER;

		if (strncmp(text, words_scope[i], len) != 0 ||
			(each ? text[len] != '\0' : text[len] != ':' || text[len + 1] == '\0'))
			continue;
		*scope = (enum scope)i;
		*id = each ? NULL : text + len + 1;
		return true;
	}
	return false;
}

static void looser(struct reading *rd, const struct node *n, const char *what, const char *key)
{
	diag_error(rd->ds, "P332", n->at,
		"tighter rule for '%s' has %s %s, which is looser than the rule for all",
		"“tighter”中 %s 的 %s（%s）比总规则宽松", what, key, node_text(n));
}

static int64_t tighter_number(
	struct reading *rd, const struct node *n, const char *key, const char *what, int64_t all)
{
	const struct node *v = node_get(n, key);
	int64_t number = node_int(v, 0);

	if (number > 0 && all != INT64_MAX && number < all)
		looser(rd, v, what, key);
	return number;
}

static void check_tighter_bin(struct reading *rd, const struct tighter_rule *t, struct place at)
{
	const struct release_rule *r = &rd->p->release;
	int64_t bin = t->round_to > r->round_to ? t->round_to : r->round_to;

	if (t->min_patients > 0 || bin != r->round_to) /* else it was said of the rule for all */
		check_bin(rd, r, t->min_patients > 0 ? t->min_patients : r->min_patients, bin, at);
}

static void read_tighter(struct reading *rd, const struct node *n)
{
	struct tighter_rule *t = &rd->p->tighter[rd->p->n_tighter];
	const struct release_rule *r = &rd->p->release;
	const struct node *what = node_get(n, "for");
	const char *right = r->in_epsilon ? "epsilon" : "rho",
		   *wrong = r->in_epsilon ? "rho" : "epsilon";

	if (node_text(what) == NULL)
		return;
	if (!read_scope(node_text(what), &t->scope, &t->id) || t->id == NULL) {
		diag_error(rd->ds, "P338", what->at,
			"'%s' is not understood; write kind:, study:, dataset:, table:, measure: "
			"or code: "
			"and a name",
			"无法识别“%s”；请写 kind:、study:、dataset:、table:、measure: 或 code: "
			"加名称",
			node_text(what));
		return;
	}
	t->at = what->at;
	t->amount = r->off ? 0 : amount_of(rd, node_get(n, right));
	if (t->amount > r->amount && r->amount > 0)
		looser(rd, node_get(n, right), node_text(what), right);
	if (r->off)
		read_off(rd, n);
	else if (node_get(n, wrong) != NULL)
		diag_error(rd->ds, "P336", node_get(n, wrong)->key_at,
			"write %s here, as in the rule for all", "此处请写 %s，与总规则一致",
			right);
	t->min_patients = tighter_number(rd, n, "min_patients", node_text(what), r->min_patients);
	t->min_sites = tighter_number(rd, n, "min_sites", node_text(what), r->min_sites);
	t->round_to = tighter_number(rd, n, "round_to", node_text(what), r->round_to);
	check_tighter_bin(rd, t, place_of(node_get(n, "min_patients"), what));
	rd->p->n_tighter++;
}

/* ---- budgets ---- */

static void read_delta(struct reading *rd, struct budget *b, const struct node *n)
{
	int64_t v;

	if (node_text(n) == NULL || n->empty)
		return;
	/* eighteen places hold 1e-18; the whole part must be 0 */
	if (parse_decimal(n->text, 18, &v) && v > 0 && v < INT64_C(1000000000000000000))
		b->delta_e18 = (uint64_t)v;
	else
		diag_error(rd->ds, "P336", n->at, "delta must lie between 0 and 1, as 1e-6",
			"delta 须在 0 与 1 之间，例如 1e-6");
}

static bool same_target(const struct budget *a, const struct budget *b)
{
	return a->scope == b->scope &&
	       (a->id == b->id || (a->id != NULL && b->id != NULL && strcmp(a->id, b->id) == 0));
}

static void check_overlap(struct reading *rd, const struct budget *b, const char *what)
{
	for (unsigned i = 0; i < rd->p->n_budgets; i++) {
		const struct budget *o = &rd->p->budgets[i];

		if (same_target(o, b) && o->from <= b->to && b->from <= o->to)
			diag_error(rd->ds, "P339", b->at,
				"'%s' already has a budget for some of these days (line %u); write "
				"one",
				"“%s”在这些日期内已有预算（第 %u 行），只能写一个", what,
				o->at.line);
	}
}

/* The cap in prho. Studies often have the same budget, and the conversion is a search of milliseconds. */
static void convert_cap(const struct reading *rd, struct budget *b)
{
	b->cap_prho = b->cap;
	if (!b->in_epsilon || b->cap == 0)
		return;
	for (unsigned i = 0; i < rd->p->n_budgets; i++) {
		const struct budget *o = &rd->p->budgets[i];

		if (o->in_epsilon && o->cap == b->cap && o->delta_e18 == b->delta_e18) {
			b->cap_prho = o->cap_prho;
			return;
		}
	}
	b->cap_prho = account_prho(
		b->cap, b->delta_e18 == 0 ? DEFAULT_DELTA : (double)b->delta_e18 / 1e18);
}

static void read_budget(struct reading *rd, const struct node *n)
{
	struct budget *b = &rd->p->budgets[rd->p->n_budgets];
	const struct node *what = node_get(n, "for"), *epsilon = node_get(n, "epsilon"),
			  *rho = node_get(n, "rho");

	if (node_text(what) == NULL)
		return;
	if (!read_scope(node_text(what), &b->scope, &b->id) ||
		(b->scope != SCOPE_STUDY && b->scope != SCOPE_DATASET &&
			b->scope != SCOPE_EACH_REQUESTER && b->scope != SCOPE_EACH_STUDY)) {
		diag_error(rd->ds, "P338", what->at,
			"'%s' is not understood; write study:ID, dataset:ID, each-requester or "
			"each-study",
			"无法识别“%s”；请写 study:标识、dataset:标识、each-requester 或 each-study",
			node_text(what));
		return;
	}
	b->at = what->at;
	if ((epsilon == NULL) == (rho == NULL))
		diag_error(rd->ds, "P336", what->at,
			"the budget of '%s' needs epsilon or rho, one of them",
			"“%s”的预算须写 epsilon 或 rho 之一", node_text(what));
	b->in_epsilon = epsilon != NULL;
	b->cap = amount_of(rd, b->in_epsilon ? epsilon : rho);
	read_delta(rd, b, node_get(n, "delta"));
	convert_cap(rd, b);
	b->queries = node_int(node_get(n, "queries"), 0);
	if (!node_span(node_get(n, "period"), &b->from, &b->to))
		b->from = 1, b->to = 0; /* said by its shape; an empty period until then */
	check_overlap(rd, b, node_text(what));
	rd->p->n_budgets++;
}

void read_release(struct reading *rd, const struct node *root)
{
	const struct node *release = node_get(root, "release"),
			  *tighter = node_get(root, "tighter"),
			  *budgets = node_get(root, "budgets");

	rd->p->budgets_at = place_of(budgets, root);
	rd->p->release.secure = SECURE_REQUIRED;
	rd->p->release.min_sites = INT64_MAX;
	if (release != NULL && release->kind == NODE_MAP)
		read_release_rule(rd, release);
	rd->p->tighter = make(rd, children(tighter), sizeof(*rd->p->tighter));
	rd->p->budgets = make(rd, children(budgets), sizeof(*rd->p->budgets));
	if (rd->p->tighter == NULL || rd->p->budgets == NULL)
		return;
	if (tighter != NULL && tighter->kind == NODE_LIST)
		NODE_EACH(n, tighter)
			read_tighter(rd, n);
	if (budgets != NULL && budgets->kind == NODE_LIST)
		NODE_EACH(n, budgets)
			read_budget(rd, n);
}
