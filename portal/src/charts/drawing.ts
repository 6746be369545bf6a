// drawing.ts - what a chart shows, without how: results make these, draw.ts draws them. Texts come in the page's language.
import type { Measured } from "../answer/measured";

/** A bar or point. Without `m` there is no number: `note` says why, and nothing stands where a bar would. */
export interface Mark { name: string; facet?: string; m?: Measured | undefined; text: string; strong?: boolean }
export interface Curve { name: string; steps: { until: number; surviving?: Measured | undefined; small: boolean; risk: string }[]; start: string }

export type Drawing = { title: string } & (
	| { form: "bars"; marks: Mark[]; label: string; inOrder?: boolean }
	| { form: "points"; marks: Mark[]; label: string }
	| { form: "funnel"; marks: Mark[]; label: string }
	| { form: "curves"; curves: Curve[]; label: string; across: string; risk: string; step: number }
	| { form: "cells"; marks: (Mark & { column: string })[]; rows: string; columns: string }
);

/** How dark a cell of a two-way table is; letters on it stay readable. */
export const shade = (value: number | undefined, most: number): number =>
	(value === undefined ? 0 : 0.05 + 0.35 * Math.min(1, Math.max(0, value / most)));
