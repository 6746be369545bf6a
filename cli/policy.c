#include "cli/policy.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/limits.h"
#include "cli/cli.h"
#include "policies/grants.h"

enum {
	MAX_OUTPUT = 16 << 20
};

/* ---- printing ---- */

void desk_place(struct text *t, const struct place *at)
{
	if (at->file == NULL)
		text_addc(t, '-');
	else if (at->line == 0)
		text_add(t, at->file);
	else
		text_addf(t, "%s:%u:%u", at->file, at->line, at->column);
}

void desk_pad(struct text *t, size_t from, size_t width)
{
	size_t have = text_failed(t) ? width : utf8_width(text_str(t) + from);

	for (; have < width; have++)
		text_addc(t, ' ');
}

int desk_print(struct text *t, int status)
{
	if (text_failed(t)) {
		fputs("cordon policy: out of memory\n", stderr);
		status = POLICY_ENVIRONMENT;
	} else {
		fputs(text_str(t), stdout);
	}
	text_clear(t);
	return status;
}

/* The line a place is in, and marks under it, which stand right below wide characters too. */
static void show_line(struct text *out, const struct place *at, const char *text, size_t len)
{
	const char *line = text, *end = text + len, *stop;
	size_t from, column = 1, byte = 0;

	for (unsigned i = 1; i < at->line && line < end; i++) {
		const char *nl = memchr(line, '\n', (size_t)(end - line));

		line = nl == NULL ? end : nl + 1;
	}
	stop = line >= end ? NULL : memchr(line, '\n', (size_t)(end - line));
	if (at->line == 0 || line >= end)
		return;
	if (stop == NULL)
		stop = end;
	if (stop > line && stop[-1] == '\r')
		stop--;
	if (stop - line > 400 || !utf8_valid(line, (size_t)(stop - line)))
		return;
	text_addf(out, "%6u | ", at->line);
	text_addn(out, line, (size_t)(stop - line));
	text_add(out, "\n       | ");
	while (column < at->column && byte < (size_t)(stop - line)) {
		uint32_t cp;

		byte += utf8_next(line + byte, (size_t)(stop - line) - byte, &cp);
		column++;
	}
	from = out->len;
	text_addn(out, line, byte);
	if (!text_failed(out)) {
		size_t width = utf8_width(text_str(out) + from);

		out->len = from;
		out->at[from] = '\0';
		while (width-- > 0)
			text_addc(out, ' ');
	}
	for (unsigned i = 0; i < (at->width == 0 ? 1 : at->width) && i < 120; i++)
		text_addc(out, '^');
	text_addc(out, '\n');
}

static void show_source(struct desk *d, struct text *out, const struct place *at)
{
	char path[4096];
	uint8_t *bytes;
	size_t len;
	struct error err;

	if (at->file == NULL || at->line == 0 ||
		snprintf(path, sizeof(path), "%s/%s", d->folder, at->file) >= (int)sizeof(path) ||
		file_read(path, MAX_FILE_BYTES, &bytes, &len, &err) != 0)
		return;
	show_line(out, at, (const char *)bytes, len);
	free(bytes);
}

void desk_diags(struct desk *d, const char *text, size_t len)
{
	static const struct say levels[] = { { "notice", "提示" }, { "warning", "警告" },
		{ "error", "错误" } };
	struct text out;

	text_init(&out, MAX_OUTPUT);
	diags_sort(&d->ds);
	for (size_t i = 0; i < d->ds.count; i++) {
		const struct diag *one = &d->ds.list[i];

		if (one->at.file != NULL) {
			desk_place(&out, &one->at);
			text_add(&out, ": ");
		}
		text_addf(&out, "%s %s: %s\n", desk_say(d, levels[one->level]), one->code,
			d->zh ? one->zh : one->en);
		if (text != NULL)
			show_line(&out, &one->at, text, len);
		else
			show_source(d, &out, &one->at);
	}
	(void)desk_print(&out, 0);
}

