#include "cli/policy.h"

#include <stdio.h>
#include <string.h>

#include "base/limits.h"
#include "cli/past.h"
#include "policies/effect/effect.h"
#include "policies/explain/tests.h"
#include "policies/grants.h"

/*
 * `cordon policy diff`: what a change does. The list is policies/effect/effect.h; beside it what the database administrator
 * has to do, whether the examples still hold, and what the new version would have said to what was really asked.
 */

enum {
	PAST_DAYS = 90,
	MAX_THING = 44,
	MAX_CHANGE = 72,
	HEAD = 13,
	GRANTS_BYTES = 1 << 20
};

/* What the questions of the last days would have got. */
struct replay {
	const struct policy *before, *after;
	struct text list; /* of those that changed, in one language or as JSON */
	const struct desk *d;
	unsigned n, same, opened, closed, unread;
};

struct grant_lists {
	const struct grant *before, *after;
	size_t n_before, n_after;
	unsigned add, take;
};

struct change {
	struct desk *d;
	struct policy *before; /* NULL: nothing was in force */
	struct effect effect;
	struct grant_lists grants;
	unsigned tests, fails_after, fails_before;
	struct replay past;
	bool replayed;
};

/* ---- grants ---- */

static bool granted(const struct grant *list, size_t n, const struct grant *g)
{
	for (size_t i = 0; i < n; i++)
		if (grant_same_relation(&list[i], g) && strcmp(list[i].column, g->column) == 0)
			return true;
	return false;
}

/* Calls each for what only `a` has. */
static unsigned only_in(const struct grant *a, size_t n_a, const struct grant *b, size_t n_b,
	void (*each)(const struct grant *g, bool first, struct text *t), struct text *t)
{
	unsigned n = 0;

	for (size_t i = 0; i < n_a; i++) {
		if (granted(b, n_b, &a[i]))
			continue;
		if (each != NULL)
			each(&a[i], n == 0, t);
		n++;
	}
	return n;
}

static int compare_grants(struct change *c, struct error *err)
{
	struct grant_lists *g = &c->grants;

	if (c->before != NULL &&
		grants_list(c->before, &c->d->arena, &g->before, &g->n_before, err) != 0)
		return -1;
	if (grants_list(c->d->policy, &c->d->arena, &g->after, &g->n_after, err) != 0)
		return -1;
	g->add = only_in(g->after, g->n_after, g->before, g->n_before, NULL, NULL);
	g->take = only_in(g->before, g->n_before, g->after, g->n_after, NULL, NULL);
	return 0;
}

/* ---- tests ---- */

/* The new examples, and how many of them the old version fails. */
static int compare_tests(struct change *c, struct error *err)
{
	struct test_outcome *all;
	struct policy old;
	unsigned n;

	if (tests_run(c->d->policy, &c->d->arena, &all, &c->tests, &c->fails_after, err) != 0)
		return -1;
	if (c->before == NULL)
		return 0;
	old = *c->before;
	old.tests = c->d->policy->tests;
	old.n_tests = c->d->policy->n_tests;
	return tests_run(&old, &c->d->arena, &all, &n, &c->fails_before, err);
}

/* ---- the past ---- */

static void add_changed(struct replay *r, const struct past_question *q, const struct verdict *then,
	const struct verdict *now)
{
	const struct desk *d = r->d;
	struct text *t = &r->list;

	if (d->json) {
		text_addf(t, "%s{\"id\":", t->len == 0 ? "" : ",");
		text_add_json(t, q->id);
		text_add(t, ",\"at\":");
		text_add_json(t, q->at);
		text_add(t, ",\"requester\":");
		text_add_json(t, q->requester);
		text_addf(t,
			",\"was\":\"%s\",\"now\":\"%s\",\"rule\":", then->allow ? "allow" : "deny",
			now->allow ? "allow" : "deny");
		text_add_json(t, now->allow ? then->first.rule : now->first.rule);
		text_add(t, ",\"question\":");
		text_add_json(t, q->text);
		text_addc(t, '}');
		return;
	}
	text_addf(t, "  %s  %s  %s  %s  [%s]\n", q->at, q->id, q->requester,
		now->allow ? (d->zh ? "拒绝 → 允许" : "refused -> allowed")
			   : (d->zh ? "允许 → 拒绝" : "allowed -> refused"),
		now->allow ? then->first.rule : now->first.rule);
	text_addf(t, "      %s\n", q->text);
}

