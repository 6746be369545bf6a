// cohort.tsx - who is counted: the starting event, what must hold, what must not.
import { useState } from "preact/hooks";

import type { OfferedParam } from "../api";
import { t } from "../language";
import { useWork } from "./context";
import { entriesOf, hasEntry, ownCohort, readEdge } from "./criteria";
import { put, question, replace } from "./history";
import { Adder, Card, Kept, Members } from "./list";
import { asList, asMap, type Json, type Map } from "./path";
import { Step } from "./what";
import { periods, w } from "./words";
import { WindowsLine } from "./window";

const known = new Set(["entry", "index", "observed", "all", "any", "none"]);

function Observed({ value }: { value: Json | undefined }) {
	const v = asMap(value), days = (k: "before" | "after") => {
		const n = readEdge(v[k]);
		return n === null || !Number.isFinite(n) ? "" : n;
	};
	const side = (k: "before" | "after", label: string) => (
		<label class="pair">{label}{" "}
			<input type="number" class="days" min={0} max={36600} value={days(k)} placeholder="0" onInput={(e) => {
				const n = e.currentTarget.value;
				const { [k]: _, ...rest } = v, next = n === "" ? rest : { ...v, [k]: `${Number(n)} days` };
				put(["cohort", "observed"], Object.keys(next).length === 0 ? undefined : next, `observed-${k}`);
			}} />
		</label>
	);
	return (
		<fieldset>
			<legend>{t(w.observed)}</legend>
			<div class="row">{side("before", t(w.observedBefore))}{side("after", t(w.observedAfter))}</div>
		</fieldset>
	);
}

function Start({ cohort }: { cohort: Map }) {
	const { setOpen } = useWork(), entries = entriesOf(cohort), one = cohort.entry !== undefined && !Array.isArray(cohort.entry);
	const index = ["first", "last", "each"].includes(String(cohort.index)) ? String(cohort.index) : "first";
	const [more, setMore] = useState(false);
	// What stood alone becomes a list when a second one comes: the same to the language.
	const onAdd = (made: Map) => {
		put(["cohort", "entry"], [...entries, made]);
		setOpen(`cohort/entry/${entries.length}`);
	};
	return (
		<section class="card" aria-labelledby="start">
			<h3 id="start">{t(w.start)}</h3>
			<p class="lead">{t(w.startLead)}</p>
			<div class="members" data-list="cohort/entry">
				{entries.map((e, i) => <Card key={i} path={one ? ["cohort", "entry"] : ["cohort", "entry", i]} part={e} where={{ entry: true, depth: 1 }} number={String(i + 1)} />)}
				<Adder list={["cohort", "entry"]} label={t(w.start)} where={{ entry: true, depth: 1 }} onAdd={onAdd} />
			</div>
			{entries.length > 0 && (
				<div class="row start-how">
					<label class="pair">{t(w.index)}{" "}
						<select value={index} onChange={(e) => put(["cohort", "index"], e.currentTarget.value === "first" ? undefined : e.currentTarget.value)}>
							<option value="first">{t(w.indexFirst)}</option><option value="last">{t(w.indexLast)}</option><option value="each">{t(w.indexEach)}</option>
						</select>
					</label>
					<details class="fine" open={more || cohort.observed !== undefined} onToggle={(e) => setMore(e.currentTarget.open)}>
						<summary>{t(w.observed)}</summary>
						<Observed value={cohort.observed} />
					</details>
				</div>
			)}
		</section>
	);
}

/** Whole questions that hospitals of the study may well answer, to begin with something that works. */
function Examples() {
	const { offers } = useWork(), q = question.value, has = (e: string) => offers.events.some((x) => x.event === e);
	const step = offers.window || 1, days = `${Math.max(1, Math.round(90 / step)) * step} days`;
	const timed: Map = { entry: [{ condition: ["201826+"], first: "yes" }], all: [{ drug: ["1503297+"], within: { from: "0 days", to: days } }] };
	const women = offers.groups.find((g) => g.name === "sex")?.labels.find((l) => /^(女|f)/i.test(l));
	const known = [...(has("condition") && has("drug") && offers.window !== 0 ? [{ text: w.exampleTimed, cohort: timed }] : []),
		...(has("condition") && women !== undefined ? [{ text: w.exampleWomen, cohort: { all: [{ condition: ["201826+"] }, { sex: women }] } as Map }] : [])];
	if (known.length === 0)
		return null;
	return <p class="lead">{t(w.exampleLead)} {known.map((x) => <button key={x.text.en} type="button" class="tiny" onClick={() => replace({ ...q, cohort: x.cohort })}>{t(x.text)}</button>)}</p>;
}

