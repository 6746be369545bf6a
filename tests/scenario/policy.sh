#!/usr/bin/env bash
# An officer edits the policy of a running hospital: what is right comes into force by itself, what is wrong
# never does.
source "$(dirname "$0")/../lib/federation.sh"
PATIENTS=500
federation renmin
policy=$HOME_OF/site-renmin/policy

q=$(question count <<'Q'
study: DM-2026-01
kind: count
dataset: omop
cohort: {all: [{condition: [201826+]}]}
group_by: [sex]
Q
)
version()
{
	"$BIN/cordon" sites --json | python3 -c 'import json,sys; print(json.load(sys.stdin)["sites"][0]["policy"]["version"])'
}
version_is()
{
	test "$(version)" = "$1"
}

cordon policy check "$policy"
want 0 "the shipped example passes its check"
cordon policy check "$policy" --lang zh
want 0 "in Chinese too"
cordon policy try "$policy" --who li@renmin.example --study DM-2026-01 --file "$q"
want 0 "try says what would happen"
check "with the decision" said ALLOW
ask "$q" --json
want 0 "the question is answered"

# wrong: stays out of force
sed -i 's/^version: 1\b/version: 2/; s/^valid: /vaild: /' "$policy/policy.yaml"
cordon policy check "$policy"
want 2 "a folder with errors does not pass"
check "with file, line and column" grep -qE 'policy.yaml:[0-9]+:[0-9]+: error P111' "$HOME_OF/out" "$HOME_OF/err"
check "and what was meant" said "did you mean 'valid'"
sleep 3
check "and never comes into force" version_is 1
check "which the agent says" grep -q P111 "$HOME_OF/site-renmin/agent.log"
ask "$q" --json
want 0 "the last good one still answers"

# right, and tighter: in force within seconds, without a restart
sed -i 's/^vaild: /valid: /' "$policy/policy.yaml"
sed -i '/gender_concept_id:/d' "$policy/red-list.yaml"
sed -i '/- cdm.person.gender_concept_id$/d' "$policy/studies.yaml"
cordon policy check "$policy"
want 0 "the corrected folder passes"
sign_as officer-a "$policy"
want 1 "but not its examples, so nobody can sign it"
check "as is said" said " tests fail"
check "and nothing is written" test "$(grep -c 'who:' "$policy/approval.yaml")" = 2
sed -i 's/group_by: \[sex, age\]/group_by: [age]/; s/, group_by: \[sex\]//' "$policy/tests.yaml"
approve renmin
check "and is in force within five seconds" until_true 5 version_is 2
ask "$q" --json
want 1 "what was taken off the red list is refused"
check "by its rule" test "$(field "['sites'][0]['rule']")" = default:not-listed
plain=$(question plain <<'Q'
study: DM-2026-01
kind: count
dataset: omop
cohort: {all: [{condition: [320128+]}]}
Q
)
ask "$plain" --json
want 1 "while the role still reads what the policy closed, its table is closed"
check "by the rule of its drift" test "$(field "['sites'][0]['rule']")" = drift:cdm.person
grants renmin

# to Laplace noise with budgets in epsilon in the middle of a period (laplace.sh has it from the start)
sed -i -E 's/^version: 2\b/version: 3/' "$policy/policy.yaml"
laplace_policy "$policy"
cordon policy check "$policy"
want 0 "a folder with Laplace noise passes"
approve renmin
check "and is in force within five seconds" until_true 5 version_is 3
ask "$plain" --json
want 1 "what Gaussian answers cost has no bound in epsilon, so a budget in epsilon is closed after them"
check "by the budget's rule" test "$(field "['sites'][0]['rule']")" = budget:study:DM-2026-01

# backwards: never
sed -i 's/^version: 3\b/version: 1/' "$policy/policy.yaml"
approve renmin
sleep 3
check "a lower version never comes into force" version_is 3
agent_down renmin
agent_up renmin
wait_online renmin
ask "$q" --json
want 1 "not even after a restart"

# with a folder that cannot be used, what ran last is in force again (approval.sh has an agent that ran nothing yet)
agent_down renmin
echo 'cordon: [' >"$policy/policy.yaml"
agent_up renmin
wait_online renmin
check "with a folder that cannot be used, what ran last is in force again" version_is 3
ask "$q" --json
want 1 "and refuses as before"
check "by its rule" test "$(field "['sites'][0]['rule']")" = default:not-listed
