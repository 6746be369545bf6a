// list.tsx - criteria and groups of criteria, one card each. Lists nest; everything is done by buttons and fields of the
// browser, so the keyboard reaches all of it.
import { createContext } from "preact";
import { useContext, useEffect, useRef } from "preact/hooks";
import { t } from "../language";
import { Codes } from "./codes";
import { toldAt, useWork } from "./context";
import { asGroup, events, groupKinds, hasEntry, headOf, membersKey, parts, restOf, unfinished, yesNo, type GroupKind } from "./criteria";
import { Days, PeopleField, TimesField, ValueField } from "./fields";
import { add, moveTo, put, question, replace } from "./history";
import { asList, asMap, get, insert, pathKey, type Json, type Map, type Path } from "./path";
import { groupName, line, summary } from "./said";
import { Windows } from "./window";
import { eventNames, keyNames, w } from "./words";
import { toYaml } from "./yaml";

/** Where a card stands: entry events have no windows, those in a `with` count from their parent. */
export interface Where { entry?: boolean; inWith?: boolean; depth: number }
const Numbers = createContext("");

const flowOf = (v: Json) => toYaml({ x: v }).trim().replace(/^x:\s*/, "");
/** What the builder has no controls for: as it is, and kept. */
export function Kept({ of, path }: { of: [string, Json][]; path: Path }) {
	if (of.length === 0)
		return null;
	return (
		<div class="as-text" title={t(w.keptHint)}>
			<small>{t(w.kept)}:</small>
			{of.map(([k, v]) => (
				<span key={k} class="kept-chip">
					{t(keyNames[k] ?? { en: k, zh: k })}: <code>{flowOf(v)}</code>
					<button type="button" class="quiet tiny" aria-label={`${t(w.remove)}: ${k}`} onClick={() => put([...path, k], undefined)}>✕</button>
				</span>
			))}
		</div>
	);
}

export function Told({ path }: { path: Path }) {
	const { told } = useWork(), cards = [...parts(question.value)].map((p) => p.path);
	const mine = toldAt(told, path, (p) => cards.some((c) => c.length > path.length && pathKey(p).concat("/").startsWith(`${pathKey(c)}/`)));
	return <>{mine.map((x, i) => <p key={i} class={`told ${x.tone}`} role={x.tone === "bad" ? "alert" : undefined}><span aria-hidden="true">{x.tone === "bad" ? "✕" : "?"}</span> {t(x.say)} {x.code && <small>{x.code}</small>}</p>)}</>;
}

/** A new criterion of this kind; it is open, with the keyboard in it. */
function fresh(kind: string): Map {
	return kind === "measure" ? { measure: "" } : kind === "age" ? { age: {} } : kind === "birth" ? { birth: "" } : kind === "sex" || kind === "race" || kind === "ethnicity" ? { [kind]: "" }
		: kind === "any" || kind === "none" || kind === "all" ? { [kind]: [] } : kind === "at_least" ? { at_least: 2, of: [] }
		: kind === "observation_period" || kind === "death" ? { [kind]: "any" } : { [kind]: [] };
}