void desk_diags_json(const struct desk *d, struct text *out)
{
	static const char *const levels[] = { "notice", "warning", "error" };

	text_addc(out, '[');
	for (size_t i = 0; i < d->ds.count; i++) {
		const struct diag *one = &d->ds.list[i];

		text_addf(out, "%s{\"level\":\"%s\",\"code\":\"%s\",\"file\":", i == 0 ? "" : ",",
			levels[one->level], one->code);
		text_add_json(out, one->at.file == NULL ? "" : one->at.file);
		text_addf(out, ",\"line\":%u,\"column\":%u,\"en\":", one->at.line, one->at.column);
		text_add_json(out, one->en);
		text_add(out, ",\"zh\":");
		text_add_json(out, one->zh);
		text_addc(out, '}');
	}
	text_addc(out, ']');
}

/* ---- reading ---- */

static int report_errors(struct desk *d)
{
	struct text out;

	text_init(&out, MAX_OUTPUT);
	if (d->json) {
		text_addf(&out, "{\"ok\":false,\"errors\":%zu,\"warnings\":%zu,\"diagnostics\":",
			d->ds.errors, d->ds.warnings);
		desk_diags_json(d, &out);
		text_add(&out, "}\n");
		return desk_print(&out, POLICY_ERRORS);
	}
	desk_diags(d, NULL, 0);
	if (d->zh)
		text_addf(&out, "%zu 个错误，%zu 个警告。未载入任何内容。\n", d->ds.errors,
			d->ds.warnings);
	else
		text_addf(&out, "%zu error%s, %zu warning%s. Nothing was loaded.\n", d->ds.errors,
			d->ds.errors == 1 ? "" : "s", d->ds.warnings,
			d->ds.warnings == 1 ? "" : "s");
	return desk_print(&out, POLICY_ERRORS);
}

int desk_read(struct desk *d)
{
	struct stat st;

	if (stat(d->folder, &st) != 0 || !S_ISDIR(st.st_mode)) {
		fprintf(stderr,
			d->zh ? "cordon policy：没有目录“%s”\n"
			      : "cordon policy: there is no folder '%s'\n",
			d->folder);
		return POLICY_ENVIRONMENT;
	}
	if (policy_read_folder(d->folder, &d->arena, &d->ds, &d->policy) != 0)
		return report_errors(d);
	return POLICY_GOOD;
}

/* ---- check ---- */

struct counts {
	unsigned tables, columns, forbidden, groups, filters, measures, inside;
	unsigned kinds, preset_rules, tightened, own_rules;
};

static void count_column(struct counts *n, unsigned uses)
{
	n->columns++;
	n->forbidden += uses == USE_FORBIDDEN;
	n->groups += (uses & USE_GROUP) != 0;
	n->filters += uses == USE_FILTER;
	n->measures += (uses & USE_MEASURE) != 0;
	n->inside += uses == USE_PATIENT_KEY || uses == USE_LINK;
}

static struct counts count(const struct policy *p)
{
	struct counts n = { 0 };

	for (unsigned d = 0; d < p->n_datasets; d++)
		for (unsigned t = 0; t < p->datasets[d].n_tables; t++) {
			n.tables++;
			for (unsigned c = 0; c < p->datasets[d].tables[t].n_columns; c++)
				count_column(&n, p->datasets[d].tables[t].columns[c].uses);
		}
	for (unsigned k = 0; k < KINDS; k++)
		n.kinds += p->kinds[k].listed;
	for (unsigned i = 0; i < p->n_codes; i++) {
		bool preset = p->codes[i].preset != NULL;

		n.preset_rules += preset;
		n.own_rules += !preset;
		n.tightened += preset && strcmp(p->codes[i].at.file, "red-list.yaml") == 0;
	}
	return n;
}

static void add_exceptions(const struct desk *d, struct text *out)
{
	const struct policy *p = d->policy;
	char day[16];
	int32_t left;

	if (p->n_exceptions == 0) {
		text_add(out, d->zh ? "无例外。\n" : "no exceptions.\n");
		return;
	}
	left = p->exception_ends - clock_today();
	text_addf(out,
		d->zh ? "例外 %u 条，最早于 %s 到期（还有 %d 天）。\n"
		      : "%u exceptions, the first ends on %s (in %d days).\n",
		p->n_exceptions, day_text(p->exception_ends, day), (int)(left < 0 ? 0 : left));
}

