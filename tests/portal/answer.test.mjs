// An answer: every kind's numbers as the gateway gave them, what is kept back, files to keep, hospitals that come, are
// cancelled and die, and that nobody sees another's.
import test, { after, before } from "node:test";
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { inflateRawSync } from "node:zlib";
import { accessible, shot, signIn, signInByForm, stop, token, url, visit } from "./lib.mjs";
import { ask, asking, cordon, giveKey, hold, kill, questions, revive } from "./asked.mjs";

const answers = {};
before(async () => {
	for (const name of Object.keys(questions))
		answers[name] = await ask(name);
});
// one page for each language and width, where the answers are looked at one after another
const pages = new Map();
after(async () => {
	for (const page of pages.values())
		await page.done();
	await stop();
});

const spelled = (n, digits = 0) => n.toLocaleString("en-GB", { minimumFractionDigits: digits, maximumFractionDigits: digits });
async function open(name, options = {}) {
	const key = JSON.stringify(options), page = pages.get(key) ?? await visit({ bearer: token("li"), ...options });
	pages.set(key, page);
	await page.goto(`${url}/questions/${answers[name].id}`);
	await page.locator(".cite").waitFor();
	return page;
}
/** The rows of a table by its name, as texts. */
const rows = (page, name) => page.getByRole("table", { name }).locator("tbody tr, tfoot tr").evaluateAll((all) => all.map((r) => [...r.cells].map((c) => c.innerText.trim())));
const released = (c) => c.state === "released";

test("a count shows the total and each hospital's number with intervals", async () => {
	const page = await open("count"), a = answers.count, got = await rows(page, "Result");
	const line = (name, c) => [name, spelled(c.value), `${spelled(c.interval[0])} – ${spelled(c.interval[1])}`];
	assert.deepEqual(got.map((r) => r.slice(0, 3)), [...a.sites.map((s) => line(s.site, s.cells[0])), line("total", a.total.cells[0])]);
	assert.equal(await page.locator(".headline strong").innerText(), spelled(a.total.cells[0].value));
	await page.locator(".chart svg").waitFor();
	assert.equal(await page.locator(".plot style").count(), 0);
	await accessible(page);
	await shot(page, "answer-count-en");
});

test("what is kept back is never a zero", async () => {
	const page = await open("groups"), a = answers.groups, got = await rows(page, "Result");
	a.total.cells.forEach((c, i) => {
		assert.equal(got[i][2], released(c) ? spelled(c.value) : "suppressed");
		a.sites.forEach((s, k) => assert.equal(got[i][4 + k], released(s.cells[i]) ? `${spelled(s.cells[i].value)} ±${s.cells[i].interval[1] - s.cells[i].value}` : "fewer than 10"));
	});
	assert.ok(got.flat().includes("fewer than 10"));
});

test("one hospital's numbers are chosen by keyboard", async () => {
	const page = await open("histogram"), site = answers.histogram.sites[1];
	await page.getByRole("group", { name: "Whose numbers" }).getByRole("button", { name: "All hospitals" }).focus();
	await page.keyboard.press("Tab");
	await page.keyboard.press("Tab");
	await page.keyboard.press("Enter");
	const got = await rows(page, "Result");
	assert.deepEqual(got.map((r) => r[1]), site.cells.map((c) => (released(c) ? spelled(c.value) : "fewer than 10")));
});

test("a crosstab has cells, margins and its test", async () => {
	const page = await open("crosstab", { lang: "zh" }), a = answers.crosstab, [of] = a.total.statistics.tables, got = await rows(page, "年龄 × 性别");
	a.groups[0].labels.forEach((r, i) => a.groups[1].labels.forEach((c, k) => {
		const cell = a.total.cells.find((x) => x.group.age === r && x.group.sex === c);
		assert.equal(got[i][1 + k], released(cell) ? `${spelled(cell.value)} ±${cell.interval[1] - cell.value}` : "已隐去");
	}));
	assert.ok(got.at(-1).at(-1).startsWith(spelled(of.margins.people.value)));
	assert.ok((await page.locator(".result").innerText()).includes(`卡方 ${spelled(of.chi_square.value, 2)}`));
	await accessible(page);
	await shot(page, "answer-crosstab-zh");
});

test("odds and risks are compared where two rows and two columns are left", async () => {
	const page = await open("compared"), [of] = answers.compared.total.statistics.tables;
	const got = await rows(page, new RegExp(` against `));
	assert.deepEqual(got.map((r) => r[0]), ["odds ratio", "risk ratio", "risk difference"]);
	assert.ok(Math.abs(Number(got[0][1]) - of.compared.odds_ratio.value) < 0.06);
});

