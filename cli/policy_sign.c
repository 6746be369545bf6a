#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/limits.h"
#include "base/secret.h"
#include "cli/policy_sign.h"
#include "policies/explain/tests.h"

/*
 * A person approves the folder as it was read, once: what is shown, what is tested and what is signed are the same
 * bytes. Nothing is written before everything was found good and the person has typed the version.
 */

enum {
	MAX_SUMMARY = 1 << 20,
};

/* ---- refusals ---- */

static int refuse(const struct desk *d, struct say why)
{
	fprintf(stderr, d->zh ? "未签名：%s\n" : "Not signed: %s\n", desk_say(d, why));
	return POLICY_NO;
}

static int show_diags(struct desk *d, int status)
{
	desk_diags(d, NULL, 0);
	fputs(d->zh ? "未签名。\n" : "Not signed.\n", stderr);
	return status;
}

/* ---- reading ---- */

static int read_approvers(struct signing *s)
{
	const char *path = s->d->approvers == NULL ? APPROVERS_FILE : s->d->approvers;
	struct error err;
	uint8_t *bytes;
	size_t len;
	int ret;

	if (file_read(path, MAX_FILE_BYTES, &bytes, &len, &err) != 0)
		return desk_failed(s->d, &err);
	ret = approvers_read("approvers.yaml", bytes, len, &s->d->arena, &s->d->ds, &s->who);
	if (ret != 0) /* shown with its lines: the file is not in the folder */
		desk_diags(s->d, (const char *)bytes, len);
	free(bytes);
	return ret == 0 ? POLICY_GOOD : POLICY_ERRORS;
}

static int read_folder(struct signing *s)
{
	struct desk *d = s->d;
	const struct policy_file *f;
	size_t before = d->ds.errors;

	if (policy_folder_load(d->folder, &d->arena, &d->ds, &s->folder) != 0)
		return show_diags(d, POLICY_ENVIRONMENT);
	if (policy_read(s->folder.files, s->folder.n, &d->arena, &d->ds, &d->policy) != 0 ||
		d->ds.errors != before)
		return show_diags(d, POLICY_ERRORS);
	f = policy_folder_file(&s->folder, "approval.yaml");
	if (f != NULL &&
		approval_read(f->name, f->bytes, f->len, &d->arena, &d->ds, &s->old) != 0) {
		fputs(d->zh ? "approval.yaml 无法读取；删除它即可重新开始签名。\n"
			    : "approval.yaml cannot be read; remove it to begin signing anew.\n",
			stderr);
		return show_diags(d, POLICY_ERRORS);
	}
	s->anew = s->old != NULL && (!hash32_equal(&s->old->hash, &d->policy->hash) ||
					    s->old->version != d->policy->version ||
					    strcmp(s->old->site, d->policy->site) != 0);
	return POLICY_GOOD;
}

/* What the folder is compared with; NULL: nothing. Its warnings are not those of what is signed. */
static int read_before(struct signing *s)
{
	struct policy *before = NULL;
	int status = desk_before(s->d, &before);

	diags_init(&s->d->ds, &s->d->words);
	s->before = before;
	return status;
}

/* ---- who signs as what ---- */

static const char *find_role(const struct signing *s, const struct approver *me)
{
	const char *missing[MAX_SIGNATURES];
	unsigned n = approval_missing(s->anew ? NULL : s->old, s->who, missing);

	for (unsigned i = 0; i < n; i++)
		if (approver_may(me, missing[i]) &&
			(s->d->role == NULL || strcmp(s->d->role, missing[i]) == 0))
			return missing[i];
	return NULL;
}

static int already_signed(const struct signing *s)
{
	for (unsigned i = 0; !s->anew && s->old != NULL && i < s->old->n; i++) {
		if (strcmp(s->old->signatures[i].who, s->d->as) == 0)
			return refuse(s->d, SAY("you signed already; another person is needed",
						    "您已签名，须由另一人签名"));
		if (strcmp(s->old->signatures[i].key, s->key_text) == 0)
			return refuse(s->d, SAY("this key signed already; another key is needed",
						    "此密钥已签名，须使用另一密钥"));
	}
	return POLICY_GOOD;
}

static int find_person(struct signing *s)
{
	const struct approver *me = approvers_key(s->who, s->key_text);
	int32_t today = clock_today();
	int status = already_signed(s);

	if (status != POLICY_GOOD)
		return status;
	if (me == NULL || strcmp(me->name, s->d->as) != 0)
		return refuse(s->d,
			SAY("this key is not the one that approvers.yaml lists for this person",
				"此密钥不是 approvers.yaml 中该人员的密钥"));
	if (me->revoked)
		return refuse(s->d, SAY("this key is revoked", "此密钥已吊销"));
	if (today < me->from || today > me->to)
		return refuse(s->d, SAY("this key is not valid today", "此密钥今日不在有效期内"));
	s->role = find_role(s, me);
	if (s->role == NULL)
		return refuse(s->d, SAY("no signature is missing in a role that you have",
					    "您的角色中没有尚缺的签名"));
	return POLICY_GOOD;
}

