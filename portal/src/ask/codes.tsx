// codes.tsx - the codes of a criterion: typed as ids, or found in the gateway's vocabulary and its tree.
import { useEffect, useId, useRef, useState } from "preact/hooks";
import { calls, type Concept, type ConceptTree } from "../api";
import { Dialog, Failed, useLoad, Waiting } from "../components/basics";
import { language, number, t } from "../language";
import { learn, lookUp, useWork } from "./context";
import { readCode, typedCodes, writeCode } from "./criteria";
import { put } from "./history";
import { asList, type Json, type Path } from "./path";
import { codeText, conceptName } from "./said";
import { eventNames, w } from "./words";

const nameOf = (c: Concept) => (language.value === "zh" && c.zh !== null ? c.zh : c.name);

function Chip({ code, onChange, onRemove }: { code: Json; onChange: (to: string) => void; onRemove: () => void }) {
	const c = readCode(code), { vocabulary } = useWork();
	useEffect(() => {
		if (vocabulary && c?.concept)
			lookUp(c.concept);
	}, [vocabulary, c?.concept]);
	const text = codeText(code);
	return (
		<li class={`code${c?.out ? " out" : ""}`}>
			<span class="code-name">{c && conceptName(c.concept) ? <>{conceptName(c.concept)} <small>{c.base}</small></> : <code>{c?.base ?? String(code)}</code>}</span>
			{c && !c.set && (
				<span class="code-how">
					<label><input type="checkbox" checked={c.below} aria-label={`${t(w.below)}: ${text}`} onChange={(e) => onChange(writeCode({ ...c, below: e.currentTarget.checked }))} />{t(w.below)}</label>
					<label><input type="checkbox" checked={c.out} aria-label={`${t(w.excluded)}: ${text}`} onChange={(e) => onChange(writeCode({ ...c, out: e.currentTarget.checked }))} />{t(w.excluded)}</label>
				</span>
			)}
			<button type="button" class="quiet tiny" aria-label={`${t(w.remove)}: ${text}`} onClick={onRemove}>✕</button>
		</li>
	);
}

/** A concept with what is below it, loaded when it is opened. */
interface Choosing { has: (code: string) => boolean; onAdd: (c: Concept, below: boolean) => void; onShow: (c: Concept) => void }
function Branch({ c, is, whole = false }: { c: Concept; is: Choosing; whole?: boolean }) {
	const { has, onAdd } = is, [open, setOpen] = useState(whole);
	const name = nameOf(c);
	return (
		<li>
			<div class="concept">
				<button type="button" class="quiet tiny" aria-expanded={open} aria-label={t(w.showBelow, name)} onClick={() => setOpen(!open)}>{open ? "▾" : "▸"}</button>
				<span class="concept-name">{name}<small> {[c.id, `${c.vocabulary} ${c.code}`.trim(), ...(c.standard ? [t(w.standard)] : [])].join(" · ")}</small></span>
				{has(String(c.id)) || has(`${c.id}+`) ? <small>✓ {t(w.added)}</small> : (
					<span class="concept-add">
						{c.descendants > 0 && <button type="button" class="tiny" aria-label={`${t(w.addBelow)} (${number(c.descendants)}): ${name}`} onClick={() => onAdd(c, true)}>{t(w.addBelow)} <small>({number(c.descendants)})</small></button>}
						<button type="button" class="tiny" aria-label={`${t(w.addOne)}: ${name}`} onClick={() => onAdd(c, false)}>{t(w.addOne)}</button>
					</span>
				)}
			</div>
			{open && <Near id={c.id} is={is} />}
		</li>
	);
}
const PAGE = 20;
/** What is one step above, to go there, and one step below, a page at a time. */
function Near({ id, is }: { id: number; is: Choosing }) {
	const { data, problem } = useLoad<ConceptTree>(() => calls.concept(id), [id]), [shown, setShown] = useState(PAGE), list = useRef<HTMLUListElement>(null);
	if (problem !== undefined)
		return <Failed problem={problem} />;
	if (!data)
		return <Waiting />;
	const rest = data.children.length - shown;
	return (
		<div class="near">
			{data.parents.length > 0 && (
				<p class="parents"><small>{t(w.parents)}</small> {data.parents.map((p) => <button key={p.id} type="button" class="quiet tiny" aria-label={t(w.showConcept, nameOf(p))} onClick={() => is.onShow(p)}>↑ {nameOf(p)}</button>)}</p>
			)}
			{data.children.length === 0 ? <p class="parents"><small>{t(w.noBelow)}</small></p> : (
				<ul class="tree" ref={list}>{data.children.slice(0, shown).map((c) => <Branch key={c.id} c={c} is={is} />)}</ul>
			)}
			{rest > 0 && <button type="button" class="tiny" onClick={() => {
				const at = shown;
				setShown(at + PAGE);
				setTimeout(() => list.current?.children[at]?.querySelector("button")?.focus()); // the keyboard goes on where the new ones begin
			}}>{t(w.moreBelow, rest)}</button>}
			{rest <= 0 && data.more && <p class="parents"><small>{t(w.tooManyBelow, data.children.length)}</small></p>}
		</div>
	);
}

