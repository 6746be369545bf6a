"""A browser without scripts, at a gateway and at a sign-in provider; for tests/scenario/oidc.sh, which runs it step by step:
oidc.py STEP. What must last from one step to the next lies in $HOME_OF/browsers."""
import base64, hashlib, http.client, json, os, re, secrets, ssl, sys, time
from urllib.parse import parse_qs, quote, urlencode, urljoin, urlsplit

HOME, GATEWAY, PROVIDER = os.environ["HOME_OF"], os.environ["GATEWAY"], os.environ["PROVIDER"]
REDIRECT, SECRET = GATEWAY + "/v1/sign-in/callback", os.environ["CLIENT_SECRET"]
LAX = ssl._create_unverified_context()  # who the gateway trusts is its own matter


class Browser:
    """Cookies by origin; redirects one at a time."""

    def __init__(self, name):
        self.path = f"{HOME}/browsers/{name}.json"
        try:
            self.jar = json.load(open(self.path))
        except FileNotFoundError:
            self.jar = {}

    def keep(self):
        os.makedirs(os.path.dirname(self.path), exist_ok=True)
        json.dump(self.jar, open(self.path, "w"))

    def go(self, url, body=None, method=None, headers=None):
        at = urlsplit(url)
        jar = self.jar.setdefault(at.netloc, {})
        line = http.client.HTTPSConnection(at.netloc, context=LAX, timeout=20)
        h = {"Cookie": "; ".join(f"{k}={v}" for k, v in jar.items()), **(headers or {})}
        if not h["Cookie"]:
            del h["Cookie"]
        if isinstance(body, dict):
            body = urlencode(body)
            h["Content-Type"] = "application/x-www-form-urlencoded"
        line.request(method or ("GET" if body is None else "POST"), at.path + ("?" + at.query if at.query else ""), body, h)
        r = line.getresponse()
        r.text = r.read().decode()
        for c in r.msg.get_all("Set-Cookie") or []:
            name, _, value = c.split(";")[0].partition("=")
            r.flags = getattr(r, "flags", {}) | {name: c}
            if value and "max-age=0" not in c.lower() and "1970" not in c:
                jar[name] = value
            else:
                jar.pop(name, None)
        r.next = urljoin(url, r.headers["Location"]) if r.headers["Location"] else None
        self.keep()
        return r

    def api(self, method, path, body=None, csrf=True, **headers):
        h = {k.replace("_", "-"): v for k, v in headers.items()}
        if body is not None:
            h["Content-Type"] = "application/json"
            body = json.dumps(body)
        if csrf and method != "GET":
            h["X-Cordon-CSRF"] = self.me()["csrf"]
        r = self.go(GATEWAY + path, body, method, h)
        r.json = json.loads(r.text) if r.text.startswith(("{", "[")) else None
        return r

    def me(self):
        return json.loads(self.go(GATEWAY + "/v1/me").text)

    def to_callback(self, account, password, start):
        """From `start` over the provider's form to the address of the callback, which is not opened."""
        r = self.go(start)
        for _ in range(8):
            if r.next is None:
                assert "<form" in r.text, r.text
                r = self.go(self.form, {"account": account, "password": password})
                if r.next is None:
                    return None  # the form again
            if r.next.startswith(REDIRECT):
                return r.next
            self.form = r.next
            r = self.go(r.next)
        raise AssertionError("round and round")

    def sign_in(self, account, password="right", to="/studies?a=b"):
        """Where one is in the end."""
        back = self.to_callback(account, password, GATEWAY + "/v1/sign-in/oidc?" + urlencode({"to": to}))
        return None if back is None else self.go(back).next


def is_(got, want, what):
    if got != want:
        sys.exit(f"{what}: {got!r}, not {want!r}")


def access_token(account):
    """As a program of the person would get it: the provider's own flow, without the gateway."""
    verifier = secrets.token_urlsafe(40)
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    b = Browser("program of " + account)
    back = b.to_callback(account, "right", PROVIDER + "/auth?" + urlencode({"response_type": "code", "client_id": "cordon", "redirect_uri": REDIRECT,
        "scope": "openid email profile", "state": "s", "nonce": "n", "code_challenge": challenge, "code_challenge_method": "S256"}))
    code = parse_qs(urlsplit(back).query)["code"][0]
    r = b.go(PROVIDER + "/token", {"grant_type": "authorization_code", "code": code, "redirect_uri": REDIRECT, "code_verifier": verifier},
        headers={"Authorization": "Basic " + base64.b64encode(f"cordon:{quote(SECRET, safe='')}".encode()).decode()})
    return json.loads(r.text)