/** The button under a list: everything that can be added there. */
export function Adder({ list, label, where, onAdd }: { list: Path; label: string; where: Where; onAdd?: (kind: Map) => void }) {
	const { offers, setOpen } = useWork(), ref = useRef<HTMLDetailsElement>(null);
	const offered = offers.events.map((e) => e.event), kinds = offered.length > 0 ? events.filter((e) => offered.includes(e)) : events.slice(0, 7);
	const people = ["age", "sex", "race", "ethnicity"].filter((k) => k === "age" || k === "sex" ? true : offers.groups.some((g) => g.name === k));
	function take(kind: string) {
		const made = fresh(kind), at = asList(get(question.value, list)).length;
		ref.current!.open = false;
		if (onAdd)
			return onAdd(made);
		add(list, made);
		if (headOf(made).type !== "group")
			setOpen(pathKey([...list, at]));
	}
	const button = (kind: string, text: string) => <button key={kind} type="button" class="quiet" onClick={() => take(kind)}>{text}</button>;
	return (
		<details class="adder" ref={ref} onKeyDown={(e) => {
			if (e.key === "Escape") {
				ref.current!.open = false;
				ref.current!.querySelector("summary")!.focus();
			}
		}}>
			<summary class="button"><span aria-hidden="true">＋ </span>{t(list[0] === "event" ? w.event : where.entry ? (get(question.value, list) === undefined ? w.startAdd : w.startMore) : list[list.length - 1] === "with" ? w.withAdd : w.addEvent)}<span class="hidden">: {label}</span></summary>
			<div class="adder-kinds">
				<div>{kinds.map((k) => button(k, t(eventNames[k]!)))}{(offers.measures.length > 0 || offered.length === 0) && button("measure", t(eventNames.measure!))}</div>
				{!where.entry && <div>{people.map((k) => button(k, t(eventNames[k]!)))}{button("birth", t(w.birth))}</div>}
				{!where.entry && where.depth < 12 && <div>{button("any", t(groupName.any))}{button("at_least", t(groupName.at_least))}{button("none", t(groupName.none))}{button("all", t(groupName.all))}</div>}
			</div>
		</details>
	);
}

/** The controls of one criterion, shown while it is changed. */
function Editor({ path, part, where }: { path: Path; part: Map; where: Where }) {
	const { offers } = useWork(), h = headOf(part), ref = useRef<HTMLDivElement>(null);
	useEffect(() => {
		// The first field to fill in, not a switch before it.
		(ref.current!.querySelector<HTMLElement>("input:not([type=checkbox]):not([type=radio]), select") ?? ref.current!.querySelector<HTMLElement>("input, select"))?.focus();
	}, []);
	if (h.type === "people")
		return <div class="editor" ref={ref}><PeopleField path={[...path, h.key]} value={part[h.key]!} of={h.key} /></div>;
	const key = h.type === "event" ? h.key : "measurement", offer = offers.events.find((e) => e.event === key);
	const measure = offers.measures.find((m) => m.id === part.measure), uses = (u: string) => offer === undefined || offer.uses.length === 0 || offer.uses.includes(u);
	return (
		<div class="editor" ref={ref}>
			{h.type === "event" && <Codes path={[...path, h.key]} value={part[h.key]!} event={h.key} />}
			{h.type === "measure" && (
				<label class="pair">{t(w.measureName)}{" "}
					{offers.measures.length > 0 ? (
						<select value={String(part.measure)} onChange={(e) => put([...path, "measure"], e.currentTarget.value)}>
							{!measure && <option value={String(part.measure)}>{String(part.measure) || t(w.chooseMeasure)}</option>}
							{offers.measures.map((m) => <option key={m.id} value={m.id}>{t(m.title)}{m.unit && ` (${m.unit})`}</option>)}
						</select>
					) : <input value={String(part.measure)} onInput={(e) => put([...path, "measure"], e.currentTarget.value, pathKey(path))} />}
				</label>
			)}
			<div class="editor-columns">
				{(h.type === "measure" || "value" in part || (["measurement", "observation"].includes(key) && offer !== undefined && uses("value"))) && <ValueField path={[...path, "value"]} value={part.value} cuts={measure?.cuts ?? []} unit={measure?.unit ?? ""} />}
				{offer?.steps !== null && <Days path={[...path, "during"]} value={part.during} steps={offer?.steps ?? null} />}
				{!where.entry && <TimesField path={[...path, "times"]} value={part.times} />}
			</div>
			<label class="check"><input type="checkbox" checked={yesNo(part.first) === true} onChange={(e) => put([...path, "first"], e.currentTarget.checked ? "yes" : undefined)} />{t(w.firstEver)}</label>
			{!where.entry && (hasEntry(question.value) || where.inWith) && (
				<>
					<Windows path={path} value={part.within} inWith={where.inWith === true} />
					<label class="check"><input type="checkbox" checked={yesNo(part.same_visit) === true} onChange={(e) => put([...path, "same_visit"], e.currentTarget.checked ? "yes" : undefined)} />{t(w.sameVisit)}</label>
				</>
			)}
			{(asList(part.with).length > 0 || where.depth < 10) && (
				<details class="fine" open={asList(part.with).length > 0}>
					<summary>{t(w.with)}</summary>
					<Members list={[...path, "with"]} label={t(w.with)} where={{ inWith: true, depth: where.depth + 1 }} />
				</details>
			)}
		</div>
	);
}

