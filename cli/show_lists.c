/*
 * show_lists.c - the smaller replies: prices, budgets, hospitals, history, problems.
 */
#include <inttypes.h>
#include <string.h>

#include "base/text.h"
#include "cli/field.h"
#include "cli/plain.h"
#include "cli/show.h"
#include "cli/show_in.h"
#include "cli/table.h"
#include "query/answer.h"

enum {
	SHOW_ARENA = 64 << 20,
	COLUMNS = 6
};

/* A list being shown: as JSON when chosen (true: that is done), else a table to fill. */
struct list {
	const struct cli *cli;
	struct arena arena;
	struct table table;
};

static bool list_begin(struct list *l, const struct cli *cli, const json_t *reply, unsigned columns,
	const char *const *en, const char *const *zh)
{
	l->cli = cli;
	arena_init(&l->arena, SHOW_ARENA);
	if (cli->json)
		show_json(cli, reply);
	/* a spreadsheet's heads are names that programs look for: one language */
	table_init(&l->table, &l->arena, columns, cli->zh && !cli->csv ? zh : en);
	return cli->json;
}

static void list_end(struct list *l)
{
	if (l->cli->csv)
		table_csv(&l->table, l->cli->out);
	else if (!l->cli->json)
		table_print(&l->table, l->cli->out, l->cli->colour);
}

/* ---- prices and budgets ---- */

static const char *would_say(const struct cli *cli, const json_t *site, bool budget)
{
	enum site_state s;

	if (!site_state_parse(field_word(site, "state"), &s))
		return "?";
	if (s != SITE_ANSWERED)
		return tell(cli, site_state_say(s));
	if (!json_is_true(json_object_get(site, "allowed")))
		return cli->zh ? "会拒绝" : "would refuse";
	if (budget)
		return cli->zh ? "可提问" : "may ask";
	if (json_is_true(json_object_get(site, "recalled")))
		return cli->zh ? "已答过，免费" : "answered before, free";
	return cli->zh ? "会答复" : "would answer";
}

/* A row per account, the hospital named on its first. */
static void add_accounts(struct list *l, const json_t *site, bool budget)
{
	const char *row[COLUMNS] = { field_text(&l->arena, site, "site"),
		would_say(l->cli, site, budget) };
	json_t *accounts = json_object_get(site, "accounts"), *account;
	size_t i;

	json_array_foreach(accounts, i, account) {
		unsigned n = 2;

		row[n++] = field_text(&l->arena, account, "account");
		if (!budget)
			row[n++] = field_text(&l->arena, account, "cost");
		row[n++] = field_text(&l->arena, account, "left");
		row[n++] = field_made(&l->arena, "%s %s", field_text(&l->arena, account, "cap"),
			field_text(&l->arena, account, "unit"));
		table_add(&l->table, false, row);
		if (!l->cli->csv)
			row[0] = row[1] = "";
	}
	if (json_array_size(accounts) == 0)
		table_add(&l->table, false, row);
}

static void add_reason(struct list *l, const json_t *site)
{
	const char *sentence = tell(l->cli, field_say(&l->arena, site));

	if (sentence[0] != '\0')
		fprintf(l->cli->out, "%s: [%s] %s\n", field_text(&l->arena, site, "site"),
			field_text(&l->arena, site, "rule"), sentence);
}

static int64_t amount(const json_t *account, const char *key)
{
	int64_t v;

	return parse_decimal(field_word(account, key), 12, &v) ? v : 0;
}

/* The account that says no first, and after how many questions like this one; NULL where nothing is paid. */
static const json_t *tightest(const json_t *site, int64_t *times)
{
	const json_t *accounts = json_object_get(site, "accounts"), *tight = NULL;

	for (size_t i = 0; i < json_array_size(accounts); i++) {
		const json_t *account = json_array_get(accounts, i);
		int64_t cost = amount(account, "cost"), left = amount(account, "left");

		if (cost > 0 && (tight == NULL || left / cost < *times)) {
			tight = account;
			*times = left / cost;
		}
	}
	return tight;
}

/* The table's numbers as a sentence: what one more costs, and how often that can be paid. */
static void add_words(struct list *l, const json_t *site, bool budget)
{
	const struct cli *cli = l->cli;
	int64_t times = 0;
	const json_t *tight = tightest(site, &times);

	if (tight == NULL || !json_is_true(json_object_get(site, "allowed")) ||
		(!budget && json_is_true(json_object_get(site, "recalled"))))
		return;
	fprintf(cli->out,
		budget ? (cli->zh ? "%s：一次计数查询消耗 %s %s，余额还可支付 %" PRId64 " 次（%s）。\n"
				  : "%s: a count costs %s %s, and what is left pays for %" PRId64
				    " (%s).\n")
		       : (cli->zh ? "%s：此查询消耗 %s %s，余额可支付 %" PRId64 " 次（%s）。\n"
				  : "%s: this costs %s %s, and what is left pays for it %" PRId64
				    " times (%s).\n"),
		field_text(&l->arena, site, "site"), field_text(&l->arena, tight, "unit"),
		field_text(&l->arena, tight, "cost"), times, field_text(&l->arena, tight, "account"));
}

