#!/usr/bin/env bash
# A code rule in ICD-10 works through a hospital's own vocabulary: with the granted role, and closed where it cannot.
source "$(dirname "$0")/../lib/federation.sh"
PATIENTS=500

# The example's policy with one rule more, which names no concept.
eval "$(declare -f site_folder | sed '1s/site_folder/example_folder/')"
site_folder()
{
	example_folder "$1"
	sed -i 's/^codes:$/&\n  - {id: stroke, use: forbidden, icd10: [I60-I69]}/' "$HOME_OF/site-$1/policy/red-list.yaml"
}
federation renmin

# asks COHORT
asks()
{
	local file

	file=$(printf 'study: DM-2026-01\nkind: count\ndataset: omop\ncohort: {all: [%s]}\n' "$1" | question codes)
	ask "$file" --json
}
by_rule()
{
	test "$(field "['sites'][0]['rule']")" = "$1"
}

cordon policy check "$HOME_OF/site-renmin/policy"
check "diagnoses alone are warned about" said W401
asks '{condition: [381316]}'
want 1 "a concept that a code of the rule maps to is refused"
check "  by the rule" by_rule code:stroke
asks '{condition: [376713]}'
want 1 "a concept below one is refused"
check "  by the rule" by_rule code:stroke
cordon status --socket "$HOME_OF/site-renmin/state/agent.sock"
check "while its rows can be found, no table is closed" said "none by a code rule"
asks '{condition: [134057+]}'
want 0 "the concepts above are answered, without its rows"

truth renmin 'revoke all on cdm.concept_relationship from cordon_agent' >/dev/null
agent_down renmin
agent_up renmin
wait_online renmin
asks '{condition: [201826+]}'
want 1 "without the right to read the vocabulary the table is not counted"
check "  by the rule" by_rule code:stroke
cordon status --socket "$HOME_OF/site-renmin/state/agent.sock"
check "its status names table and rule" grep -q 'closed table CLOSED: cdm\.condition_occurrence (omop), code:stroke: .*does not know its codes closed table' <(tr -s ' \n' ' ' <"$HOME_OF/out")
cordon status --json --socket "$HOME_OF/site-renmin/state/agent.sock"
check "for programs, too" test "$(python3 -c "import json,sys
for c in json.load(open(sys.argv[1]))['closed_tables']: print(c['table'], c['rule'], c['reason'])" "$HOME_OF/out" | head -n 1)" = "cdm.condition_occurrence code:stroke vocabulary"
check "the agent says why" grep -q "has no ICD-10 codes or cannot be read" "$HOME_OF/site-renmin/agent.log"
