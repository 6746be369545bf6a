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
	noise?: Record<string, unknown>; similar?: Similar[]; left_out?: string; cells_left_out?: boolean; bounded?: boolean; statistics?: Statistics;
	explain?: { rules: string[]; codes?: { list: number; label: Say; concepts: number }[] } }
export interface Estimate { value: number | null; interval?: [number | null, number | null]; sampling?: [number | null, number | null]; small?: boolean }
/** By kind: docs/api.md, "Statistics". */
export type Statistics = Record<string, unknown>;
export type AnswerState = "running" | "complete" | "partial" | "failed" | "cancelled";
export interface Answer { id: string; question: string; asked_by: string; study: string; kind: string; mode: "noised" | "secure"; state: AnswerState;
	confidence: number; groups: { name: string; labels: string[] }[]; total: { cells: Cell[]; statistics?: Statistics }; sites: SiteAnswer[];
	sum?: Record<string, unknown> & { guarantee?: Say }; privacy?: Record<string, unknown>; asked: string; ms: number }
export interface Summary { id: string; study: string; kind: string; state: AnswerState; asked: string; asked_by: string; sites: number; answered: number }
export interface Price { sites: { site: string; state: string; allowed?: boolean; recalled?: boolean; rule?: string; say?: Say; accounts?: Account[]; similar?: Similar[] }[];
	privacy?: Record<string, unknown> }
export interface Doubt { at: string; say: Say }
/** What was read, in the one spelling that is signed: `question` is the SHA-256 of `canonical`. */
export interface ReadQuestion { canonical: string; question: string; say: Say; doubts: Doubt[] }

// ---- cohorts ----

export interface ReadCohort { cohort: unknown; say: Say; doubts: Doubt[] }
export interface Converted { from: "circe" | "i2b2" | "ccdl"; cohort: unknown | null; say: Say | null; report: { level: "refused" | "note"; at: string; say: Say }[] }
/** A question somebody keeps, to ask or change later; one's own alone. */
export interface Kept { id: string; name: string; kept: string; question: Question }

// ---- studies ----

export type SiteStudyState = "approved" | "not-yet" | "refused" | "ended" | "unknown";
export interface Study { id: string; title: Say; purpose: string[]; proposed_by?: string; proposed?: string; members: { account: string; role: string }[];
	kinds: string[]; datasets: string[]; may_use: string[]; budget?: { rho: string }; valid: { from: string; to: string }; note?: string;
	/** unknown: offline since the gateway started, or its policy tells nobody. say: why refused. */
	sites: { site: string; state: SiteStudyState; policy?: number; valid?: { from: string; to: string }; say?: Say }[] }

// ---- catalogue ----

export interface Offered { event: string; title: Say; codes: string[]; steps: string | null; uses: string[] }
export interface OfferedGroup { name: string; title: Say; labels: string[] }
export interface OfferedMeasure { id: string; title: Say; unit: string; low: number; high: number; cuts: number[] }
export interface OfferedDataset { id: string; title: Say; level: number; model: string | null; span: { from: string; to: string } | null;
	events: Offered[]; groups: OfferedGroup[]; measures: OfferedMeasure[] }
/** datasets: what the site shows to everybody here, and what one's own studies may use. `window`: steps of days between events, 0: no windows. */
export interface SiteCatalogue { site: string; online: boolean; title: Say; policy: { version: number; hash: string }; data: string; shown: "open" | "studies" | "none";
	datasets: OfferedDataset[]; kinds: string[]; modes: ("noised" | "secure")[]; timing: string;
	compose: { criteria: number; depth: number; window: number } | null;
	studies: { id: string; title: Say; valid: { from: string; to: string }; role: string; kinds: string[]; datasets: string[]; may_use: string[] }[] }
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
