// key.tsx - the key that signs a person's questions: made here or taken over from `cordon ca issue`, and its certificate.
import { useEffect, useRef, useState } from "preact/hooks";
import { CopyButton, download, Waiting } from "../components/basics";
import { say, t } from "../language";
import { addCertificate, createKey, forgetKey, importKey, pemBytes, signingKey, type SigningKey } from "../signing";

const words = {
	lead: say("Every question is signed by you. Hospitals check the signature themselves, so nobody, not even the gateway, can ask in your name. The key stays in this browser; it is never sent.",
		"每个问题都由您本人签名，医院自行核验，任何人（包括网关）都不能以您的名义提问。密钥只保存在此浏览器中，从不发送。"),
	has: say("A key for {0} is in this browser.", "此浏览器中已有 {0} 的密钥。"),
	ready: say("Key and certificate are here: you can ask.", "密钥和证书均已就绪，可以提问。"),
	wants: say("The certificate is still missing.", "尚缺证书。"),
	load: say("I have person.key and person.crt", "我有 person.key 和 person.crt"),
	loadHint: say("Whoever runs the federation gave you both files. Choose them together.", "由联盟管理员发放。请同时选择两个文件。"),
	files: say("Key and certificate files", "密钥与证书文件"),
	make: say("I have none: make one here", "我没有：在此创建"),
	makeHint: say("Then send the public half to whoever runs the federation; it is not secret.", "然后将公钥交给联盟管理员；公钥不是秘密。"),
	create: say("Make a key", "创建密钥"),
	publicKey: say("Download the public key", "下载公钥"),
	publicDo: say("They run this and send you person.crt:", "管理员运行以下命令，并将 person.crt 发给您："),
	certificate: say("Certificate file (person.crt)", "证书文件（person.crt）"),
	forget: say("Remove this key from the browser", "从浏览器中移除密钥"),
	forgetSure: say("Remove for good", "确认移除"),
	forgetHint: say("A key made here cannot be brought back; you would need a new certificate.", "在此创建的密钥无法恢复，需要重新申请证书。"),
	notKey: say("No Ed25519 key in PEM form is in these files.", "文件中没有 PEM 格式的 Ed25519 密钥。"),
	notMine: say("This certificate is not of your key.", "该证书与您的密钥不匹配。"),
	unable: say("This browser cannot keep such a key. Firefox 130, Safari 17, Chrome 137 or later can.", "此浏览器不支持该类密钥。请使用 Firefox 130、Safari 17、Chrome 137 或更新版本。"),
};

/** `onReady` is called at a press of its button, once key and certificate are there. */
export function KeySetup({ account, onReady, readyText }: { account: string; onReady?: (k: SigningKey) => void; readyText?: string }) {
	const [key, setKey] = useState<SigningKey | null>(), [wrong, setWrong] = useState(""), [sure, setSure] = useState(false), able = useRef(true);
	useEffect(() => { signingKey(account).then((k) => setKey(k ?? null), () => { able.current = false; setKey(null); }); }, [account]);
	const again = async () => setKey((await signingKey(account)) ?? null);

	async function take(files: FileList | null) {
		const texts = await Promise.all([...(files ?? [])].map((f) => f.text()));
		const keyText = texts.find((x) => pemBytes(x, "PRIVATE KEY") !== null), crt = texts.find((x) => pemBytes(x, "CERTIFICATE") !== null);
		setWrong("");
		try {
			const k = keyText === undefined ? key ?? undefined : await importKey(account, keyText);
			if (k === undefined)
				return setWrong(t(words.notKey));
			if (crt !== undefined && !(await addCertificate(k, crt)))
				setWrong(t(words.notMine));
			await again();
		} catch {
			setWrong(t(words.notKey));
		}
	}
	async function make() {
		try {
			setKey(await createKey(account));
		} catch {
			setWrong(t(words.unable));
		}
	}
	if (key === undefined)
		return <Waiting />;
	const command = `cordon ca issue --dir ca --role person --name ${account} --public-key person.pub --out person`;
	return (
		<div class="key-setup">
			<p>{t(words.lead)}</p>
			{wrong && <p class="notice bad" role="alert">{wrong}</p>}
			{key === null ? (
				<div class="columns">
					<section>
						<h3>{t(words.load)}</h3>
						<p><small>{t(words.loadHint)}</small></p>
						<label>{t(words.files)}<br /><input type="file" multiple accept=".key,.crt,.pem" onChange={(e) => void take(e.currentTarget.files)} /></label>
					</section>
					<section>
						<h3>{t(words.make)}</h3>
						<p><small>{t(words.makeHint)}</small></p>
						<button type="button" onClick={() => void make()}>{t(words.create)}</button>
					</section>
				</div>
			) : (
				<>
					<p class={`notice ${key.certificate ? "good" : "fair"}`} role="status">{t(words.has, account)} {t(key.certificate ? words.ready : words.wants)}</p>
					{!key.certificate && (
						<>
							<p><button type="button" onClick={() => download("person.pub", "application/x-pem-file", key.publicPem)}>{t(words.publicKey)}</button></p>
							<p>{t(words.publicDo)}</p>
							<div class="row"><code class="command">{command}</code><CopyButton text={command} /></div>
							<p><label>{t(words.certificate)}<br /><input type="file" accept=".crt,.pem" onChange={(e) => void take(e.currentTarget.files)} /></label></p>
						</>
					)}
					<div class="row">
						{key.certificate && onReady && <button type="button" class="first" onClick={() => onReady(key)}>{readyText}</button>}
						{!sure ? <button type="button" class="quiet" onClick={() => setSure(true)}>{t(words.forget)}</button> : (
							<>
								<small>{t(words.forgetHint)}</small>
								<button type="button" onClick={() => void forgetKey(account).then(() => { setSure(false); return again(); })}>{t(words.forgetSure)}</button>
							</>
						)}
					</div>
				</>
			)}
		</div>
	);
}
