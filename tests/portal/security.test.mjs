// What people, links and other sites may try against the page, in a real browser.
import test, { after } from "node:test";
import assert from "node:assert/strict";
import { deflateRawSync } from "node:zlib";
import { signIn, signInByForm, stop, token, url, visit } from "./lib.mjs";
import { bundled } from "./bundle.mjs";

after(stop);

const HTML = `<img src=x onerror="owned=1"><script>owned=1</script>`;
const CO = { study: "CO-2026-01", kind: "count", dataset: "omop" };
const composed = (page) => page.evaluate(() => JSON.parse(sessionStorage.getItem("ask")).now);
const link = (text) => `#q=${deflateRawSync(text).toString("base64url")}`;
const bearer = (who) => ({ Authorization: `Bearer ${token(who)}` });

test("what somebody writes into a study or a name is text on every page", { timeout: 60000 }, async () => {
	const page = await visit(), study = { id: "XSS-1", title: { en: HTML, zh: HTML }, members: [{ account: "wang@renmin.example", role: "researcher" }],
		kinds: ["count"], datasets: ["omop"], may_use: ["cdm.person.year_of_birth"], valid: { from: "2026-01-01", to: "2026-12-31" }, note: `${HTML}\njavascript:owned=1` };
	await page.request.delete(`${url}/v1/studies/XSS-1`, { headers: bearer("li") });
	const made = await page.request.post(`${url}/v1/studies`, { headers: bearer("li"), data: study });
	assert.equal(made.status(), 201, await made.text());
	assert.equal((await page.request.post(`${url}/v1/cohorts`, { headers: bearer("li"), data: { name: HTML, question: { ...CO, cohort: { all: [{ condition: ["201826+"] }] } } } })).status(), 201);
	await signIn(page, "li", "/studies/XSS-1");
	for (const path of ["/studies/XSS-1", "/studies", "/cohorts"]) {
		await page.goto(url + path);
		await page.getByText(HTML).first().waitFor({ state: "attached" });
		assert.equal(await page.locator("img[src=x], main script").count(), 0, path);
	}
	assert.equal(await page.evaluate(() => typeof owned), "undefined");
	await page.request.delete(`${url}/v1/studies/XSS-1`, { headers: bearer("li") });
	await page.done();
});

test("the page's policy stops what came in all the same", { timeout: 60000 }, async () => {
	const page = await visit();
	await page.goto(`${url}/sign-in`);
	await page.locator("h1").waitFor();
	const stopped = await page.evaluate(async () => {
		const seen = [];
		document.addEventListener("securitypolicyviolation", (e) => seen.push(e.effectiveDirective));
		const add = (name, of) => document.body.append(Object.assign(document.createElement(name), of));
		add("script", { textContent: "owned=1" });
		add("div", { innerHTML: `<img src="x:" onerror="owned=1"><a id="js" href="javascript:owned=1">x</a>` });
		document.getElementById("js").click();
		add("iframe", { src: "https://127.0.0.1:1/" });
		add("base", { href: "https://evil.example/" });
		add("form", { id: "away", action: "https://evil.example/", method: "post" });
		document.getElementById("away").submit();
		await fetch("https://127.0.0.1:1/").catch(() => {});
		await new Promise((done) => setTimeout(done, 300));
		let evaluated = true;
		try {
			evaluated = (0, eval)("1") === 1;
		} catch {
			evaluated = false;
		}
		return { seen: [...new Set(seen)].sort(), owned: typeof owned, evaluated, at: location.origin, base: document.baseURI };
	});
	assert.equal(stopped.owned, "undefined");
	assert.equal(stopped.evaluated, false);
	assert.equal(stopped.at, new URL(url).origin);
	assert.ok(stopped.base.startsWith(url), stopped.base);
	for (const d of ["script-src-elem", "script-src-attr", "frame-src", "base-uri", "form-action", "connect-src"])
		assert.ok(stopped.seen.includes(d), `${d} is not among ${stopped.seen}`);
	await page.context().close(); // without done(): the console tells of each
});

test("a sign-in leads to a page of the gateway whatever its address says", { timeout: 60000 }, async () => {
	const page = await visit();
	for (const to of ["//evil.example/", "/\t/evil.example", "https://evil.example/", "javascript:owned=1"]) {
		await page.context().clearCookies();
		await signInByForm(page, "li", to);
		await page.waitForURL(`${url}/ask`);
		assert.equal(await page.evaluate(() => typeof owned), "undefined");
	}
	await page.context().clearCookies();
	await page.goto(`${url}/sign-in?to=${encodeURIComponent("/\\evil.example")}`);
	await page.locator("form").waitFor({ state: "attached" });
	assert.equal(await page.locator("a[href*=evil]").count(), 0);
	await page.done();
});

