// answer.tsx - one question: its hospitals as they answer, then the result, what was asked and what it cost.
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { Problem, watch, type Answer, type SiteAnswer, type SiteState } from "../api";
import { Cite, Explain, PrivacyCost, SecureSum, SimilarOnes, useAsked, WhatWasAsked } from "../answer/about";
import { Hospitals, Progress } from "../answer/live";
import { Keep, Next } from "../answer/next";
import { result, sitesShown } from "../answer/results";
import { words } from "../answer/words";
import { Chart } from "../charts/chart";
import { AnswerStateSign, Failed, Heading, Waiting } from "../components/basics";
import { language, list, moment, t } from "../language";
import type { PageProps } from "../main";
import { kinds, words as shared } from "../words";

/** The answer as it comes, and every state that each hospital was seen in. */
function useAnswer(id: string) {
	const [a, setAnswer] = useState<Answer>(), [problem, setProblem] = useState<Problem>(), [up, setUp] = useState(true), [turn, setTurn] = useState(0);
	const seen = useRef(new Map<string, Set<SiteState>>());
	useEffect(() => {
		const take = (next: Answer) => {
			for (const s of next.sites)
				seen.current.set(s.site, (seen.current.get(s.site) ?? new Set()).add(s.state));
			setAnswer(next);
		};
		return watch(id, take, setProblem, setUp);
	}, [id, turn]);
	return { a, problem, up, seen: seen.current, setAnswer, again: () => { setProblem(undefined); setTurn(turn + 1); } };
}

function Whose({ sites, site, choose }: { sites: string[]; site: string | undefined; choose: (s?: string) => void }) {
	if (sites.length < 1)
		return null;
	return (
		<div class="choice" role="group" aria-label={t(words.whose)}>
			{[undefined, ...sites].map((s) => (
				<button key={s ?? ""} type="button" aria-pressed={site === s} onClick={() => choose(s)}>{s ?? t(shared.total)}</button>
			))}
		</div>
	);
}

/** What shaped the numbers, a line each. */
function remarks(a: Answer): string[] {
	const has = (f: (s: SiteAnswer) => unknown) => a.sites.filter(f), told: string[] = [], noise = has((s) => s.noise)[0]?.noise;
	if (noise)
		told.push(t(words.noise, noise.kind));
	const out = has((s) => s.rows_left_out);
	if (out.length > 0)
		told.push(t(words.leavesOut, list(out.map((s) => s.site))));
	const givers = has((s) => s.cells?.length).length;
	if (a.groups.length > 0 && a.total.cells.some((c) => c.state === "released" && (c.sites?.length ?? 0) < givers))
		told.push(t(words.lacks));
	if (has((s) => s.cells_left_out).length > 0)
		told.push(t(words.cellsLeftOut));
	return told;
}

function Results({ a }: { a: Answer }) {
	const [site, choose] = useState<string>(), sites = sitesShown(a), of = site !== undefined && sites.includes(site) ? site : undefined;
	const found = useMemo(() => result(a, of), [a, of, language.value]);
	return (
		<section class={`card result ${a.kind}`} aria-label={t(words.result)}>
			<div class="result-head"><h2>{t(words.result)}</h2><Whose sites={sites} site={of} choose={choose} /></div>
			{found.head}
			{/* a two-way table is its own drawing */}
			{found.drawings.filter((d) => d.form !== "cells").map((d, i) => <Chart key={i} drawing={d} caption={t(words.interval)} />)}
			{found.tables}
			<ul class="remarks">{[...found.remarks, ...remarks(a)].map((r) => <li key={r}>{r}</li>)}</ul>
			<Keep a={a} result={found} />
		</section>
	);
}

function Shown({ a, id, up, seen, setAnswer }: { a: Answer; id: string; up: boolean; seen: Map<string, Set<SiteState>>; setAnswer: (a: Answer) => void }) {
	const asked = useAsked(id), running = a.state === "running";
	return (
		<>
			<Heading title={t(words.title, t(kinds[a.kind] ?? { en: a.kind, zh: a.kind }), a.study)}
				lead={<><AnswerStateSign state={a.state} /> · {t(words.by, a.asked_by, moment(a.asked))}</>}>
				<Next a={a} asked={asked.data} />
			</Heading>
			<WhatWasAsked asked={asked.data} problem={asked.problem} />
			<Progress a={a} onAnswer={setAnswer} up={up} seen={seen} />
			{!running && <Results a={a} />}
			<section class="card hospitals"><h2>{t(words.hospitals)}</h2><Hospitals a={a} /></section>
			<SecureSum a={a} />
			{!running && (
				<>
					<Explain a={a} />
					<PrivacyCost privacy={a.privacy} />
					<SimilarOnes sites={a.sites} />
					<Cite a={a} />
				</>
			)}
		</>
	);
}

export default function AnswerPage({ at }: PageProps) {
	const id = at.id!, { a, problem, up, seen, setAnswer, again } = useAnswer(id);
	if (problem?.status === 404)
		return <Heading title={t(words.gone)} lead={t(words.goneLead)} />;
	if (problem !== undefined)
		return <Failed problem={problem} again={again} />;
	return a ? <Shown a={a} id={id} up={up} seen={seen} setAnswer={setAnswer} /> : <Waiting />;
}
