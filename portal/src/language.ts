// language.ts - the language of the page. Every text is a Say with both languages side by side, in a words.ts beside the
// page that shows it; no text stands in a component.
import { signal } from "@preact/signals";
import type { Say } from "./api";

export type Language = "en" | "zh";

function preferred(): Language {
	const kept = localStorage.getItem("language");
	if (kept === "en" || kept === "zh")
		return kept;
	return navigator.languages.some((l) => l.toLowerCase().startsWith("zh")) ? "zh" : "en";
}

export const language = signal<Language>(preferred());

export function setLanguage(l: Language): void {
	localStorage.setItem("language", l);
	language.value = l;
}

export const say = (en: string, zh: string): Say => ({ en, zh });

/** The text in the page's language, {0} {1} .. replaced. */
export function t(text: Say, ...values: (string | number)[]): string {
	return text[language.value].replace(/\{(\d)\}/g, (_, i: string) => {
		const v = values[Number(i)];
		return typeof v === "number" ? number(v) : v ?? "";
	});
}

const locale = () => (language.value === "zh" ? "zh-CN" : "en-GB");

export const number = (n: number, digits = 20): string =>
	new Intl.NumberFormat(locale(), { maximumFractionDigits: digits }).format(n);
/** With exactly so many digits after the point. */
export const decimals = (n: number, digits: number): string =>
	new Intl.NumberFormat(locale(), { minimumFractionDigits: digits, maximumFractionDigits: digits }).format(n);
export const percent = (share: number): string =>
	new Intl.NumberFormat(locale(), { style: "percent", maximumFractionDigits: 1 }).format(share);
/** What is no date stays as it came: a page does not break on one that somebody sent. */
const date = (iso: string, form: Intl.DateTimeFormatOptions): string => {
	const d = new Date(iso);
	return Number.isNaN(d.getTime()) ? iso : new Intl.DateTimeFormat(locale(), form).format(d);
};
/** Of a day without a time: that day wherever the reader is. */
export const day = (iso: string): string => date(iso, { dateStyle: "medium", ...(/^\d{4}-\d\d-\d\d$/.test(iso) && { timeZone: "UTC" }) });
export const moment = (iso: string): string => date(iso, { dateStyle: "medium", timeStyle: "short" });
/** "a, b and c" */
export const list = (items: string[]): string => new Intl.ListFormat(locale(), { type: "conjunction" }).format(items);
/** "3 minutes ago" */
export function ago(iso: string, now = Date.now()): string {
	const seconds = (new Date(iso).getTime() - now) / 1000, form = new Intl.RelativeTimeFormat(locale(), { numeric: "auto" });
	for (const [unit, size] of [["day", 86400], ["hour", 3600], ["minute", 60]] as const)
		if (Math.abs(seconds) >= size)
			return form.format(Math.round(seconds / size), unit);
	return form.format(Math.round(seconds), "second");
}
