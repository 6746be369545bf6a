// api.ts - every call to the gateway, with the shapes of docs/api.md. The one place that knows paths, cookies and CSRF.
//
// A text for people is a Say. Ids and codes are never shown as they are where there is a Say beside them.

export interface Say { en: string; zh: string }

/** RFC 9457, as docs/api.md says. `status` 0: the gateway could not be reached. */
export class Problem extends Error {
	constructor(
		public status: number,
		public say: Say,
		public code?: string,
		public at?: string,
		public errors: { code: string; at: string; say: Say }[] = [],
		public retryAfter?: number,
	) {
		super(say.en);
	}
}

export type Role = "researcher" | "officer" | "operator" | "auditor";
/** What an API token may do at most; a role may do less. */
export type Scope = "ask" | "read" | "compose" | "studies" | "operate" | "audit";

// ---- signing in ----

export interface SignIn { oidc: { name: string } | null; token: true }
/** csrf only with a cookie. oidc: signed in at the provider; token: with a token at this page; bearer: each call. */
export interface Me { account: string; role: Role; via: "oidc" | "token" | "bearer"; scopes: Scope[]; csrf?: string; expires?: string;
	/** What this gateway has: a vocabulary to search, secure sums. */
	features: { vocabulary: boolean; secure: boolean } }
export interface Token { id: string; name: string; scopes: Scope[]; created: string; expires: string; used?: string }
export interface SignInRecord { at: string; account: string; what: "signed-in" | "refused" | "signed-out" | "expired"; via: "oidc" | "token" }

// ---- questions ----

/** docs/questions.md. */
export type Question = Record<string, unknown>;
export type CellState = "released" | "suppressed" | "absent";
export interface Cell { group: Record<string, string>; value?: number; interval?: [number, number]; state: CellState; threshold?: number;
	sites?: string[]; layer?: string; point?: number }
export type SiteState = "waiting" | "answered" | "recalled" | "suppressed" | "refused" | "timed-out" | "offline" | "failed" | "cancelled"
	| "offered" | "summed" | "dropped" | "left-out";
export interface Account { account: string; unit: "rho" | "epsilon"; cost: string; cap: string; left: string }
export interface Similar { id: string; question: string; differs: { what: string; how: string; path: string; say: Say }[];
	together: { rho: string; epsilon: string; delta: string } }
export interface SiteAnswer { site: string; state: SiteState; policy?: { version: number; hash: string }; data?: string; rule?: string; say?: Say;
	cells?: Cell[]; recalled?: boolean; ms?: number; accounts?: Account[]; min_patients?: number; round_to?: number; rows_left_out?: boolean;
	noise?: Noise; clamp?: [number, number]; similar?: Similar[]; left_out?: string; cells_left_out?: boolean; bounded?: boolean; statistics?: Statistics;
	explain?: { rules: string[]; codes?: { list: number; label: Say; concepts: number }[] } }
export interface Estimate { value: number | null; interval?: [number | null, number | null]; sampling?: [number | null, number | null]; small?: boolean }
/** By kind: docs/api.md, "Statistics". */
export type Statistics = Record<string, unknown>;
export type AnswerState = "running" | "complete" | "partial" | "failed" | "cancelled";
export interface Answer { id: string; question: string; asked_by: string; study: string; kind: string; mode: "noised" | "secure"; state: AnswerState;
	confidence: number; groups: { name: string; labels: string[] }[]; total: { cells: Cell[]; statistics?: Statistics; sum?: Sum };
	sites: SiteAnswer[]; privacy?: Privacy; asked: string; ms: number }
export interface Noise { kind: string; variance?: number; scale?: string; layers?: { variance?: number; scale?: string }[] }
/** Mode secure: the sum of the sites whose state is summed; no site's own number exists. */
export interface Sum { protocol?: "SA-1" | "TP-1"; sites: number; honest: number; noise: Noise & { draws?: number }; min_patients?: number; round_to?: number; rows_left_out?: boolean; guarantee?: Say;
	/** Of distinct people; `full` with no `occupied`: too many people for the buckets. */
	distinct?: { buckets: number; dummies: number; occupied?: number; full?: boolean } }
