// mistakes.ts - what the gateway says of a proposal, told by the field it is about. The body has a line for each field, the
// first on line 2, in the order they were sent.
import type { Problem, Say, Study } from "../api";

export type Mistakes = Partial<Record<keyof Study, Say[]>>;

export function mistakesOf(p: Problem, sent: Partial<Study>): { at: Mistakes; rest: Say[] } {
	const keys = Object.keys(sent) as (keyof Study)[], at: Mistakes = {}, rest: Say[] = [];
	const put = (key: keyof Study | undefined, text: Say) => (key === undefined ? rest : (at[key] ??= [])).push(text);
	const all = p.errors?.length ? p.errors : p.at ? [{ at: p.at, say: p.say }] : [];
	for (const x of all)
		put(keys[Number(/:(\d+):\d+$/.exec(x.at)?.[1] ?? 0) - 2], x.say);
	if (p.status === 409 && all.length === 0)
		put("id", p.say);
	return { at, rest };
}
