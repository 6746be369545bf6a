#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "crypto/signing.h"
#include "policies/approval/approval.h"

/*
 * Whether a policy is approved: by the right people, and as its files are now.
 */

/* ---- one signature ---- */

static int bad(struct diags *ds, const struct approval_signature *s, struct say why)
{
	diag_error(ds, "P401", s->place, "the signature of '%s' (%s) does not count: %s%.0s",
		"“%s”（%s）的签名无效：%.0s%s", s->who, s->role, why.en, why.zh);
	return -1;
}

static int check_person(const struct approval_signature *s, const struct approver *p, int32_t today,
	struct diags *ds)
{
	if (p == NULL)
		return bad(ds, s,
			SAY("its key is not in approvers.yaml", "其密钥不在 approvers.yaml 中"));
	if (p->revoked)
		return bad(ds, s, SAY("its key is revoked", "其密钥已吊销"));
	if (strcmp(p->name, s->who) != 0)
		return bad(ds, s, SAY("its key is another person's", "其密钥属于另一人"));
	if (!approver_may(p, s->role))
		return bad(ds, s, SAY("this person does not have this role", "此人没有该角色"));
	if (s->day < p->from || s->day > p->to)
		return bad(ds, s,
			SAY("its key was not valid on the day of signing",
				"签名当日其密钥不在有效期内"));
	/* a day later somewhere on earth is still today there */
	if (s->day > today + 1)
		return bad(ds, s, SAY("its day is yet to come", "其签名日期尚未到来"));
	return 0;
}

static int check_others(const struct approval *a, unsigned at, struct diags *ds)
{
	const struct approval_signature *s = &a->signatures[at];

	for (unsigned i = 0; i < at; i++) {
		if (strcmp(a->signatures[i].who, s->who) == 0)
			return bad(ds, s,
				SAY("this person signed already; two people are needed",
					"此人已签名，须由不同的人签名"));
		if (strcmp(a->signatures[i].key, s->key) == 0)
			return bad(ds, s,
				SAY("this key signed already; two keys are needed",
					"此密钥已签名，须使用不同的密钥"));
		if (strcmp(a->signatures[i].role, s->role) == 0)
			return bad(ds, s,
				SAY("somebody signed in this role already", "该角色已有人签名"));
	}
	return 0;
}

int approval_signatures(
	const struct approval *a, const struct approvers *who, int32_t today, struct diags *ds)
{
	int ret = 0;

	for (unsigned i = 0; i < a->n; i++) {
		const struct approval_signature *s = &a->signatures[i];
		const struct hash32 what = approval_signed(a, s);
		struct error err;

		if (check_person(s, approvers_key(who, s->key), today, ds) != 0 ||
			check_others(a, i, ds) != 0)
			ret = -1;
		else if (signing_verify(s->key, &what, s->sig, &err) != 0)
			ret = bad(ds, s,
				SAY("it does not hold for what is in approval.yaml",
					"与 approval.yaml 的内容不符"));
	}
	return ret;
}

/* ---- completeness ---- */

unsigned approval_missing(
	const struct approval *a, const struct approvers *who, const char *missing[MAX_SIGNATURES])
{
	unsigned n = 0;

	for (unsigned i = 0; i < who->n_required; i++) {
		bool there = false;

		for (unsigned j = 0; a != NULL && j < a->n; j++)
			there = there || strcmp(a->signatures[j].role, who->required[i]) == 0;
		if (!there)
			missing[n++] = who->required[i];
	}
	return n;
}

static const char *number(unsigned n)
{
	static const char *const words[MAX_SIGNATURES + 1] = { "none", "one", "two", "three",
		"four", "five", "six", "seven", "eight" };

	return words[n > MAX_SIGNATURES ? MAX_SIGNATURES : n];
}

static int check_complete(
	const struct approval *a, const struct approvers *who, struct place at, struct diags *ds)
{
	const char *missing[MAX_SIGNATURES];
	unsigned n = approval_missing(a, who, missing);
	struct text en, zh;

	if (n == 0)
		return 0;
	text_init(&en, MAX_SAY);
	text_init(&zh, MAX_SAY);
	for (unsigned i = 0; i < n; i++) {
		text_addf(&en, "%s%s", i == 0 ? "" : ", ", missing[i]);
		text_addf(&zh, "%s%s", i == 0 ? "" : "、", missing[i]);
	}
	diag_error(ds, "P401", at, "not approved: %s of %s signatures (%s%.0s %s missing)",
		"未获批准：%.0s%.0s%.0s缺少 %s 签名%.0s", number(who->n_required - n),
		number(who->n_required), text_str(&en), text_str(&zh), n == 1 ? "is" : "are");
	text_clear(&en);
	text_clear(&zh);
	return -1;
}

/* ---- the files ---- */

static const struct policy_item *item_named(
	const struct policy_item *items, unsigned n, const char *name)
{
	for (unsigned i = 0; i < n; i++)
		if (strcmp(items[i].name, name) == 0)
			return &items[i];
	return NULL;
}

