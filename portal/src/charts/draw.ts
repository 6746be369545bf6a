// draw.ts - drawings as SVG, by Observable Plot; a chunk of its own, loaded with the first chart. Colours are set as
// attributes, so that a picture of the chart carries them; nothing is told by colour alone.
import * as Plot from "@observablehq/plot";
import { number, percent } from "../language";
import { shade, type Curve, type Drawing, type Mark } from "./drawing";

const css = (name: string) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
const size = 13, dashes = ["", "8 4", "2 3", "10 3 2 3", "5 2", "1 4"];

/** How wide a text is, about: letters of Chinese are as wide as high. */
function breadth(text: string): number {
	let w = 0;
	for (const c of text)
		w += c.codePointAt(0)! > 0x2e80 ? size : size * 0.58;
	return w;
}
const broadest = (texts: string[]) => Math.max(0, ...texts.map(breadth));
const known = <M extends Mark>(marks: M[]) => marks.filter((d) => d.m !== undefined);
const missing = <M extends Mark>(marks: M[]) => marks.filter((d) => d.m === undefined);
const facetsOf = (marks: Mark[]) => [...new Set(marks.map((d) => d.facet ?? ""))];
const namesOf = (marks: Mark[]) => [...new Set(marks.map((d) => d.name))];

function plot(width: number, options: Plot.PlotOptions): SVGSVGElement {
	const svg = Plot.plot({ width, className: "plot", style: { fontSize: `${size}px`, fontFamily: "inherit", color: css("--ink"), background: "none" }, ...options }) as SVGSVGElement;
	for (const style of svg.querySelectorAll("style"))
		style.remove(); // its rules are in answer.css: the page's CSP allows no style inside
	for (const part of svg.querySelectorAll("[aria-label]"))
		part.removeAttribute("aria-label"); // the chart is one picture with one name
	return svg;
}

/** Rows that lie one below the other, with an own heading for each facet. */
function rows(marks: Mark[], width: number, right: number) {
	const names = namesOf(marks), facets = facetsOf(marks), several = facets.length > 1;
	const left = Math.min(width * 0.38, broadest(names) + 14), head = several ? 30 : 4, each = names.length * 27;
	return {
		several, left, lines: Math.max(4, (left - 12) / size),
		frame: {
			height: 38 + facets.length * (each + head), marginLeft: left, marginRight: right, marginTop: head, marginBottom: 38,
			y: { domain: names, label: null, padding: 0.15 },
			fy: several ? { domain: facets, label: null, axis: null, padding: head / (each + head) } : { axis: null },
		} satisfies Plot.PlotOptions,
		titles: several ? [Plot.text(facets, { fy: (d: string) => d, text: (d: string) => d, frameAnchor: "top-left", dy: -19, dx: 4 - left, textAnchor: "start", fontWeight: 650 })] : [],
		y: "name" as const, fy: several ? ("facet" as const) : undefined,
	};
}

function interval(data: Mark[], at: { y: string; fy?: string | undefined }, ink: string, thick: number): Plot.Markish[] {
	return [
		Plot.ruleY(data, { ...at, x1: (d: Mark) => d.m!.low, x2: (d: Mark) => d.m!.high, stroke: ink, strokeWidth: thick }),
		...(["low", "high"] as const).map((end) => Plot.tickX(data, { ...at, x: (d: Mark) => d.m![end], stroke: ink, strokeWidth: 1.5, inset: 5 })),
	];
}

function bars(d: Drawing & { form: "bars" }, width: number): SVGSVGElement {
	const names = namesOf(d.marks);
	if (d.inOrder && facetsOf(d.marks).length === 1 && (width - 60) / names.length > Math.max(34, broadest(names) + 6))
		return upright(d, width);
	const ink = css("--ink"), r = rows(d.marks, width, 12 + broadest(d.marks.map((m) => m.text))), at = { y: r.y, fy: r.fy };
	const have = known(d.marks);
	return plot(width, {
		...r.frame,
		x: { label: d.label, labelAnchor: "center", labelArrow: "none", grid: true, ticks: Math.max(2, width / 110), tickFormat: (v: number) => number(v),
			domain: [Math.min(0, ...have.map((m) => m.m!.low)), Math.max(1, ...have.map((m) => m.m!.high))] },
		marks: [
			...r.titles,
			Plot.axisY({ lineWidth: r.lines, textOverflow: "ellipsis", tickSize: 0, label: null }),
			Plot.barX(have, { ...at, x: (m: Mark) => m.m!.value, fill: (m: Mark) => (m.strong ? css("--c3") : css("--c1")), fillOpacity: 0.75 }),
			...interval(have, at, ink, 1.5),
			Plot.text(have, { ...at, x: (m: Mark) => Math.max(0, m.m!.high), text: "text", dx: 6, textAnchor: "start", fill: ink }),
			Plot.text(missing(d.marks), { ...at, x: () => 0, text: "text", dx: 6, textAnchor: "start", fill: css("--fair"), fontStyle: "italic" }),
			Plot.ruleX([0], { stroke: css("--ink-2") }),
		],
	});
}