test("a mean is given by hospital and group, with its deviation", async () => {
	const page = await open("mean"), groups = answers.mean.total.statistics.groups, got = await rows(page, "Result");
	for (const g of groups) {
		const row = got.find((r) => r[0] === g.group.sex && r[1] === "total");
		assert.ok(row[2].startsWith(`${spelled(g.people.value)} ±`));
		assert.ok(Math.abs(parseFloat(row[3]) - g.mean.value) <= 0.051, `${row[3]} ${g.mean.value}`);
		assert.ok(Math.abs(parseFloat(row[6]) - g.sd.value) <= 0.051);
	}
});

test("quantiles stand at their points", async () => {
	const page = await open("quantile"), [g] = answers.quantile.total.statistics.groups, got = await rows(page, "Result");
	assert.deepEqual(got.map((r) => r[0]), g.quantiles.map((q) => `${q.at * 100} %`));
	got.forEach((r, i) => assert.ok(Math.abs(parseFloat(r[1]) - g.quantiles[i].value) <= 0.06));
});

test("a survival has a curve a group, told apart without colour, and who is at risk under it", async () => {
	const page = await open("survival", { lang: "zh" }), groups = answers.survival.total.statistics.groups, got = await rows(page, "各时间点");
	await page.locator(".chart svg").waitFor();
	const all = groups.flatMap((g) => g.steps.map((s) => [g.group.sex, String(s.until), s.at_risk.value]));
	assert.deepEqual(got.map((r) => [r[0], r[1], Number(r[2].split(" ")[0].replaceAll(",", ""))]), all);
	const texts = await page.locator(".chart svg").textContent();
	for (const g of groups) {
		assert.ok(texts.includes(g.group.sex));
		const wide = (x) => Math.max(x.at_risk.interval[1] - x.at_risk.value, x.at_risk.value - x.at_risk.interval[0]);
		assert.ok(texts.includes(g.steps.map((x) => `${spelled(x.at_risk.value)} ±${wide(x)}`).join("")), "at risk before each step, in a row");
	}
	const dashes = await page.locator(".chart svg line[stroke-dasharray]").evaluateAll((all) => all.map((l) => l.getAttribute("stroke-dasharray")));
	assert.equal(new Set(dashes).size, groups.length);
	await accessible(page);
	await shot(page, "answer-survival-zh");
});

test("an attrition tells each step in words, with its share", async () => {
	const page = await open("attrition", { width: 390, height: 800 }), steps = answers.attrition.total.statistics.groups[0].steps, got = await rows(page, "Result");
	steps.forEach((s, i) => {
		assert.equal(got[i][1], spelled(s.left.value));
		if (i > 0) {
			assert.ok(got[i][0].includes(s.label.en));
			assert.ok(got[i][4].startsWith(`${spelled(s.percent.value, 1)} ±`));
		}
	});
	assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), "nothing is wider than the phone");
	await accessible(page);
	await shot(page, "answer-attrition-phone");
});

test("of a secure sum no hospital has a number, and the promise is in words", async () => {
	const page = await open("secure"), a = answers.secure, text = await page.locator("main").innerText();
	assert.ok(text.includes(a.total.sum.guarantee.en));
	assert.ok(text.includes("no hospital's own number exists"));
	assert.equal(await page.locator(".headline strong").innerText(), spelled(a.total.cells[0].value));
	assert.equal(await page.getByRole("table", { name: "Result" }).count(), 0);
});

test("distinct people are counted once: their own words, and how in the details", async () => {
	const page = await open("distinct"), a = answers.distinct, { buckets, occupied } = a.total.sum.distinct;
	assert.equal(await page.locator(".headline").innerText().then((x) => x.replace(/\s+/g, " ")), `${spelled(a.total.cells[0].value)} people, each counted once 95 % interval: covers the number of people: ${a.total.cells[0].interval.map((n) => spelled(n)).join(" – ")}`);
	const text = await page.locator("main").innerText();
	assert.ok(text.includes("Each person is counted once, of however many of these 3 hospitals."));
	assert.ok(text.includes(a.total.sum.guarantee.en) && !text.includes("buckets\n"));
	await page.getByText("How they are counted").click();
	for (const n of [buckets, occupied])
		await page.getByText(spelled(n), { exact: true }).waitFor();
	await accessible(page);
	await shot(page, "answer-distinct-en");
});

test("a refusal has its reason in words", async () => {
	const page = await open("refused", { lang: "zh" }), [site] = answers.refused.sites, got = await rows(page, "医院");
	assert.ok(got.every((r) => r[1].includes("拒绝") && r[2].includes(site.say.zh) && r[2].includes(site.rule)));
	assert.ok((await page.locator(".result").innerText()).includes("没有医院给出数字"));
	await accessible(page);
});

test("what was asked stands in words, why it is so, and how to cite it", async () => {
	const page = await open("count"), a = answers.count;
	await page.getByText("diagnosis with concept 201826").first().waitFor();
	await page.getByText(a.sites[0].site).last().scrollIntoViewIfNeeded();
	await page.locator("details summary", { hasText: a.sites[0].site }).click();
	await page.getByText(`${a.sites[0].explain.codes[0].concepts} concepts`).first().waitFor();
	const cite = await page.locator(".cite blockquote").innerText();
	for (const part of [a.question, a.study, a.id, ...a.sites.map((s) => s.policy.hash)])
		assert.ok(cite.includes(part));
	assert.ok((await page.locator("main").innerText()).includes(`rho ${a.privacy.one.rho}`));
});

