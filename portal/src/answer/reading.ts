// reading.ts - an answer looked at: whose cells, what a cell says in words, names of groups.
import type { Account, Answer, Cell, SiteAnswer, SiteState } from "../api";
import { number, t } from "../language";
import { measured, ofCell, shortText, valueText, type Measured } from "./measured";
import { groups, words } from "./words";

export const gave: SiteState[] = ["answered", "recalled", "suppressed", "summed"];
export const settled = (s: SiteAnswer): boolean => s.state !== "waiting" && s.state !== "offered";

/** undefined: the total. */
export const cellsOf = (a: Answer, site?: string): Cell[] => (site === undefined ? a.total.cells : a.sites.find((s) => s.site === site)?.cells ?? []);
export const keyOf = (a: Answer, group: Record<string, string>, point?: number): string =>
	JSON.stringify([...a.groups.map((g) => group[g.name] ?? null), point ?? null]);
export function indexed(a: Answer, cells: Cell[]): Map<string, Cell> {
	return new Map(cells.filter((c) => c.layer === undefined || c.layer === "people").map((c) => [keyOf(a, c.group, c.point), c]));
}
/** What a group is called at the head of its column. */
export const headOf = (name: string): string => (Object.hasOwn(groups, name) ? t(groups[name]!) : name);
export const groupName = (a: Answer, group: Record<string, string>): string =>
	a.groups.map((g) => group[g.name] ?? "").filter((x) => x !== "").join(" · ") || t(words.everyone);

/** Why there is no number; "" where there is one. Never to be taken for zero. */
export function whyNone(c: Cell | undefined, short = false): string {
	if (c?.state === "released" && measured(c))
		return "";
	if (c?.state === "suppressed")
		return c.threshold === undefined ? t(words.suppressed) : t(short ? words.fewerShort : words.fewer, c.threshold);
	return t(words.absent);
}
/** "409 ±9", or why there is none. */
export function cellText(c: Cell | undefined): string {
	const m = ofCell(c);
	return m ? shortText(m) : whyNone(c);
}
export const orDash = (m: Measured | undefined, text: (m: Measured) => string = valueText): string => (m ? text(m) : "–");

// ---- what it cost ----

// Decimal strings of at most 12 digits after the point, exactly.
const amount = (text: string): bigint => {
	const [whole = "0", part = ""] = text.split(".");
	return BigInt(whole + part.padEnd(12, "0").slice(0, 12));
};
/** How often a charge like this fits into what is left; -1 when it was free. */
export function timesLeft(a: Account): number {
	const cost = amount(a.cost);
	return cost <= 0n ? -1 : Number(amount(a.left) / cost);
}
export const shareLeft = (a: Account): number => (amount(a.cap) === 0n ? 0 : Number(amount(a.left)) / Number(amount(a.cap)));
/** Of all accounts the one that will say no first. */
export function tightest(accounts: Account[] = []): Account | undefined {
	let tight: Account | undefined;
	for (const a of accounts)
		if (!tight || timesLeft(a) < timesLeft(tight) || (timesLeft(a) < 0 && amount(a.left) < amount(tight.left)))
			tight = a;
	return tight;
}
/** A decimal as a number in the page's language, all its digits. */
export const decimal = (text: string): string => (Number.isFinite(Number(text)) ? number(Number(text), 12) : text);
/** What was spent of it, in all its digits. */
export const spentText = (a: Account): string => number(Number(amount(a.cap) - amount(a.left)) / 1e12, 12);
export function priceText(s: SiteAnswer): string {
	const tight = tightest(s.accounts);
	return !tight ? "" : timesLeft(tight) < 0 ? t(words.free) : `${decimal(tight.cost)} ${tight.unit}`;
}
export function leftText(s: SiteAnswer): string {
	const tight = tightest(s.accounts);
	if (!tight)
		return "";
	const n = timesLeft(tight);
	return n < 0 ? t(words.leftOf, decimal(tight.left), decimal(tight.cap)) : t(words.leftTimes, decimal(tight.left), decimal(tight.cap), n);
}
