#!/usr/bin/env bash
# Plain only: its subject is the numbers; every kind runs under sanitizers in test_pipeline, test_show_kinds and test_answer_kinds
# Every kind of question over two hospitals, from the file to the table on the screen; the statistics that the gateway
# makes are held against the same numbers by hand. The noise is real, so limits are 12 standard deviations wide.
source "$(dirname "$0")/../lib/federation.sh"
PATIENTS=6000
POLICY_OF=$ROOT/demo/policy federation renmin xiehe

# show_all KIND: the same answer as a table in both languages, narrow too, and as a spreadsheet.
show_all()
{
	local id
	id=$(field "['id']")
	for form in "" "--lang zh" "--csv" "--explain"; do
		cordon show "$id" $form
		want 0 "$1 is shown ${form:-as a table}"
	done
	COLUMNS=40 cordon show "$id" --lang zh
	want 0 "$1 on a narrow terminal"
	cordon show "$id" --json
}
holds()
{
	check "$1" python3 - "$HOME_OF/out" "${@:2}"
}

ask "$(question mean <<'Q'
study: CO-2026-01
kind: mean
dataset: omop
of: hba1c
on: 2025-12-31
cohort: {all: [{condition: [201826+]}]}
Q
)" --json
want 0 "a mean"
holds "the mean is of both hospitals, inside its clamp and its interval" <<'P'
import json,sys
a=json.load(open(sys.argv[1]))
g=a["total"]["statistics"]["groups"][0]
assert g["sites"]==["renmin","xiehe"] and not g.get("small"), g
m=g["mean"]; low,high=a["sites"][0]["clamp"]
assert low<=m["sampling"][0]<=m["interval"][0]<=m["value"]<=m["interval"][1]<=m["sampling"][1]<=high, m
assert g["people"]["value"]==sum(s["cells"][0]["value"] for s in a["sites"])
assert 4 < m["value"] < 12 and 0 < g["sd"]["value"] < 4, g
P
show_all "a mean"

ask "$(question quantile <<'Q'
study: CO-2026-01
kind: quantile
dataset: omop
of: hba1c
at: [0.25, 0.5, 0.75]
on: 2025-12-31
cohort: {all: [{condition: [201826+]}]}
Q
)" --json
want 0 "quantiles"
holds "the quantiles asked for rise" <<'P'
import json,sys
a=json.load(open(sys.argv[1]))
q=a["total"]["statistics"]["groups"][0]["quantiles"]
assert [x["at"] for x in q]==[0.25,0.5,0.75], q
assert all(x["value"]<=y["value"] for x,y in zip(q,q[1:]))
assert all(x["interval"][0]<=x["value"]<=x["interval"][1] for x in q)
P
show_all "quantiles"

ask "$(question survival <<'Q'
study: CO-2026-01
kind: survival
dataset: omop
event: {death: any}
step: 3 months
horizon: 24 months
cohort: {entry: {condition: [201826+]}}
Q
)" --json
want 0 "a survival"
holds "the curve begins near 1 and does not rise" <<'P'
import json,sys
a=json.load(open(sys.argv[1]))
s=a["total"]["statistics"]; g=s["groups"][0]
v=[x["surviving"]["value"] for x in g["steps"]]
assert s["unit"]=="months" and s["step"]==3 and len(v)==8, s
assert all(0<=y<=x<=1 for x,y in zip(v,v[1:])), v
assert abs(g["steps"][0]["at_risk"]["value"]-g["people"]["value"])<=1
P
show_all "a survival"

ask "$(question attrition <<'Q'
study: CO-2026-01
kind: attrition
dataset: omop
on: 2025-12-31
cohort:
  all:
    - {condition: [201826+]}
    - {sex: 女}
    - {age: {from: 45, to: 65}}
Q
)" --json
want 0 "an attrition"
women=$(($(truth renmin "select count(*) from cdm.person") + $(truth xiehe "select count(*) from cdm.person")))
holds "each step is told in words and loses people" "$women" <<'P'
import json,sys
a=json.load(open(sys.argv[1]))
s=a["total"]["statistics"]["groups"][0]["steps"]
assert len(s)==4 and s[0]["left"]["value"] <= int(sys.argv[2])+120, s
assert all("zh" in x["label"] and "en" in x["label"] for x in s[1:]), s
assert all(x["left"]["value"]<=y["left"]["value"]+110 for x,y in zip(s[1:],s)), s
P
show_all "an attrition"

ask "$(question crosstab <<'Q'
study: CO-2026-01
kind: crosstab
dataset: omop
on: 2025-12-31
group_by: [sex, age]
cohort: {all: [{condition: [201826+]}]}
Q
)" --json
want 0 "a crosstab"
holds "the table has margins where hospitals released it" <<'P'
import json,sys
a=json.load(open(sys.argv[1]))
s=a["total"]["statistics"]
assert s["rows"]==a["groups"][0]["name"] and s["columns"]==a["groups"][1]["name"], s
for t in s["tables"]:
    assert not t["sites"] or "margins" in t
P
show_all "a crosstab"

ask "$(question why <<'Q'
study: CO-2026-01
kind: count
dataset: omop
cohort: {all: [{condition: [201826+, 4058243]}]}
Q
)" --json
want 0 "a count"
concepts=$(truth renmin "select count(distinct c) from (select 201826 c union all select 4058243 union all select descendant_concept_id
	from cdm.concept_ancestor where ancestor_concept_id = 201826) x")
holds "says to how many concepts its codes were widened, and which rules are in force" "$concepts" <<'P'
import json,sys
a=json.load(open(sys.argv[1])); e=a["sites"][0]["explain"]
assert e["codes"][0]["list"]==0 and abs(e["codes"][0]["concepts"]-int(sys.argv[2]))<=0, (e, sys.argv[2])
assert "201826" in e["codes"][0]["label"]["en"]
assert e["rules"] and all(r.startswith(("code:","tighter:")) for r in e["rules"]), e
P
cordon show "$(field "['id']")" --explain
check "for people too" said "$concepts concepts"
