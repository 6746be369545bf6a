#!/usr/bin/env bash
# Every reader of bytes from outside, with seeded mutations of good input: short here, at length in `make fuzz`.
# Sanitizers only: a crash that they do not see is rare, and the inputs are the same.
set -uo pipefail
cd "$(dirname "$0")/../.." || exit 1
found=0
for source in tests/fuzz/fuzz_*.c; do
	program=$UNITS/../fuzz/$(basename "$source" .c)
	runs=${RUNS:-6000}
	[[ $program != *cohort_sql ]] || runs=$((runs / 5)) # it starts a process for each
	[[ $program != *answer ]] || runs=$((runs / 3)) # it makes a whole answer of each
	"$program" -n "$runs" >/dev/null || {
		echo "FAILED: $program -n $runs"
		exit 1
	}
	echo "ok: $(basename "$program")"
	found=$((found + 1))
done
# a decision is only tried where questions pass it: at least three of ten
read -r _ _ questions _ allowed _ < <(FUZZ_TALLY=1 "$UNITS/../fuzz/fuzz_decide" -n 2000 2>&1 >/dev/null)
echo "fuzz_decide: $allowed of $questions questions allowed"
((allowed * 10 >= questions * 3)) || { echo "FAILED: too few questions are allowed"; exit 1; }
[ "$found" -gt 0 ]
