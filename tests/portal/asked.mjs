// asked.mjs - one question of each kind, asked through the command line as a person of the federation, once for all tests
// of a file. Answers that were paid for are recalled, so several files may ask the same.
import { execFile, spawn } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { home } from "./lib.mjs";

const diabetes = "cohort: {all: [{condition: [201826+]}]}";
const study = (kind, lines) => `study: CO-2026-01\nkind: ${kind}\ndataset: omop\n${lines}\n`;
export const questions = {
	count: study("count", diabetes),
	groups: study("count", `on: 2025-12-31\ngroup_by: [sex, age]\n${diabetes}`),
	histogram: study("histogram", `of: hba1c\non: 2025-12-31\n${diabetes}`),
	crosstab: study("crosstab", "on: 2025-12-31\ngroup_by: [age, sex]\ncohort: {all: [{age: {from: 18}}]}"),
	compared: study("crosstab", "on: 2025-12-31\ngroup_by: [age, sex]\ncohort: {all: [{age: {from: 45, to: 80}}]}"),
	mean: study("mean", `of: hba1c\non: 2025-12-31\ngroup_by: [sex]\n${diabetes}`),
	quantile: study("quantile", `of: hba1c\nat: [0.25, 0.5, 0.75]\non: 2025-12-31\n${diabetes}`),
	survival: study("survival", "event: {death: any}\nstep: 3 months\nhorizon: 24 months\ngroup_by: [sex]\ncohort: {entry: {condition: [201826+]}}"),
	attrition: study("attrition", "on: 2025-12-31\ncohort:\n  all:\n    - {condition: [201826+]}\n    - {sex: 女}\n    - {age: {from: 45, to: 65}}"),
	secure: study("count", "on: 2025-12-31\nmode: secure\ncohort: {all: [{age: {from: 18}}]}"),
	distinct: study("distinct", "on: 2025-12-31\nmode: secure\ncohort: {all: [{age: {from: 18}}]}"),
	refused: "study: MH-2026-02\nkind: count\ndataset: omop\ncohort: {all: [{procedure: [4273629]}]}\n",
};

/** `cordon ..` as `who`: what it printed, and its status. */
export function cordon(who, ...args) {
	return new Promise((done) => execFile(join(process.env.BIN ?? "build", "cordon"), args, {
		env: { ...process.env, CORDON_SETTINGS: join(home, who, "settings.yaml"), LANG: "C.UTF-8", NO_COLOR: "1" }, maxBuffer: 64 << 20,
	}, (error, out, err) => done({ status: error ? error.code : 0, out, err })));
}

/** The answer, as the gateway gave it. */
export async function ask(name, who = "li") {
	const file = join(home, `${name}-${process.pid}.yaml`);
	writeFileSync(file, questions[name] ?? name);
	const { out, err } = await cordon(who, "ask", file, "--json");
	try {
		return JSON.parse(out);
	} catch {
		throw new Error(`${name}: ${out}${err}`);
	}
}
export async function askAll(...names) {
	const answers = {};
	for (const name of names)
		answers[name] = await ask(name);
	return answers;
}

// ---- hospitals that are slow, or die ----

const sleep = (ms) => new Promise((done) => setTimeout(done, ms));
export async function until(what, seconds = 10) {
	for (const end = Date.now() + seconds * 1000; Date.now() < end; await sleep(50)) {
		const found = await what();
		if (found)
			return found;
	}
	throw new Error(`it did not become so: ${what}`);
}
function psql(site, sql) {
	const host = /host=(\S+)/.exec(readFileSync(join(home, `site-${site}`, "agent.yaml"), "utf8"))[1];
	return spawn("psql", ["-h", host, "-U", "postgres", "-d", "hospital", "-Atqc", sql], { stdio: ["ignore", "pipe", "ignore"] });
}
async function told(site, sql) {
	let out = "";
	for await (const part of psql(site, sql).stdout)
		out += part;
	return out.trim();
}
/** The site's people cannot be counted until the function this gives is called. */
export async function hold(site) {
	const lock = psql(site, "begin; lock table cdm.person in access exclusive mode; select pg_sleep(60)");
	const held = "from pg_locks where relation = 'cdm.person'::regclass and mode = 'AccessExclusiveLock' and granted";
	await until(async () => (await told(site, `select count(*) ${held}`)) === "1");
	return async () => {
		lock.kill();
		await told(site, `select pg_terminate_backend(pid) ${held}`);
	};
}
/** A question that nobody asked before is asked, and its id known as soon as the gateway has it. */
export async function asking(who = "li") {
	const seen = await newest(who), file = join(home, `asking-${process.pid}-${Date.now()}.yaml`);
	const day = new Date(Date.UTC(2025, 0, 1 + (Math.floor(Date.now() / 100) % 364))).toISOString().slice(0, 10);
	writeFileSync(file, study("count", `on: ${day}\ncohort: {all: [{age: {from: 18}}]}`));
	const ended = cordon(who, "ask", file, "--json");
	return { id: await until(async () => { const id = await newest(who); return id !== seen && id; }), ended };
}
async function newest(who) {
	const { out } = await cordon(who, "history", "--json");
	return JSON.parse(out).questions[0]?.id;
}
const pidFile = (site) => join(home, `site-${site}`, "agent.pid");
/** The site's agent is gone at once, as when its machine loses power. */
export function kill(site) {
	process.kill(Number(readFileSync(pidFile(site), "utf8")), "SIGKILL");
}
export function start(site) {
	const agent = spawn(join(process.env.BIN ?? "build", "cordon-agent"), ["--config", join(home, `site-${site}`, "agent.yaml")], { stdio: "ignore", detached: true });
	agent.unref();
	writeFileSync(pidFile(site), String(agent.pid));
}
const lines = async () => JSON.parse((await cordon("li", "sites", "--json")).out).sites;
/** The gateway knows that it is gone, or why it does not let it in. */
export const offline = (site, why) => until(async () => { const s = (await lines()).find((x) => x.site === site); return !s.online && (why === undefined || s.why === why); }, 20);
export async function revive(site) {
	start(site);
	await until(async () => (await lines()).every((s) => s.online), 20);
}

/** The person's key and certificate, as the account page would have put them into this browser. */
export async function giveKey(page, who = "li") {
	const [key, certificate] = ["person.key", "person.crt"].map((f) => readFileSync(join(home, who, f), "utf8"));
	await page.evaluate(async ({ key, certificate, account }) => {
		const der = Uint8Array.from(atob(key.replace(/-----[^-]+-----|\s/g, "")), (c) => c.charCodeAt(0));
		const record = { account, certificate, publicPem: "", key: await crypto.subtle.importKey("pkcs8", der, { name: "Ed25519" }, false, ["sign"]) };
		await new Promise((done, failed) => {
			const open = indexedDB.open("cordon", 1);
			open.onupgradeneeded = () => open.result.createObjectStore("keys", { keyPath: "account" });
			open.onsuccess = () => {
				const put = open.result.transaction("keys", "readwrite").objectStore("keys").put(record);
				put.onsuccess = () => { open.result.close(); done(); };
				put.onerror = () => failed(put.error);
			};
		});
	}, { key, certificate, account: { li: "li@renmin.example", wang: "wang@uni.example" }[who] });
}
