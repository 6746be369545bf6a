// The board of hospitals: who is on the line, and what an operator sees besides.
import test, { after } from "node:test";
import assert from "node:assert/strict";
import { cordon, kill, revive, until } from "./asked.mjs";
import { accessible, shot, signIn, stop, visit } from "./lib.mjs";

after(stop);

test("a hospital that dies is seen to be gone while one looks, and to be back", async () => {
	const page = await visit(), row = (state) => page.getByRole("row", { name: new RegExp(`huashan.*${state}`) });
	await page.clock.install(); // the page looks again every ten seconds: it is told that they are over
	await signIn(page, "operator");
	const online = async () => JSON.parse((await cordon("li", "sites", "--json")).out).sites.find((s) => s.site === "huashan").online;
	await page.getByText("3 of 3 hospitals are on the line").waitFor();
	assert.equal(await page.getByRole("columnheader", { name: "certificate until" }).count(), 1);
	await shot(page, "sites-operator-en");
	kill("huashan");
	try {
		await until(async () => !(await online()));
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
