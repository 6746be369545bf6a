// context.ts - what every control of the builder may need: what is offered, where the gateway found mistakes, names of concepts.
import { signal } from "@preact/signals";
import { createContext } from "preact";
import { useContext, useEffect } from "preact/hooks";
import { calls, type Say } from "../api";
import { me } from "../session";
import { conceptsOf } from "./criteria";
import type { Offers } from "./offers";
import { pathKey, type Json, type Path } from "./path";

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

const MOST = 60; // names looked up for one question: a long list of codes stays numbers
/** Names of the concepts in a question, where the gateway has a vocabulary. */
export function useNames(q: Json | undefined): void {
	useEffect(() => {
		if (q !== undefined && me.value?.features?.vocabulary)
			[...conceptsOf(q)].slice(0, MOST).forEach(lookUp);
	}, [q]);
}
