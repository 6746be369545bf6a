// context.ts - what every control of the builder may need: what is offered, where the gateway found mistakes, names of concepts.
import { signal } from "@preact/signals";
import { createContext } from "preact";
import { useContext } from "preact/hooks";
import { calls, type Say } from "../api";
import type { Offers } from "./offers";
import { pathKey, type Path } from "./path";

export interface Told { path: Path; say: Say; code?: string | undefined; tone: "bad" | "fair" }
export interface Work { offers: Offers; told: Told[]; vocabulary: boolean;
	/** Path of the criterion whose controls are shown. */
	open: string | null; setOpen: (key: string | null) => void; announce: (text: string) => void }
export const WorkContext = createContext<Work>(null as never);
export const useWork = () => useContext(WorkContext);

/** What was said of this place or of something in it that has no place of its own in `owned`. */
export function toldAt(told: Told[], path: Path, owned: (p: Path) => boolean): Told[] {
	const key = pathKey(path);
	return told.filter((x) => {
		const k = pathKey(x.path);
		return k === key || (k.startsWith(`${key}/`) && !owned(x.path));
	});
}

/** Names of concepts, as the vocabulary has them; looked up once each. */
export const concepts = signal<Record<string, Say | null>>({});
const asked = new Set<number>();
export function learn(id: number, name: Say): void {
	asked.add(id);
	concepts.value = { ...concepts.value, [id]: name };
}
export function lookUp(id: number): void {
	if (asked.has(id))
		return;
	asked.add(id);
	calls.concept(id).then((c) => learn(id, { en: c.name, zh: c.zh ?? c.name }), () => { /* shown by its number */ });
}