test("files hold what the gateway sent and what the command writes, and a picture", async () => {
	const page = await open("mean"), a = answers.mean;
	const file = async (button) => {
		const [got] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: button }).click()]);
		return { name: got.suggestedFilename(), bytes: readFileSync(await got.path()) };
	};
	assert.deepEqual(JSON.parse((await file("JSON")).bytes), JSON.parse((await cordon("li", "show", a.id, "--json")).out));
	assert.equal((await file("CSV")).bytes.toString(), (await cordon("li", "show", a.id, "--csv")).out);
	const picture = await file("Picture (PNG)");
	assert.equal(picture.name, `${a.id}.png`);
	assert.equal(picture.bytes.readUInt32BE(16), 2 * (900 + 48), "twice as fine as the screen");
	await page.goto(`${url}/questions/${answers.groups.id}`);
	await page.locator(".cite").waitFor();
	assert.equal((await file("CSV")).bytes.toString(), (await cordon("li", "show", answers.groups.id, "--csv")).out);
});

test("asked again it costs nothing, and the link to share holds the question alone", async () => {
	const page = await open("count");
	await page.getByRole("button", { name: "Share" }).click();
	const link = await page.getByRole("textbox", { name: "Share" }).inputValue();
	const held = JSON.parse(inflateRawSync(Buffer.from(new URL(link).hash.slice(3), "base64url")));
	assert.equal(held.study, answers.count.study);
	assert.ok(!link.includes(answers.count.id) && new URL(link).search === "");
	await page.keyboard.press("Escape");
	await giveKey(page);
	await page.getByRole("button", { name: "Ask again" }).click();
	await page.waitForURL((u) => !u.pathname.endsWith(answers.count.id));
	await page.locator(".cite").waitFor();
	assert.equal(await page.locator(".headline strong").innerText(), spelled(answers.count.total.cells[0].value));
	assert.ok((await rows(page, "Hospitals")).every((r) => r.includes("free")));
});

test("a session that ended leads to signing in, and back to the answer", async () => {
	const page = await visit(), at = `/questions/${answers.count.id}`;
	await signIn(page, "li", at);
	await page.locator(".in-words").waitFor(); // the last that the page asks for by itself
	await page.context().clearCookies();
	await page.getByRole("button", { name: "JSON" }).click();
	await page.waitForURL((u) => u.pathname === "/sign-in" && u.searchParams.get("to") === at);
	await signInByForm(page, "li", at);
	await page.locator(".cite").waitFor();
	assert.equal(new URL(page.url()).pathname, at);
	await page.done();
});

test("another's answer is not there", async () => {
	const page = await visit({ bearer: token("wang") });
	await page.goto(`${url}/questions/${answers.count.id}`);
	await page.getByRole("heading", { name: "There is nothing here" }).waitFor();
	assert.ok(!(await page.locator("main").innerText()).includes(answers.count.study));
	await page.done();
});

test("hospitals arrive one by one; a question is cancelled", async () => {
	const release = await hold("huashan");
	try {
		const { id, ended } = await asking(), page = await visit({ bearer: token("li") });
		await page.goto(`${url}/questions/${id}`);
		await page.getByText("2 of 3 hospitals have answered").waitFor();
		assert.ok((await rows(page, "Hospitals")).find((r) => r[0] === "huashan")[1].includes("computing"));
		await accessible(page);
		await shot(page, "answer-running-en");
		await page.getByRole("button", { name: "Cancel the question" }).click();
		await page.getByRole("dialog").getByRole("button", { name: "Cancel the question" }).click();
		await page.locator(".notice", { hasText: "Cancelled." }).waitFor();
		await page.getByRole("status").getByText("Cancelled.").waitFor({ state: "attached" });
		await ended;
		await page.done();
	} finally {
		await release();
	}
});

test("a hospital that dies while it is watched is named", async () => {
	const release = await hold("huashan");
	try {
		const { id, ended } = await asking(), page = await visit({ bearer: token("li") });
		await page.goto(`${url}/questions/${id}`);
		await page.getByText("2 of 3 hospitals have answered").waitFor();
		kill("huashan");
		await page.locator(".notice", { hasText: "huashan was lost while it was computing." }).waitFor();
		await page.getByText("The result is without huashan").waitFor();
		await page.getByRole("status").getByText("huashan:").waitFor({ state: "attached" });
		assert.equal((await rows(page, "Result")).length, 4);
		await shot(page, "answer-lost-en");
		await ended;
		await page.done();
	} finally {
		await release();
		await revive("huashan");
	}
});
