// answers.tsx - what was asked before, newest first; of everybody for an auditor.
import { useState } from "preact/hooks";
import { calls, type AnswerState, type Summary } from "../api";
import { AnswerStateSign, Field, Heading, Table, type Column } from "../components/basics";
import { Paged } from "../components/pages";
import { ago, moment, say, t } from "../language";
import { go, Link, place } from "../router";
import { me } from "../session";
import { answerStates, kinds, words as shared } from "../words";

const words = {
	title: say("Answers", "结果"),
	own: say("What you asked, newest first. Looking at an answer again costs nothing.", "您提出过的问题，最新的在前。再次查看结果不产生费用。"),
	all: say("What everybody asked, newest first. Looking is recorded.", "所有人提出过的问题，最新的在前。查看会被记录。"),
	question: say("question", "问题"),
	study: say("Study", "课题"),
	state: say("State", "状态"),
	any: say("all", "全部"),
	asked: say("asked", "时间"),
	by: say("by", "提问者"),
	hospitals: say("hospitals", "医院"),
	of: say("{0} of {1}", "{0} / {1} 家"),
	none: say("Nothing asked yet.", "尚无提问。"),
	noneLike: say("Nothing like this was asked.", "没有符合条件的提问。"),
	ask: say("Ask a question", "提问"),
};

const pageSize = 50, mostPages = 8;

/** The next ones that fit. The gateway finds a study's; for a state several pages are looked through, up to a bound: a button goes on from there. */
async function fitting(study: string, fits: (q: Summary) => boolean, before?: string): Promise<{ items: Summary[]; next?: string | undefined }> {
	const items: Summary[] = [];
	for (let i = 0; i < mostPages; i++) {
		const { questions, next } = await calls.answers(before, pageSize, study);
		items.push(...questions.filter(fits));
		before = next;
		if (next === undefined || items.length >= pageSize / 2)
			break;
	}
	return { items, next: before };
}

/** Studies that were seen so far, for the filter; the one chosen stays. */
function Filter({ studies, study, state }: { studies: string[]; study: string; state: string }) {
	const to = (study: string, state: string) => {
		const q = new URLSearchParams({ ...(study ? { study } : {}), ...(state ? { state } : {}) });
		go(`/questions${q.size ? `?${q}` : ""}`, true);
	};
	return (
		<div class="filters">
			<Field label={t(words.study)} field={(a) => (
				<select {...a} value={study} onChange={(e) => to(e.currentTarget.value, state)}>
					<option value="">{t(words.any)}</option>{[...new Set([...studies, ...(study ? [study] : [])])].sort().map((s) => <option key={s} value={s}>{s}</option>)}
				</select>
			)} />
			<Field label={t(words.state)} field={(a) => (
				<select {...a} value={state} onChange={(e) => to(study, e.currentTarget.value)}>
					<option value="">{t(words.any)}</option>{(Object.keys(answerStates) as AnswerState[]).map((s) => <option key={s} value={s}>{t(answerStates[s])}</option>)}
				</select>
			)} />
		</div>
	);
}

export default function Answers() {
	const { query } = place.value, study = query.get("study") ?? "", state = query.get("state") ?? "", all = me.value?.role === "auditor";
	const [studies, setStudies] = useState<string[]>([]);
	const columns: Column<Summary>[] = [
		{ head: t(words.question), cell: (q) => <><Link href={`/questions/${q.id}`}>{t(kinds[q.kind] ?? say(q.kind, q.kind))}</Link> <code class="under">{q.id}</code></> },
		{ head: t(shared.state), cell: (q) => <AnswerStateSign state={q.state} /> },
		{ head: t(words.asked), cell: (q) => <time dateTime={q.asked}>{ago(q.asked)}<small class="under">{moment(q.asked)}</small></time> },
		{ head: t(words.hospitals), number: true, cell: (q) => t(words.of, q.answered, q.sites) },
		{ head: t(words.study), cell: (q) => q.study },
		...(all ? [{ head: t(words.by), cell: (q: Summary) => q.asked_by }] : []),
	];
	return (
		<>
			<Heading title={t(words.title)} lead={t(all ? words.all : words.own)}>
				{!all && <Link class="button first" href="/ask">{t(words.ask)}</Link>}
			</Heading>
			<Filter studies={studies} study={study} state={state} />
			<Paged deps={[study, state]} load={async (before) => {
				const page = await fitting(study, (q) => !state || q.state === state, before);
				setStudies((had) => [...new Set([...had, ...page.items.map((q) => q.study)])]);
				return page;
			}} show={(items) => <div class="card history"><Table caption={t(words.title)} columns={columns} rows={items} empty={t(study || state ? words.noneLike : words.none)} /></div>} />
		</>
	);
}
