#!/usr/bin/env bash
# Plain only: its subject is what statements count; reading models runs under sanitizers in test_model
# models.sh - three data models, each in a PostgreSQL of its own: OMOP, i2b2 and a hospital's own. Each policy is good
# against its schema, the statements count what counting by hand counts, with the granted role alone, and a red
# diagnosis can neither be named nor change an answer.
set -uo pipefail
cd "$(dirname "$0")/../.." || exit 1
# shellcheck source=tests/lib/cluster.sh
. tests/lib/cluster.sh
BIN=${BIN:-build}
[ -x "$BIN/cordon" ] || { echo "$BIN/cordon is not built"; exit 77; }
home=$(mktemp -d "${TMPDIR:-/tmp}/cordon.XXXXXX")
trap 'cluster_down; [ -n "${KEEP:-}" ] || rm -rf "$home"' EXIT
trap 'exit 130' INT TERM
export LANG=C.UTF-8 LC_ALL=C.UTF-8
cluster_init "$home" && cluster_up his i2b2 omop || { echo "$CLUSTER_ERROR"; exit 1; }
db_of()
{
	echo "host=$(cluster_host "$1") user=postgres dbname=hospital"
}
his=policies/examples/cn-his i2b2=policies/examples/i2b2-hospital omop=policies/examples/omop-hospital
failed=0

check()
{
	local what=$1

	shift
	if "$@"; then
		echo "ok      $what"
	else
		echo "FAILED  $what"
		failed=1
	fi
}
same()
{
	[ -n "$1" ] && [ "$1" = "$2" ] || { echo "        got '$1', wanted '$2'"; return 1; }
}
# count POLICY WHO COHORT: what the statement of `try` counts, run by the granted role
count()
{
	local who=$2 dataset

	dataset=$(sed -n 's/^models: {\([a-z0-9]*\):.*/\1/p' "$1/policy.yaml")
	printf 'study: DM-2026-01\nkind: count\ndataset: %s\ncohort: {all: [%s]}\n' "$dataset" "$3" >"$home/q.yaml"
	case $3 in *age:*) echo 'on: 2026-06-30' >>"$home/q.yaml" ;; esac
	"$BIN/cordon" policy try "$1" --who "$who" --study DM-2026-01 --file "$home/q.yaml" --on 2026-07-02 --show-sql=psql \
		>"$home/q.sql" 2>"$home/err" || { echo "refused: $(cat "$home/q.sql" "$home/err")"; return 1; }
	{ echo 'set role cordon_agent;'; cat "$home/q.sql"; } >"$home/as.sql"
	cluster_psql "$dataset" -At -F ' ' -f "$home/as.sql" | sed -n 's/^0 //p'
}
# hand MODEL SQL
hand()
{
	cluster_psql "$1" -At -c "$2"
}

{
	cluster_psql omop -v patients=500 -v seed=1 -v site=renmin -f demo/hospital.sql &&
		cluster_psql his -1 -v patients=2000 -f demo/his.sql -f demo/his-generate.sql &&
		cluster_psql i2b2 -1 -f demo/i2b2.sql &&
		for name in his i2b2 omop; do cluster_psql $name -c 'create role cordon_agent login' || exit 1; done
} >"$home/out" 2>&1 || { cat "$home/out"; echo "the data could not be made"; exit 1; }

# ---- check --db, grants ----

for name in his i2b2 omop; do
	policy=${!name}
	db=$(db_of $name)
	"$BIN/cordon" policy grants "$policy" >"$home/grants.sql"
	check "$policy: its grants can be given" cluster_psql $name -f "$home/grants.sql" -o "$home/out"
	"$BIN/cordon" policy check "$policy" --db "$db" >"$home/out" 2>&1
	check "  it is good against the database" test $? = 0
	grep -E 'error|DRIFT' "$home/out"
	"$BIN/cordon" policy grants "$policy" --check --db "$db" >"$home/out" 2>&1
	check "  and the rights are what it needs" test $? = 0
done
for name in his i2b2 omop; do
	"$BIN/cordon" policy init "$home/new-$name" --from-database "$(db_of $name)" >"$home/out" 2>&1
	check "$name: a folder is begun from the database" test $? = 0
	"$BIN/cordon" policy check "$home/new-$name" >"$home/out" 2>&1
	check "  which is good" test $? = 0
	check "  and opens nothing" test "$(grep -v '^ *#' "$home/new-$name/red-list.yaml" | grep -c 'use: [^f]')" = 0
