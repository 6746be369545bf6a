// measured.ts - a number with how far it may be trusted, and its spelling: digits follow the interval, as in the terminal
// (cli/show_words.c), so that both say the same.
import type { Cell, Estimate } from "../api";
import { decimals, number } from "../language";

/** low..high covers the number without noise; from..to, where there is one, counts the chance of who was there too. */
export interface Measured { value: number; low: number; high: number; from?: number; to?: number }

const most = 1e15; // beyond, digits mean nothing
const real = (n: unknown): n is number => typeof n === "number" && Number.isFinite(n) && Math.abs(n) < most;

/** undefined: there is no such number. It is never taken for zero. */
export function measured(of: unknown): Measured | undefined {
	const e = of as Estimate | undefined;
	if (!e || !real(e.value))
		return undefined;
	const [low, high] = e.interval ?? [], [from, to] = e.sampling ?? [];
	return {
		value: e.value, low: real(low) && real(high) ? low : e.value, high: real(low) && real(high) ? high : e.value,
		...(real(from) && real(to) ? { from, to } : {}),
	};
}

/** Of a cell only when it was released. */
export const ofCell = (c: Cell | undefined): Measured | undefined => (c?.state === "released" ? measured(c) : undefined);

export function times(m: Measured, by: number): Measured {
	return { value: m.value * by, low: m.low * by, high: m.high * by,
		...(m.from !== undefined && m.to !== undefined ? { from: m.from * by, to: m.to * by } : {}) };
}

/** Two digits of half the interval, at most four after the point; people have none. */
export function digits(m: Measured): number {
	const half = (m.high - m.low) / 2, size = half > 0 ? half : Math.abs(m.value) / 100;
	if (half > 0 && Number.isInteger(half) && Number.isInteger(m.value))
		return 0;
	return size > 0 ? Math.min(4, Math.max(0, 1 - Math.floor(Math.log10(size)))) : 0;
}

export const valueText = (m: Measured): string => decimals(m.value, digits(m));
export const intervalText = (m: Measured): string => `${decimals(m.low, digits(m))} – ${decimals(m.high, digits(m))}`;
export const samplingText = (m: Measured): string =>
	m.from === undefined || m.to === undefined ? "" : `${decimals(m.from, digits(m))} – ${decimals(m.to, digits(m))}`;
/** "409 ±9" where there is no room for two ends. */
export const shortText = (m: Measured): string =>
	`${valueText(m)} ±${decimals(Math.max(m.high - m.value, m.value - m.low), digits(m))}`;
/** Ends at edges of bins, rounded outwards: they still cover what they covered. */
export function edgesText(low: number, high: number, places: number): string {
	const unit = 10 ** places, hair = 1e-6;
	return `${decimals(Math.floor(low * unit + hair) / unit, places)} – ${decimals(Math.ceil(high * unit - hair) / unit, places)}`;
}
export const whole = (n: number): string => number(n, 0);
