// Coming in and going out: with a token, at the organisation's own sign-in, in two tabs, after the session ended.
import test, { after } from "node:test";
import assert from "node:assert/strict";
import { accessible, shot, signIn, stop, token, url, visit } from "./lib.mjs";

after(stop);
const path = (page) => new URL(page.url()).pathname;

test("a wrong token is told so, the right one leads to the page of one's work", async () => {
	for (const [who, first] of [["li", "/ask"], ["officer", "/studies"], ["operator", "/sites"], ["auditor", "/record"]]) {
		const page = await visit();
		await page.goto(`${url}/sign-in`);
		await page.getByText("With a token").click();
		if (who === "li") {
			await page.getByLabel("Token", { exact: true }).fill(`${token(who).slice(0, -4)}AAAA`);
			await page.getByRole("button", { name: "Sign in", exact: true }).click();
			await page.getByRole("alert").getByText("not valid").waitFor();
			await accessible(page);
			await shot(page, "sign-in-wrong-en");
		}
		await page.getByLabel("Token", { exact: true }).fill(token(who));
		await page.keyboard.press("Enter");
		await page.waitForURL(`${url}${first}`);
		assert.ok(!(await page.content()).includes(token(who)), "the token is nowhere in the page");
		await page.done();
	}
});

test("signing out in one tab ends the session in the other", async () => {
	const one = await visit(), two = await one.context().newPage();
	await signIn(one, "li", "/studies");
	await two.goto(`${url}/catalogue`);
	await two.getByRole("heading", { name: "Catalogue" }).waitFor();
	await one.getByRole("button", { name: "Sign out" }).click();
	await one.waitForURL(`${url}/sign-in`);
	await two.waitForURL((u) => u.pathname === "/sign-in");
	await one.goBack();
	await one.waitForURL((u) => u.pathname === "/sign-in");
	assert.equal((await two.request.get(`${url}/v1/studies`)).status(), 401);
	await one.done();
});

test("a session that ended leads back to where one was", async () => {
	const page = await visit({ lang: "zh" });
	await signIn(page, "li", "/studies");
	await page.getByRole("link", { name: "临床队列示例" }).waitFor();
	await page.context().clearCookies();
	await page.getByRole("link", { name: "公开记录" }).click();
	await page.waitForURL((u) => u.pathname === "/sign-in");
	await page.getByText("会话已结束").waitFor();
	await shot(page, "sign-in-ended-zh");
	await page.getByText("使用令牌").click();
	await page.getByLabel("令牌", { exact: true }).fill(token("li"));
	await page.keyboard.press("Enter");
	await page.waitForURL(`${url}/transparency`);
	await page.done();
});

/** From the button to the provider's own form. */
async function atProvider(page, account) {
	await page.getByRole("link", { name: "Sign in with Union Health" }).click();
	await page.getByLabel("E-mail").fill(account);
	await page.getByLabel("Password").fill("a long way round");
	await page.getByRole("button", { name: "Sign in" }).click();
}

test("one's organisation signs one in, back to where one wanted to go, and out again", async () => {
	const page = await visit();
	await page.goto(`${url}/studies`);
	await page.getByRole("link", { name: "Sign in with Union Health" }).waitFor();
	await accessible(page);
	await shot(page, "sign-in-en");
	await atProvider(page, "sun@uni.example");
	await page.waitForURL(`${url}/studies`);
	await page.getByText("You are in no study yet").waitFor();
	assert.equal(await page.locator(".who").textContent(), "sun@uni.example");
	await page.getByRole("button", { name: "Sign out" }).click();
	await page.waitForURL(`${url}/sign-in`);
	page.allow("http://127.0.0.1:");
	await page.done();
});

test("somebody whom this gateway does not know is told whom to ask", async () => {
	const page = await visit({ width: 390, height: 844 });
	await page.goto(`${url}/sign-in`);
	await atProvider(page, "nobody@else.example");
	await page.getByRole("alert").getByText("not known here").waitFor();
	assert.equal(path(page), "/sign-in");
	await accessible(page);
	await shot(page, "sign-in-refused-phone-en");
	page.allow("http://127.0.0.1:");
	await page.done();
});
