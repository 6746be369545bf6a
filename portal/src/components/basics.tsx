// basics.tsx - what every page is made of: heading, problems, waiting, fields, tables, states, dialogs.
import type { ComponentChildren, JSX } from "preact";
import { useEffect, useId, useRef, useState } from "preact/hooks";
import { Problem, type Say, type SiteState, type SiteStudyState, type AnswerState } from "../api";
import { t } from "../language";
import { answerStates, siteStates, studyStates, words } from "../words";

/** A page's heading, its one line of explanation, and its title in the tab. */
export function Heading({ title, lead, children }: { title: string; lead?: ComponentChildren; children?: ComponentChildren }) {
	useEffect(() => { document.title = `${title} - Cordon`; }, [title]);
	return (
		<div class="heading">
			<div><h1>{title}</h1>{lead && <p class="lead">{lead}</p>}</div>
			{children && <div class="actions">{children}</div>}
		</div>
	);
}

export function Waiting({ what }: { what?: string }) {
	return <p class="waiting" role="status"><span class="turning" aria-hidden="true" />{what ?? t(words.waiting)}</p>;
}

/** What went wrong, with each place; a way on if there is one. */
export function Failed({ problem, again }: { problem: unknown; again?: () => void }) {
	const p = problem instanceof Problem ? problem : new Problem(0, words.notLoaded);
	return (
		<div class="notice bad" role="alert">
			<p>{p.code && <code>{p.code}</code>} {t(p.say)}</p>
			{p.errors.length > 1 && <ul>{p.errors.map((e, i) => <li key={i}><code>{e.at}</code> {t(e.say)}</li>)}</ul>}
			{again && <button type="button" onClick={again}>{t(words.tryAgain)}</button>}
		</div>
	);
}

/** Loads when `deps` change; gives what came, or what went wrong. */
export function useLoad<T>(load: () => Promise<T>, deps: unknown[]): { data?: T; problem?: unknown; again: () => void; set: (d: T) => void } {
	const [found, setFound] = useState<{ data?: T; problem?: unknown }>({});
	const [turn, setTurn] = useState(0);
	useEffect(() => {
		let here = true;
		load().then((data) => here && setFound({ data }), (problem: unknown) => here && setFound({ problem }));
		return () => { here = false; };
	}, [...deps, turn]);
	return { ...found, again: () => { setFound({}); setTurn(turn + 1); }, set: (data) => setFound({ data }) };
}

/** A label, its field, a hint and a mistake, tied together for screen readers. `field` gets the attributes. */
export function Field({ label, hint, mistake, field }: {
	label: string; hint?: string; mistake?: string | undefined;
	field: (a: { id: string; "aria-describedby"?: string; "aria-invalid"?: boolean }) => JSX.Element;
}) {
	const id = useId();
	return (
		<div class="field">
			<label for={id}>{label}</label>
			{field({ id, "aria-describedby": hint || mistake ? `${id}-more` : undefined, "aria-invalid": mistake ? true : undefined } as never)}
			{(hint || mistake) && <small id={`${id}-more`} class={mistake ? "mistake" : ""}>{mistake ?? hint}</small>}
		</div>
	);
}

export interface Column<Row> { head: string; cell: (r: Row) => ComponentChildren; number?: boolean; wide?: boolean }
/** A table that scrolls by itself when it is too wide for a phone. The first column heads its row. `stack`: on a phone every
 * row is a block, each cell behind its column's head; its roles are written out, for a block is no row to a screen reader. */
