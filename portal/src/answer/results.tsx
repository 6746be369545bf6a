// results.tsx - an answer's numbers by its kind: drawings, tables with the same numbers, and what to know of them.
// `site` undefined: of all hospitals. What is suppressed, absent or refused is a word, never a zero.
import type { ComponentChildren, JSX } from "preact";
import type { Answer, Cell, SiteAnswer } from "../api";
import { SiteStateSign, Table, type Column } from "../components/basics";
import { shade, type Curve, type Drawing, type Mark } from "../charts/drawing";
import { decimals, number, t } from "../language";
import { kinds, words as shared } from "../words";
import { edgesText, digits, intervalText, measured, ofCell, samplingText, shortText, times, valueText, whole, type Measured } from "./measured";
import { cellsOf, cellText, gave, groupName, headOf, indexed, keyOf, orDash, whyNone } from "./reading";
import { words } from "./words";

export interface Result { head?: JSX.Element; drawings: Drawing[]; tables: JSX.Element; remarks: string[] }
type Group = Record<string, string>;

const wide = 4; // hospitals with a column of their own
const curvesShown = 6;
const kept = (text: string) => <span class="kept">{text}</span>;
const num = (head: string) => ({ head, number: true as const });
const shown = (m: Measured | undefined, why: string, text: (m: Measured) => string = valueText): ComponentChildren => (m ? text(m) : kept(why));
const shownCell = (c: Cell | undefined): ComponentChildren => (ofCell(c) ? cellText(c) : kept(whyNone(c)));
const groupColumns = <R,>(a: Answer, of: (r: R) => Group): Column<R>[] => a.groups.map((g) => ({ head: headOf(g.name), cell: (r) => of(r)[g.name] ?? "" }));
const title = (a: Answer, site?: string): string => `${t(kinds[a.kind] ?? { en: a.kind, zh: a.kind })} · ${a.study} · ${site ?? t(shared.total)}`;
const drawn = (m: Measured | undefined, why: string, name: string, facet?: string): Mark =>
	({ name, m, text: m ? valueText(m) : why, ...(facet !== undefined ? { facet } : {}) });

// ---- counts and histograms ----

/** One number: a row per hospital, the total below. */
function oneNumber(a: Answer): Result {
	const rows: { site?: SiteAnswer; cell?: Cell | undefined }[] = a.sites.map((s) => ({ site: s, cell: s.cells?.[0] })), total = { cell: a.total.cells[0] };
	const why = (r: { site?: SiteAnswer; cell?: Cell | undefined }) => (r.cell || !r.site ? whyNone(r.cell) : "–");
	const m = ofCell(total.cell), secure = a.mode === "secure", distinct = a.kind === "distinct";
	return {
		...(m ? { head: (
			<p class="headline"><strong>{valueText(m)}</strong> <span>{t(distinct ? words.distinctPeople : words.people)}</span>
				<span class="about">{t(distinct ? words.distinctCovers : words.interval)}: {intervalText(m)}</span></p>
		) } : {}),
		drawings: secure ? [] : [{ form: "bars", title: title(a), label: t(words.people), marks: [
			...rows.filter((r) => r.cell).map((r) => drawn(ofCell(r.cell), why(r), r.site!.site)),
			{ ...drawn(m, whyNone(total.cell), t(words.total)), strong: true },
		] }],
		tables: (
			<>
				{!secure && <Table caption={t(words.result)} rows={rows} foot={total} columns={[
					{ head: t(words.who), cell: (r) => r.site?.site ?? t(words.total) },
					{ ...num(t(words.people)), cell: (r) => shown(ofCell(r.cell), why(r)) },
					{ ...num(t(words.interval95)), cell: (r) => orDash(ofCell(r.cell), intervalText) },
					{ head: t(shared.state), cell: (r) => r.site ? <SiteStateSign state={r.site.state} />
						: t(words.ofPeople, total.cell?.sites?.length ?? 0, a.sites.length) },
				]} />}
			</>
		),
		remarks: [],
	};
}

