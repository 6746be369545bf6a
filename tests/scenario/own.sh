#!/usr/bin/env bash
# own.sh - a hospital writes its own model by docs/models.md: patients with text keys, times with zones, codes in varchar,
# tables partitioned by patient. Its folder is good against the database, its grants hold, and the script of
# try --show-sql=psql runs in psql as it is for every kind, read only, and shows what counting by hand shows. The same
# with OMOP tables partitioned by person_id.
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
cluster_init "$home" && cluster_up own omop || { echo "$CLUSTER_ERROR"; exit 1; }
failed=0

check()
{
	local what=$1

	shift
	if "$@"; then
		echo "ok      $what"
	else
		echo "FAILED  $what"
		cat "$home/out" 2>/dev/null
		failed=1
	fi
}
same()
{
	[ -n "$1" ] && [ "$1" = "$2" ] || { echo "        got '$1', wanted '$2'"; return 1; }
}
{
	cluster_psql own <<'E' && cluster_psql omop -v patients=500 -v seed=1 -v site=renmin -f demo/hospital.sql &&
create schema ward;
create table ward.people (pid text primary key, gender varchar(8), born date, opted boolean);
create table ward.dx (dx_no bigserial, pid text, code varchar(16), told timestamptz) partition by hash (pid);
create table ward.dx0 partition of ward.dx for values with (modulus 2, remainder 0);
create table ward.dx1 partition of ward.dx for values with (modulus 2, remainder 1);
create table ward.lab (lab_no bigserial, pid text, loinc varchar(16), result numeric(10, 3), taken timestamptz) partition by hash (pid);
create table ward.lab0 partition of ward.lab for values with (modulus 2, remainder 0);
create table ward.lab1 partition of ward.lab for values with (modulus 2, remainder 1);
create table ward.refused (pid text);
insert into ward.people select 'P-' || g, case g % 3 when 0 then 'M' when 1 then 'F' else null end, date '1940-01-01' + g * 37 from generate_series(1, 600) g;
insert into ward.dx (pid, code, told) select 'P-' || g, case g % 4 when 0 then 'E11.9' when 1 then 'e11' when 2 then 'I10' else 'B20' end,
	timestamptz '2021-03-01 23:30+08' + g * interval '1 day' from generate_series(1, 600) g;
insert into ward.lab (pid, loinc, result, taken) select 'P-' || g, '4548-4', 5 + (g % 60) / 10.0, timestamptz '2021-06-01 08:00+08' + g * interval '1 day'
	from generate_series(1, 600) g;
insert into ward.refused values ('P-4');
create role cordon_agent login;
E
	cluster_psql omop <<'E'
create role cordon_agent login;
alter table cdm.condition_occurrence rename to c_old;
create table cdm.condition_occurrence (like cdm.c_old) partition by hash (person_id);
create table cdm.c0 partition of cdm.condition_occurrence for values with (modulus 2, remainder 0);
create table cdm.c1 partition of cdm.condition_occurrence for values with (modulus 2, remainder 1);
insert into cdm.condition_occurrence select * from cdm.c_old;
alter table cdm.measurement rename to m_old;
create table cdm.measurement (like cdm.m_old) partition by hash (person_id);
create table cdm.m0 partition of cdm.measurement for values with (modulus 2, remainder 0);
create table cdm.m1 partition of cdm.measurement for values with (modulus 2, remainder 1);
insert into cdm.measurement select * from cdm.m_old;
E
} >"$home/out" 2>&1 || { cat "$home/out"; echo "the data could not be made"; exit 1; }

# ---- the folder, by docs/models.md ----

policy=$home/policy
mkdir -p "$policy/models"
cat >"$policy/models/ward.yaml" <<'E'
model: {id: ward, title: {en: Our wards, zh: 本院病区库}}
patients: {table: ward.people, key: pid, sex: gender, birth: born, codes: own}
events:
  condition: {table: ward.dx, concept: code, codes: icd10, start: told, lasts: 0, id: dx_no}
  measurement: {table: ward.lab, concept: loinc, codes: loinc, start: taken, lasts: 0, value: result, id: lab_no}
