// ask.tsx - composing a question: what and who on the left; in plain words, its price and asking on the right.
import { useEffect, useMemo, useState } from "preact/hooks";
import { calls } from "../api";
import { Cohort } from "../ask/cohort";
import { useNames, WorkContext, type Work } from "../ask/context";
import { ImportDialog, SaveDialog, ShareDialog, TextDialog } from "../ask/dialogs";
import { canRedo, canUndo, question, redo, replace, settle, takeUp, undo } from "../ask/history";
import { offersFor } from "../ask/offers";
import type { Map } from "../ask/path";
import { fromFragment } from "../ask/share";
import { Side, useReading } from "../ask/side";
import { Extras, Step, What } from "../ask/what";
import { w } from "../ask/words";
import { Failed, Heading, useLoad } from "../components/basics";
import { t } from "../language";
import type { PageProps } from "../main";
import { go, place } from "../router";
import { me } from "../session";

type Opened = "link" | "answer" | "kept" | "broken";

/** Opens what the address names, as a step that Undo takes back. */
function useOpened(): { opened?: Opened | undefined; problem?: unknown } {
	const [state, setState] = useState<{ opened?: Opened; problem?: unknown }>({}), { query } = place.value;
	async function open() {
		const from = query.get("from"), kept = query.get("kept");
		try {
			if (/^#q=/.test(location.hash)) {
				const q = await fromFragment(location.hash);
				if (q !== null)
					replace(q);
				setState({ opened: q === null ? "broken" : "link" });
			} else if (from !== null) {
				replace((await calls.canonical(from)) as Map);
				setState({ opened: "answer" });
			} else if (kept !== null) {
				replace((await calls.keptOne(kept)).question as Map);
				setState({ opened: "kept" });
			} else {
				return;
			}
			go("/ask", true); // so that a reload shows what was made of it since
		} catch (problem) {
			setState({ problem });
		}
	}
	useEffect(() => {
		void open();
		const onHash = () => void open();
		addEventListener("hashchange", onHash);
		return () => removeEventListener("hashchange", onHash);
	}, [query.toString()]);
	return state;
}

export default function Ask(_: PageProps) {
	const who = me.value!;
	useMemo(() => takeUp(who.account), [who.account]);
	const { data: catalogue, problem } = useLoad(() => calls.catalogue(), []);
	const { opened, problem: notOpened } = useOpened(), reading = useReading();
	const [open, setOpen] = useState<string | null>(null), [said, setSaid] = useState(""), [dialog, setDialog] = useState<"text" | "import" | "share" | "save" | null>(null);
	const [file, setFile] = useState<File>(), q = question.value;
	const offers = useMemo(() => offersFor(catalogue, q), [catalogue, q]);
	const close = () => setDialog(null), begun = offers.studies.length === 0 || Boolean(q.study) || q.cohort !== undefined;
	useNames(q);
	const work: Work = { offers, told: reading.told, vocabulary: who.features?.vocabulary === true, open, setOpen, announce: setSaid };

	// One study, one dataset: nothing to choose.
	useEffect(() => {
		if (!catalogue)
			return;
		// As it is now: what a link brought may have come while the catalogue was on its way.
		const next: Map = { ...question.value };
		const { studies } = offersFor(catalogue, next);
		if (!next.study && studies.length === 1)
			next.study = studies[0]!.id;
		const { datasets, kinds } = offersFor(catalogue, next);
		if (next.study && !next.dataset && datasets.length === 1)
			next.dataset = datasets[0]!.id;
		if (next.study && !next.kind && kinds.includes("count"))
			next.kind = "count";
		settle(next);
	}, [catalogue, q.study]);
	useEffect(() => {
		if (said === "")
			return;
		const away = setTimeout(() => setSaid(""), 6000);
		return () => clearTimeout(away);
	}, [said]);
	useEffect(() => {
		const onKey = (e: KeyboardEvent) => {
			const typing = e.target instanceof HTMLElement && /^(INPUT|TEXTAREA)$/.test(e.target.tagName) && !/^(checkbox|radio)$/.test((e.target as HTMLInputElement).type);
			if (!(e.ctrlKey || e.metaKey) || e.altKey || typing || dialog !== null)
				return;
			const k = e.key.toLowerCase();
			if (k === "z" || k === "y") {
				e.preventDefault();
				setOpen(null);
				(k === "y" || e.shiftKey ? redo : undo)();
			}
		};
		addEventListener("keydown", onKey);
		return () => removeEventListener("keydown", onKey);
	}, [dialog]);
	const onDrop = (e: DragEvent) => {
		const f = e.dataTransfer?.files[0];
		if (f) {
			e.preventDefault();
			setFile(f);
			setDialog("import");
		}
	};
	return (
		<WorkContext.Provider value={work}>
			<div class="ask" onDragOver={(e) => e.dataTransfer?.types.includes("Files") && e.preventDefault()} onDrop={onDrop}>
				<Heading title={t(w.title)} lead={t(w.lead)}>
					<button type="button" disabled={!canUndo.value} onClick={() => { setOpen(null); undo(); }}><span aria-hidden="true">↶</span> {t(w.undo)}</button>
					<button type="button" disabled={!canRedo.value} onClick={() => { setOpen(null); redo(); }}><span aria-hidden="true">↷</span> {t(w.redo)}</button>
					<button type="button" onClick={() => { setFile(undefined); setDialog("import"); }}>{t(w.import)}</button>
					<button type="button" onClick={() => setDialog("text")}>{t(w.asText)}</button>
					<button type="button" onClick={() => setDialog("save")}>{t(w.save)}</button>
					<button type="button" onClick={() => setDialog("share")}>{t(w.share)}</button>
					<button type="button" class="quiet" onClick={() => { setOpen(null); replace({ ...(q.study && { study: q.study }), ...(q.dataset && { dataset: q.dataset }), kind: "count" }); }}>{t(w.anew)}</button>
				</Heading>
				{notOpened !== undefined && <Failed problem={notOpened} />}
				{opened && opened !== "kept" && (
					<div class={`notice ${opened === "broken" ? "bad" : ""}`} role="status"><p>{t(opened === "broken" ? w.badLink : opened === "link" ? w.fromLink : w.fromAnswer)} {opened !== "broken" && canUndo.value && t(w.back)}</p></div>
				)}
				<div class="ask-columns">
					<div class="ask-main">
						<What catalogueGone={problem !== undefined} />
						{begun ? <><Cohort /><Extras /></> : (
							<section class="card next-steps" aria-labelledby="next">
								<h2 id="next">{t(w.next)}</h2>
								<ul class="plain">
									{[w.nextWho, w.nextResult, w.nextRead].map((x, i) => <li key={i}><Step n={i + 2} />{t(x)}</li>)}
								</ul>
							</section>
						)}
					</div>
					<Side reading={reading} setOpen={setOpen} />
				</div>
				<button type="button" class="to-side" onClick={() => document.querySelector(".side")?.scrollIntoView()}>{t(w.toSide)} <span aria-hidden="true">↓</span></button>
				<p class={said === "" ? "hidden" : "toast"} role="status">{said}</p>
			</div>
			<TextDialog open={dialog === "text"} onClose={close} />
			<ImportDialog open={dialog === "import"} onClose={close} file={file} />
			<SaveDialog open={dialog === "save"} onClose={close} onSaved={(name) => setSaid(t(w.savedAs, name))} />
			<ShareDialog of={q} open={dialog === "share"} onClose={close} />
		</WorkContext.Provider>
	);
}
