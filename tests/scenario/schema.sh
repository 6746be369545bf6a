#!/usr/bin/env bash
# Plain only: its subject is the schemas; reading policies runs under sanitizers in test_policy_read and test_broken
# schema.sh - what `cordon policy schema` prints and what `cordon policy check` reads agree, document by document, and
# the shipped examples are valid.
set -uo pipefail
cd "$(dirname "$0")/../.." || exit 1
BIN=${BIN:-build}
case $BIN in
*san*) units=${UNITS:-build/san/tests/unit} ;;
*) units=${UNITS:-build/plain/tests/unit} ;;
esac
[ -x "$units/test_schema" ] || { echo "$units/test_schema is not built"; exit 77; }
python3 -c 'import jsonschema, yaml' 2>/dev/null || { echo "python3-jsonschema or python3-yaml is missing"; exit 77; }
home=$(mktemp -d "${TMPDIR:-/tmp}/cordon.XXXXXX")
trap 'rm -rf "$home"' EXIT
trap 'exit 130' INT TERM
export LANG=C.UTF-8 LC_ALL=C.UTF-8

fail()
{
	echo "FAILED: $1"
	exit 1
}

python3 tests/lib/schema_agree.py "$BIN/cordon" "$units/test_schema" policies/examples || fail "schema and reader differ"

# one by file or by name, into a file, a list of all; nothing else is known
"$BIN/cordon" policy schema red-list >"$home/a" || fail "by name"
"$BIN/cordon" policy schema some/folder/red-list.yaml --out "$home/b" || fail "by file, into a file"
cmp -s "$home/a" "$home/b" || fail "the same schema by name and by file"
"$BIN/cordon" policy schema --json | python3 -c 'import json, sys; assert len(json.load(sys.stdin)) == 9' || fail "the list as JSON"
"$BIN/cordon" policy schema passwd >/dev/null 2>"$home/err"
[ $? = 2 ] || fail "a file without a schema is an error in use"
grep -q red-list.yaml "$home/err" || fail "which names those there are"
"$BIN/cordon" policy schema --out /proc/nowhere >/dev/null 2>&1
[ $? = 3 ] || fail "a folder that cannot be made is the environment's fault"

# the line for editors is a comment
cp -r policies/examples/omop-hospital "$home/policy"
for file in policy red-list queries release studies tests; do
	sed -i "1i# yaml-language-server: \$schema=../schemas/$file.schema.json" "$home/policy/$file.yaml"
done
"$BIN/cordon" policy check "$home/policy" >"$home/out" || { cat "$home/out"; fail "a folder with the editor's lines"; }
echo "all as promised"
