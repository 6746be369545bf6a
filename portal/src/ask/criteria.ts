// criteria.ts - what the builder knows of the question language (docs/questions.md): heads of criteria, groups, windows,
// days. Pure; the question stays the only state.
import { asList, asMap, get, isMap, type Json, type Map, type Path } from "./path";

export const events = ["condition", "drug", "procedure", "measurement", "observation", "visit", "death", "device", "specimen", "visit_detail",
	"condition_era", "drug_era", "dose_era", "observation_period"] as const;
export type EventName = (typeof events)[number];
export const people = ["age", "sex", "race", "ethnicity", "birth"] as const;
const isEvent = (k: string): k is EventName => (events as readonly string[]).includes(k);
const isPeople = (k: string) => (people as readonly string[]).includes(k);

/** Where criteria stand: keys that the builder edits there. Everything else is shown as it is, and kept. */
const edited = new Set(["first", "during", "value", "within", "same_visit", "times", "with"]);

export type Head = { type: "event"; key: EventName } | { type: "measure" } | { type: "people"; key: string }
	| { type: "group"; how: GroupKind } | { type: "other" };
export type GroupKind = "all" | "any" | "none" | "at_least" | "at_most" | "exactly";
export const groupKinds: GroupKind[] = ["all", "any", "none", "at_least", "at_most", "exactly"];

/** `visit` and `sex` are also keys beside an event: the first head in the language's order decides. */
export function headOf(part: Json | undefined): Head {
	if (!isMap(part))
		return { type: "other" };
	const keys = Object.keys(part);
	for (const how of ["all", "any", "none"] as const)
		if (Array.isArray(part[how]) && keys.length === 1)
			return { type: "group", how };
	if (Array.isArray(part.of))
		for (const how of ["at_least", "at_most", "exactly"] as const)
			if (how in part && keys.length === 2)
				return { type: "group", how };
	if ("measure" in part)
		return { type: "measure" };
	const heads = keys.filter(isEvent);
	const head = heads.find((k) => k !== "visit") ?? heads[0];
	if (head !== undefined)
		return { type: "event", key: head };
	const of = keys.find(isPeople);
	return of !== undefined && keys.length === 1 ? { type: "people", key: of } : { type: "other" };
}

/** The list of a group's members, under its own path. */
export const membersKey = (h: Head): string => (h.type === "group" ? (["all", "any", "none"].includes(h.how) ? h.how : "of") : "");

export function asGroup(part: Map, to: GroupKind): Map {
	const h = headOf(part), members = asList(part[membersKey(h)]);
	if (to === "all" || to === "any" || to === "none")
		return { [to]: members };
	const n = h.type === "group" && typeof part[h.how] === "number" ? (part[h.how] as number) : Math.min(2, Math.max(1, members.length));
	return { [to]: n, of: members };
}

/** Keys of a criterion that the builder has no controls for. */
export function restOf(part: Map): [string, Json][] {
	const h = headOf(part), own = h.type === "event" ? h.key : h.type === "measure" ? "measure" : h.type === "people" ? h.key : "";
	return Object.entries(part).filter(([k, v]) => {
		if (k === own || k === "first" && yesNo(v) !== null || k === "same_visit" && yesNo(v) !== null)
			return false;
		if (k === "during")
			return readSpan(v) === null;
		if (k === "value")
			return readValue(v) === null;
		if (k === "within")
			return windowsOf(v).some((w) => readWindow(w) === null);
		if (k === "times")
			return readTimes(v) === null;
		if (k === "with")
			return !Array.isArray(v);
		return !edited.has(k);
	});
}

export const yesNo = (v: Json | undefined): boolean | null =>
	v === true || v === "yes" ? true : v === false || v === "no" ? false : null;

// ---- codes ----

