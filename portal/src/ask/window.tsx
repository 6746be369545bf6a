// window.tsx - windows of days around day 0, as two edges and on a line of time.
import { number, t } from "../language";
import { useWork } from "./context";
import { AFTER, BEFORE, entriesOf, parts, readWindow, windowsOf, writeWindow, type Window } from "./criteria";
import { put, question } from "./history";
import { asMap, get, pathKey, type Json, type Path } from "./path";
import { edgeText, summary, windowText } from "./said";
import { w } from "./words";

/** Days to per cent of the line: near days have more room than far ones. */
function scale(edges: number[]): (d: number) => number {
	const finite = edges.filter(Number.isFinite), root = (d: number) => Math.sign(d) * Math.sqrt(Math.abs(d));
	const low = root(Math.min(-20, ...finite.map((d) => d * 1.25))), high = root(Math.max(20, ...finite.map((d) => d * 1.25)));
	return (d) => (d === BEFORE ? 0 : d === AFTER ? 100 : 4 + (92 * (root(d) - low)) / (high - low));
}

interface Row { key: string; what: string; window: Window; current: boolean; how: "must" | "none" | "any" }
const hows = { must: ["✓", w.timelineMust], any: ["◇", w.timelineAny], none: ["✕", w.timelineNone] } as const;

/** One line a window, against the day that all of them are counted from, which has a line of its own at the top. */
export function Timeline({ rows, zero, parent = false }: { rows: Row[]; zero: string; parent?: boolean }) {
	if (rows.length === 0)
		return null;
	const x = scale(rows.flatMap((r) => [r.window.from, r.window.to])), at = `${x(0)}%`, zeroName = t(parent ? w.edgeOn : w.dayZero);
	const ticks = [...new Set([...rows.filter((r) => r.current), ...rows].flatMap((r) => [r.window.from, r.window.to]))].filter((d) => Number.isFinite(d) && d !== 0);
	const shown: number[] = [];
	for (const d of ticks) // those of the one being changed come first; none stands on another
		if ([0, ...shown].every((o) => Math.abs(x(d) - x(o)) > (o === 0 ? 7 : 9)))
			shown.push(d);
	return (
		<figure class="timeline" role="img" aria-label={[`${zeroName}: ${zero}`, ...rows.map((r) => `${t(hows[r.how][1])}, ${t(w.timelineOf, r.what, windowText(r.window, parent))}`)].join("; ")}>
			<div class="timeline-row" aria-hidden="true">
				<span class="timeline-text zero"><b>{zeroName}</b><small>{zero}</small></span>
				<svg width="100%" height="44">
					<text x="0" y="14">{t(w.timelineBefore)}</text><text x="100%" y="14" text-anchor="end">{t(w.timelineAfter)}</text>
					<line x1="0" x2="100%" y1="30" y2="30" class="axis" />
					<line x1={at} x2={at} y1="22" y2="44" class="zero" />
					<svg x={at} y="30" overflow="visible"><path d="M0 -8 L8 0 L0 8 L-8 0 Z" class="zero-mark" /></svg>
				</svg>
			</div>
			{rows.map((r) => {
				const a = x(r.window.from), b = x(r.window.to);
				return (
					<div key={r.key} class={`timeline-row ${r.how}${r.current ? " current" : ""}`} aria-hidden="true">
						<span class="timeline-text"><b><i>{hows[r.how][0]}</i> {r.what}</b><small>{t(hows[r.how][1])}{t(w.comma)}{windowText(r.window, parent)}</small></span>
						<svg width="100%" height="44">
							<line x1="0" x2="100%" y1="22" y2="22" class="axis" />
							<rect x={`${a}%`} width={`${Math.max(b - a, 1)}%`} y="13" height="18" rx="3" class="span" />
							{r.window.from === BEFORE && <path d="M11 16 L5 22 L11 28" class="end" />}
							{r.window.to === AFTER && <svg x="100%" overflow="visible"><path d="M-11 16 L-5 22 L-11 28" class="end" /></svg>}
							<line x1={at} x2={at} y1="0" y2="44" class="zero" />
						</svg>
					</div>
				);
			})}
			<div class="timeline-row ticks" aria-hidden="true">
				<small>{t(w.timelineScale)}</small>
				<svg width="100%" height="20">
					<text x={at} y="14" text-anchor="middle" class="zero">0</text>
					{shown.map((d) => <text key={d} x={`${x(d)}%`} y="14" text-anchor="middle">{d > 0 ? "+" : "−"}{number(Math.abs(d))}</text>)}
				</svg>
			</div>
		</figure>
	);
}

/** Windows of all criteria, the one at `current` brought out. Inside a `with` only its own, as others count from elsewhere. */
export function WindowsLine({ current, inWith = false }: { current?: Path; inWith?: boolean }) {
	const { offers } = useWork(), here = current ? pathKey(current) : "", q = question.value;
	const rows: Row[] = [], text = (part: Json) => {
		const s = summary(part, offers);
		return s.what.length > 0 ? `${s.name} ${s.what.join(", ")}` : s.name;
	};
	for (const p of parts(q)) {
		const key = pathKey(p.path), ws = windowsOf(asMap(p.part).within).map(readWindow);
		if (inWith ? key !== here : p.inWith)
			continue;
		for (const [i, x] of ws.entries())
			if (x)
				rows.push({ key: `${key}/${i}`, what: text(p.part), window: x, current: key === here, how: p.path.includes("none") ? "none" : p.path.includes("any") || p.path.includes("of") ? "any" : "must" });
	}
	const from = inWith && current ? [get(q, current.slice(0, -2)) ?? null] : entriesOf(asMap(q.cohort));
	return <Timeline rows={rows} zero={from.map(text).join(" / ")} parent={inWith} />;
}

