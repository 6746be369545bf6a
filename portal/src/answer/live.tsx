// live.tsx - the hospitals of an answer, as they arrive: a line each with its state, reason, policy, price and time; how far
// it is; what changed, said to screen readers no more than once in a while; cancelling.
import { useEffect, useRef, useState } from "preact/hooks";
import { calls, type Answer, type SiteAnswer, type SiteState } from "../api";
import { Dialog, Failed, SiteStateSign, Table } from "../components/basics";
import { day, list, t } from "../language";
import { me } from "../session";
import { siteStates, words as shared } from "../words";
import { gave, leftText, priceText, settled } from "./reading";
import { notices, words } from "./words";

const quiet = 1500; // ms between announcements

/** What came since the last announcement, in one sentence. */
function useNews(a: Answer): string {
	const told = useRef<Map<string, SiteState>>(), timer = useRef<number>(), latest = useRef(a), [news, setNews] = useState("");
	latest.current = a;
	useEffect(() => {
		if (told.current === undefined) { // what stood here at first is read with the page
			told.current = new Map(a.sites.map((s) => [s.site, s.state]));
			return;
		}
		timer.current ??= window.setTimeout(() => {
			timer.current = undefined;
			const now = latest.current, changed = now.sites.filter((s) => settled(s) && told.current!.get(s.site) !== s.state);
			told.current = new Map(now.sites.map((s) => [s.site, s.state]));
			const parts = changed.map((s) => t(notices.settled, s.site, t(siteStates[s.state])));
			if (now.state !== "running")
				parts.push(doneText(now));
			if (parts.length > 0)
				setNews(parts.join(" "));
		}, quiet);
	}, [a]);
	useEffect(() => () => window.clearTimeout(timer.current), []);
	return news;
}
const answered = (a: Answer): number => a.sites.filter((s) => gave.includes(s.state)).length;
const doneText = (a: Answer): string => a.state === "cancelled" ? t(words.cancelled) : t(words.done, answered(a), a.sites.length);

function Cancel({ a, onAnswer }: { a: Answer; onAnswer: (a: Answer) => void }) {
	const [asking, setAsking] = useState(false), [failed, setFailed] = useState<unknown>();
	async function cancel() {
		setAsking(false);
		try {
			onAnswer(await calls.cancel(a.id));
		} catch (x) {
			setFailed(x);
		}
	}
	return (
		<>
			<button type="button" onClick={() => setAsking(true)}>{t(words.cancel)}</button>
			{failed !== undefined && <Failed problem={failed} />}
			<Dialog title={t(words.cancel)} open={asking} onClose={() => setAsking(false)}>
				<p>{t(words.cancelSure)}</p>
				<p class="actions"><button type="button" class="first" onClick={() => void cancel()}>{t(words.cancel)}</button>
					<button type="button" onClick={() => setAsking(false)}>{t(shared.close)}</button></p>
			</Dialog>
		</>
	);
}

/** How far it is; at the end, what became of it. `seen`: states that hospitals had while it was watched. */
export function Progress({ a, onAnswer, up, seen }: { a: Answer; onAnswer: (a: Answer) => void; up: boolean; seen: Map<string, Set<SiteState>> }) {
	const news = useNews(a), running = a.state === "running", done = a.sites.filter(settled).length;
	const out = a.sites.filter((s) => settled(s) && !gave.includes(s.state));
	const lost = out.filter((s) => ["offline", "failed", "timed-out", "dropped"].includes(s.state) && (seen.get(s.site)?.has("waiting") || seen.get(s.site)?.has("offered")));
	return (
		<>
			<p class="hidden" role="status" aria-live="polite">{news}</p>
			{running && (
				<div class="progress">
					<label>{t(words.progress, done, a.sites.length)} <progress max={a.sites.length} value={done} /></label>
					{me.value?.account === a.asked_by && <Cancel a={a} onAnswer={onAnswer} />}
				</div>
			)}
			{running && !up && <div class="notice fair"><p>{t(words.lineDown)}</p></div>}
			{a.state === "cancelled" && <div class="notice fair"><p>{t(words.cancelled)}</p></div>}
			{lost.length > 0 && <div class="notice bad"><p>{t(words.lost, list(lost.map((s) => s.site)))}</p></div>}
			{!running && a.state !== "cancelled" && out.length > 0 && out.length < a.sites.length && (
				<div class="notice fair"><p>{t(words.without, list(out.map((s) => `${s.site}${t({ en: " (", zh: "（" })}${t(siteStates[s.state])}${t({ en: ")", zh: "）" })}`)))}</p></div>
			)}
		</>
	);
}

function Reason({ s }: { s: SiteAnswer }) {
	const left = s.left_out ? words.leftOut[s.left_out as keyof typeof words.leftOut] : undefined;
	return <>{s.say && t(s.say)}{s.rule && <> <code>{s.rule}</code></>}{left && t(left)}</>;
}

export function Hospitals({ a }: { a: Answer }) {
	const some = (has: (s: SiteAnswer) => unknown) => a.sites.some(has);
	return (
		<Table stack caption={t(words.hospitals)} rows={a.sites} columns={[
			{ head: t(words.who), cell: (s) => s.site },
			{ head: t(shared.state), cell: (s) => <SiteStateSign state={s.state} /> },
			...(some((s) => s.say || s.rule || s.left_out) ? [{ head: t(words.reason), cell: (s: SiteAnswer) => <div class="reason"><Reason s={s} /></div> }] : []),
			{ head: t(words.policy), cell: (s) => s.policy && <span title={s.policy.hash}>{t(words.version, s.policy.version)}</span> },
			...(some((s) => s.data) ? [{ head: t(words.data), cell: (s: SiteAnswer) => s.data && day(s.data) }] : []),
			...(some((s) => s.accounts?.length) ? [{ head: t(words.price), cell: priceText, number: true }, { head: t(words.left), cell: leftText }] : []),
			{ head: t(words.time), number: true, cell: (s) => s.ms === undefined ? "" : t(words.ms, s.ms) },
		]} />
	);
}