export interface Code { text: string; out: boolean; below: boolean; mapped: boolean; set: boolean; concept: number | null; base: string }
/** "-icd10:E11+" and its parts; null: not a code. As the language reads it, but for a site's own checks. */
export function readCode(v: Json): Code | null {
	const text = String(v).trim(), out = text.startsWith("-"), rest = out ? text.slice(1) : text;
	let m = /^([1-9][0-9]{0,9})(\+?)(m?)$/.exec(rest);
	if (m)
		return { text, out, below: m[2] === "+", mapped: m[3] === "m", set: false, concept: Number(m[1]), base: m[1]! };
	m = /^set:(\S+)$/.exec(rest);
	if (m)
		return { text, out, below: false, mapped: false, set: true, concept: null, base: rest };
	m = /^([a-z][a-z0-9_]*:.*?[^+])(\+?)$/.exec(rest);
	return m ? { text, out, below: m[2] === "+", mapped: false, set: false, concept: null, base: m[1]! } : null;
}
export const writeCode = (c: Code): string => `${c.out ? "-" : ""}${c.base}${c.below ? "+" : ""}${c.mapped ? "m" : ""}`;
/** Ids that stand in lists of codes anywhere in the question. */
export function conceptsOf(v: Json, found = new Set<number>()): Set<number> {
	if (Array.isArray(v))
		for (const x of v) {
			const c = typeof x === "object" ? null : readCode(x);
			if (c?.concept && c.concept >= 10000)
				found.add(c.concept);
			else
				conceptsOf(x, found);
		}
	else if (isMap(v))
		for (const x of Object.values(v))
			conceptsOf(x, found);
	return found;
}
/** "201826+, icd10:E11" as people type them. Names with spaces need a system: path:\A B\. */
export function typedCodes(text: string): { codes: string[]; wrong: string[] } {
	const codes: string[] = [], wrong: string[] = [];
	for (const w of /path:/.test(text) ? text.split(/[,，;；\n]+/) : text.split(/[\s,，;；、]+/)) {
		const c = w.trim();
		if (c !== "")
			(readCode(c) ? codes : wrong).push(c);
	}
	return { codes, wrong };
}

// ---- days ----

export const BEFORE = -Infinity, AFTER = Infinity;
/** "-30 days", "30 days before", "2 weeks", "all days before"; null: something else. */
export function readEdge(v: Json | undefined): number | null {
	const m = typeof v === "string" ? /^(-?)(\d{1,5}) (days?|weeks?)(?: (before|after))?$/.exec(v) : null;
	if (v === "all days before" || v === "all days after")
		return v.endsWith("before") ? BEFORE : AFTER;
	if (m === null || (m[1] === "-" && m[4] !== undefined))
		return null;
	const n = Number(m[2]) * (m[3]!.startsWith("week") ? 7 : 1);
	return n === 0 ? 0 : m[1] === "-" || m[4] === "before" ? -n : n;
}
export const writeEdge = (n: number): string =>
	n === BEFORE ? "all days before" : n === AFTER ? "all days after" : `${n} days`;

export const windowsOf = (v: Json | undefined): Json[] => (v === undefined ? [] : Array.isArray(v) ? v : [v]);
export interface Window { from: number; to: number; onEnd: boolean; toEnd: boolean; ofIndex: boolean }
export function readWindow(v: Json | undefined): Window | null {
	if (!isMap(v))
		return null;
	const from = "from" in v ? readEdge(v.from) : BEFORE, to = "to" in v ? readEdge(v.to) : AFTER;
	const words: Record<string, string[]> = { on: ["start", "end"], to_on: ["start", "end"], of: ["parent", "index"] };
	for (const [k, x] of Object.entries(v))
		if (k !== "from" && k !== "to" && !words[k]?.includes(String(x)))
			return null;
	return from === null || to === null ? null : { from, to, onEnd: v.on === "end", toEnd: v.to_on === "end", ofIndex: v.of === "index" };
}
export function writeWindow(w: Window): Map {
	return { from: writeEdge(w.from), to: writeEdge(w.to), ...(w.onEnd && { on: "end" }), ...(w.toEnd && { to_on: "end" }), ...(w.ofIndex && { of: "index" }) };
}

