#include "policies/build.h"

#include <string.h>

#include "base/clock.h"
#include "base/shape.h"
#include "base/text.h"
#include "policies/decide/plan.h"
#include "policies/explain/rule_list.h"
#include "policies/shapes.h"

/*
 * tests.yaml. The question in an example is read by the same reader as everybody's, from the example's own
 * nodes, so that what is wrong in it has its place in tests.yaml.
 */

/* ---- the question ---- */

static void append(struct node *map, struct node *last, struct node *n)
{
	n->next = NULL;
	if (last == NULL)
		map->first = n;
	else
		last->next = n;
	map->count++;
}

static struct node *copy_as(struct reading *rd, const struct node *n, const char *key)
{
	struct node *c = make(rd, 1, sizeof(*c));

	if (c == NULL)
		return NULL;
	*c = *n;
	c->key = key;
	return c;
}

static bool add_dataset(
	struct reading *rd, const struct node *ask, struct node *map, struct node *last)
{
	const struct node *study = node_get(ask, "study");
	const char *only = policy_only_dataset(rd->p, node_text(study));
	struct node *n;

	if (only == NULL)
		return true; /* the question's reader says that it is missing */
	n = copy_as(rd, study, "dataset");
	if (n == NULL)
		return false;
	n->text = only;
	n->len = strlen(only);
	append(map, last, n);
	return true;
}

/* `ask` without who and when; its `ages_on` is the question's `on`. */
static struct node *question_of(struct reading *rd, const struct node *ask)
{
	struct node *map = make(rd, 1, sizeof(*map)), *last = NULL;

	if (map == NULL)
		return NULL;
	*map = (struct node){ .kind = NODE_MAP, .at = ask->at };
	NODE_EACH(n, ask) {
		struct node *c;

		if (strcmp(n->key, "who") == 0 || strcmp(n->key, "on") == 0)
			continue;
		c = copy_as(rd, n, strcmp(n->key, "ages_on") == 0 ? "on" : n->key);
		if (c == NULL)
			return NULL;
		append(map, last, c);
		last = c;
	}
	if (node_get(map, "dataset") == NULL && !add_dataset(rd, ask, map, last))
		return NULL;
	return map;
}

static bool said_since(const struct diags *ds, size_t before, const char *code)
{
	for (size_t i = before; i < ds->count; i++)
		if (strcmp(ds->list[i].code, code) == 0)
			return true;
	return false;
}

static void read_ask(struct reading *rd, struct policy_test *t, const struct node *ask)
{
	const struct node *map = question_of(rd, ask);
	struct question *q = NULL;
	size_t before = rd->ds->count;

	t->who = get(ask, "who");
	t->on = node_day(node_get(ask, "on"), DAY_NONE);
	if (map == NULL)
		return;
	if (question_build(map, rd->a, rd->ds, &q) == 0)
		t->question = q;
	else if (said_since(rd->ds, before, "Q151") || said_since(rd->ds, before, "Q152"))
		diag_add(rd->ds, DIAG_NOTICE, "P353", ask->at,
			"in tests.yaml the day at which ages are taken is 'ages_on'; 'on' is the "
			"day of "
			"asking",
			"在 tests.yaml 中，计算年龄的日期写作“ages_on”；“on”是查询日期");
}

/* ---- what was spent before ---- */

static const struct budget *find_budget(struct reading *rd, const struct policy_test *t,
	const char *study, const char *name, const char **account)
{
	const struct budget *found = NULL;

	for (unsigned i = 0; i < rd->p->n_budgets; i++) {
		const struct budget *b = &rd->p->budgets[i];
		const char *charged = budget_account(rd->a, b, study, t->who);
		const char *written = budget_for(rd->a, b);

		if (charged == NULL || written == NULL) {
			rd->out_of_memory = true;
			return NULL;
		}
		if (strcmp(charged, name) != 0 && strcmp(written, name) != 0)
			continue;
		if (found == NULL || (t->on >= b->from && t->on <= b->to))
			found = b;
		*account = charged;
	}
	return found;
}

static void unknown_budget(struct reading *rd, const struct node *n)
{
	const char **known = make(rd, rd->p->n_budgets, sizeof(*known));
	size_t count = 0;

	for (unsigned i = 0; known != NULL && i < rd->p->n_budgets; i++) {
		known[count] = budget_for(rd->a, &rd->p->budgets[i]);
		count += known[count] != NULL;
	}
	report_unknown(rd, "P352", n->key_at, SAY("budget", "预算"), n->key, known, count);
}

