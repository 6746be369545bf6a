// record.tsx - the gateway's chained record, for auditors.
import { useState } from "preact/hooks";
import { calls, type AuditRecord } from "../api";
import { Heading, Table } from "../components/basics";
import { Paged } from "../components/pages";
import { moment, number, say, t } from "../language";

const words = {
	title: say("Audit record", "审计记录"),
	lead: say("What this gateway did, newest first. Each record holds the hash of the one before it; no record holds a value of an answer.",
		"本网关的全部操作，最新在前。每条记录包含上一条的哈希值；记录中没有任何统计结果。"),
	intact: say("The chain is whole: {0} records, each fits the one before it.", "链条完整：共 {0} 条记录，首尾相接。"),
	broken: say("The chain is broken. Stop using this gateway, keep its files, and compare with an earlier export ('cordon audit export').",
		"链条已断裂。请停止使用本网关，保留其文件，并与此前的导出（cordon audit export）比对。"),
	seq: say("no.", "序号"), when: say("when", "时间"), what: say("what", "事件"), who: say("who", "人员"), about: say("about", "对象"), detail: say("detail", "说明"), hash: say("hash", "哈希值"),
	none: say("No records yet.", "尚无记录。"),
};

export default function Record() {
	const [chain, setChain] = useState<{ intact: boolean; count: number } | null>(null);
	return (
		<>
			<Heading title={t(words.title)} lead={t(words.lead)} />
			{chain && <div class={`notice ${chain.intact ? "good" : "bad"}`} role={chain.intact ? "status" : "alert"}>
				<p>{t(chain.intact ? words.intact : words.broken, number(chain.count))}</p></div>}
			<Paged<AuditRecord> deps={[]} load={async (before) => {
				const { records, next, intact, count } = await calls.audit(before);
				setChain({ intact, count });
				return { items: records, next };
			}} show={(items) => (
				<div class="card"><Table caption={t(words.title)} rows={items} empty={t(words.none)} columns={[
					{ head: t(words.seq), cell: (r) => r.seq },
					{ head: t(words.when), cell: (r) => <time dateTime={r.at}>{moment(r.at)}</time> },
					{ head: t(words.what), cell: (r) => <code>{r.what}</code> },
					{ head: t(words.who), cell: (r) => r.who },
					{ head: t(words.about), cell: (r) => r.about },
					{ head: t(words.detail), cell: (r) => r.detail },
					{ head: t(words.hash), cell: (r) => <code title={r.hash}>{r.hash.replace("sha256:", "").slice(0, 12)}</code> },
				]} /></div>
			)} />
		</>
	);
}