static int replay_one(
	const struct past_question *q, struct arena *arena, void *arg, struct error *err)
{
	struct replay *r = arg;
	struct verdict then = { .allow = false, .first = { .rule = "policy:valid" } }, now;

	r->n++;
	if (q->question == NULL) {
		r->unread++;
		return 0;
	}
	if ((r->before != NULL && past_decide(r->before, q, false, arena, &then, err) != 0) ||
		past_decide(r->after, q, false, arena, &now, err) != 0)
		return -1;
	if (then.allow == now.allow) {
		r->same++;
		return 0;
	}
	if (now.allow)
		r->opened++;
	else
		r->closed++;
	if (r->d->past)
		add_changed(r, q, &then, &now);
	return 0;
}

static int replay(struct change *c, struct error *err)
{
	if (c->d->agent == NULL)
		return 0;
	c->past.before = c->before;
	c->past.after = c->d->policy;
	c->past.d = c->d;
	c->replayed = true;
	return past_each(c->d->agent, PAST_DAYS, replay_one, &c->past, err);
}

/* ---- for people ---- */

static size_t widest(const struct change *c, bool thing, size_t most)
{
	size_t width = 0;

	for (unsigned i = 0; i < c->effect.n; i++) {
		const struct effect_item *it = &c->effect.items[i];
		size_t w = utf8_width(desk_say(c->d, thing ? it->thing : it->change));

		if (w > width && w <= most)
			width = w;
	}
	return width;
}

static void add_items(struct change *c, struct text *t, enum effect_way way)
{
	size_t things = widest(c, true, MAX_THING), changes = widest(c, false, MAX_CHANGE);

	for (unsigned i = 0; i < c->effect.n; i++) {
		const struct effect_item *it = &c->effect.items[i];
		size_t from;

		if (it->way != way)
			continue;
		text_add(t, "  ");
		from = t->len;
		text_add(t, desk_say(c->d, it->thing));
		desk_pad(t, from, things);
		text_add(t, "  ");
		from = t->len;
		text_add(t, desk_say(c->d, it->change));
		desk_pad(t, from, changes);
		text_add(t, "  ");
		desk_place(t, &it->at);
		text_addc(t, '\n');
	}
}

static void add_head(const struct desk *d, struct text *t, struct say head)
{
	size_t from = t->len;

	text_add(t, desk_say(d, head));
	desk_pad(t, from, HEAD);
}

static void add_effect(struct change *c, struct text *t)
{
	const struct desk *d = c->d;
	const struct effect *e = &c->effect;

	if (e->wider > 0)
		text_add(t, d->zh ? "放宽\n" : "WIDER\n");
	add_items(c, t, EFFECT_WIDER);
	if (e->tighter > 0)
		text_add(t, d->zh ? "收紧\n" : "TIGHTER\n");
	add_items(c, t, EFFECT_TIGHTER);
	if (e->wider + e->tighter == 0)
		text_add(t, d->zh ? "可查询的内容没有变化。\n"
				  : "What may be asked does not change.\n");
	add_head(d, t, SAY("SAME EFFECT", "无实际影响"));
	text_addf(t,
		d->zh ? "文字改动 %u 处（标题、理由等）%s\n"
		      : "%u text changes (titles, reasons)%s\n",
		e->same,
		e->same == 0 || d->verbose ? ""
		: d->zh                    ? "；列表：--verbose"
					   : "; list: --verbose");
	if (d->verbose)
		add_items(c, t, EFFECT_SAME);
}

