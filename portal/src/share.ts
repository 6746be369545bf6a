// share.ts - a question in a link. It stands in the fragment, which browsers send to nobody; an answer is never in a link.
import type { Question } from "./api";

const base64url = (bytes: Uint8Array): string =>
	btoa(Array.from(bytes, (b) => String.fromCharCode(b)).join("")).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");

export const shareLink = (question: Question): string => `/ask#q=${base64url(new TextEncoder().encode(JSON.stringify(question)))}`;

/** The question of a link's fragment; null: it holds none. */
export function sharedQuestion(fragment: string): Question | null {
	const found = /^#q=([A-Za-z0-9_-]+)$/.exec(fragment);
	if (found === null)
		return null;
	try {
		const bytes = Uint8Array.from(atob(found[1]!.replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0));
		const q: unknown = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
		return typeof q === "object" && q !== null && !Array.isArray(q) ? q as Question : null;
	} catch {
		return null;
	}
}