/* A file of the folder has an ending. */
static bool shipped(const char *name)
{
	return strncmp(name, "presets/", 8) == 0 ||
	       (strncmp(name, "models/", 7) == 0 && !policy_own_model(name));
}

/* The text with every line ended by LF, or by CR and LF. */
static void line_ends(const struct policy_file *f, const char *end, struct text *out)
{
	const char *at = f->bytes, *stop = at + f->len;

	while (at < stop) {
		const char *nl = memchr(at, '\n', (size_t)(stop - at));
		const char *last = nl == NULL ? stop : nl;

		if (nl != NULL && last > at && last[-1] == '\r')
			last--;
		text_addn(out, at, (size_t)(last - at));
		if (nl != NULL)
			text_add(out, end);
		at = nl == NULL ? stop : nl + 1;
	}
}

static bool same_with(const struct policy_file *f, const struct policy_item *was, const char *end)
{
	struct hash32 h = { { 0 } };
	struct text t;
	bool same;

	text_init(&t, 2 * f->len + 1);
	line_ends(f, end, &t);
	h = sha256(text_str(&t), t.len);
	same = !text_failed(&t) && t.len == was->size && hash32_equal(&h, &was->hash);
	text_clear(&t);
	return same;
}

static int changed(const struct policy_folder *folder, const struct policy_item *now,
	const struct policy_item *was, struct diags *ds)
{
	const struct policy_file *f = policy_folder_file(folder, now->name);
	struct place at = { .file = now->name };

	if (shipped(now->name))
		diag_error(ds, "P402", (struct place){ .file = "policy.yaml" },
			"'%s' of this program is not the one that was signed; the policy must be "
			"approved again",
			"本程序自带的“%s”与签名时不同，策略须重新批准", now->name);
	else if (f != NULL && same_with(f, was, "\n"))
		diag_error(ds, "P402", at,
			"%s was changed after signing (only line ends differ: LF became CRLF)",
			"%s 在签名后被修改（仅换行符不同：LF 变为 CRLF）", now->name);
	else if (f != NULL && same_with(f, was, "\r\n"))
		diag_error(ds, "P402", at,
			"%s was changed after signing (only line ends differ: CRLF became LF)",
			"%s 在签名后被修改（仅换行符不同：CRLF 变为 LF）", now->name);
	else
		diag_error(ds, "P402", at, "%s was changed after signing", "%s 在签名后被修改",
			now->name);
	return -1;
}

static int compare_files(const struct approval *a, const struct policy *p,
	const struct policy_folder *folder, struct diags *ds)
{
	int ret = 0;

	for (unsigned i = 0; i < p->n_items; i++) {
		const struct policy_item *now = &p->items[i];
		const struct policy_item *was = item_named(a->items, a->n_items, now->name);

		if (was == NULL) {
			diag_error(ds, "P402", (struct place){ .file = now->name },
				"%s was added after signing", "%s 是签名后添加的", now->name);
			ret = -1;
		} else if (!hash32_equal(&was->hash, &now->hash) || was->size != now->size) {
			ret = changed(folder, now, was, ds);
		}
	}
	for (unsigned i = 0; i < a->n_items; i++)
		if (item_named(p->items, p->n_items, a->items[i].name) == NULL) {
			diag_error(ds, "P402", a->at, "%s was taken away after signing",
				"%s 在签名后被移走", a->items[i].name);
			ret = -1;
		}
	return ret;
}

int approval_matches(const struct approval *a, const struct policy *p,
	const struct policy_folder *folder, struct arena *arena, struct diags *ds)
{
	struct hash32 listed;

	if (strcmp(a->site, p->site) != 0 || a->version != p->version) {
		diag_error(ds, "P401", a->at,
			"approval.yaml approves version %lld of site '%s', not this one",
			"approval.yaml 批准的是版本 %lld（机构“%s”），不是当前策略",
			(long long)a->version, a->site);
		return -1;
	}
	if (!policy_items_hash(a->items, a->n_items, arena, &listed)) {
		diag_error(ds, "P139", a->at, "out of memory", "内存不足");
		return -1;
	}
	if (!hash32_equal(&listed, &a->hash)) {
		diag_error(ds, "P402", a->at,
			"approval.yaml was changed after signing: its files do not have its hash",
			"approval.yaml 在签名后被修改：所列文件与其哈希不符");
		return -1;
	}
	if (hash32_equal(&a->hash, &p->hash))
		return 0;
	if (compare_files(a, p, folder, ds) == 0) /* no difference to name is still one */
		diag_error(ds, "P402", a->at, "the folder was changed after signing",
			"策略目录在签名后被修改");
	return -1;
}

int approval_check(const struct approval *a, const struct policy *p,
	const struct policy_folder *folder, const struct approvers *who, int32_t today,
	struct arena *arena, struct diags *ds)
{
	if (a == NULL)
		return check_complete(NULL, who, p->at, ds);
	if (approval_matches(a, p, folder, arena, ds) != 0 ||
		approval_signatures(a, who, today, ds) != 0)
		return -1;
	return check_complete(a, who, a->at, ds);
}
