import { Heading } from "../components/basics";
import { say, t } from "../language";
import { Link } from "../router";

const words = {
	title: say("There is nothing at this address", "此地址没有内容"),
	lead: say("The link may be old, or the page is not for your role.", "链接可能已失效，或者您的角色不能查看此页。"),
	home: say("To your first page", "回到首页"),
};

export default function Missing() {
	return (
		<>
			<Heading title={t(words.title)} lead={t(words.lead)} />
			<p><Link href="/" class="button first">{t(words.home)}</Link></p>
		</>
	);
}
