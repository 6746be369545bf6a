/*
 * answer.c - the states of an answer in words: one table per kind of state.
 */
#include "query/answer.h"

#include <string.h>

struct state_words {
	const char *name;
	struct say say;
};

static const struct state_words sites[SITE_STATES] = {
	[SITE_WAITING] = { "waiting", { "waiting", "等待中" } },
	[SITE_ANSWERED] = { "answered", { "answered", "已回答" } },
	[SITE_RECALLED] = { "recalled",
		{ "answered before, at no new cost", "沿用已有答案，不再计费" } },
	[SITE_SUPPRESSED] = { "suppressed",
		{ "suppressed: too few people", "人数过少，不予公布" } },
	[SITE_REFUSED] = { "refused", { "refused", "已拒绝" } },
	[SITE_TIMED_OUT] = { "timed-out", { "timed out", "超时" } },
	[SITE_OFFLINE] = { "offline", { "offline", "离线" } },
	[SITE_FAILED] = { "failed", { "failed", "出错" } },
	[SITE_CANCELLED] = { "cancelled", { "cancelled", "已取消" } },
	[SITE_OFFERED] = { "offered", { "ready, waits for the others", "已就绪，等待其他医院" } },
	[SITE_SUMMED] = { "summed", { "in the sum", "已计入总和" } },
	[SITE_DROPPED] = { "dropped", { "dropped out, in no sum", "中途退出，未计入总和" } },
	[SITE_LEFT_OUT] = { "left-out", { "not in a sum", "未参与求和" } },
};
static const struct state_words answers[ANSWER_STATES] = {
	[ANSWER_RUNNING] = { "running", { "running", "进行中" } },
	[ANSWER_COMPLETE] = { "complete", { "complete", "完整" } },
	[ANSWER_PARTIAL] = { "partial", { "partial", "部分医院已答" } },
	[ANSWER_FAILED] = { "failed", { "failed", "失败" } },
	[ANSWER_CANCELLED] = { "cancelled", { "cancelled", "已取消" } },
};
static const char *const cells[CELL_STATES] = {
	[CELL_RELEASED] = "released",
	[CELL_BELOW] = "suppressed",
	[CELL_ABSENT] = "absent",
};

/* Which state is called s, or -1. */
static int find(const struct state_words *words, int n, const char *s)
{
	for (int i = 0; i < n; i++)
		if (strcmp(words[i].name, s) == 0)
			return i;
	return -1;
}

const char *site_state_name(enum site_state s)
{
	return sites[s].name;
}

bool site_state_parse(const char *s, enum site_state *out)
{
	int i = find(sites, SITE_STATES, s);

	if (i >= 0)
		*out = (enum site_state)i;
	return i >= 0;
}

struct say site_state_say(enum site_state s)
{
	return sites[s].say;
}

const char *answer_state_name(enum answer_state s)
{
	return answers[s].name;
}

bool answer_state_parse(const char *s, enum answer_state *out)
{
	int i = find(answers, ANSWER_STATES, s);

	if (i >= 0)
		*out = (enum answer_state)i;
	return i >= 0;
}

struct say answer_state_say(enum answer_state s)
{
	return answers[s].say;
}

const char *cell_state_name(enum cell_state s)
{
	return cells[s];
}
