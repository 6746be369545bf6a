/*
 * main.c - the cordon command: finds the subcommand and the choices all of them share.
 */
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/secret.h"
#include "base/text.h"
#include "cli/cli.h"
#include "cli/mark.h"
#include "cli/plain.h"

#ifndef CORDON_VERSION
#define CORDON_VERSION "0.1.0"
#endif

struct command {
	const char *name;
	int (*run)(
		struct cli *cli, int argc, char **argv); /* NULL: policy reads its options itself */
	const char *use;
	struct say help;    /* one line */
	struct say options; /* "" or lines */
};

static const struct command commands[] = {
	{ "ask", command_ask, "FILE [--no-watch] [--deadline SECONDS] [--explain]",
		{ "send a question (YAML or JSON; - is standard input)",
			"发送一个问题（YAML 或 JSON；- 表示标准输入）" },
		{ "  --explain           and why the answer is as it is: rules, thresholds, codes, "
		  "noise\n"
		  "  --no-watch          return at once; cordon show ID shows the answer later\n"
		  "  --deadline SECONDS  how long the hospitals may take: 1 to 600, else 60\n"
		  "\nCtrl-C while it waits leaves the question running.\n",
			"  --explain        并说明答复的由来：规则、门槛、代码、噪声\n"
			"  --no-watch       立即返回，稍后用 cordon show 编号 查看答复\n"
			"  --deadline 秒数  各医院最多用多久：1 至 600，默认 60\n"
			"\n等待时按 Ctrl-C，问题仍会继续进行。\n" } },
	{ "count", command_count, "--study STUDY --cohort FILE [options]",
		{ "the shortest way to a number", "最快得到人数" },
		{ "  --study STUDY   the study in whose name you ask\n"
		  "  --cohort FILE   a cohort (as cordon cohort convert writes it), or a question\n"
		  "                  whose cohort is counted; - is standard input\n"
		  "  --by NAME,...   one number per label, such as sex,age\n"
		  "  --sites A,B     only these hospitals\n"
		  "  --on DAY        the day at which ages are taken, such as 2025-12-31\n"
		  "  --dataset NAME  else the file's, else omop\n",
			"  --study 课题      以哪个课题的名义提问\n"
			"  --cohort 文件     队列（可带 sets），或取其队列的问题；- 表示标准输入\n"
			"  --by 名称,...     按标签分组，例如 sex,age\n"
			"  --sites 甲,乙     只问这些医院\n"
			"  --on 日期         按这一天计算年龄，例如 2025-12-31\n"
			"  --dataset 名称    默认取文件中的，否则为 omop\n" } },
	{ "price", command_price, "FILE",
		{ "what a question would cost at every hospital; spends nothing",
			"一个问题在各院的费用；不花费预算" },
		{ "", "" } },
	{ "budget", command_budget, "STUDY",
		{ "what is left of a study's privacy budgets", "某课题剩余的隐私预算" },
		{ "", "" } },
	{ "history", command_history, "[--before ID]",
		{ "your questions, newest first", "您提过的问题，最新的在前" },
		{ "  --before ID  those before this question\n",
			"  --before 编号  此问题之前的\n" } },
	{ "show", command_show, "ID [--explain]", { "an answer again", "再看某个答复" },
		{ "  --explain  and why it is as it is: rules, thresholds, codes, noise\n",
			"  --explain  并说明其由来：规则、门槛、代码、噪声\n" } },
	{ "cancel", command_cancel, "ID",
		{ "stop a running question; what was paid stays paid",
			"取消进行中的问题；已付的预算不退" },
		{ "", "" } },
	{ "sites", command_sites, "",
		{ "the hospitals, and who is on the line", "各医院及其连接状态" }, { "", "" } },
	{ "catalogue", command_catalogue, "[WORD...]",
		{ "what the hospitals offer: datasets, events, groups, measures, your studies",
			"各医院提供的数据：数据集、事件、分组、指标与您的课题" },
		{ "  WORD  only what has it in a title or a name, in either language; of several, all\n"
		  "\n--json has everything, and how many people (coverage).\n",
			"  检索词  只列标题或名称中含有它的内容，中英文均可；多个词须同时出现\n"
			"\n--json 给出全部内容及人数概览（coverage）。\n" } },
	{ "studies", command_studies, "[propose FILE | withdraw STUDY | entry STUDY] [--before STUDY]",
		{ "your studies, and what each hospital says of them",
			"您的课题，以及每家医院的答复" },
		{ "  propose FILE    propose a study (YAML or JSON; - is standard input); each hospital\n"
		  "                  decides for itself, in its own signed policy\n"
		  "  withdraw STUDY  take back a proposal of yours; it leaves no policy by that\n"
		  "  entry STUDY     a proposal as the entry that an officer pastes into studies.yaml\n"
		  "  --before STUDY  those proposed before this one\n",
			"  propose 文件     提出课题（YAML 或 JSON；- 表示标准输入）；各医院在自己签署的\n"
			"                   策略中自行决定\n"
			"  withdraw 课题    撤回您提出的课题；已写入医院策略的不受影响\n"
			"  entry 课题       把提议写成可粘贴到 studies.yaml 的条目，供合规人员使用\n"
			"  --before 课题    在此课题之前提出的\n" } },
	{ "login", command_login, "URL --account A --token-file F --certificate F --key F [--ca F]",
		{ "remember who you are, in a settings file of mode 0600",
			"登记您的身份，写入权限为 0600 的设置文件" },
		{ "  URL               https://host:port of the gateway\n"
		  "  --account A       as in your certificate, such as li@renmin.example\n"
		  "  --token-file F    what `cordon token` made\n"
		  "  --certificate F   person.crt of `cordon ca issue`\n"
		  "  --key F           person.key, readable by you alone\n"
		  "  --ca F            the gateway's web.crt; without it, the system's "
		  "authorities\n",
			"  URL               网关地址 https://主机:端口\n"
			"  --account 账号    与证书中的名称相同，例如 li@renmin.example\n"
			"  --token-file 文件 cordon token 生成的令牌\n"
			"  --certificate 文件 cordon ca issue 签发的 person.crt\n"
			"  --key 文件        person.key，只能由本人读取\n"
			"  --ca 文件         网关的 web.crt；不给出则信任系统的证书机构\n" } },
	{ "cohort", command_cohort, "read|convert FILE",
		{ "a cohort in plain words, or one of another system",
			"用通俗语言说明队列，或转换其他系统的队列" },
		{ "  read FILE...  what a question, or a cohort with its sets, counts, and what "
		  "in\n"
		  "                it cannot be meant; - is standard input. Asks nobody.\n"
		  "  convert FILE  a definition of ATLAS (Circe), i2b2, SHRINE or CCDL as a "
		  "cohort\n"
		  "      --from F          circe, i2b2 or ccdl; else seen from what stands in it\n"
		  "      --question S,D    a whole question of study S to dataset D\n"
		  "      --on DAY          the day for ages, where there they are today's\n"
		  "      --to circe        the other way: a cohort of ours for ATLAS\n",
			"  read 文件...  说明问题（或单独的队列；- "
			"表示标准输入）统计的是谁，并指出其中\n"
			"                自相矛盾之处；--lang en 用英文说明。不向任何人提问。\n"
			"  convert 文件  把 ATLAS（Circe）、i2b2、SHRINE 或 CCDL 的定义转换为队列\n"
			"      --from 格式       circe、i2b2 或 ccdl；默认按内容识别\n"
			"      --question 课题,数据集  输出完整的问题\n"
			"      --on 日期         原定义按当天计算年龄时，指定计算日期\n"
			"      --to circe        反向：把队列转换为 ATLAS 的定义\n" } },
	{ "audit", command_audit, "verify|save ID [options]",
		{ "make the answer of a secure sum again and compare", "重算安全求和的答复并核对" },
		{ "  verify ID  fetches answer and record of the sum, checks every signature, adds up again\n"
		  "    --members F     the list of members that was in force then\n"
		  "    --officers F    whose signatures the list must have; not from the gateway\n"
		  "    --answer F      compare with this answer (cordon show ID --json), not the gateway's\n"
		  "    --paillier F    the key of a sum by threshold Paillier\n"
		  "    --transcript F  a saved record; without ID nobody is asked\n"
		  "    --out F         keep the record too\n"
		  "  save ID --out F   only fetch the record\n"
		  "\nexit status: 0 equal, 1 not equal or the record is false, 2 bad input.\n",
			"  verify 编号  取得答复与求和记录，核验全部签名，重新求和\n"
			"    --members 文件     求和当时的成员名单\n"
			"    --officers 文件    名单须由其中的人签名；不得取自网关\n"
			"    --answer 文件      与此答复（cordon show 编号 --json）对照，而不是网关现在给出的\n"
			"    --paillier 文件    门限 Paillier 求和所用的密钥\n"
			"    --transcript 文件  已保存的记录；不给出编号则不连接任何人\n"
			"    --out 文件         同时保存记录\n"
			"  save 编号 --out 文件 只取得记录\n"
			"\n退出状态：0 一致，1 不一致或记录不实，2 输入有误。\n" } },
	{ "policy", NULL, "check|try|grants",
		{ "the compliance officer's commands", "合规人员的命令" }, { "", "" } },
	{ "ca", command_ca, "init|issue|web|revoke|list|manifest|paillier|site-secret",
		{ "the federation's certificates", "联邦证书" },
		{ "  init --dir CA --federation NAME                  a new root: root.crt, "
		  "root.key\n"
		  "  issue --dir CA --role R --name N --out DIR       R: site gateway person "
		  "officer\n"
		  "        [--hosts A,B] [--days 365]                 hosts: of a gateway\n"
		  "  web --hosts A,B --out DIR [--days 365]           web.crt, which people pin\n"
		  "  revoke --dir CA NAME|SERIAL                      adds to CA/revoked.txt\n"
		  "  list --dir CA                                    what was issued\n"
		  "  manifest key|new|add|revoke|show|sign|verify     members of secure sums\n"
		  "  paillier holder|deal|sign|verify                 key for sites on line for minutes\n"
		  "  site-secret new|key|seal|open|show               for counting people once\n"
		  "\nThe options of the last three: man cordon.\n"
		  "Keep root.key offline; copy revoked.txt to the gateway and the agents.\n",
			"  init --dir 目录 --federation 名称                新的根证书 "
			"root.crt、root.key\n"
			"  issue --dir 目录 --role 角色 --name 名称 --out 目录\n"
			"        [--hosts 甲,乙] [--days 365]               "
			"角色：site gateway person officer\n"
			"  web --hosts 甲,乙 --out 目录 [--days 365]        人员信任的 web.crt\n"
			"  revoke --dir 目录 名称|序列号                    写入 revoked.txt\n"
			"  list --dir 目录                                  已签发的证书\n"
			"  manifest key|new|add|revoke|show|sign|verify     安全求和的成员名单\n"
			"  paillier holder|deal|sign|verify                 供短时在线机构使用的密钥\n"
			"  site-secret new|key|seal|open|show               用于同一人只计一次\n"
			"\n后三项的选项见 man cordon。\n"
			"root.key 应离线保存；revoked.txt 须复制到网关和各代理。\n" } },
	{ "token", command_token, "--account A --out FILE [--role R]",
		{ "make an access token for a person", "为人员生成访问令牌" },
		{ "  --account A   as in the person's certificate\n"
		  "  --out FILE    gets the token (mode 0600); the gateway's line is printed\n"
		  "  --role R      researcher (default), officer, operator, auditor\n",
			"  --account 账号  与该人员证书中的名称相同\n"
			"  --out 文件      写入令牌（权限 0600）；网关配置所需的一行会打印出来\n"
			"  --role 角色     researcher（默认）、officer、operator、auditor\n" } },
	{ "vocabulary", command_vocabulary, "make --out FILE FOLDER",
		{ "concepts for people to search, from OMOP vocabulary files",
			"由 OMOP 词表文件生成供检索的概念库" },
		{ "  FOLDER      has CONCEPT.csv; and if there, CONCEPT_ANCESTOR.csv (what is below),\n"
		  "              CONCEPT_SYNONYM.csv (Chinese names) and CONCEPT_RELATIONSHIP.csv\n"
		  "              (codes that map); by tabs as Athena gives them, or by commas\n"
		  "  --out FILE  for `vocabulary:` in gateway.yaml; written whole or not at all\n",
			"  目录         含 CONCEPT.csv；可另有 CONCEPT_ANCESTOR.csv（下级）、\n"
			"               CONCEPT_SYNONYM.csv（中文名）和 CONCEPT_RELATIONSHIP.csv\n"
			"               （编码映射）；Athena 的制表符格式或逗号格式\n"
			"  --out 文件   供 gateway.yaml 的 vocabulary 使用；要么完整写出，要么不写\n" } },
	{ "status", command_status, "--socket PATH [status|budget|audit [N]]",
		{ "the agent on this machine", "本机代理的状态" },
		{ "  --socket PATH  the agent's state/agent.sock\n"
		  "  status         policy, database, gateway, ledger (default)\n"
		  "  budget         what was spent and is left, account by account\n"
		  "  audit N        the last N records of what was done (100)\n"
		  "\n--json prints the agent's own document.\n",
			"  --socket 路径  代理的 state/agent.sock\n"
			"  status         策略、数据库、网关、账本（默认）\n"
			"  budget         各账户的已用与剩余预算\n"
			"  audit N        最近 N 条审计记录（默认 100）\n"
			"\n--json 原样输出代理的文档。\n" } },
};
enum {
	COMMANDS = sizeof(commands) / sizeof(commands[0])
};

