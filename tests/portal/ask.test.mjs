// Composing a question, reading it back, its price, asking it; import, link, saved questions.
import test, { after } from "node:test";
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { join } from "node:path";
import { bundled } from "./bundle.mjs";
import { accessible, home, shot, signIn, signInByForm, stop, token, url, visit } from "./lib.mjs";

/** Tab until the field, button or summary with this name has the keyboard. Nothing here uses a pointer. */
async function reach(page, name, back = false) {
	for (let i = 0; i < 150; i++) {
		const at = await page.evaluate(() => {
			const e = document.activeElement;
			return e === document.body ? "" : (e.getAttribute("aria-label") ?? [...(e.labels ?? [])].map((l) => l.textContent).join(" ") ?? "") || e.textContent;
		});
		if (typeof name === "string" ? at.trim() === name : name.test(at))
			return;
		await page.keyboard.press(back ? "Shift+Tab" : "Tab");
	}
	assert.fail(`the keyboard does not reach ${name}`);
}
const press = async (page, name, back) => {
	await reach(page, name, back);
	await page.keyboard.press("Enter");
};
/** Chooses in a select by typing what its option begins with, as browsers have it. */
async function choose(page, name, option, back) {
	await reach(page, name, back);
	await page.keyboard.type(option);
}
const composed = (page) => page.evaluate(() => JSON.parse(sessionStorage.getItem("ask")).now);
const readBack = (page) => page.locator(".side .read-back");

/** Key and certificate as `cordon ca issue` made them, through the dialog that asks for them. */
async function giveKey(page, who = "li") {
	const dialog = page.getByRole("dialog");
	await dialog.locator("input[type=file]").setInputFiles([join(home, who, "person.key"), join(home, who, "person.crt")]);
	await dialog.getByRole("status").waitFor();
}
// one page for each language and width; each test begins it anew
const pages = new Map();
after(async () => {
	for (const page of pages.values())
		await page.done();
	await stop();
});
/** The ask page with this question, which nobody composed; without one as somebody finds it who was never here. */
async function open(question, options = {}) {
	const key = JSON.stringify(options), page = pages.get(key) ?? await visit({ bearer: token("li"), ...options });
	if (!pages.has(key)) {
		pages.set(key, page);
		await page.goto(`${url}/icon.svg`);
	}
	await page.evaluate((now) => now ? sessionStorage.setItem("ask", JSON.stringify({ owner: "li@renmin.example", past: [], now, future: [] })) : sessionStorage.clear(), question);
	await page.goto(`${url}/ask`);
	await page.locator(".ask select").first().waitFor();
	return page;
}
const CO = { study: "CO-2026-01", kind: "count", dataset: "omop" };

test("diabetes with metformin within 90 days is composed and asked by keyboard alone", { timeout: 60000 }, async () => {
	const page = await open();
	await choose(page, "Study", "Clinical");
	await page.getByRole("radio", { name: /^Count/ }).waitFor();
	await press(page, /Add a starting event/);
	await press(page, "diagnosis");
	await page.waitForFunction(() => document.activeElement.getAttribute("aria-label") === "Add code");
	await page.keyboard.type("201826+");
	await page.keyboard.press("Enter");
	await reach(page, "only the first ever of each person");
	await page.keyboard.press("Space");
	await press(page, "Done");
	await press(page, /: Must have all of these/);
	await press(page, "drug");
	await page.waitForFunction(() => document.activeElement.getAttribute("aria-label") === "Add code");
	await page.keyboard.type("1503297+");
	await page.keyboard.press("Enter");
	await reach(page, "at any time");
	await page.keyboard.press("ArrowDown");
	await reach(page, "ends: days");
	await page.keyboard.press("ControlOrMeta+A");
	await page.keyboard.type("90");
	await shot(page, "ask-window-en");
	await accessible(page);
	await press(page, "Done");
	await press(page, /: Must have all of these/);
	await press(page, "age");
	await choose(page, /^from age/, "45");
	await press(page, "Done");
	assert.deepEqual(await composed(page), { ...CO, cohort: {
		entry: [{ condition: ["201826+"], first: "yes" }],
		all: [{ drug: ["1503297+"], within: { from: "0 days", to: "90 days" } }, { age: { from: 45 } }] } });
	await readBack(page).getByText("starting 0 to 90 days after the index date").waitFor();
	await page.locator(".prices li").nth(2).waitFor();
	assert.equal(await page.locator(".prices .good").count(), 3);
	const hash = await page.locator(".fingerprint code").textContent();
	await shot(page, "ask-en");
	await accessible(page);
	// no key yet: the dialog says what to do
	await press(page, "Ask the hospitals");
	await page.getByRole("dialog", { name: "You need a signing key" }).waitFor();
	await shot(page, "ask-key-en");
	await accessible(page);
	await giveKey(page);
	await press(page, "Ask the hospitals");
	await page.waitForURL(/\/questions\/q-/);
	const id = page.url().split("/").pop();
	const answer = await (await page.request.get(`${url}/v1/questions/${id}`)).json();
	assert.equal(answer.question, hash);
	const canonical = await (await page.request.get(`${url}/v1/questions/${id}/canonical`)).text();
	assert.equal(`sha256:${createHash("sha256").update(canonical).digest("hex")}`, hash);
	// the question of an answer comes back, and is free now
	await page.locator(".cite").waitFor();
	await page.goto(`${url}/ask?from=${id}`);
	await page.getByText("This is the question of an earlier answer.").waitFor();
	await page.getByText("asking again is free").waitFor();
	assert.equal(await page.locator(".fingerprint code").textContent(), hash);
});

