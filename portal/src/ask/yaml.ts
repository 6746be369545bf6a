// yaml.ts - a question as YAML that people read: maps in lines, short things in one line. The gateway reads it back; nothing here parses.
import { isMap, type Json } from "./path";

const WIDE = 100;
/** Every scalar is text to the reader (base/node.h), but what could be taken for syntax stands in quotes. */
function scalar(v: string | number | boolean | null): string {
	if (typeof v !== "string")
		return typeof v === "boolean" ? (v ? "yes" : "no") : String(v);
	const plain = /^[\p{L}\p{N}_.\-+][\p{L}\p{N}_.\-+/ ]*$/u.test(v) || /^-?[a-z][a-z0-9_]*:[\p{L}\p{N}_.\-+]+$/u.test(v);
	// A number that was quoted stays text: quotes are meant (docs/questions.md, "Officers' cohorts").
	const number = /^[-+]?[0-9.]+([eE][-+]?[0-9]+)?$/.test(v);
	return plain && !number && !/^-( |$)| $|^---|^\.\.\.$/.test(v) ? v : JSON.stringify(v);
}
function flow(v: Json): string {
	if (Array.isArray(v))
		return `[${v.map(flow).join(", ")}]`;
	if (isMap(v))
		return `{${Object.entries(v).map(([k, x]) => `${scalar(k)}: ${flow(x)}`).join(", ")}}`;
	return scalar(v);
}
const simple = (v: Json): boolean => !(Array.isArray(v) ? v.some((x) => typeof x === "object") : isMap(v));

function block(v: Json, indent: string, lines: string[], first: string): void {
	if (Array.isArray(v)) {
		for (const m of v) {
			const one = flow(m);
			if (!(isMap(m) || Array.isArray(m)) || one.length + indent.length + 2 <= WIDE)
				lines.push(`${first}- ${one}`);
			else
				block(m, `${indent}  `, lines, `${first}- `);
			first = indent;
		}
		return;
	}
	for (const [k, x] of Object.entries(v as Record<string, Json>)) {
		const one = flow(x), room = one.length + indent.length + k.length + 2 <= WIDE;
		const short = simple(x) ? room || !Array.isArray(x) : room && !(indent === "" && isMap(x) && Object.keys(x).length > 1) && !holdsMany(x);
		if (short || (typeof x === "object" && x !== null && Object.keys(x).length === 0)) {
			lines.push(`${first}${scalar(k)}: ${one}`);
		} else {
			lines.push(`${first}${scalar(k)}:`);
			block(x, `${indent}  `, lines, `${indent}  `);
		}
		first = indent;
	}
}
const holdsMany = (v: Json): boolean => Array.isArray(v) && v.some(isMap);

/** Codes and bounds that came as text are written as numbers; of parameters and filters the quotes are meant. */
function unquoted(v: Json, key = ""): Json {
	if (["params", "filter", "study", "dataset"].includes(key))
		return v;
	if (Array.isArray(v))
		return v.map((x) => unquoted(x));
	if (isMap(v))
		return Object.fromEntries(Object.entries(v).map(([k, x]) => [k, unquoted(x, k)]));
	return typeof v === "string" && /^-?[1-9][0-9]{0,9}$/.test(v) ? Number(v) : v;
}

export function toYaml(question: Json): string {
	const lines: string[] = [];
	block(unquoted(question), "", lines, "");
	return `${lines.join("\n")}\n`;
}
