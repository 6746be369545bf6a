// study.tsx - one study, and what each hospital says of it. /studies/new is the form of a proposal.
import { useState } from "preact/hooks";
import { calls, type Study } from "../api";
import { CopyButton, Dialog, Failed, Heading, StudyStateSign, Table, useLoad, Waiting } from "../components/basics";
import { calendar } from "../catalogue/words";
import { eventNames } from "../ask/words";
import { purposes } from "../duo";
import { day, list, say, t } from "../language";
import type { PageProps } from "../main";
import { go, Link } from "../router";
import { me } from "../session";
import { Proposal } from "../studies/proposal";
import { kinds, words as shared } from "../words";

const words = {
	sites: say("What the hospitals say", "各医院的意见"),
	sitesLead: say("Each hospital's compliance officer reviews the entry, puts it into the hospital's policy folder and signs it there.",
		"由各医院合规人员审核条目，写入本院策略目录并签署。"),
	valid: say("valid", "有效期"), why: say("why", "说明"), policy: say("policy", "策略"), version: say("version {0}", "第 {0} 版"),
	what: say("What it asks for", "申请内容"),
	purpose: say("purpose", "目的"), kinds: say("kinds of question", "问题类型"), datasets: say("datasets", "数据集"), mayUse: say("may use", "可使用"),
	budget: say("privacy budget", "隐私预算"), members: say("members", "成员"), role: say("role", "角色"), note: say("note", "备注"), by: say("proposed by", "提出人"),
	range: say("{0} to {1}", "{0} 至 {1}"),
	download: say("Download the entry for studies.yaml", "下载 studies.yaml 条目"),
	entry: say("The entry", "策略条目"),
	entryLead: say("In your hospital's policy folder: put it under “studies:” in studies.yaml, change it to what your hospital agrees to, add its approvals, raise the version in policy.yaml, then check, test and sign. A “no” goes under “refused:”, with the reason that the proposer reads here.",
		"在本院策略目录中：将条目放入 studies.yaml 的 studies: 之下，改成本院同意的内容，填写批件，将 policy.yaml 的版本号加一，然后检查、测试并签署。若不同意，写入 refused: 并注明理由，申请人将在此看到。"),
	nextOwn: say("The officers of the hospitals find this proposal here, under Studies. You can also send them the entry. A hospital's word appears below as soon as its new policy is in force.",
		"各医院的合规人员可在“课题”页面看到此申请，您也可以将条目发送给他们。医院的新策略生效后，其意见会显示在下方。"),
	ask: say("Ask a question", "提问"), all: say("All studies", "全部课题"),
	noDecision: say("offline since this gateway started, or its policy tells nobody", "网关启动以来一直离线，或其策略不公开"),
	withdraw: say("Withdraw", "撤回"), withdrawTitle: say("Withdraw this proposal?", "撤回此课题申请？"),
	withdrawWhy: say("It disappears here. What a hospital has signed already stays in its policy until that hospital changes it.",
		"申请将从这里删除。医院已签署的内容仍保留在其策略中，由该院自行修改。"),
};

/** A proposal names columns; what a hospital tells of its own study are events, groups and measures. */
function named(u: string) {
	const name = eventNames[u] ?? calendar[u];
	return name ? t(name) : <code>{u}</code>;
}

function Facts({ s }: { s: Study }) {
	const rows: [string, preact.ComponentChildren][] = [
		[t(words.valid), t(words.range, day(s.valid.from), day(s.valid.to))],
		[t(words.purpose), s.purpose.length > 0 && <ul class="plain">{s.purpose.map((p) => <li key={p}><code>{p}</code> {purposes[p] && t(purposes[p]!)}</li>)}</ul>],
		[t(words.kinds), list(s.kinds.map((k) => (kinds[k] ? t(kinds[k]!) : k)))],
		[t(words.datasets), list(s.datasets)],
		[t(words.mayUse), s.may_use.length > 0 && <ul class="chips">{s.may_use.map((u) => <li key={u}>{named(u)}</li>)}</ul>],
	];
	if (s.budget)
		rows.push([t(words.budget), `rho ${s.budget.rho}`]);
	if (s.members.length > 0)
		rows.push([t(words.members), <ul class="plain">{s.members.map((m) => <li key={m.account}>{m.account} <small>{m.role}</small></li>)}</ul>]);
	if (s.proposed_by)
		rows.push([t(words.by), `${s.proposed_by}${s.proposed ? `, ${day(s.proposed)}` : ""}`]);
	if (s.note)
		rows.push([t(words.note), <span class="tells">{s.note}</span>]);
	return <dl class="facts">{rows.filter(([, v]) => v !== false && v !== "").map(([k, v]) => <div key={k}><dt>{k}</dt><dd>{v}</dd></div>)}</dl>;
}

