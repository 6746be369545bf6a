// budget.tsx - what is left to ask with, by study and hospital: every account that pays, in numbers and words.
import { calls, type Account, type Price, type Say, type SiteState } from "../api";
import { decimal, shareLeft, spentText, tightest, timesLeft } from "../answer/reading";
import { Failed, Heading, SiteStateSign, Table, useLoad, Waiting } from "../components/basics";
import { list, percent, say, t } from "../language";
import { go, place } from "../router";
import { kinds } from "../words";

const words = {
	title: say("Privacy budget", "隐私预算"),
	lead: say("Every new answer lets a little be learnt about patients, so each hospital limits how much may be asked. An answer that was given before is free.",
		"每个新结果都会使患者信息泄露一点点，因此各医院限制提问总量。已有的结果可免费再次取得。"),
	study: say("Study", "课题"),
	noStudies: say("You are in no study yet.", "您尚未加入任何课题。"),
	ofStudy: say("the study's, shared by everybody in it", "课题账户，由课题成员共用"),
	ofRequester: say("your own, in all studies", "您个人的账户，所有课题共用"),
	ofDataset: say("the data's, shared by all who ask of it: {0}", "数据账户，由所有提问者共用：{0}"),
	account: say("account", "账户"),
	spentLeft: say("spent and left", "已用与剩余"),
	left: say("left", "剩余"),
	spent: say("spent", "已用"),
	cap: say("of", "总额"),
	more: say("pays for", "还可提问"),
	times: say("{0} more", "{0} 次"),
	space: say(" ", ""), inWords: say("One question costs {1} {0} here, and what is left pays for {2} more, whatever their kind: {3}.",
		"在此医院一次提问消耗 {1} {0}，余额还可支付 {2} 次，不论类型：{3}。"),
	inWordsNoKinds: say("One question costs {1} {0} here, and what is left pays for {2} more.", "在此医院一次提问消耗 {1} {0}，余额还可支付 {2} 次。"),
	spentUp: say("What is left pays for no new question. Earlier answers can still be had for free.", "余额已不足以支付新的提问。已有的结果仍可免费取得。"),
	tight: say("The account that ends first: {0}.", "最先用尽的账户：{0}。"),
	rho: say("rho and epsilon measure how much one patient could be learnt about; they add up over questions. The smaller, the safer.",
		"rho 与 epsilon 衡量单个患者可能泄露多少信息，随提问累加；越小越安全。"),
};

function accountWords(a: Account): string {
	const [what, of = ""] = [a.account.slice(0, a.account.indexOf(":")), a.account.slice(a.account.indexOf(":") + 1)];
	return what === "study" ? t(words.ofStudy) : what === "requester" ? t(words.ofRequester) : what === "dataset" ? t(words.ofDataset, of) : a.account;
}

function Bar({ a }: { a: Account }) {
	return <span class="bar" aria-hidden="true"><span class={shareLeft(a) < 0.1 ? "low" : ""} style={{ width: `${100 * shareLeft(a)}%` }} /></span>;
}

function Site({ s, of }: { s: Price["sites"][0]; of: string[] }) {
	const tight = tightest(s.accounts), times = tight ? timesLeft(tight) : -1;
	return (
		<section class="card" aria-label={s.site}>
			<h2>{s.site}</h2>
			{s.state !== "answered" && <p><SiteStateSign state={s.state as SiteState} /></p>}
			{s.say && <p>{t(s.say)} {s.rule && <code>{s.rule}</code>}</p>}
			{tight && times >= 0 && (
				<p class="in-words">{times === 0 ? t(words.spentUp) : of.length > 0 ? t(words.inWords, decimal(tight.cost), tight.unit, times, list(of)) : t(words.inWordsNoKinds, decimal(tight.cost), tight.unit, times)}
					{(s.accounts?.length ?? 0) > 1 && <>{t(words.space)}{t(words.tight, accountWords(tight))}</>}</p>
			)}
			{s.accounts && s.accounts.length > 0 && (
				<Table stack caption={s.site} rows={s.accounts} columns={[
					{ head: t(words.account), cell: (a) => <>{accountWords(a)} <code class="under">{a.account}</code></> },
					{ head: t(words.spentLeft), cell: (a) => <><Bar a={a} /><small>{percent(shareLeft(a))} {t(words.left)}</small></> },
					{ head: t(words.spent), number: true, cell: spentText },
					{ head: t(words.left), number: true, cell: (a) => decimal(a.left) },
					{ head: t(words.cap), number: true, cell: (a) => `${decimal(a.cap)} ${a.unit}` },
					{ head: t(words.more), number: true, cell: (a) => timesLeft(a) < 0 ? "–" : t(words.times, timesLeft(a)) },
				]} />
			)}
		</section>
	);
}

interface Study { id: string; title: Say; kinds: string[] }
/** One's studies as the hospitals tell them; one that none tells now, from what was asked in it before. */
async function myStudies(): Promise<Study[]> {
	const found = new Map<string, Study>(), [catalogue, asked] = await Promise.all([calls.catalogue(), calls.answers(undefined, 200)]);
	for (const s of catalogue.sites.flatMap((site) => site.studies))
		found.set(s.id, { id: s.id, title: s.title, kinds: [...new Set([...found.get(s.id)?.kinds ?? [], ...s.kinds])] });
	for (const q of asked.questions)
		if (!found.has(q.study))
			found.set(q.study, { id: q.study, title: say(q.study, q.study), kinds: [] });
	return [...found.values()];
}

function OfStudy({ study }: { study: Study }) {
	const { data, problem, again } = useLoad(() => calls.budget(study.id), [study.id]);
	if (problem !== undefined)
		return <Failed problem={problem} again={again} />;
	if (!data)
		return <Waiting />;
	const of = study.kinds.map((k) => t(kinds[k] ?? say(k, k)));
	return <>{data.sites.map((s) => <Site key={s.site} s={s} of={of} />)}<p><small>{t(words.rho)}</small></p></>;
}

export default function Budget() {
	const { data, problem, again } = useLoad(myStudies, []), wanted = place.value.query.get("study");
	if (problem !== undefined)
		return <><Heading title={t(words.title)} lead={t(words.lead)} /><Failed problem={problem} again={again} /></>;
	if (!data)
		return <><Heading title={t(words.title)} lead={t(words.lead)} /><Waiting /></>;
	const study = data.find((s) => s.id === wanted) ?? data[0];
	return (
		<>
			<Heading title={t(words.title)} lead={t(words.lead)} />
			{data.length === 0 ? <p class="empty">{t(words.noStudies)}</p> : (
				<div class="choice studies" role="group" aria-label={t(words.study)}>
					{data.map((s) => (
						<button key={s.id} type="button" aria-pressed={s.id === study?.id} onClick={() => go(`/budget?study=${encodeURIComponent(s.id)}`, true)}>{t(s.title)} {t(s.title) !== s.id && <small>{s.id}</small>}</button>
					))}
				</div>
			)}
			{study && <OfStudy key={study.id} study={study} />}
		</>
	);
}
