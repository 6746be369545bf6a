// studies.tsx - the studies one is in, what each hospital says of them, and the way to propose a new one.
import { calls, type SiteStudyState, type Study } from "../api";
import { Failed, Heading, StudyStateSign, useLoad, Waiting } from "../components/basics";
import { day, say, t } from "../language";
import { Link } from "../router";
import { me } from "../session";

const words = {
	title: say("Studies", "课题"),
	lead: say("Who asks what, for which purpose, until when. A study counts where a hospital has signed it into its own policy; the gateway decides for nobody.",
		"谁、为何目的、在什么期限内查询什么。课题须由各医院写入并签署进自己的策略后方可在该院使用，网关不代替任何医院作决定。"),
	propose: say("Propose a study", "提出课题"),
	none: say("You are in no study yet. Propose one, or ask to be named in one.", "您尚未加入任何课题。可以提出新课题，或请他人将您加入。"),
	noneAll: say("There are no studies yet.", "尚无课题。"),
	until: say("until {0}", "截至 {0}"),
	members: say("{0} members", "{0} 名成员"),
	by: say("proposed by {0}", "由 {0} 提出"),
};
const order: SiteStudyState[] = ["approved", "not-yet", "refused", "ended", "unknown"];

function Card({ s }: { s: Study }) {
	const counts = order.map((state) => ({ state, n: s.sites.filter((x) => x.state === state).length })).filter((c) => c.n > 0);
	return (
		<li class="card">
			<h2><Link href={`/studies/${encodeURIComponent(s.id)}`}>{t(s.title)}</Link></h2>
			<p class="entry-foot"><code>{s.id}</code><span>{t(words.until, day(s.valid.to))}</span>
				{s.members.length > 0 && <span>{t(words.members, s.members.length)}</span>}{s.proposed_by && <span>{t(words.by, s.proposed_by)}</span>}</p>
			<ul class="inline states">{counts.map((c) => <li key={c.state}>{c.n} × <StudyStateSign state={c.state} /></li>)}</ul>
		</li>
	);
}

export default function Studies() {
	const { data, problem, again } = useLoad(calls.studies, []);
	const researcher = me.value?.role === "researcher";
	return (
		<>
			<Heading title={t(words.title)} lead={t(words.lead)}>
				{researcher && <Link href="/studies/new" class="button first">{t(words.propose)}</Link>}
			</Heading>
			{problem !== undefined ? <Failed problem={problem} again={again} /> : !data ? <Waiting />
				: data.studies.length === 0 ? <p class="empty">{t(researcher ? words.none : words.noneAll)}</p>
					: <ul class="entries">{data.studies.map((s) => <Card key={s.id} s={s} />)}</ul>}
		</>
	);
}
