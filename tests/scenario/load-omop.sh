#!/usr/bin/env bash
# load-omop.sh - demo/load_omop.sh takes what OMOP files look like in practice, and says what is wrong otherwise.
# Plain only: it is about the data.
set -euo pipefail
cd "$(dirname "$0")/../.."
# shellcheck source=tests/lib/cluster.sh
. tests/lib/cluster.sh

home=$(mktemp -d)
trap 'cluster_down; rm -rf "$home"' EXIT
trap 'exit 130' INT TERM
failed=0
export LC_ALL=C

pass_if()
{
	if [ "$2" = "$3" ]; then
		printf 'ok    %s\n' "$1"
	else
		printf 'FAIL  %s\n      wanted: %s\n      got:    %s\n' "$1" "$3" "$2"
		failed=1
	fi
}

# load FOLDERS [SLICE OF]: into a fresh database; what it says is left in $said, its status in $status.
load()
{
	cluster_psql site -d postgres -c 'drop database hospital' -c 'create database hospital'
	status=0
	said=$(PGHOST=$(cluster_host site) PGUSER=postgres PGDATABASE=hospital PSQL=$CLUSTER_BIN/psql \
		demo/load_omop.sh "$@" 2>&1) || status=$?
}

value()
{
	cluster_psql site -Atc "$1"
}

# refuses NAME FOLDER TEXT: ends with 1, says TEXT, leaves nothing behind.
refuses()
{
	load "$2"
	pass_if "$1" "$status $([[ $said == *"$3"* ]] && printf yes || printf '%s' "$said")" '1 yes'
	pass_if "... and leaves nothing behind" "$(value "select count(*) from pg_namespace where nspname = 'cdm'")" 0
}

if ! cluster_init "$home" || ! cluster_up site; then
	printf '%s\n' "$CLUSTER_ERROR" >&2
	exit 1
fi

good="$home/it's a folder"
mkdir "$good"
printf '\xef\xbb\xbfGENDER_CONCEPT_ID,person_id,hobby,year_of_birth\r\n8507,1,chess,1950\r\n8532,2,,1960.0\r\n8532,3,"a, b",NA\r\n' \
	>"$good/PERSON.csv"
printf 'visit_occurrence_id,person_id,visit_concept_id,visit_start_date,admitting_source_concept_id\n1,1,9201,2019-03-04 00:00:00,7\n2,2,9202,20190305,""\n' |
	gzip >"$good/visit_occurrence.csv.gz"
printf 'concept_id\tconcept_name\tdomain_id\n9201\tInpatient "Visit\tVisit\n' >"$good/concept.csv"
printf 'drug_exposure_id,person_id,drug_concept_id,drug_exposure_start_date,quantity\n1,3,1503297,2020-01-01,1.5\n' \
	>"$good/drug_exposure.csv"
load "$good"
pass_if "columns in any order, a byte order mark, CRLF, unknown columns, missing tables" "$status" 0
pass_if "8507.0 is a whole number and NA is nothing" \
	"$(value 'select string_agg(person_id || gender_concept_id::text || coalesce(year_of_birth, 0), $$ $$ order by person_id) from cdm.person')" \
	'185071950 285321960 385320'
pass_if "days with a time, days without dashes, names of 5.3" \
	"$(value 'select string_agg(visit_start_date || coalesce(admitted_from_concept_id::text, $$-$$), $$ $$ order by person_id) from cdm.visit_occurrence')" \
	'2019-03-047 2019-03-05-'
pass_if "tab as separator, with quotes as plain text" "$(value 'select concept_name from cdm.concept')" 'Inpatient "Visit'
pass_if "without concept_ancestor each used concept is its own ancestor" \
	"$(value 'select string_agg(ancestor_concept_id::text, $$ $$ order by ancestor_concept_id) from cdm.concept_ancestor where ancestor_concept_id = descendant_concept_id')" \
	'9201 9202 1503297'
pass_if "and a note says so" "$([[ $said == *'no concept_ancestor'* ]] && echo yes)" yes
pass_if "indexes are there" "$(value "select count(*) > 20 from pg_indexes where schemaname = 'cdm'")" t

mkdir "$home/second"
printf 'person_id\n9\n' >"$home/second/person.csv"
printf 'ancestor_concept_id,descendant_concept_id,min_levels_of_separation,max_levels_of_separation\n1,2,1,1\n' \
	>"$home/second/concept_ancestor.csv"
