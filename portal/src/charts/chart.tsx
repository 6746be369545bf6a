// chart.tsx - a drawing on the page, as wide as there is room, and as a picture to keep.
import { useEffect, useRef, useState } from "preact/hooks";
import { language } from "../language";
import type { Drawing } from "./drawing";

const library = () => import("./draw");

export function Chart({ drawing, caption }: { drawing: Drawing; caption?: string | undefined }) {
	const box = useRef<HTMLDivElement>(null), [width, setWidth] = useState(0);
	useEffect(() => {
		const seen = new ResizeObserver(([entry]) => setWidth(Math.floor(entry!.contentRect.width)));
		seen.observe(box.current!);
		return () => seen.disconnect();
	}, []);
	useEffect(() => {
		let here = true;
		if (width > 0)
			void library().then(({ draw }) => {
				if (!here)
					return;
				const svg = draw(drawing, width);
				svg.setAttribute("role", "img");
				svg.setAttribute("aria-label", drawing.title);
				box.current?.replaceChildren(svg);
			});
		return () => { here = false; };
	}, [drawing, width, language.value]);
	return <figure class="chart"><div ref={box} class={`chart-box ${drawing.form}`} />{caption && <figcaption>{caption}</figcaption>}</figure>;
}

/** Lines of at most `room` pixels; Chinese has no spaces to break at. */
function lines(pen: CanvasRenderingContext2D, text: string, room: number): string[] {
	const found: string[] = [];
	let line = "";
	for (const piece of text.match(/[\u2e80-\uffff]|[^\s\u2e80-\uffff]+\s*|\s+/g) ?? []) {
		if (line !== "" && pen.measureText(line + piece).width > room) {
			found.push(line.trimEnd());
			line = "";
		}
		line += piece;
	}
	return line === "" ? found : [...found, line];
}

function asImage(svg: SVGSVGElement): Promise<HTMLImageElement> {
	const image = new Image();
	svg.setAttribute("xmlns", "http://www.w3.org/2000/svg");
	svg.setAttribute("font-family", getComputedStyle(document.documentElement).fontFamily);
	svg.setAttribute("font-size", "13");
	return new Promise((resolve, reject) => {
		image.onload = () => resolve(image);
		image.onerror = () => reject(new Error("the chart cannot be drawn as a picture"));
		image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(new XMLSerializer().serializeToString(svg))}`;
	});
}

/** The chart as PNG, twice as fine as the screen, with its title above and `notes` below. */
export async function picture(drawing: Drawing, notes: string[], width = 900): Promise<Blob> {
	const { draw } = await library(), svg = draw(drawing, width), image = await asImage(svg);
	const font = getComputedStyle(document.documentElement).fontFamily, canvas = document.createElement("canvas"), pen = canvas.getContext("2d")!;
	const margin = 24, title = 20, note = 13, tall = Number(svg.getAttribute("height"));
	pen.font = `600 ${title}px ${font}`;
	const heads = lines(pen, drawing.title, width);
	pen.font = `${note}px ${font}`;
	const feet = notes.flatMap((n) => lines(pen, n, width));
	const top = margin + heads.length * title * 1.3 + 8;
	canvas.width = 2 * (width + 2 * margin);
	canvas.height = 2 * Math.ceil(top + tall + 12 + feet.length * note * 1.5 + margin);
	pen.scale(2, 2);
	pen.fillStyle = "#fff";
	pen.fillRect(0, 0, canvas.width, canvas.height);
	pen.fillStyle = "#16242b";
	pen.textBaseline = "top";
	pen.font = `600 ${title}px ${font}`;
	heads.forEach((l, i) => pen.fillText(l, margin, margin + i * title * 1.3));
	pen.drawImage(image, margin, top, width, tall);
	pen.font = `${note}px ${font}`;
	feet.forEach((l, i) => pen.fillText(l, margin, top + tall + 12 + i * note * 1.5));
	return new Promise((resolve, reject) => canvas.toBlob((b) => (b ? resolve(b) : reject(new Error("no picture"))), "image/png"));
}
