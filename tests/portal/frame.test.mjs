// The frame: languages, navigation, what a role does not see.
import test, { after } from "node:test";
import assert from "node:assert/strict";
import { accessible, shot, stop, token, url, visit } from "./lib.mjs";

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
