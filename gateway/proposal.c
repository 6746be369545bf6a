#include "gateway/proposal.h"

#include <string.h>

#include "base/clock.h"
#include "base/limits.h"
#include "gateway/body.h"
#include "query/question.h"
#include "query/study.h"

#define BODY "study"

static const struct shape text = { .kind = SHAPE_TEXT };
static const struct shape texts = { .kind = SHAPE_LIST, .of = &text };
static const struct shape id = { .kind = SHAPE_ID };
static const struct shape ids = { .kind = SHAPE_LIST, .of = &id };
static const struct shape day = { .kind = SHAPE_DAY };
static const struct shape title = { .kind = SHAPE_TITLE };
static const struct shape decimal = { .kind = SHAPE_DECIMAL };

static const struct field member_fields[] = {
	{ "account", true, &text, SAY("who asks", "提问者账号") },
	{ "role", true, &id, SAY("a role of studies.yaml", "studies.yaml 中的角色") },
	{ .key = NULL },
};
static const struct shape member = { .kind = SHAPE_MAP, .fields = member_fields };
static const struct shape members = { .kind = SHAPE_LIST, .of = &member };
static const struct field budget_fields[] = {
	{ "rho", true, &decimal, SAY("for the whole study", "整个课题的总额") },
	{ .key = NULL },
};
static const struct shape budget = { .kind = SHAPE_MAP, .fields = budget_fields };
static const struct field valid_fields[] = {
	{ "from", true, &day, SAY("its first day", "首日") },
	{ "to", true, &day, SAY("its last day", "末日") },
	{ .key = NULL },
};
static const struct shape valid = { .kind = SHAPE_MAP, .fields = valid_fields };
static const struct field fields[] = {
	{ "id", true, &id, SAY("its name in questions", "课题编号") },
	{ "title", true, &title, SAY("its name for people", "名称") },
	{ "purpose", false, &texts,
		SAY("purpose codes, as DUO:0000007", "目的代码，如 DUO:0000007") },
	{ "members", true, &members, SAY("who may ask, as what", "成员及角色") },
	{ "kinds", true, &texts, SAY("kinds it may ask", "可用查询类型") },
	{ "datasets", true, &ids, SAY("data it may ask", "可用数据集") },
	{ "may_use", true, &texts, SAY("columns and measure:ID", "字段与 measure:指标") },
	{ "budget", false, &budget, SAY("how much privacy it would use", "所需隐私预算") },
	{ "valid", true, &valid, SAY("its days", "有效期") },
	{ "note", false, &text, SAY("to the officers", "给审核者的说明") },
	{ .key = NULL },
};
static const struct shape shape = { .kind = SHAPE_MAP, .fields = fields };

/* ---- what the shapes do not say ---- */

/* As the policy's reader wants every text of its files. */
static void check_line(const struct node *n, struct diags *ds)
{
	if (n == NULL)
		return;
	if (n->kind == NODE_TEXT && strpbrk(n->text, "\n\r\t") != NULL)
		diag_error(ds, "P110", n->at, "a text is one line, without tabs",
			"文字须为一行，且不含制表符");
	if (n->kind == NODE_TEXT && n->len > MAX_SAY)
		diag_error(ds, "P110", n->at, "a text has at most %d bytes", "文字最多 %d 字节",
			MAX_SAY);
	NODE_EACH(child, n)
		check_line(child, ds);
}

/* One language is enough; a page sends the other one empty. */
static void check_title(const struct node *n, struct diags *ds)
{
	const struct say both = node_title(n);

	if (both.en[0] == '\0' && both.zh[0] == '\0')
		diag_error(ds, "P107", n->at, "a text in zh or en is needed here",
			"此处需要 zh 或 en 文字");
}

static struct say read_title(const struct node *n)
{
	struct say both = node_title(n);

	return (struct say){ both.en[0] == '\0' ? both.zh : both.en,
		both.zh[0] == '\0' ? both.en : both.zh };
}

static void check_count(const struct node *list, size_t low, size_t high, struct diags *ds)
{
	if (list != NULL && (list->count < low || list->count > high))
		diag_error(ds, "S101", list->at, "'%s' has %zu to %zu entries",
			"“%s”应有 %zu 至 %zu 项", list->key, low, high);
}

