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


"$BIN/cordon" status --socket "$HOME_OF/site-renmin/state/agent.sock" >"$HOME_OF/out"
check "the agent tells its status on its socket" python3 -c 'import json,sys; json.load(open(sys.argv[1]))' "$HOME_OF/out"
head -c 1000000 /dev/urandom | timeout 5 python3 -c '
import socket,sys
s=socket.socket(socket.AF_UNIX); s.connect(sys.argv[1])
try: s.sendall(sys.stdin.buffer.read())
except OSError: pass' "$HOME_OF/site-renmin/state/agent.sock"
check "noise on the agent's socket" alive
check "nothing at the site listens on the network" test -z "$(ss -ltnp 2>/dev/null | grep "pid=${AGENT_PID[renmin]},")"