const commands = "cordon policy check policy\ncordon policy test policy\ncordon policy sign policy --as YOU --key KEY --approvers approvers.yaml --version N";
function Entry({ id }: { id: string }) {
	const { data, problem, again } = useLoad(() => calls.entry(id), [id]);
	return (
		<section class="card">
			<h2>{t(words.entry)}</h2>
			<p>{t(words.entryLead)}</p>
			<pre tabIndex={0}>{commands}</pre>
			{problem !== undefined ? <Failed problem={problem} again={again} /> : !data ? <Waiting /> : (
				<>
					<pre tabIndex={0} class="entry-text">{data}</pre>
					<div class="actions"><a class="button" href={calls.entryPath(id)} download>{t(words.download)}</a><CopyButton text={data} /></div>
				</>
			)}
		</section>
	);
}

function Existing({ id }: { id: string }) {
	const { data: s, problem, again } = useLoad(() => calls.study(id), [id]);
	const [asked, setAsked] = useState(false);
	const [failed, setFailed] = useState<unknown>();
	if (problem !== undefined)
		return <Failed problem={problem} again={again} />;
	if (!s)
		return <Waiting />;
	const own = s.proposed_by === me.value?.account, officer = me.value?.role === "officer";

	async function withdraw() {
		setAsked(false);
		try {
			await calls.withdraw(id);
			go("/studies");
		} catch (x) {
			setFailed(x);
		}
	}
	return (
		<>
			<p class="back"><Link href="/studies">← {t(words.all)}</Link></p>
			<Heading title={t(s.title)} lead={<code>{s.id}</code>}>
				{(own || officer) && s.proposed_by && <a class={`button ${officer ? "first" : ""}`} href={calls.entryPath(id)} download>{t(words.download)}</a>}
				{own && <button type="button" onClick={() => setAsked(true)}>{t(words.withdraw)}</button>}
				{me.value?.role === "researcher" && s.sites.some((x) => x.state === "approved") && <Link class="button first" href="/ask">{t(words.ask)}</Link>}
			</Heading>
			{failed !== undefined && <Failed problem={failed} />}
			<section class="card">
				<h2>{t(words.sites)}</h2>
				<p>{t(own && s.sites.some((x) => x.state === "not-yet") ? words.nextOwn : words.sitesLead)}</p>
				<Table stack caption={t(words.sites)} rows={s.sites} columns={[
					{ head: t(shared.site), cell: (x) => x.site },
					{ head: t(shared.state), cell: (x) => <StudyStateSign state={x.state} /> },
					{ head: t(words.valid), cell: (x) => x.valid ? t(words.range, day(x.valid.from), day(x.valid.to)) : "" },
					{ head: t(words.policy), cell: (x) => x.policy ? t(words.version, x.policy) : "" },
					...(s.sites.some((x) => x.say || x.state === "unknown") ? [{ head: t(words.why), cell: (x: Study["sites"][number]) => <span class="any">{x.say ? t(x.say) : x.state === "unknown" ? t(words.noDecision) : ""}</span> }] : []),
				]} />
			</section>
			<section class="card"><h2>{t(words.what)}</h2><Facts s={s} /></section>
			{officer && s.proposed_by && <Entry id={id} />}
			<Dialog title={t(words.withdrawTitle)} open={asked} onClose={() => setAsked(false)}>
				<p>{t(words.withdrawWhy)}</p>
				<div class="actions">
					<button type="button" onClick={() => setAsked(false)}>{t(shared.cancel)}</button>
					<button type="button" class="first" onClick={() => void withdraw()}>{t(words.withdraw)}</button>
				</div>
			</Dialog>
		</>
	);
}

export default function Page({ at }: PageProps) {
	return at.id === "new" ? <Proposal /> : <Existing id={at.id!} />;
}
