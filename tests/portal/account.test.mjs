// One's account: the signing key, tokens for programs, sign-ins.
import test, { after } from "node:test";
import assert from "node:assert/strict";
import { createPublicKey, X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { accessible, home, shot, signIn, stop, url, visit } from "./lib.mjs";

after(stop);

test("a key is taken over with its certificate, and somebody else's certificate is not", async () => {
	const page = await visit(), files = page.getByLabel("Key and certificate files");
	await signIn(page, "li", "/account");
	await files.setInputFiles(join(home, "li", "person.crt"));
	await page.getByText("No Ed25519 key in PEM form").waitFor();
	await files.setInputFiles([join(home, "li", "person.key"), join(home, "wang", "person.crt")]);
	await page.getByText("This certificate is not of your key.").waitFor();
	await page.getByText("The certificate is still missing.").waitFor();
	await page.getByLabel("Certificate file (person.crt)").setInputFiles(join(home, "li", "person.crt"));
	await page.getByText("you can ask").waitFor();
	await page.reload();
	await page.getByText("you can ask").waitFor();
	await shot(page, "account-en");
	await accessible(page);
	await page.getByRole("button", { name: "Remove this key from the browser" }).click();
	await page.getByRole("button", { name: "Remove for good" }).click();
	await page.getByRole("button", { name: "Make a key" }).waitFor();
	await page.done();
});

test("a key made here gives its public half alone, and a phone shows what to do with it", async () => {
	const page = await visit({ lang: "zh", width: 390, height: 844 });
	await signIn(page, "li", "/account");
	await page.getByRole("button", { name: "创建密钥" }).click();
	const [file] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: "下载公钥" }).click()]);
	const key = createPublicKey(readFileSync(await file.path()));
	assert.equal(key.asymmetricKeyType, "ed25519");
	assert.notEqual(key.export({ type: "spki", format: "pem" }), new X509Certificate(readFileSync(join(home, "li", "person.crt"))).publicKey.export({ type: "spki", format: "pem" }));
	await page.getByText("cordon ca issue --dir ca --role person --name li@renmin.example --public-key person.pub").waitFor();
	assert.equal(await page.evaluate(() => new Promise((done) => {
		const open = indexedDB.open("cordon");
		open.onsuccess = () => { const all = open.result.transaction("keys").objectStore("keys").getAll(); all.onsuccess = () => done(all.result[0].key.extractable); };
	})), false, "no script can read the key out");
	assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth));
	await shot(page, "account-phone-zh");
	await accessible(page);
	await page.done();
});

test("a token is shown once, does what its scopes say, and is ended", async () => {
	const page = await visit();
	await signIn(page, "li", "/account");
	await page.getByRole("textbox", { name: "Name" }).fill("nightly");
	await page.getByRole("button", { name: "Make a token" }).click();
	const made = page.getByRole("textbox", { name: "Token", exact: true });
	await made.waitFor();
	const bearer = { Authorization: `Bearer ${await made.inputValue()}` }, plain = await (await visit()).context();
	assert.equal((await plain.request.get(`${url}/v1/questions`, { headers: bearer })).status(), 200);
	assert.equal((await plain.request.post(`${url}/v1/questions/price`, { headers: bearer, data: { question: {} } })).status(), 403, "it may read alone");
	await shot(page, "account-token-en");
	await accessible(page);
	await page.reload();
	await page.getByRole("rowheader", { name: "nightly" }).waitFor();
	assert.equal(await made.count(), 0);
	await page.getByRole("button", { name: "End nightly" }).click();
	await page.getByRole("button", { name: "End nightly for good" }).click();
	await page.getByText("No tokens.").waitFor();
	assert.equal((await plain.request.get(`${url}/v1/questions`, { headers: bearer })).status(), 401);
	await plain.close();
	await page.getByRole("table", { name: "Your sign-ins" }).getByText("signed in").first().waitFor();
	await page.done();
});
