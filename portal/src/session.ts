// session.ts - who is signed in here. undefined: not known yet; null: nobody.
import { signal } from "@preact/signals";
import { calls, Problem, type Me } from "./api";
import { go, place } from "./router";

export const me = signal<Me | null | undefined>(undefined);

export async function findMe(): Promise<void> {
	try {
		me.value = await calls.me();
	} catch (e) {
		if (!(e instanceof Problem) || e.status !== 401)
			throw e;
		me.value = null;
	}
}

/** The session ended while somebody worked: back here after signing in again. */
export function signedOut(): void {
	me.value = null;
	if (place.value.path !== "/sign-in")
		go(`/sign-in?to=${encodeURIComponent(location.pathname + location.search + location.hash)}`, true);
}

export async function signOut(): Promise<void> {
	await calls.signOut();
	me.value = null;
	go("/sign-in");
}
