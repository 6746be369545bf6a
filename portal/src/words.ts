// words.ts - the texts of the frame, and those that several pages share.
import type { AnswerState, CellState, SiteState, SiteStudyState, Say } from "./api";
import { say } from "./language";

export const words = {
	ask: say("Ask", "提问"),
	catalogue: say("Catalogue", "数据目录"),
	answers: say("Answers", "结果"),
	cohorts: say("Saved", "已存问题"),
	studies: say("Studies", "课题"),
	budget: say("Budget", "隐私预算"),
	transparency: say("Transparency", "公开记录"),
	record: say("Record", "审计记录"),
	sites: say("Hospitals", "医院"),
	language: say("Language", "语言"),
	skip: say("Skip to content", "跳到正文"),
	menu: say("Menu", "菜单"),
	navigation: say("Pages", "页面导航"),
	signOut: say("Sign out", "退出登录"),
	notLoaded: say("This page could not be loaded. Is there a network? Loading it again may help.", "页面加载失败，请检查网络后刷新。"),
	waiting: say("Loading", "加载中"),
	tryAgain: say("Try again", "重试"),
	more: say("Show more", "显示更多"),
	cancel: say("Cancel", "取消"),
	close: say("Close", "关闭"),
	copy: say("Copy", "复制"),
	copied: say("Copied", "已复制"),
	download: say("Download", "下载"),
	required: say("required", "必填"),
	none: say("none", "无"),
	site: say("hospital", "医院"),
	state: say("state", "状态"),
	total: say("All hospitals", "合计"),
	people: say("people", "人数"),
	interval: say("95 % interval", "95 % 区间"),
} satisfies Record<string, Say>;

export const kinds: Record<string, Say> = {
	count: say("Count", "计数"),
	histogram: say("Histogram", "分布"),
	crosstab: say("Crosstab", "列联表"),
	mean: say("Mean", "均值"),
	quantile: say("Quantiles", "分位数"),
	survival: say("Survival", "生存分析"),
	attrition: say("Attrition", "逐步筛选"),
	distinct: say("Distinct people", "去重人数"),
};

export const siteStates: Record<SiteState, Say> = {
	waiting: say("computing", "计算中"),
	answered: say("answered", "已回答"),
	recalled: say("answered before", "沿用此前结果"),
	suppressed: say("too few people", "人数过少，不予显示"),
	refused: say("refused", "拒绝"),
	"timed-out": say("too late", "超时"),
	offline: say("offline", "离线"),
	failed: say("failed", "出错"),
	cancelled: say("cancelled", "已取消"),
	offered: say("ready for the sum", "待求和"),
	summed: say("in the sum", "已计入总和"),
	dropped: say("dropped out", "中途退出"),
	"left-out": say("not in the sum", "未计入总和"),
};

export const answerStates: Record<AnswerState, Say> = {
	running: say("running", "进行中"),
	complete: say("complete", "完整"),
	partial: say("partial", "部分"),
	failed: say("no answer", "无结果"),
	cancelled: say("cancelled", "已取消"),
};

export const cellStates: Record<CellState, Say> = {
	released: say("released", "已发布"),
	suppressed: say("fewer than {0}", "少于 {0}"),
	absent: say("not offered", "未提供"),
};

export const studyStates: Record<SiteStudyState, Say> = {
	approved: say("approved", "已批准"),
	"not-yet": say("not yet", "尚未批准"),
	refused: say("refused", "已拒绝"),
	ended: say("ended", "已到期"),
	unknown: say("not known", "未知"),
};