E
cat >"$policy/policy.yaml" <<'E'
cordon: 1
site: ward
title: {zh: 红线清单, en: Red list}
version: 1
valid: 2026-01-01..2026-12-31
country: CN
extends: [presets/cn-health]
models: {ward: models/ward.yaml}
E
cat >"$policy/red-list.yaml" <<'E'
datasets:
  ward:
    title: {zh: 病区, en: Wards}
    drop_patients: {opted_out: ward.refused.pid, under_age: 14}
    tables:
      ward.people:
        per_patient_max: 1
        columns:
          pid: {use: patient-key, category: id.record-number}
          gender: {use: group, category: quasi.sex, categories: {女: [F], 男: [M]}}
          born: {use: group, category: quasi.age, as: age, bands: [0, 18, 45, 65]}
      ward.dx:
        per_patient_max: 10
        columns:
          pid: {use: patient-key, category: id.record-number}
          dx_no: {use: link, category: id.record-number}
          code: {use: filter, category: health.diagnosis, codes: icd10}
          told: {use: group, category: quasi.date, truncate: quarter, range: 2020-01-01..2025-12-31}
      ward.lab:
        per_patient_max: 10
        columns:
          pid: {use: patient-key, category: id.record-number}
          lab_no: {use: link, category: id.record-number}
          loinc: {use: filter, category: tech.code, codes: loinc}
          result: {use: [filter, measure], category: health.lab, cuts: [6.5, 7]}
          taken: {use: group, category: quasi.date, truncate: quarter, range: 2020-01-01..2025-12-31}
        measures:
          - {id: hba1c, title: {zh: 糖化, en: HbA1c}, column: result, unit: "%", clamp: [3, 20], cuts: [6.5, 8]}
codes:
  - {id: hiv, title: {zh: 艾滋病, en: HIV}, use: forbidden, icd10: [B20], loinc: [7918-6], why: {zh: 法律, en: law}}
E
cat >"$policy/queries.yaml" <<'E'
kinds:
  count:     {group_by: 2, filters: 4, max_cells: 100}
  histogram: {group_by: 1, filters: 4, max_cells: 100}
  crosstab:  {group_by: 2, filters: 4, max_cells: 100}
  mean:      {group_by: 1, filters: 4, max_cells: 100}
  quantile:  {group_by: 1, filters: 4, max_cells: 100, at: [0.5]}
  survival:  {group_by: 1, filters: 4, max_cells: 100, step: 30 days, horizon: 300 days}
  attrition: {group_by: 1, filters: 4, max_cells: 100}
compose: {criteria: 20, depth: 4, window_step: 30 days}
E
cat >"$policy/release.yaml" <<'E'
release: {noise: gaussian, rho: 0.02, timing: open, min_patients: 10, min_sites: 1, secure_aggregation: "off", round_to: 5}
budgets: [{for: "study:S-1", rho: 2, period: 2026-01-01..2026-12-31}, {for: "dataset:ward", rho: 4, period: 2026-01-01..2026-12-31}]
E
cat >"$policy/studies.yaml" <<'E'
roles: {analyst: [count, histogram, crosstab, mean, quantile, survival, attrition]}
studies:
  - id: S-1
    title: {zh: 课题, en: Study}
    purpose: [DUO:0000007]
    approvals: {ethics: E-1, pia: P-1}
    valid: 2026-01-01..2026-12-31
    datasets: [ward]
    kinds: [count, histogram, crosstab, mean, quantile, survival, attrition]
    may_use: [ward.people.gender, ward.people.born, ward.dx.code, ward.dx.told, ward.lab.loinc, ward.lab.result, ward.lab.taken, "measure:hba1c"]
    requesters: {li@ward.example: analyst}
    results_to: [CN]
E
db="host=$(cluster_host own) user=postgres dbname=hospital"
"$BIN/cordon" policy check "$policy" >"$home/out" 2>&1
check "the folder that the guide leads to is good" test $? = 0
"$BIN/cordon" policy grants "$policy" >"$home/grants.sql"
check "its grants can be given" cluster_psql own -f "$home/grants.sql" -o "$home/out"
"$BIN/cordon" policy check "$policy" --db "$db" >"$home/out" 2>&1
check "  and it is good against the database" test $? = 0
"$BIN/cordon" policy grants "$policy" --check --db "$db" >"$home/out" 2>&1
check "  with exactly these rights" test $? = 0

# ---- what the officer and the researchers see ----

# tells WORDS ARGUMENTS..: the command says so
tells()
{
	local words=$1

	shift
	"$BIN/cordon" policy "$@" >"$home/out" 2>&1 && grep -qE "$words" "$home/out"
}
check "show tells what each table means" tells 'ward\.lab +loinc: loinc +taken +result' show red-list "$policy"
check "  in Chinese" tells '各表的含义，依数据模型 models/ward.yaml' show red-list "$policy" --lang zh
check "show tells the quantiles" tells 'quantile .* at 0\.5 ' show kinds "$policy"
check "  the steps of a survival" tells 'steps of 30 days' show kinds "$policy"
check "  and how near windows go" tells 'multiples of 30 days' show kinds "$policy"
check "researchers are told the same" tells 'multiples of 30 days' show --for-requesters S-1 "$policy"
check "  and what a number may be compared with" tells 'value \(6\.5, 7\)' show --for-requesters S-1 "$policy"
check "the step is explained by the rule that refuses" tells 'multiples of 30 days' explain cohort:compose.window_step "$policy"
check "  and a column of two uses by both" tells 'result +filter and measure' explain ward.lab.result "$policy"
sed '/window_step/s/, window_step: 30 days//' "$policy/queries.yaml" >"$home/queries.yaml"
cp -r "$policy" "$home/closed" && cp "$home/queries.yaml" "$home/closed/queries.yaml"
check "where there is no step, that is told" tells 'no window_step: no time windows' explain cohort:compose.window_step "$home/closed"
check "  in Chinese" tells '未写 window_step' explain cohort:compose.window_step "$home/closed" --lang zh
check "the model file has a schema" tells '"birth_year"' schema models/ward.yaml

