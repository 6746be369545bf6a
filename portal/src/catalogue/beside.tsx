// beside.tsx - hospitals side by side: what each of them offers of a dataset, a line each.
import { Fragment } from "preact";
import type { Catalogue, OfferedDataset, Say } from "../api";
import { Sign } from "../components/basics";
import { number, say, t } from "../language";
import { words as shared } from "../words";
import { steps } from "./words";

const words = {
	offer: say("What is offered", "提供的内容"),
	events: say("Events", "事件"), groups: say("Groups", "分组"), measures: say("Measures", "指标"),
	yes: say("yes", "有"), no: say("no", "无"),
	ranged: say("{0} – {1} {2}", "{0} – {1} {2}"), labels: say("{0} labels", "{0} 类"),
};

interface Line { key: string; title: Say; small?: string; cells: Map<string, string> }
function collect(of: Catalogue, id: string, from: (d: OfferedDataset) => { key: string; title: Say; small?: string; cell: string }[]): Line[] {
	const found = new Map<string, Line>();
	for (const s of of.sites)
		for (const d of s.datasets)
			if (d.id === id)
				for (const { key, title, small, cell } of from(d)) {
					const line = found.get(key) ?? { key, title, ...(small !== undefined && { small }), cells: new Map<string, string>() };
					line.cells.set(s.site, cell);
					found.set(key, line);
				}
	return [...found.values()];
}

export function Beside({ of }: { of: Catalogue }) {
	const sites = of.sites.map((s) => s.site), datasets = new Map(of.sites.flatMap((s) => s.datasets.map((d) => [d.id, d.title] as const)));
	return (
		<>
			{[...datasets].map(([id, title]) => {
				const parts: [Say, Line[]][] = [
					[words.events, collect(of, id, (d) => d.events.map((e) => ({ key: e.event, title: e.title, cell: e.steps && steps[e.steps] ? t(steps[e.steps]!) : "" })))],
					[words.groups, collect(of, id, (d) => d.groups.map((g) => ({ key: g.name, title: g.title, cell: g.labels.length > 0 ? t(words.labels, g.labels.length) : "" })))],
					[words.measures, collect(of, id, (d) => d.measures.map((m) => ({ key: m.id, title: m.title, small: m.id, cell: t(words.ranged, number(m.low), number(m.high), m.unit) })))],
				];
				return (
					<section class="card beside" key={id}>
						<h2>{t(title)} <small><code>{id}</code></small></h2>
						<div class="scroll" tabIndex={0} role="region" aria-label={t(title)}>
							<table>
								<caption class="hidden">{t(title)}</caption>
								<thead><tr><th scope="col">{t(words.offer)}</th>{sites.map((s) => <th key={s} scope="col" class="middle">{s}</th>)}</tr></thead>
								<tbody>
									{parts.filter(([, lines]) => lines.length > 0).map(([head, lines]) => (
										<Fragment key={head.en}>
											<tr class="part"><th scope="colgroup" colSpan={sites.length + 1}>{t(head)}</th></tr>
											{lines.map((l) => (
												<tr key={l.key}>
													<th scope="row">{t(l.title)}{l.small && <small> <code>{l.small}</code></small>}</th>
													{sites.map((s) => {
														const cell = l.cells.get(s);
														return <td key={s}>{cell === undefined ? <span class="sign fair"><span aria-hidden="true">–</span><span class="hidden">{t(words.no)}</span></span>
															: <Sign sign="✓" tone="good" text={cell || t(words.yes)} />}</td>;
													})}
												</tr>
											))}
										</Fragment>
									))}
								</tbody>
							</table>
						</div>
					</section>
				);
			})}
			{datasets.size === 0 && <p class="empty">{t(shared.none)}</p>}
		</>
	);
}