done
check "a schema of its own is told how to get a model" grep -q '^# models: {hospital: models/own.yaml}' "$home/new-his/policy.yaml"
check "  a known one has it" grep -q '^models: {i2b2: i2b2}' "$home/new-i2b2/policy.yaml"
cp "$his/models/cn-his.yaml" "$home/new-his/own.yaml" && mkdir "$home/new-his/models" && mv "$home/new-his/own.yaml" "$home/new-his/models/own.yaml"
sed -i 's/id: cn-his/id: own/' "$home/new-his/models/own.yaml"
sed -i 's/^# models:/models:/' "$home/new-his/policy.yaml"
"$BIN/cordon" policy check "$home/new-his" >"$home/out" 2>&1
check "  and is good with it" test $? = 0
cp -r "$his" "$home/edited"
sed -i "s/unit: {use: filter, category: tech.unit, codes: own}/unit: {use: filter, category: tech.unit, cuts: [1]}/" "$home/edited/red-list.yaml"
"$BIN/cordon" policy check "$home/edited" --db "$(db_of his)" >"$home/out" 2>&1
check "cut points on a column of texts are told" grep -q "unit' has type text" "$home/out"
rm -r "$home/edited"
cp -r "$his" "$home/edited"
sed -i 's/concept: icd_code/concept: icd/' "$home/edited/models/cn-his.yaml"
"$BIN/cordon" policy diff "$home/edited" --against "$his" >"$home/out" 2>&1
check "another meaning is told to those who sign" grep -q 'condition table=his.diagnosis concept=icd ' "$home/out"

# ---- his, by hand ----

li="$his li@jiangnan.example"
own="not exists (select 1 from his.opt_out o where o.patient_id = p.patient_id) and extract(year from p.birth_date) < 2026 - 14"
red="upper(replace(icd_code, '.', '')) ~ '^(B2[0-4]|A5[0-9]|A6[0-4])'"
# shellcheck disable=SC2086
{
	check "his: E11 and below, in every spelling" same "$(count $li "{condition: ['icd10:E11+']}")" "$(hand his "
		select count(*) from his.patient p where $own and exists (select 1 from his.diagnosis d
			where d.patient_id = p.patient_id and upper(replace(icd_code, '.', '')) like 'E11%')")"
	check "his: one code exactly" same "$(count $li "{condition: ['icd10:E11.900']}")" "$(hand his "
		select count(*) from his.patient p where $own and exists (select 1 from his.diagnosis d
			where d.patient_id = p.patient_id and upper(replace(icd_code, '.', '')) = 'E11900')")"
	check "his: women of 45 to 65 with a raw result" same \
		"$(count $li "{sex: 女}, {age: {from: 45, to: 65}}, {measurement: ['loinc:4548-4'], value: {at_least: 7}}")" "$(hand his "
		select count(*) from his.patient p where $own and sex_code = '2' and 2026 - extract(year from birth_date) between 45 and 64
			and exists (select 1 from his.lab_result r where r.patient_id = p.patient_id and loinc_code = '4548-4'
			and result_number >= 7)")"
	check "his: the hospital's own words" same "$(count $li "{visit: ['own:住院']}, {sex: ['own:1']}")" "$(hand his "
		select count(*) from his.patient p where $own and sex_code = '1' and exists (select 1 from his.visit v
			where v.patient_id = p.patient_id and visit_type = '住院')")"
	check "his: told at discharge, in a row of its own words" same "$(count $li "{condition: ['icd10:I10+'], type: ['own:出院诊断']}")" "$(hand his "
		select count(*) from his.patient p where $own and exists (select 1 from his.diagnosis d
			where d.patient_id = p.patient_id and diagnosis_type = '出院诊断' and upper(replace(icd_code, '.', '')) like 'I10%')")"
	check "his: a number in its unit" same "$(count $li "{measurement: ['loinc:4548-4'], value: {at_least: 7, unit: ['own:%']}}")" "$(hand his "
		select count(*) from his.patient p where $own and exists (select 1 from his.lab_result r
			where r.patient_id = p.patient_id and loinc_code = '4548-4' and unit = '%' and result_number >= 7)")"
	check "his: drugs of 14 days and more after the diagnosis" same \
		"$(count $li "{condition: ['icd10:E11+'], with: [{drug: ['atc:A10+'], supply: {at_least: 14}}]}")" "$(hand his "
		select count(*) from his.patient p where $own and exists (select 1 from his.diagnosis d
			where d.patient_id = p.patient_id and upper(replace(icd_code, '.', '')) like 'E11%')
			and exists (select 1 from his.drug_order o where o.patient_id = p.patient_id and atc_code like 'A10%' and days >= 14)")"
	check "his: any diagnosis but the red ones" same "$(count $li "{condition: any}")" "$(hand his "
		select count(*) from his.patient p where $own and exists (select 1 from his.diagnosis d
			where d.patient_id = p.patient_id and not $red)")"
	check "his: a red code is refused" grep -q 'code:hiv' <(count $li "{condition: ['icd10:B20.2']}"; cat "$home/err")
}

