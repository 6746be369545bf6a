// side.tsx - beside the builder: the question in plain words, what it costs at each hospital, and asking it.
import { useEffect, useRef, useState } from "preact/hooks";
import { calls, Problem, type Price, type ReadQuestion } from "../api";
import { Dialog, Failed, Sign, Waiting } from "../components/basics";
import { number, percent, t } from "../language";
import { go } from "../router";
import { me } from "../session";
import { signed, signingKey, type SigningKey } from "../signing";
import type { Told } from "./context";
import { tidy, unfinished } from "./criteria";
import { question } from "./history";
import { KeySetup } from "./key";
import { pathKey, type Map, type Path } from "./path";
import { pathAt, pathText } from "./places";
import { withNames } from "./said";
import { Step } from "./what";
import { w } from "./words";

export interface Reading { sent: Map | null; read?: ReadQuestion | undefined; before?: ReadQuestion | undefined; problem?: unknown; told: Told[]; busy: boolean; todo: Path[] }

/** Reads the question after each pause. What was read stays shown until the next is there. */
export function useReading(): Reading {
	const q = question.value, todo = unfinished(q), ready = ["study", "dataset", "kind"].every((k) => typeof q[k] === "string" && q[k] !== "");
	const text = ready && todo.length === 0 ? JSON.stringify(tidy(q)) : "";
	const [found, setFound] = useState<{ text: string; read?: ReadQuestion; problem?: unknown }>({ text: "" });
	const [turn, setTurn] = useState(0);
	useEffect(() => {
		if (text === "" || text === found.text && found.problem === undefined)
			return;
		let here = true;
		const wait = setTimeout(() => {
			calls.read(JSON.parse(text) as Map).then((read) => here && setFound({ text, read }), (problem: unknown) => {
				if (!here)
					return;
				setFound({ text, problem });
				// Too often, or no network: again by itself. What is wrong with the question stays wrong.
				if (problem instanceof Problem && (problem.status === 429 || problem.status === 0 || problem.status === 503))
					setTimeout(() => here && setTurn((n) => n + 1), 1000 * (problem.retryAfter ?? 5));
			});
		}, found.text === "" ? 0 : 350);
		return () => {
			here = false;
			clearTimeout(wait);
		};
	}, [text, turn]);
	const current = text !== "" && found.text === text, sent = current ? (JSON.parse(text) as Map) : null;
	const told: Told[] = [];
	if (current && found.problem instanceof Problem && found.problem.status === 400) {
		const p = found.problem, each = p.errors.length > 0 ? p.errors : [{ code: p.code ?? "", at: p.at ?? "", say: p.say }];
		for (const x of each)
			told.push({ path: pathAt(sent!, x.at) ?? [], say: x.say, code: x.code, tone: "bad" });
	}
	for (const d of (current && found.read?.doubts) || [])
		told.push({ path: pathAt(sent!, d.at) ?? ["cohort"], say: d.say, tone: "fair" });
	return { sent, ...(current && { read: found.read, problem: found.problem }), before: found.read, told, busy: text !== "" && !current, todo };
}

/** The plain words, their numbered lines set in. The numbers are those of the one spelling that is signed, which is not the
 * order in which somebody composed; so they are shown only where order means something. */
export function ReadBack({ text, ordered = false }: { text: string; ordered?: boolean }) {
	return (
		<div class="read-back">
			{withNames(text).split("\n").map((l, i) => {
				const level = Math.floor(/^ */.exec(l)![0].length / 2);
				return <p key={i} style={{ paddingLeft: `${level * 0.9 + (level > 0 ? 1.1 : 0)}em`, textIndent: level > 0 ? "-1.1em" : "0" }}>{ordered ? l.trim() : l.trim().replace(/^(\d+\.)+ /, "•\u2002")}</p>;
			})}
		</div>
	);
}

/** Goes to the card that a path lies in. */
function Places({ told, setOpen }: { told: Told[]; setOpen: (k: string | null) => void }) {
	return (
		<ul class="told-list">
			{told.map((x, i) => {
				const m = /^(cohort\/(?:entry(?:\/\d+)?|.*\/\d+)|event)/.exec(pathKey(x.path));
				return (
					<li key={i} class={x.tone}>
						{t(x.say)} {x.path.length > 0 && <small><code>{pathText(x.path)}</code></small>}{" "}
						{m && <button type="button" class="tiny" onClick={() => setOpen(m[1]!)}>{t(w.goThere)}</button>}
					</li>
				);
			})}
		</ul>
	);
}

