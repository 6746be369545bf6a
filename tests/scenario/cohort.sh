#!/usr/bin/env bash
# An officer's SQL cohort: asked, counted, refused; and the program that checks it, dead, late, loud or missing.
source "$(dirname "$0")/../lib/federation.sh"
PATIENTS=6000
federation renmin
policy=$HOME_OF/site-renmin/policy

version()
{
	"$BIN/cordon" sites --json | python3 -c 'import json,sys; print(json.load(sys.stdin)["sites"][0]["policy"]["version"])'
}
version_is()
{
	test "$(version)" = "$1"
}

# By hand, with the red rows of the example out of both tables.
rows="
with red as (select descendant_concept_id c from cdm.concept_ancestor where ancestor_concept_id in (439727, 440383))
select distinct m.person_id, extract(quarter from m.measurement_date)::int q from cdm.measurement m
where m.measurement_concept_id = 3004410 and extract(year from m.measurement_date) = 2024
and m.person_id in (select person_id from cdm.person)
and m.person_id not in (select person_id from research.opt_out)
and m.person_id in (select person_id from cdm.condition_occurrence
	where condition_concept_id in (201826, 4193704, 443732) and condition_concept_id not in (select c from red))"

quarters=$(question quarters <<'Q'
study: DM-2026-01
kind: count
dataset: omop
cohort: hba1c-t2dm
params: {from: 2024-01, to: 2024-12}
group_by: [quarter]
Q
)
ask "$quarters" --json
want 0 "an officer's cohort by quarter is answered"
check "with the quarters that the parameters leave" test "$(field "['groups'][0]['labels']")" = "['2024-Q1', '2024-Q2', '2024-Q3', '2024-Q4']"
# four cells a person: variance 82, sd 9.1; twelve of it are below 1e-32
for q in 1 2 3 4; do
	value=$(field "['sites'][0]['cells'][$((q - 1))]['value']")
	true_count=$(truth renmin "select count(*) from ($rows) r where q = $q")
	check "quarter $q: $value is within 110 of the true $true_count" test $((value - true_count)) -le 110 -a $((true_count - value)) -le 110
done
check "the interval is as wide as four cells a person need" python3 - "$HOME_OF/out" <<'P'
import json,sys
lo,hi=json.load(open(sys.argv[1]))["sites"][0]["cells"][0]["interval"]
assert 32 <= hi-lo <= 40, (lo,hi)   # 2 * 1.96 * 9.06 = 35.5
P
first=$(field "['sites'][0]['cells']")
ask "$quarters" --json
want 0 "the same question again"
check "is recalled with the same cells" test "$(field "['sites'][0]['state']")" = recalled -a "$(field "['sites'][0]['cells']")" = "$first"

people=$(question people <<'Q'
study: DM-2026-01
kind: count
dataset: omop
cohort: hba1c-t2dm
params: {from: 2024, to: 2024}
group_by: [sex]
filter: {cdm.measurement.measurement_date: [2024-Q1, 2024-Q2]}
Q
)
ask "$people" --json
want 0 "by sex, filtered by two quarters"
value=$(($(field "['sites'][0]['cells'][0]['value']") + $(field "['sites'][0]['cells'][1]['value']")))
true_count=$(truth renmin "select count(distinct person_id) from ($rows) r where q < 3")
check "$value people are within 90 of the true $true_count" test $((value - true_count)) -le 90 -a $((true_count - value)) -le 90

bands=$(question bands <<'Q'
study: DM-2026-01
kind: histogram
dataset: omop
cohort: hba1c-t2dm
params: {from: 2024-01, to: 2024-12}
of: hba1c
Q
)
ask "$bands" --json
want 0 "a histogram of the rows' values"

row='cohort,hba1c-t2dm,HbA1c of patients with type 2 diabetes,"count, histogram; params from, to"'
cordon catalogue --csv
want 0 "the catalogue"
check "lists the cohort with its parameters" said "$row"
cordon catalogue --csv --lang zh
check "in Chinese too" said '既定队列,hba1c-t2dm,2 型糖尿病患者的糖化血红蛋白,"count, histogram; 参数 from, to"'

# refusals
refused()
{
	local file

	file=$(printf 'study: DM-2026-01\nkind: count\ndataset: omop\n%s\n' "$2" | question refused)
	ask "$file" --json
	want 1 "$3 is refused"
	check "by $1" test "$(field "['sites'][0]['rule']")" = "$1"
}
cohort='cohort: hba1c-t2dm'
refused cohort:hba1c-t2dm "$cohort" "a cohort without its parameters"
refused column:cdm.measurement.measurement_date "$cohort
params: {from: 2024-01-15, to: 2024-12}" "a day where whole months are wanted"
refused column:cdm.measurement.measurement_date "$cohort
params: {from: 1949-12, to: 2024-12}" "a month outside the range"
refused default:not-listed 'cohort: other-cohort' "a cohort that is not listed"
refused default:not-listed "$cohort
params: {from: 2024-01, to: 2024-12}
filter: {cdm.condition_occurrence.condition_concept_id: [201826]}" "a filter on what is not in the output"
refused code:hiv 'filter: {cdm.condition_occurrence.condition_concept_id: [439727]}' "a forbidden code as a filter"