static int show_accounts(const struct cli *cli, json_t *reply, bool budget)
{
	static const char *const price_en[] = { "hospital", "state", "account", ">price", ">left",
		">of" };
	static const char *const price_zh[] = { "医院", "状态", "账户", ">费用", ">剩余", ">总额" };
	static const char *const left_en[] = { "hospital", "state", "account", ">left", ">of" };
	static const char *const left_zh[] = { "医院", "状态", "账户", ">剩余", ">总额" };
	const char *const *en = budget ? left_en : price_en;
	const char *const *zh = budget ? left_zh : price_zh;
	json_t *sites = json_object_get(reply, "sites"), *site;
	size_t i, allowed = 0;
	struct list l;

	json_array_foreach(sites, i, site)
		allowed += json_is_true(json_object_get(site, "allowed"));
	if (!list_begin(&l, cli, reply, budget ? COLUMNS - 1 : COLUMNS, en, zh))
		json_array_foreach(sites, i, site)
			add_accounts(&l, site, budget);
	list_end(&l);
	json_array_foreach(sites, i, site)
		if (!cli->json && !cli->csv) {
			add_reason(&l, site);
			add_words(&l, site, budget);
			show_similar(cli, &l.arena, site);
		}
	if (!cli->json && !cli->csv)
		show_privacy(cli, &l.arena, reply);
	arena_clear(&l.arena);
	return allowed > 0 ? EXIT_ANSWERED : EXIT_NO;
}

int show_price(const struct cli *cli, json_t *reply)
{
	return show_accounts(cli, reply, false);
}

int show_budget(const struct cli *cli, json_t *reply)
{
	return show_accounts(cli, reply, true);
}

/* ---- hospitals ---- */

/* Why a site is not on the line, as far as the gateway knows; "" when it is, or for a word of a later
 * version. */
static const char *offline_why(const struct cli *cli, const char *word)
{
	static const struct {
		const char *word;
		struct say say;
	} whys[] = {
		{ "never-seen", { "offline: never seen", "离线：从未连接" } },
		{ "lost", { "offline: the line was lost", "离线：连接中断" } },
		{ "ledger", { "refused: its ledger went back", "已拒绝：账本倒退" } },
		{ "version", { "refused: its version is too old or new", "已拒绝：版本不兼容" } },
	};

	for (size_t i = 0; i < sizeof(whys) / sizeof(whys[0]); i++)
		if (strcmp(whys[i].word, word) == 0)
			return tell(cli, whys[i].say);
	return cli->zh ? "离线" : "offline";
}

static void add_site(struct list *l, const json_t *site)
{
	const struct cli *cli = l->cli;
	const json_t *policy = json_object_get(site, "policy");
	bool online = json_is_true(json_object_get(site, "online"));
	const char *row[COLUMNS] = { field_text(&l->arena, site, "site"),
		online ? (cli->zh ? "在线" : "online")
		       : offline_why(cli, field_text(&l->arena, site, "why")),
		field_text(&l->arena, site, "since"), "", field_text(&l->arena, site, "data"),
		field_text(&l->arena, site, "program") };
	char hash[20]; /* enough of it to tell two apart */
	int64_t version;

	(void)!text_copy(hash, sizeof(hash), field_text(&l->arena, policy, "hash"));
	if (field_int(policy, "version", &version) && version > 0)
		row[3] = field_made(&l->arena,
			cli->zh ? "第 %" PRId64 " 版 %s" : "version %" PRId64 " %s", version, hash);
	table_add(&l->table, false, row);
}

int show_sites(const struct cli *cli, json_t *reply)
{
	static const char *const en[] = { "hospital", "line", "since", "policy", "data", "agent" };
	static const char *const zh[] = { "医院", "连接", "自", "策略", "数据", "代理" };
	struct list l;
	json_t *site;
	size_t i;

	if (!list_begin(&l, cli, reply, COLUMNS, en, zh))
		json_array_foreach(json_object_get(reply, "sites"), i, site)
			add_site(&l, site);
	list_end(&l);
	arena_clear(&l.arena);
	return EXIT_ANSWERED;
}

/* ---- history ---- */

static void add_question(struct list *l, const json_t *q)
{
	enum answer_state s;
	int64_t answered, sites;
	const char *row[COLUMNS] = { field_text(&l->arena, q, "id"),
		field_text(&l->arena, q, "asked"), field_text(&l->arena, q, "study"),
		field_text(&l->arena, q, "kind"), "?", "" };

	if (answer_state_parse(field_word(q, "state"), &s))
		row[4] = tell(l->cli, answer_state_say(s));
	if (field_int(q, "answered", &answered) && field_int(q, "sites", &sites))
		row[5] = field_made(&l->arena,
			l->cli->zh ? "%" PRId64 " / %" PRId64 " 家" : "%" PRId64 " of %" PRId64,
			answered, sites);
	table_add(&l->table, false, row);
}

