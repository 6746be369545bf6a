#include <string.h>

#include "crypto/signing.h"
#include "secagg/layout.h"
#include "secagg/members_file.h"

/*
 * What officers sign, and whether a list is theirs.
 */

int officers_signed(const char *with, const struct hash32 *text, const struct member_signature *s,
	struct hash32 *out, struct error *err)
{
	struct text t;

	lay_label(&t, with);
	lay_hash(&t, text);
	lay_text(&t, s->who);
	lay_text(&t, s->key);
	lay_text(&t, s->at);
	return lay_digest(&t, out, err);
}

int members_signed(const struct membership *m, const struct member_signature *s, struct hash32 *out,
	struct error *err)
{
	struct hash32 list;

	return membership_hash(m, &list, err) != 0
		       ? -1
		       : officers_signed(MEMBERS_LABEL, &list, s, out, err);
}

static bool was_valid(
	const struct officer *p, const struct member_signature *s, int32_t today, struct diags *ds)
{
	if (p == NULL || strcmp(p->name, s->who) != 0)
		diag_error(ds, "C313", s->place, "officers.yaml does not list this key for '%s'",
			"officers.yaml 未列出“%s”的此密钥", s->who);
	else if (p->revoked)
		diag_error(ds, "C314", s->place, "the key of '%s' is revoked", "“%s”的密钥已吊销",
			s->who);
	else if (s->day < p->from || s->day > p->to)
		diag_error(ds, "C315", s->place,
			"the key of '%s' was not valid on the day of signing",
			"“%s”的密钥在签名当日无效", s->who);
	else if (s->day > today)
		diag_error(ds, "C315", s->place, "the signature of '%s' is of a day to come",
			"“%s”的签名日期晚于今日", s->who);
	else
		return true;
	return false;
}

static bool signed_before(const struct officers_text *t, unsigned i)
{
	for (unsigned j = 0; j < i; j++)
		if (strcmp(t->signatures[j].who, t->signatures[i].who) == 0)
			return true;
	return false;
}

int officers_check(const struct officers_text *t, bool all, const struct officers *who,
	int32_t today, struct diags *ds)
{
	size_t before = ds->errors;

	for (unsigned i = 0; i < t->n; i++) {
		const struct member_signature *s = &t->signatures[i];
		struct error err = { .code = E_NONE };
		struct hash32 what;

		if (!was_valid(officers_key(who, s->key), s, today, ds))
			continue;
		if (signed_before(t, i))
			diag_error(ds, "C316", s->place, "'%s' signed twice", "“%s”签名了两次",
				s->who);
		if (officers_signed(t->label, &t->hash, s, &what, &err) != 0 ||
			signing_verify(s->key, &what, s->sig, &err) != 0)
			diag_error(ds, "C317", s->place,
				"the signature of '%s' does not hold: the text was changed after "
				"signing",
				"“%s”的签名无效：内容在签名后被改动", s->who);
	}
	if (all && ds->errors == before && t->n < who->needed)
		diag_error(ds, "C320", t->at, "%u of %u signatures are missing",
			"须有 %2$u 个签名，尚缺 %1$u 个", who->needed - t->n, who->needed);
	return ds->errors == before ? 0 : -1;
}

static int check_signatures(const struct members_file *f, bool all, const struct officers *who,
	int32_t today, struct diags *ds)
{
	struct officers_text t = {
		.label = MEMBERS_LABEL, .signatures = f->signatures, .n = f->n, .at = f->at
	};
	struct error err = { .code = E_NONE };

	if (membership_hash(&f->m, &t.hash, &err) != 0) {
		diag_error(ds, "C301", f->at, "there is not enough memory to read this file",
			"内存不足，无法读取此文件");
		return -1;
	}
	return officers_check(&t, all, who, today, ds);
}

int members_signatures(
	const struct members_file *f, const struct officers *who, int32_t today, struct diags *ds)
{
	return check_signatures(f, false, who, today, ds);
}

/* F3. */
static void check_apart(const struct members_file *f, const struct officers *who, struct diags *ds)
{
	char key[SIGNING_KEY_TEXT];

	for (uint64_t i = 0; i < f->m.n_members; i++)
		if (officers_key(who, signing_key_text(f->m.members[i].key, key)) != NULL)
			diag_error(ds, "C318", f->at, "the key of site '%s' is an officer's",
				"机构“%s”的密钥是负责人的密钥", f->m.members[i].site);
	for (uint64_t i = 0; i < f->m.n_gateways; i++)
		if (officers_key(who, signing_key_text(f->m.gateways[i].key, key)) != NULL)
			diag_error(ds, "C318", f->at, "the key of gateway '%s' is an officer's",
				"网关“%s”的密钥是负责人的密钥", f->m.gateways[i].name);
}

int members_check(
	const struct members_file *f, const struct officers *who, int32_t today, struct diags *ds)
{
	size_t before = ds->errors;
	struct error err = { .code = E_NONE };

	if (membership_check(&f->m, &err) != 0)
		diag_error(ds, "C319", f->at, "%s%.0s (%s)", "%.0s%s（%s）", err.say.en, err.say.zh,
			err.log);
	check_apart(f, who, ds);
	if (check_signatures(f, true, who, today, ds) != 0)
		return -1;
	return ds->errors == before ? 0 : -1;
}

int members_follow(const struct members_seen *seen, const struct membership *m,
	struct members_seen *now, struct error *err)
{
	struct hash32 hash;

	if (membership_hash(m, &hash, err) != 0)
		return -1;
	if (m->epoch < seen->epoch)
		return error_set(err, E_DENIED,
			SAY("The list of members is older than the one in use.",
				"成员名单早于正在使用的名单。"),
			"epoch %llu after %llu", (unsigned long long)m->epoch,
			(unsigned long long)seen->epoch);
	if (m->epoch == seen->epoch && !hash32_equal(&hash, &seen->hash))
		return error_set(err, E_DENIED,
			SAY("There are two different lists of members of one epoch.",
				"同一编号出现了两份不同的成员名单。"),
			"epoch %llu has another hash", (unsigned long long)m->epoch);
	*now = (struct members_seen){ m->epoch, hash };
	return 0;
}

int members_take_up(const struct members_want *want, struct arena *arena, struct diags *ds,
	const struct membership **out, struct members_seen *now)
{
	const struct members_text *list = &want->members, *people = &want->officers;
	struct error err = { .code = E_NONE };
	struct members_file *f = NULL;
	struct officers *who = NULL;
	struct members_seen next;

	if (officers_read(people->name, people->bytes, people->len, arena, ds, &who) != 0 ||
		members_read(list->name, list->bytes, list->len, arena, ds, &f) != 0 ||
		members_check(f, who, want->today, ds) != 0)
		return -1;
	if (!hash32_equal(&f->m.federation, &want->federation))
		diag_error(ds, "C321", f->at, "this list is of another federation",
			"此名单属于另一个联邦");
	else if (want->now_s < f->m.from_s || want->now_s >= f->m.until_s)
		diag_error(
			ds, "C322", f->at, "this list is not valid now", "此名单目前不在有效期内");
	else if (members_follow(&want->seen, &f->m, &next, &err) != 0)
		diag_error(ds, "C323", f->at, "%s%.0s (%s)", "%.0s%s（%s）", err.say.en, err.say.zh,
			err.log);
	else {
		*out = &f->m;
		*now = next;
		return 0;
	}
	return -1;
}
