#include "cli/status.h"

#include "cli/field.h"

static const char *text(const struct table *t, const json_t *o, const char *key)
{
	return field_text(t->arena, o, key);
}

/* An amount that has no bound is null. */
static const char *amount(const struct table *t, bool zh, const json_t *o, const char *key)
{
	if (json_is_null(json_object_get(o, key)))
		return zh ? "无上界" : "no bound";
	return text(t, o, key);
}

static const char *count(const struct table *t, const json_t *o)
{
	int64_t n = 0, most;

	if (!field_int(o, "questions", &n))
		return "?";
	if (field_int(o, "max_questions", &most))
		return field_made(t->arena, "%lld/%lld", (long long)n, (long long)most);
	return field_made(t->arena, "%lld", (long long)n);
}

static void budget_row(struct table *t, bool zh, const json_t *account, const json_t *one)
{
	const char *period = field_made(
		t->arena, zh ? "%s 至 %s" : "%s to %s", text(t, one, "from"), text(t, one, "to"));
	const char *cells[] = { text(t, account, "account"), text(t, one, "unit"),
		amount(t, zh, one, "spent"), amount(t, zh, one, "held"), amount(t, zh, one, "cap"),
		text(t, one, "left"), count(t, one), period };

	table_add(t, false, cells);
}

/* What was paid by an account to which the policy in force gives nothing today. */
static void unbudgeted_row(struct table *t, bool zh, const json_t *account)
{
	const char *cells[] = { text(t, account, "account"), "rho", text(t, account, "rho"), "-",
		"-", "-", count(t, account), zh ? "累计；今天无预算" : "in all; no budget today" };

	table_add(t, false, cells);
}

void status_budget(struct table *t, bool zh, struct arena *arena, const json_t *root)
{
	static const char *const en[] = { "account", "unit", ">spent", ">of it held", ">cap",
		">left", ">questions", "period" };
	static const char *const chinese[] = { "账户", "单位", ">已用", ">其中占用", ">总额",
		">剩余", ">查询数", "计费周期" };
	const json_t *account, *one;
	size_t i, k;

	table_init(t, arena, sizeof(en) / sizeof(en[0]), zh ? chinese : en);
	json_array_foreach(root, i, account) {
		const json_t *budgets = json_object_get(account, "budgets");

		json_array_foreach(budgets, k, one)
			budget_row(t, zh, account, one);
		if (json_array_size(budgets) == 0)
			unbudgeted_row(t, zh, account);
	}
}

/* "held -> running", or the one there is. */
static const char *change(const struct table *t, const json_t *o)
{
	const char *from = text(t, o, "from"), *to = text(t, o, "to");

	return from[0] == '\0' ? to : field_made(t->arena, "%s -> %s", from, to);
}

/* A policy's version, among others; nothing where there is none. */
static const char *numbered(const struct table *t, const json_t *o)
{
	int64_t n;

	return field_int(o, "number", &n) ? field_made(t->arena, "%lld", (long long)n) : "";
}

void status_audit(struct table *t, bool zh, struct arena *arena, const json_t *root)
{
	static const char *const en[] = { "time", "kind", "id", "requester", "study",
		"rule or event", "from -> to", ">number" };
	static const char *const chinese[] = { "时间", "类别", "编号", "申请人", "课题",
		"规则或事件", "变化", ">数值" };
	const json_t *one;
	size_t i;

	table_init(t, arena, sizeof(en) / sizeof(en[0]), zh ? chinese : en);
	json_array_foreach(root, i, one) {
		const char *cells[] = { text(t, one, "at"), text(t, one, "kind"),
			text(t, one, "id"), text(t, one, "requester"), text(t, one, "study"),
			text(t, one, "rule"), change(t, one), numbered(t, one) };

		table_add(t, false, cells);
	}
}
