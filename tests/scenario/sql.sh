#!/usr/bin/env bash
# sql.sh - the statements of random plans over random populations, run by PostgreSQL, against counting by hand;
# and what code rules expand to by a small vocabulary.
# CORDON_SEED=n repeats a run; the seed of a failure is in its message.
# Plain only: PostgreSQL does the work; fuzz_compile writes statements under sanitizers.
set -uo pipefail
cd "$(dirname "$0")/../.." || exit 1
# shellcheck source=tests/lib/cluster.sh
. tests/lib/cluster.sh

case ${BIN:-build} in
*san*) units=${UNITS:-build/san/tests/unit} ;;
*) units=${UNITS:-build/plain/tests/unit} ;;
esac
for program in test_sql test_facts test_cohort_rows test_red_rows test_kinds test_audit; do
	[ -x "$units/$program" ] || { echo "$units/$program is not built"; exit 77; }
done
home=$(mktemp -d "${TMPDIR:-/tmp}/cordon.XXXXXX")
trap 'cluster_down; rm -rf "$home"' EXIT
trap 'exit 130' INT TERM
cluster_init "$home" && cluster_up one || { echo "$CLUSTER_ERROR"; exit 1; }
export CORDON_TEST_DB="host=$(cluster_host one) user=postgres dbname=hospital"
"$units/test_sql" && "$units/test_facts" && "$units/test_cohort_rows" && "$units/test_red_rows" && "$units/test_kinds" && "$units/test_audit"
