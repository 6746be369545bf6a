#!/usr/bin/env bash
# Secure sums: hospitals' numbers are added under masks, the answer is their noised sum, and nobody's own number is
# anywhere. One of five that dies with its shares dealt is taken out of the sum; of three that is too many.
SUMS=1
source "$(dirname "$0")/../lib/federation.sh"
PATIENTS=600
sites=(renmin xiehe huashan ruijin tongji)
federation "${sites[@]}"

# asking DAY LINES: a question in mode secure, on a day of its own.
asking()
{
	question "of-$1" <<-Q
		study: DM-2026-01
		dataset: omop
		on: $1
		mode: secure
		$2
	Q
}
adults='cohort: {all: [{age: {from: 18}}]}'
adult='select count(*) from cdm.person p where 2025 - year_of_birth >= 18
	and not exists (select 1 from research.opt_out o where o.person_id = p.person_id)'
true_sum()
{
	local name all=0

	for name in "$@"; do
		all=$((all + $(truth "$name" "$adult")))
	done
	echo $all
}
# near NUMBER TRUTH SD WHAT: within 12 standard deviations.
near()
{
	python3 -c 'import sys; a,b,s=map(float,sys.argv[1:4]); sys.exit(abs(a-b) > 12*s)' "$1" "$2" "$3" || die "$4: $1, the truth is $2"
	echo "ok: $4"
}
# states WORD...: what the hospitals of the last answer are, and that none shows a number of its own.
states()
{
	python3 -c '
import json,sys
a=json.load(open(sys.argv[1]))
got=sorted(s["state"] for s in a["sites"])
bare=all("cells" not in s and "statistics" not in s for s in a["sites"])
sys.exit(0 if bare and got==sorted(sys.argv[2:]) else "%s, bare %s" % (got, bare))' "$HOME_OF/out" "$@"
}
# dies NAME: it is killed while its database is asked, with its shares dealt: its table is locked until then.
dies()
{
	local name=$1

	# shellcheck disable=SC2016 # PostgreSQL's dollars
	cluster_psql "$name" -c 'begin; lock table cdm.person in access exclusive mode; do $$ begin
		for i in 1..1500 loop
			exit when exists (select from pg_locks where relation = $r$cdm.person$r$::regclass and not granted);
			perform pg_sleep(0.02);
		end loop; end $$; select pg_sleep(1)' >/dev/null 2>&1 &
	until_true 10 locked "$name" || die "no lock at $name"
	{
		until_true 20 waits_there "$name"
		agent_down "$name" -KILL
	} >/dev/null 2>&1 &
}
locked()
{
	[ "$(truth "$1" "select count(*) from pg_locks where relation='cdm.person'::regclass and granted and mode='AccessExclusiveLock'")" = 1 ]
}
waits_there()
{
	[ "$(truth "$1" "select count(*) from pg_locks where relation='cdm.person'::regclass and not granted")" != 0 ]
}

ask "$(asking 2025-01-01 "kind: count
$adults")" --json
want 0 "five hospitals, one sum"
near "$(field "['total']['cells'][0]['value']")" "$(true_sum "${sites[@]}")" 7 "it is the sum of all five, and noise"
check "every hospital is in it and shows nothing of its own" states summed summed summed summed summed
cp "$HOME_OF/out" "$HOME_OF/first"
ask "$HOME_OF/of-2025-01-01.yaml" --json
want 0 "asked again"
check "it is the same sum" python3 -c '
import json,sys
a,b=(json.load(open(f)) for f in sys.argv[1:])
sys.exit(a["total"] != b["total"])' "$HOME_OF/first" "$HOME_OF/out"
check "and nobody pays again" states recalled recalled recalled recalled recalled
again=$(field "['id']")
check "which the price shows" test "$(field "['sites'][0]['accounts'][0]['cost']")" = 0

ask "$(asking 2025-01-02 "kind: mean
of: hba1c
$adults")" --json
want 0 "a mean as a secure sum"
check "every hospital is in it" states summed summed summed summed summed
check "with its statistics" test "$(field "['total']['statistics']['groups'][0]['mean']['value'] > 0")" = True

dies tongji
ask "$(asking 2025-02-01 "kind: count
$adults")" --json
want 4 "one of five dies in the middle: the sum is that of four"
near "$(field "['total']['cells'][0]['value']")" "$(true_sum renmin xiehe huashan ruijin)" 7 "and exactly theirs, with noise"
check "who dropped out is named" states summed summed summed summed dropped
cp "$HOME_OF/out" "$HOME_OF/of-four.json"
of_four=$(field "['id']")

dies huashan
ask "$(asking 2025-03-01 "kind: count
sites: [renmin, xiehe, huashan]
$adults")" --json
want 1 "one of three dies: there is no sum"
check "which is said, with who dropped out" said "nothing was learned"
check "and there is no number" test "$(field "['total']['cells']")" = "[]"
of_none=$(field "['id']")

# verify ARGUMENT...: with the officers' keys of the federation.
verify()
{
	cordon audit verify "$@" --members "$HOME_OF/members/members.yaml" --officers "$HOME_OF/members/officers.yaml"
}
# at_rest SQL: on what the gateway keeps, while it is stopped.
at_rest()
{
	gateway_down
	python3 -c 'import sqlite3,sys; d=sqlite3.connect(sys.argv[1]); d.execute(sys.argv[2]); d.commit()' "$HOME_OF/gateway/state/gateway.db" "$1" ||
		die "$1"
	gateway_up
}
verify "$of_four" --out "$HOME_OF/record"
want 0 "an auditor makes the sum again from its record"
check "and is told who is in it and who dropped out" said "no: it dropped out after it had dealt its shares"
verify "$again"
want 0 "also where it was asked for again"
verify "$of_none"
want 2 "where there is no sum there is none to make again"
# the last byte of the only word: one more person, or one less
at_rest "update sum set words=substr(words,1,7)||(case when hex(substr(words,8))='00' then x'10' else x'00' end)
	where contributors=4"
verify "$of_four"
want 1 "another number in the gateway's store is found"
check "where it stands" said "total.cells[0].value: published"
verify --transcript "$HOME_OF/record" --answer "$HOME_OF/of-four.json"
want 0 "the answer that was given before is still the right one, without a gateway"
at_rest "update sum set transcript=substr(transcript,1,length(transcript)-1)||x'00'||substr(transcript,length(transcript)+1)
	where contributors=4"
verify "$of_four" --answer "$HOME_OF/of-four.json"
want 1 "so is another record"
cordon budget DM-2026-01 --json