static void add_summary(const struct desk *d, struct text *out)
{
	const struct policy *p = d->policy;
	struct counts n = count(p);
	char hash[HASH_TEXT];

	text_addf(out,
		d->zh ? "红线清单检查通过：%u 个数据集、%u 张表、%u 个字段（禁止 %u，分组 %u，筛选 "
			"%u，指标 %u，内部 %u），"
			"%u 个课题，%u 种查询，%u 个队列。\n"
		      : "The red list is good: %u dataset(s), %u tables, %u columns (%u forbidden, "
			"%u group, "
			"%u filter, %u measure, %u inside only), %u studies, %u kinds, %u "
			"cohorts.\n",
		p->n_datasets, n.tables, n.columns, n.forbidden, n.groups, n.filters, n.measures,
		n.inside, p->n_studies, n.kinds, p->n_cohorts);
	text_addf(out,
		d->zh ? "敏感代码规则 %u 条（预设 %u 条，其中收紧 %u 条；本院 %u 条）；"
		      : "%u code rules (%u from presets, %u of them tightened; %u of this site); ",
		p->n_codes, n.preset_rules, n.tightened, n.own_rules);
	add_exceptions(d, out);
	text_addf(out, d->zh ? "机构 %s，版本 %lld，%s\n" : "site %s, version %lld, %s\n", p->site,
		(long long)p->version, hash32_text(&p->hash, hash));
}

static void add_summary_json(const struct desk *d, struct text *out)
{
	const struct policy *p = d->policy;
	struct counts n = count(p);
	char hash[HASH_TEXT];

	text_addf(out, "{\"ok\":true,\"errors\":0,\"warnings\":%zu,\"site\":", d->ds.warnings);
	text_add_json(out, p->site);
	text_addf(out,
		",\"version\":%lld,\"hash\":\"%s\",\"datasets\":%u,\"tables\":%u,\"columns\":%u,"
		"\"studies\":%u,\"kinds\":%u,\"cohorts\":%u,\"codes\":%u,\"exceptions\":%u,"
		"\"diagnostics\":",
		(long long)p->version, hash32_text(&p->hash, hash), p->n_datasets, n.tables,
		n.columns, p->n_studies, n.kinds, p->n_cohorts, p->n_codes, p->n_exceptions);
	desk_diags_json(d, out);
	text_add(out, "}\n");
}

static int check(struct desk *d)
{
	struct text out;

	text_init(&out, MAX_OUTPUT);
	if (d->json) {
		add_summary_json(d, &out);
		return desk_print(&out, POLICY_GOOD);
	}
	desk_diags(d, NULL, 0);
	add_summary(d, &out);
	return desk_print(&out, POLICY_GOOD);
}

/* ---- grants ---- */

static int grants(struct desk *d)
{
	struct error err = { .code = E_NONE };
	struct text out;

	text_init(&out, MAX_OUTPUT);
	if (grants_write(d->policy, d->role == NULL ? GRANTS_ROLE : d->role, &out, &err) != 0) {
		fprintf(stderr, "cordon policy grants: %s (%s)\n", desk_say(d, err.say), err.log);
		text_clear(&out);
		return err.code == E_INPUT ? POLICY_ERRORS : POLICY_ENVIRONMENT;
	}
	return desk_print(&out, POLICY_GOOD);
}

/* ---- the command ---- */

