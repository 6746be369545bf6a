#!/usr/bin/env bash
# The researcher's guide, walked in a real browser on the demo federation as the demo's last lines tell it, in Chinese
# unless GUIDE_LANG=en (tests/portal/guide.test.mjs). PORTAL_PICTURES=FOLDER: makes the guide's pictures, each language on a demo of
# its own, for an answer that was given before is free.
# shellcheck disable=SC2015 # `test || die` is meant
# Plain only: a browser is the subject, not memory
set -uo pipefail
cd "$(dirname "$0")/../.." || exit 1
# shellcheck source=tests/lib/walk.sh
. tests/lib/walk.sh
CHROMIUM=${CHROMIUM:-$(command -v chromium-headless-shell || command -v chromium)} && export CHROMIUM &&
	command -v node >/dev/null && [ -d portal/node_modules/oidc-provider ] || {
	echo "no node, chromium or portal/node_modules"
	exit 77
}
export BIN POLICY=$PWD/demo/policy PORTAL_SHOTS=$folder/shots
walks=("${GUIDE_LANG:-zh}") # the English words are those of portal.sh
if [ -n "${PORTAL_PICTURES:-}" ]; then
	read -r -a walks <<<"${GUIDE_LANG:-en zh}"
	[[ $PORTAL_PICTURES == /* ]] || PORTAL_PICTURES=$PWD/$PORTAL_PICTURES
	export PORTAL_PICTURES
else
	export PATIENTS=${PATIENTS:-6000}
fi

# browse: with what the demo said, and nothing else
browse()
{
	PORTAL_URL=$(sed -nE 's/^The portal.*: (https:[^ ]*)\/\r?$/\1/p' "$folder/demo")
	PORTAL_PASSWORD=$(sed -nE 's/^ *password of everybody here: ([0-9a-f]+)\r?$/\1/p' "$folder/demo")
	PORTAL_HOME=$(sed -nE 's/^ *(\/.*)\/li\/person\.key\r?$/\1/p' "$folder/demo")
	export PORTAL_URL PORTAL_PASSWORD PORTAL_HOME
	[ -n "$PORTAL_URL" ] && [ -n "$PORTAL_PASSWORD" ] && [ -n "$PORTAL_HOME" ] || die "the demo does not say where the portal is"
	node --test --test-reporter=spec tests/portal/guide.test.mjs >"$folder/said" 2>&1 || die "the guide is not what happens"
	grep -a '✔' "$folder/said"
}
for language in "${walks[@]}"; do
	export GUIDE_LANG=$language
	demo_up
	browse
	demo_down
done
