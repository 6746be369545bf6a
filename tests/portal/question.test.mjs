// The question that the builder edits, without a browser: nothing of it is lost or hidden, whatever is done to it.
import test from "node:test";
import assert from "node:assert/strict";
import { bundled } from "./bundle.mjs";

const ask = await bundled("path", "criteria", "places", "share", "yaml", "offers");

/** Everything that the builder shows, and what it does not. */
const whole = {
	study: "DM-2026-01", kind: "count", dataset: "omop", sites: ["renmin"], on: "2026-01-01", sets: { d: ["201826+", "-4058243+"] }, group_by: ["sex"],
	cohort: {
		entry: [{ condition: ["set:d"], first: "yes", during: "2014-01-01..", with: [{ visit: [9201], same_visit: true, within: { from: "0 days", to: "3 days", of: "index" } }] }, { drug: "any" }],
		index: "each", observed: { before: "365 days", after: "2 weeks" },
		all: [
			{ drug: ["1503297+"], within: { from: "0 days", to: "90 days" }, times: { at_least: 2, distinct: "day" }, supply: { at_least: 30 } },
			{ measure: "hba1c", value: { at_least: 7, below: 9 }, within: [{ from: "-30 days" }, { to: "1 week", on: "end" }] },
			{ at_least: 2, of: [{ sex: "女" }, { age: { from: 45, to: 65 } }, { sex: "男", birth: "1950-01-01..1959-12-31" }] },
			{ any: [{ observation: [1], value: { unit: [8554], concept: [9191] }, ends: "..2025-12-31", inside_observation: "no" }, { none: [{ death: "any" }] }] },
			{ sex: [8507] }, { visit: [9201], condition: [1] },
		],
		none: [{ measurement: ["icd10:E11+", "path:\\A b\\C\\+"], value: { outside: [3.5, 5] }, lasting: { at_least: "1 week" } }],
	},
};

test("a change leaves everything else as it was, and its opposite brings the question back", () => {
	const { get, set, insert, move, parts, pathKey } = ask, before = JSON.stringify(whole);
	for (const { path, part } of parts(whole)) {
		const changed = set(whole, [...path, "first"], "no");
		assert.notEqual(JSON.stringify(changed), before);
		assert.deepEqual(set(changed, [...path, "first"], part.first), whole, pathKey(path));
		if (typeof path.at(-1) !== "number")
			continue;
		const list = path.slice(0, -1), i = path.at(-1), gone = set(whole, path, undefined);
		assert.equal(get(gone, list).length, get(whole, list).length - 1);
		assert.deepEqual(insert(gone, list, i, part), whole);
		const there = ["cohort", "none"];
		const moved = move(whole, path, there, 1);
		assert.deepEqual(get(moved, pathKey(list) === "cohort/none" ? [...there, 0] : [...there, 1]), part, pathKey(path));
	}
	assert.equal(JSON.stringify(whole), before, "nothing is changed in place");
});

test("a group does not go into itself, and members that shift are found", () => {
	const { get, move } = ask;
	assert.deepEqual(move(whole, ["cohort", "all", 3], ["cohort", "all", 3, "any"], 0), whole);
	const into = move(whole, ["cohort", "all", 0], ["cohort", "all", 2, "of"], 3);
	assert.deepEqual(get(into, ["cohort", "all", 1, "of", 3]), whole.cohort.all[0]);
	assert.deepEqual(get(move(whole, ["cohort", "all", 0], ["cohort", "all"], 2), ["cohort", "all"]).map((p) => Object.keys(p)[0]), ["measure", "drug", "at_least", "any", "sex", "visit"]);
});

test("every key of a criterion is shown, by a control or as it is", () => {
	const { parts, restOf, headOf } = ask, rest = {};
	for (const { path, part } of parts(whole))
		if (headOf(part).type !== "group")
			rest[path.join("/")] = restOf(part).map(([k]) => k);
	assert.deepEqual(rest["cohort/all/0"], ["supply"]);
	assert.deepEqual(rest["cohort/all/1"], ["value"], "a bound inside and one outside is more than the controls show");
	assert.deepEqual(rest["cohort/all/3/any/0"], ["value", "ends", "inside_observation"]);
	assert.deepEqual(rest["cohort/none/0"], ["lasting"]);
	assert.deepEqual(rest["cohort/entry/0"], []);
	assert.deepEqual(headOf({ sex: "男", birth: "a" }).type, "other");
	assert.deepEqual(headOf({ visit: [9201], condition: [1] }), { type: "event", key: "condition" });
	assert.deepEqual(restOf({ visit: [9201], condition: [1] }).map(([k]) => k), ["visit"]);
});