# ---- the scripts ----

# shown DB POLICY WHO STUDY QUESTION: what psql shows, run by the granted role
shown()
{
	printf '%b' "$5" >"$home/q.yaml"
	"$BIN/cordon" policy try "$2" --who "$3" --study "$4" --file "$home/q.yaml" --on 2026-07-02 --show-sql=psql >"$home/q.sql" 2>"$home/err" ||
		{ echo refused; cat "$home/q.sql" "$home/err"; return 1; }
	{ echo 'set role cordon_agent;'; cat "$home/q.sql"; } >"$home/as.sql"
	cluster_psql "$1" -At -f "$home/as.sql" 2>"$home/err" | grep '|' || { cat "$home/err"; return 1; }
}
ask()
{
	shown own "$policy" li@ward.example S-1 "study: S-1\ndataset: ward\n$1"
}
hand()
{
	cluster_psql "$1" -At -c "$2"
}
e11='cohort: {all: [{condition: ["icd10:E11+"]}]}'
p="from ward.people p where pid not in (select pid from ward.refused) and exists (select 1 from ward.dx d where d.pid = p.pid and upper(code) like 'E11%')"
check "a count by sex shows labels" same "$(ask "kind: count\ngroup_by: [sex]\n$e11\n")" "$(hand own "
	select case g when '女' then 0 when '男' then 1 else 2 end || '|' || n || '|' || g from (
	select case gender when 'F' then '女' when 'M' then '男' else 'other' end g, count(*) n $p group by 1) s order by 1")"
check "  one condition a line" test "$(grep -c '^ *AND ' "$home/q.sql")" -ge 4
check "a histogram its steps" same "$(ask "kind: histogram\nof: hba1c\n$e11\n")" "$(hand own "
	select width_bucket(v, array[6.5, 8]) || '|' || count(*) || '|' || (array['<6.5', '6.5-8', '>=8'])[width_bucket(v, array[6.5, 8]) + 1]
	from (select (select result from ward.lab l where l.pid = p.pid) v $p) s group by width_bucket(v, array[6.5, 8]) order by 1")"
check "a crosstab its pairs" grep -q '|18-44, 女' <(ask "kind: crosstab\non: 2025-12-31\ngroup_by: [age, sex]\n$e11\n")
check "a mean its people, sum and squares" grep -qE '^0\|[0-9]+\|-?[0-9]+\|-?[0-9]+' <(ask "kind: mean\nof: hba1c\n$e11\n")
check "a quantile its parts" grep -q '3 to 20 in 64 parts: part ' <(ask "kind: quantile\nof: hba1c\nat: [0.5]\n$e11\n")
check "an attrition how far people come" grep -q 'meet the first 1 and no more' <(ask "kind: attrition\ncohort: {all: [{condition: [\"icd10:E11+\"]}, {sex: 女}]}\n")
entry='cohort: {entry: {condition: ["icd10:E11+"]}}'
check "a survival its steps" grep -q 'event, 90 to 120 days' <(ask "kind: survival\nevent: {measurement: [\"loinc:4548-4\"]}\nstep: 30 days\nhorizon: 300 days\n$entry\n")
{ sed '/^rollback/,$d' "$home/q.sql"; echo 'delete from ward.people;'; } >"$home/write.sql"
cluster_psql own -f "$home/write.sql" >"$home/out" 2>&1
check "a script writes nothing" grep -q 'read-only transaction' "$home/out"

# ---- OMOP, partitioned ----

omop=policies/examples/omop-hospital
"$BIN/cordon" policy grants "$omop" >"$home/grants.sql"
check "grants reach partitioned tables" cluster_psql omop -f "$home/grants.sql" -o "$home/out"
"$BIN/cordon" policy check "$omop" --db "host=$(cluster_host omop) user=postgres dbname=hospital" >"$home/out" 2>&1
check "  whose folder is good against the database" test $? = 0
check "partitioned OMOP tables are counted as whole ones" same "$(shown omop "$omop" li@renmin.example DM-2026-01 \
	"study: DM-2026-01\nkind: count\ndataset: omop\ngroup_by: [sex]\ncohort: {all: [{condition: [201826]}, {measurement: [3004410]}]}\n" | cut -d'|' -f2 | awk "{s += \$1} END {print s}")" \
	"$(hand omop "select count(*) from cdm.person p where not exists (select 1 from research.opt_out o where o.person_id = p.person_id)
	and exists (select 1 from cdm.c_old c where c.person_id = p.person_id and condition_concept_id = 201826)
	and exists (select 1 from cdm.m_old m where m.person_id = p.person_id and measurement_concept_id = 3004410)")"
exit $failed