static const struct {
	const char *name, *use;
	int (*run)(struct desk *d); /* NULL: not in this version */
	struct say help;
} commands[] = {
	{ "check", "[DIR] [--json]", check, { "are the files right?", "检查策略文件" } },
	{ "try", "[DIR] --who A --file QUESTION [--study S] [--on DAY] [--all] [--json]",
		policy_try,
		{ "what would happen to this question? touches no data",
			"试判一个查询，不接触数据" } },
	{ "grants", "[DIR] [--role NAME]", grants,
		{ "the SQL script for the database administrator", "生成数据库授权脚本" } },
	{ "explain", "", NULL, { "not in this version", "本版本尚无" } },
	{ "test", "", NULL, { "not in this version", "本版本尚无" } },
	{ "diff", "", NULL, { "not in this version", "本版本尚无" } },
	{ "show", "", NULL, { "not in this version", "本版本尚无" } },
	{ "sign", "", NULL, { "not in this version", "本版本尚无" } },
	{ "init", "", NULL, { "not in this version", "本版本尚无" } },
	{ "review", "", NULL, { "not in this version", "本版本尚无" } },
	{ "stop", "", NULL, { "not in this version", "本版本尚无" } },
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
		if (commands[i].run != NULL)
			fprintf(out, "  %-7s %s\n            %s\n", commands[i].name,
				commands[i].use, desk_say(d, commands[i].help));
	fputs(d->zh ? "\n退出状态：0 正确或允许，1 拒绝，2 文件或用法有误，3 环境问题\n"
		    : "\nexit status: 0 good or allowed, 1 refused, 2 errors in the files or the "
		      "use, 3 "
		      "environment\n",
		out);
	return status;
}

static bool wants_chinese(const char *lang)
{
	static const char *const names[] = { "LC_ALL", "LC_MESSAGES", "LANG" };

	for (size_t i = 0; lang == NULL && i < 3; i++)
		if (getenv(names[i]) != NULL && getenv(names[i])[0] != '\0')
			lang = getenv(names[i]);
	return lang != NULL && strncmp(lang, "zh", 2) == 0;
}

static bool take_value(struct desk *d, const char *name, const char *value)
{
	const struct {
		const char *name;
		const char **at;
	} values[] = { { "--role", &d->role }, { "--who", &d->who }, { "--study", &d->study },
		{ "--file", &d->file }, { "--on", &d->on } };

	if (strcmp(name, "--lang") == 0 && value != NULL) {
		d->zh = wants_chinese(value);
		return true;
	}
	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++)
		if (strcmp(values[i].name, name) == 0 && value != NULL) {
			*values[i].at = value;
			return true;
		}
	return false;
}

/* False with a sentence when something is not understood. */
static bool take_options(struct desk *d, int argc, char **argv)
{
	for (int i = 2; i < argc; i++) {
		if (strcmp(argv[i], "--json") == 0) {
			d->json = true;
		} else if (strcmp(argv[i], "--all") == 0) {
			d->all = true;
		} else if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0) {
			d->help = true;
		} else if (strcmp(argv[i], "--no-colour") == 0) {
			continue; /* nothing is coloured */
		} else if (argv[i][0] != '-' && d->folder == NULL) {
			d->folder = argv[i];
		} else if (argv[i][0] == '-' && take_value(d, argv[i], argv[i + 1])) {
			i++;
		} else {
			fprintf(stderr,
				d->zh ? "cordon policy：无法识别“%s”，或其后缺少值\n"
				      : "cordon policy: '%s' is not understood, or its value is "
					"missing\n",
				argv[i]);
			return false;
		}
	}
	return true;
}

static int find_command(const struct desk *d, const char *name)
{
	const char *names[COMMANDS], *near;

	for (size_t i = 0; i < COMMANDS; i++) {
		names[i] = commands[i].name;
		if (strcmp(names[i], name) != 0)
			continue;
		if (commands[i].run != NULL)
			return (int)i;
		fprintf(stderr,
			d->zh ? "cordon policy %s：本版本尚无此命令\n"
			      : "cordon policy %s: this version does not have it yet\n",
			name);
		return -1;
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

	if (d->folder == NULL)
		d->folder = ".";
	arena_init(&d->arena, MAX_POLICY_ARENA);
	arena_init(&d->words, MAX_QUERY_ARENA);
	diags_init(&d->ds, &d->words);
	status = desk_read(d);
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
		at += strcmp(argv[at], "--json") == 0 || strcmp(argv[at], "--no-colour") == 0 ? 1 : 2;
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
	if (!take_options(&d, argc, argv))
		return POLICY_ERRORS;
	if (d.help)
		return usage(&d, stdout, POLICY_GOOD);
	which = find_command(&d, argv[1]);
	return which < 0 ? POLICY_ERRORS : run(&d, which);
}
