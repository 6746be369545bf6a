#!/usr/bin/env bash
# sql.sh - the statements of random plans over random populations, run by PostgreSQL, against counting by hand.
# CORDON_SEED=n repeats a run; the seed of a failure is in its message.
set -uo pipefail
cd "$(dirname "$0")/../.." || exit 1
# shellcheck source=tests/lib/cluster.sh
. tests/lib/cluster.sh

case ${BIN:-build} in
*san*) program=build/san/tests/unit/test_sql ;;
*) program=build/plain/tests/unit/test_sql ;;
esac
[ -x "$program" ] || { echo "$program is not built"; exit 77; }
home=$(mktemp -d "${TMPDIR:-/tmp}/cordon.XXXXXX")
trap 'cluster_down; rm -rf "$home"' EXIT
trap 'exit 130' INT TERM
cluster_init "$home" && cluster_up one || { echo "$CLUSTER_ERROR"; exit 1; }
CORDON_TEST_DB="host=$(cluster_host one) user=postgres dbname=hospital" "$program"
