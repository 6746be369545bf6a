#include "cli/policy.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/limits.h"
#include "cli/cli.h"
#include "policies/grants.h"

/* ---- grants ---- */

static int grants(struct desk *d)
{
	struct error err = { .code = E_NONE };
	struct text out;

	if (d->check)
		return policy_grants_check(d);
	text_init(&out, DESK_OUTPUT);
	if (grants_write(d->policy, d->role == NULL ? GRANTS_ROLE : d->role, &out, &err) != 0) {
		text_clear(&out);
		return desk_failed(d, &err);
	}
	return desk_print(&out, POLICY_GOOD);
}

/* ---- the command ---- */

enum words {
	NO_WORD,
	WORD_MAY, /* an argument that is no folder */
	WORD_MUST
};

static const struct {
	const char *name, *use;
	int (*run)(struct desk *d);
	enum words words;
	bool no_policy; /* runs without a folder that was read */
	struct say help;
} commands[] = {
	{ "check", "[DIR] [--db CONNINFO [--role NAME]] [--verbose]", policy_check, NO_WORD, false,
		{ "are the files right? --db: and the database?",
			"检查策略文件；--db 同时核对数据库" } },
	{ "explain", "THING [DIR] [--on DAY]  |  --decision ID --agent SOCKET", policy_explain,
		WORD_MAY, false,
		{ "why is a column, code, study, rule or decision as it is?",
			"说明某字段、代码、课题、规则或决定的由来" } },
	{ "test", "[DIR] [--coverage[=N]]", policy_test, NO_WORD, false,
		{ "do the examples of tests.yaml still hold?", "tests.yaml 中的示例是否仍成立" } },
	{ "try",
		"[DIR] --who A {--file QUESTION | --study S --kind K} [--dataset D] [--of X] "
		"[--cohort ID] "
		"[--group-by A,B] [--ages-on DAY] [--on DAY] [--all] [--show-sql[=psql]] [--db CONNINFO]",
		policy_try, NO_WORD, false,
		{ "what would happen to this question? touches no data; --db: only the vocabulary",
			"试判一个查询，不接触数据；--db 只查术语表" } },
	{ "diff",
		"[DIR] --against DIR|running [--agent SOCKET] [--past] [--no-wider] "
		"[--verbose]",
		policy_diff, NO_WORD, false, { "what does the change do?", "修改带来的实际变化" } },
	{ "show",
		"[red-list|codes|kinds|release|budgets|studies] [DIR] [--format text|csv|html] "
		"[--sheet [--against DIR|running [--agent SOCKET]] [--approvers FILE]] "
		"[--for-requesters STUDY] [--on DAY] [--out FILE]",
		policy_show, WORD_MAY, false,
		{ "the policy as tables, or the sheet to sign", "以表格展示策略，或打印审批单" } },
	{ "grants", "[DIR] [--role NAME] [--check --db CONNINFO]", grants, NO_WORD, false,
		{ "the SQL script for the database administrator", "生成数据库授权脚本" } },
	{ "sign",
		"[DIR] --as NAME --key FILE [--approvers FILE] [--role ROLE] [--against "
		"DIR|running "
		"--agent SOCKET] [--passphrase FILE] [--version N]  |  --verify [--approvers FILE] "
		" "
		"|  --new-key FILE [--as NAME --role ROLE] [--passphrase FILE]",
		policy_sign, NO_WORD, true, { "approve", "批准（签名）" } },
	{ "init", "[DIR] --from-database CONNINFO [--model NAME]", policy_init, NO_WORD, true,
		{ "a new folder in which everything is forbidden", "新建一个全部禁止的策略目录" } },
	{ "review", "[DIR] --agent SOCKET", policy_review, NO_WORD, false,
		{ "rules nobody needs, dates that end soon",
			"列出无人使用的规则与即将到期的日期" } },
	{ "stop", "--as NAME --why TEXT --agent SOCKET", policy_stop, NO_WORD, true,
		{ "one person closes everything at once", "一人即可立即停止一切" } },
	{ "schema", "[FILE] [--out PATH]", policy_schema, WORD_MAY, true,
		{ "JSON Schema for an editor", "供编辑器使用的 JSON Schema" } },
};
enum {
	COMMANDS = sizeof(commands) / sizeof(commands[0])
};