int show_history(const struct cli *cli, json_t *reply)
{
	static const char *const en[] = { "question", "asked", "study", "kind", "state",
		">answered" };
	static const char *const zh[] = { "问题", "时间", "课题", "类型", "状态", ">已答复" };
	const char *next;
	struct list l;
	json_t *q;
	size_t i;

	if (!list_begin(&l, cli, reply, COLUMNS, en, zh))
		json_array_foreach(json_object_get(reply, "questions"), i, q)
			add_question(&l, q);
	list_end(&l);
	next = field_text(&l.arena, reply, "next");
	if (next[0] != '\0' && !cli->json && !cli->csv)
		fprintf(cli->out,
			cli->zh ? "更早的问题：cordon history --before %s\n"
				: "older ones: cordon history --before %s\n",
			next);
	arena_clear(&l.arena);
	return EXIT_ANSWERED;
}

/* ---- studies ---- */

static const char *study_state(const struct cli *cli, const char *word)
{
	static const struct {
		const char *word;
		struct say say;
	} states[] = {
		{ "approved", { "approved", "已批准" } },
		{ "not-yet", { "not yet", "尚未批准" } },
		{ "refused", { "refused", "已拒绝" } },
		{ "ended", { "ended", "已结束" } },
		{ "unknown", { "not known", "未知" } },
	};

	for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++)
		if (strcmp(states[i].word, word) == 0)
			return tell(cli, states[i].say);
	return "?";
}

/* From when to when the hospital lets it ask, or why it does not. */
static const char *study_words(struct list *l, const json_t *site)
{
	const json_t *valid = json_object_get(site, "valid");

	if (json_is_object(valid))
		return field_made(&l->arena, l->cli->zh ? "%s 至 %s" : "%s to %s",
			field_text(&l->arena, valid, "from"), field_text(&l->arena, valid, "to"));
	return tell(l->cli, field_say(&l->arena, site));
}

/* A row per hospital, the study named on its first. */
static void add_study(struct list *l, const json_t *study)
{
	const json_t *title = json_object_get(study, "title");
	const char *row[COLUMNS - 1] = { field_text(&l->arena, study, "id"),
		field_text(&l->arena, title, l->cli->zh ? "zh" : "en") };
	json_t *sites = json_object_get(study, "sites"), *site;
	size_t i;

	json_array_foreach(sites, i, site) {
		row[2] = field_text(&l->arena, site, "site");
		row[3] = study_state(l->cli, field_word(site, "state"));
		row[4] = study_words(l, site);
		table_add(&l->table, false, row);
		if (!l->cli->csv)
			row[0] = row[1] = "";
	}
	if (json_array_size(sites) == 0) {
		row[2] = row[3] = row[4] = "";
		table_add(&l->table, false, row);
	}
}

static bool studies_begin(struct list *l, const struct cli *cli, const json_t *reply)
{
	static const char *const en[] = { "study", "title", "hospital", "state", "days or reason" };
	static const char *const zh[] = { "课题", "名称", "医院", "状态", "有效期或原因" };

	return list_begin(l, cli, reply, COLUMNS - 1, en, zh);
}

int show_studies(const struct cli *cli, json_t *reply)
{
	const char *next;
	struct list l;
	json_t *study;
	size_t i;

	if (!studies_begin(&l, cli, reply))
		json_array_foreach(json_object_get(reply, "studies"), i, study)
			add_study(&l, study);
	list_end(&l);
	next = field_text(&l.arena, reply, "next");
	if (next[0] != '\0' && !cli->json && !cli->csv)
		fprintf(cli->out,
			cli->zh ? "更早的课题：cordon studies --before %s\n"
				: "older ones: cordon studies --before %s\n",
			next);
	arena_clear(&l.arena);
	return EXIT_ANSWERED;
}

int show_study(const struct cli *cli, json_t *study)
{
	struct list l;

	if (!studies_begin(&l, cli, study))
		add_study(&l, study);
	list_end(&l);
	arena_clear(&l.arena);
	return EXIT_ANSWERED;
}

/* ---- problems ---- */

static int problem_status(int status)
{
	if (status == 403)
		return EXIT_NO;
	return status < 400 || status == 429 || status >= 500 ? EXIT_GATEWAY : EXIT_INPUT;
}

int show_problem(const struct cli *cli, int status, json_t *problem)
{
	static const char *const heads[] = { "at", "code" };
	const char *sentence;
	struct arena a;

	arena_init(&a, SHOW_ARENA);
	if (cli->json && problem != NULL)
		show_json(cli, problem);
	fputs("cordon: ", cli->err);
	for (size_t i = 0; i < 2; i++)
		if (field_word(problem, heads[i])[0] != '\0')
			fprintf(cli->err, "%s: ", field_text(&a, problem, heads[i]));
	sentence = tell(cli, field_say(&a, problem));
	if (sentence[0] != '\0')
		fprintf(cli->err, "%s\n", sentence);
	else
		fprintf(cli->err, cli->zh ? "网关答复状态 %d %s\n" : "the gateway says %d %s\n",
			status, field_text(&a, problem, "title"));
	arena_clear(&a);
	return problem_status(status);
}
