// what.tsx - in whose name, of what data, worked out how; and the breaking down that each kind takes.
import { Field } from "../components/basics";
import { list, number, t } from "../language";
import { me } from "../session";
import { kinds } from "../words";
import { useWork } from "./context";
import { hasEntry, needsDay } from "./criteria";
import { put, question, replace } from "./history";
import { Adder, Card } from "./list";
import { asList, asMap, isMap, type Map } from "./path";
import { kindLines, w } from "./words";

const all = ["count", "histogram", "crosstab", "mean", "quantile", "survival", "attrition", "distinct"];
/** Keys that only some kinds take: away with them when the kind goes, or the gateway refuses; Undo has them still. */
const takes: Record<string, string[]> = { histogram: ["of"], mean: ["of"], quantile: ["of", "at"], survival: ["event", "step", "horizon"] };
function ofKind(q: Map, kind: string): Map {
	const drop = ["of", "at", "event", "step", "horizon"].filter((k) => !takes[kind]?.includes(k));
	if (kind === "distinct")
		drop.push("group_by");
	return { ...Object.fromEntries(Object.entries(q).filter(([k]) => !drop.includes(k))), kind, ...(kind === "distinct" && { mode: "secure" }) };
}

export const Step = ({ n }: { n: number }) => <span class="step">{number(n)}<span class="hidden">. </span></span>;
export function What({ catalogueGone }: { catalogueGone: boolean }) {
	const { offers } = useWork(), q = question.value, study = String(q.study ?? ""), dataset = String(q.dataset ?? ""), kind = String(q.kind ?? "");
	const sites = asList(q.sites).map(String), open = offers.kinds.length > 0 ? all.filter((k) => offers.kinds.includes(k)) : catalogueGone ? all : [];
	const shown = kind === "" || open.includes(kind) ? open : [...open, kind];
	const secure = (offers.secure && me.value?.features?.secure !== false) || q.mode === "secure";
	const known = offers.studies.some((s) => s.id === study);
	return (
		<section class="card" aria-labelledby="what">
			<h2 id="what"><Step n={1} />{t(w.what)}</h2>
			{catalogueGone && <p class="notice fair">{t(w.catalogueGone)}</p>}
			{!catalogueGone && offers.studies.length === 0 && <p class="notice fair">{t(w.noStudies)}</p>}
			<div class="columns">
				<Field label={t(w.study)} hint={t(w.studyHint)} field={(a) => offers.studies.length === 0 ? (
					<input {...a} value={study} onInput={(e) => put(["study"], e.currentTarget.value || undefined, "study")} />
				) : (
					<select {...a} value={study} onChange={(e) => {
						const { sites: _, ...rest } = q;
						replace({ ...rest, study: e.currentTarget.value });
					}}>
						{!known && <option value={study}>{study || t(w.studyNone)}</option>}
						{offers.studies.map((s) => <option key={s.id} value={s.id}>{t(w.studyAt, t(s.title), s.id)}</option>)}
					</select>
				)} />
				<Field label={t(w.dataset)} field={(a) => offers.datasets.length === 0 && !known && offers.studies.length > 0 && dataset === "" ? (
					<select {...a} disabled><option>{t(w.studyFirst)}</option></select>
				) : offers.datasets.length === 0 ? (
					<input {...a} value={dataset} onInput={(e) => put(["dataset"], e.currentTarget.value || undefined, "dataset")} />
				) : (
					<select {...a} value={dataset} onChange={(e) => put(["dataset"], e.currentTarget.value)}>
						{!offers.datasets.some((d) => d.id === dataset) && <option value={dataset}>{dataset || t(w.datasetNone)}</option>}
						{offers.datasets.map((d) => <option key={d.id} value={d.id}>{t(w.studyAt, t(d.title), d.id)}</option>)}
					</select>
				)} />
			</div>
			{shown.length > 0 && (
				<fieldset class="kinds">
					<legend>{t(w.kind)}</legend>
					{shown.map((k) => (
						<label key={k} class={kind === k ? "on" : ""}>
							<input type="radio" name="kind" checked={kind === k} onChange={() => replace(ofKind(q, k))} />
							<span><strong>{t(kinds[k]!)}</strong><small>{t(kindLines[k]!)}</small></span>
						</label>
					))}
				</fieldset>
			)}
			{(offers.sites.length > 1 || secure) && (
				<details class="fine" open={sites.length > 0 || q.mode === "secure"}>
					<summary>{t(w.more_, sites.length === 0 ? `${t(w.allHospitals)} (${number(offers.sites.length)})` : list(sites), t(q.mode === "secure" ? w.secure : w.noised))}</summary>
				{offers.sites.length > 1 && (
					<fieldset>
						<legend>{t(w.hospitals)}</legend>
						<div class="row">
							<label class="check"><input type="radio" name="sites" checked={sites.length === 0} onChange={() => put(["sites"], undefined)} />{t(w.allHospitals)} ({number(offers.sites.length)})</label>
							<label class="check"><input type="radio" name="sites" checked={sites.length > 0} onChange={() => put(["sites"], offers.sites.map((s) => s.site))} />{t(w.someHospitals)}</label>
						</div>
						{sites.length > 0 && (
							<div class="row">
								{offers.sites.map((s) => (
									<label key={s.site} class="check">
										<input type="checkbox" checked={sites.includes(s.site)} disabled={sites.length === 1 && sites.includes(s.site)}
											onChange={(e) => put(["sites"], e.currentTarget.checked ? [...sites, s.site] : sites.filter((x) => x !== s.site))} />
										{t(s.title) || s.site} {t(s.title) && <small>{s.site}</small>}
									</label>
								))}
							</div>
						)}
					</fieldset>
				)}
				{secure && (
					<fieldset class="kinds">
						<legend>{t(w.mode)}</legend>
						{kind === "distinct" ? <small>{t(w.onlySecure)}</small> : (["noised", "secure"] as const).map((m) => (
							<label key={m} class={(q.mode ?? "noised") === m ? "on" : ""}>
								<input type="radio" name="mode" checked={(q.mode ?? "noised") === m} onChange={() => put(["mode"], m === "noised" ? undefined : m)} />
								<span><strong>{t(w[m])}</strong><small>{t(m === "noised" ? w.noisedHint : w.secureHint)}</small></span>
							</label>
						))}
					</fieldset>
				)}
				</details>
			)}
		</section>
	);
}

