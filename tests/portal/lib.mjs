// lib.mjs - a real browser at a real gateway, for the tests of this folder.
//
// tests/scenario/portal.sh starts a federation and sets: PORTAL_URL, PORTAL_HOME (its folder: li/token, li/person.key ..),
// PORTAL_SHOTS (a folder for pictures of pages), CHROMIUM: Debian's chromium-headless-shell where there is one, which computes
// a third of what the whole browser does for a new profile; else chromium.
import { createRequire } from "node:module";
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import assert from "node:assert/strict";

const from = createRequire(new URL("../../portal/package.json", import.meta.url));
const { chromium } = from("playwright-core");
const axe = readFileSync(from.resolve("axe-core/axe.min.js"), "utf8");

export const url = process.env.PORTAL_URL;
export const home = process.env.PORTAL_HOME;
const shots = process.env.PORTAL_SHOTS ?? "build/portal-shots";
if (url)
	mkdirSync(shots, { recursive: true });

export const token = (who) => readFileSync(join(home, who, "token"), "utf8").trim();

const launching = {
	executablePath: process.env.CHROMIUM,
	args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
		"--disable-component-update", "--disable-sync", "--font-render-hinting=none"],
};
let browser;
export async function start() {
	browser ??= await chromium.launch(launching);
	return browser;
}
let shared = false;
/** All files in one process: whoever started it stops the browser, at the end. */
export const share = () => { shared = true; };
export async function stop(last = false) {
	if (shared && last !== true)
		return;
	await browser?.close();
	browser = undefined;
}

/** A new browser profile. Whatever the page logs as an error, or asks of another host, fails the test at `done()`. */
export async function visit({ lang = "en", width = 1280, height = 900, bearer } = {}) {
	const context = await (await start()).newContext({
		ignoreHTTPSErrors: true, locale: lang === "zh" ? "zh-CN" : "en-GB", viewport: { width, height }, reducedMotion: "reduce",
		extraHTTPHeaders: bearer ? { Authorization: `Bearer ${bearer}` } : {},
	});
	const page = await context.newPage(), wrong = [];
	context.setDefaultTimeout(15000);
	page.on("pageerror", (e) => wrong.push(`error: ${e.message}`));
	page.on("console", (m) => m.type() === "error" && !/the server responded with a status of/.test(m.text()) && wrong.push(`console: ${m.text()}`));
	page.on("request", (r) => !r.url().startsWith(url) && !/^(data|blob):/.test(r.url()) && wrong.push(`foreign: ${r.url()}`));
	page.done = async () => {
		await context.close();
		assert.deepEqual(wrong, []);
	};
	/* a page that goes elsewhere on purpose, to a provider of identities */
	page.allow = (prefix) => {
		for (let i = wrong.length - 1; i >= 0; i--)
			if (wrong[i].startsWith(`foreign: ${prefix}`))
				wrong.splice(i, 1);
	};
	return page;
}

/** A session of this account, and the page it wants: without the form, which has tests of its own (signInByForm). */
export async function signIn(page, who, to = "/") {
	const r = await page.request.post(`${url}/v1/session`, { data: { token: token(who) } });
	assert.equal(r.status(), 200, await r.text());
	await page.goto(url + to);
	await page.locator(".who").waitFor({ state: "attached" }); // a phone hides it
}

/** Signs in with an account's token on the sign-in page. */
export async function signInByForm(page, who, to = "/") {
	await page.goto(`${url}/sign-in?to=${encodeURIComponent(to)}`);
	const field = page.locator("input[type=password]");
	await field.waitFor({ state: "attached" });
	if (!(await field.isVisible())) // folded away where the organisation's own sign-in comes first
		await page.locator("details summary").click();
	await field.fill(token(who));
	await page.locator("form button[type=submit]").click();
	await page.locator(".who").waitFor({ state: "attached" }); // a phone hides it
}

export async function shot(page, name) {
	await page.screenshot({ path: join(shots, `${name}.png`), fullPage: true });
}

/** axe-core finds nothing serious. It is run in a world of its own, for the page's CSP allows no other script. */
export async function accessible(page) {
	const client = await page.context().newCDPSession(page);
	const { frameTree } = await client.send("Page.getFrameTree");
	const { executionContextId } = await client.send("Page.createIsolatedWorld", { frameId: frameTree.frame.id, worldName: "axe" });
	await client.send("Runtime.evaluate", { expression: axe, contextId: executionContextId });
	const { result, exceptionDetails } = await client.send("Runtime.evaluate", {
		expression: "axe.run({ resultTypes: ['violations'] }).then(r => JSON.stringify(r.violations.filter(v => ['serious','critical'].includes(v.impact)).map(v => v.id + ': ' + v.nodes.map(n => n.target.join(' ')).join(', '))))",
		contextId: executionContextId, awaitPromise: true, returnByValue: true,
	});
	assert.equal(exceptionDetails, undefined, exceptionDetails?.exception?.description);
	assert.deepEqual(JSON.parse(result.value), []);
}