static void read_amount(struct reading *rd, struct test_spent *s, const struct node *n)
{
	int64_t v;

	if (node_text(n) == NULL || n->empty || !parse_decimal(n->text, 12, &v) || v < 0)
		diag_error(rd->ds, "P117", n->at,
			"'%s' is not an amount; write 0.5, or with the number of questions {rho: "
			"0.5, "
			"queries: 3}",
			"“%s”不是数额；请写 0.5，或连同查询次数写 {rho: 0.5, queries: 3}",
			node_text(n) == NULL ? n->key : n->text);
	else
		s->amount = (uint64_t)v;
}

static void read_spent_map(
	struct reading *rd, struct test_spent *s, const struct budget *b, const struct node *map)
{
	const char *unit = b->in_epsilon ? "epsilon" : "rho";

	NODE_EACH(n, map) {
		if (strcmp(n->key, unit) == 0)
			read_amount(rd, s, n);
		else if (strcmp(n->key, "queries") == 0 && node_text(n) != NULL &&
			 parse_i64(n->text, &s->queries) && s->queries >= 0)
			continue;
		else
			diag_error(rd->ds, "P336", n->key_at,
				"write %s (the budget's own unit) and queries, a whole number",
				"此处请写 %s（该预算的单位）与 queries（整数）", unit);
	}
}

static void read_spent(
	struct reading *rd, struct policy_test *t, const char *study, const struct node *map)
{
	t->spent = make(rd, children(map), sizeof(*t->spent));
	if (t->spent == NULL)
		return;
	NODE_EACH(n, map_of(map)) {
		struct test_spent *s = &t->spent[t->n_spent];
		const struct budget *b = find_budget(rd, t, study, n->key, &s->account);

		if (b == NULL) {
			unknown_budget(rd, n);
			continue;
		}
		s->at = n->key_at;
		if (n->kind == NODE_MAP)
			read_spent_map(rd, s, b, n);
		else
			read_amount(rd, s, n);
		t->n_spent++;
	}
}

/* ---- one example ---- */

static void read_test(struct reading *rd, const struct node *n)
{
	struct policy_test *t = &rd->p->tests[rd->p->n_tests++];
	const struct node *ask = node_get(n, "ask"), *rule = node_get(n, "rule");

	t->name = title_of(node_get(n, "name"));
	t->at = place_of(node_get(n, "name"), n);
	t->allow = strcmp(get(n, "expect"), "allow") == 0;
	t->rule = node_text(rule);
	t->rule_at = place_of(rule, n);
	read_ask(rd, t, ask);
	read_spent(rd, t, get(ask, "study"), node_get(n, "spent"));
	if (!t->allow && rule == NULL)
		diag_error(rd->ds, "P112", t->at,
			"required key 'rule' is missing: a refusal for another reason must fail "
			"test "
			"'%s%.0s'",
			"缺少必填项“rule”：若因其他原因被拒绝，测试“%.0s%s”应判为失败", t->name.en,
			t->name.zh);
}

/* Whether the form is right; what is wrong was said when the whole file was looked at. */
static bool well_formed(struct reading *rd, const struct node *n)
{
	struct diags said;

	diags_init(&said, rd->a);
	return shape_check(n, &shape_test, "tests.yaml", &said) == 0;
}

static void check_rules(struct reading *rd)
{
	struct policy_rule *rules;
	struct error err;
	unsigned n;

	if (rule_list(rd->p, rd->a, &rules, &n, &err) != 0) {
		rd->out_of_memory = true;
		return;
	}
	for (unsigned i = 0; i < rd->p->n_tests; i++) {
		const struct policy_test *t = &rd->p->tests[i];
		const char *near;

		if (t->rule == NULL || rule_known(rd->p, rules, n, t->rule))
			continue;
		near = rule_nearest(rules, n, t->rule);
		if (near != NULL)
			diag_error(rd->ds, "P351", t->rule_at,
				"test '%s%.0s' expects rule '%s', which does not exist; did you "
				"mean "
				"'%s'?",
				"测试“%.0s%s”引用的规则“%s”不存在，是否应为“%s”？", t->name.en,
				t->name.zh, t->rule, near);
		else
			diag_error(rd->ds, "P351", t->rule_at,
				"test '%s%.0s' expects rule '%s', which does not exist",
				"测试“%.0s%s”引用的规则“%s”不存在", t->name.en, t->name.zh,
				t->rule);
	}
}

void read_tests(struct reading *rd, const struct node *root, bool sound)
{
	const struct node *list = node_get(root, "tests");

	rd->p->tests = make(rd, children(list), sizeof(*rd->p->tests));
	if (rd->p->tests == NULL || list == NULL || list->kind != NODE_LIST)
		return;
	NODE_EACH(n, list)
		if (well_formed(rd, n))
			read_test(rd, n);
	if (sound && !rd->out_of_memory)
		check_rules(rd);
}