test("a refusal says why before anything is spent", async () => {
	const page = await open({ ...CO, cohort: { all: [{ condition: ["439727+"] }] } });
	await page.getByText("No hospital would answer this question.").waitFor();
	await page.locator(".prices .why").first().waitFor();
	assert.match(await page.locator(".prices .why").first().textContent(), /does not allow code 439727.*code:hiv/s);
	assert.equal(await page.locator(".prices .bad").count(), 3, "each says that it refuses");
	assert.ok(await page.getByRole("button", { name: "Ask the hospitals" }).isDisabled());
	await shot(page, "ask-refused-en");
	await accessible(page);
});

test("mistakes and doubts stand at the condition they belong to", async () => {
	const page = await open({ ...CO, cohort: { entry: { condition: ["201826+"], first: "yes" }, all: [{ sex: "女" }, { condition: ["201826+"], within: { from: "all days before", to: "-1 days" } }] } }, { lang: "zh" });
	const card = page.getByRole("group", { name: /^条件 2/ });
	await card.locator(".told.fair").waitFor();
	await shot(page, "ask-doubt-zh");
	await open({ ...CO, cohort: { all: [{ sex: "女" }, { condition: ["201826+", "x y"] }] } }, { lang: "zh" });
	await page.getByRole("group", { name: /^条件 2/ }).getByRole("alert").waitFor();
	assert.equal(await page.getByRole("group", { name: /^条件 1/ }).getByRole("alert").count(), 0);
	await accessible(page);
});

test("what is done by mistake is undone; work survives a reload and belongs to its person", async () => {
	const q = { ...CO, cohort: { all: [{ drug: ["1503297+"], supply: { at_least: 30 } }, { sex: "女" }] } }, page = await open(q);
	await page.getByRole("button", { name: /^Remove: drug/ }).focus();
	await page.keyboard.press("Enter");
	assert.deepEqual((await composed(page)).cohort.all, [{ sex: "女" }]);
	await page.keyboard.press("ControlOrMeta+Z");
	assert.deepEqual(await composed(page), q);
	await page.keyboard.press("ControlOrMeta+Shift+Z");
	assert.equal((await composed(page)).cohort.all.length, 1);
	await page.getByRole("button", { name: "Undo" }).click();
	await page.reload();
	await page.locator(".kept-chip").getByText("days of supply").waitFor(); // what no control shows is there, and stays
	assert.deepEqual(await composed(page), q);
	await page.getByRole("button", { name: /^Move down: drug/ }).click();
	await page.getByRole("combobox", { name: /^Move to: drug/ }).selectOption({ label: "Must have none of these" });
	assert.deepEqual((await composed(page)).cohort, { all: [{ sex: "女" }], none: [q.cohort.all[0]] });
	await page.locator("summary", { hasText: ": Must have all of these" }).click();
	await page.getByRole("button", { name: "at least this many of these" }).click();
	assert.deepEqual((await composed(page)).cohort.all[1], { at_least: 2, of: [] });
	await page.setExtraHTTPHeaders({ Authorization: `Bearer ${token("wang")}` });
	await page.reload();
	await page.locator(".ask select").first().waitFor();
	assert.equal((await composed(page)).cohort, undefined);
	await page.setExtraHTTPHeaders({ Authorization: `Bearer ${token("li")}` });
});