/** Cells by group. */
function grouped(a: Answer, site?: string): Result {
	const cells = cellsOf(a, site), last = a.groups[a.groups.length - 1]!.name, before = a.groups.slice(0, -1);
	const sites = site === undefined ? a.sites.filter((s) => s.cells?.length) : [], own = sites.length <= wide ? sites.map((s) => ({ s, cells: indexed(a, s.cells!) })) : [];
	return {
		drawings: [{ form: "bars", title: title(a, site), label: t(words.people), inOrder: a.kind === "histogram",
			marks: cells.map((c) => drawn(ofCell(c), whyNone(c, true), c.group[last] ?? "?", before.length ? before.map((g) => c.group[g.name]).join(" · ") : undefined)) }],
		tables: <Table caption={t(words.result)} rows={cells} columns={[
			...groupColumns<Cell>(a, (c) => c.group),
			{ ...num(site ?? t(words.total)), cell: (c: Cell) => shown(ofCell(c), whyNone(c)) },
			{ ...num(t(words.interval95)), cell: (c: Cell) => orDash(ofCell(c), intervalText) },
			...own.map(({ s, cells: of }) => ({ ...num(s.site), cell: (c: Cell) => shownCell(of.get(keyOf(a, c.group))) })),
		]} />,
		remarks: cells.some((c) => c.state !== "released") ? [t(words.notZero)] : [],
	};
}

// ---- crosstab ----

interface Margin { label: string; people?: unknown }
interface Crossed { within: Group; sites: string[]; margins?: { rows: Margin[]; columns: Margin[]; people?: unknown };
	chi_square?: { value: number | null; p: number; rows: number; columns: number; simulated: number; small?: boolean };
	compared?: { rows: string[]; columns: string[]; odds_ratio?: unknown; risk_ratio?: unknown; risk_difference?: unknown; small?: boolean } }

function twoWay(a: Answer, cells: Map<string, Cell>, within: Group, of?: Crossed) {
	const [rows, columns] = a.groups as [{ name: string; labels: string[] }, { name: string; labels: string[] }];
	const at = (r: string, c: string) => cells.get(keyOf(a, { ...within, [rows.name]: r, [columns.name]: c }));
	const most = Math.max(1, ...rows.labels.flatMap((r) => columns.labels.map((c) => ofCell(at(r, c))?.value ?? 0)));
	const margin = (list: Margin[] | undefined, label: string) => measured(list?.find((x) => x.label === label)?.people);
	const drawing: Drawing = { form: "cells", title: "", rows: headOf(rows.name), columns: headOf(columns.name),
		marks: rows.labels.flatMap((r) => columns.labels.map((c) => ({ ...drawn(ofCell(at(r, c)), whyNone(at(r, c), true), r), text: ofCell(at(r, c)) ? cellText(at(r, c)) : whyNone(at(r, c), true), column: c }))) };
	const table = (
		<div class="scroll" tabIndex={0} role="region" aria-label={`${headOf(rows.name)} × ${headOf(columns.name)}`}>
			<table class="crossed">
				<caption class="hidden">{`${headOf(rows.name)} × ${headOf(columns.name)}`}</caption>
				<thead><tr><th scope="col">{headOf(rows.name)} \ {headOf(columns.name)}</th>{columns.labels.map((c) => <th key={c} scope="col" class="number">{c}</th>)}
					{of && <th scope="col" class="number">{t(words.total)}</th>}</tr></thead>
				<tbody>{rows.labels.map((r) => (
					<tr key={r}><th scope="row">{r}</th>
						{columns.labels.map((c) => (
							<td key={c} class="number" style={{ backgroundColor: `rgb(0 114 178 / ${shade(ofCell(at(r, c))?.value, most)})` }}>{shownCell(at(r, c))}</td>
						))}
						{of && <td class="number">{orDash(margin(of.margins?.rows, r), shortText)}</td>}
					</tr>
				))}</tbody>
				{of && <tfoot><tr><th scope="row">{t(words.total)}</th>{columns.labels.map((c) => <td key={c} class="number">{orDash(margin(of.margins?.columns, c), shortText)}</td>)}
					<td class="number">{orDash(measured(of.margins?.people), shortText)}</td></tr></tfoot>}
			</table>
		</div>
	);
	return { drawing, table };
}

