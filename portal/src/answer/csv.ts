// csv.ts - an answer as a spreadsheet: the columns, order and spelling of `cordon show --csv` (cli/show_csv.c), so that a
// program reads either.
import type { Answer, Cell } from "../api";
import { measured, type Measured } from "./measured";

/** As C's %.8g. */
export function shortest(v: number): string {
	if (v === 0)
		return "0";
	const [mantissa = "", power = "0"] = v.toExponential(7).split("e"), n = Number(power);
	if (n < -4 || n >= 8)
		return `${mantissa.replace(/\.?0+$/, "")}e${n < 0 ? "-" : "+"}${String(Math.abs(n)).padStart(2, "0")}`;
	const fixed = v.toFixed(Math.max(0, 7 - n));
	return fixed.includes(".") ? fixed.replace(/\.?0+$/, "") : fixed;
}

/** A text that a spreadsheet would take for a formula is given as text. */
function field(text: string): string {
	const code = text.trimStart().codePointAt(0) ?? 0, first = String.fromCodePoint(code >= 0xff01 && code <= 0xff5e ? code - 0xfee0 : code);
	const formula = "=+-@".includes(first) && !/^-?[0-9][0-9.]*$/.test(text) && code !== 0;
	return formula || /[,"\r\n]/.test(text) ? `"${formula ? "'" : ""}${text.replaceAll('"', '""')}"` : text;
}
const line = (fields: string[]): string => `${fields.map(field).join(",")}\r\n`;
const numbers = (m: Measured | undefined): string[] => [
	...(m ? [shortest(m.value), shortest(m.low), shortest(m.high)] : ["", "", ""]),
	...(m?.from !== undefined && m.to !== undefined ? [shortest(m.from), shortest(m.to)] : ["", ""]),
];

function plain(a: Answer): string {
	const names = a.groups.map((g) => g.name);
	const row = (site: string, state: string, c?: Cell) => {
		const known = c?.state === "released" && c.value !== undefined;
		return line([site, state, ...names.map((n) => c?.group[n] ?? ""), c?.state ?? "", known ? String(c.value) : "",
			...(known && c.interval ? c.interval.map(String) : ["", ""])]);
	};
	const rows = (site: string, state: string, cells: Cell[] = []) => (cells.length === 0 ? row(site, state) : cells.map((c) => row(site, state, c)).join(""));
	return line(["site", "site_state", ...names, "cell_state", "value", "low", "high"])
		+ a.sites.map((s) => rows(s.site, s.state, s.cells)).join("") + rows("total", a.state, a.total.cells);
}

type Tree = Record<string, unknown>;
const isTree = (x: unknown): x is Tree => typeof x === "object" && x !== null && !Array.isArray(x);
const trees = (x: unknown): Tree[] => (Array.isArray(x) ? x.filter(isTree) : []);

function withStatistics(a: Answer): string {
	const names = a.groups.map((g) => g.name);
	let out = line(["site", "site_state", ...names, "number", "at", "value", "low", "high", "from", "to"]);
	const one = (who: [string, string], group: unknown, number: string, at: string, m: Measured | undefined) => {
		out += line([...who, ...names.map((n) => String((isTree(group) ? group[n] : undefined) ?? "")), number, at, ...numbers(m)]);
	};
	const map = (who: [string, string], group: unknown, of: Tree, at: string) => {
		for (const [name, x] of Object.entries(of))
			if (isTree(x) && typeof x.value === "number")
				one(who, group, name, at, measured(x));
	};
	const at = (x: unknown) => (typeof x === "number" ? shortest(x) : "");
	const statistics = (who: [string, string], of: Tree | undefined) => {
		for (const g of trees(of?.groups)) {
			map(who, g.group, g, "");
			for (const q of trees(g.quantiles))
				one(who, g.group, "quantile", at(q.at), measured(q));
			for (const s of trees(g.steps))
				map(who, g.group, s, at(s.until === undefined ? s.step : s.until));
		}
		for (const x of trees(of?.tables)) {
			map(who, x.within, x, "");
			if (isTree(x.compared))
				map(who, x.within, x.compared, "");
		}
	};
	const words = (who: [string, string], cells: Cell[] = []) => {
		for (const c of cells)
			one(who, c.group, c.layer ? `cell ${c.layer}` : "cell", c.point === undefined ? "" : String(c.point), measured(c));
	};
	statistics(["total", a.state], a.total.statistics);
	for (const s of a.sites) {
		if (!s.cells?.length)
			one([s.site, s.state], undefined, "", "", undefined);
		statistics([s.site, s.state], s.statistics);
	}
	words(["total", a.state], a.total.cells);
	for (const s of a.sites)
		words([s.site, s.state], s.cells);
	return out;
}

export const csv = (a: Answer): string => (a.total.statistics === undefined ? plain(a) : withStatistics(a));