type How = "open" | "before" | "on" | "after";
const howOf = (n: number): How => (!Number.isFinite(n) ? "open" : n < 0 ? "before" : n > 0 ? "after" : "on");
function Edge({ which, value, step, parent, onChange }: { which: "from" | "to"; value: number; step: number; parent: boolean; onChange: (n: number) => void }) {
	const how = howOf(value), unit = step || 1, near = (n: number) => Math.max(unit, Math.round(n / unit) * unit);
	const label = t(which === "from" ? w.windowFrom : w.windowTo);
	const count = Number.isFinite(value) && value !== 0 ? Math.abs(value) : near(30);
	return (
		<div class="edge">
			<span class="edge-name">{label}</span>
			{how !== "open" && how !== "on" && (
				<input type="number" class="days" aria-label={`${label}: ${t(w.days)}`} min={unit} max={36600} step={unit} value={count}
					onInput={(e) => {
						const n = e.currentTarget.valueAsNumber;
						if (Number.isInteger(n) && n > 0 && n <= 36600)
							onChange(how === "before" ? -n : n);
					}} />
			)}
			<select aria-label={label} value={how} onChange={(e) => {
				const to = e.currentTarget.value as How;
				onChange(to === "open" ? (which === "from" ? BEFORE : AFTER) : to === "on" ? 0 : to === "before" ? -count : count);
			}}>
				<option value="open">{edgeText(which === "from" ? BEFORE : AFTER)}</option>
				<option value="before">{t(w.edgeBefore)}</option>
				<option value="on">{t(parent ? w.edgeOn : w.dayZero)}</option>
				<option value="after">{t(w.edgeAfter)}</option>
			</select>
		</div>
	);
}

/** The windows of the criterion at `path`. */
export function Windows({ path, value, inWith }: { path: Path; value: Json | undefined; inWith: boolean }) {
	const { offers } = useWork(), all = windowsOf(value), at: Path = [...path, "within"], step = offers.window ?? 1;
	const key = pathKey(at);
	const write = (i: number, x: Window) => {
		const made = writeWindow(x);
		put(Array.isArray(value) ? [...at, i] : at, made, key);
	};
	const legend = t(inWith ? w.whenParent : w.when);
	if (offers.window === 0 && all.length === 0)
		return <fieldset><legend>{legend}</legend><small>{t(w.windowNone)}</small></fieldset>;
	return (
		<fieldset>
			<legend>{legend}</legend>
			<label class="check"><input type="radio" name={key} checked={all.length === 0} onChange={() => put(at, undefined)} />{t(w.whenAny)}</label>
			<label class="check"><input type="radio" name={key} checked={all.length > 0}
				onChange={() => put(at, { from: "0 days", to: `${Math.max(step, Math.round(90 / (step || 1)) * (step || 1))} days` })} />{t(w.whenWindow)}</label>
			{all.map((v, i) => {
				const x = readWindow(v);
				if (x === null)
					return null;
				const off = step > 1 && [x.from, x.to].some((d) => Number.isFinite(d) && d % step !== 0);
				return (
					<div key={i} class="window" role="group" aria-label={`${legend}${all.length > 1 ? ` ${i + 1}` : ""}`}>
						<div class="row">
							<Edge which="from" value={x.from} step={step} parent={inWith && !x.ofIndex} onChange={(from) => write(i, { ...x, from })} />
							<Edge which="to" value={x.to} step={step} parent={inWith && !x.ofIndex} onChange={(to) => write(i, { ...x, to })} />
							{all.length > 1 && <button type="button" class="quiet tiny" onClick={() => put([...at, i], undefined)}>{t(w.remove)}</button>}
						</div>
						{x.to < x.from ? <small class="mistake">{t(w.windowEmpty)}</small> : off ? <small class="mistake">{t(w.windowOff, step)}</small>
							: step > 1 && i === 0 ? <small>{t(w.windowStep, step)}</small> : null}
						<details class="fine">
							<summary>{t(w.more)}</summary>
							<label class="check"><input type="checkbox" checked={x.onEnd} onChange={(e) => write(i, { ...x, onEnd: e.currentTarget.checked })} />{t(w.onEnd)}</label>
							<label class="check"><input type="checkbox" checked={x.toEnd} onChange={(e) => write(i, { ...x, toEnd: e.currentTarget.checked })} />{t(w.toEnd)}</label>
							{all.length === 1 && <button type="button" class="tiny" onClick={() => put(at, [v, writeWindow({ ...x, onEnd: !x.onEnd })])}>{t(w.secondWindow)}</button>}
						</details>
					</div>
				);
			})}
			{all.length > 0 && <WindowsLine current={path} inWith={inWith} />}
		</fieldset>
	);
}
