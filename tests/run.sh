#!/usr/bin/env bash
# Runs unit programs and scenarios and counts them: tests/run.sh BIN UNITS-FOLDER [WORD]
# BIN holds the three programs; WORD runs only what has it in its name. A scenario is a script that gets BIN in the
# environment and ends with 0 (passed), 77 (skipped, having said why) or anything else (failed). Of each it tells how long it
# took and how long it computed (what it waited for); no time decides.
set -uo pipefail
cd "$(dirname "$0")/.."
export BIN=$1
export UNITS=$2
export CK_DEFAULT_TIMEOUT=${CK_DEFAULT_TIMEOUT:-240} # a slow machine fails no test
word=${3:-}
TIMEFORMAT=%1U
passed=0 failed=0 skipped=0
logs=$(mktemp -d "${TMPDIR:-/tmp}/cordon-tests.XXXXXX")
trap 'rm -rf "$logs"' EXIT

# Scenarios wait more than they compute: one job more than there are cores.
jobs=$(($(nproc) + 1))

run_one() {
	local name=$1
	shift
	local start=$SECONDS
	local other="Sanitizers only"
	[[ $BIN != *san* ]] || other="Plain only"
	# what one build cannot show more of than the other runs once
	if [[ $1 == *.sh ]] && grep -q "^# $other:" "$1"; then
		echo "runs in the other build" >"$logs/$name.out"
		echo "77 0" >"$logs/$name.status"
		return
	fi
	{ time timeout 600 "$@" >"$logs/$name.out" 2>&1 </dev/null; } 2>"$logs/$name.time"
	echo "$? $((SECONDS - start)) $(cat "$logs/$name.time")" >"$logs/$name.status"
}

report() {
	local name=$1 status seconds busy
	read -r status seconds busy <"$logs/$name.status"
	case $status in
	0)
		passed=$((passed + 1))
		printf 'ok    %-32s %3ss %4ss  %s\n' "$name" "$seconds" "${busy:-0}" "$(grep -E '^[0-9]+%: Checks' "$logs/$name.out" | tail -n 1)"
		;;
	77)
		skipped=$((skipped + 1))
		printf 'skip  %-32s             %s\n' "$name" "$(tail -n 1 "$logs/$name.out")"
		;;
	*)
		failed=$((failed + 1))
		printf 'FAIL  %-32s %3ss  exit %s\n' "$name" "$seconds" "$status"
		sed 's/^/      | /' "$logs/$name.out" | tail -n 60
		mkdir -p "$BIN/failed" && cp "$logs/$name.out" "$BIN/failed/$name.log" && echo "      whole: $BIN/failed/$name.log"
		;;
	esac
}

names=()
run_all() {
	local program name running=0
	for program in "$@"; do
		name=$(basename "$program" .sh)
		[[ -z $word || $name == *"$word"* ]] || continue
		names+=("$name")
		run_one "$name" "$program" &
		running=$((running + 1))
		if [ "$running" -ge "$jobs" ]; then
			wait -n || true
			running=$((running - 1))
		fi
	done
	wait
}

shopt -s nullglob
programs=()
for source in tests/unit/test_*.c; do
	programs+=("$UNITS/$(basename "$source" .c)")
done
# the long ones first, so that none is left running alone at the end
run_all tests/scenario/*.sh "${programs[@]}"
for name in "${names[@]}"; do
	report "$name"
done
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" = 0 ] && [ "$passed" -gt 0 ]
