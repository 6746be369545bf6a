// The researcher's guide, walked as it is written in a real browser on the demo federation, in both languages. What is
// pressed is what stands in bold in the guide, in its order. tests/scenario/researcher.sh starts the demo and sets
// PORTAL_PASSWORD; GUIDE_LANG=en or zh: that language alone; PORTAL_PICTURES=FOLDER: the guide's pictures are made anew.
import test, { after } from "node:test";
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { home, stop, url, visit } from "./lib.mjs";

after(stop);

const root = new URL("../../", import.meta.url).pathname;
const guides = { en: readFileSync(join(root, "docs/researcher-guide.md"), "utf8"), zh: readFileSync(join(root, "docs/researcher-guide.zh.md"), "utf8") };
const bold = (text) => [...text.matchAll(/\*\*([^*]+)\*\*/g)].map((m) => m[1]);
const names = { en: bold(guides.en), zh: bold(guides.zh) };
const password = process.env.PORTAL_PASSWORD, pictures = process.env.PORTAL_PICTURES;

/** Every text of the pages, as pairs; those of the demo's sign-in too. */
function texts() {
	const found = [["E-mail", "邮箱"], ["Password", "密码"]], src = join(root, "portal/src");
	for (const f of readdirSync(src, { recursive: true }).filter((n) => /\.tsx?$/.test(n)))
		for (const m of readFileSync(join(src, f), "utf8").matchAll(/say\(\s*"((?:[^"\\]|\\.)*)",\s*"((?:[^"\\]|\\.)*)"\s*\)/g))
			found.push([m[1], m[2]]);
	return found;
}

test("each name in the guide stands on a page, and means the same in both languages", () => {
	const all = texts(), like = (text) => new RegExp(`^${text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&").replace(/\\\{\d\\\}/g, "(.+)")}$`);
	assert.equal(names.en.length, names.zh.length);
	for (const [i, en] of names.en.entries())
		assert.ok(all.some(([a, b]) => like(a).test(en) && like(b).test(names.zh[i])), `no page says ${en} / ${names.zh[i]}`);
});

test("each picture of the guide is there, and no other", { skip: pictures && "they are being made" }, () => {
	const shown = Object.values(guides).flatMap((g) => [...g.matchAll(/\]\(pictures\/([\w-]+\.png)\)/g)].map((m) => m[1]));
	assert.deepEqual(readdirSync(join(root, "docs/pictures")).filter((f) => f.startsWith("guide-")).sort(), shown.sort());
});

/** Goes along the bold names of the guide: `said(en)` is the next such name, in the language that is walked. */
function along(lang) {
	let at = 0;
	return (en) => {
		const i = names.en.indexOf(en, at);
		assert.notEqual(i, -1, `the guide does not say ${en} after ${names.en[at - 1]}`);
		at = i + 1;
		return names[lang][i];
	};
}
/** A part of the page, from the top of the first to the bottom of the last of these, at most `most` high. */
async function picture(page, lang, name, from, { to = from, most = 900 } = {}) {
	if (!pictures || process.env.GUIDE_LANG !== lang)
		return;
	await page.evaluate(() => document.activeElement?.blur());
	await page.evaluate(() => scrollTo(0, 0));
	const a = await from.first().boundingBox(), b = await to.last().boundingBox(), edge = 12;
	const x = Math.max(0, Math.min(a.x, b.x) - edge), y = Math.max(0, a.y - edge);
	await page.screenshot({ path: join(pictures, `guide-${name}-${lang}.png`), fullPage: true, clip: { x, y,
		width: Math.min(1280, Math.max(a.x + a.width, b.x + b.width) + edge) - x, height: Math.min(most, b.y + b.height + edge - y) } });
}

const own = { // what a reader types, and names that come from the data
	en: { study: "Glucose control in type 2 diabetes (DM-2026-01)", dataset: "In- and outpatient data", diabetes: "type 2 diabetes", concept: "Type 2 diabetes mellitus", metformin: "metformin", hba1c: "HbA1c (%)" },
	zh: { study: "2 型糖尿病血糖控制多中心研究（DM-2026-01）", dataset: "住院与门诊数据", diabetes: "2型糖尿病", concept: "2型糖尿病", metformin: "二甲双胍", hba1c: "糖化血红蛋白 (%)" },
};

