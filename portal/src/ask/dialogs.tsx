// dialogs.tsx - the question as text, from elsewhere, in a link, under a name.
import { useEffect, useId, useRef, useState } from "preact/hooks";
import { calls, Problem, type Converted, type ReadQuestion } from "../api";
import { CopyButton, Dialog, download, Failed, Field, Waiting } from "../components/basics";
import { t } from "../language";
import { tidy } from "./criteria";
import { question, replace } from "./history";
import { isMap, type Map } from "./path";
import { toFragment } from "./share";
import { ReadBack } from "./side";
import { words as shared } from "../words";
import { w } from "./words";
import { toYaml } from "./yaml";

const placeOf = (at: string | undefined) => /:(\d+):(\d+)$/.exec(at ?? "");
const formats = { yaml: (q: Map) => toYaml(q), json: (q: Map) => `${JSON.stringify(q, null, 2)}\n` };

export function TextDialog({ open, onClose }: { open: boolean; onClose: () => void }) {
	return <Dialog title={t(w.textTitle)} open={open} onClose={onClose}><TextForm onClose={onClose} /></Dialog>;
}
function TextForm({ onClose }: { onClose: () => void }) {
	const [format, setFormat] = useState<keyof typeof formats>("yaml"), [text, setText] = useState(formats.yaml(tidy(question.value)));
	const [problem, setProblem] = useState<Problem>(), [busy, setBusy] = useState(false), area = useRef<HTMLTextAreaElement>(null), id = useId();

	async function read(): Promise<Map | null> {
		setBusy(true);
		setProblem(undefined);
		try {
			return (await calls.readText(text)).written as Map;
		} catch (e) {
			setProblem(e as Problem);
			return null;
		} finally {
			setBusy(false);
		}
	}
	function show(at: string | undefined) {
		const m = placeOf(at);
		if (m === null)
			return;
		const lines = text.split("\n"), start = lines.slice(0, Number(m[1]) - 1).reduce((n, l) => n + l.length + 1, 0) + [...(lines[Number(m[1]) - 1] ?? "")].slice(0, Number(m[2]) - 1).join("").length;
		area.current?.focus();
		area.current?.setSelectionRange(start, start + 1);
	}
	const mistakes = problem ? (problem.errors.length > 0 ? problem.errors : [{ code: problem.code ?? "", at: problem.at ?? "", say: problem.say }]) : [];
	return (
		<>
			<p class="lead">{t(w.textLead)}</p>
			<div class="row">
				<label class="pair">{t(w.format)}{" "}
					<select value={format} onChange={async (e) => {
						const to = e.currentTarget.value as keyof typeof formats, same = text === formats[format](tidy(question.value)), q = same ? tidy(question.value) : await read();
						if (q) {
							setText(formats[to](q));
							setFormat(to);
						}
					}}><option value="yaml">YAML</option><option value="json">JSON</option></select>
				</label>
				<CopyButton text={text} />
				<button type="button" onClick={() => download(`question.${format}`, "text/plain", text)}>{t(shared.download)}</button>
			</div>
			<label for={id} class="hidden">{t(w.textTitle)}</label>
			<textarea id={id} ref={area} class="code-text" spellcheck={false} rows={18} value={text} aria-invalid={problem !== undefined} onInput={(e) => setText(e.currentTarget.value)} />
			{problem && (
				<div class="notice bad" role="alert">
					<p><strong>{t(w.textWrong)}</strong></p>
					<ul>
						{mistakes.map((x, i) => {
							const m = placeOf(x.at);
							return <li key={i}>{m && <><button type="button" class="tiny" onClick={() => show(x.at)}>{t(w.line, m[1]!, m[2]!)}</button>{" "}</>}{t(x.say)} {x.code && <small>{x.code}</small>}</li>;
						})}
					</ul>
				</div>
			)}
			<div class="row end">
				<button type="button" onClick={onClose}>{t(shared.cancel)}</button>
				<button type="button" class="first" disabled={busy} onClick={() => void read().then((q) => {
					if (q) {
						replace(q);
						onClose();
					}
				})}>{t(w.take)}</button>
			</div>
		</>
	);
}

// ---- import ----

type Imported = { name: string; text: string } & ({ converted: Converted } | { question: ReadQuestion & { written: Map } } | { problem: unknown } | { busy: true });
const names: Record<string, string> = { circe: "OHDSI Circe (ATLAS)", i2b2: "i2b2 / SHRINE", ccdl: "CCDL" };
const LIMIT = 512 << 10;

