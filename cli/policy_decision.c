#include "cli/policy.h"

#include <string.h>

#include "cli/past.h"

/*
 * `cordon policy explain --decision`: what an agent decided about one question, and each check of it again under the
 * policy at hand, so that an officer can say to anybody why.
 */

enum {
	HEAD = 12
};

static void add_head(const struct desk *d, struct text *t, struct say head)
{
	size_t from = t->len;

	text_add(t, desk_say(d, head));
	desk_pad(t, from, HEAD);
}

static bool same_policy(const struct desk *d, const struct past_question *q)
{
	char hash[HASH_TEXT];

	return strcmp(q->policy, hash32_text(&d->policy->hash, hash)) == 0;
}

static void add_policy(const struct desk *d, struct text *t, const struct past_question *q)
{
	add_head(d, t, SAY("policy", "策略"));
	if (q->version == 0) {
		text_add(t, d->zh ? "尚无策略判定即被拒绝\n"
				  : "refused before a policy looked at it\n");
		return;
	}
	text_addf(t, d->zh ? "版本 %lld，%s\n" : "version %lld, %s\n", (long long)q->version,
		q->policy);
	add_head(d, t, SAY("this folder", "本目录"));
	if (same_policy(d, q))
		text_add(t, d->zh ? "与之相同\n" : "the same\n");
	else
		text_addf(t,
			d->zh ? "版本 %lld，内容不同：以下按本目录重新判定\n"
			      : "version %lld, which is another: what follows is decided by this "
				"one\n",
			(long long)d->policy->version);
}

static void add_then(const struct desk *d, struct text *t, const struct past_question *q)
{
	add_head(d, t, SAY("question", "查询"));
	text_addf(t, "%s\n", q->id);
	add_head(d, t, SAY("asked", "提出"));
	text_addf(t, d->zh ? "%s，%s，课题 %s\n" : "%s by %s for study %s\n", q->at, q->requester,
		q->study);
	add_head(d, t, SAY("text", "内容"));
	text_addf(t, "%s\n", q->text);
	add_policy(d, t, q);
	add_head(d, t, SAY("decided", "当时判定"));
	text_addf(t, d->zh ? "%s [%s]，状态 %s\n" : "%s [%s], then %s\n",
		q->allow ? (d->zh ? "允许" : "ALLOW") : (d->zh ? "拒绝" : "DENY"), q->rule,
		q->state);
}

/* What a desk cannot know: the site's vocabulary, its database, what was spent. */
static void add_difference(const struct desk *d, struct text *t, const struct past_question *q,
	const struct verdict *v)
{
	if (!same_policy(d, q) || v->allow == q->allow)
		return;
	text_add(t,
		d->zh ? "策略相同而结果不同：当时的判定还取决于代理所知的情况（本院术语表、数据库"
			"状态、已用预算）。\n"
		      : "The policy is the same and the outcome is not: then it also depended on "
			"what "
			"only the agent knows (the site's vocabulary, its database, what was "
			"spent).\n");
}

static void add_json(const struct desk *d, struct text *t, const struct past_question *q,
	const struct verdict *v)
{
	const struct {
		const char *key, *value;
	} texts[] = { { "id", q->id }, { "at", q->at }, { "requester", q->requester },
		{ "study", q->study }, { "question", q->text }, { "policy", q->policy },
		{ "rule", q->rule }, { "state", q->state } };

	text_addf(t, "{\"version\":%lld,\"same_policy\":%s,\"decision\":\"%s\"",
		(long long)q->version, same_policy(d, q) ? "true" : "false",
		q->allow ? "allow" : "deny");
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		text_addf(t, ",\"%s\":", texts[i].key);
		text_add_json(t, texts[i].value);
	}
	text_add(t, ",\"now\":");
	if (v == NULL) {
		text_add(t, "null}\n");
		return;
	}
	desk_verdict_json(t, v);
	text_add(t, "}}\n");
}

static void add_text(
	struct desk *d, struct text *t, const struct past_question *q, const struct verdict *v)
{
	add_then(d, t, q);
	if (v == NULL) {
		text_add(t, d->zh ? "未保存查询内容（当日拒绝过多）、内容与其哈希不符或本程序无法读"
				    "取，因此无法重新判定。\n"
				  : "No text was kept (too many refusals on that day), or it is "
				    "not the one whose hash was kept, or this program does not "
				    "read it: it cannot be decided again.\n");
		return;
	}
	desk_verdict(d, t, v);
	add_difference(d, t, q, v);
}

int policy_explain_decision(struct desk *d)
{
	struct error err = { .code = E_NONE };
	const struct verdict *now = NULL;
	struct past_question q;
	struct verdict v;
	struct text out;

	if (d->agent == NULL)
		return desk_no_agent(d);
	if (past_one(d->agent, d->decision, &d->arena, &q, &err) != 0)
		return desk_failed(d, &err);
	if (q.question != NULL) {
		if (past_decide(d->policy, &q, d->all, &d->arena, &v, &err) != 0)
			return desk_failed(d, &err);
		now = &v;
	}
	text_init(&out, DESK_OUTPUT);
	if (d->json)
		add_json(d, &out, &q, now);
	else
		add_text(d, &out, &q, now);
	return desk_print(&out, POLICY_GOOD);
}
