#!/usr/bin/env bash
# Plain only: its subject is what replies look like; the same handlers run under sanitizers in test_api and test_http
# openapi.sh - /openapi.json against the gateway that serves it: every path is called and every kind of problem provoked,
# and each reply fits what the document says of it.
set -uo pipefail
python3 -c 'import jsonschema' 2>/dev/null || { echo "no python3-jsonschema"; exit 77; }
PATIENTS=1000 VOCABULARY=1
# shellcheck source=tests/lib/federation.sh
source "$(dirname "$0")/../lib/federation.sh"

for who in sun:officer ops:operator audit:auditor zhou:researcher; do
	mkdir "$HOME_OF/${who%:*}"
	"$BIN/cordon" token --account "${who%:*}@test.example" --role "${who#*:}" --out "$HOME_OF/${who%:*}/token" >>"$HOME_OF/accounts" 2>/dev/null || die token
done
federation renmin
export HOME_OF WEB_PORT ROOT GATEWAY_PID AGENT=${AGENT_PID[renmin]}

steps()
{
	local what=$1

	shift
	python3 "$ROOT/tests/lib/openapi.py" "$@" >"$HOME_OF/out" 2>&1
	STATUS=$?
	want 0 "$what"
}
steps "every path answers as the document says" ways provider
steps "every mistake is a problem of its kind" wrong
steps "who takes too much is told which bound it was, and when to come again" much
cat "$HOME_OF/out"
steps "a question that runs, a full disk, a gateway that stops" held
wait "$GATEWAY_PID" 2>/dev/null
VOCABULARY='' gateway_config renmin
cat >>"$HOME_OF/gateway/gateway.yaml" <<-END
	coverage: DM-2026-01
	oidc: {name: Away, issuer: "https://127.0.0.1:9", client_id: cordon, secret: oidc.secret, redirect: "https://127.0.0.1:$WEB_PORT/v1/sign-in/callback", roles: {claim: groups, auditor: [audit]}}
END
echo secret >"$HOME_OF/gateway/oidc.secret"
gateway_up
export GATEWAY_PID
wait_online renmin
steps "a gateway without a vocabulary, whose provider is away" other all_seen
cat "$HOME_OF/out"