export interface Loss { sites: number; rho: string; epsilon?: string }
/** What a patient of one hospital loses by this, and one whom several know. */
export interface Privacy { unit: string; delta: string; one: Loss; several?: Loss }
export interface Summary { id: string; study: string; kind: string; state: AnswerState; asked: string; asked_by: string; sites: number; answered: number }
export interface Price { sites: { site: string; state: string; allowed?: boolean; recalled?: boolean; rule?: string; say?: Say; accounts?: Account[]; similar?: Similar[] }[];
	privacy?: Privacy }
export interface Doubt { at: string; say: Say }
/** What was read, in the one spelling that is signed: `question` is the SHA-256 of `canonical`. */
export interface ReadQuestion { canonical: string; question: string; say: Say; doubts: Doubt[];
	/** Of a text only: the question as it was written, as JSON; nothing read away. */
	written?: Question }

// ---- cohorts ----

export interface ReadCohort { cohort: unknown; say: Say; doubts: Doubt[] }
export interface Converted { from: "circe" | "i2b2" | "ccdl"; cohort: unknown | null; say: Say | null; report: { level: "refused" | "note"; code: string; at: string; say: Say }[];
	/** refusals beyond those listed */
	more?: number }
/** A question somebody keeps, to ask or change later; one's own alone. */
export interface Kept { id: string; name: string; kept: string; question: Question }

// ---- studies ----

export type SiteStudyState = "approved" | "not-yet" | "refused" | "ended" | "unknown";
export interface Study { id: string; title: Say; purpose: string[]; proposed_by?: string; proposed?: string; members: { account: string; role: string }[];
	kinds: string[]; datasets: string[]; may_use: string[]; budget?: { rho: string }; valid: { from: string; to: string }; note?: string;
	/** unknown: offline since the gateway started, or its policy tells nobody. say: why refused. */
	sites: { site: string; state: SiteStudyState; policy?: number; valid?: { from: string; to: string }; say?: Say }[] }

// ---- catalogue ----

/** `columns`, `column`: as the hospital's policy names them, so that a proposed study can list what it wants; usable ones only. */
export interface Offered { event: string; title: Say; codes: string[]; steps: string | null; uses: string[]; columns: string[] }
export interface OfferedGroup { name: string; title: Say; labels: string[]; column: string }
export interface OfferedMeasure { id: string; title: Say; unit: string; low: number; high: number; cuts: number[] }
export interface OfferedDataset { id: string; title: Say; level: number; model: string | null; span: { from: string; to: string } | null;
	events: Offered[]; groups: OfferedGroup[]; measures: OfferedMeasure[] }
/** A parameter of a cohort that officers prepared: a whole period within `span`, one of `values`, or a code. */
export interface OfferedParam { name: string; takes: "period" | "value" | "code"; step?: string; span?: { from: string; to: string }; values: string[] }
export interface OfferedCohort { id: string; title: Say; dataset: string; kinds: string[]; params: OfferedParam[] }
/** datasets: what the site shows to everybody here, and what one's own studies may use. `window`: steps of days between events, 0: no windows. */
export interface SiteCatalogue { site: string; online: boolean; title: Say; policy: { version: number; hash: string }; data: string; shown: "open" | "studies" | "none";
	datasets: OfferedDataset[]; kinds: string[]; modes: ("noised" | "secure")[]; timing: string;
	compose: { criteria: number; depth: number; window: number } | null;
	studies: { id: string; title: Say; valid: { from: string; to: string }; role: string; kinds: string[]; datasets: string[]; may_use: string[]; cohorts: OfferedCohort[] }[] }
export interface Coverage { label: Say; id: string; sites: { site: string; state: string; value?: number; interval?: [number, number]; threshold?: number }[] }
export interface Catalogue { sites: SiteCatalogue[]; coverage: Coverage[] }
export interface Concept { id: number; name: string; zh: string | null; vocabulary: string; code: string; domain: string; standard: boolean; descendants: number }
export interface ConceptTree extends Concept { parents: Concept[]; children: Concept[]; more: boolean }

