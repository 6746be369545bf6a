#!/usr/bin/env bash
# audit.sh - `make audit`: the long tests of what docs/privacy.md promises, and their report in build/audit.md, as it
# stands in docs/privacy-audit.md. About an hour. AUDIT="draws sums mistakes agent times crash" chooses parts;
# DRAWS=n a side (2000000), PAIRS=n of neighbours (150), QUESTIONS=n (400).
set -uo pipefail
cd "$(dirname "$0")/../.." || exit 1
export BIN=build
units=$PWD/build/plain/tests/unit report=$PWD/build/audit.md part=$PWD/build/audit.part
failed=()

# into TITLE HEAD COMMAND...: a table with what the command writes to $CORDON_REPORT
into()
{
	local title=$1 head=$2 start=$SECONDS

	shift 2
	rm -f "$part"
	touch "$part"
	printf '== %s\n' "$title"
	CORDON_REPORT=$part "$@" || failed+=("$title")
	{
		printf '\n## %s\n\n%s\n%s\n' "$title" "$head" "$(sed -E 's/[^|]+/---/g' <<<"$head")"
		cat "$part"
	} >>"$report"
	tail -n +1 "$part"
	printf '%s seconds\n' $((SECONDS - start))
}

with_database()
(
	# shellcheck source=tests/lib/cluster.sh
	. tests/lib/cluster.sh
	home=$(mktemp -d "${TMPDIR:-/tmp}/cordon.XXXXXX")
	trap 'cluster_down; rm -rf "$home"' EXIT
	cluster_init "$home" && cluster_up one || { echo "$CLUSTER_ERROR"; exit 1; }
	CORDON_TEST_DB="host=$(cluster_host one) user=postgres dbname=hospital" "$@"
)

draws()
{
	CK_TIMEOUT_MULTIPLIER=60 CORDON_DRAWS=${DRAWS:-2000000} CORDON_PAIRS=${PAIRS:-150} with_database "$units/test_audit" 2>/dev/null
}
sums()
{
	CK_TIMEOUT_MULTIPLIER=60 CORDON_DRAWS=${DRAWS:-2000000} "$units/test_audit_sum" 2>/dev/null
}
mistakes()
{
	# in time: one that is killed would count as seen
	CORDON_REPORT='' CK_TIMEOUT_MULTIPLIER=10 CORDON_DRAWS=50000 MUTANTS=tests/audit/mutants.txt tests/mutants.sh "$units" | tee >(
		sed -nE 's/^(seen|FAIL) +([^:(]*[^:( ]).*/| \2 | \1 |/p' >>"$CORDON_REPORT"
	)
}
agent()
{
	NOISE=gaussian tests/audit/law.sh && NOISE=laplace tests/audit/law.sh
}
times()
{
	local timing ret=0

	for timing in open paced strict; do
		# a strict answer takes 5 seconds
		TIMING=$timing QUESTIONS=${QUESTIONS:-$([ "$timing" = strict ] && echo 100 || echo 400)} tests/audit/times.sh || ret=1
	done
	return $ret
}
crash()
{
	CORDON_LONG=1 CK_TIMEOUT_MULTIPLIER=10 "$units/test_crash" 2>&1 >/dev/null | sed -nE 's/^(.*): ([0-9]+) points$/| \1 | \2 | \2 | | holds |/p' >>"$CORDON_REPORT"
	[ "${PIPESTATUS[0]}" = 0 ] && tests/audit/crash.sh 2>/dev/null
}

{
	printf '# make audit\n\n%s, %s, %s\n' "$(date -u +%F)" "$(git describe --always --dirty 2>/dev/null)" "$(uname -m)"
} >"$report"
for name in ${AUDIT:-draws sums mistakes agent times crash}; do
	case $name in
	draws) into "What neighbours are told apart by" '| Kind | Noise | Claimed epsilon | Of the law | Lower bound measured | Draws a side | Verdict |' draws ;;
	sums) into "What the sum of hospitals tells of one of them" '| Kind | Noise | Honest in the sum | Claimed epsilon | Of the law | Lower bound measured | Draws a side | Verdict |' sums ;;
	mistakes) into "Mistakes that were planted" '| Mistake | |' mistakes ;;
	agent) into "What leaves the whole agent" '| Noise | Questions | Numbers | Variance promised | Seen | Verdict |' agent ;;
	times) into "Time of an answer" '| Timing | Few patients, ms | Many, ms | Answers each | Distance | Limit | Verdict |' times ;;
	crash) into "Deaths" '| How | Points | Died or failed | Released | Verdict |' crash ;;
	esac
done
rm -f "$part"
echo "the report is $report"
[ ${#failed[@]} = 0 ] || { printf 'FAILED: %s\n' "${failed[@]}"; exit 1; }
