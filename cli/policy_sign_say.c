#include <string.h>

#include "base/clock.h"
#include "cli/policy_sign.h"

enum {
	MAX_SUMMARY = 1 << 20,
	MAX_SHOWN = 20, /* of what becomes wider */
};

/* ---- before ---- */

static void add_checks(const struct signing *s, struct text *t)
{
	const struct desk *d = s->d;
	bool any = false;

	if (d->ds.warnings == 0)
		text_add(t, d->zh ? "  检查       无错误，无警告"
				  : "  checks     no errors, no warnings");
	else if (d->zh)
		text_addf(t, "  检查       无错误，%zu 个警告", d->ds.warnings);
	else
		text_addf(t, "  checks     no errors, %zu warning%s", d->ds.warnings,
			d->ds.warnings == 1 ? "" : "s");
	for (size_t i = 0; i < d->ds.count; i++) {
		const struct diag *w = &d->ds.list[i];

		if (w->level != DIAG_WARNING)
			continue;
		text_add(t, any ? ", " : d->zh ? "（" : " (");
		any = true;
		text_addf(t, d->zh ? "%s：" : "%s at ", w->code);
		desk_place(t, &w->at);
	}
	text_add(t, !any ? "\n" : d->zh ? "）\n" : ")\n");
}

static void add_effect(const struct signing *s, struct text *t)
{
	const struct desk *d = s->d;
	unsigned shown = s->before == NULL ? 0 : s->effect.wider;

	text_addf(t,
		d->zh ? "  变更       放宽 %u 项，收紧 %u 项，仅文字 %u 项      （cordon policy "
			"diff）\n"
		      : "  effect     %u wider, %u tighter, %u text changes      (cordon policy "
			"diff)\n",
		s->effect.wider, s->effect.tighter, s->effect.same);
	for (unsigned i = 0; i < shown && i < MAX_SHOWN; i++)
		text_addf(t, d->zh ? "    放宽  %s  %s\n" : "    WIDER  %s  %s\n",
			desk_say(d, s->effect.items[i].thing),
			desk_say(d, s->effect.items[i].change));
	if (shown > MAX_SHOWN)
		text_addf(t, d->zh ? "    放宽  另有 %u 项\n" : "    WIDER  and %u more\n",
			shown - MAX_SHOWN);
}

static void add_summary(const struct signing *s, struct text *t)
{
	const struct desk *d = s->d;
	const struct policy *p = d->policy;
	char day[16];

	text_addf(t,
		d->zh ? "您将以 %3$s 身份批准机构 %2$s 的版本 %1$lld。"
		      : "You are about to approve version %1$lld for site %2$s as %3$s. ",
		(long long)p->version, p->site, s->role);
	if (s->before != NULL)
		text_addf(t, d->zh ? "它将替换版本 %lld。\n" : "It replaces version %lld.\n",
			(long long)s->before->version);
	else
		text_add(t, d->zh ? "未与任何版本对比。\n" : "It is compared with nothing.\n");
	add_checks(s, t);
	text_addf(t, d->zh ? "  测试       %u 个全部通过\n" : "  tests      %1$u of %1$u pass\n",
		s->tests);
	add_effect(s, t);
	if (p->n_exceptions == 0)
		text_add(t, d->zh ? "  例外       无\n" : "  exceptions none\n");
	else
		text_addf(t,
			d->zh ? "  例外       %u 条，最早于 %s 到期\n"
			      : "  exceptions %u, the first ends on %s\n",
			p->n_exceptions, day_text(p->exception_ends, day));
	if (s->anew)
		text_add(t, d->zh ? "目录在此前的签名之后已更改：那些签名作废，从头开始。\n"
				  : "The folder changed after the signatures in approval.yaml: "
				    "they are of no use any "
				    "more, and signing begins anew.\n");
}

int policy_sign_summary(const struct signing *s)
{
	struct text t;
	int status;

	if (s->d->json)
		return POLICY_GOOD;
	text_init(&t, MAX_SUMMARY);
	add_summary(s, &t);
	status = desk_print(&t, POLICY_GOOD);
	fflush(stdout); /* before the question, which is on standard error */
	return status;
}

/* ---- after ---- */

static void add_missing(const struct signing *s, struct text *t)
{
	const char *missing[MAX_SIGNATURES];
	unsigned n = approval_missing(s->mine, s->who, missing);

	if (n == 0) {
		text_add(t, s->d->zh ? "签名已齐全；放入代理的策略目录后数秒内生效。\n"
				     : "The approval is complete; in the agent's folder it is in "
				       "force within seconds.\n");
		return;
	}
	text_add(t, s->d->zh ? "尚缺：" : "Still needed: ");
	for (unsigned i = 0; i < n; i++)
		text_addf(t, "%s%s", i == 0 ? "" : s->d->zh ? "、" : ", ", missing[i]);
	text_add(t, s->d->zh ? "。目前尚未生效。\n" : ". Nothing is in force yet.\n");
}

static void add_json(const struct signing *s, struct text *t)
{
	const char *missing[MAX_SIGNATURES];
	unsigned n = approval_missing(s->mine, s->who, missing);
	char hash[HASH_TEXT];

	text_add(t, "{\"signed\":true,\"who\":");
	text_add_json(t, s->d->as);
	text_add(t, ",\"role\":");
	text_add_json(t, s->role);
	text_addf(t, ",\"version\":%lld,\"hash\":\"%s\"", (long long)s->mine->version,
		hash32_text(&s->mine->hash, hash));
	text_addf(t, ",\"effect\":\"%s\",\"anew\":%s,\"missing\":[",
		hash32_text(&s->mine->effect, hash), s->anew ? "true" : "false");
	for (unsigned i = 0; i < n; i++) {
		text_add(t, i == 0 ? "" : ",");
		text_add_json(t, missing[i]);
	}
	text_add(t, "]}\n");
}

int policy_sign_done(const struct signing *s)
{
	struct text t;

	text_init(&t, MAX_SUMMARY);
	if (s->d->json) {
		add_json(s, &t);
		return desk_print(&t, POLICY_GOOD);
	}
	text_addf(&t, s->d->zh ? "%s（%s）已签名。" : "Signed by %s (%s). ", s->d->as, s->role);
	add_missing(s, &t);
	return desk_print(&t, POLICY_GOOD);
}