const DAY = "(\\d{4}-\\d{2}-\\d{2})";
export interface Span { from: string; to: string }
export function readSpan(v: Json | undefined): Span | null {
	const m = typeof v === "string" ? new RegExp(`^${DAY}?\\.\\.${DAY}?$`).exec(v) : null;
	return m === null ? null : { from: m[1] ?? "", to: m[2] ?? "" };
}
export const writeSpan = (s: Span): string | undefined => (s.from === "" && s.to === "" ? undefined : `${s.from}..${s.to}`);

/** Days by whole periods: "2024-04-01" is "2024" "Q2"; the last day of one likewise. */
export type Steps = "year" | "quarter" | "month" | "week" | "day";
const months = (s: Steps) => (s === "year" ? 12 : s === "quarter" ? 3 : 1);
export function periodOf(day: string, steps: Steps): { year: number; part: number } | null {
	const m = new RegExp(`^${DAY}$`).exec(day);
	return m === null ? null : { year: Number(day.slice(0, 4)), part: Math.floor((Number(day.slice(5, 7)) - 1) / months(steps)) };
}
export function dayOf(year: number, part: number, steps: Steps, last: boolean): string {
	const end = new Date(last ? Date.UTC(year, (part + 1) * months(steps), 0) : Date.UTC(year, part * months(steps), 1));
	return end.toISOString().slice(0, 10);
}

// ---- values, times, ages ----

export type Bound = "at_least" | "above" | "at_most" | "below" | "between" | "outside";
export const bounds: Bound[] = ["at_least", "above", "at_most", "below", "between", "outside"];
export interface Value { how: Bound; one: number; two: number }
const num = (v: Json | undefined): number | null => (typeof v === "number" ? v : typeof v === "string" && /^-?\d+(\.\d+)?$/.test(v) ? Number(v) : null);
/** One bound, or a low and a high one of which the builder makes "between"; null: more than it shows. */
export function readValue(v: Json | undefined): Value | null {
	if (!isMap(v))
		return null;
	const keys = Object.keys(v);
	if (keys.length === 2 && keys.includes("at_least") && keys.includes("at_most")) {
		const one = num(v.at_least), two = num(v.at_most);
		return one === null || two === null ? null : { how: "between", one, two };
	}
	const how = keys[0] as Bound;
	if (keys.length !== 1 || !bounds.includes(how))
		return null;
	const of = asList(v[how]), one = num(Array.isArray(v[how]) ? of[0] : v[how]), two = num(of[1]);
	if (how === "between" || how === "outside")
		return of.length === 2 && one !== null && two !== null ? { how, one, two } : null;
	return one === null || Array.isArray(v[how]) ? null : { how, one, two: one };
}
export const writeValue = (v: Value): Map => (v.how === "between" || v.how === "outside" ? { [v.how]: [Math.min(v.one, v.two), Math.max(v.one, v.two)] } : { [v.how]: v.one });

export interface Times { how: "at_least" | "at_most" | "exactly"; n: number; distinct: string }
export function readTimes(v: Json | undefined): Times | null {
	if (!isMap(v))
		return null;
	const how = (["at_least", "at_most", "exactly"] as const).filter((k) => k in v), n = how.length === 1 ? num(v[how[0]!]) : null;
	const distinct = v.distinct === undefined ? "" : String(v.distinct);
	const known = Object.keys(v).every((k) => k === how[0] || k === "distinct") && ["", "day", "concept", "visit"].includes(distinct);
	return n === null || !known ? null : { how: how[0]!, n, distinct };
}
export const writeTimes = (t: Times): Map => ({ [t.how]: t.n, ...(t.distinct !== "" && { distinct: t.distinct }) });