test("a shared question stays in the browser, also when one must sign in first", { timeout: 60000 }, async () => {
	const q = { ...CO, cohort: { all: [{ age: { from: 44 } }] } }, hash = link(JSON.stringify(q)), page = await visit(), sent = [];
	page.on("request", (r) => sent.push(r.url()));
	await page.goto(`${url}/ask${hash}`);
	await page.locator("input[type=password]").waitFor({ state: "attached" });
	assert.ok(!page.url().includes(hash.slice(3)), "not in the address of the sign-in either");
	if (!(await page.locator("input[type=password]").isVisible()))
		await page.locator("details summary").click();
	await page.locator("input[type=password]").fill(token("li"));
	await page.locator("form button[type=submit]").click();
	await page.getByText("Opened from a link").waitFor();
	assert.deepEqual((await composed(page)).cohort, q.cohort);
	assert.ok(!sent.some((u) => u.split("#")[0].includes(hash.slice(3))));
	await page.done();
});

test("a link that is huge, broken or poisoned changes nothing but its own question", { timeout: 60000 }, async () => {
	const page = await visit();
	await signIn(page, "li", "/ask");
	const { fromFragment } = await bundled("share");
	for (const bad of [link("[1]"), link("null"), link("{"), "#q=AAAA", `#q=${"A".repeat(300000)}`, "#q=%%%", link(`{"a":"${" ".repeat(300 << 10)}"}`)])
		assert.equal(await fromFragment(bad), null, bad.slice(0, 20));
	await page.goto(`${url}/transparency`);
	await page.goto(`${url}/ask${link(`{"a":"${" ".repeat(16 << 20)}"}`)}`);
	await page.getByText("This link is broken").waitFor();
	await page.goto(`${url}/transparency`);
	await page.goto(`${url}/ask${link(`{"study":"CO-2026-01","kind":"count","dataset":"omop","__proto__":{"owned":1},"constructor":{"prototype":{"owned":1}},"cohort":{"all":[{"__proto__":{"owned":1},"age":{"from":"<b>"}}]},"group_by":{"toString":1}}`)}`);
	await page.getByText("Opened from a link").waitFor();
	assert.equal(await page.evaluate(() => ({}).owned ?? [].owned), undefined);
	await page.locator(".side").waitFor();
	await page.goto(`${url}/studies/%`);
	await page.getByRole("heading", { name: "There is nothing at this address" }).waitFor();
	await page.done();
});

test("who has the cookie alone can look and cannot ask", { timeout: 60000 }, async () => {
	const asks = { ...CO, cohort: { all: [{ condition: ["201826+"] }] } };
	const page = await visit(), thief = await visit();
	await signIn(page, "li", "/ask");
	const cookies = await page.context().cookies();
	assert.deepEqual(cookies.map((c) => [c.name, c.httpOnly, c.secure, c.sameSite, c.path]), [["__Host-cordon", true, true, "Lax", "/"]]);
	assert.equal(await page.evaluate(() => document.cookie), "");
	await thief.context().addCookies(cookies);
	await thief.goto(`${url}/ask${link(JSON.stringify(asks))}`);
	await thief.locator(".side button.wide:enabled").click();
	await thief.getByRole("heading", { name: "You need a signing key" }).waitFor();
	const me = await (await thief.request.get(`${url}/v1/me`)).json();
	for (const [headers, status] of [[{}, 403], [{ "X-Cordon-CSRF": me.csrf }, 400]]) {
		const r = await thief.request.post(`${url}/v1/questions`, { headers, data: { question: asks } });
		assert.equal(r.status(), status, await r.text());
	}
	await thief.done();
	await page.done();
});

test("a text that a spreadsheet would run is text in the file", async () => {
	globalThis.localStorage ??= { getItem: () => "en" }; // the page's language
	const { csv } = await bundled("../answer/csv");
	for (const bad of ["=1+1", "+1+1", "-1+cmd|' /C calc'!A0", "@SUM(A1)", "\t=1", " =1", "＝1", "\r=1"]) {
		const text = csv({ groups: [{ name: bad, labels: [bad] }], sites: [{ site: bad, state: "answered", cells: [{ group: { [bad]: bad }, state: "released", value: -3 }] }], state: "complete", total: { cells: [] } });
		for (const line of text.split("\r\n"))
			for (const f of line.split(/,(?=(?:[^"]*"[^"]*")*[^"]*$)/))
				assert.ok(!/^"?[\s]*[=+@＝]/.test(f) && !/^"?-[^0-9]/.test(f) && !/^"?-1\+/.test(f), JSON.stringify(f));
		assert.ok(text.includes(",-3,"), "a number stays one");
	}
});