/* ---- help ---- */

static void help(const struct cli *cli, FILE *out)
{
	fputs(cli->zh ? "用法：cordon 命令 [选项]\n\n" : "usage: cordon COMMAND [options]\n\n",
		out);
	for (size_t i = 0; i < COMMANDS; i++)
		fprintf(out, "  %-10s %s\n", commands[i].name, tell(cli, commands[i].help));
	fputs(cli->zh ? "\n通用选项：--lang zh|en  --json  --csv  --settings 文件  --no-colour  "
			"--help\n"
			"退出状态：0 已答复，1 被拒绝或全部隐去，2 输入有误，3 无法连接网关，4 部分答复；见 man cordon\n"
		      : "\nevery command: --lang zh|en  --json  --csv  --settings FILE  "
			"--no-colour  --help\n"
			"exit status: 0 answered, 1 refused or suppressed, 2 bad input, 3 no gateway, "
			"4 partial; man cordon\n",
		out);
}

static void print_use(const struct cli *cli, const struct command *c, FILE *out)
{
	fprintf(out, cli->zh ? "用法：cordon %s%s%s\n" : "usage: cordon %s%s%s\n", c->name,
		c->use[0] == '\0' ? "" : " ", c->use);
}

static int command_help(const struct cli *cli, const struct command *c)
{
	const char *options = tell(cli, c->options);

	print_use(cli, c, cli->out);
	fprintf(cli->out, "%s\n%s%s", tell(cli, c->help), options[0] == '\0' ? "" : "\n", options);
	fputs(cli->zh ? "\n通用选项：--lang zh|en  --json  --csv  --settings 文件  --no-colour\n"
		      : "\nevery command: --lang zh|en  --json  --csv  --settings FILE  "
			"--no-colour\n",
		cli->out);
	return EXIT_ANSWERED;
}

