// browser.mjs - one browser for all files of this folder: its address is written to the file named, and it ends with standard
// input. Each file of node:test is a process of its own, and starting a browser takes longer than most tests.
import { writeFileSync } from "node:fs";
import { browserType, launching } from "./lib.mjs";

const server = await browserType.launchServer(launching);
writeFileSync(process.argv[2], server.wsEndpoint());
process.stdin.resume().on("end", () => server.close());
