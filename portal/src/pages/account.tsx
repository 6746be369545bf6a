// account.tsx - one's own key, tokens for programs, and sign-ins.
import { useState } from "preact/hooks";
import { calls, type Scope, type SignInRecord, type Token } from "../api";
import { KeySetup } from "../ask/key";
import { CopyButton, Failed, Field, Heading, Sign, Table, useLoad, Waiting } from "../components/basics";
import { day, list, moment, say, t } from "../language";
import type { PageProps } from "../main";
import { me } from "../session";

const words = {
	title: say("Your account", "我的账号"),
	lead: say("{0}, {1}", "{0}，{1}"),
	key: say("Signing key", "签名密钥"),
	tokens: say("Tokens for programs", "程序令牌"),
	tokensLead: say("A token lets a program of yours do what its scopes say, in your name. It is shown once. Asking also needs your signing key.",
		"令牌允许您的程序以您的名义执行所选权限内的操作，仅显示一次。提问还需要签名密钥。"),
	none: say("No tokens.", "没有令牌。"),
	name: say("Name", "名称"), nameHint: say("what it is for, such as “nightly report”", "用途，例如“夜间报表”"),
	scopes: say("It may", "权限"), days: say("Days until it ends", "有效天数"),
	make: say("Make a token", "创建令牌"), made: say("Copy it now; it is not shown again.", "请立即复制，之后不再显示。"), token: say("Token", "令牌"),
	created: say("made", "创建时间"), expires: say("ends", "到期"), used: say("last used", "最近使用"), never: say("never", "从未"),
	end: say("End", "终止"), endOf: say("End {0}", "终止 {0}"), endSure: say("End for good", "确认终止"), endSureOf: say("End {0} for good", "确认终止 {0}"),
	signIns: say("Your sign-ins", "登录记录"), signInsLead: say("Something you do not know? Tell whoever runs the gateway.", "如有异常，请联系网关管理员。"),
	at: say("when", "时间"), what: say("what", "事项"), how: say("how", "方式"), noSignIns: say("None yet.", "暂无记录。"),
};
const roles: Record<string, ReturnType<typeof say>> = { researcher: say("researcher", "研究者"), officer: say("officer", "合规人员"), operator: say("operator", "运维人员"), auditor: say("auditor", "审计人员") };
const scopes: Record<Scope, ReturnType<typeof say>> = {
	ask: say("ask questions", "提问"), read: say("read answers, the budget, the catalogue and the counters", "读取结果、预算、目录与计数"), compose: say("compose and save questions", "组建与保存问题"),
	studies: say("see and propose studies", "查看与申请课题"), operate: say("operate", "运维"), audit: say("audit", "审计"),
};
const roleScopes: Record<string, Scope[]> = { researcher: ["ask", "read", "compose", "studies"], officer: ["read", "compose", "studies"], operator: ["read", "operate"], auditor: ["read", "audit"] };
const records: Record<SignInRecord["what"], [string, string, ReturnType<typeof say>]> = {
	"signed-in": ["✓", "good", say("signed in", "登录")], refused: ["✕", "bad", say("refused", "拒绝")],
	"signed-out": ["■", "fair", say("signed out", "退出")], expired: ["◔", "fair", say("session ended", "会话过期")],
};
const vias = { oidc: say("organisation's sign-in", "单位统一登录"), token: say("token", "令牌") };