/** What the sites say of the price: asked for after a longer pause, once for each question. */
export function usePrice(r: Reading): { price?: Price; problem?: unknown; busy: boolean; again: () => void } {
	const hash = r.read?.question ?? "", key = hash === "" ? "" : `${hash} ${JSON.stringify(r.sent?.sites ?? null)}`;
	const [found, setFound] = useState<{ key: string; price?: Price; problem?: unknown }>({ key: "" }), [turn, setTurn] = useState(0);
	useEffect(() => {
		if (key === "" || (found.key === key && found.problem === undefined && turn === 0))
			return;
		let here = true;
		const wait = setTimeout(() => {
			calls.price(r.sent!).then((price) => here && setFound({ key, price }), (problem: unknown) => here && setFound({ key, problem }));
		}, 900);
		return () => {
			here = false;
			clearTimeout(wait);
		};
	}, [key, turn]);
	return { ...(found.key === key && { price: found.price, problem: found.problem }), busy: key !== "" && found.key !== key, again: () => { setFound({ key: "" }); setTurn(turn + 1); } };
}

const manyMore = (a: { cost: string; left: string }) => (Number(a.cost) > 0 ? Math.floor((Number(a.left) - Number(a.cost)) / Number(a.cost) + 1e-9) : null);
/** The account that is the first to be spent. */
export function tightest<A extends { cost: string; left: string }>(accounts: A[] | undefined): A | undefined {
	return [...(accounts ?? [])].sort((a, b) => (manyMore(a) ?? Infinity) - (manyMore(b) ?? Infinity))[0];
}

function PriceTable({ price }: { price: Price }) {
	const free = price.sites.some((s) => s.recalled) && price.sites.every((s) => s.recalled || s.allowed === undefined), none = price.sites.every((s) => s.allowed !== true);
	const epsilon = (price.privacy?.one as { epsilon?: string } | undefined)?.epsilon;
	const similar = price.sites.flatMap((s) => (s.similar ?? []).map((x) => ({ ...x, site: s.site })));
	const costs = price.sites.flatMap((s) => { const a = tightest(s.accounts); return a && s.allowed && !s.recalled ? [{ site: s.site, a }] : []; });
	const once = similar.filter((x, i) => similar.findIndex((y) => y.id === x.id) === i);
	return (
		<>
			{free ? <p class="notice good">{t(w.allFree)}</p> : none ? <div class="notice bad"><p><strong>{t(w.nobody)}</strong></p><p>{t(w.nobodyHint)}</p></div> : <p><small>{t(w.priceLead)}</small></p>}
			<ul class="prices">
				{price.sites.map((s) => {
					const a = tightest(s.accounts), more = a && manyMore(a);
					return (
						<li key={s.site}>
							<div class="price-line">
								<strong>{s.site}</strong>
								{s.recalled ? <Sign sign="✓" tone="good" text={t(w.free)} /> : s.allowed ? <Sign sign="✓" tone="good" text={t(w.allowed)} />
									: s.allowed === false ? <Sign sign="✕" tone="bad" text={t(w.refusedBy)} /> : <Sign sign="○" tone="fair" text={t(w.offline)} />}
							</div>
							{s.say && <p class="why">{t(s.say)} {s.rule && <code>{s.rule}</code>}</p>}
							{a && !s.recalled && s.allowed && (
								<>
									<meter min={0} max={Number(a.cap)} value={Number(a.left)} aria-label={`${s.site}: ${t(w.left)}`} />
									<small class="price-more">{t(w.budgetLeft, percent(Math.floor(1000 * Number(a.left) / Number(a.cap)) / 1000))}{more !== null && more !== undefined && <>{t(w.comma)}{more <= 0 ? t(w.lastOne) : t(w.manyMore, more)}</>}</small>
								</>
							)}
						</li>
					);
				})}
			</ul>
			{costs.length > 0 && (
				<details class="fine">
					<summary>{t(w.exact)}</summary>
					{costs.map(({ site, a }) => <p key={site}><small>{site}{t(w.colon)}{t(w.costs, number(Number(a.cost), 5), number(Number(a.left), 4), a.unit)}</small></p>)}
				</details>
			)}
			{epsilon && !free && <p><small>{t(w.patient, number(Math.ceil(Number(epsilon) * 100 - 1e-9) / 100, 2))}</small></p>}
			{once.length > 0 && (
				<details class="fine">
					<summary>{t(w.similar)} ({number(once.length)})</summary>
					<ul>{once.map((x) => <li key={x.id}><a href={`/questions/${encodeURIComponent(x.id)}`}>{x.id.slice(0, 10)}…</a> {x.differs.map((d) => t(d.say)).join("; ")} <small>{t(w.together, x.together.epsilon)}</small></li>)}</ul>
				</details>
			)}
		</>
	);
}

