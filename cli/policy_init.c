#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/limits.h"
#include "catalog/snapshot.h"
#include "cli/database.h"
#include "cli/policy.h"
#include "policies/embed.h"
#include "policies/model.h"

/*
 * init: a new folder that names everything the database has and opens none of it. Names and types only; no
 * value, no minimum, no maximum is ever looked at. What is written is read back as a policy before a file
 * is made, so that `cordon policy check` passes on it as it is.
 */

enum {
	FILE_COUNT = 6,
	RED_LIST_ROOM = MAX_FILE_BYTES - 4096, /* what does not fit is left out, which forbids it */
};

static const char *const names[FILE_COUNT] = { "policy.yaml", "red-list.yaml", "queries.yaml",
	"release.yaml", "studies.yaml", "tests.yaml" };

struct init {
	struct desk *d;
	struct snapshot s;
	const char *model;          /* id, or NULL */
	const struct node *catalog; /* column: category, or NULL */
	const char *dataset, *site;
	struct text files[FILE_COUNT];
	unsigned tables, columns, odd, full; /* written; names no policy can hold; past the room */
};

/* A comment in both languages, the officer's first. */
static void note(
	const struct init *in, struct text *t, const char *indent, const char *en, const char *zh)
{
	text_addf(t, "%s# %s\n%s# %s\n", indent, in->d->zh ? zh : en, indent, in->d->zh ? en : zh);
}

static const char *one(const struct init *in, const char *en, const char *zh)
{
	return in->d->zh ? zh : en;
}

