// asked.mjs - one question of each kind, asked through the command line as a person of the federation, once for all tests
// of a file. Answers that were paid for are recalled, so several files may ask the same.
import { execFile } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { home } from "./lib.mjs";

const diabetes = "cohort: {all: [{condition: [201826+]}]}";
const study = (kind, lines) => `study: CO-2026-01\nkind: ${kind}\ndataset: omop\n${lines}\n`;
export const questions = {
	count: study("count", diabetes),
	groups: study("count", `on: 2025-12-31\ngroup_by: [sex, age]\n${diabetes}`),
	histogram: study("histogram", `of: hba1c\non: 2025-12-31\n${diabetes}`),
	crosstab: study("crosstab", "on: 2025-12-31\ngroup_by: [age, sex]\ncohort: {all: [{age: {from: 18}}]}"),
	mean: study("mean", `of: hba1c\non: 2025-12-31\ngroup_by: [sex]\n${diabetes}`),
	quantile: study("quantile", `of: hba1c\nat: [0.25, 0.5, 0.75]\non: 2025-12-31\n${diabetes}`),
	survival: study("survival", "event: {death: any}\nstep: 3 months\nhorizon: 24 months\ngroup_by: [sex]\ncohort: {entry: {condition: [201826+]}}"),
	attrition: study("attrition", "on: 2025-12-31\ncohort:\n  all:\n    - {condition: [201826+]}\n    - {sex: 女}\n    - {age: {from: 45, to: 65}}"),
	secure: study("count", "on: 2025-12-31\nmode: secure\ncohort: {all: [{age: {from: 18}}]}"),
	refused: "study: MH-2026-02\nkind: count\ndataset: omop\ncohort: {all: [{procedure: [4273629]}]}\n",
};

/** `cordon ..` as `who`: what it printed, and its status. */
export function cordon(who, ...args) {
	return new Promise((done) => execFile(join(process.env.BIN ?? "build", "cordon"), args, {
		env: { ...process.env, CORDON_SETTINGS: join(home, who, "settings.yaml"), LANG: "C.UTF-8", NO_COLOR: "1" }, maxBuffer: 64 << 20,
	}, (error, out, err) => done({ status: error ? error.code : 0, out, err })));
}

/** The answer, as the gateway gave it. */
export async function ask(name, who = "li") {
	const file = join(home, `${name}-${process.pid}.yaml`);
	writeFileSync(file, questions[name] ?? name);
	const { out, err } = await cordon(who, "ask", file, "--json");
	try {
		return JSON.parse(out);
	} catch {
		throw new Error(`${name}: ${out}${err}`);
	}
}
export async function askAll(...names) {
	const answers = {};
	for (const name of names)
		answers[name] = await ask(name);
	return answers;
}