function Search({ event, start, has, onAdd }: { event: string; start: string } & Omit<Choosing, "onShow">) {
	const [one, setOne] = useState<Concept>(), box = useRef<HTMLDivElement>(null);
	const is: Choosing = { has, onAdd, onShow: (c) => {
		setOne(c);
		setTimeout(() => box.current?.querySelector("button")?.focus());
	} };
	const [text, setText] = useState(start), [found, setFound] = useState<Concept[]>(), [next, setNext] = useState<string>(), [problem, setProblem] = useState<unknown>();
	const id = useId(), turn = useRef(0);
	function look(after?: string) {
		const mine = ++turn.current;
		calls.concepts(text.trim(), event === "measure" ? "measurement" : event, after).then((r) => {
			if (mine !== turn.current)
				return;
			setFound(after === undefined ? r.concepts : [...(found ?? []), ...r.concepts]);
			setNext(r.next);
			setProblem(undefined);
		}, (e: unknown) => mine === turn.current && setProblem(e));
	}
	useEffect(() => {
		if (text.trim().length < 2)
			return setFound(undefined);
		const wait = setTimeout(() => look(), 250);
		return () => clearTimeout(wait);
	}, [text, event]);
	return (
		<>
			<label for={id} class="hidden">{t(w.search)}</label>
			<input id={id} type="search" class="wide" autofocus value={text} placeholder={t(w.codesSearch)} onInput={(e) => { setOne(undefined); setText(e.currentTarget.value); }} />
			<p class="hidden" role="status">{found && t(next === undefined ? w.foundN : w.foundMore, found.length)}</p>
			<div class="found" ref={box} role="region" aria-label={t(w.results)} tabIndex={0}>
				{problem !== undefined ? <Failed problem={problem} /> : found === undefined ? null : one ? (
					<>
						<ul class="tree"><Branch key={one.id} c={one} is={is} whole /></ul>
						<button type="button" class="quiet tiny" onClick={() => { setOne(undefined); setTimeout(() => box.current?.querySelector("button")?.focus()); }}>← {t(w.backTo)}</button>
					</>
				) : found.length === 0 ? <p class="empty">{t(w.noVocabularyHit)}</p> : (
					<ul class="tree">{found.map((c) => <Branch key={c.id} c={c} is={is} />)}</ul>
				)}
				{next !== undefined && !one && <button type="button" onClick={() => look(next)}>{t(w.more)}</button>}
			</div>
		</>
	);
}

/** The list at `path`, which is a list of codes or "any". */
export function Codes({ path, value, event }: { path: Path; value: Json; event: string }) {
	const { vocabulary } = useWork(), [typed, setTyped] = useState(""), [wrong, setWrong] = useState(""), [search, setSearch] = useState<string>();
	const codes = asList(value), id = useId(), key = `${path.join("/")}#codes`;
	const any = !Array.isArray(value), has = (c: string) => codes.some((x) => String(x) === c);
	const addAll = (more: string[]) => put(path, [...codes, ...more.filter((c) => !has(c))]);

	function take() {
		const found = typedCodes(typed);
		if (found.codes.length > 0)
			addAll(found.codes);
		if (found.wrong.length > 0 && vocabulary && found.codes.length === 0) {
			setSearch(typed.trim());
			setTyped("");
			return;
		}
		setTyped(found.wrong.join(" "));
		setWrong(found.wrong.length > 0 ? t(w.codesWrong, found.wrong.join(", ")) : "");
	}
	return (
		<fieldset>
			<legend>{t(w.codes)}</legend>
			<label class="check"><input type="checkbox" checked={any} onChange={(e) => put(path, e.currentTarget.checked ? "any" : [])} />{t(w.anyEvent, t(eventNames[event] ?? w.codes))}</label>
			{!any && (
				<>
					{codes.length > 0 && (
						<ul class="codes">
							{codes.map((c, i) => (
								<Chip key={i} code={c} onChange={(to) => put([...path, i], to, key)} onRemove={() => put([...path, i], undefined)} />
							))}
						</ul>
					)}
					<div class="row">
						<input class="wide" aria-label={t(w.addCode)} aria-describedby={`${id}-hint`} aria-invalid={wrong !== ""} value={typed} autocomplete="off" spellcheck={false}
							placeholder={vocabulary ? t(w.codesSearch) : "201826+"}
							onInput={(e) => { setTyped(e.currentTarget.value); setWrong(""); }}
							onKeyDown={(e) => {
								if (e.key === "Enter" && !e.isComposing) {
									e.preventDefault();
									take();
								}
							}}
							onBlur={() => typedCodes(typed).codes.length > 0 && take()} />
						{vocabulary && <button type="button" onClick={() => setSearch(typed.trim())}>{t(w.find)}</button>}
					</div>
					<small id={`${id}-hint`} class={wrong ? "mistake" : ""}>{wrong || t(vocabulary ? w.codesHintFind : w.codesHint)}</small>
				</>
			)}
			<Dialog title={t(w.find)} open={search !== undefined} onClose={() => setSearch(undefined)}>
				<Search event={event} start={search ?? ""} has={has} onAdd={(c, below) => {
					learn(c.id, { en: c.name, zh: c.zh ?? c.name });
					addAll([`${c.id}${below ? "+" : ""}`]);
				}} />
				<div class="row end"><button type="button" class="first" onClick={() => setSearch(undefined)}>{t(w.done)}</button></div>
			</Dialog>
		</fieldset>
	);
}