function Of({ kind }: { kind: string }) {
	const { offers } = useWork(), of = String(question.value.of ?? ""), groups = kind === "histogram" ? offers.groups : [];
	if (offers.measures.length + groups.length === 0)
		return <Field label={t(w.of)} field={(a) => <input {...a} value={of} onInput={(e) => put(["of"], e.currentTarget.value || undefined, "of")} />} />;
	const known = offers.measures.some((m) => m.id === of) || groups.some((g) => g.name === of);
	return (
		<Field label={t(w.of)} field={(a) => (
			<select {...a} value={of} onChange={(e) => put(["of"], e.currentTarget.value || undefined)}>
				{!known && <option value={of}>{of || t(w.ofNone)}</option>}
				<optgroup label={t(w.measures)}>{offers.measures.map((m) => <option key={m.id} value={m.id}>{t(m.title)}{m.unit && ` (${m.unit})`}</option>)}</optgroup>
				{groups.length > 0 && <optgroup label={t(w.groupsOf)}>{groups.map((g) => <option key={g.name} value={g.name}>{t(g.title)}</option>)}</optgroup>}
			</select>
		)} />
	);
}

function Groups({ kind }: { kind: string }) {
	const { offers } = useWork(), q = question.value, chosen = asList(q.group_by).map(String);
	const most = kind === "crosstab" ? 2 : kind === "survival" || kind === "attrition" ? 2 : 3;
	const time = ["year", "quarter", "month"], open = offers.groups.filter((g) => !time.includes(g.name) || hasEntry(q));
	const shown = [...open, ...chosen.filter((c) => !open.some((g) => g.name === c)).map((name) => ({ name, title: { en: name, zh: name }, labels: [] }))];
	const write = (to: string[]) => put(["group_by"], to.length === 0 ? undefined : to);
	if (shown.length === 0 || offers.groups.length === 0)
		return <Field label={t(w.groups)} hint={t(kind === "crosstab" ? w.groupsTwo : w.groupsHint)} field={(a) => <input {...a} value={chosen.join(" ")} onChange={(e) => write(e.currentTarget.value.split(/[\s,，、]+/).filter((x) => x !== ""))} />} />;
	return (
		<fieldset>
			<legend>{t(w.groups)}</legend>
			<div class="row">
				{shown.map((g) => (
					<label key={g.name} class="check" title={g.labels.length > 0 ? t(w.labels, list(g.labels)) : ""}>
						<input type="checkbox" checked={chosen.includes(g.name)} disabled={!chosen.includes(g.name) && chosen.length >= most}
							onChange={(e) => write(e.currentTarget.checked ? [...chosen, g.name] : chosen.filter((x) => x !== g.name))} />
						{t(g.title)}{g.labels.length > 0 && <small> ({number(g.labels.length)})</small>}
					</label>
				))}
			</div>
			<small>{t(kind === "crosstab" ? w.groupsTwo : w.groupsHint)}</small>
		</fieldset>
	);
}