static void check_twice(
	const struct node *n, const char *(*name)(const struct node *n), struct diags *ds)
{
	const char *mine = name(n);

	if (mine == NULL)
		return;
	for (const struct node *later = n->next; later != NULL; later = later->next)
		if (name(later) != NULL && strcmp(mine, name(later)) == 0) {
			diag_error(ds, "S102", later->at, "'%s' is there twice", "“%s”重复", mine);
			return;
		}
}

static bool kind_fits(const char *s)
{
	enum question_kind k;

	return kind_parse(s, &k);
}

/* schema.table.column, or measure:ID. */
static bool column_fits(const char *s)
{
	const char *dot = strchr(s, '.');

	if (strncmp(s, "measure:", 8) == 0)
		return id_valid(s + 8);
	for (const char *c = s; *c != '\0'; c++)
		if ((unsigned char)*c < 0x80 && strchr("._-", *c) == NULL &&
			(*c < '0' || *c > '9') && (*c < 'A' || *c > 'Z') && (*c < 'a' || *c > 'z'))
			return false;
	dot = dot == NULL ? NULL : strchr(dot + 1, '.');
	return dot != NULL && dot[1] != '\0' && strlen(s) <= MAX_NAME;
}

static const struct {
	const char *key, *code;
	bool (*fits)(const char *s);
	struct say want;
} lists[] = {
	{ "purpose", "P384", study_purpose,
		{ "a purpose; write DUO:0000007, MONDO:0005148 or EHDS-53:a to EHDS-53:f",
			"目的代码；请写 DUO:0000007、MONDO:0005148 或 EHDS-53:a 至 EHDS-53:f" } },
	{ "kinds", "S103", kind_fits,
		{ "a kind of question; write count, histogram or another of docs/questions.md",
			"查询类型；请写 count、histogram 等（见 docs/questions.zh.md）" } },
	{ "datasets", "P116", id_valid, { "the name of a dataset", "数据集名称" } },
	{ "may_use", "P345", column_fits,
		{ "a column or measure; write schema.table.column or measure:hba1c",
			"字段或指标；请写 模式.表.字段 或 measure:hba1c" } },
};

static void check_lists(const struct node *root, struct diags *ds)
{
	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
		const struct node *list = node_get(root, lists[i].key);

		check_count(
			list, strcmp(lists[i].key, "purpose") == 0 ? 0 : 1, MAX_STUDY_NAMES, ds);
		if (list != NULL && list->count <= MAX_STUDY_NAMES)
			NODE_EACH(n, list) {
				if (!lists[i].fits(n->text))
					diag_error(ds, lists[i].code, n->at,
						"'%.80s' is not %s%.0s", "“%.80s”不是有效的%.0s%s",
						n->text, lists[i].want.en, lists[i].want.zh);
				check_twice(n, node_text, ds);
			}
	}
}

static const char *account_of(const struct node *n)
{
	return node_text(node_get(n, "account"));
}

static void check_members(const struct node *list, struct diags *ds)
{
	check_count(list, 1, MAX_STUDY_MEMBERS, ds);
	NODE_EACH(n, list) {
		const struct node *account = node_get(n, "account");

		if (!study_account(account->text))
			diag_error(ds, "P116", account->at,
				"'%.80s' is not an account; use letters, digits and . _ @ -, at "
				"most 63",
				"“%.80s”不是有效的账号，请用字母、数字和 . _ @ -，最多 63 个",
				account->text);
		if (list->count <= MAX_STUDY_MEMBERS)
			check_twice(n, account_of, ds);
	}
}

static void check_numbers(const struct node *root, struct diags *ds)
{
	const struct node *rho = node_get(node_get(root, "budget"), "rho"),
			  *days = node_get(root, "valid"), *note = node_get(root, "note");

	if (rho != NULL && node_decimal9(rho, 0) <= 0)
		diag_error(ds, "P117", rho->at, "a budget is more than 0", "预算应大于 0");
	if (node_day(node_get(days, "from"), 0) > node_day(node_get(days, "to"), 0))
		diag_error(ds, "P114", days->at, "'from' is after 'to'", "from 晚于 to");
	if (note != NULL && note->len > MAX_NOTE)
		diag_error(ds, "P110", note->at, "a note has at most %d bytes", "说明最多 %d 字节",
			MAX_NOTE);
}

