// next.tsx - what to do with an answer: ask it again, change it, share its question; keep its numbers as a file or picture.
import { useState } from "preact/hooks";
import { calls, Problem, type Answer } from "../api";
import { CopyButton, Dialog, download, Failed } from "../components/basics";
import { picture } from "../charts/chart";
import { moment, t } from "../language";
import type { Map } from "../ask/path";
import { toFragment } from "../ask/share";
import { go, Link } from "../router";
import { me } from "../session";
import { signed, signingKey } from "../signing";
import { words as shared } from "../words";
import type { Asked } from "./about";
import { csv } from "./csv";
import type { Result } from "./results";
import { words } from "./words";

export function Next({ a, asked }: { a: Answer; asked: Asked | undefined }) {
	const [failed, setFailed] = useState<unknown>(), [busy, setBusy] = useState(false), [sharing, setSharing] = useState(false), [link, setLink] = useState("");

	async function again() {
		setBusy(true);
		setFailed(undefined);
		try {
			const key = await signingKey(me.value!.account);
			if (!key?.certificate)
				throw new Problem(0, words.noKey);
			const answer = await calls.ask(await signed(key, asked!.question, asked!.read), crypto.randomUUID());
			go(`/questions/${answer.id}`);
		} catch (x) {
			setFailed(x);
		}
		setBusy(false);
	}
	async function share() {
		setLink(`${location.origin}/ask${await toFragment(asked!.question as Map)}`);
		setSharing(true);
	}
	return (
		<>
			{me.value?.role === "researcher" && (
				<p class="actions">
					<button type="button" disabled={!asked || busy} title={t(words.againHint)} onClick={() => void again()}>{t(words.again)}</button>
					<Link class="button" href={`/ask?from=${encodeURIComponent(a.id)}`}>{t(words.change)}</Link>
					<button type="button" disabled={!asked} onClick={() => void share()}>{t(words.share)}</button>
				</p>
			)}
			{failed !== undefined && <Failed problem={failed} />}
			<Dialog title={t(words.share)} open={sharing} onClose={() => setSharing(false)}>
				<p>{t(words.shareTold)}</p>
				<p><input class="share" readOnly value={link} aria-label={t(words.share)} onFocus={(e) => e.currentTarget.select()} /></p>
				<p class="actions"><CopyButton text={link} /><button type="button" onClick={() => setSharing(false)}>{t(shared.close)}</button></p>
			</Dialog>
		</>
	);
}

export function Keep({ a, result }: { a: Answer; result: Result }) {
	const [failed, setFailed] = useState<unknown>();
	const attempt = (what: () => Promise<void>) => { setFailed(undefined); what().catch(setFailed); };
	const notes = [t(words.interval), ...result.remarks, `${a.question} · ${a.id} · ${moment(a.asked)}`];
	return (
		<>
			<p class="actions">
				<button type="button" onClick={() => download(`${a.id}.csv`, "text/csv;charset=utf-8", csv(a))}>{t(words.csv)}</button>
				<button type="button" onClick={() => attempt(async () => download(`${a.id}.json`, "application/json", await calls.answerText(a.id)))}>{t(words.json)}</button>
				{result.drawings.length > 0 && (
					<button type="button" onClick={() => attempt(async () => {
						for (const [i, d] of result.drawings.entries())
							download(`${a.id}${i ? `-${i + 1}` : ""}.png`, "image/png", await picture(d, notes));
					})}>{t(words.png)}</button>
				)}
				<button type="button" onClick={() => print()}>{t(words.print)}</button>
			</p>
			{failed !== undefined && <Failed problem={failed} />}
		</>
	);
}