for (const lang of ["en", "zh"].filter((l) => !process.env.GUIDE_LANG || l === process.env.GUIDE_LANG))
	test(`the guide leads from signing in to a survival curve, and on (${lang})`, { skip: !password && "no demo", timeout: 120000 }, async () => {
		const page = await visit({ lang, height: 1000 }), said = along(lang), mine = own[lang], main = page.getByRole("main");
		const button = (en, of = main) => of.getByRole("button", { name: said(en), exact: true });
		const card = (name) => page.locator("section.card, aside.card").filter({ has: page.locator("h2, h3", { hasText: new RegExp(`^(\\d+\\.\\s*)?${name}$`) }) }); // with its number, where steps have one
		const go = (en) => page.getByRole("navigation").getByRole("link", { name: said(en), exact: true }).click();
		const shown = (en) => page.getByText(said(en), { exact: true }).first().waitFor();
		page.setDefaultTimeout(15000);

		// 1: sign in
		await page.goto(url);
		await page.getByRole("link", { name: said("Sign in with Demo") }).waitFor();
		await picture(page, lang, "sign-in", page.getByRole("banner"), { to: main });
		await page.locator("a.first").click();
		await page.getByLabel(said("E-mail")).fill("li@renmin.example");
		await page.getByLabel(said("Password")).fill(password);
		await button("Sign in").click();
		await page.locator(".who").waitFor();
		page.allow(new URL(page.url()).origin === new URL(url).origin ? "http://127.0.0.1:" : "");

		// 2: the key
		await page.getByRole("link", { name: "li@renmin.example" }).click();
		const key = card(said("Signing key"));
		await key.getByLabel(said("Key and certificate files")).setInputFiles(["person.key", "person.crt"].map((f) => join(home, "li", f)));
		await key.getByText(said("Key and certificate are here: you can ask.")).waitFor();
		await picture(page, lang, "key", page.getByRole("banner"), { to: key });

		// 3: the catalogue
		await go("Catalogue");
		await page.getByRole("table", { name: said("How many people") }).waitFor();
		await main.getByText(mine.dataset).first().click();
		const measures = page.getByRole("table", { name: said("Measures") }).first();
		await measures.getByRole("columnheader", { name: said("cut points"), exact: true }).waitFor();
		await picture(page, lang, "catalogue", main, { most: 820 });
		await button("How it relates").click();

		// 4: the cohort
		await go("Ask");
		await page.getByRole("combobox", { name: said("Study") }).selectOption({ label: mine.study });
		await page.getByRole("radio", { name: said("Survival") }).check();
		const concept = async (text, name) => {
			await button("Search the vocabulary").click();
			const dialog = page.getByRole("dialog");
			await dialog.getByRole("searchbox").fill(text);
			await dialog.locator(".concept").filter({ hasText: name }).first().getByRole("button", { name: said("Add with all below") }).click();
			await dialog.getByRole("button", { name: said("Done"), exact: true }).click();
		};
		const adder = async (where, en, kind) => {
			const summary = where.locator("details.adder > summary", { hasText: said(en) });
			await summary.click();
			await where.locator("details.adder[open]").getByRole("button", { name: said(kind), exact: true }).click();
		};
		await adder(page.locator("[data-list='cohort/entry']"), "Add a starting event", "diagnosis");
		await concept(mine.diabetes, mine.concept);
		await main.getByLabel(said("only the first ever of each person")).check();
		await button("Done").click();
		await main.locator("summary", { hasText: said("Known to the hospital around day 0") }).click();
		await main.getByLabel(said("days before, at least")).fill("180");
		const all = card(said("Must have all of these"));
		await adder(all, "Add a condition", "age");
		await all.getByLabel(said("from age")).selectOption("45");
		await button("Done").click();
		await adder(all, "Add a condition", "drug");
		await concept(mine.metformin, mine.metformin);
		await all.getByLabel(said("within a window of days")).check();
		for (const [edge, how] of [["starts", "days before"], ["ends", "days after"]]) {
			const name = said(edge);
			await all.getByRole("combobox", { name, exact: true }).selectOption({ label: said(how) });
			await all.getByRole("spinbutton", { name }).fill("30");
		}
		await button("Done").click();
		const extras = card(said("Result"));
		await adder(extras, "Event that ends the time", "result of a measure");
		await extras.getByRole("combobox", { name: said("Measure"), exact: true }).selectOption({ label: mine.hba1c });
		await extras.getByRole("combobox", { name: said("Value"), exact: true }).selectOption({ label: said("below") });
		await extras.locator(".editor select").nth(2).selectOption("7");
		await button("Done").click();
		await extras.getByRole("spinbutton", { name: said("Step") }).fill("3");
		await extras.getByRole("spinbutton", { name: said("Until") }).fill("24");

		// 5: read back and priced
		const side = page.getByRole("complementary", { name: said("Your question") });
		await side.getByText("180").waitFor();
		await side.getByRole("heading", { name: said("Price") }).waitFor();
		const price = said("will answer"); // in the second language the answer is there already, and free
		await side.locator(".prices li").nth(2).waitFor();
		assert.equal(await side.locator(".prices .good").count(), 3, price);
		await picture(page, lang, "cohort", page.locator("section[aria-labelledby=start]"), { to: extras, most: 1400 });
		await picture(page, lang, "price", side, { most: 1200 });

		// 6: asked and watched
		said("Ask the hospitals");
		await side.locator("button.first.wide").click();
		await page.waitForURL(/\/questions\/q-/);
		const hospitals = page.getByRole("table", { name: said("Hospitals") });
		await page.locator("section.result").waitFor();
		said("computing");
		said("answered");
		assert.equal(await hospitals.locator("tbody .good").count(), 3);
		await picture(page, lang, "hospitals", card(names[lang][names.en.indexOf("Hospitals")]));

		// 7: the curve
		const result = page.locator("section.result");
		await result.locator("figure svg").first().waitFor();
		await result.getByText(said("95 % interval")).first().waitFor();
		await result.getByText(said("with sampling")).first().waitFor();
		await result.getByText(said("at risk")).first().waitFor();
		await result.getByText(said("Median time")).first().waitFor();
		const steps = result.getByRole("table", { name: said("Every step") });
		for (const head of ["at risk", "events", "surviving"])
			await steps.getByRole("columnheader", { name: said(head), exact: true }).waitFor();
		assert.equal(await steps.locator("tbody tr").count(), 8);
		await picture(page, lang, "curve", result, { to: result.locator("figure").first() });
		await picture(page, lang, "steps", result.getByRole("heading", { name: names[lang][names.en.indexOf("Every step")] }), { to: steps });
		const total = await steps.innerText();
		await result.getByRole("button", { name: "xiehe", exact: true }).click();
		await result.getByText(said("Events in each step")).first().waitFor();
		await button("All hospitals", result).click();

		// 8: kept, cited, asked again, shared
		for (const kind of ["CSV", "JSON", "Picture (PNG)"]) {
			const [file] = await Promise.all([page.waitForEvent("download"), button(kind, result).click()]);
			assert.ok(readFileSync(await file.path()).length > 500, kind);
		}
		await button("Print", result).waitFor();
		await page.getByRole("heading", { name: said("How to cite") }).waitFor();
		await main.locator(".cite button").filter({ hasText: said("Copy the citation") }).waitFor();
		const first = page.url();
		await button("Ask again").click();
		await page.waitForURL((u) => u.href !== first && /\/questions\/q-/.test(u.href));
		await result.locator("figure svg").first().waitFor();
		assert.equal(await steps.innerText(), total, "the same numbers again");
		await button("Share").click();
		assert.match(await page.getByRole("dialog").getByRole("textbox").inputValue(), /\/ask#q=/);
		await page.keyboard.press("Escape");
		const again = page.url();
		await go("Answers");
		await page.locator("table a").first().click();
		await page.waitForURL(again);

		// 9: attrition
		const change = async () => {
			await main.getByRole("link", { name: said("Change it") }).click();
			await page.locator(".ask select").first().waitFor();
			await main.locator(".criterion").nth(2).waitFor();
		};
		await change();
		await button("Save").click();
		await page.getByRole("dialog").getByLabel(said("Name")).fill("HbA1c < 7");
		await page.getByRole("dialog").locator("button.first").click();
		await page.getByRole("dialog").waitFor({ state: "hidden" });
		await page.getByRole("navigation").getByRole("link", { name: said("Saved"), exact: true }).waitFor();
		await page.getByRole("radio", { name: said("Attrition") }).check();
		await side.locator(".prices li").nth(2).waitFor();
		said("Ask the hospitals");
		await side.locator("button.first.wide:enabled").click();
		await page.waitForURL(/\/questions\/q-/);
		await result.locator("figure svg").first().waitFor();
		await picture(page, lang, "attrition", result, { most: 800 });

		// 10: refused
		await change();
		await adder(all, "Add a condition", "diagnosis");
		await all.locator(".editor input.wide").fill("439727+");
		await page.keyboard.press("Enter");
		await button("Done").click();
		await side.getByText(said("No hospital would answer this question.")).waitFor();
		assert.match(await side.locator(".prices .why").first().innerText(), /code:hiv/);
		await picture(page, lang, "refusal", side, { most: 1200 });
		await main.getByRole("button", { name: said("Undo") }).click();

		// 11: what is left
		await go("Budget");
		await page.getByRole("table", { name: "renmin" }).waitFor();
		await picture(page, lang, "budget", page.getByRole("heading", { level: 1 }), { to: page.locator("section.card").first() });

		// 12: a study
		await go("Studies");
		await main.getByRole("link", { name: said("Propose a study") }).click();
		await page.getByLabel(said("Short name")).fill(`AF-2026-0${lang === "en" ? 1 : 2}`);
		await page.getByLabel(said("Title in English")).fill("Anticoagulation in atrial fibrillation");
		await page.getByLabel(said("Title in Chinese")).fill("心房颤动抗凝治疗研究");
		const group = (en) => page.getByRole("group", { name: said(en) });
		const below = (en) => page.getByRole("heading", { name: said(en), exact: true }).locator("xpath=following-sibling::div[1]");
		await below("Purpose").getByRole("checkbox").first().check();
		await page.getByRole("textbox", { name: said("Other members"), exact: true }).fill("wang@uni.example");
		await group("Kinds of question").getByRole("checkbox").nth(5).check();
		await group("Datasets").getByRole("checkbox").first().check();
		await below("Data it may use").getByRole("checkbox").first().check();
		await button("Propose").click();
		await page.waitForURL(/\/studies\/AF-/);
		said("approved");
		await page.getByRole("table").getByText(said("not yet")).nth(2).waitFor();
		await picture(page, lang, "study", page.getByRole("heading", { level: 1 }), { to: page.locator("section.card").first() });
		await go("Transparency");
		await page.locator("ul.entries li").first().waitFor();
		await page.done();
	});
