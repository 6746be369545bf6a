#!/usr/bin/env bash
# What must be true of any cohort's count, whatever the data: on a generated hospital, and on real records where they
# stand beside the project. The counts are true ones, by the statements of `cordon policy try --show-sql=psql`.
# Plain only: what it proves is in the statements, which are the same under sanitizers.
set -uo pipefail
cd "$(dirname "$0")/../.." || exit 1
# shellcheck source=tests/lib/cluster.sh
. tests/lib/cluster.sh
[[ $BIN == /* ]] || BIN=$PWD/$BIN
data=$(cd .. && pwd)/shared/data/omop
home=$(mktemp -d "${TMPDIR:-/tmp}/cordon-t.XXXXXX")
trap 'cluster_down; rm -rf "$home"' EXIT
trap 'exit 130' INT TERM
failed=0

# The demo's policy with room for many criteria.
cp -R demo/policy "$home/policy"
sed -i 's/criteria: 20, depth: 4/criteria: 100, depth: 10/' "$home/policy/queries.yaml"

# hold NAME WHAT: the claims on the hospital of that name
hold()
{
	mkdir -p "$home/questions"
	if PGHOST=$(cluster_host "$1") PGUSER=postgres PGDATABASE=hospital PSQL=$CLUSTER_BIN/psql \
		tests/lib/cohort_properties.py "$BIN/cordon" "$home/policy" "$home/questions" "${SEED:-1}" >"$home/said" 2>&1; then
		printf 'ok    %s: %s\n' "$2" "$(tail -n 2 "$home/said" | tr '\n' ' ')"
	else
		printf 'FAIL  %s\n' "$2"
		cat "$home/said"
		failed=1
	fi
}

# real NAME FOLDER[:FOLDER]
real()
{
	[ -r "$data/${2%%:*}/person.csv.gz" ] || {
		printf 'skipped: no %s beside the project\n' "$2"
		return
	}
	PGHOST=$(cluster_host "$1") PGUSER=postgres PGDATABASE=hospital PSQL=$CLUSTER_BIN/psql \
		demo/load_omop.sh "$data/${2/:/:$data/}" 0 1 >"$home/load" 2>&1 || {
		cat "$home/load"
		exit 1
	}
	hold "$1" "$2"
}

if ! cluster_init "$home" || ! cluster_up one two three; then
	printf '%s\n' "$CLUSTER_ERROR" >&2
	exit 1
fi
cluster_psql one -v patients=4000 -v seed=3 -v site=renmin -f demo/hospital.sql || exit 1
hold one "a generated hospital"
real two gibleed
real three synthea1k:vocabulary-merged
exit $failed
