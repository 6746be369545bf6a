// cohorts.tsx - questions somebody kept under a name, theirs alone.
import { useState } from "preact/hooks";
import { calls, type Kept } from "../api";
import { ShareDialog } from "../ask/dialogs";
import type { Map } from "../ask/path";
import { w } from "../ask/words";
import { Failed, Heading, Table, useLoad, Waiting } from "../components/basics";
import { moment, t } from "../language";
import type { PageProps } from "../main";
import { Link } from "../router";
import { kinds, words } from "../words";

export default function Saved(_: PageProps) {
	const { data, problem, again, set } = useLoad(() => calls.kept(), []);
	const [sure, setSure] = useState(""), [failed, setFailed] = useState<unknown>(), [share, setShare] = useState<Kept>();
	const more = () => void calls.kept(data!.next).then((d) => set({ ...d, cohorts: [...data!.cohorts, ...d.cohorts] }), setFailed);
	function remove(k: Kept) {
		calls.forget(k.id).then(() => { setSure(""); again(); }, setFailed);
	}
	return (
		<>
			<Heading title={t(w.saved)} lead={t(w.savedLead)}><Link href="/ask" class="button first">{t(words.ask)}</Link></Heading>
			{failed !== undefined && <Failed problem={failed} />}
			{problem !== undefined ? <Failed problem={problem} again={again} /> : !data ? <Waiting /> : (
				<Table<Kept> stack caption={t(w.saved)} rows={data.cohorts} empty={t(w.savedEmpty)} columns={[
					{ head: t(w.name), cell: (k) => <Link href={`/ask?kept=${encodeURIComponent(k.id)}`}>{k.name}</Link> },
					{ head: t(w.aboutIt), cell: (k) => <>{t(kinds[String(k.question.kind)] ?? { en: "", zh: "" })} <small>{String(k.question.study ?? "")} · {String(k.question.dataset ?? "")}</small></> },
					{ head: t(w.keptOn), cell: (k) => moment(k.kept) },
					{ head: "", cell: (k) => (
						<div class="row end">
							<Link href={`/ask?kept=${encodeURIComponent(k.id)}`} class="button" aria-label={`${t(w.openIt)}: ${k.name}`}>{t(w.openIt)}</Link>
							<button type="button" aria-label={`${t(w.share)}: ${k.name}`} onClick={() => setShare(k)}>{t(w.share)}</button>
							{sure === k.id ? <button type="button" onClick={() => remove(k)}>{t(w.deleteSure)}</button>
								: <button type="button" class="quiet" aria-label={`${t(w.deleteIt)}: ${k.name}`} onClick={() => setSure(k.id)}>{t(w.deleteIt)}</button>}
						</div>
					) },
				]} />
			)}
			{data?.next !== undefined && <button type="button" onClick={more}>{t(words.more)}</button>}
			<ShareDialog of={(share?.question ?? {}) as Map} open={share !== undefined} onClose={() => setShare(undefined)} />
		</>
	);
}