/** Another cohort: what the one before was given goes with it. */
const take = (cohort: string | Map) => {
	const { params: _, filter: __, ...rest } = question.value;
	replace({ ...rest, cohort });
};

/** Cohorts that officers prepared for this study, to take one instead of composing. */
function Prepared() {
	const { offers } = useWork(), q = question.value, own = ownCohort(q) !== null;
	const here = offers.cohorts.filter((c) => c.kinds.includes(String(q.kind)) || c.id === q.cohort);
	if (here.length === 0)
		return null;
	return (
		<label class="pair">{t(w.prepared)}{" "}
			<select value={own ? "" : String(q.cohort)} onChange={(e) => take(e.currentTarget.value || {})}>
				<option value="">{t(w.preparedNone)}</option>
				{here.map((c) => <option key={c.id} value={c.id}>{t(c.title) === "" ? c.id : `${t(c.title)} (${c.id})`}</option>)}
			</select>
		</label>
	);
}

/** What one parameter is given; what it was given elsewhere stays, also if no hospital offers it. */
function Param({ of }: { of: OfferedParam }) {
	const given = asMap(question.value.params)[of.name], value = given === undefined ? "" : String(given);
	const set = (next: string) => put(["params", of.name], next === "" ? undefined : next, `param-${of.name}`);
	const hint = of.takes === "period" && of.span ? t(w.paramPeriod, t(periods[of.step ?? "day"]!), of.span.from, of.span.to) : of.takes === "code" ? t(w.paramCode) : "";
	return (
		<label class="pair"><code>{of.name}</code>{" "}
			{of.takes === "value" && of.values.length > 0
				? <select value={value} onChange={(e) => set(e.currentTarget.value)}>
					<option value="" />
					{[...new Set([...of.values, ...(value === "" ? [] : [value])])].map((v) => <option key={v} value={v}>{v}</option>)}
				</select>
				: <input type="text" value={value} placeholder={of.takes === "period" ? "2025-01" : ""} onInput={(e) => set(e.currentTarget.value.trim())} />}
			{hint !== "" && <small>{" "}{hint}</small>}
		</label>
	);
}

function Officers() {
	const { offers } = useWork(), q = question.value, offered = offers.cohorts.find((c) => c.id === q.cohort);
	const params = offered?.params ?? [], rest = Object.entries(q).filter(([k]) => k === "filter" || (k === "params" && offered === undefined));
	return (
		<section class="card">
			<h2><Step n={2} />{t(w.who)}</h2>
			<Prepared />
			{offered === undefined && <p>{t(w.officer, String(q.cohort))}</p>}
			{params.map((p) => <p key={p.name}><Param of={p} /></p>)}
			<Kept of={rest} path={[]} />
			{offered === undefined && <button type="button" onClick={() => take({})}>{t(w.ownInstead)}</button>}
		</section>
	);
}

export function Cohort() {
	const q = question.value, cohort = ownCohort(q);
	if (cohort === null)
		return <Officers />;
	const rest = Object.entries(cohort).filter(([k, v]) => !known.has(k) || (["all", "any", "none"].includes(k) && !Array.isArray(v)));
	const empty = !hasEntry(q) && ["all", "any", "none"].every((k) => asList(cohort[k]).length === 0);
	return (
		<>
			<div class="part"><h2><Step n={2} />{t(w.who)}</h2><Prepared />{empty && <Examples />}</div>
			<Start cohort={cohort} />
			<section class="card" aria-labelledby="all">
				<h3 id="all">{t(w.all)}</h3>
				{q.kind === "attrition" && <p class="lead">{t(w.attritionOrder)}</p>}
				{empty && <p class="lead">{t(w.everybody)}</p>}
				<Members list={["cohort", "all"]} label={t(w.all)} where={{ depth: 1 }} />
			</section>
			{asList(cohort.any).length > 0 && (
				<section class="card" aria-labelledby="any">
					<h3 id="any">{t(w.any)}</h3>
					<Members list={["cohort", "any"]} label={t(w.any)} where={{ depth: 2 }} />
				</section>
			)}
			<section class="card" aria-labelledby="none">
				<h3 id="none">{t(w.none)}</h3>
				<Members list={["cohort", "none"]} label={t(w.none)} where={{ depth: 2 }} />
				<Kept of={rest} path={["cohort"]} />
				<Kept of={Object.entries(q).filter(([k]) => k === "sets" || k === "filter" || k === "params")} path={[]} />
			</section>
			{hasEntry(q) && <TimelineCard />}
		</>
	);
}
function TimelineCard() {
	const any = JSON.stringify(question.value.cohort ?? null).includes('"within"');
	return any ? <section class="card" aria-labelledby="line"><h3 id="line">{t(w.timeline)}</h3><WindowsLine /></section> : null;
}