function Tests({ of }: { of: Crossed }) {
	const chi = of.chi_square, c = of.compared;
	const ratios = c ? (["odds_ratio", "risk_ratio", "risk_difference"] as const).map((k) => ({ k, m: measured(c[k]) })) : [];
	return (
		<>
			{chi && typeof chi.value === "number" && <p>{t(words.chi, decimals(chi.value, 2), chi.p <= 0.001 ? "≤" : "=", decimals(chi.p, 3), chi.rows, chi.columns, chi.simulated)}{chi.small && " ?"}</p>}
			{c && <Table caption={t(words.compared, c.columns[0] ?? "?", c.rows[0] ?? "?", c.rows[1] ?? "?")} rows={ratios} columns={[
				{ head: t(words.compared, c.columns[0] ?? "?", c.rows[0] ?? "?", c.rows[1] ?? "?"), cell: (r) => t(words[r.k]) },
				{ ...num(t(words.value)), cell: (r) => orDash(r.m) },
				{ ...num(t(words.interval95)), cell: (r) => orDash(r.m, intervalText) },
				{ ...num(t(words.sampling)), cell: (r) => orDash(r.m, samplingText) },
			]} />}
			{(chi?.small || c?.small) && <p class="doubt">{t(words.smallTable)}</p>}
			{of.sites.length === 0 && <p class="doubt">{t(words.noTable)}</p>}
		</>
	);
}

function crosstab(a: Answer, site?: string): Result {
	const cells = indexed(a, cellsOf(a, site)), third = a.groups[2], drawings: Drawing[] = [];
	const tables = site === undefined ? (a.total.statistics?.tables ?? []) as Crossed[]
		: (third?.labels ?? [""]).map((l): Crossed => ({ within: third ? { [third.name]: l } : {}, sites: [site] }));
	const body = tables.map((of, i) => {
		const { drawing, table } = twoWay(a, cells, of.within, site === undefined ? of : undefined), name = third ? `${headOf(third.name)}: ${of.within[third.name]}` : "";
		drawings.push({ ...drawing, title: `${title(a, site)}${name && ` · ${name}`}` });
		return <div key={i}>{name && <h3>{name}</h3>}{table}{site === undefined && <Tests of={of} />}</div>;
	});
	const remarks = [t(words.notZero)];
	if (tables.some((x) => x.compared))
		remarks.push(t(words.samplingTold));
	return { drawings, tables: <>{body}</>, remarks };
}

// ---- mean ----

interface MeanGroup { group: Group; sites?: string[]; people?: unknown; mean?: unknown; sd?: unknown; small?: boolean }
const groupsOf = <G,>(of: { groups?: unknown } | undefined): G[] => (Array.isArray(of?.groups) ? of.groups as G[] : []);

function mean(a: Answer): Result {
	const rows: { who: string; total: boolean; of: MeanGroup }[] = [];
	for (const g of groupsOf<MeanGroup>(a.total.statistics)) {
		for (const s of a.sites) {
			const own = groupsOf<MeanGroup>(s.statistics).find((x) => keyOf(a, x.group) === keyOf(a, g.group));
			if (own && (g.sites?.length ?? 0) <= wide)
				rows.push({ who: s.site, total: false, of: own });
		}
		rows.push({ who: t(words.total), total: true, of: g });
	}
	const clamp = a.sites.find((s) => s.clamp)?.clamp, several = a.groups.length > 0;
	return {
		drawings: [{ form: "points", title: title(a), label: t(words.mean), marks: rows.map((r) =>
			({ ...drawn(measured(r.of.mean), "–", r.who, several ? groupName(a, r.of.group) : undefined), strong: r.total })) }],
		tables: <Table caption={t(words.result)} rows={rows} columns={[
			...groupColumns<typeof rows[0]>(a, (r) => r.of.group),
			{ head: t(words.who), cell: (r) => r.total ? <strong>{r.who}</strong> : r.who },
			{ ...num(t(words.people)), cell: (r) => orDash(measured(r.of.people), shortText) },
			{ ...num(t(words.mean)), cell: (r) => `${orDash(measured(r.of.mean))}${r.of.small ? " ?" : ""}` },
			{ ...num(t(words.interval95)), cell: (r) => orDash(measured(r.of.mean), intervalText) },
			{ ...num(t(words.sampling)), cell: (r) => orDash(measured(r.of.mean), samplingText) },
			{ ...num(t(words.sd)), cell: (r) => orDash(measured(r.of.sd)) },
			{ ...num(t(words.interval95)), cell: (r) => orDash(measured(r.of.sd), intervalText) },
		]} />,
		remarks: [...(clamp ? [t(words.clamped, clamp[0], clamp[1])] : []), t(words.samplingTold), ...(rows.some((r) => r.of.small) ? [t(words.smallMean)] : [])],
	};
}