static void add_grant(const struct grant *g, bool first, struct text *t)
{
	text_addf(t, "%s%s.%s.%s", first ? "" : ", ", g->schema, g->relation, g->column);
}

static void add_grants(struct change *c, struct text *t)
{
	const struct grant_lists *g = &c->grants;
	const struct desk *d = c->d;

	struct text line; /* may name many columns, so it is broken */

	add_head(d, t, SAY("GRANTS", "数据库授权"));
	text_init(&line, GRANTS_BYTES);
	if (g->add == 0)
		text_add(&line, d->zh ? "无需新增" : "none to add");
	else
		text_addf(&line, d->zh ? "新增 %u%.0s 个字段：" : "%u column%s to add: ", g->add,
			g->add == 1 ? "" : "s");
	only_in(g->after, g->n_after, g->before, g->n_before, add_grant, &line);
	text_add(&line, d->zh ? "；" : "; ");
	if (g->take == 0)
		text_add(&line, d->zh ? "无需收回" : "none to take away");
	else
		text_addf(&line, d->zh ? "收回 %u 个字段：" : "%u to take away: ", g->take);
	only_in(g->before, g->n_before, g->after, g->n_after, add_grant, &line);
	desk_wrap(t, text_str(&line), HEAD, HEAD);
	t->failed = t->failed || text_failed(&line);
	text_clear(&line);
	text_addc(t, '\n');
}

static void add_tests(struct change *c, struct text *t)
{
	const struct desk *d = c->d;

	add_head(d, t, SAY("TESTS", "测试"));
	if (c->tests == 0)
		text_add(t, d->zh ? "没有测试\n" : "there are none\n");
	else
		text_addf(t,
			d->zh ? "新版本通过 %u / %u，旧版本不通过 %u 个\n"
			      : "%u of %u pass in the new version, %u would fail in the old one\n",
			c->tests - c->fails_after, c->tests, c->fails_before);
}

static void add_past(struct change *c, struct text *t)
{
	const struct replay *r = &c->past;
	const struct desk *d = c->d;

	add_head(d, t, SAY("PAST", "历史查询"));
	if (!c->replayed) {
		text_add(t, d->zh ? "未重放：请用 --agent 给出代理的套接字\n"
				  : "not replayed: say which agent with --agent SOCKET\n");
		return;
	}
	text_addf(t,
		d->zh ? "重放最近 %1$d 天的 %2$u 个查询%6$.0s：%3$u 个相同，%4$u "
			"个由拒绝变为允许，%5$u 个由允许变为拒绝"
		      : "%2$u question%6$s of the last %1$d days replayed: %3$u same, %4$u refused "
			"-> allowed, %5$u allowed -> refused",
		PAST_DAYS, r->n, r->same, r->opened, r->closed, r->n == 1 ? "" : "s");
	if (r->unread > 0)
		text_addf(t, d->zh ? "，%u 个无法读取" : ", %u cannot be read", r->unread);
	if (!d->past && r->opened + r->closed > 0)
		text_add(t, d->zh ? "（列表：--past）" : " (list: --past)");
	text_addc(t, '\n');
	text_add(t, text_str(&r->list));
}

static void add_text(struct change *c, struct text *t)
{
	const struct desk *d = c->d;
	char hash[HASH_TEXT];

	if (c->before == NULL)
		text_addf(t,
			d->zh ? "此前没有生效的策略 → 版本 %lld\n"
			      : "nothing in force -> version %lld\n",
			(long long)d->policy->version);
	else
		text_addf(t, d->zh ? "版本 %lld → %lld\n" : "version %lld -> %lld\n",
			(long long)c->before->version, (long long)d->policy->version);
	add_effect(c, t);
	add_grants(c, t);
	add_past(c, t);
	add_tests(c, t);
	add_head(d, t, SAY("effect", "变化的哈希"));
	text_addf(t, "%s\n", hash32_text(&c->effect.hash, hash));
}

