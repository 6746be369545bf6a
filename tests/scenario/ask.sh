#!/usr/bin/env bash
# A researcher asks two hospitals and gets what docs/questions.md and docs/api.md promise.
# The noise is real, so comparisons with the true numbers allow 12 standard deviations (V = 21, sd 4.6; a
# discrete Gaussian passes 55 with probability below 1e-32): no false alarms.
source "$(dirname "$0")/../lib/federation.sh"
PATIENTS=6000
federation renmin xiehe

women=$(question women <<'Q'
study: DM-2026-01
kind: count
dataset: omop
on: 2025-12-31
cohort:
  all:
    - {condition: [201826+]}
    - {sex: 女}
    - {age: {from: 45, to: 65}}
Q
)
# The same people, by hand: the example's red list removes rows of HIV and depressive disorder, and who opted out.
by_hand="
with red as (select descendant_concept_id c from cdm.concept_ancestor where ancestor_concept_id in (439727, 440383))
select count(*) from cdm.person p
where p.gender_concept_id = 8532 and 2025 - p.year_of_birth >= 45 and 2025 - p.year_of_birth < 65
and not exists (select from research.opt_out o where o.person_id = p.person_id)
and exists (select from cdm.condition_occurrence c join cdm.concept_ancestor a on a.descendant_concept_id = c.condition_concept_id
	where a.ancestor_concept_id = 201826 and c.person_id = p.person_id and c.condition_concept_id not in (select c from red))"

ask "$women" --json
want 0 "a count over two hospitals is answered"
for i in 0 1; do
	site=$(field "['sites'][$i]['site']")
	value=$(field "['sites'][$i]['cells'][0]['value']")
	true_count=$(truth "$site" "$by_hand")
	check "$site: $value is within 55 of the true $true_count" test $((value - true_count)) -le 55 -a $((true_count - value)) -le 55
done
check "the total is the sum of the hospitals" python3 - "$HOME_OF/out" <<'P'
import json,sys
a=json.load(open(sys.argv[1]))
t=a["total"]["cells"][0]
assert t["value"]==sum(s["cells"][0]["value"] for s in a["sites"])
assert t["sites"]==[s["site"] for s in a["sites"]], t
lo,hi=t["interval"]; w=[s["cells"][0]["interval"] for s in a["sites"]]
assert hi-lo < sum(b-a for a,b in w), "independent noise adds up in variance, not in width"
assert a["state"]=="complete" and all(s["state"]=="answered" for s in a["sites"])
assert all(s["accounts"][0]["unit"]=="rho" for s in a["sites"])
P
first=$(field "['sites']")
ask "$women" --json
want 0 "the same question again"
check "is recalled, free, and byte for byte the same" python3 - "$HOME_OF/out" "$first" <<'P'
import json,sys,ast
a=json.load(open(sys.argv[1])); old=ast.literal_eval(sys.argv[2])
for s,o in zip(a["sites"],old):
    assert s["state"]=="recalled" and s["recalled"] is True, s
    assert s["cells"]==o["cells"]
    assert all(x["cost"]=="0" for x in s["accounts"]), s["accounts"]
    assert [x["left"] for x in s["accounts"]]==[x["left"] for x in o["accounts"]]
P

reordered=$(question reordered <<'Q'
{"kind":"count","dataset":"omop","study":"DM-2026-01","on":"2025-12-31","cohort":{"all":[{"age":{"to":65,"from":45}},
 {"all":[{"sex":"女"}]},{"condition":["201826+","201826+"]}]}}
Q
)
ask "$reordered" --json
want 0 "another spelling of it"
check "is the same question" test "$(field "['sites'][0]['state']")" = recalled

groups=$(question groups <<'Q'
study: DM-2026-01
kind: count
dataset: omop
on: 2025-12-31
cohort: {all: [{condition: [201826+]}]}
group_by: [sex, age]
Q
)
ask "$groups" --json
want 0 "groups by sex and age band"
check "give every cell of the closed list" test "$(field "['total']['cells'].__len__()")" = 15
ask "$groups"
want 0 "as a table"
check "has the labels" said 45-64
ask "$groups" --csv
want 0 "as CSV"
check "has a line for the total" said 'total,complete'

