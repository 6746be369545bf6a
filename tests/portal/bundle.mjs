// bundle.mjs - modules of the page for tests without a browser: bundled by esbuild, all their exports in one object.
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";

const portal = new URL("../../portal/", import.meta.url);
const { build } = createRequire(new URL("package.json", portal))("esbuild");

export async function bundled(...names) {
	const { outputFiles } = await build({
		stdin: { contents: names.map((n) => `export * from "./${n}";`).join("\n"), resolveDir: fileURLToPath(new URL("src/ask/", portal)), loader: "ts" },
		bundle: true, write: false, format: "esm", platform: "node", target: "es2022", logLevel: "warning",
	});
	return import(`data:text/javascript;base64,${Buffer.from(outputFiles[0].contents).toString("base64")}`);
}