static int open_key(struct signing *s)
{
	struct error err = { .code = E_NONE };

	if (policy_key_open(s->d, &s->key, &err) != 0 ||
		signing_public(s->key, s->key_text, &err) != 0)
		return desk_failed(s->d, &err);
	return find_person(s);
}

/* ---- what is approved ---- */

static int run_tests(struct signing *s)
{
	struct error err = { .code = E_NONE };
	struct test_outcome *outcomes;
	unsigned failed;

	if (tests_run(s->d->policy, &s->d->arena, &outcomes, &s->tests, &failed, &err) != 0)
		return desk_failed(s->d, &err);
	if (failed == 0)
		return POLICY_GOOD;
	fprintf(stderr,
		s->d->zh ? "未签名：%2$u 个测试中有 %1$u 个未通过（cordon policy test）\n"
			 : "Not signed: %u of %u tests fail (cordon policy test)\n",
		failed, s->tests);
	return POLICY_NO;
}

static int compare(struct signing *s)
{
	const struct policy *p = s->d->policy;
	struct error err = { .code = E_NONE };

	if (s->before != NULL && strcmp(s->before->site, p->site) != 0)
		return refuse(s->d, SAY("it is compared with the policy of another site",
					    "对比的是另一机构的策略"));
	if (s->before != NULL && s->before->version >= p->version) {
		fprintf(stderr,
			s->d->zh ? "未签名：P115 版本 %lld 未高于正在运行的版本 %lld\n"
				 : "Not signed: P115 version %lld is not higher than the running "
				   "version %lld\n",
			(long long)p->version, (long long)s->before->version);
		return POLICY_NO;
	}
	if (effect_between(s->before, p, &s->d->arena, &s->effect, &err) != 0)
		return desk_failed(s->d, &err);
	return POLICY_GOOD;
}

/* The approval as it will be without this signature: the one in the folder, or a new one. */
static int prepare(struct signing *s)
{
	const struct policy *p = s->d->policy;
	struct approval *a = arena_alloc(&s->d->arena, sizeof(*a));

	if (a == NULL)
		return POLICY_ENVIRONMENT;
	*a = (struct approval){ .site = p->site,
		.version = p->version,
		.hash = p->hash,
		.effect = s->effect.hash,
		.items = p->items,
		.n_items = p->n_items };
	if (s->before != NULL) {
		a->replaces = s->before->version;
		a->replaces_hash = s->before->hash;
	}
	s->mine = a;
	if (s->old == NULL || s->anew)
		return POLICY_GOOD;
	if (s->old->replaces != a->replaces ||
		!hash32_equal(&s->old->replaces_hash, &a->replaces_hash) ||
		!hash32_equal(&s->old->effect, &a->effect))
		return refuse(s->d,
			SAY("the change is not the one that the first signer was shown: compare "
			    "with "
			    "the same version, or remove approval.yaml and let both sign anew",
				"所见变更与第一位签名人不同：请与同一版本对比，或删除 "
				"approval.yaml "
				"后由两人重新签名"));
	if (approval_signatures(s->old, s->who, clock_today(), &s->d->ds) != 0)
		return show_diags(s->d, POLICY_NO);
	memcpy(a->signatures, s->old->signatures, sizeof(a->signatures));
	a->n = s->old->n;
	return POLICY_GOOD;
}

/* ---- asking ---- */

/* True when the version was given or typed. */
static bool typed_version(const struct signing *s)
{
	const struct desk *d = s->d;
	char line[32] = "";
	uint64_t v;

	if (d->version != NULL)
		return parse_u64(d->version, &v) && v == (uint64_t)d->policy->version;
	fputs(d->zh ? "请输入要批准的版本号：" : "Type the version number to approve: ", stderr);
	fflush(stderr);
	if (fgets(line, sizeof(line), stdin) == NULL)
		return false;
	line[strcspn(line, "\r\n")] = '\0';
	return parse_u64(line, &v) && v == (uint64_t)d->policy->version;
}

/* ---- signing ---- */

