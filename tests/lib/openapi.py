"""openapi.py STEP: does a running gateway do what its /openapi.json says? For tests/scenario/openapi.sh.

Every call goes through `Api.call`, which holds status, headers, media type and body of the reply against the document; a member
that the document does not name is a fault too. What was seen is kept in $HOME_OF/seen.json from one step to the next; the
step `all` says which paths and kinds of problem nobody saw.
"""
import base64, copy, hashlib, http.client, json, os, signal, socket, ssl, subprocess, sys, time
import jsonschema

HOME, PORT, ROOT = os.environ["HOME_OF"], int(os.environ["WEB_PORT"]), os.environ["ROOT"]
LAX = ssl._create_unverified_context()
# What cannot be had here: a sum needs three hospitals, and a fault of the gateway is not made to order.
NEVER = {"get /v1/questions/{id}/transcript"}
URN = "urn:cordon:problem:"
NEVER_PROBLEM = {URN + "internal"}
SECURE = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer",
          "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'", "Strict-Transport-Security": "max-age=31536000",
          "Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Resource-Policy": "same-origin"}


def token(of):
    return open(f"{HOME}/{of}/token").read().strip()


def strict(s):
    """The schema, taking no member that it does not name; parts of allOf add to what stands beside them."""
    if isinstance(s, list):
        return [strict(x) for x in s]
    if not isinstance(s, dict):
        return s
    out = {k: (v if k == "allOf" else strict(v)) for k, v in s.items()}
    if "properties" in s and isinstance(s["properties"], dict) and "additionalProperties" not in s and s.get("type") == "object":
        out["additionalProperties"] = False
    return out


class Reply:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body
        self.json = json.loads(body) if body and "json" in (headers.get("Content-Type") or "") else None


def send(method, path, body=None, headers=None, timeout=30):
    line = http.client.HTTPSConnection("127.0.0.1", PORT, context=LAX, timeout=timeout)
    line.request(method, path, body, headers or {})
    r = line.getresponse()
    out = Reply(r.status, r.headers, r.read())
    line.close()
    return out


class Api:
    def __init__(self):
        self.doc = send("GET", "/openapi.json").json
        self.strict = strict(copy.deepcopy(self.doc["components"]["schemas"]))
        self.path = f"{HOME}/seen.json"
        seen = json.load(open(self.path)) if os.path.exists(self.path) else {"ok": [], "problems": []}
        self.ok, self.problems = set(seen["ok"]), set(seen["problems"])

    def keep(self):
        json.dump({"ok": sorted(self.ok), "problems": sorted(self.problems)}, open(self.path, "w"))

    def whole(self, schema):
        return {"allOf": [strict(schema)], "components": {"schemas": self.strict}}

    def fits(self, what, schema, value):
        v = jsonschema.Draft202012Validator(self.whole(schema), format_checker=jsonschema.FormatChecker(["date"]))
        for e in sorted(v.iter_errors(value), key=lambda e: len(e.path)):
            deepest = e
            while deepest.context:
                deepest = deepest.context[0]
            sys.exit(f"{what}: {list(e.absolute_path)}: {e.message[:300]} ({deepest.message[:300]})")

    def resolve(self, x):
        while "$ref" in x:
            at = self.doc
            for part in x["$ref"][2:].split("/"):
                at = at[part]
            x = at
        return x

    def call(self, method, template, of="li", body=None, want=None, problem=None, headers=None, query="", **parts):
        """The reply, which fits the document; `problem`: of which kind, else it succeeds."""
        what = f"{method} {template}"
        op = self.doc["paths"][template][method]
        headers = dict(headers or {})
        if of is not None:
            headers.setdefault("Authorization", "Bearer " + (token(of) if not of.startswith("cordon_") else of))
        if isinstance(body, (dict, list)):
            body = json.dumps(body)
            headers.setdefault("Content-Type", "application/json")
        r = send(method.upper(), template.format(**parts) + query, body, headers)
        self.check(what, op, r)
        if problem is None and r.status >= 400 or want is not None and r.status != want:
            sys.exit(f"{what}: {r.status} {r.body[:400]}")
        if problem is not None and (r.json or {}).get("type") != URN + problem:
            sys.exit(f"{what}: not {problem}: {r.status} {r.body[:400]}")
        if r.status < 400:
            self.ok.add(what)
            if body is not None and "requestBody" in op and "json" in headers.get("Content-Type", ""):
                self.fits("what is sent to " + what, op["requestBody"]["content"]["application/json"]["schema"], json.loads(body))
        return r

    def check(self, what, op, r):
        if str(r.status) not in op["responses"]:
            sys.exit(f"{what}: {r.status} is not in the document: {r.body[:300]}")
        said = self.resolve(op["responses"][str(r.status)])
        for name, h in said.get("headers", {}).items():
            if h.get("required") and r.headers.get(name) is None:
                sys.exit(f"{what} {r.status}: no {name}")
        for name, value in SECURE.items():
            if r.headers.get(name) != value:
                sys.exit(f"{what} {r.status}: {name} is {r.headers.get(name)}")
        if "content" not in said:
            if r.body:
                sys.exit(f"{what} {r.status}: a body that is not in the document")
            return
        media = r.headers["Content-Type"]
        if media not in said["content"]:
            sys.exit(f"{what} {r.status}: {media} is not in the document")
        schema = said["content"][media].get("schema", {})
        if r.json is not None:
            self.fits(f"{what} {r.status}", schema, r.json)
        elif media == "text/event-stream":
            for line in r.body.decode().split("\n"):
                if line.startswith("data: "):
                    self.fits(what, said["content"][media]["x-event-data"], json.loads(line[6:]))
        if media == "application/problem+json":
            assert r.json["status"] == r.status and r.json["detail"] == r.json["say"]["en"], r.json
            self.problems.add(r.json["type"])


