// told.tsx - what the gateway tells in words. It names concepts by their numbers; where there is a vocabulary their names follow.
import { useEffect } from "preact/hooks";
import type { Say } from "../api";
import { concepts, lookUp } from "../ask/context";
import { t } from "../language";
import { me } from "../session";

const CONCEPT = /((?:\bconcept |概念 )(\d{1,10}))\b/;

export function Told({ of }: { of: Say }) {
	// text, "concept 201826", 201826, text, ..
	const parts = t(of).split(CONCEPT), ids = parts.filter((_, i) => i % 3 === 2).map(Number), known = me.value?.features.vocabulary;
	useEffect(() => { if (known) ids.forEach(lookUp); }, [ids.join(), known]);
	return (
		<span class="tells">{parts.map((p, i) => {
			if (i % 3 !== 2)
				return p;
			const name = concepts.value[p];
			return name ? ` (${t(name)})` : "";
		})}</span>
	);
}
