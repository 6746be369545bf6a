// all.mjs - every test of this folder in one process and one browser, one after the other. PORTAL_ONLY=word: files whose name
// has it.
import { after } from "node:test";
import { readdirSync } from "node:fs";
import { share, stop } from "./lib.mjs";

share();
for (const name of readdirSync(new URL(".", import.meta.url)).sort())
	if (name.endsWith(".test.mjs") && name.includes(process.env.PORTAL_ONLY ?? ""))
		await import(`./${name}`);
after(() => stop(true));
