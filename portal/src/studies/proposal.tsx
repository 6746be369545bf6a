// proposal.tsx - the form of a new study. What hospitals offer is a list to choose from, so that names are spelt as they spell them.
import { useRef, useState } from "preact/hooks";
import { calls, Problem, type Catalogue, type Say, type Study } from "../api";
import { Failed, Field, Heading, useLoad, Waiting } from "../components/basics";
import { purposes } from "../duo";
import { language, list, number, say, t } from "../language";
import { go } from "../router";
import { me } from "../session";
import { kinds } from "../words";
import { empty, keep, takeUp, type Draft } from "./draft";
import { mistakesOf, type Mistakes } from "./mistakes";
import { datasetsOf, offered, wanted, type Choice } from "./wanted";

const words = {
	title: say("Propose a study", "提出课题"),
	lead: say("Hospitals decide, each for itself. What you write here becomes the entry that their officers review and sign.",
		"各医院自行决定。此处填写的内容将成为各医院合规人员审核并签署的条目。"),
	about: say("What it is", "基本信息"), who: say("Who takes part", "参与人员"), what: say("What it needs", "所需内容"),
	id: say("Short name", "课题编号"), idHint: say("Letters, digits and hyphens, such as DM-2026-01. It cannot be changed later.", "字母、数字和连字符，如 DM-2026-01，提交后不能更改。"),
	titleEn: say("Title in English", "英文标题"), titleZh: say("Title in Chinese", "中文标题"),
	purpose: say("Purpose", "目的"), purposeHint: say("At least one, here or below.", "在此处或下方至少选择一项。"),
	duo: say("Data Use Ontology", "数据使用本体（DUO）"), ehds: say("European Health Data Space", "欧洲健康数据空间（EHDS）"),
	disease: say("Disease (MONDO code)", "疾病（MONDO 代码）"), diseaseHint: say("Such as MONDO:0005148, type 2 diabetes.", "如 MONDO:0005148（2 型糖尿病）。"),
	from: say("From", "起"), to: say("Until", "止"),
	members: say("Other members", "其他成员"), membersHint: say("An account a line, as in their certificates. They see none of your answers: each asks in their own name.", "每行一个账号，与其证书一致。其他成员看不到您的结果，须以本人名义提问。"),
	you: say("You are a member: {0}", "您本人即为成员：{0}"),
	role: say("Everybody's role", "成员角色"), roleHint: say("As hospitals name roles in their policies: analyst, viewer.", "以各医院策略中的角色名为准，如 analyst、viewer。"),
	kinds: say("Kinds of question", "问题类型"),
	datasets: say("Datasets", "数据集"), datasetsHint: say("As hospitals name them; commas between.", "以各医院的名称为准，用逗号分隔。"),
	mayUse: say("Data it may use", "可使用的数据"), mayUseHint: say("As little as the question needs: hospitals refuse what a study does not need.", "只选必需的内容：医院会拒绝课题不需要的数据。"),
	first: say("Choose a dataset first; what hospitals offer of it then stands here.", "请先选择数据集，此处将列出各医院提供的内容。"),
	groups: say("About people", "人员属性"), events: say("Events", "事件"), measures: say("Measures", "指标"),
	only: say("only {0}", "仅{0}"),
	columns: say("Columns the entry will list: {0}", "条目将列出的字段：{0} 个"),
	more: say("Other columns, one a line", "其他字段，每行一个"), moreHint: say("As in a hospital's policy: schema.table.column.", "以医院策略中的写法为准：模式.表.字段。"),
	budget: say("Privacy budget (rho)", "隐私预算（rho）"), budgetHint: say("A count costs about 0.024; 0.5 is about twenty of them at each hospital. Empty: the hospitals say how much.", "一次计数约 0.024；0.5 约可在每家医院提问二十次。留空则由医院决定。"),
	note: say("Note for the officers", "给合规人员的备注"),
	send: say("Propose", "提交"), clear: say("Start over", "清空重填"),
	kept: say("This is what you had written before.", "已恢复您之前填写的内容。"),
	needs: say("Fill this in.", "请填写。"),
	wrongId: say("Letters, digits, hyphens, dots and underscores, at most 63.", "仅限字母、数字、连字符、点和下划线，最多 63 个。"),
	needsOne: say("Choose at least one.", "请至少选择一项。"),
	wrongDays: say("The last day is before the first.", "截止日期早于起始日期。"),
	wrongRho: say("A decimal number above 0, such as 0.5.", "请填写大于 0 的小数，如 0.5。"),
	look: say("Some fields need another look; nothing was sent.", "部分字段需要修改，尚未提交。"),
	lookSent: say("The gateway did not take this proposal. See the marked fields.", "网关未接受此申请，请查看标出的字段。"),
};
const asked = ["count", "histogram", "crosstab", "mean", "quantile", "survival", "attrition", "distinct"];

