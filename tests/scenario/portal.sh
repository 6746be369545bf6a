#!/usr/bin/env bash
# Plain only: a browser is the subject, not memory
# portal.sh - the portal in a real browser: a gateway, three agents, PostgreSQL. PORTAL_ONLY=word: tests/portal/*word*.
set -uo pipefail
PATIENTS=${PATIENTS:-2000} SUMS=1 VOCABULARY=1 DISTINCT=1
# shellcheck source=tests/lib/federation.sh
source "$(dirname "$0")/../lib/federation.sh"

CHROMIUM=${CHROMIUM:-$(command -v chromium-headless-shell || command -v chromium)} && export CHROMIUM &&
	command -v node >/dev/null && [ -d "$ROOT/portal/node_modules" ] || {
	echo "no node, chromium or portal/node_modules"
	exit 77
}
# A study whose counts the catalogue shows to everybody, asked by somebody who is in no other study.
cp -r "$ROOT/demo/policy" "$HOME_OF/policy"
cat >>"$HOME_OF/policy/studies.yaml" <<'END'
  - id: CAT-2026
    title: {zh: 目录人数概览, en: Counts for the catalogue}
    purpose: [DUO:0000042]
    approvals: {ethics: 2025 伦审第 052 号, committee: 2025-12-10 会议纪要}
    valid: 2026-01-10..2027-12-31
    datasets: [omop]
    kinds: [count]
    may_use: [cdm.condition_occurrence.condition_concept_id, cdm.person.gender_concept_id]
    requesters: {chen@test.example: analyst}
END
# People counted once, by the identifier that all hospitals have.
sed -i '0,/^          person_id: {use: patient-key}$/s//&\n          person_source_value: {use: link}/' "$HOME_OF/policy/red-list.yaml"
sed -i 's/^  attrition: .*/&\n  distinct: {group_by: 0, filters: 6, max_cells: 1, person: cdm.person.person_source_value, buckets: 4096}/
	s/attrition\], window_step/attrition, distinct], window_step/' "$HOME_OF/policy/queries.yaml"
sed -i 's/\(analyst: \[.*\)attrition/\1attrition, distinct/; /id: CO-2026-01/,/kinds:/s/attrition\]/attrition, distinct]/' "$HOME_OF/policy/studies.yaml"

# A provider to sign in at has to know the gateway's port, and the gateway the provider's.
WEB_PORT=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
cat >"$HOME_OF/people.json" <<'END'
[{"account": "sun@uni.example", "password": "a long way round", "groups": ["lab"]},
 {"account": "nobody@else.example", "password": "a long way round", "groups": ["staff"]}]
END
node "$ROOT/demo/provider.mjs" --accounts "$HOME_OF/people.json" --redirect "https://127.0.0.1:$WEB_PORT/v1/sign-in/callback" \
	--port-file "$HOME_OF/provider.port" >"$HOME_OF/provider.log" 2>&1 </dev/null &
provider=$!
trap 'was=$?; kill "$provider" 2>/dev/null; (exit $was); finish' EXIT
until_true 15 test -s "$HOME_OF/provider.port" || die "the provider did not start: $(cat "$HOME_OF/provider.log")"
cat >"$HOME_OF/more.yaml" <<END
coverage: CAT-2026
oidc:
  name: Union Health
  issuer: http://127.0.0.1:$(cat "$HOME_OF/provider.port")
  client_id: cordon
  redirect: https://127.0.0.1:$WEB_PORT/v1/sign-in/callback
  roles: {claim: groups, researcher: [lab]}
END
export VOCABULARY=1 GATEWAY_MORE=$HOME_OF/more.yaml POLICY_OF=$HOME_OF/policy
export PEOPLE="officer:officer operator:operator auditor:auditor chen:researcher"
federation renmin xiehe huashan

login chen@test.example chen
for cohort in 'condition: [201826+]' 'condition: [320128+]' 'sex: 女'; do
	CORDON_SETTINGS=$HOME_OF/chen/settings.yaml ask "$(question coverage <<<"{study: CAT-2026, kind: count, dataset: omop, cohort: {all: [{$cohort}]}}")"
	want 0 "a count for the catalogue: $cohort"
done
export BIN PORTAL_URL=https://127.0.0.1:$WEB_PORT PORTAL_HOME=$HOME_OF PORTAL_SHOTS=${PORTAL_SHOTS:-$ROOT/build/portal-shots}
if [ -n "${PORTAL_STAY:-}" ]; then # for whoever builds a page: everything stays up until standard input ends
	printf 'PORTAL_URL=%s PORTAL_HOME=%s\n' "$PORTAL_URL" "$PORTAL_HOME"
	cat >/dev/null
	exit 0
fi
node --test --test-reporter=spec "$ROOT/tests/portal/all.mjs" || die "the portal's tests, above"
