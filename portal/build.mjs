// build.mjs - bundles the portal into OUT (first argument) and writes OUT/gateway/portal_files.h, the table that gateway/portal.c
// embeds. Names of scripts and styles carry a hash of what is in them, so that a browser may keep them for ever; the
// page itself is asked for each time. Every file is there plain, gzipped and as brotli.
import { build } from "esbuild";
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

const here = dirname(fileURLToPath(import.meta.url));
const out = resolve(process.argv[2] ?? join(here, "../build/portal"));
const types = {
	css: "text/css; charset=utf-8",
	html: "text/html; charset=utf-8",
	js: "text/javascript; charset=utf-8",
	svg: "image/svg+xml",
};

rmSync(out, { recursive: true, force: true });
mkdirSync(out, { recursive: true });
const result = await build({
	absWorkingDir: here,
	entryPoints: { portal: "src/main.tsx" },
	outdir: out,
	bundle: true,
	splitting: true,
	format: "esm",
	target: ["es2022"],
	minify: true,
	legalComments: "none",
	entryNames: "[name]-[hash]",
	chunkNames: "[name]-[hash]",
	assetNames: "[name]-[hash]",
	jsx: "automatic",
	jsxImportSource: "preact",
	metafile: true,
	logLevel: "warning",
});

// The entry's own names, for the page.
let script, style;
for (const [file, about] of Object.entries(result.metafile.outputs))
	if (about.entryPoint === "src/main.tsx") {
		script = file.split("/").pop();
		style = about.cssBundle?.split("/").pop();
	}
writeFileSync(join(out, "index.html"),
	readFileSync(join(here, "src/index.html"), "utf8").replace("SCRIPT", `/${script}`).replace("STYLE", `/${style}`));
writeFileSync(join(out, "icon.svg"), readFileSync(join(here, "src/icon.svg")));

let header = "/* Made by portal/build.mjs. */\n", table = "";
const top = relative(join(here, ".."), out);
for (const [i, name] of readdirSync(out).sort().entries()) {
	const type = types[name.split(".").pop()];
	if (type === undefined)
		throw new Error(`no type for ${name}`);
	const bytes = readFileSync(join(out, name));
	writeFileSync(join(out, `${name}.gz`), gzipSync(bytes, { level: 9 }));
	writeFileSync(join(out, `${name}.br`),
		brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length } }));
	const tag = createHash("sha256").update(bytes).digest("hex").slice(0, 32);
	for (const form of ["raw", "gz", "br"])
		header += `EMBED(portal_${i}_${form}, "${top}/${name}${form === "raw" ? "" : `.${form}`}");\n`;
	table += `\t{ "/${name}", "${type}", "\\"${tag}\\"", ${/-[A-Z0-9]{8}\./.test(name)}, { FORMS(portal_${i}) } }, \\\n`;
}
mkdirSync(join(out, "gateway"));
writeFileSync(join(out, "gateway/portal_files.h"), `${header}#define PORTAL_FILES \\\n${table}\n`);
