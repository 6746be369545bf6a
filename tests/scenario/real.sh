#!/usr/bin/env bash
# Real records: OMOP files beside the project, split over two hospitals, and answers held against what the files
# say by plain SQL. Skipped when the files are not there.
# Plain only: what it proves is in the statements, which are the same under sanitizers.
data=$(cd "$(dirname "$0")/../../.." && pwd)/shared/data/omop/gibleed
[ -r "$data/person.csv.gz" ] || { echo "skipped: no OMOP sample data beside the project"; exit 77; }
source "$(dirname "$0")/../lib/federation.sh"

load_site()
{
	local slice=0

	[ "$1" = renmin ] || slice=1
	PGHOST=$(cluster_host "$1") PGUSER=postgres PGDATABASE=hospital PSQL=$CLUSTER_BIN/psql \
		demo/load_omop.sh "$data" "$slice" 2 >/dev/null || die "loading $1"
}
federation renmin xiehe

# same WHAT COHORT SQL: the total is within 12 standard deviations of what both databases say; 21 is the variance
# of one hospital's noise in the example policy. The policy looks at records from 1950 on.
n=0
same()
{
	local q value=0 site

	n=$((n + 1))
	q=$(printf 'study: DM-2026-01\nkind: count\ndataset: omop\ncohort: %s\n' "$2" | question "real$n")
	[[ $2 != *age* ]] || echo "on: 2020-12-31" >>"$q"
	for site in renmin xiehe; do
		value=$((value + $(truth "$site" "select count(*) from cdm.person p where $3")))
	done
	ask "$q" --json
	want 0 "$1: both answer"
	check "$1: $value people" python3 -c 'import json,sys
got=json.load(open(sys.argv[1]))["total"]["cells"][0]["value"]
sys.exit(abs(got-int(sys.argv[2])) > 12 * 42**.5)' "$HOME_OF/out" "$value"
}
of()
{
	printf "exists (select from cdm.%s e where e.person_id = p.person_id and e.%s and e.%s >= '1950-01-01')" "$1" "$3" "$2"
}
sinusitis=$(of condition_occurrence condition_start_date 'condition_concept_id = 40481087')
paracetamol=$(of drug_exposure drug_exposure_start_date 'drug_concept_id = 1127433')
inflamed=$(of condition_occurrence condition_start_date \
	'condition_concept_id in (select descendant_concept_id from cdm.concept_ancestor where ancestor_concept_id = 253549)')

same everybody '{}' true
same women '{all: [{sex: 女}]}' 'gender_concept_id = 8532'
same "a diagnosis" '{all: [{condition: [40481087]}]}' "$sinusitis"
same "a diagnosis with all below it" '{all: [{condition: [253549+]}]}' "$inflamed"
same "a diagnosis without a drug" '{all: [{condition: [40481087]}], none: [{drug: [1127433]}]}' "$sinusitis and not $paracetamol"
same "a procedure" '{all: [{procedure: [4170947]}]}' "$(of procedure_occurrence procedure_date 'procedure_concept_id = 4170947')"
same "a diagnosis in ten years" '{all: [{condition: [40481087], during: 2000-01-01..2009-12-31}]}' \
	"$(of condition_occurrence condition_start_date "condition_concept_id = 40481087 and condition_start_date between '2000-01-01' and '2009-12-31'")"
same "an age and a sex or a diagnosis" '{all: [{age: {from: 45, to: 65}}], any: [{sex: 男}, {condition: [253549+]}]}' \
	"2020 - year_of_birth between 45 and 64 and (gender_concept_id = 8507 or $inflamed)"