# one cell a person
sed -i '/cdm.measurement:/,/per_patient_max/s/per_patient_max: 50/per_patient_max: 1/' "$policy/red-list.yaml"
sed -i 's/^version: 1\b/version: 2/' "$policy/policy.yaml"
cordon policy check "$policy"
want 0 "one row a patient: the folder passes"
approve renmin
check "and is in force" until_true 5 version_is 2
ask "$quarters" --json
want 0 "the quarters once more"
total=$(python3 -c 'import json,sys; print(sum(c["value"] for c in json.load(open(sys.argv[1]))["sites"][0]["cells"]))' "$HOME_OF/out")
true_count=$(truth renmin "select count(distinct person_id) from ($rows) r")
# four cells of variance 20.5: sd of the sum 9.1
check "each person is in one of them: $total is within 110 of $true_count" test $((total - true_count)) -le 110 -a $((true_count - total)) -le 110
all=$(truth renmin "select count(*) from ($rows) r")
check "which are fewer than person-quarters ($all)" test "$total" -lt $((all - 110))

# a file that is not good never comes into force
sed -i 's/^version: 2\b/version: 3/' "$policy/policy.yaml"
sed -i 's/select m.person_id,/select m.person_id, pg_sleep(1),/' "$policy/cohorts/hba1c-t2dm.sql"
cordon policy check "$policy"
want 2 "a function in the SQL does not pass"
check "with file, line and column" said 'cohorts/hba1c-t2dm.sql:3:21: error P321'
cordon policy check "$policy" --lang zh
check "in Chinese too" said '队列 SQL 不允许使用函数“pg_sleep”'
sleep 3
check "and never comes into force" version_is 2
check "which the agent says" grep -q P321 "$HOME_OF/site-renmin/agent.log"
ask "$quarters" --json
want 0 "the last good one still answers"

# the checker itself
bin=$HOME_OF/elsewhere
mkdir "$bin"
cp "$BIN/cordon" "$bin/"
# A program, not a script: the limits leave a shell no room to read one, so it would only ever die.
helper()
{
	printf '#include <signal.h>\n#include <stdio.h>\n#include <unistd.h>\nint main(void)\n{\n\t%s\n}\n' "$1" |
		"${CC:-cc}" -x c -o "$bin/cordon-sqlcheck" - || die "no compiler"
}
good=$ROOT/policies/examples/omop-hospital
broken()
{
	local began=$SECONDS

	"$bin/cordon" policy check "$good" >"$HOME_OF/out" 2>"$HOME_OF/err" </dev/null
	STATUS=$?
	want 2 "a checker that $1 refuses the folder"
	check "by P371" said 'error P371'
	check "within its time" test $((SECONDS - began)) -le 6
}
broken "is missing"
helper 'return 1;'
broken "fails"
PATH=$bin:$PATH "$BIN/cordon" policy check "$good" >/dev/null || die "PATH was asked for the checker"
printf 'ok: a checker in PATH is nobody\n'
helper 'raise(SIGKILL);'
broken "dies"
helper 'sleep(60);'
broken "never ends"
cp -r "$good" "$HOME_OF/many"
for i in 1 2 3 4; do
	sed -i "s|^cohorts:|&\n  - {id: c$i, title: t, sql: cohorts/x.sql, kinds: [count]}|" "$HOME_OF/many/queries.yaml"
done
echo 'select m.person_id from cdm.measurement m' >"$HOME_OF/many/cohorts/x.sql"
one=$good good=$HOME_OF/many
broken "never ends, for the first of five cohorts,"
good=$one
helper 'char b[4096]; while (read(0, b, sizeof(b)) > 0); write(1, "T", 1); close(0); close(1); sleep(60);'
broken "falls silent and stays"
helper 'while (write(1, "TTTTTTTTTTTTTTTT", 16) > 0);'
broken "says too much"
helper 'write(1, "T", 1);'
"$bin/cordon" policy check "$good" >"$HOME_OF/out" 2>"$HOME_OF/err" </dev/null
STATUS=$?
want 2 "a checker that says nothing readable refuses the folder"
cp "$BIN/cordon-sqlcheck" "$bin/"
"$bin/cordon" policy check "$good" >"$HOME_OF/out" 2>"$HOME_OF/err" </dev/null
STATUS=$?
want 0 "the real one beside the program lets it pass"
