// said.ts - criteria in a few words, for a card's one line. The gateway's read-back says them in full.
import { day, language, list, number, t } from "../language";
import { concepts } from "./context";
import { AFTER, BEFORE, headOf, membersKey, readCode, readSpan, readTimes, readValue, readWindow, windowsOf, yesNo, type Value, type Window } from "./criteria";
import type { Offers } from "./offers";
import { asList, asMap, type Json, type Map } from "./path";
import { eventNames, w } from "./words";

export const groupName = { all: w.allName, any: w.anyName, none: w.noneName, at_least: w.atLeastName, at_most: w.atMostName, exactly: w.exactlyName };

export function conceptName(id: number | null): string | undefined {
	const name = id === null ? null : concepts.value[id];
	return name ? t(name) : undefined;
}
/** What the gateway says has ids: those whose names are known have them beside. */
export const withNames = (text: string): string =>
	text.replace(/(?<![\d.:-])(\d{5,10})( ?)(?![\d.-])/g, (whole, id: string, space: string) => {
		const name = conceptName(Number(id));
		return name ? language.value === "zh" ? `${id}${t(w.named, name)}` : `${id} ${t(w.named, name)}${space}` : whole;
	});
export function codeText(v: Json): string {
	const c = readCode(v);
	if (c === null)
		return String(v);
	const name = conceptName(c.concept);
	return `${c.out ? `${t(w.no)} ` : ""}${name ?? c.base}${c.below ? ` ${t(w.below)}` : ""}`;
}

export function edgeText(n: number, parent = false): string {
	return n === BEFORE ? t(w.edgeOpenBefore) : n === AFTER ? t(w.edgeOpenAfter) : n === 0 ? t(parent ? w.edgeOn : w.dayZero)
		: `${number(Math.abs(n))} ${t(n < 0 ? w.edgeBefore : w.edgeAfter)}`;
}
export function windowText(x: Window, parent = false): string {
	const { from, to } = x, finite = Number.isFinite(from) && Number.isFinite(to);
	if (from === BEFORE && to === AFTER)
		return t(w.whenAny);
	if (from === to)
		return edgeText(from, parent);
	if (from === BEFORE && to < 0)
		return to === -1 ? t(w.edgeOpenBefore) : t(w.leastBefore, -to);
	if (to === AFTER && from > 0)
		return from === 1 ? t(w.edgeOpenAfter) : t(w.leastAfter, from);
	return finite && to < 0 ? t(w.rangeBefore, -to, -from) : finite && from > 0 ? t(w.rangeAfter, from, to) : `${edgeText(from, parent)} – ${edgeText(to, parent)}`;
}

export const boundText = (how: Value["how"]) => t(how === "below" ? w.below_ : w[how]);
const valueText = (v: Value, unit: string) =>
	v.how === "between" || v.how === "outside" ? `${boundText(v.how)} ${number(v.one)} ${t(w.and)} ${number(v.two)}${unit && ` ${unit}`}`
		: `${boundText(v.how)} ${number(v.one)}${unit && ` ${unit}`}`;

function agesText(v: Map): string {
	const { from, to } = v as { from?: number; to?: number };
	return from !== undefined && to !== undefined ? `${from} – ${to - 1}` : from !== undefined ? `≥ ${from}` : to !== undefined ? `< ${to}` : t(w.chooseLabel);
}

/** The parts of the line: what, and how it is narrowed. */
export function summary(part: Json, offers: Offers, inWith = false): { name: string; what: string[]; how: string[] } {
	const p = asMap(part), h = headOf(part), how: string[] = [];
	if (h.type === "group") {
		const members = asList(p[membersKey(h)]);
		return { name: t(groupName[h.how]), what: members.map((m) => summary(m, offers, inWith).name), how: [] };
	}
	if (h.type === "people")
		return { name: t(eventNames[h.key]!), what: [h.key === "age" ? agesText(asMap(p.age)) : h.key === "birth" ? spanText(p.birth) : list(asList(Array.isArray(p[h.key]) ? p[h.key] : [p[h.key]!]).map(String)) || t(w.chooseLabel)], how };
	if (h.type === "other")
		return { name: JSON.stringify(part), what: [], how };
	const measure = h.type === "measure" ? offers.measures.find((m) => m.id === p.measure) : undefined;
	const name = t(eventNames[h.type === "measure" ? "measure" : h.key]!);
	let what: string[];
	if (h.type === "measure")
		what = [measure ? t(measure.title) : String(p.measure || t(w.chooseMeasure))];
	else if (Array.isArray(p[h.key]))
		what = asList(p[h.key]).length === 0 ? [t(w.chooseCodes)] : asList(p[h.key]).map(codeText);
	else
		what = [t(w.anyEvent, name)];
	if (yesNo(p.first) === true)
		how.push(t(w.firstShort));
	const value = readValue(p.value), times = readTimes(p.times);
	if (value)
		how.push(valueText(value, measure?.unit ?? ""));
	if (readSpan(p.during))
		how.push(spanText(p.during));
	for (const x of windowsOf(p.within).map(readWindow))
		if (x)
			how.push(windowText(x, inWith && !x.ofIndex));
	if (yesNo(p.same_visit) === true)
		how.push(t(w.sameVisit));
	if (times)
		how.push(`${t(w[times.how])} ${number(times.n)} ${t(times.distinct === "day" ? w.distinctDay : times.distinct === "concept" ? w.distinctConcept : times.distinct === "visit" ? w.distinctVisit : w.timesN)}`);
	return { name, what, how };
}
export function spanText(v: Json | undefined): string {
	const s = readSpan(v);
	if (s === null)
		return v === "" || v === undefined ? t(w.chooseLabel) : String(v);
	return `${s.from ? day(s.from) : "…"} – ${s.to ? day(s.to) : "…"}`;
}
export function line(part: Json, offers: Offers, inWith = false): string {
	const s = summary(part, offers, inWith);
	return [s.what.length > 0 ? `${s.name}: ${s.what.join(", ")}` : s.name, ...s.how].join(" · ");
}
