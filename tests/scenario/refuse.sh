#!/usr/bin/env bash
# What must be refused is refused by name, costs nothing, and PostgreSQL itself would refuse it too.
source "$(dirname "$0")/../lib/federation.sh"
PATIENTS=500
federation renmin

base='
study: DM-2026-01
kind: count
dataset: omop
'
# refused RULE COHORT-AND-MORE WHAT
refused()
{
	local file

	file=$(printf '%s\n%s\n' "$base" "$2" | question refused)
	ask "$file" --json
	want 1 "$3 is refused"
	check "  by rule $1" test "$(field "['sites'][0]['rule']")" = "$1"
	check "  in both languages" test -n "$(field "['sites'][0]['say']['zh']")" -a -n "$(field "['sites'][0]['say']['en']")"
}
cordon budget DM-2026-01 --json
before=$(field "['sites'][0]['accounts']")

refused code:hiv 'cohort: {all: [{condition: [439727+]}]}' "a forbidden code"
refused code:hiv 'cohort: {none: [{condition: [439727]}]}' "a forbidden code under none"
refused column:cdm.person.gender_concept_id 'cohort: {all: [{sex: 国王}]}' "a label the red list does not have"
refused default:not-listed 'cohort: {all: [{device: [2000]}]}' "an event the red list does not open"
refused default:not-listed 'group_by: [cdm.person.race_concept_id]
cohort: {all: [{condition: [201826+]}]}' "a column that is not listed"
refused column:cdm.person.year_of_birth 'on: 2025-12-31
cohort: {all: [{age: {from: 46, to: 65}}]}' "an age that is no edge"
refused measure:hba1c 'cohort: {all: [{measure: hba1c, value: {at_least: 7.1}}]}' "a value that is no cut"
base=${base/DM-2026-01/NO-SUCH-STUDY}
refused default:not-listed 'cohort: {all: [{condition: [201826+]}]}' "a study the hospital does not know"
base=${base/NO-SUCH-STUDY/DM-2026-01}
base=${base/kind: count/kind: distinct}
refused role:analyst 'cohort: {all: [{condition: [201826+]}]}' "a kind that is not whitelisted"
base=${base/kind: distinct/kind: count}

cordon budget DM-2026-01 --json
check "refusals cost nothing" test "$(field "['sites'][0]['accounts']")" = "$before"

# text that wants to be SQL is a name nobody has
for evil in "x'; drop table cdm.person; --" '"; select 1; --' '$1' "女' or '1'='1" '../../etc/passwd' '%s%n%n'; do
	file=$(python3 -c '
import json,sys
print(json.dumps({"study":"DM-2026-01","kind":"count","dataset":"omop","cohort":{"all":[{"sex":sys.argv[1]}]}}, ensure_ascii=False))' "$evil" | question evil)
	ask "$file"
	check "SQL as a label ($evil) is no answer" test "$STATUS" = 1 -o "$STATUS" = 2
done
check "the table is still there" test "$(truth renmin 'select count(*) from cdm.person')" = 500

# errors in the person's own text stop before the gateway, with their place
bad=$(question bad <<'Q'
study: DM-2026-01
kind: cuont
dataset: omop
cohort: {al: [{condition: [201826+]}]}
Q
)
ask "$bad"
want 2 "a question with errors is not sent"
check "with line and column" said "bad.yaml:2:7"
check "and what was meant" said "did you mean 'count'"
check "for all errors at once" said "bad.yaml:4:"
ask "$bad" --lang zh
check "in Chinese too" said 是否应为

# somebody else's name: the person's key signs, the site checks; here the gateway already says no
sed -i "s#^certificate: .*#certificate: \"$HOME_OF/wang/person.crt\"#; s#^key: .*#key: \"$HOME_OF/wang/person.key\"#" "$CORDON_SETTINGS"
ok=$(printf '%s\n%s\n' "$base" 'cohort: {all: [{condition: [201826+]}]}' | question ok)
ask "$ok"
check "a question signed by another person is refused" test "$STATUS" = 1 -o "$STATUS" = 2
login li@renmin.example li

# the database itself refuses what the red list does not open
as_agent()
{
	PGHOST=$(cluster_host renmin) PGUSER=cordon_agent PGDATABASE=hospital psql -X -At -c "$1" >"$HOME_OF/out" 2>"$HOME_OF/err"
}
for column in birth_datetime person_source_value race_concept_id '*'; do
	! as_agent "select $column from cdm.person limit 1" || die "the agent's role can read $column"
	check "PostgreSQL refuses $column to the agent's role" said 'permission denied'
done
! as_agent "delete from cdm.person" || die "the agent's role can write"
check "PostgreSQL refuses writing" grep -qE 'permission denied|read-only' "$HOME_OF/err"

# a wrong token
sed -i 's/^token: .*/token: "cordon_0000"/' "$CORDON_SETTINGS"
cordon sites
want 2 "a wrong token is refused"
check "without saying more" test -z "$(grep -i sha256 "$HOME_OF/err")"