static int usage(const struct desk *d, FILE *out, int status)
{
	fputs(d->zh ? "用法：cordon policy 命令 [目录] [--lang zh|en]\n\n"
		    : "usage: cordon policy COMMAND [DIR] [--lang zh|en]\n\n",
		out);
	for (size_t i = 0; i < COMMANDS; i++)
		fprintf(out, "  %-8s%s\n", commands[i].name, desk_say(d, commands[i].help));
	fputs(d->zh ? "\n退出状态：0 正确或允许，1 拒绝，2 文件或用法有误，3 环境问题\n"
		    : "\nexit status: 0 good or allowed, 1 refused, 2 errors in the files or the "
		      "use, 3 "
		      "environment\n",
		out);
	return status;
}

static int command_usage(const struct desk *d, int which)
{
	printf(d->zh ? "用法：cordon policy %s %s [--lang zh|en] [--json]\n%s\n"
		     : "usage: cordon policy %s %s [--lang zh|en] [--json]\n%s\n",
		commands[which].name, commands[which].use, desk_say(d, commands[which].help));
	return POLICY_GOOD;
}

static bool wants_chinese(const char *lang)
{
	static const char *const names[] = { "LC_ALL", "LC_MESSAGES", "LANG" };

	for (size_t i = 0; lang == NULL && i < 3; i++)
		if (getenv(names[i]) != NULL && getenv(names[i])[0] != '\0')
			lang = getenv(names[i]);
	return lang != NULL && strncmp(lang, "zh", 2) == 0;
}

/* `--name value`, `--name=value`; a flag has no value, --coverage and --show-sql may have one. */
struct option {
	const char *name;
	const char **at;
	bool *flag;
};

static const struct option *find_option(
	const struct option *options, size_t n, const char *arg, const char **value)
{
	size_t len = strcspn(arg, "=");

	*value = arg[len] == '=' ? arg + len + 1 : NULL;
	for (size_t i = 0; i < n; i++)
		if (strlen(options[i].name) == len && strncmp(options[i].name, arg, len) == 0)
			return &options[i];
	return NULL;
}

static bool take_option(struct desk *d, char **argv, int *i)
{
	const char *lang = NULL, *value;
	const struct option options[] = { { "--lang", &lang, NULL }, { "--json", NULL, &d->json },
		{ "--no-colour", NULL, &d->no_colour }, { "--help", NULL, &d->help },
		{ "-h", NULL, &d->help }, { "--role", &d->role, NULL }, { "--who", &d->who, NULL },
		{ "--study", &d->study, NULL }, { "--file", &d->file, NULL },
		{ "--on", &d->on, NULL }, { "--kind", &d->kind, NULL },
		{ "--dataset", &d->dataset, NULL }, { "--group-by", &d->group_by, NULL },
		{ "--of", &d->of, NULL }, { "--cohort", &d->cohort, NULL },
		{ "--ages-on", &d->ages_on, NULL }, { "--db", &d->db, NULL },
		{ "--from-database", &d->db, NULL }, { "--against", &d->against, NULL },
		{ "--agent", &d->agent, NULL }, { "--approvers", &d->approvers, NULL },
		{ "--as", &d->as, NULL }, { "--key", &d->key, NULL },
		{ "--passphrase", &d->passphrase, NULL }, { "--new-key", &d->new_key, NULL },
		{ "--why", &d->why, NULL }, { "--version", &d->version, NULL },
		{ "--format", &d->format, NULL }, { "--out", &d->out, NULL },
		{ "--for-requesters", &d->for_requesters, NULL },
		{ "--decision", &d->decision, NULL }, { "--model", &d->model, NULL },
		{ "--all", NULL, &d->all }, { "--verbose", NULL, &d->verbose },
		{ "--check", NULL, &d->check }, { "--verify", NULL, &d->verify },
		{ "--past", NULL, &d->past }, { "--no-wider", NULL, &d->no_wider },
		{ "--sheet", NULL, &d->sheet }, { "--show-sql", &d->sql_form, &d->show_sql },
		{ "--coverage", &d->coverage, &d->wants_coverage } };
	const struct option *o =
		find_option(options, sizeof(options) / sizeof(options[0]), argv[*i], &value);

	if (o == NULL || (o->at == NULL && value != NULL))
		return false;
	if (o->flag != NULL)
		*o->flag = true;
	if (o->at == NULL || (o->flag != NULL && value == NULL))
		return true;
	if (value == NULL)
		value = argv[++*i];
	if (value == NULL)
		return false;
	*o->at = value;
	if (lang != NULL)
		d->zh = wants_chinese(lang);
	return true;
}

