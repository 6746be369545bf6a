/*
 * proposal_entry.c - a proposal as an officer pastes it: one entry of studies.yaml, with what to look at.
 */
#include <string.h>

#include "base/clock.h"
#include "gateway/proposal.h"

/* A scalar of YAML. What is no plain word stands in double quotes, where YAML reads the escapes of JSON. */
static void add_scalar(struct text *out, const char *s)
{
	static const char safe[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._@:-";
	size_t len = strlen(s);
	bool word = len > 0 && strspn(s, safe) == len && strchr("._@:-", s[0]) == NULL &&
		    s[len - 1] != ':';

	if (word)
		text_add(out, s);
	else
		text_add_json(out, s);
}

/* Every line of s behind '#'; blanks that could end a comment or hide in it are single spaces. */
static void add_comment(struct text *out, const char *s)
{
	while (*s != '\0') {
		size_t len = strcspn(s, "\r\n");

		text_add(out, "  #   ");
		for (size_t i = 0; i < len; i++)
			text_addc(out, s[i] == '\t' ? ' ' : s[i]);
		text_addc(out, '\n');
		s += len;
		s += strspn(s, "\r\n");
	}
}

static void add_head(
	const struct proposal *p, const char *account, const char *day, struct text *out)
{
	text_addf(out,
		"  # 课题 %s，由 %s 于 %s "
		"在门户提出。以下是提议，不是批准：请逐项审核，改成贵院同意的内容，再签署策略。\n"
		"  # Study %s, proposed in the portal by %s on %s. A proposal, no approval: review "
		"each line, change it to\n"
		"  # what this hospital agrees to, then sign the policy.\n",
		p->id, account, day, p->id, account, day);
	text_add(out, "  # 请核对：目的与批件是否相符；成员及其角色（须在 roles "
		      "中定义）；查询类型；字段是否都必要（数据最小化）；\n"
		      "  #   有效期是否在策略有效期内；release.yaml 中的预算。\n"
		      "  # Check: does the purpose match the approvals; the members and their "
		      "roles (defined under roles); the kinds;\n"
		      "  #   is every column needed (data minimisation); are the days inside the "
		      "policy's; the budget in release.yaml.\n");
	if (p->note[0] != '\0') {
		text_add(out, "  # 提议者的说明 / what the proposer says:\n");
		add_comment(out, p->note);
	}
}

static void add_list(struct text *out, const char *key, const struct proposal_names *names)
{
	text_addf(out, "    %s: [", key);
	for (size_t i = 0; i < names->n; i++) {
		text_add(out, i > 0 ? ", " : "");
		add_scalar(out, names->list[i]);
	}
	text_add(out, "]\n");
}

/* A long list, a line each. */
static void add_lines(struct text *out, const char *key, const struct proposal_names *names)
{
	text_addf(out, "    %s:\n", key);
	for (size_t i = 0; i < names->n; i++) {
		text_add(out, "      - ");
		add_scalar(out, names->list[i]);
		text_addc(out, '\n');
	}
}

static void add_members(struct text *out, const struct proposal *p)
{
	text_add(out, "    requesters:\n");
	for (size_t i = 0; i < p->n_members; i++) {
		text_add(out, "      ");
		add_scalar(out, p->members[i].account);
		text_add(out, ": ");
		add_scalar(out, p->members[i].role);
		text_addc(out, '\n');
	}
}

static void add_budget(struct text *out, const struct proposal *p, const char *days)
{
	text_add(out, "  # 预算：加入 release.yaml 的 budgets；数额由贵院决定。\n"
		      "  # Budget: add to budgets in release.yaml; how much is this hospital's to "
		      "decide.\n");
	text_addf(out, "  #   - {for: \"study:%s\", rho: %s, period: %s}\n", p->id,
		p->rho == NULL ? "0.1" : p->rho, days);
}

void proposal_entry(
	const struct proposal *p, const char *account, int64_t proposed_ms, struct text *out)
{
	char when[32], from[16], to[16], days[40] = "";
	struct text t;

	text_init(&t, sizeof(days));
	text_addf(&t, "%s..%s", day_text(p->from, from), day_text(p->to, to));
	if (!text_copy(days, sizeof(days), text_str(&t)))
		days[0] = '\0';
	text_clear(&t);
	clock_iso(proposed_ms, when);
	when[10] = '\0'; /* the day of it */
	add_head(p, account, when, out);
	text_add(out, "  - id: ");
	add_scalar(out, p->id);
	text_add(out, "\n    title: {zh: ");
	text_add_json(out, p->title.zh);
	text_add(out, ", en: ");
	text_add_json(out, p->title.en);
	text_add(out, "}\n");
	if (p->purpose.n > 0)
		add_list(out, "purpose", &p->purpose);
	text_add(out, "    # approvals: {ethics: , committee: }   # 批件文号与日期 / number and "
		      "day of each approval\n");
	text_addf(out, "    valid: %s\n", days);
	add_list(out, "datasets", &p->datasets);
	add_list(out, "kinds", &p->kinds);
	add_lines(out, "may_use", &p->may_use);
	add_members(out, p);
	add_budget(out, p, days);
}