static const struct command *find(const char *name)
{
	for (size_t i = 0; i < COMMANDS; i++)
		if (strcmp(commands[i].name, name) == 0)
			return &commands[i];
	return NULL;
}

static int no_such(const struct cli *cli, const char *name)
{
	const char *names[COMMANDS], *near;

	for (size_t i = 0; i < COMMANDS; i++)
		names[i] = commands[i].name;
	near = text_nearest(name, names, COMMANDS);
	fprintf(cli->err, cli->zh ? "cordon：没有命令“%s”" : "cordon: there is no command '%s'",
		name);
	if (near != NULL)
		fprintf(cli->err, cli->zh ? "，是否应为“%s”？" : "; did you mean '%s'?", near);
	fputs(cli->zh ? "\n所有命令：cordon help\n" : "\nall commands: cordon help\n", cli->err);
	return EXIT_INPUT;
}

/* ---- what went wrong ---- */

int cli_fail(const struct cli *cli, int status, const struct error *err)
{
	fprintf(cli->err, "cordon: %s (", tell(cli, err->say));
	plain_print(cli->err, err->log);
	fputs(")\n", cli->err);
	return status;
}

int cli_usage(const struct cli *cli, const char *command, struct say say)
{
	const struct command *c = find(command);

	fprintf(cli->err, "cordon %s: %s\n", command, tell(cli, say));
	if (c != NULL)
		print_use(cli, c, cli->err);
	return EXIT_INPUT;
}