export function Side({ reading: r, setOpen }: { reading: Reading; setOpen: (k: string | null) => void }) {
	const { price, problem, busy, again } = usePrice(r), account = me.value!.account;
	const [asking, setAsking] = useState(false), [failed, setFailed] = useState<unknown>(), [needsKey, setNeedsKey] = useState(false);
	// The same press asked twice (a lost reply, an impatient second press) is one question: the body and its key stay together.
	const pending = useRef<{ hash: string; key: string; body: Awaited<ReturnType<typeof signed>> } | null>(null);
	const q = question.value, chosen = ["study", "dataset", "kind"].every((k) => q[k]);

	async function ask(has?: SigningKey) {
		const key = has ?? await signingKey(account);
		if (!key?.certificate)
			return setNeedsKey(true);
		setNeedsKey(false);
		setAsking(true);
		setFailed(undefined);
		try {
			const hash = `${r.read!.question} ${JSON.stringify(r.sent!.sites ?? null)}`;
			if (pending.current?.hash !== hash)
				pending.current = { hash, key: crypto.randomUUID(), body: await signed(key, r.sent!, r.read!) };
			const a = await calls.ask(pending.current.body, pending.current.key);
			pending.current = null;
			go(`/questions/${encodeURIComponent(a.id)}`);
		} catch (e) {
			if (!(e instanceof Problem) || e.status !== 0)
				pending.current = null;
			setFailed(e);
			setAsking(false);
		}
	}
	const free = price !== undefined && price.sites.length > 0 && price.sites.every((s) => s.recalled || s.allowed === undefined) && price.sites.some((s) => s.recalled);
	const refused = price !== undefined && price.sites.length > 0 && price.sites.every((s) => s.allowed === false);
	const willing = price?.sites.filter((s) => s.allowed || s.recalled).length ?? 0;
	return (
		<aside class="card side" aria-labelledby="side">
			<div class="side-scroll" tabIndex={0} role="region" aria-labelledby="side">
			<h2 id="side"><Step n={4} />{t(w.side)}</h2>
			<div aria-live="polite" class={r.busy ? "stale" : ""}>
				{!chosen ? <p class="lead">{t(w.choose)}</p>
					: r.todo.length > 0 ? (
						<p class="lead">{t(w.unfinished, r.todo.length)} <button type="button" class="tiny" onClick={() => setOpen(pathKey(r.todo[0]!))}>{t(w.goThere)}</button></p>
					) : r.read ? (
						<>
							<ReadBack text={t(r.read.say).trim() || t(w.countsAll)} ordered={q.kind === "attrition"} />
							{r.read.doubts.length > 0 && <div class="notice fair"><p><strong>{t(w.doubts)}</strong></p><Places told={r.told} setOpen={setOpen} /></div>}
						</>
					) : r.told.length > 0 ? (
						<div class="notice bad"><p><strong>{t(w.unreadable)}</strong></p><Places told={r.told} setOpen={setOpen} /></div>
					) : r.problem !== undefined ? <Failed problem={r.problem} /> : r.before ? <ReadBack text={t(r.before.say).trim()} ordered={q.kind === "attrition"} /> : <Waiting what={t(w.reading)} />}
			</div>
			{r.read && (
				<section aria-labelledby="price">
					<h3 id="price">{t(w.price)}</h3>
					<div aria-live="polite">
						{price ? <PriceTable price={price} /> : problem !== undefined ? <Failed problem={problem} again={again} /> : busy ? <Waiting what={t(w.pricing)} /> : null}
					</div>
				</section>
			)}
			{r.read && <details class="fine fingerprint"><summary>{t(w.hash)}</summary><p><small>{t(w.hashHint)}<br /><code>{r.read.question}</code></small></p></details>}
			{failed !== undefined && <Failed problem={failed} />}
			</div>
			{price && price.sites.length > 0 && <p class="verdict">{free ? <Sign sign="✓" tone="good" text={t(w.verdictFree)} />
				: <Sign sign={willing === price.sites.length ? "✓" : willing > 0 ? "◐" : "✕"} tone={willing === price.sites.length ? "good" : willing > 0 ? "fair" : "bad"} text={t(w.verdict, willing, price.sites.length)} />}</p>}
			<button type="button" class="first wide" disabled={!r.read || asking || refused} onClick={() => void ask()}>{t(asking ? w.asking : free ? w.askFree : w.ask)}</button>
			<Dialog title={t(w.keyNeeded)} open={needsKey} onClose={() => setNeedsKey(false)}>
				<KeySetup account={account} onReady={(k) => void ask(k)} readyText={t(w.ask)} />
			</Dialog>
		</aside>
	);
}
