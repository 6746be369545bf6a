// window.tsx - windows of days around day 0, as two edges and on a line of time.
import { number, t } from "../language";
import { useWork } from "./context";
import { AFTER, BEFORE, parts, readWindow, windowsOf, writeWindow, type Window } from "./criteria";
import { put, question } from "./history";
import { asMap, pathKey, type Json, type Path } from "./path";
import { edgeText, summary, windowText } from "./said";
import { w } from "./words";

/** Days to per cent of the line: near days have more room than far ones. */
function scale(edges: number[]): (d: number) => number {
	const finite = edges.filter(Number.isFinite), root = (d: number) => Math.sign(d) * Math.sqrt(Math.abs(d));
	const low = root(Math.min(-20, ...finite.map((d) => d * 1.25))), high = root(Math.max(20, ...finite.map((d) => d * 1.25)));
	return (d) => (d === BEFORE ? 0 : d === AFTER ? 100 : 4 + (92 * (root(d) - low)) / (high - low));
}

interface Row { key: string; label: string; window: Window; current: boolean; none: boolean }
export function Timeline({ rows, parent = false }: { rows: Row[]; parent?: boolean }) {
	if (rows.length === 0)
		return null;
	const x = scale(rows.flatMap((r) => [r.window.from, r.window.to])), zero = `${x(0)}%`;
	const ticks = [...new Set(rows.filter((r) => r.current || rows.length < 4).flatMap((r) => [r.window.from, r.window.to]))].filter((d) => Number.isFinite(d) && d !== 0);
	const shown = ticks.sort((a, b) => a - b).filter((d, i, all) => (i === 0 || x(d) - x(all[i - 1]!) > 8) && Math.abs(x(d) - x(0)) > 6);
	return (
		<figure class="timeline" role="img" aria-label={rows.map((r) => t(w.timelineOf, r.label, windowText(r.window, parent))).join("; ")}>
			<div class="timeline-axis" aria-hidden="true">
				<svg width="100%" height="20">
					<text x={zero} y="14" text-anchor="middle" class="zero">{t(parent ? w.edgeOn : w.dayZero)}</text>
					{shown.map((d) => <text key={d} x={`${x(d)}%`} y="14" text-anchor="middle">{d > 0 ? "+" : "−"}{number(Math.abs(d))}</text>)}
				</svg>
			</div>
			{rows.map((r) => {
				const a = x(r.window.from), b = x(r.window.to);
				return (
					<div key={r.key} class={`timeline-row${r.current ? " current" : ""}${r.none ? " none" : ""}`} aria-hidden="true">
						<span>{r.label}</span>
						<svg width="100%" height="22">
							<line x1="0" x2="100%" y1="11" y2="11" class="axis" />
							<rect x={`${a}%`} width={`${Math.max(b - a, 1)}%`} y="5" height="12" rx="3" class="span" />
							{r.window.from === BEFORE && <path d="M7 5 L0 11 L7 17" class="end" />}
							{r.window.to === AFTER && <svg x="100%" overflow="visible"><path d="M-7 5 L0 11 L-7 17" class="end" /></svg>}
							<line x1={zero} x2={zero} y1="0" y2="22" class="zero" />
						</svg>
					</div>
				);
			})}
		</figure>
	);
}

/** Windows of all criteria, the one at `current` brought out. Inside a `with` only its own, as others count from elsewhere. */
export function WindowsLine({ current, inWith = false }: { current?: Path; inWith?: boolean }) {
	const { offers } = useWork(), here = current ? pathKey(current) : "";
	const rows: Row[] = [];
	for (const p of parts(question.value)) {
		const key = pathKey(p.path), ws = windowsOf(asMap(p.part).within).map(readWindow);
		if (inWith ? key !== here : p.inWith)
			continue;
		const s = summary(p.part, offers);
		for (const [i, x] of ws.entries())
			if (x)
				rows.push({ key: `${key}/${i}`, label: s.what.length > 0 ? s.what.join(", ") : s.name, window: x, current: key === here, none: p.path.includes("none") });
	}
	return <Timeline rows={rows} parent={inWith} />;
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
