#include "cli/policy.h"


#include "policies/explain/rule_list.h"
#include "policies/explain/tests.h"

/* `cordon policy test`: the examples of tests.yaml, and which rules none of them reaches. */

enum {
	MAX_OUTPUT = 4 << 20,
	MOST_NAME = 60, /* columns; a longer name moves its own line only */
	STATUS = 6,
	DECISION = 7,
	LABEL = 9
};

struct report {
	struct desk *d;
	struct test_outcome *tests;
	unsigned n, failed;
	struct policy_rule *rules;
	bool *reached;
	unsigned n_rules, n_reached;
	int64_t wanted; /* percent; -1: none */
	size_t name_width;
};

static const char *word(const struct desk *d, bool allow)
{
	return desk_say(d, allow ? SAY("allow", "允许") : SAY("deny", "拒绝"));
}

/* ---- running ---- */

static int run(struct report *r, struct error *err)
{
	const struct policy *p = r->d->policy;
	struct arena *a = &r->d->arena;

	if (tests_run(p, a, &r->tests, &r->n, &r->failed, err) != 0 ||
		rule_list(p, a, &r->rules, &r->n_rules, err) != 0)
		return -1;
	r->reached = arena_array(a, r->n_rules, sizeof(*r->reached));
	if (r->reached == NULL)
		return error_memory(err);
	for (unsigned i = 0; i < r->n; i++) {
		size_t width = utf8_width(desk_say(r->d, r->tests[i].test->name));

		rule_list_reached(p, r->tests[i].test->question, &r->tests[i].verdict, r->rules,
			r->n_rules, r->reached);
		if (width > r->name_width)
			r->name_width = width;
	}
	if (r->name_width > MOST_NAME)
		r->name_width = MOST_NAME;
	for (unsigned i = 0; i < r->n_rules; i++)
		r->n_reached += r->reached[i];
	return 0;
}

static bool too_little(const struct report *r)
{
	return r->wanted >= 0 && (int64_t)r->n_reached * 100 < r->wanted * (int64_t)r->n_rules;
}

static int status(const struct report *r)
{
	return r->failed > 0 || too_little(r) ? POLICY_NO : POLICY_GOOD;
}

/* ---- for people ---- */

static void add_decision(const struct desk *d, struct text *t, bool allow, const char *rule)
{
	size_t from = t->len;

	text_add(t, word(d, allow));
	if (rule == NULL)
		return;
	desk_pad(t, from, DECISION);
	text_addf(t, "[%s]", rule);
}

static void add_label(const struct desk *d, struct text *t, struct say label)
{
	size_t from;

	text_add(t, "        ");
	from = t->len;
	text_add(t, desk_say(d, label));
	desk_pad(t, from, LABEL);
}

static void add_failure(const struct desk *d, struct text *t, const struct test_outcome *o)
{
	const struct finding *f = &o->verdict.first;

	desk_place(t, &o->test->at);
	text_addc(t, '\n');
	add_label(d, t, SAY("expected", "预期"));
	add_decision(d, t, o->test->allow, o->test->rule);
	text_addc(t, '\n');
	add_label(d, t, SAY("got", "实际"));
	add_decision(d, t, o->verdict.allow, f->rule);
	text_add(t, "  ");
	desk_place(t, &f->at);
	text_addf(t, "  %s\n", desk_say(d, f->say));
}

static void add_test(const struct report *r, struct text *t, const struct test_outcome *o)
{
	const struct desk *d = r->d;
	size_t from = t->len;

	text_add(t, desk_say(d, o->passed ? SAY("ok", "通过") : SAY("FAIL", "失败")));
	desk_pad(t, from, STATUS);
	from = t->len;
	text_add(t, desk_say(d, o->test->name));
	desk_pad(t, from, r->name_width);
	text_add(t, "   ");
	if (!o->passed) {
		add_failure(d, t, o);
		return;
	}
	add_decision(d, t, o->verdict.allow, o->verdict.first.rule);
	if (!o->verdict.allow) {
		text_add(t, "  ");
		desk_place(t, &o->verdict.first.at);
	}
	text_addc(t, '\n');
}

static void add_never(const struct report *r, struct text *t)
{
	size_t widest = 0;

	for (unsigned i = 0; i < r->n_rules; i++) {
		struct text at;

		text_init(&at, MAX_OUTPUT);
		desk_place(&at, &r->rules[i].at);
		if (!r->reached[i] && !text_failed(&at) && utf8_width(text_str(&at)) > widest)
			widest = utf8_width(text_str(&at));
		text_clear(&at);
	}
	for (unsigned i = 0; i < r->n_rules; i++) {
		size_t from;

		if (r->reached[i])
			continue;
		text_add(t, "  ");
		from = t->len;
		desk_place(t, &r->rules[i].at);
		desk_pad(t, from, widest);
		text_addf(t, "  %s\n", r->rules[i].id);
	}
}