/* ---- JSON ---- */

static void add_item_json(struct text *t, const struct effect_item *it, bool first)
{
	static const char *const ways[] = { "wider", "tighter", "same" };

	text_addf(t, "%s{\"way\":\"%s\",\"thing\":", first ? "" : ",", ways[it->way]);
	desk_say_json(t, it->thing);
	text_add(t, ",\"change\":");
	desk_say_json(t, it->change);
	desk_place_json(t, &it->at);
	text_addc(t, '}');
}

static void add_grant_json(const struct grant *g, bool first, struct text *t)
{
	char name[3 * MAX_NAME + 4];

	snprintf(name, sizeof(name), "%s.%s.%s", g->schema, g->relation, g->column);
	text_add(t, first ? "" : ",");
	text_add_json(t, name);
}

static void add_rest_json(struct change *c, struct text *t)
{
	const struct grant_lists *g = &c->grants;
	const struct replay *r = &c->past;
	char hash[HASH_TEXT];

	text_add(t, "],\"grants\":{\"add\":[");
	only_in(g->after, g->n_after, g->before, g->n_before, add_grant_json, t);
	text_add(t, "],\"take_away\":[");
	only_in(g->before, g->n_before, g->after, g->n_after, add_grant_json, t);
	text_addf(t,
		"]},\"tests\":{\"all\":%u,\"failed\":%u,\"failed_before\":%u},\"past\":", c->tests,
		c->fails_after, c->fails_before);
	if (!c->replayed)
		text_add(t, "null");
	else
		text_addf(t,
			"{\"days\":%d,\"questions\":%u,\"same\":%u,\"refused_to_allowed\":%u,"
			"\"allowed_to_refused\":%u,\"unreadable\":%u,\"list\":[%s]}",
			PAST_DAYS, r->n, r->same, r->opened, r->closed, r->unread,
			text_str(&r->list));
	text_addf(t, ",\"effect\":\"%s\"}\n", hash32_text(&c->effect.hash, hash));
}

static void add_json(struct change *c, struct text *t)
{
	const struct effect *e = &c->effect;

	if (c->before == NULL)
		text_add(t, "{\"from\":null");
	else
		text_addf(t, "{\"from\":%lld", (long long)c->before->version);
	text_addf(t, ",\"to\":%lld,\"wider\":%u,\"tighter\":%u,\"same\":%u,\"items\":[",
		(long long)c->d->policy->version, e->wider, e->tighter, e->same);
	for (unsigned i = 0; i < e->n; i++)
		add_item_json(t, &e->items[i], i == 0);
	add_rest_json(c, t);
}

/* ---- the command ---- */

static int tell(struct change *c)
{
	bool no = c->d->no_wider && c->effect.wider > 0;
	struct text out;

	text_init(&out, DESK_OUTPUT);
	if (c->d->json)
		add_json(c, &out);
	else
		add_text(c, &out);
	if (text_failed(&c->past.list))
		out.failed = true;
	return desk_print(&out, no ? POLICY_NO : POLICY_GOOD);
}

int policy_diff(struct desk *d)
{
	struct change c = { .d = d };
	struct error err = { .code = E_NONE };
	int status;

	if (d->against == NULL)
		return desk_bad_use(d,
			SAY("say what to compare with: --against FOLDER or running",
				"请用 --against 给出要比较的目录，或写 running"),
			"");
	if (d->agent == NULL && d->past)
		return desk_no_agent(d);
	status = desk_before(d, &c.before);
	if (status != POLICY_GOOD)
		return status;
	text_init(&c.past.list, DESK_OUTPUT);
	if (effect_between(c.before, d->policy, &d->arena, &c.effect, &err) != 0 ||
		compare_grants(&c, &err) != 0 || compare_tests(&c, &err) != 0 ||
		replay(&c, &err) != 0)
		status = desk_failed(d, &err);
	else
		status = tell(&c);
	text_clear(&c.past.list);
	return status;
}