static void check(const struct node *root, struct diags *ds)
{
	NODE_EACH(n, root)
		if (strcmp(n->key, "note") != 0)
			check_line(n, ds);
	check_title(node_get(root, "title"), ds);
	check_lists(root, ds);
	check_members(node_get(root, "members"), ds);
	check_numbers(root, ds);
}

/* ---- reading ---- */

static bool read_names(
	const struct node *root, const char *key, struct arena *a, struct proposal_names *out)
{
	const struct node *list = node_get(root, key);

	*out = (struct proposal_names){
		arena_array(a, list == NULL ? 0 : list->count, sizeof(*out->list)), 0
	};
	if (out->list == NULL)
		return false;
	NODE_EACH(n, list)
		out->list[out->n++] = n->text;
	return true;
}

static bool read_members(const struct node *list, struct arena *a, struct proposal *out)
{
	out->members = arena_array(a, list->count, sizeof(*out->members));
	if (out->members == NULL)
		return false;
	NODE_EACH(n, list)
		out->members[out->n_members++] =
			(struct proposal_member){ node_text(node_get(n, "account")),
				node_text(node_get(n, "role")) };
	return true;
}

int proposal_read(struct proposal *out, const void *body, size_t len, struct arena *a,
	struct diags *ds, struct error *err)
{
	struct node *root = NULL;
	struct proposal p = { .note = "" };
	const struct node *days;

	if (body_tree(BODY, body, len, &shape, a, ds, &root, err) != 0)
		return -1;
	check(root, ds);
	if (ds->errors > 0)
		return body_fail(ds, err);
	days = node_get(root, "valid");
	p.id = node_text(node_get(root, "id"));
	p.title = read_title(node_get(root, "title"));
	p.rho = node_text(node_get(node_get(root, "budget"), "rho"));
	p.from = node_day(node_get(days, "from"), 0);
	p.to = node_day(node_get(days, "to"), 0);
	if (node_get(root, "note") != NULL)
		p.note = node_text(node_get(root, "note"));
	if (!read_names(root, "purpose", a, &p.purpose) ||
		!read_names(root, "kinds", a, &p.kinds) ||
		!read_names(root, "datasets", a, &p.datasets) ||
		!read_names(root, "may_use", a, &p.may_use) ||
		!read_members(node_get(root, "members"), a, &p))
		return error_memory(err);
	*out = p;
	return 0;
}

/* ---- writing ---- */

static void write_names(struct text *out, const char *key, const struct proposal_names *names)
{
	text_addf(out, ",\"%s\":[", key);
	for (size_t i = 0; i < names->n; i++) {
		text_add(out, i > 0 ? "," : "");
		text_add_json(out, names->list[i]);
	}
	text_addc(out, ']');
}

static void write_members(struct text *out, const struct proposal *p)
{
	text_add(out, ",\"members\":[");
	for (size_t i = 0; i < p->n_members; i++) {
		text_add(out, i > 0 ? ",{\"account\":" : "{\"account\":");
		text_add_json(out, p->members[i].account);
		text_add(out, ",\"role\":");
		text_add_json(out, p->members[i].role);
		text_addc(out, '}');
	}
	text_addc(out, ']');
}

void proposal_write(const struct proposal *p, struct text *out)
{
	char from[16], to[16];

	text_add(out, "{\"id\":");
	text_add_json(out, p->id);
	text_add(out, ",\"title\":{\"en\":");
	text_add_json(out, p->title.en);
	text_add(out, ",\"zh\":");
	text_add_json(out, p->title.zh);
	text_addc(out, '}');
	write_names(out, "purpose", &p->purpose);
	write_members(out, p);
	write_names(out, "kinds", &p->kinds);
	write_names(out, "datasets", &p->datasets);
	write_names(out, "may_use", &p->may_use);
	if (p->rho != NULL) {
		text_add(out, ",\"budget\":{\"rho\":");
		text_add_json(out, p->rho);
		text_addc(out, '}');
	}
	text_addf(out, ",\"valid\":{\"from\":\"%s\",\"to\":\"%s\"}", day_text(p->from, from),
		day_text(p->to, to));
	if (p->note[0] != '\0') {
		text_add(out, ",\"note\":");
		text_add_json(out, p->note);
	}
	text_addc(out, '}');
}