// ---- quantiles ----

interface QuantileGroup { group: Group; people?: unknown; quantiles?: { at: number }[]; small?: boolean }

/** Of one hospital there are only its bins. */
function bins(a: Answer, site: string): Result {
	const cells = cellsOf(a, site), s = a.sites.find((x) => x.site === site), resolution = Number(a.total.statistics?.resolution) || undefined;
	const from = (c: Cell) => (s?.clamp && resolution ? decimals(s.clamp[0] + (c.point ?? 0) * resolution, 2) : String(c.point));
	return {
		drawings: [{ form: "bars", title: title(a, site), label: t(words.people), inOrder: true,
			marks: cells.map((c) => drawn(ofCell(c), whyNone(c, true), from(c), a.groups.length ? groupName(a, c.group) : undefined)) }],
		tables: <Table caption={t(words.result)} rows={cells} columns={[...groupColumns<Cell>(a, (c) => c.group), { head: t(words.binFrom), cell: from },
			{ ...num(t(words.people)), cell: (c) => shown(ofCell(c), whyNone(c)) }, { ...num(t(words.interval95)), cell: (c) => orDash(ofCell(c), intervalText) }]} />,
		remarks: [],
	};
}

function quantile(a: Answer, site?: string): Result {
	if (site !== undefined)
		return bins(a, site);
	const groups = groupsOf<QuantileGroup>(a.total.statistics), resolution = a.total.statistics?.resolution;
	const rows = groups.flatMap((g) => (g.quantiles ?? []).map((q) => ({ g, at: q.at, m: measured(q) })));
	const places = (m: Measured) => Math.max(1, digits(m));
	return {
		drawings: [{ form: "points", title: title(a), label: t(words.value), marks: rows.map((r) =>
			({ ...drawn(r.m, "–", `${number(r.at * 100, 1)} %`, a.groups.length ? groupName(a, r.g.group) : undefined), strong: r.at === 0.5 })) }],
		tables: <Table caption={t(words.result)} rows={rows} columns={[
			...groupColumns<typeof rows[0]>(a, (r) => r.g.group),
			{ head: t(words.quantile), cell: (r) => `${number(r.at * 100, 1)} %` },
			{ ...num(t(words.value)), cell: (r) => `${orDash(r.m)}${r.g.small ? " ?" : ""}` },
			{ ...num(t(words.interval95)), cell: (r) => orDash(r.m, (m) => edgesText(m.low, m.high, places(m))) },
			{ ...num(t(words.sampling)), cell: (r) => (r.m?.from === undefined || r.m.to === undefined ? "–" : edgesText(r.m.from, r.m.to, places(r.m))) },
			{ ...num(t(words.people)), cell: (r) => orDash(measured(r.g.people), shortText) },
		]} />,
		remarks: [...(typeof resolution === "number" ? [t(words.bins, resolution)] : []), t(words.samplingTold), ...(groups.some((g) => g.small) ? [t(words.smallQuantile)] : [])],
	};
}

// ---- survival ----

interface Step { until: number; at_risk?: unknown; events?: unknown; left?: unknown; surviving?: unknown; small?: boolean }
interface SurvivalGroup { group: Group; people?: unknown; median?: { value: number | null; interval?: (number | null)[]; sampling?: (number | null)[] }; steps?: Step[] }

