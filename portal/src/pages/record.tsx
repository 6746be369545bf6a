// record.tsx - the gateway's chained record, for auditors. The gateway checks some records each time it is asked; the page says
// "whole" only of those that were checked.
import { useState } from "preact/hooks";
import { calls, type AuditRecord } from "../api";
import { Failed, Heading, Table } from "../components/basics";
import { Paged } from "../components/pages";
import { moment, number, say, t } from "../language";

const words = {
	title: say("Audit record", "审计记录"),
	lead: say("What this gateway did, newest first. Each record holds the hash of the one before it; no record holds a value of an answer.",
		"本网关的全部操作，最新在前。每条记录包含上一条的哈希值；记录中没有任何统计结果。"),
	intact: say("The chain is whole: all {0} records were checked, and each fits the one before it.", "链条完整：{0} 条记录均已核对，首尾相接。"),
	partly: say("{0} of {1} records are checked so far; each of them fits the one before it. Nothing is known yet of the rest.",
		"已核对 {1} 条记录中的 {0} 条，均首尾相接；其余尚未核对。"),
	further: say("Check further", "继续核对"),
	broken: say("The chain is broken at record {0}. Stop using this gateway, keep its files, and compare with an earlier export ('cordon audit export').",
		"链条在第 {0} 条记录处断裂。请停止使用本网关，保留其文件，并与此前的导出（cordon audit export）比对。"),
	seq: say("no.", "序号"), when: say("when", "时间"), what: say("what", "事件"), who: say("who", "人员"), about: say("about", "对象"), detail: say("detail", "说明"), hash: say("hash", "哈希值"),
	none: say("No records yet.", "尚无记录。"),
};

interface Chain { count: number; checked: number; broken?: number }
function ChainState({ of, onMore }: { of: Chain; onMore: () => void }) {
	if (of.broken !== undefined)
		return <div class="notice bad" role="alert"><p>{t(words.broken, number(of.broken))}</p></div>;
	const whole = of.checked >= of.count;
	return (
		<div class={`notice ${whole ? "good" : "fair"}`} role="status">
			<p>{whole ? t(words.intact, of.count) : t(words.partly, of.checked, of.count)}</p>
			{!whole && <button type="button" onClick={onMore}>{t(words.further)}</button>}
		</div>
	);
}

export default function Record() {
	const [chain, setChain] = useState<Chain | null>(null);
	const [failed, setFailed] = useState<unknown>();
	async function load(before?: string) {
		const { records, next, count, checked, broken } = await calls.audit(before);
		setChain({ count, checked, ...(broken !== undefined && { broken }) });
		return { items: records, next };
	}
	return (
		<>
			<Heading title={t(words.title)} lead={t(words.lead)} />
			{chain && <ChainState of={chain} onMore={() => void load().catch(setFailed)} />}
			{failed !== undefined && <Failed problem={failed} />}
			<Paged<AuditRecord> deps={[]} load={load} show={(items) => (
				<div class="card"><Table stack caption={t(words.title)} rows={items} empty={t(words.none)} columns={[
					{ head: t(words.seq), cell: (r) => number(r.seq), number: true },
					{ head: t(words.when), cell: (r) => <time dateTime={r.at}>{moment(r.at)}</time> },
					{ head: t(words.what), cell: (r) => <code>{r.what}</code> },
					{ head: t(words.who), cell: (r) => <span class="any">{r.who}</span> },
					{ head: t(words.about), cell: (r) => <code class="any">{r.about}</code> },
					{ head: t(words.detail), cell: (r) => <span class="any">{r.detail}</span> },
					{ head: t(words.hash), cell: (r) => <code title={r.hash}>{r.hash.replace("sha256:", "").slice(0, 12)}</code> },
				]} /></div>
			)} />
		</>
	);
}