/** Bars that stand, for a distribution whose bands have an order. */
function upright(d: Drawing & { form: "bars" }, width: number): SVGSVGElement {
	const ink = css("--ink"), have = known(d.marks), cap = Math.max(0, (width - 60) / d.marks.length * 0.88 / 2 - 8);
	return plot(width, {
		height: 320, marginLeft: 12 + broadest([number(Math.max(0, ...have.map((m) => m.m!.high)))]), marginTop: 34, marginBottom: 28,
		x: { domain: namesOf(d.marks), label: null, padding: 0.12 },
		y: { label: d.label, labelArrow: "none", labelAnchor: "top", grid: true, ticks: 5, tickFormat: (v: number) => number(v),
			domain: [Math.min(0, ...have.map((m) => m.m!.low)), Math.max(1, ...have.map((m) => m.m!.high))] },
		marks: [
			Plot.barY(have, { x: "name", y: (m: Mark) => m.m!.value, fill: css("--c1"), fillOpacity: 0.75 }),
			Plot.ruleX(have, { x: "name", y1: (m: Mark) => m.m!.low, y2: (m: Mark) => m.m!.high, stroke: ink, strokeWidth: 1.5 }),
			...(["low", "high"] as const).map((end) => Plot.tickY(have, { x: "name", y: (m: Mark) => m.m![end], stroke: ink, strokeWidth: 1.5, insetLeft: cap, insetRight: cap })),
			Plot.text(have, { x: "name", y: (m: Mark) => Math.max(0, m.m!.high), text: "text", dy: -9, fill: ink }),
			Plot.text(missing(d.marks), { x: "name", y: () => 0, text: "text", dy: -9, fill: css("--fair"), fontStyle: "italic" }),
			Plot.ruleY([0], { stroke: css("--ink-2") }),
		],
	});
}

/** A point, a thick line where it may be for its noise, a thin one that counts the chance of sampling too. */
function points(d: Drawing & { form: "points" }, width: number): SVGSVGElement {
	const ink = css("--ink"), r = rows(d.marks, width, 16), at = { y: r.y, fy: r.fy }, have = known(d.marks);
	const sampled = have.filter((m) => m.m!.from !== undefined);
	return plot(width, {
		...r.frame,
		x: { label: d.label, labelAnchor: "center", labelArrow: "none", grid: true, nice: true, ticks: Math.max(2, width / 110), tickFormat: (v: number) => number(v, 4) },
		marks: [
			...r.titles,
			Plot.axisY({ lineWidth: r.lines, textOverflow: "ellipsis", tickSize: 0, label: null }),
			Plot.ruleY(sampled, { ...at, x1: (m: Mark) => m.m!.from!, x2: (m: Mark) => m.m!.to!, stroke: ink, strokeWidth: 1 }),
			Plot.ruleY(have, { ...at, x1: (m: Mark) => m.m!.low, x2: (m: Mark) => m.m!.high, stroke: (m: Mark) => (m.strong ? css("--c3") : css("--c1")), strokeWidth: 5, strokeOpacity: 0.55 }),
			Plot.dot(have, { ...at, x: (m: Mark) => m.m!.value, r: 5, fill: (m: Mark) => (m.strong ? css("--c3") : css("--c1")), stroke: "#fff",
				symbol: (m: Mark) => (m.strong ? "diamond" : "circle") }),
			Plot.text(missing(d.marks), { ...at, text: "text", frameAnchor: "left", dx: 6, textAnchor: "start", fill: css("--fair"), fontStyle: "italic" }),
		],
		symbol: { type: "identity" },
	});
}

