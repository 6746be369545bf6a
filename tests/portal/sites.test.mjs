// The board of hospitals: who is on the line, and what an operator sees besides.
import test, { after } from "node:test";
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { copyFileSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { asking, kill, offline, revive, start } from "./asked.mjs";
import { accessible, home, shot, signIn, stop, visit } from "./lib.mjs";

after(stop);

test("a hospital that dies is seen to be gone while one looks, and to be back", async () => {
	const page = await visit(), row = (state) => page.getByRole("row", { name: new RegExp(`huashan.*${state}`) });
	await page.clock.install(); // the page looks again every ten seconds: it is told that they are over
	await signIn(page, "operator");
	await page.getByText("3 of 3 hospitals are on the line").waitFor();
	assert.equal(await page.getByRole("columnheader", { name: "certificate until" }).count(), 1);
	await shot(page, "sites-operator-en");
	kill("huashan");
	try {
		await offline("huashan");
		await page.clock.fastForward(10000);
		await row("offline.*the line was lost").waitFor();
		await page.getByText("2 of 3 hospitals are on the line").waitFor();
		await accessible(page);
		await shot(page, "sites-offline-en");
		const phone = await visit({ lang: "zh", width: 390, height: 844 });
		await signIn(phone, "li", "/catalogue");
		await phone.getByRole("region", { name: "huashan", exact: true }).getByText("离线").waitFor();
		await phone.goto(phone.url().replace("catalogue", "sites"));
		await phone.getByRole("row", { name: /huashan.*离线/ }).waitFor();
		assert.equal(await phone.getByText("证书有效期至").count(), 0, "certificates are the operator's");
		await accessible(phone);
		await shot(phone, "sites-phone-zh");
		await phone.done();
	} finally {
		await revive("huashan");
	}
	await page.clock.fastForward(10000);
	await row("online").waitFor();
	await page.done();
});

test("a hospital whose ledger went back stays out until an operator readmits it", async () => {
	const state = join(home, "site-huashan", "state"), copy = join(home, "ledger-before.db");
	execFileSync("python3", ["-c", "import sqlite3, sys; sqlite3.connect(sys.argv[1]).backup(sqlite3.connect(sys.argv[2]))", join(state, "ledger.db"), copy]);
	await (await asking()).ended; // it pays
	kill("huashan");
	await offline("huashan", "lost");
	await revive("huashan"); // the gateway hears of it
	kill("huashan");
	await offline("huashan", "lost");
	for (const f of readdirSync(state).filter((x) => x.startsWith("ledger.db")))
		rmSync(join(state, f));
	copyFileSync(copy, join(state, "ledger.db"));
	start("huashan");
	await offline("huashan", "ledger");
	const page = await visit(), li = await visit(), row = (of, state) => of.getByRole("row", { name: new RegExp(`huashan.*${state}`) });
	const readmit = page.getByRole("button", { name: "Readmit" }), dialog = page.getByRole("dialog", { name: "Readmit huashan?" });
	await signIn(li, "li", "/sites");
	await row(li, "its ledger went back").waitFor();
	assert.equal(await li.getByRole("button", { name: "Readmit" }).count(), 0);
	await li.done();
	await page.clock.install();
	await signIn(page, "operator");
	await row(page, "its ledger went back").waitFor();
	await readmit.click();
	await dialog.getByText("charges may be forgotten").waitFor();
	await accessible(page);
	await shot(page, "sites-readmit-en");
	await dialog.getByRole("button", { name: "Cancel" }).click();
	await row(page, "its ledger went back").waitFor();
	await readmit.click();
	await dialog.getByRole("button", { name: "Readmit" }).click();
	await row(page, "the line was lost").waitFor();
	assert.equal(await readmit.count(), 0);
	kill("huashan"); // an agent that was refused dials again after long
	await revive("huashan");
	await page.clock.fastForward(10000);
	await row(page, "online").waitFor();
	await page.done();
});