function Tokens() {
	const { data, problem, again } = useLoad(calls.tokens, []);
	const who = me.value!, open = who.scopes?.length ? who.scopes : roleScopes[who.role] ?? [];
	const [name, setName] = useState(""), [chosen, setChosen] = useState<Scope[]>(["read"]), [days, setDays] = useState(90);
	const [made, setMade] = useState<Token & { token: string }>(), [failed, setFailed] = useState<unknown>(), [sure, setSure] = useState("");
	function make(e: Event) {
		e.preventDefault();
		calls.makeToken(name.trim(), chosen, days).then((m) => { setMade(m); setName(""); setFailed(undefined); again(); }, setFailed);
	}
	const end = (id: string) => calls.endToken(id).then(() => { setSure(""); again(); }, setFailed);
	return (
		<section class="card" aria-labelledby="tokens">
			<h2 id="tokens">{t(words.tokens)}</h2>
			<p class="lead">{t(words.tokensLead)}</p>
			{made && (
				<div class="notice good" role="status">
					<p>{t(words.made)}</p>
					<div class="row"><input class="wide" readOnly aria-label={t(words.token)} value={made.token} onFocus={(e) => e.currentTarget.select()} /><CopyButton text={made.token} /></div>
				</div>
			)}
			{failed !== undefined && <Failed problem={failed} />}
			{problem !== undefined ? <Failed problem={problem} again={again} /> : !data ? <Waiting /> : (
				<Table<Token> caption={t(words.tokens)} rows={data.tokens} empty={t(words.none)} columns={[
					{ head: t(words.name), cell: (k) => k.name },
					{ head: t(words.scopes), cell: (k) => list(k.scopes.map((s) => (scopes[s] ? t(scopes[s]) : s))) },
					{ head: t(words.created), cell: (k) => day(k.created) },
					{ head: t(words.expires), cell: (k) => day(k.expires) },
					{ head: t(words.used), cell: (k) => (k.used ? day(k.used) : t(words.never)) },
					{ head: "", cell: (k) => sure === k.id ? <button type="button" aria-label={t(words.endSureOf, k.name)} onClick={() => void end(k.id)}>{t(words.endSure)}</button>
						: <button type="button" class="quiet" aria-label={t(words.endOf, k.name)} onClick={() => setSure(k.id)}>{t(words.end)}</button> },
				]} />
			)}
			<form class="token-form" onSubmit={make}>
				<h3>{t(words.make)}</h3>
				<Field label={t(words.name)} hint={t(words.nameHint)} field={(a) => <input {...a} required maxLength={100} value={name} onInput={(e) => setName(e.currentTarget.value)} />} />
				<fieldset>
					<legend>{t(words.scopes)}</legend>
					<div class="row">
						{open.map((s) => (
							<label key={s} class="check"><input type="checkbox" checked={chosen.includes(s)} onChange={(e) => setChosen(e.currentTarget.checked ? [...chosen, s] : chosen.filter((x) => x !== s))} />{t(scopes[s])}</label>
						))}
					</div>
				</fieldset>
				<Field label={t(words.days)} field={(a) => <input {...a} type="number" class="days" min={1} max={366} required value={days} onInput={(e) => setDays(e.currentTarget.valueAsNumber)} />} />
				<button type="submit" class="first" disabled={chosen.length === 0}>{t(words.make)}</button>
			</form>
		</section>
	);
}

function SignIns() {
	const { data, problem, again } = useLoad(calls.signIns, []);
	return (
		<section class="card" aria-labelledby="sign-ins">
			<h2 id="sign-ins">{t(words.signIns)}</h2>
			<p class="lead">{t(words.signInsLead)}</p>
			{problem !== undefined ? <Failed problem={problem} again={again} /> : !data ? <Waiting /> : (
				<Table<SignInRecord> caption={t(words.signIns)} rows={data.records.slice(0, 50)} empty={t(words.noSignIns)} columns={[
					{ head: t(words.at), cell: (r) => moment(r.at) },
					{ head: t(words.what), cell: (r) => { const [sign, tone, text] = records[r.what] ?? ["?", "fair", say(r.what, r.what)]; return <Sign sign={sign} tone={tone} text={t(text)} />; } },
					{ head: t(words.how), cell: (r) => (vias[r.via] ? t(vias[r.via]) : r.via) },
				]} />
			)}
		</section>
	);
}

export default function Account(_: PageProps) {
	const who = me.value!;
	return (
		<>
			<Heading title={t(words.title)} lead={t(words.lead, who.account, roles[who.role] ? t(roles[who.role]!) : who.role)} />
			{who.role === "researcher" && (
				<section class="card" aria-labelledby="key"><h2 id="key">{t(words.key)}</h2><KeySetup account={who.account} /></section>
			)}
			<Tokens />
			<SignIns />
		</>
	);
}
