// words.ts - names of events, of steps of days, and of what an event may be asked besides its codes.
import type { Say } from "../api";
import { say } from "../language";

export const events: Record<string, Say> = {
	condition: say("condition", "诊断"), drug: say("drug", "药物"), procedure: say("procedure", "操作"), measurement: say("measurement", "检验检查"),
	observation: say("observation", "观察"), visit: say("visit", "就诊"), death: say("death", "死亡"), device: say("device", "器械"), specimen: say("specimen", "标本"),
	condition_era: say("condition era", "诊断时段"), drug_era: say("drug era", "用药时段"), dose_era: say("dose era", "剂量时段"),
};
export const steps: Record<string, Say> = {
	year: say("whole years", "整年"), quarter: say("whole quarters", "整季度"), month: say("whole months", "整月"), week: say("whole weeks", "整周"), day: say("single days", "单日"),
};
export const uses: Record<string, Say> = {
	value: say("values", "数值"), ends: say("end days", "结束日期"), lasting: say("length", "时长"), visit: say("visits", "就诊类型"), type: say("types", "记录类型"),
	provider: say("providers", "医务人员"), source: say("source codes", "原始编码"), unit: say("units", "单位"), same_visit: say("same visit", "同次就诊"),
};
