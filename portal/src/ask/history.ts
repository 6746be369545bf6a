// history.ts - the question that is being composed, with what it was before. One value; every change is a step that can be
// taken back. It survives a reload and a session that ended, in this tab alone and for this account alone.
import { computed, signal } from "@preact/signals";
import { get, insert, isMap, move, set, type Json, type Map, type Path } from "./path";

interface Steps { past: Map[]; now: Map; future: Map[] }
const MOST = 100, KEY = "ask";

const steps = signal<Steps>({ past: [], now: {}, future: [] });
let owner = "", last = { key: "", at: 0 };

export const question = computed(() => steps.value.now);
export const canUndo = computed(() => steps.value.past.length > 0);
export const canRedo = computed(() => steps.value.future.length > 0);

function keep(s: Steps): void {
	steps.value = s;
	try {
		sessionStorage.setItem(KEY, JSON.stringify({ owner, ...s, past: s.past.slice(-20), future: s.future.slice(-20) }));
	} catch {
		// Full, or forbidden: then work does not survive a reload, and nothing else is different.
	}
}

/** Once for each account. True: there was work of theirs. */
export function takeUp(account: string): boolean {
	if (owner === account)
		return Object.keys(steps.value.now).length > 0;
	owner = account;
	last = { key: "", at: 0 };
	try {
		const kept: unknown = JSON.parse(sessionStorage.getItem(KEY) ?? "null");
		if (isMap(kept) && kept.owner === account && isMap(kept.now)) {
			steps.value = { past: (kept.past as Map[]) ?? [], now: kept.now, future: (kept.future as Map[]) ?? [] };
			return true;
		}
	} catch {
		// Not ours to read: begin anew.
	}
	steps.value = { past: [], now: {}, future: [] };
	return false;
}

/** `key`: changes of one field in a row (typing) are one step. */
export function replace(q: Map, key = ""): void {
	const { past, now } = steps.value;
	if (JSON.stringify(q) === JSON.stringify(now))
		return;
	const same = key !== "" && key === last.key && Date.now() - last.at < 3000 && past.length > 0;
	last = { key, at: Date.now() };
	keep({ past: same ? past : [...past, now].slice(-MOST), now: q, future: [] });
}
/** What the page fills in by itself: no step, as nobody did it. */
export function settle(q: Map): void {
	if (JSON.stringify(q) !== JSON.stringify(steps.value.now))
		keep({ ...steps.value, now: q });
}
export function undo(): void {
	const { past, now, future } = steps.value, before = past[past.length - 1];
	last.key = "";
	if (before !== undefined)
		keep({ past: past.slice(0, -1), now: before, future: [now, ...future] });
}
export function redo(): void {
	const { past, now, future } = steps.value, [next, ...rest] = future;
	last.key = "";
	if (next !== undefined)
		keep({ past: [...past, now], now: next, future: rest });
}

export const put = (path: Path, value: Json | undefined, key = "") => replace(set(question.value, path, value) as Map, key);
export const add = (list: Path, member: Json) => {
	const at = Array.isArray(get(question.value, list)) ? (get(question.value, list) as Json[]).length : 0;
	replace(insert(question.value, list, at, member) as Map);
};
export const moveTo = (from: Path, list: Path, at: number) => replace(move(question.value, from, list, at) as Map);
