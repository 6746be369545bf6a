#include "agents/reply.h"

#include <string.h>

#include "base/clock.h"
#include "base/text.h"

static const struct {
	enum refuse_state state;
	const char *rule;
	struct say say;
} refusals[WHYS] = {
	[WHY_FORM] = { REFUSE_RULE, "question:form",
		{ "this is not a question in canonical form", "查询不是规范形式" } },
	[WHY_SUM] = { REFUSE_RULE, "release:secure_aggregation",
		{ "a question in mode secure is answered only in a sum over hospitals, and this "
		  "hospital "
		  "has no list of members that may sum",
			"secure 模式的查询只在跨院求和中作答，而本院没有可参与求和的成员名单" } },
	[WHY_DISTINCT] = { REFUSE_RULE, "kind:distinct",
		{ "this hospital has not the secret that hospitals share to count people once",
			"本院没有各医院用于去重计数的共有密钥" } },
	[WHY_SUM_OVER] = { REFUSE_FAILED, "sum:over",
		{ "the sum over hospitals went on without this one, or was given up; nothing was "
		  "paid",
			"跨院求和已在没有本院的情况下继续，或已中止；未计费" } },
	[WHY_SUM_PAID] = { REFUSE_FAILED, "sum:over",
		{ "this hospital's part of the sum is over, its price stays paid, and nothing "
		  "else is said of this question",
			"本院在此次求和中的部分已结束，已付的隐私开销不退还，对此查询不再另作回答" } },
	[WHY_SIGNATURE] = { REFUSE_RULE, "requester:signature",
		{ "the question is not signed by the person it names", "查询未由其署名人签名" } },
	[WHY_PAID] = { REFUSE_RULE, "requester:signature",
		{ "this signature was paid for before and pays once; sign the question again",
			"此签名已用于一次计费，不能重复使用，请重新签名提问" } },
	[WHY_ID] = { REFUSE_RULE, "question:id",
		{ "this id already stands for another question", "该编号已用于另一个查询" } },
	[WHY_NO_POLICY] = { REFUSE_RULE, "policy:valid",
		{ "this site has no policy in force", "本院没有生效的策略" } },
	[WHY_APPROVAL] = { REFUSE_RULE, "policy:approval",
		{ "this site's policy is not validly approved at the moment",
			"本院策略目前没有有效的批准" } },
	[WHY_HALTED] = { REFUSE_RULE, "policy:stopped",
		{ "this site was stopped by its own people; it answers nothing until a new policy "
		  "is approved",
			"本院已主动停止一切查询，新策略获批之前不再作答" } },
	[WHY_CODES] = { REFUSE_FAILED, "policy:codes",
		{ "this site cannot apply its rules on sensitive codes at the moment",
			"本院目前无法应用敏感代码规则" } },
	[WHY_CATALOG] = { REFUSE_FAILED, "drift:unknown",
		{ "this site cannot compare its database with its policy at the moment",
			"本院目前无法核对数据库与策略是否一致" } },
	[WHY_TIMING] = { REFUSE_RULE, "release:timing",
		{ "this site answers after a fixed time, which is longer than the deadline",
			"本院在固定时间后作答，该时间长于查询的截止时间" } },
	[WHY_BUSY] = { REFUSE_FAILED, "system:busy",
		{ "too many questions are waiting at this site; ask again later",
			"本院等待中的查询过多，请稍后再试" } },
	[WHY_PRICES] = { REFUSE_FAILED, "system:busy",
		{ "too many prices are being asked of this site; ask again in a moment",
			"本院收到的询价过多，请稍后再试" } },
	[WHY_LEDGER] = { REFUSE_FAILED, "system:ledger",
		{ "this site's record of privacy spent is damaged; it answers nothing until it is "
		  "mended",
			"本院的隐私开销记录已损坏，修复之前不再作答" } },
	[WHY_STORAGE] = { REFUSE_FAILED, "system:storage",
		{ "this site cannot write its records at the moment", "本院目前无法写入记录" } },
	[WHY_DATABASE] = { REFUSE_FAILED, "system:database",
		{ "this site's database cannot be reached at the moment",
			"目前无法连接本院数据库" } },
	[WHY_VOCABULARY] = { REFUSE_FAILED, "system:vocabulary",
		{ "this site's agent may not read its vocabulary of codes; its people must give "
		  "it the rights that `cordon policy grants` lists",
			"本院代理无权读取代码词表，请本院人员按 `cordon policy grants` "
			"所列重新授权" } },
	[WHY_PLAN] = { REFUSE_FAILED, "system:plan",
		{ "this question cannot be computed at this site", "本院无法计算此查询" } },
	[WHY_NOISE] = { REFUSE_FAILED, "system:noise",
		{ "this site could not draw the noise that protects an answer",
			"本院无法生成保护结果所需的噪声" } },
	[WHY_STATEMENT] = { REFUSE_FAILED, "system:statement",
		{ "this site's database failed to compute the question; its price stays paid",
			"本院数据库未能完成计算，已付的隐私开销不退还" } },
	[WHY_TIMED_OUT] = { REFUSE_TIMED_OUT, "",
		{ "the deadline passed before this site could answer",
			"本院未能在截止时间前作答" } },
	[WHY_CANCELLED] = { REFUSE_CANCELLED, "", { "the question was cancelled", "查询已取消" } },
	[WHY_TIMED_OUT_PAID] = { REFUSE_TIMED_OUT, "",
		{ "the deadline passed while this site computed the question; its price stays paid",
			"截止时间已到，本院仍在计算；已付的隐私开销不退还" } },
	[WHY_CANCELLED_PAID] = { REFUSE_CANCELLED, "",
		{ "the question was cancelled while this site computed it; its price stays paid",
			"查询在本院计算过程中取消；已付的隐私开销不退还" } },
	[WHY_DATABASE_PAID] = { REFUSE_FAILED, "system:database",
		{ "this site's database was lost while it computed the question; its price stays "
		  "paid",
			"本院数据库在计算过程中断开；已付的隐私开销不退还" } },
	[WHY_APPROVAL_PAID] = { REFUSE_RULE, "policy:approval",
		{ "the approval of this site's policy ended while it computed the question; its "
		  "price stays paid",
			"计算过程中本院策略的批准失效；已付的隐私开销不退还" } },
	[WHY_HALTED_PAID] = { REFUSE_RULE, "policy:stopped",
		{ "this site was stopped by its own people while it computed the question; its "
		  "price stays paid",
			"本院在计算过程中主动停止一切查询；已付的隐私开销不退还" } },
	[WHY_STOPPED] = { REFUSE_FAILED, "system:stopped",
		{ "this site stopped while it computed the question; its price stays paid",
			"本院在计算过程中停止，已付的隐私开销不退还" } },
};

