// The chained record, for auditors alone; what was asked, for everybody as far as it is theirs to see.
import test, { after } from "node:test";
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { ask } from "./asked.mjs";
import { accessible, home, shot, signIn, stop, token, url, visit } from "./lib.mjs";

after(stop);

test("an auditor reads the record, and is told how much of its chain was checked", async () => {
	const page = await visit();
	await signIn(page, "auditor");
	await page.getByRole("heading", { name: "Audit record" }).waitFor();
	const { count, checked, broken } = await (await page.request.get(`${url}/v1/audit`)).json();
	assert.equal(broken, undefined);
	assert.equal(checked, count);
	assert.match(await page.getByRole("status").first().textContent(), /The chain is whole: all [\d,]+ records were checked/);
	await page.getByRole("row", { name: /gateway\.started|person\.signed-in/ }).first().waitFor();
	assert.ok(!(await page.content()).includes(token("auditor")), "no record holds a token");
	await accessible(page);
	await shot(page, "record-en");
	await page.done();
});

/** Who did it, by record 3 of the gateway's own file; with a name: changes it. */
const third = (who) => execFileSync("python3", ["-c", `import sqlite3, sys
d = sqlite3.connect(sys.argv[1], timeout=15)
print(d.execute("select who from audit where seq = 3").fetchone()[0], end="")
if len(sys.argv) > 2: # the file forbids it, which stops no one who has the file
    keep = d.execute("select name, sql from sqlite_master where type = 'trigger' and tbl_name = 'audit'").fetchall()
    for name, _ in keep:
        d.execute(f"drop trigger {name}")
    d.execute("update audit set who = ? where seq = 3", sys.argv[2:])
    for _, sql in keep:
        d.execute(sql)
    d.commit()`, join(home, "gateway", "state", "gateway.db"), ...(who === undefined ? [] : [who])], { encoding: "utf8" });

test("a record that somebody changed is told by its number", async () => {
	const page = await visit(), was = third("eve@else.example");
	try {
		await signIn(page, "auditor");
		await page.getByRole("alert").getByText("The chain is broken at record 3.").waitFor();
		assert.equal(await page.getByRole("status").filter({ hasText: "whole" }).count(), 0);
		await accessible(page);
		await shot(page, "record-broken-en");
	} finally {
		third(was);
	}
	await page.reload();
	await page.getByRole("status").getByText("The chain is whole").waitFor();
	await page.done();
});

test("on a phone every record is a block with its words beside it", async () => {
	const page = await visit({ lang: "zh", width: 390, height: 844 });
	await signIn(page, "auditor");
	await page.getByRole("row", { name: /person\.signed-in/ }).first().waitFor();
	assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth));
	await accessible(page);
	await shot(page, "record-phone-zh");
	await page.done();
});

test("others have no record: not in the navigation, not by its address, not through the API", async () => {
	for (const who of ["li", "officer", "operator"]) {
		const page = await visit();
		await signIn(page, who, "/record");
		await page.getByRole("heading", { name: "There is nothing at this address" }).waitFor();
		assert.equal(await page.getByRole("link", { name: "Record", exact: true }).count(), 0);
		assert.equal((await page.request.get(`${url}/v1/audit`)).status(), 403);
		await page.done();
	}
});

test("what li asked is told in words: to an officer all of it but no answer, to wang only her studies", async () => {
	const { id } = await ask("count"), officer = await visit(), wang = await visit(), li = await visit({ lang: "zh", width: 390, height: 844 });
	await signIn(officer, "officer", "/transparency");
	const entry = officer.getByRole("listitem").filter({ hasText: "CO-2026-01" }).first();
	await entry.getByText("Type 2 diabetes mellitus").waitFor();
	assert.equal(await officer.getByRole("link", { name: "See the answer" }).count(), 0);
	await accessible(officer);
	await shot(officer, "transparency-officer-en");
	assert.ok([403, 404].includes((await officer.request.get(`${url}/v1/questions/${id}`)).status()));
	await signIn(wang, "wang", "/transparency");
	await wang.getByRole("heading", { name: "Transparency" }).waitFor();
	await wang.waitForLoadState("networkidle");
	assert.equal(await wang.getByText("CO-2026-01").count(), 0);
	await signIn(li, "li", "/transparency");
	await li.getByRole("link", { name: "查看结果" }).first().waitFor();
	await accessible(li);
	await shot(li, "transparency-phone-zh");
	for (const page of [officer, wang, li])
		await page.done();
});
