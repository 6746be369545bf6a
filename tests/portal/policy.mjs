// policy.mjs - a hospital's officers change their policy, and sign it.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import assert from "node:assert/strict";
import { cordon } from "./asked.mjs";
import { home } from "./lib.mjs";

/** `change` gets the text of studies.yaml and gives the new one. The version goes up, two people sign, the agent reads it. */
export async function sign(site, change) {
	const folder = join(home, `site-${site}`, "policy"), of = (name) => join(home, "approvers", name);
	const edit = (file, how) => writeFileSync(join(folder, file), how(readFileSync(join(folder, file), "utf8")));
	let version;
	edit("studies.yaml", change);
	edit("policy.yaml", (s) => s.replace(/^version: *(\d+)/m, (_, n) => `version: ${(version = Number(n) + 1)}`));
	for (const who of ["officer-a", "owner-b"]) {
		const { status, out, err } = await cordon("li", "policy", "sign", folder, "--as", who, "--key", of(`${who}.key`), "--passphrase", of("passphrase"),
			"--approvers", of("approvers.yaml"), "--version", String(version));
		assert.equal(status, 0, out + err);
	}
	process.kill(Number(readFileSync(join(home, `site-${site}`, "agent.pid"), "utf8")), "SIGHUP");
	return version;
}