/** Where ages may be cut, from the site's own labels: "0-17" "18-44" "80+". */
export function ageEdges(labels: string[]): number[] {
	const edges = labels.map((l) => /^(\d+)/.exec(l)?.[1]).filter((x) => x !== undefined).map(Number);
	return [...new Set(edges)].sort((a, b) => a - b);
}

// ---- whole questions ----

/** The cohort when it is a map of one's own; null: an officer's. */
export const ownCohort = (q: Json): Map | null => {
	const c = get(q, ["cohort"]);
	return c === undefined ? {} : isMap(c) ? c : null;
};
export const entriesOf = (cohort: Map): Json[] => windowsOf(cohort.entry);
export const hasEntry = (q: Json): boolean => entriesOf(ownCohort(q) ?? {}).length > 0;

/** Every criterion with where it stands, groups included, in reading order. */
export function* parts(q: Json): Generator<{ path: Path; part: Json; inWith: boolean; entry: boolean }> {
	const c = ownCohort(q);
	if (c !== null) {
		const one = c.entry !== undefined && !Array.isArray(c.entry);
		for (const [i, e] of entriesOf(c).entries())
			yield* within(e, one ? ["cohort", "entry"] : ["cohort", "entry", i], false, true);
		for (const k of ["all", "any", "none"])
			for (const [i, p] of asList(c[k]).entries())
				yield* within(p, ["cohort", k, i], false, false);
	}
	const event = get(q, ["event"]);
	if (isMap(event))
		yield* within(event, ["event"], false, true);
}
function* within(part: Json, path: Path, inWith: boolean, entry: boolean): Generator<{ path: Path; part: Json; inWith: boolean; entry: boolean }> {
	yield { path, part, inWith, entry };
	const h = headOf(part), key = h.type === "group" ? membersKey(h) : "with";
	for (const [i, p] of asList(asMap(part)[key]).entries())
		yield* within(p, [...path, key, i], inWith || key === "with", false);
}

/** Still to be filled in: nothing to send to the gateway yet. */
export function unfinished(q: Json): Path[] {
	const found: Path[] = [];
	for (const { path, part } of parts(q)) {
		const h = headOf(part), p = asMap(part);
		if (h.type === "group" ? asList(p[membersKey(h)]).length === 0
			: h.type === "measure" ? p.measure === ""
			: h.type === "event" ? Array.isArray(p[h.key]) && asList(p[h.key]).length === 0
			: h.type === "people" ? p[h.key] === "" || (isMap(p[h.key]) && Object.keys(asMap(p[h.key])).length === 0)
			: h.type === "other" && isMap(part) && Object.keys(part).length === 0)
			found.push(path);
	}
	return found;
}

/** As it is sent: what was left empty while building says nothing, so it is not there. */
export function tidy(q: Map): Map {
	let out: Map = q;
	if (isMap(q.cohort)) {
		const cohort = Object.fromEntries(Object.entries(q.cohort).filter(([, v]) => !(Array.isArray(v) && v.length === 0)));
		const { cohort: _, ...rest } = q;
		out = Object.keys(cohort).length === 0 ? rest : Object.fromEntries(Object.entries(q).map(([k, v]) => [k, k === "cohort" ? cohort : v]));
	}
	return Object.fromEntries(Object.entries(out).filter(([k, v]) =>
		v !== "" && !(["group_by", "at", "sites"].includes(k) && Array.isArray(v) && v.length === 0))) as Map;
}

/** Ages are asked for somewhere that has no day of its own. */
export function needsDay(q: Map): boolean {
	if (hasEntry(q))
		return false;
	let age = asList(q.group_by).includes("age") || q.of === "age", during = false;
	for (const { part, inWith } of parts(q)) {
		age ||= !inWith && headOf(part).type === "people" && "age" in asMap(part);
		during ||= (readSpan(asMap(part).during)?.to ?? "") !== "";
	}
	return age && (!during || typeof q.cohort === "string");
}
