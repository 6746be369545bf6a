#!/usr/bin/env bash
# his.sh - a hospital whose tables are its own, live: its model is signed with its policy, questions in ICD-10 and in its
# own words are answered, a red diagnosis is not, and a model that nobody signed is not taken.
source "$(dirname "$0")/../lib/federation.sh"
PATIENTS=1500

load_site()
{
	cluster_psql "$1" -1 -v patients="$PATIENTS" -f "$ROOT/demo/his.sql" -f "$ROOT/demo/his-generate.sql" >/dev/null || die "loading $1"
}
eval "$(declare -f site_folder | sed '1s/site_folder/example_folder/')"
site_folder()
{
	local policy=$HOME_OF/site-$1/policy

	example_folder "$1"
	rm -r "$policy"
	cp -r "$ROOT/policies/examples/cn-his" "$policy"
	sed -i "s/^site: jiangnan/site: $1/" "$policy/policy.yaml"
	sed -i 's/li@jiangnan/li@renmin/; s/wang@jiangnan/wang@renmin/' "$policy/studies.yaml" "$policy/tests.yaml"
	sed -i 's/timing: paced/timing: open/' "$policy/release.yaml"
}
federation renmin
policy=$HOME_OF/site-renmin/policy

# asks COHORT
asks()
{
	local file

	file=$(printf 'study: DM-2026-01\nkind: count\ndataset: his\ncohort: {all: [%s]}\n' "$1" | question his)
	ask "$file" --json
}
# near SQL: the answer is the true count and some noise
near()
{
	local people

	people=$(truth renmin "$1")
	python3 -c "import json,sys
n=json.load(open(sys.argv[1]))['sites'][0]['cells'][0]
n=n if isinstance(n,(int,float)) else n['value']
sys.exit(abs(n-$people)>60)" "$HOME_OF/out"
}
own="not exists (select 1 from his.opt_out o where o.patient_id = p.patient_id) and extract(year from p.birth_date) < extract(year from now()) - 14"

asks "{condition: ['icd10:E11+']}"
want 0 "a question in ICD-10 is answered"
check "  with the people that the hospital's own table has" near "select count(*) from his.patient p where $own and exists
	(select 1 from his.diagnosis d where d.patient_id = p.patient_id and upper(replace(icd_code, '.', '')) like 'E11%')"
asks "{visit: ['own:住院']}, {sex: 女}"
want 0 "and one in its own words"
check "  with its people" near "select count(*) from his.patient p where $own and sex_code = '2' and exists
	(select 1 from his.visit v where v.patient_id = p.patient_id and visit_type = '住院')"
asks "{condition: ['icd10:B20.2']}"
want 1 "a red diagnosis is refused"
check "  by its rule" test "$(field "['sites'][0]['rule']")" = code:hiv
cordon status --socket "$HOME_OF/site-renmin/state/agent.sock"
check "no table is closed by a code rule" said "none by a code rule"

# ---- the model is signed like everything else ----

cordon policy sign "$policy" --verify --approvers "$HOME_OF/approvers/approvers.yaml"
want 0 "the signatures hold"
sed -i 's/icd_code/icd_name/' "$policy/models/cn-his.yaml"
cordon policy sign "$policy" --verify --approvers "$HOME_OF/approvers/approvers.yaml"
check "a changed model breaks them" test "$STATUS" != 0
check "  and is named" grep -q 'models/cn-his.yaml' <(cat "$HOME_OF/out" "$HOME_OF/err")
sed -i 's/^version: 1/version: 2/' "$policy/policy.yaml"
sleep 3
asks "{condition: ['icd10:E11+']}, {sex: 男}"
want 0 "the agent goes on by the model that was signed"
