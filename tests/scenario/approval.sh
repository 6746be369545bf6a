#!/usr/bin/env bash
# Two people approve a policy and one can stop everything: the real agent loads nothing else, keeps the last good
# version, and says why.
source "$(dirname "$0")/../lib/federation.sh"
PATIENTS=500

# the first start is without any signature
eval "$(declare -f approve | sed '1s/approve/both_sign/')"
approve()
{
	:
}
federation renmin
policy=$HOME_OF/site-renmin/policy
people=$HOME_OF/approvers/approvers.yaml
log=$HOME_OF/site-renmin/agent.log
socket=$HOME_OF/site-renmin/state/agent.sock

q=$(question count <<'Q'
study: DM-2026-01
kind: count
dataset: omop
cohort: {all: [{condition: [201826+]}]}
Q
)
# agent COMMAND PYTHON: what the socket says, as `a`.
agent()
{
	"$BIN/cordon" status ${1:+"$1"} --json --socket "$socket" 2>/dev/null | python3 -c "import json,sys; a=json.load(sys.stdin); sys.exit(0 if $2 else 1)"
}
runs()
{
	agent "" "a['policy']['version']==$1 and a['refusing']!='policy:approval' and a['policy']['approved']"
}
refuses()
{
	agent "" "a['refusing']=='$1'"
}
by_rule()
{
	test "$(field "['sites'][0]['rule']")" = "$1"
}
# version N: the folder becomes this version, unsigned.
version()
{
	sed -i -E "s/^version: [0-9]+/version: $1/" "$policy/policy.yaml"
}
# as WHO [OPTION...]: a signature on the site's folder.
as()
{
	local who=$1

	shift
	sign_as "$who" "$policy" "$@"
}
# logs WORDS: within two seconds.
logs()
{
	until_true 2 grep -qF -- "$1" "$log"
}

# ---- opening needs two ----
check "without a signature nothing is in force" refuses policy:valid
check "and the log says why" logs "policy version 1 not loaded: P401 not approved: none of two signatures (compliance, data-owner are missing)"
ask "$q" --json
want 1 "so everything is refused"
check "as such" by_rule policy:valid
as officer-a
want 0 "one person signs"
check "which is told to be half" said "Still needed: data-owner. Nothing is in force yet."
check "and is" logs "P401 not approved: one of two signatures (data-owner is missing); no policy is in force"
check "nothing is in force yet" refuses policy:valid
as owner-b
want 0 "the second signs"
check "and it is in force within two seconds, without a restart" until_true 2 runs 1
check "as the log says" grep -qE "policy renmin version 1 sha256:[0-9a-f]{64} in force until [0-9-]+ \(signed officer-a, owner-b\)" "$log"
check "and the status" agent "" "[(s['who'],s['role']) for s in a['policy']['signed']]==[('officer-a','compliance'),('owner-b','data-owner')]"
ask "$q" --json
want 0 "and answers"
cordon policy sign "$policy" --verify --approvers "$people"
want 0 "the desk sees it complete"

# ---- what is in force, at the desk ----
check "the socket gives the files in force" agent running "a['version']==1 and a['site']=='renmin' and \
	any(f['name']=='studies.yaml' and 'DM-2026-01' in f['text'] for f in a['files']) and a['approval']['approved']"

# ---- changes after signing ----
sed -i 's/$/\r/' "$policy/studies.yaml"
check "other line ends are a change, and are told as such" \
	logs "P402 studies.yaml was changed after signing (only line ends differ: LF became CRLF); version 1 stays in force"
check "version 1 stays in force" runs 1
sed -i 's/\r$//' "$policy/studies.yaml"
echo '# more' >>"$policy/queries.yaml"
check "an edit is a change" logs "P402 queries.yaml was changed after signing; version 1 stays in force"
both_sign renmin
check "the same version with other files is refused even when signed" logs "version 1 is not higher than the running version 1"
ask "$q" --json
want 0 "version 1 still answers"

# ---- the next version, compared with the one in force ----
version 2
as officer-a --against running --agent "$socket"
want 0 "a change is signed against what runs"
check "and says so" said "It replaces version 1."
as owner-b
want 1 "who saw another change cannot sign the same approval"
check "and is told" said "the change is not the one that the first signer was shown"
check "which changes nothing" logs "P401 not approved: one of two signatures (data-owner is missing); version 1 stays in force"
as owner-b --against running --agent "$socket"
want 0 "who saw the same can"
check "and version 2 is in force within two seconds" until_true 2 runs 2
as owner-b --against running --agent "$socket"
want 1 "a version that runs cannot be signed against itself"

# ---- never back ----
version 1
both_sign renmin
check "a lower version is refused though two signed it" logs "P403 version 1 is older than version 2, which this agent has already run; version 2 stays in force"

# ---- a restart with a folder that does not do ----
agent_down renmin
rm -f "$policy/approval.yaml"
agent_up renmin
wait_online renmin
check "after a restart with an unsigned folder the last good version is in force" runs 2
ask "$q" --json
want 0 "and answers"
agent_down renmin
echo 'cordon: [' >"$policy/release.yaml"
agent_up renmin
wait_online renmin
check "with a broken folder too" runs 2
cp "$ROOT/policies/examples/omop-hospital/release.yaml" "$policy/"