def bearer(token, path="/v1/me"):
    r = Browser("none").go(GATEWAY + path, headers={"Authorization": "Bearer " + token})
    return r.status, json.loads(r.text)


# ---- steps ----

def signs_in():
    b = Browser("li")
    is_(b.sign_in("li@renmin.example", "wrong"), None, "a wrong password")
    is_(b.go(GATEWAY + "/v1/me").status, 401, "me without a session")
    is_(b.sign_in("li@renmin.example"), GATEWAY + "/studies?a=b", "where one comes back to")
    me = b.me()
    # her groups say auditor; the list says researcher, and wins
    is_((me["account"], me["role"], me["via"]), ("li@renmin.example", "researcher", "oidc"), "who one is")
    is_("csrf" in me and "expires" in me, True, "a session's word and end")
    guest = Browser("zhang")
    guest.sign_in("zhang@uni.example")
    is_((guest.me()["account"], guest.me()["role"]), ("zhang@uni.example", "researcher"), "a guest by group")


def cookies():
    r = Browser("look").go(GATEWAY + "/v1/sign-in/oidc?to=//evil.example/")
    flow = r.flags["__Host-cordon-flow"]
    for word in ("Path=/", "Secure", "HttpOnly", "SameSite=Lax"):
        is_(word in flow, True, f"{word} of the trip's cookie")
    q = parse_qs(urlsplit(r.next).query)
    is_(q["code_challenge_method"], ["S256"], "PKCE")
    is_(q["redirect_uri"], [REDIRECT], "the redirect")
    b = Browser("look")
    is_(b.sign_in("zhang@uni.example", to="//evil.example/x"), GATEWAY + "/", "a foreign page to go to")
    is_(b.sign_in("zhang@uni.example", to="/\\evil.example"), GATEWAY + "/", "a backslash")


def strangers():
    b = Browser("stranger")
    is_(b.sign_in("nobody@else.example"), GATEWAY + "/sign-in?problem=unknown&to=%2Fstudies%3Fa%3Db", "nobody's account")
    is_(b.go(GATEWAY + "/v1/me").status, 401, "no session for a stranger")
    is_(Browser("unverified").sign_in("sun@uni.example")[:len(GATEWAY) + 24], GATEWAY + "/sign-in?problem=unknown", "an unverified address")


def trips():
    """A trip belongs to one browser and is used once."""
    evil, victim = Browser("evil"), Browser("victim")
    back = evil.to_callback("zhang@uni.example", "right", GATEWAY + "/v1/sign-in/oidc")
    is_(victim.go(back).next, GATEWAY + "/sign-in?problem=expired", "another browser's callback")
    is_(victim.go(GATEWAY + "/v1/me").status, 401, "no session of somebody else")
    jar = dict(evil.jar)
    is_(evil.go(back).next, GATEWAY + "/", "the right browser")
    first = evil.jar[urlsplit(GATEWAY).netloc]["__Host-cordon"]
    replay = Browser("replay")
    replay.jar = jar
    is_(replay.go(back).next, GATEWAY + "/sign-in?problem=expired", "a callback twice")
    # a new sign-in: a new session, and the old one is over
    evil.sign_in("zhang@uni.example")
    is_(evil.jar[urlsplit(GATEWAY).netloc]["__Host-cordon"] != first, True, "a new session at every sign-in")
    old = Browser("old")
    old.jar = {urlsplit(GATEWAY).netloc: {"__Host-cordon": first}}
    is_(old.go(GATEWAY + "/v1/me").status, 401, "the session before it")
    r = Browser("fixed")
    r.jar = {urlsplit(GATEWAY).netloc: {"__Host-cordon": "a" * 64}}
    is_(r.go(GATEWAY + "/v1/me").status, 401, "a session somebody made up")


