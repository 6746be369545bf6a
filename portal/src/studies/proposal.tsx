// proposal.tsx - the form of a new study. What hospitals offer is a list to choose from, so that names are spelt as they spell them.
import { useEffect, useState } from "preact/hooks";
import { calls, Problem, type Catalogue, type Say } from "../api";
import { Failed, Field, Heading, useLoad, Waiting } from "../components/basics";
import { purposes } from "../duo";
import { language, say, t } from "../language";
import { go, unsaved } from "../router";
import { me } from "../session";
import { kinds } from "../words";
import { wanted } from "./wanted";

const words = {
	title: say("Propose a study", "提出课题"),
	lead: say("Hospitals decide, each for itself. What you write here becomes the entry that their officers review and sign.",
		"各医院自行决定。此处填写的内容将成为各医院合规人员审核并签署的条目。"),
	about: say("What it is", "基本信息"), who: say("Who takes part", "参与人员"), what: say("What it needs", "所需内容"),
	id: say("Short name", "课题编号"), idHint: say("Letters, digits and hyphens, such as DM-2026-01. It cannot be changed later.", "字母、数字和连字符，如 DM-2026-01，提交后不能更改。"),
	titleEn: say("Title in English", "英文标题"), titleZh: say("Title in Chinese", "中文标题"),
	purpose: say("Purpose", "目的"), purposeHint: say("At least one. Codes of the Data Use Ontology, or of the European Health Data Space.", "至少选一项；代码来自数据使用本体（DUO）或欧洲健康数据空间（EHDS）。"),
	disease: say("Disease (MONDO code)", "疾病（MONDO 代码）"), diseaseHint: say("Such as MONDO:0005148, type 2 diabetes.", "如 MONDO:0005148（2 型糖尿病）。"),
	from: say("From", "起"), to: say("Until", "止"),
	members: say("Members", "成员"), membersHint: say("An account a line, as in their certificates; you are one. Others are shown no answers of yours: they ask in their own name.", "每行一个账号，与其证书一致；您本人已包含在内。其他成员看不到您的结果，须以本人名义提问。"),
	role: say("Their role", "成员角色"), roleHint: say("As hospitals name roles in their policies: analyst, viewer.", "以各医院策略中的角色名为准，如 analyst、viewer。"),
	kinds: say("Kinds of question", "问题类型"),
	datasets: say("Datasets", "数据集"),
	mayUse: say("Data it may use", "可使用的数据"), mayUseHint: say("As little as the question needs: hospitals refuse what a study does not need.", "只选必需的内容：医院会拒绝课题不需要的数据。"),
	more: say("Other columns, one a line", "其他字段，每行一个"),
	budget: say("Privacy budget (rho)", "隐私预算（rho）"), budgetHint: say("A count costs about 0.024; 0.5 is about twenty of them at each hospital.", "一次计数约 0.024；0.5 约可在每家医院提问二十次。"),
	note: say("Note for the officers", "给合规人员的备注"),
	send: say("Propose", "提交"),
	needs: say("Fill this in.", "请填写。"),
	needsOne: say("Choose at least one.", "请至少选择一项。"),
	wrongDays: say("The last day is before the first.", "截止日期早于起始日期。"),
};
const asked = ["count", "histogram", "crosstab", "mean", "quantile", "survival", "attrition", "distinct"];

interface Draft { id: string; en: string; zh: string; purpose: string[]; disease: string; from: string; to: string; members: string; role: string;
	kinds: string[]; datasets: string[]; use: string[]; more: string; rho: string; note: string }

const iso = (years: number) => {
	const d = new Date();
	d.setFullYear(d.getFullYear() + years);
	return d.toISOString().slice(0, 10);
};
const lines = (s: string) => s.split(/[\n,，;；]/).map((x) => x.trim()).filter((x) => x !== "");