/* A text that does not fit is left out: a cut sentence could say the opposite. */
static void put(char *out, size_t size, const char *s)
{
	if (!text_copy(out, size, s == NULL ? "" : s))
		out[0] = '\0';
}

void reply_rule(struct message *m, const char *id, const char *rule, struct say say)
{
	memset(m, 0, sizeof(*m));
	m->type = MSG_REFUSE;
	m->refuse.state = REFUSE_RULE;
	put(m->refuse.id, sizeof(m->refuse.id), id);
	put(m->refuse.rule, sizeof(m->refuse.rule), rule);
	put(m->refuse.say_en, sizeof(m->refuse.say_en), say.en);
	put(m->refuse.say_zh, sizeof(m->refuse.say_zh), say.zh);
}

void reply_refuse(struct message *m, const char *id, enum why why)
{
	reply_rule(m, id, refusals[why].rule, refusals[why].say);
	m->refuse.state = refusals[why].state;
}

struct say reply_similar_say(void)
{
	return SAY("This study had as many questions answered that are nearly the same as this one "
		   "as the hospital allows.",
		"该课题已获答复的、与此相差无几的查询已达该医院所允许的个数。");
}

void reply_release(
	struct message *m, const char *id, struct view sealed, struct view signature, bool recalled)
{
	memset(m, 0, sizeof(*m));
	m->type = MSG_RELEASE;
	put(m->release.id, sizeof(m->release.id), id);
	m->release.recalled = recalled;
	m->release.sealed = sealed;
	m->release.signature = signature;
}

static uint64_t at_most(uint64_t v)
{
	return v > INT64_MAX ? INT64_MAX : v;
}

int reply_accounts(struct ledger *l, const struct plan *plan, bool cost,
	struct account_state out[MAX_ACCOUNTS], uint64_t *count, struct error *err)
{
	if (plan->n_charges > MAX_ACCOUNTS)
		return error_set(err, E_LIMIT, SAY("too many budgets match", "匹配的预算过多"),
			"%u budgets match one question", plan->n_charges);
	for (unsigned i = 0; i < plan->n_charges; i++) {
		const struct charge *c = &plan->charges[i];
		uint64_t spent;

		if (ledger_spent(l, c->account, c->in_epsilon, c->from, c->to, &spent, NULL, err) !=
			0)
			return -1;
		memset(&out[i], 0, sizeof(out[i]));
		put(out[i].name, sizeof(out[i].name), c->account);
		out[i].unit = c->in_epsilon ? UNIT_EPSILON : UNIT_RHO;
		out[i].cost = cost && !c->exact ? at_most(c->cost) : 0;
		out[i].cap = at_most(c->cap);
		out[i].left = spent >= c->cap ? 0 : at_most(c->cap - spent);
	}
	*count = plan->n_charges;
	return 0;
}

int reply_keep(struct db *db, const struct message *m, const char *id,
	const struct hash32 *question, const char *requester, struct error *err)
{
	struct response r = { .question = *question, .requester = requester };
	const void *bytes;
	struct writer w;
	int ret = -1;

	if (writer_init(&w, MAX_FRAME_BYTES, err) != 0)
		return -1;
	if (message_encode(m, &w, err) == 0 && writer_bytes(&w, &bytes, &r.frame.len, err) == 0) {
		r.frame.at = bytes;
		ret = responses_keep(db, id, &r, clock_wall_ms(), err);
	}
	writer_clear(&w);
	return ret;
}