def forgery():
    b = Browser("li")
    wish = {"name": "script", "scopes": ["read"], "days": 1}
    is_(b.api("POST", "/v1/tokens", wish, csrf=False).status, 403, "no CSRF word")
    is_(b.api("POST", "/v1/tokens", wish, csrf=False, X_Cordon_CSRF="0" * 64).status, 403, "a wrong CSRF word")
    is_(b.api("POST", "/v1/tokens", wish, Origin="https://evil.example").status, 403, "another origin")
    is_(b.api("POST", "/v1/tokens", wish, Sec_Fetch_Site="cross-site").status, 403, "another site")
    is_(b.api("DELETE", "/v1/session", csrf=False).status, 403, "a sign-out from elsewhere")
    r = b.api("POST", "/v1/tokens", wish, Origin=GATEWAY, Sec_Fetch_Site="same-origin")
    is_(r.status, 201, "a token")
    is_(bearer(r.json["token"])[1]["scopes"], ["read"], "what the token may do")
    is_(bearer(r.json["token"], "/v1/studies")[0], 403, "what it was not made for")
    is_(bearer(r.json["token"], "/v1/tokens")[0], 403, "tokens by a token")
    is_(b.api("POST", "/v1/tokens", {**wish, "scopes": ["audit"]}).status, 403, "more than oneself")
    is_(Browser("none").go(GATEWAY + "/v1/me?access_token=" + r.json["token"]).status, 400, "a token in an address")
    is_(b.api("DELETE", "/v1/tokens/" + r.json["id"]).status, 204, "the token's end")
    is_(bearer(r.json["token"])[0], 401, "a token that was ended")


def programs():
    got = access_token("zhang@uni.example")
    status, me = bearer(got["access_token"])
    is_((status, me["account"], me["role"], me["via"]), (200, "zhang@uni.example", "researcher", "bearer"), "an access token")
    is_(bearer(got["id_token"])[0], 401, "an ID token for an access token")
    is_(bearer(got["access_token"][:-6] + "AAAAAA")[0], 401, "a broken signature")
    is_(bearer(access_token("nobody@else.example")["access_token"])[0], 401, "a stranger's access token")
    json.dump(got, open(f"{HOME}/browsers/got", "w"))


def rotated():
    old = json.load(open(f"{HOME}/browsers/got"))["access_token"]
    is_(bearer(old)[0], 200, "keys are still known")
    is_(Browser("after").sign_in("zhang@uni.example"), GATEWAY + "/studies?a=b", "a sign-in with new keys")
    is_(bearer(old)[0], 401, "a token of the old keys")
    is_(bearer(access_token("zhang@uni.example")["access_token"])[0], 200, "a token of the new keys")


def still():
    is_(Browser("li").me()["account"], "li@renmin.example", "after a restart")


def over():
    b = Browser("zhang")
    is_(b.go(GATEWAY + "/v1/me").status, 401, "an expired session")
    b = Browser("li")
    log = b.api("GET", "/v1/sign-ins").json["records"]
    is_(log[-1]["what"], "signed-in", "one's first record")
    is_({r["account"] for r in log}, {"li@renmin.example"}, "one's own records alone")
    is_(b.api("DELETE", "/v1/session").status, 204, "a sign-out")
    is_(b.go(GATEWAY + "/v1/me").status, 401, "after the sign-out")
    token = open(f"{HOME}/audit/token").read().strip()
    all_ = bearer(token, "/v1/sign-ins")[1]["records"]
    said = {(r["account"], r["what"]) for r in all_}
    for one in (("li@renmin.example", "signed-out"), ("zhang@uni.example", "expired"), ("nobody@else.example", "refused")):
        is_(one in said, True, f"{one} in the record")


def away():
    """The provider is gone, and the gateway has been started anew."""
    b = Browser("late")
    began = time.monotonic()
    is_(b.go(GATEWAY + "/v1/sign-in/oidc?to=/x").next, GATEWAY + "/sign-in?problem=provider&to=%2Fx", "no provider")
    token = open(f"{HOME}/audit/token").read().strip()
    is_(bearer(token)[0], 200, "others are served")
    r = Browser("with-token")
    me = r.go(GATEWAY + "/v1/session", json.dumps({"token": token}), headers={"Content-Type": "application/json"})
    is_((me.status, json.loads(me.text)["via"]), (200, "token"), "a sign-in with a token")
    is_(r.me()["role"], "auditor", "and its session")
    is_(time.monotonic() - began < 5, True, "quickly")


globals()[sys.argv[1]]()
