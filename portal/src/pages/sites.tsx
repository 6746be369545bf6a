// sites.tsx - the hospitals' lines: for everybody who is there and since when; for operators certificates, and the way back
// in for a hospital whose ledger went back.
import { useEffect, useState } from "preact/hooks";
import { calls, type Say, type SiteLine } from "../api";
import { Dialog, Failed, Heading, Sign, Table, useLoad, Waiting, type Column } from "../components/basics";
import { ago, day, moment, say, t } from "../language";
import { me } from "../session";
import { words as shared } from "../words";

const words = {
	title: say("Hospitals", "医院"),
	lead: say("{0} of {1} hospitals are on the line. An agent dials out from its hospital; nobody can dial in.",
		"{1} 家医院中有 {0} 家在线。代理由医院一侧主动连出，外部无法连入。"),
	line: say("line", "连接"), since: say("since", "自"), policy: say("policy", "策略"), data: say("data of", "数据日期"), agent: say("agent", "代理程序"),
	certificate: say("certificate until", "证书有效期至"),
	online: say("online", "在线"), offline: say("offline", "离线"),
	version: say("version {0}", "第 {0} 版"),
	soon: say("ends soon", "即将到期"),
	readmit: say("Readmit", "重新接纳"),
	readmitTitle: say("Readmit {0}?", "重新接纳 {0}？"),
	readmitWhy: say("Its ledger of spent privacy is older than the one this gateway saw last: a backup was put back, and charges may be forgotten. Talk to the hospital first. That you did this is recorded.",
		"该医院的隐私账本比本网关上次所见的更旧，可能是恢复了备份，部分已花费的预算会被遗忘。请先与该医院联系。此操作会留下记录。"),
	none: say("This federation has no hospitals yet.", "本联邦尚无医院。"),
};
const whys: Record<string, Say> = {
	"never-seen": say("never seen", "从未连接"),
	lost: say("the line was lost", "连接中断"),
	ledger: say("its ledger went back", "账本回退"),
	version: say("its program is too old or too new", "程序版本不兼容"),
};
const SOON_DAYS = 30, EVERY_MS = 10000;

const endsSoon = (iso: string) => new Date(iso).getTime() - Date.now() < SOON_DAYS * 86400000;

export default function Sites() {
	const { data, problem, again, set } = useLoad(calls.sites, []);
	const [asked, setAsked] = useState<SiteLine | null>(null);
	const [failed, setFailed] = useState<unknown>();
	const operator = me.value?.role === "operator";
	useEffect(() => {
		const timer = setInterval(() => { calls.sites().then(set, () => {}); }, EVERY_MS);
		return () => clearInterval(timer);
	}, []);
	if (problem !== undefined)
		return <Failed problem={problem} again={again} />;
	if (!data)
		return <Waiting />;

	async function readmit(site: string) {
		setAsked(null);
		try {
			await calls.readmit(site);
			set(await calls.sites());
		} catch (x) {
			setFailed(x);
		}
	}
	const columns: Column<SiteLine>[] = [
		{ head: t(shared.site), cell: (s) => s.site },
		{ head: t(words.line), cell: (s) => s.online ? <Sign sign="●" tone="good" text={t(words.online)} />
			: <><Sign sign="○" tone={s.why === "lost" || s.why === "never-seen" ? "fair" : "bad"} text={t(words.offline)} />
				{s.why && <small class="under">{t(whys[s.why]!)}</small>}</> },
		{ head: t(words.since), cell: (s) => s.since ? <span title={moment(s.since)}><time dateTime={s.since}>{moment(s.since)}</time><small class="under">{ago(s.since)}</small></span> : "" },
		{ head: t(words.policy), cell: (s) => s.policy ? <>{t(words.version, s.policy.version)}<small class="under"><code>{s.policy.hash.slice(7, 19)}</code></small></> : "" },
		{ head: t(words.data), cell: (s) => s.data ? day(s.data) : "" },
		{ head: t(words.agent), cell: (s) => s.program?.replace("cordon-agent ", "") ?? "" },
	];
	if (operator)
		columns.push(
			{ head: t(words.certificate), cell: (s) => s.certificate ? <>{day(s.certificate.until)}{endsSoon(s.certificate.until) &&
				<span class="under"><Sign sign="!" tone="bad" text={t(words.soon)} /></span>}</> : "" },
			{ head: "", cell: (s) => s.why === "ledger" && <button type="button" onClick={() => setAsked(s)}>{t(words.readmit)}</button> },
		);
	return (
		<>
			<Heading title={t(words.title)} lead={t(words.lead, data.sites.filter((s) => s.online).length, data.sites.length)} />
			{failed !== undefined && <Failed problem={failed} />}
			<div class="card"><Table stack caption={t(words.title)} columns={columns} rows={data.sites} empty={t(words.none)} /></div>
			<Dialog title={t(words.readmitTitle, asked?.site ?? "")} open={asked !== null} onClose={() => setAsked(null)}>
				<p>{t(words.readmitWhy)}</p>
				<div class="actions">
					<button type="button" onClick={() => setAsked(null)}>{t(shared.cancel)}</button>
					<button type="button" class="first" onClick={() => void readmit(asked!.site)}>{t(words.readmit)}</button>
				</div>
			</Dialog>
		</>
	);
}
