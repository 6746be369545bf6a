// words.ts - names of steps of days, and of what an event may be asked besides its codes.
import type { Say } from "../api";
import { say } from "../language";

export const steps: Record<string, Say> = {
	year: say("whole years", "整年"), quarter: say("whole quarters", "整季度"), month: say("whole months", "整月"), week: say("whole weeks", "整周"), day: say("single days", "单日"),
};
export const uses: Record<string, Say> = {
	value: say("values", "数值"), ends: say("end days", "结束日期"), lasting: say("length", "时长"), visit: say("visits", "就诊类型"), type: say("types", "记录类型"),
	provider: say("providers", "医务人员"), source: say("source codes", "原始编码"), unit: say("units", "单位"), same_visit: say("same visit", "同次就诊"),
};
export const standards: Record<string, string> = { "omop-cdm-5.4": "OMOP CDM 5.4", i2b2: "i2b2" };
export const systems: Record<string, string> = { omop: "OMOP", icd10: "ICD-10", icd9cm3: "ICD-9-CM-3", snomed: "SNOMED CT", atc: "ATC", loinc: "LOINC" };
export const calendar: Record<string, Say> = { year: say("year", "年"), quarter: say("quarter", "季度"), month: say("month", "月") };