void cli_diags(const struct cli *cli, struct diags *ds, const char *text, size_t len)
{
	static const struct say levels[] = { { "notice", "提示" }, { "warning", "警告" },
		{ "error", "错误" } };
	size_t listed = 0;
	struct text marks;

	diags_sort(ds);
	for (size_t i = 0; i < ds->count; i++) {
		const struct diag *d = &ds->list[i];

		listed += d->level != DIAG_NOTICE;
		if (d->at.file != NULL)
			plain_print(cli->err, d->at.file);
		if (d->at.line > 0)
			fprintf(cli->err, ":%u:%u", d->at.line, d->at.column);
		fprintf(cli->err, "%s%s %s: ", d->at.file != NULL ? ": " : "",
			tell(cli, levels[d->level]), d->code);
		plain_print(cli->err, cli->zh ? d->zh : d->en);
		text_init(&marks, MAX_FILE_BYTES);
		text_add(&marks, "\n");
		mark_add(&marks, &d->at, text, len);
		fputs(text_str(&marks), cli->err);
		text_clear(&marks);
	}
	if (ds->errors + ds->warnings > listed)
		fprintf(cli->err, cli->zh ? "另有 %zu 个问题未列出\n" : "%zu more not listed\n",
			ds->errors + ds->warnings - listed);
}

