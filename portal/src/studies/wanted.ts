// wanted.ts - from what a person ticks ("event:condition") to the names that hospitals' policies list.
import type { Catalogue } from "../api";

/** A measure is spelt alike everywhere; columns of events and groups are spelt as each hospital that offers them spells them. */
export function wanted(c: Catalogue, use: string): string[] {
	const datasets = c.sites.flatMap((s) => s.datasets), name = use.slice(use.indexOf(":") + 1);
	if (use.startsWith("event:"))
		return datasets.flatMap((d) => d.events).filter((e) => e.event === name).flatMap((e) => e.columns);
	if (use.startsWith("group:"))
		return datasets.flatMap((d) => d.groups).filter((g) => g.name === name).map((g) => g.column);
	return [use];
}