// ---- the record ----

export interface Shown { asked: string; study: string; kind: string; mode: string; say: Say; sites: { site: string; state: SiteState }[]; id?: string; asked_by?: string }
export interface AuditRecord { seq: number; at: string; what: string; who: string; about: string; detail: string; hash: string }

// ---- sites ----

export interface SiteLine { site: string; online: boolean; why?: "never-seen" | "lost" | "ledger" | "version"; since?: string; program?: string;
	policy?: { version: number; hash: string }; data?: string;
	/** for operators: when the certificate of the line ends */
	certificate?: { until: string } }

// ---- calls ----

const unreachable: Say = { en: "The gateway cannot be reached. Is there a network?", zh: "无法连接网关，请检查网络。" };
/** Set by main.tsx: what to do when the session has ended. Here, so that this file imports nothing of ours. */
export const session = { csrf: undefined as string | undefined, ended: () => {} };

async function problem(r: Response): Promise<Problem> {
	const after = Number(r.headers.get("Retry-After")) || undefined;
	const body = r.headers.get("Content-Type")?.startsWith("application/problem+json") ? await r.json() : {};
	return new Problem(r.status, body.say ?? { en: r.statusText, zh: r.statusText }, body.code, body.at, body.errors, after);
}

async function fetchOk(method: string, path: string, body?: BodyInit, headers: Record<string, string> = {}): Promise<Response> {
	let r: Response;
	if (session.csrf !== undefined && method !== "GET")
		headers["X-Cordon-CSRF"] = session.csrf;
	try {
		r = await fetch(path, { method, headers, body: body ?? null, credentials: "same-origin", redirect: "error", cache: "no-store" });
	} catch {
		throw new Problem(0, unreachable);
	}
	if (r.ok)
		return r;
	const p = await problem(r);
	if (r.status === 401 && path !== "/v1/me" && path !== "/v1/session")
		session.ended();
	throw p;
}