test("a definition of ATLAS shows what cannot be said before it is taken over", async () => {
	const page = await open(), fine = { ConceptSets: [{ id: 0, name: "T2D", expression: { items: [{ concept: { CONCEPT_ID: 201826 }, includeDescendants: true }] } }],
		PrimaryCriteria: { CriteriaList: [{ ConditionOccurrence: { CodesetId: 0 } }], ObservationWindow: { PriorDays: 365, PostDays: 0 }, PrimaryCriteriaLimit: { Type: "First" } },
		QualifiedLimit: { Type: "First" }, ExpressionLimit: { Type: "First" }, InclusionRules: [], EndStrategy: { DateOffset: { DateField: "StartDate", Offset: 30 } }, CensoringCriteria: [], CollapseSettings: { CollapseType: "ERA", EraPad: 0 }, CensorWindow: {} };
	const give = async (name, body) => page.getByRole("dialog").locator("input[type=file]").setInputFiles({ name, mimeType: "application/json", buffer: Buffer.from(typeof body === "string" ? body : JSON.stringify(body)) });
	await page.getByRole("combobox", { name: /^Study/ }).selectOption("CO-2026-01");
	await page.getByRole("button", { name: "Import" }).click();
	const bad = structuredClone(fine);
	bad.PrimaryCriteria.CriteriaList[0].ConditionOccurrence.StopReason = { Text: "x", Op: "contains" };
	await give("bad.json", bad);
	await page.getByText("It cannot be taken over").waitFor();
	assert.equal(await page.getByRole("button", { name: "Take it over" }).count(), 0);
	await page.getByRole("button", { name: "Choose another file" }).click();
	await give("diabetes.json", fine);
	await page.getByText("Left out or read in a certain way").waitFor();
	await shot(page, "ask-import-en");
	await accessible(page);
	await page.getByRole("button", { name: "Take it over" }).click();
	await readBack(page).getByText("201826").waitFor();
	assert.ok((await composed(page)).cohort.observed);
	// our own, in YAML
	await page.getByRole("button", { name: "Import" }).click();
	await give("q.yaml", "study: CO-2026-01\nkind: count\ndataset: omop\nsites: [renmin]\ncohort: {all: [{sex: 女}]}\n");
	await page.getByRole("button", { name: "Take it over" }).click();
	assert.deepEqual(await composed(page), { ...CO, sites: ["renmin"], cohort: { all: [{ sex: "女" }] } });
});

test("the text is the question; a mistake in it is told by line and column and changes nothing", async () => {
	const q = { ...CO, sets: { d: ["201826+"] }, cohort: { entry: { condition: ["set:d"] }, all: [{ drug: ["1503297+"], within: { from: "0 days", to: "90 days" } }] } }, page = await open(q);
	await page.getByRole("button", { name: "As text" }).click();
	const area = page.getByRole("textbox", { name: "The question as text" });
	const text = await area.inputValue();
	assert.match(text, /^cohort:\n {2}entry: {condition: \[set:d\]}\n/m);
	await shot(page, "ask-text-en");
	await accessible(page);
	await area.fill(text.replace("drug:", "drgu:"));
	await page.getByRole("button", { name: "Take over" }).click();
	await page.getByRole("button", { name: /^line \d+, column \d+$/ }).waitFor();
	assert.deepEqual(await composed(page), q);
	await area.fill(text.replace("90 days", "60 days"));
	await page.getByRole("button", { name: "Take over" }).click();
	await page.getByRole("dialog").waitFor({ state: "hidden" });
	assert.equal((await composed(page)).cohort.all[0].within.to, "60 days");
	assert.deepEqual((await composed(page)).sets, { d: ["201826+"] });
});

test("a link brings the question to somebody else, without an answer", async () => {
	const q = { ...CO, cohort: { all: [{ drug: ["1503297+"] }] } }, page = await open(q);
	await page.getByRole("button", { name: "Share" }).click();
	const link = page.getByRole("textbox", { name: "Link" });
	await page.waitForFunction(() => document.querySelector("dialog[open] input").value.includes("#q="));
	const address = await link.inputValue();
	await shot(page, "ask-share-en");
	const other = await visit({ bearer: token("wang"), lang: "zh" });
	await other.goto(address);
	await other.getByText("来自链接").waitFor();
	assert.deepEqual(await composed(other), q);
	assert.equal(new URL(other.url()).hash, "");
	await other.goto(`${url}/ask#q=broken`);
	await other.getByText("链接损坏").waitFor();
	assert.deepEqual(await composed(other), q);
	await other.done();
});