static int add_signature(struct signing *s, struct error *err)
{
	struct approval_signature *mine;
	struct hash32 what;

	if (s->mine->n == MAX_SIGNATURES)
		return error_set(err, E_LIMIT, SAY("there are too many signatures", "签名过多"),
			"more than %d signatures", MAX_SIGNATURES);
	mine = &s->mine->signatures[s->mine->n++];
	(void)clock_iso(clock_wall_ms(), s->at);
	*mine = (struct approval_signature){ .who = s->d->as,
		.role = s->role,
		.key = s->key_text,
		.at = s->at,
		.sig = s->sig,
		.day = clock_today() };
	what = approval_signed(s->mine, mine);
	return signing_sign(s->key, &what, s->sig, err);
}

/* Only what would be accepted is written. */
static int write_approval(struct signing *s)
{
	struct error err = { .code = E_NONE };
	const char *path = arena_textf(&s->d->arena, "%s/approval.yaml", s->d->folder);
	struct approval *again = NULL;
	struct text t;
	int ret;

	if (path == NULL)
		(void)error_memory(&err);
	if (path == NULL || add_signature(s, &err) != 0)
		return desk_failed(s->d, &err);
	if (approval_signatures(s->mine, s->who, clock_today(), &s->d->ds) != 0)
		return show_diags(s->d, POLICY_NO);
	text_init(&t, MAX_FILE_BYTES);
	approval_write(s->mine, &t);
	if (!text_failed(&t) && approval_read("approval.yaml", text_str(&t), t.len, &s->d->arena,
					&s->d->ds, &again) != 0) {
		text_clear(&t);
		return show_diags(
			s->d, POLICY_ERRORS); /* such as a file's name that YAML cannot hold */
	}
	ret = text_failed(&t) ? error_memory(&err)
			      : file_write(path, text_str(&t), t.len, 0644, &err);
	text_clear(&t);
	return ret == 0 ? POLICY_GOOD : desk_failed(s->d, &err);
}

static int sign(struct signing *s)
{
	int (*const steps[])(struct signing * s) = { read_before, read_approvers, read_folder,
		open_key, run_tests, compare, prepare };
	int status;

	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		status = steps[i](s);
		if (status != POLICY_GOOD)
			return status;
	}
	status = policy_sign_summary(s);
	if (status != POLICY_GOOD)
		return status;
	if (!typed_version(s))
		return refuse(s->d, SAY("that is not the version", "版本号不符"));
	status = write_approval(s);
	return status == POLICY_GOOD ? policy_sign_done(s) : status;
}

/* ---- sign --verify ---- */

static int say_complete(const struct signing *s)
{
	const struct desk *d = s->d;
	unsigned presets = 0;
	char hash[HASH_TEXT];
	struct text t;

	for (unsigned i = 0; i < s->old->n_items; i++)
		presets += strncmp(s->old->items[i].name, "presets/", 8) == 0 ||
			   (strncmp(s->old->items[i].name, "models/", 7) == 0 &&
				   !policy_own_model(s->old->items[i].name));
	text_init(&t, MAX_SUMMARY);
	text_add(&t, d->zh ? "approval.yaml：签名齐全：" : "approval.yaml: complete: ");
	for (unsigned i = 0; i < s->old->n; i++)
		text_addf(&t, d->zh ? "%s%s（%s）" : "%s%s (%s)",
			i == 0  ? ""
			: d->zh ? "、"
				: ", ",
			s->old->signatures[i].who, s->old->signatures[i].role);
	text_addf(&t,
		d->zh ? "；哈希 %s 与全部 %u 个文件、%u 个预设和模型相符\n"
		      : "; hash %s matches all %u files and %u presets and models\n",
		hash32_text(&s->old->hash, hash), s->old->n_items - presets, presets);
	return desk_print(&t, POLICY_GOOD);
}

static int verify(struct signing *s)
{
	int status = read_approvers(s);

	if (status == POLICY_GOOD)
		status = read_folder(s);
	if (status != POLICY_GOOD)
		return status;
	if (approval_check(s->old, s->d->policy, &s->folder, s->who, clock_today(), &s->d->arena,
		    &s->d->ds) == 0)
		return say_complete(s);
	desk_diags(s->d, NULL, 0);
	return POLICY_NO;
}

int policy_sign(struct desk *d)
{
	struct signing s = { .d = d };
	int status;

	if (d->new_key != NULL)
		return policy_new_key(d);
	if (!d->verify && (d->as == NULL || d->key == NULL))
		return desk_bad_use(d,
			SAY("--as NAME and --key FILE are needed (or --verify, --new-key)",
				"需要 --as 姓名 和 --key 文件（或 --verify、--new-key）"),
			"");
	status = d->verify ? verify(&s) : sign(&s);
	EVP_PKEY_free(s.key);
	policy_folder_clear(&s.folder);
	return status;
}
