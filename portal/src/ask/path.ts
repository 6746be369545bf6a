// path.ts - reading and changing a question by paths. Nothing is changed in place: a change gives a new question that
// shares all that stayed. What is not named by the path is never touched, so what the page cannot show is never lost.
export type Path = readonly (string | number)[];
export type Json = string | number | boolean | null | Json[] | { [key: string]: Json };
export type Map = { [key: string]: Json };

export const isMap = (v: unknown): v is Map => typeof v === "object" && v !== null && !Array.isArray(v);
export const asMap = (v: unknown): Map => (isMap(v) ? v : {});
export const asList = (v: unknown): Json[] => (Array.isArray(v) ? (v as Json[]) : []);
export const pathKey = (p: Path): string => p.join("/");

export function get(from: Json | undefined, path: Path): Json | undefined {
	let v: Json | undefined = from;
	for (const step of path) {
		if (Array.isArray(v) && typeof step === "number")
			v = v[step];
		else if (isMap(v) && typeof step === "string")
			v = Object.hasOwn(v, step) ? v[step] : undefined;
		else
			return undefined;
	}
	return v;
}

/** undefined takes the key out of its map, or the member out of its list. Maps on the way are made. */
export function set(from: Json | undefined, path: Path, value: Json | undefined): Json {
	const [step, ...rest] = path;
	if (step === undefined)
		return value ?? null;
	if (typeof step === "number") {
		const list = [...asList(from)], next = rest.length > 0 ? set(list[step], rest, value) : value;
		if (next === undefined)
			list.splice(step, 1);
		else
			list[step] = next;
		return list;
	}
	const map = asMap(from), next = rest.length > 0 ? set(Object.hasOwn(map, step) ? map[step] : undefined, rest, value) : value;
	// The order of keys stays: a text view must not jump about.
	if (next === undefined)
		return Object.fromEntries(Object.entries(map).filter(([k]) => k !== step));
	return { ...map, [step]: next };
}

export function insert(from: Json, list: Path, at: number, member: Json): Json {
	const members = [...asList(get(from, list))];
	members.splice(at, 0, member);
	return set(from, list, members);
}

/** The member at `from` goes before what is now at index `at` of `list`. A list may not go into itself: then nothing happens. */
export function move(q: Json, from: Path, list: Path, at: number): Json {
	const member = get(q, from), index = from[from.length - 1], home = from.slice(0, -1);
	if (member === undefined || typeof index !== "number" || pathKey(list).startsWith(`${pathKey(from)}/`))
		return q;
	const to = [...list];
	if (pathKey(home) === pathKey(list)) {
		const members = [...asList(get(q, list))];
		members.splice(index, 1);
		members.splice(at > index ? at - 1 : at, 0, member);
		return set(q, list, members);
	}
	// Taking it out shifts its later siblings, of which one may be on the way to the list.
	const taken = set(q, from, undefined), level = home.length;
	if (list.length > level && pathKey(list.slice(0, level)) === pathKey(home) && (list[level] as number) > index)
		to[level] = (list[level] as number) - 1;
	return insert(taken, to, at, member);
}