/* A key: quoted unless every reader of YAML takes it for plain text. Valid names hold no quote. */
static void add_key(struct text *t, const char *name)
{
	bool plain = (name[0] >= 'a' && name[0] <= 'z') || (name[0] >= 'A' && name[0] <= 'Z');

	for (const char *c = name; *c != '\0' && plain; c++)
		plain = (*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z') ||
			(*c >= '0' && *c <= '9') || *c == '_' || *c == '.';
	text_addf(t, plain ? "%s" : "\"%s\"", name);
}

/* ---- what is known of the tables ---- */

static bool has_table(const struct snapshot *s, const char *name)
{
	for (unsigned i = 0; i < s->n_relations; i++) {
		size_t len = strlen(s->relations[i].schema);

		if (strncmp(name, s->relations[i].schema, len) == 0 && name[len] == '.' &&
			strcmp(name + len + 1, s->relations[i].name) == 0)
			return true;
	}
	return false;
}

/* The model asked for, or the shipped one whose table of people the database has. */
static int choose_model(struct init *in)
{
	struct desk *d = in->d;
	const char *const *ids = model_ids();

	for (; *ids != NULL; ids++) {
		const struct model *m = model_shipped(*ids, &d->arena, &d->ds);

		if (d->model != NULL ? strcmp(d->model, *ids) == 0
				     : m != NULL && m->patients != NULL &&
					       has_table(&in->s, m->patients))
			break;
	}
	in->model = *ids;
	if (d->model == NULL || in->model != NULL)
		return POLICY_GOOD;
	fprintf(stderr,
		d->zh ? "cordon policy init：没有数据模型“%s”；可用的有："
		      : "cordon policy init: there is no model '%s'; there is:",
		d->model);
	for (ids = model_ids(); *ids != NULL; ids++)
		fprintf(stderr, " %s", *ids);
	fputc('\n', stderr);
	return POLICY_ERRORS;
}

/* The catalogue of the preset that has the model's name. */
static void read_catalog(struct init *in)
{
	const struct shipped *s = in->model == NULL ? NULL : shipped_preset(in->model);
	struct node *root = NULL;

	if (s != NULL && node_read(s->name, s->bytes, s->len, MAX_DEPTH, &in->d->arena, &in->d->ds,
				 &root) == 0)
		in->catalog = node_get(root, "catalog");
}

/* By the full name, else by "relation.column" in a schema of another name. */
static const char *category(
	const struct init *in, const struct catalog_relation *r, const char *column)
{
	char full[4 * MAX_NAME], part[3 * MAX_NAME];
	const char *found;

	if (snprintf(full, sizeof(full), "%s.%s.%s", r->schema, r->name, column) >=
			(int)sizeof(full) ||
		snprintf(part, sizeof(part), ".%s.%s", r->name, column) >= (int)sizeof(part))
		return NULL;
	found = node_text(node_get(in->catalog, full));
	if (found != NULL || in->d->model == NULL)
		return found;
	NODE_EACH(n, in->catalog) {
		const char *dot = strchr(n->key, '.');

		if (dot != NULL && strcmp(dot, part) == 0)
			return node_text(n);
	}
	return NULL;
}

/* ---- red-list.yaml ---- */

static void add_column(struct init *in, struct text *t, const struct catalog_relation *r,
	const struct catalog_column *c)
{
	const char *kind = category(in, r, c->name);

	text_add(t, "          ");
	add_key(t, c->name);
	if (kind != NULL)
		text_addf(t, ": {use: forbidden, category: %s}", kind);
	else
		text_add(t, ": {use: forbidden, why: {zh: 尚未审核, en: not reviewed yet}}");
	text_addf(t, "  # %s\n", catalog_shown(&in->d->words, c->type, NULL, NULL));
	in->columns++;
}

static void add_odd(struct init *in, struct text *t, const char *indent, const char *shown)
{
	text_addf(t, "%s# %s%s\n", indent,
		one(in, "cannot be named in a policy, so it stays forbidden: ",
			"策略中无法写出此名称，始终禁止："),
		shown == NULL ? "" : shown);
	in->odd++;
}

static bool nameable(const struct catalog_relation *r)
{
	if (!policy_name_valid(r->schema) || !policy_name_valid(r->name))
		return false;
	for (unsigned i = 0; i < r->n_columns; i++)
		if (policy_name_valid(r->columns[i].name))
			return true;
	return false;
}

static void add_table(struct init *in, struct text *t, const struct catalog_relation *r)
{
	char hash[HASH_TEXT], *name = arena_textf(&in->d->words, "%s.%s", r->schema, r->name);

	text_add(t, "      ");
	add_key(t, name == NULL ? "" : name);
	text_add(t, ":\n");
	if (r->kind == 'v' || r->kind == 'm')
		text_addf(t, "        kind: view\n        definition: \"%s\"\n",
			hash32_text(&r->definition, hash));
	text_add(t, "        columns:\n");
	for (unsigned i = 0; i < r->n_columns; i++) {
		const struct catalog_column *c = &r->columns[i];

		if (policy_name_valid(c->name))
			add_column(in, t, r, c);
		else
			add_odd(in, t, "          ",
				catalog_shown(&in->d->words, r->schema, r->name, c->name));
	}
	in->tables++;
}

static void red_list_head(const struct init *in, struct text *t)
{
	note(in, t, "",
		"Every table and column of the database, by name and type; all are forbidden. What "
		"is "
		"not listed is forbidden too.",
		"数据库中的全部表与字段（仅名称与类型），目前一律禁止。未列出的同样禁止。");
	note(in, t, "",
		"Next: in each table that is to be used, change what is needed, and delete the "
		"rest "
		"or leave it.",
		"下一步：对需要使用的表，逐个字段修改用途；其余可保留，也可删除。");
	note(in, t, "",
		"  1. the column that tells patients apart: {use: patient-key}, and in the table "
		"per_patient_max: N",
		"  1. 区分患者的字段：{use: patient-key}，并在表中写 per_patient_max: N");
	note(in, t, "",
		"  2. groups: {use: group, as: age, bands: [0, 18, 45, 65, 80]}, {use: group, "
		"truncate: "
		"month, range: DAY..DAY}",
		"  2. 分组：{use: group, as: age, bands: [0, 18, 45, 65, 80]}、{use: group, "
		"truncate: "
		"month, range: 起日..止日}");
	note(in, t, "",
		"  3. codes: {use: filter, codes: omop}, texts codes: icd10 and so on; numbers: "
		"{use: filter, cuts: [6.5, 7]}, or {use: measure} with an entry in measures:",
		"  3. 编码：{use: filter, codes: omop}，文本编码写 codes: icd10 等；数值：{use: "
		"filter, cuts: [6.5, 7]}，或 {use: measure} 并在 measures 中写一项");
	note(in, t, "",
		"Then: cordon policy check; cordon policy grants for the database administrator; "
		"cordon policy "
		"check --db.",
		"然后运行 cordon policy check；用 cordon policy grants "
		"生成授权脚本交数据库管理员；再运行 "
		"cordon policy check --db。");
}

static void write_red_list(struct init *in)
{
	struct text *t = &in->files[1], odd;

	text_init(&odd, RED_LIST_ROOM);
	red_list_head(in, t);
	text_addf(t,
		"datasets:\n  %s:\n    title: {zh: 医院数据, en: Hospital data}\n    tables:\n",
		in->dataset);
	for (unsigned i = 0; i < in->s.n_relations; i++) {
		const struct catalog_relation *r = &in->s.relations[i];
		size_t before = t->len;
		unsigned columns = in->columns, odds = in->odd;

		if (r->part || r->extension || !r->listed)
			continue;
		if (!nameable(r)) {
			add_odd(in, &odd, "",
				catalog_shown(&in->d->words, r->schema, r->name, NULL));
			continue;
		}
		add_table(in, t, r);
		if (text_failed(t) || t->len + odd.len < RED_LIST_ROOM)
			continue;
		t->len = before; /* and every later one that does not fit */
		t->at[before] = '\0';
		in->tables--;
		in->columns = columns;
		in->odd = odds;
		in->full++;
	}
	if (in->tables == 0)
		text_add(t, "      {}\n");
	if (odd.len > 0)
		text_addn(t, text_str(&odd), odd.len);
	if (in->full > 0)
		text_addf(t, "# %u%s\n", in->full,
			one(in, " more tables did not fit into this file; they stay forbidden",
				" 张表超出本文件容量，未列出，仍为禁止"));
	text_clear(&odd);
}

/* ---- the other files ---- */

static void write_policy(struct init *in)
{
	struct text *t = &in->files[0];
	int32_t today = clock_today();
	char from[16], to[16];

	note(in, t, "",
		"Made by cordon policy init. Everything is forbidden until red-list.yaml opens it.",
		"由 cordon policy init 生成。在 red-list.yaml 开放之前，一切均为禁止。");
	text_add(t, "cordon: 1\n");
	note(in, t, "", "must equal the site in the agent's configuration",
		"须与代理配置中的机构标识一致");
	text_addf(t, "site: %s\n", in->site);
	text_add(t, "title: {zh: 医院数据共享策略, en: Hospital data-sharing policy}\n");
	note(in, t, "", "goes up with every approval", "每次批准加一");
	text_add(t, "version: 1\n");
	note(in, t, "", "outside these days the agent refuses everything", "期外一律拒绝");
	text_addf(t, "valid: %s..%s\n", day_text(today, from), day_text(today + 364, to));
	note(in, t, "", "the hospital's country: correct it", "医院所在国家，请核对");
	text_addf(t, "country: %s\n", in->d->zh ? "CN" : "US");
	note(in, t, "",
		"strict is Cordon's own advice; add the presets of your law (docs/policy.md)",
		"strict 是 Cordon 自己的建议；请加入适用法规的预设（见 docs/policy.zh.md）");
	text_add(t, "extends: [presets/strict");
	if (in->catalog != NULL)
		text_addf(t, ", presets/%s", in->model);
	text_add(t, "]\n");
	if (in->model != NULL) {
		note(in, t, "", "what the tables mean; grants nothing",
			"各表的含义，不授予任何权限");
		text_addf(t, "models: {%s: %s}\n", in->dataset, in->model);
	} else {
		note(in, t, "",
			"No known data model has these tables. Write models/own.yaml "
			"(docs/models.md): which table and column means what. Then take the # "
			"away; "
			"until then nothing can be asked:",
			"这些表不属于已知的数据模型。请按 docs/models.zh.md 写 "
			"models/own.yaml，说明各表各"
			"字段的含义，然后删去下一行的 #；在此之前不能查询：");
		text_addf(t, "# models: {%s: models/own.yaml}\n", in->dataset);
	}
}

static void write_rest(struct init *in)
{
	int32_t today = clock_today();
	char from[16], to[16], after[16];
	struct text *queries = &in->files[2], *release = &in->files[3], *studies = &in->files[4],
		    *tests = &in->files[5];

	day_text(today, from);
	day_text(today + 364, to);
	day_text(today + 365, after);
	note(in, queries, "",
		"Kinds of question; one that is not listed is refused. Next: more groups, more "
		"kinds.",
		"查询类型，未列出的一律拒绝。下一步：增加分组数或查询类型。");
	text_add(queries, "kinds:\n  count: {group_by: 1, filters: 0, max_cells: 40}\n");
	note(in, queries, "",
		"To let requesters build cohorts from what the red list opens, take the # away:",
		"若允许研究者用红线清单开放的内容自组队列，请删去下一行的 #：");
	text_add(queries, "# compose: {criteria: 20, depth: 4, kinds: [count]}\n");
	note(in, queries, "",
		"With window_step: 30 days in it they may also ask for days between events, in "
		"such "
		"steps.",
		"其中写上 window_step: 30 days，则可按事件之间的天数查询，以此为步长。");
	note(in, release, "",
		"How answers are protected; the values are those of the shipped example.",
		"结果的保护方式，取值与随附示例相同。");
	text_add(release,
		"release: {noise: gaussian, rho: 0.0244, timing: paced, min_patients: 10, "
		"min_sites: 1, secure_aggregation: off, round_to: 1}\n");
	note(in, release, "",
		"Every budget that matches is charged. Next: one for each study, for: "
		"\"study:ID\".",
		"所有适用的预算同时扣除。下一步：为每个课题写一项 for: \"study:标识\"。");
	text_addf(release, "budgets:\n  - {for: each-requester, rho: 0.8, period: %s..%s}\n", from,
		to);
	note(in, studies, "",
		"Who may ask, for what, until when. Next: in place of [] a study, as below without "
		"the #.",
		"谁、为什么、到什么时候。下一步：以课题取代 []，照下例书写并删去 #。");
	text_add(studies, "roles:\n  analyst: [count]\nstudies: []\n");
	text_addf(studies,
		"#  - id: STUDY-1\n#    title: {zh: 课题名称, en: Title}\n#    approvals: {ethics: "
		"...}\n"
		"#    valid: %s..%s\n#    datasets: [%s]\n#    kinds: [count]\n#    may_use: "
		"[...]\n"
		"#    requesters: {account@hospital.example: analyst}\n",
		from, to, in->dataset);
	note(in, tests, "",
		"Questions with the answer they must get: cordon policy test. Next: one for each "
		"prohibition.",
		"示例查询及其应得的结论，运行 cordon policy test。下一步：为每条禁止规定写一项。");
	text_addf(tests,
		"tests:\n  - name: %s\n    ask: {who: nobody@hospital.example, study: STUDY-1, on: "
		"%s, kind: "
		"count, dataset: %s}\n    expect: deny\n    rule: policy:valid\n",
		one(in, "the policy is over", "策略已到期"), after, in->dataset);
}

/* ---- the folder ---- */

static bool folder_is_free(const struct init *in)
{
	DIR *dir = opendir(in->d->folder);
	struct dirent *e;
	bool empty = true;

	if (dir == NULL)
		return errno == ENOENT;
	while ((e = readdir(dir)) != NULL)
		empty = empty && (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0);
	closedir(dir);
	return empty;
}

/* The texts must be a policy. */
static int prove(struct init *in)
{
	struct policy_file files[FILE_COUNT];

	for (int i = 0; i < FILE_COUNT; i++) {
		if (text_failed(&in->files[i])) {
			fputs(in->d->zh ? "cordon policy init：内存不足\n"
					: "cordon policy init: out of memory\n",
				stderr);
			return POLICY_ENVIRONMENT;
		}
		files[i] =
			(struct policy_file){ names[i], text_str(&in->files[i]), in->files[i].len };
	}
	if (policy_read(files, FILE_COUNT - 1, &in->d->arena, &in->d->ds, &in->d->policy) == 0)
		return POLICY_GOOD;
	desk_diags(in->d, text_str(&in->files[1]), in->files[1].len);
	return POLICY_ERRORS;
}

static int write_files(struct init *in)
{
	struct error err;
	char path[4096];

	if (file_mkdirs(in->d->folder, 0750, &err) != 0)
		goto failed;
	for (int i = 0; i < FILE_COUNT; i++) {
		if (snprintf(path, sizeof(path), "%s/%s", in->d->folder, names[i]) >=
			(int)sizeof(path)) {
			fputs(in->d->zh ? "cordon policy init：路径过长\n"
					: "cordon policy init: the path is too long\n",
				stderr);
			return POLICY_ERRORS;
		}
		if (file_write(path, text_str(&in->files[i]), in->files[i].len, 0640, &err) != 0)
			goto failed;
	}
	return POLICY_GOOD;
failed:
	return desk_failed(in->d, &err);
}

static int tell(const struct init *in)
{
	const struct desk *d = in->d;
	struct text out;

	text_init(&out, 1 << 16);
	if (d->json) {
		text_add(&out, "{\"folder\":");
		text_add_json(&out, d->folder);
		text_addf(&out,
			",\"tables\":%u,\"columns\":%u,\"unnameable\":%u,\"left_out\":%u,"
			"\"model\":",
			in->tables, in->columns, in->odd, in->full);
		if (in->model == NULL)
			text_add(&out, "null");
		else
			text_add_json(&out, in->model);
		text_add(&out, "}\n");
		return desk_print(&out, POLICY_GOOD);
	}
	text_addf(&out,
		d->zh ? "已写入 %s：%u 张表、%u 个字段，全部禁止；数据模型：%s。\n"
		      : "Written to %s: %u tables, %u columns, all forbidden; model: %s.\n",
		d->folder, in->tables, in->columns,
		in->model == NULL ? one(in, "none", "无") : in->model);
	if (in->odd > 0)
		text_addf(&out,
			d->zh ? "%u 个名称无法写入策略，始终禁止。\n"
			      : "%u names cannot be written in a policy; they stay forbidden.\n",
			in->odd);
	if (in->full > 0)
		text_addf(&out,
			d->zh ? "%u 张表超出文件容量（1 MiB），未列出，仍为禁止。\n"
			      : "%u tables did not fit into 1 MiB; they are not listed and stay "
				"forbidden.\n",
			in->full);
	text_add(&out, d->zh ? "下一步：按各文件中的说明修改，然后运行 cordon policy check。\n"
			     : "Next: edit the files as their comments say, then run cordon policy "
			       "check.\n");
	return desk_print(&out, POLICY_GOOD);
}

static void choose_names(struct init *in)
{
	const char *dash = in->model == NULL ? NULL : strchr(in->model, '-');

	in->site = id_valid(in->s.database) ? in->s.database : "hospital";
	in->dataset = in->model == NULL ? "hospital"
		      : dash == NULL
			      ? in->model
			      : arena_textn(&in->d->arena, in->model, (size_t)(dash - in->model));
	if (in->dataset == NULL)
		in->dataset = "hospital";
}

static int make(struct init *in)
{
	int status = choose_model(in);

	if (status != POLICY_GOOD)
		return status;
	read_catalog(in);
	choose_names(in);
	for (int i = 0; i < FILE_COUNT; i++)
		text_init(&in->files[i], 2 * MAX_FILE_BYTES);
	write_policy(in);
	write_red_list(in);
	write_rest(in);
	status = prove(in);
	if (status == POLICY_GOOD)
		status = write_files(in);
	for (int i = 0; i < FILE_COUNT; i++)
		text_clear(&in->files[i]);
	return status == POLICY_GOOD ? tell(in) : status;
}

int policy_init(struct desk *d)
{
	struct init in = { .d = d };
	struct arena arena;
	struct error err;
	int status;

	if (d->db == NULL)
		return desk_bad_use(d,
			SAY("say which database with --from-database",
				"请用 --from-database 给出数据库连接"),
			"");
	if (!folder_is_free(&in))
		return desk_bad_use(d,
			SAY("nothing was written; this folder is not empty or cannot be read: ",
				"未写入任何内容；此目录非空或无法读取："),
			d->folder);
	arena_init(&arena, MAX_CATALOG_ARENA);
	if (database_snapshot(d->db, NULL, NULL, &arena, &in.s, &err) == 0)
		status = make(&in);
	else
		status = desk_failed(d, &err);
	arena_clear(&arena);
	return status;
}
