// fields.tsx - what narrows a criterion: days by whole periods, values at cut points, how often; ages and labels of people.
import { useEffect, useState } from "preact/hooks";
import { t } from "../language";
import { useWork } from "./context";
import { ageEdges, bounds, dayOf, periodOf, readSpan, readTimes, readValue, writeSpan, writeTimes, writeValue, type Bound, type Span, type Steps, type Times } from "./criteria";
import { put } from "./history";
import { asList, asMap, pathKey, type Json, type Path } from "./path";
import { boundText } from "./said";
import { w } from "./words";

function DayField({ label, value, steps, last, onChange }: { label: string; value: string; steps: string | null; last: boolean; onChange: (day: string) => void }) {
	const by = (["year", "quarter", "month"] as string[]).includes(steps ?? "") ? (steps as Steps) : null;
	const at = by && value ? periodOf(value, by) : null;
	const [year, setYear] = useState(at ? String(at.year) : "");
	useEffect(() => setYear(at ? String(at.year) : ""), [value]);
	if (by === null)
		return <label class="pair">{label} <input type="date" min="1800-01-01" max="2199-12-31" value={value} onChange={(e) => onChange(e.currentTarget.value)} /></label>;
	const part = at?.part ?? (last ? (by === "quarter" ? 3 : by === "month" ? 11 : 0) : 0);
	const write = (y: string, p: number) => {
		const n = Number(y);
		if (y === "")
			onChange("");
		else if (/^\d{4}$/.test(y) && n >= 1800 && n <= 2199)
			onChange(dayOf(n, p, by, last));
	};
	return (
		<span class="pair">
			{label}{" "}
			<input type="text" inputMode="numeric" maxLength={4} class="year" aria-label={`${label}: ${t(w.year)}`} placeholder={t(w.year)} value={year}
				onInput={(e) => { setYear(e.currentTarget.value); write(e.currentTarget.value, part); }} />
			{by !== "year" && (
				<select aria-label={`${label}: ${t(by === "quarter" ? w.quarterN : w.dates, "")}`} value={part} disabled={year === ""} onChange={(e) => write(year, Number(e.currentTarget.value))}>
					{Array.from({ length: by === "quarter" ? 4 : 12 }, (_, i) => <option key={i} value={i}>{by === "quarter" ? t(w.quarterN, String(i + 1)) : String(i + 1).padStart(2, "0")}</option>)}
				</select>
			)}
		</span>
	);
}

export function Days({ path, value, steps, legend }: { path: Path; value: Json | undefined; steps: string | null; legend?: string }) {
	const s = readSpan(value) ?? { from: "", to: "" }, key = pathKey(path);
	const write = (to: Span) => put(path, writeSpan(to), key);
	return (
		<fieldset>
			<legend>{legend ?? t(w.dates)}</legend>
			<div class="row">
				<DayField label={t(w.datesFrom)} value={s.from} steps={steps} last={false} onChange={(from) => write({ ...s, from })} />
				<DayField label={t(w.datesTo)} value={s.to} steps={steps} last={true} onChange={(to) => write({ ...s, to })} />
			</div>
		</fieldset>
	);
}

/** A bound: a cut point of the red list where there are some, else any number. */
function Cut({ label, value, cuts, onChange }: { label: string; value: number; cuts: number[]; onChange: (n: number) => void }) {
	if (cuts.length === 0)
		return <input type="number" step="any" aria-label={label} class="year" value={value} onChange={(e) => Number.isFinite(e.currentTarget.valueAsNumber) && onChange(e.currentTarget.valueAsNumber)} />;
	const all = cuts.includes(value) ? cuts : [...cuts, value].sort((a, b) => a - b);
	return <select aria-label={label} value={value} onChange={(e) => onChange(Number(e.currentTarget.value))}>{all.map((c) => <option key={c} value={c}>{c}{cuts.includes(c) ? "" : " ?"}</option>)}</select>;
}
export function ValueField({ path, value, cuts, unit }: { path: Path; value: Json | undefined; cuts: number[]; unit: string }) {
	const v = readValue(value), two = v?.how === "between" || v?.how === "outside";
	const first = cuts[Math.floor(cuts.length / 2)] ?? 0, next = (n: number) => cuts.find((c) => c > n) ?? n + 1;
	return (
		<fieldset>
			<legend>{t(w.value)}</legend>
			<div class="row">
				<select aria-label={t(w.value)} value={v?.how ?? ""} onChange={(e) => {
					const how = e.currentTarget.value as Bound | "", one = v?.one ?? first;
					put(path, how === "" ? undefined : writeValue({ how, one, two: v && v.two > one ? v.two : next(one) }));
				}}>
					<option value="">{t(w.valueAny)}</option>
					{bounds.map((b) => <option key={b} value={b}>{boundText(b)}</option>)}
				</select>
				{v && <Cut label={boundText(v.how)} value={v.one} cuts={cuts} onChange={(one) => put(path, writeValue({ ...v, one }))} />}
				{v && two && <>{t(w.and)} <Cut label={t(w.valueSecond)} value={v.two} cuts={cuts} onChange={(x) => put(path, writeValue({ ...v, two: x }))} /></>}
				{v && unit}
			</div>
		</fieldset>
	);
}