function Checks({ legend, hint, options, value, onChange, mistake }: {
	legend: string; hint?: string; options: { value: string; text: string; small?: string }[]; value: string[]; onChange: (v: string[]) => void; mistake?: string | undefined;
}) {
	return (
		<fieldset class="checks" aria-invalid={mistake ? true : undefined}>
			<legend>{legend}</legend>
			{(hint || mistake) && <small class={mistake ? "mistake" : ""}>{mistake ?? hint}</small>}
			{options.map((o) => (
				<label key={o.value}>
					<input type="checkbox" checked={value.includes(o.value)}
						onChange={(e) => onChange(e.currentTarget.checked ? [...value, o.value] : value.filter((v) => v !== o.value))} />
					<span>{o.text}{o.small && <small> {o.small}</small>}</span>
				</label>
			))}
		</fieldset>
	);
}

const datasetsOf = (c: Catalogue): { id: string; title: Say }[] => {
	const found = new Map<string, Say>();
	for (const s of c.sites)
		for (const d of s.datasets)
			found.set(d.id, d.title);
	return [...found].map(([id, title]) => ({ id, title }));
};

export function Proposal() {
	const { data: catalogue, problem, again } = useLoad(() => calls.catalogue(), []);
	const [d, setD] = useState<Draft>({ id: "", en: "", zh: "", purpose: [], disease: "", from: iso(0), to: iso(2), members: "", role: "analyst",
		kinds: ["count"], datasets: [], use: [], more: "", rho: "0.5", note: "" });
	const [tried, setTried] = useState(false);
	const [failed, setFailed] = useState<unknown>();
	useEffect(() => () => { unsaved.value = false; }, []);
	if (problem !== undefined)
		return <Failed problem={problem} again={again} />;
	if (!catalogue)
		return <Waiting />;
	const set = (change: Partial<Draft>) => { unsaved.value = true; setD({ ...d, ...change }); };
	const bad = {
		id: /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/.test(d.id) ? undefined : t(words.needs),
		title: d.en.trim() && d.zh.trim() ? undefined : t(words.needs),
		purpose: d.purpose.length > 0 || d.disease.trim() ? undefined : t(words.needsOne),
		days: d.from <= d.to ? undefined : t(words.wrongDays),
		kinds: d.kinds.length > 0 ? undefined : t(words.needsOne),
		datasets: d.datasets.length > 0 ? undefined : t(words.needsOne),
		use: d.use.length > 0 || d.more.trim() ? undefined : t(words.needsOne),
	};
	const when = (m: string | undefined) => (tried ? m : undefined);

	async function send(e: Event) {
		e.preventDefault();
		setTried(true);
		if (Object.values(bad).some((m) => m !== undefined)) {
			setTimeout(() => document.querySelector<HTMLElement>("[aria-invalid=true] input, input[aria-invalid=true]")?.focus());
			return;
		}
		const members = [...new Set([me.value!.account, ...lines(d.members)])].map((account) => ({ account, role: d.role.trim() }));
		try {
			const made = await calls.propose({ id: d.id, title: { en: d.en.trim(), zh: d.zh.trim() }, purpose: [...d.purpose, ...lines(d.disease)],
				members, kinds: d.kinds, datasets: d.datasets, may_use: [...new Set([...d.use.flatMap((u) => wanted(catalogue!, u)), ...lines(d.more)])],
				budget: { rho: d.rho.trim() }, valid: { from: d.from, to: d.to }, ...(d.note.trim() ? { note: d.note.trim() } : {}) });
			unsaved.value = false;
			go(`/studies/${encodeURIComponent(made.id)}`);
		} catch (x) {
			setFailed(x instanceof Problem ? x : new Problem(0, { en: String(x), zh: String(x) }));
			scrollTo(0, 0);
		}
	}
	const input = (key: keyof Draft, type = "text") => (a: object) => (
		<input {...a} type={type} value={d[key] as string} onInput={(e) => set({ [key]: e.currentTarget.value })} />
	);
	const area = (key: keyof Draft) => (a: object) => <textarea {...a} value={d[key] as string} onInput={(e) => set({ [key]: e.currentTarget.value })} />;
	return (
		<form onSubmit={(e) => void send(e)} novalidate>
			<Heading title={t(words.title)} lead={t(words.lead)} />
			{failed !== undefined && <Failed problem={failed} />}
			<section class="card">
				<h2>{t(words.about)}</h2>
				<Field label={t(words.id)} hint={t(words.idHint)} mistake={when(bad.id)} field={input("id")} />
				<div class="columns">
					<Field label={t(words.titleEn)} mistake={d.en.trim() ? undefined : when(bad.title)} field={input("en")} />
					<Field label={t(words.titleZh)} mistake={d.zh.trim() ? undefined : when(bad.title)} field={input("zh")} />
				</div>
				<Checks legend={t(words.purpose)} hint={t(words.purposeHint)} mistake={when(bad.purpose)} value={d.purpose} onChange={(purpose) => set({ purpose })}
					options={Object.entries(purposes).map(([value, text]) => ({ value, text: t(text), small: value }))} />
				<Field label={t(words.disease)} hint={t(words.diseaseHint)} field={input("disease")} />
				<div class="columns">
					<Field label={t(words.from)} mistake={when(bad.days)} field={input("from", "date")} />
					<Field label={t(words.to)} mistake={when(bad.days)} field={input("to", "date")} />
				</div>
			</section>
			<section class="card">
				<h2>{t(words.who)}</h2>
				<Field label={t(words.members)} hint={t(words.membersHint)} field={area("members")} />
				<Field label={t(words.role)} hint={t(words.roleHint)} field={input("role")} />
			</section>
			<section class="card">
				<h2>{t(words.what)}</h2>
				<Checks legend={t(words.kinds)} mistake={when(bad.kinds)} value={d.kinds} onChange={(v) => set({ kinds: v })}
					options={asked.map((value) => ({ value, text: t(kinds[value]!) }))} />
				{datasetsOf(catalogue).length > 0 ? (
					<Checks legend={t(words.datasets)} mistake={when(bad.datasets)} value={d.datasets} onChange={(datasets) => set({ datasets })}
						options={datasetsOf(catalogue).map((x) => ({ value: x.id, text: t(x.title), small: x.id }))} />
				) : (
					<Field label={t(words.datasets)} mistake={when(bad.datasets)} field={(a) => (
						<input {...a} value={d.datasets.join(", ")} onInput={(e) => set({ datasets: lines(e.currentTarget.value) })} />
					)} />
				)}
				<Checks legend={t(words.mayUse)} hint={t(words.mayUseHint)} mistake={when(bad.use)} value={d.use} onChange={(use) => set({ use })}
					options={offeredNames(catalogue, d.datasets)} />
				<Field label={t(words.more)} field={area("more")} />
				<Field label={t(words.budget)} hint={t(words.budgetHint)} field={(a) => <input {...a} inputMode="decimal" value={d.rho} onInput={(e) => set({ rho: e.currentTarget.value })} />} />
				<Field label={t(words.note)} field={area("note")} />
			</section>
			<p><button type="submit" class="first">{t(words.send)}</button></p>
		</form>
	);
}

/** Groups, events and measures of the chosen datasets, each once, over all hospitals. */
function offeredNames(c: Catalogue, datasets: string[]): { value: string; text: string; small?: string }[] {
	const found = new Map<string, { value: string; text: string; small?: string }>();
	for (const dataset of c.sites.flatMap((s) => s.datasets).filter((x) => datasets.includes(x.id))) {
		for (const g of dataset.groups)
			found.set(`group:${g.name}`, { value: `group:${g.name}`, text: t(g.title) });
		for (const e of dataset.events)
			found.set(`event:${e.event}`, { value: `event:${e.event}`, text: t(e.title) });
		for (const m of dataset.measures)
			found.set(`measure:${m.id}`, { value: `measure:${m.id}`, text: t(m.title), small: m.unit });
	}
	return [...found.values()].sort((a, b) => a.text.localeCompare(b.text, language.value));
}