const timeText = (n: unknown): string => (typeof n === "number" ? number(n) : t(words.later));
const spanText = (pair: (number | null)[] | undefined): string => pair?.every((n) => typeof n !== "number") ? t(words.later) : `${timeText(pair?.[0])} – ${timeText(pair?.[1])}`;

/** Of one hospital there are its events and leavings, step by step. */
function eventsOf(a: Answer, site: string): Result {
	const cells = indexed(a, cellsOf(a, site)), step = Number(a.total.statistics?.step) || 1, unit = unitOf(a);
	const groups = new Map(cellsOf(a, site).map((c) => [groupName(a, c.group), c.group])), points = Math.max(0, ...cellsOf(a, site).map((c) => c.point ?? 0));
	const rows = [...groups.values()].flatMap((group) => Array.from({ length: (points + 1) >> 1 }, (_, j) => ({ group, until: (j + 1) * step,
		events: cells.get(keyOf(a, group, 2 * j)), left: cells.get(keyOf(a, group, 2 * j + 1)) })));
	return {
		drawings: [{ form: "bars", title: `${title(a, site)} · ${t(words.eventsOf)}`, label: t(words.people), inOrder: true,
			marks: rows.map((r) => drawn(ofCell(r.events), whyNone(r.events, true), number(r.until), a.groups.length ? groupName(a, r.group) : undefined)) }],
		tables: <Table caption={t(words.eventsOf)} rows={rows} columns={[...groupColumns<typeof rows[0]>(a, (r) => r.group),
			{ head: `${t(words.until)} (${unit})`, cell: (r) => number(r.until) }, { ...num(t(words.events)), cell: (r) => shownCell(r.events) }, { ...num(t(words.censored)), cell: (r) => shownCell(r.left) }]} />,
		remarks: [],
	};
}
const unitOf = (a: Answer): string => t(a.total.statistics?.unit === "months" ? words.months : words.days);

function survival(a: Answer, site?: string): Result {
	if (site !== undefined)
		return eventsOf(a, site);
	const groups = groupsOf<SurvivalGroup>(a.total.statistics), unit = unitOf(a), step = Number(a.total.statistics?.step) || 1;
	const curves = groups.filter((g) => g.steps?.length).slice(0, curvesShown).map((g): Curve => ({
		name: groupName(a, g.group), start: orDash(measured(g.steps![0]!.at_risk), shortText),
		// at risk at a tick are those before the next step; at the end nobody is followed any more
		steps: g.steps!.map((s, j) => ({ until: s.until, surviving: measured(s.surviving), small: s.small === true,
			risk: j + 1 < g.steps!.length ? orDash(measured(g.steps![j + 1]!.at_risk), shortText) : "" })),
	}));
	const rows = groups.flatMap((g) => (g.steps ?? []).map((s) => ({ g, s, m: measured(s.surviving) })));
	const hundred = (m: Measured) => times(m, 100);
	return {
		drawings: curves.length === 0 ? [] : [{ form: "curves", title: title(a), curves, label: t(words.surviving), across: unit, risk: t(words.atRiskHead), step }],
		tables: (
			<>
				<h3>{t(words.medians)}</h3>
				<Table caption={t(words.medians)} rows={groups} columns={[
					{ head: a.groups.map((g) => headOf(g.name)).join(" · "), cell: (g) => groupName(a, g.group) },
					{ ...num(t(words.people)), cell: (g) => orDash(measured(g.people), shortText) },
					{ ...num(`${t(words.median)} (${unit})`), cell: (g) => timeText(g.median?.value) },
					{ ...num(t(words.interval95)), cell: (g) => spanText(g.median?.interval) },
					{ ...num(t(words.sampling)), cell: (g) => spanText(g.median?.sampling) },
				]} />
				<h3>{t(words.steps)}</h3>
				<Table caption={t(words.steps)} rows={rows} columns={[
					...groupColumns<typeof rows[0]>(a, (r) => r.g.group),
					{ head: `${t(words.until)} (${unit})`, cell: (r) => number(r.s.until) },
					{ ...num(t(words.atRisk)), cell: (r) => orDash(measured(r.s.at_risk), shortText) },
					{ ...num(t(words.events)), cell: (r) => orDash(measured(r.s.events), shortText) },
					{ ...num(t(words.censored)), cell: (r) => orDash(measured(r.s.left), shortText) },
					{ ...num(t(words.surviving)), cell: (r) => `${orDash(r.m && hundred(r.m))} %${r.s.small ? " ?" : ""}` },
					{ ...num(t(words.interval95)), cell: (r) => orDash(r.m && hundred(r.m), intervalText) },
					{ ...num(t(words.sampling)), cell: (r) => orDash(r.m && hundred(r.m), samplingText) },
				]} />
			</>
		),
		remarks: [t(words.samplingTold), ...(rows.some((r) => r.s.small) ? [t(words.smallCurve)] : []), ...(groups.length > curvesShown ? [t(words.moreCurves, curvesShown)] : [])],
	};
}

