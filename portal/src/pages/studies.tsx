// studies.tsx - the studies one is in, what each hospital says of them, and the way to propose a new one.
import { useState } from "preact/hooks";
import { calls, type SiteStudyState, type Study } from "../api";
import { Heading, StudyStateSign } from "../components/basics";
import { Paged } from "../components/pages";
import { day, list, say, t } from "../language";
import { Link } from "../router";
import { me } from "../session";

const words = {
	title: say("Studies", "课题"),
	lead: say("Who asks what, for which purpose, until when. A study counts where a hospital has signed it into its own policy; the gateway decides for nobody.",
		"谁、为何目的、在什么期限内查询什么。课题须由各医院写入并签署进自己的策略后方可在该院使用，网关不代替任何医院作决定。"),
	propose: say("Propose a study", "提出课题"),
	none: say("You are in no study yet. Propose one, or ask to be named in one.", "您尚未加入任何课题。可以提出新课题，或请他人将您加入。"),
	noneAll: say("There are no studies yet.", "尚无课题。"),
	view: say("Which studies", "显示范围"), all: say("All", "全部"), open: say("Waiting for a hospital", "待医院处理"),
	noneOpen: say("No proposal waits for a hospital.", "没有等待医院处理的申请。"),
	until: say("until {0}", "截至 {0}"),
	members: say("{0} members", "{0} 名成员"), member: say("1 member", "1 名成员"),
	by: say("proposed by {0}", "由 {0} 提出"),
};
const order: SiteStudyState[] = ["approved", "not-yet", "refused", "ended", "unknown"];

function Card({ s }: { s: Study }) {
	const states = order.map((state) => ({ state, sites: s.sites.filter((x) => x.state === state).map((x) => x.site) })).filter((c) => c.sites.length > 0);
	const members = s.members.length;
	return (
		<li class="card">
			<h2><Link href={`/studies/${encodeURIComponent(s.id)}`}>{t(s.title)}</Link></h2>
			<p class="entry-foot"><code>{s.id}</code><span>{t(words.until, day(s.valid.to))}</span>
				{members > 0 && <span>{members === 1 ? t(words.member) : t(words.members, members)}</span>}{s.proposed_by && <span>{t(words.by, s.proposed_by)}</span>}</p>
			<ul class="inline states">{states.map((c) => <li key={c.state}><StudyStateSign state={c.state} /> <small>{list(c.sites)}</small></li>)}</ul>
		</li>
	);
}

/** Proposed here, and some hospital has not said yes or no. */
const waits = (s: Study) => s.proposed_by !== undefined && s.sites.some((x) => x.state === "not-yet" || x.state === "unknown");

export default function Studies() {
	const [open, setOpen] = useState(false);
	const researcher = me.value?.role === "researcher";
	const choice = (value: boolean, text: string) => <button type="button" aria-pressed={open === value} onClick={() => setOpen(value)}>{text}</button>;
	return (
		<>
			<Heading title={t(words.title)} lead={t(words.lead)}>
				{researcher && <Link href="/studies/new" class="button first">{t(words.propose)}</Link>}
			</Heading>
			<Paged<Study> deps={[]} load={async (before) => {
				const { studies, next } = await calls.studies(before);
				return { items: studies, next };
			}} show={(items) => {
				const shown = open ? items.filter(waits) : items;
				return items.length === 0 ? <p class="empty">{t(researcher ? words.none : words.noneAll)}</p> : (
					<>
						{items.some(waits) && <p><span class="languages" role="group" aria-label={t(words.view)}>{choice(false, t(words.all))}{choice(true, t(words.open))}</span></p>}
						{shown.length === 0 ? <p class="empty">{t(words.noneOpen)}</p> : <ul class="entries">{shown.map((s) => <Card key={s.id} s={s} />)}</ul>}
					</>
				);
			}} />
		</>
	);
}