const quantiles = [0.1, 0.25, 0.5, 0.75, 0.9];
/** "3 months": a number and a unit. */
function Length({ label, at }: { label: string; at: string }) {
	const m = /^(\d+) (day|week|month|year)s?$/.exec(String(question.value[at] ?? "")), n = m?.[1] ?? "", unit = m?.[2] ?? "month";
	const units = { day: w.days, week: w.weeks, month: w.monthsUnit, year: w.years };
	const write = (count: string, u: string) => put([at], count === "" ? undefined : `${Number(count)} ${u}s`, at);
	return (
		<span class="pair">
			<label>{label} <input type="number" min={1} class="days" value={n} placeholder="–" onInput={(e) => write(e.currentTarget.value, unit)} /></label>
			<select aria-label={`${label}: ${t(w.days)}`} value={unit} onChange={(e) => write(n, e.currentTarget.value)}>{Object.entries(units).map(([u, text]) => <option key={u} value={u}>{t(text)}</option>)}</select>
			{n === "" && <small>{t(w.own)}</small>}
		</span>
	);
}

export function Extras() {
	const q = question.value, kind = String(q.kind ?? ""), at = asList(q.at).map(Number), event = asMap(q.event), { setOpen } = useWork();
	if (kind === "" || kind === "distinct" && q.group_by === undefined && !needsDay(q) && q.on === undefined)
		return null;
	return (
		<section class="card" aria-labelledby="extras">
			<h2 id="extras"><Step n={3} />{t(w.result)}</h2>
			{(takes[kind]?.includes("of") || q.of !== undefined) && <Of kind={kind} />}
			{kind === "quantile" && (
				<fieldset>
					<legend>{t(w.at)}</legend>
					<div class="row">
						{[...new Set([...quantiles, ...at])].sort((a, b) => a - b).map((x) => (
							<label key={x} class="check"><input type="checkbox" checked={at.includes(x)} onChange={(e) => {
								const to = e.currentTarget.checked ? [...at, x].sort((a, b) => a - b) : at.filter((y) => y !== x);
								put(["at"], to.length === 0 ? undefined : to);
							}} />{number(x)}</label>
						))}
					</div>
					<small>{t(w.atAll)}</small>
				</fieldset>
			)}
			{kind === "survival" && (
				<fieldset>
					<legend>{t(w.event)}</legend>
					{!hasEntry(q) && <p class="mistake">{t(w.survivalEntry)}</p>}
					{isMap(q.event) ? <Card path={["event"]} part={event} where={{ entry: true, depth: 10 }} number="" /> : (
						<div class="members" data-list="event"><Adder list={["event"]} label={t(w.event)} where={{ entry: true, depth: 10 }} onAdd={(made) => { put(["event"], made); setOpen("event"); }} /></div>
					)}
					<div class="row lengths"><Length label={t(w.step)} at="step" /><Length label={t(w.horizon)} at="horizon" /></div>
				</fieldset>
			)}
			{kind !== "distinct" && <Groups kind={kind} />}
			{(needsDay(q) || q.on !== undefined) && (
				<Field label={t(w.on)} hint={needsDay(q) ? t(w.onHint) : undefined} field={(a) => (
					<input {...a} type="date" min="1800-01-01" max="2199-12-31" value={String(q.on ?? "")} onInput={(e) => put(["on"], e.currentTarget.value || undefined, "on")} />
				)} />
			)}
		</section>
	);
}