years=$(question years <<'Q'
study: DM-2026-01
kind: count
dataset: omop
cohort: {entry: {condition: [201826+], during: 2018-01-01..2022-12-31, first: yes}}
group_by: [year]
Q
)
ask "$years" --json
want 0 "groups by the year of the first diagnosis"
check "have years for labels" python3 - "$HOME_OF/out" <<'P'
import json,sys
a=json.load(open(sys.argv[1]))
assert a["groups"][0]["name"]=="year" and "2019" in a["groups"][0]["labels"], a["groups"]
P

bands=$(question bands <<'Q'
study: DM-2026-01
kind: histogram
of: hba1c
dataset: omop
cohort: {all: [{condition: [201826+]}]}
Q
)
ask "$bands" --json
want 0 "a histogram of HbA1c"
check "has the bands between the cuts" test "$(field "['total']['cells'].__len__()")" -ge 5

cordon price "$women" --json
want 0 "the price of a question that was answered"
check "is nothing" test "$(field "['sites'][0]['recalled']")" = True
cordon budget DM-2026-01 --json
want 0 "what is left"
left=$(field "['sites'][0]['accounts'][0]['left']")
cordon price "$(sed s/45/18/ "$women" >"$HOME_OF/other.yaml"; echo "$HOME_OF/other.yaml")"
want 0 "the price of another question"
cordon budget DM-2026-01 --json
check "asking for a price spends nothing" test "$(field "['sites'][0]['accounts'][0]['left']")" = "$left"

cordon history --json
want 0 "the history"
id=$(field "['questions'][0]['id']")
check "has all questions that were sent" test "$(field "['questions'].__len__()")" = 8
cordon show "$id"
want 0 "one of them again"
cat >"$HOME_OF/study.yaml" <<'Q'
id: NEW-2026-09
title: {zh: '新课题："引号"', en: "A study: # with \"marks\""}
purpose: [DUO:0000007]
members: [{account: li@renmin.example, role: analyst}]
kinds: [count]
datasets: [omop]
may_use: [cdm.person.year_of_birth, measure:hba1c]
budget: {rho: 0.5}
valid: {from: 2026-03-01, to: 2026-12-31}
note: "please review\n  - id: NOT-A-STUDY"
Q
cordon studies propose "$HOME_OF/study.yaml"
want 0 "proposing a study"
check "no hospital has approved it" said ' not '
cordon studies --lang zh
want 0 "the studies"
check "have it with its title" said '新课题："引号"'
cordon studies entry NEW-2026-09
want 0 "the entry for an officer"
cp -r demo/policy "$HOME_OF/pasted"
cat "$HOME_OF/out" >>"$HOME_OF/pasted/studies.yaml"
cordon policy check "$HOME_OF/pasted"
want 0 "the demo's policy with the entry pasted"
cordon studies withdraw NEW-2026-09
want 0 "taking the study back"
check "is told" said 'NEW-2026-09 is withdrawn'
cordon studies withdraw NEW-2026-09 --lang zh
want 2 "once more"
check "there is none" said 没有这个课题
cordon studies --json
check "it is in the list no more" test "$(field "['studies'].__str__().count('NEW-2026-09')")" = 0
cordon sites
want 0 "the hospitals"
check "are named with their policy" said 'version 1'
cordon sites --lang zh
check "and in Chinese" said 在线
cordon count --study DM-2026-01 --cohort "$women" --by sex --on 2025-12-31
want 0 "the shortest way to a number"

CORDON_SETTINGS=$HOME_OF/wang/settings.yaml cordon show "$id"
want 2 "another person cannot see an answer"

rows=$(grep -rlE '^[0-9]+\|' "$HOME_OF"/site-*/agent.log "$HOME_OF/gateway/gateway.log" || true)
check "no log holds a row" test -z "$rows"