/** Up, down, into another list, again, away. */
function Actions({ path, name }: { path: Path; name: string }) {
	const { setOpen, announce, offers } = useWork();
	const list = path.slice(0, -1), i = path[path.length - 1], q = question.value, count = asList(get(q, list)).length;
	const movable = typeof i === "number" && list[1] !== "entry";
	const targets: { path: Path; text: string }[] = [];
	if (movable && list[0] === "cohort" && !path.includes("with")) {
		for (const [k, text] of [["all", w.all], ["any", w.any], ["none", w.none]] as const)
			if (pathKey(list) !== `cohort/${k}`)
				targets.push({ path: ["cohort", k], text: t(text) });
		for (const p of parts(q)) {
			const h = headOf(p.part), to = [...p.path, membersKey(h)];
			if (h.type === "group" && !p.inWith && pathKey(to) !== pathKey(list) && !pathKey(to).startsWith(`${pathKey(path)}/`))
				targets.push({ path: to, text: `${t(groupName[h.how])}: ${line(p.part, offers).slice(0, 60)}` });
		}
	}
	return (
		<div class="card-actions">
			{movable && (
				<>
					{count > 1 && <><button type="button" class="quiet tiny" aria-label={`${t(w.up)}: ${name}`} disabled={i === 0} onClick={() => { setOpen(null); moveTo(path, list, i - 1); }}>↑</button>
					<button type="button" class="quiet tiny" aria-label={`${t(w.down)}: ${name}`} disabled={i >= count - 1} onClick={() => { setOpen(null); moveTo(path, list, i + 2); }}>↓</button></>}
					{targets.length > 0 && (
						<select class="tiny" aria-label={`${t(w.moveInto)}: ${name}`} value="" onChange={(e) => {
							const to = targets[Number(e.currentTarget.value)];
							if (to) {
								setOpen(null);
								moveTo(path, to.path, asList(get(q, to.path)).length);
							}
						}}>
							<option value="">{t(w.moveInto)} …</option>
							{targets.map((x, k) => <option key={k} value={k}>{x.text}</option>)}
						</select>
					)}
					<button type="button" class="quiet tiny" aria-label={`${t(w.duplicate)}: ${name}`} onClick={() => { setOpen(null); replace(insert(q, list, i + 1, get(q, path)!) as Map); }}><svg width="14" height="14" viewBox="0 0 14 14" aria-hidden="true"><path d="M4 4h9v9H4zM10 4V1H1v9h3" fill="none" stroke="currentColor" stroke-width="1.3" /></svg></button>
				</>
			)}
			<button type="button" class="quiet tiny" aria-label={`${t(w.remove)}: ${name}`} onClick={(e) => {
				const card = e.currentTarget.closest("[data-list]");
				setOpen(null);
				put(path, undefined);
				announce(t(w.removed));
				setTimeout(() => card?.querySelector<HTMLElement>(":scope > .adder > summary")?.focus());
			}}>✕</button>
		</div>
	);
}

