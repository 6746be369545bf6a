#!/usr/bin/env bash
# Plain only: the provider is Node's, and what it says to the gateway is read under sanitizers by test_sign_in
# oidc.sh - people sign in at a real provider: who may, where they come back to, keys that change, sessions that end.
set -uo pipefail
# shellcheck source=tests/lib/federation.sh
source "$(dirname "$0")/../lib/federation.sh"

command -v node >/dev/null && [ -d "$ROOT/portal/node_modules/oidc-provider" ] || {
	echo "no node or portal/node_modules"
	exit 77
}
make_certificates
person li@renmin.example li
person zhao@audit.example audit auditor
sed -i '/li@renmin/s/, token: "[^"]*"//' "$HOME_OF/accounts" # she has no token, and signs in at the provider

# The provider has to know the gateway's port, and the gateway the provider's.
WEB_PORT=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
export HOME_OF GATEWAY=https://127.0.0.1:$WEB_PORT CLIENT_SECRET=a/secret+with:signs
printf '%s\n' "$CLIENT_SECRET" >"$HOME_OF/gateway/oidc.secret"
cat >"$HOME_OF/people.json" <<'END'
[{"account": "li@renmin.example", "password": "right", "groups": ["audit"]},
 {"account": "zhang@uni.example", "password": "right", "groups": ["staff", "lab"]},
 {"account": "sun@uni.example", "password": "right", "groups": ["lab"], "verified": false},
 {"account": "nobody@else.example", "password": "right", "groups": ["staff"]}]
END
node "$ROOT/demo/provider.mjs" --accounts "$HOME_OF/people.json" --secret-file "$HOME_OF/gateway/oidc.secret" \
	--redirect "$GATEWAY/v1/sign-in/callback" --certificate "$HOME_OF/gateway/web.crt" --key "$HOME_OF/gateway/web.key" \
	--audience urn:cordon --port-file "$HOME_OF/provider.port" >"$HOME_OF/gateway/provider.log" 2>&1 </dev/null &
provider=$!
trap 'was=$?; kill "$provider" 2>/dev/null; (exit $was); finish' EXIT
until_true 15 test -s "$HOME_OF/provider.port" || die "the provider did not start"
PROVIDER=https://127.0.0.1:$(cat "$HOME_OF/provider.port")
export PROVIDER

gateway_config renmin
cat >>"$HOME_OF/gateway/gateway.yaml" <<END
oidc:
  name: Demo
  issuer: $PROVIDER
  client_id: cordon
  secret: oidc.secret
  redirect: $GATEWAY/v1/sign-in/callback
  ca: web.crt
  audience: urn:cordon
  roles: {claim: groups, auditor: [audit], researcher: [lab]}
END
gateway_up

step()
{
	python3 "$ROOT/tests/lib/oidc.py" "$1" >"$HOME_OF/out" 2>&1
	STATUS=$?
	want 0 "$2"
}
step signs_in "a listed person and a guest sign in"
step cookies "the trip to the provider has PKCE, its own cookie, and leads to pages of ours alone"
step strangers "who is not listed and in no group is refused, and so is an address that is not verified"
step trips "a trip belongs to one browser and is used once; a sign-in makes a new session"
step forgery "a session's requests need its word; a token does what it was made for"
step programs "an access token of the provider is a bearer, an ID token is not"
kill -HUP "$provider"
step rotated "new keys are found, the old ones are gone"
check "no secret is in the log or the record" bash -c '! grep -rqaF -e "$CLIENT_SECRET" -e right "$HOME_OF"/gateway/gateway.log "$HOME_OF"/gateway/state/'

gateway_down
python3 - "$HOME_OF/gateway/state/gateway.db" <<'END' || die "the store"
import sqlite3, sys
db = sqlite3.connect(sys.argv[1])
db.execute("UPDATE visit SET seen_ms = seen_ms - 3600000 WHERE account = 'zhang@uni.example'")
db.commit()
END
gateway_up
step still "a restart keeps people signed in"
step over "an idle session has ended, a sign-out ends one, and the record says so"
gateway_down
kill "$provider"
wait "$provider" 2>/dev/null
gateway_up
step away "without the provider nobody else waits"
