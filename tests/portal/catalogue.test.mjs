// What hospitals offer: by hospital, side by side, as a graph; how many people; search; for other programs.
import test, { after } from "node:test";
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { accessible, shot, signIn, stop, url, visit } from "./lib.mjs";

after(stop);

test("hospitals, their datasets and protected counts are shown, searched and taken away", async () => {
	const page = await visit();
	await signIn(page, "li", "/catalogue");
	const counts = page.getByRole("region", { name: "How many people" });
	await counts.getByText("Type 2 diabetes mellitus").waitFor();
	assert.equal(await counts.getByRole("row").count(), 4);
	assert.match(await counts.getByRole("row").nth(1).textContent(), /\d+ – \d+/, "a number stands with its interval");
	const renmin = page.getByRole("region", { name: "renmin", exact: true });
	await renmin.locator("summary").first().press("Enter");
	await renmin.getByRole("row", { name: /HbA1c/ }).waitFor();
	await renmin.getByRole("row", { name: /^diagnosis OMOP/ }).waitFor();
	await accessible(page);
	await shot(page, "catalogue-en");

	await page.getByRole("button", { name: "Side by side" }).press("Enter");
	await page.getByRole("row", { name: /creatinine/i }).waitFor();
	await accessible(page);
	await shot(page, "catalogue-beside-en");
	await page.getByRole("button", { name: "How it relates" }).press("Enter");
	const dim = (name) => page.getByRole("img", { name: new RegExp(`^${name}: joined to`) }).evaluate((n) => n.classList.contains("dim"));
	assert.equal(await page.locator(".graph .dim").count(), 0);
	await page.getByRole("img", { name: /^xiehe: joined to/ }).focus();
	assert.deepEqual(await Promise.all(["xiehe", "In- and outpatient data", "renmin"].map(dim)), [false, false, true], "what it is joined to stands out");
	await accessible(page);
	await shot(page, "catalogue-graph-en");
	await page.getByRole("button", { name: "How it relates" }).focus();
	assert.equal(await page.locator(".graph .dim").count(), 0);

	await page.getByRole("button", { name: "By hospital" }).click();
	await page.getByRole("searchbox").fill("肌酐");
	await page.waitForURL((u) => u.searchParams.get("q") === "肌酐");
	await page.reload();
	await renmin.getByRole("row", { name: /creatinine/i }).waitFor();
	assert.equal(await renmin.getByRole("row", { name: /HbA1c/ }).count(), 0, "only what fits is shown");
	await page.getByRole("searchbox").fill("no such thing");
	await page.getByText("Nothing fits “no such thing”.").waitFor();
	const [file] = await Promise.all([page.waitForEvent("download"), page.getByRole("link", { name: "As JSON-LD (DCAT)" }).click()]);
	assert.ok(JSON.parse(readFileSync(await file.path(), "utf8"))["@context"]);
	await page.done();
});

test("somebody in no study sees what is open to all, and no study", async () => {
	const page = await visit({ lang: "zh", width: 390, height: 844 });
	await signIn(page, "operator", "/catalogue");
	await page.getByRole("region", { name: "renmin", exact: true }).waitFor();
	await page.getByRole("row", { name: /201826/ }).waitFor();
	assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth));
	await accessible(page);
	await shot(page, "catalogue-phone-zh");
	await page.done();
});
