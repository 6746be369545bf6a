// sign-in.tsx - by the organisation's own sign-in (OIDC), or with a token where there is none.
import { useState } from "preact/hooks";
import { calls, Problem } from "../api";
import { Failed, Field, Heading, useLoad, Waiting } from "../components/basics";
import { say, t } from "../language";
import { go, place } from "../router";
import { ended, linkWaits, signIn, withFragment } from "../session";

const words = {
	title: say("Sign in", "登录"),
	lead: say("How many patients across many hospitals fit a cohort? Hospitals answer with protected numbers; records never move.",
		"符合条件的患者在多家医院共有多少？医院只给出受保护的统计数字，病历从不离开医院。"),
	with: say("Sign in with {0}", "使用{0}登录"),
	token: say("With a token", "使用令牌"),
	tokenLabel: say("Token", "令牌"),
	tokenHint: say("Whoever runs the gateway gave it to you, or you made it under your account.", "由网关管理员发放，或您在账号页面自行创建。"),
	enter: say("Sign in", "登录"),
	wrong: say("This token is not valid, or no longer.", "令牌无效或已过期。"),
	refused: say("The sign-in did not succeed: {0}", "登录未成功：{0}"),
	link: say("Sign in to open the question of this link. Until then it stays in this tab.", "登录后即可打开链接中的问题；在此之前它只保存在本标签页中。"),
	first: say("Sign in to see this page.", "请先登录再查看此页面。"),
	ended: say("Your session has ended. After signing in you are back where you were.", "会话已结束，登录后将回到原来的页面。"),
};
/** Why the gateway sent somebody back here; docs/api.md, "Signing in". */
const reasons: Record<string, ReturnType<typeof say>> = {
	unknown: say("this account is not known here; ask whoever runs the gateway", "此账号未在本网关登记，请联系网关管理员"),
	denied: say("the provider says no", "身份提供方拒绝了登录"),
	expired: say("it took too long; try again", "登录超时，请重试"),
	provider: say("the provider cannot be reached or gave a wrong answer", "无法连接身份提供方，或其返回有误"),
};

export default function SignIn() {
	const { data, problem, again } = useLoad(calls.signIn, []);
	const [token, setToken] = useState("");
	const [failed, setFailed] = useState<unknown>();
	const to = place.value.query.get("to") ?? "/", why = place.value.query.get("problem");
	const safe = /^\/(?!\/)[!-[\]-~]*$/.test(to) ? to : "/"; // as the gateway's flow_local(): a browser leaves tabs out

	async function enter(e: Event) {
		e.preventDefault();
		try {
			await signIn(() => calls.signInWithToken(token.trim()));
			go(withFragment(safe), true);
		} catch (x) {
			setFailed(x instanceof Problem && x.status === 401 ? new Problem(401, words.wrong) : x);
		}
	}
	return (
		<div class="narrow">
			<Heading title={t(words.title)} lead={t(words.lead)} />
			{why && <div class="notice bad" role="alert"><p>{t(words.refused, t(reasons[why] ?? reasons.provider!))}</p></div>}
			{!why && safe !== "/" && <div class="notice" role="status"><p>{t(linkWaits() ? words.link : ended.value ? words.ended : words.first)}</p></div>}
			{problem !== undefined ? <Failed problem={problem} again={again} /> : !data ? <Waiting /> : (
				<>
					{data.oidc && <p><a class="button first" href={`/v1/sign-in/oidc?to=${encodeURIComponent(safe)}`}>{t(words.with, data.oidc.name)}</a></p>}
					<details open={!data.oidc}>
						<summary>{t(words.token)}</summary>
						<form onSubmit={(e) => void enter(e)}>
							<Field label={t(words.tokenLabel)} hint={t(words.tokenHint)} field={(a) => (
								<input {...a} type="password" autocomplete="off" required value={token} onInput={(e) => setToken(e.currentTarget.value)} />
							)} />
							{failed !== undefined && <Failed problem={failed} />}
							<button type="submit" class="first">{t(words.enter)}</button>
						</form>
					</details>
				</>
			)}
		</div>
	);
}
