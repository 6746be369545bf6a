#!/usr/bin/env bash
# Plain only: a browser is the subject, not memory
# portal.sh - the portal in a real browser: a gateway, three agents, PostgreSQL. PORTAL_ONLY=word: tests/portal/*word*.
set -uo pipefail
PATIENTS=${PATIENTS:-2000} SUMS=1
# shellcheck source=tests/lib/federation.sh
source "$(dirname "$0")/../lib/federation.sh"

command -v node >/dev/null && [ -x "${CHROMIUM:-/usr/bin/chromium}" ] && [ -d "$ROOT/portal/node_modules" ] || {
	echo "no node, chromium or portal/node_modules"
	exit 77
}
POLICY_OF=$ROOT/demo/policy federation renmin xiehe huashan

export BIN PORTAL_URL=https://127.0.0.1:$WEB_PORT PORTAL_HOME=$HOME_OF PORTAL_SHOTS=${PORTAL_SHOTS:-$ROOT/build/portal-shots}
if [ -n "${PORTAL_STAY:-}" ]; then # for whoever builds a page: everything stays up until standard input ends
	printf 'PORTAL_URL=%s PORTAL_HOME=%s\n' "$PORTAL_URL" "$PORTAL_HOME"
	cat >/dev/null
	exit 0
fi
node --test --test-reporter=spec "$ROOT"/tests/portal/*"${PORTAL_ONLY:-}"*.test.mjs || die "the portal's tests, above"
