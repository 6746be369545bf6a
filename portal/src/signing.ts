// signing.ts - the key that signs a person's questions (docs/protocol.md, "Signatures"). It lives in this browser alone, in a
// form that no script can read out; hospitals check every signature themselves, so the gateway cannot ask in one's name.
import type { Question, ReadQuestion } from "./api";

export interface SigningKey { account: string; key: CryptoKey; publicPem: string; certificate?: string }

const algorithm = { name: "Ed25519" };

function database(): Promise<IDBDatabase> {
	return new Promise((resolve, reject) => {
		const open = indexedDB.open("cordon", 1);
		open.onupgradeneeded = () => open.result.createObjectStore("keys", { keyPath: "account" });
		open.onsuccess = () => resolve(open.result);
		open.onerror = () => reject(open.error);
	});
}

async function stored<T>(mode: IDBTransactionMode, act: (s: IDBObjectStore) => IDBRequest): Promise<T> {
	const db = await database();
	try {
		return await new Promise<T>((resolve, reject) => {
			const request = act(db.transaction("keys", mode).objectStore("keys"));
			request.onsuccess = () => resolve(request.result as T);
			request.onerror = () => reject(request.error);
		});
	} finally {
		db.close();
	}
}

export const signingKey = (account: string) => stored<SigningKey | undefined>("readonly", (s) => s.get(account));
export const forgetKey = (account: string) => stored<void>("readwrite", (s) => s.delete(account));
const keep = (k: SigningKey) => stored<void>("readwrite", (s) => s.put(k));

const base64 = (bytes: ArrayBuffer | Uint8Array): string => btoa(String.fromCharCode(...new Uint8Array(bytes)));
const pem = (label: string, der: ArrayBuffer): string =>
	`-----BEGIN ${label}-----\n${base64(der).replace(/.{64}/g, "$&\n").trimEnd()}\n-----END ${label}-----\n`;

/** The bytes of the first block with this label, or null. */
export function pemBytes(text: string, label: string): Uint8Array | null {
	const block = new RegExp(`-----BEGIN ${label}-----([A-Za-z0-9+/=\\s]+)-----END ${label}-----`).exec(text);
	return block === null ? null : Uint8Array.from(atob(block[1]!.replace(/\s/g, "")), (c) => c.charCodeAt(0));
}

/** A new key. Its public half goes to whoever runs the federation's CA: `cordon ca issue --public-key`. */
export async function createKey(account: string): Promise<SigningKey> {
	const pair = (await crypto.subtle.generateKey(algorithm, false, ["sign", "verify"])) as CryptoKeyPair;
	const made = { account, key: pair.privateKey, publicPem: pem("PUBLIC KEY", await crypto.subtle.exportKey("spki", pair.publicKey)) };
	await keep(made);
	return made;
}

/** Takes over a key made by `cordon ca issue`. Throws when the file is no such key. */
export async function importKey(account: string, text: string): Promise<SigningKey> {
	const der = pemBytes(text, "PRIVATE KEY");
	if (der === null)
		throw new Error("no key");
	const open = await crypto.subtle.importKey("pkcs8", der as BufferSource, algorithm, true, ["sign"]);
	const { x } = await crypto.subtle.exportKey("jwk", open);
	const half = await crypto.subtle.importKey("jwk", { kty: "OKP", crv: "Ed25519", x: x! }, algorithm, true, ["verify"]);
	const made = { account, key: await crypto.subtle.importKey("pkcs8", der as BufferSource, algorithm, false, ["sign"]),
		publicPem: pem("PUBLIC KEY", await crypto.subtle.exportKey("spki", half)) };
	await keep(made);
	return made;
}

/** The certificate that names the key's owner. False: it is of another key, or no certificate. */
export async function addCertificate(k: SigningKey, text: string): Promise<boolean> {
	const der = pemBytes(text, "CERTIFICATE"), spki = pemBytes(k.publicPem, "PUBLIC KEY")!;
	const own = String.fromCharCode(...spki);
	if (der === null || !String.fromCharCode(...der).includes(own))
		return false;
	await keep({ ...k, certificate: pem("CERTIFICATE", der.buffer as ArrayBuffer) });
	return true;
}

/** SHA-256 over parts, each preceded by its length as 8 bytes. */
async function hashParts(...parts: Uint8Array[]): Promise<ArrayBuffer> {
	const all: number[] = [];
	for (const p of parts) {
		const length = new DataView(new ArrayBuffer(8));
		length.setBigUint64(0, BigInt(p.length));
		all.push(...new Uint8Array(length.buffer), ...p);
	}
	return crypto.subtle.digest("SHA-256", Uint8Array.from(all));
}

/** The body of POST /v1/questions: what was read, signed now. The hash is computed here, from the text that was shown. */
export async function signed(k: SigningKey, question: Question, read: ReadQuestion) {
	const text = new TextEncoder(), asked_ms = Date.now(), when = new DataView(new ArrayBuffer(8));
	when.setBigUint64(0, BigInt(asked_ms));
	const hash = await hashParts(text.encode("cordon/1 ask"), new Uint8Array(await crypto.subtle.digest("SHA-256", text.encode(read.canonical))),
		text.encode(k.account), new Uint8Array(when.buffer));
	return { question, certificate: k.certificate!, signature: base64(await crypto.subtle.sign(algorithm, k.key, hash)), asked_ms };
}
