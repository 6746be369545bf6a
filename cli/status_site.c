#include "cli/status.h"

#include <string.h>

#include "cli/field.h"
#include "cli/plain.h"

/* ---- lines: the wrong ones first ---- */

enum {
	LINES_MAX = 4096,
	SHORT_HASH = 7 + 12 /* "sha256:" and twelve digits */
};

enum line_kind {
	FINE,
	WRONG,
	MEND /* belongs to the wrong line before it */
};

struct line {
	enum line_kind kind;
	struct say name, value;
};

struct lines {
	struct doc *doc;
	const json_t *root;
	struct line *list;
	unsigned n;
};

/* Past LINES_MAX nothing is shown: a list that looks whole and is not would mislead. */
static void line(struct lines *l, enum line_kind kind, struct say name, struct say value)
{
	if (l->list == NULL || l->n == LINES_MAX)
		l->doc->failed = true;
	else
		l->list[l->n++] = (struct line){ kind, name, value };
}

static void put_lines(const struct lines *l, bool wrong)
{
	struct doc_block *b = doc_facts(l->doc, wrong ? "wrong" : "status");

	for (unsigned i = 0; i < l->n; i++) {
		const struct line *one = &l->list[i];

		if ((one->kind != FINE) != wrong)
			continue;
		doc_fact(l->doc, b, NULL, one->name,
			one->kind == WRONG ? doc_say(l->doc, "WRONG: %s%.0s", "异常：%.0s%s",
						     one->value.en, one->value.zh)
					   : one->value);
	}
}

static const char *word(const struct lines *l, const json_t *o, const char *key)
{
	return field_text(l->doc->arena, o, key);
}

static int64_t number(const json_t *o, const char *key)
{
	int64_t n = 0;

	return field_int(o, key, &n) ? n : 0;
}

/* ---- what is refused ---- */

static struct say refusing_say(const char *rule)
{
	static const struct {
		const char *rule;
		struct say say;
	} known[] = {
		{ "system:ledger", { "the ledger is broken", "账本已损坏" } },
		{ "system:database", { "the database is not connected", "未连接数据库" } },
		{ "policy:stopped",
			{ "the site was stopped by its own people", "本院人员已停止作答" } },
		{ "policy:approval",
			{ "the approval of the policy does not hold any more, or approvers.yaml "
			  "cannot be used",
				"策略的批准已失效，或 approvers.yaml 无法使用" } },
		{ "policy:valid", { "no policy is in force today", "今天没有生效的策略" } },
		{ "policy:codes", { "the code rules are not expanded by the site's vocabulary",
					  "编码规则尚未按本院术语表展开" } },
		{ "drift:unknown",
			{ "the database was not compared with the policy in the last two hours",
				"最近两小时内未核对数据库与策略" } },
		{ "drift:role",
			{ "the agent's role in the database may do what the policy does not open",
				"代理的数据库角色拥有策略未开放的权限" } },
	};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (strcmp(known[i].rule, rule) == 0)
			return known[i].say;
	return doc_plain(rule);
}

static void refused(struct lines *l)
{
	const char *rule = word(l, l->root, "refusing");
	struct say name = SAY("refused now", "目前拒绝"), why;

	if (json_is_null(json_object_get(l->root, "refusing"))) {
		line(l, FINE, name,
			SAY("nothing, beyond what the policy refuses",
				"无（策略本身拒绝的查询除外）"));
		return;
	}
	why = refusing_say(rule);
	line(l, WRONG, name,
		doc_say(l->doc, "EVERY QUESTION: %s%.0s [%s]", "全部查询：%.0s%s [%s]", why.en,
			why.zh, rule));
}

static void stopped(struct lines *l)
{
	const json_t *stop = json_object_get(l->root, "stopped");
	struct say name = SAY("stopped", "停止");

	if (json_is_null(stop)) {
		line(l, FINE, name, SAY("no", "否"));
		return;
	}
	line(l, WRONG, name,
		doc_say(l->doc,
			"STOPPED by %s at %s: %s. A version above %lld, approved by two people "
			"after that, opens it again.",
			"%s 于 %s 停止：%s。此后由两人批准、高于版本 %lld 的策略方可恢复。",
			word(l, stop, "who"), word(l, stop, "at"), word(l, stop, "why"),
			(long long)number(stop, "above")));
}

/* ---- the policy ---- */

static const char *hash_start(const struct lines *l, const json_t *o)
{
	const char *hash = word(l, o, "hash");

	return field_made(l->doc->arena, "%.*s", SHORT_HASH, hash);
}

static void signatures(struct lines *l, const json_t *policy)
{
	const json_t *list = json_object_get(policy, "signed"), *one;
	size_t i;

	json_array_foreach(list, i, one)
		line(l, FINE, SAY("signed", "批准人"),
			doc_say(l->doc, "%s (%s), %s", "%s（%s），%s", word(l, one, "who"),
				word(l, one, "role"), word(l, one, "at")));
	if (!json_is_true(json_object_get(policy, "approved")))
		line(l, WRONG, SAY("signed", "批准人"),
			SAY("this approval does not hold any more", "该批准已失效"));
}