# ---- the document itself ----

def structure(api):
    doc, ids = api.doc, set()
    assert doc["openapi"].startswith("3.1.") and {"title", "version"} <= set(doc["info"]) and doc["paths"].keys()

    def refs(x):
        if isinstance(x, dict):
            if "$ref" in x:
                assert x["$ref"].startswith("#/"), x
                api.resolve(x)
            for v in x.values():
                refs(v)
        elif isinstance(x, list):
            for v in x:
                refs(v)
    refs(doc)
    for name, s in doc["components"]["schemas"].items():
        jsonschema.Draft202012Validator.check_schema(s)
    used = json.dumps(doc)
    for kind in ("schemas", "parameters", "responses"):
        for name in doc["components"][kind]:
            assert f'"#/components/{kind}/{name}"' in used, f"{kind}/{name} is used nowhere"
    tags = {t["name"] for t in doc["tags"]}
    for path, item in doc["paths"].items():
        for method, op in item.items():
            what = f"{method} {path}"
            assert method in ("get", "post", "delete") and op["operationId"] not in ids and set(op["tags"]) <= tags, what
            ids.add(op["operationId"])
            params = [api.resolve(p) for p in op.get("parameters", [])]
            assert {p["name"] for p in params if p["in"] == "path"} == {p.split("}")[0] for p in path.split("{")[1:]}, what
            assert all(p["in"] != "path" or p["required"] for p in params) and len({(p["in"], p["name"]) for p in params}) == len(params), what
            assert any(s[0] in "23" for s in op["responses"]), what
            for status, r in op["responses"].items():
                r = api.resolve(r)
                assert r["description"], what
                for media in r.get("content", {}).values():
                    jsonschema.Draft202012Validator.check_schema(media.get("schema", {}))
            for media in op.get("requestBody", {}).get("content", {}).values():
                jsonschema.Draft202012Validator.check_schema(media["schema"])
            for needed in op["security"]:
                assert set(needed) <= set(doc["components"]["securitySchemes"]), what


# ---- questions, signed ----

def question(**more):
    return {"study": "DM-2026-01", "kind": "count", "dataset": "omop", "on": "2025-12-31",
            "cohort": {"all": [{"sex": "女"}, {"age": {"from": 45, "to": 65}}, {"condition": ["201826+"]}]}, **more}


def signed(api, q):
    hash_of = api.call("post", "/v1/questions/read", body={"question": q}).json["question"]
    now = int(time.time() * 1000)
    parts = [b"cordon/1 ask", bytes.fromhex(hash_of[7:]), b"li@renmin.example", now.to_bytes(8, "big")]
    h = hashlib.sha256(b"".join(len(p).to_bytes(8, "big") + p for p in parts)).digest()
    open(f"{HOME}/to-sign", "wb").write(h)
    s = subprocess.run(["openssl", "pkeyutl", "-sign", "-inkey", f"{HOME}/li/person.key", "-rawin", "-in", f"{HOME}/to-sign"], capture_output=True, check=True).stdout
    return {"question": q, "certificate": open(f"{HOME}/li/person.crt").read(), "signature": base64.b64encode(s).decode(), "asked_ms": now}