test("windows, days, values and codes are read and written alike", () => {
	const { readEdge, readWindow, writeWindow, readSpan, writeSpan, readValue, writeValue, readTimes, writeTimes, readCode, writeCode, dayOf, periodOf, typedCodes, ageEdges } = ask;
	for (const [text, days] of [["30 days", 30], ["-30 days", -30], ["30 days before", -30], ["2 weeks", 14], ["1 week before", -7], ["0 days", 0], ["all days before", -Infinity], ["all days after", Infinity]])
		assert.equal(readEdge(text), days, text);
	for (const text of ["1 month", "-3 days before", "x", 3, undefined])
		assert.equal(readEdge(text), null);
	for (const w of [{ from: "-30 days", to: "0 days" }, { from: "all days before", to: "-1 days", on: "end", to_on: "end", of: "index" }])
		assert.deepEqual(writeWindow(readWindow(w)), w);
	assert.equal(readWindow({ from: "0 days", more: "x" }), null);
	for (const s of ["2024-01-01..2025-12-31", "2024-01-01..", "..2025-12-31"])
		assert.equal(writeSpan(readSpan(s)), s);
	for (const v of [{ at_least: 7 }, { below: 8 }, { between: [7, 8] }, { outside: [3.5, 5] }])
		assert.deepEqual(writeValue(readValue(v)), v);
	assert.equal(readValue({ unit: [8554] }), null);
	for (const v of [{ at_least: 2 }, { exactly: 0, distinct: "day" }])
		assert.deepEqual(writeTimes(readTimes(v)), v);
	for (const c of ["201826", "201826+", "201826+m", "201826m", "-4058243+", "icd10:E11+", "-icd10:E11.9", "path:\\A b\\+", "-set:x"])
		assert.equal(readCode(c)?.set ? c : writeCode(readCode(c)), c);
	assert.deepEqual(typedCodes("201826+, icd10:E11+ sugar"), { codes: ["201826+", "icd10:E11+"], wrong: ["sugar"] });
	for (const [y, p, s, first, last] of [[2024, 0, "quarter", "2024-01-01", "2024-03-31"], [2024, 3, "quarter", "2024-10-01", "2024-12-31"], [2023, 1, "month", "2023-02-01", "2023-02-28"], [2025, 0, "year", "2025-01-01", "2025-12-31"]]) {
		assert.equal(dayOf(y, p, s, false), first);
		assert.equal(dayOf(y, p, s, true), last);
		assert.deepEqual(periodOf(last, s), { year: y, part: p });
	}
	assert.deepEqual(ageEdges(["80+", "0-17", "18-44", "45-64", "65-79"]), [0, 18, 45, 65, 80]);
});

test("what is left empty while composing is not sent, and is known to be unfinished", () => {
	const { tidy, unfinished, needsDay } = ask;
	assert.deepEqual(tidy({ study: "A", kind: "count", cohort: { all: [], none: [] }, sites: [], of: "" }), { study: "A", kind: "count" });
	assert.deepEqual(tidy(whole), whole);
	assert.deepEqual(unfinished({ cohort: { all: [{ drug: [] }, { age: {} }, { any: [] }, { measure: "" }, { sex: "" }, { sex: "女" }] } }).map((p) => p.at(-1)), [0, 1, 2, 3, 4]);
	assert.deepEqual(unfinished(whole), []);
	assert.equal(needsDay({ group_by: ["age"], cohort: { all: [{ drug: [1] }] } }), true);
	assert.equal(needsDay({ group_by: ["age"], cohort: { all: [{ drug: [1], during: "..2025-12-31" }] } }), false);
	assert.equal(needsDay({ group_by: ["age"], cohort: { entry: { drug: [1] } } }), false);
});