test("a question is saved under a name, opened, and deleted", async () => {
	const q = { ...CO, cohort: { all: [{ drug: ["1503297+"] }] } }, page = await open(q);
	await page.getByRole("button", { name: "Save" }).click();
	await page.getByRole("textbox", { name: "Name" }).fill("二甲双胍");
	await page.getByRole("dialog").getByRole("button", { name: "Save" }).click();
	await page.getByText("Saved as 二甲双胍.").waitFor();
	await page.getByRole("button", { name: "Start anew" }).click();
	await page.goto(`${url}/cohorts`);
	await page.getByRole("link", { name: "Open: 二甲双胍" }).waitFor();
	await shot(page, "cohorts-en");
	await accessible(page);
	await page.getByRole("link", { name: "Open: 二甲双胍" }).click();
	await page.getByRole("group", { name: /metformin/ }).waitFor();
	assert.deepEqual(await composed(page), q);
	await page.goto(`${url}/cohorts`);
	await page.getByRole("button", { name: "Delete: 二甲双胍" }).click();
	await page.getByRole("button", { name: "Delete for good" }).click();
	await page.getByText("Nothing saved yet.").waitFor();
});

test("a session that ends takes no work with it", async () => {
	const page = await visit();
	await signIn(page, "li", "/ask");
	await page.getByRole("combobox", { name: /^Study/ }).selectOption("CO-2026-01");
	await page.getByRole("button", { name: "women with type 2 diabetes" }).click();
	await readBack(page).getByText("201826").waitFor();
	const q = await composed(page);
	await page.context().clearCookies();
	await page.getByRole("button", { name: "Remove: sex", exact: false }).click(); // what is left is read, and refused
	await page.getByText("Your session has ended.").waitFor();
	await signInByForm(page, "li", "/ask");
	await page.getByRole("button", { name: "Undo" }).click();
	assert.deepEqual(await composed(page), q);
	await page.done();
});

test("it is readable on a phone, in Chinese", async () => {
	const page = await open({ ...CO, group_by: ["sex"], cohort: { entry: [{ condition: ["201826+"], first: "yes" }], all: [{ drug: ["1503297+"], within: { from: "0 days", to: "90 days" } }, { any: [{ measure: "hba1c", value: { at_least: 7 } }, { age: { from: 45 } }] }], none: [{ condition: ["316866+"], within: { to: "-1 days" } }] } }, { lang: "zh", width: 390, height: 844 });
	await page.locator(".prices li").first().waitFor();
	assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), "nothing is wider than the screen");
	await shot(page, "ask-phone-zh");
	await accessible(page);
});

test("a link that is opened signed out waits in the tab: no server sees its question", async () => {
	const page = await visit(), q = { ...CO, cohort: { all: [{ sex: "女" }] } }, asked = [];
	const { toFragment } = await bundled("share"), fragment = await toFragment(q);
	page.on("request", (r) => asked.push(r.url() + (r.postData() ?? "") + (r.headers().referer ?? "")));
	await page.goto(`${url}/ask${fragment}`);
	await page.getByText("Sign in to open the question of this link.").waitFor();
	assert.equal(page.url(), `${url}/sign-in?to=%2Fask`);
	for (const a of await page.locator("a[href*=sign-in]").evaluateAll((all) => all.map((x) => x.href)))
		assert.ok(!a.includes("q%3D"), a);
	// as a provider's page would: away, and back to the page that was wanted, with a session
	await page.request.post(`${url}/v1/session`, { data: { token: token("li") } });
	await page.goto(`${url}/ask`);
	await page.getByText("Opened from a link.").waitFor();
	assert.deepEqual(await composed(page), q);
	assert.ok(!asked.slice(0, asked.findIndex((x) => x.endsWith("/v1/questions/read"))).some((x) => x.includes(fragment.slice(3, 20))));
	assert.equal(await page.evaluate(() => sessionStorage.getItem("fragment")), null);
	await page.done();
});

