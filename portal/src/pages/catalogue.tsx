// catalogue.tsx - what each hospital offers, as its signed policy says; how many people, as protected numbers; and how it all hangs together.
import { useEffect, useState } from "preact/hooks";
import { calls, type Catalogue, type Coverage, type OfferedDataset, type SiteCatalogue } from "../api";
import { Failed, Heading, Sign, Table, useLoad, Waiting } from "../components/basics";
import { Beside } from "../catalogue/beside";
import { Graph } from "../catalogue/graph";
import { Told } from "../components/told";
import { day, list, number, say, t } from "../language";
import { Link, place } from "../router";
import { me } from "../session";
import { cellStates, kinds, words as shared } from "../words";
import { standards, steps, systems, uses } from "../catalogue/words";

const words = {
	title: say("Catalogue", "数据目录"),
	lead: say("What hospitals offer, as their signed policies say. Nothing here comes from a record but the numbers under “How many people”, which are protected answers.",
		"各医院按已签署的策略所提供的数据。除“人数概览”为受保护的统计结果外，其余内容均不来自病历。"),
	search: say("Search", "搜索"), searchHint: say("A dataset, event, group, measure or study, in either language", "数据集、事件、分组、指标或课题，中英文均可"),
	list: say("By hospital", "按医院"), beside: say("Side by side", "并列对比"), graph: say("How it relates", "关系图"), view: say("View", "视图"),
	nothing: say("Nothing fits “{0}”.", "没有与“{0}”匹配的内容。"),
	empty: say("No hospital has said yet what it offers.", "尚无医院公布其提供的内容。"),
	coverage: say("How many people", "人数概览"),
	coverageLead: say("Counts asked once for the catalogue and paid for there, with their 95 % intervals.", "为本目录统一提问并计费的计数结果，附 95 % 区间。"),
	who: say("people with", "人群"),
	export: say("As JSON-LD (DCAT)", "导出 JSON-LD（DCAT）"),
	online: say("online", "在线"), offline: say("offline", "离线"),
	policy: say("policy version {0}", "策略第 {0} 版"), data: say("data of {0}", "数据日期 {0}"),
	closed: say("This hospital shows its offer to nobody here.", "该医院未公开其目录。"),
	yours: say("This hospital shows what your studies may use.", "该医院仅展示您的课题可用的内容。"),
	noneYours: say("This hospital shows its offer to members of its studies alone.", "该医院仅向其课题成员展示目录。"),
	kinds: say("Questions: {0}", "可提问类型：{0}"), secure: say("also as a secure sum", "支持安全求和"),
	studies: say("Your studies here: ", "您在此医院的课题："),
	span: say("{0} to {1}", "{0} 至 {1}"), level: say("level {0} data", "{0} 级数据"),
	events: say("Events", "事件"), event: say("event", "事件"), codes: say("codes", "编码"), days: say("days", "日期粒度"), also: say("also", "其他条件"),
	groups: say("Groups", "分组"), group: say("group", "分组"), labels: say("labels", "类别"),
	measures: say("Measures", "指标"), measure: say("measure", "指标"), unit: say("unit", "单位"), range: say("range", "范围"), cuts: say("cut points", "切点"),
	rangeOf: say("{0} – {1}", "{0} – {1}"),
	ask: say("Ask a question", "提问"),
};

function Dataset({ d, open }: { d: OfferedDataset; open: boolean }) {
	const facts = [d.model ? standards[d.model] ?? d.model : "", d.level ? t(words.level, d.level) : "", d.span ? t(words.span, day(d.span.from), day(d.span.to)) : ""].filter((x) => x);
	return (
		<details class="dataset" open={open}>
			<summary><strong>{t(d.title)}</strong> <small><code>{d.id}</code> {facts.join(" · ")}</small></summary>
			{d.events.length > 0 && <><h4>{t(words.events)}</h4><Table stack caption={t(words.events)} rows={d.events} columns={[
				{ head: t(words.event), cell: (e) => t(e.title) },
				{ head: t(words.codes), cell: (e) => e.codes.map((c) => systems[c] ?? c).join(", ") },
				{ head: t(words.days), cell: (e) => (e.steps && steps[e.steps] ? t(steps[e.steps]!) : t(shared.none)) },
				{ head: t(words.also), cell: (e) => list(e.uses.map((u) => (uses[u] ? t(uses[u]!) : u))) },
			]} /></>}
			{d.groups.length > 0 && <><h4>{t(words.groups)}</h4><Table stack caption={t(words.groups)} rows={d.groups} columns={[
				{ head: t(words.group), cell: (g) => <>{t(g.title)} <small><code>{g.name}</code></small></> },
				{ head: t(words.labels), cell: (g) => <Labels of={g.labels} /> },
			]} /></>}
			{d.measures.length > 0 && <><h4>{t(words.measures)}</h4><Table stack caption={t(words.measures)} rows={d.measures} columns={[
				{ head: t(words.measure), cell: (m) => <>{t(m.title)} <small><code>{m.id}</code></small></> },
				{ head: t(words.unit), cell: (m) => m.unit },
				{ head: t(words.range), cell: (m) => t(words.rangeOf, number(m.low), number(m.high)) },
				{ head: t(words.cuts), cell: (m) => m.cuts.map((c) => number(c)).join("  ") },
			]} /></>}
		</details>
	);
}