load "$good:$home/second"
pass_if "of two folders the first one's table counts, and a note says so" \
	"$(value 'select max(person_id) from cdm.person') $(value 'select count(*) from cdm.concept_ancestor') $([[ $said == *'second/person.csv is left out'* ]] && echo yes)" \
	'3 1 yes'

mkdir "$home/many"
{
	printf 'person_id,year_of_birth\n'
	seq -f '%.0f,1970' 1 1000
} >"$home/many/person.csv"
sum=0
for slice in 0 1 2; do
	load "$home/many" $slice 3
	count=$(value 'select count(*) from cdm.person')
	sum=$((sum + count))
	pass_if "slice $slice of 3 has about a third" "$((count > 250 && count < 420))" 1
done
pass_if "the slices make up the whole" "$sum" 1000
load "$home/many" 3 3
pass_if "a slice beyond the last is refused" "$status" 2

refuses "a folder that does not exist" "$home/nowhere" "'$home/nowhere' is not a folder"
mkdir "$home/empty2"
refuses "a folder without OMOP files" "$home/empty2" "no OMOP file such as person.csv"
refuses "a folder one level too high names the right ones" "$home" "did you mean one of: $home"
mkdir "$home/nopeople"
cp "$good/concept.csv" "$home/nopeople"
refuses "no person file" "$home/nopeople" "person.csv (or person.csv.gz) is missing"

# A copy of the good folder with one file changed.
spoil()
{
	rm -rf "$home/bad"
	cp -r "$good" "$home/bad"
	cat >"$home/bad/$1"
}
{ gzip -c <"$good/PERSON.csv" || true; } | head -c 40 | spoil drug_exposure.csv
refuses "a file cut in its header" "$home/bad" "drug_exposure.csv' is damaged"
{
	printf 'drug_exposure_id,person_id,drug_concept_id\n'
	seq -f '%.0f,1,2' 1 50000
} | { gzip || true; } | head -c 60000 | spoil drug_exposure.csv
refuses "a file cut in the middle" "$home/bad" "drug_exposure.csv' is damaged"
head -c 300 /dev/zero | { gzip || true; } | head -c 20 | spoil death.csv.gz
refuses "a damaged gz file" "$home/bad" "death.csv.gz' is damaged"
: | spoil drug_exposure.csv
refuses "an empty file" "$home/bad" "drug_exposure.csv' does not begin with a line of OMOP column names"
printf '1,2,3\n4,5,6\n' | spoil drug_exposure.csv
refuses "a file without header" "$home/bad" "drug_exposure.csv' does not begin with"
printf 'drug_exposure_id,drug_concept_id\n1,2\n' | spoil drug_exposure.csv
refuses "a required column is missing" "$home/bad" "drug_exposure.csv' has no column 'person_id'"
printf 'drug_exposure_id,person_id,drug_concept_id,person_id\n1,2,3,4\n' | spoil drug_exposure.csv
refuses "a column twice" "$home/bad" "has column 'person_id' twice"
printf 'drug_exposure_id,person_id,drug_concept_id\n1,2,3\n1,2,abc\n' | spoil drug_exposure.csv
refuses "a word where a number belongs" "$home/bad" "drug_exposure.csv', row 2, column drug_concept_id"
printf 'drug_exposure_id,person_id,drug_exposure_start_date\n1,2,2020-02-30\n' | spoil drug_exposure.csv
refuses "a day that does not exist" "$home/bad" "row 1, column drug_exposure_start_date"
printf 'drug_exposure_id,person_id,drug_exposure_start_date\n1,2,13/02/2020\n' | spoil drug_exposure.csv
refuses "a day in another country's order" "$home/bad" "row 1, column drug_exposure_start_date"
printf 'drug_exposure_id,person_id,drug_concept_id\n1,2,3\n1,2,3,4\n' | spoil drug_exposure.csv
refuses "a row with too many fields" "$home/bad" "(line 3)"
printf 'drug_exposure_id,person_id,sig\n1,2,\xd6\xd0\xb9\xfa\n' | spoil drug_exposure.csv
refuses "text that is not UTF-8" "$home/bad" "drug_exposure.csv': invalid byte sequence"
printf 'person_id\n1\n1\n' | spoil PERSON.csv
refuses "a patient twice" "$home/bad" "person"
unset LC_ALL
export LANG=zh_CN.UTF-8
refuses "in Chinese too" "$home/nowhere" "不是文件夹"
exit $failed