export function TimesField({ path, value }: { path: Path; value: Json | undefined }) {
	const x = readTimes(value), key = pathKey(path), write = (to: Times) => put(path, writeTimes(to), key);
	return (
		<fieldset>
			<legend>{t(w.times)}</legend>
			<div class="row">
				<select aria-label={t(w.times)} value={x?.how ?? ""} onChange={(e) => {
					const how = e.currentTarget.value as Times["how"] | "";
					if (how === "")
						put(path, undefined);
					else
						write({ n: x?.n ?? 2, distinct: x?.distinct ?? "", how });
				}}>
					<option value="">{t(w.timesOnce)}</option>
					{(["at_least", "at_most", "exactly"] as const).map((h) => <option key={h} value={h}>{t(w[h])}</option>)}
				</select>
				{x && (
					<>
						<input type="number" class="year" min={0} max={1000} aria-label={t(w.timesN)} value={x.n} onInput={(e) => Number.isInteger(e.currentTarget.valueAsNumber) && write({ ...x, n: e.currentTarget.valueAsNumber })} />
						<select aria-label={t(w.distinct)} value={x.distinct} onChange={(e) => write({ ...x, distinct: e.currentTarget.value })}>
							<option value="">{t(w.distinctRecords)}</option><option value="day">{t(w.distinctDay)}</option>
							<option value="concept">{t(w.distinctConcept)}</option><option value="visit">{t(w.distinctVisit)}</option>
						</select>
					</>
				)}
			</div>
		</fieldset>
	);
}

export function PeopleField({ path, value, of }: { path: Path; value: Json; of: string }) {
	const { offers } = useWork(), key = pathKey(path);
	if (of === "birth")
		return <Days path={path} value={value} steps={null} legend={t(w.birth)} />;
	if (of === "age") {
		const edges = ageEdges(offers.groups.find((g) => g.name === "age")?.labels ?? []), v = asMap(value);
		const side = (k: "from" | "to", label: string) => {
			const at = typeof v[k] === "number" ? (v[k] as number) : "", write = (to: string) => put([...path, k], to === "" ? undefined : Number(to), `${key}${k}`);
			const all = at === "" || edges.includes(at) ? edges : [...edges, at].sort((a, b) => a - b);
			return (
				<label class="pair">{label}{" "}
					{edges.length > 0 ? (
						<select value={at} onChange={(e) => write(e.currentTarget.value)}>
							<option value="">{t(w.noLimit)}</option>
							{all.filter((x) => k === "from" || x > 0).map((x) => <option key={x} value={x}>{x}</option>)}
						</select>
					) : <input type="number" class="year" min={0} max={150} value={at} onInput={(e) => write(e.currentTarget.value)} />}
				</label>
			);
		};
		return <div class="row">{side("from", t(w.ageFrom))}{side("to", t(w.ageTo))}</div>;
	}
	const labels = offers.groups.find((g) => g.name === of)?.labels ?? [], codes = Array.isArray(value), now = codes ? asList(value).join(", ") : String(value ?? "");
	if (codes) // codes instead of labels: as the text has them
		return <p><code>{now}</code> <button type="button" class="tiny" onClick={() => put(path, labels[0] ?? "")}>{t(w.edit)}</button></p>;
	return (
		<label class="pair">{t(w.label)}{" "}
			{labels.length > 0 ? (
				<select value={now} onChange={(e) => put(path, e.currentTarget.value)}>
					{!labels.includes(now) && <option value={now}>{now || t(w.chooseLabel)}</option>}
					{labels.map((l) => <option key={l} value={l}>{l}</option>)}
				</select>
			) : <input value={now} onInput={(e) => put(path, e.currentTarget.value, key)} />}
		</label>
	);
}