// ---- attrition ----

interface Lost { step: number; label?: { zh: string; en: string }; sites?: number; left?: unknown; lost?: unknown; percent?: unknown }

function attrition(a: Answer, site?: string): Result {
	const groups = groupsOf<{ group: Group; steps?: Lost[] }>(a.total.statistics), cells = indexed(a, cellsOf(a, site));
	const rows = groups.flatMap((g) => (g.steps ?? []).map((s) => {
		const cell = cells.get(keyOf(a, g.group, s.step)), own = site !== undefined;
		return { group: g.group, s, left: own ? ofCell(cell) : measured(s.left), why: whyNone(cell) || t(words.suppressed),
			lost: own ? undefined : measured(s.lost), percent: own ? undefined : measured(s.percent) };
	}));
	const label = (s: Lost) => `${s.step}  ${s.label ? t(s.label) : s.step === 0 ? t(words.atStart) : t(words.after, s.step)}`;
	const percent = (m: Measured) => `${decimals(m.value, 1)} ±${decimals(Math.max(m.high - m.value, m.value - m.low), 1)} %`;
	return {
		drawings: [{ form: "funnel", title: title(a, site), label: t(words.people), marks: rows.map((r) => {
			const mark = drawn(r.left, r.why, label(r.s), a.groups.length ? groupName(a, r.group) : undefined);
			return r.percent ? { ...mark, text: `${mark.text} (${decimals(r.percent.value, 1)} %)` } : mark;
		}) }],
		tables: <Table caption={t(words.result)} rows={rows} columns={[
			{ head: t(words.step), cell: (r) => label(r.s) },
			...groupColumns<typeof rows[0]>(a, (r) => r.group),
			{ ...num(t(words.peopleLeft)), cell: (r) => shown(r.left, r.why, whole0) },
			{ ...num(t(words.interval95)), cell: (r) => orDash(r.left, intervalText) },
			...(site === undefined ? [{ ...num(t(words.lostPeople)), cell: (r: typeof rows[0]) => orDash(r.lost, shortText) },
				{ ...num(t(words.percent)), cell: (r: typeof rows[0]) => orDash(r.percent, percent) }] : []),
		]} />,
		remarks: site === undefined ? [t(words.percents)] : [],
	};
}
const whole0 = (m: Measured): string => (digits(m) === 0 ? whole(m.value) : valueText(m));

// ---- which ----

/** Hospitals whose own numbers can be looked at. A mean shows them beside the total. */
export const sitesShown = (a: Answer): string[] =>
	(a.kind === "mean" || (a.groups.length === 0 && a.total.statistics === undefined) ? [] : a.sites.filter((s) => s.cells?.length).map((s) => s.site));

export function result(a: Answer, site?: string): Result {
	if (!a.sites.some((s) => gave.includes(s.state)) && a.total.cells.length === 0)
		return { drawings: [], tables: <p class="empty">{t(words.noResult)}</p>, remarks: [] };
	if (a.total.statistics !== undefined)
		switch (a.kind) {
		case "crosstab": return a.groups.length >= 2 ? crosstab(a, site) : grouped(a, site);
		case "mean": return mean(a);
		case "quantile": return quantile(a, site);
		case "survival": return survival(a, site);
		case "attrition": return attrition(a, site);
		}
	return a.groups.length === 0 ? oneNumber(a) : grouped(a, site);
}
