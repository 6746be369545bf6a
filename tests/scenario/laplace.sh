#!/usr/bin/env bash
# A hospital that wants pure epsilon: discrete Laplace noise, budgets in epsilon that add up, and their end.
# Noise has scale 2: it passes 60 with probability below 1e-12.
source "$(dirname "$0")/../lib/federation.sh"
PATIENTS=2000
site_folder_plain=$(declare -f site_folder)
eval "${site_folder_plain/site_folder/site_folder_before}"
site_folder()
{
	site_folder_before "$1"
	laplace_policy "$HOME_OF/site-$1/policy"
}
federation renmin

asked()
{
	question "day$1" <<-Q
		study: DM-2026-01
		kind: count
		dataset: omop
		on: 2025-01-$(printf %02d "$1")
		cohort: {all: [{sex: 女}, {age: {from: 18}}]}
	Q
}
true_count=$(truth renmin "select count(*) from cdm.person p where gender_concept_id = 8532 and 2025 - year_of_birth >= 18
	and not exists (select from research.opt_out o where o.person_id = p.person_id)")
for day in 1 2 3 4 5 6; do
	ask "$(asked $day)" --json
	want 0 "question $day is answered"
	value=$(field "['sites'][0]['cells'][0]['value']")
	check "within 60 of the truth" test $((value - true_count)) -le 60 -a $((true_count - value)) -le 60
	check "pure epsilon adds up" python3 - "$HOME_OF/out" "$day" <<'P'
import json,sys
from decimal import Decimal as D
s=json.load(open(sys.argv[1]))["sites"][0]
assert s["noise"]=={"kind":"discrete-laplace","scale":"2/1"}, s["noise"]
for a in s["accounts"]:
    assert a["unit"]=="epsilon" and a["cost"]=="0.5", a
    assert D(a["left"])==D(a["cap"])-D("0.5")*int(sys.argv[2]), a
P
done
ask "$(asked 7)" --json
want 1 "the seventh passes the requester's 3"
check "and says which budget" test "$(field "['sites'][0]['rule']")" = budget:requester:li@renmin.example
ask "$(asked 3)" --json
want 0 "what was answered before is still free"