const codes = (s: string) => s.split(/[\n,，;；]+/).map((x) => x.trim()).filter((x) => x !== "");
const lines = (s: string) => s.split(/[\s,，;；]+/).filter((x) => x !== "");
const sorted = (of: Choice[]) => of.map((x) => ({ ...x, text: t(x.title) })).sort((a, b) => a.text.localeCompare(b.text, language.value));

interface Option { value: string; text: string; small?: string | undefined }
function Checks({ legend, hint, options, value, onChange, mistake }: {
	legend: string; hint?: string; options: Option[]; value: string[]; onChange: (v: string[]) => void; mistake?: string | undefined;
}) {
	return (
		<fieldset class={`checks ${mistake ? "wrong" : ""}`}>
			<legend>{legend}{mistake && <small class="mistake under">{mistake}</small>}{hint && !mistake && <small class="under">{hint}</small>}</legend>
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

/** As it is sent. Fields are in the order of the form. */
function studyOf(d: Draft, c: Catalogue): Partial<Study> {
	const members = [...new Set([me.value!.account, ...lines(d.members)])];
	return {
		id: d.id.trim(), title: { en: d.en.trim(), zh: d.zh.trim() }, purpose: [...d.purpose, ...codes(d.disease)], valid: { from: d.from, to: d.to },
		members: members.map((account) => ({ account, role: d.role.trim() })), kinds: d.kinds, datasets: d.datasets,
		may_use: [...new Set([...wanted(c, d.datasets, d.use), ...lines(d.more)])],
		...(d.rho.trim() && { budget: { rho: d.rho.trim() } }), ...(d.note.trim() && { note: d.note.trim() }),
	};
}

type Where = keyof Study | "en" | "zh";
/** What the page itself can tell. The gateway looks again. */
function mistakes(d: Draft, s: Partial<Study>): Partial<Record<Where, Say>> {
	const found: Partial<Record<Where, Say>> = {};
	const must = (fits: boolean, at: Where, text: Say) => { if (!fits) found[at] = text; };
	must(/^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/.test(s.id!), "id", s.id === "" ? words.needs : words.wrongId);
	must(d.en.trim() !== "", "en", words.needs);
	must(d.zh.trim() !== "", "zh", words.needs);
	must(s.purpose!.length > 0, "purpose", words.needsOne);
	must(d.from !== "" && d.to !== "", "valid", words.needs);
	must(d.from <= d.to, "valid", words.wrongDays);
	must(d.role.trim() !== "", "members", words.needs);
	must(d.kinds.length > 0, "kinds", words.needsOne);
	must(d.datasets.length > 0, "datasets", words.needsOne);
	must(s.may_use!.length > 0, "may_use", words.needsOne);
	must(d.rho.trim() === "" || /^\d+(\.\d+)?$/.test(d.rho.trim()) && Number(d.rho) > 0, "budget", words.wrongRho);
	return found;
}

function Form({ catalogue }: { catalogue: Catalogue }) {
	const account = me.value!.account;
	const [d, setD] = useState(() => takeUp(account) ?? empty());
	const [kept, setKept] = useState(() => takeUp(account) !== null);
	const [tried, setTried] = useState(false);
	const [said, setSaid] = useState<Mistakes>({});
	const [failed, setFailed] = useState<unknown>();
	const [busy, setBusy] = useState(false);
	const form = useRef<HTMLFormElement>(null);

	const study = studyOf(d, catalogue), bad = mistakes(d, study), choices = datasetsOf(catalogue), data = offered(catalogue, d.datasets);
	const set = (change: Partial<Draft>, at?: keyof Study) => {
		const next = { ...d, ...change };
		setD(next);
		keep(account, next);
		if (at && said[at])
			setSaid({ ...said, [at]: undefined });
	};
	const wrong = (...at: Where[]): string | undefined => {
		for (const k of at) {
			if (tried && bad[k])
				return t(bad[k]!);
			const s = said[k as keyof Study];
			if (s)
				return s.map((x) => t(x)).join(" · ");
		}
		return undefined;
	};
	const ofPurpose = d.disease.trim() ? undefined : wrong("purpose"); // the codes to tick are right: a wrong one was written
	const toFirst = () => setTimeout(() => form.current?.querySelector<HTMLElement>("[aria-invalid=true], .wrong input")?.focus());

	async function send(e: Event) {
		e.preventDefault();
		setTried(true);
		setSaid({});
		setFailed(undefined);
		if (Object.keys(bad).length > 0) {
			setFailed(new Problem(0, words.look));
			toFirst();
			return;
		}
		setBusy(true);
		try {
			const made = await calls.propose(study);
			keep(account, null);
			go(`/studies/${encodeURIComponent(made.id)}`);
		} catch (x) {
			const { at, rest } = x instanceof Problem ? mistakesOf(x, study) : { at: {}, rest: [] };
			setBusy(false);
			setSaid(at);
			if (Object.keys(at).length > 0 && rest.length === 0)
				setFailed(new Problem(0, words.lookSent));
			else
				setFailed(x);
			if (Object.keys(at).length > 0)
				toFirst();
			else
				scrollTo(0, 0);
		}
	}
	function clear() {
		keep(account, null);
		setD(empty());
		setKept(false);
		setTried(false);
		setSaid({});
		setFailed(undefined);
		form.current?.querySelector("input")?.focus();
	}
	const input = (key: keyof Draft, at: keyof Study, type = "text") => (a: object) => (
		<input {...a} type={type} value={d[key] as string} onInput={(e) => set({ [key]: e.currentTarget.value }, at)} />
	);
	const area = (key: keyof Draft, at: keyof Study) => (a: object) => (
		<textarea {...a} rows={3} value={d[key] as string} onInput={(e) => set({ [key]: e.currentTarget.value }, at)} />
	);
	const purposesOf = (prefix: string): Option[] => Object.entries(purposes).filter(([code]) => code.startsWith(prefix))
		.map(([value, text]) => ({ value, text: t(text), small: value }));
	const use = (of: Choice[]): Option[] => sorted(of).map((x) => ({ value: x.value, text: x.text,
		small: [x.small, x.sites.length < catalogue.sites.length ? t(words.only, list(x.sites)) : ""].filter((s) => s).join(" · ") }));
	const roles = [...new Set(["analyst", "viewer", ...catalogue.sites.flatMap((s) => s.studies.map((x) => x.role))])];

	return (
		<form ref={form} class="proposal" onSubmit={(e) => void send(e)} novalidate>
			<Heading title={t(words.title)} lead={t(words.lead)}>
				{kept && <button type="button" onClick={clear}>{t(words.clear)}</button>}
			</Heading>
			{kept && failed === undefined && <div class="notice" role="status"><p>{t(words.kept)}</p></div>}
			{failed !== undefined && <Failed problem={failed} />}
			<section class="card">
				<h2>{t(words.about)}</h2>
				<Field label={t(words.id)} hint={t(words.idHint)} mistake={wrong("id")} field={input("id", "id")} />
				<div class="columns">
					<Field label={t(words.titleEn)} mistake={wrong("en", "title")} field={input("en", "title")} />
					<Field label={t(words.titleZh)} mistake={wrong("zh", "title")} field={input("zh", "title")} />
				</div>
				<h3>{t(words.purpose)}</h3>
				<p class={ofPurpose ? "mistake" : "lead"}>{ofPurpose ?? t(words.purposeHint)}</p>
				<div class="columns">
					{([["DUO:", words.duo], ["EHDS-53:", words.ehds]] as const).map(([prefix, legend]) => (
						<Checks key={prefix} legend={t(legend)} value={d.purpose} onChange={(purpose) => set({ purpose }, "purpose")} options={purposesOf(prefix)} />
					))}
				</div>
				<Field label={t(words.disease)} hint={t(words.diseaseHint)} mistake={d.disease.trim() ? wrong("purpose") : undefined} field={input("disease", "purpose")} />
				<div class="columns">
					<Field label={t(words.from)} mistake={wrong("valid")} field={input("from", "valid", "date")} />
					<Field label={t(words.to)} mistake={wrong("valid")} field={input("to", "valid", "date")} />
				</div>
			</section>
			<section class="card">
				<h2>{t(words.who)}</h2>
				<p>{t(words.you, account)}</p>
				<div class="columns">
					<Field label={t(words.members)} hint={t(words.membersHint)} mistake={said.members && wrong("members")} field={area("members", "members")} />
					<Field label={t(words.role)} hint={t(words.roleHint)} mistake={d.role.trim() ? undefined : wrong("members")} field={(a) => (
						<><input {...a} list="proposal-roles" value={d.role} onInput={(e) => set({ role: e.currentTarget.value }, "members")} />
							<datalist id="proposal-roles">{roles.map((r) => <option key={r} value={r} />)}</datalist></>
					)} />
				</div>
			</section>
			<section class="card">
				<h2>{t(words.what)}</h2>
				<div class="columns">
					<Checks legend={t(words.kinds)} mistake={wrong("kinds")} value={d.kinds} onChange={(v) => set({ kinds: v }, "kinds")}
						options={asked.map((value) => ({ value, text: t(kinds[value]!) }))} />
					{choices.length > 0 ? (
						<Checks legend={t(words.datasets)} mistake={wrong("datasets")} value={d.datasets} onChange={(datasets) => set({ datasets }, "datasets")} options={use(choices)} />
					) : (
						<Field label={t(words.datasets)} hint={t(words.datasetsHint)} mistake={wrong("datasets")} field={(a) => (
							<input {...a} value={d.datasets.join(", ")} onChange={(e) => set({ datasets: lines(e.currentTarget.value) }, "datasets")} />
						)} />
					)}
				</div>
				<h3>{t(words.mayUse)}</h3>
				<p class={wrong("may_use") ? "mistake" : "lead"}>{wrong("may_use") ?? t(words.mayUseHint)}</p>
				{d.datasets.length === 0 && choices.length > 0 ? <p class="empty">{t(words.first)}</p> : (
					<div class="columns three">
						{([["groups", words.groups], ["events", words.events], ["measures", words.measures]] as const).map(([k, legend]) => data[k].length > 0 && (
							<Checks key={k} legend={t(legend)} value={d.use} onChange={(v) => set({ use: v }, "may_use")} options={use(data[k])} />
						))}
					</div>
				)}
				<details>
					<summary>{t(words.columns, number(study.may_use!.length))}</summary>
					{study.may_use!.length > 0 && <pre tabIndex={0}>{study.may_use!.join("\n")}</pre>}
				</details>
				<div class="columns">
					<Field label={t(words.more)} hint={t(words.moreHint)} field={area("more", "may_use")} />
					<Field label={t(words.note)} mistake={wrong("note")} field={area("note", "note")} />
				</div>
				<Field label={t(words.budget)} hint={t(words.budgetHint)} mistake={wrong("budget")} field={(a) => (
					<input {...a} inputMode="decimal" value={d.rho} onInput={(e) => set({ rho: e.currentTarget.value }, "budget")} />
				)} />
			</section>
			<p><button type="submit" class="first" disabled={busy}>{t(words.send)}</button></p>
		</form>
	);
}

export function Proposal() {
	const { data, problem, again } = useLoad(() => calls.catalogue(), []);
	return problem !== undefined ? <Failed problem={problem} again={again} /> : data ? <Form catalogue={data} /> : <Waiting />;
}