export function Table<Row>({ caption, columns, rows, foot, empty, stack }: {
	caption: string; columns: Column<Row>[]; rows: Row[]; foot?: Row; empty?: string; stack?: boolean;
}) {
	if (rows.length === 0 && empty)
		return <p class="empty">{empty}</p>;
	const role = (r: "table" | "rowgroup" | "row" | "rowheader" | "columnheader" | "cell") => (stack ? { role: r } as const : {});
	const cell = (c: Column<Row>, r: Row, k: number) => {
		const shown = c.cell(r);
		return (
			<td key={k} {...role("cell")} class={`${c.number ? "number" : ""} ${shown === "" || shown === null || shown === false ? "empty-cell" : ""}`}>
				{stack && c.head && <span class="cell-head" aria-hidden="true">{c.head}</span>}{shown}
			</td>
		);
	};
	const line = (r: Row, i: number | string) => (
		<tr key={i} {...role("row")}>
			{columns.map((c, k) => k === 0 ? <th key={k} scope="row" {...role("rowheader")}>{c.cell(r)}</th> : cell(c, r, k))}
		</tr>
	);
	return (
		<div class="scroll" tabIndex={0} role="region" aria-label={caption}>
			<table class={stack ? "stack" : undefined} {...role("table")}>
				<caption class="hidden">{caption}</caption>
				<thead {...role("rowgroup")}><tr {...role("row")}>{columns.map((c, i) => <th key={i} scope="col" {...role("columnheader")} class={c.number ? "number" : ""}>{c.head}</th>)}</tr></thead>
				<tbody {...role("rowgroup")}>{rows.map(line)}</tbody>
				{foot !== undefined && <tfoot>{line(foot, "foot")}</tfoot>}
			</table>
		</div>
	);
}

// A state is told by a sign and a word; its colour only helps.
const siteSigns: Record<SiteState, [string, string]> = {
	waiting: ["…", "going"], offered: ["…", "going"], answered: ["✓", "good"], recalled: ["✓", "good"], summed: ["✓", "good"],
	suppressed: ["∅", "fair"], "timed-out": ["◔", "fair"], offline: ["○", "fair"], cancelled: ["■", "fair"], dropped: ["◔", "fair"],
	"left-out": ["○", "fair"], refused: ["✕", "bad"], failed: ["!", "bad"],
};
const studySigns: Record<SiteStudyState, [string, string]> = {
	approved: ["✓", "good"], "not-yet": ["…", "fair"], refused: ["✕", "bad"], ended: ["■", "fair"], unknown: ["?", "fair"],
};
const answerSigns: Record<AnswerState, [string, string]> = {
	running: ["…", "going"], complete: ["✓", "good"], partial: ["◐", "fair"], failed: ["✕", "bad"], cancelled: ["■", "fair"],
};
export function Sign({ sign, tone, text }: { sign: string; tone: string; text: string }) {
	return <span class={`sign ${tone}`}><span aria-hidden="true">{sign}</span> {text}</span>;
}
const sign = <K extends string>(signs: Record<K, [string, string]>, texts: Record<K, Say>) => ({ state }: { state: K }) =>
	<Sign sign={signs[state]?.[0] ?? "?"} tone={signs[state]?.[1] ?? "fair"} text={texts[state] ? t(texts[state]) : state} />;
export const SiteStateSign = sign(siteSigns, siteStates);
export const StudyStateSign = sign(studySigns, studyStates);
export const AnswerStateSign = sign(answerSigns, answerStates);

/** The browser's own dialog: it keeps the keyboard inside and Escape closes it. */
export function Dialog({ title, open, onClose, children }: { title: string; open: boolean; onClose: () => void; children: ComponentChildren }) {
	const ref = useRef<HTMLDialogElement>(null), id = useId();
	useEffect(() => {
		if (open && !ref.current!.open)
			ref.current!.showModal();
		else if (!open && ref.current!.open)
			ref.current!.close();
	}, [open]);
	return (
		<dialog ref={ref} aria-labelledby={id} onClose={onClose}>
			{open && <><h2 id={id}>{title}</h2>{children}</>}
		</dialog>
	);
}

export function CopyButton({ text, label }: { text: string; label?: string }) {
	const [done, setDone] = useState(false);
	return (
		<>
			<button type="button" onClick={() => void navigator.clipboard.writeText(text).then(() => { setDone(true); setTimeout(() => setDone(false), 2000); })}>
				{done ? t(words.copied) : label ?? t(words.copy)}
			</button>
			<span class="hidden" role="status">{done && t(words.copied)}</span>
		</>
	);
}

/** Hands bytes to the person as a file. */
export function download(name: string, type: string, bytes: BlobPart): void {
	const url = URL.createObjectURL(new Blob([bytes], { type })), a = document.createElement("a");
	a.href = url;
	a.download = name;
	a.click();
	setTimeout(() => URL.revokeObjectURL(url), 1000);
}