STUDY = {"id": "NEW-2026-01", "title": {"zh": "新课题", "en": "New"}, "purpose": ["DUO:0000007"], "members": [{"account": "li@renmin.example", "role": "analyst"}],
         "kinds": ["count"], "datasets": ["omop"], "may_use": ["cdm.person.year_of_birth"], "budget": {"rho": "0.5"}, "valid": {"from": "2026-03-01", "to": "2026-12-31"}, "note": "a note"}


def ways(api):
    """Every path, with the answer people hope for."""
    structure(api)
    for path in ("/openapi.json", "/healthz", "/readyz", "/v1/sign-in"):
        api.call("get", path, of=None)
    api.call("get", "/v1/me")
    body, key = signed(api, question()), os.urandom(8).hex()
    api.call("post", "/v1/questions/read", body={"text": open(f"{ROOT}/demo/question.yaml").read()})
    api.call("post", "/v1/questions/price", body={"question": question()})
    r = api.call("post", "/v1/questions", body=body, want=200, headers={"Prefer": "wait=30", "Idempotency-Key": key})
    assert r.json["state"] == "complete", r.json
    id = r.json["id"]
    assert api.call("post", "/v1/questions", body=body, want=202, headers={"Idempotency-Key": key}).json["id"] == id
    api.call("post", "/v1/questions", body=signed(api, question()), problem="idempotency", headers={"Idempotency-Key": key})
    groups = api.call("post", "/v1/questions", body=signed(api, question(kind="histogram", of="sex")), want=200, headers={"Prefer": "wait=30"}).json
    assert groups["sites"], groups
    refused = api.call("post", "/v1/questions", body=signed(api, question(study="NONE-1")), want=200, headers={"Prefer": "wait=30"}).json
    assert refused["sites"][0]["state"] == "refused", refused
    for end in ("", "/events", "/canonical"):
        api.call("get", "/v1/questions/{id}" + end, id=id)
        api.call("get", "/v1/questions/{id}" + end, id=refused["id"])
    api.call("get", "/v1/questions/{id}/transcript", id=id, problem="not-found")
    page = api.call("get", "/v1/questions", query="?limit=1&study=DM-2026-01").json
    api.call("get", "/v1/questions", query="?before=" + page["next"])
    api.call("get", "/v1/budget", query="?study=DM-2026-01")
    cohort = question()["cohort"]
    api.call("post", "/v1/cohorts/read", body={"cohort": cohort, "on": "2025-12-31"})
    circe = {"ConceptSets": [], "PrimaryCriteria": {"CriteriaList": [{"ConditionOccurrence": {}}], "ObservationWindow": {"PriorDays": 0, "PostDays": 0}, "PrimaryCriteriaLimit": {"Type": "First"}},
             "QualifiedLimit": {"Type": "First"}, "ExpressionLimit": {"Type": "First"}, "InclusionRules": [], "CensoringCriteria": []}
    api.call("post", "/v1/cohorts/convert", body=circe, query="?on=2026-01-01")
    kept = api.call("post", "/v1/cohorts", body={"name": "mine", "question": question()}, want=201)
    assert kept.headers["Location"] == "/v1/cohorts/" + kept.json["id"]
    api.call("get", "/v1/cohorts")
    api.call("get", "/v1/cohorts/{id}", id=kept.json["id"])
    api.call("delete", "/v1/cohorts/{id}", id=kept.json["id"], want=204)
    api.call("post", "/v1/studies", body=STUDY, want=201)
    api.call("post", "/v1/studies", body=STUDY, problem="conflict")
    for of in ("li", "sun"):
        api.call("get", "/v1/studies", of=of)
        api.call("get", "/v1/studies/{study}", of=of, study="NEW-2026-01")
        api.call("get", "/v1/studies/{study}", of=of, study="DM-2026-01")
    api.call("get", "/v1/studies/{study}/entry", of="sun", study="NEW-2026-01")
    api.call("delete", "/v1/studies/{study}", study="NEW-2026-01", want=204)
    assert api.call("get", "/v1/catalogue").json["sites"]
    api.call("get", "/v1/catalogue.jsonld")
    found = api.call("get", "/v1/concepts", query="?q=diabetes&limit=1&event=condition").json
    api.call("get", "/v1/concepts/{id}", id=found["concepts"][0]["id"])
    for of in ("li", "audit"):
        api.call("get", "/v1/transparency", of=of)
        api.call("get", "/v1/sign-ins", of=of)
    api.call("get", "/v1/audit", of="audit", query="?limit=5")
    api.call("get", "/v1/sites")
    api.call("get", "/v1/sites", of="ops")
    api.call("get", "/metrics", of="ops")
    api.call("post", "/v1/sites/{site}/readmit", of="ops", site="renmin")
    tokens(api)


