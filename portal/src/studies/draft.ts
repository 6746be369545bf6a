// draft.ts - a proposal that is being written. It survives a reload and a session that ended, in this tab alone and for
// this account alone.
export interface Draft { id: string; en: string; zh: string; purpose: string[]; disease: string; from: string; to: string; members: string; role: string;
	kinds: string[]; datasets: string[]; use: string[]; more: string; rho: string; note: string }

const KEY = "proposal";

const inYears = (years: number) => {
	const d = new Date();
	d.setFullYear(d.getFullYear() + years);
	return d.toISOString().slice(0, 10);
};
export const empty = (): Draft => ({ id: "", en: "", zh: "", purpose: [], disease: "", from: inYears(0), to: inYears(1), members: "", role: "analyst",
	kinds: ["count"], datasets: [], use: [], more: "", rho: "0.5", note: "" });

/** null: there is none of theirs. */
export function takeUp(account: string): Draft | null {
	try {
		const kept = JSON.parse(sessionStorage.getItem(KEY) ?? "null") as { owner: string; draft: Draft } | null;
		return kept?.owner === account ? { ...empty(), ...kept.draft } : null;
	} catch {
		return null; // not ours to read: begin anew
	}
}

export function keep(owner: string, draft: Draft | null): void {
	try {
		if (draft === null)
			sessionStorage.removeItem(KEY);
		else
			sessionStorage.setItem(KEY, JSON.stringify({ owner, draft }));
	} catch {
		// Full, or forbidden: then a draft does not survive a reload, and nothing else is different.
	}
}
