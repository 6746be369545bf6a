// about.tsx - what belongs to an answer beside its numbers: what was asked, why the numbers are as they are, what it cost
// patients, who is in a sum, earlier questions like it, and how to cite it.
import type { ComponentChildren } from "preact";
import { calls, type Answer, type Loss, type Noise, type Privacy, type Question, type ReadQuestion, type SiteAnswer } from "../api";
import { CopyButton, Failed, useLoad, Waiting } from "../components/basics";
import { day, list, number, t } from "../language";
import { useNames } from "../ask/context";
import type { Map } from "../ask/path";
import { withNames } from "../ask/said";
import { Link } from "../router";
import { kinds } from "../words";
import { decimal } from "./reading";
import { words } from "./words";

export interface Asked { question: Question; read: ReadQuestion }
/** The question of an answer, and the same in plain words. */
export function useAsked(id: string) {
	return useLoad(async (): Promise<Asked> => {
		const question = await calls.canonical(id);
		return { question, read: await calls.read(question) };
	}, [id]);
}

export function WhatWasAsked({ asked, problem }: { asked?: Asked | undefined; problem?: unknown }) {
	useNames(asked?.question as Map | undefined);
	return (
		<section class="card">
			<h2>{t(words.asked)}</h2>
			{problem !== undefined ? <><p class="empty">{t(words.askedNot)}</p><Failed problem={problem} /></> : !asked ? <Waiting /> : (
				<>
					<p class="in-words">{withNames(t(asked.read.say))}</p>
					<details><summary>{t(words.canonical)}</summary><pre tabIndex={0}>{asked.read.canonical}</pre></details>
				</>
			)}
		</section>
	);
}

function Facts({ of }: { of: [string, ComponentChildren][] }) {
	return <dl class="facts">{of.filter(([, v]) => v !== undefined && v !== "").map(([k, v], i) => <div key={i}><dt>{k}</dt><dd>{v}</dd></div>)}</dl>;
}

function noiseText(s: { noise?: Noise }): string {
	const n = s.noise;
	return !n ? "" : n.variance !== undefined ? t(words.variance, n.kind, n.variance) : n.scale !== undefined ? t(words.scale, n.kind, n.scale) : n.kind;
}

export function Explain({ a }: { a: Answer }) {
	const sites = a.sites.filter((s) => s.explain);
	if (sites.length === 0)
		return null;
	return (
		<section class="card explain">
			<h2>{t(words.why)}</h2>
			{sites.map((s) => (
				<details key={s.site}>
					<summary>{s.site}</summary>
					<Facts of={[
						[t(words.policy), s.policy && <>{t(words.version, s.policy.version)} <code class="hash">{s.policy.hash}</code></>],
						[t(words.data), s.data ? day(s.data) : ""],
						[t(words.noiseHead), noiseText(s)],
						[t(words.below), s.min_patients ?? ""],
						[t(words.multiples), s.round_to !== undefined && s.round_to > 1 ? s.round_to : ""],
						[t(words.boundedHead), s.bounded ? t(words.bounded) : ""],
						[t(words.leftOutHead), s.rows_left_out ? t(words.leftOutTold) : ""],
						[t(words.rules), s.explain!.rules.join(", ")],
						...(s.explain!.codes ?? []).map((c): [string, string] => [t(words.codes), t(words.concepts, c.label ? t(c.label) : t(words.codeList, c.list), c.concepts)]),
					]} />
				</details>
			))}
		</section>
	);
}

const lossText = (p: Privacy, of: Loss): string => of.epsilon === undefined ? t(words.rho, decimal(of.rho)) : t(words.rhoEpsilon, decimal(of.rho), decimal(p.delta), decimal(of.epsilon));
export function PrivacyCost({ privacy }: { privacy: Privacy | undefined }) {
	if (!privacy)
		return null;
	return (
		<section class="card">
			<h2>{t(words.privacy)}</h2>
			<p>{t(words.one, lossText(privacy, privacy.one))}{privacy.several && t(words.space)}{privacy.several && t(words.several, privacy.several.sites, lossText(privacy, privacy.several))}</p>
			<p><small>{t(words.privacyTold)}</small></p>
		</section>
	);
}

export function SecureSum({ a }: { a: Answer }) {
	if (a.mode !== "secure" || a.state === "running")
		return null;
	const sum = a.total.sum, members = a.total.cells.find((c) => c.sites?.length)?.sites ?? a.sites.filter((s) => s.state === "summed").map((s) => s.site);
	return (
		<section class="card">
			<h2>{t(words.sum)}</h2>
			{!sum ? <p>{t(words.sumNone)}</p> : (
				<>
					<p>{t(sum.distinct ? words.distinctOf : words.sumOf, sum.sites)}</p>
					{sum.distinct?.full && <p><strong>{t(words.distinctFull)}</strong></p>}
					{members.length > 0 && <p>{t(words.sumIn, list(members))}</p>}
					{sum.distinct ? <p>{t(words.distinctInterval)}</p> : sum.noise.kind !== "none" && <p>{t(words.sumNoise)}</p>}
					{sum.guarantee && <p>{t(sum.guarantee)}</p>}
					{sum.distinct && (
						<details>
							<summary>{t(words.distinctHow)}</summary>
							<p>{t(words.distinctTold)}</p>
							<Facts of={[
								[t(words.distinctBuckets), number(sum.distinct.buckets)],
								[t(words.distinctOccupied), sum.distinct.occupied === undefined ? undefined : number(sum.distinct.occupied)],
								[t(words.distinctNoise), noiseText(sum)],
								[t(words.distinctDummies), number(sum.distinct.dummies)],
							]} />
						</details>
					)}
				</>
			)}
		</section>
	);
}

export function SimilarOnes({ sites }: { sites: { site: string; similar?: SiteAnswer["similar"] }[] }) {
	const all = sites.flatMap((s) => (s.similar ?? []).map((x) => ({ site: s.site, ...x })));
	if (all.length === 0)
		return null;
	// what several hospitals say of the same earlier question is said once
	const byId = new Map<string, typeof all>();
	for (const x of all) {
		const key = `${x.id} ${JSON.stringify(x.differs)}`;
		byId.set(key, [...byId.get(key) ?? [], x]);
	}
	const told = (xs: typeof all) => {
		const { id, differs, together } = xs[0]!, [before, after] = t(differs.length ? words.nearly : words.same, list(xs.map((x) => x.site)), "\u0000",
			differs.map((d) => t(d.say)).join(t({ en: "; ", zh: "；" }))).split("\u0000");
		return <>{before}<Link href={`/questions/${id}`}>{id}</Link>{after} {t(words.together, decimal(together.rho), decimal(together.delta), decimal(together.epsilon))}</>;
	};
	return (
		<section class="card">
			<h2>{t(words.similar)}</h2>
			<ul>{[...byId.entries()].map(([key, xs]) => <li key={key}>{told(xs)}</li>)}</ul>
		</section>
	);
}

export function Cite({ a }: { a: Answer }) {
	const sites = a.sites.filter((s) => s.policy).map((s) => t(words.citeSite, s.site, String(s.policy!.version), s.policy!.hash, s.data ?? "–")).join(t({ en: "; ", zh: "；" }));
	const text = t(words.citeText, a.question, a.study, t(kinds[a.kind] ?? { en: a.kind, zh: a.kind }), a.asked, a.id, sites || "–");
	return (
		<section class="card cite">
			<h2>{t(words.cite)}</h2>
			<blockquote>{text}</blockquote>
			<p class="actions"><CopyButton text={text} label={t(words.citeCopy)} /></p>
		</section>
	);
}