export function ImportDialog({ open, onClose, file }: { open: boolean; onClose: () => void; file?: File | undefined }) {
	return <Dialog title={t(w.importTitle)} open={open} onClose={onClose}><ImportForm onClose={onClose} file={file} /></Dialog>;
}
function ImportForm({ onClose, file }: { onClose: () => void; file?: File | undefined }) {
	const [found, setFound] = useState<Imported>(), [on, setOn] = useState("");
	async function take(name: string, text: string, day = "") {
		setFound({ name, text, busy: true });
		try {
			// A question of ours says its study or its cohort at the top; everything else is another system's.
			const ours = /^\s*"?(study|kind|dataset|cohort|sets)"?\s*:/m.test(text) && !/"(ConceptSets|PrimaryCriteria|inclusionCriteria)"/.test(text) && !/^\s*</.test(text);
			setFound(ours ? { name, text, question: (await calls.readText(text)) as ReadQuestion & { written: Map } } : { name, text, converted: await calls.convert(text, day) });
		} catch (problem) {
			setFound({ name, text, problem });
		}
	}
	const choose = (f: File | undefined) => f && (f.size > LIMIT ? setFound({ name: f.name, text: "", problem: new Problem(413, w.importLarge) })
		: void f.text().then((text) => take(f.name, text)));
	useEffect(() => { choose(file); }, [file]);
	function accept() {
		if (found && "question" in found)
			replace(found.question.written);
		else if (found && "converted" in found && isMap(found.converted.cohort))
			replace({ kind: "count", ...question.value, cohort: found.converted.cohort, ...(on !== "" && { on }) });
		onClose();
	}
	if (found === undefined)
		return (
			<>
				<p class="lead">{t(w.importLead)}</p>
				<label class="drop" onDragOver={(e) => e.preventDefault()} onDrop={(e) => { e.preventDefault(); choose(e.dataTransfer?.files[0]); }}>
					<span>{t(w.drop)}</span>
					<input type="file" aria-label={t(w.file)} accept=".json,.xml,.yaml,.yml" onChange={(e) => choose(e.currentTarget.files?.[0])} />
				</label>
			</>
		);
	const again = <button type="button" onClick={() => setFound(undefined)}>{t(w.importAgain)}</button>;
	if ("busy" in found)
		return <Waiting what={t(w.importing)} />;
	if ("problem" in found)
		return <><p><code>{found.name}</code></p><Failed problem={found.problem} /><div class="row end">{again}</div></>;
	if ("question" in found)
		return (
			<>
				<p><code>{found.name}</code> {t(w.importFrom, t(w.importQuestion))}</p>
				<h3>{t(w.importCounts)}</h3>
				<ReadBack text={t(found.question.say)} />
				<div class="row end">{again}<button type="button" class="first" onClick={accept}>{t(w.importTake)}</button></div>
			</>
		);
	const c = found.converted, refused = c.report.filter((r) => r.level === "refused"), notes = c.report.filter((r) => r.level === "note");
	const report = (rows: Converted["report"]) => <ul class="report">{rows.map((r, i) => <li key={i}>{t(r.say)} {r.at && <small><code>{r.at}</code></small>}</li>)}</ul>;
	return (
		<>
			<p><code>{found.name}</code> {t(w.importFrom, names[c.from] ?? c.from)}</p>
			{c.cohort === null && <div class="notice bad" role="alert"><p>{t(w.importNot)}</p></div>}
			{refused.length > 0 && <><h3>{t(w.importRefused)}</h3>{report(refused)}</>}
			{c.cohort === null && c.from !== "circe" && (
				<div class="row"><label class="pair">{t(w.importOn)} <input type="date" value={on} onInput={(e) => setOn(e.currentTarget.value)} /></label>
					<button type="button" disabled={on === ""} onClick={() => void take(found.name, found.text, on)}>{t(w.importOnce)}</button></div>
			)}
			{notes.length > 0 && <><h3>{t(w.importNotes)}</h3>{report(notes)}</>}
			{c.cohort !== null && (
				<>
					{c.report.length === 0 && <p class="notice good">{t(w.importFine)}</p>}
					<h3>{t(w.importCounts)}</h3>
					<ReadBack text={c.say ? t(c.say) : ""} />
				</>
			)}
			<div class="row end">{again}{c.cohort !== null && <button type="button" class="first" onClick={accept}>{t(w.importTake)}</button>}</div>
		</>
	);
}

// ---- share, save ----

export function ShareDialog({ of, open, onClose }: { of: Map; open: boolean; onClose: () => void }) {
	const [link, setLink] = useState(""), id = useId();
	useEffect(() => {
		if (open)
			void toFragment(tidy(of)).then((f) => setLink(`${location.origin}/ask${f}`));
	}, [open, of]);
	return (
		<Dialog title={t(w.shareTitle)} open={open} onClose={onClose}>
			<p class="lead">{t(w.shareLead)}</p>
			<label for={id} class="hidden">{t(w.link)}</label>
			<div class="row"><input id={id} class="wide" readOnly value={link} onFocus={(e) => e.currentTarget.select()} /><CopyButton text={link} label={t(w.copyLink)} /></div>
			<div class="row end"><button type="button" onClick={onClose}>{t(w.done)}</button></div>
		</Dialog>
	);
}

export function SaveDialog({ open, onClose, onSaved }: { open: boolean; onClose: () => void; onSaved: (name: string) => void }) {
	const [name, setName] = useState(""), [problem, setProblem] = useState<unknown>();
	return (
		<Dialog title={t(w.saveAs)} open={open} onClose={onClose}>
			<form onSubmit={(e) => {
				e.preventDefault();
				calls.keep(name.trim(), tidy(question.value)).then(() => { onSaved(name.trim()); onClose(); }, setProblem);
			}}>
				<Field label={t(w.name)} field={(a) => <input {...a} autofocus required maxLength={200} value={name} onInput={(e) => setName(e.currentTarget.value)} />} />
				{problem !== undefined && <Failed problem={problem} />}
				<div class="row end"><button type="button" onClick={onClose}>{t(shared.cancel)}</button><button type="submit" class="first">{t(w.save)}</button></div>
			</form>
		</Dialog>
	);
}
