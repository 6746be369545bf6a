// Budgets: the accounts of each hospital as the gateway tells them, in numbers and words.
import test, { after } from "node:test";
import assert from "node:assert/strict";
import { accessible, shot, stop, token, url, visit } from "./lib.mjs";
import { cordon } from "./asked.mjs";

after(stop);

test("each account is shown with what is spent and left, and how often that pays", async () => {
	const page = await visit({ bearer: token("li") });
	await page.goto(`${url}/budget?study=CO-2026-01`);
	const region = page.getByRole("region", { name: "renmin" }).first();
	await region.getByRole("table").waitFor();
	const { sites } = JSON.parse((await cordon("li", "budget", "CO-2026-01", "--json")).out), [site] = sites;
	const rows = await region.getByRole("table").locator("tbody tr").evaluateAll((all) => all.map((r) => [...r.cells].map((c) => c.innerText.trim())));
	assert.equal(rows.length, site.accounts.length);
	site.accounts.forEach((a, i) => {
		assert.ok(rows[i][0].includes(a.account));
		assert.equal(rows[i][3], a.left);
		assert.equal(rows[i][4], `${a.cap} ${a.unit}`);
		assert.equal(rows[i][5], `${Math.floor(Number(a.left) / Number(a.cost))} more`);
	});
	const least = Math.min(...site.accounts.map((a) => Math.floor(Number(a.left) / Number(a.cost))));
	assert.ok((await region.innerText()).includes(`what is left pays for ${least} more`));
	await accessible(page);
	await shot(page, "budget-en");
	await page.done();
});

test("studies are chosen by keyboard, on a phone, in Chinese", async () => {
	const page = await visit({ lang: "zh", bearer: token("li"), width: 390, height: 800 });
	await page.goto(`${url}/budget`);
	const other = page.getByRole("group", { name: "课题" }).getByRole("button", { name: /MH-2026-02/ });
	await other.focus();
	await page.keyboard.press("Enter");
	await page.waitForURL(/study=MH-2026-02/);
	await page.getByText("study:MH-2026-02").first().waitFor();
	assert.ok((await page.locator("main").innerText()).includes("余额还可支付"));
	assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth));
	await accessible(page);
	await shot(page, "budget-zh-phone");
	await page.done();
});