static void folder(struct lines *l, const json_t *policy)
{
	long long errors = number(policy, "errors");

	if (errors == 0)
		line(l, FINE, SAY("folder", "策略目录"), SAY("no errors", "无错误"));
	else
		line(l, WRONG, SAY("folder", "策略目录"),
			doc_say(l->doc,
				errors == 1
					? "%lld error; what is there does not come into force. "
					  "The agent's log and `cordon policy check` tell more."
					: "%lld errors; what is there does not come into force. "
					  "The agent's log and `cordon policy check` tell more.",
				"%lld 个错误；其中的内容不会生效。详见代理日志和 cordon policy "
				"check。",
				errors));
}

static void policy(struct lines *l)
{
	const json_t *p = json_object_get(l->root, "policy");
	const json_t *valid = json_object_get(p, "valid");
	const char *from = json_string_value(json_array_get(valid, 0));
	const char *to = json_string_value(json_array_get(valid, 1));
	int64_t version;

	if (!field_int(p, "version", &version)) {
		line(l, WRONG, SAY("policy", "策略"), SAY("none is in force", "无生效策略"));
	} else {
		line(l, FINE, SAY("policy", "策略"),
			doc_say(l->doc, "version %lld, %s, for %s to %s",
				"版本 %lld，%s，有效期 %s 至 %s", (long long)version,
				hash_start(l, p), plain(l->doc->arena, from == NULL ? "?" : from),
				plain(l->doc->arena, to == NULL ? "?" : to)));
		line(l, FINE, SAY("in force", "生效"),
			doc_say(l->doc, "since %s", "自 %s", word(l, p, "since")));
		signatures(l, p);
	}
	folder(l, p);
}

/* ---- what it is connected to ---- */

static void gateway(struct lines *l)
{
	const json_t *g = json_object_get(l->root, "gateway");
	const char *at = field_made(
		l->doc->arena, "%s:%lld", word(l, g, "host"), (long long)number(g, "port"));
	const char *since = word(l, g, "since");
	struct say name = SAY("gateway", "网关");

	if (json_is_true(json_object_get(g, "connected")))
		line(l, FINE, name,
			doc_say(l->doc, "connected to %s (%s) since %s", "已连接 %s（%s），自 %s",
				at, word(l, g, "name"), since));
	else
		line(l, WRONG, name,
			since[0] == '\0' ? doc_say(l->doc, "NOT connected to %s", "未连接 %s", at)
					 : doc_say(l->doc, "NOT connected to %s since %s",
						   "未连接 %s，自 %s", at, since));
}

static struct say database_say(struct lines *l, const char *state)
{
	static const struct {
		const char *state;
		struct say say;
	} known[] = {
		{ "connecting", { "connecting", "正在连接" } },
		{ "down", { "it cannot be reached or does not let the agent in",
				  "无法连接，或拒绝代理登录" } },
		{ "superuser",
			{ "the agent's role is superuser; give it the role of `cordon "
			  "policy grants`",
				"代理的角色是超级用户；请改用 cordon policy grants 的角色" } },
		{ "server too old",
			{ "PostgreSQL 14 or later is needed", "需要 PostgreSQL 14 或更高版本" } },
		{ "settings refused", { "it refused the session settings", "数据库拒绝会话设置" } },
		{ "not answering", { "it did not stop a statement in time", "未能及时停止语句" } },
		{ "confused", { "a transaction did not end", "有事务未结束" } },
	};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (strcmp(known[i].state, state) == 0)
			return known[i].say;
	return doc_plain(word(l, l->root, "database"));
}

static void database(struct lines *l)
{
	const char *state = field_word(l->root, "database");

	if (strcmp(state, "connected") == 0)
		line(l, FINE, SAY("database", "数据库"), SAY("connected", "已连接"));
	else
		line(l, WRONG, SAY("database", "数据库"), database_say(l, state));
	if (json_is_true(json_object_get(l->root, "vocabulary")))
		line(l, FINE, SAY("vocabulary", "术语表"),
			SAY("read; the code rules are expanded", "已读取，编码规则已展开"));
	else
		line(l, WRONG, SAY("vocabulary", "术语表"),
			SAY("NOT read; the code rules are not expanded", "未读取，编码规则未展开"));
}

/* ---- the database and its policy ---- */

static void findings(struct lines *l, const json_t *drift)
{
	const json_t *list = json_object_get(drift, "findings"), *one;
	size_t i;

	json_array_foreach(list, i, one) {
		const char *mend = word(l, one, "mend");

		line(l, WRONG, SAY("drift", "偏离"),
			(struct say){ word(l, one, "en"), word(l, one, "zh") });
		if (mend[0] != '\0')
			line(l, MEND, SAY("  mend", "  修复"), doc_plain(mend));
	}
}

