// offers.ts - what may be asked for in a study: what its hospitals offer, put together. A control shows what at least one
// of the chosen hospitals allows; where they differ the strictest common step is offered.
import type { Catalogue, Offered, OfferedCohort, OfferedDataset, OfferedGroup, OfferedMeasure, OfferedParam, Say, SiteCatalogue } from "../api";
import { asList, type Map as Question } from "./path";

export interface Offers {
	studies: { id: string; title: Say; sites: string[] }[];
	sites: SiteCatalogue[];
	datasets: { id: string; title: Say }[];
	kinds: string[];
	secure: boolean;
	events: Offered[];
	groups: OfferedGroup[];
	measures: OfferedMeasure[];
	/** That officers prepared, in the question's dataset. */
	cohorts: OfferedCohort[];
	span: { from: string; to: string } | null;
	/** Days between events come in multiples of this; 0: no windows; null: not known, anything goes. */
	window: number | null;
	criteria: number | null;
}

const gcd = (a: number, b: number): number => (b === 0 ? a : gcd(b, a % b));
const lcm = (a: number, b: number) => (a / gcd(a, b)) * b;
const order = ["year", "quarter", "month", "week", "day"];

/** The first of each name; lists inside are put together by `join`. */
function together<T>(all: T[], name: (x: T) => string, join: (a: T, b: T) => T): T[] {
	const found = new Map<string, T>();
	for (const x of all)
		found.set(name(x), found.has(name(x)) ? join(found.get(name(x))!, x) : x);
	return [...found.values()];
}
const union = <T>(a: T[], b: T[]): T[] => [...new Set([...a, ...b])];
const coarser = (a: string | null, b: string | null) => (a === null || b === null ? a ?? b : order.indexOf(a) < order.indexOf(b) ? a : b);

/** A study may use less than there is. */
function narrowed(d: OfferedDataset, may: string[]): OfferedDataset {
	return may.length === 0 ? d : { ...d, events: d.events.filter((e) => may.includes(e.event)), groups: d.groups.filter((g) => may.includes(g.name)),
		measures: d.measures.filter((m) => may.includes(`measure:${m.id}`)) };
}

/** Of one cohort at two hospitals: neither's title stands for the other's, and what they do not take alike is typed. */
const alike = (a: Say, b: Say): Say => a.en === b.en && a.zh === b.zh ? a : { en: "", zh: "" };
const inBoth = (a: OfferedParam["span"], b: OfferedParam["span"]): OfferedParam["span"] => a === undefined || b === undefined ? a ?? b
	: { from: a.from > b.from ? a.from : b.from, to: a.to < b.to ? a.to : b.to };
const eitherParam = (a: OfferedParam, b: OfferedParam): OfferedParam => a.takes !== b.takes ? { name: a.name, takes: "value", values: [] }
	: a.takes === "period" ? { ...a, step: coarser(a.step ?? null, b.step ?? null) ?? undefined, span: inBoth(a.span, b.span) }
	: { ...a, values: a.values.length > 0 && b.values.length > 0 ? union(a.values, b.values) : [] };

export function offersFor(catalogue: Catalogue | undefined, q: Question): Offers {
	const all = catalogue?.sites ?? [], study = String(q.study ?? ""), chosen = asList(q.sites).map(String);
	const studies = new Map<string, { id: string; title: Say; sites: string[] }>();
	for (const s of all)
		for (const st of s.studies) {
			const known = studies.get(st.id) ?? { id: st.id, title: st.title, sites: [] };
			studies.set(st.id, { ...known, sites: [...known.sites, s.site] });
		}
	const of = all.filter((s) => s.studies.some((st) => st.id === study));
	const asked = of.filter((s) => chosen.length === 0 || chosen.includes(s.site));
	const mine = asked.map((s) => ({ s, st: s.studies.find((st) => st.id === study)! }));
	const datasets: OfferedDataset[] = mine.flatMap(({ s, st }) => s.datasets.filter((d) => st.datasets.includes(d.id)).map((d) => narrowed(d, st.may_use)));
	const here = datasets.filter((d) => d.id === q.dataset);
	const steps = asked.map((s) => s.compose?.window).filter((w) => w !== undefined);
	const allowed = steps.filter((w) => w > 0), spans = here.map((d) => d.span).filter((s) => s !== null);
	return {
		studies: [...studies.values()],
		sites: of,
		datasets: together(datasets.map((d) => ({ id: d.id, title: d.title })), (d) => d.id, (a) => a),
		kinds: mine.reduce<string[]>((k, { s, st }) => union(k, st.kinds.filter((x) => (s.kinds.length === 0 || s.kinds.includes(x)) && (x !== "distinct" || s.modes.includes("secure")))), []),
		secure: asked.some((s) => s.modes.includes("secure")),
		events: together(here.flatMap((d) => d.events), (x) => x.event,
			(a, b) => ({ ...a, codes: union(a.codes, b.codes), uses: union(a.uses, b.uses), steps: coarser(a.steps, b.steps) })),
		groups: together(here.flatMap((d) => d.groups), (x) => x.name, (a, b) => ({ ...a, labels: union(a.labels, b.labels) })),
		measures: together(here.flatMap((d) => d.measures), (x) => x.id, (a, b) => ({ ...a, cuts: union(a.cuts, b.cuts).sort((x, y) => x - y) })),
		cohorts: together(mine.flatMap(({ st }) => (st.cohorts ?? []).filter((c) => c.dataset === q.dataset)), (x) => x.id, (a, b) => ({ ...a, title: alike(a.title, b.title), kinds: union(a.kinds, b.kinds),
			params: together([...a.params, ...b.params], (p) => p.name, eitherParam) })),
		span: spans.length === 0 ? null : { from: spans.map((s) => s.from).sort()[0]!, to: spans.map((s) => s.to).sort().reverse()[0]! },
		window: steps.length === 0 ? null : allowed.length === 0 ? 0 : allowed.reduce(lcm),
		criteria: asked.map((s) => s.compose?.criteria).filter((c) => c !== undefined).sort((a, b) => a - b)[0] ?? null,
	};
}
