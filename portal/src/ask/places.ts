// places.ts - "question:1:57" of a problem is a place in the body that was sent; this finds what of the question stands there.
import { isMap, type Json, type Path } from "./path";

/** Where each value and key begins in JSON.stringify(value). */
function starts(value: Json, path: Path, at: number, out: { at: number; path: Path }[]): number {
	out.push({ at, path });
	if (Array.isArray(value)) {
		at++;
		for (const [i, v] of value.entries())
			at = starts(v, [...path, i], at, out) + 1;
		return value.length === 0 ? at + 1 : at;
	}
	if (isMap(value)) {
		const entries = Object.entries(value);
		at++;
		for (const [k, v] of entries) {
			out.push({ at, path: [...path, k] });
			at = starts(v, [...path, k], at + [...JSON.stringify(k)].length + 1, out) + 1;
		}
		return entries.length === 0 ? at + 1 : at;
	}
	return at + [...JSON.stringify(value)].length;
}

/** The path of what stands at `at`, a place in JSON.stringify({question}); null when it names none. Columns count characters from 1. */
export function pathAt(question: Json, at: string | undefined): Path | null {
	const m = /:1:(\d+)$/.exec(at ?? "");
	if (m === null)
		return null;
	const column = Number(m[1]) - 1, all: { at: number; path: Path }[] = [];
	starts({ question }, [], 0, all);
	let found: Path | null = null;
	for (const s of all)
		if (s.at <= column)
			found = s.path;
	return found === null || found[0] !== "question" ? null : found.slice(1);
}

/** "cohort.all[0].during", as sites say it. */
export const pathText = (p: Path): string => p.map((s, i) => (typeof s === "number" ? `[${s}]` : i === 0 ? s : `.${s}`)).join("");
