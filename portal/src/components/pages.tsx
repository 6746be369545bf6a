// pages.tsx - a list that comes page by page: what came so far, and a button for more.
import { useState } from "preact/hooks";
import { t } from "../language";
import { words } from "../words";
import { Failed, useLoad, Waiting } from "./basics";

/** Loads the first page when `deps` change. `show` gets all that has come. */
export function Paged<T>({ load, deps, show }: {
	load: (before?: string) => Promise<{ items: T[]; next?: string | undefined }>; deps: unknown[]; show: (items: T[]) => preact.JSX.Element;
}) {
	const { data, problem, again, set } = useLoad(() => load(), deps);
	const [busy, setBusy] = useState(false);
	const [failed, setFailed] = useState<unknown>();
	if (problem !== undefined)
		return <Failed problem={problem} again={again} />;
	if (!data)
		return <Waiting />;

	async function more() {
		setBusy(true);
		setFailed(undefined);
		try {
			const next = await load(data!.next);
			set({ items: [...data!.items, ...next.items], next: next.next });
		} catch (x) {
			setFailed(x);
		}
		setBusy(false);
	}
	return (
		<>
			{show(data.items)}
			{failed !== undefined && <Failed problem={failed} />}
			{data.next !== undefined && <p><button type="button" disabled={busy} onClick={() => void more()}>{t(words.more)}</button></p>}
		</>
	);
}