static bool take_argument(struct desk *d, enum words words, const char *arg)
{
	struct stat st;
	bool folder = stat(arg, &st) == 0 && S_ISDIR(st.st_mode);

	if (d->word == NULL && (words == WORD_MUST || (words == WORD_MAY && !folder)))
		d->word = arg;
	else if (d->folder == NULL)
		d->folder = arg;
	else
		return false;
	return true;
}

/* False with a sentence when something is not understood. */
static bool take_options(struct desk *d, enum words words, int argc, char **argv)
{
	for (int i = 2; i < argc; i++) {
		const char *arg = argv[i];

		if (arg[0] == '-' ? take_option(d, argv, &i) : take_argument(d, words, arg))
			continue;
		fprintf(stderr,
			d->zh ? "cordon policy：无法识别“%s”，或其后缺少值\n"
			      : "cordon policy: '%s' is not understood, or its value is missing\n",
			arg);
		return false;
	}
	return true;
}

static int find_command(const struct desk *d, const char *name)
{
	const char *names[COMMANDS], *near;

	for (size_t i = 0; i < COMMANDS; i++) {
		names[i] = commands[i].name;
		if (strcmp(names[i], name) == 0)
			return (int)i;
	}
	near = text_nearest(name, names, COMMANDS);
	fprintf(stderr,
		d->zh ? "cordon policy：没有命令“%s”" : "cordon policy: there is no command '%s'",
		name);
	if (near != NULL)
		fprintf(stderr, d->zh ? "，是否应为“%s”？" : "; did you mean '%s'?", near);
	fputc('\n', stderr);
	return -1;
}

static int run(struct desk *d, int which)
{
	int status;

	d->command = commands[which].name;
	if (d->folder == NULL)
		d->folder = ".";
	arena_init(&d->arena, MAX_POLICY_ARENA);
	arena_init(&d->words, MAX_QUERY_ARENA);
	diags_init(&d->ds, &d->words);
	status = commands[which].no_policy ? POLICY_GOOD : desk_read(d);
	if (status == POLICY_GOOD)
		status = commands[which].run(d);
	arena_clear(&d->arena);
	arena_clear(&d->words);
	return status;
}

/* "policy --lang zh check" as "policy check --lang zh": the command comes first. */
static void command_first(int argc, char **argv)
{
	int at = 1;

	while (at < argc && argv[at][0] == '-' && strcmp(argv[at], "-h") != 0 &&
		strcmp(argv[at], "--help") != 0)
		at += strcmp(argv[at], "--json") == 0 || strcmp(argv[at], "--no-colour") == 0 ? 1
											      : 2;
	if (at >= argc || at == 1)
		return;
	for (char *command = argv[at]; at > 0; at--)
		argv[at] = at == 1 ? command : argv[at - 1];
}

int cli_policy(int argc, char **argv)
{
	struct desk d = { .zh = wants_chinese(NULL) };
	int which;

	for (int i = 1; i + 1 < argc; i++) /* also for what is said about the other options */
		if (strcmp(argv[i], "--lang") == 0)
			d.zh = wants_chinese(argv[i + 1]);
	command_first(argc, argv);
	if (argc < 2 || (argv[1][0] == '-' && argc == 3))
		return usage(&d, stderr, POLICY_ERRORS);
	if (strcmp(argv[1], "help") == 0 || strcmp(argv[1], "--help") == 0 ||
		strcmp(argv[1], "-h") == 0)
		return usage(&d, stdout, POLICY_GOOD);
	which = find_command(&d, argv[1]);
	if (which < 0 || !take_options(&d, commands[which].words, argc, argv))
		return POLICY_ERRORS;
	if (d.help)
		return command_usage(&d, which);
	return run(&d, which);
}
