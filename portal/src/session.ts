// session.ts - who is signed in here. undefined: not known yet; null: nobody.
import { signal } from "@preact/signals";
import { calls, Problem, type Me } from "./api";
import { go, place } from "./router";

export const me = signal<Me | null | undefined>(undefined);
/** Somebody was signed in on this page, and is not any more without having said so. */
export const ended = signal(false);

// Other tabs of this browser learn at once that somebody signed in or out: none goes on showing what it has.
const tabs = new BroadcastChannel("session");
tabs.onmessage = () => {
	const was = me.value;
	findMe().then(() => {
		ended.value = Boolean(was) && me.value === null;
		if (me.value === null)
			signedOut();
	}, () => {});
};

export async function findMe(): Promise<void> {
	try {
		me.value = await calls.me();
	} catch (e) {
		if (!(e instanceof Problem) || e.status !== 401)
			throw e;
		me.value = null;
	}
}

// A link's question stands in the address's fragment, which no server gets. While somebody signs in, which may lead over
// other pages and servers, it waits in this tab.
const KEY = "fragment";
const waiting = (): { to: string; hash: string } | null => {
	try {
		return JSON.parse(sessionStorage.getItem(KEY) ?? "null");
	} catch {
		return null;
	}
};
export const linkWaits = (): boolean => waiting() !== null;
/** `to` with the fragment that waited for it, which then waits no more. */
export function withFragment(to: string): string {
	const kept = waiting();
	if (kept?.to !== to)
		return to;
	sessionStorage.removeItem(KEY);
	return to + kept.hash;
}

/** The session ended while somebody worked: back here after signing in again. */
export function signedOut(): void {
	if (me.value)
		ended.value = true;
	me.value = null;
	if (place.value.path === "/sign-in")
		return;
	const to = location.pathname + location.search;
	sessionStorage.removeItem(KEY);
	if (location.hash.length > 1)
		sessionStorage.setItem(KEY, JSON.stringify({ to, hash: location.hash }));
	go(`/sign-in?to=${encodeURIComponent(to)}`, true);
}

/** Who comes in, as `come` says. */
export async function signIn(come: () => Promise<Me>): Promise<void> {
	await come();
	await findMe();
	ended.value = false;
	tabs.postMessage("in");
}

export async function signOut(): Promise<void> {
	try {
		await calls.signOut();
	} catch (e) {
		if (!(e instanceof Problem) || e.status !== 401) // else it had ended already
			throw e;
	}
	me.value = null;
	go("/sign-in");
	tabs.postMessage("out");
}