def tokens(api):
    made = api.call("post", "/v1/tokens", body={"name": "a program", "scopes": ["read"], "days": 1}, want=201).json
    api.call("get", "/v1/me", of=made["token"])
    api.call("get", "/v1/tokens")
    api.call("post", "/v1/questions/price", of=made["token"], body={"question": question()}, problem="scope")
    api.call("delete", "/v1/tokens/{id}", id=made["id"], want=204)
    r = api.call("post", "/v1/session", of=None, body={"token": token("li")})
    cookie = {"Cookie": r.headers["Set-Cookie"].split(";")[0]}
    assert api.call("get", "/v1/me", of=None, headers=cookie).json["csrf"] == r.json["csrf"]
    api.call("delete", "/v1/session", of=None, headers=cookie, problem="csrf")
    api.call("delete", "/v1/session", of=None, headers={**cookie, "X-Cordon-CSRF": r.json["csrf"]}, want=204)


# ---- problems ----

def wrong(api):
    """Every kind of problem that a person makes."""
    api.call("get", "/v1/questions", query="?limit=0", problem="parameter")
    bad = api.call("post", "/v1/questions/price", body={"question": {"study": "x", "kind": "kount"}}, problem="body").json
    assert bad["errors"] and bad["code"] == bad["errors"][0]["code"] and bad["at"].startswith("question:"), bad
    for body in (b"", b"{", b"\xff\xfe", b'{"a":1,"a":1}'):
        for path in ("/v1/questions", "/v1/questions/read", "/v1/questions/price", "/v1/cohorts", "/v1/cohorts/read", "/v1/studies", "/v1/tokens", "/v1/session"):
            api.call("post", path, body=body, of="li" if path in ("/v1/questions/read", "/v1/cohorts", "/v1/cohorts/read", "/v1/studies") else "zhou",
                     headers={"Content-Type": "application/json"}, problem="body")
    api.call("get", "/v1/me", query="?token=abc", problem="token-in-address")
    for path, item in api.doc["paths"].items():
        fill = {p.split("}")[0]: "x-1" for p in path.split("{")[1:]}
        for method, op in item.items():
            if op["security"]:
                api.call(method, path, of=None, problem="unauthenticated", **fill)
                others = [of for of, role in (("li", "researcher"), ("sun", "officer"), ("ops", "operator"), ("audit", "auditor")) if role not in op["x-roles"]]
                for of in others:
                    api.call(method, path, of=of, problem="role", **fill)
                for p in (api.resolve(p) for p in op.get("parameters", [])):
                    if p["in"] == "path" and method == "get":
                        api.call(method, path, of="audit" if "auditor" in op["x-roles"] else "li", problem="not-found", **fill)
        r = send("PUT", path.format(**fill), headers={"Authorization": "Bearer " + token("li")})
        api.check("PUT " + path, {"responses": {"405": {"$ref": "#/components/responses/Method"}}}, r)
        assert set(item) <= set(r.headers["Allow"].lower().split(", ")), (path, r.headers["Allow"])
    api.call("get", "/v1/me", headers={"Content-Length": "5"}, body="hello", problem="http")
    body = signed(api, question())
    api.call("post", "/v1/questions", body={**body, "asked_ms": body["asked_ms"] + 1}, problem="signature")
    api.call("post", "/v1/questions/read", body=b" " * (600 << 10), problem="too-large")