const SHOWN_LABELS = 12;
function Labels({ of }: { of: string[] }) {
	const rest = of.length - SHOWN_LABELS;
	return rest <= 0 ? <>{of.join(", ")}</> : <details><summary>{of.slice(0, SHOWN_LABELS).join(", ")} … +{rest}</summary>{of.slice(SHOWN_LABELS).join(", ")}</details>;
}

function Site({ s, open }: { s: SiteCatalogue; open: boolean }) {
	return (
		<section class="card" aria-label={s.site}>
			<p class="entry-head">
				<strong class="big">{s.site}</strong> <span>{t(s.title)}</span>
				<Sign sign={s.online ? "●" : "○"} tone={s.online ? "good" : "fair"} text={t(s.online ? words.online : words.offline)} />
				<span class="aside">{t(words.policy, s.policy.version)} · {t(words.data, day(s.data))}</span>
			</p>
			{s.shown === "none" ? <p>{t(words.closed)}</p>
				: s.datasets.length === 0 ? <p>{t(words.noneYours)}</p>
					: <p>{t(words.kinds, list(s.kinds.map((k) => (kinds[k] ? t(kinds[k]!) : k))))}{s.modes.includes("secure") && ` · ${t(words.secure)}`}
						{s.shown === "studies" && <small class="under">{t(words.yours)}</small>}</p>}
			{s.studies.length > 0 && <p>{t(words.studies)}{s.studies.map((x, i) => <>{i > 0 && ", "}<Link href={`/studies/${encodeURIComponent(x.id)}`}>{t(x.title)}</Link></>)}</p>}
			{s.datasets.map((d) => <Dataset key={d.id} d={d} open={open} />)}
		</section>
	);
}

function CoverageTable({ rows }: { rows: Coverage[] }) {
	const sites = [...new Set(rows.flatMap((r) => r.sites.map((s) => s.site)))];
	return (
		<section class="card">
			<h2>{t(words.coverage)}</h2>
			<p>{t(words.coverageLead)}</p>
			<Table caption={t(words.coverage)} rows={rows} columns={[
				{ head: t(words.who), cell: (r) => <Told of={r.label} /> },
				...sites.map((site) => ({ head: site, number: true, cell: (r: Coverage) => {
					const x = r.sites.find((y) => y.site === site);
					if (x?.value === undefined)
						return <small>{x?.threshold !== undefined ? t(cellStates.suppressed, x.threshold) : "–"}</small>;
					return <>{number(Math.max(0, x.value))}{x.interval && <small class="under">{number(x.interval[0])} – {number(x.interval[1])}</small>}</>;
				} })),
			]} />
		</section>
	);
}

export default function Page() {
	const [word, setWord] = useState(place.value.query.get("q") ?? "");
	const [asked, setAsked] = useState(word);
	const [view, setView] = useState<"list" | "beside" | "graph">("list");
	const { data, problem, again } = useLoad<Catalogue>(() => calls.catalogue(asked), [asked]);
	useEffect(() => {
		const timer = setTimeout(() => {
			setAsked(word.trim());
			history.replaceState(null, "", word.trim() ? `/catalogue?q=${encodeURIComponent(word.trim())}` : "/catalogue");
		}, 250);
		return () => clearTimeout(timer);
	}, [word]);
	const covered = data?.coverage.filter((r) => [r.label.en, r.label.zh].some((l) => l.toLowerCase().includes(asked.toLowerCase()))) ?? [];
	return (
		<>
			<Heading title={t(words.title)} lead={t(words.lead)}>
				<a class="button" href="/v1/catalogue.jsonld" download="cordon-catalogue.jsonld">{t(words.export)}</a>
				{me.value?.role === "researcher" && <Link class="button first" href="/ask">{t(words.ask)}</Link>}
			</Heading>
			<div class="search-row">
				<input type="search" aria-label={t(words.search)} placeholder={t(words.searchHint)} value={word} onInput={(e) => setWord(e.currentTarget.value)} />
				<div class="languages" role="group" aria-label={t(words.view)}>
					{(["list", "beside", "graph"] as const).map((v) => <button key={v} type="button" aria-pressed={view === v} onClick={() => setView(v)}>{t(words[v])}</button>)}
				</div>
			</div>
			{problem !== undefined ? <Failed problem={problem} again={again} /> : !data ? <Waiting /> : (
				<div aria-live="polite">
					{data.sites.length === 0 ? <p class="empty">{asked ? t(words.nothing, asked) : t(words.empty)}</p>
						: view === "graph" ? <section class="card"><Graph of={data} /></section>
						: view === "beside" ? <Beside of={data} />
							: <>{covered.length > 0 && <CoverageTable rows={covered} />}{data.sites.map((s) => <Site key={s.site} s={s} open={asked !== ""} />)}</>}
				</div>
			)}
		</>
	);
}