static void add_summary(const struct report *r, struct text *t)
{
	const struct desk *d = r->d;
	unsigned never = r->n_rules - r->n_reached;
	const char *hint = d->wants_coverage
				   ? (d->zh ? "：" : ":")
				   : (d->zh ? "（列出：--coverage）。" : " (list: --coverage).");

	if (r->n == 0)
		text_add(t,
			d->zh ? "没有测试：目录中没有 tests.yaml，或其中没有示例。\n"
			      : "No tests: the folder has no tests.yaml, or it has no examples.\n");
	else
		text_addf(t, d->zh ? "%2$u 个测试通过 %1$u 个。" : "%u of %u passed. ",
			r->n - r->failed, r->n);
	if (never == 0)
		text_add(t,
			d->zh ? "所有规则均有测试触及。\n" : "Every rule is reached by a test.\n");
	else
		text_addf(t,
			d->zh ? "测试从未触及的规则：%2$u 条中 %1$u 条%3$s\n"
			      : "Rules never reached by a test: %u of %u%s\n",
			never, r->n_rules, hint);
	if (d->wants_coverage)
		add_never(r, t);
	if (too_little(r))
		text_addf(t,
			d->zh ? "触及 %u/%u 条规则，低于要求的 %lld%%。\n"
			      : "%u of %u rules reached: less than %lld %%.\n",
			r->n_reached, r->n_rules, (long long)r->wanted);
}

/* ---- for machines ---- */

static void add_test_json(struct text *t, const struct test_outcome *o)
{
	text_add(t, "{\"name\":");
	desk_say_json(t, o->test->name);
	text_addf(t, ",\"passed\":%s", o->passed ? "true" : "false");
	desk_place_json(t, &o->test->at);
	text_addf(t,
		",\"expected\":{\"decision\":\"%s\",\"rule\":", o->test->allow ? "allow" : "deny");
	if (o->test->rule == NULL)
		text_add(t, "null");
	else
		text_add_json(t, o->test->rule);
	text_addf(
		t, "},\"got\":{\"decision\":\"%s\",\"rule\":", o->verdict.allow ? "allow" : "deny");
	text_add_json(t, o->verdict.first.rule);
	desk_place_json(t, &o->verdict.first.at);
	text_add(t, ",\"say\":");
	desk_say_json(t, o->verdict.first.say);
	text_add(t, "}}");
}

static void add_json(const struct report *r, struct text *t)
{
	bool first = true;

	text_addf(t, "{\"ok\":%s,\"passed\":%u,\"failed\":%u,\"tests\":[",
		status(r) == POLICY_GOOD ? "true" : "false", r->n - r->failed, r->failed);
	for (unsigned i = 0; i < r->n; i++) {
		text_add(t, i == 0 ? "" : ",");
		add_test_json(t, &r->tests[i]);
	}
	text_addf(t, "],\"rules\":%u,\"reached\":%u,\"never\":[", r->n_rules, r->n_reached);
	for (unsigned i = 0; i < r->n_rules; i++) {
		if (r->reached[i])
			continue;
		text_add(t, first ? "{\"rule\":" : ",{\"rule\":");
		text_add_json(t, r->rules[i].id);
		desk_place_json(t, &r->rules[i].at);
		text_addc(t, '}');
		first = false;
	}
	text_add(t, "]}\n");
}

int policy_test(struct desk *d)
{
	struct report r = { .d = d, .wanted = -1 };
	struct error err = { .code = E_NONE };
	struct text out;

	if (d->coverage != NULL &&
		(!parse_i64(d->coverage, &r.wanted) || r.wanted < 0 || r.wanted > 100))
		return desk_bad_use(d,
			SAY("--coverage takes a whole number from 0 to 100",
				"--coverage 须为 0 至 100 的整数"),
			"");
	if (run(&r, &err) != 0)
		return desk_failed(d, &err);
	text_init(&out, MAX_OUTPUT);
	if (d->json) {
		add_json(&r, &out);
		return desk_print(&out, status(&r));
	}
	for (unsigned i = 0; i < r.n; i++)
		add_test(&r, &out, &r.tests[i]);
	add_summary(&r, &out);
	return desk_print(&out, status(&r));
}