function funnel(d: Drawing & { form: "funnel" }, width: number): SVGSVGElement {
	const ink = css("--ink"), facets = facetsOf(d.marks), names = namesOf(d.marks), each = 56, have = known(d.marks);
	const fy = facets.length > 1 ? "facet" : undefined, head = fy ? 28 : 4, tall = names.length * each;
	const lying = { y: "name", fy, insetTop: 24, insetBottom: 8 };
	return plot(width, {
		height: 38 + facets.length * (tall + head), marginLeft: 8, marginRight: 14 + broadest(d.marks.map((m) => m.text)), marginTop: head, marginBottom: 38,
		x: { label: d.label, labelAnchor: "center", labelArrow: "none", grid: true, ticks: Math.max(2, width / 110), tickFormat: (v: number) => number(v),
			domain: [Math.min(0, ...have.map((m) => m.m!.low)), Math.max(1, ...have.map((m) => m.m!.high))] },
		y: { domain: names, axis: null, padding: 0 }, fy: fy ? { domain: facets, axis: null, padding: head / (tall + head) } : { axis: null },
		marks: [
			...(fy ? [Plot.text(facets, { fy: (x: string) => x, text: (x: string) => x, frameAnchor: "top-left", dy: -18, textAnchor: "start", fontWeight: 650 })] : []),
			Plot.text(d.marks, { y: "name", fy, text: "name", frameAnchor: "left", textAnchor: "start", dx: 4, dy: -17, fill: ink, lineWidth: (width - 90) / size, textOverflow: "ellipsis" }),
			Plot.barX(have, { ...lying, x: (m: Mark) => m.m!.value, fill: css("--c1"), fillOpacity: 0.75 }),
			Plot.ruleY(have, { y: "name", fy, x1: (m: Mark) => m.m!.low, x2: (m: Mark) => m.m!.high, stroke: ink, strokeWidth: 1.5, dy: 8 }),
			...(["low", "high"] as const).map((end) => Plot.tickX(have, { y: "name", fy, x: (m: Mark) => m.m![end], stroke: ink, strokeWidth: 1.5, insetTop: 29, insetBottom: 13 })),
			Plot.text(have, { y: "name", fy, x: (m: Mark) => Math.max(0, m.m!.high), text: "text", dx: 6, dy: 8, textAnchor: "start", fill: ink }),
			Plot.text(missing(d.marks), { y: "name", fy, x: () => 0, text: "text", dx: 6, dy: 8, textAnchor: "start", fill: css("--fair"), fontStyle: "italic" }),
			Plot.ruleX([0], { stroke: css("--ink-2") }),
		],
	});
}

// ---- survival ----

type Point = { x: number; y: number; low: number; high: number };
const start: Point = { x: 0, y: 1, low: 1, high: 1 };

/** The curve up to where it can be relied on, and what follows. */
function parts(c: Curve): [Point[], Point[]] {
	const sure = [start], rest: Point[] = [];
	for (const s of c.steps) {
		if (s.surviving === undefined)
			break;
		const p = { x: s.until, y: s.surviving.value, low: s.surviving.low, high: s.surviving.high };
		if (s.small && rest.length === 0)
			rest.push(sure[sure.length - 1]!);
		(rest.length > 0 || s.small ? rest : sure).push(p);
	}
	return [sure, rest];
}

/** Where labels stand at the curves' ends, moved apart by at least a line; how far each moved. */
function apart(ends: number[], room: number): number[] {
	const order = ends.map((_, i) => i).sort((a, b) => ends[a]! - ends[b]!), at = [...ends];
	for (let k = 1; k < order.length; k++)
		at[order[k]!] = Math.max(at[order[k]!]!, at[order[k - 1]!]! + size + 3);
	const over = order.length ? Math.max(0, at[order[order.length - 1]!]! - room) : 0;
	return at.map((y, i) => y - over - ends[i]!);
}