static void drift(struct lines *l)
{
	const json_t *d = json_object_get(l->root, "drift");
	long long warnings = number(d, "warnings");
	const char *checked = word(l, d, "checked");

	findings(l, d);
	if (checked[0] == '\0' || !json_is_true(json_object_get(d, "known")))
		line(l, WRONG, SAY("drift", "偏离"),
			SAY("NOT known: the database was not compared with this policy",
				"未知：尚未核对数据库与此策略"));
	else if (json_array_size(json_object_get(d, "findings")) == 0)
		line(l, FINE, SAY("drift", "偏离"),
			doc_say(l->doc, "none; warnings: %lld; compared %s",
				"无；警告 %lld 个；核对于 %s", warnings, checked));
}

static bool same_table(const json_t *a, const json_t *b)
{
	static const char *const keys[] = { "dataset", "table", "reason" };

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (strcmp(field_word(a, keys[i]), field_word(b, keys[i])) != 0)
			return false;
	return true;
}

/* The rules from list[*i] on that close one table for one reason; *i is then at the last of them. */
static struct say closing(struct lines *l, const json_t *list, size_t *i)
{
	const json_t *first = json_array_get(list, *i);
	struct say rules = SAY("", "");

	for (size_t k = *i; k < json_array_size(list); k++) {
		const json_t *one = json_array_get(list, k);
		bool open = json_is_true(json_object_get(one, "restricted"));

		if (!same_table(one, first))
			break;
		rules = doc_say(l->doc, "%s%.0s%s%.0s%s%s%.0s", "%.0s%s%.0s%s%s%.0s%s", rules.en,
			rules.zh, k == *i ? "" : ", ", k == *i ? "" : "、", word(l, one, "rule"),
			open ? " (except where it is open)" : "", open ? "（获准的课题除外）" : "");
		*i = k;
	}
	return rules;
}

/* A table that stays closed may be what the officers want, so it is told and not called wrong. */
static void closed_tables(struct lines *l)
{
	const json_t *list = json_object_get(l->root, "closed_tables");
	struct say name = SAY("closed table", "关闭的表");

	if (json_is_array(list) && json_array_size(list) == 0)
		line(l, FINE, name, SAY("none by a code rule", "无因编码规则关闭的表"));
	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *one = json_array_get(list, i);
		struct say rules = closing(l, list, &i);

		line(l, FINE, name,
			doc_say(l->doc, "CLOSED: %s (%s), %s%.0s: %s%.0s",
				"已关闭：%s（%s），%.0s%s：%.0s%s", word(l, one, "table"),
				word(l, one, "dataset"), rules.en, rules.zh, word(l, one, "en"),
				word(l, one, "zh")));
	}
}

/* ---- the rest ---- */

static void ledger(struct lines *l)
{
	const json_t *o = json_object_get(l->root, "ledger");
	long long records = number(o, "records");

	if (json_is_true(json_object_get(o, "intact")))
		line(l, FINE, SAY("ledger", "账本"),
			doc_say(l->doc, "intact; records: %lld; last link %s",
				"完整；记录 %lld 条；最后一环 %s", records, hash_start(l, o)));
	else
		line(l, WRONG, SAY("ledger", "账本"),
			doc_say(l->doc, "BROKEN; records: %lld; nothing is answered",
				"已损坏；记录 %lld 条；拒绝一切查询", records));
}

static void work(struct lines *l)
{
	const json_t *q = json_object_get(l->root, "questions");

	line(l, FINE, SAY("questions", "查询"),
		doc_say(l->doc, "waiting: %lld; running: %lld; leaving: %lld",
			"等待 %lld；执行中 %lld；待发出 %lld", (long long)number(q, "waiting"),
			(long long)number(q, "running"), (long long)number(q, "leaving")));
	line(l, FINE, SAY("outbox", "待确认"),
		doc_say(l->doc, "answers that the gateway has not confirmed: %lld",
			"网关尚未确认的答复：%lld", (long long)number(l->root, "outbox")));
	line(l, FINE, SAY("data", "数据"),
		doc_say(l->doc, "state %s", "状态 %s", word(l, l->root, "data")));
	line(l, FINE, SAY("agent", "代理"),
		doc_say(l->doc, "running since %s", "启动于 %s", word(l, l->root, "started")));
}

static struct say title(struct lines *l)
{
	const char *site = word(l, l->root, "site");
	bool wrong = false;

	for (unsigned i = 0; i < l->n; i++)
		wrong = wrong || l->list[i].kind == WRONG;
	if (!json_is_null(json_object_get(l->root, "refusing")))
		return doc_say(l->doc, "%s REFUSES every question", "%s 拒绝全部查询", site);
	return wrong ? doc_say(l->doc, "%s answers questions; something is wrong",
			       "%s 正在作答，但有异常", site)
		     : doc_say(l->doc, "%s answers questions", "%s 正在作答", site);
}

void status_site(struct doc *d, const json_t *root)
{
	struct lines l = { .doc = d, .root = root };

	l.list = arena_array(d->arena, LINES_MAX, sizeof(*l.list));
	refused(&l);
	stopped(&l);
	policy(&l);
	gateway(&l);
	database(&l);
	drift(&l);
	closed_tables(&l);
	work(&l);
	ledger(&l);
	d->title = title(&l);
	put_lines(&l, true);
	put_lines(&l, false);
}
