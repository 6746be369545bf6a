// graph.tsx - studies, hospitals, datasets, standards and code systems in columns, joined by lines. Pointing at one, or
// reaching it by keyboard, keeps only what it is joined to; the same is there as a list for who does not see the drawing.
import { useMemo, useState } from "preact/hooks";
import type { Catalogue, Say } from "../api";
import { language, list, say, t } from "../language";
import { standards, systems } from "./words";

const words = {
	title: say("How hospitals, data, standards and studies relate", "医院、数据、标准与课题的关系"),
	joined: say("{0}: joined to {1}", "{0}：关联 {1}"),
	asList: say("As a list", "以列表显示"),
};
const heads: Say[] = [say("studies", "课题"), say("hospitals", "医院"), say("datasets", "数据集"), say("standards", "数据标准"), say("code systems", "编码体系")];

interface Node { key: string; text: string; column: number; y: number; joined: Set<string> }
const ROW = 34, WIDTH = 190, GAP = 60, TOP = 40;

function layout(c: Catalogue): { nodes: Map<string, Node>; links: [Node, Node][]; height: number } {
	const nodes = new Map<string, Node>(), links: [Node, Node][] = [];
	const node = (column: number, id: string, text: string): Node => {
		const key = `${column}/${id}`;
		let n = nodes.get(key);
		if (n === undefined)
			nodes.set(key, (n = { key, text, column, y: 0, joined: new Set() }));
		return n;
	};
	const join = (a: Node, b: Node) => {
		if (a.joined.has(b.key))
			return;
		a.joined.add(b.key);
		b.joined.add(a.key);
		links.push([a, b]);
	};
	for (const s of c.sites) {
		const site = node(1, s.site, s.site);
		for (const x of s.studies)
			join(node(0, x.id, t(x.title)), site);
		for (const d of s.datasets) {
			const dataset = node(2, d.id + t(d.title), t(d.title));
			join(site, dataset);
			const standard = d.model ? node(3, d.model, standards[d.model] ?? d.model) : null;
			if (standard)
				join(dataset, standard);
			for (const code of new Set(d.events.flatMap((e) => e.codes)))
				join(standard ?? dataset, node(4, code, systems[code] ?? code));
		}
	}
	const counts = heads.map((_, i) => [...nodes.values()].filter((n) => n.column === i).length), most = Math.max(1, ...counts), at = heads.map(() => 0);
	for (const n of nodes.values())
		n.y = TOP + ((at[n.column]!++ + 0.5) * most * ROW) / counts[n.column]!;
	return { nodes, links, height: TOP + most * ROW + 10 };
}

const fit = (text: string, room: number): string => {
	let used = 0, i = 0;
	for (const ch of text) {
		used += ch.codePointAt(0)! > 0x2e80 ? 2 : 1;
		if (used > room)
			return `${[...text].slice(0, i - 1).join("")}…`;
		i++;
	}
	return text;
};

export function Graph({ of }: { of: Catalogue }) {
	const { nodes, links, height } = useMemo(() => layout(of), [of, language.value]);
	const [at, setAt] = useState<string | null>(null);
	const x = (column: number) => column * (WIDTH + GAP);
	const lit = (n: Node) => at === null || n.key === at || n.joined.has(at);
	const names = (n: Node) => list([...n.joined].map((k) => nodes.get(k)!.text));
	return (
		<>
			<div class="scroll" tabIndex={0} role="region" aria-label={t(words.title)}>
				<svg class="graph" viewBox={`0 0 ${x(4) + WIDTH} ${height}`} width={x(4) + WIDTH} height={height} role="group" aria-label={t(words.title)}>
					{heads.map((h, i) => <text key={i} class="head" x={x(i)} y={16}>{t(h)}</text>)}
					{links.map(([a, b]) => {
						const x1 = x(a.column) + WIDTH, x2 = x(b.column), mid = (x1 + x2) / 2;
						const on = at === null ? "" : at === a.key || at === b.key ? "lit" : "dim";
						return <path key={`${a.key}-${b.key}`} class={`link ${on}`} d={`M${x1} ${a.y}C${mid} ${a.y} ${mid} ${b.y} ${x2} ${b.y}`} />;
					})}
					{[...nodes.values()].map((n) => (
						<g key={n.key} class={`node ${lit(n) ? "" : "dim"} k${n.column}`} tabIndex={0} role="img" aria-label={t(words.joined, n.text, names(n))}
							onFocus={() => setAt(n.key)} onBlur={() => setAt(null)} onMouseEnter={() => setAt(n.key)} onMouseLeave={() => setAt(null)}>
							<rect x={x(n.column)} y={n.y - 13} width={WIDTH} height={26} rx={5} />
							<text x={x(n.column) + 10} y={n.y + 5}>{fit(n.text, 24)}<title>{n.text}</title></text>
						</g>
					))}
				</svg>
			</div>
			<details>
				<summary>{t(words.asList)}</summary>
				{heads.map((h, i) => (
					<section key={i}><h3>{t(h)}</h3><ul>{[...nodes.values()].filter((n) => n.column === i).map((n) => <li key={n.key}>{t(words.joined, n.text, names(n))}</li>)}</ul></section>
				))}
			</details>
		</>
	);
}
