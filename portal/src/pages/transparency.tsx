// transparency.tsx - what was asked, for which study, and who answered; never what the answer was.
import { calls, type Shown } from "../api";
import { Heading, SiteStateSign } from "../components/basics";
import { Paged } from "../components/pages";
import { Told } from "../components/told";
import { moment, say, t } from "../language";
import { Link } from "../router";
import { me } from "../session";
import { kinds } from "../words";

const words = {
	title: say("Transparency", "公开记录"),
	own: say("What was asked in your studies, in plain words, and which hospitals answered. Answers are seen by those who asked.",
		"您所在课题提出过的问题（以文字表述）以及各医院是否作答。结果只有提问者可见。"),
	all: say("What was asked in every study, in plain words, and which hospitals answered. Answers are seen by those who asked.",
		"所有课题提出过的问题（以文字表述）以及各医院是否作答。结果只有提问者可见。"),
	secure: say("secure sum", "安全求和"),
	by: say("by {0}", "提问者：{0}"),
	see: say("See the answer", "查看结果"),
	none: say("Nothing has been asked yet.", "尚无提问。"),
};

function Entry({ q }: { q: Shown }) {
	return (
		<li class="card">
			<p class="entry-head">
				<strong><Link href={`/studies/${encodeURIComponent(q.study)}`}>{q.study}</Link></strong> <span>{t(kinds[q.kind] ?? say(q.kind, q.kind))}{q.mode === "secure" && ` · ${t(words.secure)}`}</span>
				<time dateTime={q.asked}>{moment(q.asked)}</time>
			</p>
			<p><Told of={q.say} /></p>
			<ul class="inline">{q.sites.map((s) => <li key={s.site}>{s.site} <SiteStateSign state={s.state} /></li>)}</ul>
			{(q.asked_by || q.id) && (
				<p class="entry-foot">{q.asked_by && <span>{t(words.by, q.asked_by)}</span>}
					{q.id && me.value?.role !== "officer" && me.value?.role !== "operator" && <Link href={`/questions/${q.id}`}>{t(words.see)}</Link>}</p>
			)}
		</li>
	);
}

export default function Transparency() {
	return (
		<>
			<Heading title={t(words.title)} lead={t(me.value?.role === "researcher" ? words.own : words.all)} />
			<Paged deps={[]} load={async (before) => {
				const { questions, next } = await calls.transparency(before);
				return { items: questions, next };
			}} show={(items) => items.length === 0 ? <p class="empty">{t(words.none)}</p>
				: <ul class="entries">{items.map((q, i) => <Entry key={i} q={q} />)}</ul>} />
		</>
	);
}
