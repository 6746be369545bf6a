#!/usr/bin/env node
// provider.mjs - a small sign-in provider (OpenID Connect) for the demo and the tests: certified code of npm's
// oidc-provider, a list of people, and a password form that needs no script. Not for real use: passwords lie in a file.
//
//   node demo/provider.mjs --accounts people.json --client-id cordon --secret-file secret --redirect URL
//     --port 0 --port-file F    where it listens on 127.0.0.1; the port it got is written to F
//     --certificate F --key F   https; without them http, which a gateway takes from its own machine only
//     --audience urn:cordon     access tokens are JWTs for this audience
//
// people.json: [{"account": "li@renmin.example", "password": "..", "name": "Li", "groups": ["lab"], "verified": true}]
// SIGHUP makes new keys and forgets the old ones.
import { createHash, generateKeyPairSync, randomBytes, timingSafeEqual } from "node:crypto";
import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { createServer as createSecureServer } from "node:https";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";

const text = { type: "string" };
const { values: o } = parseArgs({
	options: { port: { ...text, default: "0" }, "port-file": text, accounts: text, "client-id": { ...text, default: "cordon" },
		"secret-file": text, redirect: text, certificate: text, key: text, audience: text },
});
if (!o.accounts || !o.redirect) {
	console.error("provider.mjs: --accounts FILE and --redirect URL are needed / 需要 --accounts 文件 与 --redirect 网址");
	process.exit(2);
}
const resolve = createRequire(new URL("../portal/package.json", import.meta.url)).resolve;
const { Provider, interactionPolicy } = await import(pathToFileURL(resolve("oidc-provider"))).then((m) =>
	({ Provider: m.Provider ?? m.default, interactionPolicy: m.interactionPolicy ?? m.default.interactionPolicy }));

// ---- people ----

const people = () => JSON.parse(readFileSync(o.accounts, "utf8")); // read again at each sign-in
const person = (account) => people().find((p) => p.account === account);
const digest = (s) => createHash("sha256").update(s).digest();

function claimsOf(p) {
	return { sub: p.account, email: p.account, email_verified: p.verified ?? true, name: p.name ?? p.account, groups: p.groups ?? [] };
}

// ---- the provider ----

function newKeys() {
	const jwk = (pair, more) => ({ ...pair.privateKey.export({ format: "jwk" }), use: "sig", kid: randomBytes(8).toString("hex"), ...more });

	return { keys: [
		jwk(generateKeyPairSync("rsa", { modulusLength: 2048 }), { alg: "RS256" }),
		jwk(generateKeyPairSync("ec", { namedCurve: "P-256" }), { alg: "ES256" }),
	] };
}

// Everybody who signs in here may go to the one client there is: no question about consent.
async function grantOf(ctx) {
	const { client, session, provider } = ctx.oidc;
	const id = session.grantIdFor(client.clientId);
	const grant = (id && await provider.Grant.find(id)) || new provider.Grant({ clientId: client.clientId, accountId: session.accountId });

	grant.addOIDCScope("openid email profile");
	if (o.audience)
		grant.addResourceScope(o.audience, "");
	await grant.save();
	return grant;
}

const policy = () => {
	const all = interactionPolicy.base();
	all.remove("consent");
	return all;
};

function newProvider(issuer) {
	const secret = o["secret-file"] && readFileSync(o["secret-file"], "utf8").trim();

	return new Provider(issuer, {
		clients: [{ client_id: o["client-id"], redirect_uris: [o.redirect], grant_types: ["authorization_code"], response_types: ["code"],
			...(secret ? { client_secret: secret, token_endpoint_auth_method: "client_secret_basic" } : { token_endpoint_auth_method: "none" }) }],
		jwks: newKeys(),
		cookies: { keys: [randomBytes(32).toString("hex")] },
		claims: { openid: ["sub"], email: ["email", "email_verified"], profile: ["name", "groups"] },
		conformIdTokenClaims: false,
		findAccount: (_, id) => {
			const p = person(id);
			return p && { accountId: id, claims: () => claimsOf(p) };
		},
		extraTokenClaims: (_, token) => (token.accountId && person(token.accountId) ? claimsOf(person(token.accountId)) : undefined),
		loadExistingGrant: grantOf,
		interactions: { policy: policy(), url: (_, interaction) => `/sign-in/${interaction.uid}` },
		pkce: { required: () => true, methods: ["S256"] },
		features: {
			devInteractions: { enabled: false },
			...(o.audience && { resourceIndicators: { enabled: true, defaultResource: () => o.audience, useGrantedResource: () => true,
				getResourceServerInfo: () => ({ scope: "", audience: o.audience, accessTokenFormat: "jwt", jwt: { sign: { alg: "ES256" } } }) } }),
		},
		ttl: { AccessToken: 600, AuthorizationCode: 60, IdToken: 600, Interaction: 600, Session: 3600, Grant: 3600 },
	});
}

