// main.tsx - the frame around every page: who is signed in, where one can go, the language; and which page is shown.
import { render, type ComponentType } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { Problem, session, type Role, type Say } from "./api";
import { Failed, Waiting } from "./components/basics";
import { language, setLanguage, t } from "./language";
import { go, Link, match, place } from "./router";
import { findMe, me, signedOut, signOut, withFragment } from "./session";
import "./style.css";
import "./answer/answer.css";
import "./ask/ask.css";
import { words } from "./words";

export type PageProps = { at: Record<string, string> };
type Module = { default: ComponentType<PageProps> };

/** Every page: its address, its name in the navigation (none: not in it), who may go there. A page is loaded when it is gone to. */
const pages: { path: string; nav?: Say; roles?: Role[]; load: () => Promise<Module> }[] = [
	{ path: "/ask", nav: words.ask, roles: ["researcher"], load: () => import("./pages/ask") },
	{ path: "/catalogue", nav: words.catalogue, load: () => import("./pages/catalogue") },
	{ path: "/questions", nav: words.answers, roles: ["researcher", "auditor"], load: () => import("./pages/answers") },
	{ path: "/questions/:id", roles: ["researcher", "auditor"], load: () => import("./pages/answer") },
	{ path: "/cohorts", nav: words.cohorts, roles: ["researcher"], load: () => import("./pages/cohorts") },
	{ path: "/studies", nav: words.studies, load: () => import("./pages/studies") },
	{ path: "/studies/:id", load: () => import("./pages/study") },
	{ path: "/budget", nav: words.budget, roles: ["researcher"], load: () => import("./pages/budget") },
	{ path: "/transparency", nav: words.transparency, load: () => import("./pages/transparency") },
	{ path: "/record", nav: words.record, roles: ["auditor"], load: () => import("./pages/record") },
	{ path: "/sites", nav: words.sites, load: () => import("./pages/sites") },
	{ path: "/account", load: () => import("./pages/account") },
];
const signIn = () => import("./pages/sign-in") as Promise<Module>;
const missing = () => import("./pages/missing") as Promise<Module>;

const home: Record<Role, string> = { researcher: "/ask", officer: "/studies", operator: "/sites", auditor: "/record" };
const mayGo = (p: { roles?: Role[] }) => p.roles === undefined || (me.value != null && p.roles.includes(me.value.role));

function find(path: string): { at: Record<string, string>; load: () => Promise<Module> } {
	if (path === "/sign-in")
		return { at: {}, load: signIn };
	for (const p of pages) {
		const at = match(p.path, path);
		if (at !== null && mayGo(p))
			return { at, load: p.load };
	}
	return { at: {}, load: missing };
}

function Languages() {
	return (
		<div class="languages" role="group" aria-label={t(words.language)}>
			{(["zh", "en"] as const).map((l) => (
				<button key={l} type="button" lang={l} aria-pressed={language.value === l} onClick={() => setLanguage(l)}>
					{l === "zh" ? "中文" : "English"}
				</button>
			))}
		</div>
	);
}

function Top() {
	const who = me.value;
	const [open, setOpen] = useState(false);
	const [failed, setFailed] = useState<unknown>();
	const path = place.value.path, leave = () => void signOut().catch(setFailed);
	useEffect(() => setOpen(false), [path]);
	return (
		<header class="top">
			<a class="skip" href="#main">{t(words.skip)}</a>
			<div class="top-row">
				<Link href="/" class="brand"><img src="/icon.svg" alt="" width="24" height="24" />Cordon</Link>
				{who && (
					<button type="button" class="menu" aria-expanded={open} aria-controls="nav" onClick={() => setOpen(!open)}>{t(words.menu)}</button>
				)}
				<div class="top-end">
					<Languages />
					{who && <Link href="/account" class="who">{who.account}</Link>}
					{who && <button type="button" class="quiet wide-only" onClick={leave}>{t(words.signOut)}</button>}
				</div>
			</div>
			{who && (
				<nav id="nav" class={open ? "open" : ""} aria-label={t(words.navigation)}>
					{pages.filter((p) => p.nav && mayGo(p)).map((p) => <Link key={p.path} href={p.path} class={path.startsWith(`${p.path}/`) ? "within" : ""}>{t(p.nav!)}</Link>)}
					<div class="phone-only">
						<Link href="/account">{who.account}</Link>
						<button type="button" onClick={leave}>{t(words.signOut)}</button>
					</div>
				</nav>
			)}
			{failed !== undefined && <Failed problem={failed} />}
		</header>
	);
}

/** The page for the address. After each change of page its heading is where a screen reader goes on. */
function Shown() {
	const { path } = place.value;
	const [page, setPage] = useState<{ path: string; Page: ComponentType<PageProps>; at: Record<string, string> } | null>(null);
	const [failed, setFailed] = useState<unknown>(null);
	const main = useRef<HTMLElement>(null);
	const first = useRef(true);
	const role = me.value?.role;
	useEffect(() => {
		let here = true;
		const { at, load } = find(path);
		load().then((m) => here && setPage({ path, Page: m.default, at }), (e: unknown) => here && setFailed(e));
		return () => { here = false; };
	}, [path, role]);
	useEffect(() => {
		if (page === null)
			return;
		if (!first.current)
			main.current?.focus();
		first.current = false;
	}, [page?.path]);
	return (
		<main id="main" ref={main} tabIndex={-1}>
			{failed !== null ? <Failed problem={new Problem(0, words.notLoaded)} />
				: page === null || page.path !== path ? <Waiting /> : <page.Page key={path} at={page.at} />}
		</main>
	);
}

function Portal() {
	const who = me.value, { path } = place.value;
	useEffect(() => { document.documentElement.lang = language.value === "zh" ? "zh-CN" : "en"; }, [language.value]);
	useEffect(() => {
		if (who === null && path !== "/sign-in")
			signedOut();
		else if (who && path === "/")
			go(home[who.role], true);
	}, [who, path]);
	if (who === undefined)
		return <main><Waiting /></main>;
	if (who === null && path !== "/sign-in")
		return null;
	return <><Top /><Shown /></>;
}

session.ended = signedOut;
findMe().then(() => {
	const here = location.pathname + location.search, whole = withFragment(here);
	if (whole !== here)
		history.replaceState(null, "", whole);
}, () => { me.value = null; });
render(<Portal />, document.getElementById("portal")!);