# ---- i2b2, by hand ----

ann="$i2b2 ann@rivertown.example"
own="extract(year from p.birth_date) < 2026 - 18"
fact="select 1 from i2b2demodata.observation_fact f where f.patient_num = p.patient_num"
# shellcheck disable=SC2086
{
	check "i2b2: a code and all below it" same "$(count $ann "{condition: ['icd10:E11+']}")" "$(hand i2b2 "
		select count(*) from i2b2demodata.patient_dimension p where $own and exists ($fact and concept_cd like 'ICD10CM:E11%')")"
	check "i2b2: by the ontology" same "$(count $ann "{condition: ['path:\\i2b2\\Diagnoses\\Endocrine (E00-E89)\\+']}, {sex: F}")" "$(hand i2b2 "
		select count(*) from i2b2demodata.patient_dimension p where $own and sex_cd = 'F' and exists ($fact and concept_cd like 'ICD10CM:E11%')")"
	check "i2b2: a result" same "$(count $ann "{measurement: ['loinc:4548-4'], value: {at_least: 8}}")" "$(hand i2b2 "
		select count(*) from i2b2demodata.patient_dimension p where $own and exists ($fact and concept_cd = 'LOINC:4548-4' and nval_num >= 8)")"
	check "i2b2: any drug but the red ones" same "$(count $ann "{drug: any}")" "$(hand i2b2 "
		select count(*) from i2b2demodata.patient_dimension p where $own and exists ($fact and concept_cd like 'ATC:%'
			and concept_cd not like 'ATC:J05AR%')")"
	check "i2b2: any diagnosis but the red ones" same "$(count $ann "{condition: any}")" "$(hand i2b2 "
		select count(*) from i2b2demodata.patient_dimension p where $own and exists ($fact and concept_cd like 'ICD10CM:%'
			and concept_cd not like 'ICD10CM:B20%')")"
	check "i2b2: a red code is refused" grep -q 'code:hiv' <(count $ann "{condition: ['icd10:B20']}"; cat "$home/err")
}

# ---- what red rows change: nothing ----

# shellcheck disable=SC2086
before="$(count $li "{condition: any}") $(count $li "{none: [{condition: any}]}") $(count $li "{drug: any}") $(count $ann "{condition: any}") $(count $ann "{measurement: any}")"
cluster_psql his -c "
	insert into his.diagnosis select -patient_id * 8 - s, null, patient_id, (array['B20', 'b20.3x001', 'B 24', 'A53.9', 'Ｂ２０', 'ｂ２１．１', e'\u00a0B20'])[s], '', '', '2024-05-05'
		from his.patient, generate_series(1, 7) s;
	insert into his.drug_order select -patient_id, null, patient_id, 'M0004', '', null, '', 1, 7, '2024-05-05', null from his.patient"
cluster_psql i2b2 -c "
	insert into i2b2demodata.observation_fact (encounter_num, patient_num, concept_cd, provider_id, start_date)
		select -1, patient_num, c, 'P', timestamp '2024-05-05' from i2b2demodata.patient_dimension,
		unnest(array['ICD10CM:B20', 'ICD10CM:B20.1', 'ICD10CM:b 21', 'LOINC:7918-6', 'ATC:J05AR99']) c"
# shellcheck disable=SC2086
after="$(count $li "{condition: any}") $(count $li "{none: [{condition: any}]}") $(count $li "{drug: any}") $(count $ann "{condition: any}") $(count $ann "{measurement: any}")"
check "red rows of everybody, in every spelling, change no answer" same "$after" "$before"
check "  where there are answers" test "${before//[0-9 ]/}" = "" -a "$(wc -w <<<"$before")" = 5

exit $failed
