// The list of answers: newest first, filtered, in pages; each sees their own, an auditor all.
import test, { after } from "node:test";
import assert from "node:assert/strict";
import { accessible, shot, stop, token, url, visit } from "./lib.mjs";
import { ask } from "./asked.mjs";

let count, refused;
after(stop);

const table = (page, name = "Answers") => page.getByRole("table", { name });

test("what was asked is listed newest first, and opens by keyboard", async () => {
	const page = await visit({ bearer: token("li") });
	count = await ask("count"); // here, not before all: other files ask in between
	refused = await ask("refused");
	await page.goto(`${url}/questions`);
	const rows = table(page).locator("tbody tr"), first = rows.first();
	await first.waitFor();
	assert.ok((await first.innerText()).includes(refused.id));
	assert.ok((await first.innerText()).includes("no answer"));
	assert.match(await first.locator("time").innerText(), /ago|now[^]*\d{4}/);
	const times = await rows.locator("time").evaluateAll((all) => all.map((x) => Date.parse(x.dateTime)));
	assert.deepEqual(times, [...times].sort((a, b) => b - a));
	await accessible(page);
	await shot(page, "answers-en");
	await first.getByRole("link").focus();
	await page.keyboard.press("Enter");
	await page.waitForURL(`${url}/questions/${refused.id}`);
	await page.done();
});

test("filters leave what fits, and stay in the address", async () => {
	const page = await visit({ lang: "zh", bearer: token("li"), width: 390, height: 800 });
	await page.goto(`${url}/questions`);
	await table(page, "结果").waitFor();
	await page.getByLabel("课题").selectOption("MH-2026-02");
	await page.getByLabel("状态").selectOption("failed");
	await page.waitForURL(/study=MH-2026-02&state=failed/);
	const rows = table(page, "结果").locator("tbody tr");
	await page.waitForFunction(() => [...document.querySelectorAll("tbody tr")].every((r) => r.innerText.includes("MH-2026-02")));
	assert.ok((await rows.allInnerTexts()).every((r) => r.includes("无结果")));
	await page.getByLabel("状态").selectOption("running");
	await page.getByText("没有符合条件的提问。").waitFor();
	assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth));
	await accessible(page);
	await shot(page, "answers-zh-phone");
	await page.done();
});

test("older ones come at a button", async () => {
	const page = await visit({ bearer: token("li") });
	/* pages of two, so that a few questions are several pages */
	await page.route(/\/v1\/questions\?/, (r) => r.continue({ url: r.request().url().replace(/limit=\d+/, "limit=2") }));
	await page.goto(`${url}/questions?study=MH-2026-02`);
	await page.getByText(refused.id).waitFor();
	await page.goto(`${url}/questions`);
	await page.getByText(count.id).waitFor();
	const ids = await table(page).locator("code").allInnerTexts();
	assert.equal(new Set(ids).size, ids.length);
	await page.done();
});

test("nobody sees another's", async () => {
	const page = await visit({ bearer: token("wang") });
	await page.goto(`${url}/questions`);
	await page.getByRole("heading", { name: "Answers" }).waitFor();
	await page.getByText("Nothing asked yet.").or(table(page)).waitFor();
	assert.equal(await page.getByText(count.id).count(), 0);
	await page.done();
});