export function Card({ path, part, where, number }: { path: Path; part: Json; where: Where; number: string }) {
	const { offers, open, setOpen } = useWork(), h = headOf(part), key = pathKey(path), p = asMap(part);
	const button = useRef<HTMLButtonElement>(null), was = useRef(false);
	const isOpen = open === key || (open !== null && open.startsWith(`${key}/`));
	useEffect(() => {
		if (was.current && !isOpen && document.activeElement === document.body)
			button.current?.focus();
		was.current = isOpen;
	}, [isOpen]);
	if (h.type === "group")
		return <Group path={path} part={p} how={h.how} where={where} number={number} />;
	const s = summary(part, offers, where.inWith), name = line(part, offers, where.inWith), todo = unfinished(question.value).some((u) => pathKey(u) === key);
	return (
		<div class={`criterion${isOpen ? " open" : ""}${todo ? " todo" : ""}`} role="group" aria-label={`${t(w.criterion, number)}, ${name}`}>
			<div class="criterion-line">
				<span class="criterion-number" aria-hidden="true">{number}</span>
				<div class="criterion-text">
					{h.type === "other" ? <><small>{t(w.kept)}: </small><code>{flowOf(part)}</code></> : (
						<>
							<span class="criterion-kind">{s.name}</span>{" "}
							{s.what.length > 0 && <strong>{s.what.slice(0, 6).join(", ")}{s.what.length > 6 && ` … (${s.what.length})`}</strong>}
							{s.how.map((x, i) => <span key={i} class="narrow-chip">{x}</span>)}
						</>
					)}
					{!isOpen && <Kept of={restOf(p).filter(() => h.type !== "other")} path={path} />}
					{!isOpen && h.type !== "people" && asList(p.with).length > 0 && (
						<ul class="with-line">{asList(p.with).map((m, i) => <li key={i}>{line(m, offers, true)}</li>)}</ul>
					)}
				</div>
				{h.type !== "other" && (
					<button ref={button} type="button" class="tiny" aria-expanded={isOpen} aria-label={`${t(isOpen ? w.done : w.edit)}: ${name}`}
						onClick={() => setOpen(isOpen ? null : key)}>{t(isOpen ? w.done : w.edit)}</button>
				)}
				<Actions path={path} name={name} />
			</div>
			<Told path={path} />
			{isOpen && h.type !== "other" && (
				<>
					<Editor path={path} part={p} where={where} />
					<Kept of={restOf(p)} path={path} />
					<div class="row end"><button type="button" class="first" onClick={() => { button.current?.focus(); setOpen(null); }}>{t(w.done)}</button></div>
				</>
			)}
		</div>
	);
}

function Group({ path, part, how, where, number }: { path: Path; part: Map; how: GroupKind; where: Where; number: string }) {
	const { offers } = useWork(), list = [...path, membersKey({ type: "group", how })], counted = how === "at_least" || how === "at_most" || how === "exactly";
	return (
		<div class={`group ${how}`} role="group" aria-label={`${t(w.group)} ${number}, ${t(groupName[how])}`}>
			<div class="criterion-line">
				<span class="criterion-number" aria-hidden="true">{number}</span>
				<div class="row grow">
					<select aria-label={t(w.groupOf)} value={how} onChange={(e) => put(path, asGroup(part, e.currentTarget.value as GroupKind))}>
						{groupKinds.map((k) => <option key={k} value={k}>{t(groupName[k])}</option>)}
					</select>
					{counted && <input type="number" class="year" min={how === "at_least" ? 1 : 0} max={1000} aria-label={t(w.howMany)} value={Number(part[how])}
						onInput={(e) => Number.isInteger(e.currentTarget.valueAsNumber) && put([...path, how], e.currentTarget.valueAsNumber, `${pathKey(path)}#n`)} />}
				</div>
				<Actions path={path} name={line(part, offers, where.inWith)} />
			</div>
			<Told path={path} />
			<Members list={list} label={t(groupName[how])} where={{ ...where, depth: where.depth + 1 }} number={number} />
		</div>
	);
}

export function Members({ list, label, where, number = "" }: { list: Path; label: string; where: Where; number?: string }) {
	const members = asList(get(question.value, list)), before = useContext(Numbers);
	const prefix = number ? `${number}.` : before;
	return (
		<div class="members" data-list={pathKey(list)}>
			{members.map((m, i) => <Card key={i} path={[...list, i]} part={m} where={where} number={`${prefix}${i + 1}`} />)}
			<Adder list={list} label={label} where={where} />
		</div>
	);
}
