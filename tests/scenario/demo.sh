#!/usr/bin/env bash
# `make demo` as a person runs it: answers, ends with 0 without a terminal, leaves nothing running.
# Plain only: its programs run under sanitizers in every other scenario.
set -uo pipefail
cd "$(dirname "$0")/../.." || exit 1
export LC_ALL=C.UTF-8 NO_COLOR=1 DEMO_BIN=$BIN
folder=$(mktemp -d "${TMPDIR:-/tmp}/cordon-t.XXXXXX")
export TMPDIR=$folder
trap 'rm -rf "$folder"' EXIT
die()
{
	printf 'FAILED: %s\n' "$1"
	cat "$folder/out" "$folder/err"
	exit 1
}
left_over()
{
	pgrep -f "$folder/cordon-demo" || ls -d "$folder"/cordon-demo* 2>/dev/null
}

PATIENTS=3000 demo/run.sh >"$folder/out" 2>"$folder/err" </dev/null || die "the demo ends with $?"
grep -q renmin "$folder/out" && grep -q total "$folder/out" || die "the demo shows no table"
grep -qE 'policy tests: ([1-9][0-9]*) of \1 pass' "$folder/err" || die "the demo does not test its policies"
[ -z "$(left_over)" ] || die "something is left: $(left_over)"
echo "ok: the demo answers and leaves nothing"

JSON=1 SITES=5 PATIENTS=400 demo/run.sh >"$folder/out" 2>"$folder/err" </dev/null || die "JSON=1 SITES=5 ends with $?"
python3 -c 'import json,sys; a=json.load(open(sys.argv[1])); assert len(a["sites"])==5, a' "$folder/out" || die "standard output is not one JSON answer of five sites"
echo "ok: JSON=1 SITES=5"

cat >"$folder/q.yaml" <<'Q'
study: DM-2026-01
kind: count
dataset: omop
cohort: {all: [{drug: [1503297+]}]}
Q
ASK=$folder/q.yaml SITES=1 PATIENTS=2000 LC_ALL=zh_CN.UTF-8 demo/run.sh >"$folder/out" 2>"$folder/err" </dev/null || die "ASK= ends with $?"
grep -q 合计 "$folder/out" || die "the answer is not in Chinese"
echo "ok: ASK=, in Chinese"

ASK=$folder/none.yaml SITES=1 PATIENTS=100 demo/run.sh >"$folder/out" 2>"$folder/err" </dev/null && die "a missing question is no error"
[ -z "$(left_over)" ] || die "something is left after a failure: $(left_over)"
echo "ok: a failure is told and leaves nothing"

printf 'study: DM-2026-01\nkind: count\ndatset: omop\n' >"$folder/slip.yaml"
ASK=$folder/slip.yaml demo/run.sh >"$folder/out" 2>"$folder/err" </dev/null
[ $? = 2 ] || die "a question with a slip is not told as one"
grep -q 'slip.yaml:3:1: error Q103' "$folder/err" || die "the slip has no place"
grep -q PostgreSQL "$folder/err" && die "hospitals are made before the question is read"
echo "ok: a question with a slip is told before anything is made"

data=../shared/data/omop
if [ -d "$data/gibleed" ]; then
	OMOP=$data/gibleed demo/run.sh >"$folder/out" 2>"$folder/err" </dev/null || die "OMOP= ends with $?"
	grep -qE '[0-9]' "$folder/out" || die "OMOP= shows no numbers"
	echo "ok: OMOP= with real data"
else
	echo "skipped: no OMOP sample data beside the project"
fi
