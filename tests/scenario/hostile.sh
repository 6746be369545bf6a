#!/usr/bin/env bash
# Bytes from outside: to the gateway's two ports and to the agent's socket. Nothing crashes, others are served.
source "$(dirname "$0")/../lib/federation.sh"
PATIENTS=200
federation renmin

alive()
{
	kill -0 "$GATEWAY_PID" && kill -0 "${AGENT_PID[renmin]}" && online renmin
}
key="$HOME_OF/site-renmin/site.key"
crt="$HOME_OF/site-renmin/site.crt"
tls()
{
	timeout 5 openssl s_client -connect "127.0.0.1:$1" -tls1_3 -alpn "$2" -quiet "${@:3}" >"$HOME_OF/reply" 2>/dev/null
}

head -c 100000 /dev/urandom | timeout 5 bash -c "cat >/dev/tcp/127.0.0.1/$AGENTS_PORT" 2>/dev/null
check "noise instead of TLS on the agents' port" alive
head -c 100000 /dev/urandom | timeout 5 bash -c "cat >/dev/tcp/127.0.0.1/$WEB_PORT" 2>/dev/null
check "noise instead of TLS on the web port" alive
head -c 4096 /dev/urandom | tls "$AGENTS_PORT" cordon/1
check "a peer without a certificate" alive
"$BIN/cordon" ca issue --dir "$HOME_OF/ca" --role site --name xiehe --out "$HOME_OF/xiehe" >/dev/null
for size in 0 1 5 4097 100000; do
	head -c "$size" /dev/urandom | tls "$AGENTS_PORT" cordon/1 -cert "$HOME_OF/xiehe/site.crt" -key "$HOME_OF/xiehe/site.key"
	check "a site of another federation name sending $size random bytes" alive
done
printf '\377\377\377\377\001' | tls "$AGENTS_PORT" cordon/1 -cert "$crt" -key "$key"
check "a frame that claims 4 GiB" until_true 15 alive
printf '\0\0\0\1\1' | tls "$AGENTS_PORT" cordon/1 -cert "$crt" -key "$key"
check "an empty hello" until_true 15 alive

# Frames that are well-formed but for one thing, from a hospital with a good certificate: each ends the line with
# bye (type 12, reason 5, protocol), and a good hello is welcomed after all of them.
"$BIN/cordon" ca issue --dir "$HOME_OF/ca" --role site --name renmin --out "$HOME_OF/twin" >/dev/null
agent_down renmin
check "frames with one thing wrong are answered with bye" python3 - "$AGENTS_PORT" "$HOME_OF/twin" <<-'P'
	import socket, ssl, sys
	def s(t):
	    t = t if isinstance(t, bytes) else t.encode()
	    return (bytes([0xa0 | len(t)]) if len(t) < 32 else bytes([0xd9, len(t)])) + t
	def b(t): return bytes([0xc4, len(t)]) + t
	good = [("version", b"\x01"), ("site", s("renmin")), ("program", s("x")), ("policy_version", b"\x00"),
	    ("policy_hash", b(bytes(32))), ("data", s("")), ("ledger_seq", b"\x00"), ("ledger_hash", b(bytes(32)))]
	def frame(fields, n=None, kind=1, tail=b""):
	    body = bytes([kind, 0x80 | (len(fields) if n is None else n)]) + b"".join(s(k) + v for k, v in fields) + tail
	    return len(body).to_bytes(4, "big") + body
	def put(i, v): return good[:i] + [(good[i][0], v)] + good[i + 1:]
	bad = {"a key twice": frame(good[:7] + [good[0]]), "a key too many": frame(good + [("spare", b"\x00")]),
	    "a key too few": frame(good[:7]), "keys out of order": frame([good[1], good[0]] + good[2:]),
	    "text that is not UTF-8": frame(put(2, s(b"\xff\xfe"))), "a surrogate in UTF-8": frame(put(2, s(b"\xed\xa0\x80"))),
	    "a number in a longer form": frame(put(0, b"\xcc\x01")), "a float": frame(put(0, b"\xcb" + bytes(8))), "nil": frame(put(0, b"\xc0")),
	    "bytes for text": frame(put(2, b(b"x"))), "a hash too short": frame(put(4, b(bytes(31)))), "a control character": frame(put(2, s("a\n"))),
	    "SQL for an id": frame(put(1, s("x'; drop table--"))), "a map that claims too much": frame(good, n=15), "spare bytes": frame(good, tail=b"\x00"),
	    "an unknown type": frame(good, kind=77), "a truncated map": (60).to_bytes(4, "big") + frame(good)[4:64]}
	ctx = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
	ctx.minimum_version = ssl.TLSVersion.TLSv1_3
	ctx.load_verify_locations(sys.argv[2] + "/root.crt")
	ctx.load_cert_chain(sys.argv[2] + "/site.crt", sys.argv[2] + "/site.key")
	ctx.set_alpn_protocols(["cordon/1"])
	def talk(bytes_):
	    with ctx.wrap_socket(socket.create_connection(("127.0.0.1", int(sys.argv[1])), 10), server_hostname="127.0.0.1") as line:
	        line.sendall(bytes_)
	        got = b""
	        try:
	            while len(got) < 5:
	                more = line.recv(4096)
	                if not more: break
	                got += more
	        except OSError: pass
	        return got
	failed = [what for what, f in bad.items() if talk(f)[4:] != bytes([12]) + b"\x81" + s("reason") + b"\x05"]
	if talk(frame(good))[4:5] != bytes([2]): failed.append("a good hello was not welcomed")
	if failed: print(failed)
	sys.exit(len(failed) > 0)