function curves(d: Drawing & { form: "curves" }, width: number): SVGSVGElement {
	const several = d.curves.length > 1, end = Math.max(...d.curves.flatMap((c) => c.steps.map((s) => s.until)), d.step);
	const top = 26, tall = 280, left = 52, right = several ? Math.min(width * 0.3, broadest(d.curves.map((c) => c.name)) + 14) : 24;
	const under = 62, each = several ? 42 : 20, bottom = under + d.curves.length * each + 4;
	const steps = Math.round(end / d.step), every = Math.max(1, Math.ceil(steps / Math.max(1, Math.floor((width - left - right) / 76))));
	const ticks = Array.from({ length: Math.floor(steps / every) + 1 }, (_, i) => i * every * d.step);
	const marks: Plot.Markish[] = [], colours = ["--c1", "--c2", "--c3", "--c4", "--c5", "--c6"].map(css), ends: number[] = [], last: Point[] = [];
	d.curves.forEach((c, k) => {
		const stroke = colours[k % 6]!;
		for (const [i, part] of parts(c).entries()) {
			if (part.length < 1)
				continue;
			marks.push(
				Plot.areaY(part, { x: "x", y1: "low", y2: "high", curve: "step-after", fill: stroke, fillOpacity: i === 0 ? (several ? 0.1 : 0.2) : 0.06 }),
				Plot.lineY(part, { x: "x", y: "y", curve: "step-after", stroke, strokeWidth: 2.5, strokeOpacity: i === 0 ? 1 : 0.4, ...(dashes[k % 6] ? { strokeDasharray: dashes[k % 6] } : {}) }),
			);
			last[k] = part[part.length - 1]!;
		}
		ends.push(top + (1 - last[k]!.y) * tall);
	});
	const moved = apart(ends, top + tall);
	d.curves.forEach((c, k) => {
		const fill = css("--ink"), below = under + k * each;
		if (several) {
			marks.push(
				Plot.text([last[k]!], { x: "x", y: "y", text: () => c.name, dx: 7, dy: moved[k]!, textAnchor: "start", fill, fontWeight: 650, lineWidth: (right - 10) / size, textOverflow: "ellipsis" }),
				Plot.text([c.name], { frameAnchor: "bottom-left", text: (n: string) => n, dx: 28 - left, dy: below, textAnchor: "start", fontWeight: 650, lineWidth: (width - 40) / size, textOverflow: "ellipsis" }),
			);
		}
		marks.push(Plot.text(ticks.map((x, i) => ({ x, text: i === 0 ? c.start : c.steps[Math.round(x / d.step) - 1]?.risk ?? "" })),
			{ x: "x", text: "text", frameAnchor: "bottom", dy: below + (several ? 17 : 0), fill }));
	});
	const svg = plot(width, {
		height: top + tall + bottom, marginTop: top, marginBottom: bottom, marginLeft: left, marginRight: right,
		x: { domain: [0, end], ticks, label: null, tickFormat: (v: number) => number(v) },
		y: { domain: [0, 1], label: d.label, labelArrow: "none", grid: true, ticks: 5, tickFormat: (v: number) => percent(v) },
		marks: [
			Plot.ruleY([0], { stroke: css("--ink-2") }), ...marks,
			Plot.text([d.across], { frameAnchor: "bottom-right", dy: 34, textAnchor: "end", text: (x: string) => x, fill: css("--ink-2") }),
			Plot.text([d.risk], { frameAnchor: "bottom-left", dx: 8 - left, dy: 44, textAnchor: "start", text: (x: string) => x, fill: css("--ink-2") }),
		],
	});
	if (several) // the dash of each curve, beside its name under the axis
		d.curves.forEach((_, k) => {
			const line = document.createElementNS("http://www.w3.org/2000/svg", "line"), y = String(top + tall + under + k * each);
			for (const [a, v] of Object.entries({ x1: "6", x2: "26", y1: y, y2: y, stroke: colours[k % 6]!, "stroke-width": "2.5", "stroke-dasharray": dashes[k % 6]! }))
				line.setAttribute(a, v);
			svg.append(line);
		});
	return svg;
}

// ---- two-way tables ----

function cells(d: Drawing & { form: "cells" }, width: number): SVGSVGElement {
	const names = namesOf(d.marks), columns = [...new Set(d.marks.map((m) => m.column))], have = known(d.marks);
	const most = Math.max(1, ...have.map((m) => m.m!.value));
	return plot(width, {
		height: 48 + names.length * 40, marginTop: 44, marginBottom: 4, marginLeft: Math.min(width * 0.35, broadest(names) + 14),
		x: { domain: columns, axis: "top", label: d.columns, labelArrow: "none", tickSize: 0 }, y: { domain: names, label: null, tickSize: 0 },
		marks: [
			Plot.cell(d.marks, { x: "column", y: "name", fill: css("--c1"), fillOpacity: (m: Mark) => shade(m.m?.value, most), inset: 1 }),
			Plot.text(d.marks, { x: "column", y: "name", text: "text", fill: css("--ink") }),
		],
		opacity: { type: "identity" },
	});
}
export function draw(d: Drawing, width: number): SVGSVGElement {
	switch (d.form) {
	case "bars": return bars(d, width);
	case "points": return points(d, width);
	case "funnel": return funnel(d, width);
	case "curves": return curves(d, width);
	case "cells": return cells(d, width);
	}
}