async function call<T>(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<T> {
	if (body !== undefined)
		headers["Content-Type"] = "application/json";
	const r = await fetchOk(method, path, body === undefined ? undefined : JSON.stringify(body), headers);
	return (r.status === 204 ? undefined : await r.json()) as T;
}

const e = encodeURIComponent;
const asLines = (of: object): string => `{\n${Object.entries(of).map(([k, v]) => `${JSON.stringify(k)}: ${JSON.stringify(v)}`).join(",\n")}\n}`;
function query(of: Record<string, string | number | undefined>): string {
	const q = new URLSearchParams();
	for (const [k, v] of Object.entries(of))
		if (v !== undefined && v !== "")
			q.set(k, String(v));
	return q.size === 0 ? "" : `?${q}`;
}

export const calls = {
	signIn: () => call<SignIn>("GET", "/v1/sign-in"),
	signInWithToken: (token: string) => call<Me>("POST", "/v1/session", { token }),
	signOut: () => call<void>("DELETE", "/v1/session"),
	me: async () => {
		const found = await call<Me>("GET", "/v1/me");
		session.csrf = found.csrf;
		return found;
	},
	tokens: () => call<{ tokens: Token[] }>("GET", "/v1/tokens"),
	makeToken: (name: string, scopes: Scope[], days: number) => call<Token & { token: string }>("POST", "/v1/tokens", { name, scopes, days }),
	endToken: (id: string) => call<void>("DELETE", `/v1/tokens/${e(id)}`),
	signIns: () => call<{ records: SignInRecord[] }>("GET", "/v1/sign-ins"),

	ask: (body: { question: Question; certificate: string; signature: string; asked_ms: number; deadline_ms?: number }, key: string) =>
		call<Answer>("POST", "/v1/questions", body, { "Idempotency-Key": key }),
	price: (question: Question) => call<Price>("POST", "/v1/questions/price", { question }),
	read: (question: Question) => call<ReadQuestion>("POST", "/v1/questions/read", { question }),
	/** YAML or JSON as people write it; places in problems are those of the text. */
	readText: (text: string) => call<ReadQuestion>("POST", "/v1/questions/read", { text }),
	answers: (before?: string, limit?: number, study?: string) =>
		call<{ questions: Summary[]; next?: string }>("GET", `/v1/questions${query({ before, limit, study })}`),
	answer: (id: string) => call<Answer>("GET", `/v1/questions/${e(id)}`),
	/** as it was sent: numbers past 2^53 are whole */
	answerText: async (id: string) => (await fetchOk("GET", `/v1/questions/${e(id)}`)).text(),
	canonical: (id: string) => call<Question>("GET", `/v1/questions/${e(id)}/canonical`),
	cancel: (id: string) => call<Answer>("DELETE", `/v1/questions/${e(id)}`),
	budget: (study: string) => call<Price>("GET", `/v1/budget${query({ study })}`),

	/** `on`: the day of ages where the format takes today's. */
	convert: async (definition: string, on = "") => (await fetchOk("POST", `/v1/cohorts/convert${query({ on })}`, definition)).json() as Promise<Converted>,
	readCohort: (cohort: unknown) => call<ReadCohort>("POST", "/v1/cohorts/read", { cohort }),
	kept: (before?: string) => call<{ cohorts: Kept[]; next?: string }>("GET", `/v1/cohorts${query({ before })}`),
	keptOne: (id: string) => call<Kept>("GET", `/v1/cohorts/${e(id)}`),
	keep: (name: string, question: Question) => call<Kept>("POST", "/v1/cohorts", { name, question }),
	forget: (id: string) => call<void>("DELETE", `/v1/cohorts/${e(id)}`),

	studies: (before?: string) => call<{ studies: Study[]; next?: string }>("GET", `/v1/studies${query({ before })}`),
	study: (id: string) => call<Study>("GET", `/v1/studies/${e(id)}`),
	/** A line for each field, so that a place in a problem tells which (studies/mistakes.ts). */
	propose: async (study: Partial<Study>) => (await fetchOk("POST", "/v1/studies", asLines(study), { "Content-Type": "application/json" })).json() as Promise<Study>,
	withdraw: (id: string) => call<void>("DELETE", `/v1/studies/${e(id)}`),
	entryPath: (id: string) => `/v1/studies/${e(id)}/entry`,
	entry: async (id: string) => (await fetchOk("GET", `/v1/studies/${e(id)}/entry`)).text(),

	catalogue: (q?: string) => call<Catalogue>("GET", `/v1/catalogue${query({ q })}`),
	concepts: (q: string, event?: string, after?: string) => call<{ concepts: Concept[]; next?: string }>("GET", `/v1/concepts${query({ q, event, after })}`),
	concept: (id: number) => call<ConceptTree>("GET", `/v1/concepts/${id}`),

	transparency: (before?: string) => call<{ questions: Shown[]; next?: string }>("GET", `/v1/transparency${query({ before })}`),
	audit: (before?: string) => call<{ records: AuditRecord[]; next?: string; intact: boolean; count: number; checked: number; broken?: number }>("GET", `/v1/audit${query({ before })}`),
	sites: () => call<{ sites: SiteLine[] }>("GET", "/v1/sites"),
	readmit: (site: string) => call<SiteLine>("POST", `/v1/sites/${e(site)}/readmit`),
};

/** Follows an answer until its last state. Gives a function that stops. A line that breaks is taken up again; `onLine` says so. */
export function watch(id: string, onAnswer: (a: Answer) => void, onProblem: (p: Problem) => void, onLine?: (up: boolean) => void): () => void {
	const source = new EventSource(`/v1/questions/${e(id)}/events`);
	let done = false;
	const stop = () => {
		done = true;
		source.close();
	};
	source.addEventListener("answer", (event) => {
		const a = JSON.parse((event as MessageEvent<string>).data) as Answer;
		if (a.state !== "running")
			stop();
		onLine?.(true);
		onAnswer(a);
	});
	source.onerror = () => {
		if (done)
			return;
		// The browser tries again by itself unless it was refused; then the plain call says why.
		if (source.readyState === EventSource.CLOSED) {
			stop();
			calls.answer(id).then(onAnswer, onProblem);
		} else
			onLine?.(false);
	};
	return stop;
}
