#include "gateway/problem.h"

#define URN(name) "urn:cordon:problem:" name

const struct problem_kind problem_kinds[PROBLEMS] = {
	[PROBLEM_HTTP] = { URN("http"), 400,
		SAY("This is no request that can be understood", "无法识别的 HTTP 请求") },
	[PROBLEM_PARAMETER] = { URN("parameter"), 400,
		SAY("A parameter or header cannot be read", "参数或请求头无法识别") },
	[PROBLEM_BODY] = { URN("body"), 400, SAY("The body holds mistakes", "请求体有误") },
	[PROBLEM_TOKEN_IN_ADDRESS] = { URN("token-in-address"), 400,
		SAY("A token stands in the address", "网址中含有令牌") },
	[PROBLEM_UNAUTHENTICATED] = { URN("unauthenticated"), 401,
		SAY("Nobody is signed in", "尚未登录") },
	[PROBLEM_CSRF] = { URN("csrf"), 403,
		SAY("The request comes from another page", "请求来自其他页面") },
	[PROBLEM_ROLE] = { URN("role"), 403, SAY("The role may not do this", "角色无权执行") },
	[PROBLEM_SCOPE] = { URN("scope"), 403,
		SAY("The token was not made for this", "令牌权限范围不足") },
	[PROBLEM_SIGNATURE] = { URN("signature"), 403,
		SAY("The signature or certificate does not hold", "签名或证书无效") },
	[PROBLEM_NOT_FOUND] = { URN("not-found"), 404,
		SAY("There is nothing here, or not for you", "不存在，或对您不可见") },
	[PROBLEM_NO_VOCABULARY] = { URN("no-vocabulary"), 404,
		SAY("This gateway has no vocabulary", "本网关未配置概念库") },
	[PROBLEM_NO_PROVIDER] = { URN("no-provider"), 404,
		SAY("This gateway has no sign-in provider", "本网关未设置身份提供方") },
	[PROBLEM_METHOD] = { URN("method"), 405,
		SAY("This path has other methods", "此路径不支持该方法") },
	[PROBLEM_CONFLICT] = { URN("conflict"), 409,
		SAY("It does not fit what is there", "与现有状态冲突") },
	[PROBLEM_IDEMPOTENCY] = { URN("idempotency"), 409,
		SAY("The Idempotency-Key was used for something else",
			"Idempotency-Key 已用于其他请求") },
	[PROBLEM_FULL] = { URN("full"), 409,
		SAY("This account keeps as many as it may", "该账号保存的数量已达上限") },
	[PROBLEM_TOO_LARGE] = { URN("too-large"), 413, SAY("The body is too large", "请求体过大") },
	[PROBLEM_RATE] = { URN("rate"), 429,
		SAY("Too many requests in a minute", "一分钟内请求过多") },
	[PROBLEM_SHARE] = { URN("share"), 429,
		SAY("The account's share of the gateway's time is used",
			"该账号的网关时间份额已用完") },
	[PROBLEM_BUSY] = { URN("busy"), 429, SAY("Too many at once", "同时进行的请求过多") },
	[PROBLEM_GUESSING] = { URN("guessing"), 429,
		SAY("Too many sign-ins failed", "登录失败次数过多") },
	[PROBLEM_STOPPING] = { URN("stopping"), 503,
		SAY("The gateway is stopping", "网关正在停止") },
	[PROBLEM_PROVIDER] = { URN("provider"), 503,
		SAY("The sign-in provider cannot be reached", "无法连接身份提供方") },
	[PROBLEM_UNAVAILABLE] = { URN("unavailable"), 503,
		SAY("The gateway cannot do this just now", "网关暂时无法处理") },
	[PROBLEM_INTERNAL] = { URN("internal"), 500,
		SAY("The gateway has a fault", "网关内部错误") },
};

enum problem_type problem_of(enum error_code code)
{
	switch (code) {
	case E_INPUT:
		return PROBLEM_BODY;
	case E_DENIED:
	case E_CRYPTO:
		return PROBLEM_SIGNATURE;
	case E_STATE:
		return PROBLEM_CONFLICT;
	case E_LIMIT:
		return PROBLEM_BUSY;
	case E_SYSTEM:
		return PROBLEM_UNAVAILABLE;
	case E_NONE:
	case E_BUDGET: /* sites say that, never the gateway */
		break;
	}
	return PROBLEM_INTERNAL;
}