/* ---- options ---- */

/* Takes argv[*i] if it is one of `options`, and its value: 1 taken (*i at its last word), 0 another
 * word, -1 its value is missing or it takes none. */
static int take_option(const struct option_of *o, int argc, char **argv, int *i)
{
	const char *word = argv[*i];
	size_t len = strcspn(word, "=");
	const char *given = word[len] == '=' ? word + len + 1 : NULL;

	while (o->name != NULL && (strlen(o->name) != len || memcmp(o->name, word, len) != 0))
		o++;
	if (o->name == NULL)
		return 0;
	if (o->flag != NULL && given != NULL)
		return -1;
	if (o->flag != NULL) {
		*o->flag = true;
		return 1;
	}
	if (given == NULL && *i + 1 >= argc)
		return -1;
	*o->value = given != NULL ? given : argv[++*i];
	return 1;
}

static int bad_option(const struct cli *cli, const char *word, int taken)
{
	fprintf(cli->err,
		taken == 0 ? (cli->zh ? "cordon：没有选项 %s\n"
				      : "cordon: there is no option %s here\n")
			   : (cli->zh ? "cordon：选项 %s 的值缺失或多余\n"
				      : "cordon: option %s lacks its value or takes none\n"),
		word);
	return -1;
}

int cli_options(const struct cli *cli, int *argc, char **argv, const struct option_of *options)
{
	bool plain_only = false;
	int kept = 1;

	for (int i = 1; i < *argc; i++) {
		char *word = argv[i];
		int taken;

		if (plain_only || word[0] != '-' || word[1] == '\0') {
			argv[kept++] = word;
			continue;
		}
		if (strcmp(word, "--") == 0) {
			plain_only = true;
			continue;
		}
		taken = take_option(options, *argc, argv, &i);
		if (taken != 1) {
			bad_option(cli, word, taken);
			print_use(cli, find(argv[0]), cli->err);
			return -1;
		}
	}
	*argc = kept;
	return 0;
}

static bool is_chinese(const char *locale)
{
	return strncmp(locale, "zh", 2) == 0;
}

/* The first of the three that says something decides, as everywhere. */
static bool speaks_chinese(void)
{
	static const char *const names[] = { "LC_ALL", "LC_MESSAGES", "LANG" };

	for (size_t i = 0; i < 3; i++) {
		const char *locale = getenv(names[i]);

		if (locale != NULL && locale[0] != '\0')
			return is_chinese(locale);
	}
	return false;
}

struct common {
	const char *lang;
	bool plain, help, version;
};

static int settle(struct cli *cli, const struct common *c)
{
	if (c->plain)
		cli->colour = false;
	if (c->lang != NULL && strcmp(c->lang, "zh") != 0 && strcmp(c->lang, "en") != 0) {
		fprintf(cli->err,
			cli->zh ? "cordon：--lang 只能是 zh 或 en，而不是 %s\n"
				: "cordon: --lang is zh or en, not %s\n",
			c->lang);
		return -1;
	}
	if (c->lang != NULL)
		cli->zh = is_chinese(c->lang);
	if (cli->json && cli->csv) {
		fputs(cli->zh ? "cordon：--json 和 --csv 只能选一个\n"
			      : "cordon: choose one of --json and --csv\n",
			cli->err);
		return -1;
	}
	return 0;
}

/* argv[1..first-1] go to the end: the command's name comes first. */
static void rotate(int argc, char **argv, int first)
{
	for (int n = 1; n < first; n++) {
		char *word = argv[1];

		memmove(&argv[1], &argv[2], (size_t)(argc - 2) * sizeof(*argv));
		argv[argc - 1] = word;
	}
}

