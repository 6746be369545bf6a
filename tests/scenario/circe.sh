#!/usr/bin/env bash
# circe.sh - cohort definitions of OHDSI's phenotype library, converted and counted on real tables, against the
# numbers of people that OHDSI's own software counts there.
#
# CIRCE_DATA: a folder with omop/SITE/*.csv.gz, omop/vocabulary-merged and circe/*.jsonl.gz; else ../shared/data
# beside the checkout, and without that: skipped. CIRCE_ONLY=site,...: only these; CIRCE_KEEP=folder keeps the work.
# A check takes every tenth definition; CIRCE_ALL=1, as `make circe` does, takes all.
# Plain only: what it proves is in the statements, which are the same under sanitizers.
set -euo pipefail
cd "$(dirname "$0")/../.."
# shellcheck source=tests/lib/cluster.sh
. tests/lib/cluster.sh

data=${CIRCE_DATA:-../shared/data}
if [ ! -d "$data/circe" ] || [ ! -d "$data/omop" ]; then
	echo "skipped: no sample data in $data"
	exit 77
fi
data=$(cd "$data" && pwd)
bin=$(cd "${BIN:-build}" && pwd)
home=$(mktemp -d)
work=${CIRCE_KEEP:-$home/work}
mkdir -p "$work"
trap 'cluster_down; rm -rf "$home"' EXIT
trap 'exit 130' INT TERM
failed=0
export LC_ALL=C

if ! CLUSTER_BUFFERS=256MB cluster_init "$home" || ! cluster_up site; then
	printf '%s\n' "$CLUSTER_ERROR" >&2
	exit 1
fi

# load SITE VOCABULARY: into a fresh database of that name
load()
{
	cluster_psql site -d postgres -c "create database \"$1$3\""
	PGHOST=$(cluster_host site) PGUSER=postgres PGDATABASE=$1$3 PSQL=$CLUSTER_BIN/psql \
		demo/load_omop.sh "$data/omop/$1$2" >"$work/load-$1$3.log" 2>&1 || {
		cat "$work/load-$1$3.log" >&2
		return 1
	}
	# Circe counts people by their events and periods; who has no row among people has none of their properties
	cluster_psql site -d "$1$3" -c 'insert into cdm.person (person_id)
		select distinct person_id from cdm.observation_period o
		where not exists (select 1 from cdm.person p where p.person_id = o.person_id)' -c 'analyze'
}

# count NAME DATABASE FILE COLUMN: all definitions of a file in one psql
count()
{
	local out=$work/$1

	python3 tests/lib/circe.py scripts "$bin/cordon" "$work/policy" "$out" "$3"
	cluster_psql site -d "$2" -At -v ON_ERROR_STOP=0 -f "$out/all.sql" >"$out/results" 2>"$out/errors" || true
	head -n 3 "$out/errors"
	python3 tests/lib/circe.py compare "$out" "$3" "$4" "$out/results" "$1" || failed=1
}

wanted()
{
	[ -z "${CIRCE_ONLY:-}" ] || [[ ",$CIRCE_ONLY," == *",$1,"* ]]
}

library=$data/circe/phenotype-library.jsonl.gz counts=$data/circe/counts.csv
files=("$data"/circe/phenotype-library*.jsonl.gz "$data"/circe/transplanted-*.jsonl.gz)
python3 tests/lib/circe.py policy "$work/policy" "${files[@]}"
"$bin/cordon" policy check "$work/policy" --lang en >"$work/check.log" 2>&1 || {
	grep -E 'error|denied' "$work/check.log" >&2
	exit 1
}
merged=:$data/omop/vocabulary-merged
if wanted gibleed; then
	load gibleed "" ""
	count gibleed gibleed "$library" "$counts:gibleed_persons"
	count gibleed-transplanted gibleed "$data/circe/transplanted-gibleed.jsonl.gz" persons
fi
if wanted synthea1k; then
	load synthea1k "$merged" ""
	count synthea1k synthea1k "$library" "$counts:synthea1k_persons"
	count synthea1k-transplanted synthea1k "$data/circe/transplanted-synthea1k.jsonl.gz" persons
fi
if wanted synthea28; then
	load synthea28 "$merged" ""
	count synthea28 synthea28 "$library" "$counts:synthea28_persons"
fi
if wanted cases && [ -f "$data/circe/official-cases.jsonl.gz" ]; then
	cluster_psql site -d postgres -c 'create database cases'
	cluster_psql site -d cases -f demo/omop.sql
	python3 tests/lib/circe.py cases "$bin/cordon" "$work/policy" "$work/cases" "$data/circe/official-cases.jsonl.gz"
	cluster_psql site -d cases -At -v ON_ERROR_STOP=0 -f "$work/cases/all.sql" >"$work/cases/results" 2>"$work/cases/errors" || true
	head -n 3 "$work/cases/errors"
	python3 tests/lib/circe.py compare "$work/cases" "$data/circe/official-cases.jsonl.gz" expected_cohort \
		"$work/cases/results" cases || failed=1
fi
exit "$failed"