test("concepts are found by name in both languages and by code, gone along the tree, and chosen by keyboard", async () => {
	const page = await open({ ...CO, cohort: { all: [{ condition: [] }] } }), dialog = page.getByRole("dialog", { name: "Search the vocabulary" });
	await press(page, /^Change: diagnosis/);
	await reach(page, "Add code");
	await page.keyboard.type("糖尿病");
	await page.keyboard.press("Enter");
	const status = dialog.getByRole("status"), results = dialog.getByRole("region", { name: "Concepts" });
	await status.getByText("9 concepts").waitFor({ state: "attached" });
	for (const word of ["E11", "type 2 diab"]) {
		await reach(page, "Search");
		await page.keyboard.press("ControlOrMeta+A");
		await page.keyboard.type(word);
		await results.locator(".concept-name").first().getByText("Type 2 diabetes mellitus").waitFor();
		await page.waitForFunction((w) => document.querySelector("dialog[open] input").value === w, word);
	}
	await press(page, "Show what is above and below Type 2 diabetes mellitus");
	await results.getByRole("button", { name: "Add: Disorder due to type 2 diabetes mellitus" }).first().waitFor();
	await shot(page, "ask-concepts-en");
	await accessible(page);
	await press(page, "Show Diabetes mellitus"); // the parent, which then stands alone with what is below
	await results.getByText("201820").waitFor();
	await press(page, "Add with all below (8): Diabetes mellitus");
	await results.getByText("added").first().waitFor();
	await press(page, "Add: Gestational diabetes mellitus");
	await press(page, "Done");
	await press(page, /^taken out: Gestational/, true);
	await page.keyboard.press("Space");
	assert.deepEqual((await composed(page)).cohort, { all: [{ condition: ["201820+", "-4024659"] }] });
	await page.getByRole("group", { name: "Condition 1, diagnosis: Diabetes mellitus and all below, not Gestational diabetes mellitus" }).waitFor();
	await readBack(page).getByText("4024659 (Gestational diabetes mellitus)").waitFor();
});

test("distinct people are asked for in the sum alone", async () => {
	const page = await open({ ...CO, group_by: ["sex"], cohort: { all: [{ condition: ["201826+"] }] } });
	await page.getByRole("radio", { name: /^Distinct people/ }).check();
	assert.deepEqual(await composed(page), { ...CO, kind: "distinct", mode: "secure", cohort: { all: [{ condition: ["201826+"] }] } });
	await page.getByText("so there is only the sum of all").waitFor();
	assert.equal(await page.getByRole("checkbox", { name: /^sex/ }).count(), 0);
	await page.getByText("3 of 3 hospitals will answer").waitFor();
	await open({ study: "MH-2026-02", kind: "count", dataset: "omop" });
	await page.getByRole("radio", { name: /^Count/ }).waitFor();
	assert.equal(await page.getByRole("radio", { name: /^Distinct people/ }).count(), 0, "only where it is offered");
});

test("a cohort that the officers prepared is chosen and given its parameters", async () => {
	const page = await open({ study: "DM-2026-01", kind: "count", dataset: "omop", cohort: { all: [{ condition: ["201826+"] }] } });
	const prepared = page.getByLabel("Prepared by the officers");
	await prepared.selectOption({ label: "HbA1c of patients with type 2 diabetes (hba1c-t2dm)" });
	assert.deepEqual(await composed(page), { study: "DM-2026-01", kind: "count", dataset: "omop", cohort: "hba1c-t2dm" });
	await page.getByLabel("from", { exact: false }).first().fill("2025-01");
	await page.getByLabel(/^to/).fill("2025-06");
	assert.deepEqual((await composed(page)).params, { from: "2025-01", to: "2025-06" });
	await page.getByText("a whole month or longer").first().waitFor();
	await readBack(page).getByText("hba1c-t2dm").first().waitFor();
	await accessible(page);
	await shot(page, "ask-prepared");
	await prepared.selectOption({ label: "none: I compose my own" });
	assert.deepEqual(await composed(page), { study: "DM-2026-01", kind: "count", dataset: "omop", cohort: {} });
	// one that is not offered here has no list to leave it by
	await open({ study: "DM-2026-01", kind: "count", dataset: "omop", cohort: "of-elsewhere" });
	await page.getByRole("button", { name: "Compose my own instead" }).click();
	assert.deepEqual((await composed(page)).cohort, {});
});
