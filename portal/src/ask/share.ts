// share.ts - a question in a link. It stands in the fragment, which no browser sends to a server, and holds no answer.
import { isMap, type Map } from "./path";

async function through(stream: { readable: ReadableStream; writable: WritableStream }, bytes: Uint8Array): Promise<Uint8Array> {
	const out = new Blob([bytes as BlobPart]).stream().pipeThrough(stream as ReadableWritablePair);
	return new Uint8Array(await new Response(out).arrayBuffer());
}

export async function toFragment(question: Map): Promise<string> {
	const bytes = await through(new CompressionStream("deflate-raw"), new TextEncoder().encode(JSON.stringify(question)));
	let text = "";
	for (const b of bytes)
		text += String.fromCharCode(b);
	return `#q=${btoa(text).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "")}`;
}

const MOST = 256 << 10; // of a question, docs/questions.md
/** null: the link is broken, or too much. */
export async function fromFragment(fragment: string): Promise<Map | null> {
	const m = /^#q=([A-Za-z0-9_-]+)$/.exec(fragment);
	if (m === null)
		return null;
	try {
		const bytes = Uint8Array.from(atob(m[1]!.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
		const reader = new Blob([bytes as BlobPart]).stream().pipeThrough(new DecompressionStream("deflate-raw") as ReadableWritablePair).getReader();
		const parts: Uint8Array[] = [];
		for (let all = 0; ;) {
			const { done, value } = await reader.read();
			if (done)
				break;
			all += value.length;
			if (all > MOST) // a small link may unfold into very much
				return await reader.cancel().then(() => null);
			parts.push(value);
		}
		const q: unknown = JSON.parse(await new Blob(parts as BlobPart[]).text());
		return isMap(q) ? q : null;
	} catch {
		return null;
	}
}