// ---- the form ----

const escaped = (s) => String(s).replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`);
const words = {
	en: { title: "Sign in", account: "E-mail", password: "Password", enter: "Sign in", wrong: "E-mail or password is wrong.",
		demo: "A sign-in provider for demonstration: it plays your hospital's own." },
	zh: { title: "登录", account: "邮箱", password: "密码", enter: "登录", wrong: "邮箱或密码不正确。", demo: "演示用的身份提供方，代表医院自己的统一登录。" },
};

function page(req, account, wrong) {
	const lang = /^zh/i.test(req.headers["accept-language"] ?? "") ? "zh" : "en", w = words[lang];

	return `<!doctype html>
<html lang="${lang}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${w.title}</title>
<style>body{font:16px/1.5 system-ui,sans-serif;max-width:22rem;margin:12vh auto;padding:0 1rem;color:#1b1f24;background:#fff}
label{display:block;margin:1rem 0 .25rem}input{width:100%;box-sizing:border-box;padding:.5rem;font:inherit;border:1px solid #767676;border-radius:4px}
button{margin-top:1.5rem;padding:.5rem 1.25rem;font:inherit;border:0;border-radius:4px;background:#1f5f8b;color:#fff}
.wrong{color:#a3151b}small{color:#57606a}</style></head>
<body><main><h1>${w.title}</h1>${wrong ? `<p class="wrong" role="alert">${w.wrong}</p>` : ""}
<form method="post"><label for="a">${w.account}</label><input id="a" name="account" type="email" autocomplete="username" required autofocus value="${escaped(account)}">
<label for="p">${w.password}</label><input id="p" name="password" type="password" autocomplete="current-password" required>
<button type="submit">${w.enter}</button></form><p><small>${w.demo}</small></p></main></body></html>`;
}

function reply(res, status, html) {
	res.writeHead(status, { "Content-Type": "text/html; charset=utf-8", "Cache-Control": "no-store", "Referrer-Policy": "no-referrer",
		"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'" });
	res.end(html);
}

async function formOf(req) {
	let body = "";

	for await (const part of req)
		if ((body += part).length > 4096)
			throw new Error("form too large");
	return new URLSearchParams(body);
}

async function signIn(provider, req, res) {
	await provider.interactionDetails(req, res); // a trip that is under way, of this browser
	if (req.method !== "POST")
		return reply(res, 200, page(req, "", false));
	const form = await formOf(req), account = form.get("account") ?? "", found = person(account);
	const right = timingSafeEqual(digest(form.get("password") ?? ""), digest(found?.password ?? ""));

	if (!found?.password || !right)
		return reply(res, 401, page(req, account, true));
	return provider.interactionFinished(req, res, { login: { accountId: account } }, { mergeWithLastSubmission: false });
}

// ---- the server ----

let provider, serve;
const server = (o.certificate ? createSecureServer : createServer)(o.certificate ? { cert: readFileSync(o.certificate), key: readFileSync(o.key) } : {},
	(req, res) => {
		if (!req.url.startsWith("/sign-in/"))
			return serve(req, res);
		signIn(provider, req, res).catch((e) => reply(res, 400, `<!doctype html><title>400</title><p>${escaped(e.message)}`));
	});
server.listen(Number(o.port), "127.0.0.1", () => {
	const { port } = server.address(), issuer = `${o.certificate ? "https" : "http"}://127.0.0.1:${port}`;
	const turn = () => {
		provider = newProvider(issuer);
		serve = provider.callback();
	};

	turn();
	process.on("SIGHUP", turn);
	process.on("SIGTERM", () => process.exit(0));
	if (o["port-file"]) {
		writeFileSync(`${o["port-file"]}.new`, `${port}\n`);
		renameSync(`${o["port-file"]}.new`, o["port-file"]);
	}
	console.error(`sign-in provider: ${issuer}`);
});