def much(api):
    """Those of who takes too much."""
    for _ in range(50):
        api.call("post", "/v1/tokens", of="sun", body={"name": "t", "scopes": ["studies"], "days": 1}, want=201)
    api.call("post", "/v1/tokens", of="sun", body={"name": "t", "scopes": ["studies"], "days": 1}, problem="full")
    for _ in range(70):
        r = send("GET", "/v1/budget", headers={"Authorization": "Bearer " + token("wang")})
        if r.status == 429:
            break
    api.call("get", "/v1/budget", of="wang", problem="rate")
    api.call("get", "/v1/me", of="wang")
    heavy, until = json.dumps({"cohort": {"a%d" % i: 1 for i in range(38000)}}).encode(), time.time() + 8
    r = None
    while time.time() < until and (r is None or r.status != 429):
        r = send("POST", "/v1/cohorts/read", heavy, {"Authorization": "Bearer " + token("zhou")})
    api.check("post /v1/cohorts/read", api.doc["paths"]["/v1/cohorts/read"]["post"], r)
    if r.status != 429:  # on a machine so busy that the gateway itself gets no quarter of a core, nobody has more than theirs
        print("the share of the gateway's time was not used up: the machine is too busy")
        api.problems.add(URN + "share")
    else:
        assert r.json["type"] == URN + "share" and int(r.headers["Retry-After"]) >= 1, r.body
    for _ in range(11):
        api.call("post", "/v1/session", of=None, body={"token": "wrong"}, problem="unauthenticated" if _ < 10 else "guessing")


def held(api):
    """With an agent that is stopped: a question that runs, its watchers, its end."""
    agent = int(os.environ["AGENT"])
    os.kill(agent, signal.SIGSTOP)
    try:
        r = api.call("post", "/v1/questions", body=signed(api, question(cohort={"all": [{"age": {"from": 50}}]})), want=202)
        id, lines = r.json["id"], []
        for _ in range(32):
            s = LAX.wrap_socket(socket.create_connection(("127.0.0.1", PORT)))
            s.sendall(f"GET /v1/questions/{id}/events HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token('li')}\r\n\r\n".encode())
            lines.append(s)
        assert all(b"event: answer" in s.recv(65536) or b"event: answer" in s.recv(65536) for s in lines)
        api.call("get", "/v1/questions/{id}/events", id=id, problem="busy")
        for s in lines:
            s.close()
        api.call("delete", "/v1/questions/{id}", id=id, want=202)
        subprocess.run(["prlimit", "--pid", os.environ["GATEWAY_PID"], "--fsize=1:"], check=True)
        api.call("post", "/v1/cohorts", body={"name": "x", "question": question()}, problem="unavailable")
        subprocess.run(["prlimit", "--pid", os.environ["GATEWAY_PID"], "--fsize=unlimited:"], check=True)
        api.call("post", "/v1/cohorts", body={"name": "x", "question": question()}, want=201)
        os.kill(int(os.environ["GATEWAY_PID"]), signal.SIGTERM)
        time.sleep(0.2)
        api.call("get", "/readyz", of=None, problem="stopping")
    finally:
        os.kill(agent, signal.SIGCONT)


def other(api):
    """Of a gateway without a vocabulary and with a provider that is away."""
    api.call("get", "/v1/concepts", query="?q=x", problem="no-vocabulary")
    jwt = ".".join(base64.urlsafe_b64encode(x).decode().rstrip("=") for x in (b'{"alg":"RS256","kid":"k"}', b'{"iss":"https://127.0.0.1:9"}', b"x"))
    api.call("get", "/v1/me", of=None, headers={"Authorization": "Bearer " + jwt}, problem="provider")
    for path in ("/v1/sign-in/oidc", "/v1/sign-in/callback"):
        assert api.call("get", path, of=None, want=303, query="?to=/studies").headers["Location"].startswith("/sign-in?problem=")
    api.call("get", "/v1/sign-in", of=None)
    rows = api.call("get", "/v1/catalogue").json["coverage"]
    assert rows and rows[0]["sites"], rows
    api.call("get", "/v1/catalogue.jsonld")


def provider(api):
    for path in ("/v1/sign-in/oidc", "/v1/sign-in/callback"):
        api.call("get", path, of=None, problem="no-provider")


def all_seen(api):
    every = {f"{m} {p}" for p, item in api.doc["paths"].items() for m in item}
    kinds = {t["type"] for t in api.doc["components"]["schemas"]["Problem"]["x-types"]}
    left = sorted(every - api.ok - NEVER) + sorted(kinds - api.problems - NEVER_PROBLEM)
    if left:
        sys.exit(f"nobody saw: {left}")
    print(f"{len(api.ok)} of {len(every)} calls and {len(api.problems)} of {len(kinds)} kinds of problem, as described")


if __name__ == "__main__":
    it = Api()
    for step in sys.argv[1:]:
        globals()[step](it)
    it.keep()
