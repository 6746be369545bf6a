// router.tsx - which page the address shows. Links are real links, so that they open in tabs and are copied.
import { signal } from "@preact/signals";
import type { ComponentChildren, JSX } from "preact";

/** What stands in the address: "/questions/q-12", "?a=b". */
export const place = signal({ path: location.pathname, query: new URLSearchParams(location.search) });

function look(): void {
	place.value = { path: location.pathname, query: new URLSearchParams(location.search) };
}
addEventListener("popstate", look);

/** A page may keep people from leaving work behind; it says why by the browser's own question. */
export const unsaved = signal(false);
addEventListener("beforeunload", (e) => {
	if (unsaved.value)
		e.preventDefault();
});

export function go(to: string, replace = false): void {
	history[replace ? "replaceState" : "pushState"](null, "", to);
	unsaved.value = false;
	look();
	scrollTo(0, 0);
}

type LinkProps = JSX.HTMLAttributes<HTMLAnchorElement> & { href: string; children: ComponentChildren; class?: string };

export function Link({ href, children, ...rest }: LinkProps) {
	const here = place.value.path === href.split(/[?#]/)[0];
	return (
		<a {...rest} href={href} aria-current={here ? "page" : undefined}
			onClick={(e) => {
				if (e.defaultPrevented || e.button !== 0 || e.metaKey || e.ctrlKey || e.shiftKey || e.altKey)
					return;
				e.preventDefault();
				go(href);
			}}>
			{children}
		</a>
	);
}

/** "/questions/:id" against a path: its parts, or null. */
export function match(pattern: string, path: string): Record<string, string> | null {
	const want = pattern.split("/"), have = path.replace(/\/$/, "").split("/"), found: Record<string, string> = {};
	if (want.length !== have.length)
		return null;
	try {
		for (const [i, part] of want.entries())
			if (part.startsWith(":"))
				found[part.slice(1)] = decodeURIComponent(have[i]!);
			else if (part !== have[i])
				return null;
	} catch {
		return null; // "%" and no two digits
	}
	return found;
}
