// A study from its proposal to what the hospitals say of it, and who must not see it.
import test, { after } from "node:test";
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { accessible, shot, signIn, stop, url, visit } from "./lib.mjs";
import { sign } from "./policy.mjs";

after(stop);
const id = "HF-2026-07", title = "Heart failure after a first myocardial infarction: readmission, treatment and survival within two years";

test("a draft survives a reload, mistakes stand at their fields, and it is proposed by keyboard alone", async () => {
	const page = await visit(), field = (name) => page.getByRole("textbox", { name, exact: true }), box = (name) => page.getByRole("checkbox", { name });
	await signIn(page, "li", "/studies");
	await page.getByRole("link", { name: "Propose a study" }).press("Enter");
	await field("Short name").fill("HF 2026");
	await page.getByRole("button", { name: "Propose", exact: true }).press("Enter");
	await page.getByText("Letters, digits, hyphens, dots and underscores").waitFor();
	await page.waitForFunction(() => document.activeElement.getAttribute("aria-invalid") === "true");
	assert.equal(await page.getByText("Choose at least one.").count(), 3, "purpose, datasets, data");
	await accessible(page);
	await shot(page, "study-new-wrong-en");

	await field("Short name").fill(id);
	await field("Title in English").fill(title);
	await field("Title in Chinese").fill("首次心肌梗死后心力衰竭：两年内再入院、治疗与生存");
	await box(/scientific research in health/).press("Space");
	await field("Disease (MONDO code)").fill("not a code!");
	await box(/In- and outpatient data/).press("Space");
	await box(/^diagnosis/i).press("Space");
	await box(/^sex/i).press("Space");
	await page.getByText("Columns the entry will list:").press("Enter");
	await page.getByText("cdm.condition_occurrence.condition_concept_id").waitFor();
	await field("Note for the officers").fill("Please see the protocol.\nEthics: 2026-118");
	await page.reload();
	assert.equal(await field("Title in English").inputValue(), title);
	assert.ok(await box(/^diagnosis/i).isChecked());
	await page.getByRole("button", { name: "Propose", exact: true }).press("Enter");
	await page.getByText("The gateway did not take this proposal.").waitFor();
	assert.equal(await field("Disease (MONDO code)").getAttribute("aria-invalid"), "true", "the gateway's word stands where it belongs");
	await shot(page, "study-new-refused-en");

	await field("Disease (MONDO code)").fill("MONDO:0005009");
	await page.getByRole("button", { name: "Propose", exact: true }).press("Enter");
	await page.waitForURL(`${url}/studies/${id}`);
	await page.getByRole("cell", { name: "not yet" }).nth(2).waitFor();
	await accessible(page);
	await page.goto(`${url}/studies/new`);
	assert.equal(await field("Short name").inputValue(), "", "what was sent is no draft any more");
	await field("Short name").fill(id);
	await page.done();
});

test("a name that is taken is told at the name", async () => {
	const page = await visit();
	await signIn(page, "wang", "/studies/new");
	await page.getByRole("textbox", { name: "Short name" }).fill(id);
	for (const name of ["Title in English", "Title in Chinese", "Other columns, one a line", "Disease (MONDO code)"])
		await page.getByRole("textbox", { name, exact: true }).fill({ O: "cdm.person.year_of_birth", D: "MONDO:0005009" }[name[0]] ?? "x");
	await page.getByRole("checkbox", { name: /In- and outpatient/ }).check();
	await page.getByRole("button", { name: "Propose", exact: true }).click();
	await page.locator("[aria-invalid=true]").waitFor();
	assert.equal(await page.getByRole("textbox", { name: "Short name" }).getAttribute("aria-invalid"), "true");
	await page.done();
});

test("nobody else sees it: not in a list, not by its address, not through the API", async () => {
	const page = await visit({ width: 390, height: 844 });
	await signIn(page, "wang", "/studies");
	await page.getByRole("link", { name: "Glucose control in type 2 diabetes" }).waitFor();
	assert.equal(await page.getByText(id).count(), 0);
	assert.equal(await page.getByText("Depressive disorder").count(), 0, "nor li's study at the hospitals");
	await page.goto(`${url}/studies/${id}`);
	await page.getByText("there is no such study").waitFor();
	for (const at of [`/v1/studies/${id}`, `/v1/studies/${id}/entry`, "/v1/studies/MH-2026-02"])
		assert.equal((await page.request.get(url + at)).status(), 404, at);
	const { csrf } = await (await page.request.get(`${url}/v1/me`)).json();
	assert.equal((await page.request.delete(`${url}/v1/studies/${id}`, { headers: { "X-Cordon-CSRF": csrf } })).status(), 404);
	await page.done();
});

test("an officer takes the entry, one hospital signs it, another says no, and li sees both", async () => {
	const page = await visit();
	await signIn(page, "officer");
	await page.getByRole("button", { name: "Waiting for a hospital" }).click();
	await shot(page, "studies-officer-en");
	await accessible(page);
	await page.getByRole("link", { name: title }).click();
	await page.getByRole("heading", { name: "The entry" }).waitFor();
	const [file] = await Promise.all([page.waitForEvent("download"), page.getByRole("link", { name: "Download the entry" }).first().click()]);
	assert.equal(file.suggestedFilename(), `${id}.studies.yaml`);
	const entry = readFileSync(await file.path(), "utf8");
	assert.match(entry, new RegExp(`- id: ${id}`));
	await accessible(page);
	await shot(page, "study-officer-en");
	await page.done();

	await sign("renmin", (s) => `${s.trimEnd()}\n${entry.replace(/valid: .*/, "valid: 2026-01-10..2027-12-31")}`); // as the policy itself
	await sign("xiehe", (s) => `${s.trimEnd()}\nrefused:\n  - {id: ${id}, why: {en: The ethics approval names another hospital, zh: 伦理批件未包含本院}}\n`);

	const zh = await visit({ lang: "zh", width: 390, height: 844 });
	await signIn(zh, "li", `/studies/${id}`);
	const row = (site, state) => zh.getByRole("row", { name: new RegExp(`${site}.*${state}`) });
	for (const end = Date.now() + 15000; Date.now() < end && !((await row("renmin", "已批准").count()) && (await row("xiehe", "已拒绝").count())); await zh.reload())
		await zh.getByRole("heading", { name: "各医院的意见" }).waitFor();
	await row("renmin", "已批准").waitFor();
	await row("xiehe", "已拒绝.*伦理批件未包含本院").waitFor();
	await row("huashan", "尚未批准").waitFor();
	assert.ok(await zh.evaluate(() => document.documentElement.scrollWidth <= innerWidth));
	await accessible(zh);
	await shot(zh, "study-phone-zh");
	await zh.done();
});

test("who proposed it takes it back; what a hospital signed stays", async () => {
	const page = await visit();
	await signIn(page, "li", `/studies/${id}`);
	await page.getByRole("button", { name: "Withdraw" }).click();
	const dialog = page.getByRole("dialog", { name: "Withdraw this proposal?" });
	await dialog.waitFor();
	await accessible(page);
	await page.keyboard.press("Escape");
	await dialog.waitFor({ state: "hidden" });
	await page.getByRole("button", { name: "Withdraw" }).click();
	await dialog.getByRole("button", { name: "Withdraw" }).click();
	await page.waitForURL(`${url}/studies`);
	await page.getByRole("link", { name: title }).click();
	await page.getByRole("row", { name: /renmin.*approved/ }).waitFor();
	assert.equal(await page.getByRole("button", { name: "Withdraw" }).count(), 0);
	await page.done();
});