P
agent_up renmin
check "and the hospital itself is let in again" until_true 30 alive

tls "$AGENTS_PORT" http/1.1 -cert "$crt" -key "$key" </dev/null
check "another protocol" until_true 15 alive

web()
{
	timeout 8 curl -sk -o "$HOME_OF/reply" -w '%{http_code}' "https://127.0.0.1:$WEB_PORT$1" "${@:2}"
}
token="Authorization: Bearer $(cat "$HOME_OF/li/token")"
check "no token: 401" test "$(web /v1/questions)" = 401
check "an unknown path: 404" test "$(web /v1/nothing -H "$token")" = 404
check "a method that is not there: 405" test "$(web /v1/sites -H "$token" -X PUT)" = 405
for body in '' '{' '[]' '{"question":{}}' '{"question":{"study":"\ud83d"}}' '{"a":1,"a":1}' "$(printf '\377\376')" \
	'{"question":{"study":"DM-2026-01","kind":"count","dataset":"omop","cohort":{}},"certificate":"x","signature":"y","asked_ms":-1}'; do
	check "POST of ${body:0:30}: a problem in both languages" test "$(web /v1/questions -H "$token" --data-binary "$body")" = 400
	check "  with zh and en" python3 -c 'import json,sys; p=json.load(open(sys.argv[1])); assert p["say"]["zh"] and p["say"]["en"] and p["status"]==400' "$HOME_OF/reply"
done
code=$(head -c 200000 /dev/zero | web /v1/questions -H "$token" --data-binary @-)
check "a body over the bound: $code" test "$code" = 413 -o "$code" = 400 -o "$code" = 000
python3 -c 'print("{\"question\":" + "["*20000 + "]"*20000 + "}")' >"$HOME_OF/deep"
check "a body 20000 deep" test "$(web /v1/questions -H "$token" --data-binary @"$HOME_OF/deep")" = 400
check "ids that are no ids" test "$(web "/v1/questions/..%2f..%2fetc%2fpasswd" -H "$token")" = 404
check "nothing of a token in the log" test -z "$(grep -F "$(cat "$HOME_OF/li/token")" "$HOME_OF/gateway/gateway.log")"
for _ in 1 2 3 4 5; do
	timeout 3 openssl s_client -connect "127.0.0.1:$WEB_PORT" -quiet </dev/zero >/dev/null 2>&1 &
done
check "while others send without end, people are served" test "$(web /v1/me -H "$token")" = 200


"$BIN/cordon" status --json --socket "$HOME_OF/site-renmin/state/agent.sock" >"$HOME_OF/out"
check "the agent tells its status on its socket" python3 -c 'import json,sys; json.load(open(sys.argv[1]))' "$HOME_OF/out"
head -c 1000000 /dev/urandom | timeout 5 python3 -c '
import socket,sys
s=socket.socket(socket.AF_UNIX); s.connect(sys.argv[1])
try: s.sendall(sys.stdin.buffer.read())
except OSError: pass' "$HOME_OF/site-renmin/state/agent.sock"
check "noise on the agent's socket" alive
check "nothing at the site listens on the network" test -z "$(ss -ltnp 2>/dev/null | grep "pid=${AGENT_PID[renmin]},")"
