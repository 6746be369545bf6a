// wanted.ts - what hospitals offer of the chosen datasets, to tick; and from what is ticked ("event:condition") to the names
// that hospitals' policies list.
import type { Catalogue, OfferedDataset, Say } from "../api";

export interface Choice { value: string; title: Say; small?: string; sites: string[] }

const chosen = (c: Catalogue, ids: string[]): { site: string; d: OfferedDataset }[] =>
	c.sites.flatMap((s) => s.datasets.filter((d) => ids.includes(d.id)).map((d) => ({ site: s.site, d })));

function once(found: Map<string, Choice>, site: string, choice: Omit<Choice, "sites">): void {
	const at = found.get(choice.value);
	if (at === undefined)
		found.set(choice.value, { ...choice, sites: [site] });
	else if (!at.sites.includes(site))
		at.sites.push(site);
}

export function datasetsOf(c: Catalogue): Choice[] {
	const found = new Map<string, Choice>();
	for (const s of c.sites)
		for (const d of s.datasets)
			once(found, s.site, { value: d.id, title: d.title, small: d.id });
	return [...found.values()];
}

/** Each once, over all hospitals. */
export function offered(c: Catalogue, datasets: string[]): { groups: Choice[]; events: Choice[]; measures: Choice[] } {
	const groups = new Map<string, Choice>(), events = new Map<string, Choice>(), measures = new Map<string, Choice>();
	for (const { site, d } of chosen(c, datasets)) {
		for (const g of d.groups)
			once(groups, site, { value: `group:${g.name}`, title: g.title });
		for (const e of d.events)
			once(events, site, { value: `event:${e.event}`, title: e.title });
		for (const m of d.measures)
			once(measures, site, { value: `measure:${m.id}`, title: m.title, small: m.unit });
	}
	return { groups: [...groups.values()], events: [...events.values()], measures: [...measures.values()] };
}

/** A measure is spelt alike everywhere; columns of events and groups are spelt as each hospital that offers them spells them. */
export function wanted(c: Catalogue, datasets: string[], use: string[]): string[] {
	const found = new Set<string>();
	for (const { d } of chosen(c, datasets)) {
		for (const e of d.events)
			if (use.includes(`event:${e.event}`))
				e.columns.forEach((x) => found.add(x));
		for (const g of d.groups)
			if (use.includes(`group:${g.name}`))
				found.add(g.column);
		for (const m of d.measures)
			if (use.includes(`measure:${m.id}`))
				found.add(`measure:${m.id}`);
	}
	return [...found];
}