/* Takes out what every command understands, wherever it stands before "--"; leaves them to
 * `policy`, which reads its options itself. Returns the new argc, or -1. */
static int take_common(struct cli *cli, int argc, char **argv, struct common *c)
{
	const struct option_of options[] = { { "--json", NULL, &cli->json },
		{ "--csv", NULL, &cli->csv }, { "--no-colour", NULL, &c->plain },
		{ "--no-color", NULL, &c->plain }, { "--help", NULL, &c->help },
		{ "-h", NULL, &c->help }, { "--version", NULL, &c->version },
		{ "--lang", &c->lang, NULL }, { "--settings", &cli->settings, NULL }, { 0 } };
	bool plain_only = false;
	int kept = 1;

	for (int i = 1; i < argc; i++) {
		char *word = argv[i];
		int taken = plain_only ? 0 : take_option(options, argc, argv, &i);

		if (taken < 0)
			return bad_option(cli, word, taken);
		if (taken > 0)
			continue;
		if (kept == 1 && strcmp(word, "policy") == 0) {
			rotate(argc, argv, i);
			return argc;
		}
		plain_only = plain_only || strcmp(word, "--") == 0;
		argv[kept++] = word;
	}
	argv[kept] = NULL;
	return settle(cli, c) == 0 ? kept : -1;
}

/* ---- running ---- */

static int policy_help(const struct cli *cli)
{
	char name[] = "policy", wanted[] = "--help", lang[] = "--lang", zh[] = "zh", en[] = "en";
	char *words[] = { name, wanted, lang, cli->zh ? zh : en, NULL };

	return cli_policy(4, words);
}

static int run(struct cli *cli, int argc, char **argv)
{
	struct common common = { 0 };
	const struct command *c;

	argc = take_common(cli, argc, argv, &common);
	if (argc < 0)
		return EXIT_INPUT;
	if (common.version) {
		fputs("cordon " CORDON_VERSION "\n", cli->out);
		return EXIT_ANSWERED;
	}
	if (argc > 2 && strcmp(argv[1], "help") == 0) {
		common.help = true;
		argv++;
		argc--;
	}
	if (argc < 2 || strcmp(argv[1], "help") == 0) {
		bool wanted = argc > 1 || common.help;

		help(cli, wanted ? cli->out : cli->err);
		return wanted ? EXIT_ANSWERED : EXIT_INPUT;
	}
	if (strcmp(argv[1], "policy") == 0 && !common.help)
		return cli_policy(argc - 1, argv + 1);
	c = find(argv[1]);
	if (c == NULL)
		return no_such(cli, argv[1]);
	if (c->run == NULL) /* cordon help policy */
		return policy_help(cli);
	if (common.help)
		return command_help(cli, c);
	secret_process();
	return c->run(cli, argc - 1, argv + 1);
}

/* Who reads standard output has seen enough, such as head: no error. */
static bool reader_gone(void)
{
	struct pollfd out = { .fd = STDOUT_FILENO, .events = POLLOUT };

	return poll(&out, 1, 0) == 1 && (out.revents & POLLERR) != 0;
}

/* COLUMNS, which a person may set for a pipe too, else what the terminal says. */
static unsigned terminal_width(void)
{
	const char *set = getenv("COLUMNS");
	struct winsize size;
	uint64_t n;

	if (set != NULL && parse_u64(set, &n) && n >= 20 && n <= 1000)
		return (unsigned)n;
	if (!isatty(STDOUT_FILENO) || ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0)
		return 0;
	return size.ws_col;
}

int main(int argc, char **argv)
{
	const char *term = getenv("TERM");
	bool moves = term == NULL || strcmp(term, "dumb") != 0;
	struct cli cli = {
		.out = stdout,
		.err = stderr,
		.zh = speaks_chinese(),
		.width = terminal_width(),
		.colour = moves && isatty(STDOUT_FILENO) &&
			  (getenv("NO_COLOR") == NULL || getenv("NO_COLOR")[0] == '\0'),
		.live = moves && isatty(STDERR_FILENO),
	};
	int status;

	signal(SIGPIPE, SIG_IGN);
	status = run(&cli, argc, argv);
	if ((fflush(stdout) != 0 || ferror(stdout)) && !reader_gone()) {
		fprintf(stderr, cli.zh ? "cordon：结果无法写出（%m）\n"
				       : "cordon: the result could not be written (%m)\n");
		return EXIT_INPUT;
	}
	return status;
}
