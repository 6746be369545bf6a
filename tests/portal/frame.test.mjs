// The frame: languages, navigation, what a role does not see.
import test, { after } from "node:test";
import assert from "node:assert/strict";
import { accessible, shot, signIn, signInByForm, stop, token, url, visit } from "./lib.mjs";

after(stop);

test("the page speaks the browser's language, and the other at a click", async () => {
	const page = await visit({ lang: "zh", bearer: token("li") });
	await page.goto(`${url}/ask`);
	await page.getByRole("navigation").waitFor();
	assert.equal(await page.locator("html").getAttribute("lang"), "zh-CN");
	await page.getByRole("button", { name: "English" }).click();
	assert.equal(await page.locator("html").getAttribute("lang"), "en");
	assert.equal(await page.getByRole("link", { name: "Catalogue" }).count(), 1);
	await accessible(page);
	await shot(page, "frame-en");
	await page.done();
});

const own = {
	li: ["Ask", "Catalogue", "Answers", "Saved", "Studies", "Budget", "Transparency", "Hospitals"],
	officer: ["Catalogue", "Studies", "Transparency", "Hospitals"],
	operator: ["Catalogue", "Studies", "Transparency", "Hospitals"],
	auditor: ["Catalogue", "Answers", "Studies", "Transparency", "Record", "Hospitals"],
};
test("a role is shown its own pages alone, on a phone too, and nothing of it is wider than the screen at 200 %", async () => {
	for (const [who, names] of Object.entries(own)) {
		const page = await visit({ width: 390, height: 844 });
		await signIn(page, who);
		await page.getByRole("button", { name: "Menu" }).click();
		assert.deepEqual(await page.locator("#nav > a").allTextContents(), names);
		await page.getByRole("navigation").getByRole("link", { name: /@/ }).waitFor();
		await accessible(page);
		await shot(page, `frame-menu-${who}-phone-en`);
		await page.setViewportSize({ width: 640, height: 450 });
		for (const name of who === "li" ? names : []) { // whose pages are most of all others'
			if (await page.locator(".menu").isVisible() && !(await page.locator("#nav").isVisible()))
				await page.locator(".menu").click();
			await page.locator("#nav").getByRole("link", { name, exact: true }).click();
			await page.locator("h1").waitFor();
			assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), name);
		}
		await page.done();
	}
});

test("by keyboard the content is one step away, and a change of page is where a screen reader goes on", async () => {
	const page = await visit();
	await signIn(page, "officer");
	await page.goto(`${url}/studies`);
	await page.getByRole("heading", { name: "Studies" }).waitFor();
	await page.keyboard.press("Tab");
	assert.equal(await page.evaluate(() => document.activeElement.textContent), "Skip to content");
	await page.keyboard.press("Enter");
	assert.equal(await page.evaluate(() => document.activeElement.id), "main");
	await page.getByRole("link", { name: "Hospitals", exact: true }).press("Enter");
	await page.getByRole("heading", { name: "Hospitals" }).waitFor();
	assert.equal(await page.evaluate(() => document.activeElement.id), "main");
	assert.equal(await page.title(), "Hospitals - Cordon");
	await page.getByRole("link", { name: "Catalogue", exact: true }).focus();
	assert.notEqual(await page.evaluate(() => getComputedStyle(document.activeElement).outlineStyle), "none", "the focus is seen");
	await page.done();
});

test("an address that is nobody's leads home", async () => {
	const page = await visit({ lang: "zh" });
	await signIn(page, "officer", "/no/such/page");
	await page.getByRole("heading", { name: "此地址没有内容" }).waitFor();
	await accessible(page);
	await shot(page, "missing-zh");
	await page.getByRole("link", { name: "回到首页" }).click();
	await page.waitForURL(`${url}/studies`);
	await page.done();
});

test("the first page is at most 150 kB on the line, without the charts", async () => {
	const page = await visit(), client = await page.context().newCDPSession(page);
	let bytes = 0, files = [];
	await client.send("Network.enable");
	client.on("Network.responseReceived", (e) => files.push(new URL(e.response.url).pathname));
	client.on("Network.loadingFinished", (e) => { bytes += e.encodedDataLength; });
	const start = performance.now();
	await signInByForm(page, "li", "/ask");
	await page.getByRole("heading", { name: "Ask" }).waitFor();
	await page.waitForLoadState("networkidle");
	const whole = performance.now() - start, ready = await page.evaluate(() => performance.getEntriesByType("navigation")[0].domContentLoadedEventEnd);
	console.log(`signing in and asking: ${bytes} bytes in ${files.length} replies; the page stood after ${Math.round(ready)} ms, all of it after ${Math.round(whole)} ms`);
	assert.ok(bytes > 20000 && bytes <= 150000, `${bytes} bytes: ${files}`);
	await page.done();
});
