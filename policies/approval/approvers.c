#include <string.h>

#include "base/clock.h"
#include "base/limits.h"
#include "crypto/signing.h"
#include "policies/approval/approval.h"
#include "policies/shape_fields.h"

/*
 * approvers.yaml: who may approve a site's policies. It stands outside the folder, where who edits a policy cannot
 * write.
 */

static const struct shape format_number = { .kind = SHAPE_INT, .low = 1, .high = 1 };
static const struct shape name_shape = { .kind = SHAPE_NAME };
static const struct shape text_shape = { .kind = SHAPE_TEXT };
static const struct shape names = { .kind = SHAPE_LIST, .of = &name_shape };
static const struct shape span = { .kind = SHAPE_SPAN };
static const struct shape day = { .kind = SHAPE_DAY };

static const struct field person_fields[] = {
	REQ("name", name_shape, "the person; may stand in several lines, each with a key",
		"姓名；一人可有多行，每行一个密钥"),
	REQ("roles", names, "what the person may sign as", "可用的签名角色"),
	REQ("key", text_shape, "the line that sign --new-key printed",
		"sign --new-key 所输出的公钥"),
	OPT("valid", span, "days on which the key may sign", "密钥可用于签名的日期"),
	OPT("revoked", day, "since when nothing signed with it counts; the day is for the record",
		"吊销日期（仅作记录）；其所有签名一律作废"),
	END
};
static const struct shape person = { .kind = SHAPE_MAP, .fields = person_fields };
static const struct shape people = { .kind = SHAPE_LIST, .of = &person };

static const struct field approvers_fields[] = {
	REQ("cordon", format_number, "number of this file format: 1", "文件格式编号：1"),
	OPT("required", names, "roles that must sign; compliance, data-owner when absent",
		"必须签名的角色；默认 compliance、data-owner"),
	REQ("people", people, "who may sign", "可签名的人员"), END
};
const struct shape shape_approvers = { .kind = SHAPE_MAP, .fields = approvers_fields };

static bool stands_in(const char *const *words, unsigned n, const char *word)
{
	for (unsigned i = 0; i < n; i++)
		if (strcmp(words[i], word) == 0)
			return true;
	return false;
}

const struct approver *approvers_key(const struct approvers *who, const char *key)
{
	for (unsigned i = 0; i < who->n; i++)
		if (strcmp(who->people[i].key, key) == 0)
			return &who->people[i];
	return NULL;
}

bool approver_may(const struct approver *p, const char *role)
{
	return stands_in(p->roles, p->n_roles, role);
}

static void read_required(const struct node *list, struct diags *ds, struct approvers *w)
{
	if (list == NULL) {
		w->required[w->n_required++] = "compliance";
		w->required[w->n_required++] = "data-owner";
		return;
	}
	NODE_EACH(n, list) {
		if (w->n_required == MAX_SIGNATURES) {
			diag_error(ds, "P139", n->at, "more than %d roles are required",
				"必须签名的角色超过 %d 个", MAX_SIGNATURES);
			return;
		}
		if (stands_in(w->required, w->n_required, n->text))
			diag_error(ds, "P136", n->at, "role '%s' is required twice", "角色“%s”重复",
				n->text);
		w->required[w->n_required++] = n->text;
	}
	if (w->n_required < 2)
		diag_error(ds, "P404", list->at,
			"at least two roles must be required: one person alone opens nothing",
			"至少须要求两个角色：一人不能单独放行");
}

static void read_roles(
	const struct node *list, struct arena *arena, struct diags *ds, struct approver *p)
{
	p->roles = arena_array(arena, list->count, sizeof(*p->roles));
	if (p->roles == NULL) {
		diag_error(ds, "P139", list->at, "out of memory", "内存不足");
		return;
	}
	NODE_EACH(n, list) {
		p->roles[p->n_roles++] = n->text;
	}
}

static void read_person(
	const struct node *n, struct arena *arena, struct diags *ds, struct approvers *w)
{
	struct approver *p = &w->people[w->n];
	const struct node *key = node_get(n, "key");
	const struct approver *before;

	p->name = node_text(node_get(n, "name"));
	p->key = node_text(key);
	p->at = n->at;
	p->revoked = node_get(n, "revoked") != NULL;
	if (!node_span(node_get(n, "valid"), &p->from, &p->to)) {
		p->from = INT32_MIN;
		p->to = INT32_MAX;
	}
	read_roles(node_get(n, "roles"), arena, ds, p);
	if (!signing_key_valid(p->key))
		diag_error(ds, "P116", key->at,
			"this is not a public key; `cordon policy sign --new-key FILE` prints one",
			"这不是公钥；请使用 cordon policy sign --new-key 文件 输出的公钥");
	before = approvers_key(w, p->key);
	if (before != NULL)
		diag_error(ds, "P136", key->at, "this key stands already in line %u",
			"此密钥已在第 %u 行出现", before->at.line);
	w->n++;
}

/* A role that nobody holds is no error: the policy in force stays approved, only nothing new can be. */
static void check_held(const struct approvers *w, struct place at, struct diags *ds)
{
	for (unsigned i = 0; i < w->n_required; i++) {
		bool held = false;

		for (unsigned j = 0; j < w->n; j++)
			held = held || (!w->people[j].revoked &&
					       approver_may(&w->people[j], w->required[i]));
		if (!held)
			diag_warning(ds, "W431", at,
				"nobody can sign as '%s', which is required: no policy can be "
				"approved",
				"无人可以“%s”身份签名，而该角色为必需：任何策略都无法获批",
				w->required[i]);
	}
}

int approvers_read(const char *name, const void *bytes, size_t len, struct arena *arena,
	struct diags *ds, struct approvers **out)
{
	size_t before = ds->errors;
	const struct node *list;
	struct node *root = NULL;
	struct approvers *w;

	if (node_read(name, bytes, len, MAX_DEPTH, arena, ds, &root) != 0 ||
		shape_check(root, &shape_approvers, name, ds) != 0)
		return -1;
	list = node_get(root, "people");
	w = arena_alloc(arena, sizeof(*w));
	if (w != NULL)
		w->people = arena_array(arena, list->count, sizeof(*w->people));
	if (w == NULL || w->people == NULL || list->count > MAX_APPROVERS) {
		diag_error(ds, "P139", list->at, "there are more than %d people", "人员超过 %d 名",
			MAX_APPROVERS);
		return -1;
	}
	read_required(node_get(root, "required"), ds, w);
	NODE_EACH(n, list) {
		read_person(n, arena, ds, w);
	}
	check_held(w, list->at, ds);
	if (ds->errors != before)
		return -1;
	*out = w;
	return 0;
}
