#include "base/clock.h"
#include "cli/ca_manifest.h"
#include "cli/plain.h"
#include "cli/table.h"
#include "crypto/signing.h"
#include "secagg/quorum.h"

#include <string.h>

/* A list of members for people: what it means for sums, and what is new in it. */

static const struct member *named(const struct membership *l, const char *name)
{
	struct sum_id id = sum_id_of(name);

	return l->n_members == 0 ? NULL : membership_find(l, &id);
}

/* What is new in a member since the list it is compared with; "" for nothing. */
static struct say change_of(const struct manifest *m, const struct member *p)
{
	const struct member *old = m->before == NULL ? p : named(&m->before->m, p->site);

	if (old == NULL)
		return SAY("new", "新增");
	if (memcmp(old->key, p->key, sizeof(p->key)) != 0)
		return SAY("other key", "密钥变更");
	if (strcmp(old->org, p->org) != 0)
		return SAY("other house", "单位变更");
	if (old->state != p->state || old->from_s != p->from_s || old->until_s != p->until_s)
		return SAY("changed", "已变更");
	return SAY("", "");
}

static void show_members(struct manifest *m)
{
	static const char *const en[] = { "site", "house", "until", "state", "change", "key" };
	static const char *const zh[] = { "机构", "单位", "有效期至", "状态", "变更", "公钥" };
	const struct cli *cli = m->cli;
	struct table table;

	table_init(&table, &m->arena, 6, cli->zh ? zh : en);
	for (uint64_t i = 0; i < m->list->m.n_members; i++) {
		const struct member *p = &m->list->m.members[i];
		struct say state = p->state == MEMBER_ACTIVE ? SAY("active", "参与")
							     : SAY("suspended", "暂停");
		char until[16], text[SIGNING_KEY_TEXT];
		const char *row[6] = { p->site, p->org,
			day_text((int32_t)(p->until_s / MANIFEST_DAY_S) - 1, until),
			tell(cli, state), tell(cli, change_of(m, p)),
			signing_key_text(p->key, text) };

		table_add(&table, false, row);
	}
	for (uint64_t i = 0; i < m->list->m.n_gateways; i++) {
		const struct member_gateway *g = &m->list->m.gateways[i];
		char text[SIGNING_KEY_TEXT];
		const char *row[6] = { g->name, NULL, NULL, cli->zh ? "网关" : "gateway", NULL,
			signing_key_text(g->key, text) };

		table_add(&table, i == 0, row);
	}
	for (uint64_t i = 0; m->before != NULL && i < m->before->m.n_members; i++) {
		const struct member *old = &m->before->m.members[i];
		const char *row[6] = { old->site, old->org, NULL, NULL, cli->zh ? "删除" : "gone",
			NULL };

		if (named(&m->list->m, old->site) == NULL)
			table_add(&table, i == 0, row);
	}
	table_print(&table, cli->out, cli->colour);
}

static void show_rules(struct manifest *m)
{
	const struct sum_rules *r = &m->list->m.rules;
	uint64_t n = 0, c, contributors;

	for (uint64_t i = 0; i < m->list->m.n_members; i++)
		n += m->list->m.members[i].state == MEMBER_ACTIVE;
	n = n > r->n_max ? r->n_max : n;
	if (n < r->n_min) {
		fprintf(m->cli->out,
			m->cli->zh ? "参与机构 %llu 家，少于一次求和所需的 %llu 家\n"
				   : "%llu active sites: a sum needs %llu\n",
			(unsigned long long)n, (unsigned long long)r->n_min);
		return;
	}
	c = quorum_colluders(r, n);
	contributors = quorum_contributors(r, n);
	fprintf(m->cli->out,
		m->cli->zh ? "共 %llu 家参与：可容忍 %llu 家与网关串通；至少 %llu "
			     "家贡献，其中诚实机构至少 %llu 家；"
			     "单个问题最长 %llu 秒\n"
			   : "with all %llu: up to %llu may work with the gateway; at least %llu "
			     "contribute, at least "
			     "%llu of them honest; a question lives %llu s at most\n",
		(unsigned long long)n, (unsigned long long)c, (unsigned long long)contributors,
		(unsigned long long)quorum_honest(r, n, contributors),
		(unsigned long long)r->life_s);
}

void manifest_tell(struct manifest *m)
{
	const struct membership *l = &m->list->m;
	char from[16], until[16], hash[HASH_TEXT];

	fprintf(m->cli->out,
		m->cli->zh ? "名单编号 %llu，%s 至 %s\n联邦 %s\n"
			   : "epoch %llu, %s to %s\nfederation %s\n",
		(unsigned long long)l->epoch, day_text((int32_t)(l->from_s / MANIFEST_DAY_S), from),
		day_text((int32_t)(l->until_s / MANIFEST_DAY_S) - 1, until),
		hash32_text(&l->federation, hash));
	show_rules(m);
	show_members(m);
	for (unsigned i = 0; i < m->list->n; i++) {
		fputs(m->cli->zh ? "签名：" : "signed by ", m->cli->out);
		plain_print(m->cli->out, m->list->signatures[i].who);
		fprintf(m->cli->out, m->cli->zh ? "，%s\n" : ", %s\n", m->list->signatures[i].at);
	}
}

int manifest_show(struct manifest *m)
{
	int status = manifest_read_both(m);

	if (status == EXIT_ANSWERED)
		manifest_tell(m);
	return status;
}