# ---- revocation ----
cp "$people" "$HOME_OF/people"
sed -i 's/name: "owner-b"/revoked: 2026-01-01, &/' "$people"
check "a revoked key closes the site within two seconds" until_true 2 refuses policy:approval
check "and the log says why" logs "policy version 2 is not approved any more: P401 the signature of 'owner-b' (data-owner) does not count: its key is revoked"
ask "$q" --json
want 1 "everything is refused"
check "by the rule" by_rule policy:approval
"$BIN/cordon" price "$q" --json >"$HOME_OF/out" 2>&1
check "prices too" said policy:approval
agent_down renmin
agent_up renmin
wait_online renmin
check "also after a restart" refuses policy:approval
chmod g+w "$HOME_OF/people"
cat "$HOME_OF/people" >"$people"
check "a key that is listed again opens" until_true 2 runs 2
chmod 666 "$people"
check "a list that others may write closes" until_true 2 refuses policy:approval
chmod 600 "$people"
check "until they may not" until_true 2 runs 2
sed -i 's/people:/poeple:/' "$people"
check "a list that cannot be read closes" until_true 2 refuses policy:approval
cat "$HOME_OF/people" >"$people"
check "until it can" until_true 2 runs 2
ask "$q" --json
want 0 "and answers again"

# ---- one person closes everything ----
cp -r "$policy" "$HOME_OF/early"
sed -i -E "s/^version: [0-9]+/version: 3/" "$HOME_OF/early/policy.yaml"
for who in officer-a owner-b; do
	sign_as $who "$HOME_OF/early"
	[ "$STATUS" = 0 ] || die "signing early"
done
# a question that runs while the stop comes: its table is locked
spent()
{
	"$BIN/cordon" status budget --json --socket "$socket"
}
spent >"$HOME_OF/spent"
cluster_psql renmin -c 'begin; lock table cdm.condition_occurrence in access exclusive mode; select pg_sleep(30)' >/dev/null 2>&1 &
lock=$!
until_true 5 eval "test \"\$(truth renmin \"select count(*) from pg_locks where mode='AccessExclusiveLock' and granted and relation='cdm.condition_occurrence'::regclass\")\" = 1" ||
	die "the table is not locked"
late=$(question late <<'Q'
study: DM-2026-01
kind: count
dataset: omop
cohort: {all: [{condition: [320128+]}]}
Q
)
ask "$late" --no-watch
check "a question runs" until_true 5 agent "" "a['questions']['running']==1"
sleep 1
cordon policy stop --as officer-a --why "疑似泄露，先停后查" --agent "$socket"
want 0 "one person stops everything"
check "and is told what it means" said "Going on again needs a new approval by two people."
check "what ran is cut off" said "Running questions cut off: 1;"
truth renmin "select pg_terminate_backend(pid) from pg_stat_activity where query like '%pg_sleep(30)%' and pid <> pg_backend_pid()" >/dev/null
wait "$lock"
check "its price stays paid" bash -c "! cmp -s '$HOME_OF/spent' <('$BIN/cordon' status budget --json --socket '$socket')"
check "everything is closed at once" refuses policy:stopped
cordon status --socket "$socket"
want 0 "the agent's status is told to people"
check "with what is refused in its first line" test "$(head -n 1 "$HOME_OF/out")" = "renmin REFUSES every question"
check "the rule in the second" test "$(sed -n '2s/.*EVERY QUESTION.*\[\(.*\)\]$/\1/p' "$HOME_OF/out")" = policy:stopped
check "who stopped it, and why, in the third" grep -q '^stopped  *WRONG: STOPPED by officer-a at 2.*: 疑似泄露，先停后查\.' <(sed -n 3p "$HOME_OF/out")
ask "$q" --json
want 1 "also what was answered before is refused"
check "by the rule" by_rule policy:stopped
agent_down renmin
agent_up renmin
wait_online renmin
check "the stop survives a restart" refuses policy:stopped
check "and the status says who and why" agent "" "a['stopped']['who']=='officer-a' and a['stopped']['why']=='疑似泄露，先停后查'"
check "as does the audit" agent "audit" "any(n['kind']=='policy' and n['to']=='stopped' and n['requester']=='officer-a' and n['rule']=='疑似泄露，先停后查' for n in a)"
cordon policy stop --as owner-b --why again --agent "$socket" --lang zh
want 0 "a second stop changes nothing"
check "and says so" said "已由 officer-a 于"

# ---- only a new approval opens ----
cp -r "$HOME_OF/early/." "$policy/"
check "a higher version that was signed before the stop does not open" logs "version 3 not loaded: P405"
check "and the log does not say that a version stays in force" grep -q 'P405.*; every question is refused$' "$log"
check "it stays closed" refuses policy:stopped
version 2
both_sign renmin
check "nor does the version that ran" until_true 2 eval "test \"\$(grep -c 'version 2 not loaded: P405' '$log')\" -ge 1"
version 4
as officer-a
check "nor does one signature" logs "version 4 not loaded: P401 not approved: one of two signatures"
check "it stays closed" refuses policy:stopped
as owner-b
check "a higher version that two sign opens" until_true 2 runs 4
check "and nothing is refused any more" until_true 10 agent "" "a['refusing'] is None and a['stopped'] is None"
ask "$q" --json
want 0 "it answers"
agent_down renmin
agent_up renmin
wait_online renmin
check "and does after a restart" until_true 10 agent "" "a['refusing'] is None and a['policy']['version']==4"