test("a place in what was sent is a place in the question", () => {
	const { pathAt, pathText } = ask, sent = JSON.stringify({ question: whole });
	for (const [word, path] of [['"女"', "cohort.all[2].of[0].sex"], ["90 days", "cohort.all[0].within.to"], ['"outside"', "cohort.none[0].value.outside"], ['"study"', "study"]]) {
		const column = [...sent.slice(0, sent.indexOf(word) + 1)].length;
		assert.equal(pathText(pathAt(whole, `question:1:${column}`)), path);
	}
	assert.equal(pathAt(whole, ""), null);
	assert.deepEqual(pathAt(whole, "question:1:2"), []);
	assert.equal(pathAt(whole, "question:1:1"), null);
});

test("a link holds the question and nothing else, and a broken one opens nothing", async () => {
	const { toFragment, fromFragment } = ask, f = await toFragment(whole);
	assert.match(f, /^#q=[A-Za-z0-9_-]+$/);
	assert.deepEqual(await fromFragment(f), whole);
	assert.equal(await fromFragment(f.slice(0, -9)), null);
	assert.equal(await fromFragment("#q=AAAA"), null);
	assert.equal(await fromFragment(await toFragment({ x: "0".repeat(1 << 20) })), null, "a small link that unfolds into very much");
	assert.equal(await fromFragment(await toFragment([1])), null);
});

test("hospitals that differ are offered by what they have in common", () => {
	const site = (site, window, steps, cuts) => ({ site, online: true, title: { en: "", zh: "" }, shown: "open", kinds: ["count"], modes: ["noised"], compose: { criteria: 20, depth: 4, window },
		datasets: [{ id: "omop", title: {}, span: { from: "2000-01-01", to: "2025-12-31" }, events: [{ event: "drug", codes: [], steps, uses: [] }], groups: [], measures: [{ id: "hba1c", cuts }] }],
		studies: [{ id: "S", title: {}, kinds: ["count"], datasets: ["omop"], may_use: [] }] });
	const c = { sites: [site("a", 7, "month", [7, 8]), site("b", 2, "quarter", [6.5, 7])], coverage: [] };
	const o = ask.offersFor(c, { study: "S", dataset: "omop" });
	assert.deepEqual([o.window, o.events[0].steps, o.measures[0].cuts, o.kinds], [14, "quarter", [6.5, 7, 8], ["count"]]);
	assert.equal(ask.offersFor(c, { study: "S", dataset: "omop", sites: ["a"] }).window, 7);
	assert.equal(ask.offersFor(c, {}).sites.length, 0);
});

test("an officers' cohort is called what all hospitals call it, and its parameters are typed where they differ", () => {
	const site = (site, title, takes, values) => ({ site, online: true, title: {}, shown: "open", kinds: ["count"], modes: ["noised"], datasets: [{ id: "omop", title: {}, span: null, events: [], groups: [], measures: [] }],
		studies: [{ id: "S", title: {}, kinds: ["count"], datasets: ["omop"], may_use: [], cohorts: [{ id: "hba1c", title, dataset: "omop", kinds: ["count"], params: [{ name: "sex", takes, values }] }] }] });
	const of = (...sites) => ask.offersFor({ sites, coverage: [] }, { study: "S", dataset: "omop" }).cohorts[0];
	const en = { en: "HbA1c", zh: "HbA1c" }, other = { en: "Everybody", zh: "所有人" };
	assert.deepEqual(of(site("a", en, "value", ["F"]), site("b", en, "value", ["M"])), { id: "hba1c", title: en, dataset: "omop", kinds: ["count"], params: [{ name: "sex", takes: "value", values: ["F", "M"] }] });
	assert.deepEqual(of(site("a", other, "value", ["F"]), site("b", en, "value", ["M"])).title, { en: "", zh: "" });
	assert.deepEqual(of(site("a", en, "value", ["F"]), site("b", en, "code", [])).params, [{ name: "sex", takes: "value", values: [] }]);
	assert.deepEqual(of(site("a", en, "value", ["F"]), site("b", en, "value", [])).params[0].values, []);
	const a = site("a", en, "period", []), b = site("b", en, "period", []);
	Object.assign(a.studies[0].cohorts[0].params[0], { step: "month", span: { from: "2020-01", to: "2025-12" } });
	Object.assign(b.studies[0].cohorts[0].params[0], { step: "year", span: { from: "2021", to: "2024" } });
	assert.deepEqual(of(a, b).params, [{ name: "sex", takes: "period", values: [], step: "year", span: { from: "2021", to: "2024" } }]);
});
