// The text of a question, without a browser: every example of docs/ and of the corpus is the same question after the page
// took it over and wrote it again. The gateway reads both.
import test from "node:test";
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { request } from "node:https";
import { bundled } from "./bundle.mjs";
import { token, url } from "./lib.mjs";

const { toYaml, tidy } = await bundled("yaml", "criteria");
const read = (text) => new Promise((done, failed) => {
	const body = JSON.stringify({ text });
	const r = request(`${url}/v1/questions/read`, { method: "POST", rejectUnauthorized: false, headers: { Authorization: `Bearer ${token("li")}`, "Content-Type": "application/json", "Content-Length": Buffer.byteLength(body) } }, (m) => {
		let all = "";
		m.setEncoding("utf8").on("data", (d) => { all += d; }).on("end", () => done({ status: m.statusCode, ...JSON.parse(all) }));
	});
	r.on("error", failed);
	r.end(body);
});
const from = (name) => readFileSync(new URL(`../../${name}`, import.meta.url), "utf8");

function examples() {
	const found = [];
	for (const m of from("docs/questions.md").matchAll(/```(?:yaml|json)\n(.*?)```/gs))
		found.push(/^\s*(study|\{"dataset")/.test(m[1]) ? m[1] : `study: S\nkind: count\ndataset: omop\non: 2025-12-31\ncohort:\n${m[1].replace(/^/gm, "  ")}`);
	for (const m of from("docs/cohorts.md").matchAll(/<<'END'\n(.*?)\nEND/gs))
		found.push(m[1]);
	for (const name of ["cohorts", "people", "values", "kinds", "codes"])
		for (const m of from(`tests/corpus/questions/${name}.txt`).matchAll(/^---\nDM(.*)\n((?:.+\n)+)/gm)) {
			const [kind, dataset] = m[1].trim().split(" ");
			if (!m[2].includes("{{"))
				found.push(`study: DM\nkind: ${kind || "count"}\ndataset: ${dataset ?? "omop"}\n${m[2]}`);
		}
	return found;
}

test("every example is the same question after it was taken over and written again", async () => {
	let same = 0;
	for (const text of examples()) {
		const first = await read(text);
		if (first.status !== 200)
			continue; // examples of mistakes, and half ones
		const again = await read(toYaml(tidy(first.written)));
		assert.equal(again.question, first.question, `${text}\n${toYaml(first.written)}`);
		assert.equal((await read(JSON.stringify(tidy(again.written)))).question, first.question);
		same++;
	}
	assert.ok(same > 100, `${same} examples`);
});
